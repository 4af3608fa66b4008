"""Safes: multi-signature wallets on Ethereum, as the Safe Transaction Service exports them.

Read is the answer to `/api/v1/safes/<address>`, a list of such, or a page with `results`; addresses
may be texts or objects with `value` and `name`. Each Safe becomes a wallet with these paths: its
owners at the threshold (signing), the same to change owners, threshold, modules or guard
(policy_change), and each enabled module alone (software, policy_change), since a module moves
assets and changes owners without any owner's signature (Safe, `ModuleManager.sol`).

What the contract's code is, the export does not say; nothing here claims that the paths are all.
"""

from __future__ import annotations

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.ethereum.address import checksummed
from forthwith.exports.ethereum.safe_export import Safe, read
from forthwith.exports.options import Files, ImportOptions
from forthwith.exports.tables.rows import Rows, all_of, at_least

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
