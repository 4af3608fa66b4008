"""`verify` names what lies in a matter and should not, and what does not lie there any more."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from forthwith.domain.acts import Act
from forthwith.plain import regular_files
from forthwith.produce.data_file import File
from forthwith.produce.manifest import ManifestWriter
from forthwith.record import acts, facts, known_lists, productions
from forthwith.record.matter import Matter
from forthwith.record.tables import DatabaseError
from forthwith.record.verify import verify
from forthwith.workflows import matter_status
from tests.builders import evidence


def sealed_by_hand(folder: Path) -> str:
    """Write a volume of one file with its manifest; return the manifest's SHA-256."""
    evidence.write(folder / "NATIVES/0001", A_TXT=b"one")
    digest = regular_files.digest_regular(folder / "NATIVES/0001/A.TXT")
    place = folder / "DATA" / f"{folder.name}_MANIFEST.JSON"
    place.parent.mkdir()
    with place.open("w", encoding="ascii", newline="\n") as out:
        head = {"volume": folder.name, "matter": "Example", "matter_number": "1:23"}
        head |= {"first": "ABC0001", "last": "ABC0009", "day": "2026-02-09"}
        manifest = ManifestWriter(out, head)
        manifest.begin_files()
        manifest.file(File("NATIVES/0001/A.TXT", 3, digest))
        manifest.end_files()
        manifest.end({})
    return regular_files.digest_regular(place)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A matter with a blob, a sealed volume, its rules, two papers, facts and a known list."""
    folder = evidence.write(tmp_path / "in", a_txt=b"one")
    matter = evidence.matter(tmp_path / "m", folder)
    manifest = sealed_by_hand(matter.volumes / "VOL001")
    rules = evidence.write(matter.folder / "standards", own_toml=b"own")
    (digest,) = {regular_files.digest_regular(path) for path in rules.iterdir()}
    sealed = productions.Production("VOL001", "own", "2023-06-17T00:00:00+00:00",
                                    "ABC0001", "ABC0009", 1, "", manifest)  # fmt: skip
    with matter.engine.begin() as connection:
        note = {"rules_file": "standards/own.toml", "rules": digest}
        productions.seal(connection, sealed, [("FW1", "ABC0001", "ABC0009")], note)
    papers = evidence.write(matter.folder / "papers", responses_1_pdf=b"p", responses_1_txt=b"t")
    for path in papers.iterdir():
        path.rename(path.with_name(path.name.replace(".", "-", 1)))
    digests = {path.name: regular_files.digest_regular(path) for path in papers.iterdir()}
    body = {"kind": "responses", "version": 1, "folder": "papers", "sha256": digests}
    acts.write(matter, [Act("paper", "responses/1", body)])
    facts.add(matter, {"people.csv": b"id\n"}, replace=False)
    known_lists.keep(matter, folder / "a.txt", 1, ["a" * 64])
    matter.engine.dispose()
    assert verify(matter).broken == verify(matter).notes == ()
    return matter.folder


def blob(home: Path) -> Path:
    return next(path for path in (home / "evidence").glob("??/*"))


def _exchange(path: Path, make: Callable[[Path], object]) -> None:
    path.rename(
        path.parents[1] / "away" if "papers" not in path.parts else path.parent / ".away.new"
    )
    make(path)


def _link(folder: Path) -> None:
    """Put a link to a folder in its place: every byte is where it was, and may be anybody's."""
    moved = folder.rename(folder.parent.parent / folder.name)
    folder.symlink_to(moved)


ADDED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link to a folder": (
        lambda home: (home / "volumes/VOL001/more").symlink_to(home.parent / "in"),
        "volume VOL001: more, a link, was added after the seal",
    ),
    "a pipe": (
        lambda home: os.mkfifo(home / "volumes/VOL001/DATA/pipe"),
        "volume VOL001: DATA/pipe, a pipe, a device or a socket, was added after the seal",
    ),
    "a dangling link": (
        lambda home: (home / "volumes/VOL001/gone").symlink_to("nowhere"),
        "volume VOL001: gone, a link, was added after the seal",
    ),
    "an empty folder": (
        lambda home: (home / "volumes/VOL001/NATIVES/0002").mkdir(),
        "volume VOL001: NATIVES/0002, an empty folder, was added after the seal",
    ),
    "a file deep down": (
        lambda home: evidence.write(home / "volumes/VOL001/x/y", a_txt=b"x"),
        "volume VOL001: x/y/a.txt was added after the seal",
    ),
    "a copy of a volume": (
        lambda home: shutil.copytree(home / "volumes/VOL001", home / "volumes/VOL002"),
        "volumes/VOL002: no volume the journal tells of: a volume of Example (1:23), ABC0001 to",
    ),
    "an empty volume": (
        lambda home: (home / "volumes/VOL003").mkdir(),
        "volumes/VOL003: no volume the journal tells of: it was put here by hand",
    ),
    "a file among volumes": (
        lambda home: (home / "volumes/note.txt").write_text("x"),
        "volumes/note.txt: no volume the journal tells of: it was put here by hand",
    ),
    "a volume in other letters": (
        lambda home: (home / "volumes/vol001").mkdir(),
        "volumes/vol001: no volume the journal tells of: its name is that of the sealed VOL001",
    ),
    "a forged paper": (
        lambda home: (home / "papers/responses-3.pdf").write_bytes(b"x"),
        "papers/responses-3.pdf: no paper the journal tells of",
    ),
    "a link among papers": (
        lambda home: (home / "papers/responses-2.pdf").symlink_to("responses-1.pdf"),
        "papers/responses-2.pdf: a link lies here",
    ),
    "a blob nothing needs": (
        lambda home: matter_of(home).evidence.put(io.BytesIO(b"two")),
        "a blob that nothing collected needs. An interrupted collection leaves such",
    ),
    "no blob": (
        lambda home: (blob(home).parent / ("0" * 64)).write_bytes(b"x"),
        "no blob of this matter; it was put here by hand",
    ),
    "a folder in the store": (
        lambda home: (home / "evidence/more").mkdir(),
        "evidence/more: a folder that is none of the store",
    ),
    "a pipe in the store": (
        lambda home: os.mkfifo(home / "evidence/pipe"),
        "evidence/pipe: neither a file nor a folder of this matter",
    ),
    "facts nobody loaded": (
        lambda home: (home / "facts/0002").mkdir(),
        "facts/0002: no journal entry names it",
    ),
    "a list nobody gave": (
        lambda home: (home / "known/x.txt").write_bytes(b"x"),
        "known/x.txt: no list of known files the journal tells of",
    ),
    "a link among rules": (
        lambda home: (home / "standards/other.toml").symlink_to("own.toml"),
        "standards/other.toml: a link lies here",
    ),
    "a name with a line end": (
        lambda home: (home / "volumes/VOL001/a\nb\udcff").write_bytes(b"x"),
        r"volume VOL001: a\nb\udcff was added after the seal",
    ),
}  # fmt: skip

GONE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a blob, a pipe in its place": (
        lambda home: _exchange(blob(home), os.mkfifo),
        "(a.txt): the blob is missing; a pipe, a device or a socket lies in its place",
    ),
    "a blob, a folder in its place": (
        lambda home: _exchange(blob(home), Path.mkdir),
        "(a.txt): the blob is missing; a folder lies in its place",
    ),
    "a blob, a link to the same bytes in its place": (
        lambda home: _exchange(blob(home), lambda path: path.symlink_to(home.parent / "in/a.txt")),
        "(a.txt): the blob is missing; a link lies in its place",
    ),
    "the store": (
        lambda home: shutil.rmtree(home / "evidence"),
        "(a.txt): the blob is missing",
    ),
    "a file of a volume, a link to the same bytes in its place": (
        lambda home: _exchange(
            home / "volumes/VOL001/NATIVES/0001/A.TXT", lambda path: path.symlink_to("../../away")
        ),
        "volume VOL001: NATIVES/0001/A.TXT is missing; a link lies in its place",
    ),
    "a volume": (
        lambda home: shutil.rmtree(home / "volumes/VOL001"),
        "volume VOL001: its folder is missing",
    ),
    "a volume, a link in its place": (
        lambda home: _exchange(
            home / "volumes/VOL001", lambda path: path.symlink_to("../away")
        ),
        "volume VOL001: its folder is no folder, but a link or a file",
    ),
    "a manifest, a pipe in its place": (
        lambda home: _exchange(home / "volumes/VOL001/DATA/VOL001_MANIFEST.JSON", os.mkfifo),
        "volume VOL001: its manifest VOL001_MANIFEST.JSON is no plain file any more",
    ),
    "a paper": (
        lambda home: (home / "papers/responses-1.pdf").unlink(),
        "paper responses/1: papers/responses-1.pdf is missing",
    ),
    "all papers": (
        lambda home: shutil.rmtree(home / "papers"),
        "paper responses/1: papers/responses-1.txt is missing",
    ),
    "rules": (
        lambda home: (home / "standards/own.toml").unlink(),
        "volume VOL001: its rules standards/own.toml is missing",
    ),
    "all volumes, a link in their place": (
        lambda home: _link(home / "volumes"),
        "volumes/: a link lies here; it is not followed",
    ),
    "all volumes, a file in their place": (
        lambda home: (shutil.rmtree(home / "volumes"), (home / "volumes").write_bytes(b"x")),
        "volumes/: neither a file nor a folder of this matter",
    ),
    "known lists, a link in their place": (
        lambda home: _link(home / "known"),
        "known/: a link lies here; it is not followed",
    ),
    "the store, a link in its place": (
        lambda home: _link(home / "evidence"),
        "evidence/: a link lies here; it is not followed",
    ),
    "a known list": (
        lambda home: shutil.rmtree(home / "known"),
        "it is missing; which files are set aside is not known",
    ),
}  # fmt: skip


def matter_of(home: Path) -> Matter:
    return Matter.seen(home)


@pytest.mark.parametrize("case", [*ADDED, *GONE])
def test_what_was_added_exchanged_or_taken_away_is_named(home: Path, case: str) -> None:
    """Nothing is followed or waited for, and all the rest is still looked at."""
    spoil, said = (ADDED | GONE)[case]
    spoil(home)
    (home / "facts/0001/added.csv").write_bytes(b"x")

    broken = verify(matter_of(home)).broken
    assert any(said in line for line in broken), broken
    assert "facts/0001/added.csv: it was added; the journal does not name it" in broken
    assert broken == verify(matter_of(home)).broken


def test_what_cannot_be_read_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose rights are gone is no crash, and not passed over."""
    digest = regular_files.digest_regular

    def closed(path: Path | str, within: int | None = None) -> str:
        if str(path).endswith("A.TXT"):
            raise PermissionError(13, "Permission denied")
        return digest(path, within)

    monkeypatch.setattr(regular_files, "digest_regular", closed)
    (line,) = verify(matter_of(home)).broken
    assert line.startswith("volume VOL001: NATIVES/0001/A.TXT cannot be read (Permission denied)")


def test_a_file_made_writable_is_as_it_was(home: Path) -> None:
    """Rights get lost in copies; bytes are what was sealed."""
    for path in (home / "volumes").rglob("*"):
        path.chmod(0o777)

    assert verify(matter_of(home)).broken == ()


@pytest.mark.parametrize(
    "table", ["sources", "items", "control_numbers", "productions", "bates", "journal"]
)
def test_a_table_that_is_gone_is_named(home: Path, table: str) -> None:
    """What the others hold is still looked at, as far as a journal commits to it."""
    with sqlite3.connect(home / "matter.db") as connection:
        connection.execute(f"DROP TABLE {table}")
    (home / "volumes/VOL009").mkdir()

    broken = matter_status.verified(home).broken
    assert any(f"the table {table} is gone" in line for line in broken)
    assert any("volumes/VOL009" in line for line in broken)


@pytest.mark.parametrize(
    "column", ["items.fault", "sources.origin", "bates.last", "journal.who", "productions.manifest"]
)
def test_a_column_that_is_gone_is_named(home: Path, column: str) -> None:
    table, name = column.split(".")
    with sqlite3.connect(home / "matter.db") as connection:
        connection.execute("DROP INDEX ix_journal_who")
        connection.execute(f'ALTER TABLE {table} DROP COLUMN "{name}"')

    broken = matter_status.verified(home).broken
    assert any(f"the table {table} has lost its column {name}" in line for line in broken)


@pytest.mark.parametrize(
    "body", ["{}", "[]", "null", b"\xff", "not JSON", '{"key":1,"body":{"sha256":1}}']
)
@pytest.mark.parametrize(
    "action", ["init", "collect", "seal", "facts", "known files", "ledger paper"]
)
def test_an_entry_that_says_nothing_is_named(home: Path, body: str | bytes, action: str) -> None:
    """Forged well or badly, a body ends no run with a traceback."""
    with sqlite3.connect(home / "matter.db") as connection:
        connection.execute("UPDATE journal SET body = ? WHERE action = ?", (body, action))

    assert matter_status.verified(home).broken


@pytest.mark.parametrize("data", [b"no database at all" * 100, b"SQLite format 3\0" + bytes(5000)])
def test_what_is_no_database_is_one_sentence(home: Path, data: bytes) -> None:
    (home / "matter.db").write_bytes(data)

    with pytest.raises(DatabaseError, match="cannot be used"):
        matter_status.verified(home)


def test_half_a_database_is_one_sentence(home: Path) -> None:
    data = (home / "matter.db").read_bytes()
    (home / "matter.db").write_bytes(data[: len(data) // 2])

    with pytest.raises(DatabaseError, match="cannot be used"):
        matter_status.verified(home)


def test_what_interrupted_commands_left_is_told_apart(home: Path) -> None:
    """The next command takes it away: it is said, and nothing is as it was not."""
    (home / "evidence/.new-1").write_bytes(b"x")
    (home / "facts/.new-0002").mkdir()
    (home / "papers/.responses-2.pdf.new").write_bytes(b"x")
    (home / "staging/VOL002").mkdir(parents=True)

    verification = verify(matter_of(home))
    assert verification.broken == ()
    assert len(verification.notes) == 3
    assert all("left by an interrupted" in note for note in verification.notes)
