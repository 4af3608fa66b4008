"""What the software asks for: how much, for where, together or instead of one another."""

from __future__ import annotations

import pytest

from tests.custody.cases.exchange import DISPUTED, NARRATIVE, exchange


def hot(*approvers: str):
    """Ann operates the hot wallet's software; Cy has its console, and what approves."""
    register = exchange(wallet="hot").keys("op", "cfo", "a1", "a2", kind="role")
    register.holds("ann", "op").holds("cy", "cfo", "a2")
    register.moved_by("hot", "op", path="software")
    return register.holds("ann", *approvers)


def says(register, **more) -> str:
    """Return the answer about the affiliate and the hot wallet."""
    return register.says(scope=more.pop("scope", "wallet=hot"), **more)


def test_an_approval_that_only_an_amount_sets_free_does_not_exclude_as_it_stands():
    """Policies for less and for more than 100,000; the approval's row does not say which."""
    register = exchange(wallet="hot").keys("op", "cfo", kind="role")
    register.holds("ann", "op").holds("cy", "cfo")
    for limit in ("max=100000 USD", "min=100000 USD"):
        register.moved_by("hot", "op", path="software", scope=limit)

    assert says(register.asks("hot", "cfo")) == "not shown"


def test_an_approval_above_an_amount_leaves_the_small_movements_free():
    """The row says so now: Ann alone moves the small ones, and no large one."""
    register = exchange(wallet="hot").keys("op", "cfo", kind="role")
    register.holds("ann", "op").holds("cy", "cfo").asks("hot", "cfo", above="3 BTC")
    for limit in ("max=3 BTC", "min=3 BTC"):
        register.moved_by("hot", "op", path="software", scope=limit)

    assert says(register) == "shown"
    assert says(register, amount="2") == "shown"
    assert says(register, amount="5") == "excluded"


def test_a_threshold_in_another_unit_is_compared_with_nothing():
    """100,000 USD of a wallet in BTC: nothing is converted, so the row is doubtful."""
    register = hot().asks("hot", "cfo", above="100000 USD")

    assert says(register, amount="1") == "not shown"
    assert says(register, amount="100000") == "not shown"


def test_each_tier_asks_its_own():
    """Up to 100 the clerk's word, which is Ann's, is enough; above it is the CFO's."""
    register = hot("a1").asks("hot", "a1", up_to="100").asks("hot", "cfo", above="100")

    assert says(register, amount="50") == "shown"
    assert says(register, amount="100") == "shown"
    assert says(register, amount="100.5") == "excluded"
    assert says(register) == "shown"


def test_a_path_that_moves_nothing_shows_nothing():
    """Any amount is some amount above zero."""
    register = exchange(wallet="hot").keys("op", kind="role").holds("ann", "op")

    assert says(register.moved_by("hot", "op", path="software", scope="max=0 BTC")) != "shown"


def test_an_approval_denied_proves_nothing_either_way():
    """Undisputed it excludes; disputed it does not show that nobody had to approve."""
    assert says(hot().asks("hot", "cfo")) == "excluded"
    assert says(hot().asks("hot", "cfo", **DISPUTED)) == "not shown"
    assert says(hot().asks("hot", "cfo", **DISPUTED), accept_disputed=True) == "excluded"
    assert says(hot().asks("hot", "cfo", **NARRATIVE)) == "not shown"


def test_what_only_a_doubtful_approval_hides_is_marked():
    """A bare assertion of an approval cannot bury a finding: the answer says "shown if"."""
    answer = hot().asks("hot", "cfo", **NARRATIVE).ask("tie=veld", "wallet=hot")

    assert str(answer.verdict) == "not shown"
    assert answer.shown_if


@pytest.mark.parametrize(
    ("groups", "right"),
    [(("", ""), "not shown"), (("g", "g"), "shown"), (("g", "h"), "excluded")],
)
def test_two_rows_are_together_or_instead_as_their_groups_say(groups: tuple[str, str], right: str):
    """Ann gives the first of two approvals. Without groups nobody knows whether it is enough."""
    register = hot("a1").asks("hot", "a1", group=groups[0]).asks("hot", "a2", group=groups[1])

    assert says(register) == right


@pytest.mark.parametrize(
    ("hers", "other", "right"),
    [({}, DISPUTED, "shown"), (DISPUTED, {}, "not shown"), (DISPUTED, DISPUTED, "not shown")],
)
def test_an_alternative_in_doubt_loosens_only_what_may_be(hers, other, right: str):
    """Of two alternatives the first is Ann's to give: an accepted one shows, a doubtful may."""
    register = hot("a1").asks("hot", "a1", group="g", **hers)

    assert says(register.asks("hot", "a2", group="g", **other)) == right


def test_alternatives_all_in_doubt_are_met_by_giving_every_one():
    """Whichever of them is true, Ann's word is among what is asked."""
    register = hot("a1", "a2").asks("hot", "a1", group="g", **DISPUTED)

    assert says(register.asks("hot", "a2", group="g", **DISPUTED)) == "shown"


def test_one_row_without_a_group_in_doubt_beside_an_accepted_one():
    """The accepted row is needed whatever the other says: alone, or with it, or instead of it."""
    register = hot().asks("hot", "cfo").asks("hot", "a1", **DISPUTED)

    assert says(register) == "excluded"
    assert says(hot("a1").asks("hot", "cfo").asks("hot", "a1", **DISPUTED)) == "not shown"


def test_an_approval_for_one_destination_leaves_the_others_free():
    """The CFO approves what goes outside; between own wallets nobody does."""
    register = hot().asks("hot", "cfo", scope="destination=outside")
    register.wallet("vault", classes="vault").closed("wallet:vault").keys("vk").holds("cy", "vk")
    register.moved_by("vault", "vk")

    # A wallet that is not listed may be the next, and nobody approves of it.
    assert says(register, scope="wallet=hot, destination=outside") == "not shown"
    register.closed("everything")
    assert says(register, scope="wallet=hot, destination=outside") == "excluded"
    assert says(register, scope="wallet=hot, destination=vault") == "shown"
    assert says(register) == "shown"


def test_an_approval_for_one_asset_leaves_the_other_free():
    """The wallet has two; for the one that the CFO does not approve Ann is enough."""
    register = exchange(wallet="other").keys("op", "cfo", kind="role").holds("ann", "op")
    register.wallet("hot", asset="BTC|ETH").closed("wallet:hot").holds("cy", "cfo")
    register.moved_by("hot", "op", path="software").asks("hot", "cfo", scope="asset=ETH")

    assert says(register, scope="wallet=hot, asset=ETH") == "excluded"
    assert says(register, scope="wallet=hot, asset=BTC") == "shown"
    assert says(register) == "shown"


def test_the_approval_of_one_path_holds_up_no_other():
    """Signing outside the software needs nobody's approval."""
    register = hot().asks("hot", "cfo").keys("k1").holds("ann", "k1").moved_by("hot", "k1")

    assert says(register) == "shown"
    assert says(register, scope="wallet=hot, path=software") == "excluded"


def test_whoever_can_set_an_approval_aside_needs_none():
    """Ann has the console itself."""
    assert says(hot().asks("hot", "cfo").holds("ann", "adm")) == "shown"
    assert says(hot().asks("hot", "cfo", by="")) == "not shown"
