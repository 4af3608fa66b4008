"""IAM exports: keys, machines, outsiders, what the export cannot say, and what is none."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from forthwith.domain.fact_tables import Stamp
from forthwith.exports.aws_iam.lift import lift
from forthwith.exports.options import ImportOptions
from tests.builders.iam import (
    KEY,
    NUMBER,
    VENDOR,
    Iam,
    allow,
    arn,
    deny,
    document,
    key_policy,
    trusts,
)
from tests.exports.aws_iam.cases import (
    ADMIN,
    STAMP,
    THE_KEY,
    certainly,
    conditions,
    lifted,
    possibly,
    reach,
)


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
    made = lift(files, ImportOptions(STAMP))

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
    made = lift([("iam.json", json.dumps(export).encode())], ImportOptions(STAMP))
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
    made = lift(files, ImportOptions(STAMP))

    assert not made.faults
    assert {"iam:user/alice", "iam:user/bob"} <= {row["id"] for row in made.rows}
    assert lift(files[:1], ImportOptions(STAMP)).faults


def test_two_exports_that_differ_about_a_principal_are_refused() -> None:
    one, two = Iam().user("alice", allow("*")).export(), Iam().user("alice").export()
    files = [("1.json", json.dumps(one).encode()), ("2.json", json.dumps(two).encode())]

    assert "listed twice" in str(lift(files, ImportOptions(STAMP)).faults[0])
    assert not lift([files[0], ("again.json", files[0][1])], ImportOptions(STAMP)).faults


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
    made = lift([("iam.json", json.dumps(export).encode())], ImportOptions(STAMP))

    assert made.faults or possibly(made, "iam:user/alice", ADMIN)


@pytest.mark.parametrize(
    "data, word",
    [
        (b"", "not JSON"),
        (b"\x80\x81", "not UTF-8"),
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
    made = lift([("iam.json", data)], ImportOptions(STAMP))

    assert not made.rows
    assert word in " ".join(map(str, made.faults))


def test_no_file_at_all_is_a_fault() -> None:
    assert lift([], ImportOptions(STAMP)).faults


def test_an_export_that_claims_a_million_grants_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forthwith.exports.aws_iam.lift._MOST", 10)
    iam = Iam()
    for number in range(12):
        iam.user(f"u{number}", allow("*"))

    assert "grants" in str(lift(iam.files(), ImportOptions(STAMP)).faults[0])
