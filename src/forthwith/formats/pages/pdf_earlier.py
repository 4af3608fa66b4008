"""Earlier versions of a PDF inside it: what was changed by adding to the file is still there.

A PDF may be changed by an incremental update (ISO 32000-2, 7.5.6): the old bytes stay, and the new
ones are added behind them. Each end mark closes a version that opens as a file of its own. Words of
an earlier version that the last one lacks are words somebody took out and did not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pypdfium2

from forthwith.plain.charset import encodable

_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF[ \t]*\r?\n?")
#: Versions looked at, the newest first, and bytes of them in all.
_MOST = 8
_BYTES = 64 * 2**20
_PAGES = 2_000
#: Letters of removed words shown of one version.
_SHOWN = 20_000


@dataclass(frozen=True, slots=True)
class EarlierVersions:
    """What stands in a file besides its last version."""

    #: Versions before the last.
    number: int = 0
    #: Words of a version that no later one has, the oldest version first: (its place, words).
    removed: tuple[tuple[int, str], ...] = ()


def earlier_versions(data: bytes) -> EarlierVersions:
    """Count the versions before the last, and return the words that were taken out."""
    ends = _ends(data)
    if len(ends) < 2:
        return EarlierVersions()
    later = _closed(_lines(data))
    removed: list[tuple[int, str]] = []
    spent = len(data)
    for place in range(len(ends) - 2, -1, -1):
        spent += ends[place]
        if len(ends) - 1 - place > _MOST or spent > _BYTES:
            break
        lines = _lines(data[: ends[place]])
        # Lines may break elsewhere in a later version: what counts is whether the words follow.
        gone = [line for line in dict.fromkeys(lines) if _closed([line]) not in later]
        if gone:
            removed.append((place + 1, "\n".join(gone)[:_SHOWN]))
        later += _closed(lines)
    return EarlierVersions(len(ends) - 1, tuple(reversed(removed)))


def _closed(lines: list[str]) -> str:
    """Return all letters without a space."""
    return "".join("".join(line.split()) for line in lines)


def _ends(data: bytes) -> list[int]:
    """Return where each version ends.

    The first of two end marks of a linearised file (Annex F) closes a part and no version: its
    cross-reference is the one the file begins with.
    """
    marks = list(_END.finditer(data))
    if b"/Linearized" in data[:2048] and len(marks) > 1:
        marks = marks[1:]
    return [mark.end() for mark in marks]


def _lines(data: bytes) -> list[str]:
    """Return the lines of a version's pages; those before the first that cannot be read."""
    lines: list[str] = []
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return lines
    try:
        for index in range(min(len(document), _PAGES)):
            page = document[index]
            layer = page.get_textpage()
            try:
                text = encodable(layer.get_text_range().replace("\0", ""))
            finally:
                layer.close()
                page.close()
            lines += filter(None, (" ".join(part.split()) for part in text.splitlines()))
    except (pypdfium2.PdfiumError, ValueError, AssertionError):
        return lines
    finally:
        document.close()
    return lines
