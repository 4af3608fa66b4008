"""Black boxes beside the native they were drawn over: a bar of the native itself is none."""

from __future__ import annotations

import numpy as np
import pytest

from forthwith.check.black_boxes import Map, black_boxes, uncovered

HEIGHT, WIDTH = 330, 255


def page(*bars: tuple[int, int, int, int], ink: float = 1.0, words: bool = False) -> Map:
    """Return a page with bars (left, top, width, height), and words where the first one is."""
    drawn = np.zeros((HEIGHT, WIDTH), np.float32)
    for left, top, width, height in bars:
        drawn[top : top + height, left : left + width] = ink
    if words:
        left, top, width, height = BAR
        drawn[top + 2 : top + height - 2 : 3, left : left + width : 4] = 0.9
    return drawn


BAR = (60, 100, 90, 10)
BOXED = page(BAR)


def test_words_of_the_native_under_a_box_are_shown() -> None:
    assert uncovered(black_boxes(BOXED), BOXED, page(words=True)) == 1


@pytest.mark.parametrize(
    "native",
    [
        page(BAR),
        page((63, 105, 95, 11)),
        page((54, 92, 86, 9), words=True),
        page(BAR, ink=0.5),
        page(),
    ],
    ids=["the same bar", "shrunk and moved", "moved, words about it", "a coloured one", "nothing"],
)
def test_what_is_no_word_under_a_box_is_not(native: Map) -> None:
    assert uncovered(black_boxes(BOXED), BOXED, native) == 0


def test_another_bar_of_the_native_does_not_excuse_a_box() -> None:
    native = page((60, 20, 90, 10), (200, 100, 20, 10), words=True)

    assert uncovered(black_boxes(BOXED), BOXED, native) == 1


def test_a_part_of_a_slanted_surface_is_no_box() -> None:
    """The floor of a chart in three dimensions, dark blue in the native."""
    slanted = np.zeros((HEIGHT, WIDTH), np.float32)
    for row in range(30):
        slanted[100 + row, 40 + row // 3 * 4 : 140 + row // 3 * 4] = 1.0

    assert black_boxes(slanted)
    assert uncovered(black_boxes(slanted), slanted, page(words=True)) == 0
