"""Every grant of an AWS account: between its principals, from outsiders, by rewriting policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forthwith.exports.aws_iam import policy_admin, reach, trust
from forthwith.exports.aws_iam.account import Account, Subject
from forthwith.exports.aws_iam.allowed import Rights
from forthwith.exports.aws_iam.evaluation import YES, Level, Statement, Verdict, brief, maybe
from forthwith.exports.aws_iam.policy_admin import ADMIN, Admin
from forthwith.exports.aws_iam.reach import OTHER_KEYS, Grant
from forthwith.exports.aws_iam.trust import Party, Resource

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
