"""The IAM lift: what a principal certainly reaches, what it may reach, and what it cannot."""

from __future__ import annotations

import pytest

from tests.builders.iam import (
    KEY,
    NUMBER,
    VENDOR,
    Iam,
    allow,
    arn,
    bounded,
    deny,
    document,
    key_policy,
    trusts,
)
from tests.exports.aws_iam.cases import (
    ADMIN,
    THE_KEY,
    certainly,
    conditions,
    grants,
    lifted,
    possibly,
    reach,
)


def test_a_role_that_a_vendors_account_can_assume_is_found_and_dated() -> None:
    made = lifted(Iam().role("Support", trusts({"AWS": arn("root", VENDOR)}), allow("kms:Sign")))

    (row,) = [r for r in grants(made) if r["means"] == f"iam:account/{VENDOR}"]
    assert row["gives"] == "iam:role/Support"
    assert (row["from"], row["to"], row["condition"]) == ("2023-06-17", "2024-03-05", "")
    assert (row["standing"], row["cites"]) == ("system record", "BTS0001")


def test_a_role_made_within_the_period_is_open_only_from_that_day() -> None:
    later = {"CreateDate": "2023-11-02T08:00:00Z"}
    made = lifted(Iam().role("Support", trusts({"AWS": VENDOR}), **later))

    assert "iam:role/Support" not in reach(made, f"iam:account/{VENDOR}", on="2023-11-01")
    assert "iam:role/Support" in reach(made, f"iam:account/{VENDOR}", on="2023-11-02")


def test_an_external_id_makes_the_vendors_way_in_uncertain_and_is_quoted() -> None:
    asked = {"StringEquals": {"sts:ExternalId": "x-17"}}
    made = lifted(Iam().role("Support", trusts({"AWS": VENDOR}, Condition=asked)))

    assert not certainly(made, f"iam:account/{VENDOR}", "iam:role/Support")
    (words,) = conditions(made, f"iam:account/{VENDOR}", "iam:role/Support")
    assert "StringEquals sts:ExternalId = x-17" in words


def test_a_role_of_another_account_is_reached_by_whoever_commands_that_account() -> None:
    made = lifted(Iam().role("Support", trusts({"AWS": arn("role/Engineer", VENDOR)})))

    assert certainly(made, f"iam:account/{VENDOR}/role/Engineer", "iam:role/Support")
    assert certainly(made, f"iam:account/{VENDOR}", "iam:role/Support")


def test_a_chain_of_three_roles_reaches_the_key() -> None:
    iam = Iam().user("alice", allow("sts:AssumeRole", arn("role/One")))
    iam.role("One", trusts({"AWS": arn("root")}), allow("sts:AssumeRole", arn("role/Two")))
    iam.role("Two", trusts({"AWS": arn("role/One")}))
    iam.role("Three", trusts({"AWS": arn("role/Two")}), allow("kms:Sign", KEY))
    iam.keys = {KEY: key_policy(arn("root"))}
    made = lifted(iam)

    assert certainly(made, "iam:user/alice", THE_KEY)
    assert not possibly(made, "iam:user/alice", ADMIN)


def test_roles_that_trust_one_another_in_a_circle_are_read() -> None:
    iam = Iam()
    for name, other in (("One", "Two"), ("Two", "Three"), ("Three", "One")):
        iam.role(name, trusts({"AWS": arn(f"role/{other}")}))
    made = lifted(iam)

    assert certainly(made, "iam:role/One", "iam:role/Two")
    assert certainly(made, "iam:role/Two", "iam:role/One")


def test_trust_in_the_account_needs_a_policy_of_ones_own() -> None:
    iam = Iam().user("alice").user("bob", allow("sts:AssumeRole", arn("role/R*")))
    made = lifted(iam.role("Rota", trusts({"AWS": NUMBER})))

    assert not possibly(made, "iam:user/alice", "iam:role/Rota")
    assert certainly(made, "iam:user/bob", "iam:role/Rota")


def test_trust_by_name_needs_no_policy_of_ones_own() -> None:
    made = lifted(Iam().user("alice").role("Rota", trusts({"AWS": arn("user/alice")})))

    assert certainly(made, "iam:user/alice", "iam:role/Rota")


def test_a_certain_deny_takes_the_right_away_even_against_trust_by_name() -> None:
    iam = Iam().user("alice", deny("sts:*", arn("role/*")))
    made = lifted(iam.role("Rota", trusts({"AWS": arn("user/alice")})))

    assert not possibly(made, "iam:user/alice", "iam:role/Rota")


def test_a_deny_with_a_condition_leaves_the_right_possible() -> None:
    no_second_factor = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    iam = Iam().user("alice", allow("sts:*"), deny("*", Condition=no_second_factor))
    made = lifted(iam.role("Rota", trusts({"AWS": NUMBER})))

    assert not certainly(made, "iam:user/alice", "iam:role/Rota")
    (words,) = conditions(made, "iam:user/alice", "iam:role/Rota")
    assert "unless BoolIfExists aws:MultiFactorAuthPresent = false" in words


def test_a_deny_in_the_trust_policy_holds_against_everybody_it_names() -> None:
    shut = document(
        trusts({"AWS": [VENDOR, NUMBER]})["Statement"][0],
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"},
    )
    made = lifted(Iam().user("alice", allow("*")).role("Rota", shut))

    assert not possibly(made, f"iam:account/{VENDOR}", "iam:role/Rota")
    assert conditions(made, "iam:user/alice", "iam:role/Rota") == []


def test_a_boundary_cuts_a_role_down_to_what_it_allows() -> None:
    iam = Iam().policy(
        "fence", allow(["s3:*", "sts:AssumeRole"], [arn("role/One"), "arn:aws:s3:::*"])
    )
    iam.role("Ops", trusts({"AWS": VENDOR}), allow("*"), **bounded("fence"))
    iam.role("One", trusts({"AWS": NUMBER})).role("Two", trusts({"AWS": NUMBER}))
    made = lifted(iam)

    assert certainly(made, "iam:role/Ops", "iam:role/One")
    assert not possibly(made, "iam:role/Ops", "iam:role/Two")
    assert not possibly(made, "iam:role/Ops", ADMIN)


def test_a_boundary_that_is_not_in_the_export_makes_every_right_uncertain() -> None:
    made = lifted(
        Iam()
        .role("Ops", trusts({"AWS": VENDOR}), allow("*"), **bounded("lost"))
        .role("One", trusts({"AWS": NUMBER}))
    )

    assert possibly(made, "iam:role/Ops", "iam:role/One")
    assert not certainly(made, "iam:role/Ops", "iam:role/One")
    assert any("is not in the export" in note for note in made.notes)


def test_a_member_has_what_its_group_gives() -> None:
    iam = Iam().group("signers", allow("kms:Sign", KEY)).user("alice", groups=["signers"])
    iam.user("bob").keys = {KEY: key_policy(arn("root"))}
    made = lifted(iam)

    assert certainly(made, "iam:user/alice", "iam:group/signers")
    assert certainly(made, "iam:group/signers", THE_KEY)
    assert conditions(made, "iam:user/alice", THE_KEY) == []
    assert not possibly(made, "iam:user/bob", THE_KEY)


def test_the_only_policy_of_a_list_may_stand_without_the_list() -> None:
    """The CLI's own example prints the attached policy of a group so."""
    admin = {"PolicyName": "A", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    iam = Iam().group("signers", AttachedManagedPolicies=admin).user("alice", groups=["signers"])
    iam.keys = {KEY: key_policy(arn("root"))}

    assert certainly(lifted(iam), "iam:group/signers", THE_KEY)


def test_a_member_who_is_denied_does_not_get_it_through_the_group() -> None:
    iam = Iam().group("signers", allow(["kms:Sign", "sts:AssumeRole"]))
    iam.user("alice", deny("kms:*", KEY), groups=["signers"])
    iam.role("Rota", trusts({"AWS": NUMBER})).keys = {KEY: key_policy(arn("root"))}
    made = lifted(iam)

    assert not possibly(made, "iam:user/alice", THE_KEY)
    assert certainly(made, "iam:user/alice", "iam:role/Rota")


def test_a_group_that_the_export_lacks_may_give_anything() -> None:
    made = lifted(Iam().user("alice", groups=["lost"]))

    assert possibly(made, "iam:user/alice", ADMIN)
    assert reach(made, "iam:user/alice") == {"iam:user/alice"}


def test_a_policy_whose_document_is_lost_may_give_anything_in_few_rows() -> None:
    """Each of sixty may assume each of sixty roles: that is one grant each, not 3,600."""
    iam = Iam()
    for number in range(60):
        iam.user(f"u{number}", attached=["lost"]).role(f"r{number}", trusts({"AWS": NUMBER}))
    made = lifted(iam)

    assert possibly(made, "iam:user/u7", "iam:role/r9")
    assert reach(made, "iam:user/u7") == {"iam:user/u7"}
    assert len(grants(made)) < 400


@pytest.mark.parametrize(
    "pattern, found",
    [
        ("kms:Sign", True),
        ("KMS:sign", True),
        ("kms:S?gn", True),
        ("k*:*gn", True),
        ("kms:Sig", False),
        ("kms:Verify", False),
        ("s3:*", False),
    ],
)
def test_wildcards_in_actions_match_as_iam_matches(pattern: str, found: bool) -> None:
    iam = Iam().user("alice", allow(pattern, KEY))
    iam.keys = {KEY: key_policy(arn("root"))}

    assert certainly(lifted(iam), "iam:user/alice", THE_KEY) is found


def test_not_action_allows_all_the_rest_so_it_makes_an_administrator() -> None:
    rest = {"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}
    power = {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}
    made = lifted(Iam().user("alice", rest).user("bob", power))

    assert certainly(made, "iam:user/alice", ADMIN)
    assert not possibly(made, "iam:user/bob", ADMIN)


def test_not_resource_allows_everything_else() -> None:
    but = {"Effect": "Allow", "Action": "sts:AssumeRole", "NotResource": arn("role/Two")}
    iam = Iam().user("alice", but)
    iam.role("One", trusts({"AWS": NUMBER})).role("Two", trusts({"AWS": NUMBER}))
    made = lifted(iam)

    assert certainly(made, "iam:user/alice", "iam:role/One")
    assert not possibly(made, "iam:user/alice", "iam:role/Two")


def test_an_administrator_reaches_every_principal_and_every_key() -> None:
    iam = Iam().user("alice", allow("*")).user("bob").group("signers")
    iam.role("Vault", trusts({"Service": "lambda.amazonaws.com"}))
    iam.keys = {KEY: key_policy(arn("root"))}
    made = lifted(iam)

    everything = {"iam:user/bob", "iam:group/signers", "iam:role/Vault", THE_KEY}
    assert everything <= reach(made, "iam:user/alice")
    assert everything <= reach(made, "iam:root")


def test_root_is_one_principal_of_many_and_nothing_closes_it() -> None:
    made = lifted(Iam().user("alice"))

    assert any(row.table == "means" and row["id"] == "iam:root" for row in made.rows)
    tables = {row.table for row in made.rows}
    assert tables == {"means", "grants", "people", "possessions", "same_as"}


@pytest.mark.parametrize("action", ["iam:PutUserPolicy", "iam:AttachUserPolicy", "IAM:put*"])
def test_who_may_write_its_own_policy_may_write_any(action: str) -> None:
    own = lifted(Iam().user("alice", allow(action, arn("user/${aws:username}"))))
    others = lifted(Iam().user("alice", allow(action, arn("user/bob"))).user("bob"))

    assert certainly(own, "iam:user/alice", ADMIN)
    assert not possibly(others, "iam:user/alice", ADMIN)
    # To write another's policy helps who can also act as that other.
    assert ADMIN in reach(others, "iam:user/alice", "iam:user/bob")


def test_full_rights_over_another_user_are_the_way_to_all_rights() -> None:
    """A key made for bob, and a policy written for him."""
    made = lifted(Iam().user("alice", allow("iam:*", arn("user/bob"))).user("bob"))

    assert certainly(made, "iam:user/alice", ADMIN)


def test_writing_the_policy_of_ones_group_is_writing_ones_own() -> None:
    iam = Iam().group("staff").user("alice", allow("iam:PutGroupPolicy"), groups=["staff"])

    assert certainly(lifted(iam), "iam:user/alice", ADMIN)


def test_a_new_version_of_an_attached_policy_may_say_anything() -> None:
    iam = Iam().policy("ops", allow("iam:CreatePolicyVersion", arn("policy/ops")))
    iam.role("Ops", trusts({"AWS": VENDOR}), attached=["ops"])

    assert certainly(lifted(iam), f"iam:account/{VENDOR}", ADMIN)


def test_who_can_make_a_user_and_give_it_rights_has_all_rights() -> None:
    actions = ["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"]
    whole = lifted(Iam().user("alice", allow(actions)))
    part = lifted(Iam().user("alice", allow(actions[0::2])))

    assert certainly(whole, "iam:user/alice", ADMIN)
    assert not possibly(part, "iam:user/alice", ADMIN)


def test_who_can_rewrite_a_trust_policy_can_assume_the_role() -> None:
    iam = Iam().user("alice", allow("iam:UpdateAssumeRolePolicy", arn("role/Vault")))
    iam.role("Vault", trusts({"Service": "ec2.amazonaws.com"})).role("Other", trusts(NUMBER))
    made = lifted(iam)

    assert certainly(made, "iam:user/alice", "iam:role/Vault")
    assert not possibly(made, "iam:user/alice", "iam:role/Other")


def test_making_an_access_key_is_certain_only_where_an_old_one_can_go() -> None:
    two = Iam().user("alice", allow("iam:CreateAccessKey")).user("bob")
    whole = Iam().user("alice", allow("iam:*AccessKey*")).user("bob")

    assert not certainly(lifted(two), "iam:user/alice", "iam:user/bob")
    assert possibly(lifted(two), "iam:user/alice", "iam:user/bob")
    assert certainly(lifted(whole), "iam:user/alice", "iam:user/bob")


def test_a_user_may_add_itself_to_a_group() -> None:
    iam = Iam().user("alice", allow("iam:AddUserToGroup", arn("group/signers"))).group("signers")
    iam.group("others")
    made = lifted(iam)

    assert certainly(made, "iam:user/alice", "iam:group/signers")
    assert not possibly(made, "iam:user/alice", "iam:group/others")


def test_passing_a_role_to_a_service_may_be_having_it() -> None:
    iam = Iam().user("alice", allow("iam:PassRole", arn("role/Job")))
    iam.role("Job", trusts({"Service": "lambda.amazonaws.com"})).role("Own", trusts(NUMBER))
    made = lifted(iam)

    assert possibly(made, "iam:user/alice", "iam:role/Job")
    assert not certainly(made, "iam:user/alice", "iam:role/Job")
    assert not possibly(made, "iam:user/alice", "iam:role/Own")


@pytest.mark.parametrize(
    "service, action",
    [("ec2", "ec2:RunInstances"), ("lambda", "lambda:CreateFunction"), ("glue", "glue:CreateJob")],
)
def test_starting_something_with_a_role_that_one_may_pass_is_named(
    service: str, action: str
) -> None:
    iam = Iam().user("alice", allow([action, "iam:PassRole"]))
    iam.role("Job", trusts({"Service": f"{service}.amazonaws.com"}))

    (words,) = conditions(lifted(iam), "iam:user/alice", "iam:role/Job")
    assert f"by {action}" in words


def test_who_can_lift_what_holds_it_back_may_have_everything() -> None:
    fence = bounded("fence")
    rid = allow(["iam:DeleteUserPermissionsBoundary", "kms:Sign"])
    iam = Iam().policy("fence", allow("iam:DeleteUserPermissionsBoundary"))
    made = lifted(iam.user("alice", rid, **fence))

    assert possibly(made, "iam:user/alice", ADMIN)
    assert not certainly(made, "iam:user/alice", ADMIN)
