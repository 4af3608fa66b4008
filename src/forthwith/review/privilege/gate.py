"""What stands between a privileged document and the other side: asked before a volume is made.

Gives `produce` the documents to withhold, with their log numbers, and stops where a document to be
redacted has no redactions, or where one about to be produced is like one withheld.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from forthwith.domain.acts import Acts
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.errors import ForthwithError
from forthwith.record.documents import DocumentTable
from forthwith.review.privilege import claims as privilege_claims
from forthwith.review.privilege.claims import Treatment
from forthwith.review.privilege.near_duplicates import Text, Twin, TwinIndex

_SHOWN = 10


class RedactionsMissingError(ForthwithError):
    """A document claimed in part has nothing blacked out yet."""

    def __init__(self, numbers: Sequence[str]) -> None:
        more = f" (and {len(numbers) - 1:,} more)" if len(numbers) > 1 else ""
        super().__init__(
            f"{numbers[0]}{more} is claimed as privileged in part, and has no redactions that say "
            "so: as it stands it would go out whole. Draw them (forthwith redact), or withhold it: "
            f"forthwith privilege claim {numbers[0]} --treatment withheld --basis … --description …"
        )


class PrivilegedTwinError(ForthwithError):
    """A document about to be produced is like one withheld as privileged."""

    def __init__(self, twins: Sequence[Twin]) -> None:
        lines = "\n".join(f"  {said(twin)}" for twin in twins[:_SHOWN])
        more = f"\n  … and {len(twins) - _SHOWN:,} more" if len(twins) > _SHOWN else ""
        first = twins[0]
        super().__init__(
            "Nothing was sealed: a document about to be produced is like one withheld as "
            f"privileged.\n{lines}{more}\nClaim it too (forthwith privilege claim {first.control} "
            f"…), or let it go with a reason: forthwith privilege release {first.control} "
            f"--like {first.withheld} --because …"
        )
        self.twins = tuple(twins)


class LogNumberError(ForthwithError):
    """A list and the claims give one document two numbers."""

    def __init__(self, control: str, listed: str, claimed: str) -> None:
        super().__init__(
            f"{control} is {listed} in the list of --withhold and {claimed} in the privilege log. "
            "Take it off the list: claims are withheld without one."
        )


def said(twin: Twin) -> str:
    """Return one line: who is like whom, and how."""
    share = "" if twin.shared == 1 else f", {twin.shared:.0%} shared"
    return f"{twin.control} and withheld {twin.withheld}: {twin.how}{share}"


def held_back(
    acts: Acts,
    table: DocumentTable,
    every: Mapping[ControlNumber, Document],
    documents: Sequence[Document],
    listed: Mapping[ControlNumber, str],
    blacked: Collection[ControlNumber] = (),
) -> dict[ControlNumber, str]:
    """Return which of `documents` (whole families) are withheld, with their log numbers.

    `every` are all documents of the matter; `listed` are withheld besides the claims; of `blacked`
    something is redacted as privileged. Raises
    RedactionsMissingError, PrivilegedTwinError, LogNumberError.
    """
    claimed = privilege_claims.claims(acts)
    if not claimed and not listed:
        return {}
    own = {document.control_number for document in documents}
    redacted = [
        number
        for number, claim in claimed.items()
        if claim.treatment is Treatment.REDACTED and number not in blacked
    ]
    if missing := sorted(own.intersection(redacted)):
        raise RedactionsMissingError(missing)
    log_of = privilege_claims.withheld(claimed, documents)
    for number, log in listed.items():
        if log_of.setdefault(number, log) != log:
            raise LogNumberError(number, log, log_of[number])
    if twins := twins_among(acts, table, every, own - log_of.keys(), listed):
        raise PrivilegedTwinError(twins)
    return log_of


def twins_among(
    acts: Acts,
    table: DocumentTable,
    every: Mapping[ControlNumber, Document],
    numbers: Collection[ControlNumber],
    listed: Collection[ControlNumber] = (),
) -> list[Twin]:
    """Return which of `numbers` are like a document withheld anywhere in the matter, not released.

    `every` are all documents of the matter. Every claim that stands counts, redacted ones too;
    what is withheld itself is nobody's twin.
    """
    claimed = privilege_claims.claims(acts)
    closed = {*privilege_claims.withheld(claimed, every.values()), *listed}
    closed |= {number for number, claim in claimed.items() if claim.stands}
    if not closed & every.keys():
        return []
    index = TwinIndex.of(texts_of(table, every, closed))
    let_go = {(release.control, release.resembles) for release in privilege_claims.releases(acts)}
    twins = [
        twin
        for text in texts_of(table, every, set(numbers) - closed)
        for twin in index.twins(text)
        if (twin.control, twin.withheld) not in let_go
    ]
    return sorted(twins, key=lambda twin: (twin.control, twin.withheld))


def texts_of(
    table: DocumentTable,
    every: Mapping[ControlNumber, Document],
    wanted: Collection[ControlNumber],
) -> Iterator[Text]:
    """Yield the texts of some documents, in order of control number."""
    if not wanted:
        return
    bodies: Iterable[tuple[str, str, int]] = table.bodies(_among(wanted))
    for number, text, body in bodies:
        control = ControlNumber(number)
        if control in wanted and control in every:
            yield Text.of(every[control], text, body)


def _among(wanted: Collection[ControlNumber]) -> str:
    """Return a condition that spares reading every text for a few."""
    if len(wanted) > 2_000:
        return ""
    names = ", ".join("'" + number.replace("'", "''") + "'" for number in sorted(wanted))
    return f"control_number IN ({names})"
