"""What volumes are held against, as typed: plain values, so that a door need not wait for more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Named:
    """A file, and the name it was given; "" without one."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """What volumes are held against: files and names."""

    requests: tuple[Named, ...] = ()
    responses: tuple[Named, ...] = ()
    #: Privilege logs as served; whose mailboxes keep a privilege.
    logs: tuple[Path, ...] = ()
    attorneys: Path | None = None
    domains: tuple[str, ...] = ()
    #: People whose documents are due, and people who held means of control.
    custodians: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    #: A folder of tables that say who held what, and when.
    facts: Path | None = None
    #: First and last day asked for.
    period: tuple[date, date] | None = None
