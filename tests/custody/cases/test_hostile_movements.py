"""Chains of movement by a hostile reader: words of a way that mean wallets nobody listed."""

from __future__ import annotations

from tests.custody.cases.exchange import exchange, gaps

OUT = "wallet=cold, destination=outside"


def test_a_way_to_a_listed_wallet_or_a_class_asks_for_the_class_alone() -> None:
    """The way names warm, which is listed, and "hot", a class of which another may be anybody's."""
    register = exchange().wallet("warm", classes="hot").closed("wallet:warm").keys("ck", "hk")
    register.holds("ann", "ck").holds("cy", "hk")
    register.moved_by("cold", "ck", scope="destination=warm|hot")
    register.moved_by("warm", "hk", scope="destination=outside")

    answer = register.ask("tie=veld", OUT)
    assert "class:hot" in gaps(answer)
    assert "class:warm" not in gaps(answer)
    assert register.closed("class:hot").says(scope=OUT) == "excluded"


def test_three_movements_one_after_the_other_lead_outside() -> None:
    """Ann fills warm from cold and hot from warm, and signs for hot."""
    register = exchange().wallet("warm", classes="w").wallet("hot", classes="h")
    register.closed("wallet:warm", "wallet:hot", "everything").keys("a", "b", "c", "d")
    register.holds("ann", "a", "b", "c").holds("cy", "d")
    register.moved_by("cold", "a", scope="destination=warm")
    register.moved_by("warm", "b", scope="destination=hot")
    register.moved_by("hot", "c", scope="destination=outside")

    answer = register.ask("tie=veld", OUT)
    assert str(answer.verdict) == "shown"
    assert {"a", "b", "c"} <= {fact.means for fact in answer.witness}
    assert register.says("people=bo", OUT) == "excluded"
