"""Redactions: what of a document is not shown, and why.

A redaction is drawn on the page as it is painted, in pixels at 300 dpi, and never on the file.
It is changed by putting another in its place: what stood before stays on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: Left, top, width, height; pixels of the page at 300 dpi, from its upper left corner.
Rectangle = tuple[int, int, int, int]


class Shape(StrEnum):
    """What a redaction covers."""

    #: A rectangle of one page.
    BOX = "box"
    #: A whole page.
    PAGE = "page"
    #: All of a page but a rectangle.
    INVERSE = "inverse"
    #: A range of cells of a workbook.
    CELLS = "cells"
    #: A stretch of a recording.
    SECONDS = "seconds"


class RedactionState(StrEnum):
    """Where a redaction stands."""

    #: Drawn by somebody who may not decide, or by a search: it covers nothing yet.
    PROPOSED = "proposed"
    STANDING = "standing"
    #: A proposal that was not taken.
    REFUSED = "refused"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is redacted, as a standard names it."""

    #: As kept, and as the REDACTED column of a standard has it: "PII".
    name: str
    #: As a person reads it: "Personal data".
    words: str
    #: As burnt into the box, white on black, where it fits.
    label: str
    #: The key that chooses it while drawing, "1" to "9"; "" for none.
    key: str = ""
    #: Colour of the box on the screen, "#rrggbb"; burnt boxes are black.
    colour: str = "#5b5b66"
    #: Whether it claims privilege: the document needs a row in the privilege log.
    privilege: bool = False


@dataclass(frozen=True, slots=True)
class Redaction:
    """One redaction of one document."""

    #: Number of its row, in the order kept; 0 before it is kept.
    id: int
    control: str
    shape: Shape
    #: From 1; 0 for cells and seconds.
    page: int
    #: Of `box` and `inverse`: the rectangle as burnt, snapped to whole words; else None.
    box: Rectangle | None
    #: Of cells "Sheet1!B2:D9"; of seconds "12-31.5"; else "".
    span: str
    #: Name of a Reason.
    reason: str
    note: str = ""
    state: RedactionState = RedactionState.STANDING
    #: `produce.imaging.fingerprint` of the page it was drawn on, as `Pages.paint` returns it; for
    #: cells and seconds SHA-256 of the file. Where it is another today, the redaction must be
    #: looked at again.
    drawn_on: str = ""
    #: Login, and ISO instant (UTC).
    who: str = ""
    at: str = ""
    #: Id of the redaction it takes the place of; 0 for none.
    replaces: int = 0

    @property
    def covers(self) -> bool:
        """Say whether it hides anything: a proposal does not."""
        return self.state is RedactionState.STANDING


#: Redactions that cover something, by control number.
Redactions = Mapping[str, tuple[Redaction, ...]]


# What a redaction takes away, as whoever checks a delivered volume needs it. None of it is ever
# delivered, printed or written into a report: a list of what was redacted undoes the redaction.


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that one redaction covers."""

    control: str
    #: Id of the redaction.
    redaction: int
    #: Name of its Reason.
    reason: str
    #: The words under it, as they stand, parted by spaces; of cells, the value of one as shown.
    text: str = field(repr=False)
    #: The words before it and after it, two of each at most.
    around: tuple[str, str] = field(default=("", ""), repr=False)


@dataclass(frozen=True, slots=True)
class BurntBox:
    """One rectangle as it was burnt into a delivered page."""

    #: Number of the page, as stamped.
    page: str
    #: Pixels of the delivered image.
    box: Rectangle
    #: SHA-256, hex, of the rectangle as drawn from its reason alone: rows of bits from the top,
    #: each padded to whole bytes, 1 for white (Pillow's mode "1"). "" where nobody can say.
    pixels: str = ""
    #: Rectangles of the words left on the page whose ink may touch it; None where nobody can say.
    beside: tuple[Rectangle, ...] | None = None


@dataclass(frozen=True, slots=True)
class RedactedDocument:
    """One delivered document with redactions, as the desk that made the volume knows it."""

    #: Its first number in the volume.
    first: str
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    boxes: tuple[BurntBox, ...] = field(default=(), repr=False)
    #: SHA-256, hex, of the file built for it in place of its native; "": none may be delivered.
    rebuilt: str = ""
    #: Numbers of documents in which a person let its passages stand, its own for its other pages.
    released_in: tuple[str, ...] = ()
