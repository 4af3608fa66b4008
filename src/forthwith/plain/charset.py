"""Decode text of any charset: byte order mark, declared, UTF-8, bare UTF-16, a guess, cp1252.

Nothing ever fails to decode: what no charset explains comes out as U+FFFD and is counted. Where a
declaration stands in the bytes themselves (XML, HTML) the reader of that format finds it.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection
from dataclasses import dataclass

from resiliparse.parse.encoding import detect_encoding

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Python calls these text encodings; no document is written in them, and some are slow on purpose.
_NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)
_NOT_TEXT = frozenset({"base64", "bz2", "hex", "quopri", "rot-13", "uu", "zlib"})
#: What mail and old web pages call Latin-1 is cp1252 in fact (WHATWG Encoding, section 4.2).
_MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252"}
#: Windows code pages whose Python name is not "cp" and the number.
_CODE_PAGES = {
    1200: "utf-16-le", 1201: "utf-16-be", 20127: "ascii", 20866: "koi8-r", 21866: "koi8-u",
    20932: "euc_jp", 51932: "euc_jp", 51936: "gb2312", 51949: "euc_kr", 52936: "hz",
    54936: "gb18030", 50220: "iso2022_jp", 50221: "iso2022_jp", 50222: "iso2022_jp",
    50225: "iso2022_kr", 50227: "gb18030", 10000: "mac_roman", 10007: "mac_cyrillic",
    38598: "iso8859-8", 65000: "utf-7", 65001: "utf-8", 936: "gbk",
}  # fmt: skip
_SAMPLE = 64 * 2**10


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and how it was come by."""

    text: str
    charset: str
    #: "byte order mark", "declared", "valid UTF-8", "guess", "default".
    origin: str
    #: Characters that stand as U+FFFD because no byte sequence of the charset explains them.
    undecodable: int = 0

    def field(self) -> FieldValue:
        """Return the charset as a field with its origin."""
        return FieldValue(fields.CHARSET, self.charset, self.origin)

    def faults(self) -> tuple[Fault, ...]:
        """Return the Fault that counts undecodable characters, if there are any."""
        if not self.undecodable:
            return ()
        detail = (
            f"{self.undecodable:,} characters are not valid {self.charset} "
            "and show as the replacement character"
        )
        return (Fault(FaultReason.UNDECODABLE, detail),)


def decode(data: bytes, declared: str = "") -> Decoded:
    """Return the text of `data`, whatever its charset; never raises."""
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return _lossy(data[len(mark) :], charset, "byte order mark")
    named = known(declared)
    if named and (decoded := _strict(data, named, "declared")) is not None:
        return decoded
    if b"\0" in data[:_SAMPLE] and (charset := _bare_utf16(data)):
        return _lossy(data, charset, "guess")
    if (decoded := _strict(data, "utf-8", "valid UTF-8")) is not None:
        return decoded
    if (damaged := _damaged_utf8(data)) is not None:
        return damaged
    if (guessed := known(detect_encoding(data[:_SAMPLE]) or "")) not in {"", "utf-8"} and (
        decoded := _strict(data, guessed, "guess")
    ) is not None:
        return decoded
    return _lossy(data, named or "cp1252", "declared" if named else "default")


def known(name: str) -> str:
    """Return Python's name for a declared charset, or "" when there is no such charset."""
    try:
        codec = codecs.lookup(name.strip(" \t\"'").lower())
    except (LookupError, ValueError, UnicodeError):
        return ""
    if codec.name in _NOT_CHARSETS or codec.name in _NOT_TEXT:
        return ""
    return _MEANT.get(codec.name, codec.name)


def charset_of(code_page: int) -> str:
    """Return Python's name of a Windows code page, or "" when it is not known."""
    if 28591 <= code_page <= 28605:
        return known(f"iso8859-{code_page - 28590}")
    return known(_CODE_PAGES.get(code_page, f"cp{code_page}"))


def encodable(text: str) -> str:
    """Return `text` with lone surrogates (UTF-7 and some PDFs have them) as U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _strict(data: bytes, charset: str, origin: str) -> Decoded | None:
    try:
        return Decoded(encodable(data.decode(charset)), charset, origin)
    except (UnicodeError, ValueError):
        return None


def _lossy(data: bytes, charset: str, origin: str) -> Decoded:
    if (decoded := _strict(data, charset, origin)) is not None:
        return decoded
    try:
        text = encodable(data.decode(charset, "replace"))
    except (UnicodeError, ValueError):
        charset, origin = "cp1252", "default"
        text = data.decode(charset, "replace")
    return Decoded(text, charset, origin, text.count("\ufffd"))


def _bare_utf16(data: bytes) -> str:
    """Tell UTF-16 without a mark by its zero bytes, all on one side; "" when it is not."""
    sample = data[: _SAMPLE & ~1]
    if len(sample) % 2 or not (zeros := sample.count(0)):
        return ""
    on_odd = sample[1::2].count(0)
    if on_odd * 20 < zeros * 19 and on_odd * 20 > zeros:
        return ""
    charset = "utf-16-le" if on_odd * 2 > zeros else "utf-16-be"
    text = sample.decode(charset, "replace")
    odd = sum(1 for sign in text if not (sign.isprintable() or sign in "\r\n\t\f\ufeff"))
    return charset if odd * 20 <= len(text) else ""


def _damaged_utf8(data: bytes) -> Decoded | None:
    """Take text for UTF-8 with damage when three in four of its non-ASCII characters are sound."""
    decoded = _lossy(data, "utf-8", "guess")
    beyond = len(decoded.text) - len(decoded.text.encode("ascii", "ignore"))
    return decoded if decoded.undecodable * 4 < beyond else None


def may_be(encoding: str, wanted: Collection[str]) -> bool:
    """Return True when bytes found to be in `encoding` may be in one of those wanted."""
    agreeing = {
        "ascii": {"utf-8", "utf-8-sig", "cp1252", "iso8859-1", "ascii"},
        "utf-8": {"utf-8", "utf-8-sig"},
        "iso8859-1": {"iso8859-1", "cp1252"},
        "utf-16-le": {"utf-16", "utf-16-le"},
        "utf-16-be": {"utf-16", "utf-16-be"},
    }
    return not agreeing.get(encoding, {encoding}).isdisjoint(wanted)
