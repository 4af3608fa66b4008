"""Amounts as rows and questions write them: a number above or at zero, and its unit where given.

Nothing is converted: an amount in another unit than the wallet's asset is compared with nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from forthwith.custody.facts.words import fold

_AMOUNT = re.compile(
    r"(?P<before>[^\d\s.,+-]{1,12})?\s*(?P<number>\d[\d,_' ]*(?:\.\d+)?|\.\d+)\s*(?P<after>\S.*)?"
)
_GROUPED = re.compile(r"\d{1,3}([,_' ])\d{3}(?:\1\d{3})*(?:\.\d+)?")
#: What follows the number in "1e6": no unit.
_POWER = re.compile(r"e[+-]?\d", re.IGNORECASE)
#: Past any supply of any asset in its least unit.
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Amount:
    """How much, in which unit ("" where none is written: the wallet's own)."""

    value: Decimal
    #: Folded, as words are compared.
    unit: str = ""

    @classmethod
    def parse(cls, text: str) -> Amount:
        """Read "100,000 USD", "0.5 BTC" or "250000". Raises ValueError with a clause."""
        match = _AMOUNT.fullmatch(text.strip())
        if match is None or len(text) > _LONGEST:
            raise ValueError(f"{text[:_LONGEST]!r} is no amount")
        number = match["number"].strip()
        if not _GROUPED.fullmatch(number) and re.search(r"[,_' ]", number):
            raise ValueError(f"{text!r} may be meant in two ways; write it as 100000.5")
        if _POWER.match(match["after"] or ""):
            raise ValueError(f"{text!r} has a power of ten; write it out, as 1000000")
        unit = " ".join(part for part in (match["before"], match["after"]) if part)
        return cls(Decimal(re.sub(r"[,_' ]", "", number)), fold(unit))

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit.upper()}".rstrip()
