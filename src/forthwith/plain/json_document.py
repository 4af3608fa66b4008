"""Parse one JSON document from an untrusted hand: strictly, and without ever raising.

RFC 8259 leaves doubled names, numbers past the range of a double, and halves of characters to the
reader. In evidence each can hide a fact from one reader and show it to another, so all are faults
here; so is a zero byte, which no table can hold.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from decimal import Decimal
from typing import Any, NoReturn

from forthwith.plain.json_deep import parse_deep

#: Objects and lists inside one another; exports of every platform we know stay below 40.
DEEPEST = 200
#: A whole string (what is inside is no bracket), or a bracket.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)

#: What may write half of a character, or no character: an escape, or (in a str) the thing itself.
_ODD = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)|[\ud800-\udfff]")


class NotJsonError(ValueError):
    """Bytes are not a JSON document that every reader reads alike; the message says why."""


def load(data: bytes | str, *, exact: bool = False, deepest: int = DEEPEST) -> Any:
    """Return the parsed value. Raises NotJsonError, and nothing else.

    Bytes are UTF-8, or UTF-16 that says so in its first two, as `>` of Windows PowerShell writes.
    `exact` gives numbers with a point or an exponent as Decimal, digit for digit; `deepest` allows
    what nests deeper than the parser of the standard library can.
    """
    number = Decimal if exact else _finite
    try:
        text = data if isinstance(data, str) else as_text(data)
        if depth_of(text, deepest) > DEEPEST:
            value = parse_deep(text, _once, _refuse, number)
        else:
            value = json.loads(
                text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=number
            )
        if _ODD.search(text):
            _sound(value)
    except NotJsonError:
        raise
    except UnicodeDecodeError as wrong:
        name = wrong.encoding.upper()
        raise NotJsonError(f"is not {name} text (byte {wrong.start})") from wrong
    except json.JSONDecodeError as wrong:
        raise NotJsonError(f"is not JSON: {wrong.msg} at line {wrong.lineno}") from wrong
    except RecursionError as wrong:
        raise NotJsonError("nests too deeply to read") from wrong
    except ValueError as wrong:
        # Python refuses to turn more than 4,300 digits into a number.
        raise NotJsonError("holds a number of absurd length") from wrong
    return value


def as_text(data: bytes) -> str:
    """Return the text without its mark of order. Raises UnicodeDecodeError."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # Not "utf-16": its errors name neither order nor the place in the file.
    if not wide:
        return data.decode("utf-8-sig")
    return data[2:].decode("utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be")


def shallow(text: str) -> None:
    """Refuse what nests too deep before it is parsed. Raises NotJsonError.

    The parser recurses in C, and where another library has raised the recursion limit it runs out
    of stack before it reaches it.
    """
    depth_of(text, DEEPEST)


def depth_of(text: str, deepest: int) -> int:
    """Return how deep a text nests, or less where that is surely at most DEEPEST.

    Raises NotJsonError past `deepest`.
    """
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    depth = most = 0
    for part in _BRACKETS.finditer(text):
        sign = part[0][0]
        depth += 1 if sign in "[{" else -1 if sign in "]}" else 0
        most = max(most, depth)
        if depth > deepest:
            raise NotJsonError(f"nests more than {deepest} levels deep")
    return most


def _sound(value: Any) -> None:
    """Refuse texts that cannot be written out again."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            waiting += [*inner.keys(), *inner.values()]
        elif isinstance(inner, list):
            waiting += inner
        elif isinstance(inner, str):
            if "\0" in inner:
                raise NotJsonError("holds a text with a zero byte in it")
            if any("\ud800" <= sign <= "\udfff" for sign in inner):
                raise NotJsonError("holds a text with half of a character (a lone surrogate)")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise NotJsonError(f"holds the name {twice[:60]!r} twice in one object")
    return members


def _refuse(name: str) -> NoReturn:
    raise NotJsonError(f"holds {name}, which JSON does not know")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotJsonError(f"holds the number {text[:20]}, too large to read")
    return value
