"""Documents of a room as columns, made in memory, and codings of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forthwith.domain.coding import Coding, Pass, body_of
from forthwith.record.room_store import NO_DAY, Columns
from forthwith.review.coding import forms


@dataclass(frozen=True, slots=True)
class Member:
    """One document: its family's number, its group of copies and conversation, its pages."""

    family: int
    group: int = -1
    thread: int = -1
    pages: int = 1
    theirs: bool = False


def control(place: int) -> str:
    """Return the control number at a place."""
    return f"FW{place + 1:08d}"


def columns(members: Sequence[Member]) -> Columns:
    """Return the columns of documents; the first member of a family is its top."""
    tops: dict[int, int] = {}
    for place, member in enumerate(members):
        tops.setdefault(member.family, place)
    controls = [control(place) for place in range(len(members))]

    def numbers(values: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int32]]:
        return np.array(values, np.int32)

    return Columns(
        controls,
        {name: place for place, name in enumerate(controls)},
        top=numbers([tops[member.family] for member in members]),
        custodian=numbers([0] * len(members)),
        custodians=["Ortega, Marisol"],
        holders=numbers([0] * len(members)),
        holder_sets=[frozenset({"Ortega, Marisol"})],
        theirs=np.array([member.theirs for member in members], np.bool_),
        kind=numbers([0] * len(members)),
        kinds=["email"],
        day=numbers([NO_DAY] * len(members)),
        pages=numbers([member.pages for member in members]),
        thread=numbers([member.thread for member in members]),
        group=numbers([member.group for member in members]),
        fault=numbers([0] * len(members)),
    )


def coding(
    number: str,
    body: Mapping[str, Any],
    who: str = "lin",
    id: int = 1,  # noqa: A002 - as the field is called
    **more: Any,
) -> Coding:
    """Return one coding by the form a room starts with."""
    values = {
        "version": 1, "at": "2026-02-02T10:00:00+00:00", "pass_": Pass.FIRST, "batch": "",
        "form": "ours", "form_version": 1, **more,
    }  # fmt: skip
    return Coding(id=id, control=number, who=who, body=body_of(body), **values)


def ours(_id: str = "ours", _version: int = 1) -> forms.Form:
    """Return the form a room starts with, whatever version is asked for."""
    return forms.default("ours")
