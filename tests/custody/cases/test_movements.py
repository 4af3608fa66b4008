"""Movements one after another, and paths that open on a condition."""

from __future__ import annotations

import pytest

from tests.builders.custody import span
from tests.custody.cases.exchange import ALWAYS, NARRATIVE, exchange

OUT = "wallet=cold, destination=outside"
FEBRUARY, APRIL = span("2023-02-01", "2023-03-01"), span("2023-04-01", "2023-05-01")


def sweep(first=ALWAYS, second=ALWAYS, limit: str = ""):
    """Ann sweeps cold to warm by software and signs for warm; Cy signs for both at all times."""
    register = exchange().wallet("warm", classes="hot").closed("wallet:warm", "class:hot")
    register.keys("ck", "hk", "wk").keys("ops", kind="role")
    register.holds("ann", "ops", "hk").holds("cy", "ck", "wk")
    register.moved_by("cold", "ck")
    # So that some row names the place: a word that none has may be any of theirs.
    register.moved_by("warm", "wk", scope="destination=outside")
    scope = "; ".join(filter(None, ("destination=warm", limit)))
    register.moved_by("cold", "ops", first, path="software", scope=scope)
    return register.moved_by("warm", "hk", second)


def test_two_movements_take_assets_from_cold_to_outside():
    """Neither path alone does: the one ends in the hot wallet, the other begins there."""
    assert sweep().says(scope=OUT) == "shown"


def test_a_wallet_called_by_its_class_is_on_the_way():
    """The sweep's row says hot, the class, not the wallet's id."""
    register = sweep()
    register.moved_by("cold", "ops", path="recovery", scope="destination=hot")

    assert register.says(scope=OUT) == "shown"


def test_three_movements_are_as_good_as_two():
    """Cold to a sweep wallet, to hot, to outside."""
    register = exchange().keys("a", "b", "c").holds("ann", "a", "b", "c")
    for name, key, to in (("cold", "a", "w2"), ("w2", "b", "w3"), ("w3", "c", "outside")):
        if name != "cold":
            register.wallet(name, classes="").closed(f"wallet:{name}")
        register.moved_by(name, key, scope=f"destination={to}")

    assert register.says(scope=OUT) == "shown"


def test_a_round_of_wallets_leads_nowhere():
    """Cold to warm and back: nothing leaves."""
    register = exchange().wallet("warm", classes="hot").closed("wallet:warm", "class:hot")
    register.keys("a", "b").holds("ann", "a", "b").keys("z").holds("cy", "z")
    register.moved_by("cold", "a", scope="destination=warm")
    register.moved_by("warm", "b", scope="destination=cold")
    register.moved_by("warm", "z", path="recovery", scope="destination=outside")

    assert register.says(scope=OUT) == "excluded"


def test_the_second_movement_cannot_precede_the_first():
    """The hot wallet was Ann's in February, the sweep in April."""
    assert sweep(APRIL, FEBRUARY).says(scope=OUT) == "excluded"


def test_the_first_movement_may_precede_the_period_asked_about():
    """Swept in February, sent on in April: April alone is asked about."""
    register = sweep(FEBRUARY, APRIL)

    assert register.says(scope=OUT, period=APRIL) == "shown"
    assert register.says(scope=OUT, period=FEBRUARY) == "excluded"
    assert register.says(scope=OUT, period=span("2023-04-15", "2023-04-16")) == "shown"


def test_each_movement_has_the_amount_asked_about():
    """The sweep carries at most 10, whatever the hot wallet may send."""
    register = sweep(limit="max=10")

    assert register.says(scope=OUT, amount="5") == "shown"
    assert register.says(scope=OUT, amount="50") == "excluded"


def test_a_condition_of_one_movement_is_a_condition_of_all():
    """The sweep opens when a deposit is stuck: that cannot be computed."""
    assert sweep(limit="when=a deposit is stuck").says(scope=OUT) == "not shown"


def test_a_destination_that_no_policy_defines_is_open():
    """Whether "treasury" is reached by a path limited to the hot wallet, no row says."""
    register = exchange().wallet("warm", classes="hot").closed("wallet:warm", "class:hot")
    register.keys("ck", "hk").holds("ann", "ck").holds("cy", "hk").moved_by("warm", "hk")
    register.moved_by("cold", "ck", scope="destination=warm")

    assert register.says(scope="wallet=cold, destination=treasury") == "not shown"


def test_a_hot_wallet_that_others_alone_can_empty_is_no_way_out():
    """Ann can fill it; only Cy can send from it."""
    register = exchange().wallet("warm", classes="hot").closed("wallet:warm", "class:hot")
    register.keys("ck", "hk").holds("ann", "ck").holds("cy", "hk")
    register.moved_by("warm", "hk", scope="destination=outside")
    register.moved_by("cold", "ck", scope="destination=warm")

    assert register.says(scope=OUT) == "excluded"
    assert register.says("everyone", OUT) == "shown"


def test_a_class_of_which_not_all_wallets_are_listed_may_hold_one_of_anybodys():
    """Ann can fill "hot"; the one wallet listed is Cy's, and no row says it is the only one."""
    register = exchange().wallet("warm", classes="hot").closed("wallet:warm").keys("ck", "hk")
    register.holds("ann", "ck").holds("cy", "hk").moved_by("cold", "ck", scope="destination=hot")
    register.moved_by("warm", "hk", scope="destination=outside")
    assert register.says(scope=OUT) == "not shown"

    assert register.closed("class:hot").says(scope=OUT) == "excluded"


@pytest.mark.parametrize("limit", ["when=coins unspent for 52560 blocks", "older=52560 blocks"])
def test_a_recovery_path_for_old_coins_is_not_shown_by_the_key_alone(limit: str):
    """Whether any coin is that old is not in the rows; the answer says what it would take."""
    register = exchange().keys("k1", "rk").holds("ann", "rk").holds("cy", "k1")
    register.moved_by("cold", "k1").moved_by("cold", "rk", path="recovery", scope=limit)

    answer = register.ask("tie=veld", "wallet=cold")
    assert str(answer.verdict) == "not shown"
    assert answer.shown_if


def test_an_absolute_time_is_computed():
    """The path opens at noon on 3 March and not before."""
    register = (
        exchange().keys("k1", "rk").holds("ann", "rk").holds("cy", "k1").moved_by("cold", "k1")
    )
    register.moved_by("cold", "rk", path="recovery", scope="after=2023-03-03T12:00+00:00")

    assert register.answers() == {"2023-01-01": "excluded", "2023-03-03T12:00Z": "shown"}


def test_the_condition_of_a_grant_holds_in_the_upper_bound_alone():
    """The key of the interface lies in the environment of a process on Ann's host."""
    register = exchange(wallet="hot").keys("api", kind="credential").keys("host", kind="host")
    register.keys("ci", kind="role").holds("ann", "ci").holds("cy", "api").grant(
        "ci", "host", ALWAYS
    )
    register.grant("host", "api", ALWAYS, condition="secret in the environment of the process")

    assert register.moved_by("hot", "api and host", path="software").says(
        scope="wallet=hot"
    ) == "not shown"  # fmt: skip


def test_an_importers_doubt_stays_a_doubt_whatever_disputes_are_accepted():
    """The lift could not tell how far a rule reaches: its row bears a condition, no dispute."""
    register = exchange(wallet="vault").keys("login", kind="credential").holds("ann", "login")
    register.moved_by("vault", "login", path="software", scope="destination=warm; max=100000 USD")
    register.moved_by(
        "vault", "login", path="software", scope="when=destination is not one_time_address",
    )  # fmt: skip
    register.wallet("warm", classes="hot").closed("wallet:warm", "class:hot").keys("wk")
    register.holds("cy", "wk").moved_by("warm", "wk")

    scope = "wallet=vault, destination=outside"
    assert register.says(scope=scope) == "not shown"
    assert register.says(scope=scope, accept_disputed=True) == "not shown"


def test_a_rule_nobody_could_read_keeps_the_path_open():
    """It became a means of a vendor's path whose holders nobody lists, on an accepted policy."""
    register = exchange(wallet="vault").keys("k1").holds("cy", "k1").moved_by("vault", "k1")
    assert register.says(scope="wallet=vault") == "excluded"

    register.means("unread:1", kind="vendor_path")
    register.moved_by("vault", "unread:1", path="software", scope="when=rule 7 was not read")
    assert register.says(scope="wallet=vault") == "not shown"


def test_a_policy_on_poor_authority_alone_shows_and_excludes_nothing():
    """A witness says that from June one key was enough."""
    register = exchange().keys("k1", "k2").holds("ann", "k1").holds("cy", "k2")
    register.moved_by("cold", "k1 and k2")
    register.moved_by("cold", "k1", span("2023-06-01", "2100-01-01"), **NARRATIVE)

    assert register.answers() == {"2023-01-01": "excluded", "2023-06-01": "not shown"}
