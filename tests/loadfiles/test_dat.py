"""The DAT grammar: what is written is read back, and what does not fit is set aside, not padded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.loadfiles import dat
from forthwith.loadfiles.oddities import OddityKind

HEADER = ["FIRSTBATES", "SUBJECT", "HEADER"]


def dat_bytes(
    rows: list[list[str]], *, encoding: str = "utf-8-sig", end: str = "\r\n", header: bool = True
) -> bytes:
    """Cells as they are, quoted, in the Concordance delimiters."""
    all_rows = [HEADER, *rows] if header else rows
    return "".join("þ" + "þ\x14þ".join(row) + "þ" + end for row in all_rows).encode(encoding)


TORTURE = {
    "CRLF inside": "one\r\ntwo",
    "lone LF": "one\ntwo",
    "lone CR": "one\rtwo",
    "a double quote": 'say "so"',
    "thorn mid-word": "Hafþór",
    "thorn at the end": "Hafþ",
    "thorn at the start": "þór",
    "the field delimiter": "a\x14b",
    "separators of str.splitlines": "a\x85b\u2028c\x0cd\x1ce",
    "NUL, Ctrl-Z, backslash": "a\x00b\x1ac\\",
    "registered sign": "Acme® Corp",
    "200 kB": "x" * 200_000,
    "only a line break": "\r\n",
    "blank": "",
}
ENCODINGS = ["utf-8-sig", "utf-8", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("cell", TORTURE.values(), ids=TORTURE.keys())
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_cell_of_the_torture_table_is_read_as_it_stands(cell: str, encoding: str) -> None:
    """Peers lose a row, a column or a value on these."""
    rows = [["A1", cell, "x"], ["A2", "y", "z"]]

    read = dat.read(dat_bytes(rows, encoding=encoding))

    assert read.header == tuple(HEADER)
    assert read.rows == rows
    assert not read.quarantined


@pytest.mark.parametrize("cell", [c for c in TORTURE.values() if "\u2028" not in c])
def test_single_byte_files_are_read_too(cell: str) -> None:
    rows = [["A1", cell, "Zürich"]]

    read = dat.read(dat_bytes(rows, encoding="latin-1"))

    assert read.encoding == "cp1252"
    assert read.rows == rows


def test_a_delimiter_sequence_in_a_cell_is_flagged_by_its_width_with_its_offset() -> None:
    """It cannot be read rightly, so it must not be read wrongly."""
    sound = dat_bytes([["A1", "b", "c"]])

    read = dat.read(sound + dat_bytes([["A2", "bþ\x14þb", "c"]], encoding="utf-8", header=False))

    assert [row[0] for row in read.rows] == ["A1"]
    assert [(bad.row, bad.offset, bad.width) for bad in read.quarantined] == [(2, len(sound), 4)]


def test_a_short_row_is_set_aside_and_never_padded() -> None:
    read = dat.read(dat_bytes([["A1", "b", "c"], ["A2", "b"], ["A3", "b", "c"]]))

    assert [row[0] for row in read.rows] == ["A1", "A3"]
    assert list(read.numbers) == [1, 3]
    assert [(bad.row, bad.width) for bad in read.quarantined] == [(2, 2)]


def test_utf_8_text_between_single_byte_delimiters_is_read_and_flagged() -> None:
    """Read as cp1252 it would 'work', and give ZÃ¼rich."""
    data = dat_bytes([["A1", "X", "c"]], encoding="latin-1").replace(b"X", "Zürich".encode())

    read = dat.read(data)

    assert read.rows[0][1] == "Zürich"
    assert OddityKind.MIXED_ENCODING in {odd.kind for odd in read.oddities}


def test_one_cell_in_another_encoding_is_read_and_its_row_named() -> None:
    data = dat_bytes([["A1", "Zürich", "c"], ["A2", "X", "c"]]).replace(b"X", b"Z\xfcrich")

    read = dat.read(data)

    assert [row[1] for row in read.rows] == ["Zürich", "Zürich"]
    assert [odd.row for odd in read.oddities] == [2]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_any_line_end_will_do(end: str) -> None:
    rows = [["A1", "b", "c"], ["A2", "b", "c"]]

    assert dat.read(dat_bytes(rows, end=end)).rows == rows


def test_unquoted_empty_cells_are_read_and_said() -> None:
    data = dat_bytes([["A1", "b", "c"]]) + "þA2þ\x14\x14þcþ\r\n".encode()

    read = dat.read(data)

    assert read.rows == [["A1", "b", "c"], ["A2", "", "c"]]


def test_an_unquoted_header_over_quoted_rows_is_read() -> None:
    data = "\x14".join(HEADER) + "\r\nþA1þ\x14þbþ\x14þcþ\r\n"

    read = dat.read(data.encode("utf-8-sig"))

    assert (read.header, read.rows) == (tuple(HEADER), [["A1", "b", "c"]])


def test_doubled_thorns_are_halved_only_when_all_are_paired() -> None:
    assert dat.read(dat_bytes([["A1", "Hafþþór", "c"]])).rows[0][1] == "Hafþór"
    assert dat.read(dat_bytes([["A1", "Hafþþór", "þór"]])).rows[0][1] == "Hafþþór"


@pytest.mark.parametrize(
    "line", ["A1|b|c", "^A1^|^b^|^c^", "A1,b,c", '"A1","b","c"', "A1\tb\tc", "þA1þ¶þbþ¶þcþ"]
)
def test_other_delimiters_are_found_by_the_first_line(line: str) -> None:
    head = line.replace("A1", "ID").replace("b", "NAME").replace("c", "NOTE")

    read = dat.read(f"{head}\r\n{line}\r\n".encode())

    assert (read.header, read.rows) == (("ID", "NAME", "NOTE"), [["A1", "b", "c"]])


def test_a_quoted_cell_may_hold_the_delimiter_of_its_dialect() -> None:
    read = dat.read(b"ID|NAME\r\nA1|^one|two^\r\n")

    assert read.rows == [["A1", "one|two"]]


def test_a_file_without_header_is_said_to_have_none() -> None:
    read = dat.read(dat_bytes([["ABC0000001", "", "c"]], header=False))

    assert [odd.kind for odd in read.oddities] == [OddityKind.NO_HEADER]
    assert len(read.rows) == 1


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n\x1a", b"word"])
def test_nothing_to_read_is_said_so(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        dat.read(data)


cells = st.text(max_size=12) | st.text("þ®\x14\r\n\x00;\\ab", max_size=8)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8))
def test_what_is_written_is_read_back(rows: list[list[str]]) -> None:
    """The law of the grammar: reading is the inverse of writing, up to `clean`."""
    read = dat.read(b"".join(dat.write(HEADER, rows)))

    assert read.rows == [[dat.clean(cell) for cell in row] for row in rows]
    assert (read.header, read.quarantined, read.oddities) == (tuple(HEADER), (), ())


@given(cells)
def test_cleaning_once_is_enough(cell: str) -> None:
    assert dat.clean(dat.clean(cell)) == dat.clean(cell)


SOUND = dat_bytes([["A1", "Zürich", "x\r\ny"], ["A2", "þb", ""]])


@settings(max_examples=300)
@given(st.data())
def test_no_mutation_of_a_sound_file_throws_anything_but_unreadable(data: st.DataObject) -> None:
    """Cut, flipped or spliced, it is read or refused, and every row has the header's width."""
    base = bytearray(
        data.draw(st.sampled_from([SOUND, SOUND.decode("utf-8-sig").encode("utf-16")]))
    )
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(base)))
        base[place : place + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    try:
        read = dat.read(bytes(base))
    except UnreadableError:
        return
    assert all(len(row) == len(read.header) for row in read.rows)
    assert len(read.rows) == len(read.numbers)


@pytest.mark.parametrize("unit", ["\x14þa", "þ", "þa\r\n", "\x14", "þ\x14"])
def test_a_file_made_to_be_slow_is_read(unit: str) -> None:
    """Scans go forward only: this returns at once or never."""
    with_header = ("þaþ\x14þbþ\r\n" + unit * 50_000).encode("utf-8-sig")

    assert dat.read(with_header).header


def test_changes_beyond_a_line_break_are_told() -> None:
    told: list[tuple[int, str, str]] = []

    list(dat.write(HEADER, [["A1", "a\nb", "þór\x00"]], changed=lambda *c: told.append(c)))

    assert told == [(1, "HEADER", "þór\x00")]


def test_a_row_of_another_width_is_not_written() -> None:
    with pytest.raises(dat.RowWidthError):
        list(dat.write(HEADER, [["A1"]]))


SAMPLES = "production/relativity-import/SampleDataSources"


@pytest.mark.corpus
def test_real_load_files_are_read_whole(corpora: Path) -> None:
    """Pipes, carets, thorns, with and without header and mark: no row is set aside."""
    for path in sorted((corpora / SAMPLES).glob("*.dat")):
        read = dat.read(path.read_bytes())

        assert read.rows, path.name
        assert not read.quarantined, path.name
        assert {len(row) for row in read.rows} == {len(read.header)}, path.name


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "dialect", "bom", "headed"),
    [
        ("load_file_01.dat", ("|", ""), True, True),
        ("load_file_02.dat", ("|", ""), True, False),
        ("load_file_03.dat", ("\x14", "þ"), True, False),
        ("load_file_04.dat", ("|", "^"), False, True),
        ("rdo_load_file_01.dat", ("\x14", "þ"), True, True),
        ("rdo_load_file_02.dat", ("|", "^"), True, True),
    ],
)
def test_the_dialect_of_a_real_load_file_is_found(
    corpora: Path, name: str, dialect: tuple[str, str], *, bom: bool, headed: bool
) -> None:
    read = dat.read((corpora / SAMPLES / name).read_bytes())

    headless = OddityKind.NO_HEADER in {odd.kind for odd in read.oddities}
    assert ((read.dialect.field, read.dialect.quote), read.bom, not headless) == (
        dialect,
        bom,
        headed,
    )
