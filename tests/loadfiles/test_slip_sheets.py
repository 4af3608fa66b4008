"""A slip-sheet is known by its cell or its words; a document that speaks of one is none."""

from __future__ import annotations

import pytest

from forthwith.loadfiles import slip_sheets
from forthwith.produce.plan import Sheet, Words, lines
from tests.builders.documents import document

WORDS = Words("Document Produced in Native Format", "VOL001_EXCEPTIONS.CSV")


@pytest.mark.parametrize(
    ("cell", "log"),
    [
        ("", None),
        ("No", None),
        ("FALSE", None),
        ("Y", ""),
        ("Privileged", ""),
        ("PRIV-0001", "PRIV-0001"),
        ("17", "17"),
    ],
)
def test_a_cell_says_whether_and_under_which_number(cell: str, log: str | None) -> None:
    assert slip_sheets.of_cell(cell) == log


def test_our_own_sheet_is_known_and_our_other_sheets_are_not() -> None:
    made = document(1, name="withheld privileged memo.txt")
    said = {
        sheet: "\n".join(lines(sheet, made, WORDS, entry="PRIV-0001"))
        for sheet in Sheet
        if sheet is not Sheet.NONE
    }

    assert {sheet for sheet, text in said.items() if slip_sheets.of_text(text) is not None} == {
        Sheet.WITHHELD
    }
    assert slip_sheets.of_text(said[Sheet.WITHHELD]) == "PRIV-0001"


@pytest.mark.parametrize(
    ("text", "log"),
    [
        ("DOCUMENT WITHHELD AS PRIVILEGED", ""),
        ("ABC0000012\nPrivileged - Withheld\nCONFIDENTIAL", ""),
        ("This document has been withheld on the basis of attorney-client privilege.", ""),
        ("Withheld: Attorney Work Product. Privilege Log Entry 17", "17"),
        ("Record withheld for privilege. See Privilege Log No.: ABC-PRIV-0042", "ABC-PRIV-0042"),
        # Other grounds, and documents that only speak of it.
        ("Document withheld as not responsive", None),
        ("Page intentionally left blank", None),
        ("Hi Per, I withheld the privileged mails as you asked.", None),
        ("Privileged and confidential", None),
        ("This document was withheld as privileged. " * 12, None),
        ("", None),
    ],
)
def test_a_sheet_is_known_by_its_words(text: str, log: str | None) -> None:
    assert slip_sheets.of_text(text) == log


@pytest.mark.parametrize(
    ("cell", "redacted", "privilege"),
    [
        ("", False, False), ("N", False, False), ("Y", True, False), ("PII", True, False),
        ("Privilege", True, True), ("AC", True, True), ("Redacted - Work Product", True, True),
    ],
)  # fmt: skip
def test_a_redaction_is_for_privilege_only_where_it_says_so(
    cell: str, redacted: bool, privilege: bool
) -> None:
    assert slip_sheets.redacted(cell) is redacted
    assert slip_sheets.for_privilege(cell) is privilege
