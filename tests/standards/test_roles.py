"""Columns are asked for by their role: no standard's name of a column stands in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import forthwith
from forthwith.domain.errors import ForthwithError
from forthwith.standards import loader, roles

SOURCE = Path(forthwith.__file__).parent
NAMES = {column.name for name in loader.available() for column in loader.load(name).all_columns}
#: The names of the standard the code grew up with; those of others are words in some formats.
FIRST = set(loader.load().header)
#: Names that are also words of something else: where, and which.
OTHERS = {
    # The code of a coin.
    "custody/facts/vocabulary.py": {"LINK"},
    "formats/bytes/field_codes.py": {"AUTHOR", "SUBJECT"},  # codes of fields in Word
    "formats/office/decrypt.py": {"SHA256"},  # names of hashes in [MS-OFFCRYPTO]
    "produce/imaging/office.py": {"PATH"},  # of the environment of a program
    "respond/deficiency/letter.py": {"CUSTODIAN"},  # the heading of a table of months in a letter
    "review/privilege/log.py": {"CC", "BCC"},  # headings of the log of privilege
    "workers/supervisor.py": {"PATH"},  # of the environment of a program
}


def literals(path: Path) -> Iterator[str]:
    """Yield every text in a module that is no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.stem)
def test_no_columns_name_stands_in_the_code(path: Path) -> None:
    """A standard that calls it otherwise would be read past in silence."""
    place = path.relative_to(SOURCE).as_posix()
    names = FIRST if place.startswith(("formats/", "domain/", "record/")) else NAMES
    # In a sentence only what nobody writes otherwise is such a name: one with an underscore.
    found = {
        word
        for text in literals(path)
        for word in ({text} | {each for each in re.findall(r"[A-Z0-9_/#]+", text) if "_" in each})
        if word in names
    }

    assert found <= OTHERS.get(place, set())


def test_no_columns_name_stands_in_the_words_of_checks() -> None:
    """They name a column by its role, in braces, and are worded by the standard."""
    text = (SOURCE / "standards" / "findings" / "volumes.toml").read_text(encoding="utf-8")
    words = set(re.findall(r"[A-Z0-9_/#]{4,}", text))

    assert not words & NAMES


def test_every_column_has_the_role_of_what_fills_it() -> None:
    standard = loader.load()

    assert [standard.column(role).name for role in ("first_bates", "parent", "md5")] == [
        "FIRSTBATES", "PARENT_BATES", "MD5HASH",
    ]  # fmt: skip
    assert {column.role for column in standard.all_columns} <= set(roles.BY_NAME)


def test_no_two_roles_have_one_name_or_one_fill() -> None:
    assert len(roles.BY_FILL) == len(roles.BY_NAME)


def test_a_role_without_a_column_is_refused_by_name() -> None:
    with pytest.raises(ForthwithError, match=r"no column of the role sha1.*rule:sha1"):
        loader.load().column("sha1")


def test_what_a_standard_calls_a_column_it_has_not_is_its_role() -> None:
    """So a message can always be written."""
    assert loader.load().called("sha1") == "(sha1)"
