"""One state of a Safe, as the Safe Transaction Service answers `/api/v1/safes/ADDRESS/`.

Addresses may be texts or objects with `value` and `name`, as its gateway writes them. A Safe with
an impossible part is left out with a fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from forthwith.exports.ethereum.address import NOBODY, SENTINEL, address, misspelt
from forthwith.exports.ethereum.safe.calls import whole
from forthwith.exports.tables.rows import Rows

_TAKEN = frozenset(
    ("address", "threshold", "owners", "modules", "enabledModules", "guard", "moduleGuard",
     "fallbackHandler", "version", "singleton", "masterCopy", "implementation", "nonce")
)  # fmt: skip
#: The places of other addresses in a Safe, each with what it is called in a sentence.
_SINGLE = (
    ("guard", "guard"),
    ("moduleGuard", "module guard"),
    ("fallbackHandler", "fallback handler"),
)
#: A Safe with more owners than this cannot sign within a block.
_MOST_OWNERS = 10_000


@dataclass(frozen=True, slots=True)
class Safe:
    """One Safe whose parts are sound; all addresses in lower case."""

    address: str
    threshold: int
    #: Address → name the export gives it, or "".
    owners: dict[str, str]
    modules: dict[str, str]
    #: "guard", "moduleGuard" and "fallbackHandler", where set.
    others: dict[str, str]
    version: str
    singleton: str
    #: How many of its owners' transactions were executed; None where it is not said.
    nonce: int | None = None
    #: Which of "modules" and the keys of `others` the export speaks of at all.
    told: frozenset[str] = frozenset()


class _UnsoundError(ValueError):
    """What is wrong with one Safe, in words."""


def sound(body: Any, rows: Rows, where: str = "") -> Safe | None:
    """Return the Safe; what is not sound becomes a fault of `rows`."""
    try:
        return _sound(body, rows)
    except _UnsoundError as wrong:
        rows.fault(f"Safe{where}: {wrong}", "Compare with the chain and export it again")
        return None


def _sound(body: Any, rows: Rows) -> Safe:
    if not isinstance(body, dict):
        raise _UnsoundError("it is not a JSON object")
    here = _address(body.get("address"), "address", rows)[0]
    rows.unread += [f"Safe {here}: {key}" for key in sorted(body.keys() - _TAKEN)]
    if "modules" in body and "enabledModules" in body:
        raise _UnsoundError("modules are listed in two places")
    if "modules" not in body and "enabledModules" not in body:
        rows.notes.append(
            f"Safe {here}: the export does not list modules, so any may be enabled; "
            "ask for the whole answer of the service."
        )
    safe = Safe(
        here,
        _threshold(body),
        _addresses(body.get("owners"), "owner", rows),
        _addresses(body.get("modules", body.get("enabledModules")) or [], "module", rows),
        _others(body, rows),
        str(body.get("version") or ""),
        _singleton(body, rows),
        whole(body.get("nonce")),
        frozenset(key for key, _ in _SINGLE if key in body)
        | (frozenset(("modules",)) if {"modules", "enabledModules"} & body.keys() else frozenset()),
    )
    if safe.threshold > len(safe.owners):
        raise _UnsoundError(
            f"its threshold {safe.threshold} is above its {len(safe.owners)} owners"
        )
    if here in safe.owners:
        raise _UnsoundError("it owns itself, which the contract does not allow")
    return safe


def _threshold(body: dict[str, Any]) -> int:
    value = body.get("threshold")
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _UnsoundError("its threshold is not a whole number")
    if value < 1:
        raise _UnsoundError(f"its threshold is {value}, so nobody would have to sign")
    return value


def _address(value: Any, what: str, rows: Rows) -> tuple[str, str]:
    """Return an address in lower case and the name beside it."""
    label = ""
    if isinstance(value, dict):
        rows.unread += [
            f"{what}.{key}" for key in sorted(value.keys() - {"value", "address", "name"})
        ]
        label = value["name"] if isinstance(value.get("name"), str) else ""
        value = value.get("value", value.get("address"))
    if not (place := address(value)):
        raise _UnsoundError(f"its {what} {str(value)[:60]!r} is not an address")
    if misspelt(value):
        raise _UnsoundError(
            f"its {what} {value} has a wrong checksum (EIP-55): a letter is mistyped"
        )
    return place, label


def _addresses(value: Any, what: str, rows: Rows) -> dict[str, str]:
    if not isinstance(value, list) or (what == "owner" and not value):
        raise _UnsoundError(f"its {what}s are not a list of addresses")
    if len(value) > _MOST_OWNERS:
        raise _UnsoundError(f"it has more {what}s than any Safe can")
    addresses: dict[str, str] = {}
    for entry in value:
        place, label = _address(entry, what, rows)
        if place in (NOBODY, SENTINEL):
            raise _UnsoundError(f"{place} is an end of the contract's list, not an {what}")
        if place in addresses:
            raise _UnsoundError(f"it has the {what} {place} twice")
        addresses[place] = label
    return addresses


def _others(body: dict[str, Any], rows: Rows) -> dict[str, str]:
    others = {}
    for key, what in _SINGLE:
        if body.get(key) is not None:
            place = _address(body[key], what, rows)[0]
            if place != NOBODY:
                others[key] = place
    return others


def _singleton(body: dict[str, Any], rows: Rows) -> str:
    for key in ("singleton", "masterCopy", "implementation"):
        if body.get(key) is not None:
            return _address(body[key], key, rows)[0]
    return ""
