"""How commands speak: plain words on standard output, progress and errors on standard error."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

#: Exit statuses, the same for every command.
CLEAN, FINDINGS, UNREADABLE = 0, 1, 2

#: A pipe has no width: nothing is folded there, so that a program can cut it.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 400)
err = Console(stderr=True, highlight=False, soft_wrap=True)


#: Signs that steer a terminal or turn the reading order: names in evidence hold what they like.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """Return `text` with every steering sign written out, as Python would write it."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def say(text: str = "") -> None:
    """Print plain words as given."""
    out.print(harmless(text), markup=False)


def complain(text: str) -> None:
    """Print plain words on standard error."""
    err.print(harmless(text), markup=False)


def raw(line: str) -> None:
    """Print one line for a program."""
    sys.stdout.write(line + "\n")


class _Rate(ProgressColumn):
    """How many a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """Return the rate as text."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} {self._unit}/s" if speed else "", style="cyan")


class Steps:
    """A progress bar on a terminal; a line every few seconds elsewhere; nothing when quiet."""

    def __init__(self, label: str, unit: str, *, quiet: bool) -> None:
        self._label, self._unit, self._quiet = label, unit, quiet
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
            _Rate(unit),
            TimeRemainingColumn(),
            console=err,
            transient=True,
        )
        self._task = self._bar.add_task(label, total=1, start=True)
        self._began = self._told = time.monotonic()

    def __enter__(self) -> Steps:
        if not self._quiet and err.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def phase(self, name: str) -> None:
        """Begin another part of the same work."""
        self._label = name
        self._began = self._told = time.monotonic()
        self._bar.reset(self._task, description=name)

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are done."""
        if self._quiet:
            return
        self._bar.update(self._task, completed=done, total=max(total, 1))
        now = time.monotonic()
        if not err.is_terminal and now - self._told > 10:
            self._told = now
            rate = done / max(now - self._began, 0.001)
            left = (total - done) / rate if rate else 0
            err.print(
                f"{self._label}: {done:,} of {total:,} {self._unit} "
                f"({rate:,.0f}/s, about {left:,.0f} s left)"
            )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> None:
    """Print a table; columns from `numbers` on are right-aligned and never broken."""
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for place, heading in enumerate(headings):
        number = place >= numbers
        made.add_column(
            heading, justify="right" if number else "left", overflow="fold", no_wrap=number
        )
    for row in rows:
        made.add_row(*(Text(harmless(cell)) for cell in row))
    out.print(made)


def size(count: int) -> str:
    """Return a size in words: 14.2 MB."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:,.0f} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"
        amount /= 1000
    return ""


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: 1 document, 2,000 documents."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
