"""Lift HR exports into people, entities and ties: employer, payer, manager, place, e-mail domain.

A row says no more than its days: the hire date dates the employer; who pays, manages and where one
sits are known from the row's own effective date on, or, in a list of the present state, from the
first day of the export's period. That the ties listed are all is claimed only when told so, and
then only for days and people for whom every kind of tie is written down.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from forthwith.domain.fact_tables import FactRow, Lifted, Stamp
from forthwith.exports.hr.columns import NONE, ONE_DAY, Record, Sheet, read
from forthwith.exports.options import Files, ImportOptions, joined


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from `start` up to and without `end`; None: still."""

    start: date
    end: date | None = None

    def __bool__(self) -> bool:
        return self.end is None or self.start < self.end

    def __and__(self, other: Span) -> Span:
        ends = [end for end in (self.end, other.end) if end]
        return Span(max(self.start, other.start), min(ends, default=None))

    def without(self, others: Iterable[Span]) -> Iterator[Span]:
        """Yield the parts of it that no other covers."""
        here: date | None = self.start
        for other in sorted(others, key=lambda span: span.start):
            if here is None:
                return
            if (part := Span(here, other.start) & self) and other.start > here:
                yield part
            here = None if other.end is None else max(here, other.end)
        if here is not None and (rest := Span(here, self.end)):
            yield rest


def united(spans: Iterable[Span]) -> list[Span]:
    """Return the same days in as few spans as there can be."""
    runs: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        last = runs[-1] if runs else None
        if last is None or (last.end is not None and last.end < span.start):
            runs.append(span)
        elif last.end is not None:
            runs[-1] = Span(last.start, max(last.end, span.end) if span.end else None)
    return runs


def spans_of(sheet: Sheet, last: date | None) -> Mapping[int, Span]:
    """Return the days of each row, by its line; `last` ends what the export calls still so."""
    inclusive = _inclusive(sheet)
    return {
        row.line: _span(row, rows, last, inclusive=inclusive)
        for rows in by_person(sheet).values()
        for row in rows
    }


def by_person(sheet: Sheet) -> Mapping[str, Sequence[Record]]:
    """Return the rows of each person, in order of their first days."""
    by_id: dict[str, list[Record]] = {}
    for record in sheet.records:
        by_id.setdefault(record.id, []).append(record)
    return {person: sorted(rows, key=first_day) for person, rows in by_id.items()}


def first_day(record: Record) -> date:
    """Return the first day of a row; reading it has made sure that there is one."""
    return record.effective or record.start or date.max


def _span(record: Record, rows: Sequence[Record], last: date | None, *, inclusive: bool) -> Span:
    begin = first_day(record)
    ends = [record.end + ONE_DAY] if record.end else []
    if record.effective and record.until:
        ends.append(record.until + ONE_DAY if inclusive else record.until)
    elif record.effective:
        ends += [first_day(row) for row in rows if first_day(row) > begin][:1]
    return Span(begin, min(ends, default=last))


def _inclusive(sheet: Sheet) -> bool:
    """Find whether a row's last day is its own or the next row's first; say what was taken."""
    shared = apart = 0
    for rows in by_person(sheet).values():
        for earlier, other in pairwise(rows):
            if earlier.until and other.effective:
                shared += earlier.until == other.effective
                apart += earlier.until + ONE_DAY == other.effective
    if any(record.until for record in sheet.records):
        how = (
            "not part of it: the next row begins on that very day"
            if shared and not apart
            else "part of it"
        )
        sheet.notes.append(f"The 'effective to' day of a row was taken as {how}.")
    return not (shared and not apart)


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


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Turn CSV exports into rows, each by itself; the stamp's start may be "" for a job history."""
    return joined(_file_lifted(name, data, options) for name, data in files)


def _file_lifted(name: str, data: bytes, options: ImportOptions) -> Lifted:
    sheet = read(data, name, options.order)
    if not sheet.faults:
        _check(sheet, options.stamp, complete=options.complete)
    rows: tuple[FactRow, ...] = ()
    if not sheet.faults:
        ties = Ties(sheet, options.stamp, options.domains)
        tied = (*ties.rows(), *(_completeness(ties) if options.complete else ()))
        rows = (*_people(ties), *_entities(ties), *tied)
        sheet.notes += _remarks(ties)
    notes = tuple(dict.fromkeys(sheet.notes))
    return Lifted(rows, tuple(sheet.unread), notes, tuple(sheet.faults))


def _check(sheet: Sheet, stamp: Stamp, *, complete: bool) -> None:
    """Find what makes the whole export unfit before any row is made."""
    ids: dict[str, str] = {}
    for person, records in by_person(sheet).items():
        if ids.setdefault(ident(person), person) != person:
            sheet.fault(records[0].line, f"id {person!r} reads like another", "Change one")
        _one_person(sheet, records)
    snapshot = any(record.effective is None for record in sheet.records)
    dated = {"payer", "manager", "location", "email"} & sheet.fields.keys()
    if not stamp.start and ((snapshot and dated) or complete):
        what = "the rows do not say since when payer, manager, place and e-mail are so"
        sheet.fault(0, what, "Say --from: the first day for which the export's state is known")
    missing = [noun for field, noun in KINDS.items() if field not in sheet.fields]
    if complete and missing:
        what = f"it cannot list all ties: it has no column for {', '.join(missing)}"
        sheet.fault(0, what, "Leave out --complete, or export those columns too")


def _one_person(sheet: Sheet, records: Sequence[Record]) -> None:
    first = records[0]
    for record in records[1:]:
        if alike(record.name) == alike(first.name):
            continue
        if not set(alike(record.name).split()) & set(alike(first.name).split()):
            what = f"id {record.id} is {first.name!r} on line {first.line} and another name here"
            sheet.fault(record.line, what, "Give one of the two people another id")
        else:
            sheet.notes.append(
                f"{record.id} is {first.name!r} on line {first.line} and {record.name!r} on line "
                f"{record.line}; taken as one person."
            )


def _people(ties: Ties) -> Iterator[FactRow]:
    """Yield everybody once."""
    for person, records in ties.people.items():
        first = min(records, key=lambda record: record.line)
        if ident(person) != person:
            ties.sheet.notes.append(f"Id {person!r} is written {ident(person)} in the rows.")
        cells = {"id": ident(person), "name": " ".join(first.name.split())}
        yield ties.row("people", cells, first.line)


def _entities(ties: Ties) -> Iterator[FactRow]:
    """Yield every entity a tie names."""
    for entity, name in ties.entities.values():
        cells = {"id": entity, "name": name, "from": "", "to": "", "alias_of": ""}
        yield ties.row("entities", cells, ties.lines[entity])


def _completeness(ties: Ties) -> Iterator[FactRow]:
    """Yield, for people whose every tie is written down, the days for which these are all."""
    period = ties.period
    if period is None:
        return
    several = "until" not in ties.sheet.fields
    for person, records in ties.people.items():
        if several and len(records) > 1:
            ties.open.setdefault(
                person, "its rows have no last day, and two jobs may have been held at once"
            )
        if person in ties.open:
            continue
        spans = united(ties.spans[record.line] & period for record in records)
        for span in filter(None, spans):
            cells = {"means": f"person:{ident(person)}"} | days_of(span)
            yield ties.row("completeness", cells, records[0].line)
    _say_open(ties)


def _say_open(ties: Ties) -> None:
    if ties.open:
        shown = "; ".join(f"{person}: {why}" for person, why in list(ties.open.items())[:5])
        more = f"; and {len(ties.open) - 5} more" if len(ties.open) > 5 else ""
        ties.sheet.notes.append(
            f"The ties of {len(ties.open)} people are not taken as all ({shown}{more})."
        )
    ties.sheet.notes.append(
        "For the others all ties are listed on the days they were employed here; what they "
        "were before and after, this export cannot know."
    )


def _remarks(ties: Ties) -> Iterator[str]:
    """Say what was assumed."""
    sheet = ties.sheet
    if any(record.end for record in sheet.records):
        yield "The last day of employment was taken as worked: ties end on the next."
    if any(record.effective is None for record in sheet.records):
        yield (
            "The hire date was taken as the first day with the employer named; a move between "
            "companies before the export does not show in it."
        )
    if "until" not in sheet.fields and "effective" in sheet.fields:
        yield "A row was taken to end on the day the next one of that person begins."
    if any(entity.startswith("domain:") for entity, _ in ties.entities.values()):
        yield (
            "Whose an e-mail domain is, the export does not say: tell it with --domain "
            "DOMAIN=ENTITY, or write alias_of in the row of domain:… in entities."
        )
    yield from _perhaps_one(ties.people)
    yield from _entities_alike(ties.entities.values())


def _perhaps_one(people: Mapping[str, Sequence[Record]]) -> Iterator[str]:
    """Yield a note for each name that stands under several ids."""
    ids: dict[str, dict[str, None]] = defaultdict(dict)
    for person, records in people.items():
        for record in records:
            ids[alike(record.name)][person] = None
    for name, people_of_name in ids.items():
        if len(people_of_name) > 1:
            shown = " and ".join(list(people_of_name)[:4])
            yield (
                f"{shown} are both named {name!r}. They are kept apart; if they are one person, "
                "give them one id, or what that person could do is counted in two halves."
            )


def _entities_alike(entities: Iterable[tuple[str, str]]) -> Iterator[str]:
    by_letters: dict[str, list[str]] = defaultdict(list)
    for _, name in entities:
        by_letters["".join(filter(str.isalnum, alike(name)))].append(name)
    for names in by_letters.values():
        if len(names) > 1:
            shown = " and ".join(map(repr, names[:4]))
            yield f"{shown} look like one entity: if so, write alias_of in one of their rows."
