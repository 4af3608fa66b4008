"""Lift HR exports into people, entities and ties: employer, payer, manager, place, e-mail domain.

A row says no more than its days: the hire date dates the employer; who pays, manages and where one
sits are known from the row's own effective date on, or, in a list of the present state, from the
first day of the export's period. That the ties listed are all is claimed only when told so, and
then only for days and people for whom every kind of tie is written down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from forthwith.domain.fact_tables import FactRow, Lifted, Stamp
from forthwith.exports.hr.affiliations import KINDS, Ties, alike, days_of, ident
from forthwith.exports.hr.columns import Record, Sheet, read
from forthwith.exports.hr.periods import by_person, united
from forthwith.exports.options import Files, ImportOptions, joined


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
