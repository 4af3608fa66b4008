"""`check`: anyone's volume, opened and judged; no matter needed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forthwith.cli import console
from forthwith.domain.errors import ForthwithError
from forthwith.record.workers import default_workers

if TYPE_CHECKING:
    from forthwith.check import Report

#: Findings shown before the rest is only counted.
_SHOWN = 200


class NoReportFolderError(ForthwithError):
    """The report would lie in a folder that is not there."""

    def __init__(self, report: Path) -> None:
        super().__init__(
            f"The folder of {report} does not exist, so the check was not begun. Make the folder, "
            "or name another file with --report."
        )


@click.command()
@click.argument("volume", type=click.Path(path_type=Path))
@click.option("--standard", default="sec/2021-08", show_default=True,
              help="What to hold it to: a name, or a TOML of your own as ./FILE.toml.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write an HTML report."
)
@click.option("--workers", type=click.IntRange(0, 256), default=0, help="Processes; 0: one a core.")
@click.pass_obj
def check(
    home: Path, volume: Path, standard: str, report: Path | None, workers: int, *, as_json: bool
) -> None:
    """Check the production in the folder VOLUME from its delivered files alone.

    Reads DAT, OPT and LFP in any dialect, opens the images, the text and the natives, and compares
    what the natives say with what the load file says. Exit status: 0 clean, 1 findings, 2 the
    folder cannot be read as a volume, or there is no checking by the standard.
    """
    from forthwith import check as room
    from forthwith.check import report_page as printed
    from forthwith.standards import loader

    if report is not None and not (home / report).absolute().parent.is_dir():
        raise NoReportFolderError(report)
    rules = loader.load(standard, home)
    found = room.run(home / volume, rules, workers=workers or default_workers())
    if report is not None:
        page = printed.html(found, title=rules.title, day=datetime.now(UTC).date())
        (home / report).write_text(page, encoding="utf-8")
    if as_json:
        console.raw(json.dumps(found.as_dict(), ensure_ascii=False))
    else:
        _tell(found, report)
    raise SystemExit(console.FINDINGS if found.findings else console.CLEAN)


def _tell(found: Report, report: Path | None) -> None:
    findings, name = found.findings, found.volume
    for finding in findings[:_SHOWN]:
        where = finding.bates or finding.file or "volume"
        console.say(f"{name}: {finding.code} {where}: {finding.message}")
    if len(findings) > _SHOWN:
        console.say(f"… and {len(findings) - _SHOWN:,} more: use --json or --report")
    words = ", ".join(f"{number:,} {what}" for what, number in found.counts.items())
    console.say(f"{name}: {words}.")
    for note in found.notes:
        console.say(f"{name}: note: {note}")
    for why, checks in groupby(sorted(found.not_checked, key=lambda e: e.why), lambda e: e.why):
        names = ", ".join(f"{check.code} {check.title}" for check in checks)
        console.say(f"{name}: not checked under this standard: {names} ({why})")
    console.say(f"{console.count(len(findings), 'finding')}.")
    if report is not None:
        console.say(f"Report: {report}")
