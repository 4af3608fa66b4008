"""Laws of the books (numbers as in docs), each over generated exchanges."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.books.commingling import commingling
from forthwith.books.coverage import coverage
from forthwith.books.position import position
from forthwith.books.reckoning import Reckoning, reckon
from forthwith.books.tables import books_of
from forthwith.books.timeline import timeline
from forthwith.domain.book_tables import GROUPS
from forthwith.domain.instants import DAY
from tests.books.builders import BooksBuilder, jan
from tests.books.invented import ADDRESS, END, SOUND, START, Act, acts, played

some = settings(max_examples=60, deadline=None)
ASSETS = ("USD", "BTC")


def reckoned(books: BooksBuilder, **parameters: Any) -> Reckoning:
    return books.reckon(**parameters)


def figures(reckoning: Reckoning, assets: Sequence[str] = ASSETS) -> dict[str, Any]:
    """Every figure of the month that a reader sees, without its rows."""
    line = timeline(reckoning)
    cover = coverage(reckoning, START, END, assets, line).as_json()
    mixing = commingling(reckoning, START, END, assets).as_json()
    for interval in mixing["intervals"]:
        del interval["rows"]
    days = [
        position(reckoning, START + day * DAY - 1, assets=assets, line=line).as_json()["assets"]
        for day in range(1, 32)
    ]
    return {
        "shortfalls": cover["shortfalls"], "least": cover["least"], "dressing": cover["dressing"],
        "intervals": mixing["intervals"], "beside": mixing["beside"], "days": days,
    }  # fmt: skip


@given(acts(), st.sampled_from(["receipt", "ledger"]))
@some
def test_law_5_every_instant_is_covered_or_in_a_printed_shortfall(
    given_acts: list[Act], basis: str
) -> None:
    """Held and owed are summed anew from what truly happened, at every event and just before it."""
    made = played(given_acts)
    reckoning = reckoned(made.books, basis=basis)
    line = timeline(reckoning)
    shortfalls = coverage(reckoning, START, END, line=line).shortfalls
    for asset in ASSETS:
        of = [interval for interval in shortfalls if interval.asset.id == asset]
        for when in made.instants():
            difference = made.brute(asset, when, basis)
            assert line.lines[asset].difference_at(when) == difference
            within = [interval for interval in of if interval.start <= when < interval.end]
            assert len(within) == (1 if difference < 0 else 0)
            assert all(interval.most >= -difference for interval in within)
        assert all(made.brute(asset, interval.most_at, basis) == -interval.most for interval in of)
        assert all(one.end < two.start for one, two in pairwise(of))


@given(acts(), st.sampled_from(["first", "last", "share"]), st.sampled_from(["wallet", "address"]))
@some
def test_law_1_and_3_moves_come_to_what_witnesses_show(
    given_acts: list[Act], fee: str, mixing: str
) -> None:
    """What opens a day is what closed the one before; legs and entries agree with moves."""
    made = played(given_acts)
    reckoning = reckoned(made.books, fee=fee, mixing=mixing)
    by_moves: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    shown: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for stake in reckoning.changes:
        by_moves[stake.place.partition("/")[0], stake.asset][stake.at] += stake.delta
    for change in reckoning.held_changes:
        shown[change.place, change.asset][change.at] += change.delta
    for key in {*by_moves, *shown}:
        moved = {at: delta for at, delta in by_moves[key].items() if delta}
        assert moved == {at: delta for at, delta in shown[key].items() if delta}
    # Nothing was needed to make them agree: every opening is given.
    assert not any(stake.cause.startswith("witness:") for stake in reckoning.changes)
    line = timeline(reckoning)
    for (place, asset), changes in shown.items():
        steps = [of for (name, _), of in line.lines[asset].places.items() if name == place]
        for day in range(1, 31):
            end, after = START + day * DAY - 1, START + (day + 1) * DAY - 1
            moved_that_day = sum(delta for at, delta in changes.items() if end < at <= after)
            assert sum(of.at(end) for of in steps) + moved_that_day == sum(
                of.at(after) for of in steps
            )


@given(acts(SOUND))
@some
def test_law_4_accounts_come_to_customers_stakes(given_acts: list[Act]) -> None:
    """Where every act is credited, what accounts say is what lies for customers, all places told.

    The wire between own accounts may still be under way at the end of the month.
    """
    made = played([act for act in given_acts if act.kind != "trade" or act.account != "P"])
    reckoning = reckoned(made.books)
    stakes: dict[str, int] = defaultdict(int)
    accounts: dict[str, int] = defaultdict(int)
    for stake in reckoning.changes:
        if stake.group == "customer":
            stakes[stake.asset] += stake.delta
    for row in made.owed:
        accounts[row[3]] += row[4]
    for asset in ASSETS:
        assert stakes[asset] == accounts[asset]


@given(acts(), st.sampled_from(["wallet", "address"]))
@some
def test_law_6_every_move_of_a_place_has_a_group_and_unknown_is_counted(
    given_acts: list[Act], mixing: str
) -> None:
    reckoning = reckoned(played(given_acts).books, mixing=mixing)
    causes = {stake.cause for stake in reckoning.changes}
    for move in reckoning.moves:
        if move.id in causes:
            assert set(reckoning.attributions[move.id].rule) <= set("abcdefg")
    assert {stake.group for stake in reckoning.changes} <= set(GROUPS)


@given(acts(), st.integers(0, 2**32))
@some
def test_law_8_any_order_of_rows_and_files_gives_the_same(given_acts: list[Act], seed: int) -> None:
    books = played(given_acts).books
    rng = random.Random(seed)
    rows, statements, chains = list(books.rows), list(books.statements()), list(books.chains())
    for given_list in (rows, statements, chains):
        rng.shuffle(given_list)  # type: ignore[arg-type]
    one, two = figures(books.reckon()), figures(reckon(books_of(rows, statements, chains)))

    # Assets are told in the order of their table.
    assert {key: sorted(map(str, found)) for key, found in one.items()} == {
        key: sorted(map(str, found)) for key, found in two.items()
    }


@given(acts())
@some
def test_law_13_an_unrelated_place_or_asset_changes_nothing(given_acts: list[Act]) -> None:
    books = played(given_acts).books
    before = figures(books.reckon())
    books.asset("EUR", 2).bank("iban", "DE1", opening="7.00", currency="EUR").owed(
        "A", "EUR", "9.00"
    )
    books.address("idle", "bcrt1q" + "9" * 38)

    assert figures(books.reckon()) == before


@given(acts(), st.integers(1, 400), st.integers(2, 27))
@some
def test_law_14_value_between_customers_changes_no_total_above_zero(
    given_acts: list[Act], amount: int, day: int
) -> None:
    """Two customers are given enough, so that no balance crosses zero."""
    books = played(given_acts).books
    books.account("C", "D").owed("C", "USD", "1000.00").owed("D", "USD", "1000.00")
    before = figures(books.reckon())
    books.owed("C", "USD", f"-{amount}.00", jan(day), "transfer")
    books.owed("D", "USD", f"{amount}.00", jan(day), "transfer")

    assert figures(books.reckon()) == before


@given(acts(), st.sampled_from(["X", "Y"]), st.sampled_from(["receipt", "ledger"]))
@some
def test_law_15_one_more_place_never_raises_a_shortfall(
    given_acts: list[Act], letter: str, basis: str
) -> None:
    made = played(given_acts)
    before = timeline(reckoned(made.books, basis=basis)).lines["BTC"]
    made.books.address("more", ADDRESS[letter])
    after = timeline(reckoned(made.books, basis=basis)).lines["BTC"]
    for when in made.instants():
        assert max(0, -after.difference_at(when)) <= max(0, -before.difference_at(when))


@given(acts())
@some
def test_law_16_known_then_is_known_now_where_nothing_was_booked_since(
    given_acts: list[Act],
) -> None:
    books = played(given_acts).books
    latest = max(row.booked for row in (*books.build().ledger, *books.build().place_ledger))

    assert figures(books.reckon(as_known=latest)) == figures(books.reckon())


@given(acts())
@some
def test_law_17_renaming_commutes(given_acts: list[Act]) -> None:
    def name(text: str) -> str:
        return f"<{text}>"

    def renamed(found: Any) -> Any:
        if isinstance(found, dict):
            return {
                (name(key) if key in NAMES else key): renamed(value) for key, value in found.items()
            }
        if isinstance(found, list):
            return [renamed(value) for value in found]
        return name(found) if found in NAMES else found

    one = figures(played(given_acts).books.reckon())
    two = figures(played(given_acts, name).books.reckon())
    assert renamed(one) == two


NAMES = {"fbo", "op", "hot", "cold", "dep", "vault", "A", "B", "P", "O"}


@given(acts(), st.integers(0, 300))
@some
def test_law_19_amounts_and_floors_times_ten_give_figures_times_ten(
    given_acts: list[Act], floor: int
) -> None:
    """The network fee of a hundredth is not multiplied, so bank figures alone are asked."""
    one = figures(played(given_acts).books.reckon(floors={"USD": floor}), ["USD"])
    two = figures(played(given_acts, factor=10).books.reckon(floors={"USD": floor * 10}), ["USD"])

    def times(found: Any) -> Any:
        if isinstance(found, dict):
            return {key: times(value) for key, value in found.items() if key != "parameters"}
        if isinstance(found, list):
            return [times(value) for value in found]
        if isinstance(found, str) and found[-3:-2] == "." and found[-2:].isdigit():
            return f"{int(found.replace('.', '')) * 10:04}"
        return found

    def plain(found: Any) -> Any:
        if isinstance(found, dict):
            return {key: plain(value) for key, value in found.items()}
        if isinstance(found, list):
            return [plain(value) for value in found]
        if isinstance(found, str) and found[-3:-2] == "." and found[-2:].isdigit():
            return f"{int(found.replace('.', '')):04}"
        return found

    assert times(one) == plain(two)


@given(acts(), st.integers(1, 300), st.integers(1, 300), st.integers(2, 27))
@some
def test_law_20_two_moves_of_one_instant_in_different_places_may_swap(
    given_acts: list[Act], one: int, two: int, day: int
) -> None:
    orders = []
    for turned in (False, True):
        books = played(given_acts).books
        pays = [("H", "X", one), ("C", "Y", two)]
        for source, target, amount in reversed(pays) if turned else pays:
            books.pay(
                jan(day, "22:00:00"), {ADDRESS[source]: f"{amount}.0"},
                {ADDRESS[target]: f"{amount}.0"}, id=f"{ord(source):064x}",
            )  # fmt: skip
        orders.append(figures(books.reckon()))
    assert orders[0] == orders[1]


def test_the_generator_is_not_of_calm_books_only() -> None:
    """Among generated months some lack, some mix, and some rows match nothing."""
    seen: dict[str, int] = defaultdict(int)
    rng = random.Random(3)
    for _ in range(60):
        given_acts = [
            Act(
                rng.choice((*SOUND, "unregistered", "uncredited", "adjustment")),
                rng.randint(2, 27), rng.randint(0, 1_300), rng.randint(1, 400), rng.choice("ABP"),
                rng.randint(-120, 120),
            )
            for _ in range(12)
        ]  # fmt: skip
        reckoning = played(list({(a.day, a.minute): a for a in given_acts}.values())).books.reckon()
        seen["short"] += bool(coverage(reckoning, START, END).shortfalls)
        seen["mixed"] += bool(commingling(reckoning, START, END).intervals)
        seen["open"] += any(not match.joined for match in reckoning.matches)
    assert all(seen[kind] >= 10 for kind in ("short", "mixed", "open")), dict(seen)
