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
from forthwith.formats.office import ole_objects
from forthwith.formats.office.odf_text import OdfScan
from forthwith.formats.office.zip_package import Package

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
        return _reading(_scanned([xml]), xml[start:end] if 0 <= start < end else "", None, hint)
    package = Package(data, hint.budget)
    _refuse(package)
    parts = [xmlscan.ready(package.part("content.xml")), _furniture(package)]
    meta = xmlscan.ready(package.part("meta.xml"))
    return _reading(_scanned(parts), meta, package, hint)


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of one embedded object by its step."""
    package = Package(whole(source, hint), hint.budget)
    held = _object(package, step.removeprefix("part:"))
    return held if isinstance(held, Fault) else held.data


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
    held = [inner for _, inner in xmlscan.elements(xml, "style:master-page")]
    return f"<office:body>{''.join(held)}</office:body>" if held else ""


def _reading(scan: OdfScan, meta: str, package: Package | None, hint: Hint) -> Reading:
    objects = _objects(package) if package else []
    return Reading(
        Kind.EDOC,
        hint.media_type or _BASE + "text",
        text="\n".join(filter(None, (scan.text(), _charts(package), _custom(meta)))),
        text_method=TextMethod.EXTRACTED,
        fields=(
            *_properties(meta),
            *_hidden(scan),
            *count(fields.EMBEDDED_OBJECTS, len(objects), "odf:manifest.xml"),
            *field(fields.MACROS, "yes" if _has_macros(package) else "", "odf:Basic"),
        ),
        faults=tuple(package.faults) if package else (),
        children=partial(_children, package, objects) if package and objects else None,
        declared=len(objects),
    )


def _properties(meta: str) -> tuple[FieldValue, ...]:
    found: list[FieldValue] = []
    for tag, name in _META.items():
        value = "".join(xmlscan.texts(meta, tag)[:1])
        value = iso(value) if name in fields.INSTANTS else value
        found += field(name, value, f"meta.xml:{tag}")
    found += field(fields.KEYWORDS, xmlscan.texts(meta, "meta:keyword"), "meta.xml:meta:keyword")
    for tag, _ in xmlscan.elements(meta, "meta:document-statistic"):
        pages = xmlscan.attribute(tag, "meta:page-count")
        found += field(fields.PAGES, pages, "meta.xml:meta:page-count")
    for tag, _ in xmlscan.elements(meta, "meta:template"):
        title = xmlscan.attribute(tag, "xlink:title")
        found += field(fields.TEMPLATE, title, "meta.xml:meta:template")
    return tuple(found)


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


def _has_macros(package: Package | None) -> bool:
    names = package.names() if package else []
    return any(name.startswith(("Basic/", "Scripts/")) and name[-1] != "/" for name in names)


def _charts(package: Package | None) -> str:
    """Return the words of charts and formulas, which are part of the page."""
    if package is None:
        return ""
    found = []
    for name in package.names():
        if re.fullmatch(r"[^/]+/content\.xml", name) and _is_part_of_page(package, name):
            scan = OdfScan()
            scan.run(xmlscan.ready(package.part(name)))
            found.append(scan.text())
    return "\n".join(filter(None, found))


def _is_part_of_page(package: Package, name: str) -> bool:
    head = package.part(name)
    return b"<office:chart" in head or b"<math" in head[:4096] or b"<math:math" in head


def _objects(package: Package) -> list[str]:
    """Return the embedded objects: folders of sub-documents ("Object 1/") and OLE parts."""
    found = []
    for name in package.names():
        folder, _, rest = name.partition("/")
        if rest == "content.xml" and not _is_part_of_page(package, name):
            found.append(folder + "/")
        elif (not rest and name.startswith("Object ")) or (folder in {"Media", "media"} and rest):
            found.append(name)
    return found


def _object(package: Package, name: str) -> ole_objects.Embedded | Fault:
    if not name.endswith("/"):
        data = package.load(name)
        if isinstance(data, Fault):
            return data
        return ole_objects.unwrap(data, name.rsplit("/", 1)[-1])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        kind = _declared_type(package, name)
        again.writestr(zipfile.ZipInfo("mimetype", _EPOCH), kind)
        for each in package.names():
            if each.startswith(name) and not each.endswith("/"):
                data = package.load(each)
                if isinstance(data, Fault):
                    return data
                again.writestr(zipfile.ZipInfo(each.removeprefix(name), _EPOCH), data)
    return ole_objects.Embedded(name.rstrip("/"), out.getvalue())


def _declared_type(package: Package, name: str) -> str:
    manifest = xmlscan.ready(package.part("META-INF/manifest.xml"))
    for tag, _ in xmlscan.elements(manifest, "manifest:file-entry"):
        if xmlscan.attribute(tag, "manifest:full-path") == name:
            return xmlscan.attribute(tag, "manifest:media-type")
    return _BASE + "text"


def _held(data: bytes) -> bytes:
    return data


def _children(package: Package, names: list[str]) -> Iterator[Child | Fault]:
    for name in names:
        held = _object(package, name)
        if isinstance(held, Fault):
            yield Fault(held.reason, held.detail, step=f"part:{name}")
        else:
            yield Child(f"part:{name}", held.name, Relation.EMBEDDED, partial(_held, held.data))
