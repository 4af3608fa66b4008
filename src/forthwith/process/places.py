"""Places: where a thing lies inside a blob, and the names it is found again under.

A locator is the steps from the blob downwards, joined by "/"; it is stable as long as the same
bytes are read by readers of the same stage.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from forthwith.domain import fields
from forthwith.domain.evidence import Child, FieldValue, Relation
from forthwith.domain.nodes import Disposition


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing lies."""

    locator: str
    parent: str | None
    sort: str
    relation: Relation | None
    name: str
    folder: str
    depth: int
    #: What the parent says of it.
    fields: tuple[FieldValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Digests:
    """Size and digests of a thing's bytes; empty where they could not be had."""

    size: int = 0
    md5: str = ""
    sha1: str = ""
    sha256: str = ""

    @classmethod
    def of(cls, data: bytes) -> Digests:
        """Digest bytes."""
        return cls(
            len(data),
            hashlib.md5(data).hexdigest(),
            hashlib.sha1(data).hexdigest(),
            hashlib.sha256(data).hexdigest(),
        )


def joined(locator: str, step: str) -> str:
    """Return the locator of a child; a "/" inside a step is escaped."""
    escaped = step.replace("%", "%25").replace("/", "%2F")
    return f"{locator}/{escaped}" if locator else escaped


def steps_of(locator: str) -> tuple[str, ...]:
    """Return the steps of a locator, outermost first."""
    parts = locator.split("/") if locator else []
    return tuple(part.replace("%2F", "/").replace("%25", "%") for part in parts)


def disposition(place: Place, *, expanded: bool) -> Disposition:
    """Say what becomes of a thing that lies here."""
    if place.relation is Relation.INLINE:
        return Disposition.INLINE
    return Disposition.CONTAINER if expanded else Disposition.DOCUMENT


def declared(child: Child) -> tuple[FieldValue, ...]:
    """Return the type the parent claims for a child, as a field: kept, never believed."""
    if not child.declared_type:
        return ()
    return (FieldValue(fields.DECLARED_TYPE, child.declared_type, "parent"),)


def slice_number(part: str) -> str:
    """Return the beginning of a slice as sortable text."""
    start = part.split("-", 1)[0]
    return f"{int(start):020d}" if start.isdigit() else start
