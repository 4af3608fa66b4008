"""Laws of the answer; `tests/custody/judge` holds it against an evaluation written apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.custody.answers.answers import Question, Verdict
from forthwith.custody.answers.ask import ask
from forthwith.custody.answers.caveats import UnknownNameError
from forthwith.custody.answers.circuits import people_network
from forthwith.custody.answers.wallet_facts import facts_of_wallet
from forthwith.custody.changes import changes
from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.questions.groups import NamedPeople
from forthwith.custody.questions.groups import parse as parse_who
from forthwith.custody.questions.scope import Scope
from forthwith.domain.period import Period
from tests.builders.custody import Custody, days, span, two_of_three
from tests.builders.networks import allowed_before

FIRST = date(2023, 1, 1)
PEOPLE = ("ann", "ben", "cho")
ENTITIES = ("halden", "northgate", "brand")
MEANS = ("k1", "k2", "k3", "role")
WHO = (
    "employer=halden", "payer=halden", "not employer=northgate", "everyone", "people=ann",
    "people=ann,ben", "employer=halden and not payer=northgate", "not tie=halden",
    "employer=brand or people=cho",
)  # fmt: skip
FORMULAS = (
    "k1", "2 of (k1, k2, k3)", "k1 and role", "2 of (k1, k1, k2)", "role or all of (k1, k2)",
    "2 of (k3, role, any of (k1, k2))",
)  # fmt: skip
GRANTS = ("k1", "k2", "role", "2 of (k1, k2)", "k3 and role")
SCOPES = ("", "class=customer", "wallet=w1", "path=signing", "path=recovery", "destination=hot")


@st.composite
def periods(draw) -> Period:
    start = draw(st.integers(0, 8))
    length = draw(st.integers(1, 8))
    end = None if draw(st.booleans()) else FIRST + timedelta(start + length)
    return Period(FIRST + timedelta(start), end)


good = st.sampled_from((ProofLevel.SYSTEM_RECORD, ProofLevel.SWORN))
standings = st.sampled_from(
    (*[ProofLevel.SYSTEM_RECORD] * 4, ProofLevel.SWORN, ProofLevel.NARRATIVE)
)
marks = st.fixed_dictionaries({
    "period": periods(), "standing": standings, "disputed": st.sampled_from((*[False] * 7, True)),
})  # fmt: skip


def some(*parts, most: int = 4):
    return st.lists(st.tuples(*parts, marks), max_size=most)


kinds = st.sampled_from(("key", "copy", "backup", "device", "share", "role"))
person, means, entity = (st.sampled_from(ids) for ids in (PEOPLE, MEANS, ENTITIES))
targets = st.sampled_from(
    (*MEANS, *(f"person:{person}" for person in PEOPLE), "wallet:w1", "wallet:w2")
)


@st.composite
def facts(draw) -> Facts:
    custody = Custody().people(*PEOPLE).entity("halden").entity("northgate")
    alias = draw(marks)
    custody.entity("brand", alias_of="halden", **alias)
    for name in MEANS:
        mark = {key: value for key, value in draw(marks).items() if key != "period"}
        custody.means(name, kind=draw(kinds), of=draw(st.sampled_from(("", *MEANS))), **mark)
    for who, what, mark in draw(some(person, means, most=6)):
        custody.has(who, what, **mark)
    for who, what, kind, mark in draw(some(person, entity, st.sampled_from(("employer", "payer")))):
        custody.tie(who, what, kind=kind, **mark)
    for source, gives, mark in draw(some(st.sampled_from(GRANTS), means)):
        custody.grant(source, gives, condition=draw(st.sampled_from(("", "", "when told"))), **mark)
    _wallets(draw, custody)
    for target, mark in draw(some(targets, most=12)):
        custody.complete(target, **mark)
    return custody.facts


def _wallets(draw, custody: Custody) -> None:
    custody.wallet("w1").wallet("w2", classes="house")
    wallet, path = st.sampled_from(("w1", "w2")), st.sampled_from(("signing", "recovery"))
    scope = st.sampled_from(("", "destination=hot", "destination=cold; when=stuck"))
    for name, formula, way, limit, mark in draw(
        some(wallet, st.sampled_from(FORMULAS), path, scope, most=5)
    ):
        custody.policy(name, formula, path=way, scope=limit, **mark)
    for name, formula, way, by, mark in draw(
        some(wallet, st.sampled_from(FORMULAS), path, st.sampled_from(("", *MEANS)), most=2)
    ):
        custody.approval(name, formula, by=by, path=way, **mark)


@st.composite
def questions(draw) -> Question:
    start = draw(st.integers(0, 6))
    period = Period(FIRST + timedelta(start), FIRST + timedelta(start + draw(st.integers(1, 9))))
    scope, who = draw(st.sampled_from(SCOPES)), draw(st.sampled_from(WHO))
    return Question(parse_who(who), Scope.parse(scope), period, draw(good))


def by_day(answer) -> list[str]:
    return [str(interval.verdict) for interval in answer.intervals for _ in days(interval.period)]


@settings(max_examples=150, deadline=None)
@given(facts(), questions())
def test_the_answer_over_intervals_is_the_answer_day_by_day(register: Facts, question: Question):
    """Nothing is sampled and nothing smeared: each day has the answer it has alone."""
    answer = ask(register, question, gaps_listed=0)

    alone = [
        replace(question, period=Period(day, day + timedelta(1))) for day in days(question.period)
    ]
    assert by_day(answer) == [str(ask(register, day, gaps_listed=0).verdict) for day in alone]
    assert answer.verdict == max(
        (interval.verdict for interval in answer.intervals), key=lambda v: v.weight
    )


@settings(max_examples=150, deadline=None)
@given(facts(), questions(), person, means, marks)
def test_more_means_never_open_less(register, question, who, what, mark):
    """Whatever a group may move, it may move with one more means within reach."""
    more = Custody(register, 1000).has(who, what, **mark).facts

    before, after = ask(register, question, gaps_listed=0), ask(more, question, gaps_listed=0)
    order = {"excluded": 0, "not shown": 1, "shown": 2}
    assert all(order[b] <= order[a] for b, a in zip(by_day(before), by_day(after), strict=True))


@settings(max_examples=150, deadline=None)
@given(facts(), questions(), targets, marks)
def test_a_completeness_fact_never_moves_excluded_to_anything_else(
    register, question, target, mark
):
    """Closing something cannot open anything."""
    more = Custody(register, 1000).complete(target, **mark).facts

    before, after = ask(register, question, gaps_listed=0), ask(more, question, gaps_listed=0)
    pairs = zip(by_day(before), by_day(after), strict=True)
    assert all(then == "excluded" for now, then in pairs if now == "excluded")


@settings(max_examples=150, deadline=None)
@given(facts(), questions())
def test_what_is_shown_comes_with_the_facts_that_show_it(register, question):
    """A witness alone, less every other possession, still shows it; without one row it does not."""
    answer = ask(register, question, gaps_listed=0)
    if answer.verdict is not Verdict.SHOWN:
        assert answer.witness == ()
        return
    first = next(interval for interval in answer.intervals if interval.verdict is Verdict.SHOWN)
    day_one = replace(
        question, period=Period(first.period.start, first.period.start + timedelta(1))
    )
    used = {fact.fact for fact in answer.witness}
    possessions = [possession for possession in register.possessions if possession.place in used]
    assert ask(replace(register, possessions=tuple(possessions)), day_one).verdict is Verdict.SHOWN
    people = {possession.person for possession in possessions}
    for left_out in people:
        fewer = tuple(possession for possession in possessions if possession.person != left_out)
        assert ask(replace(register, possessions=fewer), day_one).verdict is not Verdict.SHOWN


@settings(max_examples=100, deadline=None)
@given(facts(), questions())
def test_closing_every_fact_of_a_gap_set_excludes(register, question):
    """The completeness rows a gap asks for, once there, turn the answer (and none alone does)."""
    answer = ask(register, question)
    if answer.verdict is not Verdict.NOT_SHOWN:
        return
    assert answer.gaps
    for gap in answer.gaps:
        targets = [_target(missing.fact) for missing in gap]
        if None in targets or _ties_below(register, targets):
            continue
        assert ask(_closed(register, targets), question).verdict is Verdict.EXCLUDED
        for left_out in targets:
            rest = [target for target in targets if target != left_out]
            assert ask(_closed(register, rest), question).verdict is Verdict.NOT_SHOWN


def _target(fact: str) -> str | None:
    return fact.split()[1] if fact.startswith("completeness: ") else None


def _ties_below(register: Facts, targets: list[str]) -> bool:
    """Ties below the standing, and `not`, need more than a row of completeness."""
    people = {target.removeprefix("person:") for target in targets if target.startswith("person:")}
    return bool(people)


def _closed(register: Facts, targets: list[str]) -> Facts:
    return Custody(register, 2000).complete(*targets, period=Period(FIRST)).facts


def test_the_affiliate_can_from_the_day_its_third_holder_comes():
    """4 of 7, three with the affiliate: it cannot; a fourth is seconded: from that day it can."""
    keys = [f"k{n}" for n in range(7)]
    people = [f"p{n}" for n in range(7)]
    custody = Custody().entity("northgate").entity("halden").people(*people).means(*keys)
    for n, (who, key) in enumerate(zip(people, keys, strict=True)):
        custody.has(who, key).tie(who, "halden" if n < 3 else "northgate")
        custody.complete(key, f"person:{who}")
    custody.wallet("cold").policy("cold", f"4 of ({', '.join(keys)})").complete("wallet:cold")

    assert custody.ask("employer=halden", "wallet=cold").verdict is Verdict.EXCLUDED
    custody.tie("p3", "halden", span("2023-06-01"))
    answer = custody.ask("employer=halden", "wallet=cold")
    assert [(str(interval.period), str(interval.verdict)) for interval in answer.intervals] == [
        ("from 2023-01-01 to 2023-06-01", "excluded"),
        ("from 2023-06-01 to 2024-01-01", "shown"),
    ]
    assert {fact.person for fact in answer.witness} == {"p0", "p1", "p2", "p3", ""}


def test_one_person_with_two_copies_is_a_quorum():
    custody = two_of_three().means("k2-copy", kind="copy", of="k2").has("ortega", "k2-copy")
    custody.complete("k2-copy")

    assert custody.ask("people=ortega", "wallet=cold").verdict is Verdict.SHOWN


def test_a_copy_nobody_closed_opens_the_key_it_copies():
    custody = two_of_three().means("k1-copy", kind="copy", of="k1")

    answer = custody.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert [[missing.fact for missing in gap] for gap in answer.gaps] == [
        ["completeness: k1-copy between 1 January and 31 December 2023"]
    ]


@pytest.mark.parametrize("missing", ["wallet:cold", "k1", "person:ortega"])
def test_one_completeness_missing_is_one_gap(missing):
    """Fail closed: what nobody says is all may not be all."""
    custody = two_of_three()
    rows = tuple(row for row in custody.facts.completeness if row.means != missing)
    custody.facts = replace(custody.facts, completeness=rows)

    answer = custody.ask("employer=halden", "class=customer")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert [[missing.fact.split()[1] for missing in gap] for gap in answer.gaps] == [[missing]]


def test_no_policy_no_wallet_and_no_facts_are_never_excluded():
    bare = Custody().people("ann").entity("halden").tie("ann", "halden")

    assert bare.ask("employer=halden").verdict is Verdict.NOT_SHOWN
    bare.wallet("w").complete("wallet:w", "person:ann")
    assert bare.ask("employer=halden").verdict is Verdict.NOT_SHOWN
    assert bare.ask("employer=halden", "class=customer").verdict is Verdict.NOT_SHOWN


def test_counsels_narrative_alone_proves_nothing():
    """The same facts on a lower standard are a different answer, and both are printed."""
    custody = two_of_three()
    narrative = replace(custody.facts.completeness[0], standing=ProofLevel.NARRATIVE)
    custody.facts = replace(
        custody.facts, completeness=(narrative, *custody.facts.completeness[1:])
    )

    assert custody.ask("employer=halden").verdict is Verdict.NOT_SHOWN
    assert custody.ask("employer=halden", standing=ProofLevel.NARRATIVE).verdict is Verdict.EXCLUDED


def test_a_policy_below_the_standing_is_asked_for_or_refuted():
    custody = two_of_three().policy("cold", "k1", path="recovery", standing=ProofLevel.NARRATIVE)

    answer = custody.ask("employer=halden", "wallet=cold")
    facts_missing = [[missing.fact.split(" between")[0] for missing in gap] for gap in answer.gaps]
    row = custody.facts.policies[1].place
    assert facts_missing == [[f"policies: {row}"], [f"policies: not {row}"]]


def test_an_administrator_of_the_approvals_passes_them_by():
    """Approval is not ability to sign, and whoever can set it aside needs none."""
    custody = two_of_three().means("console", kind="role").complete("console")
    custody.policy("cold", "k3", path="software")
    custody.approval("cold", "k1", by="console", period=span("2022-12-31"))

    assert custody.ask("employer=halden", "path=software").verdict is Verdict.EXCLUDED
    custody.has("adeyemi", "console", span("2023-05-01"))
    answer = custody.ask("employer=halden", "path=software")
    assert [str(interval.verdict) for interval in answer.intervals] == ["excluded", "shown"]


def test_an_approval_nothing_enforces_holds_nobody_back_for_certain():
    custody = two_of_three().policy("cold", "k3", path="software").approval("cold", "k1")

    assert custody.ask("employer=halden", "path=software").verdict is Verdict.NOT_SHOWN


def test_an_alias_counts_as_the_entity_on_every_day():
    """A rename ends no employment, and begins none."""
    custody = two_of_three().entity("brand", alias_of="halden", period=span("2023-03-01"))
    custody.tie("ortega", "brand")

    answer = custody.ask("employer=halden", "wallet=cold")
    assert [str(interval.verdict) for interval in answer.intervals] == ["shown"]


def test_a_misspelt_name_is_not_answered():
    """`employer=haldn` has no people; to call that excluded would be the worst error."""
    for who, scope in [("employer=haldn", ""), ("people=ortga", ""), ("everyone", "wallet=clod")]:
        with pytest.raises(UnknownNameError, match="Perhaps"):
            two_of_three().ask(who, scope)


@settings(max_examples=150, deadline=None)
@given(facts(), st.sampled_from(range(12)), good)
def test_the_network_of_people_says_what_the_answer_says(register, day_after, standing):
    """Any set of people is shown to move a wallet exactly when it meets the wallet's network."""
    when = FIRST + timedelta(day_after)
    network = people_network(register, "w1", when, standing)
    one_day = Period(when, when + timedelta(1))
    for size in range(1, len(PEOPLE) + 1):
        for group in combinations(PEOPLE, size):
            question = Question(
                NamedPeople(frozenset(group)), Scope.parse("wallet=w1"), one_day, standing
            )
            shown = ask(register, question, gaps_listed=0).verdict is Verdict.SHOWN
            met = network is not None and bool(network.met(dict.fromkeys(group, 1)))
            assert shown == met


held = st.tuples(st.sampled_from(("ortega", "wen")), st.sampled_from(("k1", "k2", "k3")), periods())
signed = st.tuples(st.sampled_from(("k1", "2 of (k1, k2, k3)", "k2 and k3")), periods())


@settings(max_examples=60, deadline=None)
@given(st.lists(held, min_size=2, max_size=4), st.lists(signed, min_size=1, max_size=2))
def test_who_can_move_a_wallet_differs_only_on_a_day_of_change(possessions, policies):
    """Where no row about a wallet begins or ends, no set of people gains or loses it."""
    custody = Custody().people("ortega", "wen").means("k1", "k2", "k3").wallet("cold")
    for person, means, period in possessions:
        custody.has(person, means, period)
    for formula, period in policies:
        custody.policy("cold", formula, period=period)
    changed = {change.day for change in changes(facts_of_wallet(custody.facts, "cold"))}
    networks = [people_network(custody.facts, "cold", FIRST + timedelta(at)) for at in range(16)]

    for at, (was, now) in enumerate(pairwise(networks), 1):
        if allowed_before(now, was) or allowed_before(was, now):
            assert FIRST + timedelta(at) in changed


def test_where_a_wallet_belongs_is_missing_only_where_its_row_leaves_it_open():
    """A wallet without a class may be a customer wallet; one said to be, on poor authority, is."""
    custody = two_of_three().complete("class:customer")
    rows = tuple(row for row in custody.facts.completeness if row.means != "k1")
    unsaid = replace(custody.facts.wallets[0], classes=frozenset())
    poor = replace(custody.facts.wallets[0], standing=ProofLevel.NARRATIVE)
    for wallet, missing in (
        (unsaid, ["wallets: cold", "completeness: k1"]),
        (poor, ["completeness: k1"]),
    ):
        custody.facts = replace(custody.facts, completeness=rows, wallets=(wallet,))
        answer = custody.ask("employer=halden", "class=customer")
        assert [gap[0].fact.split(" between")[0] for gap in answer.gaps] == missing

    shown = custody.ask("employer=northgate", "class=customer")
    assert (str(shown.verdict), [[missing.fact for missing in gap] for gap in shown.gaps]) == (
        "not shown", [["wallets: cold"]],
    )  # fmt: skip
