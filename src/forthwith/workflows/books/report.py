"""Monthly reports as folders: made, amended, checked by whoever gets one, and asked for rows.

    books-2026-01/report.json     every figure, how many rows each rests on, the commitments
    books-2026-01/report.xlsx     the same as a workbook, report.pdf as a paper
    books-2026-01/evidence/       the tables and files it was made from
    books-2026-01-v2/earlier.json the report that an amendment amends

A folder is written under a name of its own first and renamed when it is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from forthwith.books import control as proofs_of_control
from forthwith.books.books import Asset, Books, Parameters
from forthwith.books.payments import payments
from forthwith.books.reckoning import Reckoning, reckon
from forthwith.books.report import checking
from forthwith.books.report.against import Against, faulty
from forthwith.books.report.against import against as against_signed
from forthwith.books.report.checking import ReportFinding
from forthwith.books.report.month import (
    FORM,
    KEPT,
    BadMonthError,
    CouldMove,
    Month,
    Report,
    drawn_key,
    report,
)
from forthwith.books.report.shape import misshapen
from forthwith.domain.amounts import AmountError, units
from forthwith.domain.book_tables import TABLES
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import STANDINGS
from forthwith.domain.instants import InstantError, day_start, instant
from forthwith.exports.bank import recognise
from forthwith.exports.tables import csv as table_csv
from forthwith.exports.tables import yaml as table_yaml
from forthwith.plain import json_document
from forthwith.plain.json_document import NotJsonError
from forthwith.plain.table_names import named
from forthwith.record import book_reports
from forthwith.record.matter import Matter
from forthwith.workflows.books import control as proofs
from forthwith.workflows.books import printed
from forthwith.workflows.books.files import BookFiles, read_folder, read_home
from forthwith.workflows.books.opening import BooksFaultyError, opened
from forthwith.workflows.books.options import BooksOptions, When
from forthwith.workflows.progress import SILENT, Progress

_JSON, _XLSX, _PDF, _EARLIER = book_reports.DATA, "report.xlsx", "report.pdf", "earlier.json"
_EVIDENCE = "evidence"
#: What the parameters of a report may be.
_CHOICES: Mapping[str, Sequence[str]] = {
    "basis": ("receipt", "ledger"),
    "mixing": ("wallet", "address"),
    "fee": ("last", "first", "share"),
    "standing": STANDINGS,
}
_MOST_DAYS = 36_500


class ReportThereError(ForthwithError):
    """A report would lie over a folder."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"{place} is there already; nothing was written. A report is never overwritten: make a "
            "new version with `forthwith books amend MONTH`, or name another folder with --into."
        )


class NoReportError(ForthwithError):
    """There is no report where one was looked for."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"{place} holds no report.json, so there is no report to read. Name the folder that "
            "`forthwith books report` wrote."
        )


class NoFigureError(ForthwithError):
    """No figure of the report has this name."""

    def __init__(self, figure: str, near: list[str]) -> None:
        hint = f" There are {', '.join(near)} …" if near else ""
        super().__init__(
            f"The report has no figure {figure!r}.{hint} The names stand in report.json under "
            "witnesses."
        )


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What only the maker of a report knows."""

    certifier: str = ""
    into: Path | None = None
    #: File with the key of the salts of the trees.
    key: bytes = b""
    #: When it is signed: figures as they are known then stand beside.
    signed: When | None = None
    could_move: tuple[CouldMove, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A report as written."""

    folder: Path
    body: Mapping[str, Any]


def make(
    home: Path,
    options: BooksOptions,
    month: str,
    given: ReportOptions,
    progress: Progress = SILENT,
) -> Made:
    """Write the first report of a month. Raises ReportThereError, BooksFaultyError and its like."""
    place = home / (given.into or f"books-{month}")
    if place.exists():
        raise ReportThereError(place)
    files = read_home(home, options.folder)
    found = _report(files, options, month, given, 1, progress)
    made = _written(place, found.body, files.files)
    _noted(home, options, made)
    return made


def amend(
    home: Path,
    options: BooksOptions,
    month: str,
    earlier: Path | None,
    given: ReportOptions,
    progress: Progress = SILENT,
) -> Made:
    """Write a new version of a report: the rows that changed, each figure before and after.

    `earlier` is the folder it amends; without one, the latest version beside it. The old one stays
    as it was. Raises NoReportError, ReportThereError.
    """
    old = home / earlier if earlier else _latest(home, month)
    before, data = _read(old)
    number = int(before.get("version", 1)) + 1
    place = home / (given.into or f"books-{month}-v{number}")
    if place.exists():
        raise ReportThereError(place)
    files = read_home(home, options.folder)
    found = _report(files, options, month, given, number, progress)
    body = dict(found.body)
    body["amends"] = {
        "version": before.get("version"),
        "sha256": hashlib.sha256(data).hexdigest(),
        "rows": list(_rows_changed(read_folder(old / _EVIDENCE).files, files.files)),
        "figures": checking.changed(before, body),
    }
    made = _written(place, body, files.files, data)
    _noted(home, options, made)
    return made


def _noted(home: Path, options: BooksOptions, made: Made) -> None:
    """Tell the matter's journal of a report that was made from the matter's own books."""
    if options.folder is not None:
        return
    matter = Matter.open(home)
    body = made.body
    report = book_reports.NotedReport(
        str(body["month"]),
        int(body["version"]),
        os.path.relpath(made.folder, home),
        hashlib.sha256((made.folder / _JSON).read_bytes()).hexdigest(),
        tuple(body["headline"]),
        tuple(
            (row["asset"], found["from"][:10], found["to"][:10])
            for row in body["assets"]
            for found in row["shortfalls"]
        ),
    )
    with matter.alone():
        book_reports.note(matter, report)


def _report(
    files: BookFiles,
    options: BooksOptions,
    month: str,
    given: ReportOptions,
    number: int,
    progress: Progress,
) -> Report:
    options.check()
    books = opened(files, options.zone, progress)
    if books.faults:
        raise BooksFaultyError(books.faults)
    found = report(_month(books, options.parameters(books.assets), month, given, number))
    body = {**found.body, "made_by": f"forthwith {version_of('forthwith')}"}
    return replace(found, body=body)


def _month(
    books: Books, parameters: Parameters, month: str, given: ReportOptions, number: int
) -> Month:
    reckoning = reckon(books, parameters)
    made = Month(
        reckoning,
        proofs_of_control.control(books, proofs.spoken),
        month,
        given.certifier,
        number,
        given.key,
        given.could_move,
    )
    signed: Reckoning | None = None
    at = given.signed.cut(parameters.zone) if given.signed else None
    if at is not None:
        signed = reckon(books, replace(parameters, as_known=at))
    payees = payments(reckoning, made.start, made.cut + 1).payees
    rows = tuple(payee.as_json() for payee in payees)
    return replace(made, payees=rows, signed=signed, signed_at=at)


def _latest(home: Path, month: str) -> Path:
    """Return the folder of the latest version of a month."""
    versions = [home / f"books-{month}"]
    while (later := home / f"books-{month}-v{len(versions) + 1}").is_dir():
        versions.append(later)
    return versions[-1]


def _read(folder: Path) -> tuple[dict[str, Any], bytes]:
    """Return a report and its bytes. Raises NoReportError."""
    try:
        data = (folder / _JSON).read_bytes()
        body = json_document.load(data, exact=True)
    except (OSError, NotJsonError) as wrong:
        raise NoReportError(folder) from wrong
    if not isinstance(body, dict) or body.get("format") != FORM:
        raise NoReportError(folder)
    return body, data


def _encoded(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _written(
    place: Path, body: Mapping[str, Any], files: Mapping[str, bytes], earlier: bytes = b""
) -> Made:
    partial = place.with_name(f".{place.name}.new")
    if partial.exists():
        shutil.rmtree(partial)
    (partial / _EVIDENCE).mkdir(parents=True)
    (partial / _JSON).write_bytes(_encoded(body))
    (partial / _XLSX).write_bytes(printed.as_xlsx(body))
    (partial / _PDF).write_bytes(printed.as_pdf(body))
    if earlier:
        (partial / _EARLIER).write_bytes(earlier)
    for name, data in files.items():
        (partial / _EVIDENCE / name).write_bytes(data)
    partial.replace(place)
    return Made(place, body)


def _rows_changed(
    before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> Iterator[dict[str, str]]:
    """Yield rows of tables that were added or taken away, and other files that are not the same."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if recognise.kind_of(name, old or new or b"") != "table":
            what = "added" if old is None else "taken away" if new is None else "changed"
            yield {"file": name, "line": "", "what": what, "row": ""}
            continue
        mine, theirs = _cells(name, old), _cells(name, new)
        for cells in sorted(mine.keys() - theirs.keys()):
            yield {"file": name, "line": str(mine[cells]), "what": "taken away", "row": cells}
        for cells in sorted(theirs.keys() - mine.keys()):
            yield {"file": name, "line": str(theirs[cells]), "what": "added", "row": cells}


def _cells(name: str, data: bytes | None) -> dict[str, int]:
    """Return the rows of a table as text, with their lines."""
    if data is None:
        return {}
    known = named(name, TABLES)
    reader = table_yaml if known and known.kind == "yaml" else table_csv
    rows, _ = reader.read(data, name, TABLES)
    return {
        "; ".join(f"{column}={row[column]}" for column in row.cells if row[column]): row.line
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class ReportCheck:
    """What a check of a delivered report found."""

    folder: Path
    body: Mapping[str, Any]
    findings: tuple[ReportFinding, ...]
    #: What could not be recomputed here, and why.
    not_recomputed: tuple[str, ...] = ()
    figures: int = 0


def check(
    folder: Path,
    before: Path | None = None,
    progress: Progress = SILENT,
    against: Path | None = None,
) -> ReportCheck:
    """Check a delivered report from its folder alone; `before` is the month before it.

    `against` is a folder of books as they are now, held against what the report committed to.
    Nothing but these folders is read, and nothing is written. Raises NoReportError,
    NoBooksFolderError.
    """
    body, _ = _read(folder)
    findings: list[ReportFinding] = list(misshapen(body))
    sound = not findings
    files = _files(folder, body, findings)
    given = ["certifier", "who could move it (custody's facts are not in the folder)"]
    if body.get("salts") == KEPT:
        given.append("roots of the trees (the exchange kept the salts)")
    figures = 0
    if sound:
        try:
            found = _recomputed(body, files, progress)
        except BooksFaultyError as wrong:
            findings += (
                ReportFinding("BR01", fault.file, f"{fault.what}; nothing was recomputed")
                for fault in wrong.faults
            )
        except (BadMonthError, _ParametersError) as wrong:
            where = "month" if isinstance(wrong, BadMonthError) else "parameters"
            findings.append(ReportFinding("BR12", where, str(wrong).rstrip(".")))
        else:
            findings += _recounted(body, found)
            figures = len(found.figures.all)
            if against is not None:
                findings += _against(body, read_folder(against), progress).findings
        findings += _printed_alike(folder, body)
    else:
        given.append("every figure (the report has not its form)")
    findings += _beside(folder, body, before, sound=sound)
    return ReportCheck(folder, body, tuple(findings), tuple(given), figures)


class _ParametersError(ForthwithError):
    """The parameters of a report cannot be followed."""


def _recomputed(
    body: Mapping[str, Any], files: BookFiles, progress: Progress, key: bytes = b""
) -> Report:
    """Return the report that files come to with the parameters of a delivered one.

    Raises BooksFaultyError, BadMonthError, _ParametersError.
    """
    zone = body["parameters"]["zone"]
    try:
        day_start(date(2000, 1, 1), zone)
    except (KeyError, ValueError, OSError) as wrong:
        raise _ParametersError(f"{zone[:40]!r} is no time zone") from wrong
    books = opened(files, zone, progress)
    if books.faults:
        raise BooksFaultyError(books.faults)
    signed = body["known_at_signing"]
    try:
        parameters = _parameters(body["parameters"], books.assets)
        at = When(signed["at"], exact=instant(signed["at"])) if signed else None
    except KeyError as wrong:
        raise _ParametersError(f"there is no asset {wrong}") from wrong
    except (AmountError, InstantError) as wrong:
        raise _ParametersError(str(wrong)) from wrong
    return report(_month(books, parameters, body["month"], ReportOptions(key=key, signed=at), 1))


def _recounted(body: Mapping[str, Any], found: Report) -> Iterator[ReportFinding]:
    """Yield what the report's own lines do not come to, and what its files do not."""
    decimals = found.decimals
    yield from checking.added_up(body, decimals)
    pair = (body, found.body)
    if body["salts"] == KEPT:
        pair = (checking.without_roots(body), checking.without_roots(found.body))
    yield from checking.compared(*pair)
    floors = {
        name: units(amount, decimals[name]) for name, amount in body["parameters"]["floors"].items()
    }
    yield from checking.short_and_untold(body, floors, decimals)


def _against(body: Mapping[str, Any], files: BookFiles, progress: Progress) -> Against:
    """Hold books as they are now against what a report committed to."""
    kept = body["salts"] == KEPT
    try:
        # The salts are those of the report, whatever was added to the files since.
        now = _recomputed(body, files, progress, drawn_key(body["files"]))
    except BooksFaultyError as wrong:
        return faulty(wrong.faults)
    return against_signed(body, now, roots=not kept)


def _files(folder: Path, body: Mapping[str, Any], findings: list[ReportFinding]) -> BookFiles:
    """Return the evidence that is what the report says; what is not is a finding."""
    there = read_folder(folder / _EVIDENCE).files if (folder / _EVIDENCE).is_dir() else {}
    told = body.get("files", {})
    if not isinstance(told, dict):
        told = {}
    for name in sorted(told.keys() | there.keys()):
        if name not in there:
            findings.append(ReportFinding("BR01", name, "the file is missing"))
        elif name not in told:
            findings.append(ReportFinding("BR10", name, "no figure was computed from it"))
        elif hashlib.sha256(there[name]).hexdigest() != told[name]:
            findings.append(
                ReportFinding("BR01", name, "the file is not what the report was made of")
            )
    return BookFiles({name: data for name, data in there.items() if name in told})


def _parameters(given: Mapping[str, Any], assets: Mapping[str, Asset]) -> Parameters:
    """Return the parameters a report names.

    Raises _ParametersError, AmountError, InstantError, KeyError (no such asset).
    """
    known = given["as_known"]
    for name, choices in _CHOICES.items():
        if given[name] not in choices:
            says = f"{name.replace('_', ' ')} is {given[name]!r}, which is none of "
            raise _ParametersError(f"{says}{', '.join(map(str, choices))}")
    for name in ("proof_age", "dressing_days", "dressing_share"):
        if not 0 <= given[name] <= _MOST_DAYS:
            raise _ParametersError(f"{name.replace('_', ' ')} is {given[name]}")
    return Parameters(
        basis=str(given["basis"]),
        mixing=str(given["mixing"]),
        fee=str(given["fee"]),
        floors={
            name: units(str(amount), assets[name].decimals)
            for name, amount in given["floors"].items()
        },
        zone=str(given["zone"]),
        proof_age=int(given["proof_age"]),
        dressing_days=int(given["dressing_days"]),
        dressing_share=int(given["dressing_share"]),
        as_known=None if known is None else instant(str(known)),
        standing=str(given["standing"]),
    )


def _printed_alike(folder: Path, body: Mapping[str, Any]) -> Iterator[ReportFinding]:
    """Yield what of workbook and paper is not printed from the report's own data."""
    for name, maker in ((_XLSX, printed.as_xlsx), (_PDF, printed.as_pdf)):
        place = folder / name
        if not place.is_file():
            yield ReportFinding("BR09", name, "the file is missing")
            continue
        try:
            data = maker(body)
        except (KeyError, TypeError, ValueError, AttributeError) as wrong:
            says = f"the report's data cannot be printed ({type(wrong).__name__}: {wrong})"
            yield ReportFinding("BR09", name, says)
            continue
        if place.read_bytes() != data:
            says = f"its bytes are not those that {version_of('forthwith')} prints from report.json"
            yield ReportFinding(
                "BR09", name, f"{says}; it was made by {body.get('made_by', 'nobody')}"
            )


def _beside(
    folder: Path, body: Mapping[str, Any], before: Path | None, *, sound: bool
) -> Iterator[ReportFinding]:
    """Yield what does not fit the report amended, and the month before."""
    if not sound:
        return
    if body["version"] > 1:
        try:
            data = (folder / _EARLIER).read_bytes()
            earlier = json_document.load(data, exact=True)
        except (OSError, NotJsonError):
            yield ReportFinding("BR11", _EARLIER, "the report that it amends is not beside it")
        else:
            if not isinstance(earlier, dict) or any(misshapen(earlier)):
                yield ReportFinding("BR11", _EARLIER, "it is no report of the form known here")
                return
            yield from checking.amended(body, earlier, hashlib.sha256(data).hexdigest())
    if before is not None:
        last, _ = _read(before)
        if any(misshapen(last)):
            yield ReportFinding("BR04", str(before), "it is no report of the form known here")
            return
        yield from checking.follows(body, last)


def rows(
    home: Path, options: BooksOptions, figure: str, month: str, folder: Path | None
) -> dict[str, Any]:
    """Return the rows a figure rests on, from a report's folder or from the books as they are.

    Raises NoFigureError, NoReportError.
    """
    if folder is not None:
        body, _ = _read(home / folder)
        if any(misshapen(body)):
            raise NoReportError(home / folder)
        books = opened(read_folder(home / folder / _EVIDENCE), str(body["parameters"]["zone"]))
        parameters = _parameters(body["parameters"], books.assets)
        month = str(body["month"])
    else:
        books = opened(read_home(home, options.folder), options.zone)
        parameters = options.parameters(books.assets)
    if books.faults:
        raise BooksFaultyError(books.faults)
    found = report(_month(books, parameters, month, ReportOptions(), 1)).figures.all
    if figure not in found:
        first = figure.split("/")[0]
        raise NoFigureError(figure, [name for name in found if name.startswith(first)][:5])
    its = found[figure]
    return {
        "figure": figure,
        "text": its.text,
        "month": month,
        "rows": [
            {"file": row.file, "row": row.row, "sha256": books.files.get(row.file, "")}
            for row in its.rows
        ],
    }
