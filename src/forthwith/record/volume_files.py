"""The files of a sealed volume against its manifest: none missing, changed, exchanged or added."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from forthwith.plain import regular_files
from forthwith.plain.folders import Entry, Kind
from forthwith.record import lying_there
from forthwith.record.lying_there import shown

#: A manifest is read up to this length, bytes.
_LONGEST = 1 << 34
#: Folders that volumes sealed before manifests named their matter may hold empty.
_OURS = re.compile(r"DATA|(IMAGES|NATIVES|TEXT)(/\d+)?")


def broken(folder: Path, manifest: str, beside: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield a sentence for each thing that is not as sealed, sorted by what is wrong, then by name.

    `manifest` is the SHA-256 of the manifest that was sealed, `beside` are files it cannot name,
    SHA-256 by path: the signed seal and the stamp of that. A volume that an interrupted seal
    left in `staging/` is looked at there.
    """
    name = folder.name
    staged = folder.parent.parent / "staging" / name
    if not os.path.lexists(folder) and staged.is_dir():
        folder = staged
    place = folder / "DATA" / f"{name}_MANIFEST.JSON"
    if folder.is_symlink() or not folder.is_dir():
        what = "is missing" if not os.path.lexists(folder) else "is no folder, but a link or a file"
        yield f"volume {name}: its folder {what}, and with it its manifest {place.name}"
        return
    if wrong := lying_there.wrong_file(place, manifest):
        named = "" if wrong == "was changed" else f" {place.name}"
        yield f"volume {name}: its manifest{named} {wrong}"
        return
    content = json.loads(regular_files.read_regular(place, _LONGEST))
    listed = {row["path"]: row["sha256"] for row in content["files"]}
    listed |= beside or {}
    listed[place.relative_to(folder).as_posix()] = manifest
    lines: list[tuple[int, str, str]] = []
    there: set[str] = set()
    for entry in lying_there.walked(folder):
        path = entry.path
        if path in listed:
            there.add(path)
            if wrong := lying_there.wrong_entry(entry, listed[path]):
                lines.append((2, path, f"{path} {wrong}"))
        elif entry.kind in (Kind.CLOSED, Kind.UNKNOWN):
            why = lying_there.why(entry.refused)
            lines.append((1, path, f"{shown(path)} cannot be looked at ({why})"))
        elif _added(entry, content):
            kind = lying_there.kind(entry)
            lines.append((1, path, f"{shown(path)}{kind} was added after the seal"))
    lines += [(0, path, f"{path} is missing") for path in listed.keys() - there]
    yield from (f"volume {name}: {line}" for _, _, line in sorted(lines))


def _added(entry: Entry, content: Mapping[str, Any]) -> bool:
    """Return whether something no manifest lists was added; a folder is named when it is empty."""
    if entry.kind is not Kind.FOLDER:
        return True
    return bool(
        entry.path
        and not entry.names
        and not ("matter" not in content and _OURS.fullmatch(entry.path))
    )
