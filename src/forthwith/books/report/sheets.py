"""The tables of a report, as workbook and paper print them; everything comes from its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Classes of the other side of a movement, in the order they are printed.
SIDES = ("customer", "own", "affiliate", "vendor", "unregistered", "unknown")
#: The first sheet; a paper says it above its tables.
HEADLINE = "Headline"
_Json = Mapping[str, Any]
_Rows = Iterator[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: a name of at most 31 characters, a header, rows of texts.

    Columns named in `amounts` hold amounts of the asset in column "Asset".
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    amounts: frozenset[str] = frozenset()


def sheets(report: _Json) -> tuple[Sheet, ...]:
    """Return every table of a report."""
    amounts = ("Opening", *(f"In: {side}" for side in SIDES), *(f"Out: {side}" for side in SIDES),
               "Network fees", "Closing", "Balance by its witness", "Difference")  # fmt: skip
    return (
        Sheet(HEADLINE, ("What a reader must know first",),
              tuple((sentence,) for sentence in report["headline"])),
        Sheet("Summary", ("What", "Value"), tuple(_summary(report))),
        _sheet("Assets", "Asset", _assets(report), (
            "Owed to outsiders", "Owed to affiliated LPs", "Owed to customers", "House accounts",
            "Negative balances", "Held for customers", "Not registered", "Difference",
            "Least difference", "Shortfall at the cut", "Dust", "Unexplained",
        ), ("Least difference at",)),
        Sheet("Held", ("Asset", "Place", "Amount"), tuple(_held(report)), frozenset(("Amount",))),
        Sheet("Places", ("Place", "Asset", "Class", *amounts, "Witness"), tuple(_places(report)),
              frozenset(amounts)),
        Sheet("Shortfalls",
              ("Asset", "From", "To", "Most", "Most at", "Counting unregistered", "Days touched",
               "Days short at their end"),
              tuple(_shortfalls(report)), frozenset(("Most", "Counting unregistered"))),
        Sheet("Commingling",
              ("Place", "Asset", "Kind", "With", "From", "To", "Customers at start",
               "Others at start", "Customers at most", "Others at most"),
              tuple(_commingling(report)),
              frozenset(("Customers at start", "Others at start", "Customers at most",
                         "Others at most"))),
        Sheet("Expenses",
              ("Payee", "As written", "Asset", "Amount", "Payments", "Affiliate", "Through",
               "Not followed"),
              tuple(_expenses(report)), frozenset(("Amount",))),
        Sheet("Own transfers", ("When", "Asset", "Amount", "From", "To", "Reference"),
              tuple(_own(report)), frozenset(("Amount",))),
        Sheet("Dressing", ("What",), tuple((dressing_words(row),) for row in report["dressing"])),
        Sheet("Breaks", ("Kind", "Asset", "Amount", "Age in days", "Says", "Cure", "Rows"),
              tuple(_breaks(report)), frozenset(("Amount",))),
        Sheet("Proofs of control", ("Place", "Asset", "With a proof in time", "Without"),
              tuple(_proofs(report))),
        Sheet("Could move", ("Place", "Path", "Who", "Answer"), tuple(_could_move(report))),
        Sheet("Liabilities", ("Asset", "Root of the tree", "Total", "Leaves"),
              tuple((row["asset"], row["root"], row["total"], str(row["leaves"]))
                    for row in report["liabilities"]), frozenset(("Total",))),
        Sheet("As known at signing",
              ("Asset", "Owed to customers", "Held for customers", "Difference", "Known at"),
              tuple(_signing(report)),
              frozenset(("Owed to customers", "Held for customers", "Difference"))),
        Sheet("Files", ("File", "SHA-256"), tuple(sorted(report["files"].items()))),
    )  # fmt: skip


def dressing_words(row: _Json) -> str:
    """Return what came before a cut and went back after it, as a clause."""
    return (
        f"{row['amount']} {row['asset']} came from {row['entity']} before {row['cut']}, and "
        f"{row['back']} went back after it ({', '.join((*row['in'], *row['out']))})"
    )


def through_words(way: _Json) -> str:
    """Return how much of a payment reached an affiliate, by method, as a clause."""
    shares = ", ".join(f"{method} {amount}" for method, amount in way["methods"].items())
    return f"{way['affiliate']} got of it, by {shares}, from {' and '.join(way['places'])}"


def _sheet(
    name: str, first: str, rows: _Rows, amounts: Sequence[str], rest: Sequence[str]
) -> Sheet:
    return Sheet(name, (first, *amounts, *rest), tuple(rows), frozenset(amounts))


def _summary(report: _Json) -> _Rows:
    yield "Month", report["month"]
    yield "Version", str(report["version"])
    yield "Certified by", report["certifier"] or "nobody"
    yield "From", report["from"]
    yield "Cut", report["cut"]
    for chain, block in report["heights"].items():
        shown = f"{block['height']} {block['hash']}" if block else "not shown"
        yield f"Block of {chain}", shown
    yield "Salts of the trees", report["salts"]
    for name, value in report["parameters"].items():
        shown = value
        if isinstance(value, Mapping):
            shown = ", ".join(f"{key} {amount}" for key, amount in sorted(value.items())) or "0"
        yield name.replace("_", " ").capitalize(), str(shown if shown is not None else "none")
    for gap in report["gaps"]:
        start, end = gap["from"] or "the start", gap["to"] or "the end"
        yield "Not shown", f"{gap['place']}, {start} to {end}: {gap['why']}"
    for row in report["tellings"]:
        yield "Tellings differ", f"{row['account']}: {row['says']}"
    for note in report["notes"]:
        yield "Note", note


def _assets(report: _Json) -> _Rows:
    for row in report["assets"]:
        owed = row["owed"]
        yield (
            row["asset"], owed["outsider"], owed["affiliated_lp"], row["owed_customers"],
            owed["house"], owed["negative"], row["held_customers"] or "",
            row["unregistered_total"], row["difference"] or "",
            row["least"]["difference"] or "", row["shortfall"] or "", row["dust"],
            row["unexplained"], row["least"]["at"] or "",
        )  # fmt: skip


def _held(report: _Json) -> _Rows:
    for row in report["assets"]:
        for place, amount in row["held"].items():
            yield row["asset"], place, amount


def _places(report: _Json) -> _Rows:
    for row in report["places"]:
        yield (
            row["place"], row["asset"], row["class"], row["opening"],
            *(row["in"].get(side, "") for side in SIDES),
            *(row["out"].get(side, "") for side in SIDES),
            row["network_fees"], row["closing"], row["balance"]["amount"] or "",
            row["difference"] or "", row["balance"]["of"],
        )  # fmt: skip


def _shortfalls(report: _Json) -> _Rows:
    for asset in report["assets"]:
        for row in asset["shortfalls"]:
            yield (
                asset["asset"], row["from"], row["to"] or "still", row["most"], row["most_at"],
                row["most_counting_unregistered"], str(row["days_touched"]),
                str(row["days_at_end_of_day"]),
            )  # fmt: skip


def _commingling(report: _Json) -> _Rows:
    for row in report["commingling"]:
        yield (
            row["place"], row["asset"], row["kind"], ", ".join(row["groups"]), row["from"],
            row["to"] or "still", row["customers_from"], row["other_from"],
            row["customers_most"], row["other_most"],
        )  # fmt: skip


def _expenses(report: _Json) -> _Rows:
    for row in report["expenses"]:
        through = "; ".join(map(through_words, row["through"]))
        yield (
            row["entity"], "; ".join(row["as_written"]), row["asset"], row["amount"],
            str(row["count"]), str(row["affiliate"]), through, row["not_followed"],
        )  # fmt: skip


def _own(report: _Json) -> _Rows:
    for row in report["own_transfers"]:
        yield (
            row["at"], row["asset"], row["amount"], row["from_place"], row["to_place"],
            row["reference"],
        )  # fmt: skip


def _breaks(report: _Json) -> _Rows:
    for row in report["breaks"]:
        yield (
            row["kind"], row["asset"], row["amount"], str(row["age_days"]), row["says"],
            row["cure"], "; ".join(row["rows"]),
        )  # fmt: skip


def _proofs(report: _Json) -> _Rows:
    for row in report["places"]:
        if row["proved"] or row["unproved"]:
            yield row["place"], row["asset"], "; ".join(row["proved"]), "; ".join(row["unproved"])


def _signing(report: _Json) -> _Rows:
    signed = report["known_at_signing"] or {"assets": ()}
    for row in signed["assets"]:
        yield (
            row["asset"], row["owed_customers"], row["held_customers"] or "",
            row["difference"] or "", signed["at"],
        )  # fmt: skip


def _could_move(report: _Json) -> _Rows:
    for row in report["could_move"]:
        yield row["place"], row["path"], ", ".join(row["who"]), row["answer"]
