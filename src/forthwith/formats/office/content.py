"""What the parts of one office package give while they are read: sections of text, and fields."""

from __future__ import annotations

from dataclasses import dataclass, field

from forthwith.domain.evidence import FieldValue
from forthwith.formats.bytes import values


@dataclass(slots=True)
class Content:
    """Text and fields of one document; the readers of its parts add to them in turn."""

    sections: list[str] = field(default_factory=list)
    fields: list[FieldValue] = field(default_factory=list)

    def say(self, *sections: str) -> None:
        """Add sections of text that hold anything."""
        self.sections += [section for section in sections if section.strip()]

    def count(self, name: str, number: int, origin: str) -> None:
        """Add a count as a field, unless it is zero."""
        self.fields += values.count(name, number, origin)
