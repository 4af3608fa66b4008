"""A drawing as SVG, for a page or by itself: no script, no font, no reference to anything."""

from __future__ import annotations

from html import escape

from forthwith.plain.drawings import drawing as draw
from forthwith.plain.visible import visible

_FACES = '"DejaVu Sans",Verdana,"Segoe UI",Arial,sans-serif'


def svg(drawing: draw.Drawing, name: str) -> str:
    """Return the picture for a page; `name` makes its ids its own within the page."""
    return (
        f'<svg id="{name}" viewBox="0 0 {_number(drawing.width)} {_number(drawing.height)}" '
        f'role="img" aria-labelledby="{name}-t {name}-d"><title id="{name}-t">'
        f'{_safe(drawing.title)}</title><desc id="{name}-d">{_safe(drawing.described)}</desc>'
        f"{_body(drawing)}</svg>"
    )


def standalone(drawing: draw.Drawing) -> str:
    """Return the picture as a file, 100 units of the drawing to an inch."""
    wide, high = (_number(side * 0.254) for side in (drawing.width, drawing.height))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}mm" height="{high}mm" '
        f'viewBox="0 0 {_number(drawing.width)} {_number(drawing.height)}" role="img" '
        f'aria-labelledby="t d"><title id="t">{_safe(drawing.title)}</title>'
        f'<desc id="d">{_safe(drawing.described)}</desc>'
        f"<style>text{{font-family:{_FACES};white-space:pre;unicode-bidi:isolate}}</style>"
        f"{_body(drawing)}</svg>\n"
    )


def dark_style() -> str:
    """Return rules of CSS that give pictures in a page the colours of a dark screen."""
    rules = "".join(
        f'div.picture [fill="{light}"]{{fill:{dark}}}'
        f'div.picture [stroke="{light}"]{{stroke:{dark}}}'
        for light, dark in draw.DARK.items()
    )
    ground = "div.picture{background:none}"
    return f"@media screen and (prefers-color-scheme:dark){{{ground}{rules}}}"


def _body(drawing: draw.Drawing) -> str:
    return "".join(_item(item) for item in drawing.items)


def _item(item: draw.Item) -> str:
    if isinstance(item, draw.Box):
        body = _box(item)
    elif isinstance(item, draw.Stroke):
        body = _stroke(item)
    elif isinstance(item, draw.Shape):
        body = _shape(item.points, item.fill, item.line)
    else:
        body = _words(item)
    return f"<g><title>{_safe(item.hover)}</title>{body}</g>" if item.hover else body


def _box(box: draw.Box) -> str:
    outline = (
        f'x="{_number(box.x)}" y="{_number(box.y)}" width="{_number(box.width)}" '
        f'height="{_number(box.height)}"' + (f' rx="{_number(box.round)}"' if box.round else "")
    )
    if not box.hatch:
        return (
            f'<rect {outline} fill="{box.fill}"{_line(box.line, box.weight, dashed=box.dashed)}/>'
        )
    lines = "".join(f"M{_point(start)}L{_point(end)}" for start, end in draw.hatching(box))
    return (
        f'<rect {outline} fill="{box.fill}"/>'
        f'<path d="{lines}" fill="none" stroke="{box.hatch}" stroke-width="1.3"/>'
        f'<rect {outline} fill="none"{_line(box.line, box.weight, dashed=box.dashed)}/>'
    )


def _stroke(stroke: draw.Stroke) -> str:
    points = stroke.points
    path = f"M{_point(points[0])}"
    if stroke.smooth:
        path += "".join(
            f"C{_point(first)} {_point(second)} {_point(end)}"
            for first, second, end in draw.bends(points)
        )
    else:
        path += "".join(f"L{_point(point)}" for point in points[1:])
    line = (
        f'<path d="{path}" fill="none"{_line(stroke.colour, stroke.weight, dashed=stroke.dashed)}/>'
    )
    if not stroke.arrow:
        return line
    return line + _shape(draw.head(points, 6 + 2 * stroke.weight), stroke.colour, "")


def _shape(points: tuple[draw.Point, ...], fill: str, line: str) -> str:
    corners = " ".join(_point(point) for point in points)
    return f'<polygon points="{corners}" fill="{fill}"{_line(line, 1.2)}/>'


def _words(words: draw.Words) -> str:
    weight = ' font-weight="600"' if words.bold else ""
    anchor = f' text-anchor="{words.anchor}"' if words.anchor != "start" else ""
    return (
        f'<text x="{_number(words.x)}" y="{_number(words.y)}" font-size="{_number(words.size)}" '
        f'fill="{words.colour}"{weight}{anchor}>{_safe(words.text)}</text>'
    )


def _line(colour: str, weight: float, *, dashed: bool = False) -> str:
    if not colour:
        return ""
    dashes = ' stroke-dasharray="6 4"' if dashed else ""
    return f' stroke="{colour}" stroke-width="{_number(weight)}"{dashes}'


def _point(point: draw.Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _safe(text: str) -> str:
    return escape(visible(text))
