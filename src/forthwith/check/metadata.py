"""Fields as the rows tell them (MD): filled where the class of document asks, of the right kind.

What a field should say is in the native: `truth`. E-mail leaves the file columns blank by design
and files the mail columns, so everything here goes by class.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from forthwith.check import zones
from forthwith.check.context import CheckContext, Findings
from forthwith.check.families import Families
from forthwith.check.volume import Volume
from forthwith.standards.loader import Column, FormatRules

_MAIL = frozenset({"eml", "msg", "emlx"})
#: Digits of each digest.
_HEX = {"md5": 32, "sha1": 40, "sha256": 64}
_KINDS = {
    **{name: re.compile(rf"[0-9A-Fa-f]{{{width}}}") for name, width in _HEX.items()},
    "integer": re.compile(r"\d[\d,]*"),
    "kilobytes": re.compile(r"\d[\d,]*(?:\.\d+)?(?:\s*KB)?", re.IGNORECASE),
}
#: What a blank is called by the role of its column; MD04 for any other.
_CODES = {"custodian": "MD01", "date_sent": "MD02", "datetime_sent": "MD02"}
#: Roles whose blanks other checks report: numbers by `bates`, families by `families`.
_JUDGED = frozenset({"first_bates", "last_bates", "parent", "children"})
#: A constant date is one on this share of the rows that have it, and on this many.
_SHARE, _MANY = 0.2, 20


@dataclass(frozen=True, slots=True)
class Blank:
    """A required field left blank; the native may still excuse it."""

    row: int
    column: Column


def mail_rows(volume: Volume) -> list[bool]:
    """Return, for each row, whether it is mail by its extension, or by its mail columns."""
    extensions = volume.column("extension")
    plain = {cell: cell.strip().lower().lstrip(".") for cell in set(extensions)}
    kinds = [plain[cell] for cell in extensions]
    if "" in kinds:
        links = volume.column("native_path")
        sent, sender = volume.column("date_sent"), volume.column("from")
        for row, kind in enumerate(kinds):
            if not kind:
                kinds[row] = links[row].rpartition(".")[2].lower() if links[row] else ""
                if not links[row] and (sent[row] or sender[row]):
                    kinds[row] = "eml"
    return [kind in _MAIL for kind in kinds]


def blanks(volume: Volume, families: Families, mail: Sequence[bool]) -> list[Blank]:
    """Return each required field left blank, by the class of its row."""
    asked = _asked(volume, families, mail)
    blank_cells: list[Blank] = []
    for column in volume.standard.all_columns:
        cells = volume.columns.get(column.name)
        rows = asked.get(column.required)
        if rows is None or cells is None or column.role in _JUDGED or column.fill == "blank":
            continue
        if column.extra and not any(cells):
            continue  # nobody agreed on it for this volume
        asked_of = cells if len(rows) == len(cells) else [cells[row] for row in rows]
        if all(asked_of) and not any(map(str.isspace, asked_of)):
            continue
        blank_cells.extend(
            Blank(row, column)
            for row in rows
            if (not cells[row] or not cells[row].strip()) and not _stands_in(volume, column, row)
        )
    return blank_cells


def _asked(volume: Volume, families: Families, mail: Sequence[bool]) -> dict[str, Sequence[int]]:
    """Return the rows each kind of requirement is about."""
    every = range(len(volume))
    links, named = volume.column("native_path"), volume.column("parent")
    digests = volume.column(volume.standard.natives.digest)
    sizes, withheld = volume.column("size"), volume.column("withheld")
    shown: Sequence[int] = every
    if any(withheld):
        shown = [row for row in every if not withheld[row].strip()]
    together = {row for members in families.members.values() for row in members}
    together.update(row for row, cell in enumerate(named) if cell)
    return {
        "always": every,
        "family": sorted(together),
        "parent": sorted(families.members),
        "child": sorted(families.parent),
        "email": [row for row in shown if mail[row]],
        "edoc": [row for row in shown if links[row] and not mail[row]],
        "native": [row for row in shown if links[row] or digests[row] or sizes[row]],
        "imaged": [row for row in every if not links[row]],
    }


def _stands_in(volume: Volume, column: Column, row: int) -> bool:
    """Return True where another column of the row says the same."""
    if column.role in {"path", "internal_path"}:
        return bool(volume.cell("path", row) or volume.cell("internal_path", row))
    return False


def report_blanks(seen: CheckContext, blank_cells: Sequence[Blank]) -> Findings:
    """Report blanks; a date's absence takes the absence of its time with it."""
    codes = {**_CODES, seen.volume.standard.natives.digest: "MD03"}
    dateless = {blank.row for blank in blank_cells if blank.column.role == "date_sent"}
    whole: dict[str, list[Blank]] = {}
    for blank in blank_cells:
        if blank.column.role == "time_sent" and blank.row in dateless:
            continue
        whole.setdefault(blank.column.name, []).append(blank)
    for name, blanks_of_one in whole.items():
        for blank in blanks_of_one:
            code = codes.get(blank.column.role, "MD04")
            yield seen.report(code, f"{name} is blank", row=blank.row)


def kinds(seen: CheckContext, native_says: Callable[[int, Column, date], bool]) -> Findings:
    """Report values that are not what their column holds: dates, times, hashes, counts.

    `native_says(row, column, day)`: an odd date the native holds itself is no fault of the row.
    """
    for column in seen.volume.standard.all_columns:
        cells = seen.volume.columns.get(column.name)
        if cells is None:
            continue
        how, _, name = column.fill.partition(":")
        if how == "same":
            yield from _copies(seen, column, cells)
        elif how == "datetime":
            days, times = (seen.volume.column(f"{part}_{name}") for part in ("date", "time"))
            yield from _dates(seen, column, days, native_says)
            yield from _times(seen, column.name, times)
        elif column.type == "date":
            yield from _dates(seen, column, cells, native_says)
        elif column.type == "time":
            yield from _times(seen, column.name, cells)
        else:
            yield from _values(seen, column, cells)


def _values(seen: CheckContext, column: Column, cells: Sequence[str]) -> Findings:
    """Report values that are no digest or no count."""
    pattern = _KINDS.get(column.type)
    if pattern is None or (column.type in _HEX and _all_hex(cells, _HEX[column.type])):
        return
    wrong = {cell for cell in set(cells) if cell and not pattern.fullmatch(cell.strip())}
    for row, cell in enumerate(cells) if wrong else ():
        if cell in wrong:
            message = f"{column.name} {cell[:40]!r} is no {column.type}"
            yield seen.report("MD16", message, row=row)


def _copies(seen: CheckContext, column: Column, cells: Sequence[str]) -> Findings:
    """Report a column that must repeat another and does not."""
    role = column.fill.removeprefix("same:")
    for row, (cell, other) in enumerate(zip(cells, seen.volume.column(role), strict=True)):
        if cell != other and cell.strip() != other.strip() and row not in seen.misnumbered:
            message = f"{column.name} is {cell[:40]!r}, {seen.volume.called(role)} {other[:40]!r}"
            yield seen.report("MD17", message, row=row)


def _all_hex(cells: Sequence[str], width: int) -> bool:
    """Return True when every cell that is not blank is `width` hexadecimal digits."""
    return set(map(len, cells)) <= {0, width} and not "".join(cells).strip(string.hexdigits)


def _dates(
    seen: CheckContext,
    column: Column,
    cells: Sequence[str],
    native_says: Callable[[int, Column, date], bool],
) -> Findings:
    rules = seen.volume.standard.formats
    # Dates repeat: each distinct one is judged once.
    # A file may bear any date its clock had; a message before there was mail is a mistake.
    sent = column.fill in {"date:sent", "datetime:sent"}
    earliest = rules.earliest if sent else date.min
    faults = {cell: _date_fault(cell, rules, earliest) for cell in set(cells)}
    if not any(faults.values()):
        return
    for row, cell in enumerate(cells):
        fault, day = faults[cell], rules.date.read(cell)
        if fault is not None and not (day is not None and native_says(row, column, day)):
            yield seen.report(fault[0], f"{column.name} {cell[:40]!r} {fault[1]}", row=row)


def _date_fault(cell: str, rules: FormatRules, earliest: date) -> tuple[str, str] | None:
    cell = cell.strip()
    if not cell:
        return None
    if rules.date.parts(cell) in rules.sentinels:
        return "MD06", "is what software writes when it knows no date"
    day = rules.date.read(cell)
    if day is None:
        return "MD05", f"is no date in the form {rules.date}"
    return ("MD06", f"lies before {rules.date.write(earliest)}") if day < earliest else None


def _times(seen: CheckContext, name: str, cells: Sequence[str]) -> Findings:
    form = seen.volume.standard.formats.time
    wrong = {cell for cell in set(cells) if cell.strip() and zones.read_time(cell, form) is None}
    for row, cell in enumerate(cells) if wrong else ():
        if cell in wrong:
            message = f"{name} {cell[:40]!r} is no time in the form {form}"
            yield seen.report("MD07", message, row=row)


def names(seen: CheckContext) -> Findings:
    """Report original names lost: a file's name equal to the number it was given."""
    volume = seen.volume
    for row, (name, number) in enumerate(
        zip(volume.column("file_name"), volume.bates, strict=True)
    ):
        if name and number and name.startswith(number) and name.rpartition(".")[0] == number:
            message = f"{volume.called('file_name')} {name!r} is the Bates number"
            yield seen.report("MD13", message, row=row)


def constants(seen: CheckContext, confirmed: frozenset[int], undated: frozenset[int]) -> Findings:
    """Report one instant of modification on many documents: it is the day of processing.

    `confirmed` are rows whose native says the same of itself. Where most such rows are `undated`
    (the native knows no date), too little contradicts them: files so copied before they were
    collected look the same, and a note asks.
    """
    volume = seen.volume
    stamps: dict[tuple[str, str], list[int]] = {}
    dates, times = volume.column("date_modified"), volume.column("time_modified")
    called = volume.called("date_modified")
    for row, stamp in enumerate(zip(dates, times, strict=True)):
        if stamp[0] and row not in confirmed:
            stamps.setdefault(stamp, []).append(row)
    total = sum(map(len, stamps.values()))
    for stamp, rows in stamps.items():
        if len(rows) < _MANY or len(rows) <= _SHARE * total:
            continue
        message = (
            f"{called} is {' '.join(filter(None, stamp))} on {len(rows):,} of {total:,} documents"
        )
        against = sum(row not in undated for row in rows)
        if against < _MANY or against <= _SHARE * total:
            seen.notes.append(
                f"{message}, and most of their natives know no date: ask how they were copied"
            )
        else:
            yield seen.report("MD14", message, file=volume.data_files[0])


def one_zone(seen: CheckContext) -> Findings:
    """Report each row in another zone than most."""
    if len(set(seen.volume.column("time_zone")) - {""}) < 2:
        return
    name = seen.volume.called("time_zone")
    cells = [cell.strip() for cell in seen.volume.column("time_zone")]
    counts = Counter(cell for cell in cells if cell)
    usual = counts.most_common(1)[0][0]
    for row, cell in enumerate(cells):
        if cell and cell != usual:
            yield seen.report("MD15", f"{name} is {cell!r}, elsewhere {usual!r}", row=row)
