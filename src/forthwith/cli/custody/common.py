"""Options that the custody commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.custody.facts.cells import EARLIEST, LATEST
from forthwith.custody.facts.facts import ProofLevel
from forthwith.domain.fact_tables import STANDINGS
from forthwith.plain.short_keys import shortened


def say(text: str = "") -> None:
    """Print plain words with long public keys made short; JSON and tables keep the whole."""
    console.say(shortened(text))


class _Day(console.DayType):
    """A day as 2023-06-17, of those that facts can speak of."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Read the day, or say how to write one, or which there are."""
        day = super().convert(value, param, ctx)
        if not EARLIEST <= day <= LATEST:
            self.fail(f"{day} lies outside the years 1900 to 2199.", param, ctx)
        return day


DAY = _Day()


class _StandingType(click.ParamType[ProofLevel]):
    """A standing, in any of the ways a person writes it."""

    name = "standing"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> ProofLevel:
        """Return the standing, or say which there are."""
        if isinstance(value, ProofLevel):
            return value
        try:
            return ProofLevel.parse(str(value))
        except ValueError:
            near = get_close_matches(str(value).lower(), STANDINGS, 1)
            hint = f" Perhaps {near[0]!r}." if near else ""
            self.fail(f"there is no {value!r}; there are {', '.join(STANDINGS)}.{hint}", param, ctx)


STANDING = _StandingType()
_Command = Callable[..., Any]


def facts_option(command: _Command) -> _Command:
    """Add --facts DIR, given on as `folder`."""
    option = click.option(
        "--facts",
        "folder",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="Work on this folder of tables instead of the matter's facts.",
    )
    return option(command)


def standing_option(command: _Command) -> _Command:
    """Add --standing S, given on as a `ProofLevel`."""
    option = click.option(
        "--standing",
        metavar="S",
        type=STANDING,
        default="sworn",
        show_default=True,
        help=f"The worst standing accepted: {', '.join(STANDINGS)}.",
    )
    return option(command)
