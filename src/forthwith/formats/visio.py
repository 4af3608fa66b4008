"""Words of packages that are drawn rather than written: Visio drawings and XPS pages.

Both are Open Packaging files; `ooxml` reads their properties and embedded objects.
"""

from __future__ import annotations

import re

from forthwith.formats.bytes import xmlscan
from forthwith.formats.office.zip_package import Package

_PAGE = re.compile(r"visio/(?:pages/page|masters/master)\d+\.xml|.*\.fpage", re.IGNORECASE)
_GLYPHS = re.compile(r"\sUnicodeString=(?:\"([^\"]*)\"|'([^']*)')")
_DIGITS = re.compile(r"\d+")


def drawn_text(package: Package) -> str:
    """Return the words of every page, in the order of the page numbers; "" when there are none."""
    pages = sorted((n for n in package.names() if _PAGE.fullmatch(n)), key=_order)
    return "\f".join(filter(None, (_words(xmlscan.ready(package.part(n))) for n in pages)))


def _order(name: str) -> tuple[list[int], str]:
    return [int(number) for number in _DIGITS.findall(name)[:8]], name


def _words(xml: str) -> str:
    glyphs = [xmlscan.plain(a or b).removeprefix("{}") for a, b in _GLYPHS.findall(xml)]
    shapes = [xmlscan.strip(inner).strip() for _, inner in xmlscan.elements(xml, "Text")]
    return "\n".join(filter(None, [*glyphs, *shapes]))
