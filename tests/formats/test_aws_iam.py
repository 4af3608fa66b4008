"""The IAM lift: what a principal certainly reaches, what it may reach, and what it cannot."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from forthwith.domain.fact_tables import FactRow, Lifted, Stamp
from forthwith.formats.aws_iam import lift
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

STAMP = Stamp("2023-06-17", "2024-03-05", cites="BTS0001")
THE_KEY = f"kms:{KEY}"
ADMIN = "iam:policy-admin"


def lifted(iam: Iam, stamp: Stamp = STAMP) -> Lifted:
    made = lift(iam.files(), stamp)
    assert not made.faults
    return made


def grants(made: Lifted) -> list[FactRow]:
    return [row for row in made.rows if row.table == "grants"]


def reach(made: Lifted, *hands: str, on: str = "2023-09-01", certain: bool = True) -> set[str]:
    """Return what whoever holds `hands` has on a day: the least fixed point over the grants."""
    rows = [
        row
        for row in grants(made)
        if row["from"] <= on and (not row["to"] or on < row["to"])
        if not (certain and row["condition"])
    ]
    held = set(hands)
    while more := {r["gives"] for r in rows if _met(r["means"], held)} - held:
        held |= more
    return held


def _met(formula: str, held: set[str]) -> bool:
    both = formula.split(" and ", 1)
    if len(both) == 2:
        return all(_met(each, held) for each in both)
    any_of = re.fullmatch(r"any of \((.*)\)", formula)
    return any(each in held for each in any_of[1].split(", ")) if any_of else formula in held


def certainly(made: Lifted, start: str, end: str) -> bool:
    return end in reach(made, start)


def possibly(made: Lifted, start: str, end: str) -> bool:
    return end in reach(made, start, certain=False)


def conditions(made: Lifted, means: str, gives: str) -> list[str]:
    return [r["condition"] for r in grants(made) if (r["means"], r["gives"]) == (means, gives)]


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
    assert {row.table for row in made.rows} == {"means", "grants"}


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


def test_who_can_lift_what_holds_it_back_may_have_everything() -> None:
    fence = bounded("fence")
    rid = allow(["iam:DeleteUserPermissionsBoundary", "kms:Sign"])
    iam = Iam().policy("fence", allow("iam:DeleteUserPermissionsBoundary"))
    made = lifted(iam.user("alice", rid, **fence))

    assert possibly(made, "iam:user/alice", ADMIN)
    assert not certainly(made, "iam:user/alice", ADMIN)


def test_a_key_whose_own_policy_is_unknown_is_never_certain() -> None:
    made = lifted(Iam().user("alice", allow("kms:Sign", KEY)))

    assert possibly(made, "iam:user/alice", THE_KEY)
    (words,) = conditions(made, "iam:user/alice", THE_KEY)
    assert "if the key's own policy" in words


def test_a_key_that_leaves_iam_out_is_reached_only_by_whom_it_names() -> None:
    iam = Iam().user("alice").user("bob", allow("kms:*"))
    iam.keys = {KEY: key_policy(arn("user/alice"), VENDOR, action="kms:Sign")}
    made = lifted(iam)

    assert certainly(made, "iam:user/alice", THE_KEY)
    assert certainly(made, f"iam:account/{VENDOR}", THE_KEY)
    assert not possibly(made, "iam:user/bob", THE_KEY)


def test_a_key_policy_may_come_in_a_file_named_after_the_key() -> None:
    policy = json.dumps(key_policy(arn("user/alice"))).encode()
    files = [*Iam().user("alice").files(), (KEY.rsplit("/", 1)[-1] + ".json", policy)]
    made = lift(files, STAMP)

    assert not made.faults
    assert certainly(made, "iam:user/alice", "kms:1234abcd-12ab-34cd-56ef-1234567890ab")


def test_sessions_on_machines_are_hosts() -> None:
    one = f"arn:aws:ec2:eu-west-1:{NUMBER}:instance/i-0abc"
    iam = Iam().user("alice", allow("ssm:StartSession", one)).user("bob", allow("ssm:*"))
    iam.role("Web", trusts({"Service": "ec2.amazonaws.com"}))
    iam.roles[0]["InstanceProfileList"] = [{"InstanceProfileName": "web"}]
    made = lifted(iam)

    assert certainly(made, "iam:user/alice", f"host:{one}")
    assert not possibly(made, "iam:user/alice", "host:*")
    assert certainly(made, "iam:user/bob", "host:*")
    assert possibly(made, "iam:user/alice", "iam:role/Web")


def test_identity_providers_and_services_are_means_of_their_own() -> None:
    provider = arn("saml-provider/Staff")
    saml = trusts({"Federated": provider}, Action="sts:AssumeRoleWithSAML")
    made = lifted(Iam().role("Staff", saml).role("Job", trusts({"Service": "ecs.amazonaws.com"})))

    assert certainly(made, f"iam:federated/{provider}", "iam:role/Staff")
    assert certainly(made, "iam:service/ecs.amazonaws.com", "iam:role/Job")


def test_a_role_open_to_everybody_is_open_to_any_account() -> None:
    made = lifted(Iam().role("Open", trusts("*")).role("Support", trusts({"AWS": VENDOR})))

    assert certainly(made, "iam:account/*", "iam:role/Open")
    assert certainly(made, f"iam:account/{VENDOR}", "iam:role/Open")
    assert any("any AWS account" in note for note in made.notes)


def test_everybody_but_some_is_possible_for_all_and_certain_for_none() -> None:
    but = document({"Effect": "Allow", "NotPrincipal": {"AWS": VENDOR}, "Action": "sts:AssumeRole"})
    made = lifted(Iam().user("alice").role("Open", but))

    assert possibly(made, "iam:user/alice", "iam:role/Open")
    assert not certainly(made, "iam:user/alice", "iam:role/Open")
    assert possibly(made, "iam:account/*", "iam:role/Open")


def test_without_the_organizations_policies_no_right_is_certain() -> None:
    iam = Iam().user("alice", allow("*")).role("Rota", trusts({"AWS": [NUMBER, VENDOR]}))
    iam.organization = None
    made = lifted(iam)

    assert not certainly(made, "iam:user/alice", "iam:role/Rota")
    assert possibly(made, "iam:user/alice", "iam:role/Rota")
    assert any('"organization_policies"' in note for note in made.notes)


def test_service_control_policies_never_bound_a_vendors_account() -> None:
    """And those that can, resource control policies, did not exist before 13 November 2024."""
    iam = Iam().role("Support", trusts({"AWS": VENDOR}))
    iam.organization = None

    assert certainly(lifted(iam), f"iam:account/{VENDOR}", "iam:role/Support")
    still = lifted(iam, Stamp("2023-06-17"))
    assert not certainly(still, f"iam:account/{VENDOR}", "iam:role/Support")
    iam.organization = [document(allow("*"), deny("sts:AssumeRole"))]
    assert certainly(lifted(iam), f"iam:account/{VENDOR}", "iam:role/Support")


def test_an_organizations_deny_takes_the_right_away() -> None:
    iam = Iam().user("alice", allow("sts:*")).role("Rota", trusts({"AWS": NUMBER}))
    iam.organization = [document(allow("*")), document(deny("sts:AssumeRole"))]

    assert not possibly(lifted(iam), "iam:user/alice", "iam:role/Rota")


def test_a_policy_rewritten_within_the_period_may_have_said_anything_before() -> None:
    iam = Iam().policy("ops", allow("sts:AssumeRole"), made="2023-10-01T00:00:00Z")
    iam.user("alice", attached=["ops"]).role("Rota", trusts({"AWS": NUMBER}))
    made = lifted(iam)

    early, late = "2023-09-30", "2023-10-01"
    assert "iam:role/Rota" not in reach(made, "iam:user/alice", on=early)
    assert ADMIN in reach(made, "iam:user/alice", on=early, certain=False)
    assert "iam:role/Rota" in reach(made, "iam:user/alice", on=late)
    assert ADMIN not in reach(made, "iam:user/alice", on=late, certain=False)


def test_documents_in_url_encoding_read_like_objects() -> None:
    iam = Iam().role("Support", quote(json.dumps(trusts({"AWS": VENDOR}))))

    assert certainly(lifted(iam), f"iam:account/{VENDOR}", "iam:role/Support")


def test_names_that_would_break_an_id_are_made_safe_and_stay_different() -> None:
    made = lifted(Iam().user("a,b").user("a b").user("a%2Cb"))

    ids = [row["id"] for row in made.rows if row["id"].startswith("iam:user/")]
    assert len(set(ids)) == 3
    assert not any(re.search(r"[\s,()]", each) for each in ids)


def test_a_principal_named_but_not_listed_may_exist() -> None:
    made = lifted(Iam().role("Rota", trusts({"AWS": arn("user/ghost")})))

    assert possibly(made, "iam:user/ghost", "iam:role/Rota")
    assert not certainly(made, "iam:user/ghost", "iam:role/Rota")


def test_a_principal_that_is_gone_is_noted() -> None:
    made = lifted(Iam().role("Rota", trusts({"AWS": "AIDACKCEVSQ6C2EXAMPLE"})))

    assert any("AIDACKCEVSQ6C2EXAMPLE, which is gone" in note for note in made.notes)


def test_a_policy_attached_more_often_than_listed_shows_that_principals_are_missing() -> None:
    iam = Iam().policy("ops", allow("s3:*"), AttachmentCount=2).user("alice", attached=["ops"])

    assert any("principals are missing" in note for note in lifted(iam).notes)


def test_unknown_keys_are_reported_and_make_their_statement_uncertain() -> None:
    iam = Iam().user("alice", allow("sts:*", Resourses="*"), Tags=[{"Key": "team"}])
    made = lifted(iam.role("Rota", trusts({"AWS": NUMBER})))

    assert "user/alice.Tags" in made.unread
    assert any(each.endswith("Resourses") for each in made.unread)
    assert not certainly(made, "iam:user/alice", "iam:role/Rota")
    assert possibly(made, "iam:user/alice", "iam:role/Rota")


def broken(change: Any) -> list[str]:
    export = Iam().user("alice", allow("*")).role("Rota", trusts(NUMBER)).export()
    change(export)
    made = lift([("iam.json", json.dumps(export).encode())], STAMP)
    assert made.faults
    assert not made.rows
    return [str(fault) for fault in made.faults]


@pytest.mark.parametrize("mark", [{"IsTruncated": True}, {"Marker": "x"}, {"NextToken": "x"}])
def test_an_export_that_is_cut_off_is_refused(mark: dict[str, Any]) -> None:
    (fault,) = broken(lambda export: export.update(mark))

    assert "cut off" in fault


def test_pages_are_joined_when_the_last_one_is_there() -> None:
    first = Iam().user("alice", allow("*")).export() | {"IsTruncated": True, "Marker": "x"}
    last = Iam().user("bob").export() | {"IsTruncated": False}
    files = [("1.json", json.dumps(first).encode()), ("2.json", json.dumps(last).encode())]
    made = lift(files, STAMP)

    assert not made.faults
    assert {"iam:user/alice", "iam:user/bob"} <= {row["id"] for row in made.rows}
    assert lift(files[:1], STAMP).faults


def test_two_exports_that_differ_about_a_principal_are_refused() -> None:
    one, two = Iam().user("alice", allow("*")).export(), Iam().user("alice").export()
    files = [("1.json", json.dumps(one).encode()), ("2.json", json.dumps(two).encode())]

    assert "listed twice" in str(lift(files, STAMP).faults[0])
    assert not lift([files[0], ("again.json", files[0][1])], STAMP).faults


def test_two_accounts_are_refused() -> None:
    def change(export: Any) -> None:
        export["RoleDetailList"][0]["Arn"] = arn("role/Rota", VENDOR)

    assert "several accounts" in broken(change)[0]


@pytest.mark.parametrize(
    "value",
    [
        *(None, 7, "x", [], {"Statement": 7}, {"Statement": [7]}, {"Statement": {"Effect": "No"}}),
        *(document(allow(7)), document(allow([7])), document({"Effect": "Allow", "Action": "*"})),
        *(document(allow("*", "a" * 3000)), document(allow("*", Principal=7)), "%7B"),
    ],
)
def test_a_policy_that_is_none_is_a_fault_and_no_traceback(value: Any) -> None:
    def change(export: Any) -> None:
        export["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] = value

    assert "of user 'alice'" in broken(change)[0]


@pytest.mark.parametrize("value", [7, "x", {"a": 1}, [7], [[]]])
@pytest.mark.parametrize("key", ["UserDetailList", "RoleDetailList", "Policies"])
def test_a_list_that_is_none_is_a_fault(key: str, value: Any) -> None:
    assert broken(lambda export: export.update({key: value}))


@pytest.mark.parametrize("key", ["GroupList", "UserPolicyList", "AttachedManagedPolicies", "Arn"])
@pytest.mark.parametrize("value", [7, {"a": 1}, [7], "x" * 100_000])
def test_a_part_of_the_wrong_shape_is_a_fault_or_harmless(key: str, value: Any) -> None:
    export = Iam().user("alice").export()
    export["UserDetailList"][0][key] = value
    made = lift([("iam.json", json.dumps(export).encode())], STAMP)

    assert made.faults or possibly(made, "iam:user/alice", ADMIN)


@pytest.mark.parametrize(
    "data, word",
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "nests"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "nests"),
        (b'{"UserDetailList": [], "UserDetailList": []}', "twice"),
        (b'{"UserDetailList": NaN}', "NaN"),
        (b'{"UserDetailList": 1e999}', "too large"),
        (b'{"UserDetailList": ' + b"9" * 5000 + b"}", "absurd"),
        (b"{}", "no IAM export"),
        (b'"x"', "no IAM export"),
        (b'{"UserDetailList": []}', "lists nobody"),
    ],
)
def test_hostile_bytes_are_a_fault_in_words(data: bytes, word: str) -> None:
    made = lift([("iam.json", data)], STAMP)

    assert not made.rows
    assert word in " ".join(map(str, made.faults))


def test_no_file_at_all_is_a_fault() -> None:
    assert lift([], STAMP).faults


def test_an_export_that_claims_a_million_grants_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forthwith.formats.aws_iam._MOST", 10)
    iam = Iam()
    for number in range(12):
        iam.user(f"u{number}", allow("*"))

    assert "grants" in str(lift(iam.files(), STAMP).faults[0])
