"""The joint status report of a matter: gathered from ledger, volumes and registers, published.

The caller holds the matter (`matter.alone`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from forthwith.domain.conference import Side
from forthwith.domain.errors import ForthwithError
from forthwith.domain.tracked_finding import TrackedFinding
from forthwith.papers.blocks import Paper
from forthwith.record import acts as ledger
from forthwith.record import productions
from forthwith.record.matter import Matter
from forthwith.respond.deficiency.findings import NotARegisterError, RegisterFile
from forthwith.respond.papers import status as papers_status
from forthwith.respond.papers import status_counts
from forthwith.respond.papers.status import StatusFacts
from forthwith.respond.papers.status_counts import Delivered, OtherSideCounts
from forthwith.respond.registers import obligations, questions
from forthwith.respond.registers.conference import Dealings
from forthwith.standards import loader
from forthwith.workflows.publish import Published, publish
from forthwith.workflows.received import receive
from forthwith.workflows.registers import front_of, register_of, shelf_of, whole


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """What was asked for."""

    since: date
    day: date
    #: Registers of findings, as answered.
    registers: tuple[Path, ...] = ()
    called_by: str = ""
    next_day: date | None = None
    hearing: str = ""
    signer: str = ""
    into: Path | None = None


class PeriodError(ForthwithError):
    """A report on a time that has not begun."""

    def __init__(self, since: date, day: date) -> None:
        super().__init__(
            f"A report of {day} cannot tell of what was done since {since}: that is after it. "
            "Give --since the day of the last report, and --day the day of this one."
        )


@dataclass(frozen=True, slots=True)
class Reported:
    """The report; None where a page cited cannot be looked up."""

    published: Published | None
    red: tuple[str, ...]
    #: Volumes of which the two sides do not have the same files or counts.
    differing: tuple[str, ...]


def status(matter: Matter, wish: StatusOptions) -> Reported:
    """Publish the report.

    Raises PeriodError, NotARegisterError, VolumeUnreadableError, VolumeChangedError, BodyError.
    """
    if wish.since > wish.day:
        raise PeriodError(wish.since, wish.day)
    facts = facts_of(matter, wish)
    red = tuple(papers_status.red(facts, shelf_of(matter)))
    differing = tuple(status_counts.differing(facts.volumes, facts.told))
    if red:
        return Reported(None, red, differing)
    blocks = papers_status.compose(facts)
    paper = Paper(papers_status.TITLE, tuple(blocks), wish.day, facts.front.answering, court=True)
    told = {"since": wish.since.isoformat(), "points": len(facts.points)}
    beside = {".json": _plain(facts)}
    done = publish(matter, "status-report", paper, wish.into, facts=told, beside=beside)
    return Reported(done, (), differing)


def facts_of(matter: Matter, wish: StatusOptions) -> StatusFacts:
    """Gather what the report is written from."""
    acts = ledger.read(matter)
    points, told = _registers(wish.registers)
    asked = questions.QuestionRegister.read(acts)
    orders = obligations.DutyRegister.read(acts, shelf_of(matter))
    return StatusFacts(
        front=front_of(matter, wish.signer),
        sides={side: _called(matter, side) for side in Side},
        day=wish.day,
        since=wish.since,
        volumes=tuple(each for each in delivered(matter) if each.day <= wish.day),
        told=told,
        register=register_of(matter),
        dealings=Dealings.read(acts),
        points=points,
        called_by=wish.called_by,
        next_day=wish.next_day,
        hearing=wish.hearing,
        further=papers_status.parts(asked, orders, wish.day),
    )


def delivered(matter: Matter) -> tuple[Delivered, ...]:
    """Return every sealed volume, counted from its own files.

    Raises VolumeUnreadableError, VolumeChangedError.
    """
    with matter.engine.connect() as connection:
        sealed = productions.sealed(connection)
    found = []
    for each in sealed:
        folder = whole(matter, each)
        seen = receive(folder, loader.load(each.standard, matter.folder), load_files_only=True).seen
        day = letter_day(folder) or datetime.fromisoformat(each.sealed).date()
        files = sum(path.is_file() for path in folder.rglob("*"))
        found.append(Delivered(seen, day, files, each.replaces))
    return tuple(found)


def letter_day(folder: Path) -> date | None:
    """Return the day a volume's letter bears, as its manifest has it."""
    manifest = folder / "DATA" / f"{folder.name}_MANIFEST.JSON"
    if not manifest.is_file():
        return None
    return date.fromisoformat(json.loads(manifest.read_text(encoding="ascii"))["day"])


def _registers(
    paths: tuple[Path, ...],
) -> tuple[dict[str, TrackedFinding], dict[str, OtherSideCounts]]:
    """Return points by id and what the other side counted; of several, ids bear the file's name."""
    points: dict[str, TrackedFinding] = {}
    told: dict[str, OtherSideCounts] = {}
    for mark, path in zip(_marks(paths), paths, strict=True):
        try:
            kept = RegisterFile.read(path.read_text(encoding="utf-8"), str(path))
            told |= status_counts.told(kept.about.get("volumes", ()))
        except (UnicodeDecodeError, AttributeError, TypeError, ValueError) as wrong:
            raise NotARegisterError(str(path), f"it is out of shape ({wrong})") from wrong
        points |= {f"{mark}{key}": each for key, each in kept.register.items.items()}
    return points, told


def _marks(paths: tuple[Path, ...]) -> list[str]:
    """Return what goes before the ids of each register, so that no two points share one."""
    if len(paths) < 2:
        return [""] * len(paths)
    for names in (
        [each.parent.name for each in paths],
        [f"{each.parent.name}/{each.stem}" for each in paths],
    ):
        if len(set(names)) == len(names):
            return [f"{each} " for each in names]
    return [f"{at} " for at in range(1, len(paths) + 1)]


def _called(matter: Matter, side: Side) -> str:
    """Return a side's role as captions have it, else its name, else what it does."""
    held = [each for each in matter.settings.parties if each.get("side") == side]
    role = next((each["role"] for each in held if each.get("role")), "")
    if role:
        return role + ("s" if len(held) > 1 else "")
    return (
        " and ".join(filter(None, (each.get("name", "") for each in held))) or f"the {side} party"
    )


def _plain(facts: StatusFacts) -> bytes:
    """Return the report's figures and positions for a program."""
    whole: Mapping[str, object] = {
        "form": "forthwith status report 1",
        "day": facts.day.isoformat(),
        "since": facts.since.isoformat(),
        "volumes": [
            {**each.seen.as_json(), "day": each.day.isoformat(), "files": each.files}
            for each in facts.volumes
        ],
        "total": status_counts.total(facts.volumes),
        "requests": {
            each.request.key: papers_status.state(each) for each in facts.register.standings
        },
        "topics": {key: each.body() for key, each in facts.dealings.topics.items()},
        "points": {key: each.body() for key, each in facts.points.items()},
    }
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()
