"""Books and custody joined: keys, holders, paths; nothing custody does not know becomes a no."""

from __future__ import annotations

import pytest

from forthwith.books.exercised import exercised
from forthwith.books.locks import Lock
from forthwith.custody.facts.facts import ProofLevel
from forthwith.custody.facts.formula import parse
from forthwith.domain.chain import Signer
from forthwith.domain.instants import instant
from forthwith.workflows.books import custody_join
from forthwith.workflows.books.custody_join import custody_of, movable
from tests.books.builders import BooksBuilder, evm_address, jan
from tests.builders.custody import Custody, span

HOT, OUT = evm_address(7), evm_address(9)
YEARS = span("2025-01-01", "2027-01-01")
KEYS = [evm_address(number) for number in (21, 22, 23)]


@pytest.mark.parametrize(
    ("formula", "sets"),
    [
        ("k1", [{"k1"}]),
        ("2 of (k1, k2, k3)", [{"k1", "k2"}, {"k1", "k3"}, {"k2", "k3"}]),
        ("k1 and (k2 or k3)", [{"k1", "k2"}, {"k1", "k3"}]),
        ("k1 or (k1 and k2)", [{"k1"}]),
    ],
)
def test_a_formula_becomes_its_least_sets(formula: str, sets: list[set[str]]) -> None:
    found = custody_join._sets(parse(formula))
    assert found is not None
    assert sorted(map(sorted, found)) == sorted(map(sorted, sets))


def test_a_formula_of_too_many_ways_allows_nothing_surely() -> None:
    names = ", ".join(f"k{number}" for number in range(30))
    assert custody_join._sets(parse(f"15 of ({names})")) is None
    facts = Custody().wallet("hot", "customer").policy("hot", f"15 of ({names})")
    for number in range(30):
        facts = facts.means(f"k{number}")
    (path,) = custody_of(facts.facts, BooksBuilder().build(), ProofLevel.SWORN).paths
    assert path.needs


@pytest.mark.parametrize(
    ("scope", "lock", "needs"),
    [
        ("older=52560 blocks", Lock(blocks=52_560), ""),
        ("older=30720 s", Lock(seconds=30_720), ""),
        ("older=a year", Lock(), "it also needs older=a year"),
        ("after=height 840000", Lock(height=840_000), ""),
        ("after=2026-01-01T00:00:00Z", Lock(instant=instant("2026-01-01")), ""),
        ("after=2026-01-01", Lock(), "it also needs after=2026-01-01"),
        ("older=1 block; when=CEO agrees", Lock(blocks=1), "it also needs when=CEO agrees"),
    ],
)
def test_what_a_path_waits_for_is_read_or_stays_a_need(scope: str, lock: Lock, needs: str) -> None:
    facts = Custody().means("k1").wallet("hot", "customer").policy("hot", "k1", scope=scope)
    (path,) = custody_of(facts.facts, BooksBuilder().build(), ProofLevel.SWORN).paths
    assert (path.lock, path.needs) == (lock, needs)


def custody() -> Custody:
    """Return a wallet that takes two keys of three, each with one holder at Acme."""
    facts = Custody().entity("co").wallet("hot", "customer")
    for name, person, key in zip(("k1", "k2", "k3"), ("ann", "ben", "cat"), KEYS, strict=True):
        facts = facts.people(person).tie(person, "co", YEARS).means(name, address=key)
        facts = facts.has(person, name, YEARS).complete(name, period=YEARS)
    return facts.policy("hot", "2 of (k1, k2, k3)", period=YEARS)


def paid(*signers: str) -> BooksBuilder:
    books = BooksBuilder()
    books.address("hot", HOT, chain="evm-31337", kind="safe", holder="co")
    books.fund(HOT, "5.0", "evm-31337")
    books.pay(
        jan(5), {HOT: "1.0"}, {OUT: "1.0"}, "evm-31337",
        signers=tuple(Signer("owner", key, HOT) for key in signers),
    )  # fmt: skip
    return books


def test_a_move_that_its_policy_allows_names_its_path_and_its_holders() -> None:
    reckoning = paid(*KEYS[:2]).reckon()
    known = custody_of(custody().facts, reckoning.books, ProofLevel.SWORN)
    (row,) = exercised(reckoning, known).moves
    assert (row.allowed, row.paths) == ("yes", ("hot/signing",))
    assert {holder.person for found in row.holders.values() for holder in found} == {"ann", "ben"}
    assert exercised(reckoning, known).by("co").answer == "shown"
    assert exercised(reckoning, known).never_by("sister").answer == "shown"


def test_a_move_that_no_path_allows_comes_first() -> None:
    reckoning = paid(KEYS[0]).reckon()
    known = custody_of(custody().facts, reckoning.books, ProofLevel.SWORN)
    assert [row.allowed for row in exercised(reckoning, known).moves] == ["no"]


def test_a_holder_is_of_an_entity_only_while_tied_to_it() -> None:
    facts = Custody().people("ann").means("k1").has("ann", "k1", YEARS)
    facts = facts.tie("ann", "co", period=span("2026-01-01", "2026-02-01"))
    (means,) = custody_of(facts.facts, BooksBuilder().build(), ProofLevel.SWORN).means
    at = {when: entities for when in ("2026-01-15", "2026-02-15")
          for entities in [{e for holder in means.holders if holder.span.holds(instant(when))
                            for e in holder.entities}]}  # fmt: skip
    assert at == {"2026-01-15": {"co"}, "2026-02-15": set()}


def test_a_place_custody_does_not_know_is_not_shown_to_be_movable() -> None:
    books = paid(KEYS[0]).build()
    start, end = instant("2026-01-01"), instant("2026-02-01")
    assert "no facts" in movable(None, books, ProofLevel.SWORN, start, end)("hot")
    asked = movable(custody().facts, books, ProofLevel.SWORN, start, end)
    assert "no wallet" in asked("cold")
    assert asked("hot") == ""
