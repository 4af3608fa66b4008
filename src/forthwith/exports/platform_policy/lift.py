"""Exports of a custody platform's policy: who may move what from which account with whose approval.

Read is a JSON object with `rules` (or `policy.rules`), `users`, `usersGroups`, `vaultAccounts` and
`adminQuorum`, or the list of rules alone, as Fireblocks exports its transaction authorization
policy. Each account becomes a wallet; each slice of the policy a row on the path `software`, whose
formula is an initiator, a signer and the approvals of the first rule that matches there. What no
rule allows has no row: the platform blocks it.

The policy binds only those who go through the platform. Keys, recovery and the platform's own
people are not in it, so no wallet's paths are ever said to be complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.options import Files, ImportOptions, joined
from forthwith.exports.platform_policy.rules import ANY, Group, Place, Rule, RuleReader
from forthwith.exports.platform_policy.slices import (
    Part,
    Term,
    TooManySlicesError,
    Universe,
    parts,
    scope,
    unbounded,
    universe,
)
from forthwith.exports.tables.rows import Rows, all_of, any_of, at_least, ident
from forthwith.plain import json_document
from forthwith.plain import json_values as js

_ACTIVE = frozenset(("ACTIVE", "ENABLED"))
#: Roles that neither initiate nor sign, that initiate without signing, and that edit the policy.
_WATCHES = frozenset(("VIEWER", "AUDITOR", "SECURITY_AUDITOR", "APPROVER"))
_NO_SIGNER = _WATCHES | {"EDITOR", "NON_SIGNING_ADMIN"}
_ADMINS = frozenset(("OWNER", "ADMIN", "NON_SIGNING_ADMIN"))
_USER_KEYS = frozenset(
    ("id", "name", "firstName", "lastName", "email", "role", "status", "enabled")
)
_GROUP_KEYS = frozenset(("id", "name", "status", "memberIds", "members", "users"))
_QUORUM_KEYS = frozenset(("threshold", "users", "ownerRequired"))
_QUORUM = "quorum:policy"


@dataclass(frozen=True, slots=True)
class User:
    """One user of the platform."""

    id: str
    name: str
    role: str
    #: None: the export does not say.
    active: bool | None


@dataclass(slots=True)
class Users:
    """Who is listed, who is in which group, who may edit the policy."""

    #: None: the export has no list of users.
    listed: dict[str, User] | None
    groups: dict[str, frozenset[str]]
    quorum: Any
    _seen: dict[str, None] = field(default_factory=dict)

    @classmethod
    def read(cls, body: dict[str, Any], rows: Rows) -> Users:
        """Take users, groups and the quorum of administrators out of an export."""
        listed = None
        if isinstance(body.get("users"), list):
            listed = {user.id: user for entry in body["users"] if (user := _user(entry, rows))}
        groups = {}
        for key in ("usersGroups", "groups"):
            for group in js.records(body.get(key)):
                name = js.text(group.get("id"))
                members = group.get("memberIds", group.get("members", group.get("users")))
                if not name or not isinstance(members, list) or name in groups:
                    rows.fault(f"group {name!r} has no list of members of its own", _AGAIN)
                    continue
                rows.unread += [f"group {name}.{key}" for key in sorted(group.keys() - _GROUP_KEYS)]
                groups[name] = frozenset(js.texts(members))
        return cls(listed, groups, body.get("adminQuorum"))

    def everybody(self, named: Iterable[str]) -> frozenset[str]:
        """Return who may initiate: the listed in such a role, the named, and `*` for the rest."""
        if self.listed is None:
            return frozenset(named) | {ANY}
        able = {user.id for user in self.listed.values() if user.role not in _WATCHES}
        return frozenset(able) | frozenset(named)

    def signers(self, users: Iterable[str]) -> list[str]:
        """Return those of the users whose role lets them sign; an unknown role may."""
        return sorted(user for user in users if self._role(user) not in _NO_SIGNER)

    def _role(self, user: str) -> str:
        known = (self.listed or {}).get(user)
        return known.role if known else ""

    def logins(self, users: Iterable[str]) -> list[str]:
        """Return the means by which these users act, remembering them for their rows."""
        ids = sorted(users)
        self._seen.update(dict.fromkeys(ids))
        return [ident("login", user) for user in ids]

    def policy_change(self, rows: Rows) -> str:
        """Return the formula of who may edit the policy, its rows written."""
        body = js.record(self.quorum)
        rows.unread += [f"adminQuorum.{key}" for key in sorted(body.keys() - _QUORUM_KEYS)]
        known = (self.listed or {}).values()
        admins = js.texts(body.get("users")) or [user.id for user in known if user.role in _ADMINS]
        threshold = js.number(body.get("threshold"))
        logins = self.logins(set(admins))
        if not 1 <= threshold <= len(logins):
            return self._unknown_quorum(logins, rows)
        formula = at_least(threshold, logins)
        owners = self.logins(user.id for user in known if user.role == "OWNER")
        if body.get("ownerRequired") and owners:
            return f"all of ({formula}, {any_of(owners)})"
        return formula

    def _unknown_quorum(self, logins: list[str], rows: Rows) -> str:
        label = "enough administrators to edit the policy"
        rows.add("means", id=_QUORUM, kind="role", label=label)
        rows.notes.append(
            "The export does not give a quorum of administrators that can be met; how many of them "
            "may edit the policy is open."
        )
        if logins:
            condition = "if that many administrators may edit the policy"
            rows.add("grants", means=any_of(logins), gives=_QUORUM, condition=condition)
        return _QUORUM

    def write(self, rows: Rows) -> None:
        """Write people, their logins and who has which."""
        for user in (self.listed or {}).values():
            self._seen.setdefault(user.id)
            person = ident("user", user.id)
            rows.add("people", id=person, name=user.name)
            if user.active:
                rows.add("possessions", person=person, means=ident("login", user.id))
            else:
                state = "is not active" if user.active is False else "is not said to be active"
                rows.notes.append(f"User {user.name} {state}: nobody is shown to have the login.")
        for name in self._seen:
            known = (self.listed or {}).get(name)
            label = "any user the export does not list" if name == ANY else name
            rows.add(
                "means",
                id=ident("login", name),
                kind="credential",
                label=f"login of {known.name} ({known.role})" if known else f"login of {label}",
            )
            if self.listed is not None and not known:
                rows.notes.append(f"User {name} is in a rule or a group and not among the users.")


_AGAIN = "Export the policy with its users and groups again"


def _user(body: Any, rows: Rows) -> User | None:
    record = js.record(body)
    name = js.text(record.get("id"))
    if not name:
        rows.fault("a user has no id", _AGAIN)
        return None
    rows.unread += [f"user {name}.{key}" for key in sorted(record.keys() - _USER_KEYS)]
    full = " ".join(js.text(record.get(key)) for key in ("firstName", "lastName")).strip()
    names = (js.text(record.get("name")), full, js.text(record.get("email")), name)
    label = next((words for words in map(str.split, names) if words), [name])
    role = js.text(record.get("role")).upper().replace("-", "_").replace(" ", "_")
    return User(name, " ".join(label), role, _active(record))


def _active(body: dict[str, Any]) -> bool | None:
    if isinstance(body.get("enabled"), bool) and "status" not in body:
        return bool(body["enabled"])
    status = js.text(body.get("status")).upper()
    if not status:
        return None
    return status in _ACTIVE and body.get("enabled") is not False


#: What the software asks for, whoever holds this may set aside; who that is, no export says.
ENGINE = "platform:policy-engine"
_TAKEN = frozenset(
    ("rules", "policy", "users", "usersGroups", "groups", "vaultAccounts", "adminQuorum")
)
_VAULT_KEYS = frozenset(("id", "name", "assets"))
_MOST_CHARACTERS = 50_000_000
_NOTES = (
    "What no rule allows is blocked by the platform and has no row.",
    "The policy binds only those who go through the platform.",
    "Keys, recovery and the platform's own people are not in the export: no paths are all.",
    "A min is not included and a max is: a rule's amount is what a transfer must exceed.",
    "Destinations and assets are named as the platform names them.",
    "People are named by the platform's user ids; join them to the people of the matter.",
)


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Return the rows of exports, each by itself; a wallet's id is for one that has one account."""
    return joined(_file_lifted(name, data, options) for name, data in files)


def _file_lifted(name: str, data: bytes, options: ImportOptions) -> Lifted:
    rows = Rows(name, options.stamp)
    try:
        value = json_document.load(data)
    except json_document.NotJsonError as wrong:
        rows.fault(f"It {wrong}", "Export the policy again")
        return rows.lifted()
    body = {"rules": value} if isinstance(value, list) else js.record(value)
    policy = js.record(body.get("policy"))
    rules = body.get("rules", policy.get("rules"))
    if not isinstance(rules, list) or not rules:
        rows.fault("It has no rules", "Export the policy with its rules")
        return rows.lifted()
    rows.unread += sorted(body.keys() - _TAKEN)
    rows.unread += [f"policy.{key}" for key in sorted(policy.keys() - {"rules"})]
    try:
        _Lift(body, rules, rows).write(options.wallet)
    except TooManySlicesError as many:
        rows.fault(str(many).partition(". ")[0], "Export it for fewer wallets or assets at a time")
    return rows.lifted()


@dataclass(frozen=True, slots=True)
class _Row:
    """One row to be: where, by whom, and with what approvals ("" for none)."""

    scope: str
    formula: str
    approvals: str
    disputed: bool = False


class _Lift:
    """One export on its way to rows."""

    def __init__(self, body: dict[str, Any], rules: list[Any], rows: Rows) -> None:
        self._rows = rows
        self._users = Users.read(body, rows)
        reader = RuleReader(self._users.groups)
        self._rules = [reader.read(number, rule) for number, rule in enumerate(rules, 1)]
        rows.unread += reader.unread
        self._vaults = _vaults(body.get("vaultAccounts"), rows)
        self._assets = {asset for _, assets in self._vaults.values() for asset in assets}
        named = {user for rule in self._rules for user in rule.operators or ()}
        self._everybody = self._users.everybody(named)
        self._size = 0

    def write(self, named: str) -> None:
        """Write every wallet with its paths, then users, means and notes."""
        world = universe(
            self._rules, self._assets, [Place("VAULT", vault) for vault in self._vaults]
        )
        known: dict[tuple[int, ...], tuple[list[Part], list[Rule]]] = {}
        change = self._users.policy_change(self._rows)
        wallets = self._wallets()
        if named and len(wallets) > 1:
            self._rows.fault(f"{len(wallets)} accounts cannot all be wallet {named}", "Give no id")
        for wallet, (source, label) in wallets.items():
            wallet = named if named and len(wallets) == 1 else wallet
            near = [r for r in self._rules if any(pattern.takes(source) for pattern in r.sources)]
            key = tuple(rule.number for rule in near)
            if key not in known:
                known[key] = parts(near, source, world, self._everybody)
            self._rows.add("wallets", id=wallet, address=label)
            self._wallet(wallet, world, *known[key])
            self._rows.add("policies", wallet=wallet, path="policy_change", formula=change)
        self._users.write(self._rows)
        self._rows.notes += _NOTES

    def _wallets(self) -> dict[str, tuple[Place, str]]:
        """Return each account the export or a rule names, and one for the rest of each kind."""
        places = {place for rule in self._rules for place in rule.sources}
        accounts = {Place("VAULT", vault): name for vault, (name, _) in self._vaults.items()}
        for place in sorted(places | {Place(place.kind) for place in places}):
            if not (self._vaults and place == Place("VAULT")):
                accounts.setdefault(place, "")
        return {_wallet_id(place): (place, label) for place, label in accounts.items()}

    def _wallet(
        self, wallet: str, world: Universe, slices: list[Part], doubtful: list[Rule]
    ) -> None:
        rows = [row for part in slices for row in self._allowed(part, world)]
        self._size += sum(len(row.formula) + len(row.approvals) for row in rows)
        if self._size > _MOST_CHARACTERS:
            raise TooManySlicesError
        # One and the same approval everywhere is the wallet's; approvals that differ by slice
        # cannot be, for those of a wallet and a path are all asked for together.
        asked = {row.approvals for row in rows}
        common = asked.pop() if len(asked) == 1 else ""
        for row in rows:
            needed = [row.formula]
            if row.approvals and not common:
                needed.append(any_of([row.approvals, self._engine()]))
            more = {"disputed": "yes"} if row.disputed else {}
            self._rows.add(
                "policies",
                None,
                wallet=wallet,
                path="software",
                formula=all_of(needed),
                scope=row.scope,
                **more,
            )
        if common:
            self._rows.add(
                "approvals",
                wallet=wallet,
                path="software",
                formula=common,
                enforced_by=self._engine(),
            )
        for rule in doubtful:
            self._rows.notes.append(
                f"Rule {rule.number} cannot be read ({'; '.join(rule.doubts)}): whatever reaches "
                "it is left open, neither allowed nor blocked."
            )

    def _engine(self) -> str:
        label = "whoever can set the platform's approvals aside; not in the export"
        self._rows.add("means", id=ENGINE, kind="vendor_path", label=label)
        return ENGINE

    def _allowed(self, part: Part, world: Universe) -> Iterator[_Row]:
        """Yield the rows of one part; one more, disputed, where words cannot bound it."""
        for formula, approvals in self._terms(part.term):
            yield _Row(scope(part, world, self._named), formula, approvals)
            if unbounded(part, world):
                wide = scope(part, world, self._named, bounded=False)
                yield _Row(wide, formula, approvals, disputed=True)

    def _named(self, place: Place) -> str:
        return self._vaults.get(place.id, ("", ()))[0] if place.kind == "VAULT" else ""

    def _terms(self, term: Term) -> Iterator[tuple[str, str]]:
        """Yield formula and approvals for initiators who are treated alike."""
        rule = term.rule
        approvers = {user for group in rule.groups for user in group.members}
        apart = set() if rule.own_approval else term.initiators & approvers
        for initiators, without in [
            (term.initiators - apart, ""),
            *((frozenset((user,)), user) for user in sorted(apart)),
        ]:
            base = self._base(rule, initiators)
            approvals = self._approvals(rule, without) if base and rule.groups else ""
            if base and approvals is not None:
                yield base, approvals

    def _base(self, rule: Rule, initiators: frozenset[str]) -> str:
        """Return the formula of an initiator and a signer, "" when there is none."""
        if not initiators:
            return ""
        if rule.signers is not None and not rule.signers:
            own = self._users.signers(initiators)
            return any_of(self._users.logins(own)) if own else ""
        allowed = self._everybody if rule.signers is None else rule.signers
        signers = self._users.signers(allowed)
        if not signers:
            return ""
        first, second = self._users.logins(initiators), self._users.logins(signers)
        return all_of(dict.fromkeys((any_of(first), any_of(second))))

    def _approvals(self, rule: Rule, without: str) -> str | None:
        """Return the formula of the approvals, None when they cannot be had."""
        asked = [self._group(group, without) for group in rule.groups]
        met = [formula for formula in asked if formula]
        if not met or (rule.every_group and len(met) < len(asked)):
            return None
        return all_of(met) if rule.every_group else any_of(met)

    def _group(self, group: Group, without: str) -> str:
        members = group.members - {without}
        enough = group.threshold <= len(members)
        return at_least(group.threshold, self._users.logins(members)) if enough else ""


def _wallet_id(place: Place) -> str:
    kind = place.kind.lower()
    name = place.id if place.sort == ANY else f"{place.id}/{place.sort}"
    return ident("vault", name) if kind == "vault" else ident("source", f"{kind}/{name}")


def _vaults(value: Any, rows: Rows) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return accounts by id, each with its name and the assets it lists."""
    vaults: dict[str, tuple[str, tuple[str, ...]]] = {}
    for body in js.records(value):
        name = js.text(body.get("id"))
        if not name or name in vaults:
            rows.fault(f"vault account {name!r} has no id of its own", "Export it again")
            continue
        rows.unread += [f"vault {name}.{key}" for key in sorted(body.keys() - _VAULT_KEYS)]
        assets = body.get("assets")
        listed = [js.text(asset.get("id")) for asset in js.records(assets)] or js.texts(assets)
        vaults[name] = (" ".join(js.text(body.get("name")).split()), tuple(filter(None, listed)))
    if value is not None and not isinstance(value, list):
        rows.fault("vaultAccounts is not a list", "Export it again")
    return vaults
