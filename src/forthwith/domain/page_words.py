"""Words of a page image with the place of each: what a hit is marked by, and a box drawn over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageWord:
    """One word as it stands on a page image; its box holds all of its ink and nothing far from it.

    Pixels of the page at 300 dpi, from the upper left corner. Words come in reading order.
    """

    text: str
    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class PageBox:
    """A box on one page of a document, counted from 0; pixels at 300 dpi."""

    page: int
    x: int
    y: int
    w: int
    h: int
