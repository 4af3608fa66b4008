"""Slip-sheets of withheld documents: told by a load file's cell, or by the words on the sheet.

Our own volumes have both. Somebody else's may have one, and neither has a standard form, so a sheet
is known by its words only where it says little else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from forthwith.loadfiles import synonyms

#: What a cell says where nothing is withheld, and where something is and no number is given.
_NO = frozenset({"", "n", "no", "false", "0", "none", "n/a", "not privileged", "produced", "not"})
_YES = frozenset(
    {"y", "yes", "true", "1", "x", "withheld", "privileged", "privilege", "withheld in full",
     "full", "privilege withhold", "withhold", "priv", "withheld for privilege"}
)  # fmt: skip
#: Characters: a slip-sheet says no more, whatever number and legend stand on it.
LONGEST = 400
_WITHHELD = re.compile(
    r"\W*(?:(?:this )?(?:document|record|file|attachment|item|e-?mail|page|communication|family)s?"
    r"\W{1,5}(?:(?:has|have|is|are|was|were|been|being|fully|entirely|in full|in its entirety)"
    r"\W{1,5})*+withheld\b|privileged\b.{0,80}\bwithheld\b|withheld\b)",
    re.IGNORECASE,
)
#: A word that is a number stamped on the page.
_STAMPED = re.compile(r"\d{3}")
_PRIVILEGE = re.compile(r"privileg|work[ -]product|attorney", re.IGNORECASE)
#: The sheet of a document that is produced, without the native that would give another away.
_CARRIES = re.compile(r"\bcontains\s+a\s+document\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"log\s*(?:entry|id|no|number|num)?[\s.:#]*(?P<number>[A-Z][\w.-]*\d|\d+)", re.IGNORECASE
)
_GROUND = re.compile(r"privileg|work[ -]product|attorney|\b(?:AC|ACP|WP|AWP)\b", re.IGNORECASE)


def of_cell(cell: str) -> str | None:
    """Return the log number a cell on withholding holds, "" without one; None: not withheld."""
    word = " ".join(cell.split()).casefold()
    if word in _NO:
        return None
    return "" if word in _YES else cell.strip()


def of_cells(cells: Iterable[tuple[str, str]]) -> tuple[str | None, str]:
    """Return what a row says by the names of its columns, (name, cell) each, in any order.

    The log number where it is withheld ("" without one; None: not withheld), and what it says of
    redactions ("" for none). Of several columns of one meaning the surest that says so counts.
    """
    said: dict[str, list[tuple[int, str]]] = {}
    for name, cell in cells:
        role, place = synonyms.table().meant.get(synonyms.bare(name), ("", 0))
        said.setdefault(role, []).append((place, cell))
    logs = [
        log for _, cell in sorted(said.get("withheld", ())) if (log := of_cell(cell)) is not None
    ]
    redactions = [cell for _, cell in sorted(said.get("redacted", ())) if redacted(cell)]
    return next(filter(None, logs), "") if logs else None, next(iter(redactions), "")


def of_text(text: str) -> str | None:
    """Return the log number a slip-sheet's words hold, "" without one; None: it is none."""
    words = text[: 2 * LONGEST].split()
    while words and (not re.search("[a-z]", words[0], re.IGNORECASE) or _STAMPED.search(words[0])):
        words = words[1:]
    flat = " ".join(words)
    if len(flat) > LONGEST or _CARRIES.search(flat):
        return None
    if not (_WITHHELD.match(flat) and _PRIVILEGE.search(flat)):
        return None
    match = _NUMBER.search(flat)
    return match["number"] if match else ""


def redacted(cell: str) -> bool:
    """Tell whether a cell on redaction says that something is."""
    return " ".join(cell.split()).casefold() not in _NO


def for_privilege(cell: str) -> bool:
    """Tell whether a cell on redaction says that privilege is why; others are for privacy."""
    return redacted(cell) and bool(_GROUND.search(cell))
