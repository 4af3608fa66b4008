"""What the files of an Azure import say: assignments, roles, vaults, keys, people, groups.

Shapes are those of the Azure CLI 2.50 to 2.70 (`az role assignment list`, `az role definition
list`, `az keyvault show`, `az keyvault key list`, `az keyvault role assignment list`, `az ad user
list`, `az ad group member list`), of the REST API 2022-04-01 and 2020-10-01 of
Microsoft.Authorization (role assignments, definitions, deny assignments, eligibility and assignment
schedule instances), and of Microsoft Graph v1.0 for users and members.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from forthwith.exports.azure_rbac.roles import BUILT_IN, Permission
from forthwith.exports.options import Files
from forthwith.exports.tables.rows import Rows
from forthwith.plain import json_document
from forthwith.plain import json_values as js

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_VAULT = re.compile(
    r"(/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.keyvault/"
    r"(vaults|managedhsms)/([^/]+))(?:/keys/([^/]+).*)?"
)
_KEY_ADDRESS = re.compile(r"https://([^./]+)\.(vault|managedhsm)\.[^/]+/keys/([^/]+)(?:/.*)?")
#: What the CLI writes for the definition of a classic administrator's role, and what it comes to.
_CLASSIC, _OWNER = "na(classic admin role)", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
_AGAIN = "Export it again with --output json, or mend the file"
_ASSIGNMENT_KEYS = frozenset(
    ("id", "name", "type", "principalId", "principalName", "principalType", "roleDefinitionId",
     "roleDefinitionName", "roleName", "scope", "condition", "conditionVersion", "createdOn",
     "createdBy", "updatedOn", "updatedBy", "description", "resourceGroup", "canDelegate",
     "delegatedManagedIdentityResourceId", "startDateTime", "endDateTime", "memberType",
     "assignmentType", "status", "expandedProperties", "roleEligibilityScheduleId",
     "roleAssignmentScheduleId", "originRoleAssignmentId", "linkedRoleEligibilityScheduleId",
     "linkedRoleEligibilityScheduleInstanceId")
)  # fmt: skip
#: Keys of the other shapes, those that say nothing of who has a right among them.
_KNOWN: Mapping[str, frozenset[str]] = {
    noun: frozenset(keys.split())
    for noun, keys in {
        "list": "value nextLink @odata.nextLink @odata.context @odata.count",
        "role": "id name type roleName roleType assignableScopes description permissions "
        "properties createdOn createdBy updatedOn updatedBy isServiceRole actions notActions "
        "dataActions notDataActions",
        "permission": "actions notActions dataActions notDataActions condition conditionVersion",
        "deny assignment": "id name type properties denyAssignmentName description permissions "
        "scope doNotApplyToChildScopes principals excludePrincipals isSystemProtected condition "
        "conditionVersion createdOn createdBy updatedOn updatedBy denyAssignmentEffect",
        "vault": "id name type location tags properties resourceGroup systemData sku identity "
        "extendedLocation etag kind managedBy plan accessPolicies enableRbacAuthorization "
        "enabledForDeployment enabledForDiskEncryption enabledForTemplateDeployment "
        "enablePurgeProtection enableSoftDelete softDeleteRetentionInDays hsmPoolResourceId "
        "networkAcls privateEndpointConnections provisioningState publicNetworkAccess tenantId "
        "vaultUri createMode hsmUri initialAdminObjectIds securityDomainProperties regions "
        "statusMessage scheduledPurgeDate",
        "access policy": "tenantId objectId applicationId permissions",
        "permissions": "keys secrets certificates storage",
        "key": "kid attributes tags managed name key releasePolicy",
        "object": "id displayName userPrincipalName mail @odata.type accountEnabled "
        "businessPhones givenName jobTitle mobilePhone officeLocation preferredLanguage surname "
        "appId securityEnabled mailEnabled mailNickname description groupTypes userType",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Assignment:
    """A principal has a role on a scope."""

    principal: str
    role: str
    #: In lower case; of a managed HSM, "/…/managedhsms/NAME" and what follows within it.
    scope: str
    condition: str = ""
    #: Days of its own, as instants; "" where it has none.
    start: str = ""
    end: str = ""
    created: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """What a vault's own policy lets an identity do with its keys."""

    principal: str
    permissions: tuple[str, ...]
    #: Application through which it must come; "" for any.
    through: str


@dataclass(slots=True)
class Vault:
    """One vault or managed HSM."""

    #: "vaults/NAME" or "managedhsms/NAME".
    id: str
    scope: str = ""
    #: Whether it asks Azure roles; None where that is not said.
    by_roles: bool | None = None
    policies: list[AccessPolicy] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Denial:
    """A deny assignment."""

    name: str
    scope: str
    permissions: tuple[Permission, ...]
    excluded: frozenset[str]


@dataclass(slots=True)
class Tenant:
    """All that was read."""

    assignments: list[Assignment] = field(default_factory=list)
    #: Id of a role's definition, in lower case → its permissions.
    roles: dict[str, tuple[Permission, ...]] = field(default_factory=dict)
    role_names: dict[str, str] = field(default_factory=dict)
    vaults: dict[str, Vault] = field(default_factory=dict)
    denials: list[Denial] = field(default_factory=list)
    #: Object id → "User", "Group", "ServicePrincipal".
    kinds: dict[str, str] = field(default_factory=dict)
    #: Object id → name to show, and to sign in with.
    names: dict[str, str] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    #: Object ids of which the directory itself told.
    people: dict[str, str] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    #: Local assignments of a managed HSM whose name the file does not say.
    local: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def read(files: Files, rows: Rows) -> Tenant:
    """Return what the files say together; what is wrong with them are faults of `rows`."""
    reader = _Reader(rows)
    for name, data in files:
        rows.file = name
        try:
            value = json_document.load(data)
        except json_document.NotJsonError as wrong:
            rows.fault(f"It {wrong}", "Export it with --output json, or mend the file")
            continue
        reader.take(name, value)
    reader.finish()
    return reader.tenant


class _Reader:
    """Sorts the contents of files."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self.tenant = rows, Tenant()

    def _told(self, noun: str, record: Mapping[str, object]) -> None:
        """Name the keys of a record that nobody takes."""
        self._rows.unread += [f"{noun}: {key}" for key in sorted(record.keys() - _KNOWN[noun])]

    def take(self, name: str, value: Any) -> None:
        if isinstance(value, dict) and isinstance(value.get("value"), list):
            if value.get("nextLink") or value.get("@odata.nextLink"):
                self._rows.fault("It is one page of several", "Export all pages, or join them")
            self._told("list", value)
            if not value["value"]:
                self._empty(name)
            value = value["value"]
        elif isinstance(value, dict) and value and all(_GUID.fullmatch(key) for key in value):
            for group, members in value.items():
                self._group(group.lower(), members)
            return
        entries = value if isinstance(value, list) else [value]
        if value == []:
            self._empty(name)
        for number, entry in enumerate(entries, 1):
            record = js.record(entry)
            flat = {**record, **js.record(record.get("properties"))}
            if not record or not self._entry(name, record, flat):
                keys = ", ".join(sorted(record)[:6])
                self._rows.fault(
                    f"Entry {number} is no answer that is known here (keys {keys})",
                    "Give role assignments, role definitions, vaults, keys, local assignments of "
                    "an HSM, eligible assignments, users or members of groups",
                )

    def _empty(self, name: str) -> None:
        if found := _GUID.search(name):
            self.tenant.groups.setdefault(found[0].lower(), [])
        else:
            self._rows.notes.append(f"{name} is an empty list.")

    def _entry(self, name: str, record: dict[str, Any], flat: dict[str, Any]) -> bool:
        sort = js.text(record.get("type")).lower()
        if "denyAssignmentName" in flat:
            self._deny(flat)
        elif "principalId" in flat and ("roleDefinitionId" in flat or "roleName" in flat):
            self._assignment(name, sort, flat)
        elif "roleName" in flat and "permissions" in flat:
            self._role(record, flat)
        elif "roleName" in flat and {"dataActions", "actions"} & flat.keys():
            self._role(record, {**flat, "permissions": [flat]})
        elif sort in ("microsoft.keyvault/vaults", "microsoft.keyvault/managedhsms"):
            self._vault(record, flat)
        elif key := _KEY_ADDRESS.fullmatch(_kid(record)):
            kind = "vaults" if key[2] == "vault" else "managedhsms"
            self._vault_of(f"{kind}/{key[1].lower()}").keys.add(key[3].lower())
            self._told("key", record)
        elif _GUID.fullmatch(js.text(record.get("id"))) and _is_object(record):
            self._object(name, record)
        else:
            return False
        return True

    # -- assignments and roles -----------------------------------------------------------------

    def _assignment(self, file: str, sort: str, flat: dict[str, Any]) -> None:
        unread = flat.keys() - _ASSIGNMENT_KEYS - {"properties"}
        self._rows.unread += [f"assignment: {key}" for key in sorted(unread)]
        principal = js.text(flat.get("principalId")).lower()
        role = _last(js.text(flat.get("roleDefinitionId")))
        name = js.text(flat.get("roleDefinitionName")) or js.text(flat.get("roleName"))
        more = js.record(flat.get("expandedProperties"))
        name = name or js.text(js.record(more.get("roleDefinition")).get("displayName"))
        scope = js.text(flat.get("scope")).lower().rstrip("/") or "/"
        if role == _CLASSIC and scope.startswith("/subscriptions/"):
            # A classic administrator of a subscription owns it; who that is, a login says.
            principal = f"classic/{js.text(flat.get('principalName')).lower()}"
            self.tenant.assignments.append(Assignment(principal, _OWNER, scope, file=file))
            return
        if (
            not _GUID.fullmatch(principal)
            or not role
            or not js.text(flat.get("scope")).startswith("/")
        ):
            self._rows.fault("An assignment lacks its principal, its role or its scope", _AGAIN)
            return
        self.tenant.role_names.setdefault(role, name)
        self._called(principal, flat, js.record(more.get("principal")))
        if "microsoft.keyvault/providers" in js.text(flat.get("roleDefinitionId")).lower():
            self.tenant.local.append((file, flat))
            return
        conditions = [_words("if its condition holds", flat.get("condition"))]
        if "eligibility" in sort:
            conditions.append("if the eligible role is activated (PIM)")
        conditions += [
            f"if its {key} {js.text(flat[key])[:40]!r} does not end it"
            for key in ("startDateTime", "endDateTime", "createdOn")
            if flat.get(key) not in (None, "") and not _is_instant(flat[key])
        ]
        self.tenant.assignments.append(
            Assignment(
                principal,
                role,
                scope,
                "; and ".join(filter(None, conditions)),
                js.text(flat.get("startDateTime")),
                js.text(flat.get("endDateTime")),
                "" if "schedule" in sort else js.text(flat.get("createdOn")),
                file,
            )
        )

    def _called(self, principal: str, flat: dict[str, Any], more: Mapping[str, object]) -> None:
        tenant = self.tenant
        kind = js.text(flat.get("principalType")) or js.text(more.get("type"))
        if kind:
            tenant.kinds.setdefault(principal, kind)
        if login := js.text(flat.get("principalName")) or js.text(more.get("email")):
            tenant.logins.setdefault(principal, login)
        if name := js.text(more.get("displayName")):
            tenant.names.setdefault(principal, name)

    def _role(self, record: dict[str, Any], flat: dict[str, Any]) -> None:
        key = _last(js.text(record.get("id")) or js.text(record.get("name")))
        bodies = js.records(flat.get("permissions"))
        if not _whole(flat.get("permissions")):
            self._rows.fault(
                f"The permissions of role {js.text(flat.get('roleName'))!r} are no lists", _AGAIN
            )
            return
        permissions = tuple(map(_permission, bodies))
        self._told("role", flat)
        for body in bodies:
            if body is not flat:
                self._told("permission", body)
        if not key:
            self._rows.fault(f"Role {js.text(flat.get('roleName'))!r} has no id", _AGAIN)
            return
        self.tenant.roles[key] = permissions
        self.tenant.role_names[key] = js.text(flat.get("roleName"))

    def _deny(self, flat: dict[str, Any]) -> None:
        self._told("deny assignment", flat)
        for body in js.records(flat.get("permissions")):
            self._told("permission", body)
        excluded = {js.text(p.get("id")).lower() for p in js.records(flat.get("excludePrincipals"))}
        self.tenant.denials.append(
            Denial(
                js.text(flat.get("denyAssignmentName")),
                js.text(flat.get("scope")).lower().rstrip("/") or "/",
                tuple(map(_permission, js.records(flat.get("permissions")))),
                frozenset(excluded),
            )
        )

    # -- vaults --------------------------------------------------------------------------------

    def _vault_of(self, key: str) -> Vault:
        return self.tenant.vaults.setdefault(key, Vault(key))

    def _vault(self, record: dict[str, Any], flat: dict[str, Any]) -> None:
        found = _VAULT.fullmatch(js.text(record.get("id")).lower())
        if found is None:
            self._rows.fault(f"Vault {js.text(record.get('name'))!r} has no resource id", _AGAIN)
            return
        vault = self._vault_of(f"{found[2]}/{found[3]}")
        vault.scope = found[1]
        self._told("vault", flat)
        if found[2] == "managedhsms" or not js.record(record.get("properties")):
            return
        # Not said at all is the older model, that of access policies; anything else is not known.
        model = flat.get("enableRbacAuthorization")
        vault.by_roles = bool(model) if model is None or isinstance(model, bool) else None
        if not isinstance(flat.get("accessPolicies") or [], list):
            self._rows.fault(f"The access policies of {vault.id} are no list", _AGAIN)
            return
        for body in js.records(flat.get("accessPolicies")):
            principal = js.text(body.get("objectId")).lower()
            self._told("access policy", body)
            self._told("permissions", js.record(body.get("permissions")))
            if not _GUID.fullmatch(principal):
                self._rows.fault(f"An access policy of {vault.id} is nobody's", _AGAIN)
                continue
            given = js.record(body.get("permissions")).get("keys")
            allowed = js.texts(given)
            if given is not None and (not isinstance(given, list) or len(allowed) < len(given)):
                self._rows.fault(f"An access policy of {vault.id} has no list of keys", _AGAIN)
                continue
            vault.policies.append(
                AccessPolicy(
                    principal,
                    tuple(text.lower() for text in allowed),
                    js.text(body.get("applicationId")),
                )
            )

    # -- the directory -------------------------------------------------------------------------

    def _object(self, file: str, record: dict[str, Any]) -> None:
        """Take one user, group or service principal; in a file named by a group, its member."""
        tenant, key = self.tenant, js.text(record.get("id")).lower()
        self._told("object", record)
        sort = js.text(record.get("@odata.type")).rpartition(".")[2].lower()
        kind = {"user": "User", "group": "Group", "serviceprincipal": "ServicePrincipal"}.get(sort)
        if kind is None:
            kind = "ServicePrincipal" if "appId" in record else "User"
            kind = "Group" if "securityEnabled" in record else kind
        tenant.kinds[key] = kind
        name = " ".join(js.text(record.get("displayName")).split())
        if name:
            tenant.names[key] = name
        login = js.text(record.get("userPrincipalName")) or js.text(record.get("mail"))
        if login:
            tenant.logins[key] = login
        if kind == "User" and name:
            tenant.people[key] = name
        if found := _GUID.search(file):
            tenant.groups.setdefault(found[0].lower(), []).append(key)

    def _group(self, group: str, members: Any) -> None:
        known = self.tenant.groups.setdefault(group, [])
        if not isinstance(members, list):
            self._rows.fault(f"The members of group {group} are no list", _AGAIN)
            return
        for member in members:
            key = member if isinstance(member, str) else js.text(js.record(member).get("id"))
            if not _GUID.fullmatch(key):
                self._rows.fault(f"A member of group {group} has no object id", _AGAIN)
                return
            if isinstance(member, dict):
                self._object("", member)
            known.append(key.lower())

    # -- in the end ----------------------------------------------------------------------------

    def finish(self) -> None:
        """Give local assignments to their HSM, and keys and vaults to the scopes that name them."""
        tenant = self.tenant
        hsms = [key for key in tenant.vaults if key.startswith("managedhsms/")]
        for file, flat in tenant.local:
            named = [key for key in hsms if key.partition("/")[2] in file.lower()]
            owner = named or (hsms if len(hsms) == 1 else [])
            if len(owner) != 1:
                self._rows.file = file
                self._rows.fault(
                    "It lists local assignments of a managed HSM and does not say of which",
                    "Put the HSM's name in the file's name and give `az keyvault show` of it",
                )
                continue
            inside = js.text(flat.get("scope")).lower().strip("/")
            place = tenant.vaults[owner[0]].scope
            if key := re.fullmatch(r"keys/([^/]+)", inside):
                tenant.vaults[owner[0]].keys.add(key[1])
            tenant.assignments.append(
                Assignment(
                    js.text(flat.get("principalId")).lower(),
                    _last(js.text(flat.get("roleDefinitionId"))),
                    f"{place}/{inside}" if inside not in ("", "keys") else place,
                    file=file,
                )
            )
        for assignment in tenant.assignments:
            if found := _VAULT.fullmatch(assignment.scope):
                vault = self._vault_of(f"{found[2]}/{found[3]}")
                vault.scope = vault.scope or found[1]
                if found[4]:
                    vault.keys.add(found[4])
        for role, (name, permission) in BUILT_IN.items():
            tenant.roles.setdefault(role, (permission,))
            tenant.role_names[role] = tenant.role_names.get(role) or name


def _permission(body: Mapping[str, object]) -> Permission:
    return Permission(
        js.texts(body.get("actions")),
        js.texts(body.get("notActions")),
        js.texts(body.get("dataActions")),
        js.texts(body.get("notDataActions")),
        _words("if the condition of its role holds", body.get("condition")),
    )


def _kid(record: Mapping[str, Any]) -> str:
    return js.text(record.get("kid")) or js.text(js.record(record.get("key")).get("kid"))


def _is_object(record: Mapping[str, Any]) -> bool:
    known = {"@odata.type", "userPrincipalName", "securityEnabled", "appId", "displayName"}
    return bool(known & record.keys())


def _last(text: str) -> str:
    return text.rstrip("/").rpartition("/")[2].lower()


def _words(said: str, value: object) -> str:
    if value is None or value == "":
        return ""
    text = " ".join(js.text(value).split())
    return f"{said}: {text[:300]}" if text else said


def _whole(value: object) -> bool:
    """Tell whether these are sets of permissions, each of lists of texts."""
    keys = ("actions", "notActions", "dataActions", "notDataActions")
    return isinstance(value, list) and all(
        isinstance(body, dict)
        and all(
            body.get(key) is None
            or (isinstance(body[key], list) and all(isinstance(t, str) for t in body[key]))
            for key in keys
        )
        for body in value
    )


def _is_instant(value: object) -> bool:
    try:
        datetime.fromisoformat(js.text(value))
    except ValueError:
        return False
    return True
