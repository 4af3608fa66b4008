"""Zip files: what went in comes out, and what is wrong is said."""

from __future__ import annotations

import struct
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, Fault, FaultReason
from forthwith.formats.archives import zip as zips
from forthwith.formats.archives.zip_methods import forbidden_methods
from tests.builders import archives
from tests.builders.archives import hint, one_member, opened, source, zipped

names = st.text(st.characters(codec="utf-8", exclude_characters="/\\:\0"), min_size=1, max_size=12)
paths = st.lists(names.filter(lambda n: n not in (".", "..")), min_size=1, max_size=3).map("/".join)
trees = st.lists(st.tuples(paths, st.binary(max_size=300)), max_size=6)
methods = st.sampled_from(
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
SOUND = zipped([("a.txt", b"first" * 50), ("b/c.txt", b"second" * 50)])


def reasons(faults: list[Fault]) -> list[FaultReason]:
    return [fault.reason for fault in faults]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@given(trees, methods)
@settings(max_examples=60, deadline=None)
def test_what_was_packed_comes_out(tree: list[tuple[str, bytes]], method: int) -> None:
    """Same names, same bytes, same order, names that repeat included."""
    reading = zips.read(source(zipped(tree, method)), hint())
    members, faults = opened(reading)

    assert members == tree
    assert faults == []
    assert reading.declared == len(tree)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@given(trees)
@settings(max_examples=30, deadline=None)
def test_a_step_gives_the_same_bytes_again(tree: list[tuple[str, bytes]]) -> None:
    data = source(zipped(tree))
    reading = zips.read(data, hint())
    assert reading.children is not None
    for child in reading.children():
        assert isinstance(child, Child)
        assert zips.open_step(data, child.step, hint()) == child.load()


@given(st.binary(max_size=8), st.integers(0, len(SOUND) - 1), st.integers(0, 40))
@settings(max_examples=300, deadline=None)
def test_damage_is_a_fault_or_unreadable(patch: bytes, at: int, cut: int) -> None:
    """Any mutation gives a reading with faults or UnreadableError, nothing else."""
    damaged = SOUND[:at] + patch + SOUND[at + cut :]
    with suppress(UnreadableError):
        opened(zips.read(source(damaged), hint()))


@given(st.integers(0, len(SOUND) - 1))
@settings(max_examples=100, deadline=None)
def test_a_cut_archive_never_looks_whole(length: int) -> None:
    try:
        members, faults = opened(zips.read(source(SOUND[:length]), hint()))
    except UnreadableError:
        return
    assert faults
    assert all(isinstance(data, Fault) or data for _, data in members)


def test_members_survive_the_loss_of_the_directory() -> None:
    cut = SOUND[: SOUND.index(b"PK\x01\x02")]
    members, faults = opened(zips.read(source(cut), hint()))

    assert members == [("a.txt", b"first" * 50), ("b/c.txt", b"second" * 50)]
    assert reasons(faults) == [FaultReason.TRUNCATED]


def test_a_member_the_directory_leaves_out_is_found() -> None:
    """An older version left in the file by an update is evidence."""
    other = zipped([("hidden.txt", b"not in the directory")])
    hidden = other[: other.index(b"PK\x01\x02")]
    members, faults = opened(zips.read(source(hidden + SOUND), hint()))

    assert ("hidden.txt", b"not in the directory") in members
    assert len(members) == 3
    assert FaultReason.DISAGREEMENT in reasons(faults)


def test_a_program_before_and_bytes_after_do_not_matter() -> None:
    members, faults = opened(zips.read(source(b"MZ" + bytes(500) + SOUND + b"tail"), hint()))

    assert [name for name, _ in members] == ["a.txt", "b/c.txt"]
    assert reasons(faults) == [FaultReason.DISAGREEMENT]


def test_the_directory_and_the_member_disagreeing_is_said() -> None:
    forged = SOUND.replace(b"a.txt", b"z.txt", 1)
    _, faults = opened(zips.read(source(forged), hint()))

    assert reasons(faults) == [FaultReason.DISAGREEMENT]


def test_a_wrong_checksum_is_said_and_the_bytes_kept() -> None:
    plain = zipped([("a.txt", b"hello")], zipfile.ZIP_STORED)
    members, faults = opened(zips.read(source(plain.replace(b"hello", b"jello")), hint()))

    assert members == [("a.txt", b"jello")]
    assert reasons(faults) == [FaultReason.CORRUPT]
    assert not faults[0].lost


def encrypted(data: bytes) -> bytes:
    """Set the encryption flag in both headers of a one-member archive."""
    out = bytearray(data)
    out[6] |= 1
    out[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(out)


def test_an_encrypted_member_is_a_child_that_loads_its_fault() -> None:
    reading = zips.read(source(encrypted(zipped([("secret.doc", b"x" * 40)]))), hint())
    members, _ = opened(reading)

    assert members[0][0] == "secret.doc"
    assert isinstance(members[0][1], Fault)
    assert members[0][1].reason is FaultReason.ENCRYPTED
    assert reading.declared == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\windows\\a.txt", "a.txt"),
        ("..\\..\\a.txt", "a.txt"),
        ("a/../../b.txt", "b.txt"),
    ],
)
def test_a_name_that_would_escape_is_reported_and_shown_by_its_end(path: str, name: str) -> None:
    members, faults = opened(zips.read(source(zipped([(path, b"data")])), hint()))

    assert members[0][0].rsplit("/", 1)[-1] == name
    assert ".." not in members[0][0]
    assert members[0][1] == b"data"
    assert reasons(faults) == [FaultReason.UNSAFE_NAME]
    assert not faults[0].lost


def test_a_bomb_by_ratio_costs_a_fault() -> None:
    bomb = zipped([("zeros", bytes(30 * 2**20))])
    members, _ = opened(zips.read(source(bomb), hint(ratio=100)))

    assert isinstance(members[0][1], Fault)
    assert members[0][1].reason is FaultReason.TOO_LARGE


def test_a_bomb_by_size_costs_a_fault() -> None:
    members, _ = opened(zips.read(source(zipped([("big", bytes(2**20))])), hint(item_bytes=1000)))

    assert isinstance(members[0][1], Fault)


def test_reading_stops_where_the_whole_item_is_too_large() -> None:
    """What was not read is said, not left out."""
    many = zipped([(f"{number}", bytes(1000)) for number in range(20)])
    reading = zips.read(source(many), hint(expanded_bytes=3500))
    members, faults = opened(reading)

    assert len(members) < 20 == reading.declared
    assert FaultReason.TOO_LARGE in reasons(faults)


def test_too_many_members_are_counted_and_said() -> None:
    many = zipped([(f"{number}", b"x") for number in range(20)])
    members, faults = opened(zips.read(source(many), hint(children=5)))

    assert len(members) == 5
    assert reasons(faults) == [FaultReason.TOO_MANY]


def test_a_directory_that_promises_a_million_is_believed_in_the_ledger_only() -> None:
    lie = bytearray(SOUND)
    struct.pack_into("<2H", lie, SOUND.rindex(b"PK\x05\x06") + 8, 60_000, 60_000)
    reading = zips.read(source(bytes(lie)), hint())
    members, faults = opened(reading)

    assert len(members) == 2
    assert reading.declared == 60_000
    assert reasons(faults) == [FaultReason.DISAGREEMENT]


def test_members_sharing_bytes_are_reported() -> None:
    """The overlapping bomb: one kernel of data under many names."""
    two = bytearray(zipped([("aaaa", b"x" * 99), ("bbbb", b"y" * 99)]))
    second = two.rindex(b"PK\x01\x02")
    struct.pack_into("<I", two, second + 42, 0)
    _, faults = opened(zips.read(source(bytes(two)), hint()))

    assert FaultReason.DISAGREEMENT in reasons(faults)


def test_a_bomb_of_one_kernel_is_not_expanded_for_every_name() -> None:
    kernel = zipped([("aaaa", b"x" * 9_000_000)])
    start, end = kernel.index(b"PK\x01\x02"), kernel.index(b"PK\x05\x06")
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 500, 500, 500 * (end - start), start, 0)
    bomb = kernel[:start] + kernel[start:end] * 500 + tail
    members, _ = opened(zips.read(source(bomb), hint()))

    left = [held.reason for _, held in members if isinstance(held, Fault)]
    assert len(members) == 500
    assert len(left) > 450
    assert set(left) == {FaultReason.TOO_LARGE}


def test_folders_are_not_children() -> None:
    reading = zips.read(source(zipped([("folder/", b""), ("folder/a", b"1")])), hint())

    assert [name for name, _ in opened(reading)[0]] == ["folder/a"]
    assert reading.declared == 1


def test_a_folder_with_data_is_a_member() -> None:
    members, faults = opened(zips.read(source(zipped([("folder/", b"hidden")])), hint()))

    assert members == [("folder", b"hidden")]
    assert reasons(faults) == [FaultReason.DISAGREEMENT]


def test_times_have_no_zone() -> None:
    reading = zips.read(source(SOUND), hint())
    assert reading.children is not None
    child = next(iter(reading.children()))

    assert isinstance(child, Child)
    assert [(f.name, f.value, f.origin) for f in child.fields] == [
        ("modified", "2021-03-04T05:06:08", "zip:mtime")
    ]


def test_the_methods_the_sec_cannot_open_are_found() -> None:
    """SEC Data Delivery Standards 8/2021, General 12."""

    def found(data: bytes) -> list[tuple[str, bool]]:
        return [(method.method, method.named) for method in forbidden_methods(source(data))]

    assert found(archives.jpeg_under_aes()) == [("AES-256 Jpeg", True)]
    assert found(archives.for_a_certificate()) == [("pkAES-256-Cert Deflate", True)]
    assert found(one_member(98, 0, b"")) == [("PPMd", False)]
    assert found(one_member(99, 1, archives.AES_DEFLATE)) == found(SOUND) == []


def test_a_method_nobody_decodes_is_a_fault() -> None:
    members, _ = opened(zips.read(source(one_member(97, 0, b"")), hint()))

    assert isinstance(members[0][1], Fault)


def test_no_zip_at_all_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        zips.read(source(b"nothing of the kind"), hint())


def test_a_name_in_an_old_charset_is_read_and_told_as_a_guess() -> None:
    """0x5C inside a character of Shift-JIS is no folder, and mojibake is no name."""
    raw = "資料/見積 ソ.txt".encode("cp932")
    holder = "a" * len(raw)
    data = zipped([(holder, b"x")]).replace(holder.encode(), raw)

    members, faults = opened(zips.read(source(data), hint()))

    assert members == [("資料/見積 ソ.txt", b"x")]
    assert [(fault.reason, fault.step) for fault in faults] == [
        (FaultReason.UNDECODABLE, "member:0")
    ]
