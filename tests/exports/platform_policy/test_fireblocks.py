"""Fireblocks' answers as they come: by endpoint, in either form of the policy, joined by ids."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.exports.options import ImportOptions
from forthwith.exports.platform_policy.lift import lift
from tests.exports.platform_policy.test_lift import a_rule, approved, rows

STAMP = Stamp("2024-01-01")
USERS = [
    {"id": "u0", "firstName": "Cy", "lastName": "Orrin", "role": "OWNER", "enabled": True},
    {"id": "u2", "firstName": "Ann", "lastName": "Veld", "role": "SIGNER", "enabled": True,
     "email": "Ann@orrin.example"},
    {"id": "u3", "firstName": "Bo", "lastName": "Veld", "role": "EDITOR", "enabled": True},
]  # fmt: skip
ROBOT = {"id": "u5", "name": "payer", "role": "SIGNER", "enabled": True, "status": "READY",
         "userType": "API"}  # fmt: skip
GROUPS = [{"id": "g-appr", "name": "approvers", "memberIds": ["u0", "u3"], "status": "ACTIVE"}]
BY_ANN = {"operators": {"users": ["u2"]}}
VAULTS = {"accounts": [{"id": "10", "name": "Hot", "assets": [{"id": "BTC", "total": "1"}]}]}


def taken(**files: Any) -> Lifted:
    """Import files of these names; nothing in them is at fault as facts."""
    found = lift(
        [(f"{name}.json", json.dumps(body).encode()) for name, body in files.items()],
        ImportOptions(STAMP),
    )
    assert not facts(found.rows)[1]
    return found


def second(**changed: Any) -> dict[str, Any]:
    """Anybody may send anything anywhere, in the second form."""
    return {
        "name": "r", "id": "r", "policyEngineVersion": "v2", "type": "TRANSFER", "initiator": "*",
        "asset": {"any": "*"}, "source": {"any": "*"}, "verdict": {"action": "ALLOW"}, **changed,
    }  # fmt: skip


def ways(found: Lifted, wallet: str) -> set[tuple[str, str]]:
    """Formulas and scopes of the wallet's policies on the platform's path."""
    return {
        (row["formula"], row["scope"])
        for row in rows(found, "policies", "software")
        if row["wallet"] == wallet and "destination is not" not in row["scope"]
    }


def test_a_rule_that_allows_and_names_approvers_is_open_and_shows_nothing() -> None:
    """Whether the approval is asked for is the whole question, and the rule says both."""
    asked = {**approved(1, "g-appr"), "action": "ALLOW"}
    policy = {"policy": {"rules": [a_rule(**BY_ANN, **asked)]}, "validation": {}}
    found = taken(active_policy=policy, users=USERS, groups=GROUPS, vaults=VAULTS)

    assert {formula for formula, _ in ways(found, "vault:10")} == {
        "unread:active_policy.json#rule-1"
    }
    assert any("its action is ALLOW" in note for note in found.notes)

    empty = {"authorizationGroups": {"groups": []}, "authorizers": [], "authorizersCount": 0}
    policy = {"policy": {"rules": [a_rule(**BY_ANN, **empty)]}, "validation": {}}
    found = taken(active_policy=policy, users=USERS, groups=GROUPS, vaults=VAULTS)
    assert {formula for formula, _ in ways(found, "vault:10")} == {"login:u2"}


def test_a_page_that_says_that_more_follow_is_told() -> None:
    """A list cut off looks whole to whoever reads only the rows."""
    policy = {"policy": {"rules": [a_rule(**BY_ANN)]}, "validation": {}}
    first = {**VAULTS, "paging": {"after": "abc"}}
    last = {"accounts": [{"id": "11", "name": "Cold", "assets": []}], "paging": {}}

    cut = taken(active_policy=policy, users=USERS, vaults=first)
    assert any("further page of vaults" in note for note in cut.notes)
    whole = taken(active_policy=policy, users=USERS, vaults=first, vaults_2=last)
    assert any("Vaults came in pages" in note for note in whole.notes)
    one = taken(active_policy=policy, users=USERS, vaults={**VAULTS, "paging": {}})
    assert not any("page" in note for note in one.notes)


@pytest.mark.parametrize(
    "source",
    [
        {"srcType": "VAULT", "srcId": 0},
        {"src": {"ids": [[0, "VAULT", "*"]]}},
    ],
)
def test_the_account_0_is_one_account_also_where_it_is_a_number(source: dict[str, Any]) -> None:
    """Taken for nothing, it would be every account of the workspace."""
    vaults = {"accounts": [{"id": "0", "name": "Hot"}, {"id": "1", "name": "Cold"}]}
    rule = {**a_rule(**BY_ANN), **source}
    policy = {"policy": {"rules": [rule]}, "validation": {}}
    found = taken(active_policy=policy, users=USERS, vaults=vaults)

    assert ways(found, "vault:0")
    assert not ways(found, "vault:1")
    by_id = second(
        source={"type": ["VAULT"], "ids": [{"type": "VAULT", "id": 0}]},
        verdict={"action": "ALLOW", "designatedSigners": {"type": "INITIATOR"}},
    )
    policy = {"policy": {"rules": [by_id]}, "validation": {}}
    found = taken(active_policy=policy, users=USERS, vaults=vaults)
    assert ways(found, "vault:0")
    assert not ways(found, "vault:1")


def test_a_threshold_may_be_a_text() -> None:
    asked = {"groups": [{"usersGroups": ["g-appr"], "th": "2"}]}
    rule = a_rule(**BY_ANN, action="2-TIER", authorizationGroups=asked)
    policy = {"policy": {"rules": [rule]}, "validation": {}}
    found = taken(active_policy=policy, users=USERS, groups=GROUPS, vaults=VAULTS)

    (asks,) = rows(found, "approvals", "software")
    assert asks["formula"] == "2 of (login:u0, login:u3)"


def test_parts_by_endpoint_are_joined_by_their_ids() -> None:
    """Policy, users, groups and vaults are four answers of one workspace."""
    policy = {"policy": {"rules": [a_rule(**BY_ANN, **approved(1, "g-appr"))]}, "validation": {}}
    found = taken(active_policy=policy, users=USERS, groups=GROUPS, vaults=VAULTS)

    assert not found.unread
    assert {row["formula"] for row in rows(found, "approvals")} == {"1 of (login:u0, login:u3)"}
    assert {row["id"] for row in rows(found, "people")} == {"user:u0", "user:u2", "user:u3"}
    assert ways(found, "vault:10") == {("login:u2", "")}


def test_one_dump_of_endpoints_is_read_like_its_parts() -> None:
    """Names are paths of the API."""
    parts = {"/v1/tap/active_policy": {"policy": {"rules": [a_rule()]}}, "GET /v1/users": USERS,
             "/v1/vault/accounts_paged?limit=500": VAULTS}  # fmt: skip
    found = taken(dump=parts)

    apart = taken(policy={"rules": [a_rule()]}, users=USERS, vaults=VAULTS)
    assert {row.cells["id"] for row in rows(found, "means")} == {
        row.cells["id"] for row in rows(apart, "means")
    }
    assert ways(found, "vault:10") == ways(apart, "vault:10")


@pytest.mark.parametrize(
    ("name", "body", "what"),
    [("fb_users", USERS, "users"), ("fb_groups", GROUPS, "groups"), ("vaults", VAULTS, "vaults")],
)
def test_a_list_without_a_policy_is_called_what_it_is(name: str, body: Any, what: str) -> None:
    """Not one unreadable rule for each user."""
    found = taken(**{name: body})

    assert f"it is a list of {what} and no policy" in str(found.faults[0])
    assert not found.rows


def test_a_draft_is_not_in_force() -> None:
    """It is told to be a draft."""
    found = taken(draft={"status": "ok", "draftId": "d", "rules": [a_rule()], "metadata": {}})

    assert "draft" in found.faults[0].what


def test_an_unknown_shape_is_refused_by_name() -> None:
    """A file, not the import as a whole, is named."""
    found = taken(policy={"rules": [a_rule()]}, prices=[{"pair": "BTCUSD", "bid": 1}])

    assert str(found.faults[0]).startswith("prices.json: it is a list of a shape")


def test_a_wildcard_is_any_user() -> None:
    """`{"wildcard": "*"}` is how the first form writes everybody."""
    found = taken(policy={"rules": [a_rule(operators={"wildcard": "*"})]}, users=USERS)

    assert not any("cannot be read" in note for note in found.notes)
    assert ("any of (login:u0, login:u2)", "") in ways(found, "source:*/*") | ways(found, "vault:*")


def test_groups_of_approvers_may_be_an_object_and_need_no_threshold() -> None:
    """Named 0, 1, … by some programs; one approval is enough by default."""
    asked = {"logic": "AND", "groups": {"0": {"usersGroups": ["g-appr"]}}}
    rule = a_rule(**BY_ANN, action="2-TIER", authorizationGroups=asked)
    found = taken(policy={"rules": [rule]}, users=USERS, groups=GROUPS)

    assert {row["formula"] for row in rows(found, "approvals")} == {"1 of (login:u0, login:u3)"}


def test_old_authorizers_are_counted_one_by_one() -> None:
    """A group among them could not be."""
    rule = a_rule(**BY_ANN, action="2-TIER", authorizers=["u0", "u3"], authorizersCount=2)
    odd = {**rule, "authorizers": ["u0", "g-appr"]}
    found = taken(policy={"rules": [rule]}, users=USERS, groups=GROUPS)

    assert {row["formula"] for row in rows(found, "approvals")} == {"2 of (login:u0, login:u3)"}
    open_to_all = taken(policy={"rules": [odd]}, users=USERS, groups=GROUPS)
    assert {formula for formula, _ in ways(open_to_all, "vault:*")} == {"unread:policy.json#rule-1"}


def test_thousands_of_accounts_are_named_only_where_a_rule_names_them() -> None:
    """Each would stand in a row of every other."""
    vaults = [{"id": str(number), "name": f"V{number}"} for number in range(1000)]
    rule = a_rule(**BY_ANN, dst={"ids": [["7", "VAULT"]]})
    found = taken(policy={"rules": [a_rule(action="BLOCK", asset="BTC"), rule]}, users=USERS,
                  vault_accounts=vaults)  # fmt: skip

    assert len(rows(found, "wallets")) == 1000
    assert max(len(row["scope"]) for row in rows(found, "policies")) < 200
    assert any(
        "vault:7|" in scope or scope.endswith("vault:7") for _, scope in ways(found, "vault:1")
    )


def test_several_groups_without_a_logic_are_all_asked_for_and_perhaps_one() -> None:
    """Neither is guessed: one group is a condition."""
    asked = {"groups": [{"users": ["u0"], "th": 1}, {"users": ["u3"], "th": 1}]}
    rule = a_rule(operators={"users": ["u2"]}, action="2-TIER", authorizationGroups=asked)
    found = ways(taken(policy={"rules": [rule]}, users=USERS), "vault:*")

    assert {("any of (login:u0, login:u3)" in formula, "one approving group" in scope)
            for formula, scope in found} == {(False, False), (True, True)}  # fmt: skip


def test_the_second_form_is_read() -> None:
    """Initiator, source, destination, amount and verdict; the rest is approved."""
    small = second(
        initiator={"users": {"ids": ["u2"]}, "operator": "INCLUDES"},
        source={"operator": "INCLUDES", "ids": [{"id": "10", "type": "VAULT"}]},
        destination={"operator": "INCLUDES", "ids": [{"id": "*"}], "addressType": "WHITELISTED"},
        amount={"range": {"min": "0", "max": "100000"}, "currency": "USD"},
    )
    groups = [{"quorum": 1, "groups": ["g-appr"]}]
    rest = second(
        initiator={"any": "*"},
        verdict={"action": "REQUIRE_APPROVAL",
                 "approvers": {"operator": "AND", "approvalGroups": groups}},
    )  # fmt: skip
    found = taken(policy={"policy": {"rules": [small, rest]}}, users=USERS, groups=GROUPS)

    assert not any("cannot be read" in note for note in found.notes)
    assert ("login:u2", "destination=other; max=100000 USD") in ways(found, "vault:10")
    above = [formula for formula, scope in ways(found, "vault:10") if "min=100000 USD" in scope]
    assert above
    assert all("login:u3" in formula or "login:u0" in formula for formula in above)


def test_the_second_form_as_the_sdk_writes_it() -> None:
    """Lists of types, thresholds, designated signers, a total within a time."""
    rule = second(
        initiator={"users": ["u3"], "operator": "INCLUDES"},
        asset={"nftTransfer": False, "assetTypes": ["BTC"], "operator": "INCLUDES"},
        source={"type": ["VAULT"], "operator": "INCLUDES"},
        destination={"type": ["EXTERNAL"], "operator": "INCLUDES", "addressType": "*"},
        amountOverTime={
            "range": {"min": "0", "max": "5"}, "currency": "NATIVE",
            "timePeriod": {"seconds": "3600", "initiator": "PER_SINGLE_MATCH",
                           "source": "PER_SINGLE_MATCH", "destination": "PER_SINGLE_MATCH"},
        },
        verdict={"action": "ALLOW", "designatedSigners": {"type": "SINGLE", "users": ["u2"]}},
    )  # fmt: skip
    found = taken(policy={"rules": [rule], "metadata": {}}, users=USERS)

    (way,) = ways(found, "vault:*")
    assert way[0] == "all of (login:u3, login:u2)"
    assert way[1].split("; ") == [
        "asset=BTC",
        "destination=unmanaged|unmanaged:*/EXTERNAL",
        "max=5 BTC",
        "when=the total within 3600 seconds is at most 5 NATIVE",
    ]


def test_parts_of_a_rule_that_no_row_computes_are_conditions() -> None:
    """Both what follows with them and what follows without them."""
    rule = second(type="CONTRACT_CALL", method={"methodCalls": ["0xa9"], "operator": "EXACT"},
                  initiator={"users": ["u2"]})  # fmt: skip
    blocked = second(type="CONTRACT_CALL", method={"methodCalls": ["0x09"], "operator": "EXACT"},
                     verdict={"action": "BLOCK"})  # fmt: skip
    allowed = second(type="CONTRACT_CALL", initiator={"users": ["u0"]})
    found = ways(taken(policy={"rules": [rule, blocked, allowed]}, users=USERS), "source:*/*")

    assert {formula for formula, _ in found} == {"login:u2", "login:u0"}
    assert any("not so" in scope for formula, scope in found if formula == "login:u0")
    assert all("when=" in scope for _, scope in found)


@pytest.mark.parametrize(
    "change",
    [
        {"initiator": {"users": ["u2"], "operator": "EXCLUDES"}},
        {"initiator": {"fbAdminGroups": ["x"]}},
        {"source": {"tags": [{"id": "t"}], "type": ["VAULT"], "operator": "INCLUDES"}},
        {"verdict": {"action": "PONDER"}},
        {"verdict": {"action": "ALLOW", "approvers": {"approvalGroups": [{"threshold": 1}]}}},
        {"verdict": {"action": "2-TIER", "approvers": {"approvalGroups": []}}},
        {"verdict": {"action": "ALLOW", "designatedSigners": {"type": "SINGLE"}}},
        {"amount": {"min": "5"}},
        {"mood": "low"},
    ],
)
def test_what_the_second_form_does_not_say_plainly_is_left_open(change: dict[str, Any]) -> None:
    """No rule below it is shown to decide."""
    found = taken(policy={"rules": [second(**change), second()]}, users=USERS)
    policies = rows(found, "policies", "software")

    assert {row["formula"] for row in policies} == {"unread:policy.json#rule-1"}


def test_answers_by_type_of_transaction_are_one_policy() -> None:
    """The second form is asked for by type."""
    calls = second(type="CONTRACT_CALL")
    found = taken(transfers={"rules": [second()]}, calls={"rules": [calls]}, users=USERS)

    assert any("it is CONTRACT_CALL" in scope for _, scope in ways(found, "source:*/*"))


@pytest.mark.parametrize(
    "other", [second(), a_rule(asset="BTC")], ids=["another form", "another policy"]
)
def test_two_policies_are_not_mixed(other: dict[str, Any]) -> None:
    """Only one of them was in force."""
    assert taken(one={"rules": [a_rule()]}, two={"rules": [other]}).faults


def test_rules_out_of_the_order_of_their_index_are_refused() -> None:
    """The first that matches decides."""
    found = taken(policy={"rules": [second(index=1), second(index=0)]})

    assert "order" in found.faults[0].what


def test_rules_of_screening_are_no_rules_of_who_may_move_what() -> None:
    """They only ever stop a transfer."""
    screen = second(type="AML_CHAINALYSIS_V2_SCREENING", verdict={"action": "REJECT"})
    found = taken(policy={"rules": [screen, second()]}, users=USERS)

    assert not any("cannot be read" in note for note in found.notes)


def test_a_program_is_nobody_and_its_co_signer_is_a_host() -> None:
    """The key is not shown to be held; a signature that needs no person is a condition."""
    rule = a_rule(operators={"users": ["u3"]}, designatedSigners={"users": ["u5"]})
    cosigners = {"data": [{"id": "c1", "name": "sgx", "type": "SGX", "archived": False,
                           "apiKeys": [{"id": "u5"}]}]}  # fmt: skip
    found = taken(policy={"rules": [rule]}, users=[*USERS, ROBOT], cosigners=cosigners)

    assert "user:u5" not in {row["id"] for row in rows(found, "people")}
    assert "login:u5" not in {row["means"] for row in rows(found, "possessions")}
    (host,) = (row for row in rows(found, "means") if row["kind"] == "host")
    assert [(row["means"], row["gives"], bool(row["condition"])) for row in rows(found, "grants")
            if row["means"] == host["id"]] == [("cosigner:c1", "login:u5", True)]  # fmt: skip
    assert ("login:u3", "when=the co-signer of u5 signs without a person") in ways(found, "vault:*")


def test_an_approver_may_initiate_where_another_signs() -> None:
    """Only viewers and auditors may not."""
    approver = {"id": "u4", "role": "APPROVER", "enabled": True, "name": "Ed"}
    rule = a_rule(designatedSigners={"users": ["u2"]})
    found = taken(policy={"rules": [rule]}, users=[*USERS, approver])

    assert any("login:u4" in formula for formula, _ in ways(found, "vault:*"))


def test_a_role_that_is_not_known_signs_on_a_condition() -> None:
    """Nothing is shown by it, and nothing excluded for want of it."""
    odd = {"id": "u9", "role": "SECURITY_ADMIN", "enabled": True, "name": "Gus"}
    found = taken(policy={"rules": [a_rule(operators={"users": ["u9"]})]}, users=[odd])

    assert all("the role, which" in scope for _, scope in ways(found, "vault:*"))
    assert ways(found, "vault:*")


def test_a_whitelisted_wallet_is_known_by_name_and_address() -> None:
    """A question may ask for any of them."""
    outside = [{"id": "w1", "name": "Desk", "assets": [{"id": "BTC", "address": "bc1qdesk"}]}]
    rule = a_rule(dst={"ids": [["w1", "UNMANAGED", "EXTERNAL"]]})
    found = taken(policy={"rules": [rule]}, external_wallets=outside, users=USERS)

    (scope,) = {scope for _, scope in ways(found, "vault:*")}
    assert {"Desk", "bc1qdesk"} <= set(scope.partition("=")[2].split("|"))


def test_addresses_that_may_be_of_internal_or_external_wallets_are_asked_about() -> None:
    """Their shapes are alike; the file's name tells."""
    listed = [{"id": "w1", "name": "Desk", "assets": [{"id": "BTC", "address": "bc1qdesk"}]}]
    found = taken(policy={"rules": [a_rule()]}, wallets=listed)

    assert "external_wallets.json" in found.faults[0].do


def test_a_page_of_several_leaves_the_rest_open() -> None:
    """Vaults and users that are on another page may be there."""
    page = {**VAULTS, "paging": {"after": "x"}}
    found = taken(policy={"rules": [a_rule(src={"ids": [["*", "VAULT"]]})]}, vaults=page)

    assert {row["id"] for row in rows(found, "wallets")} == {"vault:10", "vault:*"}


def test_only_programs_listed_leave_other_users_open() -> None:
    """API users and console users are two answers."""
    rule = a_rule(designatedSigners={"users": ["u5"]})
    found = taken(policy={"rules": [rule]}, api_users={"users": [ROBOT]})

    assert any("login:*" in formula for formula, _ in ways(found, "vault:*"))


def test_what_two_files_say_of_one_user_is_joined_and_its_difference_told() -> None:
    """A role that two answers give differently is not known."""
    other = [{"id": "u2", "status": "READY", "role": "VIEWER", "name": "Ann Veld"}]
    found = taken(policy={"rules": [a_rule(operators={"users": ["u2"]})]}, users=USERS,
                  more_users=other)  # fmt: skip

    assert any("differ on role of user u2" in note for note in found.notes)
    assert all("the role, which" in scope for _, scope in ways(found, "vault:*"))


def test_the_day_a_policy_was_published_is_told() -> None:
    """Before it, another was in force."""
    policy = {"policy": {"rules": [a_rule()], "metadata": {"publishedAt": "2024-03-01T10:00:00Z"}}}
    found = taken(policy=policy)

    assert any("2024-03-01, after the first day" in note for note in found.notes)


def test_a_mail_address_is_another_name_of_its_user() -> None:
    """By which people of the matter may be found to be users."""
    found = taken(policy={"rules": [a_rule()]}, users=USERS)

    assert [(row["kind"], row["a"], row["b"]) for row in rows(found, "same_as")] == [
        ("alias", "user:u2", "mail:ann@orrin.example")
    ]
