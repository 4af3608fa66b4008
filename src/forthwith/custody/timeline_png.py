"""The timeline as PNG: the picture with its tables drawn beneath, for a report or an exhibit."""

from __future__ import annotations

from forthwith.custody.pictures.png import png as drawn
from forthwith.custody.pictures.tables import Column, below
from forthwith.custody.pictures.timeline import Timeline
from forthwith.custody.pictures.timeline.drawing import drawing
from forthwith.custody.pictures.timeline.page import FACTS, RUNS, fact_rows, run_rows

_RUNS = (140, 76, 82, 82, 80, 100, 100, 260, 110, 130)
_FACTS = (36, 316, 104, 100, 70, 82, 82, 110, 120, 140)


def png(timeline: Timeline) -> bytes:
    """Return the picture as PNG; rows past what one sheet holds are counted on it."""
    runs = [Column(name, wide) for name, wide in zip(RUNS, _RUNS, strict=True)]
    facts = [Column(name, wide) for name, wide in zip(FACTS, _FACTS, strict=True)]
    picture = below(drawing(timeline), "Each run of days", runs, run_rows(timeline))
    return drawn(below(picture, "Each fact", facts, fact_rows(timeline)))
