"""What earlier checks have established, so that one fault is reported once, without its echoes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from forthwith.check.volume import Page, Volume
from forthwith.domain.finding import Finding
from forthwith.seals.seen import SealSeen
from forthwith.standards import catalogue


@dataclass(slots=True)
class CheckContext:
    """Shared by the checks of one run, in their order."""

    volume: Volume
    #: Rows whose numbers are wrong: their names, ranges and pages are not judged again.
    misnumbered: set[int] = field(default_factory=set)
    #: Rows whose number stands on an earlier row: what holds for the document was said there.
    doubles: set[int] = field(default_factory=set)
    #: Rows standing after later numbers.
    disordered: set[int] = field(default_factory=set)
    #: Rows whose pointer to their parent is wrong.
    misplaced: set[int] = field(default_factory=set)
    #: Numbers known to be absent or misstated for a reason already reported.
    accounted: set[Page] = field(default_factory=set)
    #: Where what begins at an accounted number must end at the latest, where that is known.
    ends: dict[Page, Page] = field(default_factory=dict)
    #: Last pages after which a gap is already explained.
    gap_after: set[Page] = field(default_factory=set)
    #: What a reader should know that is no finding.
    notes: list[str] = field(default_factory=list)
    #: Rows whose native is absent, and rows whose native is not the one hashed.
    native_absent: set[int] = field(default_factory=set)
    native_altered: set[int] = field(default_factory=set)
    #: Archives that cannot be opened.
    closed: set[str] = field(default_factory=set)
    #: Signed seals of the volume.
    seals: list[SealSeen] = field(default_factory=list)

    def report(
        self, code: str, message: str, *, row: int | None = None, bates: str = "", file: str = ""
    ) -> Finding:
        """Make a finding; `row` counts sound rows from 0 and gives number and place."""
        volume = self.volume
        number = None if row is None else volume.data.numbers[row]
        if row is not None:
            bates = bates or volume.cell("first_bates", row)
            file = file or volume.data_files[0]
        return catalogue.finding(
            code,
            message,
            volume.standard,
            bates=bates,
            file=file,
            row=number,
            volume=volume.name,
        )

    def account(self, texts: Iterable[str]) -> None:
        """Take these numbers as explained."""
        for text in texts:
            page = self.volume.numberer.one(text)
            if page is not None:
                self.accounted.add(page)


Findings = Iterator[Finding]
