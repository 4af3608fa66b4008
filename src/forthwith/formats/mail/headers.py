"""Headers of mail and MIME parts: every one in order, raw, and decoded when asked.

Takes the bytes of a header block to names and values: unfolding (RFC 5322 2.2.3), encoded words
(RFC 2047), parameters and their continuations (RFC 2231), raw 8-bit text. Addresses and dates
are `header_fields`; where a block ends is `mime`.
"""

from __future__ import annotations

import binascii
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

from forthwith.plain import charset
from forthwith.plain.name_charset import WIDE, name_of

#: Name, value with its folds, or a line that is no header. Every line ends in LF here.
_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*\n(?:[ \t][^\n]*\n)*)|([^\n]*\n)")
_CRLF_FOLD, _LF_FOLD = re.compile(rb"\r\n[ \t]"), re.compile(rb"\n[ \t]")
#: Looked for where lines begin alone, or a long line without a colon is read once for each byte.
_SOUND = re.compile(rb"^([^:\n]*+):[ \t]*+(.*[^ \t\r\n]|)[ \t\r]*+\n", re.MULTILINE)
#: What `_CONTROL` takes away, as bytes; tab and line end are not among it.
_CONTROL_BYTES = bytes({*range(32), 127} - {9, 10})
#: What no header name holds, the line end between two of them included.
_NO_NAME = bytes({*range(33), *range(127, 256), 58})
_FOLD = re.compile(rb"(?<!\r)\r*+\n[ \t]?")
#: The text of a word goes to "?=" and never over the start of another; possessive, so linear.
_WORD = re.compile(
    rb"=\?([^?\s]{1,60})\?([bBqQ])\?((?:[^?=]++|=(?!\?)|=(?=\?=)|\?(?!=))*+)\?=", re.DOTALL
)
_BETWEEN_WORDS = re.compile(rb"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_PARAMETER = re.compile(rb';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]+")
#: A bare CR ends a line when a header follows it, as the oldest Macs wrote.
_BARE_CR = re.compile(rb"\r(?=[!-9;-~]+:)")
_NOTHING: tuple[str, Mapping[str, str]] = ("", MappingProxyType({}))
#: Damaged lines taken into the header before them; the block as a whole keeps all.
_MOST_JUNK = 100
#: Longest value whose parameters are looked at, bytes.
_LONGEST = 64 * 2**10


class Headers:
    """The headers of one message or part, in order, duplicates kept.

    Two ways lead here: `sound` for a block that is all headers, which nearly every one is, by a
    few passes over the whole block; `__init__` for damaged ones, line by line.
    """

    __slots__ = ("_first", "_joined", "_lower", "_values", "block", "junk")

    def __init__(self, block: bytes, most: int) -> None:
        """Split `block`; at most `most` headers are kept apart, the caller reports the rest."""
        #: The block as it stands, without the blank line after it.
        self.block = block
        #: Lines that are neither a header nor its continuation.
        self.junk = 0
        pairs = self._split(block, most)
        names = [name for name, _ in pairs]
        self._keep(names, [unfolded(value) for _, value in pairs], b"\n".join(names))

    @classmethod
    def sound(cls, block: bytes, most: int) -> Headers | None:
        """Split a block that ends with a line end; None when it needs a closer look."""
        fold = _CRLF_FOLD if b"\r" in block else _LF_FOLD
        text = fold.sub(b" ", block)
        pairs = _SOUND.findall(text)
        if not 0 < len(pairs) == text.count(b"\n") < most:
            return None
        names, values = zip(*pairs)
        joined = b"\n".join(names)
        # A name with a blank in it is a fold that is none, or no header.
        if len(joined.translate(None, _NO_NAME)) < len(joined) - len(names) + 1 or b"" in names:
            return None
        if fold is _CRLF_FOLD and b"\r" in b"".join(values):
            return None
        headers = cls.__new__(cls)
        headers.block, headers.junk = block, 0
        headers._keep(names, values, joined)  # noqa: SLF001 - its own class
        return headers

    def _keep(self, names: Sequence[bytes], values: Sequence[bytes], joined: bytes) -> None:
        self._joined, self._values = joined, values
        self._lower = joined.lower().split(b"\n") if names else []
        # The first of a name counts, so the last are put in first.
        self._first = dict(zip(self._lower[::-1], values[::-1]))

    def _split(self, block: bytes, most: int) -> list[tuple[bytes, bytes]]:
        if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
            block = _BARE_CR.sub(b"\n", block)
        pairs: list[tuple[bytes, bytes]] = []
        for name, value, junk in _HEADER.findall(block if block[-1:] == b"\n" else block + b"\n"):
            if name:
                pairs.append((name, value))
                if len(pairs) >= most:
                    break
            elif junk.strip():
                self.junk += 1
                if pairs and self.junk <= _MOST_JUNK:
                    pairs[-1] = (pairs[-1][0], pairs[-1][1] + b" " + junk)
        return pairs

    def decoded(self) -> list[tuple[str, str]]:
        """Return every header in order: its name as found, its value decoded."""
        if not self._lower:
            return []
        names = self._joined.decode("ascii").split("\n")
        joined = b"\n".join(self._values)
        plain = joined.isascii() and b"=?" not in joined
        # All at once: nearly no header holds a control character.
        if plain and len(joined.translate(None, _CONTROL_BYTES)) == len(joined):
            return list(zip(names, joined.decode("ascii").split("\n")))
        return [(name, decoded(value)) for name, value in zip(names, self._values)]

    def __len__(self) -> int:
        return len(self._lower)

    def raw(self, name: bytes) -> bytes:
        """Return the first value of `name` (lower case), unfolded; b"" when there is none."""
        return self._first.get(name, b"")

    def text(self, name: bytes) -> str:
        """Return the first value of `name` (lower case), decoded; "" when there is none."""
        value = self._first.get(name)
        return decoded(value) if value else ""

    @property
    def repeats(self) -> bool:
        """True when some name stands more than once."""
        return len(self._first) < len(self._lower)

    def count(self, name: bytes) -> int:
        """Return how often `name` (lower case) stands there."""
        return self._lower.count(name)

    def all(self, name: bytes) -> list[bytes]:
        """Return every value of `name` (lower case), unfolded, in order."""
        if name not in self._first:
            return []
        return [value for own_name, value in zip(self._lower, self._values) if own_name == name]

    def prefer(self, name: bytes, value: bytes) -> None:
        """Let `value`, one of several of `name`, be the one that counts."""
        self._first[name] = value

    def unexplained(self) -> Iterator[tuple[str, str, str]]:
        """Yield header, charset named and charset read for encoded words their label does not fit.

        Only where bytes beyond ASCII are concerned; characters that came out as U+FFFD count too.
        """
        for name, value in zip(self._joined.decode("ascii").split("\n"), self._values):
            for data, declared in _stretches(value) if b"=?" in value else ():
                if declared and not data.isascii():
                    text = charset.decode(data, declared)
                    if text.undecodable or text.origin in ("guess", "default"):
                        yield name, declared, text.charset

    def value(self, name: bytes) -> tuple[str, Mapping[str, str]]:
        """Return a structured value (RFC 2045): what stands before ";", lower case, parameters."""
        raw = self._first.get(name)
        return structured(raw[:_LONGEST]) if raw else _NOTHING


def unfolded(raw: bytes) -> bytes:
    """Return a raw value as one line: each fold becomes one blank."""
    value = raw.strip()
    return _FOLD.sub(b" ", value) if b"\n" in value else value


def decoded(raw: bytes) -> str:
    """Return a raw value unfolded and decoded, control characters removed. Never raises."""
    value = unfolded(raw)
    plain = value.isascii() and b"=?" not in value and b"\x1b" not in value
    text = value.decode("ascii") if plain else words_decoded(value)
    return text if text.isprintable() else _CONTROL.sub(" ", text).strip()


def words_decoded(value: bytes) -> str:
    """Decode the encoded words of one line and whatever 8-bit text stands between them.

    Blanks between two encoded words are not shown (RFC 2047 6.2); a character cut in two by a
    sender's word break is put together again when both words have one charset and encoding.
    """
    if b"=?" not in value:
        return _text(value, "")
    return "".join(_text(data, declared) for data, declared in _stretches(value))


def _stretches(value: bytes) -> Iterator[tuple[bytes, str]]:
    """Yield the bytes that belong together and the charset their encoded words name, if any."""
    value = _BETWEEN_WORDS.sub(rb"\1", value)
    data, data_charset, at = b"", "", 0
    for word in _WORD.finditer(value):
        charset_name = word[1].partition(b"*")[0].decode("ascii", "replace")
        if word.start() > at or charset_name.lower() != data_charset.lower():
            yield from ((data, data_charset), (value[at : word.start()], ""))
            data, data_charset = b"", charset_name
        data += _word_bytes(word[2], word[3])
        at = word.end()
    yield from ((data, data_charset), (value[at:], ""))


def _text(data: bytes, declared: str) -> str:
    if not declared and data.isascii() and b"\x1b$" not in data:
        return data.decode("ascii")
    if not data:
        return ""
    text = charset.decode(data, declared)
    if not declared and text.charset == "cp1252" and text.origin in ("guess", "default"):
        # A detector made for pages misses a few characters of East Asia.
        name, guessed = name_of(data)
        if guessed in WIDE and sum(not sign.isascii() for sign in name) > 1:
            return name
    return text.text


def _word_bytes(encoding: bytes, data: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(data, header=True)
    digits = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


@functools.lru_cache(maxsize=4096)
def _structured(raw: bytes) -> tuple[str, Mapping[str, str]]:
    value = unfolded(raw)
    head = _uncommented(value.partition(b";")[0])
    parameters = [(name.lower(), _unquoted(raw)) for name, raw in _PARAMETER.findall(value)]
    return head.strip().lower().decode("latin-1"), MappingProxyType(_joined(parameters))


def structured(raw: bytes) -> tuple[str, Mapping[str, str]]:
    """Return a structured value's head in lower case and its parameters by lower-case name."""
    if len(raw) > 1024:
        return _structured.__wrapped__(raw)
    return _structured(raw)


def _unquoted(value: bytes) -> bytes:
    if value[:1] == b'"':
        end = -1 if len(value) > 1 and value[-1:] == b'"' else len(value)
        inner = value[1:end]
        return _ESCAPE.sub(_unescaped, inner) if b"\\" in inner else inner
    return _uncommented(value)


def _uncommented(value: bytes) -> bytes:
    """Cut comments (RFC 5322 3.2.2) off the end."""
    value = value.strip()
    end = len(value)
    while value[end - 1 : end] == b")":
        start = value.rfind(b"(", 0, end)
        if start < 0 or value.find(b")", start) != end - 1:
            break
        end = start
        while value[end - 1 : end].isspace():
            end -= 1
    return value[:end]


def _unescaped(escape: re.Match[bytes]) -> bytes:
    # A backslash before a letter is a path of an old Windows mailer, not an escape.
    return escape[1] if escape[1] in b'"\\' else escape[0]


def _joined(parameters: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Put continuations (name*0, name*1*) together and decode; the plain form wins nothing."""
    out: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for name, value in parameters:
        base, star, suffix = name.decode("latin-1").partition("*")
        if not star:
            out.setdefault(base, words_decoded(value).strip())
            continue
        number = suffix.rstrip("*")
        # "name*" is one whole encoded value; it stands for piece 0 as nothing else does.
        order = int(number) if number.isdecimal() and number.isascii() and len(number) < 5 else 0
        pieces.setdefault(base, {}).setdefault(order, (value, name.endswith(b"*")))
    out.update({base: _continued(numbered) for base, numbered in pieces.items()})
    return out


def _continued(pieces: dict[int, tuple[bytes, bool]]) -> str:
    """Return one RFC 2231 value from its numbered pieces, each with whether it is encoded."""
    data, charset_name = b"", ""
    for order in sorted(pieces):
        value, encoded = pieces[order]
        if order == min(pieces) and encoded and value.count(b"'") >= 2:
            name, _, value = value.split(b"'", 2)
            charset_name = name.decode("ascii", "replace")
        data += unquote_to_bytes(value) if encoded else value
    if not charset_name and b"=?" in data:
        return words_decoded(data)
    return charset.decode(data, charset_name).text
