"""Pictures of the books say what the figures say, on a page and on a telephone."""

from __future__ import annotations

import pytest

from forthwith.books.books import Asset
from forthwith.books.pictures import calendar, coverage, sankey, stakes
from forthwith.books.pictures.coverage import NARROW, WIDE, CoveredAsset
from forthwith.books.pictures.stakes import stakes_over
from forthwith.books.tracing.diagram import diagram
from forthwith.books.tracing.trace import trace
from forthwith.domain.instants import DAY, instant
from forthwith.plain.drawings.drawing import Box, Drawing, Words
from forthwith.plain.drawings.words import width
from tests.books.builders import BooksBuilder, jan

USD = Asset("USD", 2)
START, END = instant("2026-01-01"), instant("2026-02-01")
WIDTHS = pytest.mark.parametrize("wide", [WIDE, NARROW])


def words(drawing: Drawing) -> str:
    return " ".join(item.text for item in drawing.items if isinstance(item, Words))


def inside(drawing: Drawing) -> bool:
    """Whether no word leaves the picture on the right or on the left."""
    for item in drawing.items:
        if isinstance(item, Words):
            long = width(item.text, item.size, bold=item.bold) * 0.9
            left = item.x - (long if item.anchor == "end" else 0)
            if left < -1 or left + long > drawing.width + 1:
                return False
    return True


def covered(short: int) -> CoveredAsset:
    steps = [(START, 0), (START + 5 * DAY, -short), (START + 14 * DAY, 0)]
    owed = [(when, 10_000 - change) for when, change in steps]
    return CoveredAsset(USD, owed, [(START, 10_000)], steps, [(0, 1, "short by a little")])


@WIDTHS
def test_a_shortfall_is_filled_and_said(wide: float) -> None:
    drawn = coverage.drawing([covered(2_500)], START, END, cuts=[END - 1], width=wide)
    filled = [item for item in drawn.items if isinstance(item, Box) and item.hatch]
    assert len(filled) == 1
    assert filled[0].width > 8 / 31 * (wide - 300)
    assert "-25.00" in words(drawn)
    assert "short by a little" in drawn.described
    assert inside(drawn)


def test_without_a_shortfall_nothing_is_filled() -> None:
    drawn = coverage.drawing([covered(0)], START, END)
    assert not [item for item in drawn.items if isinstance(item, Box) and item.hatch]


def traced() -> BooksBuilder:
    books = BooksBuilder()
    books.bank("op", "7711", opening="40.00", class_="house", holder="co")
    books.row("entities", id="host", name="Quill Hosting")
    books.wire("7711", jan(3), "60.00", "C1", "Ada Brandt", "1")
    books.wire("7711", jan(4), "-50.00", "W1", "Quill Hosting", "2")
    books.row("claims", claim="K1", asset="USD", place="op", reference="C1", claimant="Ada")
    return books


@WIDTHS
def test_a_trace_has_a_panel_for_each_method_with_its_own_amounts(wide: float) -> None:
    reckoning = traced().reckon()
    found = trace(reckoning, reckoning.books.claims[0])
    drawn = sankey.drawing(diagram(found), width=wide)
    text = words(drawn)
    for name in ("First in", "Last in", "pro rata", "Lowest intermediate", "Poison"):
        assert name in text
    for method, orders in found.methods.items():
        for amounts in (outcome.left for outcome in list(orders.values())[:1]):
            for amount in amounts.values():
                assert USD.text(amount) in text, method
    assert inside(drawn)


def test_stakes_are_the_running_sums_of_each_group() -> None:
    books = traced()
    books.entry("", "op", "USD", "60.00", jan(3), "customer", "C1")
    steps = stakes_over(books.reckon(), "op", "USD", END)
    assert [amount for _, amount in steps["customer"]][-1] == 6_000
    drawn = stakes.drawing("op", USD, steps, [("mixed", START, None, "mixed it is")], START, END)
    assert "mixed it is" in words(drawn)
    assert inside(drawn)


@WIDTHS
def test_a_calendar_names_every_address_whole(wide: float) -> None:
    proved = [
        calendar.ProvedAddress("hot", "bcrt1q" + "q" * 38, [START + DAY]),
        calendar.ProvedAddress("cold", "bcrt1q" + "p" * 58, []),
    ]
    drawn = calendar.drawing(proved, START, END, 35, width=wide)
    text = "".join(words(drawn).split())
    assert all(row.address in text for row in proved)
    assert "1 of them without any proof" in drawn.described
    assert inside(drawn)
