"""Bates numbers: the page numbers by which both sides cite evidence.

This module knows their shape and arithmetic only. Handing numbers out is `produce`;
looking for holes in somebody's run of them is `check`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from forthwith.domain.errors import ForthwithError

#: A number as lists of them have it: one blank at most, and digits at its end.
_LISTED = re.compile(r"[\w.&-]+(?: [\w.-]+)?(?<=[0-9])")
_DASH = re.compile(r"\s*[-\u2010-\u2015]\s*|\s+(?:to|through|thru)\s+", re.IGNORECASE)
_SHAPE = re.compile(r"(?P<prefix>.*?)(?P<digits>[0-9]{1,18})", re.DOTALL)


class NotABatesNumberError(ForthwithError):
    """Text that should be a Bates number is not one."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is not a Bates number: it must end in digits, as in ABC00000001."
        )


@dataclass(frozen=True, slots=True, order=True)
class Bates:
    """One page's number."""

    #: Everything before the last run of digits; may itself hold digits or hyphens.
    prefix: str
    #: Digits as stamped, zeros included: BTS0001 and BTS001 are two numbers.
    width: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number as stamped. Raises NotABatesNumberError."""
        if (shape := _SHAPE.fullmatch(text.strip())) is None:
            raise NotABatesNumberError(text)
        return cls(shape["prefix"], len(shape["digits"]), int(shape["digits"]))

    def __str__(self) -> str:
        """Return the number as stamped."""
        return f"{self.prefix}{self.number:0{self.width}d}"

    def plus(self, pages: int) -> Self:
        """Return the number `pages` further on; widens past its digits rather than wrapping."""
        return type(self)(self.prefix, self.width, self.number + pages)

    def pages_to(self, last: Self) -> int | None:
        """Count pages from this number to `last`, both included; None across prefix or width."""
        if (self.prefix, self.width) != (last.prefix, last.width) or last.number < self.number:
            return None
        return last.number - self.number + 1


def ranges(text: str) -> list[tuple[Bates, Bates]]:
    """Read numbers and ranges as people list them: "N0001 - N0005; N0009-12". The rest is left."""
    parts = (part.strip() for part in re.split(r"[;,\n]", text))
    return [pages for part in parts if (pages := _range(part)) is not None]


def _range(part: str) -> tuple[Bates, Bates] | None:
    """Return both ends of a range, or one number twice; a dash may be part of a prefix."""
    for dash in _DASH.finditer(part):
        first, last = part[: dash.start()], part[dash.end() :]
        if not _LISTED.fullmatch(first) or not _LISTED.fullmatch(last):
            continue
        start, end = Bates.parse(first), Bates.parse(last)
        if not end.prefix and end.width <= start.width:
            # "N0009-12": the digits that changed.
            whole = f"{start.number:0{start.width}d}"[: -end.width or None] + last
            end = Bates(start.prefix, start.width, int(whole))
        if start.pages_to(end) is not None:
            return start, end
    if not _LISTED.fullmatch(part):
        return None
    return Bates.parse(part), Bates.parse(part)
