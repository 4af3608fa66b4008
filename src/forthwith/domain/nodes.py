"""Nodes: one collected item as read, and everything found inside it, before places are joined on.

A node belongs to a blob, not to a place: the same mailbox collected from two custodians is read
once, and its nodes become documents once for each place (`process.families`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forthwith.domain.evidence import Fault, FieldValue, Kind, Relation, TextMethod


class Disposition(StrEnum):
    """What becomes of a node."""

    DOCUMENT = "document"
    #: Expanded into what it holds; kept in the paths of its members, never produced.
    CONTAINER = "container"
    #: Part of its parent's body; counted, never a document of its own.
    INLINE = "inline"


@dataclass(frozen=True, slots=True)
class Node:
    """One thing read."""

    #: Steps from the blob, joined by "/"; "" is the blob itself.
    locator: str
    #: Locator of the thing directly above; None for the blob itself.
    parent: str | None
    #: Sorts the nodes of one blob into reading order, parents first.
    sort: str
    relation: Relation | None
    disposition: Disposition
    kind: Kind
    name: str
    #: Folder inside the parent.
    folder: str
    media_type: str
    size: int
    md5: str
    sha1: str
    sha256: str
    #: The document's text, mail with its header lines.
    text: str
    #: Where the body begins in `text`.
    body: int
    text_method: TextMethod
    fields: tuple[FieldValue, ...]
    faults: tuple[Fault, ...]
    #: Children the structure says it holds; None when it does not say.
    declared: int | None
    #: Children that came out (inline ones included).
    emitted: int
    #: Children that stand as a Fault each, because their bytes did not come out.
    absent: int
    #: Recipe fw1 over this node and all beneath it.
    content_hash: str
    #: MD5 of the Message-ID (EDRM MIH), upper case; "" without one.
    message_id_hash: str

    def value(self, name: str) -> str:
        """Return the first value of field `name`, or ""."""
        for field in self.fields:
            if field.name == name:
                return field.value if isinstance(field.value, str) else "; ".join(field.value)
        return ""
