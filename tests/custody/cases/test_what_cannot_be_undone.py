"""Who had what can be copied may still have it; a refresh retires no share of a key that spends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders.custody import span
from tests.custody.cases.exchange import DISPUTED, NARRATIVE, exchange

LONG = span("2023-01-01", "2100-01-01")
EARLY, LATE = span("2023-01-01", "2023-03-01"), span("2023-03-01", "2099-01-01")


def shares_handed_over():
    """Ann gives share 1 up on the day on which Bo gets share 2; two of three give the key."""
    register = exchange().keys("K").keys("s1", "s2", "s3", kind="share", of="K")
    register.grant("2 of (s1, s2, s3)", "K", span("2023-01-01", "2100-01-01")).closed("ways:K")
    register.holds("ann", "s1", period=EARLY).holds("cy", "s1", period=LATE)
    register.holds("cy", "s2", period=EARLY).holds("bo", "s2", period=LATE).holds("cy", "s3")
    return register.moved_by("cold", "K")


def test_two_shares_are_in_one_hand_on_the_day_of_the_handover():
    """Both were there on 1 March; before and after, one was."""
    assert shares_handed_over().answers() == {
        "2023-01-01": "excluded", "2023-03-01": "not shown", "2023-03-02": "excluded",
    }  # fmt: skip


def test_a_share_once_seen_may_have_been_kept():
    """Asked without the assumption that past holders kept nothing, it stays open."""
    assert shares_handed_over().answers(copies_persist=True) == {
        "2023-01-01": "excluded", "2023-03-01": "not shown",
    }  # fmt: skip


def test_an_answer_that_assumes_nothing_was_kept_says_so():
    """Both answers are printed where they differ, or the assumption is listed."""
    answer = shares_handed_over().ask("tie=veld", "wallet=cold", span("2023-06-01", "2023-07-01"))

    assert str(answer.verdict) == "excluded"
    told = " ".join(
        map(str, (getattr(answer, "assumed", ""), getattr(answer, "notes", ""), answer))
    )
    assert "kept" in told or "persist" in told


@pytest.mark.parametrize(
    ("kind", "after"),
    [("credential", "not shown"), ("seed", "not shown"), ("passphrase", "not shown"),
     ("key", "not shown"), ("device", "excluded"), ("role", "excluded"), ("host", "excluded")],
)  # fmt: skip
def test_only_what_can_be_copied_may_have_been_kept(kind: str, after: str):
    """A device and a seat in a console are given back; what can be read and typed is not."""
    register = exchange().keys("m", kind=kind).moved_by("cold", "m")
    register.holds("ann", "m", period=EARLY).holds("cy", "m", period=LATE)

    asked = {"period": span("2023-06-01", "2023-07-01")}
    assert register.says(**asked) == "excluded"
    assert register.says(**asked, copies_persist=True) == after


def test_who_joins_brings_along_what_was_collected_alone():
    """Di, with the custodian, had share 1 and later share 2, then went over to the affiliate."""
    register = exchange(people="ann bo cy").people("di").closed("person:di")
    register.tie("di", "orrin", span("2023-01-01", "2023-06-01"))
    register.tie("di", "veld", span("2023-06-01", "2100-01-01"))
    register.keys("K").keys("s1", "s2", kind="share", of="K").closed("ways:K").moved_by("cold", "K")
    register.grant("s1 and s2", "K", span("2023-01-01", "2100-01-01"))
    register.holds("di", "s1", period=EARLY).holds(
        "di", "s2", period=span("2023-04-01", "2023-05-01")
    )

    asked = {"period": span("2023-07-01", "2023-08-01")}
    assert register.says(**asked) == "excluded"
    assert register.says(**asked, copies_persist=True) == "not shown"


def test_what_the_group_reached_together_is_kept_by_those_who_stay():
    """Ann and Bo reached the key together in January; Bo has left since."""
    register = exchange(people="ann cy").people("bo").closed("person:bo")
    register.tie("bo", "veld", EARLY).keys("K").keys("p1", "p2", kind="role")
    register.grant("p1 and p2", "K", span("2023-01-01", "2100-01-01")).moved_by("cold", "K")
    register.holds("ann", "p1").holds("bo", "p2")

    asked = {"period": span("2023-07-01", "2023-08-01")}
    assert register.says(**asked) == "excluded"
    assert register.says(**asked, copies_persist=True) == "not shown"


def refreshed():
    """Old shares go on rebuilding the key; Bo got a retired card on the day of the refresh."""
    register = exchange().keys("K")
    for epoch in ("a", "b"):
        names = [f"{epoch}{n}" for n in (1, 2, 3)]
        register.keys(*names, kind="share", of="K")
        days = (
            span("2023-01-01", "2023-06-01") if epoch == "a" else span("2023-06-01", "2100-01-01")
        )
        register.grant(f"2 of ({', '.join(names)})", "K", days)
    register.closed("ways:K").moved_by("cold", "K").holds("ann", "a1").holds("cy", "a3")
    register.holds("cy", "a2", period=span("2023-01-01", "2023-06-01"))
    register.holds("bo", "a2", period=span("2023-06-01", "2099-01-01"))
    return register.holds("cy", "b1", "b2", "b3", period=span("2023-06-01", "2099-01-01"))


def test_a_refresh_retires_no_share_while_the_same_key_spends():
    """Ann and Bo have two old shares from 1 June on: that is not excluded."""
    assert refreshed().answers() == {"2023-01-01": "excluded", "2023-06-01": "not shown"}


def test_an_old_share_that_was_destroyed_retires_the_old_set():
    """Two are left, and only one of them with the affiliate; on the day itself it may be there."""
    register = refreshed().destroyed("a2", span("2023-06-01", "2100-01-01"))

    assert register.answers() == {
        "2023-01-01": "excluded", "2023-06-01": "not shown", "2023-06-02": "excluded",
    }  # fmt: skip


@pytest.mark.parametrize("doubt", [DISPUTED, NARRATIVE])
def test_a_destruction_in_doubt_retires_nothing(doubt):
    """A restricting row that is not accepted counts in the lower bound alone."""
    register = refreshed().destroyed("a2", span("2023-06-01", "2100-01-01"), **doubt)

    assert register.answers() == {"2023-01-01": "excluded", "2023-06-01": "not shown"}


def test_the_wrong_share_destroyed_retires_nothing():
    """Of three old shares Cy's own was destroyed; the other two are enough."""
    register = refreshed().destroyed("a3", span("2023-06-01", "2100-01-01"))

    assert register.answers() == {"2023-01-01": "excluded", "2023-06-01": "not shown"}


def test_a_key_spends_under_another_id_or_on_a_device():
    """The policy names the device that bears the key, or the key as the descriptor calls it."""
    device = refreshed().keys("hsm", kind="device", of="K")
    device.facts = replace(device.facts, policies=())
    assert device.moved_by("cold", "hsm").answers() == {
        "2023-01-01": "excluded", "2023-06-01": "not shown",
    }  # fmt: skip

    other = refreshed().keys("xpub").same("xpub", "K", kind="means")
    other.facts = replace(other.facts, policies=())
    assert other.moved_by("cold", "xpub").answers() == {
        "2023-01-01": "excluded", "2023-06-01": "not shown",
    }  # fmt: skip


def test_a_key_that_leads_to_the_spending_one_still_spends():
    """The refreshed key decrypts the credential that signs."""
    register = refreshed().keys("login", kind="credential").grant("K", "login", LONG)
    register.facts = replace(register.facts, policies=())

    assert register.moved_by("cold", "login").answers() == {
        "2023-01-01": "excluded", "2023-06-01": "not shown",
    }  # fmt: skip


def test_a_key_that_no_policy_uses_any_more_is_retired():
    """From July on a new key spends; what two old shares rebuild moves nothing."""
    register = refreshed().keys("K2").holds("cy", "K2")
    register.facts = replace(register.facts, policies=())
    register.moved_by("cold", "K", span("2023-01-01", "2023-07-01"))
    register.moved_by("cold", "K2", span("2023-07-01", "2100-01-01"))

    assert register.answers() == {
        "2023-01-01": "excluded", "2023-06-01": "not shown", "2023-07-02": "excluded",
    }  # fmt: skip


def test_a_thing_destroyed_leaves_the_copy_that_was_kept():
    """The paper was burnt, the photograph of it was not."""
    register = exchange().keys("k1").moved_by("cold", "k1").destroyed("k1", LATE)
    register.holds("ann", "k1").means("photo", kind="copy", of="k1").closed("photo")

    asked = {"period": span("2023-06-01", "2023-07-01")}
    assert register.says(**asked) == "excluded"
    assert register.says(**asked, copies_persist=True) == "not shown"
    assert register.holds("bo", "photo").says(**asked) == "shown"
