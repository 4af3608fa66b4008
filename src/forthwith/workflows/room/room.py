"""A room: one matter open for many people, with what every page and command of it asks.

What is read of the documents (`Standing`) is made once and replaced as a whole when the matter was
processed again; who may see what is one mask over it (`review.walls`). Nothing here knows the web.
"""

from __future__ import annotations

from forthwith.domain.errors import ForthwithError


class NotShownError(ForthwithError):
    """There is no such thing, or it is not shown to whoever asks: both are said alike."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"There is no {what} here. Check the number, or ask whoever leads the review."
        )


class RefusedError(ForthwithError):
    """Whoever asks may not do this."""


class Room:
    """One matter open for many people."""
