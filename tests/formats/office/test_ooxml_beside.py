"""Words and data outside the main stream of a package: read in marks, or counted in a fault."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest

from forthwith.domain.evidence import Child, Fault, FaultReason, Hint, InMemory, Reading
from forthwith.formats.office import ooxml
from tests.builders import office

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ' + office.R
V = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'


def read(data: bytes) -> Reading:
    return ooxml.read(InMemory(data), Hint())


def iter_children(data: bytes) -> list[Child | Fault]:
    reading = read(data)
    return list(reading.children()) if reading.children else []


def sheet(cells: str, tail: str = "") -> dict[str, tuple[str, str]]:
    return {"Open": ("", f'<sheetData><row r="1">{cells}</row></sheetData>{tail}')}


def text(cells: str, tail: str = "") -> str:
    return read(office.workbook(sheet(cells, tail))).text


SHARED = (
    '<c r="A1"><f t="shared" si="0" ref="A1:B1">B9</f><v>1</v></c>'
    '<c r="B1"><f t="shared" si="0"/></c>'
)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="A1"><f>SUM(B2:B9)</f><v/></c>', "=SUM(B2:B9)"),
        ('<c r="A1"><f>B1&amp;"x"</f></c>', '=B1&"x"'),
        ('<c r="A1" t="str"><f>"kept"</f></c>', '="kept"'),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="A1" t="str"><f>""</f><v></v></c>', ""),
        (SHARED, "1\t[As A1: =B9]"),
    ],
)  # fmt: skip
def test_a_formula_stands_where_no_value_is_stored(cell: str, shown: str) -> None:
    """Workbooks written by programs have no values until Excel opens them."""
    assert text(cell) == f"Open\n{shown}\n[Strings no cell uses: owed & held]".replace("\n\n", "\n")


def test_a_pivot_cache_keeps_the_rows_of_a_sheet_that_is_gone() -> None:
    cache = (
        f'<pivotCacheDefinition {MAIN} r:id="r1"><cacheSource type="worksheet"><worksheetSource '
        'ref="A1:B3" sheet="Ledger 2022"/></cacheSource><cacheFields><cacheField name="Client">'
        '<sharedItems><s v="Ortega"/><s v="Lund"/></sharedItems></cacheField>'
        '<cacheField name="Owed"><sharedItems/></cacheField></cacheFields></pivotCacheDefinition>'
    )
    records = f'<pivotCacheRecords {MAIN}><r><x v="0"/><n v="900"/></r></pivotCacheRecords>'
    parts = {
        "xl/pivotCache/pivotCacheDefinition1.xml": cache,
        "xl/pivotCache/pivotCacheRecords1.xml": records,
        "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": office.rels(
            ("r1", "pivotCacheRecords", "pivotCacheRecords1.xml")
        ),
    }
    link = ("p1", "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml")

    assert (
        "[Pivot cache at Ledger 2022!A1:B3: Client\tOwed\nOrtega\t900\n"
        "Items of Client in no record: Lund]"
    ) in read(office.workbook(sheet(""), parts, link)).text


def test_cells_kept_of_another_workbook_are_read() -> None:
    part = (
        f'<externalLink {MAIN}><externalBook r:id="r1"><sheetNames><sheetName val="July"/>'
        '</sheetNames><sheetDataSet><sheetData sheetId="0"><row r="9"><cell r="H9"><v>600</v>'
        "</cell></row></sheetData></sheetDataSet></externalBook></externalLink>"
    )
    parts = {
        "xl/externalLinks/externalLink1.xml": part,
        "xl/externalLinks/_rels/externalLink1.xml.rels": office.rels(
            ("r1", "externalLinkPath", "file://fs01/tally.xlsx")
        ),
    }
    link = ("e1", "externalLink", "externalLinks/externalLink1.xml")
    reading = read(office.workbook(sheet(""), parts, link))

    assert "[Kept of the linked file file://fs01/tally.xlsx: Sheet July\nH9\t600]" in reading.text
    assert reading.value("links") == "file://fs01/tally.xlsx"


def test_names_connections_and_queries_are_read() -> None:
    names = (
        '<definedNames><definedName name="rate" hidden="1">"0.17"</definedName>'
        '<definedName name="_xlnm._FilterDatabase" hidden="1">Open!$A$1</definedName>'
        "</definedNames>"
    )
    connection = (
        f'<connections {MAIN}><connection id="1" name="ledger"><dbPr connection="DSN=ledger" '
        'command="select * from clients"/></connection></connections>'
    )
    section = office.package({"Formulas/Section1.m": 'let x = Csv.Document("//fs01/owed.csv")'})
    queries = base64.b64encode(bytes(4) + len(section).to_bytes(4, "little") + section).decode()
    mashup = f'<DataMashup xmlns="http://schemas.microsoft.com/DataMashup">{queries}</DataMashup>'
    parts = {"xl/connections.xml": connection, "customXml/item1.xml": mashup.encode("utf-16")}
    link = ("c1", "connections", "connections.xml")
    got = read(office.workbook(sheet(""), parts, link, tail=names)).text

    assert '[Hidden defined name rate: "0.17"]' in got
    assert "_FilterDatabase" not in got
    assert "[Data connection ledger: DSN=ledger\nselect * from clients]" in got
    assert '[Queries of the workbook: let x = Csv.Document("//fs01/owed.csv")]' in got


def test_what_cells_are_told_is_read() -> None:
    """Choices, prompts and scenarios are words no cell shows."""
    tail = (
        '<scenarios><scenario name="Worst" user="Tom Reyes"><inputCells r="B1" val="0"/></scenario>'
        '</scenarios><dataValidations><dataValidation type="list" sqref="A1" prompt="Pick one">'
        '<formula1>"Open,Closed"</formula1></dataValidation></dataValidations>'
        '<extLst><x14:dataValidation type="list"><x14:formula1><xm:f>Deep!A1:A9</xm:f>'
        "</x14:formula1><xm:sqref>B1</xm:sqref></x14:dataValidation></extLst>"
        "<headerFooter><oddFooter>&amp;LDraft</oddFooter></headerFooter>"
    )
    got = text("", tail)

    assert '[Validation at A1: choices "Open,Closed"; Pick one]' in got
    assert "[Validation at B1: choices Deep!A1:A9]" in got
    assert "[Scenario Worst by Tom Reyes: B1 = 0]" in got
    assert "&LDraft" in got


def test_a_sheet_without_its_part_and_a_data_model_are_told() -> None:
    data = office.workbook(
        sheet(""),
        {"xl/model/item.data": b"x"},
        ("m1", "powerPivotData", "model/item.data"),
        tail="",
    )
    gone = data.replace(b"worksheets/sheet1.xml", b"worksheets/sheet9.xml")
    reasons = {fault.reason for fault in read(data).faults}

    assert reasons == {FaultReason.UNSUPPORTED}
    assert FaultReason.MISSING in {fault.reason for fault in read(gone).faults}


DROP_DOWN = (
    '<w:p><w:r><w:t>Class: </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"><w:ffData>'
    '<w:name w:val="d1"/><w:ddList><w:result w:val="1"/><w:listEntry w:val="Retail"/>'
    '<w:listEntry w:val="Custody"/></w:ddList></w:ffData></w:fldChar></w:r><w:r><w:instrText>'
    ' FORMDROPDOWN </w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
)
CHECK_BOXES = "".join(
    f'<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/>{on}'
    "</w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:t>asked</w:t></w:r></w:p>"
    for on in ("<w:checked/>", "")
)


def test_what_a_form_field_shows_is_in_the_flow() -> None:
    """Word draws the chosen item and the box itself: no run of the document holds them."""
    reading = read(office.word(DROP_DOWN + CHECK_BOXES))

    assert reading.text == "Class: Custody [Choices: Retail; Custody]\n\u2612asked\n\u2610asked"


def test_word_art_is_words_of_the_page() -> None:
    pict = f'<w:p><w:r><w:pict {V}><v:shape><v:textpath string="CONFIDENTIAL"/></v:shape></w:pict>'
    header = f"<w:hdr {office.W}>{pict}</w:r></w:p></w:hdr>"
    drawn = (
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing/></mc:Choice><mc:Fallback><w:pict>"
        '<v:shape><v:textpath string="Only here"/></v:shape></w:pict></mc:Fallback>'
        "</mc:AlternateContent><mc:AlternateContent><mc:Choice><w:t>Once</w:t></mc:Choice>"
        "<mc:Fallback><w:t>Once</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    data = office.word(drawn, {"word/header1.xml": header}, ("h1", "header", "header1.xml"))

    assert read(data).text == "Only hereOnce\nCONFIDENTIAL"


def test_a_fallback_that_says_something_else_is_marked() -> None:
    """A program that does not know what the choice requires shows the fallback."""
    drawn = (
        '<w:p><w:r><mc:AlternateContent><mc:Choice Requires="zz"><w:t>Pay nine</w:t></mc:Choice>'
        "<mc:Fallback><w:t>Pay ten</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )

    assert read(office.word(drawn)).text == "Pay nine [For older programs: Pay ten]"


def test_what_is_said_of_pictures_and_controls_is_marked() -> None:
    body = (
        '<w:p><w:r><w:drawing><wp:docPr id="1" name="Picture 1" descr="The ledger"/>'
        '<pic:cNvPr id="0" name="x" descr="The ledger"/></w:drawing></w:r></w:p>'
        '<w:sdt><w:sdtPr><w:alias w:val="Class"/><w:dropDownList><w:listItem w:displayText="A"/>'
        '<w:listItem w:value="B"/></w:dropDownList></w:sdtPr><w:sdtContent><w:p><w:r><w:t>B</w:t>'
        "</w:r></w:p></w:sdtContent></w:sdt>"
    )

    assert read(office.word(body)).text.strip().split("\n") == [
        "[Alternative text: The ledger]",
        "B",
        "[Choices of Class: A; B]",
    ]


def test_instructions_of_fields_are_marked_and_their_files_are_links() -> None:
    """The branch of an IF that is not shown is in the file; so is the path of a linked file."""
    field = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    body = (
        f'<w:p>{field.format("begin")}<w:r><w:instrText>IF 1 = 1 "shown" "kept back"'
        f"</w:instrText></w:r>{field.format('separate')}<w:r><w:t>shown</w:t></w:r>"
        f"{field.format('end')}</w:p>"
        '<w:p><w:fldSimple w:instr="INCLUDETEXT C:\\\\deals\\\\side.docx"/></w:p>'
        f"<w:p>{field.format('begin')}<w:r><w:instrText> PAGE </w:instrText></w:r>"
        f"{field.format('end')}</w:p>"
    )
    reading = read(office.word(body))

    assert 'shown [Field: IF 1 = 1 "shown" "kept back"]' in reading.text
    assert "PAGE" not in reading.text
    assert reading.value("links") == r"C:\\deals\\side.docx"


def test_variables_mail_merge_and_custom_data_are_marked() -> None:
    settings = (
        f'<w:settings {office.W}><w:docVars><w:docVar w:name="v" w:val="side letter"/></w:docVars>'
        '<w:mailMerge><w:query w:val="SELECT * FROM clients"/></w:mailMerge></w:settings>'
    )
    parts = {
        "word/settings.xml": settings,
        "customXml/item1.xml": '<root xmlns="urn:x"><secret of="Ortega">cold key</secret></root>',
        "customXml/item2.xml": "<ct:contentTypeSchema><a>no</a></ct:contentTypeSchema>",
        "word/extra.xml": "<x:notes><x:n>said aside</x:n></x:notes>",
    }
    links = (("s1", "settings", "settings.xml"), ("x1", "unheardOf", "extra.xml"))

    assert read(office.word("<w:p/>", parts, *links)).text.strip().split("\n") == [
        "[Document variable v: side letter]",
        "[Mail merge: SELECT * FROM clients]",
        "[Custom XML: Ortega",
        "cold key]",
        "[Part word/extra.xml: said aside]",
    ]


PAGE = b"<html><body>Words of the <b>page</b></body></html>"
ARCHIVE = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
    b'--b\r\nContent-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    + base64.b64encode(PAGE)
    + b"\r\n--b\r\nContent-Type: image/png\r\nContent-Location: file:///C:/dot.png\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\niVBO\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("name", "data", "children"),
    [
        ("a.html", PAGE, []),
        ("a.bin", PAGE.decode().encode("utf-16"), []),
        ("a.htm", b"Words of the <b>page</b>", []),
        ("a.mht", ARCHIVE, ["part:word/a.mht!part:2"]),
        ("a.txt", b"Words of the page", []),
        ("a.rtf", b"{\\rtf1\\ansi Words of the page\\par}", ["part:word/a.rtf"]),
        ("a.docx", office.word("<w:p><w:r><w:t>Words of the page</w:t></w:r></w:p>"),
         ["part:word/a.docx"]),
    ],
)  # fmt: skip
def test_a_part_in_another_format_is_words_of_the_document(
    name: str, data: bytes, children: list[str]
) -> None:
    """Word takes the part in when it opens the file; only then is it in the document itself."""
    body = '<w:p><w:r><w:t>Before</w:t></w:r></w:p><w:altChunk r:id="a1"/><w:p><w:r><w:t>After'
    whole = office.word(
        body + "</w:t></w:r></w:p>", {f"word/{name}": data}, ("a1", "aFChunk", name)
    )
    reading = read(whole)
    found = list(reading.children()) if reading.children else []

    assert [line.strip() for line in reading.text.split("\n") if line.strip()] == [
        "Before", "Words of the page", "After",
    ]  # fmt: skip
    assert [child.step for child in found] == children
    assert reading.declared == len(children)
    assert all(
        isinstance(child, Child)
        and ooxml.open_step(InMemory(whole), child.step, Hint()) == child.load()
        for child in found
    )


def test_a_document_that_takes_itself_in_ends() -> None:
    nested = office.word(
        '<w:altChunk r:id="a1"/>', {"word/a.html": PAGE}, ("a1", "aFChunk", "a.html")
    )
    for _ in range(16):
        link = ("a1", "aFChunk", "a.docx")
        nested = office.word('<w:altChunk r:id="a1"/>', {"word/a.docx": nested}, link)

    assert [child.step for child in iter_children(nested)] == ["part:word/a.docx"]


def test_content_that_is_named_and_absent_is_told() -> None:
    link = ("o1", "oleObject", "embeddings/oleObject1.bin")
    (fault,) = read(office.word("<w:p/>", None, link)).faults

    assert fault.reason is FaultReason.MISSING
    assert "word/embeddings/oleObject1.bin" in fault.detail


def test_slides_the_show_does_not_list_tags_and_alternative_text_are_read() -> None:
    show = (
        '<p:presentation xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        f'{office.R}><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>'
    )
    picture = (
        '<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:pic>'
        '<p:nvPicPr><p:cNvPr id="9" name="v" descr="Vault door"/></p:nvPicPr></p:pic></p:sld>'
    )
    parts = {
        "_rels/.rels": office.rels(("rId1", "officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": show,
        "ppt/_rels/presentation.xml.rels": office.rels(
            ("rId1", "slide", "slides/slide1.xml"),
            ("rId2", "slide", "slides/slide2.xml"),
            ("rId3", "tags", "tags/tag1.xml"),
        ),
        "ppt/slides/slide1.xml": picture,
        "ppt/slides/slide2.xml": picture.replace("Vault door", "Key"),
        "ppt/tags/tag1.xml": '<p:tagLst><p:tag name="CLIENT" val="Ortega"/></p:tagLst>',
    }

    assert read(office.package(parts)).text.split("\n") == [
        "[Alternative text: Vault door]",
        "[Slide that the show does not list: slide2.xml]",
        "[Alternative text: Key]",
        "[Tag CLIENT: Ortega]",
    ]


def test_an_embedded_object_without_data_is_told() -> None:
    reading = read(office.word("<w:p/>", {"word/embeddings/oleObject1.bin": b""}))
    (fault,) = list(reading.children()) if reading.children else []

    assert isinstance(fault, Fault)
    assert fault.reason is FaultReason.MISSING


def test_controls_say_their_values_or_are_counted() -> None:
    bag = (
        '<ax:ocx ax:persistence="persistPropertyBag"><ax:ocxPr ax:name="Caption" '
        'ax:value="I agree"/><ax:ocxPr ax:name="Size" ax:value="2143"/></ax:ocx>'
    )
    parts = {"word/activeX/activeX1.xml": bag, "word/activeX/activeX2.bin": b"x"}
    links = (
        ("a1", "control", "activeX/activeX1.xml"),
        ("a2", "activeXControlBinary", "activeX/activeX2.bin"),
    )
    reading = read(office.word("<w:p/>", parts, *links))
    (fault,) = reading.faults

    assert "[Form control: Caption I agree]" in reading.text
    assert (fault.reason, fault.detail[:17]) == (FaultReason.UNSUPPORTED, "1 form control(s)")


def test_a_part_that_is_no_text_stays_a_child() -> None:
    body, parts = '<w:altChunk r:id="a1"/>', {"word/a.pdf": b"%PDF-1.4\n%\xe2\xe3 words"}
    reading = read(office.word(body, parts, ("a1", "aFChunk", "a.pdf")))

    assert reading.text.strip() == ""
    assert [child.step for child in iter_children(office.word(body, parts))] == ["part:word/a.pdf"]
    assert reading.declared == 1


def test_a_part_that_stops_before_its_root_ends_is_told() -> None:
    """The zip is whole and its checksum right: the program wrote half of the document."""
    whole = office.word("<w:p><w:r><w:t>We owe one million</w:t></w:r></w:p>")
    with zipfile.ZipFile(io.BytesIO(whole)) as members:
        parts = {name: members.read(name) for name in members.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"].partition(b" million")[0]
    reading = read(office.package(parts))
    (fault,) = reading.faults

    assert reading.text == "We owe one"
    assert fault.reason is FaultReason.TRUNCATED
    assert "word/document.xml is cut before its end" in fault.detail
    assert not read(whole).faults


@pytest.mark.parametrize("kind", ["image", "audio", "video"])
def test_a_picture_or_film_that_is_not_there_is_told(kind: str) -> None:
    body = "<w:p><w:r><w:t>Look</w:t></w:r></w:p>"
    (fault,) = read(office.word(body, {}, ("p1", kind, "media/gone.bin"))).faults

    assert (fault.reason, "word/media/gone.bin" in fault.detail) == (FaultReason.MISSING, True)
    assert not read(office.word(body, {}, ("p1", kind, "NULL"))).faults, "never put in"


def test_a_sheet_that_is_nowhere_is_told_and_not_marked() -> None:
    data = office.workbook({"Open": ("", "<sheetData/>")}, None, ("s9", "worksheet", "gone.xml"))
    reading = read(data)

    assert "does not list" not in reading.text
    assert [fault.reason for fault in reading.faults] == [FaultReason.MISSING]
