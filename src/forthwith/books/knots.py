"""Knots: a row of the customers' ledger, the moves it matches, and the entries about them.

A knot whose sides are equal explains itself. What it lacks is a break, of the kind that the missing
side has. Value that went to a place outside the customers' and came back is offset there, the
oldest part first: else a diversion and its return would stand as two breaks for ever.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby, pairwise

from forthwith.books.bank_moves import reference_key
from forthwith.books.books import Books, LedgerRow, PlaceEntry, WitnessRow
from forthwith.books.moves import Move
from forthwith.books.reckoned import HeldChange, Match, OwedChange, Reckoning
from forthwith.books.register import Register
from forthwith.books.timeline import account_classes
from forthwith.domain.book_tables import ACCOUNT_CLASSES
from forthwith.domain.instants import DAY, Instant

_CUSTOMERS = frozenset(map(ACCOUNT_CLASSES.index, ("outsider", "affiliated_lp")))
#: Before and after any instant that is written.
ALWAYS: Instant = -(1 << 62)
EVER: Instant = 1 << 62
#: Seconds within which a row without a reference may be a move's.
_WINDOW = 2 * DAY
#: Sides of a move that are no place value could come back from.
_NO_PLACE = ("fee:", "outside:", "party:", "passing:", "nobody:", "unknown:")


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


CURES = {
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


@dataclass(frozen=True, slots=True)
class Track:
    """One break through time: what it takes from, or adds to, held less owed."""

    kind: Kind
    asset: str
    #: Ascending: from when, and how much; the last stands for ever.
    steps: tuple[tuple[Instant, int], ...]
    rows: tuple[WitnessRow, ...]
    says: str
    cure: str
    #: Where it takes nothing: the amount it is about, and the instants it stands, `[start, end)`.
    about: int | None = None
    stands: tuple[Instant, Instant] | None = None

    def effect(self, when: Instant) -> int:
        """Return its part of held less owed at an instant."""
        place = bisect_right(self.steps, when, key=lambda step: step[0])
        return self.steps[place - 1][1] if place else 0

    def spans(self) -> Iterator[tuple[Instant, Instant]]:
        """Yield the instants it stands, `[start, end)`; EVER: it still does."""
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
            yield start, EVER


def summed(changes: Iterable[tuple[Instant, int]]) -> tuple[tuple[Instant, int], ...]:
    """Return the running sum after each instant that has changes."""
    steps: list[tuple[Instant, int]] = []
    total = 0
    for when, same in groupby(sorted(changes), key=lambda change: change[0]):
        total += sum(delta for _, delta in same)
        steps.append((when, total))
    return tuple(steps)


def amount_of(books: Books, asset: str, amount: int) -> str:
    """Return "12.30 USD"."""
    return f"{books.assets[asset].text(amount)} {asset}"


class Customers:
    """Which accounts are customers', when: outsiders and affiliated liquidity providers."""

    def __init__(self, books: Books) -> None:
        """Read the classes; an account keeps the one it has until its next row."""
        first, turns = account_classes(books.accounts)
        self._classes = {account: [(ALWAYS, klass)] for account, klass in first.items()}
        for when, account, klass in turns:
            self._classes[account].append((when, klass))

    def counts(self, account: str, when: Instant) -> bool:
        """Return whether an account is a customer's at an instant."""
        classes = self._classes.get(account, ())
        place = bisect_right(classes, when, key=lambda turn: turn[0])
        return bool(place) and classes[place - 1][1] in _CUSTOMERS

    def turns(self) -> Iterator[tuple[Instant, str, int]]:
        """Yield when an account became a customer's (1), or ceased to be one (-1)."""
        for account, classes in sorted(self._classes.items()):
            for (_, before), (when, after) in pairwise(classes):
                change = (after in _CUSTOMERS) - (before in _CUSTOMERS)
                if change:
                    yield when, account, change


#: What a knot is tied of: ("ledger", row's place), ("move", id), ("entry", row's place), …
_Node = tuple[object, ...]


@dataclass(slots=True)
class _Knot:
    """Rows, moves and entries of one asset that are about one thing."""

    asset: str
    ledger: list[LedgerRow] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    entries: list[PlaceEntry] = field(default_factory=list)
    #: Kinds of the matches that speak of its rows, with why.
    kinds: dict[str, str] = field(default_factory=dict)
    #: (instant, signed) of everybody's value but the house's in customers' places.
    at_places: list[tuple[Instant, int]] = field(default_factory=list)
    #: (instant, signed as it is owed) of customers' accounts.
    as_owed: list[tuple[Instant, int]] = field(default_factory=list)
    #: Changes of accounts of the house, openings left out.
    of_house: list[OwedChange] = field(default_factory=list)
    groups: set[str] = field(default_factory=set)
    rows: set[WitnessRow] = field(default_factory=set)
    openings: bool = False
    #: Where a registration began or ended: the place, and what the address is without it.
    registration: tuple[str, str] | None = None
    #: The place outside the customers' that paid a part of what was debited.
    paid_from: str = ""

    @property
    def reversal(self) -> bool:
        return any(row.kind == "reversal" for row in self.ledger)

    def settled_by_house(self) -> bool:
        """Take changes of the house's accounts in where only they make both sides equal.

        A trade with the house needs them; a fee that place_ledger gave the house does not. What is
        taken in is then the house's account's own break.
        """
        rest = sum(delta for _, delta in self.at_places) - sum(delta for _, delta in self.as_owed)
        if not self.of_house or not rest or rest != sum(c.delta for c in self.of_house):
            return False
        self.as_owed += [(change.at, change.delta) for change in self.of_house]
        self.ledger += [change.row for change in self.of_house]
        self.rows.update(change.row.witness for change in self.of_house)
        return True

    def steps(self) -> tuple[tuple[Instant, int], ...]:
        """Return what it adds to held less owed, from each instant on."""
        return summed([*self.at_places, *((when, -delta) for when, delta in self.as_owed)])

    def rows_sorted(self) -> tuple[WitnessRow, ...]:
        return tuple(sorted(self.rows))

    def about(self) -> str:
        """Return accounts, and a reference where there is one."""
        accounts = sorted({row.account for row in self.ledger})
        shown = ", ".join(accounts[:3]) + (f" and {len(accounts) - 3} more" if accounts[3:] else "")
        references = sorted(
            {row.reference for row in self.ledger}
            | {move.reference for move in self.moves}
            | {entry.reference for entry in self.entries}
        )
        reference = next(filter(None, references), "")
        return " ".join(filter(None, (shown, reference))) or "a row without a reference"


def tracks(reckoning: Reckoning) -> Iterator[Track]:
    """Yield what each knot lacks, and what lies outside the customers' places."""
    register = Register(reckoning.books)
    reader = _Reader(reckoning, register)
    away: dict[tuple[str, str, str], list[_Knot]] = defaultdict(list)
    house = _turns(reckoning)
    for knot in (*_Tying(reckoning, register).knots(), *_registrations(reckoning, register)):
        if knot.settled_by_house():
            for change in knot.of_house:
                house[change.account, change.asset].append(change)
        steps = knot.steps()
        if "ambiguous" in knot.kinds and knot.at_places and knot.as_owed and not steps[-1][1]:
            yield reader.undecided(knot)
        if not any(effect for _, effect in steps):
            continue
        other = "" if knot.at_places and knot.as_owed else reader.other_place(knot)
        if shared := reader.paid_together(knot):
            complete, final = steps[-1]
            yield from reader.of_knot(knot, (*steps[:-1], (complete, 0)))
            part = replace(
                knot, at_places=[(complete, final)], as_owed=[], groups={"customer"},
                paid_from=shared,
            )  # fmt: skip
            away[knot.asset, shared, "customer"].append(part)
        elif other:
            group = "".join(sorted(knot.groups - {"unknown"})) or "customer"
            away[knot.asset, other, group].append(knot)
        else:
            yield from reader.of_knot(knot, steps)
    for (asset, other, _), gone in sorted(away.items()):
        yield from reader.of_place(asset, other, gone)
    for (account, asset), changes in sorted(house.items()):
        steps = summed((change.at, change.delta) for change in changes)
        most = max((effect for _, effect in steps), key=abs)
        says = (
            f"{amount_of(reckoning.books, asset, abs(most))} of {account}, an account of the house "
            "then, is owed to no customer, and nothing moved for it"
        )
        rows = tuple(sorted({change.row.witness for change in changes}))
        cure = "Move what it has out of customers' places, or correct the account's class"
        yield Track(Kind.LEDGER_ONLY, asset, steps, rows, says, cure)


def _turns(reckoning: Reckoning) -> dict[tuple[str, str], list[OwedChange]]:
    """Return what ceased to be owed to customers, or came to be, where an account's class changed.

    By account and asset; above zero where customers are owed less.
    """
    turned: dict[str, list[tuple[Instant, int]]] = defaultdict(list)
    for when, account, change in Customers(reckoning.books).turns():
        turned[account].append((when, change))
    by_asset: dict[tuple[str, str], list[OwedChange]] = defaultdict(list)
    for owed in reckoning.owed_changes:
        if owed.account in turned:
            by_asset[owed.account, owed.asset].append(owed)
    found: dict[tuple[str, str], list[OwedChange]] = defaultdict(list)
    for (account, asset), changes in by_asset.items():
        for when, change in turned[account]:
            before = [owed for owed in changes if owed.at < when]
            if balance := sum(owed.delta for owed in before):
                part = replace(before[-1], at=when, delta=-change * balance)
                found[account, asset].append(part)
    return found


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


class _Tying:
    """Ties what is matched, what has one reference, and what undoes another row."""

    def __init__(self, reckoning: Reckoning, register: Register) -> None:
        self._reckoning, self._register = reckoning, register
        self._books = reckoning.books
        self._ties = _Ties()
        self._knots: dict[tuple[_Node, str], _Knot] = {}

    def knots(self) -> tuple[_Knot, ...]:
        self._tie_matches()
        self._tie_references()
        self._tie_ambiguous()
        self._fill_places()
        self._fill_owed()
        self._fill_rows()
        return tuple(self._knots.values())

    def _tie_matches(self) -> None:
        for match in self._reckoning.matches:
            nodes = _nodes(match)
            if match.joined:
                for node in nodes[1:]:
                    self._ties.tie(nodes[0], node)
        for move in self._reckoning.moves:
            # Payers of one transaction pay into a fund, which pays out: one thing.
            for side in (move.source, move.target):
                if side.startswith("passing:"):
                    self._ties.tie(("fund", side, move.asset), ("move", move.id))

    def _tie_references(self) -> None:
        joined = {
            node for match in self._reckoning.matches if match.joined for node in _nodes(match)
        }
        # Their reference is another row's already, or nobody knows whose.
        alone = {
            node
            for match in self._reckoning.matches
            if match.kind in ("duplicate", "ambiguous")
            for node in _nodes(match)
        }
        earlier: dict[tuple[str, str, str, int], list[_Node]] = defaultdict(list)
        for row in sorted(self._books.ledger, key=lambda row: (row.effective, row.witness)):
            node: _Node = ("ledger", row.witness)
            reference = reference_key(row.reference)
            undone = earlier[row.asset, reference, row.account, -row.amount]
            if row.kind == "opening":
                self._ties.tie(("opening", row.asset), node)
            elif row.kind == "reversal" and node not in joined and undone:
                # A row that no move answers is undone before one that has its coin.
                undone.sort(key=lambda other: other in joined)
                self._ties.tie(undone.pop(0), node)
            elif reference and node not in joined and node not in alone:
                self._ties.tie(("reference", row.asset, reference), node)
            earlier[row.asset, reference, row.account, row.amount].append(node)
        for entry in self._books.place_ledger:
            node = ("entry", entry.witness)
            reference = reference_key(entry.reference)
            if reference and node not in joined:
                self._ties.tie(("reference", entry.asset, reference), node)

    def _tie_ambiguous(self) -> None:
        """Tie a row that several moves may answer to all of them: which is which is not said."""
        joined = {match.move.id for match in self._reckoning.matches if match.joined and match.move}
        free: dict[tuple[str, int], list[Move]] = defaultdict(list)
        for move in self._reckoning.moves:
            if move.id not in joined and not move.is_fee:
                free[move.asset, move.amount].append(move)
        for match in self._reckoning.matches:
            row = match.ledger
            if match.kind != "ambiguous" or row is None:
                continue
            for move in free[row.asset, abs(row.amount)]:
                place, when = (
                    (move.target, move.arrived) if row.amount > 0 else (move.source, move.left)
                )
                ours = self._register.class_of(place, when) == "customer"
                if ours and abs(when - row.effective) <= _WINDOW:
                    self._ties.tie(("ledger", row.witness), ("move", move.id))

    def _knot(self, node: _Node, asset: str) -> _Knot:
        key = (self._ties.find(node), asset)
        if key not in self._knots:
            self._knots[key] = _Knot(asset)
        return self._knots[key]

    def _fill_places(self) -> None:
        """Take changes of customers' places; what only a witness shows is left unexplained."""
        moves = {move.id for move in self._reckoning.moves}
        entries: dict[str, _Node] = {}
        for entry in self._books.place_ledger:
            entries.setdefault(entry.entry, ("entry", entry.witness))
        for change in self._reckoning.changes:
            if change.group == "house" or change.cause.startswith("witness:"):
                continue
            if self._register.class_of(change.place, change.at) != "customer":
                continue
            opening = False
            if change.cause in moves:
                node: _Node = ("move", change.cause)
            elif change.cause in entries:
                node = entries[change.cause]
            else:
                node, opening = ("opening", change.asset), True
            knot = self._knot(node, change.asset)
            knot.openings |= opening
            knot.at_places.append((change.at, change.delta))
            knot.groups.add(change.group)
            knot.rows.update(change.rows)

    def _fill_owed(self) -> None:
        counted = Customers(self._books)
        for change in self._reckoning.owed_changes:
            if not counted.counts(change.account, change.at):
                if change.row.kind != "opening":
                    knot = self._knot(("ledger", change.row.witness), change.asset)
                    knot.of_house.append(change)
            else:
                knot = self._knot(("ledger", change.row.witness), change.asset)
                knot.openings |= change.row.kind == "opening"
                knot.as_owed.append((change.at, change.delta))
                knot.ledger.append(change.row)
                knot.rows.add(change.row.witness)

    def _fill_rows(self) -> None:
        for move in self._reckoning.moves:
            if knot := self._knots.get((self._ties.find(("move", move.id)), move.asset)):
                knot.moves.append(move)
                knot.rows.update(move.witnesses)
        for entry in self._books.place_ledger:
            node: _Node = ("entry", entry.witness)
            if knot := self._knots.get((self._ties.find(node), entry.asset)):
                knot.entries.append(entry)
                knot.rows.add(entry.witness)
        for match in self._reckoning.matches:
            about = match.ledger or match.entry or match.move
            if about is None:
                continue
            if knot := self._knots.get((self._ties.find(_nodes(match)[0]), about.asset)):
                knot.kinds.setdefault(match.kind, match.why)


def _nodes(match: Match) -> list[_Node]:
    nodes: list[_Node] = []
    if match.ledger is not None:
        nodes.append(("ledger", match.ledger.witness))
    if match.entry is not None:
        nodes.append(("entry", match.entry.witness))
    if match.move is not None:
        nodes.append(("move", match.move.id))
    return nodes


def _registrations(reckoning: Reckoning, register: Register) -> Iterator[_Knot]:
    """Yield what came into customers' places, or left them, because a registration changed."""
    rows = {row.witness: row for row in reckoning.books.places}
    for change in reckoning.held_changes:
        row = rows.get(change.rows[0]) if len(change.rows) == 1 else None
        if change.klass != "customer" or row is None:
            continue
        without = change.at - 1 if change.at == row.span.start else change.at
        others = [
            place.place
            for place in reckoning.books.places
            if place.witness != row.witness
            and (place.chain, place.address) == (row.chain, row.address)
            and place.span.holds(without)
        ]
        word = "address" if row.chain else "account"
        other = others[0] if others else f"{word}:{row.address}"
        if others and register.class_of(other, without) == "customer":
            # From one customers' place to another: nothing comes and nothing goes.
            continue
        knot = _Knot(change.asset, at_places=[(change.at, change.delta)], groups={"customer"})
        knot.rows.update(change.rows)
        knot.registration = (row.place, other)
        yield knot


class _Reader:
    """Says of knots what they lack."""

    def __init__(self, reckoning: Reckoning, register: Register) -> None:
        self._reckoning, self._register = reckoning, register
        self._books = reckoning.books

    def other_place(self, knot: _Knot) -> str:
        """Return the place outside the customers' that a knot's moves go to or come from.

        "" where there is none, or several, or where it is no place: a party's name, nobody.
        """
        if knot.registration:
            return knot.registration[1]
        ends = {
            side: self._register.class_of(side, when) == "customer"
            for move in knot.moves
            for side, when in ((move.source, move.left), (move.target, move.arrived))
        }
        sides = {side for side, inside in ends.items() if not inside}
        if knot.as_owed and not any(ends.values()):
            # A deposit that did not reach a customers' place lies where it arrived; a withdrawal
            # that left from elsewhere was paid from there.
            inward = sum(delta for _, delta in knot.as_owed) > 0
            sides = {move.target if inward else move.source for move in knot.moves}
        sides = {side for side in sides if not side.startswith(_NO_PLACE)}
        return sides.pop() if len(sides) == 1 else ""

    def paid_together(self, knot: _Knot) -> str:
        """Return the only place outside the customers' that paid a withdrawal beside them."""
        final = knot.steps()[-1][1]
        if not (knot.at_places and knot.as_owed and final > 0):
            return ""
        payers = {
            move.source
            for move in knot.moves
            if move.target.startswith("passing:")
            and self._register.class_of(move.source, move.left) != "customer"
        }
        paid = sum(move.amount for move in knot.moves if move.source in payers)
        return payers.pop() if len(payers) == 1 and final <= paid else ""

    def of_place(self, asset: str, other: str, gone: Sequence[_Knot]) -> Iterator[Track]:
        """Yield what lies at a place outside and has not come back, the oldest part first."""
        changes = sorted(
            (
                (when, delta, place)
                for place, knot in enumerate(gone)
                for when, delta in _deltas(knot.steps())
            ),
            key=lambda change: (change[0], change[2]),
        )
        steps: dict[int, dict[Instant, int]] = defaultdict(dict)
        effects: dict[int, int] = defaultdict(int)
        #: What is open, oldest first: place of the knot, signed.
        waiting: list[tuple[int, int]] = []
        for when, change, place in changes:
            delta = change
            while delta and waiting and (waiting[0][1] > 0) != (delta > 0):
                oldest, amount = waiting[0]
                part = -amount if abs(amount) <= abs(delta) else delta
                effects[oldest] += part
                steps[oldest][when] = effects[oldest]
                delta -= part
                waiting[0] = (oldest, amount + part)
                if not waiting[0][1]:
                    waiting.pop(0)
            if delta:
                waiting.append((place, delta))
                effects[place] += delta
                steps[place][when] = effects[place]
        #: Customers' credited deposits went there: what comes from it is theirs, coming home.
        credited = any(knot.as_owed for knot in gone)
        for place, found in sorted(steps.items()):
            knot = gone[place]
            kind, says = self._gone(asset, other, knot, credited=credited)
            yield Track(kind, asset, tuple(found.items()), knot.rows_sorted(), says, CURES[kind])

    def _gone(self, asset: str, other: str, knot: _Knot, *, credited: bool) -> tuple[Kind, str]:
        """Return kind and sentence of value at a place outside the customers'."""
        amount = max((effect for _, effect in knot.steps()), key=abs)
        what = amount_of(self._books, asset, abs(amount))
        when = knot.steps()[0][0]
        klass = self._register.class_of(other.removeprefix("transit:"), when)
        where = (
            f"{other}, a place of class {klass}" if klass else f"{other}, which no row registers"
        )
        if knot.registration:
            place = knot.registration[0]
            verb = "came into" if amount > 0 else "left"
            return (
                Kind.MISPOSTED if klass else Kind.UNREGISTERED_PLACE,
                f"{what} {verb} {place} because a registration changed; without it it is {where}",
            )
        if knot.paid_from:
            accounts = ", ".join(sorted({row.account for row in knot.ledger}))
            kind = Kind.MISPOSTED if klass else Kind.UNREGISTERED_PLACE
            return kind, f"{what} of {accounts} was debited and paid from {where}"
        if knot.as_owed:
            inward = sum(delta for _, delta in knot.as_owed) > 0
            accounts = ", ".join(sorted({row.account for row in knot.ledger}))
            verb = "was credited and lies at" if inward else "was debited and paid from"
            kind = Kind.MISPOSTED if klass else Kind.UNREGISTERED_PLACE
            return kind, f"{what} of {accounts} {verb} {where}"
        whose = " and ".join(sorted(knot.groups)) or "unknown"
        verb = "came from" if amount > 0 else "went to"
        says = f"{what} ({whose}) {verb} {where}, and no row of the customers' ledger says so"
        if other.startswith("transit:"):
            return Kind.TIMING, f"{what} ({whose}) is on its way: {verb} {other[8:]}"
        return Kind.UNREGISTERED_PLACE if credited and not klass else Kind.MOVE_ONLY, says

    def undecided(self, knot: _Knot) -> Track:
        """Return rows and moves that come to the same, and nobody can say which is whose."""
        amount = sum(delta for _, delta in knot.as_owed)
        return Track(
            Kind.AMBIGUOUS, knot.asset, (), knot.rows_sorted(),
            self._says(Kind.AMBIGUOUS, knot, amount), CURES[Kind.AMBIGUOUS], about=amount,
            stands=(max(when for when, _ in knot.steps()), EVER),
        )  # fmt: skip

    def of_knot(self, knot: _Knot, steps: tuple[tuple[Instant, int], ...]) -> Iterator[Track]:
        """Yield the breaks of a knot: while its other side is awaited, and for good."""
        complete, final = steps[-1]
        early = steps[:-1]
        kind = _kind(knot, final)
        if any(effect for _, effect in early):
            # Ledger rows that come to nothing without undoing each other are legs of one thing.
            legs = not final and not knot.reversal
            awaited = Kind.TIMING if legs or (knot.at_places and not knot.reversal) else kind
            first = next(effect for _, effect in early if effect)
            yield Track(
                awaited, knot.asset, (*early, (complete, 0)), knot.rows_sorted(),
                self._says(awaited, knot, first), CURES[awaited],
            )  # fmt: skip
        if final:
            yield Track(
                kind, knot.asset, ((complete, final),), knot.rows_sorted(),
                self._says(kind, knot, final), CURES[kind],
            )  # fmt: skip
        elif knot.reversal:
            # It stands on the day it was undone, so that a month's list has it.
            undone = max(row.amount for row in knot.ledger)
            yield Track(
                Kind.REVERSED, knot.asset, (), knot.rows_sorted(),
                self._says(Kind.REVERSED, knot, undone), "Nothing; ask what the row stood for",
                about=undone, stands=(complete, complete + DAY),
            )  # fmt: skip

    def _says(self, kind: Kind, knot: _Knot, effect: int) -> str:
        what = amount_of(self._books, knot.asset, abs(effect))
        about = knot.about()
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
                said = f"{what} ({whose}) {verb} ({about})"
                return f"{said}, and no row of the customers' ledger says so"


def _deltas(steps: Sequence[tuple[Instant, int]]) -> Iterator[tuple[Instant, int]]:
    before = 0
    for when, effect in steps:
        if effect != before:
            yield when, effect - before
        before = effect


def _kind(knot: _Knot, final: int) -> Kind:
    if knot.openings:
        sides = (bool(knot.at_places), bool(knot.as_owed))
        alone = {(True, False): Kind.MOVE_ONLY, (False, True): Kind.LEDGER_ONLY}
        return alone.get(sides, Kind.AMOUNT)
    if "duplicate" in knot.kinds and not knot.at_places:
        return Kind.DUPLICATE
    if "ambiguous" in knot.kinds:
        return Kind.AMBIGUOUS
    if knot.at_places and knot.as_owed:
        return Kind.REVERSED if knot.reversal and final else Kind.AMOUNT
    return Kind.LEDGER_ONLY if knot.as_owed else Kind.MOVE_ONLY


def held_by_customers(changes: Iterable[HeldChange], when: Instant) -> Mapping[str, int]:
    """Return what witnesses show in customers' places at an instant, by asset."""
    held: dict[str, int] = defaultdict(int)
    for change in changes:
        if change.klass == "customer" and change.at <= when:
            held[change.asset] += change.delta
    return held
