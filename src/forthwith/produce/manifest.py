"""The papers that lie beside the load files: the manifest, the exceptions log, the counts of both.

Written as the files are, so that millions of pages need no more memory than a few. The manifest
names every file inside the volume with size and digest, and every document with its numbers;
nothing of the machine that made it, and no clock time. The exceptions log says what could not be
processed, read whole, imaged or delivered, and why. The letter states the same counts.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TextIO

from forthwith.domain.set_aside import SetAside
from forthwith.plain.counting import count
from forthwith.plain.csv_cells import as_text
from forthwith.produce.data_file import File
from forthwith.produce.files import Delivered, Imaged, written_from_store
from forthwith.produce.plan import Planned, Sheet
from forthwith.produce.selection import Selection

FORMAT = "forthwith-volume-manifest/1"
_TOOLS = ("forthwith", "pillow", "pypdfium2", "reportlab", "python-docx")


def tools() -> dict[str, str]:
    """Return the versions of what wrote the volume."""
    versions = {"python": platform.python_version()}
    for name in _TOOLS:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


class ManifestWriter:
    """Writes one manifest, front to back."""

    def __init__(self, out: TextIO, head: Mapping[str, object]) -> None:
        self._out = out
        self._first = True
        out.write("{\n")
        self._entries({"format": FORMAT, "tools": tools(), **head})

    def documents(self, planned: Iterable[Planned]) -> None:
        """Write which document has which numbers."""
        self._list("documents", (_document(document) for document in planned))

    def suppressed(self, selection: Selection) -> None:
        """Write which families were left out as copies."""
        groups = {family.head.duplicate_group: family for family in selection.families}
        self._list(
            "suppressed",
            (
                {
                    "control_numbers": [member.control_number for member in family.members],
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
        "drawn": planned.drawn,
        **({"redacted": True} if planned.reading is not None else {}),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)


@dataclass(frozen=True, slots=True, order=True)
class Unsound:
    """One line of the log."""

    #: First number of the document; "" for a container that is not produced itself.
    bates: str
    reason: str
    detail: str


#: The reason of a line about a file that is no document.
ASIDE = "set aside"
#: Such files named one by one before the rest is only counted.
_NAMED = 500


def set_aside(rows: Iterable[SetAside]) -> Iterator[Unsound]:
    """Yield a line for each file that is no document, so that nobody asks where it is."""
    listed = list(rows)
    for row in listed[:_NAMED]:
        yield Unsound("", ASIDE, f"{row.path} (custodian {row.custodian}): {row.why}")
    if len(listed) > _NAMED:
        more = count(len(listed) - _NAMED, "more file")
        yield Unsound("", ASIDE, f"{more} of systems or on a list of known files")


def render(lines: Iterable[Unsound]) -> bytes:
    """Return the log as CSV: UTF-8 with its mark, CRLF, every cell quoted, each line once."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("BATES", "REASON", "DETAIL"))
    for line in sorted(set(lines)):
        writer.writerow([safe(cell) for cell in (line.bates, line.reason, line.detail)])
    return out.getvalue().encode("utf-8-sig", "replace")


def safe(cell: str) -> str:
    """Return `cell` on one line, and so that no spreadsheet runs it as a formula."""
    return as_text(" ".join(cell.split()))


_NO_NATIVE = bytes(16)


@dataclass(slots=True)
class Tally:
    """What was delivered so far."""

    documents: int = 0
    families: int = 0
    #: Families of more than one document.
    with_attachments: int = 0
    attachments: int = 0
    pages: int = 0
    natives: int = 0
    texts: int = 0
    tiffs: int = 0
    jpegs: int = 0
    without_text: int = 0
    assumed_zone: int = 0
    from_store: int = 0
    inline_images: int = 0
    sheets: Counter[Sheet] = field(default_factory=Counter)
    #: Name of the digest natives are known by: a field of `entry.File`.
    digest: str = "md5"
    #: That digest of delivered natives, family by family: closed ones, and the one being counted.
    _closed: set[bytes] = field(default_factory=set)
    _open: list[bytes] = field(default_factory=list)
    _without_native: int = 0

    def document(self, planned: Planned, result: Delivered, *, assumed_zone: bool) -> None:
        """Count one document's row, native and text."""
        top = planned.numbers.parent is None
        self.documents += 1
        self.families += top
        self.attachments += not top
        self.with_attachments += bool(planned.numbers.children)
        self.pages += planned.numbers.pages
        self.texts += 1
        self.without_text += result.no_text and not planned.lines
        self.assumed_zone += assumed_zone
        self.inline_images += planned.document.inline_images
        if top:
            self._close()
        native = result.native
        known = "" if native is None else str(getattr(native, self.digest))
        self._open.append(bytes.fromhex(known) or _NO_NATIVE)
        self.natives += native is not None
        self.from_store += native is not None and written_from_store(planned.document)

    def images(self, planned: Planned, result: Imaged) -> None:
        """Count one document's images."""
        if planned.counted.sheet:
            self.sheets[planned.counted.sheet] += 1
        for file in result.pages:
            if file.path.endswith((".TIF", ".TIFF")):
                self.tiffs += 1
            else:
                self.jpegs += 1

    @property
    def unique(self) -> int:
        """Families distinct by their natives in order; one without any native is its own."""
        self._close()
        return len(self._closed) + self._without_native

    def _close(self) -> None:
        """Put the family counted so far with the others."""
        if not self._open:
            return
        if any(native != _NO_NATIVE for native in self._open):
            self._closed.add(hashlib.sha256(b"".join(self._open)).digest())
        else:
            self._without_native += 1
        self._open.clear()

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {
            "documents": self.documents,
            "families": self.families,
            "families_with_attachments": self.with_attachments,
            "attachments": self.attachments,
            "pages": self.pages,
            "natives": self.natives,
            "texts": self.texts,
            "images_tif": self.tiffs,
            "images_jpg": self.jpegs,
            "slip_sheets": sum(self.sheets.values()),
            "unique": self.unique,
        }
