"""Words of evidence made fit for a picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from matplotlib import get_data_path
from PIL import ImageFont

from forthwith.plain.drawings.words import Footnotes, fitted, folded, width
from forthwith.plain.visible import visible

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


@given(st.text("abcéüñøčžőАБВЖЩЫабвжщыюфΑΒΩαβω·–“”…", max_size=60))
def test_other_alphabets_are_measured_as_safely(text: str) -> None:
    """Names of parties are seldom all ASCII; they must not be cut for being measured too wide."""
    assert width(text, 100) >= PLAIN.getlength(text) - 1
    assert width(text, 100, bold=True) >= BOLD.getlength(text) * 0.98 - 1


def test_a_cyrillic_name_needs_about_the_room_of_a_latin_one() -> None:
    name = "Константин Александров"

    assert width(name, 100) <= PLAIN.getlength(name) * 1.2


@given(st.text(min_size=1, max_size=300), st.floats(60, 400), st.integers(1, 4))
def test_a_label_is_whole_in_its_place_or_in_its_note(text: str, room: float, most: int) -> None:
    notes = Footnotes()
    lines = notes.lines(text, room, 12, most)
    joined = "".join("".join(lines).split())
    shown = "".join(visible(text).split())

    assert len(lines) <= most
    assert all(width(line, 12) <= room for line in lines)
    if notes:
        assert lines[-1].endswith("[1]")
        assert shown in "".join("".join(notes.written(600, 12)).split())
    else:
        assert joined == shown


def test_two_places_that_cut_one_label_share_its_note() -> None:
    notes = Footnotes()
    cut = [notes.lines("a name of many words " * 9, 90, 12, 1) for _ in range(2)]

    assert cut[0] == cut[1]
    assert len(notes.written(2_000, 12)) == 1
