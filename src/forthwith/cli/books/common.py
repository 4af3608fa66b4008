"""Options that the commands of the books share, and how they print amounts and times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, cast

import click

from forthwith.cli import console, terminal
from forthwith.cli.custody.common import STANDING
from forthwith.plain.counting import count
from forthwith.workflows.books.options import BooksOptions, When

#: Lines of one kind printed before the rest is only counted.
SHOWN = 40
_Command = Callable[..., Any]
_RECKON = ("basis", "mixing", "fee", "zone", "proof_age", "as_known")
_FLOOR = re.compile(r"\s*([^=\s]+)\s*=\s*(\S+)\s*")


class _WhenType(click.ParamType[When]):
    """A month, a day or an instant with its zone."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> When:
        """Read it, or say how to write one."""
        if isinstance(value, When):
            return value
        try:
            return When.parse(str(value))
        except ValueError as wrong:
            self.fail(f"{wrong}.", param, ctx)


class _FloorType(click.ParamType[tuple[str, str]]):
    """ASSET=AMOUNT."""

    name = "asset=amount"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Take the two apart; whether the amount is one of the asset is known with the books."""
        if isinstance(value, tuple):
            return value
        if (found := _FLOOR.fullmatch(str(value))) is None:
            self.fail(f"{value!r} is not ASSET=AMOUNT, as BTC=0.001.", param, ctx)
        return found[1], found[2]


WHEN = _WhenType()
_FLOOR_TYPE = _FloorType()


@dataclass(frozen=True, slots=True)
class Given:
    """What a command was given: where, how to reckon, and whether JSON is asked for."""

    home: Path
    options: BooksOptions
    as_json: bool


def books_options(command: _Command) -> _Command:
    """Add the options of every answer; the command takes a `Given` first."""

    @click.pass_context
    @wraps(command)
    def with_given(ctx: click.Context, /, **values: Any) -> Any:
        floors, assets = tuple(values.pop("floors")), tuple(values.pop("assets"))
        folder, standing = values.pop("books"), str(values.pop("standing"))
        reckon = {name: values.pop(name) for name in _RECKON}
        options = BooksOptions(folder, floors, assets, standing, **reckon)
        given = Given(ctx.find_object(Path) or Path(), options, values.pop("as_json"))
        return command(given, **values)

    for option in reversed(_OPTIONS):
        with_given = option(with_given)
    return cast("_Command", with_given)


_OPTIONS = (
    click.option(
        "--books", metavar="DIR", type=click.Path(path_type=Path),
        help="Work on this folder of tables and evidence instead of the matter's books.",
    ),
    click.option("--asset", "assets", multiple=True, metavar="ASSET", help="Only this asset."),
    click.option(
        "--basis", type=click.Choice(("receipt", "ledger")), default="receipt", show_default=True,
        help="When a matched row is owed: from the coin's arrival, or as the ledger says.",
    ),
    click.option(
        "--mixing", type=click.Choice(("wallet", "address")), default="wallet", show_default=True,
        help="The unit in which value mixes.",
    ),
    click.option(
        "--fee", type=click.Choice(("last", "first", "share")), default="last", show_default=True,
        help="When a network fee leaves.",
    ),
    click.option(
        "--floor", "floors", multiple=True, type=_FLOOR_TYPE, metavar="ASSET=AMOUNT",
        help="Shortfalls up to it are dust.",
    ),
    click.option(
        "--as-known", type=WHEN, metavar="WHEN", help="Leave out what was booked later."
    ),
    click.option(
        "--zone", default="UTC", show_default=True, help="Time zone of days without one."
    ),
    click.option(
        "--proof-age", default=35, show_default=True, type=click.IntRange(0),
        help="Days for which a proof of control is good.",
    ),
    click.option(
        "--standing", metavar="S", type=STANDING, default="sworn", show_default=True,
        help="The worst standing accepted.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
)  # fmt: skip


def period_options(command: _Command) -> _Command:
    """Add --from and --to, given on as `start` and `end`."""
    for option in (
        click.option(
            "--to", "end", type=WHEN, metavar="WHEN",
            help="End of the time asked about (a day: through its end).",
        ),
        click.option("--from", "start", type=WHEN, metavar="WHEN", help="Its beginning."),
    ):  # fmt: skip
        command = option(command)
    return command


def parameters_line(parameters: Mapping[str, Any]) -> str:
    """Return one line that says how the figures were reckoned."""
    floors = parameters.get("floors") or {}
    shown = ", ".join(f"{asset} {amount}" for asset, amount in sorted(floors.items())) or "0"
    parts = [
        f"basis {parameters.get('basis')}", f"mixing by {parameters.get('mixing')}",
        f"fee {parameters.get('fee')}", f"floors {shown}", f"zone {parameters.get('zone')}",
    ]  # fmt: skip
    if parameters.get("as_known"):
        parts.append(f"as known at {parameters['as_known']}")
    return "Reckoned with: " + "; ".join(parts) + "."


def table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: int, *, whole: bool = False
) -> None:
    """Print a table and count what of it is not shown; a `whole` one is never cut."""
    lines = list(rows)
    shown = len(lines) if whole else SHOWN
    terminal.table(headings, lines[:shown], numbers)
    if len(lines) > shown:
        console.say(f"… and {count(len(lines) - shown, 'line')} more (see --json).")
