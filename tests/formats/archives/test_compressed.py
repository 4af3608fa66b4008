"""Files compressed alone: one child, bounded, and honest about its end."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.evidence import Child, Fault, FaultReason
from forthwith.formats.archives import compressed
from tests.builders.archives import by_libarchive, hint, opened, source

WAYS: dict[str, Callable[[bytes], bytes]] = {
    "application/gzip": gzip.compress,
    "application/x-bzip2": bz2.compress,
    "application/x-xz": lzma.compress,
    "application/x-lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "application/zlib": zlib.compress,
}


@pytest.mark.parametrize("media_type", WAYS)
@given(data=st.binary(max_size=5000))
@settings(max_examples=15, deadline=None)
def test_what_was_packed_comes_out(media_type: str, data: bytes) -> None:
    packed = source(WAYS[media_type](data))
    reading = compressed.read(packed, hint(media_type, "notes.txt.gz"))

    assert opened(reading) == ([("notes.txt", data)], [])
    assert compressed.open_step(packed, "member:0", hint(media_type)) == data
    assert reading.declared == 1


@pytest.mark.parametrize("media_type", WAYS)
@given(at=st.integers(0, 60), patch=st.binary(min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_damage_is_a_fault(media_type: str, at: int, patch: bytes) -> None:
    packed = WAYS[media_type](b"some text, some more text" * 9)
    damaged = packed[:at] + patch + packed[at + len(patch) :]
    opened(compressed.read(source(damaged), hint(media_type)))


@pytest.mark.parametrize("media_type", WAYS)
def test_a_cut_end_is_said(media_type: str) -> None:
    packed = WAYS[media_type](bytes(range(256)) * 400)[:-9]
    members, faults = opened(compressed.read(source(packed), hint(media_type)))

    assert faults or isinstance(members[0][1], Fault)


def test_streams_one_after_another_are_one_file() -> None:
    packed = gzip.compress(b"one") + bytes(600) + gzip.compress(b"two")

    assert opened(compressed.read(source(packed), hint("application/gzip", "a.gz"))) == (
        [("a", b"onetwo")], [],
    )  # fmt: skip


def test_what_follows_the_end_is_said_and_the_rest_kept() -> None:
    members, faults = opened(
        compressed.read(source(gzip.compress(b"one") + b"garbage"), hint("application/gzip"))
    )

    assert members[0][1] == b"one"
    assert [fault.reason for fault in faults] == [FaultReason.CORRUPT]


def test_gzip_says_its_own_name_and_time() -> None:
    out = io.BytesIO()
    with gzip.GzipFile("memo.txt", "wb", fileobj=out, mtime=1_600_000_000) as file:
        file.write(b"x")
    reading = compressed.read(source(out.getvalue()), hint("application/gzip", "other.gz"))
    assert reading.children is not None
    child = next(iter(reading.children()))

    assert isinstance(child, Child)
    assert child.name == "memo.txt"
    assert child.fields[0].value == "2020-09-13T12:26:40+00:00"


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.tgz", "a.tar"), ("a.tar.gz", "a.tar"), ("x.svgz", "x.svg"), ("plain", "plain"),
        ("a.log", "a.log"), (".gz", ".gz"),
    ],
)  # fmt: skip
def test_the_child_is_named_by_the_stem(name: str, stem: str) -> None:
    assert compressed.stem(name) == stem


def test_a_bomb_costs_a_fault() -> None:
    members, _ = opened(
        compressed.read(
            source(gzip.compress(bytes(40 * 2**20))), hint("application/gzip", ratio=100)
        )
    )

    assert isinstance(members[0][1], Fault)
    assert members[0][1].reason is FaultReason.TOO_LARGE


def test_zstd_and_lz4_come_through_libarchive() -> None:
    """A frame of zstd with one raw block, as RFC 8878 lays it out."""
    frame = b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"

    assert opened(compressed.read(source(frame), hint("application/zstd", "a.zst"))) == (
        [("a", b"hello")], [],
    )  # fmt: skip
    assert by_libarchive("7zip", [("a", b"b")]).startswith(b"7z")
