"""The invented quarter as the engine takes it, straight from what was played: no reader of files.

So a difference between engine and truth is the engine's or the model's, never a reader's.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from forthwith.books.books import Books
from forthwith.books.tables import books_of
from forthwith.domain.amounts import amount_text
from forthwith.domain.bank import BankBalance, BankEntry, BankStatement
from forthwith.domain.chain import NATIVE, Block, ChainRead, ChainTransaction, Leg
from forthwith.domain.fact_tables import FactRow
from forthwith.example.books import banks, ethereum
from forthwith.example.books.quarter import Quarter
from forthwith.example.books.tables import sheets_of
from forthwith.exports.chain import bitcoin_blocks


def books(quarter: Quarter, files: Mapping[str, bytes]) -> Books:
    """Return the books of a quarter, its block files read and everything else as played."""
    blocks = bitcoin_blocks.read(
        [(name, data) for name, data in files.items() if name.startswith("bitcoin/")]
    )
    return books_of(list(rows(files)), list(statements(quarter)), [blocks, evm(quarter.evm)])


def rows(files: Mapping[str, bytes]) -> Iterator[FactRow]:
    """Yield the rows of the tables."""
    for name, data in files.items():
        if name.startswith("tables/"):
            reader = csv.DictReader(io.StringIO(data.decode()))
            table = name.split("/")[1].removesuffix(".csv")
            for row in reader:
                yield FactRow(table, row, name, reader.line_num)


def statements(quarter: Quarter) -> Iterator[BankStatement]:
    """Yield each statement once."""
    for place in ("fbo", "res", "res2", "op", "int"):
        if place not in quarter.model.places:
            continue
        for sheet in sheets_of(quarter, place):
            entries = tuple(
                BankEntry(
                    banks.day(row.day), amount_text(row.amount, 2), f"row {at}",
                    (row.reference,), banks.day(row.day), row.party, row.party_account, row.words,
                )
                for at, row in enumerate(sheet.rows, start=1)
            )  # fmt: skip
            yield BankStatement(
                f"{place}-{sheet.number:02}", "played", sheet.account, "USD", entries,
                BankBalance(amount_text(sheet.opening, 2), sheet.first, "opening"),
                BankBalance(amount_text(sheet.closing, 2), sheet.last, "closing"),
                sheet.first, sheet.last, sheet.number,
            )  # fmt: skip


def evm(chain: ethereum.Chain) -> ChainRead:
    """Return the Ethereum side: legs from frames and logs, gas, withdrawals."""
    blocks, transactions = [], []
    traces = {trace["tx"]: trace["result"] for trace in chain.traces}
    for block, answer in zip(chain.blocks, chain.receipts, strict=True):
        height = int(block["number"], 16)
        blocks.append(
            Block(height, block["hash"], block["parentHash"], int(block["timestamp"], 16))
        )
        for place, receipt in enumerate(answer["receipts"]):
            legs = list(_frames(traces[receipt["transactionHash"]], "0"))
            legs += [leg for log in receipt["logs"] for leg in _log(log)]
            gas = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
            transactions.append(
                ChainTransaction(
                    receipt["transactionHash"], height, place, tuple(legs), gas, receipt["from"],
                    file="played",
                )
            )  # fmt: skip
        for at, row in enumerate(block["withdrawals"]):
            amount = int(row["amount"], 16) * 10**9
            leg = Leg(row["address"], NATIVE, amount, at, f"withdrawal {at}")
            transactions.append(
                ChainTransaction(
                    f"{block['hash']}:withdrawal:{at}", height, len(answer["receipts"]) + at,
                    (leg,), from_outside=True, file="played",
                )
            )  # fmt: skip
    return ChainRead(ethereum.CHAIN, "evm", tuple(blocks), tuple(transactions))


def _frames(frame: Mapping[str, Any], path: str) -> Iterator[Leg]:
    if "error" in frame:
        return
    value = int(frame.get("value", "0x0"), 16)
    if value and frame["type"] in ("CALL", "CREATE"):
        order = len(path)
        yield Leg(frame["from"], NATIVE, -value, order, f"frame {path}")
        yield Leg(frame["to"], NATIVE, value, order, f"frame {path}")
    for at, call in enumerate(frame.get("calls", ())):
        yield from _frames(call, f"{path}.{at}")


def _log(log: Mapping[str, Any]) -> Iterator[Leg]:
    if len(log["topics"]) == 3:
        order, amount = int(log["logIndex"], 16), int(log["data"], 16)
        source, target = ("0x" + topic[26:] for topic in log["topics"][1:])
        yield Leg(source, log["address"], -amount, order, f"log {order}")
        yield Leg(target, log["address"], amount, order, f"log {order}")
