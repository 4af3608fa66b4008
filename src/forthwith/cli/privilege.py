"""`privilege`: who is counsel, what is claimed, what is let go; checking is `privilege_log`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.console import DAY
from forthwith.cli.privilege_log import check
from forthwith.cli.privilege_screen import decide, propose
from forthwith.plain.counting import count
from forthwith.review.privilege.claims import Attorney, Basis, Treatment
from forthwith.workflows import privilege as desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.privilege import ClaimOptions


@click.group()
def privilege() -> None:
    """Say who is counsel, claim privilege for documents, and check the claims."""


@privilege.command("attorneys")
@click.argument("path", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--list", "listed", is_flag=True, help="Print the list as it stands.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def attorneys(home: Path, path: Path | None, *, listed: bool, as_json: bool) -> None:
    """Take the attorney list from PATH, a CSV; a name given before is replaced.

    Columns: name, addresses, domains, firm, party, from, to.
    """
    case = CaseFile.open(home)
    if path is not None:
        with case.alone():
            taken = desk.import_attorneys(case, home / path)
        if not (listed or as_json):
            console.say(f"{count(len(taken), 'attorney')} written into the journal.")
            return
    for attorney in desk.attorneys(case):
        if as_json:
            console.raw(json.dumps(attorney.body(), ensure_ascii=False))
        else:
            _print(attorney)


def _print(attorney: Attorney) -> None:
    since, until = attorney.since or "always", attorney.until or "today"
    where = "; ".join((*attorney.addresses, *(f"@{domain}" for domain in attorney.domains)))
    console.say(f"{attorney.name}  {attorney.firm}  {attorney.party}  {since} to {until}  {where}")


@privilege.command("claim")
@click.argument("controls", metavar="CONTROL...", nargs=-1, required=True)
@click.option("--basis", multiple=True, type=click.Choice([basis.value for basis in Basis]))
@click.option("--description", default="", help="Its nature, without what is privileged.")
@click.option(
    "--treatment",
    type=click.Choice([treatment.value for treatment in Treatment]),
    default=Treatment.WITHHELD.value,
    show_default=True,
)
@click.option("--by", default="", help="Who makes the claim.")
@click.option(
    "--family",
    type=click.Choice(["whole", "part"]),
    default="whole",
    show_default=True,
    help="part: the rest of the family is produced on purpose; needs --because.",
)
@click.option("--with-family", is_flag=True, help="Claim every member of each family alike.")
@click.option("--because", default="", help="Why a part only, or why a claim is taken back.")
@click.pass_obj
def claim(
    home: Path,
    /,
    controls: tuple[str, ...],
    treatment: str,
    basis: tuple[str, ...],
    family: str,
    **given: Any,
) -> None:
    """Claim documents as privileged, by control number.

    The next production shows a withheld document as a slip-sheet with its log number. Claiming
    again changes the claim; --treatment withdrawn takes it back, and its number is not used again.
    """
    grounds = tuple(map(Basis, basis))
    options = ClaimOptions(Treatment(treatment), grounds, part=family == "part", **given)
    with CaseFile.open(home).alone() as case:
        claims = desk.claim(case, controls, options)
    for claim in claims:
        console.say(f"{claim.log}  {claim.control}  {claim.treatment}")


@privilege.command("release")
@click.argument("control")
@click.option("--like", "likes", multiple=True, required=True, metavar="CONTROL")
@click.option("--because", required=True, help="Why it is produced all the same.")
@click.pass_obj
def release(home: Path, control: str, likes: tuple[str, ...], because: str) -> None:
    """Let CONTROL be produced although it is like a withheld document."""
    with CaseFile.open(home).alone() as case:
        released = desk.release(case, control, likes, because)
    console.say(f"{released} may be produced: {because}")


@privilege.command("cut-off")
@click.argument("day", type=DAY, metavar="YYYY-MM-DD")
@click.option("--agreement", required=True, help="Where the parties agreed on it.")
@click.option("--firm", "firms", multiple=True, help="Litigation counsel; every firm if not given.")
@click.pass_obj
def cut_off(home: Path, day: date, agreement: str, firms: tuple[str, ...]) -> None:
    """Leave mail with litigation counsel from a day on out of the log, as agreed.

    It stays withheld; the log says how many documents are left out and by which agreement.
    """
    with CaseFile.open(home).alone() as case:
        desk.cut_off(case, day, agreement, firms)
    console.say(f"Not logged from {day}, under {agreement}.")


privilege.add_command(check)
privilege.add_command(propose)
privilege.add_command(decide)
