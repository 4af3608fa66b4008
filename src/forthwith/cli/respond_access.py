"""What `respond` asks of a matter: pages of sealed volumes, what may be cited, texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from forthwith.record import ledger, productions, tables
from forthwith.record.documents import DocumentTable, NotProcessedError
from forthwith.record.matter import Matter
from forthwith.respond import citations
from forthwith.respond.citations import Shelf
from forthwith.respond.papers_front import Front
from forthwith.respond.ranges import Pages
from forthwith.respond.requests import Register


def register_of(matter: Matter) -> Register:
    """Return sets, requests and responses. Raises BodyError."""
    return Register.read(ledger.read(matter))


def pages_of(matter: Matter) -> Pages:
    """Return the pages of every sealed volume."""
    with matter.engine.connect() as connection:
        return Pages(productions.numbers(connection))


def shelf_of(matter: Matter) -> Shelf:
    """Return what may be cited, and what once might have been."""
    with matter.engine.connect() as connection:
        rows = connection.execute(sa.select(tables.bates.c.first, tables.bates.c.last))
        ever = tuple(sorted({(row.first, row.last) for row in rows}))
    withheld = citations.withheld(ledger.read(matter))
    return Shelf(pages_of(matter), ever, withheld, matter.settings.bates_prefix)


def text_of(matter: Matter) -> Callable[[str], str]:
    """Return what gives a document's text by control number; "" where nothing is processed."""
    table = DocumentTable(matter.derived)

    def text(control_number: str) -> str:
        try:
            return table.text(control_number)[0]
        except NotProcessedError:
            return ""

    return text


def front_of(matter: Matter, signer: str = "") -> Front:
    """Return what every court paper of the matter shares."""
    settings = matter.settings
    made = Front.of(settings.name, settings.number, settings.parties, settings.letter)
    return replace(made, signer=signer) if signer else made
