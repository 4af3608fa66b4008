"""What is written as a compound file is read back by olefile."""

from __future__ import annotations

import io

import olefile
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.formats.ole.objects import compound

names = st.text(st.characters(categories=["Lu", "Nd"], max_codepoint=126), min_size=1, max_size=12)
paths = st.one_of(st.tuples(names), st.tuples(st.just("POOL"), names))
contents = st.one_of(st.binary(max_size=200), st.integers(4000, 9000).map(bytes))


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(paths, contents, max_size=8))
def test_streams_come_back(streams: dict[tuple[str, ...], bytes]) -> None:
    streams = {path: data for path, data in streams.items() if path != ("POOL",)}

    with olefile.OleFileIO(io.BytesIO(compound(streams))) as ole:
        written_streams = {tuple(entry): ole.openstream(entry).read() for entry in ole.listdir()}

    assert written_streams == streams


def test_a_file_past_the_header_table_comes_back() -> None:
    big = bytes(range(256)) * 40_000

    with olefile.OleFileIO(io.BytesIO(compound({("BIG",): big}))) as ole:
        assert ole.openstream("BIG").read() == big
