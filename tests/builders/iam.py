"""An IAM export of an invented account, sound until a test breaks a part of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

NUMBER = "111122223333"
VENDOR = "999988887777"
KEY = f"arn:aws:kms:eu-west-1:{NUMBER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
MADE = "2020-01-01T00:00:00+00:00"


def arn(what: str, number: str = NUMBER) -> str:
    return f"arn:aws:iam::{number}:{what}"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def trusts(principal: Any, **more: Any) -> dict[str, Any]:
    said = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return document(said)


@dataclass
class Iam:
    """Add principals, then take the files."""

    users: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    roles: list[dict[str, Any]] = field(default_factory=list)
    policies: list[dict[str, Any]] = field(default_factory=list)
    #: None: not given.
    organization: list[Any] | None = field(default_factory=list)
    keys: dict[str, Any] = field(default_factory=dict)

    def user(self, name: str, *statements: Any, groups: Any = (), **more: Any) -> Iam:
        entry = self._entry("User", name, statements, more)
        self.users.append(entry | {"GroupList": list(groups)} | more)
        return self

    def group(self, name: str, *statements: Any, **more: Any) -> Iam:
        self.groups.append(self._entry("Group", name, statements, more) | more)
        return self

    def role(self, name: str, trust: Any, *statements: Any, **more: Any) -> Iam:
        entry = self._entry("Role", name, statements, more)
        trusting = {"AssumeRolePolicyDocument": trust, "InstanceProfileList": []}
        self.roles.append(entry | trusting | more)
        return self

    def policy(self, name: str, *statements: Any, made: str = MADE, **more: Any) -> Iam:
        version = {"VersionId": "v1", "IsDefaultVersion": True, "CreateDate": made}
        listed = [version | {"Document": document(*statements)}]
        self.policies.append(
            {"PolicyName": name, "Arn": arn(f"policy/{name}"), "DefaultVersionId": "v1"}
            | {"PolicyVersionList": listed}
            | more
        )
        return self

    def _entry(self, kind: str, name: str, statements: Any, more: Any) -> dict[str, Any]:
        inline = [{"PolicyName": "own", "PolicyDocument": document(*statements)}]
        return {
            "Path": "/",
            f"{kind}Name": name,
            f"{kind}Id": "A" + kind[:3].upper() + name.upper().ljust(16, "Q"),
            "Arn": arn(f"{kind.lower()}/{name}"),
            "CreateDate": MADE,
            f"{kind}PolicyList": inline if statements else [],
            "AttachedManagedPolicies": [
                {"PolicyName": each, "PolicyArn": arn(f"policy/{each}")}
                for each in more.pop("attached", ())
            ],
        }

    def export(self) -> dict[str, Any]:
        return {
            "UserDetailList": self.users,
            "GroupDetailList": self.groups,
            "RoleDetailList": self.roles,
            "Policies": self.policies,
        }

    def files(self) -> list[tuple[str, bytes]]:
        files = [("iam.json", json.dumps(self.export()).encode())]
        extra: dict[str, Any] = {}
        if self.organization is not None:
            extra["organization_policies"] = self.organization
        if self.keys:
            extra["kms_key_policies"] = self.keys
        return [*files, ("extra.json", json.dumps(extra).encode())] if extra else files


def bounded(name: str) -> dict[str, Any]:
    """A permissions boundary, as a principal's entry names it."""
    named = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn(f"policy/{name}")}
    return {"PermissionsBoundary": named}


def key_policy(*principals: str, action: Any = "kms:*") -> dict[str, Any]:
    return document(allow(action, "*", Principal={"AWS": list(principals)}))
