"""Trust policies of roles and policies of keys: whom they name, and what that is worth.

A resource's policy that names a user or role of the same account by its ARN is enough by itself;
one that names the account leaves it to the account's own policies, and so needs both. A resource of
another account always needs both. Source: IAM User Guide, "How AWS enforcement code logic evaluates
requests" and "Cross-account policy evaluation logic", and KMS Developer Guide, "Key policies".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forthwith.exports.aws_iam.account import Account, Subject
from forthwith.exports.aws_iam.allowed import Rights
from forthwith.exports.aws_iam.evaluation import (
    NO,
    YES,
    Level,
    Statement,
    Verdict,
    brief,
    decide,
    maybe,
    safe,
)

ASSUME = "sts:AssumeRole"
_ASSUMING = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity")
_ACCOUNT = re.compile(r"\d{12}")
_ARN = re.compile(r"arn:[\w-]+:(?:iam|sts):[^:]*:(\d{12}):(.+)", re.DOTALL)
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
#: Resource control policies, which alone can stop a principal of another account, exist since
#: then (AWS announcement of 13 November 2024).
CONTROLLED_SINCE = "2024-11-13"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody a policy names who is no principal of this export."""

    id: str
    kind: str
    label: str
    #: The account that commands it, by its id as a means; "" when none does.
    account: str = ""
    #: Why the grant to it is not certain though the policy is; "" when it is.
    doubt: str = ""


def in_account(
    rights: Rights, account: Account, subject: Subject, action: str, resource: Resource
) -> Verdict:
    """Tell whether a user, role or group of the account may do `action` on `resource`.

    A resource that is not `decisive` is also open to whom the account's own policies let in.
    """
    about = [statement for statement in resource.statements if statement.speaks_of(action.lower())]
    own = rights.may(subject, action, resource.arn)
    decisive = resource.decisive or _of_account(account, resource).level is Level.NO
    allow, deny = NO if decisive else own, NO
    for statement in about:
        named = _named(statement, subject, account)
        verdict = _at(statement, resource.arn)
        if named is None or verdict.level is Level.NO:
            continue
        if not statement.allows:
            deny = deny | (
                verdict & (YES if _certainly(statement, named) else maybe(_listed(statement)))
            )
        elif named == "itself":
            alone = _by_name(rights, subject, action, resource.arn, verdict)
            allow = allow | (verdict & own) | (alone & _of_account(account, resource))
        elif named == "account":
            allow = allow | (verdict & own)
        elif named == "session":
            allow = allow | (verdict & maybe(f"if the session is the one {statement.source} names"))
        else:
            alone = maybe(f"if {statement.source}, which names everybody, is enough by itself")
            alone = alone & _of_account(account, resource)
            allow = allow | (verdict & (own | alone))
    refused = deny | rights.denied(subject, action, resource.arn)
    if Level.YES in (deny.level, refused.level):
        return NO
    allowed = allow & refused if refused.level is Level.MAYBE else allow
    return allowed & account.organization_allows(action.lower(), resource.arn)


def _by_name(
    rights: Rights, subject: Subject, action: str, target: str, verdict: Verdict
) -> Verdict:
    """Naming a principal by ARN needs no policy of its own; a role's boundary still binds it."""
    fence = rights.bounded(subject, action, target)
    if fence.level is Level.YES:
        return verdict
    if fence.level is Level.NO and subject.kind == "role":
        return NO
    return verdict & maybe("if its permissions boundary, which does not allow it, does not apply")


@dataclass(frozen=True, slots=True)
class Resource:
    """A role, key or other thing with the statements of its own policy."""

    id: str
    arn: str
    statements: Sequence[Statement]
    #: Nobody uses it but through its own policy: a role or key. False: a secret, a bucket.
    decisive: bool = True


def _of_account(account: Account, resource: Resource) -> Verdict:
    """Tell whether the thing is of the account: its policy then needs no other beside it."""
    number = resource.arn.split(":", 5)[4] if resource.arn.count(":") >= 5 else ""
    if number in ("", "*"):
        # A bucket's ARN has no account.
        return maybe(f"if {brief(resource.arn)} is of this account")
    return YES if number == account.number else NO


def _at(statement: Statement, target: str) -> Verdict:
    allow = decide((statement,), target)
    return allow.allow if statement.allows else allow.deny


def _certainly(denial: Statement, named: str) -> bool:
    principals = denial.principals
    if principals is None or principals.excluded:
        return False
    return named == "itself" or ("AWS", "*") in principals.named


def _listed(statement: Statement) -> str:
    return f"unless {statement.source} denies it to this principal"


def _named(statement: Statement, subject: Subject, account: Account) -> str | None:
    """Return "itself", "account", "session" or "everybody"; None: it is about others."""
    principals = statement.principals
    if principals is None:
        return None
    values = {value for kind, value in principals.named if kind == "AWS"}
    itself = subject.kind != "group" and (
        subject.arn in values or (bool(subject.unique_id) and subject.unique_id in values)
    )
    if principals.excluded:
        # A Deny that leaves out a role may still stop its sessions, which it must name as well.
        return None if itself and statement.allows else "everybody"
    if itself:
        return "itself"
    if values & {account.number, account.arn("root")}:
        return "account"
    if "*" in values:
        return "everybody"
    return "session" if any(_session_of(value, subject) for value in values) else None


def may_name(statements: Sequence[Statement], subject: Subject) -> bool:
    """Tell whether a policy may let a principal in by more than naming its account: a sieve."""
    for statement in statements:
        principals = statement.principals
        if statement.allows and principals is not None:
            if principals.excluded:
                return True
            for _, value in principals.named:
                if value in (subject.arn, subject.unique_id) or "*" in value or "?" in value:
                    return True
                if ":assumed-role/" in value:
                    return True
    return False


def _session_of(value: str, subject: Subject) -> bool:
    """A session of a role is named by the caller; a wildcard is not AWS's, so it may mean it."""
    session = _ARN.fullmatch(value)
    if session is None:
        return False
    own = subject.kind == "role" and session[2].startswith(f"assumed-role/{subject.name}/")
    return own or "*" in value or "?" in value


def outsiders(
    account: Account, resource: Resource, actions: Sequence[str], known: frozenset[str], until: str
) -> Iterator[tuple[Party, Verdict]]:
    """Yield everybody the resource's policy names who is no principal listed in the export.

    `known` are the ARNs and unique ids of those listed; `until` is the end of the period or "".
    """
    for action in actions:
        about = [
            statement for statement in resource.statements if statement.speaks_of(action.lower())
        ]
        for statement in about:
            if not statement.allows or statement.principals is None:
                continue
            for party in _parties(statement, account, known, action):
                verdict = _at(statement, resource.arn) & _not_denied(about, party, resource.arn)
                if party.doubt:
                    verdict = verdict & maybe(party.doubt)
                yield party, verdict & _organization(account, party, action, resource.arn, until)


def _organization(account: Account, party: Party, action: str, target: str, until: str) -> Verdict:
    outside = party.id.startswith(("iam:account/", "iam:service/"))
    unseen = account.organization is None or not account.organization.all_resource
    if unseen and outside and until and until <= CONTROLLED_SINCE:
        return YES
    return account.organization_allows(action.lower(), target, outside=outside)


def _not_denied(about: Sequence[Statement], party: Party, target: str) -> Verdict:
    left = YES
    for statement in about:
        verdict = _at(statement, target)
        if statement.allows or statement.principals is None or verdict.level is Level.NO:
            continue
        values = {value for _, value in statement.principals.named}
        if not statement.principals.excluded and values & {"*", party.label}:
            left = left & (NO if verdict.level is Level.YES else verdict)
        elif statement.principals.excluded and party.label in values:
            continue
        else:
            left = left & maybe(_listed(statement))
    return left


def _parties(
    statement: Statement, account: Account, known: frozenset[str], action: str
) -> Iterator[Party]:
    principals = statement.principals
    if principals is None:
        return
    if principals.excluded:
        yield _everybody("if it is none of those the policy leaves out")
        return
    federated = "with" in action.lower()
    for kind, value in principals.named:
        if (kind == "Federated") is not federated and action.lower() in _ASSUMING and value != "*":
            continue
        if kind == "AWS":
            yield from _aws(value, account, known)
        elif kind == "Service":
            yield Party(f"iam:service/{safe(value)}", "vendor_path", value)
        elif kind == "Federated":
            yield Party(f"iam:federated/{safe(value)}", "credential", value)
        else:
            yield Party(f"iam:{safe(kind)}/{safe(value)}", "credential", value)


def _everybody(doubt: str = "") -> Party:
    return Party("iam:account/*", "vendor_path", "*", doubt=doubt)


def _aws(value: str, account: Account, known: frozenset[str]) -> Iterator[Party]:
    if value == "*":
        yield _everybody()
        return
    if value in known or value in (account.number, account.arn("root")):
        return
    if _ACCOUNT.fullmatch(value):
        yield Party(f"iam:account/{value}", "vendor_path", value)
        return
    shape = _ARN.fullmatch(value)
    if shape is None:
        # AWS shows the unique id of a principal that is gone, and nobody can be that again.
        if not _UNIQUE_ID.fullmatch(value):
            yield Party(f"iam:principal/{safe(value)}", "credential", value)
        return
    number, name = shape[1], shape[2]
    if number == account.number:
        yield _unlisted(value, name)
    elif name == "root":
        yield Party(f"iam:account/{number}", "vendor_path", value)
    else:
        account_id = f"iam:account/{number}"
        yield Party(f"{account_id}/{safe(name)}", "role", value, account_id)


def _unlisted(value: str, name: str) -> Party:
    """A principal of this very account that the export does not list, or a session of one."""
    kind, _, rest = name.partition("/")
    if kind in ("user", "role"):
        doubt = "if the principal, which the export does not list, exists"
        means = "credential" if kind == "user" else "role"
        return Party(f"iam:{kind}/{safe(rest.rsplit('/', 1)[-1])}", means, value, doubt=doubt)
    return Party(f"iam:{safe(name)}", "credential", value, doubt="if that session exists")


def gone(statements: Sequence[Statement], known: frozenset[str]) -> Iterator[str]:
    """Yield the unique ids of principals that no longer exist."""
    for statement in statements:
        for _, value in statement.principals.named if statement.principals else ():
            if _UNIQUE_ID.fullmatch(value) and value not in known:
                yield value
