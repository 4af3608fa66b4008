"""Claims of sentences that books answer: backed, segregated, paid, signed, complied with.

Custody's statements ask through here. An answer of the books is shown, excluded or not shown; of a
sentence it makes supported, contradicted or unsupported, with the instants, the amounts and the
rows, and with what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from forthwith.books.backing import Backing, fully_backed
from forthwith.books.books import Books, Duty, Parameters, PlaceAddress
from forthwith.books.commingling import commingling
from forthwith.books.exercised import Answer, exercised
from forthwith.books.moves import Move
from forthwith.books.payments import payments
from forthwith.books.reckoned import Gap
from forthwith.books.register import OWN
from forthwith.books.timeline import gaps_of
from forthwith.custody.answers.answers import CitedFact, MissingFact
from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.facts.words import fold
from forthwith.custody.statements.claims import BadClaimError, Claim, parse
from forthwith.custody.statements.results import Judgement, Result
from forthwith.custody.statements.statements import BOOKS, BooksJudge
from forthwith.domain.instants import DAY, Instant, day_end, day_of, day_start, instant_text
from forthwith.domain.period import Period
from forthwith.plain.counting import count
from forthwith.record.matter import Matter
from forthwith.workflows.books.ask import Reckoned
from forthwith.workflows.books.custody_join import custody_of, movable
from forthwith.workflows.books.files import NoBooksError, read_matter
from forthwith.workflows.books.opening import BooksFaultyError, opened

#: Words that mean every asset.
_EVERY = frozenset(("all", "every asset", "customer assets", "everything", "all customer assets"))
#: Rows cited of one answer.
_CITED = 20
#: Sets of missing facts told.
_GAPS = 3
#: A duty that is bound to another, and that to the first, is bound to nothing.
_DEEPEST = 4


def judge_of(
    matter: Matter, facts: Facts, standing: ProofLevel = ProofLevel.SWORN
) -> BooksJudge | None:
    """Return what answers claims about books from a matter's books; None where it has none.

    Raises BooksFaultyError, FactsChangedError.
    """
    try:
        books = opened(read_matter(matter))
    except NoBooksError:
        return None
    if books.faults:
        raise BooksFaultyError(books.faults)
    return judge_with(books, Parameters(standing=str(standing)), facts)


def judge_with(books: Books, parameters: Parameters, facts: Facts) -> BooksJudge:
    """Return what answers claims from books at hand."""
    return _Judge(Reckoned(books, parameters), facts).judge


@dataclass(slots=True)
class _Judge:
    reckoned: Reckoned
    facts: Facts
    _backed: dict[tuple[str, Instant, Instant], Backing] = field(default_factory=dict)

    def judge(self, claim: Claim, period: Period | None, depth: int = 0) -> Judgement | None:
        """Answer a claim; None where it is not about books."""
        if claim.name == "complied":
            return self._complied(claim, period, depth)
        if claim.name not in BOOKS:
            return None
        start, end = self._times(period)
        if claim.name in ("exercised", "never_exercised"):
            return self._exercised(claim, start, end)
        if claim.name == "no_payment":
            return self._no_payment(claim, start, end)
        assets = self._assets(claim.of[0])
        if not assets:
            known = ", ".join(self.reckoned.books.assets)
            why = f"The books have no asset {claim.of[0]!r}; they have {known}."
            return Judgement(Result.UNSUPPORTED, why)
        judgements = [self._of_asset(claim.name, asset, start, end) for asset in assets]
        return max(judgements, key=lambda judgement: judgement.result.weight)

    def _times(self, period: Period | None) -> tuple[Instant, Instant]:
        """Return the instants of a period; without one, all of which the books speak."""
        zone = self.facts.zone
        if period is not None and period.end is not None:
            return day_start(period.start, zone), day_start(period.end, zone)
        first, last = self.reckoned.period(None, None)
        if period is not None:
            first = day_start(period.start, zone)
            last = max(last, first + DAY)
        return first, last

    def _assets(self, name: str) -> list[str]:
        if fold(name) in {fold(word) for word in _EVERY}:
            return list(self.reckoned.books.assets)
        return [asset for asset in self.reckoned.books.assets if fold(asset) == fold(name)]

    def _of_asset(self, name: str, asset: str, start: Instant, end: Instant) -> Judgement:
        if name == "segregated":
            return self._segregated(asset, start, end)
        backing = self._backing(asset, start, end)
        if name == "fully_backed":
            return _backed(backing, self._day)
        if backing.answer == "shown":
            why = f"The books show that {asset} was fully backed, and by which rows."
            return Judgement(Result.CONTRADICTED, why)
        why = f"Whether {asset} was fully backed: the books answer {backing.answer!r}."
        return Judgement(Result.SUPPORTED, why, gaps=_gaps(backing))

    def _backing(self, asset: str, start: Instant, end: Instant) -> Backing:
        key = asset, start, end
        if key not in self._backed:
            reckoned = self.reckoned
            self._backed[key] = fully_backed(
                reckoned.reckoning, asset, start, end, reckoned.control,
                movable(self.facts, reckoned.books, reckoned.standing, start, end),
                reckoned.everything, reckoned.timeline,
            )  # fmt: skip
        return self._backed[key]

    def _day(self, when: Instant) -> Period:
        """Return the day an instant lies on, as custody has days."""
        on = day_of(when, self.facts.zone)
        return Period(on, date.fromordinal(on.toordinal() + 1))

    def _segregated(self, asset: str, start: Instant, end: Instant) -> Judgement:
        found = [
            interval
            for interval in commingling(self.reckoned.reckoning, start, end, (asset,)).intervals
            if not self._hidden(interval.place, asset, interval.start)
        ]
        if found:
            first = min(found, key=lambda row: row.start)
            why = (
                f"In {first.place} customers' {asset} was {first.kind} with "
                f"{' and '.join(first.groups)} from {instant_text(first.start)}: customers' "
                f"{first.asset.text(first.customers_from)}, others' "
                f"{first.asset.text(first.other_from)}"
                + (f"; and {len(found) - 1} intervals more." if len(found) > 1 else ".")
            )
            rows = _cited(row for interval in found for row in map(str, interval.rows))
            return Judgement(Result.CONTRADICTED, why, self._day(first.start), cited=rows)
        gaps = tuple(self._unwitnessed(asset, start, end))
        if gaps:
            why = f"No interval mixes customers' {asset}, and not every place is witnessed."
            return Judgement(Result.UNSUPPORTED, why, gaps=(gaps,))
        why = f"At no event did customers' {asset} lie with anyone else's above the floor."
        return Judgement(Result.SUPPORTED, why)

    def _gaps(self, asset: str) -> Iterator[Gap]:
        """Yield where no witness shows own places; a chain shows nothing past its last day."""
        reckoning = self.reckoned.reckoning
        yield from gaps_of(reckoning, asset, OWN)
        name = reckoning.books.assets[asset].chain
        chain = reckoning.chains.get(name)
        if chain is not None and chain.instants:
            last = day_of(chain.instants[-1], self.facts.zone)
            ended = day_end(last, self.facts.zone) + 1
            why = f"the blocks of {name} end on {last}"
            cure = f"give the blocks of {name} after {chain.blocks[-1].height}"
            for place in sorted({row.place for row in self._own() if row.chain == name}):
                yield Gap(place, ended, None, why, cure, asset)

    def _own(self) -> list[PlaceAddress]:
        return [row for row in self.reckoned.reckoning.books.places if row.klass in OWN]

    def _hidden(self, place: str, asset: str, when: Instant) -> bool:
        """Return whether no witness shows what a place held at an instant."""
        return any(
            gap.of == place
            and (gap.start is None or gap.start <= when)
            and (gap.end is None or when < gap.end)
            for gap in self._gaps(asset)
        )

    def _unseen(self, asset: str, start: Instant, end: Instant) -> Iterator[MissingFact]:
        for gap in self._gaps(asset):
            if (gap.start is None or gap.start < end) and (gap.end is None or gap.end > start):
                yield MissingFact(f"the witness of {gap.of}", gap.why, f"{_cap(gap.cure)}.", 2)

    def _unwitnessed(self, asset: str, start: Instant, end: Instant) -> Iterator[MissingFact]:
        yield from self._unseen(asset, start, end)
        unknown = {
            change.place
            for change in self.reckoned.reckoning.changes
            if change.asset == asset and change.group == "unknown" and change.at < end
        }
        for place in sorted(unknown):
            yield MissingFact(
                f"for whom value in {place} lies",
                f"value came to {place} and no row says for whom",
                f"Enter in place_ledger for whom it lies in {place}.",
                1,
            )

    def _no_payment(self, claim: Claim, start: Instant, end: Instant) -> Judgement:
        payer, payee = (self._entities(name) for name in claim.of)
        books = self.reckoned.books
        own = {row.holder for row in books.places if row.klass in ("customer", "house")}
        if not payer & own:
            why = f"The books are not of {claim.of[0]}: its accounts are no places of them."
            return Judgement(Result.UNSUPPORTED, why)
        found = payments(self.reckoned.reckoning, start, end)
        direct = [row for row in found.payees if row.entity in payee]
        through = [
            row
            for row in found.payees
            if any(way.affiliate in payee and any(way.methods.values()) for way in row.through)
        ]
        if paid := [*direct, *through]:
            first = paid[0]
            how = "" if first in direct else f" through {first.entity}"
            why = (
                f"{first.asset.text(first.amount)} {first.asset.id} went to {claim.of[1]}{how} in "
                f"{count(first.count, 'payment')}"
                + (f", and {len(paid) - 1} sums more." if len(paid) > 1 else ".")
            )
            return Judgement(
                Result.CONTRADICTED, why, cited=_cited(str(r) for row in paid for r in row.rows)
            )
        open_ends = tuple(
            MissingFact(
                f"where a payment to {row.entity or ', '.join(row.as_written)} went",
                row.not_followed or "nobody says who was paid",
                f"{_cap(row.not_followed or 'Name the payee')}.",
                2,
            )
            for row in found.payees
            if row.not_followed or not row.entity
        )
        # A payment in days that no statement and no block shows would be seen nowhere.
        unseen = {fact for asset in books.assets for fact in self._unseen(asset, start, end)}
        open_ends += tuple(sorted(unseen, key=lambda fact: (fact.fact, fact.why)))
        if open_ends:
            why = f"No payment to {claim.of[1]} is seen, and not every payee was followed."
            if unseen:
                why = f"No payment to {claim.of[1]} is seen, and not every place is witnessed."
            return Judgement(Result.UNSUPPORTED, why, gaps=(open_ends,))
        return Judgement(Result.SUPPORTED, f"No outflow reached {claim.of[1]} in the period.")

    def _entities(self, name: str) -> frozenset[str]:
        """Return the ids of an entity called so: its id, or a name it had."""
        folded = fold(name)
        return frozenset(
            {row.entity for row in self.reckoned.books.names if fold(row.name) == folded}
            | {row.entity for row in self.reckoned.books.names if fold(row.entity) == folded}
            | {name}
        )

    def _exercised(self, claim: Claim, start: Instant, end: Instant) -> Judgement:
        reckoned = self.reckoned
        custody = custody_of(self.facts, reckoned.books, reckoned.standing)
        found = exercised(reckoned.reckoning, custody, start, end)
        scope = claim.scope

        def within(move: Move) -> bool:
            wallet = next((row for row in self.facts.wallets if row.id == move.source), None)
            classes = wallet.classes if wallet else frozenset()
            return (
                (not scope.wallets or move.source in scope.wallets)
                and (not scope.assets or move.asset in scope.assets)
                and (not scope.classes or bool(scope.classes & classes))
                and (not scope.destinations or move.target in scope.destinations)
            )

        entity = claim.of[0]
        never = claim.name == "never_exercised"
        answer = found.never_by(entity, within) if never else found.by(entity, within)
        rows = {row.move.id: row.rows for row in found.moves}
        return _signed(answer, entity, never=never, rows=rows)

    def _complied(self, claim: Claim, period: Period | None, depth: int) -> Judgement | None:
        """Answer the question that a row of duties binds the duty to; None where none does."""
        duty = next(
            (row for row in self.reckoned.books.duties if fold(row.duty) == fold(claim.of[1])), None
        )
        if duty is None or depth >= _DEEPEST:
            return None
        try:
            bound = parse(duty.question)
        except BadClaimError as wrong:
            why = f"The question of duty {duty.duty} does not read {wrong}."
            return Judgement(Result.UNSUPPORTED, why)
        judge = self._with(duty)
        answer = judge.judge(bound, self._within(duty, period), depth + 1)
        if answer is None:
            return None
        said = f"Duty {duty.duty} asks for {duty.question}. {answer.why}"
        return Judgement(
            answer.result, said, answer.when, answer.coalition, answer.cited, answer.gaps,
            answer.assumed,
        )  # fmt: skip

    def _with(self, duty: Duty) -> _Judge:
        """Return a judge with the duty's own parameters: basis, mixing, fee, proof_age."""
        known: dict[str, Any] = {
            key: int(value) if key == "proof_age" else value
            for key, value in duty.parameters.items()
            if key in ("basis", "mixing", "fee", "proof_age")
        }
        if not known:
            return self
        values = {
            name: getattr(self.reckoned.parameters, name)
            for name in self.reckoned.parameters.__slots__
        }
        parameters = Parameters(**{**values, **known})
        return _Judge(Reckoned(self.reckoned.books, parameters), self.facts)

    def _within(self, duty: Duty, period: Period | None) -> Period | None:
        """Return the part of a period in which a duty stood."""
        zone = self.facts.zone
        start = None if duty.span.start is None else day_of(duty.span.start, zone)
        end = None if duty.span.end is None else day_of(duty.span.end, zone)
        if period is None:
            return None if start is None else Period(start, end)
        ends = [day for day in (end, period.end) if day is not None]
        return Period(
            max(period.start, start) if start else period.start, min(ends) if ends else None
        )


def _backed(backing: Backing, day: Callable[[Instant], Period]) -> Judgement:
    asset = backing.asset
    if backing.answer == "excluded" and backing.at is not None:
        why = (
            f"On {instant_text(backing.at)} customers were owed {asset.text(backing.owed)} "
            f"{asset.id}, and everything there is came to {asset.text(backing.counted)}."
        )
        return Judgement(Result.CONTRADICTED, why, day(backing.at), assumed=backing.caveats)
    if backing.answer == "shown":
        why = f"At every instant what was held of {asset.id}, proved and witnessed, covered it."
        return Judgement(
            Result.SUPPORTED, why, assumed=tuple(f"{_cap(row)}." for row in backing.caveats)
        )
    why = f"The books neither show nor exclude that {asset.id} was fully backed."
    return Judgement(Result.UNSUPPORTED, why, gaps=_gaps(backing))


def _gaps(backing: Backing) -> tuple[tuple[MissingFact, ...], ...]:
    return tuple(
        tuple(
            MissingFact(f"{fact.kind} of {fact.of}", fact.says, f"{_cap(fact.says)}.", 2)
            for fact in facts
        )
        for facts in backing.missing[:_GAPS]
    )


def _signed(
    answer: Answer, entity: str, *, never: bool, rows: Mapping[str, Iterable[object]]
) -> Judgement:
    moves = ", ".join(answer.moves[:3]) + (" …" if len(answer.moves) > 3 else "")
    cited = _cited(str(row) for move in answer.moves for row in rows.get(move, ()))
    if answer.answer == "not shown":
        gap = tuple(
            MissingFact("who had the keys that signed", why, f"{_cap(why)}.", 2)
            for why in answer.because
        )
        why = f"Whether people of {entity} alone signed is not shown."
        return Judgement(Result.UNSUPPORTED, why, gaps=(gap,) if gap else ())
    shown = answer.answer == "shown"
    result = Result.SUPPORTED if shown else Result.CONTRADICTED
    signed = shown is not never
    what = "only people of" if signed else "nobody of"
    return Judgement(
        result, f"The keys that signed {moves} were with {what} {entity}.", cited=cited
    )


def _cited(rows: Iterable[str]) -> tuple[CitedFact, ...]:
    found = list(dict.fromkeys(rows))[:_CITED]
    return tuple(CitedFact("", "", row, (), f"a row of the books, {row}") for row in found)


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]
