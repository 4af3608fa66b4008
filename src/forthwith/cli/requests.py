"""`requests` and `respond`: what was asked, when it is due, and what is answered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.console import FileAtHome
from forthwith.domain.deadlines import Period, day_certain, due_day
from forthwith.domain.requests import (
    DueDay,
    Objection,
    RequestKind,
    RequestSet,
    Response,
    Service,
    Source,
)
from forthwith.formats.served import requests as requests_served
from forthwith.plain import counting
from forthwith.record import acts
from forthwith.record.documents import NotProcessedError
from forthwith.record.matter import Matter
from forthwith.respond.registers import requests as room
from forthwith.respond.registers.pages import Pages
from forthwith.respond.registers.requests import RequestRegister, RequestStatus
from forthwith.standards import civil_rules
from forthwith.standards.court_days import PLACES, FederalCourt
from forthwith.workflows.queries import Queries
from forthwith.workflows.registers import pages_of, register_of

_DAY = click.DateTime(["%Y-%m-%d"])
_SAYS = {"yes": True, "no": False, "unsaid": None}


@click.group(invoke_without_command=True)
@click.option("--as-of", type=_DAY, help="Count days left from this day; today without it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def requests(ctx: click.Context, as_of: datetime | None, *, as_json: bool) -> None:
    """List every request: its state, due day, the rule that sets it, days left.

    Exit status 1: at least one request is past its due day and nothing is served.
    """
    if ctx.invoked_subcommand is not None:
        return
    day = as_of.date() if as_of else datetime.now().astimezone().date()
    register = register_of(Matter.open(ctx.obj))
    for standing in register.standings if as_json else ():
        console.raw(json.dumps(_plain(standing, day), ensure_ascii=False))
    if not as_json:
        _print(register, day)
    if any(standing.late(day) for standing in register.standings):
        ctx.exit(console.FINDINGS)


@requests.command("import")
@click.argument("file", type=FileAtHome(), metavar="FILE")
@click.option("--set", "name", required=True, help='What the set is called: "First RFPs".')
@click.option("--kind", type=click.Choice([each.value for each in RequestKind]), required=True)
@click.option("--served", type=_DAY, required=True, help="Day of service.")
@click.option("--by", type=click.Choice([each.value for each in Service]), required=True)
@click.option("--from", "asked_by", default="", help="Who asks.")
@click.option("--to", "asked_of", default="", help="Who is asked.")
@click.option("--period", type=click.IntRange(1, 3650), help="Days ordered or agreed.")
@click.option("--due", type=_DAY, help="A day certain, ordered or agreed.")
@click.option("--rule", default="", help="What sets --period or --due: the order, the agreement.")
@click.option("--court", type=click.Choice(PLACES), default="DC", help="Where the court sits.")
@click.pass_context
def import_(
    ctx: click.Context,
    file: Path,
    name: str,
    kind: str,
    served: datetime,
    by: str,
    asked_by: str,
    asked_of: str,
    period: int | None,
    due: datetime | None,
    rule: str,
    court: str,
) -> None:
    """Take numbered requests out of a served paper: DOCX, PDF with text, TXT or CSV.

    Shows every passage that became no request. Exit status 1: numbers are missing, repeated or out
    of order, or a row could not be read.
    """
    if ((period or due) and not rule) or (period and due):
        raise click.UsageError("Give --period or --due, and with --rule what sets it.")
    matter, data = Matter.open(ctx.obj), file.read_bytes()
    found = requests_served.read(file.name, data)
    made = RequestSet(
        name=name,
        kind=RequestKind(kind),
        served=served.date(),
        by=Service(by),
        asked_by=asked_by,
        asked_of=asked_of,
        source=Source(file.name, hashlib.sha256(data).hexdigest()),
        unparsed=found.unparsed,
    )
    made = replace(made, due=_due(made, period, due, rule, FederalCourt(court)))
    with matter.alone():
        register = register_of(matter)
        acts.write(matter, room.imported(register, made, found.requests))
    if _told(made, found):
        ctx.exit(console.FINDINGS)


@requests.command()
@click.argument("number")
@click.option("--set", "name", default="", help="The set, where several have the number.")
@click.pass_obj
def show(home: Path, number: str, name: str) -> None:
    """Show a request as served, every response to it, and how its due day is counted."""
    matter = Matter.open(home)
    standing = register_of(matter).find(number, name)
    console.say(f"{standing.set.name}: {standing.set.kind.heading(standing.request.number)}")
    console.say(standing.request.text)
    console.say()
    _say_due(standing.set)
    console.say(f"State: {standing.state}")
    for at, response in enumerate(standing.history, start=1):
        console.say(f"Response {at}, {response.served or 'draft'}:")
        for key, value in response.body().items():
            if value and key != "served":
                console.say(f"  {key}: {_shown(value)}")
    for reason in room.reasons(standing, pages_of(matter)):
        console.say(f"Cannot be served: {reason}")


@click.command()
@click.argument("number")
@click.option("--set", "name", default="", help="The set, where several have the number.")
@click.option("--text", help="The answer in words.")
@click.option("--produce", metavar="QUERY", help="The query whose documents answer.")
@click.option("--objection", "grounds", multiple=True, metavar="GROUND", help="May be repeated.")
@click.option("--withheld", multiple=True, type=click.Choice(list(_SAYS)), help="One a ground.")
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
def respond(ctx: click.Context, /, number: str, name: str, **given: Any) -> None:
    """Draft the response to a request; what is not given stays as it was.

    Exit status 1: the draft cannot be served yet; the reasons are printed.
    """
    matter = Matter.open(ctx.obj)
    pages = pages_of(matter)
    with matter.alone():
        standing = register_of(matter).find(number, name)
        before = standing.response or Response(standing.request.key)
        made = replace(before, served="", **_changes(given, pages))
        if given["produce"]:
            made = _searched(matter, made, pages, cited=bool(given["ranges"]))
        acts.write(matter, [room.responded(made)])
    after = replace(standing, history=(*standing.history, made))
    console.say(f"{made.request}: {after.state}; a draft.")
    if why := room.reasons(after, pages):
        for reason in why:
            console.say(f"Cannot be served: {reason}.")
        ctx.exit(console.FINDINGS)


def _searched(matter: Matter, made: Response, pages: Pages, *, cited: bool) -> Response:
    """Say what the query finds; its produced pages answer, unless ranges were given."""
    queries = Queries(matter)
    try:
        found = queries.ask(made.produce)
    except NotProcessedError:
        console.say("Nothing is processed yet, so what the query finds is not known.")
        return made
    console.say(
        f"The query finds {counting.count(found.documents, 'document')}; with families "
        f"{len(found.controls):,}, of which sealed volumes hold {found.produced(pages):,}."
    )
    return made if cited else queries.resolved(made, pages)


def _changes(given: dict[str, Any], pages: Pages) -> dict[str, Any]:
    """Return the fields of a response that were given."""
    plain = ("text", "produce", "no_documents", "rule33d", "verifier", "note")
    made = {key: given[key] for key in plain if given[key] is not None}
    if given["grounds"] or given["no_objections"]:
        made["objections"] = _objections(given)
    elif given["withheld"] or given["scopes"] or given["what"]:
        raise click.UsageError("--withheld, --scope and --what belong to an --objection.")
    if given["ranges"]:
        made["ranges"] = tuple(found for text in given["ranges"] for found in pages.read(text))
    if given["custodians"]:
        made["custodians"] = tuple(given["custodians"])
    return made


def _objections(given: dict[str, Any]) -> tuple[Objection, ...]:
    grounds = given["grounds"]
    if given["no_objections"] and grounds:
        raise click.UsageError("Give --objection or --no-objections, not both.")
    for option in ("withheld", "scopes", "what"):
        if given[option] and len(given[option]) != len(grounds):
            raise click.UsageError(f"Give --{option.rstrip('s')} once for each --objection.")
    empty = [""] * len(grounds)
    rows = zip(
        grounds,
        given["scopes"] or empty,
        given["withheld"] or ["unsaid"] * len(grounds),
        given["what"] or empty,
        strict=True,
    )
    return tuple(Objection(ground, scope, _SAYS[said], what) for ground, scope, said, what in rows)


def _due(
    made: RequestSet, days: int | None, due: datetime | None, rule: str, court: FederalCourt
) -> DueDay | None:
    if due is not None:
        return day_certain(due.date(), rule)
    period = Period(days, rule) if days else civil_rules.load().period(made.kind)
    return None if period is None else due_day(made.served, period, court, made.by)


def _told(made: RequestSet, found: requests_served.ServedPaper) -> bool:
    """Print what an import found; return whether its numbers are odd."""
    count = counting.count(len(found.requests), "request")
    console.say(f"{made.name}: {count}, as served in {made.source.name if made.source else ''}.")
    _say_due(made)
    if found.removed:
        lines = counting.count(len(found.removed), "line")
        console.say(f"Taken off the pages (running heads, page and line numbers): {lines}.")
    for each in found.unparsed:
        words = " ".join(each.text.split())
        console.say(
            f"Not a request, {each.where}: {each.why}" + (f": {words[:100]}" if words else "")
        )
    return any(each.why not in requests_served.SECTIONS for each in found.unparsed)


def _say_due(held: RequestSet) -> None:
    if held.due is None:
        console.say("No rule sets a due day; give one with --due or --period.")
        return
    console.say(f"Due {console.due_days(held.due)} ({held.due.rule}).")
    for step in held.due.steps:
        console.say(f"  {step}")
    if held.due.because:
        console.say(f"  Not certain: {held.due.because}")


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plain(standing: RequestStatus, day: date) -> dict[str, Any]:
    due, response = standing.set.due, standing.response
    return {
        "set": standing.set.name,
        "kind": standing.set.kind,
        "number": standing.request.number,
        "text": standing.request.text,
        "state": standing.state,
        "draft": standing.draft,
        "due": due and due.body(),
        "days_left": due and due.left(day),
        "late": standing.late(day),
        "response": response and response.body(),
    }


def _print(register: RequestRegister, day: date) -> None:
    for name, held in register.sets.items():
        standings = register.of(name)
        console.say(
            f"{name}: {counting.count(len(standings), 'request')}, "
            f"served {held.served} by {held.by}."
        )
        if held.due is None:
            console.say("  No rule sets a due day.")
        else:
            _print_due(held.due, day, _served_in(standings))
        for each in standings:
            draft = ", draft" if each.draft else ""
            words = " ".join(each.request.text.split())
            console.say(f"  {each.request.number:>4}  {each.state + draft:22}  {words[:80]}")
    if not register.sets:
        console.say("Nothing is asked. Next: forthwith requests import FILE")


def _served_in(standings: Sequence[RequestStatus]) -> str:
    """Return the papers that answered a whole set, latest of each request; "" while any waits."""
    papers = [
        next((past.served for past in reversed(each.history) if past.served), "")
        for each in standings
    ]
    return ", ".join(dict.fromkeys(papers)) if all(papers) else ""


def _print_due(due: DueDay, day: date, served: str) -> None:
    left = f"served in {served}" if served else console.days_left(due.day, day)
    console.say(f"  Due {console.due_days(due)}, {left} ({due.rule}).")
    if due.because:
        console.say(f"  Not certain: {due.because}")
