"""For whom value lies in a place: each move's group at its source and its target, with its rule.

The first that applies decides (books.md section 3): (a) the matched row of the ledger of places,
(b) the matched row of the customers' ledger, (c) a network fee is the house's, (d) an inflow to a
deposit address is a customer's, (e) between own places the only group that stands at the source,
or customers' where an unregistered source was paid by customers, (f) the class of the other side,
(g) unknown. What no rule explains is the group `unknown`, counted, never hidden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.books.books import (
    LedgerRow,
    Opening,
    Parameters,
    PlaceAddress,
    PlaceEntry,
    WitnessRow,
)
from forthwith.books.matching import regroups
from forthwith.books.moves import Move
from forthwith.books.places import PART, normal_address
from forthwith.books.reckoned import Attribution, HeldChange, StakeChange
from forthwith.books.register import Register
from forthwith.domain.book_tables import GROUPS
from forthwith.domain.instants import Instant

UNKNOWN = "unknown"
#: Order of what happens in one instant: openings stand before everything stamped with them only
#: where nothing else is; regroupings follow the moves.
_REGROUP = (1 << 60,)


#: Instant, order, step (0 leaves, 1 arrives, 2 regroups, 3 and 4 end and begin a registration), a
#: name for ties, and what happens.
_Event = tuple[Instant, tuple[int, ...], int, str, Move | PlaceEntry | PlaceAddress]


@dataclass(frozen=True, slots=True)
class Attributed:
    """Groups of moves by id, and every change of what lies in a place for a group, in time."""

    attributions: Mapping[str, Attribution]
    changes: tuple[StakeChange, ...]


def attribute(
    moves: Sequence[Move],
    entries: Mapping[str, Sequence[PlaceEntry]],
    rows: Mapping[str, Sequence[LedgerRow]],
    regroupings: Iterable[PlaceEntry],
    openings: Sequence[Opening],
    held: Sequence[HeldChange],
    register: Register,
    parameters: Parameters,
) -> Attributed:
    """Return the groups of moves and the changes of stakes.

    `entries` and `rows` are what is joined to a move, by its id. `held` is what witnesses show:
    where moves and openings do not come to it, the rest lies for `unknown`.
    """
    maker = _Maker(entries, rows, register, parameters)
    maker.turn(held)
    maker.start(openings, held)
    maker.run(moves, [entry for entry in regroupings if regroups(entry)])
    maker.rest(held)
    maker.changes.sort(key=_order)
    return Attributed(maker.attributions, tuple(maker.changes))


def _order(change: StakeChange) -> tuple[object, ...]:
    return change.at, change.order, change.place, change.asset, change.group, change.delta


@dataclass(slots=True)
class _Maker:
    entries: Mapping[str, Sequence[PlaceEntry]]
    rows: Mapping[str, Sequence[LedgerRow]]
    register: Register
    parameters: Parameters
    attributions: dict[str, Attribution] = field(default_factory=dict)
    changes: list[StakeChange] = field(default_factory=list)
    #: (place, asset): group: stake.
    stakes: dict[tuple[str, str], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    #: When the opening of a place and asset is: earlier moves have no group there.
    opened: dict[tuple[str, str], Instant] = field(default_factory=dict)
    #: Places that a witness of their own shows.
    shown: set[tuple[str, str]] = field(default_factory=set)
    #: What comes into a place or goes out where a registration begins or ends, by asset.
    turns: dict[tuple[Instant, str, str], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    #: Address outside the register and asset: whether all that came there were customers' deposits.
    deposits_only: dict[tuple[str, str], bool] = field(default_factory=dict)
    #: What paid into each passing fund and has not left it: move, amount.
    passing: dict[tuple[str, str], list[tuple[Move, int]]] = field(default_factory=dict)
    parts: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))
    #: Groups at source and target, and amounts, of moves that several entries are about.
    shares: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)

    # Beginnings.

    def start(self, openings: Sequence[Opening], held: Sequence[HeldChange]) -> None:
        """Lay openings; what a place holds beyond them lies for `unknown`."""
        self.shown = {(change.place, change.asset) for change in held}
        starts: dict[tuple[str, str], list[Opening]] = defaultdict(list)
        for row in openings:
            starts[row.place, row.asset].append(row)
        shown: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for change in held:
            key = (change.place, change.asset)
            if key in starts and change.at <= starts[key][0].at:
                shown[key][change.address] += change.delta
        for key, rows in sorted(starts.items()):
            if key not in self.shown:
                continue
            place, asset = key
            groups: dict[str, int] = defaultdict(int)
            for row in rows:
                groups[row.group] += row.amount
            for unit, mine in self.units(place, groups, shown[key]).items():
                self.opened[unit, asset] = rows[0].at
                for group, amount in mine.items():
                    self.put(
                        rows[0].at, unit, asset, group, amount, f"opening:{place}",
                        tuple(row.witness for row in rows if row.group == group), (),
                    )  # fmt: skip

    def turn(self, held: Sequence[HeldChange]) -> None:
        """Learn what comes into places or goes out where a registration begins or ends."""
        registers = {row.witness for row in self.register.books.places}
        for change in held:
            if change.rows and change.rows[0] in registers:
                self.turns[change.at, change.place, change.address][change.asset] += change.delta

    def units(
        self, place: str, groups: Mapping[str, int], balances: Mapping[str, int]
    ) -> dict[str, dict[str, int]]:
        """Return what lies for whom in a place, or in each of its addresses where those mix."""
        if self.parameters.mixing == "wallet" or any(
            row.kind == "bank account" for row in self.register.rows_of(place)
        ):
            return {place: dict(groups)}
        standing = [group for group, amount in groups.items() if amount]
        found = {}
        for address, balance in balances.items():
            group = standing[0] if len(standing) == 1 else UNKNOWN
            if len(balances) == 1:
                found[f"{place}{PART}{address}"] = dict(groups)
            else:
                found[f"{place}{PART}{address}"] = {group: balance}
        return found

    def put(
        self, at: Instant, place: str, asset: str, group: str, delta: int, cause: str,
        rows: tuple[WitnessRow, ...], order: tuple[int, ...], address: str = "",
    ) -> None:  # fmt: skip
        if delta:
            self.stakes[place, asset][group] += delta
            self.changes.append(
                StakeChange(at, place, asset, group, delta, cause, rows, order, address)
            )

    # Moves in time.

    def run(self, moves: Sequence[Move], regroupings: Sequence[PlaceEntry]) -> None:
        waiting: dict[str, Attribution] = {}
        for _, order, step, _, event in self.events(moves, regroupings):
            if isinstance(event, PlaceAddress):
                self.register_change(event, begins=step == 4)
                continue
            if isinstance(event, PlaceEntry):
                self.regroup(event)
                continue
            if event.target.startswith("passing:"):
                self.passing.setdefault((event.target, event.asset), []).append(
                    (event, event.amount)
                )
                continue
            # A credit booked before its debit arrives before it left.
            if event.id not in waiting:
                waiting[event.id] = self.groups(event)
            if step == 0:
                self.learn(event)
                self.leave(event, waiting[event.id])
            if step == 1 or event.arrived == event.left:
                self.arrive(event, waiting[event.id], order)
        self.attributions.update((name, found) for name, found in waiting.items() if found.rule)
        self.funds(moves)

    def learn(self, move: Move) -> None:
        """Keep whether what came to an address outside the register were customers' deposits."""
        if move.target.startswith("address:"):
            credited = any(row.amount > 0 for row in self.rows.get(move.id, ()))
            deposit = credited or bool(self.register.depositor(move))
            key = (move.target, move.asset)
            self.deposits_only[key] = self.deposits_only.get(key, True) and deposit

    def events(self, moves: Sequence[Move], regroupings: Sequence[PlaceEntry]) -> list[_Event]:
        """Return departures, arrivals, regroupings and turns of the register in time."""
        events: list[_Event] = []
        for move in moves:
            events.append((move.left, move.order, 0, move.id, move))
            if move.arrived != move.left:
                order = move.arrived_order or move.order
                events.append((move.arrived, order, 1, move.id, move))
        events += [
            (entry.effective, _REGROUP, 2, f"{entry.entry} {entry.witness}", entry)
            for entry in regroupings
        ]
        for row in self.register.books.places:
            for at, step in ((row.span.end, 3), (row.span.start, 4)):
                if at is not None and row.chain:
                    events.append((at, (-1,), step, f"{row.place} {row.address}", row))
        events.sort(key=lambda event: event[:4])
        return events

    def funds(self, moves: Iterable[Move]) -> None:
        """Say what groups left the payers of passing funds."""
        for move in moves:
            if not move.target.startswith("passing:"):
                continue
            sums: dict[str, int] = defaultdict(int)
            for group, amount in self.parts.get(move.id, ()):
                sums[group] += amount
            if left := move.amount - sum(sums.values()):
                sums[UNKNOWN] += left
                if self.counts(move.source, move.asset, move.left):
                    self.put(
                        move.left, move.source, move.asset, UNKNOWN, -left, move.id,
                        move.witnesses, move.order, move.source_address,
                    )  # fmt: skip
            most = max(sums, key=lambda group: (sums[group], -GROUPS.index(group)))
            if self.register.class_of(move.source, move.left):
                self.attributions[move.id] = Attribution(
                    most, most, "f", parts=tuple(sorted(sums.items()))
                )

    def counts(self, place: str, asset: str, when: Instant) -> bool:
        """Return whether a move changes stakes: a witness shows the place, from its opening on."""
        whole = place.rpartition(PART)[0]
        if (place, asset) not in self.shown and (whole, asset) not in self.shown:
            return False
        opened = self.opened.get((place, asset))
        return opened is None or when > opened

    def shared(self, move: Move, groups: Attribution) -> list[tuple[str, str, int]]:
        """Return source group, target group and amount of each part of a move."""
        return self.shares.get(move.id) or [(groups.source_group, groups.target_group, move.amount)]

    def leave(self, move: Move, groups: Attribution) -> None:
        for group, _, amount in self.shared(move, groups):
            if move.source.startswith("passing:"):
                self.leave_fund(move, group, amount)
            elif self.counts(move.source, move.asset, move.left):
                self.put(
                    move.left, move.source, move.asset, group, -amount, move.id, move.witnesses,
                    move.order, move.source_address,
                )  # fmt: skip
            elif self.register.is_listed(move.source):
                self.stakes[move.source, move.asset][group] -= amount

    def leave_fund(self, move: Move, group: str, wanted: int) -> None:
        """Take an amount out of a passing fund: from its payers, in the order they paid."""
        fund = self.passing.get((move.source, move.asset), [])
        while wanted and fund:
            payer, left = fund[0]
            part = min(wanted, left)
            wanted -= part
            if part == left:
                fund.pop(0)
            else:
                fund[0] = (payer, left - part)
            self.parts[payer.id].append((group, part))
            if self.counts(payer.source, move.asset, move.left):
                self.put(
                    move.left, payer.source, move.asset, group, -part, move.id, payer.witnesses,
                    move.order, payer.source_address,
                )  # fmt: skip

    def arrive(self, move: Move, groups: Attribution, order: tuple[int, ...]) -> None:
        if self.counts(move.target, move.asset, move.arrived):
            for _, group, amount in self.shared(move, groups):
                self.put(
                    move.arrived, move.target, move.asset, group, amount, move.id, move.witnesses,
                    order, move.target_address,
                )  # fmt: skip
        elif self.register.is_listed(move.target):
            # Registered another day: it will come in for whom it lies.
            for _, group, amount in self.shared(move, groups):
                self.stakes[move.target, move.asset][group] += amount

    def regroup(self, entry: PlaceEntry) -> None:
        source, target = entry.source_group or UNKNOWN, entry.target_group or UNKNOWN
        if source == target or not self.counts(entry.source, entry.asset, entry.effective):
            return
        for group, delta in ((source, -entry.amount), (target, entry.amount)):
            self.put(
                entry.effective, entry.source, entry.asset, group, delta, entry.entry,
                (entry.witness,), _REGROUP,
            )  # fmt: skip

    def register_change(self, row: PlaceAddress, *, begins: bool) -> None:
        """Let what lies at an address come into its place, or go out, with the groups it has.

        What comes in lies for whom it came to the address; what goes out, for the only group that
        stands there. Where that is not known, `rest` says so.
        """
        at = row.span.start if begins else row.span.end
        address = normal_address(row.address)
        if at is None:
            return
        for asset, delta in sorted(self.turns.get((at, row.place, address), {}).items()):
            unit = (
                row.place if self.parameters.mixing == "wallet" else f"{row.place}{PART}{address}"
            )
            beside = self.stakes[f"address:{address}", asset]
            if begins:
                groups = {group: stake for group, stake in beside.items() if stake}
            else:
                standing = [group for group, stake in self.stakes[unit, asset].items() if stake > 0]
                groups = {standing[0]: delta} if len(standing) == 1 else {}
            if sum(groups.values()) != delta or not self.counts(unit, asset, at):
                continue
            for group, amount in groups.items():
                beside[group] -= amount
                self.put(
                    at, unit, asset, group, amount, f"witness:{unit}", (row.witness,), (-1,),
                    address,
                )  # fmt: skip

    # Rules.

    def groups(self, move: Move) -> Attribution:
        """Return for whom a move left and arrived; without a rule where nobody listed is on it."""
        sources = self.register.sources(move)
        source = next(
            (place for place in sources if self.register.class_of(place, move.left)), sources[0]
        ) if sources else move.source  # fmt: skip
        rows = self.rows.get(move.id, ())
        entries = self.entries.get(move.id, ())
        entry = entries[0] if entries else None
        leaves = bool(self.register.class_of(source, move.left))
        arrives = bool(self.register.class_of(move.target, move.arrived))
        if not (leaves or arrives or rows or entry):
            return Attribution(UNKNOWN, UNKNOWN, "")
        left = self.side(move, source, entry, rows, at_source=True)
        right = self.side(move, source, entry, rows, at_source=False)
        # A side nobody registered follows the other.
        if not arrives and leaves and not (entry and entry.target_group):
            right = left
        elif not leaves and arrives and not (entry and entry.source_group):
            left = right
        witnesses = (*(row.witness for row in entries), *(row.witness for row in rows))
        rule = left[1] if left[1] == right[1] else left[1] + right[1]
        if len(entries) > 1:
            self.shares[move.id] = [
                (row.source_group or left[0], row.target_group or right[0], row.amount)
                for row in entries
            ]
        return Attribution(left[0], right[0], rule, witnesses)

    def side(
        self,
        move: Move,
        source: str,
        entry: PlaceEntry | None,
        rows: Sequence[LedgerRow],
        *,
        at_source: bool,
    ) -> tuple[str, str]:
        if entry is not None:
            group = entry.source_group if at_source else entry.target_group
            if group:
                return group, "a"
        if rows:
            return "customer", "b"
        if move.is_fee:
            return "house", "c"
        if not at_source and self.register.depositor(move):
            return "customer", "d"
        own_target = self.register.is_own(move.target, move.arrived)
        if own_target and self.register.is_own(source, move.left):
            standing = [
                group
                for group, stake in self.stakes[source, move.asset].items()
                if stake > self.parameters.floor(move.asset)
            ]
            if len(standing) == 1:
                return standing[0], "e"
        elif own_target and self.deposits_only.get((source, move.asset)):
            return "customer", "e"
        place, number, when = (
            (move.target, move.target_address, move.arrived)
            if at_source
            else (source, move.source_address, move.left)
        )
        klass = self.register.class_of(place.removeprefix("transit:"), when)
        klass = klass or self.register.class_of_party(number, move.party, when)
        return (klass, "f") if klass else (UNKNOWN, "g")

    # What is left.

    def rest(self, held: Sequence[HeldChange]) -> None:
        """Let what witnesses show beyond moves and openings lie for `unknown`."""
        differences: dict[tuple[str, str], dict[Instant, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        rows: dict[tuple[str, str, Instant], list[WitnessRow]] = defaultdict(list)
        for change in held:
            unit = self.unit_of(change)
            differences[unit, change.asset][change.at] += change.delta
            rows[unit, change.asset, change.at] += change.rows
        for stake in self.changes:
            differences[stake.place, stake.asset][stake.at] -= stake.delta
        for (place, asset), by_time in sorted(differences.items()):
            opened = self.opened.get((place, asset))
            for at, delta in sorted(by_time.items()):
                if delta:
                    cause = "opening" if opened is not None and at <= opened else "witness"
                    self.put(
                        at, place, asset, UNKNOWN, delta, f"{cause}:{place}",
                        tuple(rows.get((place, asset, at), ())), (-1,),
                    )  # fmt: skip

    def unit_of(self, change: HeldChange) -> str:
        if self.parameters.mixing == "wallet" or not change.chain or change.klass == "unregistered":
            return change.place
        return f"{change.place}{PART}{change.address}"
