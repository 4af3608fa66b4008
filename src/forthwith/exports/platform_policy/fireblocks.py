"""Fireblocks: the answers of its API about policy, users, groups, accounts and co-signers.

The answers may come as one object, as one dump whose names are endpoints, or as a file for each;
all files of an import are one workspace, and what they say of one user is joined by id. Shapes are
those of OpenAPI document 1.6.2 (models of the Python SDK 35.1.0): GET /v1/users, /v1/management/
users, api_users and user_groups, /v1/users_groups, /v1/vault/accounts_paged, /v1/external_wallets,
/v1/internal_wallets, /v1/contracts, /v1/exchange_accounts, /v1/fiat_accounts,
/v1/network_connections, /v1/cosigners, /v1/tap/active_policy and /v1/policy/active_policy. The
quorum of administrators is in no answer; `adminQuorum` is where a person may write it.

What roles may do is said in "Best practices for choosing user roles" of Fireblocks' help centre.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.platform_policy import first_form, second_form
from forthwith.exports.platform_policy.paths import NOTES, Account, PolicyRows, wallet_id
from forthwith.exports.platform_policy.rules import ANY, UNMANAGED, Place, Rule, UserSets
from forthwith.exports.platform_policy.users import Quorum, User, Users
from forthwith.exports.tables.rows import Rows
from forthwith.plain import json_values as js

_AGAIN = "Export the policy with its users and groups again"
_ACTIVE = frozenset(("ACTIVE", "ENABLED", "READY"))
#: Roles that only look on; that act and cannot sign; that sign; that take part in changing rules.
_WATCHES = frozenset(("VIEWER", "AUDITOR", "SECURITY_AUDITOR"))
_NO_SIGNER = _WATCHES | {"EDITOR", "APPROVER", "NON_SIGNING_ADMIN", "NCW_ADMIN"}
_SIGNS = frozenset(("OWNER", "ADMIN", "SIGNER"))
_ADMINS = frozenset(("OWNER", "ADMIN", "NON_SIGNING_ADMIN"))

#: Section → names it has in an object, as an endpoint, or in a file's name, folded.
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "policy": ("policy", "rules", "tapactivepolicy", "policyactivepolicy", "activepolicy", "tap",
               "v2policy"),
    "draft": ("tapdraft", "policydraft", "draft", "draftresponse"),
    "users": ("users", "managementusers", "consoleusers", "managementapiusers", "apiusers"),
    "groups": ("usersgroups", "usergroups", "groups", "managementusergroups"),
    "vaults": ("vaultaccountspaged", "vaultaccounts", "vaults", "accounts"),
    "external": ("externalwallets",),
    "internal": ("internalwallets",),
    "contracts": ("contracts", "contractwallets"),
    "exchanges": ("exchangeaccountspaged", "exchangeaccounts", "exchanges"),
    "fiat": ("fiataccounts",),
    "networks": ("networkconnections",),
    "cosigners": ("cosigners",),
    "quorum": ("adminquorum",),
}  # fmt: skip
_SECTION_OF = {name: section for section, names in _SECTIONS.items() for name in names}
#: Past so many places, those that no rule names stand under their kind alone: each would be named
#: in rows of every account.
_MOST_NAMED = 300
#: What an answer says of itself and not of the workspace.
_ENVELOPE = frozenset(("validation", "paging", "previousUrl", "prevUrl", "nextUrl", "next"))
#: Section of whitelisted addresses or accounts → kind and sort of its places.
_PLACES = {
    "external": (UNMANAGED, "EXTERNAL"),
    "internal": (UNMANAGED, "INTERNAL"),
    "contracts": (UNMANAGED, "CONTRACT"),
    "exchanges": ("EXCHANGE", ANY),
    "fiat": ("FIAT_ACCOUNT", ANY),
    "networks": ("NETWORK_CONNECTION", ANY),
}
#: Accounts from which the platform itself moves assets.
_OWN = ("exchanges", "fiat")
#: Section → keys of its entries that are read, and keys that say nothing of who may move what.
_KEYS: Mapping[str, frozenset[str]] = {
    "users": frozenset(("id", "name", "firstName", "lastName", "email", "role", "status",
                        "enabled", "userType")),
    "groups": frozenset(("id", "name", "status", "memberIds", "members", "users")),
    "vaults": frozenset(("id", "name", "assets", "hiddenOnUI", "customerRefId", "autoFuel",
                         "tags")),
    "external": frozenset(("id", "name", "customerRefId", "assets")),
    "internal": frozenset(("id", "name", "customerRefId", "assets")),
    "contracts": frozenset(("id", "name", "customerRefId", "assets")),
    "exchanges": frozenset(("id", "name", "type", "status", "assets", "success",
                            "tradingAccounts", "isSubaccount", "mainAccountId")),
    "fiat": frozenset(("id", "name", "type", "address", "assets")),
    "networks": frozenset(("id", "name", "status", "localNetworkId", "remoteNetworkId",
                           "routingPolicy")),
    "cosigners": frozenset(("id", "name", "type", "archived", "version", "apiKeys", "api_keys")),
    "quorum": frozenset(("threshold", "users", "ownerRequired")),
}  # fmt: skip
_NOUN = {"users": "user", "groups": "group", "vaults": "vault", "cosigners": "co-signer"}


def folded(name: str) -> str:
    """Return a name or an endpoint without case and marks: "GET /v1/users" is "users"."""
    path = re.sub(r"^(get\s+)?/?(api/)?(v\d+(\.\d+)?/)?", "", name.strip().lower())
    return re.sub(r"[^a-z0-9]", "", path.partition("?")[0])


def section_of(name: str) -> str:
    """Return the section that a name in an object or an endpoint stands for, or ""."""
    return _SECTION_OF.get(folded(name), "")


def list_section(entries: list[Any], file: str) -> str:
    """Return the section a bare list is, by the file's name and by what its entries have; or "".

    "?" is a list of addresses that may be internal or external ones.
    """
    keys = {key for entry in js.records(entries) for key in entry}
    if "verdict" in keys or "initiator" in keys:
        return "policy"
    if "action" in keys and keys & {"transactionType", "asset", "type", "operators", "operator"}:
        return "policy"
    if "memberIds" in keys or ("members" in keys and "name" in keys):
        return "groups"
    if keys & {"role", "userType", "firstName"} or {"email", "id"} <= keys:
        return "users"
    if keys & {"hiddenOnUI", "autoFuel"}:
        return "vaults"
    if "archived" in keys:
        return "cosigners"
    named = [
        section
        for section, names in _SECTIONS.items()
        for name in names
        if name in folded(file.rpartition(".")[0] or file) and section not in ("policy", "draft")
    ]
    if named and (not keys or "id" in keys):
        # The longest name decides: "vault_accounts" is not "accounts" alone.
        return named[0]
    if keys & {"tradingAccounts", "isSubaccount"}:
        return "exchanges"
    assets = {
        key for entry in js.records(entries) for asset in js.records(entry.get("assets"))
        for key in asset
    }  # fmt: skip
    if assets & {"address", "activationTime"}:
        return "?"
    return "vaults" if assets & {"total", "available", "lockedAmount", "balance"} else ""


_UNKNOWN = (
    "Give Fireblocks' policy, users, groups, vault accounts, wallets, exchange accounts or "
    "co-signers as its API answers them, or describe another platform: custody import platform "
    "--map MAP.yaml"
)


def write(bodies: Sequence[tuple[str, Any]], rows: Rows, wallet: str) -> None:
    """Write the rows of the parts of one workspace. Raises TooManySlicesError."""
    space = Workspace(rows)
    for file, value in bodies:
        for section, part in _sections(value, file, rows):
            space.take(section, part, file)
    if not rows.faults:
        space.write(wallet)


def _sections(value: Any, file: str, rows: Rows) -> Iterator[tuple[str, Any]]:
    """Yield the sections of one file, each with its part; a shape nobody knows is a fault."""
    body = js.record(value)
    if isinstance(value, list):
        if section := _bare_list(value, file, rows):
            yield section, value
    elif body.keys() & {"draftId", "draftResponse"}:
        yield "draft", body
    elif isinstance(body.get("data"), list):
        if section := _bare_list(value["data"], file, rows):
            yield section, body
    else:
        yield from _named_sections(body, file, rows)


def _bare_list(value: list[Any], file: str, rows: Rows) -> str:
    """Return the section of a list; "" where it is at fault."""
    section = list_section(value, file)
    if section not in ("?", ""):
        return section
    what = "it is a list of a shape that is not known"
    do = _UNKNOWN
    if section:
        what = "it lists addresses, and does not say whether of internal or external wallets"
        do = "Call the file external_wallets.json or internal_wallets.json"
    rows.faults.append(RowFault(file, 0, what, do))
    return ""


def _named_sections(body: dict[str, Any], file: str, rows: Rows) -> Iterator[tuple[str, Any]]:
    sections = {key: section_of(key) for key in body}
    known = set(sections.values()) - {""}
    if not known:
        names = ", ".join(sorted(body)[:5])
        what = f"its names ({names}) are not known" if names else "there is nothing known in it"
        rows.faults.append(RowFault(file, 0, what[:300], _UNKNOWN))
        return
    # An answer that is one list has its paging beside the list.
    listed = [key for key in body if sections[key]]
    whole = len(listed) == 1 and isinstance(body[listed[0]], list) and known != {"policy"}
    for key, section in sections.items():
        if section == "policy" and key == "rules":
            yield section, {name: body[name] for name in ("rules", "metadata") if name in body}
        elif section:
            yield section, body if whole else body[key]
        elif not (key in _ENVELOPE or (key == "metadata" and "rules" in body)):
            rows.unread.append(key)


@dataclass(slots=True)
class Workspace:
    """What all files of an import say together."""

    rows: Rows
    #: Lists of rules as they came, each with the file it came in.
    policies: list[tuple[str, list[Any]]] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    entries: dict[str, list[tuple[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    quorum: Any = None
    #: Sections of which some page says that a further one follows.
    cut: set[str] = field(default_factory=set)
    #: Sections of which some page says nothing of that: the last one, or the only one.
    ended: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)

    def take(self, section: str, value: Any, file: str) -> None:
        """Take one section of a file."""
        if section == "policy":
            self._policy(value, file)
        elif section == "draft":
            self.drafts.append(file)
        elif section == "quorum":
            self.quorum = value
        else:
            self._entries(section, value, file)

    def _policy(self, value: Any, file: str) -> None:
        body = {"rules": value} if isinstance(value, list) else js.record(value)
        if isinstance(body.get("policy"), dict):
            self._unread(body.keys() - _ENVELOPE - {"policy"}, "policy")
            body = js.record(body["policy"])
        self._unread(body.keys() - _ENVELOPE - {"rules", "metadata"}, "policy")
        rules = body.get("rules")
        if not isinstance(rules, list):
            return
        if not self.policies:
            self.rows.file = file
        self.policies.append((file, rules))
        self._metadata(body.get("metadata"))

    def _unread(self, keys: Iterable[str], where: str) -> None:
        self.rows.unread += [f"{where}.{key}" for key in sorted(keys)]

    def _metadata(self, value: Any) -> None:
        """Say when the policy was published: before that day it was another."""
        body = js.record(value)
        entries = [entry for entry in body.values() if isinstance(entry, dict)] or [body]
        for entry in entries:
            day = js.text(entry.get("publishedAt"))[:10]
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
                continue
            late = day > self.rows.stamp.start
            more = f", after the first day given ({self.rows.stamp.start})" if late else ""
            self.rows.notes.append(f"The policy was published on {day}{more}.")

    def _entries(self, section: str, value: Any, file: str) -> None:
        self.given.add(section)
        if isinstance(value, dict):
            inner = next(
                (key for key in value if section_of(key) == section or key == "data"), None
            )
            paging = js.record(value.get("paging"))
            if paging.get("after") or value.get("nextUrl") or value.get("next"):
                self.cut.add(section)
            else:
                self.ended.add(section)
            if inner is None:
                self.rows.fault(f"{section} in {file} is not a list", _AGAIN)
                return
            value = value[inner]
        if not isinstance(value, list):
            self.rows.fault(f"{section} in {file} is not a list", _AGAIN)
            return
        self.entries[section] += [(file, entry) for entry in value]

    def write(self, wallet: str) -> None:
        """Write the rows. Raises TooManySlicesError."""
        rules = self._rules()
        if rules is None:
            return
        for section in sorted(self.cut):
            self.rows.notes.append(
                f"{section.capitalize()} came in pages, and that all of them are here does not "
                "show: whatever is not listed stays open."
                if section in self.ended
                else f"A further page of {section} follows and was not given: whatever is not "
                "listed stays open. Export all pages and give them together."
            )
        users = self._users()
        sets = UserSets(self._groups())
        read = [self._rule(sets, number, rule) for number, rule in enumerate(rules, 1)]
        self.rows.unread += sets.unread
        if any("is not in the export" in doubt for rule in read for doubt in rule.doubts):
            self.rows.notes.append(
                "A group a rule names is not in the files: give the groups along with the policy."
            )
        vaults = self._listed("vaults")
        places, names = self._places(read)
        accounts = list(self._accounts(read, vaults, places))
        if wallet and len(accounts) > 1:
            self.rows.fault(f"{len(accounts)} accounts cannot all be wallet {wallet}", "Give no id")
        elif wallet:
            accounts = [
                Account(account.place, wallet, address=account.address) for account in accounts
            ]
        assets = {asset for entry in vaults.values() for asset in _assets(entry)}
        everywhere = [*(Place("VAULT", vault) for vault in vaults), *names]
        if len(everywhere) > _MOST_NAMED:
            used = {(place.kind, place.id) for rule in read for place in rule.destinations}
            everywhere = [place for place in everywhere if (place.kind, place.id) in used]
            self.rows.notes.append(
                f"There are more than {_MOST_NAMED} accounts and addresses: one is named as a "
                "destination only where a rule names it."
            )
        for vault, entry in vaults.items():
            if name := _words(entry.get("name")):
                names[Place("VAULT", vault)] = (name,)
        PolicyRows(read, users, accounts, assets, everywhere, names, self.rows).write()
        self.rows.notes += NOTES

    def _rules(self) -> list[Any] | None:
        """Return the rules in force, in order; None where nobody could say which those are."""
        found: list[list[Any]] = []
        for _, rules in self.policies:
            if rules and rules not in found:
                found.append(rules)
        if not found:
            self._no_rules()
            return None
        forms = {_form(rule) for rules in found for rule in rules if isinstance(rule, dict)}
        if len(forms) > 1:
            what = "the policy comes in its first form and in its second"
            self.rows.fault(what, "Give the one that was in force in these days")
            return None
        if forms == {2} and len(found) > 1:
            # The second form is asked for by type of transaction, and may come in as many answers.
            kinds = [{js.text(js.record(rule).get("type")) for rule in rules} for rules in found]
            if sum(map(len, kinds)) == len(set().union(*kinds)):
                found = [[rule for rules in found for rule in rules]]
        if len(found) > 1:
            self.rows.fault(
                "there is more than one policy", "Give one; import others by themselves"
            )
            return None
        return self._ordered([rule for rule in found[0] if not _screens(rule)])

    def _no_rules(self) -> None:
        if self.drafts:
            what = "it has a draft of a policy, which is not in force, and no policy"
            self.rows.fault(what, "Export the active policy")
        elif self.given and not self.policies:
            what = f"it is a list of {' and '.join(sorted(self.given))} and no policy"
            do = "Give the policy and this together: custody import policy-export POLICY LIST …"
            self.rows.fault(what, do)
        else:
            self.rows.fault("It has no rules", "Export the policy with its rules")

    def _ordered(self, rules: list[Any]) -> list[Any] | None:
        """Return the rules; a fault where the order that decides is not the order they stand in."""
        last: dict[str, float] = {}
        for rule in js.records(rules):
            index = rule.get("index")
            if isinstance(index, bool) or not isinstance(index, int | float):
                continue
            kind = js.text(rule.get("type"))
            if index <= last.get(kind, float("-inf")):
                what = "the rules do not stand in the order of their index"
                self.rows.fault(what, "Export the policy again; which rule comes first decides")
                return None
            last[kind] = index
        if not rules:
            self.rows.fault("It has no rules of who may move what", "Export them as well")
            return None
        return rules

    def _rule(self, sets: UserSets, number: int, rule: Any) -> Rule:
        read = second_form.read if _form(rule) == 2 else first_form.read
        return read(sets, number, rule)

    def _listed(self, section: str) -> dict[str, dict[str, Any]]:
        """Return the entries of a section by id; what several files say of one is joined."""
        found: dict[str, dict[str, Any]] = {}
        for file, entry in self.entries.get(section, ()):
            body = js.record(entry)
            name = js.text(body.get("id"))
            noun = _NOUN.get(section, section)
            if not name:
                self.rows.fault(f"a {noun} in {file} has no id", _AGAIN)
                continue
            unread = sorted(body.keys() - _KEYS[section])
            self.rows.unread += [f"{noun} {name}.{key}" for key in unread]
            if name in found and section == "vaults" and found[name] != body:
                self.rows.fault(f"vault account {name!r} is there twice, not alike", _AGAIN)
            known = found.setdefault(name, {})
            for key, value in body.items():
                if known.get(key) not in (None, "", value) and key in ("role", "status", "enabled"):
                    self.rows.notes.append(f"Two files differ on {key} of {noun} {name}.")
                    known[key] = None
                elif known.get(key) in (None, ""):
                    known[key] = value
        return found

    def _users(self) -> Users:
        listed = None
        if "users" in self.given:
            listed = {name: _user(name, body) for name, body in self._listed("users").items()}
        kinds = {js.text(js.record(entry).get("userType")) for _, entry in self.entries["users"]}
        # The list of console users and that of API users are two answers.
        whole = "users" not in self.cut and kinds not in ({"API"}, {"CONSOLE"})
        if "users" in self.given and not whole:
            self.rows.notes.append("The list of users is a part of them; others may initiate too.")
        return Users(listed, self._quorum(listed or {}), whole, self._cosigners())

    def _quorum(self, users: Mapping[str, User]) -> Quorum:
        body = js.record(self.quorum)
        self.rows.unread += [f"adminQuorum.{key}" for key in sorted(body.keys() - _KEYS["quorum"])]
        admins = js.texts(body.get("users")) or tuple(u.id for u in users.values() if u.admin)
        threshold = js.number(body.get("threshold"))
        return Quorum(threshold or None, admins, bool(body.get("ownerRequired")))

    def _groups(self) -> dict[str, frozenset[str]]:
        groups: dict[str, frozenset[str]] = {}
        for file, entry in self.entries.get("groups", ()):
            body = js.record(entry)
            name = js.text(body.get("id"))
            members = body.get("memberIds", body.get("members", body.get("users")))
            if not name or not isinstance(members, list):
                self.rows.fault(f"group {name!r} in {file} has no list of members", _AGAIN)
                continue
            ids = frozenset(js.texts(members))
            if groups.setdefault(name, ids) != ids:
                self.rows.fault(f"group {name!r} is there twice, not alike", _AGAIN)
            unread = sorted(body.keys() - _KEYS["groups"])
            self.rows.unread += [f"group {name}.{key}" for key in unread]
        return groups

    def _cosigners(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Return the co-signers of each API user; an API key's id is its user's."""
        found: dict[str, tuple[tuple[str, str], ...]] = defaultdict(tuple)
        for name, body in self._listed("cosigners").items():
            keys = body.get("apiKeys", body.get("api_keys"))
            keys = js.record(keys).get("data", keys)
            ids = [js.text(key.get("id")) for key in js.records(keys)] or list(js.texts(keys))
            if not ids:
                self.rows.notes.append(f"Co-signer {name}: the export does not say for which keys.")
            for key in ids:
                found[key] += ((name, _words(body.get("name"))),)
        return found

    def _places(
        self, rules: list[Rule]
    ) -> tuple[dict[str, list[Place]], dict[Place, tuple[str, ...]]]:
        """Return the places of each section, and what each is called besides its id."""
        used = {place.kind for rule in rules for place in (*rule.destinations, *rule.sources)}
        places: dict[str, list[Place]] = {}
        names: dict[Place, tuple[str, ...]] = {}
        for section, (kind, sort) in _PLACES.items():
            older = f"{section.upper()}_WALLET"
            if section in ("external", "internal") and older in used:
                kind, sort = older, ANY
            for name, body in self._listed(section).items():
                place = Place(kind, name, sort)
                places.setdefault(section, []).append(place)
                addresses = [
                    js.text(asset.get("address")) for asset in js.records(body.get("assets"))
                ]
                called = (_words(body.get("name")), *addresses)
                names[place] = tuple(dict.fromkeys(filter(None, called)))
        return places, names

    def _accounts(
        self,
        rules: list[Rule],
        vaults: Mapping[str, dict[str, Any]],
        places: Mapping[str, list[Place]],
    ) -> Iterator[Account]:
        """Yield each account the export or a rule names, and one for the rest of each kind."""
        named = {place for rule in rules for place in rule.sources}
        labels = {Place("VAULT", vault): _words(body.get("name")) for vault, body in vaults.items()}
        for section in _OWN:
            labels |= dict.fromkeys(places.get(section, ()), "")
        for place in sorted(named | {Place(place.kind) for place in named}):
            if place != Place("VAULT") or not vaults or "vaults" in self.cut:
                labels.setdefault(place, "")
        texts = list(labels.values())
        for place, label in labels.items():
            # A name that two accounts have is nobody's: it would make one wallet of them.
            yield Account(place, wallet_id(place), address=label if texts.count(label) == 1 else "")


def _form(rule: Any) -> int:
    body = js.record(rule)
    return 2 if body.keys() & {"verdict", "initiator", "policyEngineVersion"} else 1


def _screens(rule: Any) -> bool:
    kind = js.text(js.record(rule).get("type")).upper()
    return _form(rule) == 2 and kind.startswith(second_form.SCREENING)


def _user(name: str, body: dict[str, Any]) -> User:
    full = f"{_words(body.get('firstName'))} {_words(body.get('lastName'))}".strip()
    mail = _words(body.get("email"))
    label = next(filter(None, (_words(body.get("name")), full, mail, name)))
    role = js.text(body.get("role")).upper().replace("-", "_").replace(" ", "_")
    signs = True if role in _SIGNS else (False if role in _NO_SIGNER else None)
    known = role in _SIGNS or role in _NO_SIGNER
    return User(
        name,
        label,
        role,
        _active(body),
        initiates=role not in _WATCHES if known else None,
        signs=signs,
        admin=role in _ADMINS,
        owner=role == "OWNER",
        program=js.text(body.get("userType")).upper() == "API",
        aliases=(f"mail:{mail.lower()}",) if "@" in mail else (),
    )


def _active(body: dict[str, Any]) -> bool | None:
    if isinstance(body.get("enabled"), bool) and not body.get("status"):
        return bool(body["enabled"])
    status = js.text(body.get("status")).upper()
    if not status:
        return None
    return status in _ACTIVE and body.get("enabled") is not False


def _words(value: Any) -> str:
    return " ".join(js.text(value).split())


def _assets(body: dict[str, Any]) -> Iterator[str]:
    listed = body.get("assets")
    ids = [js.text(asset.get("id")) for asset in js.records(listed)] or js.texts(listed)
    yield from filter(None, ids)
