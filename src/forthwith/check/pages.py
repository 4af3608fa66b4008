"""Pages as the load files tell them (IM02 to IM04, IM09 to IM11): pointer file against rows.

By sets of page numbers, not by counting lines, so that one lost line is one finding.
"""

from __future__ import annotations

import operator
from collections import Counter, defaultdict
from itertools import compress

from forthwith.check.context import CheckContext, Findings
from forthwith.check.volume import Page, same_series

#: A row claiming more pages than this is compared by its ends only.
_WIDEST = 1_000_000
#: First page, count, row.
Span = tuple[Page, int, int]


def pages(seen: CheckContext) -> Findings:
    """Report pages without rows, rows without pages, wrong breaks and counts."""
    volume = seen.volume
    if volume.pointer is None:
        return
    pointed = volume.numberer.column(volume.pages.numbers)
    imaged = {page for page in pointed if page is not None}
    for page, span in zip(pointed, volume.pages.spans, strict=True):
        if page is not None and span > 1:
            imaged.update(range(page, page + span))
    firsts = {page for page in compress(pointed, volume.pages.firsts) if page is not None}
    spans = _spans(seen)
    if imaged != (owned := _owners(seen, spans)):
        yield from _missing(seen, spans, imaged, firsts)
        yield from _orphans(seen, pointed, owned)
    yield from _breaks(seen, spans, firsts, imaged)
    yield from _counts(seen, spans)
    yield from _names(seen)


def _spans(seen: CheckContext) -> list[Span]:
    """Return (first page, count, row) of every row whose numbers are sound."""
    volume = seen.volume
    return [
        (first, last - first + 1, row)
        for row, (first, last) in enumerate(zip(volume.first, volume.last, strict=True))
        if first is not None and last is not None and row not in seen.misnumbered
    ]


def _owners(seen: CheckContext, spans: list[Span]) -> set[Page]:
    """Return every page some row claims."""
    owned = {first for first, _, _ in spans}
    for first, count, _ in spans:
        if count > 1:
            owned.update(range(first + 1, first + min(count, _WIDEST)))
    for row in seen.misnumbered:
        start, end = seen.volume.first[row], seen.volume.last[row]
        if start is not None and end is not None and same_series(start, end):
            owned.update(range(start, min(end, start + _WIDEST) + 1))
    return owned


def _missing(
    seen: CheckContext, spans: list[Span], imaged: set[Page], firsts: set[Page]
) -> Findings:
    volume = seen.volume
    links, counts = volume.column("native_path"), volume.column("page_count")
    for first, count, row in spans:
        if count == 1 and first in imaged:
            continue
        span = range(first, first + min(count, _WIDEST))
        lost = [page for page in span if page not in imaged]
        if not lost:
            continue
        if len(lost) == len(span):
            # A native without images needs no line, unless the row claims pages.
            if not links[row] or counts[row].strip() not in {"", "0"}:
                yield seen.report("IM03", "the pointer file has no page of it", row=row)
        else:
            firsts.add(first)
            named = ", ".join(volume.numberer.text(page) for page in lost[:5])
            more = f" and {len(lost) - 5:,} more" if len(lost) > 5 else ""
            bates = volume.numberer.text(lost[0])
            message = f"{volume.cell('first_bates', row)} lacks {named}{more}"
            yield seen.report("IM02", message, bates=bates, file=volume.pointer_files[0])


def _orphans(seen: CheckContext, pointed: list[Page | None], owned: set[Page]) -> Findings:
    """Report documents of the pointer file that have no row, once each."""
    volume = seen.volume
    if owned.issuperset(pointed):
        return
    runs: dict[int, list[int]] = defaultdict(list)
    start = 0
    for line, page in enumerate(pointed):
        if volume.pages.firsts[line]:
            start = line
        if page is None or page not in owned:
            runs[start].append(line)
    for lines in runs.values():
        numbers = [page for page in (pointed[line] for line in lines) if page is not None]
        excused = any(page in seen.accounted for page in numbers)
        seen.accounted.update(numbers)
        if not excused:
            many = f"{len(lines)} page{'s' * (len(lines) > 1)}"
            yield seen.report(
                "IM04", f"the pointer file has {many} of a document without a row",
                bates=volume.pages.ids[lines[0]], file=volume.pointer_files[0],
            )  # fmt: skip


def _breaks(
    seen: CheckContext, spans: list[Span], firsts: set[Page], imaged: set[Page]
) -> Findings:
    """Report documents begun where none begins, and not begun where one does."""
    volume = seen.volume
    starts = {first for first, _, _ in spans}
    if starts == firsts:
        return
    for page in sorted((starts & imaged) - firsts):
        row = volume.first.index(page)
        yield seen.report("IM10", "the pointer file does not begin a document here", row=row)
    known = {volume.first[row] for row in seen.misnumbered} | seen.accounted | starts
    for page in sorted((firsts - known) & imaged):
        message = "the pointer file begins a document on a page that is inside one"
        bates = volume.numberer.text(page)
        yield seen.report("IM10", message, bates=bates, file=volume.pointer_files[0])


def _counts(seen: CheckContext, spans: list[Span]) -> Findings:
    counts = seen.volume.roles.get("page_count")
    if counts is None:
        return
    if seen.volume.pages.within:
        # The document has one number for all its pages: the pointer file's lines are its pages.
        lines = Counter(seen.volume.pages.numbers)
        spans = [
            (first, lines[seen.volume.cell("first_bates", row)] or count, row)
            for first, count, row in spans
        ]
    for _, count, row in spans:
        cell = counts[row]
        if cell and cell != str(count) and cell.strip().replace(",", "").isdecimal():
            number = int(cell.strip().replace(",", "")[:18])
            if number not in {count, 0}:
                name = seen.volume.called("page_count")
                span = "has" if seen.volume.pages.within else "span"
                whose = "the pointer file" if seen.volume.pages.within else "its numbers"
                message = f"{name} is {number:,} where {whose} {span} {count:,}"
                yield seen.report("IM09", message, row=row)


def _names(seen: CheckContext) -> Findings:
    volume = seen.volume
    ids, paths = volume.pages.ids, volume.pages.paths
    if all(map(operator.contains, paths, ids)):
        return
    for page, path in zip(ids, paths, strict=True):
        if page not in path:
            stem = path.replace("\\", "/").rpartition("/")[2]
            yield seen.report("IM11", f"page {page} is the file {stem}", bates=page, file=path)
