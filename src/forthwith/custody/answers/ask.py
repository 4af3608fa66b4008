"""The question: could this group move what lies in this scope, at any instant of this period?"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from forthwith.custody.answers import caveats
from forthwith.custody.answers.answers import (
    Answer,
    CitedFact,
    Interval,
    Question,
    RestingOn,
    Verdict,
)
from forthwith.custody.answers.gaps import SECONDS, Asked, Gaps, gaps
from forthwith.custody.answers.index import Model, model_of
from forthwith.custody.answers.plans import (
    UNLISTED,
    UNLISTED_WALLET,
    Chains,
    Plan,
    having,
    in_scope,
    moved,
    plan_of,
)
from forthwith.custody.answers.reach import Assumed, Reach
from forthwith.custody.answers.resting import resting
from forthwith.custody.answers.witness import witness_of
from forthwith.custody.facts.days import Axis, bits, runs
from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.questions.groups import Bounds, denied

#: Gap sets listed in an answer.
LISTED = 20
#: The path of several movements, one after the other.
CHAIN = "chain of movements"
#: Notes about people or entities of one name in an answer.
NAMESAKES = 10


def ask(facts: Facts, question: Question, *, gaps_listed: int = LISTED) -> Answer:
    """Answer a question in both bounds, with a witness or with what is missing.

    `gaps_listed` 0 leaves out the gaps and what an exclusion rests on, which are the costly part
    over thousands of wallets. Raises UnknownNameError.
    """
    caveats.known(facts, question)
    whole = answer(_model(facts, question), question, gaps_listed=gaps_listed)
    if not gaps_listed or whole.rests_on is None:
        return whole
    return replace(whole, rests_on=_falling(facts, question, whole.rests_on))


def _model(facts: Facts, question: Question) -> Model:
    # What can be copied, and what moved in between, may lie before the time asked about.
    history = question.copies_persist or bool(question.scope.destinations)
    return model_of(
        facts,
        question.period,
        question.standing,
        accept_disputed=question.accept_disputed,
        history=history or question.kept_beside,
    )


def _falling(facts: Facts, question: Question, rests: RestingOn) -> RestingOn:
    """Find the first stricter standing on which the answer is excluded no longer."""
    stricter = [level for level in reversed(ProofLevel) if level < question.standing]
    for level in stricter:
        asked = replace(question, standing=level, kept_beside=False)
        if answer(_model(facts, asked), asked, gaps_listed=0).verdict is not Verdict.EXCLUDED:
            return replace(rests, falls_at=level)
    return rests


def answer(model: Model, question: Question, *, gaps_listed: int = LISTED) -> Answer:
    """Answer a question over facts indexed already, for its own days and standing."""
    return _Evaluation(model, question).answer(gaps_listed)


class _Evaluation:
    """One question at work."""

    def __init__(self, model: Model, question: Question) -> None:
        self._model, self._question = model, question
        self._reach = Reach(model, question.who, Assumed(copies_persist=question.copies_persist))
        self._plans: dict[str, Plan] = {}
        self._chains = Chains(model, question.scope)
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
        self._unlisted = self._unlisted_wallets()
        self._loose = caveats.without_wallet(model.facts, question.scope)
        self._chained = self._chains.reached(self._reach)
        self._moved = self._by_wallet(self._reach, self._chained)

    def _unlisted_wallets(self) -> int:
        """Return the days on which wallets in scope may not be listed."""
        alternatives = self._question.scope.closing
        if not alternatives:
            return 0
        open_days = self._model.full
        for targets in alternatives:
            any_open = 0
            for target in targets:
                any_open |= self._model.open_days(target)
            open_days &= any_open
        return open_days

    def _by_wallet(
        self, reach: Reach, chained: Mapping[str, Bounds]
    ) -> dict[str, Mapping[str, Bounds]]:
        """Evaluate each wallet; those under one policy are evaluated once."""
        known: dict[object, Mapping[str, Bounds]] = {}
        by_wallet: dict[str, Mapping[str, Bounds]] = {}
        asked = self._model.asked
        for wallet, plan in self._plans.items():
            node = self._chains.node.get(wallet, "") if chained else ""
            key = (wallet in self._unsure, node, *plan.key)
            if key not in known:
                paths = moved(reach, plan, self._chains.asked)
                if node and any(chained.get(node, (0, 0))):
                    paths[CHAIN] = chained[node]
                sure = 0 if wallet in self._unsure else asked
                known[key] = {path: (low & sure, up & asked) for path, (low, up) in paths.items()}
            by_wallet[wallet] = known[key]
        return by_wallet

    def _whole(self, by_wallet: Mapping[str, Mapping[str, Bounds]]) -> dict[str, Bounds]:
        """Return what can be moved of anything in scope, listed or not."""
        joined = _joined(by_wallet.values())
        if self._unlisted & self._model.asked:
            joined[UNLISTED_WALLET] = (0, self._unlisted & self._model.asked)
        if not self._plans:
            # Nothing is in scope: an empty question is not an answer.
            joined[UNLISTED] = (0, self._model.asked)
        return joined

    def answer(self, gaps_listed: int) -> Answer:
        """Put the parts of the answer together."""
        joined = self._whole(self._moved)
        runs_of: dict[int, tuple[Interval, ...]] = {}
        wallets = []
        for wallet, paths in self._moved.items():
            if id(paths) not in runs_of:
                runs_of[id(paths)] = intervals(self._model.axis, paths, self._model.asked)
            wallets.append((wallet, runs_of[id(paths)]))
        days = intervals(self._model.axis, joined, self._model.asked)
        verdict = max((run.verdict for run in days), key=lambda verdict: verdict.weight)
        open_facts = self._gaps(joined, gaps_listed)
        return Answer(
            verdict=verdict,
            intervals=days,
            witness=self._witness(),
            gaps=open_facts.sets,
            gaps_complete=open_facts.complete,
            assumed=tuple(self._assumed(open_facts, verdict)),
            standing=self._question.standing,
            wallets=tuple(wallets),
            without_wallet=self._loose,
            shown_if=self._shown_if(joined) if gaps_listed else (),
            rests_on=self._resting() if gaps_listed and verdict is Verdict.EXCLUDED else None,
            copies_kept=self._copies_kept(days),
            zone=self._model.facts.zone,
        )

    def _witness(self) -> tuple[CitedFact, ...]:
        """Return the facts behind the first shown stretch of the first wallet shown then."""
        shown = {wallet: low for wallet, paths in self._moved.items() if (low := _either(paths, 0))}
        if not shown:
            return ()
        stretch, wallet = min((next(bits(days)), wallet) for wallet, days in shown.items())
        return witness_of(self._reach, self._plans[wallet], stretch, self._chains, wallet)

    def _shown_if(self, joined: Mapping[str, Bounds]) -> tuple[CitedFact, ...]:
        """Return the rows but for which some day that is not shown would be."""
        doubtful = _either(joined, 1) & ~_either(joined, 0)
        if not doubtful:
            return ()
        reach = Reach(self._model, self._question.who, Assumed(doubts_fall=True))
        by_wallet = self._by_wallet(reach, self._chains.reached(reach))
        shown = {
            wallet: low
            for wallet, paths in by_wallet.items()
            if (low := _either(paths, 0) & doubtful)
        }
        if not shown:
            return ()
        stretch, wallet = min((next(bits(days)), wallet) for wallet, days in shown.items())
        cited = witness_of(reach, self._plans[wallet], stretch, self._chains, wallet)
        return tuple(fact for fact in cited if fact.doubtful)

    def _copies_kept(self, days: Sequence[Interval]) -> tuple[Interval, ...]:
        """Return the answer where past holders may have kept copies, where it differs."""
        question = self._question
        excluded = any(run.verdict is Verdict.EXCLUDED for run in days)
        if not question.kept_beside or question.copies_persist or not excluded:
            return ()
        reach = Reach(self._model, question.who, Assumed(copies_persist=True))
        if not reach.kept:
            return ()
        joined = self._whole(self._by_wallet(reach, self._chains.reached(reach)))
        kept = intervals(self._model.axis, joined, self._model.asked)
        same = [(run.period, run.verdict) for run in kept] == [
            (run.period, run.verdict) for run in days
        ]
        return () if same else kept

    def _resting(self) -> RestingOn:
        closing = {target for targets in self._question.scope.closing for target in targets}
        on_the_way, more = self._chains.on_the_way(self._reach, self._plans)
        return resting(self._model, self._reach, closing | more, on_the_way | self._plans)

    def _gaps(self, joined: Mapping[str, Bounds], limit: int) -> Gaps:
        days = _either(joined, 1) & ~_either(joined, 0)
        if not days or not self._plans or not limit:
            return Gaps((), complete=not days)
        scope = self._question.scope
        closing = " or ".join(" and ".join(targets) for targets in scope.closing)
        asked = Asked(scope, self._plans, self._chains, self._chained, self._unlisted, closing)
        seconds = self._question.seconds or SECONDS
        gap_sets = gaps(self._reach, asked, self._elsewhere, days, limit, seconds)
        if gap_sets.sets or not gap_sets.complete:
            return gap_sets
        # They could move a wallet whose own row is not accepted: where it belongs is all there is.
        return gaps(self._reach, asked, self._unsure, days, limit, seconds)

    def _assumed(self, open_facts: Gaps, verdict: Verdict) -> Iterable[str]:
        question, facts, model = self._question, self._model.facts, self._model
        if not self._plans:
            yield f"No wallet is in scope ({question.scope}), so nothing is shown either way."
        if not question.scope.means:
            yield from caveats.unattached(facts, self._loose)
        if not facts.possessions:
            yield (
                "No possession is listed. Where a list is declared complete, this means nobody "
                "held it."
            )
        yield from caveats.elsewhere(model, question.scope)
        yield from caveats.apart(model, question.who)
        yield from caveats.unpoliced(model, self._plans)
        on_the_way = self._chains.on_the_way(self._reach, self._plans)[0] | self._plans
        yield from itertools.islice(caveats.neighbours(facts, on_the_way), NAMESAKES)
        yield from itertools.islice(caveats.namesakes(facts), NAMESAKES)
        yield from itertools.islice(caveats.one_seed(model), NAMESAKES)
        if verdict is not Verdict.SHOWN or denied(question.who):
            yield from itertools.islice(caveats.untied(model, question.who), NAMESAKES)
        if verdict is Verdict.EXCLUDED and not question.copies_persist:
            yield (
                "Past holders kept no copy of what they had; --copies-persist asks without that."
            )
        yield "Entities listed under different ids are different unless a row makes one an alias."
        yield (
            f"A day is a day in {facts.zone}. What ends on a day may have lasted through it; "
            "the first day out is not asked about."
        )
        tables = (
            facts.affiliations,
            facts.possessions,
            facts.completeness,
            facts.grants,
            facts.policies,
            facts.approvals,
            facts.same_as,
            facts.destructions,
            facts.ownership,
            facts.wallets,
            facts.means,
            facts.entities,
            facts.people,
        )
        rows = [row for table in tables for row in table]
        disputed = [row.place for row in rows if row.disputed]
        if disputed and not question.accept_disputed:
            yield f"Disputed, so left open either way: {_few(disputed)}."
        below = [row.place for row in rows if row.standing > question.standing]
        if below:
            yield f"Below the standing {question.standing!s}, so left open: {_few(below)}."
        yield from caveats.notes_of(model, on_the_way)
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


def intervals(axis: Axis, paths: Mapping[str, Bounds], asked: int) -> tuple[Interval, ...]:
    """Return the runs of the days asked about with one answer and the same open paths."""
    low, up = _either(paths, 0), _either(paths, 1)
    whole = next(runs(asked))
    cuts = set(whole)
    for bounds in paths.values():
        for mask in bounds:
            cuts.update(place for run in runs(mask & asked) for place in run)
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
        longer = replace(last.period, end=interval.period.end, ends_at=interval.period.ends_at)
        stretches[-1] = replace(interval, period=longer)
    else:
        stretches.append(interval)
