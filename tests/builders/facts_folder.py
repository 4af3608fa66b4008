"""Folders of tables on disk: the templates' own example, to be broken in one place."""

from __future__ import annotations

from pathlib import Path

from forthwith.domain.fact_tables import TABLES
from forthwith.workflows.custody.template import text


def example(folder: Path) -> Path:
    """Write every template with its example rows made real."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in TABLES.items():
        (folder / f"{name}.csv").write_text(uncommented(text(table)), encoding="utf-8")
    return folder


def uncommented(template: str) -> str:
    """Take the # of the example rows away, as the comments in the template tell one to."""
    lines = template.splitlines()
    header = next(place for place, line in enumerate(lines) if not line.startswith("#"))
    below = [line.removeprefix("#") for line in lines[header + 1 :]]
    return "\n".join([*lines[: header + 1], *below]) + "\n"


def change(folder: Path, file: str, old: str, new: str) -> Path:
    """Change one text of one file that must be there."""
    place = folder / file
    held = place.read_text(encoding="utf-8")
    assert old in held, (file, old)
    place.write_text(held.replace(old, new), encoding="utf-8")
    return folder
