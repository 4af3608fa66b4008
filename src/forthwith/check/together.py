"""Several volumes seen together: overlays applied, documents delivered again, numbers across them.

A volume by itself cannot say whether a number it lacks stands in another, or whether a load file
without documents changes those of an earlier one. What only the others can show is found here;
versions of one volume, told by its name, are not held against each other.
"""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from forthwith.check import manifest, seals
from forthwith.check.context import CheckContext
from forthwith.check.dialects import Pages
from forthwith.check.natives_opened import sha256_of
from forthwith.check.reporting import Report
from forthwith.check.volume import Volume, is_paper
from forthwith.check.workers import Pool
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.finding import Finding
from forthwith.loadfiles import volume_rows
from forthwith.loadfiles.volume_rows import Span
from forthwith.standards import catalogue

#: Part of the rows of an overlay whose numbers must stand in other volumes.
_KNOWN = 0.5
#: Part of the standard's columns that a load file of whole documents has at least.
_COLUMNS = 0.5
#: Numbers named in one sentence.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Arranged:
    """Volumes as they stand once every overlay is applied."""

    volumes: tuple[Volume, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def arrange(given: Sequence[Volume]) -> Arranged:
    """Apply overlays among volumes to the others, in the order given."""
    keys = [{number.strip() for number in volume.bates} for volume in given]
    overlays = {
        place
        for place, volume in enumerate(given)
        if partial(volume) and _elsewhere(place, keys, given) >= _KNOWN
    }
    kept = {place: volume for place, volume in enumerate(given) if place not in overlays}
    findings, notes = [], []
    for place in sorted(overlays):
        overlay, done, left = given[place], 0, list(range(len(given[place])))
        for other, volume in kept.items():
            at = {number.strip(): row for row, number in enumerate(volume.bates)}
            rows = {row: at[key] for row in left if (key := overlay.bates[row].strip()) in at}
            if rows:
                kept[other] = _applied(volume, overlay, rows)
                done += len(rows)
                left = [row for row in left if row not in rows]
                what = ", ".join(name for name in overlay.columns if name in _changed(overlay))
                notes.append(
                    f"{overlay.name} is an overlay: it was applied to {len(rows):,} "
                    f"document{'s' * (len(rows) > 1)} of {volume.name} ({what or 'pages'}), which "
                    "was checked as it stands then"
                )
        findings += [_of_nobody(overlay, row) for row in left]
        found, told = _of_papers(overlay)
        findings += found
        notes += told
    return Arranged(tuple(kept[place] for place in sorted(kept)), tuple(findings), tuple(notes))


def partial(volume: Volume) -> bool:
    """Return True for a volume that changes documents and brings none of its own."""
    columns = volume.standard.columns
    few = sum(column.name in volume.columns for column in columns) < _COLUMNS * len(columns)
    load_files = {*volume.data_files, *volume.pointer_files}
    alone = all(path in load_files or is_paper(path) for path in volume.folder.sizes)
    return bool(len(volume)) and (few or alone)


def _elsewhere(place: int, keys: Sequence[set[str]], given: Sequence[Volume]) -> float:
    """Return which part of a volume's numbers stands in whole volumes of another name."""
    others: set[str] = set()
    for other, volume in enumerate(given):
        if other != place and volume.name != given[place].name and not partial(volume):
            others |= keys[other]
    return len(keys[place] & others) / len(keys[place]) if keys[place] else 0.0


def _changed(overlay: Volume) -> set[str]:
    return set(overlay.columns) - {overlay.standard.called("first_bates")}


def _of_nobody(overlay: Volume, row: int) -> Finding:
    number = overlay.bates[row].strip()
    return catalogue.finding(
        "VO09",
        f"{overlay.name} changes {number}, which no volume that was given has",
        overlay.standard,
        bates=number,
        file=overlay.data_files[0],
        row=overlay.data.numbers[row],
        volume=overlay.name,
    )


def _applied(base: Volume, overlay: Volume, rows: dict[int, int]) -> Volume:
    """Return a volume with what an overlay says of its documents; `rows` are theirs by its own."""
    beside = os.path.relpath(overlay.folder.root, base.folder.root).replace(os.sep, "/")
    columns, roles = _cells(base, overlay, rows, beside)
    more = _files(overlay, beside)
    children = list(base.children)
    if overlay.has("children"):
        for row, place in rows.items():
            children[place] = overlay.children[row]
    return replace(
        base,
        folder=base.folder.with_files(
            {way: overlay.folder.sizes[path] for way, path in more.items()}
        ),
        laid={**base.laid, **more},
        overlays=(*base.overlays, overlay.folder.root),
        displaced=base.displaced | _displaced(base, overlay, rows),
        columns=columns,
        roles=roles,
        last=base.numberer.column(roles["last_bates"]),
        children=children,
        pages=_pages(base, overlay, rows, beside),
    )


def _cells(
    base: Volume, overlay: Volume, rows: dict[int, int], beside: str
) -> tuple[dict[str, Sequence[str]], dict[str, Sequence[str]]]:
    """Return the cells by name and by role; paths of the overlay's files lead to them from here."""
    named = {overlay.standard.called(role): role for role in overlay.roles}
    columns, roles = dict(base.columns), dict(base.roles)

    def put(cells: Sequence[str] | None, theirs: Sequence[str]) -> list[str]:
        changed = [""] * len(base) if cells is None else list(cells)
        for row, place in rows.items():
            changed[place] = theirs[row]
        return changed

    for name in _changed(overlay):
        theirs = overlay.columns[name]
        if named.get(name) in {"native_path", "text_path"}:
            paths = [overlay.folder.resolve(cell) if cell.strip() else None for cell in theirs]
            theirs = [
                cell if path is None else f"{beside}/{path}"
                for cell, path in zip(theirs, paths, strict=True)
            ]
        columns[name] = put(columns.get(name), theirs)
    for role, theirs in overlay.roles.items():
        name = overlay.standard.called(role)
        if role != "first_bates" and name in overlay.columns:
            # A day and its time are taken apart by role, in a column that may hold both.
            apart = role.startswith(("date_", "time_", "datetime_"))
            roles[role] = put(roles.get(role), theirs) if apart else columns[name]
    return columns, roles


def _files(overlay: Volume, beside: str) -> dict[str, str]:
    """Return an overlay's files, load files and papers left out, by their way from the volume."""
    load_files = {*overlay.data_files, *overlay.pointer_files}
    paths = (path for path in overlay.folder.sizes if path not in load_files)
    return {f"{beside}/{path}": path for path in paths if not is_paper(path)}


def _displaced(base: Volume, overlay: Volume, rows: dict[int, int]) -> frozenset[str]:
    """Return the files of a volume whose place the overlay's take."""
    old = [
        base.cell(role, place)
        for role in ("native_path", "text_path")
        if overlay.has(role)
        for row, place in rows.items()
        if overlay.cell(role, row) != "" and base.cell(role, place) != ""
    ]
    changed = {overlay.bates[row].strip() for row in rows} & _by_document(overlay.pages).keys()
    pages = _by_document(base.pages)
    old += [base.pages.paths[line] for number in changed for line in pages.get(number, ())]
    return frozenset(path for text in old if (path := base.folder.resolve(text)) is not None)


def _of_papers(overlay: Volume) -> tuple[list[Finding], list[str]]:
    """Return what an overlay's own manifest and seal have against it, and notes on its seal."""
    with Pool((overlay.folder.root,)) as pool:
        papers = manifest.read(overlay, pool)
    root = overlay.folder.root
    digests = {
        path: sha256_of(str(root / path)) for path in overlay.folder.sizes if papers.manifest
    }
    seen = CheckContext(overlay)
    found = list(manifest.papers_and_files(seen, papers, digests, ()))
    found += seals.judged(seen, papers, found[:])
    return found, list(seals.notes(seen.seals))


def _pages(base: Volume, overlay: Volume, rows: dict[int, int], beside: str) -> Pages:
    """Return the pages, those of documents whose pages the overlay brings taken from there."""
    new = _by_document(overlay.pages)
    changed = {overlay.bates[row].strip() for row in rows} & new.keys()
    if not changed:
        return base.pages
    old = _by_document(base.pages)
    lines: list[tuple[Pages, int, str]] = []
    for document, places in old.items():
        source = overlay if document in changed else base
        for line in new[document] if document in changed else places:
            path = source.pages.paths[line]
            found = source.folder.resolve(path)
            moved = f"{beside}/{found}" if source is overlay and found is not None else path
            lines.append((source.pages, line, moved))
    return replace(
        base.pages,
        ids=[pages.ids[line] for pages, line, _ in lines],
        paths=[path for _, _, path in lines],
        firsts=[pages.firsts[line] for pages, line, _ in lines],
        numbers=[pages.numbers[line] for pages, line, _ in lines],
        spans=[pages.spans[line] for pages, line, _ in lines],
    )


def _by_document(pages: Pages) -> dict[str, list[int]]:
    documents: dict[str, list[int]] = defaultdict(list)
    document = ""
    for line, (number, first) in enumerate(zip(pages.numbers, pages.firsts, strict=True)):
        document = number if first or not document else document
        documents[document].append(line)
    return documents


def compared(
    volumes: Sequence[Volume], reports: Sequence[Report]
) -> tuple[list[Report], list[Finding], list[str]]:
    """Return the reports without what other volumes explain, what only all show, and notes.

    `reports` are those of `volumes`, in step.
    """
    if len({volume.name for volume in volumes}) < 2:
        return list(reports), [], []
    documents = [_documents(volume) for volume in volumes]
    again: list[Finding] = []
    superseded: list[set[str]] = [set() for _ in volumes]
    for later, volume in enumerate(volumes):
        for earlier in range(later):
            if volumes[earlier].name == volume.name:
                continue
            both = documents[earlier].keys() & documents[later].keys()
            superseded[earlier] |= both
            again += [_again(volume, number, volumes[earlier]) for number in sorted(both)]
    left, notes = [], []
    for place, report in enumerate(reports):
        others = _others(place, volumes, documents)
        kept = [finding for finding in report.findings if not _explained(finding, others)]
        gone = [finding for finding in kept if finding.bates in superseded[place]]
        if gone:
            named = ", ".join(f"{finding.code} {finding.bates}" for finding in gone[:_NAMED])
            more = f" and {len(gone) - _NAMED:,} more" if len(gone) > _NAMED else ""
            notes.append(
                f"{report.volume}: left out what was found at documents that a later volume "
                f"delivers again: {named}{more}"
            )
            kept = [finding for finding in kept if finding.bates not in superseded[place]]
        left.append(replace(report, findings=tuple(kept)))
    findings = [*again, *_overlapping(volumes, documents), *_between(volumes, documents)]
    return left, findings, notes


def _documents(volume: Volume) -> dict[str, Span]:
    """Return the pages of each document that has sound numbers."""
    spans: dict[str, Span] = {}
    for first, last in zip(volume.bates, volume.roles["last_bates"], strict=True):
        try:
            start = Bates.parse(first)
            end = Bates.parse(last) if last.strip() else start
        except NotABatesNumberError:
            continue
        if start.pages_to(end) is not None:
            spans.setdefault(first.strip(), Span(start, end))
    return spans


def _again(volume: Volume, number: str, earlier: Volume) -> Finding:
    return catalogue.finding(
        "VO08",
        f"{number} was delivered in {earlier.name} already; what {volume.name} says of it counts",
        volume.standard,
        bates=number,
        file=volume.data_files[0],
        volume=volume.name,
    )


@dataclass(frozen=True, slots=True)
class _Others:
    """What the other volumes hold."""

    numbers: frozenset[str]
    runs: Sequence[Span]
    #: (parent's number, name of the file) of documents that hang on one of another volume.
    attached: frozenset[tuple[str, str]]


def _others(place: int, volumes: Sequence[Volume], documents: Sequence[dict[str, Span]]) -> _Others:
    places = [at for at, volume in enumerate(volumes) if volume.name != volumes[place].name]
    attached = {
        (volumes[at].cell("parent", row), volumes[at].cell("file_name", row).casefold())
        for at in places
        for row in range(len(volumes[at]))
        if volumes[at].cell("parent", row)
    }
    return _Others(
        frozenset(number for at in places for number in documents[at]),
        volume_rows.joined(span for at in places for span in documents[at].values()),
        frozenset(attached),
    )


def _explained(finding: Finding, others: _Others) -> bool:
    """Return True where another volume has what this one was found to lack."""
    match finding.code:
        case "FM01" | "FM02":
            return finding.bates in others.numbers
        case "FM03":
            return any(
                repr(number) in finding.message for number in _quoted(finding.message, others)
            )
        case "FM04":
            return any(
                parent == finding.bates and name and repr(name) in finding.message.casefold()
                for parent, name in others.attached
            )
        case "BT04":
            start, _, end = finding.message.rpartition(": ")[2].partition(" to ")
            try:
                wanted = Span(Bates.parse(start), Bates.parse(end or start))
            except NotABatesNumberError:
                return False
            return not volume_rows.lacking(wanted, others.runs)
        case _:
            return False


def _quoted(message: str, others: _Others) -> list[str]:
    return [part for part in message.split("'")[1::2] if part in others.numbers]


def _overlapping(
    volumes: Sequence[Volume], documents: Sequence[dict[str, Span]]
) -> Iterator[Finding]:
    """Report documents whose pages another volume gave to other documents."""
    every = sorted(
        (span.first, span.last, place, number)
        for place, known in enumerate(documents)
        for number, span in known.items()
    )
    reach: tuple[Bates, int, str] | None = None
    for first, last, place, number in every:
        if reach is not None and first.pages_to(reach[0]) is not None:
            end, other, before = reach
            if volumes[other].name != volumes[place].name and before != number:
                later, earlier = (place, other) if place > other else (other, place)
                mine, theirs = (number, before) if place > other else (before, number)
                yield catalogue.finding(
                    "BT08",
                    f"its pages are those of {theirs} in {volumes[earlier].name} too",
                    volumes[later].standard,
                    bates=mine,
                    file=volumes[later].data_files[0],
                    volume=volumes[later].name,
                )
            if end.pages_to(last) is None:
                continue
        reach = (last, place, number)


def _between(volumes: Sequence[Volume], documents: Sequence[dict[str, Span]]) -> Iterator[Finding]:
    """Report numbers between volumes that none of them has."""
    runs = volume_rows.joined(span for known in documents for span in known.values())
    extents = [
        (place, run) for place, known in enumerate(documents) for run in _extents(known.values())
    ]
    excepted = {number for volume in volumes for number in volume.excepted}
    for before, after in itertools.pairwise(runs):
        low, high = before.last.plus(1), after.first.plus(-1)
        if low.pages_to(high) is None or any(low in run and high in run for _, run in extents):
            continue
        if str(low) in excepted or any(key.startswith(f"{low} - ") for key in excepted):
            continue
        below = next(place for place, run in extents if before.last in run)
        above = next(place for place, run in extents if after.first in run)
        many = low.pages_to(high) or 1
        span = str(low) if many == 1 else f"{low} to {high}"
        yield catalogue.finding(
            "BT09",
            f"{many:,} number{'s' * (many > 1)} between {volumes[below].name} and "
            f"{volumes[above].name} stand in no volume that was given: {span}",
            volumes[above].standard,
            bates=str(low),
            file=volumes[above].data_files[0],
            volume=volumes[above].name,
        )


def _extents(spans: Iterable[Span]) -> list[Span]:
    """Return from where to where a volume's numbers go, for each prefix and width."""
    ends: dict[tuple[str, int], Span] = {}
    for span in spans:
        key = (span.first.prefix, span.first.width)
        known = ends.get(key)
        ends[key] = (
            span
            if known is None
            else Span(min(known.first, span.first), max(known.last, span.last))
        )
    return list(ends.values())
