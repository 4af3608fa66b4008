"""Situations that an exchange has, each with the answer the rules give and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forthwith.domain.period import Period
from tests.builders.custody import span
from tests.custody.cases.exchange import ALWAYS, NARRATIVE, exchange
from tests.custody.judge.registers import at

LATER = span("2023-07-01", "2023-08-01")
ONCE = span("2022-01-01", "2022-06-01")


def seeded(*, ways: bool = True):
    """Ann has the seed of k1 and Cy its passphrase: it takes both."""
    register = exchange().keys("k1").keys("sd", kind="seed", of="k1").keys("pp", kind="passphrase")
    register.holds("ann", "sd").holds("cy", "pp", "k1").moved_by("cold", "k1")
    register.grant("sd and pp", "k1", ALWAYS)
    return register.closed("ways:k1") if ways else register


def test_a_seed_with_its_passphrase_elsewhere_is_no_key():
    """Where the ways are closed; else the seed may do alone."""
    assert seeded().says() == "excluded"
    assert seeded(ways=False).says() == "not shown"


def test_whoever_had_the_passphrase_once_may_know_it_still():
    """Ann's shift with it ended in 2022: only the assumption keeps her from it."""
    register = seeded().holds("ann", "pp", period=ONCE)

    assert register.says() == "excluded"
    assert register.says(copies_persist=True) == "not shown"


def backed_up():
    """Two backups of k1, in two places: Ann's and Cy's."""
    register = exchange().keys("k1", "card").keys("b1", "b2", kind="backup", of="k1")
    register.holds("ann", "b1").holds("cy", "b2", "k1", "card").moved_by("cold", "k1")
    return register.closed("ways:k1")


def test_that_one_backup_is_wrapped_says_nothing_of_the_other():
    """The ceremony's record is about Cy's."""
    register = backed_up().grant("b2 and card", "k1", ALWAYS)

    assert register.says() == "shown"


def test_a_backup_is_wrapped_by_a_row_that_is_relied_on():
    """A narrative that a card is needed neither opens nor closes it."""
    assert backed_up().grant("b1 and card", "k1", ALWAYS, **NARRATIVE).says() == "not shown"
    assert backed_up().grant("b1 and card", "k1", ALWAYS).says() == "excluded"


def test_a_clone_of_a_module_may_bear_the_key():
    """Nobody says that the second module was loaded, nor that it was not."""
    register = exchange().keys("k1").keys("hsm1", "hsm2", kind="device", of="k1")
    register.holds("cy", "hsm1").holds("ann", "hsm2").moved_by("cold", "k1")

    assert register.says() == "not shown"
    assert register.grant("hsm2", "k1", ALWAYS).says() == "shown"


def test_a_laptop_may_bear_two_keys():
    """`of` names the one, a grant gives the other: the wallet takes both."""
    register = exchange().keys("k1", "k2").keys("lap", kind="device", of="k1").holds("ann", "lap")
    register.holds("cy", "k1", "k2").grant("lap", "k2", ALWAYS).moved_by("cold", "k1 and k2")

    assert register.says() == "not shown"
    assert register.grant("lap", "k1", ALWAYS).says() == "shown"


def test_an_envelope_for_emergencies_is_shown_if_there_was_one():
    """Ann may open Cy's safe in an emergency."""
    register = exchange().keys("k1").keys("env", kind="backup", of="k1").keys("safe", kind="role")
    register.holds("cy", "env", "k1").holds("ann", "safe").moved_by("cold", "k1")
    register.grant("safe", "env", ALWAYS, condition="in an emergency")
    answer = register.ask("tie=veld", "wallet=cold")

    assert str(answer.verdict) == "not shown"
    assert [fact.says for fact in answer.shown_if] == ["safe gives env, if in an emergency"]


def test_a_shift_over_the_hour_that_the_clocks_skip_is_one_hour_long():
    """New York, 12 March 2023: from one o'clock to three, which is the next hour."""
    shift = Period(
        date(2023, 3, 12), date(2023, 3, 13), at("2023-03-12T01:00-05:00"),
        at("2023-03-12T03:00-04:00"),
    )  # fmt: skip
    register = exchange().keys("k1").holds("cy", "k1").holds("ann", "k1", period=shift)
    register.moved_by("cold", "k1")
    register.facts = replace(register.facts, zone="America/New_York")
    runs = register.ask("tie=veld", "wallet=cold", span("2023-03-12", "2023-03-13")).intervals

    assert [str(run.verdict) for run in runs] == ["excluded", "shown", "excluded"]
    begins, ends = runs[1].period.starts_at, runs[1].period.ends_at
    assert ends.timestamp() - begins.timestamp() == 3600


def test_a_joint_venture_is_of_each_of_its_owners():
    """And of nobody who is not."""
    register = exchange().keys("k1").entity("jv").people("ed").closed("person:ed")
    register.owned("jv", "veld", ALWAYS).owned("jv", "orrin", ALWAYS).tie("ed", "jv", ALWAYS)
    register.holds("ed", "k1").moved_by("cold", "k1")

    assert register.says("group=veld") == register.says("group=orrin") == "shown"
    assert register.says("group=veld and not group=orrin") == "excluded"
    assert register.says("tie=veld") == "not shown"


def test_a_secondment_is_a_tie_to_who_pays():
    """Di is Orrin's by contract and on Veld's payroll."""
    register = exchange().keys("k1").tie("di", "veld", ALWAYS, kind="payer").holds("di", "k1")
    register.moved_by("cold", "k1")

    assert register.says("tie=veld") == register.says("employer=orrin and payer=veld") == "shown"
    assert register.says("employer=veld") == "excluded"
    assert register.says("tie=veld and not employer=orrin") == "excluded"


def test_two_logins_of_one_person_are_one_persons_quorum():
    """The platform counts two approvers; both are Ann."""
    register = exchange().keys("r1", "r2", kind="role").people("user:u1", "user:u2")
    for login, role in (("user:u1", "r1"), ("user:u2", "r2")):
        register.tie(login, "orrin", ALWAYS, kind="credential").closed(f"person:{login}")
        register.holds(login, role)
    register.moved_by("cold", "r1 and r2", path="software").same("cy", "user:u2")
    assert register.same("ann", "user:u1").says("people=ann") == "excluded"

    register = replace_join(register)
    assert register.says("people=ann") == "shown"


def replace_join(register):
    """Return the register in which both logins are Ann's."""
    register.facts = replace(register.facts, same_as=())
    return register.same("ann", "user:u1").same("ann", "user:u2")


def test_of_three_who_are_alike_each_is_parted_by_its_own_row():
    """M. Ortega is Marisol or Marco, and they are two."""
    register = exchange().keys("k1")
    names = {"m1": "Marisol Ortega", "m2": "Marco Ortega", "m3": "M. Ortega"}
    for person, name in names.items():
        register.person(person, name).closed(f"person:{person}")
    register.tie("m1", "veld", ALWAYS).tie("m2", "orrin", ALWAYS).holds("m3", "k1")
    register.moved_by("cold", "k1")
    assert register.says() == "not shown"

    assert register.same("m3", "m2").says() == "not shown"
    assert register.same("m3", "m1", same=False).says() == "excluded"


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ([{"up_to": "1"}, {"above": "1"}], "excluded"),
        ([{"up_to": "1"}, {"above": "2"}], "shown"),
        ([{"up_to": "0"}], "shown"),
        ([{"above": "1"}, {"up_to": "1", "scope": "destination=hot"}], "shown"),
    ],
)
def test_tiers_that_touch_leave_no_amount_free(rows, answer):
    """An amount between two tiers is asked for by neither."""
    register = exchange().keys("op", "cfo", kind="role").holds("ann", "op").holds("cy", "cfo")
    register.moved_by("cold", "op", path="software")
    for limits in rows:
        register.asks("cold", "cfo", **limits)

    assert register.says() == answer


def test_the_whole_ways_of_a_key_are_asked_of_a_means_alone_as_well():
    """Two of three shares, once said to be the way, give the key."""
    register = exchange().keys("K").closed("ways:K")
    register.keys("s1", "s2", "s3", kind="share", of="K").holds("ann", "s1", "s2").holds("cy", "s3")
    assert register.says(scope="means=K") == "excluded"
    register.grant("2 of (s1, s2, s3)", "K", ALWAYS)
    assert register.says(scope="means=K") == "shown"

    register.destroyed("s2", Period(date(2023, 6, 1)))
    assert register.says(scope="means=K", period=LATER) == "excluded"
    assert register.says(scope="means=K", period=LATER, copies_persist=True) == "not shown"
