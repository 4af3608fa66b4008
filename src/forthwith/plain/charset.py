"""Decode text of any charset: byte order mark, declared, UTF-8, bare UTF-16, a guess, cp1252.

Nothing ever fails to decode: what no charset explains comes out as U+FFFD and is counted. Where a
declaration stands in the bytes themselves (XML, HTML) the reader of that format finds it.
"""

from __future__ import annotations

import base64
import codecs
import functools
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from resiliparse.parse.encoding import detect_encoding

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue
from forthwith.plain import iso2022
from forthwith.plain.charset_labels import charset_of, known

__all__ = ["Decoded", "charset_of", "decode", "encodable", "known", "may_be"]

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 64 * 2**10


#: Labels that promise ASCII: eighth bits beneath one belong to a charset nobody names.
_ASCII = frozenset({"us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "7bit"})
#: Charsets of two bytes and more: what decodes almost whole under such a label is in it.
_WIDE = frozenset(
    {"cp932", "euc_jp", "iso2022_jp", "iso2022_kr", "iso2022_cn", "hz", "gb18030", "cp950",
     "big5hkscs", "cp949", "johab", "utf-8"}
)  # fmt: skip
_EIGHTH_BIT = bytes(range(128, 256))
_BLANKS = b" \t\r\n"
_JAPANESE = frozenset({"euc_jp", "cp932", "iso2022_jp"})
_KANA, _HALF = re.compile("[\u3041-\u30fe]"), re.compile("[\uff61-\uff9f]{3}")
_UTF_7 = re.compile(r"\+([A-Za-z0-9+/]*)-?")
_GBK_PAIR = re.compile(rb"([\x81-\xfe][\x30-\x39\x40-\x7e\x80-\xfe])|\x80")


#: Japanese between its escapes, whose ESC some program took for a control and left out.
_BARE_ESCAPE = re.compile(r"(?<!\x1b)\$[@B](?:[!-~]{2}){1,500}?\([BJ]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and how it was come by."""

    text: str
    charset: str
    #: "byte order mark", "escape sequences", "declared", "valid UTF-8", "guess", "default".
    origin: str
    #: Characters that stand as U+FFFD because no byte sequence of the charset explains them.
    undecodable: int = 0

    def field(self) -> FieldValue:
        """Return the charset as a field with its origin."""
        return FieldValue(fields.CHARSET, self.charset, self.origin)

    def faults(self) -> tuple[Fault, ...]:
        """Return a Fault for what is not readable in the text: characters lost, escapes left."""
        plain = self.text.isascii() and "\x1b" not in self.text and "2022" not in self.charset
        if plain and not self.undecodable:
            return ()
        details = []
        if self.undecodable:
            details.append(
                f"{self.undecodable:,} characters are not valid {self.charset} "
                "and show as the replacement character"
            )
        elif stored := self.text.count("\ufffd"):
            details.append(
                f"{stored:,} replacement characters (U+FFFD) stand in the file itself: what they "
                "stood for was lost before it was collected"
            )
        if escapes := self.text.count("\x1b$"):
            details.append(
                f"{escapes:,} escape sequences of a charset stand in the text undecoded: "
                "words there cannot be read"
            )
        if "2022" in self.charset and (bare := len(_BARE_ESCAPE.findall(self.text))):
            details.append(
                f"{bare:,} escape sequences of a charset lost their first character (ESC) before "
                "the file was collected: words there cannot be read"
            )
        return tuple(Fault(FaultReason.UNDECODABLE, detail) for detail in details)


def decode(data: bytes, declared: str = "") -> Decoded:
    """Return the text of `data`, whatever its charset; never raises."""
    if not declared and data.isascii() and b"\0" not in data and b"\x1b" not in data:
        # Most headers are so, and nothing that follows could say otherwise.
        return Decoded(data.decode("ascii"), "utf-8", "valid UTF-8")
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return _lossy(data[len(mark) :], charset, "byte order mark")
    named = known(declared)
    if named[:5] in ("utf-1", "utf-3") and (width := _width(data, named)) != named:
        named = width
    if b"\x1b$" in data and named not in _OWN and (switched := _switched(data)) is not None:
        return switched
    promises_ascii = declared.strip(" \t\"'").lower() in _ASCII and not data.isascii()
    if named and not promises_ascii and (text := _strict(data, named, "declared")) is not None:
        if named == "cp932" and _HALF.search(text.text):
            # Half-width kana and no other is what EUC-JP gives under this label.
            return _japanese(data) or text
        return text
    return _undeclared(data, named, promises_ascii=promises_ascii)


def _undeclared(data: bytes, named: str, *, promises_ascii: bool) -> Decoded:
    """Decode what its label, if it has one, does not explain."""
    if b"\0" in data[:_SAMPLE] and (charset := _bare_utf16(data)):
        return _lossy(data, charset, "guess")
    if (decoded := _strict(data, "utf-8", "valid UTF-8")) is not None:
        return decoded
    if (damaged := _almost(data, "utf-8", "guess")) is not None:
        return damaged
    if named in _WIDE and (damaged := _almost(data, named, "declared")) is not None:
        return damaged
    if named in _JAPANESE and (sibling := _japanese(data)) is not None:
        return sibling
    guessed = known(detect_encoding(data[:_SAMPLE]) or "")
    if (
        promises_ascii
        and guessed not in _WIDE
        and _high(data) * 5 < len(data.translate(None, _BLANKS))
    ):
        # Mailers that say ASCII and send more send their own code page; a few high bytes among
        # many letters are the accents and quotes of this one.
        guessed = "cp1252"
    if guessed not in {"", "utf-8"} and (text := _strict(data, guessed, "guess")) is not None:
        return text
    return _lossy(
        data, named or "cp1252", "declared" if named and not promises_ascii else "default"
    )


def _switched(data: bytes) -> Decoded | None:
    """Decode text that chooses its sets by escapes, which no other text holds, whatever it says."""
    if (chosen := iso2022.DESIGNATION.search(data)) is None:
        return None
    charset = {b")C": "iso2022_kr", b")A": "iso2022_cn", b")G": "iso2022_cn"}.get(
        chosen[0][2:], "iso2022_jp"
    )
    decoded = _lossy(data, charset, "escape sequences")
    return decoded if decoded.undecodable * 4 <= _beyond_ascii(decoded.text) else None


def _width(data: bytes, named: str) -> str:
    """Return what a text without mark that is said to be in UTF-16 or UTF-32 is in; "" unknown."""
    sample = data[:_SAMPLE]
    if b"\0" not in sample and _strict(data, "utf-8", "") is not None:
        # Text in ASCII or UTF-8 whose label was left from a file: pairs of it would be nonsense.
        return ""
    if named == "utf-16":
        return _bare_utf16(data) or ("utf-16-be" if sample[:1] == b"\0" else "utf-16-le")
    return named


def _japanese(data: bytes) -> Decoded | None:
    """Try the other charsets Japanese is sent in, the one least often valid by chance first.

    Kana must be there, and not the half-width ones that text in one shows when read as the other.
    """
    for charset in ("euc_jp", "cp932"):
        decoded = _strict(data, charset, "guess")
        if decoded is not None and _KANA.search(decoded.text) and not _HALF.search(decoded.text):
            return decoded
    return None


def encodable(text: str) -> str:
    """Return `text` with lone surrogates (UTF-7 and some PDFs have them) as U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _strict(data: bytes, charset: str, origin: str) -> Decoded | None:
    if (own := _OWN.get(charset)) is not None:
        text = own(data)
        return None if "\ufffd" in text else Decoded(text, charset, origin)
    try:
        return Decoded(encodable(data.decode(charset)), charset, origin)
    except (UnicodeError, ValueError):
        return _wider(data, charset, origin)


def _wider(data: bytes, charset: str, origin: str) -> Decoded | None:
    """Try what is sent beside a charset under its name: characters of Hong Kong, a lone euro."""
    try:
        if charset == "cp950":
            return Decoded(data.decode("big5hkscs"), "big5hkscs", origin)
        if charset == "gb18030" and b"\x80" in data:
            # Code page 936 has the euro sign there (WHATWG Encoding 10.2.1).
            with_euro = _GBK_PAIR.sub(lambda pair: pair[1] or b"\xa2\xe3", data)
            return Decoded(with_euro.decode(charset), charset, origin)
    except (UnicodeError, ValueError):
        return None
    return None


def _utf_7(data: bytes) -> str:
    """Return UTF-7 (RFC 2152); a plus that begins no base64, which mailers leave, stays one."""
    text = data.decode("ascii", "replace")
    return encodable(_UTF_7.sub(_from_utf_7, text))


def _from_utf_7(shifted: re.Match[str]) -> str:
    digits = shifted[1]
    if not digits:
        return "+"
    try:
        pairs = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
        return pairs[: len(pairs) & ~1].decode("utf-16-be")
    except ValueError:
        return shifted[0]


#: Codecs that are wider than Python's of that name, or that it does not have.
_OWN: dict[str, Callable[[bytes], str]] = {
    "iso2022_jp": iso2022.iso_2022,
    "iso2022_kr": functools.partial(iso2022.iso_2022, shifted="cp949"),
    "iso2022_cn": functools.partial(iso2022.iso_2022, shifted="gb18030"),
    "hz": iso2022.hz,
    "euc_jp": iso2022.euc_jp,
    "utf-7": _utf_7,
}


def _lossy(data: bytes, charset: str, origin: str) -> Decoded:
    if charset == "cp950":
        # What is damaged in one reading of Big5 may be whole in the other.
        others = ((data.decode(name, "replace"), name) for name in ("cp950", "big5hkscs"))
        text, charset = min(others, key=lambda other: other[0].count("\ufffd"))
        return Decoded(text, charset, origin, text.count("\ufffd"))
    if (decoded := _strict(data, charset, origin)) is not None:
        return decoded
    if (own := _OWN.get(charset)) is not None:
        text = own(data)
        return Decoded(text, charset, origin, text.count("\ufffd"))
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


def _almost(data: bytes, charset: str, origin: str) -> Decoded | None:
    """Take text for damaged when three in four of its characters beyond ASCII are sound."""
    decoded = _lossy(data, charset, origin)
    return decoded if decoded.undecodable * 4 < _beyond_ascii(decoded.text) else None


def _high(data: bytes) -> int:
    return len(data) - len(data.translate(None, _EIGHTH_BIT))


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


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
