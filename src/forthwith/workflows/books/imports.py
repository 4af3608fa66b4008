"""Evidence of one kind into a folder of books or the matter's: checked first, kept as it is.

Statements and blocks stay in their own formats, byte for byte; they are read at each question. A
mapping is kept beside the CSV it reads. What is at fault is named, and then nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forthwith.books.books import Books
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.bank import recognise
from forthwith.record.matter import Matter, NoMatterError
from forthwith.workflows.books.files import BookFiles, flat_names, read_folder
from forthwith.workflows.books.load import before, counts, into_matter
from forthwith.workflows.books.opening import MAPPING, opened
from forthwith.workflows.progress import SILENT, Progress

KINDS = (
    "camt", "mt940", "ofx", "bai2", "bank-csv", "exchange-csv", "bitcoin-blocks", "bitcoin-json",
    "evm-json", "evm-etl", "proofs",
)  # fmt: skip


class NowhereToImportError(ForthwithError):
    """There is neither a folder nor a matter to import into."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"There is no matter in {place} to import into. Name a folder with --into DIR, or a "
            "matter with -C DIR."
        )


class FileThereError(ForthwithError):
    """An import would lie over another file."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"{place} is there already and holds something else; nothing was written. Rename the "
            "file you import, or name another folder."
        )


@dataclass(frozen=True, slots=True)
class ImportedEvidence:
    """What came of an import."""

    kind: str
    #: Files as they are kept, by name.
    files: Mapping[str, bytes]
    #: What the files hold by themselves.
    books: Books
    #: Where they lie now; "" where nothing was written.
    place: str = ""
    faults: tuple[RowFault, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "kind": self.kind,
            "files": sorted(self.files),
            "rows": counts(self.books),
            "place": self.place,
            "faults": [
                {"file": fault.file, "line": fault.line, "what": fault.what, "do": fault.do}
                for fault in self.faults
            ],
            "doubts": [str(fault) for fault in self.books.doubts],
            "notes": list(self.books.notes),
        }


def take(
    home: Path,
    kind: str,
    paths: Sequence[Path],
    into: Path | None,
    mapping: Path | None = None,
    *,
    dry_run: bool = False,
    progress: Progress = SILENT,
) -> ImportedEvidence:
    """Read evidence of one kind and keep it. Raises NowhereToImportError, FileThereError."""
    is_matter = (home / "matter.toml").is_file()
    if into is None and not is_matter and not dry_run:
        raise NowhereToImportError(home)
    names = flat_names(map(str, paths))
    files = {names[str(path)]: (home / path).read_bytes() for path in paths}
    faults = [
        RowFault(
            name, 0, f"it holds {_words(found)}, not {kind}",
            f"Import it as {found}" if found in KINDS else "Look whether it is the right file",
        )
        for name, data in files.items()
        if (found := recognise.kind_of(name, data)) != kind
        and not (mapping and kind in ("bank-csv", "exchange-csv"))
    ]  # fmt: skip
    if mapping is not None:
        data = (home / mapping).read_bytes()
        files |= {f"{name.rpartition('.')[0]}.{MAPPING}": data for name in list(files)}
    books = opened(BookFiles({**_tables(home, into, is_matter=is_matter), **files}),
                   progress=progress)  # fmt: skip
    faults += (fault for fault in books.faults if fault.file in files)
    taken = ImportedEvidence(kind, files, books, faults=tuple(faults))
    if faults or dry_run:
        return taken
    if into is not None:
        return _into_folder(home, into, taken)
    try:
        matter = Matter.open(home)
    except NoMatterError as none:
        raise NowhereToImportError(home) from none
    with matter.alone():
        loaded = into_matter(matter, BookFiles(files), progress=progress)
    place = loaded.stored.folder if loaded.stored else ""
    return ImportedEvidence(kind, files, books, place, loaded.faults)


def _words(kind: str) -> str:
    return kind or "nothing that is known here"


def _tables(home: Path, into: Path | None, *, is_matter: bool) -> Mapping[str, bytes]:
    """Return the tables that lie where the evidence goes: they name its accounts and chains."""
    if into is not None:
        there = read_folder(home / into).files if (home / into).is_dir() else {}
    else:
        there = before(Matter.open(home)) if is_matter else {}
    return {name: data for name, data in there.items() if recognise.kind_of(name, data) == "table"}


def _into_folder(home: Path, into: Path, taken: ImportedEvidence) -> ImportedEvidence:
    folder = home / into
    for name, data in taken.files.items():
        place = folder / name
        if place.exists() and place.read_bytes() != data:
            raise FileThereError(place)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in taken.files.items():
        if not (folder / name).exists():
            (folder / name).write_bytes(data)
    return ImportedEvidence(taken.kind, taken.files, taken.books, str(into))
