"""What is marked in a text for the eye: terms, counsel, amounts and wallet addresses."""

from __future__ import annotations

from itertools import pairwise

import pytest

from forthwith.review.lights import Lights, legend

COUNSEL = ("Sofia Reyes", "sofia@reyesholm.example", "Reyes & Holm", "@reyesholm.example")


def marked(text: str, *terms: str) -> list[tuple[str, str]]:
    return [(text[a:b], kind) for a, b, kind in Lights.of(terms, COUNSEL).found(text)]


@pytest.mark.parametrize(
    "address",
    [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
    ],
)
def test_a_wallet_address_is_marked_whole(address: str) -> None:
    assert marked(f"send to {address}, now") == [(address, "wallet")]


@pytest.mark.parametrize(
    "word",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",  # one letter off: no Base58Check
        "0x52908400098527886E0F7030069857D2E4169EE7AA",  # longer than an address
        "2nd", "v1.2.3", "12:30", "+1 555 0100", "2023-04-01", "10 units", "page 12",
    ],
)  # fmt: skip
def test_what_only_looks_alike_is_not_marked(word: str) -> None:
    assert marked(f"see {word} here") == []


@pytest.mark.parametrize(
    "amount",
    ["$1,250.00", "€ 12", "12.5 BTC", "USD 4 million", "1.250.000,50 EUR", "0.00000001 btc",
     "US$ 3bn", "1 000 000 €", "12k USDC", "₿0.5"],
)  # fmt: skip
def test_an_amount_is_marked_with_its_unit(amount: str) -> None:
    assert marked(f"pay {amount} today") == [(amount, "amount")]


def test_counsel_is_marked_by_name_address_and_firm_across_a_line_break() -> None:
    text = "From: Sofia\nReyes <sofia@reyesholm.example>\nof Reyes & Holm; sofiareyes is nobody"
    assert [word for word, _ in marked(text)] == [
        "Sofia\nReyes", "sofia@reyesholm.example", "Reyes & Holm",
    ]  # fmt: skip


def test_no_mark_lies_over_another_and_positions_are_characters() -> None:
    text = "🔑 key ceremony for $5 and Reyes & Holm"
    marks = Lights.of(['"key ceremony"', "holm", "a AND"], COUNSEL).found(text)
    assert [(text[a:b], kind) for a, b, kind in marks] == [
        ("key ceremony", "term"), ("$5", "amount"), ("Reyes & Holm", "counsel"),
    ]  # fmt: skip
    assert [entry["kind"] for entry in legend(marks)] == ["term", "counsel", "amount"]
    assert all(x[1] <= y[0] for x, y in pairwise(marks))


@pytest.mark.parametrize("text", ["1," * 100_000, "$" * 200_000, "1" * 200_000, "9 " * 150_000])
def test_a_hostile_text_is_looked_through(text: str) -> None:
    assert Lights.of(("x*",), COUNSEL).found(text) == []
