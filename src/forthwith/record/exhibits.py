"""Exhibits as kept: pages of a document under a name of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.record import committed, journal, tables

_ENTERED, _CHANGED, _REMOVED = "exhibit", "exhibit changed", "exhibit removed"
ACTIONS = (_ENTERED, _CHANGED, _REMOVED)


class ExhibitError(ForthwithError):
    """The name of an exhibit is taken, or there is none of it."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """Pages of one document that are cited by a name."""

    #: "PX-12".
    name: str
    control: str
    #: Pages, first and last number, title, stamp; `who` and `at` are added when it is kept.
    body: Mapping[str, Any] = field(default_factory=dict)


def every(connection: sa.Connection) -> tuple[Exhibit, ...]:
    """Return all exhibits by name."""
    table = tables.exhibits
    if not tables.holds(connection, table):
        return ()
    order = sa.select(table).order_by(table.c.name)
    return tuple(
        Exhibit(row.name, row.control, json.loads(row.body)) for row in connection.execute(order)
    )


def enter(connection: sa.Connection, exhibit: Exhibit, by: tuple[str, str]) -> Exhibit:
    """Keep a new exhibit. Raises ExhibitError where its name is taken."""
    there = {known.name.casefold(): known for known in every(connection)}
    if (known := there.get(exhibit.name.casefold())) is not None:
        raise ExhibitError(
            f"Exhibit {known.name} is {known.control} already. Choose another name, or remove it."
        )
    kept = _with_maker(exhibit, by)
    connection.execute(sa.insert(tables.exhibits).values(_row(kept)))
    _note(connection, _ENTERED, kept.name, kept.control, committed.digest(_row(kept)), by)
    return kept


def change(connection: sa.Connection, exhibit: Exhibit, by: tuple[str, str]) -> Exhibit:
    """Set an exhibit's document, pages, title or stamp anew. Raises ExhibitError."""
    _known(connection, exhibit.name)
    kept = _with_maker(exhibit, by)
    table = tables.exhibits
    connection.execute(sa.update(table).where(table.c.name == kept.name).values(_row(kept)))
    _note(connection, _CHANGED, kept.name, kept.control, committed.digest(_row(kept)), by)
    return kept


def remove(connection: sa.Connection, name: str, by: tuple[str, str]) -> None:
    """Take an exhibit away; the journal still tells of it. Raises ExhibitError."""
    known = _known(connection, name)
    connection.execute(sa.delete(tables.exhibits).where(tables.exhibits.c.name == name))
    _note(connection, _REMOVED, name, known.control, "", by)


def rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield name and digest of each exhibit, as the journal commits to it."""
    for row in connection.execute(sa.select(tables.exhibits).order_by(tables.exhibits.c.name)):
        yield row.name, committed.digest(dict(row._mapping))  # noqa: SLF001 - a row as a mapping


def _known(connection: sa.Connection, name: str) -> Exhibit:
    known = next((exhibit for exhibit in every(connection) if exhibit.name == name), None)
    if known is None:
        raise ExhibitError(f"There is no exhibit {name}. `forthwith exhibits` names them all.")
    return known


def _with_maker(exhibit: Exhibit, by: tuple[str, str]) -> Exhibit:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Exhibit(exhibit.name, exhibit.control, {**exhibit.body, "who": by[0], "at": at})


def _row(exhibit: Exhibit) -> dict[str, str]:
    body = journal.canonical(exhibit.body)
    return {"name": exhibit.name, "control": exhibit.control, "body": body}


def _note(
    connection: sa.Connection,
    action: str,
    name: str,
    control: str,
    digest: str,
    by: tuple[str, str],
) -> None:
    facts = {"exhibit": name, "control": control}
    committed.append(connection, action, facts, {tables.exhibits.name: {name: digest}}, by)
