"""From evidence to sealed volumes and back: what is promised holds over the whole way."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from forthwith.check import run as check
from forthwith.example.discovery import sets
from forthwith.loadfiles import dat
from forthwith.respond.deficiency.findings import RegisterFile
from forthwith.standards import loader
from tests.builders import evidence

DAY = "2023-06-17"
#: Two share a wallet; whether somebody else has a copy of the second key is not said.
FACTS = {
    "people": "id,name,standing,cites\nlee,Wei Lee,document,E00000001\n",
    "means": "id,kind,standing\nk1,key,document\nk2,key,document\n",
    "possessions": "person,means,from,standing\nlee,k1,2022-01-01,document\n",
    "completeness": ("means,from,standing\nk1,2022-01-01,document\nwallet:w,2022-01-01,document\n"),
    "wallets": "id,standing\nw,document\n",
    "policies": "wallet,path,formula,from,standing\nw,signing,k1 and k2,2022-01-01,document\n",
}


def typed(matter: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "forthwith", "-C", str(matter), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def made(matter: Path, *words: str) -> str:
    done = typed(matter, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(folder: Path) -> dict[str, str]:
    return {
        each.relative_to(folder).as_posix(): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in folder.rglob("*")
        if each.is_file()
    }


def rows(folder: Path) -> list[dict[str, str]]:
    data = dat.read((folder / "DATA" / f"{folder.name}.DAT").read_bytes())
    return [dict(zip(data.header, row)) for row in data.rows]


@pytest.fixture(scope="module")
def processed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter of two custodians, processed; copied by who changes it."""
    place = tmp_path_factory.mktemp("e2e")
    memo = ("memo.txt", b"The wallets were moved on Tuesday.\n")
    mails = {f"m{n}_eml": evidence.mail(f"Mail {n}", memo) for n in range(8)}
    ours = evidence.write(place / "a", plan_txt=b"A plan.\n", **mails)
    theirs = evidence.write(place / "b", m0_eml=mails["m0_eml"], note_txt=b"A note.\n")
    matter = evidence.matter(place / "m", ours, custodian="Ortega, Marisol").folder
    made(matter, "collect", str(theirs), "--custodian", "Lee, Wei")
    made(matter, "process")
    return matter


@pytest.fixture(scope="module")
def twice(processed: Path) -> Path:
    """The matter with one custodian in VOL001 and the rest in VOL002."""
    matter = Path(shutil.copytree(processed, processed.parent / "twice"))
    made(matter, "produce", "VOL001", "--where", "custodian = 'Lee, Wei'", "--day", DAY)
    made(matter, "produce", "VOL002", "--day", DAY)
    facts = matter / "in"
    facts.mkdir()
    for name, text in FACTS.items():
        (facts / f"{name}.csv").write_text(text)
    made(matter, "custody", "load", "in")
    return matter


@pytest.fixture(scope="module")
def whole(processed: Path) -> dict[str, str]:
    """Digests of everything in VOL001 when nobody interrupts."""
    matter = Path(shutil.copytree(processed, processed.parent / "whole"))
    made(matter, "produce", "VOL001", "--day", DAY)
    return files(matter / "volumes" / "VOL001")


@pytest.fixture
def matter(twice: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(twice, tmp_path / "m"))


def test_numbers_run_on_from_volume_to_volume(twice: Path) -> None:
    first, second = (rows(twice / "volumes" / name) for name in ("VOL001", "VOL002"))
    pages = [
        number
        for row in (*first, *second)
        for number in range(int(row["FIRSTBATES"][-8:]), int(row["LASTBATES"][-8:]) + 1)
    ]

    assert pages == list(range(1, len(pages) + 1))
    assert len(first) == 3
    assert len(first) + len(second) == len(made(twice, "documents", "--json").splitlines())


def test_a_replacement_keeps_its_numbers_and_nothing_else_changes(matter: Path) -> None:
    before = rows(matter / "volumes" / "VOL001")
    made(matter, "produce", "VOL001_R1", "--replace", "VOL001", "--day", DAY)

    after = rows(matter / "volumes" / "VOL001_R1")
    assert [row["FIRSTBATES"] for row in after] == [row["FIRSTBATES"] for row in before]
    assert {row["PRODVOL"] for row in after} == {"VOL001_R1"}
    made(matter, "verify")


def test_documents_are_the_same_when_made_again(matter: Path) -> None:
    before = made(matter, "documents", "--json")
    shutil.rmtree(matter / "derived")
    made(matter, "process")

    assert made(matter, "documents", "--json") == before


@pytest.mark.parametrize("seconds", [1.0, 2.4])
def test_a_killed_production_run_again_is_the_same(
    processed: Path, whole: dict[str, str], tmp_path: Path, seconds: float
) -> None:
    matter = Path(shutil.copytree(processed, tmp_path / "m"))
    command = [sys.executable, "-m", "forthwith", "-C", str(matter), "produce", "VOL001"]
    killed = subprocess.Popen(
        [*command, "--day", DAY], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    time.sleep(seconds)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    if not (matter / "volumes" / "VOL001").exists():
        made(matter, "produce", "VOL001", "--day", DAY)

    assert files(matter / "volumes" / "VOL001") == whole
    made(matter, "verify")


def _volume(matter: Path) -> str:
    place = next((matter / "volumes" / "VOL002" / "TEXT").rglob("*.TXT"))
    place.chmod(0o644)
    place.write_text("Nothing was moved.")
    return place.name


def _added(matter: Path) -> str:
    (matter / "volumes" / "VOL001" / "extra.txt").write_text("x")
    return "extra.txt"


def _evidence(matter: Path) -> str:
    place = max(
        (each for each in (matter / "evidence").rglob("*") if each.is_file()),
        key=lambda each: each.stat().st_size,
    )
    place.chmod(0o644)
    place.write_bytes(place.read_bytes()[:-1] + b"?")
    return "blob was changed"


def _lost(matter: Path) -> str:
    place = next(each for each in sorted((matter / "evidence").rglob("*")) if each.is_file())
    place.unlink()
    return "blob is missing"


def _facts(matter: Path) -> str:
    place = matter / "facts" / "0001" / "completeness.csv"
    place.chmod(0o644)
    place.write_text(place.read_text() + "k2,2022-01-01,document\n")
    return "completeness.csv"


@pytest.mark.parametrize("tamper", [_volume, _added, _evidence, _lost, _facts])
def test_verify_names_what_was_tampered_with(matter: Path, tamper: object) -> None:
    word = tamper(matter)  # type: ignore[operator]
    done = typed(matter, "verify", "--json")

    broken = json.loads(done.stdout)["broken"]
    assert done.returncode == 1
    assert len(broken) == 1
    assert word in broken[0]


ASK = ("custody", "ask", "--who", "people=lee", "--scope", "wallet=w", "--json")


def test_custody_is_answered_from_the_matter_with_what_is_missing(twice: Path) -> None:
    answer = json.loads(made(twice, *ASK))

    assert answer["answer"] == "not shown"
    assert [fact["fact"].split()[1] for gap in answer["gaps"] for fact in gap] == ["k2"]


def test_nothing_is_answered_from_facts_that_were_changed(matter: Path) -> None:
    """A row slipped into the matter would have excluded what nobody showed."""
    name = _facts(matter)
    done = typed(matter, *ASK)

    assert done.returncode == 2
    assert name in done.stderr
    assert done.stdout == ""


def test_answers_are_the_same_without_what_can_be_made_again(matter: Path) -> None:
    before = made(matter, *ASK)
    shutil.rmtree(matter / "derived")

    assert made(matter, *ASK) == before


@pytest.mark.slow
def test_the_demo_ends_as_it_must(tmp_path: Path) -> None:
    """Its numbers are those the README prints."""
    printed = made(tmp_path, "demo", "demo")
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    steps = [
        line for line in printed.splitlines() if re.match(r"[678]\. |     (missing|D\d)", line)
    ]

    assert len(steps) == 6
    assert [line for line in steps if line.replace(f"{tmp_path}/", "") not in readme] == []
    for page in ("overview.html", "custody.html", "coalitions.html"):
        assert "cold" in (tmp_path / "demo" / page).read_text(encoding="utf-8")
    made(tmp_path / "demo" / "northgate", "verify")
    _found_alike(tmp_path / "demo")


def _found_alike(demo: Path) -> None:
    """Check the delivered folder as the other side's letter did: the same points, one by one."""
    papers = demo / "delivered" / "papers"
    words = ["check", "--json", str(demo / "delivered" / "VOL001")]
    for served in sets():
        words += ["--requests", f"{served['name']}={demo / 'served' / served['file']}"]
    for path in papers.glob("responses-*.json"):
        words += ["--responses", str(path)]
    words += ["--privilege-log", str(papers / "privilege-log-1.csv")]
    checked = json.loads(typed(demo, *words).stdout)["findings"]
    register = RegisterFile.read(
        (demo / "staff" / "deficiency.json").read_text(), "deficiency.json"
    )
    points = [item.finding for item in register.register.items.values()]

    assert len(points) == 5
    assert [(each["code"], each["message"]) for each in checked] == [
        (point.code, point.message) for point in points
    ]


def _codes(folder: Path) -> set[str]:
    return {each.code for each in check(folder, loader.load()).findings}


def _without(pattern: str) -> object:
    def change(folder: Path) -> None:
        next(iter(sorted(folder.rglob(pattern)))).unlink()

    return change


def _cut_load_file(folder: Path) -> None:
    """Take the last row of the DAT away, its files left."""
    place = folder / "DATA" / f"{folder.name}.DAT"
    lines = place.read_bytes().splitlines(keepends=True)
    place.write_bytes(b"".join(lines[:-1]))


def _swapped_texts(folder: Path) -> None:
    first, *_, last = sorted((folder / "TEXT").rglob("*.TXT"))
    first.unlink()
    last.rename(first)


@pytest.mark.parametrize(
    "change, code",
    [
        (_without("*.OPT"), "VO02"),
        (_without("*.TIF"), "IM01"),
        (_without("*.EML"), "NT01"),
        (_cut_load_file, "IM04"),
        (_swapped_texts, "TX01"),
    ],
)
def test_check_sees_what_happened_to_a_sealed_volume(
    twice: Path, tmp_path: Path, change: object, code: str
) -> None:
    folder = Path(shutil.copytree(twice / "volumes" / "VOL002", tmp_path / "VOL002"))
    for each in (folder, *folder.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)
    assert _codes(folder) == set()
    change(folder)  # type: ignore[operator]

    assert code in _codes(folder)
