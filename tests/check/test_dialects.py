"""A sound volume in anybody's dialect: counted right, told once, and nothing else found."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith import check
from forthwith.standards import loader
from tests.builders import dialects
from tests.builders.dialects import MUTATIONS, Mutation

STANDARD = loader.load()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_dialect_is_understood_and_told_once(mutation: Mutation, tmp_path: Path) -> None:
    """Right counts show that every other check was done on all 65 documents."""
    root = dialects.sound().write(tmp_path)
    whole = check.run(root, STANDARD)
    mutation.write(root)

    report = check.run(root, STANDARD)

    assert whole.findings == ()
    assert whole.counts["documents"] == 65
    assert report.counts == whole.counts
    assert sorted(finding.code for finding in report.findings) == sorted(mutation.codes)
