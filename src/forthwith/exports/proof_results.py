"""What checking a proof of control can come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Verified:
    """The signature is that of the address, over this message."""

    #: By which standard.
    how: str


@dataclass(frozen=True, slots=True)
class NotVerified:
    """The signature is not one of this address over this message."""

    why: str


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Nothing can be said, either way."""

    why: str


Result: TypeAlias = Verified | NotVerified | NotChecked


def missing(package: str) -> NotChecked:
    """Return what to say where a package of the extra is not installed."""
    return NotChecked(f"{package} is not installed; install forthwith[proofs] and check again")
