"""What shares and backups give, and which rows may say that they do not."""

from __future__ import annotations

import pytest

from tests.custody.cases.exchange import ALWAYS, DISPUTED, NARRATIVE, exchange


def recovery_only():
    """Of three shares Ann has two; the only grant listed is the vendor's recovery of another."""
    register = exchange().keys("K").keys("s1", "s2", "s3", kind="share", of="K")
    register.keys("vend", kind="vendor_path").grant("s1 and vend", "K", ALWAYS)
    register.holds("ann", "s2", "s3").holds("cy", "s1")
    return register.moved_by("cold", "K")


def test_a_recovery_grant_says_nothing_about_the_threshold():
    """Two of three is the common case, and no row says otherwise."""
    answer = recovery_only().ask("tie=veld", "wallet=cold")

    assert str(answer.verdict) == "not shown"
    assert answer.gaps


def test_only_the_list_of_all_ways_silences_two_shares():
    """Closed by an accepted row, the recovery is the only way; by a narrative one, it is not."""
    assert recovery_only().closed("ways:K").says() == "excluded"
    assert recovery_only().closed("ways:K", **NARRATIVE).says() == "not shown"
    assert recovery_only().closed("ways:K", **DISPUTED).says() == "not shown"


def test_a_grant_over_shares_of_another_key_silences_nothing():
    """Two of two of T says nothing about K."""
    register = exchange().keys("K", "T").keys("s1", "s2", kind="share", of="K")
    register.keys("t1", "t2", kind="share", of="T").grant("t1 and t2", "T", ALWAYS).closed("ways:T")
    register.holds("ann", "s1", "s2").holds("cy", "t1", "t2").moved_by("cold", "K")

    assert register.says() == "not shown"


def test_a_threshold_with_a_condition_is_no_list_of_ways():
    """A grant that says three of three, when the board agrees, closes nothing by itself."""
    register = exchange().keys("K").keys("s1", "s2", "s3", kind="share", of="K")
    register.grant("all of (s1, s2, s3)", "K", ALWAYS, condition="when the board agrees")
    register.holds("ann", "s1", "s2").holds("cy", "s3").moved_by("cold", "K")

    assert register.says() == "not shown"


@pytest.mark.parametrize(("join", "right"), [({}, "excluded"), (DISPUTED, "not shown")])
def test_one_share_under_two_ids_counts_once(join, right: str):
    """Ann's two cards bear one share, as a row says; where it is denied they may be two."""
    register = exchange().keys("K").keys("s1", "s2", "s3", kind="share", of="K").closed("ways:K")
    register.grant("2 of (s1, s2, s3)", "K", ALWAYS).moved_by("cold", "K")
    register.holds("ann", "s1", "s2").holds("cy", "s3").same("s1", "s2", kind="means", **join)

    assert register.says() == right


def test_one_key_under_two_ids_meets_each_place_it_has_in_a_script():
    """A script that names one key twice is met by it twice, unlike a share."""
    register = exchange().keys("k1", "k2", "k3").holds("ann", "k1").holds("cy", "k2", "k3")
    register.moved_by("cold", "2 of (k1, k2, k3)").same("k1", "k2", kind="means")

    assert register.says() == "shown"


def wrapped(**doubt):
    """Ann has a backup of the key that restores only with two cards of the custodian."""
    register = exchange().keys("K").keys("bk", kind="backup", of="K").moved_by("cold", "K")
    register.keys("c1", "c2", kind="device").grant("bk and c1 and c2", "K", ALWAYS, **doubt)
    return register.holds("ann", "bk").holds("cy", "c1").holds("di", "c2")


def test_a_wrapped_backup_alone_is_not_shown_to_give_the_key():
    """What the backup is of does not override the accepted grant that says what else it takes."""
    assert wrapped().says() != "shown"


def test_a_wrapped_backup_with_its_cards_gives_the_key():
    """Both cards went to Bo."""
    assert wrapped().holds("bo", "c1", "c2").says() == "shown"


@pytest.mark.parametrize("doubt", [DISPUTED, NARRATIVE])
def test_a_wrapping_in_doubt_is_neither_shown_nor_excluded(doubt):
    """Below, any such grant stops the backup; above, only an accepted one does."""
    assert wrapped(**doubt).says() == "not shown"


@pytest.mark.parametrize("grant", ["c1 and c2", "bk", "bk or c1"])
def test_a_grant_that_asks_nothing_more_of_the_backup_does_not_wrap_it(grant: str):
    """It gives the key some other way, or says again that the backup is enough."""
    register = exchange().keys("K").keys("bk", kind="backup", of="K").moved_by("cold", "K")
    register.keys("c1", "c2", kind="device").grant(grant, "K", ALWAYS)
    register.holds("ann", "bk").holds("cy", "c1").holds("di", "c2")

    assert register.says() == "shown"


def test_a_wrapping_of_one_backup_leaves_another_as_it_is():
    """The first needs a card; Ann has the second, of which no row says so."""
    register = wrapped().keys("bk2", kind="backup", of="K").holds("ann", "bk2")

    assert register.says() == "shown"


def test_a_copy_is_never_wrapped_by_what_a_backup_takes():
    """A plain copy of the key is the key."""
    assert wrapped().keys("cp", kind="copy", of="K").holds("ann", "cp").says() == "shown"


def test_a_second_wrapping_key_is_a_second_way():
    """The backup also opens with one card of the affiliate."""
    register = wrapped().keys("c3", kind="device").grant("bk and c3", "K", ALWAYS)

    assert register.holds("bo", "c3").says() == "shown"
