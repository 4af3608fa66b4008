"""Payments: to whom value of the exchange's places went, and whether they were affiliates that day.

An outflow is an expense, a customer's withdrawal, an own transfer, or unexplained. A payee is an
entity by its bank account, its registered place, or a name that was its own on that day; a name
that is merely near is listed and joins nothing. Where the payee's own accounts have witnesses, what
reaches an affiliate out of them is shown under each method of tracing; where they have none, the
answer says what to ask for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from forthwith.books.books import Affiliation, Asset, Books, Cap, EntityName, WitnessRow
from forthwith.books.moves import Move
from forthwith.books.reckoned import Reckoning
from forthwith.books.register import OWN, Register
from forthwith.books.tracing import Reached, look_through
from forthwith.domain.instants import DAY, Instant, day_of
from forthwith.plain.person_names import Match as Likeness
from forthwith.plain.person_names import match as likeness

#: Days and transfers that a payment is followed for, out of the payee's own accounts.
FOLLOWED_DAYS, FOLLOWED_HOPS = 30, 3
#: Sides of a move that are nobody: a fee, a fund that only passes, what no witness shows.
_NOBODY = ("fee:", "passing:", "outside:", "nobody:", "unknown:")


class Outflow(StrEnum):
    """What an outflow is."""

    EXPENSE = "expense"
    WITHDRAWAL = "customer withdrawal"
    OWN = "own transfer"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Through:
    """What of payments reached an affiliate out of the payee's accounts, by method."""

    affiliate: str
    methods: Mapping[str, int]
    places: tuple[str, ...]
    moves: tuple[str, ...]

    def says(self, asset: Asset) -> str:
        """Return what reached it as a sentence without its full stop; poison is a bound."""
        amounts = [amount for name, amount in self.methods.items() if name != "poison"]
        least, most = min(amounts, default=0), max(amounts, default=0)
        what = asset.text(least) if least == most else f"{asset.text(least)} to {asset.text(most)}"
        return f"{what} {asset.id} of it reached {self.affiliate} through {', '.join(self.places)}"


@dataclass(frozen=True, slots=True)
class Payee:
    """What went to one payee, of one asset and one kind, while it stood in one relation to us."""

    #: Id of the entity; "" where no row says who it is.
    entity: str
    asset: Asset
    kind: Outflow
    #: Names, account numbers and addresses as the witnesses have them.
    as_written: tuple[str, ...]
    amount: int
    count: int
    #: "yes" or "no" on the days of the payments, "unknown" where nobody says who was paid.
    affiliate: str
    #: Rows of `affiliates` that make it one.
    because: tuple[WitnessRow, ...]
    through: tuple[Through, ...] = ()
    #: Why nothing beyond the payee is known, and what to ask for; "" where it was followed.
    not_followed: str = ""
    #: Entities whose names are near: never joined.
    near: tuple[str, ...] = ()
    #: Where account and name point to two entities, or a name was the entity's on other days.
    doubts: tuple[str, ...] = ()
    #: What place_ledger calls the moves: "expense", "loan_return".
    called: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    rows: tuple[WitnessRow, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return keys as books.md section 15 has them, and what stands beside them."""
        return {
            "entity": self.entity,
            "asset": self.asset.id,
            "kind": str(self.kind),
            "as_written": list(self.as_written),
            "amount": self.asset.text(self.amount),
            "count": self.count,
            "affiliate": "through" if self.affiliate != "yes" and self.through else self.affiliate,
            "through": [
                {
                    "affiliate": row.affiliate,
                    "methods": {name: self.asset.text(n) for name, n in row.methods.items()},
                    "places": list(row.places),
                    "moves": list(row.moves),
                    "says": row.says(self.asset),
                }
                for row in self.through
            ],
            "not_followed": self.not_followed,
            "near": list(self.near),
            "doubts": list(self.doubts),
            "called": list(self.called),
            "moves": list(self.moves),
            "rows": [str(row) for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class OverCap:
    """More was paid to a payee in a month than the ordinary course allows."""

    payee: str
    month: str
    asset: Asset
    cap: int
    paid: int
    rows: tuple[WitnessRow, ...]

    def as_json(self) -> dict[str, object]:
        """Return it with amounts as text."""
        return {
            "payee": self.payee,
            "month": self.month,
            "asset": self.asset.id,
            "cap": self.asset.text(self.cap),
            "paid": self.asset.text(self.paid),
            "over": self.asset.text(self.paid - self.cap),
            "rows": [str(row) for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Payments:
    """Outflows of a period: payees, and the sums of what needs no payee."""

    payees: tuple[Payee, ...]
    over_caps: tuple[OverCap, ...] = ()
    #: By kind and asset: amount and count of every outflow.
    totals: Mapping[tuple[Outflow, str], tuple[int, int]] = field(default_factory=dict)
    assets: Mapping[str, Asset] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return keys as books.md section 15 has them."""
        return {
            "payees": [payee.as_json() for payee in self.payees],
            "over_caps": [row.as_json() for row in self.over_caps],
            "totals": [
                {
                    "kind": str(kind),
                    "asset": asset,
                    "amount": self.assets[asset].text(amount),
                    "count": count,
                }
                for (kind, asset), (amount, count) in sorted(self.totals.items())
            ],
            "parameters": {"days": FOLLOWED_DAYS, "hops": FOLLOWED_HOPS},
        }


def payments(
    reckoning: Reckoning, start: Instant | None = None, end: Instant | None = None, asset: str = ""
) -> Payments:
    """Return who was paid out of the exchange's places in `[start, end)`; None: open.

    Network fees are no payments. A withdrawal of a customer has a payee only where it went to an
    affiliate.
    """
    return _Reader(reckoning, start, end, asset).payments()


@dataclass(frozen=True, slots=True)
class _Paid:
    """One outflow to somebody else."""

    move: Move
    kind: Outflow
    entity: str
    near: tuple[str, ...]
    doubt: str


class Entities:
    """Who an account, a place or a name was on a day, and whose affiliate."""

    def __init__(self, books: Books, register: Register) -> None:
        """Index the rows; the exchange is whoever holds customers' and the house's places."""
        self._books = books
        self._register = register
        self._accounts = {_number(row.account): row.entity for row in books.bank_parties}
        #: Names as written: rows of entities that are alike, compared once.
        self._alike: dict[str, tuple[tuple[EntityName, Likeness], ...]] = {}
        self.exchange = frozenset(
            row.holder for row in books.places if row.holder and row.klass in OWN
        )

    def payee(self, move: Move) -> tuple[str, tuple[str, ...], str]:
        """Return the entity a move went to, entities of near names, and what is doubtful.

        "" where no row says who it is.
        """
        by_account = self._accounts.get(_number(move.target_address), "")
        by_place = self._register.holder_of(move.target)
        names = [move.party] if move.party else []
        if move.target.startswith("party:"):
            names.append(move.target.removeprefix("party:"))
        named, near, doubt = self._named(dict.fromkeys(names), move.left)
        found = list(dict.fromkeys(filter(None, (by_account, by_place, *named))))
        if len(found) > 1:
            doubt = f"account, place and name say {' and '.join(found)}"
        if found and (by_account or by_place or len(named) == 1):
            return found[0], tuple(row for row in near if row not in found), doubt
        return "", tuple(dict.fromkeys((*named, *near))), doubt

    def _named(self, names: Iterable[str], when: Instant) -> tuple[list[str], list[str], str]:
        """Return entities so called on a day, entities of near names, and a doubt."""
        same: dict[str, None] = {}
        near: dict[str, None] = {}
        other_days: list[EntityName] = []
        for name in names:
            for row, alike in self._rows_alike(name):
                if alike is Likeness.SAME and row.span.holds(when):
                    same[row.entity] = None
                else:
                    near[row.entity] = None
                    if alike is Likeness.SAME:
                        other_days.append(row)
        doubt = ""
        if other_days and not same:
            row = other_days[0]
            doubt = f"{row.name} was the name of {row.entity} on other days ({row.witness})"
        return list(same), [entity for entity in near if entity not in same], doubt

    def _rows_alike(self, name: str) -> tuple[tuple[EntityName, Likeness], ...]:
        if name not in self._alike:
            # Longer than any name is: a likeness would only cost time.
            pairs = ((row, likeness(name[:200], row.name)) for row in self._books.names)
            self._alike[name] = tuple(pair for pair in pairs if pair[1] is not Likeness.OTHER)
        return self._alike[name]

    def affiliation(self, entity: str, when: Instant) -> tuple[Affiliation, ...]:
        """Return the rows that make an entity an affiliate of the exchange at an instant.

        One row where it is named so; several where it is one through others. () where it is none.
        """
        ways: dict[str, tuple[Affiliation, ...]] = dict.fromkeys(self.exchange, ())
        waiting = sorted(ways)
        for here in waiting:
            for row in self._books.affiliations:
                if here not in (row.entity, row.of) or not row.span.holds(when):
                    continue
                there = row.of if row.entity == here else row.entity
                if there not in ways:
                    ways[there] = (*ways[here], row)
                    waiting.append(there)
        return ways.get(entity, ()) if entity not in self.exchange else ()


def _number(text: str) -> str:
    """Return an account number or an address as compared."""
    return "".join(text.split()).casefold().replace("-", "")


class _Reader:
    def __init__(
        self, reckoning: Reckoning, start: Instant | None, end: Instant | None, asset: str
    ) -> None:
        self._reckoning = reckoning
        self._books = reckoning.books
        self._register = Register(reckoning.books)
        self._register.take(reckoning.moves)
        self._entities = Entities(reckoning.books, self._register)
        self._moves = [
            move
            for move in reckoning.moves
            if (start is None or start <= move.left)
            and (end is None or move.left < end)
            and asset in ("", move.asset)
        ]
        self._debited = {
            match.move.id
            for match in reckoning.matches
            if match.joined
            and match.move is not None
            and match.ledger is not None
            and match.ledger.amount < 0
        }
        self._called = {
            match.move.id: match.entry.kind
            for match in reckoning.matches
            if match.joined and match.move is not None and match.entry is not None
        }

    def payments(self) -> Payments:
        totals: dict[tuple[Outflow, str], tuple[int, int]] = {}
        grouped: dict[tuple[str, ...], list[_Paid]] = defaultdict(list)
        every: list[_Paid] = []
        for paid in self._outflows():
            key = (paid.kind, paid.move.asset)
            amount, count = totals.get(key, (0, 0))
            totals[key] = (amount + paid.move.amount, count + 1)
            if paid.kind is Outflow.OWN:
                continue
            every.append(paid)
            relation = self._relation(paid)
            if paid.kind is Outflow.WITHDRAWAL and relation != "yes":
                continue
            who = paid.entity or _unnamed(paid.move)
            grouped[paid.entity, paid.move.asset, paid.kind, relation, who].append(paid)
        reached = self._reached(
            [p for row in grouped.values() for p in row if self._relation(p) != "yes"]
        )
        payees = [
            self._payee(Outflow(key[2]), key[3], rows, reached) for key, rows in grouped.items()
        ]
        payees.sort(key=lambda row: (row.asset.id, row.entity == "", row.entity, row.as_written,
                                     row.kind, row.affiliate))  # fmt: skip
        return Payments(tuple(payees), self._over_caps(every), totals, self._books.assets)

    def _outflows(self) -> Iterator[_Paid]:
        for move in self._moves:
            if move.is_fee or move.target.startswith("passing:"):
                continue
            # Of a fund that several paid into, what any of ours paid.
            if not self._register.leaves_own(move):
                continue
            if self._register.reaches_own(move):
                yield _Paid(move, Outflow.OWN, "", (), "")
            else:
                entity, near, doubt = self._entities.payee(move)
                yield _Paid(move, self._kind(move, entity), entity, near, doubt)

    def _kind(self, move: Move, entity: str) -> Outflow:
        """Return what an outflow is: of the house's, or out of its place to somebody known."""
        if move.id in self._debited:
            return Outflow.WITHDRAWAL
        attribution = self._reckoning.attributions.get(move.id)
        group = attribution.source_group if attribution is not None else ""
        called = self._called.get(move.id, "")
        known = not called and bool(entity) and group != "customer"
        houses = self._register.class_of(move.source, move.left) == "house"
        if called == "expense" or group == "house" or (known and houses):
            return Outflow.EXPENSE
        return Outflow.UNEXPLAINED

    def _relation(self, paid: _Paid) -> str:
        if not paid.entity:
            return "unknown"
        return "yes" if self._entities.affiliation(paid.entity, paid.move.left) else "no"

    def _reached(self, paid: Iterable[_Paid]) -> Mapping[str, list[Reached]]:
        """Look through the payees' accounts, asset by asset."""
        by_asset: dict[str, set[str]] = defaultdict(set)
        for row in paid:
            if row.kind is not Outflow.WITHDRAWAL:
                by_asset[row.move.asset].add(row.move.id)
        found: dict[str, list[Reached]] = defaultdict(list)
        witnessed = self._witnessed
        for asset, ids in by_asset.items():
            moves = [move for move in self._reckoning.moves if move.asset == asset]
            followed = {
                move.target for move in moves if move.id in ids and self._follows(move, witnessed)
            }
            if not followed:
                continue
            beyond = {
                side
                for move in moves
                for side in (move.source, move.target)
                if not side.startswith((*_NOBODY, "party:"))
                and not self._register.is_own(side, move.left)
                and (side in witnessed or move.kind == "chain")
            }
            openings = self._openings(asset, moves)
            for reached in look_through(
                moves, ids, followed | beyond, self._affiliate,
                days=FOLLOWED_DAYS, hops=FOLLOWED_HOPS, openings=openings,
            ):  # fmt: skip
                found[reached.payment].append(reached)
        return found

    def _openings(self, asset: str, moves: Sequence[Move]) -> Mapping[str, int]:
        """Return what lay in each place before its first move, which is other money."""
        first: dict[str, Instant] = {}
        for move in moves:
            first.setdefault(move.source, move.left)
            first.setdefault(move.target, move.arrived)
        opened: dict[str, int] = defaultdict(int)
        for change in self._reckoning.held_changes:
            if change.asset == asset and change.at < first.get(change.place, change.at):
                opened[change.place] += change.delta
        return opened

    def _affiliate(self, move: Move) -> str:
        entity, _, _ = self._entities.payee(move)
        return entity if self._entities.affiliation(entity, move.left) else ""

    @cached_property
    def _witnessed(self) -> frozenset[str]:
        """Return places and accounts whose own statements were supplied."""
        numbers = {_number(statement.account) for statement in self._books.statements}
        return frozenset(
            {row.place for row in self._books.places if _number(row.address) in numbers}
            | {
                side
                for move in self._reckoning.moves
                for side in (move.source, move.target)
                if side.startswith("account:") and _number(side.removeprefix("account:")) in numbers
            }
        )

    def _follows(self, move: Move, witnessed: Collection[str]) -> bool:
        return not move.target.startswith((*_NOBODY, "party:")) and (
            move.kind == "chain" or move.target in witnessed
        )

    def _payee(
        self,
        kind: Outflow,
        relation: str,
        rows: Sequence[_Paid],
        reached: Mapping[str, Sequence[Reached]],
    ) -> Payee:
        moves = [row.move for row in rows]
        entity, asset = rows[0].entity, self._books.assets[moves[0].asset]
        written = {
            text
            for move in moves
            for text in (move.party, move.target_address, _plain(move.target))
            if text
        }
        because = {
            row.witness for move in moves for row in self._entities.affiliation(entity, move.left)
        }
        through: dict[str, list[Reached]] = defaultdict(list)
        for move in moves:
            for found in reached.get(move.id, ()):
                through[found.affiliate].append(found)
        return Payee(
            entity,
            asset,
            kind,
            tuple(sorted(written)),
            sum(move.amount for move in moves),
            len(moves),
            relation,
            tuple(sorted(because)),
            tuple(_summed(name, found) for name, found in sorted(through.items())),
            self._not_followed(relation, kind, moves),
            tuple(sorted({name for row in rows for name in row.near})),
            tuple(dict.fromkeys(row.doubt for row in rows if row.doubt)),
            tuple(sorted({self._called[move.id] for move in moves if move.id in self._called})),
            tuple(move.id for move in moves),
            tuple(sorted({witness for move in moves for witness in move.witnesses})),
        )

    def _not_followed(self, relation: str, kind: Outflow, moves: Sequence[Move]) -> str:
        if relation == "yes" or kind is Outflow.WITHDRAWAL:
            return ""
        witnessed = self._witnessed
        blind = sorted(
            {
                move.target_address or _plain(move.target) or "an account nobody names"
                for move in moves
                if not self._follows(move, witnessed)
            }
        )
        zone = self._reckoning.parameters.zone
        start = min(move.left for move in moves)
        end = max(move.left for move in moves) + FOLLOWED_DAYS * DAY
        first, last = day_of(start, zone), day_of(end, zone)
        targets = {move.target for move in moves}
        gaps = [
            gap
            for gap in self._reckoning.gaps
            if gap.of in targets
            and (gap.start is None or gap.start <= end)
            and (gap.end is None or gap.end > start)
        ]
        if blind:
            return (
                f"no witness of {', '.join(blind)} was given; ask for its statements from "
                f"{first} to {last}"
            )
        if gaps:
            return f"{gaps[0].of}: {gaps[0].why}; ask for what is missing"
        return ""

    def _over_caps(self, paid: Iterable[_Paid]) -> tuple[OverCap, ...]:
        """Hold what each payee got in a month against the rows of `caps`."""
        zone = self._reckoning.parameters.zone
        sums: dict[tuple[str, str, str], list[Move]] = defaultdict(list)
        for row in paid:
            if row.kind is not Outflow.WITHDRAWAL and row.entity:
                month = f"{day_of(row.move.left, zone):%Y-%m}"
                sums[row.entity, month, row.move.asset].append(row.move)
        found = []
        for (entity, month, asset), moves in sorted(sums.items()):
            caps = [row for row in self._books.caps if self._of(row, entity, month, asset)]
            # A month's own row stands before the one of every month.
            caps.sort(key=lambda row: (row.month == "", row.witness))
            total = sum(move.amount for move in moves)
            if caps and total > caps[0].amount:
                rows = {row for move in moves for row in move.witnesses} | {caps[0].witness}
                found.append(
                    OverCap(
                        entity, month, self._books.assets[asset], caps[0].amount, total,
                        tuple(sorted(rows)),
                    )
                )  # fmt: skip
        return tuple(found)

    def _of(self, cap: Cap, entity: str, month: str, asset: str) -> bool:
        names = {row.name for row in self._books.names if row.entity == entity}
        return (
            cap.asset == asset
            and cap.month in ("", month)
            and (
                cap.payee == entity
                or any(likeness(cap.payee, name) is Likeness.SAME for name in names)
            )
        )


def _summed(affiliate: str, found: Sequence[Reached]) -> Through:
    methods: dict[str, int] = defaultdict(int)
    for row in found:
        for name, amount in row.methods.items():
            methods[name] += amount
    return Through(
        affiliate,
        dict(methods),
        tuple(dict.fromkeys(place for row in found for place in row.through)),
        tuple(dict.fromkeys(move for row in found for move in row.moves)),
    )


def _unnamed(move: Move) -> str:
    """Return what two payments to nobody's account have in common."""
    return _number(move.target_address) or move.target


def _plain(target: str) -> str:
    """Return what a side outside the register is called, without the word for what it is."""
    kind, sign, text = target.partition(":")
    return text if sign and kind in ("address", "account", "party") else ""
