"""Exercised: who could have signed a move, and whether a policy allows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forthwith.books.books import Parameters, Span
from forthwith.books.exercised import (
    NO_PATH,
    Custody,
    Exercise,
    Exercised,
    Holder,
    Means,
    Path,
    exercised,
    key_of,
)
from forthwith.books.locks import Lock
from forthwith.books.reckoning import reckon
from forthwith.domain.chain import Signer
from forthwith.domain.instants import instant
from forthwith.standards.catalogue import CATALOGUE
from tests.books.builders import EVM, BooksBuilder, evm_address, jan

HOT, OTHER, CUSTOMER = ("bcrt1q" + sign * 38 for sign in "hok")
X = {name: f"{number:064x}" for number, name in enumerate("abc", 17)}
KEYS = {name: "02" + x for name, x in X.items()}
ALWAYS = Span()
FOREVER = (ALWAYS,)


def means(name: str, *people: tuple[str, str], whole: bool = True, span: Span = ALWAYS) -> Means:
    """Return a means; each of `people` is a person and the entity they belong to."""
    holders = tuple(Holder(person, frozenset({of}), span) for person, of in people)
    return Means(name, frozenset({KEYS[name]}), holders, FOREVER if whole else ())


OURS = (means("a", ("Ann", "co")), means("b", ("Ben", "co")), means("c", ("Cleo", "aff")))
TWO_OF_THREE = tuple(frozenset(pair) for pair in ("ab", "ac", "bc"))
SIGNING = Path("hot/signing", "hot", TWO_OF_THREE)


def moved(
    *signed: str, custody: Custody | None = None, amount: str = "1.0", kind: str = "public key",
    of: str = HOT, to: str = CUSTOMER, day: int = 5,
) -> Exercised:  # fmt: skip
    """Let the hot wallet pay, signed with keys by name, or by any other text."""
    books = BooksBuilder().address("hot", HOT, holder="co").address("cold", OTHER, holder="co")
    books.fund(HOT, "5.0").opening("hot", "BTC", "customer", "5.0").account("A")
    signers = tuple(Signer(kind, KEYS.get(name, name), of) for name in signed)
    books.pay(jan(day), {HOT: amount}, {to: amount}, signers=signers)
    custody = custody or Custody(OURS, (SIGNING,))
    return exercised(reckon(books.build(), Parameters()), custody, instant(jan(1)))


def only(found: Exercised) -> Exercise:
    (row,) = found.moves
    return row


def test_a_quorum_of_a_path_is_allowed() -> None:
    row = only(moved("a", "b"))

    assert (row.means, row.paths, row.allowed, row.says) == (
        ("a", "b"), ("hot/signing",), "yes", ""
    )  # fmt: skip
    assert row.as_json()["holders"] == ["Ann", "Ben"]
    assert row.as_json()["allowed"] is True


def test_a_move_that_no_path_allows_comes_first_and_is_loud() -> None:
    row = only(moved("a"))

    assert (row.allowed, row.paths) == ("no", ())
    assert row.says == "a do not meet the formula of hot/signing"
    assert row.as_json()["code"] == NO_PATH
    assert CATALOGUE[NO_PATH].severity == "fatal"
    assert moved("a").not_allowed == (row,)


def test_a_key_that_is_no_means_of_the_facts_is_named() -> None:
    row = only(moved("a", "02" + "ee" * 32))

    assert row.allowed == "no"
    assert row.says == f"{'02' + 'ee' * 32} signed, and is no means of the facts"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (Path("p", "hot", TWO_OF_THREE, destinations=frozenset({"cold"})), "no"),
        (Path("p", "hot", TWO_OF_THREE, destinations=frozenset({CUSTOMER})), "yes"),
        (Path("p", "hot", TWO_OF_THREE, up_to={"BTC": 10**8}), "yes"),
        (Path("p", "hot", TWO_OF_THREE, up_to={"BTC": 10**8 - 1}), "no"),
        (Path("p", "hot", TWO_OF_THREE, up_to={"ETH": 0}), "yes"),
        (Path("p", "hot", TWO_OF_THREE, needs="a ticket"), "not shown"),
        (Path("p", "hot", TWO_OF_THREE, span=Span(None, instant(jan(5)))), "not shown"),
        (Path("p", "hot", TWO_OF_THREE, span=Span(instant(jan(5)))), "yes"),
        (Path("p", "cold", TWO_OF_THREE), "not shown"),
        (Path("p", "hot", ()), "no"),
    ],
)
def test_what_a_path_allows(path: Path, allowed: str) -> None:
    """The first two limit where to, then how much; then what no chain shows, then days."""
    assert only(moved("a", "b", custody=Custody(OURS, (path,)))).allowed == allowed


def test_destinations_may_be_places_and_classes() -> None:
    for name in ("cold", "class:customer", OTHER):
        path = Path("p", "hot", TWO_OF_THREE, destinations=frozenset({name}))
        assert only(moved("a", "b", custody=Custody(OURS, (path,)), to=OTHER)).allowed == "yes"


def test_signatures_of_others_inputs_do_not_count() -> None:
    row = only(moved("a", "b", of=OTHER))

    assert (row.means, row.allowed) == ((), "not shown")
    assert "no signature for hot" in row.says


def test_a_module_moves_past_the_owners() -> None:
    row = only(moved("a", "b", kind="module"))

    assert row.allowed == "no"
    assert "without its owners" in row.says


def test_a_contracts_signature_that_nobody_verified_decides_nothing() -> None:
    row = only(moved("0x" + "12" * 20, kind="contract owner"))

    assert row.allowed == "not shown"


def test_a_safe_is_moved_by_its_owners_and_not_by_who_sent_it() -> None:
    safe, sender = evm_address(11), evm_address(12)
    owners = [evm_address(number) for number in (21, 22)]
    books = BooksBuilder().address("cold", safe, chain=EVM, kind="safe", holder="co").account("A")
    books.fund(safe, "5.0", EVM).opening("cold", "ETH", "customer", "5.0")
    signers = (
        Signer("sender", sender, sender),
        *(Signer("owner", owner, safe) for owner in owners),
    )
    books.pay(jan(5), {safe: "1.0"}, {evm_address(30): "1.0"}, EVM, signers=signers)
    known = tuple(Means(f"k{n}", frozenset({owner})) for n, owner in enumerate(owners))
    path = Path("cold/signing", "cold", (frozenset({"k0", "k1"}),))
    row = only(
        exercised(reckon(books.build(), Parameters()), Custody(known, (path,)), instant(jan(1)))
    )

    assert (row.means, row.allowed, row.unknown) == (("k0", "k1"), "yes", ())


@pytest.mark.parametrize(
    ("since", "allowed", "says"),
    [
        (2, "yes", ""),
        (3, "no", "the oldest coin it spends is 1 block old, not 2"),
        (None, "not shown", "the files do not say how old input 0 of TX is"),
    ],
)
def test_the_age_of_what_is_spent_decides_a_relative_lock(
    since: int | None, allowed: str, says: str
) -> None:
    """One key alone, by a way that opens for coins two blocks old; the spend is in block 4."""
    books = BooksBuilder().address("hot", HOT, holder="co").address("cold", OTHER, holder="co")
    books.fund(HOT, "5.0").opening("hot", "BTC", "customer", "5.0").account("A")
    books.fund(OTHER, "1.0").pay(jan(2), {}, {OTHER: "1.0"})
    signers = (Signer("public key", KEYS["c"], HOT),)
    name = books.pay(jan(5), {HOT: "1.0"}, {CUSTOMER: "1.0"}, signers=signers)
    built = books.build()
    (read,) = built.chains
    rows = tuple(
        replace(row, legs=tuple(
            replace(leg, since=since if leg.amount < 0 else None) for leg in row.legs
        ))
        for row in read.transactions
    )  # fmt: skip
    built = replace(built, chains=(replace(read, transactions=rows),))
    paths = (SIGNING, Path("hot/recovery", "hot", (frozenset("c"),), lock=Lock(blocks=2)))
    row = only(exercised(reckon(built, Parameters()), Custody(OURS, paths), instant(jan(4))))

    assert rows[-1].height == 4
    assert (row.allowed, row.says.replace(name, "TX").endswith(says)) == (allowed, True)
    assert ("hot/recovery" in row.says) == (allowed != "yes")
    assert row.paths == (() if allowed == "no" else ("hot/recovery",))


def test_several_wallets_in_one_transaction_each_need_their_own() -> None:
    books = BooksBuilder().address("hot", HOT, holder="co").address("cold", OTHER, holder="co")
    books.fund(HOT, "5.0").fund(OTHER, "5.0").account("A")
    signers = (Signer("public key", KEYS["a"], HOT), Signer("public key", KEYS["b"], OTHER))
    books.pay(jan(5), {HOT: "1.0", OTHER: "1.0"}, {CUSTOMER: "2.0"}, signers=signers)
    to = frozenset({CUSTOMER})
    paths = (
        Path("hot/signing", "hot", (frozenset("a"),), destinations=to),
        Path("cold/signing", "cold", (frozenset("a"),), destinations=to),
    )
    found = exercised(reckon(books.build(), Parameters()), Custody(OURS, paths), instant(jan(1)))

    assert [(row.move.source, row.allowed) for row in found.moves] == [
        ("cold", "no"), ("hot", "yes")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("02" + X["a"], X["a"]),
        ("03" + X["a"].upper(), X["a"]),
        ("0x04" + X["a"] + "ff" * 32, X["a"]),
        (X["a"], X["a"]),
        (" 0xAbCd" + "00" * 18, "0xabcd" + "00" * 18),
        ("", ""),
        ("zz", "zz"),
    ],
)
def test_one_key_in_several_forms_is_one(written: str, key: str) -> None:
    assert key_of(written) == key


def test_exercised_is_shown_where_only_its_people_had_what_signed() -> None:
    found = moved("a", "b")

    assert found.by("co").answer == "shown"
    assert found.by("aff").answer == "excluded"
    assert found.never_by("co").answer == "excluded"
    assert found.never_by("aff").answer == "shown"


def test_exercised_is_not_shown_where_others_had_copies() -> None:
    copied = (means("a", ("Ann", "co"), ("Cleo", "aff")), OURS[1])
    found = moved("a", "b", custody=Custody(copied, (SIGNING,)))

    assert found.by("co").answer == "not shown"
    assert found.by("co").because == ("Cleo had a too at 2026-01-05T12:00:00Z",)
    assert found.never_by("aff").answer == "not shown"
    assert found.by("aff").answer == "excluded"


def test_exercised_is_not_shown_where_the_holders_may_not_be_all() -> None:
    doubtful = (means("a", ("Ann", "co"), whole=False), OURS[1])
    found = moved("a", "b", custody=Custody(doubtful, (SIGNING,)))

    assert found.by("co").answer == "not shown"
    assert "no completeness says that the holders of a are all known" in found.by("co").because
    assert found.never_by("aff").answer == "not shown"


def test_an_unknown_key_keeps_everything_open() -> None:
    found = moved("a", "02" + "ee" * 32)

    assert found.by("co").answer == "not shown"
    assert found.never_by("aff").answer == "not shown"


def test_who_had_a_key_is_asked_of_the_instant() -> None:
    until = means("a", ("Ann", "co"), span=Span(None, instant(jan(5))))
    found = moved("a", "b", custody=Custody((until, OURS[1]), (SIGNING,)))

    assert only(found).holders["a"] == ()
    assert found.by("co").answer == "not shown"
    assert "by the facts nobody had a" in found.by("co").because[0]
    assert found.never_by("aff").answer == "not shown"


def test_nothing_in_scope_shows_nothing() -> None:
    found = moved("a", "b")

    assert found.by("co", lambda move: move.asset == "ETH").answer == "not shown"
    assert found.never_by("aff", lambda move: move.asset == "ETH").answer == "not shown"


def test_a_person_of_two_entities_is_of_both() -> None:
    both = Holder("Ann", frozenset({"co", "aff"}))
    known = (Means("a", frozenset({KEYS["a"]}), (both,), FOREVER), OURS[1])
    found = moved("a", "b", custody=Custody(known, (SIGNING,)))

    assert found.by("co").answer == "shown"
    assert found.never_by("aff").answer == "not shown"
