"""Each set of gaps, once granted, turns every day that is not shown into an excluded one.

Whatever a gap asks for is done to the facts here: a row is added, mended, or struck out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forthwith.custody.answers.answers import Question, Verdict
from forthwith.custody.answers.ask import ask
from forthwith.custody.facts.facts import Fact, Facts, ProofLevel
from forthwith.custody.facts.formula import parse
from forthwith.domain.period import Period
from tests.builders.custody import FROM, Custody, day
from tests.custody.answers.test_ask import facts, questions

ALWAYS = Period(day(FROM))
LONG = Period(day("1999-01-01"))
#: On none of the days asked about, nor before them.
LATER = Period(day("2090-01-01"), day("2090-02-01"))
#: What nobody had: a means that is closed and that no row puts in anybody's hands.
NEVER = "never"
_WHEN = re.compile(r" (?:between|on) \d.*$")
_TIES = {"employed by": "employer", "paid by": "payer"}


class Granted:
    """Facts in which what gaps ask for is so."""

    def __init__(self, register: Facts) -> None:
        self._told_first = register
        self.made = Custody(register, 2000).means(NEVER).complete(NEVER, period=ALWAYS)

    def grant(self, fact: str) -> None:
        """Do to the facts what a gap asks for."""
        if row := re.match(r"the instant at which (\S+) ends on", fact):
            self._end_at_once(row[1])
            return
        for part in fact.split("; "):
            table, _, what = _WHEN.sub("", part).partition(": ")
            what = _WHEN.sub("", what)
            getattr(self, f"_{table.replace(' ', '_')}")(what)

    def keep(self, names: Iterable[str]) -> None:
        """Leave each entity known although the row that named it is struck."""
        for name in {*names} - {entity.id for entity in self.made.facts.entities}:
            self.made.entity(name)

    def _completeness(self, target: str) -> None:
        # "class:customer or everything": the first of them does it.
        for one in target.partition(" or ")[0].split(" and "):
            self.made.complete(one, period=ALWAYS)
            if one.startswith("ways:"):
                self._told(one.removeprefix("ways:"))

    def _affiliations_and_completeness(self, target: str) -> None:
        self.made.tie(target.removeprefix("person:"), "nobody", period=ALWAYS)
        self._completeness(target)

    def _policies_and_completeness(self, target: str) -> None:
        self.made.policy(target.removeprefix("wallet:"), NEVER, period=ALWAYS)
        self._completeness(target)

    def _affiliations(self, what: str) -> None:
        if what.startswith("not "):
            for place in what.removeprefix("not ").split(" and "):
                self._strike("entities" if place.startswith("entities") else "affiliations", place)
            return
        person, _, ties = what.partition(" was ")
        for how, kind in _TIES.items():
            if name := re.search(rf"{how} (\w+)", ties):
                self.made.tie(person, name[1], kind=kind, period=ALWAYS)
        if "employed or paid by" in ties:
            entity = re.search(r"employed or paid by (\w+)", ties)
            self.made.tie(person, entity[1] if entity else "", period=ALWAYS)

    def _policies(self, what: str) -> None:
        if row := re.fullmatch(r"what (\S+) moves and where to", what):
            # It is no way to what is asked about; the rule is there.
            self._mend("policies", lambda policy: policy.place == row[1], formula=parse(NEVER))
        elif what.startswith("not "):
            # Its words for destinations stay: without them nobody knows what another one means.
            row = what.removeprefix("not ")
            # A condition that was not met leaves the rule there, and nobody meets it.
            self._mend(
                "policies",
                lambda policy: policy.place == row and "when" in dict(policy.scope),
                formula=parse(NEVER),
                standing=ProofLevel.PROVED,
                disputed=False,
            )
            self._mend(
                "policies",
                lambda policy: policy.place == row and "when" not in dict(policy.scope),
                period=LATER,
            )
        else:
            good = {"standing": ProofLevel.PROVED, "disputed": False}
            self._mend("policies", lambda policy: policy.place == what, **good)

    def _possessions(self, what: str) -> None:
        self._strike("possessions", what.removeprefix("not "))

    def _grants(self, what: str) -> None:
        if what.startswith("not "):
            self._strike("grants", what.removeprefix("not "))
        elif whole := re.fullmatch(r"how many shares give (\S+)", what):
            self._told(whole[1])
        elif whole := re.fullmatch(r"(\S+) does not give (\S+)", what):
            self._mend("means", lambda means: means.id == whole[1], of="")

    def _told(self, whole: str) -> None:
        """Say that it takes one share more than anybody has, and that there is no other way."""
        self.made.complete(f"ways:{whole}", period=ALWAYS)
        parts = [m.id for m in self.made.facts.means if (m.kind, m.of) == ("share", whole)]
        if parts:
            self.made.grant(f"all of ({', '.join((*parts, NEVER))})", whole, period=ALWAYS)

    def _means(self, what: str) -> None:
        """Say by grants what the `of` of its parts said, so that it serves for none of them."""
        whole = what.partition(" does not serve")[0]
        for means in self.made.facts.means:
            if means.of != whole:
                continue
            if means.kind in ("copy", "backup"):
                mark = {"standing": means.standing, "disputed": means.disputed}
                self.made.grant(means.id, whole, period=ALWAYS, **mark)
            elif means.kind != "share" or means.disputed or means.standing > ProofLevel.SWORN:
                self.made.grant(means.id, whole, period=ALWAYS, condition="perhaps")
        self._mend("means", lambda means: means.of == whole, of="")

    def _approvals(self, what: str) -> None:
        if what == "enforced_by":
            self._mend("approvals", lambda approval: not approval.enforced_by, enforced_by=NEVER)
            return
        # Each is asked for, of every amount, all the time.
        wallet, path = what.split(" ")
        for number, row in enumerate(self.made.facts.approvals):
            if (row.wallet, row.path) == (wallet, path):
                good = {"standing": ProofLevel.PROVED, "disputed": False, "group": f"g{number}"}
                place = row.place
                self._mend("approvals", lambda row, at=place: row.place == at, period=LONG, **good)

    def _wallets(self, what: str) -> None:
        self._mend("wallets", lambda wallet: wallet.id == what, classes=frozenset(("house",)))

    def _end_at_once(self, place: str) -> None:
        """Say that what a row says ended as the day began."""
        for table in ("possessions", "grants", "policies", "affiliations"):
            for row in getattr(self.made.facts, table):
                if row.place == place:
                    at = datetime(*row.period.end.timetuple()[:3], tzinfo=UTC)
                    ended = replace(row.period, ends_at=at)
                    self._mend(table, lambda row: row.place == place, period=ended)

    def _strike(self, table: str, place: str) -> None:
        # Two parts of one gap may strike the same row.
        assert any(row.place == place for row in getattr(self._told_first, table))
        left = tuple(row for row in getattr(self.made.facts, table) if row.place != place)
        self.made.facts = replace(self.made.facts, **{table: left})
        if not self.made.facts.affiliations:
            # Who shows that a tie was not so says whose the person was: no list is left empty.
            self.made.tie("cho", "nobody", period=ALWAYS)

    def _mend(self, table: str, wanted, **cells: object) -> None:
        rows: tuple[Fact, ...] = getattr(self.made.facts, table)
        mended = tuple(replace(row, **cells) if wanted(row) else row for row in rows)
        self.made.facts = replace(self.made.facts, **{table: mended})


@settings(max_examples=100, deadline=None, derandomize=True)
@given(facts(), questions(), st.data())
def test_granting_any_set_of_gaps_excludes_what_was_not_shown(
    register: Facts, question: Question, data
):
    """No set asks for too little."""
    answer = ask(register, question)
    assume(answer.gaps)
    gap = data.draw(st.sampled_from(answer.gaps))
    granted = Granted(register)
    for missing in gap:
        granted.grant(missing.fact)
    granted.keep(name for kind, name in question.who.names() if kind != "people")

    for interval in answer.intervals:
        if interval.verdict is Verdict.NOT_SHOWN:
            alone = replace(question, period=interval.period)
            after = ask(granted.made.facts, alone, gaps_listed=0)
            assert after.verdict is Verdict.EXCLUDED, [missing.fact for missing in gap]
