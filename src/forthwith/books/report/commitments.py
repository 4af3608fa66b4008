"""What a report commits to, so that a later change of the books shows.

Roots, stakes, blocks and closings are what a reader understands. They leave open whose a trade or a
fee was, what a memo said, and whatever moved no balance; so the rows themselves are committed to as
well: how many there are of each table, account and chain up to the cut, and the SHA-256 over them.

A digest is over one line of JSON for each row, sorted, so that files and their order may change.
Amounts are smallest units and instants seconds since 1970. Of a registration that ends after the
cut the end is left out: closing an account in March changes nothing of January.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from forthwith.books.books import Books, LedgerRow, PlaceEntry, Span
from forthwith.books.reckoning import Reckoning
from forthwith.domain.bank import BankStatement
from forthwith.domain.chain import ChainRead
from forthwith.domain.instants import Instant, day_end

_Line = Sequence[Any]
#: Tables of the books whose rows are committed to, as fields of Books; `effective` and `at` decide
#: which of them lie before the cut.
_TABLES = (
    "places", "accounts", "deposit_addresses", "ledger", "place_ledger", "openings", "names",
    "affiliations", "bank_parties", "claims", "caps", "duties", "proofs", "completeness",
    "sentences",
)  # fmt: skip


def commitments(
    reckoning: Reckoning, cut: Instant, roots: Mapping[str, str], blocks: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the commitments of a cut; `roots` are those of the trees, `blocks` named by it."""
    books, zone = reckoning.books, reckoning.parameters.zone
    stakes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for change in reckoning.changes:
        if change.at <= cut:
            stakes[f"{change.place} {change.asset}"][change.group] += change.delta
    return {
        "roots": dict(roots),
        "stakes": {
            key: {
                group: books.assets[key.rsplit(" ", 1)[1]].text(amount)
                for group, amount in sorted(groups.items())
                if amount
            }
            for key, groups in sorted(stakes.items())
        },
        "blocks": dict(blocks),
        "statements": [
            {
                "account": row.account,
                "file": row.file,
                "sha256": books.files.get(row.file, ""),
                "day": str(row.closing.day),
                "closing": row.closing.amount,
            }
            for row in sorted(books.statements, key=_closed)
            if row.closing is not None and day_end(row.closing.day, zone) <= cut
        ],
        "control_accounts": control_accounts(reckoning, cut),
        "rows": dict(rows_committed(reckoning, cut, blocks)),
    }


def _closed(row: BankStatement) -> tuple[str, ...]:
    closing = row.closing
    stated = ("", "") if closing is None else (str(closing.day), closing.amount)
    return row.account, row.file, *stated, row.id


def control_accounts(reckoning: Reckoning, cut: Instant) -> dict[str, dict[str, Any]]:
    """Return rows and sum of each kind in the two ledgers up to a cut."""
    totals: dict[tuple[str, str, str], tuple[int, int]] = {}
    ledgers: tuple[tuple[str, Sequence[LedgerRow | PlaceEntry]], ...] = (
        ("customer_ledger", reckoning.books.ledger),
        ("place_ledger", reckoning.books.place_ledger),
    )
    for ledger, rows in ledgers:
        for row in rows:
            if row.effective <= cut:
                count, amount = totals.get((ledger, row.kind, row.asset), (0, 0))
                totals[ledger, row.kind, row.asset] = count + 1, amount + row.amount
    return {
        f"{ledger} {kind} {asset}": {
            "rows": count,
            "sum": reckoning.books.assets[asset].text(amount),
        }
        for (ledger, kind, asset), (count, amount) in sorted(totals.items())
    }


def rows_committed(
    reckoning: Reckoning, cut: Instant, blocks: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each table, account and chain with the number and the digest of its rows."""
    books, zone = reckoning.books, reckoning.parameters.zone
    yield "assets", _digest([a.id, a.decimals, a.chain, a.contract] for a in books.assets.values())
    for table in _TABLES:
        yield table, _digest(_table(books, table, cut))
    accounts: dict[str, list[BankStatement]] = defaultdict(list)
    for statement in books.statements:
        accounts[statement.account].append(statement)
    for account, statements in sorted(accounts.items()):
        lines = (line for row in statements for line in _statement(row, cut, zone))
        yield f"account {account}", _digest(lines)
    chains: dict[str, list[ChainRead]] = defaultdict(list)
    for read in books.chains:
        chains[read.chain].append(read)
    for chain, reads in sorted(chains.items()):
        block = blocks.get(chain)
        if block is not None:
            height = block["height"]
            yield f"chain {chain}", _digest(line for read in reads for line in _chain(read, height))


def _digest(lines: Iterable[_Line]) -> dict[str, Any]:
    texts = sorted(json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in lines)
    whole = "".join(f"{text}\n" for text in texts)
    return {"rows": len(texts), "sha256": hashlib.sha256(whole.encode()).hexdigest()}


def _table(books: Books, table: str, cut: Instant) -> Iterator[_Line]:
    for row in getattr(books, table):
        cells: list[Any] = []
        for column in fields(row):
            value = getattr(row, column.name)
            if isinstance(value, Span):
                if value.start is not None and value.start > cut:
                    break
                ended = value.end is not None and value.end <= cut
                cells += [value.start, value.end if ended else None]
            elif column.name in ("effective", "at") and value is not None and value > cut:
                break
            elif column.name != "witness":
                cells.append(sorted(value.items()) if isinstance(value, Mapping) else value)
        else:
            yield cells


def _statement(statement: BankStatement, cut: Instant, zone: str) -> Iterator[_Line]:
    """Yield a statement's balances and entries up to the cut, each with its place among them."""

    def within(day: date) -> bool:
        return day_end(day, zone) <= cut

    head = [
        statement.form, str(statement.telling), statement.currency, statement.id,
        statement.number, statement.page,
    ]  # fmt: skip
    balances = [("opening", statement.opening), ("closing", statement.closing)]
    for name, balance in balances:
        if balance is not None and within(balance.day):
            yield [*head, name, balance.amount, str(balance.day)]
    inside = [entry for entry in statement.entries if within(entry.booked)]
    for place, entry in enumerate(inside):
        value = "" if entry.value is None else str(entry.value)
        yield [
            *head, place, str(entry.booked), value, entry.amount, *entry.references, entry.party,
            entry.party_account, entry.text, entry.reversal, entry.doubt,
        ]  # fmt: skip


def _chain(read: ChainRead, height: int) -> Iterator[_Line]:
    """Yield the blocks and transactions of a chain up to a height."""
    for block in read.blocks:
        if block.height <= height:
            yield ["block", block.height, block.hash, block.parent, block.time]
    for row in read.transactions:
        if row.height <= height:
            legs = [[leg.address, leg.contract, str(leg.amount), leg.order] for leg in row.legs]
            yield [
                "transaction", row.height, row.position, row.id, str(row.fee), row.fee_payer,
                row.from_outside, legs, row.unknown, row.suspects,
            ]  # fmt: skip
