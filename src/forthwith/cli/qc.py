"""`qc`: samples of what was coded, coded again blind, and what they show."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.cli.as_login import alone, asks, opened
from forthwith.domain.batches import Sample
from forthwith.plain.counting import count
from forthwith.review.quality import BAR, CONFIDENCE, Elusion, Overturned
from forthwith.workflows.room import quality as desk
from forthwith.workflows.room.quality import Drawn, Report

_DRAWN = (
    click.option("--seed", default="", help="Draws the same again; random without it."),
    click.option("--confidence", type=float, default=CONFIDENCE, show_default=True),
    click.option(
        "--side", type=click.Choice(["ours", "theirs"]), default="ours", show_default=True
    ),
    click.option("--to", "offered", multiple=True, metavar="LOGIN", help="Who alone may read it."),
)


def _drawn(command: Any) -> Any:
    for option in reversed(_DRAWN):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@asks
@click.pass_context
def qc(context: click.Context, as_login: str, *, as_json: bool) -> None:
    """Draw samples of what was coded, report what a second reader says; alone, list them."""
    alone(context, listed, as_login, as_json=as_json)


@qc.command("draw")
@click.option("-n", "documents", type=click.IntRange(1), default=desk.PER_REVIEWER,
              show_default=True, help="Documents of each reviewer.")  # fmt: skip
@click.option("--mark", default="", help="The mark by whose values it is drawn; responsiveness.")
@click.option("--bar", type=float, default=BAR, show_default=True,
              help="Overturned share above which a reviewer's batches open again.")  # fmt: skip
@click.option("--reviewer", "reviewers", multiple=True, metavar="LOGIN", help="Of these alone.")
@_drawn
@asks
@click.pass_obj
def draw(home: Path, /, as_login: str, *, as_json: bool, **given: Any) -> None:
    """Draw documents of each reviewer at random, to be coded again by somebody else, blind."""
    with opened(home, as_login) as (room, seer):
        _tell_drawn(desk.draw_as_asked(room, seer, kind=desk.QC, **given), as_json=as_json)


@qc.command("elusion")
@click.option("-n", "documents", type=click.IntRange(1), default=desk.ELUSION, show_default=True,
              help="Documents drawn.")  # fmt: skip
@_drawn
@asks
@click.pass_obj
def elusion(home: Path, /, as_login: str, *, as_json: bool, **given: Any) -> None:
    """Draw documents of all that is marked not responsive."""
    with opened(home, as_login) as (room, seer):
        _tell_drawn(
            desk.draw_as_asked(room, seer, kind=desk.ELUSION_KIND, **given), as_json=as_json
        )


def _tell_drawn(drawn: Drawn, *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps(_plain(drawn.sample), ensure_ascii=False))
        return
    number = sum(len(stratum.drawn) for stratum in drawn.strata)
    console.say(
        f"{drawn.sample.id} is drawn: {count(number, 'document')} of "
        f"{drawn.sample.body['population']:,}, by the seed {drawn.sample.body['seed']}."
    )
    console.say(f"It is batch {drawn.batch.id}, for somebody who did not code it first.")


@qc.command("list")
@asks
@click.pass_obj
def listed(home: Path, as_login: str, *, as_json: bool) -> None:
    """List the samples in the order drawn."""
    with opened(home, as_login) as (room, seer):
        samples = desk.samples(room, seer)
    if as_json:
        console.raw(json.dumps([_plain(sample) for sample in samples], ensure_ascii=False))
        return
    if not samples:
        console.say("No sample is drawn. forthwith qc draw, or forthwith qc elusion, draws one.")
    for sample in samples:
        console.say(
            f"{sample.id}  {sample.kind}  batch {sample.batch}  {sample.at[:16].replace('T', ' ')}"
            f"  {sample.who}  of {sample.body['population']:,}  seed {sample.body['seed']}"
        )


@qc.command("report")
@click.argument("sample")
@asks
@click.pass_obj
def report(home: Path, sample: str, as_login: str, *, as_json: bool) -> None:
    """Say what SAMPLE shows so far.

    Exit status 1: a reviewer is above the bar.
    """
    with opened(home, as_login) as (room, seer):
        found = desk.report(room, seer, sample)
    if as_json:
        console.raw(json.dumps(_report_plain(found), ensure_ascii=False))
    elif found.elusion is not None:
        _tell_elusion(found, found.elusion)
    else:
        _tell(found)
    raise SystemExit(console.FINDINGS if found.failing else console.CLEAN)


def _tell(found: Report) -> None:
    confidence = found.sample.body["confidence"]
    console.say(
        f"{found.sample.id}: {found.read:,} of {count(found.drawn, 'document')} coded again."
    )
    terminal.table(
        ("reviewer", found.sample.body["mark"], "coded", "drawn", "read", "overturned", "share",
         f"{confidence:.0%} interval"),
        [_line(row) for row in found.overturned],
        numbers=2,
    )  # fmt: skip
    for mark in found.agreements:
        it = mark.agreement
        kappa = (
            "no kappa: both say one and the same throughout"
            if it.kappa is None or it.low is None or it.high is None
            else f"kappa {it.kappa:.2f} ({it.low:.2f} to {it.high:.2f})"
        )
        console.say(f"{mark.mark}: {it.observed:.1%} agreed, {kappa}.")
    if found.failing:
        console.say(
            f"Above the bar of {found.sample.body['bar']:.0%}: {', '.join(found.failing)}. Their "
            "batches open again when the sample's batch is done."
        )


def _line(row: Overturned) -> tuple[str, ...]:
    interval = f"{row.low:.1%} to {row.high:.1%}" if row.read else ""
    return (
        row.reviewer or "all",
        row.value or ("(not set)" if row.stratum else "any"),
        f"{row.population:,}",
        f"{row.drawn:,}",
        f"{row.read:,}",
        f"{row.overturned:,}",
        f"{row.rate:.1%}" if row.read else "",
        interval,
    )


def _tell_elusion(found: Report, eluded: Elusion) -> None:
    low, high = eluded.recall
    console.say(
        f"{found.sample.id}: {eluded.read:,} of {count(eluded.drawn, 'document')} coded again, of "
        f"{eluded.lot:,} marked not responsive; {eluded.found:,} found responsive after all."
    )
    console.say(
        f"At {found.sample.body['confidence']:.0%} confidence {eluded.least:,} to "
        f"{eluded.most:,} of them are, and the review found {low:.1%} to {high:.1%} of all that is "
        "responsive. Errors of the second reading are not in this."
    )


def _plain(sample: Sample) -> dict[str, Any]:
    body = sample.body
    return {
        "sample": sample.id,
        "kind": sample.kind,
        "batch": sample.batch,
        "who": sample.who,
        "at": sample.at,
        "mark": body["mark"],
        "seed": body["seed"],
        "confidence": body["confidence"],
        "population": body["population"],
        "frame": body["frame"],
        "strata": [
            {
                "reviewer": row["reviewer"],
                "value": row["value"],
                "population": row["population"],
                "drawn": len(row["drawn"]),
            }
            for row in body["strata"]
        ],
    }


def _report_plain(found: Report) -> dict[str, Any]:
    return {
        "sample": _plain(found.sample),
        "drawn": found.drawn,
        "read": found.read,
        "overturned": [{**asdict(row), "rate": row.rate} for row in found.overturned],
        "agreements": [{"mark": row.mark, **asdict(row.agreement)} for row in found.agreements],
        "failing": list(found.failing),
        "reopen": list(found.reopen),
        "elusion": asdict(found.elusion) if found.elusion else None,
    }
