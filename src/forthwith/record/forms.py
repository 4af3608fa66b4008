"""Coding forms as kept: every version, since a coding is read by the form it was made with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.domain.coding import Choice, Form, Mark, MarkKind
from forthwith.domain.errors import ForthwithError
from forthwith.record import committed, journal, tables

_PUT = "form"
ACTIONS = (_PUT,)


class NoFormError(ForthwithError):
    """There is no form of a name, or not that version of it."""

    def __init__(self, form: str, version: int) -> None:
        what = f"version {version} of the form {form!r}" if version else f"form {form!r}"
        super().__init__(f"There is no {what} here. `forthwith code --forms` names them all.")


def every(connection: sa.Connection) -> tuple[Form, ...]:
    """Return every version of every form, by name and version."""
    table = tables.forms
    if not tables.holds(connection, table):
        return ()
    order = sa.select(table.c.body).order_by(table.c.id, table.c.version)
    return tuple(_form(json.loads(body)) for body in connection.scalars(order))


def put(connection: sa.Connection, form: Form, by: tuple[str, str]) -> Form:
    """Keep a form as the next version of its name; returns it with that version.

    One that asks what the last version asks is that version, and nothing is written.
    """
    table = tables.forms
    query = sa.select(table.c.body).where(table.c.id == form.id).order_by(table.c.version.desc())
    before = connection.scalar(query.limit(1))
    last = _form(json.loads(before)) if before else None
    if last is not None and replace(form, version=last.version) == last:
        return last
    kept = replace(form, version=last.version + 1 if last else 1)
    row = {
        "id": kept.id,
        "version": kept.version,
        "body": journal.canonical(asdict(kept)),
        "who": by[0],
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    connection.execute(sa.insert(table).values(row))
    digests = {table.name: {f"{kept.id}, version {kept.version}": committed.digest(row)}}
    committed.append(connection, _PUT, {"form": kept.id, "version": kept.version}, digests, by)
    return kept


def rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield name ("ours, version 2") and digest of each version."""
    table = tables.forms
    for row in connection.execute(sa.select(table).order_by(table.c.id, table.c.version)):
        yield f"{row.id}, version {row.version}", committed.digest(dict(row._mapping))  # noqa: SLF001


def _form(body: Mapping[str, Any]) -> Form:
    marks = tuple(
        Mark(
            **{
                **mark,
                "kind": MarkKind(mark["kind"]),
                "choices": tuple(Choice(**choice) for choice in mark["choices"]),
            }
        )
        for mark in body["marks"]
    )
    return Form(**{**body, "marks": marks})
