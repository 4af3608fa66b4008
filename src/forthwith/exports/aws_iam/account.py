"""One AWS account as its IAM export tells it: principals with the statements that bind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forthwith.exports.aws_iam.evaluation import Statement, Verdict, maybe, safe
from forthwith.exports.aws_iam.kms import KeyFacts, KeyGrant
from forthwith.exports.aws_iam.machines import Machine
from forthwith.exports.aws_iam.organization import UNSEEN, Organization
from forthwith.exports.aws_iam.stores import StoresTold


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
    key_facts: Mapping[str, KeyFacts] = field(default_factory=dict)
    key_grants: tuple[KeyGrant, ...] = ()
    #: Keys whose grants were listed.
    granted_keys: frozenset[str] = frozenset()
    #: Key to what a reader of any right to it must know.
    key_notes: Mapping[str, str] = field(default_factory=dict)
    machines: tuple[Machine, ...] = ()
    #: ARN of a function to the statements of its own policy.
    function_policies: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    stores: StoresTold = field(default_factory=StoresTold)
    #: None: no file says which policies of an organization bind the account.
    organization: Organization | None = None
    #: The management account of its organization, where a file names it and it is another.
    managed_by: frozenset[str] = frozenset()
    #: The other accounts of one import.
    elsewhere: tuple[Account, ...] = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Return groups, users and roles."""
        return (*self.groups, *self.users, *self.roles)

    def arn(self, what: str) -> str:
        """Return the ARN of something of IAM in this account, such as "role/Ops"."""
        return f"arn:{self.partition}:iam::{self.number}:{what}"

    def named(self, service: str, kind: str) -> set[str]:
        """Return the ARNs that policies spell out whole, of a service and a kind of thing."""
        return {
            arn
            for arn in self.spoken_of()
            if service in arn and kind in arn and not set("*?$") & set(arn)
        }

    def spoken_of(self) -> set[str]:
        """Return every ARN, and pattern of ARNs, that policies of principals speak of."""
        return {
            arn
            for subject in self.subjects
            for statement in subject.statements
            for arn in statement.resources
            if arn.startswith("arn:")
        }

    def organization_allows(self, action: str, target: str, *, outside: bool = False) -> Verdict:
        """Return what the organization's policies leave of an action (lower case).

        `outside`: the principal is of no account of the organization, or of AWS itself; then only
        resource control policies bind, which are those that have principals.
        """
        if self.organization is None:
            return maybe(UNSEEN)
        return self.organization.allows(action, target, outside=outside)

    @property
    def seen_whole(self) -> bool:
        """Whether every policy of the organization that binds principals is known."""
        return self.organization is not None and self.organization.all_service
