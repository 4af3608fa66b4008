"""Moves of a chain: who paid whom in each transaction, per asset and place.

Per asset and place the net change decides. One payer pays the payees in the order of outputs, log
index or call frames. Several payers pay into a passing fund in the order of inputs, and it pays
out in the order of outputs. Change back to a payer is no move.

Bitcoin's fee is the payers': it leaves them, or the passing fund, last, first, or in shares behind
each payee. On Ethereum the fee has a payer of its own, the sender, and never passes a fund.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.books.books import Asset, Parameters, WitnessRow
from forthwith.books.chains import Chain, chain_of
from forthwith.books.moves import Move
from forthwith.books.places import PlaceIndex
from forthwith.domain.chain import COIN, NATIVE, ChainRead, ChainTransaction, Leg
from forthwith.domain.instants import Instant

#: Tokens come from this address when they are made (ERC-20).
_NOBODY = "0x" + "0" * 40


def moves(
    read: ChainRead, assets: Mapping[str, Asset], places: PlaceIndex, parameters: Parameters
) -> tuple[Move, ...]:
    """Return the moves of what was read of one chain, in order of height, position and number.

    Units are the assets' smallest. Contracts outside `assets` give no move; `unlisted` counts
    them. Blocks after a break in the chain give none either: `Chain.gaps` says from when.
    """
    chain = chain_of(read)
    by_contract = _by_contract(read, assets)
    found: list[Move] = []
    for transaction in sorted(read.transactions, key=lambda row: (row.height, row.position)):
        when = chain.instant_of(transaction.height)
        if when is not None:
            maker = _Maker(chain, transaction, when, by_contract, places, parameters)
            found += maker.moves()
    return tuple(found)


def unlisted(read: ChainRead, assets: Mapping[str, Asset]) -> tuple[str, ...]:
    """Return one sentence per contract that moved and is in no row of `assets`, most moved first.

    The chain's own coin counts too.
    """
    by_contract = _by_contract(read, assets)
    seen = Counter(
        contract
        for transaction in read.transactions
        for contract in {
            leg.contract for leg in transaction.legs if leg.contract not in by_contract
        }
    )
    return tuple(
        f"{count} transactions of {read.chain} move "
        f"{f'the token {contract}' if contract else 'its own coin'}, which is in no row of assets: "
        "its amounts are in no figure"
        for contract, count in sorted(seen.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def _by_contract(read: ChainRead, assets: Mapping[str, Asset]) -> dict[str, Asset]:
    return {
        asset.contract.lower(): asset
        for asset in reversed(list(assets.values()))
        if asset.chain and asset.chain == read.chain
    }


@dataclass(slots=True)
class _Side:
    """What one place lost or gained of one asset."""

    place: str
    net: int = 0
    losses: list[Leg] = field(default_factory=list)
    gains: list[Leg] = field(default_factory=list)

    def address(self) -> str:
        """Return the first address on the side that tells: of what it paid, or of what it got."""
        return (self.losses if self.net < 0 and self.losses else self.gains or self.losses)[
            0
        ].address


@dataclass(slots=True)
class _Maker:
    chain: Chain
    transaction: ChainTransaction
    when: Instant
    by_contract: Mapping[str, Asset]
    places: PlaceIndex
    parameters: Parameters
    made: list[Move] = field(default_factory=list)

    def moves(self) -> list[Move]:
        contracts = dict.fromkeys(leg.contract for leg in self.transaction.legs)
        own_fee = self.chain.kind == "evm" and self.transaction.fee > 0
        if own_fee and self.parameters.fee == "first":
            self._fee_of_sender()
        for contract in contracts:
            if contract in self.by_contract:
                legs = [leg for leg in self.transaction.legs if leg.contract == contract]
                self._of_asset(self.by_contract[contract], legs)
        if own_fee and self.parameters.fee != "first":
            self._fee_of_sender()
        return self.made

    def _of_asset(self, asset: Asset, legs: Sequence[Leg]) -> None:
        sides = self._sides(legs)
        payers = [side for side in sides.values() if side.net < 0]
        payees = [side for side in sides.values() if side.net > 0]
        payers.sort(key=lambda side: side.losses[0].order)
        payees.sort(key=lambda side: side.gains[0].order)
        bitcoin = self.chain.kind == "bitcoin" and asset.contract == NATIVE
        fee = self.transaction.fee if bitcoin else 0
        # More came out than is known to have gone in, or the reverse: the rest has a side of its
        # own, so that what is known still counts. `Chain.gaps` says whose balance is unsure.
        rest = sum(side.net for side in sides.values()) + fee
        if rest > 0:
            payers.append(_Side(self._origin(), -rest))
        elif rest < 0:
            payees.append(_Side(f"unknown:{self.chain.name}", -rest))
        if len(payers) > 1:
            fund = f"passing:{self.transaction.id}"
            for payer in payers:
                self._add(asset, payer, fund, -payer.net)
            self._pay(asset, _Side(fund), payees, fee)
        elif payers:
            self._pay(asset, payers[0], payees, fee)

    def _sides(self, legs: Sequence[Leg]) -> dict[str, _Side]:
        sides: dict[str, _Side] = {}
        for leg in legs:
            place = self._place(leg)
            side = sides.setdefault(place, _Side(place))
            side.net += leg.amount
            (side.losses if leg.amount < 0 else side.gains).append(leg)
        return sides

    def _place(self, leg: Leg) -> str:
        if not leg.address:
            return f"{'outside' if leg.amount < 0 else 'nobody'}:{self.chain.name}"
        if leg.contract and leg.address == _NOBODY and leg.amount < 0:
            return f"outside:{self.chain.name}"
        return self.places.unit_of(self.chain.name, leg.address, self.when, self.parameters.mixing)

    def _origin(self) -> str:
        """Return where value comes from that no leg pays."""
        if self.transaction.from_outside:
            return f"outside:{self.chain.name}"
        suspects = self.transaction.suspects
        if COIN in self.transaction.unknown and len(suspects) == 1 and suspects[0][-1] != "*":
            return self.places.unit_of(
                self.chain.name, suspects[0], self.when, self.parameters.mixing
            )
        return f"unknown:{self.chain.name}"

    def _pay(self, asset: Asset, payer: _Side, payees: Sequence[_Side], fee: int) -> None:
        order = self.parameters.fee
        parts = _shares(fee, [payee.net for payee in payees]) if order == "share" else []
        if fee and (order == "first" or (order == "share" and not parts)):
            self._fee(asset, payer, fee)
        for place, payee in enumerate(payees):
            self._add(asset, payer, payee, payee.net)
            if parts and parts[place]:
                self._fee(asset, payer, parts[place])
        if fee and order == "last":
            self._fee(asset, payer, fee)

    def _fee_of_sender(self) -> None:
        asset = self.by_contract.get(NATIVE)
        payer = self.transaction.fee_payer
        if asset is not None and payer:
            place = self.places.unit_of(self.chain.name, payer, self.when, self.parameters.mixing)
            side = _Side(
                place, losses=[Leg(payer, NATIVE, -self.transaction.fee, 0, "fee")], net=-1
            )
            self._fee(asset, side, self.transaction.fee)

    def _fee(self, asset: Asset, payer: _Side, amount: int) -> None:
        self._add(asset, payer, f"fee:{asset.id}", amount)

    def _add(self, asset: Asset, source: _Side, target: _Side | str, amount: int) -> None:
        """Add a move; its witnesses are the legs of the payee, or of who pays a fund or a fee."""
        number = len(self.made)
        row = self.transaction
        legs = target.gains if isinstance(target, _Side) else []
        if isinstance(target, str) and target.startswith("passing:"):
            legs = source.losses
        said = [f"{row.id} {leg.row}" for leg in legs] or [
            f"{row.id} fee" if isinstance(target, str) and target.startswith("fee:") else row.id
        ]
        self.made.append(
            Move(
                f"{row.id}:{number}",
                asset.id,
                amount,
                source.place,
                target.place if isinstance(target, _Side) else target,
                self.when,
                self.when,
                (row.height, row.position, number),
                row.id,
                source.address() if source.losses or source.gains else "",
                target.address() if isinstance(target, _Side) and target.gains else "",
                witnesses=tuple(WitnessRow(row.file, text) for text in said),
            )
        )


def _shares(fee: int, amounts: Sequence[int]) -> list[int]:
    """Split a fee in proportion to amounts; units left over go to the largest remainders.

    Ties go to the payee that comes first.
    """
    total = sum(amounts)
    if not total:
        return []
    parts = [fee * amount // total for amount in amounts]
    places = sorted(range(len(amounts)), key=lambda at: (-(fee * amounts[at] % total), at))
    for place in places[: fee - sum(parts)]:
        parts[place] += 1
    return parts
