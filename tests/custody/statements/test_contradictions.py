"""Two sentences that cannot both hold stand side by side; two that can are left alone.

The six pairs are those of public filings in one matter, with everybody's name invented.
"""

from __future__ import annotations

import pytest

from forthwith.custody.facts.facts import Facts
from forthwith.custody.statements.contradictions import Tension, tensions
from forthwith.domain.period import Period, day
from tests.builders.custody import Custody, span
from tests.builders.statements import says, two_of_three

#: Claim, days, and what a person would say: the six pairs, (A, B).
PAIRS = (
    # 1. "Sole possession, custody and control" v. "can move deposits when they are stuck".
    (("sole_control(northgate, class=customer)", {"as_of": "2023-06-12"}),
     ("can_move(halden, class=deposit, destination=hot)", {"as_of": "2024-03-05"})),
    # 2. "Never used Brisk" v. "creating wallets with the Brisk software"; by its older name.
    (("never_used(northgate, brisk)", {"as_of": "2023-09-01"}),
     ("used(northgate, halden-custody)", {"as_of": "2023-09-12"})),
    # 3. "Licensed from Halden, no affiliation with Brisk" v. "Brisk is a rebranded Halden entity".
    (("not_affiliated(northgate, brisk)", {"as_of": "2023-10-11"}),
     ("affiliated(brisk, halden)", {"as_of": "2023-10-12"})),
    # 4. "No root access to the servers" v. "Halden's employees can access the servers".
    (("no_access(halden, means=aws-root)", {"as_of": "2023-06-17"}),
     ("can_move(halden, means=servers)", {"as_of": "2024-03-05"})),
    # 5. "Backed one to one" v. "very difficult to show full collateral at a point in time".
    (("fully_backed(BTC)", {"as_of": "2023-03-01"}),
     ("cannot_verify(BTC)", {"as_of": "2023-05-22"})),
    # 6. "Fully complied" v. "changed aspects of its operations without providing updates".
    (('complied(northgate, "tell of changes")', {"as_of": "2023-12-15"}),
     ('changed("operations of northgate")', {"start": "2024-01-01", "end": "2024-03-01"})),
)  # fmt: skip

#: Sentences that are in tension with none of the others and none of the above.
DECOYS = (
    # Another entity.
    ("can_move(northgate, class=customer)", {"as_of": "2024-03-05"}),
    ("no_access(kestrel, class=customer)", {"as_of": "2023-06-12"}),
    ("no_access(kestrel, means=aws-root)", {"as_of": "2023-06-12"}),
    ("never_used(kestrel, brisk)", {"as_of": "2023-06-12"}),
    ("never_used(northgate, tern)", {"as_of": "2023-06-12"}),
    ("used(kestrel, tern)", {"as_of": "2023-06-12"}),
    ("not_affiliated(kestrel, tern)", {"as_of": "2023-06-12"}),
    ('complied(kestrel, "tell of changes")', {"as_of": "2023-06-12"}),
    ('failed(kestrel, "keep a register")', {"as_of": "2023-06-12"}),
    ('failed(northgate, "keep a register")', {"as_of": "2023-06-12"}),
    # Another class, asset, destination, path or wallet.
    ("can_move(halden, class=house)", {"as_of": "2024-03-05"}),
    ("sole_control(tern, wallet=warm)", {"as_of": "2023-06-12"}),
    ("can_move(tern, wallet=treasury)", {"as_of": "2023-06-12"}),
    ("no_access(halden, class=customer, destination=cold)", {"as_of": "2023-06-12"}),
    ("no_access(halden, wallet=warm, path=signing)", {"as_of": "2023-06-12"}),
    ("no_access(tern, asset=DOGE)", {"as_of": "2023-06-12"}),
    ("can_move(tern, class=house, asset=BTC)", {"as_of": "2023-06-12"}),
    ("fully_backed(ETH)", {"as_of": "2023-06-12"}),
    ("cannot_verify(DOGE)", {"as_of": "2023-06-12"}),
    # Another means, linked with none.
    ("can_move(halden, means=safe-door)", {"as_of": "2023-06-12"}),
    ("holders(k1) = {ortega}", {"as_of": "2023-06-12"}),
    ("holders(k2) = {lindqvist}", {"as_of": "2023-06-12"}),
    # Periods apart.
    ("no_access(tern, class=customer)", {"start": "2022-01-01", "end": "2022-06-01"}),
    ("can_move(tern, class=house)", {"start": "2022-06-01", "end": "2022-09-01"}),
    ("unchanged(cold)", {"start": "2022-01-01", "end": "2022-06-01"}),
    ("changed(cold)", {"start": "2022-06-01", "end": "2022-09-01"}),
    ("changed(warm)", {"start": "2022-01-01", "end": "2022-06-01"}),
    # The same side twice.
    ("sole_control(northgate, class=customer)", {"as_of": "2023-07-12"}),
    ("never_used(northgate, tern)", {"as_of": "2023-09-02"}),
    ("not_affiliated(kestrel, tern)", {"as_of": "2023-10-13"}),
    ("fully_backed(ETH)", {"as_of": "2023-03-02"}),
    ("holders(k1) = {ortega}", {"as_of": "2023-08-12"}),
    ('complied(northgate, "keep a list")', {"start": "2021-01-01", "end": "2021-06-01"}),
    ("retained(northgate, class=customer)", {"as_of": "2023-06-12"}),
    ("no_access(halden, wallet=cold, destination=cold)", {"as_of": "2023-06-12"}),
    # Nothing typed, or nothing that reads.
    ("", {"as_of": "2023-06-12"}),
    ("no_acess(halden)", {"as_of": "2023-06-12"}),
    ("unchanged(operations)", {"start": "2021-01-01", "end": "2021-06-01"}),
)  # fmt: skip


def the_facts() -> Custody:
    """Return wallets, entities and means as the sentences speak of them."""
    return (
        two_of_three()
        .entity("kestrel").entity("tern").entity("halden-custody")
        .entity("brisk", alias_of="halden-custody", period=span("2023-02-01"))
        .tie("adeyemi", "northgate", kind="payer")
        .wallet("deposits", "customer deposit").wallet("treasury", "house").wallet("warm", "hot")
        .means("aws-root", kind="credential").means("servers", kind="host").means("safe-door")
        .grant("aws-root", "servers")
    )  # fmt: skip


def pairs(in_tension: tuple[Tension, ...]) -> set[frozenset[str]]:
    return {frozenset({tension.first.id, tension.second.id}) for tension in in_tension}


def said(*sentences: tuple[str, dict[str, str]], facts: Facts | None = None) -> Facts:
    facts = facts or the_facts().facts
    for claim, days in sentences:
        facts = says(facts, claim, **days)
    return facts


def test_all_six_pairs_surface_among_fifty_sentences_and_nothing_else() -> None:
    sentences = [sentence for pair in PAIRS for sentence in pair] + list(DECOYS)
    facts = said(*sentences)

    in_tension = tensions(facts)

    assert len(facts.statements) == 50
    assert pairs(in_tension) == {
        frozenset({f"S{2 * i + 1}", f"S{2 * i + 2}"}) for i in range(6)
    } | {
        # A later sentence that says the same as S1 is in the same tension with S2.
        frozenset({"S2", "S40"}),
    }


@pytest.mark.parametrize("pair", PAIRS)
def test_each_pair_surfaces_whichever_comes_first(pair) -> None:
    for sentences in (pair, pair[::-1]):
        (tension,) = tensions(
            said(*sentences, ("used(northgate, halden)", {"as_of": "2023-10-11"}))
        )
        assert {tension.first.id, tension.second.id} == {"S1", "S2"}
        assert "S1" in tension.why
        assert "S2" in tension.why
        assert tension.unless


def test_a_tension_says_how_both_might_hold() -> None:
    (sole,) = tensions(said(*PAIRS[0]))
    assert "In both: deposits" in sole.why
    words = " ".join(sole.unless)
    assert "destination=hot" in words
    assert "S1 has gone stale" in words

    (used,) = tensions(said(*PAIRS[1]))
    assert any(way.startswith("Alias: brisk is the same as halden-custody") for way in used.unless)
    assert used.opposite


def test_deposits_are_customer_assets_only_where_a_wallet_says_so() -> None:
    apart = two_of_three().wallet("deposits", "deposit")

    assert not tensions(said(*PAIRS[0], facts=apart.facts))
    assert tensions(said(*PAIRS[0]))


def test_without_wallets_nobody_can_say_that_scopes_do_not_meet() -> None:
    sentences = (
        ("no_access(halden, class=customer)", {}),
        ("can_move(halden, asset=BTC)", {}),
    )
    assert tensions(said(*sentences, facts=Facts()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no_access(halden)", "can_move(halden)"),
        ("no_access(halden)", "retained(halden)"),
        ("no_access(halden)", "sole_control(halden)"),
        ("sole_control(halden)", "sole_control(northgate)"),
        ("sole_control(northgate)", "retained(halden)"),
        ("holders(k1) = {ortega}", "holders(k1) = {ortega, lindqvist}"),
        ("no_access(halden, means=k3)", "holders(k3) = {adeyemi}"),
        ("no_access(halden, means=k3)", "can_move(halden, means=k3)"),
        ("affiliated(a, b)", "not_affiliated(b, a)"),
        ('complied(northgate, "The  Order")', 'failed(northgate, "the order")'),
        ("complied(northgate, duty)", "changed(northgate)"),
        ("complied(northgate, duty)", "changed(k1)"),
        ("complied(northgate, duty)", "changed(cold)"),
        ("unchanged(Cold)", "changed(cold)"),
        ("fully_backed(all)", "cannot_verify(BTC)"),
        ("never_exercised(halden, wallet=cold)", "exercised(halden)"),
    ],
)
def test_opposites_surface(one: str, other: str) -> None:
    assert len(tensions(said((one, {}), (other, {})))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no_access(halden)", "can_move(kestrel)"),
        ("holders(k1) = {ortega}", "holders(k1) = {ortega}"),
        ("holders(k1) = {ortega}", "holders(k2) = {lindqvist}"),
        ("no_access(halden, means=k1)", "holders(k1) = {ortega}"),
        ("not_affiliated(northgate, kestrel)", "affiliated(kestrel, tern)"),
        ("complied(kestrel, duty)", "changed(k1)"),
        ("no_access(halden, means=safe-door)", "can_move(halden, path=host)"),
        ("can_move(halden)", "can_move(northgate)"),
        ("never_exercised(halden, wallet=cold)", "exercised(halden, wallet=deposits)"),
    ],
)
def test_sentences_that_can_both_hold_do_not(one: str, other: str) -> None:
    assert not tensions(said((one, {}), (other, {})))


def test_no_root_access_is_not_no_access_by_the_host() -> None:
    denied = ("no_access(halden, means=aws-root)", {})

    assert tensions(said(denied, ("can_move(halden, path=host)", {})))
    assert not tensions(said(denied, ("can_move(halden, path=signing)", {})))
    assert not tensions(said(denied, ("can_move(halden, class=deposit)", {})))


def test_another_privileged_way_in_is_one_that_is_linked() -> None:
    linked = the_facts().means("admin", kind="role").grant("admin", "aws-root").facts
    denied = ("no_access(halden, means=aws-root)", {})

    assert tensions(said(denied, ("can_move(halden, means=admin)", {}), facts=linked))
    assert not tensions(said(denied, ("can_move(halden, means=safe-door)", {}), facts=linked))


def test_a_sentence_of_a_day_stands_until_corrected_and_one_of_a_period_does_not() -> None:
    later = ("can_move(halden)", {"start": "2023-09-01", "end": "2023-10-01"})

    assert tensions(said(("no_access(halden)", {"as_of": "2023-06-12"}), later))
    assert not tensions(
        said(("no_access(halden)", {"start": "2023-06-01", "end": "2023-07-01"}), later)
    )
    assert not tensions(said(("no_access(halden)", {"as_of": "2023-11-01"}), later))


def test_another_name_lets_a_pair_pass_only_while_it_is_one() -> None:
    """Northgate alone can; Ridge can. Ridge is Northgate's name, or was, or is said to be."""
    sentences = (
        ("sole_control(northgate)", {"as_of": "2023-06-12"}),
        ("can_move(ridge)", {"as_of": "2023-06-20"}),
    )

    def found(**alias: object) -> tuple[Tension, ...]:
        custody = the_facts().entity("ridge", alias_of="northgate", **alias)
        return tensions(said(*sentences, facts=custody.facts))

    assert not found()
    assert not found(period=span("2023-01-01", "2024-01-01"))
    assert found(period=span("2022-01-01", "2023-01-01"))
    assert found(disputed=True)


def test_no_way_out_is_invented() -> None:
    """One entity, one scope, one day: nothing is offered by which both might hold."""
    (tension,) = tensions(
        said(
            ("no_access(halden)", {"as_of": "2023-06-12"}),
            ("can_move(halden)", {"as_of": "2023-06-12"}),
        )
    )

    assert tension.unless == ()
    assert tension.first.as_of == Period(day("2023-06-12"), day("2023-06-13"))
