"""The joint status report: both sides, the same counts, nothing that cannot be looked up."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from forthwith.domain.conference import Conference, Letter, Side, Topic
from forthwith.papers.blocks import Numbered, Table
from forthwith.papers.text import as_text
from forthwith.respond.papers import status as papers_status
from forthwith.respond.papers import status_counts
from forthwith.respond.papers.status import StatusFacts
from forthwith.respond.papers.status_counts import OtherSideCounts
from forthwith.respond.registers.citations import CitablePages
from forthwith.respond.registers.conference import UnknownTopicError
from tests.builders import answered, reported

HEADING = reported.TOPIC_HELD.heading


def text(facts: StatusFacts) -> str:
    return " ".join(as_text(papers_status.compose(facts)).decode("utf-8-sig").split())


MET = Conference(reported.SINCE, "by telephone", (), "No agreement", HEADING)


def test_an_impasse_is_printed_with_both_positions_and_what_each_asks() -> None:
    said = text(reported.facts(dealings=reported.dealings(MET)))

    assert "Position of Plaintiff" in said
    assert "The minutes are missing (ABC0002)." in said
    assert said.index("Position of Plaintiff") < said.index("Position of Defendant")
    assert "On one topic the parties have conferred and cannot agree." in said
    assert "An order to produce." in said
    assert "That discovery be deemed complete." in said


def test_a_side_that_says_nothing_at_an_impasse_is_shown_to_say_nothing() -> None:
    """Never the other side's words alone, as if nobody disagreed."""
    held = replace(Topic("Chat").saying(Side.RECEIVING, text="Late."), impasse=True)
    dealings = replace(reported.dealings(), topics={"Chat": held})

    said = text(reported.facts(dealings=dealings))
    assert "Position of Defendant" in said
    assert "No position is stated." in said
    assert "none stated" in said


def test_nobody_is_said_to_have_conferred_where_no_conference_is_recorded() -> None:
    """The court reads it as a certificate (Fed. R. Civ. P. 37(a)(1), LCvR 7(m))."""
    said = text(reported.facts())

    assert "have conferred" not in said
    assert "No conference on it is recorded." in said
    assert "have conferred on this topic" in text(reported.facts(dealings=reported.dealings(MET)))


def test_a_replaced_volume_is_counted_once() -> None:
    """VOL001_R1 holds the same documents under the same numbers."""
    seen = replace(reported.VOLUME.seen, name="VOL001_R1")
    again = replace(reported.VOLUME, seen=seen, replaces="VOL001")
    third = replace(again, seen=replace(seen, name="VOL001_R2"), replaces="VOL001_R1")
    for volumes in ((reported.VOLUME, again), (reported.VOLUME, again, third)):
        said = text(reported.facts(volumes=volumes))
        assert "3 documents in 2 families, on 9 numbered pages" in said
        assert "VOL001_R1 (in the place of VOL001)" in said
        assert "replaced and not counted in" in said


def test_a_draft_is_no_answer_to_the_court() -> None:
    """Counts, states and pages are those of what was served."""
    facts = reported.facts()
    said = text(facts)
    assert f"{len(facts.register.standings)} not served yet" in said
    assert not any("VOL001" in row[4] for row in _rows(facts))

    standing = next(each for each in facts.register.standings if each.response)
    held = standing.response
    assert held is not None
    served = replace(standing, history=(replace(held, served="responses/1", ranges=()), held))
    amended = replace(facts, register=replace(facts.register, standings=(served,)))
    (row,) = _rows(amended)
    assert row[2:] == (str(served.as_served.state), "responses/1", "")


def _rows(facts: StatusFacts) -> tuple[tuple[str, ...], ...]:
    (table,) = (each for each in papers_status.requests(facts) if isinstance(each, Table))
    return table.rows


def test_a_volume_only_the_other_side_has_is_told() -> None:
    facts = reported.facts(told={"VOL009": OtherSideCounts("ab" * 32, reported.COUNTS)})

    assert "has counted VOL009, which is no volume counted here" in text(facts)


def test_without_an_impasse_none_is_put_to_the_court() -> None:
    calm = replace(reported.dealings(), topics={"Chat": Topic("Chat", "All is produced.")})

    said = text(reported.facts(dealings=calm))
    assert "at no impasse" in said
    assert "Position of" not in said


def test_counts_are_those_of_the_delivered_volumes() -> None:
    said = text(reported.facts())

    assert "3 documents in 2 families, on 9 numbered pages, with 1 native files" in said
    assert "have the same numbers" in said


def test_a_volume_before_the_last_report_is_not_news() -> None:
    late = reported.VOLUME.day + timedelta(days=1)

    assert "has produced VOL001" in text(reported.facts())
    assert "has produced nothing" in text(reported.facts(since=late))
    assert "has produced nothing" in text(reported.facts(since=reported.VOLUME.day))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (OtherSideCounts("cd" * 32, reported.COUNTS), "another digest"),
        (OtherSideCounts("ab" * 32, {**reported.COUNTS, "pages": 8}), "pages 9 and 8"),
    ],
)
def test_sides_that_count_differently_are_told(told: OtherSideCounts, words: str) -> None:
    facts = reported.facts(told={"VOL001": told})

    assert words in text(facts)
    assert "have the same numbers" not in text(facts)
    assert len(list(status_counts.differing(facts.volumes, facts.told))) == 1


def test_a_volume_the_other_side_has_not_counted_is_neither() -> None:
    facts = reported.facts(told={})

    assert status_counts.same(facts.volumes, facts.told) == []
    assert list(status_counts.differing(facts.volumes, facts.told)) == []


def test_a_point_stands_with_what_each_side_says() -> None:
    said = text(reported.facts())

    assert "2 points in its deficiency letter: 1 open, 1 verified" in said
    assert "has not answered" in said
    assert "cured in VOL002" in said


def test_a_page_that_cannot_be_looked_up_is_red_on_either_side() -> None:
    shelf = CitablePages(answered.PAGES, (("ABC0001", "ABC0009"),), frozenset(), "ABC")
    lost = reported.TOPIC_HELD.saying(Side.PRODUCING, relief="See ABC0042.")
    facts = reported.facts()

    assert papers_status.unresolved(facts, shelf) == []
    broken = replace(facts.dealings, topics={HEADING: lost})
    (red,) = papers_status.unresolved(replace(facts, dealings=broken), shelf)
    assert red.startswith("Document discovery, position of the producing side: cites ABC0042")


def test_a_withdrawn_page_is_red() -> None:
    shelf = CitablePages(answered.PAGES, (("ABC0001", "ABC0009"),), frozenset({"FW1"}), "ABC")

    (red,) = papers_status.unresolved(reported.facts(), shelf)
    assert "ABC0002" in red
    assert "withdrawn" in red


def test_letters_and_conferences_of_the_period_are_told() -> None:
    inside, before = reported.DAY, reported.SINCE
    letters = [Letter(day, "Staff", "Counsel", f"gaps of {day}", HEADING)
               for day in (inside, before)]  # fmt: skip
    met = Conference(inside, "by telephone", ("A. Staff",), "No agreement", HEADING)

    said = text(reported.facts(dealings=reported.dealings(*letters, met)))
    assert "gaps of 2024-03-05" in said
    assert "gaps of 2024-01-25" not in said
    assert "Counsel conferred on March 5, 2024 by telephone (A. Staff): No agreement." in said


def test_a_letter_goes_under_a_topic_that_is_there() -> None:
    with pytest.raises(UnknownTopicError, match="Document discovery"):
        reported.dealings().wrote(Letter(reported.DAY, "a", "b", "c", "Documents"))


def test_paragraphs_are_numbered_and_both_sides_sign() -> None:
    blocks = papers_status.compose(reported.facts())

    assert sum(isinstance(each, Numbered) for each in blocks) > 8
    said = as_text(blocks).decode("utf-8-sig")
    assert said.count("UNSIGNED") == 2
    assert "Counsel for Securities and Exchange Commission" in said


def test_the_next_day_is_proposed_or_asked_for() -> None:
    assert "on April 4, 2024" in text(reported.facts())
    assert "ask the Court to set the day" in text(reported.facts(next_day=None))


def test_what_calls_for_it_is_said() -> None:
    said = text(reported.facts(called_by="the Order of January 25, 2024", day=date(2024, 3, 5)))

    assert "As the Order of January 25, 2024 directs, Securities and Exchange Commission" in said
