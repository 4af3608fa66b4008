"""What the instruction of a field of Word says beside its result (ECMA-376-1, 17.16).

The branch of an IF that is not shown, the path of a linked file, the query of a database: words
that stand in the file and on no page. Packages, old documents and RTF have the same fields.
"""

from __future__ import annotations

import re

from forthwith.formats.bytes.values import mark

_LINK = re.compile(
    r"\b(?:HYPERLINK|INCLUDETEXT|INCLUDEPICTURE|IMPORT|RD|(?:LINK|DDE|DDEAUTO)\s+\S+)\s+"
    r"(?:\"([^\"]{4,})\"|([^\s\"\\]\S{3,}))",
    re.IGNORECASE,
)
#: Fields whose instruction holds no words of its own; links go to a field.
#: Every other instruction may: the branch of an IF that is not shown, the text of an index entry,
#: the query of a database.
_QUIET_FIELDS = frozenset(
    [
        "ADDRESSBLOCK",
        "ADVANCE",
        "AUTHOR",
        "AUTONUM",
        "AUTONUMLGL",
        "AUTONUMOUT",
        "BIBLIOGRAPHY",
        "BIDIOUTLINE",
        "CITATION",
        "COMMENTS",
        "CONTROL",
        "CREATEDATE",
        "DATE",
        "DOCPROPERTY",
        "DOCVARIABLE",
        "EDITTIME",
        "EMBED",
        "FILENAME",
        "FILESIZE",
        "FORMCHECKBOX",
        "FORMDROPDOWN",
        "FORMTEXT",
        "GREETINGLINE",
        "HTMLCONTROL",
        "HYPERLINK",
        "INDEX",
        "INFO",
        "KEYWORDS",
        "LASTSAVEDBY",
        "LISTNUM",
        "MERGEFIELD",
        "MERGEREC",
        "MERGESEQ",
        "NEXT",
        "NOTEREF",
        "NUMCHARS",
        "NUMPAGES",
        "NUMWORDS",
        "PAGE",
        "PAGEREF",
        "PRINTDATE",
        "REF",
        "REVNUM",
        "SAVEDATE",
        "SECTION",
        "SECTIONPAGES",
        "SEQ",
        "SHAPE",
        "STYLEREF",
        "SUBJECT",
        "SYMBOL",
        "TEMPLATE",
        "TIME",
        "TITLE",
        "TOA",
        "TOC",
        "USERADDRESS",
        "USERINITIALS",
        "USERNAME",
    ]
)


def field_says(instruction: str) -> tuple[list[str], str]:
    """Return the files and addresses a field's instruction names, and its mark, "" where quiet."""
    words = instruction.strip()
    links = [a or b for a, b in _LINK.findall(words)]
    quiet = not words or words.split(maxsplit=1)[0].upper() in _QUIET_FIELDS
    return links, "" if quiet else mark("Field", words)
