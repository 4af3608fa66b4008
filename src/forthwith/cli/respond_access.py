"""What `respond` asks of a matter: pages of sealed volumes, and what may be cited."""

from __future__ import annotations

import sqlalchemy as sa

from forthwith.record import ledger, productions, tables
from forthwith.record.matter import Matter
from forthwith.respond import citations
from forthwith.respond.citations import Shelf
from forthwith.respond.ranges import Pages


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
