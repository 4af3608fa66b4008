"""Batches and samples as kept: which documents, in which order, who has them.

Which documents make a batch, and who may take it, others decide; here one batch is handed to one
person at a time, and nobody holds two. Every change is one transaction with its journal entry;
that a batch's holder did something in it is no act of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.domain.batches import Batch, BatchState, Sample
from forthwith.domain.coding import Pass
from forthwith.domain.errors import ForthwithError
from forthwith.record import committed, journal, tables
from forthwith.record.matter import Matter

#: Entries that change batches, by what is done.
_CUT, _TAKEN, _BACK, _DONE = "batch cut", "batch taken", "batch given back", "batch done"
_REOPENED, _OFFERED, _DRAWN = "batch reopened", "batch offered", "sample drawn"
ACTIONS = (_CUT, _TAKEN, _BACK, _DONE, _REOPENED, _OFFERED, _DRAWN)


class NoBatchError(ForthwithError):
    """There is no batch of a number."""

    def __init__(self, batch: str) -> None:
        super().__init__(f"There is no batch {batch}. `forthwith batches` names them all.")


class BatchStateError(ForthwithError):
    """A batch is not where it would have to be."""


class Batches:
    """The batches of one matter; what is read is kept until somebody changes it."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self._changes = -1
        self._documents: Mapping[str, tuple[str, ...]] = {}
        self._of: Mapping[str, tuple[str, ...]] = {}

    # What there is

    def changes(self) -> int:
        """Return a number that grows with every change of batches or samples, by any process."""
        with self.matter.engine.connect() as connection:
            return committed.last_of(connection, ACTIONS)

    def every(self) -> tuple[Batch, ...]:
        """Return all batches in the order cut."""
        table = tables.batches
        with self.matter.engine.connect() as connection:
            if not tables.holds(connection, table):
                return ()
            rows = connection.execute(sa.select(table).order_by(table.c.id)).all()
        return tuple(_batch(row) for row in sorted(rows, key=lambda row: int(row.id[1:])))

    def batch(self, batch: str) -> Batch:
        """Return a batch by its number ("B0007"). Raises NoBatchError."""
        with self.matter.engine.connect() as connection:
            return _kept(connection, batch)

    def held_by(self, login: str) -> Batch | None:
        """Return the batch somebody has taken; None where they have none."""
        with self.matter.engine.connect() as connection:
            if not tables.holds(connection, tables.batches):
                return None
            return _held(connection, login)

    def documents(self, batch: str) -> tuple[str, ...]:
        """Return the control numbers of a batch in the order they are read; () for none."""
        self._read()
        return self._documents.get(batch, ())

    def of(self, control: str) -> tuple[str, ...]:
        """Return the batches a document is in, in the order cut."""
        self._read()
        return self._of.get(control, ())

    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Return the control numbers of every batch, in the order they are read."""
        self._read()
        return self._documents

    def samples(self) -> tuple[Sample, ...]:
        """Return all samples in the order drawn."""
        table = tables.samples
        with self.matter.engine.connect() as connection:
            if not tables.holds(connection, table):
                return ()
            rows = connection.execute(sa.select(table)).all()
        return tuple(
            Sample(row.id, row.kind, json.loads(row.body), row.batch, row.who, row.at)
            for row in sorted(rows, key=lambda row: int(row.id[1:]))
        )

    # What changes it

    def enter(self, batch: Batch, controls: Sequence[str], by: tuple[str, str]) -> Batch:
        """Keep a batch just cut, with its documents in their order; returns it with its number."""
        return self.enter_all([(batch, controls)], by)[0]

    def enter_all(
        self, cut: Sequence[tuple[Batch, Sequence[str]]], by: tuple[str, str]
    ) -> list[Batch]:
        """Keep batches cut together, all of them or none; returns them with their numbers."""
        with self.matter.writing() as connection:
            return enter_in(connection, cut, by)

    def cut(
        self,
        pass_: Pass,
        lots: Callable[[Set[str]], Sequence[tuple[Batch, Sequence[str]]]],
        by: tuple[str, str],
    ) -> list[Batch]:
        """Keep the batches `lots` gives for the control numbers in batches of this pass already.

        It is asked while nobody else can write, so what two people cut at one moment lies apart.
        """
        documents, batches = tables.batch_documents, tables.batches
        own = sa.select(batches.c.id).where(batches.c["pass"] == pass_.value)
        query = sa.select(documents.c.control).where(documents.c.batch.in_(own))
        with self.matter.writing() as connection:
            return enter_in(connection, lots(set(connection.scalars(query))), by)

    def draw(
        self,
        sample: Sample,
        batch: Batch | None,
        controls: Sequence[str],
        by: tuple[str, str],
    ) -> tuple[Sample, Batch | None]:
        """Keep a sample, and the batch in which its documents are coded, where there is one."""
        with self.matter.writing() as connection:
            if batch is not None:
                (batch,) = enter_in(connection, [(batch, controls)], by)
            number = _next(connection, tables.samples)
            kept = replace(
                sample, id=f"Q{number:04d}", who=by[0], at=_now(), batch=batch.id if batch else ""
            )
            row = {
                "id": kept.id, "kind": kept.kind, "body": journal.canonical(kept.body),
                "batch": kept.batch, "who": kept.who, "at": kept.at,
            }  # fmt: skip
            connection.execute(sa.insert(tables.samples).values(row))
            digests = {tables.samples.name: {kept.id: committed.digest(row)}}
            facts = {"sample": kept.id, "kind": kept.kind, "batch": kept.batch}
            committed.append(connection, _DRAWN, facts, digests, by)
        return kept, batch

    def take(self, batch: str, login: str, by: tuple[str, str]) -> Batch:
        """Hand an open batch to one person. Raises NoBatchError, BatchStateError."""
        with self.matter.writing() as connection:
            kept = _kept(connection, batch)
            if (other := _held(connection, login)) is not None:
                raise BatchStateError(
                    f"{login} has batch {other.id} and can hold one at a time: finish it or give "
                    "it back first."
                )
            if kept.state is not BatchState.OPEN:
                what = f"{kept.holder} has it" if kept.state is BatchState.OUT else "it is done"
                raise BatchStateError(f"Batch {batch} cannot be taken: {what}. Take another.")
            if kept.offered and login not in kept.offered:
                raise BatchStateError(
                    f"Batch {batch} is offered to {', '.join(kept.offered)} only. Take another."
                )
            now = _now()
            taken = replace(kept, state=BatchState.OUT, holder=login, taken_at=now, touched_at=now)
            return _change(connection, _TAKEN, taken, by)

    def give_back(self, batch: str, by: tuple[str, str], untouched_since: str = "") -> Batch:
        """Lay a batch that is out back for others.

        With `untouched_since` (ISO instant, UTC) only where its holder did nothing in it from then
        on. Raises NoBatchError, BatchStateError.
        """
        with self.matter.writing() as connection:
            kept = _out(connection, batch)
            if untouched_since and kept.touched_at >= untouched_since:
                raise BatchStateError(
                    f"{kept.holder} was at work in batch {batch} at {kept.touched_at}; it cannot "
                    "be taken back yet. Ask them, or wait."
                )
            return _change(connection, _BACK, replace(kept, state=BatchState.OPEN), by)

    def done(self, batch: str, by: tuple[str, str]) -> Batch:
        """Close a batch that is out, as worked through. Raises NoBatchError, BatchStateError."""
        with self.matter.writing() as connection:
            kept = _out(connection, batch)
            return _change(connection, _DONE, replace(kept, state=BatchState.DONE), by)

    def reopen(
        self,
        reread: Mapping[str, Sequence[str]],
        by: tuple[str, str],
        because: str,
        sample: str = "",
    ) -> list[Batch]:
        """Open batches that are done, all of them or none, naming what is to be read again.

        `reread` names, by batch, documents of it. Raises NoBatchError, BatchStateError.
        """
        with self.matter.writing() as connection:
            after = connection.scalar(sa.select(sa.func.max(tables.codings.c.id))) or 0
            opened = []
            for batch, documents in reread.items():
                kept = _kept(connection, batch)
                if kept.state is not BatchState.DONE:
                    raise BatchStateError(
                        f"Batch {batch} is not done, so it cannot be opened again."
                    )
                again = {"documents": sorted(documents), "after": after, "sample": sample}
                opened.append(
                    _change(
                        connection,
                        _REOPENED,
                        replace(kept, state=BatchState.OPEN, rule={**kept.rule, "reread": again}),
                        by,
                        because=because,
                    )
                )
            return opened

    def offer(self, batch: str, logins: Sequence[str], by: tuple[str, str]) -> Batch:
        """Say who alone may take a batch; () for everybody. Raises NoBatchError."""
        with self.matter.writing() as connection:
            kept = replace(_kept(connection, batch), offered=tuple(sorted(set(logins))))
            return _change(connection, _OFFERED, kept, by)

    def touch(self, batch: str, login: str) -> None:
        """Note that the holder of a batch did something in it; nothing for anybody else."""
        with self.matter.writing() as connection:
            touch(connection, batch, login)

    def _read(self) -> None:
        """Read which documents are in which batch, unless that is known."""
        table = tables.batch_documents
        with self.matter.engine.connect() as connection:
            changes = committed.last_of(connection, ACTIONS)
            if changes == self._changes or not tables.holds(connection, table):
                return
            by_batch: dict[str, list[str]] = {}
            of: dict[str, list[str]] = {}
            query = sa.select(table.c.batch, table.c.control)
            for row in connection.execute(query.order_by(table.c.batch, table.c.place)):
                by_batch.setdefault(row.batch, []).append(row.control)
                of.setdefault(row.control, []).append(row.batch)
        self._documents = {batch: tuple(controls) for batch, controls in by_batch.items()}
        self._of = {control: tuple(sorted(in_, key=_number)) for control, in_ in of.items()}
        self._changes = changes


def touch(connection: sa.Connection, batch: str, login: str) -> None:
    """Note it in the caller's transaction."""
    table = tables.batches
    mine = (table.c.id == batch) & (table.c.holder == login)
    out = table.c.state == BatchState.OUT.value
    connection.execute(sa.update(table).where(mine & out).values(touched_at=_now()))


def rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield number and digest of each batch with its documents, as the journal commits to it."""
    documents: dict[str, list[tuple[int, str]]] = {}
    table = tables.batch_documents
    for row in connection.execute(sa.select(table).order_by(table.c.batch, table.c.place)):
        documents.setdefault(row.batch, []).append((row.place, row.control))
    for row in connection.execute(sa.select(tables.batches).order_by(tables.batches.c.id)):
        digest = _documents_digest(documents.pop(row.id, []))
        yield row.id, _digest(dict(row._mapping), digest)  # noqa: SLF001 - a row as a mapping
    # Documents of a batch whose row is gone.
    yield from ((batch, "") for batch in documents)


def sample_rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield number and digest of each sample."""
    for row in connection.execute(sa.select(tables.samples).order_by(tables.samples.c.id)):
        yield row.id, committed.digest(dict(row._mapping))  # noqa: SLF001 - a row as a mapping


def enter_in(
    connection: sa.Connection,
    cut: Sequence[tuple[Batch, Sequence[str]]],
    by: tuple[str, str],
) -> list[Batch]:
    """Keep batches cut together in the caller's transaction; returns them with their numbers."""
    first = _next(connection, tables.batches)
    kept = []
    for number, (batch, controls) in enumerate(cut, start=first):
        entered = replace(batch, id=f"B{number:04d}")
        connection.execute(sa.insert(tables.batches).values(_row(entered)))
        places = list(enumerate(controls, start=1))
        if places:
            connection.execute(
                sa.insert(tables.batch_documents),
                [{"batch": entered.id, "place": at, "control": control} for at, control in places],
            )
        documents = _documents_digest(places)
        facts = {"name": entered.name, "pass": entered.pass_.value, "documents": len(places)}
        _note(connection, _CUT, entered, documents, by, facts)
        kept.append(entered)
    return kept


def _change(
    connection: sa.Connection, action: str, batch: Batch, by: tuple[str, str], because: str = ""
) -> Batch:
    table = tables.batches
    connection.execute(sa.update(table).where(table.c.id == batch.id).values(_row(batch)))
    table = tables.batch_documents
    query = sa.select(table.c.place, table.c.control).where(table.c.batch == batch.id)
    places = [(row.place, row.control) for row in connection.execute(query.order_by(table.c.place))]
    facts = {"holder": batch.holder} | ({"because": because} if because else {})
    _note(connection, action, batch, _documents_digest(places), by, facts)
    return batch


def _note(
    connection: sa.Connection,
    action: str,
    batch: Batch,
    documents: str,
    by: tuple[str, str],
    facts: Mapping[str, Any],
) -> None:
    digests = {tables.batches.name: {batch.id: _digest(_row(batch), documents)}}
    committed.append(connection, action, {"batch": batch.id, **facts}, digests, by)


def _digest(row: Mapping[str, Any], documents: str) -> str:
    """Return the digest of a batch, less when it was touched, which is no act."""
    kept = {name: value for name, value in row.items() if name != "touched_at"}
    return committed.digest({**kept, "documents": documents})


def _documents_digest(places: Sequence[tuple[int, str]]) -> str:
    return committed.digest({"documents": [list(place) for place in places]})


def _row(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "name": batch.name,
        "pass": batch.pass_.value,
        "rule": journal.canonical(batch.rule),
        "state": batch.state.value,
        "holder": batch.holder,
        "offered": journal.canonical(list(batch.offered)),
        "taken_at": batch.taken_at,
        "touched_at": batch.touched_at,
    }


def _batch(row: sa.Row[Any]) -> Batch:
    facts = row._mapping  # noqa: SLF001 - the documented name of a row as a mapping
    return Batch(
        facts["id"], facts["name"], Pass(facts["pass"]), json.loads(facts["rule"]),
        BatchState(facts["state"]), facts["holder"], tuple(json.loads(facts["offered"])),
        facts["taken_at"], facts["touched_at"],
    )  # fmt: skip


def _kept(connection: sa.Connection, batch: str) -> Batch:
    query = sa.select(tables.batches).where(tables.batches.c.id == batch)
    if not tables.holds(connection, tables.batches) or not (
        row := connection.execute(query).first()
    ):
        raise NoBatchError(batch)
    return _batch(row)


def _out(connection: sa.Connection, batch: str) -> Batch:
    if (kept := _kept(connection, batch)).state is not BatchState.OUT:
        raise BatchStateError(f"Nobody has batch {batch} out: it is {kept.state.value}.")
    return kept


def _held(connection: sa.Connection, login: str) -> Batch | None:
    table = tables.batches
    out = (table.c.holder == login) & (table.c.state == BatchState.OUT.value)
    row = connection.execute(sa.select(table).where(out).limit(1)).first()
    return _batch(row) if row else None


def _next(connection: sa.Connection, table: sa.Table) -> int:
    names = connection.scalars(sa.select(table.c.id))
    return max((_number(name) for name in names), default=0) + 1


def _number(name: str) -> int:
    return int(name[1:])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
