"""Rankings and stops as kept: every version of each, with its entry in the journal.

Nothing is changed in place. A stop is drawn before anybody reads its sample, so its first version
is written before what it will show can be known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from forthwith.domain.batches import Batch
from forthwith.domain.errors import ForthwithError
from forthwith.domain.rankings import Ranking, Stop
from forthwith.record import batches, journal, tables
from forthwith.record.matter import Matter

#: Actions of the entries.
RANKING, STOP = "ranking", "stop"


class RankingExistsError(ForthwithError):
    """A ranking of a name is there, and says something else."""

    def __init__(self, there: Ranking) -> None:
        super().__init__(
            f"A ranking {there.name} is there already: {there.mark}={there.value} over "
            f"{there.query or 'all documents'}, by {there.who}. What was read and drawn for it "
            "rests on that, so it does not change. Take another name."
        )


class StopChangedError(ForthwithError):
    """Somebody else went on with a stop, or drew one, meanwhile."""

    def __init__(self, ranking: str) -> None:
        super().__init__(
            f"Somebody else went on with a stop of {ranking} meanwhile, so nothing was entered. "
            f"See where it is: forthwith rank {ranking} status."
        )


def name(matter: Matter, ranking: Ranking, by: tuple[str, str]) -> Ranking:
    """Keep a ranking; one of the same name that says the same is left as it is.

    Raises RankingExistsError, MatterBusyError.
    """
    table = tables.rankings
    with matter.writing() as connection:
        query = sa.select(table).where(table.c.name == ranking.name)
        rows = connection.execute(query.order_by(table.c.version.desc()))
        if (row := rows.first()) is not None:
            there = _ranking(row)
            if {**there.body(), "seed": ""} != {**ranking.body(), "seed": ""}:
                raise RankingExistsError(there)
            return there
        kept = {"name": ranking.name, "version": 1, "body": journal.canonical(ranking.body()),
                "who": by[0]}  # fmt: skip
        facts = {"ranking": ranking.name, "version": 1, "sha256": _digest(kept)}
        entry = journal.append(connection, RANKING, facts, by)
        kept |= {"at": entry.at, "entry": entry.seq}
        connection.execute(sa.insert(table).values(kept))
    return replace(ranking, version=1, who=by[0], at=entry.at)


def draw(
    matter: Matter,
    stop: Stop,
    cut: Sequence[tuple[Batch, Sequence[str]]],
    by: tuple[str, str],
    before: int,
) -> Stop:
    """Keep a stop just drawn, or one version more, with the batches of what was drawn.

    All in one transaction. `before` is the version it was made from; of a new one, how many stops
    there were. Raises StopChangedError, MatterBusyError.
    """
    table = tables.stops
    with matter.writing() as connection:
        if stop.id:
            query = sa.select(sa.func.max(table.c.version)).where(table.c.id == stop.id)
            there, id_, version = connection.scalar(query) or 0, stop.id, before + 1
        else:
            there = connection.scalar(sa.select(sa.func.count(sa.distinct(table.c.id)))) or 0
            id_, version = f"T{there + 1:04d}", 1
        if there != before:
            raise StopChangedError(stop.ranking)
        entered = batches.enter_in(connection, cut, by) if cut else []
        kept = replace(
            stop, id=id_, version=version, who=by[0],
            batches=(*stop.batches, *(batch.id for batch in entered)),
        )  # fmt: skip
        row: dict[str, Any] = {
            "id": id_, "version": version, "ranking": stop.ranking,
            "body": journal.canonical(kept.body()), "who": by[0],
        }  # fmt: skip
        facts: dict[str, Any] = {
            "stop": id_, "version": version, "ranking": stop.ranking, "rule": stop.rule.value,
            "drawn": len(stop.drawn), "sha256": _stop_digest(row),
        }  # fmt: skip
        if stop.counted:
            facts["certified"] = stop.certified
        entry = journal.append(connection, STOP, facts, by)
        row |= {"at": entry.at, "entry": entry.seq}
        connection.execute(sa.insert(table).values(row))
    return replace(kept, at=entry.at)


def standing(connection: sa.Connection) -> list[Ranking]:
    """Return the last version of every ranking, by name."""
    if not tables.holds(connection, tables.rankings):
        return []
    table = tables.rankings
    rows = connection.execute(sa.select(table).order_by(table.c.name, table.c.version))
    return list({row.name: _ranking(row) for row in rows}.values())


def stops(connection: sa.Connection) -> list[Stop]:
    """Return the last version of every stop, in the order drawn."""
    if not tables.holds(connection, tables.stops):
        return []
    table = tables.stops
    rows = connection.execute(sa.select(table).order_by(table.c.version))
    last = {row.id: _stop(row) for row in rows}
    return sorted(last.values(), key=lambda stop: int(stop.id[1:]))


def first_drawn(connection: sa.Connection, stop: str) -> tuple[str, str]:
    """Return the instant a stop was first drawn, and by whom; two "" where there is none."""
    table = tables.stops
    query = sa.select(table.c.at, table.c.who).where((table.c.id == stop) & (table.c.version == 1))
    row = connection.execute(query).first()
    return (row.at, row.who) if row else ("", "")


def broken(connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each version that is not what the journal says was entered."""
    yield from _broken(connection, tables.rankings, "ranking", "name", RANKING, _digest)
    yield from _broken(connection, tables.stops, "stop", "id", STOP, _stop_digest)


def _broken(
    connection: sa.Connection, table: sa.Table, what: str, key: str, action: str, digest: Any
) -> Iterator[str]:
    if not sa.inspect(connection).has_table(table.name):
        return
    entered = {}
    for entry in journal.of(connection, action):
        facts = entry.facts()
        entered[facts[what], facts["version"]] = facts["sha256"]
    for row in connection.execute(sa.select(table)):
        facts = row._mapping  # noqa: SLF001 - a row as a mapping
        wanted = entered.pop((facts[key], facts["version"]), "")
        if not wanted:
            yield f"{what} {facts[key]}: the journal does not tell of version {facts['version']}"
        elif digest(facts) != wanted:
            yield f"{what} {facts[key]}: version {facts['version']} was changed in the database"
    for name_, version in entered:
        yield f"{what} {name_}: version {version} is gone from the database"


def _digest(row: Any) -> str:
    """Return the SHA-256 an entry commits to: everything of a version but the clock's time."""
    said = {name: row[name] for name in ("name", "version", "body", "who")}
    return hashlib.sha256(journal.canonical(said).encode()).hexdigest()


def _stop_digest(row: Any) -> str:
    said = {name: row[name] for name in ("id", "version", "ranking", "body", "who")}
    return hashlib.sha256(journal.canonical(said).encode()).hexdigest()


def _ranking(row: Any) -> Ranking:
    return Ranking(row.name, row.version, **json.loads(row.body), who=row.who, at=row.at)


def _stop(row: Any) -> Stop:
    return Stop.of_body(row._mapping, json.loads(row.body))  # noqa: SLF001 - a row as a mapping
