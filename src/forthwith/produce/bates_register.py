"""Which Bates numbers are free, and what may be produced again: the rules, without their keeping.

The record keeps what was sealed, append-only; this decides from it. Numbers and volume names are
never reused, and a document keeps the numbers it was first produced under: to correct one, its
volume is replaced by VOL001_R1 under the same numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from forthwith.domain.bates import Bates
from forthwith.domain.documents import ControlNumber
from forthwith.produce.errors import (
    AlreadyProducedError,
    DocumentMovedError,
    NumbersChangedError,
    NumbersTakenError,
    PartReplacedError,
    UnknownVolumeError,
    VolumeExistsError,
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A production that went out, or a run of numbers that was voided."""

    volume: str
    first: Bates
    last: Bates
    control_numbers: frozenset[ControlNumber]
    #: The volume it replaces; "" for a first production.
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A production about to be sealed."""

    volume: str
    first: Bates
    last: Bates
    control_numbers: Collection[ControlNumber]
    replaces: str = ""


def next_number(sealed: Sequence[Sealed], prefix: str) -> int:
    """Return the first free number under `prefix`, 1 when none was given out.

    Widths share one run: ABC0001 and ABC00001 would be two numbers that read as one.
    """
    return (
        max((volume.last.number for volume in sealed if volume.last.prefix == prefix), default=0)
        + 1
    )


def replacement_name(sealed: Sequence[Sealed], volume: str) -> str:
    """Return the next free name for a replacement of `volume`: VOL001_R1, VOL001_R2."""
    taken = {former.volume.casefold() for former in sealed}
    revision = 1
    while f"{volume}_R{revision}".casefold() in taken:
        revision += 1
    return f"{volume}_R{revision}"


def check_name(sealed: Sequence[Sealed], volume: str, overlays: Collection[str] = ()) -> None:
    """Refuse a name that a volume or an overlay has, in any case. Raises VolumeExistsError."""
    taken = {name.casefold() for name in (*(former.volume for former in sealed), *overlays)}
    if volume.casefold() in taken:
        raise VolumeExistsError(volume)


def check_documents(
    sealed: Sequence[Sealed], control_numbers: Collection[ControlNumber], replaces: str = ""
) -> None:
    """Refuse documents produced before, outside a replacement of the volume they went out in.

    Raises AlreadyProducedError, UnknownVolumeError.
    """
    line = _line_of(sealed, replaces)
    for former in sealed:
        again = former.control_numbers & set(control_numbers)
        if again and former.volume not in line:
            name = replacement_name(sealed, former.volume)
            raise AlreadyProducedError(min(again), former.volume, len(again), name)


def admit(sealed: Sequence[Sealed], proposed: Proposed) -> None:
    """Let `proposed` be sealed, or say why not.

    Raises VolumeExistsError, AlreadyProducedError, NumbersTakenError, NumbersChangedError,
    UnknownVolumeError.
    """
    check_name(sealed, proposed.volume)
    check_documents(sealed, proposed.control_numbers, proposed.replaces)
    line = _line_of(sealed, proposed.replaces)
    for former in sealed:
        if former.volume in line:
            if not _within(proposed, former):
                raise NumbersChangedError(proposed.volume, former.volume)
        elif _overlap(proposed, former):
            free = Bates(
                proposed.first.prefix,
                proposed.first.width,
                next_number(sealed, proposed.first.prefix),
            )
            raise NumbersTakenError(
                str(proposed.first), str(proposed.last), former.volume, str(free)
            )


def check_whole(
    sealed: Sequence[Sealed],
    replaces: str,
    chosen: Collection[ControlNumber],
    known: Collection[ControlNumber],
) -> None:
    """Refuse a replacement that leaves out what is still known. Raises PartReplacedError."""
    sent = {
        number
        for former in sealed
        if former.volume == replaces
        for number in former.control_numbers
    }
    if left := sent.intersection(known).difference(chosen):
        raise PartReplacedError(replaces, min(left), len(left))


def check_numbers(
    volume: str,
    before: Mapping[ControlNumber, tuple[str, str]],
    numbers: Mapping[ControlNumber, tuple[Bates, Bates]],
) -> None:
    """Refuse to move a document from the pages it went out on. Raises DocumentMovedError."""
    for number, (first, last) in numbers.items():
        now = (str(first), str(last))
        if number in before and before[number] != now:
            raise DocumentMovedError(volume, number, " - ".join(before[number]), " - ".join(now))


def _line_of(sealed: Sequence[Sealed], replaces: str) -> frozenset[str]:
    """Return the volume replaced, what it replaced itself, and its other replacements."""
    if not replaces:
        return frozenset()
    replaced_by = {former.volume: former.replaces for former in sealed}
    if replaces not in replaced_by:
        raise UnknownVolumeError(replaces)
    root = _root(replaced_by, replaces)
    return frozenset(name for name in replaced_by if _root(replaced_by, name) == root)


def _root(replaced_by: dict[str, str], volume: str) -> str:
    seen = {volume}
    while (above := replaced_by.get(volume, "")) and above not in seen:
        seen.add(above)
        volume = above
    return volume


def _within(proposed: Proposed, kept: Sealed) -> bool:
    same = (proposed.first.prefix, proposed.first.width) == (kept.first.prefix, kept.first.width)
    return (
        same
        and kept.first.number <= proposed.first.number
        and proposed.last.number <= kept.last.number
    )


def _overlap(proposed: Proposed, kept: Sealed) -> bool:
    return (
        proposed.first.prefix == kept.first.prefix
        and proposed.first.number <= kept.last.number
        and kept.first.number <= proposed.last.number
    )
