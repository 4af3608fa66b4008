"""Redactions (RD), looked for in the delivered volume: what they took away must be nowhere in it.

Of our own volume the desk says what is redacted (`domain.redactions.RedactedDocument`): boxes are
held against the pixels that came, and every delivered byte is swept for the words beneath them. Of
that nothing goes into a finding, only the numbers of the documents and the kind of place. Of
another's volume only what it shows itself is known: natives beside redacted pages, words under
boxes, slip-sheets that came with what they stand for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.check import burnt_pages
from forthwith.check.burnt_pages import BurntJob, BurntSeen
from forthwith.check.context import CheckContext, Findings
from forthwith.check.families import Families
from forthwith.check.files import Files
from forthwith.check.natives_opened import Opened, sha256_of
from forthwith.check.page_images import Looked
from forthwith.check.sweep import files as sweeping
from forthwith.check.sweep.layers import Swept
from forthwith.check.sweep.sought import Found, How, Sought
from forthwith.check.workers import Pool
from forthwith.domain.redactions import BurntBox, RedactedDocument
from forthwith.loadfiles import slip_sheets
from forthwith.plain import charset
from forthwith.plain.counting import count

#: Letters beyond which the text of a withheld document is no slip-sheet's.
_SHEET = 3 * slip_sheets.LONGEST
#: Natives that are redacted as natives are, so that one beside redacted pages says nothing.
_REDACTED_AS_SUCH = frozenset(
    {"xls", "xlsx", "xlsm", "xlsb", "xlt", "xltx", "csv", "tsv", "ods", "numbers", "mdb", "accdb",
     "wav", "mp3", "m4a", "wma", "ogg", "flac", "aac", "amr", "mp4", "mov", "avi", "wmv", "mkv",
     "mpg", "mpeg", "webm", "3gp"}
)  # fmt: skip
#: Words by which a redacted page says so.
_SAYS = re.compile(
    r"\bredact|\bgeschw[äa]rzt|\bcaviard|\btachad|\bomissis\b|\boscurat|\bcensurad|墨消|黒塗|涂黑|塗黑",
    re.IGNORECASE,
)
_DIGESTS = ("md5", "sha1", "sha256")
_DEEPEST = 64


# Our own volume


@dataclass(frozen=True, slots=True)
class Delivered:
    """A volume as far as redactions ask for it."""

    seen: CheckContext
    families: Families
    files: Files

    def above(self, row: int) -> list[int]:
        """Return the rows a document lies in, the nearest first."""
        rows: list[int] = []
        while row in self.families.parent and len(rows) < _DEEPEST:
            row = self.families.parent[row]
            rows.append(row)
        return rows

    def near(self, row: int) -> set[int]:
        """Return a document's row with those it lies in and those directly within."""
        within = {below for below, parent in self.families.parent.items() if parent == row}
        return {row, *self.above(row), *within}


def ours(delivered: Delivered, redacted: Sequence[RedactedDocument], pool: Pool) -> Findings:
    """Report what of the redactions does not hold in a volume of our own."""
    seen = delivered.seen
    rows = [delivered.families.index.get(document.first.strip()) for document in redacted]
    for document, row in zip(redacted, rows):
        if row is None:
            message = f"{document.first} is redacted and has no row in the volume"
            yield seen.report("RD12", message, bates=document.first)
    yield from _burnt(delivered, redacted, rows, pool)
    for document, row in zip(redacted, rows):
        if row is not None:
            yield from _natives(delivered, document, row, pool)
    yield from _marks(delivered, {row for row in rows if row is not None})
    yield from _swept(delivered, redacted, rows, pool)


def _burnt(
    delivered: Delivered,
    redacted: Sequence[RedactedDocument],
    rows: Sequence[int | None],
    pool: Pool,
) -> Findings:
    """Look at every page of each redacted document: boxes, and what its image carries."""
    seen, volume = delivered.seen, delivered.seen.volume
    boxes: dict[str, list[BurntBox]] = defaultdict(list)
    for document in redacted:
        for box in document.boxes:
            boxes[box.page.strip()].append(box)
    known = {row for row in rows if row is not None}
    jobs: dict[str, tuple[str, BurntJob]] = {}
    document_row = -1
    for line, number in enumerate(volume.pages.numbers):
        if volume.pages.firsts[line] or number.strip() in delivered.families.index:
            document_row = delivered.families.index.get(number.strip(), -1)
        own = boxes.pop(number.strip(), [])
        if (own or document_row in known) and line in delivered.files.images:
            path = delivered.files.images[line]
            job = BurntJob(str(volume.folder.root / path), tuple(own))
            jobs[number.strip()] = path, job
    for number in sorted(boxes):
        yield seen.report("RD12", "a page with a redaction is not in the volume", bates=number)
    work = [(number, job) for number, (_, job) in jobs.items()]
    lost = BurntSeen((("RD12", "its image could not be looked at"),))
    looked = dict(pool.over(burnt_pages.look, work, lambda _: lost))
    for number, _ in work:
        for code, message in looked[number].faults:
            yield seen.report(code, message, bates=number, file=jobs[number][0])


def _natives(delivered: Delivered, document: RedactedDocument, row: int, pool: Pool) -> Findings:
    seen, volume, natives = delivered.seen, delivered.seen.volume, delivered.files.natives
    rebuilt = False
    if row in natives:
        path = str(volume.folder.root / natives[row])
        digest = dict(pool.over(sha256_of, [(row, path)], str))[row]
        rebuilt = bool(document.rebuilt) and digest == document.rebuilt
        if not rebuilt:
            message = "a native is delivered with it that was not built from what is left of it"
            yield seen.report("RD04", message, row=row, file=natives[row])
    for above in delivered.above(row):
        if above in natives and natives[above] != natives.get(row):
            message = (
                f"its native is delivered, and {document.first}, which is redacted, lies in it"
            )
            yield seen.report("RD04", message, row=above, file=natives[above])
    for place in (row, *delivered.above(row)):
        if place in natives:
            continue
        for role in _DIGESTS:
            if volume.cell(role, place):
                message = f"{volume.called(role)} is that of a file that is not delivered"
                yield seen.report("RD06", message, row=place)


def _marks(delivered: Delivered, known: set[int]) -> Findings:
    seen, volume = delivered.seen, delivered.seen.volume
    if not volume.has("redacted"):
        return
    name = volume.called("redacted")
    for row in range(len(volume)):
        marked = slip_sheets.redacted(volume.cell("redacted", row))
        if marked and row not in known:
            message = f"{name} is {volume.cell('redacted', row)!r}; nothing of it is redacted"
            yield seen.report("RD07", message, row=row)
        elif row in known and not marked:
            yield seen.report("RD08", f"it has redactions; {name} does not say so", row=row)


@dataclass(slots=True)
class _Places:
    """Which row a file of the volume belongs to, and as what."""

    natives: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    texts: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    images: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, delivered: Delivered) -> _Places:
        """Index the files of a volume."""
        places, volume = cls(), delivered.seen.volume
        for row, path in delivered.files.natives.items():
            places.natives[path].add(row)
        for row, path in delivered.files.texts.items():
            places.texts[path].add(row)
        row = -1
        for line, number in enumerate(volume.pages.numbers):
            if volume.pages.firsts[line] or number.strip() in delivered.families.index:
                row = delivered.families.index.get(number.strip(), -1)
            if line in delivered.files.images:
                places.images[delivered.files.images[line]].add(row)
        return places


def _swept(
    delivered: Delivered,
    redacted: Sequence[RedactedDocument],
    rows: Sequence[int | None],
    pool: Pool,
) -> Findings:
    """Sweep every delivered byte for what is redacted."""
    seen, volume = delivered.seen, delivered.seen.volume
    sought = Sought(redacted)
    if sought.unsought:
        seen.notes.append(
            f"{count(sought.unsought, 'redaction')} of a word so short or common that it cannot be "
            "told from others was not looked for"
        )
    places = _Places.of(delivered)
    named = places.texts.keys() | places.images.keys() | {*volume.data_files, *volume.pointer_files}
    read = places.natives.keys() | (volume.folder.sizes.keys() - named)
    swept = sweeping.swept(volume, sought, pool, read)
    seen.notes.extend(swept.notes())
    judge = _Judge(delivered, redacted, rows, places)
    told: set[Found] = set()
    header = dict(enumerate(volume.data.columns))
    names = [volume.known[place] or name for place, name in enumerate(volume.data.header)]
    cells = {f"{place}": header[place] for place in header}
    for row, place, found in sweeping.in_cells(cells, sought):
        told.add(found)
        yield from judge.cell(row, names[int(place)], found)
    for path, result in swept.files.items():
        left = told if path in volume.data_files else set()
        yield from judge.file(path, result, left)
    for path in volume.folder.sizes:
        for found in sorted(sought.in_text(path), key=lambda hit: (hit.document, hit.how)):
            yield from judge.name(path, found)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Says what a passage that was found means where it was found."""

    delivered: Delivered
    redacted: Sequence[RedactedDocument]
    rows: Sequence[int | None]
    places: _Places

    def _released(self, document: RedactedDocument, rows: set[int]) -> bool:
        bates = self.delivered.seen.volume.bates
        return any(bates[row].strip() in document.released_in for row in rows if row >= 0)

    def _own(self, place: int, rows: set[int]) -> bool:
        return self.rows[place] is not None and self.rows[place] in rows

    def cell(self, row: int, column: str, found: Found) -> Findings:
        """Judge a cell."""
        document, own = self.redacted[found.document], self.rows[found.document]
        if found.how is How.WORD:
            return
        near = own is not None and row in self.delivered.near(own)
        if not near and self._released(document, {row}):
            return
        whose = "it" if row == own else document.first
        message = f"{column} holds words redacted in {whose}"
        yield self.delivered.seen.report("RD05" if near else "RD10", message, row=row)

    def name(self, path: str, found: Found) -> Findings:
        """Judge a file's name, which the finding must not tell."""
        rows = self._rows_of(path)
        if found.how is How.WORD:
            return
        document = self.redacted[found.document]
        message = f"the name of one of its files holds words redacted in {document.first}"
        bates = self._number(rows) or document.first
        yield self.delivered.seen.report("RD09", message, bates=bates)

    def _rows_of(self, path: str) -> set[int]:
        places = (self.places.natives, self.places.texts, self.places.images)
        return {row for place in places for row in place.get(path, ())}

    def _number(self, rows: set[int]) -> str:
        known = sorted(row for row in rows if row >= 0)
        return self.delivered.seen.volume.bates[known[0]].strip() if known else ""

    def file(self, path: str, swept: Swept, told: set[Found]) -> Findings:
        """Judge a file."""
        seen, rows = self.delivered.seen, self._rows_of(path)
        number = self._number(rows)
        said: set[tuple[str, int]] = set()
        for hit in sorted(swept.hits, key=lambda hit: (hit.document, hit.how)):
            document = self.redacted[hit.document]
            own = self._own(hit.document, rows)
            if Found(hit.document, hit.how) in told:
                continue
            code = self._code(path, rows, hit.document, hit.how, own=own)
            if not code or (code, hit.document) in said:
                continue
            said.add((code, hit.document))
            whose = "it" if own else document.first
            message = f"words redacted in {whose} stand in {_called(path, self.places)}"
            message += f" ({hit.where})" if hit.where not in {"file", "text of a native"} else ""
            bates = number or document.first
            yield seen.report(code, message, bates=bates, file=path)
        if swept.closed and any(self._own(place, rows) for place in range(len(self.rows))):
            why = ", ".join(sorted(swept.closed))
            message = f"a file delivered for it was not opened to its last layer: {why}"
            yield seen.report("RD12", message, bates=number, file=path)

    def _code(self, path: str, rows: set[int], place: int, how: How, *, own: bool) -> str:
        """Return the code for a passage in a file; "" where it may stand there."""
        document = self.redacted[place]
        if path in self.places.images:
            return "RD09" if how is not How.WORD or own else ""
        if path in self.places.natives:
            if own:
                return "RD09"
            # A native above it is told of as such, whatever it holds.
            mine = self.rows[place]
            above = mine is not None and not rows.isdisjoint(self.delivered.above(mine))
            return "" if above or how is How.WORD or self._released(document, rows) else "RD10"
        if how is How.WORD:
            return ""
        if path in self.places.texts:
            released = self._released(document, rows)
            if own:
                return "" if released and how is not How.BETWEEN else "RD03"
            return "" if released else "RD10"
        return "RD09"


def _called(path: str, places: _Places) -> str:
    if path in places.texts:
        return "its text"
    if path in places.images:
        return "the image of a page"
    return "its native" if path in places.natives else "this file"


# Another's volume


def theirs(
    seen: CheckContext, looked: Looked, opened: Mapping[int, Opened], pool: Pool
) -> Findings:
    """Report what a volume shows by itself of redactions that do not hold."""
    boxed = _boxed(looked)
    says = _Texts(seen, looked.files)
    yield from _beside(seen, looked, boxed, says)
    yield from _unmarked(seen, looked, boxed, says)
    yield from _sheets(seen, looked.files, says)
    for row, native in opened.items():
        if native.exposed:
            what = count(native.exposed, "file")
            message = f"words were covered and still stand in {what} within its native"
            yield seen.report("RD13", message, row=row, file=looked.files.natives[row])
    yield from _other_pdfs(seen, looked, pool)


def _boxed(looked: Looked) -> dict[int, list[int]]:
    """Return the lines of pages with black boxes, by row."""
    boxed: dict[int, list[int]] = defaultdict(list)
    for line, path in looked.files.images.items():
        page = looked.of.get(line)
        if page is not None and looked.pages[path].boxes:
            boxed[page.row].append(line)
    return boxed


@dataclass(slots=True)
class _Texts:
    """The texts of a volume, each read once and only when it is asked for."""

    seen: CheckContext
    files: Files
    _read: dict[int, str] = field(default_factory=dict)

    def of(self, row: int) -> str:
        """Return the text of a row; "" without one."""
        if row not in self._read:
            path = self.files.texts.get(row)
            try:
                data = self.seen.volume.folder.read(path) if path is not None else b""
            except OSError:
                data = b""
            self._read = {row: charset.decode(data).text}
        return self._read[row]


def _beside(
    seen: CheckContext,
    looked: Looked,
    boxed: Mapping[int, Sequence[int]],
    texts: _Texts,
) -> Findings:
    """Report natives of redacted documents, and pages with a box where the native has words."""
    volume = seen.volume
    for row, path in looked.files.natives.items():
        if path.rpartition(".")[2].lower() in _REDACTED_AS_SUCH:
            continue
        marked = slip_sheets.redacted(volume.cell("redacted", row))
        shown = [
            volume.pages.ids[line].strip()
            for line in boxed.get(row, ())
            if looked.pages[looked.files.images[line]].uncovered
        ]
        if shown:
            message = f"its native shows what page {shown[0]} has blacked out"
        elif marked:
            message = f"it is marked redacted ({volume.called('redacted')}), and a native is there"
        elif row in boxed and _SAYS.search(texts.of(row)):
            message = "its pages have black boxes and its text says redacted; a native is there"
        else:
            continue
        yield seen.report("RD04", message, row=row, file=path)


def _unmarked(
    seen: CheckContext, looked: Looked, boxed: Mapping[int, Sequence[int]], texts: _Texts
) -> Findings:
    """Report rows marked redacted without a sign of it, in a volume whose others have one."""
    volume = seen.volume
    if not volume.has("redacted"):
        return
    rows = [
        row
        for row in range(len(volume))
        if slip_sheets.redacted(volume.cell("redacted", row)) and not volume.cell("withheld", row)
    ]
    paged = {page.row for page in looked.of.values()}
    bare = [row for row in rows if row not in boxed and row in paged]
    if len(bare) == len(rows):
        return
    for row in bare:
        if not _SAYS.search(texts.of(row)):
            message = f"{volume.called('redacted')} says that it is redacted; no page of it is"
            yield seen.report("RD07", message, row=row)


def _sheets(seen: CheckContext, files: Files, texts: _Texts) -> Findings:
    """Report withheld documents whose native or whole text is there."""
    volume = seen.volume
    if not volume.has("withheld"):
        return
    for row in range(len(volume)):
        if slip_sheets.of_cell(volume.cell("withheld", row)) is None:
            continue
        if row in files.natives:
            yield seen.report(
                "RD14", "it is withheld, and its native is there", row=row, file=files.natives[row]
            )
        elif len(" ".join(texts.of(row).split())) > _SHEET:
            yield seen.report(
                "RD14", "it is withheld, and its text is there", row=row, file=files.texts[row]
            )


def _other_pdfs(seen: CheckContext, looked: Looked, pool: Pool) -> Findings:
    """Report PDFs that are no native of a row and whose boxes hide nothing."""
    natives = set(looked.files.natives.values())
    root = seen.volume.folder.root
    jobs = [
        (path, str(root / path))
        for path in sorted(seen.volume.folder.sizes)
        if path.lower().endswith(".pdf") and path not in natives
    ]
    lines = {path: line for line, path in looked.files.images.items()}
    exposed = dict(pool.over(burnt_pages.exposed, jobs, lambda _: ""))
    for path, _ in jobs:
        if where := exposed[path]:
            number = seen.volume.pages.ids[lines[path]].strip() if path in lines else ""
            message = f"words were covered or marked for redaction and still stand on {where}"
            yield seen.report("RD13", message, bates=number, file=path)
