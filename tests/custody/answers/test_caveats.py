"""Names and words of a question against those of the rows: a slip is never an exclusion."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forthwith.custody.answers.answers import Verdict
from forthwith.custody.answers.caveats import UnknownNameError
from forthwith.custody.facts.facts import SameAs
from forthwith.custody.questions.scope import BadScopeError
from tests.builders.custody import Custody, two_of_three


def limited(scope: str) -> Custody:
    """Return a closed wallet `w` that Halden's one key moves, under a limit."""
    return two_of_three().wallet("w").policy("w", "k3", scope=scope).complete("wallet:w")


def test_an_entity_in_other_letters_is_not_answered():
    """Halden is not halden: nobody is tied to it, and "excluded" would be the spelling's doing."""
    with pytest.raises(UnknownNameError, match=r"Perhaps halden\."):
        two_of_three().ask("employer=Halden", "wallet=cold")


@pytest.mark.parametrize(
    ("limit", "asked", "verdict"),
    [
        ("hot", "hot", "shown"),
        ("hot, cold", "cold", "shown"),
        ("hot|cold", "HOT", "shown"),
        ("hot", "hot-1", "shown"),
        ("hot-1", "hot", "shown"),
        ("the hot wallet", "hot", "not shown"),
        ("vault:*", "hot-1", "not shown"),
        ("other", "hot", "not shown"),
        ("not hot", "house", "not shown"),
        ("hot", "hto", "not shown"),
        ("hot", "house", "excluded"),
    ],
)
def test_a_destination_is_ruled_out_only_where_both_words_are_known(limit, asked, verdict):
    """hot-1 is a wallet of class hot, and some wallet is called house."""
    custody = limited(f"destination={limit}").wallet("hot-1", "hot").wallet("house", "house")
    custody.policy("hot-1", "k1").complete("wallet:hot-1")

    assert str(custody.ask("employer=halden", f"wallet=w, destination={asked}").verdict) == verdict


def test_a_wallet_whose_row_does_not_count_links_no_names_for_certain():
    custody = limited("destination=hot-1").wallet("hot-1", "hot", disputed=True)

    assert custody.ask("employer=halden", "wallet=w, destination=hot").verdict is Verdict.NOT_SHOWN


@pytest.mark.parametrize("scope", ["asset=BTC,DOGE", "asset=XBT", "class=custmer"])
def test_a_word_no_row_has_is_refused(scope):
    """A closed wallet without class or asset is in any scope; it must not answer for the rest."""
    custody = two_of_three().wallet("bare", "", "").policy("bare", "k2").complete("wallet:bare")

    with pytest.raises(UnknownNameError):
        custody.ask("employer=halden", scope)


@pytest.mark.parametrize(
    ("asset", "verdict"),
    [
        ("ETH; USDC", "shown"),
        ("ETH USDC", "not shown"),
        ("various", "not shown"),
        ("BTC", "excluded"),
    ],
)
def test_a_wallet_of_several_assets_is_asked_about_for_each(asset, verdict):
    custody = two_of_three().wallet("e", asset="ETH").policy("e", "k2").complete("wallet:e")
    custody.wallet("w", asset=asset).policy("w", "k3").complete("wallet:w")

    assert str(custody.ask("employer=halden", "asset=ETH").verdict) == verdict


def test_having_a_means_is_asked_about_alone():
    """A wallet named beside it was passed over, and its answer with it."""
    with pytest.raises(BadScopeError, match="stands alone"):
        two_of_three().ask("employer=halden", "wallet=cold, means=k2")


def test_a_part_of_a_country_is_in_it_and_the_answer_says_which_places_there_are():
    custody = two_of_three().has("adeyemi", "k1").tie("ortega", "", kind="location", value="US-NY")
    custody.tie("adeyemi", "", kind="location", value="US")
    custody.tie("lindqvist", "", kind="location", value="HK")

    assert custody.ask("location=us", "wallet=cold").verdict is Verdict.SHOWN
    answer = custody.ask("location=US-NY", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert "Places are codes of ISO 3166; the facts have HK, US, US-NY." in answer.assumed
    assert custody.ask("not location=us", "wallet=cold").verdict is Verdict.EXCLUDED


def test_two_ids_of_one_name_are_told_of():
    """The ties of one and the keys of the other would make a person nobody can be blamed for."""
    custody = two_of_three()
    custody.facts = replace(
        custody.facts,
        people=tuple(replace(person, name="Marisol Ortega") for person in custody.facts.people[:2])
        + custody.facts.people[2:],
    )

    notes = custody.ask("employer=halden", "wallet=cold").assumed
    assert (
        "ortega, lindqvist are all called Marisol Ortega, and no row says whether they are one."
        in notes
    )


@pytest.mark.parametrize("one", [True, False])
def test_namesakes_that_a_row_joins_or_parts_are_not_told_of(one: bool):
    """Whether they are one is said; a note that they may be would be wrong."""
    custody = two_of_three()
    first, second, third = custody.facts.people
    people = (replace(first, name="M. Ortega"), replace(second, name="M. Ortega"), third)
    row = SameAs(**custody._row("same_as", kind="person", a=first.id, b=second.id, same=one))
    custody.facts = replace(custody.facts, people=people, same_as=(row,))

    assert not any("are all called" in note for note in custody.ask("everyone").assumed)


def test_an_id_near_none_is_answered_with_those_there_are():
    """Who imported a wallet does not know which id it got."""
    with pytest.raises(UnknownNameError, match=r"wallet 'btc' in the facts\. It has cold\."):
        two_of_three().ask("employer=halden", "wallet=btc")


def test_a_wallet_at_the_same_address_that_was_not_asked_about_is_told():
    """One address under two ids has two policies, and each by itself seems harmless."""
    custody = two_of_three().wallet("cold-2", classes="house", address="bc1qCOLD")
    first = replace(custody.facts.wallets[0], address="bc1qcold")
    custody.facts = replace(custody.facts, wallets=(first, *custody.facts.wallets[1:]))

    notes = custody.ask("employer=halden", "class=customer").assumed
    assert any(note.startswith("cold-2 is at the address of cold, and not in") for note in notes)
    assert not any("address" in note for note in custody.ask("employer=halden").assumed)


def test_a_table_of_possessions_left_out_is_told():
    custody = two_of_three()
    custody.facts = replace(custody.facts, possessions=())

    assert any("No possession is listed" in note for note in custody.ask("everyone").assumed)
    assert not any("possession" in note for note in two_of_three().ask("everyone").assumed)


def test_a_place_is_no_employer_and_a_tie_nobody_has_is_told():
    """`employer=US` has no people; nobody can be excluded by asking for the wrong kind of tie."""
    custody = two_of_three().tie("ortega", "", kind="location", value="US")

    with pytest.raises(UnknownNameError, match="no entity or place 'US'"):
        custody.ask("employer=US", "wallet=cold")
    notes = custody.ask("payer=halden or location=us", "wallet=cold").assumed
    assert [note for note in notes if note.startswith("No row")] == [
        "No row lists a tie payer=halden, of anybody on any day."
    ]


def test_means_that_belong_to_no_wallet_are_told():
    """Keys and roles of an account of which no wallet was listed: silence would be an answer."""
    custody = (
        two_of_three().means("kms:abcd", "kms:*").means("role", "root", kind="role")
        .grant("role", "kms:abcd").grant("root", "role").means("copy", kind="copy", of="k1")
    )  # fmt: skip
    answer = custody.ask("employer=halden")
    named = custody.ask("employer=halden", "means=kms:abcd")

    assert answer.without_wallet == ("kms:abcd", "kms:*", "role", "root")
    assert (
        "4 means, 1 key among them, are in the facts and belong to no listed wallet: nothing is "
        "answered about them (kms:abcd, kms:*, role, root)."
    ) in answer.assumed
    assert named.without_wallet == ("kms:*",)
    assert not any("no listed wallet" in said for said in named.assumed)


def test_facts_whose_means_all_belong_to_a_wallet_need_no_such_word():
    answer = two_of_three().approval("cold", "k1 and k2", by="k3").ask("employer=halden")

    assert answer.without_wallet == ()
    assert not any("no listed wallet" in said for said in answer.assumed)


@pytest.mark.parametrize(
    ("who", "scope", "hint"),
    [
        ("everyone", "asset=XBT", "Perhaps btc"),
        ("everyone", "class=client funds", "Perhaps customer"),
        ("location=Germany", "", "Perhaps DE"),
    ],
)
def test_another_word_for_what_a_row_has_is_answered_with_the_rows_word(who, scope, hint):
    """A person who asks for XBT is told of BTC, however unlike the two look."""
    custody = two_of_three().tie("ortega", "", kind="location", value="DE")

    with pytest.raises(UnknownNameError, match=hint):
        custody.ask(who, scope)
