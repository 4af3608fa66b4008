"""Exports of exchanges and wallets to rows of the ledgers."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.amounts import units
from forthwith.domain.book_tables import LEDGER_KINDS, TABLES
from forthwith.domain.instants import instant
from forthwith.exports.bank import exchange_csv, layouts
from forthwith.exports.bank.exchange_csv import ExchangeRead
from forthwith.exports.bank.layouts import Layout
from forthwith.exports.tables import csv as table_csv

OURS = Layout(of="exchange", account="house")
WALLET = Layout(of="exchange", place="btc-old", asset="BTC", zone="America/Los_Angeles")


def read(text: str, mapping: Layout | None = OURS) -> ExchangeRead:
    return exchange_csv.read(text.encode(), "x.csv", mapping)


def mapped(text: str) -> Layout:
    layout, faults = layouts.mapping(text.encode(), "map.yaml")
    assert not faults, faults
    assert layout is not None
    return layout


def told(found: ExchangeRead) -> list[tuple[str, str, str]]:
    return [(row["asset"], row["amount"], row["kind"]) for row in found.rows]


def exported(corpora: Path, name: str, mapping: Layout | None = OURS) -> ExchangeRead:
    path = corpora / "books/exchange-exports" / name
    return exchange_csv.read(path.read_bytes(), name, mapping)


@pytest.mark.parametrize(
    "name, mapping, wanted",
    [
        (
            "test_binance_autoinvest.csv",
            mapped("of: exchange\naccount: house\ndate_order: month-first\n"),
            [
                ("ETH", "0.01000000", "trade"),
                ("USDT", "-10.00000000", "trade"),
                ("USDT", "-0.00250000", "fee"),
                ("BTC", "0.00200000", "trade"),
                ("USDT", "-20.00000000", "trade"),
                ("USDT", "-0.00500000", "fee"),
            ],
        ),
        ("test_binance_betheth.csv", OURS, [("ETH", "-0.1", "trade"), ("BETH", "0.1", "trade")]),
        (
            "test_bitbank_deposits.csv",
            OURS,
            [("XRP", "54.54", "deposit"), ("BTC", "0.00001", "deposit")],
        ),
        ("test_bitbank_fiat_deposits.csv", OURS, [("JPY", "6900", "deposit")]),
        (
            "test_bitbank_withdrawals.csv",
            OURS,
            [
                ("XLM", "-900", "withdrawal"),
                ("XLM", "-0.01", "fee"),
                ("ETH", "-0.125", "withdrawal"),
                ("ETH", "-0.0001", "fee"),
            ],
        ),
        ("test_coincheck_buys.csv", OURS, [("BTC", "0.005", "trade"), ("JPY", "-10000", "trade")]),
        (
            "test_pionex_trades.csv",
            OURS,
            [
                ("ETH", "0.1", "trade"),
                ("BUSD", "-200", "trade"),
                ("ETH", "-0.00995", "fee"),
                ("BUSD", "110", "trade"),
                ("ETH", "-0.05", "trade"),
                ("BUSD", "-0.055", "fee"),
            ],
        ),
        (
            "test_pionex_transfers.csv",
            OURS,
            [("BUSD", "115", "deposit"), ("BUSD", "-100", "withdrawal")],
        ),
        (
            "test_manual_intra.csv",
            None,
            [
                ("BTC", "-0.2002", "transfer"),
                ("BTC", "0.1", "transfer"),
                ("BTC", "-0.0503", "transfer"),
                ("BTC", "0.05", "transfer"),
                ("BTC", "-0.1001", "transfer"),
                ("BTC", "0.1", "transfer"),
                ("BTC", "-0.2002", "transfer"),
                ("BTC", "0.2", "transfer"),
            ],
        ),
        ("EUR_USD.csv", OURS, []),
        (
            "test_trezor_alice_btc.csv",
            WALLET,
            [
                ("BTC", "0.05", "deposit"),
                ("BTC", "0.019", "withdrawal"),
                ("BTC", "0.001", "fee"),
            ],
        ),
        (
            "test_trezor_bob_btc.csv",
            WALLET,
            [
                ("BTC", "0.05", "withdrawal"),
                ("BTC", "0.0003", "fee"),
                ("BTC", "0.1", "withdrawal"),
                ("BTC", "0.0001", "fee"),
                ("BTC", "0.2", "deposit"),
            ],
        ),
    ],
)
def test_each_layout_becomes_rows(
    corpora: Path, name: str, mapping: Layout | None, wanted: list[tuple[str, str, str]]
) -> None:
    found = exported(corpora, name, mapping)

    assert not found.faults
    assert told(found) == wanted
    assert len({row["row"] or row["entry"] for row in found.rows}) == len(wanted)


def test_rows_are_those_of_the_tables(corpora: Path) -> None:
    """Each reads back from a table as typed, with amounts and instants the books take."""
    for path in (corpora / "books/exchange-exports").glob("*.csv"):
        wallet = "trezor" in path.name
        for row in exported(corpora, path.name, WALLET if wallet else OURS).rows:
            written = table_csv.write(row.table, [row], TABLES)
            (again,), faults = table_csv.read(written, f"{row.table}.csv", TABLES)
            assert not faults
            assert again.cells == dict(
                sorted(
                    row.cells.items(), key=lambda cell: [*TABLES[row.table].header].index(cell[0])
                )
            )
            units(row["amount"], 18)
            instant(row["effective_at"])
            assert row["kind"] in LEDGER_KINDS
            assert row["amount"][0] != "-" or row.table == "customer_ledger"


def test_a_wallets_two_histories_tell_one_transfer(corpora: Path) -> None:
    alice = exported(corpora, "test_trezor_alice_btc.csv", WALLET).rows
    bob = exported(corpora, "test_trezor_bob_btc.csv", WALLET).rows
    came = next(row for row in alice if row["kind"] == "deposit")
    went = next(row for row in bob if row["reference"] == came["reference"])

    assert (came["to_place"], came["from_place"], came["amount"]) == ("btc-old", "", "0.05")
    assert (went["from_place"], went["to_place"], went["amount"]) == (
        "btc-old",
        "address:3Yk29s7jbvSDfSXZ964A245uY6VbM928iP8",
        "0.05",
    )
    assert came["effective_at"] == "2022-01-25T10:58:40Z"


def test_a_one_sided_trade_is_told(corpora: Path) -> None:
    found = exported(corpora, "test_manual_in.csv", None)

    assert told(found) == [
        ("BTC", "0.01", "trade"),
        ("USD", "-10", "fee"),
        ("BTC", "0.99", "trade"),
        ("USD", "-490", "fee"),
    ]
    assert [fault.line for fault in found.faults] == [2, 3]
    assert {row["account"] for row in found.rows} == {"FTX/Bob"}


@pytest.mark.parametrize(
    "name, asks",
    [
        ("test_trezor_alice_btc.csv", {"zone", "place", "asset"}),
        ("test_pionex_trades.csv", {"account"}),
        ("test_binance_autoinvest.csv", {"account", "date_order"}),
    ],
)
def test_what_a_file_does_not_say_is_asked_for(corpora: Path, name: str, asks: set[str]) -> None:
    found = exported(corpora, name, None)

    assert not found.rows
    assert {
        key
        for key in ("zone", "place", "asset", "account", "date_order")
        if any(f"{key}:" in fault.do for fault in found.faults)
    } == asks


def test_what_is_not_counted_is_told(corpora: Path) -> None:
    assert any("FAILED" in note for note in exported(corpora, "test_bitbank_deposits.csv").notes)
    assert exported(corpora, "test_manual_intra.csv").unread == ("Spot Price",)


BITBANK = "コイン,日時,数量,ネットワーク,アドレス,Txid,ステータス\n"
PIONEX = "date(UTC+0),tx_type,amount,coin,network,txid,fee\n"
TREZOR = "Date & Time;Type;Transaction ID;Addresses;Fee;Total\n"


def test_times_are_of_the_zone_of_the_exchange() -> None:
    found = read(BITBANK + "btc,2022/11/12 08:57:01,1,btc,A,T,DONE\n")

    assert found.rows[0]["effective_at"] == "2022-11-11T23:57:01Z"


@pytest.mark.parametrize(
    "when, wanted",
    [
        ("1/25/2022, 2:58:40 AM", "2022-01-25T10:58:40Z"),
        ("1/25/2022, 12:00:00 AM", "2022-01-25T08:00:00Z"),
        ("1/25/2022, 12:30:00 PM", "2022-01-25T20:30:00Z"),
        ("7/25/2022, 1:00:00 PM", "2022-07-25T20:00:00Z"),
        ("2022-01-25T10:58:40Z", "2022-01-25T10:58:40Z"),
        ("2022-01-25 10:58:40 +0100", "2022-01-25T09:58:40Z"),
        ("1643108320", "2022-01-25T10:58:40Z"),
        ("1643108320123", "2022-01-25T10:58:40Z"),
    ],
)
def test_times_in_their_forms(when: str, wanted: str) -> None:
    found = read(TREZOR + f'"{when}";RECV;t;a;0;1\n', WALLET)

    assert [row["effective_at"] for row in found.rows] == [wanted]


@pytest.mark.parametrize(
    "when",
    [
        "11/6/2022, 1:30:00 AM",
        "3/13/2022, 2:30:00 AM",
        "1/25/2022",
        "1/25/2022, 25:00:00",
        "1/25/2022, 13:00 PM",
        "",
        "13/13/2022, 1:00:00 AM",
    ],
)
def test_a_time_that_is_two_or_none_is_not_guessed(when: str) -> None:
    """The hour that a change of clocks repeats is two instants; the one it leaves out is none."""
    found = read(TREZOR + f'"{when}";RECV;t;a;0;1\n"1/25/2022, 1:00:00 AM";RECV;u;a;0;2\n', WALLET)

    assert [row["amount"] for row in found.rows] == (
        ["2"] if "13/13" not in when else [row["amount"] for row in found.rows]
    )
    assert found.faults


@pytest.mark.parametrize(
    "line, says",
    [
        ("2/27/2022 12:02,SWAP,115,BUSD,BEP20,1,0", "SWAP"),
        ("2/27/2022 12:02,DEPOSIT,1E5,BUSD,BEP20,1,0", "1E5"),
        ("2/27/2022 12:02,DEPOSIT,-5,BUSD,BEP20,1,0", "negative"),
        ("2/27/2022 12:02,DEPOSIT,5,,BEP20,1,0", "no coin"),
        ("2/27/2022 12:02,DEPOSIT,5", "cells"),
        ("2/27/2022 12:02,DEPOSIT,0,BUSD,BEP20,1,0", "moves nothing"),
        ("2/30/2022 12:02,DEPOSIT,5,BUSD,BEP20,1,0", "2/30/2022"),
    ],
)
def test_a_line_no_layout_explains_is_told_whole(line: str, says: str) -> None:
    found = read(PIONEX + line + "\n2/27/2022 12:02,DEPOSIT,7,BUSDBEP20,BEP20,1,0.5\n")

    assert told(found) == [("BUSD", "7", "deposit"), ("BUSD", "-0.5", "fee")]
    assert [fault.line for fault in found.faults] == [2]
    assert says in found.faults[0].what


def test_a_ledger_with_announcements_counts_each_once() -> None:
    text = (
        "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance\n"
        ",R1,2022-01-25 10:00:00,deposit,,currency,XXBT,1.5,0,\n"
        "T1,R1,2022-01-25 10:05:00,deposit,,currency,XXBT,1.5,0.001,1.499\n"
        "T2,R2,2022-01-25 11:00:00,trade,,currency,XXBT,-0.5,0,0.999\n"
        "T3,R2,2022-01-25 11:00:00,trade,,currency,ZUSD,20000.00,32.00,19968.00\n"
        "T4,R3,2022-01-26 11:00:00,airdrop,,currency,ETHW,0.1,0,0.1\n"
    )
    found = read(text, mapped("of: exchange\naccount: house\nassets: {XXBT: BTC, ZUSD: USD}\n"))
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in found.rows:
        sums[row["asset"]] += Decimal(row["amount"])

    assert sums == {"BTC": Decimal("0.999"), "USD": Decimal("19968.00"), "ETHW": Decimal("0.1")}
    assert not found.faults
    assert any("airdrop" in note for note in found.notes)
    assert [row["kind"] for row in found.rows][-1] == "airdrop"


def test_a_mapping_of_ones_own_reads_another_exchange() -> None:
    layout = mapped(
        "of: exchange\nwhen: Zeit\nzone: Europe/Berlin\naccount: [Kunde]\nreference: Nr\n"
        "date_order: day-first\ndecimal: ','\nonly: {Status: ok}\nidle: {Status: [storniert]}\n"
        "kinds: {Kauf: trade, Einzahlung: deposit}\nrows:\n"
        "  - kind: Art\n    asset: Coin\n    amount: Menge\n"
        "    signs: {Kauf: '+', Einzahlung: '+'}\n"
        "  - kind: =trade\n    asset: =EUR\n    amount: Preis\n    sign: '-'\n"
        "    where: {Art: [Kauf]}\n"
    )
    text = (
        "Nr;Zeit;Kunde;Art;Coin;Menge;Preis;Status\n"
        "7;03.04.2026 00:30;C1;Kauf;BTC;0,5;1.000,00;ok\n"
        "8;04.04.2026 10:00;C2;Einzahlung;BTC;2;;ok\n"
        "9;04.04.2026 10:00;C2;Kauf;BTC;2;1,00;storniert\n"
    )
    found = read(text, layout)

    assert not found.faults
    assert [
        (row["account"], row["asset"], row["amount"], row["kind"], row["effective_at"])
        for row in found.rows
    ] == [
        ("C1", "BTC", "0.5", "trade", "2026-04-02T22:30:00Z"),
        ("C1", "EUR", "-1000.00", "trade", "2026-04-02T22:30:00Z"),
        ("C2", "BTC", "2", "deposit", "2026-04-04T08:00:00Z"),
    ]


@pytest.mark.parametrize(
    "text", ["", "a,b,c\n1,2,3\n", "\0\1\2", "Date,Coin,Amount,TxID\n2026-01-15,BTC,1,x\n"]
)
def test_an_export_nobody_knows_asks_for_a_mapping(text: str) -> None:
    found = read(text)

    assert not found.rows
    assert "mapping" in found.faults[0].do


def test_a_heading_that_a_mapping_misspells_is_named() -> None:
    layout = mapped(
        "of: exchange\nwhen: Time\naccount: C1\nmemo: [Nte]\n"
        "rows:\n  - {kind: =deposit, asset: Coin, amount: Qty}\n"
    )
    text = "Time,Coin,Qty,Note\n2026-01-15T10:00:00Z,BTC,1,x\n"

    assert "lacks Nte" in read(text, layout).faults[0].what
    assert len(read(text.replace("Note", "Nte"), layout).rows) == 1


def test_a_history_of_one_user_names_its_account() -> None:
    text = (
        "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark\n"
        "81,2026-01-25 10:00:00,Spot,Deposit,BTC,0.5,\n"
    )

    assert [row["account"] for row in read(text, None).rows] == ["81"]
    assert [row["account"] for row in read(text).rows] == ["house"]


def test_amounts_of_a_coin_keep_every_place() -> None:
    lines = ("0.123456789012345678,TRN,X,1,0", "1.234,TRN,X,2,0")
    found = read(PIONEX + "".join(f"2/27/2022 12:02,DEPOSIT,{line}\n" for line in lines))

    assert [row["amount"] for row in found.rows] == ["0.123456789012345678", "1.234"]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_bytes_stop_it(noise: bytes, at: int) -> None:
    data = (PIONEX + "2/27/2022 12:02,DEPOSIT,115,BUSDBEP20,BEP20,12345,0\n").encode()

    exchange_csv.read(data[:at] + noise + data[at:], "x.csv", OURS)
