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
        str(volume.get("name", "")): OtherSideCounts(
            str(volume.get("digest", "")),
            {name: int(count) for name, count in dict(volume.get("counts", {})).items()},
        )
        for volume in volumes
    }


def standing(volumes: Iterable[Delivered]) -> list[Delivered]:
    """Return the volumes in whose place no later one has come."""
    last: dict[str, Delivered] = {}
    roots: dict[str, str] = {}
    for volume in volumes:
        root = roots.get(volume.replaces, volume.replaces) or volume.seen.name
        roots[volume.seen.name] = root
        last[root] = volume
    return list(last.values())


def total(volumes: Iterable[Delivered]) -> dict[str, int]:
    """Add up what adds up; of a volume and its replacements the last counts, and it alone."""
    last = standing(volumes)
    sums = {name: sum(volume.seen.counts.get(name, 0) for volume in last) for name in SUMMED}
    return {**sums, "files": sum(volume.files for volume in last)}


def same(volumes: Iterable[Delivered], register: Mapping[str, OtherSideCounts]) -> list[str]:
    """Return the volumes both sides have counted, from the same files to the same numbers."""
    return [
        volume.seen.name
        for volume in volumes
        if volume.seen.name in register and not _difference(volume, register[volume.seen.name])
    ]


def differing(
    volumes: Iterable[Delivered], register: Mapping[str, OtherSideCounts]
) -> Iterator[str]:
    """Yield a sentence for each volume that the two sides do not see alike."""
    ours = list(volumes)
    for volume in ours:
        theirs = register.get(volume.seen.name)
        if theirs is not None and (what := _difference(volume, theirs)):
            yield what
    for name in sorted(register.keys() - {volume.seen.name for volume in ours}):
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
