"""Lift HR exports into people, entities and ties: employer, payer, manager, place, e-mail domain.

A row says no more than its days: the hire date dates the employer; who pays, manages and where one
sits are known from the row's own effective date on, or, in a list of the present state, from the
first day of the export's period. That the ties listed are all is claimed only when told so, and
then only for days and people for whom every kind of tie is written down.

Where a row has several last days, the end of employment (else the contract's end) counts for who
employs and pays, the first of all for manager, place and mail; up to the last of all a tie is kept
as `narrative`: it counts where somebody may have been tied, and proves nothing. The same standing
have ties that the sheet itself leaves in doubt: whether a contractor is employed by the company
the row names, whether somebody was there between the first hire date and the last.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from forthwith.domain.fact_tables import FactRow, Lifted, RowFault, Stamp
from forthwith.exports.hr.columns import ENDS, NONE, ONE_DAY, Record, Sheet, read
from forthwith.exports.options import Files, ImportOptions, joined
from forthwith.plain import places


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


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one row."""

    #: On which the row's employer employed.
    employed: Span
    #: On which the person was there: no longer than the first of all last days.
    there: Span
    #: Up to the last of all last days.
    outer: Span


def days_by_line(sheet: Sheet, since: date | None, last: date | None) -> Mapping[int, Days]:
    """Return the days of each row, by its line.

    The export's state is known from `since`; `last` ends what it calls still so.
    """
    inclusive = _inclusive(sheet)
    days = {}
    for rows in by_person(sheet).values():
        for row in rows:
            ends = (row.end, min(row.ends.values(), default=None), row.late)
            employed, there, outer = (
                _span(row, end, rows, last, inclusive=inclusive) for end in ends
            )
            if row.active and row.late and since and row.late < since and not row.effective:
                # Still active in an export made after its last day: one of the two is wrong.
                outer = Span(outer.start, last)
            days[row.line] = Days(employed, there, outer)
    return days


def by_person(sheet: Sheet) -> Mapping[str, Sequence[Record]]:
    """Return the rows of each person, in order of their first days."""
    by_id: dict[str, list[Record]] = {}
    for record in sheet.records:
        by_id.setdefault(record.id, []).append(record)
    return {person: sorted(rows, key=first_day) for person, rows in by_id.items()}


def first_day(record: Record) -> date:
    """Return the first day of a row; reading it has made sure that there is one."""
    return record.effective or record.start or date.max


def _span(
    record: Record,
    end: date | None,
    rows: Sequence[Record],
    last: date | None,
    *,
    inclusive: bool,
) -> Span:
    begin = first_day(record)
    ends = [end + ONE_DAY] if end else []
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
_MARKED = re.compile(r"\s*(\([^()]*\)|\[[^\[\]]*\])\s*$")
_EMAIL = re.compile(r"[^@\s]+@([^@\s]+\.[^@\s.]+)")
#: Kinds of tie by the field that tells of them.
KINDS = {
    "employer": "employer", "payer": "payer", "manager": "reporting line",
    "location": "location", "email": "e-mail address",
}  # fmt: skip

#: Columns that say where somebody is.
PLACES = ("country", "location", "city", "residence")
#: What an importer's doubt is written as: it counts where somebody may be tied, and shows nothing.
DOUBTFUL = "narrative"
_END_WORDS = {
    "end": "employment ends",
    "contract_end": "the contract ends",
    "last_worked": "last day of work",
}


class Ties:
    """The ties of one export, and what making them found out."""

    def __init__(self, sheet: Sheet, options: ImportOptions) -> None:
        self.sheet, self._stamp = sheet, options.stamp
        #: The ties of every sheet of the import: a manager may stand in another.
        self.together: list[Ties] = [self]
        self._domains = {name.lower(): entity for name, entity in options.domains.items()}
        self._stated = options.places
        self.period = period_of(options.stamp)
        self.people = by_person(sheet)
        since, last = (self.period.start, self.period.end) if self.period else (None, None)
        self.days = days_by_line(sheet, since, last)
        #: Folded name to (id, name as first written).
        self.entities: dict[str, tuple[str, str]] = {}
        #: Id of an entity to the file and line that name it first.
        self.lines: dict[str, tuple[str, int]] = {}
        #: Why a person's ties are not known to be all.
        self.open: dict[str, str] = {}
        self._ids = _names_to_ids(sheet)
        self._uncoded: set[str] = set()
        self._offices_are_codes = places.all_codes(
            text for record in sheet.records for text in record.offices if _given(text)
        )
        #: Places as written, to the code they were taken for.
        self.offices: dict[str, str] = {}

    def rows(self) -> Iterator[FactRow]:
        """Yield the ties of every row."""
        for record in self.sheet.records:
            days = self.days[record.line]
            if not days.outer:
                continue
            yield from self._employers(record, days)
            yield from self._earlier(record)
            if not record.effective and self.period:
                there, outer = days.there & self.period, days.outer & self.period
            else:
                there, outer = days.there, days.outer
            if outer:
                yield from self._others(record, replace(days, there=there, outer=outer))

    def _employers(self, record: Record, days: Days) -> Iterator[FactRow]:
        """Tie a person to whoever employs it: the agency, and the company the row names."""
        if not (_given(record.employer) or record.agency):
            self._leave_open(record, "employer", record.employer)
        centre = f"cost centre {record.cost_centre}" if record.cost_centre else ""
        for entity, doubt in self._employers_of(record):
            yield from self._dated(
                record, "employer", days.employed, days.outer, entity=entity, value=centre,
                doubt=doubt,
            )  # fmt: skip

    def _employers_of(self, record: Record) -> Iterator[tuple[str, str]]:
        """Yield each entity that employs the person, and why that is in doubt ("" where not)."""
        doubt = ""
        if record.agency:
            yield self._entity(record.agency, record), ""
            doubt = f"lent out by {record.agency}: {record.employer} need not be the employer"
        elif record.contractor:
            doubt = f"a contractor ({record.type}): {record.employer} need not be the employer"
            self.open.setdefault(record.id, f"line {record.line} does not say who lends it out")
        if _given(record.employer):
            yield self._entity(record.employer, record), doubt

    def _earlier(self, record: Record) -> Iterator[FactRow]:
        """Tie a person who was hired before the last hire date, with doubt."""
        first = record.original
        # A row of the past would say of every later hire what is true of the first.
        earlier = (row for row in self.people[record.id] if first_day(row) < first_day(record))
        if first is None or first >= first_day(record) or any(earlier):
            return
        doubt = f"first hired {first}, hired again {first_day(record)}; between, nothing is said"
        span = Span(first, first_day(record))
        for entity, _ in self._employers_of(record):
            yield from self._dated(record, "employer", span, span, entity=entity, doubt=doubt)

    def _others(self, record: Record, days: Days) -> Iterator[FactRow]:
        self._leave_open(record, "payer", record.payer)
        if _given(record.payer):
            yield from self._dated(
                record, "payer", days.employed & days.outer, days.outer,
                entity=self._entity(record.payer, record),
            )  # fmt: skip
        elif record.agency and not record.payer:
            doubt = "an agency pays those it lends out; the sheet does not say so"
            yield from self._dated(
                record, "payer", days.employed & days.outer, days.outer,
                entity=self._entity(record.agency, record), doubt=doubt,
            )  # fmt: skip
        self._leave_open(record, "manager", *record.managers)
        if record.managers and _given(record.managers[0]):
            yield from self._reporting(record, days)
        if not record.places:
            self._leave_open(record, "location")
        for code, note in self._codes(record).items():
            yield from self._dated(
                record, "location", days.there, days.outer, value=code, note=note
            )
        self._leave_open(record, "email", *record.emails)
        for address in filter(_given, record.emails):
            yield from self._mail(record, days, address)

    def _dated(
        self,
        record: Record,
        kind: str,
        sure: Span,
        outer: Span,
        *,
        entity: str = "",
        value: str = "",
        doubt: str = "",
        note: str = "",
    ) -> Iterator[FactRow]:
        """Yield a tie for the days that are sure, and one with doubt where it may have lasted."""
        if record.gone and not {"end", "last_worked"} & record.ends.keys():
            doubt = doubt or f"line {record.line} says that it is over and gives no last day"
        if doubt:
            yield self._tie(record, kind, outer, entity, value, note or doubt, DOUBTFUL)
            return
        if sure:
            yield self._tie(record, kind, sure, entity, value, note)
        if sure != outer:
            told = ", ".join(
                f"{_END_WORDS[name]} {record.ends[name]}" for name in ENDS if name in record.ends
            )
            if record.late not in record.ends.values():
                told += f" or {record.late}"
            if record.active:
                told += "; the row says active"
            yield self._tie(record, kind, outer, entity, value, told, DOUBTFUL)

    def _leave_open(self, record: Record, field: str, *cells: str) -> None:
        """An empty cell says nothing, so the ties of that person are not all known."""
        if not any(cells):
            self.open.setdefault(record.id, f"no {KINDS[field]} on line {record.line}")

    def _reporting(self, record: Record, days: Days) -> Iterator[FactRow]:
        """Tie a person to the manager's employer, day by day as far as the export knows it."""
        manager = next(
            (
                found
                for ties in (self, *self.together)
                for written in record.managers
                if (found := ties.listed(written))
            ),
            "",
        )
        known: list[Span] = []
        jobs = [(ties, job) for ties in self.together for job in ties.people.get(manager, ())]
        for ties, job in jobs:
            theirs = ties.days[job.line].employed
            part = theirs & days.outer
            if not part:
                continue
            for entity, doubt in self._employers_of(job):
                known.append(part)
                yield from self._dated(
                    record, "reporting_line", theirs & days.there, part,
                    entity=entity, value=ident(manager), doubt=doubt,
                )  # fmt: skip
        written = record.managers[0]
        for part in days.outer.without(known):
            self.open.setdefault(
                record.id, f"the employer of manager {written!r} is not known on {part.start}"
            )
            entity = self._named(
                f"employer-of:{ident(manager or written)}", f"the employer of {written}", record
            )
            yield from self._dated(
                record, "reporting_line", part & days.there, part,
                entity=entity, value=ident(manager or written),
            )  # fmt: skip

    def _codes(self, record: Record) -> dict[str, str]:
        """Return the ISO 3166 codes of where a person sits and lives, each with a note."""
        found = dict.fromkeys(self._countries(record), "")
        for code in self._seats(record, tuple(found)):
            # The office's own part of a country says more than the country alone.
            found.pop(code.split("-")[0], None)
            found[code] = ""
        for text in filter(_given, record.residences):
            if code := self._country(record, text):
                found.setdefault(code, f"lives in {text}")
        if found.pop(places.UNKNOWN, None) is not None:
            self.open.setdefault(record.id, f"where line {record.line} is was said to be unknown")
        return found

    def _country(self, record: Record, text: str) -> str:
        code = self._stated.get(places.folded(text), "") or places.country(text)
        if not code:
            self._no_code(record, "country", text)
        return code

    def _countries(self, record: Record) -> Iterator[str]:
        """Yield the codes of a row's countries, or of the part of one that its region is."""
        for text in filter(_given, record.countries):
            if not (code := self._country(record, text)):
                continue
            inner = places.part(code, record.region) if record.region else ""
            if record.region and not inner:
                self.offices[f"region {record.region}"] = code
            yield inner or code

    def _seats(self, record: Record, nation: Sequence[str]) -> Iterator[str]:
        """Yield the codes of a row's offices, or of its city where nothing else says a place."""
        by_city = record.cities if not record.offices and not nation else ()
        for text in filter(_given, (*record.offices, *by_city)):
            whole = f"{text}, {record.region}" if by_city and record.region else text
            code = places.office(whole, self._stated) or places.office(text, self._stated)
            if not code and self._offices_are_codes:
                code = places.country(text)
            if code or nation:
                if code != (places.country(text) or text):
                    self.offices[text] = code or " and ".join(sorted(nation))
                yield from filter(None, (code,))
            else:
                self._no_code(record, "office", whole)

    def _no_code(self, record: Record, noun: str, text: str) -> None:
        key = places.folded(text)
        if key in self._uncoded:
            return
        self._uncoded.add(key)
        what = f"{noun} {text[:60]!r} is no place whose ISO 3166 code is known"
        do = f'Say --location "{text[:60]}=CODE" with its code, such as CH or US-NY, or =unknown'
        self.sheet.fault(record.line, what, do)

    def listed(self, manager: str) -> str:
        """Return the id of a manager given by id, mail, a name only one has, or "Name (id)"."""
        if manager in self.people:
            return manager
        if (shape := _PARENTHESIS.fullmatch(manager)) and shape[2].strip() in self.people:
            return shape[2].strip()
        # Workday marks a name: "Bo Li (On Leave)", "Bo Li [C]".
        for name in (manager, _MARKED.sub("", manager)):
            ids = self._ids.get(alike(name), set())
            if len(ids) == 1:
                return next(iter(ids))
        return ""

    def _mail(self, record: Record, days: Days, address: str) -> Iterator[FactRow]:
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
        yield from self._dated(
            record, "credential", days.there, days.outer, entity=entity, value=domain
        )

    def _tie(
        self,
        record: Record,
        kind: str,
        span: Span,
        entity: str,
        value: str,
        note: str,
        standing: str = "",
    ) -> FactRow:
        cells = {"person": ident(record.id), "entity": entity, "kind": kind, "value": value}
        more = {"note": " ".join(note.split())} if note else {}
        if standing:
            more["standing"] = standing
        return self.row("affiliations", cells | days_of(span), record.line, **more)

    def row(self, table: str, cells: dict[str, str], line: int = 0, **more: str) -> FactRow:
        """Return a row with the stamp's standing and cites, where `more` does not say its own."""
        return FactRow(table, cells | self._stamp.undated() | more, self.sheet.file, line)

    def _entity(self, name: str, record: Record) -> str:
        return self._named(ident(name), name, record)

    def _named(self, name_id: str, name: str, record: Record) -> str:
        key = alike(name)
        if key not in self.entities:
            while name_id in self.lines:
                name_id += "-"
            self.entities[key] = (name_id, " ".join(name.split()))
            self.lines[name_id] = (self.sheet.file, record.line)
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
    """Return the ids of people by what a manager may be called: names, mail, the system's key."""
    ids: dict[str, set[str]] = defaultdict(set)
    for record in sheet.records:
        for name in (record.name, *record.names):
            ids[alike(name)].add(record.id)
            family, comma, given = name.partition(",")
            if comma:
                ids[alike(f"{given} {family}")].add(record.id)
        for other in (*record.emails, *record.logins, *record.keys):
            ids[alike(other)].add(record.id)
    ids.pop("", None)
    return ids


#: How the desk names the sheets of a workbook that has several: "staff.xlsx [Leavers]".
_ONE_OF_SEVERAL = re.compile(r"(.+) \[.*\]")


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Turn exports into rows, each by itself; the stamp's start may be "" for a job history.

    A sheet of a workbook that is no list of people is left out and named, where another is one.
    """
    sheets = [read(data, name, options.order) for name, data in files]
    lists = {_ONE_OF_SEVERAL.sub(r"\1", sheet.file) for sheet in sheets if not sheet.headless}
    passed = [s for s in sheets if s.headless and _ONE_OF_SEVERAL.sub(r"\1", s.file) in lists]
    kept = [sheet for sheet in sheets if sheet not in passed]
    for sheet in kept:
        if not sheet.faults:
            _fold_endings(sheet)
            _check(sheet, options.stamp, complete=options.complete)
    unread = tuple(f"{sheet.file}: the whole sheet" for sheet in passed)
    every: list[Ties] = []
    if not any(sheet.faults for sheet in kept):
        every = [Ties(sheet, options) for sheet in kept]
    for ties in every:
        ties.together = every
        # One name is one company in every sheet.
        ties.entities, ties.lines = every[0].entities, every[0].lines
    parts = [_lifted(ties, options) for ties in every]
    parts = parts or [Lifted((), tuple(s.unread), faults=tuple(s.faults)) for s in kept]
    entities = tuple(_entities(every[0])) if every else ()
    whole = joined([*_once_each(parts), Lifted(entities, unread)])
    return Lifted(() if whole.faults else whole.rows, whole.unread, whole.notes, whole.faults)


def _once_each(parts: Iterable[Lifted]) -> Iterator[Lifted]:
    """Leave out who stands in an earlier sheet already; another name of theirs is an alias."""
    seen: dict[str, FactRow] = {}
    for part in parts:
        rows: list[FactRow] = []
        faults = list(part.faults)
        for row in part.rows:
            first = seen.setdefault(row["id"], row) if row.table == "people" else row
            if first is row:
                rows.append(row)
            elif not set(alike(row["name"]).split()) & set(alike(first["name"]).split()):
                what = f"id {row['id']} is {first['name']!r} in {first.place} and another name here"
                faults.append(
                    RowFault(row.file, row.line, what, "Give one of the two people another id")
                )
            elif alike(row["name"]) != alike(first["name"]):
                said = {"kind": "alias", "a": row["id"], "b": f"name:{row['name']}", "is": "yes"}
                common = {name: row[name] for name in row.cells.keys() - {"id", "name"}}
                rows.append(replace(row, table="same_as", cells=said | common))
        yield replace(part, rows=tuple(rows), faults=tuple(faults))


def _lifted(ties: Ties, options: ImportOptions) -> Lifted:
    sheet = ties.sheet
    tied = (*ties.rows(), *(_completeness(ties) if options.complete else ()))
    rows = (*_people(ties), *_aliases(ties), *tied)
    sheet.notes += _remarks(ties)
    notes = tuple(dict.fromkeys(sheet.notes))
    return Lifted(rows, tuple(sheet.unread), notes, tuple(sheet.faults))


def _fold_endings(sheet: Sheet) -> None:
    """Take a row of a job history that only says "terminated" as the end of the one before it."""
    for rows in by_person(sheet).values():
        for before, after in pairwise(rows):
            if not (after.gone and after.effective and not after.ends) or before.gone:
                continue
            last = after.effective
            ends = dict(before.ends) | {"end": min(last, before.ends.get("end", last))}
            late = max(filter(None, (before.late, last)))
            place = next(n for n, row in enumerate(sheet.records) if row is before)
            sheet.records[place] = replace(before, ends=ends, late=late)
            sheet.records = [row for row in sheet.records if row is not after]


def _check(sheet: Sheet, stamp: Stamp, *, complete: bool) -> None:
    """Find what makes the whole export unfit before any row is made."""
    ids: dict[str, str] = {}
    for person, records in by_person(sheet).items():
        if ids.setdefault(ident(person), person) != person:
            sheet.fault(records[0].line, f"id {person!r} reads like another", "Change one")
        _one_person(sheet, records)
    snapshot = any(record.effective is None for record in sheet.records)
    dated = {"payer", "manager", "email", "agency", *PLACES} & sheet.fields.keys()
    if not stamp.start and ((snapshot and dated) or complete):
        what = "the rows do not say since when payer, manager, place and e-mail are so"
        sheet.fault(0, what, "Say --from: the first day for which the export's state is known")
    have = sheet.fields.keys() | ({"location"} if set(PLACES) & sheet.fields.keys() else set())
    missing = [noun for field, noun in KINDS.items() if field not in have]
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


def _aliases(ties: Ties) -> Iterator[FactRow]:
    """Yield what each person is called elsewhere: number, addresses, logins, further names."""
    for person, records in ties.people.items():
        seen: set[str] = set()
        for record in sorted(records, key=lambda record: record.line):
            names = (name for name in (record.name, *record.names) if name != records[0].name)
            texts = (
                f"number:{person}",
                *(f"mail:{mail.lower()}" for mail in (*record.emails, *record.home_emails)
                  if _EMAIL.fullmatch(mail)),
                *(f"login:{login}" for login in record.logins),
                *(f"name:{' '.join(name.split())}" for name in names),
            )  # fmt: skip
            for text in texts:
                if text not in seen:
                    seen.add(text)
                    cells = {"kind": "alias", "a": ident(person), "b": text, "is": "yes"}
                    yield ties.row("same_as", cells, record.line)


def _entities(ties: Ties) -> Iterator[FactRow]:
    """Yield every entity a tie names."""
    for entity, name in ties.entities.values():
        cells = {"id": entity, "name": name, "from": "", "to": "", "alias_of": ""}
        file, line = ties.lines[entity]
        yield replace(ties.row("entities", cells, line), file=file)


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
        spans = united(ties.days[record.line].there & period for record in records)
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
    if any(len({record.late, *record.ends.values()}) > 1 for record in sheet.records):
        yield (
            "Some rows give several last days. The end of employment (else of the contract) counts "
            "for employer and payer, the first of all for manager, place and mail; up to the last "
            "of all the tie is kept as narrative, which shows nothing and excludes nothing."
        )
    if any(record.contractor for record in sheet.records):
        yield (
            "Contractors are employed by the agency their row names; that the company of the row "
            "employs them as well is kept as narrative."
        )
    if any(record.gone and not record.ends for record in sheet.records):
        yield "Rows of people who left without a last day are kept as narrative: add the day."
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
    if ties.offices:
        listed = "; ".join(f"{text} = {code}" for text, code in sorted(ties.offices.items())[:40])
        more = f"; and {len(ties.offices) - 40} more" if len(ties.offices) > 40 else ""
        yield f"Places were taken as: {listed}{more}."
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
