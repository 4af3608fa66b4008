"""Claims about who can move or hold: each is one question of `ask`, or several that must agree.

sole_control(E, S)   nobody but E's people could move S, and E's people could, wallet by wallet
no_access(E, S)      E's people could not            can_move(E, S)   on some day they could
retained(E, S)       E's people could, every wallet  holders(M) = P   nobody else had M; each did

E's people are all with a tie to E (employer, payer, reporting line, credential), whoever else they
work for. A claim but `can_move` speaks of every day of its period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from forthwith.custody.answers.answers import (
    Answer,
    CitedFact,
    Interval,
    MissingFact,
    Question,
    Verdict,
)
from forthwith.custody.answers.ask import ask
from forthwith.custody.facts.entities import Parties
from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.questions.groups import Everyone, NamedPeople, Not, Who, staff_of
from forthwith.custody.questions.scope import Scope
from forthwith.custody.statements.claims import Claim
from forthwith.custody.statements.results import (
    Judgement,
    Line,
    Result,
    cite,
    joined,
    people_in,
    spoken,
)
from forthwith.domain.period import Period

#: Sets of missing facts listed for one sentence.
_GAPS = 20
NAMES = frozenset(("sole_control", "no_access", "can_move", "retained", "holders"))


@dataclass(frozen=True, slots=True)
class Need:
    """One question and the answer the claim needs."""

    who: Who
    scope: Scope
    wanted: Verdict
    #: Asked of every wallet in scope, not of any.
    every_wallet: bool
    #: The group in words: "people of northgate".
    group: str
    #: What being able is called: "move", "have".
    verb: str

    @property
    def object(self) -> str:
        """Return what is moved or had, in words."""
        if self.scope.means:
            return ", ".join(sorted(self.scope.means))
        return f"assets ({self.scope})" if str(self.scope) else "assets of a listed wallet"


def needs(claim: Claim, parties: Parties) -> tuple[Need, ...]:
    """Return the questions that decide a claim of one of `NAMES`."""
    if claim.members is not None:
        return tuple(_holding(parties, claim.of[0], claim.members))
    entity, scope = parties.entity(claim.of[0]), claim.scope
    verb = "have" if scope.means else "move"
    staff = staff_of(entity)
    able = Need(staff, scope, Verdict.SHOWN, claim.name != "can_move", f"people of {entity}", verb)
    if claim.name == "no_access":
        return (replace(able, wanted=Verdict.EXCLUDED, every_wallet=False),)
    if claim.name != "sole_control":
        return (able,)
    others = f"people without a tie to {entity}"
    return Need(Not(staff), scope, Verdict.EXCLUDED, False, others, verb), able


def _holding(parties: Parties, means: str, members: Iterable[str]) -> Iterator[Need]:
    people = frozenset(parties.person(member) for member in members)
    scope = Scope(means=frozenset({means}))
    others: Who = Not(NamedPeople(people)) if people else Everyone()
    group = "people not named" if people else "anybody"
    yield Need(others, scope, Verdict.EXCLUDED, False, group, "have")
    for person in sorted(people):
        yield Need(NamedPeople(frozenset({person})), scope, Verdict.SHOWN, False, person, "have")


class ReachClaim:
    """The questions of one claim, put to the facts."""

    def __init__(
        self, facts: Facts, claim: Claim, standing: ProofLevel, period: Period | None
    ) -> None:
        """Prepare; `period` None is all days the facts speak of."""
        self._facts, self._standing, self._period = facts, standing, period
        self._ever = claim.name == "can_move"
        self._assumed: dict[str, None] = {}
        self._needs = needs(claim, Parties(facts, lambda row: row.standing <= standing))

    def line(self) -> Line:
        """Return the result of each day. Raises UnknownNameError."""
        return joined([_line(self._ask(need, gaps=0), need) for need in self._needs])

    def judgement(self) -> Judgement:
        """Return the result over all days, with what it rests on. Raises UnknownNameError."""
        line = self.line()
        result = folded(line, ever=self._ever)
        if result is Result.CONTRADICTED:
            judgement = self._contradicted(line)
        elif result is Result.SUPPORTED:
            judgement = self._supported(line)
        else:
            judgement = self._unsupported(line)
        return replace(judgement, assumed=tuple(self._assumed))

    def _ask(self, need: Need, *, period: Period | None = None, gaps: int = 5) -> Answer:
        asked = Question(need.who, need.scope, period or self._period, self._standing)
        answer = ask(self._facts, asked, gaps_listed=gaps)
        self._assumed |= dict.fromkeys(answer.assumed)
        return answer

    def _contradicted(self, line: Line) -> Judgement:
        when = next(days for days, result in line if result is Result.CONTRADICTED)
        for need in self._needs:
            answer = self._ask(need, period=when, gaps=0)
            if Result.CONTRADICTED in {result for _, result in _line(answer, need)}:
                break
        if need.wanted is Verdict.EXCLUDED:
            why = f"{_cap(need.group)} could {need.verb} {need.object} {spoken(when)}."
            return Judgement(
                Result.CONTRADICTED, why, when, people_in(answer.witness), answer.witness
            )
        wallet = _first(answer, Verdict.EXCLUDED)
        what = wallet if need.every_wallet and wallet else need.object
        moved = f"assets of {wallet}" if need.every_wallet and wallet else need.object
        why = f"{_cap(need.group)} could not {need.verb} {moved} {spoken(when)}: it is ruled out."
        closing = tuple(
            cite(row, f"what is listed of {row.means} is all, {row.period}")
            for row in self._facts.completeness
            if row.means in (f"wallet:{what}", what) and when.start in row.period
        )
        return Judgement(Result.CONTRADICTED, why, when, (), closing)

    def _supported(self, line: Line) -> Judgement:
        days = [period for period, result in line if result is Result.SUPPORTED]
        when = None if len(days) == len(line) else days[0]
        about, clauses = spoken(when or self._period), []
        cited: list[CitedFact] = []
        for need in self._needs:
            can = "could" if need.wanted is Verdict.SHOWN else "could not"
            clauses.append(f"{need.group} {can} {need.verb} {need.object}")
            cited += self._ask(need, period=when, gaps=0).witness
        why = f"{_cap('; '.join(clauses))}, {about}."
        return Judgement(Result.SUPPORTED, why, when, people_in(cited), tuple(dict.fromkeys(cited)))

    def _unsupported(self, line: Line) -> Judgement:
        days = next(days for days, result in line if result is not Result.SUPPORTED)
        clauses: list[str] = []
        # One set of every part that lacks something: with it the whole sentence stands.
        gaps: list[tuple[MissingFact, ...]] = [()]
        undecided: list[str] = []
        for need in self._needs:
            answer = self._ask(need)
            if {result for _, result in _line(answer, need)} == {Result.SUPPORTED}:
                continue
            can = "could" if need.wanted is Verdict.SHOWN else "could not"
            clauses.append(f"that {need.group} {can} {need.verb} {need.object}")
            excluded = need.wanted is Verdict.EXCLUDED
            more = answer.gaps if excluded else (_wanting(need, days),)
            gaps = [(*gap, *other) for gap in gaps for other in more or ((),)]
            if excluded and not answer.gaps:
                undecided += [note for note in answer.assumed if "not decided" in note]
        whole = len(line) == 1
        why = f"Nothing shows {' or '.join(clauses)}, {spoken(self._period if whole else days)}."
        why = " ".join([why, *undecided])
        return Judgement(
            Result.UNSUPPORTED, why, None if whole else days, gaps=tuple(filter(None, gaps[:_GAPS]))
        )


def folded(line: Line, *, ever: bool) -> Result:
    """Return one result for many days: a claim about every day, or about some day (`ever`)."""
    results = {result for _, result in line}
    first, last = Result.CONTRADICTED, Result.SUPPORTED
    if ever:
        first, last = last, first
    if first in results:
        return first
    return last if results == {last} else Result.UNSUPPORTED


def _line(answer: Answer, need: Need) -> Line:
    if not need.every_wallet or not answer.wallets:
        return _results(answer.intervals, need.wanted)
    # Wallets under one policy share one tuple of intervals.
    distinct = {id(intervals): intervals for _, intervals in answer.wallets}
    return joined([_results(intervals, need.wanted) for intervals in distinct.values()])


def _results(intervals: Sequence[Interval], wanted: Verdict) -> Line:
    other = Verdict.EXCLUDED if wanted is Verdict.SHOWN else Verdict.SHOWN
    results = {
        wanted: Result.SUPPORTED,
        other: Result.CONTRADICTED,
        Verdict.NOT_SHOWN: Result.UNSUPPORTED,
    }
    return tuple((interval.period, results[interval.verdict]) for interval in intervals)


def _first(answer: Answer, verdict: Verdict) -> str:
    """Return the first wallet with this verdict on some day."""
    return next(
        (
            wallet
            for wallet, intervals in answer.wallets
            if any(interval.verdict is verdict for interval in intervals)
        ),
        "",
    )


def _wanting(need: Need, days: Period) -> tuple[MissingFact, ...]:
    """Return what would show that a group could: nothing else can be missing than rows."""
    return (
        MissingFact(
            fact=f"accepted possessions, and policies, by which {need.group} {need.verb} "
            f"{need.object}",
            why=f"the accepted rows do not put enough in the hands of {need.group}",
            ask=f"Show what {need.group} held {spoken(days)} that lets them {need.verb} "
            f"{need.object}, and since when.",
            cost=2,
        ),
    )


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]
