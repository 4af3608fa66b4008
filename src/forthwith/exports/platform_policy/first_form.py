"""Rules of Fireblocks' policy in its first form (TAP, `GET /v1/tap/active_policy`).

The shape is LegacyPolicyRule of the Fireblocks API, OpenAPI document 1.6.2 (models of the Python
SDK 35.1.0), old and new spellings side by side (`operator` and `operators`, `srcId` and `src.ids`,
`authorizers` and `authorizationGroups`). A rule's amount is what a transfer must exceed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forthwith.exports.platform_policy.rules import (
    ANY,
    ONE_TIME,
    Place,
    Rule,
    UnreadableError,
    UserSets,
    approving_group,
    flag,
    number,
    only,
    pattern,
    short,
    text,
    texts,
    whole,
)

_ACTIONS = frozenset(("ALLOW", "BLOCK", "2-TIER"))
CURRENCIES = frozenset(("USD", "EUR", "NATIVE"))
#: What says nothing about when the rule matches or what it does.
_IDLE = frozenset(
    ("id", "name", "description", "externalDescriptor", "amountScope", "amountAggregation")
)
_TAKEN = frozenset(
    ("type", "transactionType", "action", "asset", "operator", "operators", "operatorsV2",
     "designatedSigner", "designatedSigners", "src", "srcType", "srcSubType", "srcId", "dst",
     "dstType", "dstSubType", "dstId", "dstAddressType", "amount", "amountCurrency", "periodSec",
     "authorizers", "authorizersCount", "authorizationGroups", "applyForApprove",
     "applyForTypedMessage", "rawMessageSigning")
)  # fmt: skip


def read(sets: UserSets, number: int, body: Any) -> Rule:
    """Return one rule of a list; parts that cannot be read are in its doubts."""
    reader = _Reader(sets)
    parts = (
        reader.action,
        reader.types,
        reader.asset,
        reader.operators,
        reader.signers,
        reader.source,
        reader.destination,
        reader.amount,
        reader.approvals,
        reader.raw_message,
    )
    return sets.read(number, body, parts, _TAKEN, _IDLE)


class _Reader:
    """Takes the parts of one rule."""

    def __init__(self, sets: UserSets) -> None:
        self._sets = sets

    def action(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"action": _action(body)}

    def types(self, body: dict[str, Any]) -> dict[str, Any]:
        name = text(body.get("transactionType") or body.get("type") or "TRANSFER", "type")
        types = {name.upper()}
        for key, more in (
            ("applyForApprove", "APPROVE"),
            ("applyForTypedMessage", "TYPED_MESSAGE"),
        ):
            types |= {more} if flag(body.get(key), key) else set()
        return {"types": frozenset(types)}

    def asset(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"assets": frozenset((text(body.get("asset", ANY), "asset"),))}

    def operators(self, body: dict[str, Any]) -> dict[str, Any]:
        newer = "operatorsV2" if body.get("operators") is None else "operators"
        if body.get("operators") and body.get("operatorsV2") not in (None, body["operators"]):
            raise UnreadableError("operators and operatorsV2 say different things")
        return {"operators": self._users(body, newer, "operator")}

    def signers(self, body: dict[str, Any]) -> dict[str, Any]:
        if not body.get("designatedSigners") and not body.get("designatedSigner"):
            return {}
        signers = self._users(body, "designatedSigners", "designatedSigner")
        if signers is not None and not signers:
            return {}
        return {"signers": signers}

    def _users(self, body: dict[str, Any], many: str, single_key: str) -> frozenset[str] | None:
        """Return the users of a part in either spelling; None for everybody."""
        value = body.get(many)
        if value is None:
            single = text(body.get(single_key, ANY), single_key)
            return None if single == ANY else frozenset((single,))
        return self._members(value, many)

    def _members(self, value: Any, what: str) -> frozenset[str] | None:
        """Return the users of an object with `users` and `usersGroups`; None for everybody."""
        known = {"users", "usersGroups", "th", "services", "wildcard"}
        only(value, known, f"{what} is not users and groups alone")
        wildcard = value.get("wildcard")
        if wildcard not in (None, ANY):
            raise UnreadableError(f"wildcard {short(wildcard)} of {what} is not known")
        named = [user for key in ("users", "services") for user in texts(value.get(key), what)]
        groups = texts(value.get("usersGroups"), what)
        if wildcard and (named or groups):
            raise UnreadableError(f"{what} is everybody and somebody by name as well")
        users = self._sets.members(named, groups, what)
        return None if wildcard or ANY in users else users

    def source(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"sources": tuple(_places(body, "src"))}

    def destination(self, body: dict[str, Any]) -> dict[str, Any]:
        places = tuple(_places(body, "dst"))
        return {"destinations": places, "one_time": one_time(body.get("dstAddressType"), places)}

    def amount(self, body: dict[str, Any]) -> dict[str, Any]:
        amount, seconds = body.get("amount", 0), whole(body.get("periodSec") or 0, "periodSec")
        if seconds < 0:
            raise UnreadableError("periodSec is not a number of seconds")
        span = {"min": amount}
        if isinstance(amount, dict):
            span = amount
            if "range" in amount:
                only(amount, {"range"}, "amount is not a number or a range")
                span = amount["range"]
            only(span, {"min", "max"}, "amount is not a number or a range")
        return {**limits(span, body.get("amountCurrency")), "seconds": seconds}

    def approvals(self, body: dict[str, Any]) -> dict[str, Any]:
        action = str(body.get("action", "")).upper().replace("_", "-")
        if action != "2-TIER":
            if action == "ALLOW" and _approvers_named(body):
                # As of a rule of the second form: one of the two is not meant, and which?
                raise UnreadableError("it names approvers, and its action is ALLOW")
            return {}
        value = body.get("authorizationGroups")
        if value is None:
            count = body.get("authorizersCount")
            users = texts(body.get("authorizers"), "authorizers")
            if any(user in self._sets.groups for user in users):
                raise UnreadableError(
                    "a group is among the authorizers, who are counted one by one"
                )
            return {"groups": (approving_group(count, frozenset(users)),)}
        known = {"logic", "groups", "allowOperatorAsAuthorizer"}
        only(value, known, "authorizationGroups is not logic and groups alone")
        own = value.get("allowOperatorAsAuthorizer")
        if own is not None:
            own = flag(own, "allowOperatorAsAuthorizer")
        listed = value.get("groups")
        # Written as a list, and by some programs as an object whose names are 0, 1, 2 …
        if isinstance(listed, dict) and all(name.isdecimal() for name in listed):
            listed = [listed[name] for name in sorted(listed, key=lambda name: int(name[:9]))]
        if not isinstance(listed, list) or not listed:
            raise UnreadableError("it asks for approval and names nobody to give it")
        groups = []
        for entry in listed:
            members = self._members(entry, "an approving group")
            if members is None:
                raise UnreadableError("an approving group is everybody")
            # "Default is 1" (LegacyPolicyRuleAuthorizationGroupsGroupsInner.th).
            groups.append(approving_group(entry.get("th", 1), members))
        every = every_group(value.get("logic"), groups)
        return {"groups": tuple(groups), "every_group": every, "own_approval": own}

    def raw_message(self, body: dict[str, Any]) -> dict[str, Any]:
        value = body.get("rawMessageSigning")
        if not value:
            return {}
        only(value, {"algorithm", "derivationPath"}, "rawMessageSigning is not an algorithm")
        return {"occasions": ("the message is of the algorithm and the derivation path it names",)}


def _approvers_named(body: dict[str, Any]) -> bool:
    """Tell whether somebody is named to approve; programs write the parts empty as well."""
    value = body.get("authorizationGroups")
    listed = value.get("groups") if isinstance(value, dict) else None
    entries = list(listed.values()) if isinstance(listed, dict) else listed
    return bool(body.get("authorizers")) or any(
        isinstance(entry, dict) and (entry.get("users") or entry.get("usersGroups"))
        for entry in (entries if isinstance(entries, list) else ())
    )


def _action(body: dict[str, Any]) -> str:
    action = str(body.get("action", "")).upper().replace("_", "-")
    if action not in _ACTIONS:
        raise UnreadableError(f"action {short(body.get('action'))} is not known")
    return action


def one_time(value: Any, places: tuple[Place, ...]) -> bool | None:
    """Return whether only addresses on no list are meant, or only ones on a list, or both."""
    sort = str(value or ANY)
    if sort not in (ANY, "WHITELISTED", "ONE_TIME"):
        raise UnreadableError(f"the type of address {short(sort)} is not known")
    if sort == "ONE_TIME" and any(place.kind not in (ANY, ONE_TIME) for place in places):
        raise UnreadableError("a one-time address is asked for and another kind as well")
    return None if sort == ANY else sort == "ONE_TIME"


def limits(span: Any, unit: Any) -> dict[str, Any]:
    """Return what amounts `min` (not included) and `max` (included) take, in which currency."""
    least = number(span.get("min") or 0)
    most = None if span.get("max") is None else number(span["max"])
    currency = str(unit or "USD").upper()
    if (least or most is not None) and currency not in CURRENCIES:
        raise UnreadableError(f"currency {short(currency)} is not known")
    return {"least": least, "most": most, "currency": currency}


def every_group(logic: Any, groups: list[Any]) -> bool | None:
    """Return whether all groups must approve or one; None where several do not say which."""
    word = str(logic or "").upper()
    if word not in ("AND", "OR", ""):
        raise UnreadableError("the logic of the approving groups is not known")
    return word == "AND" if word else (None if len(groups) > 1 else False)


def _places(body: dict[str, Any], side: str) -> Iterator[Place]:
    value = body.get(side)
    if value is None:
        parts = [body.get(f"{side}{part}") for part in ("Type", "Id", "SubType")]
        yield Place(*(pattern(part, side) for part in parts))
        return
    only(value, {"ids"}, f"{side} is not a list of ids")
    listed = value.get("ids")
    if not isinstance(listed, list) or not listed:
        raise UnreadableError(f"{side} is not a list of ids")
    for ids in listed:
        if not isinstance(ids, list) or not 1 <= len(ids) <= 3:
            raise UnreadableError(f"{side} has an id that is not id, type and sort")
        place, kind, sort = (pattern(part, side) for part in [*ids, ANY, ANY][:3])
        yield Place(kind, place, sort)
