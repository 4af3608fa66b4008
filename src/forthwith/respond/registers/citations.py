"""Citations of pages: whether what a sentence cites can still be looked up in a sealed volume."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from forthwith.domain.acts import Acts
from forthwith.domain.bates import Bates
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import BatesRange
from forthwith.respond.registers.pages import Pages, covered, meet

#: Acts by which a document is withheld; one produced before is clawed back by it.
_CLAIM = "privilege claim"


class NotCitableError(ForthwithError):
    """Pages that are cited and cannot be looked up."""

    def __init__(self, cite: str, why: str, volumes: Iterable[str]) -> None:
        known = ", ".join(sorted(set(volumes))) or "none"
        #: The two halves of the sentence, for a fault that stands in a row.
        self.what = f"{cite!r} {why}"
        self.do = (
            "Give pages of a sealed volume as ABC00000001 or ABC00000001-ABC00000009, or a whole "
            f'volume, several separated by ";". Sealed volumes: {known}'
        )
        super().__init__(f"{self.what}. {self.do}.")


@dataclass(frozen=True, slots=True)
class UnresolvedCitation:
    """A citation that nobody can look up."""

    cite: str
    #: "is in no sealed volume", "was withdrawn: …"
    why: str


@dataclass(frozen=True, slots=True)
class CitablePages:
    """The pages that may be cited, and those that once might have been."""

    #: As they stand: control number -> (volume, first, last).
    pages: Pages
    #: (first, last) of everything ever sealed.
    ever: tuple[tuple[str, str], ...]
    #: Control numbers claimed as privileged and withheld.
    withheld: frozenset[str]
    #: Only numbers of this prefix are ours to judge.
    prefix: str

    def unresolved(self, cites: Iterable[str]) -> list[UnresolvedCitation]:
        """Return each citation of ours that cannot be looked up, and why."""
        return [
            UnresolvedCitation(text, why)
            for cite in cites
            for text, first, last in self.ranges(cite)
            if (why := self._why(first, last))
        ]

    def cited(self, text: str) -> tuple[str, ...]:
        """Read "ABC0001; ABC0004-ABC0009; VOL002" as citations. Raises NotCitableError."""
        parts = [part.strip() for part in re.split("[;,]", text) if part.strip()] or [text]
        return tuple(cite for part in parts for cite in self._citable(part))

    def mentioned(self, text: str) -> tuple[str, ...]:
        """Read "ABC0001; Tr. 45:12-46:3" as citations of any kind, separated by semicolons.

        Pages of ours among them must be ones that can be looked up. Raises NotCitableError.
        """
        cites: list[str] = []
        for part in filter(None, map(str.strip, text.split(";"))):
            if self.pages.volume(part):
                cites.extend(self._citable(part))
            elif unresolved := self.unresolved([part]):
                raise NotCitableError(unresolved[0].cite, unresolved[0].why, self._volumes())
            else:
                cites.append(part)
        return tuple(cites)

    def _citable(self, part: str) -> list[str]:
        """Return a page or range as written, or the ranges of a volume, none of them red."""
        cites = [_spelt(span) for span in self.pages.volume(part)] or [part]
        for cite in cites:
            if why := self._uncitable(cite):
                raise NotCitableError(cite, why, self._volumes())
        return cites

    def _volumes(self) -> list[str]:
        return [volume for volume, _, _ in self.pages.numbers.values()]

    def _uncitable(self, cite: str) -> str:
        read = list(self.ranges(cite))
        if [written for written, _, _ in read] != [cite]:
            return "names neither pages of ours nor a sealed volume"
        if Bates.parse(read[0][1]).pages_to(Bates.parse(read[0][2])) is None:
            return "runs backwards"
        return next((cited.why for cited in self.unresolved([cite])), "")

    def ranges(self, cite: str) -> Iterator[tuple[str, str, str]]:
        """Yield (as written, first, last) of each page or range in a citation."""
        number = rf"{re.escape(self.prefix)}[0-9]{{1,18}}"
        shape = rf"(?<![A-Za-z0-9_])({number})(?:\s*(?:-|–|—|to)\s*({number}))?(?![0-9])"
        for match in re.finditer(shape, cite):
            yield match[0], match[1], match[2] or match[1]

    def control_numbers(self, first: str, last: str) -> list[str]:
        """Return the documents that have a page from first to last, in order of their numbers."""
        return sorted(
            number
            for number, (_, start, end) in self.pages.numbers.items()
            if meet(start, end, first, last)
        )

    def _why(self, first: str, last: str) -> str:
        if any(number in self.withheld for number in self.control_numbers(first, last)):
            return "was withdrawn: its document is claimed as privileged and withheld"
        volumes = {volume for volume, _, _ in self.pages.numbers.values()}
        if any(covered(BatesRange(first, last, volume), self.pages) for volume in sorted(volumes)):
            return ""
        if any(meet(start, end, first, last) for start, end in self.ever):
            return "was withdrawn, or runs over pages of which some were never sealed"
        return "is in no sealed volume"


def withheld(ledger: Acts) -> frozenset[str]:
    """Return the control numbers whose last claim of privilege withholds them."""
    claims = ledger.of(_CLAIM)
    return frozenset(key for key, act in claims.items() if act.body.get("treatment") == "withheld")


def _spelt(span: BatesRange) -> str:
    return span.first if span.first == span.last else f"{span.first}-{span.last}"
