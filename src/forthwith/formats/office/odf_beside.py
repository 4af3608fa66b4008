"""Words of OpenDocument that stand in attributes: forms, variables, conditions, names, sources.

The scan of the text (`odf_text`) sees character data; what is here is shown by a program or by
nobody (ODF 1.3, part 3: 7, 9.4, 13, 19).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def links(xml: str) -> Iterator[str]:
    """Yield the files outside the package that parts of the document come from."""
    for tag in _LINK.findall(xml):
        target = xmlscan.attribute(tag, "xlink:href")
        if re.match(r"\.\./|/|[A-Za-z][\w+.-]*:", target):
            yield target
