"""Ways others write a volume down, understood and told once: numbers, families, files, pages.

Each function takes what the load files say and returns it as this program's checks want it, with
what was understood otherwise than the standard has it. Nothing is judged here; where nothing can be
understood the values are returned as they came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from forthwith.check.folder import Folder
from forthwith.domain import bates
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.loadfiles.columns import Columns
from forthwith.loadfiles.lfp import LfpFile
from forthwith.loadfiles.opt import OptFile, begins

#: Paths looked at to find out which column of natives or of texts leads to files.
_SAMPLE = 200
#: Signs that part several values of one cell, beside the standard's own.
_SIGNS = (";", ",", "|", "\n", "®", "\t", "/")
#: A page's number within its document, after the document's own: "ABC001_0003", "ABC001.3".
_WITHIN = re.compile(r"(?P<document>.+?)[_.\-\s]+(?P<page>\d{1,6})")
_TEXTS = (".txt", ".text")
#: A cell longer than this, or with more lines than one, holds a text and no path to one.
_LONGEST_PATH = 400


@dataclass(frozen=True, slots=True)
class Dialect:
    """One thing written otherwise than the standard has it, and understood."""

    code: str
    #: What was seen, and how it was taken; a sentence without its full stop.
    message: str
    file: str


@dataclass(frozen=True, slots=True)
class Pages:
    """The lines of the image pointer file, in step."""

    ids: Sequence[str]
    paths: Sequence[str]
    #: True where a document begins.
    firsts: Sequence[bool]
    #: The number each line stands for, as text; the same as `ids` where pages are numbered so.
    numbers: Sequence[str]
    #: Pages each line stands for: more than one where a file holds a whole document.
    spans: Sequence[int]
    #: True where a page has no number of its own, only one within its document.
    within: bool = False


def pages_of(pointer: OptFile | LfpFile | None) -> Pages:
    """Return the lines of a pointer file as they stand."""
    if pointer is None:
        return Pages((), (), (), (), ())
    if isinstance(pointer, LfpFile):
        ids = [page.key for page in pointer.pages]
        paths = [page.path for page in pointer.pages]
        firsts = [page.boundary != "" for page in pointer.pages]
    else:
        ids, paths = list(pointer.pages), list(pointer.paths)
        firsts = [begins(mark) for mark in pointer.breaks]
    return Pages(ids, paths, firsts, ids, [1] * len(ids))


def numbered(
    pages: Pages, counts: Sequence[str], firsts: Sequence[str], lasts: Sequence[str], file: str
) -> tuple[Pages, list[Dialect]]:
    """Return the pages with the numbers they stand for.

    `counts` are the pointer file's own page counts, `firsts` and `lasts` the numbers of the rows.
    """
    rows = {first.strip(): last.strip() for first, last in zip(firsts, lasts, strict=True)}
    if not pages.ids or not rows:
        return pages, []
    others = [number for number in pages.ids if number not in rows]
    within = sum(1 for number in others if _within(number, rows))
    if within and 2 * within > len(others):
        return _within_documents(pages, rows, file)
    return _whole_documents(pages, counts, rows, file)


def _within(number: str, rows: Mapping[str, str]) -> str:
    """Return the document a page's key names before its own number; "" where it names none."""
    match = _WITHIN.fullmatch(number)
    return match["document"] if match is not None and match["document"] in rows else ""


def _within_documents(
    pages: Pages, rows: Mapping[str, str], file: str
) -> tuple[Pages, list[Dialect]]:
    """Number pages that are counted within their document on from the document's own number."""
    numbers: list[str] = []
    document, place, within = "", 0, False
    for key in pages.ids:
        owner = _within(key, rows) or (key if key in rows else document)
        place = place + 1 if owner == document else 0
        document = owner
        number = _on_from(document, place, rows) if document else ""
        within = within or bool(place and not number)
        # A document that has one number for all its pages: they are pages of that number.
        numbers.append(number or (document or key))
    message = (
        f"pages are numbered within their document, as in {pages.ids[0]}; they were taken in order "
        f"from the document's own number"
    )
    return replace(pages, numbers=numbers, within=within), [Dialect("LF16", message, file)]


def _on_from(document: str, place: int, rows: Mapping[str, str]) -> str:
    """Return the number `place` pages after a document's first, where its range reaches so far."""
    if not place:
        return document
    try:
        first, last = Bates.parse(document), Bates.parse(rows[document] or document)
    except NotABatesNumberError:
        return ""
    reach = first.pages_to(last)
    return str(first.plus(place)) if reach is not None and place < reach else ""


def _whole_documents(
    pages: Pages, counts: Sequence[str], rows: Mapping[str, str], file: str
) -> tuple[Pages, list[Dialect]]:
    """Take one line a document, with the count of its pages, for all of them."""
    if len(counts) != len(pages.ids) or not all(pages.firsts) or set(counts) <= {"", "1"}:
        return pages, []
    spans = [int(count) if count.strip().isdecimal() else 1 for count in counts]
    wide = [(key, count) for key, count in zip(pages.ids, spans, strict=True) if count > 1]
    if not wide or not all(_reaches(key, count, rows) for key, count in wide):
        return pages, []
    message = (
        f"the pointer file has one line a document, {len(wide):,} of them for several pages in one "
        "file"
    )
    return replace(pages, spans=spans), [Dialect("LF16", message, file)]


def _reaches(document: str, count: int, rows: Mapping[str, str]) -> bool:
    last = rows.get(document)
    if last is None:
        return False
    try:
        reach = Bates.parse(document).pages_to(Bates.parse(last or document))
    except NotABatesNumberError:
        return False
    return reach == count or last == document


def last_numbers(
    firsts: Sequence[str], counts: Sequence[str], pages: Pages
) -> tuple[list[str], str]:
    """Return each document's last number where no column has it, and what told it.

    The pointer file tells it by where documents begin, or else the count of pages.
    """
    ends: dict[str, str] = {}
    document = ""
    for key, begun in zip(pages.ids, pages.firsts, strict=True):
        document = key if begun or not document else document
        ends[document] = key
    lasts, told = [], set()
    for text, count in zip(firsts, counts, strict=True):
        number = text.strip()
        if number in ends and _series(ends[number]) == _series(number):
            lasts.append(ends[number])
            told.add("the document breaks of the pointer file")
        elif (many := count.strip().replace(",", "")).isdecimal() and 1 < int(many) < 10**6:
            lasts.append(_plus(number, int(many) - 1))
            told.add("the count of pages")
        else:
            lasts.append(number)
    return lasts, " and ".join(sorted(told, reverse=True))


def _series(text: str) -> tuple[str, int] | None:
    number = _number(text)
    return None if number is None else (number.prefix, number.width)


def _plus(number: str, pages: int) -> str:
    try:
        return str(Bates.parse(number).plus(pages))
    except (NotABatesNumberError, ValueError):
        return number


def several(
    cells: Sequence[str], sign: str, known: Sequence[str]
) -> tuple[list[tuple[str, ...]], str]:
    """Part cells of several numbers; return them, and the sign that parts them if it is another.

    `sign` is the standard's. Another is taken only where it leaves numbers that stand in the volume
    or have their form.
    """
    numbers = {number.strip() for number in known}
    shapes: set[tuple[str, int] | None] = set()

    def sound(part: str) -> bool:
        if part in numbers:
            return True
        if not shapes:
            shapes.update(map(_series, numbers))
            shapes.discard(None)
        return _series(part) in shapes

    agreed = [_parted(cell, sign) for cell in cells]
    if all(sound(part) for parts in agreed for part in parts):
        return agreed, ""
    return _parted_otherwise(cells, numbers, sound) or (agreed, "")


def _parted(cell: str, sign: str) -> tuple[str, ...]:
    if not cell:
        return ()
    return tuple(part for piece in cell.split(sign) if (part := piece.strip()))


def _parted_otherwise(
    cells: Sequence[str], numbers: Collection[str], sound: Callable[[str], bool]
) -> tuple[list[tuple[str, ...]], str] | None:
    """Part cells by the first sign, or as ranges, that leaves sound numbers alone."""
    filled = [cell for cell in cells if cell.strip()]
    for sign in _SIGNS:
        if all(sound(part) for cell in filled for part in _parted(cell, sign)):
            return [_parted(cell, sign) for cell in cells], sign
    spans = {cell: _between(cell, numbers) for cell in filled}
    if all(spans.values()):
        return [spans.get(cell, ()) for cell in cells], "-"
    if all(sound(part) for cell in filled for part in _ANY_SIGN.split(cell) if part):
        return [tuple(filter(None, _ANY_SIGN.split(cell))) for cell in cells], "several signs"
    return None


_ANY_SIGN = re.compile(r"[;,|\s®/]+")


def _between(cell: str, numbers: Collection[str]) -> tuple[str, ...]:
    """Return the documents of the volume in ranges of numbers; none where the cell has none."""
    spans = bates.ranges(cell)
    read = [(number, text) for text in numbers if (number := _number(text)) is not None]
    return tuple(
        text
        for first, last in spans
        for number, text in sorted(read)
        if first.pages_to(number) is not None and number.pages_to(last) is not None
    )


def _number(text: str) -> Bates | None:
    try:
        return Bates.parse(text)
    except NotABatesNumberError:
        return None


def leading(
    role: str, read: Columns, folder: Folder, taken: frozenset[int]
) -> tuple[int | None, str]:
    """Return the place of the column whose paths lead to natives or texts, and why it is another.

    `role` is "native_path" or "text_path". Columns that may be it by name go first; where none of
    them leads to a file, any that does. None where nothing leads anywhere.
    """
    header, named = read.data.header, read.candidates.get(role, ())
    scores = {place: _led(read.data.columns[place], role, folder) for place in named}
    # What another role takes is asked last.
    for places in ([place for place in named if place not in taken], named):
        best = max(places, key=lambda place: (scores[place], -named.index(place)), default=None)
        if best is not None and scores[best] > 0:
            others = [
                header[place]
                for place in places
                if place != best and any(map(str.strip, read.data.columns[place]))
            ]
            return best, _instead(role, header[best], others)
    known = [place for place, name in enumerate(read.known) if not name and place not in taken]
    scores = {place: _led(read.data.columns[place], role, folder) for place in known}
    other = max(known, key=lambda place: (scores[place], -place), default=None)
    if other is None or scores[other] < _ENOUGH:
        return None, ""
    return (
        other,
        f"column {header[other]!r} was taken for the {_PURPOSE[role]}: its paths lead there",
    )


def _instead(role: str, name: str, others: Sequence[str]) -> str:
    """Return why one column was taken and not others; "" where there were none."""
    if not others:
        return ""
    return (
        f"{len(others) + 1} columns may be the {_PURPOSE[role]}: {name!r} was taken, for its paths "
        f"lead to files, not {' or '.join(map(repr, others))}"
    )


_PURPOSE = {"native_path": "path of the native", "text_path": "path of the text"}
#: Part of the paths looked at that must lead to files before a column of an unknown name is taken.
_ENOUGH = 0.8


def _led(cells: Sequence[str], role: str, folder: Folder) -> float:
    """Return which part of the first filled cells lead to files of that purpose."""
    sample = []
    for cell in cells:
        if cell.strip():
            sample.append(cell)
            if len(sample) == _SAMPLE:
                break
    led = 0
    for cell in sample:
        path = folder.resolve(cell) if len(cell) < _LONGEST_PATH else None
        text = path is not None and path.lower().endswith(_TEXTS)
        # A text file may be a native too; a text is nothing else.
        led += (
            path is not None
            and (text or role == "native_path")
            and (role == "text_path" or not (text and _under_texts(path)))
        )
    return led / len(sample) if sample else 0.0


def _under_texts(path: str) -> bool:
    tops = {part.rstrip("0123456789_").lower() for part in path.split("/")[:-1]}
    return bool(tops & {"text", "texts", "ocr", "fulltext"})


def inline(cells: Sequence[str], newline: str) -> bool:
    """Return True where a column meant for paths of texts holds the texts themselves."""
    filled = [cell for cell in cells if cell.strip()]
    texts = [cell for cell in filled if _is_text(cell, newline)]
    return bool(filled) and 2 * len(texts) > len(filled)


def _is_text(cell: str, newline: str) -> bool:
    if newline in cell or "\n" in cell or len(cell) > _LONGEST_PATH:
        return True
    name = cell.replace("\\", "/").rpartition("/")[2]
    return " " in cell.strip() and not re.search(r"\.\w{1,5}\s*$", name)
