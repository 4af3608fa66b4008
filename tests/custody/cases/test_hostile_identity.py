"""One under several ids, and several under one, where rows of the register are at odds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forthwith.domain.period import Period
from tests.builders.custody import span
from tests.custody.cases.exchange import ALWAYS, exchange, gaps

JULY = span("2023-07-01", "2023-08-01")


def account():
    """The key is an account's, which was Cy's until June; whose it is then no row says."""
    register = exchange().keys("k1").people("user:u02").closed("person:user:u02")
    register.tie("user:u02", "orrin", ALWAYS, kind="credential").holds("user:u02", "k1")
    register.moved_by("cold", "k1")
    return register.same("cy", "user:u02", period=span("2023-01-01", "2023-06-01"))


def test_an_account_handed_back_may_be_anybodys_again():
    """Tied to Cy for a while is not tied to Cy for good."""
    changes = account().answers("people=ann")

    assert changes == {"2023-01-01": "excluded", "2023-06-01": "not shown"}


def joined(kind: str):
    """A is b and b is c, and a row says that a is not c."""
    if kind == "means":
        register = exchange().keys("a", "b", "c").holds("ann", "a").moved_by("cold", "c")
    else:
        register = exchange().people("b", "c").closed("person:b", "person:c").keys("k1")
        register.holds("c", "k1").moved_by("cold", "k1")
    first = "a" if kind == "means" else "ann"
    register.same(first, "b", kind=kind).same("b", "c", kind=kind)
    return register, (first, "c")


@pytest.mark.parametrize("kind", ["person", "means"])
def test_a_join_by_way_of_a_third_id_does_not_outweigh_a_row_that_parts(kind):
    """One of the three rows is wrong: nothing is shown, and nothing excluded."""
    register, (first, last) = joined(kind)
    assert register.says() == "shown"

    register.same(first, last, kind=kind, same=False)
    assert register.says() == "not shown"


def test_a_device_destroyed_under_its_other_id_is_not_shown_to_be_there():
    """The list of devices and the list of destructions name one thing in two ways."""
    register = exchange().keys("dev", "tag").holds("ann", "dev").moved_by("cold", "dev")
    register.same("dev", "tag", kind="means").destroyed("tag", Period(date(2023, 3, 1)))

    assert register.says(period=span("2023-02-01", "2023-02-10")) == "shown"
    assert register.says(period=JULY) == "not shown"


def test_what_somebody_had_after_its_destruction_was_not_surely_destroyed():
    """Two accepted rows cannot both be true, and neither excludes the other."""
    register = exchange().keys("k1").moved_by("cold", "k1")
    register.destroyed("k1", Period(date(2023, 1, 5)))
    assert register.says(period=JULY) == "excluded"

    register.holds("ann", "k1", period=span("2023-06-01", "2099-01-01"))
    answer = register.ask("tie=veld", "wallet=cold", JULY)
    assert str(answer.verdict) == "not shown"
    (gap,) = answer.gaps
    assert "possessions: not" in gap[0].fact
    assert "destroyed" in gap[0].why
    kept = tuple(row for row in register.facts.possessions if row.place not in gap[0].fact)
    register.facts = replace(register.facts, possessions=kept)
    assert register.says(period=JULY) == "excluded"


def test_the_whole_serves_for_a_share_under_its_other_id():
    """Who has the key needs no share of it, whatever the platform calls the share."""
    register = exchange().keys("K", "u").holds("ann", "K", "u").means("s1", kind="share", of="K")
    register.means("t1", kind="share").closed("s1", "t1", "ways:K").moved_by("cold", "t1 and u")
    assert register.says() == "excluded"

    assert register.same("s1", "t1", kind="means").says() == "not shown"


def test_people_whom_a_row_joins_are_not_told_to_be_two():
    """Of one name and joined: nothing is open; of one name and not joined: that is the gap."""
    register = exchange().keys("k1").person("d1", "Dee Maro").person("d2", "Dee Maro")
    register.closed("person:d1", "person:d2").tie("d1", "orrin", ALWAYS).tie("d2", "veld", ALWAYS)
    register.holds("d1", "k1").moved_by("cold", "k1")
    answer = register.ask("tie=veld", "wallet=cold")
    assert "d1 and d2 are not one" in gaps(answer)
    assert any("d1, d2 are all called Dee Maro, and no row says" in n for n in answer.assumed)

    answer = register.same("d1", "d2").ask("tie=veld", "wallet=cold")
    assert str(answer.verdict) == "shown"
    assert not any("Dee Maro" in note for note in answer.assumed)


@pytest.mark.parametrize("who", ["location=US", "not location=US"])
def test_a_holder_without_any_place_is_told_where_places_are_asked_about(who):
    """Everybody is somewhere; a list of ties without a place is not complete as to places."""
    register = exchange().keys("k1").holds("ann", "k1").moved_by("cold", "k1")
    register.tie("bo", "", ALWAYS, kind="location", value="US")

    assert "No place at all is listed for ann, who held something." in register.ask(who).assumed


def test_a_holder_without_any_tie_is_told_where_not_being_tied_is_what_is_asked():
    """The answer rests on a list that is complete and empty."""
    register = exchange().people("eve").closed("person:eve").keys("k1").holds("eve", "k1")
    answer = register.moved_by("cold", "k1").ask("not tie=veld", "wallet=cold")

    assert str(answer.verdict) == "shown"
    assert "No tie at all is listed for eve, who held something." in answer.assumed


def test_a_refresh_of_shares_that_policies_name_does_not_retire_the_old_ones():
    """The policy of the old shares ended in June, and the key they give still spends."""
    register = exchange().keys("K").closed("ways:K")
    for name in ("s1", "s2", "s3", "t1", "t2", "t3"):
        register.keys(name, kind="share", of="K")
    register.holds("ann", "s1", "s2").holds("cy", "s3", "t1", "t2", "t3")
    register.moved_by("cold", "2 of (s1, s2, s3)", span("2023-01-01", "2023-06-01"))
    register.moved_by("cold", "2 of (t1, t2, t3)", span("2023-06-01", "2100-01-01"))

    assert register.says(period=JULY) == "not shown"
