"""Safes: multi-signature wallets on Ethereum, as the Safe Transaction Service exports them.

Read is the answer to `/api/v1/safes/<address>`, a list of such, or a page with `results`; addresses
may be texts or objects with `value` and `name`. Each Safe becomes a wallet with these paths: its
owners at the threshold (signing), the same to change owners, threshold, modules or guard
(policy_change), and each enabled module alone (software, policy_change), since a module moves
assets and changes owners without any owner's signature (Safe, `ModuleManager.sol`).

A Safe with an impossible part is a fault and is left out. What the contract's code is, the export
does not say; nothing here claims that the paths are all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.ethereum.address import NOBODY, SENTINEL, address, checksummed, misspelt
from forthwith.exports.options import Files, ImportOptions
from forthwith.exports.tables.rows import Rows, all_of, at_least
from forthwith.plain import json_document

_TAKEN = frozenset(
    ("address", "threshold", "owners", "modules", "enabledModules", "guard", "moduleGuard",
     "fallbackHandler", "version", "singleton", "masterCopy", "implementation")
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


class _UnsoundError(ValueError):
    """What is wrong with one Safe, in words."""


def read(data: bytes, rows: Rows) -> Iterator[Safe]:
    """Yield each sound Safe of an export; what is not sound becomes a fault of `rows`."""
    try:
        value = json_document.load(data)
    except json_document.NotJsonError as wrong:
        rows.fault(f"It {wrong}", "Export the Safe again, or mend the file")
        return
    if isinstance(value, dict) and isinstance(value.get("results"), list):
        rows.unread += [f"page.{key}" for key in value if key != "results"]
        if value.get("next"):
            rows.fault("It is one page of several", "Export all pages, or join their results")
        value = value["results"]
    listed = value if isinstance(value, list) else [value]
    if not listed:
        rows.fault("It holds no Safe", "Export /api/v1/safes/ADDRESS of each Safe")
    for number, body in enumerate(listed, 1):
        try:
            yield _sound(body, rows)
        except _UnsoundError as wrong:
            where = f" {number}" if len(listed) > 1 else ""
            rows.fault(f"Safe{where}: {wrong}", "Compare with the chain and export it again")


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


#: Releases of the Safe contracts; "+L2" is the same with more events.
_RELEASES = frozenset(("1.0.0", "1.1.0", "1.1.1", "1.2.0", "1.3.0", "1.4.1", "1.5.0"))


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Return the rows of exports together; a wallet's id in the options is for a single Safe.

    A Safe that owns another is told from an ordinary key only when both are given.
    """
    wallet = options.wallet
    rows = Rows(files[0][0] if files else "", options.stamp)
    safes: dict[str, Safe] = {}
    for name, data in files:
        rows.file = name
        for safe in read(data, rows):
            if safe.address in safes:
                rows.fault(f"Safe {safe.address} is given twice", "Leave one state for these days")
            safes.setdefault(safe.address, safe)
    if wallet and len(safes) > 1:
        rows.fault(f"{len(safes)} Safes cannot all be wallet {wallet}", "Give no wallet id")
        wallet = ""
    for safe in safes.values():
        _Lift(safe, safes, rows, wallet or f"safe:{safe.address}").write()
    return rows.lifted()


class _Lift:
    """Writes the rows of one Safe among all that were given."""

    def __init__(self, safe: Safe, safes: dict[str, Safe], rows: Rows, wallet: str) -> None:
        self._safe, self._safes, self._rows, self._wallet = safe, safes, rows, wallet
        self._said = f"Safe {checksummed(safe.address)}"

    def write(self) -> None:
        """Write the wallet, its means, its paths and what a person must know."""
        safe, rows = self._safe, self._rows
        # No asset: a Safe holds whatever is sent to it, and a name here would rule the rest out.
        rows.add("wallets", id=self._wallet, address=checksummed(safe.address))
        owners = [
            self._means(owner, "key", f"owner {name}".strip())
            for owner, name in safe.owners.items()
        ]
        signing = at_least(safe.threshold, owners)
        self._path("signing", signing)
        self._path("policy_change", signing)
        # The guard is asked in owners' transactions of every sort, changes of owners included. As
        # an approval that nobody enforces it keeps an answer from *shown* and excludes nothing.
        self._guard("guard", "signing", "policy_change")
        for module, name in safe.modules.items():
            self._module(module, name)
        if safe.modules:
            self._guard("moduleGuard", "software")
        self._notes()

    def _path(self, path: str, formula: str) -> None:
        self._rows.add("policies", wallet=self._wallet, path=path, formula=formula)

    def _means(self, place: str, kind: str, label: str) -> str:
        """Return the id of what acts as this address, its rows written."""
        if (other := self._safes.get(place)) is None:
            means = f"{kind}:{place}"
            sort = "key" if kind == "key" else "vendor_path"
            self._rows.add("means", id=means, kind=sort, label=f"{checksummed(place)} {label}")
            return means
        means = f"safe:{place}"
        self._rows.add("means", id=means, kind="role", label=f"acting as Safe {checksummed(place)}")
        self._acting(other, means)
        return means

    def _acting(self, other: Safe, means: str) -> None:
        """Write who acts as a Safe that owns this one or is a module of it."""
        signing = at_least(other.threshold, [self._id(owner, "key") for owner in other.owners])
        for module in other.modules:
            self._rows.add("grants", means=self._id(module, "module"), gives=means)
        if guard := other.others.get("guard"):
            self._rows.add("grants", means=all_of([signing, f"guard:{guard}"]), gives=means)
            self._rows.add(
                "grants",
                means=signing,
                gives=means,
                condition="if they sign past its guard (ERC-1271)",
            )
        else:
            self._rows.add("grants", means=signing, gives=means)

    def _id(self, place: str, kind: str) -> str:
        return f"{'safe' if place in self._safes else kind}:{place}"

    def _module(self, module: str, name: str) -> None:
        means = self._means(module, "module", f"module {name}".strip())
        self._path("software", means)
        self._path("policy_change", means)
        self._rows.notes.append(
            f"{self._said}: module {checksummed(module)} moves its assets and changes its owners "
            "without their signatures; who controls the module is not in the export, so it is "
            "open to anybody until a completeness row closes it."
        )

    def _guard(self, key: str, *paths: str) -> None:
        """Write what a guard asks on these paths."""
        if not (place := self._safe.others.get(key)):
            return
        means = f"guard:{place}"
        label = f"{checksummed(place)} consent of the {key}"
        self._rows.add("means", id=means, kind="vendor_path", label=label)
        for path in paths:
            self._rows.add(
                "approvals", wallet=self._wallet, path=path, formula=means, enforced_by=""
            )
        self._rows.notes.append(
            f"{self._said}: {key} {checksummed(place)} may refuse transactions; what it asks is in "
            "its code, not in the export, so nothing is shown past it and nothing excluded by it."
        )

    def _notes(self) -> None:
        safe, notes = self._safe, self._rows.notes
        if safe.version.removesuffix("+L2") not in _RELEASES:
            notes.append(
                f"{self._said}: version {safe.version!r} of its singleton "
                f"{safe.singleton or '(not given)'} is no release of the Safe contracts known "
                "here; its code may open other ways."
            )
        if handler := safe.others.get("fallbackHandler"):
            notes.append(
                f"{self._said}: fallback handler {checksummed(handler)} answers calls in its name "
                "(signatures under ERC-1271 among them); whether it is the stock one is not in the "
                "export."
            )
        notes.append(
            f"{self._said}: an owner may itself be a contract; it is told from a key only when its "
            "own export is given together with this one."
        )
