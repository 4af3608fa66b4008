"""JSON as nodes print it: one value a line, one after another, in an array, alone in a file.

Answers come bare or wrapped as JSON-RPC does. Numbers with a point are Decimal, never a float. A
value that does not read is a fault, and the next line that begins one is tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.plain.json_document import NotJsonError, as_text, load

#: Levels: a call may nest 1,024 deep (EVM), each frame a list and an object.
DEEPEST = 4_096
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_BEGINS = re.compile(r"^[\[{]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class JsonRow:
    """One value of a file: an element of an array, or the result of an answer."""

    file: str
    line: int
    value: Any
    #: Members that stand beside a result: "tx", "block", "id".
    beside: dict[str, Any]


def rows(files: Sequence[tuple[str, bytes]], faults: list[RowFault]) -> Iterator[JsonRow]:
    """Yield the values of files in the order of their names; what does not read is a fault."""
    for name, data in sorted(files):
        try:
            text = as_text(data)
        except UnicodeDecodeError as wrong:
            what = f"it is not text (byte {wrong.start})"
            faults.append(RowFault(name, 0, what, "Export it again as JSON in UTF-8"))
            continue
        for line, value in _values(name, text, faults):
            yield from _results(name, line, value, faults)


def _values(name: str, text: str, faults: list[RowFault]) -> Iterator[tuple[int, Any]]:
    at, line = 0, 1
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        row = text[at:end]
        # A comma behind each value is how some programs write an array line by line.
        body = row.strip().removesuffix(",")
        if body and body not in "[]":
            try:
                yield line, load(body, exact=True, deepest=DEEPEST)
            except NotJsonError as wrong:
                stop = _end(text, at)
                whole = text[at:stop]
                if "\n" not in whole.strip():
                    faults.append(_fault(name, line, str(wrong)))
                else:
                    try:
                        yield line, load(whole, exact=True, deepest=DEEPEST)
                        end = stop
                    except NotJsonError as still:
                        faults.append(_fault(name, line, str(still)))
                        following = _BEGINS.search(text, end)
                        end = following.start() - 1 if following else len(text)
        elif body == "[" and not _lines(text, end):
            stop = _end(text, at)
            try:
                yield line, load(text[at:stop], exact=True, deepest=DEEPEST)
                end = stop
            except NotJsonError as wrong:
                faults.append(_fault(name, line, str(wrong)))
        line += text.count("\n", at, end + 1)
        at = end + 1


def _lines(text: str, at: int) -> bool:
    """Return whether an array that opens alone on its line has one whole value a line."""
    end = text.find("\n", at + 1)
    first = text[at + 1 : len(text) if end < 0 else end].strip().removesuffix(",")
    try:
        load(first, exact=True, deepest=DEEPEST)
    except NotJsonError:
        return False
    return True


def _fault(name: str, line: int, wrong: str) -> RowFault:
    return RowFault(name, line, f"the value that begins here {wrong}", "Export it again")


def _end(text: str, at: int) -> int:
    """Return the place behind the value that begins at a place; the end where it never closes."""
    depth = 0
    for part in _BRACKETS.finditer(text, at):
        sign = part[0][0]
        depth += 1 if sign in "[{" else -1 if sign in "]}" else 0
        if depth <= 0:
            return part.end()
    return len(text)


def _results(name: str, line: int, value: Any, faults: list[RowFault]) -> Iterator[JsonRow]:
    waiting: list[tuple[Any, dict[str, Any]]] = [(value, {})]
    while waiting:
        inner, beside = waiting.pop()
        if isinstance(inner, list):
            waiting += [(element, beside) for element in reversed(inner)]
        elif isinstance(inner, dict) and _wrapped(inner):
            rest = {key: part for key, part in inner.items() if key != "result"}
            if inner.get("error"):
                faults.append(
                    RowFault(
                        name, line, f"the node answered with an error: {str(inner['error'])[:120]}",
                        "Ask the node again",
                    )
                )  # fmt: skip
            if inner.get("result") is not None:
                waiting.append((inner["result"], rest))
            elif not inner.get("error"):
                faults.append(
                    RowFault(name, line, "the node answered with nothing", "Ask the node again")
                )
        else:
            yield JsonRow(name, line, inner, beside)


def _wrapped(value: dict[str, Any]) -> bool:
    # A row of `trace_block` has a result and an error of its own.
    if "action" in value:
        return False
    return "result" in value or ("jsonrpc" in value and "error" in value)
