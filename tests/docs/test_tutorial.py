"""The tutorial's session is what the program prints on the demo's evidence."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from forthwith.cli.main import main
from forthwith.example import books
from forthwith.example.discovery import write_served
from forthwith.example.evidence import write_evidence
from forthwith.example.raw_exports import write_exports

TUTORIAL_MD = (Path(__file__).resolve().parents[2] / "docs" / "tutorial.md").read_text("utf-8")


#: What is told on standard error while a busy machine takes its time.
_PROGRESS = re.compile(
    r"^[^\n]+: [\d,]+ of [\d,]+ \w+ \([\d,]+/s, about [^\n]+ left\)\n", re.MULTILINE
)


def session(text: str = TUTORIAL_MD) -> list[tuple[str, str]]:
    """Return each command of the tutorial, or of a part of it, with what it prints."""
    blocks = re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", "".join(blocks), re.MULTILINE)


def follow(steps: list[tuple[str, str]], here: pytest.MonkeyPatch) -> int:
    """Run the steps that print the same anywhere, and return how many there were."""
    asked = 0
    for line, told in steps:
        words = shlex.split(line)
        if words[0] == "cd":
            here.chdir(words[1])
        elif words[:2] in (["cp", "-r"], ["sed", "-i"]):
            subprocess.run(words, check=True)
        elif words[0] == "echo" and words[2:3] == [">"]:
            Path(words[3]).write_text(f"{words[1]}\n")
        elif words[0] == "forthwith" and not {"verify", "room", "|"}.intersection(words):
            printed = _PROGRESS.sub("", CliRunner().invoke(main, words[1:]).output)
            assert shows(told, printed), f"{line}\n{printed}"
            asked += 1
    return asked


def shows(told: str, printed: str) -> bool:
    """Whether the tutorial shows what was printed; a line "…" there stands for any lines."""
    if "…" in told and not re.search(r"^…$", told, re.MULTILINE):
        return True
    pieces = re.split(r"^…\n", told, flags=re.MULTILINE)
    return re.fullmatch(".*?".join(map(re.escape, pieces)), printed, re.DOTALL) is not None


def test_reading_prints_what_the_tutorial_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_evidence(tmp_path / "demo" / "evidence")
    write_served(tmp_path / "demo" / "served")
    monkeypatch.chdir(tmp_path)
    steps = session()
    produced = next(
        at for at, (line, _) in enumerate(steps) if line.startswith("forthwith produce")
    )

    assert follow(steps[:produced], monkeypatch) > 10


def test_raw_exports_lead_to_the_answers_the_tutorial_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its part stands alone: not shown, shown once accounts are joined, excluded once lists end."""
    write_exports(tmp_path / "demo" / "exports")
    monkeypatch.chdir(tmp_path)
    (part,) = re.findall(
        r"^## \d+\. From raw exports.*?(?=^## )", TUTORIAL_MD, re.MULTILINE | re.DOTALL
    )

    assert follow(session(part), monkeypatch) > 15
    assert re.findall(r"^Answer: (\w+ ?\w*)  ", part, re.MULTILINE) == [
        "not shown", "shown", "not shown", "not shown", "excluded",
    ]  # fmt: skip


def test_the_books_answer_what_the_tutorial_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine days short, a wire that paid bills, and a report in which one digit was changed."""
    books.make(tmp_path / "demo" / "books")
    monkeypatch.chdir(tmp_path)
    (part,) = re.findall(r"^## \d+\. Books\n.*?(?=^## )", TUTORIAL_MD, re.MULTILINE | re.DOTALL)

    assert follow(session(part), monkeypatch) == 10


@pytest.mark.slow
def test_the_whole_way_prints_what_the_tutorial_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = CliRunner().invoke(main, ["demo", str(tmp_path / "demo")])
    assert done.exit_code == 0, done.output
    monkeypatch.chdir(tmp_path)
    steps = session()
    checked = next(at for at, (line, _) in enumerate(steps) if line == "cd ..")

    follow(steps[:checked], monkeypatch)
    assert follow(steps[checked:], monkeypatch) > 12
