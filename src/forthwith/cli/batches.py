"""`batches`: cut documents into batches, hand them out, see how far they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.cli.as_login import alone, asks, opened
from forthwith.domain.batches import Batch
from forthwith.domain.users import Right
from forthwith.plain.counting import count
from forthwith.review.batches import PAGES, Size
from forthwith.workflows.room import batches as desk

_WIDE = 30


@click.group(invoke_without_command=True)
@asks
@click.pass_context
def batches(context: click.Context, as_login: str, *, as_json: bool) -> None:
    """Cut documents into batches, take one, give it back, say it is done; alone, list them."""
    alone(context, listed, as_login, as_json=as_json)


@batches.command("list")
@asks
@click.pass_obj
def listed(home: Path, as_login: str, *, as_json: bool) -> None:
    """List batches with how far they are; to whoever leads, with each reviewer's progress."""
    with opened(home, as_login) as (room, seer):
        rows = desk.listed(room, seer)
        progress = desk.progress(room, seer) if seer.may(Right.MANAGE) else []
    if as_json:
        body = {
            "batches": [
                {**_plain(row.batch), "documents": row.documents, "pages": row.pages,
                 "coded": row.coded, "mine": row.mine, "takeable": row.takeable, "idle": row.idle}
                for row in rows
            ],
            "progress": [
                {"login": row.login, "holds": row.holds, "done": row.done,
                 "documents": row.documents, "coded": row.coded}
                for row in progress
            ],
        }  # fmt: skip
        console.raw(json.dumps(body, ensure_ascii=False))
        return
    if not rows:
        console.say("There is no batch for you. Whoever leads the review cuts them.")
        return
    terminal.table(
        ("batch", "name", "pass", "state", "who", "documents", "pages", "coded"),
        [
            (
                row.batch.id,
                _short(row.batch.name),
                row.batch.pass_,
                "left lying" if row.idle else row.batch.state,
                row.batch.holder or ", ".join(row.batch.offered),
                f"{row.documents:,}",
                f"{row.pages:,}",
                f"{row.coded:,}",
            )
            for row in rows
        ],
        numbers=5,
    )
    for reviewer in progress:
        has = f", has {reviewer.holds}" if reviewer.holds else ""
        console.say(
            f"{reviewer.login}: {reviewer.coded:,} of {count(reviewer.documents, 'document')} "
            f"coded, {count(reviewer.done, 'batch', 'batches')} done{has}."
        )


@batches.command("cut")
@click.option("--query", default="", help="What is cut, with its families; everything without it.")
@click.option("--name", default="", help="What the batches are called.")
@click.option("--pages", type=click.IntRange(1), help=f"Pages of a batch; {PAGES}.")
@click.option("--documents", type=click.IntRange(1), help="Documents of a batch, not pages.")
@click.option(
    "--pass", "pass_", type=click.Choice(["first", "second", "qc"]), default="first",
    show_default=True, help="Which reading they are for.",
)  # fmt: skip
@click.option("--to", "offered", multiple=True, metavar="LOGIN", help="Who alone may take them.")
@asks
@click.pass_obj
def cut(
    home: Path,
    /,
    as_login: str,
    pages: int | None,
    documents: int | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Cut a selection into batches: families whole, conversations together."""
    if pages and documents:
        raise click.UsageError("Give --pages or --documents, not both.")
    size = Size(0 if documents else pages or PAGES, documents or 0)
    with opened(home, as_login) as (room, seer):
        made = desk.cut(room, seer, size=size, **given)
    if as_json:
        body = {
            "batches": [_plain(batch) for batch in made.batches],
            "documents": made.documents,
            "families": made.families,
            "already": made.already,
        }
        console.raw(json.dumps(body, ensure_ascii=False))
        return
    already = (
        f" {count(made.already, 'document')} stood in a batch of this pass before and stayed there."
        if made.already
        else ""
    )
    which = f": {made.batches[0].id} to {made.batches[-1].id}" if len(made.batches) > 1 else ""
    console.say(
        f"{count(len(made.batches), 'batch', 'batches')} cut of "
        f"{count(made.documents, 'document')} in {count(made.families, 'family', 'families')}"
        f"{which}.{already}"
    )


@batches.command("take")
@click.argument("batch", default="")
@asks
@click.pass_obj
def take(home: Path, batch: str, as_login: str, *, as_json: bool) -> None:
    """Take BATCH, or the next one offered to you or open."""
    with opened(home, as_login) as (room, seer):
        taken = desk.take(room, seer, batch)
        documents = desk.documents(room, seer, taken.id)
    _tell(taken, f"is yours: {count(len(documents), 'document')}", documents, as_json=as_json)


@batches.command("give")
@click.argument("batch", default="")
@asks
@click.pass_obj
def give(home: Path, batch: str, as_login: str, *, as_json: bool) -> None:
    """Give your batch back, or take back BATCH that was not touched for two hours."""
    with opened(home, as_login) as (room, seer):
        given = desk.give(room, seer, batch)
    _tell(given, "is open to others", [], as_json=as_json)


@batches.command("done")
@click.argument("batch", default="")
@asks
@click.pass_obj
def done(home: Path, batch: str, as_login: str, *, as_json: bool) -> None:
    """Say that your batch is worked through."""
    with opened(home, as_login) as (room, seer):
        closed = desk.done(room, seer, batch)
    _tell(closed, "is done", [], as_json=as_json)


@batches.command("offer")
@click.argument("batch")
@click.argument("logins", nargs=-1)
@asks
@click.pass_obj
def offer(home: Path, batch: str, logins: tuple[str, ...], as_login: str, *, as_json: bool) -> None:
    """Let nobody but LOGINS take BATCH; everybody, where none is named."""
    with opened(home, as_login) as (room, seer):
        offered = desk.offer(room, seer, batch, logins)
    whom = ", ".join(offered.offered) or "whoever may code its pass"
    _tell(offered, f"is offered to {whom}", [], as_json=as_json)


@batches.command("show")
@click.argument("batch")
@asks
@click.pass_obj
def show(home: Path, batch: str, as_login: str, *, as_json: bool) -> None:
    """List the documents of BATCH in the order they are read."""
    with opened(home, as_login) as (room, seer):
        rows = desk.documents(room, seer, batch)
    if as_json:
        body = {"batch": batch, "controls": [[control, coded] for control, coded in rows]}
        console.raw(json.dumps(body, ensure_ascii=False))
        return
    for control, coded in rows:
        console.say(f"{control}{'  coded' if coded else ''}")


def _tell(batch: Batch, what: str, documents: list[tuple[str, bool]], *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps(_plain(batch), ensure_ascii=False))
        return
    console.say(f"{batch.id} ({batch.name}) {what}.")
    first = next((control for control, coded in documents if not coded), "")
    if first:
        console.say(f"The first one to code is {first}.")


def _plain(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "name": batch.name,
        "pass": batch.pass_.value,
        "state": batch.state.value,
        "holder": batch.holder,
        "offered": list(batch.offered),
        "taken_at": batch.taken_at,
        "touched_at": batch.touched_at,
    }


def _short(name: str) -> str:
    return name if len(name) <= _WIDE else f"{name[: _WIDE - 1]}…"
