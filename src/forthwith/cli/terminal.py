"""What a terminal is drawn: progress bars and tables."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from forthwith.cli.console import harmless, say


class _Output(Console):
    """Standard output, whose reader may leave before all is read."""

    def on_broken_pipe(self) -> None:
        """Let the command's own rim end it, as it ends every other one."""
        raise BrokenPipeError


#: A pipe has no width: nothing is folded there, so that a program can cut it.
_out = _Output(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 400)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


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
            console=_err,
            transient=True,
            # What is said goes to standard output, not to the bar's own stream.
            redirect_stdout=False,
        )
        self._task = self._bar.add_task(label, total=1, start=True)
        self._began = self._last = time.monotonic()

    def __enter__(self) -> Steps:
        if not self._quiet and _err.is_terminal:
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

    def say(self, text: str) -> None:
        """Print plain words, the bar taken away meanwhile."""
        drawn = self._bar.live.is_started
        if drawn:
            self._bar.stop()
        if not self._quiet:
            say(text)
        if drawn:
            self._bar.start()

    def phase(self, name: str) -> None:
        """Begin another part of the same work."""
        self._label = name
        self._began = self._last = time.monotonic()
        self._bar.reset(self._task, description=name)

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are done."""
        if self._quiet:
            return
        self._bar.update(self._task, completed=done, total=max(total, 1))
        now = time.monotonic()
        if not _err.is_terminal and now - self._last > 10:
            self._last = now
            rate = done / max(now - self._began, 0.001)
            left = (total - done) / rate if rate else 0
            _err.print(
                f"{self._label}: {done:,} of {total:,} {self._unit} "
                f"({rate:,.0f}/s, about {left:,.0f} s left)"
            )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> None:
    """Print a table; columns from `numbers` on are right-aligned and never broken."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for place, heading in enumerate(headings):
        number = place >= numbers
        drawn.add_column(
            heading, justify="right" if number else "left", overflow="fold", no_wrap=number
        )
    for row in rows:
        drawn.add_row(*(Text(harmless(cell)) for cell in row))
    _out.print(drawn)


def width() -> int:
    """Return how many characters a line of standard output takes."""
    return _out.width
