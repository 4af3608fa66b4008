"""Stage a volume: count, number, write natives, text and images, load files, log, letter, manifest.

Two passes over the evidence, one document at a time. The folder appears under its name only when it
is whole; what a killed run left is thrown away. Sealing it, and keeping its numbers, is the door's.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from forthwith.domain.bates import Bates
from forthwith.domain.containers import FaultyContainers
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Fault, Limits
from forthwith.domain.redactions import BurntBox, RedactedDocument
from forthwith.domain.set_aside import SetAside
from forthwith.loadfiles import dat, opt
from forthwith.papers import docx as paper_docx
from forthwith.papers import text as paper_text
from forthwith.papers.blocks import Paper
from forthwith.plain.garbled import looks_garbled
from forthwith.produce import imaging, notice, redacting, replaced, transmittal
from forthwith.produce import manifest as exceptions
from forthwith.produce.clock import Clock
from forthwith.produce.container_faults import around_documents
from forthwith.produce.data_file import Entry, File, Rows, backslashed
from forthwith.produce.errors import (
    RedactionUnprovedError,
    StandardNamesError,
    VolumeExistsError,
)
from forthwith.produce.files import Delivered, Imaged, Paint, Write, clear, drop_empty, put
from forthwith.produce.imager import Imager
from forthwith.produce.in_order import Access, Run, in_order, in_process
from forthwith.produce.manifest import ManifestWriter, Tally, Unsound
from forthwith.produce.order import ProductionOrder
from forthwith.produce.plan import (
    DATA,
    IMAGES,
    NATIVES,
    TEXT,
    Count,
    DataFiles,
    Planned,
    Sheet,
    Words,
    plan,
)
from forthwith.produce.replaced import Change, Differences, Earlier, Recalled
from forthwith.produce.selection import Selection, select
from forthwith.produce.uncovered import Uncovered
from forthwith.standards import catalogue
from forthwith.standards.loader import LacksRoleError, Standard


@dataclass(frozen=True, slots=True)
class Staged:
    """A volume written and not yet sealed."""

    root: Path
    first: Bates
    last: Bates
    #: Control number -> first and last number, in Bates order.
    numbers: dict[ControlNumber, tuple[Bates, Bates]]
    #: SHA-256 of the manifest.
    manifest: str
    counts: dict[str, int]
    #: The exceptions log, line by line.
    exceptions: tuple[Unsound, ...]
    #: What is not as it went out, and what is called back; of a replacement only.
    changes: tuple[Change, ...] = ()
    recalled: tuple[Recalled, ...] = ()
    #: Documents not withheld whose pictures show words nobody read.
    words_unread: int = 0
    #: What is redacted: for whoever checks the volume, and for nobody it is delivered to.
    redacted: tuple[RedactedDocument, ...] = field(default=(), repr=False)
    #: First number -> cells that go out and are computed from redacted ones: "Fees!B4".
    resting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def stage(
    folder: Path,
    order: ProductionOrder,
    documents: Sequence[Document],
    access: Access,
    standard: Standard,
    first: int,
    run: Run = in_process,
    imager: Imager | None = None,
    earlier: Earlier | None = None,
    containers: FaultyContainers | None = None,
    aside: Sequence[SetAside] = (),
    limits: Limits | None = None,
) -> Staged:
    """Write the volume `order` asks for as `folder`/`order.volume`.

    `documents` are whole families; `first` is the first free number; `earlier` is the volume that
    `order` replaces, whose pages are taken over where nothing has changed; `containers` are those
    with a fault, of which the volume tells as far as its documents came out of them; `aside` are
    files that are no documents, of which it tells for the custodians it has documents of. Raises
    VolumeExistsError, NothingToProduceError, NumbersExhaustedError, BrokenFamilyError,
    UnknownWithheldError, WithheldDuplicateError, UnknownRuleError, StandardNamesError,
    LacksRoleError, each before anything is written.
    """
    root = folder / order.volume
    if root.exists():
        raise VolumeExistsError(order.volume)
    rows = Rows(standard, order)
    for name in (DATA, IMAGES, NATIVES, TEXT, "0001", order.volume, str(order.bates(first))):
        if re.fullmatch(standard.names.pattern, name) is None:
            raise StandardNamesError(standard.name, standard.names.pattern, name)
    selection = select(order, documents)
    if selection.withheld and not standard.has("withheld"):
        # A slip-sheet that no column tells of could not be told from a document.
        raise LacksRoleError(standard.name, ("withheld",), "documents are withheld")
    words = Words(standard.images.placeholder, f"{order.volume}_EXCEPTIONS.CSV")
    clock = Clock(order.zone, order.zone_when_unsaid, standard.formats)
    limits = limits or Limits()
    imager = imager or imaging.imager(standard.images, clock, limits)
    per_folder = standard.names.files_per_folder
    found = redacting.of_volume(order, selection, documents, access, imager, standard, limits, run)
    if found.redactions and not standard.has("redacted"):
        raise LacksRoleError(standard.name, ("redacted",), "documents are redacted")
    count = Count(access, imager, selection.native_barred, found.counting())
    planned = plan(selection, order, first, words, per_folder, count, run, found)
    partial = folder / f".{order.volume}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    digest = standard.natives.digest
    staging = _Staging(
        partial, order, standard, selection, planned, rows, words, run, Tally(digest=digest)
    )
    staging.uncovered = found.uncovered
    staging.told(
        around_documents(documents, selection, planned, containers or FaultyContainers(()))
    )
    whose = {document.custodian for document in selection.documents}
    staging.told(exceptions.set_aside(row for row in aside if row.custodian in whose))
    if earlier is not None:
        staging.differences = Differences(earlier)
    sha1 = standard.has("sha1") or digest == "sha1"
    manifest = staging.write(
        Write(access, partial, per_folder, standard.text, sha1, clock, limits),
        Paint(
            access,
            imager,
            partial,
            per_folder,
            order.confidentiality,
            words,
            None if earlier is None else earlier.folder,
            limits.draw_seconds,
            limits,
        ),
    )
    if staging.unproved:
        shutil.rmtree(partial)
        raise RedactionUnprovedError(order.volume, staging.unproved)
    drop_empty(partial)
    partial.rename(root)
    return Staged(
        root,
        planned[0].numbers.first,
        planned[-1].numbers.last,
        {e.document.control_number: (e.numbers.first, e.numbers.last) for e in planned},
        manifest,
        staging.tally.counts(),
        tuple(sorted(set(staging.unsound))),
        staging.changes,
        staging.recalled,
        sum(each.document.words_unread and not each.withheld for each in planned),
        tuple(staging.redacted()),
        {
            each.first: each.reading.resting
            for each in staging.planned
            if each.reading is not None and each.reading.resting
        },
    )


@dataclass(slots=True)
class _Staging:
    """One volume being written."""

    root: Path
    order: ProductionOrder
    standard: Standard
    selection: Selection
    planned: list[Planned]
    rows: Rows
    words: Words
    run: Run
    tally: Tally
    unsound: list[Unsound] = field(default_factory=list)
    #: Encoding of the data load file.
    encoding: str = ""
    #: Against the volume this one replaces; None for a new one.
    differences: Differences | None = None
    #: Control number -> what may not be told of its family.
    uncovered: Mapping[str, Uncovered] = field(default_factory=dict)
    #: First number -> what is burnt into its pages; pages that do not read back as drawn.
    burnt: dict[str, tuple[BurntBox, ...]] = field(default_factory=dict)
    unproved: list[str] = field(default_factory=list)
    #: First number -> SHA-256 of the file built in place of its native.
    anew: dict[str, str] = field(default_factory=dict)
    _tools: Mapping[str, str] = field(default_factory=exceptions.tools)
    #: Columns that hold names and subjects, which may be garbled in the evidence.
    _names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        roles = ("from", "to", "cc", "bcc", "subject", "file_name", "author", "path")
        has, called = self.standard.has, self.standard.called
        self._names = frozenset(called(role) for role in roles if has(role))

    def told(self, lines: Iterable[Unsound]) -> None:
        """Log lines, without what they would tell of something redacted anywhere."""
        every = [*{id(each): each for each in self.uncovered.values()}.values()]
        for line in lines:
            for uncovered in every:
                line = replace(line, detail=uncovered.of(line.detail))
            self.unsound.append(line)

    def redacted(self) -> Iterator[RedactedDocument]:
        """Yield what is redacted in each document."""
        for planned in self.planned:
            if planned.reading is not None:
                yield RedactedDocument(
                    planned.first,
                    planned.reading.passages,
                    self.burnt.get(planned.first, ()),
                    self.anew.get(planned.first, ""),
                )

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is not as it went out."""
        return () if self.differences is None else self.differences.changes

    @property
    def recalled(self) -> tuple[Recalled, ...]:
        """What went out and is now withheld."""
        return () if self.differences is None else tuple(self.differences.recalled)

    def write(self, writing: Write, painting: Paint) -> str:
        """Write every file; return the manifest's digest."""
        name = DataFiles(self.order.volume)
        self._known_faults()
        (self.root / "DATA").mkdir()
        manifest_path = self.root / name("_MANIFEST.JSON")
        with manifest_path.open("w", encoding="ascii", newline="\n") as out:
            manifest = ManifestWriter(out, self._head())
            manifest.begin_files()
            self._data_file(writing, manifest, name(".DAT"))
            self._pointer_file(painting, manifest, name(".OPT"))
            manifest.file(put(self.root, name("_EXCEPTIONS.CSV"), exceptions.render(self.unsound)))
            for ending, data in (*self._letter(), *self._replacement()):
                manifest.file(put(self.root, name(ending), data))
            manifest.end_files()
            manifest.documents(self.planned)
            manifest.suppressed(self.selection)
            manifest.end(self.tally.counts())
        return _digest(manifest_path)

    def _head(self) -> dict[str, object]:
        return {
            "volume": self.order.volume,
            "matter": self.order.matter_name,
            "matter_number": self.order.matter_number,
            "replaces": self.order.replaces,
            "reason": self.order.reason,
            **self._accepted(),
            **self._sealed_by(),
            "standard": self.standard.name,
            "rules": self.standard.digest,
            "day": self.order.day.isoformat(),
            "first": self.planned[0].first,
            "last": str(self.planned[-1].numbers.last),
        }

    def _accepted(self) -> dict[str, object]:
        if not self.order.accepted:
            return {}
        return {"accepted": [asdict(accepted) for accepted in self.order.accepted]}

    def _sealed_by(self) -> dict[str, object]:
        seal = self.order.sealed_by
        return {} if seal is None else {"sealed_by": seal.fingerprint}

    def _known_faults(self) -> None:
        """Log what processing and counting met; a withheld document tells nothing."""
        for planned in self.planned:
            if not planned.withheld:
                self._log(planned, *planned.document.faults, *planned.counted.faults)
            if planned.barred:
                detail = "native not produced: it contains a document withheld for privilege"
                self.unsound.append(Unsound(planned.first, "native withheld", detail))
            self.told(redacting.log_lines(planned))
        for accepted in self.order.accepted:
            title = catalogue.kinds(self.standard)[accepted.code].title
            detail = f"{accepted.code} {title}: accepted as it is; {accepted.reason}"
            bates = "" if accepted.number == self.order.volume else accepted.number
            self.unsound.append(Unsound(bates, "accepted finding", detail))
        for container in self.selection.composition.containers:
            self.told(
                Unsound("", fault.reason, f"in the container {container.path}: {fault.detail}")
                for fault in container.faults
            )

    def _log(self, planned: Planned, *faults: Fault) -> None:
        if planned.withheld:
            return
        self.told(Unsound(planned.first, fault.reason, fault.detail) for fault in faults)

    def _data_file(self, writing: Write, manifest: ManifestWriter, path: str) -> None:
        def changed(row: int, column: str, _given: str) -> None:
            detail = f"{column}: characters the load file cannot hold were replaced or left out"
            self.unsound.append(Unsound(self.planned[row - 1].first, "load file", detail))

        def encoded(encoding: str) -> None:
            self.encoding = encoding

        cells = self._cells(writing, manifest)
        chunks = dat.write(self.rows.header, cells, self.standard.load_file, changed, encoded)
        with (self.root / path).open("wb") as out:
            for chunk in chunks:
                out.write(chunk)
        manifest.file(_file(self.root, path))
        if self.differences is not None:
            self.differences.rows(replaced.rows_of(self.root / path, self.standard))

    def _cells(self, writing: Write, manifest: ManifestWriter) -> Iterator[tuple[str, ...]]:
        """Write natives and text, and yield a row for each document as they are done."""
        results = in_order(self.run, writing, self.planned, lambda planned: planned.first)
        for position, (planned, result) in enumerate(results):
            if isinstance(result, Fault):
                clear(self.root, planned, writing.per_folder, images=False)
                result = Delivered(writing.bare(planned).text, no_text=True, faults=(result,))
            self._log(planned, *result.faults)
            if planned.reading is not None and result.native is not None:
                self.anew[planned.first] = result.native.sha256
            if planned.counted.sheet is Sheet.NATIVE and result.native is None:
                why = next(iter(result.faults), None)
                self.planned[position] = planned.as_sheet(Sheet.UNPROCESSABLE, self.words, why)
            for file in (result.native, result.text):
                if file is not None:
                    manifest.file(file)
            self._compare(position, result)
            yield self._row(planned, result)

    def _compare(self, position: int, delivered: Delivered) -> None:
        """Note what pages are drawn from, and take over those of the volume replaced if alike."""
        planned = self.planned[position]
        drawn = replaced.drawn_from(
            planned, delivered, self.order, self.standard.digest, self._tools
        )
        kept: tuple[File, ...] = ()
        if self.differences is not None:
            self.differences.files(planned, delivered)
            sent = self.differences.earlier.documents.get(planned.document.control_number)
            # Pages with boxes are burnt and proved each time.
            if sent is not None and sent.drawn == drawn and not planned.redactions:
                kept = sent.pages
        self.planned[position] = replace(planned, drawn=drawn, kept=kept)

    def _row(self, planned: Planned, result: Delivered) -> tuple[str, ...]:
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
        row = self.rows.row(entry)
        uncovered = self.uncovered.get(planned.document.control_number)
        if uncovered is not None:
            row = replace(row, cells=self.rows.covered(row.cells, uncovered))
        if not planned.withheld:
            for note in row.notes:
                self.unsound.append(Unsound(planned.first, "date", note.detail))
            for name, cell in zip(self.rows.header, row.cells, strict=True):
                if name in self._names and looks_garbled(cell):
                    detail = f"{name} looks garbled and stands as it was read: {cell[:200]}"
                    self.unsound.append(Unsound(planned.first, "garbled", detail))
        self.tally.document(planned, result, assumed_zone=row.assumed_zone)
        return row.cells

    def _pointer_file(self, painting: Paint, manifest: ManifestWriter, path: str) -> None:
        results = in_order(self.run, painting, self.planned, lambda planned: planned.first)
        with (self.root / path).open("wb") as out:
            for position, (planned, result) in enumerate(results):
                if isinstance(result, Fault):
                    clear(self.root, planned, painting.per_folder, images=True)
                    sheet = planned.as_sheet(Sheet.TECHNICAL, self.words, result)
                    self.planned[position] = sheet
                    result = painting.sheets(sheet, result)
                if result.boxes:
                    self.burnt[planned.first] = result.boxes
                if result.wrong:
                    self.unproved.append(result.wrong)
                if result.faults:
                    # What a page could not show is told each time, so it is drawn each time.
                    self.planned[position] = replace(self.planned[position], drawn="")
                if self.differences is not None:
                    self.differences.images(planned, result.pages)
                self._log(planned, *result.faults)
                self.tally.images(self.planned[position], result)
                for file in result.pages:
                    manifest.file(file)
                out.write(opt.write(self._pages(planned, result)))
        manifest.file(_file(self.root, path))

    def _pages(self, planned: Planned, result: Imaged) -> Iterator[opt.OptRow]:
        for index, file in enumerate(result.pages):
            yield opt.OptRow(
                str(planned.numbers.first.plus(index)),
                self.order.volume,
                backslashed(file.path),
                first=index == 0,
                pages=planned.numbers.pages if index == 0 else None,
            )

    def _letter(self) -> Iterator[tuple[str, bytes]]:
        facts = transmittal.Facts(
            self.order,
            self.standard,
            self.selection,
            tuple(self.planned),
            self.tally,
            tuple(sorted(set(self.unsound))),
            self.rows.setting.zone_name,
            self.encoding,
            self.changes,
            self.recalled,
        )
        blocks = tuple(transmittal.compose(facts))
        yield "_TRANSMITTAL.TXT", paper_text.as_text(blocks)
        paper = Paper("Transmittal", blocks, self.order.day)
        yield "_TRANSMITTAL.DOCX", paper_docx.as_docx(paper)

    def _replacement(self) -> Iterator[tuple[str, bytes]]:
        """Yield the list of differences and, where something is called back, the notice of it."""
        if self.differences is None:
            return
        yield "_CHANGES.CSV", replaced.changes_csv(self.standard, self.changes)
        if self.recalled:
            blocks = tuple(notice.compose(self.order, self.standard, self.recalled))
            yield "_CLAWBACK_NOTICE.TXT", paper_text.as_text(blocks)
            paper = Paper("Notice of privileged documents", blocks, self.order.day)
            yield "_CLAWBACK_NOTICE.DOCX", paper_docx.as_docx(paper)
            rows = replaced.notice_csv(self.standard, self.order, self.recalled)
            yield "_CLAWBACK_NOTICE.CSV", rows


def _file(root: Path, path: str) -> File:
    return File(path, (root / path).stat().st_size, _digest(root / path))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
