"""Outputs of the AWS CLI beside an IAM export, sound until a test breaks a part of one."""

from __future__ import annotations

import json
from typing import Any

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

KEY_ID = KEY.rsplit("/", 1)[-1]
MANAGEMENT = "555566667777"
ROOT, UNIT = "r-ab12", "ou-ab12-cd34ef56"
STORE = "d-9067012345"
SET_ID = "ps-0123456789abcdef"
SET = f"arn:aws:sso:::permissionSet/ssoins-7223abcdef012345/{SET_ID}"
FULL = "p-FullAWSAccess"


def file(name: str, value: Any) -> tuple[str, bytes]:
    return name, json.dumps(value).encode()


def get_key_policy(document: Any) -> dict[str, Any]:
    """`aws kms get-key-policy`: the document is a text."""
    return {"Policy": json.dumps(document, indent=2), "PolicyName": "default"}


def describe_key(arn: str = KEY, **more: Any) -> dict[str, Any]:
    said = {
        "AWSAccountId": NUMBER,
        "KeyId": arn.rsplit("/", 1)[-1],
        "Arn": arn,
        "CreationDate": "2020-05-24T17:25:44.123000-07:00",
        "Enabled": True,
        "KeyUsage": "SIGN_VERIFY",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "KeySpec": "ECC_SECG_P256K1",
        "MultiRegion": False,
    }
    return {"KeyMetadata": said | more}


def list_aliases(**targets: str) -> dict[str, Any]:
    return {
        "Aliases": [
            {"AliasName": f"alias/{name.replace('_', '-')}", "TargetKeyId": target}
            for name, target in targets.items()
        ]
    }


def key_grant(grantee: str, *operations: str, key: str = KEY, **more: Any) -> dict[str, Any]:
    said = {
        "KeyId": key,
        "GrantId": "abcde1237f76e4ba7987489ac329fbfba6ad343d6f7075dbd1ef191f0120514a",
        "Name": "",
        "CreationDate": 1572216195.0,
        "GranteePrincipal": grantee,
        "RetiringPrincipal": grantee,
        "IssuingAccount": f"arn:aws:iam::{NUMBER}:root",
        "Operations": list(operations),
    }
    return said | more


def list_grants(*grants: dict[str, Any]) -> dict[str, Any]:
    return {"Grants": list(grants)}


def summary(policy: str, kind: str = "SERVICE_CONTROL_POLICY", **more: Any) -> dict[str, Any]:
    owner = "aws" if policy in (FULL, "p-RCPFullAWSAccess") else f"{MANAGEMENT}"
    folder = f"policy/{'' if owner == 'aws' else 'o-exampleorg1/'}{kind.lower()}"
    said = {
        "Id": policy,
        "Arn": f"arn:aws:organizations::{owner}:{folder}/{policy}",
        "Name": policy.removeprefix("p-"),
        "Description": "",
        "Type": kind,
        "AwsManaged": owner == "aws",
    }
    return said | more


def describe_policy(policy: str, document: Any, **more: Any) -> dict[str, Any]:
    return {"Policy": {"PolicySummary": summary(policy, **more), "Content": json.dumps(document)}}


def policies_for(*policies: str, kind: str = "SERVICE_CONTROL_POLICY") -> dict[str, Any]:
    return {"Policies": [summary(policy, kind) for policy in policies]}


def target(unique: str) -> dict[str, Any]:
    kinds = {"r": "ROOT", "o": "ORGANIZATIONAL_UNIT"}
    folder = {"r": "root", "o": "ou"}.get(unique[0], "account")
    return {
        "TargetId": unique,
        "Arn": f"arn:aws:organizations::{MANAGEMENT}:{folder}/o-exampleorg1/{unique}",
        "Name": "somewhere",
        "Type": kinds.get(unique[0], "ACCOUNT"),
    }


def organization(*of_account: str, root: tuple[str, ...] = (FULL,)) -> list[tuple[str, bytes]]:
    """An organization whose policies are all known: root, one unit, the account."""
    path = f"o-exampleorg1/{ROOT}/{UNIT}/"
    kinds = [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    roots = {"Roots": [{"Id": ROOT, "Arn": target(ROOT)["Arn"], "Name": "Root"}]}
    roots["Roots"][0]["PolicyTypes"] = kinds
    account = {"Id": NUMBER, "Arn": target(NUMBER)["Arn"], "Paths": [path]}
    return [
        file("root.json", roots),
        file("account.json", {"Account": account}),
        file(f"scp-of-target-{ROOT}.json", policies_for(*root)),
        file(f"scp-of-target-{UNIT}.json", policies_for(FULL)),
        file(f"scp-of-target-{NUMBER}.json", policies_for(FULL, *of_account)),
    ]


def sso_user(login: str, unique: str, **more: Any) -> dict[str, Any]:
    said = {
        "IdentityStoreId": STORE,
        "UserId": unique,
        "UserName": login,
        "DisplayName": login.title(),
        "Name": {"GivenName": login.title(), "FamilyName": "Veld"},
        "Emails": [{"Value": f"{login}@veld.example", "Type": "work", "Primary": True}],
    }
    return said | more


def assignment(principal: str, kind: str = "USER", account: str = NUMBER) -> dict[str, Any]:
    return {
        "AccountId": account,
        "PermissionSetArn": SET,
        "PrincipalType": kind,
        "PrincipalId": principal,
    }


def sign_on(name: str = "Signing") -> list[tuple[str, bytes]]:
    """Ann is assigned the set herself, Bo by the group of signers."""
    users = [sso_user("ann", "u-1"), sso_user("bo", "u-2"), sso_user("cai", "u-3")]
    group = {"IdentityStoreId": STORE, "GroupId": "g-1", "DisplayName": "Signers"}
    member = {"IdentityStoreId": STORE, "MembershipId": "m-1", "GroupId": "g-1"}
    described = {"Name": name, "PermissionSetArn": SET, "SessionDuration": "PT1H"}
    return [
        file("users.json", {"Users": users}),
        file("groups.json", {"Groups": [group]}),
        file("members.json", {"GroupMemberships": [member | {"MemberId": {"UserId": "u-2"}}]}),
        file("set.json", {"PermissionSet": described}),
        file(
            "assigned.json",
            {"AccountAssignments": [assignment("u-1"), assignment("g-1", "GROUP")]},
        ),
    ]


def instance(unique: str = "i-0abc", **more: Any) -> dict[str, Any]:
    said = {
        "InstanceId": unique,
        "Placement": {"AvailabilityZone": "eu-west-1a"},
        "LaunchTime": "2021-02-03T04:05:06+00:00",
        "State": {"Code": 16, "Name": "running"},
    }
    reserved = {"ReservationId": "r-1", "OwnerId": NUMBER, "Groups": []}
    return {"Reservations": [reserved | {"Instances": [said | more]}]}


def function(name: str, role: str, **more: Any) -> dict[str, Any]:
    said = {
        "FunctionName": name,
        "FunctionArn": f"arn:aws:lambda:eu-west-1:{NUMBER}:function:{name}",
        "Role": role,
        "LastModified": "2021-02-03T04:05:06.000+0000",
    }
    return said | more


def whole() -> list[tuple[str, bytes]]:
    """One account with the output of every command that is read."""
    iam = Iam().user("alice", allow("kms:Sign", KEY), allow("secretsmanager:*"))
    iam.user("bob", allow("*"))
    saml = trusts({"Federated": arn("saml-provider/x")}, Action="sts:AssumeRoleWithSAML")
    iam.role("AWSReservedSSO_Signing_0123456789abcdef", saml, allow("kms:Sign", KEY))
    iam.role("Web", trusts({"Service": "ec2.amazonaws.com"}), allow("kms:Sign", KEY))
    iam.roles[1]["InstanceProfileList"] = [{"InstanceProfileName": "web"}]
    iam.organization = None
    profile = {"Arn": arn("instance-profile/web"), "Id": "A"}
    tied = {"InstanceId": "i-0abc", "IamInstanceProfile": profile, "State": "associated"}
    secret = {
        "ARN": f"arn:aws:secretsmanager:eu-west-1:{NUMBER}:secret:seed-AbCdEf",
        "Name": "seed",
    }
    lets_in = allow("secretsmanager:GetSecretValue", "*", Principal={"AWS": VENDOR})
    bucket = allow("s3:GetObject", "arn:aws:s3:::b/*", Principal={"AWS": VENDOR})
    regions = {"PrimaryKey": {"Arn": KEY, "Region": "eu-west-1"}, "ReplicaKeys": []}
    constrained = {"EncryptionContextSubset": {"a": "b"}}
    grant = key_grant(arn("user/alice"), "Sign", Constraints=constrained)
    owner = {"Id": "o-exampleorg1", "FeatureSet": "ALL", "MasterAccountId": MANAGEMENT}
    center = {"InstanceArn": "arn:aws:sso:::instance/ssoins-7223abcdef012345"}
    managed = {"Name": "x", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    customer = {"Name": "x", "Path": "/"}
    return [
        *iam.files(),
        file(f"{KEY_ID}.json", get_key_policy(key_policy(arn("root")))),
        file("key.json", describe_key(MultiRegionConfiguration=regions)),
        file("keys.json", {"Keys": [{"KeyId": KEY_ID, "KeyArn": KEY}], "Truncated": False}),
        file("aliases.json", list_aliases(hot=KEY_ID)),
        file("grants.json", list_grants(grant)),
        *organization("p-noroles00"),
        file("policy.json", describe_policy("p-noroles00", document(deny("sts:AssumeRole")))),
        file("targets-p-noroles00.json", {"Targets": [target(NUMBER)]}),
        file(f"parents-{NUMBER}.json", {"Parents": [{"Id": UNIT, "Type": "X"}]}),
        file("organization.json", {"Organization": owner}),
        *sign_on(),
        file("instances.json", {"Instances": [center | {"OwnerAccountId": MANAGEMENT}]}),
        file("sets.json", {"PermissionSets": [SET]}),
        file("inline-Signing.json", {"InlinePolicy": json.dumps(document(allow("kms:Sign")))}),
        file("managed-Signing.json", {"AttachedManagedPolicies": [managed]}),
        file("customer-Signing.json", {"CustomerManagedPolicyReferences": [customer]}),
        file(
            "boundary-Signing.json",
            {"PermissionsBoundary": {"CustomerManagedPolicyReference": customer}},
        ),
        file("ec2.json", instance(IamInstanceProfile=profile, KeyName="ops")),
        file("associations.json", {"IamInstanceProfileAssociations": [tied]}),
        file("functions.json", {"Functions": [function("job", arn("role/Web"))]}),
        file("secrets.json", {"SecretList": [secret | {"KmsKeyId": KEY}]}),
        file("secret-policy.json", secret | {"ResourcePolicy": json.dumps(document(lets_in))}),
        file("bucket.json", {"Policy": json.dumps(document(bucket))}),
        file("hsm.json", {"Clusters": [{"ClusterId": "cluster-1", "HsmType": "hsm2m.medium"}]}),
    ]
