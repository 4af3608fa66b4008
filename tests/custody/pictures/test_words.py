"""Words of evidence made fit for a picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from matplotlib import get_data_path
from PIL import ImageFont

from forthwith.custody.pictures.words import fitted, folded, width

FONTS = f"{get_data_path()}/fonts/ttf"
PLAIN = ImageFont.truetype(f"{FONTS}/DejaVuSans.ttf", 100)
BOLD = ImageFont.truetype(f"{FONTS}/DejaVuSans-Bold.ttf", 100)
ANY = st.text(max_size=200)


@given(ANY, st.floats(20, 400))
def test_what_is_fitted_fits(text: str, room: float) -> None:
    assert width(fitted(text, room, 12), 12) <= room


@given(ANY, st.floats(40, 400), st.integers(1, 5))
def test_folded_lines_fit_and_are_not_too_many(text: str, room: float, most: int) -> None:
    lines = folded(text, room, 12, most)

    assert 1 <= len(lines) <= most
    assert all(width(line, 12) <= room for line in lines)


def test_nothing_is_lost_where_there_is_room() -> None:
    text = "Deirdre Walsh had the sealed envelope within reach"

    assert " ".join(folded(text, 160, 12, 9)) == text


def test_a_text_of_a_million_signs_is_cut_at_once() -> None:
    assert folded("x" * 1_000_000, 100, 12, 2)[1].endswith("…")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_no_line_is_measured_shorter_than_the_font_sets_it(text: str) -> None:
    """A line measured too short would run into its neighbour."""
    assert width(text, 100) >= PLAIN.getlength(text) - 1
    assert width(text, 100, bold=True) >= BOLD.getlength(text) * 0.98 - 1
