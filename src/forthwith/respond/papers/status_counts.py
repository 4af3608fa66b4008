"""Counts of delivered volumes for a report: ours, theirs, and whether the two are the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forthwith.domain.volume_seen import VolumeSeen

#: Counts that add up over volumes; unique families do not: a copy may lie in two volumes.
SUMMED = ("documents", "families", "pages", "natives")


@dataclass(frozen=True, slots=True)
class Delivered:
    """One sealed volume, counted from its files."""

    seen: VolumeSeen
    #: The day its letter bears.
    day: date
    #: Files in its folder.
    files: int
    #: The volume whose place it takes; "" for a first production.
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class OtherSideCounts:
    """What the receiving side's register says of a volume."""

    digest: str
    counts: Mapping[str, int]


def told(volumes: Iterable[Mapping[str, Any]]) -> dict[str, OtherSideCounts]:
    """Read the volumes of a register (`RegisterFile.about`), by name."""
    return {
        str(each.get("name", "")): OtherSideCounts(
            str(each.get("digest", "")),
            {name: int(count) for name, count in dict(each.get("counts", {})).items()},
        )
        for each in volumes
    }


def standing(volumes: Iterable[Delivered]) -> list[Delivered]:
    """Return the volumes in whose place no later one has come."""
    last: dict[str, Delivered] = {}
    roots: dict[str, str] = {}
    for each in volumes:
        root = roots.get(each.replaces, each.replaces) or each.seen.name
        roots[each.seen.name] = root
        last[root] = each
    return list(last.values())


def total(volumes: Iterable[Delivered]) -> dict[str, int]:
    """Add up what adds up; of a volume and its replacements the last counts, and it alone."""
    held = standing(volumes)
    made = {name: sum(each.seen.counts.get(name, 0) for each in held) for name in SUMMED}
    return {**made, "files": sum(each.files for each in held)}


def same(volumes: Iterable[Delivered], told: Mapping[str, OtherSideCounts]) -> list[str]:
    """Return the volumes both sides have counted, from the same files to the same numbers."""
    return [
        each.seen.name
        for each in volumes
        if each.seen.name in told and not _difference(each, told[each.seen.name])
    ]


def differing(volumes: Iterable[Delivered], told: Mapping[str, OtherSideCounts]) -> Iterator[str]:
    """Yield a sentence for each volume that the two sides do not see alike."""
    held = list(volumes)
    for each in held:
        theirs = told.get(each.seen.name)
        if theirs is not None and (what := _difference(each, theirs)):
            yield what
    for name in sorted(told.keys() - {each.seen.name for each in held}):
        yield f"The receiving side has counted {name}, which is no volume counted here."


def _difference(ours: Delivered, theirs: OtherSideCounts) -> str:
    name = ours.seen.name
    if theirs.digest != ours.seen.digest:
        return (
            f"The receiving side's files of {name} have another digest ({theirs.digest}): the two "
            "sides do not speak of the same files, and their counts cannot be compared."
        )
    if differs := _differs(ours.seen.counts, theirs.counts):
        return f"Of {name} the two sides count differently: {differs}."
    return ""


def _differs(ours: Mapping[str, int], theirs: Mapping[str, int]) -> str:
    return ", ".join(
        f"{name} {ours.get(name, 0):,} and {theirs.get(name, 0):,}"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name, 0) != theirs.get(name, 0)
    )
