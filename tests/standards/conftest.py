"""A matter to be produced by many standards."""

from __future__ import annotations

import pytest

from forthwith.record.matter import Matter
from tests.builders import standard as made


@pytest.fixture(scope="session")
def processed(tmp_path_factory: pytest.TempPathFactory) -> Matter:
    """A matter, processed; each test produces from a copy."""
    return made.matter(tmp_path_factory.mktemp("protocols"))
