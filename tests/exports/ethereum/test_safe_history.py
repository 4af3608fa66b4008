"""A Safe's past: each change dated to the second, each hole told and left open."""

from __future__ import annotations

import json
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

from forthwith.domain.fact_tables import TABLES, Lifted, Stamp
from forthwith.exports.ethereum.safe.calls import SIGNATURES
from forthwith.exports.ethereum.safe.lift import lift
from forthwith.exports.ethereum.safe.releases import CONTRACTS
from forthwith.exports.options import ImportOptions
from tests.exports.ethereum.safe_history import (
    HANDLER,
    MIGRATION,
    MODULE_SETUP,
    MULTI_SEND,
    MULTI_SEND_1_5,
    NOBODY,
    SAFE,
    SIGN_MESSAGE,
    SIMULATE,
    SINGLETON,
    PastBuilder,
    add,
    at,
    batch,
    call,
    cells,
    disable,
    enable,
    low,
    opened,
    place,
    remove,
    signing,
    swap,
    threshold,
)

THREE = "2 of 1 2 3"


def test_the_selectors_are_those_of_the_signatures() -> None:
    """Four bytes of Keccak-256 of the name and kinds; a peer computes them."""
    for selector, (name, kinds) in SIGNATURES.items():
        assert keccak(f"{name}({','.join(kinds)})".encode()).hex()[:8] == selector


@pytest.mark.corpus
def test_the_contracts_are_those_deployed(corpora: Path) -> None:
    """Every deployment of the libraries, handlers and singletons in safe-deployments is known."""
    folder = corpora / "custody" / "safe-deployments" / "src" / "assets"
    seen = 0
    for path in folder.glob("*/*.json"):
        body = json.loads(path.read_text(encoding="utf-8"))
        if "Factory" in body["contractName"] or body["contractName"] == "CreateAndAddModules":
            continue
        for deployment in body["deployments"].values():
            contract = CONTRACTS[deployment["address"].lower()]
            assert contract.name == body["contractName"]
            assert ".".join(map(str, contract.release)) == body["version"]
            seen += 1
    assert seen > 50


def test_each_change_of_owners_ends_one_row_and_begins_the_next() -> None:
    """Added, removed, swapped, threshold raised: four instants, five states."""
    past = PastBuilder()
    past.after(10).sent(add(4, 3)).after(10).sent(remove(1, 2)).after(10).sent(swap(2, 5))
    past.after(10).sent(threshold(1)).now(owners=[5, 3, 4], threshold=1)
    found = past.lifted()

    assert not found.faults
    assert signing(found) == [
        (at(0), at(10), THREE),
        (at(10), at(20), "3 of 1 2 3 4"),
        (at(20), at(30), "2 of 2 3 4"),
        (at(30), at(40), "2 of 3 4 5"),
        (at(40), "", "1 of 3 4 5"),
    ]
    assert not opened(found)


def test_policy_changes_follow_the_owners() -> None:
    """Who may change the owners changes with them."""
    past = PastBuilder().after(10).sent(threshold(3)).now(threshold=3)
    rows = cells(past.lifted(), "policies")

    assert {(r["path"], r["from"]) for r in rows} == {
        (path, start) for path in ("signing", "policy_change") for start in (at(0), at(10))
    }


def test_transfers_and_rejections_change_nothing() -> None:
    """One row from birth on: calls to others, and empty calls to itself, leave the owners alone."""
    past = PastBuilder()
    past.after(1).sent(b"", to=place(50)).after(1).sent(b"").after(1).sent(add(9, 1), to=place(60))

    assert signing(past.lifted()) == [(at(0), "", THREE)]


def test_a_failed_transaction_changes_nothing_and_uses_its_nonce() -> None:
    """`isSuccessful` false: the inner call was undone (ExecutionFailure)."""
    past = PastBuilder().after(5).sent(add(4, 1), isSuccessful=False)

    assert signing(past.lifted()) == [(at(0), "", THREE)]
    assert not opened(past.lifted())


def test_a_proposal_changes_nothing() -> None:
    """What waits for signatures was not executed."""
    past = PastBuilder().after(5)
    past.sent(add(4, 1), isExecuted=False, isSuccessful=None, executionDate=None, blockNumber=None)
    past.info["nonce"] = 0

    assert signing(past.lifted()) == [(at(0), "", THREE)]


def test_a_proposal_that_owners_signed_takes_only_the_rest_of_them() -> None:
    """Signatures lie at the service; who adds the last one, or none, sends what was proposed."""
    open_ = {"isExecuted": False, "isSuccessful": None, "executionDate": None, "blockNumber": None}

    def waiting(*signers: int, nonce: int = 0, **more: Any) -> list[tuple[str, str]]:
        confirmed = [{"owner": place(n), "signature": "0x"} for n in signers]
        past = PastBuilder().after(5)
        sent = {"to": place(50), "submissionDate": at(5), **open_, **more}
        past.sent(b"", confirmations=confirmed, **sent)
        past.info["nonce"] = nonce
        return [
            (row["from"], row["formula"].replace(low(3), "3").replace(low(2), "2"))
            for row in cells(past.lifted(), "policies")
            if row["path"] == "signing" and "the transaction of nonce 0" in row["scope"]
        ]

    assert waiting(1) == [(at(5), "1 of (key:2, key:3)")]
    ((start, formula),) = waiting(1, 2)
    assert (start, formula.partition(":")[0]) == (at(5), "signed")
    assert not waiting()
    assert not waiting(8, 9), "whoever signed is no owner"
    assert not waiting(1, 2, nonce=1), "its nonce was used by another"
    assert not waiting(1, 2, to=SAFE), "an empty call of the Safe itself takes a proposal back"


def test_the_present_state_and_its_queue_are_read_without_a_past() -> None:
    """`multisig-transactions/?executed=false` beside `safes/ADDRESS/`: two answers, as asked."""
    past = PastBuilder()
    confirmed = [{"owner": place(n), "signature": "0x"} for n in (1, 2)]
    past.sent(b"", to=place(50), isExecuted=False, executionDate=None, confirmations=confirmed)
    past.info["nonce"], past.creation = 0, None
    found = past.lifted("2024-01-01")

    assert not found.faults
    assert signing(found) == [("2024-01-01", "", THREE)]
    assert any("waits, signed by 2 of 2 owners" in note for note in found.notes)


def test_a_batch_is_followed_into() -> None:
    """MultiSend of the release: its calls of the Safe count, its delegate calls too."""
    inner = batch((0, SAFE, add(4, 3)), (0, place(60), b"\1"), (0, SAFE, remove(1, 2)))
    past = PastBuilder().after(7).sent(batch((1, MULTI_SEND, inner)), to=MULTI_SEND, operation=1)
    past.now(owners=[2, 3, 4])

    assert signing(past.lifted()) == [(at(0), at(7), THREE), (at(7), "", "2 of 2 3 4")]


def test_the_zero_address_in_a_batch_is_the_safe_since_1_5() -> None:
    """MultiSend 1.5.0: `to` of zero is the Safe; before, it is nobody."""
    data = batch((0, NOBODY, threshold(1)))
    newer = (
        PastBuilder("1.5.0").after(3).sent(data, to=MULTI_SEND_1_5, operation=1).now(threshold=1)
    )
    older = PastBuilder().after(3).sent(data, to=MULTI_SEND, operation=1)

    assert signing(newer.lifted())[-1] == (at(3), "", "1 of 1 2 3")
    assert signing(older.lifted()) == [(at(0), "", THREE)]


@pytest.mark.parametrize("data", [b"", call("transfer(address,uint256)", place(9), 0)])
def test_a_delegate_call_to_unknown_code_leaves_all_open_from_then_on(data: bytes) -> None:
    """A transfer by its name, and the code it ran put another singleton in place."""
    past = PastBuilder().after(9).sent(data, to=place(66), operation=1).after(9).sent(add(4, 2))
    past.now(owners=[1, 2, 3, 4])
    found = past.lifted()

    # The service's list of owners holds at the end; hidden ones it would not list.
    assert opened(found) == [(at(9), "")]
    assert signing(found) == [(at(0), at(9), THREE), (at(18), "", "2 of 1 2 3 4")]
    assert any("no release's" in note for note in found.notes)


def test_multi_send_at_another_address_is_unknown_code() -> None:
    """The name of the function is the caller's to choose."""
    found = PastBuilder().after(9).sent(batch(), to=place(66), operation=1).lifted()

    assert opened(found)


def test_a_failed_delegate_call_leaves_nothing_open() -> None:
    """What it wrote was undone."""
    past = PastBuilder().after(9).sent(b"\1", to=place(66), operation=1, isSuccessful=False)

    assert not opened(past.lifted())


def test_libraries_of_the_releases_are_known() -> None:
    """A signed message and a simulated call are no reason for doubt, nor is what is simulated."""
    message = call("signMessage(bytes)", b"\1")
    run = call("simulate(address,uint256,bytes,uint8)", SAFE, 0, threshold(1), 0)
    past = PastBuilder().after(1).sent(message, to=SIGN_MESSAGE, operation=1)
    past.after(1).sent(run, to=SIMULATE, operation=1).now(threshold=1)
    found = past.lifted()

    assert not opened(found)
    assert signing(found) == [(at(0), at(2), THREE), (at(2), "", "1 of 1 2 3")]


def test_a_module_is_a_path_from_enabling_to_disabling() -> None:
    """ModuleManager.sol: between the two it moves everything alone."""
    past = PastBuilder().after(3).sent(enable(7)).after(4).sent(disable(7))
    found = past.lifted()

    rows = [r for r in cells(found, "policies") if r["formula"] == f"module:{low(7)}"]
    assert {(r["path"], r["from"], r["to"]) for r in rows} == {
        ("software", at(3), at(7)),
        ("policy_change", at(3), at(7)),
    }


def test_what_a_module_did_counts() -> None:
    """It changed the threshold without the owners' signatures and without a nonce."""
    past = PastBuilder().after(3).sent(enable(7)).after(4).by_module(threshold(1))
    found = past.now(modules=[7], threshold=1).lifted()

    assert signing(found) == [(at(0), at(7), THREE), (at(7), "", "1 of 1 2 3")]
    assert not opened(found)


def test_what_a_module_did_has_its_day() -> None:
    """A module has no queue: without its date its transaction cannot be placed."""
    past = (
        PastBuilder().after(3).sent(enable(7)).after(4).by_module(threshold(1), executionDate=None)
    )

    assert any("no date that reads" in fault.what for fault in past.lifted().faults)


def test_modules_without_their_transactions_leave_the_stretch_open() -> None:
    """Multisig transactions alone do not say what a module did while it was enabled."""
    past = PastBuilder().after(3).sent(enable(7)).after(4).sent(disable(7)).after(1)
    files = past.files()
    name, data = files[2]
    files[2] = ("multisig-transactions.json", data.replace(b"txType", b"origin"))
    found = lift(files, ImportOptions(Stamp("")))

    assert name
    assert opened(found) == [(at(3), at(7))]
    assert signing(found) == [(at(0), at(3), THREE), (at(7), "", THREE)]


def test_modules_set_up_at_birth_are_read() -> None:
    """SafeModuleSetup is lent the storage by setup and enables modules."""
    data = call("enableModules(address[])", [place(7)])
    past = PastBuilder(to=MODULE_SETUP, data=data).now(modules=[7])
    found = past.lifted()

    assert not opened(found)
    assert f"module:{low(7)}" in {r["formula"] for r in cells(found, "policies")}


def test_unknown_code_at_setup_leaves_all_open_from_birth_on() -> None:
    """Whatever it wrote no list need show."""
    assert (at(0), "") in opened(PastBuilder(to=place(66), data=b"\1").lifted())


def test_the_setup_of_1_0_0_has_no_handler() -> None:
    """Seven arguments instead of eight."""
    past = PastBuilder("1.0.0")
    owners = [place(1), place(2), place(3)]
    data = call("setup(address[],uint256,address,bytes,address,uint256,address)",
                owners, 2, NOBODY, b"", NOBODY, 0, NOBODY)  # fmt: skip
    assert past.creation
    past.creation["setupData"] = "0x" + data.hex()
    found = past.now(fallbackHandler=NOBODY).lifted()

    assert signing(found) == [(at(0), "", THREE)]
    assert not opened(found)


def test_a_past_of_unknown_code_is_open() -> None:
    """Neither its creation nor its present state says what it runs."""
    past = PastBuilder().after(3).sent(b"")
    assert past.creation
    past.creation["masterCopy"] = None
    files = [file for file in past.files() if file[0] != "safe.json"]

    assert opened(lift(files, ImportOptions(Stamp("")))) == [(at(0), "")]


def test_guards_hold_from_change_to_change() -> None:
    """And only where the release asks one."""
    data = call("setGuard(address)", place(9))
    newer = PastBuilder().after(5).sent(data).now(guard=9).lifted()
    older = PastBuilder("1.1.1").after(5).sent(data).lifted()

    assert {(r["from"], r["to"], r["formula"]) for r in cells(newer, "approvals")} == {
        (at(5), "", f"guard:{low(9)}")
    }
    assert not older.faults
    assert not cells(older, "approvals")


def test_a_migration_to_a_release_is_followed() -> None:
    """SafeMigration sets the singleton of its release; a module guard counts from 1.5.0 on."""
    past = PastBuilder("1.3.0").after(4).sent(call("migrateSingleton()"), to=MIGRATION, operation=1)
    past.now(masterCopy=SINGLETON["1.4.1"], version="1.4.1")
    found = past.lifted()

    assert not found.faults
    assert not opened(found)


def test_foreign_code_put_in_place_leaves_all_open() -> None:
    """By changeMasterCopy of 1.1.1 to what is no release."""
    data = call("changeMasterCopy(address)", place(66))
    past = PastBuilder("1.1.1").after(4).sent(data).now(masterCopy=place(66), version="1.3.0")

    assert opened(past.lifted()) == [(at(4), "")]


def test_a_missing_nonce_leaves_the_stretch_open() -> None:
    """Between its neighbours anything may have been; the end fits, so before and after are sure."""
    past = PastBuilder().after(3).sent(b"").after(3).sent(add(4, 3)).after(3).sent(remove(4, 2))
    past.after(3).sent(b"")
    del past.transactions[1:3]
    found = past.lifted()

    assert opened(found) == [(at(3), at(12))]
    assert signing(found) == [(at(0), at(3), THREE), (at(12), "", THREE)]
    assert any("nonces 1 to 2" in note for note in found.notes)
    (after,) = (
        r for r in cells(found, "policies") if (r["path"], r["from"]) == ("signing", at(12))
    )
    assert "nonces 1 to 2" in after["note"]


def test_a_hole_lasts_until_what_it_may_have_changed_is_set_anew() -> None:
    """A threshold of 1 in the hole would have been hidden by the next change of it."""
    past = PastBuilder().after(3).sent(b"").after(3).sent(b"").after(3).sent(b"")
    past.after(3).sent(threshold(3)).now(threshold=3)
    del past.transactions[1]

    assert opened(past.lifted()) == [(at(3), at(12))]


def test_the_newest_page_alone_leaves_what_is_older_open() -> None:
    """The service lists newest first, a hundred a page."""
    past = PastBuilder().after(3).sent(b"").after(3).sent(b"").after(3).sent(b"")
    files = past.files()
    page = json.loads(files[2][1])
    page["results"] = page["results"][:1]
    page["next"] = f"https://service.example/api/v1/safes/{SAFE}/all-transactions/?limit=1&offset=1"
    files[2] = (files[2][0], json.dumps(page).encode())
    found = lift(files, ImportOptions(Stamp("")))

    assert set(opened(found)) == {(at(0), at(9))}


def test_all_pages_together_leave_nothing_open() -> None:
    """A `next` that is there too is no hole."""
    past = PastBuilder().after(3).sent(enable(7)).after(3).sent(disable(7)).after(3).sent(b"")
    files = past.files()
    whole = json.loads(files[2][1])
    link = f"https://service.example/api/v1/safes/{SAFE}/all-transactions/?limit=2&offset="
    parts = [
        {**whole, "results": whole["results"][:2], "next": f"{link}2"},
        {**whole, "results": whole["results"][2:], "previous": f"{link}0"},
    ]
    pages = [(f"page{n}.json", json.dumps(part).encode()) for n, part in enumerate(parts)]

    assert not opened(lift([*files[:2], *pages], ImportOptions(Stamp(""))))
    assert opened(lift([*files[:2], pages[0]], ImportOptions(Stamp(""))))


def test_a_page_of_incoming_transfers_is_a_page_too() -> None:
    """It names no Safe and holds nothing of the Safe's own."""
    past = PastBuilder().after(3).sent(enable(7)).after(3).sent(b"")
    past.now(modules=[7])
    files = past.files()
    whole = json.loads(files[2][1])
    link = f"https://service.example/api/v1/safes/{SAFE}/all-transactions/?limit=2&offset="
    coming = {
        "txHash": "0x1",
        "from": place(50),
        "to": SAFE,
        "data": None,
        "transfers": [],
        "executionDate": at(1),
        "blockNumber": 5,
        "txType": "ETHEREUM_TRANSACTION",
    }
    parts = [
        {**whole, "count": 3, "next": f"{link}2"},
        {**whole, "count": 3, "previous": f"{link}0", "results": [coming]},
    ]
    pages = [(f"page{n}.json", json.dumps(part).encode()) for n, part in enumerate(parts)]

    assert not opened(lift([*files[:2], *pages], ImportOptions(Stamp(""))))
    assert opened(lift([*files[:2], pages[0]], ImportOptions(Stamp(""))))


def test_without_its_creation_the_first_state_is_walked_back_to() -> None:
    """Owners are undone one by one; a threshold that was overwritten is not known before."""
    past = PastBuilder().after(3).sent(b"").after(3).sent(add(4, 3)).after(3).sent(b"")
    past.now(owners=[1, 2, 3, 4], threshold=3)
    past.creation = None
    found = past.lifted()

    assert opened(found) == [(at(3), at(6))]
    assert signing(found) == [(at(6), "", "3 of 1 2 3 4")]


def test_an_end_that_does_not_fit_is_a_fault_when_nothing_is_missing() -> None:
    """One of the two is wrong, and nobody can tell which."""
    found = PastBuilder().after(3).sent(b"").now(owners=[1, 2, 9]).lifted()

    assert "does not lead to its present state" in found.faults[0].what
    assert low(9) in found.faults[0].what


def test_an_end_that_does_not_fit_is_told_when_something_is_missing() -> None:
    """From the day the service was asked its own word holds."""
    past = PastBuilder().after(3).sent(b"").after(3).sent(b"").after(3).sent(b"")
    del past.transactions[1]
    past.now(owners=[1, 2, 9])
    found = past.lifted("2023-06-01")

    assert not found.faults
    assert opened(found) == [(at(3), "2023-06-01T00:00Z")]
    assert signing(found) == [
        (at(0), at(3), THREE),
        ("2023-06-01T00:00Z", "", "2 of 1 2 9"),
    ]
    assert any("does not lead to its present state" in note for note in found.notes)


def test_a_state_asked_before_the_last_transactions_is_held_against_its_time() -> None:
    """Its nonce says when it was: later changes are no contradiction."""
    past = PastBuilder().after(3).sent(b"").after(3).sent(add(4, 3))
    past.info["nonce"] = 1
    found = past.lifted()

    assert not found.faults
    assert signing(found) == [(at(0), at(6), THREE), (at(6), "", "3 of 1 2 3 4")]


def test_data_and_its_decoding_must_be_one_call() -> None:
    """Somebody changed one of them."""
    told = {
        "method": "changeThreshold",
        "parameters": [{"name": "_threshold", "type": "uint256", "value": "3"}],
    }
    same = PastBuilder().after(3).sent(threshold(3), dataDecoded=told).now(threshold=3)
    other = PastBuilder().after(3).sent(threshold(1), dataDecoded=told).now(threshold=1)
    alone = PastBuilder().after(3).sent(b"", dataDecoded=told).now(threshold=3)

    assert not same.lifted().faults
    assert any("two different calls" in fault.what for fault in other.lifted().faults)
    assert signing(alone.lifted())[-1] == (at(3), "", "3 of 1 2 3")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nonce": 0}, "two transactions of nonce 0"),
        ({"executionDate": "2022-01-01T00:00:00Z"}, "older than its creation"),
        ({"executionDate": "2023-05-05T00:00:00"}, "no date that reads"),
        ({"executionDate": None}, "no date that reads"),
        ({"data": "0xzz"}, "not hexadecimal"),
        ({"nonce": None}, "has no nonce"),
        ({"safe": "0x12"}, "names no Safe"),
        ({"to": "0x12"}, "no address"),
        ({"to": None}, "no address"),
    ],
)
def test_an_impossible_transaction_is_a_fault(change: dict[str, Any], words: str) -> None:
    """Guessing what was meant would date a key's holder wrongly."""
    past = PastBuilder().after(3).sent(b"").after(3).sent(b"")
    past.transactions[1].update(change)

    assert any(words in fault.what for fault in past.lifted().faults)


def test_a_change_that_does_not_fit_leaves_what_is_before_it_open() -> None:
    """Nobody can be removed who was no owner: something before is missing."""
    past = PastBuilder().after(3).sent(remove(9, 2))
    found = past.lifted()

    assert (at(0), at(3)) in opened(found)


def test_a_safe_that_owned_another_acts_by_its_own_past() -> None:
    """Each grant is dated by the inner Safe's changes."""
    inner, outer = PastBuilder(), PastBuilder()
    inner.after(5).sent(add(4, 3)).now(owners=[1, 2, 3, 4], threshold=3)
    text = [
        (
            f"outer-{name}",
            data.replace(SAFE.encode(), place(30).encode())
            .replace(place(3).encode(), SAFE.encode())
            .replace(low(3)[2:].encode(), low(0)[2:].encode()),
        )
        for name, data in outer.files()
    ]
    text[1] = (f"creation-{place(30)}.json", text[1][1])
    files = [(f"{SAFE}-{name}", data) for name, data in inner.files()]
    found = lift([*files, *text[:2]], ImportOptions(Stamp("")))

    assert not found.faults
    grants = [r for r in cells(found, "grants") if r["gives"] == f"safe:{low(0)}"]
    assert [(r["from"], r["to"]) for r in grants] == [(at(0), at(5)), (at(5), "")]


def test_two_changes_in_one_second_leave_the_state_between_a_second() -> None:
    """One block: whoever was an owner between the two could move in it."""
    past = PastBuilder().after(3).sent(add(4, 1)).sent(remove(4, 2))
    found = past.lifted()

    assert (at(3), at(3, 1), "1 of 1 2 3 4") in signing(found)


def test_the_stamps_end_cuts_the_rows() -> None:
    """--to is the first day for which the export no longer holds."""
    past = PastBuilder().after(3).sent(threshold(3)).after(60).sent(threshold(1)).now(threshold=1)
    found = past.lifted("", "2023-02-01")

    assert signing(found) == [(at(0), at(3), THREE), (at(3), "2023-02-01", "3 of 1 2 3")]


def test_rows_are_of_their_tables_and_leaves_have_means() -> None:
    """Even where everything is in doubt."""
    past = PastBuilder(to=place(66), data=b"\1").after(3).sent(enable(7)).after(3)
    past.sent(b"\1", to=place(67), operation=1).now(modules=[7], guard=9)
    found = past.lifted()
    means = {row["id"] for row in cells(found, "means")}

    for row in found.rows:
        assert row.cells.keys() <= set(TABLES[row.table].header)
    for row in cells(found, "policies"):
        assert ";" not in row["scope"]
        names = row["formula"].removeprefix("2 of ").strip("()").split(", ")
        assert set(names) <= means


class Chain:
    """Owners, threshold and module 7 of a Safe, changed at random as its contract would."""

    def __init__(self, choose: random.Random) -> None:
        self.choose = choose
        self.owners, self.need, self.enabled = [1, 2, 3], 2, False

    def call(self) -> bytes:
        """Change something and return the call that did."""
        what = self.choose.choice(["add", "remove", "swap", "threshold", "module", "nothing"])
        one, two = self.choose.randint(1, 8), self.choose.randint(1, 8)
        owners = self.owners
        if what == "add" and one not in owners:
            self.owners = [*owners, one]
            self.need = self.choose.randint(1, len(self.owners))
            return add(one, self.need)
        if what == "remove" and one in owners and len(owners) > 1:
            self.owners = [owner for owner in owners if owner != one]
            self.need = self.choose.randint(1, len(self.owners))
            return remove(one, self.need)
        if what == "swap" and one in owners and two not in owners:
            self.owners = [two if owner == one else owner for owner in owners]
            return swap(one, two)
        if what == "threshold":
            self.need = self.choose.randint(1, len(owners))
            return threshold(self.need)
        if what == "module":
            self.enabled = not self.enabled
            return enable(7) if self.enabled else disable(7)
        return b""

    @property
    def state(self) -> tuple[str, bool]:
        """Its owners' formula, and whether the module moves alone."""
        owners = " ".join(map(str, sorted(self.owners)))
        alone = len(self.owners) == self.need == 1
        return owners if alone else f"{self.need} of {owners}", self.enabled


def a_past(choose: random.Random) -> tuple[PastBuilder, list[tuple[int, tuple[str, bool]]]]:
    """A random past, and the state at the end of each of its days."""
    chain, past = Chain(choose), PastBuilder()
    truth = [(0, chain.state)]
    for _ in range(choose.randint(0, 10)):
        past.after(choose.random() < 0.8)
        before = (chain.owners, chain.need, chain.enabled)
        by_module = chain.enabled and choose.random() < 0.3
        data, to, operation = chain.call(), SAFE, 0
        if choose.random() < 0.2:
            calls = [data, *(chain.call() for _ in range(choose.randint(0, 3)))]
            data, to, operation = batch(*((0, SAFE, part) for part in calls)), MULTI_SEND, 1
        done = choose.random() > 0.15
        if not done:
            chain.owners, chain.need, chain.enabled = before
        send = past.by_module if by_module else past.sent
        send(data, to=to, operation=operation, isSuccessful=done)
        truth.append((past.day, chain.state))
    past.now(owners=chain.owners, threshold=chain.need, modules=[7] if chain.enabled else [])
    return past, list(dict(truth).items())


def holds(rows: list[Any], when: str) -> list[Any]:
    """Those of (from, to, …) that hold at an instant."""
    here = datetime.fromisoformat(when)
    starts = ((row, datetime.fromisoformat(row[0])) for row in rows)
    begun = [row for row, start in starts if start <= here]
    return [row for row in begun if not row[1] or here < datetime.fromisoformat(row[1])]


@pytest.mark.parametrize("seed", range(250))
def test_what_is_certain_is_what_the_chain_did(seed: int) -> None:
    """Whatever is lost: a certain row is the chain's own state, and what is not certain is open."""
    choose = random.Random(seed)
    past, truth = a_past(choose)
    listed, first = len(past.transactions), ""
    for _ in range(choose.choice([0, 0, 1, 1, 2, 3])):
        if past.transactions:
            past.transactions.pop(choose.randrange(len(past.transactions)))
    if choose.random() < 0.3:
        past.creation = None
        first = min(
            (row["executionDate"] for row in past.transactions), default="9999-01-01T00:00Z"
        )
    files = past.files()
    page = {**json.loads(files[-1][1]), "count": listed}
    start = choose.choice(["", "2023-03-01"])
    found = lift([*files[:-1], ("all-transactions.json", json.dumps(page).encode())],
                 ImportOptions(Stamp(start)))  # fmt: skip
    assert not found.faults or past.creation is None

    rows, doubts = signing(found), opened(found)
    alone = [
        (row["from"], row["to"])
        for row in cells(found, "policies")
        if (row["path"], row["formula"]) == ("software", f"module:{low(7)}")
    ]
    for day, (formula, enabled) in truth:
        here = at(day, 2)
        if found.faults or (first and datetime.fromisoformat(here) < datetime.fromisoformat(first)):
            continue
        certain = [text for _, _, text in holds(rows, here)]
        assert not certain or certain == [formula]
        if not holds(doubts, here):
            assert certain == [formula]
            assert bool(holds(alone, here)) == enabled


def test_handler_and_code_are_taken_from_the_setup() -> None:
    """The stock handler gives no note, another one does."""
    own = PastBuilder(handler=place(44)).now(fallbackHandler=place(44)).lifted()

    assert any("ERC-1271" in note for note in own.notes)
    assert not any("ERC-1271" in note for note in PastBuilder(handler=HANDLER).lifted().notes)


@pytest.mark.parametrize("cut", [4, 20, 60, 90])
def test_call_data_cut_short_is_doubt_and_no_traceback(cut: int) -> None:
    """The chain would have refused it; that the service calls it done is the doubt."""
    data = batch((0, SAFE, add(4, 3)))[:-cut]
    found: Lifted = PastBuilder().after(3).sent(data, to=MULTI_SEND, operation=1).lifted()

    assert (at(3), "") in opened(found) or found.faults or signing(found)
