"""Original names (EN03, MD21): what the rows call a file against what its parent's native calls it.

Signs that no load file can hold may be left out or replaced, and a name may be cut; letters and
digits must be those of the native. A "?" where the native has a letter is a letter lost. A file
without a parent has its name in its path too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from forthwith.check.attachments import Matched
from forthwith.check.context import CheckContext, Findings
from forthwith.check.volume import Volume
from forthwith.domain.evidence import Kind
from forthwith.loadfiles import dat

#: Letters of a name that may have been cut after them.
_CUT = 20
#: A name that stands twice gets a number.
_COUNTED = re.compile(r"[\s_-]*(?:\(\d+\)|_\d+|\[\d+\])$")
#: Share of files whose path ends in their name, and fewest, for that to be how the volume has it.
_SHARE, _FEWEST = 0.9, 5
_MESSAGES = (Kind.EMAIL, Kind.CALENDAR, Kind.CONTACT, Kind.CHAT)


def compared(seen: CheckContext, matches: Iterable[tuple[int, Matched]]) -> Findings:
    """Report names that are not those of the natives."""
    volume = seen.volume
    called = volume.called("file_name")
    told: set[int] = set()
    for _, matched in matches:
        for row, attachment in matched.pairs:
            told.add(row)
            cell = volume.cell("file_name", row)
            if not cell or not attachment.name or attachment.kind in _MESSAGES:
                continue
            name = _last(attachment.name)
            if lost_letters(cell, name) and not any(
                dat.holds(encoding, name) for encoding in volume.standard.load_file.encodings
            ):
                # No encoding the standard allows has these letters: nobody could write them.
                continue
            if lost_letters(cell, name):
                message = f"{called} is {cell[:80]!r}; its parent's native has {name[:80]!r}"
                yield seen.report("EN03", message, row=row)
            elif not alike(cell, name):
                message = f"{called} is {cell[:80]!r}; its parent's native has {name[:80]!r}"
                yield seen.report("MD21", message, row=row)
    yield from _by_path(seen, told)


def _by_path(seen: CheckContext, told: set[int]) -> Findings:
    """Report files whose path ends in another name, where paths end in names."""
    volume = seen.volume
    rows = [
        (row, cell, last)
        for row in range(len(volume))
        if (cell := volume.cell("file_name", row)) and (last := _last(_path(volume, row)))
    ]
    differing = [(row, cell, last) for row, cell, last in rows if not alike(cell, last)]
    right = len(rows) - len(differing)
    if right < _FEWEST or right < _SHARE * len(rows):
        return
    called = volume.called("file_name")
    for row, cell, last in differing:
        kept = _extension(cell) == _extension(last) and not lost_letters(cell, last)
        if row not in told and kept:
            message = f"{called} is {cell[:80]!r}; its path ends in {last[:80]!r}"
            yield seen.report("MD21", message, row=row)


def _path(volume: Volume, row: int) -> str:
    return volume.cell("path", row) or volume.cell("internal_path", row)


def _last(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1].strip()


def _extension(name: str) -> str:
    return name.rpartition(".")[2].casefold() if "." in name else ""


def alike(cell: str, name: str) -> bool:
    """Return True when both are one name: other signs, a number for a second of it, cut, or with an
    extension of its content.
    """
    ours, theirs = _letters(cell), _letters(name)
    if ours == theirs or _letters(_stem(cell)) == _letters(_stem(name)):
        return True
    if _letters(_COUNTED.sub("", _stem(cell))) == _letters(_COUNTED.sub("", _stem(name))):
        return True
    stem = _letters(_stem(cell))
    return len(stem) >= _CUT and (_letters(name).startswith(stem) or stem.startswith(theirs))


def lost_letters(cell: str, name: str) -> bool:
    """Return True when the cell is the name with "?" for letters a load file could have held."""
    if "?" not in cell or name.isascii():
        return False
    pattern = "".join(r".{1,4}?" if sign == "?" else re.escape(sign) for sign in cell.casefold())
    return cell != name and re.fullmatch(pattern, name.casefold(), re.DOTALL) is not None


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
