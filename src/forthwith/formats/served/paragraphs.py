"""Lines of a served paper, each with its place, out of DOCX, PDF or plain text.

Word computes the numbers of paragraphs when it shows them, and they stand in no text: the number
that Word would show is put before the paragraph. ECMA-376 Part 1, 17.9: a paragraph (or its style)
names a numbering instance and a level; each instance counts by its abstract numbering; a level
begins again when one above it moves on.

What a page carries beside its text (running heads, page numbers, line numbers of pleading paper) is
taken off and returned, so that nothing goes in silence.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import docx
import pypdfium2
from docx.document import Document as WordDocument
from docx.oxml.ns import qn

from forthwith.domain.errors import ForthwithError
from forthwith.plain import charset

#: Lines at the head and foot of a page among which running heads are looked for.
_MARGIN = 3
_PAGE_NUMBER = re.compile(r"\W*(page\s+)?\d{1,4}(\s+of\s+\d{1,4})?\W*", re.IGNORECASE)
_ECF_STAMP = re.compile(r"Case\s+\S+.*\bDocument\s+\d+.*\bFiled\b.*", re.IGNORECASE)
#: Pleading paper has 25 or 28 numbered lines; fewer in sequence than this is a list.
_PLEADING_LINES = 20
_LEADING_NUMBER = re.compile(r"(\d{1,2})(?:\s+(?![.)])(.*)|)")
#: Roman numerals, largest first.
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
#: What a paper can be saved as to be read here.
FORMS = "DOCX, PDF with text or TXT"
#: What python-docx raises where package, streams or XML are damaged or encrypted; AttributeError,
#: where a part is not of the type its name promises.
_DAMAGED = (
    KeyError, ValueError, SyntaxError, EOFError, RuntimeError, AttributeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class UnreadablePaperError(ForthwithError):
    """A served paper that cannot be opened."""

    def __init__(self, name: str, why: str, forms: str = FORMS) -> None:
        super().__init__(f"{name} cannot be read: {why}. Save it as {forms} and import that.")


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or one paragraph of a Word document."""

    #: "page 2, line 14", "paragraph 31".
    where: str
    text: str
    #: A heading by its style in Word.
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """A paper's lines in order, and what was taken off its pages."""

    kept: tuple[Line, ...]
    removed: tuple[Line, ...] = ()


def read(name: str, data: bytes, *, forms: str = FORMS) -> Lines:
    """Read a paper by the ending of its name. Raises UnreadablePaperError."""
    match PurePath(name).suffix.lower():
        case ".docx":
            return word(name, data)
        case ".pdf":
            return pdf(name, data)
        case ".txt" | ".text" | ".md":
            return plain(data)
        case other:
            raise UnreadablePaperError(name, f"files ending in {other!r} are not read here", forms)


def word(name: str, data: bytes) -> Lines:
    """Read a DOCX. Raises UnreadablePaperError."""
    try:
        document = docx.Document(io.BytesIO(data))
        return Lines(tuple(_paragraphs(document)))
    except _DAMAGED as problem:
        raise UnreadablePaperError(name, f"it is not a sound Word document ({problem})") from None


def _paragraphs(document: WordDocument) -> Iterator[Line]:
    numbers = WordNumbers(document)
    # Paragraphs in tables too: some requests are served as a table of two columns.
    for place, element in enumerate(document.element.body.iter(qn("w:p")), start=1):
        text = _text(element)
        label = numbers.label(element)
        style = numbers.style(element)
        heading = style.startswith(("heading", "title")) and not label
        numbered_text = f"{label} {text}".strip() if label else text
        yield Line(f"paragraph {place}", numbered_text, heading)
        yield Line(f"paragraph {place}", "")


def _text(element: Any) -> str:
    """Return a paragraph's text with tracked insertions and without tracked deletions."""
    words = []
    for node in element.iter(qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:noBreakHyphen")):
        if node.tag == qn("w:tab") and node.getparent().tag != qn("w:r"):
            continue
        marks = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:noBreakHyphen"): "-"}
        words.append(marks.get(node.tag, node.text or ""))
    return "".join(words).strip()


def pdf(name: str, data: bytes) -> Lines:
    """Read a PDF's text. Raises UnreadablePaperError."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as problem:
        raise UnreadablePaperError(name, f"it is not a sound PDF ({problem})") from None
    try:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    except pypdfium2.PdfiumError as problem:
        raise UnreadablePaperError(name, f"a page of it is damaged ({problem})") from None
    finally:
        document.close()
    if not any(text.strip() for text in texts):
        raise UnreadablePaperError(name, "its pages hold no text, only pictures")
    return paged(texts)


def plain(data: bytes) -> Lines:
    """Read plain text; a form feed begins a page."""
    return paged(charset.decode(data).text.split("\f"))


def paged(texts: Sequence[str]) -> Lines:
    """Take lines from the texts of pages, and running heads and line numbers off them."""
    pages = [
        [Line(f"page {page}, line {at}", line.strip()) for at, line in enumerate(_split(text), 1)]
        for page, text in enumerate(texts, start=1)
    ]
    lines: list[Line] = []
    removed: list[Line] = []
    running = _running(pages)
    for page in pages:
        for line in _without_line_numbers(page, removed):
            furniture = _is_furniture(line, page, running) if len(pages) > 1 else False
            (removed if furniture or _ECF_STAMP.fullmatch(line.text) else lines).append(line)
    return Lines(tuple(lines), tuple(removed))


def _split(text: str) -> list[str]:
    # U+FFFE and U+0002 are how PDFium shows a hyphen that only breaks a line.
    joined = re.sub("[\ufffe\x02]\r?\n?", "", text)
    return joined.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _margins(page: Sequence[Line]) -> list[Line]:
    filled = [line for line in page if line.text]
    return filled[:_MARGIN] + filled[max(_MARGIN, len(filled) - _MARGIN) :]


def _shape(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def _running(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    """Return the shapes of lines that stand in the margin of most pages."""
    pages_by_shape = Counter(
        shape for page in pages for shape in {_shape(line.text) for line in _margins(page)}
    )
    most = max(3, len(pages) * 2 / 3)
    return frozenset(shape for shape, count in pages_by_shape.items() if count >= most)


def _is_furniture(line: Line, page: Sequence[Line], running: frozenset[str]) -> bool:
    if not line.text or line.where not in {margin_line.where for margin_line in _margins(page)}:
        return False
    # "Request No. 3:" alone at the head of most pages has the shape of a running head.
    if re.search(r"\b(request|interrogatory|topic)\b.*\d", line.text, re.IGNORECASE):
        return False
    return bool(_PAGE_NUMBER.fullmatch(line.text)) or _shape(line.text) in running


def _without_line_numbers(page: Sequence[Line], removed: list[Line]) -> list[Line]:
    """Take off line numbers, where most lines of a page are numbered in one sequence from 1."""
    # Place of each numbered line to its text without the number.
    texts: dict[str, str] = {}
    for line in page:
        match = _LEADING_NUMBER.fullmatch(line.text)
        if match is not None and int(match[1]) == len(texts) + 1:
            texts[line.where] = match[2] or ""
    if len(texts) < _PLEADING_LINES:
        return list(page)
    lines = []
    for line in page:
        if line.where not in texts:
            lines.append(line)
        elif texts[line.where]:
            lines.append(Line(line.where, texts[line.where].strip()))
    removed.append(Line(page[0].where, f"line numbers 1 to {len(texts)}"))
    return lines


class WordNumbers:
    """Numbers of one document; ask for its paragraphs in order."""

    def __init__(self, document: WordDocument) -> None:
        self._styles = {style.style_id: style.element for style in document.styles}
        self._levels: dict[str, dict[int, Any]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._started: set[tuple[str, int]] = set()
        self._overrides: dict[tuple[str, int], int] = {}
        part = next(
            (
                relation.target_part
                for relation in document.part.rels.values()
                if relation.reltype.endswith("/numbering")
            ),
            None,
        )
        if part is not None:
            self._read(part.element)

    def style(self, paragraph: Any) -> str:
        """Return the name of a paragraph's style, lower case."""
        reference = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        element = self._styles.get(_value(reference)) if reference is not None else None
        name = element.find(qn("w:name")) if element is not None else None
        return _value(name).lower() if name is not None else ""

    def label(self, paragraph: Any) -> str:
        """Return the number Word shows before a paragraph; "" for none or a bullet."""
        instance, level = self._numbering(paragraph)
        abstract = self._abstract.get(instance, "")
        levels = self._levels.get(abstract, {})
        if level not in levels:
            return ""
        counts = self._counts[abstract]
        self._count(instance, abstract, level)
        for deeper in [counted for counted in counts if counted > level]:
            del counts[deeper]
        return self._label(levels, counts, level)

    def _count(self, instance: str, abstract: str, level: int) -> None:
        counts = self._counts[abstract]
        start = self._overrides.get((instance, level))
        if start is not None and (instance, level) not in self._started:
            counts[level] = start
        elif level in counts:
            counts[level] += 1
        else:
            counts[level] = _number(self._levels[abstract][level], "w:start", 1)
        self._started.add((instance, level))

    def _label(self, levels: dict[int, Any], counts: dict[int, int], level: int) -> str:
        def number(placeholder: re.Match[str]) -> str:
            at = int(placeholder[1]) - 1
            if at not in levels:
                return ""
            count = counts.setdefault(at, _number(levels[at], "w:start", 1))
            return _written(count, _value(levels[at].find(qn("w:numFmt"))) or "decimal")

        if _value(levels[level].find(qn("w:numFmt"))) in ("bullet", "none"):
            return ""
        return re.sub(r"%([1-9])", number, _value(levels[level].find(qn("w:lvlText")))).strip()

    def _numbering(self, paragraph: Any) -> tuple[str, int]:
        """Return (instance, level) of a paragraph, its own before its styles'."""
        properties = paragraph.find(qn("w:pPr"))
        styles: set[str] = set()
        while properties is not None:
            own_numbering = properties.find(qn("w:numPr"))
            if own_numbering is not None and own_numbering.find(qn("w:numId")) is not None:
                return _value(own_numbering.find(qn("w:numId"))), _number(
                    own_numbering, "w:ilvl", 0
                )
            style = _value(properties.find(qn("w:pStyle")))
            element = self._styles.get(style) if style not in styles else None
            styles.add(style)
            if element is None:
                break
            properties = element.find(qn("w:pPr"))
            if properties is None or properties.find(qn("w:numPr")) is None:
                parent = _value(element.find(qn("w:basedOn")))
                element = self._styles.get(parent) if parent else None
                properties = element.find(qn("w:pPr")) if element is not None else None
        return "", 0

    def _read(self, numbering: Any) -> None:
        for definition in numbering.findall(qn("w:abstractNum")):
            self._levels[definition.get(qn("w:abstractNumId"))] = {
                int(level.get(qn("w:ilvl"))): level for level in definition.findall(qn("w:lvl"))
            }
        for definition in numbering.findall(qn("w:num")):
            instance = definition.get(qn("w:numId"))
            self._abstract[instance] = _value(definition.find(qn("w:abstractNumId")))
            for change in definition.findall(qn("w:lvlOverride")):
                if change.find(qn("w:startOverride")) is not None:
                    level = int(change.get(qn("w:ilvl")))
                    self._overrides[instance, level] = _number(change, "w:startOverride", 1)


def _value(element: Any) -> str:
    return (element.get(qn("w:val")) or "") if element is not None else ""


def _number(element: Any, name: str, default: int) -> int:
    text = _value(element.find(qn(name)))
    return int(text) if text.isdecimal() else default


def _written(count: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter"):
        # Word goes on after z with aa, bb, cc.
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman"):
        letters = ""
        for value, sign in _ROMAN:
            letters, count = letters + sign * (count // value), count % value
        return letters if form == "lowerRoman" else letters.upper()
    return f"{count:02d}" if form == "decimalZero" else str(count)
