"""OpenDocument: tracked changes, annotations, hidden sheets, rows and slides."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import FaultReason, Hint, InMemory, Reading
from forthwith.formats.office import odf
from tests.builders import office
from tests.builders.damage import survives

TEXT = (
    '<office:text><text:tracked-changes><text:changed-region text:id="c1"><text:deletion>'
    "<office:change-info><dc:creator>Tom Reyes</dc:creator><dc:date>2023-01-05T10:00:00</dc:date>"
    "</office:change-info><text:p>nine</text:p></text:deletion></text:changed-region>"
    "</text:tracked-changes><text:p>We owe<text:s text:c='2'/><text:change text:change-id='c1'/>"
    "<office:annotation><dc:creator>Ana Lund</dc:creator><dc:date>2023-01-06T10:00:00</dc:date>"
    "<text:p>Really?</text:p></office:annotation>"
    "<text:span text:style-name='T1'>quiet</text:span> one</text:p></office:text>"
)
STYLES = (
    '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
)


def read(data: bytes) -> Reading:
    return odf.read(InMemory(data), Hint())


def test_marks_stand_in_the_text() -> None:
    meta = (
        "<meta:initial-creator>Ana Lund</meta:initial-creator>"
        "<meta:creation-date>2023-01-05T10:00:00</meta:creation-date>"
    )
    reading = read(office.opendocument(TEXT, STYLES, meta=meta))

    assert reading.text == (
        "We owe   one [Deleted by Tom Reyes on 2023-01-05: nine] "
        "[Comment by Ana Lund on 2023-01-06: Really?] [Hidden: quiet]"
    )
    assert reading.value("author") == "Ana Lund"
    assert reading.value("created") == "2023-01-05T10:00:00"
    assert reading.value("tracked_changes") == reading.value("comments") == "1"


def test_hidden_sheets_and_rows_are_named() -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    body = (
        '<office:spreadsheet><table:table table:name="Deep" table:style-name="ta2">'
        f"<table:table-row>{cell.format('a')}{cell.format('b')}</table:table-row>"
        f'<table:table-row table:visibility="collapse">{cell.format("c")}</table:table-row>'
        "</table:table></office:spreadsheet>"
    )
    reading = read(office.opendocument(body, STYLES))

    assert "[Hidden sheet: Deep]\na\tb\n[Hidden row: c]" in reading.text
    assert (reading.value("hidden_sheets"), reading.value("hidden_rows")) == ("Deep", "1")


def test_an_encrypted_document_is_lost() -> None:
    with pytest.raises(UnreadableError) as caught:
        read(office.opendocument(TEXT, manifest="<manifest:encryption-data/>"))

    assert caught.value.fault.reason is FaultReason.ENCRYPTED


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.binary(max_size=6))
def test_damage_is_never_an_exception_of_ours(at: int, noise: bytes) -> None:
    data = office.opendocument(TEXT, STYLES)
    at %= len(data)
    assert survives(read, data[:at] + noise + data[at + len(noise) :])


def test_a_cell_that_shows_nothing_stands_as_what_it_stores() -> None:
    """Programs write values and formulas without the words a person would see."""
    cells = (
        '<table:table-cell office:value-type="float" office:value="600"/>'
        '<table:table-cell table:formula="of:=SUM([.A1])"/>'
        '<table:table-cell office:value-type="float" office:value="1.5"><text:p>1.50</text:p>'
        "</table:table-cell>"
    )
    body = (
        '<office:spreadsheet><table:table table:name="Open"><table:table-row>'
        f"{cells}</table:table-row></table:table></office:spreadsheet>"
    )

    assert odf.read(InMemory(office.opendocument(body)), Hint()).text == (
        "Open\n600\t=SUM([.A1])\t1.50"
    )


def test_words_in_attributes_are_marked() -> None:
    body = (
        '<office:text><office:forms><form:text form:name="client" form:current-value="Ortega"/>'
        '<form:checkbox form:label="asked" form:current-state="checked"/></office:forms><text:p>'
        '<text:conditional-text text:string-value-if-true="kept back">shown</text:conditional-text>'
        '<text:variable-set text:name="rate" text:display="none" office:string-value="0.17"/>'
        '<text:section-source xlink:href="file:///C:/side.odt"/></text:p></office:text>'
    )
    reading = odf.read(InMemory(office.opendocument(body)), Hint())

    assert reading.text.split("\n") == [
        "shown",
        "[Form field client: Ortega]",
        "[Ticked: asked]",
        "[Label of a form field: asked]",
        "[Conditional text: kept back]",
        "[Variable rate: 0.17]",
    ]
    assert reading.value("links") == "file:///C:/side.odt"


def test_what_no_place_of_the_text_shows_is_told() -> None:
    """A deletion nothing refers to, alternative text of a slide's picture, an object left out."""
    body = (
        "<office:text><text:tracked-changes><text:changed-region text:id='c1'><text:deletion>"
        "<office:change-info><dc:creator>Tom Reyes</dc:creator></office:change-info>"
        "<text:p>nine</text:p></text:deletion></text:changed-region></text:tracked-changes>"
        "<text:p>We owe</text:p><draw:frame><draw:object xlink:href='./Object 9'/>"
        "<draw:image xlink:href='./ObjectReplacements/Object 9'/><svg:desc>a ledger</svg:desc>"
        "</draw:frame></office:text>"
    )
    reading = read(office.opendocument(body, ""))

    assert "[Deleted by Tom Reyes: nine]" in reading.text
    assert reading.text.count("a ledger") == 1
    assert "[Alternative text: a ledger]" in reading.text
    assert [(fault.reason, "Object 9" in fault.detail) for fault in reading.faults] == [
        (FaultReason.MISSING, True)
    ]
