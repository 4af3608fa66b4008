"""Read `aws iam get-account-authorization-details`, in one file or in pages, into one account.

Also takes, as further files, what that export leaves out:
    {"kms_key_policies": {"arn:aws:kms:…:key/…": {policy document} or null}}
    {"organization_policies": [{policy document}, …]}          [] says that none binds the account
A file named after a key (its ARN or its id) may hold the key's policy document alone.
Source: IAM API Reference, GetAccountAuthorizationDetails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.aws_iam.evaluation import Statement, brief
from forthwith.formats.aws_iam_document import DocumentError, read
from forthwith.plain.json_document import NotJsonError, load

_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_PAGING = ("IsTruncated", "Marker", "NextToken")
_EXTRA = ("kms_key_policies", "organization_policies")
ARN = re.compile(r"arn:([\w-]+):iam::(\d{12}|aws):(.+)", re.DOTALL)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})T")
_KEY_NAME = re.compile(r"(?:mrk-)?[0-9a-f]{8}-?[0-9a-f-]{20,40}")
_COMMON = frozenset(["Path", "Arn", "CreateDate"])
_TAKEN: Mapping[str, frozenset[str]] = {
    "UserDetailList": _COMMON
    | frozenset(["UserName", "UserId", "UserPolicyList", "GroupList", "AttachedManagedPolicies"])
    | {"PermissionsBoundary"},
    "GroupDetailList": _COMMON
    | frozenset(["GroupName", "GroupId", "GroupPolicyList", "AttachedManagedPolicies"]),
    "RoleDetailList": _COMMON
    | frozenset(["RoleName", "RoleId", "AssumeRolePolicyDocument", "InstanceProfileList"])
    | frozenset(
        ["RolePolicyList", "AttachedManagedPolicies", "PermissionsBoundary", "RoleLastUsed"]
    ),
    "Policies": _COMMON
    | frozenset(["PolicyName", "PolicyId", "DefaultVersionId", "AttachmentCount", "IsAttachable"])
    | frozenset(
        ["PermissionsBoundaryUsageCount", "UpdateDate", "PolicyVersionList", "Description"]
    ),
}
_INLINE = frozenset(["PolicyName", "PolicyDocument"])
#: What lies within an entry, and the keys of it that are taken or say again what is known.
_WITHIN: Mapping[str, frozenset[str]] = {
    "UserPolicyList": _INLINE,
    "GroupPolicyList": _INLINE,
    "RolePolicyList": _INLINE,
    "AttachedManagedPolicies": frozenset(["PolicyName", "PolicyArn"]),
    "PermissionsBoundary": frozenset(["PermissionsBoundaryType", "PermissionsBoundaryArn"]),
    "InstanceProfileList": _COMMON
    | frozenset(["InstanceProfileName", "InstanceProfileId", "Roles"]),
    "RoleLastUsed": frozenset(["LastUsedDate", "Region"]),
}


@dataclass(slots=True)
class Reading:
    """What was read so far; becomes an Account when all files are in."""

    entries: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {name: {} for name in _LISTS}
    )
    keys: dict[str, tuple[Statement, ...] | None] = field(default_factory=dict)
    organization: tuple[tuple[Statement, ...], ...] | None = None
    truncated: list[str] = field(default_factory=list)
    pages: int = 0
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    #: ARN of a managed policy to its statements and the day its present version was made.
    documents: dict[str, tuple[tuple[Statement, ...], str]] = field(default_factory=dict)

    def fault(self, file: str, what: str, do: str) -> None:
        """Keep one fault."""
        self.faults.append(RowFault(file, 0, what, do))


def gather(files: Sequence[tuple[str, bytes]]) -> Reading:
    """Read every file; what was read is to be relied on only when `faults` is empty."""
    reading = Reading()
    for name, data in files:
        _file(reading, name, data)
    _complete(reading, files)
    for arn, entry in reading.entries["Policies"].items():
        _managed_document(reading, arn, entry)
    return reading


def _file(reading: Reading, name: str, data: bytes) -> None:
    try:
        value = load(data)
    except NotJsonError as wrong:
        reading.fault(name, f"The file {wrong}", "Export it again")
        return
    if isinstance(value, dict) and any(key in value for key in _LISTS):
        _page(reading, name, value)
    elif isinstance(value, dict) and any(key in value for key in _EXTRA):
        _extra(reading, name, value)
    elif isinstance(value, dict) and "Statement" in value and _key_name(name):
        _key(reading, name, _key_name(name), value)
    else:
        reading.fault(
            name,
            "The file holds no IAM export: none of " + ", ".join(_LISTS),
            "Give the output of `aws iam get-account-authorization-details`",
        )


def _page(reading: Reading, name: str, value: dict[str, Any]) -> None:
    reading.pages += 1
    if (
        value.get("IsTruncated") not in (None, False)
        or value.get("Marker")
        or value.get("NextToken")
    ):
        reading.truncated.append(name)
    reading.unread += [
        f"{brief(key)}" for key in sorted(value.keys() - {*_LISTS, *_PAGING, "ResponseMetadata"})
    ]
    for list_name in _LISTS:
        entries = value.get(list_name)
        if entries is None:
            continue
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            reading.fault(name, f"{list_name} is not a list of objects", "Export it again")
            continue
        for entry in entries:
            _entry(reading, name, list_name, entry)


def _entry(reading: Reading, file: str, list_name: str, entry: dict[str, Any]) -> None:
    arn = entry.get("Arn")
    if not isinstance(arn, str) or ARN.fullmatch(arn) is None:
        reading.fault(file, f"An entry of {list_name} has no ARN of IAM", "Export it again")
        return
    label = arn.rsplit(":", 1)[-1]
    held = reading.entries[list_name]
    if held.get(arn, entry) != entry:
        reading.fault(
            file,
            f"{label} is listed twice, and not alike",
            "Exports of different days are imported one by one, each with its own --from and --to",
        )
    elif arn not in held:
        held[arn] = entry
        strange = sorted(entry.keys() - _TAKEN[list_name])
        reading.unread += [f"{brief(label)}.{brief(key)}" for key in strange]
        for part, taken in _WITHIN.items():
            given = entry.get(part)
            for each in given if isinstance(given, list) else [given]:
                strange = sorted(each.keys() - taken) if isinstance(each, dict) else []
                reading.unread += [f"{brief(label)}.{part}.{brief(key)}" for key in strange]


def _complete(reading: Reading, files: Sequence[tuple[str, bytes]]) -> None:
    """The last page of a run says that it is the last; an export cut off proves nothing."""
    if not reading.pages and not reading.faults:
        reading.fault(
            files[0][0] if files else "the import",
            "No file is an IAM export",
            "Give the output of `aws iam get-account-authorization-details`",
        )
    if reading.truncated and reading.pages == len(reading.truncated):
        reading.fault(
            reading.truncated[-1],
            "The export is cut off: it says itself that more follows",
            "Export without --max-items and --no-paginate, or give all its pages together",
        )
    elif reading.pages > 1:
        reading.notes.append(
            f"{reading.pages} pages were joined. Pages carry no numbers: a page left out between "
            "them does not show by itself."
        )


def _extra(reading: Reading, name: str, value: dict[str, Any]) -> None:
    reading.unread += [f"{name}: {brief(key)}" for key in sorted(value.keys() - set(_EXTRA))]
    keys = value.get("kms_key_policies", {})
    if isinstance(keys, dict):
        for arn, document in keys.items():
            _key(reading, name, arn, document)
    else:
        reading.fault(name, "kms_key_policies is no object", 'Write {"kms_key_policies": {ARN: …}}')
    if "organization_policies" not in value:
        return
    given = value["organization_policies"]
    if not isinstance(given, list):
        reading.fault(name, "organization_policies is no list", "Write a list; [] says: none binds")
        return
    made = [_organization(reading, name, number, each) for number, each in enumerate(given, 1)]
    reading.organization = (*(reading.organization or ()), *made)


def _organization(reading: Reading, name: str, number: int, document: Any) -> tuple[Statement, ...]:
    source = f"organization policy {number}"
    statements = statements_of(reading, name, document, source, "organization")
    return tuple(
        each
        if each.principals is None or each.principals.named == (("AWS", "*"),)
        else replace(each, condition=each.condition or "the principal is one that it names")
        for each in statements
    )


def _key(reading: Reading, file: str, arn: str, document: Any) -> None:
    if reading.keys.get(arn) is not None:
        reading.fault(file, f"The policy of key {brief(arn)} is given twice", "Give it once")
    if document is None:
        reading.keys[arn] = None
        return
    source = f"the policy of key {brief(arn.rsplit('/', 1)[-1])}"
    reading.keys[arn] = tuple(statements_of(reading, file, document, source, "key"))


def _key_name(file: str) -> str:
    stem = file.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".json")
    if stem.startswith("arn:") or _KEY_NAME.fullmatch(stem):
        return stem
    return ""


def statements_of(
    reading: Reading, file: str, document: Any, source: str, kind: str = "identity"
) -> list[Statement]:
    """Read a document that may be an object, a text of JSON, or that text in URL encoding."""
    try:
        if isinstance(document, str):
            text = document if document.lstrip().startswith("{") else unquote(document)
            document = load(text)
        statements, strange = read(document, source, kind)
    except (NotJsonError, DocumentError) as wrong:
        reading.fault(file, f"The document of {source} {_phrase(wrong)}", "Export it again")
        return []
    reading.unread += strange
    return statements


def _phrase(wrong: Exception) -> str:
    words = str(wrong)
    return words if words.startswith(("is ", "has ", "holds ", "nests ")) else f"is wrong: {words}"


def _managed_document(reading: Reading, arn: str, entry: Mapping[str, Any]) -> None:
    source = f"policy {brief(str(entry.get('PolicyName', arn)))!r}"
    versions = entry.get("PolicyVersionList")
    for version in versions if isinstance(versions, list) else ():
        if not isinstance(version, dict):
            continue
        strange = version.keys() - {"VersionId", "IsDefaultVersion", "Document", "CreateDate"}
        reading.unread += [f"{source}: version {brief(each)}" for each in sorted(strange)]
        if version.get("IsDefaultVersion") is True and "Document" in version:
            statements = statements_of(reading, "the export", version["Document"], source)
            reading.documents[arn] = tuple(statements), day(version.get("CreateDate"))


def day(value: Any) -> str:
    """Return the day of an AWS moment ("2023-06-17T09:00:00+00:00"), or ""."""
    found = _DAY.match(value) if isinstance(value, str) else None
    return found[1] if found else ""
