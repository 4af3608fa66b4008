"""Files of the books to the books: each recognised by what it holds, read, and joined.

A file that nothing here reads is named in a note; one that cannot be read whole is a fault, and
then nothing is answered.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from forthwith.books import tables as book_rows
from forthwith.books.books import Books, SignedProof
from forthwith.domain.bank import BankRead, BankStatement
from forthwith.domain.book_tables import TABLES
from forthwith.domain.chain import ChainRead
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import FactRow, RowFault
from forthwith.exports.bank import bai2, camt, exchange_csv, layouts, mt940, ofx, recognise
from forthwith.exports.bank import csv as bank_csv
from forthwith.exports.chain import bitcoin_blocks, bitcoin_json, evm_etl, evm_json
from forthwith.exports.chain import join as tellings
from forthwith.exports.tables import csv as table_csv
from forthwith.exports.tables import yaml as table_yaml
from forthwith.plain.table_names import named
from forthwith.workflows.books import control
from forthwith.workflows.books.files import BookFiles, read_home
from forthwith.workflows.progress import SILENT, Progress

#: Faults printed before the rest is only counted.
SHOWN = 20
#: A mapping lies beside its file: "export.mapping.yaml" of "export.csv", "mapping.yaml" of all.
MAPPING = "mapping.yaml"
_SEPARATED = (".csv", ".tsv", ".txt")
#: Table: columns that name a place which holds the row's asset.
_PLACED: Mapping[str, tuple[str, ...]] = {
    "openings": ("place",), "place_ledger": ("from_place", "to_place"),
}  # fmt: skip
_STATEMENTS: Mapping[str, Callable[[bytes, str], BankRead]] = {
    "camt": camt.read, "mt940": mt940.read, "ofx": ofx.read, "bai2": bai2.read,
}  # fmt: skip
_CHAINS: Mapping[str, Callable[..., ChainRead]] = {
    "bitcoin-blocks": bitcoin_blocks.read, "bitcoin-json": bitcoin_json.read,
    "evm-json": evm_json.read, "evm-etl": evm_etl.read,
}  # fmt: skip


class BooksFaultyError(ForthwithError):
    """Rows or files are at fault, so no answer is given."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        rest = f"\n… and {len(faults) - SHOWN:,} more." if len(faults) > SHOWN else ""
        lines = "\n".join(map(str, faults[:SHOWN]))
        super().__init__(
            "The books are at fault, so nothing is answered from them. Mend these and ask again:"
            f"\n{lines}{rest}"
        )
        self.faults = tuple(faults)


@dataclass(slots=True)
class Gathered:
    """What files hold, as far as it was read, before rows are parsed and joined."""

    rows: list[FactRow] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    doubts: list[RowFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    statements: list[BankStatement] = field(default_factory=list)
    chains: list[ChainRead] = field(default_factory=list)
    proofs: tuple[SignedProof, ...] = ()
    by_kind: dict[str, list[tuple[str, bytes]]] = field(default_factory=lambda: defaultdict(list))

    def take(self, read: BankRead) -> None:
        """Add what a file of statements became; one that gave none is wrong as a whole."""
        self.statements += read.statements
        (self.doubts if read.statements else self.faults).extend(read.faults)
        self.notes += read.notes


def books_of_home(
    home: Path, folder: Path | None, zone: str = "UTC", progress: Progress = SILENT
) -> Books:
    """Return the books of a bare folder or of the matter. Raises BooksFaultyError and its like."""
    books = opened(read_home(home, folder), zone, progress)
    if books.faults:
        raise BooksFaultyError(books.faults)
    return books


def opened(files: BookFiles, zone: str = "UTC", progress: Progress = SILENT) -> Books:
    """Read every file; the books carry the faults of files and rows together."""
    found = gathered(files, progress)
    books = book_rows.books_of(
        found.rows,
        found.statements,
        found.chains,
        found.proofs,
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.files.items()},
        zone=zone,
    )
    return control.checked(
        replace(
            books,
            faults=(*found.faults, *books.faults),
            doubts=tuple(found.doubts),
            notes=(
                *(f"at fault: {fault}" for fault in found.doubts),
                *books.notes,
                *dict.fromkeys(found.notes),
            ),
        )
    )


def gathered(files: BookFiles, progress: Progress = SILENT) -> Gathered:
    """Read every file by what it holds; what cannot be read is a fault."""
    found = Gathered(faults=list(files.faults))
    for name, data in files.files.items():
        # A table is one by its name: a wrong heading is then told of it, and no other kind guessed.
        kind = "table" if named(name, TABLES) else recognise.kind_of(name, data)
        kind = kind or _mapped_kind(name, files.files)
        found.by_kind[kind].append((name, data))
    total, done = len(files.files), 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    progress.phase("Reading tables")
    for name, data in found.by_kind["table"]:
        known = named(name, TABLES)
        reader = table_yaml if known and known.kind == "yaml" else table_csv
        rows, faults = reader.read(data, name, TABLES)
        found.rows += rows
        found.faults += faults
        step(1)
    progress.phase("Reading statements")
    for kind, read in _STATEMENTS.items():
        for name, data in found.by_kind[kind]:
            found.take(read(data, name))
            step(1)
    _mapped(found, dict(files.files))
    progress.phase("Reading chains")
    found.chains = _chains(found, step)
    found.proofs, faults, said = control.read(dict(found.by_kind["proofs"]))
    found.faults += faults
    found.notes += said
    for name, _ in found.by_kind[""]:
        if not name.endswith(MAPPING):
            found.notes.append(f"{name} is no table and no evidence known here; it was not read")
    return found


def _mapping_of(name: str, files: Mapping[str, bytes]) -> str:
    """Return the name of the mapping that a file is read by, "" without any."""
    own = f"{name.rpartition('.')[0]}.{MAPPING}"
    return next((place for place in (own, MAPPING) if place in files), "")


def _mapped_kind(name: str, files: Mapping[str, bytes]) -> str:
    """Return the kind of a file whose columns only its mapping knows, "" where none is there."""
    if not name.lower().endswith(_SEPARATED) or not (at := _mapping_of(name, files)):
        return ""
    layout, faults = layouts.mapping(files[at], at)
    if layout is None or not layout.of:
        # A mapping at fault is told where it is read; one that only adds cannot read it.
        return "bank-csv" if faults else ""
    return "exchange-csv" if layout.of == layouts.EXCHANGE else "bank-csv"


def _currencies(rows: Sequence[FactRow]) -> dict[str, str]:
    """Return the currency of each registered bank account, "" where the tables leave it open.

    It is the one in which the openings and the ledger of places have all that lies in its place;
    without such rows the only currency there is.
    """
    known = {row["id"] for row in rows if row.table == "assets" and not row["chain"]}
    of_place: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for column in _PLACED.get(row.table, ()):
            if row["asset"] in known:
                of_place[row[column]].add(row["asset"])
    accounts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["kind"] == "bank account":
            accounts[row["address_or_account"]] |= of_place.get(row["place"], known)
    return {number: "".join(found) if len(found) == 1 else "" for number, found in accounts.items()}


def _mapped(found: Gathered, files: Mapping[str, bytes]) -> None:
    """Read what banks and exchanges export as CSV, each by its mapping or a known layout."""
    accounts = _currencies(found.rows)
    for kind in ("bank-csv", "exchange-csv"):
        for name, data in found.by_kind[kind]:
            at = _mapping_of(name, files)
            layout, faults = layouts.mapping(files[at], at) if at else (None, ())
            found.faults += faults
            if faults:
                continue
            if kind == "bank-csv":
                found.take(bank_csv.read(data, name, layout, accounts))
            else:
                exchange = exchange_csv.read(data, name, layout)
                found.rows += exchange.rows
                found.faults += exchange.faults
                found.notes += exchange.notes


def _chains(found: Gathered, step: Callable[[int], None]) -> list[ChainRead]:
    """Read the chains; whose keys signed is asked of registered addresses alone: it is slow."""
    own = {row["address_or_account"] for row in found.rows if row.table == "places"}
    reads: list[ChainRead] = []
    for kind, read in _CHAINS.items():
        if files := found.by_kind[kind]:
            signing = {"signing": own} if kind.startswith("bitcoin") else {}
            reads.append(read(files, **signing))
            step(len(files))
    joined = tellings.join(reads)
    for chain in joined:
        given = chain.blocks or chain.transactions
        (found.doubts if given else found.faults).extend(chain.faults)
        found.notes += chain.notes
    # Blocks of no known chain are told above and bear out nothing.
    return [chain for chain in joined if chain.chain]
