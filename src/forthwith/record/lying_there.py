"""What lies in a folder of the matter, as `verify` looks at it: no link followed, no pipe opened.

The words for what lies where a plain file should are the same everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from forthwith.plain import folders, regular_files
from forthwith.plain.folders import Entry, Kind

_INSTEAD = {
    Kind.LINK: "a link lies in its place, and what it leads to is not what was kept",
    Kind.FOLDER: "a folder lies in its place",
    Kind.OTHER: "a pipe, a device or a socket lies in its place",
}
#: Nobody may look at it.
_REFUSED = (Kind.CLOSED, Kind.UNKNOWN)


def walked(folder: Path) -> Iterator[Entry]:
    """Yield what lies in a folder, itself first; nothing for one that is not there.

    A folder that is a link, a file or closed is one entry with the path "".
    """
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        yield Entry("", Kind.LINK if folder.is_symlink() else Kind.OTHER)
        return
    yield from folders.walk(folder)


def wrong_entry(entry: Entry, sha256: str) -> str | None:
    """Return what is wrong with a file met on a walk: "was changed", say; None for nothing."""
    if entry.kind in _REFUSED:
        return f"cannot be looked at ({why(entry.refused)})"
    if entry.kind is not Kind.FILE:
        return f"is missing; {_INSTEAD[entry.kind]}"
    return wrong_file(entry.name, sha256, entry.handle)


def wrong_file(path: Path | str, sha256: str, within: int | None = None) -> str | None:
    """Return what is wrong with a file: "is missing", "was changed"; None for nothing."""
    try:
        return None if regular_files.digest_regular(path, within) == sha256 else "was changed"
    except FileNotFoundError:
        return "is missing"
    except regular_files.FileRefusedError:
        return "is no plain file any more, but a link, a folder, a pipe or a device"
    except OSError as refused:
        return f"cannot be read ({why(refused)}), so nobody can say whether it is what it was"


def foreign(where: str, entry: Entry) -> str:
    """Return the sentence for a thing that no matter has: a link, a pipe, what is closed."""
    place = shown(f"{where}{entry.path}")
    if entry.kind in _REFUSED:
        return f"{place}: it cannot be looked at ({why(entry.refused)})"
    if entry.kind is Kind.LINK:
        return f"{place}: a link lies here; it is not followed, and belongs to no matter"
    return f"{place}: neither a file nor a folder of this matter; it was put here by hand"


def kind(entry: Entry) -> str:
    """Return what an entry is, behind its name in a sentence; "" for a file."""
    if entry.kind is Kind.FILE:
        return ""
    if entry.kind is Kind.FOLDER:
        return ", an empty folder," if not entry.names else ", a folder,"
    return ", a link," if entry.kind is Kind.LINK else ", a pipe, a device or a socket,"


def why(refused: OSError | None) -> str:
    """Return what the system said."""
    return (refused.strerror if refused is not None else None) or "it is gone"


def shown(name: str) -> str:
    """Return a name that can be printed: bytes that are no UTF-8, and line ends, are shown."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape", "surrogatepass").decode()
        for sign in name
    )
