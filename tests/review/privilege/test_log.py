"""One table, several renderings: each document once, nothing that the privilege keeps."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain import fields
from forthwith.domain.acts import Act, Acts
from forthwith.domain.documents import Document
from forthwith.review.privilege import claims as privilege_ledger
from forthwith.review.privilege.claims import Attorney, Basis, Claim, CutOff, Treatment
from forthwith.review.privilege.log import NOT_SHOWN, Maker, PrivilegeLog, Style
from forthwith.review.privilege.log_files import as_csv, as_docx, as_xlsx, harmless
from forthwith.review.privilege.people import Roster, Sides
from tests.builders.documents import child, control, document, email

DAY = date(2023, 7, 31)
REYES = Attorney("Dana Reyes", ("dreyes@halewick.example",), ("halewick.example",),
                 "Hale & Wick LLP", since=date(2021, 1, 1), until=date(2021, 12, 31))  # fmt: skip


def advice(number: int = 1, **values: Any) -> Document:
    counsel = ("Dana Reyes <dreyes@halewick.example>",)
    return email(number, fields={fields.TO: counsel, **values})


def claim(number: int, **changes: Any) -> Claim:
    words = f"E-mail seeking advice, item {number}"
    return replace(
        Claim(control(number), (Basis.ATTORNEY_CLIENT,), words, by="R. Vance"), **changes
    )


def log(documents: Sequence[Document], claims: Sequence[Claim], **changes: Any) -> PrivilegeLog:
    acts = [replace(claim.act(), seq=place) for place, claim in enumerate(claims)]
    by_number = {document.control_number: document for document in documents}
    roster = Roster([REYES], Sides.of([{"side": "producing", "domains": "northgate.example"}]))
    maker = Maker(by_number, roster, ZoneInfo("America/New_York"), {})
    return replace(maker, **changes).log(privilege_ledger.claims(Acts(acts)))


def cells(privilege_log: PrivilegeLog, style: Style = Style.DOCUMENT) -> list[dict[str, str]]:
    header, rows = privilege_log.table(style)
    return [dict(zip(header, row, strict=True)) for row in rows]


def workbook(data: bytes, sheet: int = 1) -> list[tuple[str, ...]]:
    """Return a sheet's cells; anything in it but text in a cell fails here."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        strings = ET.fromstring(package.read("xl/sharedStrings.xml"))
        cells_of = ET.fromstring(package.read(f"xl/worksheets/sheet{sheet}.xml"))
        assert not [name for name in package.namelist() if name.startswith("xl/worksheets/_rels")]
    shared = ["".join(string.itertext()) for string in strings]
    rows = []
    for row in cells_of.iterfind("{*}sheetData/{*}row"):
        for cell in row:
            assert cell.get("t") in ("s", None)
            assert [re.sub("{.*}", "", part.tag) for part in cell] in (["v"], [])
        rows.append(tuple(shared[int(c[0].text or "")] if len(c) else "" for c in row))
    return rows


def test_a_row_has_the_fields_of_the_standard() -> None:
    (row,) = cells(log([advice()], [claim(1)], bates={control(1): ("DOC00000007",) * 2}))

    assert row == {
        "Log No.": "PRIV-0001",
        "Bates": "DOC00000007",
        "Family": "PRIV-0001",
        "Type": "E-mail",
        "Date": "2021-03-02",
        "Author": "Marisol Ortega <ortega@northgate.example>",
        "To": "Dana Reyes* <dreyes@halewick.example>",
        "CC": "",
        "BCC": "",
        "Subject / File Name": NOT_SHOWN,
        "Basis": "AC",
        "Description": "E-mail seeking advice, item 1",
        "Treatment": "Withheld",
        "Custodian": "Ortega, Marisol",
    }


def test_attachments_are_logged_each_on_a_row_of_the_same_family() -> None:
    mail = advice()
    rows = cells(log([mail, child(mail, 2, 1), advice(3)], [claim(2), claim(3), claim(1)]))

    assert [(row["Log No."], row["Family"], row["Type"]) for row in rows] == [
        ("PRIV-0001", "PRIV-0001", "Attachment (Document)"),
        ("PRIV-0002", "PRIV-0002", "E-mail"),
        ("PRIV-0003", "PRIV-0001", "E-mail"),
    ]


def test_an_attorney_is_starred_only_on_the_days_of_the_engagement() -> None:
    late = advice(**{fields.SENT: "2022-01-01T12:00:00-05:00"})
    privilege_log = log([late], [claim(1)])

    assert cells(privilege_log)[0]["To"] == "Dana Reyes <dreyes@halewick.example>"
    assert not any(name.attorney for name in privilege_log.names)


def test_subjects_are_shown_only_when_asked_for() -> None:
    for style in (Style.DOCUMENT, Style.METADATA, Style.METADATA_PLUS):
        kept = cells(log([advice()], [claim(1)]), style)
        rows = cells(log([advice()], [claim(1)], subjects=True), style)
        assert "Wallet list 1" not in str(kept)
        assert rows[0]["Subject / File Name"] == "Wallet list 1"


def test_metadata_has_no_description_and_metadata_plus_has_one() -> None:
    privilege_log = log([advice()], [claim(1)])
    (plain,), (plus,) = (
        cells(privilege_log, style) for style in (Style.METADATA, Style.METADATA_PLUS)
    )

    assert plus.keys() - plain.keys() == {"Description"}
    assert plain["Date and Time"] == "2021-03-02 14:05 EST"


def test_categories_account_for_each_document_once() -> None:
    same = {"description": "Advice on key custody"}
    claims = [claim(1, **same), claim(2), claim(3, **same), claim(4, treatment=Treatment.WITHDRAWN)]
    rows = cells(log([advice(n) for n in range(1, 5)], claims), Style.CATEGORICAL)

    assert [(row["Category"], row["Documents"], row["Log Nos."]) for row in rows] == [
        ("CAT-0001", "2", "PRIV-0001, PRIV-0003"),
        ("CAT-0002", "1", "PRIV-0002"),
        ("CAT-0004", "1", "PRIV-0004"),
    ]
    assert rows[0]["Date Range"] == "2021-03-02 to 2021-03-04"
    assert rows[0]["Recipients"] == "Dana Reyes* <dreyes@halewick.example>"
    assert rows[0]["Claimed By"] == "R. Vance"


@pytest.mark.parametrize("style", [Style.DOCUMENT, Style.METADATA, Style.METADATA_PLUS])
def test_a_number_taken_back_stays_listed_and_tells_nothing_else(style: Style) -> None:
    """A number missing from the run is a question; a row that describes is a disclosure."""
    back = claim(2, treatment=Treatment.WITHDRAWN, because="Counsel was not asked")
    numbers = {control(2): ("ABC0000007", "ABC0000008")}
    privilege_log = log([advice(n) for n in (1, 2, 3)], [claim(1), back, claim(3)], bates=numbers)

    rows = cells(privilege_log, style)
    assert [row["Log No."] for row in rows] == ["PRIV-0001", "PRIV-0002", "PRIV-0003"]
    said = {name: cell for name, cell in rows[1].items() if cell}
    assert said.pop("Description", "The claim under this number was withdrawn.").endswith(
        "was withdrawn."
    )
    assert said == {
        "Log No.": "PRIV-0002",
        "Family": "PRIV-0002",
        "Bates": "ABC0000007 - ABC0000008",
        "Treatment": "Withdrawn",
    }
    assert len(privilege_log.rows) == 2


def test_mail_with_litigation_counsel_after_the_cut_off_is_counted_and_not_logged() -> None:
    """An attachment goes with its mail; what is a day older, or without counsel, stays."""
    mail = advice(10)
    documents = [advice(9), mail, child(mail, 20, 1), email(12)]
    claims = [claim(number) for number in (9, 10, 20, 12)]
    agreed = CutOff(date(2021, 3, 11), "Rule 26(f) report, paragraph 7")
    privilege_log = log(documents, claims, agreed=agreed)

    assert [row.log for row in privilege_log.rows] == ["PRIV-0001", "PRIV-0004"]
    assert [claim.log for claim in privilege_log.excluded] == ["PRIV-0002", "PRIV-0003"]
    other = log(documents, claims, agreed=replace(agreed, firms=("Somebody Else LLP",)))
    assert len(other.rows) == 4


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\uff1d1", "\r=1"])
def test_no_cell_of_the_csv_is_a_formula(cell: str) -> None:
    assert harmless(cell)[0] == "'"
    assert harmless(f"a{cell}")[0] == "a"


signs = st.text(st.sampled_from("=+-@a \t\n\r\"',;\x00\u202e"), max_size=12)


@given(signs, signs)
def test_whatever_a_subject_says_the_csv_has_its_rows_and_no_formula(
    subject: str, two: str
) -> None:
    mails = [
        advice(n, **{fields.SUBJECT: subject_line}) for n, subject_line in ((1, subject), (2, two))
    ]
    privilege_log = log(mails, [claim(1), claim(2, description=f"x{two}")], subjects=True)
    text = as_csv(privilege_log, Style.DOCUMENT).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))

    assert [row[0] for row in rows] == ["PRIV-0001", "PRIV-0002"]
    assert all(len(row) == len(header) for row in rows)
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row
    )


def test_no_cell_of_the_workbook_is_a_formula_a_number_or_a_link() -> None:
    values = {fields.SUBJECT: "=HYPERLINK(1)", fields.FROM: "http://x.example"}
    documents = [advice(1, **values), advice(2, **{fields.SUBJECT: "42"})]
    privilege_log = log(documents, [claim(1), claim(2)], subjects=True)
    rows = workbook(as_xlsx(privilege_log, Style.DOCUMENT, DAY))

    assert {"=HYPERLINK(1)", "42"} <= {cell for row in rows for cell in row}
    assert ("Dana Reyes* <dreyes@halewick.example>", "yes", "Hale & Wick LLP") in workbook(
        as_xlsx(privilege_log, Style.DOCUMENT, DAY), 2
    )


def test_a_cell_too_long_for_excel_says_so_and_is_whole_in_the_csv() -> None:
    crowd = tuple(f"p{n}@northgate.example" for n in range(2000))
    privilege_log = log([advice(1, **{fields.CC: crowd})], [claim(1)])
    rows = workbook(as_xlsx(privilege_log, Style.DOCUMENT, DAY))

    (cut,) = [cell for row in rows for cell in row if "too long for Excel" in cell]
    assert len(cut) < 32_767
    assert b"p1999@northgate.example" in as_csv(privilege_log, Style.DOCUMENT)


@pytest.mark.parametrize("style", Style)
def test_every_form_has_the_same_cells_and_equal_logs_give_equal_bytes(style: Style) -> None:
    privilege_log = log([advice(1), advice(2), document(3)], [claim(1), claim(2)])
    header, rows = privilege_log.table(style)
    word = docx.Document(io.BytesIO(as_docx(privilege_log, style, "In re Northgate", DAY)))
    grid = [tuple(cell.text for cell in row.cells) for row in word.tables[0].rows]
    sheet = workbook(as_xlsx(privilege_log, style, DAY))
    read = list(
        csv.reader(io.StringIO(as_csv(privilege_log, style).decode("utf-8-sig"), newline=""))
    )

    assert grid == sheet == [tuple(row) for row in read] == [header, *rows]
    assert as_docx(privilege_log, style, "M", DAY) == as_docx(privilege_log, style, "M", DAY)
    assert as_xlsx(privilege_log, style, DAY) == as_xlsx(privilege_log, style, DAY)


def test_an_empty_log_says_that_nothing_is_withheld() -> None:
    word = docx.Document(io.BytesIO(as_docx(log([], []), Style.DOCUMENT, "M", DAY)))

    assert any("No document is withheld" in paragraph.text for paragraph in word.paragraphs)


def test_a_claim_changed_keeps_its_place() -> None:
    acts = [claim(1).act(), claim(2).act(), claim(1, description="Changed").act()]
    numbered = [Act(act.kind, act.key, act.body, seq) for seq, act in enumerate(acts)]
    claims = privilege_ledger.claims(Acts(numbered))

    assert [(claim.log, claim.description) for claim in claims.values()] == [
        ("PRIV-0001", "Changed"), ("PRIV-0002", "E-mail seeking advice, item 2"),
    ]  # fmt: skip
