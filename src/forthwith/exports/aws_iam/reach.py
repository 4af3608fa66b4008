"""What a principal of an AWS account can reach by its policies: roles, keys, machines.

What it can reach by rewriting policies is in `policy_admin`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forthwith.exports.aws_iam.account import Account, Subject, safe
from forthwith.exports.aws_iam.allowed import Rights, Targets
from forthwith.exports.aws_iam.evaluation import NO, YES, Level, Verdict, maybe
from forthwith.exports.aws_iam.trust import ASSUME, Resource, in_account

#: To use a key is to sign with it; the others count as well, each with its doubt.
_KEY_USES: Mapping[str, str] = {
    "kms:Sign": "",
    "kms:CreateGrant": "",
    "kms:PutKeyPolicy": "",
    "kms:Decrypt": "if the key is one that decrypts",
    "kms:ReEncryptFrom": "if the key is one that decrypts",
    "kms:DeriveSharedSecret": "if the key is one that agrees on keys",
    "kms:GenerateMac": "if the key is one that authenticates",
    "kms:ReplicateKey": "if the key may be copied to another Region",
}
#: Ways onto a machine that nothing else must help.
_SESSIONS = ("ssm:StartSession", "ssm:SendCommand")
#: Other ways, each with its doubt.
_HOST_WAYS: Mapping[str, str] = {
    "ec2-instance-connect:SendSSHPublicKey": "if it reaches the machine's SSH port",
    "ec2-instance-connect:SendSerialConsoleSSHPublicKey": "if the serial console is open",
    "ec2:ModifyInstanceAttribute": "if it may restart the machine with other user data",
    "ec2:CreateSnapshot": "if it may read a copy of the machine's disk",
    "ec2:CreateImage": "if it may start a copy of the machine",
    "ecs:ExecuteCommand": "if the machine runs a container that lets commands in",
    "lambda:UpdateFunctionCode": "if the machine is a function",
}
_COMMANDS = "arn:{partition}:ssm:*:*:document/AWS-RunShellScript"
#: Everything of a kind that the export does not name.
OTHER_KEYS, OTHER_HOSTS = "kms:*", "host:*"
#: Stands in an ARN for a name that no policy spells out: only a wildcard takes it in.
_UNNAMED = "<unnamed>"
#: Service and kind of what counts as a machine; the first is an EC2 instance.
_MACHINES = (
    (":ec2:", ":instance/"),
    (":ssm:", ":managed-instance/"),
    (":lambda:", ":function:"),
    (":ecs:", ":task/"),
)


@dataclass(frozen=True, slots=True)
class Grant:
    """Whoever meets `means` has `gives`, as far as `verdict` goes."""

    means: str
    gives: str
    verdict: Verdict
    #: On whose policies it rests: their days and its own date it.
    rests_on: tuple[Subject, ...] = ()
    #: Who else must be there.
    among: tuple[Subject, ...] = ()
    #: First day on which it is no longer so; "" for the end of the period.
    until: str = ""


def resources_of(account: Account) -> tuple[Resource, ...]:
    """Return the roles as things that can be assumed."""
    return tuple(Resource(role.id, role.arn, role.trust) for role in account.roles)


def assumable(
    account: Account, rights: Rights, roles: Sequence[Resource]
) -> Iterator[tuple[Subject, Subject, Verdict]]:
    """Yield who of the account can assume which role."""
    by_policy: dict[str, list[Subject]] = {role.arn: [] for role in account.roles}
    targets = Targets(account.roles)
    for subject in account.subjects:
        if rights.unknown(subject):
            # Its one grant, of the right to rewrite policy, gives every role already.
            continue
        for role in rights.within(subject, (ASSUME,), targets):
            by_policy[role.arn].append(subject)
    for role, resource in zip(account.roles, roles, strict=True):
        if not role.trust:
            continue
        for subject in dict.fromkeys((*_let_in(account, role), *by_policy[role.arn])):
            if subject is role:
                continue
            verdict = in_account(rights, account, subject, ASSUME, resource)
            if verdict.level:
                yield subject, role, verdict


def _let_in(account: Account, role: Subject) -> Iterator[Subject]:
    """Yield whom a trust policy may let in without a policy of their own."""
    spoken = [statement.principals for statement in role.trust if statement.principals]
    named = {value for principals in spoken for _, value in principals.named}
    loose = any(principals.excluded for principals in spoken) or any(
        "*" in value or ":assumed-role/" in value for value in named
    )
    for subject in account.subjects:
        if loose or subject.arn in named or subject.unique_id in named:
            yield subject


def key_ids(account: Account) -> dict[str, str]:
    """Return the ARN (or family of ARNs) of every key, by its id as a means."""
    named = _named(account, ":kms:", ":key/") | account.keys.keys()
    known = {f"kms:{safe(arn)}": arn for arn in sorted(named)}
    return known | {OTHER_KEYS: f"arn:{account.partition}:kms:*:{account.number}:key/*{_UNNAMED}*"}


def host_ids(account: Account) -> dict[str, tuple[str, ...]]:
    """Return the ARNs (or families of ARNs) of every machine, by its id as a means."""
    named = {arn for service, kind in _MACHINES for arn in _named(account, service, kind)}
    known = {f"host:{safe(arn)}": (arn,) for arn in sorted(named)}
    families = tuple(
        f"arn:{account.partition}{service}*:{account.number}{kind}*{_UNNAMED}*"
        for service, kind in _MACHINES
    )
    return known | {OTHER_HOSTS: families}


def _named(account: Account, service: str, kind: str) -> set[str]:
    return {
        arn
        for subject in account.subjects
        for statement in subject.statements
        for arn in statement.resources
        if arn.startswith("arn:") and service in arn and kind in arn and not set("*?$") & set(arn)
    }


def key_right(
    account: Account, rights: Rights, subject: Subject, arn: str, *, unnamed: bool
) -> Verdict:
    """Tell whether `subject` can make a key work."""
    statements = account.keys.get(arn)
    if statements is None and not rights.any(subject, *_KEY_USES):
        return NO
    whose = "each such key's" if unnamed else "the key's"
    best = NO
    for action, doubt in _KEY_USES.items():
        if statements is None:
            right = rights.may(subject, action, arn)
            if right.level:
                right = right & maybe(
                    f"if {whose} own policy, which was not given, lets the account's policies "
                    "decide"
                )
        else:
            resource = Resource(f"kms:{arn}", arn, statements)
            right = in_account(rights, account, subject, action, resource)
        best = best | (right & maybe(doubt) if doubt and right.level else right)
        if best.level is Level.YES:
            break
    return best


def host_right(
    account: Account, rights: Rights, subject: Subject, arns: tuple[str, ...]
) -> Verdict:
    """Tell whether `subject` can act as the administrator of a machine."""
    best = NO
    if not rights.any(subject, *_SESSIONS, *_HOST_WAYS):
        return best
    for place, arn in enumerate(arns):
        other = maybe("if the machine is none of EC2") if place else YES
        for action in _SESSIONS:
            right = rights.may(subject, action, arn)
            if action == "ssm:SendCommand" and right.level:
                document = _COMMANDS.format(partition=account.partition)
                allowed = rights.may(subject, action, document)
                right &= allowed | maybe("if it may send a document of commands")
            best = best | (right & other)
    for action, doubt in _HOST_WAYS.items():
        # These act on disks, images and functions, and which belongs to what is not in the export.
        if (right := rights.may(subject, action, "*")).level:
            best = best | (right & maybe(doubt))
    return best
