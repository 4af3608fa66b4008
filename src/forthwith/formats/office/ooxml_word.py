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
from forthwith.formats.bytes.field_codes import field_says
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import ATTRIBUTES, attribute
from forthwith.formats.office import drawing

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(
    r"<(/?)(w:(?:t|delText|p|r|tab|br|cr|noBreakHyphen|sym|ins|del|moveFrom|moveTo|vanish|tc|tr|commentReference|footnoteReference|endnoteReference|instrText|delInstrText|rStyle"
    r"|pStyle|pPr|fldChar|fldSimple|ffData|result|default|listEntry|checkBox|checked|helpText"
    r"|statusText|name|sdtPr|alias|listItem|attr|altChunk|ptab|hyperlink|tblCaption|tblDescription)"
    r"|a:(?:t|p|br|hlinkClick)|m:t|mc:(?:Fallback|Choice|AlternateContent)|v:\w+|wp:docPr"
    rf"|\w+:cNvPr)(?=[\s/>]){ATTRIBUTES}>([^<]*)"
)
_CHANGES = {
    "w:ins": "Inserted",
    "w:del": "Deleted",
    "w:moveFrom": "Moved from here",
    "w:moveTo": "Moved to here",
}
#: Tags that say something with one attribute: what it is.
_SAYING = {
    "w:tblCaption": ("Alternative text", "w:val"),
    "w:tblDescription": ("Alternative text", "w:val"),
    "w:hyperlink": ("Tooltip", "w:tooltip"),
}
_GONE = frozenset({"w:del", "w:moveFrom"})


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

    def text(self, part: bytes, chunks: Mapping[str, str] | None = None) -> str:
        """Return one part's text, a line a paragraph, table cells apart by tabs.

        `chunks` are the words of parts in other formats (altChunk), by relationship.
        """
        return _PartScan(self, chunks or {}).run(xmlscan.ready(part))

    def unplaced(self) -> Iterator[str]:
        """Yield the comments no part refers to."""
        for name, comment in self.comments.items():
            if name not in self.placed:
                yield str(comment)


@dataclass(slots=True)
class _Form:
    """A form field or content control while its properties are read."""

    name: str = ""
    items: list[str] = field(default_factory=list)
    default: str = ""
    result: str = ""
    #: "" where it is no check box.
    box: str = ""
    help: list[str] = field(default_factory=list)


class _PartScan:
    """One pass over one part; the stack of open paragraphs is a list, so depth costs nothing."""

    def __init__(self, document: WordScan, chunks: Mapping[str, str]) -> None:
        self._document = document
        self._chunks = chunks
        self._out: list[str] = []
        self._stack: list[_Paragraph] = [_Paragraph()]
        self._changes: list[_Change] = []
        self._run_hides = False
        self._in_properties = False
        #: Instructions of the open fields, innermost last.
        self._instructions: list[list[str]] = []
        self._form: _Form | None = None
        #: What was said in each open alternative.
        self._alternatives: list[list[str]] = []
        #: What the fallback that is passed over says.
        self._older: list[str] = []

    def run(self, xml: str) -> str:
        skip = 0
        for match in _TOKEN.finditer(xml):
            closing, name, tag, words = match.groups()
            if name == "w:t":
                if not closing and words:
                    (self._older.append if skip else self._say)(xmlscan.plain(words))
            elif name == "mc:Fallback":
                if skip or self._repeats():
                    # The same content once more, for older programs.
                    skip = max(0, skip + (-1 if closing else 0 if tag.endswith("/") else 1))
                    self._say_older(skip)
            elif skip:
                continue
            elif closing:
                self._close(name)
            else:
                self._open(name, tag, words)
        while self._stack:
            self._end_paragraph()
        while self._instructions:
            self._end_field()
        return "".join(self._out).strip("\n")

    def _repeats(self) -> bool:
        """Tell whether the alternative before a fallback held words."""
        return not self._alternatives or bool(self._alternatives[-1])

    def _say_older(self, skip: int) -> None:
        """At its end, mark what a fallback says that the alternative before it did not."""
        if skip or not self._older:
            return
        words = "".join(self._older)
        self._older.clear()
        newer = "".join(self._alternatives[-1]) if self._alternatives else ""
        if not set(_WORD.findall(newer)).issuperset(_WORD.findall(words)):
            self._stack[-1].marks.append(mark("For older programs", words))

    def _say(self, words: str) -> None:
        """Put words where they belong: the flow, an open deletion, or the hidden."""
        paragraph = self._stack[-1]
        if self._alternatives:
            self._alternatives[-1].append(words)
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
        else:
            self._open_rest(name, tag, words)

    def _open_rest(self, name: str, tag: str, words: str) -> None:
        if name in {"w:tab", "w:br", "w:cr", "a:br", "w:noBreakHyphen", "w:sym", "w:ptab"}:
            self._space(name, tag)
        elif name in {"w:instrText", "w:delInstrText"}:
            if not self._instructions:
                self._instructions.append([])
            self._instructions[-1].append(xmlscan.plain(words))
        elif name in {"w:fldChar", "w:fldSimple"}:
            self._field(name, tag)
        elif self._form is not None or name in {"w:ffData", "w:sdtPr"}:
            self._open_form(name, tag)
        elif name == "mc:AlternateContent":
            if not tag.endswith("/"):
                self._alternatives.append([])
        else:
            self._format(name, tag)

    def _field(self, name: str, tag: str) -> None:
        kind = attribute(tag, "w:fldCharType")
        if name == "w:fldSimple":
            self._instructions.append([attribute(tag, "w:instr")])
            self._end_field()
        elif kind == "begin":
            self._instructions.append([])
        elif kind == "separate" and self._instructions:
            self._end_field(again=True)
        elif kind == "end" and self._instructions:
            self._end_field()

    def _end_field(self, *, again: bool = False) -> None:
        """Take the instruction of the innermost field; `again` leaves the field open."""
        words = "".join(self._instructions.pop()).strip()
        if again:
            self._instructions.append([])
        if not words:
            return
        links, said = field_says(words)
        self._document.links += links
        if said:
            self._mark(said)

    def _mark(self, text: str) -> None:
        """Put a mark at the end of the paragraph, once; the last one where none is open."""
        if not self._stack:
            self._out.append(f"{text}\n")
        elif text not in self._stack[-1].marks:
            self._stack[-1].marks.append(text)

    def _open_form(self, name: str, tag: str) -> None:
        """Take one tag of the properties of a form field or content control (17.16, 17.5.2)."""
        if self._form is None:
            self._form = None if tag.endswith("/") else _Form()
            return
        value = attribute(tag, "w:val")
        if name in {"w:name", "w:alias"}:
            self._form.name = value
        elif name in {"w:listEntry", "w:listItem"}:
            shown = attribute(tag, "w:displayText") or attribute(tag, "w:value")
            self._form.items.append(shown or value)
        elif name in {"w:helpText", "w:statusText"}:
            self._form.help.append(value)
        elif name in {"w:checkBox", "w:checked"}:
            self._form.box = "on" if name == "w:checked" and xmlscan.on(tag) else "off"
        elif name == "w:default":
            self._form.default = value
            if self._form.box:
                self._form.box = "on" if xmlscan.on(tag) else "off"
        elif name == "w:result":
            self._form.result = value

    def _close_form(self, name: str) -> None:
        """Say what a form field shows, and mark what it offers."""
        form, self._form = self._form, None
        if form is None:
            return
        if name == "w:ffData" and form.items:
            chosen = form.result or form.default or "0"
            if chosen.isdecimal() and int(chosen) < len(form.items):
                self._say(form.items[int(chosen)])
        elif name == "w:ffData" and form.box:
            self._say("\u2612" if form.box == "on" else "\u2610")
        elif form.default and name == "w:ffData":
            self._mark(mark("Default of a form field", form.default))
        if len(items := [item for item in form.items if item.strip()]) > 1:
            named = form.name if name == "w:sdtPr" else ""
            self._mark(mark(f"Choices of {named}".removesuffix(" of "), "; ".join(items)))
        elif name == "w:sdtPr" and form.name:
            self._mark(mark("Content control", form.name))
        for words in dict.fromkeys(filter(None, form.help)):
            self._mark(mark("Help of a form field", words))

    def _space(self, name: str, tag: str) -> None:
        if name == "w:ptab":
            self._say("\t")
        elif name == "w:tab":
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
        elif name in {"w:rStyle", "w:pStyle"}:
            if attribute(tag, "w:val") not in self._document.hiding_styles:
                return
            if name == "w:pStyle":
                paragraph.style_hides = True
            else:
                self._run_hides = True
        else:
            self._describe(name, tag)

    def _describe(self, name: str, tag: str) -> None:
        """Take what is said of shapes, tables, links, smart tags; and WordArt, which is words."""
        if name == "v:textpath":
            self._say(attribute(tag, "string"))
        elif name == "w:altChunk":
            if words := self._chunks.get(attribute(tag, "r:id"), ""):
                self._out.append(f"{words}\n")
        elif name == "w:attr":
            self._mark(mark(f"Smart tag {attribute(tag, 'w:name')}", attribute(tag, "w:val")))
        elif name in _SAYING:
            what, key = _SAYING[name]
            if words := attribute(tag, key).strip():
                self._mark(mark(what, words))
        elif name[:2] != "w:" and " " in tag:
            for text in drawing.described(name, tag):
                self._mark(text)

    def _close(self, name: str) -> None:
        if name in {"w:p", "a:p"}:
            if len(self._stack) > 1:
                self._end_paragraph()
        elif name in _CHANGES:
            self._end_change(name)
        elif name == "w:pPr":
            self._in_properties = False
        else:
            self._close_rest(name)

    def _close_rest(self, name: str) -> None:
        if name == "w:tc":
            if self._out and self._out[-1] == "\n":
                self._out.pop()
            self._out.append("\t")
        elif name == "w:tr":
            self._out.append("\n")
        elif name in {"w:ffData", "w:sdtPr"}:
            self._close_form(name)
        elif name == "w:r":
            self._run_hides = False
        elif name == "mc:AlternateContent" and self._alternatives:
            said = self._alternatives.pop()
            if self._alternatives:
                self._alternatives[-1] += said

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
            _PartScan(WordScan(), {}).run(inner),
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
