"""A privilege log is read whoever drew it up, and what is not read is named."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.bates import Bates
from forthwith.domain.privilege_logs import ServedLog
from forthwith.formats.served import privilege_log
from forthwith.formats.served.privilege_log import UnreadableLogError, people
from forthwith.review.privilege.log import Style
from forthwith.review.privilege.log_files import as_csv, as_xlsx
from tests.builders import served_log
from tests.builders.documents import child, control
from tests.builders.served_log import ORTEGA, REYES, entry
from tests.review.privilege.test_log import advice, claim, log

BATES = {control(1): ("DOC00000007", "DOC00000008"), control(2): ("DOC00000009",) * 2}
OURS = log([advice(), child(advice(), 2, 1)], [claim(1), claim(2)], bates=BATES)


def read(data: bytes) -> ServedLog:
    return privilege_log.read("log.csv", data)


@pytest.mark.parametrize("style", [Style.DOCUMENT, Style.METADATA_PLUS])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_our_own_log_is_read_in_every_form(form: str, style: Style) -> None:
    data = as_csv(OURS, style) if form == "csv" else as_xlsx(OURS, style, date(2023, 7, 31))
    served = read(data)
    first, second = served.entries

    assert (first.number, first.family, first.basis) == ("PRIV-0001", "PRIV-0001", "AC")
    assert first.pages == ((Bates.parse("DOC00000007"), Bates.parse("DOC00000008")),)
    assert (first.kind, second.kind) == ("E-mail", "Attachment (Document)")
    assert (first.attached, second.attached) == (False, True)
    assert first.recipients == ("Dana Reyes* <dreyes@halewick.example>",)
    assert first.description == "E-mail seeking advice, item 1"
    assert (first.treatment, first.day) == ("Withheld", OURS.rows[0].day)
    sheets = ["the sheets “Names”, “Notes” of log.csv, which hold no entries"]
    assert list(served.notes) == ([] if form == "csv" else sheets)


def test_our_own_log_by_category_names_the_entries_it_stands_for() -> None:
    served = read(as_csv(OURS, Style.CATEGORICAL))

    assert [row.stands_for for row in served.entries] == [("PRIV-0001",), ("PRIV-0002",)]
    assert served.notes == ()


def test_a_log_without_descriptions_says_so_by_its_columns() -> None:
    assert "description" in read(as_csv(OURS, Style.DOCUMENT)).columns
    assert "description" not in read(as_csv(OURS, Style.METADATA)).columns


def test_somebody_elses_log_is_read_by_its_headings() -> None:
    sound = entry("7", "N0001-N0003", cc="a@northgate.example, b@northgate.example")
    served = read(served_log.as_csv(sound))
    [first] = served.entries

    assert (first.number, first.place, first.day) == ("7", "row 2", date(2023, 3, 14))
    assert [f"{a} {b}" for a, b in first.pages] == ["N0001 N0003"]
    assert (first.author, first.basis) == (ORTEGA, "Attorney-Client")
    assert first.recipients == (REYES, "a@northgate.example", "b@northgate.example")


def test_a_workbook_is_read_with_its_caption_blank_cells_and_real_dates() -> None:
    header = ("#", "Beg Bates", "End Bates", "Doc Date", "From", "Recipient(s)", "Privilege Type",
              "Description of Document")  # fmt: skip
    data = served_log.as_xlsx(
        header,
        (1, "N0001", "N0003", date(2023, 3, 4), "A. Roe", "B. Poe; C. Doe", "AC", "On keys."),
        (2, "N0004", "", "", "", "", "WP", "Notes for the hearing of 4 May."),
        above=("PRIVILEGE LOG OF NORTHGATE", "Case 1:23-cv-00417"),
    )  # fmt: skip
    first, second = read(data).entries

    assert (first.number, first.day, first.recipients) == (
        "1",
        date(2023, 3, 4),
        ("B. Poe", "C. Doe"),
    )
    assert [f"{a} {b}" for a, b in first.pages] == ["N0001 N0003"]
    assert (second.place, second.dated, second.author, second.basis) == (
        "sheet 'Log', row 5", "", "", "WP",
    )  # fmt: skip
    above, key = read(data).notes
    assert above.startswith("rows of log.csv (sheet 'Log') that are not entries (row 1: “PRIVILEGE")
    assert key == "the sheet “Key” of log.csv, which holds no entries"


def test_columns_and_rows_nobody_knows_are_named() -> None:
    data = served_log.as_csv((*entry(), "very"), ("* denotes an attorney",),
                             header=(*served_log.HEADER, "Mood"))  # fmt: skip
    served = read(data)

    assert len(served.entries) == 1
    assert served.notes == (
        "the column “Mood” of log.csv, which is not recognised",
        "rows of log.csv that are not entries (row 3: “* denotes an attorney”)",
    )


@pytest.mark.parametrize(
    ("heading", "fields"),
    [
        ("Basis / Description", ("basis", "description")),
        ("Author/From", ("author",)),
        ("TO / CC / BCC", ("recipients",)),
        ("From (Author)", ("author",)),
        ("Privilege(s) Asserted", ("basis",)),
        ("Privilege Log No.", ("number",)),
        ("PROD_BEG", ("pages",)),
        ("Subject / File Name", ("title",)),
        ("Mood", ()),
        ("From / Mood", ()),
        ("", ()),
    ],
)
def test_headings_are_known_however_they_are_written(heading: str, fields: tuple[str, ...]) -> None:
    assert privilege_log.fields_of(heading) == fields


def test_no_heading_means_two_fields() -> None:
    names = [name for headings in privilege_log.HEADINGS.values() for name in headings]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2023-03-04", date(2023, 3, 4)),
        ("2023-03-04 09:30 EST", date(2023, 3, 4)),
        ("3/4/23", date(2023, 3, 4)),
        ("03/04/2023 9:30 AM", date(2023, 3, 4)),
        ("March 4, 2023", date(2023, 3, 4)),
        ("4 Mar 2023", date(2023, 3, 4)),
        ("2023-03-04 to 2023-03-09", None),
        ("spring", None),
    ],
)
def test_days_are_read_as_logs_write_them(written: str, day: date | None) -> None:
    [row] = read(served_log.as_csv(entry(dated=written))).entries

    assert (row.dated, row.day) == (written, day)


def test_days_are_day_first_where_one_of_them_must_be() -> None:
    rows = [entry(dated="04/03/2023"), entry(dated="14/03/2023")]

    assert [row.day for row in read(served_log.as_csv(*rows)).entries] == [
        date(2023, 3, 4), date(2023, 3, 14),
    ]  # fmt: skip


@pytest.mark.parametrize("nothing", ["", "N/A", "no date", "-", "Unknown"])
def test_words_for_nothing_are_nothing(nothing: str) -> None:
    [row] = read(served_log.as_csv(entry(dated=nothing, author=nothing))).entries

    assert (row.dated, row.author) == ("", "")


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Ortega, Marisol", ["Ortega, Marisol"]),
        ("Ortega, Marisol; Lee, Wei", ["Ortega, Marisol", "Lee, Wei"]),
        ("a@x.example, b@x.example", ["a@x.example", "b@x.example"]),
        ("Lee, Wei <a@x.example>, Roe <b@x>", ["Lee, Wei <a@x.example>", "Roe <b@x>"]),
        ("", []),
    ],
)  # fmt: skip
def test_people_of_a_cell_are_told_apart(cell: str, names: list[str]) -> None:
    assert people(cell) == names


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no row has the headings of a privilege log"),
        (b"a,b,c\n1,2,3\n", "no row has the headings of a privilege log"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more", "an old or a protected"),
        (b"PK\x03\x04 and nothing more", "no part of it can be found"),
    ],
)
def test_what_is_no_log_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableLogError, match=why):
        read(data)


def test_a_document_of_word_is_no_log() -> None:
    from forthwith.review.privilege.log_files import as_docx

    with pytest.raises(UnreadableLogError, match="it is no workbook"):
        read(as_docx(OURS, Style.DOCUMENT, "Matter", date(2023, 7, 31)))


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(UnreadableLogError):
        read(data)
