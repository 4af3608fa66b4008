"""Bates numbers: the page numbers by which both sides cite evidence.

This module knows their shape and arithmetic only. Handing numbers out is `produce`;
looking for holes in somebody's run of them is `check`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from forthwith.domain.errors import ForthwithError

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
