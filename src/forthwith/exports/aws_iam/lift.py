"""Lift an AWS account's IAM export into facts: principals as means, rights as grants.

A grant that holds whatever the request looks like has no condition. One that may hold has its
doubt as `condition`, in words, and so counts only where the most generous reading is asked. What a
certain Deny forbids is no grant. The export says who *is* a principal, never who knows its
credential: no completeness is claimed for anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from forthwith.domain.fact_tables import FactRow, Lifted, RowFault, Stamp
from forthwith.exports.aws_iam import policy_admin, reach, trust
from forthwith.exports.aws_iam.account import Account, Subject
from forthwith.exports.aws_iam.allowed import Rights
from forthwith.exports.aws_iam.evaluation import YES, Level, Statement, Verdict, brief, maybe
from forthwith.exports.aws_iam.export import read_files
from forthwith.exports.aws_iam.policy_admin import ADMIN, Admin
from forthwith.exports.aws_iam.reach import OTHER_HOSTS, OTHER_KEYS, Grant
from forthwith.exports.aws_iam.trust import Party, Resource
from forthwith.exports.options import Files, ImportOptions

ROOT, ANY_ACCOUNT = "iam:root", "iam:account/*"
_ASSUMING = (trust.ASSUME, "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
_USING = ("kms:Sign", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:Decrypt")
#: A principal to whom policy allows everything.
_ALMIGHTY = Subject(
    "role",
    "policy-admin",
    "",
    statements=(Statement(True, ("*",), ("*",), "a policy of its own making"),),
)
_TAKING = {"role": "iam:updateassumerolepolicy", "user": "iam:createaccesskey"}
_SOME_WAY = maybe("if some way is left that no policy of the organization denies")


class Grants:
    """Finds the grants of one account, and on the way whom its policies name."""

    def __init__(self, account: Account, start: str, end: str) -> None:
        self._account, self._start, self._end = account, start, end
        self._rights = Rights(account)
        self._admin = Admin(account, self._rights)
        self._roles = reach.resources_of(account)
        self.keys = reach.key_ids(account)
        self.hosts = reach.host_ids(account)
        #: ARNs and unique ids of the principals listed.
        self.known = frozenset(
            text
            for subject in account.subjects
            for text in (subject.arn, subject.unique_id)
            if text
        )
        #: Outsiders by id: complete once all grants were taken.
        self.parties: dict[str, Party] = {}
        self._groups = {group.name: group for group in account.groups}
        self._by_group: dict[tuple[str, str], Level] = {}

    def __iter__(self) -> Iterator[Grant]:
        """Yield every grant; the same pair may come more than once, the certain one counts."""
        yield from self._membership()
        yield from self._assumed()
        for subject in self._account.subjects:
            for grant in self._of(subject):
                yield from self._unless_by_group(grant, subject)
        yield from self._before()
        yield from self._outsiders()
        yield from self._administrators()
        yield from self._machines()

    def _membership(self) -> Iterator[Grant]:
        for user in self._account.users:
            for name in user.groups:
                # Who is held back has not all that the group gives: its own rows say what it has.
                if name in self._groups and not user.held_back:
                    group = self._groups[name]
                    yield Grant(user.id, group.id, YES, among=(user, group))

    def _assumed(self) -> Iterator[Grant]:
        assumable = reach.assumable(self._account, self._rights, self._roles)
        for subject, role, verdict in assumable:
            grant = Grant(subject.id, role.id, verdict, (subject,), (role,))
            yield from self._unless_by_group(grant, subject)

    def _unless_by_group(self, grant: Grant, subject: Subject) -> Iterator[Grant]:
        """Leave out what a member has through its group on the very same days."""
        if subject.kind == "group":
            self._by_group[grant.means, grant.gives] = grant.verdict.level
        elif subject.kind == "user" and not subject.held_back:
            for name in subject.groups:
                group = self._groups[name]
                old = max(group.created, group.policies_since) <= self._start
                given = self._by_group.get((group.id, grant.gives), Level.NO)
                if old and given >= grant.verdict.level:
                    return
        yield grant

    def _of(self, subject: Subject) -> Iterator[Grant]:
        account, rights = self._account, self._rights
        for key, arn in self.keys.items():
            verdict = reach.key_right(account, rights, subject, arn, unnamed=key == OTHER_KEYS)
            yield Grant(subject.id, key, verdict, (subject,))
        for host, arns in self.hosts.items():
            verdict = reach.host_right(account, rights, subject, arns)
            yield Grant(subject.id, host, verdict, (subject,))
        over_all = self._admin.over_all(subject)
        yield Grant(subject.id, ADMIN, over_all, (subject,))
        if over_all.level is not Level.YES:
            yield from self._admin.grants(subject, over_all)

    def _before(self) -> Iterator[Grant]:
        """A policy rewritten within the period may have said anything before that day."""
        for subject in self._account.subjects:
            since = subject.policies_since
            if since > max(self._start, subject.created):
                words = f"if a policy that binds it, rewritten on {since}, allowed it before"
                yield Grant(subject.id, ADMIN, maybe(words), among=(subject,), until=since)

    def _outsiders(self) -> Iterator[Grant]:
        for role, resource in zip(self._account.roles, self._roles, strict=True):
            yield from self._let_in(resource, _ASSUMING, (role,))
        for key, arn in self.keys.items():
            statements = self._account.keys.get(arn)
            if statements:
                yield from self._let_in(Resource(key, arn, statements), _USING, ())
        for party in tuple(self.parties.values()):
            yield from self._behind(party)
        if ANY_ACCOUNT in self.parties:
            for name in tuple(self.parties):
                if name.startswith("iam:account/") and name.count("/") == 1:
                    yield Grant(name, ANY_ACCOUNT, YES)

    def _behind(self, party: Party) -> Iterator[Grant]:
        """Whoever commands another account, or an identity provider, is whom it vouches for."""
        if party.account:
            owner = Party(party.account, "vendor_path", party.account.rsplit("/", 1)[-1])
            self.parties.setdefault(party.account, owner)
            yield Grant(party.account, party.id, YES)
        if party.id.startswith("iam:federated/arn:"):
            rights = policy_admin.provider_rights(self._account, self._rights, party.label)
            for subject, verdict in rights:
                yield Grant(subject.id, party.id, verdict, (subject,))

    def _let_in(
        self, resource: Resource, actions: Sequence[str], among: tuple[Subject, ...]
    ) -> Iterator[Grant]:
        for party, verdict in trust.outsiders(
            self._account, resource, actions, self.known, self._end
        ):
            if verdict.level:
                self.parties.setdefault(party.id, party)
                yield Grant(party.id, resource.id, verdict, among=among)

    def _administrators(self) -> Iterator[Grant]:
        """Whoever rewrites policy has all that policy gives; the root user rewrites policy."""
        allows = self._account.organization_allows
        yield Grant(ROOT, ADMIN, allows("iam:putrolepolicy", self._account.arn("*")) | _SOME_WAY)
        for subject in self._account.subjects:
            verdict = (
                allows(_TAKING.get(subject.kind, "iam:addusertogroup"), subject.arn) | _SOME_WAY
            )
            if subject.kept_by_aws:
                verdict = verdict & maybe("if it may change a role that AWS keeps")
            yield Grant(ADMIN, subject.id, verdict, among=(subject,))
        for key, arn in self.keys.items():
            yield Grant(ADMIN, key, self._admins_key(key, arn))
        for host, arns in self.hosts.items():
            yield Grant(ADMIN, host, allows("ssm:startsession", arns[0]) | _SOME_WAY)
        for party in self.parties.values():
            if party.id.startswith("iam:federated/arn:"):
                yield Grant(ADMIN, party.id, allows("iam:updatesamlprovider", party.label))

    def _admins_key(self, key: str, arn: str) -> Verdict:
        right = reach.key_right(
            self._account, self._rights, _ALMIGHTY, arn, unnamed=key == OTHER_KEYS
        )
        return right | maybe("if the key's own policy lets a principal of this account use it")

    def _machines(self) -> Iterator[Grant]:
        """Whoever is on a machine has the role that the machine runs with."""
        for role in self._account.roles:
            if role.profiles:
                profile = brief(role.profiles[0])
                doubt = maybe(f"if the machine runs with instance profile {profile!r}")
                for host in self.hosts:
                    yield Grant(host, role.id, doubt, among=(role,))


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
