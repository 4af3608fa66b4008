"""Read `aws iam get-account-authorization-details`, in one file or in pages, into one account.

Policy documents become statements, and entries become principals, each with all statements that
bind it. Also taken, as further files, is what that export leaves out:
    {"kms_key_policies": {"arn:aws:kms:…:key/…": {policy document} or null}}
    {"organization_policies": [{policy document}, …]}          [] says that none binds the account
A file named after a key (its ARN or its id) may hold the key's policy document alone.
Source: IAM API Reference, GetAccountAuthorizationDetails; IAM User Guide, "Grammar of the IAM JSON
policy language".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.aws_iam.account import Account, Managed, Subject
from forthwith.exports.aws_iam.evaluation import LONGEST, Principals, Statement, brief, unseen
from forthwith.plain.json_document import NotJsonError, load

_KNOWN = frozenset(["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"]).union(
    ["Condition", "Principal", "NotPrincipal"]
)
_OUT_OF_PLACE = {
    "identity": frozenset({"Principal", "NotPrincipal"}),
    "trust": frozenset({"Resource", "NotResource"}),
}
_EVERYTHING: tuple[str, ...] = ("*",)
#: Policy documents are at most 10,240 signs, key policies 32 kB; white space is not counted.
_LARGEST = 200_000
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
#: AWS keeps at most 5,000 users, 5,000 roles and 500 groups in an account.
MOST = 20_000
#: What the one policy of AWS says that has said the same since it exists.
_ADMINISTRATOR = ":iam::aws:policy/AdministratorAccess"


class DocumentError(ValueError):
    """A policy document is not one; the message says why."""


def read(document: Any, source: str, kind: str = "identity") -> tuple[list[Statement], list[str]]:
    """Read a parsed document into statements and names of the parts nobody knows.

    `kind` is "identity" (no Principal), "trust" (no Resource), "key" or "organization" (both).
    Raises DocumentError.
    """
    if not isinstance(document, dict):
        raise DocumentError("is not an object")
    if len(json.dumps(document)) > _LARGEST:
        raise DocumentError(f"is longer than {_LARGEST:,} signs; AWS keeps no such policy")
    given = document.get("Statement")
    given = [given] if isinstance(given, dict) else given
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise DocumentError("has no Statement that is an object or a list of them")
    unread = [
        f"{source}: {name[:60]}"
        for name in sorted(document.keys() - {"Version", "Id", "Statement"})
    ]
    variables = document.get("Version") == "2012-10-17"
    statements = []
    for number, entry in enumerate(given, 1):
        statement, strange = _statement(entry, source, number, kind, variables=variables)
        statements.append(statement)
        unread += strange
    return statements, unread


def _statement(
    given: Mapping[str, Any], source: str, number: int, kind: str, *, variables: bool
) -> tuple[Statement, list[str]]:
    sid = given.get("Sid")
    name = f"{source} {brief(sid)!r}" if isinstance(sid, str) and sid else source
    if given.get("Effect") not in ("Allow", "Deny"):
        raise DocumentError(f"statement {number} has an Effect that is neither Allow nor Deny")
    not_actions, actions = _either(given, "Action", number)
    not_resources, targets = (
        (False, _EVERYTHING) if kind == "trust" else _either(given, "Resource", number)
    )
    strange = sorted(given.keys() - _KNOWN | given.keys() & _OUT_OF_PLACE.get(kind, frozenset()))
    condition = _condition(given.get("Condition"))
    if strange:
        # AWS knows no such part: what the statement says is then not certain in either direction.
        condition = "; ".join(filter(None, (condition, f"{brief(strange[0])!r} changes nothing")))
    statement = Statement(
        given["Effect"] == "Allow",
        tuple(action.lower() for action in actions),
        targets,
        name,
        not_actions,
        not_resources,
        condition,
        _principals(given, number),
        variables,
    )
    return statement, [f"{name}: {part[:60]}" for part in strange]


def _either(given: Mapping[str, Any], part: str, number: int) -> tuple[bool, tuple[str, ...]]:
    """Return whether the Not form is used, and the patterns."""
    both = part in given and f"Not{part}" in given
    key = part if part in given else f"Not{part}"
    if both or key not in given:
        raise DocumentError(f"statement {number} must have one of {part} and Not{part}")
    values = texts(given[key])
    if not values or any(len(value) > LONGEST for value in values):
        raise DocumentError(f"statement {number} has a {key} that is no text and no list of texts")
    return key.startswith("Not"), values


def texts(value: Any) -> tuple[str, ...] | None:
    """Return a text or a list of texts as a tuple; None for anything else."""
    value = [value] if isinstance(value, str) else value
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return tuple(value)
    return None


def _principals(given: Mapping[str, Any], number: int) -> Principals | None:
    key = "Principal" if "Principal" in given else "NotPrincipal"
    if key not in given:
        return None
    value = given[key]
    if isinstance(value, str):
        value = {"AWS": value}
    if not isinstance(value, dict):
        raise DocumentError(f"statement {number} has a {key} that names nobody")
    named = []
    for kind, names in value.items():
        values = texts(names)
        if values is None or any(len(value) > LONGEST for value in values):
            raise DocumentError(f"statement {number} has a {key} that is no text")
        named += [(kind, value) for value in values]
    return Principals(tuple(named), key == "NotPrincipal")


def _condition(value: Any) -> str:
    """Quote a Condition block: "StringEquals sts:ExternalId = x-17"."""
    if value is None or value == {}:
        return ""
    if not isinstance(value, dict):
        return brief(json.dumps(value))
    parts = []
    for operator, keys in value.items():
        if not isinstance(keys, dict) or not keys:
            parts.append(f"{operator} {json.dumps(keys)}")
            continue
        for key, wanted in keys.items():
            values = wanted if isinstance(wanted, list) else [wanted]
            shown = " or ".join(v if isinstance(v, str) else json.dumps(v) for v in values)
            parts.append(f"{operator} {key} = {shown}")
    return brief("; ".join(parts)) or "an empty condition holds"


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
    entries = reading.entries[list_name]
    if entries.get(arn, entry) != entry:
        reading.fault(
            file,
            f"{label} is listed twice, and not alike",
            "Exports of different days are imported one by one, each with its own --from and --to",
        )
    elif arn not in entries:
        entries[arn] = entry
        strange = sorted(entry.keys() - _TAKEN[list_name])
        reading.unread += [f"{brief(label)}.{brief(key)}" for key in strange]
        for part, taken in _WITHIN.items():
            given = entry.get(part)
            for inner in given if isinstance(given, list) else [given]:
                strange = sorted(inner.keys() - taken) if isinstance(inner, dict) else []
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
    policies = [
        _organization(reading, name, number, document) for number, document in enumerate(given, 1)
    ]
    reading.organization = (*(reading.organization or ()), *policies)


def _organization(reading: Reading, name: str, number: int, document: Any) -> tuple[Statement, ...]:
    source = f"organization policy {number}"
    statements = statements_of(reading, name, document, source, "organization")
    return tuple(
        statement
        if statement.principals is None or statement.principals.named == (("AWS", "*"),)
        else replace(
            statement, condition=statement.condition or "the principal is one that it names"
        )
        for statement in statements
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
        reading.unread += [f"{source}: version {brief(key)}" for key in sorted(strange)]
        if version.get("IsDefaultVersion") is True and "Document" in version:
            statements = statements_of(reading, "the export", version["Document"], source)
            reading.documents[arn] = tuple(statements), day(version.get("CreateDate"))


def day(value: Any) -> str:
    """Return the day of an AWS moment ("2023-06-17T09:00:00+00:00"), or ""."""
    shape = _DAY.match(value) if isinstance(value, str) else None
    return shape[1] if shape else ""


def read_files(files: Sequence[tuple[str, bytes]]) -> tuple[Account, Reading]:
    """Read every file; the account is to be relied on only when `faults` is empty."""
    reading = gather(files)
    return _account(reading, files[0][0] if files else "the export"), reading


def _account(reading: Reading, file: str) -> Account:
    number, partition = _number(reading, file)
    groups = _subjects(reading, "Group")
    users, roles = _subjects(reading, "User"), _subjects(reading, "Role")
    if len(users) + len(roles) + len(groups) > MOST:
        what = f"More than {MOST:,} principals are listed"
        reading.fault(file, what, "AWS keeps no more than that")
    arns: dict[str, str] = {}
    for subject in (*users, *roles, *groups):
        if arns.setdefault(subject.id, subject.arn) != subject.arn:
            what = f"Two ARNs share the name {brief(subject.name)!r}"
            reading.fault(file, what, "Export it again")
    by_name = {group.name: group for group in groups}
    return Account(
        number,
        partition,
        tuple(_joined(reading, user, by_name) for user in users),
        tuple(by_name.values()),
        tuple(roles),
        tuple(_policies(reading)),
        dict(sorted(reading.keys.items())),
        reading.organization,
    )


def _number(reading: Reading, file: str) -> tuple[str, str]:
    accounts = {
        (shape[2], shape[1])
        for entries in reading.entries.values()
        for arn in entries
        if (shape := ARN.fullmatch(arn)) and shape[2] != "aws"
    }
    if len(accounts) > 1:
        numbers = " and ".join(sorted(number for number, _ in accounts)[:3])
        what = f"The files are of several accounts: {numbers}"
        reading.fault(file, what, "Import each by itself")
    if not accounts and reading.pages and not reading.faults:
        reading.fault(file, "The export lists nobody: no user, group or role", "Export it again")
    return min(accounts, default=("000000000000", "aws"))


def _policies(reading: Reading) -> Iterable[Managed]:
    for arn, entry in reading.entries["Policies"].items():
        if ARN.fullmatch(arn) and ":iam::aws:" in arn:
            continue
        versions = entry.get("PolicyVersionList")
        count = entry.get("AttachmentCount")
        yield Managed(
            arn,
            str(entry.get("PolicyName", arn)),
            len(versions) if isinstance(versions, list) else 0,
            count if isinstance(count, int) else 0,
        )


def _subjects(reading: Reading, kind: str) -> list[Subject]:
    return [_subject(reading, kind, e) for e in reading.entries[f"{kind}DetailList"].values()]


def _subject(reading: Reading, kind: str, entry: Mapping[str, Any]) -> Subject:
    arn = str(entry["Arn"])
    name = entry.get(f"{kind}Name")
    name = name if isinstance(name, str) and name else arn.rsplit("/", 1)[-1]
    what = f"{kind.lower()} {brief(name)!r}"
    statements, attached, since = _bound(reading, what, kind, entry)
    boundary, boundary_since = _boundary(reading, entry)
    last, profiles = entry.get("RoleLastUsed"), entry.get("InstanceProfileList")
    trust: list[Statement] = []
    if kind == "Role":
        document = entry.get("AssumeRolePolicyDocument")
        trust = statements_of(
            reading, "the export", document, f"the trust policy of {what}", "trust"
        )
    groups = texts(entry.get("GroupList", []))
    if groups is None:
        reading.fault(
            "the export", f"The GroupList of {what} is no list of names", "Export it again"
        )
    return Subject(
        kind.lower(),
        name,
        arn,
        str(entry.get(f"{kind}Id") or ""),
        day(entry.get("CreateDate")),
        max(since, boundary_since),
        statements,
        boundary,
        tuple(trust),
        groups or (),
        attached,
        attached,
        tuple(
            str(profile.get("InstanceProfileName", ""))
            for profile in (profiles if isinstance(profiles, list) else ())
            if isinstance(profile, dict)
        ),
        day(last.get("LastUsedDate")) if isinstance(last, dict) else "",
    )


def _bound(
    reading: Reading, what: str, kind: str, entry: Mapping[str, Any]
) -> tuple[tuple[Statement, ...], tuple[str, ...], str]:
    """Return the statements of inline and attached policies, the ARNs of those, and their day."""
    statements: list[Statement] = []
    for policy in _objects(reading, what, entry, f"{kind}PolicyList"):
        name = brief(str(policy.get("PolicyName", "")))
        source = f"policy {name!r} of {what}"
        statements += statements_of(reading, "the export", policy.get("PolicyDocument"), source)
    attached, since = [], ""
    for policy in _objects(reading, what, entry, "AttachedManagedPolicies"):
        arn = str(policy.get("PolicyArn", ""))
        bound, formed = _managed(reading, arn)
        statements += bound
        attached.append(arn)
        since = max(since, formed)
    return tuple(statements), tuple(attached), since


def _objects(
    reading: Reading, what: str, entry: Mapping[str, Any], key: str
) -> list[dict[str, Any]]:
    given = entry.get(key, [])
    if isinstance(given, list) and all(isinstance(entry, dict) for entry in given):
        return given
    reading.fault("the export", f"{key} of {what} is no list of objects", "Export it again")
    return []


def _managed(reading: Reading, arn: str) -> tuple[Sequence[Statement], str]:
    if arn in reading.documents:
        return reading.documents[arn]
    if arn.endswith(_ADMINISTRATOR):
        return (Statement(True, ("*",), ("*",), "policy 'AdministratorAccess'"),), ""
    reading.notes.append(
        f"The document of {brief(arn) or 'a policy without ARN'} is not in the export: whoever it "
        "is attached to may have any right, and no right of theirs is certain."
    )
    return unseen(f"policy {brief(arn.rsplit('/', 1)[-1])!r}"), ""


def _boundary(
    reading: Reading, entry: Mapping[str, Any]
) -> tuple[tuple[Statement, ...] | None, str]:
    given = entry.get("PermissionsBoundary")
    if given is None:
        return None, ""
    arn = given.get("PermissionsBoundaryArn") if isinstance(given, dict) else None
    statements, since = _managed(reading, arn if isinstance(arn, str) else "")
    return tuple(statements), since


def _joined(reading: Reading, user: Subject, groups: Mapping[str, Subject]) -> Subject:
    """Give a user the statements of its groups, which bind it as its own do."""
    statements, attached, since = user.statements, user.attached, user.policies_since
    for name in user.groups:
        group = groups.get(name)
        if group is None:
            reading.notes.append(
                f"Group {brief(name)!r} of user {brief(user.name)!r} is not in the export: what it "
                "gives is not known, and no right of that user is certain."
            )
            statements += unseen(f"group {brief(name)!r}")
            continue
        statements += group.statements
        attached += group.attached
        since = max(since, group.policies_since)
    return replace(user, statements=statements, attached=attached, policies_since=since)
