"""The manifest: every file of a volume with size and digest, every document with its numbers.

Written as the files are, so that millions of pages need no more memory than a few. It names files
inside the volume only, nothing of the machine that made it, and holds no clock time.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TextIO

from forthwith.produce.plan import Planned
from forthwith.produce.row_facts import File
from forthwith.produce.selection import Selection

FORMAT = "forthwith-volume-manifest/1"
_TOOLS = ("forthwith", "pillow", "pypdfium2", "reportlab", "python-docx")


def tools() -> dict[str, str]:
    """Return the versions of what wrote the volume."""
    found = {"python": platform.python_version()}
    for name in _TOOLS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


class ManifestWriter:
    """Writes one manifest, front to back."""

    def __init__(self, out: TextIO, head: Mapping[str, object]) -> None:
        self._out = out
        self._first = True
        out.write("{\n")
        self._entries({"format": FORMAT, "tools": tools(), **head})

    def documents(self, planned: Iterable[Planned]) -> None:
        """Write which document has which numbers."""
        self._list("documents", (_document(each) for each in planned))

    def suppressed(self, selection: Selection) -> None:
        """Write which families were left out as copies."""
        groups = {family.head.duplicate_group: family for family in selection.families}
        self._list(
            "suppressed",
            (
                {
                    "control_numbers": [each.control_number for each in family.members],
                    "copy_of": groups[family.head.duplicate_group].head.control_number,
                }
                for family in selection.suppressed
            ),
        )

    def begin_files(self) -> None:
        """Open the list of files."""
        self._out.write(',\n"files": [')
        self._first = True

    def file(self, file: File) -> None:
        """Add one file."""
        line = {"path": file.path, "size": file.size, "sha256": file.sha256}
        self._out.write(("\n" if self._first else ",\n") + _json(line))
        self._first = False

    def end_files(self) -> None:
        """Close the list of files."""
        self._out.write("\n]")
        self._first = False

    def end(self, counts: Mapping[str, int]) -> None:
        """Write the counts and close the manifest."""
        self._entries({"counts": dict(counts)})
        self._out.write("\n}\n")

    def _list(self, name: str, values: Iterable[object]) -> None:
        self._out.write(f",\n{_json(name)}: [")
        for position, value in enumerate(values):
            self._out.write(("," if position else "") + "\n" + _json(value))
        self._out.write("\n]")

    def _entries(self, entries: Mapping[str, object]) -> None:
        for name, value in entries.items():
            self._out.write(("" if self._first else ",\n") + f"{_json(name)}: {_json(value)}")
            self._first = False


def _document(planned: Planned) -> dict[str, object]:
    numbers = planned.numbers
    direct = numbers.immediate_parent
    return {
        "control_number": planned.document.control_number,
        "first": str(numbers.first),
        "last": str(numbers.last),
        "family": str(numbers.family_first),
        "immediate_parent": "" if direct is None else str(direct),
        "pages": numbers.pages,
        "slip_sheet": str(planned.counted.sheet),
        "imaged_by": planned.counted.method,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)
