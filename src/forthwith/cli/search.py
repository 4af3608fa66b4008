"""`search` and `terms`: documents by what they say, and lists of terms measured."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.cli.as_login import opened
from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.plain import counting
from forthwith.review.search.query import show
from forthwith.review.search.search import QueryResult
from forthwith.review.search.term_report import Comparison, Cost, TermLine, TermReport
from forthwith.workflows import search as desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room import listing
from forthwith.workflows.search import HighlightedText, TermMeasurement

#: Documents listed for people unless they ask for more, and characters shown around a match.
_LISTED, _AROUND = 50, 60
#: Custodians that have a column of their own on a terminal.
_COLUMNS = 4


@click.command()
@click.argument("query")
@click.option("--count", is_flag=True, help="Print the counts alone.")
@click.option("--family", is_flag=True, help="List whole families.")
@click.option("--limit", type=click.IntRange(0), metavar="N", help="List at most N; 0 lists all.")
@click.option(
    "--side", type=click.Choice(["ours", "theirs"]), help="Only of one side; of both without it."
)
@click.option("--highlight", metavar="CONTROL", help="Show the matches in one document's text.")
@click.option(
    "--as", "as_login", default="", metavar="LOGIN", help="Only of what LOGIN is shown in the room."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def search(
    home: Path,
    query: str,
    limit: int | None,
    side: str | None,
    highlight: str,
    as_login: str,
    *,
    count: bool,
    family: bool,
    as_json: bool,
) -> None:
    """Find the documents that meet a query: AND OR NOT, "phrases", w/5, pre/5, *, ?, fields.

    The language and what each part of it means are in docs/search.md.
    """
    with contextlib.ExitStack() as stack:
        asked = _as_shown(stack, home, as_login) if as_login else _whole(home)
        result = asked.result(query, side or "")
        if highlight:
            _highlight(asked.matches(result, highlight), as_json=as_json)
        elif as_json:
            _json(asked, result, limit, family=family, count=count)
        else:
            most = _LISTED if limit is None else limit
            _people(asked, result, most, family=family, count=count)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where a query is asked: of the whole matter, or of what one person is shown of it."""

    result: Callable[[str, str], QueryResult]
    matches: Callable[[QueryResult, str], HighlightedText]
    documents: Callable[[QueryResult, Sequence[int]], Iterable[Document]]
    #: Control number of a family's first document; "" where that is hidden.
    top: Callable[[QueryResult, int], str]


def _whole(home: Path) -> _Asked:
    case = CaseFile.open(home)
    return _Asked(
        lambda query, side: desk.search(case, query, side),
        lambda result, control: desk.highlight(case, result, control),
        lambda result, places: desk.documents_of(
            case, [result.index.controls[place] for place in places]
        ),
        lambda result, place: result.index.tops[place],
    )


def _as_shown(stack: contextlib.ExitStack, home: Path, login: str) -> _Asked:
    room, seer = stack.enter_context(opened(home, login))
    view = room.view(seer)
    return _Asked(
        lambda query, side: listing.result(room, view, query, side),
        lambda result, control: listing.matches(room, view, result, control),
        lambda _, places: map(view.standing.store.information, places),
        lambda _, place: listing.top(view, place),
    )


def _json(
    asked: _Asked, result: QueryResult, limit: int | None, *, family: bool, count: bool
) -> None:
    if count:
        counts = {
            "documents": result.documents,
            "with_family": result.with_family,
            "families": result.families,
        }
        console.raw(json.dumps({"read_as": show(result.node), **counts}, ensure_ascii=False))
        return
    index = result.index
    numbers, names = index.custodians
    for place in desk.places(result, limit, family=family):
        row = {
            "control_number": index.controls[place],
            "family": asked.top(result, place),
            "custodian": names[numbers[place]],
            "day": bytes(index.days[place]).decode(),
            "met": bool(result.met[place]),
        }
        console.raw(json.dumps(row, ensure_ascii=False))


def _people(asked: _Asked, result: QueryResult, limit: int, *, family: bool, count: bool) -> None:
    console.say(f"Read as: {show(result.node)}")
    if not count:
        places = desk.places(result, limit, family=family)
        met = set(result.controls())
        for document in asked.documents(result, places):
            console.say(_line(document, met=document.control_number in met))
        left = (result.with_family if family else result.documents) - len(places)
        if left:
            console.say(f"… and {left:,} more: --limit 0 lists all.")
    console.say(
        f"{counting.count(result.documents, 'document')}; "
        f"{result.with_family:,} with their families, "
        f"in {counting.count(result.families, 'family', 'families')}."
    )


def _line(document: Document, *, met: bool) -> str:
    day = (document.text_of(fields.SENT) or document.text_of(fields.MODIFIED))[:10] or "no date"
    title = document.text_of(fields.SUBJECT) or document.name or document.path
    mark = "" if met else "  [family]"
    who = document.custodian[:20]
    return f"{document.control_number}  {day:10}  {who:20}  {' '.join(title.split())[:90]}{mark}"


def _highlight(shown: HighlightedText, *, as_json: bool) -> None:
    text = shown.text
    if as_json:
        matches = [
            {"first": first, "last": last, "text": text[first:last]}
            for first, last in shown.matches
        ]
        row = {"control_number": shown.control, "met": shown.met, "matches": matches}
        console.raw(json.dumps(row, ensure_ascii=False))
        return
    for first, last in shown.matches:
        before, after = text[max(first - _AROUND, 0) : first], text[last : last + _AROUND]
        around = f"{before}[{text[first:last]}]{after}"
        console.say(f"{first:>9,}  {' '.join(around.split())}")
    answer = "meets" if shown.met else "does not meet"
    words = counting.count(len(shown.matches), "match", "matches")
    console.say(f"{shown.control} {answer} the query; {words} in its text.")


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--against", metavar="OLD", type=click.Path(path_type=Path), help="Compare with a version."
)
@click.option(
    "--csv", "table", metavar="FILE", type=click.Path(path_type=Path), help="Write a table."
)
@click.option(
    "--side",
    type=click.Choice(["ours", "theirs"]),
    default="ours",
    show_default=True,
    help="Whose documents are counted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def terms(
    home: Path, path: Path, against: Path | None, table: Path | None, side: str, *, as_json: bool
) -> None:
    """Count what each search term of a list finds; one query a line, # begins a comment line.

    --against measures each change from an older list: documents and families gained and lost.
    """
    measured = desk.measure(CaseFile.open(home), path, against, side)
    if table is not None:
        desk.write_table(table, measured)
    if as_json:
        console.raw(json.dumps(_as_json(measured), ensure_ascii=False))
        return
    _print(measured.report)
    if measured.compared:
        _print_changes(measured.compared)


def _print(report: TermReport) -> None:
    names = sorted(report.custodians)
    shown = names if len(names) <= _COLUMNS else []
    rows = [
        [
            line.term.text,
            *(f"{number:,}" for number in (line.documents, line.with_family, line.unique)),
            *(f"{line.custodians.get(name, 0):,}" for name in shown),
        ]
        for line in report.lines
    ]
    terminal.table(["Term", "Documents", "With family", "Unique", *shown], rows, 1)
    if len(names) > _COLUMNS:
        console.say(f"{len(names):,} custodians: --csv FILE or --json has each.")
    console.say(
        f"{counting.count(len(rows), 'term')} find "
        f"{counting.count(report.documents, 'document')}, "
        f"{report.with_family:,} with their families."
    )


def _print_changes(compared: Comparison) -> None:
    rows = [
        [desk.words_of(change.old), desk.words_of(change.new), *_signed(change.cost)]
        for change in compared.changes
    ]
    rows.append(["All changes", "", *_signed(compared.whole)])
    console.say()
    terminal.table(["Old term", "New term", "Documents", "Families"], rows, 2)


def _signed(cost: Cost) -> list[str]:
    return [
        f"+{cost.documents_gained:,} -{cost.documents_lost:,}",
        f"+{cost.families_gained:,} -{cost.families_lost:,}",
    ]


def _as_json(measured: TermMeasurement) -> dict[str, Any]:
    report, compared = measured.report, measured.compared
    body: dict[str, Any] = {
        "documents": report.documents,
        "with_family": report.with_family,
        "custodians": report.custodians,
        "terms": [_term(line) for line in report.lines],
    }
    if compared:
        body["changes"] = [
            {
                "old": change.old.text if change.old else None,
                "new": change.new.text if change.new else None,
                **asdict(change.cost),
            }
            for change in compared.changes
        ]
        body["all_changes"] = asdict(compared.whole)
    return body


def _term(line: TermLine) -> dict[str, Any]:
    return {
        "line": line.term.line,
        "term": line.term.text,
        "read_as": line.term.read_as,
        "documents": line.documents,
        "with_family": line.with_family,
        "unique": line.unique,
        "custodians": line.custodians,
    }
