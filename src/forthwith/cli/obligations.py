"""`obligations`: what orders require, quoted from a pinned text, and how each duty stands."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli import obligations_told as told
from forthwith.domain.obligations import Obligation, Order
from forthwith.plain import typed_tables
from forthwith.plain.counting import count
from forthwith.plain.typed_tables import TableRefusedError
from forthwith.record import acts
from forthwith.record.matter import Matter
from forthwith.respond.registers import obligation_rows, orders, quotation
from forthwith.respond.registers import obligations as room
from forthwith.respond.registers.obligation_rows import Against
from forthwith.respond.registers.obligations import DutyRegister
from forthwith.standards.court_days import PLACES, FederalCourt
from forthwith.workflows.registers import shelf_of

_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(path_type=Path)


@click.group(invoke_without_command=True)
@click.option("--as-of", type=_DAY, help="How they stand on this day; today without it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def obligations(ctx: click.Context, as_of: datetime | None, *, as_json: bool) -> None:
    """List what each order requires: state, due day, the rule that sets it, evidence, attestor.

    Exit status 1: an obligation is late, or its evidence cannot be looked up.
    """
    if ctx.invoked_subcommand is not None:
        return
    day = as_of.date() if as_of else datetime.now().astimezone().date()
    register = _register(Matter.open(ctx.obj))
    now = register.on(day)
    for standing in now.standings if as_json else ():
        console.raw(json.dumps(told.plain(standing, day), ensure_ascii=False))
    if not as_json:
        told.tell_all(register, day)
    if now.late(day) or any(each.red for each in now.standings):
        ctx.exit(console.FINDINGS)


@obligations.command("import")
@click.argument("order", type=_FILE)
@click.argument("rows", type=_FILE)
@click.option("--name", required=True, help='What the order is called: "Consent Order".')
@click.option("--entered", type=_DAY, required=True, help="Day of entry; deadlines count from it.")
@click.option("--amends", default="", help="Name of the order it amends.")
@click.option("--court", type=click.Choice(PLACES), default="DC", help="Where the court sits.")
@click.pass_context
def import_(
    ctx: click.Context,
    order: Path,
    rows: Path,
    name: str,
    entered: datetime,
    amends: str,
    court: str,
) -> None:
    """Take obligations from ROWS, a CSV, each quoted from ORDER: DOCX, PDF with text or TXT.

    Columns: number, quote, duty, deadline, evidence, attestor, supersedes. Either every row is
    taken or none. Exit status 1: pages of the order hold no text.
    """
    matter = Matter.open(ctx.obj)
    text = orders.read(order.name, (ctx.obj / order).read_bytes())
    with matter.alone():
        register, shelf = _register(matter), shelf_of(matter)
        asked = Order(name, text.source, text.sha256, entered.date(), amends)
        made = room.admitted(register, asked)
        against = Against(made, text.text, register, shelf, FederalCourt(court))
        found = _read(ctx.obj / rows, against)
        acts.write(matter, room.imported(made, found))
    told.tell_import(made, text, found)
    if text.bare:
        ctx.exit(console.FINDINGS)


@obligations.command()
@click.argument("key")
@click.option("--evidence", multiple=True, metavar="PAGES", help="Pages that show it was met.")
@click.option("--no-evidence", is_flag=True, help="Take all evidence back.")
@click.option("--attestor", help="Who attests that it was met.")
@click.option("--note", help="For the file; never printed in a paper.")
@click.pass_obj
def attest(
    home: Path,
    key: str,
    evidence: tuple[str, ...],
    attestor: str | None,
    note: str | None,
    *,
    no_evidence: bool,
) -> None:
    """Say how an obligation was met: KEY is "Consent Order/3", or 3 where one order has it.

    Evidence given takes the place of what was there; what is not given stays as it was.
    """
    if evidence and no_evidence:
        raise click.UsageError("Give --evidence or --no-evidence, not both.")
    if not (evidence or no_evidence) and attestor is None and note is None:
        raise click.UsageError("Give --evidence, --attestor or --note: nothing was said.")
    matter = Matter.open(home)
    with matter.alone():
        before, shelf = _register(matter).find(key), shelf_of(matter)
        cites = [one for each in evidence for one in shelf.cited(each)]
        given = cites if evidence or no_evidence else None
        act = room.attested(before, evidence=given, attestor=attestor, note=note)
        acts.write(matter, [act])
        after = _register(matter).find(act.key)
    console.say(f"{act.key}: {after.state}.")
    told.tell_proof(after)
    if gone := set(before.obligation.evidence) - set(after.obligation.evidence):
        console.say(f"        No longer its evidence: {'; '.join(sorted(gone))}.")


@obligations.command()
@click.argument("order", type=_FILE)
@click.option("--name", required=True, help="The order it is said to be.")
@click.pass_context
def verify(ctx: click.Context, order: Path, name: str) -> None:
    """Hold a file against the order that was pinned: its digest, its text, and every quote.

    Exit status 1: it differs.
    """
    register = _register(Matter.open(ctx.obj))
    held, text = register.order(name), orders.read(order.name, (ctx.obj / order).read_bytes())
    duties = [each.obligation for each in register.of(held.name)]
    found = orders.differences(held, duties, text)
    for each in found:
        console.say(each)
    if found:
        stand = sum(quotation.match(each.quote, text.text).found for each in duties)
        console.say(
            f"{order.name} is not {held.name} as it was pinned; {stand:,} of "
            f"{count(len(duties), 'quote')} stand in its text."
        )
        ctx.exit(console.FINDINGS)
    console.say(
        f"{order.name} is {held.name} as it was pinned: the same file, the same text, and "
        f"{count(len(duties), 'quote')} where they stood."
    )


def _register(matter: Matter) -> DutyRegister:
    return DutyRegister.read(acts.read(matter), shelf_of(matter))


def _read(file: Path, against: Against) -> tuple[Obligation, ...]:
    """Return the obligations of every row. Raises TableRefusedError."""
    rows, faults = typed_tables.read(file.name, file.read_bytes(), obligation_rows.COLUMNS)
    made, more = obligation_rows.read(rows, against)
    if faults or more:
        raise TableRefusedError(file.name, (*faults, *more))
    return made
