"""Lift an AWS account's IAM export into facts: principals as means, rights as grants.

A grant that holds whatever the request looks like has no condition. One that may hold has its
doubt as `condition`, in words, and so counts only where the most generous reading is asked. What a
certain Deny forbids is no grant. The export says who *is* a principal, never who knows its
credential: no completeness is claimed for anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from forthwith.domain.fact_tables import STANDINGS, FactRow, Lifted, RowFault, Stamp
from forthwith.exports.aws_iam import trust
from forthwith.exports.aws_iam.account import Account
from forthwith.exports.aws_iam.evaluation import Level, brief
from forthwith.exports.aws_iam.export import read_files
from forthwith.exports.aws_iam.grants import ANY_ACCOUNT, ROOT, Grants, of_account
from forthwith.exports.aws_iam.identity_center import ADMIN as SIGN_ON_ADMIN
from forthwith.exports.aws_iam.identity_center import IdentityCenter
from forthwith.exports.aws_iam.policy_admin import ADMIN
from forthwith.exports.aws_iam.reach import OTHER_HOSTS, OTHER_KEYS, Grant
from forthwith.exports.options import Files, ImportOptions

#: A condition is read by people; doubts past these are counted.
_DOUBTS = 3
#: Grants past which the export is no account's but an attack on the reader.
_MOST = 500_000
_KINDS = {"user": "credential", "group": "role", "role": "role"}
_NOTES = """\
The export lists the principals of the account. It does not say who knows a password, holds an \
access key or reads the root user's mail: possessions and completeness come from elsewhere.
The export is a picture of one moment. Inline policies, trust policies and memberships carry no \
dates: the rows say that they were the same from --from to --to.
iam:root is the account's root user, which no export lists and every account has.
kms:* and host:* are the keys and machines of the account that no file names one by one; likewise \
secret:*, parameter:*, bucket:* and hsm:*. Before calling a key or machine complete, tie it to \
them: give its `aws kms get-key-policy`, or write a grant from kms:* or host:* to it.
Not in the export, and not followed: session policies, policies on endpoints, and work given to a \
service that already runs with a role.
""".splitlines()
_UNSEEN_ORGANIZATION = (
    "Not every policy of the organization was given. Every right that one of them could deny has "
    "that as its condition; give `aws organizations describe-policy` and "
    '`list-policies-for-target` of each level, or {"organization_policies": [...]} as one more '
    "file ([] when none binds this account)."
)
_UNSEEN_KEYS = (
    "A key's own policy decides whether the account's policies count for it. Where it was not "
    "given, every right to the key has that as its condition; give `aws kms get-key-policy`."
)
_UNSEEN_GRANTS = (
    "A grant on a key lets somebody use it past every policy. Where `aws kms list-grants` was not "
    "given, the key stays open to unread:kms:…."
)
_TOGETHER = (
    "Several accounts were read together: ids of each begin with iam:account/ and its number, and "
    "are others than those of an account imported alone."
)
_ALONE = (
    "Ids carry no number of an account: give the exports of several accounts in one import. Two "
    "that are imported one after the other would share iam:root and iam:policy-admin."
)
#: Services of which some action is weighed.
_WEIGHED = frozenset(
    [
        *("kms", "sts", "iam", "ssm", "ec2", "ec2-instance-connect", "ebs", "ecs", "lambda"),
        *("secretsmanager", "s3", "cloudhsm", "sso", "sso-directory", "identitystore"),
    ]
)
#: Of the others, those that hold data or run what they are given: named first.
_HEAVY = (
    "rds-data", "rds", "dynamodb", "eks", "ecr", "cloudformation", "codebuild", "codepipeline",
    "codedeploy", "codecommit", "glue", "sagemaker", "batch", "elasticbeanstalk", "backup",
    "states", "events", "scheduler", "imagebuilder", "emr", "elasticmapreduce", "datapipeline",
    "organizations", "cloudshell", "payment-cryptography", "acm-pca", "signer", "storagegateway",
    "elasticfilesystem", "fsx", "workspaces", "greengrass", "iot", "managedblockchain",
)  # fmt: skip
_SHOWN = 20


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Turn the pages of one account's export, and extra files, into means and grants.

    Rows are in force from the stamp's start, or from the day a principal they rest on was made.
    With faults there are no rows.
    """
    stamp = options.stamp
    accounts, reading = read_files(files)
    unread = tuple(dict.fromkeys(reading.unread))
    if reading.faults:
        return Lifted((), unread, tuple(reading.notes), tuple(dict.fromkeys(reading.faults)))
    name = files[0][0]
    runs = [
        (account, sign_on, Grants(account, sign_on, stamp.start, stamp.end))
        for account, sign_on in accounts
    ]
    best = _best(_renamed(grant, account) for account, _, grants in runs for grant in grants)
    if best is None:
        what = f"The export makes more than {_MOST:,} grants"
        return Lifted((), unread, (), (RowFault(name, 0, what, "Import parts of it"),))
    means: dict[str, tuple[str, str]] = {}
    people: dict[str, FactRow] = {}
    notes = [*reading.notes]
    for account, sign_on, grants in runs:
        for own, told in _means(account, sign_on, grants).items():
            means.setdefault(_name(own, account), told)
        people |= {repr(row): row for row in _people(account, sign_on, stamp, name)}
        notes += _notes(account, grants)
    notes.append(_TOGETHER if len(runs) > 1 else _ALONE)
    key_notes = {
        key: account.key_notes[arn]
        for account, _, grants in runs
        for key, arn in grants.keys.items()
        if arn in account.key_notes
    }
    rows = (
        *(
            FactRow(
                "means",
                {"id": unique, "kind": kind, "label": brief(label), "of": ""} | stamp.undated(),
                name,
            )
            for unique, (kind, label) in means.items()
        ),
        *_grant_rows(best, stamp, name, key_notes),
        *people.values(),
    )
    return Lifted(rows, unread, tuple(dict.fromkeys((*notes, *_NOTES))))


def _name(own: str, account: Account) -> str:
    return of_account(own, account.number) if account.elsewhere else own


def _renamed(grant: Grant, account: Account) -> Grant:
    """Return a grant with the ids that are told apart where there are several accounts."""
    means, gives = _name(grant.means, account), _name(grant.gives, account)
    return replace(grant, means=means, gives=gives)


def _people(
    account: Account, sign_on: IdentityCenter, stamp: Stamp, file: str
) -> Iterator[FactRow]:
    """Yield whoever an account is of, that they have it, and what else they are called.

    Who that is among the people of the matter is for a row of `same_as` to say.
    """
    for user in account.users:
        unique = _name(user.id, account)
        yield from _person(unique, user.name, {"login": (user.name,)}, user.created, stamp, file)
    for holder in sign_on.holders:
        if holder.kind == "user" and holder.listed:
            names = {"login": (holder.name,), "mail": holder.mails, "name": (holder.full_name,)}
            person = _person(holder.id, holder.full_name, names, holder.created, stamp, file)
            for row in person:
                if row.table == "possessions" and holder.disabled:
                    # Whether it could sign in before it was disabled, the export does not say.
                    row = replace(row, cells={**row.cells, "standing": STANDINGS[-1]})
                yield row


def _person(
    person: str,
    name: str,
    names: Mapping[str, Sequence[str]],
    since: str,
    stamp: Stamp,
    file: str,
) -> Iterator[FactRow]:
    undated = stamp.undated()
    yield FactRow("people", {"id": person, "name": name} | undated, file)
    begin = max(stamp.start, since)
    if not stamp.end or begin < stamp.end:
        dated = stamp.cells() | {"from": begin}
        yield FactRow("possessions", {"person": person, "means": person} | dated, file)
    aliases = {
        f"{'mail' if kind == 'login' and '@' in text else kind}:{text}": None
        for kind, texts in names.items()
        for text in texts
        if kind != "name" or text not in names["login"]
    }
    for alias in aliases:
        cells = {"kind": "alias", "a": person, "b": alias, "is": "yes"}
        yield FactRow("same_as", cells | undated, file)


def _best(grants: Iterable[Grant]) -> tuple[Grant, ...] | None:
    """Return one grant for each pair, the most certain; None when there are too many."""
    best: dict[tuple[str, ...], Grant] = {}
    for grant in grants:
        if grant.means == grant.gives or not grant.verdict.level:
            continue
        key = (grant.means, grant.gives, grant.until, grant.begin)
        if key not in best or grant.verdict.level > best[key].verdict.level:
            best[key] = grant
        if len(best) > _MOST:
            return None
    return tuple(best.values())


def _means(account: Account, sign_on: IdentityCenter, grants: Grants) -> dict[str, tuple[str, str]]:
    """Return kind and label of every means that the account has or names."""
    means = {
        ROOT: ("credential", f"root user of account {account.number}"),
        ADMIN: ("role", f"the right to rewrite IAM policy of account {account.number}"),
    }
    for subject in account.subjects:
        last = f", last used {subject.last_used}" if subject.last_used else ""
        means[subject.id] = (_KINDS[subject.kind], subject.arn + last)
    for key, arn in grants.keys.items():
        facts = account.key_facts.get(arn)
        label = ", ".join(filter(None, (arn, facts.words if facts else "")))
        means[key] = ("key", "keys no policy names" if key == OTHER_KEYS else label)
    for host, arns in grants.hosts.items():
        means[host] = ("host", "machines no policy names" if host == OTHER_HOSTS else arns[0])
    for holder in sign_on.holders:
        kind = "credential" if holder.kind == "user" else "role"
        means[holder.id] = (kind, f"{holder.kind} {holder.name} of IAM Identity Center")
    if sign_on.there:
        means[SIGN_ON_ADMIN] = ("role", "the right to run IAM Identity Center")
    for store in grants.stores.values():
        means[store.id] = (store.kind.means, store.label)
    for party in grants.parties.values():
        label = "any AWS account" if party.id == ANY_ACCOUNT else party.label
        means.setdefault(party.id, (party.kind, label))
    return means


def _grant_rows(
    grants: Iterable[Grant], stamp: Stamp, file: str, told: Mapping[str, str]
) -> Iterator[FactRow]:
    """Yield the rows of grants; `told` is what a reader of any grant of a means must know."""
    for grant in grants:
        for start, end, condition in _spans(grant, stamp):
            cells = {"means": grant.means, "gives": grant.gives, "condition": condition}
            dated = stamp.cells() | {"from": start, "to": end}
            if grant.gives in told:
                dated["note"] = told[grant.gives]
            yield FactRow("grants", cells | dated, file)


def _spans(grant: Grant, stamp: Stamp) -> Iterator[tuple[str, str, str]]:
    """Yield the grant's periods, each with its condition; days compare as text in ISO 8601."""
    everybody = (*grant.rests_on, *grant.among)
    begun = max((stamp.start, grant.begin, *(subject.created for subject in everybody)))
    formed = max((begun, *(subject.policies_since for subject in grant.rests_on)))
    end = min(filter(None, (stamp.end, grant.until)), default="")
    if grant.verdict.level is not Level.YES:
        formed = begun
    if formed > begun and (not end or begun < end):
        words = f"if a policy it rests on, rewritten on {formed}, said so before"
        yield begun, min(filter(None, (formed, end))), words
    if not end or formed < end:
        doubts = grant.verdict.words
        shown, left = "; and ".join(doubts[:_DOUBTS]), len(doubts) - _DOUBTS
        yield formed, end, f"{shown}; and {left} more" if left > 0 else shown


def _notes(account: Account, grants: Grants) -> Iterator[str]:
    if account.organization is None or not (
        account.organization.all_service and account.organization.all_resource
    ):
        yield _UNSEEN_ORGANIZATION
    if not all(account.keys.get(arn) for key, arn in grants.keys.items() if key != OTHER_KEYS):
        yield _UNSEEN_KEYS
    if not grants.keys.keys() - {OTHER_KEYS} <= {
        key for key, arn in grants.keys.items() if arn in account.granted_keys
    }:
        yield _UNSEEN_GRANTS
    kept = [user.name for user in account.users if user.held_back and user.groups]
    if kept:
        yield (
            f"{len(kept)} member(s) of groups are held back by a Deny or a boundary "
            f"({brief(', '.join(kept))}): what their groups give them is written for each alone."
        )
    if ANY_ACCOUNT in grants.parties:
        yield "Something here is open to any AWS account: see the grants from iam:account/*."
    for role in account.roles:
        for unique_id in sorted(set(trust.gone(role.trust, grants.known))):
            yield f"The trust policy of {role.name!r} names {unique_id}, which is gone."
    yield from _missing(account)
    yield from _unweighed(account)


def _unweighed(account: Account) -> Iterator[str]:
    """Name the services of which rights are given and none is weighed: nothing goes in silence."""
    services = {
        action.partition(":")[0]
        for subject in account.subjects
        for statement in subject.statements
        if statement.allows and not statement.not_actions
        for action in statement.actions
        if ":" in action and "*" not in action.partition(":")[0]
    } - _WEIGHED
    if not services:
        return
    order = [name for name in _HEAVY if name in services]
    order += sorted(services - set(order))
    more = f" and {len(order) - _SHOWN} more" if len(order) > _SHOWN else ""
    yield (
        f"Rights of these services are given and not weighed: {', '.join(order[:_SHOWN])}{more}. "
        "Where a key, or what moves assets, lies in one of them, write who reaches it as grants."
    )


def _missing(account: Account) -> Iterator[str]:
    """Yield policies that are attached to more principals than the export lists."""
    for policy in account.policies:
        listed = sum(policy.arn in subject.own_attached for subject in account.subjects)
        if policy.attachments > listed:
            yield (
                f"Policy {policy.name!r} is attached to {policy.attachments} principals by the "
                f"export's own count, and {listed} of them are listed: principals are missing."
            )
