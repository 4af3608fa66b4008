"""Breaks: why what is held differs from what is owed, row by row, to the last unit.

    difference = sum of the breaks' effects + the house's float in customers' places + unexplained

`difference` is what witnesses show less what the ledger owes; breaks and float are read from moves
and what they match (`knots`), so that the one holds the other to account. Each break is kept as
steps in time: an instant and a period are asked of the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from forthwith.books import control as proofs
from forthwith.books import knots
from forthwith.books.books import Asset, LedgerRow, PlaceEntry, WitnessRow
from forthwith.books.control import Control
from forthwith.books.knots import ALWAYS, CURES, EVER, Customers, Kind, Track, amount_of, summed
from forthwith.books.places import normal_address
from forthwith.books.reckoned import Gap, OwedChange, Reckoning
from forthwith.books.register import OWN, Register
from forthwith.books.timeline import gaps_of
from forthwith.domain.instants import DAY, Instant, day_of, day_start, instant_text

#: Rows booked later than this after they count are backdated.
_LATE = DAY

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


class BreaksOverTime:
    """Every break of a reckoning, to be asked at an instant or over a period."""

    def __init__(self, reckoning: Reckoning, control: Control | None = None) -> None:
        """Tie the knots once; `control` is what proofs came to, None where nobody looked."""
        self._reckoning = reckoning
        self._books = reckoning.books
        self._zone = reckoning.parameters.zone
        self._control = control
        self._register = Register(reckoning.books)
        self._tracks = (
            *knots.tracks(reckoning),
            *_timing(reckoning),
            *_negative(reckoning),
            *_backdated(reckoning),
            *_wrong_account(reckoning),
            *_entries(reckoning, self._register),
            *_gaps(reckoning),
        )

    def at(self, when: Instant, asset: str = "") -> Breaks:
        """Return the breaks that stand at an instant; `asset` keeps its own, and those of none."""
        found = [
            self._break(track, start, end, when)
            for track in self._tracks
            for start, end in track.spans()
            if start <= when < end
        ]
        return self._whole(found, when, asset)

    def over(
        self,
        start: Instant,
        end: Instant,
        asset: str = "",
    ) -> Breaks:
        """Return the breaks that stood at any instant of `[start, end)`, as they are at its end.

        The effect is that of the last instant, the amount the greatest in the period. Rows and
        moves on two sides of an instant are told for both ends and each month's end between.
        """
        last = end - 1
        cuts = (start - 1, *_month_ends(start, end, self._zone), last)
        found = []
        for track in self._tracks:
            for since, until in track.spans():
                if since >= end or until <= start:
                    continue
                at_a_cut = any(since <= cut < until for cut in cuts)
                if track.kind is Kind.TIMING and not at_a_cut:
                    continue
                row = self._break(track, since, until, last)
                effects = [
                    effect for when, effect in track.steps if since <= when < min(until, end)
                ]
                effects.append(track.effect(max(start, since)))
                most = max(effects, key=abs)
                found.append(replace(row, amount=most) if most else row)
        return self._whole(found, last, asset)

    def _break(self, track: Track, since: Instant, until: Instant, when: Instant) -> Break:
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
        asset: str,
    ) -> Breaks:
        explained = self._explained(found, when)
        found += self._dust(explained, found, when)
        found += self._proofs(when)
        kept = [row for row in found if not asset or row.asset in ("", asset)]
        kept.sort(key=lambda row: (row.asset, _ORDER[row.kind], row.since, row.says, row.rows))
        shown = {name: row for name, row in explained.items() if asset in ("", name)}
        return Breaks(when, tuple(kept), shown, self._books.assets)

    def _explained(self, found: Iterable[Break], when: Instant) -> dict[str, Explained]:
        effects: dict[str, int] = defaultdict(int)
        for row in found:
            effects[row.asset] += row.effect
        held = knots.held_by_customers(self._reckoning.held_changes, when)
        owed = _owed(self._reckoning, when)
        house = self._house_float(when)
        return {
            name: Explained(
                held.get(name, 0) - owed.get(name, 0), house.get(name, 0), effects[name]
            )
            for name in sorted(self._books.assets)
        }

    def _house_float(self, when: Instant) -> Mapping[str, int]:
        house: dict[str, int] = defaultdict(int)
        for change in self._reckoning.changes:
            if (
                change.at <= when
                and change.group == "house"
                # What a registration brings in is a break of its own.
                and not change.cause.startswith("witness:")
                and self._register.class_of(change.place, change.at) == "customer"
            ):
                house[change.asset] += change.delta
        return house

    def _dust(
        self, explained: Mapping[str, Explained], found: Sequence[Break], when: Instant
    ) -> list[Break]:
        dust = []
        for name, row in explained.items():
            floor = self._reckoning.parameters.floor(name)
            if -floor <= row.difference < 0:
                text = self._books.assets[name].text
                causes = [cause for cause in found if cause.asset == name and cause.effect]
                since = min((cause.since for cause in causes), default=when)
                says = (
                    f"{text(-row.difference)} {name} is lacking, within the floor of {text(floor)}"
                )
                dust.append(
                    Break(
                        Kind.DUST, name, row.difference, 0,
                        tuple(sorted({row for cause in causes for row in cause.rows})),
                        since, None, _age(since, when, self._zone), says,
                        "Put it back, or leave it: the floor is a recorded choice",
                    )
                )  # fmt: skip
        return dust

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
            if refused.reason != proofs.DOES_NOT_VERIFY or (proof.at or ALWAYS) > when:
                continue
            began = when if proof.at is None else proof.at
            yield Break(
                Kind.PROOF_DOES_NOT_VERIFY, "", None, 0, (proof.witness,), began, None,
                _age(began, when, self._zone), f"{proof.address}: {refused.says}", refused.cure,
            )  # fmt: skip


def _age(since: Instant, when: Instant, zone: str) -> int:
    """Return whole days of the calendar between two instants; 0 where the first is not known."""
    return 0 if since <= ALWAYS else max(0, (day_of(when, zone) - day_of(since, zone)).days)


def _owed(reckoning: Reckoning, when: Instant) -> Mapping[str, int]:
    """Return what customers are owed by asset; a negative balance lessens nobody else's."""
    counted = Customers(reckoning.books)
    balances: dict[tuple[str, str], int] = defaultdict(int)
    for change in reckoning.owed_changes:
        if change.at <= when and counted.counts(change.account, when):
            balances[change.account, change.asset] += change.delta
    owed: dict[str, int] = defaultdict(int)
    for (_, asset), balance in balances.items():
        owed[asset] += max(0, balance)
    return owed


# Breaks of other kinds.


def _timing(reckoning: Reckoning) -> Iterator[Track]:
    """Yield rows and moves on two sides of an instant that the basis already makes one.

    On ledger time the knot itself shows them, and they change the difference.
    """
    if reckoning.parameters.basis != "receipt":
        return
    counted = Customers(reckoning.books)
    seen: set[WitnessRow] = set()
    for match in reckoning.matches:
        row, move = match.ledger, match.move
        if not match.joined or row is None or move is None:
            continue
        # Of other kinds the knot shows it: they count from their own instant on either basis.
        if row.kind not in ("deposit", "withdrawal"):
            continue
        moved = move.arrived if row.kind == "deposit" else move.left
        if not counted.counts(row.account, moved):
            continue
        if moved == row.effective or row.witness in seen:
            continue
        seen.add(row.witness)
        first, last = sorted((moved, row.effective))
        amount = row.amount if moved < row.effective else -row.amount
        what = amount_of(reckoning.books, row.asset, abs(row.amount))
        says = (
            f"{what} of {row.account} {row.reference} is in the ledger at "
            f"{instant_text(row.effective)} and moved at {instant_text(moved)}"
        )
        yield Track(
            Kind.TIMING, row.asset, (), tuple(sorted({row.witness, *move.witnesses})), says,
            CURES[Kind.TIMING], about=amount, stands=(first, last),
        )  # fmt: skip


def _negative(reckoning: Reckoning) -> Iterator[Track]:
    """Yield each account's balance below zero, which lessens nothing that others are owed."""
    for account, asset, changes in _accounts(reckoning):
        steps = summed((change.at, change.delta) for change in changes)
        for start, end in _below(steps):
            part = tuple((when, balance) for when, balance in steps if start <= when < end)
            least = min(balance for _, balance in part)
            ending = () if end == EVER else ((end, 0),)
            rows = {change.row.witness for change in changes if start <= change.at < end}
            yield Track(
                Kind.NEGATIVE_BALANCE, asset, (*part, *ending), tuple(sorted(rows)),
                f"{account} owes {amount_of(reckoning.books, asset, -least)} at most",
                CURES[Kind.NEGATIVE_BALANCE],
            )  # fmt: skip


def _accounts(reckoning: Reckoning) -> Iterator[tuple[str, str, Sequence[OwedChange]]]:
    """Yield account, asset and changes, where they are a customer's at any time.

    A balance of a time at which the account is no customer's is taken out again.
    """
    counted = Customers(reckoning.books)
    turns: dict[str, list[tuple[Instant, int]]] = defaultdict(list)
    for when, account, change in counted.turns():
        turns[account].append((when, change))
    changes: dict[tuple[str, str], list[OwedChange]] = defaultdict(list)
    for owed in reckoning.owed_changes:
        changes[owed.account, owed.asset].append(owed)
    for (account, asset), found in sorted(changes.items()):
        kept = [owed for owed in found if counted.counts(account, owed.at)]
        for when, turn in turns.get(account, ()):
            before = [owed for owed in found if owed.at < when]
            if balance := sum(owed.delta for owed in before):
                kept.append(replace(before[-1], at=when, delta=turn * balance))
        if kept:
            yield account, asset, sorted(kept, key=lambda owed: owed.at)


def _below(steps: Sequence[tuple[Instant, int]]) -> Iterator[tuple[Instant, Instant]]:
    start: Instant | None = None
    for when, balance in steps:
        if balance < 0 and start is None:
            start = when
        elif balance >= 0 and start is not None:
            yield start, when
            start = None
    if start is not None:
        yield start, EVER


def _backdated(reckoning: Reckoning) -> Iterator[Track]:
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
        what = amount_of(reckoning.books, row.asset, row.amount)
        says = (
            f"{what} of {whose} {row.reference} counts from {instant_text(row.effective)} and was "
            f"booked at {instant_text(row.booked)}"
        )
        if month:
            says += ", after a month's end"
        yield Track(
            Kind.BACKDATED, row.asset, (), (row.witness,), says,
            "Amend the reports between the two, or date the row when it was booked",
            about=row.amount, stands=(row.effective, row.booked),
        )  # fmt: skip


def _month_ends(start: Instant, end: Instant, zone: str) -> Iterator[Instant]:
    """Yield the last second of each month that ends in `[start, end)`."""
    day = day_of(start, zone)
    while True:
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        last = day_start(day, zone) - 1
        if last >= end:
            return
        yield last


def _month(when: Instant, zone: str) -> tuple[int, int]:
    day = day_of(when, zone)
    return day.year, day.month


def _wrong_account(reckoning: Reckoning) -> Iterator[Track]:
    """Yield deposits credited to another account than the one whose address they came to."""
    by_address = defaultdict(list)
    for given in reckoning.books.deposit_addresses:
        by_address[given.chain, normal_address(given.address)].append(given)
    paid = _paid_addresses(reckoning)
    seen: set[WitnessRow] = set()
    for match in reckoning.matches:
        row, move = match.ledger, match.move
        if not match.joined or row is None or move is None or row.amount <= 0:
            continue
        chain = reckoning.books.assets[row.asset].chain
        # One move may pay several addresses of its place, each for its customer.
        addresses = paid.get((chain, move.reference), ()) or (normal_address(move.target_address),)
        owners = {
            given.account: given.witness
            for address in addresses
            for given in by_address.get((chain, address), ())
            if given.span.holds(move.arrived)
        }
        if not owners or row.account in owners or row.witness in seen:
            continue
        seen.add(row.witness)
        what = amount_of(reckoning.books, row.asset, row.amount)
        says = (
            f"{what} was credited to {row.account}, and came to the address of "
            f"{' and '.join(sorted(owners))}"
        )
        yield Track(
            Kind.MISPOSTED, row.asset, (),
            tuple(sorted({row.witness, *move.witnesses, *owners.values()})), says,
            "Correct the account of the row, or the account of the address", about=row.amount,
            stands=(max(row.effective, move.arrived), EVER),
        )  # fmt: skip


def _paid_addresses(reckoning: Reckoning) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the addresses that gained in each transaction, by chain and id."""
    wanted = {
        match.move.reference
        for match in reckoning.matches
        if match.ledger is not None and match.move is not None
    }
    return {
        (read.chain, row.id): tuple(
            normal_address(leg.address) for leg in row.legs if leg.amount > 0 and leg.address
        )
        for read in reckoning.books.chains
        for row in read.transactions
        if row.id in wanted
    }


def _entries(reckoning: Reckoning, register: Register) -> Iterator[Track]:
    """Yield entries of the ledger of places that no move answers, or not with their amount.

    What is held is read from moves, so they change nothing of it.
    """
    for match in reckoning.matches:
        entry, move = match.entry, match.move
        if entry is None or match.kind in ("reference", "unique"):
            continue
        # A fund of several payers pays more than any of them entered.
        if move is not None and move.source.startswith("passing:"):
            continue
        # Where the witness lacks, nobody can say that nothing moved.
        if any(_hides(gap, entry) for gap in reckoning.gaps):
            continue
        if not any(
            register.is_own(place, entry.effective) for place in (entry.source, entry.target)
        ):
            continue
        about = entry.amount
        rows = {entry.witness}
        says = f"{amount_of(reckoning.books, entry.asset, entry.amount)}: {match.why}"
        if match.kind == "amount" and move is not None:
            about = move.amount - entry.amount
            rows.update(move.witnesses)
            says = f"{match.why}: {amount_of(reckoning.books, entry.asset, move.amount)} moved"
        kind = Kind(match.kind)
        yield Track(
            kind, entry.asset, (), tuple(sorted(rows)), says,
            "Correct the entry of place_ledger, or show the move it stands for", about=about,
            stands=(entry.effective, EVER),
        )  # fmt: skip


def _hides(gap: Gap, entry: PlaceEntry) -> bool:
    return (
        gap.of in (entry.source, entry.target)
        and (gap.start is None or gap.start <= entry.effective)
        and (gap.end is None or entry.effective < gap.end)
    )


def _gaps(reckoning: Reckoning) -> Iterator[Track]:
    """Yield what no witness shows of the exchange's own places, while they are registered."""
    for asset in reckoning.books.assets:
        for gap in gaps_of(reckoning, asset, OWN):
            start = ALWAYS if gap.start is None else gap.start
            yield Track(
                Kind.STATEMENT_GAP, asset, (), (), f"{gap.of}: {gap.why}",
                gap.cure or "Supply what is missing between these dates",
                stands=(start, EVER if gap.end is None else max(gap.end, start + 1)),
            )  # fmt: skip
