"""Read OpenDocument packages and flat files: text, spreadsheets, presentations, drawings.

The scanner is `odf_text`. A package whose manifest says its parts are encrypted is lost.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from functools import partial

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import count, field, iso
from forthwith.formats.office import odf_beside
from forthwith.formats.office.odf_text import OdfScan
from forthwith.formats.office.zip_package import Package
from forthwith.formats.ole import objects as ole_objects

_BASE = "application/vnd.oasis.opendocument."
_KINDS = ("text", "spreadsheet", "presentation", "graphics", "chart", "formula", "text-master")
MEDIA_TYPES = frozenset(
    {_BASE + kind for kind in _KINDS}
    | {_BASE + kind + "-template" for kind in _KINDS}
    | {_BASE + kind + "-flat-xml" for kind in _KINDS}
    | {
        _BASE + "text-web",
        "application/vnd.sun.xml.writer",
        "application/vnd.sun.xml.calc",
        "application/vnd.sun.xml.impress",
    }
)
_META = {
    "meta:initial-creator": fields.AUTHOR, "dc:creator": fields.LAST_AUTHOR,
    "meta:creation-date": fields.CREATED, "dc:date": fields.MODIFIED,
    "meta:print-date": fields.PRINTED, "dc:title": fields.TITLE, "dc:subject": fields.SUBJECT,
    "dc:description": fields.DESCRIPTION, "dc:language": fields.LANGUAGE,
    "meta:generator": fields.APPLICATION, "meta:editing-cycles": fields.REVISION,
}  # fmt: skip
#: A fixed moment, so that a part packed again gives the same bytes each time.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one document. Raises UnreadableError when it is encrypted or holds none."""
    data = whole(source, hint)
    if data.lstrip()[:1] == b"<":
        xml = xmlscan.ready(data)
        start, end = xml.find("<office:meta"), xml.find("</office:meta>")
        meta = xml[start:end] if 0 <= start < end else ""
        return _reading(_scanned([xml]), meta, None, [xml], hint)
    package = Package(data, hint.budget)
    _refuse(package)
    parts = [xmlscan.ready(package.part("content.xml")), _furniture(package)]
    meta = xmlscan.ready(package.part("meta.xml"))
    return _reading(_scanned(parts), meta, package, parts, hint)


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of one embedded object by its step."""
    package = Package(whole(source, hint), hint.budget)
    file = _object(package, step.removeprefix("part:"))
    return file if isinstance(file, Fault) else file.data


def _refuse(package: Package) -> None:
    if b"encryption-data" in package.part("META-INF/manifest.xml"):
        detail = "the document is protected by a password; its parts are encrypted"
        raise UnreadableError(Fault(FaultReason.ENCRYPTED, detail, lost=True))
    if not package.has("content.xml"):
        detail = "the package has no content.xml; no OpenDocument can be read from it"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True))


def _scanned(parts: list[str]) -> OdfScan:
    scan = OdfScan()
    for part in parts:
        if part:
            scan.run(part)
    return scan


def _furniture(package: Package) -> str:
    """Return headers, footers and master pages of styles.xml as one body."""
    xml = xmlscan.ready(package.part("styles.xml"))
    masters = [inner for _, inner in xmlscan.elements(xml, "style:master-page")]
    return f"<office:body>{''.join(masters)}</office:body>" if masters else ""


def _reading(
    scan: OdfScan, meta: str, package: Package | None, content: list[str], hint: Hint
) -> Reading:
    beside = [text for part in content for text in odf_beside.marks(part)]
    beside += [text for part in content for text in odf_beside.pictured(part)]
    scan.links |= dict.fromkeys(link for part in content for link in odf_beside.links(part))
    objects = _objects(package) if package else []
    parts = package.names() if package else []
    absent = [gone for part in content if package for gone in odf_beside.absent(part, parts)]
    macros = any(name.startswith(("Basic/", "Scripts/")) and name[-1] != "/" for name in parts)
    return Reading(
        Kind.EDOC,
        hint.media_type or _BASE + "text",
        text="\n".join(filter(None, (scan.text(), _charts(package), *beside, _custom(meta)))),
        text_method=TextMethod.EXTRACTED,
        fields=(
            *_properties(meta),
            *_hidden(scan),
            *count(fields.EMBEDDED_OBJECTS, len(objects), "odf:manifest.xml"),
            *field(fields.MACROS, "yes" if macros else "", "odf:Basic"),
        ),
        faults=(*(package.faults if package else ()), *absent),
        children=partial(_children, package, objects) if package and objects else None,
        declared=len(objects),
    )


def _properties(meta: str) -> tuple[FieldValue, ...]:
    values: list[FieldValue] = []
    for tag, name in _META.items():
        value = "".join(xmlscan.texts(meta, tag)[:1])
        value = iso(value) if name in fields.INSTANTS else value
        values += field(name, value, f"meta.xml:{tag}")
    values += field(fields.KEYWORDS, xmlscan.texts(meta, "meta:keyword"), "meta.xml:meta:keyword")
    for tag, _ in xmlscan.elements(meta, "meta:document-statistic"):
        pages = xmlscan.attribute(tag, "meta:page-count")
        values += field(fields.PAGES, pages, "meta.xml:meta:page-count")
    for tag, _ in xmlscan.elements(meta, "meta:template"):
        title = xmlscan.attribute(tag, "xlink:title")
        values += field(fields.TEMPLATE, title, "meta.xml:meta:template")
    return tuple(values)


def _hidden(scan: OdfScan) -> tuple[FieldValue, ...]:
    return (
        *field(fields.LINKS, scan.links, "odf:text:a"),
        *count(fields.TRACKED_CHANGES, scan.tracked, "odf:text:changed-region"),
        *count(fields.COMMENTS, scan.comments, "odf:office:annotation"),
        *count(fields.HIDDEN_TEXT, scan.hidden_text, "odf:text:display"),
        *count(fields.HIDDEN_ROWS, scan.hidden_rows, "odf:table:visibility"),
        *count(fields.HIDDEN_COLUMNS, scan.hidden_columns, "odf:table:visibility"),
        *field(fields.HIDDEN_SHEETS, scan.hidden_sheets, "odf:table:display"),
        *field(fields.HIDDEN_SLIDES, scan.hidden_slides, "odf:presentation:visibility"),
        *count(fields.SPEAKER_NOTES, scan.notes, "odf:presentation:notes"),
    )


def _custom(meta: str) -> str:
    lines = []
    for tag, inner in xmlscan.elements(meta, "meta:user-defined"):
        if value := xmlscan.strip(inner).strip():
            lines.append(f"[Custom property {xmlscan.attribute(tag, 'meta:name')}: {value}]")
    return "\n".join(lines)


def _charts(package: Package | None) -> str:
    """Return the words of charts and formulas, which are part of the page."""
    if package is None:
        return ""
    texts = []
    for name in package.names():
        if re.fullmatch(r"[^/]+/content\.xml", name) and _is_part_of_page(package, name):
            scan = OdfScan()
            scan.run(xmlscan.ready(package.part(name)))
            texts.append(scan.text())
    return "\n".join(filter(None, texts))


def _is_part_of_page(package: Package, name: str) -> bool:
    head = package.part(name)
    return b"<office:chart" in head or b"<math" in head[:4096] or b"<math:math" in head


def _objects(package: Package) -> list[str]:
    """Return the embedded objects: folders of sub-documents ("Object 1/") and OLE parts."""
    names = []
    for name in package.names():
        folder, _, inner = name.partition("/")
        if inner == "content.xml" and not _is_part_of_page(package, name):
            names.append(folder + "/")
        elif (not inner and name.startswith("Object ")) or (folder in {"Media", "media"} and inner):
            names.append(name)
    return names


def _object(package: Package, name: str) -> ole_objects.EmbeddedFile | Fault:
    if not name.endswith("/"):
        data = package.load(name)
        if isinstance(data, Fault):
            return data
        return ole_objects.unwrap(data, name.rsplit("/", 1)[-1])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        kind = _declared_type(package, name)
        copy.writestr(zipfile.ZipInfo("mimetype", _EPOCH), kind)
        for member in package.names():
            if member.startswith(name) and not member.endswith("/"):
                data = package.load(member)
                if isinstance(data, Fault):
                    return data
                copy.writestr(zipfile.ZipInfo(member.removeprefix(name), _EPOCH), data)
    return ole_objects.EmbeddedFile(name.rstrip("/"), out.getvalue())


def _declared_type(package: Package, name: str) -> str:
    manifest = xmlscan.ready(package.part("META-INF/manifest.xml"))
    for tag, _ in xmlscan.elements(manifest, "manifest:file-entry"):
        if xmlscan.attribute(tag, "manifest:full-path") == name:
            return xmlscan.attribute(tag, "manifest:media-type")
    return _BASE + "text"


def _children(package: Package, names: list[str]) -> Iterator[Child | Fault]:
    for name in names:
        file = _object(package, name)
        if isinstance(file, Fault):
            yield Fault(file.reason, file.detail, step=f"part:{name}")
        else:
            yield Child(f"part:{name}", file.name, Relation.EMBEDDED, partial(bytes, file.data))
