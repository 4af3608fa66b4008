"""What a person decided of a document that the privilege screen proposed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What was decided."""

    CLAIMED = "claimed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on one document; another takes its place and never changes it."""

    #: Number of its row, in the order kept; 0 before it is kept.
    id: int
    control: str
    outcome: Outcome
    because: str
    #: What was proposed when it was decided: the tier, and the reasons as plain data (JSON).
    tier: str
    reasons: str
    #: Digest of the text that was decided on: half of its SHA-256, in hexadecimal.
    read: str
    #: Login, and ISO instant (UTC).
    who: str = ""
    at: str = ""
    #: The decision it takes the place of; 0 for none.
    replaces: int = 0
