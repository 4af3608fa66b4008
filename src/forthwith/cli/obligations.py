"""`obligations`: what orders require, quoted from a pinned text, and how each duty stands."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.console import DAY
from forthwith.domain.obligations import EXACT, Obligation, ObligationState
from forthwith.plain.counting import count
from forthwith.respond.registers import orders
from forthwith.respond.registers.obligations import DutyRegister, DutyStatus
from forthwith.standards.civil_rules import PLACES
from forthwith.workflows import obligations as desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.obligations import ImportedOrder, OrderOptions

_FILE = click.Path(path_type=Path)
#: Letters of a duty that a line of a list shows.
_WIDE = 90


@click.group(invoke_without_command=True)
@click.option("--as-of", type=DAY, help="How they stand on this day; today without it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def obligations(ctx: click.Context, as_of: date | None, *, as_json: bool) -> None:
    """List what each order requires: state, due day, the rule that sets it, evidence, attestor.

    Exit status 1: an obligation is late, or its evidence cannot be looked up.
    """
    if ctx.invoked_subcommand is not None:
        return
    day = as_of or console.today()
    register = CaseFile.open(ctx.obj).duties
    now = register.on(day)
    if as_json:
        for duty in now.standings:
            console.raw(json.dumps(_as_json(duty, day), ensure_ascii=False))
    else:
        _print(register, now, day)
    if now.late(day) or any(duty.unresolved for duty in now.standings):
        ctx.exit(console.FINDINGS)


@obligations.command("import")
@click.argument("order", type=_FILE)
@click.argument("rows", type=_FILE)
@click.option("--name", required=True, help='What the order is called: "Consent Order".')
@click.option("--entered", type=DAY, required=True, help="Day of entry; deadlines count from it.")
@click.option("--amends", default="", help="Name of the order it amends.")
@click.option("--court", type=click.Choice(PLACES), default="DC", help="Where the court sits.")
@click.pass_context
def import_(ctx: click.Context, /, order: Path, rows: Path, **given: Any) -> None:
    """Take obligations from ROWS, a CSV, each quoted from ORDER: DOCX, PDF with text or TXT.

    Columns: number, quote, duty, deadline, evidence, attestor, supersedes. Either every row is
    taken or none. Exit status 1: pages of the order hold no text.
    """
    with CaseFile.open(ctx.obj).alone() as case:
        taken = desk.import_order(case, ctx.obj / order, ctx.obj / rows, OrderOptions(**given))
    _print_import(taken)
    if taken.text.bare:
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
    pages = evidence if evidence or no_evidence else None
    with CaseFile.open(home).alone() as case:
        attested = desk.attest(case, key, evidence=pages, attestor=attestor, note=note)
    duty = attested.after.obligation
    console.say(f"{duty.key}: {attested.after.state}.")
    _print_proof(attested.after)
    if gone := set(attested.before.obligation.evidence) - set(duty.evidence):
        console.say(f"        No longer its evidence: {'; '.join(sorted(gone))}.")


@obligations.command()
@click.argument("order", type=_FILE)
@click.option("--name", required=True, help="The order it is said to be.")
@click.pass_context
def verify(ctx: click.Context, order: Path, name: str) -> None:
    """Hold a file against the order that was pinned: its digest, its text, and every quote.

    Exit status 1: it differs.
    """
    compared = desk.compare(CaseFile.open(ctx.obj), ctx.obj / order, name)
    quotes = count(len(compared.obligations), "quote")
    for difference in compared.differences:
        console.say(difference)
    if compared.differences:
        console.say(
            f"{order.name} is not {compared.order.name} as it was pinned; {compared.quotes:,} of "
            f"{quotes} stand in its text."
        )
        ctx.exit(console.FINDINGS)
    console.say(
        f"{order.name} is {compared.order.name} as it was pinned: the same file, the same text, "
        f"and {quotes} where they stood."
    )


def _as_json(duty: DutyStatus, day: date) -> dict[str, Any]:
    obligation = duty.obligation
    return {
        "key": obligation.key,
        "state": duty.state,
        **obligation.body(),
        "days_left": obligation.due and obligation.due.left(day),
        "late": duty.late(day),
        "red": [{"cite": citation.cite, "why": citation.why} for citation in duty.unresolved],
        "superseded_by": list(duty.superseded_by),
    }


def _print_import(taken: ImportedOrder) -> None:
    """Print what an import took, with every step of each due day."""
    order, text = taken.order, taken.text
    console.say(
        f"{order.name}: {count(len(taken.obligations), 'obligation')}, quoted from "
        f"{order.source.name} (SHA-256 {order.source.sha256[:12]}…), entered {order.entered}."
    )
    if text.removed:
        lines = count(len(text.removed), "line")
        console.say(f"Taken off the pages (running heads, page and line numbers): {lines}.")
    if text.bare:
        console.say(f"No text, so nothing can be quoted: {', '.join(text.bare)} of the order.")
    for duty in taken.obligations:
        how = "letter for letter" if duty.matched == EXACT else f"found {duty.matched}"
        console.say(f"  {duty.number:>4}  {_short(duty)}")
        console.say(f"        Quote {how}.")
        for step in duty.due.steps if duty.due else ():
            console.say(f"        {step}")
        if duty.due:
            console.say(f"        Due {console.due_days(duty.due)} ({duty.due.rule}).")
        if duty.supersedes:
            console.say(f"        Supersedes {', '.join(duty.supersedes)}.")
    for key in orders.repeated(taken.obligations, text.text):
        console.say(f"{key}: its quote stands more than once in the order; the first is pinned.")
    if order.amends and not any(duty.supersedes for duty in taken.obligations):
        console.say(f"No row supersedes anything: all obligations of {order.amends} stand.")


def _print(register: DutyRegister, now: DutyRegister, day: date) -> None:
    """Print every obligation in force on a day, by order."""
    for name, order in now.orders.items():
        duties = now.of(name)
        amends = f", amends {order.amends}" if order.amends else ""
        total = count(len(duties), "obligation")
        console.say(f"{name}, entered {order.entered}{amends}: {total}.")
        for duty in duties:
            _print_duty(duty, day)
    if later := [name for name in register.orders if name not in now.orders]:
        console.say(f"Entered after {day} and not shown: {', '.join(later)}.")
    if not register.orders:
        console.say("No order is here. Next: forthwith obligations import ORDER ROWS.csv")
    elif now.orders:
        late, unresolved = len(now.late(day)), sum(len(duty.unresolved) for duty in now.standings)
        cites = count(unresolved, "citation")
        console.say(f"Late: {count(late, 'obligation')}. Cannot be looked up: {cites}.")


def _print_duty(duty: DutyStatus, day: date) -> None:
    obligation = duty.obligation
    late = ", LATE" if duty.late(day) else ""
    console.say(f"  {obligation.number:>4}  {duty.state + late:12}  {_short(obligation)}")
    if duty.superseded_by:
        console.say(f"        Superseded by {', '.join(duty.superseded_by)}.")
    elif due := obligation.due:
        still = duty.state is ObligationState.OPEN
        left = f", {console.days_left(due.day, day)}" if still else ""
        console.say(f"        Due {console.due_days(due)}{left} ({due.rule}).")
        if still and due.because:
            console.say(f"        Not certain: {due.because}")
    _print_proof(duty)


def _print_proof(duty: DutyStatus) -> None:
    """Print what shows that an obligation was met, and what was to show it and does not."""
    obligation = duty.obligation
    proof = f"Evidence: {'; '.join(duty.evidence) or 'none'}."
    attestor = f" Attestor: {obligation.attestor}." if obligation.attestor else ""
    console.say(f"        {proof}{attestor}")
    for citation in duty.unresolved:
        console.say(f"        RED, no evidence: {citation.cite} {citation.why}.")
    if obligation.note:
        console.say(f"        Note: {' '.join(obligation.note.split())}")


def _short(obligation: Obligation) -> str:
    words = obligation.says
    return words if len(words) <= _WIDE else f"{words[: _WIDE - 1]}…"
