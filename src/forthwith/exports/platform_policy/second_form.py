"""Rules of Fireblocks' policy in its second form (`GET /v1/policy/active_policy`).

The shape is PolicyRule of the Fireblocks API, OpenAPI document 1.6.2 (models of the Python SDK
35.1.0), with `policyEngineVersion` v2: type, initiator, asset, source, destination, amount and
verdict. Read beside it are the spellings of earlier answers: `{"any": "*"}`, `{"ids": [...]}` where
a list stands today, `quorum` for `threshold`, REQUIRE_APPROVAL for 2-TIER.

What the document names and does not say how it matches (methods, tags, side) is an occasion.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forthwith.exports.platform_policy.first_form import every_group, limits, one_time
from forthwith.exports.platform_policy.rules import (
    ANY,
    UNMANAGED,
    Place,
    Rule,
    UnreadableError,
    UserSets,
    approving_group,
    flag,
    only,
    short,
    text,
    texts,
)

#: Rules of these types decide what is screened, not who may move what.
SCREENING = ("COMPLIANCE", "AML_", "TR_")
_ACTIONS = {"ALLOW": "ALLOW", "BLOCK": "BLOCK", "2-TIER": "2-TIER", "REQUIRE-APPROVAL": "2-TIER"}
_IDLE = frozenset(
    ("id", "name", "policyEngineVersion", "externalDescriptor", "isGlobalPolicy", "index")
)
#: Parts that narrow what a rule takes, in a way no row can compute.
_OCCASIONS = {
    "subType": "it is of the kind it names besides",
    "account": "it is about the account it names",
    "side": "the order is on the side it names",
    "method": "the contract's method is one it names",
    "programCall": "the program called is one it names",
    "dAppAddress": "the application is one it names",
    "derivationPath": "the derivation path is the one it names",
    "screeningMetadata": "screening says what it names",
    "quoteAsset": "the quoted asset is the one it names",
    "baseAsset": "the base asset is the one it names",
    "quoteAmount": "the quoted amount is what it names",
    "baseAmount": "the base amount is what it names",
}
_TAKEN = frozenset(
    ("type", "initiator", "asset", "source", "destination", "amount", "amountOverTime", "verdict",
     *_OCCASIONS)
)  # fmt: skip
_EVERYTHING: tuple[Any, ...] = (None, ANY, {"any": ANY}, {"wildcard": ANY})
#: Types of account that are sorts of one kind in the first form, and in lists of addresses.
_SORTS = frozenset(("EXTERNAL", "INTERNAL", "CONTRACT"))


def read(sets: UserSets, number: int, body: Any) -> Rule:
    """Return one rule of a list; parts that cannot be read are in its doubts."""
    reader = _Reader(sets)
    parts = (
        reader.verdict,
        reader.types,
        reader.asset,
        reader.initiator,
        reader.source,
        reader.destination,
        reader.amount,
        reader.occasions,
    )
    return sets.read(number, body, parts, _TAKEN, _IDLE)


class _Reader:
    """Takes the parts of one rule."""

    def __init__(self, sets: UserSets) -> None:
        self._sets = sets

    def types(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"types": frozenset((text(body.get("type"), "type").upper(),))}

    def initiator(self, body: dict[str, Any]) -> dict[str, Any]:
        value = body.get("initiator")
        if value in _EVERYTHING:
            return {"operators": None}
        known = {"users", "groups", "services", "fbAdminGroups", "exchange", "operator"}
        value = only(value, known, "initiator is not users and groups alone")
        _includes(value, "initiator")
        if value.get("fbAdminGroups") or value.get("exchange"):
            raise UnreadableError("initiator names others than users, groups and services")
        users = self._members(value, "initiator", "services")
        if not users:
            raise UnreadableError("initiator names nobody")
        return {"operators": None if ANY in users else users}

    def _members(self, value: Any, what: str, *more: str) -> frozenset[str]:
        named = [user for key in ("users", *more) for user in _ids(value.get(key), what)]
        return self._sets.members(named, _ids(value.get("groups"), what), what)

    def asset(self, body: dict[str, Any]) -> dict[str, Any]:
        value = body.get("asset")
        if value in _EVERYTHING:
            return {}
        if isinstance(value, str):
            return {"assets": frozenset((text(value, "asset"),))}
        known = {"nftTransfer", "assetTypes", "operator", "ids", "assets"}
        value = only(value, known, "asset is not a list of assets")
        _includes(value, "asset")
        flag(value.get("nftTransfer"), "nftTransfer")
        lists = [value[key] for key in ("assetTypes", "ids", "assets") if value.get(key)]
        if len(lists) > 1:
            raise UnreadableError("asset is given in two ways")
        names = frozenset(_ids(lists[0], "asset")) if lists else frozenset()
        return {"assets": frozenset((ANY,)) if ANY in names or not names else names}

    def source(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"sources": tuple(_places(body.get("source"), "source", {"matchFrom"}))}

    def destination(self, body: dict[str, Any]) -> dict[str, Any]:
        value = body.get("destination")
        places = tuple(_places(value, "destination", {"matchFrom", "addressType"}))
        sort = value.get("addressType") if isinstance(value, dict) else None
        return {"destinations": places, "one_time": one_time(sort, places)}

    def amount(self, body: dict[str, Any]) -> dict[str, Any]:
        amount, over = body.get("amount"), body.get("amountOverTime")
        if over is None:
            return {} if amount is None else _limits(amount, {"range", "currency"})
        fields = _limits(over, {"range", "currency", "timePeriod"})
        known = {"seconds", "initiator", "source", "destination"}
        period = only(over.get("timePeriod"), known, "timePeriod is not a period")
        seconds = str(period.get("seconds"))
        if not seconds.isdecimal() or not 0 < len(seconds) <= 12 or not int(seconds):
            raise UnreadableError(f"timePeriod {short(seconds)} is not a number of seconds")
        if amount is not None:
            raise UnreadableError("it limits one transfer and a total at once")
        return {**fields, "seconds": int(seconds)}

    def verdict(self, body: dict[str, Any]) -> dict[str, Any]:
        known = {"action", "approvers", "designatedSigners"}
        value = only(body.get("verdict"), known, "verdict is not an action")
        action = _ACTIONS.get(str(value.get("action", "")).upper().replace("_", "-"))
        if action is None:
            raise UnreadableError(f"action {short(value.get('action'))} is not known")
        fields: dict[str, Any] = {"action": action, **self._signers(value.get("designatedSigners"))}
        approvers = value.get("approvers")
        if action == "2-TIER":
            fields |= self._approvers(approvers)
        elif isinstance(approvers, dict) and approvers.get("approvalGroups"):
            raise UnreadableError(f"it names approvers, and its action is {action}")
        return fields

    def _signers(self, value: Any) -> dict[str, Any]:
        if not value:
            return {}
        only(value, {"type", "users", "groups"}, "designatedSigners is not users and groups alone")
        sort = str(value.get("type") or "").upper()
        signers = self._members(value, "designatedSigners")
        if sort not in ("SINGLE", "MULTIPLE", "INITIATOR", "") or (sort == "INITIATOR") == bool(
            signers
        ):
            raise UnreadableError("who signs is not said in a way that is known")
        return {"signers": None if ANY in signers else signers} if signers else {}

    def _approvers(self, value: Any) -> dict[str, Any]:
        known = {"canInitiatorApprove", "operator", "allowOperatorAsAuthorizer", "approvalGroups"}
        value = only(value, known, "approvers is not groups alone")
        said = {
            flag(value[key], key)
            for key in ("canInitiatorApprove", "allowOperatorAsAuthorizer")
            if value.get(key) is not None
        }
        if len(said) > 1:
            raise UnreadableError("whether the initiator may approve is said in two ways")
        listed = value.get("approvalGroups")
        if not isinstance(listed, list) or not listed:
            raise UnreadableError("it asks for approval and names nobody to give it")
        groups = []
        for entry in listed:
            only(entry, {"threshold", "quorum", "users", "groups"}, "an approving group is not one")
            threshold = entry.get("threshold", entry.get("quorum"))
            members = self._members(entry, "an approving group")
            groups.append(approving_group(threshold, members))
        every = every_group(value.get("operator"), groups)
        return {
            "groups": tuple(groups),
            "every_group": every,
            "own_approval": next(iter(said), None),
        }

    def occasions(self, body: dict[str, Any]) -> dict[str, Any]:
        found = [
            words for key, words in _OCCASIONS.items() if body.get(key) not in (*_EVERYTHING, [])
        ]
        for key in ("source", "destination"):
            value = body.get(key)
            if isinstance(value, dict) and value.get("tags"):
                found.append(f"the {key} has a tag it names")
        asset = body.get("asset")
        if isinstance(asset, dict) and asset.get("nftTransfer") is True:
            found.append("what moves is not fungible")
        return {"occasions": tuple(found)}


def _includes(value: dict[str, Any], what: str) -> None:
    operator = value.get("operator")
    if str(operator or "INCLUDES").upper() != "INCLUDES":
        raise UnreadableError(f"operator {short(operator)} of {what} is not known")


def _ids(value: Any, what: str) -> list[str]:
    """Return the names of a list, or of an object with a list under `ids`."""
    if isinstance(value, dict):
        only(value, {"ids"}, f"{what} is not a list of ids")
        value = value.get("ids")
    if isinstance(value, list):
        value = [
            item.get("id") if isinstance(item, dict) and item.keys() == {"id"} else item
            for item in value
        ]
    return texts(value, what)


def _limits(value: Any, known: set[str]) -> dict[str, Any]:
    value = only(value, known, "amount is not a range")
    span = only(value.get("range"), {"min", "max"}, "amount is not a range")
    return limits(span, value.get("currency"))


def _places(value: Any, what: str, more: set[str]) -> Iterator[Place]:
    if isinstance(value, dict) and value.get("matchFrom"):
        raise UnreadableError(f"{what} is matched from another part of the transaction")
    # Where only is said how addresses are listed, any place is meant.
    if value in _EVERYTHING or (isinstance(value, dict) and not value.keys() - more):
        yield Place(ANY)
        return
    known = {"type", "subType", "ids", "tags", "operator", *more}
    value = only(value, known, f"{what} is not accounts")
    _includes(value, what)
    kinds = [value["type"]] if isinstance(value.get("type"), str) else value.get("type")
    kinds = [kind.upper() for kind in texts(kinds, what)]
    listed = [*_listed(value.get("ids"), what), *_listed(value.get("subType"), what)]
    if value.get("tags") and (listed or kinds):
        raise UnreadableError(
            f"{what} names accounts and tags, which may add to them or narrow them"
        )
    if not listed:
        yield from (_place(kind, ANY, ANY) for kind in kinds or [ANY])
        return
    single = kinds[0] if len(kinds) == 1 else ""
    for item in listed:
        kind = str(item.get("type") or single or ANY).upper()
        names = [
            text(item[key], what) for key in ("id", "address") if item.get(key) not in (None, "")
        ]
        if len(names) > 1:
            raise UnreadableError(f"{what} has an account with an address of its own")
        yield _place(kind, names[0] if names else ANY, str(item.get("subType") or ANY).upper())
    # A type that none of the ids has is taken whole.
    named = {str(item.get("type") or single or ANY).upper() for item in listed}
    yield from (_place(kind, ANY, ANY) for kind in kinds if not named & {kind, ANY})


def _listed(value: Any, what: str) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"{what} has no list of ids")
    for item in value:
        only(item, {"type", "id", "subType", "address"}, f"{what} has an id that is not one")
    return value


def _place(kind: str, name: str, sort: str) -> Place:
    if kind in _SORTS and sort in (ANY, kind):
        return Place(UNMANAGED, name, kind)
    return Place(ANY if kind == "ANY" else kind, name, sort)
