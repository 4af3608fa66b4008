"""AWS IAM policy: statements, and whether they allow an action on a resource.

Every verdict has two bounds: YES holds whatever the request looks like, NO holds likewise, MAYBE
rests on something a policy export does not show (a condition, a boundary, another policy), and
says so in words. Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from forthwith.formats.aws_iam_glob import covers, overlaps

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_USER_NAME = re.compile(r"\$\{aws:username\}", re.IGNORECASE)
_WORDS = 140


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
        parts = (each for each in (self, other) if each.level is Level.MAYBE)
        words = tuple(dict.fromkeys(word for each in parts for word in each.words))
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
        return any(covers(each, action) for each in self.actions) is not self.not_actions

    def reach(self, target: str, user_name: str = "") -> Level:
        """Tell whether it takes in all of `target`, an ARN or a family of ARNs with wildcards.

        An ARN in another case is never certain: services differ in what they make of it.
        """
        sure = loose = False
        for each in self.resources:
            exact, wide = self.resolved(each, user_name)
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
    for each in statements:
        reach = each.reach(target, user_name)
        if reach is Level.NO:
            continue
        found = YES if reach is Level.YES and not each.condition else maybe(_why(each, target))
        if each.allows:
            allow = allow | found
        else:
            deny = deny | found
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


def brief(text: str) -> str:
    """Return `text` on one line and not longer than a person reads."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _WORDS else flat[: _WORDS - 1] + "…"
