"""Challenges to the other side's privilege log: its entries beside the slip-sheets they stand for.

A log that was received is kept as its bytes, with an entry in the journal that holds their digest.
A challenge stands in the register of findings, where points of reviewers stand too, and
`forthwith deficiency` prints it. An entry is shown to whoever is shown every document it names;
one that names none, to whoever is shown any document of the volume the log came with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from forthwith.check.privilege_log import comparison, documents_named
from forthwith.check.privilege_log.documents_named import DocumentsByPage, Placed
from forthwith.domain.act_bodies import Body
from forthwith.domain.acts import Act
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.errors import ForthwithError
from forthwith.domain.finding import Finding
from forthwith.domain.privilege_logs import LogEntry, ServedLog
from forthwith.domain.tracked_finding import FINDING, State, TrackedFinding
from forthwith.domain.users import Right, Seer
from forthwith.formats.served import privilege_log
from forthwith.loadfiles import slip_sheets
from forthwith.loadfiles.volume_rows import Row
from forthwith.record import acts as journal_acts
from forthwith.record import received
from forthwith.respond.deficiency.findings import FindingRegister, UnknownFindingError
from forthwith.standards import catalogue
from forthwith.workflows.room.citations import Citations
from forthwith.workflows.room.deficiency import CODE
from forthwith.workflows.room.room import RefusedError, Room

#: Kind of the acts that keep a log; the key is the volume it came with.
LOG = "received privilege log"
#: Folder of a matter that holds the bytes of such logs, by digest.
FOLDER = "received-logs"
#: First of a finding's `about`, where it is a challenge; entry and ground follow.
_CHALLENGE = "privilege log"
_LONGEST = 1_000
_WITHHELD = frozenset(
    {"withheld", "privilege withheld", "priv withheld", "withheld placeholder", "priv log number",
     "privilege log no"}
)  # fmt: skip
_REDACTED = frozenset(
    {"redacted", "redaction", "redactions", "has redactions", "is redacted", "redaction reason"}
)
_RULE = "Fed. R. Civ. P. 26(b)(5)(A)"


@dataclass(frozen=True, slots=True)
class Ground:
    """Why an entry is challenged."""

    name: str
    words: str
    clause: str
    cure: str


GROUNDS: Mapping[str, Ground] = {
    ground.name: ground
    for ground in (
        Ground("description", "its description does not let the claim be assessed",
               f"{_RULE}(ii)", "Describe the document so that the claim can be assessed, or "
               "produce it."),
        Ground("no-attorney", "it names no attorney", f"{_RULE}(ii)",
               "Name the attorney whose advice was asked for or given, or produce the document."),
        Ground("third-party", "somebody outside the privilege is on the communication",
               f"{_RULE}(ii)", "State who the person is and why the privilege holds, or produce "
               "the document."),
        Ground("business", "it is business advice, not legal advice", f"{_RULE}(i)",
               "State the legal advice, or produce the document, redacted where a part is such."),
        Ground("no-sheet", "no slip-sheet stands for it", f"{_RULE}(i)",
               "Deliver a slip-sheet that bears its number, or withdraw the entry and produce the "
               "document."),
        Ground("no-entry", "a slip-sheet stands in the volume and no entry is for it",
               f"{_RULE}(ii)", "Log the document, or produce it."),
        Ground("attachment", "its attachments are not logged separately", f"{_RULE}(ii)",
               "Log each attachment with its own claim, or produce it."),
    )
}  # fmt: skip


class ChallengeError(ForthwithError):
    """A challenge that cannot be made, or a log that cannot be kept."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document of theirs that an entry names."""

    number: str
    control: str
    #: Whether a slip-sheet stands in its place; else it is produced, in whole or in part.
    withheld: bool


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry with what stands for it."""

    log: str
    volume: str
    entry: LogEntry
    sheets: tuple[Sheet, ...]
    #: What the check of the log finds in it.
    findings: tuple[Finding, ...]
    challenges: tuple[str, ...]

    @property
    def sheet(self) -> str:
        """Return the numbers of its slip-sheets, or "no slip-sheet"."""
        numbers = [sheet.number for sheet in self.sheets if sheet.withheld]
        return ", ".join(numbers) or "no slip-sheet"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data; keys as documented in docs/commands.md."""
        return {
            "entry": self.entry.name,
            "log": self.log,
            "volume": self.volume,
            "description": self.entry.description,
            "basis": self.entry.basis,
            "slip_sheets": [sheet.number for sheet in self.sheets if sheet.withheld],
            "documents": [sheet.control for sheet in self.sheets],
            "findings": [f"{finding.code}: {finding.message}" for finding in self.findings],
            "challenges": list(self.challenges),
        }


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge as it stands."""

    #: "F-0007".
    key: str
    entry: str
    ground: str
    message: str
    clause: str
    #: "open", "withdrawn", or what the register says of the answer.
    state: str
    volume: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class LogShown:
    """The logs as one person is shown them."""

    entries: tuple[EntryRow, ...]
    #: Slip-sheets that no entry is for, with the volume of each.
    without_entry: tuple[tuple[str, Sheet], ...]
    challenges: tuple[Challenge, ...]
    #: Received volumes of which they are shown a document, the last received last.
    volumes: tuple[str, ...]
    #: What of the logs was not read.
    notes: tuple[str, ...]


def keep(room: Room, seer: Seer, path: Path, volume: str = "") -> str:
    """Keep a log that came with a volume, in place of an earlier one; returns the volume.

    Without a volume it is that last received. Raises RefusedError, ChallengeError,
    UnreadableLogError.
    """
    _require(seer)
    try:
        data = path.read_bytes()
    except OSError as wrong:
        raise ChallengeError(f"{path.name} cannot be read ({wrong.strerror}).") from wrong
    log = privilege_log.read(path.name, data)
    known = _shown_volumes(room, seer)
    if not known or (volume and volume not in known):
        raise ChallengeError(
            f"There is no received volume{f' {volume}' if volume else ''} for the log to belong "
            f"to. Received: {', '.join(known) or 'none; take one in with `forthwith receive`'}."
        )
    volume = volume or known[-1]
    digest = hashlib.sha256(data).hexdigest()
    folder = room.matter.folder / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / digest).write_bytes(data)
    body = {"name": PurePath(path.name).name, "sha256": digest, "entries": len(log.entries)}
    journal_acts.write(room.matter, [Act(LOG, volume, body)], by=(seer.user.login, seer.known_by))
    return volume


def shown(room: Room, seer: Seer) -> LogShown:
    """Return entries, slip-sheets without one, and challenges. Raises RefusedError.

    Raises ChallengeError where the bytes of a log are gone or changed.
    """
    _require(seer)
    rows, controls = _rows(room)
    with room.matter.engine.connect() as connection:
        citations = Citations(room, seer, connection)

        def seen(row: Row) -> bool:
            return citations.shown(controls[row.first])

        volumes = _shown_volumes(room, seer)
        whole = all(seen(row) for row in rows)
        challenges = _challenges(room, citations, controls, volumes)
        by_entry: dict[tuple[str, str], list[str]] = {}
        for challenge in challenges:
            by_entry.setdefault((challenge.volume, challenge.entry), []).append(challenge.key)
        entries: list[EntryRow] = []
        named: set[str] = set()
        notes: list[str] = []
        for volume, log in _logs(room).items():
            shelf = DocumentsByPage(rows)
            placed = documents_named.placed([log], shelf)
            named |= {row.first for item in placed for row in item.documents}
            if volume not in volumes:
                continue
            kept = [item for item in placed if _entry_shown(item, seen, citations)]
            notes += log.notes if whole else ()
            found = _findings(log, kept, [row for row in rows if seen(row)], whole=whole)
            for item in kept:
                sheets = tuple(
                    Sheet(row.first, controls[row.first], row.withheld) for row in item.documents
                )
                entries.append(
                    EntryRow(
                        log.name,
                        volume,
                        item.entry,
                        sheets,
                        tuple(found.get(item.entry.name, ())),
                        tuple(by_entry.get((volume, item.entry.name), ())),
                    )
                )
        without = tuple(
            (row.volume, Sheet(row.first, controls[row.first], True))
            for row in rows
            if row.withheld and row.first not in named and seen(row)
        )
    return LogShown(tuple(entries), without, tuple(challenges), volumes, tuple(notes))


def add(room: Room, seer: Seer, entry: str, ground: str, says: str = "") -> Challenge:
    """Challenge an entry, by its number in the log or a number stamped on its document.

    Raises RefusedError, ChallengeError.
    """
    view = shown(room, seer)
    if ground not in GROUNDS:
        raise ChallengeError(f"There is no ground {ground!r}. Grounds: {', '.join(GROUNDS)}.")
    says = " ".join(says.split()).rstrip(".")
    if len(says) > _LONGEST or not (says.isprintable() or not says):
        raise ChallengeError(f"Say why in up to {_LONGEST:,} letters.")
    name, volume, numbers, sheeted = _meant(view, entry)
    if ground == "no-entry" and not sheeted:
        raise ChallengeError(
            f"{name} is an entry of the log; `no-entry` is for a slip-sheet alone."
        )
    if sheeted and ground != "no-entry":
        raise ChallengeError(f"No entry is for {name}; challenge it as `no-entry`.")
    reason = GROUNDS[ground]
    what = f"slip-sheet {name}" if sheeted else f"entry {name} of the privilege log"
    message = f"{what}: {reason.words}{f'. {says}' if says else ''} ({reason.clause})"
    finding = replace(
        catalogue.finding(
            CODE,
            message,
            bates=numbers[0] if numbers else "",
            volume=volume,
            about=(_CHALLENGE, name, ground, *numbers),
        ),
        clause=reason.clause,
        cure=reason.cure,
    )
    case = room.case
    if any(
        item.finding.identity == finding.identity and item.state is not State.CLOSED
        for item in FindingRegister(case.acts).items.values()
    ):
        raise ChallengeError("This challenge stands in the register already, in the same words.")
    # One that was withdrawn may be put again, as a new finding: what is closed stays so.
    last = max((int(key.removeprefix("F-")) for key in FindingRegister(case.acts).items), default=0)
    act = Act(FINDING, f"F-{last + 1:04d}", TrackedFinding(finding).body())
    _write(room, seer, [act], case.acts.last)
    return _challenge(act.key, TrackedFinding(finding))


def withdraw(room: Room, seer: Seer, key: str, because: str = "") -> Challenge:
    """Withdraw a challenge; it stays in the register. Raises RefusedError, ChallengeError."""
    view = shown(room, seer)
    if key not in {challenge.key for challenge in view.challenges}:
        raise ChallengeError(f"There is no challenge {key!r}; `forthwith challenges` lists them.")
    case = room.case
    register = FindingRegister(case.acts)
    if key not in register.items:
        raise UnknownFindingError(key, register.items)
    act = register.moved(key, State.CLOSED, because=f"withdrawn. {because}".strip())
    _write(room, seer, [act], case.acts.last)
    return _challenge(key, TrackedFinding.from_body(key, act.body))


def _write(room: Room, seer: Seer, acts: Sequence[Act], after: int) -> None:
    journal_acts.write(room.matter, acts, after, (seer.user.login, seer.known_by))


def _meant(view: LogShown, typed: str) -> tuple[str, str, tuple[str, ...], bool]:
    """Return name, volume and numbers of what is meant, and whether it is a sheet alone."""
    wanted = typed.strip().casefold()
    rows = [row for row in view.entries if row.entry.name.casefold() == wanted]
    if not rows:
        rows = [row for row in view.entries if _names(row, typed.strip())]
    if len(rows) > 1:
        names = ", ".join(f"{row.entry.name} ({row.volume})" for row in rows[:5])
        raise ChallengeError(f"{typed.strip()} may be {names}. Give the number of its document.")
    if rows:
        row = rows[0]
        return row.entry.name, row.volume, tuple(sheet.number for sheet in row.sheets), False
    for volume, sheet in view.without_entry:
        if sheet.number.casefold() == wanted:
            return sheet.number, volume, (sheet.number,), True
    raise ChallengeError(
        f"No entry or slip-sheet is called {typed.strip()!r}. Give the number in the log, or one "
        "stamped on the document; `forthwith challenges` lists both."
    )


def _names(row: EntryRow, typed: str) -> bool:
    if typed in {sheet.number for sheet in row.sheets}:
        return True
    try:
        page = Bates.parse(typed)
    except NotABatesNumberError:
        return False
    return any(
        (first.prefix, first.width) == (page.prefix, page.width)
        and first.number <= page.number <= last.number
        for first, last in row.entry.pages
    )


def _entry_shown(item: Placed, seen: Any, citations: Citations) -> bool:
    """Tell whether an entry is shown: no document it names, in any column, is hidden."""
    entry = item.entry
    if not all(seen(row) for row in item.documents):
        return False
    spans = [f"{first}-{last}" if first != last else str(first) for first, last in entry.pages]
    if any(not citations.shown(control) for control in citations.documents(spans)):
        return False
    return not citations.names_hidden(f"{entry.description} {entry.title} {entry.number}")


def _findings(
    log: ServedLog, kept: Sequence[Placed], rows: Sequence[Row], *, whole: bool
) -> dict[str, list[Finding]]:
    """Return what the log's own check finds, by entry, counted over what is shown alone.

    Families withheld in part (PL07) are told only to whom every document of theirs is shown.
    """
    part = replace(log, entries=tuple(item.entry for item in kept))
    by_entry: dict[str, list[Finding]] = {}
    for finding in comparison.compared([part], rows, []).added:
        if finding.about and finding.about[0] and (whole or finding.code != "PL07"):
            by_entry.setdefault(finding.about[0], []).append(finding)
    return by_entry


def _challenges(
    room: Room, citations: Citations, controls: Mapping[str, str], volumes: Sequence[str]
) -> list[Challenge]:
    found = []
    for key, item in FindingRegister(room.case.acts).items.items():
        about = item.finding.about
        if about[:1] != (_CHALLENGE,) or item.finding.volume not in volumes:
            continue
        numbers = about[3:]
        if all(citations.shown(controls.get(number, "")) for number in numbers) and not (
            citations.names_hidden(item.finding.message)
        ):
            found.append(_challenge(key, item))
    return found


def _challenge(key: str, item: TrackedFinding) -> Challenge:
    finding = item.finding
    state = str(item.state)
    if item.state is State.CLOSED and item.because.startswith("withdrawn"):
        state = "withdrawn"
    return Challenge(
        key, finding.about[1], finding.about[2], finding.message, finding.clause, state,
        finding.volume,
    )  # fmt: skip


def _logs(room: Room) -> dict[str, ServedLog]:
    """Return the logs kept, by volume. Raises ChallengeError."""
    logs = {}
    for volume, act in room.case.acts.of(LOG).items():
        body = Body(f"log of {volume!r}", act.body)
        name, digest = body.text("name"), body.text("sha256")

        def read(name: str = name, digest: str = digest) -> ServedLog:
            path = room.matter.folder / FOLDER / digest
            data = path.read_bytes() if path.is_file() else b""
            if hashlib.sha256(data).hexdigest() != digest:
                raise ChallengeError(
                    f"The bytes of {name} are gone or changed since it was kept. Give the log "
                    "again: `forthwith challenges list --log FILE`."
                )
            return privilege_log.read(name, data)

        logs[volume] = room.remembered((LOG, digest, name), read)
    return logs


def _rows(room: Room) -> tuple[list[Row], dict[str, str]]:
    """Return the documents of theirs as rows of their volumes, and controls by first number."""
    standing = room.standing()
    return room.remembered((LOG, standing.digest, standing.version), lambda: _made(room))  # type: ignore[no-any-return]


def _made(room: Room) -> tuple[list[Row], dict[str, str]]:
    standing = room.standing()
    columns = standing.columns
    with room.matter.engine.connect() as connection:
        numbers = received.numbers(connection)
    rows, controls = [], {}
    firsts = {control: row.first for control, row in numbers.items()}
    for control, number in numbers.items():
        place = columns.place.get(control)
        if place is None:
            continue
        document = standing.store.information(place)
        log, redacted = None, ""
        for field, value in document.fields.items():
            column = value.origin.rpartition(":")[2].replace("_", " ").strip().casefold()
            columns_named = {column, field.replace("_", " ").casefold()}
            if columns_named & _WITHHELD:
                log = slip_sheets.of_cell(str(value.value))
            elif columns_named & _REDACTED and slip_sheets.redacted(str(value.value)):
                redacted = str(value.value)
        # The head that names sender and subject is the load file's; the sheet's words follow it.
        body = standing.store.body(place)
        if log is None and standing.store.length(place) - body <= 2 * slip_sheets.LONGEST:
            log = slip_sheets.of_text(standing.store.text(place)[0][body:])
        parent = firsts.get(document.parent, "") if document.parent else ""
        rows.append(
            Row(
                number.volume, number.first, number.last, parent=parent, name=document.name,
                native=document.size > 0 and log is None,
                withheld=log is not None, log=log or "", redacted=redacted,
            )
        )  # fmt: skip
        controls[number.first] = control
    rows.sort(key=lambda row: (row.volume, row.first))
    return rows, controls


def _shown_volumes(room: Room, seer: Seer) -> tuple[str, ...]:
    """Return received volumes of which somebody is shown a document, in the order received."""
    rows, controls = _rows(room)
    with room.matter.engine.connect() as connection:
        citations = Citations(room, seer, connection)
        seen = {row.volume for row in rows if citations.shown(controls[row.first])}
        order = dict.fromkeys(volume.volume for volume in received.volumes(connection))
    return tuple(name for name in order if name in seen)


def _require(seer: Seer) -> None:
    if not seer.may(Right.CHALLENGE):
        raise RefusedError(
            "Your role in this matter challenges no privilege log. Leads and monitors do; ask "
            "whoever administers the room."
        )
