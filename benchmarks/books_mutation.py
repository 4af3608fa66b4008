"""The mutation score: what a signed report shows of one change made to its books afterwards.

Rows of tables, entries of statements, blocks, logs and legs of chains are changed in memory, one at
a time, drawn by seed; a change that leaves the same rows in the same meaning is none and is drawn
again. Each is held against the report that was signed over the sound books, on four levels: its
files alone; control accounts; roots, stakes, blocks and closings; digests of rows. The first two
and the last are the three columns of the score; what only digests of rows show is inherently
unwitnessed, for nothing outside the row says what it should be.
Run: python -m benchmarks.books_mutation [MUTATIONS] [CASE FOLDER]; 12 is a trial of each mutator.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date as calendar
from datetime import timedelta
from pathlib import Path
from typing import Any

from forthwith.books import control as proofs_of_control
from forthwith.books import tables as book_rows
from forthwith.books.books import Books, Parameters, SignedProof
from forthwith.books.reckoning import reckon
from forthwith.books.report.against import Against, against, faulty
from forthwith.books.report.month import Month, Report, report
from forthwith.domain.bank import BankEntry, BankStatement
from forthwith.domain.book_tables import TABLES
from forthwith.domain.chain import ChainRead, ChainTransaction
from forthwith.domain.fact_tables import FactRow, RowFault
from forthwith.example import books as played
from forthwith.exports.chain import bitcoin_blocks
from forthwith.exports.chain import join as tellings
from forthwith.workflows.books import control as proofs
from forthwith.workflows.books import opening
from forthwith.workflows.books.files import BookFiles, flat_names, read_folder

MUTATIONS, SEED, WANTED, LEAST = 900, 7, 1.0, 0.95
KEY = bytes(32)
#: Levels of a finding, each with what those before it show.
LEVELS = {
    "files": "Files alone", "control_accounts": "+ control accounts",
    "figures": "+ roots, stakes, blocks, closings", "rows": "+ digests of rows (all commitments)",
}  # fmt: skip
#: Cells by what they say, and the tables they stand in.
DATES = ("effective_at", "booked_at", "from", "to", "at", "when")
ACCOUNTS = ("account", "address_or_account", "address", "entity", "of", "holder", "alias_of",
            "claimant", "payee")  # fmt: skip
GROUPS = ("from_group", "to_group", "group", "class")
PLACES = ("from_place", "to_place", "place")
ALIASES = ("entities", "affiliates")


class NoMutationError(Exception):
    """What was drawn has nothing that this mutator changes."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the files of books hold, read once; a mutant shares what it does not change."""

    rows: tuple[FactRow, ...]
    statements: tuple[BankStatement, ...]
    chains: tuple[ChainRead, ...]
    proofs: tuple[SignedProof, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    #: Files of Bitcoin blocks, which are changed as bytes: a block says itself what it holds.
    blocks: Mapping[str, bytes] = field(default_factory=dict)
    faults: tuple[RowFault, ...] = ()

    def books(self) -> Books:
        """Return the books, proofs as they were verified when they were read."""
        found = book_rows.books_of(
            self.rows, self.statements, self.chains, self.proofs, files=self.files
        )
        return replace(found, faults=(*self.faults, *found.faults))

    def meaning(self, month: str) -> tuple[object, ...]:
        """Return what two sets of evidence are the same by for a month: rows without their places.

        An end after the month is none yet: another one there changes a later report.
        """
        rows = Counter(
            (
                row.table,
                *((name, cell) for name, cell in sorted(row.cells.items())
                  if name != "to" or cell <= f"{month}-31T23:59:59Z"),
            )
            for row in self.rows
        )  # fmt: skip
        statements = Counter(
            str(replace(row, file="", entries=_bare(row.entries))) for row in self.statements
        )
        return rows, statements, Counter(map(str, self.chains)), self.faults

    def touched(self, file: str) -> Evidence:
        """Return it with another digest for a file that is no longer what it was."""
        digest = hashlib.sha256(f"changed {file}".encode()).hexdigest()
        return replace(self, files={**self.files, file: digest})


def _bare(entries: Sequence[BankEntry]) -> tuple[BankEntry, ...]:
    return tuple(replace(entry, row="") for entry in entries)


def evidence(files: Mapping[str, bytes]) -> Evidence:
    """Read sound files by name."""
    found = opening.gathered(BookFiles(files))
    if found.faults:
        raise AssertionError(str(found.faults[0]))
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    signed = proofs.checked(Books(proofs=found.proofs, chains=tuple(found.chains))).proofs
    return Evidence(
        tuple(found.rows), tuple(found.statements), tuple(found.chains), signed, digests,
        dict(found.by_kind["bitcoin-blocks"]),
    )  # fmt: skip


def example(seed: int = played.DEMO_SEED) -> tuple[Evidence, str]:
    """Return the evidence of the example's quarter, and its last month."""
    quarter, files = played.played(seed)
    names = flat_names(files)
    last = quarter.day_end(quarter.cuts[-1])
    month = time.strftime("%Y-%m", time.gmtime(last))
    return evidence({names[path]: data for path, data in files.items()}), month


def made(books: Books, month: str) -> Report:
    """Return the report of books, roots under one key."""
    reckoning = reckon(books, Parameters())
    return report(Month(reckoning, proofs_of_control.control(books, proofs.spoken), month, key=KEY))


# Mutators: each returns the evidence with one thing changed, and what was changed.

Mutant = tuple[Evidence, str]
Mutator = Callable[[Evidence, random.Random], Mutant]


def _cell(
    given: Evidence, rng: random.Random, columns: Sequence[str], change: Callable[[str], str],
    tables: Sequence[str] = tuple(TABLES),
) -> Mutant:  # fmt: skip
    """Change one cell that is not empty; the table is drawn first, so that small ones count."""
    by_table: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for place, row in enumerate(given.rows):
        if row.table in tables:
            for column in columns:
                if row.cells.get(column) and column in TABLES[row.table].columns:
                    by_table[row.table].append((place, column))
    if not by_table:
        raise NoMutationError
    place, column = rng.choice(by_table[rng.choice(sorted(by_table))])
    row = given.rows[place]
    after = change(row.cells[column])
    rows = list(given.rows)
    rows[place] = replace(row, cells={**row.cells, column: after})
    what = f"{row.table} line {row.line}, {column}: {row.cells[column]} to {after}"
    return replace(given, rows=tuple(rows)), what


def _entry(given: Evidence, rng: random.Random, change: Callable[[BankEntry], BankEntry]) -> Mutant:
    places = [
        (number, place)
        for number, row in enumerate(given.statements)
        for place in range(len(row.entries))
    ]
    if not places:
        raise NoMutationError
    number, place = rng.choice(places)
    statement = given.statements[number]
    entries = list(statement.entries)
    entries[place] = change(entries[place])
    return _restated(given, number, entries), f"{statement.file} {statement.entries[place].row}"


def _restated(given: Evidence, number: int, entries: Sequence[BankEntry]) -> Evidence:
    statements = list(given.statements)
    statements[number] = replace(statements[number], entries=tuple(entries))
    return replace(given, statements=tuple(statements)).touched(statements[number].file)


def _transaction(
    given: Evidence, rng: random.Random,
    change: Callable[[ChainTransaction], ChainTransaction | None],
) -> Mutant:  # fmt: skip
    """Change or drop (None) one transaction; the block keeps its hash."""
    with_legs = [
        (number, place)
        for number, read in enumerate(given.chains)
        for place, row in enumerate(read.transactions)
        if row.legs and read.kind != "bitcoin"
    ]
    if not with_legs:
        raise NoMutationError
    number, place = rng.choice(with_legs)
    read = given.chains[number]
    row = read.transactions[place]
    after = change(row)
    found = [
        *read.transactions[:place],
        *([after] if after else []),
        *read.transactions[place + 1 :],
    ]
    chains = list(given.chains)
    chains[number] = replace(read, transactions=tuple(found))
    return replace(given, chains=tuple(chains)), f"{read.chain} {row.id[:12]}"


def _byte(given: Evidence, rng: random.Random) -> Mutant:
    """Change one byte of a file of Bitcoin blocks."""
    if not given.blocks:
        raise NoMutationError
    name = rng.choice(sorted(given.blocks))
    data = bytearray(given.blocks[name])
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)
    (read,) = tellings.join([bitcoin_blocks.read([(name, bytes(data))])])
    chains = tuple(read if row.kind == "bitcoin" else row for row in given.chains)
    mutant = replace(given, chains=chains, faults=read.faults).touched(name)
    return mutant, f"{name} byte {at}"


def _leg(
    row: ChainTransaction, rng: random.Random, change: Callable[[int], int]
) -> ChainTransaction:
    place = rng.randrange(len(row.legs))
    leg = row.legs[place]
    legs = [*row.legs[:place], replace(leg, amount=change(leg.amount)), *row.legs[place + 1 :]]
    return replace(row, legs=tuple(legs))


def _later(text: str, days: int) -> str:
    """Return a day or an instant moved by days."""
    return f"{calendar.fromisoformat(text[:10]) + timedelta(days=days)}{text[10:]}"


def _last_digit(text: str) -> str:
    return f"{text[:-1]}{(int(text[-1]) + 1) % 10}"


def _sign(text: str) -> str:
    return text[1:] if text.startswith("-") else f"-{text}"


def amount_digit(given: Evidence, rng: random.Random) -> Mutant:
    """Another last digit of one amount of a row, an entry or a leg."""
    return rng.choice((
        lambda: _cell(given, rng, ("amount",), _last_digit),
        lambda: _entry(given, rng, lambda row: replace(row, amount=_last_digit(row.amount))),
        lambda: _transaction(given, rng, lambda row: _leg(row, rng, lambda amount: amount + 1)),
        lambda: _byte(given, rng),
    ))()  # fmt: skip


def amount_sign(given: Evidence, rng: random.Random) -> Mutant:
    """The other sign of one amount of a row or an entry."""
    return rng.choice((
        lambda: _cell(given, rng, ("amount",), _sign),
        lambda: _entry(given, rng, lambda row: replace(row, amount=_sign(row.amount))),
    ))()  # fmt: skip


def date(given: Evidence, rng: random.Random) -> Mutant:
    """One date moved by one to three days, back or forth."""
    days = rng.choice((-3, -2, -1, 1, 2, 3))

    def moved(text: str) -> str:
        return _later(text, days)

    def booked(row: BankEntry) -> BankEntry:
        return replace(row, booked=row.booked + timedelta(days=days))

    return rng.choice((
        lambda: _cell(given, rng, DATES, moved, [t for t in TABLES if t not in ALIASES]),
        lambda: _entry(given, rng, booked),
    ))()  # fmt: skip


def alias_date(given: Evidence, rng: random.Random) -> Mutant:
    """One date of a name or of an affiliation moved by one to forty days."""
    days = rng.choice((-40, -10, -1, 1, 10, 40))

    return _cell(given, rng, ("from", "to"), lambda text: _later(text, days), ALIASES)


def _another(given: Evidence, rng: random.Random, columns: Sequence[str]) -> Mutant:
    """Put another value that its table has in the same column."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in given.rows:
        for column in columns:
            if row.cells.get(column):
                found[row.table, column].add(row.cells[column])
    many = {key: values for key, values in found.items() if len(values) > 1}
    if not many:
        raise NoMutationError
    table, column = rng.choice(sorted(many))

    def other(text: str) -> str:
        return rng.choice(sorted(many[table, column] - {text}))

    return _cell(given, rng, (column,), other, (table,))


def account(given: Evidence, rng: random.Random) -> Mutant:
    """Another account, address or entity in one cell, or another party of one entry."""
    return rng.choice((
        lambda: _another(given, rng, ACCOUNTS),
        lambda: _entry(given, rng, lambda row: replace(
            row, party_account=f"{row.party_account}9", party=f"{row.party} Ltd")),
    ))()  # fmt: skip


def group(given: Evidence, rng: random.Random) -> Mutant:
    """Another group or class in one cell."""
    return _another(given, rng, GROUPS)


def place(given: Evidence, rng: random.Random) -> Mutant:
    """Another place in one cell."""
    return _another(given, rng, PLACES)


def reference(given: Evidence, rng: random.Random) -> Mutant:
    """Another reference of one row or entry."""
    return rng.choice((
        lambda: _cell(given, rng, ("reference",), lambda text: f"{text}9"),
        lambda: _entry(given, rng, lambda row: replace(
            row, references=tuple(f"{text}9" for text in row.references) or ("R9",))),
    ))()  # fmt: skip


def _one_row(given: Evidence, rng: random.Random) -> int:
    tables = sorted({row.table for row in given.rows})
    table = rng.choice(tables)
    return rng.choice([place for place, row in enumerate(given.rows) if row.table == table])


def dropped(given: Evidence, rng: random.Random) -> Mutant:
    """One row of a table or one entry of a statement taken away."""
    if rng.random() < 0.3:
        number = rng.choice([n for n, row in enumerate(given.statements) if row.entries])
        entries = list(given.statements[number].entries)
        gone = entries.pop(rng.randrange(len(entries)))
        return _restated(given, number, entries), f"{given.statements[number].file} {gone.row}"
    at = _one_row(given, rng)
    row = given.rows[at]
    rows = (*given.rows[:at], *given.rows[at + 1 :])
    return replace(given, rows=rows), f"{row.table} line {row.line}"


def doubled(given: Evidence, rng: random.Random) -> Mutant:
    """One row of a ledger told again under a new name, or one entry of a statement twice.

    A row of a table that is there twice, name and all, is one row and a note.
    """
    if rng.random() < 0.3:
        number = rng.choice([n for n, row in enumerate(given.statements) if row.entries])
        entries = list(given.statements[number].entries)
        at = rng.randrange(len(entries))
        entries.insert(at, replace(entries[at], row=f"{entries[at].row} again"))
        return _restated(given, number, entries), f"{given.statements[number].file} {at + 1}"
    ledgers = {"customer_ledger": "row", "place_ledger": "entry"}
    table = rng.choice(sorted(ledgers))
    row = rng.choice([row for row in given.rows if row.table == table])
    cells = {**row.cells, ledgers[table]: f"{row.cells[ledgers[table]]}-again"}
    again = replace(row, cells=cells, line=row.line + 100_000)
    return replace(given, rows=(*given.rows, again)), f"{row.table} line {row.line}"


def swapped(given: Evidence, rng: random.Random) -> Mutant:
    """Two rows of one ledger change their amounts, or two entries of a statement their places.

    Rows of tables have no order: two of them in each other's place are the same books.
    """
    if rng.random() < 0.3:
        number = rng.choice([n for n, row in enumerate(given.statements) if len(row.entries) > 1])
        entries = list(given.statements[number].entries)
        at = rng.randrange(len(entries) - 1)
        entries[at], entries[at + 1] = entries[at + 1], entries[at]
        return _restated(given, number, entries), f"{given.statements[number].file} {at + 1}"
    table = rng.choice(("customer_ledger", "place_ledger", "openings", "caps"))
    places = [at for at, row in enumerate(given.rows) if row.table == table]
    if len(places) < 2:
        raise NoMutationError
    one, two = rng.sample(places, 2)
    rows = list(given.rows)
    cells = [dict(rows[at].cells) for at in (one, two)]
    if cells[0]["asset"] != cells[1]["asset"]:
        raise NoMutationError
    cells[0]["amount"], cells[1]["amount"] = cells[1]["amount"], cells[0]["amount"]
    for at, its in zip((one, two), cells, strict=True):
        rows[at] = replace(rows[at], cells=its)
    return replace(given, rows=tuple(rows)), f"{table} lines {rows[one].line}, {rows[two].line}"


def block(given: Evidence, rng: random.Random) -> Mutant:
    """One block with its transactions, or one transaction, or one leg (a log) taken away."""

    def without_leg(row: ChainTransaction) -> ChainTransaction:
        at = rng.randrange(len(row.legs))
        return replace(row, legs=(*row.legs[:at], *row.legs[at + 1 :]))

    def without_block() -> Mutant:
        number = rng.randrange(len(given.chains))
        read = given.chains[number]
        gone = rng.choice(read.blocks)
        chains = list(given.chains)
        chains[number] = replace(
            read,
            blocks=tuple(row for row in read.blocks if row != gone),
            transactions=tuple(row for row in read.transactions if row.height != gone.height),
        )
        return replace(given, chains=tuple(chains)), f"{read.chain} block {gone.height}"

    return rng.choice((
        without_block,
        lambda: _transaction(given, rng, lambda _: None),
        lambda: _transaction(given, rng, without_leg),
    ))()  # fmt: skip


def decimals(given: Evidence, rng: random.Random) -> Mutant:
    """One more or one less decimal of an asset."""
    step = rng.choice((-2, -1, 1, 2))
    return _cell(given, rng, ("decimals",), lambda text: str(max(0, int(text) + step)), ("assets",))


MUTATORS: Mapping[str, Mutator] = {
    "amount, last digit": amount_digit, "amount, sign": amount_sign, "date": date,
    "account or address": account, "group or class": group, "place": place,
    "reference": reference, "row dropped": dropped, "row doubled": doubled,
    "two rows swapped": swapped, "block or log dropped": block, "decimals of an asset": decimals,
    "date of an alias": alias_date,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tried:
    """One mutation and what was found of it."""

    mutator: str
    what: str
    found: Against

    @property
    def by(self) -> str:
        """Return the first level that shows it; "" where none does."""
        return next((name for name in LEVELS if getattr(self.found, name)), "")


def mutations(
    given: Evidence, month: str, often: int, seed: int = SEED, names: Sequence[str] = ()
) -> Iterator[Tried]:
    """Yield `often` mutations of each mutator, held against the report over the sound evidence."""
    signed = made(given.books(), month)
    sound = given.meaning(month)
    for name in names or MUTATORS:
        rng, done = random.Random(f"{seed} {name}"), 0
        for _ in range(often * 20):
            if done == often:
                break
            try:
                mutant, what = MUTATORS[name](given, rng)
            except NoMutationError:
                continue
            if mutant.meaning(month) == sound:
                continue
            books = mutant.books()
            done += 1
            found = faulty(books.faults) if books.faults else against(
                signed.body, made(books, month)
            )  # fmt: skip
            yield Tried(name, what, found)


def case(folder: Path) -> tuple[Evidence, str]:
    """Return the evidence of a case's folder and the last month of its ledger."""
    files = read_folder(folder).files
    known = {name: data for name, data in files.items() if not _aside(name)}
    given = evidence(known)
    last = max(row["effective_at"] for row in given.rows if row.table == "customer_ledger")
    return given, last[:7]


def _aside(name: str) -> bool:
    return name in ("truth.json", "README.md", "SOURCE") or name.endswith(".beancount")


def scores(tried: Sequence[Tried]) -> dict[str, dict[str, int]]:
    """Return by mutator how many there were, and how many each level and those before it show."""
    table: dict[str, dict[str, int]] = {}
    for row in tried:
        line = table.setdefault(row.mutator, dict.fromkeys(("all", *LEVELS), 0))
        line["all"] += 1
        levels = list(LEVELS)
        for level in levels[levels.index(row.by) :] if row.by else ():
            line[level] += 1
    return table


def markdown(table: Mapping[str, Mapping[str, int]]) -> str:
    """Return the table, the sum last."""
    whole = {key: sum(line[key] for line in table.values()) for key in ("all", *LEVELS)}
    lines = [
        f"| Mutator | Mutations | {' | '.join(LEVELS.values())} |",
        f"|{' --- |' * 6}",
    ]
    for name, line in (*table.items(), ("together", whole)):
        cells = [f"{line[level]} ({100 * line[level] / line['all']:.0f} %)" for level in LEVELS]
        lines.append(f"| {' | '.join((name, str(line['all']), *cells))} |")
    return "\n".join(lines)


def unwitnessed(tried: Sequence[Tried]) -> Mapping[str, int]:
    """Return what only a digest of rows shows, by table and column or kind of evidence."""
    found: Counter[str] = Counter()
    for row in tried:
        if row.by == "rows":
            table, _, rest = row.what.partition(" ")
            column = rest.partition(", ")[2].partition(":")[0] if ":" in rest else ""
            found[f"{row.mutator}: {table} {column}".strip()] += 1
    return dict(found.most_common())


def run(corpora: Path) -> list[dict[str, Any]]:
    """Return a line for each of the example's quarter and, where it is there, the case's."""
    sources = {"the example's quarter": example()}
    folder = corpora / "books/case-tamarack"
    if folder.is_dir():
        sources["case-tamarack"] = case(folder)
    lines = []
    for name, (given, month) in sources.items():
        tried = list(mutations(given, month, -(-MUTATIONS // len(MUTATORS))))
        table = scores(tried)
        whole = {key: sum(line[key] for line in table.values()) for key in ("all", *LEVELS)}
        worst = min(line["rows"] / line["all"] for line in table.values())
        shown = [whole[level] for level in LEVELS]
        lines.append({
            "what": f"mutations of {name} that a signed report shows, {whole['all']}",
            "ours": f"{shown[0]} by files alone, {shown[1]} with control accounts, {shown[3]} with "
                    f"commitments ({shown[2]} without digests of rows)",
            "peer": f"the least of {len(table)} mutators: {100 * worst:.0f} %",
            "ratio": shown[3] / whole["all"],
            "limit": f">= {WANTED:g}, none below {LEAST:g}",
            "met": shown[3] / whole["all"] >= WANTED and worst >= LEAST,
        })  # fmt: skip
    return lines


def main() -> None:
    """Print the whole table and what is inherently unwitnessed."""
    often = -(-int(sys.argv[1] if len(sys.argv) > 1 else MUTATIONS) // len(MUTATORS))
    given, month = case(Path(sys.argv[2])) if len(sys.argv) > 2 else example()
    began = time.process_time()
    tried = list(mutations(given, month, often))
    print(markdown(scores(tried)))
    for what, count in unwitnessed(tried).items():
        print(f"{count:5} {what}")
    for row in tried:
        if not row.by:
            print(f"not shown: {row.mutator}: {row.what}")
    print(f"{(time.process_time() - began) / len(tried):.2f} s of CPU a mutation")


if __name__ == "__main__":
    main()
