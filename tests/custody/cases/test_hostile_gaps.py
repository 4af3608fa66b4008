"""Each gap says which row it hangs on, and what would settle it: the other side reads them too."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from forthwith.custody.facts.amounts import Amount
from forthwith.custody.facts.rows import facts
from forthwith.domain.period import Period
from tests.builders.custody import span
from tests.builders.fact_rows import row
from tests.custody.cases.exchange import ALWAYS, exchange


def only_gap(answer):
    """Return the one thing that is missing."""
    ((missing,),) = answer.gaps
    return missing


def test_a_tie_that_ended_on_the_day_of_the_handover_asks_for_the_hour():
    """Ann went over to Orrin on the day the key was handed to her."""
    register = exchange(people="cy").people("ann").closed("person:ann").keys("k1")
    register.tie("ann", "veld", span("2023-01-01", "2023-06-01"))
    register.tie("ann", "orrin", span("2023-06-01", "2099-01-01"))
    register.holds("ann", "k1", period=span("2023-06-01", "2099-01-01")).moved_by("cold", "k1")
    place = register.facts.affiliations[1].place
    gap = only_gap(register.ask("tie=veld", "wallet=cold"))
    assert gap.fact == f"the instant at which {place} ends on 1 June 2023"

    ended = datetime(2023, 6, 1, 9, tzinfo=UTC)
    hour = Period(date(2023, 1, 1), date(2023, 6, 2), None, ended)
    register = exchange(people="cy").people("ann").closed("person:ann").keys("k1")
    register.tie("ann", "veld", hour).tie("ann", "orrin", Period(date(2023, 6, 1), None, ended))
    register.holds("ann", "k1", period=Period(date(2023, 6, 1), None, ended))
    assert register.moved_by("cold", "k1").says() == "excluded"


def test_a_tie_to_what_the_entity_owns_names_the_rows_of_ownership():
    """Three levels down: nobody says whether a tie there is one to the top."""
    register = exchange().keys("k1").entity("a1").entity("a2").entity("a3")
    for lower, upper in (("a1", "veld"), ("a2", "a1"), ("a3", "a2")):
        register.owned(lower, upper, ALWAYS)
    register.tie("di", "a3", ALWAYS).holds("di", "k1").moved_by("cold", "k1")
    gap = only_gap(register.ask("tie=veld", "wallet=cold"))

    assert "a3 may be owned or controlled by veld" in gap.why
    assert all(row.place in gap.fact for row in register.facts.ownership)
    assert register.says("group=veld") == "shown"
    rests = register.ask("not group=veld", "wallet=cold").rests_on
    assert {row.place for row in register.facts.ownership} <= {row.fact for row in rests.rows}


def test_a_lock_by_a_height_not_reached_yet_asks_when_its_block_was_found():
    """It opens on no day that is known, and ends on none."""
    register = exchange().keys("k1").holds("ann", "k1")
    register.moved_by("cold", "k1", scope="after=height 2000000")
    gap = only_gap(register.ask("tie=veld", "wallet=cold", span("2080-01-01", "2080-02-01")))

    assert "opens at height 2000000" in gap.why
    assert "ends" not in gap.fact


@pytest.mark.parametrize("text", ["1e6", "2.5E-3 BTC", "1e400"])
def test_a_power_of_ten_is_no_unit(text):
    """A text "1e6" read as 1 of a unit "e6" would pass below every threshold unseen."""
    with pytest.raises(ValueError, match="write it out"):
        Amount.parse(text)

    assert Amount.parse("1 EUR").unit == "eur"


@pytest.mark.parametrize("when", ["9999-12-31T23:59-12:00", "0001-01-01T00:00+14:00"])
@pytest.mark.parametrize("table", ["possessions", "destructions"])
def test_an_instant_at_the_end_of_the_calendar_is_a_fault_of_its_row(table, when):
    """A database's word for "still" may lie in no year at all once its offset is taken off."""
    cells = {"when": when} if table == "destructions" else {"person": "ana", "from_": when}
    rows = (
        row("people", id="ana", name="Ana", standing="sworn"),
        row("means", id="k1", kind="key", standing="sworn"),
        row(table, means="k1", standing="sworn", **cells),
    )
    _, faults = facts(rows)

    assert any("outside the years 1900 to 2199" in fault.what for fault in faults)


def test_a_destruction_that_is_not_relied_on_is_what_is_missing():
    """Ann's device is said to be destroyed, which is disputed: the record settles it."""
    gone = Period(date(2023, 1, 1))
    register = exchange().keys("k1").holds("ann", "k1").moved_by("cold", "k1")
    register.destroyed("k1", gone, disputed=True)
    march = span("2023-03-01", "2023-04-01")
    gap = only_gap(register.ask("tie=veld", "wallet=cold", march))
    assert gap.fact.startswith("destructions: k1")

    assert register.destroyed("k1", gone).says(period=march) == "excluded"


def test_an_exclusion_rests_on_the_join_by_which_a_list_is_of_both_ids():
    """The ties listed are all, says a row about the other id."""
    register = exchange(people="cy").people("ann", "hr:1").tie("hr:1", "orrin", ALWAYS)
    register.closed("person:hr:1").keys("k1").holds("ann", "k1").moved_by("cold", "k1")
    assert register.says() == "not shown"

    answer = register.same("ann", "hr:1").ask("tie=veld", "wallet=cold")
    assert str(answer.verdict) == "excluded"
    assert register.facts.same_as[0].place in {row.fact for row in answer.rests_on.rows}


def test_a_wallet_whose_row_is_disputed_is_named_among_what_is_left_open():
    """Its class is what the answer about a class turns on."""
    register = exchange().wallet("more", disputed=True).closed("wallet:more").keys("k1")
    register.holds("cy", "k1").moved_by("more", "k1").moved_by("cold", "k1")
    place = register.facts.wallets[1].place
    notes = register.ask("tie=veld", "class=customer").assumed

    assert any("Disputed" in note and place in note for note in notes)
