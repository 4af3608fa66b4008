"""One word for one thing: what a question would pass over by its spelling is a fault at load."""

from __future__ import annotations

import pytest

from forthwith.custody.facts.rows import facts
from forthwith.custody.facts.vocabulary import faults, meaning, nearest_words
from forthwith.domain.fact_tables import FactRow
from tests.builders import fact_rows


def complaints(*rows: FactRow) -> list[str]:
    """Return what is wrong with the words of rows."""
    by_table: dict[str, list[FactRow]] = {}
    for row in rows:
        by_table.setdefault(row.table, []).append(row)
    return list(map(str, faults(by_table)))


def sits(place: str) -> FactRow:
    return fact_rows.row("affiliations", person="ann", kind="location", value=place)


def wallet(class_: str, asset: str = "") -> FactRow:
    return fact_rows.row("wallets", id="w", class_=class_, asset=asset)


@pytest.mark.parametrize(
    "code", ["US", "us", "US-NY", "GB", "GB-ENG", "HK", "XK", "FR-75", "CA-QC"]
)
def test_a_code_is_a_place(code: str) -> None:
    assert complaints(sits(code)) == []


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("New York, NY", "US-NY"), ("New  York", "US-NY"), ("United States", "US"), ("USA", "US"),
        ("U.S.", "US"), ("Hong Kong", "HK"), ("London, UK", "GB"), ("UK", "GB"), ("Berlin, Germany",
        "DE"), ("Dublin, CA", "US-CA or CA"), ("Quebec", "CA-QC"), ("SGP", "SG"),
        ("San Francisco, California, USA", "US-CA"), ("NY", "US-NY"),
        ("Atlanta, Georgia", "US-GA or GE"), ("Georgia", "US-GA or GE"),
    ],
)  # fmt: skip
def test_a_place_in_words_is_a_fault_with_its_code(place: str, code: str) -> None:
    """Ann in 'New York, NY' would be outside the US, and nobody would see why."""
    (complaint,) = complaints(sits(place))

    assert "is no code of ISO 3166" in complaint
    assert complaint.endswith(f"Write {code}.")


@pytest.mark.parametrize("place", ["Remote", "HQ 3rd floor", "XX", "US-ZZZZ", "EU", "Earth, ZZ"])
def test_a_place_nobody_knows_is_taken_out_with_what_says_all_ties_are_listed(place: str) -> None:
    (complaint,) = complaints(sits(place), sits(place))

    assert "(2 rows)" in complaint
    assert "take out the row, and completeness of person:ann with it" in complaint


def test_a_place_with_two_codes_has_one_of_them_in_the_rows() -> None:
    """Who sits in PR is outside location=US-PR, and the other way round."""
    assert complaints(sits("PR")) == complaints(sits("US-PR")) == []
    (complaint,) = complaints(sits("US-PR"), sits("PR"))
    assert "Write PR in both" in complaint


@pytest.mark.parametrize(
    "other",
    ["customers", "client", "Clients", "users", "client-funds", "user_assets", "depositors"],
)
def test_two_words_for_one_class_are_a_fault(other: str) -> None:
    """A question about the one would pass over the wallets of the other."""
    (complaint,) = complaints(wallet("customer hot"), wallet(f"cold {other}"), wallet(other))

    assert f"class '{other}' (2 rows) and class 'customer'" in complaint
    assert complaint.endswith("Write customer in both.")
    assert complaints(wallet(other)) == []


def test_a_phrase_in_the_cell_of_classes_is_a_fault_by_itself() -> None:
    """It would be the classes client and funds, which no question asks about."""
    (complaint,) = complaints(wallet("hot; client funds"), wallet("client funds"))
    assert "reads as 2 classes, client and funds. Write customer." in complaint
    (complaint,) = complaints(wallet("omnibus account"))
    assert complaint.endswith("Write omnibus-account.")
    assert complaints(wallet("customer hot, deposit|house")) == []


@pytest.mark.parametrize(
    ("first", "other", "code"),
    [("BTC", "XBT", "BTC"), ("XETH", "ether", "XETH"), ("DOGE", "XDG", "DOGE"),
     ("Bitcoin Cash", "bch", "bch"), ("Tether", "USDT", "USDT")],
)  # fmt: skip
def test_two_words_for_one_asset_are_a_fault(first: str, other: str, code: str) -> None:
    """Wherever rows name assets: wallets, limits of policies, completeness."""
    limit = fact_rows.row("policies", wallet="w", scope=f"asset={other}; destination=hot")
    whole = fact_rows.row("completeness", means=f"asset:{other}")
    for row in (wallet("", other), wallet("", f"SOL; {other}"), limit, whole):
        (complaint,) = complaints(wallet("", first), row)
        assert complaint.endswith(f"Write {code} in both.")


@pytest.mark.parametrize(
    "pair", [("BTC", "WBTC"), ("ETH", "stETH"), ("USDT", "USDC"), ("BTC", "btc")]
)
def test_what_only_sounds_alike_is_two_assets(pair: tuple[str, str]) -> None:
    assert complaints(wallet("", pair[0]), wallet("", pair[1])) == []


def test_a_destination_in_another_word_for_a_class_is_a_fault() -> None:
    """Money to "clients" would not be money to customer; "hot wallet" may always be hot."""
    to = fact_rows.row("policies", wallet="w", scope="destination=clients|hot wallet")

    (complaint,) = complaints(wallet("customer hot"), to)

    assert "class 'clients'" in complaint


def test_the_nearest_words_begin_with_those_for_the_same_thing() -> None:
    assert (
        nearest_words("class", "client funds", ["house", "customer", "client-x"])[0] == "customer"
    )
    assert nearest_words("asset", "XBT", ["ETH", "BTC"])[0] == "BTC"
    assert nearest_words("location", "New York, NY", ["GB", "US-NY"])[0] == "US-NY"
    assert nearest_words("entity", "haldn", ["halden", "kestrel"]) == ("halden",)
    assert nearest_words("class", "zzz", ["customer"]) == ()
    assert meaning("class", "segregated") == ""


def test_words_at_fault_are_faults_of_the_rows() -> None:
    """What a load says; it takes no register with them."""
    people = fact_rows.row("people", id="ann", name="Ann Veldman", standing="document")
    tie = fact_rows.row(
        "affiliations", person="ann", kind="location", value="New York, NY", from_="2023-01-01",
        standing="document",
    )  # fmt: skip

    _, found = facts((people, tie))

    assert [fault.do for fault in found] == ["Write US-NY"]
