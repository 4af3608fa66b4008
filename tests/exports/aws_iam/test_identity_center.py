"""IAM Identity Center: who signs in as which role, by assignment and by group."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders.aws_cli import (
    SET,
    SET_ID,
    STORE,
    assignment,
    file,
    sign_on,
    sso_user,
)
from tests.builders.iam import KEY, NUMBER, VENDOR, Iam, allow, arn, key_policy, trusts
from tests.exports.aws_iam.cases import (
    ADMIN,
    THE_KEY,
    certainly,
    possibly,
    reach,
    refused,
    together,
)

RESERVED = "AWSReservedSSO_Signing_0123456789abcdef"
SAML = {"Federated": arn("saml-provider/AWSSSO_1_DO_NOT_DELETE")}
SIGN_ON_ADMIN = "iam:sso-admin"


def account(role: str = RESERVED) -> Iam:
    iam = Iam().user("alice", allow("sso:*")).user("bob", allow("s3:ListBucket"))
    trusting = trusts(SAML, Action=["sts:AssumeRoleWithSAML", "sts:TagSession"])
    if role:
        iam.role(role, trusting, allow("kms:Sign", KEY))
        name = f"role/aws-reserved/sso.amazonaws.com/{role}"
        iam.roles[0] |= {"Arn": arn(name), "Path": "/aws-reserved/sso.amazonaws.com/"}
    iam.keys = {KEY: key_policy(arn("root"))}
    return iam


def test_an_assignment_gives_the_role_of_the_permission_set() -> None:
    made = together(account(), *sign_on())

    assert certainly(made, "iam:sso-user/ann", THE_KEY)
    assert certainly(made, "iam:sso-user/bo", "iam:sso-group/Signers")
    assert certainly(made, "iam:sso-user/bo", THE_KEY)
    assert not possibly(made, "iam:sso-user/cai", THE_KEY)


def test_users_are_people_with_the_names_they_have_elsewhere() -> None:
    made = together(account(), *sign_on())
    rows = [row for row in made.rows if row["a"] == "iam:sso-user/ann"]

    assert {row["b"] for row in rows} == {"login:ann", "mail:ann@veld.example", "name:Ann"}
    assert {row["kind"] for row in rows} == {"alias"}
    had = [row for row in made.rows if row.table == "possessions"]
    assert {row["person"] for row in had} >= {"iam:sso-user/ann", "iam:user/alice"}
    assert not any(row.table == "completeness" for row in made.rows)


def test_a_login_that_is_a_mail_address_is_one() -> None:
    made = together(Iam().user("ann@veld.example"))

    assert [row["b"] for row in made.rows if row.table == "same_as"] == ["mail:ann@veld.example"]


def test_a_user_who_may_not_sign_in_may_have_been_able_to_before() -> None:
    """The export is of one moment: what it says of the credential is no record of the period."""
    off = file("users.json", {"Users": [sso_user("ann", "u-1", UserStatus="DISABLED")]})
    made = together(account(), *(dict(sign_on()) | dict([off])).items())

    had = {row["person"]: row for row in made.rows if row.table == "possessions"}
    assert had["iam:sso-user/ann"]["standing"] == "narrative"
    assert certainly(made, "iam:sso-user/ann", THE_KEY)


def test_a_membership_holds_from_the_day_it_was_made() -> None:
    member = {"IdentityStoreId": STORE, "MembershipId": "m-1", "GroupId": "g-1"}
    entry = member | {"MemberId": {"UserId": "u-2"}, "CreatedAt": "2023-10-01T00:00:00+00:00"}
    later = file("members.json", {"GroupMemberships": [entry]})
    made = together(account(), *(dict(sign_on()) | dict([later])).items())

    assert THE_KEY not in reach(made, "iam:sso-user/bo", on="2023-09-30")
    assert THE_KEY in reach(made, "iam:sso-user/bo", on="2023-10-01")


def test_a_permission_set_without_its_name_may_be_any_role_of_single_sign_on() -> None:
    files = dict(sign_on())
    del files["set.json"]
    made = together(account(), *files.items())

    assert possibly(made, "iam:sso-user/ann", THE_KEY)
    assert not certainly(made, "iam:sso-user/ann", THE_KEY)


def test_a_longer_name_is_another_permission_set() -> None:
    """AWSReservedSSO_Signing_Ops_… is the role of Signing_Ops, and not of Signing."""
    made = together(account("AWSReservedSSO_Signing_Ops_0123456789abcdef"), *sign_on())

    assert not certainly(made, "iam:sso-user/ann", THE_KEY)


def test_a_role_the_account_does_not_list_is_made_up_from_the_set_and_doubtful() -> None:
    inline = {"InlinePolicy": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", '
              f'"Action": "kms:Sign", "Resource": "{KEY}"}}]}}'}  # fmt: skip
    parts = [
        file(f"inline-{SET_ID}.json", inline),
        file("managed-Signing.json", {"AttachedManagedPolicies": []}),
        file("custom-Signing.json", {"CustomerManagedPolicyReferences": []}),
    ]
    made = together(account(""), *sign_on(), *parts)

    assert possibly(made, "iam:sso-user/ann", THE_KEY)
    assert not certainly(made, "iam:sso-user/ann", THE_KEY)
    assert not possibly(made, "iam:sso-user/ann", ADMIN)
    unknown = together(account(""), *sign_on())
    assert possibly(unknown, "iam:sso-user/ann", ADMIN)


def test_a_managed_policy_of_the_account_is_found_by_the_name_the_set_refers_to() -> None:
    iam = account("").policy("signers", allow("kms:Sign", KEY))
    refers = {"CustomerManagedPolicyReferences": [{"Name": "signers", "Path": "/"}]}
    made = together(
        iam,
        *sign_on(),
        file("custom-Signing.json", refers),
        file("inline-Signing.json", {"InlinePolicy": ""}),
        file("managed-Signing.json", {"AttachedManagedPolicies": []}),
    )

    assert possibly(made, "iam:sso-user/ann", THE_KEY)
    assert not possibly(made, "iam:sso-user/ann", ADMIN)


def test_an_assignment_in_another_account_gives_nothing_here_and_is_told() -> None:
    files = dict(sign_on())
    there = {"AccountAssignments": [assignment("u-1", account=VENDOR)]}
    made = together(account(), *(files | dict([file("assigned.json", there)])).items())

    assert not possibly(made, "iam:sso-user/ann", THE_KEY)
    assert any("accounts whose exports were not given" in note for note in made.notes)


def test_a_principal_that_no_list_gives_is_a_means_of_its_own() -> None:
    files = dict(sign_on())
    del files["users.json"]
    made = together(account(), *files.items())

    assert certainly(made, "iam:sso-user/u-1", THE_KEY)


def test_whoever_runs_single_sign_on_is_anybody_in_it() -> None:
    made = together(account(), *sign_on())
    owner = {"Instances": [{"InstanceArn": "arn:aws:sso:::instance/ssoins-7223abcdef012345"}]}
    owner["Instances"][0]["OwnerAccountId"] = NUMBER

    assert possibly(made, "iam:user/alice", SIGN_ON_ADMIN)
    assert not certainly(made, "iam:user/alice", SIGN_ON_ADMIN)
    assert not possibly(made, "iam:user/bob", SIGN_ON_ADMIN)
    assert certainly(made, SIGN_ON_ADMIN, THE_KEY)
    known = together(account(), *sign_on(), file("instances.json", owner))
    assert certainly(known, "iam:user/alice", THE_KEY)
    owner["Instances"][0]["OwnerAccountId"] = VENDOR
    elsewhere = together(account(), *sign_on(), file("instances.json", owner))
    assert certainly(elsewhere, f"iam:account/{VENDOR}", THE_KEY)


def test_an_outside_identity_provider_vouches_for_its_users() -> None:
    ids = [{"Issuer": "https://idp.veld.example", "Id": "00u1"}]
    users = file("users.json", {"Users": [sso_user("ann", "u-1", ExternalIds=ids)]})
    made = together(account(), *(dict(sign_on()) | dict([users])).items())

    assert certainly(made, "iam:sso-source/https://idp.veld.example", THE_KEY)


def test_an_account_without_single_sign_on_has_no_row_of_it() -> None:
    made = together(account(""))

    assert not any("sso" in row["id"] for row in made.rows if row.table == "means")


@pytest.mark.parametrize(
    "name, value, word",
    [
        ("inline.json", {"InlinePolicy": "{}"}, "which permission set"),
        ("inline-Signing.json", {"InlinePolicy": "{}"}, "has no Statement"),
        ("b-Signing.json", {"PermissionsBoundary": 7}, "no object"),
        ("p.json", {"PermissionSets": [7]}, "no list of ARNs"),
        ("p.json", {"PermissionSet": {"Name": "x"}}, "no ARN of a permission set"),
        ("p.json", {"AccountAssignments": [{"AccountId": NUMBER}]}, "has no PermissionSetArn"),
        ("p.json", {"AccountAssignments": [assignment("u", "ROBOT")]}, "neither USER nor GROUP"),
        ("p.json", {"GroupMemberships": [{"GroupId": "g"}]}, "no member"),
        ("p.json", {"Users": [sso_user("ann", "u-1", UserName="z")]}, "listed twice"),
        ("p.json", {"Users": [{"UserName": "ann", "Arn": arn("user/ann")}]}, "no IAM export"),
        ("p.json", {"Users": [sso_user("dee", "u-9")], "NextToken": "x"}, ""),
        ("p.json", {"AccountAssignments": [], "NextToken": "x"}, "cut off"),
    ],
)
def test_a_shape_that_is_none_is_refused(name: str, value: Any, word: str) -> None:
    if word:
        words = refused(account(), *sign_on(), file(name, value))
        assert name in words
        assert word in words
    else:
        # One more page, of which another says that it is the last.
        together(account(), *sign_on(), file(name, value))


def test_two_users_of_one_login_are_refused_for_they_would_become_one() -> None:
    again = file("more.json", {"Users": [sso_user("Ann", "u-9")]})

    assert "are called 'ann'" in refused(account(), *sign_on(), again)


def test_unknown_keys_are_told() -> None:
    users = file("users.json", {"Users": [sso_user("ann", "u-1", Moon="full")]})
    described = {"Name": "Signing", "PermissionSetArn": SET, "Sun": 1}
    files = dict(sign_on()) | dict([users, file("set.json", {"PermissionSet": described})])
    made = together(account(), *files.items())

    assert any("Moon" in part for part in made.unread)
    assert any("Sun" in part for part in made.unread)
