"""Counts of delivered volumes for a report: ours, theirs, and whether the two are the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forthwith.respond.deficiency import VolumeSeen

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


@dataclass(frozen=True, slots=True)
class Told:
    """What the receiving side's register says of a volume."""

    digest: str
    counts: Mapping[str, int]


def told(volumes: Iterable[Mapping[str, Any]]) -> dict[str, Told]:
    """Read the volumes of a register (`register_file.Kept.about`), by name."""
    return {
        str(each.get("name", "")): Told(str(each.get("digest", "")), dict(each.get("counts", {})))
        for each in volumes
    }


def total(volumes: Iterable[Delivered]) -> dict[str, int]:
    """Add up what adds up."""
    held = list(volumes)
    made = {name: sum(each.seen.counts.get(name, 0) for each in held) for name in SUMMED}
    return {**made, "files": sum(each.files for each in held)}


def same(volumes: Iterable[Delivered], told: Mapping[str, Told]) -> list[str]:
    """Return the volumes both sides have counted, from the same files to the same numbers."""
    return [
        each.seen.name
        for each in volumes
        if each.seen.name in told and not _difference(each, told[each.seen.name])
    ]


def differing(volumes: Iterable[Delivered], told: Mapping[str, Told]) -> Iterator[str]:
    """Yield a sentence for each volume that the two sides do not see alike."""
    for each in volumes:
        theirs = told.get(each.seen.name)
        if theirs is not None and (what := _difference(each, theirs)):
            yield what


def _difference(ours: Delivered, theirs: Told) -> str:
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
