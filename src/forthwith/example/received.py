"""Make a volume "as if received": a copy of a sound one under another name, spoiled on purpose.

Each fault is put into a document of its own, so that what `check` finds can be laid beside what was
seeded. The copy holds load files, logs, natives, text and images only; a seal or letter of the
sender's is not part of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.loadfiles import dat, opt
from forthwith.standards import loader
from forthwith.standards.loader import Standard

VOLUME = "NGRECV01"
_TOPS = frozenset({"NATIVES", "TEXT", "IMAGES"})
_STRAY = "NATIVES/0001/Thumbs.db"
_OTHER_SENDER = "Brandt, Ilse <ilse.brandt@halden.example>"


class NothingToSpoilError(ForthwithError):
    """The sound volume holds no document a fault could be put into."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"The volume holds no document fit for the fault {kind!r}; use a fuller one."
        )


@dataclass(frozen=True, slots=True)
class SeededFault:
    """One thing spoiled."""

    #: In words: "attachment not produced".
    kind: str
    #: The Bates number concerned: a document's first, or a page's; "" when it is the volume.
    bates: str
    #: What exactly was done.
    detail: str
    #: Code of the check that should find it.
    code: str


@dataclass(slots=True)
class _Volume:
    """The copy while it is being spoiled."""

    root: Path
    standard: Standard
    header: tuple[str, ...]
    rows: list[list[str]]
    pages: list[opt.OptRow]
    #: Families already spoiled, by the number of their top: one fault each.
    used: set[str] = field(default_factory=set)

    def cell(self, row: list[str], role: str) -> str:
        name = self.standard.called(role)
        return row[self.header.index(name)] if name in self.header else ""

    def put(self, row: list[str], role: str, value: str) -> None:
        """Change a cell, where the copy has such a column."""
        if (name := self.standard.called(role)) in self.header:
            row[self.header.index(name)] = value

    def bates(self, row: list[str]) -> str:
        return self.cell(row, "first_bates")

    def file(self, path: str) -> Path:
        """Return the delivered file a load file's path means."""
        parts = path.replace("\\", "/").split("/")
        tops = [at for at, part in enumerate(parts) if part.upper() in _TOPS]
        return self.root.joinpath(*parts[tops[0] if tops else 0 :])

    def pages_of(self, row: list[str]) -> list[opt.OptRow]:
        """Return the pages from the document's first to the next document's."""
        starts = [at for at, page in enumerate(self.pages) if page.page == self.bates(row)]
        if not starts:
            return []
        after = (at for at in range(starts[0] + 1, len(self.pages)) if self.pages[at].first)
        return self.pages[starts[0] : next(after, len(self.pages))]

    def take(
        self, kind: str, fits: Callable[[list[str]], bool], *, last: bool = False
    ) -> list[str]:
        """Return the first (or last) fitting row of a family not spoiled yet.

        Raises NothingToSpoilError.
        """
        for row in reversed(self.rows) if last else self.rows:
            top = self.cell(row, "family_first") or self.bates(row)
            if top not in self.used and fits(row):
                self.used.add(top)
                return row
        raise NothingToSpoilError(kind)

    def is_top(self, row: list[str]) -> bool:
        return not self.cell(row, "parent")

    def is_mail(self, row: list[str]) -> bool:
        return bool(self.is_top(row) and self.cell(row, "date_sent") and self.cell(row, "from"))


def write_received_volume(folder: Path, sound: Path) -> tuple[SeededFault, ...]:
    """Write the spoiled copy of the volume `sound` as `folder`, which must not exist.

    Returns what was seeded, in the order of the volume. Raises NothingToSpoilError when `sound` is
    too small, OSError as copying does.
    """
    volume = _copied(folder, sound)
    seeded = [fault for spoil in _SPOILERS for fault in spoil(volume)]
    _save(volume)
    return tuple(sorted(seeded, key=lambda fault: (not fault.bates, fault.bates)))


def _copied(folder: Path, sound: Path) -> _Volume:
    for source in sorted(sound.rglob("*")):
        inside = source.relative_to(sound)
        if source.is_file() and inside.parts[0].upper() in _TOPS:
            target = folder / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            # Contents only: a sealed file is read-only, the copy is about to change.
            shutil.copyfile(source, target)
    data = next(path for path in sorted(sound.rglob("*")) if path.suffix.upper() == ".DAT")
    images = next(path for path in sorted(sound.rglob("*")) if path.suffix.upper() == ".OPT")
    for log in sorted(data.parent.glob("*.CSV")):
        # Its own list of what it could not read came with it; without it those would be findings.
        (folder / "DATA").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(log, folder / "DATA" / log.name.replace(data.stem, VOLUME))
    standard = loader.load()
    loaded = dat.read(data.read_bytes(), standard.load_file)
    pages = [replace(row, volume=VOLUME) for row in opt.read(images.read_bytes()).rows()]
    return _Volume(folder, standard, loaded.header, [list(row) for row in loaded.rows], pages)


def _save(volume: _Volume) -> None:
    for row in volume.rows:
        volume.put(row, "volume", VOLUME)
    (volume.root / "DATA").mkdir(parents=True, exist_ok=True)
    written = b"".join(dat.write(volume.header, volume.rows, volume.standard.load_file))
    (volume.root / "DATA" / f"{VOLUME}.DAT").write_bytes(written)
    (volume.root / "DATA" / f"{VOLUME}.OPT").write_bytes(opt.write(volume.pages))


def _attachment_lost(volume: _Volume) -> Iterator[SeededFault]:
    """Take one attachment out altogether; only its parent still knows of it."""
    kind = "attachment not produced"
    mails = {volume.bates(row) for row in volume.rows if volume.is_mail(row)}

    def fits(row: list[str]) -> bool:
        childless = not volume.cell(row, "children")
        native = volume.cell(row, "native_path").lower()
        below_a_mail = volume.cell(row, "parent") in mails
        return below_a_mail and childless and bool(native) and not native.endswith(".eml")

    row = volume.take(kind, fits)
    pages = volume.pages_of(row)
    named = (volume.cell(row, role) for role in ("native_path", "text_path"))
    for path in (*named, *(page.path for page in pages)):
        if path:
            volume.file(path).unlink(missing_ok=True)
    volume.rows.remove(row)
    volume.pages = [page for page in volume.pages if page not in pages]
    name, parent = volume.cell(row, "file_name"), volume.cell(row, "parent")
    detail = f"{name!r} taken out with its row, text and pages; {parent} still lists it"
    yield SeededFault(kind, volume.bates(row), detail, "FM01")


def _dates_blank(volume: _Volume) -> Iterator[SeededFault]:
    for _ in range(2):
        row = volume.take("date sent blank", volume.is_mail)
        was = volume.cell(row, "date_sent")
        for role in ("date_sent", "time_sent"):
            volume.put(row, role, "")
        yield SeededFault("date sent blank", volume.bates(row), f"{was} taken out", "MD02")


def _native_altered(volume: _Volume) -> Iterator[SeededFault]:
    """Change one character of a native, so that only its hash can tell."""
    kind = "native altered"

    def fits(row: list[str]) -> bool:
        link = volume.cell(row, "native_path")
        return link.lower().endswith((".csv", ".txt")) and volume.file(link).is_file()

    row = volume.take(kind, fits)
    path = volume.file(volume.cell(row, "native_path"))
    data = bytearray(path.read_bytes())
    at = max(place for place, byte in enumerate(data) if chr(byte).isalnum())
    data[at] = ord("7") if data[at] != ord("7") else ord("8")
    path.write_bytes(data)
    detail = f"one character of {volume.cell(row, 'file_name')!r} changed"
    yield SeededFault(kind, volume.bates(row), detail, "NT02")


def _sender_changed(volume: _Volume) -> Iterator[SeededFault]:
    kind = "sender changed"
    row = volume.take(
        kind,
        lambda row: (
            volume.is_mail(row)
            and "halden" in volume.cell(row, "from").lower()
            and "brandt" not in volume.cell(row, "from").lower()
        ),
    )
    was = volume.cell(row, "from")
    volume.put(row, "from", _OTHER_SENDER)
    yield SeededFault(kind, volume.bates(row), f"{was} became {_OTHER_SENDER}", "MD09")


def _page_lost(volume: _Volume) -> Iterator[SeededFault]:
    kind = "page image missing"
    row = volume.take(kind, lambda row: volume.is_top(row) and len(volume.pages_of(row)) > 1)
    page = volume.pages_of(row)[1]
    volume.file(page.path).unlink()
    detail = f"the image of page {page.page} taken out; the pointer file still lists it"
    yield SeededFault(kind, page.page, detail, "IM01")


def _custodian_blank(volume: _Volume) -> Iterator[SeededFault]:
    kind = "custodian blank"
    row = volume.take(kind, lambda row: bool(volume.cell(row, "custodian")), last=True)
    was = volume.cell(row, "custodian")
    volume.put(row, "custodian", "")
    yield SeededFault(kind, volume.bates(row), f"{was!r} taken out", "MD01")


def _stray_file(volume: _Volume) -> Iterator[SeededFault]:
    path = volume.root / _STRAY
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(512))
    yield SeededFault("stray file", "", f"{_STRAY} added; no load file names it", "VO05")


#: The needy ones first: a fault that fits few documents must not find them taken.
_SPOILERS = (
    _native_altered,
    _page_lost,
    _sender_changed,
    _attachment_lost,
    _dates_blank,
    _custodian_blank,
    _stray_file,
)
