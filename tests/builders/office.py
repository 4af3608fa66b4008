"""Sound office packages in memory, to break one part of."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip of the parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as held:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            held.writestr(info, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def rels(*links: tuple[str, str, str]) -> str:
    """A relationships part of (id, kind, target); targets with "://" are external."""
    tags = "".join(
        f'<Relationship Id="{key}" Type="{_TYPE}{kind}" Target="{target}"'
        + (' TargetMode="External"' if "://" in target else "")
        + "/>"
        for key, kind, target in links
    )
    return f'<Relationships xmlns="{_RELS}">{tags}</Relationships>'


CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/"><dc:creator>Marisol Ortega</dc:creator>'
    "<cp:lastModifiedBy>Tom Reyes</cp:lastModifiedBy><dc:title>Reserves</dc:title>"
    "<dcterms:created>2023-01-05T10:00:00Z</dcterms:created>"
    "<cp:lastPrinted>2023-02-01T09:30:00Z</cp:lastPrinted></cp:coreProperties>"
)
APP = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>Microsoft Office Word</Application><AppVersion>16.0000</AppVersion>"
    "<Company>Northgate</Company><Pages>2</Pages></Properties>"
)


def word(
    body: str, extra: Mapping[str, str | bytes] | None = None, *links: tuple[str, str, str]
) -> bytes:
    """A docx with this body XML."""
    return package(
        {
            "_rels/.rels": rels(("rId1", "officeDocument", "word/document.xml")),
            "word/document.xml": f"<w:document {W} {R}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": rels(*links),
            "docProps/core.xml": CORE,
            "docProps/app.xml": APP,
            **(extra or {}),
        }
    )


def workbook(
    sheets: Mapping[str, tuple[str, str]],
    extra: Mapping[str, str | bytes] | None = None,
    *beside: tuple[str, str, str],
    tail: str = "",
) -> bytes:
    """An xlsx of name → (state, sheet XML); `tail` stands after the list of sheets."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    tags, links, parts = "", [], {}
    for index, (name, (state, xml)) in enumerate(sheets.items(), start=1):
        shown = f' state="{state}"' if state else ""
        tags += f'<sheet name="{name}" sheetId="{index}"{shown} r:id="rId{index}"/>'
        links.append((f"rId{index}", "worksheet", f"worksheets/sheet{index}.xml"))
        parts[f"xl/worksheets/sheet{index}.xml"] = f'<worksheet xmlns="{main}">{xml}</worksheet>'
    links += beside
    links += [("s1", "sharedStrings", "sharedStrings.xml"), ("s2", "styles", "styles.xml")]
    return package(
        {
            "_rels/.rels": rels(("rId1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{main}" {R}><sheets>{tags}</sheets>{tail}'
            "</workbook>",
            "xl/_rels/workbook.xml.rels": rels(*links),
            "xl/sharedStrings.xml": f'<sst xmlns="{main}"><si><t>owed &amp; held</t></si></sst>',
            "xl/styles.xml": f'<styleSheet xmlns="{main}"><numFmts count="1">'
            '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts><cellXfs count="2">'
            '<xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>',
            **parts,
            **(extra or {}),
        }
    )


def flat(package: bytes, progid: str = "Word.Document") -> bytes:
    """The same package as one XML file, as Word writes it."""
    parts = ""
    with zipfile.ZipFile(io.BytesIO(package)) as members:
        for name in members.namelist():
            data = members.read(name)
            if name.endswith((".xml", ".rels")):
                inner = f"<pkg:xmlData>{data.decode()}</pkg:xmlData>"
            else:
                inner = f"<pkg:binaryData>{base64.encodebytes(data).decode()}</pkg:binaryData>"
            parts += f'<pkg:part pkg:name="/{name}" pkg:contentType="text/xml">{inner}</pkg:part>'
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<?mso-application progid="{progid}"?>\n<pkg:package xmlns:pkg='
        f'"http://schemas.microsoft.com/office/2006/xmlPackage">{parts}</pkg:package>'
    ).encode()


def slides(*texts: tuple[str, bool, str]) -> bytes:
    """A pptx of (words, shown, speaker notes)."""
    names = (
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ' + R
    )
    order, links, parts = "", [], {}
    for index, (words, shown, notes) in enumerate(texts, start=1):
        order += f'<p:sldId id="{255 + index}" r:id="rId{index}"/>'
        links.append((f"rId{index}", "slide", f"slides/slide{index}.xml"))
        shape = "<p:sp><p:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>"
        show = "" if shown else ' show="0"'
        parts[f"ppt/slides/slide{index}.xml"] = (
            f"<p:sld {names}{show}>{shape.format(words)}</p:sld>"
        )
        if notes:
            parts[f"ppt/slides/_rels/slide{index}.xml.rels"] = rels(
                ("rId1", "notesSlide", f"../notesSlides/notesSlide{index}.xml")
            )
            parts[f"ppt/notesSlides/notesSlide{index}.xml"] = (
                f"<p:notes {names}>{shape.format(notes)}</p:notes>"
            )
    return package(
        {
            "_rels/.rels": rels(("rId1", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f"<p:presentation {names}><p:sldIdLst>{order}</p:sldIdLst>"
            "</p:presentation>",
            "ppt/_rels/presentation.xml.rels": rels(*links),
            **parts,
        }
    )


def ole_package(name: str, data: bytes) -> bytes:
    """An OLE file with a Packager object, as office files embed any file."""
    from forthwith.formats.ole.objects import compound

    path = f"C:\\files\\{name}".encode("cp1252") + b"\0"
    body = b"\2\0" + name.encode("cp1252") + b"\0" + path + b"\0\0\3\0"
    body += len(path).to_bytes(4, "little") + path + len(data).to_bytes(4, "little") + data
    return compound({("\x01Ole10Native",): len(body).to_bytes(4, "little") + body})


def opendocument(body: str, styles: str = "", manifest: str = "", meta: str = "") -> bytes:
    """An OpenDocument package with this office:body content."""
    base = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = " ".join(
        f'xmlns:{prefix}="{base}{name}:1.0"'
        for prefix, name in (
            ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
            ("style", "style"), ("meta", "meta"), ("presentation", "presentation"),
        )
    )  # fmt: skip
    spaces += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body>{body}</office:body></office:document-content>"
    )
    return package(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            "meta.xml": f"<office:document-meta {spaces}><office:meta>{meta}</office:meta>"
            "</office:document-meta>",
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
        }
    )
