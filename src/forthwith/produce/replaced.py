"""A volume in the place of another: which pages it keeps, what differs, what is called back.

What went out is read from the sealed volume's manifest and data load file. Pages drawn from the
same bytes by the same rules are taken over and not drawn again; every difference is listed by
document, and what was produced and is now withheld is called back by a notice.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forthwith.domain.bates import Bates
from forthwith.domain.documents import ControlNumber
from forthwith.domain.errors import ForthwithError
from forthwith.loadfiles import dat
from forthwith.plain.csv_cells import as_text
from forthwith.produce.data_file import File, meant
from forthwith.standards.loader import Standard

if TYPE_CHECKING:
    from forthwith.produce.files import Delivered
    from forthwith.produce.order import ProductionOrder
    from forthwith.produce.plan import Planned

#: What a replacement has otherwise of itself: its name, and places of files that may move.
_OWN = frozenset({"rule:volume", "rule:native_path", "rule:text_path"})
WITHHELD, NATIVE_BARRED = "withheld", "native no longer produced"
REDACTED = "redactions"


class ReplacedVolumeError(ForthwithError):
    """What a volume replaces cannot be read."""

    def __init__(self, volume: str, why: str) -> None:
        super().__init__(
            f"{volume} cannot be replaced: {why}, so nobody could say what is different from it. "
            "Put its folder back as it was sealed; forthwith verify names what differs."
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """One document as it went out."""

    control: ControlNumber
    first: Bates
    last: Bates
    withheld: bool
    #: Something of it was redacted.
    redacted: bool
    #: Digest of all that its pages were drawn from; "" where a page could not be drawn.
    drawn: str
    native: File | None = None
    text: File | None = None
    pages: tuple[File, ...] = ()


@dataclass(frozen=True)
class Earlier:
    """A sealed volume, as its manifest and its data load file tell it.

    A page that an overlay brought has its whole path, every other one its path in `folder`.
    """

    volume: str
    folder: Path
    standard: Standard
    documents: Mapping[ControlNumber, Sent]
    #: First number -> column -> cell, overlays included; None: as the data load file has them.
    overlaid: Mapping[str, Mapping[str, str]] | None = None

    @cached_property
    def rows(self) -> Mapping[str, Mapping[str, str]]:
        """First number -> column -> cell, without what is the volume's own."""
        if self.overlaid is not None:
            return self.overlaid
        return rows_of(self.folder / "DATA" / f"{self.volume}.DAT", self.standard)


def rows_of(path: Path, standard: Standard) -> dict[str, dict[str, str]]:
    """Read a data load file of ours: first number -> column -> cell.

    Left out are the columns that tell of the volume, and not of the document.
    """
    read = dat.read(path.read_bytes(), standard.load_file, [n.lower() for n in standard.header])
    header = read.header if standard.load_file.header else standard.header
    own = {column.name for column in standard.all_columns if meant(column) in _OWN}
    rows = (dict(zip(header, row, strict=True)) for row in read.rows)
    first = standard.called("first_bates")
    return {
        row[first]: {name: cell for name, cell in row.items() if name not in own} for row in rows
    }


def opened(folder: Path, manifest: str, standard: Standard) -> Earlier:
    """Read what went out in `folder`; `manifest` is the SHA-256 it was sealed by.

    Raises ReplacedVolumeError.
    """
    place = folder / "DATA" / f"{folder.name}_MANIFEST.JSON"
    try:
        data = place.read_bytes()
    except OSError as error:
        raise ReplacedVolumeError(folder.name, "its manifest is not there") from error
    if hashlib.sha256(data).hexdigest() != manifest:
        raise ReplacedVolumeError(folder.name, "its manifest is not the one that was sealed")
    listed = json.loads(data)
    by_stem: dict[str, list[File]] = {}
    for row in listed["files"]:
        path = row["path"]
        stem = path.rpartition("/")[2].rpartition(".")[0]
        by_stem.setdefault(stem, []).append(File(path, row["size"], row["sha256"]))
    sent = (_sent(row, by_stem) for row in listed["documents"])
    return Earlier(folder.name, folder, standard, {each.control: each for each in sent})


def _sent(row: Mapping[str, Any], by_stem: Mapping[str, Sequence[File]]) -> Sent:
    first, last = Bates.parse(row["first"]), Bates.parse(row["last"])
    own = by_stem.get(row["first"], ())
    pages = (str(first.plus(index)) for index in range(first.pages_to(last) or 0))
    return Sent(
        ControlNumber(row["control_number"]),
        first,
        last,
        row["slip_sheet"] == "withheld",
        bool(row.get("redacted")),
        row.get("drawn", ""),
        next((file for file in own if file.path.startswith("NATIVES/")), None),
        next((file for file in own if file.path.startswith("TEXT/")), None),
        tuple(
            file
            for page in pages
            for file in by_stem.get(page, ())
            if file.path.startswith("IMAGES/")
        ),
    )


def drawn_from(
    planned: Planned,
    delivered: Delivered,
    order: ProductionOrder,
    rules: str,
    tools: Mapping[str, str],
) -> str:
    """Return one SHA-256 over all that decides how a document's pages look.

    The document with its numbers, its native and text, what its slip-sheet says, the legend, the
    zone, the standard (`rules`, its digest) and the versions of what draws (`tools`).
    """
    native = delivered.native
    inputs = [
        asdict(planned.document),
        [str(planned.numbers.first), str(planned.numbers.last)],
        [planned.counted.pages, str(planned.counted.sheet), planned.counted.method],
        planned.lines,
        [planned.withheld, planned.barred],
        [delivered.text.sha256, "" if native is None else native.sha256],
        [order.confidentiality, order.time_zone, order.matter_zone],
        rules,
        dict(tools),
    ]
    if planned.redactions or planned.holds_redacted or planned.source is not None:
        # As it was collected, for its pages are drawn from that.
        inputs += [
            asdict(planned.collected),
            [asdict(redaction) for redaction in planned.redactions],
            [planned.holds_redacted, planned.bare],
        ]
    return hashlib.sha256(json.dumps(inputs, default=str, sort_keys=True).encode()).hexdigest()


def take_over(earlier: Path, root: Path, files: Iterable[tuple[File, str]]) -> bool:
    """Copy delivered files to their new places; False when one is not as it was sealed."""
    for file, path in files:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(earlier / file.path, target)
        except FileNotFoundError:
            return False
        with target.open("rb") as written:
            if hashlib.file_digest(written, "sha256").hexdigest() != file.sha256:
                return False
    return True


@dataclass(frozen=True, slots=True)
class Change:
    """One document that is not as it went out."""

    first: str
    last: str
    #: "withheld", "text", "fields TO, CC".
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recalled:
    """One document, or one native, that went out and is now withheld."""

    first: str
    last: str
    #: True where the native alone is called back: it holds a withheld document.
    native_only: bool
    #: Number of the entry in the privilege log.
    log: str


@dataclass(slots=True)
class Differences:
    """What is not as it went out, gathered as the new volume is written."""

    earlier: Earlier
    _what: dict[ControlNumber, list[str]] = field(default_factory=dict)
    recalled: list[Recalled] = field(default_factory=list)

    def files(self, planned: Planned, delivered: Delivered) -> None:
        """Compare native and text of a document."""
        sent = self.earlier.documents.get(planned.document.control_number)
        if sent is None:
            return
        what = self._what.setdefault(sent.control, [])
        first, last = str(sent.first), str(sent.last)
        if planned.withheld and not sent.withheld:
            what.append(WITHHELD)
            self.recalled.append(Recalled(first, last, native_only=False, log=planned.withheld))
            return
        if sent.withheld and not planned.withheld:
            what.append("no longer withheld")
        redacted = bool(planned.redactions)
        if redacted != sent.redacted or (redacted and differs_in_bytes(sent.text, delivered.text)):
            what.append(REDACTED)
        if planned.barred and sent.native is not None and delivered.native is None:
            what.append(NATIVE_BARRED)
            self.recalled.append(Recalled(first, last, native_only=True, log=""))
        elif differs_in_bytes(sent.native, delivered.native):
            what.append("native")
        if differs_in_bytes(sent.text, delivered.text):
            what.append("text")

    def rows(self, now: Mapping[str, Mapping[str, str]]) -> None:
        """Compare the rows of the data load file, as both were written."""
        for number, what in self._what.items():
            first = str(self.earlier.documents[number].first)
            before = self.earlier.rows.get(first, {})
            cells = now.get(first, {})
            fields = [name for name, cell in cells.items() if cell != before.get(name, "")]
            if fields and WITHHELD not in what:
                what.append(f"fields {', '.join(fields)}")

    def images(self, planned: Planned, pages: Sequence[File]) -> None:
        """Compare page images, in order."""
        sent = self.earlier.documents.get(planned.document.control_number)
        if sent is None or WITHHELD in self._what[sent.control]:
            return
        if [file.sha256 for file in sent.pages] != [file.sha256 for file in pages]:
            self._what[sent.control].append("images")

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every document that is not as it went out, in order of its numbers."""
        documents = self.earlier.documents
        changed = [(documents[number], what) for number, what in self._what.items() if what]
        changed.sort(key=lambda change: change[0].first)
        return tuple(Change(str(sent.first), str(sent.last), tuple(what)) for sent, what in changed)


def differs_in_bytes(before: File | None, now: File | None) -> bool:
    """Return True when a file is another than before, or one of the two is not there."""
    return (before and before.sha256) != (now and now.sha256)


def changes_csv(standard: Standard, changes: Iterable[Change]) -> bytes:
    """Return the list of differences: UTF-8 with its mark, CRLF, every cell quoted."""
    return _csv(
        (*_numbers(standard), "DIFFERENT"),
        ((change.first, change.last, "; ".join(change.what)) for change in changes),
    )


def notice_csv(standard: Standard, order: ProductionOrder, recalled: Iterable[Recalled]) -> bytes:
    """Return what is called back, one document a row, for the receiver's system to act on."""
    volume, grounds = order.replaces, order.grounds
    return _csv(
        (*_numbers(standard), "REPLACED", "WHAT", "LOG_NUMBER", "GROUND"),
        (
            (
                recall.first,
                recall.last,
                volume,
                "native" if recall.native_only else "document",
                recall.log,
                grounds.get(recall.log, ""),
            )
            for recall in recalled
        ),
    )


def _numbers(standard: Standard) -> tuple[str, str]:
    """Return what the receiver calls a document's first and last number."""
    return standard.called("first_bates"), standard.called("last_bates")


def _csv(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([as_text(" ".join(cell.split())) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")
