"""Classes, assets and places: what is not listed may be there, and words have one meaning."""

from __future__ import annotations

import pytest

from forthwith.custody.answers.caveats import UnknownNameError
from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import FactRow, RowFault
from tests.custody.cases.exchange import ALWAYS, NARRATIVE, exchange, gaps


def row(table: str, line: int, **cells: str) -> FactRow:
    """Return one row as typed, on the authority of a document."""
    cells = {name.rstrip("_"): text for name, text in cells.items()}
    return FactRow(table, {**cells, "standing": "document"}, f"{table}.csv", line)


def faults_of(*rows: FactRow) -> tuple[RowFault, ...]:
    """Return what is wrong with these rows beside a person, an entity and a key."""
    base = (
        row("people", 2, id="ann", name="Ann Veldman"), row("people", 3, id="cy", name="Cy Orrin"),
        row("entities", 2, id="veld", name="Veld Labs Inc"), row("means", 2, id="k1", kind="key"),
    )  # fmt: skip
    return facts((*base, *rows))[1]


def cold():
    """Cy alone moves the one customer wallet listed; Ann has a key that no wallet uses."""
    register = exchange().keys("k1", "k9").holds("cy", "k1").holds("ann", "k9")
    return register.moved_by("cold", "k1")


def test_a_class_is_not_excluded_while_its_wallets_may_not_be_all():
    """A second customer wallet may not be in the table; the answer names the key without one."""
    answer = cold().ask("tie=veld", "class=customer")

    assert str(answer.verdict) == "not shown"
    assert "customer" in gaps(answer)
    assert cold().says() == "excluded"


@pytest.mark.parametrize("closed", ["class:customer", "everything"])
def test_a_class_is_excluded_where_the_wallets_listed_are_all(closed: str):
    """Closed for the class, or for everything; not on a narrative."""
    assert cold().closed(closed).says(scope="class=customer") == "excluded"
    assert cold().closed(closed, **NARRATIVE).says(scope="class=customer") == "not shown"


def test_the_list_of_one_class_closes_no_other():
    """Customer wallets are listed whole; of the house's nobody says so."""
    register = (
        cold().wallet("house", classes="house").moved_by("house", "k1").closed("wallet:house")
    )

    assert register.closed("class:customer").says(scope="class=house") == "not shown"
    assert register.says(scope="class=customer") == "excluded"
    assert register.says(scope="class=customer|house") == "not shown"


def test_an_asset_and_an_unlimited_question_need_their_lists_too():
    """asset= is closed by asset:A; a question without limits by everything."""
    register = cold()
    assert register.says(scope="asset=BTC") == "not shown"
    assert register.says(scope="") == "not shown"

    assert register.closed("asset:btc").says(scope="asset=BTC") == "excluded"
    assert register.says(scope="") == "not shown"
    assert register.closed("everything").says(scope="") == "excluded"


def test_a_wallet_without_a_class_may_be_of_the_class():
    """The list of customer wallets is whole, and one wallet's row leaves its class empty."""
    register = cold().wallet("misc", classes="").closed("wallet:misc", "class:customer")

    assert register.moved_by("misc", "k9").says(scope="class=customer") == "not shown"


def test_a_place_within_a_country_is_in_the_country():
    """Ann sits in New York, written as ISO 3166 has it."""
    register = exchange().keys("k1").holds("ann", "k1").moved_by("cold", "k1")
    register.tie("ann", "", ALWAYS, kind="location", value="US-NY")
    register.tie("cy", "", ALWAYS, kind="location", value="GB")

    assert register.says("location=US") == "shown"
    assert register.says("not location=US") == "excluded"
    assert register.says("location=US-NY") == "shown"


def test_a_country_does_not_say_which_of_its_places():
    """Cy is in the US; whether in New York is not said, and the list of his ties is whole.

    As rows go the tie to US-NY is not there; that it may be is for whoever reads the row.
    """
    register = exchange().keys("k1").holds("cy", "k1").moved_by("cold", "k1")
    register.tie("cy", "", ALWAYS, kind="location", value="US")
    register.tie("ann", "", ALWAYS, kind="location", value="US-NY")

    assert register.says("location=US-NY") != "shown"
    assert register.says("not location=US") == "excluded"


@pytest.mark.parametrize("place", ["New York, NY", "New York", "USA"])
def test_a_place_in_free_words_is_a_fault_with_its_cure(place: str):
    """Beside a code, "New York, NY" would be a place outside the US: no row may say it so."""
    wrong = faults_of(
        row("affiliations", 2, person="ann", kind="location", value=place, from_="2023-01-01"),
        row("affiliations", 3, person="cy", kind="location", value="US", from_="2023-01-01"),
    )

    assert [fault.line for fault in wrong] == [2]
    assert "US" in wrong[0].do


@pytest.mark.parametrize("synonym", ["client funds", "customers", "clients"])
def test_a_synonym_of_a_class_is_a_fault_with_its_cure(synonym: str):
    """Two words for one class would split it: nothing may be excluded for either half."""
    wrong = faults_of(
        row("wallets", 2, id="a", asset="BTC", class_="customer"),
        row("wallets", 3, id="b", asset="BTC", class_=synonym),
    )

    assert wrong
    assert "customer" in wrong[0].do


def test_a_synonym_of_an_asset_is_a_fault_with_its_cure():
    """XBT is BTC."""
    wrong = faults_of(
        row("wallets", 2, id="a", asset="BTC", class_="customer"),
        row("wallets", 3, id="b", asset="XBT", class_="customer"),
    )

    assert wrong
    assert "BTC" in wrong[0].do


@pytest.mark.parametrize("scope", ["class=custmer", "wallet=clod", "asset=BTX"])
def test_a_word_that_no_row_defines_is_refused_with_the_nearest(scope: str):
    """To answer about a word nobody uses would be to exclude by a slip of the pen."""
    with pytest.raises(UnknownNameError, match=r"(?i)customer|cold|btc"):
        cold().ask("tie=veld", scope)
