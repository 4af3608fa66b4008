"""Office documents written as one XML file: flat packages, Word 2003 and Excel 2003."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.evidence import Child, FaultReason, Hint, InMemory, Reading
from forthwith.formats import readers
from forthwith.formats.ole.objects import compound
from forthwith.formats.sniff import media_type as sniff
from tests.builders import office
from tests.builders.damage import survives

FLAT = "application/vnd.openxmlformats-officedocument.{}-flat-xml"


def read(data: bytes, name: str = "a.xml") -> Reading:
    return readers.read(InMemory(data), Hint(name))


PDF = {"word/embeddings/oleObject1.bin": office.ole_package("side letter.pdf", b"%PDF-1.4 words")}
DOCUMENT = office.word("<w:p><w:r><w:t>We owe</w:t></w:r></w:p>", PDF)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_flat_package_is_a_document_with_its_files_inside(encoding: str) -> None:
    """As text it was markup and base64, and the PDF inside was never seen."""
    data = office.flat(DOCUMENT)
    data = (
        data if encoding == "utf-8" else data.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    )
    reading = read(data)
    (child,) = list(reading.children()) if reading.children else []

    assert reading.media_type == FLAT.format("wordprocessingml.document")
    assert (reading.text, reading.value("author")) == ("We owe", "Marisol Ortega")
    assert isinstance(child, Child)
    assert (child.name, child.load()) == ("side letter.pdf", b"%PDF-1.4 words")
    assert readers.open_step(InMemory(data), child.step, Hint("a.xml")) == child.load()


def test_a_flat_show_is_told_from_a_flat_document() -> None:
    data = office.flat(office.slides(("Only slide", True, "")), "PowerPoint.Show")

    assert read(data).media_type == FLAT.format("presentationml.presentation")
    assert read(data).text == "Only slide"


def test_other_prefixes_and_no_program_are_the_same() -> None:
    data = office.flat(DOCUMENT).replace(b"pkg:", b"z:").replace(b"xmlns:pkg", b"xmlns:z")
    start = data.index(b"<z:package")

    assert read(data[start:]).text == "We owe"


def test_xml_that_only_names_office_stays_xml() -> None:
    other = b'<?xml version="1.0"?><note about="urn:schemas-microsoft-com:office:spreadsheet"/>'

    assert sniff.media_type(InMemory(other), "a.xml") == "text/xml"


OBJECT = zlib.compress(office.ole_package("ledger.csv", b"a,b\n"))
STORED = compound({("_1523270608",): len(OBJECT).to_bytes(4, "little") + OBJECT})
BINARY = base64.encodebytes(b"ActiveMime" + bytes(0x28) + zlib.compress(STORED)).decode()
WORD = (
    '<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument '
    'xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" '
    'xmlns:aml="http://schemas.microsoft.com/aml/2001/core" '
    'xmlns:o="urn:schemas-microsoft-com:office:office"><o:DocumentProperties>'
    "<o:Author>Ana Lund</o:Author></o:DocumentProperties><w:docOleData>"
    f'<w:binData w:name="oledata.mso">{BINARY}</w:binData></w:docOleData><w:body><w:p><w:r><w:t>We '
    'owe </w:t></w:r><aml:annotation aml:id="0" w:type="Word.Insertion" aml:author="Tom Reyes" '
    'aml:createdate="2016-04-27T13:55:00Z"><aml:content><w:r><w:t>one</w:t></w:r></aml:content>'
    '</aml:annotation><aml:annotation aml:id="1" w:type="Word.Deletion" aml:author="Tom Reyes" '
    'aml:createdate="2016-04-27T13:55:00Z"><aml:content><w:r><w:delText>nine</w:delText></w:r>'
    '</aml:content></aml:annotation><w:r><aml:annotation aml:id="2" w:type="Word.Comment" '
    'aml:author="Ana Lund" aml:createdate="2016-04-28T13:55:00Z"><aml:content><w:p><w:r><w:t>'
    "Really?</w:t></w:r></w:p></aml:content></aml:annotation></w:r></w:p></w:body></w:wordDocument>"
).encode()


def test_word_2003_is_read_with_what_was_changed_and_said() -> None:
    reading = read(WORD)
    (child,) = list(reading.children()) if reading.children else []

    assert reading.media_type == "application/vnd.ms-wordml"
    assert reading.text == (
        "We owe one [Inserted by Tom Reyes on 2016-04-27: one] "
        "[Deleted by Tom Reyes on 2016-04-27: nine] [Comment by Ana Lund on 2016-04-28: Really?]"
    )
    assert [reading.value(n) for n in ("author", "tracked_changes", "comments")] == [
        "Ana Lund", "2", "1",
    ]  # fmt: skip
    assert isinstance(child, Child)
    assert (child.name, child.load()) == ("ledger.csv", b"a,b\n")


EXCEL = (
    b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel" '
    b'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><DocumentProperties '
    b'xmlns="urn:schemas-microsoft-com:office:office"><Author>Ana Lund</Author>'
    b"</DocumentProperties>"
    b'<Names><NamedRange ss:Name="rate" ss:RefersTo="=0.17" ss:Hidden="1"/></Names>'
    b'<Worksheet ss:Name="Deep"><Table><Row><Cell><Data ss:Type="String">owed</Data>'
    b'<Comment ss:Author="Tom"><ss:Data>why</ss:Data></Comment></Cell><Cell ss:Formula="=RC[1]"/>'
    b'<Cell><Data ss:Type="DateTime">2023-01-05T00:00:00.000</Data></Cell></Row>'
    b'<Row ss:Hidden="1" ss:Index="4"><Cell><Data ss:Type="Number">1.1000000000000001</Data></Cell>'
    b'</Row></Table><WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel">'
    b"<Visible>SheetHidden</Visible></WorksheetOptions><DataValidation "
    b'xmlns="urn:schemas-microsoft-com:office:excel"><Range>R1C1</Range><Type>List</Type>'
    b"<Value>&quot;Open,Closed&quot;</Value></DataValidation></Worksheet></Workbook>"
)


def test_excel_2003_is_read_with_what_is_hidden() -> None:
    reading = read(EXCEL)

    assert reading.media_type == "application/vnd.ms-spreadsheetml"
    assert reading.text.split("\n") == [
        "[Hidden sheet: Deep]",
        "owed\t=RC[1]\t2023-01-05",
        "[Hidden row 4: 1.1]",
        "[Comment by Tom: why]",
        '[Validation: R1C1; "Open,Closed"]',
        "[Hidden defined name rate: =0.17]",
    ]
    assert (reading.value("hidden_sheets"), reading.value("author")) == ("Deep", "Ana Lund")


def test_a_file_cut_short_says_so() -> None:
    for data in (EXCEL, office.flat(office.word("<w:p/>"))):
        (fault,) = read(data[:-40]).faults

        assert fault.reason is FaultReason.TRUNCATED


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from((WORD, EXCEL, office.flat(DOCUMENT))),
    st.integers(0, 9000),
    st.binary(max_size=6),
)
def test_damage_is_never_an_exception_of_ours(data: bytes, at: int, noise: bytes) -> None:
    at %= len(data)
    assert survives(read, data[:at] + noise + data[at + len(noise) :])
