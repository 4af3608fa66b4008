"""The two pictures of a wallet as files: a page with its tables, or a PNG with them beneath."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forthwith.custody.pictures.graph import Graph
from forthwith.custody.pictures.graph import drawing as graph_drawing
from forthwith.custody.pictures.graph import tables as graph_tables
from forthwith.custody.pictures.graph.drawing import coalition_lines
from forthwith.custody.pictures.svg import svg
from forthwith.custody.pictures.tables import Table
from forthwith.custody.pictures.timeline import Timeline
from forthwith.custody.pictures.timeline import drawing as timeline_drawing
from forthwith.custody.pictures.timeline import tables as timeline_tables
from forthwith.papers import html


def timeline_page(timeline: Timeline) -> str:
    """Return the timeline as a page: the picture, every run of days, every fact."""
    picture = timeline_drawing.drawing(timeline)
    parts = [
        html.picture(svg(picture, "timeline")),
        *(part for table in timeline_tables.tables(timeline) for part in _table(table)),
        *_notes(timeline.notes),
    ]
    return html.page(picture.title, parts, wide=True)


def graph_page(graph: Graph) -> str:
    """Return the coalition graph as a page: the picture, the least coalitions, every node."""
    picture = graph_drawing.drawing(graph, listing=False)
    heading, *coalitions = coalition_lines(graph.coalitions, str(graph.standing))
    parts = [
        html.picture(svg(picture, "graph")),
        html.element("h2", heading),
        html.listed(coalitions),
        *_table(graph_tables.table(graph)),
        *_notes(graph.notes),
    ]
    return html.page(picture.title, parts, wide=True)


def timeline_png(timeline: Timeline) -> bytes:
    """Return the timeline as PNG, its tables beneath."""
    # Only who asks for a PNG waits the second that matplotlib takes to start.
    from forthwith.custody.pictures.png import png

    return png(timeline_tables.sheet(timeline))


def graph_png(graph: Graph) -> bytes:
    """Return the coalition graph as PNG, its table beneath."""
    from forthwith.custody.pictures.png import png

    return png(graph_tables.sheet(graph))


def _table(table: Table) -> Iterator[html.Html]:
    yield html.element("h2", table.heading)
    if table.note:
        yield html.element("p", table.note, class_="quiet")
    columns = [html.Column(each.name, "whole" if each.whole else "") for each in table.columns]
    yield html.table(columns, table.rows, anchor=table.anchor)


def _notes(notes: Sequence[str]) -> Iterator[html.Html]:
    if notes:
        yield html.element("h2", "To be known with it")
        yield html.listed(notes)
