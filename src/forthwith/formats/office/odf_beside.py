"""Words of OpenDocument that stand in attributes: forms, variables, conditions, names, sources.

The scan of the text (`odf_text`) sees character data; what is here is shown by a program or by
nobody (ODF 1.3, part 3: 7, 9.4, 13, 19). Alternative text and what the page shows and the package
lacks are told here too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from urllib.parse import unquote

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import ATTRIBUTES

#: What an attribute is called in a mark, in the order the marks of one element stand.
_SAID = {
    "form:current-value": "Form field", "form:current-selected": "Chosen",
    "form:current-state": "Ticked", "form:label": "Label of a form field",
    "form:value": "Value of a form field", "form:help-text": "Help of a form field",
    "text:string-value-if-true": "Conditional text", "text:string-value-if-false":
    "Conditional text", "text:description": "Hint", "office:string-value": "Variable",
    "table:condition": "Validation", "table:title": "Validation",
    "table:expression": "Defined name", "table:sql-statement": "Data source",
    "table:database-name": "Data source", "table:database-table-name": "Data source",
    "office:dde-application": "DDE", "office:dde-topic": "DDE", "office:dde-item": "DDE",
    "text:connection-name": "Data source", "table:comment": "Scenario",
    "text:key1": "Index entry", "text:key2": "Index entry",
}  # fmt: skip
#: Elements of which some attribute may speak; others with the same attributes are cells and the
#: like, whose words the scan has.
_ELEMENT = re.compile(
    r"<(form:(?!propert|list-)[\w-]+|text:(?:conditional-text|placeholder|user-field-decl|variable-set|user-index-mark"
    r"|alphabetical-index-mark|hidden-text|dde-connection-decl|database-\w+)|table:(?:content-validation"
    r"|help-message|error-message|named-expression|named-range|database-source-\w+|scenario|label-range)"
    rf"|office:dde-source|text:label)(?=[\s/>]){ATTRIBUTES}>"
)
#: What the page shows of its own package.
_SHOWN = re.compile(
    rf"<(?:draw:object|draw:plugin|draw:object-ole|draw:image)(?=[\s/>]){ATTRIBUTES}>"
)
_LINK = re.compile(
    r"<(?:text:section-source|table:table-source|table:cell-range-source|draw:object|draw:plugin"
    rf"|draw:object-ole|draw:image|form:form)(?=[\s/>]){ATTRIBUTES}>"
)


def marks(xml: str) -> Iterator[str]:
    """Yield what the attributes of a content part say, each once."""
    seen = set[str]()
    for element, tag in _ELEMENT.findall(xml):
        about = xmlscan.attributes(tag)
        name = about.get("table:name") or about.get("text:name") or about.get("form:name") or ""
        if element == "text:label":
            words = mark("Choice", about.get("text:value", "")) if "text:value" in about else ""
            if words and words not in seen:
                seen.add(words)
                yield words
            continue
        for key, what in _SAID.items():
            words = about.get(key, "").strip()
            if key == "form:value" and about.get("form:current-value"):
                continue
            if key in {"form:current-selected", "form:current-state"}:
                # These are states; what is on has its own words.
                words = about.get("form:label", name) if words in {"true", "checked"} else ""
            if words and (text := mark(f"{what} {name}".rstrip(), words)) not in seen:
                seen.add(text)
                yield text


def pictured(xml: str) -> Iterator[str]:
    """Yield the alternative text of pictures and shapes, each once."""
    said = (*xmlscan.texts(xml, "svg:title"), *xmlscan.texts(xml, "svg:desc"))
    words = dict.fromkeys(" ".join(text.split()) for text in said)
    yield from (mark("Alternative text", text) for text in words if text)


def absent(xml: str, names: Collection[str]) -> Iterator[Fault]:
    """Yield a Fault for each picture or object of the document that is not in its package."""
    known = {*names, *(name.partition("/")[0] + "/" for name in names if "/" in name)}
    gone = dict[str, None]()
    for tag in _SHOWN.findall(xml):
        target = unquote(xmlscan.attribute(tag, "xlink:href")).removeprefix("#")
        path = target.removeprefix("./").rstrip("/")
        # The picture of an object is made again by every program that opens the file.
        if not path or re.match(r"\.\./|/|[A-Za-z][\w+.-]*:|(?:\./)?ObjectReplacements/", target):
            continue
        if path not in known and f"{path}/" not in known:
            gone[path] = None
    for path in gone:
        detail = f"the document shows {path[:200]!r}, which is not in the file"
        yield Fault(FaultReason.MISSING, detail)


def links(xml: str) -> Iterator[str]:
    """Yield the files outside the package that parts of the document come from."""
    for tag in _LINK.findall(xml):
        target = xmlscan.attribute(tag, "xlink:href")
        if re.match(r"\.\./|/|[A-Za-z][\w+.-]*:", target):
            yield target
