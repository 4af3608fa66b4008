"""Where the table begins in a CSV file of a bank or an exchange, and its lines.

Banks write lines of their own before the headings (the account, a period), part cells by comma,
semicolon, tab or bar, and end some lines with a separator more. The separator and the headings are
found together: those that a layout, or the shipped names of columns, explain.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.bank import layouts
from forthwith.exports.bank.layouts import BANK, EXCHANGE, PRICES, Layout, folded
from forthwith.plain import charset, csv_cells
from forthwith.plain.table_names import FileFaultError

_SEPARATORS = (",", ";", "\t", "|")
#: Headings are looked for in so many lines.
_PREAMBLE = 60
#: A column so called is of coins: no bank's statement has it.
_COINS = frozenset(map(folded, (
    "coin", "asset", "token", "txid", "tx hash", "txhash", "transaction hash", "hash", "network",
    "wallet", "cryptocurrency", "symbol", "pair", "market",
)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file whose headings are found."""

    layout: Layout
    separator: str
    headings: tuple[str, ...]
    #: 1-based line of the headings.
    line: int
    #: Lines before the headings.
    preamble: tuple[tuple[str, ...], ...]
    text: str = field(repr=False, default="")

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line and the cells of each record below the headings.

        Raises FileFaultError, with no name of a file, where quotes go wrong.
        """
        for line, cells in _records(self.text, self.separator):
            if line > self.line:
                yield line, cells


def decoded(data: bytes) -> str:
    """Return the text of a file with line ends as they are, without a byte order mark."""
    return charset.decode(data).text.lstrip("\ufeff")


def find(text: str, mapping: Layout | None = None) -> Sheet | None:
    """Return where the table begins, None where no line of the file is known for its headings."""
    found: list[Sheet] = []
    explain = _by_shipped if mapping is None else _by(mapping)
    for separator in (mapping.separator,) if mapping and mapping.separator else _SEPARATORS:
        preamble: list[tuple[str, ...]] = []
        try:
            for line, cells in _records(text, separator):
                if (layout := explain(cells)) is not None:
                    headings = tuple(cell.strip() for cell in cells)
                    before = tuple(preamble)
                    found.append(Sheet(layout, separator, headings, line, before, text))
                    break
                preamble.append(tuple(cells))
                if len(preamble) > _PREAMBLE:
                    break
        except FileFaultError:
            continue
    return min(found, key=lambda sheet: (sheet.line, -len(sheet.headings)), default=None)


def kind_of(text: str) -> str:
    """Return "bank-csv", "exchange-csv", or "" for the text of a file or of its head."""
    if (sheet := find(text)) is not None:
        return "bank-csv" if sheet.layout.of == BANK else "exchange-csv"
    return ""


def first_cells(text: str) -> list[str]:
    """Return the cells of the first line that has any, parted by what stands in it most."""
    line = next((line for line in text.splitlines()[:_PREAMBLE] if line.strip()), "")
    separator = max(_SEPARATORS, key=line.count)
    return [cell.strip().strip('"') for cell in line[: csv_cells.LONGEST].split(separator)]


def bank_columns(cells: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return field → headings by the names banks use; of one field only the best rank stands."""
    known = layouts.bank_headings()
    found: dict[str, tuple[int, list[str]]] = {}
    for cell in cells:
        name, rank = known.get(folded(_bare(cell)), ("", 0))
        if not name:
            continue
        best, headings = found.setdefault(name, (rank, []))
        if rank < best:
            found[name] = (rank, [cell.strip()])
        elif rank == best:
            headings.append(cell.strip())
    return {name: tuple(headings) for name, (_, headings) in found.items()}


def _bare(heading: str) -> str:
    """Return a heading without what stands in parentheses behind it: "Amount (EUR)"."""
    bare, _, rest = heading.partition("(")
    return bare if bare.strip() and rest.rstrip().endswith(")") else heading


def _by_shipped(cells: Sequence[str]) -> Layout | None:
    if len(cells) < 2:
        return None
    if (layout := layouts.shipped_for(cells)) is not None:
        return layout
    columns = bank_columns(cells)
    told = "date" in columns and bool(columns.keys() & {"amount", "debit", "credit"})
    if told and _COINS & {folded(cell) for cell in cells}:
        # A file of coins in no layout that is known: whoever reads it asks for a mapping.
        return Layout(of=EXCHANGE)
    known = sum(map(len, columns.values()))
    if not told or (len(columns) < 3 and known < sum(bool(cell.strip()) for cell in cells)):
        return None
    return Layout(columns=columns)


def wanted_by(mapping: Layout) -> tuple[str, ...]:
    """Return the headings that a file must have for a mapping; none where it only adds to one."""
    if mapping.headings:
        return mapping.headings
    named = [heading for headings in mapping.columns.values() for heading in headings]
    named += [mapping.when, mapping.reference, mapping.asset_less, mapping.needed, *mapping.memo]
    named += [*mapping.account_columns, *mapping.only, *mapping.idle]
    for rule in mapping.rows:
        named += [rule.kind, rule.amount, rule.asset, rule.other, *rule.where, *rule.account]
    bare = mapping.rows or mapping.columns
    unique = dict.fromkeys(heading for heading in named if heading and heading[0] != "=")
    return tuple(unique) if bare else ()


def _by(mapping: Layout) -> Callable[[Sequence[str]], Layout | None]:
    """Return how a mapping knows the headings: by all it names, else by the shipped names."""
    wanted = set(map(folded, wanted_by(mapping)))

    def explain(cells: Sequence[str]) -> Layout | None:
        if wanted:
            there = {folded(cell) for cell in cells}
            return mapping if wanted <= there else None
        known = _by_shipped(cells)
        if known is None or (mapping.of and known.of not in (mapping.of, PRICES)):
            return None
        if known.of == PRICES:
            return known
        told = {
            name: getattr(mapping, name)
            for name in Layout.__dataclass_fields__
            if name != "of" and getattr(mapping, name) != getattr(_BLANK, name)
        }
        return replace(known, **told)

    return explain


_BLANK = Layout()


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line and cells of each record that is not blank. Raises FileFaultError."""
    reader = csv_cells.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    began = 1
    while True:
        try:
            cells = csv_cells.bounded(next(reader))
        except StopIteration:
            return
        except csv.Error as wrong:
            what = f"the line that begins here does not read as CSV ({wrong})"
            do = "Ask for the file anew; nothing from this line on was read"
            raise FileFaultError(RowFault("", began, what, do)) from wrong
        hint = began == 1 and len(cells) <= 2 and cells[:1] and cells[0].lower().startswith("sep=")
        if any(cell.strip() for cell in cells) and not hint:
            yield began, cells
        began = reader.line_num + 1
