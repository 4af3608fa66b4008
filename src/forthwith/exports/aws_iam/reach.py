"""What a principal of an AWS account can reach by its policies: roles, keys, machines, stores.

What it can reach by rewriting policies is in `policy_admin`.
Source: Service Authorization Reference (actions of KMS, EC2, Systems Manager, ECS, Lambda).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forthwith.exports.aws_iam.account import Account, Subject
from forthwith.exports.aws_iam.allowed import Rights, Targets
from forthwith.exports.aws_iam.evaluation import NO, YES, Level, Verdict, brief, maybe, safe
from forthwith.exports.aws_iam.kms import ARN as KEY_ARN
from forthwith.exports.aws_iam.kms import KeyFacts, KeyGrant
from forthwith.exports.aws_iam.stores import Store
from forthwith.exports.aws_iam.trust import ASSUME, Resource, in_account, may_name

#: To use a key is to sign with it; the others count as well, each with its doubt and with the
#: KeyUsage under which it does anything.
_KEY_USES: Mapping[str, tuple[str, str]] = {
    "kms:Sign": ("", "SIGN_VERIFY"),
    "kms:CreateGrant": ("", ""),
    "kms:PutKeyPolicy": ("", ""),
    "kms:Decrypt": ("if the key is one that decrypts", "ENCRYPT_DECRYPT"),
    "kms:ReEncryptFrom": ("if the key is one that decrypts", "ENCRYPT_DECRYPT"),
    "kms:DeriveSharedSecret": ("if the key is one that agrees on keys", "KEY_AGREEMENT"),
    "kms:GenerateMac": ("if the key is one that authenticates", "GENERATE_VERIFY_MAC"),
    "kms:Decapsulate": ("if the key is one that agrees on keys", "ENCAPSULATE_DECAPSULATE"),
    "kms:ReplicateKey": ("if the key may be copied to another Region", ""),
}
_USAGES = frozenset(usage for _, usage in _KEY_USES.values() if usage)


@dataclass(frozen=True, slots=True)
class MachineKind:
    """One kind of machine: its ARNs, and the ways onto it."""

    service: str
    part: str
    #: Ways that nothing else must help.
    sure: tuple[str, ...] = ()
    #: Others, asked of the machine itself, each with its doubt.
    ways: Mapping[str, str] | None = None
    #: Others, of disks, images and documents, and which belongs to what is not in the export.
    around: Mapping[str, str] | None = None
    #: Service that gives the machine its role, when the role is one of no instance profile.
    trusted: str = ""


_SESSIONS = ("ssm:StartSession", "ssm:SendCommand")
_BY_DOCUMENT = {
    "ssm:StartAutomationExecution": "if a document that it may run gives commands",
    "ssm:CreateAssociation": "if a document that it may tie to the machine gives commands",
}
#: The first is an EC2 instance.
MACHINES = (
    MachineKind(
        ":ec2:", ":instance/", _SESSIONS,
        {
            "ec2-instance-connect:SendSSHPublicKey": "if it reaches the machine's SSH port",
            "ec2-instance-connect:SendSerialConsoleSSHPublicKey": "if the serial console is open",
            "ec2:ModifyInstanceAttribute": "if it may restart the machine with other user data",
            "ec2:CreateImage": "if it may start a copy of the machine",
            "ec2:GetPasswordData": "if the machine runs Windows and it has its SSH key",
            "ec2:CreateReplaceRootVolumeTask": "if an image of its making replaces the disk",
        },
        {
            "ec2:CreateSnapshot": "if it may read a copy of the machine's disk",
            "ec2:ModifySnapshotAttribute": "if a copy of the machine's disk is shared",
            "ebs:GetSnapshotBlock": "if there is a copy of the machine's disk",
            "ec2:AttachVolume": "if a disk of its making is started, or the machine's is read",
            "ecs:ExecuteCommand": "if the machine runs a container that lets commands in",
            **_BY_DOCUMENT,
        },
    ),
    MachineKind(
        ":ssm:", ":managed-instance/", _SESSIONS, None, _BY_DOCUMENT, "ssm.amazonaws.com"
    ),
    MachineKind(
        ":lambda:", ":function:", (),
        {
            "lambda:UpdateFunctionCode": "if the function runs after its code was replaced",
            "lambda:UpdateFunctionConfiguration": (
                "if a layer or start-up file that it names runs in the function"
            ),
        },
        None, "lambda.amazonaws.com",
    ),
    MachineKind(
        ":ecs:", ":task/", (),
        {
            "ecs:ExecuteCommand": "if the task lets commands in",
            "ssm:StartSession": "if the task lets sessions in",
        },
        None, "ecs-tasks.amazonaws.com",
    ),
)  # fmt: skip
_COMMANDS = "arn:{partition}:ssm:*:*:document/AWS-RunShellScript"
#: Everything of a kind that the export does not name.
OTHER_KEYS, OTHER_HOSTS = "kms:*", "host:*"
#: Stands in an ARN for a name that no policy spells out: only a wildcard takes it in.
_UNNAMED = "<unnamed>"


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
    #: First day on which it is so, as a listing says; "" for the start of the period.
    begin: str = ""


def resources_of(account: Account) -> tuple[Resource, ...]:
    """Return the roles as things that can be assumed."""
    return tuple(Resource(role.id, role.arn, role.trust) for role in account.roles)


def assumable(
    account: Account, rights: Rights, roles: Sequence[tuple[Subject, Resource]]
) -> Iterator[tuple[Subject, Subject, Verdict]]:
    """Yield who of the account can assume which of `roles`, which another account may have."""
    by_policy: dict[str, list[Subject]] = {role.arn: [] for role, _ in roles}
    targets = Targets(role for role, _ in roles)
    for subject in account.subjects:
        if rights.unknown(subject):
            # Its one grant, of the right to rewrite policy, gives every role already.
            continue
        for role in rights.within(subject, (ASSUME,), targets):
            by_policy[role.arn].append(subject)
    for role, resource in roles:
        if not role.trust:
            continue
        for subject in dict.fromkeys((*_let_in(account, role), *by_policy[role.arn])):
            if subject is role:
                continue
            verdict = in_account(rights, account, subject, ASSUME, resource)
            if verdict.level:
                yield subject, role, verdict


def foreign(account: Account, arn: str) -> bool:
    """Tell whether an ARN is of something of another account."""
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[4].isdigit() and parts[4] != account.number


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
    named = account.named(":kms:", ":key/") | account.keys.keys() | account.key_facts.keys()
    named |= {grant.key for grant in account.key_grants}
    known = {_key_id(arn): arn for arn in sorted(named)}
    return known | {OTHER_KEYS: f"arn:{account.partition}:kms:*:{account.number}:key/*{_UNNAMED}*"}


def _key_id(arn: str) -> str:
    shape = KEY_ARN.fullmatch(arn)
    # Only its id is known, and no other file tells the Region.
    return f"kms:{safe(shape[4] if shape and shape[2] == '*' else arn)}"


def same_keys(keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of keys that are one: a multi-Region key has the same id and material in each."""
    first: dict[tuple[str, str], str] = {}
    for key, arn in keys.items():
        shape = KEY_ARN.fullmatch(arn)
        if shape and shape[4].startswith("mrk-"):
            other = first.setdefault((shape[3], shape[4]), key)
            if other != key:
                yield other, key


def host_ids(account: Account) -> dict[str, tuple[str, ...]]:
    """Return the ARNs (or families of ARNs) of every machine, by its id as a means."""
    named = {arn for kind in MACHINES for arn in account.named(kind.service, kind.part)}
    named |= {machine.arn for machine in account.machines} | account.function_policies.keys()
    known = {f"host:{safe(arn)}": (arn,) for arn in sorted(named)}
    families = tuple(
        f"arn:{account.partition}{kind.service}*:{account.number}{kind.part}*{_UNNAMED}*"
        for kind in MACHINES
    )
    return known | {OTHER_HOSTS: families}


def machine_kind(arn: str) -> MachineKind:
    """Return the kind of machine that an ARN is of."""
    return next(kind for kind in MACHINES if kind.service in arn and kind.part in arn)


def uses(account: Account, arn: str) -> Iterator[tuple[str, str]]:
    """Yield the actions that make a key work, each with its doubt: its usage never changes."""
    facts = account.key_facts.get(arn, KeyFacts())
    for action, (doubt, usage) in _KEY_USES.items():
        if action == "kms:ReplicateKey" and facts.multi_region is False:
            continue
        if facts.usage in _USAGES and usage:
            if usage == facts.usage:
                yield action, ""
        else:
            yield action, doubt


def key_right(
    account: Account, rights: Rights, subject: Subject, arn: str, *, unnamed: bool
) -> Verdict:
    """Tell whether `subject` can make a key work by policies alone."""
    if not rights.touches(subject, tuple(_KEY_USES), arn) and not may_name(
        account.keys.get(arn) or (), subject
    ):
        return NO
    best = NO
    for action, doubt in uses(account, arn):
        right = _may_use(account, rights, subject, action, arn, unnamed=unnamed)
        best = best | (right & maybe(doubt) if doubt and right.level else right)
        if best.level is Level.YES:
            break
    return best


def _may_use(
    account: Account,
    rights: Rights,
    subject: Subject,
    action: str,
    arn: str,
    *,
    unnamed: bool = False,
) -> Verdict:
    statements = account.keys.get(arn)
    if statements is not None:
        resource = Resource(f"kms:{arn}", arn, statements)
        return in_account(rights, account, subject, action, resource)
    right = rights.may(subject, action, arn)
    if not right.level:
        return NO
    whose = "each such key's" if unnamed else "the key's"
    return right & maybe(
        f"if {whose} own policy, which was not given, lets the account's policies decide"
    )


def granted(account: Account, grant: KeyGrant) -> tuple[Resource, Verdict]:
    """Return a key as far as one grant opens it, and what that is worth.

    A Deny of the key's policy, as of any other, is stronger than a grant.
    """
    policy = account.keys.get(grant.key)
    denies = tuple(statement for statement in policy or () if not statement.allows)
    resource = Resource(_key_id(grant.key), grant.key, (*denies, grant.statement))
    unseen = maybe("if the key's own policy, which was not given, does not deny it")
    return resource, unseen if policy is None else YES


def grant_uses(account: Account, grant: KeyGrant) -> Iterator[tuple[str, str]]:
    """Yield the actions of a grant that make the key work, each with its doubt."""
    for action, doubt in uses(account, grant.key):
        if action.lower() in grant.statement.actions:
            yield action, doubt


def host_right(
    account: Account, rights: Rights, subject: Subject, arns: tuple[str, ...]
) -> Verdict:
    """Tell whether `subject` can act as the administrator of a machine."""
    best = NO
    for place, arn in enumerate(arns):
        kind = machine_kind(arn)
        other = maybe("if the machine is none of EC2") if place else YES
        if foreign(account, arn):
            other = maybe("if the machine's account, which is another, lets it")
        best = best | (_onto(account, rights, subject, arn, kind) & other)
        if best.level is Level.YES:
            break
    return best


def _onto(
    account: Account, rights: Rights, subject: Subject, arn: str, kind: MachineKind
) -> Verdict:
    ways, around = kind.ways or {}, kind.around or {}
    policy = account.function_policies.get(arn, ())
    if not policy and not rights.any(subject, *kind.sure, *ways, *around):
        return NO
    best = NO
    for action in kind.sure:
        right = rights.may(subject, action, arn)
        if action == "ssm:SendCommand" and right.level:
            document = _COMMANDS.format(partition=account.partition)
            allowed = rights.may(subject, action, document)
            right &= allowed | maybe("if it may send a document of commands")
        best = best | right
    for action, doubt in ways.items():
        if policy:
            resource = Resource("", arn, policy, decisive=False)
            right = in_account(rights, account, subject, action, resource)
        else:
            right = rights.may(subject, action, arn)
        best = best | (right & maybe(doubt) if right.level else NO)
    for action, doubt in around.items():
        if (right := rights.may(subject, action, "*")).level:
            best = best | (right & maybe(doubt))
    return best


def store_right(account: Account, rights: Rights, subject: Subject, store: Store) -> Verdict:
    """Tell whether `subject` can read what lies in a store."""
    policed = store.kind.id in ("secret", "bucket")
    if not _near(rights, subject, store) and not may_name(store.statements or (), subject):
        return NO
    best = NO
    for action, doubt in store.kind.reads.items():
        target = _target(store, action)
        if store.statements is None:
            right = rights.may(subject, action, target)
            if policed and right.level:
                right &= maybe(
                    f"if no policy of the {store.kind.id} itself, which was not given, denies it"
                )
        else:
            resource = Resource(store.id, target, store.statements, decisive=False)
            right = in_account(rights, account, subject, action, resource)
        if foreign(account, store.arn) and store.statements is None and right.level:
            right &= maybe("if the account it is of, which is another, lets it")
        if right.level:
            right &= maybe(doubt) if doubt else _decrypts(account, rights, subject, store)
        best = best | right
    return best


def _near(rights: Rights, subject: Subject, store: Store) -> bool:
    """Tell whether some policy of `subject` may have to do with a store: a sieve."""
    reads = tuple(store.kind.reads)
    if not rights.any(subject, *reads):
        return False
    elsewhere = [action for action in reads if _target(store, action) == "*"]
    return any(
        rights.touches(subject, reads, target)
        for target in (store.arn, store.arn.removesuffix("/*"))
    ) or rights.any(subject, *elsewhere)


def _target(store: Store, action: str) -> str:
    """Return what an action on a store is asked of."""
    if store.kind.id == "hsm" or action == "s3:PutAccessPointPolicy":
        # These act on backups and access points, and which are of what is not in the export.
        return "*"
    return store.arn.removesuffix("/*") if action == "s3:PutBucketPolicy" else store.arn


def _decrypts(account: Account, rights: Rights, subject: Subject, store: Store) -> Verdict:
    if not store.kind.encrypted or store.key == "aws":
        return YES
    if KEY_ARN.fullmatch(store.key):
        right = _may_use(account, rights, subject, "kms:Decrypt", store.key)
        return right | maybe(f"if it may decrypt with {brief(store.key)}")
    return maybe(store.kind.encrypted)
