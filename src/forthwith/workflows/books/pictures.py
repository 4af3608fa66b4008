"""Pictures of the books as files: a page that stands by itself, or a PNG of a memo's width.

A page shows the wide form, or the narrow one on a telephone; it is written whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from forthwith.books.commingling import Commingling, Interval
from forthwith.books.control import folded
from forthwith.books.coverage import Coverage, Shortfall, months
from forthwith.books.pictures import calendar as calendar_drawing
from forthwith.books.pictures import coverage as coverage_drawing
from forthwith.books.pictures import stakes as stakes_drawing
from forthwith.books.pictures.coverage import NARROW, WIDE, CoveredAsset
from forthwith.domain.errors import ForthwithError
from forthwith.domain.instants import instant_text
from forthwith.papers import html
from forthwith.plain import system_errors
from forthwith.plain.drawings.drawing import Drawing
from forthwith.plain.drawings.svg import dark_style, standalone, svg

if TYPE_CHECKING:
    from forthwith.workflows.books.ask import Reckoned

#: Pixels across: what fits a memo's width at 300 to the inch.
WIDEST = 1_600
#: Files as written, with their sizes in bytes.
Written = list[tuple[Path, int]]


class NotWrittenError(ForthwithError):
    """A picture could not be written."""

    def __init__(self, place: Path, why: OSError) -> None:
        super().__init__(
            f"{place} could not be written: {system_errors.said(why)}. Name a file in a folder "
            "that is there and may be written to."
        )


def coverage(
    home: Path,
    reckoned: Reckoned,
    found: Coverage,
    assets: Sequence[str],
    page: Path | None,
    picture: Path | None,
) -> Written:
    """Draw owed and held over the period."""
    if not page and not picture:
        return []
    zone = reckoned.parameters.zone
    covered = []
    for name in assets or tuple(reckoned.books.assets):
        if name not in reckoned.timeline.lines:
            continue
        events = list(reckoned.timeline.lines[name].events(found.start, found.end))
        says = [
            (
                row.start,
                row.end,
                _short(row),
            )
            for row in found.shortfalls
            if row.asset.id == name
        ]
        covered.append(
            CoveredAsset(
                reckoned.books.assets[name],
                [(when, owed) for when, owed, *_ in events],
                [(when, held) for when, _, held, *_ in events],
                [(when, held - owed) for when, owed, held, *_ in events],
                says,
            )
        )
    cuts = [until - 1 for _, _, until in months(found.start, found.end, zone)]

    def drawn(width: float) -> Drawing:
        return coverage_drawing.drawing(
            covered, found.start, found.end, cuts=cuts[:-1], zone=zone, width=width
        )

    rows = [
        (row.asset.id, instant_text(row.start), instant_text(row.end), row.asset.text(row.most),
         instant_text(row.most_at), str(row.days_touched), str(row.days_at_end_of_day))
        for row in found.shortfalls
    ]  # fmt: skip
    columns = ("Asset", "From", "To", "Most", "Most at", "Days touched", "Days short at their end")
    return files(home, drawn, ("Shortfalls", columns, rows), page, picture)


def _short(row: Shortfall) -> str:
    return (
        f"short from {instant_text(row.start)} to {instant_text(row.end)}, at most "
        f"{row.asset.text(row.most)} on {instant_text(row.most_at)}"
    )


def stakes(
    home: Path,
    reckoned: Reckoned,
    found: Commingling,
    place: str | None,
    page: Path | None,
    picture: Path | None,
) -> Written:
    """Draw for whom what lies in a place lies; without one, in the first that was mixed."""
    if not page and not picture:
        return []
    of = place or next((row.place for row in found.intervals), None)
    if of is None:
        raise NothingToDrawError
    mixed = [row for row in found.intervals if row.place == of]
    name = mixed[0].asset.id if mixed else next(iter(reckoned.books.assets))
    lines = stakes_drawing.stakes_over(reckoned.reckoning, of, name, found.end)
    spans = [
        (
            row.kind,
            row.start,
            row.end,
            _mixed(row),
        )
        for row in mixed
        if row.asset.id == name
    ]

    def drawn(width: float) -> Drawing:
        return stakes_drawing.drawing(
            of, reckoned.books.assets[name], lines, spans, found.start, found.end,
            zone=reckoned.parameters.zone, width=width,
        )  # fmt: skip

    rows = [(kind, says) for kind, _, _, says in spans]
    return files(home, drawn, ("Intervals", ("Kind", "What"), rows), page, picture)


def _mixed(row: Interval) -> str:
    until = "the end" if row.end is None else instant_text(row.end)
    return (
        f"{row.kind} with {' and '.join(row.groups)} from {instant_text(row.start)} to {until}: "
        f"customers' {row.asset.text(row.customers_from)}, others' "
        f"{row.asset.text(row.other_from)} at the start"
    )


def proofs(home: Path, reckoned: Reckoned, page: Path | None, picture: Path | None) -> Written:
    """Draw on which days a proof of control of each registered address was in time."""
    if not page and not picture:
        return []
    start, end = reckoned.period(None, None)
    days = reckoned.parameters.proof_age
    addresses = [
        calendar_drawing.ProvedAddress(
            row.place,
            row.address,
            reckoned.control.proved.get((row.chain, folded(row.address)), ()),
        )
        for row in reckoned.books.places
        if row.chain and row.klass == "customer" and row.kind in ("address", "safe")
    ]

    def drawn(width: float) -> Drawing:
        return calendar_drawing.drawing(
            addresses, start, end, days, zone=reckoned.parameters.zone, width=width
        )

    rows = [
        (row.place, row.address, ", ".join(map(instant_text, row.proofs)) or "none")
        for row in addresses
    ]
    table = ("Proofs of control", ("Place", "Address", "Proved at blocks of"), rows)
    return files(home, drawn, table, page, picture)


class NothingToDrawError(ForthwithError):
    """No place is mixed, and none was named."""

    def __init__(self) -> None:
        super().__init__("No place was mixed in this time: name one to draw, as --place op.")


Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def files(
    home: Path,
    drawn: Callable[[float], Drawing],
    table: Table,
    page: Path | None,
    picture: Path | None,
) -> Written:
    """Write a drawing as the files that were named. Raises NotWrittenError."""
    written: Written = []
    if page:
        written.append(_write(home / page, _page(drawn, table).encode("utf-8")))
    if picture:
        if picture.suffix.lower() == ".svg":
            data = standalone(drawn(WIDE)).encode("utf-8")
        else:
            # Only who asks for a PNG waits the second that matplotlib takes to start.
            from forthwith.plain.drawings.plotted import png

            data = png(drawn(WIDE), WIDEST)
        written.append(_write(home / picture, data))
    return written


def _page(drawn: Callable[[float], Drawing], table: Table) -> str:
    wide, narrow = drawn(WIDE), drawn(NARROW)
    heading, columns, rows = table
    parts = [
        html.picture(svg(wide, "picture"), svg(narrow, "picture-narrow")),
        html.element("h2", heading),
        html.table([html.Column(name) for name in columns], rows, stacked=True)
        if rows
        else html.element("p", "None."),
    ]
    return html.page(wide.title, parts, wide=True, style=dark_style())


def _write(place: Path, data: bytes) -> tuple[Path, int]:
    partial = place.with_name(f".{place.name}.new")
    try:
        partial.write_bytes(data)
        partial.replace(place)
    except OSError as refused:
        with suppress(OSError):
            partial.unlink()
        raise NotWrittenError(place, refused) from refused
    return place, len(data)
