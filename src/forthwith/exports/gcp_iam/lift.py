"""Lift Google Cloud's allow policies into facts: who may use which key, and through whom.

Each key is a means `gcp:projects/…/cryptoKeys/…`. A principal has a grant to it where a role bound
on the key, its ring, its project, a folder or the organization lets it use the key or rewrite one
of those policies; likewise to a service account it may act as. What a condition, a deny policy or a
role that is not described leaves open is a condition of the grant. A resource above a key of which
no policy was given leaves a way open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.gcp_iam.export import (
    Binding,
    Cloud,
    Denial,
    chain,
    kind_of,
    project_of,
    read,
)
from forthwith.exports.gcp_iam.roles import (
    ACCOUNT_PERMISSIONS,
    HELD_ON,
    KEY_PERMISSIONS,
    UNSURE_USES,
    USES,
    predefined,
)
from forthwith.exports.options import Files, ImportOptions
from forthwith.exports.tables.rows import AND, Rows, ident, needful

ANYONE = "gcp:anyone"
_ANYBODY = frozenset(("allUsers", "allAuthenticatedUsers"))
_MOST = 500_000
_NOTES = """\
Read are roles bound on keys, rings, projects, folders and the organization, custom roles where \
they are described, groups where their members are given, and deny policies as conditions. Not \
read: organization policies, principal access boundaries, VPC service controls, key access \
justifications, workloads that run as a service account, and who administers the directory.
A policy is a picture of one moment: the rows say that it was the same from --from to --to.
Who reads a user's mail or knows its password is not in the export; each user: is taken to have \
the account of that name, and nobody else is excluded until a completeness row says so.
""".splitlines()


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Return the rows of one organization's files together; with faults there are none."""
    rows = Rows(files[0][0] if files else "", options.stamp)
    cloud = read(files, rows)
    if rows.faults:
        return Lifted((), tuple(dict.fromkeys(rows.unread)), (), tuple(rows.faults))
    if not cloud.told:
        rows.fault("No allow policy is in the files", "Give the output of get-iam-policy")
        return rows.lifted()
    _Lift(cloud, rows).write()
    return rows.lifted()


class _Lift:
    """One organization, or part of it, on its way to rows."""

    def __init__(self, cloud: Cloud, rows: Rows) -> None:
        self._cloud, self._rows = cloud, rows
        self._by_resource: dict[str, list[Binding]] = {}
        for binding in cloud.bindings:
            self._by_resource.setdefault(binding.resource, []).append(binding)
        #: (means, gives) → conditions with the instant each ends at; ("", "") is outright.
        self._grants: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
        self._people: dict[str, None] = {}
        #: Resources above a key or an account of which no policy was given.
        self._open: dict[str, None] = {}

    def write(self) -> None:
        """Write keys, principals, and what leads from one to the other."""
        cloud, rows = self._cloud, self._rows
        for key, purpose in self._keys().items():
            means = ident("gcp", key)
            label = f"Cloud KMS key {key.rpartition('/')[2]} {purpose}".strip()
            rows.file = cloud.files.get(key, rows.file)
            rows.add("means", id=means, kind="key", label=label)
            self._reach(key, means, KEY_PERMISSIONS, purpose)
            self._untold(key, means)
        for mail in self._accounts():
            means = self._principal(f"serviceAccount:{mail}")
            place = f"projects/{_project_of_account(mail)}/serviceAccounts/{mail}"
            place = self._named(place)
            self._reach(place, means, ACCOUNT_PERMISSIONS, "")
            self._untold(place, means)
            if cloud.accounts.get(mail):
                rows.notes.append(
                    f"Service account {mail} is disabled; whoever enables it acts as it."
                )
        self._members()
        self._write_grants()
        if any(means == ANYONE for means, _ in self._grants):
            for mail in self._people:
                rows.add("possessions", person=ident("gcp", mail), means=ANYONE)
        self._say_untold()
        rows.notes += _NOTES
        if not cloud.denials:
            rows.notes.append(
                "No deny policy was given. One that binds these projects would only forbid; where "
                "it does, an answer that is shown here needs it."
            )

    def _keys(self) -> Mapping[str, str]:
        """Return every key with what it is made for; each project also has those nobody names."""
        cloud = self._cloud
        keys = dict(sorted(cloud.keys.items()))
        places = {*cloud.told, *cloud.rings, *keys}
        for place in sorted(places):
            if kind_of(place) == "ring":
                keys[f"{place}/cryptoKeys/-"] = ""
        for project in sorted({project_of(p) for p in places if p.startswith("projects/")}):
            keys[f"{project}/locations/-/keyRings/-/cryptoKeys/-"] = ""
        return keys

    def _accounts(self) -> list[str]:
        """Return every service account that a policy, a group or a list names."""
        members = {m for b in self._cloud.bindings for m in b.members}
        members |= {m for group in self._cloud.groups.values() for m, _ in group}
        mails = {m.partition(":")[2].lower() for m in members if m.startswith("serviceAccount:")}
        places = (p for p in self._cloud.told if kind_of(p) == "account")
        mails |= {place.rpartition("/")[2].lower() for place in places}
        return sorted({*mails, *self._cloud.accounts})

    def _named(self, place: str) -> str:
        project = project_of(place)
        return place.replace(project, self._cloud.numbers.get(project, project), 1)

    def _reach(self, place: str, means: str, wanted: Mapping[str, str], purpose: str) -> None:
        """Write who reaches a key or a service account by the policies on it and above it."""
        line = tuple(chain(self._cloud, place))
        denials = [denial for denial in self._cloud.denials if denial.resource in line]
        for above in line:
            for binding in self._by_resource.get(above, ()):
                for permission, doubt in self._permissions(binding, wanted, purpose):
                    for member in binding.members:
                        self._member(member, means, permission, (doubt, binding), denials)

    def _permissions(
        self, binding: Binding, wanted: Mapping[str, str], purpose: str
    ) -> Iterator[tuple[str, str]]:
        """Yield what of `wanted` a binding gives, with its doubt; "" for a role that is unknown."""
        role = binding.role
        given: Mapping[str, str] | None
        if role in self._cloud.roles:
            permissions = self._cloud.roles[role]
            given = dict.fromkeys(permissions or (), "")
        else:
            given = predefined(role)
        if given is None:
            yield "", f"if the role {role}, which is not described here, lets it"
            return
        use = USES.get(purpose, "")
        for permission in sorted(given.keys() & wanted.keys()):
            if kind_of(binding.resource) not in HELD_ON.get(
                permission, (kind_of(binding.resource),)
            ):
                continue
            if use and permission in USES.values() and permission != use:
                continue
            unsure = "" if use else UNSURE_USES.get(permission, "")
            doubts = (given[permission], wanted[permission], unsure)
            yield permission, " and ".join(filter(None, doubts))

    def _member(
        self,
        member: str,
        gives: str,
        permission: str,
        found: tuple[str, Binding],
        denials: list[Denial],
    ) -> None:
        doubt, binding = found
        if member.startswith("deleted:"):
            self._rows.notes.append(
                f"The policy of {binding.resource} names {member}, which is gone; it is left out."
            )
            return
        means = self._principal(member)
        words = [doubt, binding.condition]
        words += [
            f"unless deny policy {denial.name} holds it back" for denial in denials
            if _denies(denial, member, permission)
        ]  # fmt: skip
        mail = member.partition(":")[2].lower()
        if self._cloud.accounts.get(mail):
            words.append("if the disabled account is enabled again")
        why = ""
        if permission.endswith((".setIamPolicy", "roles.update", "serviceAccountKeys.create")):
            # It has not the right itself but the right to give it to itself.
            why = (
                f"By {permission} of {binding.role} on {binding.resource}: a right it takes itself."
            )
        self._grant(means, gives, AND.join(dict.fromkeys(filter(None, words))), binding.until, why)

    def _grant(self, means: str, gives: str, condition: str, until: str, why: str) -> None:
        if means == gives:
            return
        found = self._grants.setdefault((means, gives), {})
        # A right one has needs no remark on another that one could take.
        found[condition, until] = min(why, found.get((condition, until), why), key=len)

    def _principal(self, member: str) -> str:
        """Return the means of a member of a policy, its rows written."""
        rows = self._rows
        kind, _, text = member.partition(":")
        name = text.partition("?")[0]
        if member in _ANYBODY:
            rows.add("means", id=ANYONE, kind="vendor_path", label="anybody with a Google account")
            rows.notes.append("Something here is open to anybody: see the grants from gcp:anyone.")
            return ANYONE
        if kind == "user":
            mail = name.lower()
            person, means = ident("gcp", mail), ident("login", f"gcp:{mail}")
            self._people.setdefault(mail)
            rows.add("people", id=person, name=mail)
            rows.add("means", id=means, kind="credential", label=f"Google account {mail}")
            rows.add("possessions", person=person, means=means)
            rows.add("same_as", None, kind="alias", a=person, b=f"mail:{mail}", **{"is": "yes"})
            return means
        if kind in ("serviceAccount", "group", "domain"):
            means = ident(kind, f"gcp:{name.lower()}")
            label = {"group": "members of", "domain": "everybody at"}.get(kind, "service account")
            rows.add("means", id=means, kind="role", label=f"{label} {name}")
            if kind == "group" and name.lower() not in self._cloud.groups:
                rows.notes.append(
                    f"Members of {name} were not given, so anybody may be one: give `gcloud "
                    "identity groups memberships list`, or a completeness row."
                )
            return means
        means = ident("gcp", member)
        rows.add("means", id=means, kind="role", label=f"whoever is {member}")
        rows.notes.append(f"{member} is a set of identities that no file here lists.")
        return means

    def _members(self) -> None:
        """Write who is in the groups that policies name, groups in groups included."""
        waiting = [
            means.removeprefix("group:gcp:")
            for means, _ in self._grants
            if means.startswith("group:")
        ]
        done: set[str] = set()
        while waiting:
            group = waiting.pop()
            if group in done or group not in self._cloud.groups:
                continue
            done.add(group)
            gives = ident("group", f"gcp:{group}")
            for member, doubt in self._cloud.groups[group]:
                self._grant(self._principal(member), gives, doubt, "", "")
                if member.startswith("group:"):
                    waiting.append(member.partition(":")[2].lower())

    def _untold(self, place: str, means: str) -> None:
        """Leave a way open for each resource above of which no policy was given."""
        cloud = self._cloud
        if place.endswith("/-"):
            return
        above_it = tuple(chain(cloud, place))
        line = [above for above in above_it if above not in cloud.told]
        # What a search of everything below a resource does not list has no policy of its own.
        line = [above for above in line if not cloud.searched & set(chain(cloud, above))]
        if project_of(place) not in cloud.above:
            line.append(f"the folders and the organization above {project_of(place)}")
        for above in line:
            unread = ident("unread", f"gcp:{above}")
            label = f"unread: the policy of {above} which is not among the files"
            self._rows.add("means", id=unread, kind="vendor_path", label=label)
            self._grant(unread, means, f"if the policy of {above} gives it", "", "")
            self._open.setdefault(above)

    def _say_untold(self) -> None:
        if self._open:
            names = list(self._open)
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            self._rows.notes.append(
                f"What is inherited from these is open, their policies are not among the files: "
                f"{', '.join(names[:8])}{more}."
            )

    def _write_grants(self) -> None:
        stamp = self._rows.stamp
        if sum(map(len, self._grants.values())) > _MOST:
            self._rows.fault(f"The files make more than {_MOST:,} grants", "Import parts of them")
            return
        for (means, gives), found in self._grants.items():
            whys = {}
            for (condition, until), why in found.items():
                if not until or _midnight(until) > stamp.start:
                    whys[condition, stamp.start, _earlier(until, stamp.end)] = why
            for condition, start, end in needful(whys):
                self._rows.add(
                    "grants",
                    (start, end),
                    means=means,
                    gives=gives,
                    condition=condition,
                    note=whys[condition, start, end],
                )


def _project_of_account(mail: str) -> str:
    """Return the project a service account belongs to, by its address."""
    name, _, domain = mail.partition("@")
    if domain.endswith(".iam.gserviceaccount.com"):
        return domain.removesuffix(".iam.gserviceaccount.com")
    if domain == "developer.gserviceaccount.com":
        return name.partition("-")[0]
    if domain == "appspot.gserviceaccount.com":
        return name
    return domain


def _denies(denial: Denial, member: str, permission: str) -> bool:
    """Tell whether a rule may hold a member back from a permission; "" is any permission."""
    mail = member.partition(":")[2].partition("?")[0]
    if any(text.endswith(f"/{mail}") for text in denial.exceptions):
        return False
    service, _, rest = permission.partition(".")
    spelt = f"{service}.googleapis.com/{rest}"
    pattern = "|".join(re.escape(text).replace(r"\*", ".*") for text in denial.permissions)
    if permission and not (pattern and re.fullmatch(pattern, spelt)):
        return False
    # Sets of principals other than one's own name may hold the member: that is the doubt.
    return any("principalSet://" in text or text.endswith(f"/{mail}") for text in denial.principals)


def _midnight(text: str) -> str:
    """Return an instant so that the first of a day does not lie after that day."""
    return text.removesuffix("T00:00:00Z")


def _earlier(one: str, other: str) -> str:
    return min(filter(None, (one, other)), default="")
