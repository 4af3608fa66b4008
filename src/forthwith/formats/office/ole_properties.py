"""SummaryInformation and DocumentSummaryInformation ([MS-OLEPS]) as fields.

Their instants are FILETIMEs, so UTC. Counts and offsets are held against the stream's own length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from forthwith.domain import fields
from forthwith.domain.evidence import FieldValue
from forthwith.formats.bytes import values
from forthwith.formats.office.ole_objects import OLE_ERRORS, Ole
from forthwith.plain.charset import decode, encodable

#: Property numbers of the two sets ([MS-OLEPS] 2.25.1, [MS-OSHARED] 2.3.3.2).
_SUMMARY = {
    2: fields.TITLE, 3: fields.SUBJECT, 4: fields.AUTHOR, 5: fields.KEYWORDS,
    6: fields.DESCRIPTION, 7: fields.TEMPLATE, 8: fields.LAST_AUTHOR, 9: fields.REVISION,
    11: fields.PRINTED, 12: fields.CREATED, 13: fields.MODIFIED, 14: fields.PAGES,
    18: fields.APPLICATION,
}  # fmt: skip
_DOCUMENT = {2: fields.CATEGORY, 7: fields.PAGES, 14: fields.MANAGER, 15: fields.COMPANY}
_STREAMS = (("\x05SummaryInformation", _SUMMARY), ("\x05DocumentSummaryInformation", _DOCUMENT))
_SHORT, _LONG, _BOOL, _ANSI, _WIDE, _FILETIME = 2, 3, 11, 30, 31, 64
_CODE_PAGE, _DICTIONARY = 1, 0
#: Before this a FILETIME is a blank or a duration, not a day.
_FIRST_YEAR = 1980
#: Properties of one set looked at; the largest real sets hold a few hundred.
_MOST = 10_000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Properties:
    """What an OLE file says of itself."""

    fields: tuple[FieldValue, ...] = ()
    #: Properties people defined, in order.
    custom: Mapping[str, str] = field(default_factory=dict)


def properties(ole: Ole) -> Properties:
    """Return both property sets; a broken one gives what can be read of it."""
    found: dict[str, FieldValue] = {}
    custom: dict[str, str] = {}
    for stream, names in _STREAMS:
        try:
            data = ole.openstream(stream).read() if ole.exists(stream) else b""
        except OLE_ERRORS:
            continue
        sets = list(_sets(data))
        for number, value in sets[0].items() if sets else ():
            name = names.get(number, "") if isinstance(number, int) else ""
            if name and name not in found:
                origin = f"ole:{stream[1:]}:{number}"
                found |= {each.name: each for each in _field(name, value, origin)}
        for each in sets[1:]:
            custom |= {str(k): v for k, v in each.items() if isinstance(k, str)}
    return Properties(tuple(found.values()), custom)


def _field(name: str, value: str, origin: str) -> tuple[FieldValue, ...]:
    if name in fields.MULTI:
        return values.field(name, [v.strip() for v in value.replace(";", ",").split(",")], origin)
    if name == fields.PAGES and value in {"0", "-1"}:
        return ()
    return values.field(name, value, origin)


def _sets(data: bytes) -> Iterator[dict[int | str, str]]:
    """Yield each set as number → text, and name → text for those its dictionary names."""
    if len(data) < 28:
        return
    for index in range(min(int.from_bytes(data[24:28], "little"), 2)):
        at = 28 + 20 * index
        start = int.from_bytes(data[at + 16 : at + 20], "little")
        if start + 8 <= len(data):
            yield _set(data[start:])


def _set(data: bytes) -> dict[int | str, str]:
    count = min(int.from_bytes(data[4:8], "little"), (len(data) - 8) // 8, _MOST)
    places = dict(struct.iter_unpack("<II", data[8 : 8 + 8 * count]))
    page = places.get(_CODE_PAGE, len(data))
    number = int.from_bytes(data[page + 4 : page + 6], "little")
    charset = "utf-8" if number == 65001 else f"cp{number}"
    names = _dictionary(data[places[_DICTIONARY] :], charset) if _DICTIONARY in places else {}
    found: dict[int | str, str] = {}
    for key, place in places.items():
        if key > _CODE_PAGE and (value := _value(data, place, charset)):
            found[key] = value
            if key in names:
                found[names[key]] = value
    return found


def _value(data: bytes, at: int, charset: str) -> str:
    kind = int.from_bytes(data[at : at + 2], "little")
    body = data[at + 4 : at + 12]
    if len(body) < 4:
        return ""
    if kind in {_SHORT, _LONG}:
        return str(int.from_bytes(body[: 2 if kind == _SHORT else 4], "little", signed=True))
    if kind == _BOOL:
        return "yes" if body[:2] != b"\0\0" else "no"
    if kind == _FILETIME:
        return _instant(int.from_bytes(body, "little"))
    if kind not in {_ANSI, _WIDE}:
        return ""
    length = int.from_bytes(body[:4], "little") * (2 if kind == _WIDE else 1)
    raw = data[at + 8 : at + 8 + length]
    return _text(raw, "utf-16-le" if kind == _WIDE or charset == "cp1200" else charset)


def _text(raw: bytes, charset: str) -> str:
    if charset == "utf-16-le":
        text = raw[: len(raw) & ~1].decode(charset, "replace")
    else:
        text = decode(raw.split(b"\0", 1)[0], charset).text
    return encodable(text.split("\0", 1)[0]).strip()


def _instant(ticks: int) -> str:
    """Return a FILETIME (100 ns since 1601, UTC); "" when it is blank or no day."""
    try:
        moment = _EPOCH + timedelta(seconds=ticks // 10_000_000)
    except OverflowError:
        return ""
    return moment.isoformat() if moment.year >= _FIRST_YEAR else ""


def _dictionary(data: bytes, charset: str) -> dict[int, str]:
    """Return the names of a set's properties ([MS-OLEPS] 2.17)."""
    wide = charset == "cp1200"
    names, at = dict[int, str](), 4
    for _ in range(min(int.from_bytes(data[:4], "little"), _MOST)):
        if at + 8 > len(data):
            break
        number, length = struct.unpack_from("<II", data, at)
        size = length * 2 if wide else length
        names[number] = _text(data[at + 8 : at + 8 + size], "utf-16-le" if wide else charset)
        at += 8 + size + (-size % 4 if wide else 0)
    return names
