"""`produce`: from documents to a sealed volume. Stages, checks as a stranger would, then seals."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.cli.console import DAY, FileAtHome
from forthwith.cli.gate import told
from forthwith.cli.password_file import passwords_in
from forthwith.domain.gate import Gate, GateClosedError, Light
from forthwith.plain.counting import count
from forthwith.produce.overlay import Part
from forthwith.review.privilege.gate import PrivilegedTwinError
from forthwith.workflows import overlay as overlays
from forthwith.workflows import produce as desk
from forthwith.workflows import redacted_volumes
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.produce import ProducedVolume, ProductionOptions
from forthwith.workflows.redacted_volumes import Lagging
from forthwith.workflows.room import draft, screen
from forthwith.workflows.room.conflicts import OpenConflictsError

#: Findings shown before the rest is only counted.
_SHOWN = 40
#: Cells named of one workbook.
_CELLS = 12


@click.command()
@click.argument("volume")
@click.option("--where", default="", metavar="SQL", help="Only documents that meet a condition.")
@click.option("--query", default="", help="Only documents that a search finds (docs/search.md).")
@click.option(
    "--standard",
    default="",
    help="Production standard, by name or as ./FILE.toml; the matter's when not given.",
)
@click.option(
    "--withhold",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV of privileged documents: control_number, log_number.",
)
@click.option("--suppress-duplicates", "suppress", is_flag=True, help="Needs an approval.")
@click.option("--approved-by", default="", help="Who approved suppression of duplicates.")
@click.option("--approved-on", type=DAY, metavar="YYYY-MM-DD", help="When.")
@click.option("--approval-letter", default="", help="The letter that shows it.")
@click.option("--replace", default="", metavar="VOLUME", help="Take a sealed volume's place.")
@click.option("--overlay", default="", metavar="VOLUME", help="What differs from a sealed one.")
@click.option(
    "--only",
    "parts",
    multiple=True,
    type=click.Choice([part.value for part in Part]),
    help="Of an overlay: deliver this part alone; may be repeated.",
)
@click.option(
    "--accept",
    multiple=True,
    metavar="CODE@NUMBER",
    help="A finding that is the truth of the evidence; needs --reason; may be repeated.",
)
@click.option(
    "--accept-rule",
    multiple=True,
    metavar="RULE",
    help="A rule of the gate that stands as it is; needs --reason; may be repeated.",
)
@click.option(
    "--reason",
    default="",
    help="Why it is replaced or overlaid, or something is accepted, for the letter.",
)
@click.option(
    "--passwords",
    "password_file",
    type=FileAtHome(pipe=True),
    metavar="FILE",
    help="The list that `process --passwords` was given, to open the same evidence again.",
)
@click.option("--even", is_flag=True, help="Widen redaction boxes to whole lines.")
@click.option("--without-text", is_flag=True, help="Go on with pictures whose words nobody read.")
@click.option(
    "--timestamp",
    default="",
    metavar="URL|FILE",
    help="Stamp the signed seal: an authority's address, or a file to write the request into.",
)
@click.option("--day", type=DAY, metavar="YYYY-MM-DD", help="Day on the letter; today.")
@click.option("--workers", type=click.IntRange(0, 256), default=0, help="Processes; 0: one a core.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def produce(
    home: Path,
    /,
    volume: str,
    withhold: Path | None,
    day: date | None,
    password_file: Path | None,
    *,
    overlay: str,
    parts: tuple[str, ...],
    as_json: bool,
    **given: Any,
) -> None:
    """Make VOLUME: Bates numbers, load files, natives, text, images, letter, manifest.

    Takes every document not produced before (or those that meet --where and --query), families
    whole. First the gate is asked (`forthwith gate` only shows it): each rule is printed, and a red
    one stops the production with exit status 1. The volume is checked as a receiver would check it,
    and is sealed only if that check is clean; otherwise it is left unsealed for you to look at, and
    the exit status is 1.

    With --overlay, VOLUME holds only what would go out otherwise today than in a sealed volume:
    changed fields, texts, natives and images, under the numbers the documents have.
    """
    if parts and not overlay:
        raise click.UsageError("--only belongs to --overlay VOLUME.")
    if overlay and given["accept_rule"]:
        raise click.UsageError("--accept-rule belongs to a volume, not to an overlay.")
    if overlay and given["accept"]:
        raise click.UsageError("--accept belongs to a volume that is checked, not to an overlay.")
    if overlay and given["replace"]:
        raise click.UsageError("--overlay and --replace exclude each other: choose one.")
    listed = home / withhold if withhold else None
    options = ProductionOptions(
        volume,
        day or console.today(),
        withhold=listed,
        passwords=passwords_in(password_file),
        **given,
    )
    case = CaseFile.open(home)
    if overlay:
        _overlay(case, options, overlay, tuple(Part(part) for part in parts), as_json=as_json)
        return
    done = _made(case, options, as_json=as_json)
    lags = redacted_volumes.lagging(case)
    if as_json:
        console.raw(json.dumps(_as_json(done, lags)))
    else:
        if done.gate:
            _passed(done.gate)
        _print(done)
        for lag in lags:
            console.say(lag.sentence)
    raise SystemExit(console.CLEAN if done.sealed else console.FINDINGS)


def _made(case: CaseFile, options: ProductionOptions, *, as_json: bool) -> ProducedVolume:
    """Return the volume; where the gate stops it, print the gate and end with status 1."""
    asked: list[Gate] = []
    words = f"Producing {options.volume}"
    try:
        with case.alone(), terminal.Steps(words, "documents", quiet=as_json) as steps:
            return desk.produce(case, options, steps, asked.append)
    except (GateClosedError, OpenConflictsError, PrivilegedTwinError):
        if not asked:
            raise
        if as_json:
            console.raw(json.dumps(draft.gate_json(asked[0]), ensure_ascii=False))
        else:
            told(asked[0])
            console.say("NOT MADE: cure what stops it, and give the same command once more.")
        raise SystemExit(console.FINDINGS) from None


def _overlay(
    case: CaseFile,
    options: ProductionOptions,
    volume: str,
    parts: tuple[Part, ...],
    *,
    as_json: bool,
) -> None:
    words = f"Overlaying {volume}"
    with case.alone(), terminal.Steps(words, "documents", quiet=as_json) as steps:
        done = overlays.produce(case, options, volume, parts, steps)
    changes = done.staged.changes
    if as_json:
        body = {
            "volume": done.folder.name,
            "overlays": volume,
            "sealed": done.sealed,
            "folder": str(done.folder),
            "columns": list(done.staged.columns),
            "files": dict(done.staged.files),
            "changes": [[change.first, change.last, list(change.what)] for change in changes],
            "findings": [[found.code, found.bates, found.message] for found in done.findings],
        }
        console.raw(json.dumps(body))
        raise SystemExit(console.CLEAN if done.sealed else console.FINDINGS)
    for change in changes[:20]:
        console.say(f"  {change.first}: {'; '.join(change.what)}")
    if len(changes) > 20:
        console.say(f"  … and {len(changes) - 20:,} more (DATA/{done.folder.name}_CHANGES.CSV).")
    verb = "differs" if len(changes) == 1 else "differ"
    console.say(f"{count(len(changes), 'document')} of {volume} {verb}.")
    if done.sealed:
        console.say(f"Checked clean over {volume} and sealed: {done.folder}")
        return
    for finding in done.findings[:40]:
        console.say(f"  {finding.code} {finding.bates}: {finding.message}")
    words = count(len(done.findings), "finding")
    console.say(f"NOT SEALED: over {volume} the check has {words}. It lies in {done.folder}.")
    raise SystemExit(console.FINDINGS)


def _as_json(done: ProducedVolume, lags: list[Lagging]) -> dict[str, object]:
    return {
        "volume": done.folder.name,
        "sealed": done.sealed,
        "folder": str(done.folder),
        "first": str(done.staged.first),
        "last": str(done.staged.last),
        "counts": done.staged.counts,
        "check": done.report.as_dict(),
        "accepted": [asdict(accepted) for accepted in done.accepted],
        "may_accept": list(done.may_accept),
        "redacted": [document.first for document in done.staged.redacted],
        "computed_from_redacted": {n: list(cells) for n, cells in done.staged.resting.items()},
        "redactions_to_replace": {lag.volume: list(lag.controls) for lag in lags},
        "proposed": dict(done.proposed),
        "gate": draft.gate_json(done.gate) if done.gate else None,
    }


def _passed(gate: Gate) -> None:
    """Print what a gate that is open was asked; in full where something was accepted."""
    if any(rule.accepted for rule in gate.rules):
        told(gate)
        return
    green = ", ".join(rule.name.value for rule in gate.rules if rule.light is Light.GREEN)
    console.say(f"Gate: {green} green.")


def _computed(done: ProducedVolume) -> None:
    """Name cells that may give redacted ones away."""
    for number, resting in done.staged.resting.items():
        named = ", ".join(resting[:_CELLS]) + (" …" if len(resting) > _CELLS else "")
        console.say(
            f"LOOK AT {number}: {count(len(resting), 'cell')} computed from redacted ones "
            f"{'goes' if len(resting) == 1 else 'go'} out ({named}), and may give them away."
        )


def _print(done: ProducedVolume) -> None:
    counts = done.report.counts
    console.say(
        f"{done.folder.name}: {done.staged.first} to {done.staged.last}, "
        f"{count(counts['documents'], 'document')} in "
        f"{count(counts['families'], 'family', 'families')}, "
        f"{count(counts['pages'], 'page')}, "
        f"{count(counts['natives'], 'native')}, {counts['unique']:,} unique."
    )
    if done.staged.exceptions:
        words = count(len(done.staged.exceptions), "line")
        console.say(f"The exceptions log has {words}: DATA/{done.folder.name}_EXCEPTIONS.CSV.")
    if left_out := done.report.not_checked:
        names = ", ".join(check.code for check in left_out)
        console.say(f"Not checked, as {done.report.standard} has no means for it: {names}.")
    if done.staged.redacted:
        words = count(len(done.staged.redacted), "document")
        verb = "has" if len(done.staged.redacted) == 1 else "have"
        console.say(f"{words} {verb} redactions; every box was read back from its file.")
    _computed(done)
    if done.staged.recalled:
        notice = f"DATA/{done.folder.name}_CLAWBACK_NOTICE.DOCX"
        words = count(len(done.staged.recalled), "document")
        console.say(f"{words} called back: the notice to serve is {notice}.")
    if waits := screen.not_looked_at(done.proposed):
        console.say(waits)
    if done.sealed:
        accepted = count(len(done.accepted), "accepted finding")
        how = f"with {accepted}" if done.accepted else "clean"
        console.say(f"Checked {how} and sealed: {done.folder}")
        return
    for finding in done.standing[:_SHOWN]:
        console.say(f"  {finding.code} {finding.bates}: {finding.message}")
    if (more := len(done.standing) - _SHOWN) > 0:
        console.say(f"  … and {more:,} more: use --json")
    words = count(len(done.standing), "finding")
    console.say(f"NOT SEALED: the check has {words}. The unsealed volume lies in {done.folder}.")
    if done.may_accept:
        console.say(
            "Where a finding is the truth of the evidence, counsel may accept it. Give the same "
            "command once more with those of these words that apply; the numbers stay as they are:"
        )
        named = [*(wanted.name for wanted in done.accepted), *done.may_accept]
        accept = " ".join(f"--accept {name}" for name in named)
        console.say(f'  {accept} --reason "…"')
