"""What the systems of a second invented exchange export, as files: the tutorial's raw material.

Quillmoor Exchange has a sheet of its personnel (headings of Workday), a directory (Okta), an AWS
account with one key, a custody platform (Fireblocks), a cold wallet of three keys, and a register
on paper. `register` and `closed` are tables already, for no system exports what they say.
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


def write_exports(folder: Path) -> list[Path]:
    """Write every file below `folder`, which is made; a folder of its own for each system."""
    written = []
    for name, data in _files(resources.files("forthwith.example").joinpath("exports"), ""):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written.append(path)
    return written


def _files(place: Traversable, before: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
        name = f"{before}{entry.name}"
        if entry.is_dir():
            found += _files(entry, f"{name}/")
        else:
            found.append((name, entry.read_bytes()))
    return found
