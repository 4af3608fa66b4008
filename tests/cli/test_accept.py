"""Nothing true stops the seal, nothing false is sealed: names as they lie, findings accepted."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from forthwith.process.run import process
from forthwith.record import journal
from forthwith.record.matter import Matter
from forthwith.standards.catalogue import CATALOGUE
from tests.builders import evidence
from tests.builders.shown_faults import run

WHY = "The chain is deeper than we open"


def matter_of(place: Path, files: dict[str, bytes]) -> Path:
    folder = place / "in"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    matter = evidence.matter(place / "m", folder)
    process(matter, workers=1)
    return matter.folder


def produced(matter: Path, *words: str) -> dict[str, object]:
    done = run("-C", matter, "produce", "VOL001", "--day", "2023-06-17", "--json", *words)
    return dict(json.loads(done.output))


def chain(levels: int) -> bytes:
    data, name = b"Deep.\n", "deep.txt"
    for level in range(levels):
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as made:
            made.writestr(zipfile.ZipInfo(name), data)
        data, name = held.getvalue(), f"level{level}.zip"
    return evidence.mail("Deep", ("chain.zip", data))


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A mail whose archives lie in one another deeper than `limits.depth`."""
    return matter_of(tmp_path, {"deep.eml": chain(16), "plain.txt": b"Plain.\n"})


NAMES = {
    "mojibake": "caf\u00c3\u00a9 notes.txt",
    "U+FFFD": "caf\ufffd notes.txt",
    "Latin-1 bytes": os.fsdecode(b"caf\xe9 notes.txt"),
    "a Bates number": "EXAMPL00000002.txt",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_file_is_produced_under_the_name_it_has(tmp_path: Path, name: str) -> None:
    """The evidence holds the name so: that is told, and stops nothing."""
    matter = matter_of(tmp_path, {name: b"Notes.\n", "sound.txt": b"Sound.\n"})

    assert produced(matter)["sealed"]
    log = (matter / "volumes/VOL001/DATA/VOL001_EXCEPTIONS.CSV").read_text("utf-8-sig")
    assert ("looks garbled" in log) is ("\ufffd" in name or "\u00c3" in name)


def test_a_garbled_name_in_an_archive_and_in_a_mail_seals(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr(zipfile.ZipInfo("caf\u00c3\u00a9.txt"), b"In.\n")
    mail = evidence.mail("Cafe", ("\u00dcber caf\u00c3\u00a9.txt", b"On.\n"))

    assert produced(matter_of(tmp_path, {"a.zip": held.getvalue(), "b.eml": mail}))["sealed"]


def test_what_may_be_accepted_is_offered_and_seals_under_the_same_numbers(deep: Path) -> None:
    first = produced(deep)
    assert not first["sealed"]
    offered = [str(name) for name in first["may_accept"]]  # type: ignore[attr-defined]
    words = run("-C", deep, "produce", "VOL001", "--day", "2023-06-17").output
    assert all(f"--accept {name}" in words for name in offered)

    accept = [word for name in offered for word in ("--accept", name)]
    second = produced(deep, *accept, "--reason", WHY)

    assert second["sealed"]
    assert (second["first"], second["last"]) == (first["first"], first["last"])
    assert second["check"]["findings"] == first["check"]["findings"]  # type: ignore[index]


def test_it_is_journalled_told_in_letter_and_log_and_shown_by_check(deep: Path) -> None:
    offered = [str(name) for name in produced(deep)["may_accept"]]  # type: ignore[attr-defined]
    accept = [word for name in offered for word in ("--accept", name)]
    produced(deep, *accept, "--reason", WHY)
    data = deep / "volumes/VOL001/DATA"

    assert WHY in (data / "VOL001_EXCEPTIONS.CSV").read_text("utf-8-sig")
    letter = " ".join((data / "VOL001_TRANSMITTAL.TXT").read_text("utf-8").split())
    assert f"{offered[0].partition('@')[2]}. The reason: {WHY}" in letter
    with Matter.open(deep).engine.connect() as connection:
        [seal] = [entry for entry in journal.entries(connection) if entry.action == "seal"]
    assert offered[0] in {each["finding"] for each in seal.facts()["accepted"]}
    assert (seal.facts()["accepted_because"], bool(seal.who)) == (WHY, True)
    ours = run("check", deep / "volumes/VOL001")
    assert f"{offered[0]} was accepted when its volume was sealed: {WHY}" in ours.output
    (deep / "volumes/VOL001").rename(deep.parent / "received")
    theirs = run("check", deep.parent / "received")
    assert (theirs.exit_code, "was accepted" in theirs.output) == (1, False)
    assert offered[0].partition("@")[0] in theirs.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--accept", "EN03@E00000001", "--reason", WHY], "has no such finding"),
        (["--accept", "BT02@E00000001", "--reason", WHY], "not accepted but cured"),
        (["--accept", "FM04@E00000001"], "say why"),
        (["--accept", "FM04", "--reason", WHY], "named by its code and its Bates number"),
        (["--accept", "XX99@E00000001", "--reason", WHY], "named by its code"),
    ],
)
def test_what_cannot_be_accepted_is_refused(deep: Path, words: list[str], says: str) -> None:
    """Nothing is accepted in vain, beforehand, without a reason, or where the cause is ours."""
    done = run("-C", deep, "produce", "VOL001", "--day", "2023-06-17", *words)

    assert done.exit_code == 2
    assert says in done.output + done.stderr
    assert not (deep / "volumes/VOL001").exists()


def test_part_of_the_findings_accepted_leaves_the_rest_standing(tmp_path: Path) -> None:
    files = {"a.eml": chain(16), "b.eml": evidence.mail("Other") + b"\n", "c.eml": chain(17)}
    matter = matter_of(tmp_path, files)
    offered = [str(name) for name in produced(matter)["may_accept"]]  # type: ignore[attr-defined]

    done = produced(matter, "--accept", offered[0], "--reason", WHY)

    assert not done["sealed"]
    assert done["may_accept"] == offered[1:]


def test_every_code_says_whether_it_may_be_accepted() -> None:
    assert {kind.accept for kind in CATALOGUE.values()} == {"", "always", "with a fault"}
    ours = {"BT01", "BT02", "FM01", "FM02", "FM08", "IM01", "NT01", "NT02", "LF01", "MD01"}
    assert not any(CATALOGUE[code].accept for code in ours)
