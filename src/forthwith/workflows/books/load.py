"""A folder of tables and evidence into the matter's books, or every fault in it named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forthwith.books.books import Books
from forthwith.domain.fact_tables import RowFault
from forthwith.record import facts as fact_sets
from forthwith.record.facts import BOOKS, FactSet
from forthwith.record.matter import Matter, NoMatterError
from forthwith.workflows.books.files import BookFiles, NoBooksError, read_folder, read_matter
from forthwith.workflows.books.opening import opened
from forthwith.workflows.progress import SILENT, Progress


@dataclass(frozen=True, slots=True)
class BooksLoad:
    """What a load did."""

    books: Books
    #: None: nothing was stored, for there are faults or there is no matter.
    stored: FactSet | None = None

    @property
    def faults(self) -> tuple[RowFault, ...]:
        """What is wrong with files and rows."""
        return self.books.faults

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "set": self.stored.folder if self.stored and self.stored.new else "",
            "files": sorted(self.books.files),
            "rows": counts(self.books),
            "faults": [
                {"file": fault.file, "line": fault.line, "what": fault.what, "do": fault.do}
                for fault in self.faults
            ],
            "doubts": [str(fault) for fault in self.books.doubts],
            "notes": list(self.books.notes),
        }


def load(home: Path, folder: Path, *, anew: bool, progress: Progress = SILENT) -> BooksLoad:
    """Check a folder and keep it as the matter's books; with no matter there it is only checked.

    Files of a name take the place of those loaded before. Raises NoBooksFolderError.
    """
    files = read_folder(home / folder)
    try:
        matter = Matter.open(home)
    except NoMatterError:
        return BooksLoad(opened(files, progress=progress))
    with matter.alone():
        return into_matter(matter, files, anew=anew, progress=progress)


def into_matter(
    matter: Matter, files: BookFiles, *, anew: bool = False, progress: Progress = SILENT
) -> BooksLoad:
    """Check files together with the books a matter holds, then store them."""
    together = files if anew else replace(files, files={**before(matter), **files.files})
    books = opened(together, progress=progress)
    if books.faults:
        return BooksLoad(books)
    return BooksLoad(books, fact_sets.add(matter, files.files, replace=anew, shelf=BOOKS))


def before(matter: Matter) -> Mapping[str, bytes]:
    """Return the files of a matter's books, none where none were loaded."""
    try:
        return read_matter(matter).files
    except NoBooksError:
        return {}


def counts(books: Books) -> dict[str, int]:
    """Return how many rows of each kind the books have, those that have any."""
    counted = {
        "assets": len(books.assets),
        "places": len(books.places),
        "customer accounts": len(books.accounts),
        "deposit addresses": len(books.deposit_addresses),
        "rows of the customers' ledger": len(books.ledger),
        "rows of the ledger of places": len(books.place_ledger),
        "openings": len(books.openings),
        "bank statements": len(books.statements),
        "bank entries": sum(len(row.entries) for row in books.statements),
        "blocks": sum(len(chain.blocks) for chain in books.chains),
        "transactions": sum(len(chain.transactions) for chain in books.chains),
        "proofs of control": len(books.proofs),
        "sums to trace": len(books.claims),
        "duties": len(books.duties),
    }
    return {name: count for name, count in counted.items() if count}
