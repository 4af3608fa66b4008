"""A row says what the standard asks, by class, and of a withheld document nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.produce.data_file import Entry, File, Row, Rows
from forthwith.produce.numbering import Numbers
from forthwith.produce.order import ProductionOrder
from forthwith.standards.loader import load
from tests.builders.documents import child, document, email, order

STANDARD = load("sec/2021-08")
TEXT = File("TEXT/0001/NG_00000001.TXT", 10, "ab")


def native(name: str = "EML", size: int = 1025) -> File:
    return File(f"NATIVES/0001/NG_00000001.{name}", size, "f" * 64, "d" * 32)


def numbers(**changes: Any) -> Numbers:
    first = order().bates(1)
    given = {"first": first, "last": first, "family_first": first, "family_last": first, **changes}
    return Numbers(**given)


def row(entry: Entry, asked: ProductionOrder | None = None) -> Row:
    return Rows(STANDARD, asked or order()).row(entry)


def cells(made: Document, asked: ProductionOrder | None = None, **changes: Any) -> dict[str, str]:
    """Return the row of `made` by column."""
    entry = Entry(made, changes.pop("numbers", numbers()), TEXT, **changes)
    return dict(zip(STANDARD.header, row(entry, asked).cells, strict=True))


def test_mail_leaves_file_columns_blank() -> None:
    shown = cells(email(fields={fields.AUTHOR: "x", fields.CREATED: "2021-01-01"}), native=native())

    assert shown["FROM"] == "Marisol Ortega <ortega@northgate.example>"
    assert (shown["DATE_SENT"], shown["TIME_SENT/TIME_ZONE"]) == ("03/02/2021", "07:05 PM UTC")
    assert {shown[each] for each in ("AUTHOR", "DATE_CREATED", "PATH", "FILE_NAME")} == {""}


def test_files_leave_mail_columns_blank() -> None:
    made = document(fields={fields.FROM: "x", fields.SENT: "2021-01-01", fields.AUTHOR: "Lee, Wei"})
    shown = cells(made, native=native("TXT"))

    assert (shown["AUTHOR"], shown["FILE_NAME"]) == ("Lee, Wei", "note1.txt")
    assert {shown[each] for each in ("FROM", "DATE_SENT", "TIME_ZONE", "INTFILEPATH")} == {""}


def test_a_day_of_chat_has_the_columns_of_mail_and_of_files() -> None:
    """No standard names chat; a day of it has people, date and channel, and a name and a place."""
    said = {
        fields.FROM: "Per; Wei", fields.TO: "Ana", fields.SUBJECT: "vault",
        fields.SENT: "2022-03-14T09:00:00+00:00",
    }  # fmt: skip
    shown = cells(document(kind=Kind.CHAT, fields=said, name="d.json"), native=native("JSON"))

    assert (shown["FROM"], shown["TO"], shown["SUBJECT"]) == ("Per; Wei", "Ana", "vault")
    assert (shown["DATE_SENT"], shown["TIME_SENT/TIME_ZONE"]) == ("03/14/2022", "09:00 AM UTC")
    assert (shown["TIME_ZONE"], shown["FILE_NAME"]) == ("UTC", "d.json")


def test_an_attached_mail_is_mail_with_its_file_name() -> None:
    made = child(email(1), 2, 1, kind=Kind.EMAIL, fields={fields.FROM: "x"}, name="fw.eml")
    shown = cells(made, native=native(), numbers=numbers(parent=order().bates(9)))

    assert (shown["FROM"], shown["FILE_NAME"]) == ("x", "fw.eml")


def test_an_appointment_delivered_as_a_message_is_mail() -> None:
    shown = cells(document(kind=Kind.CALENDAR), native=native("EML"))

    assert shown["TIME_ZONE"] == "UTC"


def test_family_columns_are_blank_for_one_alone() -> None:
    shown = cells(email(), native=native())

    assert {shown[each] for each in ("ATTACHRANGE", "BEGATTACH", "ENDATTACH", "CHILD_BATES")} == {
        ""
    }


def test_a_parent_names_its_range_and_children() -> None:
    kids = (order().bates(3), order().bates(5))
    shown = cells(
        email(),
        native=native(),
        numbers=numbers(last=order().bates(2), family_last=order().bates(5), children=kids),
    )

    assert shown["ATTACHRANGE"] == "NG_00000001 - NG_00000005"
    assert shown["CHILD_BATES"] == "NG_00000003; NG_00000005"
    assert (shown["PARENT_BATES"], shown["PGCOUNT"]) == ("", "2")


def test_sizes_are_kilobytes_rounded_up_with_a_comma() -> None:
    assert cells(email(), native=native(size=1025))["FILE_SIZE"] == "2"
    assert cells(email(), native=native(size=1024 * 5952))["FILE_SIZE"] == "5,952"


def test_a_header_keeps_a_mark_where_its_lines_broke() -> None:
    assert cells(email(), native=native())["HEADER"].count("®") == 1


def test_other_values_stay_on_one_line_without_a_mark() -> None:
    shown = cells(email(fields={fields.SUBJECT: "Re: wallets\r\n\tand keys"}), native=native())

    assert shown["SUBJECT"] == "Re: wallets and keys"


def test_a_document_without_native_has_no_native_columns() -> None:
    shown = cells(document())
    native_columns = ("LINK", "MD5HASH", "SHA256", "FILE_SIZE", "FILE_EXTEN", "MIME_TYPE")

    assert {shown[each] for each in native_columns} == {""}


def test_custodians_and_paths_are_always_given() -> None:
    shown = cells(document(), native=native("TXT"))

    assert (shown["ALLCUSTODIANS"], shown["ALLPATHS"]) == ("Ortega, Marisol", "Shared/note1.txt")


def test_a_withheld_document_tells_numbers_custodian_and_log_entry_only() -> None:
    shown = cells(email(), withheld="PRIV-7", numbers=numbers(parent=order().bates(9)))
    told = {name for name, value in shown.items() if value}

    assert told <= {
        "FIRSTBATES", "LASTBATES", "ATTACHRANGE", "BEGATTACH", "ENDATTACH", "PARENT_BATES",
        "CUSTODIAN", "PGCOUNT", "OCRPATH", "ALLCUSTODIANS", "PRODVOL", "WITHHELD",
    }  # fmt: skip
    assert shown["WITHHELD"] == "PRIV-7"


def test_a_date_that_is_none_is_left_blank_and_noted() -> None:
    made = row(Entry(email(fields={fields.SENT: "soon"}), numbers(), TEXT, native()))

    assert [note.column for note in made.notes] == ["DATE_SENT"]


def test_an_assumed_zone_is_told() -> None:
    made = row(
        Entry(email(fields={fields.SENT: "2021-01-01T10:00:00"}), numbers(), TEXT, native()),
        order(matter_zone="America/New_York"),
    )

    assert made.assumed_zone
    assert "03:00 PM UTC" in made.cells


@pytest.mark.parametrize("column", STANDARD.columns, ids=lambda column: column.name)
def test_every_column_has_a_cell(column: Any) -> None:
    assert column.name in cells(document())
