"""`privilege`: who is counsel, what is claimed, what is let go; checking is `privilege_log`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.privilege_log import check
from forthwith.domain.acts import Act
from forthwith.domain.documents import ControlNumber, Document
from forthwith.plain.counting import count
from forthwith.record import acts
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.review.privilege import claims as privilege_ledger
from forthwith.review.privilege.claims import (
    ATTORNEY,
    Attorney,
    Basis,
    Claim,
    CutOff,
    Release,
    Treatment,
    UnknownControlNumberError,
)
from forthwith.workflows.attorney_list import attorney_list


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
    matter = Matter.open(home)
    if path is not None:
        read = attorney_list(home / path)
        with matter.alone():
            acts.write(matter, [Act(ATTORNEY, each.name, each.body()) for each in read])
        if not (listed or as_json):
            console.say(f"{count(len(read), 'attorney')} written into the journal.")
            return
    for each in privilege_ledger.attorneys(acts.read(matter)):
        console.raw(json.dumps(each.body(), ensure_ascii=False)) if as_json else _attorney(each)


def _attorney(each: Attorney) -> None:
    since, until = each.since or "always", each.until or "today"
    where = "; ".join((*each.addresses, *(f"@{domain}" for domain in each.domains)))
    console.say(f"{each.name}  {each.firm}  {each.party}  {since} to {until}  {where}")


@privilege.command("claim")
@click.argument("controls", metavar="CONTROL...", nargs=-1, required=True)
@click.option("--basis", multiple=True, type=click.Choice([each.value for each in Basis]))
@click.option("--description", default="", help="Its nature, without what is privileged.")
@click.option(
    "--treatment",
    type=click.Choice([each.value for each in Treatment]),
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
    home: Path, /, controls: tuple[str, ...], *, with_family: bool, treatment: str, **given: object
) -> None:
    """Claim documents as privileged, by control number.

    The next production shows a withheld document as a slip-sheet with its log number. Claiming
    again changes the claim; --treatment withdrawn takes it back, and its number is not used again.
    """
    matter = Matter.open(home)
    with matter.alone():
        wanted = _chosen(matter, controls, with_family=with_family)
        before = privilege_ledger.claims(acts.read(matter))
        made = [_claim(number, Treatment(treatment), before, given) for number in wanted]
        acts.write(matter, [each.act() for each in made])
    held = privilege_ledger.claims(acts.read(matter))
    for number in wanted:
        console.say(f"{held[number].log}  {number}  {held[number].treatment}")


def _claim(
    number: ControlNumber,
    treatment: Treatment,
    before: dict[ControlNumber, Claim],
    given: dict[str, object],
) -> Claim:
    """Return the claim; what is not said again stays as it was."""
    old = before.get(number, Claim(number, (), ""))
    basis = tuple(Basis(each) for each in given["basis"] or ())  # type: ignore[attr-defined]
    return Claim(
        number,
        basis or old.basis,
        str(given["description"]) or old.description,
        treatment,
        str(given["by"]) or old.by,
        given["family"] == "part",
        str(given["because"]),
    )


def _chosen(
    matter: Matter, controls: Sequence[str], *, with_family: bool = False
) -> list[ControlNumber]:
    """Return the documents named, in order. Raises UnknownControlNumberError."""
    documents: dict[str, Document] = {
        each.control_number: each for each in DocumentTable(matter.derived).ask()
    }
    if unknown := set(controls) - documents.keys():
        raise UnknownControlNumberError(unknown)
    if not with_family:
        return [ControlNumber(each) for each in dict.fromkeys(controls)]
    families = {documents[each].family for each in controls}
    return [each.control_number for each in documents.values() if each.family in families]


@privilege.command("release")
@click.argument("control")
@click.option("--like", "likes", multiple=True, required=True, metavar="CONTROL")
@click.option("--because", required=True, help="Why it is produced all the same.")
@click.pass_obj
def release(home: Path, control: str, likes: tuple[str, ...], because: str) -> None:
    """Let CONTROL be produced although it is like a withheld document."""
    matter = Matter.open(home)
    with matter.alone():
        own, *others = _chosen(matter, (control, *likes))
        acts.write(matter, [Release(own, each, because).act() for each in others])
    console.say(f"{own} may be produced: {because}")


@privilege.command("cut-off")
@click.argument("day", metavar="YYYY-MM-DD")
@click.option("--agreement", required=True, help="Where the parties agreed on it.")
@click.option("--firm", "firms", multiple=True, help="Litigation counsel; every firm if not given.")
@click.pass_obj
def cut_off(home: Path, day: str, agreement: str, firms: tuple[str, ...]) -> None:
    """Leave mail with litigation counsel from a day on out of the log, as agreed.

    It stays withheld; the log says how many documents are left out and by which agreement.
    """
    try:
        from_day = date.fromisoformat(day)
    except ValueError as wrong:
        raise click.BadParameter(f"{day!r} is not a day; write it as 2023-06-17") from wrong
    matter = Matter.open(home)
    with matter.alone():
        acts.write(matter, [CutOff(from_day, agreement, firms).act()])
    console.say(f"Not logged from {from_day}, under {agreement}.")


privilege.add_command(check)
