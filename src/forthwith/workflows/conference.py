"""What the parties report on: topics with both positions, letters and conferences of counsel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from forthwith.domain.acts import Act
from forthwith.domain.conference import TOPIC, Conference, Letter, Side, Topic
from forthwith.domain.errors import ForthwithError
from forthwith.workflows.case_file import CaseFile


@dataclass(frozen=True, slots=True)
class TopicOptions:
    """What is said of a topic; what is None or empty stays as it was."""

    #: What both sides say together.
    joint: str | None = None
    #: Sets, or single requests as "First RFPs/12".
    requests: tuple[str, ...] = ()
    #: What a side says, and what it asks of the court.
    positions: tuple[tuple[Side, str], ...] = ()
    reliefs: tuple[tuple[Side, str], ...] = ()
    #: They conferred and cannot agree.
    impasse: bool | None = None
    expected: str | None = None


class NotServedError(ForthwithError):
    """A topic names a set or request that nobody served."""

    def __init__(self, name: str, sets: Sequence[str]) -> None:
        super().__init__(
            f"{name!r} is neither a set nor a request. Sets: {'; '.join(sets) or 'none'}. "
            "Name a request as 'First RFPs/12'."
        )


def topic(case: CaseFile, heading: str, options: TopicOptions) -> Topic:
    """Open a topic of the report, or change it. Raises NotServedError."""
    register = case.requests
    known = {*register.sets, *(request.request.key for request in register.standings)}
    for name in options.requests:
        if name not in known:
            raise NotServedError(name, list(register.sets))
    changes: dict[str, Any] = {
        name: value
        for name in ("joint", "requests", "impasse", "expected")
        if (value := getattr(options, name)) not in (None, ())
    }
    changed = replace(case.dealings.topic(heading), **changes)
    for side, text in options.positions:
        changed = changed.saying(side, text=text)
    for side, text in options.reliefs:
        changed = changed.saying(side, relief=text)
    case.write([Act(TOPIC, heading, changed.body())])
    return changed


def letter(case: CaseFile, wrote: Letter) -> str:
    """Enter a letter between counsel; returns its id. Raises UnknownTopicError."""
    return _enter(case, case.dealings.wrote(wrote))


def conference(case: CaseFile, met: Conference) -> str:
    """Enter a conference of counsel; returns its id. Raises UnknownTopicError."""
    return _enter(case, case.dealings.met(met))


def _enter(case: CaseFile, act: Act) -> str:
    case.write([act])
    return act.key
