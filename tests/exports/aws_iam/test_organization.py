"""Policies of an organization: what surely binds closes, and all else leaves a right doubtful."""

from __future__ import annotations

from typing import Any

import pytest

from forthwith.domain.fact_tables import Stamp
from tests.builders.aws_cli import (
    FULL,
    MANAGEMENT,
    ROOT,
    UNIT,
    describe_policy,
    file,
    organization,
    policies_for,
    target,
)
from tests.builders.iam import NUMBER, VENDOR, Iam, allow, deny, document, trusts
from tests.exports.aws_iam.cases import (
    certainly,
    conditions,
    possibly,
    reach,
    refused,
    together,
)

NO_ROLES = "p-noroles00"
ROTA = "iam:role/Rota"
DENYING = document(deny("sts:AssumeRole"))
RESOURCE_POLICY = document({**deny("sts:AssumeRole"), "Principal": "*"})


def account() -> Iam:
    iam = Iam().user("alice", allow("sts:*")).role("Rota", trusts({"AWS": [NUMBER, VENDOR]}))
    iam.organization = None
    return iam


def rights(*files: tuple[str, bytes]) -> tuple[bool, bool]:
    """Return whether alice surely, and perhaps, may assume the role."""
    made = together(account(), *files)
    return certainly(made, "iam:user/alice", ROTA), possibly(made, "iam:user/alice", ROTA)


def denying(policy: str = NO_ROLES, text: Any = DENYING) -> tuple[str, bytes]:
    return file("policy.json", describe_policy(policy, text))


def test_an_organization_wholly_known_settles_every_right() -> None:
    assert rights(*organization()) == (True, True)


def test_a_denial_attached_to_the_account_the_root_or_its_unit_closes() -> None:
    assert rights(*organization(NO_ROLES), denying()) == (False, False)
    assert rights(*organization(root=(FULL, NO_ROLES)), denying()) == (False, False)


def test_a_policy_of_another_unit_binds_nothing_here() -> None:
    elsewhere = file(f"targets-of-{NO_ROLES}.json", {"Targets": [target("ou-ab12-99999999")]})

    assert rights(*organization(), denying(), elsewhere) == (True, True)


def test_a_policy_that_no_list_attaches_is_doubtful() -> None:
    """It may bind the account: so nothing is certain, and nothing is closed."""
    assert rights(denying()) == (False, True)


def test_a_list_that_may_be_of_all_policies_attaches_none() -> None:
    """A number in a file's name may say whose dump it is: only the word target says the target."""
    listed = policies_for(FULL, NO_ROLES)

    for name in (f"{NUMBER}-policies.json", f"{NUMBER}-list-policies.json", "policies.json"):
        assert rights(denying(), file(name, listed)) == (False, True)
    assert rights(denying(), file(f"target-{NUMBER}.json", listed)) == (False, False)


def test_a_policy_attached_to_the_account_closes_though_the_rest_is_unknown() -> None:
    targets = file(f"targets-of-{NO_ROLES}.json", {"Targets": [target(NUMBER)]})

    assert rights(denying(), targets) == (False, False)


def test_a_policy_attached_to_a_unit_closes_once_the_account_is_known_to_be_in_it() -> None:
    targets = file(f"targets-of-{NO_ROLES}.json", {"Targets": [target(UNIT)]})
    parent = file(f"parents-{NUMBER}.json", {"Parents": [{"Id": UNIT, "Type": "X"}]})

    assert rights(denying(), targets) == (False, True)
    assert rights(denying(), targets, parent) == (False, False)


def test_a_denial_on_a_condition_leaves_the_right_doubtful() -> None:
    where = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    text = document(deny("sts:AssumeRole", Condition=where))
    made = together(account(), *organization(NO_ROLES), denying(text=text))

    assert possibly(made, "iam:user/alice", ROTA)
    (words,) = conditions(made, "iam:user/alice", ROTA)
    assert "NotIpAddress aws:SourceIp = 203.0.113.0/24" in words


def test_every_level_must_allow() -> None:
    """A unit that allows S3 alone closes the rest, whatever root and account allow."""
    files = dict(organization())
    only = file("only.json", describe_policy("p-onlys30000", document(allow("s3:*"))))
    narrow = file(f"scp-of-target-{UNIT}.json", policies_for("p-onlys30000"))

    assert rights(*(files | dict([narrow])).items(), only) == (False, False)


def test_a_policy_whose_text_was_not_given_makes_everything_doubtful() -> None:
    assert rights(*organization(NO_ROLES)) == (False, True)


def test_the_management_account_is_bound_by_nothing() -> None:
    iam = account()
    for entries in (iam.users, iam.roles):
        for entry in entries:
            entry["Arn"] = entry["Arn"].replace(NUMBER, MANAGEMENT)
    iam.roles[0]["AssumeRolePolicyDocument"] = trusts({"AWS": MANAGEMENT})
    made = together(
        iam, denying(), file(f"scp-of-target-{ROOT}.json", policies_for(FULL, NO_ROLES))
    )

    assert certainly(made, "iam:user/alice", ROTA)


def test_the_management_account_may_come_to_be_the_root_user_of_another() -> None:
    """It can give the root user of a member account a new password, and makes it with a role."""
    made = together(account(), *organization())

    assert possibly(made, f"iam:account/{MANAGEMENT}", "iam:root")
    assert not certainly(made, f"iam:account/{MANAGEMENT}", "iam:root")


def test_a_type_that_the_root_does_not_enable_binds_nothing() -> None:
    files = dict(organization(NO_ROLES))
    roots = {"Roots": [{"Id": ROOT, "Arn": target(ROOT)["Arn"], "PolicyTypes": []}]}

    assert rights(*(files | dict([file("root.json", roots)])).items(), denying()) == (True, True)


def test_a_resource_control_policy_binds_outsiders_as_well() -> None:
    kind = "RESOURCE_CONTROL_POLICY"
    text = file("rcp.json", describe_policy(NO_ROLES, RESOURCE_POLICY, kind=kind))
    attached = file(f"rcp-of-target-{NUMBER}.json", policies_for(NO_ROLES, kind=kind))
    enabled = [{"Type": of, "Status": "ENABLED"} for of in (kind, "SERVICE_CONTROL_POLICY")]
    roots = {"Roots": [{"Id": ROOT, "Arn": target(ROOT)["Arn"], "PolicyTypes": enabled}]}
    files = dict(organization()) | dict([file("root.json", roots)])
    later = Stamp("2025-01-01", "2025-06-01")
    made = together(account(), *files.items(), text, attached, stamp=later)
    on = "2025-03-01"

    assert ROTA not in reach(made, f"iam:account/{VENDOR}", on=on, certain=False)
    assert ROTA not in reach(made, "iam:user/alice", on=on, certain=False)
    # Before such policies existed none can have bound.
    assert certainly(together(account(), *files.items()), f"iam:account/{VENDOR}", ROTA)


def test_a_resource_control_policy_of_unknown_text_leaves_an_outsiders_right_doubtful() -> None:
    kind = "RESOURCE_CONTROL_POLICY"
    attached = file(f"rcp-of-target-{NUMBER}.json", policies_for(NO_ROLES, kind=kind))
    enabled = [{"Type": of, "Status": "ENABLED"} for of in (kind, "SERVICE_CONTROL_POLICY")]
    roots = {"Roots": [{"Id": ROOT, "Arn": target(ROOT)["Arn"], "PolicyTypes": enabled}]}
    files = dict(organization()) | dict([file("root.json", roots), attached])
    made = together(account(), *files.items(), stamp=Stamp("2025-01-01", "2025-06-01"))
    outsider, on = f"iam:account/{VENDOR}", "2025-03-01"

    assert ROTA in reach(made, outsider, on=on, certain=False)
    assert ROTA not in reach(made, outsider, on=on)


def test_without_its_resource_control_policies_an_organization_is_not_wholly_known() -> None:
    files = dict(organization())
    del files["root.json"]

    assert rights(*files.items()) == (False, True)


def test_policies_that_bind_no_right_are_told_and_change_nothing() -> None:
    tag = file("tag.json", describe_policy("p-tags000000", {"tags": {}}, kind="TAG_POLICY"))
    made = together(account(), *organization(), tag)

    assert certainly(made, "iam:user/alice", ROTA)
    assert any("TAG_POLICY" in note for note in made.notes)


@pytest.mark.parametrize(
    "name, value, word",
    [
        ("targets.json", {"Targets": [target(NUMBER)]}, "which policy"),
        ("parents.json", {"Parents": [{"Id": UNIT, "Type": "X"}]}, "whose parents"),
        (f"target-{NUMBER}-{UNIT}.json", policies_for(FULL), "must have one target"),
        ("p.json", {"Policy": {"PolicySummary": 7}}, "no PolicySummary"),
        ("p.json", {"Policy": {"PolicyName": "x"}}, "no IAM export"),
        ("p.json", describe_policy(NO_ROLES, 7), "is not an object"),
        ("p.json", {"Organization": 7}, "no object"),
        ("p.json", {"Account": 7}, "not a list of objects"),
        ("p.json", {"Roots": [{"PolicyTypes": 7}]}, "PolicyTypes is not a list"),
        ("p.json", policies_for(FULL) | {"NextToken": "x"}, "cut off"),
    ],
)
def test_a_shape_that_is_none_of_an_organization_is_refused(
    name: str, value: Any, word: str
) -> None:
    words = refused(account(), file(name, value))

    assert name in words
    assert word in words


def test_a_policy_given_twice_and_not_alike_is_refused() -> None:
    again = file("again.json", describe_policy(NO_ROLES, document(allow("*"))))

    assert "given twice" in refused(account(), denying(), again)


def test_an_unknown_key_of_a_policy_is_told() -> None:
    made = together(account(), file("p.json", describe_policy(NO_ROLES, DENYING, Moon="full")))

    assert any("Moon" in part for part in made.unread)


def test_a_service_control_policy_never_binds_a_vendors_account() -> None:
    made = together(account(), *organization(NO_ROLES), denying())

    assert certainly(made, f"iam:account/{VENDOR}", ROTA)
