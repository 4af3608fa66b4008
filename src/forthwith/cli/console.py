"""How commands speak and what they take: plain words out, days and files in.

What is drawn, progress bars and tables, is `terminal`, which takes longer to load.
"""

from __future__ import annotations

import re
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forthwith.domain.period import NotADayError, day
from forthwith.plain.counting import count
from forthwith.workflows.compare_options import Named

if TYPE_CHECKING:
    from forthwith.domain.requests import DueDay

#: Exit statuses, the same for every command.
CLEAN, FINDINGS, UNREADABLE = 0, 1, 2

#: Signs that steer a terminal or turn the reading order: names in evidence hold what they like.
#: Surrogates stand for bytes of a file's name that are no text; no terminal takes them.
_STEERING = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def harmless(text: str) -> str:
    """Return `text` with every steering sign written out, as Python would write it."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def say(text: str = "") -> None:
    """Print plain words as given, at once: somebody may be waiting for them in a pipe."""
    sys.stdout.write(harmless(text) + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Print plain words on standard error."""
    sys.stderr.write(harmless(text) + "\n")


def raw(line: str) -> None:
    """Print one line of JSON for a program; surrogates as JSON writes them in ASCII."""
    line = _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
    sys.stdout.write(line + "\n")


def today() -> date:
    """Return the day it is here; nothing below the doors asks for it."""
    return datetime.now().astimezone().date()


def due_days(due: DueDay) -> str:
    """Return the day, or every day it may be: "2025-12-26 or 2025-12-29"."""
    return " or ".join(map(str, due.ambiguous)) or str(due.day)


def days_left(due: date, on: date) -> str:
    """Return how far off a day is: "3 days left", "1 day past"."""
    days = (due - on).days
    return f"{count(abs(days), 'day')} {'left' if days >= 0 else 'past'}"


class DayType(click.ParamType[date]):
    """A day as 2023-06-17."""

    name = "day"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Read the day, or say how to write one."""
        if isinstance(value, date):
            return value
        try:
            return day(str(value))
        except NotADayError as wrong:
            self.fail(f"{wrong}.", param, ctx)


DAY = DayType()


class FileAtHome(click.ParamType[Path]):
    """Takes a file that is there; a relative one lies in the folder given with -C.

    With `pipe` a named pipe is taken too, as shells make one of <(command): it can be read once.
    """

    name = "file"

    def __init__(self, *, pipe: bool = False) -> None:
        self.pipe = pipe

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the file as it will be opened, or say that there is none."""
        home = (ctx.find_object(Path) if ctx else None) or Path()
        path: Path = home / value
        there = path.is_file() or (self.pipe and path.is_fifo())
        return path if there else self.fail(f"there is no file {path}.", param, ctx)


class NamedFile(click.ParamType[Named]):
    """Takes NAME=FILE or FILE; a relative file lies in the folder given with -C."""

    name = "[name=]file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Named:
        """Return the file as it will be opened, or say that there is none."""
        if isinstance(value, Named):
            return value
        home = (ctx.find_object(Path) if ctx else None) or Path()
        name, equals, rest = str(value).partition("=")
        # A file may have the sign in its own name.
        for given, path in (("", home / str(value)), (name.strip(), home / rest)):
            if path.is_file():
                return Named(given, path)
        named = f" (given as {name!r})" if equals else ""
        return self.fail(f"there is no file {rest if equals else value!r}{named}.", param, ctx)
