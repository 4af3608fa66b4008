"""Nothing hides from the sweep: in every place of `builders.secrets` it finds the secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.check.sweep.files import SweepJob, sweep_file
from forthwith.check.sweep.sought import How, Sought
from forthwith.domain.redactions import Passage, RedactedDocument
from tests.builders import secrets

SECRET = Passage("FW00000001", 1, "PII", secrets.SECRET)
SOUGHT = Sought([RedactedDocument("BTS00000001", (SECRET,))])


@pytest.mark.parametrize("name", secrets.PLACES)
def test_a_secret_is_found_wherever_it_hides(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(secrets.PLACES[name]())

    swept = sweep_file(SweepJob(str(path), read=True), SOUGHT)

    assert {hit.how for hit in swept.hits} == {How.WHOLE}


def test_there_are_more_than_forty_hiding_places() -> None:
    assert len(secrets.PLACES) > 40
