"""Books held against a report that was signed over them: what of them is no longer as it was.

Three levels, each seeing what the one before cannot. The files alone: faults, gaps, tellings that
differ, breaks that the signed report does not have. The control accounts: how many rows of each
kind, and their sum. The commitments: roots, stakes, blocks and closings, and last the digests of
the rows, which tell that a row changed where nothing outside the ledger witnesses it.

What is booked after the cut and counts after it changes nothing here, so that a report of January
can be held against the books of March.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forthwith.books.report.checking import ReportFinding, different
from forthwith.books.report.month import Report
from forthwith.domain.fact_tables import RowFault

_Json = Mapping[str, Any]
#: Commitments a reader understands without the rows.
FIGURES = ("roots", "stakes", "blocks", "statements")


@dataclass(frozen=True, slots=True)
class Against:
    """What books show against a signed report, level by level."""

    files: tuple[ReportFinding, ...] = ()
    control_accounts: tuple[ReportFinding, ...] = ()
    #: Roots, stakes, blocks and closings.
    figures: tuple[ReportFinding, ...] = ()
    #: Digests of rows.
    rows: tuple[ReportFinding, ...] = ()

    @property
    def findings(self) -> tuple[ReportFinding, ...]:
        """Every finding, first what the files show."""
        return (*self.files, *self.control_accounts, *self.figures, *self.rows)


def faulty(faults: tuple[RowFault, ...]) -> Against:
    """Return what is found of books that cannot be read: nothing more can be asked of them."""
    return Against(
        tuple(
            ReportFinding("BR13", f"{fault.file}:{fault.line}" if fault.line else fault.file,
                          fault.what)
            for fault in faults
        )
    )  # fmt: skip


def against(signed: _Json, now: Report, *, roots: bool = True) -> Against:
    """Hold a report made of the books as they are against the signed one of the same month.

    `now` is made with the parameters and, for its roots, with the salts of the signed report;
    without these `roots` is False and they are passed over.
    """
    theirs, ours = signed["commitments"], now.body["commitments"]
    figures = [name for name in FIGURES if roots or name != "roots"]
    return Against(
        tuple(_of_files(signed, now.body)),
        tuple(_committed(("control_accounts",), theirs, ours)),
        tuple(_committed(figures, theirs, ours)),
        tuple(_committed(("rows",), theirs, ours)),
    )


def _committed(names: tuple[str, ...] | list[str], theirs: _Json, ours: _Json) -> Iterator[
    ReportFinding
]:  # fmt: skip
    for name in names:
        yield from different("BR08", f"commitments/{name}", theirs.get(name), ours.get(name))


def _of_files(signed: _Json, now: _Json) -> Iterator[ReportFinding]:
    """Yield what the files show by themselves and the signed report does not say.

    Rows are not compared: their lines move with every row that is put in above them.
    """
    parts = (
        ("breaks", ("kind", "asset", "amount", "since"), "says"),
        ("gaps", ("place", "from", "to"), "why"),
        ("tellings", ("account", "says"), "says"),
    )
    for part, keys, says in parts:
        before, after = (
            {(*(row[key] for key in keys),): row for row in body[part]} for body in (signed, now)
        )
        times = [
            Counter((*(row[key] for key in keys),) for row in body[part]) for body in (signed, now)
        ]
        for key in sorted(times[0].keys() | times[1].keys(), key=str):
            if times[0][key] == times[1][key]:
                continue
            row = after.get(key) or before[key]
            more = "is new" if times[1][key] > times[0][key] else "is there no more"
            name = " ".join(str(part) for part in key[:3] if part)
            yield ReportFinding("BR13", f"{part}/{name}", f"it {more}: {row[says]}")
    for note in sorted(set(now["notes"]) - set(signed["notes"])):
        yield ReportFinding("BR13", "notes", note)
    unexplained = {row["asset"]: row["unexplained"] for row in signed["assets"]}
    for row in now["assets"]:
        if row["unexplained"] != unexplained.get(row["asset"], row["unexplained"]):
            says = f"{row['unexplained']} is explained by no row"
            yield ReportFinding("BR13", f"assets/{row['asset']}/unexplained", says)
    # Moves against the chain's own legs and the statements' own entries.
    apart = {(row["place"], row["asset"]): row["difference"] for row in signed["places"]}
    for row in now["places"]:
        if row["difference"] != apart.get((row["place"], row["asset"]), row["difference"]):
            says = f"its witness differs by {row['difference']}"
            yield ReportFinding("BR13", f"places/{row['place']}/{row['asset']}", says)
