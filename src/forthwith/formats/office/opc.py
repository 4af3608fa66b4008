"""Open Packaging Conventions: relationships between parts, embedded objects, links, properties.

Shared by the OOXML reader and the xlsb adapter (ECMA-376-2, clauses 6.5 and 8). Instants of
core.xml are UTC when they end in Z, as Office writes them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import partial
from urllib.parse import quote, unquote

from forthwith.domain import fields
from forthwith.domain.evidence import Child, Fault, FaultReason, FieldValue, Relation
from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import count, field, iso, mark
from forthwith.formats.office import drawing, mashup
from forthwith.formats.office.zip_package import Link, Package
from forthwith.formats.ole import objects as ole_objects

#: Relationship types whose targets are files in their own right.
_OBJECTS = ("/oleObject", "/package", "/aFChunk", "/subDocument", "/attachedToolbars")
_PICTURES = (
    ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".emf", ".wmf", ".emz",
    ".wmz", ".svg", ".pcz", ".pict", ".pct", ".wdp", ".hdp", ".jfif", ".webp", ".ico",
)  # fmt: skip


#: Parts that applications find without a relationship, or leave behind.
_BY_CUSTOM = ("docprops/", "customxml/", "_xmlsignatures/", "[trash]/")
#: Elements of docProps/core.xml and docProps/app.xml, and the fields they are.
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


def links_of(package: Package, part: str) -> list[Link]:
    """Return the relationships of a part ("" for the package itself)."""
    if (known := package.links.get(part)) is None:
        folder, name = posixpath.split(part)
        xml = xmlscan.ready(package.part(posixpath.join(folder, "_rels", f"{name}.rels")))
        known = [_link(tag, folder) for tag, _ in xmlscan.elements(xml, "Relationship")]
        package.links[part] = known
    return known


def _link(tag: str, folder: str) -> Link:
    attributes = xmlscan.attributes(tag)
    target, external = attributes.get("Target", ""), attributes.get("TargetMode", "") == "External"
    if not external:
        target = posixpath.normpath(posixpath.join("/" + folder, target.replace("\\", "/")))
    kind = attributes.get("Type", "").rsplit("/", 1)[-1]
    return Link(
        attributes.get("Id", ""), kind, target if external else target.lstrip("/"), external
    )


def main_part(package: Package) -> str:
    """Return the name of the document's main part, or ""."""
    for link in links_of(package, ""):
        if link.kind == "officeDocument" and package.has(link.target):
            return link.target
    usual = ("word/document.xml", "xl/workbook.xml", "xl/workbook.bin", "ppt/presentation.xml")
    return next((name for name in usual if package.has(name)), "")


def targets(links: list[Link], *kinds: str) -> list[str]:
    """Return the parts that relationships of these kinds lead to, in order."""
    return [link.target for link in links if link.kind in kinds and not link.external]


def linked(package: Package, kind: str) -> list[str]:
    """Return the parts that relationships of one kind lead to, from any part, each once."""
    links = [link for link in _links(package) if package.has(link.target)]
    return list(dict.fromkeys(targets(links, kind)))


def graphics(package: Package, links: list[Link]) -> str:
    """Return the words and cached values of charts and diagrams, and what is drawn on charts."""
    texts = []
    for name in targets(links, "chart", "chartEx", "diagramData"):
        texts.append(drawing.graphic(package.part(name)))
        shapes = targets(links_of(package, name), "chartUserShapes")
        texts += [drawing.drawing_text(xmlscan.ready(package.part(part))) for part in shapes]
    return "\n".join(filter(None, texts))


def external_targets(package: Package) -> list[str]:
    """Return every address outside the package that some part points to, in order, once."""
    return list(dict.fromkeys(link.target for link in _links(package) if link.external))


#: Relationships whose part is content; without it something the document has is not there.
_CONTENT = frozenset(
    {
        "oleObject", "package", "aFChunk", "subDocument", "comments", "threadedComment",
        "footnotes", "endnotes", "header", "footer", "chart", "chartEx", "diagramData",
        "notesSlide", "sharedStrings", "pivotCacheDefinition", "pivotCacheRecords",
        "externalLink", "glossaryDocument", "connections", "control", "worksheet", "chartsheet",
        "dialogsheet", "image", "audio", "video", "media",
    }
)  # fmt: skip


#: What PowerPoint writes for a picture that nothing was ever put in.
_NOWHERE = re.compile(r"(?:\A|/)NULL\Z", re.IGNORECASE)


def tell_what_is_missing(package: Package) -> None:
    """Add a fault that names the content which relationships lead to and the package has not."""
    absent = dict[str, None]()
    for link in _links(package):
        if link.external or link.kind not in _CONTENT or _NOWHERE.search(link.target):
            continue
        if not package.has(link.target) and not package.has(unquote(link.target)):
            absent[link.target] = None
    if absent:
        detail = f"{len(absent)} part(s) are named and not in the file: {_some(absent)}"
        package.faults.append(Fault(FaultReason.MISSING, detail))


def _some(names: Iterable[str], most: int = 20) -> str:
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


#: Parts of Office's own making that hold no words of a document: looks, lists of settings, caches
#: of what is drawn, schemas of fields. Their words stand in the parts they belong to.
_PLUMBING = re.compile(
    r"\[content_types\]\.xml|.*\.rels|.*/theme/.*|.*(?:styles|styleswitheffects|tablestyles"
    r"|fonttable|numbering|websettings|settings|presprops|viewprops|calcchain|people|webextension"
    r"|commentsids|commentsextended|commentsextensible|stylesheet|taskpanes)\d*\.xml"
    r"|(?:.*/)?slide(?:layouts|masters)/.*|.*/ink/.*|.*/diagrams/(?:layout|quickstyle|colors|drawing)\d*"
    r"\.xml|.*/charts/(?:style|colors)\d*\.xml|docprops/.*|_xmlsignatures/.*|.*/printersettings/.*"
    r"|xl/(?:tables|querytables|pivottables)/.*|.*/activex/.*|customui/.*|usercustomization/.*|xl/metadata\.xml|xl/persons/.*|"
    r"xl/richdata/.*|xl/revisions/usernames\.xml|.*/itemprops\d*\.xml|customxml/.*|visio/.*",
    re.IGNORECASE,
)


_RUNS = re.compile(r"<(?:w:t|w:delText|a:t|m:t)(?:\s[^<>]*)?(?<!/)>([^<]*)")


def left_over(package: Package) -> Iterator[str]:
    """Yield the words of linked XML parts that no reader asked for.

    The formats have parts by the hundred, and every program adds its own; what is not known
    here is not passed over.
    """
    if not main_part(package):
        return
    strangers = set(embedded(package))
    for name in sorted(package.names()):
        lowered = name.lower()
        if (
            lowered.endswith((".xml", ".vml"))
            and lowered not in package.opened
            and name not in strangers
            and not _PLUMBING.fullmatch(lowered)
        ):
            xml = xmlscan.ready(package.part(name))
            found = _RUNS.findall(xml) or re.findall(r">([^<]+)", xml)
            if lowered.endswith(".vml"):
                found = drawing.vml_words(xml)
            words = " ".join(" ".join(map(xmlscan.plain, found)).split())
            # Numbers alone are places and sizes.
            if re.search(r"[^\W\d_]", words):
                yield mark(f"Part {name}", words)


def controls(package: Package) -> Iterator[str]:
    """Yield what form controls (ActiveX) keep as text; those that keep it as binary are counted."""
    binary = 0
    for name in package.names():
        lowered = name.lower()
        if "/activex/" in lowered and lowered.endswith(".xml"):
            xml = xmlscan.ready(package.part(name))
            said = [
                f"{xmlscan.attribute(tag, 'ax:name')} {value}"
                for tag, _ in xmlscan.elements(xml, "ax:ocxPr")
                if re.search(r"[^\W\d_]", value := xmlscan.attribute(tag, "ax:value"))
            ]
            if said:
                yield mark("Form control", "; ".join(said))
        binary += "/activex/" in lowered and lowered.endswith(".bin")
    if binary:
        detail = f"{binary} form control(s) keep their values in binary form, which is not read"
        package.faults.append(Fault(FaultReason.UNSUPPORTED, detail))


def custom_xml(package: Package) -> Iterator[str]:
    """Yield the words of data that programs and people store beside the document (customXml)."""
    for name in package.names():
        if re.fullmatch(r"customxml/item\d*\.xml", name, re.IGNORECASE):
            xml = xmlscan.ready(package.part(name))
            if "<DataMashup" in xml[:2048]:
                yield from mashup.queries(xml, package.budget)
            elif _SCHEMA.search(xml[:2048]) or _NO_SOURCES.fullmatch(xml):
                continue
            elif words := _stored_words(xml):
                yield mark("Custom XML", words)


#: What Office and SharePoint store of their own: schemas of columns, forms, lists of handlers, a
#: bibliography without sources.
_SCHEMA = re.compile(r"<(?:\w+:)?(?:contentTypeSchema|FormTemplates|Receivers|FormUrls)\b")
_NO_SOURCES = re.compile(
    r"\s*(?:<\?[^>]*>\s*)?<(?:\w+:)?Sources\b[^<>]*(?:/>|>\s*</(?:\w+:)?Sources>)\s*"
)
_VALUE = re.compile(r"\s(?!xmlns|xsi:)[\w:.-]+\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def _stored_words(xml: str) -> str:
    """Return the values of attributes and the character data, one a line."""
    lines = []
    for tag, words in re.findall(r"<([^?!/][^<>]*)>([^<]*)", xml):
        lines += [xmlscan.plain(a or b).strip() for a, b in _VALUE.findall(tag)]
        lines.append(xmlscan.plain(words).strip())
    return "\n".join(filter(None, lines))


def _links(package: Package) -> Iterator[Link]:
    """Yield the relationships of every part."""
    for name in package.names():
        folder, slash, file = name.rpartition("_rels/")
        if slash and file.lower().endswith(".rels"):
            yield from links_of(package, folder + file[:-5])


def embedded(package: Package) -> list[str]:
    """Return the names of parts that are files in their own right.

    A part no relationship leads to is one as well: the application does not show it, and whoever
    put it there may have meant just that.
    """
    links = [link for link in _links(package) if not link.external]
    objects = {link.target.lower() for link in links if f"/{link.kind}" in _OBJECTS}
    # XPS finds its pages through its own markup, so nothing is a stranger there.
    strangers = set(_strangers(package, links)) if main_part(package) else set()
    return [
        name for name in package.names() if name in strangers or _is_object(name.lower(), objects)
    ]


def _strangers(package: Package, links: list[Link]) -> Iterator[str]:
    """Yield the parts that no relationship leads to."""
    targets = {link.target.partition("#")[0].lower() for link in links}
    for part in package.names():
        name = part.lower()
        plumbing = name.endswith(("/", ".rels")) or name == "[content_types].xml"
        if not (
            plumbing or name.startswith(_BY_CUSTOM) or {name, unquote(name), quote(name)} & targets
        ):
            yield part


def _is_object(name: str, objects: set[str]) -> bool:
    if name.endswith(("/", ".rels")):
        return False
    if "/embeddings/" in name or name in objects or unquote(name) in objects:
        return True
    return "/media/" in name and not name.endswith(_PICTURES)


def children(package: Package, names: list[str]) -> Iterator[Child | Fault]:
    """Yield each embedded object, unwrapped, under its real name."""
    for name in names:
        data = package.load(name)
        if isinstance(data, Fault):
            yield Fault(data.reason, data.detail, step=f"part:{name}")
            continue
        file = ole_objects.unwrap(data, posixpath.basename(name))
        if not file.data:
            detail = f"the embedded object {name} has no data"
            yield Fault(FaultReason.MISSING, detail, step=f"part:{name}")
            continue
        yield Child(f"part:{name}", file.name, Relation.EMBEDDED, partial(bytes, file.data))


def open_step(package: Package, step: str) -> bytes | Fault:
    """Return the bytes of one embedded object by its step."""
    name = step.removeprefix("part:")
    data = package.load(name)
    if isinstance(data, Fault):
        return data
    return ole_objects.unwrap(data, posixpath.basename(name)).data


def counts(package: Package, names: list[str]) -> tuple[FieldValue, ...]:
    """Return how many objects are embedded, and whether there are macros."""
    macros = any(n.lower().endswith(("vbaproject.bin", "/macros.bin")) for n in package.names())
    return (
        *count(fields.EMBEDDED_OBJECTS, len(names), "package"),
        *field(fields.MACROS, "yes" if macros else "", "package:vbaProject.bin"),
    )


def properties(package: Package) -> tuple[FieldValue, ...]:
    """Return what the package says of itself."""
    core = _properties_part(package, "docProps/core.xml", "core-properties")
    app = _properties_part(package, "docProps/app.xml", "extended-properties")
    values = [
        value
        for tag, name in _CORE.items()
        for value in _field(name, _first_text(core, tag), f"core.xml:{tag}")
    ]
    for tag, name in _APP.items():
        if all(value.name != name for value in values):
            values += field(name, _first_text(app, tag), f"app.xml:{tag}")
    application = f"{_first_text(app, 'Application')} {_first_text(app, 'AppVersion')}"
    return (*values, *field(fields.APPLICATION, application, "app.xml:Application"))


def custom_properties(package: Package) -> str:
    """Return the properties people defined themselves, as lines of text; "" when none."""
    xml = xmlscan.ready(package.part("docProps/custom.xml"))
    lines = []
    for tag, inner in xmlscan.elements(xml, "property"):
        name, value = xmlscan.attribute(tag, "name"), xmlscan.strip(inner).strip()
        if name and value:
            lines.append(f"[Custom property {name}: {value}]")
    return "\n".join(lines)


def _properties_part(package: Package, usual: str, kind: str) -> str:
    """Return the part at its usual place, or where the package's relationships say it is."""
    if package.has(usual):
        return xmlscan.ready(package.part(usual))
    for tag, _ in xmlscan.elements(xmlscan.ready(package.part("_rels/.rels")), "Relationship"):
        if xmlscan.attribute(tag, "Type").endswith(kind):
            return xmlscan.ready(package.part(xmlscan.attribute(tag, "Target").lstrip("/")))
    return ""


def _first_text(xml: str, tag: str) -> str:
    matches = xmlscan.elements(xml, tag)
    return xmlscan.strip(matches[0][1]).strip() if matches else ""


def _field(name: str, value: str, origin: str) -> tuple[FieldValue, ...]:
    if name in fields.INSTANTS:
        return field(name, iso(value), origin)
    if name in fields.MULTI:
        return field(name, [v.strip() for v in value.replace(";", ",").split(",")], origin)
    return field(name, value, origin)
