"""`receive`: volumes of another party, checked, taken into evidence and made documents.

The check is the one of `forthwith check`, and its findings go into the matter's register whatever
they are; every delivered byte becomes evidence by digest; each row becomes a document of the side
`theirs`. Received again, a volume adds nothing; what says the same numbers is an overlay or a
replacement, and its documents are new versions of those.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from forthwith.check import given, manifest, together
from forthwith.check.given import ReadOptions
from forthwith.check.reporting import ProductionReport, Report
from forthwith.check.run import judge
from forthwith.check.volume import Volume, VolumeUnreadableError
from forthwith.check.workers import PRELOAD as CHECK_PRELOAD
from forthwith.check.workers import Pool
from forthwith.collect import volume as collecting
from forthwith.collect.volume import Bundle
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.documents import Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.domain.finding import Finding
from forthwith.domain.items import Item
from forthwith.loadfiles import received_table
from forthwith.loadfiles.received_table import ROW, ReceivedRow, TableHead
from forthwith.process import received as reading
from forthwith.process import run as processing
from forthwith.process.places import steps_of
from forthwith.process.received import DeliveredPage
from forthwith.process.received_identity import Delivered, Deliveries, same
from forthwith.record import journal, received, sources
from forthwith.record.received import ReceivedVolume
from forthwith.respond.deficiency.findings import FindingRegister
from forthwith.standards.loader import Standard
from forthwith.workers import machine
from forthwith.workers.supervisor import make_ready
from forthwith.workflows import received_rows
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.clawback_notice import Called, ClawbackNotice
from forthwith.workflows.progress import SILENT, Progress
from forthwith.workflows.received_rows import UnderstoodVolume
from forthwith.workflows.room import quarantine
from forthwith.workflows.room.quarantine import NobodyHereError, PutAway

#: Rows of one bundle: few, so that many workers read one volume.
_TOGETHER = 48
#: Part of a volume's numbers that were received before, from which on it is one delivered again.
_KNOWN = 0.5


class NobodyError(ForthwithError):
    """It is not said from whom a volume came."""

    def __init__(self) -> None:
        super().__init__(
            'Say from whom it came, as it is called in the matter: --from "Northgate".'
        )


@dataclass(frozen=True, slots=True)
class Reception:
    """What was received of one volume."""

    #: As entered; version 0 where nothing of it was new.
    volume: ReceivedVolume
    report: Report
    #: Rows, families, pages, natives: as counted here, and as its papers say.
    counted: Mapping[str, int]
    stated: Mapping[str, int]
    #: What cannot be reviewed, by why.
    unread: Mapping[str, int]
    #: True where all of it was here before.
    known: bool = False
    #: Numbers of the party received before, whose earlier documents gave way to these.
    replaced: int = 0
    #: Numbers of the party received before for another document: both stand.
    others: int = 0
    #: True of an overlay that was given without the volume it changes: what it does not have may
    #: stand there, so what its check finds is shown and entered nowhere.
    checked_alone: bool = False

    @property
    def severities(self) -> dict[str, int]:
        """Count the findings by severity, the worst first."""
        counts = Counter(str(finding.severity) for finding in self.report.findings)
        return {name: counts[name] for name in ("fatal", "major", "minor") if counts[name]}


@dataclass(frozen=True, slots=True)
class Received:
    """What one `receive` did."""

    receptions: Sequence[Reception]
    report: ProductionReport
    #: Findings that are new in the register of the matter.
    entered: int
    #: Documents there are now, of both sides.
    documents: int
    #: What looks like a mistake of the other side and is shown to nobody but one person.
    put_away: tuple[PutAway, ...] = ()


@dataclass(slots=True)
class _Desk:
    """One reception at work."""

    case: CaseFile
    party: str
    standard: Standard
    progress: Progress
    #: Files of each delivered folder that was stored, by path.
    stored: dict[Path, dict[str, Item]] = field(default_factory=dict)

    def files(self, volume: Volume, beside: Sequence[Path]) -> dict[str, Item]:
        """Store every file of a volume and of overlays laid on it; returns them by path."""
        root, taken = volume.folder.root, 0

        def tick(size: int) -> None:
            nonlocal taken
            taken += size
            self.progress(taken, taken)

        def folder(place: Path) -> dict[str, Item]:
            if place not in self.stored:
                self.stored[place] = collecting.store(self.case.matter, place, tick)
            return self.stored[place]

        files = dict(folder(root))
        for way, path in volume.laid.items():
            place = root.joinpath(*way.split("/")[: -len(path.split("/"))]).resolve()
            files[way] = folder(place)[path]
        for place in volume.overlays:
            # Its load file, letter and manifest: nothing of a delivery is left out.
            for path, item in folder(place.resolve()).items():
                files[f"(overlay) {place.name}/{path}"] = item
        for place in beside:
            items = collecting.store_file(self.case.matter, place, tick)
            files[f"(parcel) {place.name}"] = items
        return files


def receive(
    case: CaseFile,
    places: Sequence[Path],
    party: str,
    standard: Standard,
    *,
    options: ReadOptions | None = None,
    workers: int = 0,
    progress: Progress = SILENT,
    custodian: str = "",
) -> Received:
    """Check volumes, take them into evidence, make documents of their rows.

    What looks like a redaction or a slip-sheet that failed is put away at once, shown to
    `custodian` alone, by default to whoever receives: Fed. R. Civ. P. 26(b)(5)(B), ABA Model Rule
    4.4(b).

    Raises VolumeUnreadableError where nothing can be taken for a volume, NobodyError, and what
    collecting and processing raise.
    """
    if not party.strip():
        raise NobodyError
    workers = workers or case.settings.workers or machine.default_workers()
    make_ready((*processing.PRELOAD, *CHECK_PRELOAD))
    desk = _Desk(case, party.strip(), standard, progress)
    with given.opened(places, standard, options) as opened:
        if not opened.arranged.volumes:
            raise VolumeUnreadableError(_closed(opened.closed))
        progress.phase("Checking")
        with machine.within(0):
            judged = [judge(volume, workers=workers) for volume in opened.arranged.volumes]
            reports, found, told = together.compared(opened.arranged.volumes, judged)
        findings = [finding for report in [*opened.closed, *reports] for finding in report.findings]
        findings += [*opened.arranged.findings, *found]
        report = ProductionReport([*opened.closed, *reports], findings, told)
        parcels = [place for place in places if place.is_file()]
        with case.alone():
            progress.phase("Collecting")
            with collecting.taken_back(case.matter):
                kept = [
                    _kept(desk, volume, own, parcels if not place else [])
                    for place, (volume, own) in enumerate(zip(opened.arranged.volumes, reports))
                ]
            alone = {own.volume for own, reception in zip(reports, kept) if reception.checked_alone}
            entered = _register(
                case, [finding for finding in report.folded if finding.volume not in alone]
            )
            progress.phase("Processing")
            done = processing.process(
                case.matter,
                workers=workers,
                progress=progress,
                passwords=tuple(options.passwords) if options else (),
            )
            case.documents_changed()
            put_away = tuple(_mistakes(case, kept, custodian.strip() or journal.actor()[0]))
    receptions = [_with_faults(case, reception) for reception in kept]
    return Received(receptions, report, entered, done.documents, put_away)


#: Findings that look like a mistake of whoever produced: what nobody meant to show is there.
_MISTAKES = frozenset({"NT08", "RD04", "RD13", "RD14"})


def _mistakes(case: CaseFile, receptions: Sequence[Reception], custodian: str) -> Iterator[PutAway]:
    """Put away what of each new volume looks like a mistake, with its families and copies."""
    for reception in receptions:
        if reception.known:
            continue
        numbers = dict[str, Bates]()
        for finding in reception.report.findings:
            if finding.code in _MISTAKES:
                with contextlib.suppress(NotABatesNumberError):
                    numbers[finding.bates] = Bates.parse(finding.bates)
        if not numbers:
            continue
        # The list that a notice of the other side would be; nobody sent one yet.
        listed = "\n".join(sorted(numbers)).encode()
        called = tuple(Called(number, number, text) for text, number in sorted(numbers.items()))
        notice = ClawbackNotice(
            Path(f"check of {reception.volume.volume}"),
            hashlib.sha256(listed).hexdigest(),
            called,
            reception.volume.party,
        )
        with contextlib.suppress(NobodyHereError):
            yield quarantine.put_away(case, notice, custodian)


def _closed(reports: Sequence[Report]) -> str:
    why = "; ".join(finding.message for report in reports for finding in report.findings)
    return f"No archive that was given can be opened: {why}. Ask for the volume in another form."


def _register(case: CaseFile, findings: Sequence[Finding]) -> int:
    """Enter findings into the register of the matter; returns how many are new."""
    acts = FindingRegister(case.acts).added(findings)
    if acts:
        case.write(acts)
    return len(acts)


def _kept(desk: _Desk, volume: Volume, report: Report, parcels: Sequence[Path]) -> Reception:
    """Take one volume into evidence."""
    case = desk.case
    seen = received_rows.understood(volume)
    files = desk.files(volume, parcels)
    seen.beside.extend(path for path in files if path.startswith(("(parcel) ", "(overlay) ")))
    with case.matter.engine.connect() as connection:
        receptions = received.volumes(connection)
    name = _name(volume.name, desk.party, receptions)
    before = _Earlier.of(case, desk.party, receptions)
    kind, again, others = before.kind(volume, seen, files)
    held: dict[str, dict[str, str]] = {}
    rows = seen.rows
    if kind == "overlay":
        rows = [before.changed(row, seen, held) for row in rows]
    head = TableHead(desk.party, name, desk.standard.name)
    bundles = list(_bundles(head, rows, seen.beside, files, held))
    counted = {
        "rows": len(volume),
        **{name: report.counts.get(name, 0) for name in ("families", "pages", "natives")},
    }
    stated = _stated(volume)
    severities = Counter(str(finding.severity) for finding in report.findings)
    versions = [row.version for row in receptions if row.volume == name]
    entry = ReceivedVolume(
        name,
        max(versions, default=0) + 1,
        desk.party,
        desk.standard.name,
        "",
        kind,
        {"counted": counted, "stated": stated, "findings": dict(severities)},
    )
    origin = str((parcels[0] if parcels else volume.folder.root).resolve())
    done = collecting.keep(case.matter, entry, origin, files, bundles, {})
    if done.source is None:
        latest = [row for row in receptions if row.volume == name]
        return Reception(
            latest[-1], report, counted, stated, {}, known=True, checked_alone=kind == "overlay"
        )
    return Reception(
        replace(entry, source=done.source.id),
        report,
        counted,
        stated,
        {},
        replaced=again,
        others=others,
        checked_alone=kind == "overlay",
    )


def _name(name: str, party: str, receptions: Sequence[ReceivedVolume]) -> str:
    """Return the name a volume is kept under: its own, with the party where another's has it."""
    taken = {row.volume: row.party for row in receptions}
    return name if taken.get(name, party) == party else f"{name} ({party})"


def _stated(volume: Volume) -> dict[str, int]:
    """Return what the volume's papers say of its counts; nothing where none says any."""
    with Pool((volume.folder.root,)) as readers:
        papers = manifest.read(volume, readers)
    counts = dict(papers.manifest.counts) if papers.manifest is not None else {}
    for letter in papers.letters:
        counts |= letter.counts
    names = {"rows": "documents", "families": "families", "pages": "pages", "natives": "natives"}
    return {name: counts[said] for name, said in names.items() if said in counts}


def _bundles(
    head: TableHead,
    rows: Sequence[ReceivedRow],
    beside: Sequence[str],
    files: Mapping[str, Item],
    held: Mapping[str, Mapping[str, str]],
) -> Iterator[Bundle]:
    """Cut a volume into bundles; what belongs to no row lies in the first."""
    for start in range(0, max(1, len(rows)), _TOGETHER):
        chunk = rows[start : start + _TOGETHER]
        used = [path for row in chunk for path in _paths(row)]
        if not start:
            used += beside
        old = {path: blob for row in chunk for path, blob in held.get(row.head.step, {}).items()}
        own = [path for path in dict.fromkeys(used) if path in files and path not in old]
        table = received_table.write(head, [_as_members(row) for row in chunk])
        yield Bundle(table, own, {collecting.text_path(path): old[path] for path in old})


def _as_members(row: ReceivedRow) -> ReceivedRow:
    """Return a row with the paths its bundle has: bytes that are no UTF-8 shown as such."""
    text = collecting.text_path
    head = replace(row.head, step=text(row.head.step))
    pages = tuple((text(path), text(key), frame) for path, key, frame in row.pages)
    return replace(
        row, head=head, native=text(row.native), text=text(row.text), name=text(row.name),
        pages=pages,
    )  # fmt: skip


def _paths(row: ReceivedRow) -> Iterator[str]:
    yield from filter(None, (row.native, row.text))
    yield from (path for path, _, _ in row.pages)


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What a party delivered before, by number; the last version of each."""

    case: CaseFile
    #: Number -> blobs of the bundles that have its row, the last one last.
    places: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, case: CaseFile, party: str, receptions: Sequence[ReceivedVolume]) -> _Earlier:
        places: dict[str, list[str]] = defaultdict(list)
        for reception in receptions:
            if reception.party != party:
                continue
            with case.matter.engine.connect() as connection:
                items = list(sources.items(connection, reception.source))
            for item in items:
                table = reading.head_of(case.matter.evidence, item.blob)
                for row in table.rows:
                    if row.number:
                        places[row.number].append(item.blob)
        return cls(case, places)

    def kind(
        self, volume: Volume, seen: UnderstoodVolume, files: Mapping[str, Item]
    ) -> tuple[str, int, int]:
        """Say whether a volume changes what came before, replaces it, or is new.

        And how many of its rows take the place of a document of before, and how many have the
        number of another one.
        """
        rows = [row for row in seen.rows if row.head.number]
        known = [row for row in rows if row.head.number in self.places]
        kind = "volume" if len(known) < _KNOWN * max(len(rows), 1) else "replacement"
        if kind == "replacement" and together.partial(volume):
            return "overlay", len(known), 0
        blobs = {path: item.blob for path, item in files.items()}
        read = Deliveries(self.case.matter.evidence)

        def again(*, replaces: bool) -> int:
            return sum(self._again(read, row, blobs, replaces=replaces) for row in known)

        # A volume replaces one where enough of it is what came before under its numbers.
        if kind == "replacement" and (number := again(replaces=True)) >= _KNOWN * len(rows):
            return kind, number, len(known) - number
        number = again(replaces=False)
        return "volume", number, len(known) - number

    def _again(
        self, read: Deliveries, row: ReceivedRow, blobs: Mapping[str, str], *, replaces: bool
    ) -> bool:
        """Say whether a row is a document that came before under its number."""
        new = Delivered.of(self.case.matter.evidence, row, blobs)
        before = (read.row(blob, row.head.step) for blob in self.places[row.head.number])
        return any(old is not None and same(old, new, replaces=replaces) for old in before)

    def changed(
        self, row: ReceivedRow, seen: UnderstoodVolume, held: dict[str, dict[str, str]]
    ) -> ReceivedRow:
        """Return an earlier row with what an overlay says of it.

        `held` takes the files that stay, by the row's step: path -> blob.
        """
        if not (blobs := self.places.get(row.head.number)):
            what = f"an overlay changes {row.head.number or row.head.step}, which was not received"
            return replace(row, faults=(*row.faults, Fault(FaultReason.DISAGREEMENT, what)))
        table, files = reading.table_of(self.case.matter.evidence, blobs[-1])
        old = received_table.row(table, f"{ROW}{row.head.number}")
        if old is None:
            return row
        new = _laid(old, row, seen)
        held[row.head.step] = {
            path: files[path] for path in _paths(new) if path in files and path in set(_paths(old))
        }
        for path in _paths(row):
            held[row.head.step].pop(path, None)
        return new


def _laid(old: ReceivedRow, new: ReceivedRow, seen: UnderstoodVolume) -> ReceivedRow:
    """Return a row with an overlay's columns in the place of its own."""
    kept = [datum for datum in old.fields if datum.name not in seen.covered]
    roles = seen.roles
    head = replace(
        old.head,
        step=new.head.step,
        last=new.head.last if "last_bates" in roles else old.head.last,
        parent=new.head.parent if roles & _OF_FAMILIES else old.head.parent,
        custodian=new.head.custodian if "custodian" in roles else old.head.custodian,
        others=new.head.others if "all_custodians" in roles else old.head.others,
    )
    paged = new.head.number in seen.paged
    return replace(
        old,
        head=head,
        kind="email" if "email" in {old.kind, new.kind} else "edoc",
        name=new.name if roles & {"file_name", "path", "internal_path"} and new.name else old.name,
        native=new.native or old.native,
        text=new.text or old.text,
        pages=new.pages if paged else old.pages,
        fields=(*new.fields, *kept),
        faults=tuple(dict.fromkeys((*old.faults, *new.faults))),
    )


_OF_FAMILIES = frozenset({"parent", "children", "family_first", "family_range"})


def _with_faults(case: CaseFile, reception: Reception) -> Reception:
    """Return a reception with what cannot be reviewed, counted by why."""
    unread: Counter[str] = Counter()
    for document in case.table.ask(f"source = '{reception.volume.source}' AND faults <> '[]'"):
        reasons = {fault.reason.value for fault in document.faults} - _READ_ALL_THE_SAME
        unread.update(reasons)
    return replace(reception, unread=dict(unread.most_common()))


#: Faults that say how something was read, and keep nobody from reading it.
_READ_ALL_THE_SAME = frozenset({FaultReason.OPENED.value, FaultReason.NOT_REDACTED.value})


# What a room asks of received documents


def delivered_pages(case: CaseFile, document: Document) -> tuple[DeliveredPage, ...]:
    """Return the delivered page images of a document of theirs, in order; () of any other.

    A page is a blob of the evidence store, its extension, and the frame in it.
    """
    with case.matter.engine.connect() as connection:
        theirs = document.source in received.sources(connection)
    steps = steps_of(document.locator)
    if not theirs or len(steps) != 1 or not document.blob:
        return ()
    return reading.pages(case.matter.evidence, document.blob, steps[0])


def versions(
    case: CaseFile, number: str, party: str
) -> list[tuple[ReceivedVolume, dict[str, Any]]]:
    """Return every version of a document of theirs, oldest first: volume, and what its row said.

    `number` is its first number.
    """
    with case.matter.engine.connect() as connection:
        receptions = [row for row in received.volumes(connection) if row.party == party]
        items = {row.source: list(sources.items(connection, row.source)) for row in receptions}
    found = []
    for reception in receptions:
        for item in items[reception.source]:
            table, files = reading.table_of(case.matter.evidence, item.blob)
            if (row := received_table.row(table, f"{ROW}{number}")) is not None:
                found.append((reception, _told(row, files)))
    return found


def _told(row: ReceivedRow, files: Mapping[str, str]) -> dict[str, Any]:
    said = {
        datum.name: datum.value if isinstance(datum.value, str) else "; ".join(datum.value)
        for datum in row.fields
    }
    return {
        "last": row.head.last,
        "parent": row.head.parent,
        "custodian": row.head.custodian,
        "fields": said,
        "native": files.get(row.native, ""),
        "text": files.get(row.text, ""),
        "pages": [files.get(path, "") for path, _, _ in row.pages],
    }
