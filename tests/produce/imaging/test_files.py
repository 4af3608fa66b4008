"""Page files and endorsements are what the standard asks for."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from forthwith.produce.imaging import encode, endorse, slip_sheet

PAGE = (2550, 3300)


def blank(mode: str, size: tuple[int, int] = PAGE) -> Image.Image:
    return Image.new(mode, size, 255 if mode in {"1", "L"} else "white")


def tags_of(data: bytes) -> dict[int, object]:
    with Image.open(io.BytesIO(data)) as image:
        return dict(image.tag_v2)  # type: ignore[attr-defined]


def test_a_page_is_single_strip_group_4_with_white_as_zero() -> None:
    data, extension = encode(slip_sheet(["Produced in native format"]))

    tags = tags_of(data)
    wanted = {256: 2550, 257: 3300, 258: (1,), 259: 4, 262: 0, 277: 1, 278: 3300, 296: 2}
    assert extension == "TIF"
    assert {tag: tags[tag] for tag in wanted} == wanted
    assert (tags[282], tags[283]) == (300, 300)
    assert len(tags[273]) == len(tags[279]) == 1  # type: ignore[arg-type]


def test_a_page_reads_back_as_painted() -> None:
    page = endorse(slip_sheet(["Withheld for privilege", "Log No. 12"]), "NGX00000007")

    with Image.open(io.BytesIO(encode(page)[0])) as read:
        assert ImageChops.difference(read.convert("L"), page.convert("L")).getbbox() is None


def test_colour_becomes_a_jpeg_at_300_dpi() -> None:
    page = blank("RGB")
    page.paste((200, 30, 30), (300, 300, 900, 900))

    data, extension = encode(page)

    with Image.open(io.BytesIO(data)) as read:
        assert (extension, read.format, read.info["dpi"]) == ("JPG", "JPEG", (300, 300))


def test_grey_in_three_channels_is_not_colour() -> None:
    page = blank("RGB")
    page.paste((120, 120, 120), (300, 300, 900, 900))

    assert encode(page)[1] == "TIF"


def test_a_photograph_keeps_its_greys_and_letters_their_edges() -> None:
    page = blank("L")
    page.paste(128, (400, 400, 1200, 1200))
    page.paste(0, (400, 2000, 1200, 2010))

    with Image.open(io.BytesIO(encode(page)[0])) as read:
        grey = read.convert("L")
    assert 100 < sum(grey.crop((450, 450, 1150, 1150)).histogram()[:128]) / 700**2 * 255 < 156
    assert grey.crop((400, 2000, 1200, 2010)).getextrema() == (0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_endorsement_stands_lower_right_and_legend_lower_left(mode: str) -> None:
    page = blank(mode)

    right = ImageChops.invert(endorse(page, "NGX00000001").convert("L")).getbbox()
    left = ImageChops.invert(endorse(page, "", "CONFIDENTIAL").convert("L")).getbbox()

    assert right is not None
    assert left is not None
    assert right[0] > 1500
    assert min(right[1], left[1]) > 3150
    assert left[2] < 1200


def test_two_endorsements_never_meet() -> None:
    page = endorse(blank("1"), "NGX-ORTEGA-MARISOL-00000000001", "CONFIDENTIAL TREATMENT " * 4)

    assert page.convert("L").crop((1265, 3150, 1285, 3300)).getextrema() == (255, 255)


@settings(max_examples=6, deadline=None)
@given(st.sampled_from(["1", "L", "RGB"]), st.integers(0, 2400), st.integers(2900, 3250))
def test_content_in_the_foot_is_raised_not_covered(mode: str, left: int, top: int) -> None:
    page = blank(mode)
    page.paste(0 if mode != "RGB" else (0, 0, 0), (left, top, left + 150, 3300))

    bare = endorse(page, "").convert("L")
    stamped = endorse(page, "NGX00000001", "CONFIDENTIAL").convert("L")

    assert bare.crop((0, 3150, 2550, 3300)).getextrema() == (255, 255)
    assert bare.getextrema()[0] < 128
    assert stamped.crop((0, 0, 2550, 3150)).tobytes() == bare.crop((0, 0, 2550, 3150)).tobytes()


def test_the_number_is_legible_on_a_black_page() -> None:
    page = endorse(Image.new("1", PAGE, 0), "NGX00000001")

    foot = page.convert("L").crop((0, 3150, 2550, 3300))
    assert foot.getpixel((10, 10)) == 255
    assert sum(foot.histogram()[:128]) > 1000


def test_the_same_page_gives_the_same_bytes() -> None:
    pages = [encode(endorse(slip_sheet(["Corrupt"]), "NGX00000002"))[0] for _ in range(2)]

    assert pages[0] == pages[1]
