"""Tar files: what went in comes out, whatever follows or is missing."""

from __future__ import annotations

import io
import tarfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, Fault, FaultReason
from forthwith.formats.archives import tar
from tests.builders.archives import hint, opened, source, tarred

names = st.text("abcdefghäöü世 .-_", min_size=1, max_size=60).filter(lambda n: n.strip(". "))
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
trees = st.lists(st.tuples(paths, st.binary(max_size=1500)), min_size=1, max_size=5)
formats = st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
SOUND = tarred([("a.txt", b"first" * 200), ("b/c.txt", b"second" * 200)])


def reasons(faults: list[Fault]) -> list[FaultReason]:
    return [fault.reason for fault in faults]


@given(trees, formats)
@settings(max_examples=60, deadline=None)
def test_what_was_packed_comes_out(tree: list[tuple[str, bytes]], tar_format: int) -> None:
    members, faults = opened(tar.read(source(tarred(tree, tar_format)), hint()))

    assert members == [(name.replace("/./", "/"), data) for name, data in tree]
    assert faults == []


@given(trees, formats)
@settings(max_examples=30, deadline=None)
def test_a_step_gives_the_same_bytes_again(tree: list[tuple[str, bytes]], tar_format: int) -> None:
    data = source(tarred(tree, tar_format))
    reading = tar.read(data, hint())
    assert reading.children is not None
    for child in reading.children():
        assert isinstance(child, Child)
        assert tar.open_step(data, child.step, hint()) == child.load()


@given(st.binary(max_size=12), st.integers(0, len(SOUND) - 1), st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_damage_is_a_fault_or_unreadable(patch: bytes, at: int, cut: int) -> None:
    damaged = SOUND[:at] + patch + SOUND[at + cut :]
    with suppress(UnreadableError):
        opened(tar.read(source(damaged), hint()))


def test_a_cut_end_keeps_what_is_there() -> None:
    members, faults = opened(tar.read(source(SOUND[:2300]), hint()))

    assert members[0] == ("a.txt", b"first" * 200)
    assert members[1][1] == (b"second" * 200)[: 2300 - 2048]
    assert FaultReason.TRUNCATED in reasons(faults)


def test_a_damaged_header_costs_one_member_and_is_said() -> None:
    """The library stops there without a word."""
    three = bytearray(tarred([("a", b"1"), ("b", b"2"), ("c", b"3")], tarfile.USTAR_FORMAT))
    three[1024:1536] = b"\xff" * 512
    members, faults = opened(tar.read(source(bytes(three)), hint()))

    assert [name for name, _ in members] == ["a", "c"]
    assert FaultReason.CORRUPT in reasons(faults)


def test_an_archive_behind_the_end_mark_is_read_and_said() -> None:
    members, faults = opened(tar.read(source(SOUND + tarred([("hidden", b"more")])), hint()))

    assert ("hidden", b"more") in members
    assert reasons(faults) == [FaultReason.CORRUPT]


def test_links_and_devices_are_named_not_followed() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind, name in ((tarfile.SYMTYPE, "link"), (tarfile.CHRTYPE, "tty")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    members, faults = opened(tar.read(source(out.getvalue()), hint()))

    assert members == []
    assert reasons(faults) == [FaultReason.UNSUPPORTED] * 2
    assert not any(fault.lost for fault in faults)


def test_a_name_that_would_escape_is_reported() -> None:
    members, faults = opened(tar.read(source(tarred([("../../etc/passwd", b"x")])), hint()))

    assert members == [("etc/passwd", b"x")]
    assert reasons(faults) == [FaultReason.UNSAFE_NAME]


def test_times_are_utc() -> None:
    reading = tar.read(source(SOUND), hint())
    assert reading.children is not None
    child = next(iter(reading.children()))

    assert isinstance(child, Child)
    assert child.fields[0].value == "2020-09-13T12:26:40+00:00"


def test_holes_of_a_sparse_file_count_against_the_limits() -> None:
    """A pax sparse file of a terabyte of nothing."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("GNUSparseFile.0/holes")
        info.pax_headers = {
            "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "holes",
            "GNU.sparse.size": str(2**40), "GNU.sparse.map": "0,0",
        }  # fmt: skip
        archive.addfile(info)
    members, _ = opened(tar.read(source(out.getvalue()), hint(item_bytes=2**20)))

    assert isinstance(members[0][1], Fault)
    assert members[0][1].reason is FaultReason.TOO_LARGE


def test_no_tar_at_all_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        tar.read(source(b"nothing of the kind" * 100), hint())
