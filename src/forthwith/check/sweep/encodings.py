"""The ways a text can be written otherwise: each turned back into plain text or bytes.

A text may be written in several of them, one within another (HTML in quoted-printable): whoever
calls asks again of what comes out. Nothing is refused: what is no such writing comes out as noise
or not at all.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import itertools
import quopri
import re
import urllib.parse
from collections.abc import Iterator

from forthwith.plain import charset

_TAG = re.compile(r"<[^<>]{0,4096}>")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_QUOTED = re.compile(r"=(?:[0-9A-Fa-f]{2}|\r?\n)")
_BACKSLASH = re.compile(
    r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})"
    r"|'([0-9A-Fa-f]{2})|u(-?\d{1,6}) ?\??|([0-7]{3})|(\r?\n)|([nrtbf](?![a-z]))|([^\w\s]))"
)
_RTF_WORD = re.compile(r"\\[a-z]{1,32}-?\d* ?|[{}\r\n]")
_RTF_LEFT = re.compile(r"\\(?:par|line|tab|cell|row|page|sect)\b ?")
_WORD_OF_HEADER = re.compile(r"=\?([\w.:-]{2,40})(?:\*[\w-]+)?\?([BbQq])\?([^?\s]*)\?=\s*")
_UTF_7 = re.compile(r"(?<![A-Za-z0-9+/])\+([A-Za-z0-9+/]{3,}+)-?(?![A-Za-z0-9+/=])")
_CUE = re.compile(
    r"(?m)^(?:\s*\d+\s*|.*-->.*|\s*\{\d+\}\{\d+\}.*?)$|\[\d\d?:\d\d(?:[.:]\d+)?\]|<\d\d:[\d:.]+>"
)
_PDF_SHOWS = re.compile(r"T[jJ]\b|[\])>]\s*['\"]|/ActualText|/Contents|/V\s*[(<]|\bBT\b")
_PDF_STRING = re.compile(
    r"\(((?:[^()\\]|\\[\s\S]|\((?:[^()\\]|\\[\s\S]){0,512}+\)){0,8192}+)\)"
    r"|<([0-9A-Fa-f\s]{4,16384}+)>"
    r"|\b(ET|Td|TD|T\*|endobj)\b"
)
_PDF_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|(\r?\n)|([nrtbf])|([\s\S]))")
_PDF_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_RUN = re.compile(r"[A-Za-z0-9+/_-]{12,}+(?:[ \t]*+\r?\n[ \t>*|]*+[A-Za-z0-9+/_-]{4,}+)*+={0,2}")
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:0x|\\x)?+[0-9A-Fa-f]{2}(?:(?:[\s:,-]{0,3}+(?:0x|\\x)?+)[0-9A-Fa-f]{2}){5,}+"
)
#: Signs of ASCII85, and the longest run of it.
_IN_ASCII_85, _MOST_ASCII_85 = "".join(map(chr, range(33, 118))) + "z \t\r\n", 2**22
_UU = re.compile(r"(?m)^begin(?: |-base64 )[0-7]{3,4} [^\r\n]*\r?\n((?:[ -`]{1,62}\r?\n)+)")
#: A run of base64 shorter than this may begin within another word: it is read at four places.
_SHORT = 4096
#: Bytes of a piece that is not looked into by itself.
_FEW = 200


def otherwise(text: str) -> Iterator[str]:
    """Yield a text as it reads once each way of writing found in it is undone."""
    for way in _WAYS:
        yield from way(text)


def _markup(text: str) -> Iterator[str]:
    if "<" in text and ">" in text:
        yield html.unescape(_TAG.sub(" ", text))
    elif "&" in text and ";" in text:
        yield html.unescape(text)


def _percent(text: str) -> Iterator[str]:
    if "%" in text and _PERCENT.search(text):
        yield urllib.parse.unquote(text, errors="replace")
        yield urllib.parse.unquote(text, "latin-1")


def _quoted_printable(text: str) -> Iterator[str]:
    if "=" in text and _QUOTED.search(text):
        # Only what is of ASCII is quoted: other signs stand for themselves.
        yield charset.decode(quopri.decodestring(text.encode("utf-8", "replace"))).text


def _words_of_headers(text: str) -> Iterator[str]:
    if "=?" in text and _WORD_OF_HEADER.search(text):
        yield _WORD_OF_HEADER.sub(_word_of_header, text)


def _utf_7(text: str) -> Iterator[str]:
    if "+" in text and _UTF_7.search(text):
        yield _UTF_7.sub(_shifted, text)


def _escapes(text: str) -> Iterator[str]:
    if "\\" in text and _BACKSLASH.search(text):
        yield _BACKSLASH.sub(_unescaped, text)


def _rtf(text: str) -> Iterator[str]:
    if "{\\rtf" in text:
        plain = _BACKSLASH.sub(_unescaped, text.replace("\\*", ""))
        yield _RTF_WORD.sub("", _RTF_LEFT.sub(" ", plain))


def _subtitles(text: str) -> Iterator[str]:
    if "-->" in text or _CUE.search(text[:4096]):
        yield _CUE.sub(" ", text)


def _pdf(text: str) -> Iterator[str]:
    if _PDF_SHOWS.search(text):
        yield "".join(_strings_of_pdf(text))


_WAYS = (
    _markup, _percent, _quoted_printable, _words_of_headers, _utf_7, _escapes, _rtf, _subtitles,
    _pdf,
)  # fmt: skip


def _shifted(match: re.Match[str]) -> str:
    run = match[1]
    data = binascii.a2b_base64(run[: len(run) // 4 * 4] + _rest(run[len(run) // 4 * 4 :]))
    return data[: len(data) // 2 * 2].decode("utf-16-be", "replace")


def _word_of_header(match: re.Match[str]) -> str:
    label, way, body = match.groups()
    data = body.encode("ascii", "ignore")
    try:
        if way in "Bb":
            plain = base64.b64decode(data + b"=" * (-len(data) % 4))
        else:
            plain = quopri.decodestring(data, header=True)
        return plain.decode(label, "replace")
    except (LookupError, ValueError, binascii.Error):
        return " "


def _unescaped(match: re.Match[str]) -> str:
    braced, four, eight, two, quoted, number, octal, line, sign, other = match.groups()
    code = next((int(part, 16) for part in (braced, four, eight, two, quoted) if part), None)
    if number is not None:
        code = int(number) % 0x1_0000
    elif octal is not None:
        code = int(octal, 8)
    if code is not None:
        if quoted is not None:
            return bytes([code]).decode("cp1252", "replace")
        return chr(code) if code < 0x11_0000 else " "
    if line is not None:
        return ""
    return " " if sign is not None else other or ""


def _strings_of_pdf(text: str) -> Iterator[str]:
    """Yield the strings of a PDF's content or objects, in their order."""
    for match in _PDF_STRING.finditer(text):
        literal, digits, end = match.groups()
        if end is not None:
            yield " "
        elif digits is not None:
            data = bytes.fromhex("".join(digits.split())[: len("".join(digits.split())) // 2 * 2])
            yield _string_of_pdf(data)
        elif literal is not None:
            plain = _PDF_ESCAPE.sub(_escape_of_pdf, literal)
            yield _string_of_pdf(plain.encode("latin-1", "replace"))


def _string_of_pdf(data: bytes) -> str:
    if data[:2] == b"\xfe\xff":
        return data[2:].decode("utf-16-be", "replace")
    if data[:2] == b"\xff\xfe":
        return data[2:].decode("utf-16-le", "replace")
    if data[:3] == b"\xef\xbb\xbf":
        return data[3:].decode("utf-8", "replace")
    if len(data) > 3 and not len(data) % 2 and not any(data[::2]):
        return data.decode("utf-16-be", "replace")
    return data.decode("cp1252", "replace")


def _escape_of_pdf(match: re.Match[str]) -> str:
    octal, line, sign, other = match.groups()
    if octal is not None:
        return chr(int(octal, 8) % 256)
    if line is not None:
        return ""
    return _PDF_SIGNS[sign] if sign is not None else other


def bytes_within(text: str) -> Iterator[tuple[str, bytes]]:
    """Yield (way, bytes) of what is written in letters within a text: base64, hexadecimal …

    Short runs come together as one piece: there are many, and most are words.
    """
    short: list[bytes] = []
    for way, data in itertools.chain(_base64(text), _hexadecimal(text)):
        if len(data) < _FEW:
            short.append(data)
        else:
            yield way, data
    if "~>" in text:
        yield from _ascii_85(text)
    if "begin" in text:
        for match in _UU.finditer(text):
            yield "uuencode", b"".join(_uu_lines(match[1]))
    if short:
        yield "encoded runs", b"\n".join(short)


def _base64(text: str) -> Iterator[tuple[str, bytes]]:
    for match in _RUN.finditer(text):
        run = _plain_run(match[0])
        # Words of small letters alone are words.
        if len(run) < 40 and run.isalpha() and (run.islower() or run.istitle()):
            continue
        for start in range(4 if len(run) < _SHORT else 1):
            part = run[start:]
            yield "base64", binascii.a2b_base64(part[: len(part) // 4 * 4] + _rest(part))


def _hexadecimal(text: str) -> Iterator[tuple[str, bytes]]:
    for match in _HEX.finditer(text):
        digits = re.sub(r"0x|\\x|[^0-9A-Fa-f]", "", match[0])
        yield "hexadecimal", bytes.fromhex(digits[: len(digits) // 2 * 2])


def _ascii_85(text: str) -> Iterator[tuple[str, bytes]]:
    end = text.find("~>")
    begin = 0
    while end >= 0:
        part = text[max(begin, end - _MOST_ASCII_85) : end]
        part = part[len(part.rstrip(_IN_ASCII_85)) :].rpartition("<~")[2]
        with contextlib.suppress(ValueError):
            yield "ASCII85", base64.a85decode(part.encode("ascii", "ignore"))
        begin, end = end + 2, text.find("~>", end + 2)


def _plain_run(run: str) -> str:
    return re.sub(r"[^A-Za-z0-9+/]", "", run.replace("-", "+").replace("_", "/"))


def _rest(part: str) -> str:
    """Return the last letters of a run filled up to four; "" where they are none."""
    rest = part[len(part) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _uu_lines(body: str) -> Iterator[bytes]:
    for line in body.splitlines():
        try:
            yield binascii.a2b_uu(line)
        except binascii.Error:
            continue
