"""Findings: what a check saw, where, against which clause, and what would cure it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much it matters to the receiver. Any finding at all stops a seal of ours."""

    FATAL = "fatal"
    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check saw."""

    #: Stable for ever, never reused: "FM03".
    code: str
    severity: Severity
    #: The Bates number it is about; "" when it is about the volume.
    bates: str
    #: File inside the volume, "/" separated; "" when none.
    file: str
    #: 1-based data row in the load file (header not counted); None when none.
    row: int | None
    #: What is wrong, in one plain sentence.
    message: str
    #: The rule it rests on: "SEC Data Delivery Standards 8/2021, General 4".
    clause: str
    #: What the producing side can do.
    cure: str
