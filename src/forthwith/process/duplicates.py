"""Duplicate groups: equal families, whoever held them and wherever they lay.

Families are compared whole (recipe fw1), never one attachment alone. A Message-ID that differs
forbids a merge; one that agrees proves nothing by itself. Nothing is removed here: suppression is
a choice of `produce`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Top:
    """The top of one family."""

    control_number: str
    family_hash: str
    message_id_hash: str


def groups(tops: Iterable[Top]) -> list[list[str]]:
    """Return the control numbers of each group of two or more, the first found first."""
    by_hash: dict[str, list[Top]] = defaultdict(list)
    for top in tops:
        by_hash[top.family_hash].append(top)
    return [
        [top.control_number for top in group]
        for alike in by_hash.values()
        if len(alike) > 1
        for group in _by_message_id(alike)
        if len(group) > 1
    ]


def _by_message_id(alike: Sequence[Top]) -> list[list[Top]]:
    """Part what has different Message-IDs; what has none joins only where there is no doubt."""
    named: dict[str, list[Top]] = defaultdict(list)
    for top in alike:
        named[top.message_id_hash].append(top)
    nameless = named.pop("", [])
    if len(named) == 1:
        return [list(alike)]
    return [*named.values(), nameless]
