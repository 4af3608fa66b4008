"""Safe exports: each path a row, each doubt a note, each impossible part a fault."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from forthwith.custody.facts.formula import parse
from forthwith.custody.facts.network import Network
from forthwith.domain.fact_tables import TABLES, Lifted, Stamp
from forthwith.exports.ethereum.address import checksummed, keccak_256, misspelt
from forthwith.exports.ethereum.safe.lift import lift
from forthwith.exports.options import ImportOptions

STAMP = Stamp("2024-01-01", "2024-02-01", cites="KEEL0007")
NOBODY = "0x" + "0" * 40
#: CompatibilityFallbackHandler 1.4.1, as safe-deployments has it.
HANDLER = "0xfd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99"


def place(number: int) -> str:
    """An address with letters in it, as a service writes it."""
    return to_checksum_address("0x" + keccak(number.to_bytes(4, "big")).hex()[:40])


def low(number: int) -> str:
    return place(number).lower()


def a_safe(**changed: Any) -> dict[str, Any]:
    """A sound 2 of 3, changed in some parts."""
    return {
        "address": place(0),
        "nonce": 12,
        "threshold": 2,
        "owners": [place(1), place(2), place(3)],
        "masterCopy": place(90),
        "modules": [],
        "fallbackHandler": HANDLER,
        "guard": NOBODY,
        "version": "1.4.1+L2",
        **changed,
    }


def lifted(*safes: Any) -> Lifted:
    return lift(
        [("safe.json", json.dumps(safes[0] if len(safes) == 1 else safes).encode())],
        ImportOptions(STAMP),
    )


def cells(found: Lifted, table: str) -> list[dict[str, str]]:
    return [dict(row.cells) for row in found.rows if row.table == table]


def paths(found: Lifted, wallet: str = "") -> dict[str, set[str]]:
    """Formulas by path, of one wallet."""
    made: dict[str, set[str]] = {}
    for row in cells(found, "policies"):
        if not wallet or row["wallet"] == wallet:
            made.setdefault(row["path"], set()).add(row["formula"])
    return made


OWNERS = f"2 of (key:{low(1)}, key:{low(2)}, key:{low(3)})"


def test_owners_at_the_threshold_sign_and_change_the_policy() -> None:
    """OwnerManager.sol: whatever the owners can execute includes changing the owners."""
    found = lifted(a_safe())

    assert paths(found) == {"signing": {OWNERS}, "policy_change": {OWNERS}}
    assert not found.faults


def test_a_wallet_keeps_the_checksummed_address_and_names_no_asset() -> None:
    """A Safe holds any token; an asset in the cell would rule the others out of scope."""
    (wallet,) = cells(lifted(a_safe()), "wallets")

    assert (wallet["id"], wallet["address"]) == (f"safe:{low(0)}", place(0))
    assert not wallet.get("asset")


def test_each_module_is_a_path_of_its_own_and_may_change_owners() -> None:
    """A module needs no owner's signature (ModuleManager.sol, execTransactionFromModule)."""
    found = lifted(a_safe(modules=[place(7), place(8)]))

    alone = {f"module:{low(7)}", f"module:{low(8)}"}
    assert paths(found)["software"] == alone
    assert paths(found)["policy_change"] == {OWNERS, *alone}
    assert sum("who controls the module" in note for note in found.notes) == 2


def test_a_guard_keeps_from_shown_and_excludes_nothing() -> None:
    """An approval nobody enforces counts in the lower bound only."""
    found = lifted(a_safe(guard=place(9)))

    rows = cells(found, "approvals")
    assert {(row["path"], row["formula"], row["enforced_by"]) for row in rows} == {
        ("signing", f"guard:{low(9)}", ""),
        ("policy_change", f"guard:{low(9)}", ""),
    }
    assert paths(found)["signing"] == {OWNERS}
    assert any("guard" in note for note in found.notes)


def test_no_completeness_is_claimed() -> None:
    """The export does not say what the singleton's code is."""
    assert not cells(lifted(a_safe(modules=[place(7)])), "completeness")


def test_a_safe_that_owns_a_safe_is_nested() -> None:
    """Both given: the owner is whoever meets the other's formula."""
    inner = a_safe(address=place(3), owners=[place(4), place(5)], modules=[place(6)])
    found = lifted(a_safe(), inner)

    assert f"safe:{low(3)}" in next(iter(paths(found, f"safe:{low(0)}")["signing"]))
    grants = {(row["means"], row["gives"]) for row in cells(found, "grants")}
    assert grants == {
        (f"2 of (key:{low(4)}, key:{low(5)})", f"safe:{low(3)}"),
        (f"module:{low(6)}", f"safe:{low(3)}"),
    }


def test_two_files_nest_like_one_list() -> None:
    """Each Safe usually has a file of its own."""
    inner = a_safe(address=place(3), owners=[place(4), place(5)])
    files = [("a.json", json.dumps(a_safe()).encode()), ("b.json", json.dumps(inner).encode())]

    assert [dict(row.cells) for row in lift(files, ImportOptions(STAMP)).rows] == [
        dict(row.cells) for row in lifted(a_safe(), inner).rows
    ]


def test_a_guarded_owner_acts_surely_only_with_its_guard() -> None:
    """Past its guard it may sign by message (ERC-1271): a grant with a condition."""
    inner = a_safe(address=place(3), owners=[place(4)], threshold=1, guard=place(9))
    grants = cells(lifted(a_safe(), inner), "grants")

    assert {(row["means"], bool(row.get("condition"))) for row in grants} == {
        (f"all of (key:{low(4)}, guard:{low(9)})", False),
        (f"key:{low(4)}", True),
    }


def test_a_handler_of_ones_own_may_sign_for_a_safe_that_owns_another() -> None:
    """ERC-1271 since 1.3.0 asks the handler: one that says yes to anything is a signer."""
    own, older = place(91), {"version": "1.2.0"}
    inner = a_safe(address=place(3), owners=[place(4)], threshold=1, fallbackHandler=own)

    def handlers(**changed: Any) -> list[bool]:
        rows = cells(lifted(a_safe(), {**inner, **changed}), "grants")
        return [bool(row.get("condition")) for row in rows if row["means"] == f"handler:{low(91)}"]

    assert handlers() == [True]
    assert handlers(**older) == []


def test_owners_and_modules_carry_their_address() -> None:
    """An account of another export is the same one by its address."""
    means = {
        row["id"]: row["address"] for row in cells(lifted(a_safe(modules=[place(7)])), "means")
    }

    assert means[f"key:{low(1)}"] == place(1)
    assert means[f"module:{low(7)}"] == place(7)


def test_a_state_without_a_day_is_a_fault() -> None:
    """Only a past dates its rows by itself."""
    found = lift([("safe.json", json.dumps(a_safe()).encode())], ImportOptions(Stamp("")))

    assert [fault.do[:10] for fault in found.faults] == ["Say --from"]


def test_a_guard_counts_only_where_the_release_asks_one() -> None:
    """Guards came with 1.3.0 and module guards with 1.5.0; an older Safe asks nobody."""
    modules = {"modules": [place(7)], "moduleGuard": place(10)}

    assert not cells(lifted(a_safe(version="1.2.0", guard=place(9))), "approvals")
    assert not cells(lifted(a_safe(version="1.4.1", **modules)), "approvals")
    assert [
        row["path"] for row in cells(lifted(a_safe(version="1.5.0", **modules)), "approvals")
    ] == ["software"]


@pytest.mark.parametrize("version", ["9.9.9", None, "1.4.1-fork"])
def test_foreign_code_leaves_a_path_open(version: str | None) -> None:
    """What its code allows beside the owners nobody here knows."""
    found = lifted(a_safe(version=version))
    opened = [row for row in cells(found, "policies") if row["formula"].startswith("unread:")]

    assert {row["path"] for row in opened} == {"signing", "software", "policy_change"}
    assert all(row["scope"].startswith("when=") for row in cells(found, "policies"))


@pytest.mark.parametrize(("version", "opened"), [("1.3.0", True), ("1.4.1", False)])
def test_a_safe_that_is_its_own_handler_is_open_before_1_4(version: str, *, opened: bool) -> None:
    """GS400 came with 1.4.0: before, the fallback called the Safe in its own name."""
    found = lifted(a_safe(version=version, fallbackHandler=place(0)))

    formulas = [row["formula"] for row in cells(found, "policies")]
    assert any(text.startswith("unread:") for text in formulas) is opened


def test_an_unknown_shape_is_refused_by_its_keys() -> None:
    """The gateway's list of transactions is another thing than the service's."""
    found = lifted({"type": "TRANSACTION", "transaction": {}, "conflictType": "None"})

    assert "conflictType, transaction, type" in found.faults[0].what


def test_every_name_in_a_formula_is_a_means_with_a_row() -> None:
    """A leaf without a row would be held by nobody, and a path excluded."""
    inner = a_safe(address=place(3), owners=[place(4)], threshold=1, guard=place(9))
    found = lifted(a_safe(modules=[place(7), place(3)], moduleGuard=place(10)), inner)
    means = {row["id"] for row in cells(found, "means")}

    formulas = [
        row["formula"] for table in ("policies", "approvals") for row in cells(found, table)
    ]
    formulas += [row["means"] for row in cells(found, "grants")]
    assert all(parse(text).leaves() <= means for text in formulas)
    assert {row["gives"] for row in cells(found, "grants")} <= means


def test_every_row_has_its_tables_columns_and_the_stamp() -> None:
    """Standing, cites and days come from whoever imports."""
    for row in lifted(a_safe(modules=[place(7)], guard=place(9))).rows:
        assert row.cells.keys() <= set(TABLES[row.table].header)
        assert row["standing"] == "system record"
        assert row["cites"] == "KEEL0007"
        if "from" in TABLES[row.table].columns:
            assert (row["from"], row["to"]) == ("2024-01-01", "2024-02-01")


UNSOUND = {
    "nobody signs": {"threshold": 0},
    "more than owners": {"threshold": 4},
    "no number": {"threshold": "two"},
    "truth as a number": {"threshold": True},
    "sentinel": {"owners": [place(1), "0x" + "0" * 39 + "1", place(2)]},
    "zero": {"owners": [place(1), place(2), NOBODY]},
    "twice": {"owners": [place(1), place(2), low(1)]},
    "itself": {"owners": [place(1), place(2), place(0)]},
    "none": {"owners": []},
    "not a list": {"owners": place(1)},
    "short": {"owners": [place(1), "0x12", place(2)]},
    "mistyped": {"owners": [place(1), place(2), place(3).swapcase().replace("0X", "0x")]},
    "module twice": {"modules": [place(7), place(7)]},
    "two lists of modules": {"enabledModules": [place(7)]},
    "no address": {"address": None},
    "guard": {"guard": 5},
}


@pytest.mark.parametrize("change", UNSOUND.values(), ids=UNSOUND.keys())
def test_an_impossible_part_is_a_fault_and_the_safe_left_out(change: dict[str, Any]) -> None:
    """Half a Safe would be read as a whole one."""
    found = lifted(a_safe(**change))

    assert len(found.faults) == 1
    assert not found.rows


def test_a_sound_safe_beside_an_unsound_one_is_lifted() -> None:
    """One bad export of many is one fault."""
    found = lifted(a_safe(), a_safe(address=place(20), threshold=9))

    assert len(found.faults) == 1
    assert {row["id"] for row in cells(found, "wallets")} == {f"safe:{low(0)}"}


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"[]", b"5", b'{"address": NaN}', b"[" * 100_000, b'{"a":1,"a":2}', b'[{"a'],
)
def test_hostile_bytes_are_a_fault(data: bytes) -> None:
    """Never a traceback."""
    found = lift([("safe.json", data)], ImportOptions(STAMP))

    assert found.faults
    assert not found.rows


def test_a_page_of_several_is_a_fault() -> None:
    """The Safes on the next page would be missing in silence."""
    found = lifted({"count": 2, "next": "https://service.example/2", "results": [a_safe()]})

    assert [fault.what for fault in found.faults] == ["It is one page of several"]


def test_unknown_keys_are_reported() -> None:
    """A field is never lost in silence."""
    found = lifted(a_safe(recovery={"by": place(5)}))

    assert found.unread == (f"Safe {low(0)}: recovery",)


def test_missing_modules_are_said_to_be_missing() -> None:
    """No list is not an empty list."""
    body = a_safe()
    del body["modules"]

    assert any("does not list modules" in note for note in lifted(body).notes)
    assert not any("does not list modules" in note for note in lifted(a_safe()).notes)


def test_an_unknown_release_is_noted() -> None:
    """Code of one's own may open other ways."""
    assert any("no release" in note for note in lifted(a_safe(version="9.9.9")).notes)
    assert any("no release" in note for note in lifted(a_safe(version=None)).notes)
    assert not any("no release" in note for note in lifted(a_safe()).notes)


@pytest.mark.corpus
def test_every_deployed_release_is_known(corpora: Path) -> None:
    """The versions in safe-deployments are the ones recognised."""
    folder = corpora / "custody" / "safe-deployments" / "src" / "assets"
    versions = {each.name.removeprefix("v") for each in folder.iterdir() if each.is_dir()}

    assert versions
    for version in versions:
        assert not any("no release" in note for note in lifted(a_safe(version=version)).notes)


def test_one_safe_may_be_given_a_wallet_id_and_two_may_not() -> None:
    """Two Safes under one id would be one wallet with both policies."""
    one = lift([("safe.json", json.dumps(a_safe()).encode())], ImportOptions(STAMP, "treasury"))
    two = lift(
        [("safe.json", json.dumps([a_safe(), a_safe(address=place(20))]).encode())],
        ImportOptions(STAMP, "treasury"),
    )

    assert {row["wallet"] for row in cells(one, "policies")} == {"treasury"}
    assert two.faults
    assert "treasury" not in {row["wallet"] for row in cells(two, "policies")}


@given(st.integers(1, 12), st.data())
def test_the_formula_is_met_exactly_at_the_threshold(owners: int, data: st.DataObject) -> None:
    """As many owners as the threshold suffice and one fewer do not, whoever they are."""
    threshold = data.draw(st.integers(1, owners))
    found = lifted(a_safe(owners=[place(n) for n in range(1, owners + 1)], threshold=threshold))
    chosen = data.draw(st.sets(st.integers(1, owners)))
    formula: Network = parse(next(iter(paths(found)["signing"])))

    met = formula.met({f"key:{low(n)}": 1 for n in chosen})
    assert bool(met) == (len(chosen) >= threshold)


@given(st.binary(max_size=300))
def test_keccak_agrees_with_a_peer(data: bytes) -> None:
    """eth-hash is another implementation."""
    assert keccak_256(data) == keccak(data)


@given(st.binary(min_size=20, max_size=20))
def test_checksums_agree_with_a_peer(data: bytes) -> None:
    """EIP-55; and one capital changed is a misspelling."""
    text = "0x" + data.hex()
    right = to_checksum_address(text)

    assert checksummed(text) == right
    assert not misspelt(right)
    assert not misspelt(text)
    if letters := [at for at in range(2, 42) if right[at].isalpha()]:
        wrong = right[: letters[0]] + right[letters[0]].swapcase() + right[letters[0] + 1 :]
        if re.search("[a-f]", wrong[2:]) and re.search("[A-F]", wrong[2:]):
            assert misspelt(wrong)
