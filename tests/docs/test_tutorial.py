"""The tutorial's session is what the program prints on the demo's evidence."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from forthwith.cli.example.evidence import write_evidence
from forthwith.cli.main import main

TUTORIAL_MD = (Path(__file__).resolve().parents[2] / "docs" / "tutorial.md").read_text("utf-8")
#: Commands whose output is the same anywhere, up to the first production.
_STEADY = ("init", "collect", "process", "status", "documents")


def session() -> list[tuple[str, str]]:
    """Return each command of the tutorial with what it prints."""
    blocks = re.findall(r"^```\n(.*?)^```$", TUTORIAL_MD, re.MULTILINE | re.DOTALL)
    told = "".join(blocks)
    return re.findall(r"^\$ forthwith (.+)\n((?:(?!\$ ).*\n)*)", told, re.MULTILINE)


def test_the_session_is_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_evidence(tmp_path / "demo" / "evidence")
    monkeypatch.chdir(tmp_path)
    asked = 0
    for line, told in session():
        words = shlex.split(line)
        if words[0] == "produce":
            break
        if words[0] not in _STEADY or "…" in told:
            continue
        asked += 1
        assert CliRunner().invoke(main, words).output == told, line
        if words[0] == "init":
            monkeypatch.chdir(tmp_path / "matter")

    assert asked > 10
