"""Sound facts in memory, one row at a time, and a question put to them."""

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


__all__ = ["FROM", "TO", "Custody", "day", "days", "span", "two_of_three"]
