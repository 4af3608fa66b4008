"""One invented exchange, in which everything is closed until a case opens something.

Ann and Bo are with Veld Labs, the affiliate; Cy and Di with Orrin Trust, the custodian.
"""

from __future__ import annotations

from forthwith.custody.answers.answers import Answer
from forthwith.custody.facts.facts import ProofLevel
from forthwith.domain.period import Period
from tests.builders.custody import span
from tests.custody.judge.registers import Register

ALWAYS = span("2023-01-01", "2100-01-01")
LONG_AGO = span("2020-01-01", "2100-01-01")
NARRATIVE = {"standing": ProofLevel.NARRATIVE}
DISPUTED = {"disputed": True}


class Exchange(Register):
    """Rows hold from the first day of 2023 on, unless a case says otherwise."""

    def holds(self, person: str, *means: str, period: Period | None = None, **more) -> Exchange:
        """Put means within somebody's reach."""
        for name in means:
            self.has(person, name, period or span("2023-01-01", "2099-01-01"), **more)
        return self

    def closed(self, *targets: str, **more) -> Exchange:
        """Say that what is listed is all, for good."""
        return self.complete(*targets, period=more.pop("period", ALWAYS), **more)

    def keys(self, *names: str, kind: str = "key", **more) -> Exchange:
        """Add means of which the holders listed are all."""
        return self.means(*names, kind=kind, **more).closed(*names)

    def moved_by(self, wallet: str, formula: str, period: Period | None = None, **more) -> Exchange:
        """Add a policy that holds for good."""
        return self.policy(wallet, formula, period=period or ALWAYS, **more)

    def asks(self, wallet: str, formula: str, by: str = "adm", **more) -> Exchange:
        """Add an approval that was asked for long before; `adm` is the console of Cy."""
        if by == "adm" and "adm" not in {means.id for means in self.facts.means}:
            self.keys("adm", kind="role").holds("cy", "adm")
        more = {"period": LONG_AGO} | more
        return self.tiered(wallet, formula, by=by, **more)

    def says(
        self, who: str = "tie=veld", scope: str = "wallet=cold", amount: str = "", **more
    ) -> str:
        """Return the answer over the whole of 2023."""
        scope += f", amount={amount}" if amount else ""
        return str(self.ask(who, scope, **more).verdict)

    def answers(self, who: str = "tie=veld", scope: str = "wallet=cold", **more) -> dict[str, str]:
        """Return the answer from each day (or instant) on which it becomes another."""
        changes: dict[str, str] = {}
        for interval in self.ask(who, scope, **more).intervals:
            if str(interval.verdict) not in list(changes.values())[-1:]:
                changes[interval.period.from_text] = str(interval.verdict)
        return changes


def exchange(wallet: str = "cold", people: str = "ann bo cy di") -> Exchange:
    """Return the exchange with one customer wallet, of which the paths listed are all."""
    register = Exchange().entity("veld").entity("orrin")
    for name in people.split():
        register.people(name).tie(name, "veld" if name in ("ann", "bo") else "orrin", ALWAYS)
        register.closed(f"person:{name}")
    return register.wallet(wallet).closed(f"wallet:{wallet}")


def gaps(answer: Answer) -> str:
    """Return all that would have to be shown, as one text."""
    return " ".join(missing.fact for gap in answer.gaps for missing in gap)
