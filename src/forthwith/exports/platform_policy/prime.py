"""Coinbase Prime: portfolios, their users with roles, wallets and the address book.

Shapes are those of its REST API (models of prime-sdk-py 1.11.0); roles those of the enumeration
UserRole of its Java SDK, with what each may do from "Roles and permissions" of the help centre. How
many approvals a portfolio's consensus takes is in no answer: the quorum is a means of its own,
given to the approvers only on a condition. Which portfolio a wallet belongs to is not in its
record, so the users of all portfolios given count for all wallets given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.platform_policy.slices import clean
from forthwith.exports.platform_policy.users import Quorum, User, Users
from forthwith.exports.tables.rows import Rows, all_of, any_of, ident
from forthwith.plain import json_values as js

_INITIATES = frozenset(("ADMIN", "INITIATOR", "SIGNATORY", "FULL_TRADER"))
_APPROVES = frozenset(("ADMIN", "APPROVER", "SIGNATORY"))
_NEITHER = frozenset(("AUDITOR", "TRADER", "TEAM_MANAGER"))
_CONSENSUS = "quorum:consensus"
#: Types of wallet that the portfolio's consensus moves.
_TYPES = frozenset(("VAULT", "TRADING"))
_LISTS: Mapping[str, frozenset[str]] = {
    "users": frozenset(("id", "name", "email", "portfolio_id", "entity_id", "role", "roles",
                        "secondary_permissions")),
    "wallets": frozenset(("id", "name", "symbol", "type", "created_at", "address", "visibility",
                          "network")),
    "addresses": frozenset(("id", "currency_symbol", "name", "address", "account_identifier",
                            "account_identifier_name", "state", "explorer_link", "last_used_at",
                            "added_at", "added_by", "type", "counterparty_id")),
    "portfolios": frozenset(("id", "name", "entity_id", "organization_id", "entity_name")),
}  # fmt: skip
_NOTES = (
    "How many approvals the consensus takes is not in the answers; it is open.",
    "Whether withdrawals are bound to the address book is not in the answers.",
    "Which portfolio a wallet belongs to is not in its record: all users given count for all.",
    "Coinbase's own people hold the keys and are not in the answers: no paths are all.",
    "People are named by the platform's user ids; join them to the people of the matter.",
)


def holds(value: Any) -> bool:
    """Return whether a file looks like one of Prime's answers."""
    body = js.record(value)
    return (
        any(
            entry.keys() & {"portfolio_id", "entity_id", "secondary_permissions"}
            for key in ("users", "portfolios")
            for entry in js.records(body.get(key))
        )
        or any("symbol" in entry for entry in js.records(body.get("wallets")))
        or any("currency_symbol" in entry for entry in js.records(body.get("addresses")))
    )


def _lists(bodies: Sequence[tuple[str, Any]], rows: Rows) -> dict[str, list[dict[str, Any]]]:
    """Return the entries of each list, over all files of an import."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file, value in bodies:
        body = js.record(value)
        if js.record(body.get("pagination")).get("has_next"):
            rows.notes.append(f"{file} is one page of several; what is on the others is not read.")
        known = _LISTS.keys() | {"pagination"}
        rows.unread += [f"{file}: {key}" for key in sorted(body.keys() - known)]
        for key in filter(body.__contains__, _LISTS):
            listed = body[key]
            entries = js.records(listed)
            if not isinstance(listed, list) or len(entries) < len(listed):
                what = f"its {key} are not a list of records"
                rows.faults.append(RowFault(file, 0, what, "Export it again"))
            found.setdefault(key, []).extend(entries)
            rows.unread += [
                f"{key} {_id(entry)}.{name}"
                for entry in entries
                for name in sorted(entry.keys() - _LISTS[key])
            ]
    return found


def write(bodies: Sequence[tuple[str, Any]], rows: Rows, wallet: str) -> None:
    """Write the rows of the parts of one entity."""
    lists = _lists(bodies, rows)
    wallets = {name: body for body in lists.get("wallets", ()) if (name := _id(body))}
    if not wallets:
        rows.fault("it has no wallet", "Give the wallets along with the users")
    if wallet and len(wallets) > 1:
        rows.fault(f"{len(wallets)} wallets cannot all be wallet {wallet}", "Give no id")
    if rows.faults:
        return
    roles = _roles(lists.get("users", ()))
    users = _users(lists.get("users", ()), roles)
    # Whoever is on a page that is not here may initiate too.
    users.whole = not any(
        "users" in body and js.record(body.get("pagination")).get("has_next")
        for body in (js.record(value) for _, value in bodies)
    )
    change = _consensus(users, roles, rows)
    for name, body in wallets.items():
        _wallet(wallet or ident("prime", name), body, users, rows)
        rows.add(
            "policies", wallet=wallet or ident("prime", name), path="policy_change", formula=change
        )
    users.write(rows)
    rows.notes += _NOTES


def _id(body: Mapping[str, Any]) -> str:
    return js.text(body.get("id"))


def _roles(entries: Sequence[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Return the roles of each user, over all portfolios."""
    found: dict[str, set[str]] = {}
    for body in entries:
        roles = {*js.texts(body.get("roles")), js.text(body.get("role"))} - {""}
        found.setdefault(_id(body), set()).update(role.upper() for role in roles)
    return {name: frozenset(roles) for name, roles in found.items() if name}


def _right(roles: frozenset[str], given: frozenset[str]) -> bool | None:
    """Return whether the roles give a right; None where one of them is not known."""
    if roles & given:
        return True
    return False if roles and roles <= _INITIATES | _APPROVES | _NEITHER else None


def _users(entries: Sequence[Mapping[str, Any]], roles: Mapping[str, frozenset[str]]) -> Users:
    listed = {}
    for body in entries:
        name = _id(body)
        if not name:
            continue
        mail = js.text(body.get("email")).strip().lower()
        listed[name] = User(
            name,
            " ".join(js.text(body.get("name")).split()) or mail or name,
            ", ".join(sorted(roles[name])),
            active=True,
            initiates=_right(roles[name], _INITIATES),
            aliases=(f"mail:{mail}",) if "@" in mail else (),
        )
    return Users(listed if entries else None, Quorum(None, ()))


def _consensus(users: Users, roles: Mapping[str, frozenset[str]], rows: Rows) -> str:
    label = "enough approvals for the consensus of the portfolio"
    rows.add("means", id=_CONSENSUS, kind="role", label=label)
    approvers = [name for name in roles if _right(roles[name], _APPROVES) is not False]
    if approvers:
        condition = "if that many approvals are enough"
        formula = any_of(users.logins(approvers))
        rows.add("grants", means=formula, gives=_CONSENSUS, condition=condition)
    return _CONSENSUS


def _wallet(wallet: str, body: Mapping[str, Any], users: Users, rows: Rows) -> None:
    """Write one wallet and who moves it through the platform."""
    symbol, address = js.text(body.get("symbol")).upper(), js.text(body.get("address"))
    rows.add("wallets", id=wallet, asset=symbol, address=address)
    kind = js.text(body.get("type")).upper()
    if kind not in _TYPES:
        name = ident("unread", f"{wallet}/software")
        rows.add("means", id=name, kind="vendor_path", label=f"whatever moves {wallet}")
        why = clean(f"wallets of type {kind or 'none'} are not known")
        rows.add(
            "policies", wallet=wallet, path="software", formula=name, scope=f"when={why}", note=why
        )
        return
    sure, perhaps = users.initiating(users.everybody(()), named=False)
    for initiators, scope in ((sure, ""), (perhaps, "when=the role lets the user initiate")):
        if initiators:
            formula = all_of((any_of(users.logins(initiators)), _CONSENSUS))
            rows.add("policies", wallet=wallet, path="software", formula=formula, scope=scope)
