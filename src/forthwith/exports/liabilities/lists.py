"""Lists of accounts and what each is owed, as a tree is made of them: CSV with a heading.

Headings: `account,amount` (BitMEX), `id,liability` (DAPOL), `username,balance_ETH_ETH,…` (Summa),
`#id,BTC,…` where `#` marks what is no balance (The Network Firm). Nothing is committed to by such
a list; what it adds up to is what its tree must say. The Network Firm's tool adds negative rows
into its totals; here they are named beside.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence

from forthwith.domain.fact_tables import RowFault
from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities import balances
from forthwith.exports.liabilities.balances import NotABalanceError
from forthwith.plain import csv_cells

_FORM = "list of accounts"
_TOLD = 5
_MOST_FAULTS = 50


def coins_of(heading: str) -> tuple[str, ...]:
    """Return the balances a heading announces, by column after the first; () where it is none."""
    cells = [cell.strip() for cell in heading.lstrip("\ufeff").rstrip("\r\n").split(",")]
    if len(cells) < 2:
        return ()
    first = cells[0].lower()
    if first == "account" and cells[1:] == ["amount"]:
        return ("amount",)
    if first == "id" and cells[1:] == ["liability"]:
        return ("liability",)
    if first == "username" and all(cell.startswith("balance_") for cell in cells[1:]):
        return tuple(cell.removeprefix("balance_") for cell in cells[1:])
    if first.startswith("#") and all(cells[1:]):
        return tuple(cells[1:])
    return ()


def check(file: str, text: str) -> LiabilityCheck:
    """Return what a list adds up to, each coin exactly."""
    lines = text.lstrip("\ufeff").splitlines()
    coins = coins_of(lines[0]) if lines else ()
    totals = [0] * len(coins)
    below: list[str] = []
    faults: list[RowFault] = []
    seen: dict[str, int] = {}
    try:
        rows = list(csv_cells.reader(lines))
    except csv.Error as wrong:
        faults.append(RowFault(file, 0, f"the file is not CSV: {wrong}", "Export it again"))
        rows = []
    for number, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            amounts = _amounts(cells, coins)
        except NotABalanceError as wrong:
            faults.append(RowFault(file, number, str(wrong), "Correct the row, or export it again"))
            continue
        account = cells[0].strip()
        if account in seen:
            what = f"account {account[:60]!r} stands in line {seen[account]} already"
            faults.append(RowFault(file, number, what, "One account is one row"))
        seen.setdefault(account, number)
        for column, units in enumerate(amounts):
            totals[column] += max(0, units)
            if units < 0:
                below.append(f"line {number} has {balances.plain(units)} {coins[column]}")
    if faults or not seen:
        faults = faults or [RowFault(file, 0, "no account stands in the list", "Export it again")]
        return LiabilityCheck(file, _FORM, refusals=tuple(faults[:_MOST_FAULTS]))
    sums = {coin: balances.plain(units) for coin, units in zip(coins, totals, strict=True)}
    more = [f"{len(below) - _TOLD} more rows are below zero"] if len(below) > _TOLD else []
    return LiabilityCheck(
        file,
        _FORM,
        proves=(
            f"{len(seen):,} accounts, each once, add up to "
            + ", ".join(f"{text} {coin}" for coin, text in sums.items())
        ),
        does_not_bind=(
            "anything: no hash covers a list, and whoever has it can write another",
            "that no account was left out",
            "the date",
        ),
        findings=tuple(f"{sentence}: below zero, and in no sum above" for sentence in below[:_TOLD])
        + tuple(more),
        figures={
            "accounts": str(len(seen)),
            **{f"total {coin}": text for coin, text in sums.items()},
        },
    )


def _amounts(cells: Sequence[str], coins: Sequence[str]) -> list[int]:
    if len(cells) != len(coins) + 1:
        raise NotABalanceError(f"the row has {len(cells)} cells, the heading {len(coins) + 1}")
    if not cells[0].strip():
        raise NotABalanceError("the row names no account")
    return [balances.scaled(cell.strip()) for cell in cells[1:]]
