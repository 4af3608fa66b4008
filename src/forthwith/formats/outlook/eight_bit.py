"""In which charset the eight-bit strings of a message are, and what is told of it.

ANSI files and stores keep strings in a Windows code page. PidTagMessageCodepage names it
([MS-OXPROPS] 2.780); where it is missing, PidTagInternetCodepage (of the body as Internet mail) and
PidTagMessageLocaleId (a language) are hints, and without a hint all strings of the message together
are guessed at. A guess is a Fault, and so is every character that came out as none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.outlook.message import Message
from forthwith.formats.outlook.properties import Properties, Values
from forthwith.formats.outlook.property_types import MULTIPLE, STRING8
from forthwith.plain import ansi_pages
from forthwith.plain.charset import charset_of, decode

_MESSAGE_PAGE, _INTERNET_PAGE, _LOCALE = 0x3FFD, 0x3FDE, 0x3FF1
#: Windows code page of a language, by its primary number ([MS-LCID] 2.2); all others are 1252.
_LANGUAGES: Final = {
    0x01: 1256, 0x02: 1251, 0x05: 1250, 0x08: 1253, 0x0D: 1255, 0x0E: 1250, 0x11: 932, 0x12: 949,
    0x15: 1250, 0x18: 1250, 0x19: 1251, 0x1A: 1250, 0x1B: 1250, 0x1C: 1250, 0x1E: 874, 0x1F: 1254,
    0x20: 1256, 0x22: 1251, 0x23: 1251, 0x24: 1250, 0x25: 1257, 0x26: 1257, 0x27: 1257, 0x29: 1256,
    0x2A: 1258, 0x2C: 1254, 0x2F: 1251, 0x3F: 1251, 0x40: 1251, 0x44: 1251, 0x50: 1251,
}  # fmt: skip
#: Pages of Latin letters, by what text of theirs is taken for.
_LATIN: Final = {
    "cp1250": "cp1250", "iso8859-2": "cp1250", "iso8859-16": "cp1250", "cp1254": "cp1254",
    "iso8859-9": "cp1254", "cp1257": "cp1257", "iso8859-4": "cp1257", "iso8859-13": "cp1257",
}  # fmt: skip
#: Where one language has two scripts.
_LOCALES: Final = {0x0404: 950, 0x0C04: 950, 0x1404: 950, 0x0804: 936, 0x1004: 936, 0x0C1A: 1251}


def charset_of_message(values: Values, *rows: Values) -> str:
    """Return the charset of a message's eight-bit strings and of its recipients' (`rows`).

    "" where they are all ASCII.
    """
    said = _page_said(values, _MESSAGE_PAGE)
    if said or not (data := _eight_bits((values, *rows))):
        return said or _page_said(values, _INTERNET_PAGE)
    if internet := _page_said(values, _INTERNET_PAGE):
        return ansi_pages.of_machine(data, internet)
    return _guessed(values, data)


def _guessed(values: Values, data: bytes) -> str:
    """Return what the language of the message and the bytes themselves speak for."""
    plain = decode(data)
    if plain.origin == "valid UTF-8":
        return "utf-8"
    language = _of_language(values)
    if language not in {"", "cp1252"} and not decode(data, language).undecodable:
        return language
    return ansi_pages.guess(data, language or _LATIN.get(plain.charset, "cp1252"))


def _of_language(values: Values) -> str:
    locale = values.get(_LOCALE, (0, None))[1]
    if not isinstance(locale, int) or not 0 < locale < 0x10000:
        return ""
    page = _LOCALES.get(locale) or _LANGUAGES.get(locale & 0x3FF, 1252)
    return charset_of(page) if locale & 0x3FF != 0x04 or locale in _LOCALES else ""


def _page_said(values: Values, identifier: int) -> str:
    page = values.get(identifier, (0, None))[1]
    charset = charset_of(page) if isinstance(page, int) else ""
    return "" if charset.startswith("utf-16") else charset


def _eight_bits(bags: Iterable[Values]) -> bytes:
    """Return every eight-bit string that is not ASCII, a line each."""
    lines: list[bytes] = []
    for values in bags:
        for kind, value in values.values():
            if kind & ~MULTIPLE == STRING8:
                items = value if isinstance(value, tuple) else (value,)
                lines += [item for item in items if isinstance(item, bytes) and not item.isascii()]
    return b"\n".join(lines)


def faults_of(message: Message, text: str) -> Iterator[Fault]:
    """Yield a Fault for a charset that was guessed, and for characters that nothing explains.

    `text` is what was read of the body.
    """
    values = message.properties.values
    bags = [properties.values for properties in _all_properties(message)]
    unsaid = not (_page_said(values, _MESSAGE_PAGE) or _page_said(values, _INTERNET_PAGE))
    data = _eight_bits(bags) if unsaid else b""
    charset = message.properties.charset or "cp1252"
    if data and _of_language(values) != charset:
        detail = f"the message names no code page; its text was read as {charset}, which is a guess"
        yield Fault(FaultReason.UNDECODABLE, detail)
    if lost := (message.subject + text).count("\ufffd"):
        detail = f"{lost:,} characters of the subject or text show as the replacement character"
        yield Fault(FaultReason.UNDECODABLE, detail)


def _all_properties(message: Message) -> Iterator[Properties]:
    yield message.properties
    yield from message.recipients
    yield from (row.properties for row in message.attachments if not isinstance(row, Fault))
