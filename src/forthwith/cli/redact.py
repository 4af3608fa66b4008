"""`redact`: draw boxes on documents, propose and decide on them, by hand and by search."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.as_login import asks, opened
from forthwith.cli.terminal import Steps
from forthwith.domain.redactions import Rectangle, Redaction, RedactionState, Shape
from forthwith.domain.users import Seer
from forthwith.plain.counting import count
from forthwith.workflows.room import redacting, redacting_search
from forthwith.workflows.room.redacting import Drawn, ShownRedaction
from forthwith.workflows.room.room import Room

#: How each state is said of what was kept.
_SAID = {
    RedactionState.STANDING: "redacted",
    RedactionState.PROPOSED: "proposed; it covers nothing until somebody who may redact accepts it",
    RedactionState.REFUSED: "refused",
    RedactionState.REMOVED: "removed",
}
_COMMANDS = ("list", "accept", "refuse", "remove", "change", "undo", "history", "reasons")


class _Box(click.ParamType[Rectangle]):
    """Four numbers: left, top, width, height."""

    name = "LEFT,TOP,WIDTH,HEIGHT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Rectangle:
        if isinstance(value, tuple):
            return value
        numbers = [part.strip() for part in str(value).split(",")]
        if len(numbers) != 4 or not all(re.fullmatch(r"[0-9]{1,6}", part) for part in numbers):
            self.fail(
                f"{value!r} is no box. Give left, top, width and height in pixels at 300 dpi from "
                "the upper left corner: 120,300,900,60.",
                param,
                ctx,
            )
        left, top, width, height = (int(part) for part in numbers)
        return left, top, width, height


_BOX = _Box()


class _Redact(click.Group):
    """A group in which a control number stands for drawing on that document."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what begins with no command's name for what is drawn."""
        if args and args[0] not in {*_COMMANDS, "--help", "draw"}:
            args = ["draw", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Redact, invoke_without_command=True)
@click.pass_context
def redact(context: click.Context) -> None:
    """Redact documents: forthwith redact FW00000012 --page 2 --box 120,300,900,60 --reason PII.

    Boxes snap to whole words. `redact --query … --reason PII` previews what a search would draw.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_, as_login="", as_json=False)


@redact.command("draw")
@click.argument("controls", metavar="[CONTROL]...", nargs=-1)
@click.option("--page", type=click.IntRange(min=1), help="The page, from 1.")
@click.option(
    "--box", "boxes", type=_BOX, multiple=True, help="Left, top, width, height; may be repeated."
)
@click.option("--whole", is_flag=True, help="The whole page.")
@click.option("--all-but", type=_BOX, help="All of the page but this box.")
@click.option("--cells", metavar="RANGE", help="Cells of a workbook: Sheet1!B2:D9.")
@click.option("--seconds", metavar="FROM-TO", help="A stretch of a recording: 12-31.5.")
@click.option("--reason", default="", help="Why; `redact reasons` lists them.")
@click.option("--note", default="", help="What whoever decides should know.")
@click.option("--query", default="", help="Draw what a query meets, after a look at what it is.")
@click.option("--propose", is_flag=True, help="Only propose it.")
@click.option("--accept", is_flag=True, help="With --query: let it stand at once.")
@click.option("--token", default="", help="That of the preview: keep exactly what it showed.")
@asks
@click.pass_obj
def draw(
    home: Path,
    controls: tuple[str, ...],
    page: int | None,
    boxes: tuple[Rectangle, ...],
    all_but: Rectangle | None,
    cells: str | None,
    seconds: str | None,
    reason: str,
    note: str,
    query: str,
    token: str,
    as_login: str,
    *,
    whole: bool,
    propose: bool,
    accept: bool,
    as_json: bool,
) -> None:
    """Draw on a document, or by a query on many."""
    given = [bool(boxes), whole, bool(all_but), bool(cells), bool(seconds)]
    with opened(home, as_login) as (room, seer):
        if query:
            if any(given) or page:
                raise click.UsageError("--query finds its own boxes: name no page and no box.")
            if propose and accept:
                raise click.UsageError("Give --propose or --accept, not both.")
            more: dict[str, Any] = {"controls": controls, "propose": not accept}
            _search(room, seer, query, reason, token, more, as_json=as_json)
            return
        if accept or token:
            raise click.UsageError("--accept and --token go with --query.")
        if len(controls) != 1:
            raise click.UsageError("Name one document, or find many with --query.")
        if sum(given) != 1:
            raise click.UsageError(
                "Say what is redacted: --page with --box, --whole or --all-but; or --cells; or "
                "--seconds."
            )
        if page is None and not (cells or seconds):
            raise click.UsageError("Say on which page: --page 2.")
        drawn = _drawn(page or 0, boxes, all_but, cells, seconds, reason, note)
        kept = redacting.draw(room, seer, controls[0], drawn, propose=propose)
        _say_kept(kept, as_json=as_json)


def _drawn(
    page: int,
    boxes: tuple[Rectangle, ...],
    all_but: Rectangle | None,
    cells: str | None,
    seconds: str | None,
    reason: str,
    note: str,
) -> Drawn:
    if cells:
        return Drawn(Shape.CELLS, reason, span=cells, note=note)
    if seconds:
        return Drawn(Shape.SECONDS, reason, span=seconds, note=note)
    if all_but:
        return Drawn(Shape.INVERSE, reason, page, (all_but,), note=note)
    return Drawn(Shape.BOX if boxes else Shape.PAGE, reason, page, boxes, note=note)


def _search(
    room: Room,
    seer: Seer,
    query: str,
    reason: str,
    token: str,
    more: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    with Steps("Looking", "documents", quiet=as_json) as steps:
        more["progress"] = steps
        if token:
            kept = redacting_search.keep(room, seer, query, reason, token, **more)
        else:
            seen = redacting_search.preview(room, seer, query, reason, **more)
    if token:
        _say_kept(kept, as_json=as_json, each=False)
        return
    if as_json:
        console.raw(json.dumps(seen.as_json(), ensure_ascii=False))
        return
    for line in redacting_search.sentences(seen):
        console.say(line)
    if seen.boxes:
        console.say(f"To keep exactly this: the same command with --token {seen.token}")


def _say_kept(kept: Sequence[Redaction], *, as_json: bool, each: bool = True) -> None:
    if as_json:
        console.raw(json.dumps({"kept": [_plain(row) for row in kept]}, ensure_ascii=False))
        return
    for row in kept if each else ():
        console.say(f"{row.id}  {row.control}  {_where(row)}  {row.reason}: {_SAID[row.state]}.")
    if not each:
        documents = len({row.control for row in kept})
        states = ", ".join(sorted({_SAID[row.state] for row in kept}))
        boxes = count(len(kept), "redaction")
        console.say(f"{boxes} of {count(documents, 'document')}: {states or 'nothing was kept'}.")


def _plain(row: Redaction) -> dict[str, Any]:
    return {
        "id": row.id,
        "control": row.control,
        "page": row.page,
        "shape": str(row.shape),
        "place": redacting.place_json(row),
        "reason": row.reason,
        "note": row.note,
        "state": str(row.state),
        "who": row.who,
        "at": row.at,
        "replaces": row.replaces,
    }


def _where(row: Redaction) -> str:
    if row.shape is Shape.CELLS:
        return f"cells {row.span}"
    if row.shape is Shape.SECONDS:
        return f"seconds {row.span}"
    box = ",".join(map(str, row.box)) if row.box else ""
    what = {Shape.BOX: f"box {box}", Shape.PAGE: "whole", Shape.INVERSE: f"all but {box}"}
    return f"page {row.page} {what[row.shape]}"


@redact.command("list")
@click.argument("control", required=False, default="")
@click.option("--reason", default="", help="Only of this reason.")
@click.option(
    "--state", default="", type=click.Choice(["", "proposed", "standing"]), help="Only these."
)
@click.option(
    "--look", is_flag=True, help="Paint each page, to see whether it is the one drawn on."
)
@asks
@click.pass_obj
def list_(
    home: Path,
    /,
    as_login: str,
    control: str = "",
    reason: str = "",
    state: str = "",
    *,
    look: bool = False,
    as_json: bool,
) -> None:
    """List what stands and what is proposed, of one document or of all."""
    with opened(home, as_login) as (room, seer):
        if control:
            shown = [
                row
                for row in redacting.of_document(room, seer, control, paint=look)
                if reason in ("", row.redaction.reason) and state in ("", row.redaction.state)
            ]
        else:
            shown = redacting.listed(room, seer, reason, state, paint=look)
        if as_json:
            body = {"redactions": [row.as_json() for row in shown]}
            console.raw(json.dumps(body, ensure_ascii=False))
            return
        for row in shown:
            console.say(_line(row))
        documents = len({row.redaction.control for row in shown})
        console.say(f"{count(len(shown), 'redaction')} of {count(documents, 'document')}.")


def _line(shown: ShownRedaction) -> str:
    row = shown.redaction
    words = [str(row.id), row.control, _where(row), row.reason, str(row.state), row.who]
    words += ["LOOK AGAIN: its page is painted differently today"] if shown.look_again else []
    words += [f"({row.note})"] if row.note else []
    return "  ".join(words)


@redact.command("accept")
@click.argument("numbers", metavar="[NUMBER]...", nargs=-1, type=int)
@click.option("--all", "every", is_flag=True, help="All that you may decide, in two steps.")
@click.option("--reason", default="", help="With --all: only of this reason.")
@click.option("--by", default="", metavar="LOGIN", help="With --all: only what they proposed.")
@click.option("--document", "controls", multiple=True, help="With --all: only of these.")
@click.option("--token", default="", help="That of the preview: decide exactly those.")
@asks
@click.pass_obj
def accept(home: Path, /, as_login: str, *, as_json: bool, **given: Any) -> None:
    """Take proposals, by number or together: they stand from now on."""
    _decide(home, as_login, accept=True, as_json=as_json, **given)


@redact.command("refuse")
@click.argument("numbers", metavar="[NUMBER]...", nargs=-1, type=int)
@click.option("--all", "every", is_flag=True, help="All that you may decide, in two steps.")
@click.option("--reason", default="", help="With --all: only of this reason.")
@click.option("--by", default="", metavar="LOGIN", help="With --all: only what they proposed.")
@click.option("--document", "controls", multiple=True, help="With --all: only of these.")
@click.option("--token", default="", help="That of the preview: decide exactly those.")
@asks
@click.pass_obj
def refuse(home: Path, /, as_login: str, *, as_json: bool, **given: Any) -> None:
    """Refuse proposals, by number or together; they stay in the history."""
    _decide(home, as_login, accept=False, as_json=as_json, **given)


def _decide(
    home: Path,
    as_login: str,
    *,
    accept: bool,
    as_json: bool,
    numbers: tuple[int, ...],
    every: bool,
    reason: str,
    by: str,
    controls: tuple[str, ...],
    token: str,
) -> None:
    if bool(numbers) == every:
        raise click.UsageError("Name proposals by number, or --all of them.")
    with opened(home, as_login) as (room, seer):
        if numbers:
            _say_kept(redacting.decide(room, seer, numbers, accept=accept), as_json=as_json)
            return
        which: dict[str, Any] = {"reason": reason, "who": by, "controls": controls}
        if token:
            kept = redacting_search.decide(room, seer, token, accept=accept, **which)
            _say_kept(kept, as_json=as_json, each=False)
            return
        seen, _ = redacting_search.waiting(room, seer, **which)
        if as_json:
            console.raw(json.dumps(seen.as_json(), ensure_ascii=False))
            return
        what = "accepted" if accept else "refused"
        console.say(
            f"{count(seen.boxes, 'proposal')} on {count(seen.pages, 'page')} of "
            f"{count(seen.documents, 'document')} would be {what}: {', '.join(seen.first)}"
            + (" …" if seen.documents > len(seen.first) else "")
        )
        if seen.boxes:
            console.say(f"To do exactly this: the same command with --token {seen.token}")


@redact.command("remove")
@click.argument("control")
@click.argument("numbers", metavar="NUMBER...", nargs=-1, type=int, required=True)
@click.option("--note", default="", help="Why.")
@asks
@click.pass_obj
def remove(
    home: Path, control: str, numbers: tuple[int, ...], note: str, as_login: str, *, as_json: bool
) -> None:
    """Take redactions of a document away; they stay in its history."""
    with opened(home, as_login) as (room, seer):
        _say_kept(redacting.remove(room, seer, control, numbers, note), as_json=as_json)


@redact.command("change")
@click.argument("control")
@click.argument("number", type=int)
@click.option("--reason", default="", help="Another reason.")
@click.option("--box", type=_BOX, help="Another box.")
@click.option("--cells", "--seconds", "span", default="", help="Other cells, another stretch.")
@click.option("--note", default=None, help="Another note.")
@asks
@click.pass_obj
def change(
    home: Path,
    control: str,
    number: int,
    reason: str,
    box: Rectangle | None,
    span: str,
    note: str | None,
    as_login: str,
    *,
    as_json: bool,
) -> None:
    """Put another redaction in the place of one; what is not given stays."""
    with opened(home, as_login) as (room, seer):
        row = redacting.change(
            room, seer, control, number, reason=reason, box=box, span=span, note=note
        )
        _say_kept([row], as_json=as_json)


@redact.command("undo")
@asks
@click.pass_obj
def undo(home: Path, as_login: str, *, as_json: bool) -> None:
    """Take your last save of redactions back, by another."""
    with opened(home, as_login) as (room, seer):
        _say_kept(redacting.undo(room, seer), as_json=as_json)


@redact.command("history")
@click.argument("control")
@asks
@click.pass_obj
def history(home: Path, control: str, as_login: str, *, as_json: bool) -> None:
    """Print everything that was ever drawn, decided and removed on a document."""
    with opened(home, as_login) as (room, seer):
        rows = redacting.history(room, seer, control)
        if as_json:
            body = {"history": [_plain(row) for row in rows]}
            console.raw(json.dumps(body, ensure_ascii=False))
            return
        for row in rows:
            for_ = f"  in the place of {row.replaces}" if row.replaces else ""
            at = row.at[:16].replace("T", " ")
            console.say(
                f"{row.id}  {at}  {row.who}  {_where(row)}  {row.reason}  {row.state}{for_}"
            )
        if not rows:
            console.say("Nothing was ever redacted here.")


@redact.command("reasons")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def reasons(home: Path, *, as_json: bool) -> None:
    """List the reasons of the matter's standard."""
    rows = redacting.reasons(Room.open(home))
    if as_json:
        body = [
            {
                "name": row.name,
                "words": row.words,
                "label": row.label,
                "key": row.key,
                "colour": row.colour,
                "privilege": row.privilege,
            }
            for row in rows
        ]
        console.raw(json.dumps({"reasons": body}, ensure_ascii=False))
        return
    for row in rows:
        claims = "  claims privilege" if row.privilege else ""
        console.say(f"{row.key or '-'}  {row.name}  {row.words}{claims}")
