"""Wildcards as AWS IAM reads them: `*` is any run of signs, `?` is one sign, nothing else is.

Source: IAM User Guide, "IAM JSON policy elements: Resource" and "Action". Both functions take time
in proportion to the product of the two lengths, whatever the pattern.
"""

from __future__ import annotations

from functools import lru_cache

#: No ARN and no action is longer; a longer pattern is not AWS's.
LONGEST = 2_048


def covers(pattern: str, target: str) -> bool:
    """Tell whether `pattern` matches everything `target` stands for.

    `target` may hold wildcards itself, and then means every text they stand for: only a `*` of the
    pattern takes in a `*` of the target.
    """
    head = _head(pattern)
    # Most pairs part here: a resource is named in full, or by the start of its name.
    if pattern in ("*", target) or not target.startswith(head) or len(head) == len(pattern):
        return pattern in ("*", target)
    place = star = mark = 0
    retry = -1
    while star < len(target):
        if place < len(pattern) and pattern[place] == "*":
            retry, mark = place, star
            place += 1
        elif place < len(pattern) and _takes(pattern[place], target[star]):
            place += 1
            star += 1
        elif retry >= 0:
            mark += 1
            place, star = retry + 1, mark
        else:
            return False
    return all(sign == "*" for sign in pattern[place:])


@lru_cache(maxsize=4096)
def _head(pattern: str) -> str:
    """Return what stands before the first wildcard."""
    return pattern[: min((at for at in map(pattern.find, "*?") if at >= 0), default=len(pattern))]


def _takes(sign: str, other: str) -> bool:
    return other != "*" if sign == "?" else sign == other


def overlaps(one: str, other: str) -> bool:
    """Tell whether some text matches both patterns."""
    if len(_head(other)) == len(other):
        return covers(one, other)
    if len(_head(one)) == len(one):
        return covers(other, one)
    shorter = min(len(_head(one)), len(_head(other)))
    if one[:shorter] != other[:shorter]:
        return False
    row = _skip({0}, other)
    for sign in one:
        if sign == "*":
            # Any run: every place from the first reached one on.
            row = set(range(min(row), len(other) + 1)) if row else set()
        else:
            row = _skip(_step(row, sign, other), other)
        if not row:
            return False
    return len(other) in row


def _step(row: set[int], sign: str, other: str) -> set[int]:
    made: set[int] = set()
    for place in row:
        if place < len(other):
            if other[place] == "*":
                made.add(place)
            elif "?" in (sign, other[place]) or sign == other[place]:
                made.add(place + 1)
    return made


def _skip(row: set[int], other: str) -> set[int]:
    """Add the places reached by taking a `*` of `other` for nothing."""
    made = set(row)
    for place in sorted(row):
        while place < len(other) and other[place] == "*" and place + 1 not in made:
            place += 1
            made.add(place)
    return made
