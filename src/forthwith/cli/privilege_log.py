"""`privilege check` and `privilege-log`: what is wrong with the claims, and the log of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.console import DAY
from forthwith.domain.finding import Finding
from forthwith.plain.counting import count
from forthwith.review.privilege.log import Style
from forthwith.workflows import privilege as desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.privilege import ClaimReview

_SHOWN = 60


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def check(home: Path, *, as_json: bool) -> None:
    """Look at every claim as the other side will, and at every document like a withheld one.

    Exit status 1 when there is a finding.
    """
    reviewed = desk.check(CaseFile.open(home))
    if as_json:
        body = {
            "claims": reviewed.claims,
            "withheld": reviewed.withheld,
            "slip_sheets": reviewed.slip_sheets,
            "findings": [_as_json(finding) for finding in reviewed.findings],
        }
        console.raw(json.dumps(body))
    else:
        _print(reviewed)
    raise SystemExit(console.FINDINGS if reviewed.findings else console.CLEAN)


def _as_json(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "control_number": finding.control,
        "log": finding.log,
        "message": finding.message,
        "clause": finding.clause,
        "cure": finding.cure,
    }


def _print(reviewed: ClaimReview) -> None:
    findings = reviewed.findings
    for finding in findings[:_SHOWN]:
        where = "  ".join(part for part in (finding.log, finding.control) if part)
        console.say(f"{finding.code}  {where}: {finding.message}. Cure: {finding.cure}")
    if len(findings) > _SHOWN:
        console.say(f"… and {len(findings) - _SHOWN:,} more (see --json).")
    words = [
        count(reviewed.claims, "claim"),
        count(reviewed.slip_sheets, "slip-sheet"),
        count(len(findings), "finding"),
    ]
    console.say(f"{', '.join(words)}.")


@click.command("privilege-log")
@click.option(
    "--style",
    type=click.Choice([style.value for style in Style]),
    default=Style.DOCUMENT.value,
    show_default=True,
)
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), help="papers/ if not given."
)
@click.option("--subjects", is_flag=True, help="Show subjects and file names.")
@click.option("--day", type=DAY, metavar="YYYY-MM-DD", help="Day on the log; today.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows, one JSON object a line.")
@click.pass_obj
def privilege_log(
    home: Path, style: str, into: Path | None, day: date | None, *, subjects: bool, as_json: bool
) -> None:
    """Print the privilege log as DOCX, XLSX and CSV, every style from the same rows.

    Subjects and file names are left out unless asked for: they can say what the privilege keeps.
    """
    case, kind = CaseFile.open(home), Style(style)
    log = desk.log_of(case, subjects=subjects)
    if as_json:
        header, rows = log.table(kind)
        for row in rows:
            console.raw(json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False))
        return
    folder = home / (into or "papers")
    for path in desk.write_log(case, log, kind, day or console.today(), folder):
        console.say(str(path))
    words = f"{count(len(log.rows), 'document')} logged"
    if log.excluded:
        words += f", {len(log.excluded):,} left out by the agreed cut-off"
    console.say(f"{words}.")
