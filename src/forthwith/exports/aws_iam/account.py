"""One AWS account as its IAM export tells it: principals with the statements that bind them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from forthwith.exports.aws_iam.evaluation import NO, YES, Level, Statement, Verdict, decide, maybe

#: Without this a right within the account is never certain: a service control policy may deny it.
UNSEEN_ORGANIZATION = "if no policy of the account's organization, unseen here, denies it"
_UNSAFE = re.compile(r"[\s,()\"'%;]")


def safe(name: str) -> str:
    """Return `name` as part of an id; different names stay different."""
    return _UNSAFE.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()), name)


@dataclass(frozen=True, slots=True)
class Subject:
    """A user, group or role, and every statement of the policies that bind it."""

    #: "user", "group" or "role".
    kind: str
    name: str
    arn: str
    unique_id: str = ""
    #: YYYY-MM-DD; "" when the export does not say.
    created: str = ""
    #: When the youngest managed policy that binds it took its present form.
    policies_since: str = ""
    #: A user's include those of its groups.
    statements: tuple[Statement, ...] = ()
    #: None: no permissions boundary.
    boundary: tuple[Statement, ...] | None = None
    trust: tuple[Statement, ...] = ()
    #: Names of a user's groups.
    groups: tuple[str, ...] = ()
    #: ARNs of managed policies attached to it (a user's groups count).
    attached: tuple[str, ...] = ()
    #: Those attached to itself.
    own_attached: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    last_used: str = ""

    @property
    def id(self) -> str:
        """Return its id as a means of control: "iam:user/alice"."""
        return f"iam:{self.kind}/{safe(self.name)}"

    @property
    def user_name(self) -> str:
        """Return what ${aws:username} is for it."""
        return self.name if self.kind == "user" else ""

    @property
    def held_back(self) -> bool:
        """Whether something takes rights from it: a boundary, or a Deny."""
        return self.boundary is not None or any(
            not statement.allows for statement in self.statements
        )

    @property
    def kept_by_aws(self) -> bool:
        """Whether AWS alone may change it: service-linked and single sign-on roles."""
        return ":role/aws-service-role/" in self.arn or ":role/aws-reserved/" in self.arn


@dataclass(frozen=True, slots=True)
class Managed:
    """A managed policy of the account."""

    arn: str
    name: str
    versions: int
    #: How many principals it is attached to, by the export's own count.
    attachments: int


@dataclass(frozen=True, slots=True)
class Account:
    """Everything the files of one import said."""

    number: str
    partition: str = "aws"
    users: tuple[Subject, ...] = ()
    groups: tuple[Subject, ...] = ()
    roles: tuple[Subject, ...] = ()
    #: Managed by the customer; those of AWS cannot be rewritten.
    policies: tuple[Managed, ...] = ()
    #: Key ARN to the statements of its policy; None: the policy was not given.
    keys: Mapping[str, tuple[Statement, ...] | None] = field(default_factory=dict)
    #: Each policy of the organization that binds the account; None: not known, () none does.
    organization: tuple[tuple[Statement, ...], ...] | None = None

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Return groups, users and roles."""
        return (*self.groups, *self.users, *self.roles)

    def arn(self, what: str) -> str:
        """Return the ARN of something of IAM in this account, such as "role/Ops"."""
        return f"arn:{self.partition}:iam::{self.number}:{what}"

    def organization_allows(self, action: str, target: str, *, outside: bool = False) -> Verdict:
        """Return what the organization's policies leave of an action (lower case).

        `outside`: the principal is of no account of the organization, or of AWS itself; then only
        resource control policies bind, which are those that have principals.
        """
        if self.organization is None:
            return maybe(UNSEEN_ORGANIZATION)
        binding = [p for p in self.organization if not outside or _of_resources(p)]
        if not binding:
            return YES
        weighed = [
            decide((statement for statement in policy if statement.speaks_of(action)), target)
            for policy in binding
        ]
        deny = max((decision.deny for decision in weighed), key=_level)
        if deny.level is Level.YES:
            return NO
        allowing = [
            decision.allow
            for decision, policy in zip(weighed, binding, strict=True)
            if any(statement.allows for statement in policy) and not _of_resources(policy)
        ]
        left = YES if outside else _every_level(allowing)
        return left & deny if deny.level else left


def _of_resources(policy: tuple[Statement, ...]) -> bool:
    return any(statement.principals is not None for statement in policy)


def _level(verdict: Verdict) -> int:
    return verdict.level


def _every_level(allowing: list[Verdict]) -> Verdict:
    """Each level of an organization must allow, and the export does not say which is of which."""
    if not allowing:
        return maybe("if the organization has a policy that allows it, which was not given")
    if max(map(_level, allowing)) is Level.NO:
        return NO
    if min(map(_level, allowing)) is Level.YES:
        return YES
    return maybe("if every level of the organization allows it")
