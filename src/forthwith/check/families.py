"""Families as the load file tells them (FM): one resolver over all keys, conflicts reported.

A row's parent is whom it names as its parent, or else who lists it as an attachment, or else whose
number its family begins with; where a volume has neither of the first two columns, the last alone
tells. What the natives say of the same families is `attachments`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from forthwith.check.context import CheckContext, Findings
from forthwith.check.volume import SERIES, Page, Volume, same_series
from forthwith.domain.finding import Finding

#: Deepest nesting of families followed.
_DEEPEST = 64


@dataclass(slots=True)
class Families:
    """Who belongs to whom."""

    #: Row of each first number.
    index: dict[str, int]
    #: Row of the parent; absent for tops.
    parent: dict[int, int]
    #: Numbers listed as attachments, by row of the lister.
    listed: dict[int, set[str]]
    #: Where each row says that its family begins.
    starts: Sequence[str]
    #: Role of the column by which rows tell whom they belong to.
    key: str
    #: Rows under each top, the top itself first, in row order; only families of several.
    members: dict[int, list[int]]
    #: Rows whose parent is not produced, by its number.
    orphans: dict[str, list[int]]
    #: A value that tells families apart and is no number of a document; "" where numbers do.
    label: str = ""

    def top(self, row: int) -> int:
        """Return the row of the family's top."""
        for _ in range(_DEEPEST):
            if row not in self.parent:
                return row
            row = self.parent[row]
        return row


def resolve(volume: Volume) -> Families:
    """Group the rows into families by every key there is."""
    bates = [cell.strip() for cell in volume.bates]
    index: dict[str, int] = {}
    for row in range(len(bates) - 1, -1, -1):
        index[bates[row]] = row
    listed = {row: set(numbers) for row, numbers in enumerate(volume.children) if numbers}
    key = "parent"
    # A column that stands there and is blank throughout tells nothing.
    if not listed and not any(cell.strip() for cell in volume.column("parent")):
        key = "family_first" if volume.has("family_first") else "family_range"
    families = Families(index, {}, listed, _starts(volume), key, {}, {})
    _parents(volume, families)
    _members(families)
    return families


def _starts(volume: Volume) -> Sequence[str]:
    """Return where each row says that its family begins, by a column of its own or by its range."""
    if volume.has("family_first") or not volume.has("family_range"):
        return volume.column("family_first")
    return [_ends(volume, cell)[0] for cell in volume.column("family_range")]


def _ends(volume: Volume, span: str) -> tuple[str, str]:
    """Part a range; one written with another mark than the standard's is parted at its hyphen."""
    mark = volume.standard.formats.range_mark
    mark = mark if mark in span else mark.strip() if mark.strip() in span else "-"
    if span.count(mark) == 1:
        start, _, end = span.partition(mark)
        return start.strip(), end.strip()
    # A prefix may hold the mark too: then the halves are alike in length.
    parts = span.split(mark)
    half = len(parts) // 2
    return mark.join(parts[:half]).strip(), mark.join(parts[half:]).strip()


def _parents(volume: Volume, families: Families) -> None:
    index = families.index
    listers: dict[int, int] = {}
    for row, numbers in families.listed.items():
        for number in numbers:
            if (child := index.get(number)) is not None and child != row:
                listers.setdefault(child, row)
    named = volume.column("parent")
    families.parent = {
        row: parent
        for row, cell in enumerate(named)
        if cell and (parent := index.get(cell, row)) != row
    }
    if families.key != "parent":
        families.orphans = {} if _by_label(volume, families) else _by_start(families)
        return
    orphans: dict[str, list[int]] = defaultdict(list)
    doubtful = {row for row, cell in enumerate(named) if cell} | listers.keys()
    starts = families.starts
    for row in sorted(doubtful - families.parent.keys()):
        cell, start = named[row].strip(), starts[row].strip()
        if cell and index.get(cell, row) != row:
            families.parent[row] = index[cell]
        elif row in listers:
            families.parent[row] = listers[row]
        elif cell and start != cell and index.get(start, row) != row:
            families.parent[row] = index[start]
        elif cell and (start == cell or not start):
            orphans[cell].append(row)
    families.orphans = dict(orphans)


def _by_label(volume: Volume, families: Families) -> bool:
    """Tie rows that share a value where no value is a number of this volume's kind."""
    values = {cell.strip() for cell in families.starts} - {""}
    series = {page // SERIES for page in volume.first if page is not None}
    if values & families.index.keys() or not values:
        return False
    known = dict(volume.numberer.series)
    pages = [volume.numberer.one(value) for value in values]
    # Asking has numbered the values' own series; the volume's are as before.
    volume.numberer.series.clear()
    volume.numberer.series.update(known)
    if any(page is not None and page // SERIES in series for page in pages):
        return False
    tops: dict[str, int] = {}
    for row, cell in enumerate(families.starts):
        if (value := cell.strip()) and tops.setdefault(value, row) != row:
            families.parent[row] = tops[value]
    families.label = next(cell.strip() for cell in families.starts if cell.strip())
    return True


def _by_start(families: Families) -> dict[str, list[int]]:
    """Tie each row to the one its family begins with; return those whose first is not there."""
    orphans: dict[str, list[int]] = defaultdict(list)
    for row, cell in enumerate(families.starts):
        start = cell.strip()
        parent = families.index.get(start)
        if start and parent is None:
            orphans[start].append(row)
        elif start and parent != row:
            families.parent[row] = families.index[start]
    return dict(orphans)


def _members(families: Families) -> None:
    members: dict[int, list[int]] = {}
    parents = families.parent
    for row in sorted(parents):
        top = parents[row]
        if top in parents:
            top = families.top(row)
        if top not in members:
            members[top] = [top]
        if row != top:
            members[top].append(row)
    families.members = members


def rows(seen: CheckContext, families: Families) -> Findings:
    """Report every conflict between the family columns."""
    if families.label:
        name = seen.volume.called(families.key)
        labelled = (
            f"{name} holds values such as {families.label!r}, which are no numbers of documents; "
            "rows of one value were taken for a family"
        )
        yield seen.report("FM05", labelled, file=seen.volume.data_files[0])
        yield from _apart(seen, families)
        return
    if not (seen.volume.has("parent") or families.listed or families.parent or families.orphans):
        return
    yield from _circles(seen, families)
    yield from _absent_children(seen, families)
    yield from _absent_parents(seen, families)
    if (message := _one_sided(seen.volume, families)) is not None:
        yield seen.report("FM07", message, file=seen.volume.data_files[0])
    else:
        yield from _disagreements(seen, families)
    for top in _doubtful(seen.volume, families):
        if not seen.misplaced.issuperset(families.members[top]):
            yield from _ranges(seen, top, families.members[top])
    yield from _apart(seen, families)


def _circles(seen: CheckContext, families: Families) -> Findings:
    parents = families.parent
    if parents.keys().isdisjoint(set(parents.values())):
        return  # every parent is a top
    for row in list(parents):
        above, met = families.parent.get(row), {row}
        while above is not None and above not in met:
            met.add(above)
            above = families.parent.get(above)
        if above == row:
            del families.parent[row]
            seen.misplaced.add(row)
            yield seen.report("FM11", "it is its own parent through others", row=row)
    if seen.misplaced:
        _members(families)


def _absent_children(seen: CheckContext, families: Families) -> Findings:
    volume = seen.volume
    reported: set[str] = set()
    for row, numbers in families.listed.items():
        for number in sorted(child for child in numbers if child not in families.index):
            page = volume.numberer.one(number)
            if number in reported or page in seen.accounted:
                continue
            reported.add(number)
            end = volume.numberer.one(
                volume.cell("family_last", row) or (_told(volume, row) or ("", ""))[1]
            )
            if page is not None:
                seen.accounted.add(page)
            if page is not None and end is not None and end >= page and same_series(page, end):
                seen.ends[page] = end
            yield seen.report(
                "FM01",
                f"{volume.cell('first_bates', row)} lists the attachment {number}; it is not in "
                "the volume",
                bates=number,
                file=volume.data_files[0],
            )


def _absent_parents(seen: CheckContext, families: Families) -> Findings:
    """Report a parent several keys agree on as absent; a key of one row alone as wrong."""
    volume = seen.volume
    for number, orphans in families.orphans.items():
        page = volume.numberer.one(number)
        if page is not None and page in seen.accounted:
            continue
        seen.misplaced.update(orphans)
        agreed = all(families.starts[row].strip() == number for row in orphans)
        if page is not None and (agreed or len(orphans) > 1):
            seen.accounted.add(page)
            many = f"{len(orphans)} attachment{'s' * (len(orphans) > 1)}"
            yield seen.report(
                "FM02", f"the parent of {many} is not in the volume", bates=number,
                file=volume.data_files[0],
            )  # fmt: skip
        else:
            for row in orphans:
                yield _nobody(seen, families, row, number)
    for row, cell in enumerate(volume.column("parent")):
        if not cell or cell in families.index:
            continue
        named = cell.strip()
        lost = named and named not in families.index and named not in families.orphans
        if lost and volume.numberer.one(named) not in seen.accounted:
            seen.misplaced.add(row)
            yield _nobody(seen, families, row, named)


def _nobody(seen: CheckContext, families: Families, row: int, number: str) -> Finding:
    name = seen.volume.called(families.key)
    return seen.report("FM03", f"{name} {number!r} is no document of the volume", row=row)


def _disagreements(seen: CheckContext, families: Families) -> Findings:
    volume = seen.volume
    if not volume.has("parent"):
        return  # only one side speaks
    listing = {row for row, numbers in families.listed.items() if numbers}
    cells = volume.column("parent")
    silent: set[int] = set()
    bates = volume.bates
    for row, parent in families.parent.items():
        named = cells[row]
        if named and bates[row] in families.listed.get(parent, ()):
            continue
        if row in seen.misplaced or row in seen.misnumbered:
            continue
        number, named = bates[row].strip(), named.strip()
        above = _lineage(families, row)
        listed = any(number in families.listed.get(ancestor, ()) for ancestor in above)
        if not named:
            seen.misplaced.add(row)
            lister = volume.cell("first_bates", parent)
            yield seen.report("FM07", f"{lister} lists it, but it names no parent", row=row)
        elif not listed and not listing & set(above):
            silent.add(above[-1])
        elif not listed:
            seen.misplaced.add(row)
            yield seen.report("FM07", f"it names {named}, which does not list it", row=row)
    for row in sorted(silent - seen.misnumbered):
        if volume.has("children"):
            name = volume.called("children")
            yield seen.report("FM07", f"it has attachments but {name} is blank", row=row)


def _one_sided(volume: Volume, families: Families) -> str | None:
    """Return what to say where one of the two columns is blank throughout, and families are."""
    named = any(cell.strip() for cell in volume.column("parent"))
    listing = any(families.listed.values())
    if len(families.parent) < 2 or named is listing or not volume.has("parent", "children"):
        return None
    blank, other = ("children", "parent") if named else ("parent", "children")
    return (
        f"{volume.called(blank)} is blank throughout; families were taken from "
        f"{volume.called(other)}"
    )


def _lineage(families: Families, row: int) -> list[int]:
    above: list[int] = []
    while row in families.parent and len(above) < _DEEPEST:
        row = families.parent[row]
        above.append(row)
    return above


def _doubtful(volume: Volume, families: Families) -> list[int]:
    """Return the tops of families whose range columns are not, as written, what they should be."""
    mark, last = volume.standard.formats.range_mark, volume.column("last_bates")
    starts, ends, spans = ([""] * len(volume) for _ in range(3))
    tops = {}
    for top, members in families.members.items():
        start, end = volume.bates[top], last[members[-1]]
        span = f"{start}{mark}{end}"
        for row in members:
            tops[row], starts[row], ends[row], spans[row] = top, start, end, span
    doubtful: set[int] = set()
    columns = (("family_first", starts), ("family_last", ends), ("family_range", spans))
    for role, wanted in columns:
        cells = list(volume.column(role))
        if cells != wanted:
            pairs = enumerate(zip(cells, wanted, strict=True))
            doubtful.update(
                tops[row] for row, (ours, theirs) in pairs if ours != theirs and row in tops
            )
    return sorted(doubtful)


def _ranges(seen: CheckContext, top: int, members: list[int]) -> Findings:
    """Compare where the rows say that the family begins and ends with the family as resolved."""
    volume = seen.volume
    if seen.misnumbered.intersection(members):
        return
    first = volume.cell("first_bates", top)
    end = max(page for page in (volume.last[row] for row in members) if page is not None)
    last = next(volume.cell("last_bates", row) for row in members if volume.last[row] == end)
    cells = {row: _told(volume, row, (first, last)) for row in members}
    values = {value for value in cells.values() if value}
    if values <= {(first, last)}:
        return
    if len(values) == 1 and len(members) > 1:
        start, finish = next(iter(values))
        if start == first and _ends_absent(seen, finish, end):
            return
        message = f"the family range is {start} to {finish}; its documents are {first} to {last}"
        _past(seen, finish, end)
        yield seen.report("FM05", message, row=top)
        return
    for row, value in cells.items():
        if value and value != (first, last) and not _ends_absent(seen, value[1], end):
            message = f"its family range is {value[0]} to {value[1]}, not {first} to {last}"
            yield seen.report("FM05", message, row=row)


def _ends_absent(seen: CheckContext, finish: str, end: Page) -> bool:
    """Return True when the range ends after what is produced, at a document already missed."""
    page = seen.volume.numberer.one(finish)
    return page is not None and any(end < known <= page for known in seen.accounted)


def _past(seen: CheckContext, finish: str, end: Page) -> None:
    page = seen.volume.numberer.one(finish)
    if page is not None and page > end:
        seen.gap_after.add(end)


def _told(volume: Volume, row: int, whole: tuple[str, str] = ("", "")) -> tuple[str, str] | None:
    """Return (first, last) as the row tells it, or None when it tells nothing.

    `whole` are those of the family as resolved.

    The range is one text; where it contradicts the other two it is the answer, so that the conflict
    shows, and where one of those has no column it tells what they would.
    """
    start, end = volume.cell("family_first", row), volume.cell("family_last", row)
    span = volume.cell("family_range", row)
    if span and not volume.has("family_first", "family_last"):
        low, high = _ends(volume, span)
        start, end = start or low, end or high
    # Where the volume can say only one of the two, the other is not asked for.
    if not volume.has("family_range") and volume.has("family_first") != volume.has("family_last"):
        return (start or whole[0], end or whole[1]) if start or end else None
    if span and start and end and not _same_span(span, start, end):
        return (span, "")
    return (start, end) if start and end else None


def _same_span(span: str, start: str, end: str) -> bool:
    return span.startswith(start) and span.endswith(end) and len(span) <= len(start) + len(end) + 4


def _apart(seen: CheckContext, families: Families) -> Findings:
    """Report members that stand before their parent or away from it."""
    skipped = seen.misplaced | seen.misnumbered | seen.disordered
    for top, members in families.members.items():
        if top in skipped:
            continue
        if members[-1] - top == len(members) - 1:
            continue
        place = top
        for row in members[1:]:
            if row in skipped:
                continue
            between = range(place + 1, row)
            if row < top or any(
                gap_row not in skipped and gap_row not in members
                for gap_row in between[: len(members)]
            ):
                name = seen.volume.cell("first_bates", top)
                yield seen.report("FM06", f"it stands apart from its parent {name}", row=row)
                break
            place = max(place, row)
