"""Read what `aws iam get-account-authorization-details` and its neighbours give into one account.

Policy documents become statements, and entries become principals, each with all statements that
bind it. One import takes several files: pages of that export, and what it leaves out. What each
file is shows by its keys; the commands are listed in `kms`, `organization`, `identity_center`,
`machines` and `stores`. A file that is none of them is refused by its name.
Source: IAM API Reference, GetAccountAuthorizationDetails, 2010-05-08 (botocore 1.44.8, data/iam);
IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from forthwith.exports.aws_iam.account import Account, Managed, Subject
from forthwith.exports.aws_iam.documents import texts
from forthwith.exports.aws_iam.evaluation import Statement, brief, unseen
from forthwith.exports.aws_iam.identity_center import IdentityCenter, IdentityCenterFiles
from forthwith.exports.aws_iam.kms import KeyFiles
from forthwith.exports.aws_iam.machines import MachineFiles
from forthwith.exports.aws_iam.organization import OrganizationFiles, is_policies
from forthwith.exports.aws_iam.reading import PAGING, Log, day
from forthwith.exports.aws_iam.stores import StoreFiles
from forthwith.plain.json_document import NotJsonError, load

_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_KEY_POLICIES, _ORGANIZATION_POLICIES = "kms_key_policies", "organization_policies"
ARN = re.compile(r"arn:([\w-]+):iam::(\d{12}|aws):(.+)", re.DOTALL)
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


#: `aws kms get-key-policy --output text` ends with the policy's name, which is always the same.
_TEXT_OUTPUT = re.compile(rb"\tdefault\s*\Z")
_GIVE = (
    "Give the output of `aws iam get-account-authorization-details`, or of another command that "
    "docs/formats.md lists for aws-iam"
)


@dataclass(slots=True)
class Reading(Log):
    """What was read so far; becomes an Account when all files are in."""

    entries: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {name: {} for name in _LISTS}
    )
    keys: KeyFiles = field(default_factory=KeyFiles)
    organization: OrganizationFiles = field(default_factory=OrganizationFiles)
    sign_on: IdentityCenterFiles = field(default_factory=IdentityCenterFiles)
    machines: MachineFiles = field(default_factory=MachineFiles)
    stores: StoreFiles = field(default_factory=StoreFiles)
    #: Number of the account ("" where a page does not show it), file and content of each page.
    account_pages: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    #: ARN of a managed policy to its statements and the day its present version was made.
    documents: dict[str, tuple[tuple[Statement, ...], str]] = field(default_factory=dict)

    def readers(self) -> Iterator[tuple[tuple[str, ...], _Take]]:
        """Yield the keys that show what an output is, and what takes it; the first that fits."""
        keys, unit, sign_on = self.keys, self.organization, self.sign_on
        yield ("KeyMetadata",), keys.describe
        yield ("Keys",), keys.list_keys
        yield ("Aliases",), keys.list_aliases
        yield ("Grants",), keys.list_grants
        yield ("PermissionSet",), sign_on.describe
        yield ("PermissionSets",), sign_on.permission_sets
        yield ("AccountAssignments",), sign_on.account_assignments
        yield ("GroupMemberships",), sign_on.memberships
        yield ("IdentityStoreId", "UserId", "UserName"), sign_on.user
        yield ("IdentityStoreId", "GroupId", "DisplayName"), sign_on.group
        yield ("Targets",), unit.list_targets
        yield ("Parents",), unit.list_parents
        yield ("Roots",), unit.list_roots
        yield ("Accounts",), unit.accounts
        yield ("Account",), unit.accounts
        yield ("Organization",), unit.organization
        yield ("Reservations",), self.machines.instances
        yield ("IamInstanceProfileAssociations",), self.machines.associations
        yield ("Functions",), self.machines.functions
        yield ("Configuration", "Code"), self.machines.functions
        yield ("FunctionArn", "Role"), self.machines.functions
        yield ("SecretList",), self.stores.list_secrets
        yield ("ARN", "Name", "ResourcePolicy"), self.stores.secret_policy
        yield ("ARN", "Name", "VersionIdsToStages"), self.stores.secret
        yield ("Clusters",), self.stores.describe_clusters


_Take = Callable[[Log, str, Mapping[str, Any]], None]
#: Lists whose entries other services list under the same key: what an entry must have.
_ENTRIES: Mapping[str, str] = {
    "Keys": "KeyArn",
    "Aliases": "TargetKeyId",
    "Grants": "GrantId",
    "Users": "IdentityStoreId",
    "Groups": "IdentityStoreId",
    "Instances": "InstanceArn",
    "Targets": "TargetId",
    "Accounts": "Id",
    "Clusters": "HsmType",
}
_SET_PARTS = (
    "InlinePolicy",
    "AttachedManagedPolicies",
    "CustomerManagedPolicyReferences",
    "PermissionsBoundary",
)


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
        value = load(_TEXT_OUTPUT.sub(b"", _utf8(data)))
    except NotJsonError as wrong:
        do = "Export it again, with --output json"
        if "Extra data" in str(wrong):
            do = "Put the output of each command into a file of its own"
        reading.fault(name, f"The file {wrong}", do)
        return
    if not isinstance(value, dict):
        reading.fault(name, "The file holds no IAM export: it is no object", _GIVE)
    elif any(key in value for key in _LISTS) and not is_policies(value):
        _page(reading, name, value)
    elif not _neighbour(reading, name, value):
        keys = brief(", ".join(sorted(value))) or "nothing"
        reading.fault(name, f"The file holds no IAM export: in it is {keys}", _GIVE)


def _utf8(data: bytes) -> bytes:
    """Return what `>` of Windows PowerShell wrote as UTF-16 in UTF-8; all else as it is."""
    if len(data) > 2 and data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode()
        except UnicodeError:
            return data
    return data


def _neighbour(reading: Reading, name: str, value: dict[str, Any]) -> bool:
    """Take the output of another command; return whether it is one that is known."""
    if _KEY_POLICIES in value or _ORGANIZATION_POLICIES in value:
        _extra(reading, name, value)
    elif is_policies(value):
        reading.strange("", value, ["Policies", *PAGING])
        reading.organization.list_policies(reading, name, value)
    elif "Statement" in value:
        _resource_policy(reading, name, value)
    elif isinstance(value.get("Policy"), str):
        reading.strange("", value, ["Policy", "PolicyName", "RevisionId"])
        try:
            document = load(value["Policy"])
        except NotJsonError as wrong:
            reading.fault(name, f"The text of Policy {wrong}")
            return True
        if not isinstance(document, dict):
            reading.fault(name, "The text of Policy is no object")
            return True
        _resource_policy(reading, name, document)
    elif isinstance(policy := value.get("Policy"), dict) and "PolicySummary" in policy:
        reading.organization.describe_policy(reading, name, value)
    elif parts := [key for key in _SET_PARTS if key in value]:
        reading.sign_on.part(reading, name, value, parts[0])
    else:
        return _listed(reading, name, value)
    return True


def _listed(reading: Reading, name: str, value: dict[str, Any]) -> bool:
    sign_on = reading.sign_on
    readers = [
        *reading.readers(),
        (("Users",), sign_on.list_users),
        (("Groups",), sign_on.list_groups),
        (("Instances",), sign_on.instances),
    ]
    for keys, take in readers:
        if all(key in value for key in keys):
            mark = _ENTRIES.get(keys[0])
            entries = value[keys[0]]
            if isinstance(entries, list) and not all(
                mark is None or (isinstance(entry, dict) and mark in entry) for entry in entries
            ):
                return False
            if len(keys) == 1:
                reading.strange("", value, [keys[0], *PAGING])
            take(reading, name, value)
            return True
    return False


def _resource_policy(reading: Reading, name: str, document: dict[str, Any]) -> None:
    """Take a policy that is of some resource, known by the actions it speaks of."""
    given = document.get("Statement")
    entries = [given] if isinstance(given, dict) else given
    entries = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    spoken = {
        action.partition(":")[0].lower()
        for entry in entries
        for key in ("Action", "NotAction")
        for action in texts(entry.get(key, [])) or ()
    } - {"*"}
    lonely = not any("Principal" in entry or "NotPrincipal" in entry for entry in entries)
    if entries and lonely:
        reading.fault(
            name,
            "The policy names no principal: it is none of a key, but of a user, a role or an "
            "organization",
            "Give the whole output of `aws iam get-account-authorization-details`, or of "
            "`aws organizations describe-policy`",
        )
    elif "kms" in spoken or not spoken:
        reading.keys.take_policy(name, document)
    elif spoken <= {"s3", "s3-object-lambda"}:
        reading.stores.bucket_policy(reading, name, document)
    elif spoken <= {"lambda"}:
        reading.machines.function_policy(reading, name, document)
    else:
        reading.fault(
            name,
            f"The policy is of a resource of {brief(', '.join(sorted(spoken)))}, which is not read",
            "Leave the file out, or write what it allows as grants",
        )


def _page(reading: Reading, name: str, value: dict[str, Any]) -> None:
    numbers = {
        shape[2]
        for list_name in _LISTS
        for entry in (value[list_name] if isinstance(value.get(list_name), list) else ())
        if isinstance(entry, dict) and (shape := ARN.fullmatch(str(entry.get("Arn"))))
    } - {"aws"}
    if len(numbers) > 1:
        words = " and ".join(sorted(numbers)[:3])
        what = f"The file is of several accounts: {words}"
        reading.fault(name, what, "Export each account into a file of its own")
    reading.account_pages.append((min(numbers, default=""), name, value))
    own = {key: value[key] for key in (_KEY_POLICIES, _ORGANIZATION_POLICIES) if key in value}
    _extra(reading, name, own)
    reading.strange("", value, [*_LISTS, *PAGING, *own])
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
    pages = len(reading.account_pages)
    numbers = {number for number, _, _ in reading.account_pages if number}
    for number, name, value in reading.account_pages:
        reading.page(("account", number if len(numbers) > 1 else ""), name, value)
    if not pages and not reading.faults:
        reading.fault(
            files[0][0] if files else "the import",
            "No file is an IAM export",
            "Give the output of `aws iam get-account-authorization-details` beside it"
            if files
            else "Give the output of `aws iam get-account-authorization-details`",
        )
    reading.refuse_cut_off()
    if pages > max(1, len(numbers)) and not reading.faults:
        reading.notes.append(
            f"{pages} pages were joined. Pages carry no numbers: a page left out between them does "
            "not show by itself."
        )


def _extra(reading: Reading, name: str, value: dict[str, Any]) -> None:
    reading.strange(f"{name}: ", value, [_KEY_POLICIES, _ORGANIZATION_POLICIES])
    if _KEY_POLICIES in value:
        reading.keys.take_named(reading, name, value[_KEY_POLICIES])
    if _ORGANIZATION_POLICIES in value:
        reading.organization.state(reading, name, value[_ORGANIZATION_POLICIES])


def _managed_document(reading: Reading, arn: str, entry: Mapping[str, Any]) -> None:
    source = f"policy {brief(str(entry.get('PolicyName', arn)))!r}"
    versions = entry.get("PolicyVersionList")
    for version in versions if isinstance(versions, list) else ():
        if not isinstance(version, dict):
            continue
        strange = version.keys() - {"VersionId", "IsDefaultVersion", "Document", "CreateDate"}
        reading.unread += [f"{source}: version {brief(key)}" for key in sorted(strange)]
        if version.get("IsDefaultVersion") is True and "Document" in version:
            statements = reading.statements("the export", version["Document"], source)
            reading.documents[arn] = tuple(statements), day(version.get("CreateDate"))


def read_files(
    files: Sequence[tuple[str, bytes]],
) -> tuple[tuple[tuple[Account, IdentityCenter], ...], Reading]:
    """Read every file; what comes is to be relied on only when `faults` is empty.

    Several accounts of one organization know one another's roles and keys.
    """
    reading = gather(files)
    file = files[0][0] if files else "the export"
    read = [_account(reading, file, *which) for which in _accounts(reading, file)]
    accounts = [account for account, _ in read]
    alone = accounts[0].number if len(accounts) == 1 else ""
    spelled = {arn for account in accounts for arn in account.named(":kms:", ":key/")}
    keys = reading.keys.settle(reading, accounts[0].partition, alone, spelled)
    accounts = [
        replace(
            account,
            keys=keys.policies,
            key_facts=keys.facts,
            key_grants=keys.grants,
            granted_keys=keys.granted,
            key_notes=keys.notes,
        )
        for account in accounts
    ]
    return tuple(
        (replace(account, elsewhere=(*accounts[:place], *accounts[place + 1 :])), sign_on)
        for place, (account, (_, sign_on)) in enumerate(zip(accounts, read, strict=True))
    ), reading


def _account(
    reading: Reading, file: str, number: str, partition: str
) -> tuple[Account, IdentityCenter]:
    groups = _subjects(reading, "Group", number)
    users, roles = _subjects(reading, "User", number), _subjects(reading, "Role", number)
    if len(users) + len(roles) + len(groups) > MOST:
        what = f"More than {MOST:,} principals are listed"
        reading.fault(file, what, "AWS keeps no more than that")
    arns: dict[str, str] = {}
    for subject in (*users, *roles, *groups):
        if arns.setdefault(subject.id, subject.arn) != subject.arn:
            what = f"Two ARNs share the name {brief(subject.name)!r}"
            reading.fault(file, what, "Export it again")
    by_name = {group.name: group for group in groups}
    managed = {arn: statements for arn, (statements, _) in reading.documents.items()}
    listed = frozenset(number for number, _ in _accounts(reading, file))
    sign_on = reading.sign_on.settle(reading, number, partition, roles, managed, listed)
    account = Account(
        number,
        partition,
        tuple(_joined(reading, user, by_name) for user in users),
        tuple(by_name.values()),
        (*roles, *sign_on.roles),
        tuple(_policies(reading, number)),
        machines=reading.machines.settle(number, alone=len(listed) == 1),
        function_policies=reading.machines.policies,
        stores=reading.stores.settle(),
        organization=reading.organization.settle(reading, number),
        managed_by=frozenset(reading.organization.owners - {number}),
    )
    return account, sign_on


def _accounts(reading: Reading, file: str) -> list[tuple[str, str]]:
    """Return number and partition of every account that is listed; one at least."""
    accounts = {
        (shape[2], shape[1])
        for entries in reading.entries.values()
        for arn in entries
        if (shape := ARN.fullmatch(arn)) and shape[2] != "aws"
    }
    if not accounts and reading.account_pages and not reading.faults:
        reading.fault(file, "The export lists nobody: no user, group or role", "Export it again")
    return sorted(accounts) or [("000000000000", "aws")]


def _policies(reading: Reading, number: str) -> Iterable[Managed]:
    for arn, entry in reading.entries["Policies"].items():
        if f":iam::{number}:" not in arn:
            continue
        versions = entry.get("PolicyVersionList")
        count = entry.get("AttachmentCount")
        yield Managed(
            arn,
            str(entry.get("PolicyName", arn)),
            len(versions) if isinstance(versions, list) else 0,
            count if isinstance(count, int) else 0,
        )


def _subjects(reading: Reading, kind: str, number: str) -> list[Subject]:
    entries = reading.entries[f"{kind}DetailList"].items()
    return [_subject(reading, kind, e) for arn, e in entries if f":iam::{number}:" in arn]


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
        trust = reading.statements("the export", document, f"the trust policy of {what}", "trust")
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
        statements += reading.statements("the export", policy.get("PolicyDocument"), source)
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
    # The CLI's own example prints the only one of a list without the list.
    given = [given] if isinstance(given, dict) else given
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
