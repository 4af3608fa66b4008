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
from forthwith.custody.facts.amounts import Amount
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

    def _add(self, table: str, fact: object) -> Custody:
        rows = (*getattr(self.facts, table), fact)
        self.facts = replace(self.facts, **{table: rows})
        return self

    def entity(
        self, name: str, alias_of: str = "", period: Period | None = None, **more
    ) -> Custody:
        cells = self._row("entities", id=name, name=name, alias_of=alias_of, period=period, **more)
        return self._add("entities", Entity(**cells))

    def people(self, *names: str) -> Custody:
        for name in names:
            self._add("people", Person(**self._row("people", id=name, name=name)))
        return self

    def tie(self, person: str, entity: str, period: Period | None = None, kind="employer", **more):
        cells = {"person": person, "entity": entity, "kind": kind, "value": ""} | more
        cells_of_row = self._row("affiliations", period=period or span(), **cells)
        return self._add("affiliations", Affiliation(**cells_of_row))

    def means(self, *names: str, kind: str = "key", of: str = "", **more) -> Custody:
        for name in names:
            cells = self._row("means", id=name, kind=kind, of=of, **more)
            self._add("means", Means(**cells))
        return self

    def has(self, person: str, means: str, period: Period | None = None, **more) -> Custody:
        cells = self._row(
            "possessions", person=person, means=means, period=period or span(), **more
        )
        return self._add("possessions", Possession(**cells))

    def complete(self, *targets: str, period: Period | None = None, **more) -> Custody:
        for target in targets:
            cells = self._row("completeness", means=target, period=period or span(), **more)
            self._add("completeness", Completeness(**cells))
        return self

    def grant(self, source: str, gives: str, period: Period | None = None, **more) -> Custody:
        cells = {"source": parse(source), "gives": gives, "period": period or span()} | more
        return self._add("grants", Grant(**self._row("grants", **cells)))

    def wallet(self, name: str, classes: str = "customer", asset: str = "BTC", **more) -> Custody:
        cells = {"id": name, "classes": frozenset(classes.split()), "asset": asset} | more
        return self._add("wallets", Wallet(**self._row("wallets", **cells)))

    def policy(self, wallet: str, formula: str, path="signing", period=None, scope="", **more):
        cells = {"wallet": wallet, "path": path, "formula": parse(formula)} | more
        row = self._row(
            "policies", period=period or span(), scope=parse_policy_scope(scope), **cells
        )
        return self._add("policies", SpendingPolicy(**row))

    def approval(self, wallet: str, formula: str, by="", path="software", period=None, **more):
        cells = {"wallet": wallet, "path": path, "formula": parse(formula), "enforced_by": by}
        row = self._row("approvals", period=period or span(), **cells, **more)
        return self._add("approvals", ApprovalPolicy(**row))

    def ask(self, who: str, scope: str = "", period: Period | None = None, **more) -> Answer:
        """Ask as the command line would."""
        limits = Scope.parse(scope)
        if amount := more.pop("amount", None):
            limits = replace(limits, amount=Amount(amount))
        question = Question(parse_who(who), limits, period or span(), **more)
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
        .complete("k1", "k2", "k3", "wallet:cold", "everything")
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
        wallets = [wallet for wallet in self.facts.wallets if self._in_scope(wallet)]
        if not wallets:
            return "not shown"
        if any(self._moves(wallet.id, when, surely=True) for wallet in wallets):
            return "shown"
        if any(self._moves(wallet.id, when, surely=False) for wallet in wallets):
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
            row.means == target and when in row.period and self._good(row)
            for row in self.facts.completeness
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
                bounds = [self._member(part, person, when, surely=surely) for part in parts]
                return all(bounds) if every else any(bounds)
            case TieHolders(kinds, name):
                return self._tied(kinds, name, person, when, surely=surely)
        raise AssertionError(who)

    def _tied(self, kinds, name: str, person: str, when: date, *, surely: bool) -> bool:
        same = self._same(name, when, surely=surely)
        rows = [
            tie
            for tie in self.facts.affiliations
            if tie.person == person and tie.kind in kinds and when in tie.period
        ]
        if any(row.entity in same and (self._good(row) or not surely) for row in rows):
            return True
        closed = self.facts.affiliations and self._closed(f"person:{person}", when)
        return not surely and not closed

    def _same(self, name: str, when: date, *, surely: bool) -> set[str]:
        same, grew = {name}, True
        while grew:
            grew = False
            for entity in self.facts.entities:
                there = not entity.period or when in entity.period
                linked = (self._good(entity) and there) or (not surely and not self._good(entity))
                if entity.alias_of and linked and len({entity.id, entity.alias_of} & same) == 1:
                    same |= {entity.id, entity.alias_of}
                    grew = True
        return same

    def _has(self, when: date, *, surely: bool) -> set[str]:
        has = set()
        for means in self.facts.means:
            if not surely and not self._closed(means.id, when):
                has.add(means.id)
        for possession in self.facts.possessions:
            counts = self._good(possession) or not surely
            member = self._member(self.question.who, possession.person, when, surely=surely)
            if when in possession.period and counts and member:
                has.add(possession.means)
        while True:
            more = {
                grant.gives
                for grant in self.facts.grants
                if when in grant.period
                and ((self._good(grant) and not grant.condition) or not surely)
                and grant.source.met(dict.fromkeys(has, 1))
            }
            more |= {
                means.of
                for means in self.facts.means
                if means.of and means.id in has and self._bears(means, surely=surely)
            }
            if not surely:
                more |= {
                    means.of for means in self.facts.means if self._shared(means.of, has, when)
                }
            if more <= has:
                return has
            has |= more

    def _shared(self, whole: str, has: set[str], when: date) -> bool:
        """Return whether two shares of it are there, and no grant says how many it takes."""
        shares = {m.id for m in self.facts.means if m.of == whole and m.kind == "share" and whole}
        known = any(
            grant.gives == whole and when in grant.period and shares & grant.source.leaves()
            for grant in self.facts.grants
            if self._good(grant) and not grant.condition
        )
        return len(shares & has) > 1 and not known

    def _bears(self, means: Means, *, surely: bool) -> bool:
        if means.kind in ("copy", "backup"):
            return self._good(means) or not surely
        return not surely and (means.kind != "share" or not self._good(means))

    def _serving(self, has: set[str], *, surely: bool) -> set[str]:
        """Add, above, whatever is of something that is there: a policy may do with the whole."""
        more = {means.id for means in self.facts.means if means.of in has} - has
        return self._serving(has | more, surely=surely) if more and not surely else has

    def _moves(self, wallet: str, when: date, *, surely: bool) -> bool:
        rows = [
            policy
            for policy in self.facts.policies
            if policy.wallet == wallet and when in policy.period
        ]
        accepted = [row for row in rows if self._good(row)]
        if not surely and not (accepted and self._closed(f"wallet:{wallet}", when)):
            return True
        asked = self.question.scope
        has = dict.fromkeys(self._serving(self._has(when, surely=surely), surely=surely), 1)
        for row in rows:
            if asked.paths and row.path not in asked.paths:
                continue
            if row not in accepted:
                if not surely:
                    return True
                continue
            target = dict(row.scope).get("destination")
            if asked.destinations and target and target not in asked.destinations:
                continue
            if row.formula.met(has) and self._approved(row, when, has, surely=surely):
                return True
        return False

    def _approved(self, policy, when: date, has, *, surely: bool) -> bool:
        for approval in self.facts.approvals:
            if (approval.wallet, approval.path) != (policy.wallet, policy.path) or not self._good(
                approval
            ):
                continue
            aside = approval.enforced_by in has if approval.enforced_by else not surely
            if when in approval.period and not approval.formula.met(has) and not aside:
                return False
        return True


__all__ = ["FROM", "TO", "Custody", "DayByDay", "day", "days", "span", "two_of_three"]
