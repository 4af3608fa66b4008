"""Sources and items: what was collected, from whom, from where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """How an item lay."""

    FILE = "file"
    #: A folder that is one export (Slack, RSMF): its blob is a JSON list of its members' digests.
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class Source:
    """Where data lay when it was collected, and whose it was."""

    id: str
    custodian: str
    #: The path collected, absolute.
    origin: str
    #: ISO 8601, UTC.
    collected: str


@dataclass(frozen=True, slots=True)
class Item:
    """One byte stream as collected."""

    #: "S0001/000012".
    id: str
    source: str
    #: Under the source's origin, "/" separated, as found.
    path: str
    #: SHA-256 of the bytes; "" when they could not be collected.
    blob: str
    sha1: str
    md5: str
    size: int
    #: The file system's modification time, ISO 8601 UTC.
    modified: str
    shape: Shape = Shape.FILE
    #: Why the bytes could not be collected; beside a blob, why they may not be what the file holds;
    #: "" where neither is so.
    fault: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]
