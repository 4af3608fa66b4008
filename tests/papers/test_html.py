"""One page maker: whatever is put on a page is text, and a page needs nothing but itself."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from forthwith.papers.html import (
    FIND,
    Column,
    Html,
    element,
    joined,
    link,
    listed,
    numbers,
    page,
    picture,
    table,
    text,
)
from forthwith.plain.visible import visible

HOSTILE = '<script>alert("x")</script>&\' onload="y" \u202egnp.exe'
#: Tags that have no end.
_VOID = {"meta", "input", "col"}


class Tags(HTMLParser):
    """Every tag of a page, each closed where it must be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        assert len({name for name, _ in attrs}) == len(attrs)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def whole(words: str) -> str:
    columns = (Column(words, "whole", "9rem"), words, Column(words, "number"))
    return page(
        words,
        [
            element("h1", words, class_=words, id=words),
            words,
            numbers({words: words}),
            listed([words]),
            element("p", link(words, words), " · ", joined([words, words], words)),
            table(columns, [(words, words, words)], words, anchor=words, sortable=True),
            FIND,
        ],
        interactive=True,
    )


@given(st.text(min_size=1) | st.just(HOSTILE))
def test_no_text_becomes_markup(words: str) -> None:
    """Names, subjects and paths come from evidence and hold what they like."""
    assert Tags(whole(words)).names == Tags(whole("words")).names
    assert unescape(text(words)) == visible(words)


def test_a_page_fetches_nothing_and_forbids_it() -> None:
    """A page is filed, mailed and opened years later, without a network."""
    made = whole("words")

    assert not re.search(r"""(?:src|href)=["']https?:|url\(|@import|<link|<img|<iframe""", made)
    assert "default-src 'none'" in made


def test_a_page_runs_nothing_unless_it_is_interactive() -> None:
    plain = page("title", [element("p", "words")])

    assert "<script" not in plain
    assert "script-src" not in plain
    assert whole("words").count("<script>") == 1


def test_only_what_is_markup_already_is_left_as_it_is() -> None:
    """Text joined to markup is text again, so forgetting to escape shows and does no harm."""
    mark = element("b", "<i>")

    assert mark == "<b>&lt;i&gt;</b>"
    assert text(mark) == mark
    assert text(mark + "<u>") == "&lt;b&gt;&amp;lt;i&amp;gt;&lt;/b&gt;&lt;u&gt;"
    assert isinstance(joined([mark, "<u>"]), Html)


def test_a_table_without_rows_says_so() -> None:
    assert table(["A"], []) == '<p class="quiet">None.</p>'


def test_a_row_can_be_led_to_and_a_long_name_can_be_broken() -> None:
    """A column keeps its longest word, but no file name is as wide as it likes."""
    made = table(["No.", "Row"], [("7", "a" * 60), ("8", "short")], anchor="f")

    assert '<tr id="f7">' in made
    assert f'<td class="long">{"a" * 60}</td>' in made
    assert "<td>short</td>" in made


def test_a_page_has_a_style_for_the_dark_and_one_for_print() -> None:
    """Printed from a dark screen it is black on white: dark colours are for screens only."""
    made = page("title", [])

    assert "@media screen and (prefers-color-scheme:dark)" in made
    assert "@media print" in made
    assert '<body class="wide">' in page("title", [], wide=True)


def test_a_drawing_stands_on_white() -> None:
    """Its colours are its own and were chosen for paper."""
    assert picture("<svg></svg>") == '<div class="picture"><svg></svg></div>'
    assert "div.picture{overflow-x:auto;background:#fff" in page("title", [])


def test_a_picture_with_other_forms_shows_one_at_a_time() -> None:
    """Both at once would say everything twice, and neither would leave a telephone bare."""
    made = picture("<svg>1</svg>", "<svg>2</svg>", "<svg>3</svg>")
    style = page("title", [])

    assert made == (
        '<div class="picture wide printed"><svg>1</svg></div>'
        '<div class="picture narrow"><svg>2</svg></div>'
        '<div class="picture paper"><svg>3</svg></div>'
    )
    assert "div.narrow,div.paper{display:none}" in style
    assert "div.wide{display:none}div.narrow{display:block}" in style
    assert "div.printed,div.narrow,.screen{display:none}div.paper{display:block" in style


def test_cells_of_a_stacked_table_have_the_names_of_their_columns() -> None:
    made = table(["No.", "Row"], [("7", "words")], stacked=True)

    assert '<table class="rows">' in made
    assert '<td data-name="Row">words</td>' in made
    assert "data-name" not in table(["No.", "Row"], [("7", "words")])
