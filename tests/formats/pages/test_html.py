"""HTML: words whole, hidden passages named, nothing fetched."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import Child, Hint, InMemory, Reading, Relation
from forthwith.formats import readers
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


def read(page: str) -> Reading:
    return html.read(InMemory(page.encode()), Hint())


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<input type=hidden name=account value=GB29>", "[Hidden field account: GB29]"),
        ("<input type=checkbox name=agreed value=yes checked>", "[Ticked: agreed yes]"),
        ("<select><option>Retail<option selected>Custody</select>", "[Chosen: Custody]"),
        ("<!-- moved on 5 May -->", "[Comment in the source: moved on 5 May]"),
        (
            "<!--[if mso]><p>Only in Outlook</p><![endif]-->",
            "[Conditional comment: Only in Outlook]",
        ),
        ("<template><p>later</p></template>", "[Template: later]"),
        ('<iframe srcdoc="<p>inside</p>"></iframe>', "[Frame: inside]"),
        ("<iframe src='data:text/html,%3Cp%3Einside%3C/p%3E'></iframe>", "[Frame: inside]"),
        ("<object data='data:text/plain;base64,aW5zaWRl'></object>", "[Frame: inside]"),
        ("<p title='side letter'>a", "[Tooltip: side letter]"),
        ("<table summary='north vault'></table>", "[Alternative text: north vault]"),
    ],
)
def test_words_beside_the_page_are_marked(page: str, said: str) -> None:
    assert read(f"<p>words</p>{page}").text.split("\n")[-1] == said


@pytest.mark.parametrize(
    "page",
    [
        "<input type=checkbox name=agreed>", "<input type=hidden name=__VIEWSTATE value=dDwt>",
        "<!-- -->", "<style><!-- p { color: red } --></style>", "<p title='words'>",
        "<!--[if gte mso 9]><xml><o:x>1</o:x></xml><![endif]-->",
    ],
)  # fmt: skip
def test_what_has_no_words_of_its_own_is_not_marked(page: str) -> None:
    assert read(f"<p>words</p>{page}").text.strip() == "words"


def test_files_in_the_page_are_children_each_once() -> None:
    """A page that carries its files in itself has them nowhere else."""
    picture = "data:image/png;base64," + base64.b64encode(b"\x89PNG picture").decode()
    page = (
        f"<img src='{picture}'><p style=\"background:url('{picture}')\">"
        "<a download='side letter.pdf' href='data:application/pdf,%25PDF-1.4'>open</a>"
        "<style>@font-face { src: url(data:font/woff2;base64,d09GMg) }</style>"
    )
    reading = read(page)
    shown, file = list(reading.children()) if reading.children else []

    assert isinstance(shown, Child)
    assert isinstance(file, Child)
    assert (shown.relation, shown.load()) == (Relation.INLINE, b"\x89PNG picture")
    assert (file.relation, file.name, file.load()) == (
        Relation.EMBEDDED, "side letter.pdf", b"%PDF-1.4",
    )  # fmt: skip
    assert (reading.declared, reading.value("embedded_objects")) == (2, "1")
    source = InMemory(f"<html>{page}".encode())
    assert readers.open_step(source, file.step, Hint("a.html")) == b"%PDF-1.4"


def test_where_a_page_leads_is_a_link() -> None:
    page = (
        "<meta http-equiv=refresh content='0; url=https://next.example/'><iframe src=//a.example>"
    )

    assert read(page).value("links") == "https://next.example/; //a.example"


def test_frames_in_frames_end_as_children() -> None:
    page = "<p>words"
    for _ in range(12):
        page = f"<iframe src='data:text/html;base64,{base64.b64encode(page.encode()).decode()}'>"

    reading = read(page)
    (child,) = list(reading.children()) if reading.children else []

    assert isinstance(child, Child)
    assert child.declared_type == "text/html"


def test_a_page_of_frames_says_what_it_says_without_them() -> None:
    page = (
        '<frameset><frame src="a.html"><noframes><p>Use another program</p></noframes></frameset>'
    )

    assert "[Where there are no frames: Use another program]" in read(page).text


def test_a_charset_that_does_not_explain_the_page_is_told() -> None:
    """The words are then a guess."""
    words = "P\u0159\u00edli\u0161 \u017elu\u0165ou\u010dk\u00fd k\u016f\u0148 \u00fap\u011bl"
    page = f'<meta charset="utf-8"><p>{words}</p>'
    (fault,) = html.read(InMemory(page.encode("cp1250")), Hint()).faults

    assert fault.detail.startswith("the charset it names (utf-8) does not explain its bytes")
    assert not html.read(InMemory(page.encode()), Hint()).faults
