"""Tables of a standard's TOML, taken key by key: what is wrong is said with its line and its cure.

Whoever reads a table takes each key by its kind; a key nobody took is refused, for a rule that is
not read protects nobody.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NoReturn, TypeVar

from forthwith.domain.errors import ForthwithError

T = TypeVar("T")
#: Where a key stands: its table's name, which of several of that name it is, and the key.
Place = tuple[str, int, str]

_TABLE = re.compile(r"\s*\[{1,2}\s*([A-Za-z0-9_\"'. -]+?)\s*\]{1,2}\s*(?:#.*)?")
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")


class StandardFileError(ForthwithError):
    """A standard's file says something that cannot be followed."""

    def __init__(self, file: str, line: int | None, what: str, cure: str) -> None:
        where = file if line is None else f"{file}, line {line}"
        super().__init__(f"{where}: {what}; {cure}.")


def parsed(file: str, data: bytes) -> Table:
    """Return the file's outermost table. Raises StandardFileError."""
    try:
        text = data.decode("utf-8-sig")
        return Table(file, "", 0, tomllib.loads(text), places(text))
    except UnicodeDecodeError as wrong:
        line = data[: wrong.start].count(b"\n") + 1
        raise StandardFileError(
            file, line, "this is not UTF-8 text", "save the file as UTF-8"
        ) from wrong
    except tomllib.TOMLDecodeError as wrong:
        at = re.search(r"line (\d+)", str(wrong))
        message = re.sub(r" \(at .*\)$", "", str(wrong))
        what = f"this is no TOML ({message})"
        cure = "mend the line, or compare it with a standard that forthwith ships"
        raise StandardFileError(file, int(at[1]) if at else None, what, cure) from wrong


def places(text: str) -> dict[Place, int]:
    """Return the line, from 1, of each key and, under the key "", of each table's heading."""
    lines: dict[Place, int] = {}
    counts: dict[str, int] = {}
    table, number, quoted = "", 0, ""
    for line, words in enumerate(text.splitlines(), 1):
        if quoted:
            quoted = "" if words.count(quoted) % 2 else quoted
            continue
        if (heading := _TABLE.fullmatch(words)) is not None:
            table = heading[1].strip("\"' ")
            number = counts.get(table, -1) + 1
            counts[table] = number
            lines.setdefault((table, number, ""), line)
        elif (key := _KEY.match(words)) is not None:
            lines.setdefault((table, number, key[1]), line)
            quoted = next((quote for quote in ('"""', "'''") if words.count(quote) % 2), "")
    return lines


@dataclass(slots=True)
class Table:
    """One table of the file, and what was taken of it."""

    file: str
    #: "" for the outermost.
    name: str
    number: int
    data: Mapping[str, Any]
    lines: Mapping[Place, int] = field(repr=False)
    _taken: set[str] = field(default_factory=set)

    def refuse(self, key: str, what: str, cure: str) -> NoReturn:
        """Raise StandardFileError at the line of `key`, or at the table's heading."""
        place = (self.name, self.number)
        line = self.lines.get((*place, key)) or self.lines.get((*place, ""))
        raise StandardFileError(self.file, line, what, cure)

    def _said(self, key: str) -> str:
        return f"[{self.name}] {key}" if self.name else key

    def value(self, key: str, kind: type[T], words: str, default: T | None = None) -> T:
        """Take a key of a kind, called `words`; without a default it must stand."""
        self._taken.add(key)
        if key not in self.data:
            if default is not None:
                return default
            table = f"[{self.name}]" if self.name else "the file"
            left = [other for other in self.data if other not in self._taken]
            if meant := difflib.get_close_matches(key, left, 1):
                what = f"{self._said(meant[0])} is no key of a standard"
                self.refuse(meant[0], what, f"it may be {key} that is meant: {key} = {words}")
            self.refuse(key, f"{table} has no {key}", f"add {key} = {words}")
        value = self.data[key]
        # TOML's true is no number here, and its date and time no date.
        odd = isinstance(value, bool) is not (kind is bool) or isinstance(value, datetime)
        if odd or not isinstance(value, kind):
            self.refuse(key, f"{self._said(key)} is {_shown(value)}", f"it takes {words}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Take words; without a default they may not be blank."""
        value = self.value(key, str, "words in quotes", default)
        if default is None and not value.strip():
            self.refuse(key, f"{self._said(key)} is blank", "write what it is")
        return value

    def number_of(self, key: str, words: str = "a whole number above 0") -> int:
        """Take a whole number above 0."""
        value = self.value(key, int, words)
        if value < 1:
            self.refuse(key, f"{self._said(key)} is {value}", f"it takes {words}")
        return value

    def truth(self, key: str) -> bool:
        """Take true or false."""
        return self.value(key, bool, "true or false")

    def day(self, key: str) -> date:
        """Take a date."""
        return self.value(key, date, "a date without quotes, as in 2024-03-01")

    def texts(self, key: str, *, empty: bool = False) -> tuple[str, ...]:
        """Take a list of words."""
        values = self.value(key, list, 'a list of words, as in ["a", "b"]')
        if not all(isinstance(value, str) and value.strip() for value in values):
            self.refuse(
                key,
                f"{self._said(key)} holds something else than words",
                'it takes a list of words, as in ["a", "b"]',
            )
        if not values and not empty:
            self.refuse(key, f"{self._said(key)} is empty", "name at least one")
        if len(set(values)) < len(values):
            self.refuse(key, f"{self._said(key)} names one thing twice", "name each once")
        return tuple(values)

    def one_of(self, key: str, known: Collection[T], value: T, cure: str = "") -> T:
        """Return `value`, taken from `key`, if it is known."""
        if value not in known:
            names = ", ".join(str(name) for name in known)
            self.refuse(key, f"{self._said(key)} is {_shown(value)}", cure or f"known are {names}")
        return value

    def read(self, key: str, reader: Callable[[str], T], cure: str) -> T:
        """Take words and read them; the reader's ValueError says what is wrong."""
        try:
            return reader(self.text(key))
        except ValueError as wrong:
            self.refuse(key, f"{self._said(key)}: {wrong}", cure)

    def table(self, key: str) -> Table:
        """Take a table of its own."""
        self._taken.add(key)
        if key not in self.data:
            raise StandardFileError(
                self.file,
                None,
                f"there is no table [{key}]",
                f"add it, as the standards shipped with forthwith have it ({key} holds rules that "
                "both the writer and the check follow)",
            )
        if not isinstance(self.data[key], dict):
            self.refuse(key, f"{key} is no table", f"write [{key}] on a line of its own")
        return Table(self.file, key, 0, self.data[key], self.lines)

    def tables(self, key: str, *, empty: bool = False) -> list[Table]:
        """Take several tables of one name."""
        self._taken.add(key)
        tables = self.data.get(key, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.refuse(key, f"{key} is no list of tables", f"write [[{key}]] above each")
        if not tables and not empty:
            raise StandardFileError(
                self.file, None, f"there is no [[{key}]]", f"add at least one [[{key}]]"
            )
        return [Table(self.file, key, at, table, self.lines) for at, table in enumerate(tables)]

    def takes(self, *keys: str) -> bool:
        """Return True when one of these keys stands, without taking it."""
        return any(key in self.data for key in keys)

    def done(self, unknown: Iterable[str] = ()) -> None:
        """Refuse keys nobody took; `unknown` are further names that may be meant."""
        for key in self.data:
            if key not in self._taken:
                known = ", ".join(sorted({*self._taken, *unknown}))
                what = f"{self._said(key)} is no key of a standard"
                self.refuse(key, what, f"take the line out or mend the name (known are {known})")


def _shown(value: object) -> str:
    shown = repr(value) if isinstance(value, str) else str(value)
    if isinstance(value, bool):
        shown = shown.lower()
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
