"""The store of amounts: changes of balances in Parquet, asked with DuckDB, every unit kept.

An amount is `DECIMAL(38,0)`: whole smallest units. Three ways lose units without a word, and none
is taken here: HUGEINT and decimals of more than 38 digits come back from Parquet as DOUBLE;
amounts sniffed out of CSV or JSON become DOUBLE; `/` on DECIMAL is DOUBLE and `//` cuts toward
zero. So the type of the column is checked on every read, texts are turned into units by us, and an
amount past 38 digits is refused with its row. Sums raise where they pass 38 digits.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from forthwith.domain.amounts import MOST_DIGITS
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.instants import Instant

#: The one type of an amount, in Parquet and in SQL.
AMOUNT = pa.decimal128(MOST_DIGITS, 0)
_SQL_AMOUNT = f"DECIMAL({MOST_DIGITS},0)"
_LIMIT = 10**MOST_DIGITS
SCHEMA = pa.schema(
    [
        # A column that may be empty could hold an amount that no sum counts.
        pa.field("instant", pa.int64(), nullable=False),
        #: Account or place.
        pa.field("name", pa.string(), nullable=False),
        pa.field("asset", pa.string(), nullable=False),
        pa.field("delta", AMOUNT, nullable=False),
    ]
)
#: Rows of one group of a part; it bounds memory while writing.
_GROUP = 1 << 17
#: Rows of the tables of what customers are owed and of what places hold.
OWED, HELD = "owed", "held"
_DAY = 86_400
#: Which parts there are, with their rows.
_LIST = "store.json"


class StoreError(ForthwithError):
    """The store cannot answer: a part is not what was written, or a sum passes 38 digits."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one balance."""

    at: Instant
    #: Account or place.
    name: str
    asset: str
    #: In smallest units.
    delta: int
    #: Where it stands: "customer_ledger.csv:12".
    row: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A place that counts as held for customers for a time: `[start, end)`, None for open ends."""

    place: str
    start: Instant | None = None
    end: Instant | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A maximal interval in which an asset's counted places hold less than customers are owed."""

    asset: str
    start: Instant
    #: None: it lasts.
    end: Instant | None
    #: Smallest units; above the floor.
    most: int
    most_at: Instant


@dataclass(frozen=True, slots=True)
class Least:
    """The least difference of held and owed over all events of an asset, and its first instant."""

    asset: str
    difference: int
    at: Instant


def amounts(values: Sequence[int]) -> pa.Array:
    """Return an array of amounts. Raises StoreError past 38 digits; `write` names the row."""
    if any(not -_LIMIT < value < _LIMIT for value in values):
        raise StoreError(f"An amount has more than {MOST_DIGITS} digits in smallest units.")
    data = b"".join([value.to_bytes(16, "little", signed=True) for value in values])
    return pa.Array.from_buffers(AMOUNT, len(values), [None, pa.py_buffer(data)])


def write(path: Path, changes: Iterable[Change]) -> tuple[int, tuple[RowFault, ...]]:
    """Write changes as one part; return how many stand in it, and what was refused.

    A change past 38 digits is a fault that names its row, and is in no part: then nothing that the
    part answers about its balance is whole, and the caller must not ask it.
    """
    faults: list[RowFault] = []
    count = 0
    partial = path.with_name(f".{path.name}")
    with pq.ParquetWriter(partial, SCHEMA, compression="zstd") as writer:
        for rows in _grouped(changes):
            kept = [change for change in rows if -_LIMIT < change.delta < _LIMIT]
            faults += [_too_long(change) for change in rows if not -_LIMIT < change.delta < _LIMIT]
            columns = [
                pa.array([change.at for change in kept], pa.int64()),
                pa.array([change.name for change in kept], pa.string()),
                pa.array([change.asset for change in kept], pa.string()),
                amounts([change.delta for change in kept]),
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=SCHEMA))
            count += len(kept)
    partial.replace(path)
    return count, tuple(faults)


@dataclass(frozen=True, slots=True)
class AmountStore:
    """Parts of what is owed and what is held, in one folder: `owed-*.parquet`, `held-*.parquet`."""

    folder: Path
    #: Of DuckDB: what it may take before it writes to the folder what does not fit.
    memory: str = "3GB"
    #: Rows of each part by its name, where it is known what was written.
    rows: Mapping[str, int] | None = None

    @classmethod
    def open(cls, folder: Path) -> AmountStore:
        """Return the store that was sealed in a folder. Raises StoreError: there is none."""
        try:
            listed = json.loads((folder / _LIST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as wrong:
            raise StoreError(
                f"{folder} holds no finished store: {wrong}. Store it anew."
            ) from wrong
        if not isinstance(listed, dict) or not all(isinstance(n, int) for n in listed.values()):
            raise StoreError(f"{folder / _LIST} does not list parts. Store the books anew.")
        return cls(folder, rows=listed)

    def seal(self, rows: Mapping[str, int]) -> AmountStore:
        """Write the list of parts with their rows: a part that is gone is then no silent loss."""
        (self.folder / _LIST).write_text(json.dumps(dict(rows)), encoding="utf-8")
        return replace(self, rows=dict(rows))

    def parts(self, table: str) -> tuple[Path, ...]:
        """Return the parts of a table, each checked to hold amounts as they were written."""
        found = tuple(sorted(self.folder.glob(f"{table}-*.parquet")))
        if self.rows is not None:
            listed = {name for name in self.rows if name.startswith(f"{table}-")}
            if odd := sorted(listed ^ {path.name for path in found}):
                raise StoreError(
                    f"{odd[0]} is missing, or was never written. Store the books anew."
                )
        for path in found:
            try:
                footer = pq.ParquetFile(path)
            except (pa.ArrowInvalid, OSError) as wrong:
                raise StoreError(
                    f"{path.name} is no Parquet file: {wrong}. Store it anew."
                ) from wrong
            schema = footer.schema_arrow
            for column in SCHEMA:
                given = schema.field(column.name) if column.name in schema.names else None
                if given is None or given.type != column.type or given.nullable:
                    raise StoreError(
                        f"{path.name} has {given or 'no column'} where {column} belongs: amounts "
                        f"may be lost. Store the books anew."
                    )
            if self.rows is not None and footer.metadata.num_rows != self.rows[path.name]:
                raise StoreError(f"{path.name} has lost or gained rows. Store the books anew.")
        return found

    def closings(self, table: str = HELD, at: Instant | None = None) -> dict[tuple[str, str], int]:
        """Return the balance of each (name, asset) at an instant, or after all.

        Names with no change by then are left out.
        """
        query = f"""
            SELECT name, asset, sum(delta)::{_SQL_AMOUNT} FROM rows
            WHERE instant <= ? GROUP BY name, asset
        """
        with self._asked(table) as connection:
            rows = connection.execute(query, [_LAST if at is None else at]).fetchall()
        return {(name, asset): int(total) for name, asset, total in rows}

    def closings_by_day(self, table: str = HELD) -> Iterator[tuple[str, str, int, int]]:
        """Yield name, asset, UTC day (days since 1970) and closing, of each day with a change.

        In order of name, asset and day. A day without a row closes as the one before it.
        """
        query = f"""
            WITH days AS (
                SELECT name, asset,
                       (instant - ((instant % {_DAY}) + {_DAY}) % {_DAY}) // {_DAY} AS day,
                       sum(delta)::{_SQL_AMOUNT} AS delta
                FROM rows GROUP BY ALL
            )
            SELECT name, asset, day,
                   sum(delta) OVER (PARTITION BY name, asset ORDER BY day)::{_SQL_AMOUNT}
            FROM days ORDER BY name, asset, day
        """
        with self._asked(table) as connection:
            result = connection.execute(query)
            while rows := result.fetchmany(_GROUP):
                yield from (
                    (name, asset, int(day), int(closing)) for name, asset, day, closing in rows
                )

    def shortfalls(
        self, counted: Sequence[Counted] | None, floors: Mapping[str, int] | None = None
    ) -> tuple[Shortfall, ...]:
        """Return every shortfall at every event, in order of asset and start.

        `counted` are the places that hold for customers; None: every row of `held` counts.

        The rows of `owed` are of accounts whose balances are owed to customers: each counts with
        max(0, balance). At or below an asset's floor there is no shortfall.
        """
        # `was` needs no window of its own: the step before is this one without its change.
        query = f"""
            WITH flagged AS (
                SELECT asset, instant, short,
                       short > greatest(0::{_SQL_AMOUNT}, floor) AS is_short,
                       short - change > greatest(0::{_SQL_AMOUNT}, floor) AS was
                FROM steps JOIN floors USING (asset)
            ),
            islands AS (
                SELECT *, sum((is_short AND NOT was)::INT) OVER (
                    PARTITION BY asset ORDER BY instant ROWS UNBOUNDED PRECEDING) AS island
                FROM flagged WHERE is_short OR was
            )
            SELECT asset, min(instant), min(instant) FILTER (NOT is_short),
                   max(short) FILTER (is_short),
                   arg_min(instant, (-short, instant)) FILTER (is_short)
            FROM islands GROUP BY asset, island ORDER BY asset, min(instant)
        """
        with self._steps(counted, floors or {}) as connection:
            rows = connection.execute(query).fetchall()
        return tuple(
            Shortfall(asset, start, until, int(most), most_at)
            for asset, start, until, most, most_at in rows
        )

    def least(self, counted: Sequence[Counted] | None) -> tuple[Least, ...]:
        """Return the least difference of each asset over all its events, in order of asset."""
        query = """
            SELECT asset, -max(short), arg_min(instant, (-short, instant)) FROM steps
            GROUP BY asset ORDER BY asset
        """
        with self._steps(counted, {}) as connection:
            rows = connection.execute(query).fetchall()
        return tuple(Least(asset, int(difference), at) for asset, difference, at in rows)

    @contextlib.contextmanager
    def _asked(self, *tables: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the parts of tables as views: `rows` for one, its own name for each of several."""
        connection = duckdb.connect()
        try:
            connection.execute(f"SET memory_limit = '{self.memory}'")
            connection.execute("SET preserve_insertion_order = false")
            connection.execute(
                "SET temp_directory = ?", [str(self.folder / f".spill-{os.getpid()}")]
            )
            for table in tables:
                parts = [str(path) for path in self.parts(table)]
                view = "rows" if len(tables) == 1 else table
                if parts:
                    files = ", ".join(f"'{_as_written(part)}'" for part in parts)
                    source = f"SELECT * FROM read_parquet([{files}])"
                else:
                    source = (
                        f"SELECT 0::BIGINT AS instant, '' AS name, '' AS asset, "
                        f"0::{_SQL_AMOUNT} AS delta WHERE false"
                    )
                connection.execute(f"CREATE VIEW {view} AS {source}")
            yield connection
        except (duckdb.OutOfRangeException, duckdb.ConversionException) as refused:
            raise StoreError(
                f"A sum of amounts passes {MOST_DIGITS} digits, and is not given: {refused}"
            ) from refused
        except duckdb.Error as refused:
            raise StoreError(f"The store of amounts cannot answer: {refused}") from refused
        finally:
            connection.close()

    @contextlib.contextmanager
    def _steps(
        self, counted: Sequence[Counted] | None, floors: Mapping[str, int]
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open `steps`: what is owed and not held after each instant's events, and its change."""
        with self._asked(OWED, HELD) as connection:
            known = connection.execute(
                f"SELECT DISTINCT asset FROM (SELECT asset FROM {OWED} UNION SELECT asset FROM "
                f"{HELD}) ORDER BY asset"
            ).fetchall()
            # Sorting by a number of one byte takes two thirds of sorting by the asset's text.
            names = ", ".join("'" + asset.replace("'", "''") + "'" for (asset,) in known) or "''"
            connection.execute(
                f"CREATE TYPE asset_name AS ENUM ({names});"
                f"CREATE TABLE floors (asset asset_name, floor {_SQL_AMOUNT});"
                "CREATE TABLE counted (name VARCHAR, start BIGINT, until BIGINT)"
            )
            for (asset,) in known:
                floor = [asset, str(floors.get(asset, 0))]
                connection.execute("INSERT INTO floors VALUES (?, ?)", floor)
            if counted is None:
                connection.execute(
                    f"INSERT INTO counted SELECT DISTINCT name, NULL, NULL FROM {HELD}"
                )
            for place in counted or ():
                connection.execute(
                    "INSERT INTO counted VALUES (?, ?, ?)", [place.place, place.start, place.end]
                )
            connection.execute(_STEPS)
            yield connection


#: Later than every instant.
_LAST = 2**62
#: What each row changes of max(0, balance) of its account, and what each row, and each day a place
#: begins or ends to count, changes of what is held; then one running sum an asset.
_STEPS = f"""
    CREATE TEMP VIEW steps AS
    WITH balances AS (
        SELECT asset::asset_name AS asset, instant, delta,
               sum(delta) OVER (PARTITION BY name, asset::asset_name ORDER BY instant
                                ROWS UNBOUNDED PRECEDING)::{_SQL_AMOUNT} AS balance
        FROM owed
    ),
    events AS (
        SELECT asset, instant,
               greatest(balance, 0::{_SQL_AMOUNT})
               - greatest(balance - delta, 0::{_SQL_AMOUNT}) AS change
        FROM balances
        UNION ALL
        SELECT asset::asset_name, greatest(instant, coalesce(start, instant)), -delta
        FROM held JOIN counted USING (name) WHERE until IS NULL OR instant < until
        UNION ALL
        SELECT asset::asset_name, until, delta
        FROM held JOIN counted USING (name) WHERE instant < until
    ),
    instants AS (
        SELECT asset, instant, sum(change)::{_SQL_AMOUNT} AS change
        FROM events GROUP BY asset, instant
    )
    SELECT asset, instant, change,
           sum(change) OVER (PARTITION BY asset ORDER BY instant
                             ROWS UNBOUNDED PRECEDING)::{_SQL_AMOUNT} AS short
    FROM instants
"""


def _as_written(path: str) -> str:
    """Return a path for SQL whose signs stand for themselves: DuckDB takes `[*?` for patterns."""
    return re.sub(r"[\[*?]", r"[\g<0>]", path).replace("'", "''")


def _grouped(changes: Iterable[Change]) -> Iterator[list[Change]]:
    rows: list[Change] = []
    for change in changes:
        rows.append(change)
        if len(rows) == _GROUP:
            yield rows
            rows = []
    yield rows


def _too_long(change: Change) -> RowFault:
    file, _, line = change.row.rpartition(":")
    number = line if line.isascii() and line.isdigit() else "0"
    return RowFault(
        file or change.row or change.name,
        int(number),
        f"the amount has {len(str(abs(change.delta)))} digits in smallest units of {change.asset}; "
        f"{MOST_DIGITS} are kept exactly",
        "Look at the amount; where it is right, keep the asset in a larger unit",
    )
