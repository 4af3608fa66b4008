r"""The body inside an Outlook message's RTF: HTML or plain text wrapped in it, or its own text.

[MS-OXRTFEX] 2.1: `\fromhtml1` and `\fromtext` mark RTF that wraps another body; the wrapped one
is the body as sent. RTF that wraps nothing gives its text. RTF files of their own are another
reader's; this one knows what a mail needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from forthwith.formats.rtf.tokens import FONT_PAGES, tokens
from forthwith.plain.charset import charset_of, known

#: Destinations that hold no words of the body.
_SILENT: Final = frozenset(
    {
        b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer",
        b"headerl", b"headerr", b"headerf", b"footerl", b"footerr", b"footerf", b"mhtmltag",
        b"fldinst", b"filetbl", b"listtable", b"listoverridetable", b"rsidtbl", b"generator",
        b"xmlnstbl", b"themedata", b"datastore", b"latentstyles", b"pntext", b"pntxta", b"pntxtb",
        b"nonshppict",
    }
)  # fmt: skip
#: [MS-OXRTFEX] 2.1.3.2 (as HTML) and what the same words mean as text.
_CHARACTERS: Final = {
    b"par": "\r\n", b"line": "\r\n", b"tab": "\t", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–", b"emdash": "—",
    b"cell": "\t", b"row": "\r\n", b"sect": "\r\n", b"page": "\r\n", b"emspace": "\u2003",
    b"enspace": "\u2002", b"zwnj": "\u200c", b"zwj": "\u200d",
}  # fmt: skip
_AS_HTML: Final = {
    "‘": "&lsquo;", "’": "&rsquo;", "“": "&ldquo;", "”": "&rdquo;", "•": "&bull;",
    "–": "&ndash;", "—": "&mdash;", "\u00a0": "&nbsp;", "\u00ad": "&shy;",
}  # fmt: skip
_SYMBOLS: Final = {
    b"\\": "\\", b"{": "{", b"}": "}", b"~": "\u00a0", b"-": "\u00ad", b"_": "\u2011",
    b"\r": "\r\n", b"\n": "\r\n",
}  # fmt: skip
#: \fcharset0 is the ANSI page ([MS-OXRTFEX] is silent).
_ANSI: Final = 1252


@dataclass(frozen=True, slots=True)
class RtfBody:
    """What the RTF holds: "html", "text" (both as sent) or "rtf" (its own text)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _State:
    #: A destination without words; everything below it too.
    silent: bool = False
    #: Inside {\*\htmltag ...}: words go out as they are.
    tag: bool = False
    #: Between \htmlrtf and \htmlrtf0: words are for RTF readers only.
    rtf_only: bool = False
    fonts: bool = False
    charset: str = ""
    #: Bytes that stand in for a \u character for readers without Unicode.
    skip: int = 1


@dataclass(slots=True)
class _Reader:
    kind: str
    default: str
    state: _State = field(default_factory=_State)
    stack: list[_State] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    #: Bytes not decoded yet.
    pending: bytearray = field(default_factory=bytearray)
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    #: Fallback bytes still to be passed over after \u.
    passing: int = 0
    star: bool = False

    def read(self, rtf: bytes) -> str:
        # A count behind \bin is not believed here: a false one would hide the words of a body.
        for word, number, code, symbol, brace, text in tokens(rtf, binary=False):
            if text is not None:
                self.words(text)
            elif word is not None:
                self.control(word, number)
            elif code is not None:
                self.words(bytes((int(code, 16),)))
            elif brace is not None:
                self.brace(brace)
            elif symbol is not None:
                self.symbol(symbol)
        self.flush()
        return "".join(self.out)

    def brace(self, brace: bytes) -> None:
        self.flush()
        self.passing = 0
        self.star = False
        if brace == b"{":
            self.stack.append(self.state)
        elif self.stack:
            self.state = self.stack.pop()

    def words(self, data: bytes) -> None:
        if self.passing:
            dropped = min(self.passing, len(data))
            self.passing -= dropped
            data = data[dropped:]
        state = self.state
        if not state.silent and (state.tag or not state.rtf_only):
            self.pending += data

    def flush(self) -> None:
        """Decode the bytes gathered: a character of two bytes may come in two escapes."""
        if self.pending:
            charset = self.state.charset or self.default
            self.out.append(self.pending.decode(charset, "replace"))
            self.pending.clear()

    def put(self, text: str) -> None:
        state = self.state
        if state.silent or (state.rtf_only and not state.tag):
            return
        self.flush()
        as_html = self.kind == "html" and not state.tag
        self.out.append(_AS_HTML.get(text, text) if as_html else text)

    def symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.star = True
        elif (text := _SYMBOLS.get(symbol)) is not None:
            if self.passing:
                self.passing -= 1
            else:
                self.put(text)

    def control(self, word: bytes, number: bytes | None) -> None:
        star, self.star = self.star, False
        value = int(number) if number is not None else None
        if word == b"u" and value is not None:
            self.unicode(value)
        elif (text := _CHARACTERS.get(word)) is not None:
            self.put(text)
        elif word == b"htmltag":
            self.set(silent=not star and self.state.silent, tag=True)
        elif word == b"htmlrtf":
            self.flush()
            self.set(rtf_only=value != 0)
        elif word == b"fonttbl":
            self.set(silent=True, fonts=True)
        elif star or word in _SILENT:
            self.flush()
            self.set(silent=True)
        elif (act := _ACTS.get(word)) is not None:
            act(self, value)

    def set(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]

    def unicode(self, value: int) -> None:
        unit = value & 0xFFFF
        self.put(chr(unit))
        self.passing = self.state.skip

    def choose_font(self, value: int | None) -> None:
        self.font = value or 0
        if not self.state.fonts:
            self.flush()
            self.set(charset=self.fonts.get(self.font, ""))

    def font_charset(self, value: int | None) -> None:
        page = FONT_PAGES.get(value) if value else _ANSI
        if self.state.fonts and page:
            self.fonts[self.font] = charset_of(page)

    def font_page(self, value: int | None) -> None:
        if self.state.fonts and value and (charset := charset_of(value)):
            self.fonts[self.font] = charset

    def plain(self, _: int | None) -> None:
        self.flush()
        self.set(charset="")

    def fallback(self, value: int | None) -> None:
        self.set(skip=max(0, min(value if value is not None else 1, 16)))


_ACTS: Final[dict[bytes, Callable[[_Reader, int | None], None]]] = {
    b"f": _Reader.choose_font,
    b"fcharset": _Reader.font_charset,
    b"cpg": _Reader.font_page,
    b"uc": _Reader.fallback,
    b"plain": _Reader.plain,
}


def body_of(rtf: bytes) -> RtfBody:
    """Return the body an RTF holds; never raises."""
    kind = _kind(rtf[:4096])
    page = re.search(rb"\\ansicpg([0-9]{1,5})", rtf[:4096])
    charset = charset_of(int(page[1])) if page else ""
    text = _Reader(kind, charset or known("cp1252")).read(rtf)
    text = _paired(text)
    return RtfBody(kind, text if kind == "html" else text.replace("\r\n", "\n"))


def _kind(head: bytes) -> str:
    """Say what is wrapped ([MS-OXRTFEX] 2.1.1: the mark stands near the beginning)."""
    if re.search(rb"\\fromhtml1?(?![0-9])", head):
        return "html"
    return "text" if b"\\fromtext" in head else "rtf"


def _paired(text: str) -> str:
    r"""Join surrogate pairs that came as two \u words; lone ones become U+FFFD."""
    if not re.search("[\ud800-\udfff]", text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
