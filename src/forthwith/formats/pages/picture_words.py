"""What a picture says besides its pixels: camera data, captions, comments, text chunks.

Sources: EXIF 2.32 and the tags Windows adds, IPTC-IIM 4.2, XMP, the text chunks of PNG (third
edition, 11.3.3), the comments of JPEG and GIF.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue
from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import field, iso, mark
from forthwith.plain.charset import decode, encodable

#: What Pillow raises on hostile bytes, measured by mutation.
ERRORS = (
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
_CHUNK_CAP = 2**20
_MOST_CHUNKS = 200
_XMP_CAP = 4 * 2**20
_EXIF_TEXT = {
    ExifTags.Base.Artist: fields.AUTHOR,
    ExifTags.Base.ImageDescription: fields.DESCRIPTION,
    ExifTags.Base.Software: fields.APPLICATION,
}
#: Tags that Windows writes, in UTF-16.
_WINDOWS = {
    0x9C9B: fields.TITLE,
    0x9C9C: fields.DESCRIPTION,
    0x9C9D: fields.AUTHOR,
    0x9C9E: fields.KEYWORDS,
    0x9C9F: fields.SUBJECT,
}
#: Data sets of IPTC's second record.
_IPTC = {
    (2, 5): fields.TITLE,
    (2, 120): fields.DESCRIPTION,
    (2, 80): fields.AUTHOR,
    (2, 25): fields.KEYWORDS,
}
_XMP = {
    "dc:title": fields.TITLE,
    "dc:description": fields.DESCRIPTION,
    "dc:creator": fields.AUTHOR,
    "dc:subject": fields.KEYWORDS,
    "photoshop:DateCreated": fields.CREATED,
    "xmp:CreateDate": fields.CREATED,
    "xmp:ModifyDate": fields.MODIFIED,
    "xmp:CreatorTool": fields.APPLICATION,
}
_COMMENTS = {
    "title": fields.TITLE,
    "author": fields.AUTHOR,
    "description": fields.DESCRIPTION,
    "comment": fields.DESCRIPTION,
    "software": fields.APPLICATION,
}


#: Chunks that hold no person's words: XMP (read apart), profiles, what a converter notes.
_NOT_WORDS = ("xml:com.adobe", "raw profile", "date:", "icc:")


def said(image: Image.Image, data: bytes, faults: list[Fault]) -> list[FieldValue]:
    """Return what is said of a picture; the camera before the editor, each field once."""
    values: dict[str, FieldValue] = {}
    for part in (_exif, _comments, _iptc, _xmp):
        try:
            for value in part(image, data):
                values.setdefault(value.name, value)
        except ERRORS as error:
            detail = f"the camera's data cannot be read ({error})"
            if all(fault.detail != detail for fault in faults):
                faults.append(Fault(FaultReason.CORRUPT, detail))
    return list(values.values())


def chunks(data: bytes) -> list[str]:
    """Return the text chunks of a PNG that no field takes, as marks."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return []
    marks: dict[str, None] = {}
    at = 8
    while at + 12 <= len(data) and len(marks) < _MOST_CHUNKS:
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind in {b"tEXt", b"zTXt", b"iTXt"}:
            key, words = _chunk(kind, data[at + 8 : at + 8 + min(length, _CHUNK_CAP)])
            known = key.lower() in _COMMENTS or key.lower().startswith(
                ("xml:com.adobe", "raw prof")
            )
            if words.strip() and not known:
                marks[mark(f"PNG text {key}".strip(), words)] = None
        at += 12 + length
    return list(marks)


def _chunk(kind: bytes, body: bytes) -> tuple[str, str]:
    key, _, rest = body.partition(b"\0")
    name = encodable(key.decode("latin-1"))
    if kind == b"tEXt":
        return name, encodable(rest.decode("latin-1"))
    if kind == b"zTXt":
        return name, encodable(_inflated(rest[1:]).decode("latin-1"))
    packed = rest[:1] == b"\1"
    _, _, rest = rest[2:].partition(b"\0")
    _, _, rest = rest.partition(b"\0")
    return name, encodable((_inflated(rest) if packed else rest).decode("utf-8", "replace"))


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _CHUNK_CAP)
    except zlib.error:
        return b""


def _exif(image: Image.Image, data: bytes) -> list[FieldValue]:
    del data
    exif = image.getexif()
    if not exif:
        return []
    camera = exif.get_ifd(ExifTags.IFD.Exif)
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    return _from_exif(exif, camera, place)


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
    for tag, name in _EXIF_TEXT.items():
        values += field(name, _text(exif.get(tag)), f"exif:{tag.name}")
    for number, name in _WINDOWS.items():
        raw = exif.get(number)
        words = raw.decode("utf-16-le", "replace") if isinstance(raw, bytes) else ""
        values += _named(name, encodable(words).strip("\0 \n"), f"exif:{number:#06x}")
    values += field(fields.DESCRIPTION, _user_comment(camera.get(0x9286)), "exif:UserComment")
    return values


def _user_comment(raw: object) -> str:
    """Return the camera user's comment: eight bytes name its charset (EXIF 2.32, 4.6.6)."""
    if not isinstance(raw, bytes):
        return _text(raw)
    code, words = raw[:8].strip(b"\0 ").upper(), raw[8:]
    if code == b"UNICODE":
        text = words.decode("utf-16" if words[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-16-be")
        return encodable(text).strip("\0 \n")
    return _text(words) if code in {b"ASCII", b"", b"JIS"} else ""


def _named(name: str, words: str, origin: str) -> tuple[FieldValue, ...]:
    if name in fields.MULTI:
        return field(name, [word.strip() for word in words.replace(",", ";").split(";")], origin)
    return field(name, words, origin)


def _iptc(image: Image.Image, data: bytes) -> Iterator[FieldValue]:
    """Take the caption an editor wrote (IPTC-IIM), and the day the picture was made."""
    del data
    if not isinstance(image, ImageFile.ImageFile):
        return
    sets = IptcImagePlugin.getiptcinfo(image) or {}
    for number, name in _IPTC.items():
        raw = sets.get(number)
        words = "; ".join(map(_text, raw)) if isinstance(raw, list) else _text(raw)
        yield from _named(name, words, f"iptc:{number[0]}:{number[1]:03}")
    day, time = _text(sets.get((2, 55))), _text(sets.get((2, 60)))
    if len(day) == 8:
        when = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        clock = f"T{time[:2]}:{time[2:4]}:{time[4:6]}{time[6:]}" if len(time) >= 6 else ""
        yield from field(fields.CREATED, iso(when + clock), "iptc:2:055")


def _xmp(image: Image.Image, data: bytes) -> Iterator[FieldValue]:
    """Take what the picture's XMP says, scanned, because XMP is XML from anywhere."""
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if not packet and image.format in {"GIF", "PSD"}:
        start = data.find(b"<x:xmpmeta")
        end = data.find(b"</x:xmpmeta>", start)
        packet = data[start : end + 12] if 0 <= start < end else b""
    raw = packet.encode("utf-8", "replace") if isinstance(packet, str) else bytes(packet)
    xml = xmlscan.ready(raw[:_XMP_CAP])
    for tag, name in _XMP.items():
        inner = xmlscan.elements(xml, tag)
        words = [xmlscan.strip(part).strip() for _, head in inner for part in _items(head)]
        value = "; ".join(dict.fromkeys(filter(None, words))) or xmlscan.attribute(xml, tag)
        if name in fields.INSTANTS:
            yield from field(name, iso(value), f"xmp:{tag}")
        else:
            yield from _named(name, encodable(value), f"xmp:{tag}")


def _items(xml: str) -> list[str]:
    """Return the items of an XMP list; the whole where it is none."""
    return [inner for _, inner in xmlscan.elements(xml, "rdf:li")] or [xml]


def _comments(image: Image.Image, data: bytes) -> Iterator[FieldValue]:
    """Take the text chunks of a PNG or the comment of a GIF or JPEG."""
    del data
    for key, value in image.info.items():
        name = _COMMENTS.get(str(key).lower(), "")
        if name and isinstance(value, str | bytes):
            yield from field(name, _text(value), f"image:{key}")


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
