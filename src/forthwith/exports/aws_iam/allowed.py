"""What each principal of an account may do: own policies, boundary and organization together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forthwith.exports.aws_iam.account import Account, Subject
from forthwith.exports.aws_iam.evaluation import NO, YES, Level, Statement, Verdict, covers, decide


class Targets:
    """Principals as things acted on, found by pattern."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self._by_arn = {subject.arn.lower(): subject for subject in subjects}

    def matching(self, patterns: Iterable[str]) -> Iterator[Subject]:
        """Yield each whose ARN some pattern (lower case) matches."""
        wide = [pattern for pattern in patterns if "*" in pattern or "?" in pattern]
        if "*" in wide:
            yield from self._by_arn.values()
            return
        named = {pattern for pattern in patterns if pattern in self._by_arn}
        for arn, subject in self._by_arn.items():
            if arn in named or any(covers(pattern, arn) for pattern in wide):
                yield subject


class Rights:
    """What each principal may do by its own policies, its boundary and the organization's."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._about: dict[tuple[str, str], tuple[Statement, ...]] = {}
        self._allowing: dict[tuple[str, str], bool] = {}
        self._touching: dict[tuple[str, ...], tuple[Statement, ...]] = {}
        self._known: dict[tuple[str, str, str], Verdict] = {}

    def may(self, subject: Subject, action: str, target: str) -> Verdict:
        """Tell whether `subject` may do `action` on all of `target` by its own policies."""
        return self.limits(subject, action, target, self._own(subject, action, target))

    def any(self, subject: Subject, *actions: str) -> bool:
        """Tell whether some statement allows `subject` one of `actions` on something."""
        return any(self._allows(subject, action.lower()) for action in actions)

    def touches(self, subject: Subject, actions: tuple[str, ...], target: str) -> bool:
        """Tell whether some statement may allow `subject` one of `actions` on `target`.

        A sieve: most principals have nothing to do with most things.
        """
        key = (subject.arn, *actions)
        if key not in self._touching:
            about = (s for action in actions for s in self._relevant(subject, action.lower()))
            self._touching[key] = tuple({id(s): s for s in about if s.allows}.values())
        return any(s.reach(target, subject.user_name) for s in self._touching[key])

    def within(
        self, subject: Subject, actions: Iterable[str], targets: Targets, *, certain: bool = False
    ) -> Iterator[Subject]:
        """Yield each target on which some statement may allow `subject` one of `actions`.

        A sieve only, so that not every pair need be weighed; with `certain` statements that hang
        on a condition are passed by.
        """
        patterns: dict[str, None] = {}
        for action in actions:
            for statement in self._relevant(subject, action.lower()):
                if not statement.allows or (certain and statement.condition):
                    continue
                if statement.not_resources:
                    patterns["*"] = None
                for resource in statement.resources:
                    patterns[statement.resolved(resource, subject.user_name)[1].lower()] = None
        yield from targets.matching(patterns)

    def never_certain(self, subject: Subject) -> bool:
        """Tell at a glance that no right of `subject` is certain, whatever it is."""
        return not self._account.seen_whole or any(
            not statement.allows and statement.actions == statement.resources == ("*",)
            for statement in subject.statements
        )

    def unknown(self, subject: Subject) -> bool:
        """Tell whether `subject` may have any right and has none for certain.

        So it is where the export lacks the document of a policy: one grant then says it all.
        """
        return self.never_certain(subject) and any(
            statement.allows
            and statement.condition
            and statement.actions == statement.resources == ("*",)
            for statement in subject.statements
        )

    def _allows(self, subject: Subject, action: str) -> bool:
        key = (subject.arn, action)
        if key not in self._allowing:
            self._allowing[key] = any(
                statement.allows for statement in self._relevant(subject, action)
            )
        return self._allowing[key]

    def limits(self, subject: Subject, action: str, target: str, own: Verdict) -> Verdict:
        """Cut `own` down to what the boundary and the organization leave of it."""
        if own.level is Level.NO:
            return NO
        bounded = own & self.bounded(subject, action, target)
        outside = ":role/aws-service-role/" in subject.arn
        return bounded & self._account.organization_allows(action.lower(), target, outside=outside)

    def bounded(self, subject: Subject, action: str, target: str) -> Verdict:
        """Return what the permissions boundary leaves of an action."""
        if subject.boundary is None:
            return YES
        about = (statement for statement in subject.boundary if statement.speaks_of(action.lower()))
        return decide(about, target, subject.user_name).verdict

    def denied(self, subject: Subject, action: str, target: str) -> Verdict:
        """Return how certainly a Deny of its own, or of its boundary, covers the action."""
        own = decide(self._relevant(subject, action.lower()), target, subject.user_name).deny
        fence = (s for s in subject.boundary or () if s.speaks_of(action.lower()))
        return own | decide(fence, target, subject.user_name).deny

    def _own(self, subject: Subject, action: str, target: str) -> Verdict:
        if not self._allows(subject, action.lower()):
            return NO
        about = self._relevant(subject, action.lower())
        if all(statement.resources == ("*",) for statement in about):
            # The same for every target: asked once.
            target = "*"
        key = (subject.arn, action.lower(), target)
        if key not in self._known:
            self._known[key] = decide(about, target, subject.user_name).verdict
        return self._known[key]

    def _relevant(self, subject: Subject, action: str) -> tuple[Statement, ...]:
        key = (subject.arn, action)
        if key not in self._about:
            self._about[key] = tuple(s for s in subject.statements if s.speaks_of(action))
        return self._about[key]
