"""Pictures: size, camera, place, frames; broken and unknown ones said to be so."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from forthwith.domain.evidence import FaultReason, Hint, InMemory, Reading, TextMethod
from forthwith.formats.pages import image, unread
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
