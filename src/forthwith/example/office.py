"""Small office files for the example matter, written by hand so that two writes are byte-identical.

Each is a valid package of the parts its format asks for, with fixed times; what a reviewer should
find in them (a tracked change, a comment, a hidden sheet, notes) is given by the caller.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_TYPES = "application/vnd.openxmlformats-officedocument"
#: Members carry no time of their own; the earliest a zip can say.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
#: Marks in the story's text: {-deleted-}, {+inserted+}, {#comment#}.
_MARK = re.compile(r"\{([-+#])(.*?)\1\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Properties:
    """What an office file says of itself."""

    title: str
    author: str
    last_author: str
    #: ISO 8601 in UTC, "2021-03-22T12:00:00Z".
    created: str
    modified: str


def zipped(members: Mapping[str, bytes], when: tuple[int, ...] = _ZIP_TIME) -> bytes:
    """Return a zip of `members` in their order; the same members give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (when[0], when[1], when[2], when[3], when[4], when[5]))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def _package(
    main: str,
    parts: Mapping[str, str],
    types: Mapping[str, str],
    properties: Properties,
    program: str,
) -> bytes:
    """Return the package: content types, relations, properties and the given parts."""
    overrides = {
        **types,
        "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "docProps/app.xml": f"{_TYPES}.extended-properties+xml",
    }
    listed = "".join(
        f'<Override PartName="/{name}" ContentType="{sort}"/>' for name, sort in overrides.items()
    )
    plain = (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )
    root = _relations(
        (f"{_OFFICE}/relationships/officeDocument", main),
        (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        (f"{_OFFICE}/relationships/extended-properties", "docProps/app.xml"),
    )
    app = (
        f'<Properties xmlns="{_OFFICE}/extended-properties">'
        f"<Application>{escape(program)}</Application><Company>Northgate</Company></Properties>"
    )
    ordered = {
        "[Content_Types].xml": plain,
        "_rels/.rels": root,
        **parts,
        "docProps/core.xml": _core(properties),
        "docProps/app.xml": app,
    }
    return zipped({name: (_HEAD + text).encode() for name, text in ordered.items()})


def _relations(*relations: tuple[str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{at}" Type="{sort}" Target="{target}"/>'
        for at, (sort, target) in enumerate(relations, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _core(properties: Properties) -> str:
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(properties.title)}</dc:title><dc:creator>{escape(properties.author)}</dc:creator>"
        f"<cp:lastModifiedBy>{escape(properties.last_author)}</cp:lastModifiedBy>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{properties.created}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{properties.modified}</dcterms:modified>'
        "</cp:coreProperties>"
    )


def docx(text: str, properties: Properties) -> bytes:
    """Return a Word document, one paragraph a line; marks become tracked changes and comments."""
    comments: list[str] = []
    body = "".join(_paragraph(line, properties, comments) for line in text.strip().split("\n"))
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{body}<w:sectPr/></w:body></w:document>'
    parts = {"word/document.xml": document}
    types = {"word/document.xml": f"{_TYPES}.wordprocessingml.document.main+xml"}
    if comments:
        parts["word/comments.xml"] = (
            f'<w:comments xmlns:w="{_WORD}">{"".join(comments)}</w:comments>'
        )
        parts["word/_rels/document.xml.rels"] = _relations(
            (f"{_OFFICE}/relationships/comments", "comments.xml")
        )
        types["word/comments.xml"] = f"{_TYPES}.wordprocessingml.comments+xml"
    return _package("word/document.xml", parts, types, properties, "Microsoft Office Word")


def _paragraph(line: str, properties: Properties, comments: list[str]) -> str:
    pieces, at = [], 0
    who = f'w:author={quoteattr(properties.last_author)} w:date="{properties.modified}"'
    for mark in _MARK.finditer(line):
        pieces.append(_run(line[at : mark.start()]))
        at, words = mark.end(), mark[2]
        if mark[1] == "#":
            number = len(comments)
            said_there = f"<w:p>{_run(words)}</w:p>"
            comments.append(f'<w:comment w:id="{number}" {who}>{said_there}</w:comment>')
            pieces.append(f'<w:r><w:commentReference w:id="{number}"/></w:r>')
        elif mark[1] == "-":
            gone = _run(words).replace("w:t>", "w:delText>").replace("<w:t ", "<w:delText ")
            pieces.append(f'<w:del w:id="9{len(pieces)}" {who}>{gone}</w:del>')
        else:
            pieces.append(f'<w:ins w:id="8{len(pieces)}" {who}>{_run(words)}</w:ins>')
    return f"<w:p>{''.join(pieces)}{_run(line[at:])}</w:p>"


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[str | int | float]]], properties: Properties
) -> bytes:
    """Return a workbook; a sheet whose name begins with "~" is hidden (and loses the mark)."""
    parts, types, listed = {}, {}, []
    types["xl/workbook.xml"] = f"{_TYPES}.spreadsheetml.sheet.main+xml"
    for at, (name, rows) in enumerate(sheets.items(), start=1):
        hidden = ' state="hidden"' if name.startswith("~") else ""
        shown = quoteattr(name.removeprefix("~"))
        listed.append(f'<sheet name={shown} sheetId="{at}"{hidden} r:id="rId{at}"/>')
        parts[f"xl/worksheets/sheet{at}.xml"] = _sheet(rows)
        types[f"xl/worksheets/sheet{at}.xml"] = f"{_TYPES}.spreadsheetml.worksheet+xml"
    book = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}/relationships">'
        f"<sheets>{''.join(listed)}</sheets></workbook>"
    )
    relations = _relations(
        *(
            (f"{_OFFICE}/relationships/worksheet", f"worksheets/sheet{at}.xml")
            for at in range(1, len(sheets) + 1)
        )
    )
    ordered = {"xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": relations, **parts}
    return _package("xl/workbook.xml", ordered, types, properties, "Microsoft Excel")


def _sheet(rows: Sequence[Sequence[str | int | float]]) -> str:
    written = "".join(
        f'<row r="{line}">{"".join(_cell(line, at, value) for at, value in enumerate(row))}</row>'
        for line, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{_SHEET}"><sheetData>{written}</sheetData></worksheet>'


def _cell(row: int, column: int, value: str | float) -> str:
    place = f"{chr(ord('A') + column)}{row}"
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def pptx(slides: Sequence[tuple[str, str, str]], properties: Properties) -> bytes:
    """Return a presentation of (title, text, speaker notes) slides."""
    deck = "ppt/presentation.xml"
    parts: dict[str, str] = {}
    types = {deck: f"{_TYPES}.presentationml.presentation.main+xml"}
    relations = [(f"{_OFFICE}/relationships/slideMaster", "slideMasters/slideMaster1.xml")]
    for at, (title, text, notes) in enumerate(slides, start=1):
        relations.append((f"{_OFFICE}/relationships/slide", f"slides/slide{at}.xml"))
        _add_slide(parts, types, at, (title, text, notes))
    _add_masters(parts, types)
    relations.append((f"{_OFFICE}/relationships/notesMaster", "notesMasters/notesMaster1.xml"))
    listed = "".join(f'<p:sldId id="{255 + at}" r:id="rId{at + 1}"/>' for at in _numbers(slides))
    head = {
        deck: f'<p:presentation {_names()}><p:sldMasterIdLst><p:sldMasterId id="2147483648" '
        f'r:id="rId1"/></p:sldMasterIdLst><p:notesMasterIdLst><p:notesMasterId '
        f'r:id="rId{len(relations)}"/></p:notesMasterIdLst><p:sldIdLst>{listed}</p:sldIdLst>'
        '<p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/>'
        "</p:presentation>",
        "ppt/_rels/presentation.xml.rels": _relations(*relations),
    }
    return _package(deck, {**head, **parts}, types, properties, "Microsoft Office PowerPoint")


def _numbers(slides: Sequence[object]) -> range:
    return range(1, len(slides) + 1)


def _names() -> str:
    return f'xmlns:p="{_SLIDE}" xmlns:a="{_DRAWING}" xmlns:r="{_OFFICE}/relationships"'


def _add_slide(
    parts: dict[str, str], types: dict[str, str], at: int, texts: tuple[str, str, str]
) -> None:
    title, text, notes = texts
    slide, note = f"ppt/slides/slide{at}.xml", f"ppt/notesSlides/notesSlide{at}.xml"
    shapes = _shape(2, "title", title, 274638) + _shape(3, "body", text, 1600200)
    parts[slide] = f"<p:sld {_names()}>{_tree(shapes)}</p:sld>"
    parts[f"ppt/slides/_rels/slide{at}.xml.rels"] = _relations(
        (f"{_OFFICE}/relationships/slideLayout", "../slideLayouts/slideLayout1.xml"),
        (f"{_OFFICE}/relationships/notesSlide", f"../notesSlides/notesSlide{at}.xml"),
    )
    parts[note] = f"<p:notes {_names()}>{_tree(_shape(2, 'body', notes, 4343400))}</p:notes>"
    parts[f"ppt/notesSlides/_rels/notesSlide{at}.xml.rels"] = _relations(
        (f"{_OFFICE}/relationships/notesMaster", "../notesMasters/notesMaster1.xml"),
        (f"{_OFFICE}/relationships/slide", f"../slides/slide{at}.xml"),
    )
    types[slide] = f"{_TYPES}.presentationml.slide+xml"
    types[note] = f"{_TYPES}.presentationml.notesSlide+xml"


def _tree(shapes: str) -> str:
    return (
        '<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/>'
        f"</p:nvGrpSpPr><p:grpSpPr/>{shapes}</p:spTree></p:cSld>"
    )


def _shape(number: int, sort: str, text: str, top: int) -> str:
    lines = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in text.split("\n"))
    place = f'<a:xfrm><a:off x="457200" y="{top}"/><a:ext cx="8229600" cy="1143000"/></a:xfrm>'
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{sort} {number}"/><p:cNvSpPr/>'
        f'<p:nvPr><p:ph type="{sort}"/></p:nvPr></p:nvSpPr><p:spPr>{place}</p:spPr>'
        f"<p:txBody><a:bodyPr/>{lines}</p:txBody></p:sp>"
    )


def _add_masters(parts: dict[str, str], types: dict[str, str]) -> None:
    """Add the layout, masters and theme that every presentation must have."""
    colours = (
        '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" '
        'accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" '
        'folHlink="folHlink"/>'
    )
    layouts = '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst>'
    empty, sort = _tree(""), f"{_OFFICE}/relationships"
    written = {
        "slideMasters/slideMaster1": (
            f"<p:sldMaster {_names()}>{empty}{colours}{layouts}</p:sldMaster>",
            "slideMaster",
            (
                (f"{sort}/slideLayout", "../slideLayouts/slideLayout1.xml"),
                (f"{sort}/theme", "../theme/theme1.xml"),
            ),
        ),
        "slideLayouts/slideLayout1": (
            f"<p:sldLayout {_names()}>{empty}</p:sldLayout>",
            "slideLayout",
            ((f"{sort}/slideMaster", "../slideMasters/slideMaster1.xml"),),
        ),
        "notesMasters/notesMaster1": (
            f"<p:notesMaster {_names()}>{empty}{colours}</p:notesMaster>",
            "notesMaster",
            ((f"{sort}/theme", "../theme/theme2.xml"),),
        ),
    }
    for place, (xml, kind, relations) in written.items():
        folder, name = place.split("/")
        parts[f"ppt/{place}.xml"] = xml
        parts[f"ppt/{folder}/_rels/{name}.xml.rels"] = _relations(*relations)
        types[f"ppt/{place}.xml"] = f"{_TYPES}.presentationml.{kind}+xml"
    for number in (1, 2):
        parts[f"ppt/theme/theme{number}.xml"] = _theme()
        types[f"ppt/theme/theme{number}.xml"] = f"{_TYPES}.theme+xml"


def _theme() -> str:
    slots = "dk1 lt1 dk2 lt2 accent1 accent2 accent3 accent4 accent5 accent6 hlink folHlink".split()  # noqa: SIM905
    shades = ("000000", "FFFFFF", "1F3864", "EEECE1", *("0072B2",) * 8)
    colours = "".join(
        f'<a:{slot}><a:srgbClr val="{shade}"/></a:{slot}>' for slot, shade in zip(slots, shades)
    )
    face = '<a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    line = f'<a:ln w="9525">{fill}</a:ln>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        f'<a:theme xmlns:a="{_DRAWING}" name="Plain"><a:themeElements>'
        f'<a:clrScheme name="Plain">{colours}</a:clrScheme><a:fontScheme name="Plain">'
        f"<a:majorFont>{face}</a:majorFont><a:minorFont>{face}</a:minorFont></a:fontScheme>"
        f'<a:fmtScheme name="Plain"><a:fillStyleLst>{fill * 3}</a:fillStyleLst>'
        f"<a:lnStyleLst>{line * 3}</a:lnStyleLst><a:effectStyleLst>{effect * 3}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
    )
