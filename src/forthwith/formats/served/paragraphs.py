"""Lines of a served paper, each with its place, out of DOCX, PDF or plain text.

Word numbers paragraphs itself: the number that Word would show is put before the paragraph's text.
What a page carries beside its text (running heads, page numbers, line numbers of pleading paper) is
taken off and returned, so that nothing goes in silence.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import docx
import pypdfium2
from docx.document import Document as WordDocument
from docx.oxml.ns import qn

from forthwith.domain.errors import ForthwithError
from forthwith.formats.served.word_numbering import WordNumbers
from forthwith.plain import charset

#: Lines at the head and foot of a page among which running heads are looked for.
_MARGIN = 3
_PAGE_NUMBER = re.compile(r"\W*(page\s+)?\d{1,4}(\s+of\s+\d{1,4})?\W*", re.IGNORECASE)
_ECF_STAMP = re.compile(r"Case\s+\S+.*\bDocument\s+\d+.*\bFiled\b.*", re.IGNORECASE)
#: Pleading paper has 25 or 28 numbered lines; fewer in sequence than this is a list.
_PLEADING_LINES = 20
_LEADING_NUMBER = re.compile(r"(\d{1,2})(?:\s+(?![.)])(.*)|)")


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
        shown = f"{label} {text}".strip() if label else text
        yield Line(f"paragraph {place}", shown, heading)
        yield Line(f"paragraph {place}", "")


def _text(element: Any) -> str:
    """Return a paragraph's text with tracked insertions and without tracked deletions."""
    found = []
    for node in element.iter(qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:noBreakHyphen")):
        if node.tag == qn("w:tab") and node.getparent().tag != qn("w:r"):
            continue
        marks = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:noBreakHyphen"): "-"}
        found.append(marks.get(node.tag, node.text or ""))
    return "".join(found).strip()


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
    kept: list[Line] = []
    removed: list[Line] = []
    running = _running(pages)
    for page in pages:
        for line in _without_line_numbers(page, removed):
            furniture = _is_furniture(line, page, running) if len(pages) > 1 else False
            (removed if furniture or _ECF_STAMP.fullmatch(line.text) else kept).append(line)
    return Lines(tuple(kept), tuple(removed))


def _split(text: str) -> list[str]:
    # U+FFFE and U+0002 are how PDFium shows a hyphen that only breaks a line.
    joined = re.sub("[\ufffe\x02]\r?\n?", "", text)
    return joined.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _margins(page: Sequence[Line]) -> list[Line]:
    said = [line for line in page if line.text]
    return said[:_MARGIN] + said[max(_MARGIN, len(said) - _MARGIN) :]


def _shape(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def _running(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    """Return the shapes of lines that stand in the margin of most pages."""
    seen = Counter(shape for page in pages for shape in {_shape(e.text) for e in _margins(page)})
    most = max(3, len(pages) * 2 / 3)
    return frozenset(shape for shape, count in seen.items() if count >= most)


def _is_furniture(line: Line, page: Sequence[Line], running: frozenset[str]) -> bool:
    if not line.text or line.where not in {each.where for each in _margins(page)}:
        return False
    # "Request No. 3:" alone at the head of most pages has the shape of a running head.
    if re.search(r"\b(request|interrogatory|topic)\b.*\d", line.text, re.IGNORECASE):
        return False
    return bool(_PAGE_NUMBER.fullmatch(line.text)) or _shape(line.text) in running


def _without_line_numbers(page: Sequence[Line], removed: list[Line]) -> list[Line]:
    """Take off line numbers, where most lines of a page are numbered in one sequence from 1."""
    numbered = [(line, found) for line in page if (found := _LEADING_NUMBER.fullmatch(line.text))]
    wanted, marks = 1, {}
    for line, found in numbered:
        if int(found[1]) == wanted:
            marks[line.where] = found[2] or ""
            wanted += 1
    if len(marks) < _PLEADING_LINES:
        return list(page)
    kept = []
    for line in page:
        if line.where not in marks:
            kept.append(line)
        elif marks[line.where]:
            kept.append(Line(line.where, marks[line.where].strip()))
    removed.append(Line(page[0].where, f"line numbers 1 to {wanted - 1}"))
    return kept
