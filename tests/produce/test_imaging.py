"""Every character of a document reaches its page images, and hostile ones stay bounded."""

from __future__ import annotations

import base64
import io
import shutil
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from forthwith.domain.evidence import FaultReason, Kind
from forthwith.produce import imaging
from forthwith.produce.imaging import encode, imaged, pages_of
from forthwith.produce.imaging import html as imaging_html
from forthwith.produce.imaging.blocks import strips
from forthwith.produce.imaging.html import html_blocks
from forthwith.produce.imaging.message import shown_of
from forthwith.produce.imaging.page import COLUMN, DEPTH, LEFT, RIGHT, Ink, Strip, stack
from forthwith.produce.imaging.pictures import Inline
from forthwith.produce.imaging.plain_text import MARKER, text_strips
from tests.builders.pages import document, html_mail, pdf, picture

TEXT = document(Kind.EDOC, "text/plain")
PDF = document(Kind.EDOC, "application/pdf")
IMAGE = document(Kind.EDOC, "image/png")


def drawn(strips_of: Iterable[Strip]) -> str:
    inks = (mark for strip in strips_of for mark in strip.marks if isinstance(mark, Ink))
    return "".join(ink.text for ink in inks)


def letters(text: str) -> Counter[str]:
    return Counter(char for char in text if not char.isspace())


def ink_below(page: Image.Image, line: int) -> bool:
    foot = page.convert("L").crop((0, line, page.width, page.height))
    return foot.getextrema()[0] != 255


# -- text --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("abcdefgh \t\n>,;漢字。عربيñé"), max_size=600))
def test_all_text_is_drawn(text: str) -> None:
    without_markers = drawn(text_strips(text)).replace(MARKER, "")

    assert letters(without_markers) == letters(text)


@pytest.mark.parametrize("line", ["x" * 5000, "wide, " * 900, "漢字" * 700, "=" * 1001])
def test_no_line_is_clipped(line: str) -> None:
    for strip in text_strips(line):
        for ink in strip.marks:
            assert isinstance(ink, Ink)
            assert ink.x >= LEFT or ink.text == MARKER
            assert ink.x + ink.face.advance(ink.text) <= RIGHT + 2


def test_a_continued_line_is_marked() -> None:
    assert drawn(text_strips("word " * 60)).count(MARKER) == 3


def test_a_form_feed_starts_a_page() -> None:
    assert pages_of(TEXT, None, "one\ftwo\fthree").count == 3


def test_page_counts_are_stable() -> None:
    text = "A line of ordinary length.\n" * 500

    assert [pages_of(TEXT, None, text).count for _ in range(2)] == [9, 9]


def test_an_empty_document_has_one_page() -> None:
    assert pages_of(TEXT, b"", "").count == 1


def test_a_line_of_a_million_characters_is_drawn_whole() -> None:
    pages = pages_of(TEXT, None, "x" * 1_000_000)

    assert pages.count > 150
    assert not pages.faults


def test_a_document_past_the_page_limit_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imaging, "TEXT_PAGES", 2)

    pages = pages_of(TEXT, None, "line\n" * 1000)

    assert pages.count == 3
    assert [fault.reason for fault in pages.faults] == [FaultReason.TOO_LARGE]
    assert ink_below(pages.paint(2), 0)


def test_characters_without_a_glyph_are_boxes_and_counted() -> None:
    pages = pages_of(TEXT, None, "name \U000f0000 and \U000f0000")

    (fault,) = pages.faults
    assert fault.reason == FaultReason.UNDECODABLE
    assert "2 characters" in fault.detail
    assert "U+F0000" in fault.detail


@pytest.mark.parametrize(
    "text", ["请查看附件", "お願いします", "첨부 파일", "مرحبا", "שלום", "Привет"]
)
def test_scripts_of_the_world_have_glyphs(text: str) -> None:
    pages = pages_of(TEXT, None, text)

    assert not pages.faults
    assert ink_below(pages.paint(0), 0)


# -- mail --------------------------------------------------------------------------------------


def test_a_mail_shows_its_header_lines_and_zone() -> None:
    mail = document(from_="Ortega <m@northgate.example>", sent="2023-05-01T10:00:00-07:00",
                    subject="Wallets")  # fmt: skip
    rows = dict(imaging.header_rows(mail, ("ledger.xlsx",)))

    assert rows["Sent"] == "Monday, May 1, 2023 10:00:00 (UTC-07:00)"
    assert rows["Attachments"] == "ledger.xlsx"
    assert list(rows) == ["From", "Sent", "Subject", "Attachments"]


def test_an_html_body_is_rendered_not_its_source() -> None:
    pages = pages_of(document(), html_mail("<script>evil()</script><p>Hello <b>there</b></p>"), "")

    assert (pages.method, pages.count, pages.faults) == ("mail", 1, ())


def blocks_drawn(html: str, parts: dict[str, bytes] | None = None) -> str:
    blocks, _ = html_blocks(html, Inline(parts or {}))
    return drawn(strips(blocks, LEFT, COLUMN))


def test_blocks_of_html_are_drawn() -> None:
    shown = blocks_drawn(
        "<h1>Title</h1><ol start=3><li>three<li>four</ol><blockquote>said</blockquote>"
        "<table border=1><tr><td>left<td>right</table><pre>a  b</pre><style>no</style>"
    )

    for part in ("Title", "3.", "4.", "said", "left", "right", "a  b"):
        assert part in shown
    assert "no" not in shown


def test_hidden_and_white_text_is_drawn() -> None:
    assert "secret" in blocks_drawn("<p style='display:none;color:white'>secret</p>")


def test_a_link_shows_where_it_goes() -> None:
    long = "https://northgate.example/" + "a" * 80

    shown = blocks_drawn(f"<a href='https://a.example/x'>here</a> <a href='{long}'>there</a>")

    assert "<https://a.example/x>" in shown
    assert long in shown


def test_a_remote_image_is_a_box_with_its_address() -> None:
    shown = blocks_drawn("<img src='https://track.example/p.gif' alt=Logo>")

    assert "[remote image not fetched: Logo: https://track.example/p.gif]" in shown


def test_inline_images_are_drawn_from_the_message() -> None:
    html = "<img src='cid:logo@x'><img src='cid:lost@x'>"
    inline = Inline({"logo@x": picture()})
    blocks, _ = html_blocks(html, inline)

    assert [type(block).__name__ for block in blocks] == ["Figure", "Paragraph"]
    assert inline.failed == ["inline image lost@x is not in the message"]


TANGLE = (
    "<p> </p> <table> <tr> <td> </table> <b> </b> <ul> <li> </ul> <blockquote> <pre> </pre> <div> "
    "</div> <br> <hr> <a> </a> <h1> </h1> <td> word other <iframe> <select> <th> </blockquote> "
    "<center> <svg> </td> <!-- --> <body> </html>"
)


def test_a_cell_over_two_columns_and_two_rows_keeps_the_grid() -> None:
    shown = blocks_drawn(
        "<table><tr><td rowspan=2>tall<td colspan=2>wide<tr><td>one<td>two</table>"
    )

    assert shown.index("tall") < shown.index("wide") < shown.index("one") < shown.index("two")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(TANGLE.split()),
        max_size=60,
    )
)
def test_any_tangle_of_tags_is_drawn_within_the_page(pieces: list[str]) -> None:
    blocks, faults = html_blocks(" ".join(pieces), Inline({}))
    done, cut = stack(strips(blocks, LEFT, COLUMN), 50)

    assert not cut
    assert not faults
    for page in done:
        assert all(strip.height <= DEPTH for _, strip in page)


# -- hostile -----------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["div", "blockquote", "table><tr><td", "ul><li", "b", "font"])
def test_ten_thousand_levels_deep(tag: str) -> None:
    opening = "".join(f"<{part}>" for part in tag.split("><"))

    assert "core" in blocks_drawn(opening * 10_000 + "core")


def test_a_table_of_many_columns_and_rows_is_drawn() -> None:
    row = "<tr>" + "".join(f"<td>c{column}</td>" for column in range(100)) + "</tr>"

    assert "c99" in blocks_drawn(f"<table>{row * 50}</table>")


def test_spans_that_lie_are_bounded() -> None:
    assert "x" in blocks_drawn("<table><tr><td colspan=999999999 rowspan=99999999>x</table>")


def test_too_many_nodes_end_with_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imaging_html, "NODES", 3_000)
    blocks, faults = html_blocks("<b>x</b><br>" * 1_500, Inline({}))

    assert [fault.reason for fault in faults] == [FaultReason.TOO_LARGE]
    assert "only the first" in drawn(strips(blocks[-1:], LEFT, COLUMN))


def bomb() -> bytes:
    """A PNG of a few bytes that claims 60,000 x 60,000 pixels."""
    head = b"IHDR" + (60000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    chunk = (13).to_bytes(4, "big") + head + zlib.crc32(head).to_bytes(4, "big")
    data = zlib.compress(b"\0" * 1000)
    body = b"IDAT" + data
    return (
        b"\x89PNG\r\n\x1a\n" + chunk + len(data).to_bytes(4, "big") + body
        + zlib.crc32(body).to_bytes(4, "big") + b"\0\0\0\0IEND\xaeB`\x82"
    )  # fmt: skip


def test_a_picture_bomb_is_a_fault() -> None:
    pages = pages_of(IMAGE, bomb(), "")

    assert pages.count == 1
    assert [fault.reason for fault in pages.faults] == [FaultReason.TOO_LARGE]


def test_a_data_address_bomb_is_a_box() -> None:
    address = "data:image/png;base64," + base64.b64encode(bomb()).decode()

    pages = pages_of(document(), html_mail(f"<img src='{address}'>" * 3), "")

    assert pages.count == 1
    assert "(3 times)" in pages.faults[0].detail


# -- PDF and pictures --------------------------------------------------------------------------


def test_pdf_pages_leave_the_foot_free_and_lie_when_wide() -> None:
    pages = pages_of(PDF, pdf((612, 792), (842, 595), (200, 5000)), "")

    painted = [pages.paint(number) for number in range(pages.count)]

    assert [page.size for page in painted] == [(2550, 3300), (3300, 2550), (2550, 3300)]
    for page in painted:
        assert not ink_below(page, page.height - 150)
        assert ink_below(page, page.height - 400)
    assert not pages.faults


def test_a_broken_pdf_is_one_page_and_a_fault() -> None:
    pages = pages_of(PDF, b"%PDF-1.7 and nothing more", "")

    assert (pages.count, [fault.reason for fault in pages.faults]) == (1, [FaultReason.CORRUPT])
    assert encode(pages.paint(0))[1] == "TIF"


def test_a_damaged_cross_reference_is_mended() -> None:
    data = pdf((612, 792))
    cut = data[: data.rindex(b"startxref")]

    assert pages_of(PDF, cut, "").count == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_a_mutated_pdf_never_throws(place: int, patch: bytes) -> None:
    data = bytearray(pdf((300, 300)))
    place %= len(data)
    data[place : place + len(patch)] = patch

    pages = pages_of(PDF, bytes(data), "")
    for number in range(min(pages.count, 2)):
        pages.paint(number)


@pytest.mark.parametrize(
    ("mode", "form", "extension"),
    [("1", "PNG", "TIF"), ("L", "PNG", "TIF"), ("LA", "PNG", "TIF"), ("I;16", "PNG", "TIF"),
     ("RGB", "PNG", "JPG"), ("RGBA", "PNG", "JPG"), ("CMYK", "JPEG", "JPG"), ("F", "TIFF", "TIF")],
)  # fmt: skip
def test_every_mode_of_picture_becomes_a_page(mode: str, form: str, extension: str) -> None:
    pages = pages_of(IMAGE, picture(mode, (400, 300), form), "")

    page = pages.paint(0)

    assert not ink_below(page, page.height - 150)
    assert encode(page)[1] == extension
    assert not pages.faults


def test_each_frame_is_a_page() -> None:
    frames = [Image.new("L", (50, 50), 10 * number) for number in range(3)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:])

    assert pages_of(IMAGE, buffer.getvalue(), "").count == 3


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.binary(min_size=1, max_size=8),
    st.sampled_from(["PNG", "JPEG", "GIF", "TIFF"]),
)
def test_a_mutated_picture_never_throws(place: int, patch: bytes, form: str) -> None:
    data = bytearray(picture("L", (30, 20), form))
    place %= len(data)
    data[place : place + len(patch)] = patch

    pages = pages_of(IMAGE, bytes(data), "")
    pages.paint(0)


# -- which documents ---------------------------------------------------------------------------


def test_what_is_imaged() -> None:
    for kind in (Kind.EMAIL, Kind.CALENDAR, Kind.CONTACT, Kind.CHAT):
        assert imaged(document(kind))
    for media_type in ("application/pdf", "text/plain", "text/csv", "text/html", "image/tiff"):
        assert imaged(document(Kind.EDOC, media_type))
    for media_type in ("audio/mpeg", "application/octet-stream", "application/zip"):
        assert not imaged(document(Kind.EDOC, media_type))


def test_office_is_imaged_only_with_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    word = document(Kind.EDOC, "application/msword")

    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert not imaged(word)
    assert [fault.reason for fault in pages_of(word, b"x", "").faults] == [FaultReason.NO_TOOL]
    monkeypatch.setattr(shutil, "which", lambda _: "/opt/soffice")
    assert imaged(word)


# -- several bodies ----------------------------------------------------------------------------


def parts_mail(*parts: tuple[str, str], footer: str = "") -> bytes:
    body = "".join(f"--b\r\nContent-Type: {kind}\r\n\r\n{said}\r\n" for kind, said in parts)
    head = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return f"{head}{body}--b--\r\n{footer}".encode()


def test_every_body_of_a_message_is_shown() -> None:
    native = parts_mail(("text/html", "<p>first</p>"), ("text/plain", "second"))

    shown = shown_of(native, "first\n\nsecond\n\n[text after the last part: list footer]")

    assert [body.html + body.plain for body in shown.bodies] == [
        "<p>first</p>", "second", "[text after the last part: list footer]",
    ]  # fmt: skip


def test_what_stands_before_the_headers_is_shown_with_what_stands_before_the_parts() -> None:
    native = parts_mail(("text/html", "<p>first</p>"))
    text = "[text before the headers: Re]\n\n[text before the first part: x]\n\nfirst"

    assert [body.plain for body in shown_of(native, text).bodies][:2] == [
        "[text before the headers: Re]", "[text before the first part: x]",
    ]  # fmt: skip


def test_a_web_archive_is_drawn_as_its_page() -> None:
    """Pages, not the source of the archive."""
    archive = document(Kind.EDOC, "application/x-mimearchive")
    native = parts_mail(("text/html", "<p>heron"), ("text/html", "<p>framed"), ("text/css", "b {}"))

    pages = pages_of(archive, native, "heron")

    assert (pages.method, pages.count, pages.faults) == ("html", 1, ())
    assert pages_of(archive, parts_mail(("text/html", "<p>heron")), "").count == 1


def test_an_html_stub_does_not_hide_the_plain_form() -> None:
    native = parts_mail(("text/plain", "word " * 50), ("text/html", "<img src=x>")).replace(
        b"multipart/mixed", b"multipart/alternative"
    )

    (body,) = shown_of(native, "").bodies

    assert body.plain.startswith("word")
    assert body.html


def test_an_msg_native_is_drawn_from_its_text() -> None:
    pages = pages_of(document(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "the body")

    assert (pages.method, pages.count, pages.faults) == ("mail", 1, ())


@pytest.mark.corpus
def test_real_documents_become_pages(corpora: Path) -> None:
    """Mail and PDFs as they come: every page paints, and leaves its foot free."""
    mails = sorted((corpora / "mail").rglob("*.eml"))[::60]
    files = [(document(), path) for path in mails]
    files += [(PDF, path) for path in sorted((corpora / "documents").rglob("*.pdf"))[::20]]
    for made_of, path in files:
        pages = pages_of(made_of, path.read_bytes(), "")
        page = pages.paint(pages.count - 1)
        assert not ink_below(page, page.height - 150), path.name
