"""The files of the quarter as the exchange hands them over: tables, statements, chains, proofs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from forthwith.domain.book_tables import TABLES
from forthwith.example.books import banks, bitcoin, ethereum
from forthwith.example.books.banks import Sheet
from forthwith.example.books.model import ASSETS, DAY, Instant, text
from forthwith.example.books.quarter import (
    AFFILIATE,
    AFFILIATE_ACCOUNT,
    EXCHANGE,
    FORMER_NAME,
    GO_BETWEEN,
    HOSTING,
    LISTINGS,
    PARTNER,
    PAYROLL,
    Quarter,
)
from forthwith.example.books.truth import day_told, told

Cells = Iterable[Sequence[str]]


def files(quarter: Quarter, proofs: list[dict[str, Any]], mask: bytes) -> dict[str, bytes]:
    """Return the bytes of every file by its name in the folder."""
    written = {
        f"tables/{name}.csv": _csv(TABLES[name].columns, rows)
        for name, rows in _tables(quarter).items()
    }
    written |= _statements(quarter)
    written |= quarter.evm.files()
    written["proofs/proofs.json"] = json.dumps(proofs, indent=1) + "\n"
    data = {name: content.encode() for name, content in sorted(written.items())}
    data["bitcoin/blk00000.dat"] = quarter.btc.file(mask)
    if mask:
        data["bitcoin/xor.dat"] = mask
    return data


def _csv(columns: Sequence[str], rows: Cells) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _tables(quarter: Quarter) -> dict[str, Cells]:
    model = quarter.model
    early = day_told(model.start - 365 * DAY)

    def since(when: Instant | None) -> str:
        return early if when is None else told(when)

    def until(when: Instant | None) -> str:
        return "" if when is None else told(when)

    rows = sorted(model.rows, key=lambda row: row.booked)
    entries = sorted(model.entries, key=lambda entry: entry.booked)
    token = quarter.token.address if quarter.token else ""
    chains = {
        "BTC": (bitcoin.CHAIN, ""),
        "ETH": (ethereum.CHAIN, ""),
        "NGT": (ethereum.CHAIN, token),
    }
    renamed = day_told(model.start - 58 * DAY)
    return {
        "assets": [
            (asset, str(decimals), *chains.get(asset, ("", "")))
            for asset, decimals in ASSETS.items()
        ],
        "places": [
            (place.name, place.kind, place.chain, address, place.holder, place.klass,
             since(place.start), until(place.end))
            for place in model.places.values()
            if place.registered
            for address in place.addresses
        ],
        "customer_accounts": [
            (row.account, row.klass, row.entity, since(row.start), until(row.end))
            for row in model.customers
        ],
        "deposit_addresses": [
            (row.account, row.chain, row.address, since(row.start), until(row.end))
            for row in model.deposit_addresses
        ],
        "customer_ledger": [
            (f"L{number:05d}", told(row.booked), told(row.effective), row.account, row.asset,
             text(row.asset, row.amount), row.kind, row.reference, row.memo)
            for number, row in enumerate(rows, start=1)
        ],
        "place_ledger": [
            (f"J{number:05d}", told(row.booked), told(row.effective), row.source, row.target,
             row.asset, text(row.asset, row.amount), row.source_group, row.target_group, row.kind,
             row.reference)
            for number, row in enumerate(entries, start=1)
        ],
        "openings": [
            (place, asset, group, text(asset, amount), told(model.opened))
            for place, asset, group, amount in model.openings
            if place != "int"
        ],
        "entities": [
            (EXCHANGE, "Northgate Trading Ltd.", early, "", ""),
            ("halden-1", FORMER_NAME, early, renamed, AFFILIATE),
            ("halden-2", "Halden Custody Technology", renamed, "", AFFILIATE),
            (AFFILIATE, "Halden", early, "", ""),
            (PARTNER, "Corriedale Liquidity", early, "", ""),
            (GO_BETWEEN, "Ostrander Consulting", early, "", ""),
            *((party[2], party[0], early, "", "") for party in (HOSTING, PAYROLL, LISTINGS)),
        ],
        "affiliates": [(AFFILIATE, EXCHANGE, early, ""), (PARTNER, EXCHANGE, early, "")],
        "bank_parties": [
            (AFFILIATE_ACCOUNT, AFFILIATE),
            (quarter.bank_accounts["int"][0], GO_BETWEEN),
            *((party[1], party[2]) for party in (HOSTING, PAYROLL, LISTINGS)),
        ],
        "claims": [
            (claim["claim"], claim["asset"], claim["place"], claim["reference"], "",
             claim["claimant"], claim["stop"], claim["follow"])
            for claim in model.claims
        ],
        "caps": [("quill", "", "USD", "60000.00"), ("lantern", "", "USD", "300000.00")],
        "duties": [
            ("BACKING", f"fully_backed({asset})", "", day_told(model.start), day_told(model.end))
            for asset in ASSETS
        ],
        "completeness": [("accounts", early, ""), ("places", early, "")],
        "statements_of_the_exchange": _sentences(quarter),
    }  # fmt: skip


def _sentences(quarter: Quarter) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for number, cut in enumerate(quarter.cuts, start=1):
        end = quarter.day_end(cut)
        rows += [
            (f"B{number}", "Treasurer", day_told(end + 5 * DAY), day_told(end)[:7],
             "All customer assets were held one to one throughout the month.",
             f"fully_backed({asset})")
            for asset in ASSETS
        ]  # fmt: skip
    return rows


def _statements(quarter: Quarter) -> dict[str, str]:
    """Return the banks' files; statements in a gap are left out, balances run on through it."""
    written: dict[str, str] = {}
    for place in ("fbo", "res", "res2", "op", "int"):
        if place not in quarter.model.places:
            continue
        sheets = sheets_of(quarter, place)
        start = datetime.fromtimestamp(quarter.model.start, UTC)
        if place == "op":
            written[f"bank/op-{start:%Y}-q{(start.month + 2) // 3}.mt940"] = banks.mt940(sheets)
        elif place == "int":
            written[f"bank/int-{sheets[0].account}.csv"] = banks.layout_csv(sheets[0])
        for sheet in sheets:
            name = f"bank/{place}-{sheet.last:%Y-%m}"
            if place == "fbo":
                written[f"{name}.camt053.xml"] = banks.camt053(sheet)
                written[f"{name}.ofx"] = banks.ofx(sheet)
            elif place in ("res", "res2"):
                written[f"{name}.bai2"] = banks.bai2(sheet)
    return written


def sheets_of(quarter: Quarter, place: str) -> list[Sheet]:
    """Return the statements of an account: weekly, monthly, or one of the whole time."""
    model = quarter.model
    number, owner = quarter.bank_accounts[place]
    span = model.places[place]
    first = banks.day(model.start if span.start is None else span.start)
    last = banks.day((model.end if span.end is None else span.end) - 1)
    spans = banks.weeks(first, last) if place == "op" else banks.months(first, last)
    if place == "int":
        spans = [(first, last)]
    gaps = [
        (banks.day(start), banks.day(end)) for where, start, end in model.gaps if where == place
    ]
    balance = sum(amount for where, _, _, amount in model.openings if where == place)
    sheets = []
    for at, (since, until) in enumerate(spans, start=1):
        rows = [row for row in model.bank.get(place, ()) if since <= banks.day(row.day) <= until]
        sheet = Sheet(number, owner, since, until, balance, rows, at)
        balance = sheet.closing
        if not any(start <= since and until < end for start, end in gaps):
            sheets.append(sheet)
    return sheets
