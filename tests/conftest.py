"""Fixtures every test may use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forthwith.exports.ethereum.signed_message import libraries
from forthwith.process.run import PRELOAD as READING
from forthwith.workers.supervisor import make_ready
from forthwith.workflows.matter_access import PRELOAD as PRODUCING

#: Goldens lie under `goldens/` beside the test that reads them.
_REWRITE = "--rewrite-goldens"
#: Real data, where it stands beside the project; tests marked `corpus` skip without it.
CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


# A test module that imports them first would raise the limit on recursion for all tests.
libraries()


@pytest.fixture(scope="session", autouse=True)
def _one_fork_server() -> None:
    """Start it with all that workers import: whichever test needs one first would choose less.

    Work of tests is found beforehand too, for no worker may look into the folder of the project.
    """
    make_ready((*READING, *PRODUCING, "tests"))


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The shared corpora, or skip."""
    if not CORPORA.is_dir():
        pytest.skip("the shared corpora do not stand beside the project")
    return CORPORA


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(_REWRITE, action="store_true", help="Write goldens anew; read the diff.")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden of its name, or write it anew when asked to."""
    folder = request.path.parent / "goldens"

    def compare(name: str, text: str) -> None:
        path = folder / f"{name}.txt"
        if request.config.getoption(_REWRITE):
            folder.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path} differs; see {_REWRITE}"

    return compare
