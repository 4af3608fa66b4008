"""What is clawed back is gone: as though the matter had never had it, on every command."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from forthwith.record import quarantine
from forthwith.record.matter import Matter
from forthwith.workflows import clawback_notice
from tests.builders.volume import LEDGER, LUNCH, MAIL, MEMO, VolumeBuilder, edoc, sound
from tests.cli.conftest import Command

SECRET = "wallets"
#: What is typed that lists, counts or searches.
ASKED = (
    ("documents",),
    ("documents", "--set-aside"),
    ("documents", "--query", "NOT lunch"),
    ("search", SECRET, "--limit", "0"),
    ("search", "NOT lunch", "--family"),
    ("search", f"bates:{MEMO}"),
    ("search", "subject:transfer OR name:memo"),
    ("status",),
)


def matter(run: Command, home: Path, built: VolumeBuilder) -> Path:
    folder = built.write(home)
    assert run("init", home / "m", "--name", "Halden").exit_code == 0
    done = run("-C", home / "m", "receive", folder, "--from", "Northgate", "--workers", "1")
    assert done.exit_code in (0, 1), done.output
    return home / "m"


def without_family() -> VolumeBuilder:
    return sound().lose(LEDGER).lose(MEMO).lose(MAIL)


def said(run: Command, home: Path, words: tuple[str, ...]) -> str:
    """Return what a command says, control numbers left out: those are never given twice."""
    done = run("-C", home, *words)
    lines = [line for line in done.output.splitlines() if "VOL001 " not in line]
    return "\n".join(" ".join(w for w in line.split() if not w.startswith("FW0")) for line in lines)


@pytest.fixture(scope="module")
def homes(run: Command, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A matter whose first family is clawed back, and one that never had it."""
    had = matter(run, tmp_path_factory.mktemp("had"), sound())
    never = matter(run, tmp_path_factory.mktemp("never"), without_family())
    (had / "notice.csv").write_text(f"Bates;Why\n{MEMO};AC\n", encoding="utf-16")
    done = run("-C", had, "receive", "clawback", "notice.csv", "--custodian", "reyes")
    assert done.exit_code == 0, done.output
    return had, never


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_no_command_says_more_than_one_that_never_had_it(
    run: Command, homes: tuple[Path, Path], words: tuple[str, ...]
) -> None:
    had, never = homes

    assert said(run, had, words) == said(run, never, words)


def test_terms_find_nothing_of_it(run: Command, homes: tuple[Path, Path], tmp_path: Path) -> None:
    terms = tmp_path / "terms.txt"
    terms.write_text(f"{SECRET}\nplan\n", encoding="utf-8")

    told = [
        json.loads(run("-C", home, "terms", terms, "--side", "theirs", "--json").stdout)
        for home in homes
    ]

    assert told[0] == told[1]


def test_its_custodian_is_shown_it(
    run: Command, homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forthwith.record.journal.actor", lambda: ("reyes", "a test"))

    assert "1 document;" in run("-C", homes[0], "search", f"bates:{MEMO}").output


def test_a_copy_goes_with_its_family_and_near_copies_too(run: Command, tmp_path: Path) -> None:
    built = sound()
    words = b"The board met on Tuesday and agreed to move every wallet to the new custodian."
    built.add(edoc("first.txt", words)).add(edoc("again.txt", words))
    built.add(edoc("nearly.txt", words + b" Soon."))
    home = matter(run, tmp_path, built)
    (home / "n.txt").write_text("NGT_00000013\n", encoding="utf-8")

    done = run("-C", home, "quarantine", "n.txt", "--custodian", "reyes", "--json")

    assert json.loads(done.stdout)["counts"] == {"named": 1, "copy": 1, "near copy": 1}


def test_destroyed_no_byte_of_it_stays_and_verify_knows(run: Command, tmp_path: Path) -> None:
    home = matter(run, tmp_path, sound())
    (home / "n.csv").write_text(f"{MEMO}\n", encoding="utf-8")
    run("-C", home, "search", SECRET)
    run("-C", home, "quarantine", "n.csv", "--custodian", "reyes")

    done = run("-C", home, "quarantine", "N0001", "--destroy", "--because", "letter of 2 February")

    assert done.exit_code == 0, done.output
    for path in home.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
            if path.suffix == ".parquet":
                assert SECRET not in repr(pq.read_table(path).to_pylist()), path
    assert run("-C", home, "verify").exit_code == 0
    assert "5 documents" in run("-C", home, "documents").output
    # Delivered once more it is a new delivery, and stays away all the same.
    again = run("-C", home, "receive", tmp_path / "VOL001", "--from", "Northgate")
    assert again.exit_code == 0, again.output
    assert "5 documents" in run("-C", home, "documents").output


def test_lifted_it_is_as_before(run: Command, tmp_path: Path) -> None:
    home = matter(run, tmp_path, sound())
    (home / "n.csv").write_text(f"{MEMO}\n", encoding="utf-8")
    before = said(run, home, ("documents",))
    run("-C", home, "quarantine", "n.csv", "--custodian", "reyes")
    assert said(run, home, ("documents",)) != before

    run("-C", home, "quarantine", "N0001", "--lift")

    assert said(run, home, ("documents",)) == before
    with Matter.open(home).engine.connect() as connection:
        assert quarantine.standing(connection) == {}


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("NGT_00000001 - NGT_00000003", ["NGT_00000001 - NGT_00000003"]),
        ("Prod Beg,Prod End\nN001,N003\nN007,\n", ["N001 - N003", "N007"]),
        ("Entry;Bates Range;Date\n1;N001 to N003;2023-01-02\n", ["N001 - N003"]),
        ("Log No.\tBegDoc\tEndDoc\r\n4\tN001\tN001\r\n", ["N001"]),
        ("N001\n\n N002; N009-12\n", ["N001", "N002", "N009 - N012"]),
        ('"Bates","Re"\n"N001","call 555-0100; 2 pages"\n', ["N001"]),
        ("\ufeffControl Number\nFW00000012\n", ["FW00000012"]),
    ],
)
def test_a_notice_is_read_in_whatever_form_it_came(
    tmp_path: Path, text: str, called: list[str]
) -> None:
    path = tmp_path / "notice.csv"
    path.write_text(text, encoding="utf-8", newline="")

    assert [row.text for row in clawback_notice.read(path).called] == called


@pytest.mark.parametrize("data", [b"", b"\0\0\0", b"no number here\n", b"\xff\xfe"])
def test_what_is_no_notice_puts_nothing_away(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "notice.csv"
    path.write_bytes(data)

    with pytest.raises(clawback_notice.NoNoticeError):
        clawback_notice.read(path)


def test_nothing_of_theirs_is_produced_logged_or_answered_with(
    run: Command, tmp_path: Path
) -> None:
    home = matter(run, tmp_path, sound())
    own = tmp_path / "own"
    own.mkdir()
    (own / "ours.txt").write_bytes(b"Our own note about wallets and keys in the spring.\n")
    run("-C", home, "collect", own, "--custodian", "Halden, Ann")
    assert run("-C", home, "process", "--workers", "1").exit_code == 0

    made = run("-C", home, "produce", "HLD001", "--query", SECRET, "--workers", "1", "--json")

    assert json.loads(made.stdout)["counts"]["documents"] == 1, made.output
    number = json.loads(run("-C", home, "documents", "--where", "side = 'theirs'", "--json")
                        .stdout.splitlines()[0])["control_number"]  # fmt: skip
    claimed = run("-C", home, "privilege", "claim", number, "--basis", "AC", "--description", "x")
    assert claimed.exit_code == 2
    sides = json.loads(run("-C", home, "status", "--json").stdout)["sides"]
    assert (sides["ours"]["documents"], sides["theirs"]["documents"]) == (1, 8)
    terms = tmp_path / "terms.txt"
    terms.write_text(f"{SECRET}\n", encoding="utf-8")
    assert json.loads(run("-C", home, "terms", terms, "--json").stdout)["documents"] == 1
    assert LUNCH not in run("-C", home, "privilege-log").output
