"""Bates numbers (BT): shape, doubles, overlaps, order, and, at the very end, gaps."""

from __future__ import annotations

import bisect
import itertools
from collections import Counter

from forthwith.check.context import CheckContext, Findings
from forthwith.check.volume import SERIES, Page, same_series
from forthwith.domain.finding import Finding


def numbers(seen: CheckContext) -> Findings:
    """Report numbers that are none, ranges that are none, doubles, overlaps and disorder."""
    yield from _shapes(seen)
    yield from _doubles(seen)
    yield from _overlaps(seen)
    yield from _order(seen)
    yield from _series(seen)


def _shapes(seen: CheckContext) -> Findings:
    volume = seen.volume
    firsts, lasts = volume.first, volume.last
    if None in firsts or None in lasts:
        for row, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
            for role, page in (("first_bates", first), ("last_bates", last)):
                if page is None and row not in seen.misnumbered:
                    name, cell = volume.called(role), volume.cell(role, row)
                    message = f"{name} is blank" if not cell else f"{name} {cell!r} is no number"
                    yield _misnumbered(seen, "BT01", message, row)
    for row, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        if first == last or first is None or last is None:
            continue
        if last < first or not same_series(first, last):
            message = (
                f"{volume.called('last_bates')} {volume.cell('last_bates', row)} does not follow "
                f"{volume.called('first_bates')} {volume.cell('first_bates', row)}"
            )
            yield _misnumbered(seen, "BT06", message, row)


def _misnumbered(seen: CheckContext, code: str, message: str, row: int) -> Finding:
    """Report, and take the number its files are named by as explained."""
    seen.misnumbered.add(row)
    for role in ("native_path", "text_path"):
        stem = seen.volume.cell(role, row).replace("\\", "/").rpartition("/")[2]
        seen.account([stem.rpartition(".")[0]])
    number = seen.volume.first[row]
    if number is not None and code != "BT02":
        seen.accounted.add(number)
    return seen.report(code, message, row=row)


def _doubles(seen: CheckContext) -> Findings:
    firsts = seen.volume.first
    if len(set(firsts)) == len(firsts):
        return
    met: set[Page] = set()
    for row, page in enumerate(firsts):
        if page is None:
            continue
        if page in met:
            seen.doubles.add(row)
            number = seen.volume.cell("first_bates", row)
            yield _misnumbered(seen, "BT02", f"{number} stands on an earlier row too", row)
        met.add(page)


def _sorted_rows(seen: CheckContext) -> list[tuple[Page, Page, int]]:
    """Return (first, last, row) of rows with sound numbers, in number order."""
    volume = seen.volume
    return sorted(
        (first, last, row)
        for row, (first, last) in enumerate(zip(volume.first, volume.last, strict=True))
        if first is not None and last is not None and row not in seen.misnumbered
    )


def _seamless(seen: CheckContext) -> bool:
    """Return True when each row begins on the page after the last: no gap, overlap, disorder."""
    if seen.misnumbered:
        return False
    following = [None if page is None else page + 1 for page in seen.volume.last]
    return seen.volume.first[1:] == following[:-1]


def _overlaps(seen: CheckContext) -> Findings:
    if _seamless(seen):
        return
    for (_, last, row), (first, _, other) in itertools.pairwise(_sorted_rows(seen)):
        if first <= last:
            message = (
                f"its range runs to {seen.volume.cell('last_bates', row)}, over "
                f"{seen.volume.cell('first_bates', other)}"
            )
            yield _misnumbered(seen, "BT03", message, row)


def _order(seen: CheckContext) -> Findings:
    before: Page | None = None
    for row, page in enumerate(seen.volume.first):
        if page is None or row in seen.misnumbered:
            continue
        if before is not None and page < before and same_series(page, before):
            seen.disordered.add(row)
            yield seen.report("BT05", "its row stands after a later number", row=row)
        else:
            before = page


def _series(seen: CheckContext) -> Findings:
    volume = seen.volume
    if len(volume.numberer.series) < 2:
        return
    counts = Counter(
        page // SERIES
        for row, page in enumerate(volume.first)
        if page is not None and row not in seen.misnumbered
    )
    if len(counts) < 2:
        return
    usual = counts.most_common(1)[0][0]
    for series in counts.keys() - {usual}:
        row = next(
            i
            for i, page in enumerate(volume.first)
            if page is not None and page // SERIES == series
        )
        yield seen.report("BT07", "another prefix or width than most of the volume", row=row)


def gaps(seen: CheckContext) -> Findings:
    """Report each run of absent numbers that nothing found so far accounts for."""
    volume = seen.volume
    for text in volume.excepted:
        for page in _span(seen, text):
            seen.accounted.add(page)
            seen.ends[page] = page
    if _seamless(seen):
        return
    accounted = sorted(seen.accounted)
    for (_, last, row), (first, _, _) in itertools.pairwise(_sorted_rows(seen)):
        if first <= last + 1 or not same_series(first, last):
            continue
        if last in seen.gap_after:
            seen.notes.append(_taken(seen, row, last, first))
            continue
        for low, high in _unexplained(seen, accounted, last, first):
            start, end = volume.numberer.text(low), volume.numberer.text(high)
            many = high - low + 1
            span = start if many == 1 else f"{start} to {end}"
            message = f"{many:,} number{'s' * (many > 1)} after {volume.cell('last_bates', row)}"
            yield seen.report(
                "BT04", f"{message} not produced and not explained: {span}", bates=start,
                file=volume.data_files[0],
            )  # fmt: skip


def _taken(seen: CheckContext, row: int, last: Page, first: Page) -> str:
    """Say that a gap was laid to a family's lost attachment: its length cannot be known."""
    text = seen.volume.numberer.text
    low, high = text(last + 1), text(first - 1)
    return (
        f"the numbers {low} to {high} are absent; they were taken to be those of the attachment "
        f"missing from the family of {seen.volume.cell('first_bates', row)}"
    )


def _span(seen: CheckContext, text: str) -> list[Page]:
    """Return the numbers an exceptions line is about: one, or "A - B", at most a million."""
    start, _, end = text.partition(" - ")
    first, last = seen.volume.numberer.one(start), seen.volume.numberer.one(end or start)
    if first is None or last is None or not same_series(first, last):
        return []
    return list(range(first, min(last, first + 10**6) + 1))


def _unexplained(
    seen: CheckContext, accounted: list[Page], last: Page, first: Page
) -> list[tuple[Page, Page]]:
    """Part the numbers between two documents into the runs nothing accounts for.

    What begins at an accounted number may run up to the next document, unless its end is known.
    """
    low, high = last + 1, first - 1
    runs = []
    start, stop = bisect.bisect_left(accounted, low), bisect.bisect_right(accounted, high)
    for page in accounted[start:stop]:
        if page > low:
            runs.append((low, page - 1))
        low = max(low, seen.ends.get(page, high) + 1)
    if low <= high:
        runs.append((low, high))
    return runs
