"""The timeline of one wallet, as data: who could move it, day by day, and what changed when.

`drawing` draws it; the page and the PNG are made from the same drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from forthwith.custody.answers.answers import (
    Answer,
    CitedFact,
    Interval,
    MissingFact,
    Question,
    Verdict,
)
from forthwith.custody.answers.ask import answer
from forthwith.custody.answers.caveats import known
from forthwith.custody.answers.index import Model, model_of, whole
from forthwith.custody.answers.wallet_facts import facts_of_wallet, wallet_of
from forthwith.custody.facts.facts import Facts, Names, ProofLevel, Wallet
from forthwith.custody.pictures.timeline.events import Mark, marks_of
from forthwith.custody.questions.groups import STAFF_TIES, Combination, Everyone, Not, Who, staff_of
from forthwith.custody.questions.scope import Scope
from forthwith.domain.period import Period

#: Entities given a band of their own when nobody says which groups to draw.
MOST_ENTITIES = 8
#: Runs whose reasons are looked for one by one; past it the table says so.
MOST_REASONS = 60
#: Indexes of facts kept, one for each run of days asked about.
_MODELS = 16


@dataclass(frozen=True, slots=True)
class Group:
    """Whom a band is about."""

    label: str
    who: Who


@dataclass(frozen=True, slots=True)
class Run:
    """One verdict over one run of days, with what it rests on."""

    group: str
    interval: Interval
    #: For *shown*: one sufficient set, fact by fact, people by name. For *excluded*: what it rests
    #: on, `more` where that is not all of it.
    cited: tuple[CitedFact, ...] = ()
    more: bool = False
    #: For *not shown*: the cheapest set of missing facts.
    missing: tuple[MissingFact, ...] = ()
    #: For *not shown* that would be shown but for conditions or rows not relied on: those.
    shown_if: tuple[CitedFact, ...] = ()
    #: False when it is one run too many to look into.
    explained: bool = True


@dataclass(frozen=True, slots=True)
class Band:
    """The runs of one group, which cover the period."""

    group: Group
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What to draw."""

    wallet: Wallet
    #: Has an end.
    period: Period
    standing: ProofLevel
    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]
    #: Whether any fact says what it takes to move the wallet.
    has_policy: bool
    #: Sentences to print with it.
    notes: tuple[str, ...]
    #: Whose days they are, as an IANA time zone.
    zone: str = "UTC"


def timeline(
    facts: Facts,
    wallet: str,
    groups: Iterable[Group] = (),
    period: Period | None = None,
    standing: ProofLevel = ProofLevel.SWORN,
    *,
    accept_disputed: bool = False,
) -> Timeline:
    """Return the timeline; no groups: one for each entity with people, the rest, and everyone.

    Raises UnknownWalletError, and UnknownNameError for a group that names what no table has.
    """
    wallet_row = wallet_of(facts, wallet)
    near = facts_of_wallet(facts, wallet)
    days = drawn_days(near, period)
    notes: list[str] = []
    if not (drawn := tuple(groups)):
        drawn, notes = default_groups(facts)
    asker = _Asker(
        facts,
        near,
        Question(Everyone(), Scope(wallets=frozenset({wallet})), days, standing, accept_disputed),
    )
    # Without a day in the facts or in the question there is no run of days to speak of.
    dated = period is not None or bool(near.policies or near.possessions or groups)
    bands = tuple(Band(group, tuple(asker.runs(group))) for group in drawn if dated)
    marks = marks_of(near, days, standing, accept_disputed=accept_disputed)
    said = (*notes, *asker.notes)
    return Timeline(
        wallet_row, days, standing, bands, tuple(marks), bool(near.policies), said, facts.zone
    )


class _Asker:
    """Asks for each group, and for each of its runs why."""

    def __init__(self, facts: Facts, near: Facts, question: Question) -> None:
        # People and means stay whole, since to leave a row out could exclude too much; rules of
        # other wallets cannot matter.
        self._facts = replace(
            facts, wallets=near.wallets, policies=near.policies, approvals=near.approvals
        )
        self._names = Names(facts)
        self._question = question
        self._left = MOST_REASONS
        self._models: dict[Period, Model] = {}
        self.notes: list[str] = []

    def runs(self, group: Group) -> Iterator[Run]:
        """Yield the runs of a group."""
        question = replace(self._question, who=group.who, kept_beside=True)
        known(self._facts, question)
        found = self._answer(question, listed=0)
        if found.copies_kept:
            # First, for a page of paper may have room for no other.
            worst = " and ".join(dict.fromkeys(str(run.verdict) for run in found.copies_kept))
            self.notes.insert(
                0,
                f"{group.label}, if past holders kept copies: {worst} "
                f"(forthwith custody ask --copies-persist says when).",
            )
        self.notes += [note for note in found.assumed if note not in self.notes]
        for interval in found.intervals:
            if self._left <= 0:
                yield Run(group.label, interval, explained=False)
            else:
                self._left -= 1
                yield self._explained(group, interval)

    def _explained(self, group: Group, interval: Interval) -> Run:
        question = replace(self._question, who=group.who, period=interval.period)
        open_ = interval.verdict is Verdict.NOT_SHOWN
        found = self._answer(question, listed=0 if interval.verdict is Verdict.SHOWN else 1)
        rests = found.rests_on if interval.verdict is Verdict.EXCLUDED else None
        return Run(
            group.label,
            interval,
            self._by_name(rests.rows if rests else () if open_ else found.witness),
            more=rests is not None and len(rests.rows) < rests.count,
            missing=found.gaps[0] if found.gaps and open_ else (),
            shown_if=self._by_name(found.shown_if) if open_ else (),
        )

    def _answer(self, question: Question, *, listed: int) -> Answer:
        """Answer over facts indexed once for its days: groups often change on the same ones."""
        period = question.period or self._question.period
        if period is None or period not in self._models:
            model = model_of(
                self._facts,
                period,
                question.standing,
                accept_disputed=question.accept_disputed,
                history=question.kept_beside,
            )
            if period is None or len(self._models) >= _MODELS:
                return answer(model, question, gaps_listed=listed)
            self._models[period] = model
        return answer(self._models[period], question, gaps_listed=listed)

    def _by_name(self, cited: Iterable[CitedFact]) -> tuple[CitedFact, ...]:
        return tuple(replace(fact, person=self._names.person(fact.person)) for fact in cited)


def default_groups(facts: Facts) -> tuple[tuple[Group, ...], list[str]]:
    """Return a group for each entity with people tied to it, one for the rest, one for all.

    An entity's other names are not groups of their own. Also returns what was left out, in words.
    """
    main = {entity.id: entity.alias_of or entity.id for entity in facts.entities}
    names = {entity.id: entity.name for entity in facts.entities}
    holders = {possession.person for possession in facts.possessions}
    people: dict[str, set[str]] = {}
    for tie in facts.affiliations:
        if tie.entity and tie.kind in STAFF_TIES:
            people.setdefault(main.get(tie.entity, tie.entity), set()).add(tie.person)
    ranked = sorted(people, key=lambda entity: (-len(people[entity] & holders), entity))
    entities = sorted(ranked[:MOST_ENTITIES])
    groups = [
        Group(f"People of {names.get(entity) or entity}", staff_of(entity)) for entity in entities
    ]
    if groups:
        tied = [staff_of(entity) for entity in sorted(people)]
        who: Who = tied[0] if len(tied) == 1 else Combination(tuple(tied), every=False)
        groups.append(Group("Anybody else", Not(who)))
    groups.append(Group("Everyone together", Everyone()))
    left = len(ranked) - len(entities)
    notes = [f"{left:,} more entities have people; they have no band of their own."] if left else []
    return tuple(groups), notes


def drawn_days(facts: Facts, asked: Period | None) -> Period:
    """Return the days to draw: as asked, or from the first day on which a means or rule changes.

    Ties and names may be decades older. What still goes on is given some room at the end.
    """
    if asked is not None and asked.end is not None:
        return asked
    changing = replace(facts, entities=(), affiliations=())
    start = asked.start if asked else whole(changing, None).start
    days = whole(replace(facts, entities=()), Period(start, None))
    end = days.end or date.max
    room = min(max(1, (end - start).days // 12), (date.max - end).days)
    return Period(start, end + timedelta(room))
