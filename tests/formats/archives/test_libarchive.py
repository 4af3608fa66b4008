"""Archives through libarchive: the same members out as went in."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, Fault, FaultReason, InMemory
from forthwith.formats.archives import libarchive as archive
from forthwith.formats.archives import libarchive_stream
from forthwith.formats.sniff.media_type import media_type
from tests.builders.archives import by_libarchive, hint, opened, source

libarchive_stream.library()  # names the library before libarchive-c looks for one
libarchive = pytest.importorskip("libarchive")
TREE = [("a.txt", b"first" * 99), ("b/ünï.txt", b"second" * 99), ("b/empty", b"")]
KINDS = {
    "7zip": "application/x-7z-compressed",
    "cpio_newc": "application/x-cpio",
    "iso9660": "application/x-iso9660-image",
    "xar": "application/x-xar",
}


def packed_as(kind: str) -> InMemory:
    try:
        return source(by_libarchive(kind, TREE))
    except libarchive.ArchiveError:
        pytest.skip(f"this libarchive has no {kind}")


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_packed_comes_out(kind: str) -> None:
    packed = packed_as(kind)
    assert media_type(packed) == KINDS[kind]
    reading = archive.read(packed, hint(KINDS[kind]))
    members, faults = opened(reading)

    assert sorted(members, key=str) == sorted(TREE, key=str)
    assert faults == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_gives_the_same_bytes_again(kind: str) -> None:
    packed = packed_as(kind)
    reading = archive.read(packed, hint(KINDS[kind]))
    assert reading.children is not None
    for child in reading.children():
        assert isinstance(child, Child)
        assert archive.open_step(packed, child.step, hint(KINDS[kind])) == child.load()


def test_members_not_loaded_do_not_disturb_the_next() -> None:
    packed = source(by_libarchive("7zip", TREE))
    reading = archive.read(packed, hint(KINDS["7zip"]))
    assert reading.children is not None
    loaded = [c.load() for c in reading.children() if isinstance(c, Child) and c.name != "a.txt"]

    assert loaded == [b"second" * 99, b""]


def test_a_child_asked_for_too_late_is_a_fault_not_other_bytes() -> None:
    reading = archive.read(source(by_libarchive("7zip", TREE)), hint(KINDS["7zip"]))
    assert reading.children is not None
    first, *_ = [child for child in reading.children() if isinstance(child, Child)]

    assert isinstance(first.load(), Fault)


@given(st.integers(0, 200), st.binary(min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_damage_to_a_cpio_is_a_fault_or_unreadable(at: int, patch: bytes) -> None:
    sound = by_libarchive("cpio_newc", TREE)
    damaged = sound[:at] + patch + sound[at + len(patch) :]
    with suppress(UnreadableError):
        opened(archive.read(source(damaged), hint("application/x-cpio", children=50)))


def test_a_cut_7z_says_that_parts_are_missing() -> None:
    cut = by_libarchive("7zip", TREE)[:-20]
    with pytest.raises(UnreadableError) as raised:
        archive.read(source(cut), hint(KINDS["7zip"]))

    assert raised.value.fault.reason is FaultReason.MISSING


def test_an_archive_nobody_opens_is_refused_by_name() -> None:
    with pytest.raises(UnreadableError) as raised:
        archive.read(source(b"\x60\xea" + bytes(60)), hint("application/x-arj"))

    assert raised.value.fault.reason is FaultReason.UNSUPPORTED
    assert "ARJ" in raised.value.fault.detail


def test_without_libarchive_the_fault_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = source(by_libarchive("7zip", TREE))
    monkeypatch.setattr(archive, "library", lambda: None)
    with pytest.raises(UnreadableError) as raised:
        archive.read(packed, hint(KINDS["7zip"]))

    assert raised.value.fault.reason is FaultReason.NO_TOOL
    assert libarchive_stream.library() is not None


def test_a_self_extracting_7z_is_opened() -> None:
    packed = source(b"MZ" + bytes(4000) + by_libarchive("7zip", TREE))
    assert media_type(packed, "setup.exe") == KINDS["7zip"]

    members, _ = opened(archive.read(packed, hint(KINDS["7zip"])))
    assert sorted(members, key=str) == sorted(TREE, key=str)
