"""The questions of the books: position, coverage, breaks, commingling, payments, census, keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from forthwith.books.report.sheets import dressing_words, through_words
from forthwith.cli import console
from forthwith.cli.books.common import (
    WHEN,
    Given,
    books_options,
    parameters_line,
    period_options,
    table,
)
from forthwith.plain.counting import count
from forthwith.workflows.books import ask
from forthwith.workflows.books.options import When

_Json = Mapping[str, Any]
#: Rows of evidence named on a line before the rest is only counted.
_ROWS = 4


def printed(given: Given, body: _Json) -> bool:
    """Print JSON where it is asked for; returns whether it was."""
    if given.as_json:
        console.raw(json.dumps(body, ensure_ascii=False))
    return given.as_json


@click.command()
@click.option("--at", type=WHEN, metavar="WHEN", help="The instant; a day or month: its end.")
@books_options
def position(given: Given, at: When | None) -> None:
    """Say what customers are owed and what is held for them at one instant.

    Without --at: at the end of the last day of which the books speak.
    """
    body = ask.position(given.home, given.options, at)
    if printed(given, body):
        return
    console.say(f"Position at {body['at']}")
    for chain, block in body["heights"].items():
        shown = f"block {block['height']:,} {block['hash']}" if block else body["refused"][chain]
        console.say(f"  {chain}: {shown}")
    table(
        ("Asset", "Owed to customers", "of it affiliated LPs", "Held for them", "Difference"),
        [
            (asset["asset"], asset["owed_customers"], asset["owed"]["affiliated_lp"],
             asset["held_customers"] or "not shown", asset["difference"] or "not shown")
            for asset in body["assets"]
        ],
        1,
    )  # fmt: skip
    for asset in body["assets"]:
        _position_words(asset)
    _say_notes(body)
    console.say(parameters_line(body["parameters"]))


def _position_words(asset: _Json) -> None:
    name = asset["asset"]
    for place, why in asset["not_shown"].items():
        console.say(f"{name}: what {place} held is not shown: {why}.")
    if _more_than_nothing(asset["shortfall"] or ""):
        console.say(f"{name}: SHORT by {asset['shortfall']}.")
    if _more_than_nothing(asset["dust"]):
        console.say(f"{name}: {asset['dust']} is short and at or below the floor (dust).")
    if asset["owed"]["negative"].startswith("-"):
        console.say(f"{name}: customers owe {asset['owed']['negative']}; it reduces no other's.")
    for place, amount in asset["unregistered"].items():
        console.say(f"{name}: {amount} lies at {place}, which no register names.")
    if asset["unproved"]:
        total = count(len(asset["unproved"]), "place")
        console.say(f"{name}: no proof of control in time at addresses of {total} (see --json).")
    if _more_than_nothing(asset["unexplained"] or ""):
        console.say(f"{name}: {asset['unexplained']} of the difference is UNEXPLAINED.")
    if asset["breaks"]:
        console.say(f"{name}: {count(len(asset['breaks']), 'break')}: forthwith books breaks")


def _more_than_nothing(amount: str) -> bool:
    return bool(amount.strip("-0."))


@click.command()
@period_options
@click.option("--html", "page", type=click.Path(path_type=Path), help="Draw it on a page.")
@click.option("--png", "picture", type=click.Path(path_type=Path), help="Draw it as a PNG.")
@books_options
def coverage(
    given: Given, start: When | None, end: When | None, page: Path | None, picture: Path | None
) -> None:
    """Say whether what is held covered what is owed at every instant, not only at month ends.

    Exit status 1 where there was a shortfall.
    """
    body, written = ask.coverage(given.home, given.options, start, end, page, picture)
    short = bool(body["shortfalls"])
    if not printed(given, body):
        console.say(f"Coverage from {body['from']} to {body['to']}")
        if short:
            table(
                ("Asset", "Short from", "to", "Most", "at", "Days touched", "Days at their end"),
                [
                    (row["asset"], row["from"], row["to"] or "still", row["most"], row["most_at"],
                     str(row["days_touched"]), str(row["days_at_end_of_day"]))
                    for row in body["shortfalls"]
                ],
                3,
            )  # fmt: skip
        else:
            shown = " that is shown" if body["gaps"] else ""
            console.say(f"No shortfall above the floors, at any event{shown}.")
        table(
            ("Asset", "Month", "Least difference", "at"),
            [(row["asset"], row["month"], row["least"], row["at"]) for row in body["least"]],
            2,
        )
        for row in body["dressing"]:
            console.say(f"Dressing: {dressing_words(row)}.")
        _say_answers(body["answer"])
        _say_notes(body)
        console.say(parameters_line(body["parameters"]))
        say_written(written)
    raise SystemExit(console.FINDINGS if short else console.CLEAN)


def _say_answers(answers: Mapping[str, _Json]) -> None:
    for asset, answer in answers.items():
        console.say(f"fully_backed({asset}): {answer['answer']}.")
        if answer["answer"] == "excluded":
            console.say(
                f"  On {answer['at']} {answer['owed']} was owed, and everything there is, the "
                f"house's and what is unproved counted, came to {answer['counted']}."
            )
        if ways := answer["missing"]:
            # One part of a chain may be lacking for several places.
            least = list(dict.fromkeys(fact["says"] for fact in ways[0]))
            shown = "; ".join(least[:_ROWS])
            more = f"; and {len(least) - _ROWS} more (see --json)" if len(least) > _ROWS else ""
            others = f" (the least of {len(ways)} sets of facts)" if len(ways) > 1 else ""
            console.say(f"  Would be shown by{others}: {shown}{more}.")
        for caveat in answer["caveats"]:
            console.say(f"  {caveat[:1].upper()}{caveat[1:]}.")


@click.command()
@click.option("--at", type=WHEN, metavar="WHEN", help="The instant; a day or month: its end.")
@books_options
def breaks(given: Given, at: When | None) -> None:
    """Explain the difference between held and owed to the last unit. Exit status 1 if any."""
    body = ask.breaks(given.home, given.options, at)
    if not printed(given, body):
        stale = [row for row in body["breaks"] if row["kind"] == "stale_proof"]
        for row in body["breaks"]:
            if row["kind"] != "stale_proof":
                amount = f" {row['asset']} {row['amount']}" if row["asset"] else ""
                console.say(f"{row['kind']}{amount}, {count(row['age_days'], 'day')} old:")
                console.say(f"    {row['says']}.")
                console.say(f"    {row['cure']}.  [{_rows(row['rows'])}]")
        if stale:
            console.say(f"stale_proof: {count(len(stale), 'address', 'addresses')} without a proof")
            console.say(
                "    of control that is new enough (see --json and forthwith books census)."
            )
        for asset, amount in body.get("unexplained", {}).items():
            if _more_than_nothing(amount):
                console.say(f"{asset}: {amount} is UNEXPLAINED.")
        console.say(f"{count(len(body['breaks']), 'break')} at {body['at']}.")
        console.say(parameters_line(body["parameters"]))
    raise SystemExit(console.FINDINGS if body["breaks"] else console.CLEAN)


@click.command()
@period_options
@click.option("--place", help="Only this place; with --html or --png its stakes are drawn.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Draw it on a page.")
@click.option("--png", "picture", type=click.Path(path_type=Path), help="Draw it as a PNG.")
@books_options
def commingling(given: Given, place: str | None, **asked: Any) -> None:
    """List when customers' value lay with anyone else's, and when it was used.

    Exit status 1 where it did.
    """
    body, written = ask.commingling(given.home, given.options, place, **asked)
    loud = [row for row in body["intervals"] if row["kind"] != "beside"]
    if not printed(given, body):
        table(
            ("Place", "Asset", "Kind", "With", "From", "To", "Customers' most", "Others' most"),
            [
                (row["place"], row["asset"], row["kind"], ", ".join(row["groups"]), row["from"],
                 row["to"] or "still", row["customers_most"], row["other_most"])
                for row in loud
            ],
            6,
        )  # fmt: skip
        if beside := len(body["intervals"]) - len(loud):
            console.say(f"{count(beside, 'interval')} of another asset beside customers' (--json).")
        if not loud:
            console.say("Customers' value lay with nobody else's above the floors.")
        _say_notes(body)
        console.say(parameters_line(body["parameters"]))
        say_written(written)
    raise SystemExit(console.FINDINGS if loud else console.CLEAN)


@click.command()
@period_options
@books_options
def payments(given: Given, start: When | None, end: When | None) -> None:
    """List whom the exchange paid, and which payees are affiliates, directly or through others."""
    body = ask.payments(given.home, given.options, start, end)
    if printed(given, body):
        return
    table(
        ("Payee", "As written", "Affiliate", "Asset", "Payments", "Amount"),
        [
            (row["entity"], ", ".join(row["as_written"]), row["affiliate"], row.get("asset", ""),
             str(row["count"]), row["amount"])
            for row in body["payees"]
        ],
        4,
    )  # fmt: skip
    for row in body["payees"]:
        for way in row["through"]:
            console.say(f"{row['entity']}: {through_words(way)}.")
        if row["not_followed"]:
            console.say(f"{row['entity'] or ', '.join(row['as_written'])}: {row['not_followed']}.")
    _say_notes(body)
    console.say(parameters_line(body["parameters"]))


@click.command()
@click.option("--html", "page", type=click.Path(path_type=Path), help="Draw its proofs on a page.")
@click.option("--png", "picture", type=click.Path(path_type=Path), help="Draw them as a PNG.")
@books_options
def census(given: Given, page: Path | None, picture: Path | None) -> None:
    """List every place since the first day, and what behaves like ours and is not registered.

    The picture is a calendar: on which days a proof of control of each address was in time.
    Exit status 1 where there are suspects.
    """
    body, written = ask.census(given.home, given.options, page, picture)
    if not printed(given, body):
        table(
            ("Place", "Number", "First move", "Last move", "Greatest balance"),
            [
                (row["place"], row["number"], row["first_move"] or "none",
                 row["last_move"] or "none",
                 ", ".join(f"{most['amount']} {name}" for name, most in row["greatest"].items()))
                for row in body["places"]
            ],
            4,
        )  # fmt: skip
        for row in body["suspects"]:
            console.say(f"Not registered: {row['address']}: {row['why']}  [{_rows(row['rows'])}]")
        _say_notes(body)
        say_written(written)
    raise SystemExit(console.FINDINGS if body["suspects"] else console.CLEAN)


@click.command()
@period_options
@click.option("--facts", type=click.Path(path_type=Path), metavar="DIR",
              help="Custody's tables, instead of the matter's.")  # fmt: skip
@books_options
def exercised(given: Given, start: When | None, end: When | None, facts: Path | None) -> None:
    """Say which keys signed each move, who held them that day, and which policy allows it.

    Exit status 1 where a move is allowed by no path of the facts.
    """
    body = ask.exercised(given.home, given.options, start, end, facts)
    loud = [row for row in body["moves"] if row["allowed"] is False]
    if not printed(given, body):
        for row in loud:
            console.say(f"NO PATH ALLOWS {row['move']}: signed with {', '.join(row['means'])}")
        table(
            ("Move", "Signed with", "Held by", "Paths"),
            [
                (row["move"], ", ".join(row["means"]), ", ".join(map(str, row["holders"])),
                 ", ".join(row["paths"]))
                for row in body["moves"]
            ],
            4,
        )  # fmt: skip
        _say_notes(body)
    raise SystemExit(console.FINDINGS if loud else console.CLEAN)


def _rows(rows: Sequence[str]) -> str:
    shown = ", ".join(rows[:_ROWS])
    return shown + (f" and {len(rows) - _ROWS:,} more" if len(rows) > _ROWS else "")


def _say_notes(body: _Json) -> None:
    for gap in body.get("gaps", ()):
        console.say(f"Not shown: {gap['place']} from {gap['from'] or 'the start'}: {gap['why']}.")
    for note in body.get("notes", ()):
        console.say(f"Note: {note}")


def say_written(written: Iterable[tuple[Path, int]]) -> None:
    """Name the files that were written."""
    for place, size in written:
        console.say(f"{place} written, {size:,} bytes.")
