"""Conflicts as somebody is shown them, and those that stop a production.

Computed from what is shown to whoever asks: a coding they may not see makes no row and no count.
What was computed is kept until a coding, claim, citation, wall or document changes.
"""

from __future__ import annotations

import bisect
import functools
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.coding import Coding, Form
from forthwith.domain.documents import ControlNumber
from forthwith.domain.errors import ForthwithError
from forthwith.domain.redactions import Redactions
from forthwith.domain.users import Right, Seer, Side
from forthwith.plain.counting import count
from forthwith.record import chronology, exhibits, redactions
from forthwith.record.codings import Codings, Save
from forthwith.record.forms import NoFormError
from forthwith.record.room_store import Columns, RoomStore, theirs
from forthwith.review.coding import conflicts as rules
from forthwith.review.coding import forms
from forthwith.review.coding.conflicts import Conflict, ConflictKind, Facts, Whole
from forthwith.review.coding.related import Related
from forthwith.review.privilege import claims as privilege_claims
from forthwith.review.privilege.claims import Claim
from forthwith.review.privilege.people import Roster, Sides, day_of, people
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room import reach
from forthwith.workflows.room.room import Room, claimed

#: Answers kept at a time: one for each person at work.
_KEPT = 32
_SHOWN = 5


class OpenConflictsError(ForthwithError):
    """A production would send out what codings contradict one another about."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        self.conflicts = tuple(conflicts)
        lines = "\n".join(f"  {row.message} {row.cure}" for row in conflicts[:_SHOWN])
        more = len(conflicts) - _SHOWN
        rest = f"\n  … and {more:,} more: forthwith conflicts" if more > 0 else ""
        super().__init__(
            f"Nothing was made: {count(len(conflicts), 'open conflict')} of what was coded "
            f"{'stops' if len(conflicts) == 1 else 'stop'} the production.\n{lines}{rest}"
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """Conflicts somebody is shown."""

    #: All of the kinds asked for; and a stretch of them.
    total: int
    rows: tuple[Conflict, ...]
    #: How many there are of each kind, asked for or not.
    counts: Mapping[ConflictKind, int]


def listed(
    room: Room, seer: Seer, kinds: Iterable[ConflictKind] = (), first: int = 0, most: int = 200
) -> Listed:
    """Return the conflicts somebody is shown, by kind and document. Raises RefusedError."""
    reach.require(seer, Right.OPEN, "see conflicts")
    every = _computed(room, seer)
    wanted = set(kinds) or set(ConflictKind)
    rows = [row for row in every if row.kind in wanted]
    first = max(first, 0)
    return Listed(
        len(rows), tuple(rows[first : first + max(most, 0)]), Counter(row.kind for row in every)
    )


def of_document(room: Room, seer: Seer, control: str) -> list[Conflict]:
    """Return the conflicts of one document. Raises NotShownError, RefusedError."""
    room.place(seer, control, Right.OPEN)
    return [row for row in _computed(room, seer) if control in row.documents]


def opened_by(room: Room, seer: Seer, saves: Sequence[Save]) -> list[Conflict]:
    """Return the conflicts that codings would open, of those somebody would be shown."""
    facts = _facts(room, seer)
    would = dict(facts.codings)
    for save in saves:
        would[save.control] = Coding(
            0, save.control, save.expected_version + 1, seer.user.login, "", save.pass_,
            save.batch, save.form, save.form_version, save.body,
        )  # fmt: skip
    kinds = (ConflictKind.COPIES, ConflictKind.FAMILY, ConflictKind.NOT_RESPONSIVE)
    open_now = {(row.kind, row.documents) for row in rules.conflicts(facts, kinds)}
    return [
        row
        for row in rules.conflicts(replace(facts, codings=would), kinds)
        if (row.kind, row.documents) not in open_now
    ]


_Key = tuple[object, ...]
_Kept = tuple[_Key, list[Conflict], object]
_computed_of: WeakKeyDictionary[Room, OrderedDict[str, _Kept]] = WeakKeyDictionary()
_keeping = threading.Lock()


def _computed(room: Room, seer: Seer) -> list[Conflict]:
    """Return the conflicts of what somebody may open, computed when anything changed."""
    standing, shown, case = room.standing(), room.mask(seer, Right.OPEN), room.case
    with room.matter.engine.connect() as connection:
        drawn = redactions.changes(connection)
    key: _Key = (
        standing.digest, standing.version, room.codings.changes(), room.users.changes(),
        room.batches.changes(), id(case), id(shown), room.today(), drawn,
    )  # fmt: skip
    with _keeping:
        kept = _computed_of.setdefault(room, OrderedDict())
        known = kept.get(seer.user.id)
    if known is not None and known[0] == key:
        return known[1]
    found = rules.conflicts(_facts(room, seer))
    with _keeping:
        # What the key names by its address is kept with it: no other can have that address.
        kept[seer.user.id] = (key, found, (case, shown))
        kept.move_to_end(seer.user.id)
        while len(kept) > _KEPT:
            kept.popitem(last=False)
    return found


def _facts(room: Room, seer: Seer) -> Facts:
    """Return what conflicts are computed from, as far as somebody may know it."""
    standing, shown, case = room.standing(), room.mask(seer, Right.OPEN), room.case
    with room.matter.engine.connect() as connection:
        cited = _cited(connection, case.numbers)
        redacted = redactions.covering(connection)
    is_hidden = reach.hidden(room, seer)
    place = standing.columns.place
    codings = {
        control: coding
        for control, coding in list(room.codings.standing().items())
        if (at := place.get(control)) is not None and shown[at] and not is_hidden(control)
    }
    visible: dict[ControlNumber, Claim] = {
        number: claim
        for number, claim in case.claims.items()
        if (at := place.get(number)) is not None and shown[at]
    }
    return Facts(
        Related.of(standing.columns),
        codings,
        functools.cache(functools.partial(_form, room.codings)),
        visible,
        _whole(standing.columns, redacted, case.claims, lambda at: bool(shown[at])),
        _explained(case, standing.store, place),
        {control: where for control, where in cited.items() if control in codings},
        {
            login: ~reach.unwalled(room, user)
            for login in {coding.who for coding in codings.values()}
            if (user := room.users.by_login(login)) is not None
        },
        lambda at: bytes(standing.columns.read[at]).ljust(16, b"\0").hex(),
    )


def _whole(
    columns: Columns,
    redacted: Redactions,
    claims: Mapping[ControlNumber, Claim],
    shown: Callable[[int], bool] = lambda _at: True,
) -> tuple[Whole, ...]:
    """Return copies of redacted documents that have no redaction and are not withheld.

    Of what only resembles one, or quotes it, the gate tells: that takes reading every text.
    """
    places = [
        at
        for control in redacted
        if (at := columns.place.get(control)) is not None and not columns.theirs[at] and shown(at)
    ]
    if not places:
        return ()
    withheld = claimed(columns, claims)
    rows = []
    for at in places:
        for numbers in (columns.content, columns.group):
            if not len(numbers) or numbers[at] < 0:
                continue
            alike = (numbers == numbers[at]) & ~columns.theirs & ~withheld
            for other in np.flatnonzero(alike).tolist():
                control = columns.controls[other]
                if control not in redacted and shown(other):
                    rows.append(Whole(control, columns.controls[at], "the same file"))
    return tuple(dict.fromkeys(rows))


def _form(codings: Codings, form: str, version: int) -> Form:
    try:
        return codings.form(form, version)
    except NoFormError:
        return forms.default(form if form in list(Side) else Side.OURS)


def _explained(case: CaseFile, store: RoomStore, place: Mapping[str, int]) -> Callable[[str], bool]:
    """Return what says whether counsel stands on a document."""
    roster = Roster(privilege_claims.attorneys(case.acts), Sides.of(case.settings.parties))
    zone = ZoneInfo(case.settings.time_zone)

    def explained(control: str) -> bool:
        if not roster.attorneys or (at := place.get(control)) is None:
            return False
        document = store.information(at)
        day: date | None = day_of(document, zone)
        return any(roster.counsel(mailbox, day, ()) for mailbox in people(document))

    return explained


def _cited(
    connection: sa.Connection, numbers: Mapping[str, tuple[str, str, str]]
) -> dict[str, str]:
    """Return where documents are cited, by control number: exhibits and the chronology."""
    cited = {
        exhibit.control: f"exhibit {exhibit.name}"
        for exhibit in exhibits.every(connection)
        if not exhibit.withdrawn
    }
    events = [(cite, event.id) for event in chronology.standing(connection) for cite in event.cites]
    if events:
        ranges = _ranges(numbers)
        for cite, event in events:
            for control in _meant(cite, ranges):
                cited.setdefault(control, f"the chronology ({event})")
    return cited


_Range = tuple[str, int, int, int, str]


def _ranges(numbers: Mapping[str, tuple[str, str, str]]) -> list[_Range]:
    """Return (prefix, width, first, last, control) of what was produced, in order."""
    ranges = []
    for control, (_, first, last) in numbers.items():
        start, end = Bates.parse(first), Bates.parse(last)
        ranges.append((start.prefix, start.width, start.number, end.number, control))
    return sorted(ranges)


def _meant(cite: str, ranges: Sequence[_Range]) -> Iterator[str]:
    """Yield the documents that a page or a range of pages is of."""
    first, _, last = cite.partition("-")
    try:
        start = Bates.parse(first)
        end = Bates.parse(last) if last.strip() else start
    except NotABatesNumberError:
        return
    at = bisect.bisect_right(ranges, (start.prefix, start.width, start.number, 1 << 62, "")) - 1
    for prefix, width, low, high, control in ranges[max(at, 0) :]:
        if (prefix, width) == (start.prefix, start.width) and low <= end.number:
            if high >= start.number:
                yield control
        elif (prefix, width, low) > (start.prefix, start.width, end.number):
            return


def open_conflicts(case: CaseFile, going_out: Collection[str]) -> list[Conflict]:
    """Return the conflicts that stop a production of some documents: the first three kinds.

    Of the whole matter those that name one of the documents going out; [] where nobody has coded or
    redacted anything.
    """
    codings = Codings(case.matter)
    standing = codings.standing()
    with case.matter.engine.connect() as connection:
        redacted = redactions.covering(connection)
    if not standing and not redacted:
        return []
    columns = RoomStore.open(case.matter).columns
    with case.matter.engine.connect() as connection:
        columns = replace(columns, theirs=theirs(connection, columns))
    facts = Facts(
        Related.of(columns),
        dict(standing),
        functools.cache(functools.partial(_form, codings)),
        case.claims,
        _whole(columns, redacted, case.claims),
    )
    stopping = [kind for kind in ConflictKind if kind.stops]
    out = set(going_out)
    return [
        row
        for row in rules.conflicts(facts, stopping)
        # A copy that stays behind gives nothing away.
        if out.intersection(
            row.documents[:1] if row.kind is ConflictKind.REDACTED else row.documents
        )
    ]
