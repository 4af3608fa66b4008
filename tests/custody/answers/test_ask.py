"""Laws of the answer, against a plain day-by-day reading of the same words."""

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
from tests.builders.custody import Custody, DayByDay, days, span, two_of_three
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
person, means, entity = (st.sampled_from(each) for each in (PEOPLE, MEANS, ENTITIES))
targets = st.sampled_from(
    (*MEANS, *(f"person:{each}" for each in PEOPLE), "wallet:w1", "wallet:w2")
)


@st.composite
def facts(draw) -> Facts:
    made = Custody().people(*PEOPLE).entity("halden").entity("northgate")
    alias = draw(marks)
    made.entity("brand", alias_of="halden", **alias)
    for name in MEANS:
        mark = {key: value for key, value in draw(marks).items() if key != "period"}
        made.means(name, kind=draw(kinds), of=draw(st.sampled_from(("", *MEANS))), **mark)
    for who, what, mark in draw(some(person, means, most=6)):
        made.has(who, what, **mark)
    for who, what, kind, mark in draw(some(person, entity, st.sampled_from(("employer", "payer")))):
        made.tie(who, what, kind=kind, **mark)
    for source, gives, mark in draw(some(st.sampled_from(GRANTS), means)):
        made.grant(source, gives, condition=draw(st.sampled_from(("", "", "when told"))), **mark)
    _wallets(draw, made)
    for target, mark in draw(some(targets, most=12)):
        made.complete(target, **mark)
    return made.facts


def _wallets(draw, made: Custody) -> None:
    made.wallet("w1").wallet("w2", classes="house")
    wallet, path = st.sampled_from(("w1", "w2")), st.sampled_from(("signing", "recovery"))
    scope = st.sampled_from(("", "destination=hot", "destination=cold; when=stuck"))
    for name, formula, way, limit, mark in draw(
        some(wallet, st.sampled_from(FORMULAS), path, scope, most=5)
    ):
        made.policy(name, formula, path=way, scope=limit, **mark)
    for name, formula, way, by, mark in draw(
        some(wallet, st.sampled_from(FORMULAS), path, st.sampled_from(("", *MEANS)), most=2)
    ):
        made.approval(name, formula, by=by, path=way, **mark)


@st.composite
def questions(draw) -> Question:
    start = draw(st.integers(0, 6))
    period = Period(FIRST + timedelta(start), FIRST + timedelta(start + draw(st.integers(1, 9))))
    scope, who = draw(st.sampled_from(SCOPES)), draw(st.sampled_from(WHO))
    return Question(parse_who(who), Scope.parse(scope), period, draw(good))


def by_day(answer) -> list[str]:
    return [str(each.verdict) for each in answer.intervals for _ in days(each.period)]


@settings(max_examples=300, deadline=None)
@given(facts(), questions())
def test_the_answer_over_intervals_is_the_answer_day_by_day(made: Facts, question: Question):
    """Nothing is sampled and nothing smeared: each day has the answer it has alone."""
    answer = ask(made, question, gaps_listed=0)

    alone = DayByDay(made, question)
    assert by_day(answer) == [alone.on(when) for when in days(question.period)]
    assert answer.verdict == max(
        (each.verdict for each in answer.intervals), key=lambda v: v.weight
    )


@settings(max_examples=150, deadline=None)
@given(facts(), questions(), person, means, marks)
def test_more_means_never_open_less(made, question, who, what, mark):
    """Whatever a group may move, it may move with one more means within reach."""
    more = Custody(made, 1000).has(who, what, **mark).facts

    before, after = ask(made, question, gaps_listed=0), ask(more, question, gaps_listed=0)
    order = {"excluded": 0, "not shown": 1, "shown": 2}
    assert all(order[b] <= order[a] for b, a in zip(by_day(before), by_day(after), strict=True))


@settings(max_examples=150, deadline=None)
@given(facts(), questions(), targets, marks)
def test_a_completeness_fact_never_moves_excluded_to_anything_else(made, question, target, mark):
    """Closing something cannot open anything."""
    more = Custody(made, 1000).complete(target, **mark).facts

    before, after = ask(made, question, gaps_listed=0), ask(more, question, gaps_listed=0)
    pairs = zip(by_day(before), by_day(after), strict=True)
    assert all(then == "excluded" for now, then in pairs if now == "excluded")


@settings(max_examples=150, deadline=None)
@given(facts(), questions())
def test_what_is_shown_comes_with_the_facts_that_show_it(made, question):
    """A witness alone, less every other possession, still shows it; without one row it does not."""
    answer = ask(made, question, gaps_listed=0)
    if answer.verdict is not Verdict.SHOWN:
        assert answer.witness == ()
        return
    first = next(each for each in answer.intervals if each.verdict is Verdict.SHOWN)
    day_one = replace(
        question, period=Period(first.period.start, first.period.start + timedelta(1))
    )
    used = {each.fact for each in answer.witness}
    held = [each for each in made.possessions if each.place in used]
    assert ask(replace(made, possessions=tuple(held)), day_one).verdict is Verdict.SHOWN
    people = {each.person for each in held}
    for left_out in people:
        fewer = tuple(each for each in held if each.person != left_out)
        assert ask(replace(made, possessions=fewer), day_one).verdict is not Verdict.SHOWN


@settings(max_examples=100, deadline=None)
@given(facts(), questions())
def test_closing_every_fact_of_a_gap_set_excludes(made, question):
    """The completeness rows a gap asks for, once there, turn the answer (and none alone does)."""
    answer = ask(made, question)
    if answer.verdict is not Verdict.NOT_SHOWN:
        return
    assert answer.gaps
    for gap in answer.gaps:
        targets = [_target(each.fact) for each in gap]
        if None in targets or _ties_below(made, targets):
            continue
        assert ask(_closed(made, targets), question).verdict is Verdict.EXCLUDED
        for left_out in targets:
            rest = [each for each in targets if each != left_out]
            assert ask(_closed(made, rest), question).verdict is Verdict.NOT_SHOWN


def _target(fact: str) -> str | None:
    return fact.split()[1] if fact.startswith("completeness: ") else None


def _ties_below(made: Facts, targets: list[str]) -> bool:
    """Ties below the standing, and `not`, need more than a row of completeness."""
    people = {each.removeprefix("person:") for each in targets if each.startswith("person:")}
    return bool(people)


def _closed(made: Facts, targets: list[str]) -> Facts:
    return Custody(made, 2000).complete(*targets, period=Period(FIRST)).facts


def test_the_affiliate_can_from_the_day_its_third_holder_comes():
    """4 of 7, three with the affiliate: it cannot; a fourth is seconded: from that day it can."""
    keys = [f"k{n}" for n in range(7)]
    people = [f"p{n}" for n in range(7)]
    made = Custody().entity("northgate").entity("halden").people(*people).means(*keys)
    for n, (who, key) in enumerate(zip(people, keys, strict=True)):
        made.has(who, key).tie(who, "halden" if n < 3 else "northgate")
        made.complete(key, f"person:{who}")
    made.wallet("cold").policy("cold", f"4 of ({', '.join(keys)})").complete("wallet:cold")

    assert made.ask("employer=halden", "wallet=cold").verdict is Verdict.EXCLUDED
    made.tie("p3", "halden", span("2023-06-01"))
    answer = made.ask("employer=halden", "wallet=cold")
    assert [(str(each.period), str(each.verdict)) for each in answer.intervals] == [
        ("from 2023-01-01 to 2023-06-01", "excluded"),
        ("from 2023-06-01 to 2024-01-01", "shown"),
    ]
    assert {each.person for each in answer.witness} == {"p0", "p1", "p2", "p3", ""}


def test_one_person_with_two_copies_is_a_quorum():
    made = two_of_three().means("k2-copy", kind="copy", of="k2").has("ortega", "k2-copy")
    made.complete("k2-copy")

    assert made.ask("people=ortega", "wallet=cold").verdict is Verdict.SHOWN


def test_a_copy_nobody_closed_opens_the_key_it_copies():
    made = two_of_three().means("k1-copy", kind="copy", of="k1")

    answer = made.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert [[each.fact for each in gap] for gap in answer.gaps] == [
        ["completeness: k1-copy between 1 January and 31 December 2023"]
    ]


@pytest.mark.parametrize("missing", ["wallet:cold", "k1", "person:ortega"])
def test_one_completeness_missing_is_one_gap(missing):
    """Fail closed: what nobody says is all may not be all."""
    made = two_of_three()
    rows = tuple(each for each in made.facts.completeness if each.means != missing)
    made.facts = replace(made.facts, completeness=rows)

    answer = made.ask("employer=halden", "class=customer")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert [[each.fact.split()[1] for each in gap] for gap in answer.gaps] == [[missing]]


def test_no_policy_no_wallet_and_no_facts_are_never_excluded():
    bare = Custody().people("ann").entity("halden").tie("ann", "halden")

    assert bare.ask("employer=halden").verdict is Verdict.NOT_SHOWN
    bare.wallet("w").complete("wallet:w", "person:ann")
    assert bare.ask("employer=halden").verdict is Verdict.NOT_SHOWN
    assert bare.ask("employer=halden", "class=deposit").verdict is Verdict.NOT_SHOWN


def test_counsels_narrative_alone_proves_nothing():
    """The same facts on a lower standard are a different answer, and both are printed."""
    made = two_of_three()
    told = replace(made.facts.completeness[0], standing=ProofLevel.NARRATIVE)
    made.facts = replace(made.facts, completeness=(told, *made.facts.completeness[1:]))

    assert made.ask("employer=halden").verdict is Verdict.NOT_SHOWN
    assert made.ask("employer=halden", standing=ProofLevel.NARRATIVE).verdict is Verdict.EXCLUDED


def test_a_policy_below_the_standing_is_asked_for_or_refuted():
    made = two_of_three().policy("cold", "k1", path="recovery", standing=ProofLevel.NARRATIVE)

    answer = made.ask("employer=halden", "wallet=cold")
    facts_missing = [[each.fact.split(" between")[0] for each in gap] for gap in answer.gaps]
    row = made.facts.policies[1].place
    assert facts_missing == [[f"policies: {row}"], [f"policies: not {row}"]]


def test_an_administrator_of_the_approvals_passes_them_by():
    """Approval is not ability to sign, and whoever can set it aside needs none."""
    made = two_of_three().means("console", kind="role").complete("console")
    made.policy("cold", "k3", path="software").approval("cold", "k1", by="console")

    assert made.ask("employer=halden", "path=software").verdict is Verdict.EXCLUDED
    made.has("adeyemi", "console", span("2023-05-01"))
    answer = made.ask("employer=halden", "path=software")
    assert [str(each.verdict) for each in answer.intervals] == ["excluded", "shown"]


def test_an_approval_nothing_enforces_holds_nobody_back_for_certain():
    made = two_of_three().policy("cold", "k3", path="software").approval("cold", "k1")

    assert made.ask("employer=halden", "path=software").verdict is Verdict.NOT_SHOWN


def test_an_alias_counts_as_the_entity_on_its_days():
    made = two_of_three().entity("brand", alias_of="halden", period=span("2023-03-01"))
    made.tie("ortega", "brand")

    answer = made.ask("employer=halden", "wallet=cold")
    assert [str(each.period.start) for each in answer.intervals] == ["2023-01-01", "2023-03-01"]
    assert [str(each.verdict) for each in answer.intervals] == ["excluded", "shown"]


def test_a_misspelt_name_is_not_answered():
    """`employer=haldn` has no people; to call that excluded would be the worst error."""
    for who, scope in [("employer=haldn", ""), ("people=ortga", ""), ("everyone", "wallet=clod")]:
        with pytest.raises(UnknownNameError, match="Perhaps"):
            two_of_three().ask(who, scope)


@settings(max_examples=150, deadline=None)
@given(facts(), st.sampled_from(range(12)), good)
def test_the_network_of_people_says_what_the_answer_says(made, day_after, standing):
    """Any set of people is shown to move a wallet exactly when it meets the wallet's network."""
    when = FIRST + timedelta(day_after)
    network = people_network(made, "w1", when, standing)
    one_day = Period(when, when + timedelta(1))
    for size in range(1, len(PEOPLE) + 1):
        for group in combinations(PEOPLE, size):
            question = Question(
                NamedPeople(frozenset(group)), Scope.parse("wallet=w1"), one_day, standing
            )
            shown = ask(made, question, gaps_listed=0).verdict is Verdict.SHOWN
            met = network is not None and bool(network.met(dict.fromkeys(group, 1)))
            assert shown == met


held = st.tuples(st.sampled_from(("ortega", "wen")), st.sampled_from(("k1", "k2", "k3")), periods())
signed = st.tuples(st.sampled_from(("k1", "2 of (k1, k2, k3)", "k2 and k3")), periods())


@settings(max_examples=60, deadline=None)
@given(st.lists(held, min_size=2, max_size=4), st.lists(signed, min_size=1, max_size=2))
def test_who_can_move_a_wallet_differs_only_on_a_day_of_change(possessions, policies):
    """Where no row about a wallet begins or ends, no set of people gains or loses it."""
    made = Custody().people("ortega", "wen").means("k1", "k2", "k3").wallet("cold")
    for person, means, period in possessions:
        made.has(person, means, period)
    for formula, period in policies:
        made.policy("cold", formula, period=period)
    changed = {change.day for change in changes(facts_of_wallet(made.facts, "cold"))}
    networks = [people_network(made.facts, "cold", FIRST + timedelta(at)) for at in range(16)]

    for at, (was, now) in enumerate(pairwise(networks), 1):
        if allowed_before(now, was) or allowed_before(was, now):
            assert FIRST + timedelta(at) in changed


def test_where_a_wallet_belongs_is_missing_only_where_its_row_leaves_it_open():
    """A wallet without a class may be a customer wallet; one said to be, on poor authority, is."""
    made = two_of_three()
    rows = tuple(each for each in made.facts.completeness if each.means != "k1")
    unsaid = replace(made.facts.wallets[0], classes=frozenset())
    poor = replace(made.facts.wallets[0], standing=ProofLevel.NARRATIVE)
    for wallet, missing in (
        (unsaid, ["wallets: cold", "completeness: k1"]),
        (poor, ["completeness: k1"]),
    ):
        made.facts = replace(made.facts, completeness=rows, wallets=(wallet,))
        answer = made.ask("employer=halden", "class=customer")
        assert [gap[0].fact.split(" between")[0] for gap in answer.gaps] == missing

    shown = made.ask("employer=northgate", "class=customer")
    assert (str(shown.verdict), [[each.fact for each in gap] for gap in shown.gaps]) == (
        "not shown", [["wallets: cold"]],
    )  # fmt: skip
