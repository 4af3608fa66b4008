"""Text of a Word document: body, headers, notes, text boxes, with what is tracked and hidden.

The flow is the document as it stands: insertions in, deletions out. At the end of each paragraph
follow, in marks, what was deleted, inserted or moved there, by whom and when, hidden words, and the
comments made in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import ATTRIBUTES, attribute

_TOKEN = re.compile(
    r"<(/?)(w:(?:t|delText|p|r|tab|br|cr|noBreakHyphen|sym|ins|del|moveFrom|moveTo|vanish|tc|tr|commentReference|footnoteReference|endnoteReference|instrText|delInstrText|rStyle"
    r"|pStyle|pPr)"
    rf"|a:t|a:p|a:br|m:t|mc:Fallback)(?=[\s/>]){ATTRIBUTES}>([^<]*)"
)
_CHANGES = {
    "w:ins": "Inserted",
    "w:del": "Deleted",
    "w:moveFrom": "Moved from here",
    "w:moveTo": "Moved to here",
}
_GONE = frozenset({"w:del", "w:moveFrom"})
_LINK = re.compile(
    r"(?:HYPERLINK|INCLUDETEXT|INCLUDEPICTURE|LINK\s+\S+)\s+\"([^\"]{4,})\"", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, or a reply to one."""

    author: str
    when: str
    text: str
    #: Author of the comment replied to; "" for the first of a thread.
    replies_to: str = ""

    def __str__(self) -> str:
        what = f"Reply to {self.replies_to}" if self.replies_to else "Comment"
        return mark(what, self.text, self.author, self.when)


@dataclass(slots=True)
class _Change:
    """One open ins, del or move and what it holds in this paragraph."""

    tag: str
    author: str
    when: str
    words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Paragraph:
    words: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    style_hides: bool = False


@dataclass(slots=True)
class WordScan:
    """Scans the parts of one document; counts go up across its parts."""

    comments: Mapping[str, Comment] = field(default_factory=dict)
    #: Style ids whose text does not show.
    hiding_styles: frozenset[str] = frozenset()
    tracked: int = 0
    hidden: int = 0
    links: list[str] = field(default_factory=list)
    #: Ids of comments already placed.
    placed: set[str] = field(default_factory=set)

    def text(self, part: bytes) -> str:
        """Return one part's text, a line a paragraph, table cells apart by tabs."""
        return _PartScan(self).run(xmlscan.ready(part))

    def unplaced(self) -> Iterator[str]:
        """Yield the comments no part refers to."""
        for name, comment in self.comments.items():
            if name not in self.placed:
                yield str(comment)


class _PartScan:
    """One pass over one part; the stack of open paragraphs is a list, so depth costs nothing."""

    def __init__(self, document: WordScan) -> None:
        self._document = document
        self._out: list[str] = []
        self._stack: list[_Paragraph] = [_Paragraph()]
        self._changes: list[_Change] = []
        self._run_hides = False
        self._in_properties = False
        self._instruction: list[str] = []

    def run(self, xml: str) -> str:
        skip = 0
        for match in _TOKEN.finditer(xml):
            closing, name, tag, words = match.groups()
            if name == "mc:Fallback":
                # The same content once more, for older programs.
                skip = max(0, skip + (-1 if closing else 0 if tag.endswith("/") else 1))
            elif skip:
                continue
            elif name == "w:t":
                if not closing and words:
                    self._say(xmlscan.plain(words))
            elif closing:
                self._close(name)
            else:
                self._open(name, tag, words)
        while self._stack:
            self._end_paragraph()
        self._end_instruction()
        return "".join(self._out).strip("\n")

    def _say(self, words: str) -> None:
        """Put words where they belong: the flow, an open deletion, or the hidden."""
        paragraph = self._stack[-1]
        if self._changes:
            self._changes[-1].words.append(words)
            if any(change.tag in _GONE for change in self._changes):
                return
        if self._run_hides or paragraph.style_hides:
            paragraph.hidden.append(words)
        else:
            paragraph.words.append(words)

    def _open(self, name: str, tag: str, words: str) -> None:
        empty = tag.endswith("/")
        if name in {"w:delText", "a:t", "m:t"}:
            self._say(xmlscan.plain(words))
        elif name == "w:r":
            self._run_hides = False
        elif name in {"w:p", "a:p"}:
            self._stack.append(_Paragraph())
            if empty:
                self._end_paragraph()
        elif name in _CHANGES:
            if not empty:
                change = _Change(name, attribute(tag, "w:author"), attribute(tag, "w:date"))
                self._changes.append(change)
        elif name in {"w:tab", "w:br", "w:cr", "a:br", "w:noBreakHyphen", "w:sym"}:
            self._space(name, tag)
        elif name in {"w:instrText", "w:delInstrText"}:
            self._instruction.append(xmlscan.plain(words))
        else:
            self._format(name, tag)

    def _space(self, name: str, tag: str) -> None:
        if name == "w:tab":
            # A tab with attributes defines a stop; one without is a character.
            if "w:val" not in tag:
                self._say("\t")
        elif name == "w:sym":
            self._say(_symbol(attribute(tag, "w:char")))
        else:
            self._say("-" if name == "w:noBreakHyphen" else "\n")

    def _format(self, name: str, tag: str) -> None:
        if name == "w:pPr":
            self._in_properties = not tag.endswith("/")
        elif name == "w:vanish":
            self._run_hides = not self._in_properties and xmlscan.on(tag)
        else:
            self._refer(name, tag)

    def _refer(self, name: str, tag: str) -> None:
        paragraph = self._stack[-1]
        if name == "w:commentReference":
            key = attribute(tag, "w:id")
            if (comment := self._document.comments.get(key)) and key not in self._document.placed:
                self._document.placed.add(key)
                paragraph.marks.append(str(comment))
        elif name in {"w:footnoteReference", "w:endnoteReference"}:
            paragraph.words.append(f"[{attribute(tag, 'w:id')}]")
        elif name in {"w:rStyle", "w:pStyle"} and (
            attribute(tag, "w:val") in self._document.hiding_styles
        ):
            if name == "w:pStyle":
                paragraph.style_hides = True
            else:
                self._run_hides = True

    def _close(self, name: str) -> None:
        if name in {"w:p", "a:p"}:
            if len(self._stack) > 1:
                self._end_paragraph()
        elif name in _CHANGES:
            self._end_change(name)
        elif name == "w:pPr":
            self._in_properties = False
        elif name == "w:tc":
            if self._out and self._out[-1] == "\n":
                self._out.pop()
            self._out.append("\t")
        elif name == "w:tr":
            self._out.append("\n")
        elif name == "w:r" and self._run_hides:
            self._run_hides = False

    def _end_change(self, name: str) -> None:
        if self._changes and self._changes[-1].tag == name:
            change = self._changes.pop()
            self._document.tracked += 1
            if words := "".join(change.words).strip():
                text = mark(_CHANGES[change.tag], words, change.author, change.when)
                self._stack[-1].marks.append(text)
            if self._changes:
                self._changes[-1].words += change.words

    def _end_paragraph(self) -> None:
        paragraph = self._stack.pop()
        if paragraph.hidden:
            self._document.hidden += 1
            paragraph.marks.append(mark("Hidden", "".join(paragraph.hidden)))
        if paragraph.words:
            self._out.append("".join(paragraph.words))
        if paragraph.marks:
            self._out.append((" " if paragraph.words else "") + " ".join(paragraph.marks))
        self._out.append("\n")
        if self._instruction and not self._stack[1:]:
            self._end_instruction()

    def _end_instruction(self) -> None:
        self._document.links += _LINK.findall("".join(self._instruction))
        self._instruction.clear()


def _symbol(code: str) -> str:
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    # Symbol fonts lie at F000 upward; below that the code is the character itself.
    return "\u2022" if number >= 0xF000 else chr(number) if number < 0xD800 else ""


def comments(package_part: bytes, extended: bytes) -> dict[str, Comment]:
    """Return comments by id; replies know whom they answer (commentsExtended, [MS-DOCX] 2.5.4)."""
    parents = {
        attribute(tag, "w15:paraId"): attribute(tag, "w15:paraIdParent")
        for tag, _ in xmlscan.elements(xmlscan.ready(extended), "w15:commentEx")
    }
    entries = [
        (tag, inner, re.findall(r"w14:paraId=\"([0-9A-Fa-f]+)\"", inner))
        for tag, inner in xmlscan.elements(xmlscan.ready(package_part), "w:comment")
    ]
    authors = {key: attribute(tag, "w:author") for tag, _, keys in entries for key in keys}
    return {
        attribute(tag, "w:id"): Comment(
            attribute(tag, "w:author"),
            attribute(tag, "w:date"),
            _PartScan(WordScan()).run(inner),
            authors.get(parents.get(keys[-1], ""), "") if keys else "",
        )
        for tag, inner, keys in entries
    }


def notes(part: bytes, name: str) -> str:
    """Return the footnotes or endnotes of a part as XML, separators left out."""
    return "".join(
        f"<w:p><w:r><w:t>[{attribute(tag, 'w:id')}] </w:t></w:r></w:p>{inner}"
        for tag, inner in xmlscan.elements(xmlscan.ready(part), name)
        if attribute(tag, "w:type") in {"", "normal"}
    )


def hiding_styles(part: bytes) -> frozenset[str]:
    """Return the ids of styles that hide their text."""
    xml = xmlscan.ready(part)
    if "<w:vanish" not in xml:
        return frozenset()
    return frozenset(
        attribute(tag, "w:styleId")
        for tag, inner in xmlscan.elements(xml, "w:style")
        if (vanish := re.search(r"<w:vanish(?=[\s/>])([^<>]*)>", inner)) and xmlscan.on(vanish[1])
    )
