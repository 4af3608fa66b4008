"""What the judge is asked, and the stretches of time it answers for: days, cut at instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache

from forthwith.custody.facts.facts import ApprovalPolicy, Fact, Facts, ProofLevel
from forthwith.custody.facts.network import Network
from forthwith.custody.questions.groups import Who
from forthwith.custody.questions.scope import Scope
from forthwith.domain.period import Period

DAY = timedelta(1)
#: Tables whose rows may be doubtful and change an answer.
TABLES = (
    "entities", "ownership", "same_as", "affiliations", "means", "possessions", "completeness",
    "grants", "wallets", "policies", "approvals", "destructions",
)  # fmt: skip
ACCOUNTS = ("user:", "iam:", "okta:", "entra:", "google:")


@dataclass(frozen=True)
class Asked:
    """A question; `amount` in the asset of the wallets."""

    who: Who
    scope: Scope
    period: Period
    standing: ProofLevel = ProofLevel.SWORN
    accept_disputed: bool = False
    copies_persist: bool = False
    amount: Decimal | None = None

    def accepts(self, row: Fact) -> bool:
        """Say whether a row counts as true on these standards."""
        return row.standing <= self.standing and (self.accept_disputed or not row.disputed)


def without_tier(row: ApprovalPolicy, facts: Facts) -> bool:
    """Say whether an approval gives no amount on a path of which the policies are for amounts.

    For which of them it is asked the row does not say: for all, or for none of those that matter.
    """
    limits = [
        tuple(dict(policy.scope).get(key, "") for key in ("min", "max"))
        for policy in facts.policies
        if (policy.wallet, policy.path) == (row.wallet, row.path)
    ]
    bounded = row.above is not None or row.up_to is not None
    return not bounded and all(map(any, limits)) and len(set(limits)) > 1


@dataclass(frozen=True, order=True)
class Stretch:
    """Within it nothing changes that is dated to the day or to the instant."""

    start: datetime
    end: datetime


def midnight(day: date) -> datetime:
    """Return the first instant of a day (in UTC, the zone of every register drawn)."""
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True)
class Span:
    """A period as instants, and which of its ends are days and so in doubt."""

    start: datetime
    end: datetime | None
    start_in_doubt: bool
    end_in_doubt: bool

    @staticmethod
    @cache
    def of(period: Period | None) -> Span:
        """Read a period; none is ever."""
        if period is None:
            return Span(datetime.min.replace(tzinfo=UTC), None, False, False)
        start = period.starts_at or midnight(period.start)
        end = period.ends_at or (midnight(period.end) if period.end else None)
        return Span(start, end, period.starts_at is None, end is not None and not period.ends_at)

    def covers(self, when: Stretch, *, late_start: bool = False, late_end: bool = False) -> bool:
        """Say whether it holds in a stretch, its days of doubt read as said."""
        start = self.start + DAY if late_start and self.start_in_doubt else self.start
        if when.start < start:
            return False
        if self.end is None:
            return True
        return when.end <= (self.end + DAY if late_end and self.end_in_doubt else self.end)


def span_of(row: object) -> Span:
    """Return the span of a row; rows without days hold ever."""
    return Span.of(getattr(row, "period", None))


def rows_of(facts: Facts) -> Iterator[Fact]:
    """Yield every row that a completion may leave out."""
    for table in TABLES:
        yield from getattr(facts, table)


def stretches(facts: Facts, asked: Asked) -> tuple[Stretch, ...]:
    """Return all stretches from the first day of any row to the end of the question."""
    spans = [span_of(row) for row in rows_of(facts) if getattr(row, "period", None)]
    whole = Span.of(asked.period)
    assert whole.end is not None
    first = min([whole.start, *(span.start for span in spans)])
    first = midnight(first.date())
    cuts = {first, whole.start, whole.end}
    cuts |= {first + n * DAY for n in range((whole.end - first).days + 1)}
    cuts |= {moment for span in spans for moment in (span.start, span.end) if moment}
    for policy in facts.policies:
        if after := dict(policy.scope).get("after"):
            cuts.add(instant(after))
    days = sorted(cut for cut in cuts if first <= cut <= whole.end)
    return tuple(map(Stretch, days, days[1:]))


def instant(text: str) -> datetime:
    """Read a day or an instant of a scope."""
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def asked_about(asked: Asked, when: Stretch) -> bool:
    """Say whether a stretch lies in the period of the question."""
    whole = Span.of(asked.period)
    return whole.start <= when.start and when.end <= whole.end


def met(formula: Network, leaf, once) -> bool:
    """Say whether a formula is met by the leaves for which `leaf` is true.

    `once(name)` names what a leaf is counted as in a k-of-n, None for a leaf counted by itself.
    """

    def node(name: str) -> bool:
        if name not in formula.nodes:
            return leaf(name)
        gate = formula.nodes[name]
        counted: set[object] = set()
        for place, part in enumerate(gate.of):
            if node(part):
                same = once(part) if part not in formula.nodes else None
                counted.add(place if same is None else ("one", same))
        return len(counted) >= gate.k

    return node(formula.top)


def words(text: str) -> frozenset[str]:
    """Return the alternatives of a cell."""
    return frozenset(filter(None, (word.strip().casefold() for word in text.split("|"))))
