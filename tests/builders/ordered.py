"""An order as a court might enter it, its obligations as a person reads them, and pages to cite."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import docx

from forthwith.domain.acts import Act, Acts
from forthwith.domain.obligations import EXACT, Obligation, Order
from forthwith.domain.requests import DueDay
from forthwith.respond.registers import obligations, orders
from forthwith.respond.registers.citations import CitablePages
from forthwith.respond.registers.obligations import DutyRegister
from forthwith.respond.registers.pages import Pages

ENTERED = date(2023, 6, 17)
NAME = "Consent Order"
TEXT = """UNITED STATES DISTRICT COURT
CONSENT ORDER
1. Northgate shall bring back all customer assets on or before the date of
entry of this Order.
2. Within 14 days, Northgate shall move all customer assets to new wallets.
3. Northgate shall serve monthly reports, sworn by an officer.
4. No key, “including any portion or copy thereof”, shall be held by Halden.
5. Northgate shall list every account within 45 days.
SO ORDERED.
"""
SHELF = CitablePages(
    Pages({"FW1": ("VOL001", "ABC0001", "ABC0004"), "FW2": ("VOL001", "ABC0005", "ABC0009")}),
    (("ABC0001", "ABC0004"), ("ABC0005", "ABC0009"), ("ABC0010", "ABC0012")),
    frozenset(),
    "ABC",
)
#: The same, with FW2 clawed back.
CLAWED_BACK = replace(SHELF, withheld=frozenset({"FW2"}))
ROWS = (
    {"number": "1", "quote": "shall bring back all customer assets", "deadline": "2023-06-17"},
    {"number": "2", "quote": "shall move all customer assets to new wallets",
     "duty": "Move everything to new wallets", "deadline": "14 days"},
    {"number": "3", "quote": "shall serve monthly reports", "evidence": "ABC0001"},
)  # fmt: skip


def table(rows: Iterable[dict[str, str]] = ROWS, separator: str = ",") -> bytes:
    """Return rows as a CSV with all columns."""
    columns = ("number", "quote", "duty", "deadline", "evidence", "attestor", "supersedes")
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def word(text: str = TEXT) -> bytes:
    """Return the order as a Word document."""
    document = docx.Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def order(name: str = NAME, entered: date = ENTERED, amends: str = "") -> Order:
    """Return the order as pinned."""
    text = orders.read("order.txt", TEXT.encode())
    return Order(name, text.source, text.sha256, entered, amends)


def obligation(
    number: str, name: str = NAME, quote: str = "shall serve monthly reports", **changes: object
) -> Obligation:
    """Return one obligation where its quote stands, due on 3 July 2023."""
    start = TEXT.index(quote)
    due = DueDay(date(2023, 7, 3), f"{name}, {number}")
    made = Obligation(name, number, quote, EXACT, start, start + len(quote), due=due)
    return replace(made, **changes)  # type: ignore[arg-type]


def register(*acts: Act, shelf: CitablePages = SHELF) -> DutyRegister:
    """Return the register after acts, in their order."""
    return DutyRegister.read(Acts(replace(act, seq=at) for at, act in enumerate(acts)), shelf)


def entered(
    *held: Obligation, name: str = NAME, day: date = ENTERED, amends: str = ""
) -> list[Act]:
    """Return the acts of one order and its obligations."""
    return obligations.imported(order(name, day, amends), held)
