"""The transmittal letter: what a cover letter to the receiver must say, from what was delivered.

Every number in it is counted from the volume, none is typed. The clauses are those of the SEC's
General 1 and the list the FTC asks for; whoever signs reads it first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.papers.blocks import Block, Centred, Heading, Lines, Paragraph, Table, long_date
from forthwith.produce import passages
from forthwith.produce.exceptions import Unsound
from forthwith.produce.order import ProductionOrder
from forthwith.produce.plan import Planned
from forthwith.produce.selection import Selection
from forthwith.produce.tally import Tally
from forthwith.standards.loader import Standard

_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What the letter is written from."""

    order: ProductionOrder
    standard: Standard
    selection: Selection
    planned: tuple[Planned, ...]
    tally: Tally
    exceptions: tuple[Unsound, ...]
    zone_name: str
    #: Encoding the data load file was written in.
    encoding: str = "utf-8-sig"

    @property
    def bates_range(self) -> str:
        """First to last number of the volume."""
        return f"{self.planned[0].first} to {self.planned[-1].numbers.last}"


def compose(facts: Facts) -> list[Block]:
    """Return the letter."""
    blocks = [*_opening(facts)]
    for number, (title, body) in enumerate(_parts(facts), 1):
        blocks.append(Heading(f"{number}. {title}"))
        blocks.extend(body)
    blocks.extend(_closing(facts))
    return blocks


def _opening(facts: Facts) -> Iterator[Block]:
    order = facts.order
    if order.producing_party:
        yield Centred(order.producing_party)
    if order.confidentiality:
        yield Centred(order.confidentiality.upper())
    yield Lines((long_date(order.day),))
    staff = (order.requesting_staff,) if order.requesting_staff else ()
    yield Lines((*staff, *(part.strip() for part in facts.standard.issuer.split(",", 1))))
    number = f" ({order.matter_number})" if order.matter_number else ""
    subject = f"{ordinal(order.ordinal).capitalize()} production, volume {order.volume}"
    yield Lines(
        (f"Re: {order.matter_name}{number}", subject, f"Bates range {facts.bates_range}"), bold=True
    )
    yield Paragraph(f"Dear {order.requesting_staff or 'Counsel'}:")
    party = f" on behalf of {order.producing_party}" if order.producing_party else ""
    yield Paragraph(
        f"We transmit{party} the {ordinal(order.ordinal)} production in this matter as volume "
        f"{order.volume}, prepared to the {facts.standard.title}."
    )
    if order.replaces:
        yield Paragraph(
            f"This volume replaces documents of volume {order.replaces} under the numbers they "
            "already have. Please put its files in place of the earlier ones."
        )


def _parts(facts: Facts) -> Iterator[tuple[str, list[Block]]]:
    yield "What is produced", [_counts(facts), Paragraph(passages.counted(facts.tally))]
    yield "Custodians", [_custodians(facts)]
    yield "Dates, times and time zone", _paragraphs(passages.times(facts))
    yield "Families and containers", _paragraphs(passages.families(facts.standard))
    yield "Native files, hash values and Outlook stores", _paragraphs(passages.natives(facts))
    yield "Images and text", _paragraphs(passages.images(facts))
    yield "Duplicates", _paragraphs(passages.duplicates(facts))
    yield "Exceptions", [*_paragraphs(passages.exceptions(facts)), *_reasons(facts)]
    yield "Privilege", _paragraphs(passages.privilege(facts))
    if facts.order.confidentiality:
        yield "Confidential treatment", _paragraphs(passages.confidentiality(facts))
    yield "Load files and fields", [*_paragraphs(passages.load_files(facts)), _fields(facts)]


def _paragraphs(texts: Iterator[str]) -> list[Block]:
    return [Paragraph(text) for text in texts]


def _counts(facts: Facts) -> Table:
    tally = facts.tally
    rows = (
        ("Documents", tally.documents),
        ("Families, documents standing alone included", tally.families),
        ("Families with attachments", tally.with_attachments),
        ("Attachments", tally.attachments),
        ("Pages numbered", tally.pages),
        ("Image files, TIFF", tally.tiffs),
        ("Image files, JPEG", tally.jpegs),
        ("Native files", tally.natives),
        ("Text files", tally.texts),
        ("Unique families", tally.unique),
    )
    return Table(("Count of", "Number"), tuple((name, f"{count:,}") for name, count in rows))


def _custodians(facts: Facts) -> Table:
    spans: dict[str, list[Planned]] = {}
    for each in facts.planned:
        spans.setdefault(each.document.custodian, []).append(each)
    rows = tuple(
        (name or "(none named)", held[0].first, str(held[-1].numbers.last), f"{len(held):,}")
        for name, held in spans.items()
    )
    return Table(("Custodian", "First", "Last", "Documents"), rows)


def _reasons(facts: Facts) -> list[Block]:
    counted = Counter(each.reason for each in facts.exceptions)
    if not counted:
        return []
    rows = tuple((str(reason), f"{count:,}") for reason, count in sorted(counted.items()))
    return [Table(("Reason", "Lines in the log"), rows)]


def _fields(facts: Facts) -> Table:
    rows = tuple(
        (str(column.order), column.name, f"{column.says} ({column.when})")
        for column in facts.standard.all_columns
    )
    return Table(("No.", "Field", "What it holds (and of which documents it is asked)"), rows)


def _closing(facts: Facts) -> Iterator[Block]:
    yield Paragraph("Please call us with any question about this volume.")
    yield Lines(("Respectfully submitted,", "", "", facts.order.signer or "______________________"))


def ordinal(number: int) -> str:
    """Return "first", "second", and "13th" past the twelfth."""
    if 1 <= number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number}{ending or 'th'}"
