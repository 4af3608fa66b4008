"""Requests as served, their due days, and the drafts of responses to them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from forthwith.domain.deadlines import Period, day_certain, due_day
from forthwith.domain.requests import (
    DueDay,
    Objection,
    RequestKind,
    RequestSet,
    Response,
    Service,
    Source,
)
from forthwith.formats.served import requests as served_requests
from forthwith.formats.served.requests import ServedPaper
from forthwith.record.documents import NotProcessedError
from forthwith.respond.registers import requests as register
from forthwith.respond.registers.requests import RequestStatus
from forthwith.standards import civil_rules
from forthwith.standards.civil_rules import FederalCourt
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.queries import Answering, Queries


@dataclass(frozen=True, slots=True)
class SetOptions:
    """How a paper was served, and what sets its due day."""

    name: str
    kind: RequestKind
    served: date
    by: Service
    asked_by: str = ""
    asked_of: str = ""
    #: Days ordered or agreed; the rule's own when None.
    period: int | None = None
    #: A day certain, ordered or agreed.
    due: date | None = None
    #: What sets `period` or `due`.
    rule: str = ""
    #: Where the court sits: "DC".
    court: str = "DC"


@dataclass(frozen=True, slots=True)
class ResponseOptions:
    """What a draft says; what is None stays as it was."""

    text: str | None = None
    #: The query whose documents answer.
    produce: str | None = None
    no_documents: bool | None = None
    rule33d: bool | None = None
    verifier: str | None = None
    note: str | None = None
    #: All objections; () withdraws them.
    objections: tuple[Objection, ...] | None = None
    #: "VOL001" or "ABC00000001-ABC00000009"; () leaves them as they were.
    ranges: tuple[str, ...] = ()
    custodians: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedSet:
    """A set of requests as taken, and the paper it stood in."""

    set: RequestSet
    paper: ServedPaper

    @property
    def odd(self) -> bool:
        """Whether numbers are missing, repeated or out of order, or a row could not be read."""
        return any(each.why not in served_requests.SECTIONS for each in self.paper.unparsed)


@dataclass(frozen=True, slots=True)
class DraftedResponse:
    """A draft as written, and what keeps it from being served."""

    request: RequestStatus
    reasons: tuple[str, ...]
    #: What the query of this draft finds; None where none was given, or nothing is processed.
    answering: Answering | None = None
    #: Of the documents it finds, those that sealed volumes hold.
    produced: int = 0


def import_set(case: CaseFile, file: Path, options: SetOptions) -> ImportedSet:
    """Take numbered requests out of a served paper: DOCX, PDF with text, TXT or CSV.

    Raises UnreadablePaperError, SetExistsError, NoRequestsError.
    """
    data = file.read_bytes()
    paper = served_requests.read(file.name, data)
    requests = RequestSet(
        name=options.name,
        kind=options.kind,
        served=options.served,
        by=options.by,
        asked_by=options.asked_by,
        asked_of=options.asked_of,
        source=Source(file.name, hashlib.sha256(data).hexdigest()),
        unparsed=paper.unparsed,
    )
    requests = replace(requests, due=_due(requests, options))
    case.write(register.imported(case.requests, requests, paper.requests))
    return ImportedSet(requests, paper)


def _due(requests: RequestSet, options: SetOptions) -> DueDay | None:
    if options.due is not None:
        return day_certain(options.due, options.rule)
    if options.period:
        period: Period | None = Period(options.period, options.rule)
    else:
        period = civil_rules.load().period(requests.kind)
    if period is None:
        return None
    return due_day(requests.served, period, FederalCourt(options.court), requests.by)


def reasons(case: CaseFile, request: RequestStatus) -> list[str]:
    """Return every reason why the response to a request cannot be served."""
    return register.reasons(request, case.pages)


def draft(case: CaseFile, number: str, name: str, options: ResponseOptions) -> DraftedResponse:
    """Draft the response to a request; `name` is its set, where several have the number.

    Raises UnknownRequestError, NoSuchRangeError, QueryError and what a search may raise.
    """
    request = case.requests.find(number, name)
    before = request.response or Response(request.request.key)
    response = replace(before, served="", **_changes(case, options))
    answering = None
    if options.produce:
        queries = Queries(case)
        try:
            answering = queries.ask(response.produce)
        except NotProcessedError:
            pass
        else:
            # Pages that were named answer; else those of what the query finds.
            response = response if options.ranges else queries.resolved(response, case.pages)
    case.write([register.responded(response)])
    after = case.requests.find(request.request.key)
    produced = answering.produced(case.pages) if answering else 0
    return DraftedResponse(after, tuple(reasons(case, after)), answering, produced)


def _changes(case: CaseFile, options: ResponseOptions) -> dict[str, Any]:
    """Return the fields of a response that were given. Raises NoSuchRangeError."""
    names = ("text", "produce", "no_documents", "rule33d", "verifier", "note", "objections")
    changes = {name: value for name in names if (value := getattr(options, name)) is not None}
    if options.ranges:
        changes["ranges"] = tuple(
            pages for text in options.ranges for pages in case.pages.read(text)
        )
    if options.custodians:
        changes["custodians"] = options.custodians
    return changes
