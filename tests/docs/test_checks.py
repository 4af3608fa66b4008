"""docs/checks.md explains every check there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import forthwith.check
from forthwith.check.catalogue import AREAS, CHECKS
from forthwith.check.catalogue_docs import document

ROOT = Path(__file__).resolve().parents[2]
CHECKS_MD = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CHECKS)
def test_each_check_is_explained(code: str) -> None:
    """A heading with meaning, cause and cure for every code."""
    check = CHECKS[code]
    section = CHECKS_MD.split(f"\n### {code} {check.title}\n")[1].split("\n#")[0]

    assert check.meaning in section
    assert f"**Cause:** {check.cause}" in section
    assert f"**Cure:** {check.cure}" in section


def test_no_other_check_is_explained() -> None:
    headings = re.findall(r"^### (\w+) ", CHECKS_MD, re.MULTILINE)

    assert sorted(headings) == sorted(CHECKS)
    assert {code[:2] for code in CHECKS} == set(AREAS)


def test_the_page_is_as_the_checks_are_now() -> None:
    """After a change: python -m forthwith.check.catalogue_docs > docs/checks.md."""
    assert "".join(document()) == CHECKS_MD


@pytest.mark.parametrize("code", CHECKS)
def test_each_check_is_looked_for(code: str) -> None:
    """A code nobody reports is a promise nobody keeps."""
    folder = Path(forthwith.check.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))

    assert f'"{code}"' in source
