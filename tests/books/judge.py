"""A judge of books: every figure by the plainest count there is, from rows and witnesses alone.

Nothing of the engine is used: rows as parsed, legs of transactions, entries of statements. Each
question is answered by walking all of them again, at every instant; only small books are for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

from forthwith.books.books import Books, LedgerRow, Parameters, PlaceAddress, PlaceEntry
from forthwith.domain.amounts import units
from forthwith.domain.chain import ChainTransaction
from forthwith.domain.instants import DAY, Instant, day_end

MATCHED_KINDS = ("deposit", "withdrawal", "chargeback")
OWN = ("customer", "house")


@dataclass
class Flow:
    """An amount that went from one unit of mixing to another."""

    number: int
    asset: str
    amount: int
    source: str
    target: str
    left: Instant
    arrived: Instant
    reference: str
    source_address: str = ""
    target_address: str = ""
    party_account: str = ""
    fee: bool = False
    chain: str = ""
    #: Place in the statement of the day it left.
    place: int = 0
    #: Who pays which part, where several do.
    payers: list[tuple[str, int]] = field(default_factory=list)

    def parts(self) -> list[tuple[str, int]]:
        return self.payers or [(self.source, self.amount)]


class Mixing(NamedTuple):
    """A maximal stretch of one kind with one set of groups."""

    place: str
    asset: str
    kind: str
    start: Instant
    end: Instant | None
    groups: tuple[str, ...]
    customers_from: int
    other_from: int
    customers_most: int
    other_most: int


class Lack(NamedTuple):
    """A maximal stretch in which customers' assets do not cover what they are owed."""

    start: Instant
    end: Instant
    most: int
    most_at: Instant


def _take(fund: list[list[Any]], amount: int, into: list[tuple[str, int]]) -> None:
    """Take an amount out of a fund, what came in first before the rest."""
    while amount:
        part = min(amount, fund[0][1])
        into.append((fund[0][0], part))
        amount -= part
        fund[0][1] -= part
        if not fund[0][1]:
            fund.pop(0)


def _lacks(
    row: PlaceAddress, at: Instant, proved: Mapping[str, Collection[Instant]],
    movable: Collection[str],
) -> set[tuple[str, str]]:  # fmt: skip
    """The facts without which an address does not count at an instant; a bank needs none."""
    found = set()
    if row.chain and not any(t <= at <= t + 35 * DAY for t in proved.get(row.address, ())):
        found.add(("proof", row.address))
    if row.chain and row.place not in movable:
        found.add(("custody", row.place))
    return found


@dataclass
class Judge:
    """Books under parameters; matched and attributed when it is made."""

    books: Books
    parameters: Parameters
    flows: list[Flow] = field(default_factory=list)
    ledger: list[LedgerRow] = field(default_factory=list)
    entries: list[PlaceEntry] = field(default_factory=list)
    #: Row or entry: kind of match, and number of the flow.
    row_match: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    entry_match: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    #: (at, unit, asset, group, delta)
    stakes: list[tuple[Instant, str, str, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = self.parameters.as_known
        self.ledger = [r for r in self.books.ledger if known is None or r.booked <= known]
        self.entries = [e for e in self.books.place_ledger if known is None or e.booked <= known]
        self._chain_flows()
        self._bank_flows()
        rows = [row for row in self.ledger if row.kind in MATCHED_KINDS and row.amount]
        rows.sort(key=lambda row: (row.effective, row.booked, row.row))
        used: set[int] = set()
        self._match_references(rows, used)
        self._match_parties(rows, used)
        self._match_entries()
        self._open()
        self._attribute()

    # The register.

    def place_of(self, address: str, at: Instant) -> str:
        for row in self.books.places:
            if row.address == address and row.span.holds(at):
                return row.place
        return ""

    def unit(self, address: str, at: Instant) -> str:
        place = self.place_of(address, at)
        if not place:
            return f"address:{address}"
        if self.parameters.mixing == "address" and any(
            row.place == place and row.chain and row.address == address for row in self.books.places
        ):
            return f"{place}/{address}"
        return place

    def klass(self, unit: str, at: Instant) -> str:
        """The class of a unit's place; "" outside the register."""
        place = unit.partition("/")[0]
        return next(
            (row.klass for row in self.books.places if row.place == place and row.span.holds(at)),
            "",
        )

    # Moves.

    def asset_of(self, chain: str, contract: str) -> str:
        return next(
            asset.id
            for asset in self.books.assets.values()
            if (asset.chain, asset.contract) == (chain, contract)
        )

    def _chain_flows(self) -> None:
        for read in self.books.chains:
            time = {block.height: block.time for block in read.blocks}
            for transaction in read.transactions:
                at = time[transaction.height]
                for asset in sorted(
                    {self.asset_of(read.chain, x.contract) for x in transaction.legs}
                ):
                    self._flows_of(read.chain, transaction, asset, at)

    def _flows_of(self, chain: str, transaction: ChainTransaction, asset: str, at: Instant) -> None:
        """Who pays whom of one asset: its payers into a passing fund, which pays in order."""
        legs = [leg for leg in transaction.legs if self.asset_of(chain, leg.contract) == asset]
        net: dict[str, int] = defaultdict(int)
        address: dict[tuple[str, int], str] = {}
        for leg in legs:
            unit = self.unit(leg.address, at)
            net[unit] += leg.amount
            address.setdefault((unit, 1 if leg.amount > 0 else -1), leg.address)
        native = not self.books.assets[asset].contract
        fee = (transaction.fee or 0) if native else 0
        payer = self.unit(transaction.fee_payer, at) if transaction.fee_payer else ""
        if payer and fee:
            net[payer] -= fee
            address.setdefault((payer, -1), transaction.fee_payer)
        outside = f"outside:{chain}"
        paying: list[list[Any]] = [[unit, -net[unit]] for unit in net if net[unit] < 0] or [
            [outside, sum(net.values()) + fee]
        ]
        several = len(paying) > 1
        paid = [(unit, amount) for unit, amount in net.items() if amount > 0]
        charge = [(f"fee:{asset}", fee)] if fee else []
        paid = [*charge, *paid] if self.parameters.fee == "first" else [*paid, *charge]
        # The passing fund: what came in first goes out first.
        for target, amount in paid:
            flow = Flow(
                len(self.flows), asset, amount, paying[0][0], target, at, at, transaction.id,
                address.get((paying[0][0], -1), ""), address.get((target, 1), ""),
                "", target.startswith("fee:"), chain,
            )  # fmt: skip
            self.flows.append(flow)
            _take(paying, amount, flow.payers)
            if several:
                flow.payers.sort(key=lambda payer: not self.klass(payer[0], at))
                flow.source = flow.payers[0][0]

    def _bank_flows(self) -> None:
        entries = [
            (
                statement,
                (number, entry),
                units(entry.amount, self.books.assets[statement.currency].decimals),
            )
            for statement in self.books.statements
            for number, entry in enumerate(statement.entries)
        ]
        used: set[int] = set()
        for number, (statement, (place, entry), amount) in enumerate(entries):
            if number in used:
                continue
            at = day_end(entry.booked)
            reference = entry.references[0] if entry.references else ""
            partner = next(
                (
                    n
                    for n, (s, (_, e), a) in enumerate(entries)
                    if n not in used and n != number and s.account != statement.account
                    and a == -amount and e.references == entry.references and reference
                ),
                None,
            )  # fmt: skip
            ours = self.unit(statement.account, at)
            other = entry.party_account or entry.party
            theirs, when = f"party:{other}", at
            if partner is not None:
                used.add(partner)
                s, (other_place, e), _ = entries[partner]
                place = place if amount < 0 else other_place
                when = day_end(e.booked)
                theirs = self.unit(s.account, when)
            elif self.place_of(entry.party_account, at):
                theirs = self.place_of(entry.party_account, at)
            out = amount < 0
            self.flows.append(
                Flow(
                    len(self.flows), statement.currency, abs(amount),
                    ours if out else theirs, theirs if out else ours,
                    at if out else when, when if out else at, reference,
                    party_account=entry.party_account, place=place,
                )
            )  # fmt: skip

    # Matching.

    def _same_way(self, row: LedgerRow, flow: Flow, *, exact: bool = True) -> bool:
        return not flow.fee and row.asset == flow.asset and self._may(row, flow, exact=exact)

    def _match_references(self, rows: list[LedgerRow], used: set[int]) -> None:
        for exact in (True, False):
            for row in rows:
                if row.row in self.row_match or not row.reference:
                    continue
                for flow in self.flows:
                    if (
                        flow.number not in used
                        and flow.reference.lower() == row.reference.lower()
                        and self._same_way(row, flow, exact=exact)
                        and (not exact or abs(row.amount) == flow.amount)
                    ):
                        used.add(flow.number)
                        self.row_match[row.row] = ("reference" if exact else "amount", flow.number)
                        break
        taken = {
            row.reference.lower() for row in rows if row.row in self.row_match and row.reference
        }
        for row in rows:
            if row.row not in self.row_match and row.reference.lower() in taken:
                self.row_match[row.row] = ("duplicate", None)

    def _match_parties(self, rows: list[LedgerRow], used: set[int]) -> None:
        pairs = [
            (row, flow)
            for row in rows
            for flow in self.flows
            if row.row not in self.row_match and flow.number not in used
            and not (row.reference and flow.reference)
            and self._same_way(row, flow) and abs(row.amount) == flow.amount
            and abs(row.effective - (flow.arrived if row.amount > 0 else flow.left)) <= 2 * DAY
            and self._known(row, flow)
        ]  # fmt: skip
        for row in rows:
            if row.row in self.row_match:
                continue
            mine = [flow for other, flow in pairs if other is row]
            if len(mine) == 1 and sum(flow is mine[0] for _, flow in pairs) == 1:
                self.row_match[row.row] = ("unique", mine[0].number)
            else:
                self.row_match[row.row] = ("ambiguous" if mine else "ledger_only", None)
        seen = set()
        for row in rows:
            key = (row.reference, row.asset, row.account, row.amount)
            if row.reference and key in seen and self.row_match[row.row][0] == "ledger_only":
                self.row_match[row.row] = ("duplicate", None)
            seen.add(key)

    def _may(self, row: LedgerRow, flow: Flow, *, exact: bool) -> bool:
        """Whether a flow goes the way of a row: in to what is ours, or out of it.

        Between two that are not ours both ways are one: then only the amount convinces.
        """
        out = any(self.klass(payer, flow.left) in OWN for payer, _ in flow.parts())
        into = self.klass(flow.target, flow.arrived) in OWN or self._given(flow) != ""
        return (into if row.amount > 0 else out) or (exact and not out and not into)

    def _given(self, flow: Flow) -> str:
        """Whose deposit address it goes to."""
        return next(
            (
                given.account for given in self.books.deposit_addresses
                if given.address == flow.target_address and given.span.holds(flow.arrived)
            ),
            "",
        )  # fmt: skip

    def _known(self, row: LedgerRow, flow: Flow) -> bool:
        """The deposit address or the bank party is the customer's."""
        if flow.chain:
            return row.amount > 0 and self._given(flow) == row.account
        entities = {a.entity for a in self.books.accounts if a.account == row.account and a.entity}
        return any(
            party.account == flow.party_account and party.entity in entities
            for party in self.books.bank_parties
        )

    def _match_entries(self) -> None:
        used: set[int] = set()

        def names(entry: PlaceEntry, flow: Flow) -> bool:
            source, target = (side.partition("/")[0] for side in (flow.source, flow.target))
            return (
                entry.asset == flow.asset
                and (entry.source == source or (not entry.source and ":" in source))
                and (entry.target == target or (not entry.target and ":" in target))
            )

        for exact in (True, False):
            for entry in sorted(self.entries, key=lambda e: (e.effective, e.entry)):
                if entry.entry in self.entry_match or not entry.reference:
                    continue
                for flow in self.flows:
                    if (
                        flow.number not in used and not flow.fee
                        and flow.reference.lower() == entry.reference.lower()
                        and names(entry, flow) and (not exact or entry.amount == flow.amount)
                    ):  # fmt: skip
                        used.add(flow.number)
                        self.entry_match[entry.entry] = (
                            "reference" if exact else "amount", flow.number,
                        )  # fmt: skip
                        break

    # For whom it lies.

    def _stood(self, early: Instant, opened: Collection[tuple[str, str]]) -> dict[Any, int]:
        """What witnesses show at the openings, by unit and asset."""
        stood: dict[tuple[str, str], int] = defaultdict(int)
        for read in self.books.chains:
            time = {block.height: block.time for block in read.blocks}
            for transaction in read.transactions:
                for leg in transaction.legs if time[transaction.height] <= early else ():
                    asset = self.asset_of(read.chain, leg.contract)
                    unit = self.unit(leg.address, early)
                    if (unit.partition("/")[0], asset) in opened:
                        stood[unit, asset] += leg.amount
        for statement in self.books.statements:
            if statement.opening is not None:
                places = self.books.assets[statement.currency].decimals
                unit = self.unit(statement.account, early)
                stood[unit, statement.currency] += units(statement.opening.amount, places)
        return stood

    def _open(self) -> None:
        """Lay the openings: the witness counts, and what no row names is unknown."""
        openings: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for opening in self.books.openings:
            openings[opening.place, opening.asset][opening.group] += opening.amount
        early = max((opening.at for opening in self.books.openings), default=0)
        stood = self._stood(early, openings)
        for (place, asset), groups in openings.items():
            found = {u for u, a in stood if a == asset and u.partition("/")[0] == place}
            for unit in found or {place}:
                for group, amount in groups.items():
                    # Of several addresses each has what its own witness shows.
                    laid = stood[unit, asset] if len(found) > 1 else amount
                    self.stakes.append((early, unit, asset, group, laid))
                    stood[unit, asset] -= laid
        for (unit, asset), amount in stood.items():
            if amount:
                self.stakes.append((early, unit, asset, "unknown", amount))

    def _attribute(self) -> None:
        openings = {(opening.place, opening.asset): opening.at for opening in self.books.openings}
        early = max(openings.values(), default=0)
        regroupings = [e for e in self.entries if e.source == e.target and e.source]
        # What is only written down follows what moved in its instant.
        happenings: list[tuple[Instant, int, Flow | PlaceEntry]] = [
            (flow.left, flow.place, flow)
            for flow in self.flows
            if flow.left > early or (flow.target.partition("/")[0], flow.asset) not in openings
        ]
        happenings += [(e.effective, 10**6, e) for e in regroupings]
        happenings.sort(key=lambda item: item[:2])
        for at, _, what in happenings:
            if isinstance(what, PlaceEntry):
                unit = what.source
                self.stakes.append((at, unit, what.asset, what.source_group, -what.amount))
                self.stakes.append((at, unit, what.asset, what.target_group, what.amount))
                continue
            out, into, _ = self.groups(what)
            for payer, part in what.parts():
                if self.klass(payer, what.left):
                    self.stakes.append((what.left, payer, what.asset, out, -part))
            if self.klass(what.target, what.arrived):
                self.stakes.append((what.arrived, what.target, what.asset, into, what.amount))

    def groups(self, flow: Flow) -> tuple[str, str, str]:
        """For whom it left and arrived, with the rule of each."""
        for entry in self.entries:
            if self.entry_match.get(entry.entry, ("", None))[1] == flow.number:
                return entry.source_group, entry.target_group, "a"
        if flow.number in {number for _, number in self.row_match.values()}:
            return "customer", "customer", "b"
        if flow.fee:
            return "house", "house", "c"
        source_class = self.klass(flow.source, flow.left)
        target_class = self.klass(flow.target, flow.arrived)
        party = self.party_class(flow.party_account)
        between = source_class in OWN and target_class in OWN
        standing = {
            group: amount
            for group in {stake[3] for stake in self.stakes}
            if (amount := self.stake(flow.source, flow.asset, group, flow.left))
            > self.parameters.floor(flow.asset)
        }
        one = next(iter(standing)) if between and len(standing) == 1 else ""
        fed = [
            other for other in self.flows
            if other.target == flow.source and other.asset == flow.asset and other.left < flow.left
        ]  # fmt: skip
        customers = {self.row_match[r.row][1] for r in self.ledger
                     if r.amount > 0 and r.row in self.row_match}  # fmt: skip
        from_deposits = (
            not source_class and target_class in OWN and fed != []
            and all(other.number in customers or self._given(other) for other in fed)
        )  # fmt: skip
        out, out_rule = (one, "e") if one else (target_class or party, "f")
        into, into_rule = (source_class or party, "f")
        if self._given(flow):
            into, into_rule = "customer", "d"
        elif one:
            into, into_rule = one, "e"
        elif from_deposits:
            into, into_rule = "customer", "e"
        return out or "unknown", into or "unknown", f"{out_rule}{into_rule}"

    def party_class(self, number: str) -> str:
        """The class of somebody whose bank account a row names: a customer's, else a vendor's."""
        entity = next((p.entity for p in self.books.bank_parties if p.account == number), "")
        classes = {a.klass for a in self.books.accounts if entity and a.entity == entity}
        if classes:
            return "house" if classes == {"house"} else "customer"
        return "vendor" if entity else ""

    def stake(self, unit: str, asset: str, group: str, at: Instant) -> int:
        return sum(s[4] for s in self.stakes if s[0] <= at and s[1:4] == (unit, asset, group))

    # Owed and held.

    def counts_from(self, row: LedgerRow) -> Instant:
        """When a row counts: on receipt a matched one when its value came or left."""
        _, number = self.row_match.get(row.row, ("", None))
        ledger = self.parameters.basis == "ledger" or row.kind not in ("deposit", "withdrawal")
        if ledger or number is None:
            return row.effective
        flow = next(flow for flow in self.flows if flow.number == number)
        return flow.arrived if row.amount > 0 else flow.left

    def balance(self, account: str, asset: str, at: Instant) -> int:
        return sum(
            row.amount
            for row in self.ledger
            if (row.account, row.asset) == (account, asset) and self.counts_from(row) <= at
        )

    def owed(self, asset: str, at: Instant) -> dict[str, int]:
        found = {"outsider": 0, "affiliated_lp": 0, "house": 0, "negative": 0}
        for account in sorted({row.account for row in self.books.accounts}):
            balance = self.balance(account, asset, at)
            klass = next(
                row.klass
                for row in self.books.accounts
                if row.account == account and row.span.holds(at)
            )
            found[klass] += max(0, balance)
            found["negative"] += min(0, balance)
        return found

    def address_balance(self, address: str, asset: str, at: Instant) -> int:
        total = 0
        for read in self.books.chains:
            time = {block.height: block.time for block in read.blocks}
            for transaction in read.transactions:
                if time[transaction.height] > at:
                    continue
                for leg in transaction.legs:
                    if leg.address == address and self.asset_of(read.chain, leg.contract) == asset:
                        total += leg.amount
                if (
                    transaction.fee_payer == address and transaction.fee
                    and self.asset_of(read.chain, "") == asset
                ):  # fmt: skip
                    total -= transaction.fee
        for statement in self.books.statements:
            if (statement.account, statement.currency) == (address, asset):
                places = self.books.assets[asset].decimals
                if statement.opening is not None:
                    total += units(statement.opening.amount, places)
                total += sum(
                    units(entry.amount, places)
                    for entry in statement.entries
                    if day_end(entry.booked) <= at
                )
        return total

    def held(self, asset: str, at: Instant, klass: str = "customer") -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for row in self.books.places:
            if row.klass == klass and row.span.holds(at):
                found[row.place] += self.address_balance(row.address, asset, at)
        return dict(found)

    def difference(self, asset: str, at: Instant) -> int:
        owed = self.owed(asset, at)
        return sum(self.held(asset, at).values()) - owed["outsider"] - owed["affiliated_lp"]

    def shortfall(self, asset: str, at: Instant) -> int:
        lack = max(0, -self.difference(asset, at))
        return lack if lack > self.parameters.floor(asset) else 0

    def instants(self, start: Instant, end: Instant) -> list[Instant]:
        """Every instant of a period at which anything could change, its first included."""
        found = {start}
        for row in self.ledger:
            found.add(self.counts_from(row))
        for flow in self.flows:
            found |= {flow.left, flow.arrived}
        for entry in self.entries:
            found.add(entry.effective)
        spans = [row.span for row in self.books.places]
        spans += [row.span for row in self.books.accounts]
        for span in spans:
            found |= {at for at in (span.start, span.end) if at is not None}
        return sorted(at for at in found if start <= at < end)

    def lacks(self, asset: str, start: Instant, end: Instant) -> list[Lack]:
        found: list[Lack] = []
        open_: list[tuple[Instant, int]] = []
        for at in [*self.instants(start, end), end]:
            lack = self.shortfall(asset, at) if at < end else 0
            if lack:
                open_.append((at, lack))
            elif open_:
                most = max(amount for _, amount in open_)
                most_at = next(when for when, amount in open_ if amount == most)
                found.append(Lack(open_[0][0], at, most, most_at))
                open_ = []
        return found

    def least(self, asset: str, start: Instant, end: Instant) -> tuple[int, Instant]:
        return min((self.difference(asset, at), at) for at in self.instants(start, end))

    # Mixed and used.

    def mixing(self, start: Instant, end: Instant) -> list[Mixing]:
        found: list[Mixing] = []
        instants = sorted({start, *(s[0] for s in self.stakes if start < s[0] < end)})
        for unit, asset in sorted({s[1:3] for s in self.stakes}):
            floor = self.parameters.floor(asset)
            for kind in ("mixed", "used"):
                run: list[tuple[Instant, int, int]] = []
                last: tuple[str, ...] = ()
                for at in [*instants, None]:
                    groups: tuple[str, ...] = ()
                    customers = other = 0
                    if at is not None:
                        customers = self.stake(unit, asset, "customer", at)
                        for group in ("house", "affiliate", "vendor", "unknown"):
                            amount = self.stake(unit, asset, group, at)
                            if customers > floor and (
                                amount > floor if kind == "mixed" else amount < -floor
                            ):
                                groups += (group,)
                                other += abs(amount)
                    if groups != last:
                        if run:
                            found.append(
                                Mixing(unit, asset, kind, run[0][0], at, last, run[0][1],
                                       run[0][2], max(r[1] for r in run), max(r[2] for r in run))
                            )  # fmt: skip
                        run, last = [], groups
                    if at is not None and groups:
                        run.append((at, customers, other))
        return sorted(found, key=str)

    # Fully backed.

    def backing(
        self, asset: str, start: Instant, end: Instant,
        proved: Mapping[str, Collection[Instant]], movable: Collection[str],
    ) -> tuple[str, set[frozenset[tuple[str, str]]]]:  # fmt: skip
        """The answer, and the least sets of facts that would make it shown.

        Facts: proof of an address, custody of a place, the class of a house's place. Every set is
        tried. Nothing is unregistered here, and every witness is whole.
        """
        rows = [
            row for row in self.books.places
            if row.klass in OWN and (row.chain or asset == "USD")
            and any(self.address_balance(row.address, asset, at)
                    for at in self.instants(start, end))
        ]  # fmt: skip
        moments = self.instants(start, end)
        moments += [t + 35 * DAY + 1 for times in proved.values() for t in times]
        moments = sorted(at for at in moments if start <= at < end)
        facts = {("class", row.place) for row in rows if row.klass == "house"}
        for row in rows:
            facts |= {fact for at in moments for fact in _lacks(row, at, proved, movable)}
        floor = self.parameters.floor(asset)

        def covered(have: Collection[tuple[str, str]]) -> bool:
            for at in moments:
                counted = sum(
                    self.address_balance(row.address, asset, at)
                    for row in rows
                    if row.span.holds(at)
                    and _lacks(row, at, proved, movable) <= set(have)
                    and (row.klass == "customer" or ("class", row.place) in have)
                )
                owed = self.owed(asset, at)
                if counted + floor < owed["outsider"] + owed["affiliated_lp"]:
                    return False
            return True

        if covered(()):
            return "shown", set()
        if not covered(facts):
            return "excluded", set()
        least: set[frozenset[tuple[str, str]]] = set()
        for size in range(1, len(facts) + 1):
            for some in combinations(sorted(facts), size):
                chosen = frozenset(some)
                if not any(smaller < chosen for smaller in least) and covered(chosen):
                    least.add(chosen)
        return "not shown", least
