"""`quarantine`: put away what was clawed back, and end that when the claim is settled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.domain.errors import ForthwithError
from forthwith.plain.counting import count
from forthwith.record.matter import MatterBusyError
from forthwith.workflows import clawback_notice
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room import quarantine as desk
from forthwith.workflows.room.quarantine import PutAway


class NoCustodianError(ForthwithError):
    """A claw-back names nobody who is to deal with it."""

    def __init__(self) -> None:
        super().__init__(
            "Say who is to deal with what is clawed back, by login: --custodian reyes. Nobody else "
            "is shown it from then on."
        )


@click.command()
@click.argument("notices", nargs=-1, type=click.Path(path_type=Path), metavar="[NOTICE]...")
@click.option("--custodian", default="", help="Login of whoever deals with it; alone shown it.")
@click.option("--from", "party", default="", help="Whose notice it is, where two share numbers.")
@click.option("--lift", "outcome", flag_value="lifted", help="Show it again: the claim is gone.")
@click.option("--return", "outcome", flag_value="returned", help="It was given back.")
@click.option("--destroy", "outcome", flag_value="destroyed", help="Remove its bytes for ever.")
@click.option("--because", default="", help="Why it ends: an order, a letter of a day.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a notice.")
@click.pass_obj
def quarantine(
    home: Path,
    notices: tuple[Path, ...],
    custodian: str,
    party: str,
    outcome: str | None,
    because: str,
    *,
    as_json: bool,
) -> None:
    """Put away the documents of theirs that NOTICE calls back, with families and copies.

    NOTICE is a list of numbers or ranges, as CSV or text. From that second nobody but --custodian
    is shown them, in the room or here. With --lift, --return or --destroy NOTICE is the name it
    was given, such as N0001. Without NOTICE, lists what is put away.
    """
    case = CaseFile.open(home)
    if not notices:
        standing = desk.standing(case)
        for away in standing:
            _tell(away, as_json=as_json)
        if not standing and not as_json:
            console.say(
                "Nothing is put away. forthwith quarantine NOTICE --custodian LOGIN puts away what "
                "a claw-back names."
            )
        return
    if outcome is None:
        put_away(home, notices, custodian, party, as_json=as_json)
        return
    for notice in notices:
        with case.alone():
            away = desk.end(case, str(notice), outcome, because)
            away = desk.certify(case, away, console.today())
        _tell(away, as_json=as_json)


def put_away(
    home: Path, notices: Sequence[Path], custodian: str, party: str, *, as_json: bool
) -> None:
    """Put away what notices call back, and print a certificate of each.

    Raises NoCustodianError, NoNoticeError, NobodyHereError, WhoseNoticeError.
    """
    if not custodian.strip():
        raise NoCustodianError
    case = CaseFile.open(home)
    for path in notices:
        read = clawback_notice.read(home / path, party.strip())
        away = desk.put_away(case, read, custodian.strip())
        try:
            with case.alone():
                away = desk.certify(case, away, console.today())
        except MatterBusyError as busy:
            console.complain(f"forthwith: {away.notice} is put away. Its certificate waits: {busy}")
        _tell(away, as_json=as_json)


_HOW = {
    "named": "named",
    "family": "of their families",
    "copy": "copies",
    "near copy": "near copies",
}


def _tell(away: PutAway, *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps(desk.as_json(away), ensure_ascii=False))
        return
    counts = ", ".join(f"{number:,} {_HOW[how]}" for how, number in away.counts().items())
    outcome = ", ".join(dict.fromkeys(row.outcome or "put away" for row in away.rows))
    shown = {"lifted": "shown as before", "put away": f"shown to {away.custodian} alone"}
    console.say(
        f"{away.notice}: {count(len(away.rows), 'document')} {outcome} ({counts}); "
        f"{shown.get(outcome, 'shown to nobody')}."
    )
    for number in away.unknown:
        console.say(f"  {number} is no document that was received here.")
    for row in away.cited:
        console.say(f"  {row.kind} {row.name} cites {', '.join(row.controls)}")
    for at, who, control in away.opened:
        console.say(f"  {who} had opened {control}, {at}")
    if away.ours:
        console.say(f"  {count(len(away.ours), 'document')} of ours are alike, and stay.")
    if away.certificate:
        console.say(f"  Certificate: {away.certificate.files[0]}")
