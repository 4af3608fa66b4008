"""What a directory says, whichever system it is: accounts, groups, roles, and who is in which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

#: A mark a row's condition begins with where a right is limited by something not in the export.
PLAIN, ADMIN, SUPER = "plain", "admin", "super"


@dataclass(frozen=True, slots=True)
class Account:
    """One account; days are instants or days as the export writes them, "" where it does not."""

    id: str
    name: str
    #: By which its owner signs in.
    logins: tuple[str, ...] = ()
    #: Addresses the directory itself gives out.
    mails: tuple[str, ...] = ()
    #: Addresses elsewhere, for recovery.
    other_mails: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    #: "active", "ended", "new" (never used yet), "locked", or "" where the export does not say.
    state: str = ""
    #: First day it could be used: activated, else created.
    start: str = ""
    #: Since when it is in its present state.
    since: str = ""
    last_login: str = ""
    manager: str = ""
    country: str = ""
    #: A country that says less than where somebody sits: where licences are used.
    licence_country: str = ""
    office: str = ""
    #: Company, department, title: what people typed, told with the tie.
    told: tuple[str, ...] = ()
    #: Who keeps its password; "" for the directory itself.
    password_kept_by: str = ""
    #: Whether a second factor is set up; None where the export does not say.
    second_factor: bool | None = None
    #: False for what is no person's: a service principal.
    human: bool = True
    #: The export says itself that the account is an administrator over everything.
    over_all: bool = False
    #: The export says itself that the account has no administrator's role.
    no_role: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One group; `privileged`: only those over everything may change who is in it."""

    id: str
    name: str
    mail: str = ""
    #: Filled by a rule over what the directory says of people; "" for a list kept by hand.
    rule: str = ""
    privileged: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """What a role lets its holder do to the logins, groups and applications of a directory."""

    #: For which classes of login it gives the login itself, second factor and all.
    takes_over: tuple[str, ...] = ()
    #: For which it sets a new password, and nothing else.
    sets_password: tuple[str, ...] = ()
    #: The same where something not in the export decides: class to the condition.
    perhaps: tuple[tuple[str, str], ...] = ()
    groups: bool = False
    privileged_groups: bool = False
    apps: bool = False
    #: It gives every other role.
    roles: bool = False
    #: Why what it lets do is not known; "" where it is.
    unknown: str = ""
    #: A condition on everything it gives: the export does not show its limits.
    limited: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """One administrator's role."""

    id: str
    name: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody or some group is in a group; `everybody`: all accounts of the directory are."""

    group: str
    member: str
    condition: str = ""
    start: str = ""
    end: str = ""
    everybody: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A principal has a role, or an application."""

    principal: str
    #: Id of the role, or of the application.
    given: str
    condition: str = ""
    start: str = ""
    end: str = ""
    note: str = ""


@dataclass(slots=True)
class Directory:
    """One directory as far as the files tell of it."""

    #: "okta", "entra", "google": the first part of its ids.
    system: str
    #: Its name for people.
    title: str
    accounts: dict[str, Account] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    apps: dict[str, str] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    app_access: list[Assignment] = field(default_factory=list)
    #: Groups whose members, and whose owners, were listed to the end.
    whole_groups: set[str] = field(default_factory=set)
    whole_owners: set[str] = field(default_factory=set)
    #: Principals whose roles were listed to the end; None: everybody's.
    asked: set[str] = field(default_factory=set)
    all_roles: bool = False
    #: A listing of which further pages were not given.
    cut: set[str] = field(default_factory=set)
    #: Ids under which a role is known beside its own: of its definition, of its directory role.
    role_ids: dict[str, str] = field(default_factory=dict)
    #: Whether a second factor is set up, by account, where a report of its own says so.
    factors: dict[str, bool] = field(default_factory=dict)
    #: Addresses of members who are no accounts of the directory, by their ids.
    strangers: dict[str, str] = field(default_factory=dict)
    #: What stands in names of files: of each sort of thing how many there were, by id, by name.
    spoken: dict[str, tuple[int, dict[str, str], dict[str, set[str]]]] = field(default_factory=dict)
    #: Some rights are only eligible.
    eligible: bool = False
    unread: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    #: Accounts that were listed in two states.
    two_states: set[str] = field(default_factory=set)

    def keep(self, account: Account) -> None:
        """Keep an account as it was listed last; in what state it is, is open after two of them.

        Two listings of one directory on two days say two things, and neither says from when.
        """
        known = self.accounts.get(account.id)
        if known and known.state and account.state and known.state != account.state:
            self.two_states.add(account.id)
        if account.id in self.two_states:
            account = replace(account, state="", since="")
        self.accounts[account.id] = account

    def account_of(self, text: str) -> str:
        """Return the id of the one account known by an id, an address, a login or a number."""
        if text in self.accounts:
            return text
        found = self._by_name().get(text.casefold(), set())
        return next(iter(found)) if len(found) == 1 else ""

    def _by_name(self) -> dict[str, set[str]]:
        if len(self.accounts) != self._indexed:
            self._names.clear()
            for account in self.accounts.values():
                for name in (*account.logins, *account.mails, *account.numbers):
                    self._names.setdefault(name.casefold(), set()).add(account.id)
            self._indexed = len(self.accounts)
        return self._names

    _names: dict[str, set[str]] = field(default_factory=dict)
    _indexed: int = -1


def moment(text: str) -> datetime | None:
    """Return an instant or the first of a day, in UTC; None when it is neither."""
    try:
        when = datetime.fromisoformat(text.strip())
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def first(*texts: str) -> str:
    """Return the first text that is an instant of our time; "" when there is none.

    Of an instant without an offset only the day is known. Years past 9000 mean "never".
    """
    for text in map(str.strip, texts):
        at = moment(text)
        if at is not None and 1971 < at.year < 9000:
            return text if datetime.fromisoformat(text).tzinfo else text[:10]
    return ""


def told(**words: str) -> tuple[str, ...]:
    """Return what a directory says in words: "company Bramble", "department Treasury"."""
    return tuple(f"{name} {' '.join(text.split())}" for name, text in words.items() if text.strip())


def flattened(groups: dict[str, set[str]], start: str) -> Iterator[str]:
    """Yield a thing and everything it leads to, each once."""
    seen = {start}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        yield here
        for onward in groups.get(here, ()):
            if onward not in seen:
                seen.add(onward)
                waiting.append(onward)
