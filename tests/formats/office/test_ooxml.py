"""Word, Excel and PowerPoint packages: nothing hidden stays hidden, nothing embedded is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    Child,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Limits,
    Reading,
)
from forthwith.formats.office import ooxml
from tests.builders import office
from tests.builders.damage import survives


def read(data: bytes, budget: Budget | None = None) -> Reading:
    return ooxml.read(InMemory(data), Hint(budget=budget or Budget()))


def run(words: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{words}</w:t></w:r>"


TRACKED = (
    f"<w:p>{run('We owe ')}"
    '<w:ins w:id="1" w:author="Tom Reyes" w:date="2023-01-05T10:00:00Z">' + run("one") + "</w:ins>"
    '<w:del w:id="2" w:author="Tom Reyes" w:date="2023-01-06T10:00:00Z">'
    "<w:r><w:delText>nine</w:delText></w:r></w:del>"
    f"{run(' million')}{run('unless asked', '<w:vanish/>')}"
    '<w:commentReference w:id="0"/></w:p>'
)
COMMENTS = (
    f'<w:comments {office.W}><w:comment w:id="0" w:author="Ana Lund" w:date="2023-01-07T08:00:00Z">'
    "<w:p><w:r><w:t>Really?</w:t></w:r></w:p></w:comment></w:comments>"
)


def test_what_was_deleted_inserted_hidden_and_said_is_in_the_text() -> None:
    data = office.word(
        TRACKED, {"word/comments.xml": COMMENTS}, ("rId9", "comments", "comments.xml")
    )

    reading = read(data)

    assert reading.text.startswith("We owe one million ")
    assert "[Deleted by Tom Reyes on 2023-01-06: nine]" in reading.text
    assert "[Inserted by Tom Reyes on 2023-01-05: one]" in reading.text
    assert "[Hidden: unless asked]" in reading.text
    assert "[Comment by Ana Lund on 2023-01-07: Really?]" in reading.text
    assert [reading.value(n) for n in ("tracked_changes", "comments", "hidden_text")] == [
        "2", "1", "1",
    ]  # fmt: skip


def test_properties_come_with_their_own_zone() -> None:
    reading = read(office.word(TRACKED))

    assert reading.value("author") == "Marisol Ortega"
    assert reading.value("last_author") == "Tom Reyes"
    assert reading.value("created") == "2023-01-05T10:00:00+00:00"
    assert reading.value("printed") == "2023-02-01T09:30:00+00:00"
    assert reading.value("company") == "Northgate"
    assert reading.value("application") == "Microsoft Office Word 16.0000"


def test_an_embedded_file_is_a_child_under_its_own_name() -> None:
    data = office.word(
        "<w:p/>", {"word/embeddings/oleObject1.bin": office.ole_package("ledger.csv", b"a,b\n")}
    )

    reading = read(data)
    (child,) = list(reading.children()) if reading.children else []

    assert reading.declared == 1
    assert isinstance(child, Child)
    assert (child.name, child.load()) == ("ledger.csv", b"a,b\n")
    assert ooxml.open_step(InMemory(data), child.step, Hint()) == b"a,b\n"


def test_a_part_nothing_leads_to_is_a_child() -> None:
    """The application never shows it; whoever put it there may have meant just that."""
    reading = read(office.word("<w:p/>", {"word/stowaway.pdf": b"%PDF-1.4"}))

    (child,) = list(reading.children()) if reading.children else []

    assert isinstance(child, Child)
    assert (child.name, child.load()) == ("stowaway.pdf", b"%PDF-1.4")


def test_external_targets_are_links() -> None:
    link = ("rId8", "hyperlink", "https://drive.example/ledger")

    assert read(office.word("<w:p/>", None, link)).value("links") == "https://drive.example/ledger"


def test_an_unusual_prefix_changes_nothing() -> None:
    data = office.word(TRACKED)
    plain = read(data).text
    parts = {"_rels/.rels": office.rels(("r", "officeDocument", "word/document.xml"))}
    body = f"<w:document {office.W} {office.R}><w:body>{TRACKED}</w:body></w:document>"
    parts["word/document.xml"] = body.replace("w:", "z:").replace("xmlns:w=", "xmlns:z=")

    assert read(office.package(parts)).text == plain


def test_entities_of_a_dtd_stay_as_written() -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    data = office.word(f"<w:p>{run('&b; &amp; &#65;')}</w:p>")
    assert bomb not in read(data).text
    assert read(data).text == "&b; & A"


SHEET = (
    '<cols><col min="3" max="4" hidden="1"/></cols><sheetData>'
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><f>1+1</f><v>2</v></c>'
    '<c r="C1" s="1"><v>45000</v></c></row>'
    '<row r="2" hidden="1"><c r="A2" t="inlineStr"><is><t>secret</t></is></c></row></sheetData>'
)


def test_hidden_sheets_rows_and_columns_are_named_and_read() -> None:
    reading = read(office.workbook({"Open": ("", SHEET), "Deep": ("veryHidden", SHEET)}))

    assert "owed & held\t2\t2023-03-15" in reading.text
    assert "[Hidden row 2: secret]" in reading.text
    assert "[Very hidden sheet: Deep]" in reading.text
    assert "[Hidden columns: C-D]" in reading.text
    assert reading.value("hidden_sheets") == "Deep"
    assert (reading.value("hidden_rows"), reading.value("hidden_columns")) == ("2", "4")


def test_hidden_slides_and_notes_are_read() -> None:
    reading = read(office.slides(("First", True, "say nothing"), ("Second", False, "")))

    assert "[Speaker notes on slide 1: say nothing]" in reading.text
    assert "[Hidden slide 2]\nSecond" in reading.text
    assert reading.value("hidden_slides") == "2"


def test_a_password_is_said_and_lost() -> None:
    with pytest.raises(UnreadableError) as caught:
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))

    assert caught.value.fault.reason is FaultReason.ENCRYPTED
    assert caught.value.fault.lost


def test_a_bomb_stops_at_the_limit() -> None:
    data = office.word("<w:p/>", {"word/embeddings/big.bin": bytes(30_000_000)})
    reading = read(data, Budget(Limits(item_bytes=1_000_000)))
    (fault,) = list(reading.children()) if reading.children else []

    assert isinstance(fault, Fault)
    assert fault.reason is FaultReason.TOO_LARGE


def test_a_package_without_its_directory_is_read_from_its_parts() -> None:
    data = office.word(TRACKED)
    reading = read(data[: data.index(b"PK\x01\x02")])

    assert "We owe one million" in reading.text
    assert FaultReason.TRUNCATED in {fault.reason for fault in reading.faults}


def test_relationships_out_of_place_are_passed_over() -> None:
    stray = office.rels(("r", "oleObject", "https://drive.example/ledger"))

    assert read(office.word("<w:p/>", {"word/stray.rels": stray})).value("links") == ""


SOUND = (
    office.word(TRACKED, {"word/comments.xml": COMMENTS}, ("rId9", "comments", "comments.xml")),
    office.workbook({"Open": ("hidden", SHEET)}),
    office.slides(("First", True, "say nothing"), ("Second", False, "")),
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SOUND), st.integers(0, 5000), st.binary(max_size=6))
def test_damage_is_never_an_exception_of_ours(data: bytes, at: int, noise: bytes) -> None:
    at %= len(data)
    assert survives(read, data[:at] + noise + data[at + len(noise) :])
