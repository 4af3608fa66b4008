"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

#: Real data, where it stands beside the project; tests marked `corpus` skip without it.
CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The shared corpora, or skip."""
    if not CORPORA.is_dir():
        pytest.skip("the shared corpora do not stand beside the project")
    return CORPORA
