"""Balances as witnesses show them: legs of transactions and entries of statements, place by place.

No move, ledger or attribution is read here, so that what the ledgers say can be held against it.
Only while an address is registered does it count for its place.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate

from forthwith.books.bank_moves import BankPlace, opening_instant
from forthwith.books.books import (
    Asset,
    Opening,
    Parameters,
    PlaceAddress,
    WitnessRow,
)
from forthwith.books.chains import Chain
from forthwith.books.places import normal_address
from forthwith.books.reckoned import Gap, HeldChange
from forthwith.domain.chain import ChainRead
from forthwith.domain.instants import DAY, Instant, day_end, day_of, day_start, instant_text

#: A chain whose first block is of this height or lower has all that ever moved on it.
_FIRST_HEIGHT = 1
_DAY = timedelta(days=1)
_MONTH = 32 * DAY


@dataclass(frozen=True, slots=True)
class Balances:
    """What witnesses show."""

    changes: tuple[HeldChange, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()


def _month_after(day: date, zone: str) -> Instant:
    """Return the first instant of the next month: so long blocks speak that nothing follows.

    A chain of a few blocks, as an invented one, may rest for days; what came in a month of which
    no block is given nobody has shown.
    """
    return day_start(date(day.year + day.month // 12, day.month % 12 + 1, 1), zone)


@dataclass(slots=True)
class _History:
    """What one address gained and lost of one asset, in time."""

    times: list[Instant] = field(default_factory=list)
    deltas: list[int] = field(default_factory=list)
    rows: list[tuple[WitnessRow, ...]] = field(default_factory=list)

    def add(self, when: Instant, delta: int, rows: tuple[WitnessRow, ...]) -> None:
        self.times.append(when)
        self.deltas.append(delta)
        self.rows.append(rows)

    def at(self, when: Instant) -> int:
        """Return the balance at an instant."""
        return sum(self.deltas[: bisect_right(self.times, when)])

    def after(self, when: Instant, start: int) -> _History:
        """Return the history that begins with a balance and leaves out what came until then."""
        cut = bisect_right(self.times, when)
        found = _History(self.times[cut:], self.deltas[cut:], self.rows[cut:])
        if start:
            found.times.insert(0, when)
            found.deltas.insert(0, start)
            found.rows.insert(0, ())
        return found

    @property
    def least(self) -> int:
        return min(accumulate(self.deltas), default=0)


#: (chain, address, asset)
_Key = tuple[str, str, str]


def balances(
    places: Sequence[PlaceAddress],
    openings: Sequence[Opening],
    assets: Mapping[str, Asset],
    reads: Sequence[ChainRead],
    chains: Mapping[str, Chain],
    banks: Sequence[BankPlace],
    parameters: Parameters,
    suspects: Collection[tuple[str, str]] = (),
) -> Balances:
    """Return every change of what lies in registered places, and what no witness shows.

    `suspects` are (chain, address) outside the register, told with class "unregistered".
    """
    maker = _Maker(places, openings, assets, chains, parameters)
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in places:
        if row.kind in ("address", "safe"):
            wanted[row.chain].add(normal_address(row.address))
    for chain, address in suspects:
        wanted[chain].add(normal_address(address))
    for read in reads:
        maker.read(read, wanted[read.chain])
    maker.chain_places()
    maker.unregistered(suspects)
    for bank in banks:
        maker.bank(bank)
    maker.unwitnessed(banks)
    maker.changes.sort(key=_order)
    return Balances(
        tuple(maker.changes),
        tuple(dict.fromkeys(maker.gaps)),
        tuple(sorted(set(maker.notes))),
    )


def _order(change: HeldChange) -> tuple[Instant, str, str, str, str, int]:
    return change.at, change.asset, change.place, change.chain, change.address, change.delta


@dataclass(slots=True)
class _Maker:
    places: Sequence[PlaceAddress]
    openings: Sequence[Opening]
    assets: Mapping[str, Asset]
    chains: Mapping[str, Chain]
    parameters: Parameters
    histories: dict[_Key, _History] = field(default_factory=dict)
    changes: list[HeldChange] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def read(self, read: ChainRead, wanted: Collection[str]) -> None:
        """Take the legs of wanted addresses, and the fees they paid themselves."""
        chain = self.chains[read.chain]
        contracts = {
            asset.contract: asset.id
            for asset in sorted(self.assets.values(), key=lambda asset: asset.id, reverse=True)
            if asset.chain == read.chain
        }
        for row in sorted(read.transactions, key=lambda row: (row.height, row.position)):
            when = chain.instant_of(row.height)
            if when is None:
                continue
            for leg in row.legs:
                asset = contracts.get(leg.contract)
                if asset is not None and leg.address in wanted:
                    self.history(read.chain, leg.address, asset).add(
                        when, leg.amount, (WitnessRow(row.file, f"{row.id} {leg.row}"),)
                    )
            # Bitcoin's fee is in its legs already: inputs less outputs.
            payer = row.fee_payer
            if row.fee and payer and payer in wanted and "" in contracts:
                self.history(read.chain, payer, contracts[""]).add(
                    when, -row.fee, (WitnessRow(row.file, f"{row.id} fee"),)
                )

    def history(self, chain: str, address: str, asset: str) -> _History:
        key = (chain, address, asset)
        if key not in self.histories:
            self.histories[key] = _History()
        return self.histories[key]

    def chain_places(self) -> None:
        """Lay histories over registrations, beginning from openings where the chain cannot say."""
        by_place: dict[tuple[str, str], dict[str, list[PlaceAddress]]] = defaultdict(dict)
        for row in self.places:
            if row.kind in ("address", "safe") and row.chain in self.chains:
                address = normal_address(row.address)
                by_place[row.place, row.chain].setdefault(address, []).append(row)
        opened: dict[tuple[str, str], list[Opening]] = defaultdict(list)
        for opening in self.openings:
            opened[opening.place, opening.asset].append(opening)
        for (place, chain), addresses in sorted(by_place.items()):
            for asset in sorted(self.assets.values(), key=lambda asset: asset.id):
                if asset.chain != chain:
                    continue
                found = {
                    address: self.histories.get((chain, address, asset.id), _History())
                    for address in addresses
                }
                start = opened.get((place, asset.id), [])
                self.chain_place(place, self.chains[chain], asset, addresses, found, start)

    def chain_place(
        self,
        place: str,
        chain: Chain,
        asset: Asset,
        addresses: Mapping[str, Sequence[PlaceAddress]],
        found: dict[str, _History],
        openings: Sequence[Opening],
    ) -> None:
        self.chain_gaps(place, chain, asset, addresses)
        if openings:
            rest = self.opened(place, chain, asset, addresses, found, openings)
        else:
            rest = 0
            self.unopened(place, chain, asset, found)
        for address, history in found.items():
            for row in addresses[address]:
                self.registered(row, address, asset.id, history)
        if rest:
            at = openings[0].at
            history = _History([at], [rest], [tuple(row.witness for row in openings)])
            # As long as the address that was registered longest.
            rows = min(
                addresses.values(),
                key=lambda rows: (
                    not any(row.span.holds(at) for row in rows),
                    -max(_last(row) for row in rows),
                    rows[0].address,
                ),
            )
            for row in rows:
                self.registered(row, "", asset.id, history)

    def opened(
        self,
        place: str,
        chain: Chain,
        asset: Asset,
        addresses: Mapping[str, Sequence[PlaceAddress]],
        found: dict[str, _History],
        openings: Sequence[Opening],
    ) -> int:
        """Begin from openings where the chain cannot say; return what lies at no known address."""
        at, given = openings[0].at, sum(opening.amount for opening in openings)
        if _is_whole(chain) and min(history.least for history in found.values()) >= 0:
            shown = sum(
                history.at(at)
                for address, history in found.items()
                if any(row.span.holds(at) for row in addresses[address])
            )
            if shown != given:
                self.notes.append(
                    f"openings has {asset.text(given)} {asset.id} in {place} at "
                    f"{instant_text(at)}, {chain.name} {asset.text(shown)}: the chain counts"
                )
            return 0
        if chain.blocks and not _is_whole(chain) and chain.instants[0] > at:
            why = (
                f"no block of {chain.name} is given between the opening of {place} and block "
                f"{chain.blocks[0].height}"
            )
            cure = f"give the blocks of {chain.name} from {instant_text(at)} on"
            self.gaps.append(Gap(place, at, chain.instants[0], why, cure, asset.id))
        if len(found) == 1:
            ((address, history),) = found.items()
            found[address] = history.after(at, given)
            return 0
        # An opening names a place, not its addresses: it lies beside their histories.
        for address, history in found.items():
            found[address] = history.after(at, 0)
        return given

    def unopened(
        self, place: str, chain: Chain, asset: Asset, found: Mapping[str, _History]
    ) -> None:
        """Tell a place whose beginning neither the chain nor a row says."""
        if min(history.least for history in found.values()) < 0:
            why = f"{place} pays more {asset.id} than {chain.name} shows it ever had"
        elif not _is_whole(chain):
            first = chain.blocks[0].height if chain.blocks else 0
            why = (
                f"{chain.name} is given from block {first} on, and openings has no {asset.id} for "
                f"{place}"
            )
        else:
            return
        # A token that never moved there is no reason to doubt; a chain's own coin is.
        if not asset.contract or any(history.times for history in found.values()):
            cure = f"add a row of openings for {asset.id} in {place}"
            self.gaps.append(Gap(place, None, None, why, cure, asset.id))

    def chain_gaps(
        self,
        place: str,
        chain: Chain,
        asset: Asset,
        addresses: Mapping[str, Sequence[PlaceAddress]],
    ) -> None:
        for gap in chain.gaps:
            exact = gap.suspects and not any(suspect.endswith("*") for suspect in gap.suspects)
            asked = [name for name in gap.suspects if name in addresses] if exact else addresses
            if any(gap.touches(address, asset.contract) for address in asked):
                self.gaps.append(
                    Gap(
                        place,
                        gap.start,
                        None,
                        gap.why,
                        f"give the missing part of {chain.name}",
                        asset.id,
                    )
                )
        if chain.blocks:
            last = chain.blocks[-1].time
            day = day_of(last, self.parameters.zone)
            until = _month_after(day, self.parameters.zone)
            why = f"the blocks of {chain.name} end on {day}"
            cure = f"give the blocks of {chain.name} after {day}"
            self.gaps.append(Gap(place, until, None, why, cure, asset.id))

    def registered(
        self,
        row: PlaceAddress,
        address: str,
        asset: str,
        history: _History,
    ) -> None:
        """Add a history as far as a registration holds."""
        registration, times, witness = row.span, history.times, (row.witness,)
        place, klass, chain = row.place, row.klass, row.chain
        first, last = 0, len(times)
        if registration.start is not None:
            first = bisect_left(times, registration.start)
            if balance := sum(history.deltas[:first]):
                self.changes.append(
                    HeldChange(
                        registration.start, place, klass, asset, balance, chain, address, witness
                    )
                )
        if registration.end is not None:
            last = bisect_left(times, registration.end)
            if balance := sum(history.deltas[:last]):
                self.changes.append(
                    HeldChange(
                        registration.end, place, klass, asset, -balance, chain, address, witness
                    )
                )
        self.changes += [
            HeldChange(
                times[number],
                place,
                klass,
                asset,
                history.deltas[number],
                chain,
                address,
                history.rows[number],
            )
            for number in range(first, last)
        ]

    def unregistered(self, suspects: Iterable[tuple[str, str]]) -> None:
        wanted = set(suspects)
        for (chain, address, asset), history in sorted(self.histories.items()):
            if (chain, address) in wanted:
                place, klass = f"address:{address}", "unregistered"
                self.changes += [
                    HeldChange(when, place, klass, asset, delta, chain, address, rows)
                    for when, delta, rows in zip(history.times, history.deltas, history.rows)
                ]

    def bank(self, bank: BankPlace) -> None:
        """Lay an account's statements over its registrations."""
        account, zone = bank.account, self.parameters.zone
        history = _History()
        start = opening_instant(bank, zone)
        known = self.bank_start(bank, start) if start is not None else None
        if account.opening is not None and known is not None:
            history.add(known, account.opening.amount, (account.opening.witness,))
        for entry in account.entries:
            history.add(day_end(entry.booked, zone), entry.amount, entry.witnesses)
        for row in bank.rows:
            self.registered(row, account.account, bank.asset.id, history)
        for place in dict.fromkeys(row.place for row in bank.rows):
            self.bank_gaps(place, bank, known)

    def bank_start(self, bank: BankPlace, start: Instant) -> Instant:
        """Return from when on the balance before the first statement is known.

        A row of openings is the closing balance that the first statement opens with, where both
        are one amount and no more than a month lies between.
        """
        account, asset = bank.account, bank.asset
        places = {row.place for row in bank.rows}
        rows = [row for row in self.openings if row.place in places and row.asset == asset.id]
        if not rows or account.opening is None:
            return start
        at, given, zone = rows[0].at, sum(row.amount for row in rows), self.parameters.zone
        shown = account.opening.amount + sum(
            entry.amount for entry in account.entries if day_end(entry.booked, zone) <= at
        )
        if given == shown:
            return at if start - _MONTH <= at < start else start
        where = "opens with" if at < start else "has"
        self.notes.append(
            f"openings has {asset.text(given)} {asset.id} in {rows[0].place} at "
            f"{instant_text(at)}, the statement of account {account.account} {where} "
            f"{asset.text(shown)}: the statement counts"
        )
        return start

    def bank_gaps(self, place: str, bank: BankPlace, known: Instant | None) -> None:
        account, zone = bank.account, self.parameters.zone
        number = account.account
        if known is None or account.start is None or account.end is None:
            self.gaps.append(
                Gap(
                    place, None, None, f"no statement of account {number} states a balance",
                    f"give statements of account {number} with their balances", bank.asset.id,
                )
            )  # fmt: skip
            return
        cure = f"give the statements of account {number}"
        self.gaps.append(
            Gap(
                place, None, min(known, day_start(account.start, zone) - 1),
                f"the statements of account {number} begin on {account.start}",
                f"{cure} before {account.start}", bank.asset.id,
            )
        )  # fmt: skip
        # A row of a day counts from its end: until the end of the day after, nothing is lacking.
        self.gaps.append(
            Gap(
                place, day_end(account.end + _DAY, zone), None,
                f"the statements of account {number} end on {account.end}",
                f"{cure} after {account.end}", bank.asset.id,
            )
        )  # fmt: skip
        self.gaps += [
            Gap(
                place,
                day_end(gap.start, zone),
                None if gap.later else day_end(gap.end + _DAY, zone),
                gap.why,
                f"{cure} of {gap.start} to {gap.end}",
                bank.asset.id,
            )
            for gap in account.gaps
        ]

    def unwitnessed(self, banks: Iterable[BankPlace]) -> None:
        """Tell places that no chain and no statement shows at all."""
        shown = {row.place for bank in banks for row in bank.rows}
        of_place: dict[str, set[str]] = defaultdict(set)
        for opening in self.openings:
            of_place[opening.place].add(opening.asset)
        for row in self.places:
            if row.kind == "bank account" and row.place not in shown:
                why = f"no statement of account {row.address} is given"
                cure = f"give the statements of {row.address}"
                # Its openings say in which currencies it is; without any it may be in each.
                for asset in sorted(of_place[row.place]) or ("",):
                    self.gaps.append(Gap(row.place, None, None, why, cure, asset))
            elif row.kind == "descriptor":
                why = f"the addresses of the descriptor of {row.place} are in no row of places"
                cure = "add a row for each address it gave, or let `books import` derive them"
                self.gaps.append(Gap(row.place, None, None, why, cure))
            elif row.chain and row.chain not in self.chains:
                why = f"no file of the chain {row.chain} is given"
                self.gaps.append(Gap(row.place, None, None, why, f"give the blocks of {row.chain}"))


def _is_whole(chain: Chain) -> bool:
    """Return whether all that ever moved on a chain is given."""
    return bool(chain.blocks) and chain.blocks[0].height <= _FIRST_HEIGHT


def _last(row: PlaceAddress) -> int:
    return row.span.end if row.span.end is not None else 1 << 40
