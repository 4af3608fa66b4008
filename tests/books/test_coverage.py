"""Coverage at every instant, against a count that walks every second that matters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.books.coverage import coverage, months
from forthwith.books.position import position
from forthwith.books.reckoning import Reckoning
from forthwith.domain.instants import DAY, day_end, day_of, instant, instant_text
from tests.books.builders import BooksBuilder, jan

START, END = instant("2026-01-01"), instant("2026-02-01")
HOT, DEP, OTHER, THEIRS = (f"bcrt1q{name:0<38}" for name in ("h", "d", "o", "t"))


def told(reckoning: Reckoning, start: int = START, end: int = END) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = coverage(reckoning, start, end).as_json()["shortfalls"]
    return found


def diverted() -> BooksBuilder:
    """Nine days that no month end shows: 40 of 100 leave on the 6th and are back on the 15th."""
    books = BooksBuilder().account("A").owed("A", "USD", "100.00")
    books.bank("fbo", "7710", opening="100.00")
    books.row(
        "places", place="aff", kind="bank account", address_or_account="5", class_="affiliate"
    )
    books.wire("7710", jan(6), "-40.00", "W1", party_account="5")
    return books.wire("7710", jan(15), "40.00", "W2", party_account="5")


def test_a_shortfall_no_month_end_shows_is_found_to_the_second() -> None:
    assert told(diverted().reckon()) == [
        {
            "asset": "USD",
            "from": jan(6, "23:59:59"),
            "to": jan(15, "23:59:59"),
            "most": "40.00",
            "most_at": jan(6, "23:59:59"),
            "most_counting_unregistered": "40.00",
            "days_touched": 10,
            "days_at_end_of_day": 9,
        }
    ]


def test_the_least_difference_of_a_month_is_not_that_of_its_end() -> None:
    (least,) = [
        item for item in coverage(diverted().reckon(), START, END).as_json()["least"]
        if item["asset"] == "USD"
    ]  # fmt: skip

    assert (least["least"], least["at"], least["at_cut"]) == ("-40.00", jan(6, "23:59:59"), "0.00")


def basis_books() -> BooksBuilder:
    """The golden figure on the basis of recognition: owed 5, held 4.5, a deposit, a withdrawal."""
    books = BooksBuilder().account("A").owed("A", "BTC", "5.0").address("hot", HOT).fund(HOT, "4.5")
    paid = books.pay(jan(5, "08:09:00"), {THEIRS: "1.0"}, {HOT: "1.0"})
    books.owed("A", "BTC", "1.0", jan(5, "08:39:00"), "deposit", paid)
    left = books.pay(jan(5, "09:10:00"), {HOT: "5.5"}, {THEIRS: "0.4", HOT: "5.1"})
    return books.owed("A", "BTC", "-0.4", jan(5, "09:00:00"), "withdrawal", left)


def stretches(reckoning: Reckoning) -> list[list[str | None]]:
    """Amounts of shortfall over each stretch of the day, asked second by second where it turns."""
    start, end = instant(jan(5, "00:00:00")), instant(jan(5, "23:59:00"))
    found: list[list[str | None]] = []
    for minute in range(start, end, 60):
        (asset,) = position(reckoning, minute, assets=["BTC"]).as_json()["assets"]
        amount = asset["shortfall"]
        if not found or found[-1][2] != amount:
            if found:
                found[-1][1] = instant_text(minute)[11:16]
            found.append([instant_text(minute)[11:16], None, amount])
    return [stretch for stretch in found if stretch[2] != "0.0"]


@pytest.mark.parametrize(
    ("basis", "want"),
    [
        ("ledger", [["00:00", "08:09", "0.5"], ["08:39", "09:00", "0.5"], ["09:00", "09:10", "0.1"],
                    ["09:10", None, "0.5"]]),
        ("receipt", [["00:00", None, "0.5"]]),
    ],
)  # fmt: skip
def test_the_basis_decides_when_a_matched_row_is_owed(basis: str, want: list[list[str]]) -> None:
    reckoning = basis_books().reckon(basis=basis)

    assert stretches(reckoning) == want
    # On the ledger nothing lacks from 08:09 to 08:39, although nothing was made good.
    assert len(told(reckoning)) == (2 if basis == "ledger" else 1)


@pytest.mark.corpus
def test_the_published_stretches_are_met(corpora: Path) -> None:
    golden = json.loads((corpora / "books" / "golden" / "books.json").read_text())
    want = next(item for item in golden if item["name"] == "basis of recognition")["want"]
    for basis in ("ledger", "receipt"):
        assert stretches(basis_books().reckon(basis=basis)) == want[basis]


def test_what_lies_unregistered_is_counted_beside() -> None:
    books = BooksBuilder().account("A").address("hot", HOT).fund(HOT, "1.0").owed("A", "BTC", "1.2")
    paid = books.pay(jan(5), {THEIRS: "2.0"}, {OTHER: "1.5"})
    books.owed("A", "BTC", "1.5", jan(5), "deposit", paid)
    (interval,) = told(books.reckon())

    assert interval["to"] == instant_text(END)
    assert (interval["most"], interval["most_counting_unregistered"]) == ("1.7", "0.2")


def test_where_a_statement_lacks_nothing_is_said_to_lack() -> None:
    books = diverted()
    books.end = books.end.replace(day=10)
    books.banks["7710"][2].pop()
    found = coverage(books.reckon(), START, END)

    assert [interval.as_json()["to"] for interval in found.shortfalls] == [jan(11, "23:59:59")]
    assert [(gap.of, gap.asset) for gap in found.gaps] == [("fbo", "USD")]


@pytest.mark.parametrize(("back", "listed"), [("36.00", True), ("35.99", False)])
def test_what_comes_before_a_cut_and_goes_back_is_dressing(back: str, listed: bool) -> None:
    books = BooksBuilder().account("A").bank("fbo", "7710")
    books.wire("7710", jan(29), "40.00", "W1", "Tern")
    books.end = books.end.replace(month=3)
    books.wire("7710", "2026-02-03T00:00:00Z", f"-{back}", "W2", "Tern")
    found = coverage(books.reckon(), START, instant("2026-03-01")).as_json()["dressing"]

    assert [(item["entity"], item["amount"], item["back"]) for item in found] == (
        [("party:Tern", "40.00", back)] if listed else []
    )


def test_a_customers_own_deposit_is_no_dressing() -> None:
    books = BooksBuilder().account("A").bank("fbo", "7710")
    books.end = books.end.replace(month=3)
    books.wire("7710", jan(29), "40.00", "W1", "Ada")
    books.wire("7710", "2026-02-02T00:00:00Z", "-40.00", "W2", "Ada")
    books.owed("A", "USD", "40.00", jan(29), "deposit", "W1")

    assert coverage(books.reckon(), START, instant("2026-03-01")).dressing == ()


def test_months_follow_the_zone() -> None:
    found = list(months(instant("2026-01-15"), instant("2026-03-02"), "Europe/Berlin"))

    assert [month for month, _, _ in found] == ["2026-01", "2026-02", "2026-03"]
    assert instant_text(found[0][2]) == "2026-01-31T23:00:00Z"


# Against a count of every second at which anything could change.

ROWS = st.lists(
    st.tuples(
        st.sampled_from("AB"), st.integers(1, 28), st.integers(0, 23), st.integers(-300, 300)
    ),
    max_size=12,
)
WIRES = st.lists(st.tuples(st.integers(1, 28), st.integers(-300, 300).filter(bool)), max_size=8)


@given(ROWS, WIRES, st.integers(0, 400), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_intervals_are_those_of_a_count_of_every_hour(
    rows: list[tuple[str, int, int, int]], wires: list[tuple[int, int]], opening: int, floor: int
) -> None:
    books = BooksBuilder().account("A", "B").bank("fbo", "7", opening=f"{opening}.00")
    for account, day, hour, amount in rows:
        books.owed(account, "USD", f"{amount}.00", jan(day, f"{hour:02}:00:00"), "adjustment")
    for day, amount in wires:
        books.wire("7", jan(day), f"{amount}.00")
    lacks = {}
    # Hours and the second before midnight are all the instants at which anything happens.
    for when in sorted({*range(START, END, 3_600), *range(START + DAY - 1, END, DAY)}):
        owed = sum(
            max(0, sum(a for name, d, h, a in rows
                       if name == account and instant(jan(d, f"{h:02}:00:00")) <= when))
            for account in "AB"
        )  # fmt: skip
        held = opening + sum(a for d, a in wires if instant(jan(d, "23:59:59")) <= when)
        lacks[when] = owed - held if owed - held > floor else 0
    want: list[tuple[int, int, int, int]] = []
    begun = None
    for when, lack in [*lacks.items(), (END, 0)]:
        if lack and begun is None:
            begun = when
        elif not lack and begun is not None:
            within = {at: lacks[at] for at in lacks if begun <= at < when}
            most = max(within.values())
            want.append((begun, when, most, min(at for at in within if within[at] == most)))
            begun = None

    found = coverage(books.reckon(floors={"USD": floor * 100}), START, END).shortfalls
    assert [(f.start, f.end, f.most // 100, f.most_at) for f in found] == want
    for interval in found:
        days = {day_of(when) for when in range(interval.start, interval.end, 3_599)}
        days.add(day_of(interval.end - 1))
        assert interval.days_touched == len(days)
        assert interval.days_at_end_of_day == sum(
            interval.start <= day_end(day) < interval.end for day in days
        )
