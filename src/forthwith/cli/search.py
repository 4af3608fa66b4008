"""`search` and `terms`: documents by what they say, and lists of terms measured."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np

from forthwith.cli import console, terminal
from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.errors import ForthwithError
from forthwith.plain import counting
from forthwith.plain.csv_cells import as_text
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.review.search import term_report as lists
from forthwith.review.search.highlights import highlights
from forthwith.review.search.query import show
from forthwith.review.search.search import QueryResult, Searcher

#: Documents listed for people unless they ask for more, and characters shown around a match.
_LISTED, _AROUND = 50, 60
#: Custodians that have a column of their own on a terminal.
_COLUMNS = 4


class NoSuchDocumentError(ForthwithError):
    """A control number nobody has."""

    def __init__(self, control: str) -> None:
        super().__init__(
            f"There is no document {control}. `forthwith documents` lists control numbers."
        )


class NoTermFileError(ForthwithError):
    """A list of terms cannot be read."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be read: {why}. Name a UTF-8 text file, one term a line.")


@click.command()
@click.argument("query")
@click.option("--count", is_flag=True, help="Print the counts alone.")
@click.option("--family", is_flag=True, help="List whole families.")
@click.option("--limit", type=click.IntRange(0), metavar="N", help="List at most N; 0 lists all.")
@click.option("--highlight", metavar="CONTROL", help="Show the matches in one document's text.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def search(
    home: Path,
    query: str,
    limit: int | None,
    highlight: str,
    *,
    count: bool,
    family: bool,
    as_json: bool,
) -> None:
    """Find the documents that meet a query: AND OR NOT, "phrases", w/5, pre/5, *, ?, fields.

    The language and what each part of it means are in docs/search.md.
    """
    matter = Matter.open(home)
    found = Searcher.of(matter).ask(query)
    if highlight:
        _highlight(matter, found, highlight, as_json=as_json)
    elif as_json:
        _json(found, limit, family=family, count=count)
    else:
        _people(matter, found, _LISTED if limit is None else limit, family=family, count=count)


def _places(found: QueryResult, limit: int | None, *, family: bool) -> Iterator[int]:
    places = np.flatnonzero(found.whole if family else found.met)
    return (int(place) for place in islice(places, limit or None))


def _json(found: QueryResult, limit: int | None, *, family: bool, count: bool) -> None:
    if count:
        console.raw(json.dumps({"read_as": show(found.node), **_counts(found)}, ensure_ascii=False))
        return
    index = found.index
    numbers, names = index.custodians
    for place in _places(found, limit, family=family):
        row = {
            "control_number": index.controls[place],
            "family": index.tops[place],
            "custodian": names[numbers[place]],
            "day": str(index.days[place]),
            "met": bool(found.met[place]),
        }
        console.raw(json.dumps(row, ensure_ascii=False))


def _counts(found: QueryResult) -> dict[str, int]:
    return {
        "documents": found.documents,
        "with_family": found.with_family,
        "families": found.families,
    }


def _people(matter: Matter, found: QueryResult, limit: int, *, family: bool, count: bool) -> None:
    console.say(f"Read as: {show(found.node)}")
    if not count:
        controls = [found.index.controls[at] for at in _places(found, limit, family=family)]
        met = set(found.controls())
        for document in _documents(matter, controls):
            console.say(_line(document, met=document.control_number in met))
        left = (found.with_family if family else found.documents) - len(controls)
        if left:
            console.say(f"… and {left:,} more: --limit 0 lists all.")
    console.say(
        f"{counting.count(found.documents, 'document')}; "
        f"{found.with_family:,} with their families, "
        f"in {counting.count(found.families, 'family', 'families')}."
    )


def _documents(matter: Matter, controls: Sequence[str]) -> Iterator[Document]:
    table = DocumentTable(matter.derived)
    for start in range(0, len(controls), 2000):
        listed = ", ".join(f"'{each}'" for each in controls[start : start + 2000])
        yield from table.ask(f"control_number IN ({listed})")


def _line(document: Document, *, met: bool) -> str:
    day = (document.text_of(fields.SENT) or document.text_of(fields.MODIFIED))[:10] or "no date"
    title = document.text_of(fields.SUBJECT) or document.name or document.path
    said = "" if met else "  [family]"
    who = document.custodian[:20]
    return f"{document.control_number}  {day:10}  {who:20}  {' '.join(title.split())[:90]}{said}"


def _highlight(matter: Matter, found: QueryResult, control: str, *, as_json: bool) -> None:
    place = found.index.place.get(control)
    if place is None:
        raise NoSuchDocumentError(control)
    text = DocumentTable(matter.derived).text(control)[0]
    ranges = highlights(found.node, text)
    met = bool(found.met[place])
    if as_json:
        shown = [{"first": a, "last": b, "text": text[a:b]} for a, b in ranges]
        row = {"control_number": control, "met": met, "matches": shown}
        console.raw(json.dumps(row, ensure_ascii=False))
        return
    for first, last in ranges:
        before, after = text[max(first - _AROUND, 0) : first], text[last : last + _AROUND]
        shown_text = f"{before}[{text[first:last]}]{after}"
        console.say(f"{first:>9,}  {' '.join(shown_text.split())}")
    answer = "meets" if met else "does not meet"
    matches = counting.count(len(ranges), "match", "matches")
    console.say(f"{control} {answer} the query; {matches} in its text.")


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--against", metavar="OLD", type=click.Path(path_type=Path), help="Compare with a version."
)
@click.option(
    "--csv", "table", metavar="FILE", type=click.Path(path_type=Path), help="Write a table."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def terms(
    home: Path, path: Path, against: Path | None, table: Path | None, *, as_json: bool
) -> None:
    """Count what each search term of a list finds; one query a line, # begins a comment line.

    --against measures each change from an older list: documents and families gained and lost.
    """
    matter = Matter.open(home)
    # Both lists are read before anything is measured: a slip in one shows at once.
    asked = lists.read(str(path), _text(path))
    earlier = lists.read(str(against), _text(against)) if against else []
    searcher = Searcher.of(matter)
    now = lists.TermHits(searcher, str(path), asked)
    then = lists.TermHits(searcher, str(against), earlier) if against else None
    report, compared = now.report(), lists.compare(then, now) if then else None
    if table is not None:
        _csv(table, report, compared)
    if as_json:
        console.raw(json.dumps(_as_json(report, compared), ensure_ascii=False))
        return
    _print(report)
    if compared:
        _print_changes(compared)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise NoTermFileError(path, "it is not UTF-8 text") from wrong
    except OSError as wrong:
        raise NoTermFileError(path, (wrong.strerror or "no such file").lower()) from wrong


def _print(report: lists.TermReport) -> None:
    names = sorted(report.custodians)
    shown = names if len(names) <= _COLUMNS else []
    rows = [
        [
            each.term.text,
            *(f"{n:,}" for n in (each.documents, each.with_family, each.unique)),
            *(f"{each.custodians.get(name, 0):,}" for name in shown),
        ]
        for each in report.lines
    ]
    terminal.table(["Term", "Documents", "With family", "Unique", *shown], rows, 1)
    if len(names) > _COLUMNS:
        console.say(f"{len(names):,} custodians: --csv FILE or --json has each.")
    console.say(
        f"{counting.count(len(rows), 'term')} find {counting.count(report.documents, 'document')}, "
        f"{report.with_family:,} with their families."
    )


def _print_changes(compared: lists.Comparison) -> None:
    rows = [
        [_text_of(each.old), _text_of(each.new), *_signed(each.cost)] for each in compared.changes
    ]
    rows.append(["All changes", "", *_signed(compared.whole)])
    console.say()
    terminal.table(["Old term", "New term", "Documents", "Families"], rows, 2)


def _text_of(term: lists.Term | None) -> str:
    return term.text if term else "(none)"


def _signed(cost: lists.Cost) -> list[str]:
    return [
        f"+{cost.documents_gained:,} -{cost.documents_lost:,}",
        f"+{cost.families_gained:,} -{cost.families_lost:,}",
    ]


def _as_json(report: lists.TermReport, compared: lists.Comparison | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "documents": report.documents,
        "with_family": report.with_family,
        "custodians": report.custodians,
        "terms": [_term(each) for each in report.lines],
    }
    if compared:
        made["changes"] = [
            {
                "old": each.old.text if each.old else None,
                "new": each.new.text if each.new else None,
                **asdict(each.cost),
            }
            for each in compared.changes
        ]
        made["all_changes"] = asdict(compared.whole)
    return made


def _term(each: lists.TermLine) -> dict[str, Any]:
    return {
        "line": each.term.line,
        "term": each.term.text,
        "read_as": each.term.read_as,
        "documents": each.documents,
        "with_family": each.with_family,
        "unique": each.unique,
        "custodians": each.custodians,
    }


def _csv(path: Path, report: lists.TermReport, compared: lists.Comparison | None) -> None:
    names = sorted(report.custodians)
    rows: list[Iterable[object]] = [
        ["line", "term", "read_as", "documents", "with_family", "unique", *names]
    ]
    for each in report.lines:
        counts = [each.custodians.get(name, 0) for name in names]
        rows.append([*list(_term(each).values())[:-1], *counts])
    if compared:
        rows += [[], ["old", "new", *asdict(compared.whole)]]
        rows += [
            [_text_of(each.old), _text_of(each.new), *asdict(each.cost).values()]
            for each in compared.changes
        ]
        rows.append(["All changes", "", *asdict(compared.whole).values()])
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(
            [as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
        )
