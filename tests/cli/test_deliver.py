"""`deliver` as typed, and `check` of what it wrote: whoever has the key opens it, nobody else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from forthwith.domain.errors import ForthwithError
from forthwith.domain.receipts import Receipt
from forthwith.record.matter import Matter
from forthwith.record.verify import verify
from forthwith.workflows import deliver as desk
from forthwith.workflows.case_file import CaseFile
from tests.builders import evidence, keys
from tests.cli.conftest import Command

DAY = ("--day", "2023-06-20")


@pytest.fixture
def home(sealed: Path, tmp_path: Path) -> Path:
    """A matter with the sealed volume VOL001, which may be changed."""
    return Path(shutil.copytree(sealed, tmp_path / "m"))


def journal(home: Path) -> str:
    with sqlite3.connect(home / "matter.db") as connection:
        return "\n".join(str(row) for row in connection.execute("SELECT body FROM journal"))


def spoil(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.chmod(0o644)
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize("kind", keys.KINDS)
@pytest.mark.parametrize("split", [(), ("--split", "20kB")])
def test_a_delivery_opens_and_checks_clean_with_its_key(
    kind: str, split: tuple[str, ...], run: Command, sealed: Path, home: Path, tmp_path: Path
) -> None:
    public, secret = keys.KINDS[kind]().write(tmp_path, "staff")
    done = run("-C", home, "deliver", "VOL001", "--to", public, *DAY, *split, "--json")
    said = json.loads(done.stdout)
    paths = [Path(path) for path in said["paths"]]
    receipt = next(path for path in paths if path.suffix == ".json")

    assert done.exit_code == 0
    assert said["delivery"] == "VOL001/1"
    assert {path.parent for path in paths} == {home / "deliveries" / "VOL001-1"}
    assert len(said["files"]) == (1 if not split else 4)
    for file in said["files"]:
        data = (home / "deliveries/VOL001-1" / file["name"]).read_bytes()
        assert (file["size"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert b"VOL001/DATA" not in data
    checked = run("check", paths[0], "--identity", secret, "--receipt", receipt, "--json")
    report = json.loads(checked.stdout)
    plain = json.loads(run("check", sealed / "volumes/VOL001", "--json").stdout)
    assert report["findings"] == plain["findings"]
    assert report["counts"] == plain["counts"]
    assert any("is what the receipt of VOL001/1" in note for note in report["notes"])
    assert verify(Matter.open(home)).broken == ()


@pytest.mark.parametrize("way", ["zip", "age", "openpgp"])
def test_a_new_password_opens_it_and_lies_in_its_file_alone(
    way: str, run: Command, home: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "password.txt"
    done = run("-C", home, "deliver", "VOL001", "--new-password", secret, "--as", way, *DAY)
    password = secret.read_text().strip()
    [path] = (home / "deliveries/VOL001-1").glob("VOL001.zip*")

    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(password) == 35
    assert password not in done.output + journal(home)
    assert not any(
        password.encode() in file.read_bytes() for file in home.rglob("*") if file.is_file()
    )
    assert run("check", path, "--password-file", secret).exit_code == 0
    for words in ((), ("--password-file", _file(tmp_path, "another password"))):
        refused = run("check", path, *words)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "--password-file" in refused.stderr


def _file(folder: Path, text: str) -> Path:
    (folder / "given.txt").write_text(text)
    return folder / "given.txt"


def test_a_password_is_printed_once_where_that_is_asked_for(run: Command, home: Path) -> None:
    done = run("-C", home, "deliver", "VOL001", "--new-password", "-", *DAY)

    (line,) = [line for line in done.stdout.splitlines() if "this password" in line]
    assert line.rpartition(": ")[2] not in journal(home)
    assert run("-C", home, "deliver", "VOL001", "--new-password", "-", "--json").exit_code == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [("short", "fewer than 12"), ("pässwörter für alle", "beyond ASCII"), ("x" * 100, "7-Zip"),
     ("first password\nsecond password", "holds 2")],
)  # fmt: skip
def test_a_password_that_does_not_do_is_refused(
    text: str, why: str, run: Command, home: Path, tmp_path: Path
) -> None:
    done = run("-C", home, "deliver", "VOL001", "--password-file", _file(tmp_path, text))

    assert done.exit_code == 2
    assert why in done.stderr
    assert not (home / "deliveries").exists()


def test_the_plain_archive_is_the_same_each_time(run: Command, home: Path, tmp_path: Path) -> None:
    public, _ = keys.age().write(tmp_path, "staff")
    words = ("-C", home, "deliver", "VOL001", "--to", public, *DAY, "--json")
    first, second = (json.loads(run(*words).stdout) for _ in range(2))

    assert first["archive"] == second["archive"]
    assert (first["delivery"], second["delivery"]) == ("VOL001/1", "VOL001/2")
    assert first["whole"]["sha256"] != second["whole"]["sha256"]


def test_the_receipt_says_what_a_recipient_needs(run: Command, home: Path, tmp_path: Path) -> None:
    public, _ = keys.openpgp().write(tmp_path, "staff")
    run("-C", home, "deliver", "VOL001", "--to", public, "--split", "20kB", *DAY)
    text = (home / "deliveries/VOL001-1/VOL001_RECEIPT.txt").read_text("utf-8-sig")
    [to] = json.loads(text_of(home))["recipients"]

    for words in (
        "June 20, 2023", "ACME00000001 to ACME", "staff@northgate.example", to["fingerprint"],
        "cat VOL001.zip.gpg.??? > VOL001.zip.gpg", "copy /b",
        "gpg --output VOL001.zip --decrypt VOL001.zip.gpg", "unzip VOL001.zip",
        "forthwith check VOL001.zip.gpg.001", "--receipt VOL001_RECEIPT.json",
    ):  # fmt: skip
        assert words in text
    assert max(map(len, text.splitlines())) <= 100


def text_of(home: Path) -> str:
    return (home / "deliveries/VOL001-1/VOL001_RECEIPT.json").read_text()


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("TEXT/001/ACME00000001.TXT", lambda path: spoil(path, lambda data: data + b" "),
         "ACME00000001.TXT was changed"),
        ("TEXT/001/ACME00000001.TXT", lambda path: spoil(path, lambda data: data[:-1] + b"?"),
         "ACME00000001.TXT was changed"),
        ("TEXT/001/ACME00000001.TXT", lambda path: path.unlink(), "is missing"),
        ("DATA/VOL001_MANIFEST.JSON", lambda path: spoil(path, lambda data: data + b"\n"),
         "its manifest DATA/VOL001_MANIFEST.JSON was changed"),
        ("NATIVES/more.txt", lambda path: path.write_text("more"), "was added after the seal"),
        ("NATIVES/link", lambda path: path.symlink_to("/etc/passwd"), "is a link"),
        ("NATIVES/pipe", lambda path: os.mkfifo(path), "no file at all"),
    ],
)  # fmt: skip
def test_a_volume_that_is_not_as_sealed_is_not_delivered(
    name: str,
    change: Callable[[Path], object],
    why: str,
    run: Command,
    home: Path,
    tmp_path: Path,
) -> None:
    public, _ = keys.age().write(tmp_path, "staff")
    root = home / "volumes/VOL001"
    place = next(iter(root.rglob(Path(name).name)), root / name)
    before = journal(home)
    change(place)
    done = run("-C", home, "deliver", "VOL001", "--to", public, "--into", tmp_path / "out")

    assert done.exit_code == 2
    assert why in done.stderr
    assert "forthwith verify" in done.stderr
    assert list((tmp_path / "out").rglob("*")) == []
    assert journal(home) == before


def test_a_volume_that_another_replaced_is_not_delivered(
    run: Command, home: Path, tmp_path: Path
) -> None:
    public, _ = keys.age().write(tmp_path, "staff")
    replaced = run("-C", home, "produce", "VOL001_R1", "--replace", "VOL001", "--reason", "x",
                   "--workers", "1")  # fmt: skip
    done = run("-C", home, "deliver", "VOL001", "--to", public)

    assert replaced.exit_code == 0, replaced.output
    assert done.exit_code == 2
    assert "forthwith deliver VOL001_R1" in done.stderr
    assert run("-C", home, "deliver", "VOL001_R1", "--to", public).exit_code == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("VOL009",), "no sealed volume 'VOL009'"),
        (("VOL001", "VOL001"), "named twice"),
        (("VOL001", "--as", "zip"), "not with zip"),
        (("VOL001", "--password-file", "PASSWORDS"), "with keys or with a password"),
        (("VOL001", "--to", "OTHER"), "two kinds"),
        (("VOL001", "--split", "many"), "is no size"),
        (("VOL001", "--split", "1kB"), "too small"),
        (("VOL001", "--to", "nobody.asc"), "no such file"),
        (("VOL001", "--to", ""), "no such file"),
    ],
)
def test_what_cannot_be_delivered_is_refused_and_leaves_nothing(
    words: tuple[str, ...], why: str, run: Command, home: Path, tmp_path: Path
) -> None:
    public, _ = keys.age().write(tmp_path, "staff")
    other, _ = keys.openpgp().write(tmp_path, "other")
    places = {"PASSWORDS": _file(tmp_path, "long enough a password"), "OTHER": other}
    done = run("-C", home, "deliver", *(places.get(word, word) for word in words), "--to", public)

    assert done.exit_code == 2
    assert why in done.stderr
    assert not (home / "deliveries").exists()


def test_nobody_named_is_a_question_not_a_delivery(run: Command, home: Path) -> None:
    done = run("-C", home, "deliver", "VOL001")

    assert done.exit_code == 2
    assert "--to KEY" in done.stderr
    assert "--new-password FILE" in done.stderr


def test_no_delivery_is_overwritten(run: Command, home: Path, tmp_path: Path) -> None:
    public, _ = keys.age().write(tmp_path, "staff")
    words = ("-C", home, "deliver", "VOL001", "--to", public, "--into", tmp_path / "out")

    assert run(*words).exit_code == 0
    before = sorted((path.name, path.stat().st_mtime_ns) for path in (tmp_path / "out").iterdir())
    refused = run(*words, "--split", "20kB")
    assert refused.exit_code == 2
    assert "never overwritten" in refused.stderr or "ever overwritten" in refused.stderr
    assert before == sorted(
        (path.name, path.stat().st_mtime_ns) for path in (tmp_path / "out").iterdir()
    )


def test_a_password_file_is_not_overwritten_and_goes_with_what_failed(
    run: Command, home: Path, tmp_path: Path
) -> None:
    there = _file(tmp_path, "somebody's notes")
    refused = run("-C", home, "deliver", "VOL001", "--new-password", there)
    failed = run("-C", home, "deliver", "VOL009", "--new-password", tmp_path / "new.txt")

    assert (refused.exit_code, failed.exit_code) == (2, 2)
    assert there.read_text() == "somebody's notes"
    assert not (tmp_path / "new.txt").exists()


def test_several_volumes_go_into_one_file(run: Command, home: Path, tmp_path: Path) -> None:
    more = evidence.write(tmp_path / "more", plan_txt=b"A plan for the autumn.\n")
    for words in (("collect", more, "--custodian", "Lee, Wei"), ("process", "--workers", "1"),
                  ("produce", "VOL002", *DAY, "--workers", "1")):  # fmt: skip
        assert run("-C", home, *words).exit_code == 0
    public, secret = keys.age().write(tmp_path, "staff")
    done = run("-C", home, "deliver", "VOL001", "VOL002", "--to", public, *DAY)
    place = home / "deliveries/VOL001_VOL002-1"

    assert done.exit_code == 0, done.output
    checked = run("check", place / "VOL001_VOL002.zip.age", "--identity", secret,
                  "--receipt", place / "VOL001_VOL002_RECEIPT.json", "--json")  # fmt: skip
    assert [volume["volume"] for volume in json.loads(checked.stdout)["volumes"]] == [
        "VOL001", "VOL002"
    ]  # fmt: skip


def test_verify_names_a_delivery_that_was_changed_and_one_nobody_made(
    run: Command, home: Path, tmp_path: Path
) -> None:
    public, _ = keys.age().write(tmp_path, "staff")
    run("-C", home, "deliver", "VOL001", "--to", public, *DAY)
    place = home / "deliveries"
    spoil(place / "VOL001-1/VOL001_RECEIPT.txt", lambda data: data.replace(b"2023", b"2024"))
    (place / "VOL001-7").mkdir()

    assert verify(Matter.open(home)).broken == (
        "delivery VOL001/1: deliveries/VOL001-1/VOL001_RECEIPT.txt was changed",
        "deliveries/VOL001-7: no delivery the journal tells of; it was put here by hand",
    )
    shutil.rmtree(place)
    assert verify(Matter.open(home)).broken == ()


class _Killed(BaseException):
    """Ends a run as a kill would, before anything could be cleared."""


@pytest.mark.parametrize("at", ["packing", "journal", "moving"])
def test_a_killed_run_leaves_nothing_under_its_name_or_is_finished_by_the_next(
    at: str, run: Command, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, secret = keys.age().write(tmp_path, "staff")
    words = ("-C", home, "deliver", "VOL001", "--to", public, *DAY)

    def killed(*_: object, **__: object) -> None:
        raise _Killed

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        target = {"packing": (desk, "_receipt"), "journal": (CaseFile, "write"),
                  "moving": (desk, "_move")}[at]  # fmt: skip
        patched.setattr(*target, killed)
        with pytest.raises(_Killed):
            run(*words)
    assert not (home / "deliveries/VOL001-1").exists()
    done = run(*words)
    place = home / "deliveries/VOL001-1"

    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (home / "deliveries").iterdir()) == ["VOL001-1"]
    assert journal(home).count('"manifests"') == 1
    assert ("finished now" in done.stdout) == (at == "moving")
    assert run("check", place / "VOL001.zip.age", "--identity", secret).exit_code == 0
    assert verify(Matter.open(home)).broken == ()


def test_a_run_killed_for_good_is_cleared_by_the_next(home: Path, tmp_path: Path) -> None:
    public, _ = keys.openpgp().write(tmp_path, "staff")
    words = [sys.executable, "-m", "forthwith", "-C", home, "deliver", "VOL001", "--to", public]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not list(home.glob("deliveries/.*.partial/*.gpg")):
            time.sleep(0.002)
        running.send_signal(signal.SIGKILL)
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert [path for path in (home / "deliveries").iterdir() if path.name[0] == "."] == []
    assert verify(Matter.open(home)).broken == ()


SPOILT = {
    "cut": lambda data: data[:-9],
    "halved": lambda data: data[: len(data) // 2],
    "changed": lambda data: data[:9_000] + bytes([data[9_000] ^ 1]) + data[9_001:],
    "more": lambda data: data + b"\0",
}


@pytest.mark.parametrize("spoiling", SPOILT)
@pytest.mark.parametrize("way", ["age", "openpgp", "zip"])
def test_a_delivery_changed_on_its_way_is_never_checked(
    way: str,
    spoiling: str,
    run: Command,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the receipt the encryption tells; with it, the digest does, before anything opens."""
    waste = tmp_path / "waste"
    waste.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(waste))
    if way == "zip":
        opens = ("--password-file", tmp_path / "password.txt")
        closes = ("--new-password", tmp_path / "password.txt")
    else:
        public, secret = keys.KINDS[way]().write(tmp_path, "staff")
        opens, closes = ("--identity", secret), ("--to", public)
    run("-C", home, "deliver", "VOL001", *closes, *DAY)
    [path] = (home / "deliveries/VOL001-1").glob("VOL001.zip*")
    spoil(path, SPOILT[spoiling])
    told = run("check", path, *opens, "--receipt", path.parent / "VOL001_RECEIPT.json")

    assert told.exit_code == 2
    assert "the receipt has" in told.stderr
    if (way, spoiling) != ("zip", "more"):
        refused = run("check", path, *opens)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert len(refused.stderr.strip().splitlines()) == 1
    assert list(waste.iterdir()) == []


def test_parts_of_two_deliveries_are_no_delivery(run: Command, home: Path, tmp_path: Path) -> None:
    public, secret = keys.age().write(tmp_path, "staff")
    words = ("-C", home, "deliver", "VOL001", "--to", public, "--split", "20kB", *DAY)
    places = [Path(json.loads(run(*words, "--json").stdout)["paths"][0]).parent for _ in range(2)]
    part = places[0] / "VOL001.zip.age.002"
    part.unlink()
    shutil.copy(places[1] / part.name, part)
    given = (places[0] / "VOL001.zip.age.001", "--identity", secret)

    assert "is not what was encrypted" in run("check", *given).stderr
    told = run("check", *given, "--receipt", places[0] / "VOL001_RECEIPT.json")
    assert f"{part.name} has" in told.stderr


def test_a_last_part_that_did_not_come_is_missed(run: Command, home: Path, tmp_path: Path) -> None:
    public, secret = keys.age().write(tmp_path, "staff")
    run("-C", home, "deliver", "VOL001", "--to", public, "--split", "20kB", *DAY)
    place = home / "deliveries/VOL001-1"
    last = max(place.glob("VOL001.zip.age.*"))
    last.unlink()
    given = (place / "VOL001.zip.age.001", "--identity", secret)

    assert "cut short" in run("check", *given).stderr
    told = run("check", *given, "--receipt", place / "VOL001_RECEIPT.json")
    assert f"{last.name} is on the receipt and was not given" in told.stderr


def test_a_receipt_of_another_delivery_is_told(run: Command, home: Path, tmp_path: Path) -> None:
    public, secret = keys.age().write(tmp_path, "staff")
    for _ in range(2):
        run("-C", home, "deliver", "VOL001", "--to", public, *DAY)
    first, second = (home / f"deliveries/VOL001-{number}" for number in (1, 2))
    done = run("check", first / "VOL001.zip.age", "--identity", secret,
               "--receipt", second / "VOL001_RECEIPT.json")  # fmt: skip

    assert done.exit_code == 2
    assert "the receipt has" in done.stderr


def test_what_was_decrypted_by_hand_is_held_against_the_receipt(
    run: Command, home: Path, tmp_path: Path
) -> None:
    """The archive has the digest of the receipt; a folder has the manifest."""
    public, secret = keys.age().write(tmp_path, "staff")
    run("-C", home, "deliver", "VOL001", "--to", public, *DAY)
    receipt = ("--receipt", home / "deliveries/VOL001-1/VOL001_RECEIPT.json")
    import pyrage

    identity = pyrage.x25519.Identity.from_str(secret.read_text().splitlines()[-1])
    plain = tmp_path / "VOL001.zip"
    pyrage.decrypt_file(str(home / "deliveries/VOL001-1/VOL001.zip.age"), str(plain), [identity])

    assert run("check", plain, *receipt).exit_code == 0
    assert run("check", home / "volumes/VOL001", *receipt).exit_code == 0
    spoil(plain, lambda data: data + b"\0")
    assert run("check", plain, *receipt).exit_code == 2
    spoil(home / "volumes/VOL001/DATA/VOL001_MANIFEST.JSON", lambda data: data + b"\n")
    assert "manifest of VOL001" in run("check", home / "volumes/VOL001", *receipt).stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"format": "forthwith-delivery-receipt/1"}',
        "[" * 100_000,
        "\ufeff7",
    ],
)
def test_what_is_no_receipt_is_refused(
    text: str, run: Command, sealed: Path, tmp_path: Path
) -> None:
    (tmp_path / "r.json").write_text(text)
    done = run("check", sealed / "volumes/VOL001", "--receipt", tmp_path / "r.json")

    assert done.exit_code == 2
    assert "is not taken as a receipt" in done.stderr


def test_a_receipt_reads_as_it_was_written(run: Command, home: Path, tmp_path: Path) -> None:
    public, _ = keys.age().write(tmp_path, "staff")
    run("-C", home, "deliver", "VOL001", "--to", public, *DAY)
    receipt = Receipt.read(text_of(home).encode(), "r")

    assert receipt.as_json().decode() == text_of(home)
    with pytest.raises(ForthwithError):
        Receipt.read(text_of(home)[:-3].encode(), "r")


def test_a_link_to_a_delivery_is_the_delivery(run: Command, home: Path, tmp_path: Path) -> None:
    """Whoever gives it follows it on purpose."""
    public, secret = keys.age().write(tmp_path, "staff")
    run("-C", home, "deliver", "VOL001", "--to", public, *DAY)
    (tmp_path / "latest").symlink_to(home / "deliveries/VOL001-1/VOL001.zip.age")

    assert run("check", tmp_path / "latest", "--identity", secret).exit_code == 0


def test_a_message_for_a_key_asks_for_the_key(run: Command, home: Path, tmp_path: Path) -> None:
    public, _ = keys.openpgp().write(tmp_path, "staff")
    run("-C", home, "deliver", "VOL001", "--to", public, *DAY)
    path = home / "deliveries/VOL001-1/VOL001.zip.gpg"

    for words in ((), ("--password-file", _file(tmp_path, "some password"))):
        assert "with --identity" in run("check", path, *words).stderr
