"""Read RTF: text, properties, tracked changes, comments, hidden words, embedded objects.

RTF 1.9.1 is scanned in one pass over the tokens with a stack of groups; no recursion, nothing
interpreted but text. RTF that wraps a mail's HTML is the mail readers' own.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.bytes.field_codes import field_says
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import count, field, mark
from forthwith.formats.ole import objects as ole_objects
from forthwith.formats.rtf.tokens import FONT_PAGES, tokens
from forthwith.plain.charset import charset_of, encodable, known

_PAGES = {"ansi": "cp1252", "mac": "mac-roman", "pc": "cp437", "pca": "cp850"}
_CHARACTERS = {
    "par": "\n", "line": "\n", "page": "\n", "sect": "\n", "column": "\n", "softline": "\n",
    "row": "\n", "nestrow": "\n", "cell": "\t", "nestcell": "\t", "tab": "\t", "emdash": "\u2014",
    "endash": "\u2013", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c",
    "rdblquote": "\u201d", "bullet": "\u2022", "emspace": " ", "enspace": " ", "qmspace": " ",
    "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
_ENDS = frozenset({"par", "row", "sect", "page"})
#: Destinations with nothing a reader sees; all other starred destinations are passed over too.
_SKIPPED = frozenset(
    {
        "colortbl", "stylesheet", "pict", "nonshppict", "listtable", "listoverridetable", "rsidtbl",
        "themedata", "xmlnstbl", "datastore", "latentstyles", "bkmkstart", "bkmkend",
        "filetbl", "objclass", "objname", "objalias", "objsect", "atnref", "atrfstart", "atrfend",
        "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "pgdsctbl", "fchars", "lchars", "mmathPr",
        "panose", "falt", "keycode", "pn", "background",
    }
)  # fmt: skip
#: Destinations gathered apart from the flow, starred or not.
_APART = frozenset(
    {
        "fonttbl", "revtbl", "objdata", "fldinst", "annotation", "atnauthor", "atndate", "atnid",
        "atntime", "generator", "title", "subject", "author", "operator", "keywords", "doccomm",
        "comment", "company", "manager", "category", "creatim", "revtim", "printim", "password",
        "propname", "staticval", "template", "docvar", "formfield", "ffname", "ffl", "ffdeftext",
        "ffhelptext", "ffstattext", "sn", "sv",
    }
)  # fmt: skip
#: Numbers of a form field: its kind, what was chosen, what is chosen where nobody did.
_FORM = frozenset({"fftype", "ffres", "ffdefres"})
#: A result that says nobody chose.
_UNCHOSEN = 25
_TIMES = frozenset({"yr", "mo", "dy", "hr", "min", "sec"})
#: Words that change the state of their group; without a number they mean 1.
_STATES = frozenset(
    {
        "f", "fcharset", "plain", "v", "revised", "deleted", "uc", "revauth", "revauthdel",
        "revdttm", "revdttmdel",
    }
)  # fmt: skip
_THROUGH = frozenset(
    {
        "ud",
        "shpinst",
        "shppict",
        "sp",
        "picprop",
        "shptxt",
        "info",
        "userprops",
        "shp",
        "do",
        "dptxbxtext",
    }
)  # fmt: skip


@dataclass(slots=True)
class _Group:
    """The state RTF saves at each brace."""

    #: "" in the flow, a name of `_APART`, or "skip".
    destination: str = ""
    charset: str = "cp1252"
    uc: int = 1
    hidden: bool = False
    inserted: bool = False
    deleted: bool = False
    author: int = 0
    moment: int = 0
    starred: bool = False


@dataclass(slots=True)
class RtfScan:
    """Everything one RTF holds; `run` fills it."""

    data: bytes
    out: list[str] = dataclasses.field(default_factory=list)
    #: Gathered destinations by name, in order of their ends.
    apart: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    #: OLE 1 object data as bytes.
    objects: list[bytes] = dataclasses.field(default_factory=list)
    tracked: int = 0
    hidden: int = 0
    comments: int = 0
    #: Open braces at the end: the file was cut.
    open_groups: int = 0
    #: Destinations being gathered: (stack depth they began at, name, words).
    _gather: list[tuple[int, str, list[str]]] = dataclasses.field(default_factory=list)
    _stack: list[_Group] = dataclasses.field(default_factory=list)
    _group: _Group = dataclasses.field(default_factory=_Group)
    _bytes: bytearray = dataclasses.field(default_factory=bytearray)
    _skip: int = 0
    _marks: list[str] = dataclasses.field(default_factory=list)
    #: The open run of marked words: (what, author, moment, words).
    _run: tuple[str, int, int, list[str]] | None = None
    _authors: list[str] = dataclasses.field(default_factory=list)
    _fonts: dict[int, str] = dataclasses.field(default_factory=dict)
    _font: int = 0
    _default: str = "cp1252"
    _time: dict[str, int] = dataclasses.field(default_factory=dict)
    _form: dict[str, int] = dataclasses.field(default_factory=dict)
    links: dict[str, None] = dataclasses.field(default_factory=dict)

    def run(self) -> None:
        """Scan to the end."""
        for word, number, code, symbol, brace, text in tokens(self.data, binary=True):
            if text is not None:
                self._text(text)
            elif word is not None:
                if word == b"bin":
                    self._flush()
                else:
                    self._word(word.decode("ascii"), None if number is None else int(number))
            elif code is not None:
                self._character(int(code, 16))
            elif brace == b"{":
                self._open()
            elif brace is not None:
                self._close()
            elif symbol is not None:
                self._symbol(symbol.decode("latin-1"))
        self._flush()
        self.open_groups = len(self._stack)
        while self._stack:
            self._close()
        self._end_paragraph()

    def text(self) -> str:
        """Return the flow with its marks."""
        return encodable("".join(self.out)).strip("\n")

    def _text(self, text: bytes) -> None:
        if self._group.destination == "skip":
            return
        if self._skip:
            cut = min(self._skip, len(text))
            self._skip -= cut
            text = text[cut:]
        self._bytes += text

    def _character(self, code: int) -> None:
        if self._skip:
            self._skip -= 1
        elif self._group.destination != "skip":
            self._bytes.append(code)

    def _flush(self) -> None:
        """Decode what has gathered; double-byte characters may mix escapes and plain bytes."""
        if self._bytes:
            words = self._bytes.decode(self._group.charset, "replace")
            self._bytes.clear()
            self._say(words)

    def _say(self, words: str) -> None:
        group = self._group
        if group.destination == "skip":
            return
        if self._gather:
            self._gather[-1][2].append(words)
            return
        what = "Deleted" if group.deleted else "Hidden" if group.hidden else ""
        what = what or ("Inserted" if group.inserted else "")
        if self._run and (self._run[0] != what or self._run[1] != group.author):
            self._end_run()
        if what:
            if self._run is None:
                self._run = (what, group.author, group.moment, [])
            self._run[3].append(words)
        if what in {"", "Inserted"}:
            self.out.append(words)

    def _end_run(self) -> None:
        if self._run is None:
            return
        what, author, moment, words = self._run
        self._run = None
        if not (text := "".join(words).strip()):
            return
        if what == "Hidden":
            self.hidden += 1
            self._marks.append(mark(what, text))
            return
        self.tracked += 1
        name = self._authors[author] if 0 <= author < len(self._authors) else ""
        self._marks.append(mark(what, text, name, dttm(moment)))

    def _end_paragraph(self) -> None:
        self._end_run()
        if self._marks:
            self.out.append(" " + " ".join(self._marks))
            self._marks.clear()

    def _open(self) -> None:
        self._flush()
        self._skip = 0
        self._stack.append(self._group)
        self._group = replace(self._group, starred=False)

    def _close(self) -> None:
        self._flush()
        self._skip = 0
        if not self._stack:
            return
        self._group = self._stack.pop()
        if self._gather and self._gather[-1][1] == "docvar":
            # Name and value are groups of their own.
            self._gather[-1][2].append(" ")
        while self._gather and len(self._stack) < self._gather[-1][0]:
            _, name, words = self._gather.pop()
            self._gathered(name, "".join(words))

    def _gathered(self, name: str, words: str) -> None:
        if name == "revtbl":
            self._authors += [author.strip() for author in words.split(";")]
        elif name == "objdata":
            digits = re.sub(r"[^0-9A-Fa-f]", "", words)
            self.objects.append(bytes.fromhex(digits[: len(digits) & ~1]))
        elif name in {"creatim", "revtim", "printim"}:
            self.apart.append((name, _moment(self._time)))
            self._time = {}
        elif name == "annotation":
            self._annotate(words)
        elif name == "fldinst":
            links, said = field_says(encodable(words))
            self.links |= dict.fromkeys(links)
            self._mark(said)
        elif name in {"docvar", "sv", "formfield"}:
            self._beside(name, encodable(words).strip())
        elif name != "fonttbl":
            self.apart.append((name, encodable(words).strip()))

    def _mark(self, text: str) -> None:
        if text and text not in self._marks:
            self._marks.append(text)

    def _beside(self, name: str, words: str) -> None:
        """Take a document variable, a property of a shape, or a form field at its end."""
        if name == "docvar":
            self._mark(mark("Document variable", " ".join(words.split())))
        elif name == "sv":
            of = self.apart.pop()[1] if self.apart and self.apart[-1][0] == "sn" else ""
            if of == "gtextUNICODE":
                self.out.append(words)
            elif of in {"wzDescription", "wzTooltip"} and words:
                self._mark(mark("Alternative text", words))
        else:
            self._end_form()

    def _end_form(self) -> None:
        """Put what a form field shows into the flow: Word draws it, no text holds it."""
        parts = [entry for entry in self.apart if entry[0].startswith("ff")]
        self.apart = [entry for entry in self.apart if not entry[0].startswith("ff")]
        items = [words for key, words in parts if key == "ffl"]
        chosen = self._form.get("ffres", _UNCHOSEN)
        chosen = self._form.get("ffdefres", 0) if chosen == _UNCHOSEN else chosen
        kind, self._form = self._form.get("fftype", 0), {}
        if kind == 1:
            self.out.append("\u2612" if chosen else "\u2610")
        elif items:
            self.out.append(items[chosen] if 0 <= chosen < len(items) else "")
            self._mark(mark("Choices", "; ".join(items)))
        for key, what in (
            ("ffdeftext", "Default of a form field"),
            ("ffhelptext", "Help of a form field"),
            ("ffstattext", "Help of a form field"),
        ):
            for words in (words for name, words in parts if name == key and words):
                self._mark(mark(what, words))

    def _annotate(self, words: str) -> None:
        about = dict(self.apart[-8:])
        date = about.get("atndate", "")
        when = dttm(int(date)) if date.lstrip("-").isdecimal() else ""
        self.comments += 1
        self._marks.append(mark("Comment", encodable(words), about.get("atnauthor", ""), when))
        self.apart = [entry for entry in self.apart if entry[0] not in {"atnauthor", "atndate"}]

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._group.starred = True
        elif symbol in "\\{}":
            self._character(ord(symbol))
        else:
            self._flush()
            self._say({"~": "\u00a0", "_": "-", "\n": "\n", "\r": "\n"}.get(symbol, ""))

    def _word(self, word: str, number: int | None) -> None:
        if word == "u" and number is not None:
            self._flush()
            if self._group.destination != "skip":
                self._say(chr(number % 65_536))
            self._skip = self._group.uc
            return
        self._flush()
        if (character := _CHARACTERS.get(word)) is not None:
            if not self._gather and self._group.destination != "skip" and word in _ENDS:
                self._end_paragraph()
            self._say(character)
        elif word in _STATES:
            self._change(word, 1 if number is None else number)
        elif word in _PAGES or word == "ansicpg":
            self._default = known(_PAGES.get(word) or f"cp{number}") or self._default
            self._group.charset = self._default
        elif word in _TIMES:
            self._time[word] = number or 0
        elif word in _FORM:
            self._form[word] = number or 0
        else:
            self._destination(word)

    def _change(self, word: str, number: int) -> None:
        group = self._group
        match word:
            case "f":
                self._font = number
                group.charset = self._fonts.get(number, self._default)
            case "fcharset":
                page = FONT_PAGES.get(number)
                self._fonts[self._font] = charset_of(page) if page else self._default
            case "plain":
                group.hidden = group.inserted = group.deleted = False
            case "v":
                group.hidden = bool(number)
            case "revised":
                group.inserted = bool(number)
            case "deleted":
                group.deleted = bool(number)
            case "uc":
                group.uc = number
            case "revauth" | "revauthdel":
                group.author = number
            case "revdttm" | "revdttmdel":
                group.moment = number

    def _destination(self, word: str) -> None:
        group = self._group
        if group.destination == "skip" and word != "picprop":
            return
        if word == "picprop":
            # What is said of a picture stands among its data.
            group.destination = ""
        if word in _APART:
            group.destination = word
            self._gather.append((len(self._stack), word, []))
        elif word in _SKIPPED or (group.starred and word not in _THROUGH):
            group.destination = "skip"
        group.starred = False


def dttm(value: int) -> str:
    """Return a DTTM ([MS-DOC] 2.9.60) as ISO 8601 without offset; "" when blank or impossible."""
    value &= 0xFFFFFFFF
    parts = {
        "yr": 1900 + (value >> 20 & 0x1FF),
        "mo": value >> 16 & 15,
        "dy": value >> 11 & 31,
        "hr": value >> 6 & 31,
        "min": value & 63,
    }
    return _moment(parts) if value else ""


def _moment(parts: dict[str, int]) -> str:
    year, month, day = parts.get("yr", 0), parts.get("mo", 0), parts.get("dy", 0)
    hour, minute, second = parts.get("hr", 0), parts.get("min", 0), parts.get("sec", 0)
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1601 <= year <= 9999):
        return ""
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return ""
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"


MEDIA_TYPES = frozenset({"application/rtf", "text/rtf", "text/richtext"})
_INFO = {
    "title": fields.TITLE, "subject": fields.SUBJECT, "author": fields.AUTHOR,
    "operator": fields.LAST_AUTHOR, "keywords": fields.KEYWORDS, "doccomm": fields.DESCRIPTION,
    "company": fields.COMPANY, "manager": fields.MANAGER, "category": fields.CATEGORY,
    "creatim": fields.CREATED, "revtim": fields.MODIFIED, "printim": fields.PRINTED,
    "generator": fields.APPLICATION,
}  # fmt: skip


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one file. Raises UnreadableError when it is no RTF."""
    data = whole(source, hint)
    if b"{\\rt" not in data[:1024]:
        detail = "the file does not begin as RTF does"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True))
    scan = RtfScan(data)
    scan.run()
    faults = []
    if scan.open_groups:
        detail = f"the RTF ends inside {scan.open_groups:,} open groups; its end is missing"
        faults.append(Fault(FaultReason.TRUNCATED, detail))
    objects = scan.objects
    return Reading(
        Kind.EDOC,
        hint.media_type or "application/rtf",
        text="\n".join(filter(None, (scan.text(), _custom(scan)))),
        text_method=TextMethod.EXTRACTED,
        fields=_fields(scan),
        faults=tuple(faults),
        children=(lambda: _children(objects)) if objects else None,
        declared=len(objects),
    )


def _fields(scan: RtfScan) -> tuple[FieldValue, ...]:
    by_name: dict[str, tuple[FieldValue, ...]] = {}
    for key, value in scan.apart:
        name = _INFO.get(key, "")
        # The last wins: after an ANSI title with question marks comes the Unicode one.
        if name and value:
            words = [v.strip() for v in value.replace(";", ",").split(",")]
            by_name[name] = field(name, words if name in fields.MULTI else value, f"rtf:\\{key}")
    return (
        *(value for values in by_name.values() for value in values),
        *field(fields.LINKS, scan.links, "rtf:\\fldinst"),
        *count(fields.TRACKED_CHANGES, scan.tracked, "rtf:\\revised \\deleted"),
        *count(fields.COMMENTS, scan.comments, "rtf:\\annotation"),
        *count(fields.HIDDEN_TEXT, scan.hidden, "rtf:\\v"),
        *count(fields.EMBEDDED_OBJECTS, len(scan.objects), "rtf:\\objdata"),
    )


def _custom(scan: RtfScan) -> str:
    """Return the properties people defined, as lines."""
    lines, name = [], ""
    for key, value in scan.apart:
        if key == "propname":
            name = value
        elif key == "staticval" and name:
            lines.append(f"[Custom property {name}: {value}]")
            name = ""
    return "\n".join(lines)


def _children(objects: list[bytes]) -> Iterator[Child | Fault]:
    for index, data in enumerate(objects, start=1):
        step = f"object:{index}"
        embedded = _object(data, f"object{index}.bin")
        if embedded is None:
            detail = f"embedded object {index} is broken or only a link"
            yield Fault(FaultReason.CORRUPT, detail, step=step)
        else:
            yield Child(step, embedded.name, Relation.EMBEDDED, partial(bytes, embedded.data))


def _object(data: bytes, name: str) -> ole_objects.EmbeddedFile | None:
    """Return the file of an OLE 1 object ([MS-OLEDS] 2.2.5); None when there is none."""
    if int.from_bytes(data[4:8], "little") != 2:
        return None
    at = 8
    for _ in range(3):
        at += 4 + int.from_bytes(data[at : at + 4], "little")
    length = int.from_bytes(data[at : at + 4], "little")
    body = data[at + 4 : at + 4 + length]
    if not body:
        return None
    if data[12:19].lower() == b"package":
        return ole_objects.native(data[at : at + 4 + length], name)
    return ole_objects.unwrap(body, name)
