"""The example's quarter as files and as a folder: what the desks are tried on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from forthwith.example import books as example


@pytest.fixture(scope="session")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder of the quarter, not to be changed, and what is right about it."""
    folder = tmp_path_factory.mktemp("quarter")
    return folder, example.make(folder)
