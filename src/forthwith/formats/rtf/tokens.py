"""The tokens of RTF 1.9.1, and its numbers of character sets: what every reader of RTF shares.

What a control word means is the reader's: `reader` for files, `wrapped_body` for mails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

#: Control word and its number, the digits of \'hh, a control symbol, a brace, or text; one of them
#: (word and number together) is not None. Text holds no line break: RTF gives breaks no meaning.
Token: TypeAlias = tuple[
    bytes | None, bytes | None, bytes | None, bytes | None, bytes | None, bytes | None
]
_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])"
    rb"|([^\\{}\r\n]+)|[\r\n]+"
)
#: \fcharset to Windows code page (RTF 1.9.1, "Font Table"). 0 is ANSI, whatever that is here.
FONT_PAGES = {
    77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
    177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 437,
}  # fmt: skip


def tokens(rtf: bytes, *, binary: bool) -> Iterator[Token]:
    r"""Yield the tokens in order; a backslash with nothing behind it ends them.

    `binary`: \binN is followed by N bytes that are no tokens, and they are passed over.
    """
    at, match = 0, _TOKEN.match
    while (shape := match(rtf, at)) is not None:
        at = shape.end()
        token = shape.groups()
        yield token  # type: ignore[misc]
        if binary and token[0] == b"bin":
            at += max(0, int(token[1] or 0))
