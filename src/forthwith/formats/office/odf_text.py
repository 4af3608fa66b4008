"""Text of OpenDocument content: words in order, with what is tracked, annotated and hidden.

One pass over the tags of `office:body` (ODF 1.3, part 3); no tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import ATTRIBUTES, attribute

_TAG = re.compile(rf"<(/?)([A-Za-z][\w.-]*(?::[\w.-]+)?){ATTRIBUTES}>([^<]*)")
_BINARY = re.compile(r"<office:binary-data[^<>]*>[^<]*")
#: Alternative text stands in marks of its own, wherever its picture is (`odf_beside`).
_ALTERNATIVE = re.compile(r"<svg:(title|desc)(?=[\s/>])[^<>]*(?:/>|>[^<]*</svg:\1>)")
_SHIFT = {"text:tab": "\t", "text:line-break": "\n"}
_MOST_SPACES = 1_000
_MOST_COLUMNS = 16_384


@dataclass(slots=True)
class _Style:
    hides_text: bool = False
    hides_table: bool = False
    hides_page: bool = False


@dataclass(slots=True)
class _Change:
    what: str
    author: str
    when: str
    #: What a deletion took out; for an insertion, gathered while scanning.
    words: str = ""


@dataclass(slots=True)
class OdfScan:
    """What one content part holds; `run` fills it."""

    out: list[str] = field(default_factory=list)
    tracked: int = 0
    comments: int = 0
    hidden_text: int = 0
    hidden_rows: int = 0
    hidden_columns: int = 0
    hidden_sheets: list[str] = field(default_factory=list)
    hidden_slides: list[str] = field(default_factory=list)
    notes: int = 0
    links: dict[str, None] = field(default_factory=dict)
    _styles: dict[str, _Style] = field(default_factory=dict)
    _changes: dict[str, _Change] = field(default_factory=dict)
    #: Insertions open at this point: id to words.
    _open: dict[str, list[str]] = field(default_factory=dict)
    _marks: list[str] = field(default_factory=list)
    _depth: int = 0
    _hidden: list[str] = field(default_factory=list)
    _hiding: int = 0
    #: For each open span: whether its style hides.
    _spans: list[bool] = field(default_factory=list)
    #: Changes whose place in the text was met.
    _placed: set[str] = field(default_factory=set)
    _remark: dict[str, str] | None = None
    _part: str = ""
    _row_hidden: bool = False
    _row_start: int = 0
    _notes_start: int = -1
    _slide: int = 0
    _date: str = ""
    #: The tag of the open cell, and where its words begin.
    _cell: str = ""
    _cell_start: int = 0

    def run(self, xml: str) -> None:
        """Scan one content.xml, styles.xml or flat file."""
        self._read_styles(xml)
        body = _BINARY.sub("", xml[max(0, xml.find("<office:body")) :])
        body = _ALTERNATIVE.sub("", body)
        start = body.find("<text:tracked-changes")
        end = body.find("</text:tracked-changes")
        if 0 <= start < end:
            self._read_changes(body[start:end])
            body = body[:start] + body[end:]
        for closing, name, tag, words in _TAG.findall(body):
            if closing:
                self._close(name)
            else:
                self._begin(name, tag)
                if tag.endswith("/"):
                    self._close(name)
            if words and (self._depth or self._part):
                self._say(xmlscan.plain(words))
        # What was deleted where no place of the text says so is words of the file all the same.
        self._marks += [
            mark(change.what, change.words, change.author, change.when)
            for key, change in self._changes.items()
            if change.words and key not in self._placed
        ]
        self._changes.clear()
        self._end_paragraph()

    def text(self) -> str:
        """Return all words, a line a paragraph."""
        return re.sub(r"\n{3,}", "\n\n", "".join(self.out)).strip("\n")

    def _read_styles(self, xml: str) -> None:
        for tag, inner in xmlscan.elements(xml, "style:style"):
            style = _Style(
                'text:display="none"' in inner,
                'table:display="false"' in inner,
                'presentation:visibility="hidden"' in inner,
            )
            self._styles[attribute(tag, "style:name")] = style

    def _style(self, tag: str, name: str) -> _Style:
        return self._styles.get(attribute(tag, name), _Style())

    def _read_changes(self, xml: str) -> None:
        for tag, inner in xmlscan.elements(xml, "text:changed-region"):
            key = attribute(tag, "text:id") or attribute(tag, "xml:id")
            author = "".join(xmlscan.texts(inner, "dc:creator")[:1])
            when = "".join(xmlscan.texts(inner, "dc:date")[:1])
            deletions = xmlscan.elements(inner, "text:deletion")
            what = (
                "Deleted"
                if deletions
                else "Inserted"
                if "<text:insertion" in inner
                else "Formatted"
            )
            words = ""
            if deletions:
                _, _, body = deletions[0][1].rpartition("</office:change-info>")
                words = xmlscan.strip(body.replace("</text:p>", " "))
            self._changes[key] = _Change(what, author, when, words)
            self.tracked += 1

    def _say(self, words: str) -> None:
        if self._remark is not None:
            self._remark[self._part] = self._remark.get(self._part, "") + words
            return
        for gathered in self._open.values():
            gathered.append(words)
        (self._hidden if self._hiding else self.out).append(words)

    def _begin(self, name: str, tag: str) -> None:
        if name in {"text:p", "text:h"}:
            self._depth += 1
            self._push(self._style(tag, "text:style-name").hides_text)
        elif name == "text:span":
            self._push(self._style(tag, "text:style-name").hides_text)
        elif name == "text:s":
            count = attribute(tag, "text:c")
            self._say(" " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES))
        elif name in _SHIFT:
            self._say(_SHIFT[name])
        elif name == "text:a":
            self._link(attribute(tag, "xlink:href"))
        elif name in {"text:hidden-text", "text:hidden-paragraph"}:
            self._push(hides=True)
            self._say(attribute(tag, "text:string-value"))
        elif name.startswith("text:change"):
            self._change(name, attribute(tag, "text:change-id"))
        else:
            self._begin_structure(name, tag)

    def _begin_structure(self, name: str, tag: str) -> None:
        if name == "office:annotation":
            self._remark, self._part = {}, "words"
        elif name in {"dc:creator", "dc:date"} and self._remark is not None:
            self._part = name
        elif name == "table:table":
            self._table(tag)
        elif name == "table:table-row":
            self._row_hidden = attribute(tag, "table:visibility") in {"collapse", "filter"}
            self._row_start = len(self.out)
        elif name == "table:table-cell":
            is_date = attribute(tag, "office:value-type") == "date"
            self._date = attribute(tag, "office:date-value") if is_date else ""
            self._cell = "" if is_date else tag
            self._cell_start = len(self.out)
        elif name == "table:table-column":
            self._column(tag)
        elif name == "draw:page":
            self._page(tag)
        elif name == "presentation:notes":
            self._notes_start = len(self.out)

    def _column(self, tag: str) -> None:
        if attribute(tag, "table:visibility") in {"collapse", "filter"}:
            count = attribute(tag, "table:number-columns-repeated")
            self.hidden_columns += min(int(count) if count.isdecimal() else 1, _MOST_COLUMNS)

    def _page(self, tag: str) -> None:
        self._slide += 1
        if self._style(tag, "draw:style-name").hides_page:
            self.hidden_slides.append(str(self._slide))
            self.out.append(f"[Hidden slide {self._slide}]\n")

    def _push(self, hides: bool) -> None:  # noqa: FBT001
        self._spans.append(hides)
        self._hiding += hides

    def _pop(self) -> None:
        if self._spans:
            self._hiding -= self._spans.pop()

    def _link(self, target: str) -> None:
        if target and not target.startswith("#"):
            self.links[target] = None

    def _table(self, tag: str) -> None:
        title = attribute(tag, "table:name")
        if self._style(tag, "table:style-name").hides_table:
            self.hidden_sheets.append(title)
            self.out.append(f"[Hidden sheet: {title}]\n")
        elif not self._depth:
            self.out.append(f"{title}\n")

    def _change(self, name: str, key: str) -> None:
        change = self._changes.get(key)
        if name == "text:change-start":
            self._open[key] = []
        elif change is not None and name in {"text:change", "text:change-end"}:
            self._placed.add(key)
            words = change.words or "".join(self._open.pop(key, []))
            self._marks.append(mark(change.what, words, change.author, change.when))

    def _close(self, name: str) -> None:
        if name in {"text:p", "text:h"}:
            self._pop()
            self._depth = max(0, self._depth - 1)
            if self._remark is not None:
                self._say("\n")
            else:
                self._end_paragraph()
        elif name in {"text:span", "text:hidden-text", "text:hidden-paragraph"}:
            self._pop()
        elif name == "office:annotation":
            self._end_remark()
        elif name in {"dc:creator", "dc:date"} and self._remark is not None:
            self._part = "words"
        else:
            self._close_structure(name)

    def _end_remark(self) -> None:
        remark, self._remark, self._part = self._remark or {}, None, ""
        self.comments += 1
        words, author = remark.get("words", ""), remark.get("dc:creator", "")
        self._marks.append(mark("Comment", words, author, remark.get("dc:date", "")))
        if not self._depth:
            self._end_paragraph()

    def _close_structure(self, name: str) -> None:
        if name == "table:table-cell":
            if self._date:
                # The cell shows a date in some style; the file holds the day itself.
                while self.out and len(self.out) > self._row_start and self.out[-1] != "\t":
                    self.out.pop()
                self.out.append(self._date)
                self._date = ""
            elif self._cell and (value := self._unshown()):
                del self.out[self._cell_start :]
                self.out.append(value)
            elif self.out and self.out[-1] == "\n":
                self.out.pop()
            self._cell = ""
            self.out.append("\t")
        elif name == "table:table-row":
            self._end_row()
        elif name == "presentation:notes" and self._notes_start >= 0:
            words = "".join(self.out[self._notes_start :]).strip()
            del self.out[self._notes_start :]
            self._notes_start = -1
            if words:
                self.notes += 1
                self.out.append(f"[Speaker notes on slide {self._slide}: {words}]\n")

    def _unshown(self) -> str:
        """Return what the cell that ends stores, when it shows no words."""
        shows = any(words.strip() for words in self.out[self._cell_start :])
        return "" if shows else _stored(self._cell)

    def _end_row(self) -> None:
        words = "".join(self.out[self._row_start :]).strip("\t")
        del self.out[self._row_start :]
        if self._row_hidden:
            self.hidden_rows += 1
            words = mark("Hidden row", words) if words.strip() else ""
        if words:
            self.out.append(words + "\n")
        self._row_hidden = False

    def _end_paragraph(self) -> None:
        if self._hidden:
            self.hidden_text += 1
            self._marks.append(mark("Hidden", "".join(self._hidden)))
            self._hidden.clear()
        if self._marks:
            self.out.append(" " + " ".join(self._marks))
            self._marks.clear()
        self.out.append("\n")


def _stored(tag: str) -> str:
    """Return what a cell stores, or its formula where it stores nothing."""
    for name in (
        "office:string-value",
        "office:value",
        "office:time-value",
        "office:boolean-value",
    ):
        if value := attribute(tag, name):
            return value
    formula = attribute(tag, "table:formula")
    return formula.removeprefix("of:").removeprefix("oooc:")
