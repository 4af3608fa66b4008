"""Exports of a custody platform's policy: who may move what from which account with whose approval.

Several files are parts of one export and are joined by their ids. Which platform they come from and
which part each is, is told from what they hold; a file of no known shape is refused by name, and so
are lists without a policy.
"""

from __future__ import annotations

from typing import Any

from forthwith.domain.fact_tables import Lifted, RowFault
from forthwith.exports.options import Files, ImportOptions
from forthwith.exports.platform_policy import bitgo, fireblocks, prime
from forthwith.exports.platform_policy.slices import TooManySlicesError
from forthwith.exports.tables.rows import Rows
from forthwith.plain import json_document
from forthwith.plain import json_values as js

#: Platforms told by what their files hold; whatever none of them knows is Fireblocks' to refuse.
_OTHERS = (bitgo, prime)


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
        _vendor(bodies, rows, options.wallet)
    except TooManySlicesError as many:
        rows.fault(str(many).partition(". ")[0], "Export it for fewer wallets or assets at a time")
    return rows.lifted()


def _vendor(bodies: list[tuple[str, Any]], rows: Rows, wallet: str) -> None:
    """Write the rows of the platform the files come from. Raises TooManySlicesError."""
    told = {
        name: next((vendor for vendor in _OTHERS if vendor.holds(body)), None)
        for name, body in bodies
        if not _empty(body)
    }
    if len(set(told.values())) > 1:
        what = f"these files come from more than one platform: {', '.join(told)}"
        rows.fault(what, "Import each by itself")
        return
    vendor = next(iter(told.values()), None)
    write = vendor.write if vendor else fireblocks.write
    write(bodies, rows, wallet)


def _unwrapped(value: Any) -> Any:
    """Return what a program of the vendor wrapped its answer in."""
    body = js.record(value)
    if "data" in body and body.keys() <= {"data", "statusCode", "status", "headers"}:
        return body["data"]
    return value


def _empty(value: Any) -> bool:
    """Return whether an answer lists nothing, which tells of no platform."""
    body = js.record(value)
    return bool(body) and all(inner in ([], {}, None) for inner in body.values())
