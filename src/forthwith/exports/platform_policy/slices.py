"""Slices of a first-match policy, within each of which it is monotone, and their scope cells.

Which rule matches depends on kind, source, asset, destination, amount and initiator; a BLOCK above
an ALLOW makes the list as a whole not monotone in the amount or the destination. Within one slice,
where every rule matches throughout or nowhere, more approvals never open less: there each initiator
has one rule, and the slice is open to any initiator whose rule is met.

A scope cell names what words can bound. "Any asset but BTC" has no word. Such a slice gets two
rows: one that names what can be named and "other", which serves questions that ask for no asset or
for a named one; and one with the limit as a condition in words, so that no question about an asset
by name is ever answered *excluded* for want of a word, nor *shown*.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise, product
from typing import TypeVar

from forthwith.domain.errors import ForthwithError
from forthwith.exports.platform_policy.rules import ANY, ONE_TIME, Place, Rule
from forthwith.exports.tables.rows import ident

_Thing = TypeVar("_Thing")
#: Currency → amounts above the first and up to the second; None is no bound.
Band = Mapping[str, tuple[Decimal, Decimal | None]]
_WHOLE = (Decimal(0), None)
_NOTHING = Decimal(0)
#: The unit of an amount that is in the asset's own.
_NATIVE = " NATIVE "
#: A word for whatever no rule names.
OTHER = "other"
#: How many names a trigger lists before it only counts.
_LISTED = 12
#: Steps of work: slices before amounts times rules, and bands times rules. A policy a person wrote
#: needs some thousands.
MOST_SLICES = 2_000_000
MOST_BANDS = 200_000
#: Comparisons of a rule with an asset or a place; about a minute of work.
MOST_MATCHES = 20_000_000


class TooManySlicesError(ForthwithError):
    """A policy tells apart more cases than can be gone through."""

    def __init__(self) -> None:
        super().__init__(
            "The policy tells apart too many kinds, assets, destinations and amounts to go "
            "through. Export it for fewer wallets or assets at a time."
        )


@dataclass(frozen=True, slots=True)
class Term:
    """In some slice these initiators have this rule, on these occasions."""

    rule: Rule
    initiators: frozenset[str]
    #: What must be so of the totals of earlier transfers, in words.
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Where a term holds: one kind and band, some assets and destinations."""

    term: Term
    kind: str
    least: str
    most: str
    assets: frozenset[str]
    destinations: frozenset[Place]


@dataclass(frozen=True, slots=True)
class Universe:
    """Everything the rules tell apart, with `*` for whatever they do not name."""

    kinds: tuple[str, ...]
    assets: tuple[str, ...]
    destinations: tuple[Place, ...]

    @property
    def size(self) -> int:
        """Return the number of slices before amounts."""
        return len(self.kinds) * len(self.assets) * len(self.destinations)


def universe(rules: Sequence[Rule], assets: Iterable[str], places: Iterable[Place]) -> Universe:
    """Return what the rules tell apart, and what else the export knows by name."""
    kinds = {kind for rule in rules for kind in rule.types} | {ANY, "TRANSFER"}
    named = {asset for rule in rules for asset in rule.assets} | set(assets) | {ANY}
    all_places = {place for rule in rules for place in rule.destinations if place.id != ANY}
    all_places |= {Place(place.kind) for rule in rules for place in rule.destinations} | set(places)
    all_places |= {Place(place.kind, place.id) for place in all_places}
    all_places |= {Place(place.kind) for place in all_places}
    all_places |= {Place(ANY), Place(ONE_TIME)}
    all_places |= {
        Place(place.kind, ANY, place.sort) for rule in rules for place in rule.destinations
    }
    return Universe(tuple(sorted(kinds)), tuple(sorted(named)), tuple(sorted(all_places)))


def parts(
    rules: Sequence[Rule], source: Place, world: Universe, everybody: frozenset[str]
) -> list[Part]:
    """Return where what is allowed from a source, and where a doubtful rule may decide.

    Raises TooManySlicesError.
    """
    reached: dict[tuple[str, tuple[Rule, ...]], set[tuple[str, Place]]] = defaultdict(set)
    near = [rule for rule in rules if any(pattern.takes(source) for pattern in rule.sources)]
    # What the rules do not tell apart is gone through once.
    assets = _alike(near, world.assets, Rule.takes_asset)
    places = _alike(near, world.destinations, Rule.takes_destination)
    if world.size > MOST_SLICES or (
        len(world.kinds) * len(assets) * len(places) * len(near) > MOST_SLICES
    ):
        raise TooManySlicesError
    for kind, some_assets, some_places in product(world.kinds, assets, places):
        relevant = tuple(
            rule for rule in near if rule.reaches(kind, source, some_assets[0], some_places[0])
        )
        if relevant:
            reached[kind, relevant].update(product(some_assets, some_places))
    places_of: dict[tuple[str, Term, str, str], set[tuple[str, Place]]] = defaultdict(set)
    work = 0
    for (kind, relevant), where in reached.items():
        for band in bands(relevant):
            if (work := work + len(relevant)) > MOST_BANDS:
                raise TooManySlicesError
            for term in decided(relevant, band, everybody):
                places_of[kind, term, _limits(band, 0), _limits(band, 1)] |= where
    return [
        Part(term, kind, least, most, assets, places)
        for (kind, term, least, most), where in places_of.items()
        for assets, places in _rectangles(where)
    ]


def _alike(
    rules: Sequence[Rule], things: Sequence[_Thing], takes: Callable[[Rule, _Thing], bool]
) -> list[list[_Thing]]:
    """Return the things in classes within which every rule takes all or none.

    Raises TooManySlicesError.
    """
    if len(rules) * len(things) > MOST_MATCHES:
        raise TooManySlicesError
    classes: dict[tuple[bool, ...], list[_Thing]] = defaultdict(list)
    for thing in things:
        classes[tuple(takes(rule, thing) for rule in rules)].append(thing)
    return list(classes.values())


def bands(rules: Iterable[Rule]) -> Iterator[Band]:
    """Yield the bands of amounts within which no rule starts or stops to match."""
    edges: dict[str, set[Decimal]] = defaultdict(set)
    for rule in rules:
        edges[rule.currency] |= {rule.least, rule.most or _NOTHING} - {_NOTHING}
    currencies = sorted(currency for currency, bounds in edges.items() if bounds)
    runs = []
    for currency in currencies:
        steps: list[Decimal | None] = [_NOTHING, *sorted(edges[currency]), None]
        runs.append(list(pairwise(steps)))
    for chosen in product(*runs):
        yield {
            currency: (low or _NOTHING, high)
            for currency, (low, high) in zip(currencies, chosen, strict=True)
        }


def decided(rules: Sequence[Rule], band: Band, everybody: frozenset[str]) -> Iterator[Term]:
    """Yield what the first matching rule is for whom; what nobody's rule is, is blocked.

    Whether a rule over a time matches depends on earlier transfers: both ways are followed, and
    likewise for a rule's occasions. A term of a doubtful rule names no initiators: it may be open
    to anybody.
    """
    cohorts: dict[tuple[str, ...], frozenset[str]] = {(): everybody}
    for rule in rules:
        matches, over, under = _match(rule, band)
        if not matches:
            continue
        left: dict[tuple[str, ...], frozenset[str]] = defaultdict(frozenset)
        for when, users in cohorts.items():
            hit = users if rule.operators is None else users & rule.operators
            if hit and rule.doubts:
                yield Term(rule, frozenset())
            elif hit and rule.action != "BLOCK":
                yield Term(rule, hit, (*when, over) if over else when)
            if hit and over and not rule.doubts:
                left[*when, under] |= hit
            if users - hit:
                left[when] |= users - hit
        cohorts = left
        if not cohorts:
            return


def _match(rule: Rule, band: Band) -> tuple[bool, str, str]:
    """Return whether it matches in the band; if only perhaps, when it does and when it does not."""
    low, high = band.get(rule.currency, _WHOLE)
    above = rule.least == _NOTHING or low >= rule.least
    below = rule.most is None or (high is not None and high <= rule.most)
    total = ""
    if not rule.seconds:
        if not (above and below):
            return False, "", ""
    elif rule.most is not None and low >= rule.most:
        # The total is at least this one transfer, and may be more.
        return False, "", ""
    elif not above or rule.most is not None:
        bounds = [] if above else [f"above {amount(rule.least)} {rule.currency}"]
        if rule.most is not None:
            bounds.append(f"at most {amount(rule.most)} {rule.currency}")
        total = " and ".join(bounds)
    span = f"the total within {rule.seconds} seconds is"
    over = [f"{span} {total}"] if total else []
    over += [f"{clean(occasion)} (rule {rule.number})" for occasion in rule.occasions]
    if rule.occasions:
        return True, " and ".join(over), f"not so: {' and '.join(over)}"
    return True, *((over[0], f"{span} not {total}") if total else ("", ""))


def _rectangles(
    where: Iterable[tuple[str, Place]],
) -> Iterator[tuple[frozenset[str], frozenset[Place]]]:
    """Yield sets of assets with sets of destinations that together are `where`."""
    by_asset: dict[str, set[Place]] = defaultdict(set)
    # Sorted, so that the same policy gives its rows in the same order in every process.
    for asset, place in sorted(where):
        by_asset[asset].add(place)
    by_places: dict[frozenset[Place], set[str]] = defaultdict(set)
    for asset, places in by_asset.items():
        by_places[frozenset(places)].add(asset)
    for destinations, assets in by_places.items():
        yield frozenset(assets), destinations


def _limits(band: Band, end: int) -> str:
    bounds = [(run[end], currency) for currency, run in sorted(band.items())]
    return " and ".join(f"{amount(bound)} {currency}" for bound, currency in bounds if bound)


def amount(value: Decimal) -> str:
    """Return an amount without an exponent or idle zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unbounded(part: Part, world: Universe) -> bool:
    """Return whether the part has things no rule names, and yet not everything."""
    return bool(_open_assets(part, world) or _open_destinations(part, world))


def scope(
    part: Part,
    world: Universe,
    named: Callable[[Place], Iterable[str]],
    more: Iterable[str] = (),
    *,
    bounded: bool = True,
) -> str:
    """Return the cell; not `bounded` puts limits that have no word into words.

    `named` gives the export's own names of a place; `more` are further conditions.
    """
    pairs: list[str] = []
    when = [*part.term.when, *more]
    if part.kind != "TRANSFER":
        kind = "a kind no rule names" if part.kind == ANY else part.kind
        when.insert(0, f"it is {clean(kind)}")
    if len(part.assets) < len(world.assets):
        if bounded or not _open_assets(part, world):
            pairs.append(f"asset={'|'.join(map(asset_name, sorted(part.assets)))}")
        else:
            rest = sorted(set(world.assets) - part.assets)
            when.append(f"asset is not {_few(map(asset_name, rest))}")
    if len(part.destinations) < len(world.destinations):
        if bounded or not _open_destinations(part, world):
            names = (name for place in part.destinations for name in _names(place, named))
            pairs.append(f"destination={'|'.join(sorted(dict.fromkeys(names)))}")
        else:
            rest_places = sorted(set(world.destinations) - part.destinations)
            when.append(f"destination is not {_few(map(place_name, rest_places))}")
    limits = (("min", part.least), ("max", part.most))
    pairs += [f"{key}={_unit(value, part.assets)}" for key, value in limits if value]
    # A comma parts names, not words.
    pairs += (
        [f"when={' and '.join(re.sub('[;|=]+', ' ', words) for words in when)}"] if when else []
    )
    return "; ".join(pairs)


def by_asset(part: Part) -> Iterator[Part]:
    """Yield the part, for each asset by itself where amounts are in the asset's own unit."""
    if len(part.assets) > 1 and _NATIVE in f"{part.least} {part.most} ":
        for asset in sorted(part.assets):
            yield replace(part, assets=frozenset((asset,)))
    else:
        yield part


def _unit(limit: str, assets: frozenset[str]) -> str:
    if len(assets) == 1 and ANY not in assets:
        return f"{limit} ".replace(_NATIVE, f" {asset_name(*assets)} ").rstrip()
    return limit


def asset_name(asset: str) -> str:
    """Return an asset as scopes call it."""
    return OTHER if asset == ANY else ident("", asset)[1:]


def place_name(place: Place) -> str:
    """Return a destination as scopes call it: "vault:3", "vault:*" for the rest, "other"."""
    if place.kind == ANY:
        return OTHER
    return ident(_kind(place), place.id if place.sort == ANY else f"{place.id}/{place.sort}")


def _kind(place: Place) -> str:
    return OTHER if place.kind == ANY else ident("", place.kind.lower())[1:]


def _names(place: Place, named: Callable[[Place], Iterable[str]]) -> list[str]:
    """Return every name under which somebody may ask for it: its kind is one."""
    names = (place_name(place), _kind(place), *map(clean, named(place)))
    return [name for name in names if name]


def _open_assets(part: Part, world: Universe) -> bool:
    return ANY in part.assets and len(part.assets) < len(world.assets)


def _open_destinations(part: Part, world: Universe) -> bool:
    rest = any(ANY in (destination.kind, destination.id) for destination in part.destinations)
    return rest and len(part.destinations) < len(world.destinations)


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return " nor ".join(listed[:_LISTED]) + more


def clean(text: str) -> str:
    """Return a text that may stand in a scope cell: without its marks."""
    return " ".join(re.sub(r"[;|=,]", " ", text).split())
