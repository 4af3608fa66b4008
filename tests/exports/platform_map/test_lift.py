"""A platform nobody wrote code for: its export read with a map of its fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.custody.facts.formula import parse
from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import FactRow, Lifted, Stamp
from forthwith.exports.options import ImportOptions
from forthwith.exports.platform_map.lift import lift
from forthwith.exports.platform_map.map_file import MapFile

MAP = """
users:
  list: people
  id: uid
  name: who
  mail: contact.mail
  role: roles
  roles: {trader: [initiate, sign], officer: [approve, admin], auditor: []}
  status: state
  active: [LIVE]
groups:
  list: teams
  id: code
  members: members.uid
accounts:
  list: safes
  id: ref
  name: label
  asset: coin
  class: use
rules:
  list: policy.lines
  order: position
  name: title
  action: effect
  allow: [PERMIT]
  deny: [REFUSE]
  initiators: [from.people, from.teams]
  source: safes
  destination: to
  everybody: ["*"]
  max: limit
  unit: =USD
  approvers: check.teams
  quorum: check.count
  signing: initiator
  own_approval: no
  otherwise: deny
  idle: [title]
"""
EXPORT: dict[str, Any] = {
    "people": [
        {"uid": "ann", "who": "Ann Veld", "contact": {"mail": "Ann@orrin.example"},
         "roles": ["trader"], "state": "LIVE"},
        {"uid": "bo", "who": "Bo Lind", "roles": ["officer"], "state": "LIVE"},
        {"uid": "cy", "who": "Cy Moe", "roles": ["auditor"], "state": "GONE"},
    ],
    "teams": [{"code": "desk", "members": [{"uid": "ann"}]},
              {"code": "risk", "members": [{"uid": "bo"}]}],
    "safes": [{"ref": "s1", "label": "Cold", "coin": "BTC", "use": "customer"},
              {"ref": "s2", "label": "Hot", "coin": "BTC", "use": "hot"}],
    "policy": {
        "lines": [
            {"position": 2, "title": "rest", "effect": "PERMIT", "from": {"teams": ["desk"]},
             "safes": ["*"], "to": ["*"], "check": {"teams": ["risk"], "count": 1}},
            {"position": 1, "title": "small", "effect": "PERMIT", "from": {"people": ["ann"]},
             "safes": ["Cold"], "to": ["hot"], "limit": "1,000"},
        ]
    },
}  # fmt: skip


def taken(files: dict[str, Any] | None = None, text: str = MAP) -> Lifted:
    """Import an export with a map; its rows read as facts."""
    contents = [
        (name, body.encode() if isinstance(body, str) else json.dumps(body).encode())
        for name, body in ({"export.json": EXPORT} if files is None else files).items()
    ]
    options = ImportOptions(Stamp("2024-01-01"), map=("map.yaml", text.encode()))
    found = lift(contents, options)
    assert not facts(found.rows)[1]
    return found


def rows(found: Lifted, table: str) -> list[FactRow]:
    return [row for row in found.rows if row.table == table]


def ways(found: Lifted, wallet: str) -> set[tuple[str, str]]:
    """Formulas and scopes of the wallet's policies on the platform's path."""
    return {
        (row["formula"], row["scope"])
        for row in rows(found, "policies")
        if (row["wallet"], row["path"]) == (wallet, "software")
        and "destination is not" not in row["scope"]
    }


def test_an_export_becomes_the_rows_its_map_describes() -> None:
    """Rules in the order of their numbers, people, groups and accounts by their ids."""
    found = taken()

    assert not found.faults
    assert not found.unread
    assert {row["id"] for row in rows(found, "wallets")} == {"account:s1", "account:s2"}
    assert [row["means"] for row in rows(found, "possessions")] == ["login:ann", "login:bo"]
    assert [row["b"] for row in rows(found, "same_as")] == ["mail:ann@orrin.example"]
    approved = "any of (login:bo, platform:policy-engine)"
    assert ("login:ann", "destination=Hot|account|account:s2|hot|s2; max=1000 USD") in ways(
        found, "account:s1"
    )
    rest = {formula for formula, scope in ways(found, "account:s1") if "min=1000 USD" in scope}
    assert rest == {f"all of (login:ann, {approved})"}


def test_sheets_are_parts_of_one_export() -> None:
    """A group's members and an account's assets in a row each, several values in a cell."""
    text = """
users: {file: "u*.csv", id: Id, name: Full name}
groups: {file: groups.csv, id: Group, members: Member}
accounts: {file: accounts.csv, id: Account, asset: Asset}
rules:
  file: rules.csv
  separator: "/"
  initiators: Who
  source: From
  approvers: Approved by
  quorum: How many
  signing: platform
  otherwise: deny
"""
    files = {
        "users.csv": "Id;Full name\nann;Ann Veld\nbo;Bo Lind\ncy;Cy Moe\n",
        "groups.csv": "Group,Member\nrisk,bo\nrisk,cy\n",
        "accounts.csv": "Account,Asset\ns1,BTC\ns1,ETH\n",
        "rules.csv": 'Who,From,Approved by,How many\nann/bo,s1,risk,"2"\n',
    }
    found = taken(files, text)

    assert not found.faults
    assert [row["asset"] for row in rows(found, "wallets")] == ["BTC|ETH"]
    assert {row["formula"] for row in rows(found, "approvals")} == {"2 of (login:bo, login:cy)"}
    # The map does not say whether Bo's own approval counts.
    assert ways(found, "account:s1") == {
        ("login:ann", ""),
        ("login:bo", "when=an initiator's own approval counts"),
    }


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("  source: safes\n", "  source: vaults\n", "no rule has 'vaults'"),
        ("  source: safes\n", "  sources: safes\n", "'sources' is not a key"),
        ("policy.lines", "policy.rules", "there is no list"),
        ("  signing: initiator\n", "", "who signs"),
        ("  otherwise: deny\n", "", "what happens where no rule matches"),
        ("  unit: =USD\n", "", "amounts and no unit"),
        ("  quorum: check.count\n", "", "without a quorum"),
        ("[initiate, sign]", "[initiate, dance]", "is no right"),
        ("  active: [LIVE]\n", "", "which status is active"),
        ("  allow: [PERMIT]\n", "", "which action allows"),
        ("  id: uid\n", "", "does not say what id is"),
        ("own_approval: no", "own_approval: maybe", "own_approval"),
        ("rules:\n", "rules: &a\n", "anchor"),
        ("[initiate, sign]", "[[initiate]]", "is no right"),
        ("allow: [PERMIT]", "allow: {PERMIT: yes}", "is not words"),
    ],
)
def test_a_map_that_does_not_fit_is_a_fault(old: str, new: str, what: str) -> None:
    """A misspelt key would read less in silence."""
    assert old in MAP
    found = taken(text=MAP.replace(old, new, 1))

    assert any(what in str(fault) and fault.file == "map.yaml" for fault in found.faults)
    assert not found.rows


def test_a_field_of_a_rule_that_the_map_does_not_name_may_be_a_condition() -> None:
    """The rule is left open, and no rule below it is shown to decide."""
    lines = [{**EXPORT["policy"]["lines"][1], "hours": "9-17"}, EXPORT["policy"]["lines"][0]]
    found = taken({"export.json": {**EXPORT, "policy": {"lines": lines}}})

    assert "rules.hours" in found.unread
    assert any(formula.startswith("unread:") for formula, _ in ways(found, "account:s1"))


def test_a_condition_named_by_the_map_is_one() -> None:
    """Both what follows with it and what follows without it."""
    lines = [{**EXPORT["policy"]["lines"][1], "hours": "9-17"}, EXPORT["policy"]["lines"][0]]
    text = MAP.replace("  idle: [title]", "  idle: [title]\n  conditions: hours")
    found = taken({"export.json": {**EXPORT, "policy": {"lines": lines}}}, text)

    small = [(formula, scope) for formula, scope in ways(found, "account:s1") if "hours" in scope]
    assert {formula == "login:ann" for formula, _ in small} == {True, False}
    assert any("not so" in scope for _, scope in small)


def test_what_no_section_takes_is_reported() -> None:
    """Fields, parts of a file, whole files."""
    people = [{**EXPORT["people"][0], "phone": "1"}, *EXPORT["people"][1:]]
    found = taken({
        "export.json": {**EXPORT, "people": people, "motto": "x",
                        "policy": {**EXPORT["policy"], "version": 3}},
        "fees.json": [{"fee": 1}],
    })  # fmt: skip

    assert set(found.unread) == {
        "users.phone", "export.json: motto", "export.json: policy.version",
        "fees.json: the whole file",
    }  # fmt: skip


def test_several_approving_groups_are_read_as_the_map_says() -> None:
    """All of them, or any; where it does not say, any is a condition."""
    check = {"steps": [{"by": ["risk"], "n": 1}, {"by": ["desk"], "n": "all"}]}
    line = {"position": 1, "effect": "PERMIT", "from": {"people": ["bo"]}, "check": check}
    text = MAP.replace(
        "  approvers: check.teams\n  quorum: check.count\n",
        "  approvals: {list: check.steps, approvers: by, quorum: n}\n",
    )
    for key in ("  source: safes\n", "  destination: to\n", "  max: limit\n", "  unit: =USD\n",
                "  name: title\n", "  idle: [title]\n"):  # fmt: skip
        text = text.replace(key, "")
    text = text.replace("[from.people, from.teams]", "from.people").replace(
        "own_approval: no", "own_approval: yes"
    )
    text = text.replace("officer: [approve, admin]", "officer: [initiate, sign]")
    export = {**EXPORT, "policy": {"lines": [line]}}
    unsaid = ways(taken({"export.json": export}, text), "account:s1")
    every = taken({"export.json": export}, f"{text}  every_group: yes\n")

    both = "all of (1 of (login:bo), login:ann)"
    assert {"one approving group" in scope for _, scope in unsaid} == {True, False}
    assert "login:ann" in {row["formula"] for row in rows(every, "approvals")}.pop()
    assert not any(scope for _, scope in ways(every, "account:s1")), both


def test_what_no_rule_takes_may_be_allowed() -> None:
    """As the map says: whoever may initiate, wherever no rule reaches."""
    lines = [{**EXPORT["policy"]["lines"][0], "to": ["hot"], "limit": 10}]
    text = MAP.replace("otherwise: deny", "otherwise: allow").replace(
        "[from.people, from.teams]", "from.teams"
    )
    found = taken({"export.json": {**EXPORT, "policy": {"lines": lines}}}, text)

    approved = "all of (login:ann, any of (login:bo, platform:policy-engine))"
    assert {
        (formula, scope.rpartition("; ")[2])
        for formula, scope in ways(found, "account:s1")
        if "|hot|" in scope
    } == {(approved, "max=10 USD"), ("login:ann", "min=10 USD")}
    assert any(formula == "login:ann" and "|other" in scope for formula, scope in
               ways(found, "account:s1"))  # fmt: skip


def test_without_a_map_nothing_is_read() -> None:
    """It is asked for."""
    found = lift([("export.json", b"{}")], ImportOptions(Stamp("2024-01-01")))

    assert "no map" in found.faults[0].what


def test_the_order_of_rules_must_be_one() -> None:
    """Two with the same number have none."""
    lines = [{**line, "position": 1} for line in EXPORT["policy"]["lines"]]
    found = taken({"export.json": {**EXPORT, "policy": {"lines": lines}}})

    assert "same order" in found.faults[0].what


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["effect", "from", "safes", "to", "limit", "check", "title"]), JSON)
def test_any_value_in_a_rule_is_read_or_doubted(key: str, value: Any) -> None:
    """Wrong shapes never leave as exceptions, and their rows read."""
    lines = [*EXPORT["policy"]["lines"], {"position": 3, "effect": "PERMIT", key: value}]

    taken({"export.json": {**EXPORT, "policy": {"lines": lines}}})


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["people", "teams", "safes", "policy"]), JSON)
def test_any_value_in_an_export_is_read_or_a_fault(key: str, value: Any) -> None:
    """Likewise around the rules."""
    taken({"export.json": {**EXPORT, key: value}})


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | JSON.map(json.dumps))
def test_any_map_is_read_or_a_fault(text: str) -> None:
    """A map comes from a person too."""
    taken(text=text)


# A plain reading of the rules, for whoever acts alone or with others.

WHO = {"ann": {"desk"}, "bo": {"risk"}}


@st.composite
def some_lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    lines = []
    for position in range(draw(st.integers(1, 4))):
        line: dict[str, Any] = {
            "position": position, "title": "x", "limit": draw(st.sampled_from(["", 10, 100])),
            "effect": draw(st.sampled_from(["PERMIT", "PERMIT", "REFUSE"])),
            "from": draw(st.sampled_from([
                {"people": ["ann"]}, {"teams": ["desk"]}, {"teams": ["desk", "risk"]},
                {"people": ["*"]},
            ])),
            "safes": draw(st.sampled_from([["*"], ["s1"], ["Hot"], ["customer"]])),
            "to": draw(st.sampled_from([["*"], ["s2"], ["outside"]])),
        }  # fmt: skip
        if line["effect"] == "PERMIT" and draw(st.booleans()):
            line["check"] = {"teams": ["risk"], "count": 1}
        lines.append(line)
    return lines


ALL_PATHS = [
    {"position": 97, "title": "x", "effect": "REFUSE", "from": {"people": ["cy"], "teams": []},
     "safes": ["s1"], "to": ["s1"], "limit": 1, "check": {"teams": ["risk"], "count": 1}},
]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    some_lines(), st.sampled_from(["s1", "s2"]), st.sampled_from(["account:s2", "place:outside"]),
    st.sampled_from([5, 50, 500]), st.sets(st.sampled_from(["ann", "bo"]), min_size=1),
)  # fmt: skip
def test_the_rows_allow_what_the_first_matching_rule_does(
    lines: list[dict[str, Any]], safe: str, to: str, amount: int, here: set[str]
) -> None:
    """For any rules, movement and people at their logins; bo approves and cannot sign."""
    tail = [{**ALL_PATHS[0], "from": {"people": ["cy"], "teams": ["desk"]}, "to": ["s9"]}]
    found = taken({"export.json": {**EXPORT, "policy": {"lines": [*lines, *tail]}}})

    assert not found.faults
    held = {f"login:{user}": 1 for user in here}
    asked = [
        row for row in rows(found, "approvals") if row["wallet"] == f"account:{safe}"
    ]  # fmt: skip
    opened = all(parse(row["formula"]).met(held) for row in asked) and any(
        parse(formula).met(held) and in_scope(scope, to, amount, lines)
        for formula, scope in ways(found, f"account:{safe}")
    )
    assert opened == any(plainly(lines, safe, to, amount, user, here) for user in here)


def in_scope(scope: str, to: str, amount: int, lines: list[dict[str, Any]]) -> bool:
    limits = dict(part.split("=", 1) for part in scope.split("; ")) if scope else {}
    known = to == "account:s2" or any(line["to"] == ["outside"] for line in lines)
    name = to if known else "other"
    return (
        name in limits.get("destination", name).split("|")
        and amount > int(limits.get("min", "0 USD").split()[0])
        and amount <= int(limits.get("max", "9999 USD").split()[0])
        and "when" not in limits
    )


def plainly(
    lines: list[dict[str, Any]], safe: str, to: str, amount: int, user: str, here: set[str]
) -> bool:
    safes = {"s1": {"s1", "customer", "*"}, "s2": {"s2", "Hot", "*"}}[safe]
    places = {"account:s2": {"s2", "*"}, "place:outside": {"outside", "*"}}[to]
    for line in lines:
        named = {*line["from"].get("people", ()), *line["from"].get("teams", ())}
        if (
            named & {user, "*", *WHO[user]}
            and set(line["safes"]) & safes
            and set(line["to"]) & places
            and (line["limit"] == "" or amount <= line["limit"])
        ):
            if line["effect"] == "REFUSE" or user == "bo":
                return False
            return "check" not in line or "bo" in here
    return False


def test_the_map_in_the_documentation_is_one() -> None:
    """Every key of the example is known, and goes with the others."""
    page = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
    text = page.partition("```yaml\nusers:")[2].partition("```")[0]

    assert text
    assert not MapFile.read(f"users:{text}".encode(), "map.yaml").faults
