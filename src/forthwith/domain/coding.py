"""Coding: what one person decided about one document, and the form they decided by.

Responsiveness and privilege are marks of their own; whether a family goes out whole is a question
of production and no mark. Nothing propagates unless a form says so, and then as a suggestion only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: A mark's value as kept: one choice, several, a text, or a flag.
Value = str | tuple[str, ...] | bool


class MarkKind(StrEnum):
    """How a mark is answered."""

    ONE = "one"
    MANY = "many"
    TEXT = "text"
    FLAG = "flag"


class Pass(StrEnum):
    """Which reading of a document a coding is of."""

    FIRST = "first"
    SECOND = "second"
    QC = "qc"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer a mark offers."""

    #: As kept: "yes", "attorney-client".
    value: str
    #: As shown.
    label: str
    #: The key that sets it while its mark is active, "1" to "9"; "" for none.
    key: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing a coding form asks (Question of the protocol)."""

    name: str
    label: str
    kind: MarkKind
    choices: tuple[Choice, ...] = ()
    #: {} never required; {"always": True}; or {"mark": value} of another mark that makes it so.
    required_if: Mapping[str, Any] = field(default_factory=dict)
    #: "", "family" or "copies": to whom its value is suggested, never both.
    suggest: str = ""
    #: One key that sets it from anywhere on the page: {"r": "yes", "t": "no"}.
    keys: Mapping[str, str] = field(default_factory=dict)
    #: Set only by whoever has the right `claim`; others propose.
    privilege: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """The marks a team codes by; a changed form is a new version of it."""

    id: str
    version: int
    marks: tuple[Mark, ...]
    #: Whether a second-level reviewer sees the first coding only after saving their own.
    blind: bool = False
    #: "ours", "theirs" or "": for documents of which side.
    side: str = ""

    def mark(self, name: str) -> Mark | None:
        """Return a mark by name; None where the form has none of it."""
        return next((mark for mark in self.marks if mark.name == name), None)


@dataclass(frozen=True, slots=True)
class Coding:
    """All marks of one document, set by one person at once."""

    #: Number of its row, in the order saved; 0 before it is kept.
    id: int
    control: str
    #: 1 for the first coding of the document; one more with each.
    version: int
    #: Login, and ISO instant (UTC).
    who: str
    at: str
    pass_: Pass
    #: Batch it was coded in; "" where in none.
    batch: str
    form: str
    form_version: int
    body: Mapping[str, Value]
    #: Why, where an earlier coding was overturned.
    because: str = ""
    #: Id of the coding it takes the place of; 0 for none.
    previous: int = 0
    #: Digest of the text that was read (Document.sha256 of its reading).
    read: str = ""


def undoing(version: int) -> str:
    """Return why a coding is kept that takes another one, of a version, back."""
    return f"version {version} undone"


def decisions(history: Sequence[Coding]) -> list[Coding]:
    """Return the codings of one document that somebody made and did not take back.

    `history` is all of it in order. What an undone undo had taken back is there again.
    """
    made: list[Coding] = []
    taken_back: set[int] = set()
    for coding in reversed(history):
        if coding.id in taken_back:
            continue
        if coding.previous and coding.because == undoing(coding.version - 1):
            taken_back.add(coding.previous)
        else:
            made.append(coding)
    return made[::-1]


def body_of(values: Mapping[str, Any]) -> dict[str, Value]:
    """Return marks as kept, of plain JSON: lists become tuples, blanks are no value."""
    body: dict[str, Value] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            if value:
                body[name] = True
        elif isinstance(value, str):
            if value.strip():
                body[name] = value
        elif isinstance(value, Sequence) and value:
            body[name] = tuple(str(part) for part in value)
    return body
