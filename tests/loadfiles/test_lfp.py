"""The IPRO load file: both directions, its family mark kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.loadfiles import lfp

pages = st.builds(
    lfp.LfpPage,
    key=st.text("ABC019", min_size=1, max_size=8),
    boundary=st.sampled_from(["", "S", "B", "F", "D", "C"]),
    offset=st.integers(0, 99),
    volume=st.text("VOL01", max_size=6),
    folder=st.text("IM\\;,01", max_size=10),
    file=st.text("ab,.tif", max_size=8),
    type=st.sampled_from([2, 4, 5, 6, 7]),
    rotate=st.integers(0, 3),
)


@given(st.lists(pages, max_size=6))
def test_what_is_written_is_read_back(rows: list[lfp.LfpPage]) -> None:
    """Commas and semicolons in paths included."""
    natives = [lfp.LfpNative("A1", "VOL001", "NATIVE\\0001", "A1, final.XLSX")]

    read = lfp.read(lfp.write(rows, natives))

    assert (list(read.pages), list(read.natives)) == (rows, natives)


def test_a_name_that_would_part_the_columns_is_not_written() -> None:
    with pytest.raises(lfp.NotInLfpError):
        lfp.write([lfp.LfpPage("A1", "D", 0, "V", "I", "a;b.tif")])


def test_other_commands_are_passed_over_and_said_and_rubbish_is_set_aside() -> None:
    read = lfp.read(b"## made by hand\r\nBF,A1,1\r\nIM,A1,D,0,@V;I;a.tif;2\r\nrubbish\r\n")

    assert [page.path for page in read.pages] == ["I\\a.tif"]
    assert len(read.oddities) == 2
    assert [bad.row for bad in read.quarantined] == [4]


@given(st.binary(max_size=80))
def test_any_bytes_are_read(data: bytes) -> None:
    lfp.read(data)


@pytest.mark.corpus
def test_the_records_of_a_peer_are_read_alike(corpora: Path) -> None:
    """10 documents, 25 pages, 1 native, 5 of them children, as its own test has it."""
    tests = corpora / "production/loadfile-cases/LoadFileAdapterTests"
    source = (tests / "Importers/TU_LfpImporter.cs").read_text("utf-8-sig")
    records = [re.findall(r'"([^"]*)"', line) for line in source.splitlines() if '"@VOL' in line]
    lines = [
        f"IM,{r[1]},{r[2]},{r[3]},{r[4]};{';'.join(r[5:8])},{r[8]}"
        if r[0] == "IM"
        else f"OF,{r[1]},{';'.join(r[2:5])},{r[5]}"
        for r in (re.sub(r"\\\\", r"\\", "\0".join(r)).split("\0") for r in records)
    ]

    read = lfp.read("\r\n".join(lines).encode())

    boundaries = [page.boundary for page in read.pages]
    assert (len(read.pages), len(read.natives), read.quarantined) == (25, 1, ())
    assert (boundaries.count("D") + boundaries.count("C"), boundaries.count("C")) == (10, 5)
