"""What is set aside is kept, listed and counted; what only looks so stays a document."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from forthwith.collect.folder import collect
from forthwith.process import run
from forthwith.process.counts import status
from forthwith.process.set_aside import KnownFilesError, known_files, system_file
from forthwith.record import journal, known_lists
from forthwith.record.documents import DocumentTable
from forthwith.record.known_lists import KnownFilesChangedError
from forthwith.record.matter import Matter
from tests.builders import evidence
from tests.builders.chats import zipped as zip_of

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
THUMBS = OLE + "Catalog".encode("utf-16-le")
STORE = b"\0\0\0\1Bud1" + bytes(60)
LOCK = bytes([4]) + b"Wei " + b" " * 49 + b"\0" + bytes(107)
DOUBLE = (
    b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \x00\x02"
    b"\x00\x00\x00\x09\x00\x00\x00\x32\x00\x00\x00\x10\x00\x00\x00\x02\x00\x00\x00\x42\x00\x00\x01\x1e"
)
INI = b"[.ShellClassInfo]\r\nIconResource=C:\\x.ico,0\r\n[ViewState]\r\nMode=\r\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("Thumbs.db", THUMBS), ("ehthumbs.db", THUMBS), ("thumbs.db", OLE + b"9\x006\x00_\x00" +
         "2f3a4b5c6d7e".encode("utf-16-le")), (".DS_Store", STORE), ("Desktop.ini", INI),
        ("desktop.ini", b"\xff\xfe" + INI.decode().encode("utf-16-le")), ("~$plan.docx", LOCK),
        (".~lock.plan.odt#", b",wei,pc,14.03.2022 09:00,file:///home/wei/.config;"),
        ("._plan.docx", DOUBLE), (".localized", b""), ("Icon\r", b""),
        ("thumbcache_96.db", b"CMMM" + bytes(30)),
        ("fseventsd-uuid", b"6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ],
)  # fmt: skip
def test_what_a_system_leaves_is_known_by_name_and_content(name: str, data: bytes) -> None:
    assert system_file(name, data)
    # The same bytes under a name of somebody's own are somebody's document.
    assert system_file(f"x{name}.doc", data) == ""


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("Thumbs.db", b"minutes of the committee"), ("Thumbs.db", OLE), ("Thumbs.db", b""),
        ("Thumbs.db", THUMBS + "WordDocument".encode("utf-16-le")), (".DS_Store", b"keys: 3"),
        ("desktop.ini", b"[.ShellClassInfo]\nthe key is under the mat\n"),
        ("desktop.ini", b"[keys]\nshare=3\n"), ("~$plan.docx", b"x" * 162),
        ("~$plan.docx", LOCK + b"x"), ("._plan.docx", b"plan"), (".localized", b"words"),
        ("._fork", DOUBLE[:-4] + b"\x00\x01\x00\x00"), ("Icon\r", b"words"),
    ],
)  # fmt: skip
def test_a_document_under_such_a_name_stays_one(name: str, data: bytes) -> None:
    assert system_file(name, data) == ""


def matter_of(tmp_path: Path, files: dict[str, bytes]) -> Matter:
    place = tmp_path / "in"
    for path, data in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
    return evidence.matter(tmp_path / "m", place)


def names(matter: Matter) -> tuple[list[str], list[str]]:
    """Return the paths of documents, and of what is set aside."""
    table = DocumentTable(matter)
    return sorted(d.path for d in table.ask()), [row.path for row in table.aside()]


def test_system_files_are_listed_and_not_numbered_wherever_they_lie(tmp_path: Path) -> None:
    """In a folder and in a zip; the account still adds up; in a mail it is an attachment."""
    files = {
        "a/Thumbs.db": THUMBS, "a/plan.txt": b"plan", "b/Thumbs.db": b"minutes",
        "c.zip": zip_of({"__MACOSX/._x.txt": DOUBLE, "x.txt": b"x"}),
        "d.eml": evidence.mail("One", (".DS_Store", STORE)),
    }  # fmt: skip
    matter = matter_of(tmp_path, files)
    done = run.process(matter, workers=1)

    assert names(matter) == (
        ["a/plan.txt", "b/Thumbs.db", "c.zip/x.txt", "d.eml", "d.eml/.DS_Store"],
        ["a/Thumbs.db", "c.zip/__MACOSX/._x.txt"],
    )
    total = status(matter).total
    assert (total.items, total.documents, total.faults, total.unaccounted) == (5, 5, 0, 0)
    assert total.set_aside == done.set_aside == 2


@pytest.mark.parametrize("form", ["{md5}\n", "{sha1} *tool.exe\n", '"{sha256}"\r\n', "nsrl"])
def test_known_files_are_set_aside_by_any_digest(tmp_path: Path, form: str) -> None:
    """And stay so in later runs; an attachment with the same bytes stays with its mail."""
    tool = b"MZ published by somebody"
    digests = {name: hashlib.new(name, tool).hexdigest() for name in ("md5", "sha1", "sha256")}
    listed = tmp_path / "known.txt"
    text = form.format(**digests)
    if form == "nsrl":
        digests = {name: digest.upper() for name, digest in digests.items()}
        text = '"SHA-1","MD5","CRC32","FileName","FileSize"\n"{sha1}","{md5}","0","a,b",1\n'.format(
            **digests
        )
    listed.write_text(text)
    files = {"tool.exe": tool, "plan.txt": b"plan", "m.eml": evidence.mail("One", ("t", tool))}
    matter = matter_of(tmp_path, files)
    run.process(matter, workers=1, known=[listed])

    expected = (["m.eml", "m.eml/t", "plan.txt"], ["tool.exe"])
    assert names(matter) == expected
    run.process(matter, workers=1)
    assert names(matter) == expected
    with matter.engine.connect() as connection:
        (entry,) = [e for e in journal.entries(connection) if e.action == "known files"]
    assert (entry.facts()["entries"], entry.facts()["matched"]) == (1, 1)
    assert entry.facts()["sha256"] == hashlib.sha256(listed.read_bytes()).hexdigest()


def test_a_container_on_the_list_goes_with_all_it_holds(tmp_path: Path) -> None:
    box = zip_of({"a.txt": b"a", "b.txt": b"b"})
    listed = tmp_path / "known.txt"
    listed.write_text(hashlib.md5(box).hexdigest())
    matter = matter_of(tmp_path, {"box.zip": box, "plan.txt": b"plan"})
    run.process(matter, workers=1, known=[listed])

    assert names(matter) == (["plan.txt"], ["box.zip", "box.zip/a.txt", "box.zip/b.txt"])
    total = status(matter).total
    assert (total.items, total.containers, total.unaccounted, total.set_aside) == (1, 0, 0, 3)


def test_what_was_kept_of_a_list_and_changed_is_refused(tmp_path: Path) -> None:
    listed = tmp_path / "known.txt"
    listed.write_text(hashlib.md5(b"plan").hexdigest())
    matter = matter_of(tmp_path, {"plan.txt": b"plan"})
    run.process(matter, workers=1, known=[listed])
    (kept,) = (matter.folder / known_lists.FOLDER).iterdir()
    kept.write_text("")

    with pytest.raises(KnownFilesChangedError):
        run.process(matter, workers=1)


@pytest.mark.parametrize(
    "text",
    ["MD5 (a) = {}\n", "name,md5\n\"a, b\",{}\n", "SHA-1,MD5\n,{}\n", "# c\n{}  a\n"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_of_many_hands_are_read(tmp_path: Path, text: str, encoding: str) -> None:
    """As md5sum, macOS and spreadsheets write them; PowerShell writes UTF-16."""
    digest = hashlib.md5(b"plan").hexdigest()
    listed = tmp_path / "known.txt"
    listed.write_text(text.format(digest.upper()), encoding=encoding)

    assert known_files(listed, {digest: "plan"}).matched == {"plan"}


@pytest.mark.parametrize("text", [b"", b"nothing here\n", b"SQLite format 3\0", b"ABC123\n"])
def test_a_list_without_digests_is_refused(tmp_path: Path, text: bytes) -> None:
    listed = tmp_path / "known.txt"
    listed.write_bytes(text)

    with pytest.raises(KnownFilesError, match="nothing was set aside"):
        known_files(listed, {})


def test_an_empty_file_is_never_known(tmp_path: Path) -> None:
    """Its digest is on every list, and says nothing of what it is."""
    listed = tmp_path / "known.txt"
    listed.write_text(hashlib.md5(b"").hexdigest())
    matter = matter_of(tmp_path, {"empty.txt": b"", "plan.txt": b"plan"})
    run.process(matter, workers=1, known=[listed])

    assert names(matter)[1] == []


def test_what_came_later_is_set_aside_too(tmp_path: Path) -> None:
    matter = matter_of(tmp_path, {"plan.txt": b"plan"})
    run.process(matter, workers=1)
    collect(matter, evidence.write(tmp_path / "late", a_txt=b"a"), "Ruiz, Ana")
    (tmp_path / "late/.DS_Store").write_bytes(STORE)
    collect(matter, tmp_path / "late", "Ruiz, Ana")
    run.process(matter, workers=1)

    assert names(matter) == (["a.txt", "plan.txt"], [".DS_Store"])
