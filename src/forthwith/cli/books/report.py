"""`books report`, `amend`, `check` and `rows`: the month's report, by both sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from forthwith.books.report.checking import ReportFinding
from forthwith.cli import console, terminal
from forthwith.cli.books.answers import printed
from forthwith.cli.books.common import WHEN, Given, books_options, table
from forthwith.plain.counting import count
from forthwith.standards import catalogue
from forthwith.workflows.books import custody_join
from forthwith.workflows.books import report as reports
from forthwith.workflows.books.liabilities import key as salt_key
from forthwith.workflows.books.report import Made, ReportOptions

#: Findings of one code printed before the rest is only counted.
_SHOWN = 10


def _made_options(command: Any) -> Any:
    for option in (
        click.option("--facts", type=click.Path(path_type=Path), metavar="DIR",
                     help="Custody's tables, for who could move it."),
        click.option("--signed", type=WHEN, metavar="WHEN",
                     help="When it is signed: figures as known then stand beside."),
        click.option("--key", type=click.Path(path_type=Path), metavar="FILE",
                     help="Key of the salts of the trees; made where there is none."),
        click.option("--certifier", default="", metavar="NAME", help="Who certifies it."),
        click.option("--into", type=click.Path(path_type=Path), metavar="DIR",
                     help="Folder to write; must not be there."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.argument("month")
@_made_options
@books_options
def report(given: Given, month: str, **made: Any) -> None:
    """Write the report of a MONTH (2026-01): data, workbook, paper, and the files behind it."""
    options = _options(given, month, made)
    with terminal.Steps("Reading", "files", quiet=given.as_json) as steps:
        _print(given, reports.make(given.home, given.options, month, options, steps))


@click.command()
@click.argument("month")
@click.option("--earlier", type=click.Path(path_type=Path), metavar="DIR",
              help="The report it amends; the latest version where none is named.")  # fmt: skip
@_made_options
@books_options
def amend(given: Given, month: str, earlier: Path | None, **made: Any) -> None:
    """Write a new version of a month's report, with what changed; the earlier one stays."""
    options = _options(given, month, made)
    with terminal.Steps("Reading", "files", quiet=given.as_json) as steps:
        _print(given, reports.amend(given.home, given.options, month, earlier, options, steps))


def _options(given: Given, month: str, made: dict[str, Any]) -> ReportOptions:
    path, facts = made["key"], made["facts"]
    return ReportOptions(
        made["certifier"],
        made["into"],
        salt_key(given.home / path, made["into"]) if path else b"",
        made["signed"],
        custody_join.could_move(given.home, given.options, month, facts),
    )


def _print(given: Given, made: Made) -> None:
    if printed(given, made.body):
        return
    body = made.body
    console.say(f"{made.folder}: the report of {body['month']}, version {body['version']}.")
    for sentence in body["headline"]:
        console.say(f"  {sentence}")
    table(
        ("Asset", "Owed to customers", "Held for them", "Difference", "Least", "on"),
        [
            (row["asset"], row["owed_customers"], row["held_customers"] or "not shown",
             row["difference"] or "not shown", row["least"]["difference"] or "not shown",
             row["least"]["at"] or "")
            for row in body["assets"]
        ],
        1,
    )  # fmt: skip
    if amends := body.get("amends"):
        rows, figures = len(amends["rows"]), len(amends["figures"])
        console.say(
            f"{count(rows, 'row')} changed, {count(figures, 'figure')} with before and after."
        )
    console.say(
        f"{count(len(body['witnesses']), 'figure')}, each with its rows: forthwith books rows"
    )
    console.say(f"Whoever gets the folder checks it with: forthwith books check {made.folder.name}")


@click.command()
@click.argument("folder", metavar="REPORT", type=click.Path(path_type=Path))
@click.option(
    "--before",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The report of the month before, whose closings are its openings.",
)
@click.option("--against", type=click.Path(path_type=Path), metavar="DIR",
              help="Books as they are now, held against what the report committed to.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def check(
    home: Path, folder: Path, before: Path | None, against: Path | None, *, as_json: bool
) -> None:
    """Recompute every figure and law of a delivered REPORT from its folder alone.

    Exit status 1 where anything is found.
    """
    with terminal.Steps("Reading", "files", quiet=as_json) as steps:
        found = reports.check(
            home / folder,
            None if before is None else home / before,
            steps,
            None if against is None else home / against,
        )
    if as_json:
        body = {
            "report": str(folder),
            "month": found.body["month"],
            "version": found.body["version"],
            "figures": found.figures,
            "findings": [
                {**row.as_json(), "title": catalogue.CATALOGUE[row.code].title,
                 "severity": str(catalogue.CATALOGUE[row.code].severity),
                 "cure": catalogue.CATALOGUE[row.code].cure}
                for row in found.findings
            ],
            "not_recomputed": list(found.not_recomputed),
        }  # fmt: skip
        console.raw(json.dumps(body, ensure_ascii=False))
        raise SystemExit(console.FINDINGS if found.findings else console.CLEAN)
    by_code: dict[str, list[ReportFinding]] = {}
    for row in found.findings:
        by_code.setdefault(row.code, []).append(row)
    for code, rows in sorted(by_code.items()):
        kind = catalogue.CATALOGUE[code]
        console.say(f"{code} {kind.title} ({kind.severity})")
        for row in rows[:_SHOWN]:
            console.say(f"    {row.where}: {row.says}")
        if len(rows) > _SHOWN:
            console.say(f"    … and {len(rows) - _SHOWN:,} more (see --json).")
        console.say(f"    {kind.cure}")
    console.say(
        f"{folder}: {count(found.figures, 'figure')} recomputed, "
        f"{count(len(found.findings), 'finding')}."
    )
    console.say(f"Not recomputed: {'; '.join(found.not_recomputed)}.")
    raise SystemExit(console.FINDINGS if found.findings else console.CLEAN)


@click.command()
@click.argument("figure")
@click.option("--report", "folder", type=click.Path(path_type=Path), metavar="DIR",
              help="The report's folder; without one, the books as they are now.")  # fmt: skip
@click.option("--month", default="", metavar="MONTH", help="The month, where no report is named.")
@books_options
def rows(given: Given, figure: str, folder: Path | None, month: str) -> None:
    """List the rows of evidence that a printed FIGURE rests on, as places/fbo/USD/closing."""
    if folder is None and not month:
        raise click.UsageError("Name the report with --report DIR, or the month with --month.")
    body = reports.rows(given.home, given.options, figure, month, folder)
    if printed(given, body):
        return
    console.say(f"{body['figure']} of {body['month']}: {body['text']}")
    table(
        ("File", "Row", "SHA-256 of the file"),
        [(row["file"], row["row"], row["sha256"][:16]) for row in body["rows"]],
        3,
    )
    console.say(f"{count(len(body['rows']), 'row')}.")
