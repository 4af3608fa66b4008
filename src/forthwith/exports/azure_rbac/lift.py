"""Lift Azure's role assignments and vault policies into facts: who may use which key.

Each key is a means `azure:vaults/NAME/keys/KEY` or `azure:managedhsms/NAME/keys/KEY`. A principal
has a grant to it where a role assigned on the key, its vault, the group of resources, the
subscription or above lets it use the key or give itself that right. A vault of access policies asks
those instead of roles, and a managed HSM its local roles. Logins, groups and people have the ids
that an import of the directory gives them (`login:entra:…`, `group:entra:…`, `entra:…`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.azure_rbac.export import Assignment, Tenant, Vault, read
from forthwith.exports.azure_rbac.roles import (
    BY_POLICIES,
    BY_ROLES,
    OF_HSM,
    POLICY_KEYS,
    Permission,
    Way,
    gives,
)
from forthwith.exports.options import Files, ImportOptions
from forthwith.exports.tables.rows import AND, Rows, ident, needful

_MOST = 500_000
_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"
_NOTES = """\
Read are role assignments with their definitions, access policies, local roles of managed HSMs, \
eligible assignments and deny assignments as conditions. Not read: what runs under a managed \
identity, owners of service principals, Azure Policy, network rules, conditional access, blueprints.
Who may activate a role and who administers the directory the directory says: import it as well. \
A global administrator may raise himself to every subscription (elevateAccess).
An export is a picture of one moment: the rows say that it was the same from --from to --to, and \
since when an assignment was made where it says so.
""".splitlines()


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Return the rows of one tenant's files together; with faults there are none."""
    rows = Rows(files[0][0] if files else "", options.stamp)
    tenant = read(files, rows)
    if not rows.faults and not tenant.vaults:
        rows.fault(
            "No vault and no managed HSM is in the files",
            "Give `az keyvault show` of each, or assignments on them",
        )
    if rows.faults:
        return Lifted((), tuple(dict.fromkeys(rows.unread)), (), tuple(rows.faults))
    _Lift(tenant, rows).write()
    return rows.lifted()


class _Lift:
    """One tenant, or part of it, on its way to rows."""

    def __init__(self, tenant: Tenant, rows: Rows) -> None:
        self._tenant, self._rows = tenant, rows
        self._start, self._end = rows.stamp.start, rows.stamp.end
        #: (means, gives) → (condition, from, to) → why.
        self._grants: dict[tuple[str, str], dict[tuple[str, str, str], str]] = {}

    def write(self) -> None:
        """Write keys, principals, and what leads from one to the other."""
        for vault in self._tenant.vaults.values():
            for key in (*sorted(vault.keys), "-"):
                means = ident("azure", f"{vault.id}/keys/{key}")
                label = f"key {key} of {vault.id}" if key != "-" else f"other keys of {vault.id}"
                self._rows.add("means", id=means, kind="key", label=label)
                self._key(vault, key, means)
        self._members()
        self._write_grants()
        self._say()

    def _key(self, vault: Vault, key: str, means: str) -> None:
        hsm = vault.id.startswith("managedhsms/")
        place = f"{vault.scope}/keys/{key}"
        for assignment in self._tenant.assignments:
            reach = _covers(assignment.scope, place)
            if reach is None or (hsm and not assignment.scope.startswith(vault.scope)):
                continue
            for way, doubt in self._ways(vault, assignment, hsm=hsm):
                self._assigned(assignment, means, way, (reach, doubt))
        if not hsm and vault.by_roles is not True:
            model = "" if vault.by_roles is False else "if the vault takes access policies"
            for policy in vault.policies:
                self._policy(means, policy.principal, policy.permissions, policy.through, model)
        self._unread(vault, means, hsm=hsm)

    def _ways(
        self, vault: Vault, assignment: Assignment, *, hsm: bool
    ) -> Iterator[tuple[Way | None, str]]:
        """Yield how an assignment's role leads to a key, with the doubt about the vault's model."""
        permissions = self._tenant.roles.get(assignment.role)
        if permissions is None:
            name = self._tenant.role_names.get(assignment.role) or assignment.role
            yield None, f"if the role {name}, which is not defined here, lets it"
            return
        if hsm:
            yield from self._of(permissions, OF_HSM, "")
            return
        if vault.by_roles is not False:
            model = "" if vault.by_roles else "if the vault takes Azure roles"
            yield from self._of(permissions, BY_ROLES, model)
        if vault.by_roles is not True:
            model = "" if vault.by_roles is False else "if the vault takes access policies"
            yield from self._of(permissions, BY_POLICIES, model)

    @staticmethod
    def _of(
        permissions: Iterable[Permission], ways: Iterable[Way], model: str
    ) -> Iterator[tuple[Way, str]]:
        held = tuple(permissions)
        for way in ways:
            condition = gives(held, way)
            if condition is not None:
                # Whoever assigns roles has the key under either model of a vault.
                sure = way.action == "Microsoft.Authorization/roleAssignments/write"
                yield way, AND.join(filter(None, (condition, "" if sure else model)))

    def _assigned(
        self, assignment: Assignment, means: str, way: Way | None, doubts: tuple[str, str]
    ) -> None:
        words = [way.doubt if way else "", *doubts, assignment.condition]
        words += [
            f"unless deny assignment {denial.name} holds it back"
            for denial in self._tenant.denials
            if _covers(denial.scope, assignment.scope) is not None
            or _covers(assignment.scope, denial.scope) is not None
            if (way is None or gives(denial.permissions, way) is not None)
            and assignment.principal not in denial.excluded
        ]
        condition = AND.join(dict.fromkeys(filter(None, words)))
        principal = self._principal(assignment.principal)
        name = self._tenant.role_names.get(assignment.role) or assignment.role
        why = ""
        if way is not None and "/write" in way.action:
            # It has not the right itself but the right to give it to itself.
            why = f"By {way.action} of {name} on {assignment.scope}: a right it takes itself."
        start, end = self._days(assignment.start or assignment.created, assignment.end)
        if start is None:
            return
        if assignment.created and start != self._start:
            # It may have been assigned before, taken away, and assigned again.
            before = f"if it was assigned before {assignment.created}"
            earlier = AND.join(filter(None, (before, condition)))
            self._grant(principal, means, (earlier, self._start, start), why)
        self._grant(principal, means, (condition, start, end), why)

    def _days(self, start: str, end: str) -> tuple[str | None, str]:
        """Return from when to when, within the stamp's days; None where nothing is left."""
        first, last = self._start, self._end
        if (begun := _moment(start)) and begun > (_moment(first) or begun):
            first = start
        if (ended := _moment(end)) and (not last or ended < (_moment(last) or ended)):
            last = end
        begun, ended = _moment(first), _moment(last)
        if begun and ended and ended <= begun:
            return None, ""
        return first, last

    def _policy(
        self,
        means: str,
        principal: str,
        permissions: tuple[str, ...],
        through: str,
        model: str,
    ) -> None:
        through = f"if it comes through application {through}" if through else ""
        for permission in permissions:
            if permission in POLICY_KEYS:
                words = (POLICY_KEYS[permission], through, model)
                condition = AND.join(filter(None, words))
                days = (condition, self._start, self._end)
                self._grant(self._principal(principal), means, days, "")

    def _unread(self, vault: Vault, means: str, *, hsm: bool) -> None:
        """Leave a way open for what the files need not list."""
        scopes = {a.scope for a in self._tenant.assignments}
        missing = []
        if not vault.scope:
            missing.append((vault.id, "its vault is not described and its assignments not given"))
        elif hsm and not any(scope.startswith(vault.scope) for scope in scopes):
            missing.append((vault.id, "its local assignments are not among the files"))
        elif not hsm:
            subscription = "/".join(vault.scope.split("/")[:3])
            if not any(s == subscription or s.startswith(f"{subscription}/") for s in scopes):
                missing.append((subscription, "no assignment of it is among the files"))
            if not any(s == "/" or s.startswith(_MANAGEMENT_GROUP) for s in scopes):
                why = (
                    "no assignment above it is among the files "
                    "(az role assignment list --all --include-inherited)"
                )
                missing.append((f"above{subscription}", why))
        for place, why in missing:
            unread = ident("unread", f"azure:{place}")
            self._rows.add("means", id=unread, kind="vendor_path", label=f"unread: {place}: {why}")
            condition = f"if {place} gives it: {why}"
            self._grant(unread, means, (condition, self._start, self._end), "")
            self._rows.notes.append(f"{place}: {why}; a way through it is left open.")

    def _grant(self, means: str, target: str, days: tuple[str, str, str], why: str) -> None:
        if means != target:
            found = self._grants.setdefault((means, target), {})
            # A right one has needs no remark on another that one could take.
            found[days] = min(why, found.get(days, why), key=len)

    def _principal(self, key: str) -> str:
        """Return the means of a principal, its rows written."""
        tenant, rows = self._tenant, self._rows
        kind, login = tenant.kinds.get(key, ""), tenant.logins.get(key, "")
        name = tenant.names.get(key) or login or key
        if kind == "Group" or key in tenant.groups:
            means = ident("group", f"entra:{key}")
            rows.add("means", id=means, kind="role", label=f"Entra ID group {name}")
            if key not in tenant.groups:
                rows.notes.append(
                    f"Members of group {name} were not given, so anybody may be one: give `az ad "
                    "group member list` in a file named by its object id, or import the directory."
                )
            return means
        if kind in ("User", "ServicePrincipal"):
            means = ident("login", f"entra:{key}")
            what = "login" if kind == "User" else "secret of service principal"
            rows.add("means", id=means, kind="credential", label=f"Entra ID {what} {name}")
            if kind == "User":
                self._person(key, means, login)
            return means
        means = ident("azure", f"object/{key}")
        what = f" ({kind})" if kind else ""
        rows.add("means", id=means, kind="role", label=f"whoever is object {key}{what}")
        rows.notes.append(
            f"Object {key} is not said to be a user, a group or a service principal; give `az ad "
            "user list` or the members of groups."
        )
        return means

    def _person(self, key: str, means: str, login: str) -> None:
        rows, known = self._rows, self._tenant.people.get(key)
        if known:
            person, name = ident("entra", key), known
        elif login:
            # Only the directory says what entra:ID is called, and its own row must agree.
            person, name = ident("azure", login.lower()), login
        else:
            return
        rows.add("people", id=person, name=name)
        rows.add("possessions", person=person, means=means)
        for word in ("login", "mail") if "@" in login and "#" not in login else ("login",):
            if login:
                alias = {"kind": "alias", "a": person, "b": f"{word}:{login}", "is": "yes"}
                rows.add("same_as", None, **alias)

    def _members(self) -> None:
        """Write who is in the groups that have something, groups in groups included."""
        waiting = [
            means.removeprefix("group:entra:")
            for means, _ in self._grants
            if means.startswith("group:entra:")
        ]
        done: set[str] = set()
        while waiting:
            group = waiting.pop()
            if group in done:
                continue
            done.add(group)
            target = ident("group", f"entra:{group}")
            for member in self._tenant.groups.get(group, ()):
                means = self._principal(member)
                days = ("", self._start, self._end)
                self._grant(means, target, days, "")
                if means.startswith("group:"):
                    waiting.append(member)

    def _write_grants(self) -> None:
        if sum(map(len, self._grants.values())) > _MOST:
            self._rows.fault(f"The files make more than {_MOST:,} grants", "Import parts of them")
            return
        for (means, target), found in self._grants.items():
            for condition, start, end in needful(found):
                self._rows.add(
                    "grants",
                    (start, end),
                    means=means,
                    gives=target,
                    condition=condition,
                    note=found[condition, start, end],
                )

    def _say(self) -> None:
        notes = self._rows.notes
        for vault in self._tenant.vaults.values():
            if vault.by_roles is None and vault.id.startswith("vaults/"):
                notes.append(
                    f"{vault.id} is not described, so either model may hold: give `az keyvault "
                    "show` of it."
                )
            if vault.by_roles and vault.policies:
                notes.append(f"{vault.id} asks Azure roles: its access policies count for nothing.")
        notes += _NOTES


def _covers(scope: str, place: str) -> str | None:
    """Return on which condition a scope takes in a place; "" for surely, None for not at all."""
    if scope == "/" or place == scope or place.startswith(f"{scope}/"):
        return ""
    if scope.startswith(_MANAGEMENT_GROUP):
        return f"if the subscription lies under management group {scope.rpartition('/')[2]}"
    return None


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when
