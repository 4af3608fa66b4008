"""Sealed productions: the append-only register of volumes and of every Bates number handed out."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from forthwith.domain.bates import Bates
from forthwith.record import journal, tables


@dataclass(frozen=True, slots=True)
class Production:
    """One sealed volume."""

    volume: str
    standard: str
    #: ISO 8601, UTC.
    sealed: str
    first_bates: str
    last_bates: str
    #: Which production of the matter it is, from 1.
    ordinal: int
    #: The volume whose place it takes, under the same numbers; "" for a first production.
    replaces: str
    #: SHA-256 of its manifest.
    manifest: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """What differs from a sealed volume, delivered under the same numbers."""

    name: str
    #: The sealed volume it is loaded over.
    volume: str
    #: ISO 8601, UTC.
    sealed: str
    #: Why, as the letter says it.
    reason: str
    #: SHA-256 of its manifest.
    manifest: str
    documents: int


def overlays(connection: sa.Connection) -> list[Overlay]:
    """Return every sealed overlay in the order sealed; the journal alone keeps them."""
    bodies = (entry.facts() for entry in journal.of(connection, "overlay"))
    return [Overlay(**{name: body[name] for name in Overlay.__slots__}) for body in bodies]


def seal_overlay(
    connection: sa.Connection, overlay: Overlay, note: Mapping[str, Any]
) -> journal.Entry:
    """Write a sealed overlay into the journal."""
    return journal.append(connection, "overlay", {**asdict(overlay), **note})


def sealed(connection: sa.Connection) -> list[Production]:
    """Return every sealed volume in the order sealed."""
    rows = connection.execute(sa.select(tables.productions).order_by(tables.productions.c.ordinal))
    return [Production(**row._mapping) for row in rows]  # noqa: SLF001 - a row as a mapping


def numbers(connection: sa.Connection) -> dict[str, tuple[str, str, str]]:
    """Return control number -> (volume, first, last) of everything produced, the latest last."""
    rows = connection.execute(
        sa.select(tables.bates).join(tables.productions).order_by(tables.productions.c.ordinal)
    )
    return {row.control_number: (row.volume, row.first, row.last) for row in rows}


def ever_sealed(connection: sa.Connection) -> frozenset[tuple[str, str]]:
    """Return first and last number of every document of every volume, replaced ones too."""
    rows = connection.execute(sa.select(tables.bates.c.first, tables.bates.c.last))
    return frozenset((row.first, row.last) for row in rows)


def pages(connection: sa.Connection) -> dict[str, int]:
    """Return control number -> pages produced."""
    return {
        control_number: Bates.parse(first).pages_to(Bates.parse(last)) or 0
        for control_number, (_, first, last) in numbers(connection).items()
    }


#: Files sealed beside the manifest, by path within the volume: their SHA-256.
_BESIDE = "beside"


def beside(connection: sa.Connection) -> dict[str, dict[str, str]]:
    """Return, by volume, the files its manifest cannot name: the signed seal, and its stamp.

    Of each path the SHA-256 that the journal has last.
    """
    files: dict[str, dict[str, str]] = {}
    for action, name in (("seal", "volume"), ("overlay", "name")):
        for entry in journal.of(connection, action):
            facts = entry.facts()
            files[facts[name]] = dict(facts.get(_BESIDE, {}))
    for entry in journal.of(connection, "ledger seal stamp"):
        facts = entry.facts()
        files.setdefault(facts["key"], {}).update(facts["body"].get(_BESIDE, {}))
    return files


def seal(
    connection: sa.Connection,
    production: Production,
    ranges: Sequence[tuple[str, str, str]],
    note: Mapping[str, Any],
) -> journal.Entry:
    """Write a volume, its numbers (control number, first, last) and its journal entry together."""
    connection.execute(sa.insert(tables.productions).values(asdict(production)))
    rows = [
        {
            "control_number": control_number,
            "volume": production.volume,
            "first": first,
            "last": last,
        }
        for control_number, first, last in ranges
    ]
    for start in range(0, len(rows), 10_000):
        connection.execute(sa.insert(tables.bates), rows[start : start + 10_000])
    body = {**asdict(production), **note, "ranges": ranges_digest(ranges)}
    return journal.append(connection, "seal", body)


def ranges_digest(ranges: Sequence[tuple[str, str, str]]) -> str:
    """Return one SHA-256 over (control number, first, last) of a volume."""
    return hashlib.sha256(journal.canonical(sorted(ranges)).encode()).hexdigest()


def ranges_digests(connection: sa.Connection) -> dict[str, str]:
    """Return volume -> digest of the Bates numbers in the table."""
    by_volume: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in connection.execute(sa.select(tables.bates)):
        by_volume[row.volume].append((row.control_number, row.first, row.last))
    return {volume: ranges_digest(ranges) for volume, ranges in by_volume.items()}
