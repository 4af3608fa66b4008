"""Findings as they are shown: by severity, then cause, then number; echoes under their cause.

Every finding stays one by itself in a report, for each is cured and answered by itself. Whoever
reads them wants the cause once, with its count: what one cause brings about throughout a volume
(`_systemic`), and what another finding explains (`_EXPLAINED`), is folded under it.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from forthwith.domain.finding import Finding, Severity

#: Fewer of a kind are shown one by one, whatever part of the volume they are.
_FEW = 10
#: Part of the documents, or of the pages, from which on it is one cause and not many.
_PART = 0.3
#: Findings about columns and forms of the load file: from this many on, named in one sentence.
_LISTED = {"LF02": 5, "LF03": 5, "LF09": 5}
#: Names in such a sentence.
_NAMED = 40
_GRADES = list(Severity)
#: What differs from one finding to the next of the same cause: what is quoted, paths, numbers.
_DIFFERS = re.compile(r"'[^']*'|\"[^\"]*\"|\S*[\d\\/]\S*")


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by severity, then volume in the order given, then code and number.

    What is about no volume comes after those of its severity, in the order it was found.
    """
    volumes: dict[str, int] = {}
    every = list(findings)
    for finding in every:
        volumes.setdefault(finding.volume, len(volumes))

    def rank(finding: Finding) -> tuple[int, int, str, str, str, int]:
        grade = _GRADES.index(finding.severity)
        if not finding.volume:
            return grade, len(volumes), "", "", "", 0
        place = finding.code, finding.bates, finding.file, finding.row or 0
        return grade, volumes[finding.volume], *place

    return sorted(every, key=rank)


def folded(
    findings: Sequence[Finding], documents: Mapping[str, int], pages: Mapping[str, int]
) -> list[Finding]:
    """Return the findings in order, those that follow from another under it, in `follows`.

    `documents` and `pages` count each volume by its name.
    """
    groups: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in ordered(findings):
        groups[finding.volume, finding.code, _shape(finding)].append(finding)
    roots: list[Finding] = []
    for (volume, code, _), group in groups.items():
        base = 0
        if group[0].row is not None:
            base = documents.get(volume, 0)
        elif code.startswith("IM"):
            base = pages.get(volume, 0)
        roots += _listed(group) if code in _LISTED else _systemic(group, base)
    return ordered(_explained(roots))


def _shape(finding: Finding) -> str:
    """Return what findings of one cause say alike: the message without what differs."""
    if finding.code in _LISTED:
        return ""
    place = finding.file.rpartition("/")[0] if finding.code.startswith("VO") else ""
    return f"{place} {_DIFFERS.sub('…', finding.message)}"


def _systemic(group: list[Finding], base: int) -> list[Finding]:
    if len(group) < _FEW or len(group) < _PART * base:
        return group
    first, *others = group
    message = f"{first.message}; and {len(others):,} more like it"
    return [replace(first, message=message, follows=tuple(others))]


def _listed(group: list[Finding]) -> list[Finding]:
    """Return findings about columns as one that names them all."""
    if len(group) < _LISTED[group[0].code]:
        return group
    messages = [finding.message for finding in group]
    # Cut at words only.
    start = _alike(messages)
    start = start[: start.rfind(" ") + 1]
    end = _alike([message[::-1] for message in messages])[::-1]
    end = end[end.find(" ") :] if " " in end else ""
    first, *others = group
    names = [message[len(start) : len(message) - len(end)] for message in messages[1:]]
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    message = f"{first.message}; likewise {', '.join(names[:_NAMED])}{more}"
    return [replace(first, message=message, file=first.file, follows=tuple(others))]


def _alike(texts: Sequence[str]) -> str:
    """Return what all texts begin with; the first and last of them in order settle it."""
    low, high = min(texts), max(texts)
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(low, high, strict=False))
    return "".join(sign for sign, _ in same)


def _headless(root: Finding, other: Finding) -> bool:
    return other.file == root.file


def _textless(root: Finding, other: Finding) -> bool:
    # The message names the file's column first, then the standard's.
    return other.message.partition(" is blank")[0] in root.message


def _pointerless(_: Finding, other: Finding) -> bool:
    return other.file.lower().endswith((".tif", ".tiff", ".jpg", ".jpeg", ".png", ".pdf"))


#: What one finding explains of others of its volume: code of the cause, code of the echo, when.
_EXPLAINED: tuple[tuple[str, str, Callable[[Finding, Finding], bool]], ...] = (
    ("LF07", "LF02", _headless),
    ("LF07", "LF03", _headless),
    ("VO02", "VO05", _pointerless),
    ("LF21", "MD04", _textless),
)


def _explained(roots: list[Finding]) -> list[Finding]:
    """Fold what another finding explains under it."""
    codes = {(finding.volume, finding.code): finding for finding in reversed(roots)}
    under: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    left = []
    for finding in roots:
        for cause, echo, when in _EXPLAINED:
            root = codes.get((finding.volume, cause))
            if finding.code == echo and root is not None and when(root, finding):
                under[finding.volume, cause].append(finding)
                break
        else:
            left.append(finding)
    return [
        replace(finding, follows=(*finding.follows, *_flat(echoes)))
        if (echoes := under.pop((finding.volume, finding.code), None)) is not None
        else finding
        for finding in left
    ]


def _flat(findings: Iterable[Finding]) -> Iterable[Finding]:
    for finding in findings:
        yield replace(finding, follows=())
        yield from finding.follows
