"""`documents`: what there is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.plain.counting import count
from forthwith.record.documents import as_json as line_of
from forthwith.workflows.case_file import CaseFile


@click.command()
@click.option("--where", default="", metavar="SQL", help="Only documents that meet a condition.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def documents(home: Path, where: str, *, as_json: bool) -> None:
    """List documents in order of control number, families together.

    --where takes an SQL condition over columns such as custodian, kind, name, path, sent, subject,
    sender, recipients, media_type, size, md5, lost, duplicate_group, text.
    """
    met = CaseFile.open(home).table.ask(where)
    if as_json:
        for document in met:
            console.raw(line_of(document))
        return
    _print(met)


def _print(met: Iterable[Document]) -> None:
    total = faults = 0
    families = set()
    for document in met:
        total += 1
        families.add(document.family)
        faults += document.lost
        console.say(_line(document))
    words = (count(total, "document"), count(len(families), "family", "families"))
    console.say(f"{', '.join(words)}, {faults:,} of them could not be read.")


def _line(document: Document) -> str:
    indent = "" if document.parent is None else "  + "
    day = (document.text_of(fields.SENT) or document.text_of(fields.MODIFIED))[:10] or "no date"
    title = document.text_of(fields.SUBJECT) or document.name or document.path
    fault = f"  [{document.faults[0].reason}]" if document.faults else ""
    return (
        f"{document.control_number}  {day:10}  {document.custodian[:20]:20}  "
        f"{document.kind:8}  {indent}{' '.join(title.split())[:90]}{fault}"
    )
