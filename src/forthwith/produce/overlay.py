"""An overlay: what differs from a delivered volume, and nothing else, under the same numbers.

The documents are made anew as they would go out today and compared with what was delivered. The
overlay holds a row for each document that differs, with the first number as key and the columns
in which any of them differs; the texts and natives of those rows where one of them is new; the
page images that are new. So a receiver loads it over the volume, and every cell in it is to be
taken as it stands, blank ones too. No document gets another number, and none may become longer or
shorter: that would move the others.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from forthwith.domain.bates import Bates
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, Limits
from forthwith.loadfiles import dat, opt
from forthwith.papers import docx as paper_docx
from forthwith.papers import text as paper_text
from forthwith.papers import transmittal
from forthwith.papers.blocks import Block, Lines, Paper, Paragraph, Table
from forthwith.plain.counting import count as counted
from forthwith.produce import imaging, letterhead, redacting, replaced
from forthwith.produce import manifest as exceptions
from forthwith.produce.clock import Clock
from forthwith.produce.data_file import Entry, File, Rows, backslashed, meant
from forthwith.produce.errors import RedactionUnprovedError
from forthwith.produce.files import Delivered, Paint, Write, drop_empty, put
from forthwith.produce.imager import Imager
from forthwith.produce.in_order import Access, Run, in_order, in_process
from forthwith.produce.manifest import ManifestWriter, Unsound
from forthwith.produce.order import ProductionOrder
from forthwith.produce.plan import Count, DataFiles, Planned, Words, plan
from forthwith.produce.replaced import (
    Change,
    Earlier,
    Sent,
    differs_in_bytes,
    drawn_from,
    rows_of,
)
from forthwith.produce.selection import Selection, select
from forthwith.produce.uncovered import Uncovered
from forthwith.standards.loader import Standard


class Part(StrEnum):
    """What an overlay may deliver anew."""

    FIELDS = "fields"
    TEXT = "text"
    NATIVES = "natives"
    IMAGES = "images"


#: Of the columns that say where a file lies, and of those computed from the native.
_TEXT_PATH, _NATIVE_PATH = "rule:text_path", "rule:native_path"
_OF_NATIVE = frozenset(
    {"rule:media_type", "rule:extension", "rule:size_kb", "rule:md5", "rule:sha1", "rule:sha256"}
)


class NothingDiffersError(ForthwithError):
    """An overlay would be empty."""

    def __init__(self, volume: str, documents: int) -> None:
        super().__init__(
            f"There is nothing to overlay: {counted(documents, 'document')} of {volume} would go "
            "out today as delivered. If something should differ, process the matter again first."
        )


class NotInVolumeError(ForthwithError):
    """A family has a member that the volume does not have."""

    def __init__(self, volume: str, number: str) -> None:
        super().__init__(
            f"{number} is in no row of {volume}, and an overlay gives no number. Produce it in a "
            "new volume; leave its family out of the overlay with --where."
        )


class OverlaidPrivilegeError(ForthwithError):
    """An overlay would withhold what was produced, or show what was withheld."""

    def __init__(self, volume: str, number: str, *, withheld: bool) -> None:
        what = "is claimed as privileged now" if withheld else "was withheld and no longer is"
        super().__init__(
            f"{number} {what}, and an overlay leaves the delivered files in place. Replace the "
            f"volume: forthwith produce {volume}_R1 --replace {volume}."
        )


class PagesDifferError(ForthwithError):
    """A document would have other pages than it was delivered with."""

    def __init__(self, volume: str, numbers: Sequence[str], before: int, now: int) -> None:
        more = f" (and {len(numbers) - 1:,} more)" if len(numbers) > 1 else ""
        super().__init__(
            f"{numbers[0]}{more} has {now:,} pages today and {before:,} in {volume}: new images "
            "would move the numbers of what follows. Leave images out (--only fields --only text "
            "--only natives), or produce the document in a new volume."
        )


@dataclass(frozen=True, slots=True)
class StagedOverlay:
    """An overlay written and not yet sealed."""

    root: Path
    #: SHA-256 of the manifest.
    manifest: str
    changes: tuple[Change, ...]
    #: Columns of its data load file.
    columns: tuple[str, ...]
    #: Files by part: {"text": 3}.
    files: Mapping[str, int]


def stage(
    folder: Path,
    order: ProductionOrder,
    documents: Sequence[Document],
    access: Access,
    standard: Standard,
    earlier: Earlier,
    parts: Collection[Part] = tuple(Part),
    run: Run = in_process,
    imager: Imager | None = None,
    limits: Limits | None = None,
) -> StagedOverlay:
    """Write as `folder`/`order.volume` what differs of `documents` from `earlier`.

    `documents` are whole families of that volume. Raises NothingDiffersError, NotInVolumeError,
    OverlaidPrivilegeError, PagesDifferError.
    """
    selection = select(order, documents)
    _check(selection, earlier)
    clock = Clock(order.zone, order.zone_when_unsaid, standard.formats)
    imager = imager or imaging.imager(standard.images, clock)
    words = Words(standard.images.placeholder, f"{earlier.volume}_EXCEPTIONS.CSV")
    per_folder = standard.names.files_per_folder
    spans = {number: (sent.first, sent.last) for number, sent in earlier.documents.items()}
    kept = replace(order, volume=earlier.volume, numbers=spans)
    limits = limits or Limits()
    found = redacting.of_volume(order, selection, documents, access, imager, standard, limits, run)
    count = Count(access, imager, selection.native_barred, found.counting())
    planned = plan(selection, kept, 1, words, per_folder, count, run, found)
    if Part.IMAGES in parts:
        _check_pages(planned, earlier)
    partial = folder / f".{order.volume}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    overlay = _Overlay(partial, order, standard, earlier, frozenset(parts), planned, run)
    overlay.uncovered = found.uncovered
    sha1 = standard.has("sha1") or standard.natives.digest == "sha1"
    staged = overlay.write(
        Rows(standard, kept),
        Write(access, partial, per_folder, standard.text, sha1, clock, limits),
        Paint(
            access,
            imager,
            partial,
            per_folder,
            order.confidentiality,
            words,
            earlier.folder,
            limits.draw_seconds,
            limits,
        ),
    )
    if overlay.unproved:
        shutil.rmtree(partial)
        raise RedactionUnprovedError(order.volume, overlay.unproved)
    root = folder / order.volume
    partial.rename(root)
    return replace(staged, root=root)


def _check(selection: Selection, earlier: Earlier) -> None:
    for document in selection.documents:
        sent = earlier.documents.get(document.control_number)
        if sent is None:
            raise NotInVolumeError(earlier.volume, document.control_number)
        withheld = document.control_number in selection.withheld
        barred = document.control_number in selection.native_barred and sent.native is not None
        if withheld != sent.withheld or barred:
            raise OverlaidPrivilegeError(
                earlier.volume, str(sent.first), withheld=withheld or barred
            )


def _check_pages(planned: Iterable[Planned], earlier: Earlier) -> None:
    moved = [
        document
        for document in planned
        if not document.withheld and document.counted.pages != document.numbers.pages
    ]
    if moved:
        first = moved[0]
        raise PagesDifferError(
            earlier.volume,
            [document.first for document in moved],
            first.numbers.pages,
            first.counted.pages,
        )


@dataclass(slots=True)
class _Overlay:
    """One overlay being written."""

    root: Path
    order: ProductionOrder
    standard: Standard
    earlier: Earlier
    parts: frozenset[Part]
    planned: list[Planned]
    run: Run
    unsound: list[Unsound] = field(default_factory=list)
    #: Control number -> what differs, and the columns in which a row does.
    parts_of: dict[ControlNumber, set[Part]] = field(default_factory=dict)
    fields_of: dict[ControlNumber, list[str]] = field(default_factory=dict)
    files: dict[ControlNumber, Delivered] = field(default_factory=dict)
    #: Control number -> what may not be told of its family; pages that do not read back as drawn.
    uncovered: Mapping[str, Uncovered] = field(default_factory=dict)
    unproved: list[str] = field(default_factory=list)

    def write(self, rows: Rows, writing: Write, painting: Paint) -> StagedOverlay:
        """Write everything, drop what is as delivered, and write the papers."""
        name = DataFiles(self.order.volume)
        (self.root / "DATA").mkdir()
        cells = self._written(rows, writing)
        self._compare_rows(cells)
        images = self._painted(painting) if Part.IMAGES in self.parts else {}
        changes = self._changes()
        if not changes:
            shutil.rmtree(self.root)
            raise NothingDiffersError(self.earlier.volume, len(self.planned))
        changed = [e for e in self.planned if self.parts_of[e.document.control_number]]
        columns = self._columns(changed)
        files = self._kept(changed, columns)
        places = [rows.header.index(column) for column in columns]
        given = [[cells[e.document.control_number][place] for place in places] for e in changed]
        data = b"".join(dat.write(columns, given, self.standard.load_file))
        files.append(put(self.root, name(".DAT"), data))
        if images:
            files.append(self._pointer(images, name(".OPT")))
            files += [file for pages in images.values() for file in pages]
        drop_empty(self.root)
        files.append(put(self.root, name("_EXCEPTIONS.CSV"), exceptions.render(self.unsound)))
        files.append(
            put(self.root, name("_CHANGES.CSV"), replaced.changes_csv(self.standard, changes))
        )
        by_part: dict[str, int] = {
            part: sum(file.path.startswith(f"{part.upper()}/") for file in files)
            for part in (Part.TEXT, Part.NATIVES, Part.IMAGES)
        }
        facts = _Facts(self.order, self.standard, self.earlier.volume, changes, columns, by_part)
        blocks = tuple(compose(facts))
        paper = Paper("Transmittal", blocks, self.order.day)
        files.append(put(self.root, name("_TRANSMITTAL.TXT"), paper_text.as_text(blocks)))
        files.append(put(self.root, name("_TRANSMITTAL.DOCX"), paper_docx.as_docx(paper)))
        manifest = self._manifest(files, changes, by_part, name("_MANIFEST.JSON"))
        return StagedOverlay(self.root, manifest, changes, columns, by_part)

    def _written(self, rows: Rows, writing: Write) -> dict[ControlNumber, tuple[str, ...]]:
        """Write natives and texts, compare them, and return every row as it would go out."""
        cells = {}
        results = in_order(self.run, writing, self.planned, lambda planned: planned.first)
        tools = exceptions.tools()
        for position, (planned, result) in enumerate(results):
            if isinstance(result, Fault):
                result = Delivered(writing.bare(planned).text, no_text=True, faults=(result,))
            number = planned.document.control_number
            self.files[number] = result
            self._log(planned, (*planned.document.faults, *planned.counted.faults, *result.faults))
            sent = self.earlier.documents[number]
            differs = self.parts_of.setdefault(number, set())
            if Part.TEXT in self.parts and differs_in_bytes(sent.text, result.text):
                differs.add(Part.TEXT)
            if Part.NATIVES in self.parts and differs_in_bytes(sent.native, result.native):
                differs.add(Part.NATIVES)
            entry = Entry(
                planned.document,
                planned.numbers,
                result.text,
                result.native,
                result.media_type,
                planned.withheld,
                result.header,
                redacting.reasons_of(planned),
            )
            cells[number] = rows.row(entry).cells
            if (uncovered := self.uncovered.get(number)) is not None:
                cells[number] = rows.covered(cells[number], uncovered)
            drawn = drawn_from(planned, result, self.order, self.standard.digest, tools)
            alike = drawn == sent.drawn
            alike = alike and not planned.redactions
            self.planned[position] = replace(planned, drawn=drawn, kept=sent.pages if alike else ())
        return cells

    def _log(self, planned: Planned, faults: Iterable[Fault]) -> None:
        if planned.withheld:
            return
        uncovered = self.uncovered.get(planned.document.control_number, Uncovered(()))
        self.unsound += [
            Unsound(planned.first, each.reason, uncovered.of(each.detail)) for each in faults
        ]

    def _compare_rows(self, cells: Mapping[ControlNumber, tuple[str, ...]]) -> None:
        """Note the columns in which rows differ, as both would be written."""
        if Part.FIELDS not in self.parts:
            return
        place = self.root / "DATA" / "compared.DAT"
        header = self.standard.header
        with place.open("wb") as out:
            out.writelines(dat.write(header, cells.values(), self.standard.load_file))
        now = rows_of(place, self.standard)
        place.unlink()
        native = {c.name for c in self.standard.all_columns if meant(c) in _OF_NATIVE}
        for number in cells:
            first = str(self.earlier.documents[number].first)
            before = self.earlier.rows.get(first, {})
            names = [name for name, cell in now[first].items() if cell != before.get(name, "")]
            if Part.NATIVES not in self.parts:
                # They describe the delivered file, which stays as it is.
                names = [name for name in names if name not in native]
            if names:
                self.fields_of[number] = names
                self.parts_of[number].add(Part.FIELDS)

    def _painted(self, painting: Paint) -> dict[ControlNumber, tuple[File, ...]]:
        """Draw what is drawn from something else than before; return the pages that differ."""
        anew = [planned for planned in self.planned if not planned.kept]
        images = {}
        for planned, result in in_order(self.run, painting, anew, lambda planned: planned.first):
            number = planned.document.control_number
            if isinstance(result, Fault):
                result = painting.sheets(planned, result)
            self._log(planned, result.faults)
            if result.wrong:
                self.unproved.append(result.wrong)
            sent = self.earlier.documents[number]
            if [file.sha256 for file in sent.pages] == [file.sha256 for file in result.pages]:
                for file in result.pages:
                    (self.root / file.path).unlink()
                continue
            self.parts_of[number].add(Part.IMAGES)
            images[number] = result.pages
        return images

    def _columns(self, changed: Sequence[Planned]) -> tuple[str, ...]:
        """Return the key and each column in which a row differs, in the standard's order.

        Where images alone are new a row says which document they are of, from its first number to
        its last.
        """
        if not self.standard.load_file.header:
            # Without a header a reader knows a column by its place alone.
            return self.standard.header
        numbers = [planned.document.control_number for planned in changed]
        differ = {name for number in numbers for name in self.fields_of.get(number, ())}
        parts = {part for number in numbers for part in self.parts_of[number]}
        differ.add(self.standard.called("first_bates"))
        for column in self.standard.all_columns:
            fill = meant(column)
            if (fill == _TEXT_PATH and Part.TEXT in parts) or (
                Part.NATIVES in parts and (fill == _NATIVE_PATH or fill in _OF_NATIVE)
            ):
                differ.add(column.name)
        if len(differ) == 1:
            differ.add(self.standard.called("last_bates"))
        return tuple(name for name in self.standard.header if name in differ)

    def _kept(self, changed: Sequence[Planned], columns: Sequence[str]) -> list[File]:
        """Return the natives and texts to which the rows lead, and remove every other."""
        fills = {meant(c) for c in self.standard.all_columns if c.name in columns}
        wanted = {planned.document.control_number for planned in changed}
        files = []
        for number, result in self.files.items():
            for file, path in ((result.native, _NATIVE_PATH), (result.text, _TEXT_PATH)):
                if file is None:
                    continue
                if number in wanted and path in fills:
                    files.append(file)
                else:
                    (self.root / file.path).unlink()
        return files

    def _pointer(self, images: Mapping[ControlNumber, Sequence[File]], path: str) -> File:
        data = b"".join(
            opt.write(
                opt.OptRow(
                    str(planned.numbers.first.plus(index)),
                    self.order.volume,
                    backslashed(file.path),
                    first=index == 0,
                    pages=planned.numbers.pages if index == 0 else None,
                )
                for index, file in enumerate(images[planned.document.control_number])
            )
            for planned in self.planned
            if planned.document.control_number in images
        )
        return put(self.root, path, data)

    def _changes(self) -> tuple[Change, ...]:
        changes = []
        for planned in self.planned:
            number = planned.document.control_number
            fields = self.fields_of.get(number, ())
            what = [
                f"fields {', '.join(fields)}" if part is Part.FIELDS else str(part)
                for part in Part
                if part in self.parts_of[number]
            ]
            if what:
                changes.append(Change(planned.first, str(planned.numbers.last), tuple(what)))
        return tuple(sorted(changes, key=lambda change: Bates.parse(change.first)))

    def _manifest(
        self,
        files: Sequence[File],
        changes: Sequence[Change],
        by_part: Mapping[str, int],
        path: str,
    ) -> str:
        changed = {change.first for change in changes}
        head = {
            "volume": self.order.volume,
            "matter": self.order.matter_name,
            "matter_number": self.order.matter_number,
            "overlays": self.earlier.volume,
            "reason": self.order.reason,
            "standard": self.standard.name,
            "rules": self.standard.digest,
            "day": self.order.day.isoformat(),
            "first": changes[0].first,
            "last": changes[-1].last,
        }
        if self.order.sealed_by is not None:
            head["sealed_by"] = self.order.sealed_by.fingerprint
        with (self.root / path).open("w", encoding="ascii", newline="\n") as out:
            manifest = ManifestWriter(out, head)
            manifest.begin_files()
            for file in files:
                manifest.file(file)
            manifest.end_files()
            manifest.documents(e for e in self.planned if e.first in changed)
            manifest.end({"documents": len(changes), **by_part})
        return hashlib.sha256((self.root / path).read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the letter is written from."""

    order: ProductionOrder
    standard: Standard
    volume: str
    changes: tuple[Change, ...]
    columns: tuple[str, ...]
    files: Mapping[str, int]


#: Changed documents a letter lists; of more, it names the file that does.
_LISTED = 40


def compose(facts: _Facts) -> Iterator[Block]:
    """Yield the letter that hands an overlay over."""
    order, standard = facts.order, facts.standard
    name = f"Overlay {order.volume} of volume {facts.volume}"
    subject = Lines((f"Re: {letterhead.matter(order)}", name), bold=True)
    yield from letterhead.head(order, standard, subject, order.confidentiality.upper())
    party = f" on behalf of {order.producing_party}" if order.producing_party else ""
    yield Paragraph(
        f"We transmit{party} an overlay of volume {facts.volume}, prepared to the "
        f"{standard.title}. It adds no document and changes no Bates number."
        + (f" The reason: {order.reason}" if order.reason else "")
    )
    yield from transmittal.numbered(_sections(facts))
    yield Paragraph("Please call us with any question about this overlay.")
    yield Lines(("Respectfully submitted,", "", "", order.signer or "______________________"))


def _sections(facts: _Facts) -> Iterator[tuple[str, list[Block]]]:
    order, changes = facts.order, facts.changes
    rows = [("Documents that differ", len(changes))]
    names = {Part.TEXT: "Text files", Part.NATIVES: "Native files", Part.IMAGES: "Page images"}
    rows += [(names[Part(part)], number) for part, number in facts.files.items() if number]
    yield "What it holds", [transmittal.counts(rows)]
    what: list[Block] = [
        Paragraph(f"DATA/{order.volume}_CHANGES.CSV says of each document what differs.")
    ]
    if len(changes) <= _LISTED:
        listed = tuple((change.first, change.last, "; ".join(change.what)) for change in changes)
        what.append(Table(("First", "Last", "What differs"), listed))
    yield "What differs", what
    yield "How to load it", [Paragraph(text) for text in _how(facts)]
    if order.sealed_by is not None:
        yield "Signature", [Paragraph(text) for text in letterhead.sealing(order)]


def _how(facts: _Facts) -> Iterator[str]:
    volume, key = facts.order.volume, facts.standard.called("first_bates")
    others = ", ".join(name for name in facts.columns if name != key)
    yield (
        f"Load DATA/{volume}.DAT as an overlay (replace, not append) keyed on {key}. It has a row "
        f"for each document that differs, and the columns {others}. Every cell is to be taken as "
        "it stands: a blank one is blank now."
    )
    if facts.files[Part.TEXT] or facts.files[Part.NATIVES]:
        yield (
            "Files of text and natives in this overlay take the place of those delivered for the "
            "same documents; paths are relative to the overlay's folder."
        )
    if facts.files[Part.IMAGES]:
        yield (
            f"DATA/{volume}.OPT lists every page of each document whose images differ; they take "
            "the place of the pages with the same numbers."
        )
    yield f"Everything else of volume {facts.volume} stands as delivered."


def applied(earlier: Earlier, folder: Path, manifest: str) -> Earlier:
    """Return a volume as it stands once the overlay in `folder` is loaded over it.

    Raises ReplacedVolumeError.
    """
    laid = replaced.opened(folder, manifest, earlier.standard)
    documents = dict(earlier.documents)
    for number, sent in laid.documents.items():
        documents[number] = _over(documents[number], sent, folder)
    rows = {first: dict(row) for first, row in earlier.rows.items()}
    for first, row in rows_of(folder / "DATA" / f"{folder.name}.DAT", earlier.standard).items():
        rows[first].update(row)
    return Earlier(earlier.volume, earlier.folder, earlier.standard, documents, rows)


def _over(before: Sent, now: Sent, folder: Path) -> Sent:
    """Return a document with what an overlay has of it; its pages lie elsewhere now."""
    pages = tuple(replace(page, path=str(folder / page.path)) for page in now.pages)
    return replace(
        before,
        drawn=now.drawn,
        native=now.native or before.native,
        text=now.text or before.text,
        pages=pages or before.pages,
    )
