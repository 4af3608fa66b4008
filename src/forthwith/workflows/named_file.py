"""A file as it was named: "First RFPs=a.docx"; desks take it, doors read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Named:
    """A file, and the name it was given; "" without one."""

    name: str
    path: Path
