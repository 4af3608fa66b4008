"""The joint status report of a matter: gathered from journal, volumes and registers, published.

The caller holds the matter (`CaseFile.alone`).
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
from forthwith.respond.deficiency.findings import NotARegisterError, RegisterFile
from forthwith.respond.papers import status as papers_status
from forthwith.respond.papers import status_counts
from forthwith.respond.papers.status import StatusFacts
from forthwith.respond.papers.status_counts import Delivered, OtherSideCounts
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.publish import PublishedPaper, publish


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """What the report is about."""

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
class StatusReport:
    """The report; None where a page cited cannot be looked up."""

    published: PublishedPaper | None
    #: Citations that nobody can look up, and why.
    unresolved: tuple[str, ...]
    #: Volumes of which the two sides do not have the same files or counts.
    differing: tuple[str, ...]


def status(case: CaseFile, options: StatusOptions) -> StatusReport:
    """Publish the report.

    Raises PeriodError, NotARegisterError, VolumeUnreadableError, VolumeChangedError, BodyError.
    """
    if options.since > options.day:
        raise PeriodError(options.since, options.day)
    facts = facts_of(case, options)
    unresolved = tuple(papers_status.unresolved(facts, case.citable))
    differing = tuple(status_counts.differing(facts.volumes, facts.told))
    if unresolved:
        return StatusReport(None, unresolved, differing)
    answering = facts.front.answering
    blocks = tuple(papers_status.compose(facts))
    paper = Paper(papers_status.TITLE, blocks, options.day, answering, court=True)
    published = publish(
        case,
        "status-report",
        paper,
        options.into,
        facts={"since": options.since.isoformat(), "points": len(facts.points)},
        beside={".json": _for_programs(facts)},
    )
    return StatusReport(published, (), differing)


def facts_of(case: CaseFile, options: StatusOptions) -> StatusFacts:
    """Gather what the report is written from."""
    points, counted = _registers(options.registers)
    return StatusFacts(
        front=case.front(options.signer),
        sides={side: _side(case, side) for side in Side},
        day=options.day,
        since=options.since,
        volumes=tuple(volume for volume in delivered(case) if volume.day <= options.day),
        told=counted,
        register=case.requests,
        dealings=case.dealings,
        points=points,
        called_by=options.called_by,
        next_day=options.next_day,
        hearing=options.hearing,
        further=papers_status.parts(case.questions, case.duties, options.day),
    )


def delivered(case: CaseFile) -> tuple[Delivered, ...]:
    """Return every sealed volume, counted from its own files.

    Raises VolumeUnreadableError, VolumeChangedError.
    """
    volumes = []
    for name, production in case.sealed.items():
        folder = case.received(name).volume.folder
        day = letter_day(folder.root) or datetime.fromisoformat(production.sealed).date()
        seen = case.seen(name)
        volumes.append(Delivered(seen, day, len(folder.sizes), production.replaces))
    return tuple(volumes)


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
    counted: dict[str, OtherSideCounts] = {}
    for mark, path in zip(_marks(paths), paths, strict=True):
        try:
            file = RegisterFile.read(path.read_text(encoding="utf-8"), str(path))
            counted |= status_counts.told(file.about.get("volumes", ()))
        except (UnicodeDecodeError, AttributeError, TypeError, ValueError) as wrong:
            raise NotARegisterError(str(path), f"it is out of shape ({wrong})") from wrong
        points |= {f"{mark}{key}": point for key, point in file.register.items.items()}
    return points, counted


def _marks(paths: tuple[Path, ...]) -> list[str]:
    """Return what goes before the ids of each register, so that no two points share one."""
    if len(paths) < 2:
        return [""] * len(paths)
    for names in (
        [path.parent.name for path in paths],
        [f"{path.parent.name}/{path.stem}" for path in paths],
    ):
        if len(set(names)) == len(names):
            return [f"{name} " for name in names]
    return [f"{place} " for place in range(1, len(paths) + 1)]


def _side(case: CaseFile, side: Side) -> str:
    """Return a side's role as captions have it, else its name, else what it does."""
    parties = [party for party in case.settings.parties if party.get("side") == side]
    role = next((party["role"] for party in parties if party.get("role")), "")
    if role:
        return role + ("s" if len(parties) > 1 else "")
    names = " and ".join(filter(None, (party.get("name", "") for party in parties)))
    return names or f"the {side} party"


def _for_programs(facts: StatusFacts) -> bytes:
    """Return the report's figures and positions for a program."""
    report: Mapping[str, object] = {
        "form": "forthwith status report 1",
        "day": facts.day.isoformat(),
        "since": facts.since.isoformat(),
        "volumes": [
            {**volume.seen.as_json(), "day": volume.day.isoformat(), "files": volume.files}
            for volume in facts.volumes
        ],
        "total": status_counts.total(facts.volumes),
        "requests": {
            request.request.key: papers_status.state(request)
            for request in facts.register.standings
        },
        "topics": {key: topic.body() for key, topic in facts.dealings.topics.items()},
        "points": {key: point.body() for key, point in facts.points.items()},
    }
    return (json.dumps(report, ensure_ascii=False, indent=1) + "\n").encode()
