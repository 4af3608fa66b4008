"""The image pointer file: read as written, short and long lines handled as such."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.loadfiles import opt
from forthwith.loadfiles.oddities import OddityKind

names = st.text("ABC_0123456789\\.", max_size=12)
rows = st.builds(
    opt.OptRow,
    page=st.text("ABC_019", min_size=1, max_size=8),
    volume=names,
    path=names,
    first=st.booleans(),
    folder=names,
    box=names,
    pages=st.none() | st.integers(0, 9999),
)


@given(st.lists(rows, max_size=8))
def test_what_is_written_is_read_back(pages: list[opt.OptRow]) -> None:
    assert opt.read(opt.write(pages)).rows() == pages


def test_a_path_with_commas_is_rejoined_and_said() -> None:
    read = opt.read(b"A1,V,I\\a,b.tif,Y,,,2\r\nA2,V,I\\c.tif,,,,\r\n")

    assert list(read.paths) == ["I\\a,b.tif", "I\\c.tif"]
    assert [odd.kind for odd in read.oddities] == [OddityKind.EXTRA_COLUMN]


def test_a_line_too_short_is_set_aside_with_its_offset() -> None:
    read = opt.read(b"A1,V,I\\a.tif,Y,,,1\r\nrubbish\r\n")

    assert [(bad.row, bad.offset) for bad in read.quarantined] == [(2, 20)]


@pytest.mark.parametrize("path", ["é.tif", "a,b.tif", "a\r\n.tif"])
def test_what_would_not_be_read_back_is_not_written(path: str) -> None:
    with pytest.raises(opt.NotAsciiError):
        opt.write([opt.OptRow("A1", "", path, first=True)])


@given(st.binary(max_size=60))
def test_any_bytes_are_read(data: bytes) -> None:
    read = opt.read(data)

    assert len(read.pages) == len(read.paths) == len(read.numbers)


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "pages"), [("Opticon_01.opt", 5), ("opticon_02.opt", 5)])
def test_real_pointer_files_are_read(corpora: Path, name: str, pages: int) -> None:
    folder = corpora / "production/relativity-import/SampleDataSources"

    read = opt.read((folder / name).read_bytes())

    assert (len(read.pages), read.rows()[0].pages, read.oddities) == (pages, 5, ())
