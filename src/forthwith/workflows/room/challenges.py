"""Challenges to the other side's privilege log: its entries beside the slip-sheets they stand for.

Which logs there are, and what their entries name, is `received_logs`. A challenge stands in the
register of findings, where points of reviewers stand too, and `forthwith deficiency` prints it. An
entry is shown to whoever is shown every document it names; one that names none, to whoever is shown
any document of the volume the log came with. A log that is itself a document is shown with that.

Two parties may use the same numbers: each number means a document of the party whose log, volume
or challenge it stands in, and what is hidden of another party says nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forthwith.check.privilege_log import comparison
from forthwith.domain.acts import Act
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.errors import ForthwithError
from forthwith.domain.finding import Finding
from forthwith.domain.privilege_logs import LogEntry, ServedLog
from forthwith.domain.tracked_finding import FINDING, State, TrackedFinding
from forthwith.domain.users import Right, Seer
from forthwith.loadfiles.volume_rows import Row
from forthwith.record import acts as journal_acts
from forthwith.record import received
from forthwith.respond.deficiency.findings import FindingRegister, UnknownFindingError
from forthwith.standards import catalogue
from forthwith.workflows.room import received_logs
from forthwith.workflows.room.citations import Citations
from forthwith.workflows.room.deficiency import CODE
from forthwith.workflows.room.received_logs import NamedEntry, TheirDocument
from forthwith.workflows.room.room import RefusedError, Room

#: First of a finding's `about`, where it is a challenge; entry, ground and numbers follow, all of
#: the party whose volume the finding is of.
_CHALLENGE = "privilege log"
_LONGEST = 1_000
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
    """A challenge that cannot be made, or a log that belongs to no volume."""


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
class LogRow:
    """One log there is."""

    name: str
    volume: str
    #: Where it lies in the volume; "" where it was given.
    path: str
    #: Of its entries, those that are shown.
    entries: int

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
    #: The logs there are.
    logs: tuple[LogRow, ...]
    #: What of the logs was not read.
    notes: tuple[str, ...]


def keep(room: Room, seer: Seer, name: str, data: bytes, volume: str = "") -> str:
    """Keep a log that came with a volume, in place of an earlier one; returns the volume.

    Without a volume it is that last received. Raises RefusedError, ChallengeError,
    UnreadableLogError.
    """
    _require(seer)
    known = _shown_volumes(room, seer)
    if not known or (volume and volume not in known):
        raise ChallengeError(
            f"There is no received volume{f' {volume}' if volume else ''} for the log to belong "
            f"to. Received: {', '.join(known) or 'none; take one in with `forthwith receive`'}."
        )
    volume = volume or known[-1]
    received_logs.keep(room, seer, name, data, volume)
    return volume


def shown(room: Room, seer: Seer) -> LogShown:
    """Return entries, slip-sheets without one, and challenges. Raises RefusedError.

    Raises ReceivedLogError where the bytes of a log are gone or changed.
    """
    _require(seer)
    by_party: dict[str, list[TheirDocument]] = {}
    for document in received_logs.documents(room):
        by_party.setdefault(document.party, []).append(document)
    volumes = _shown_volumes(room, seer)
    logs, unread = received_logs.logs(room)
    with room.matter.engine.connect() as connection:
        citations = Citations(room, seer, connection)
        seen = {
            party: [their for their in documents if citations.shown(their.control)]
            for party, documents in by_party.items()
        }
        whole = {party for party, own in seen.items() if len(own) == len(by_party[party])}
        challenges = _challenges(room, citations, by_party, volumes)
        by_entry: dict[tuple[str, str], list[str]] = {}
        for challenge in challenges:
            by_entry.setdefault((challenge.volume, challenge.entry), []).append(challenge.key)
        entries: list[EntryRow] = []
        listed: list[LogRow] = []
        covered: set[str] = set()
        parties = {volume.volume: volume.party for volume in received.volumes(connection)}
        notes = [note for volume, note in unread
                 if volume in volumes and parties[volume] in whole]  # fmt: skip
        for log in logs:
            if log.control and not citations.shown(log.control):
                continue
            named = received_logs.named(log.log, by_party.get(log.party, ()))
            covered.update(their.control for item in named for their in item.documents)
            if log.volume not in volumes:
                continue
            kept = [item for item in named if _entry_shown(item, log.party, citations)]
            notes.extend(log.log.notes if log.party in whole else ())
            rows = [their.row for their in seen.get(log.party, ())]
            found = _findings(log.log, kept, rows, whole=log.party in whole)
            listed.append(LogRow(log.log.name, log.volume, log.path, len(kept)))
            for item in kept:
                name = item.entry.name
                entries.append(
                    EntryRow(
                        log.log.name,
                        log.volume,
                        item.entry,
                        tuple(_sheet(their) for their in item.documents),
                        tuple(found.get(name, ())),
                        tuple(by_entry.get((log.volume, name), ())),
                    )
                )
        without = tuple(
            (their.row.volume, _sheet(their))
            for own in seen.values()
            for their in own
            if their.row.withheld and their.control not in covered
        )
    return LogShown(
        tuple(entries), without, tuple(challenges), volumes, tuple(listed), tuple(notes)
    )


def _sheet(their: TheirDocument) -> Sheet:
    return Sheet(their.row.first, their.control, their.row.withheld)


def add(
    room: Room, seer: Seer, entry: str, ground: str, says: str = "", volume: str = ""
) -> Challenge:
    """Challenge an entry, by its number in the log or a number stamped on its document.

    `volume` says which, where several have it: that of the log, or of the slip-sheet.

    Raises RefusedError, ChallengeError.
    """
    view = shown(room, seer)
    if ground not in GROUNDS:
        raise ChallengeError(f"There is no ground {ground!r}. Grounds: {', '.join(GROUNDS)}.")
    says = " ".join(says.split()).rstrip(".")
    if len(says) > _LONGEST or not (says.isprintable() or not says):
        raise ChallengeError(f"Say why in up to {_LONGEST:,} letters.")
    name, volume, numbers, sheeted = _meant(view, entry, volume.strip())
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


def _meant(view: LogShown, typed: str, volume: str) -> tuple[str, str, tuple[str, ...], bool]:
    """Return name, volume and numbers of what is meant, and whether it is a sheet alone."""
    if volume and volume not in view.volumes:
        raise ChallengeError(
            f"There is no received volume {volume!r} here. Received: {', '.join(view.volumes)}."
        )
    wanted = typed.strip().casefold()
    entries = [row for row in view.entries if volume in ("", row.volume)]
    rows = [row for row in entries if row.entry.name.casefold() == wanted]
    if not rows:
        rows = [row for row in entries if _names(row, typed.strip())]
    sheets = [
        (place, sheet)
        for place, sheet in view.without_entry
        if volume in ("", place) and sheet.number.casefold() == wanted
    ]
    places = [(row.entry.name, row.volume) for row in rows]
    places += [(sheet.number, place) for place, sheet in sheets if not rows or place not in
               {row.volume for row in rows}]  # fmt: skip
    if len(places) > 1:
        names = ", ".join(f"{name} ({place})" for name, place in places[:5])
        several = len({place for _, place in places}) == len(places)
        how = "Say of which volume." if several else "Give the number of its document."
        raise ChallengeError(f"{typed.strip()} may be {names}. {how}")
    if rows:
        row = rows[0]
        return row.entry.name, row.volume, tuple(sheet.number for sheet in row.sheets), False
    for place, sheet in sheets:
        return sheet.number, place, (sheet.number,), True
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


def _entry_shown(item: NamedEntry, party: str, citations: Citations) -> bool:
    """Tell whether an entry is shown: no document it names, in any column, is hidden."""
    entry = item.entry
    if not all(citations.shown(their.control) for their in item.documents):
        return False
    spans = [f"{first}-{last}" if first != last else str(first) for first, last in entry.pages]
    if any(not citations.shown(control) for control in citations.documents(spans, party)):
        return False
    return not citations.names_hidden(f"{entry.description} {entry.title} {entry.number}", party)


def _findings(
    log: ServedLog, kept: Sequence[NamedEntry], rows: Sequence[Row], *, whole: bool
) -> dict[str, list[Finding]]:
    """Return what the log's own check finds, by entry, counted over what is shown alone.

    `rows` are those of the log's party that are shown. Families withheld in part (PL07) are told
    only to whom every document of that party is shown.
    """
    part = replace(log, entries=tuple(item.entry for item in kept))
    by_entry: dict[str, list[Finding]] = {}
    for finding in comparison.compared([part], rows, []).added:
        if finding.about and finding.about[0] and (whole or finding.code != "PL07"):
            by_entry.setdefault(finding.about[0], []).append(finding)
    return by_entry


def _challenges(
    room: Room,
    citations: Citations,
    by_party: Mapping[str, Sequence[TheirDocument]],
    volumes: Sequence[str],
) -> list[Challenge]:
    """Return the challenges of which every document is shown, whoever's number it shares."""
    with room.matter.engine.connect() as connection:
        parties = {volume.volume: volume.party for volume in received.volumes(connection)}
    bearing: dict[tuple[str, str], list[str]] = {}
    for party, documents in by_party.items():
        for their in documents:
            bearing.setdefault((party, their.row.first), []).append(their.control)
    found = []
    for key, item in FindingRegister(room.case.acts).items.items():
        about, volume = item.finding.about, item.finding.volume
        if about[:1] != (_CHALLENGE,) or volume not in volumes:
            continue
        party = parties[volume]
        controls = [bearing.get((party, number), [""]) for number in about[3:]]
        if all(citations.shown(control) for own in controls for control in own) and not (
            citations.names_hidden(item.finding.message, party)
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


def _shown_volumes(room: Room, seer: Seer) -> tuple[str, ...]:
    """Return received volumes of which somebody is shown a document, in the order received."""
    with room.matter.engine.connect() as connection:
        citations = Citations(room, seer, connection)
        seen = {
            their.row.volume
            for their in received_logs.documents(room)
            if citations.shown(their.control)
        }
        order = dict.fromkeys(volume.volume for volume in received.volumes(connection))
    return tuple(name for name in order if name in seen)


def _require(seer: Seer) -> None:
    if not seer.may(Right.CHALLENGE):
        raise RefusedError(
            "Your role in this matter challenges no privilege log. Leads and monitors do; ask "
            "whoever administers the room."
        )
