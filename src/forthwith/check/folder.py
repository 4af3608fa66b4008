"""The delivered folder: every file in it, and which one a path of a load file means.

Load files come from Windows: paths differ in case and slashes, may be absolute on another machine,
or begin with the volume's name. A path that begins with a folder of this volume means exactly that
place; only a path from elsewhere is matched by its end.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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

    @classmethod
    def walk(cls, root: Path) -> Folder:
        """Walk `root`; links are not followed."""
        sizes: dict[str, int] = {}
        empty: list[str] = []
        for path, size in _entries(root):
            if size < 0:
                empty.append(path)
            else:
                sizes[path] = size
        return cls._of(root, sizes, tuple(sorted(empty)))

    @classmethod
    def _of(cls, root: Path, sizes: dict[str, int], empty: tuple[str, ...]) -> Folder:
        by_name = defaultdict(list)
        for path in sorted(sizes):
            by_name[path.rpartition("/")[2].lower()].append(path)
        tops = frozenset(path.partition("/")[0].lower() for path in sizes if "/" in path)
        lower = {path.lower(): path for path in sizes}
        return cls(root, sizes, empty, lower, dict(by_name), tops)

    def with_files(self, more: dict[str, int]) -> Folder:
        """Return the folder with files beside it, by their way from here, with sizes in bytes."""
        return self._of(self.root, {**self.sizes, **more}, self.empty)

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

    def read(self, path: str) -> bytes:
        """Return the bytes of one file. Raises OSError."""
        return (self.root / path).read_bytes()


def _entries(root: Path) -> Iterator[tuple[str, int]]:
    """Yield (path, size) of each file and (path, -1) of each empty folder."""
    waiting = [(str(root), "")]
    while waiting:
        place, prefix = waiting.pop()
        with os.scandir(place) as entries:
            listing = list(entries)
        if not listing and prefix:
            yield prefix.rstrip("/"), -1
        for entry in listing:
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, f"{prefix}{entry.name}/"))
            else:
                yield prefix + entry.name, entry.stat(follow_symlinks=False).st_size
