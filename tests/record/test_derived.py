"""What lies in derived/ is believed only as it was written; the rest is read again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from forthwith.process import run
from forthwith.record import tables
from forthwith.record.documents import DerivedChangedError, DocumentTable, NotProcessedError
from forthwith.record.evidence import digest_of
from forthwith.record.matter import Matter
from forthwith.record.verify import verify
from forthwith.review.search.search import Searcher
from tests.builders import evidence

SOUND, FORGED = "The keys are in the safe.", "The keys are in the sofa."


@pytest.fixture
def matter(tmp_path: Path) -> Matter:
    files = {f"note{n}.txt": f"{SOUND} Note {n}.".encode() for n in range(3)}
    folder = evidence.write(
        tmp_path / "in", **{f"note{n}_txt": files[f"note{n}.txt"] for n in range(3)}
    )
    made = evidence.matter(tmp_path / "m", folder)
    run.process(made, workers=1)
    return made


def part(matter: Matter) -> Path:
    (path,) = (matter.derived / "readings").glob("*.parquet")
    return path


def rewritten(path: Path, column: str, old: str, new: str) -> None:
    """Change words of one column, as whoever may write to the folder can."""
    table = pq.read_table(path)
    values = [value and value.replace(old, new) for value in table[column].to_pylist()]
    at = table.schema.get_field_index(column)
    changed = table.set_column(at, column, pa.array(values, table.schema.field(column).type))
    stat = path.stat()
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def forge_text(matter: Matter) -> None:
    rewritten(part(matter), "text", SOUND, FORGED)


def forge_fields(matter: Matter) -> None:
    rewritten(part(matter), "fields", "{}", '{"sent": ["2021-01-01", "x"]}')


def forge_faults(matter: Matter) -> None:
    rewritten(part(matter), "name", "note", "moat")


def forge_row(matter: Matter) -> None:
    """A second part with the same unit would double every row it is joined to."""
    shutil.copy(part(matter), part(matter).with_name("0" * 32 + ".parquet"))


def cut(matter: Matter) -> None:
    part(matter).write_bytes(part(matter).read_bytes()[:-9])


def link(matter: Matter) -> None:
    elsewhere = matter.folder / "elsewhere"
    part(matter).rename(elsewhere)
    (matter.derived / "readings" / "a.parquet").symlink_to(elsewhere)


def pipe(matter: Matter) -> None:
    path = part(matter)
    path.unlink()
    os.mkfifo(path)


def directory(matter: Matter) -> None:
    (matter.derived / "readings" / "b.parquet").mkdir()


FORGERIES = (forge_text, forge_fields, forge_faults, forge_row, cut, link, pipe, directory)


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_part_is_named_refused_and_read_again(
    matter: Matter, forge: Callable[[Matter], None]
) -> None:
    before = list(DocumentTable(matter).ask()), dict(DocumentTable(matter).texts())

    forge(matter)

    broken = verify(matter).broken
    assert broken
    assert all(line.startswith("derived/readings/") for line in broken)
    if forge not in (forge_row, directory):
        for question in (DocumentTable.ask, DocumentTable.texts, DocumentTable.bodies):
            with pytest.raises(DerivedChangedError, match="derived/readings"):
                list(question(DocumentTable(matter)))
    else:
        assert before == (list(DocumentTable(matter).ask()), dict(DocumentTable(matter).texts()))
    done = run.process(matter, workers=1)
    assert (done.doubtful, done.read) == (1, 0 if forge in (forge_row, directory) else 3)
    assert before == (list(DocumentTable(matter).ask()), dict(DocumentTable(matter).texts()))
    assert verify(matter).broken == ()


@pytest.mark.parametrize("name", ["documents", "copies", "containers", "accounts", "aside"])
def test_a_forged_table_is_named_refused_and_made_again(matter: Matter, name: str) -> None:
    path = matter.derived / f"{name}.parquet"
    sound = path.read_bytes()
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table, table]), path)

    assert verify(matter).broken == (
        f"derived/{name}.parquet: it was changed; `forthwith process` makes it again",
    )
    with pytest.raises(DerivedChangedError, match=f"derived/{name}.parquet was changed"):
        list(DocumentTable(matter).ask())
    assert run.process(matter, workers=1).doubtful == 1
    assert path.read_bytes() == sound
    assert verify(matter).broken == ()


def test_a_forged_row_of_the_table_of_parts_is_named(matter: Matter) -> None:
    """Whoever may write to the database as well has the journal against him."""
    forge_text(matter)
    with matter.engine.begin() as connection:
        connection.execute(sa.update(tables.parts).values(digest=digest_of(part(matter))))

    assert verify(matter).broken == (
        "derived/readings: the table of parts is not the one the journal has",
    )
    with pytest.raises(DerivedChangedError):
        list(DocumentTable(matter).texts())


def test_what_is_gone_is_no_finding(matter: Matter) -> None:
    part(matter).unlink()

    assert verify(matter).broken == ()
    with pytest.raises(DerivedChangedError, match="is gone"):
        list(DocumentTable(matter).texts())
    done = run.process(matter, workers=1)
    assert (done.doubtful, done.read) == (0, 3)
    shutil.rmtree(matter.derived)
    assert verify(matter).broken == ()
    with pytest.raises(NotProcessedError):
        list(DocumentTable(matter).texts())


def test_a_run_killed_after_its_entry_leaves_its_tables_in_force(matter: Matter) -> None:
    for name in ("documents", "aside"):
        path = matter.derived / f"{name}.parquet"
        shutil.copy(path, path.with_name(f".{name}.parquet"))
        path.write_bytes(b"as an earlier run left it")

    assert verify(matter).broken == ()
    assert len(list(DocumentTable(matter).ask())) == 3
    assert run.process(matter, workers=1).doubtful == 0
    assert verify(matter).broken == ()


def test_what_an_older_version_read_is_read_again(matter: Matter) -> None:
    """It kept no digest: nobody can say whether it is what was read."""
    later = [table for since in tables.SINCE.values() for table in since]
    tables.metadata.drop_all(matter.engine, tables=later)
    with matter.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        connection.execute(
            sa.text(
                "UPDATE journal SET body = replace(body, 'settled', 'x') WHERE action = 'process'"
            )
        )
    older = Matter.open(matter.folder)

    with pytest.raises(DerivedChangedError, match="an earlier version"):
        list(DocumentTable(older).ask())
    done = run.process(older, workers=1)

    assert (done.doubtful, done.read) == (1, 3)
    assert len(list(DocumentTable(older).texts())) == 3


def test_a_forged_index_is_named_and_made_again(matter: Matter) -> None:
    assert Searcher.of(matter).ask("safe").met.sum() == 3
    (index,) = (matter.derived / "search").iterdir()
    terms = index / "text" / "terms.txt"
    terms.write_bytes(terms.read_bytes().replace(b"safe", b"sake"))

    (line,) = verify(matter).broken
    assert line.startswith("derived/search/")
    assert Searcher.of(matter).ask("safe").met.sum() == 3
    assert verify(matter).broken == ()
