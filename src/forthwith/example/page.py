"""How the overview looks: its style, its tables, and numbers as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

#: Letters that a column makes room for without breaking the word.
_WORD = 20
STYLE = """
body{font:15px/1.5 system-ui,"Segoe UI",Roboto,Arial,sans-serif;color:#1a1a1a;background:#fff;
 margin:0 auto;padding:2.5rem 1.5rem 4rem;max-width:60rem}
h1{font-size:1.9rem;margin:0 0 .3rem}h2{font-size:1.25rem;margin:2.6rem 0 .5rem;
 border-bottom:2px solid #0072b2;padding-bottom:.25rem}h3{font-size:1rem;margin:1.4rem 0 .4rem}
p{margin:.4rem 0 .8rem;max-width:46rem}.lead{font-size:1.08rem}.quiet{color:#595959}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.7rem;
 margin:1.4rem 0 0;padding:0;list-style:none}.numbers li{border:1px solid #d0d0d0;border-radius:6px;
 padding:.6rem .8rem}.numbers b{display:block;font-size:1.6rem;line-height:1.2}
table{border-collapse:collapse;width:100%;margin:.6rem 0 1rem;font-size:.92rem}
caption{text-align:left;color:#595959;padding-bottom:.3rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;
 border-bottom:1px solid #e0e0e0;overflow-wrap:anywhere}
th{border-bottom-color:#767676;font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums;
 white-space:nowrap}.b{white-space:nowrap;font-variant-numeric:tabular-nums}.w{overflow-wrap:normal}
.good{color:#00664a;font-weight:600}.bad{color:#a33a00;font-weight:600}
svg{width:100%;height:auto;margin:.6rem 0}svg text{font-family:inherit;fill:#1a1a1a}
.t{font-size:15px;font-weight:600}.c{font-size:13px;font-weight:600}svg .a{font-size:12px;
 fill:#444}
@media print{body{padding:0;max-width:none;font-size:12px}h2{break-after:avoid}
 tr{break-inside:avoid}}
"""


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str = "",
    numeric: Iterable[int] = (),
    *,
    first_fixed: bool = False,
) -> str:
    """Return a table; cells are text and escaped here."""
    right = set(numeric)
    styles = [
        ' class="n"' if at in right else ' class="b"' if first_fixed and at == 0 else ""
        for at in range(len(head))
    ]
    top = "".join(_cell("th", name, styles[at]) for at, name in enumerate(head))
    body = "".join(
        f"<tr>{''.join(_cell('td', held, styles[at]) for at, held in enumerate(row))}</tr>"
        for row in rows
    )
    if not body:
        return '<p class="quiet">None.</p>'
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{told}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(tag: str, text: str, style: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    # Only a name as long as it likes is broken; where none is, the column keeps its longest word.
    if not style and all(len(word) <= _WORD for word in text.split()):
        style = ' class="w"'
    return f"<{tag}{scope}{style}>{escape(text)}</{tag}>"


def last_part(path: str) -> str:
    """Return the last part of a path of either kind."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def tail(path: str, parts: int = 3) -> str:
    """Return the last few parts of a path."""
    pieces = path.replace("\\", "/").strip("/").split("/")
    return "/".join(pieces[-parts:])


def count(value: object) -> str:
    """Return a number with its thousands apart."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def size(octets: object) -> str:
    """Return a size in the unit that fits."""
    if not isinstance(octets, int):
        return ""
    for unit, least in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if octets >= least:
            return f"{octets / least:.1f} {unit}"
    return f"{octets} bytes"
