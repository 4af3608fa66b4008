"""Sound facts in memory, one row at a time, and the same question answered day by day.

The second is the oracle of the first's answers: it loops over days, people and grants with plain
sets, and shares nothing with `custody` but the formulas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from forthwith.custody.answers.answers import Answer, Question
from forthwith.custody.answers.ask import ask
from forthwith.custody.facts.cells import parse_policy_scope
from forthwith.custody.facts.facts import (
    Affiliation,
    ApprovalPolicy,
    Completeness,
    Entity,
    Facts,
    Grant,
    Means,
    Person,
    Possession,
    ProofLevel,
    SpendingPolicy,
    Wallet,
)
from forthwith.custody.facts.formula import parse
from forthwith.custody.questions.groups import (
    Combination,
    Everyone,
    NamedPeople,
    Not,
    TieHolders,
    Who,
)
from forthwith.custody.questions.groups import parse as parse_who
from forthwith.custody.questions.scope import Scope
from forthwith.domain.fact_tables import FactRow
from forthwith.domain.period import Period, day

#: Rows are good from the first day unless said otherwise.
FROM, TO = "2023-01-01", "2024-01-01"


def span(start: str = FROM, end: str = TO) -> Period:
    """Return a period from two days as written."""
    return Period.parse(start, end)


@dataclass
class Custody:
    """Facts being built; every row is `system record` and undisputed unless said otherwise."""

    facts: Facts = field(default_factory=Facts)
    lines: int = 1

    def _row(self, table: str, **cells: object) -> dict[str, object]:
        self.lines += 1
        standing = cells.pop("standing", ProofLevel.SYSTEM_RECORD)
        disputed = cells.pop("disputed", False)
        row = FactRow(table, {}, f"{table}.csv", self.lines)
        cites = (f"NGT{self.lines:08d}",)
        return {**cells, "row": row, "standing": standing, "disputed": disputed, "cites": cites}

    def _add(self, table: str, made: object) -> Custody:
        rows = (*getattr(self.facts, table), made)
        self.facts = replace(self.facts, **{table: rows})
        return self

    def entity(
        self, name: str, alias_of: str = "", period: Period | None = None, **more
    ) -> Custody:
        made = self._row("entities", id=name, name=name, alias_of=alias_of, period=period, **more)
        return self._add("entities", Entity(**made))

    def people(self, *names: str) -> Custody:
        for name in names:
            self._add("people", Person(**self._row("people", id=name, name=name)))
        return self

    def tie(self, person: str, entity: str, period: Period | None = None, kind="employer", **more):
        cells = {"person": person, "entity": entity, "kind": kind, "value": ""} | more
        made = self._row("affiliations", period=period or span(), **cells)
        return self._add("affiliations", Affiliation(**made))

    def means(self, *names: str, kind: str = "key", of: str = "", **more) -> Custody:
        for name in names:
            made = self._row("means", id=name, kind=kind, of=of, **more)
            self._add("means", Means(**made))
        return self

    def has(self, person: str, means: str, period: Period | None = None, **more) -> Custody:
        made = self._row("possessions", person=person, means=means, period=period or span(), **more)
        return self._add("possessions", Possession(**made))

    def complete(self, *targets: str, period: Period | None = None, **more) -> Custody:
        for target in targets:
            made = self._row("completeness", means=target, period=period or span(), **more)
            self._add("completeness", Completeness(**made))
        return self

    def grant(self, source: str, gives: str, period: Period | None = None, **more) -> Custody:
        cells = {"source": parse(source), "gives": gives, "period": period or span()} | more
        return self._add("grants", Grant(**self._row("grants", **cells)))

    def wallet(self, name: str, classes: str = "customer", asset: str = "BTC", **more) -> Custody:
        cells = {"id": name, "classes": frozenset(classes.split()), "asset": asset} | more
        return self._add("wallets", Wallet(**self._row("wallets", **cells)))

    def policy(self, wallet: str, formula: str, path="signing", period=None, scope="", **more):
        cells = {"wallet": wallet, "path": path, "formula": parse(formula)} | more
        made = self._row(
            "policies", period=period or span(), scope=parse_policy_scope(scope), **cells
        )
        return self._add("policies", SpendingPolicy(**made))

    def approval(self, wallet: str, formula: str, by="", path="software", period=None, **more):
        cells = {"wallet": wallet, "path": path, "formula": parse(formula), "enforced_by": by}
        made = self._row("approvals", period=period or span(), **cells, **more)
        return self._add("approvals", ApprovalPolicy(**made))

    def ask(self, who: str, scope: str = "", period: Period | None = None, **more) -> Answer:
        """Ask as the command line would."""
        question = Question(parse_who(who), Scope.parse(scope), period or span(), **more)
        return ask(self.facts, question)


def two_of_three() -> Custody:
    """Return a 2-of-3 wallet, everything closed: two of Northgate, one of Halden."""
    return (
        Custody()
        .entity("northgate").entity("halden")
        .people("ortega", "lindqvist", "adeyemi")
        .tie("ortega", "northgate").tie("lindqvist", "northgate").tie("adeyemi", "halden")
        .means("k1", "k2", "k3")
        .has("ortega", "k1").has("lindqvist", "k2").has("adeyemi", "k3")
        .wallet("cold").policy("cold", "2 of (k1, k2, k3)")
        .complete("k1", "k2", "k3", "wallet:cold")
        .complete("person:ortega", "person:lindqvist", "person:adeyemi")
    )  # fmt: skip


def days(period: Period) -> Iterator[date]:
    """Yield every day of a period."""
    day_ = period.start
    while day_ < period.end:
        yield day_
        day_ += timedelta(1)


@dataclass
class DayByDay:
    """The question answered one day at a time, straight from the words of docs/custody.md."""

    facts: Facts
    question: Question

    def on(self, when: date) -> str:
        """Return the answer on one day."""
        wallets = [each for each in self.facts.wallets if self._in_scope(each)]
        if not wallets:
            return "not shown"
        if any(self._moves(each.id, when, surely=True) for each in wallets):
            return "shown"
        if any(self._moves(each.id, when, surely=False) for each in wallets):
            return "not shown"
        return "excluded"

    def _in_scope(self, wallet: Wallet) -> bool:
        asked = self.question.scope
        return (not asked.wallets or wallet.id in asked.wallets) and (
            not asked.classes or bool(asked.classes & wallet.classes)
        )

    def _good(self, fact) -> bool:
        return fact.standing <= self.question.standing and not fact.disputed

    def _closed(self, target: str, when: date) -> bool:
        return any(
            each.means == target and when in each.period and self._good(each)
            for each in self.facts.completeness
        )

    def _member(self, who: Who, person: str, when: date, *, surely: bool) -> bool:
        match who:
            case Everyone():
                return True
            case NamedPeople(people):
                return person in people
            case Not(part):
                return not self._member(part, person, when, surely=not surely)
            case Combination(parts, every):
                found = [self._member(part, person, when, surely=surely) for part in parts]
                return all(found) if every else any(found)
            case TieHolders(kinds, name):
                return self._tied(kinds, name, person, when, surely=surely)
        raise AssertionError(who)

    def _tied(self, kinds, name: str, person: str, when: date, *, surely: bool) -> bool:
        same = self._same(name, when, surely=surely)
        rows = [
            each
            for each in self.facts.affiliations
            if each.person == person and each.kind in kinds and when in each.period
        ]
        if any(each.entity in same and (self._good(each) or not surely) for each in rows):
            return True
        closed = self.facts.affiliations and self._closed(f"person:{person}", when)
        return not surely and not closed

    def _same(self, name: str, when: date, *, surely: bool) -> set[str]:
        same, grew = {name}, True
        while grew:
            grew = False
            for each in self.facts.entities:
                there = not each.period or when in each.period
                linked = (self._good(each) and there) or (not surely and not self._good(each))
                if each.alias_of and linked and len({each.id, each.alias_of} & same) == 1:
                    same |= {each.id, each.alias_of}
                    grew = True
        return same

    def _has(self, when: date, *, surely: bool) -> set[str]:
        has = set()
        for means in self.facts.means:
            if not surely and not self._closed(means.id, when):
                has.add(means.id)
        for each in self.facts.possessions:
            counts = self._good(each) or not surely
            member = self._member(self.question.who, each.person, when, surely=surely)
            if when in each.period and counts and member:
                has.add(each.means)
        while True:
            more = {
                each.gives
                for each in self.facts.grants
                if when in each.period
                and ((self._good(each) and not each.condition) or not surely)
                and each.source.met(dict.fromkeys(has, 1))
            }
            more |= {
                each.of
                for each in self.facts.means
                if each.of and each.id in has and self._bears(each, surely=surely)
            }
            if not surely:
                more |= {each.of for each in self.facts.means if self._shared(each.of, has, when)}
            if more <= has:
                return has
            has |= more

    def _shared(self, whole: str, has: set[str], when: date) -> bool:
        """Return whether two shares of it are there, and no grant says how many it takes."""
        shares = {m.id for m in self.facts.means if m.of == whole and m.kind == "share" and whole}
        told = any(
            each.gives == whole and when in each.period and shares & each.source.leaves()
            for each in self.facts.grants
            if self._good(each) and not each.condition
        )
        return len(shares & has) > 1 and not told

    def _bears(self, means: Means, *, surely: bool) -> bool:
        if means.kind in ("copy", "backup"):
            return self._good(means) or not surely
        return not surely and (means.kind != "share" or not self._good(means))

    def _serving(self, has: set[str], *, surely: bool) -> set[str]:
        """Add, above, whatever is of something that is there: a policy may do with the whole."""
        more = {each.id for each in self.facts.means if each.of in has} - has
        return self._serving(has | more, surely=surely) if more and not surely else has

    def _moves(self, wallet: str, when: date, *, surely: bool) -> bool:
        rows = [
            each for each in self.facts.policies if each.wallet == wallet and when in each.period
        ]
        accepted = [each for each in rows if self._good(each)]
        if not surely and not (accepted and self._closed(f"wallet:{wallet}", when)):
            return True
        asked = self.question.scope
        has = dict.fromkeys(self._serving(self._has(when, surely=surely), surely=surely), 1)
        for each in rows:
            if asked.paths and each.path not in asked.paths:
                continue
            if each not in accepted:
                if not surely:
                    return True
                continue
            target = dict(each.scope).get("destination")
            if asked.destinations and target and target not in asked.destinations:
                continue
            if each.formula.met(has) and self._approved(each, when, has, surely=surely):
                return True
        return False

    def _approved(self, policy, when: date, has, *, surely: bool) -> bool:
        for each in self.facts.approvals:
            if (each.wallet, each.path) != (policy.wallet, policy.path) or not self._good(each):
                continue
            aside = each.enforced_by in has if each.enforced_by else not surely
            if when in each.period and not each.formula.met(has) and not aside:
                return False
        return True


__all__ = ["FROM", "TO", "Custody", "DayByDay", "day", "days", "span", "two_of_three"]
