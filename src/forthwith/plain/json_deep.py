"""JSON that nests deeper than the parser of the standard library can go, parsed without recursion.

By the same rules, and with the same hooks. Slower, so `json_document` comes here for deep texts
alone: calls of contracts nest 1,024 deep, each in a list and an object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, NoReturn

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(
    r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null|NaN|-?Infinity"
)
_WORDS = {"true": True, "false": False, "null": None}
_CLOSING = {"[": "]", "{": "}"}


def parse_deep(
    text: str,
    pairs: Callable[[list[tuple[str, Any]]], Any],
    constant: Callable[[str], Any],
    number: Callable[[str], Any],
) -> Any:
    """Return the value of a text. Raises json.JSONDecodeError, and what the hooks raise.

    The hooks are those of `json.loads`: `object_pairs_hook`, `parse_constant`, `parse_float`.
    """
    return _Parser(text, pairs, constant, number).value()


class _Parser:
    def __init__(
        self,
        text: str,
        pairs: Callable[[list[tuple[str, Any]]], Any],
        constant: Callable[[str], Any],
        number: Callable[[str], Any],
    ) -> None:
        self._text, self._pairs, self._constant, self._number = text, pairs, constant, number
        self._at = 0
        #: Open lists and objects: their bracket, and what they hold so far.
        self._open: list[tuple[str, list[Any]]] = []
        #: Names that wait for their values.
        self._names: list[str] = []

    def value(self) -> Any:
        while True:
            self._space()
            sign = self._sign()
            if sign in _CLOSING:
                self._at += 1
                self._open.append((sign, []))
                self._space()
                if self._sign() != _CLOSING[sign]:
                    self._name()
                    continue
                self._at += 1
                value = self._closed()
            else:
                value = self._scalar()
            value, done = self._placed(value)
            if done:
                return value

    def _placed(self, value: Any) -> tuple[Any, bool]:
        """Put a value where it belongs, closing what ends behind it; True with the outermost."""
        while self._open:
            bracket, inner = self._open[-1]
            inner.append((self._names.pop(), value) if bracket == "{" else value)
            self._space()
            sign = self._sign()
            if sign == ",":
                self._at += 1
                self._space()
                self._name()
                return None, False
            if sign != _CLOSING[bracket]:
                self._wrong("Expecting ',' delimiter")
            self._at += 1
            value = self._closed()
        self._space()
        if self._at != len(self._text):
            self._wrong("Extra data")
        return value, True

    def _scalar(self) -> Any:
        if self._sign() == '"':
            value, self._at = scanstring(self._text, self._at + 1, True)
            return value
        match = _SCALAR.match(self._text, self._at)
        if match is None:
            self._wrong("Expecting value")
        self._at = match.end()
        word = match[0]
        if word in _WORDS:
            return _WORDS[word]
        if not word[-1].isdigit():
            return self._constant(word)
        return self._number(word) if match[1] or match[2] else int(word)

    def _closed(self) -> Any:
        bracket, inner = self._open.pop()
        return self._pairs(inner) if bracket == "{" else inner

    def _name(self) -> None:
        """Read the name and colon before a member of an object; nothing in a list."""
        if self._open[-1][0] == "[":
            return
        if self._sign() != '"':
            self._wrong("Expecting property name enclosed in double quotes")
        name, self._at = scanstring(self._text, self._at + 1, True)
        self._names.append(name)
        self._space()
        if self._sign() != ":":
            self._wrong("Expecting ':' delimiter")
        self._at += 1

    def _sign(self) -> str:
        return self._text[self._at : self._at + 1]

    def _space(self) -> None:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _wrong(self, message: str) -> NoReturn:
        raise json.JSONDecodeError(message, self._text, self._at)
