"""What the files of a Google Cloud import say: policies by resource, keys, roles, groups, denials.

Shapes are those that `gcloud … --format=json` prints (Cloud SDK 400 to 530) for the methods of the
APIs iam v1 and v2, cloudkms v1, cloudresourcemanager v1 and v3, cloudasset v1, cloudidentity v1 and
admin directory_v1. A policy does not say of which resource it is: the name of its file does, or
`{RESOURCE: POLICY}` of one's own making, or the listing it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from forthwith.exports.options import Files
from forthwith.exports.tables.rows import Rows
from forthwith.plain import json_document
from forthwith.plain import json_values as js

_PART = r"[^/\s]+"
_RESOURCE = re.compile(
    rf"(?:projects/{_PART}(?:/locations/{_PART}/keyRings/{_PART}(?:/cryptoKeys/{_PART})?"
    rf"|/serviceAccounts/{_PART})?|folders/\d+|organizations/\d+)"
)
#: Services before whose resources stands their host, in full names.
_FULL = re.compile(r"^//(?:cloudkms|cloudresourcemanager|iam)\.googleapis\.com/")
_AGAIN = "Export it again, or mend the file"
_UNNAMED = (
    "Name the file after the resource with __ for each /, as projects__P__locations__L__keyRings__"
    "R.json, or give {RESOURCE: POLICY}"
)
_POLICY_KEYS = frozenset(("bindings", "etag", "version", "auditConfigs", "kind"))
_BINDING_KEYS = frozenset(("role", "members", "condition", "bindingId"))
_CONDITION_KEYS = frozenset(("title", "expression", "description", "location"))
#: Keys of the other shapes, those that say nothing of who has a right among them.
_KNOWN: Mapping[str, frozenset[str]] = {
    noun: frozenset(keys.split())
    for noun, keys in {
        "list": "results members memberships policies cryptoKeys keyRings accounts nextPageToken "
        "totalSize kind etag",
        "search result": "resource policy assetType project folders organization explanation",
        "asset": "name iamPolicy assetType ancestors updateTime",
        "ancestor": "id type policy",
        "key": "name purpose createTime primary versionTemplate labels nextRotationTime "
        "rotationPeriod importOnly destroyScheduledDuration cryptoKeyBackend "
        "keyAccessJustificationsPolicy",
        "ring": "name createTime",
        "role": "name title description includedPermissions stage etag deleted",
        "project": "projectId projectNumber parent lifecycleState name createTime labels tags",
        "parent": "type id",
        "service account": "email projectId uniqueId name oauth2ClientId disabled displayName "
        "description etag",
        "member": "email role type status id kind etag delivery_settings name roles "
        "preferredMemberKey createTime updateTime deliverySetting",
        "member's role": "name expiryDetail",
        "member's key": "id namespace",
        "deny policy": "name uid kind displayName annotations etag createTime updateTime rules",
        "rule": "description denyRule",
        "deny rule": "deniedPrincipals exceptionPrincipals deniedPermissions "
        "exceptionPermissions denialCondition",
    }.items()
}
_UNTIL = re.compile(r"""\s*request\.time\s*<\s*timestamp\(\s*(['"])([^'"]+)\1\s*\)\s*""")


@dataclass(frozen=True, slots=True)
class Binding:
    """One role given to members on one resource."""

    resource: str
    role: str
    members: tuple[str, ...]
    #: In words; "" for none.
    condition: str
    #: An instant from which on it no longer holds; "" for none.
    until: str
    file: str


@dataclass(frozen=True, slots=True)
class Denial:
    """One rule of a deny policy."""

    resource: str
    name: str
    principals: tuple[str, ...]
    exceptions: tuple[str, ...]
    permissions: tuple[str, ...]
    condition: str


@dataclass(slots=True)
class Cloud:
    """All that was read."""

    bindings: list[Binding] = field(default_factory=list)
    #: Resources of which a policy was given, an empty one too.
    told: set[str] = field(default_factory=set)
    #: Key → for what it is made; "" where it is not said.
    keys: dict[str, str] = field(default_factory=dict)
    rings: set[str] = field(default_factory=set)
    #: Role → its permissions; None for one that is disabled or deleted.
    roles: dict[str, frozenset[str] | None] = field(default_factory=dict)
    #: Group's address → (member, its condition).
    groups: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    denials: list[Denial] = field(default_factory=list)
    #: Project → folders and organization above it, nearest first.
    above: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Number of a project → its id.
    numbers: dict[str, str] = field(default_factory=dict)
    #: Service account's address → whether it is disabled.
    accounts: dict[str, bool] = field(default_factory=dict)
    #: Resources below which a search listed every policy there is.
    searched: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)


def read(files: Files, rows: Rows) -> Cloud:
    """Return what the files say together; what is wrong with them are faults of `rows`."""
    reader = _Reader(rows)
    for name, data in files:
        rows.file = name
        try:
            value = json_document.load(data)
        except json_document.NotJsonError as wrong:
            rows.fault(f"It {wrong}", "Export it with --format=json, or mend the file")
            continue
        reader.take(name, value)
    return reader.finish()


def resource(text: str) -> str:
    """Return a resource's name without its host: "projects/p/locations/…"; "" for none."""
    name = _FULL.sub("", text.strip())
    name = re.sub(r"/cryptoKeyVersions/[^/]+$", "", name)
    return name if _RESOURCE.fullmatch(name) else ""


def kind_of(name: str) -> str:
    """Return "key", "ring", "account", "project", "folder" or "organization"."""
    for part, kind in (
        ("/cryptoKeys/", "key"),
        ("/keyRings/", "ring"),
        ("/serviceAccounts/", "account"),
        ("projects/", "project"),
        ("folders/", "folder"),
    ):
        if part in name:
            return kind
    return "organization"


def project_of(name: str) -> str:
    """Return "projects/P" of a resource in a project."""
    return "/".join(name.split("/")[:2])


class _Reader:
    """Sorts the contents of files."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self.cloud = rows, Cloud()

    def _told(self, noun: str, record: Mapping[str, object]) -> None:
        """Name the keys of a record that nobody takes."""
        self._rows.unread += [f"{noun}: {key}" for key in sorted(record.keys() - _KNOWN[noun])]

    def take(self, name: str, value: Any) -> None:
        if isinstance(value, dict) and isinstance(value.get("results"), list):
            self._cut(value)
            self._told("list", value)
            value = value["results"]
        elif isinstance(value, dict):
            lists = ("members", "memberships", "policies", "cryptoKeys", "keyRings", "accounts")
            for key in (key for key in lists if isinstance(value.get(key), list)):
                self._cut(value)
                self._told("list", value)
                self._entries(name, value[key])
                return
        if isinstance(value, dict) and any(map(resource, value)):
            for key, policy in value.items():
                if place := resource(key):
                    self._policy(name, place, policy)
                else:
                    self._rows.unread.append(f"policies by resource: {key}")
        elif isinstance(value, dict) and value and all("@" in key for key in value):
            for group, members in value.items():
                self._members(group, members)
        else:
            self._entries(name, value if isinstance(value, list) else [value])

    def _cut(self, value: Mapping[str, Any]) -> None:
        if value.get("nextPageToken"):
            self._rows.fault("It is one page of several", "Export all pages, or join them")

    def _entries(self, name: str, entries: list[Any]) -> None:
        if self._ancestors(name, entries):
            return
        group = _mail_in(name)
        if not entries and group:
            self._members(group, [])
        for number, entry in enumerate(entries, 1):
            record = js.record(entry)
            if not record:
                self._rows.fault(f"Entry {number} is not a JSON object", _AGAIN)
            elif _is_member(record):
                self._member(group, record)
            elif not self._entry(name, record):
                keys = ", ".join(sorted(record)[:6])
                self._rows.fault(
                    f"Entry {number} is no answer that is known here (keys {keys})",
                    "Give allow or deny policies, search-all-iam-policies, keys, roles, projects, "
                    "service accounts or members of groups",
                )

    def _entry(self, name: str, record: dict[str, Any]) -> bool:
        """Take one entry; False where its shape is none that is known."""
        called = js.text(record.get("name"))
        if isinstance(record.get("policy"), dict) and "resource" in record:
            self._searched(name, record)
        elif isinstance(record.get("iamPolicy"), dict) and "name" in record:
            self._asset(name, record)
        elif "denypolicies" in called:
            self._deny(record)
        elif "includedPermissions" in record or "/roles/" in f"/{called}":
            self._role(record)
        elif "bindings" in record or ("etag" in record and record.keys() <= _POLICY_KEYS):
            self._policy(name, _resource_in(name), record)
        else:
            return self._thing(record)
        return True

    def _thing(self, record: dict[str, Any]) -> bool:
        """Take a project, a service account, a key or a ring; False for none of them."""
        place = resource(js.text(record.get("name")))
        if "projectId" in record and "projectNumber" in record:
            self._project(record)
        elif "email" in record and ("projectId" in record or "oauth2ClientId" in record):
            mail = js.text(record.get("email")).lower()
            self.cloud.accounts[mail] = record.get("disabled") is True
            self._told("service account", record)
        elif place and kind_of(place) == "key":
            self.cloud.keys[place] = js.text(record.get("purpose"))
            self._told("key", record)
        elif place and kind_of(place) == "ring":
            self.cloud.rings.add(place)
            self._told("ring", record)
        else:
            return False
        return True

    def _policy(self, file: str, place: str, policy: Any) -> None:
        if not place:
            self._rows.fault("It is a policy that does not say of which resource", _UNNAMED)
            return
        if not isinstance(policy, dict) or not isinstance(policy.get("bindings", []), list):
            self._rows.fault(f"The policy of {place} has no list of bindings", _AGAIN)
            return
        self._rows.unread += [
            f"policy of {place}: {key}" for key in sorted(policy.keys() - _POLICY_KEYS)
        ]
        if policy.get("bindings") and "version" in policy and policy["version"] not in (0, 1, 3):
            self._rows.fault(f"The policy of {place} is of version {policy['version']!r}", _AGAIN)
        cloud = self.cloud
        cloud.told.add(place)
        cloud.files.setdefault(place, file)
        if kind_of(place) == "key":
            cloud.keys.setdefault(place, "")
        for body in policy.get("bindings", []):
            record = js.record(body)
            role, members = js.text(record.get("role")), js.texts(record.get("members"))
            if not role or not _texts(record.get("members", [])):
                self._rows.fault(
                    f"The policy of {place} has a binding without a role or a list of members",
                    _AGAIN,
                )
                continue
            self._rows.unread += [
                f"binding of {place}: {key}" for key in sorted(record.keys() - _BINDING_KEYS)
            ]
            words, until = _condition(record.get("condition"), self._rows)
            role, hidden, _ = role.partition("_withcond_")
            if hidden and not words:
                # What a policy of version 1 puts in place of a condition it cannot show.
                words, until = "if its condition, which this version leaves out, holds", ""
            cloud.bindings.append(Binding(place, role, members, words, until, file))

    def _searched(self, file: str, record: dict[str, Any]) -> None:
        self._told("search result", record)
        place = resource(js.text(record.get("resource")))
        project = js.text(record.get("project"))
        chain = (*js.texts(record.get("folders")), js.text(record.get("organization")))
        self._above(project, tuple(filter(None, chain)))
        if place and kind_of(place) == "project" and project and project != place:
            self.cloud.numbers[project] = place
            self._above(place, tuple(filter(None, chain)))
        if not place:
            self._rows.unread.append(f"policies of {js.text(record.get('assetType'))}")
            return
        self._policy(file, place, record["policy"])
        if not js.record(record.get("explanation")):
            self.cloud.searched.add(place)

    def _asset(self, file: str, record: dict[str, Any]) -> None:
        self._told("asset", record)
        place = resource(js.text(record.get("name")))
        chain = js.texts(record.get("ancestors"))
        if chain and chain[0].startswith("projects/"):
            self._above(chain[0], chain[1:])
            if place and kind_of(place) == "project":
                self.cloud.numbers[chain[0]] = place
                self._above(place, chain[1:])
        if not place:
            self._rows.unread.append(f"policies of {js.text(record.get('assetType'))}")
            return
        self._policy(file, place, record["iamPolicy"])

    def _ancestors(self, file: str, entries: list[Any]) -> bool:
        """Take `get-ancestors` with or without policies: the project first, then what is above."""
        records = [js.record(entry) for entry in entries]
        if not records or not all({"id", "type"} <= r.keys() for r in records):
            return False
        if any(
            js.text(r.get("type")) not in ("project", "folder", "organization") for r in records
        ):
            return False
        chain = [f"{js.text(r['type'])}s/{js.text(r['id'])}" for r in records]
        chain.sort(key=lambda place: ("project", "folder", "organization").index(kind_of(place)))
        if chain[0].startswith("projects/"):
            self._above(chain[0], tuple(chain[1:]))
        for record in records:
            self._told("ancestor", record)
            if "policy" in record:
                place = f"{js.text(record['type'])}s/{js.text(record['id'])}"
                self._policy(file, place, record["policy"])
        return True

    def _above(self, project: str, chain: tuple[str, ...]) -> None:
        if project and (chain or project not in self.cloud.above):
            self.cloud.above[project] = chain

    def _project(self, record: dict[str, Any]) -> None:
        self._told("project", record)
        self._told("parent", js.record(record.get("parent")))
        project = f"projects/{js.text(record.get('projectId'))}"
        self.cloud.numbers[f"projects/{js.text(record.get('projectNumber'))}"] = project
        if (parent := js.record(record.get("parent"))).get("type") == "organization":
            self._above(project, (f"organizations/{js.text(parent.get('id'))}",))

    def _role(self, record: dict[str, Any]) -> None:
        name = js.text(record.get("name"))
        self._told("role", record)
        if "includedPermissions" not in record and record.get("stage") != "DISABLED":
            self._rows.unread.append(f"role {name}: its permissions are not in the export")
            return
        if not _texts(record.get("includedPermissions", [])):
            self._rows.fault(f"The permissions of role {name} are no list of texts", _AGAIN)
            return
        dead = record.get("deleted") is True or record.get("stage") == "DISABLED"
        self.cloud.roles[name] = (
            None if dead else frozenset(js.texts(record.get("includedPermissions")))
        )

    def _deny(self, record: dict[str, Any]) -> None:
        name = js.text(record.get("name"))
        if not isinstance(record.get("rules"), list):
            self._rows.fault(
                f"Deny policy {name[-60:]!r} is listed without its rules",
                "Give what `gcloud iam policies get` prints of it",
            )
            return
        parts = name.split("/")
        place = resource("//" + unquote(parts[1])) if len(parts) > 1 else ""
        if not place:
            self._rows.fault(f"Deny policy {name[:60]!r} does not say where it is attached", _AGAIN)
            return
        self._told("deny policy", record)
        for rule in js.records(record.get("rules")):
            body = js.record(rule.get("denyRule"))
            self._told("rule", rule)
            self._told("deny rule", body)
            words, _ = _condition(body.get("denialCondition"), self._rows)
            self.cloud.denials.append(
                Denial(
                    place,
                    parts[-1],
                    js.texts(body.get("deniedPrincipals")),
                    js.texts(body.get("exceptionPrincipals")),
                    js.texts(body.get("deniedPermissions")),
                    words,
                )
            )

    def _members(self, group: str, members: Any) -> None:
        self.cloud.groups.setdefault(group.lower(), [])
        if not isinstance(members, list):
            self._rows.fault(f"The members of {group} are no list", _AGAIN)
            return
        for member in members:
            record = {"email": member} if isinstance(member, str) else js.record(member)
            self._member(group, record)

    def _member(self, group: str, record: Mapping[str, Any]) -> None:
        if not group:
            if not any("members of a group" in fault.what for fault in self._rows.faults):
                self._rows.fault(
                    "It lists members of a group and does not say of which",
                    "Put the group's address in the file's name, or give {ADDRESS: [members]}",
                )
            return
        self._told("member", record)
        key = js.record(record.get("preferredMemberKey"))
        self._told("member's key", key)
        mail = js.text(record.get("email")) or js.text(key.get("id"))
        if not mail:
            self._rows.fault(f"A member of {group} has no address", _AGAIN)
            return
        sort = js.text(record.get("type")).upper()
        sort = sort or ("SERVICE_ACCOUNT" if mail.endswith(".gserviceaccount.com") else "USER")
        word = {"GROUP": "group", "SERVICE_ACCOUNT": "serviceAccount"}.get(sort, "user")
        if mail.endswith(".gserviceaccount.com"):
            word = "serviceAccount"
        if mail.lower() in self.cloud.groups:
            word = "group"
        status = js.text(record.get("status")).upper()
        doubt = "" if status in ("", "ACTIVE") else f"if the member, {status.lower()}, is active"
        for role in js.records(record.get("roles")):
            self._told("member's role", role)
            if ends := js.text(js.record(role.get("expiryDetail")).get("expireTime")):
                doubt = f"if the membership has not expired ({ends})"
        self.cloud.groups.setdefault(group.lower(), []).append((f"{word}:{mail}", doubt))

    def finish(self) -> Cloud:
        """Call every project by its id where its number is known too."""
        cloud = self.cloud

        def named(place: str) -> str:
            project = project_of(place)
            return place.replace(project, cloud.numbers.get(project, project), 1)

        cloud.bindings = [
            Binding(named(b.resource), b.role, b.members, b.condition, b.until, b.file)
            for b in cloud.bindings
        ]
        cloud.denials = [
            Denial(
                named(d.resource), d.name, d.principals, d.exceptions, d.permissions, d.condition
            )
            for d in cloud.denials
        ]
        cloud.told = set(map(named, cloud.told))
        cloud.searched = set(map(named, cloud.searched))
        cloud.rings = set(map(named, cloud.rings))
        keys: dict[str, str] = {}
        for key, purpose in cloud.keys.items():
            keys[named(key)] = keys.get(named(key)) or purpose
        cloud.keys = keys
        cloud.above = {named(project): chain for project, chain in cloud.above.items()}
        cloud.files = {named(place): file for place, file in cloud.files.items()}
        self._groups_by_name()
        return cloud

    def _groups_by_name(self) -> None:
        """Read "members-signers@…" in a file's name as the group signers@… that policies name."""
        cloud = self.cloud
        named = {m for b in cloud.bindings for m in b.members}
        named |= {m for members in cloud.groups.values() for m, _ in members}
        known = {m.partition(":")[2].lower() for m in named if m.startswith("group:")}
        for spelt in [spelt for spelt in cloud.groups if spelt not in known]:
            for mark in re.finditer(r"[-_.+]", spelt.partition("@")[0]):
                if (group := spelt[mark.end() :]) in known:
                    cloud.groups.setdefault(group, []).extend(cloud.groups.pop(spelt))
                    break


def chain(cloud: Cloud, place: str) -> Iterator[str]:
    """Yield a resource and everything it inherits policies from, nearest first."""
    yield place
    sort = kind_of(place)
    if sort == "key":
        yield place.partition("/cryptoKeys/")[0]
    if sort in ("key", "ring", "account"):
        yield project_of(place)
    if sort in ("key", "ring", "account", "project"):
        yield from cloud.above.get(project_of(place), ())


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _condition(value: object, rows: Rows) -> tuple[str, str]:
    """Return a condition in words and, where it is nothing but an end in time, that instant."""
    if value is None:
        return "", ""
    record = js.record(value)
    rows.unread += [f"condition: {key}" for key in sorted(record.keys() - _CONDITION_KEYS)]
    expression = " ".join(js.text(record.get("expression")).split())
    if (until := _UNTIL.fullmatch(expression)) and _is_instant(until[2]):
        return "", until[2]
    title = " ".join(js.text(record.get("title")).split())
    return f"if its condition holds: {title} ({expression[:300]})", ""


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_member(record: Mapping[str, Any]) -> bool:
    return "preferredMemberKey" in record or (
        "email" in record
        and (record.get("kind") == "admin#directory#member" or {"role", "type"} <= record.keys())
    )


def _mail_in(name: str) -> str:
    stem = re.sub(r"\.json$", "", unquote(name))
    found = re.search(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", stem)
    return found[0] if found else ""


def _resource_in(name: str) -> str:
    """Return the resource that a file's name spells with __ or %2F for each /."""
    stem = re.sub(r"\.json$", "", unquote(name)).replace("__", "/")
    found = re.search(r"(?:projects|folders|organizations)/.*", stem)
    return resource(found[0]) if found else ""
