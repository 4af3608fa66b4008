"""A genuine Safe on a local chain: what the lift says of it is what the contract does."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forthwith.custody.facts.formula import parse
from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.exports.ethereum.safe.lift import lift
from forthwith.exports.options import ImportOptions
from tests.exports.ethereum.anvil import (
    GUARD_SLOT,
    NOBODY,
    Chain,
    RefusedError,
    artifact,
    modules,
    running,
    selectors,
    tail,
    word,
)

pytestmark = pytest.mark.node

SENTINEL = "0x" + "0" * 39 + "1"
ETHER = 10**18
#: As documented by the Safe project; held against the compiled contracts below.
KNOWN = {
    "setup": "b63e800d",
    "getOwners": "a0e67e2b",
    "getThreshold": "e75235b8",
    "getModulesPaginated": "cc2f8452",
    "VERSION": "ffa1ad74",
    "enableModule": "610b5925",
    "approveHash": "d4d9bdcd",
    "execTransaction": "6a761202",
}


class LocalSafe:
    """A 2 of 3 with a module and a guard, made by the genuine factory."""

    def __init__(self, chain: Chain, modules: Path) -> None:
        self.chain = chain
        self.code = artifact(modules, "Safe.sol/Safe")
        self.names = selectors(self.code)
        account = chain.ask("eth_accounts")
        self.payer, *self.owners, self.module, self.stranger = account[:6]
        self.singleton = self._deployed(self.code)
        factory = artifact(modules, "proxies/SafeProxyFactory.sol/SafeProxyFactory")
        self.factory_names = selectors(factory)
        self.address = self._made(self._deployed(factory))
        chain.send(self.payer, self.address, value=10 * ETHER)
        self.guard = self._deployed(
            artifact(modules, "examples/guards/OnlyOwnersGuard.sol/OnlyOwnersGuard")
        )
        for name, place in (("enableModule", self.module), ("setGuard", self.guard)):
            self.execute(self.owners[:2], self.address, 0, self.names[name] + word(place))

    def _deployed(self, code: dict[str, Any]) -> str:
        receipt = self.chain.send(self.payer, "", code["bytecode"][2:])
        return str(receipt["contractAddress"])

    def _made(self, factory: str) -> str:
        """SafeProxyFactory.createProxyWithNonce(singleton, setup(…), 1)."""
        heads = [8 * 32, 2, NOBODY, 12 * 32, NOBODY, NOBODY, 0, NOBODY]
        owners = word(3) + "".join(map(word, self.owners))
        setup = self.names["setup"] + "".join(map(word, heads)) + owners + tail("")
        call = word(self.singleton) + word(3 * 32) + word(1) + tail(setup)
        data = self.factory_names["createProxyWithNonce"] + call
        receipt = self.chain.send(self.payer, factory, data)
        return "0x" + receipt["logs"][-1]["topics"][1][-40:]

    def execute(self, signers: list[str], to: str, value: int, data: str = "") -> None:
        """Have signers approve the digest on the chain and one of them hand it in."""
        nonce = int(self.chain.read(self.address, self.names["nonce"])[0], 16)
        fixed = [word(0)] * 3 + [word(NOBODY)] * 2
        hashed = [word(to), word(value), word(10 * 32), word(0), *fixed, word(nonce), tail(data)]
        digest = self.chain.read(self.address, self.names["getTransactionHash"] + "".join(hashed))
        for signer in signers:
            # A stranger is not let approve; its signature goes in all the same.
            if signer in self.owners:
                approve = self.names["approveHash"] + digest[0]
                self.chain.send(signer, self.address, approve)
        # Kind 1: approved beforehand; r is the owner, s is nothing. In order of address.
        signatures = "".join(
            word(signer) + word(0) + "01" for signer in sorted(signers, key=str.lower)
        )
        body = tail(data)
        head = [word(to), word(value), word(10 * 32), word(0), *fixed]
        call = "".join(head) + word(10 * 32 + len(body) // 2) + body + tail(signatures)
        sender = next((each for each in signers if each in self.owners), self.payer)
        self.chain.send(sender, self.address, self.names["execTransaction"] + call)

    def exported(self) -> dict[str, Any]:
        """What a service would say, read from the chain."""
        read, names = self.chain.read, self.names
        owners = read(self.address, names["getOwners"])
        modules = read(self.address, names["getModulesPaginated"] + word(SENTINEL) + word(10))
        version = read(self.address, names["VERSION"])
        kept = self.chain.ask("eth_getStorageAt", self.address, GUARD_SLOT, "latest")
        first = self.chain.ask("eth_getStorageAt", self.address, "0x0", "latest")
        return {
            "address": self.address,
            "owners": ["0x" + each[-40:] for each in owners[2:]],
            "threshold": int(read(self.address, names["getThreshold"])[0], 16),
            "modules": ["0x" + each[-40:] for each in modules[3:]],
            "guard": "0x" + kept[-40:],
            "masterCopy": "0x" + first[-40:],
            "version": bytes.fromhex(version[2])[: int(version[1], 16)].decode(),
        }


@pytest.fixture(scope="module")
def safe() -> Iterator[LocalSafe]:
    packages = modules()
    with running(packages) as chain:
        yield LocalSafe(chain, packages)


@pytest.fixture
def afresh(safe: LocalSafe) -> Iterator[LocalSafe]:
    """The Safe, put back as it was after the test."""
    kept = safe.chain.ask("evm_snapshot")
    yield safe
    safe.chain.ask("evm_revert", kept)


@pytest.fixture(scope="module")
def found(safe: LocalSafe) -> Lifted:
    return lift(
        [("safe.json", json.dumps(safe.exported()).encode())], ImportOptions(Stamp("2024-01-01"))
    )


def formulas(found: Lifted, path: str) -> list[str]:
    rows = [row for row in found.rows if row.table == "policies" and row["path"] == path]
    return [row["formula"] for row in rows]


def test_the_selectors_are_the_contracts(safe: LocalSafe) -> None:
    """Each known selector is the digest of the compiled contract's own signature."""
    assert {name: safe.names[name] for name in KNOWN} == KNOWN
    assert safe.factory_names["createProxyWithNonce"] == "1688f0b9"


def test_the_chain_reads_back_into_facts(safe: LocalSafe, found: Lifted) -> None:
    """Owners, threshold, module and guard of the contract are those of the rows."""
    owners = {f"key:{owner.lower()}" for owner in safe.owners}
    (signing,) = formulas(found, "signing")

    assert not found.faults
    assert not found.unread
    assert parse(signing).leaves() == owners
    assert formulas(found, "software") == [f"module:{safe.module.lower()}"]
    guards = {row["formula"] for row in found.rows if row.table == "approvals"}
    assert guards == {f"guard:{safe.guard.lower()}"}
    assert not any("no release" in note for note in found.notes)


def test_the_least_coalitions_are_the_pairs(safe: LocalSafe, found: Lifted) -> None:
    """Of all sets of owners those that suffice and lose it with any one member."""
    network = parse(formulas(found, "signing")[0])
    sets = [
        frozenset(chosen)
        for size in range(4)
        for chosen in itertools.combinations(safe.owners, size)
        if network.met({f"key:{owner.lower()}": 1 for owner in chosen})
    ]
    least = {each for each in sets if not any(other < each for other in sets)}

    assert least == {frozenset(pair) for pair in itertools.combinations(safe.owners, 2)}


@pytest.mark.parametrize("size", range(5))
def test_the_contract_pays_exactly_the_coalitions_of_the_formula(
    safe: LocalSafe, found: Lifted, size: int
) -> None:
    """Every set of owners and a stranger signs a transfer; the chain is the judge."""
    network = parse(formulas(found, "signing")[0])
    for chosen in itertools.combinations([*safe.owners, safe.stranger], size):
        owners = [each for each in chosen if each in safe.owners]
        shown = network.met({f"key:{each.lower()}": 1 for each in owners})
        assert _pays(safe, owners) == bool(shown), chosen
        if len(owners) < len(chosen) and not shown:
            assert not _pays(safe, list(chosen)), chosen


def _pays(safe: LocalSafe, signers: list[str]) -> bool:
    """Whether a transfer signed so arrives; the chain is put back afterwards."""
    kept = safe.chain.ask("evm_snapshot")
    before = safe.chain.balance(safe.stranger)
    try:
        safe.execute(signers, safe.stranger, ETHER)
    except RefusedError as refused:
        # GS020 too few signatures, GS025 not approved, GS026 no owner.
        if not any(mark in str(refused) for mark in ("GS020", "GS025", "GS026")):
            raise
        return False
    else:
        return safe.chain.balance(safe.stranger) - before >= ETHER // 2
    finally:
        safe.chain.ask("evm_revert", kept)


def test_a_module_moves_assets_without_any_owner(afresh: LocalSafe) -> None:
    """Why each module is a path of its own."""
    heads = [word(afresh.payer), word(ETHER), word(4 * 32), word(0), tail("")]
    data = afresh.names["execTransactionFromModule"] + "".join(heads)

    with pytest.raises(RefusedError, match="GS104"):
        afresh.chain.send(afresh.stranger, afresh.address, data)
    afresh.chain.send(afresh.module, afresh.address, data)
    assert afresh.chain.balance(afresh.address) == 9 * ETHER


def test_a_module_changes_the_threshold_without_any_owner(afresh: LocalSafe) -> None:
    """Why each module is a path of policy_change as well."""
    change = afresh.names["changeThreshold"] + word(1)
    heads = [word(afresh.address), word(0), word(4 * 32), word(0), tail(change)]
    afresh.chain.send(
        afresh.module,
        afresh.address,
        afresh.names["execTransactionFromModule"] + "".join(heads),
    )

    assert afresh.exported()["threshold"] == 1


def test_a_guard_may_refuse_what_the_owners_signed(afresh: LocalSafe) -> None:
    """Why a guard keeps the signing path from being shown: this one asks who hands it in."""
    owners, afresh.owners = afresh.owners, []
    try:
        with pytest.raises(RefusedError):
            afresh.execute(owners[:2], afresh.payer, ETHER)
    finally:
        afresh.owners = owners
