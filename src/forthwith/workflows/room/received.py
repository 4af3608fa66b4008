"""Volumes received from the other side: what was found in each, as far as somebody is shown it.

A finding about a document is shown to whoever is shown the document. Counts of a whole volume are
for whoever is shown all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.errors import ForthwithError
from forthwith.domain.finding import Finding
from forthwith.domain.users import Right, Seer
from forthwith.record import page_numbers, received
from forthwith.record.received import ReceivedVolume
from forthwith.respond.deficiency.findings import FindingRegister
from forthwith.workflows.room import listing
from forthwith.workflows.room.citations import Citations
from forthwith.workflows.room.room import NotShownError, RefusedError, Room, View

#: Rights of which one lets somebody see what was received.
SEES = (Right.CHALLENGE, Right.MANAGE, Right.PRODUCE)
_SHOWN = 500
#: A longer query fits into no address.
_LONGEST = 3_000
_GRADES = ("fatal", "major", "minor")


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """One received volume in the list."""

    volume: ReceivedVolume
    #: Documents of it that are shown.
    documents: int
    severities: Mapping[str, int]
    #: The search that lists exactly those; "" where none does.
    query: str = ""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding as the register has it."""

    #: "F-0001".
    key: str
    finding: Finding
    state: str
    #: Control number of the document it is about; "" for none.
    control: str


@dataclass(frozen=True, slots=True)
class VolumeShown:
    """One received volume."""

    volume: ReceivedVolume
    findings: tuple[FindingRow, ...]
    #: Findings of the severity asked for that are not shown for want of room.
    more: int
    #: All findings that are shown, by severity.
    counts: Mapping[str, int]
    total: int
    #: What, as counted here, as its papers say; () to whom a part of it is not shown.
    counted: tuple[tuple[str, int, str], ...]
    #: The search that lists its documents; "" where none of them is shown.
    query: str


def listed(room: Room, seer: Seer) -> list[ReceivedRow]:
    """Return the volumes, as last received, in the order received. Raises RefusedError."""
    _require(seer)
    rows, view = [], room.view(seer)
    with room.matter.engine.connect() as connection:
        numbers = _numbers(connection)
        citations = Citations(room, seer, connection, Right.LIST)
        for volume in _latest(connection).values():
            found = Counter(
                str(row.finding.severity) for row in _findings(room, connection, citations, volume)
            )
            own = [
                row.control
                for row in numbers.get(volume.volume, ())
                if citations.shown(row.control)
            ]
            grades = {name: found[name] for name in _GRADES if found[name]}
            rows.append(ReceivedRow(volume, len(own), grades, exact_query(room, view, own)))
    return rows


def one(room: Room, seer: Seer, name: str, severity: str = "") -> VolumeShown:
    """Return one volume with its findings. Raises RefusedError, NotShownError."""
    _require(seer)
    with room.matter.engine.connect() as connection:
        volume = _latest(connection).get(name)
        if volume is None:
            raise NotShownError(f"volume {name}")
        citations = Citations(room, seer, connection, Right.LIST)
        every = list(_findings(room, connection, citations, volume))
        rows = _numbers(connection).get(name, [])
    found = Counter(str(row.finding.severity) for row in every)
    asked = [row for row in every if not severity or str(row.finding.severity) == severity]
    whole = bool(rows) and all(citations.shown(row.control) for row in rows)
    counted, stated = volume.verdict.get("counted", {}), volume.verdict.get("stated", {})
    shown = [row for row in rows if citations.shown(row.control)]
    query = exact_query(room, room.view(seer), [row.control for row in shown])
    return VolumeShown(
        volume,
        tuple(asked[:_SHOWN]),
        max(len(asked) - _SHOWN, 0),
        {grade: found[grade] for grade in _GRADES if found[grade]},
        len(every),
        tuple(
            (what, many, f"{stated[what]:,}" if what in stated else "–")
            for what, many in counted.items()
            if isinstance(many, int)
        )
        if whole
        else (),
        query,
    )


def exact_query(room: Room, view: View, controls: Sequence[str]) -> str:
    """Return the search that finds exactly these documents of theirs; "" where none does.

    None does where one has no number of its own, or another party's stands between theirs.
    """
    wanted, spans = set(controls), list[tuple[Bates, Bates]]()
    with room.matter.engine.connect() as connection:
        numbers = received.numbers(connection)
    for control in wanted & numbers.keys():
        try:
            spans.append((Bates.parse(numbers[control].first), Bates.parse(numbers[control].last)))
        except NotABatesNumberError:
            continue
    runs = list[tuple[Bates, Bates]]()
    for first, last in sorted(spans):
        if runs and runs[-1][1].pages_to(first) == 2:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    query = " OR ".join(f"bates:{first}..{last}" for first, last in runs)
    if not runs or len(query) > _LONGEST:
        return ""
    query = f"({query}) AND side:theirs"
    try:
        places = listing.found(room, view, query).places
    except ForthwithError:
        # A number of theirs that the language cannot write.
        return ""
    return (
        query if {view.standing.columns.controls[int(place)] for place in places} == wanted else ""
    )


def _latest(connection: sa.Connection) -> dict[str, ReceivedVolume]:
    return {volume.volume: volume for volume in received.volumes(connection)}


def _numbers(connection: sa.Connection) -> dict[str, list[received.ReceivedNumber]]:
    by_volume: dict[str, list[received.ReceivedNumber]] = {}
    for row in received.numbers(connection).values():
        by_volume.setdefault(row.volume, []).append(row)
    return by_volume


def _findings(
    room: Room, connection: sa.Connection, citations: Citations, volume: ReceivedVolume
) -> Iterator[FindingRow]:
    """Yield the findings about a volume that are shown, the gravest first."""
    register = FindingRegister(room.case.acts)
    about = [pair for pair in register.items.items() if pair[1].finding.volume == volume.volume]
    about.sort(key=lambda pair: (_GRADES.index(str(pair[1].finding.severity)), pair[0]))
    for key, item in about:
        controls = _documents(connection, item.finding, volume.party)
        if all(citations.shown(control) for control in controls):
            yield FindingRow(key, item.finding, str(item.state), next(iter(controls), ""))


def _documents(connection: sa.Connection, finding: Finding, party: str) -> list[str]:
    """Return the documents of a party that a finding is about or names.

    Another party's under the same number are others: their walls say nothing here.
    """
    found: dict[str, None] = {}
    for number in dict.fromkeys((finding.bates, *finding.about)):
        try:
            page = Bates.parse(number)
        except NotABatesNumberError:
            continue
        rows = page_numbers.holding(connection, page)
        found |= {row.control: None for row in rows if row.party == party}
    return list(found)


def _require(seer: Seer) -> None:
    if not any(seer.may(right) for right in SEES):
        raise RefusedError(
            "Your role in this matter does not see what was received. Leads, production and "
            "monitors do; ask whoever administers the room."
        )
