"""Figures: each amount or name of a report with the rows of evidence it rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forthwith.books.books import WitnessRow


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell of a report: its text and its witnesses, in order and once each."""

    id: str
    text: str
    rows: tuple[WitnessRow, ...]

    @property
    def digest(self) -> str:
        """Return the SHA-256 over the rows, a line each."""
        lines = "".join(f"{row.file}\t{row.row}\n" for row in self.rows)
        return hashlib.sha256(lines.encode()).hexdigest()


class Figures:
    """Gathers the figures of one report while it is written."""

    def __init__(self) -> None:
        self._figures: dict[str, Figure] = {}

    def add(self, place: str, text: str, rows: Iterable[WitnessRow]) -> str:
        """Keep a figure under "places/fbo/USD/opening" and return its text."""
        self._figures[place] = Figure(place, text, tuple(sorted(set(rows))))
        return text

    @property
    def all(self) -> Mapping[str, Figure]:
        """Return the figures by id, in the order they were written."""
        return self._figures

    def as_json(self) -> dict[str, dict[str, object]]:
        """Return how many rows each figure rests on, and their digest."""
        return {
            figure.id: {"rows": len(figure.rows), "digest": figure.digest}
            for figure in self._figures.values()
        }
