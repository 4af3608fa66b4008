"""Points put to the other side: what a reviewer found lacking in documents of theirs.

A point goes into the register of findings in the matter's journal, where the checks of received
volumes stand too; `forthwith deficiency` prints what stands there about the volumes it is given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from forthwith.check.volume import Volume
from forthwith.domain.acts import Act, Acts
from forthwith.domain.errors import ForthwithError
from forthwith.domain.finding import Finding
from forthwith.domain.items import Shape
from forthwith.domain.tracked_finding import FINDING, State, TrackedFinding
from forthwith.domain.users import Right, Seer
from forthwith.plain.counting import count
from forthwith.process import received as reading
from forthwith.record import acts as journal_acts
from forthwith.record import journal, page_numbers, received, sources
from forthwith.record.matter import Matter
from forthwith.record.received import ReceivedVolume
from forthwith.respond.deficiency.findings import FindingRegister
from forthwith.standards import catalogue
from forthwith.workflows.room import listing
from forthwith.workflows.room.citations import Citations, NotCitedError
from forthwith.workflows.room.room import RefusedError, Room, View

CODE = "RQ10"
#: Numbers named in the sentence itself; `about` has all of them.
_NAMED, _LONGEST, _MOST = 5, 1_000, 2_000
_SETTLED = frozenset({State.VERIFIED, State.CLOSED})


class PointError(ForthwithError):
    """A point that cannot be put."""


@dataclass(frozen=True, slots=True)
class DraftPoint:
    """A point as typed."""

    #: Numbers as stamped, separated by semicolons, or a search.
    selection: str
    #: What the documents lack, in a sentence.
    says: str
    #: "First RFPs/3"; "" for none.
    request: str = ""
    #: Control numbers of exactly the documents meant, in place of a selection.
    controls: tuple[str, ...] = ()
    #: Whether the selection is a search and nothing else; "" then finds every document.
    search: bool = False


def sentence(noted: Sequence[tuple[str, TrackedFinding]]) -> str:
    """Say which points were noted, about how many documents of which volume."""
    points = (
        f"{key} about {count(len(item.finding.about), 'document')} of {item.finding.volume}"
        for key, item in noted
    )
    return f"In the register: {'; '.join(points)}."


def note(room: Room, seer: Seer, draft: DraftPoint) -> list[tuple[str, TrackedFinding]]:
    """Enter a point, one for each volume its documents are in; returns them with their numbers.

    Raises RefusedError, PointError, NotCitedError, NotShownError, and what a search may raise.
    """
    if not seer.may(Right.CHALLENGE):
        raise RefusedError(
            "Your role in this matter puts no points to the other side. Leads and monitors do; ask "
            "whoever administers the room."
        )
    says = " ".join(draft.says.split()).rstrip(".")
    if not says or len(says) > _LONGEST or not says.isprintable():
        raise PointError(f"Say in up to {_LONGEST:,} letters what the documents lack.")
    request = draft.request.strip()
    if request and request not in {
        f"{status.set.name}/{status.request.number}" for status in room.case.requests.standings
    }:
        raise PointError(
            f"There is no request {request!r}. Write set and number, as First RFPs/3; "
            "`forthwith requests` lists them."
        )
    findings = [
        _finding(volume, numbers, says, request)
        for volume, numbers in _selected(room, seer, draft).items()
    ]
    # Read anew: another may have written meanwhile, which the register's numbers rest on.
    with room.matter.engine.connect() as connection:
        register = FindingRegister(_acts(connection))
    acts = register.added(findings)
    if not acts:
        raise PointError("This point stands in the register already, in the same words.")
    last = max((act.seq for act in room.case.acts), default=0)
    written = journal_acts.write(room.matter, acts, last, (seer.user.login, seer.known_by))
    return [(act.key, TrackedFinding.from_body(act.key, act.body)) for act in written]


def received_as(folder: Path, volumes: Sequence[Volume], to: str = "") -> list[str]:
    """Return what volumes that lie in folders are called in a matter; [] where it is none.

    Two parties may call a volume alike: then the party is told by the load file, byte for byte as
    it was received, or by whom the letter goes `to`. Raises PointError where neither tells, for a
    point about one party's documents must not be put to another; DatabaseError.
    """
    if not (folder / "matter.toml").is_file():
        return []
    matter = Matter.seen(folder)
    if not matter.has_entries():
        return []
    names = list[str]()
    with matter.engine.connect() as connection:
        receptions = received.volumes(connection)
        for volume in volumes:
            alike = [row for row in receptions
                     if row.volume in (volume.name, f"{volume.name} ({row.party})")]  # fmt: skip
            if len({row.party for row in alike}) > 1:
                addressed = [row for row in alike if row.party.casefold() == to.strip().casefold()]
                alike = addressed or [row for row in alike if _is(matter, connection, volume, row)]
            parties = dict.fromkeys(row.party for row in alike)
            known = dict.fromkeys(row.party for row in receptions)
            if len(parties) != 1 and (parties or _named(receptions, volume.name)):
                raise PointError(
                    f"More than one party has sent a {volume.name}, and this is none as it was "
                    f"received. Say whose it is with --to: {', '.join(known)}."
                )
            names += dict.fromkeys(row.volume for row in alike)
    return names


def _named(receptions: Sequence[ReceivedVolume], name: str) -> bool:
    return any(row.volume in (name, f"{name} ({row.party})") for row in receptions)


def _is(
    matter: Matter, connection: sa.Connection, volume: Volume, reception: ReceivedVolume
) -> bool:
    """Tell whether a volume's load file is the one that was received."""
    digests = {hashlib.sha256(volume.folder.read(path)).hexdigest() for path in volume.data_files}
    for item in sources.items(connection, reception.source):
        if item.shape is Shape.BUNDLE:
            _, files = reading.table_of(matter.evidence, item.blob)
            # What belongs to no row, load files too, lies in the first bundle.
            return bool(digests) and digests <= set(files.values())
    return False


def noted(folder: Path, volumes: Sequence[str]) -> list[Finding]:
    """Return the points of a matter about some volumes that are not settled; [] where it is none.

    Volumes by the names they have in the matter (`received_as`).

    What checks found is left out: they find it again. Raises DatabaseError.
    """
    if not (folder / "matter.toml").is_file():
        return []
    matter = Matter.seen(folder)
    if not matter.has_entries():
        return []
    with matter.engine.connect() as connection:
        register = FindingRegister(_acts(connection))
    return [
        item.finding
        for item in register.items.values()
        if item.finding.code == CODE
        and item.state not in _SETTLED
        and item.finding.volume in volumes
    ]


def _acts(connection: sa.Connection) -> Acts:
    """Return the acts of findings, reading no other."""
    found = []
    for entry in journal.of(connection, f"ledger {FINDING}"):
        facts = entry.facts()
        found.append(Act(FINDING, facts["key"], facts["body"], entry.seq, entry.at, entry.who))
    return Acts(found)


def _selected(room: Room, seer: Seer, draft: DraftPoint) -> dict[str, list[str]]:
    """Return first numbers of the documents meant, by volume of theirs."""
    view = room.view(seer)
    theirs = view.standing.columns.theirs
    with room.matter.engine.connect() as connection:
        controls = _meant(room, view, draft, Citations(room, seer, connection))
        controls = [
            control
            for control in dict.fromkeys(controls)
            if theirs[view.standing.columns.place[control]]
        ]
        if not controls:
            raise PointError(
                "None of these documents is of the other side, so there is no point to put to "
                "them. Select what they produced: side:theirs."
            )
        if len(controls) > _MOST:
            raise PointError(
                f"These are {len(controls):,} documents, and a point is about up to {_MOST:,}. "
                "Select those it is about."
            )
        by_volume: dict[str, list[str]] = {}
        for control in controls:
            for numbered in page_numbers.of(connection, control)[-1:]:
                by_volume.setdefault(numbered.volume, []).append(numbered.first)
    if not by_volume:
        raise PointError(
            "None of these documents has a number of its own: they lie inside what was delivered. "
            "Select what they lie in."
        )
    return by_volume


def _meant(room: Room, view: View, draft: DraftPoint, citations: Citations) -> list[str]:
    """Return the documents meant, all of which are shown."""
    if draft.controls:
        for control in draft.controls:
            view.place(control)
        return list(draft.controls)

    def found(query: str) -> list[str]:
        places = listing.found(room, view, query).places
        controls = (view.standing.columns.controls[int(place)] for place in places)
        return [control for control in controls if citations.shown(control)]

    if draft.search:
        return found(draft.selection)
    try:
        return [control for cite in citations.read(draft.selection) for control in cite.controls]
    except NotCitedError:
        controls = found(draft.selection) if draft.selection.strip() else []
        if not controls:
            raise
        return controls


def _finding(volume: str, numbers: Sequence[str], says: str, request: str) -> Finding:
    listed = ", ".join(numbers[:_NAMED])
    more = f" and {count(len(numbers) - _NAMED, 'more', 'more')}" if len(numbers) > _NAMED else ""
    message = f"{says} ({listed}{more})"
    return catalogue.finding(
        CODE, message, bates=numbers[0], volume=volume, request=request, about=tuple(numbers)
    )
