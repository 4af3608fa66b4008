"""Rules of a custody platform's policy as values, and the small readers their forms share.

The list is ordered, and the first rule that matches decides. A part that cannot be read takes in
anything and stands in the rule's doubts, and so does a key nobody knows, for it may be a condition.
A rule with doubts may match or not, and do one thing or another; nothing is guessed from it. A part
that is read but that no row can compute (a contract's method, the text of a message) is an
occasion: both what follows with it and what follows without it are gone through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

ANY = "*"
ONE_TIME = "ONE_TIME_ADDRESS"
#: Sorts of addresses a platform has on its list, under one kind of place.
UNMANAGED = "UNMANAGED"
LONGEST = 200
#: Digits past which a count is none.
_DIGITS = 9


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
    assets: frozenset[str] = frozenset((ANY,))
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
    #: Whether every group must approve, or any one; None: the export does not say.
    every_group: bool | None = False
    #: Whether an initiator's own approval counts; None: the export does not say.
    own_approval: bool | None = False
    #: False: the platform signs once the rule is met, and nobody has to.
    signed: bool = True
    #: What must be so for it to match, in words, because no row can compute it.
    occasions: tuple[str, ...] = ()
    #: What of it could not be read; not empty: nothing is known of what it does.
    doubts: tuple[str, ...] = ()

    def reaches(self, kind: str, source: Place, asset: str, destination: Place) -> bool:
        """Return whether it may match a transfer of this kind, amount and initiator aside."""
        return (
            bool(self.types & {ANY, kind})
            and any(pattern.takes(source) for pattern in self.sources)
            and self.takes_asset(asset)
            and self.takes_destination(destination)
        )

    def takes_asset(self, asset: str) -> bool:
        """Return whether it may match a transfer of this asset."""
        return bool(self.assets & {ANY, asset})

    def takes_destination(self, destination: Place) -> bool:
        """Return whether it may match a transfer to this place."""
        return any(pattern.takes(destination) for pattern in self.destinations) and (
            self.one_time is None or self.one_time == (destination.kind == ONE_TIME)
        )


class UnreadableError(ValueError):
    """A part of a rule that cannot be read; the message completes "rule 3: …"."""

    def __init__(self, what: str, keys: Iterable[str] = ()) -> None:
        super().__init__(what)
        #: The keys in it that nobody knows.
        self.keys = tuple(sorted(keys))


#: Takes one part of a rule out of its body, as fields of `Rule`. Raises UnreadableError.
PartReader = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(slots=True)
class UserSets:
    """Groups of users by id; unknown ones make a rule doubtful. Keys left over are in `unread`."""

    groups: Mapping[str, frozenset[str]]
    unread: list[str] = field(default_factory=list)

    def read(
        self, number: int, body: Any, parts: Sequence[PartReader], known: Set[str], idle: Set[str]
    ) -> Rule:
        """Return the rule; parts that cannot be read are in its doubts and take in anything.

        `known` are the keys the parts take, `idle` those that say nothing of what the rule does.
        """
        if not isinstance(body, dict):
            return Rule(number, doubts=("it is not an object",))
        doubts: list[str] = []
        fields: dict[str, Any] = {}
        for part in parts:
            try:
                fields.update(part(body))
            except UnreadableError as wrong:
                doubts.append(str(wrong))
                self.unread += [f"rule {number}: {key[:LONGEST]}" for key in wrong.keys]
        for key in sorted(body.keys() - known - idle):
            self.unread.append(f"rule {number}.{key[:LONGEST]}")
            if body[key] not in (None, "", [], {}, False):
                doubts.append(f"{key[:LONGEST]!r} may be a condition")
        return Rule(number, doubts=tuple(doubts), **fields)

    def members(self, users: Iterable[str], groups: Iterable[str], what: str) -> frozenset[str]:
        """Return the users and those of the groups together."""
        found = set(users)
        for group in groups:
            if group not in self.groups:
                raise UnreadableError(f"group {short(group)} of {what} is not in the export")
            found |= self.groups[group]
        return frozenset(found)


def only(value: Any, known: Set[str], what: str) -> dict[str, Any]:
    """Return an object that holds nothing but known keys. Raises UnreadableError."""
    if not isinstance(value, dict) or value.keys() - known:
        raise UnreadableError(what, value.keys() - known if isinstance(value, dict) else ())
    return value


def approving_group(threshold: Any, members: frozenset[str]) -> Group:
    """Return a group that must approve. Raises UnreadableError where nobody could tell who."""
    count = whole(threshold, "the threshold of an approving group")
    if count < 1:
        raise UnreadableError("an approving group has no threshold of one or more")
    if ANY in members or not members:
        raise UnreadableError("an approving group does not name its users")
    return Group(count, members)


def texts(value: Any, what: str) -> list[str]:
    """Return a list of names, empty where there is none. Raises UnreadableError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"{what} is not a list")
    return [text(item, what) for item in value]


def pattern(value: Any, what: str) -> str:
    """Return a name, `*` where none is given. The account 0 is one. Raises UnreadableError."""
    return ANY if value is None or value == "" else text(value, what)


def text(value: Any, what: str) -> str:
    """Return a name; some programs write ids that are numbers as such. Raises UnreadableError."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        raise UnreadableError(f"{what} {short(value)} is not a name")
    return value


def number(value: Any) -> Decimal:
    """Return an amount of zero or more. Raises UnreadableError."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidOperation
        amount = Decimal(str(value)[:60])
    except (InvalidOperation, ValueError) as wrong:
        raise UnreadableError(f"amount {short(value)} is not a number") from wrong
    if not amount.is_finite() or amount < 0 or abs(amount.adjusted()) > 40:
        raise UnreadableError(f"amount {short(value)} cannot be one")
    return amount


def whole(value: Any, what: str) -> int:
    """Return a whole number, written as one, with zeros behind its point, or as a text."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= _DIGITS:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnreadableError(f"{what} is not a whole number")
    return value


def flag(value: Any, what: str) -> bool:
    """Return a yes or no, no where nothing is said. Raises UnreadableError."""
    if value not in (None, True, False):
        raise UnreadableError(f"{what} is neither true nor false")
    return bool(value)


def short(value: Any) -> str:
    """Return a value as a message quotes it."""
    return repr(str(value)[:60])
