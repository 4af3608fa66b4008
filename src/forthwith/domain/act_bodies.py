"""Reading the body of an act: each key is taken once, and whatever is left over speaks up.

A body is plain data from the journal. Here it becomes values, or an error that names the act; a
key that nobody knows is refused, because a later reader would print a paper without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from forthwith.domain.errors import ForthwithError


class BodyError(ForthwithError):
    """The body of an act does not have the shape of its kind."""

    def __init__(self, what: str, problem: str) -> None:
        #: The two halves of the sentence, for a body that came in a file.
        self.what, self.problem = what, problem
        super().__init__(
            f"{what}: {problem}. The journal is older or newer than this program; "
            "use the version that wrote it, or write the act again."
        )


class Body:
    """One body being read; `what` names it in errors: "response 'First RFPs/12'"."""

    def __init__(self, what: str, body: object) -> None:
        if not isinstance(body, Mapping):
            raise BodyError(what, f"{body!r} is not a table")
        self._what = what
        self._left: dict[str, Any] = dict(body)

    def text(self, key: str, default: str | None = "") -> str:
        """Take a text; without a default (None) it must be there."""
        value = self._left.pop(key, default)
        if not isinstance(value, str):
            raise BodyError(self._what, f"{key} should be a text and is {value!r}")
        return value

    def day(self, key: str) -> date | None:
        """Take a day as 2023-07-10, or None for ""."""
        text = self.text(key)
        return self._day(key, text) if text else None

    def known_day(self, key: str) -> date:
        """Take a day that must be there."""
        return self._day(key, self.text(key, None))

    def days(self, key: str) -> tuple[date, ...]:
        """Take a list of days."""
        return tuple(self._day(key, text) for text in self.texts(key))

    def flag(self, key: str) -> bool | None:
        """Take true, false, or None where nobody has said."""
        value = self._left.pop(key, None)
        if value is not None and not isinstance(value, bool):
            raise BodyError(self._what, f"{key} should be true, false or null and is {value!r}")
        return value

    def number(self, key: str) -> int:
        """Take a whole number that must be there."""
        value = self._left.pop(key, None)
        if not isinstance(value, int) or isinstance(value, bool):
            raise BodyError(self._what, f"{key} should be a whole number and is {value!r}")
        return value

    def items(self, key: str) -> list[Any]:
        """Take a list of anything."""
        value = self._left.pop(key, [])
        if not isinstance(value, list | tuple):
            raise BodyError(self._what, f"{key} should be a list and is {value!r}")
        return list(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts."""
        items = self.items(key)
        if strange := [item for item in items if not isinstance(item, str)]:
            raise BodyError(self._what, f"{key} should hold texts and holds {strange[0]!r}")
        return tuple(items)

    def rows(self, key: str, width: int) -> list[list[str]]:
        """Take a list of rows of so many texts each."""
        rows = self.items(key)
        for row in rows:
            if not isinstance(row, list | tuple) or [type(cell) for cell in row] != [str] * width:
                raise BodyError(self._what, f"{key} should hold rows of {width} texts, not {row!r}")
        return [list(row) for row in rows]

    def tables(self, key: str) -> list[Body]:
        """Take a list of tables, each to be read and ended like this one."""
        return [Body(f"{self._what}, {key}", table) for table in self.items(key)]

    def table(self, key: str) -> Body | None:
        """Take a table, or None where there is none."""
        value = self._left.pop(key, None)
        return None if value is None else Body(f"{self._what}, {key}", value)

    def word(self, key: str, allowed: Iterable[str]) -> str:
        """Take one of some words."""
        value, words = self.text(key, None), list(allowed)
        if value not in words:
            raise BodyError(self._what, f"{key} should be one of {words} and is {value!r}")
        return value

    def end(self) -> None:
        """Refuse what nobody took."""
        if self._left:
            raise BodyError(self._what, f"nothing here knows {sorted(self._left)}")

    def _day(self, key: str, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise BodyError(self._what, f"{key} should be a day and is {text!r}") from None
