"""The timeline of one wallet: runs, marks, and what is said with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from forthwith.custody.answers.answers import Verdict
from forthwith.custody.answers.wallet_facts import UnknownWalletError
from forthwith.custody.facts.facts import Completeness, Facts, ProofLevel, Wallet
from forthwith.custody.pictures.timeline import MOST_ENTITIES, Group, Timeline, timeline
from forthwith.custody.questions.groups import Everyone, parse
from forthwith.domain.period import Period
from tests.builders import pictured
from tests.builders.custody import span, two_of_three


def runs_of(drawn: Timeline, label: str) -> list[tuple[str, str]]:
    band = next(band for band in drawn.bands if band.group.label == label)
    return [(str(run.interval.verdict), str(run.interval.period.start)) for run in band.runs]


def test_the_runs_of_each_group_are_those_of_its_answer() -> None:
    drawn = timeline(pictured.facts(), "cold-1")

    assert [band.group.label for band in drawn.bands] == [
        "People of Harbour Custody Ltd",
        "People of Umbra Holdings",
        "Anybody else",
        "Everyone together",
    ]
    assert runs_of(drawn, "People of Umbra Holdings") == [
        ("not shown", "2023-01-09"),
        ("shown", "2023-04-03"),
        ("not shown", "2023-05-01"),
        ("excluded", "2023-06-17"),
    ]


def test_runs_cover_the_period_without_a_hole() -> None:
    drawn = timeline(pictured.facts(), "cold-1")

    for band in drawn.bands:
        periods = [run.interval.period for run in band.runs]
        assert periods[0].start == drawn.period.start
        assert periods[-1].end == drawn.period.end
        assert all(before.end == two.start for before, two in pairwise(periods))


def test_a_shown_run_names_people_and_rows_and_another_says_what_is_missing() -> None:
    drawn = timeline(pictured.facts(), "cold-1", [Group("umbra", parse("employer=umbra"))])
    early, shown, *_ = drawn.bands[0].runs

    assert {fact.person for fact in shown.cited} >= {"Eli Moreau", "Deirdre Walsh"}
    assert {fact.fact for fact in shown.cited} >= {"possessions.csv:5", "possessions.csv:6"}
    assert shown.interval.verdict is Verdict.SHOWN
    assert early.missing
    assert not early.cited


def test_every_sort_of_fact_about_the_wallet_is_a_mark() -> None:
    facts = pictured.facts()
    places = {mark.place for mark in timeline(facts, "cold-1").marks}
    tables = (
        facts.policies, facts.approvals, facts.grants, facts.possessions, facts.affiliations,
        facts.completeness, facts.inspections, facts.proofs, facts.statements,
    )  # fmt: skip

    assert places == {fact.place for table in tables for fact in table}


def test_facts_of_another_wallet_are_no_marks() -> None:
    facts = pictured.facts()
    other = replace(facts.policies[0], wallet="cold-2", row=pictured.stamp("policies", 99)["row"])
    facts = replace(
        facts,
        wallets=(*facts.wallets, Wallet(id="cold-2", **pictured.stamp("wallets", 3))),
        policies=(*facts.policies, other),
    )

    assert "policies.csv:99" not in {mark.place for mark in timeline(facts, "cold-1").marks}


def test_a_fact_below_the_standing_is_marked_as_not_counting() -> None:
    marks = {mark.place: mark for mark in timeline(pictured.facts(), "cold-1").marks}

    assert marks["possessions.csv:8"].why_open == "only narrative"
    assert marks["possessions.csv:2"].why_open == ""


def test_with_every_standing_all_facts_count() -> None:
    drawn = timeline(pictured.facts(), "cold-1", standing=ProofLevel.NARRATIVE)

    assert all(mark.accepted for mark in drawn.marks)


def test_a_fact_outside_the_days_asked_for_is_not_drawn() -> None:
    drawn = timeline(pictured.facts(), "cold-1", period=Period.parse("2023-07-01", "2023-08-01"))

    assert "possessions.csv:5" not in {mark.place for mark in drawn.marks}
    assert "possessions.csv:2" in {mark.place for mark in drawn.marks}


def test_an_inspection_whose_day_cannot_be_read_is_kept_without_a_day() -> None:
    facts = pictured.facts()
    facts = replace(facts, inspections=(replace(facts.inspections[0], when="last spring"),))
    marks = [mark for mark in timeline(facts, "cold-1").marks if mark.place == "inspections.csv:2"]

    assert [mark.period for mark in marks] == [None]


def test_ties_and_names_decades_older_do_not_stretch_the_days() -> None:
    facts = pictured.facts()
    old = replace(facts.affiliations[0], period=Period.parse("1987-01-01"))
    facts = replace(facts, affiliations=(old, *facts.affiliations[1:]))

    assert timeline(facts, "cold-1").period.start == date(2023, 1, 9)


def test_a_wallet_known_only_by_name_has_no_band_and_says_so() -> None:
    bare = Facts(wallets=(Wallet(id="cold-9", **pictured.stamp("wallets", 2)),))
    drawn = timeline(bare, "cold-9")

    assert (drawn.bands, drawn.marks, drawn.has_policy) == ((), (), False)


def test_a_wallet_without_a_policy_is_never_excluded() -> None:
    facts = replace(pictured.facts(), policies=())
    drawn = timeline(facts, "cold-1")

    assert not drawn.has_policy
    assert all(
        run.interval.verdict is Verdict.NOT_SHOWN for band in drawn.bands for run in band.runs
    )


def test_the_picture_of_one_wallet_is_not_changed_by_the_others() -> None:
    """The question is put over one wallet's rules alone; that must not close anything."""
    facts = pictured.facts()
    open_list = tuple(row for row in facts.completeness if row.means != "wallet:cold-1")
    other = Completeness(
        means="wallet:cold-2",
        period=Period.parse("2023-01-01"),
        **pictured.stamp("completeness", 90),
    )
    facts = replace(
        facts,
        wallets=(*facts.wallets, Wallet(id="cold-2", **pictured.stamp("wallets", 3))),
        completeness=(*open_list, other),
    )
    drawn = timeline(facts, "cold-1", [Group("all", parse("not employer=hc"))])

    assert Verdict.EXCLUDED not in {run.interval.verdict for run in drawn.bands[0].runs}


def test_a_misspelt_wallet_is_answered_with_those_near() -> None:
    with pytest.raises(UnknownWalletError, match="Perhaps cold-1"):
        timeline(pictured.facts(), "cold1")


def test_entities_past_the_bound_are_counted_in_a_note() -> None:
    facts = pictured.facts()
    ties = tuple(
        replace(facts.affiliations[0], entity=f"firm-{at}") for at in range(MOST_ENTITIES + 3)
    )
    entities = tuple(replace(facts.entities[0], id=tie.entity) for tie in ties)
    drawn = timeline(replace(facts, affiliations=ties, entities=entities), "cold-1")

    assert len(drawn.bands) == MOST_ENTITIES + 2
    assert "3 more entities have people; they have no band of their own." in drawn.notes


def test_an_open_end_is_given_room_up_to_the_last_day_there_is() -> None:
    facts = pictured.facts()
    late = replace(facts.policies[0], period=Period.parse("9999-12-29"))
    drawn = timeline(replace(facts, policies=(late,)), "cold-1", [Group("all", Everyone())])

    assert drawn.period.end is not None
    assert drawn.period.end <= date.max


def test_another_answer_where_copies_were_kept_is_the_first_thing_to_know() -> None:
    """A page of paper has room for few notes, and this one turns an answer round."""
    custody = two_of_three().has("adeyemi", "k1", span("2023-01-01", "2023-02-01"))
    group = Group("employer=halden", parse("employer=halden"))
    period = span("2023-03-01", "2023-06-01")
    made = timeline(custody.facts, "cold", [group], period)

    assert {str(run.interval.verdict) for run in made.bands[0].runs} == {"excluded"}
    assert made.notes[0].startswith("employer=halden, if past holders kept copies: not shown ")
