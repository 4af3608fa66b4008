"""Policy exports: the rows allow exactly what a plain first-match reading of the rules allows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.custody.facts.formula import parse
from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import FactRow, Lifted, Stamp
from forthwith.exports.options import ImportOptions
from forthwith.exports.platform_policy import slices
from forthwith.exports.platform_policy.lift import lift
from forthwith.exports.platform_policy.rules import Rule

STAMP = Stamp("2024-01-01", cites="KEEL0007")
USERS = {"ann": "EDITOR", "ben": "SIGNER", "cho": "SIGNER", "dee": "ADMIN", "eve": "VIEWER"}
GROUPS = {"ops": ["ben", "cho"], "desk": ["ann", "ben", "dee"]}


def a_rule(**changed: Any) -> dict[str, Any]:
    """Anybody may send anything anywhere."""
    return {"type": "TRANSFER", "action": "ALLOW", "asset": "*", "srcType": "VAULT", **changed}


def approved(threshold: int, *groups: str, **more: Any) -> dict[str, Any]:
    listed = [{"usersGroups": [group], "th": threshold} for group in groups]
    return {"action": "2-TIER", "authorizationGroups": {"groups": listed, **more}}


def an_export(*rules: Any, **changed: Any) -> dict[str, Any]:
    users = [
        {"id": name, "name": name.title(), "role": role, "status": "ACTIVE"}
        for name, role in USERS.items()
    ]
    return {
        "rules": list(rules),
        "users": users,
        "usersGroups": [{"id": name, "memberIds": ids} for name, ids in GROUPS.items()],
        "vaultAccounts": [
            {"id": "0", "name": "Customers", "assets": ["BTC", "ETH"]},
            {"id": "1", "name": "House"},
        ],
        "adminQuorum": {"threshold": 1},
        **changed,
    }


def lifted(*rules: Any, **changed: Any) -> Lifted:
    return lift(
        [("policy.json", json.dumps(an_export(*rules, **changed)).encode())], ImportOptions(STAMP)
    )


def rows(found: Lifted, table: str, path: str = "") -> list[FactRow]:
    return [row for row in found.rows if row.table == table and path in ("", row["path"])]


@dataclass(frozen=True)
class Move:
    """One transfer somebody wants, and what went before it."""

    kind: str
    vault: str
    asset: str
    place: tuple[str, str]
    amounts: Mapping[str, int]
    before: int = 0


# A plain reading: walk the list for each initiator. It shares nothing with the lift.


def plainly(rules: list[dict[str, Any]], move: Move, here: frozenset[str]) -> bool:
    """Whether those here can make the move."""
    return any(_passes(_first(rules, move, user), user, here) for user in sorted(here))


def _first(rules: list[dict[str, Any]], move: Move, user: str) -> dict[str, Any] | None:
    return next((rule for rule in rules if _fits(rule, move, user)), None)


def _fits(rule: dict[str, Any], move: Move, user: str) -> bool:
    kind, place = move.place
    named = rule.get("operators", {"users": ["*"]})
    allowed = set(named.get("users", []))
    allowed |= {each for group in named.get("usersGroups", []) for each in GROUPS[group]}
    counted = move.amounts[rule.get("amountCurrency", "USD")]
    counted += move.before if rule.get("periodSec") else 0
    sort = rule.get("dstAddressType", "*")
    return (
        rule.get("transactionType", "TRANSFER") == move.kind
        and rule["asset"] in ("*", move.asset)
        and rule.get("srcId", "*") in ("*", move.vault)
        and rule.get("dstType", "*") in ("*", kind)
        and rule.get("dstId", "*") in ("*", place)
        and (sort == "*" or (sort == "ONE_TIME") == (kind == "ONE_TIME_ADDRESS"))
        and (user in allowed or ("*" in allowed and USERS[user] != "VIEWER"))
        and (rule.get("amount", 0) == 0 or counted > rule["amount"])
    )


def _passes(rule: dict[str, Any] | None, user: str, here: frozenset[str]) -> bool:
    if rule is None or rule["action"] == "BLOCK":
        return False
    able = {each for each in here if USERS[each] in ("SIGNER", "ADMIN")}
    chosen = rule.get("designatedSigners", {}).get("users")
    if not (able & set(chosen) if chosen else user in able):
        return False
    if rule["action"] == "ALLOW":
        return True
    asked = rule["authorizationGroups"]
    approvers = here if asked.get("allowOperatorAsAuthorizer") else here - {user}
    met = [
        len(approvers & set(GROUPS[each["usersGroups"][0]])) >= each["th"]
        for each in asked["groups"]
    ]
    return all(met) if asked.get("logic") == "AND" else any(met)


# The rows, read as the room reads them.


def by_rows(found: Lifted, rules: list[dict[str, Any]], move: Move, here: frozenset[str]) -> bool:
    """Whether a row in scope of the move is met; nobody sets approvals aside."""
    name = _name(rules, *move.place)
    held = {f"login:{user}": 1 for user in here}
    wallet = f"vault:{move.vault}"
    asked = [row for row in rows(found, "approvals", "software") if row["wallet"] == wallet]
    if not all(parse(row["formula"]).met(held) for row in asked):
        return False
    return any(
        parse(row["formula"]).met(held) and covers(row["scope"], move, name)
        for row in rows(found, "policies", "software")
        if row["wallet"] == wallet and not unbounded(row)
    )


def unbounded(row: FactRow) -> bool:
    """Whether a limit of the row has no word and is only a condition."""
    return "asset is not" in row["scope"] or "destination is not" in row["scope"]


def covers(scope: str, move: Move, name: str) -> bool:
    limits = dict(part.strip().split("=", 1) for part in scope.split(";")) if scope else {}
    asset = move.asset if move.asset in ("BTC", "ETH") else "other"
    names = {"asset": asset, "destination": name}
    return (
        all(each in limits.get(key, each).split("|") for key, each in names.items())
        and all(move.amounts[cur] > low for low, cur in _bounds(limits.get("min", "")))
        and all(move.amounts[cur] <= top for top, cur in _bounds(limits.get("max", "")))
        and all(_so(each, move) for each in limits.get("when", "").split(" and ") if each)
        and ("it is" in limits.get("when", "") or move.kind == "TRANSFER")
    )


def _name(rules: list[dict[str, Any]], kind: str, place: str) -> str:
    """What an export that has these rules calls the destination."""
    named = {(rule.get("dstType", "*"), rule.get("dstId", "*")) for rule in rules}
    named |= {("VAULT", "0"), ("VAULT", "1"), ("ONE_TIME_ADDRESS", "*")}
    if kind not in {each for each, _ in named}:
        return "other"
    return f"{kind.lower()}:{place if (kind, place) in named else '*'}"


def _bounds(text: str) -> list[tuple[int, str]]:
    units = {"USD": "USD"}
    found = re.findall(r"(\d+) (USD|NATIVE|BTC|ETH)", text)
    return [(int(low), units.get(unit, "NATIVE")) for low, unit in found]


def _so(said: str, move: Move) -> bool:
    if said.startswith("it is "):
        return said == f"it is {move.kind}"
    total = re.fullmatch(r"the total within 60 seconds is (not )?above (\d+) (USD|NATIVE)", said)
    assert total, said
    return (move.amounts[total[3]] + move.before > int(total[2])) != bool(total[1])


@st.composite
def some_rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    users = st.lists(st.sampled_from([*list(USERS)[:4], "*"]), max_size=2, unique=True)
    groups = st.lists(st.sampled_from(list(GROUPS)), max_size=2, unique=True)
    made = []
    for _ in range(draw(st.integers(1, 5))):
        rule = a_rule(
            action=draw(st.sampled_from(["ALLOW", "ALLOW", "BLOCK", "2-TIER", "2-TIER"])),
            asset=draw(st.sampled_from(["*", "*", "BTC", "ETH"])),
            srcId=draw(st.sampled_from(["*", "*", "0"])),
            amount=draw(st.sampled_from([0, 0, 10, 100])),
            amountCurrency=draw(st.sampled_from(["USD", "USD", "NATIVE"])),
            periodSec=draw(st.sampled_from([0, 0, 60])),
            transactionType=draw(st.sampled_from(["TRANSFER"] * 4 + ["CONTRACT_CALL"])),
            dstAddressType=draw(st.sampled_from(["*", "*", "WHITELISTED"])),
        )
        where = draw(st.sampled_from(["*", "*", "VAULT", "VAULT/1", "EXTERNAL_WALLET/abc"]))
        rule["dstType"], _, rule["dstId"] = (where if "/" in where else f"{where}/*").partition("/")
        if draw(st.booleans()):
            rule["operators"] = {"users": draw(users), "usersGroups": draw(groups)}
        if signers := draw(st.lists(st.sampled_from(["ann", "cho", "dee"]), max_size=2)):
            rule["designatedSigners"] = {"users": signers}
        if rule["action"] == "2-TIER":
            rule |= approved(
                draw(st.sampled_from([1, 1, 2, 3])),
                *draw(st.lists(st.sampled_from(list(GROUPS)), min_size=1, max_size=2)),
                logic=draw(st.sampled_from(["AND", "OR"])),
                allowOperatorAsAuthorizer=draw(st.booleans()),
            )
        made.append(rule)
    return made


MOVES = st.builds(
    Move,
    kind=st.sampled_from(["TRANSFER"] * 4 + ["CONTRACT_CALL"]),
    vault=st.sampled_from(["0", "1"]),
    asset=st.sampled_from(["BTC", "ETH", "ZZZ"]),
    place=st.sampled_from(
        [("VAULT", "0"), ("VAULT", "1"), ("VAULT", "9"), ("EXTERNAL_WALLET", "abc"),
         ("EXTERNAL_WALLET", "zzz"), ("ONE_TIME_ADDRESS", "x"), ("EXCHANGE", "k")]
    ),
    amounts=st.fixed_dictionaries(
        {"USD": st.sampled_from([1, 10, 11, 100, 101]), "NATIVE": st.sampled_from([1, 10, 50, 500])}
    ),
    before=st.sampled_from([0, 5, 95]),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    some_rules(),
    st.lists(MOVES, min_size=1, max_size=6),
    st.sets(st.sampled_from(list(USERS)), min_size=1),
)
def test_the_rows_allow_exactly_what_the_first_matching_rule_does(
    rules: list[dict[str, Any]], moves: list[Move], here: set[str]
) -> None:
    """For any rules, transfer and set of people at their logins."""
    found = lifted(*rules)

    assert not found.faults
    for move in moves:
        people = frozenset(here)
        assert by_rows(found, rules, move, people) == plainly(rules, move, people), move


@settings(max_examples=40, deadline=None)
@given(some_rules())
def test_every_row_reads_as_a_fact(rules: list[dict[str, Any]]) -> None:
    """Names resolve, formulas and scopes parse."""
    _, faults = facts(lifted(*rules).rows)

    assert not faults


@settings(max_examples=40, deadline=None)
@given(some_rules(), MOVES, st.sets(st.sampled_from(list(USERS))))
def test_more_approvals_never_open_less(
    rules: list[dict[str, Any]], move: Move, here: set[str]
) -> None:
    """Within a slice the policy is monotone, though the list is not."""
    found = lifted(*rules)
    few = frozenset(here)

    for more in USERS:
        assert by_rows(found, rules, move, few | {more}) or not by_rows(found, rules, move, few)


def test_a_block_above_an_allow_takes_its_slice_away() -> None:
    """Over 10 to the outside is blocked, the rest is not."""
    found = lifted(a_rule(action="BLOCK", dstType="EXTERNAL_WALLET", amount=10), a_rule())
    policies = rows(found, "policies", "software")
    scopes = {row["scope"] for row in policies if not unbounded(row)}

    inside = ["Customers", "House", "one_time_address", "one_time_address:*", "other", "vault"]
    inside += ["vault:*", "vault:0", "vault:1"]
    assert scopes == {
        "destination=external_wallet|external_wallet:*; max=10 USD",
        f"destination={'|'.join(inside)}",
    }


def test_what_words_cannot_bound_is_open_and_not_shown() -> None:
    """Any asset but BTC: an asset by name may be one of them. It is a condition, and no dispute."""
    found = lifted(a_rule(action="BLOCK", asset="BTC"), a_rule())
    policies = rows(found, "policies", "software")

    assert {row["scope"] for row in policies} == {"asset=other|ETH", "when=asset is not BTC"}
    assert not any(row["disputed"] for row in found.rows)


def test_one_approval_everywhere_is_an_approvals_row() -> None:
    """Joined to every way through the software; whoever runs the engine may set it aside."""
    rule = a_rule(operators={"users": ["dee"]}, **approved(2, "ops"))
    found = lifted(rule)

    approvals = rows(found, "approvals")
    assert {row["formula"] for row in approvals} == {"2 of (login:ben, login:cho)"}
    assert {row["enforced_by"] for row in approvals} == {"platform:policy-engine"}
    assert {row["formula"] for row in rows(found, "policies", "software")} == {"login:dee"}


def test_approvals_that_differ_are_in_the_formula_of_their_slice() -> None:
    """A row of approvals would be asked for in every slice."""
    rule = a_rule(operators={"users": ["dee"]}, amount=10, **approved(1, "ops"))
    found = lifted(rule, a_rule(operators={"users": ["dee"]}))

    assert not rows(found, "approvals")
    formulas = {row["scope"]: row["formula"] for row in rows(found, "policies", "software")}
    assert formulas["max=10 USD"] == "login:dee"
    assert "platform:policy-engine" in formulas["min=10 USD"]


def test_administrators_at_the_quorum_may_change_the_policy() -> None:
    """On every account; the owner too where the export says so."""
    found = lifted(a_rule(), adminQuorum={"threshold": 2, "users": ["ann", "ben", "dee"]})
    changing = {row["formula"] for row in rows(found, "policies", "policy_change")}

    assert changing == {"2 of (login:ann, login:ben, login:dee)"}


def test_an_unknown_quorum_is_open() -> None:
    """Any number of administrators may be enough; none is shown to be."""
    found = lifted(a_rule(), adminQuorum=None)

    assert {row["formula"] for row in rows(found, "policies", "policy_change")} == {"quorum:policy"}
    assert [bool(row["condition"]) for row in rows(found, "grants")] == [True]


def test_only_an_active_user_is_shown_to_have_a_login() -> None:
    """Suspended, pending and unsaid are noted."""
    users = [{"id": "ann", "status": "ACTIVE"}, {"id": "ben", "status": "SUSPENDED"}, {"id": "cho"}]
    found = lifted(a_rule(), users=users)

    assert [row["means"] for row in rows(found, "possessions")] == ["login:ann"]
    assert sum("nobody is shown" in note for note in found.notes) == 2


def test_without_a_list_of_users_anybody_may_be_one() -> None:
    """`*` is then somebody the export does not list."""
    found = lift([("rules.json", json.dumps([a_rule()]).encode())], ImportOptions(STAMP))

    assert {row["formula"] for row in rows(found, "policies", "software")} == {"login:*"}
    assert not facts(found.rows)[1]


DOUBTFUL = {
    "action": {"action": "ASK"},
    "condition": {"onlyOnWeekdays": True},
    "group": {"operators": {"usersGroups": ["nobody"]}},
    "amount": {"amount": "much"},
    "negative": {"amount": -1},
    "currency": {"amount": 5, "amountCurrency": "XAU"},
    "period": {"amount": 5, "periodSec": "day"},
    "approvers": {"action": "2-TIER"},
    "threshold": {
        "action": "2-TIER", "authorizationGroups": {"groups": [{"users": ["ben"], "th": 0}]},
    },
    "source": {"src": {"ids": []}},
    "destination": {"dst": {"tags": ["hot"]}},
    "address": {"dstAddressType": "SOME"},
    "asset": {"asset": ["BTC"]},
}  # fmt: skip


@pytest.mark.parametrize("change", DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_what_reaches_an_unreadable_rule_is_left_open(change: dict[str, Any]) -> None:
    """Neither its own effect nor that of the rules below it is guessed: anybody may be let."""
    found = lifted(a_rule(**change), a_rule())
    policies = rows(found, "policies", "software")

    assert any("Rule 1 cannot be read" in note for note in found.notes)
    assert policies
    assert {row["formula"] for row in policies} == {"unread:policy.json#rule-1"}
    assert all("cannot be read" in row["scope"] and row["note"] for row in policies)
    assert not rows(found, "completeness")


def test_rules_above_an_unreadable_one_stand() -> None:
    """What they take never reaches it."""
    found = lifted(a_rule(asset="BTC"), a_rule(action="ASK"))

    policies = rows(found, "policies", "software")
    read = {row["scope"] for row in policies if not row["formula"].startswith("unread:")}
    assert read == {"asset=BTC"}
    assert not any("asset=BTC" in row["scope"] for row in policies if row["scope"] not in read)


def test_unknown_keys_are_reported() -> None:
    """At every level."""
    found = lifted(
        a_rule(mood=None),
        motto="x",
        usersGroups=[{"id": "g", "memberIds": [], "colour": 1}],
        vaultAccounts=[{"id": "0", "hidden": True}],
        users=[{"id": "ann", "phone": "1"}],
        adminQuorum={"threshold": 1, "since": "x"},
    )

    assert set(found.unread) == {
        "motto", "rule 1.mood", "group g.colour", "vault 0.hidden", "user ann.phone",
        "adminQuorum.since",
    }  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"5", b"{}", b'{"rules": {}}', b'{"rules": [NaN]}', b"[" * 9999, b"\xff",
     b'{"rules":[],"rules":[]}'],
)  # fmt: skip
def test_hostile_bytes_are_a_fault(data: bytes) -> None:
    """Never a traceback."""
    found = lift([("policy.json", data)], ImportOptions(STAMP))

    assert found.faults
    assert not found.rows


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted({*a_rule(), *approved(1, "ops"), "operators", "designatedSigners",
                               "amount", "src", "dst", "periodSec", "srcId"})), JSON)  # fmt: skip
def test_any_value_in_a_rule_is_read_or_doubted(key: str, value: Any) -> None:
    """Wrong shapes never leave as exceptions, and their rows read."""
    found = lifted(a_rule(**{key: value}), a_rule())

    assert not facts(found.rows)[1]


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(["users", "usersGroups", "vaultAccounts", "adminQuorum", "policy"]), JSON)
def test_any_value_in_an_export_is_read_or_a_fault(key: str, value: Any) -> None:
    """Likewise around the rules."""
    found = lifted(a_rule(), **{key: value})

    assert not facts(found.rows)[1]


def test_too_many_slices_are_a_fault_and_no_hang() -> None:
    """A thousand amounts in each of two currencies make a million bands."""
    rules = [
        a_rule(amount=number, amountCurrency=currency)
        for number in range(1, 1000)
        for currency in ("USD", "NATIVE")
    ]

    assert "too many" in lifted(*rules).faults[0].what


def test_ten_thousand_rules_are_refused_before_each_is_held_against_each_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rules times places is an hour of work in a file of ten megabytes."""
    monkeypatch.setattr(slices, "MOST_MATCHES", 2_000)
    rules = [a_rule(dstType="EXTERNAL_WALLET", dstId=str(number)) for number in range(60)]

    monkeypatch.setattr(Rule, "takes_destination", None)
    assert "too many" in lifted(*rules).faults[0].what
