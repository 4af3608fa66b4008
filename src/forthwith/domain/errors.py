"""Exceptions for the caller or for us. Bad evidence is never one of these past the rim of a stage.

Each exception writes its own sentence: what happened, why, and what to do.
"""

from __future__ import annotations

from forthwith.domain.evidence import Fault


class ForthwithError(Exception):
    """Anything forthwith says to its caller; the message is a whole sentence for a person."""


class UnreadableError(ForthwithError):
    """Raised by a reader when the item itself cannot be read; the rim turns it into its Fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.reason}: {fault.detail}")
        self.fault = fault
