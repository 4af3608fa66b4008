"""Exports of a custody platform's policy: who may move what from which account with whose approval.

Several files are parts of one export and are joined by their ids. Which platform they come from and
which part each is, is told from what they hold; a file of no known shape is refused by name, and so
are lists without a policy.
"""

from __future__ import annotations

from typing import Any

from forthwith.domain.fact_tables import Lifted, RowFault
from forthwith.exports.options import Files, ImportOptions
from forthwith.exports.platform_policy import fireblocks
from forthwith.exports.platform_policy.slices import TooManySlicesError
from forthwith.exports.tables.rows import Rows
from forthwith.plain import json_document
from forthwith.plain import json_values as js


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Return the rows of the parts of one export."""
    rows = Rows(files[0][0] if files else "", options.stamp)
    bodies: list[tuple[str, Any]] = []
    for name, data in files:
        try:
            bodies.append((name, _unwrapped(json_document.load(data))))
        except json_document.NotJsonError as wrong:
            rows.faults.append(RowFault(name, 0, f"It {wrong}", "Export the policy again"))
    if rows.faults:
        return rows.lifted()
    try:
        fireblocks.write(bodies, rows, options.wallet)
    except TooManySlicesError as many:
        rows.fault(str(many).partition(". ")[0], "Export it for fewer wallets or assets at a time")
    return rows.lifted()


def _unwrapped(value: Any) -> Any:
    """Return what a program of the vendor wrapped its answer in."""
    body = js.record(value)
    if "data" in body and body.keys() <= {"data", "statusCode", "status", "headers"}:
        return body["data"]
    return value
