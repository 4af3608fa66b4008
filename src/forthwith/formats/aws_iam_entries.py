"""From the entries of an IAM export to principals, each with all statements that bind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from forthwith.exports.aws_iam.account import Account, Managed, Subject
from forthwith.exports.aws_iam.evaluation import Statement, brief, unseen
from forthwith.exports.aws_iam.export import ARN, Reading, day, gather, statements_of
from forthwith.formats.aws_iam_document import texts

#: AWS keeps at most 5,000 users, 5,000 roles and 500 groups in an account.
MOST = 20_000
#: What the one policy of AWS says that has said the same since it exists.
_ADMINISTRATOR = ":iam::aws:policy/AdministratorAccess"


def read_files(files: Sequence[tuple[str, bytes]]) -> tuple[Account, Reading]:
    """Read every file; the account is to be relied on only when `faults` is empty."""
    reading = gather(files)
    return _account(reading, files[0][0] if files else "the export"), reading


def _account(reading: Reading, file: str) -> Account:
    number, partition = _number(reading, file)
    groups = {
        each.name: each
        for each in (
            _subject(reading, "Group", e) for e in reading.entries["GroupDetailList"].values()
        )
    }
    users = [_subject(reading, "User", e) for e in reading.entries["UserDetailList"].values()]
    roles = [_subject(reading, "Role", e) for e in reading.entries["RoleDetailList"].values()]
    if len(users) + len(roles) + len(groups) > MOST:
        reading.fault(
            file, f"More than {MOST:,} principals are listed", "AWS keeps no more than that"
        )
    _unique(reading, file, (*users, *roles, *groups.values()))
    return Account(
        number,
        partition,
        tuple(_joined(reading, each, groups) for each in users),
        tuple(groups.values()),
        tuple(roles),
        tuple(_policies(reading)),
        dict(sorted(reading.keys.items())),
        reading.organization,
    )


def _unique(reading: Reading, file: str, subjects: Iterable[Subject]) -> None:
    seen: dict[str, str] = {}
    for each in subjects:
        if seen.setdefault(each.id, each.arn) != each.arn:
            reading.fault(file, f"Two ARNs share the name {brief(each.name)!r}", "Export it again")


def _number(reading: Reading, file: str) -> tuple[str, str]:
    found = {
        (shape[2], shape[1])
        for entries in reading.entries.values()
        for arn in entries
        if (shape := ARN.fullmatch(arn)) and shape[2] != "aws"
    }
    if len(found) > 1:
        accounts = " and ".join(sorted(number for number, _ in found)[:3])
        reading.fault(
            file, f"The files are of several accounts: {accounts}", "Import each by itself"
        )
    if not found and reading.pages and not reading.faults:
        reading.fault(file, "The export lists nobody: no user, group or role", "Export it again")
    return min(found, default=("000000000000", "aws"))


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


def _subject(reading: Reading, kind: str, entry: Mapping[str, Any]) -> Subject:
    arn = str(entry["Arn"])
    name = entry.get(f"{kind}Name")
    name = name if isinstance(name, str) and name else arn.rsplit("/", 1)[-1]
    what = f"{kind.lower()} {brief(name)!r}"
    statements, attached, since = _bound(reading, what, kind, entry)
    boundary, boundary_since = _boundary(reading, entry)
    last = entry.get("RoleLastUsed")
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
        tuple(_profiles(entry)),
        day(last.get("LastUsedDate")) if isinstance(last, dict) else "",
    )


def _profiles(entry: Mapping[str, Any]) -> Iterable[str]:
    given = entry.get("InstanceProfileList")
    for each in given if isinstance(given, list) else ():
        if isinstance(each, dict):
            yield str(each.get("InstanceProfileName", ""))


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
        found, made = _managed(reading, arn)
        statements += found
        attached.append(arn)
        since = max(since, made)
    return tuple(statements), tuple(attached), since


def _objects(
    reading: Reading, what: str, entry: Mapping[str, Any], key: str
) -> list[dict[str, Any]]:
    given = entry.get(key, [])
    if isinstance(given, list) and all(isinstance(each, dict) for each in given):
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
    found, since = _managed(reading, arn if isinstance(arn, str) else "")
    return tuple(found), since


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
