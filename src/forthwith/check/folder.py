"""The delivered folder: every file in it, and which one a path of a load file means.

A file is a regular file inside the folder. Links, pipes, sockets and devices are listed and never
opened, and no path of a load file leads anywhere but to a file that the walk met.

Load files come from Windows: paths differ in case and slashes, may be absolute on another machine,
or begin with the volume's name. A path that begins with a folder of this volume means exactly that
place; only a path from elsewhere is matched by its end.
"""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from forthwith.domain.evidence import Limits
from forthwith.plain import folders
from forthwith.plain.folders import Entry, Kind
from forthwith.plain.regular_files import read_lines_of, read_regular, what_it_is

#: Largest file of a document read whole, bytes.
_LARGEST = Limits().item_bytes
#: Largest load file read, bytes; it lies in memory several times over.
_LARGEST_LOAD_FILE = 2 * 2**30
#: Longest path that is opened, bytes: the system takes 4,095.
_LONGEST_PATH = 4000
_DRIVE = re.compile(r"^(?:[A-Za-z]:|//[^/]*/[^/]*)?/*(?:\./+)*")


@dataclass(frozen=True, slots=True)
class Folder:
    """One delivered folder, walked once."""

    root: Path
    #: Relative paths, "/" separated, with sizes in bytes.
    sizes: dict[str, int]
    #: Relative paths of folders with nothing in them.
    empty: tuple[str, ...]
    _by_lower: dict[str, str]
    _by_name: dict[str, list[str]]
    _tops: frozenset[str]
    #: What is no regular file, by its relative path, in words: "a link to 'x'", "a named pipe".
    irregular: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def walk(cls, root: Path) -> Folder:
        """Walk `root`, which may be a link itself; links in it are not followed. Raises OSError."""
        sizes: dict[str, int] = {}
        empty: list[str] = []
        irregular: dict[str, str] = {}
        room = _LONGEST_PATH - len(os.fsencode(root)) - 1
        for entry in folders.walk(root, lambda entry: len(os.fsencode(entry.path)) <= room):
            if len(os.fsencode(entry.path)) > room:
                irregular[entry.path] = "too deep to be opened: no program takes a path so long"
            elif entry.kind is Kind.FOLDER:
                if not entry.names and entry.path:
                    empty.append(entry.path)
            elif entry.kind is Kind.FILE and entry.about is not None:
                sizes[entry.path] = entry.about.st_size
            else:
                irregular[entry.path] = _told(entry)
        return cls._of(root, sizes, tuple(sorted(empty)), irregular)

    @classmethod
    def _of(
        cls,
        root: Path,
        sizes: dict[str, int],
        empty: tuple[str, ...],
        irregular: Mapping[str, str],
    ) -> Folder:
        by_name = defaultdict(list)
        for path in sorted(sizes):
            by_name[path.rpartition("/")[2].lower()].append(path)
        tops = frozenset(path.partition("/")[0].lower() for path in sizes if "/" in path)
        lower = {path.lower(): path for path in sizes}
        return cls(root, sizes, empty, lower, dict(by_name), tops, irregular)

    def with_files(self, more: dict[str, int]) -> Folder:
        """Return the folder with files beside it, by their way from here, with sizes in bytes."""
        return self._of(self.root, {**self.sizes, **more}, self.empty, self.irregular)

    def resolve(self, text: str) -> str | None:
        """Return the relative path a load file's path means, or None."""
        path = _DRIVE.sub("", text.strip().replace("\\", "/")).lower()
        if (file := self._by_lower.get(path)) is not None:
            return file
        parts = [part for part in path.split("/") if part not in {"", "."}]
        for start, part in enumerate(parts):
            if (file := self._by_lower.get("/".join(parts[start:]))) is not None:
                return file
            if part in self._tops:
                return None
        return self._by_end(parts)

    def _by_end(self, parts: list[str]) -> str | None:
        """Return the file sharing most of the path's end, where just one does."""
        best: dict[int, list[str]] = defaultdict(list)
        for candidate in self._by_name.get(parts[-1], []) if parts else []:
            shared = 0
            for ours, theirs in zip(
                reversed(candidate.lower().split("/")), reversed(parts), strict=False
            ):
                if ours != theirs:
                    break
                shared += 1
            best[shared].append(candidate)
        return best[max(best)][0] if best and len(best[max(best)]) == 1 else None

    def with_suffix(self, *suffixes: str) -> list[str]:
        """Return the files whose names end so, sorted."""
        return sorted(path for path in self.sizes if path.lower().endswith(suffixes))

    def read(self, path: str, most: int = _LARGEST) -> bytes:
        """Return the bytes of one file. Raises OSError, also where there are more than `most`."""
        return read_regular(self.root / path, most)

    def read_load_file(self, path: str) -> bytes:
        """Return the bytes of a load file. Raises OSError, also for one endless line."""
        return read_lines_of(self.root / path, _LARGEST_LOAD_FILE)


def _told(entry: Entry) -> str:
    """Return in words what is no file and no folder that can be opened."""
    if entry.kind is Kind.LINK:
        try:
            return f"a link to {entry.leads_to()!r}"
        except OSError:
            return "a link"
    if entry.kind in (Kind.CLOSED, Kind.UNKNOWN):
        why = entry.refused.strerror if entry.refused is not None else "it is gone"
        what = "a folder" if entry.about and stat.S_ISDIR(entry.about.st_mode) else "something"
        return f"{what} that cannot be opened ({why})"
    return what_it_is(entry.about.st_mode) if entry.about is not None else "no file"
