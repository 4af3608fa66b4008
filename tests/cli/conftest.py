"""The commands as typed, and a small matter to type them at."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.main import main
from tests.builders import evidence

Command = Callable[..., Result]


@pytest.fixture(scope="session")
def run() -> Command:
    """Run a command; what is not foreseen fails the test instead of becoming an exit status."""

    def typed(*words: str | Path) -> Result:
        done = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
        assert "something is wrong in forthwith itself" not in done.stderr, done.stderr
        return done

    return typed


@pytest.fixture(scope="session")
def sealed(run: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter whose every document is in the sealed volume VOL001; not to be changed."""
    place = tmp_path_factory.mktemp("sealed")
    loose = evidence.write(
        place / "in",
        one_eml=evidence.mail("One", ("memo.txt", b"The wallets were moved.\n")),
        two_eml=evidence.mail("Two"),
        plan_txt=b"A plan for the spring.\n",
        broken_pdf=b"%PDF-1.4 and nothing more",
        broken_zip=b"PK\x03\x04 and nothing more",
    )
    assert run("init", place / "m", "--name", "Acme").exit_code == 0
    steps = (
        ("collect", loose, "--custodian", "Ortega, Marisol"),
        ("process", "--workers", "1"),
        ("produce", "VOL001", "--day", "2023-06-17", "--workers", "1"),
    )
    for words in steps:
        done = run("-C", place / "m", *words)
        assert done.exit_code == 0, done.output
    return place / "m"


@pytest.fixture(scope="session")
def _processed(sealed: Path, run: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same evidence in a matter of its own, processed; not to be changed."""
    made = evidence.matter(tmp_path_factory.mktemp("processed") / "m", sealed.parent / "in")
    made.engine.dispose()
    done = run("-C", made.folder, "process", "--workers", "1")
    assert done.exit_code == 0, done.output
    return made.folder


@pytest.fixture
def matter(_processed: Path, tmp_path: Path) -> Path:
    """A matter processed and not yet produced."""
    return shutil.copytree(_processed, tmp_path / "m")
