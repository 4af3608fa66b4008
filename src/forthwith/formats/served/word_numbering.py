"""The numbers Word puts before paragraphs: they are computed when shown and stand in no text.

ECMA-376 Part 1, 17.9: a paragraph (or its style) names a numbering instance and a level; each
instance counts by its abstract numbering; a level begins again when one above it moves on.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from docx.document import Document as WordDocument
from docx.oxml.ns import qn

_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)


class WordNumbers:
    """Numbers of one document; ask for its paragraphs in order."""

    def __init__(self, document: WordDocument) -> None:
        self._styles = {each.style_id: each.element for each in document.styles}
        self._levels: dict[str, dict[int, Any]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._started: set[tuple[str, int]] = set()
        self._overrides: dict[tuple[str, int], int] = {}
        part = next(
            (
                each.target_part
                for each in document.part.rels.values()
                if each.reltype.endswith("/numbering")
            ),
            None,
        )
        if part is not None:
            self._read(part.element)

    def style(self, paragraph: Any) -> str:
        """Return the name of a paragraph's style, lower case."""
        held = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        element = self._styles.get(_value(held)) if held is not None else None
        name = element.find(qn("w:name")) if element is not None else None
        return _value(name).lower() if name is not None else ""

    def label(self, paragraph: Any) -> str:
        """Return the number Word shows before a paragraph; "" for none or a bullet."""
        instance, level = self._numbering(paragraph)
        abstract = self._abstract.get(instance, "")
        levels = self._levels.get(abstract, {})
        if level not in levels:
            return ""
        counts = self._counts[abstract]
        self._count(instance, abstract, level)
        for deeper in [each for each in counts if each > level]:
            del counts[deeper]
        return self._shown(levels, counts, level)

    def _count(self, instance: str, abstract: str, level: int) -> None:
        counts = self._counts[abstract]
        start = self._overrides.get((instance, level))
        if start is not None and (instance, level) not in self._started:
            counts[level] = start
        elif level in counts:
            counts[level] += 1
        else:
            counts[level] = _number(self._levels[abstract][level], "w:start", 1)
        self._started.add((instance, level))

    def _shown(self, levels: dict[int, Any], counts: dict[int, int], level: int) -> str:
        def one(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            if at not in levels:
                return ""
            count = counts.setdefault(at, _number(levels[at], "w:start", 1))
            return _written(count, _value(levels[at].find(qn("w:numFmt"))) or "decimal")

        if _value(levels[level].find(qn("w:numFmt"))) in ("bullet", "none"):
            return ""
        return re.sub(r"%([1-9])", one, _value(levels[level].find(qn("w:lvlText")))).strip()

    def _numbering(self, paragraph: Any) -> tuple[str, int]:
        """Return (instance, level) of a paragraph, its own before its styles'."""
        properties = paragraph.find(qn("w:pPr"))
        seen: set[str] = set()
        while properties is not None:
            held = properties.find(qn("w:numPr"))
            if held is not None and held.find(qn("w:numId")) is not None:
                return _value(held.find(qn("w:numId"))), _number(held, "w:ilvl", 0)
            style = _value(properties.find(qn("w:pStyle")))
            element = self._styles.get(style) if style not in seen else None
            seen.add(style)
            if element is None:
                break
            properties = element.find(qn("w:pPr"))
            if properties is None or properties.find(qn("w:numPr")) is None:
                parent = _value(element.find(qn("w:basedOn")))
                element = self._styles.get(parent) if parent else None
                properties = element.find(qn("w:pPr")) if element is not None else None
        return "", 0

    def _read(self, numbering: Any) -> None:
        for each in numbering.findall(qn("w:abstractNum")):
            self._levels[each.get(qn("w:abstractNumId"))] = {
                int(level.get(qn("w:ilvl"))): level for level in each.findall(qn("w:lvl"))
            }
        for each in numbering.findall(qn("w:num")):
            instance = each.get(qn("w:numId"))
            self._abstract[instance] = _value(each.find(qn("w:abstractNumId")))
            for change in each.findall(qn("w:lvlOverride")):
                if change.find(qn("w:startOverride")) is not None:
                    level = int(change.get(qn("w:ilvl")))
                    self._overrides[instance, level] = _number(change, "w:startOverride", 1)


def _value(element: Any) -> str:
    return (element.get(qn("w:val")) or "") if element is not None else ""


def _number(element: Any, name: str, default: int) -> int:
    text = _value(element.find(qn(name)))
    return int(text) if text.isdecimal() else default


def _written(count: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter"):
        # Word goes on after z with aa, bb, cc.
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman"):
        letters = ""
        for value, sign in _ROMAN:
            letters, count = letters + sign * (count // value), count % value
        return letters if form == "lowerRoman" else letters.upper()
    return f"{count:02d}" if form == "decimalZero" else str(count)
