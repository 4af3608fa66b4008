"""Options that the custody commands share are read as people write them."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from forthwith.cli.custody.common import standing_option
from forthwith.custody.facts.facts import ProofLevel


@pytest.mark.parametrize(
    ("typed", "standing"),
    [("system record", ProofLevel.SYSTEM_RECORD), ("System_Record", ProofLevel.SYSTEM_RECORD),
     ("proved", ProofLevel.PROVED), (None, ProofLevel.SWORN)],
)  # fmt: skip
def test_a_standing_is_taken_as_people_write_it(typed: str | None, standing: ProofLevel) -> None:
    seen: list[ProofLevel] = []
    command = click.command()(standing_option(lambda standing: seen.append(standing)))
    words = [] if typed is None else ["--standing", typed]

    assert CliRunner().invoke(command, words, catch_exceptions=False).exit_code == 0
    assert seen == [standing]


def test_an_unknown_standing_is_refused_with_the_nearest() -> None:
    command = click.command()(standing_option(lambda standing: standing))
    done = CliRunner().invoke(command, ["--standing", "swron"])

    assert done.exit_code == 2
    assert "Perhaps 'sworn'." in done.stderr
