"""The two pictures of a wallet as files: a page with its tables, a PNG with them, or a memo.

A page shows one form of the picture at a time: the wide one, the narrow one on a telephone, and
the memo in print.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from forthwith.custody.pictures.graph import Graph
from forthwith.custody.pictures.graph import drawing as graph_drawing
from forthwith.custody.pictures.graph import tables as graph_tables
from forthwith.custody.pictures.graph.tree import tree
from forthwith.custody.pictures.memo import WIDEST, Memo, Sheet, of_graph, of_timeline, page
from forthwith.custody.pictures.timeline import Timeline
from forthwith.custody.pictures.timeline import drawing as timeline_drawing
from forthwith.custody.pictures.timeline import tables as timeline_tables
from forthwith.papers import html
from forthwith.plain.drawings.axis import convention
from forthwith.plain.drawings.drawing import Drawing
from forthwith.plain.drawings.svg import dark_style, standalone, svg
from forthwith.plain.drawings.tables import Table

_PAPERS: Mapping[Sheet, str] = {Sheet.A4: "A4", Sheet.LETTER: "letter"}


def timeline_page(timeline: Timeline, sheet: Sheet = Sheet.A4) -> str:
    """Return the timeline as a page: answer, picture, every run of days, every fact."""
    memo = of_timeline(timeline)
    picture = timeline_drawing.drawing(timeline, headed=False)
    narrow = timeline_drawing.drawing(timeline, timeline_drawing.NARROW, headed=False)
    parts = [
        _head(memo, timeline_drawing.lead(timeline), convention(timeline.zone)),
        _pictured("timeline", picture, narrow, page(memo, sheet)),
        *(part for table in timeline_tables.tables(timeline) for part in _table(table)),
        *_notes(timeline.notes),
    ]
    return html.page(memo.title, parts, wide=True, style=_style(sheet))


def graph_page(graph: Graph, sheet: Sheet = Sheet.A4) -> str:
    """Return the coalition graph as a page: the least coalitions, the picture, every node."""
    memo = of_graph(graph)
    picture = graph_drawing.drawing(graph, listing=False, headed=False)
    parts = [
        _head(memo, graph_drawing.lead(graph), convention(graph.zone)),
        _pictured("graph", picture, tree(graph), page(memo, sheet)),
        *_table(graph_tables.table(graph)),
        *_notes(graph.notes),
    ]
    return html.page(memo.title, parts, wide=True, style=_style(sheet))


def timeline_png(timeline: Timeline) -> bytes:
    """Return the timeline as PNG, its tables beneath."""
    # Only who asks for a PNG waits the second that matplotlib takes to start.
    from forthwith.plain.drawings.plotted import png

    return png(timeline_tables.sheet(timeline))


def graph_png(graph: Graph) -> bytes:
    """Return the coalition graph as PNG, its table beneath."""
    from forthwith.plain.drawings.plotted import png

    return png(graph_tables.sheet(graph))


def memo_file(memo: Memo, sheet: Sheet, kind: str) -> bytes:
    """Return a memo as one page; `kind` is png, svg or pdf."""
    drawing = page(memo, sheet)
    if kind == "svg":
        return standalone(drawing).encode("utf-8")
    from forthwith.plain.drawings.plotted import pdf, png

    return pdf(drawing) if kind == "pdf" else png(drawing, WIDEST)


def _head(memo: Memo, lead: str, convention: str) -> html.Html:
    """Return title and answer in words; on paper the memo has them."""
    return html.element(
        "div",
        html.element("h1", memo.title),
        html.element("p", f"{lead}. {convention}", class_="quiet"),
        html.element("h2", memo.heading.removesuffix(":")),
        html.listed(memo.answer),
        class_="screen",
    )


def _pictured(name: str, wide: Drawing, narrow: Drawing, paper: Drawing) -> html.Html:
    return html.picture(svg(wide, name), svg(narrow, f"{name}-narrow"), svg(paper, f"{name}-paper"))


def _style(sheet: Sheet) -> str:
    return f"{dark_style()}@page wide{{size:{_PAPERS[sheet]} landscape}}"


def _table(table: Table) -> Iterator[html.Html]:
    yield html.element("h2", table.heading)
    if table.note:
        yield html.element("p", table.note, class_="quiet")
    columns = [html.Column(column.name, "whole" * column.whole) for column in table.columns]
    yield html.table(columns, table.rows, anchor=table.anchor, stacked=True)


def _notes(notes: Sequence[str]) -> Iterator[html.Html]:
    if notes:
        yield html.element("h2", "To be known with it")
        yield html.listed(notes)
