"""`exhibits`: documents under the names they are cited by, stamped and bound."""

from __future__ import annotations

import json
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.chronology import as_login
from forthwith.domain.errors import ForthwithError
from forthwith.plain.counting import count
from forthwith.workflows.room import exhibits as desk
from forthwith.workflows.room.exhibits import NewExhibit, ShownExhibit, said_pages
from forthwith.workflows.room.room import Room


class FileExistsAlreadyError(ForthwithError):
    """A PDF was to be written where a file lies."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already. Name another file, or move it away first.")


@click.group(invoke_without_command=True)
@as_login
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def exhibits(ctx: click.Context, login: str, *, as_json: bool) -> None:
    """List the exhibits, in the order they were made."""
    if ctx.invoked_subcommand is not None:
        return
    room = Room.open(ctx.obj)
    shown = desk.listed(room, room.local_seer(login))
    for exhibit in shown:
        _say(exhibit, as_json=as_json)
    if not as_json:
        console.say(f"{count(len(shown), 'exhibit')}. Next free name: {desk.proposed_name(room)}")


@exhibits.command("add")
@click.argument("document")
@click.option("--name", default="", help="Its name; the next free one without it.")
@click.option("--title", default="", help="What the list of a binder calls it.")
@click.option("--pages", default="", metavar="1,4-6", help="Only these pages; all without it.")
@click.option("--pin", "pinpoints", default="", metavar="4", help="The pages that are meant.")
@as_login
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def add(
    home: Path,
    document: str,
    name: str,
    title: str,
    pages: str,
    pinpoints: str,
    login: str,
    *,
    as_json: bool,
) -> None:
    """Make an exhibit of DOCUMENT: a control number, or a Bates page, which is then meant."""
    room = Room.open(home)
    asked = NewExhibit(document, name, title, pages, pinpoints)
    _say(desk.make(room, room.local_seer(login), asked), as_json=as_json)


@exhibits.command("print")
@click.argument("name")
@click.option(
    "--into", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PDF."
)
@as_login
@click.pass_obj
def print_(home: Path, name: str, into: Path, login: str) -> None:
    """Write the exhibit NAME with its stamp as a PDF."""
    room = Room.open(home)
    _write(home / into, desk.as_pdf(room, room.local_seer(login), name))


@exhibits.command("bind")
@click.argument("names", nargs=-1)
@click.option(
    "--into", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PDF."
)
@as_login
@click.pass_obj
def bind(home: Path, names: tuple[str, ...], into: Path, login: str) -> None:
    """Write the exhibits NAMES, or all, as one PDF with a list, bookmarks and page labels."""
    room = Room.open(home)
    _write(home / into, desk.binder(room, room.local_seer(login), names, room.today()))


@exhibits.command("withdraw")
@click.argument("name")
@as_login
@click.pass_obj
def withdraw(home: Path, name: str, login: str) -> None:
    """Take the exhibit NAME back; its name is not given again."""
    room = Room.open(home)
    desk.withdraw(room, room.local_seer(login), name)
    console.say(f"{name} is taken back. Its name is not given again.")


def _write(path: Path, pdf: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(pdf)
    except FileExistsError as there:
        raise FileExistsAlreadyError(path) from there
    console.say(str(path))


def _say(shown: ShownExhibit, *, as_json: bool) -> None:
    exhibit = shown.exhibit
    if as_json:
        console.raw(json.dumps(shown.as_json(), ensure_ascii=False))
        return
    span = f"{exhibit.first}-{exhibit.last}" if exhibit.first else exhibit.control
    words = [f"{exhibit.name}  {span}", exhibit.title, f"pages {shown.pages}"]
    words += [f"at {said_pages(exhibit.pinpoints)}"] if exhibit.pinpoints else []
    words += [f"not bound: {shown.barred}"] if shown.barred else []
    console.say("  ".join(filter(None, words)))
