"""A key makes signed seals that others verify and date; whatever breaks one is named."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from forthwith.seals import envelope, keys, statement
from forthwith.seals.keys import Algorithm
from tests.builders.authority import Authority, serving
from tests.cli.conftest import Command

SEAL, STAMP = "DATA/VOL001_SEAL.JSON", "DATA/VOL001_SEAL.TSR"
AUTHORITY = Authority()


@pytest.fixture(scope="module")
def signed(
    run: Command, sealed: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """A matter with a key, a signed and stamped volume and a signed paper; and its key file."""
    place = tmp_path_factory.mktemp("signed")
    home, key = place / "m", place / "seal.pem"
    assert run("init", home, "--name", "Acme", "--number", "HO-1").exit_code == 0
    steps: list[tuple[str | Path, ...]] = [
        ("collect", sealed.parent / "in", "--custodian", "Ortega, Marisol"),
        ("process", "--workers", "1"),
        ("seal-key", "make", "--name", "Reyes & Holm LLP", "--key", key, "--no-password"),
    ]
    with serving(AUTHORITY) as url:
        steps.append(("produce", "VOL001", "--day", "2026-02-09", "--timestamp", url,
                      "--workers", "1"))  # fmt: skip
        for words in (*steps, ("serve", "transmittal", "VOL001", "--day", "2026-02-09")):
            done = run("-C", home, *words)
            assert done.exit_code == 0, done.output
    return home, key


@pytest.fixture
def home(signed: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy to be spoilt, its files writable."""
    copy = tmp_path / "m"
    shutil.copytree(signed[0], copy)
    for path in copy.rglob("*"):
        if path.is_file():
            path.chmod(0o644)
    return copy


def codes(run: Command, volume: Path, *more: str | Path) -> list[str]:
    done = run("check", volume, "--json", *more)
    assert done.exit_code in (0, 1), done.output
    return [finding["code"] for finding in json.loads(done.stdout)["findings"]]


def test_a_signed_matter_is_intact_and_its_volume_clean(
    run: Command, signed: tuple[Path, Path], tmp_path: Path
) -> None:
    home, key = signed
    root = tmp_path / "root.pem"
    root.write_bytes(AUTHORITY.root_pem)
    verified = json.loads(run("-C", home, "verify", "--json").stdout)
    volume = home / "volumes" / "VOL001"
    report = json.loads(run("check", volume, "--signer", key, "--tsa-root", root, "--json").stdout)

    assert (verified["broken"], verified["seals"], verified["stamps"]) == ([], 2, 1)
    assert report["findings"] == []
    (seal,) = report["seals"]
    assert (seal["signer"], seal["expected"], seal["authority_verified"]) == (
        "Reyes & Holm LLP",
        True,
        True,
    )
    assert seal["stamped"].startswith("2026-02-09T12:00:00")


def test_what_is_not_proved_is_said(
    run: Command, signed: tuple[Path, Path], tmp_path: Path
) -> None:
    """A seal names its own key, so nobody should take it for more than it is."""
    volume = signed[0] / "volumes" / "VOL001"
    done = run("check", volume, "--report", tmp_path / "report.html")

    for text in (done.stdout, (tmp_path / "report.html").read_text()):
        assert "compare its fingerprint" in text
        assert "The authority of the stamp was not verified" in text
        assert "does not prove that the volume is complete" in text


def test_the_letter_names_the_key_and_the_head(run: Command, signed: tuple[Path, Path]) -> None:
    home, key = signed
    letter = (home / "volumes/VOL001/DATA/VOL001_TRANSMITTAL.TXT").read_text()

    assert keys.load(key).public.fingerprint in letter
    assert run("-C", home, "verify", "--anchor", "volumes/VOL001/DATA/VOL001_TRANSMITTAL.TXT"
               ).exit_code == 0  # fmt: skip


def test_a_paper_is_signed_in_every_form(signed: tuple[Path, Path]) -> None:
    home, key = signed
    opened = envelope.opened((home / "papers/transmittal-1.seal.json").read_bytes())
    assert isinstance(opened, envelope.Envelope)
    said = statement.read(opened.payload)
    assert isinstance(said, statement.Statement)

    assert opened.signed_by(keys.load(key).public)
    assert sorted(said.subjects) == [f"transmittal-1.{form}" for form in ("docx", "pdf", "txt")]


def again(seal: Path, change: Callable[[statement.Statement], statement.Statement],
          key: keys.SealingKey) -> None:  # fmt: skip
    """Sign what a seal says once more, changed, with another key, as its own key."""
    opened = envelope.opened(seal.read_bytes())
    assert isinstance(opened, envelope.Envelope)
    said = statement.read(opened.payload)
    assert isinstance(said, statement.Statement)
    assert said.signer is not None
    public = key.public
    signer = statement.Signer("Mallory", public.fingerprint, public.algorithm, public.pem)
    anew = change(statement.Statement(said.kind, said.subjects, said.facts, said.head, signer))
    seal.write_bytes(envelope.signed(statement.written(anew), key))


OTHER = keys.make(Algorithm.P256)


def edit_payload(data: Path) -> None:
    """Change one fact in the signed statement."""
    table = json.loads(data.read_bytes())
    payload = base64.b64decode(table["payload"]).replace(b"2026-02-09", b"2026-02-08")
    table["payload"] = base64.b64encode(payload).decode()
    data.write_text(json.dumps(table))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def drop(path: Path) -> None:
    path.unlink()


SPOILT: dict[str, tuple[str, Callable[[Path], object], list[str]]] = {
    "what the seal says": (SEAL, edit_payload, ["SG01"]),
    "the seal cut short": (SEAL, cut, ["SG01"]),
    "the manifest": (
        "DATA/VOL001_MANIFEST.JSON",
        lambda path: path.write_text(path.read_text().replace('"day": "2026', '"day": "2025')),
        ["SG02"],
    ),
    "the stamp cut short": (STAMP, cut, ["SG03"]),
    "a stamp of something else": (
        STAMP,
        lambda path: path.write_bytes(AUTHORITY.answer(_request(b"other"))),
        ["SG03"],
    ),
    "another's seal": (SEAL, lambda path: again(path, lambda said: said, OTHER), ["SG04", "SG03"]),
    "what the seal says of the volume": (
        SEAL,
        lambda path: again(
            path, lambda said: replace(said, facts={**said.facts, "volume": "VOL777"}), OTHER
        ),
        ["SG04", "SG02", "SG03"],
    ),
    "the seal and its stamp taken away": (
        SEAL,
        lambda path: (drop(path), drop(path.with_suffix(".TSR"))),
        ["SG05"],
    ),
    "the seal taken away": (SEAL, drop, ["SG05"]),
    "a short stamp": (
        STAMP,
        lambda path: path.write_bytes(
            Authority(digest="sha1").answer(_request(path.with_suffix(".JSON").read_bytes()))
        ),
        ["SG06"],
    ),
}


def _request(data: bytes) -> bytes:
    from forthwith.seals import stamp

    return stamp.request(data, nonce=False)


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_seal_is_found_and_nothing_else(run: Command, home: Path, name: str) -> None:
    volume = home / "volumes" / "VOL001"
    path, spoil, found = SPOILT[name]
    spoil(volume / path)

    assert sorted(codes(run, volume)) == sorted(found)
    assert run("-C", home, "verify").exit_code == 1


def test_whoever_expects_another_key_is_told(run: Command, signed: tuple[Path, Path]) -> None:
    volume = signed[0] / "volumes" / "VOL001"

    assert codes(run, volume, "--signer", OTHER.public.fingerprint) == ["SG04"]
    assert codes(run, volume, "--signer", keys.load(signed[1]).public.fingerprint.upper()) == []
    assert run("check", volume, "--signer", "nobody").exit_code == 2


def test_an_unsigned_volume_is_found_where_a_signature_is_expected(
    run: Command, sealed: Path
) -> None:
    """Without a key all is as before; who expects a signature is told that there is none."""
    volume = sealed / "volumes" / "VOL001"

    assert codes(run, volume) == []
    assert codes(run, volume, "--signer", OTHER.public.fingerprint) == ["SG05"]


def rewritten(home: Path, statement_: str) -> None:
    """Change the journal as an insider can who knows how it is chained."""
    from forthwith.record.journal import GENESIS, Entry

    with sqlite3.connect(home / "matter.db") as db:
        db.execute(statement_)
        previous = GENESIS
        for seq, at, who, action, body in db.execute(
            "SELECT seq, at, who, action, body FROM journal ORDER BY seq"
        ).fetchall():
            entry = Entry(seq, at, who, action, body, previous, "")
            db.execute("UPDATE journal SET previous = ?, digest = ? WHERE seq = ?",
                       (previous, entry.seal(), seq))  # fmt: skip
            previous = entry.seal()
    db.close()


def test_a_journal_written_anew_is_named_by_the_seal_and_by_a_head_noted_elsewhere(
    run: Command, home: Path
) -> None:
    """Its chain agrees with itself again; only what lies elsewhere or is signed does not."""
    head = json.loads(run("-C", home, "verify", "--json").stdout)["head"]
    rewritten(home, "UPDATE journal SET who = 'somebody else' WHERE seq = 2")

    done = json.loads(run("-C", home, "verify", "--anchor", head, "--json").stdout)
    assert any("volume VOL001: its seal says that entry" in line for line in done["broken"])
    assert any("the head noted in --anchor" in line for line in done["broken"])
    assert not any("was changed" in line for line in done["broken"])


def test_a_journal_cut_short_is_named_by_a_head_noted_elsewhere(run: Command, home: Path) -> None:
    head = json.loads(run("-C", home, "verify", "--json").stdout)["head"]
    (home / "note.txt").write_text(f"On 9 February the journal head was {head}.\n")
    assert run("-C", home, "verify", "--anchor", "note.txt").exit_code == 0
    with sqlite3.connect(home / "matter.db") as db:
        db.execute("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)")
    db.close()
    shutil.rmtree(home / "papers")

    assert run("-C", home, "verify", "--anchor", "note.txt").exit_code == 1


def test_how_many_entries_came_since_is_told(run: Command, home: Path) -> None:
    done = run("-C", home, "verify", "--anchor", "volumes/VOL001/DATA/VOL001_SEAL.JSON")

    assert "VOL001_SEAL.JSON: it is entry 4 of" in done.stdout
    assert "2 entries since" in done.stdout


def test_an_anchor_that_is_none_is_refused(run: Command, home: Path) -> None:
    (home / "empty.txt").write_text("nothing noted")

    for text in ("empty.txt", "absent.txt", "abc"):
        assert run("-C", home, "verify", "--anchor", text).exit_code == 2


def test_a_run_again_seals_alike(run: Command, matter: Path, tmp_path: Path) -> None:
    """A run that was killed before its seal leaves the same bytes when it is run again."""
    assert run("-C", matter, "process", "--workers", "1").exit_code == 0
    key = tmp_path / "k.pem"
    made = run("-C", matter, "seal-key", "make", "--name", "R", "--key", key, "--no-password",
               "--type", "ecdsa-p384")  # fmt: skip
    assert made.exit_code == 0, made.output
    shutil.copytree(matter, tmp_path / "twin")
    for home in (matter, tmp_path / "twin"):
        done = run("-C", home, "produce", "VOL001", "--day", "2026-02-09", "--workers", "1")
        assert done.exit_code == 0, done.output

    one, two = ((home / "volumes/VOL001" / SEAL).read_bytes() for home in
                (matter, tmp_path / "twin"))  # fmt: skip
    assert one == two


def test_a_stamp_that_is_not_to_be_had_stops_the_seal(
    run: Command, matter: Path, tmp_path: Path
) -> None:
    """The user asked for it, so nothing is sealed without."""
    assert run("-C", matter, "process", "--workers", "1").exit_code == 0
    words = ("produce", "VOL001", "--day", "2026-02-09", "--workers", "1")
    assert run("-C", matter, *words, "--timestamp", "http://127.0.0.1:9/").exit_code == 2
    run("-C", matter, "seal-key", "make", "--name", "R", "--key", tmp_path / "k", "--no-password")
    with serving(AUTHORITY, code=500) as url:
        done = run("-C", matter, *words, "--timestamp", url)
    assert done.exit_code == 2
    assert "it answered 500" in done.stderr
    assert not (matter / "volumes" / "VOL001").exists()

    assert run("-C", matter, *words, "--timestamp", tmp_path / "vol.tsq").exit_code == 0
    answer = tmp_path / "vol.tsr"
    answer.write_bytes(AUTHORITY.answer((tmp_path / "vol.tsq").read_bytes()))
    assert run("-C", matter, "timestamp", "VOL001", "--response", answer).exit_code == 0
    assert json.loads(run("-C", matter, "verify", "--json").stdout)["stamps"] == 1


def test_a_stamp_joins_a_sealed_volume_later(run: Command, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tsr"
    other.write_bytes(AUTHORITY.answer(_request(b"other")))
    assert run("-C", home, "timestamp", "VOL001", "--response", other).exit_code == 2
    with serving(Authority(name="Second Stamps")) as url:
        done = run("-C", home, "timestamp", "VOL001", "--url", url)
    assert done.exit_code == 0, done.output
    assert run("-C", home, "timestamp", "VOL009", "--request", tmp_path / "x").exit_code == 2

    assert run("-C", home, "verify").exit_code == 0
    assert codes(run, home / "volumes/VOL001") == []


def test_a_key_taken_replaces_the_one_before_and_what_that_sealed_stays(
    run: Command, home: Path, tmp_path: Path
) -> None:
    path, password = tmp_path / "key.pem", tmp_path / "password"
    key = ed25519.Ed25519PrivateKey.generate()
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    )
    assert run("-C", home, "seal-key", "take", path, "--name", "New").exit_code == 2
    password.write_text("secret\n")
    taken = run("-C", home, "seal-key", "take", path, "--name", "New", "--password-file", password)
    assert taken.exit_code == 0, taken.output
    assert "chmod 600" in taken.stdout

    rows = [json.loads(line) for line in run("-C", home, "seal-key", "show", "--json"
                                             ).stdout.splitlines()]  # fmt: skip
    assert [row["in_use"] for row in rows] == [False, True]
    assert rows[0]["by_known"].startswith("local login (uid ")
    assert run("-C", home, "verify").exit_code == 0
    # It is encrypted, and nobody says its password: nothing goes out unsigned.
    assert run("-C", home, "serve", "transmittal", "VOL001").exit_code == 2
    gone = run("-C", home, "seal-key", "retire", rows[1]["fingerprint"][:12], "--because", "lost")
    assert gone.exit_code == 0
    assert run("-C", home, "serve", "transmittal", "VOL001").exit_code == 0
    assert run("-C", home, "verify").exit_code == 0


def test_a_volume_sealed_without_the_key_in_use_is_named(run: Command, home: Path) -> None:
    """An insider without the key can seal only what shows that it is unsigned."""
    rewritten(home, "UPDATE journal SET body = replace(body, '\"beside\"', '\"x\"') WHERE seq = 5")

    done = json.loads(run("-C", home, "verify", "--json").stdout)
    assert any("it is not signed, although the key" in line for line in done["broken"])


def test_what_a_stranger_wrote_is_printed_and_does_not_steer(
    run: Command, home: Path, tmp_path: Path
) -> None:
    """Names in a seal are anybody's: they end in a terminal, a page and a letter."""
    seal = home / "volumes" / "VOL001" / SEAL
    opened = envelope.opened(seal.read_bytes())
    assert isinstance(opened, envelope.Envelope)
    body = json.loads(opened.payload)
    body["subject"] += [{"name": f"a\x00\x1b[31m{n}", "digest": {"sha256": "a" * 64}} for n in "12"]
    body["predicate"]["signer"] |= {
        "name": "\x1b]0;x\x07<script>",
        "public_key": OTHER.public.pem,
        "key_id": OTHER.public.fingerprint,
    }
    seal.write_bytes(envelope.signed(json.dumps(body).encode(), OTHER))
    done = run("check", seal.parents[1], "--report", tmp_path / "report.html")

    page = (tmp_path / "report.html").read_text()
    assert "\x1b" not in done.stdout + page
    assert "\0" not in done.stdout + page
    assert "<script>'s" not in page
    assert "1 more file, which are not here" in done.stdout
