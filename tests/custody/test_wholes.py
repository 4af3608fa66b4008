"""What is of something else: shares of a key, copies and bearers of it, and the key behind them."""

from __future__ import annotations

import pytest

from forthwith.custody.answers import Verdict
from forthwith.custody.facts import Standing
from tests.builders.custody import Custody, two_of_three


def shared() -> Custody:
    """Return a 2-of-3 wallet whose k1 is cut into three shares, two of them with Halden's man."""
    made = two_of_three().means("s1", "s2", "s3", kind="share", of="k1").complete("s1", "s2", "s3")
    return made.has("adeyemi", "s1").has("adeyemi", "s2").has("ortega", "s3")


def test_shares_without_a_grant_may_give_the_key_any_two_of_them():
    """Nobody says how many it takes; one alone is never enough, and a grant row settles it."""
    made = two_of_three().means("s1", "s2", "s3", kind="share", of="k1").complete("s1", "s2", "s3")

    made.has("adeyemi", "s1")
    assert made.ask("employer=halden", "wallet=cold").verdict is Verdict.EXCLUDED
    made.has("adeyemi", "s2")
    answer = made.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert [each.fact for each in answer.gaps[0]] == [
        "grants: how many shares give k1 between 1 January and 31 December 2023"
    ]
    made.grant("3 of (s1, s2, s3)", "k1")
    assert made.ask("employer=halden", "wallet=cold").verdict is Verdict.EXCLUDED


@pytest.mark.parametrize(
    "mark", [{"standing": Standing.NARRATIVE}, {"disputed": True}, {"condition": "if it is sealed"}]
)
def test_a_grant_that_is_not_relied_on_does_not_say_how_many_shares_it_takes(mark):
    """Counsel's word that it takes three must not turn "not shown" into "excluded"."""
    made = shared().grant("3 of (s1, s2, s3)", "k1", **mark)

    answer = made.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert [each.fact.split(" between")[0] for each in answer.gaps[0]] == [
        "grants: how many shares give k1"
    ]
    made.grant("3 of (s1, s2, s3)", "k1")
    assert made.ask("employer=halden", "wallet=cold").verdict is Verdict.EXCLUDED


def test_a_share_on_poor_authority_may_be_the_whole_key():
    """The other side says that the card holds all of k1; the row that calls it a share is open."""
    made = two_of_three().means("s1", kind="share", of="k1", disputed=True).complete("s1")
    made.has("adeyemi", "s1")

    answer = made.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert "no more than a share of k1" in answer.gaps[0][0].why
    assert made.ask("employer=halden", "wallet=cold", accept_disputed=True).verdict is (
        Verdict.EXCLUDED
    )


def test_a_key_said_to_be_of_another_may_give_it():
    """Nobody says whether it is derived from k1, or k1 under another name."""
    made = two_of_three().means("k1-laptop", of="k1").complete("k1-laptop")
    made.has("adeyemi", "k1-laptop")

    answer = made.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert answer.gaps[0][0].ask.startswith("Show that whoever had key k1-laptop did not by that")
