"""What lies among the sealed volumes and is none the journal tells of.

It may be a volume that went out: matter.db put back from an older copy knows nothing of what was
sealed since, and a volume sealed beside it would take the same Bates numbers. The head of a
manifest says whose volume it is.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.plain import regular_files

#: How a manifest of ours begins, and how much of it says whose it is.
_BEGINS = b'{\n"format": "forthwith-volume-manifest/'
_HEAD = 1 << 16


class StrangeVolumeError(ForthwithError):
    """A volume is to be sealed beside one that the journal does not tell of."""

    def __init__(self, name: str, whose: str) -> None:
        what = f", {whose}," if whose else ""
        super().__init__(
            f"volumes/{name}{what} is none of those the journal tells of, so nothing is sealed "
            "beside it, and it was not touched. If matter.db was put back from an older copy, put "
            "the newer one back: Bates numbers may be in use. If the folder belongs elsewhere, "
            "move it out of volumes/."
        )


class NameInUseError(ForthwithError):
    """Something lies where a volume was to go."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"volumes/{name} is there and is no volume the journal tells of; it was not touched. "
            "Move it out of volumes/, or give the new volume another name."
        )


def names(volumes: Path, known: Collection[str]) -> list[str]:
    """Return the names in `volumes` that are none of those known, sorted."""
    there: list[str] = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        there = [path.name for path in volumes.iterdir()]
    return sorted(set(there) - set(known), key=os.fsencode)


def check(volumes: Path, known: Collection[str], wanted: str) -> None:
    """Refuse to seal `wanted` beside a volume nobody knows, or over anything that lies there.

    Raises StrangeVolumeError, NameInUseError.
    """
    there = names(volumes, known)
    for name in there:
        if whose := whose_volume(volumes / name):
            raise StrangeVolumeError(name, whose)
    for name in there:
        if name.casefold() == wanted.casefold():
            raise NameInUseError(name)


def whose_volume(folder: Path) -> str:
    """Return whose volume a folder is, as its manifest says; "" for no volume of ours.

    "a volume of In re Northgate (1:23-cv-00417), ABC00000001 to ABC00000120, of 2026-02-09".
    """
    head: dict[str, str] = {}
    for path in _manifests(folder):
        with contextlib.suppress(OSError), regular_files.open_regular(path) as file:
            head = _head(file.read(_HEAD))
        if head:
            break
    else:
        return ""
    number = f" ({head['matter_number']})" if head.get("matter_number") else ""
    whose = f" of {head['matter']}{number}" if head.get("matter") else ""
    numbers = f", {head['first']} to {head['last']}" if {"first", "last"} <= head.keys() else ""
    day = f", of {head['day']}" if head.get("day") else ""
    kind = "an overlay" if "overlays" in head else "a volume"
    return " ".join(f"{kind}{whose}{numbers}{day}".split())


def _manifests(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        paths = sorted((folder / "DATA").iterdir())
        return [path for path in paths if path.name.upper().endswith("_MANIFEST.JSON")]
    return []


def _head(data: bytes) -> dict[str, str]:
    """Return the words at the head of a manifest of ours; {} for any other."""
    head: dict[str, str] = {}
    if not data.startswith(_BEGINS):
        return head
    for line in data.decode("utf-8", "replace").splitlines()[1:]:
        if line.startswith('"files"'):
            break
        with contextlib.suppress(ValueError):
            for key, value in json.loads("{" + line.removesuffix(",") + "}").items():
                if isinstance(value, str):
                    head[key] = value[:200]
    return head
