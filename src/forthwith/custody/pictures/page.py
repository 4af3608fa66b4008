"""The page a picture stands in: self-contained, printable, every value escaped.

Nothing in it comes from elsewhere, and its policy forbids the browser to fetch or run anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from forthwith.custody.pictures.words import plain

_STYLE = """
body{font:15px/1.5 "Segoe UI",-apple-system,"Helvetica Neue",Arial,sans-serif;color:#1a1a1a;
 background:#fff;margin:0 auto;padding:1.6rem 1.5rem 4rem;max-width:80rem}
h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:2px solid #0072b2;padding-bottom:.25rem}
p,li{max-width:52rem}h2,p,li{overflow-wrap:anywhere}.quiet{color:#555}
div.wide{overflow-x:auto}svg{width:100%;height:auto;margin:0 0 .6rem;display:block}
svg text{font-family:"DejaVu Sans",Verdana,"Segoe UI",Arial,sans-serif;unicode-bidi:isolate;
 white-space:pre}
table{border-collapse:collapse;width:100%;margin:.6rem 0 1rem;font-size:.88rem}
caption{text-align:left;color:#555;padding-bottom:.3rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;
 border-bottom:1px solid #e0e0e0;overflow-wrap:anywhere;min-width:4.6rem}
th{overflow-wrap:normal}td:first-child{overflow-wrap:break-word}
th{border-bottom-color:#767676;font-weight:600}td{unicode-bidi:plaintext}
.b{white-space:nowrap;font-variant-numeric:tabular-nums}
tr:target{background:#fff3c4}
@page{size:A4 landscape;margin:12mm}
@media print{body{padding:0;max-width:none;font-size:11px}h2{break-after:avoid}
 tr,svg{break-inside:avoid}div.wide{overflow:visible}
 svg{min-width:0!important;max-height:180mm}}
"""


def page(title: str, parts: Iterable[str]) -> str:
    """Return the page; `parts` are HTML made here or by `svg`."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{safe(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def safe(text: str) -> str:
    """Return text as HTML that says just that."""
    return escape(plain(text))


def heading(text: str) -> str:
    """Return a heading."""
    return f"<h2>{safe(text)}</h2>"


def paragraphs(texts: Iterable[str], style: str = "quiet") -> str:
    """Return each text as a paragraph."""
    return "".join(f'<p class="{style}">{safe(each)}</p>' for each in texts)


def listed(texts: Iterable[str]) -> str:
    """Return the texts as a list."""
    return f"<ul>{''.join(f'<li>{safe(each)}</li>' for each in texts)}</ul>"


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], fixed: Iterable[int] = (), prefix: str = ""
) -> str:
    """Return a table; columns in `fixed` are not folded, `prefix` and the first cell name a row."""
    kept = set(fixed)
    top = "".join(f'<th scope="col">{safe(name)}</th>' for name in head)
    body = "".join(_row(row, kept, prefix) for row in rows)
    if not body:
        return '<p class="quiet">None.</p>'
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _row(row: Sequence[str], kept: set[int], prefix: str) -> str:
    cells = "".join(
        f'<td class="b">{safe(cell)}</td>' if at in kept else f"<td>{safe(cell)}</td>"
        for at, cell in enumerate(row)
    )
    named = f' id="{prefix}{safe(row[0])}"' if prefix and row else ""
    return f"<tr{named}>{cells}</tr>"
