"""Ties of people from the rows of an HR export, each for the days its row is known to hold."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from forthwith.domain.fact_tables import FactRow, Stamp
from forthwith.exports.hr.columns import NONE, Record, Sheet
from forthwith.exports.hr.periods import Span, by_person, spans_of

_UNFIT = re.compile(r'[(),";|%:\x00-\x1f\x7f]')
_PARENTHESIS = re.compile(r"(.*)\(([^()]+)\)")
_EMAIL = re.compile(r"[^@\s]+@([^@\s]+\.[^@\s.]+)")
#: Kinds of tie by the field that tells of them.
KINDS = {
    "employer": "employer", "payer": "payer", "manager": "reporting line",
    "location": "location", "email": "e-mail address",
}  # fmt: skip


class Ties:
    """The ties of one export, and what making them found out."""

    def __init__(self, sheet: Sheet, stamp: Stamp, domains: Mapping[str, str]) -> None:
        self.sheet, self._stamp = sheet, stamp
        self._domains = {name.lower(): entity for name, entity in domains.items()}
        self.period = period_of(stamp)
        self.people = by_person(sheet)
        self.spans = spans_of(sheet, self.period.end if self.period else None)
        #: Folded name to (id, name as first written).
        self.entities: dict[str, tuple[str, str]] = {}
        #: Id of an entity to the line that names it first.
        self.lines: dict[str, int] = {}
        #: Why a person's ties are not known to be all.
        self.open: dict[str, str] = {}
        self._ids = _names_to_ids(sheet)

    def rows(self) -> Iterator[FactRow]:
        """Yield the ties of every row."""
        for record in self.sheet.records:
            span = self.spans[record.line]
            if not span:
                continue
            if record.employer and _given(record.employer):
                yield self._tie(record, "employer", span, self._entity(record.employer, record))
            else:
                self._leave_open(record, "employer", record.employer)
            known = span if record.effective else span & (self.period or span)
            if known:
                yield from self._others(record, known)

    def _others(self, record: Record, span: Span) -> Iterator[FactRow]:
        self._leave_open(record, "payer", record.payer)
        if _given(record.payer):
            yield self._tie(record, "payer", span, self._entity(record.payer, record))
        self._leave_open(record, "manager", *record.managers)
        if record.managers and _given(record.managers[0]):
            yield from self._reporting(record, span)
        self._leave_open(record, "location", *record.locations)
        for place in filter(_given, record.locations):
            yield self._tie(record, "location", span, value=place)
        self._leave_open(record, "email", *record.emails)
        for address in filter(_given, record.emails):
            yield from self._mail(record, span, address)

    def _leave_open(self, record: Record, field: str, *cells: str) -> None:
        """An empty cell says nothing, so the ties of that person are not all known."""
        if not any(cells):
            self.open.setdefault(record.id, f"no {KINDS[field]} on line {record.line}")

    def _reporting(self, record: Record, span: Span) -> Iterator[FactRow]:
        """Tie a person to the manager's employer, day by day as far as the export knows it."""
        manager = next(filter(None, map(self._listed, record.managers)), "")
        known: list[Span] = []
        for job in self.people.get(manager, ()):
            part = self.spans[job.line] & span
            if part and _given(job.employer):
                known.append(part)
                entity = self._entity(job.employer, job)
                yield self._tie(record, "reporting_line", part, entity, ident(manager))
        written = record.managers[0]
        for part in span.without(known):
            self.open.setdefault(
                record.id, f"the employer of manager {written!r} is not known on {part.start}"
            )
            entity = self._named(
                f"employer-of:{ident(manager or written)}", f"the employer of {written}", record
            )
            yield self._tie(record, "reporting_line", part, entity, ident(manager or written))

    def _listed(self, manager: str) -> str:
        """Return the id of a manager given by id, by a name only one has, or as "Name (id)"."""
        if manager in self.people:
            return manager
        if (shape := _PARENTHESIS.fullmatch(manager)) and shape[2].strip() in self.people:
            return shape[2].strip()
        ids = self._ids.get(alike(manager), set())
        return next(iter(ids)) if len(ids) == 1 else ""

    def _mail(self, record: Record, span: Span, address: str) -> Iterator[FactRow]:
        shape = _EMAIL.fullmatch(address)
        if shape is None:
            self.sheet.unread.append(f"{self.sheet.file}:{record.line}: e-mail {address[:60]!r}")
            self.open.setdefault(record.id, f"the e-mail on line {record.line} is not read")
            return
        domain = shape[1].lower()
        entity = self._domains.get(domain, "")
        if not entity:
            self.open.setdefault(record.id, f"whose domain {domain} is was not told")
            entity = self._named(f"domain:{ident(domain)}", f"whoever gives out @{domain}", record)
        yield self._tie(record, "credential", span, entity, domain)

    def _tie(
        self, record: Record, kind: str, span: Span, entity: str = "", value: str = ""
    ) -> FactRow:
        cells = {"person": ident(record.id), "entity": entity, "kind": kind, "value": value}
        return self.row("affiliations", cells | days_of(span), record.line)

    def row(self, table: str, cells: dict[str, str], line: int = 0) -> FactRow:
        """Return a row with the stamp's standing and cites."""
        return FactRow(table, cells | self._stamp.undated(), self.sheet.file, line)

    def _entity(self, name: str, record: Record) -> str:
        return self._named(ident(name), name, record)

    def _named(self, name_id: str, name: str, record: Record) -> str:
        key = alike(name)
        if key not in self.entities:
            while name_id in self.lines:
                name_id += "-"
            self.entities[key] = (name_id, " ".join(name.split()))
            self.lines[name_id] = record.line
        return self.entities[key][0]


def ident(text: str) -> str:
    """Return an id a formula can hold: blanks become hyphens, other unfit signs their bytes."""
    return _UNFIT.sub(
        lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()),
        "-".join(unicodedata.normalize("NFC", text).split()),
    )


def alike(text: str) -> str:
    """Return a name without what spelling makes of it: case, spaces, forms of letters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def period_of(stamp: Stamp) -> Span | None:
    """Return the days an export speaks of; None when nobody said."""
    if not stamp.start:
        return None
    end = date.fromisoformat(stamp.end) if stamp.end else None
    return Span(date.fromisoformat(stamp.start), end)


def _given(cell: str) -> bool:
    return bool(cell) and cell.lower() not in NONE


def days_of(span: Span) -> dict[str, str]:
    """Return the cells of a period."""
    return {"from": str(span.start), "to": str(span.end) if span.end else ""}


def _names_to_ids(sheet: Sheet) -> Mapping[str, set[str]]:
    ids: dict[str, set[str]] = defaultdict(set)
    for record in sheet.records:
        ids[alike(record.name)].add(record.id)
        family, comma, given = record.name.partition(",")
        if comma:
            ids[alike(f"{given} {family}")].add(record.id)
    return ids
