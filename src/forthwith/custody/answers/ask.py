"""The question: could this group move what lies in this scope, at any instant of this period?"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from forthwith.custody.answers import caveats
from forthwith.custody.answers.answers import Answer, CitedFact, Interval, Question, Verdict
from forthwith.custody.answers.gaps import Gaps, gaps
from forthwith.custody.answers.index import Model, model_of
from forthwith.custody.answers.reach import UNLISTED, Plan, Reach, having, in_scope, moved, plan_of
from forthwith.custody.answers.witness import Witness
from forthwith.custody.facts.days import Axis, bits, runs
from forthwith.custody.facts.facts import Facts
from forthwith.custody.questions.groups import Bounds
from forthwith.domain.period import Period

#: Gap sets listed in an answer.
LISTED = 20
#: Notes about people or entities of one name in an answer.
NAMESAKES = 10


def ask(facts: Facts, question: Question, *, gaps_listed: int = LISTED) -> Answer:
    """Answer a question in both bounds, with a witness or with what is missing.

    `gaps_listed` 0 leaves the gaps out, which are the costly part over thousands of wallets.
    Raises UnknownNameError.
    """
    caveats.known(facts, question)
    model = model_of(
        facts, question.period, question.standing, accept_disputed=question.accept_disputed
    )
    return answer(model, question, gaps_listed=gaps_listed)


def answer(model: Model, question: Question, *, gaps_listed: int = LISTED) -> Answer:
    """Answer a question over facts indexed already, for its own days and standing."""
    return _Evaluation(model, question).answer(gaps_listed)


class _Evaluation:
    """One question at work."""

    def __init__(self, model: Model, question: Question) -> None:
        self._model, self._question = model, question
        self._reach = Reach(model, question.who)
        self._plans: dict[str, Plan] = {}
        #: Wallets not shown to be in scope; and of these, those whose row does not say they are.
        self._unsure: set[str] = set()
        self._elsewhere: set[str] = set()
        for wallet in model.facts.wallets:
            sure, perhaps = in_scope(model, wallet, question.scope)
            if perhaps:
                self._plans[wallet.id] = plan_of(model, wallet.id, question.scope)
            if perhaps and not sure:
                self._unsure.add(wallet.id)
            if perhaps and not question.scope.surely(wallet):
                self._elsewhere.add(wallet.id)
        for means in sorted(question.scope.means):
            self._plans[means] = having(model, means)
        self._unnamed = caveats.unnamed(model, question.scope)
        self._loose = caveats.without_wallet(model.facts, question.scope)
        self._moved = self._by_wallet()

    def _by_wallet(self) -> dict[str, Mapping[str, Bounds]]:
        """Evaluate each wallet; those under one policy are evaluated once."""
        known: dict[object, Mapping[str, Bounds]] = {}
        by_wallet: dict[str, Mapping[str, Bounds]] = {}
        for wallet, plan in self._plans.items():
            key = (wallet in self._unsure, *plan.key)
            if key not in known:
                paths = moved(self._reach, plan)
                if wallet in self._unsure:
                    paths = {path: (0, up) for path, (_, up) in paths.items()}
                known[key] = paths
            by_wallet[wallet] = known[key]
        return by_wallet

    def answer(self, gaps_listed: int) -> Answer:
        """Put the parts of the answer together."""
        joined = _joined(self._moved.values())
        if not self._plans or self._unnamed:
            # Nothing is in scope, or a word of it is no row's: an empty question is not an answer.
            joined[UNLISTED] = (0, self._model.full)
        runs_of: dict[int, tuple[Interval, ...]] = {}
        wallets = []
        for wallet, paths in self._moved.items():
            if id(paths) not in runs_of:
                runs_of[id(paths)] = intervals(self._model.axis, paths)
            wallets.append((wallet, runs_of[id(paths)]))
        days = intervals(self._model.axis, joined)
        open_facts = self._gaps(joined, gaps_listed)
        return Answer(
            verdict=max((run.verdict for run in days), key=lambda verdict: verdict.weight),
            intervals=days,
            witness=self._witness(),
            gaps=open_facts.sets,
            gaps_complete=open_facts.complete,
            assumed=tuple(self._assumed(open_facts)),
            standing=self._question.standing,
            wallets=tuple(wallets),
            without_wallet=self._loose,
        )

    def _witness(self) -> tuple[CitedFact, ...]:
        """Return the facts behind the first shown stretch of the first wallet shown then."""
        shown = {wallet: low for wallet, paths in self._moved.items() if (low := _either(paths, 0))}
        if not shown:
            return ()
        stretch, wallet = min((next(bits(days)), wallet) for wallet, days in shown.items())
        return Witness(self._reach, stretch).of(self._plans[wallet])

    def _gaps(self, joined: Mapping[str, Bounds], limit: int) -> Gaps:
        days = _either(joined, 1) & ~_either(joined, 0)
        if not days or not self._plans or not limit:
            return Gaps((), complete=not days)
        gap_sets = gaps(self._reach, self._plans, self._elsewhere, days, limit)
        if gap_sets.sets or not gap_sets.complete:
            return gap_sets
        # They could move a wallet whose own row is not accepted: where it belongs is all there is.
        return gaps(self._reach, self._plans, self._unsure, days, limit)

    def _assumed(self, open_facts: Gaps) -> Iterable[str]:
        question, facts = self._question, self._model.facts
        if not self._plans:
            yield f"No wallet is in scope ({question.scope}), so nothing is shown either way."
        elif not question.scope.means and not question.scope.wallets:
            yield "The wallets listed are all there are in this scope; no table says so."
            yield from caveats.unattached(facts, self._loose)
        if not facts.possessions:
            yield (
                "No possession is listed. Where a list is declared complete, this means nobody "
                "held it."
            )
        yield from self._unnamed
        yield from caveats.elsewhere(self._model, question.scope)
        yield from caveats.apart(self._model, question.who)
        yield from itertools.islice(caveats.neighbours(facts, self._plans), NAMESAKES)
        yield from itertools.islice(caveats.namesakes(facts), NAMESAKES)
        yield "Entities listed under different ids are different unless a row makes one an alias."
        tables = (
            facts.affiliations,
            facts.possessions,
            facts.completeness,
            facts.grants,
            facts.policies,
            facts.approvals,
        )
        rows = [row for table in tables for row in table]
        disputed = [row.place for row in rows if row.disputed]
        if disputed and not question.accept_disputed:
            yield f"Disputed, so left open either way: {_few(disputed)}."
        below = [row.place for row in rows if row.standing > question.standing]
        if below:
            yield f"Below the standing {question.standing!s}, so left open: {_few(below)}."
        yield from facts.notes
        if open_facts.why:
            yield f"The gaps are not decided: {open_facts.why}."


def _few(places: list[str]) -> str:
    more = f" and {len(places) - 10} more" if len(places) > 10 else ""
    return ", ".join(places[:10]) + more


def _joined(plans: Iterable[Mapping[str, Bounds]]) -> dict[str, Bounds]:
    low: dict[str, int] = defaultdict(int)
    up: dict[str, int] = defaultdict(int)
    for paths in {id(paths): paths for paths in plans}.values():
        for path, bounds in paths.items():
            low[path] |= bounds[0]
            up[path] |= bounds[1]
    return {path: (low[path], up[path]) for path in up}


def _either(paths: Mapping[str, Bounds], which: int) -> int:
    days = 0
    for bounds in paths.values():
        days |= bounds[which]
    return days


def intervals(axis: Axis, paths: Mapping[str, Bounds]) -> tuple[Interval, ...]:
    """Return the runs of days with one answer and the same open paths."""
    low, up = _either(paths, 0), _either(paths, 1)
    cuts = {0, len(axis)}
    for bounds in paths.values():
        for mask in bounds:
            cuts.update(place for run in runs(mask) for place in run)
    stretches: list[Interval] = []
    edges = sorted(cuts)
    for first, last in itertools.pairwise(edges):
        bit = 1 << first
        shown, possible = bool(low & bit), bool(up & bit)
        verdict = Verdict.SHOWN if shown else Verdict.NOT_SHOWN if possible else Verdict.EXCLUDED
        # A shown interval names the paths that are met; the others do not matter any more.
        way = 0 if shown else 1
        names = tuple(sorted(path for path, bounds in paths.items() if bounds[way] & bit))
        _append(stretches, Interval(axis.period(first, last), verdict, names))
    return tuple(stretches)


def _append(stretches: list[Interval], interval: Interval) -> None:
    """Add an interval, or lengthen the last when nothing changed."""
    last = stretches[-1] if stretches else None
    if last and (last.verdict, last.paths) == (interval.verdict, interval.paths):
        longer = Period(last.period.start, interval.period.end)
        stretches[-1] = replace(interval, period=longer)
    else:
        stretches.append(interval)
