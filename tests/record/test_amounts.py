"""The store of amounts: every unit kept, where the ways that others take lose some in silence."""

from __future__ import annotations

import json
import random
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.amounts import MOST_DIGITS, AmountError, units
from forthwith.plain import json_document
from forthwith.record.amounts import (
    AMOUNT,
    HELD,
    OWED,
    SCHEMA,
    AmountStore,
    Change,
    Counted,
    Least,
    Shortfall,
    StoreError,
    amounts,
    write,
)

#: 38 digits, none of them zero: a double keeps sixteen.
LONG = 12345678901234567890123456789012345678


def stored(folder: Path, owed: list[Change], held: list[Change]) -> AmountStore:
    """Write changes in several parts, as a large book is."""
    for table, changes in ((OWED, owed), (HELD, held)):
        for number, start in enumerate(range(0, len(changes), 7)):
            write(folder / f"{table}-{number:04}.parquet", changes[start : start + 7])
    return AmountStore(folder)


def test_38_digits_come_back_where_hugeint_comes_back_as_a_double(tmp_path: Path) -> None:
    """DuckDB writes HUGEINT, which no Parquet type fits, as DOUBLE: 12345678901234567e21."""
    naive = str(tmp_path / "naive.parquet")
    duckdb.sql(f"COPY (SELECT {LONG}::HUGEINT AS delta) TO '{naive}' (FORMAT parquet)")
    ((lost,),) = duckdb.sql(f"SELECT delta FROM '{naive}'").fetchall()
    assert isinstance(lost, float)
    assert int(lost) != LONG

    store = stored(tmp_path, [], [Change(1, "hot", "TRN", LONG), Change(2, "hot", "TRN", -1)])

    assert store.closings() == {("hot", "TRN"): LONG - 1}


def test_a_decimal_of_more_digits_is_refused_where_it_is_read_as_a_double(tmp_path: Path) -> None:
    """A decimal256 of another hand: DuckDB reads it as DOUBLE, the store refuses the part."""
    path = tmp_path / "held-0000.parquet"
    wide = pa.field("delta", pa.decimal256(50, 0), nullable=False)
    table = pa.table(
        {"instant": [1], "name": ["hot"], "asset": ["TRN"], "delta": [LONG]},
        schema=SCHEMA.set(3, wide),
    )
    pq.write_table(table, path)
    ((lost,),) = duckdb.sql(f"SELECT delta FROM '{path}'").fetchall()
    assert isinstance(lost, float)

    with pytest.raises(StoreError, match="decimal256"):
        AmountStore(tmp_path).closings()


def test_texts_become_units_where_sniffing_makes_doubles(tmp_path: Path) -> None:
    """JSON integers past 64 bits and CSV decimals are DOUBLE to whoever lets DuckDB guess."""
    text = "4000000.123456789012345678"
    whole = 12345678901234567890123
    (tmp_path / "a.csv").write_text(f"amount\n{text}\n")
    (tmp_path / "a.json").write_text(json.dumps([{"amount": whole}]))
    ((csv_lost,),) = duckdb.sql(f"SELECT amount FROM '{tmp_path / 'a.csv'}'").fetchall()
    ((json_lost,),) = duckdb.sql(f"SELECT amount FROM '{tmp_path / 'a.json'}'").fetchall()
    assert isinstance(csv_lost, float)
    assert int(csv_lost * 10**18) != 4000000123456789012345678
    assert int(json_lost) != whole

    cell = (tmp_path / "a.csv").read_text().splitlines()[1]
    (row,) = json_document.load((tmp_path / "a.json").read_bytes(), exact=True)
    changes = [
        Change(1, "hot", "TRN", units(cell, 18)),
        Change(1, "hot", "ETH", units(str(row["amount"]), 0)),
    ]

    assert stored(tmp_path, [], changes).closings() == {
        ("hot", "TRN"): 4000000123456789012345678,
        ("hot", "ETH"): whole,
    }


def test_division_of_amounts_loses_units_and_the_store_has_none(tmp_path: Path) -> None:
    """`/` on DECIMAL is DOUBLE; `//` cuts toward zero, and Python's rounds down."""
    ((slash, cut),) = duckdb.sql(
        f"SELECT {LONG}::DECIMAL(38,0) / 1, (-7)::DECIMAL(38,0) // 2"
    ).fetchall()
    assert isinstance(slash, float)
    assert int(slash) != LONG
    assert int(cut) == -3 != -7 // 2
    # Days before 1970 are where a division of the store's own could cut toward zero.
    store = stored(tmp_path, [], [Change(-1, "hot", "TRN", LONG)])
    assert list(store.closings_by_day()) == [("hot", "TRN", -1, LONG)]


def test_an_amount_past_38_digits_is_a_fault_that_names_its_row(tmp_path: Path) -> None:
    """A uint256 can have 78 digits."""
    changes = [
        Change(1, "hot", "TRN", 5, "tables/held.csv:2"),
        Change(2, "hot", "TRN", 2**256 - 1, "tables/held.csv:3"),
        Change(3, "hot", "TRN", -(10**38), "receipts.jsonl:log 5"),
    ]

    count, faults = write(tmp_path / "held-0000.parquet", changes)

    assert count == 1
    assert [(fault.file, fault.line) for fault in faults] == [("tables/held.csv", 3),
                                                              ("receipts.jsonl", 0)]  # fmt: skip
    assert "78 digits" in faults[0].what
    with pytest.raises(AmountError):
        units(str(10**38), 0)
    with pytest.raises(StoreError):
        amounts([10**38])
    assert amounts([10**38 - 1, 1 - 10**38]).to_pylist() == [10**38 - 1, 1 - 10**38]
    assert AMOUNT.precision == MOST_DIGITS


def test_a_sum_past_38_digits_raises_and_does_not_wrap(tmp_path: Path) -> None:
    """Elsewhere a sum of 128-bit integers wraps in silence."""
    most = 10**38 - 1
    store = stored(tmp_path, [], [Change(n, "hot", "TRN", most) for n in range(3)])

    with pytest.raises(StoreError, match="38 digits"):
        store.closings()
    with pytest.raises(StoreError, match="38 digits"):
        list(store.closings_by_day())
    with pytest.raises(StoreError, match="38 digits"):
        store.least([Counted("hot")])
    assert store.closings(at=0) == {("hot", "TRN"): most}


def test_a_column_that_may_be_empty_is_refused(tmp_path: Path) -> None:
    """Of another hand: a sum passes over an empty amount without a word."""
    loose = pa.schema([field.with_nullable(True) for field in SCHEMA])
    columns = {"instant": [1, 2], "name": ["hot"] * 2, "asset": ["X"] * 2, "delta": [5, None]}
    pq.write_table(pa.table(columns, schema=loose), tmp_path / "held-0.parquet")

    with pytest.raises(StoreError, match="not null"):
        AmountStore(tmp_path).closings()


def test_a_part_that_is_gone_or_came_later_is_no_silent_loss(tmp_path: Path) -> None:
    rows = {f"held-{n}.parquet": write(tmp_path / f"held-{n}.parquet", [Change(n, "A", "X", 1)])[0]
            for n in range(3)}  # fmt: skip
    AmountStore(tmp_path).seal(rows)
    store = AmountStore.open(tmp_path)
    assert store.closings() == {("A", "X"): 3}

    (tmp_path / "held-1.parquet").rename(tmp_path / "gone")
    with pytest.raises(StoreError, match=r"held-1.parquet is missing"):
        store.closings()
    write(tmp_path / "held-1.parquet", [])
    with pytest.raises(StoreError, match="lost or gained rows"):
        store.closings()
    (tmp_path / "gone").rename(tmp_path / "held-1.parquet")
    write(tmp_path / "held-9.parquet", [])
    with pytest.raises(StoreError, match="never written"):
        store.closings()
    for text in ("[]", "{", '{"a": "b"}'):
        (tmp_path / "store.json").write_text(text)
        with pytest.raises(StoreError):
            AmountStore.open(tmp_path)


@pytest.mark.parametrize("name", ["a[1]", "a*", "a'b", "a?", "ä b", "a]"])
def test_a_folder_is_called_what_it_is_called(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (tmp_path / "a1").mkdir()
    write(folder / "held-0.parquet", [Change(1, "A", "X", 1)])
    write(tmp_path / "a1/held-0.parquet", [Change(1, "A", "X", 7)])

    assert AmountStore(folder).closings() == {("A", "X"): 1}
    assert AmountStore(folder).shortfalls(None) == ()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 100])
def test_a_part_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "held-0000.parquet").write_bytes(content)

    with pytest.raises(StoreError, match="no Parquet file"):
        AmountStore(tmp_path).closings()


def test_an_empty_store_holds_and_owes_nothing(tmp_path: Path) -> None:
    store = AmountStore(tmp_path)

    assert store.closings() == {}
    assert list(store.closings_by_day()) == []
    assert store.shortfalls([Counted("hot")]) == ()
    assert store.least([]) == ()


# An independent evaluator: the definitions of section 4, instant by instant, in plain Python.


def balance(changes: list[Change], name: str, asset: str, at: int) -> int:
    return sum(
        change.delta
        for change in changes
        if (change.name, change.asset) == (name, asset) and change.at <= at
    )


def steps(
    owed: list[Change], held: list[Change], counted: list[Counted], asset: str
) -> dict[int, tuple[int, int]]:
    """Return owed and held after each instant at which one of them could change."""
    accounts = {change.name for change in owed}
    instants = {change.at for change in owed if change.asset == asset}
    for change in held:
        for place in counted:
            if (change.name, change.asset) == (place.place, asset):
                start = change.at if place.start is None else max(place.start, change.at)
                if place.end is None or change.at < place.end:
                    instants |= {start} if place.end is None else {start, place.end}
    return {
        at: (
            sum(max(0, balance(owed, account, asset, at)) for account in accounts),
            sum(
                balance(held, place.place, asset, at)
                for place in counted
                if (place.start is None or place.start <= at)
                and (place.end is None or at < place.end)
            ),
        )
        for at in sorted(instants)
    }


def plain_shortfalls(values: dict[int, tuple[int, int]], asset: str, floor: int) -> list[Shortfall]:
    found: list[Shortfall] = []
    for at, (owed, held) in values.items():
        short = owed - held
        is_short = short > max(0, floor)
        if found and found[-1].end is None:
            last = found[-1]
            if not is_short:
                found[-1] = Shortfall(asset, last.start, at, last.most, last.most_at)
            elif short > last.most:
                found[-1] = Shortfall(asset, last.start, None, short, at)
        elif is_short:
            found.append(Shortfall(asset, at, None, short, at))
    return found


NAMES, ASSETS = ["A", "B", "C"], ["X", "Y"]
changes = st.lists(
    st.builds(Change, st.integers(-3, 12), st.sampled_from(NAMES), st.sampled_from(ASSETS),
              st.integers(-9, 9) | st.sampled_from([10**30, -(10**30)])),
    max_size=30,
)  # fmt: skip
counts = st.lists(
    st.builds(
        Counted, st.sampled_from(NAMES), st.none() | st.integers(-2, 9),
        st.none() | st.integers(-2, 9),
    ),
    max_size=3, unique_by=lambda place: place.place,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(changes, changes, counts, st.sampled_from([0, 3, -2]))
def test_every_answer_is_what_the_definitions_give(
    tmp_path_factory: pytest.TempPathFactory,
    owed: list[Change],
    held: list[Change],
    counted: list[Counted],
    floor: int,
) -> None:
    counted = [c for c in counted if c.start is None or c.end is None or c.start < c.end]
    store = stored(tmp_path_factory.mktemp("store"), owed, held)

    for at in (None, 0, 4):
        cut = 99 if at is None else at
        assert store.closings(at=at) == {
            (change.name, change.asset): balance(held, change.name, change.asset, cut)
            for change in held
            if change.at <= cut
        }
    found = store.shortfalls(counted, {"X": floor})
    least = store.least(counted)
    for asset in ASSETS:
        values = steps(owed, held, counted, asset)
        told = [each for each in found if each.asset == asset]
        assert told == plain_shortfalls(values, asset, floor if asset == "X" else 0)
        differences = [(h - o, at) for at, (o, h) in values.items()]
        expected = [Least(asset, *min(differences))] if differences else []
        assert [each for each in least if each.asset == asset] == expected


def test_each_day_closes_as_the_sum_of_all_before_it(tmp_path: Path) -> None:
    draw = random.Random(5)
    held = [
        Change(draw.randrange(-200_000, 900_000), draw.choice(NAMES), draw.choice(ASSETS),
               draw.randrange(-10**20, 10**20))
        for _ in range(300)
    ]  # fmt: skip
    store = stored(tmp_path, [], held)

    rows = list(store.closings_by_day())

    assert rows == sorted(rows)
    assert {row[:3] for row in rows} == {(c.name, c.asset, c.at // 86_400) for c in held}
    for name, asset, day, closing in rows:
        assert closing == balance(held, name, asset, day * 86_400 + 86_399)


def test_parts_and_their_order_change_no_figure(tmp_path: Path) -> None:
    rows = [Change(n % 5, "A", "X", n - 4) for n in range(20)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write(tmp_path / "a/held-0.parquet", rows)
    for number, change in enumerate(reversed(rows)):
        write(tmp_path / f"b/held-{number}.parquet", [change])

    one, other = AmountStore(tmp_path / "a"), AmountStore(tmp_path / "b")

    assert one.closings() == other.closings()
    assert list(one.closings_by_day()) == list(other.closings_by_day())
    assert one.shortfalls([Counted("A")]) == other.shortfalls([Counted("A")])
