"""The exceptions log: what could not be processed, read whole, imaged or delivered, and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from forthwith.plain.csv_cells import as_text


@dataclass(frozen=True, slots=True, order=True)
class Unsound:
    """One line of the log."""

    #: First number of the document; "" for a container that is not produced itself.
    bates: str
    reason: str
    detail: str


def render(lines: Iterable[Unsound]) -> bytes:
    """Return the log as CSV: UTF-8 with its mark, CRLF, every cell quoted, each line once."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("BATES", "REASON", "DETAIL"))
    for line in sorted(set(lines)):
        writer.writerow([safe(each) for each in (line.bates, line.reason, line.detail)])
    return out.getvalue().encode("utf-8-sig", "replace")


def safe(cell: str) -> str:
    """Return `cell` on one line, and so that no spreadsheet runs it as a formula."""
    return as_text(" ".join(cell.split()))
