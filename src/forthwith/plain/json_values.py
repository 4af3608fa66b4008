"""Take typed values out of parsed JSON that nobody promised to be well formed.

Each function gives an empty value where the shape is wrong, so readers can go on with the rest;
whether a wrong shape is worth a Fault is for the reader to say.
"""

from __future__ import annotations

from collections.abc import Iterator


def record(value: object) -> dict[str, object]:
    """Return `value` when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def records(value: object) -> list[dict[str, object]]:
    """Return the objects of a JSON array; other elements are left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a string, or a number as one; "" for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def texts(value: object) -> tuple[str, ...]:
    """Return the strings and numbers of a JSON array."""
    return tuple(filter(None, map(text, value))) if isinstance(value, list) else ()


def number(value: object) -> int:
    """Return a whole number, or 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def strings_below(value: object, wanted: frozenset[str]) -> Iterator[str]:
    """Yield every string held under one of the `wanted` names, anywhere below; no recursion."""
    stack: list[tuple[str, object]] = [("", value)]
    while stack:
        name, inner = stack.pop()
        if isinstance(inner, dict):
            stack.extend((str(key), member) for key, member in reversed(inner.items()))
        elif isinstance(inner, list):
            stack.extend((name, item) for item in reversed(inner))
        elif isinstance(inner, str) and name in wanted and inner.strip():
            yield inner
