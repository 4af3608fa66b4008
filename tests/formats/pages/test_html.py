"""HTML: words whole, hidden passages named, nothing fetched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import Hint, InMemory
from forthwith.formats.pages import html


def test_words_stay_whole_and_hidden_ones_are_named() -> None:
    page = (
        b"<title>A &amp; B</title><meta name=author content='Ana Lund'>"
        b"<p>le<b>dg</b>er<p style='display: none'>secret</p><script>no()</script>"
    )
    reading = html.read(InMemory(page), Hint())

    assert reading.text.startswith("ledger")
    assert "[Hidden: secret]" in reading.text
    assert "no()" not in reading.text
    assert (reading.value("title"), reading.value("author")) == ("A & B", "Ana Lund")
    assert reading.value("hidden_text") == "1"


def test_the_page_says_its_charset() -> None:
    page = "<meta charset=windows-1251><p>мир".encode("cp1251")

    assert "мир" in html.decode_html(page).text


@given(st.text(max_size=300))
def test_any_text_is_a_page(page: str) -> None:
    assert isinstance(html.text_of_html(page), str)
