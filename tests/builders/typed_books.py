"""Every command of the books that prints JSON, as typed on a folder of the example's quarter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from forthwith.example import books as example

MONTH, CUT = "2022-01", "2022-03-31"


def type_all(place: Path, typed: Callable[..., object], facts: Path) -> None:
    """Make the quarter below `place` and type each command, its files there; all print JSON.

    `facts` are tables of custody, for what signed and who could move it.
    """
    folder = place / "quarter"
    example.make(folder)
    statement = next(folder.rglob("*camt053*"))
    on = ("--books", str(folder), "--json")
    tree = ("--at", CUT, "--key", str(place / "key"), "--trees", str(place / "trees"))
    report = str(place / "report")
    for words in (
        ("books", "load", str(folder), "--json"),
        ("books", "import", "camt", str(statement), "--into", str(place / "kept"), "--json"),
        ("books", "position", *on),
        ("books", "coverage", *on),
        ("books", "breaks", *on),
        ("books", "commingling", *on),
        ("books", "trace", "K1", *on),
        ("books", "payments", *on),
        ("books", "census", *on),
        ("books", "exercised", "--facts", str(facts), *on),
        ("books", "report", MONTH, "--into", report, *on),
        ("books", "amend", MONTH, "--earlier", report, "--into", f"{report}-v2", *on),
        ("books", "check", report, "--json"),
        ("books", "rows", "assets/USD/owed_customers", "--report", report, *on),
        ("liabilities", "commit", *tree, *on),
        ("liabilities", "prove", "C0001", *tree, "--into", str(place / "proofs"), *on),
        ("liabilities", "verify", str(place / "proofs" / "C0001-USD.json"), "--json"),
    ):
        if words[1] == "amend":
            _change_a_row(folder)
        typed(*words)


def _change_a_row(folder: Path) -> None:
    """Register one customer more: where nothing changed there is nothing to amend."""
    with (folder / "tables/customer_accounts.csv").open("a", encoding="utf-8") as table:
        table.write("C9999,outsider,,2021-01-01,\n")
