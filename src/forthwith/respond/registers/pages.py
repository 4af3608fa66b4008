"""Bates ranges of sealed volumes: what a response may cite, and that it exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import BatesRange


class NoSuchRangeError(ForthwithError):
    """A range or volume that no sealed volume holds."""

    def __init__(self, text: str, volumes: Iterable[str]) -> None:
        known = ", ".join(sorted(set(volumes))) or "none"
        super().__init__(
            f"{text!r} is neither a sealed volume nor a range of pages in one. Give VOL001 or "
            f"ABC00000001-ABC00000009. Sealed volumes: {known}."
        )


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of every sealed volume: control number -> (volume, first, last)."""

    numbers: Mapping[str, tuple[str, str, str]]
    #: Control numbers of what is claimed as privileged and lies in its volume all the same.
    loose: frozenset[str] = frozenset()

    def volume(self, name: str) -> list[BatesRange]:
        """Return the ranges of one volume, joined where they follow each other."""
        return _joined(entry for entry in self.numbers.values() if entry[0] == name)

    def of(self, control_numbers: Iterable[str]) -> list[BatesRange]:
        """Return the ranges of documents; one not produced, or clawed back, has none."""
        bound = (number for number in control_numbers if number not in self.loose)
        return _joined(self.numbers[number] for number in bound if number in self.numbers)

    def privileged(self, given: BatesRange) -> list[str]:
        """Return the first pages of documents in a range that are claimed and not yet held back."""
        entries = sorted(self.numbers[number] for number in self.loose)
        return [first for _, first, last in entries if meet(first, last, given.first, given.last)]

    def read(self, text: str) -> list[BatesRange]:
        """Read "VOL001" or "ABC00000001-ABC00000009". Raises NoSuchRangeError."""
        if whole := self.volume(text):
            return whole
        for at, sign in enumerate(text):
            if sign == "-":
                first, last = text[:at].strip(), text[at + 1 :].strip()
                for volume in {entry[0] for entry in self.numbers.values()}:
                    if covered(span := BatesRange(first, last, volume), self):
                        return [span]
        raise NoSuchRangeError(text, (entry[0] for entry in self.numbers.values()))


def meet(start: str, end: str, first: str, last: str) -> bool:
    """Whether two ranges of numbers of one series have a page in common."""
    a, b, c, d = (Bates.parse(number) for number in (start, end, first, last))
    same = (a.prefix, a.width) == (c.prefix, c.width)
    return same and a.number <= d.number and c.number <= b.number


def covered(given: BatesRange, pages: Pages) -> bool:
    """Whether every page of a range is in its volume."""
    try:
        first, last = Bates.parse(given.first), Bates.parse(given.last)
    except NotABatesNumberError:
        return False
    wanted = first.pages_to(last)
    if wanted is None:
        return False
    count = 0
    for span in pages.volume(given.volume):
        start, end = Bates.parse(span.first), Bates.parse(span.last)
        if (start.prefix, start.width) == (first.prefix, first.width):
            count += max(0, min(end.number, last.number) - max(start.number, first.number) + 1)
    return count == wanted


def _joined(entries: Iterable[tuple[str, str, str]]) -> list[BatesRange]:
    """Return ranges in order; neighbours of one volume become one range."""
    rows = sorted(
        {(volume, Bates.parse(first), Bates.parse(last)) for volume, first, last in entries}
    )
    runs: list[tuple[str, Bates, Bates]] = []
    for volume, first, last in rows:
        if runs and runs[-1][0] == volume and runs[-1][2].plus(1) == first:
            runs[-1] = (volume, runs[-1][1], last)
        else:
            runs.append((volume, first, last))
    return [BatesRange(str(first), str(last), volume) for volume, first, last in runs]
