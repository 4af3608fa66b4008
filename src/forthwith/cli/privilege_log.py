"""`privilege check` and `privilege-log`: what is wrong with the claims, and the log of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.domain.finding import Finding
from forthwith.plain.counting import count
from forthwith.record.matter import Matter
from forthwith.review.privilege import checks as privilege_checks
from forthwith.review.privilege.log import PrivilegeLog, Style

_SHOWN = 60


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def check(home: Path, *, as_json: bool) -> None:
    """Look at every claim as the other side will, and at every document like a withheld one.

    Exit status 1 when there is a finding.
    """
    from forthwith.review.privilege.matter import review_of

    matter = Matter.open(home)
    review = review_of(matter)
    found = privilege_checks.findings(review)
    counts = {
        "claims": len(review.standing),
        "withheld": len(review.withheld),
        "slip_sheets": sum(bool(each.log) for each in review.shown.values()),
    }
    if as_json:
        console.raw(json.dumps({**counts, "findings": [_as_json(each) for each in found]}))
    else:
        _tell(found, counts)
    raise SystemExit(console.FINDINGS if found else console.CLEAN)


def _as_json(each: Finding) -> dict[str, str]:
    return {
        "code": each.code,
        "control_number": each.control,
        "log": each.log,
        "message": each.message,
        "clause": each.clause,
        "cure": each.cure,
    }


def _tell(found: list[Finding], counts: dict[str, int]) -> None:
    for each in found[:_SHOWN]:
        where = "  ".join(part for part in (each.log, each.control) if part)
        console.say(f"{each.code}  {where}: {each.message}. Cure: {each.cure}")
    if len(found) > _SHOWN:
        console.say(f"… and {len(found) - _SHOWN:,} more (see --json).")
    words = [
        count(counts["claims"], "claim"),
        count(counts["slip_sheets"], "slip-sheet"),
        count(len(found), "finding"),
    ]
    console.say(f"{', '.join(words)}.")


@click.command("privilege-log")
@click.option(
    "--style",
    type=click.Choice([each.value for each in Style]),
    default=Style.DOCUMENT.value,
    show_default=True,
)
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), help="papers/ if not given."
)
@click.option("--subjects", is_flag=True, help="Show subjects and file names.")
@click.option("--day", default="", metavar="YYYY-MM-DD", help="Day on the log; today.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows, one JSON object a line.")
@click.pass_obj
def privilege_log(
    home: Path, style: str, into: Path | None, *, subjects: bool, day: str, as_json: bool
) -> None:
    """Print the privilege log as DOCX, XLSX and CSV, every style from the same rows.

    Subjects and file names are left out unless asked for: they can say what the privilege keeps.
    """
    from forthwith.review.privilege.matter import log_of

    matter = Matter.open(home)
    kind = Style(style)
    log = log_of(matter, subjects=subjects)
    if as_json:
        header, rows = log.table(kind)
        for row in rows:
            console.raw(json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False))
        return
    folder = home / (into or "papers")
    folder.mkdir(parents=True, exist_ok=True)
    for path in _written(matter, folder, kind, log, _day(day)):
        console.say(str(path))
    told = f"{count(len(log.rows), 'document')} logged"
    if log.excluded:
        told += f", {len(log.excluded):,} left out by the agreed cut-off"
    console.say(f"{told}.")


def _written(
    matter: Matter, folder: Path, style: Style, log: PrivilegeLog, day: date
) -> list[Path]:
    from forthwith.review.privilege import log_files as written

    party = matter.settings.letter.get("producing_party", "")
    forms = {
        "docx": written.as_docx(log, style, matter.settings.name, day, party),
        "xlsx": written.as_xlsx(log, style, day),
        "csv": written.as_csv(log, style),
    }
    paths = []
    for ending, data in forms.items():
        path = folder / f"privilege-log-{style.value}.{ending}"
        path.write_bytes(data)
        paths.append(path)
    return paths


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError as wrong:
        raise click.BadParameter(f"{text!r} is not a day; write it as 2023-06-17") from wrong
