"""Volumes held against what they answer, for `check` and `deficiency`: every file is opened here.

What the volumes answer is opened before any volume is: what cannot be read stops nobody for long.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from forthwith.check import given, production, together
from forthwith.check import workers as pool
from forthwith.check.given import ReadOptions
from forthwith.check.privilege_log.elements import Stranger
from forthwith.check.production import Answers, ProductionFindings
from forthwith.check.received import ReceivedVolume
from forthwith.check.received import opened as of_volume
from forthwith.check.reporting import ProductionReport
from forthwith.check.responses import answered_requests
from forthwith.check.responses import file as responses_file
from forthwith.check.responses.answered_requests import Answered, ServedSet
from forthwith.check.responses.file import ResponsesFile, ResponsesUnreadableError
from forthwith.custody.holders import holders
from forthwith.domain.privilege_logs import ServedLog
from forthwith.domain.requests import Request
from forthwith.formats.served import privilege_log
from forthwith.formats.served import requests as served_requests
from forthwith.review.privilege.people import Mailbox, Roster, Sides
from forthwith.standards.loader import Standard
from forthwith.workers import machine
from forthwith.workflows.attorney_list import attorney_list
from forthwith.workflows.compare_options import AnswerOptions, Named
from forthwith.workflows.custody.facts import facts_of

#: Why outsiders were not looked for, where only one half of what it takes is known.
_HALF = (
    "outsiders among author and recipients of the log's entries: that takes both a list of "
    "attorneys and the mail domains of the producing side"
)


@dataclass(frozen=True, slots=True)
class OpenedLog:
    """One privilege log, and the SHA-256 of its file."""

    log: ServedLog
    digest: str


@dataclass(frozen=True, slots=True)
class ComparedProduction:
    """Volumes with what they were held against, and what was found."""

    volumes: Sequence[ReceivedVolume]
    sets: Sequence[Answered]
    logs: Sequence[OpenedLog]
    found: ProductionFindings

    @property
    def report(self) -> ProductionReport:
        """Return what `check` prints."""
        reports = [volume.report for volume in self.volumes]
        return ProductionReport(reports, self.found.findings, self.found.notes)


@contextmanager
def compare(
    folders: Sequence[Path],
    standard: Standard,
    options: AnswerOptions,
    *,
    workers: int = 1,
    reading: ReadOptions | None = None,
) -> Iterator[ComparedProduction]:
    """Check volumes and hold them against all they answer; the volumes lie there until this ends.

    Raises VolumeUnreadableError, UnreadablePaperError, ResponsesUnreadableError, SetTwiceError,
    UnmatchedResponsesError, UnreadableLogError, AttorneyListError, FactsFaultyError and
    NoFactsError.
    """
    pool.ready()
    sets = answered_requests.answered(
        [_served_set(file) for file in options.requests],
        [_responses(file) for file in options.responses],
    )
    logs = [opened_log(path) for path in options.logs]
    stranger, unknown = outsiders(options.attorneys, options.domains)
    facts = None if options.facts is None else facts_of(Path(), options.facts)
    unread = () if facts is None else tuple(note.rstrip(".") for note in facts.notes)
    answers = Answers(
        sets=sets,
        logs=[opened.log for opened in logs],
        stranger=stranger,
        custodians=options.custodians,
        named_holders=options.holders,
        holders=() if facts is None else holders(facts),
        period=options.period,
        notes=(*unknown, *unread),
    )
    with machine.within(0), given.opened(folders, standard, reading) as opened:
        arranged = opened.arranged
        received = [of_volume(volume, workers=workers) for volume in arranged.volumes]
        reports, found, told = together.compared(
            arranged.volumes, [volume.report for volume in received]
        )
        volumes = [
            replace(volume, report=report) for volume, report in zip(received, reports, strict=True)
        ]
        answers = replace(answers, notes=(*opened.notes, *arranged.notes, *told, *answers.notes))
        joint = [*arranged.findings, *found, *itertools.chain(*(r.findings for r in opened.closed))]
        compared = production.compared(volumes, answers, joint)
        yield ComparedProduction(volumes, sets, logs, compared)


def _served_set(file: Named) -> ServedSet:
    name = file.name or file.path.stem
    served = served_requests.read(file.path.name, file.path.read_bytes())
    return ServedSet(name, tuple(Request(name, number, text) for number, text in served.requests))


def _responses(file: Named) -> ResponsesFile:
    try:
        text = file.path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise ResponsesUnreadableError(file.path.name, "it is no text in UTF-8") from wrong
    return responses_file.read(text, file.path.name, file.name)


def opened_log(path: Path) -> OpenedLog:
    """Open a privilege log. Raises UnreadableLogError."""
    data = path.read_bytes()
    return OpenedLog(privilege_log.read(path.name, data), hashlib.sha256(data).hexdigest())


def outsiders(
    attorneys: Path | None, domains: Sequence[str]
) -> tuple[Stranger | None, tuple[str, ...]]:
    """Return who is an outsider, or None and why that is not known. Raises AttorneyListError."""
    if attorneys is None or not domains:
        return None, (_HALF,) if attorneys is not None or domains else ()
    own = tuple(domain.strip().lower().lstrip("@") for domain in domains)
    roster = Roster(attorney_list(attorneys), Sides(own_domains=own))

    def outside(address: str, day: date | None) -> bool:
        return roster.stranger(Mailbox.parse(address), day, ())

    return outside, ()
