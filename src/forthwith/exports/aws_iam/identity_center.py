"""IAM Identity Center (AWS SSO): who is given which permission set in the account.

Read are the outputs of `aws sso-admin list-instances`, `list-permission-sets`,
`list-permission-sets-provisioned-to-account`, `describe-permission-set`,
`list-account-assignments`, `list-account-assignments-for-principal`, and of
`aws identitystore list-users`, `list-groups`, `list-group-memberships` (and the describe- forms of
a user or group). Four outputs do not say of which permission set they are; its id (ps-…) or its
name must stand in the file's name: `get-inline-policy-for-permission-set`,
`list-managed-policies-in-permission-set`,
`list-customer-managed-policy-references-in-permission-set` and
`get-permissions-boundary-for-permission-set`.

A permission set is a role named AWSReservedSSO_<name>_<16 hex digits> in every account it is
assigned in; the account's own export lists it with its policies. Where it is not listed, the role
is made up from the files of the permission set.
Source: IAM Identity Center API Reference, 2020-07-20; Identity Store API Reference, 2020-06-15
(botocore 1.44.8, data/sso-admin and data/identitystore); IAM Identity Center User Guide,
"Permission sets".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forthwith.exports.aws_iam.account import Subject
from forthwith.exports.aws_iam.evaluation import Statement, brief, safe, unseen
from forthwith.exports.aws_iam.reading import Log, day

ADMIN = "iam:sso-admin"
_SET_ARN = re.compile(r"arn:[\w-]+:sso:::permissionSet/[\w-]+/(ps-[0-9a-f]{16})")
_SET_ID = re.compile(r"(?<![A-Za-z0-9])ps-[0-9a-f]{16}(?![0-9a-f])")
_NUMBER = re.compile(r"\d{12}")
_MADE = ("CreatedAt", "UpdatedAt", "CreatedBy", "UpdatedBy", "Revision")
_USER = frozenset(
    [
        *("IdentityStoreId", "UserId", "UserArn", "UserName", "ExternalIds", "Name", "DisplayName"),
        *("NickName", "Emails", "UserType", "Title", "UserStatus", *_MADE),
        # Said again elsewhere, or of no weight for who may do what.
        *("ProfileUrl", "Addresses", "PhoneNumbers", "PreferredLanguage", "Locale", "Timezone"),
        *("Photos", "Website", "Birthdate"),
    ]
)
_GROUP = frozenset(
    ["IdentityStoreId", "GroupId", "GroupArn", "DisplayName", "ExternalIds", "Description", *_MADE]
)
_MEMBER = frozenset(
    ["IdentityStoreId", "MembershipId", "MembershipArn", "GroupId", "MemberId", *_MADE]
)
_NAME = frozenset(
    ["Formatted", "FamilyName", "GivenName", "MiddleName", "HonorificPrefix", "HonorificSuffix"]
)
_WITHIN = {"Emails": ("Value", "Type", "Primary"), "ExternalIds": ("Issuer", "Id")}
_CURE = "Put the permission set's id (ps-…) or its name in the file's name"


@dataclass(frozen=True, slots=True)
class SignOn:
    """A user or a group of the identity store."""

    #: "user" or "group".
    kind: str
    #: As AWS numbers it.
    unique_id: str
    #: Login, or the group's name.
    name: str
    #: What it is called: "" for a group.
    full_name: str = ""
    mails: tuple[str, ...] = ()
    #: YYYY-MM-DD; "" when the listing does not say.
    created: str = ""
    #: Whether the listing says that it may not sign in.
    disabled: bool = False
    #: Identity providers that vouch for it.
    issuers: tuple[str, ...] = ()
    #: False: only an assignment names it.
    listed: bool = True

    @property
    def id(self) -> str:
        """Return its id as a means of control: "iam:sso-user/mortega"."""
        return f"iam:sso-{self.kind}/{safe(self.name)}"


@dataclass(frozen=True, slots=True)
class Membership:
    """A user is in a group."""

    user: SignOn
    group: SignOn
    created: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A user or group may sign in to the account as one of `roles`."""

    holder: SignOn
    roles: tuple[Subject, ...]
    #: Why none of the roles is certain to be the one; "" when it is.
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class IdentityCenter:
    """What the files say of single sign-on to the account."""

    holders: tuple[SignOn, ...] = ()
    memberships: tuple[Membership, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    #: Roles of permission sets that the account's export does not list.
    roles: tuple[Subject, ...] = ()
    #: Accounts from which it is run; empty when no file says so.
    owners: frozenset[str] = frozenset()

    @property
    def there(self) -> bool:
        """Whether any file told of it."""
        return bool(self.holders or self.assignments or self.owners)


@dataclass(slots=True)
class PermissionSet:
    """What the files say of one permission set."""

    name: str = ""
    created: str = ""
    inline: list[Statement] = field(default_factory=list)
    managed: list[str] = field(default_factory=list)
    boundary: str | None = None
    #: Which of its parts some file gave.
    parts: set[str] = field(default_factory=set)


@dataclass(slots=True)
class IdentityCenterFiles:
    """What the files of one import say of it."""

    users: dict[str, SignOn] = field(default_factory=dict)
    groups: dict[str, SignOn] = field(default_factory=dict)
    members: dict[tuple[str, str], str] = field(default_factory=dict)
    sets: dict[str, PermissionSet] = field(default_factory=dict)
    assignments: dict[tuple[str, str, str, str], None] = field(default_factory=dict)
    owners: set[str] = field(default_factory=set)
    #: Parts whose permission set stands in the file's name: (file, part, value).
    nameless: list[tuple[str, str, Any]] = field(default_factory=list)

    def instances(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-instances`."""
        log.page("sso Instances", file, value)
        known = [
            *("InstanceArn", "IdentityStoreId", "IdentityStoreArn", "OwnerAccountId", "Name"),
            *("CreatedDate", "Status", "StatusReason", "PrimaryRegion", "Regions"),
        ]
        for entry in log.objects(file, value, "Instances"):
            log.strange("Instances.", entry, known)
            if _NUMBER.fullmatch(str(entry.get("OwnerAccountId"))):
                self.owners.add(str(entry["OwnerAccountId"]))

    def permission_sets(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-permission-sets`."""
        log.page(("PermissionSets", file), file, value)
        given = value["PermissionSets"]
        for arn in given if isinstance(given, list) else [given]:
            if not isinstance(arn, str) or not self._set(arn):
                log.fault(file, "PermissionSets is no list of ARNs of permission sets")
                return

    def describe(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `describe-permission-set`."""
        log.strange("", value, ["PermissionSet"])
        given = value["PermissionSet"]
        known = ["Name", "PermissionSetArn", "Description", "CreatedDate", "SessionDuration"]
        found = self._set(str(given.get("PermissionSetArn"))) if isinstance(given, dict) else None
        if found is None:
            log.fault(file, "PermissionSet has no ARN of a permission set")
            return
        log.strange("PermissionSet.", given, [*known, "RelayState"])
        found.name = log.text(file, given, "Name", "PermissionSet")
        found.created = day(given.get("CreatedDate"))

    def _set(self, arn: str) -> PermissionSet | None:
        shape = _SET_ARN.fullmatch(arn)
        return self.sets.setdefault(shape[1], PermissionSet()) if shape else None

    def account_assignments(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-account-assignments`, also by principal."""
        known = ["AccountId", "PermissionSetArn", "PrincipalType", "PrincipalId"]
        of: set[str] = set()
        for entry in log.objects(file, value, "AccountAssignments"):
            log.strange("AccountAssignments.", entry, known)
            where = "An entry of AccountAssignments"
            cells = tuple(log.text(file, entry, key, where) for key in known)
            if self._set(cells[1]) is None or cells[2] not in ("USER", "GROUP"):
                log.fault(file, f"{where} names no permission set, or neither USER nor GROUP")
                return
            of.add(cells[1])
            self.assignments[cells[0], cells[1], cells[2], cells[3]] = None
        log.page(("AccountAssignments", *sorted(of)[:1]), file, value)

    def list_users(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `identitystore list-users`."""
        log.page("sso Users", file, value)
        for entry in log.objects(file, value, "Users"):
            self.user(log, file, entry)

    def user(self, log: Log, file: str, entry: Mapping[str, Any]) -> None:
        """Take one user, also as `identitystore describe-user` gives it."""
        unique = log.text(file, entry, "UserId", "A user of the identity store")
        login = log.text(file, entry, "UserName", "A user of the identity store")
        log.strange(f"sso user {brief(login)}.", entry, _USER)
        name = entry.get("Name")
        if isinstance(name, dict):
            log.strange(f"sso user {brief(login)}.Name.", name, _NAME)
        parts = name if isinstance(name, dict) else {}
        for part, known in _WITHIN.items():
            inside = entry.get(part)
            for inner in inside if isinstance(inside, list) else ():
                if isinstance(inner, dict):
                    log.strange(f"sso user {brief(login)}.{part}.", inner, known)
        spelled = " ".join(
            str(parts[key]) for key in ("GivenName", "MiddleName", "FamilyName") if parts.get(key)
        )
        full = next(
            (
                text
                for text in (entry.get("DisplayName"), parts.get("Formatted"), spelled)
                if isinstance(text, str) and text.strip()
            ),
            login,
        )
        made = SignOn(
            "user",
            unique,
            login,
            full,
            tuple(_values(entry.get("Emails"), "Value")),
            day(entry.get("CreatedAt")),
            entry.get("UserStatus") not in (None, "ENABLED"),
            tuple(_values(entry.get("ExternalIds"), "Issuer")),
        )
        if self.users.setdefault(unique, made) != made:
            log.fault(file, f"User {brief(login)!r} is listed twice, and not alike")

    def list_groups(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `identitystore list-groups`."""
        log.page("sso Groups", file, value)
        for entry in log.objects(file, value, "Groups"):
            self.group(log, file, entry)

    def group(self, log: Log, file: str, entry: Mapping[str, Any]) -> None:
        """Take one group, also as `identitystore describe-group` gives it."""
        unique = log.text(file, entry, "GroupId", "A group of the identity store")
        name = str(entry.get("DisplayName") or unique)
        log.strange(f"sso group {brief(name)}.", entry, _GROUP)
        made = SignOn(
            "group",
            unique,
            name,
            created=day(entry.get("CreatedAt")),
            issuers=tuple(_values(entry.get("ExternalIds"), "Issuer")),
        )
        if self.groups.setdefault(unique, made) != made:
            log.fault(file, f"Group {brief(name)!r} is listed twice, and not alike")

    def memberships(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `identitystore list-group-memberships`, also by member."""
        entries = log.objects(file, value, "GroupMemberships")
        of = sorted(str(entry.get("GroupId")) for entry in entries)
        log.page(("GroupMemberships", *of[:1]), file, value)
        for entry in entries:
            log.strange("GroupMemberships.", entry, _MEMBER)
            group = log.text(file, entry, "GroupId", "An entry of GroupMemberships")
            member = entry.get("MemberId")
            if not isinstance(member, dict) or not isinstance(member.get("UserId"), str):
                log.fault(file, "An entry of GroupMemberships names no member that is a user")
                return
            log.strange("GroupMemberships.MemberId.", member, ["UserId"])
            self.members[member["UserId"], group] = day(entry.get("CreatedAt"))

    def part(self, log: Log, file: str, value: Mapping[str, Any], key: str) -> None:
        """Take a part of a permission set that does not say of which."""
        log.strange("", value, [key, "NextToken"])
        log.page((key, file), file, value)
        self.nameless.append((file, key, value[key]))

    def settle(
        self,
        log: Log,
        number: str,
        partition: str,
        roles: Sequence[Subject],
        managed: Mapping[str, Sequence[Statement]],
        listed: Collection[str],
    ) -> IdentityCenter:
        """Join everything; `managed` are policies by ARN, `listed` the accounts of the import."""
        for file, key, value in self.nameless:
            self._part(log, file, key, value)
        self.nameless = []
        for known in (self.users, self.groups):
            names = Counter(holder.name.casefold() for holder in known.values())
            for name in [name for name, times in names.items() if times > 1]:
                # Of two identity stores: one id would make the two one person.
                what = f"Two users or groups of single sign-on are called {brief(name)!r}"
                log.fault("the import", what, "Import each identity store by itself")
        made: dict[str, Subject] = {}
        assignments, elsewhere = [], 0
        for account, arn, kind, principal in self.assignments:
            if account != number:
                elsewhere += account not in listed
                continue
            holder = self._holder(kind, principal)
            given = self._set(arn)
            unique = arn.rsplit("/", 1)[-1]
            found, doubt = self._roles_of(given, unique, roles)
            if not found and given is not None:
                if unique not in made:
                    made[unique] = self._made_up(log, number, partition, given, unique, managed)
                found = (made[unique],)
                doubt = "if the permission set, whose role the account's export lacks, is in force"
            assignments.append(Assignment(holder, found, doubt))
        if elsewhere:
            log.notes.append(
                f"{elsewhere} assignment(s) of single sign-on are to accounts whose exports were "
                "not given: add those exports to the import."
            )
        holders = {
            holder.id: holder
            for holder in (
                *self.users.values(),
                *self.groups.values(),
                *(assignment.holder for assignment in assignments),
            )
        }
        issuers = sorted({issuer for holder in holders.values() for issuer in holder.issuers})
        if issuers:
            log.notes.append(
                f"Users of single sign-on come from {brief(', '.join(issuers))}: whoever runs it "
                "can sign in as any of them (iam:sso-source/…)."
            )
        return IdentityCenter(
            tuple(holders.values()),
            tuple(self._memberships()),
            tuple(assignments),
            tuple(made.values()),
            frozenset(self.owners),
        )

    def _part(self, log: Log, file: str, key: str, value: Any) -> None:
        found = self._named_by(file)
        if value in ("", [], {}, None):
            # Nothing to give to anybody; of which set does not matter unless it is known.
            if found is not None:
                found.parts.add(key)
            return
        if found is None:
            log.fault(file, f"{key} does not say of which permission set it is", _CURE)
            return
        if key in found.parts:
            log.fault(file, f"{key} of permission set {brief(found.name)!r} is given twice")
        found.parts.add(key)
        _add(log, file, found, key, value)

    def _named_by(self, file: str) -> PermissionSet | None:
        """Return the permission set whose id or name stands in a file's name."""
        ids = set(_SET_ID.findall(file))
        if ids:
            return self.sets.setdefault(min(ids), PermissionSet()) if len(ids) == 1 else None
        named = {
            unique: given.name
            for unique, given in self.sets.items()
            if given.name
            and re.search(rf"(?<![A-Za-z0-9]){re.escape(given.name)}(?![A-Za-z0-9])", file)
        }
        longest = [
            unique
            for unique, name in named.items()
            if not any(name != other and name in other for other in named.values())
        ]
        return self.sets[longest[0]] if len(longest) == 1 else None

    def _holder(self, kind: str, principal: str) -> SignOn:
        known = self.users if kind == "USER" else self.groups
        return known.get(principal) or SignOn(kind.lower(), principal, principal, listed=False)

    def _memberships(self) -> Iterator[Membership]:
        for (user, group), created in self.members.items():
            yield Membership(self._holder("USER", user), self._holder("GROUP", group), created)

    def _roles_of(
        self, given: PermissionSet | None, unique: str, roles: Sequence[Subject]
    ) -> tuple[tuple[Subject, ...], str]:
        """Return the role of a permission set, or all that it may be and why that is doubtful."""
        reserved = [role for role in roles if role.name.startswith("AWSReservedSSO_")]
        if given is None or not given.name:
            return tuple(reserved), f"if it is the role of permission set {unique}"
        shape = re.compile(rf"AWSReservedSSO_{re.escape(given.name)}_[0-9a-f]{{16}}")
        found = tuple(role for role in reserved if shape.fullmatch(role.name))
        # A set deleted and made again leaves no old role, so two of one name cannot both be it.
        return found, "" if len(found) < 2 else "if it is this one of two roles of the name"

    def _made_up(
        self,
        log: Log,
        number: str,
        partition: str,
        given: PermissionSet,
        unique: str,
        managed: Mapping[str, Sequence[Statement]],
    ) -> Subject:
        """Return the role of a permission set that the account's export does not list."""
        name = f"AWSReservedSSO_{given.name or unique}"
        log.notes.append(
            f"The role of permission set {brief(given.name or unique)!r} is not in the account's "
            "export: it was made up from what the files say of the permission set."
        )
        statements = [*given.inline]
        for arn in given.managed:
            statements += _of_account(arn, number, managed)
        if not {"InlinePolicy", "AttachedManagedPolicies", "CustomerManagedPolicyReferences"} <= (
            given.parts
        ):
            statements += unseen(f"permission set {brief(given.name or unique)!r}")
        boundary = None
        if given.boundary is not None:
            boundary = tuple(_of_account(given.boundary, number, managed))
        return Subject(
            "role",
            name,
            f"arn:{partition}:iam::{number}:role/aws-reserved/sso.amazonaws.com/{name}",
            created=given.created,
            statements=tuple(statements),
            boundary=boundary,
        )


def _add(log: Log, file: str, found: PermissionSet, key: str, value: Any) -> None:
    """Add a part to a permission set."""
    if key == "InlinePolicy":
        source = f"the inline policy of permission set {brief(found.name or file)!r}"
        found.inline += log.statements(file, value, source)
    elif key == "AttachedManagedPolicies":
        for entry in log.objects(file, {key: value}, key):
            log.strange(f"{key}.", entry, ["Name", "Arn"])
            found.managed.append(log.text(file, entry, "Arn", f"An entry of {key}"))
    elif key == "CustomerManagedPolicyReferences":
        for entry in log.objects(file, {key: value}, key):
            log.strange(f"{key}.", entry, ["Name", "Path"])
            found.managed.append(_customer(entry))
    elif isinstance(value, dict):
        log.strange(f"{key}.", value, ["CustomerManagedPolicyReference", "ManagedPolicyArn"])
        inner = value.get("CustomerManagedPolicyReference")
        if isinstance(inner, dict):
            log.strange(f"{key}.", inner, ["Name", "Path"])
        arn = value.get("ManagedPolicyArn")
        found.boundary = _customer(inner) if isinstance(inner, dict) else str(arn)
    else:
        log.fault(file, f"{key} is no object")


def _values(given: Any, key: str) -> Iterator[str]:
    for entry in given if isinstance(given, list) else ():
        value = entry.get(key) if isinstance(entry, dict) else None
        if isinstance(value, str) and value.strip():
            yield value.strip()


def _customer(entry: Mapping[str, Any]) -> str:
    """Return the end of the ARN of a policy that every account has under the same name."""
    path = entry.get("Path")
    return f":policy{path if isinstance(path, str) and path else '/'}{entry.get('Name')}"


def _of_account(
    arn: str, number: str, managed: Mapping[str, Sequence[Statement]]
) -> Sequence[Statement]:
    """Return the statements of a managed policy, by its ARN or the end of it."""
    if arn.endswith(":aws:policy/AdministratorAccess"):
        return (Statement(True, ("*",), ("*",), "policy 'AdministratorAccess'"),)
    for known, statements in managed.items():
        if known == arn or (arn.startswith(":") and known.endswith(f"::{number}{arn}")):
            return statements
    return unseen(f"policy {brief(arn.rsplit('/', 1)[-1])!r}")
