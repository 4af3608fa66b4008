"""The letter that hands a volume over: what it is, which requests it answers, what is held back.

The volume's own letter (`produce.transmittal`) is sealed inside it and speaks of files. This one is
sent beside it, after responses are drafted, so it can say which request each page answers. Every
count is taken from the delivered volume alone, as the receiver takes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from forthwith.domain.bates import Bates
from forthwith.domain.requests import BatesRange
from forthwith.domain.volume_seen import VolumeSeen
from forthwith.loadfiles.volume_rows import Row
from forthwith.papers import transmittal
from forthwith.papers.blocks import Block, Centred, Lines, Paragraph, Table, long_date
from forthwith.respond.papers.front import Front, set_title
from forthwith.respond.registers.requests import RequestRegister, RequestStatus

#: Counts of a delivered volume as they are printed, in order.
COUNTED = (
    ("documents", "Documents"),
    ("families", "Families, documents standing alone included"),
    ("unique", "Unique families"),
    ("pages", "Pages numbered"),
    ("natives", "Native files"),
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What the letter is written from."""

    front: Front
    matter: str
    day: date
    #: "first", "second".
    ordinal: str
    volume: VolumeSeen
    #: Files in the volume's folder.
    files: int
    rows: Sequence[Row]
    register: RequestRegister
    #: First Bates number -> log number of each slip-sheet.
    withheld: dict[str, str]
    confidentiality: str = ""
    #: Titles of the papers that go with it.
    enclosed: tuple[str, ...] = ()


def compose(sent: Sent) -> list[Block]:
    """Return the letter."""
    sections = transmittal.numbered(_parts(sent))
    return [*_opening(sent), *sections, sent.front.signature(sent.day)]


def _opening(sent: Sent) -> Iterator[Block]:
    if sent.confidentiality:
        yield Centred(sent.confidentiality.upper())
    yield Lines((long_date(sent.day),))
    if sent.front.served_on:
        yield Lines(sent.front.served_on)
    seen = sent.volume
    yield transmittal.subject(sent.matter, sent.ordinal, seen.name, f"{seen.first} to {seen.last}")
    yield Paragraph(
        f"With this letter {sent.front.answering} makes its {sent.ordinal} production in this "
        f"matter, as volume {seen.name}, prepared to the {seen.standard}. Its files have the "
        "SHA-256 digest below, taken over the digest and path of every file, sorted by path; any "
        "password goes to you apart from them."
    )
    yield Lines((f"{seen.name}: SHA-256 {seen.digest}",))


def _parts(sent: Sent) -> Iterator[tuple[str, list[Block]]]:
    yield "What is produced", [_counts(sent)]
    yield "Custodians", [_custodians(sent.rows)]
    yield "Requests answered", [*_requests(sent)]
    yield "Privilege", [*_privilege(sent)]
    if sent.confidentiality:
        yield "Confidential treatment", [Paragraph(
            f"{sent.front.answering} asks that this volume and this letter be treated under the "
            f"legend they bear: {sent.confidentiality}."
        )]  # fmt: skip
    if sent.enclosed:
        yield "Enclosed", [Lines(sent.enclosed)]


def _counts(sent: Sent) -> Table:
    counts = sent.volume.counts
    rows = [(words, counts.get(name, 0)) for name, words in COUNTED]
    return transmittal.counts([*rows, ("Files in the volume's folder", sent.files)])


def _custodians(rows: Sequence[Row]) -> Table:
    return transmittal.custodians((row.custodian, row.first, row.last or row.first) for row in rows)


def _requests(sent: Sent) -> Iterator[Block]:
    answered = [
        (standing, ranges)
        for standing in sent.register.standings
        if (ranges := _within(standing, sent.volume.name))
    ]
    if not answered:
        yield Paragraph("No response cites pages of this volume yet.")
        return
    yield Paragraph(
        "Pages by the request they answer, families whole; a page may answer several. Each range "
        "is listed in the response."
    )
    rows = tuple(
        (_named(standing), f"{len(ranges):,}", f"{_pages(ranges):,}", ranges[0].first,
         ranges[-1].last)
        for standing, ranges in answered
    )  # fmt: skip
    yield Table(("Request", "Ranges", "Pages", "From", "To"), rows)


def _within(standing: RequestStatus, volume: str) -> list[BatesRange]:
    response = standing.response
    return [span for span in response.ranges if span.volume == volume] if response else []


def _named(standing: RequestStatus) -> str:
    heading = standing.set.kind.heading(standing.request.number)
    return f"{heading} ({set_title(standing.set.name)})"


def _pages(ranges: Sequence[BatesRange]) -> int:
    return sum(Bates.parse(span.first).pages_to(Bates.parse(span.last)) or 0 for span in ranges)


def _privilege(sent: Sent) -> Iterator[Block]:
    if not sent.withheld:
        yield Paragraph("No document of this volume is withheld as privileged.")
        return
    count = len(sent.withheld)
    are = "document is" if count == 1 else "documents are"
    yield Paragraph(
        f"{count:,} {are} withheld as privileged. Each is shown by a slip-sheet under its own "
        "Bates number, which bears the number of its row in the privilege log."
    )
    rows = tuple((log, bates) for bates, log in sorted(sent.withheld.items(), key=lambda e: e[1]))
    yield Table(("Log number", "Slip-sheet"), rows)
