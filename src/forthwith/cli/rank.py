"""`rank`: documents in the order learnt from codings, and a stop that a sample certifies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.cli.as_login import asks, opened
from forthwith.plain.counting import count
from forthwith.review.ranking import Model
from forthwith.review.stopping import CONFIDENCE, TARGET
from forthwith.workflows import publish
from forthwith.workflows.room import ranking as desk
from forthwith.workflows.room import stop_paper, stops
from forthwith.workflows.room.ranking import Status
from forthwith.workflows.room.stops import StopReport


class _Named(click.Group):
    """A group whose first word is a name: what follows it is a command, or options of the group."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take options behind the name for the group's own, unless a command stands there."""
        ctx.allow_interspersed_args = not (len(args) > 1 and args[1] in self.commands)
        return super().parse_args(ctx, args)


@click.group(cls=_Named, invoke_without_command=True)
@click.argument("name", required=False)
@click.option("--mark", help="The mark of the form that is looked for; responsiveness.")
@click.option("--value", help="The answer of it that is looked for; yes.")
@click.option("--query", help="Only what this search finds; all documents without it.")
@click.option("--side", type=click.Choice(["ours", "theirs"]), help="Whose documents; ours.")
@click.option("--model", type=click.Choice(list(Model)), help="What orders them; svm.")
@click.option("--like", metavar="TEXT", help="A text to begin with, as if it were relevant.")
@click.option("--seed", help="Draws and orders the same again; random without it.")
@asks
@click.pass_context
def rank(
    context: click.Context,
    /,
    name: str | None,
    as_login: str,
    *,
    as_json: bool,
    **given: str | None,
) -> None:
    """Rank documents under NAME by what was coded; alone, list the rankings.

    NAME alone shows how far a ranking is; with --mark, or another option, it is named first.
    """
    options = {option: value for option, value in given.items() if value is not None}
    if context.invoked_subcommand is not None:
        if options or as_login or as_json:
            word = "--as" if as_login else "--json" if as_json else f"--{next(iter(options))}"
            raise click.UsageError(f"Write {word} after {context.invoked_subcommand}.")
        context.obj = (context.obj, name or "")
        return
    home: Path = context.obj
    with opened(home, as_login) as (room, seer):
        if name is None:
            if options:
                raise click.UsageError("Say what the ranking is called: forthwith rank NAME …")
            rows = desk.listed(room, seer)
        elif options:
            rows = [desk.name(room, seer, name, **options)]
        else:
            rows = [desk.status(room, seer, name)]
    if as_json:
        plain = [row.as_json() for row in rows]
        console.raw(json.dumps(plain if name is None else plain[0], ensure_ascii=False))
    elif name is None:
        _list(rows)
    else:
        _tell(rows[0])


@rank.command("next")
@click.option("-n", "documents", type=click.IntRange(1), help="Documents, before their families.")
@click.option("--to", "offered", multiple=True, metavar="LOGIN", help="Who alone may take them.")
@click.option("--preview", is_flag=True, help="Only say which; cut no batch.")
@asks
@click.pass_obj
def next_(
    given: tuple[Path, str],
    documents: int | None,
    offered: tuple[str, ...],
    as_login: str,
    *,
    preview: bool,
    as_json: bool,
) -> None:
    """Cut what is to be read next into a batch, families whole."""
    home, name = given
    with opened(home, as_login) as (room, seer):
        found = desk.propose(room, seer, name, documents or 0, offered=offered, preview=preview)
    if as_json:
        console.raw(
            json.dumps(
                {
                    "ranking": found.ranking,
                    "turn": found.turn,
                    "by": found.by,
                    "batches": [batch.id for batch in found.batches],
                    "controls": list(found.controls),
                    "families": found.families,
                    "left": found.left,
                },
                ensure_ascii=False,
            )
        )
        return
    if not found.controls:
        console.say("Nothing is left to read: all is decided, or in a batch.")
        return
    what = (
        f"{count(len(found.controls), 'document')} in {count(found.families, 'family', 'families')}"
    )
    how = "drawn at random: nothing can be learnt yet" if found.by == "random" else "as ranked"
    if preview:
        console.say(f"Next would be {what}, {how}: {', '.join(found.controls)}")
    else:
        names = ", ".join(batch.id for batch in found.batches)
        word = "Batch" if len(found.batches) == 1 else "Batches"
        console.say(f"{word} {names}: {what}, {how}. {found.left:,} left after them.")


@rank.command("status")
@asks
@click.pass_obj
def status(given: tuple[Path, str], as_login: str, *, as_json: bool) -> None:
    """Say how far a ranking is, and its stops."""
    home, name = given
    with opened(home, as_login) as (room, seer):
        found = desk.status(room, seer, name)
    if as_json:
        console.raw(json.dumps(found.as_json(), ensure_ascii=False))
        return
    _tell(found)


@rank.command("stop")
@click.option("--target", type=float, help=f"Recall that is to be promised; {TARGET}.")
@click.option("--confidence", type=float, help=f"How surely; {CONFIDENCE}.")
@click.option(
    "--rule",
    type=click.Choice(["certificate", "qbcb"]),
    help="By a sample of what is unread, or by one drawn beforehand; certificate.",
)
@click.option(
    "-n",
    "documents",
    type=click.IntRange(1),
    help="Documents drawn; the fewest that will do without it.",
)
@click.option(
    "--allowing",
    "allowed",
    type=click.IntRange(0),
    default=stops.ALLOWED,
    show_default=True,
    help="Relevant ones the sample may hold and still certify.",
)
@click.option(
    "-r",
    "wanted",
    type=click.IntRange(1),
    help="Of qbcb: relevant documents its sample must hold.",
)
@click.option("--seed", default="", help="Draws the same again; random without it.")
@click.option("--to", "offered", multiple=True, metavar="LOGIN", help="Who alone may code them.")
@click.option("--again", is_flag=True, help="Leave a stop that waits, and draw another try.")
@asks
@click.pass_obj
def stop(given: tuple[Path, str], /, as_login: str, *, as_json: bool, **asked: Any) -> None:
    """Draw the sample of a stop; once that is coded, draw its check; once that is made, count it.

    Exit status 1: it is counted, and certifies nothing.
    """
    home, name = given
    with opened(home, as_login) as (room, seer):
        said = {option: value for option, value in asked.items() if value is not None}
        found = stops.go_on(room, seer, name, stops.Asked(**said))
    if as_json:
        console.raw(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        _tell_stop(found)
    failed = found.stop.counted and not found.stop.certified
    raise SystemExit(console.FINDINGS if failed else console.CLEAN)


@rank.command("certificate")
@click.option("--stop", "number", default="", metavar="T0001", help="Which; the last counted.")
@click.option(
    "--print",
    "into",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Write it into this folder, as DOCX, PDF and TXT.",
)
@asks
@click.pass_obj
def certificate(
    given: tuple[Path, str], number: str, into: Path, as_login: str, *, as_json: bool
) -> None:
    """Print what a stop showed: an exhibit, with a paragraph for a declaration."""
    home, name = given
    with opened(home, as_login) as (room, seer):
        paper = stop_paper.paper(room, seer, name, number)
        files = publish.write_letter(paper, home / into, f"stop-{name}", ())
    if as_json:
        console.raw(json.dumps({"files": [str(path) for path in files]}, ensure_ascii=False))
        return
    for path in files:
        console.say(str(path))


def _list(rows: list[Status]) -> None:
    if not rows:
        console.say("No ranking is named yet: forthwith rank NAME --mark responsive names one.")
        return
    terminal.table(
        ("ranking", "looked for", "documents", "read", "found", "stop"),
        [
            (
                row.ranking.name,
                f"{row.ranking.mark}={row.ranking.value}",
                f"{row.documents:,}",
                f"{row.relevant + row.other:,}",
                f"{row.relevant:,}",
                "" if row.last is None else _word(row.last),
            )
            for row in rows
        ],
        numbers=2,
    )


def _word(report: StopReport) -> str:
    if not report.stop.counted:
        return f"{report.stop.id} waits"
    return f"{report.stop.id} {'certified' if report.stop.certified else 'not certified'}"


def _tell(found: Status) -> None:
    ranking = found.ranking
    where = f"what {ranking.query} finds" if ranking.query else f"all documents of {ranking.side}"
    console.say(
        f"{ranking.name}: {ranking.mark}={ranking.value} among {where}, seed {ranking.seed}."
    )
    read = found.relevant + found.other
    console.say(
        f"{read:,} of {count(found.documents, 'document')} decided, {found.relevant:,} of them "
        f"relevant; {found.unread:,} unread"
        + (f", {found.pending:,} of these in batches" if found.pending else "")
        + (f"; {found.undecided:,} coded and not decided" if found.undecided else "")
        + "."
    )
    if found.suggestion.any:
        console.say(
            "The curve suggests that little is left. That promises nothing: draw a stop, "
            f"forthwith rank {ranking.name} stop."
        )
    if found.said:
        console.say(found.said)
    if found.costs and not (found.last and found.last.stop.certified):
        console.say(f"A stop now, on try {found.attempt}, would draw at least:")
        terminal.table(
            ("target", "if none of them is relevant", "if two are", "of the unread"),
            [
                (
                    f"{100 * row.target:g} %",
                    f"{row.none:,}",
                    f"{row.two:,}",
                    f"{100 * row.share:.0f} %",
                )
                for row in found.costs
            ],
            numbers=1,
        )
    for report in found.stops:
        _tell_stop(report)


def _tell_stop(report: StopReport) -> None:
    stop = report.stop
    what = (
        f"{stop.id}: {count(len(stop.drawn), 'document')} drawn of {stop.unread:,} "
        f"{'' if stop.rule == 'qbcb' else 'unread '}by the seed {stop.seed}, to promise "
        f"{100 * stop.target:.10g} % at {100 * stop.confidence:.10g} % confidence, "
    )
    console.say(f"{what}try {stop.attempt}." if stop.rule != "qbcb" else f"{what}by qbcb.")
    if stop.counted and report.interval:
        low, high = report.interval
        console.say(
            f"{stop.before:,} found before; {stop.relevant:,} of the drawn are relevant; at most "
            f"{stop.bound:,} were unread. Recall is {100 * low:.1f} % to {100 * high:.1f} %."
        )
    if report.promise:
        console.say(report.promise)
    if report.missing:
        console.say(report.missing)
