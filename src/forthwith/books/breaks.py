"""Breaks: why what is held differs from what is owed, row by row, to the last unit.

    difference = sum of the breaks' effects + the house's float in customers' places + unexplained

A row of the customers' ledger, the moves it matches and the entries about them are one knot. A knot
whose sides are equal explains itself; what it lacks is a break, of the kind that the missing side
has. Each break is kept as steps in time, so that an instant and a period are asked of the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby

from forthwith.books import control as proofs
from forthwith.books.books import Asset, Books, LedgerRow, PlaceEntry, Span, WitnessRow
from forthwith.books.control import Control
from forthwith.books.moves import Move
from forthwith.books.reckoning import Match, Reckoning, StakeChange
from forthwith.domain.instants import DAY, Instant, day_of, instant_text

CUSTOMERS = ("outsider", "affiliated_lp")
#: Rows booked later than this after they count are backdated.
_LATE = DAY
#: Before any instant that is written.
_ALWAYS: Instant = -(1 << 62)
_EVER: Instant = 1 << 62


class Kind(StrEnum):
    """What a break is, in the order in which breaks are listed."""

    LEDGER_ONLY = "ledger_only"
    MOVE_ONLY = "move_only"
    AMOUNT = "amount"
    UNREGISTERED_PLACE = "unregistered_place"
    MISPOSTED = "misposted"
    DUPLICATE = "duplicate"
    AMBIGUOUS = "ambiguous"
    REVERSED = "reversed"
    TIMING = "timing"
    BACKDATED = "backdated"
    NEGATIVE_BALANCE = "negative_balance"
    DUST = "dust"
    STATEMENT_GAP = "statement_gap"
    STALE_PROOF = "stale_proof"
    PROOF_DOES_NOT_VERIFY = "proof_does_not_verify"


_ORDER = {kind: place for place, kind in enumerate(Kind)}
#: Code of each kind in the catalogue of findings.
CODES: Mapping[Kind, str] = {
    Kind.LEDGER_ONLY: "BK01",
    Kind.MOVE_ONLY: "BK02",
    Kind.AMOUNT: "BK03",
    Kind.TIMING: "BK04",
    Kind.DUPLICATE: "BK05",
    Kind.MISPOSTED: "BK06",
    Kind.AMBIGUOUS: "BK07",
    Kind.BACKDATED: "BK08",
    Kind.UNREGISTERED_PLACE: "BK09",
    Kind.STALE_PROOF: "BK10",
    Kind.PROOF_DOES_NOT_VERIFY: "BK11",
    Kind.STATEMENT_GAP: "BK12",
    Kind.NEGATIVE_BALANCE: "BK13",
    Kind.DUST: "BK14",
    Kind.REVERSED: "BK15",
}
UNEXPLAINED = "BK16"


@dataclass(frozen=True, slots=True)
class Break:
    """One reason why held and owed differ, or why a figure is not to be relied on."""

    kind: Kind
    #: "" where it is about no asset: a gap, a proof.
    asset: str
    #: Signed, in smallest units: above zero where more is held than its rows make owed. None
    #: where there is no amount to give.
    amount: int | None
    #: Its part of `difference` at the instant; 0 where it changes nothing of it.
    effect: int
    #: Of both sides, in order.
    rows: tuple[WitnessRow, ...]
    #: When it began, and when it ended (None: it still stood).
    since: Instant
    until: Instant | None
    #: Whole days of the calendar since it began.
    age_days: int
    #: One plain sentence each, without its full stop.
    says: str
    cure: str

    @property
    def code(self) -> str:
        """Return its code in the catalogue of findings."""
        return CODES[self.kind]

    def as_json(self, assets: Mapping[str, Asset]) -> dict[str, object]:
        """Return it with amounts as text."""
        asset = assets.get(self.asset)
        text = asset.text if asset else str
        return {
            "kind": str(self.kind),
            "asset": self.asset,
            "amount": "" if self.amount is None else text(self.amount),
            "effect": text(self.effect),
            "rows": [str(row) for row in self.rows],
            "since": instant_text(self.since) if abs(self.since) < 1 << 40 else "",
            "until": None if self.until is None else instant_text(self.until),
            "age_days": self.age_days,
            "says": self.says,
            "cure": self.cure,
        }


@dataclass(frozen=True, slots=True)
class Explained:
    """The identity of one asset at an instant, in smallest units."""

    difference: int
    #: The house's own in customers' places.
    house_float: int
    #: Sum of the breaks' effects.
    breaks: int

    @property
    def unexplained(self) -> int:
        """Return what no row explains; the report says so in its first line."""
        return self.difference - self.house_float - self.breaks


@dataclass(frozen=True, slots=True)
class Breaks:
    """The breaks at an instant, or over a period as they stood at its end."""

    at: Instant
    breaks: tuple[Break, ...]
    explained: Mapping[str, Explained]
    assets: Mapping[str, Asset] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return keys as books.md section 15 has them, and the identity beside them."""
        return {
            "at": instant_text(self.at),
            "breaks": [row.as_json(self.assets) for row in self.breaks],
            "identity": {
                name: {
                    "difference": self.assets[name].text(row.difference),
                    "breaks": self.assets[name].text(row.breaks),
                    "float_of_house": self.assets[name].text(row.house_float),
                    "unexplained": self.assets[name].text(row.unexplained),
                }
                for name, row in self.explained.items()
            },
            "unexplained": {
                name: self.assets[name].text(row.unexplained)
                for name, row in self.explained.items()
            },
        }


@dataclass(frozen=True, slots=True)
class _Track:
    """One break through time: what its effect is from each instant on."""

    kind: Kind
    asset: str
    #: Ascending; the last effect stands for ever.
    steps: tuple[tuple[Instant, int], ...]
    rows: tuple[WitnessRow, ...]
    says: str
    cure: str
    #: Where the effect is 0: the amount it is about, and the instants it stands, `[start, end)`.
    about: int | None = None
    stands: tuple[Instant, Instant] | None = None

    def effect(self, when: Instant) -> int:
        place = bisect_right(self.steps, when, key=lambda step: step[0])
        return self.steps[place - 1][1] if place else 0

    def spans(self) -> Iterator[tuple[Instant, Instant]]:
        """Yield the instants it stands, `[start, end)`."""
        if self.stands is not None:
            yield self.stands
            return
        start: Instant | None = None
        for when, effect in self.steps:
            if effect and start is None:
                start = when
            elif not effect and start is not None:
                yield start, when
                start = None
        if start is not None:
            yield start, _EVER


class BreaksOverTime:
    """Every break of a reckoning, to be asked at an instant or over a period."""

    def __init__(self, reckoning: Reckoning, control: Control | None = None) -> None:
        """Tie the knots once; `control` is what proofs came to, None where nobody looked."""
        self._reckoning = reckoning
        self._books = reckoning.books
        self._zone = reckoning.parameters.zone
        self._control = control
        self._held = _Held(reckoning)
        knots = _knots(reckoning, self._held)
        self._tracks = (
            *_tracks_of_knots(knots, reckoning, self._held),
            *_timing(reckoning),
            *_negative(reckoning),
            *_backdated(reckoning),
            *_wrong_account(reckoning),
            *_gaps(reckoning),
        )

    def at(
        self, when: Instant, differences: Mapping[str, int] | None = None, asset: str = ""
    ) -> Breaks:
        """Return the breaks that stand at an instant.

        `differences` are held less owed by asset as witnesses give them; left out, they are summed
        from the reckoning. `asset` keeps one asset's, and what is about no asset.
        """
        found = [
            self._break(track, start, end, when)
            for track in self._tracks
            for start, end in track.spans()
            if start <= when < end
        ]
        return self._whole(found, when, differences, asset)

    def over(
        self,
        start: Instant,
        end: Instant,
        differences: Mapping[str, int] | None = None,
        asset: str = "",
    ) -> Breaks:
        """Return the breaks that stood at any instant of `[start, end)`, as they are at its end.

        The effect is that of the last instant, the amount the greatest in the period. Rows and
        moves on two sides of an instant are told where that instant is one of the two ends.
        """
        last = end - 1
        found = []
        for track in self._tracks:
            for since, until in track.spans():
                if since >= end or until <= start:
                    continue
                at_an_end = since < start < until or since <= last < until
                if track.kind is Kind.TIMING and not at_an_end:
                    continue
                row = self._break(track, since, until, last)
                effects = [
                    effect for when, effect in track.steps if since <= when < min(until, end)
                ]
                effects.append(track.effect(max(start, since)))
                most = max(effects, key=abs)
                found.append(replace(row, amount=most) if most else row)
        return self._whole(found, last, differences, asset)

    def _break(self, track: _Track, since: Instant, until: Instant, when: Instant) -> Break:
        effect = track.effect(when)
        ended = until if until <= when else None
        return Break(
            track.kind,
            track.asset,
            effect or track.about,
            effect,
            track.rows,
            since,
            ended,
            _age(since, ended or when, self._zone),
            track.says,
            track.cure,
        )

    def _whole(
        self,
        found: list[Break],
        when: Instant,
        differences: Mapping[str, int] | None,
        asset: str,
    ) -> Breaks:
        explained = self._explained(found, when, differences)
        found += self._dust(explained, when)
        found += self._proofs(when)
        kept = [row for row in found if not asset or row.asset in ("", asset)]
        kept.sort(key=lambda row: (row.asset, _ORDER[row.kind], row.since, row.rows, row.says))
        shown = {name: row for name, row in explained.items() if asset in ("", name)}
        return Breaks(when, tuple(kept), shown, self._books.assets)

    def _explained(
        self, found: Iterable[Break], when: Instant, differences: Mapping[str, int] | None
    ) -> dict[str, Explained]:
        effects: dict[str, int] = defaultdict(int)
        for row in found:
            effects[row.asset] += row.effect
        held, house = self._held.at(when)
        owed = _owed(self._reckoning, when)
        explained = {}
        for name in sorted(self._books.assets):
            difference = held[name] - owed[name]
            if differences is not None and name in differences:
                difference = differences[name]
            explained[name] = Explained(difference, house[name], effects[name])
        return explained

    def _dust(self, explained: Mapping[str, Explained], when: Instant) -> Iterator[Break]:
        for name, row in explained.items():
            floor = self._reckoning.parameters.floor(name)
            if -floor <= row.difference < 0:
                text = self._books.assets[name].text
                says = (
                    f"{text(-row.difference)} {name} is lacking, within the floor of {text(floor)}"
                )
                yield Break(
                    Kind.DUST, name, row.difference, 0, (), when, None, 0, says,
                    "Put it back, or leave it: the floor is a recorded choice",
                )  # fmt: skip

    def _proofs(self, when: Instant) -> Iterator[Break]:
        if self._control is None:
            return
        days = self._reckoning.parameters.proof_age
        for place in proofs.stale(self._books.places, self._control, when, days):
            last = self._control.last(place.chain, place.address, when)
            since = last + days * DAY + 1 if last is not None else place.span.start
            says = f"{place.address} of {place.place} has no proof of control in {days} days"
            if last is not None:
                says += f"; the last is of {instant_text(last)}"
            began = when if since is None else min(since, when)
            yield Break(
                Kind.STALE_PROOF, "", None, 0, (place.witness,), began, None,
                _age(began, when, self._zone), says,
                "Sign a message with the address, and height and hash of a block of this month",
            )  # fmt: skip
        for refused in self._control.refused:
            proof = refused.proof
            if refused.reason != proofs.DOES_NOT_VERIFY or (proof.at or _ALWAYS) > when:
                continue
            began = when if proof.at is None else proof.at
            yield Break(
                Kind.PROOF_DOES_NOT_VERIFY, "", None, 0, (proof.witness,), began, None,
                _age(began, when, self._zone), f"{proof.address}: {refused.says}", refused.cure,
            )  # fmt: skip


def _age(since: Instant, when: Instant, zone: str) -> int:
    """Return whole days of the calendar between two instants; 0 where the first is not known."""
    return 0 if since <= _ALWAYS else max(0, (day_of(when, zone) - day_of(since, zone)).days)


class _Held:
    """Which places are customers' when, and what lies there."""

    def __init__(self, reckoning: Reckoning) -> None:
        spans: dict[str, list[Span]] = defaultdict(list)
        self.classes: dict[str, str] = {}
        for row in reckoning.books.places:
            self.classes.setdefault(row.place, row.klass)
            if row.klass == "customer":
                spans[row.place].append(row.span)
        self._spans = {place: _united(found) for place, found in spans.items()}
        #: Steps of the balance, and of the house's part, by asset.
        self._total = _Running()
        self._house = _Running()
        for change in reckoning.changes:
            for when, delta in self.steps(change):
                self._total.add(change.asset, when, delta)
                if change.group == "house":
                    self._house.add(change.asset, when, delta)

    def steps(self, change: StakeChange) -> Iterator[tuple[Instant, int]]:
        """Yield when a change of a customers' place begins and ends to be counted."""
        for start, end in self._spans.get(change.place, ()):
            if change.at < end:
                yield max(change.at, start), change.delta
                if end < _EVER:
                    yield end, -change.delta

    def counts(self, place: str, when: Instant) -> bool:
        """Return whether a place is a customers' place at an instant."""
        return any(start <= when < end for start, end in self._spans.get(place, ()))

    def at(self, when: Instant) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Return what lies in customers' places by asset, and the house's part of it."""
        return self._total.at(when), self._house.at(when)


class _Running:
    """Sums by name, through time."""

    def __init__(self) -> None:
        self._deltas: dict[str, dict[Instant, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, name: str, when: Instant, delta: int) -> None:
        self._deltas[name][when] += delta

    def at(self, when: Instant) -> Mapping[str, int]:
        sums: dict[str, int] = defaultdict(int)
        for name, deltas in self._deltas.items():
            sums[name] = sum(delta for at, delta in deltas.items() if at <= when)
        return sums


def _united(spans: Iterable[Span]) -> tuple[tuple[Instant, Instant], ...]:
    """Return spans joined where they touch, `[start, end)`, ascending."""
    pairs = sorted(
        (_ALWAYS if span.start is None else span.start, _EVER if span.end is None else span.end)
        for span in spans
    )
    found: list[tuple[Instant, Instant]] = []
    for start, end in pairs:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def _owed(reckoning: Reckoning, when: Instant) -> Mapping[str, int]:
    """Return what customers are owed by asset; a negative balance lessens nobody else's."""
    counted = _customers(reckoning.books)
    balances: dict[tuple[str, str], int] = defaultdict(int)
    for change in reckoning.owed_changes:
        if change.at <= when and change.account in counted:
            balances[change.account, change.asset] += change.delta
    owed: dict[str, int] = defaultdict(int)
    for (_, asset), balance in balances.items():
        owed[asset] += max(0, balance)
    return owed


def _customers(books: Books) -> frozenset[str]:
    return frozenset(row.account for row in books.accounts if row.klass in CUSTOMERS)


# Knots.

#: What a knot is tied of: ("ledger", row's place), ("move", id), ("entry", row's place), …
_Node = tuple[object, ...]


@dataclass(slots=True)
class _Knot:
    """Rows, moves and entries that are about one thing, of one asset."""

    asset: str
    ledger: list[LedgerRow] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    entries: list[PlaceEntry] = field(default_factory=list)
    #: Kinds of the matches that say something of its rows.
    kinds: dict[str, str] = field(default_factory=dict)
    #: (instant, signed) of customers' and strangers' value in customers' places.
    at_places: list[tuple[Instant, int]] = field(default_factory=list)
    #: (instant, signed as it is owed) of customers' accounts.
    as_owed: list[tuple[Instant, int]] = field(default_factory=list)
    groups: set[str] = field(default_factory=set)
    rows: set[WitnessRow] = field(default_factory=set)
    openings: bool = False

    def steps(self) -> tuple[tuple[Instant, int], ...]:
        """Return its effect on held less owed, from each instant on."""
        changes = [*self.at_places, *((when, -delta) for when, delta in self.as_owed)]
        return _summed(changes)


def _summed(changes: Iterable[tuple[Instant, int]]) -> tuple[tuple[Instant, int], ...]:
    steps: list[tuple[Instant, int]] = []
    total = 0
    for when, same in groupby(sorted(changes), key=lambda change: change[0]):
        total += sum(delta for _, delta in same)
        steps.append((when, total))
    return tuple(steps)


class _Ties:
    """Which nodes are one knot: union and find."""

    def __init__(self) -> None:
        self._parents: dict[_Node, _Node] = {}

    def find(self, node: _Node) -> _Node:
        root = node
        while (parent := self._parents.get(root, root)) != root:
            root = parent
        while (parent := self._parents.get(node, node)) != root:
            self._parents[node] = root
            node = parent
        return root

    def tie(self, node: _Node, other: _Node) -> None:
        first, second = self.find(node), self.find(other)
        if first != second:
            self._parents[second] = first


def _knots(reckoning: Reckoning, held: _Held) -> list[_Knot]:
    """Tie what is matched, what has one reference, and what undoes another row."""
    books = reckoning.books
    ties, alone = _Ties(), _alone(reckoning)
    for match in reckoning.matches:
        nodes = _nodes(match)
        if match.joined:
            for node in nodes[1:]:
                ties.tie(nodes[0], node)
    joined = {node for match in reckoning.matches if match.joined for node in _nodes(match)}
    undone: dict[tuple[str, str, str, int], _Node] = {}
    for row in books.ledger:
        node = ("ledger", row.witness)
        if row.kind == "opening":
            ties.tie(("opening", row.asset), node)
        elif node not in joined and node not in alone and row.reference:
            key = (row.asset, row.reference, row.account, -row.amount)
            if row.kind == "reversal" and key in undone:
                ties.tie(undone[key], node)
            else:
                ties.tie(("reference", row.asset, row.reference), node)
        undone.setdefault((row.asset, row.reference, row.account, row.amount), node)
    for entry in books.place_ledger:
        node = ("entry", entry.witness)
        if node not in joined and entry.reference:
            ties.tie(("reference", entry.asset, entry.reference), node)
    return _filled(reckoning, held, ties)


def _nodes(match: Match) -> list[_Node]:
    nodes: list[_Node] = []
    if match.ledger is not None:
        nodes.append(("ledger", match.ledger.witness))
    if match.entry is not None:
        nodes.append(("entry", match.entry.witness))
    if match.move is not None:
        nodes.append(("move", match.move.id))
    return nodes


def _alone(reckoning: Reckoning) -> set[_Node]:
    """Return rows that may not be tied by their reference: it is another row's already."""
    return {
        node
        for match in reckoning.matches
        if match.kind in ("duplicate", "ambiguous")
        for node in _nodes(match)
        if node[0] == "ledger"
    }


def _filled(reckoning: Reckoning, held: _Held, ties: _Ties) -> list[_Knot]:
    books = reckoning.books
    knots: dict[tuple[_Node, str], _Knot] = {}

    def knot(node: _Node, asset: str) -> _Knot:
        key = (ties.find(node), asset)
        if key not in knots:
            knots[key] = _Knot(asset)
        return knots[key]

    moves = {move.id: move for move in reckoning.moves}
    entries = {entry.entry: entry for entry in books.place_ledger}
    counted = _customers(books)
    # Only what touches customers, their places or their accounts can part held from owed.
    for change in reckoning.changes:
        steps = list(held.steps(change))
        if not steps or change.group == "house":
            continue
        if change.cause in moves:
            node: _Node = ("move", change.cause)
        elif change.cause in entries:
            node = ("entry", entries[change.cause].witness)
        else:
            node = ("opening", change.asset)
        found = knot(node, change.asset)
        found.openings |= node[0] == "opening"
        found.at_places += steps
        found.groups.add(change.group)
        found.rows.update(change.rows)
    for owed in reckoning.owed_changes:
        if owed.account in counted:
            found = knot(("ledger", owed.row.witness), owed.asset)
            found.openings |= owed.row.kind == "opening"
            found.as_owed.append((owed.at, owed.delta))
            found.ledger.append(owed.row)
            found.rows.add(owed.row.witness)
    for move in reckoning.moves:
        if (key := (ties.find(("move", move.id)), move.asset)) in knots:
            knots[key].moves.append(move)
            knots[key].rows.update(move.witnesses)
    for entry in books.place_ledger:
        if (key := (ties.find(("entry", entry.witness)), entry.asset)) in knots:
            knots[key].entries.append(entry)
            knots[key].rows.add(entry.witness)
    for match in reckoning.matches:
        for node in _nodes(match)[:1]:
            asset = next(
                part.asset for part in (match.ledger, match.entry, match.move) if part is not None
            )
            if (key := (ties.find(node), asset)) in knots:
                knots[key].kinds.setdefault(match.kind, match.why)
    return [knots[key] for key in knots]


# From knots to breaks.

_CURES = {
    Kind.LEDGER_ONLY: "Show the move it stands for, or reverse the row",
    Kind.MOVE_ONLY: "Credit it to whom it belongs, or enter in place_ledger whose it is and why",
    Kind.AMOUNT: "Correct the row of the ledger to the amount that moved",
    Kind.UNREGISTERED_PLACE: "Register the place with its holder and class, and prove its control",
    Kind.MISPOSTED: "Move the value to a customers' place, and enter the move",
    Kind.DUPLICATE: "Reverse the second row, or give it the reference of its own move",
    Kind.AMBIGUOUS: "Write the reference of the right move into the row",
    Kind.REVERSED: "Return what came in, or credit it again",
    Kind.TIMING: "Nothing, once the other side is there; a row that waits long is asked about",
    Kind.NEGATIVE_BALANCE: "Collect it from the account's holder, or cover it with house assets",
}


def _tracks_of_knots(knots: Sequence[_Knot], reckoning: Reckoning, held: _Held) -> Iterator[_Track]:
    """Yield what each knot lacks; value that went to a place and came back is offset there."""
    away: dict[tuple[str, str, str], list[_Knot]] = defaultdict(list)
    for knot in knots:
        steps = knot.steps()
        if not any(effect for _, effect in steps):
            continue
        other = _other_place(knot, held)
        if other and not (knot.at_places and knot.as_owed):
            away[
                knot.asset, other, "".join(sorted(knot.groups - {"unknown"})) or "customer"
            ].append(knot)
        else:
            yield from _of_knot(knot, steps, reckoning)
    for (asset, other, _), gone in sorted(away.items()):
        yield from _of_place(asset, other, gone, reckoning, held)


def _other_place(knot: _Knot, held: _Held) -> str:
    """Return the place outside the customers' that the knot's moves go to or come from.

    "" where there is none, or several, or where it is no place: a party's name, nobody.
    """
    sides = {
        side
        for move in knot.moves
        for side, when in ((move.source, move.left), (move.target, move.arrived))
        if not held.counts(side, when)
    }
    inside = {
        side
        for move in knot.moves
        for side, when in ((move.source, move.left), (move.target, move.arrived))
        if held.counts(side, when)
    }
    if knot.as_owed and not inside:
        # A deposit that did not reach a customers' place lies where it arrived; a withdrawal that
        # left from elsewhere was paid from there.
        inward = sum(delta for _, delta in knot.as_owed) > 0
        sides = {move.target if inward else move.source for move in knot.moves}
    sides = {side for side in sides if not side.startswith(("fee:", "outside:", "party:"))}
    return sides.pop() if len(sides) == 1 else ""


def _of_place(
    asset: str, other: str, gone: Sequence[_Knot], reckoning: Reckoning, held: _Held
) -> Iterator[_Track]:
    """Yield what lies at a place outside and has not come back, the oldest part coming back first.

    Without it a diversion and its return would stand as two breaks for ever.
    """
    changes = sorted(
        (
            (when, delta, place)
            for place, knot in enumerate(gone)
            for when, delta in _deltas(knot.steps())
        ),
        key=lambda change: (change[0], change[2]),
    )
    steps: dict[int, list[tuple[Instant, int]]] = defaultdict(list)
    #: What is open, oldest first: place of the knot, signed.
    waiting: list[tuple[int, int]] = []
    effects: dict[int, int] = defaultdict(int)
    for when, change, place in changes:
        delta = change
        while delta and waiting and (waiting[0][1] > 0) != (delta > 0):
            oldest, amount = waiting[0]
            part = -amount if abs(amount) <= abs(delta) else delta
            effects[oldest] += part
            steps[oldest].append((when, effects[oldest]))
            delta -= part
            waiting[0] = (oldest, amount + part)
            if not waiting[0][1]:
                waiting.pop(0)
        if delta:
            waiting.append((place, delta))
            effects[place] += delta
            steps[place].append((when, effects[place]))
    for place, knot in enumerate(gone):
        if place in steps:
            kind, says = _gone(asset, other, knot, reckoning, held)
            yield _Track(
                kind, asset, _last_of_each(steps[place]), tuple(sorted(knot.rows)), says,
                _CURES[kind],
            )  # fmt: skip


def _deltas(steps: Sequence[tuple[Instant, int]]) -> Iterator[tuple[Instant, int]]:
    before = 0
    for when, effect in steps:
        if effect != before:
            yield when, effect - before
        before = effect


def _last_of_each(steps: Sequence[tuple[Instant, int]]) -> tuple[tuple[Instant, int], ...]:
    return tuple(dict(steps).items())


def _gone(
    asset: str, other: str, knot: _Knot, reckoning: Reckoning, held: _Held
) -> tuple[Kind, str]:
    """Return kind and sentence of value at a place outside the customers'."""
    amount = max((effect for _, effect in knot.steps()), key=abs)
    what = _amount(reckoning.books, asset, abs(amount))
    klass = held.classes.get(other, "")
    where = f"{other}, a place of class {klass}" if klass else f"{other}, which is in no register"
    inward = sum(delta for _, delta in knot.as_owed) > 0
    if knot.as_owed:
        accounts = ", ".join(sorted({row.account for row in knot.ledger}))
        verb = "was credited and lies at" if inward else "was debited and paid from"
        kind = Kind.MISPOSTED if klass else Kind.UNREGISTERED_PLACE
        return kind, f"{what} of {accounts} {verb} {where}"
    whose = " and ".join(sorted(knot.groups)) or "unknown"
    verb = "came from" if amount > 0 else "went to"
    says = f"{what} ({whose}) {verb} {where}, and no row of the customers' ledger says so"
    if not klass and amount > 0 and "customer" in knot.groups:
        # Customers' credited deposits on their way home.
        return Kind.UNREGISTERED_PLACE, says
    return Kind.MOVE_ONLY, says


def _of_knot(
    knot: _Knot, steps: tuple[tuple[Instant, int], ...], reckoning: Reckoning
) -> Iterator[_Track]:
    """Yield the breaks of a knot: while its other side is awaited, and for good."""
    final = steps[-1][1]
    complete = max(when for when, _ in steps)
    early = tuple(step for step in steps if step[0] < complete)
    kind = _kind(knot, steps)
    rows = tuple(sorted(knot.rows))
    awaited = Kind.TIMING if (knot.at_places or not knot.as_owed or _nets(knot)) else kind
    if knot.at_places and knot.as_owed and any(row.kind == "reversal" for row in knot.ledger):
        awaited = kind
    if any(effect for _, effect in early):
        yield _Track(
            awaited, knot.asset, (*early, (complete, 0)), rows,
            _says(awaited, knot, next(effect for _, effect in early if effect), reckoning),
            _CURES[awaited],
        )  # fmt: skip
    if final:
        yield _Track(
            kind, knot.asset, ((complete, final),), rows, _says(kind, knot, final, reckoning),
            _CURES[kind],
        )  # fmt: skip
    elif kind is not Kind.REVERSED and any(row.kind == "reversal" for row in knot.ledger):
        # It stands on the day it was undone, so that a month's list has both.
        undone = max(row.amount for row in knot.ledger)
        yield _Track(
            Kind.REVERSED, knot.asset, (), rows, _says(Kind.REVERSED, knot, undone, reckoning),
            "Nothing; ask what the row stood for", about=undone, stands=(complete, complete + DAY),
        )  # fmt: skip


def _nets(knot: _Knot) -> bool:
    """Return whether ledger rows alone come to nothing, and none of them undoes another."""
    return not any(row.kind == "reversal" for row in knot.ledger) and not sum(
        delta for _, delta in knot.as_owed
    )


def _kind(knot: _Knot, steps: Sequence[tuple[Instant, int]]) -> Kind:
    if knot.openings:
        sides = (bool(knot.at_places), bool(knot.as_owed))
        return {(True, False): Kind.MOVE_ONLY, (False, True): Kind.LEDGER_ONLY}.get(
            sides, Kind.AMOUNT
        )
    if "duplicate" in knot.kinds and not knot.at_places:
        return Kind.DUPLICATE
    if "ambiguous" in knot.kinds:
        return Kind.AMBIGUOUS
    if knot.at_places and knot.as_owed:
        undone = any(row.kind == "reversal" for row in knot.ledger)
        return Kind.REVERSED if undone and steps[-1][1] else Kind.AMOUNT
    return Kind.LEDGER_ONLY if knot.as_owed else Kind.MOVE_ONLY


def _says(kind: Kind, knot: _Knot, effect: int, reckoning: Reckoning) -> str:
    what = _amount(reckoning.books, knot.asset, abs(effect))
    about = _about(knot)
    if knot.openings:
        return f"openings of customers' places and of their accounts differ by {what}"
    match kind:
        case Kind.TIMING:
            return f"{what} of {about}: one side counts already, the other not yet"
        case Kind.AMOUNT:
            return f"{about}: the ledger and what moved differ by {what}"
        case Kind.LEDGER_ONLY:
            change = "credited" if effect < 0 else "debited"
            return f"{what} was {change} ({about}) and nothing moved for it"
        case Kind.DUPLICATE | Kind.AMBIGUOUS:
            why = knot.kinds.get(str(kind), "")
            return f"{what} of {about}" + (f": {why}" if why else "")
        case Kind.REVERSED:
            return f"{what} of {about} was credited and taken back"
        case _:
            whose = " and ".join(sorted(knot.groups)) or "unknown"
            verb = "came in" if effect > 0 else "went out"
            return f"{what} ({whose}) {verb} ({about}), and no row of the customers' ledger says so"


def _about(knot: _Knot) -> str:
    """Return what a knot is about: accounts, and a reference where there is one."""
    accounts = sorted({row.account for row in knot.ledger})
    shown = ", ".join(accounts[:3]) + (f" and {len(accounts) - 3} more" if accounts[3:] else "")
    references = sorted(
        {row.reference for row in knot.ledger if row.reference}
        | {move.reference for move in knot.moves if move.reference}
        | {entry.reference for entry in knot.entries if entry.reference}
    )
    reference = references[0] if references else ""
    return " ".join(filter(None, (shown, reference))) or "a row without a reference"


def _amount(books: Books, asset: str, amount: int) -> str:
    return f"{books.assets[asset].text(amount)} {asset}"


# Breaks of other kinds.


def _timing(reckoning: Reckoning) -> Iterator[_Track]:
    """Yield rows and moves on two sides of an instant that the basis already makes one.

    On ledger time the knot itself shows them, and they change the difference.
    """
    if reckoning.parameters.basis != "receipt":
        return
    counted = _customers(reckoning.books)
    seen: set[WitnessRow] = set()
    for match in reckoning.matches:
        row, move = match.ledger, match.move
        if not match.joined or row is None or move is None or row.account not in counted:
            continue
        moved = move.arrived if row.amount > 0 else move.left
        if moved == row.effective or row.witness in seen:
            continue
        seen.add(row.witness)
        first, last = sorted((moved, row.effective))
        amount = row.amount if moved < row.effective else -row.amount
        what = _amount(reckoning.books, row.asset, abs(row.amount))
        says = (
            f"{what} of {row.account} {row.reference} is in the ledger at "
            f"{instant_text(row.effective)} and moved at {instant_text(moved)}"
        )
        yield _Track(
            Kind.TIMING, row.asset, (), tuple(sorted({row.witness, *move.witnesses})), says,
            _CURES[Kind.TIMING], about=amount, stands=(first, last),
        )  # fmt: skip


def _negative(reckoning: Reckoning) -> Iterator[_Track]:
    """Yield each account's balance below zero, which lessens nothing that others are owed."""
    counted = _customers(reckoning.books)
    changes: dict[tuple[str, str], list[tuple[Instant, int, WitnessRow]]] = defaultdict(list)
    for change in reckoning.owed_changes:
        if change.account in counted:
            changes[change.account, change.asset].append(
                (change.at, change.delta, change.row.witness)
            )
    for (account, asset), rows in sorted(changes.items()):
        steps = _summed((when, delta) for when, delta, _ in rows)
        if all(balance >= 0 for _, balance in steps):
            continue
        for start, end in _below(steps):
            part = tuple((when, balance) for when, balance in steps if start <= when < end)
            least = min(balance for _, balance in part)
            says = f"{account} owes {_amount(reckoning.books, asset, -least)} at most"
            ending = () if end == _EVER else ((end, 0),)
            witnesses = tuple(sorted({row for when, _, row in rows if start <= when < end}))
            yield _Track(
                Kind.NEGATIVE_BALANCE, asset, (*part, *ending), witnesses, says,
                _CURES[Kind.NEGATIVE_BALANCE],
            )  # fmt: skip


def _below(steps: Sequence[tuple[Instant, int]]) -> Iterator[tuple[Instant, Instant]]:
    start: Instant | None = None
    for when, balance in steps:
        if balance < 0 and start is None:
            start = when
        elif balance >= 0 and start is not None:
            yield start, when
            start = None
    if start is not None:
        yield start, _EVER


def _backdated(reckoning: Reckoning) -> Iterator[_Track]:
    """Yield rows booked more than a day after they count, or after the month they count in.

    They stand from when they count to when they were booked: there, what is known now differs from
    what was known then.
    """
    zone = reckoning.parameters.zone
    rows: list[LedgerRow | PlaceEntry] = [*reckoning.books.ledger]
    told = {(row.reference, row.asset, row.booked) for row in reckoning.books.ledger}
    # The ledger of places tells a row of the customers' a second time.
    rows += [
        entry
        for entry in reckoning.books.place_ledger
        if (entry.reference, entry.asset, entry.booked) not in told
    ]
    known = reckoning.parameters.as_known
    for row in rows:
        if row.booked <= row.effective or (known is not None and row.booked > known):
            continue
        month = _month(row.effective, zone) != _month(row.booked, zone)
        if row.booked - row.effective <= _LATE and not month:
            continue
        whose = row.account if isinstance(row, LedgerRow) else row.entry
        what = _amount(reckoning.books, row.asset, row.amount)
        says = (
            f"{what} of {whose} {row.reference} counts from {instant_text(row.effective)} and was "
            f"booked at {instant_text(row.booked)}"
        )
        if month:
            says += ", after a month's end"
        yield _Track(
            Kind.BACKDATED, row.asset, (), (row.witness,), says,
            "Amend the reports between the two, or date the row when it was booked",
            about=row.amount, stands=(row.effective, row.booked),
        )  # fmt: skip


def _month(when: Instant, zone: str) -> tuple[int, int]:
    day = day_of(when, zone)
    return day.year, day.month


def _wrong_account(reckoning: Reckoning) -> Iterator[_Track]:
    """Yield deposits credited to another account than the one whose address they came to."""
    by_address = defaultdict(list)
    for given in reckoning.books.deposit_addresses:
        by_address[given.address].append(given)
    seen: set[WitnessRow] = set()
    for match in reckoning.matches:
        row, move = match.ledger, match.move
        if not match.joined or row is None or move is None or row.amount <= 0:
            continue
        owners = {
            given.account: given.witness
            for given in by_address.get(move.target_address, ())
            if given.span.holds(move.arrived)
            and reckoning.books.assets[row.asset].chain == given.chain
        }
        if not owners or row.account in owners or row.witness in seen:
            continue
        seen.add(row.witness)
        what = _amount(reckoning.books, row.asset, row.amount)
        says = (
            f"{what} was credited to {row.account}, and came to the address of "
            f"{' and '.join(sorted(owners))}"
        )
        yield _Track(
            Kind.MISPOSTED, row.asset, (),
            tuple(sorted({row.witness, *move.witnesses, *owners.values()})), says,
            "Correct the account of the row, or the account of the address", about=row.amount,
            stands=(max(row.effective, move.arrived), _EVER),
        )  # fmt: skip


def _gaps(reckoning: Reckoning) -> Iterator[_Track]:
    for gap in reckoning.gaps:
        start = _ALWAYS if gap.start is None else gap.start
        yield _Track(
            Kind.STATEMENT_GAP, "", (), (), f"{gap.of}: {gap.why}",
            gap.cure or "Supply what is missing between these dates",
            stands=(start, _EVER if gap.end is None else max(gap.end, start + 1)),
        )  # fmt: skip


#: What `over` and `at` are asked of, for those who want no class.
def breaks(reckoning: Reckoning, control: Control | None = None) -> BreaksOverTime:
    """Return every break of a reckoning, to be asked at an instant or over a period."""
    return BreaksOverTime(reckoning, control)
