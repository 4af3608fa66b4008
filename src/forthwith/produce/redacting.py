"""What redactions make of a volume: its first pass, and what its rows, log and slip-sheets say.

Documents with redactions are read before anything is counted, for what they hide decides what may
be told of their families, whose native goes out, and whose pages are made of text alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Fault, Kind, Limits
from forthwith.formats.sniff.media_names import row_of
from forthwith.produce.errors import RedactionsStaleError
from forthwith.produce.families import ancestors
from forthwith.produce.imager import Imager
from forthwith.produce.in_order import Access, Run, in_order
from forthwith.produce.manifest import Unsound
from forthwith.produce.order import ProductionOrder
from forthwith.produce.plan import Planned, Redacting
from forthwith.produce.redacted import ReadRedacted, RedactedReading
from forthwith.produce.selection import Selection
from forthwith.produce.uncovered import of_families
from forthwith.standards.loader import Standard


def of_volume(
    order: ProductionOrder,
    selection: Selection,
    documents: Sequence[Document],
    access: Access,
    imager: Imager,
    standard: Standard,
    limits: Limits,
    run: Run,
) -> Redacting:
    """Return what redactions make of the documents of a volume: the first pass over those alone.

    Raises RedactionsStaleError for those that do not lie on what they were drawn on.
    """
    covering = {
        str(number): tuple(each for each in order.redactions.get(number, ()) if each.covers)
        for number in (document.control_number for document in selection.documents)
        if number not in selection.withheld
    }
    redactions = {number: found for number, found in covering.items() if found}
    if not redactions:
        return Redacting()
    reasons = standard.redaction_reasons
    reading = ReadRedacted(access, imager, redactions, reasons, limits, order.even)
    wanted = [document for document in selection.documents if document.control_number in redactions]
    readings: dict[str, RedactedReading] = {}
    for document, result in in_order(run, reading, wanted, lambda each: each.control_number):
        number = str(document.control_number)
        if isinstance(result, Fault):
            result = RedactedReading(number, barred=result)
        readings[number] = result
    if stale := {number: each.stale for number, each in readings.items() if each.stale}:
        raise RedactionsStaleError(order.volume, stale)
    by_number = {document.control_number: document for document in documents}
    holds: set[ControlNumber] = set()
    bare: set[ControlNumber] = set()
    for document in wanted:
        above = ancestors(document, by_number)
        holds.update(above)
        # A message shows the pictures attached to it; any other file may show what it holds.
        picture = row_of(document.media_type).imaged == "picture"
        bare.update(
            number
            for number in above
            if number not in redactions and (picture or by_number[number].kind is not Kind.EMAIL)
        )
    families = [
        [str(member.control_number) for member in family.members] for family in selection.families
    ]
    passages = {number: each.passages for number, each in readings.items()}
    return Redacting(
        redactions,
        {ControlNumber(n): each.barred for n, each in readings.items() if each.barred is not None},
        frozenset(holds),
        frozenset(bare),
        limits,
        readings,
        of_families(families, passages),
    )


def reasons_of(planned: Planned) -> tuple[str, ...]:
    """Return the reasons for which something of a document is redacted, each once."""
    if planned.reading is None:
        return ()
    return tuple(dict.fromkeys(redaction.reason for redaction in planned.redactions))


def log_lines(planned: Planned) -> Iterator[Unsound]:
    """Yield what the log says of a redacted document, and of one that holds one."""
    if planned.reading is not None:
        why = ", ".join(reasons_of(planned))
        if planned.reading.rebuilt:
            detail = (
                f"redacted for {why}: the native is built anew from values or samples alone; "
                "formulas, charts, pivot tables, macros, notes and properties are not in it"
            )
        else:
            detail = f"redacted for {why}: its native is not produced"
        yield Unsound(planned.first, "redacted", detail)
    elif (
        planned.holds_redacted
        and not planned.barred
        and planned.document.kind is not Kind.CONTAINER
    ):
        detail = "native not produced: it contains a document with redactions"
        yield Unsound(planned.first, "native redacted", detail)
