"""Collecting stores each byte stream once, and nothing that lay there is passed over."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from forthwith.collect.folder import InsideMatterError, NothingThereError, collect
from forthwith.domain.items import Shape
from forthwith.record import sources
from forthwith.record.evidence import EvidenceStore
from forthwith.record.matter import Matter
from forthwith.record.verify import verify
from tests.builders import evidence
from tests.builders.deep import chain
from tests.builders.messengers import IPHONE, discord, google_files


def _items(matter: Matter) -> dict[str, str]:
    with matter.engine.connect() as connection:
        return {item.path: item.fault for item in sources.items(connection)}


def _close(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Refuse to open what is called `name`, as the system does to all but its superuser."""
    plain = os.open

    def refusing(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == name:
            raise PermissionError(13, "Permission denied", path)
        return plain(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refusing)


def test_a_second_collection_adds_nothing(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "in", a_txt=b"one", b_txt=b"two")
    matter = evidence.matter(tmp_path / "m", folder)

    again = collect(matter, folder, "Ortega, Marisol")

    assert (again.items, again.known, again.source) == (0, 2, None)
    assert len(list(matter.evidence.blobs())) == 2


def test_what_is_new_is_collected_beside_what_is_known(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "in", a_txt=b"one")
    matter = evidence.matter(tmp_path / "m", folder)
    evidence.write(folder, a_txt=b"changed", b_txt=b"late")

    again = collect(matter, folder, "Ortega, Marisol")

    assert again.items == 2
    assert again.source is not None
    assert again.source.id == "S0002"


def test_the_same_bytes_of_two_custodians_are_two_items_and_one_blob(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "in", a_txt=b"one")
    matter = evidence.matter(tmp_path / "m", folder)

    second = collect(matter, folder, "Lindqvist, Per")

    assert second.items == 1
    assert len(list(matter.evidence.blobs())) == 1


def test_links_pipes_and_unreadable_files_are_items_with_a_fault(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "in", a_txt=b"one")
    (folder / "link").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")

    matter = evidence.matter(tmp_path / "m", folder)

    faults = _items(matter)
    assert faults["a.txt"] == ""
    assert "not followed" in faults["link"]
    assert "not followed" in faults["pipe"]


def test_a_name_that_is_no_utf8_is_kept_readable(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "in")
    (Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt"))).write_bytes(b"x")

    matter = evidence.matter(tmp_path / "m", folder)

    assert _items(matter) == {"caf\\xe9.txt": ""}


def test_an_export_folder_is_one_item(tmp_path: Path) -> None:
    folder = evidence.write(
        tmp_path / "in" / "slack", channels_json=b"[]", users_json=b"[]", other_txt=b"x"
    )
    matter = evidence.matter(tmp_path / "m", folder.parent)

    with matter.engine.connect() as connection:
        (item,) = sources.items(connection)
    assert (item.path, item.shape) == ("slack", Shape.BUNDLE)
    assert len(list(matter.evidence.blobs())) == 3  # [] once, x, and the list


def test_a_closed_folder_of_an_export_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = evidence.write(tmp_path / "in" / "slack", channels_json=b"[]", users_json=b"[]")
    evidence.write(folder / "general", day_json=b"[]")
    _close(monkeypatch, "general")
    matter = evidence.matter(tmp_path / "m", folder.parent)

    with matter.engine.connect() as connection:
        (item,) = sources.items(connection)
    listed = json.loads(matter.evidence.path(item.blob).read_bytes())["members"]
    assert "not readable" in next(row["fault"] for row in listed if row["path"] == "general/")


def test_blobs_are_read_only(tmp_path: Path) -> None:
    matter = evidence.matter(tmp_path / "m", evidence.write(tmp_path / "in", a_txt=b"one"))

    (blob,) = matter.evidence.blobs()
    assert matter.evidence.path(blob).stat().st_mode & 0o222 == 0


def test_a_matter_does_not_collect_itself(tmp_path: Path) -> None:
    matter = evidence.matter(tmp_path / "m")

    with pytest.raises(InsideMatterError, match="cannot collect itself"):
        collect(matter, tmp_path, "Ortega, Marisol")


def test_a_path_that_is_not_there_says_so(tmp_path: Path) -> None:
    matter = evidence.matter(tmp_path / "m")

    with pytest.raises(NothingThereError, match="does not exist"):
        collect(matter, tmp_path / "nowhere", "Ortega, Marisol")


def test_a_chat_and_the_files_it_names_are_one_item_and_the_rest_stays(tmp_path: Path) -> None:
    """What an export names lies with it, below it too; its neighbours are nobody's attachments."""
    folder = tmp_path / "in"
    files = {
        "phone/_chat.txt": IPHONE.encode(), "phone/00000002-shares.txt": b"s", "phone/a.txt": b"a",
        **google_files("Groups/DM 1/"), "Groups/DM 1/stray.png": b"p",
    }  # fmt: skip
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    matter = evidence.matter(tmp_path / "m", folder)

    with matter.engine.connect() as connection:
        shapes = {item.path: item.shape for item in sources.items(connection)}
    assert shapes == {
        "phone/_chat.txt": Shape.BUNDLE,
        "phone/a.txt": Shape.FILE,
        "Groups/DM 1/messages.json": Shape.BUNDLE,
        "Groups/DM 1/stray.png": Shape.FILE,
    }


def test_a_channel_of_discord_takes_the_files_below_its_folder(tmp_path: Path) -> None:
    chat = discord()
    name = "Northgate - vault [123456789012345678]"
    chat["messages"][0]["attachments"][0]["url"] = f"{name}.json_Files/shares.txt"
    folder = tmp_path / "in"
    (folder / f"{name}.json_Files").mkdir(parents=True)
    (folder / f"{name}.json_Files/shares.txt").write_bytes(b"s")
    (folder / f"{name}.json").write_text(json.dumps(chat))
    matter = evidence.matter(tmp_path / "m", folder)

    assert _items(matter) == {f"{name}.json": ""}


def test_what_has_such_a_name_and_is_no_chat_is_a_file(tmp_path: Path) -> None:
    """Browsers' extensions have a messages.json in each language."""
    folder = evidence.write(tmp_path / "in", messages_json=b'{"a": {"message": "b"}}', a_txt=b"a")

    assert sorted(_items(evidence.matter(tmp_path / "m", folder))) == ["a.txt", "messages.json"]


def test_two_chats_of_one_folder_take_each_file_once(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("WhatsApp Chat with A.txt", "WhatsApp Chat with B.txt"):
        (folder / name).write_text(IPHONE)
    (folder / "00000002-shares.txt").write_bytes(b"s")
    matter = evidence.matter(tmp_path / "m", folder)

    with matter.engine.connect() as connection:
        blobs = [item.blob for item in sources.items(connection)]
    listed = [json.loads(matter.evidence.path(blob).read_bytes())["members"] for blob in blobs]
    assert [len(members) for members in listed] == [2, 1]


@pytest.mark.parametrize("depth", [1_200, 3_000])
def test_a_folder_may_be_deeper_than_the_stack(tmp_path: Path, depth: int) -> None:
    folder = evidence.write(tmp_path / "in", a_txt=b"one")
    with chain(folder, depth, ("z.txt",)):
        matter = evidence.matter(tmp_path / "m", folder)

    items = _items(matter)
    assert len(items) == depth + 1
    assert set(items.values()) == {""}
    assert max(path.count("/") for path in items) == depth


def test_a_file_deeper_than_the_longest_path_is_read(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "in")
    with chain(folder, 30, ("z.txt",), name="n" * 255):
        matter = evidence.matter(tmp_path / "m", folder)

    items = _items(matter)
    assert (len(items), set(items.values())) == (30, {""})


def test_an_export_deep_below_is_one_item_too(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "in")
    with chain(folder, 30, ("channels.json", "users.json"), name="n" * 255):
        matter = evidence.matter(tmp_path / "m", folder)

    with matter.engine.connect() as connection:
        (item,) = sources.items(connection)
    listed = json.loads(matter.evidence.path(item.blob).read_bytes())["members"]
    assert item.shape is Shape.BUNDLE
    assert len(listed) == 60
    assert {row["fault"] for row in listed} == {""}


def test_a_closed_folder_is_an_item_with_a_fault_the_top_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = evidence.write(tmp_path / "in" / "shut", a_txt=b"x").parent
    evidence.write(folder, b_txt=b"x")
    _close(monkeypatch, "shut")
    matter = evidence.matter(tmp_path / "m", folder)

    assert _items(matter) == {
        "b.txt": "",
        "shut/": "folder not readable: Permission denied",
    }


def test_what_cannot_be_written_is_no_fault_of_the_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same error is a fault when the file gives it, and ours when the store does."""
    folder = evidence.write(tmp_path / "in", a_txt=b"one", big_bin=b"x" * (2 << 20))
    matter = evidence.matter(tmp_path / "m")
    full = OSError(errno.EIO, "Input/output error")

    def failing(*_: object) -> None:
        raise full

    with monkeypatch.context() as patched:
        patched.setattr(EvidenceStore, "_settle", failing)
        with pytest.raises(OSError, match="Input/output"):
            collect(matter, folder, "Ortega, Marisol")
    assert _items(matter) == {}
    assert not [path for path in matter.evidence.root.rglob("*") if path.is_file()]

    with monkeypatch.context() as patched:
        patched.setattr("forthwith.collect.opened._Part.read", failing)
        collect(matter, folder, "Ortega, Marisol")
    assert set(_items(matter).values()) == {"not readable: Input/output error"}


def test_too_many_open_files_are_no_fault_of_the_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = evidence.write(tmp_path / "in", a_txt=b"one")
    matter = evidence.matter(tmp_path / "m")

    def failing(_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("forthwith.plain.folders.Entry.open", failing)
    with pytest.raises(OSError, match="Too many"):
        collect(matter, folder, "Ortega, Marisol")
    assert _items(matter) == {}


@pytest.mark.parametrize("fails", ["add", "next_source"])
def test_a_collection_that_cannot_be_entered_leaves_nothing_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """A disk may be full only when the tables are written; what is held before stays."""
    matter = evidence.matter(tmp_path / "m", evidence.write(tmp_path / "one", a_txt=b"held"))
    held = list(matter.evidence.blobs())
    loose = evidence.write(tmp_path / "two", a_txt=b"held", b_txt=b"new", c_txt=b"x" * 3_000_000)

    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"forthwith.record.sources.{fails}", refused)
    with pytest.raises(OSError, match="No space"):
        collect(matter, loose, "Ortega, Marisol")

    assert list(matter.evidence.blobs()) == held
    assert verify(matter).broken == ()
