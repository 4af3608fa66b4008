"""Lift an AWS account's IAM export into facts: principals as means, rights as grants.

A grant that holds whatever the request looks like has no condition. One that may hold has its
doubt as `condition`, in words, and so counts only where the most generous reading is asked. What a
certain Deny forbids is no grant. The export says who *is* a principal, never who knows its
credential: no completeness is claimed for anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forthwith.domain.fact_tables import FactRow, Lifted, RowFault, Stamp
from forthwith.exports.aws_iam import trust
from forthwith.exports.aws_iam.account import Account
from forthwith.exports.aws_iam.evaluation import Level, brief
from forthwith.exports.aws_iam.export import read_files
from forthwith.exports.aws_iam.grants import ANY_ACCOUNT, ROOT, Grants
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
kms:* and host:* are the keys and machines of the account that no policy names one by one. Before \
calling a key or machine complete, tie it to them: name the key in {"kms_key_policies": {ARN: its \
policy}}, or write a grant from kms:* or host:* to it.
Not in the export, and not followed: grants made on a key (kms:ListGrants), session policies, \
policies on endpoints, assignments of single sign-on, and work given to a service that already \
runs with a role.
""".splitlines()
_UNSEEN_ORGANIZATION = (
    "Policies of the organization are not in the export. Every right that one of them could deny "
    'has that as its condition; give {"organization_policies": [...]} as one more file to settle '
    "it ([] when none binds this account)."
)
_UNSEEN_KEYS = (
    "A key's own policy decides whether the account's policies count for it. Where it was not "
    "given, every right to the key has that as its condition."
)


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Turn the pages of one account's export, and extra files, into means and grants.

    Rows are in force from the stamp's start, or from the day a principal they rest on was made.
    With faults there are no rows.
    """
    stamp = options.stamp
    account, reading = read_files(files)
    unread = tuple(dict.fromkeys(reading.unread))
    if reading.faults:
        return Lifted((), unread, tuple(reading.notes), tuple(dict.fromkeys(reading.faults)))
    name = files[0][0]
    grants = Grants(account, stamp.start, stamp.end)
    best = _best(grants)
    if best is None:
        what = f"The export makes more than {_MOST:,} grants"
        return Lifted((), unread, (), (RowFault(name, 0, what, "Import parts of it"),))
    means = (
        {"id": means, "kind": kind, "label": brief(label), "of": ""} | stamp.undated()
        for means, (kind, label) in _means(account, grants).items()
    )
    rows = (
        *(FactRow("means", cells, name) for cells in means),
        *_grant_rows(best, stamp, name),
    )
    notes = (*reading.notes, *_notes(account, grants), *_NOTES)
    return Lifted(rows, unread, tuple(dict.fromkeys(notes)))


def _best(grants: Iterable[Grant]) -> tuple[Grant, ...] | None:
    """Return one grant for each pair, the most certain; None when there are too many."""
    best: dict[tuple[str, str, str], Grant] = {}
    for grant in grants:
        if grant.means == grant.gives or not grant.verdict.level:
            continue
        key = (grant.means, grant.gives, grant.until)
        if key not in best or grant.verdict.level > best[key].verdict.level:
            best[key] = grant
        if len(best) > _MOST:
            return None
    return tuple(best.values())


def _means(account: Account, grants: Grants) -> dict[str, tuple[str, str]]:
    """Return kind and label of every means that the account has or names."""
    means = {
        ROOT: ("credential", f"root user of account {account.number}"),
        ADMIN: ("role", f"the right to rewrite IAM policy of account {account.number}"),
    }
    for subject in account.subjects:
        used = f", last used {subject.last_used}" if subject.last_used else ""
        means[subject.id] = (_KINDS[subject.kind], subject.arn + used)
    for key, arn in grants.keys.items():
        means[key] = ("key", "keys no policy names" if key == OTHER_KEYS else arn)
    for host, arns in grants.hosts.items():
        means[host] = ("host", "machines no policy names" if host == OTHER_HOSTS else arns[0])
    for party in grants.parties.values():
        label = "any AWS account" if party.id == ANY_ACCOUNT else party.label
        means.setdefault(party.id, (party.kind, label))
    return means


def _grant_rows(grants: Iterable[Grant], stamp: Stamp, file: str) -> Iterator[FactRow]:
    for grant in grants:
        for start, end, condition in _spans(grant, stamp):
            cells = {"means": grant.means, "gives": grant.gives, "condition": condition}
            dated = stamp.cells() | {"from": start, "to": end}
            yield FactRow("grants", cells | dated, file)


def _spans(grant: Grant, stamp: Stamp) -> Iterator[tuple[str, str, str]]:
    """Yield the grant's periods, each with its condition; days compare as text in ISO 8601."""
    everybody = (*grant.rests_on, *grant.among)
    begun = max((stamp.start, *(subject.created for subject in everybody)))
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
    if account.organization is None:
        yield _UNSEEN_ORGANIZATION
    if not all(account.keys.get(arn) for key, arn in grants.keys.items() if key != OTHER_KEYS):
        yield _UNSEEN_KEYS
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


def _missing(account: Account) -> Iterator[str]:
    """Yield policies that are attached to more principals than the export lists."""
    for policy in account.policies:
        listed = sum(policy.arn in subject.own_attached for subject in account.subjects)
        if policy.attachments > listed:
            yield (
                f"Policy {policy.name!r} is attached to {policy.attachments} principals by the "
                f"export's own count, and {listed} of them are listed: principals are missing."
            )
