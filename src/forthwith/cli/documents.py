"""`documents`: what there is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.domain import fields
from forthwith.domain.containers import FaultyContainer, FaultyContainers
from forthwith.domain.documents import Document, ListedOnce
from forthwith.domain.set_aside import SetAside
from forthwith.plain.counting import count
from forthwith.plain.csv_cells import as_text
from forthwith.record.documents import as_json as line_of
from forthwith.workflows import search as desk
from forthwith.workflows.case_file import CaseFile

#: Columns of --csv.
_COLUMNS = (
    "control_number", "parent", "family", "custodian", "date", "kind", "subject", "name", "path",
    "from", "to", "media_type", "size", "md5", "sha256", "faults", "container_faults",
)  # fmt: skip

_HEADER = f"{'Number':10}  {'Date':10}  {'Custodian':20}  {'Kind':8}  Subject or name"


@click.command()
@click.option("--where", default="", metavar="SQL", help="Only documents that meet a condition.")
@click.option("--query", default="", help="Only documents that a search finds (docs/search.md).")
@click.option(
    "--csv",
    "table",
    is_flag=False,
    flag_value="-",
    metavar="[FILE]",
    help="Write a table for spreadsheets; without FILE it is printed.",
)
@click.option("--set-aside", "aside", is_flag=True, help="List what is set aside instead, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def documents(
    home: Path, where: str, query: str, table: str | None, *, aside: bool, as_json: bool
) -> None:
    """List documents in order of control number, families together.

    --where takes an SQL condition over columns such as custodian, kind, name, path, sent, subject,
    sender, recipients, media_type, size, md5, lost, duplicate_group, text; --query a search.
    """
    case = CaseFile.open(home)
    if aside:
        if where or query or table is not None:
            raise click.UsageError("--set-aside lists every file set aside; it goes with --json.")
        _print_aside(case.set_aside, as_json=as_json)
        return
    met = desk.chosen(case, where, query)
    around = _Around(case.containers)
    if as_json:
        copies = ListedOnce()
        for document in met:
            shown, copies_in = copies.shown(document)
            console.raw(line_of(shown, list(around.first_met(document)), copies_in))
    elif table == "-":
        for line in _table(met, around):
            console.raw(line)
    elif table:
        path = home / table
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            total = sum(file.write(f"{line}\r\n") > 0 for line in _table(met, around)) - 1
        console.say(f"{path}: {count(total, 'document')}.")
    else:
        _print(met, around)


def _table(met: Iterable[Document], around: _Around) -> Iterable[str]:
    """Yield the lines of a table; no cell of it is a formula to a spreadsheet."""
    yield _csv(_COLUMNS)
    for document in met:
        containers = "; ".join(
            f"{container.path}: {fault.reason}: {fault.detail}"
            for container in around.first_met(document)
            for fault in container.faults
        )
        faults = "; ".join(f"{fault.reason}: {fault.detail}" for fault in document.faults)
        yield _csv(
            (
                document.control_number, document.parent or "", document.family,
                document.custodian, _date(document), document.kind,
                document.text_of(fields.SUBJECT), document.name, document.path,
                document.text_of(fields.FROM), document.text_of(fields.TO), document.media_type,
                str(document.size), document.md5, document.sha256, faults, containers,
            )
        )  # fmt: skip


def _csv(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([as_text(" ".join(c.split())) for c in cells])
    return line.getvalue()


class _Around:
    """Gives each container with a fault to the first document listed that it holds or lies in."""

    def __init__(self, containers: FaultyContainers) -> None:
        self._containers = containers
        self._met: set[tuple[str, str]] = set()

    def first_met(self, document: Document) -> Iterator[FaultyContainer]:
        """Yield the containers around a document that no document before it had."""
        for around in (self._containers.holding(document), self._containers.within(document)):
            for container in around:
                if (place := (container.item, container.locator)) not in self._met:
                    self._met.add(place)
                    yield container


def _print(met: Iterable[Document], around: _Around) -> None:
    total = faults = partly = containers = 0
    families = set()
    for document in met:
        if not total:
            console.say(_HEADER)
        total += 1
        families.add(document.family)
        faults += document.lost
        partly += document.partly_read
        console.say(_line(document))
        for container in around.first_met(document):
            containers += 1
            for fault in container.faults:
                detail = " ".join(fault.detail.split())
                console.say(f"  container {container.path}  [{fault.reason}] {detail}")
    words = (count(total, "document"), count(len(families), "family", "families"))
    more = [f"{partly:,} only in part"] if partly else []
    if containers:
        more.append(f"{count(containers, 'container')} around them with a fault")
    console.say(
        "; ".join([f"{', '.join(words)}, {faults:,} of them could not be read", *more]) + "."
    )


def _print_aside(rows: Sequence[SetAside], *, as_json: bool) -> None:
    for row in rows:
        if as_json:
            console.raw(json.dumps(asdict(row), ensure_ascii=False))
        else:
            console.say(f"{row.custodian[:20]:20}  {row.path}  [{row.why}]")
    if not as_json:
        console.say(f"{count(len(rows), 'file')} set aside: kept, and no documents.")


def _date(document: Document) -> str:
    return document.text_of(fields.SENT) or document.text_of(fields.MODIFIED)


def _line(document: Document) -> str:
    indent = "" if document.parent is None else "  + "
    day = _date(document)[:10] or "no date"
    title = document.text_of(fields.SUBJECT) or document.name or document.path
    reasons = ", ".join(dict.fromkeys(str(fault.reason) for fault in document.faults))
    fault = f"  [{reasons}]" if reasons else ""
    return (
        f"{document.control_number}  {day:10}  {document.custodian[:20]:20}  "
        f"{document.kind:8}  {indent}{' '.join(title.split())[:90]}{fault}"
    )
