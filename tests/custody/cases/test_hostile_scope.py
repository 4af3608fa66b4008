"""What an approval, a class or a destination leaves out, as the other side would say it."""

from __future__ import annotations

import pytest

from tests.custody.cases.exchange import exchange, gaps

TO_HOT, TO_OUTSIDE = "wallet=cold, destination=hot", "wallet=cold, destination=outside"


def swept(limit: str = ""):
    """Ann sends from cold by software that Cy's console runs; there are two hot wallets."""
    register = exchange().keys("op", "cfo", kind="role").holds("ann", "op").holds("cy", "cfo")
    register.wallet("hot-1", classes="hot").wallet("hot-2", classes="hot")
    register.closed("wallet:hot-1", "wallet:hot-2", "class:hot", "everything")
    scope = f"destination={limit}" if limit else ""
    return register.moved_by("cold", "op", path="software", scope=scope)


def test_an_approval_for_one_hot_wallet_leaves_the_other_free():
    """A question about the class is one about each wallet of it."""
    register = swept("hot").asks("cold", "cfo", scope="destination=hot-1")

    assert register.says(scope=TO_HOT) == "not shown"
    assert register.says(scope="wallet=cold, destination=hot-1") == "excluded"


def test_an_approval_for_the_class_is_asked_for_on_the_way_to_each_of_it():
    """The policy names the wallet and the approval its class: they are about one movement."""
    register = swept("hot-1").asks("cold", "cfo", scope="destination=hot")

    assert register.says() == "excluded"


def test_each_destination_may_have_its_own_approval():
    """Two rows leave no place free, though neither is about both."""
    register = swept("hot-1|outside").asks("cold", "cfo", scope="destination=hot-1")
    assert register.says() == "shown"

    assert register.asks("cold", "cfo", scope="destination=outside").says() == "excluded"


def test_each_asset_may_have_its_own_approval():
    """A wallet of two assets, one row of approval for each."""
    register = exchange().keys("op", "cfo", kind="role").holds("ann", "op").holds("cy", "cfo")
    register.wallet("both", asset="BTC|ETH").closed("wallet:both")
    register.moved_by("both", "op", path="software").asks("both", "cfo", scope="asset=BTC")
    assert register.says(scope="wallet=both") == "shown"

    assert register.asks("both", "cfo", scope="asset=ETH").says(scope="wallet=both") == "excluded"


@pytest.mark.parametrize("scope", ["destination=any", "destination=*", "asset=*"])
def test_an_approval_for_anything_is_not_passed_over(scope):
    """An export's word for all is no word for nothing."""
    assert swept().asks("cold", "cfo", scope=scope).says() == "not shown"


def test_an_approval_for_one_asset_of_a_wallet_that_says_none_may_be_for_all_it_has():
    """Nobody knows what is in it."""
    register = exchange().keys("op", "cfo", kind="role").holds("ann", "op").holds("cy", "cfo")
    register.wallet("w", asset="").closed("wallet:w").moved_by("w", "op", path="software")

    assert register.asks("w", "cfo", scope="asset=BTC").says(scope="wallet=w") == "not shown"


def unclassed(*, by: str, last: str, classes: str = ""):
    """`by` goes where cold may send; of the wallet w9 no row says the class."""
    register = exchange().keys("k1", "hk").holds("ann", "k1").holds(last, "hk")
    register.keys("zk").holds("cy", "zk").wallet("w9", classes=classes)
    register.wallet("hot-1", classes="hot")
    register.closed("wallet:w9", "wallet:hot-1", "class:hot", "everything")
    register.moved_by("cold", "k1", scope=f"destination={by}").moved_by("hot-1", "zk")
    return register.moved_by("w9", "hk", scope="destination=outside")


def test_a_wallet_without_a_class_may_be_the_hot_one():
    """Its row does not say that it is not."""
    assert unclassed(by="w9", last="cy").says(scope=TO_HOT) == "not shown"
    assert unclassed(by="w9", last="cy", classes="house").says(scope=TO_HOT) == "excluded"


def test_a_chain_may_go_by_a_wallet_without_a_class():
    """Cold sends to hot; w9 may be hot, and is the affiliate's to send on from."""
    assert unclassed(by="hot", last="ann").says(scope=TO_OUTSIDE) == "not shown"
    answer = unclassed(by="hot", last="ann", classes="house").says(scope=TO_OUTSIDE)
    assert answer == "excluded"


@pytest.mark.parametrize(
    ("cells", "scope", "closed"),
    [
        ({"classes": "customer-omnibus"}, "class=customer", "class:customer"),
        ({"classes": "customer_hot"}, "class=customer", "class:customer"),
        ({"classes": "house", "asset": "USDT_ERC20"}, "asset=USDT", "asset:usdt"),
        ({"classes": "house", "asset": "USDC.e"}, "asset=USDC", "asset:usdc"),
    ],
)
def test_a_word_with_more_behind_a_hyphen_may_be_the_word_asked_about(cells, scope, closed):
    """Platforms call one asset by its chain, custodians one class by its use."""
    register = exchange().keys("k1", "k2").holds("ann", "k2").holds("cy", "k1")
    register.wallet("other", **cells).closed("wallet:other", closed).moved_by("cold", "k1")
    register.wallet("usd", asset="USDT").wallet("usdc", asset="USDC")
    register.closed("wallet:usd", "wallet:usdc").moved_by("usd", "k1").moved_by("usdc", "k1")

    assert register.moved_by("other", "k2").says(scope=scope) == "not shown"


def test_an_exclusion_rests_on_the_wallets_on_the_way():
    """Take away one of the rows of the hot wallet, and assets may leave by it."""
    register = exchange().wallet("warm", classes="hot", note="Warm was read off a screen.")
    register.closed("wallet:warm", "class:hot", "everything").keys("ops", kind="role").keys("hk")
    register.holds("ann", "ops").holds("cy", "hk")
    register.moved_by("cold", "ops", path="software", scope="destination=hot")
    register.moved_by("warm", "hk", scope="destination=outside")
    answer = register.ask("tie=veld", TO_OUTSIDE)

    assert str(answer.verdict) == "excluded"
    says = [row.says for row in answer.rests_on.rows]
    for wanted in ("paths of warm", "holders of hk", "wallets of class hot", "warm moves by"):
        assert any(wanted in text for text in says), wanted
    assert any("read off a screen" in text for text in answer.assumed)


def test_another_wallet_at_an_address_on_the_way_is_told():
    """What can move it was not asked, and it is where the hot wallet is."""
    register = exchange().wallet("warm", classes="hot", address="bc1qx")
    register.closed("wallet:warm", "class:hot", "everything").keys("ops", kind="role").keys("hk")
    register.holds("ann", "ops").holds("cy", "hk").wallet("twin", classes="hot", address="BC1QX")
    register.closed("wallet:twin").moved_by("twin", "hk")
    register.moved_by("cold", "ops", path="software", scope="destination=other")
    assert not any("twin" in note for note in register.ask("tie=veld", TO_OUTSIDE).assumed)

    register.moved_by("cold", "ops", path="software", scope="destination=warm")
    answer = register.ask("tie=veld", "wallet=cold|warm")
    assert any("twin is at the address of warm" in note for note in answer.assumed)
    assert not gaps(answer)
