"""`requests` and `respond`: what was asked, when it is due, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.console import DAY, FileAtHome
from forthwith.domain.requests import DueDay, Objection, RequestKind, RequestSet, Service
from forthwith.plain.counting import count
from forthwith.respond.registers.requests import RequestRegister, RequestStatus
from forthwith.standards.civil_rules import PLACES
from forthwith.workflows import requests as desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.requests import ImportedSet, ResponseOptions, SetOptions

_WITHHELD = {"yes": True, "no": False, "unsaid": None}


@click.group(invoke_without_command=True)
@click.option("--as-of", type=DAY, help="Count days left from this day; today without it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def requests(ctx: click.Context, as_of: date | None, *, as_json: bool) -> None:
    """List every request: its state, due day, the rule that sets it, days left.

    Exit status 1: at least one request is past its due day and nothing is served.
    """
    if ctx.invoked_subcommand is not None:
        return
    day = as_of or console.today()
    register = CaseFile.open(ctx.obj).requests
    if as_json:
        for request in register.standings:
            console.raw(json.dumps(_as_json(request, day), ensure_ascii=False))
    else:
        _print(register, day)
    if any(request.late(day) for request in register.standings):
        ctx.exit(console.FINDINGS)


@requests.command("import")
@click.argument("file", type=FileAtHome(), metavar="FILE")
@click.option("--set", "name", required=True, help='What the set is called: "First RFPs".')
@click.option("--kind", type=click.Choice([kind.value for kind in RequestKind]), required=True)
@click.option("--served", type=DAY, required=True, help="Day of service.")
@click.option("--by", type=click.Choice([way.value for way in Service]), required=True)
@click.option("--from", "asked_by", default="", help="Who asks.")
@click.option("--to", "asked_of", default="", help="Who is asked.")
@click.option("--period", type=click.IntRange(1, 3650), help="Days ordered or agreed.")
@click.option("--due", type=DAY, help="A day certain, ordered or agreed.")
@click.option("--rule", default="", help="What sets --period or --due: the order, the agreement.")
@click.option("--court", type=click.Choice(PLACES), default="DC", help="Where the court sits.")
@click.pass_context
def import_(ctx: click.Context, /, file: Path, kind: str, by: str, **given: Any) -> None:
    """Take numbered requests out of a served paper: DOCX, PDF with text, TXT or CSV.

    Shows every passage that became no request. Exit status 1: numbers are missing, repeated or out
    of order, or a row could not be read.
    """
    period, due = given["period"], given["due"]
    if ((period or due) and not given["rule"]) or (period and due):
        raise click.UsageError("Give --period or --due, and with --rule what sets it.")
    options = SetOptions(kind=RequestKind(kind), by=Service(by), **given)
    with CaseFile.open(ctx.obj).alone() as case:
        taken = desk.import_set(case, file, options)
    _print_import(taken)
    if taken.odd:
        ctx.exit(console.FINDINGS)


@requests.command()
@click.argument("number")
@click.option("--set", "name", default="", help="The set, where several have the number.")
@click.pass_obj
def show(home: Path, number: str, name: str) -> None:
    """Show a request as served, every response to it, and how its due day is counted."""
    case = CaseFile.open(home)
    request = case.requests.find(number, name)
    console.say(f"{request.set.name}: {request.set.kind.heading(request.request.number)}")
    console.say(request.request.text)
    console.say()
    _print_due_steps(request.set)
    console.say(f"State: {request.state}")
    for place, response in enumerate(request.history, start=1):
        console.say(f"Response {place}, {response.served or 'draft'}:")
        for key, value in response.body().items():
            if value and key != "served":
                words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                console.say(f"  {key}: {words}")
    for reason in desk.reasons(case, request):
        console.say(f"Cannot be served: {reason}")


@click.command()
@click.argument("number")
@click.option("--set", "name", default="", help="The set, where several have the number.")
@click.option("--text", help="The answer in words.")
@click.option("--produce", metavar="QUERY", help="The query whose documents answer.")
@click.option("--objection", "grounds", multiple=True, metavar="GROUND", help="May be repeated.")
@click.option("--withheld", multiple=True, type=click.Choice(list(_WITHHELD)), help="One a ground.")
@click.option("--scope", "scopes", multiple=True, help="What an objection goes to; one a ground.")
@click.option("--what", multiple=True, help="What is withheld; one a ground.")
@click.option("--no-objections", is_flag=True, help="Withdraw all objections.")
@click.option("--ranges", multiple=True, metavar="VOLUME|FIRST-LAST", help="Pages that answer.")
@click.option("--custodian", "custodians", multiple=True, help="Whose documents were searched.")
@click.option("--no-documents/--documents", default=None, help="A search found none.")
@click.option("--rule-33d/--no-rule-33d", "rule33d", default=None, help="The ranges answer.")
@click.option("--verifier", help="Who answers an interrogatory under oath.")
@click.option("--note", help="For the file; never printed in a paper.")
@click.pass_context
def respond(
    ctx: click.Context,
    /,
    number: str,
    name: str,
    grounds: tuple[str, ...],
    scopes: tuple[str, ...],
    withheld: tuple[str, ...],
    what: tuple[str, ...],
    *,
    no_objections: bool,
    **given: Any,
) -> None:
    """Draft the response to a request; what is not given stays as it was.

    Exit status 1: the draft cannot be served yet; the reasons are printed.
    """
    objections = _objections(grounds, scopes, withheld, what, none=no_objections)
    options = ResponseOptions(objections=objections, **given)
    with CaseFile.open(ctx.obj).alone() as case:
        drafted = desk.draft(case, number, name, options)
    if answering := drafted.answering:
        console.say(
            f"The query finds {count(answering.documents, 'document')}; with families "
            f"{len(answering.controls):,}, of which sealed volumes hold {drafted.produced:,}."
        )
    elif options.produce:
        console.say("Nothing is processed yet, so what the query finds is not known.")
    console.say(f"{drafted.request.request.key}: {drafted.request.state}; a draft.")
    for reason in drafted.reasons:
        console.say(f"Cannot be served: {reason}.")
    if drafted.reasons:
        ctx.exit(console.FINDINGS)


def _objections(
    grounds: Sequence[str],
    scopes: Sequence[str],
    withheld: Sequence[str],
    what: Sequence[str],
    *,
    none: bool,
) -> tuple[Objection, ...] | None:
    """Return objections as typed, one for each ground; None where nothing was said of any."""
    if not grounds and not none:
        if scopes or withheld or what:
            raise click.UsageError("--withheld, --scope and --what belong to an --objection.")
        return None
    if grounds and none:
        raise click.UsageError("Give --objection or --no-objections, not both.")
    for option, words in (("--withheld", withheld), ("--scope", scopes), ("--what", what)):
        if words and len(words) != len(grounds):
            raise click.UsageError(f"Give {option} once for each --objection.")
    empty = [""] * len(grounds)
    rows = zip(
        grounds,
        scopes or empty,
        withheld or ["unsaid"] * len(grounds),
        what or empty,
        strict=True,
    )
    return tuple(
        Objection(ground, scope, _WITHHELD[said], lost) for ground, scope, said, lost in rows
    )


def _print_import(taken: ImportedSet) -> None:
    """Print what an import took, and every passage that became no request."""
    requests, paper = taken.set, taken.paper
    words = count(len(paper.requests), "request")
    source = requests.source.name if requests.source else ""
    console.say(f"{requests.name}: {words}, as served in {source}.")
    _print_due_steps(requests)
    if paper.removed:
        lines = count(len(paper.removed), "line")
        console.say(f"Taken off the pages (running heads, page and line numbers): {lines}.")
    for passage in paper.unparsed:
        text = " ".join(passage.text.split())
        console.say(
            f"Not a request, {passage.where}: {passage.why}" + (f": {text[:100]}" if text else "")
        )


def _print_due_steps(requests: RequestSet) -> None:
    if requests.due is None:
        console.say("No rule sets a due day; give one with --due or --period.")
        return
    console.say(f"Due {console.due_days(requests.due)} ({requests.due.rule}).")
    for step in requests.due.steps:
        console.say(f"  {step}")
    if requests.due.because:
        console.say(f"  Not certain: {requests.due.because}")


def _as_json(request: RequestStatus, day: date) -> dict[str, Any]:
    due, response = request.set.due, request.response
    return {
        "set": request.set.name,
        "kind": request.set.kind,
        "number": request.request.number,
        "text": request.request.text,
        "state": request.state,
        "draft": request.draft,
        "due": due and due.body(),
        "days_left": due and due.left(day),
        "late": request.late(day),
        "response": response and response.body(),
    }


def _print(register: RequestRegister, day: date) -> None:
    for name, served in register.sets.items():
        requests = register.of(name)
        console.say(
            f"{name}: {count(len(requests), 'request')}, served {served.served} by {served.by}."
        )
        if served.due is None:
            console.say("  No rule sets a due day.")
        else:
            _print_due(served.due, day, _served_in(requests))
        for request in requests:
            draft = ", draft" if request.draft else ""
            words = " ".join(request.request.text.split())
            console.say(f"  {request.request.number:>4}  {request.state + draft:22}  {words[:80]}")
    if not register.sets:
        console.say("Nothing is asked. Next: forthwith requests import FILE")


def _served_in(requests: Sequence[RequestStatus]) -> str:
    """Return the papers that answered a whole set, latest of each request; "" while any waits."""
    papers = [
        next((past.served for past in reversed(request.history) if past.served), "")
        for request in requests
    ]
    return ", ".join(dict.fromkeys(papers)) if all(papers) else ""


def _print_due(due: DueDay, day: date, served: str) -> None:
    left = f"served in {served}" if served else console.days_left(due.day, day)
    console.say(f"  Due {console.due_days(due)}, {left} ({due.rule}).")
    if due.because:
        console.say(f"  Not certain: {due.because}")
