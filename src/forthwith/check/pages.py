"""Pages as the load files tell them (IM02 to IM04, IM09 to IM11): pointer file against rows.

By sets of page numbers, not by counting lines, so that one lost line is one finding.
"""

from __future__ import annotations

from collections import defaultdict

from forthwith.check.numbers import Page
from forthwith.check.seen import Findings, Seen

#: A row claiming more pages than this is compared by its ends only.
_WIDEST = 1_000_000


def pages(seen: Seen) -> Findings:
    """Report pages without rows, rows without pages, wrong breaks and counts."""
    volume = seen.volume
    if volume.pointer is None:
        return
    pointed = volume.numberer.column(volume.pages.ids)
    held = set(pointed)
    held.discard(None)
    firsts = {page for page, first in zip(pointed, volume.pages.firsts, strict=True) if first}
    owner = _owners(seen)
    yield from _missing(seen, held, firsts)
    yield from _orphans(seen, pointed, owner)
    yield from _breaks(seen, firsts, held)
    yield from _counts(seen)
    yield from _names(seen)


def _spans(seen: Seen) -> list[tuple[Page, int, int]]:
    """Return (first page, count, row) of every row whose numbers are sound."""
    volume = seen.volume
    return [
        (first, last[1] - first[1] + 1, row)
        for row, (first, last) in enumerate(zip(volume.first, volume.last, strict=True))
        if first is not None and last is not None and row not in seen.misnumbered
    ]


def _owners(seen: Seen) -> set[Page]:
    owned: set[Page] = set()
    for (series, number), count, _ in _spans(seen):
        if count == 1:
            owned.add((series, number))
        else:
            owned.update((series, each) for each in range(number, number + min(count, _WIDEST)))
    for row in seen.misnumbered:
        first, last = seen.volume.first[row], seen.volume.last[row]
        if first is not None and last is not None and first[0] == last[0]:
            span = range(first[1], min(last[1], first[1] + _WIDEST) + 1)
            owned.update((first[0], each) for each in span)
    return owned


def _missing(seen: Seen, held: set[Page | None], firsts: set[Page | None]) -> Findings:
    volume = seen.volume
    links, counts = volume.column("LINK"), volume.column("PGCOUNT")
    for (series, number), count, row in _spans(seen):
        if count == 1 and (series, number) in held:
            continue
        span = range(number, number + min(count, _WIDEST))
        lost = [each for each in span if (series, each) not in held]
        if not lost:
            continue
        if len(lost) == len(span):
            # A native without images needs no line, unless the row claims pages.
            if not links[row] or counts[row].strip() not in {"", "0"}:
                yield seen.report("IM03", "the pointer file has no page of it", row=row)
        else:
            firsts.add((series, number))
            named = ", ".join(volume.numberer.text((series, each)) for each in lost[:5])
            more = f" and {len(lost) - 5:,} more" if len(lost) > 5 else ""
            bates = volume.numberer.text((series, lost[0]))
            message = f"{volume.cell('FIRSTBATES', row)} lacks {named}{more}"
            yield seen.report("IM02", message, bates=bates, file=volume.pointer_files[0])


def _orphans(seen: Seen, pointed: list[Page | None], owned: set[Page]) -> Findings:
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
        found = [page for page in (pointed[line] for line in lines) if page is not None]
        excused = any(page in seen.accounted for page in found)
        seen.accounted.update(found)
        if not excused:
            many = f"{len(lines)} page{'s' * (len(lines) > 1)}"
            yield seen.report(
                "IM04", f"the pointer file has {many} of a document without a row",
                bates=volume.pages.ids[lines[0]], file=volume.pointer_files[0],
            )  # fmt: skip


def _breaks(seen: Seen, firsts: set[Page | None], held: set[Page | None]) -> Findings:
    """Report documents begun where none begins, and not begun where one does."""
    volume = seen.volume
    starts = {first for first, _, _ in _spans(seen)}
    for page in (starts & held) - firsts:
        row = volume.first.index(page)
        yield seen.report("IM10", "the pointer file does not begin a document here", row=row)
    known = starts | {volume.first[row] for row in seen.misnumbered} | seen.accounted
    lost_starts = starts - held
    for page in sorted(each for each in firsts - known if each is not None):
        if page not in lost_starts and page in held:
            bates = volume.numberer.text(page)
            message = "the pointer file begins a document on a page that is inside one"
            yield seen.report("IM10", message, bates=bates, file=volume.pointer_files[0])


def _counts(seen: Seen) -> Findings:
    counts = seen.volume.columns.get("PGCOUNT")
    if counts is None:
        return
    for _, count, row in _spans(seen):
        told = counts[row]
        if told and told != str(count) and told.strip().replace(",", "").isdecimal():
            number = int(told.strip().replace(",", ""))
            if number not in {count, 0}:
                message = f"PGCOUNT is {number:,} where its numbers span {count:,}"
                yield seen.report("IM09", message, row=row)


def _names(seen: Seen) -> Findings:
    volume = seen.volume
    for page, path in zip(volume.pages.ids, volume.pages.paths, strict=True):
        if page not in path:
            stem = path.replace("\\", "/").rpartition("/")[2]
            yield seen.report("IM11", f"page {page} is the file {stem}", bates=page, file=path)
