"""AWS IAM policy: statements, and whether they allow an action on a resource.

Every verdict has two bounds: YES holds whatever the request looks like, NO holds likewise, MAYBE
rests on something a policy export does not show (a condition, a boundary, another policy), and
says so in words. In a pattern `*` is any run of signs, `?` is one sign, nothing else is; matching
takes time in proportion to the product of the two lengths, whatever the pattern.
Source: IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements", "Resource" and
"Action".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

#: No ARN and no action is longer; a longer pattern is not AWS's.
LONGEST = 2_048
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_USER_NAME = re.compile(r"\$\{aws:username\}", re.IGNORECASE)
_WORDS = 140
_UNSAFE = re.compile(r"[\s,()\"'%;]")


def covers(pattern: str, target: str) -> bool:
    """Tell whether `pattern` matches everything `target` stands for.

    `target` may hold wildcards itself, and then means every text they stand for: only a `*` of the
    pattern takes in a `*` of the target.
    """
    head = _head(pattern)
    # Most pairs part here: a resource is named in full, or by the start of its name.
    if pattern in ("*", target) or not target.startswith(head) or len(head) == len(pattern):
        return pattern in ("*", target)
    place = star = mark = 0
    retry = -1
    while star < len(target):
        if place < len(pattern) and pattern[place] == "*":
            retry, mark = place, star
            place += 1
        elif place < len(pattern) and _takes(pattern[place], target[star]):
            place += 1
            star += 1
        elif retry >= 0:
            mark += 1
            place, star = retry + 1, mark
        else:
            return False
    return all(sign == "*" for sign in pattern[place:])


@lru_cache(maxsize=4096)
def _head(pattern: str) -> str:
    """Return what stands before the first wildcard."""
    return pattern[: min((at for at in map(pattern.find, "*?") if at >= 0), default=len(pattern))]


def _takes(sign: str, other: str) -> bool:
    return other != "*" if sign == "?" else sign == other


def overlaps(pattern: str, other: str) -> bool:
    """Tell whether some text matches both patterns."""
    if len(_head(other)) == len(other):
        return covers(pattern, other)
    if len(_head(pattern)) == len(pattern):
        return covers(other, pattern)
    shorter = min(len(_head(pattern)), len(_head(other)))
    if pattern[:shorter] != other[:shorter]:
        return False
    row = _skip({0}, other)
    for sign in pattern:
        if sign == "*":
            # Any run: every place from the first reached one on.
            row = set(range(min(row), len(other) + 1)) if row else set()
        else:
            row = _skip(_step(row, sign, other), other)
        if not row:
            return False
    return len(other) in row


def _step(row: set[int], sign: str, other: str) -> set[int]:
    places: set[int] = set()
    for place in row:
        if place < len(other):
            if other[place] == "*":
                places.add(place)
            elif "?" in (sign, other[place]) or sign == other[place]:
                places.add(place + 1)
    return places


def _skip(row: set[int], other: str) -> set[int]:
    """Add the places reached by taking a `*` of `other` for nothing."""
    places = set(row)
    for place in sorted(row):
        while place < len(other) and other[place] == "*" and place + 1 not in places:
            place += 1
            places.add(place)
    return places


class Level(IntEnum):
    """How far a right is certain."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """A level, and for MAYBE the words on which it hangs."""

    level: Level
    words: tuple[str, ...] = ()

    def __and__(self, other: Verdict) -> Verdict:
        """Return what holds when both must."""
        level = min(self.level, other.level)
        parts = (verdict for verdict in (self, other) if verdict.level is Level.MAYBE)
        words = tuple(dict.fromkeys(word for verdict in parts for word in verdict.words))
        return Verdict(level, words if level is Level.MAYBE else ())

    def __or__(self, other: Verdict) -> Verdict:
        """Return the better; of two uncertain ones the first speaks."""
        return other if other.level > self.level else self


NO, YES = Verdict(Level.NO), Verdict(Level.YES)


def maybe(words: str) -> Verdict:
    """Return a verdict that hangs on `words`."""
    return Verdict(Level.MAYBE, (words,))


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a statement of a trust or key policy names: (kind, value) pairs; `*` has kind "AWS"."""

    named: tuple[tuple[str, str], ...]
    #: NotPrincipal: everybody but these.
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, read."""

    allows: bool
    #: Lower case: actions match whatever their case.
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    #: The policy and its Sid as a person would look for it.
    source: str
    not_actions: bool = False
    not_resources: bool = False
    #: Quoted briefly; "" when the statement holds whatever the request looks like.
    condition: str = ""
    principals: Principals | None = None
    #: Version 2012-10-17: ${aws:username} is a variable and no text.
    variables: bool = True

    def speaks_of(self, action: str) -> bool:
        """Tell whether the statement is about `action` (lower case)."""
        return any(covers(pattern, action) for pattern in self.actions) is not self.not_actions

    def reach(self, target: str, user_name: str = "") -> Level:
        """Tell whether it takes in all of `target`, an ARN or a family of ARNs with wildcards.

        An ARN in another case is never certain: services differ in what they make of it.
        """
        sure = loose = False
        for resource in self.resources:
            exact, wide = self.resolved(resource, user_name)
            sure = sure or (exact is not None and covers(exact, target))
            loose = loose or overlaps(wide.lower(), target.lower())
        inside = Level.YES if sure else Level.MAYBE if loose else Level.NO
        return Level(Level.YES - inside) if self.not_resources else inside

    def resolved(self, pattern: str, user_name: str) -> tuple[str | None, str]:
        """Return a pattern with variables filled in (None: not all can be), and at its widest."""
        if "${" not in pattern:
            return pattern, pattern
        if user_name and self.variables:
            pattern = _USER_NAME.sub(lambda _: user_name, pattern)
        exact = None if "${" in pattern else pattern
        return exact, _VARIABLE.sub("*", pattern)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one set of statements says: its allowance, and its denial."""

    allow: Verdict
    deny: Verdict

    @property
    def verdict(self) -> Verdict:
        """Return both together: a certain denial beats everything."""
        if self.deny.level is Level.YES:
            return NO
        if self.deny.level is Level.NO:
            return self.allow
        return self.allow & self.deny


def decide(statements: Iterable[Statement], target: str, user_name: str = "") -> Decision:
    """Weigh statements that all speak of one action."""
    allow = deny = NO
    for statement in statements:
        reach = statement.reach(target, user_name)
        if reach is Level.NO:
            continue
        verdict = (
            YES
            if reach is Level.YES and not statement.condition
            else maybe(_why(statement, target))
        )
        if statement.allows:
            allow = allow | verdict
        else:
            deny = deny | verdict
    return Decision(allow, deny)


def _why(statement: Statement, target: str) -> str:
    if statement.condition:
        if statement.allows:
            return f"if {statement.condition} ({statement.source})"
        return f"unless {statement.condition}, when {statement.source} denies it"
    where = brief(" ".join(statement.resources))
    inside = f"{target} is {'not ' * statement.not_resources}among {where}"
    if statement.allows:
        return f"if {inside} ({statement.source})"
    return f"unless {inside}, which {statement.source} denies"


def unseen(source: str) -> tuple[Statement, Statement]:
    """Return what must be thought of a policy whose document is not there: it may say anything."""
    words = "its document, which the export lacks, says so"
    return (
        Statement(True, ("*",), ("*",), source, condition=words),
        Statement(False, ("*",), ("*",), source, condition=words),
    )


def safe(name: str) -> str:
    """Return `name` as part of an id; different names stay different."""
    return _UNSAFE.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()), name)


def brief(text: str) -> str:
    """Return `text` on one line and not longer than a person reads."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _WORDS else flat[: _WORDS - 1] + "…"
