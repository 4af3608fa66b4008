"""Where a key may lie in AWS outside of KMS: secrets, parameters, buckets, hardware modules.

Who may read such a thing has what is in it; that is no key yet. A wallet that rests on it names
the means (`secret:…`, `parameter:…`, `bucket:…`, `hsm:…`) or a grant from it.
Read are also `aws secretsmanager list-secrets`, `describe-secret`, `get-resource-policy`,
`aws s3api get-bucket-policy` and `aws cloudhsmv2 describe-clusters`.
Source: Service Authorization Reference (actions of AWS Secrets Manager, Systems Manager, S3,
CloudHSM); Secrets Manager API Reference, 2017-10-17; S3, 2006-03-01; CloudHSM V2, 2017-04-28
(botocore 1.44.8).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forthwith.exports.aws_iam.documents import texts
from forthwith.exports.aws_iam.evaluation import Statement, brief, overlaps, safe
from forthwith.exports.aws_iam.reading import Log

#: Stands in an ARN for a name that no policy spells out: only a wildcard takes it in.
_UNNAMED = "<unnamed>"


_CAPITAL = re.compile("[A-Z]")


def _escaped(sign: re.Match[str]) -> str:
    return f"%{ord(sign[0]):02X}"


@dataclass(frozen=True, slots=True)
class StoreKind:
    """One kind of store: its ARNs, and the actions that read it with the doubt of each."""

    id: str
    #: Kind of the means.
    means: str
    #: What those that no policy names are called.
    others: str
    #: Of an ARN; its group is the name.
    shape: re.Pattern[str]
    #: Action to its doubt; "" when the action alone is enough.
    reads: Mapping[str, str]
    #: Pattern of the ARNs of all of a kind: partition, number, name.
    family: str
    #: What is encrypted under a key of which the listing says nothing.
    encrypted: str = ""


KINDS: Mapping[str, StoreKind] = {
    kind.id: kind
    for kind in (
        StoreKind(
            "secret",
            "credential",
            "secrets no policy names",
            re.compile(r"arn:[\w*?-]+:secretsmanager:[\w*?-]*:[\d*?]*:secret:(\S+)"),
            {
                "secretsmanager:GetSecretValue": "",
                "secretsmanager:PutResourcePolicy": "if it then lets itself read the secret",
            },
            "arn:{partition}:secretsmanager:*:{number}:secret:{name}",
            "if the secret is under AWS's own key, or it may decrypt with the key it is under",
        ),
        StoreKind(
            "parameter",
            "credential",
            "parameters no policy names",
            re.compile(r"arn:[\w*?-]+:ssm:[\w*?-]*:[\d*?]*:parameter/?(\S*)"),
            {
                "ssm:GetParameter": "",
                "ssm:GetParameters": "",
                "ssm:GetParametersByPath": "",
                "ssm:GetParameterHistory": "",
            },
            "arn:{partition}:ssm:*:{number}:parameter/{name}",
            "if the parameter is in the clear, or it may decrypt with the key it is under",
        ),
        StoreKind(
            "bucket",
            "credential",
            "buckets no policy names",
            re.compile(r"arn:[\w*?-]+:s3:::([^/]+)(?:/\S*)?"),
            {
                "s3:GetObject": "",
                "s3:GetObjectVersion": "",
                "s3:PutBucketPolicy": "if it then lets itself read the bucket",
                "s3:PutAccessPointPolicy": "if an access point then lets it read the bucket",
                "s3:PutReplicationConfiguration": "if a copy of the bucket goes where it can read",
            },
            "arn:{partition}:s3:::{name}/*",
            "if the objects are under Amazon's own key, or it may decrypt with the key they are "
            "under",
        ),
        StoreKind(
            "hsm",
            "device",
            "hardware modules no policy names",
            re.compile(r"arn:[\w*?-]+:cloudhsm:[\w*?-]*:[\d*?]*:(?:cluster|backup)/(\S+)"),
            {
                "cloudhsm:CreateHsm": "if it also has the password of a user of the cluster",
                "cloudhsm:RestoreBackup": "if it also has the password of a user of the cluster",
                "cloudhsm:CopyBackupToRegion": (
                    "if it also has the password of a user of the cluster"
                ),
                "cloudhsm:CreateCluster": "if it also has the password of a user of the backup",
                "cloudhsm:PutResourcePolicy": (
                    "if it shares a backup, and has the password of a user of the cluster"
                ),
            },
            "arn:{partition}:cloudhsm:*:{number}:*/{name}",
        ),
    )
}
_SECRET = frozenset(
    [
        *("ARN", "Name", "Type", "Description", "KmsKeyId", "RotationEnabled", "RotationLambdaARN"),
        *("RotationRules", "ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn"),
        *("LastRotatedDate", "LastChangedDate", "LastAccessedDate", "DeletedDate"),
        *("NextRotationDate", "Tags", "SecretVersionsToStages", "VersionIdsToStages"),
        *("OwningService", "CreatedDate", "PrimaryRegion"),
    ]
)


@dataclass(frozen=True, slots=True)
class Store:
    """One store, or all of a kind that no policy names."""

    id: str
    kind: StoreKind
    #: ARN of what is read in it, or a family of ARNs.
    arn: str
    label: str
    #: Of its own policy; None: not given.
    statements: tuple[Statement, ...] | None = None
    #: ARN or id of the key it is under, "aws" for AWS's own; "" when no file says.
    key: str = ""
    #: Role of the function that rotates a secret, and so reads it.
    rotated_by: str = ""


@dataclass(slots=True)
class StoreFiles:
    """What the files of one import say of stores."""

    secrets: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    #: ARN (of a secret or a bucket) to its policy.
    policies: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    clusters: set[str] = field(default_factory=set)

    def list_secrets(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-secrets`."""
        log.page("SecretList", file, value)
        for entry in log.objects(file, value, "SecretList"):
            self.secret(log, file, entry)

    def secret(self, log: Log, file: str, entry: Mapping[str, Any]) -> None:
        """Take one secret, also as `describe-secret` gives it."""
        arn = log.text(file, entry, "ARN", "A secret")
        log.strange(f"secret {brief(arn.rsplit(':', 1)[-1])}.", entry, _SECRET)
        if KINDS["secret"].shape.fullmatch(arn) is None:
            log.fault(file, f"{brief(arn)!r} is no ARN of a secret")
            return
        self.secrets[arn] = entry

    def secret_policy(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `secretsmanager get-resource-policy`."""
        log.strange("", value, ["ARN", "Name", "ResourcePolicy", "PolicyName"])
        arn = log.text(file, value, "ARN", "The policy of a secret")
        document = value.get("ResourcePolicy")
        source = f"the policy of secret {brief(str(value.get('Name') or arn))!r}"
        self.policies[arn] = (
            tuple(log.statements(file, document, source, "key")) if document else ()
        )

    def bucket_policy(self, log: Log, file: str, document: Mapping[str, Any]) -> None:
        """Take `s3api get-bucket-policy`: its Resources name the bucket."""
        given = document.get("Statement")
        entries = [given] if isinstance(given, dict) else given
        names = {
            shape[1]
            for entry in (entries if isinstance(entries, list) else ())
            for arn in texts(entry.get("Resource") if isinstance(entry, dict) else None) or ()
            if (shape := KINDS["bucket"].shape.fullmatch(arn)) and not set("*?") & set(shape[1])
        }
        if len(names) != 1:
            log.fault(
                file,
                "The policy of a bucket names no bucket, or several",
                "Give the whole output of `aws s3api get-bucket-policy`",
            )
            return
        name = min(names)
        source = f"the policy of bucket {brief(name)!r}"
        self.policies[f"arn:aws:s3:::{name}/*"] = tuple(
            log.statements(file, document, source, "key")
        )

    def settle(self) -> StoresTold:
        """Return what was taken."""
        return StoresTold(self.secrets, self.policies, frozenset(self.clusters))

    def describe_clusters(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `cloudhsmv2 describe-clusters`: only which there are."""
        log.page("Clusters", file, value)
        known = [
            *("BackupPolicy", "BackupRetentionPolicy", "ClusterId", "CreateTimestamp", "Hsms"),
            *("HsmType", "HsmTypeRollbackExpiration", "PreCoPassword", "SecurityGroup"),
            *("SourceBackupId", "State", "StateMessage", "SubnetMapping", "VpcId", "NetworkType"),
            *("Certificates", "TagList", "Mode"),
        ]
        for entry in log.objects(file, value, "Clusters"):
            log.strange("Clusters.", entry, known)
            self.clusters.add(log.text(file, entry, "ClusterId", "An entry of Clusters"))


@dataclass(frozen=True, slots=True)
class StoresTold:
    """What files say of stores, ready to be joined to what policies name."""

    secrets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    policies: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    clusters: frozenset[str] = frozenset()

    def stores(self, partition: str, number: str, named: Iterable[str]) -> Iterator[Store]:
        """Yield every store that files, or policies (`named` ARNs and patterns), name.

        Last of each kind come all others of it.
        """
        patterns = sorted(set(named))
        for kind in KINDS.values():
            arns = dict.fromkeys(
                arn for arn in (*self.secrets, *self.policies) if kind.shape.fullmatch(arn)
            )
            if kind.id == "hsm":
                arns = {
                    f"arn:{partition}:cloudhsm:*:{number}:cluster/{cluster}": None
                    for cluster in sorted(self.clusters)
                }
            wide = []
            for pattern in patterns:
                shape = kind.shape.fullmatch(pattern)
                if shape is None or not shape[1].strip("*?"):
                    continue
                arn = f"arn:{partition}:s3:::{shape[1]}/*" if kind.id == "bucket" else pattern
                if set("*?$") & set(shape[1]):
                    wide.append(arn)
                else:
                    arns[arn] = None
            # A pattern that takes in a thing known by its name says nothing new.
            arns |= {arn: None for arn in wide if not any(overlaps(arn, one) for one in arns)}
            looks = Counter(arn.casefold() for arn in arns)
            for arn in arns:
                store = self._store(kind, arn)
                # Names that differ in case alone are two things, and to the eye they are one.
                twin = looks[arn.casefold()] > 1
                yield replace(store, id=_CAPITAL.sub(_escaped, store.id)) if twin else store
            others = kind.family.format(partition=partition, number=number, name=f"*{_UNNAMED}*")
            yield Store(f"{kind.id}:*", kind, others, kind.others)

    def _store(self, kind: StoreKind, arn: str) -> Store:
        shape = kind.shape.fullmatch(arn)
        name = shape[1] if shape and kind.id in ("bucket", "hsm") else arn
        told = self.secrets.get(arn)
        key = str(told.get("KmsKeyId") or "aws") if told is not None else ""
        rotation = told.get("RotationLambdaARN") if told is not None else None
        return Store(
            f"{kind.id}:{safe(name)}",
            kind,
            arn,
            arn,
            self.policies.get(arn),
            "aws" if key in ("aws", "alias/aws/secretsmanager") else key,
            rotation if isinstance(rotation, str) else "",
        )
