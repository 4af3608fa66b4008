"""Rules of a custody platform's transaction policy: as values, and read one by one.

The shape is that of Fireblocks policy exports, old and new spellings side by side (`operator` and
`operators`, `srcId` and `src.ids`, `authorizers` and `authorizationGroups`). The list is ordered,
and the first rule that matches decides. A part that cannot be read takes in anything and stands in
the rule's doubts, and so does a key nobody knows, for it may be a condition. A rule with doubts may
match or not, and do one thing or another; nothing is guessed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

ANY = "*"
ONE_TIME = "ONE_TIME_ADDRESS"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A source or destination, or in a rule the pattern of one: `*` is any."""

    kind: str
    id: str = ANY
    sort: str = ANY

    def takes(self, other: Place) -> bool:
        """Return whether a place fits this pattern; `*` in a place is none that a rule names."""
        pairs = ((self.kind, other.kind), (self.id, other.id), (self.sort, other.sort))
        return all(mine in (ANY, theirs) for mine, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these users must approve."""

    threshold: int
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. None where a set of users is everybody."""

    number: int
    action: str = "BLOCK"
    types: frozenset[str] = frozenset((ANY,))
    asset: str = ANY
    operators: frozenset[str] | None = None
    #: Empty: the initiator signs.
    signers: frozenset[str] | None = frozenset()
    sources: tuple[Place, ...] = (Place(ANY),)
    destinations: tuple[Place, ...] = (Place(ANY),)
    #: True: only addresses that are on no list; False: only ones that are; None: both.
    one_time: bool | None = None
    #: It matches amounts above `least` and up to `most`.
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    currency: str = "USD"
    #: Not 0: it counts the total of so many seconds instead of one transfer.
    seconds: int = 0
    groups: tuple[Group, ...] = ()
    #: Whether every group must approve, or any one.
    every_group: bool = False
    own_approval: bool = False
    #: What of it could not be read; not empty: nothing is known of what it does.
    doubts: tuple[str, ...] = ()

    def reaches(self, kind: str, source: Place, asset: str, destination: Place) -> bool:
        """Return whether it may match a transfer of this kind, amount and initiator aside."""
        return (
            bool(self.types & {ANY, kind})
            and self.asset in (ANY, asset)
            and any(pattern.takes(source) for pattern in self.sources)
            and any(pattern.takes(destination) for pattern in self.destinations)
            and (self.one_time is None or self.one_time == (destination.kind == ONE_TIME))
        )


_ACTIONS = frozenset(("ALLOW", "BLOCK", "2-TIER"))
_CURRENCIES = frozenset(("USD", "EUR", "NATIVE"))
#: What says nothing about when the rule matches or what it does.
_IDLE = frozenset(
    ("id", "name", "description", "externalDescriptor", "amountScope", "amountAggregation")
)
_TAKEN = frozenset(
    ("type", "transactionType", "action", "asset", "operator", "operators", "designatedSigner",
     "designatedSigners", "src", "srcType", "srcSubType", "srcId", "dst", "dstType", "dstSubType",
     "dstId", "dstAddressType", "amount", "amountCurrency", "periodSec", "authorizers",
     "authorizersCount", "authorizationGroups", "applyForApprove", "applyForTypedMessage")
)  # fmt: skip
_LONGEST = 200


class UnreadableError(ValueError):
    """A part of a rule that cannot be read; the message completes "rule 3: …"."""

    def __init__(self, what: str, keys: Iterable[str] = ()) -> None:
        super().__init__(what)
        #: The keys in it that nobody knows.
        self.keys = tuple(sorted(keys))


@dataclass(slots=True)
class RuleReader:
    """Reads rules; groups of users are known by id, unknown ones make a rule doubtful."""

    groups: Mapping[str, frozenset[str]]
    unread: list[str] = field(default_factory=list)

    def read(self, number: int, body: Any) -> Rule:
        """Return the rule; parts that cannot be read are in its doubts and take in anything."""
        if not isinstance(body, dict):
            return Rule(number, doubts=("it is not an object",))
        doubts: list[str] = []
        fields: dict[str, Any] = {}
        for part in (
            self._action,
            self._types,
            self._asset,
            self._operators,
            self._signers,
            self._source,
            self._destination,
            self._amount,
            self._approvals,
        ):
            try:
                fields.update(part(body))
            except UnreadableError as wrong:
                doubts.append(str(wrong))
                self.unread += [f"rule {number}: {key[:_LONGEST]}" for key in wrong.keys]
        for key in sorted(body.keys() - _TAKEN - _IDLE):
            self.unread.append(f"rule {number}.{key[:_LONGEST]}")
            if body[key] not in (None, "", [], {}, False):
                doubts.append(f"{key[:_LONGEST]!r} may be a condition")
        return Rule(number, doubts=tuple(doubts), **fields)

    def _action(self, body: dict[str, Any]) -> dict[str, Any]:
        action = str(body.get("action", "")).upper().replace("_", "-")
        if action not in _ACTIONS:
            raise UnreadableError(f"action {_short(body.get('action'))} is not known")
        return {"action": action}

    def _types(self, body: dict[str, Any]) -> dict[str, Any]:
        name = _text(body.get("transactionType") or body.get("type") or "TRANSFER", "type")
        types = {name.upper()}
        for key, more in (
            ("applyForApprove", "APPROVE"),
            ("applyForTypedMessage", "TYPED_MESSAGE"),
        ):
            if body.get(key) not in (None, True, False):
                raise UnreadableError(f"{key} is neither true nor false")
            types |= {more} if body.get(key) else set()
        return {"types": frozenset(types)}

    def _asset(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"asset": _text(body.get("asset", ANY), "asset")}

    def _operators(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"operators": self._users(body, "operators", "operator", "services")}

    def _signers(self, body: dict[str, Any]) -> dict[str, Any]:
        if not body.get("designatedSigners") and not body.get("designatedSigner"):
            return {}
        return {"signers": self._users(body, "designatedSigners", "designatedSigner")}

    def _users(
        self, body: dict[str, Any], many: str, single_key: str, *more: str
    ) -> frozenset[str] | None:
        """Return the users of a part in either spelling; None for everybody."""
        value = body.get(many)
        if value is None:
            single = _text(body.get(single_key, ANY), single_key)
            return None if single == ANY else frozenset((single,))
        return self.members(value, many, *more)

    def members(self, value: Any, what: str, *more: str) -> frozenset[str] | None:
        """Return the users of an object with `users` and `usersGroups`; None for everybody."""
        known = {"users", "usersGroups", "th", *more}
        _only(value, known, f"{what} is not users and groups alone")
        users = {user for key in ("users", *more) for user in _texts(value.get(key), what)}
        for group in _texts(value.get("usersGroups"), what):
            if group not in self.groups:
                raise UnreadableError(f"group {_short(group)} of {what} is not in the export")
            users |= self.groups[group]
        return None if ANY in users else frozenset(users)

    def _source(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"sources": tuple(_places(body, "src"))}

    def _destination(self, body: dict[str, Any]) -> dict[str, Any]:
        places = tuple(_places(body, "dst"))
        sort = str(body.get("dstAddressType") or ANY)
        if sort not in (ANY, "WHITELISTED", "ONE_TIME"):
            raise UnreadableError(f"dstAddressType {_short(sort)} is not known")
        if sort == "ONE_TIME" and any(place.kind not in (ANY, ONE_TIME) for place in places):
            raise UnreadableError("a one-time address is asked for and another kind as well")
        return {
            "destinations": places,
            "one_time": None if sort == ANY else sort == "ONE_TIME",
        }

    def _amount(self, body: dict[str, Any]) -> dict[str, Any]:
        amount, seconds = body.get("amount", 0), body.get("periodSec") or 0
        if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
            raise UnreadableError("periodSec is not a number of seconds")
        span = {"min": amount}
        if isinstance(amount, dict):
            span = amount
            if "range" in amount:
                _only(amount, {"range"}, "amount is not a number or a range")
                span = amount["range"]
            _only(span, {"min", "max"}, "amount is not a number or a range")
        least = _number(span.get("min") or 0)
        most = None if span.get("max") is None else _number(span["max"])
        currency = str(body.get("amountCurrency") or "USD").upper()
        if (least or most is not None) and currency not in _CURRENCIES:
            raise UnreadableError(f"amountCurrency {_short(currency)} is not known")
        return {"least": least, "most": most, "currency": currency, "seconds": seconds}

    def _approvals(self, body: dict[str, Any]) -> dict[str, Any]:
        if str(body.get("action", "")).upper().replace("_", "-") != "2-TIER":
            return {}
        value = body.get("authorizationGroups")
        if value is None:
            count, users = (
                body.get("authorizersCount"),
                _texts(body.get("authorizers"), "authorizers"),
            )
            return {"groups": (_group(count, frozenset(users)),)}
        known = {"logic", "groups", "allowOperatorAsAuthorizer"}
        _only(value, known, "authorizationGroups is not logic and groups alone")
        logic = str(value.get("logic") or "OR").upper()
        own = value.get("allowOperatorAsAuthorizer")
        listed = value.get("groups")
        if logic not in ("AND", "OR") or own not in (None, True, False):
            raise UnreadableError("the logic of authorizationGroups is not known")
        if not isinstance(listed, list) or not listed:
            raise UnreadableError("it asks for approval and names nobody to give it")
        groups = []
        for entry in listed:
            members = self.members(entry, "an approving group")
            if members is None:
                raise UnreadableError("an approving group is everybody")
            groups.append(_group(entry.get("th"), members))
        return {"groups": tuple(groups), "every_group": logic == "AND", "own_approval": bool(own)}


def _only(value: Any, known: Set[str], what: str) -> None:
    """Raise UnreadableError for what is no object, or holds keys that nobody knows."""
    if not isinstance(value, dict) or value.keys() - known:
        raise UnreadableError(what, value.keys() - known if isinstance(value, dict) else ())


def _group(threshold: Any, members: frozenset[str]) -> Group:
    if isinstance(threshold, bool) or not isinstance(threshold, int) or threshold < 1:
        raise UnreadableError("an approving group has no threshold of one or more")
    if ANY in members or not members:
        raise UnreadableError("an approving group does not name its users")
    return Group(threshold, members)


def _places(body: dict[str, Any], side: str) -> Iterator[Place]:
    value = body.get(side)
    if value is None:
        parts = [body.get(f"{side}{part}") for part in ("Type", "Id", "SubType")]
        yield Place(*(_text(part or ANY, side) for part in parts))
        return
    _only(value, {"ids"}, f"{side} is not a list of ids")
    listed = value.get("ids")
    if not isinstance(listed, list) or not listed:
        raise UnreadableError(f"{side} is not a list of ids")
    for ids in listed:
        if not isinstance(ids, list) or not 1 <= len(ids) <= 3:
            raise UnreadableError(f"{side} has an id that is not id, type and sort")
        place, kind, sort = (_text(part or ANY, side) for part in [*ids, ANY, ANY][:3])
        yield Place(kind, place, sort)


def _texts(value: Any, what: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"{what} is not a list")
    return [_text(item, what) for item in value]


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        raise UnreadableError(f"{what} {_short(value)} is not a name")
    return value


def _number(value: Any) -> Decimal:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidOperation
        number = Decimal(str(value)[:60])
    except (InvalidOperation, ValueError) as wrong:
        raise UnreadableError(f"amount {_short(value)} is not a number") from wrong
    if not number.is_finite() or number < 0 or abs(number.adjusted()) > 40:
        raise UnreadableError(f"amount {_short(value)} cannot be one")
    return number


def _short(value: Any) -> str:
    return repr(str(value)[:60])
