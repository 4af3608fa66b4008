"""Every grant of one AWS account: who has what, and whom its policies name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from forthwith.exports.aws_iam import policy_admin, reach, trust
from forthwith.exports.aws_iam.account import Account, Subject
from forthwith.exports.aws_iam.allowed import Rights
from forthwith.exports.aws_iam.evaluation import (
    NO,
    YES,
    Level,
    Statement,
    Verdict,
    brief,
    maybe,
    safe,
)
from forthwith.exports.aws_iam.identity_center import ADMIN as SIGN_ON_ADMIN
from forthwith.exports.aws_iam.identity_center import IdentityCenter
from forthwith.exports.aws_iam.kms import KeyGrant
from forthwith.exports.aws_iam.policy_admin import ADMIN, Admin
from forthwith.exports.aws_iam.reach import OTHER_KEYS, Grant
from forthwith.exports.aws_iam.stores import Store
from forthwith.exports.aws_iam.trust import Party, Resource

ROOT, ANY_ACCOUNT = "iam:root", "iam:account/*"
_ASSUMING = (trust.ASSUME, "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
#: A principal to whom policy allows everything.
_ALMIGHTY = Subject(
    "role",
    "policy-admin",
    "",
    statements=(Statement(True, ("*",), ("*",), "a policy of its own making"),),
)
#: Whoever may do one of these to IAM Identity Center may come to be anybody in it.
_RUNNING_SIGN_ON = (
    "sso:CreateAccountAssignment", "sso:PutInlinePolicyToPermissionSet",
    "sso:AttachManagedPolicyToPermissionSet",
    "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
    "sso:ProvisionPermissionSet", "sso:CreateApplicationAssignment",
    "sso-directory:CreateUser", "sso-directory:UpdatePassword", "sso-directory:AddMemberToGroup",
    "sso-directory:UpdateUser", "sso-directory:EnableExternalIdPConfigurationForDirectory",
    "identitystore:CreateGroupMembership", "identitystore:CreateUser", "identitystore:UpdateUser",
)  # fmt: skip
_TAKING = {"role": "iam:updateassumerolepolicy", "user": "iam:createaccesskey"}
_SOME_WAY = maybe("if some way is left that no policy of the organization denies")


_TOKEN = re.compile(r"[^\s(),]+")
#: Names after "iam:" that mean the same whichever account's export has them.
_SHARED = ("account/", "service/", "federated/", "principal/", "sso-")


def of_account(formula: str, number: str) -> str:
    """Return ids of an account as they are where several accounts are imported together."""
    return _TOKEN.sub(lambda token: _of_account(token[0], number), formula)


def _of_account(name: str, number: str) -> str:
    kind, _, rest = name.partition(":")
    if kind == "unread":
        return f"unread:{_of_account(rest, number)}"
    own = kind == "iam" and not rest.startswith(_SHARED)
    if own or rest == "*" or kind == "ssh-key":
        return f"{kind}:account/{number}/{rest}"
    return name


class Grants:
    """Finds the grants of one account, and on the way whom its policies name."""

    def __init__(self, account: Account, sign_on: IdentityCenter, start: str, end: str) -> None:
        self._account, self._start, self._end = account, start, end
        self._sign_on = sign_on
        self._rights = Rights(account)
        self._admin = Admin(account, self._rights)
        self._roles = reach.resources_of(account)
        self.keys = reach.key_ids(account)
        self.hosts = reach.host_ids(account)
        self.stores: dict[str, Store] = {
            store.id: store
            for store in account.stores.stores(
                account.partition, account.number, account.spoken_of()
            )
        }
        #: ARNs and unique ids of the principals listed, in this account or another.
        self.known = frozenset(
            text
            for listed in (account, *account.elsewhere)
            for subject in listed.subjects
            for text in (subject.arn, subject.unique_id)
            if text
        )
        #: Outsiders, and what a key rests on, by id: complete once all grants were taken.
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
        yield from self._granted()
        yield from self._outsiders()
        yield from self._administrators()
        yield from self._machines()
        yield from self._beside_machines()
        yield from self._materials()
        yield from self._unseen()
        yield from self._signed_on()

    def _membership(self) -> Iterator[Grant]:
        for user in self._account.users:
            for name in user.groups:
                # Who is held back has not all that the group gives: its own rows say what it has.
                if name in self._groups and not user.held_back:
                    group = self._groups[name]
                    yield Grant(user.id, group.id, YES, among=(user, group))

    def _assumed(self) -> Iterator[Grant]:
        own = tuple(zip(self._account.roles, self._roles, strict=True))
        for subject, role, verdict in reach.assumable(self._account, self._rights, own):
            grant = Grant(subject.id, role.id, verdict, (subject,), (role,))
            yield from self._unless_by_group(grant, subject)
        for other in self._account.elsewhere:
            roles = tuple(zip(other.roles, reach.resources_of(other), strict=True))
            for subject, role, verdict in reach.assumable(self._account, self._rights, roles):
                left = other.organization_allows(trust.ASSUME.lower(), role.arn, outside=True)
                gives = of_account(role.id, other.number)
                yield Grant(subject.id, gives, verdict & left, (subject,), (role,))

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
        # Whoever surely rewrites policy has every store by that, and so may who may do anything.
        by_that = over_all.level is Level.YES or rights.unknown(subject)
        for store in () if by_that else self.stores.values():
            verdict = reach.store_right(account, rights, subject, store)
            yield Grant(subject.id, store.id, verdict, (subject,))
        if self._sign_on.there and rights.any(subject, *_RUNNING_SIGN_ON):
            best = NO
            for action in _RUNNING_SIGN_ON:
                best = best | rights.may(subject, action, "*")
            yield Grant(subject.id, SIGN_ON_ADMIN, best & self._runs_sign_on, (subject,))
        if over_all.level is not Level.YES:
            yield from self._admin.grants(subject, over_all)

    @property
    def _runs_sign_on(self) -> Verdict:
        """Whether single sign-on takes orders from this account."""
        if self._account.number in self._sign_on.owners:
            return YES
        return maybe(f"if IAM Identity Center is run from account {self._account.number}")

    def _granted(self) -> Iterator[Grant]:
        """Grants on keys: to whom they name, from the day they were made."""
        by_name: dict[str, list[Subject]] = defaultdict(list)
        for subject in self._account.subjects:
            if subject.kind != "group":
                by_name[subject.arn].append(subject)
                by_name[subject.unique_id].append(subject)
                by_name[f"assumed-role/{subject.name}"].append(subject)
        everybody = [s for s in self._account.subjects if s.kind != "group"]
        for grant in self._account.key_grants:
            resource, sound = reach.granted(self._account, grant)
            principals = grant.statement.principals
            named = [value for _, value in principals.named] if principals else []
            likely = {
                subject.arn: subject
                for value in named
                for subject in by_name.get(value, ())
                or by_name.get("/".join(value.rsplit(":", 1)[-1].split("/")[:2]), ())
            }
            for subject in everybody if "*" in named else likely.values():
                best = NO
                for action, doubt in reach.grant_uses(self._account, grant):
                    right = trust.in_account(self._rights, self._account, subject, action, resource)
                    best = best | (right & maybe(doubt) if doubt and right.level else right)
                if reach.foreign(self._account, grant.key) and not self._denied(subject, grant):
                    # Whether a grant of another account asks for a policy of one's own beside it.
                    best = best | maybe("if a grant of another account is enough by itself")
                yield Grant(
                    subject.id, resource.id, best & sound, among=(subject,), begin=grant.created
                )
            for action, doubt in reach.grant_uses(self._account, grant):
                for party, verdict in trust.outsiders(
                    self._account, resource, (action,), self.known, self._end
                ):
                    right = verdict & sound & (maybe(doubt) if doubt else YES)
                    if right.level:
                        self.parties.setdefault(party.id, party)
                        yield Grant(party.id, resource.id, right, begin=grant.created)

    def _denied(self, subject: Subject, grant: KeyGrant) -> bool:
        """Whether the policies of `subject` surely deny it every use that a grant gives."""
        return all(
            self._rights.denied(subject, action, grant.key).level is Level.YES
            for action, _ in reach.grant_uses(self._account, grant)
        )

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
            if statements and not self._another_tells(arn):
                for action, doubt in reach.uses(self._account, arn):
                    yield from self._let_in(Resource(key, arn, statements), (action,), (), doubt)
        yield from self._let_into_things()
        for party in tuple(self.parties.values()):
            yield from self._behind(party)
        if ANY_ACCOUNT in self.parties:
            for name in tuple(self.parties):
                if name.startswith("iam:account/") and name.count("/") == 1:
                    yield Grant(name, ANY_ACCOUNT, YES)

    def _let_into_things(self) -> Iterator[Grant]:
        """Whom the policies of secrets, buckets and functions let in."""
        for store in self.stores.values():
            if store.statements:
                resource = Resource(store.id, store.arn, store.statements, decisive=False)
                reading = [action for action, doubt in store.kind.reads.items() if not doubt]
                yield from self._let_in(resource, reading, (), store.kind.encrypted)
        for arn, statements in self._account.function_policies.items():
            ways = reach.machine_kind(arn).ways or {}
            function = Resource(f"host:{safe(arn)}", arn, statements, decisive=False)
            for action, doubt in ways.items():
                yield from self._let_in(function, (action,), (), doubt)

    def _another_tells(self, arn: str) -> bool:
        """Whether the thing is of another account of the import, which tells of it itself."""
        return any(f":{other.number}:" in arn for other in self._account.elsewhere)

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
        self,
        resource: Resource,
        actions: Sequence[str],
        among: tuple[Subject, ...],
        doubt: str = "",
    ) -> Iterator[Grant]:
        for party, allowed in trust.outsiders(
            self._account, resource, actions, self.known, self._end
        ):
            verdict = allowed & maybe(doubt) if doubt and allowed.level else allowed
            if verdict.level:
                self.parties.setdefault(party.id, party)
                yield Grant(party.id, resource.id, verdict, among=among)

    def _administrators(self) -> Iterator[Grant]:
        """Whoever rewrites policy has all that policy gives; the root user rewrites policy."""
        allows = self._account.organization_allows
        yield Grant(ROOT, ADMIN, allows("iam:putrolepolicy", self._account.arn("*")) | _SOME_WAY)
        for owner in sorted(self._account.managed_by):
            party = Party(f"iam:account/{owner}", "vendor_path", owner)
            self.parties.setdefault(party.id, party)
            words = "if it may give the root user a password, or was left a role in the account"
            yield Grant(party.id, ROOT, maybe(words))
        for subject in self._account.subjects:
            verdict = (
                allows(_TAKING.get(subject.kind, "iam:addusertogroup"), subject.arn) | _SOME_WAY
            )
            if subject.kept_by_aws:
                verdict = verdict & maybe("if it may change a role that AWS keeps")
            yield Grant(ADMIN, subject.id, verdict, among=(subject,))
        for key, arn in self.keys.items():
            yield Grant(ADMIN, key, self._admins_key(key, arn))
        if self._account.elsewhere:
            # What is open to an account is open to whoever commands it: see `_outsiders`.
            party = Party(
                f"iam:account/{self._account.number}", "vendor_path", self._account.number
            )
            self.parties.setdefault(party.id, party)
            yield Grant(ADMIN, party.id, YES)
            yield Grant(ROOT, party.id, YES)
        for host, arns in self.hosts.items():
            kind = reach.machine_kind(arns[0])
            way = next(iter((*kind.sure, *(kind.ways or {}))))
            right = allows(way.lower(), arns[0])
            yield Grant(ADMIN, host, (right if kind.sure else right & _SOME_WAY) | _SOME_WAY)
        for store in self.stores.values():
            right = reach.store_right(self._account, self._rights, _ALMIGHTY, store)
            yield Grant(ADMIN, store.id, right | maybe("if its own policy, or its key's, lets it"))
        for party in self.parties.values():
            if party.id.startswith("iam:federated/arn:"):
                yield Grant(ADMIN, party.id, allows("iam:updatesamlprovider", party.label))

    def _admins_key(self, key: str, arn: str) -> Verdict:
        right = reach.key_right(
            self._account, self._rights, _ALMIGHTY, arn, unnamed=key == OTHER_KEYS
        )
        statements = self._account.keys.get(arn)
        if statements and self._another_tells(arn) and not self._names_this(statements):
            return right
        return right | maybe("if the key's own policy lets a principal of this account use it")

    def _names_this(self, statements: Sequence[Statement]) -> bool:
        """Whether a policy may let in any principal of this account."""
        return any(
            statement.principals is None
            or statement.principals.excluded
            or any(value == "*" or self._account.number in value for _, value in named)
            for statement in statements
            for named in [statement.principals.named if statement.principals else ()]
        )

    def _machines(self) -> Iterator[Grant]:
        """Whoever is on a machine has the role that the machine runs with."""
        listed = {machine.arn: machine for machine in self._account.machines}
        for host, arns in self.hosts.items():
            machine = listed.get(arns[0])
            for role in self._account.roles:
                if machine is None:
                    yield from self._perhaps_runs(host, arns, role)
                elif role.arn == machine.role or machine.profile in filter(None, role.profiles):
                    yield Grant(host, role.id, YES, among=(role,), begin=machine.since)
                    if machine.since > self._start:
                        words = f"if the machine, changed on {machine.since}, had it before"
                        yield Grant(host, role.id, maybe(words), among=(role,))

    def _beside_machines(self) -> Iterator[Grant]:
        """What lets onto a listed machine, and what a listed function reads."""
        for machine in self._account.machines:
            if machine.ssh_key:
                name = machine.ssh_key
                party = Party(f"ssh-key:{safe(name)}", "key", f"SSH key {name} of EC2")
                self.parties.setdefault(party.id, party)
                doubt = maybe("if it reaches the machine's SSH port, which still lets the key in")
                yield Grant(party.id, f"host:{safe(machine.arn)}", doubt)
        for store in self.stores.values():
            if store.rotated_by:
                # The function that rotates a secret reads the old one and writes the new.
                host = f"host:{safe(store.rotated_by)}"
                if host in self.hosts:
                    doubt = maybe("if the function that rotates the secret reads it")
                    yield Grant(host, store.id, doubt)

    def _perhaps_runs(self, host: str, arns: tuple[str, ...], role: Subject) -> Iterator[Grant]:
        kinds = [reach.machine_kind(arn) for arn in arns]
        trusted = {
            value
            for statement in role.trust
            for kind, value in (statement.principals.named if statement.principals else ())
            if kind == "Service"
        }
        if role.profiles and any(not kind.trusted for kind in kinds):
            profile = brief(role.profiles[0])
            doubt = maybe(f"if the machine runs with instance profile {profile!r}")
            yield Grant(host, role.id, doubt, among=(role,))
        elif any(kind.trusted in trusted for kind in kinds if kind.trusted):
            yield Grant(host, role.id, maybe("if the machine runs with this role"), among=(role,))

    def _materials(self) -> Iterator[Grant]:
        """What the keys' own listing says of where their material lies."""
        for first, second in reach.same_keys(self.keys):
            yield Grant(first, second, YES)
            yield Grant(second, first, YES)
        ids = {arn: key for key, arn in self.keys.items()}
        for arn, facts in self._account.key_facts.items():
            place = facts.store or arn
            if facts.origin == "AWS_CLOUDHSM":
                party = Party(f"hsm:{safe(place)}", "device", f"CloudHSM cluster {place}")
                doubt = maybe("if an officer of the cluster takes over the user KMS signs in as")
            elif facts.origin == "EXTERNAL_KEY_STORE":
                party = Party(f"xks:{safe(place)}", "vendor_path", f"external key store {place}")
                doubt = YES
            elif facts.origin == "EXTERNAL":
                label = f"the material of {arn} as it was before its import"
                party = Party(f"kms-material:{safe(place)}", "key", label)
                doubt = YES
            else:
                continue
            self.parties.setdefault(party.id, party)
            yield Grant(party.id, ids[arn], doubt)

    def _unseen(self) -> Iterator[Grant]:
        """A policy or a listing that was not given may let in somebody whom no file names."""
        for key, arn in self.keys.items():
            policy = "its own policy" if self._account.keys.get(arn) is None else ""
            listing = "a grant on it" if arn not in self._account.granted_keys else ""
            missing = " or ".join(filter(None, (policy, listing)))
            if missing:
                yield self._open(key, f"if {missing}, which was not given, lets somebody else in")
        for store in self.stores.values():
            if store.statements is None and store.kind.id in ("secret", "bucket"):
                words = "if its own policy, which was not given, lets somebody else in"
                yield self._open(store.id, words)

    def _open(self, means: str, words: str) -> Grant:
        party = Party(f"unread:{means}", "vendor_path", f"whoever else may reach {means}")
        self.parties.setdefault(party.id, party)
        return Grant(party.id, means, maybe(words))

    def _signed_on(self) -> Iterator[Grant]:
        """Who signs in by IAM Identity Center, and whoever runs it."""
        sign_on = self._sign_on
        for entry in sign_on.memberships:
            begin = max(entry.created, entry.user.created, entry.group.created)
            yield Grant(entry.user.id, entry.group.id, YES, begin=begin)
        for given in sign_on.assignments:
            verdict = maybe(given.doubt) if given.doubt else YES
            for role in given.roles:
                begin = given.holder.created
                yield Grant(given.holder.id, role.id, verdict, among=(role,), begin=begin)
        if not sign_on.there:
            return
        yield Grant(ADMIN, SIGN_ON_ADMIN, self._runs_sign_on)
        for owner in sorted(sign_on.owners - {self._account.number}):
            party = Party(f"iam:account/{owner}", "vendor_path", owner)
            self.parties.setdefault(party.id, party)
            yield Grant(party.id, SIGN_ON_ADMIN, YES)
        for role in self._account.roles:
            if role.name.startswith("AWSReservedSSO_"):
                yield Grant(SIGN_ON_ADMIN, role.id, YES, among=(role,))
        for holder in sign_on.holders:
            yield Grant(SIGN_ON_ADMIN, holder.id, YES, begin=holder.created)
            for issuer in holder.issuers:
                party = Party(f"iam:sso-source/{safe(issuer)}", "vendor_path", issuer)
                self.parties.setdefault(party.id, party)
                yield Grant(party.id, holder.id, YES, begin=holder.created)
