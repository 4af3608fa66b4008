"""Read pictures: size, what the camera wrote (EXIF), and words where OCR is installed.

Pixels are decoded only for OCR, so a decompression bomb has nothing to go off in.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    TextMethod,
)
from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import count, field
from forthwith.formats.pages import ocr
from forthwith.plain.charset import decode, encodable

MEDIA_TYPES = frozenset({"image/*", "image/svg+xml"})
_OURS = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp",
     "image/x-icon", "image/jp2"}
)  # fmt: skip
_MOST_FRAMES = 2_000
#: What Pillow raises on hostile bytes, measured by mutation.
_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    KeyError,
    IndexError,
    TypeError,
    OverflowError,
    ZeroDivisionError,
    EOFError,
    AttributeError,
    RuntimeError,
)
_TAGS = {
    ExifTags.Base.Artist: fields.AUTHOR,
    ExifTags.Base.ImageDescription: fields.DESCRIPTION,
    ExifTags.Base.Software: fields.APPLICATION,
}


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one picture. Raises UnreadableError when a common type turns out broken."""
    data = whole(source, hint)
    if hint.media_type == "image/svg+xml":
        return _drawing(data)
    try:
        return _picture(data, hint)
    except Image.DecompressionBombError as error:
        fault = Fault(FaultReason.TOO_LARGE, f"the picture was not opened: {error}")
    except UnidentifiedImageError as error:
        # A TIFF Pillow cannot open is a camera's raw format more often than a broken TIFF.
        if hint.media_type in _OURS and data[:4] not in {b"II*\0", b"MM\0*"}:
            detail = f"the file says it is {hint.media_type} and cannot be opened as such"
            raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True)) from error
        detail = f"no reader for {hint.media_type or 'this picture'}; produced as a native"
        fault = Fault(FaultReason.UNSUPPORTED, detail)
    except _ERRORS as error:
        detail = f"the picture is damaged ({type(error).__name__}: {error})"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True)) from error
    return Reading(Kind.EDOC, hint.media_type or "application/octet-stream", faults=(fault,))


def _picture(data: bytes, hint: Hint) -> Reading:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as image:
            faults: list[Fault] = []
            values = [
                *count(fields.WIDTH, image.width, "image"),
                *count(fields.HEIGHT, image.height, "image"),
                *_frames(image, faults),
                *_exif(image, faults),
            ]
            text = _words(image, faults) if ocr.ocr_available() else ""
            media_type = hint.media_type or Image.MIME.get(image.format or "", "image/*")
    method = TextMethod.OCR if text else TextMethod.NONE
    return Reading(Kind.EDOC, media_type, text, method, tuple(values), tuple(faults))


def _frames(image: Image.Image, faults: list[Fault]) -> tuple[FieldValue, ...]:
    """Count frames: pages of a fax, pictures of an animation."""
    try:
        number = int(getattr(image, "n_frames", 1))
    except _ERRORS as error:
        detail = f"the frames of the picture cannot be counted ({error})"
        faults.append(Fault(FaultReason.CORRUPT, detail))
        return ()
    return field(fields.PAGES, str(number) if number > 1 else "", "image")


def _exif(image: Image.Image, faults: list[Fault]) -> list[FieldValue]:
    try:
        exif = image.getexif()
        if not exif:
            return _comments(image)
        camera = exif.get_ifd(ExifTags.IFD.Exif)
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        return _from_exif(exif, camera, place)
    except _ERRORS as error:
        faults.append(Fault(FaultReason.CORRUPT, f"the camera's data cannot be read ({error})"))
        return []


def _from_exif(
    exif: Mapping[int, Any], camera: Mapping[int, Any], place: Mapping[int, Any]
) -> list[FieldValue]:
    tags = ExifTags.Base
    created = _instant(camera.get(tags.DateTimeOriginal), camera.get(tags.OffsetTimeOriginal))
    changed = _instant(exif.get(tags.DateTime), camera.get(tags.OffsetTime))
    maker = f"{_text(exif.get(tags.Make))} {_text(exif.get(tags.Model))}"
    values = [
        *field(fields.CREATED, created, "exif:DateTimeOriginal"),
        *field(fields.MODIFIED, changed, "exif:DateTime"),
        *field(fields.CAMERA, maker, "exif:Make,Model"),
        *field(fields.LOCATION, _location(place), "exif:GPS"),
    ]
    for tag, name in _TAGS.items():
        values += field(name, _text(exif.get(tag)), f"exif:{tag.name}")
    return values


def _comments(image: Image.Image) -> list[FieldValue]:
    """Take the text chunks of a PNG or the comment of a GIF or JPEG."""
    keys = {
        "title": fields.TITLE,
        "author": fields.AUTHOR,
        "description": fields.DESCRIPTION,
        "comment": fields.DESCRIPTION,
        "software": fields.APPLICATION,
    }
    values: dict[str, FieldValue] = {}
    for key, value in image.info.items():
        name = keys.get(str(key).lower(), "")
        if name and name not in values and isinstance(value, str | bytes):
            values |= {entry.name: entry for entry in field(name, _text(value), f"image:{key}")}
    return list(values.values())


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = decode(value).text
    return encodable(str(value)).strip("\0 \n") if value is not None else ""


def _instant(value: object, offset: object) -> str:
    """Return an EXIF date (YYYY:MM:DD HH:MM:SS) in ISO 8601; "" when it is blank or impossible."""
    date, _, time = _text(value).partition(" ")
    text = f"{date.replace(':', '-')}T{time}"
    try:
        moment = datetime.fromisoformat(text + _text(offset))
    except ValueError:
        return ""
    return moment.isoformat()


def _location(place: Mapping[int, Any]) -> str:
    """Return "latitude, longitude" in degrees, south and west negative."""
    gps = ExifTags.GPS
    latitude = _degrees(place.get(gps.GPSLatitude), place.get(gps.GPSLatitudeRef))
    longitude = _degrees(place.get(gps.GPSLongitude), place.get(gps.GPSLongitudeRef))
    if latitude is None or longitude is None:
        return ""
    return f"{latitude:.6f}, {longitude:.6f}"


def _degrees(parts: Any, side: object) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    try:
        value: float = sum(float(part) / 60**power for power, part in enumerate(parts))
    except (ValueError, TypeError, ZeroDivisionError):
        return None
    if not math.isfinite(value):
        return None
    return -value if _text(side) in {"S", "W"} else value


def _words(image: Image.Image, faults: list[Fault]) -> str:
    frames = []
    for index in range(min(int(getattr(image, "n_frames", 1)), _MOST_FRAMES)):
        try:
            image.seek(index)
            frames.append(ocr.ocr(image))
        except _ERRORS as error:
            detail = f"frame {index + 1} of the picture could not be read ({error})"
            faults.append(Fault(FaultReason.CORRUPT, detail))
            break
    return "\f".join(frames).strip("\f")


def _drawing(data: bytes) -> Reading:
    """Read the words of an SVG drawing."""
    content = decode(data)
    xml = xmlscan.ready(content.text.encode())
    names = ("title", "desc", "text")
    lines = [xmlscan.strip(inner).strip() for n in names for _, inner in xmlscan.elements(xml, n)]
    return Reading(
        Kind.EDOC,
        "image/svg+xml",
        text="\n".join(filter(None, lines)),
        text_method=TextMethod.EXTRACTED if any(lines) else TextMethod.NONE,
        faults=content.faults(),
    )
