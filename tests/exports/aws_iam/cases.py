"""What the tests of the IAM lift share: who reaches what, surely and perhaps."""

from __future__ import annotations

import re

from forthwith.domain.fact_tables import FactRow, Lifted, Stamp
from forthwith.exports.aws_iam.lift import lift
from forthwith.exports.options import ImportOptions
from tests.builders.iam import (
    KEY,
    Iam,
)

STAMP = Stamp("2023-06-17", "2024-03-05", cites="BTS0001")
THE_KEY = f"kms:{KEY}"
ADMIN = "iam:policy-admin"


def lifted(iam: Iam, stamp: Stamp = STAMP) -> Lifted:
    made = lift(iam.files(), ImportOptions(stamp))
    assert not made.faults
    return made


def together(iam: Iam, *files: tuple[str, bytes], stamp: Stamp = STAMP) -> Lifted:
    """Lift an export with outputs of other commands beside it."""
    made = lift([*iam.files(), *files], ImportOptions(stamp))
    assert not made.faults
    return made


def refused(iam: Iam, *files: tuple[str, bytes]) -> str:
    """Return in words why such files are refused."""
    made = lift([*iam.files(), *files], ImportOptions(STAMP))
    assert made.faults
    assert not made.rows
    return " ".join(map(str, made.faults))


def grants(made: Lifted) -> list[FactRow]:
    return [row for row in made.rows if row.table == "grants"]


def reach(made: Lifted, *hands: str, on: str = "2023-09-01", certain: bool = True) -> set[str]:
    """Return what whoever holds `hands` has on a day: the least fixed point over the grants."""
    rows = [
        row
        for row in grants(made)
        if row["from"] <= on and (not row["to"] or on < row["to"])
        if not (certain and row["condition"])
    ]
    held = set(hands)
    while more := {r["gives"] for r in rows if _met(r["means"], held)} - held:
        held |= more
    return held


def _met(formula: str, held: set[str]) -> bool:
    both = formula.split(" and ", 1)
    if len(both) == 2:
        return all(_met(each, held) for each in both)
    any_of = re.fullmatch(r"any of \((.*)\)", formula)
    return any(each in held for each in any_of[1].split(", ")) if any_of else formula in held


def certainly(made: Lifted, start: str, end: str) -> bool:
    return end in reach(made, start)


def possibly(made: Lifted, start: str, end: str) -> bool:
    return end in reach(made, start, certain=False)


def conditions(made: Lifted, means: str, gives: str) -> list[str]:
    return [r["condition"] for r in grants(made) if (r["means"], r["gives"]) == (means, gives)]
