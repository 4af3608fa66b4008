"""docs/checks.md explains every code a finding can have, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forthwith.standards.catalogue import CATALOGUE
from forthwith.standards.catalogue_docs import document, heading

ROOT = Path(__file__).resolve().parents[2]
CHECKS_MD = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CATALOGUE)
def test_each_code_is_explained(code: str) -> None:
    """A heading with meaning, cause and cure for every code."""
    kind = CATALOGUE[code]
    section = CHECKS_MD.split(f"\n{heading(kind)}\n")[1].split("\n#")[0]

    assert kind.meaning in section
    assert f"**Cause:** {kind.cause}" in section
    assert f"**Cure:** {kind.cure}" in section


def test_no_other_code_is_explained() -> None:
    headings = re.findall(r"^### (?:`(.+?)`|(\w+)) ", CHECKS_MD, re.MULTILINE)

    assert sorted(words or code for words, code in headings) == sorted(CATALOGUE)


def test_the_page_is_as_the_catalogue_is_now() -> None:
    """After a change: python -m forthwith.standards.catalogue_docs > docs/checks.md."""
    assert "".join(document()) == CHECKS_MD
