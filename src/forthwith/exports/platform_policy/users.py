"""Users of a custody platform: what each may do, by which means, and who may change the policy.

A right that the export does not give is neither there nor not: rows that need it carry a condition.
A user that is a program acts by its API key, which nobody is shown to have; what signs for it
without a person is its co-signer, a host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from forthwith.exports.platform_policy.rules import ANY
from forthwith.exports.tables.rows import Rows, any_of, at_least, ident

QUORUM = "quorum:policy"
#: How many users a note names before it only counts.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class User:
    """One user of the platform. A right is None where the export does not say."""

    id: str
    name: str
    #: As the platform calls it, for labels.
    role: str = ""
    active: bool | None = None
    initiates: bool | None = None
    signs: bool | None = None
    #: May take part in changing the policy; an owner is asked for besides where a quorum says so.
    admin: bool = False
    owner: bool = False
    #: A key of the API and no person.
    program: bool = False
    #: What it is called elsewhere, as texts of `same_as`: "mail:ann@x.example".
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quorum:
    """So many of these administrators may change the policy; None: how many is not known."""

    threshold: int | None
    admins: tuple[str, ...]
    owner: bool = False


@dataclass(slots=True)
class Users:
    """Who is listed, and which means the rows of a policy use."""

    #: None: the export has no list of users.
    listed: Mapping[str, User] | None
    quorum: Quorum
    #: Nobody is missing in the list.
    whole: bool = True
    #: User that is a program → ids and names of the co-signers that sign for it.
    cosigners: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    _seen: dict[str, None] = field(default_factory=dict)

    def everybody(self, named: Iterable[str]) -> frozenset[str]:
        """Return who may initiate: the listed in such a role, the named, and `*` for the rest."""
        listed = (self.listed or {}).values()
        able = {user.id for user in listed if user.initiates is not False} | set(named)
        if self.listed is None or not self.whole or not able:
            able |= {ANY}
        return frozenset(able)

    def initiating(self, users: Iterable[str], *, named: bool) -> tuple[list[str], list[str]]:
        """Return those who may initiate, and those who perhaps may; whom a rule names, may."""
        ids = sorted(users)
        sure = [user for user in ids if named or user == ANY or self._right(user, "initiates")]
        return sure, [user for user in ids if user not in sure]

    def signing(self, users: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return those whose role lets them sign, and those of whom nobody can tell."""
        ids = sorted(users)
        sure = [user for user in ids if user == ANY or self._right(user, "signs")]
        return sure, [
            user for user in ids if user not in sure and self._right(user, "signs") is None
        ]

    def programs(self, users: Iterable[str]) -> list[str]:
        """Return those users that are programs."""
        known = self.listed or {}
        return [user for user in users if user in known and known[user].program]

    def _right(self, user: str, right: str) -> bool | None:
        known = (self.listed or {}).get(user)
        value: bool | None = getattr(known, right) if known else None
        return value

    def logins(self, users: Iterable[str]) -> list[str]:
        """Return the means by which these users act, remembering them for their rows."""
        ids = sorted(users)
        self._seen.update(dict.fromkeys(ids))
        return [ident("login", user) for user in ids]

    def policy_change(self, rows: Rows) -> str:
        """Return the formula of who may change the policy, its rows written."""
        logins = self.logins(set(self.quorum.admins))
        threshold = self.quorum.threshold
        if threshold is None or not 1 <= threshold <= len(logins):
            return self._unknown_quorum(logins, rows)
        formula = at_least(threshold, logins)
        owners = self.logins(user.id for user in (self.listed or {}).values() if user.owner)
        if self.quorum.owner and owners:
            return f"all of ({formula}, {any_of(owners)})"
        return formula

    def _unknown_quorum(self, logins: list[str], rows: Rows) -> str:
        label = "enough administrators to edit the policy"
        rows.add("means", id=QUORUM, kind="role", label=label)
        rows.notes.append(
            "The export does not give a quorum of administrators that can be met; how many of them "
            "may edit the policy is open."
        )
        if logins:
            condition = "if that many administrators may edit the policy"
            rows.add("grants", means=any_of(logins), gives=QUORUM, condition=condition)
        return QUORUM

    def write(self, rows: Rows) -> None:
        """Write people, their logins and who has which."""
        without: dict[bool | None, list[str]] = {}
        for user in (self.listed or {}).values():
            self._seen.setdefault(user.id)
            if user.program:
                self._write_program(user, rows)
                continue
            person = ident("user", user.id)
            rows.add("people", id=person, name=user.name)
            for alias in user.aliases:
                rows.add("same_as", ("", ""), kind="alias", a=person, b=alias, **{"is": "yes"})
            if user.active:
                rows.add("possessions", person=person, means=ident("login", user.id))
            else:
                without.setdefault(user.active, []).append(user.name)
        for active, names in without.items():
            state = "not active" if active is False else "not said to be active"
            rows.notes.append(f"{_users_are(names)} {state}: nobody is shown to have the login.")
        for name in self._seen:
            self._write_login(name, rows)
        strange = [
            name
            for name in self._seen
            if self.listed is not None and name not in self.listed and name != ANY
        ]
        if strange:
            rows.notes.append(f"{_users_are(strange)} in a rule or group and not among the users.")

    def _write_login(self, name: str, rows: Rows) -> None:
        known = (self.listed or {}).get(name)
        label = f"login of {'any user the export does not list' if name == ANY else name}"
        if known:
            what = "API key" if known.program else "login"
            label = f"{what} of {known.name}" + (f" ({known.role})" if known.role else "")
        rows.add("means", id=ident("login", name), kind="credential", label=label)

    def _write_program(self, user: User, rows: Rows) -> None:
        """Write the hosts that sign for a program; who has its key, no export says."""
        rows.notes.append(
            f"User {user.name} is a program: who has its API key or runs its co-signer is not in "
            "the export."
        )
        if user.signs is False:
            return
        for name, label in self._hosts(user):
            rows.add("means", id=name, kind="host", label=label)
            condition = "if whoever runs the co-signer can make it sign"
            rows.add("grants", means=name, gives=ident("login", user.id), condition=condition)

    def _hosts(self, user: User) -> Iterator[tuple[str, str]]:
        hosts = self.cosigners.get(user.id, ())
        for name, label in hosts:
            yield ident("cosigner", name), f"co-signer {label or name}"
        if not hosts:
            # Ids of co-signers are given by the platform and hold no stroke.
            label = f"the co-signer, not in the export, that signs for {user.name}"
            yield ident("cosigner", f"of/{user.id}"), label


def _users_are(names: list[str]) -> str:
    """Return "User Ann is", or "Users Ann, Bo and 7 more are"."""
    if len(names) == 1:
        return f"User {names[0]} is"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"Users {', '.join(names[:_NAMED])}{more} are"
