"""`books trace`: a sum followed by five methods side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.books.answers import printed, say_written
from forthwith.cli.books.common import WHEN, Given, books_options, table
from forthwith.workflows.books.options import When
from forthwith.workflows.books.trace import trace as trace_of


@click.command()
@click.argument("claim")
@click.option("--until", type=WHEN, metavar="WHEN", help="Follow it up to here.")
@click.option("--opening", type=click.Choice(("other", "first")), default="other",
              show_default=True, help="What an opening is that nothing characterises.")  # fmt: skip
@click.option("--follow-trades", is_flag=True, help="Go on in what a traced sum was traded for.")
@click.option("--states", type=click.IntRange(1), default=50_000, show_default=True,
              help="Orders of one day looked at.")  # fmt: skip
@click.option("--order", default="", type=click.Choice(("", "statement", "credits_first",
              "debits_first")), help="Order that the picture shows.")  # fmt: skip
@click.option("--html", "page", type=click.Path(path_type=Path), help="Draw it on a page.")
@click.option("--png", "picture", type=click.Path(path_type=Path), help="Draw it as a PNG.")
@books_options
def trace(
    given: Given,
    claim: str,
    until: When | None,
    opening: str,
    states: int,
    order: str,
    page: Path | None,
    picture: Path | None,
    *,
    follow_trades: bool,
) -> None:
    """Follow the sum of a CLAIM (a row of claims) by five methods, with the range over orders."""
    options = replace(given.options, opening=opening, follow_trades=follow_trades, states=states)
    body, written = trace_of(given.home, options, claim, until, page, picture, order=order)
    if printed(given, body):
        return
    console.say(
        f"{body['claim']}: {body['amount']} {body['asset']} came into {body['place']} on "
        f"{body['since']} ({body['reference']}), claimed for {body['claimant'] or 'nobody named'}."
    )
    console.say(f"Followed: {', '.join(body['follow']) or 'nothing'}.")
    rows = []
    for method, orders in body["methods"].items():
        outcomes = list(orders.items())
        same = all(
            (outcome["left"], outcome["gone"]) == (outcomes[0][1]["left"], outcomes[0][1]["gone"])
            for _, outcome in outcomes
        )
        for name, outcome in outcomes[:1] if same else outcomes:
            shown = [
                *(("left in", place, amount) for place, amount in outcome["left"].items()),
                *(("went to", place, amount) for place, amount in outcome["gone"].items()),
            ]
            for number, (what, place, amount) in enumerate(shown or [("", "nothing", "")]):
                first = number == 0
                rows.append(
                    (method if first else "", ("every order" if same else name) if first else "",
                     what, place, amount)
                )  # fmt: skip
    table(("Method", "Order", "", "Place", "Amount"), rows, 4, whole=True)
    for method, bounds in body["range"].items():
        for place, (least, most) in {**bounds["left"], **bounds["gone"]}.items():
            if least != most:
                over = bounds["over"].get("left") or bounds["over"].get("gone") or ""
                console.say(f"{method}, {place}: {least} to {most} over {over or 'the orders'}.")
    for stop in body["stopped_at"]:
        console.say(f"Stopped at {stop['place']}, last shown {stop['day']}: {stop['why']}.")
    for note in body["notes"]:
        console.say(f"Note: {note}.")
    console.say("No authority fixes a method; courts choose by the case. Poison is a bound only.")
    say_written(written)
