"""BitGo's wallets, keychains and users: whose key signs, and what its policies ask for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.custody.facts.formula import parse
from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.exports.options import ImportOptions
from forthwith.exports.platform_policy.lift import lift
from tests.exports.platform_policy.test_lift import rows

KEYS = {
    "keys": [
        {"id": "k1", "pub": "xpub-user", "source": "user", "encryptedPrv": "{}"},
        {"id": "k2", "pub": "xpub-backup", "source": "backup"},
        {"id": "k3", "pub": "xpub-bitgo", "source": "bitgo", "isBitGo": True},
    ],
    "limit": 100,
}  # fmt: skip
PEOPLE = {
    "adminUsers": [{"id": "a1", "username": "Ann@orrin.example", "fullName": "Ann Veld",
                    "isActive": True}],
    "nonAdminUsers": [{"id": "b1", "username": "bo@orrin.example", "firstName": "Bo",
                       "lastName": "Lind", "isActive": True}],
    "count": 2,
}  # fmt: skip
ADMIN, SPENDER = "a1", "b1"
KEY = "bitgo-key:k1"


def a_wallet(*rules: Any, **changed: Any) -> dict[str, Any]:
    """A hot wallet of two people: one administers and spends, one spends."""
    return {
        "id": "w1", "coin": "btc", "label": "Hot", "m": 2, "n": 3, "keys": ["k1", "k2", "k3"],
        "type": "hot", "multisigType": "onchain", "approvalsRequired": 1,
        "users": [{"user": ADMIN, "permissions": ["admin", "spend", "view"]},
                  {"user": SPENDER, "permissions": ["spend", "view"]},
                  {"user": "c1", "permissions": ["view"]}],
        "admin": {"policy": {"rules": list(rules)}}, **changed,
    }  # fmt: skip


def rule(kind: str, action: str = "getApproval", **condition: Any) -> dict[str, Any]:
    return {"id": kind, "type": kind, "condition": condition, "action": {"type": action}}


def taken(*rules: Any, keychains: Any = None, **changed: Any) -> Lifted:
    bodies = {"wallet": a_wallet(*rules, **changed), "keys": keychains or KEYS, "users": PEOPLE}
    files = [(f"{name}.json", json.dumps(body).encode()) for name, body in bodies.items()]
    found = lift(files, ImportOptions(Stamp("2024-01-01")))
    assert not facts(found.rows)[1]
    return found


def ways(found: Lifted) -> set[tuple[str, str]]:
    return {(row["formula"], row["scope"]) for row in rows(found, "policies", "software")}


def alone(user: str) -> str:
    return f"all of (login:{user}, {KEY})"


def test_any_two_of_three_keys_sign_without_the_policy() -> None:
    """The user, the backup and BitGo; each is known by its public key."""
    found = taken()

    (signing,) = rows(found, "policies", "signing")
    assert signing["formula"] == "2 of (bitgo-key:k1, bitgo-key:k2, bitgo-key:k3)"
    keys = {row["id"]: row for row in rows(found, "means") if row["kind"] == "key"}
    assert keys[KEY]["public_key"] == "xpub-user"
    assert "backup" in keys["bitgo-key:k2"]["label"]
    assert not found.unread


def test_whoever_may_spend_moves_with_the_users_key() -> None:
    """Who knows the passphrase of a hot wallet's key is not said; a viewer moves nothing."""
    found = taken()

    assert ways(found) == {(alone(ADMIN), ""), (alone(SPENDER), "")}
    given = [row for row in rows(found, "grants") if row["gives"] == KEY]
    assert {row["means"] for row in given} == {"login:a1", "login:b1"}
    assert all(row["condition"] for row in given)
    bare = [{**key, "encryptedPrv": ""} for key in KEYS["keys"]]
    cold = taken(type="cold", isCold=True, keychains={"keys": bare, "limit": 100})
    assert not [row for row in rows(cold, "grants") if row["gives"] == KEY]


def test_a_key_that_bitgo_keeps_encrypted_is_within_reach_of_a_spender_whatever_the_wallet() -> (
    None
):
    """Who closes the backup key by its safe must learn that a copy lies at the platform."""
    backup = [
        {**key, "encryptedPrv": "{}" if key["source"] in ("user", "backup") else ""}
        for key in KEYS["keys"]
    ]
    found = taken(type="cold", isCold=True, keychains={"keys": backup, "limit": 100})

    given = {(row["means"], row["gives"]): row["condition"] for row in rows(found, "grants")}
    assert "backup key" in given["login:b1", "bitgo-key:k2"]
    assert "user key" in given["login:b1", KEY]
    assert ("login:c1", "bitgo-key:k2") not in given
    assert ("login:b1", "bitgo-key:k3") not in given


def test_an_approval_is_of_another_administrator() -> None:
    """Whether the initiator's own counts is a condition."""
    found = ways(taken(rule("allTx")))

    assert {(formula, scope) for formula, scope in found if "login:b1" in formula} == {
        (f"all of ({alone(SPENDER)}, any of (login:a1, platform:policy-engine))", "")
    }
    assert {scope for formula, scope in found if "login:b1" not in formula} == {
        "when=an initiator's own approval counts"
    }


def test_counts_written_as_texts_are_counts_and_what_is_none_is_open() -> None:
    """Two approvals read as one, or three keys as two, would show what cannot be."""
    asked = ways(taken(rule("allTx"), approvalsRequired="2", users=[
        {"user": SPENDER, "permissions": ["spend"]},
        {"user": ADMIN, "permissions": ["admin"]}, {"user": "c1", "permissions": ["admin"]},
    ]))  # fmt: skip
    assert all("2 of (login:a1, login:c1)" in formula for formula, _ in asked), asked
    assert asked
    odd = ways(taken(rule("allTx"), approvalsRequired="two"))
    assert all("cannot be read" in scope for _, scope in odd)
    (signing,) = rows(taken(m="3"), "policies", "signing")
    assert signing["formula"].startswith("unread:")


def test_a_limit_asks_above_it() -> None:
    """In the coin, though it is written in its base units."""
    found = ways(taken(rule("transactionLimit", "deny", amountString="150000000")))

    assert (alone(SPENDER), "max=1.5 BTC") in found
    assert not [scope for _, scope in found if "min=" in scope]


def test_a_total_within_a_time_is_a_condition_below_it() -> None:
    """Above it a single transfer is enough."""
    found = ways(taken(rule("velocityLimit", amountString="100000000", timeWindow=86400)))

    below = {scope for formula, scope in found if formula == alone(SPENDER)}
    assert below == {
        "max=1 BTC; when=the total within 86400 seconds is at most 1 BTC (rule velocityLimit)"
    }
    assert [scope for formula, scope in found if "login:b1" in formula and "min=1 BTC" in scope]


def test_a_whitelist_lets_its_own_addresses_pass() -> None:
    """Others are denied, or approved."""
    entries = [{"item": "bc1qa", "type": "address"}, {"item": "w9", "type": "walletId"}]
    denied = ways(taken(rule("advancedWhitelist", "deny", entries=entries)))
    approved = ways(taken(rule("advancedWhitelist", entries=entries)))

    assert (alone(SPENDER), "destination=bc1qa|bitgo:w9") in denied
    assert {scope for _, scope in denied} == {"destination=bc1qa|bitgo:w9"}
    assert any(not scope and "login:a1" in formula for formula, scope in approved)


def test_two_whitelists_that_share_nothing_let_nothing_pass() -> None:
    """Both apply."""
    one, two = (rule("advancedWhitelist", "deny", addresses=[name]) for name in ("bc1qa", "bc1qb"))

    assert not ways(taken(one, two))


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "x", "type": "fancy", "action": {"type": "deny"}},
        rule("allTx", "getCustodianApproval"),
        {**rule("allTx"), "hours": "9-17"},
        rule("velocityLimit", amountString="much"),
        rule("allTx", "getFinalApproval"),
        "deny",
    ],
)
def test_a_rule_that_cannot_be_read_is_a_condition_of_every_way(odd: Any) -> None:
    """It only ever stops something: nothing is shown, and nothing excluded by it."""
    found = ways(taken(odd))

    assert {formula for formula, _ in found} == {alone(ADMIN), alone(SPENDER)}
    assert all("cannot be read" in scope for _, scope in found)


def test_a_wallet_without_its_policy_is_a_condition() -> None:
    """As the list of wallets may give it."""
    assert all("policy, which" in scope for _, scope in ways(taken(admin=None)))


def test_custodial_wallets_move_by_bitgos_people() -> None:
    """All keys are theirs."""
    found = taken(type="custodial", keys=[])

    assert {formula for formula, _ in ways(found)} == {
        f"all of (login:{user}, bitgo:custody-operator)" for user in (ADMIN, SPENDER)
    }
    assert [row["formula"] for row in rows(found, "policies", "signing")] == [
        "unread:bitgo:w1/signing"
    ]


def test_shares_are_not_joined_by_their_one_public_key() -> None:
    """All three of a TSS wallet give the same."""
    found = taken(multisigType="tss")
    shares = [row for row in rows(found, "means") if row["kind"] == "share"]

    assert len(shares) == 3
    assert not any(row["public_key"] for row in shares)


def test_a_type_of_wallet_nobody_knows_is_open() -> None:
    """A trading account, a wallet on Lightning."""
    assert [formula for formula, _ in ways(taken(type="trading"))] == ["unread:bitgo:w1/software"]


def test_files_of_two_platforms_are_not_mixed() -> None:
    """Each is an import of its own."""
    files = [("w.json", json.dumps(a_wallet()).encode()), ("p.json", b'{"rules": [{}]}')]

    assert (
        "more than one platform" in lift(files, ImportOptions(Stamp("2024-01-01"))).faults[0].what
    )


# A plain reading: every rule that is triggered asks; nobody's own approval counts.

LIMITS = st.sampled_from(["100000000", "200000000"])
RULES = st.lists(
    st.one_of(
        st.builds(lambda act: rule("allTx", act), st.sampled_from(["getApproval", "noop"])),
        st.builds(lambda act, top: rule("transactionLimit", act, amountString=top),
                  st.sampled_from(["getApproval", "deny"]), LIMITS),
        st.builds(lambda act, names: rule("coinAddressWhitelist", act, addresses=names),
                  st.sampled_from(["getApproval", "deny"]),
                  st.lists(st.sampled_from(["bc1qa", "bc1qb"]), min_size=1)),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    RULES, st.sampled_from([1, 2]), st.sampled_from(["bc1qa", "bc1qb", "bc1qz"]),
    st.sampled_from([50_000_000, 100_000_000, 150_000_000, 250_000_000]),
    st.sets(st.sampled_from([ADMIN, SPENDER, "d1"]), min_size=1),
)  # fmt: skip
def test_the_rows_allow_what_all_rules_together_do(
    rules: list[Any], count: int, to: str, amount: int, here: set[str]
) -> None:
    """For any rules, movement and people who have the user's key."""
    users = [*a_wallet()["users"], {"user": "d1", "permissions": ["admin"]}]
    found = taken(*rules, approvalsRequired=count, users=users)

    held = {**{f"login:{user}": 1 for user in here}, KEY: 1}
    opened = any(
        parse(formula).met(held) and covers(scope, to, amount) for formula, scope in ways(found)
    )
    assert opened == any(
        plainly(rules, count, to, amount, user, here) for user in here & {ADMIN, SPENDER}
    )


def covers(scope: str, to: str, amount: int) -> bool:
    limits = dict(part.split("=", 1) for part in scope.split("; ")) if scope else {}
    low = float(limits.get("min", "0 BTC").split()[0]) * 1e8
    top = float(limits.get("max", "99 BTC").split()[0]) * 1e8
    return (
        "when" not in limits
        and to in limits.get("destination", to).split("|")
        and low < amount <= top
    )


def plainly(rules: list[Any], count: int, to: str, amount: int, user: str, here: set[str]) -> bool:
    for each in rules:
        condition = each["condition"]
        triggered = (
            each["type"] == "allTx"
            or (each["type"] == "transactionLimit" and amount > int(condition["amountString"]))
            or ("addresses" in condition and to not in condition["addresses"])
        )
        if not triggered or each["action"]["type"] == "noop":
            continue
        if each["action"]["type"] == "deny" or len((here & {ADMIN, "d1"}) - {user}) < count:
            return False
    return True


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(a_wallet())), JSON)
def test_any_value_in_a_wallet_is_read_or_a_fault(key: str, value: Any) -> None:
    """Wrong shapes never leave as exceptions, and their rows read."""
    taken(**{key: value})


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["id", "type", "condition", "action", "coin"]), JSON)
def test_any_value_in_a_rule_of_a_wallet_is_read_or_a_condition(key: str, value: Any) -> None:
    """Likewise in its policy."""
    taken({**rule("velocityLimit", amountString="5", timeWindow=60), key: value})
