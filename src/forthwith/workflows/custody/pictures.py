"""The two pictures of one wallet: who could move it day by day, and how on one day.

A picture is written whole or not at all: beside its place first, then moved there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forthwith.custody.answers.index import whole
from forthwith.custody.answers.wallet_facts import facts_of_wallet, wallet_of
from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.pictures import graph as graphs
from forthwith.custody.pictures import timeline as timelines
from forthwith.custody.pictures.memo import Memo, Sheet, of_graph, of_timeline
from forthwith.custody.questions.groups import parse
from forthwith.domain.errors import ForthwithError
from forthwith.domain.period import Period
from forthwith.workflows.custody import picture_pages
from forthwith.workflows.custody.facts import EmptyPeriodError, facts_of


class NoPictureError(ForthwithError):
    """No file was named."""

    def __init__(self) -> None:
        super().__init__(
            "Name the picture to write: --html FILE, --png FILE, --memo FILE, or several of them."
        )


class UnknownKindError(ForthwithError):
    """The name of a memo does not say which kind of file it is to be."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"{place} could not be written: a memo is a PNG, an SVG or a PDF. "
            "Name the file with .png, .svg or .pdf at its end."
        )


class NotWrittenError(ForthwithError):
    """A picture could not be written."""

    def __init__(self, place: Path, why: OSError) -> None:
        reason = why.strerror or str(why)
        super().__init__(
            f"{place} could not be written: {reason}. Name a file in a folder that is there and "
            "may be written to."
        )


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """One wallet, by whose evidence, and where its picture goes; at least one file is named."""

    wallet: str
    standing: ProofLevel = ProofLevel.SWORN
    accept_disputed: bool = False
    #: A page that stands by itself, and a PNG with its tables beneath.
    page: Path | None = None
    picture: Path | None = None
    #: Files of one page each, PNG, SVG or PDF as the name ends.
    memos: tuple[Path, ...] = ()
    #: Their paper, and the page's when it is printed.
    paper: Sheet = Sheet.A4


_KINDS = ("png", "svg", "pdf")
#: Files as written, with their sizes in bytes.
Written = list[tuple[Path, int]]


def timeline(
    home: Path,
    folder: Path | None,
    options: PictureOptions,
    groups: Sequence[str] = (),
    start: date | None = None,
    end: date | None = None,
) -> tuple[timelines.Timeline, Written]:
    """Draw who could move a wallet, day by day, a band for each group.

    Raises NoPictureError, UnknownKindError, NotWrittenError, EmptyPeriodError, what reading a
    group and what `facts_of` raise.
    """
    _named(options)
    bands = [timelines.Group(text, parse(text)) for text in groups]
    facts = facts_of(home, folder)
    drawn = timelines.timeline(
        facts,
        options.wallet,
        bands,
        _period(facts, options.wallet, start, end),
        options.standing,
        accept_disputed=options.accept_disputed,
    )
    files: Written = []
    if options.page:
        text = picture_pages.timeline_page(drawn, options.paper)
        files.append(_write(home / options.page, text.encode("utf-8")))
    if options.picture:
        files.append(_write(home / options.picture, picture_pages.timeline_png(drawn)))
    files += _memos(home, of_timeline(drawn), options)
    return drawn, files


def graph(
    home: Path, folder: Path | None, options: PictureOptions, day: date
) -> tuple[graphs.Graph, Written]:
    """Draw how a wallet could be moved on one day: people, means, counts, paths.

    Raises NoPictureError, UnknownKindError, NotWrittenError and what `facts_of` raises.
    """
    _named(options)
    facts = facts_of(home, folder)
    drawn = graphs.graph(
        facts, options.wallet, day, options.standing, accept_disputed=options.accept_disputed
    )
    files: Written = []
    if options.page:
        text = picture_pages.graph_page(drawn, options.paper)
        files.append(_write(home / options.page, text.encode("utf-8")))
    if options.picture:
        files.append(_write(home / options.picture, picture_pages.graph_png(drawn)))
    files += _memos(home, of_graph(drawn), options)
    return drawn, files


def _named(options: PictureOptions) -> None:
    """Refuse what cannot be written, before any table is read.

    Raises NoPictureError, UnknownKindError.
    """
    if options.page is None and options.picture is None and not options.memos:
        raise NoPictureError
    for place in options.memos:
        if _kind(place) not in _KINDS:
            raise UnknownKindError(place)


def _kind(place: Path) -> str:
    return place.suffix.lower().removeprefix(".")


def _memos(home: Path, memo: Memo, options: PictureOptions) -> Iterator[tuple[Path, int]]:
    for place in options.memos:
        data = picture_pages.memo_file(memo, options.paper, _kind(place))
        yield _write(home / place, data)


def _period(facts: Facts, wallet: str, start: date | None, end: date | None) -> Period | None:
    """Return the days asked for; None or an open end is for the timeline to choose."""
    wallet_of(facts, wallet)
    if start is None and end is None:
        return None
    period = Period(start or whole(facts_of_wallet(facts, wallet), None).start, end)
    if period.empty:
        raise EmptyPeriodError(period.start, period.end or period.start)
    return period


def _write(place: Path, data: bytes) -> tuple[Path, int]:
    """Write beside the place, then move there: nobody finds half a picture."""
    beside = place.with_name(f".{place.name[:40]}-{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(place)
    except OSError as why:
        with suppress(OSError):
            beside.unlink()
        raise NotWrittenError(place, why) from why
    return place, len(data)
