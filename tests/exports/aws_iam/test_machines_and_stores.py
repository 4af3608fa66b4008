"""Machines with their roles, functions, and what else a key may lie in: told, never skipped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders.aws_cli import describe_key, file, function, instance
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
    THE_KEY,
    certainly,
    conditions,
    possibly,
    reach,
    refused,
    together,
)

HOST = f"arn:aws:ec2:eu-west-1:{NUMBER}:instance/i-0abc"
JOB = f"arn:aws:lambda:eu-west-1:{NUMBER}:function:job"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{NUMBER}:secret:seed-AbCdEf"
PROFILE = {"Arn": arn("instance-profile/web"), "Id": "AIPA1"}


def with_roles(*statements: Any, name: str = "alice") -> Iam:
    """A machine's role that signs, a function's that does, and one user."""
    iam = Iam().user(name, *statements)
    iam.role("Web", trusts({"Service": "ec2.amazonaws.com"}), allow("kms:Sign", KEY))
    iam.roles[0]["InstanceProfileList"] = [{"InstanceProfileName": "web"}]
    iam.role("Job", trusts({"Service": "lambda.amazonaws.com"}), allow("kms:Sign", KEY))
    iam.role("Idle", trusts({"Service": "ec2.amazonaws.com"}), allow("kms:Sign", KEY))
    iam.roles[2]["InstanceProfileList"] = [{"InstanceProfileName": "idle"}]
    iam.keys = {KEY: key_policy(arn("root"))}
    return iam


def test_a_listed_machine_has_the_role_of_its_profile_and_no_other() -> None:
    listed = file("ec2.json", instance(IamInstanceProfile=PROFILE))
    made = together(with_roles(allow("ssm:StartSession", HOST)), listed)

    assert certainly(made, "iam:user/alice", f"host:{HOST}")
    assert certainly(made, f"host:{HOST}", "iam:role/Web")
    assert certainly(made, "iam:user/alice", THE_KEY)
    assert not possibly(made, f"host:{HOST}", "iam:role/Idle")


def test_the_ssh_key_a_machine_was_started_with_may_be_a_way_onto_it() -> None:
    made = together(with_roles(), file("ec2.json", instance(KeyName="ops")))

    assert possibly(made, "ssh-key:ops", f"host:{HOST}")
    assert not certainly(made, "ssh-key:ops", f"host:{HOST}")


def test_a_machine_has_its_profile_by_its_association_as_well() -> None:
    entry = {"InstanceId": "i-0abc", "IamInstanceProfile": PROFILE, "State": "associated"}
    tied = file("assoc.json", {"IamInstanceProfileAssociations": [entry]})
    made = together(with_roles(), file("ec2.json", instance()), tied)

    assert certainly(made, f"host:{HOST}", "iam:role/Web")


def test_a_machine_started_within_the_period_may_have_run_with_the_role_before() -> None:
    since = {"LaunchTime": "2023-10-01T00:00:00+00:00", "IamInstanceProfile": PROFILE}
    made = together(with_roles(), file("ec2.json", instance(**since)))
    host = f"host:{HOST}"

    assert "iam:role/Web" not in reach(made, host, on="2023-09-30")
    assert "iam:role/Web" in reach(made, host, on="2023-09-30", certain=False)
    assert "iam:role/Web" in reach(made, host, on="2023-10-01")


def test_an_unlisted_machine_may_run_with_any_role_that_a_machine_can_have() -> None:
    made = together(with_roles(allow("ssm:StartSession", HOST)))

    assert possibly(made, f"host:{HOST}", "iam:role/Web")
    assert possibly(made, f"host:{HOST}", "iam:role/Idle")
    assert not possibly(made, f"host:{HOST}", "iam:role/Job")
    assert possibly(made, "host:*", "iam:role/Job")


def test_whoever_replaces_a_functions_code_may_have_the_functions_role() -> None:
    iam = with_roles(allow("lambda:UpdateFunctionCode", JOB))
    iam.user("bob", allow("lambda:InvokeFunction", JOB))
    made = together(iam, file("fns.json", {"Functions": [function("job", arn("role/Job"))]}))

    assert certainly(made, f"host:{JOB}", "iam:role/Job")
    assert possibly(made, "iam:user/alice", THE_KEY)
    assert not certainly(made, "iam:user/alice", THE_KEY)
    assert not possibly(made, "iam:user/bob", f"host:{JOB}")


def test_a_function_as_get_function_gives_it_is_read() -> None:
    given = {"Configuration": function("job", arn("role/Job")), "Code": {"Location": "x"}}
    made = together(with_roles(), file("fn.json", given))

    assert certainly(made, f"host:{JOB}", "iam:role/Job")


def test_a_session_on_a_machine_is_no_session_on_a_function() -> None:
    """A right to start sessions anywhere does not put anybody into a function for certain."""
    iam = with_roles(allow("ssm:StartSession"))
    made = together(iam, file("fns.json", {"Functions": [function("job", arn("role/Job"))]}))

    assert certainly(made, "iam:user/alice", "host:*")
    assert not possibly(made, "iam:user/alice", f"host:{JOB}")


def test_the_policy_of_a_function_may_give_its_code_to_an_outsider() -> None:
    said = allow("lambda:UpdateFunctionCode", JOB, Principal={"AWS": VENDOR})
    policy = file("policy.json", {"Policy": json.dumps(document(said)), "RevisionId": "r"})
    made = together(with_roles(), policy)

    assert possibly(made, f"iam:account/{VENDOR}", f"host:{JOB}")


@pytest.mark.parametrize(
    "action", ["ec2-instance-connect:SendSSHPublicKey", "ec2:ModifyInstanceAttribute",
               "ec2:CreateSnapshot", "ssm:StartAutomationExecution", "ebs:GetSnapshotBlock"],
)  # fmt: skip
def test_every_other_way_onto_a_machine_is_possible_and_never_certain(action: str) -> None:
    made = together(with_roles(allow(action)), file("ec2.json", instance()))

    assert possibly(made, "iam:user/alice", f"host:{HOST}")
    assert not certainly(made, "iam:user/alice", f"host:{HOST}")


def test_a_right_to_a_secret_is_a_row_and_doubtful_while_its_key_and_policy_are_unseen() -> None:
    made = together(with_roles(allow("secretsmanager:GetSecretValue", SECRET)))

    assert possibly(made, "iam:user/alice", f"secret:{SECRET}")
    (words,) = conditions(made, "iam:user/alice", f"secret:{SECRET}")
    assert "own key" in words
    assert "no policy of the secret itself" in words


def test_a_secret_under_awss_own_key_with_no_policy_is_read_for_certain() -> None:
    iam = with_roles(allow("secretsmanager:Get*", SECRET))
    listed = file("secrets.json", {"SecretList": [{"ARN": SECRET, "Name": "seed"}]})
    policy = file("policy.json", {"ARN": SECRET, "Name": "seed", "ResourcePolicy": None})
    made = together(iam, listed, policy)

    assert certainly(made, "iam:user/alice", f"secret:{SECRET}")


def test_a_secret_under_a_key_needs_the_key() -> None:
    iam = with_roles(allow("secretsmanager:Get*", SECRET))
    iam.user("bob", allow("secretsmanager:Get*", SECRET), allow("kms:Decrypt", KEY))
    listed = file(
        "secrets.json", {"SecretList": [{"ARN": SECRET, "Name": "seed", "KmsKeyId": KEY}]}
    )
    policy = file("policy.json", {"ARN": SECRET, "Name": "seed", "ResourcePolicy": None})
    usage = file("key.json", describe_key(KeyUsage="ENCRYPT_DECRYPT"))
    made = together(iam, listed, policy, usage)

    assert certainly(made, "iam:user/bob", f"secret:{SECRET}")
    assert not certainly(made, "iam:user/alice", f"secret:{SECRET}")
    assert possibly(made, "iam:user/alice", f"secret:{SECRET}")


def test_a_secrets_policy_lets_an_outsider_in_and_its_denial_closes() -> None:
    iam = with_roles(allow("secretsmanager:*"))
    said = document(
        allow("secretsmanager:GetSecretValue", "*", Principal={"AWS": VENDOR}),
        deny("secretsmanager:*", "*", Principal={"AWS": arn("user/alice")}),
    )
    policy = file(
        "policy.json", {"ARN": SECRET, "Name": "seed", "ResourcePolicy": json.dumps(said)}
    )
    made = together(iam, policy)

    assert possibly(made, f"iam:account/{VENDOR}", f"secret:{SECRET}")
    assert not possibly(made, "iam:user/alice", f"secret:{SECRET}")


def test_a_pattern_of_secrets_is_a_means_until_a_secret_it_takes_in_is_known() -> None:
    pattern = SECRET.replace("AbCdEf", "??????")
    iam = with_roles(allow("secretsmanager:GetSecretValue", pattern))
    assert possibly(together(iam), "iam:user/alice", f"secret:{pattern}")

    listed = file("secrets.json", {"SecretList": [{"ARN": SECRET, "Name": "seed"}]})
    made = together(iam, listed)
    assert possibly(made, "iam:user/alice", f"secret:{SECRET}")
    assert not any(row["id"] == f"secret:{pattern}" for row in made.rows)


def test_parameters_whose_names_differ_in_case_alone_are_two() -> None:
    """To the eye their ids would be one, and rows with such ids are refused."""
    name = f"arn:aws:ssm:eu-west-1:{NUMBER}:parameter/"
    made = together(with_roles(allow("ssm:GetParameter", [f"{name}Seed", f"{name}seed"])))
    ids = {row["id"] for row in made.rows if row["id"].startswith("parameter:arn")}

    assert len(ids) == len({id_.casefold() for id_ in ids}) == 2


@pytest.mark.parametrize(
    "action, resource, means",
    [
        ("ssm:GetParameter", f"arn:aws:ssm:eu-west-1:{NUMBER}:parameter/hot/seed", None),
        ("ssm:GetParameter*", "*", "parameter:*"),
        ("s3:GetObject", "arn:aws:s3:::backups/keys/*", "bucket:backups"),
        ("s3:*", "*", "bucket:*"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::backups", "bucket:backups"),
        ("cloudhsm:RestoreBackup", "*", "hsm:*"),
        ("secretsmanager:GetSecretValue", "*", "secret:*"),
    ],
)
def test_every_place_a_key_may_lie_in_is_told(action: str, resource: str, means: str) -> None:
    means = means or f"parameter:{resource}"
    iam = with_roles(allow(action, resource))
    made = together(iam)

    assert possibly(made, "iam:user/alice", means)
    assert not certainly(made, "iam:user/alice", means)
    assert certainly(made, "iam:root", ADMIN)


def test_a_buckets_policy_names_the_bucket_and_whom_it_lets_in() -> None:
    said = allow("s3:GetObject", "arn:aws:s3:::backups/*", Principal={"AWS": VENDOR})
    made = together(with_roles(), file("b.json", {"Policy": json.dumps(document(said))}))

    assert possibly(made, f"iam:account/{VENDOR}", "bucket:backups")


def test_services_of_which_nothing_is_weighed_are_named() -> None:
    made = together(with_roles(allow(["dynamodb:GetItem", "kms:Sign", "rds:*"])))

    (note,) = [note for note in made.notes if "not weighed" in note]
    assert "rds, dynamodb" in note
    assert "kms" not in note.split(":", 1)[1]


@pytest.mark.parametrize(
    "value, word",
    [
        (instance(IamInstanceProfile={"Arn": "x"}), "no ARN of one"),
        ({"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}]}, "no OwnerId"),
        ({"Reservations": 7}, "not a list"),
        ({"Functions": [{"FunctionArn": JOB, "Role": "x"}]}, "no ARN of its role"),
        ({"SecretList": [{"ARN": "x"}]}, "no ARN of a secret"),
        ({"Configuration": 7, "Code": {}}, "no object"),
        ({"Policy": json.dumps(document(allow("s3:GetObject", "*", Principal="*")))}, "no bucket"),
    ],
)
def test_a_shape_that_is_none_is_refused(value: Any, word: str) -> None:
    words = refused(with_roles(), file("strange.json", value))

    assert "strange.json" in words
    assert word in words


def test_what_a_function_is_told_in_its_environment_is_named_as_unread() -> None:
    """Secrets lie there often, and whoever describes the function reads them."""
    told = function("job", arn("role/Job"), Environment={"Variables": {"SEED": "x"}})
    made = together(with_roles(), file("fns.json", {"Functions": [told]}))

    assert any("Environment" in part for part in made.unread)
    assert not any("SEED" in part for part in made.unread)
