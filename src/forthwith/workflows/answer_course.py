"""What one run of `answer` is asked, and what it gathers: words, papers, decisions left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from forthwith.record.matter import Matter
from forthwith.workflows.progress import Progress
from forthwith.workflows.publish import Published
from forthwith.workflows.serve import PaperOptions


@dataclass(frozen=True, slots=True)
class Decision:
    """Something only a person can decide, and how to say it."""

    #: What it is about: "First RFPs/3", "PL-0002", "statement D8".
    about: str
    what: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """What was asked of `answer`."""

    day: date
    #: Name of the next volume; the next free one when "".
    volume: str = ""
    #: Speakers whose declarations are printed, by id or name.
    declarants: tuple[str, ...] = ()
    #: Where sworn papers are signed.
    place: str = ""
    #: Day of the last status report; without it none is printed.
    since: date | None = None
    registers: tuple[Path, ...] = ()
    called_by: str = ""
    next_day: date | None = None
    workers: int = 0


@dataclass(slots=True)
class AnswerRun:
    """What was done, in words; papers printed; decisions left."""

    matter: Matter
    order: AnswerOptions
    #: Told each line as soon as it is known.
    tell: Callable[[str], None]
    #: Shows progress of the long steps.
    steps: Progress
    decisions: list[Decision] = field(default_factory=list)
    papers: list[Published] = field(default_factory=list)
    sealed: str = ""
    #: What answers a request and is in no sealed volume, because the new one was stopped.
    missing: frozenset[str] = frozenset()
    #: Sets whose responses would cite a part only of what answers them.
    waiting: set[str] = field(default_factory=set)

    def decide(self, about: str, what: str, how: str = "") -> None:
        """Note a decision."""
        self.decisions.append(Decision(about, what, how))

    def wish(self, signer: str = "") -> PaperOptions:
        """Return what is the same for every paper."""
        return PaperOptions(self.order.day, None, signer, self.order.place, again=False)

    def printed(self, done: Published) -> None:
        """Note a paper."""
        if done.new:
            self.papers.append(done)
        self.tell(f"   {done.key} {'printed' if done.new else 'stands as it was'}")
