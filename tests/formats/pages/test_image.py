"""Pictures: size, camera, place, frames; broken and unknown ones said to be so."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    Child,
    FaultReason,
    Hint,
    InMemory,
    Limits,
    Reading,
    TextMethod,
)
from forthwith.formats.pages import image, ocr, unread
from tests.builders.damage import survives


def photo() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Lumo", "X1"
    exif[ExifTags.Base.Artist] = "Ana Lund"
    exif[ExifTags.IFD.Exif] = {
        ExifTags.Base.DateTimeOriginal: "2023:01:05 10:02:03",
        ExifTags.Base.OffsetTimeOriginal: "-05:00",
    }
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (40.0, 30.0, 0.0),
        ExifTags.GPS.GPSLongitudeRef: "W", ExifTags.GPS.GPSLongitude: (74.0, 0.0, 36.0),
    }  # fmt: skip
    Image.new("RGB", (8, 6)).save(out, "JPEG", exif=exif)
    return out.getvalue()


PHOTO = photo()


def picture(form: str, size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, 128).save(out, form)
    return out.getvalue()


def noise(form: str) -> bytes:
    """A picture large enough that any cut falls into its rows."""
    out = io.BytesIO()
    Image.effect_noise((60, 60), 50).convert("P" if form == "GIF" else "L").save(out, form)
    return out.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def read(data: bytes, media_type: str = "image/jpeg") -> Reading:
    return image.read(InMemory(data), Hint(media_type=media_type))


def test_what_the_camera_wrote_is_read() -> None:
    reading = read(PHOTO)

    assert (reading.value("width"), reading.value("height")) == ("8", "6")
    assert reading.value("created") == "2023-01-05T10:02:03-05:00"
    assert reading.value("camera") == "Lumo X1"
    assert reading.value("location") == "40.500000, -74.010000"
    assert reading.value("author") == "Ana Lund"
    assert (reading.text_method, reading.faults) == (TextMethod.NONE, ())


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "JPEG2000"])
def test_a_picture_of_any_kind_says_that_nobody_read_its_words(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan saved as a picture holds as many words as one saved as a PDF."""
    monkeypatch.setattr(ocr, "lacking", lambda: "OCR (forthwith[ocr]) is not installed")
    (fault,) = read(picture(form), "").faults

    assert (fault.reason, fault.lost) == (FaultReason.NO_TOOL, False)
    assert fault.detail.startswith("shows a picture and holds no text; OCR")


def test_a_dot_of_a_picture_shows_no_word() -> None:
    """The spacers and icons of mails would otherwise be a fault each."""
    assert read(picture("PNG", (9, 200)), "").faults == ()


def test_the_pages_of_a_fax_are_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "lacking", lambda: "")
    monkeypatch.setattr(ocr, "ocr", lambda image: f"page {image.tell() + 1}")
    out = io.BytesIO()
    first, *rest = (Image.new("L", (40, 40), shade) for shade in (0, 90, 200))
    first.save(out, "TIFF", save_all=True, append_images=rest)
    reading = read(out.getvalue(), "image/tiff")

    assert reading.text == "page 1\fpage 2\fpage 3"
    assert (reading.text_method, reading.faults) == (TextMethod.OCR, ())


def test_pages_that_would_take_too_long_are_said_to_be_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A long scan must not be lost whole because its words take longer than an item may."""
    monkeypatch.setattr(ocr, "lacking", lambda: "")
    hint = Hint(media_type="image/tiff", budget=Budget(Limits(seconds=0)))
    reading = image.read(InMemory(picture("TIFF")), hint)

    assert [fault.reason for fault in reading.faults] == [FaultReason.TOO_SLOW]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "JPEG2000"])
def test_a_picture_cut_before_its_end_says_so(form: str) -> None:
    whole = noise(form)
    try:
        faults = read(whole[: len(whole) * 2 // 3], "").faults
    except UnreadableError as error:
        faults = (error.fault,)

    assert FaultReason.TRUNCATED in {fault.reason for fault in faults}
    assert FaultReason.TRUNCATED not in {fault.reason for fault in read(whole, "").faults}


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "JPEG2000"])
def test_bytes_behind_a_picture_are_said_and_an_archive_is_a_child(form: str) -> None:
    """A viewer shows the picture and never the archive somebody put behind it."""
    archive = zipped({"ledger.csv": b"1,2\n"})
    reading = read(noise(form) + archive, "")
    (child,) = reading.children() if reading.children else ()

    assert isinstance(child, Child)
    assert (child.load(), reading.declared) == (archive, 1)
    assert f"{len(archive)} bytes lie behind the end of the picture; they begin like a zip" in str(
        reading.faults
    )
    assert read(noise(form) + b"\0" * 600 + b"\r\n", "").children is None
    assert "behind" not in str(read(noise(form) + b"\0" * 600 + b"\r\n", "").faults)


def test_more_pictures_of_one_shot_are_no_bytes_behind() -> None:
    """Cameras lay previews behind the picture and list them in it (CIPA DC-007)."""
    out = io.BytesIO()
    Image.effect_noise((60, 60), 50).save(
        out, "MPO", save_all=True, append_images=[Image.effect_noise((60, 60), 9)]
    )
    film = b"\0\0\0\x18ftypmp42" + b"m" * 40

    assert "behind" not in str(read(out.getvalue()).faults)
    assert "they begin like a film" in str(read(out.getvalue() + film).faults)


def test_a_part_of_a_png_whose_checksum_is_wrong_is_said() -> None:
    data = bytearray(noise("PNG"))
    data[60] ^= 1

    assert FaultReason.CORRUPT in {fault.reason for fault in read(bytes(data), "image/png").faults}


def test_text_chunks_of_a_png_are_read() -> None:
    """Screenshots and generated pictures keep words there, packed or not."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Case", "Northgate")
    notes.add_text("Prompt", "a ledger", zip=True)
    notes.add_itxt("Note", "größer", zip=True)
    notes.add_text("Title", "Balance")
    out = io.BytesIO()
    Image.new("L", (4, 4)).save(out, "PNG", pnginfo=notes)
    reading = read(out.getvalue(), "image/png")

    assert reading.text.split("\n") == [
        "[PNG text Case: Northgate]", "[PNG text Prompt: a ledger]", "[PNG text Note: größer]",
    ]  # fmt: skip
    assert reading.value("title") == "Balance"
    assert reading.text_method is TextMethod.EXTRACTED


def test_captions_are_read_wherever_an_editor_put_them() -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description photoshop:DateCreated='
        b'"2023-01-05"><dc:description><rdf:Alt><rdf:li>The vault</rdf:li></rdf:Alt>'
        b"</dc:description><dc:subject><rdf:Bag><rdf:li>keys</rdf:li><rdf:li>vault</rdf:li>"
        b"</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x9C9B] = "Vault\0".encode("utf-16-le")
    Image.new("L", (4, 4)).save(out, "JPEG", xmp=packet, exif=exif)
    reading = read(out.getvalue())

    assert [reading.value(name) for name in ("description", "keywords", "created", "title")] == [
        "The vault", "keys; vault", "2023-01-05", "Vault",
    ]  # fmt: skip


def emf(*records: bytes) -> bytes:
    head = struct.pack("<II", 1, 88) + bytes(32) + b" EMF" + bytes(44)
    return head + b"".join(records) + struct.pack("<IIIII", 14, 20, 0, 16, 20)


def emf_text(text: str, x: int, y: int, advance: int = 0) -> bytes:
    raw = text.encode("utf-16-le")
    raw += b"\0" * (-len(raw) % 4)
    dx = struct.pack(f"<{len(text)}I", *[advance] * len(text)) if advance else b""
    size = 76 + len(raw) + len(dx)
    head = struct.pack("<II", 84, size) + bytes(28)
    place = struct.pack("<iiIII", x, y, len(text), 76, 0) + bytes(16)
    return head + place + struct.pack("<I", 76 + len(raw) if advance else 0) + raw + dx


def test_the_words_of_an_emf_are_read_and_joined_where_they_touch() -> None:
    data = emf(
        emf_text("Bal", 0, 10, 10), emf_text("ance", 30, 10, 10), emf_text("owed", 200, 10, 10),
        emf_text("Total", 0, 30),
    )  # fmt: skip
    reading = read(data, "image/emf")

    assert reading.text == "Balance owed\nTotal"
    assert (reading.text_method, reading.faults) == (TextMethod.EXTRACTED, ())


def test_the_words_of_an_emf_are_read_whatever_size_it_claims() -> None:
    """A frame of 60,000 by 60,000 inches is no reason to lose them."""
    data = bytearray(emf(emf_text("owed", 0, 10)))
    data[8:24] = struct.pack("<4i", 0, 0, 60_000, 60_000)
    data[24:40] = struct.pack("<4i", 0, 0, 2_000_000, 2_000_000)

    assert read(bytes(data), "image/emf").text == "owed"


def test_an_emf_without_words_and_one_cut_say_so() -> None:
    assert [fault.reason for fault in read(emf(), "image/emf").faults] == [FaultReason.UNSUPPORTED]
    cut = emf(emf_text("owed", 0, 0))[:-20]
    assert FaultReason.TRUNCATED in {fault.reason for fault in read(cut, "image/emf").faults}


def test_the_words_of_a_wmf_are_read_in_the_charset_of_their_font() -> None:
    def record(kind: int, body: bytes) -> bytes:
        body += b"\0" * (len(body) & 1)
        return struct.pack("<IH", 3 + len(body) // 2, kind) + body

    font = record(0x02FB, bytes(13) + b"\xcc" + bytes(4) + b"Arial\0")
    words = "долг".encode("cp1251")
    drawn = record(0x0A32, struct.pack("<hhHH", 5, 1, len(words), 0) + words)
    plain = record(0x0521, struct.pack("<H", 4) + b"owed" + struct.pack("<hh", 9, 1))
    body = font + record(0x012D, b"\0\0") + drawn + plain + record(0, b"")
    data = struct.pack("<HHHIHIH", 1, 9, 0x300, 9 + len(body) // 2, 1, 40, 0) + body

    assert read(data, "image/wmf").text == "долг\nowed"


def test_a_drawing_with_prefixes_and_pasted_html_gives_its_words() -> None:
    drawing = (
        b'<svg:svg xmlns:svg="http://www.w3.org/2000/svg"><svg:title>Flow</svg:title><svg:text>'
        b"owed <svg:tspan>to us</svg:tspan></svg:text><svg:foreignObject><div>and</div><div>you"
        b"</div></svg:foreignObject></svg:svg>"
    )

    assert read(drawing, "image/svg+xml").text == "Flow\nowed to us\nand you"


def test_where_a_drawing_leads_is_a_link() -> None:
    """A picture that lies elsewhere is not in the file, and what shows it is its address."""
    drawing = (
        b'<svg xmlns:xlink="http://www.w3.org/1999/xlink"><text>owed</text>'
        b'<image xlink:href="https://files.example/plan.png"/><use href="#here"/>'
        b'<a href="https://files.example/?a=1&amp;b=2"><text>see</text></a></svg>'
    )

    assert read(drawing, "image/svg+xml").value("links") == (
        "https://files.example/plan.png; https://files.example/?a=1&b=2"
    )


def test_layers_of_text_in_a_photoshop_file_are_said() -> None:
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 20, 20, 8, 3) + struct.pack(">II", 0, 0)
    layer = b"8BIMTySh" + bytes(8)
    data = head + struct.pack(">I", len(layer)) + layer + struct.pack(">H", 0) + bytes(1200)

    assert FaultReason.UNSUPPORTED in {
        fault.reason for fault in read(data, "image/vnd.adobe.photoshop").faults
    }


def test_frames_are_pages() -> None:
    out = io.BytesIO()
    first, *rest = (Image.new("1", (8, 8), i % 2) for i in range(3))
    first.save(out, "TIFF", save_all=True, append_images=rest)

    assert read(out.getvalue(), "image/tiff").value("pages") == "3"


def test_a_picture_nobody_reads_is_kept_and_said() -> None:
    (fault,) = read(b"\x01\0\0\0 EMF", "image/emf").faults

    assert (fault.reason, fault.lost) == (FaultReason.UNSUPPORTED, False)


def test_a_drawing_gives_its_words() -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><text x="1">owed</text></svg>'

    assert read(drawing, "image/svg+xml").text == "owed"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(PHOTO)), st.binary(max_size=8), st.booleans())
def test_damage_is_never_an_exception_of_ours(at: int, noise: bytes, cut: bool) -> None:
    assert survives(read, PHOTO[:at] + noise + (b"" if cut else PHOTO[at + len(noise) :]))


def test_sound_has_no_fault_and_the_unknown_has_one() -> None:
    assert unread.read(InMemory(b"ID3"), Hint(media_type="audio/mpeg")).faults == ()
    (fault,) = unread.read(InMemory(b"\0\1"), Hint(media_type="application/x-foo")).faults
    assert fault.reason is FaultReason.UNSUPPORTED
    assert unread.read(InMemory(b""), Hint()).media_type == "inode/x-empty"
    assert unread.read(InMemory(b""), Hint()).faults == ()


def test_a_bomb_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    (fault,) = read(PHOTO).faults

    assert fault.reason is FaultReason.TOO_LARGE


@pytest.mark.parametrize("compression", [None, "group4"])
def test_an_archive_behind_a_tiff_is_told_and_read(compression: str | None) -> None:
    """Its tables say where its pixels end; a viewer shows nothing of what lies behind."""
    pages = [Image.new("1", (40, 30), 1) for _ in range(3)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression=compression)
    plain, hidden = out.getvalue(), io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("ledger.txt", "owed")
    reading = read(plain + hidden.getvalue(), "image/tiff")
    assert reading.children is not None
    (child,) = reading.children()

    assert isinstance(child, Child)
    assert child.load() == hidden.getvalue()
    assert any("lie behind the end of the picture" in fault.detail for fault in reading.faults)
    assert read(plain, "image/tiff").children is None
    assert read(plain + b"maker\0" * 9, "image/tiff").children is None
