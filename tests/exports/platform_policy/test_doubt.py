"""What a policy does not say plainly: nothing is shown by it, and nothing excluded for want of it.

Each doubt has a truth the export does not tell. Whatever the truth, what can be done has a row (its
conditions taken as met), and every row without a condition is of something that can be done.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.custody.facts.formula import parse
from forthwith.domain.fact_tables import FactRow, Lifted
from tests.exports.platform_policy.test_lift import (
    MOVES,
    USERS,
    Move,
    _bounds,
    _name,
    lifted,
    plainly,
    rows,
    some_rules,
)

#: What a rule may hold that nobody can compute or knows.
DOUBTS = st.lists(
    st.sampled_from(["key", "message", "logic", "own", "amount", "action"]), max_size=2, unique=True
)
TRUTHS = st.fixed_dictionaries({
    "does": st.sampled_from(["as said", "never", "blocks", "allows"]),
    "matches": st.booleans(),
    "logic": st.sampled_from(["AND", "OR"]),
    "own": st.booleans(),
})  # fmt: skip


def doubted(rule: dict[str, Any], doubts: list[str]) -> dict[str, Any]:
    """The rule as exported."""
    told = {**rule}
    asked = {**told.get("authorizationGroups", {})}
    if "logic" in doubts:
        asked.pop("logic", None)
    if "own" in doubts:
        asked.pop("allowOperatorAsAuthorizer", None)
    if asked:
        told["authorizationGroups"] = asked
    if "key" in doubts:
        told["mood"] = "low"
    if "message" in doubts:
        told["rawMessageSigning"] = {"algorithm": "x"}
    if "amount" in doubts:
        told["amount"] = "much"
    if "action" in doubts:
        told["action"] = "PONDER"
    return told


def truly(rule: dict[str, Any], doubts: list[str], truth: dict[str, Any]) -> dict[str, Any] | None:
    """The rule as it is; None where it never matches."""
    real = {**rule}
    if "authorizationGroups" in real:
        asked = {**real["authorizationGroups"]}
        if "logic" in doubts:
            asked["logic"] = truth["logic"]
        if "own" in doubts:
            asked["allowOperatorAsAuthorizer"] = truth["own"]
        real["authorizationGroups"] = asked
    if "message" in doubts and not truth["matches"]:
        return None
    if {"key", "amount", "action"} & set(doubts):
        match truth["does"]:
            case "never":
                return None
            case "blocks":
                real["action"] = "BLOCK"
            case "allows":
                real |= {"action": "ALLOW", "designatedSigners": {}}
    return real


def limits(scope: str, move: Move, name: str) -> bool:
    """Whether the row's limits take the move in, whatever its conditions are."""
    pairs = dict(part.strip().split("=", 1) for part in scope.split(";")) if scope else {}
    asset = move.asset if move.asset in ("BTC", "ETH") else "other"
    names = {"asset": asset, "destination": name}
    return (
        all(word in pairs.get(key, word).split("|") for key, word in names.items())
        and all(move.amounts[unit] > low for low, unit in _bounds(pairs.get("min", "")))
        and all(move.amounts[unit] <= top for top, unit in _bounds(pairs.get("max", "")))
    )


def open_ways(found: Lifted, move: Move, name: str, held: dict[str, int]) -> list[FactRow]:
    """Rows that take the move in and are met; the wallet's approvals are met as well."""
    wallet = f"vault:{move.vault}"
    asked = [row for row in rows(found, "approvals", "software") if row["wallet"] == wallet]
    if not all(parse(row["formula"]).met(held) for row in asked):
        return []
    return [
        row
        for row in rows(found, "policies", "software")
        if row["wallet"] == wallet
        and limits(row["scope"], move, name)
        and parse(row["formula"]).met(held)
    ]


@settings(max_examples=250, deadline=None)
@given(
    some_rules(), st.lists(DOUBTS, min_size=5, max_size=5),
    st.lists(TRUTHS, min_size=5, max_size=5), MOVES,
    st.sets(st.sampled_from(list(USERS)), min_size=1),
    st.sampled_from(["SIGNER", "EDITOR", "VIEWER"]), st.booleans(),
)  # fmt: skip
def test_whatever_the_truth_of_a_doubt_the_rows_hold(
    rules: list[dict[str, Any]], doubts: list[list[str]], truths: list[dict[str, Any]],
    move: Move, here: set[str], role: str, odd_role: bool,
) -> None:  # fmt: skip
    """For any rules, doubts and truths, any transfer and people at their logins."""
    told = [doubted(rule, which) for rule, which in zip(rules, doubts, strict=False)]
    real = [
        rule
        for place, each in enumerate(rules)
        if (rule := truly(each, doubts[place], truths[place])) is not None
    ]
    with patch.dict(USERS, {"ben": "WIZARD" if odd_role else "SIGNER"}):
        found = lifted(*told)
    assert not found.faults
    name = _name([rule for rule in told if rule], *move.place)
    held = {f"login:{user}": 1 for user in here}
    unread = {row["id"]: 1 for row in rows(found, "means") if row["id"].startswith("unread:")}
    with patch.dict(USERS, {"ben": role if odd_role else "SIGNER"}):
        can = plainly(real, move, frozenset(here))

    upper = open_ways(found, move, name, held | unread)
    lower = [row for row in open_ways(found, move, name, held) if "when=" not in row["scope"]]
    assert upper or not can
    assert can or not lower or move.kind != "TRANSFER"
