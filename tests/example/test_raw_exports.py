"""The second exchange's files: as the systems write them, and invented throughout."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from forthwith.domain.fact_tables import Stamp
from forthwith.example.raw_exports import write_exports
from forthwith.exports.kinds import KINDS
from forthwith.exports.options import ImportOptions

SYSTEMS = {
    "hr": "hr",
    "directory": "directory",
    "aws": "aws-iam",
    "platform": "policy-export",
    "wallets": "descriptor",
}


@pytest.mark.parametrize("folder", SYSTEMS)
def test_each_systems_files_are_one_import_and_nothing_of_them_is_unread(
    tmp_path: Path, folder: str
) -> None:
    """What the tutorial leaves out would teach the reader to leave it out."""
    written = [path for path in write_exports(tmp_path) if path.parent.name == folder]
    lifted = KINDS[SYSTEMS[folder]].lift(
        [(path.name, path.read_bytes()) for path in written], ImportOptions(Stamp("2024-06-01"))
    )

    assert lifted.rows
    assert not lifted.faults
    assert not lifted.unread


def test_every_address_is_of_a_domain_that_nobody_can_have(tmp_path: Path) -> None:
    """`.example` is set aside for this (RFC 2606)."""
    text = "".join(path.read_text("utf-8") for path in write_exports(tmp_path))

    assert set(re.findall(r"@[\w.-]+\.(\w+)", text)) == {"example"}


def test_the_platform_knows_one_person_by_a_shorter_name(tmp_path: Path) -> None:
    """So that names alone do not join the login to the employee."""
    write_exports(tmp_path)
    users = json.loads((tmp_path / "platform" / "users.json").read_text("utf-8"))

    assert "L. Marr" in {f"{user['firstName']} {user['lastName']}" for user in users}
    assert "Lena,Marr" in (tmp_path / "hr" / "workers.csv").read_text("utf-8")
