"""Natives delivered under another document's number (NT10), digests and all.

A message's row keeps its Message-ID whatever file lies under its number. Where the native has
another and the row's own is that of another row's native, the file is in the wrong place; whatever
else differs then, date, people, subject, text, follows from it and is not told again.
"""

from __future__ import annotations

from collections.abc import Mapping

from forthwith.check.context import CheckContext, Findings
from forthwith.check.natives_opened import Opened
from forthwith.domain import fields
from forthwith.domain.evidence import Kind


def swapped(seen: CheckContext, opened: Mapping[int, Opened]) -> Findings:
    """Report messages whose native is another document's."""
    volume = seen.volume
    if not volume.has("message_id"):
        return
    held = {
        row: native.fields.get(fields.MESSAGE_ID, "").strip()
        for row, native in opened.items()
        if native.kind == Kind.EMAIL and row not in seen.native_altered
    }
    owners: dict[str, list[int]] = {}
    for row in range(len(volume)):
        if cell := volume.cell("message_id", row):
            owners.setdefault(cell, []).append(row)
    there = set(held.values())
    for row, inside in held.items():
        cell = volume.cell("message_id", row)
        if not inside or not cell or inside == cell or cell not in there:
            continue
        others = [other for other in owners.get(inside, []) if other != row]
        if others:
            seen.native_altered.add(row)
            number = volume.cell("first_bates", others[0])
            yield seen.report("NT10", f"its native is that of {number}", row=row)
