"""Quarantine of a claw-back: put documents away, print what was done, end it.

A notice takes away what it names, the whole families of that, and whatever of theirs is a copy or
nearly one, with its family: the bytes of an attachment stand in its parent too. From the moment of
entry nobody but the named custodian is shown any of it (`record.quarantine.standing`, asked by
every table, search and mask). Documents of ours that are alike are ours, and stay.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, FaultReason, FieldValue
from forthwith.domain.items import Item
from forthwith.loadfiles import received_table
from forthwith.loadfiles.received_table import ROW, ReceivedRow, RowHead, TableHead
from forthwith.papers.blocks import Block, Heading, Lines, Paper, Paragraph, Table
from forthwith.plain.counting import count
from forthwith.process import received as reading
from forthwith.process import run as processing
from forthwith.process.places import steps_of
from forthwith.process.received_identity import DESTROYED, Deliveries, grouped, tombstone_of
from forthwith.record import chronology, exhibits, journal, quarantine, received, sources, tables
from forthwith.record.documents import DocumentTable
from forthwith.record.parts import Parts
from forthwith.record.quarantine import Quarantined
from forthwith.record.received import ReceivedVolume
from forthwith.record.verify import needed_blobs
from forthwith.review.privilege.gate import texts_of
from forthwith.review.privilege.near_duplicates import Likeness, TwinIndex
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.clawback_notice import Called, ClawbackNotice
from forthwith.workflows.publish import PublishedPaper, publish

#: Numbers that text may cite: a control number, or one with digits at its end.
_CITED = re.compile(r"[\w.&-]*\d")
#: What lies under derived/ and may hold words or pages of documents; all of it is made again.
_DERIVED = ("search", "room", "pages", ".texts.db")


class NobodyHereError(ForthwithError):
    """A notice names no document that is here."""

    def __init__(self, called: Sequence[Called]) -> None:
        named = ", ".join(row.text for row in called[:5])
        more = f" and {len(called) - 5:,} more" if len(called) > 5 else ""
        super().__init__(
            f"None of the numbers of the notice is a document that was received here: {named}"
            f"{more}. Nothing was put away. Check that it is a notice to this matter."
        )


class WhoseNoticeError(ForthwithError):
    """The numbers of a notice are documents of several parties."""

    def __init__(self, number: str, parties: Iterable[str]) -> None:
        names = sorted(parties)
        #: Number as written, and who has a document of it.
        self.number, self.parties = number, tuple(names)
        super().__init__(
            f"{number} is a document of {' and one of '.join(names)}, and it is not said whose "
            f'notice this is. Nothing was put away. Say it: --from "{names[0]}".'
        )


class NoSuchNoticeError(ForthwithError):
    """No notice has this name, or it has come to its end."""

    def __init__(self, notice: str, known: Iterable[str]) -> None:
        names = ", ".join(sorted(known)) or "none"
        super().__init__(f"There is no notice {notice!r} in quarantine here. There are: {names}.")


@dataclass(frozen=True, slots=True)
class Cited:
    """Work product that cites something that was put away."""

    #: "chronology", "exhibit", "coding", or the kind of an act: "finding", "response".
    kind: str
    name: str
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PutAway:
    """What one notice took away."""

    notice: str
    custodian: str
    rows: tuple[Quarantined, ...]
    #: Numbers of the notice that are no document here, as written.
    unknown: tuple[str, ...] = ()
    cited: tuple[Cited, ...] = ()
    #: (at, login, control number) of everybody who was shown one of them before.
    opened: tuple[tuple[str, str, str], ...] = ()
    #: Documents of ours that are copies: told, and left.
    ours: tuple[str, ...] = ()
    certificate: PublishedPaper | None = None

    def counts(self) -> dict[str, int]:
        """Count documents by how they came into it."""
        counts: dict[str, int] = {}
        for row in self.rows:
            counts[row.how] = counts.get(row.how, 0) + 1
        return counts


def put_away(
    case: CaseFile, notice: ClawbackNotice, custodian: str, by: tuple[str, str] | None = None
) -> PutAway:
    """Put away what a notice names, its families and copies. Raises NobodyHereError.

    What is named goes first, before anything is compared: from that moment it is shown to nobody.
    Raises WhoseNoticeError where numbers are of several parties and the notice names none.
    """
    reach = _reach(case, notice)
    note = {"file": notice.path.name, "sha256": notice.sha256, "custodian": custodian}
    name, rows = _enter(case, reach.found, {}, custodian, note, by)
    fresh, ours = _with_copies(case, reach)
    if fresh:
        _, added = _enter(case, fresh, {"notice": name}, custodian, note, by)
        rows = [*rows, *added]
    whole = PutAway(name, custodian, tuple(rows), reach.unknown, ours=tuple(sorted(ours)))
    return _with_history(case, whole, reach.index)


def would_take(
    case: CaseFile, notice: ClawbackNotice
) -> tuple[dict[str, tuple[str, str]], tuple[str, ...]]:
    """Return what a notice would put away, and its numbers that are no document here.

    By control number: how it comes into it, and with or of which. Nothing is written. Raises
    NobodyHereError.
    """
    reach = _reach(case, notice)
    fresh, _ = _with_copies(case, reach)
    return {**reach.found, **fresh}, reach.unknown


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a notice names, and the families of that."""

    index: _Numbers
    every: Mapping[ControlNumber, Document]
    theirs: Mapping[ControlNumber, Document]
    families: Mapping[ControlNumber, Sequence[str]]
    named: Mapping[str, None]
    #: Numbers of the notice that are no document here, as written.
    unknown: tuple[str, ...]
    #: Control number -> how, and with which.
    found: Mapping[str, tuple[str, str]]


def require_party(case: CaseFile, notice: ClawbackNotice) -> None:
    """Raise WhoseNoticeError where numbers of a notice are of several parties and it names none."""
    _named(_Numbers.of(case), notice)


def _named(index: _Numbers, notice: ClawbackNotice) -> tuple[dict[str, None], list[str]]:
    """Return the documents a notice names, and its numbers that are none. Raises as above."""
    named: dict[str, None] = {}
    unknown: list[str] = []
    for called in notice.called:
        controls = index.within(called.first, called.last, notice.party)
        parties = {index.parties[control] for control in controls if control in index.parties}
        if len(parties) > 1:
            raise WhoseNoticeError(called.text, parties)
        named |= dict.fromkeys(controls)
        if not controls:
            unknown.append(called.text)
    return named, unknown


def _reach(case: CaseFile, notice: ClawbackNotice) -> _Reach:
    index = _Numbers.of(case)
    named, unknown = _named(index, notice)
    if not named:
        raise NobodyHereError(notice.called)
    every = {row.control_number: row for row in DocumentTable(case.matter, whole=True).ask()}
    theirs = {number: row for number, row in every.items() if row.side == "theirs"}
    families = _families(theirs)
    found: dict[str, tuple[str, str]] = {number: ("named", number) for number in named}
    for number in named:
        for member in families[theirs[ControlNumber(number)].family]:
            found.setdefault(member, ("family", number))
    return _Reach(index, every, theirs, families, named, tuple(unknown), found)


def _with_copies(case: CaseFile, reach: _Reach) -> tuple[dict[str, tuple[str, str]], set[str]]:
    """Return copies of what a notice reaches, with their families; and those that are ours."""
    # What lies beneath what is named is called back with it, and so are copies of that.
    base = {
        number
        for number in reach.found
        if number in reach.named or _beneath(reach.theirs, number, reach.named)
    }
    copies, ours = _copies(case, reach.every, base)
    more: dict[str, tuple[str, str]] = {}
    for number, (how, of) in copies.items():
        for member in reach.families[reach.theirs[ControlNumber(number)].family]:
            more.setdefault(member, ("family", number))
        more[number] = (how, of)
    return {number: how for number, how in more.items() if number not in reach.found}, ours


def _enter(
    case: CaseFile,
    found: Mapping[str, tuple[str, str]],
    known: Mapping[str, str],
    custodian: str,
    note: Mapping[str, Any],
    by: tuple[str, str] | None,
) -> tuple[str, list[Quarantined]]:
    with case.matter.writing() as connection:
        name = known.get("notice") or quarantine.next_notice(connection)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [
            Quarantined(number, how, of, name, custodian, at)
            for number, (how, of) in sorted(found.items())
        ]
        quarantine.enter(connection, rows, note, by)
    return name, rows


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Which document a number is, of those received."""

    #: (prefix, width) -> (first, last, control number), in order.
    spans: Mapping[tuple[str, int], Sequence[tuple[int, int, str]]]
    controls: frozenset[str]
    #: Control number -> whose document it is.
    parties: Mapping[str, str]

    @classmethod
    def of(cls, case: CaseFile) -> _Numbers:
        with case.matter.engine.connect() as connection:
            numbers = received.numbers(connection)
            theirs = received.sources(connection)
        spans: dict[tuple[str, int], list[tuple[int, int, str]]] = defaultdict(list)
        for control, row in numbers.items():
            try:
                first, last = Bates.parse(row.first), Bates.parse(row.last)
            except NotABatesNumberError:
                continue
            pages = first.pages_to(last) or 1
            spans[first.prefix, first.width].append(
                (first.number, first.number + pages - 1, control)
            )
        table = DocumentTable(case.matter, whole=True)
        every = table.query("SELECT control_number, source FROM documents", readings=False)
        of_theirs = frozenset(str(number) for number, source in every if source in theirs)
        return cls(
            {key: sorted(rows) for key, rows in spans.items()},
            of_theirs,
            {control: row.party for control, row in numbers.items()},
        )

    def within(self, first: Bates, last: Bates, party: str = "") -> list[str]:
        """Return the documents that have a page between two numbers, of one party if named."""
        found = [
            control
            for start, end, control in self.spans.get((first.prefix, first.width), ())
            if start <= last.number and first.number <= end and party in ("", self.parties[control])
        ]
        if not found and str(first) in self.controls:
            return [c for c in sorted(self.controls) if str(first) <= c <= str(last)]
        return found

    def cited(self, text: str) -> Iterator[str]:
        """Yield the documents whose pages or control numbers a text names."""
        for match in _CITED.finditer(text):
            if match[0] in self.controls:
                yield match[0]
                continue
            number = Bates.parse(match[0])
            yield from self.within(number, number)


def _families(documents: Mapping[ControlNumber, Document]) -> dict[ControlNumber, list[str]]:
    families: dict[ControlNumber, list[str]] = defaultdict(list)
    for number, document in documents.items():
        families[document.family].append(number)
    return families


def _beneath(
    documents: Mapping[ControlNumber, Document], number: str, named: Collection[str]
) -> bool:
    parent = documents[ControlNumber(number)].parent
    while parent is not None:
        if parent in named:
            return True
        parent = documents[parent].parent
    return False


def _copies(
    case: CaseFile, every: Mapping[ControlNumber, Document], base: Collection[str]
) -> tuple[dict[str, tuple[str, str]], set[str]]:
    """Return documents of theirs that are alike, with how and of which; and those of ours."""
    table = DocumentTable(case.matter, whole=True)
    wanted = {ControlNumber(number) for number in base}
    index = TwinIndex.of(texts_of(table, every, wanted))
    found: dict[str, tuple[str, str]] = {}
    ours: set[str] = set()
    for text in texts_of(table, every, every.keys() - wanted):
        for twin in index.twins(text):
            if every[text.control].side == "ours":
                ours.add(text.control)
                continue
            near = twin.how in {Likeness.NEAR, Likeness.QUOTED}
            found.setdefault(text.control, ("near copy" if near else "copy", twin.withheld))
    return found, ours


def _with_history(case: CaseFile, away: PutAway, index: _Numbers | None = None) -> PutAway:
    """Return what was put away, with the work that cites it and who was shown it before."""
    controls = {row.control for row in away.rows}
    index = index or _Numbers.of(case)
    return replace(
        away,
        cited=tuple(_cited(case, controls, index)),
        opened=tuple(_opened(case, controls)),
    )


def _cited(case: CaseFile, controls: Collection[str], index: _Numbers) -> Iterator[Cited]:
    """Yield what people wrote that cites one of these documents."""

    def met(text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c for c in index.cited(text) if c in controls))

    with case.matter.engine.connect() as connection:
        for event in chronology.standing(connection):
            if own := met(" ".join((event.sentence, *event.cites))):
                yield Cited("chronology", event.id, own)
        for exhibit in exhibits.every(connection):
            if exhibit.control in controls:
                yield Cited("exhibit", exhibit.name, (exhibit.control,))
        for control, body in _codings(connection):
            if own := (control,) if control in controls else met(body):
                yield Cited("coding", control, own)
    latest = {(act.kind, act.key): act for act in case.acts}
    for (kind, key), act in latest.items():
        if own := met(json.dumps(dict(act.body), ensure_ascii=False, default=str)):
            yield Cited(kind, key, own)


def _codings(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    if sa.inspect(connection).has_table(tables.coding_now.name):
        for row in connection.execute(sa.select(tables.coding_now)):
            yield row.control, row.body


def _opened(case: CaseFile, controls: Collection[str]) -> Iterator[tuple[str, str, str]]:
    with case.matter.engine.connect() as connection:
        for entry in journal.of(connection, quarantine.OPEN):
            if (control := entry.facts().get("control")) in controls:
                yield entry.at, entry.who, control


def standing(case: CaseFile) -> list[PutAway]:
    """Return every notice, ended ones too, as entered."""
    with case.matter.engine.connect() as connection:
        rows = quarantine.rows(connection)
    by_notice: dict[str, list[Quarantined]] = defaultdict(list)
    for row in rows:
        by_notice[row.notice].append(row)
    return [PutAway(name, own[0].custodian, tuple(own)) for name, own in sorted(by_notice.items())]


def again(case: CaseFile, notice: str) -> PutAway:
    """Return one notice with its history. Raises NoSuchNoticeError."""
    known = {away.notice: away for away in standing(case)}
    if notice not in known:
        raise NoSuchNoticeError(notice, known)
    return _with_history(case, known[notice])


def certify(case: CaseFile, away: PutAway, day: date, into: Path | None = None) -> PutAway:
    """Print the certificate of a notice as DOCX, PDF and TXT; the caller holds the matter."""
    with case.matter.engine.connect() as connection:
        entries = [
            entry
            for action in (quarantine.ENTER, quarantine.END)
            for entry in journal.of(connection, action)
            if entry.facts().get("notice") == away.notice
        ]
    digests = {
        str(document.control_number): document.sha256
        for document in DocumentTable(case.matter, whole=True).ask()
        if document.control_number in {row.control for row in away.rows}
    }
    for entry in entries:
        # Of what was destroyed only its digest is left, where the journal has it.
        for control, (sha256, *_) in entry.facts().get("digests", {}).items():
            digests[control] = sha256
    numbers = _numbers_of(case)
    blocks = list(_certificate(away, entries, digests, numbers))
    paper = Paper(f"Certificate of quarantine {away.notice}", tuple(blocks), day)
    published = publish(case, "quarantine", paper, into, facts={"notice": away.notice})
    return replace(away, certificate=published)


def _numbers_of(case: CaseFile) -> dict[str, str]:
    with case.matter.engine.connect() as connection:
        rows = received.numbers(connection)
    return {
        control: row.first if row.first == row.last else f"{row.first} to {row.last}"
        for control, row in rows.items()
    }


def _put_away(rows: int) -> str:
    # What is named goes at once; its copies follow when they are found.
    return f"{count(rows, 'document')} put away"


_HOW = {
    "named": "named by the notice",
    "family": "of one family with",
    "copy": "a copy of",
    "near copy": "nearly a copy of",
}


def _certificate(
    away: PutAway,
    entries: Sequence[journal.Entry],
    digests: Mapping[str, str],
    numbers: Mapping[str, str],
) -> Iterator[Block]:
    first = entries[0].facts() if entries else {}
    yield Heading(f"Certificate of quarantine {away.notice}")
    yield Paragraph(
        f"Notice {first.get('file', '')} (SHA-256 {first.get('sha256', '')}). "
        f"{count(len(away.rows), 'document')} put away; shown to nobody but "
        f"{away.custodian or 'nobody'} from then on."
    )
    yield Heading("What was done, and who did it", 2)
    yield Lines(
        tuple(
            f"{entry.at}  {entry.who} ({entry.known_by}): "
            f"{entry.facts().get('outcome') or _put_away(entry.facts().get('rows', 0))}"
            f"{_because(entry.facts().get('because', ''))}"
            for entry in entries
        )
    )
    yield Heading("Documents", 2)
    rows = tuple(
        (
            row.control,
            numbers.get(row.control, "(inside a native)"),
            _HOW[row.how] + ("" if row.how == "named" else f" {row.of}"),
            digests.get(row.control, "") or "no native",
        )
        for row in away.rows
    )
    yield Table(("Document", "Bates numbers", "Why", "SHA-256 of the native"), rows)
    yield Heading("Who had opened them before", 2)
    opened = [f"{at}  {who}: {control}" for at, who, control in away.opened]
    yield Lines(tuple(opened) or ("Nobody, by the journal of the room.",))
    yield Heading("Work product that cites them", 2)
    cited = [f"{row.kind} {row.name}: {', '.join(row.controls)}" for row in away.cited]
    yield Lines(tuple(cited) or ("None.",))
    if away.ours:
        yield Heading("Documents of ours that are alike, and stay", 2)
        yield Lines(tuple(away.ours))
    if away.unknown:
        yield Heading("Numbers of the notice that are no document here", 2)
        yield Lines(away.unknown)


def _because(reason: str) -> str:
    return f", {reason}" if reason else ""


# The end of a quarantine


def end(
    case: CaseFile, notice: str, outcome: str, because: str, by: tuple[str, str] | None = None
) -> PutAway:
    """End a quarantine: "lifted", "returned" or "destroyed"; the caller holds the matter.

    What was lifted is shown as before; what was returned or destroyed is shown to nobody, and of
    what was destroyed no byte stays that no other document needs. Raises NoSuchNoticeError.
    """
    away = again(case, notice)
    open_ = [row for row in away.rows if row.outcome in {"", "returned"}]
    if not open_ and outcome != "destroyed":
        ended = {away.notice for away in standing(case) if any(not r.outcome for r in away.rows)}
        raise NoSuchNoticeError(notice, ended)
    if outcome == "destroyed":
        _destroy(case, away, because, by)
    else:
        with case.matter.writing() as connection:
            quarantine.end(connection, notice, outcome, {"because": because}, by)
    return again(case, notice)


@dataclass(slots=True)
class _Tombstones:
    """Bundles written anew without what is destroyed."""

    case: CaseFile
    #: Of each row that goes, by item and step: what is kept of it to tell it by.
    gone: Mapping[tuple[str, str], FieldValue]
    #: First numbers of those rows: a paper or load file that has one goes too.
    numbers: tuple[str, ...]
    #: Item id -> old and new blob, with sizes and digests of the new one.
    items: dict[str, tuple[str, Any]] = field(default_factory=dict)
    #: Old blobs that may go.
    left: set[str] = field(default_factory=set)

    def write(self, source: str) -> None:
        """Write the bundles of one source anew where they hold something that goes."""
        evidence = self.case.matter.evidence
        with self.case.matter.engine.connect() as connection:
            items = list(sources.items(connection, source))
        for item in items:
            if not evidence.path(item.blob).exists():
                continue
            listed = json.loads(_bytes(evidence, item.blob))
            table = _bytes(evidence, listed[reading.TABLE])
            head, rows = received_table.head(table), list(received_table.rows(table))
            kept = [
                _tombstone(row, mark) if (mark := self.gone.get((item.id, row.head.step))) else row
                for row in rows
            ]
            members = self._members(listed["members"], rows, kept, listed[reading.TABLE])
            if kept == rows and len(members) + 1 == len(listed["members"]):
                continue
            new = evidence.put(BytesIO(received_table.write(_plain(head), kept)))
            members.append({"path": "(rows)", "blob": new.sha256, "fault": ""})
            whole = {"forthwith-bundle": 1, "members": members, "received": new.sha256}
            blob = evidence.put(BytesIO(journal.canonical(whole).encode()))
            self.items[item.id] = (item.blob, blob)
            before = {row["blob"] for row in listed["members"] if row["blob"]}
            self.left |= {item.blob, listed[reading.TABLE], *before}

    def _members(
        self,
        members: Sequence[Mapping[str, str]],
        rows: Sequence[ReceivedRow],
        kept: Sequence[ReceivedRow],
        table: str,
    ) -> list[dict[str, str]]:
        """Return the members that stay: files of rows that stay, and papers that name none gone."""
        before = {path for row in rows for path in _files(row)}
        used = {path for row in kept for path in _files(row)}
        return [
            dict(row)
            for row in members
            if row["blob"] != table
            and (row["path"] in used or (row["path"] not in before and self._stays(row)))
        ]

    def _stays(self, row: Mapping[str, str]) -> bool:
        """Say whether a file may stay that belongs to no row: it names nothing that goes."""
        if row["path"].startswith("(parcel) "):
            return False
        if not row["blob"]:
            return True
        data = _bytes(self.case.matter.evidence, row["blob"])
        return not any(
            number.encode(name) in data
            for number in self.numbers
            for name in ("utf-8", "utf-16-le", "utf-16-be")
        )


_GONE = "(destroyed)"


def _tombstone(row: ReceivedRow, mark: FieldValue) -> ReceivedRow:
    """Return what is left of a row: its numbers, its digests, and that it was destroyed."""
    fault = Fault(FaultReason.MISSING, "destroyed after it was called back")
    head = RowHead(row.head.step, row.head.number, row.head.last)
    return ReceivedRow(head, name=_GONE, fields=(mark,), faults=(fault,))


def _deliveries_of(
    case: CaseFile, receptions: Sequence[ReceivedVolume], documents: Sequence[Document]
) -> dict[tuple[str, str], FieldValue]:
    """Return every delivery of some documents, by item and step, with what is kept of each.

    Earlier versions go with the last one; another document under the same number stays.
    """
    evidence = case.matter.evidence
    read = Deliveries(evidence)
    every: dict[tuple[str, str, str], list[tuple[ReceivedVolume, Item]]] = defaultdict(list)
    party = {reception.source: reception.party for reception in receptions}
    for reception in receptions:
        with case.matter.engine.connect() as connection:
            items = list(sources.items(connection, reception.source))
        for item in items:
            if evidence.path(item.blob).exists():
                for head in reading.head_of(evidence, item.blob).rows:
                    # What has no number is known within its volume alone.
                    volume = "" if head.step.startswith(ROW) else reception.volume
                    key = (reception.party, volume, head.step)
                    every[key].append((reception, item))
    volumes = {reception.source: reception.volume for reception in receptions}
    gone: dict[tuple[str, str], FieldValue] = {}
    for document in documents:
        step = steps_of(document.locator)[0]
        volume = "" if step.startswith(ROW) else volumes[document.source]
        deliveries = every.get((party[document.source], volume, step), [])
        rows = [read.row(item.blob, step) for _, item in deliveries]
        which = grouped([(r.kind, row) for (r, _), row in zip(deliveries, rows)])
        at = next(
            (w for w, (r, _) in zip(which[::-1], deliveries[::-1]) if r.source == document.source),
            None,
        )
        for (_, item), row, place in zip(deliveries, rows, which):
            if place == at and row is not None and not row.text_of(DESTROYED):
                gone[item.id, step] = tombstone_of(row, place)
    return gone


def _plain(head: TableHead) -> TableHead:
    return replace(head, rows=())


def _files(row: ReceivedRow) -> Iterator[str]:
    yield from filter(None, (row.native, row.text))
    yield from (path for path, _, _ in row.pages)


def _bytes(evidence: Any, blob: str) -> bytes:
    with evidence.open(blob) as source:
        return bytes(source.read(0, source.size))


def _destroy(case: CaseFile, away: PutAway, because: str, by: tuple[str, str] | None) -> None:
    """Remove the bytes of what a notice took away; its numbers and digests stay."""
    matter = case.matter
    controls = {row.control for row in away.rows if row.outcome != "lifted"}
    documents = [
        document
        for document in DocumentTable(matter, whole=True).ask("side = 'theirs'")
        if document.control_number in controls
    ]
    with matter.engine.connect() as connection:
        receptions = received.volumes(connection)
    gone = _deliveries_of(case, receptions, documents)
    steps = sorted({step for _, step in gone if step.startswith(ROW)})
    stones = _Tombstones(case, gone, tuple(step.removeprefix(ROW) for step in steps))
    for reception in receptions:
        stones.write(reception.source)
    digests = {
        document.control_number: [document.sha256, document.md5, document.size]
        for document in documents
    }
    with matter.writing() as connection:
        changed = sources.exchange(connection, {k: new for k, (_, new) in stones.items.items()})
        note = {
            "because": because,
            "digests": digests,
            "items": {key: [old, new.sha256] for key, (old, new) in stones.items.items()},
            "sources": changed,
            "blobs": sorted(stones.left),
        }
        quarantine.end(connection, away.notice, "destroyed", note, by)
    finish(case)


def finish(case: CaseFile) -> None:
    """Remove what destroyed notices left: blobs, readings, indexes, pages. Does nothing twice."""
    matter = case.matter
    blobs: set[str] = set()
    units: set[str] = set()
    with matter.engine.connect() as connection:
        for entry in journal.of(connection, quarantine.END):
            facts = entry.facts()
            blobs |= set(facts.get("blobs", ()))
            units |= {old for old, _ in facts.get("items", {}).values()}
        needed = needed_blobs(matter, connection)
    parts = Parts(matter, processing.STAGE)
    parts.forget({key for key in parts.units() if key.partition("#")[0] in units})
    for name in _DERIVED:
        place = matter.derived / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    processing.process(matter)
    case.documents_changed()
    for blob in blobs - needed:
        matter.evidence.path(blob).unlink(missing_ok=True)


def as_json(away: PutAway) -> dict[str, Any]:
    """Return what was put away as plain data."""
    return {
        "notice": away.notice,
        "custodian": away.custodian,
        "counts": away.counts(),
        "documents": [asdict(row) for row in away.rows],
        "unknown": list(away.unknown),
        "cited": [asdict(row) for row in away.cited],
        "opened": [list(row) for row in away.opened],
        "ours": list(away.ours),
        "certificate": away.certificate.as_json() if away.certificate else None,
    }
