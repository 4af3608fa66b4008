"""Write what a directory says as rows: people and their logins, and what gives what to whom.

An account is not its person: its login is a means of control that the person of the account has
while it is active. Groups, administrators' roles and applications are roles that logins lead to. An
administrator who may set a new password for a login has that login, so a role leads to every login
it may reset; where a second factor, a scope or another system decides, the grant has a condition.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.directory.model import (
    ADMIN,
    PLAIN,
    SUPER,
    Account,
    Directory,
    Group,
    Reach,
    flattened,
    moment,
)
from forthwith.exports.options import ImportOptions
from forthwith.exports.tables.rows import Rows, ident
from forthwith.plain import places

_MAIL = re.compile(r"[^@\s]+@([^@\s]+\.[^@\s.]+)")
_TECHNICAL = (".onmicrosoft.com", ".test-google-a.com", ".gserviceaccount.com")
#: Standing of what the export makes likely and does not say.
DOUBTFUL = "narrative"
_FACTOR = "no second factor is asked, or it can be got round"
_NO_ROLE = "the account has no administrator's role then, which the export does not show"
_ANY = "any"
_CLASSES = {
    _ANY: "any login of the directory",
    PLAIN: "any login without an administrator's role",
    ADMIN: "any login with an administrator's role",
    SUPER: "any login over the whole directory",
}
_BETWEEN = "the export does not say whether the account was active all that time"

#: Ways of a program to a role or a login, by system; no listing read here shows them.
_UNSEEN_WAYS = {
    "okta": "no API token and no application's own grant leads here",
    "entra": "no application's own permission (app role) leads here",
    "google": "no service account with domain-wide delegation leads here",
}


def written(book: Directory, options: ImportOptions) -> Lifted:
    """Return the rows of one directory."""
    rows = Rows("", options.stamp)
    rows.unread += book.unread
    rows.notes += book.notes
    writer = _Writer(book, options, rows)
    writer.accounts()
    writer.groups()
    writer.roles()
    writer.apps()
    if options.complete:
        writer.completeness()
    writer.remarks()
    return rows.lifted()


class _Writer:
    """One directory on its way to rows."""

    def __init__(self, book: Directory, options: ImportOptions, rows: Rows) -> None:
        self._book, self._rows, self._stated = book, rows, options.places
        self._domains = {name.lower(): entity for name, entity in options.domains.items()}
        self._start, self._end = options.stamp.start, options.stamp.end
        self._means: set[str] = set()
        #: Means of which a listing said who leads to them, to be closed where asked.
        self._made: list[str] = []
        #: Notes that many things share, by what they say of them.
        self._shared: dict[str, list[str]] = {}
        self._classes = self._class_of_logins()
        self._surely = self._classes_for_sure()

    # -- ids ---------------------------------------------------------------------------------

    def _id(self, kind: str, text: str) -> str:
        return ident(kind, f"{self._book.system}:{text}")

    def _login(self, key: str) -> str:
        means = self._id("login", key)
        if means not in self._means and key not in self._book.accounts:
            mail = self._book.strangers.get(key, "")
            label = f"{self._book.title} account {mail or key}, not among the users"
            self._add_means(means, "credential", label)
        return means

    def _principal(self, key: str) -> str:
        """Return the means of a user, a group, or something the export does not list."""
        return self._group(key) if key in self._book.groups else self._login(key)

    def _group(self, key: str) -> str:
        means = self._id("group", key)
        if means not in self._means and key not in self._book.groups:
            self._add_means(means, "role", f"{self._book.title} group {key}, not among the groups")
        return means

    def _role(self, key: str) -> str:
        key = self._book.role_ids.get(key, key)
        means = self._id("role", key)
        if means not in self._means:
            known = self._book.roles.get(key)
            name = known.name if known else f"{key}, not among the roles"
            self._add_means(means, "role", f"{self._book.title} administrator's role {name}")
        return means

    def _add_means(self, means: str, kind: str, label: str) -> None:
        if means not in self._means:
            self._means.add(means)
            self._rows.add("means", id=means, kind=kind, label=" ".join(label.split()))

    def _share(self, said: str, of: str) -> None:
        """Keep a note of one thing, to be said once of all of which it is true."""
        self._shared.setdefault(said, []).append(of)

    # -- accounts ----------------------------------------------------------------------------

    def accounts(self) -> None:
        """Write people, what they are called, their logins, when they had them, and ties."""
        for account in self._book.accounts.values():
            what = "login" if account.human else "secret of service principal"
            name = account.logins[0] if account.logins else account.name
            words = f" ({', '.join(account.told)})" if account.told else ""
            label = f"{self._book.title} {what} {name}{words}"
            self._add_means(self._id("login", account.id), "credential", label)
            if not account.human:
                continue
            self._rows.file = account.file
            person = ident(self._book.system, account.id)
            self._rows.add("people", id=person, name=" ".join(account.name.split()) or person)
            for text in _called(account):
                self._rows.add("same_as", None, kind="alias", a=person, b=text, **{"is": "yes"})
            spans = list(self._spans(account))
            login = self._id("login", account.id)
            for start, end, note in spans:
                cells = {"person": person, "means": login}
                if note:
                    cells |= {"standing": DOUBTFUL, "note": note}
                self._rows.add("possessions", (start, end), **cells)
            self._ties(account, person, spans)

    def _spans(self, account: Account) -> Iterator[tuple[str, str, str]]:
        """Yield the days an account was used or could be, each with the reason of doubt."""
        name, state = account.name, account.state
        if not state:
            note = "the export does not say whether the account is active"
            self._rows.notes.append(
                "Some accounts are not said to be active or not: their logins are kept as "
                "narrative. Export them with that field (Graph: $select=accountEnabled)."
            )
            yield from self._clipped(account.start or self._start, self._end, note)
        elif state == "new":
            self._rows.notes.append("Accounts that were never activated have no holder.")
        elif state == "locked":
            note = "the account is locked, or waits for its first sign-in"
            yield from self._clipped(account.start or self._start, self._end, note)
        elif state == "active":
            sure = _latest(account.start, account.since or self._start)
            if account.start and _before(account.start, sure):
                yield from self._clipped(account.start, self._end, _BETWEEN)
                yield from self._used(account, sure)
            yield from self._clipped(sure, self._end, "")
        else:
            ended = account.since or self._start
            if account.start and _before(account.start, ended):
                yield from self._clipped(account.start, _earliest(ended, self._end), _BETWEEN)
                yield from self._used(account, ended)
            elif not account.start:
                self._share("accounts have ended, and nothing says since when they were", name)

    def _used(self, account: Account, limit: str) -> Iterator[tuple[str, str, str]]:
        """Yield the days up to the last sign-in: it shows that the account was active then."""
        seen = account.last_login
        if seen and _before(account.start, seen) and not _before(limit, seen):
            yield from self._clipped(account.start, _earliest(seen, self._end), "")

    def _clipped(self, start: str, end: str, note: str) -> Iterator[tuple[str, str, str]]:
        end = _earliest(end, self._end)
        if not end or _before(start, end):
            yield start, end, note

    def _ties(self, account: Account, person: str, spans: list[tuple[str, str, str]]) -> None:
        """Write what ties the account's person to others: addresses, manager, country."""
        domains = {
            shape[1].lower(): None
            for mail in (*account.mails, *account.logins)
            if (shape := _MAIL.fullmatch(mail)) and "#" not in mail
        }
        for domain in domains:
            # The system's own domain of a tenant names nobody's company.
            if domain.endswith(_TECHNICAL) and domain not in self._domains:
                continue
            entity = self._entity_of(domain)
            self._tie(person, "credential", spans, "", entity=entity, value=domain)
        if account.manager:
            self._reporting(account, person, spans)
        found: dict[str, str] = {}
        if account.country:
            if code := places.country(account.country):
                found[code] = ""
            else:
                self._rows.unread.append(f"{account.file}: country {account.country[:60]!r}")
        office = self._stated.get(places.folded(account.office), "") if account.office else ""
        if office and office != places.UNKNOWN:
            found.pop(office.split("-")[0], None)
            found[office] = ""
        for code, note in found.items():
            self._tie(person, "location", spans, note, value=code)
        if (
            account.licence_country
            and not found
            and (code := places.country(account.licence_country))
        ):
            note = "the country in which the account's licences are used"
            doubtful = [(start, end, doubt or note) for start, end, doubt in spans]
            self._tie(person, "location", doubtful, note, value=code)
        if account.office and not office and not found:
            self._share(
                "people sit in offices without a code, which tell of no location: say --location "
                "OFFICE=CODE where it matters",
                account.office,
            )

    def _entity_of(self, domain: str) -> str:
        entity = self._domains.get(domain, "")
        if not entity:
            entity = ident("domain", domain)
            name = f"whoever gives out @{domain}"
            self._rows.add(
                "entities", None, id=entity, name=name, alias_of="", **{"from": "", "to": ""}
            )
            self._rows.notes.append(
                "Whose an e-mail domain is, the export does not say: tell it with --domain "
                "DOMAIN=ENTITY, or write alias_of in the row of domain:… in entities."
            )
        return entity

    def _tie(
        self,
        person: str,
        kind: str,
        spans: list[tuple[str, str, str]],
        words: str,
        *,
        entity: str = "",
        value: str = "",
    ) -> None:
        for start, end, doubt in spans:
            said = "; ".join(dict.fromkeys(filter(None, (doubt, words))))
            more = {"note": said} if said else {}
            if doubt:
                more["standing"] = DOUBTFUL
            self._rows.add(
                "affiliations", (start, end), person=person, entity=entity, kind=kind,
                value=value, **more,
            )  # fmt: skip

    def _reporting(self, account: Account, person: str, spans: list[tuple[str, str, str]]) -> None:
        manager = self._book.accounts.get(self._book.account_of(account.manager))
        entities = [
            self._domains[domain]
            for mail in (manager.mails or manager.logins if manager else ())
            if (shape := _MAIL.fullmatch(mail)) and (domain := shape[1].lower()) in self._domains
        ]
        if manager is None or not entities:
            who = manager.name if manager else account.manager
            self._share(
                "people report to managers whose company is not told, so no reporting line is "
                "written: say --domain for the manager's mail",
                f"{account.name} to {who}",
            )
            return
        self._tie(
            person, "reporting_line", spans, "", entity=entities[0],
            value=ident(self._book.system, manager.id),
        )  # fmt: skip

    # -- groups ------------------------------------------------------------------------------

    def groups(self) -> None:
        """Write groups and what leads to them: logins, and groups inside them."""
        for group in self._book.groups.values():
            self._add_means(
                self._id("group", group.id), "role", f"{self._book.title} group {group.name}"
            )
            if group.rule:
                self._share(
                    "groups are filled by a rule or another system: who may change that may enter",
                    f"{group.name} by {group.rule[:60]}",
                )
        for member in self._book.members:
            here = self._group(member.group)
            if member.everybody:
                for key, account in self._book.accounts.items():
                    if account.human:
                        self._grant(self._login(key), here, "")
                continue
            self._grant(
                self._principal(member.member), here, member.condition,
                member.start, member.end, member.note,
            )  # fmt: skip

    def _grant(
        self,
        means: str,
        gives: str,
        condition: str,
        start: str = "",
        end: str = "",
        note: str = "",
    ) -> None:
        if means == gives:
            return
        first = start or self._start
        last = _earliest(end, self._end)
        if last and not _before(first, last):
            return
        more = {"note": note} if note else {}
        self._rows.add(
            "grants", (first, last), means=means, gives=gives, condition=condition, **more
        )

    # -- roles -------------------------------------------------------------------------------

    def _class_of_logins(self) -> dict[str, str]:
        """Return of each account whether it may have a role over everything, or some role."""
        inner: dict[str, set[str]] = defaultdict(set)
        for member in self._book.members:
            inner[member.group].add(member.member)
        classes: dict[str, str] = {}
        for given in self._book.assignments:
            reach = self._reach_of(given.given)
            found = SUPER if SUPER in reach.takes_over and reach.roles else ADMIN
            for key in flattened(inner, given.principal):
                if classes.get(key) != SUPER:
                    classes[key] = found
        return classes

    def _classes_for_sure(self) -> set[str]:
        """Return the accounts of which it is sure whether they have an administrator's role.

        Having one keeps lesser administrators out, so it helps only where it holds all the time.
        """
        book = self._book
        inner: dict[str, set[str]] = defaultdict(set)
        for member in book.members:
            if not (member.condition or member.start or member.end):
                inner[member.group].add(member.member)
        sure = {
            key
            for given in book.assignments
            if not (given.condition or given.start or given.end)
            for key in flattened(inner, given.principal)
        }
        for key, account in book.accounts.items():
            listed = book.all_roles or key in book.asked or account.no_role
            if listed and key not in self._classes:
                sure.add(key)
        return sure

    def _reach_of(self, role: str) -> Reach:
        known = self._book.roles.get(self._book.role_ids.get(role, role))
        return known.reach if known else Reach(unknown="this role is not among the roles")

    def roles(self) -> None:
        """Write who has which administrator's role, and which logins, groups and roles it gives."""
        for given in self._book.assignments:
            self._grant(
                self._principal(given.principal), self._role(given.given), given.condition,
                given.start, given.end, given.note,
            )  # fmt: skip
        reaches = {self._book.role_ids.get(a.given, a.given) for a in self._book.assignments}
        for key in sorted(reaches):
            role = self._book.roles.get(key)
            reach = self._reach_of(key)
            self._reach(self._role(key), reach, reaches)
            if reach.unknown:
                self._rows.notes.append(
                    f"Role {role.name if role else key}: {reach.unknown}. What it gives is left "
                    "open."
                )

    def _reach(self, role: str, reach: Reach, held: set[str]) -> None:
        if reach.unknown:
            limited = f"the role allows it: {reach.unknown}"
            reach = Reach((PLAIN, ADMIN, SUPER), groups=True, privileged_groups=True, apps=True,
                          limited=limited)  # fmt: skip
        given = [(self._over(who), "") for who in _together(reach.takes_over)]
        given += [(self._over(who, password=True), "") for who in _together(reach.sets_password)]
        given += [(self._over(who), why) for who, why in reach.perhaps]
        if reach.groups:
            given.append((self._all_groups(privileged=False), ""))
        if reach.privileged_groups:
            given.append((self._all_groups(privileged=True), ""))
        if reach.apps and self._book.apps:
            given.append((self._all_apps(), ""))
        if reach.roles:
            given += [(self._role(other), "") for other in sorted(held)]
        for means, why in given:
            self._grant(role, means, " and ".join(filter(None, (why, reach.limited))))

    def _over(self, who: str, *, password: bool = False) -> str:
        """Return the means of having any login of a class, its rows written when first asked."""
        kind = "password" if password else "takeover"
        means = self._id(kind, who)
        if means in self._means:
            return means
        doing = "a new password for" if password else "taking over"
        self._add_means(means, "role", f"{self._book.title}: {doing} {_CLASSES[who]}")
        self._made.append(means)
        for key, account in self._book.accounts.items():
            theirs, sure = self._classes.get(key, PLAIN), key in self._surely
            # Who may have no role then is open to those whom a role would keep out.
            if (
                not account.human
                or who not in (theirs, _ANY, PLAIN)
                or (who == PLAIN != theirs and sure)
            ):
                continue
            conditions = [_NO_ROLE] if who == PLAIN and not sure else []
            if account.password_kept_by:
                conditions.append(
                    f"{account.password_kept_by}, which keeps the password, takes the new one"
                )
            if account.state in ("ended", "new"):
                conditions.append("the account is made active")
            factor = self._book.factors.get(key, account.second_factor)
            if password and factor is not False:
                conditions.append(_FACTOR)
            self._grant(means, self._login(key), " and ".join(conditions))
        return means

    def _all_groups(self, *, privileged: bool) -> str:
        """Return the means of adding somebody to any group that role may change."""
        held = {a.principal for a in self._book.assignments}
        means = self._id("groups", "privileged" if privileged else "plain")
        if means not in self._means:
            which = "gives an" if privileged else "gives no"
            label = (
                f"{self._book.title}: adding anybody to a group that {which} administrator's role"
            )
            self._add_means(means, "role", label)
            self._made.append(means)
            for key, group in self._book.groups.items():
                if (group.privileged or key in held) == privileged:
                    self._grant(means, self._group(key), "")
        return means

    def _all_apps(self) -> str:
        means = self._id("apps", "all")
        if means not in self._means:
            label = f"{self._book.title}: giving anybody any application"
            self._add_means(means, "role", label)
            self._made.append(means)
            for key in self._book.apps:
                self._grant(means, self._id("app", key), "")
        return means

    def apps(self) -> None:
        """Write applications and who is assigned to them."""
        for access in self._book.app_access:
            name = self._book.apps.get(access.given, f"{access.given}, not among the applications")
            means = self._id("app", access.given)
            self._add_means(means, "role", f"{self._book.title} application {name}")
            self._grant(self._principal(access.principal), means, access.condition)
        for key, name in self._book.apps.items():
            means = self._id("app", key)
            self._add_means(means, "role", f"{self._book.title} application {name}")

    # -- what is all --------------------------------------------------------------------------

    def completeness(self) -> None:
        """Say of groups and roles listed to the end that nothing else leads to them."""
        book = self._book
        if book.cut:
            self._rows.notes.append(
                "A listing breaks off, so nothing was said to be complete: export all its pages."
            )
            return
        everybody = set(book.accounts) | set(book.groups)
        all_roles = book.all_roles or (bool(book.asked) and everybody <= book.asked)
        for key, group in book.groups.items():
            if why := self._why_open(key, group, all_roles=all_roles):
                self._share(f"groups are not said to be complete: {why}", group.name)
            else:
                self._rows.add("completeness", means=self._group(key))
        if not all_roles:
            self._rows.notes.append(
                "Administrators' roles are not said to be complete: not every assignment is listed."
            )
            return
        said = [f"That {_UNSEEN_WAYS[book.system]} is what --complete says."]
        if book.system == "entra" and not book.eligible:
            said.append(
                "No eligibility schedules were given: that nobody may activate a role is what "
                "--complete says."
            )
        self._rows.notes += said
        roles = {self._role(given.given) for given in book.assignments}
        for means in (*self._made, *sorted(roles)):
            # Beside the row itself: an answer that excludes somebody rests on it and on no grant.
            self._rows.add("completeness", means=means, note=" ".join(said))

    def _why_open(self, key: str, group: Group, *, all_roles: bool) -> str:
        """Return why more may lead to a group than is listed; "" where nothing may."""
        book = self._book
        if key not in book.whole_groups:
            return "their members were not listed"
        if group.rule:
            return "they are filled by a rule"
        if book.system == "entra" and key not in book.whole_owners:
            return "their owners, who may add members, were not listed"
        return "" if all_roles else "who may change groups is not listed to the end"

    def remarks(self) -> None:
        """Say what was assumed and what a directory cannot know."""
        book = self._book
        self._rows.notes.append(
            f"{book.title}: an account is not its person, and who else knows a password the export "
            "cannot say: no login is ever said to be complete. Accounts are joined to the people "
            "of the matter by hand (same_as)."
        )
        for file in sorted(book.cut):
            self._rows.notes.append(
                f"{file} breaks off: it says that a further page follows, and that was not given. "
                "Whoever stands there is missing."
            )
        for address in book.strangers.values():
            self._share("members are no accounts of the directory: whose they are is open", address)
        for key in sorted(book.two_states):
            said = (
                "accounts are listed in two states, and which held when is left open: import the "
                "listings of each day by themselves, with their --from and --to"
            )
            self._share(said, book.accounts[key].name or key)
        for said, things in self._shared.items():
            apart = list(dict.fromkeys(things))
            more = f"; and {len(apart) - 5:,} more" if len(apart) > 5 else ""
            self._rows.notes.append(f"{len(things):,} {said} ({'; '.join(apart[:5])}{more}).")
        if book.eligible:
            self._rows.notes.append(
                "Eligible roles count only under the condition that they are activated."
            )


def _together(classes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the classes of logins a role reaches; all of them are one."""
    return (_ANY,) if {PLAIN, ADMIN, SUPER} <= set(classes) else classes


def _called(account: Account) -> Iterator[str]:
    """Yield what the account's person is called elsewhere, each once."""
    texts = (
        *(f"mail:{mail.lower()}" for mail in (*account.mails, *account.other_mails)),
        *(f"login:{login}" for login in account.logins),
        *(f"number:{number}" for number in account.numbers),
        f"name:{' '.join(account.name.split())}",
    )
    yield from dict.fromkeys(text for text in texts if text.partition(":")[2].strip())


def _before(first: str, second: str) -> bool:
    """Tell whether one day or instant comes before another; "" is the end of time."""
    if not second:
        return True
    one, other = moment(first), moment(second)
    return one is not None and other is not None and one < other


def _latest(first: str, second: str) -> str:
    return second if not first or _before(first, second) else first


def _earliest(first: str, second: str) -> str:
    if not first or not second:
        return first or second
    return first if _before(first, second) else second
