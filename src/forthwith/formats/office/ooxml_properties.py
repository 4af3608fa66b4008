"""Properties of an OOXML package (docProps/core, app and custom) as fields.

Instants of core.xml are UTC when they end in Z, as Office writes them.
"""

from __future__ import annotations

from forthwith.domain import fields
from forthwith.domain.evidence import FieldValue
from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import field, iso
from forthwith.formats.office.zip_package import Package

_CORE = {
    "dc:creator": fields.AUTHOR,
    "cp:lastModifiedBy": fields.LAST_AUTHOR,
    "dcterms:created": fields.CREATED,
    "dcterms:modified": fields.MODIFIED,
    "cp:lastPrinted": fields.PRINTED,
    "dc:title": fields.TITLE,
    "cp:keywords": fields.KEYWORDS,
    "dc:description": fields.DESCRIPTION,
    "cp:category": fields.CATEGORY,
    "cp:revision": fields.REVISION,
    "dc:language": fields.LANGUAGE,
    "dc:subject": fields.SUBJECT,
}
_APP = {
    "Company": fields.COMPANY,
    "Manager": fields.MANAGER,
    "Template": fields.TEMPLATE,
    "Pages": fields.PAGES,
    "Slides": fields.PAGES,
}


def properties(package: Package) -> tuple[FieldValue, ...]:
    """Return what the package says of itself."""
    core = _part(package, "docProps/core.xml", "core-properties")
    app = _part(package, "docProps/app.xml", "extended-properties")
    found = [
        value
        for tag, name in _CORE.items()
        for value in _field(name, _first(core, tag), f"core.xml:{tag}")
    ]
    for tag, name in _APP.items():
        if all(each.name != name for each in found):
            found += field(name, _first(app, tag), f"app.xml:{tag}")
    application = f"{_first(app, 'Application')} {_first(app, 'AppVersion')}"
    return (*found, *field(fields.APPLICATION, application, "app.xml:Application"))


def custom(package: Package) -> str:
    """Return the properties people defined themselves, as lines of text; "" when none."""
    xml = xmlscan.ready(package.part("docProps/custom.xml"))
    lines = []
    for tag, inner in xmlscan.elements(xml, "property"):
        name, value = xmlscan.attribute(tag, "name"), xmlscan.strip(inner).strip()
        if name and value:
            lines.append(f"[Custom property {name}: {value}]")
    return "\n".join(lines)


def _part(package: Package, usual: str, kind: str) -> str:
    """Return the part at its usual place, or where the package's relationships say it is."""
    if package.has(usual):
        return xmlscan.ready(package.part(usual))
    for tag, _ in xmlscan.elements(xmlscan.ready(package.part("_rels/.rels")), "Relationship"):
        if xmlscan.attribute(tag, "Type").endswith(kind):
            return xmlscan.ready(package.part(xmlscan.attribute(tag, "Target").lstrip("/")))
    return ""


def _first(xml: str, tag: str) -> str:
    found = xmlscan.elements(xml, tag)
    return xmlscan.strip(found[0][1]).strip() if found else ""


def _field(name: str, value: str, origin: str) -> tuple[FieldValue, ...]:
    if name in fields.INSTANTS:
        return field(name, iso(value), origin)
    if name in fields.MULTI:
        return field(name, [v.strip() for v in value.replace(";", ",").split(",")], origin)
    return field(name, value, origin)
