"""One person or one thing under two names, and two that only look alike."""

from __future__ import annotations

import pytest

from tests.builders.custody import span
from tests.custody.cases.exchange import ALWAYS, DISPUTED, NARRATIVE, exchange, gaps


def two_ids():
    """Marisol Ortega in the HR file, mortega in the export: each has one of the two keys."""
    register = exchange(people="cy").person("ortega", "Marisol Ortega").person("mo-aws", "mortega")
    register.tie("ortega", "veld", ALWAYS)
    register.tie("mo-aws", "orrin", ALWAYS, kind="credential", value="aws user mortega")
    register.closed("person:ortega", "person:mo-aws").keys("k1", "k2").moved_by("cold", "k1 and k2")
    return register.holds("ortega", "k1").holds("mo-aws", "k2")


def test_a_login_built_from_a_name_may_be_that_person():
    """Not excluded, and whether they are one is what is missing."""
    answer = two_ids().ask("tie=veld", "wallet=cold")

    assert str(answer.verdict) == "not shown"
    assert "ortega" in gaps(answer)
    assert "mo-aws" in gaps(answer)


@pytest.mark.parametrize(
    ("is_one", "doubt", "right"),
    [(True, {}, "shown"), (False, {}, "excluded"), (True, DISPUTED, "not shown"),
     (False, DISPUTED, "not shown"), (False, NARRATIVE, "not shown")],
)  # fmt: skip
def test_a_row_joins_or_parts_them(is_one: bool, doubt, right: str):
    """Joined they are one human with both keys, parted two; a row in doubt does neither."""
    assert two_ids().same("ortega", "mo-aws", same=is_one, **doubt).says() == right


def test_alike_is_not_transitive():
    """M. Ortega looks like both; Marisol with the affiliate and Marco with the key do not."""
    register = (
        exchange(people="cy").person("marisol", "Marisol Ortega").tie("marisol", "veld", ALWAYS)
    )
    register.person("m", "M. Ortega").tie("m", "orrin", ALWAYS)
    register.person("marco", "Marco Ortega").tie("marco", "orrin", ALWAYS)
    register.closed("person:marisol", "person:m", "person:marco").keys("k1").holds("marco", "k1")

    assert register.moved_by("cold", "k1").says() == "excluded"


def test_an_account_of_an_export_may_be_anybodys():
    """Only an accepted row that says whose it is excludes; a denied one does not."""
    register = exchange().people("user:u02").keys("k1").holds("user:u02", "k1")
    register.moved_by("cold", "k1")
    answer = register.ask("tie=veld", "wallet=cold")
    assert str(answer.verdict) == "not shown"
    assert "user:u02" in gaps(answer)

    assert register.same("user:u02", "cy", **DISPUTED).says() == "not shown"
    assert register.same("user:u02", "cy").says() == "excluded"


def test_an_account_with_ties_of_its_own_may_be_a_named_persons():
    """The export says at whom the account is a credential; whether it is Cy's it does not say."""
    register = exchange().people("user:u02").keys("k1").holds("user:u02", "k1")
    register.moved_by("cold", "k1").tie("user:u02", "orrin", ALWAYS, kind="credential")

    assert register.says("people=cy") == "not shown"


def test_a_joined_person_is_left_out_under_every_name():
    """Asked about all but the account u1, which is Ann: she alone has the key."""
    register = exchange().people("user:u1").closed("person:user:u1").same("ann", "user:u1")
    register.keys("k1").holds("ann", "k1").moved_by("cold", "k1")

    assert register.says("everyone and not people=user:u1") == "excluded"
    assert register.says("people=user:u1") == "shown"


def test_a_join_that_has_ended_joins_no_longer():
    """The shared login was Ann's until 1 May and is Cy's since, as rows say."""
    register = exchange().people("user:ops").closed("person:user:ops")
    register.keys("k1").holds("user:ops", "k1").moved_by("cold", "k1")
    register.same("ann", "user:ops", period=span("2023-01-01", "2023-05-01"))
    register.same("cy", "user:ops", period=span("2023-05-01", "2100-01-01"))

    assert register.answers() == {
        "2023-01-01": "shown", "2023-05-01": "not shown", "2023-05-02": "excluded",
    }  # fmt: skip


def test_a_rename_does_not_end_an_employment():
    """Ann's row says Brisk; the alias row bears only the days in which that name was in use."""
    register = exchange(people="cy").people("ann").closed("person:ann")
    register.entity("brisk", alias_of="veld", period=span("2018-01-01", "2022-07-01"))
    register.tie("ann", "brisk", span("2021-01-01", "2100-01-01"))
    register.keys("k1").holds("ann", "k1").moved_by("cold", "k1")

    assert register.says() == "shown"
    assert register.says("tie=brisk") == "shown"


def test_another_name_in_doubt_neither_shows_nor_excludes():
    """The other side denies that Brisk is Veld."""
    register = exchange(people="cy").people("ann").closed("person:ann").tie("ann", "brisk", ALWAYS)
    register.entity("brisk", alias_of="veld", disputed=True)
    register.keys("k1").holds("ann", "k1").moved_by("cold", "k1")

    assert register.says() == "not shown"
    assert register.says("not tie=veld") == "not shown"


def two_names_of_a_key(**same):
    """Ann has the key from the ceremony, Cy the one of the descriptor."""
    register = exchange(wallet="old").keys("bare", **same).keys("origin", **same)
    register.holds("ann", "origin").holds("cy", "bare")
    return register.moved_by("old", "bare")


#: The master key of test vector 1 of BIP 32.
XPUB = (
    "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7us"
    "UDFdp6W1EGMcet8"
)


@pytest.mark.parametrize(
    "same",
    [{"public_key": XPUB}, {"public_key": "02" + "ab" * 32}, {"address": "0x" + "ab" * 20}],
)
def test_one_public_key_is_one_means_whatever_it_is_called(same):
    """The very same extended key stands in both rows."""
    assert two_names_of_a_key(**same).says(scope="wallet=old") == "shown"


def test_one_key_is_one_in_every_spelling():
    """In the label of a descriptor, with its origin; an address in capitals."""
    register = exchange(wallet="old").keys("bare", public_key=XPUB)
    register.keys("origin", label=f"[e2eaf4f1/48h/0h/0h/2h]{XPUB}").moved_by("old", "bare")
    assert register.holds("ann", "origin").holds("cy", "bare").says(scope="wallet=old") == "shown"

    register = exchange(wallet="old").keys("low", address="0x" + "ab" * 20)
    register.keys("high", address="0x" + "AB" * 20).moved_by("old", "low")
    assert register.holds("ann", "high").holds("cy", "low").says(scope="wallet=old") == "shown"


def test_keys_of_one_seed_are_not_excluded_without_a_word():
    """Two accounts under one master fingerprint: whoever has the one may have the seed."""
    register = two_names_of_a_key(fingerprint="e2eaf4f1")

    answer = register.ask("tie=veld", "wallet=old")
    assert str(answer.verdict) != "shown"
    assert str(answer.verdict) == "not shown" or "e2eaf4f1" in str(answer)


def test_a_list_of_holders_closes_another_name_only_where_the_two_are_surely_one():
    """The holders of `bare` are listed, those of `origin` are not; that they are one is denied.

    Where they are two, anybody may have `origin`: a row in doubt may not close it.
    """
    register = exchange(wallet="old").keys("bare").means("origin").moved_by("old", "origin")
    register.holds("cy", "bare", "origin").same("bare", "origin", kind="means", **DISPUTED)

    assert register.says(scope="wallet=old") == "not shown"


def subsidiary(**doubt):
    """Ann is with a company that Veld owns, and has the key."""
    register = exchange(people="cy").people("ann").closed("person:ann").entity("subco")
    register.tie("ann", "subco", ALWAYS).owned("subco", "veld", ALWAYS, **doubt)
    return register.keys("k1").holds("ann", "k1").moved_by("cold", "k1")


def test_staff_of_what_the_affiliate_owns_are_its_group_and_may_be_its_people():
    """A subsidiary's employee is not excluded as nobody of the affiliate's."""
    assert subsidiary().says("group=veld") == "shown"
    assert subsidiary().says("tie=subco") == "shown"
    assert subsidiary().says() == "not shown"
    assert subsidiary().says("not tie=veld") == "not shown"
    assert subsidiary(**DISPUTED).says("group=veld") == "not shown"


def test_what_is_owned_by_what_is_owned_is_of_the_group():
    """Veld owns Holdco, Holdco controls Subco; a row round in a circle does no harm."""
    register = exchange(people="cy").people("ann").closed("person:ann").entity("subco")
    register.entity("holdco").owned("holdco", "veld", ALWAYS).owned("veld", "subco", ALWAYS)
    register.owned("subco", "holdco", ALWAYS, kind="controlled_by").tie("ann", "subco", ALWAYS)
    register.keys("k1").holds("ann", "k1").moved_by("cold", "k1")

    assert register.says("group=veld") == "shown"
    assert register.says("group=orrin") == "excluded"


def test_the_owner_is_not_of_what_it_owns():
    """Ann is with the holding; asked is about the subsidiary."""
    register = exchange(people="cy").people("ann").closed("person:ann").entity("subco")
    register.tie("ann", "veld", ALWAYS).owned("subco", "veld", ALWAYS)
    register.keys("k1").holds("ann", "k1").moved_by("cold", "k1")

    assert register.says("tie=subco") == "excluded"
