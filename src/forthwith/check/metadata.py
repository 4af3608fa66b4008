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
from datetime import date, datetime

from forthwith.check import zones
from forthwith.check.context import CheckContext, Findings
from forthwith.check.families import Families
from forthwith.check.volume import Volume
from forthwith.standards.loader import Column

_MAIL = frozenset({"eml", "msg", "emlx", "mht"})
#: Digits of each digest.
_HEX = {"md5": 32, "sha256": 64}
_KINDS = {
    **{name: re.compile(rf"[0-9A-Fa-f]{{{width}}}") for name, width in _HEX.items()},
    "integer": re.compile(r"\d[\d,]*"),
    "kilobytes": re.compile(r"\d[\d,]*(?:\.\d+)?(?:\s*KB)?", re.IGNORECASE),
}
_CODES = {"CUSTODIAN": "MD01", "DATE_SENT": "MD02", "MD5HASH": "MD03"}
#: A constant date is one on this share of the rows that have it, and on this many.
_SHARE, _MANY = 0.2, 20


@dataclass(frozen=True, slots=True)
class Blank:
    """A required field left blank; the native may still excuse it."""

    row: int
    column: str


def mail_rows(volume: Volume) -> list[bool]:
    """Return, for each row, whether it is mail by its extension, or by its mail columns."""
    found = volume.column("FILE_EXTEN")
    plain = {cell: cell.strip().lower().lstrip(".") for cell in set(found)}
    kinds = [plain[cell] for cell in found]
    if "" in kinds:
        links = volume.column("LINK")
        sent, sender = volume.column("DATE_SENT"), volume.column("FROM")
        for row, kind in enumerate(kinds):
            if not kind:
                kinds[row] = links[row].rpartition(".")[2].lower() if links[row] else ""
                if not links[row] and (sent[row] or sender[row]):
                    kinds[row] = "eml"
    return [kind in _MAIL for kind in kinds]


def blanks(volume: Volume, families: Families, mail: Sequence[bool]) -> list[Blank]:
    """Return each required field left blank, by the class of its row."""
    asked = _asked(volume, families, mail)
    found: list[Blank] = []
    for column in volume.standard.columns:
        cells = volume.columns.get(column.name)
        rows = asked.get(column.required)
        if rows is None or cells is None or column.name in {"FIRSTBATES", "LASTBATES"}:
            continue
        asked_of = cells if len(rows) == len(cells) else [cells[row] for row in rows]
        if all(asked_of) and not any(map(str.isspace, asked_of)):
            continue
        found.extend(
            Blank(row, column.name)
            for row in rows
            if (not cells[row] or not cells[row].strip()) and not _stands_in(volume, column, row)
        )
    return found


def _asked(volume: Volume, families: Families, mail: Sequence[bool]) -> dict[str, Sequence[int]]:
    """Return the rows each kind of requirement is about."""
    every = range(len(volume))
    links, named = volume.column("LINK"), volume.column("PARENT_BATES")
    digests, sizes = volume.column("MD5HASH"), volume.column("FILE_SIZE")
    withheld = volume.column("WITHHELD")
    shown: Sequence[int] = every
    if any(withheld):
        shown = [row for row in every if not withheld[row].strip()]
    together = {row for members in families.members.values() for row in members}
    together.update(row for row, cell in enumerate(named) if cell)
    return {
        "always": every,
        "family": sorted(together),
        "email": [row for row in shown if mail[row]],
        "edoc": [row for row in shown if links[row] and not mail[row]],
        "native": [row for row in shown if links[row] or digests[row] or sizes[row]],
        "imaged": [row for row in every if not links[row]],
    }


def _stands_in(volume: Volume, column: Column, row: int) -> bool:
    """Return True where another column of the row says the same."""
    if column.name in {"PATH", "INTFILEPATH"}:
        return bool(volume.cell("PATH", row) or volume.cell("INTFILEPATH", row))
    return False


def report_blanks(seen: CheckContext, found: Sequence[Blank]) -> Findings:
    """Report blanks; a date's absence takes the absence of its time with it."""
    dateless = {each.row for each in found if each.column == "DATE_SENT"}
    whole: dict[str, list[Blank]] = {}
    for each in found:
        if each.column == "TIME_SENT/TIME_ZONE" and each.row in dateless:
            continue
        whole.setdefault(each.column, []).append(each)
    for column, each_blank in whole.items():
        for each in each_blank:
            code = _CODES.get(column, "MD04")
            yield seen.report(code, f"{column} is blank", row=each.row)


def kinds(seen: CheckContext, native_says: Callable[[int, Column, date], bool]) -> Findings:
    """Report values that are not what their column holds: dates, times, hashes, counts.

    `native_says(row, column, day)`: an odd date the native holds itself is no fault of the row.
    """
    for column in (*seen.volume.standard.columns, *seen.volume.standard.extras):
        cells = seen.volume.columns.get(column.name)
        if cells is None:
            continue
        if column.type == "date":
            yield from _dates(seen, column, cells, native_says)
        elif column.type == "time":
            yield from _times(seen, column.name, cells)
        elif column.type in _HEX and _all_hex(cells, _HEX[column.type]):
            continue
        elif (pattern := _KINDS.get(column.type)) is not None:
            wrong = {cell for cell in set(cells) if cell and not pattern.fullmatch(cell.strip())}
            for row, cell in enumerate(cells) if wrong else ():
                if cell in wrong:
                    message = f"{column.name} {cell[:40]!r} is no {column.type}"
                    yield seen.report("MD16", message, row=row)


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
    earliest = rules.earliest if column.name == "DATE_SENT" else date.min
    faults = {cell: _date_fault(cell, rules.sentinels, earliest) for cell in set(cells)}
    if not any(faults.values()):
        return
    for row, cell in enumerate(cells):
        fault, day = faults[cell], day_of(cell)
        if fault is not None and not (day is not None and native_says(row, column, day)):
            yield seen.report(fault[0], f"{column.name} {cell[:40]!r} {fault[1]}", row=row)


def _date_fault(cell: str, sentinels: frozenset[str], earliest: date) -> tuple[str, str] | None:
    cell = cell.strip()
    if not cell:
        return None
    if cell in sentinels:
        return "MD06", "is what software writes when it knows no date"
    day = day_of(cell)
    if day is None:
        return "MD05", "is no date in the form mm/dd/yyyy"
    return ("MD06", f"lies before {earliest:%m/%d/%Y}") if day < earliest else None


def day_of(cell: str) -> date | None:
    """Read mm/dd/yyyy."""
    try:
        # No zone belongs to a bare date.
        return datetime.strptime(cell.strip(), "%m/%d/%Y").date()  # noqa: DTZ007
    except ValueError:
        return None


def _times(seen: CheckContext, name: str, cells: Sequence[str]) -> Findings:
    wrong = {cell for cell in set(cells) if cell.strip() and zones.read_time(cell) is None}
    for row, cell in enumerate(cells) if wrong else ():
        if cell in wrong:
            message = f"{name} {cell[:40]!r} is no hh:mm AM/PM with a zone"
            yield seen.report("MD07", message, row=row)


def names(seen: CheckContext) -> Findings:
    """Report original names lost: FILE_NAME equal to the number the file was given."""
    volume = seen.volume
    for row, (name, number) in enumerate(
        zip(volume.column("FILE_NAME"), volume.bates, strict=True)
    ):
        if name and number and name.startswith(number) and name.rpartition(".")[0] == number:
            yield seen.report("MD13", f"FILE_NAME {name!r} is the Bates number", row=row)


def constants(seen: CheckContext, confirmed: frozenset[int], undated: frozenset[int]) -> Findings:
    """Report one instant of modification on many documents: it is the day of processing.

    `confirmed` are rows whose native says the same of itself. Where most such rows are `undated`
    (the native knows no date), too little contradicts them: files so copied before they were
    collected look the same, and a note asks.
    """
    volume = seen.volume
    stamps: dict[tuple[str, str], list[int]] = {}
    dates, times = volume.column("DATE_MOD"), volume.column("TIME_MOD/TIME_ZONE")
    for row, stamp in enumerate(zip(dates, times, strict=True)):
        if stamp[0] and row not in confirmed:
            stamps.setdefault(stamp, []).append(row)
    total = sum(map(len, stamps.values()))
    for stamp, rows in stamps.items():
        if len(rows) < _MANY or len(rows) <= _SHARE * total:
            continue
        message = (
            f"DATE_MOD is {' '.join(filter(None, stamp))} on {len(rows):,} of {total:,} documents"
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
    if len(set(seen.volume.column("TIME_ZONE")) - {""}) < 2:
        return
    cells = [cell.strip() for cell in seen.volume.column("TIME_ZONE")]
    counts = Counter(cell for cell in cells if cell)
    usual = counts.most_common(1)[0][0]
    for row, cell in enumerate(cells):
        if cell and cell != usual:
            yield seen.report("MD15", f"TIME_ZONE is {cell!r}, elsewhere {usual!r}", row=row)
