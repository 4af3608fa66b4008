"""Slip-sheets: one page that stands for a document without page images, and says why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image

from forthwith.produce.imaging.fonts import Family, face
from forthwith.produce.imaging.lines import Span, lines, strip_of
from forthwith.produce.imaging.page import COLUMN, LEFT, Strip, painted, stack


def slip_sheet(lines_of_text: Sequence[str]) -> Image.Image:
    """Return one page with the lines centred, the first in bold."""
    strips = list(_strips(lines_of_text))
    height = sum(strip.height + strip.gap for strip in strips)
    pages, _ = stack([Strip(max(0, 1300 - height // 2)), *strips], 1)
    return painted(pages[0])


def _strips(lines_of_text: Sequence[str]) -> Iterator[Strip]:
    for place, text in enumerate(lines_of_text):
        letters = face(Family.SANS, 15 if place == 0 else 11, bold=place == 0)
        for line in lines([Span(text, letters)], COLUMN):
            shift = (COLUMN - line.width) / 2
            yield strip_of(line, LEFT + shift, COLUMN - shift, letters, gap=24)
