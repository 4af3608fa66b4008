"""The scope cell of a slice of policy: what of it words can bound, and what they cannot.

"Any asset but BTC" has no word in a scope. Such a part gets two rows: one that names what can be
named and "other", which serves questions that ask for no asset or for a named one; and one without
the limit, disputed, so that no question about an asset by name is ever answered *excluded* for want
of a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from forthwith.exports.platform_policy.slices import Part, Universe
from forthwith.exports.tables.rows import ident
from forthwith.formats.policy_rules import ANY, Place

#: A word for whatever no rule names.
OTHER = "other"
#: How many names a trigger lists before it only counts.
_LISTED = 12


def unbounded(part: Part, world: Universe) -> bool:
    """Return whether the part has things no rule names, and yet not everything."""
    return bool(_open_assets(part, world) or _open_destinations(part, world))


def scope(
    part: Part, world: Universe, named: Callable[[Place], str], *, bounded: bool = True
) -> str:
    """Return the cell; not `bounded` leaves out limits that have no word.

    `named` gives the export's own name of a place, or "".
    """
    pairs: list[str] = []
    when = list(part.term.when)
    if part.kind != "TRANSFER":
        kind = "a kind no rule names" if part.kind == ANY else part.kind
        when.insert(0, f"it is {_clean(kind)}")
    if len(part.assets) < len(world.assets):
        if bounded or not _open_assets(part, world):
            pairs.append(f"asset={'|'.join(map(asset_name, sorted(part.assets)))}")
        else:
            rest = sorted(set(world.assets) - part.assets)
            when.append(f"asset is not {_few(map(asset_name, rest))}")
    if len(part.destinations) < len(world.destinations):
        if bounded or not _open_destinations(part, world):
            names = (each for place in part.destinations for each in _names(place, named))
            pairs.append(f"destination={'|'.join(sorted(dict.fromkeys(names)))}")
        else:
            rest_places = sorted(set(world.destinations) - part.destinations)
            when.append(f"destination is not {_few(map(place_name, rest_places))}")
    pairs += [f"{key}={value}" for key, value in (("min", part.least), ("max", part.most)) if value]
    pairs += [f"when={' and '.join(when)}"] if when else []
    return "; ".join(pairs)


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


def _names(place: Place, named: Callable[[Place], str]) -> list[str]:
    """Return every name under which somebody may ask for it: its kind is one."""
    return [each for each in (place_name(place), _kind(place), _clean(named(place))) if each]


def _open_assets(part: Part, world: Universe) -> bool:
    return ANY in part.assets and len(part.assets) < len(world.assets)


def _open_destinations(part: Part, world: Universe) -> bool:
    rest = any(ANY in (each.kind, each.id) for each in part.destinations)
    return rest and len(part.destinations) < len(world.destinations)


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return " nor ".join(listed[:_LISTED]) + more


def _clean(text: str) -> str:
    return " ".join(re.sub(r"[;|=,]", " ", text).split())
