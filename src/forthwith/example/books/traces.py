"""One claim in one bank account, followed by hand: a second telling of five methods' simplest case.

The account is never overdrawn in any order of a day; where it is, there is no answer here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forthwith.example.books.model import BankRow, text
from forthwith.example.books.truth import day_told

Json = dict[str, Any]
ORDERS = ("statement", "credits_first", "debits_first")
METHODS = ("fifo", "lifo", "pro_rata", "libr", "poison")


class _OverdrawnError(Exception):
    """An order of a day would overdraw the account."""


def followed(opening: int, rows: Sequence[BankRow], reference: str) -> Json:
    """Return what is left of the credit `reference` and what went, by method and order of a day.

    Left and gone are amounts in text, gone by the reference of the debit; `range` holds the best
    and the worst order of each day under libr.
    """
    methods: Json = {}
    for method in METHODS:
        methods[method] = {}
        for order in ORDERS:
            try:
                left, gone = _follow(method, opening, _ordered(rows, order, reference), reference)
            except _OverdrawnError:
                continue
            methods[method][order] = {
                "left": text("USD", left),
                "gone": {ref: text("USD", amount) for ref, amount in gone.items()},
            }
    bounds: Json = {}
    for order in ("best", "worst"):
        try:
            left, gone = _follow("libr", opening, _ordered(rows, order, reference), reference)
        except _OverdrawnError:
            continue
        bounds[order] = {
            "left": text("USD", left),
            "gone": {ref: text("USD", amount) for ref, amount in gone.items()},
        }
    return {"methods": methods, "range": {"libr": bounds}}


def _ordered(rows: Sequence[BankRow], order: str, reference: str) -> list[BankRow]:
    """Return the rows with each day's in an order; the statement's own is kept within it."""

    def rank(row: BankRow) -> int:
        debit, claim = row.amount < 0, row.reference == reference
        if order == "credits_first":
            return int(debit)
        if order == "debits_first":
            return int(not debit)
        if order == "best":
            return 2 if claim else 1 if debit else 0
        if order == "worst":
            return 0 if claim else 1 if debit else 2
        return 0

    return sorted(rows, key=lambda row: (day_told(row.day), rank(row)))


def _follow(
    method: str, opening: int, rows: Sequence[BankRow], reference: str
) -> tuple[int, dict[str, int]]:
    """Return what is left tagged, and what each later debit took of it, by its reference."""
    #: (tagged, amount), the oldest first.
    lots: list[tuple[bool, int]] = [(False, opening)]
    gone: dict[str, int] = {}
    poisoned = False
    for row in rows:
        if row.amount > 0:
            tagged = row.reference == reference
            lots.append((tagged, row.amount))
            poisoned = poisoned or tagged
            continue
        paid = -row.amount
        balance = sum(amount for _, amount in lots)
        if paid > balance:
            raise _OverdrawnError
        taken = _taken(method, lots, paid, balance, poisoned=poisoned)
        lots = _less(method, lots, paid, taken)
        if taken:
            gone[row.reference] = gone.get(row.reference, 0) + taken
        if paid == balance:
            lots, poisoned = [], False
    left = sum(amount for _, amount in lots) if method == "poison" and poisoned else 0
    if method != "poison":
        left = sum(amount for tagged, amount in lots if tagged)
    return left, gone


def _taken(
    method: str, lots: Sequence[tuple[bool, int]], paid: int, balance: int, *, poisoned: bool
) -> int:
    tagged = sum(amount for mark, amount in lots if mark)
    if method == "poison":
        return paid if poisoned else 0
    if method == "libr":
        return max(0, paid - (balance - tagged))
    if method == "pro_rata":
        share, rest = divmod(paid * tagged, balance)
        other = paid * (balance - tagged) % balance
        # The unit left over goes to the larger remainder; on a tie to what entered first: ours
        # never did, an opening stood before it.
        return share + int(rest > other)
    taken, due = 0, paid
    for mark, amount in lots if method == "fifo" else reversed(lots):
        part = min(due, amount)
        taken += part if mark else 0
        due -= part
    return taken


def _less(
    method: str, lots: Sequence[tuple[bool, int]], paid: int, taken: int
) -> list[tuple[bool, int]]:
    """Return the lots after a debit."""
    if method in ("fifo", "lifo"):
        rest, due = [], paid
        for mark, amount in lots if method == "fifo" else reversed(lots):
            part = min(due, amount)
            due -= part
            if amount > part:
                rest.append((mark, amount - part))
        return rest if method == "fifo" else rest[::-1]
    if method == "poison":
        return [(False, sum(amount for _, amount in lots) - paid)]
    rest, dues = [], {True: taken, False: paid - taken}
    for mark, amount in lots:
        part = min(dues[mark], amount)
        dues[mark] -= part
        if amount > part:
            rest.append((mark, amount - part))
    return rest
