"""Sources and items as kept: written once at collection, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from forthwith.domain.items import Item, Shape, Source
from forthwith.record import journal, tables
from forthwith.record.evidence import Blob


def known(connection: sa.Connection, custodian: str, origin: str) -> dict[tuple[str, str], bool]:
    """Return (path, blob) of all that was collected before from this place for this custodian.

    True where it was once collected without a fault.
    """
    query = (
        sa.select(tables.items.c.path, tables.items.c.blob, tables.items.c.fault)
        .join(tables.sources)
        .where(tables.sources.c.custodian == custodian, tables.sources.c.origin == origin)
    )
    sound: dict[tuple[str, str], bool] = {}
    for row in connection.execute(query):
        place = (row.path, row.blob)
        sound[place] = sound.get(place, False) or not row.fault
    return sound


def next_source(connection: sa.Connection) -> str:
    """Return the id the next source will have."""
    count = connection.scalar(sa.select(sa.func.count()).select_from(tables.sources)) or 0
    return f"S{count + 1:04d}"


def add(connection: sa.Connection, source: Source, items: Sequence[Item]) -> journal.Entry:
    """Write a source with its items, and the journal entry that commits to every one of them."""
    connection.execute(sa.insert(tables.sources).values(asdict(source)))
    if items:
        connection.execute(sa.insert(tables.items), [_row(item) for item in items])
    body = {**asdict(source), "items": len(items), "digest": digest(items)}
    return journal.append(connection, "collect", body)


def exchange(connection: sa.Connection, blobs: Mapping[str, Blob]) -> dict[str, str]:
    """Give items other blobs; returns the digest that each of their sources has from now on.

    Only the destruction of what was called back does so, with its own entry in the journal.
    """
    for name, blob in blobs.items():
        values = {"blob": blob.sha256, "sha1": blob.sha1, "md5": blob.md5, "size": blob.size}
        row = sa.update(tables.items).where(tables.items.c.id == name)
        connection.execute(row.values(values))
    of = sorted({name.partition("/")[0] for name in blobs})
    return {source: digest(list(items(connection, source))) for source in of}


def _row(item: Item) -> dict[str, Any]:
    """Return an item's fields; none of them nests, so nothing need be copied deeply."""
    return {name: getattr(item, name) for name in Item.__slots__}


def digest(items: Sequence[Item]) -> str:
    """Return one SHA-256 over all that is known of these items, in order of id."""
    ordered = sorted((_row(item) for item in items), key=lambda row: row["id"])
    return hashlib.sha256(journal.canonical(ordered).encode()).hexdigest()


def sources(connection: sa.Connection) -> list[Source]:
    """Return every source in the order collected."""
    rows = connection.execute(sa.select(tables.sources).order_by(tables.sources.c.id))
    return [Source(**row._mapping) for row in rows]  # noqa: SLF001 - a row as a mapping


def items(connection: sa.Connection, source: str | None = None) -> Iterator[Item]:
    """Yield items in order of id, of one source or of all."""
    query = sa.select(tables.items).order_by(tables.items.c.id)
    if source is not None:
        query = query.where(tables.items.c.source == source)
    for row in connection.execute(query):
        values = dict(row._mapping)  # noqa: SLF001 - a row as a mapping
        yield Item(**{**values, "shape": Shape(values["shape"])})
