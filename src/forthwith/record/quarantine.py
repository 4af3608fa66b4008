"""Quarantine as kept: documents clawed back, which nobody but a named custodian is shown.

A row stands for one document, copies and near copies included. It is never deleted: what ends a
quarantine (lifted, returned, destroyed) is written beside it, and documents that were returned or
destroyed are shown to nobody from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.record import committed, tables

_ENTERED, _ENDED = "quarantine", "quarantine ended"
ACTIONS = (_ENTERED, _ENDED)
LIFTED, RETURNED, DESTROYED = "lifted", "returned", "destroyed"


class NoNoticeError(ForthwithError):
    """There is no quarantine of a notice's name that stands."""

    def __init__(self, notice: str) -> None:
        super().__init__(
            f"No quarantine {notice} stands. `forthwith quarantine list` names every notice."
        )


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One document under one notice."""

    #: Number of its row; 0 before it is kept.
    id: int
    control: str
    #: "named", "family", "copy" or "near copy" of `of`.
    how: str
    of: str
    #: "N0001"; "" before it is kept.
    notice: str
    #: Login of the one person who is still shown it; "" for nobody.
    custodian: str
    #: ISO instants, UTC; `ended` is "" while it stands.
    since: str = ""
    ended: str = ""
    #: "", "lifted", "returned" or "destroyed".
    outcome: str = ""


def changes(connection: sa.Connection) -> int:
    """Return a number that grows with every change, by any process."""
    return committed.last_of(connection, ACTIONS)


def every(connection: sa.Connection) -> tuple[Quarantined, ...]:
    """Return every row in the order entered, ended ones too."""
    if not tables.holds(connection, tables.quarantine):
        return ()
    rows_of = connection.execute(sa.select(tables.quarantine).order_by(tables.quarantine.c.id))
    return tuple(Quarantined(**row._mapping) for row in rows_of)  # noqa: SLF001 - row as a mapping


def standing(connection: sa.Connection) -> Mapping[str, str]:
    """Return control number -> login of the one who is still shown it; "" for nobody.

    A document under two notices with two custodians is shown to neither, and one that was returned
    or destroyed to nobody.
    """
    shown_to: dict[str, str] = {}
    for row in every(connection):
        if row.outcome == LIFTED:
            continue
        custodian = "" if row.ended else row.custodian
        before = shown_to.get(row.control, custodian)
        shown_to[row.control] = custodian if custodian == before else ""
    return shown_to


def enter(
    connection: sa.Connection,
    documents: Sequence[tuple[str, str, str]],
    custodian: str,
    facts: Mapping[str, str],
    by: tuple[str, str],
    notice: str = "",
) -> tuple[Quarantined, ...]:
    """Put documents (control, how, of) under quarantine, from this moment on.

    Under a notice that stands, what it holds already is left as it is: returns what is new. `facts`
    is what the journal says beside: from whom the notice came, which file it was.
    """
    table = tables.quarantine
    there = every(connection)
    if not notice:
        last = max((int(row.notice[1:]) for row in there), default=0)
        notice = f"N{last + 1:04d}"
    known = {row.control for row in there if row.notice == notice}
    since = _now()
    fresh: dict[str, tuple[str, str]] = {}
    for control, how, of in documents:
        if control not in known:
            fresh.setdefault(control, (how, of))
    first = max((row.id for row in there), default=0) + 1
    entered = tuple(
        Quarantined(number, control, how, of, notice, custodian, since)
        for number, (control, (how, of)) in enumerate(fresh.items(), start=first)
    )
    if entered:
        connection.execute(sa.insert(table), [asdict(row) for row in entered])
        said = {**facts, "notice": notice, "documents": len(entered), "custodian": custodian}
        digests = {str(row.id): committed.digest(asdict(row)) for row in entered}
        committed.append(connection, _ENTERED, said, {table.name: digests}, by)
    return entered


def end(
    connection: sa.Connection, notice: str, outcome: str, because: str, by: tuple[str, str]
) -> tuple[Quarantined, ...]:
    """End a quarantine: "lifted", "returned" or "destroyed". Raises NoNoticeError."""
    table = tables.quarantine
    of_notice = (table.c.notice == notice) & (table.c.ended == "")
    if not any(row.notice == notice and not row.ended for row in every(connection)):
        raise NoNoticeError(notice)
    numbers = set(connection.scalars(sa.select(table.c.id).where(of_notice)))
    connection.execute(sa.update(table).where(of_notice).values(ended=_now(), outcome=outcome))
    ended = tuple(row for row in every(connection) if row.id in numbers)
    digests = {str(row.id): committed.digest(asdict(row)) for row in ended}
    facts = {"notice": notice, "outcome": outcome, "because": because, "documents": len(ended)}
    committed.append(connection, _ENDED, facts, {table.name: digests}, by)
    return ended


def rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield number and digest of each row, as the journal commits to it."""
    for row in every(connection):
        yield str(row.id), committed.digest(asdict(row))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
