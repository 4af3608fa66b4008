"""On the day on which a thing ends or changes, both states count against the conclusion."""

from __future__ import annotations

from dataclasses import replace

from forthwith.domain.period import Period
from tests.builders.custody import day, span
from tests.custody.cases.exchange import exchange
from tests.custody.judge.registers import at


def quorum_raised(change: tuple[Period, Period]):
    """Two of three keys until a day or an instant, all three from it; Ann and Bo have two."""
    register = exchange().keys("k1", "k2", "k3")
    register.holds("ann", "k1").holds("bo", "k2").holds("cy", "k3")
    register.moved_by("cold", "2 of (k1, k2, k3)", change[0])
    return register.moved_by("cold", "3 of (k1, k2, k3)", change[1])


def test_a_quorum_raised_in_the_course_of_a_day_excludes_from_the_next():
    """Until the afternoon of 10 May two keys were enough, so that day is not excluded."""
    register = quorum_raised((span("2023-01-01", "2023-05-10"), span("2023-05-10", "2100-01-01")))

    assert register.answers() == {
        "2023-01-01": "shown", "2023-05-10": "not shown", "2023-05-11": "excluded",
    }  # fmt: skip


def test_an_instant_leaves_no_day_of_doubt():
    """The hour is known: before it the two can, after it they cannot."""
    noon = at("2023-05-10T15:00+00:00")
    register = quorum_raised(
        (
            Period(day("2023-01-01"), day("2023-05-11"), None, noon),
            Period(day("2023-05-10"), None, noon),
        )
    )

    assert register.answers() == {"2023-01-01": "shown", "2023-05-10T15:00Z": "excluded"}


def test_instants_of_two_time_zones_are_put_in_order():
    """15:00 in New York is 20:00 in UTC: Ann lost the key half an hour before the path opened."""
    lost = at("2023-03-06T15:00-05:00")
    register = exchange().keys("k1", "k2").holds("cy", "k2").moved_by("cold", "k2")
    register.has("ann", "k1", Period(day("2023-01-01"), day("2023-03-07"), None, lost))
    register.moved_by(
        "cold", "k1", Period(day("2023-03-06"), None, at("2023-03-06T20:30+00:00")), path="recovery"
    )

    assert register.says() == "excluded"


def test_a_bare_day_is_a_day_where_the_matter_is():
    """The key was given up at 23:30 in New York; the path opened on the next day there."""
    register = exchange().keys("k1", "k2").holds("cy", "k2").moved_by("cold", "k2")
    lost = at("2023-03-07T04:30+00:00")
    register.has("ann", "k1", Period(day("2023-01-01"), day("2023-03-07"), None, lost))
    register.moved_by("cold", "k1", span("2023-03-07", "2100-01-01"), path="recovery")
    assert register.says() == "shown"

    register.facts = replace(register.facts, zone="America/New_York")
    assert register.says() == "excluded"


def test_who_leaves_and_gets_the_key_on_one_day_may_have_had_it_before_leaving():
    """Ann's last day and her first with the key are one day; nobody noted the hours."""
    register = exchange(people="bo cy").people("ann").closed("person:ann")
    register.tie("ann", "veld", span("2023-01-01", "2023-04-03"))
    register.tie("ann", "orrin", span("2023-04-03", "2100-01-01"))
    register.keys("k1").holds("ann", "k1", period=span("2023-04-03", "2099-01-01"))
    register.moved_by("cold", "k1")

    assert register.answers() == {
        "2023-01-01": "excluded", "2023-04-03": "not shown", "2023-04-04": "excluded",
    }  # fmt: skip


def test_approvals_that_follow_each_other_leave_the_day_between_them_open():
    """The old rule may have ended in the morning and the new one begun at night."""
    register = exchange().keys("op", "cfo", "coo", kind="role")
    register.holds("ann", "op").holds("cy", "cfo", "coo")
    register.moved_by("cold", "op", path="software")
    register.approval("cold", "cfo", by="cfo", period=span("2023-01-01", "2023-06-01"), group="a")
    register.approval("cold", "coo", by="coo", period=span("2023-06-01", "2100-01-01"), group="b")

    assert register.answers() == {
        # What begins on a bare day may begin at its end.
        "2023-01-01": "not shown", "2023-01-02": "excluded",
        "2023-06-01": "not shown", "2023-06-02": "excluded",
    }  # fmt: skip


def test_a_list_of_holders_binds_from_its_day_and_those_of_both_states_count():
    """The ceremony of 1 March lists Cy alone; Ann handed the key over on that day."""
    register = exchange().means("k1").closed("k1", period=span("2023-03-01", "2100-01-01"))
    register.holds("ann", "k1", period=span("2023-01-01", "2023-03-01"))
    register.holds("cy", "k1", period=span("2023-03-01", "2099-01-01")).moved_by("cold", "k1")

    assert register.answers() == {
        "2023-01-01": "shown", "2023-03-01": "not shown", "2023-03-02": "excluded",
    }  # fmt: skip


def test_a_day_between_two_lists_of_holders_is_closed_by_neither():
    """The first inventory speaks until 1 May, the second from 2 May."""
    register = exchange().means("k1").holds("cy", "k1").moved_by("cold", "k1")
    register.closed("k1", period=span("2023-01-01", "2023-05-01"))
    register.closed("k1", period=span("2023-05-02", "2100-01-01"))

    assert register.answers() == {
        "2023-01-01": "excluded", "2023-05-01": "not shown", "2023-05-02": "excluded",
    }  # fmt: skip


def test_a_right_that_ends_on_a_day_counts_on_it_for_nobody_and_for_everybody():
    """Cy's role gives the key until 1 July, Ann is in the role from 1 July."""
    register = exchange().keys("k1").keys("r", kind="role").moved_by("cold", "k1")
    register.grant("r", "k1", span("2023-01-01", "2023-07-01"))
    register.holds("cy", "r", period=span("2023-01-01", "2023-07-01"))
    register.holds("ann", "r", period=span("2023-07-01", "2099-01-01"))

    assert register.answers() == {
        "2023-01-01": "excluded", "2023-07-01": "not shown", "2023-07-02": "excluded",
    }  # fmt: skip


def test_only_its_own_end_ends_a_row():
    """Two rows say that Ann had the key, one on poor authority and longer: rows unite."""
    register = exchange().keys("k1").moved_by("cold", "k1")
    register.holds("ann", "k1", period=span("2023-01-01", "2023-03-01"))
    register.holds("ann", "k1", period=span("2023-02-01", "2023-05-01"), disputed=True)

    assert register.answers() == {
        "2023-01-01": "shown", "2023-03-01": "not shown", "2023-05-02": "excluded",
    }  # fmt: skip
