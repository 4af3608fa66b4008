"""The position at an instant: what customers are owed of each asset, what is held, what lacks.

A negative balance never lowers what others are owed, places of the house are printed and never
counted, and one asset never covers another (books.md section 4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forthwith.books.books import Asset, Parameters
from forthwith.books.control import Control
from forthwith.books.reckoned import Reckoning
from forthwith.books.timeline import AssetLine, Owed, Timeline, timeline
from forthwith.domain.chain import Block
from forthwith.domain.instants import Instant, instant_text

_NONE: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class AssetPosition:
    """One asset at one instant, in smallest units."""

    asset: Asset
    owed: Owed
    #: Balances of places of class customer; nothing of a place whose witness lacks.
    held: Mapping[str, int]
    #: Places of the house, of affiliates and vendors: printed, never counted.
    others: Mapping[str, int]
    #: Addresses outside the register that behave as ours.
    unregistered: Mapping[str, int]
    #: Part of `held` on addresses without an accepted proof of control that is new enough.
    unproved: Mapping[str, int]
    #: Why the balance of a customers' place is not shown, by place.
    not_shown: Mapping[str, str]
    floor: int = 0

    @property
    def held_customers(self) -> int:
        """Return what is held for customers, as far as witnesses show it."""
        return sum(self.held.values())

    @property
    def difference(self) -> int | None:
        """Return held less owed to customers; None where a balance is not shown."""
        return None if self.not_shown else self.held_customers - self.owed.customers

    @property
    def shortfall(self) -> int | None:
        """Return what lacks; 0 up to the floor, and None where a balance is not shown."""
        difference = self.difference
        return None if difference is None else shortfall(difference, self.floor)

    @property
    def dust(self) -> int:
        """Return what lacks where it is not above the floor."""
        lack = max(0, -(self.difference or 0))
        return lack if lack <= self.floor else 0

    def as_json(
        self, breaks: Sequence[Mapping[str, Any]] = (), unexplained: str | None = None
    ) -> dict[str, Any]:
        """Return the asset as `books position` prints it; amounts are texts."""
        text = self.asset.text
        owed, difference, lack = self.owed, self.difference, self.shortfall
        return {
            "asset": self.asset.id,
            "owed": {
                "outsider": text(owed.outsider),
                "affiliated_lp": text(owed.affiliated_lp),
                "house": text(owed.house),
                "negative": text(owed.negative),
            },
            "owed_customers": text(owed.customers),
            "held": {place: text(amount) for place, amount in self.held.items()},
            "held_customers": None if self.not_shown else text(self.held_customers),
            "others": {place: text(amount) for place, amount in self.others.items()},
            "unregistered": {place: text(amount) for place, amount in self.unregistered.items()},
            "unproved": {place: text(amount) for place, amount in self.unproved.items()},
            "not_shown": dict(self.not_shown),
            "difference": None if difference is None else text(difference),
            "shortfall": None if lack is None else text(lack),
            "dust": text(self.dust),
            "breaks": list(breaks),
            "unexplained": unexplained,
        }


@dataclass(frozen=True, slots=True)
class Position:
    """Every asset at one instant, and the blocks it is of."""

    at: Instant
    #: By chain; None where the chain has no answer, `refused` says why.
    heights: Mapping[str, Block | None]
    assets: tuple[AssetPosition, ...]
    parameters: Parameters
    refused: Mapping[str, str] = field(default_factory=dict)
    #: Chains whose last block is not later than the instant: more may have come by then.
    unsettled: tuple[str, ...] = ()

    def of(self, asset: str) -> AssetPosition:
        """Return the position of an asset. Raises KeyError: it is not asked about."""
        for position in self.assets:
            if position.asset.id == asset:
                return position
        raise KeyError(asset)

    def as_json(
        self,
        breaks: Mapping[str, Sequence[Mapping[str, Any]]] = _NONE,
        unexplained: Mapping[str, str] = _NONE,
    ) -> dict[str, Any]:
        """Return what `books position` prints; `breaks` and `unexplained` are by asset."""
        return {
            "at": instant_text(self.at),
            "heights": {
                chain: None if block is None else {"height": block.height, "hash": block.hash}
                for chain, block in self.heights.items()
            },
            "refused": dict(self.refused),
            "unsettled": list(self.unsettled),
            "assets": [
                position.as_json(
                    breaks.get(position.asset.id, ()), unexplained.get(position.asset.id)
                )
                for position in self.assets
            ],
            "parameters": parameters_json(self.parameters, self.assets),
        }


def shortfall(difference: int, floor: int) -> int:
    """Return what lacks by a difference; nothing where it is not above the floor."""
    lack = max(0, -difference)
    return lack if lack > floor else 0


def position(
    reckoning: Reckoning,
    at: Instant,
    control: Control | None = None,
    assets: Collection[str] = (),
    line: Timeline | None = None,
) -> Position:
    """Return the position at an instant.

    `control` is what proofs came to; without it every address of a chain is unproved. `assets`
    are those asked about, all without any. `line` is `timeline(reckoning)`, where it is at hand.
    """
    line = line or timeline(reckoning)
    refused = {
        name: why for name, chain in sorted(reckoning.chains.items()) if (why := chain.why_not(at))
    }
    unproved = _unproved(reckoning, at, control)
    found = []
    for name in sorted(assets or reckoning.books.assets):
        if name in line.lines:
            asset = reckoning.books.assets[name]
            floor = reckoning.parameters.floor(name)
            found.append(_of_asset(asset, line.lines[name], at, floor, unproved, refused))
    return Position(
        at,
        {name: chain.height_at(at) for name, chain in sorted(reckoning.chains.items())},
        tuple(found),
        reckoning.parameters,
        refused,
        tuple(
            name
            for name, chain in sorted(reckoning.chains.items())
            if name not in refused and not chain.settled(at)
        ),
    )


def _of_asset(
    asset: Asset,
    line: AssetLine,
    at: Instant,
    floor: int,
    unproved: Mapping[tuple[str, str], int],
    refused: Mapping[str, str],
) -> AssetPosition:
    not_shown = {
        gap.of: gap.why
        for gap in line.gaps
        if (gap.start is None or gap.start <= at) and (gap.end is None or at < gap.end)
    }
    balances = {key: steps.at(at) for key, steps in line.places.items()}
    if asset.chain in refused:
        customers = {place for place, klass in balances if klass == "customer"}
        if not (customers or not_shown):
            customers = {asset.chain}
        not_shown |= dict.fromkeys(customers, refused[asset.chain])
    held = {
        place: amount
        for (place, klass), amount in balances.items()
        if klass == "customer" and amount and place not in not_shown
    }
    return AssetPosition(
        asset,
        line.owed_at(at),
        held,
        {
            place: amount
            for (place, klass), amount in balances.items()
            if klass not in ("customer", "unregistered") and amount
        },
        {
            place: amount
            for (place, klass), amount in balances.items()
            if klass == "unregistered" and amount
        },
        {
            place: amount
            for (place, name), amount in sorted(unproved.items())
            if name == asset.id and amount and place in held
        },
        not_shown,
        floor,
    )


def _unproved(
    reckoning: Reckoning, at: Instant, control: Control | None
) -> dict[tuple[str, str], int]:
    """Return by place and asset what lies on addresses that nobody proved to control lately."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    days = reckoning.parameters.proof_age
    for change in reckoning.held_changes:
        if change.at > at or change.klass != "customer" or not change.chain:
            continue
        if control is None or not control.fresh(change.chain, change.address, at, days):
            found[change.place, change.asset] += change.delta
    return found


def parameters_json(parameters: Parameters, assets: Sequence[AssetPosition] = ()) -> dict[str, Any]:
    """Return the parameters as every figure prints them beside it."""
    by_id = {position.asset.id: position.asset for position in assets}
    return {
        "basis": parameters.basis,
        "mixing": parameters.mixing,
        "fee": parameters.fee,
        "floors": {
            name: by_id[name].text(floor) if name in by_id else str(floor)
            for name, floor in sorted(parameters.floors.items())
        },
        "zone": parameters.zone,
        "proof_age": parameters.proof_age,
        "dressing_days": parameters.dressing_days,
        "dressing_share": parameters.dressing_share,
        "as_known": None if parameters.as_known is None else instant_text(parameters.as_known),
        "standing": parameters.standing,
    }
