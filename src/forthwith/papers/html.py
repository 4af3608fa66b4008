"""A page of HTML: its frame, one style for screen, dark and print, tables and pictures.

A page stands alone: nothing in it comes from elsewhere, and its policy forbids the browser to fetch
anything. Whatever is not `Html` already is text, and is escaped where it enters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from forthwith.plain.visible import visible

#: A column makes room for a word of so many letters; longer ones may be broken anywhere.
_LONGEST_WORD = 20
#: Rules of CSS that name the colours of every page, those of the room too.
COLOURS = Path(__file__).with_name("tokens.css").read_text(encoding="utf-8")
_STYLE = """
*{box-sizing:border-box}
body{font:15px/1.5 "Segoe UI",-apple-system,system-ui,"Helvetica Neue",Roboto,Arial,sans-serif;
 color:var(--ink);background:var(--paper);margin:0 auto;padding:2.2rem 1.6rem 4rem;max-width:62rem}
body.wide{max-width:80rem}
h1{font-size:1.8rem;line-height:1.2;margin:0 0 .3rem}
h2{font-size:1.2rem;margin:2.4rem 0 .7rem;border-bottom:2px solid var(--rule);padding-bottom:.25rem}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
h1,h2,h3,p,li,dd{overflow-wrap:anywhere}p,li{max-width:52rem}p{margin:.4rem 0 .8rem}
a{color:inherit;text-decoration-color:var(--rule)}
.lead{font-size:1.08rem}.quiet,caption,dt{color:var(--soft)}
.good{color:var(--good);font-weight:600}.bad{color:var(--major);font-weight:600}
.verdict{border-left:5px solid var(--good);background:var(--ground);padding:.8rem 1.1rem;
 font-size:1.05rem;margin:1rem 0 1.4rem;max-width:none}
.verdict.fatal{border-color:var(--fatal)}.verdict.major{border-color:var(--major)}
.verdict.minor{border-color:var(--minor)}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.6rem;
 margin:1.2rem 0 0;padding:0;list-style:none}
.numbers li{border:1px solid var(--line);border-radius:5px;padding:.5rem .8rem;color:var(--soft)}
.numbers b{display:block;font-size:1.45rem;line-height:1.25;color:var(--ink)}
.numbers b,.number,.whole{font-variant-numeric:tabular-nums}
div.table{overflow-x:auto;margin:.5rem 0 1rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
table.fixed{table-layout:fixed;min-width:44rem}
caption{text-align:left;padding-bottom:.3rem}
th,td{text-align:left;vertical-align:top;padding:.38rem .7rem .38rem 0;
 border-bottom:1px solid var(--line);unicode-bidi:plaintext}
th{border-bottom-color:var(--soft);font-weight:600}
.number{text-align:right;white-space:nowrap}.whole{white-space:nowrap}
.long{overflow-wrap:anywhere;min-width:11rem}
tr:target{background:var(--mark)}
th button{all:unset;cursor:pointer;font-weight:600}th button:focus-visible{outline:2px solid}
th button::after{content:" \\2195";opacity:.5}
input{font:inherit;color:inherit;background:var(--ground);border:1px solid var(--line);
 border-radius:4px;padding:.35rem .6rem;width:100%;max-width:24rem;margin:0 0 1rem}
.tag{display:inline-block;border-radius:3px;padding:0 .45rem;font-size:.8rem;font-weight:600;
 color:var(--paper);background:var(--minor)}
.tag.fatal{background:var(--fatal)}.tag.major{background:var(--major)}
section.card{border:1px solid var(--line);border-radius:5px;padding:.9rem 1.2rem;margin:0 0 1.1rem}
section.card>header{display:flex;gap:.7rem;align-items:baseline;flex-wrap:wrap}
section.card h3{margin:0}section.card div.table{margin-bottom:.2rem}
dl{display:grid;grid-template-columns:7rem 1fr;gap:.15rem .8rem;margin:.5rem 0 .8rem;
 font-size:.92rem}dd{margin:0}
div.picture{overflow-x:auto;background:#fff;color:#1a1a1a;border-radius:4px;margin:.6rem 0}
div.picture svg{width:100%;height:auto;display:block}
div.narrow,div.paper{display:none}div.narrow svg{max-width:30rem}
div.picture text{font-family:"DejaVu Sans",Verdana,"Segoe UI",Arial,sans-serif;
 unicode-bidi:isolate;white-space:pre}
@media screen and (max-width:56rem){body{padding:1.2rem 1rem 3rem}h1{font-size:1.45rem}
 div.wide{display:none}div.narrow{display:block}
 table.rows,table.rows tbody,table.rows tr{display:block}
 table.rows thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
 table.rows tr{border-bottom:1px solid var(--soft);padding:.45rem 0}
 table.rows td{display:grid;grid-template-columns:6rem 1fr;gap:.6rem;border:0;padding:.1rem 0;
  min-width:0;white-space:normal;overflow-wrap:anywhere}
 table.rows td:empty{display:none}
 table.rows td::before{content:attr(data-name);color:var(--soft)}}
@page wide{size:A4 landscape;margin:12mm}
@media print{:root{font-size:12.5px;--ink:#000;--soft:#333;--line:#bbb;--rule:#000}
 body{max-width:none;padding:0;font-size:1rem}
 body.wide{page:wide;max-width:none}
 h2,h3,h2+p,section.card>header,section.card>dl{break-after:avoid}tr,svg,dl{break-inside:avoid}
 thead{display:table-header-group}
 div.table{overflow:visible}div.picture svg{max-height:180mm}
 div.printed,div.narrow,.screen{display:none}div.paper{display:block;margin:0;break-after:page}
 input,th button::after{display:none}.tag{color:#000;background:none!important;border:1px solid}}
"""
#: Sorts a table by a click on a heading; shows of each card the rows that hold a word.
_SCRIPT = """
document.querySelectorAll('table.sortable').forEach(function(table){
  table.querySelectorAll('th').forEach(function(head,place){
    var button=document.createElement('button');button.type='button';
    while(head.firstChild)button.appendChild(head.firstChild);head.appendChild(button);
    button.addEventListener('click',function(){
      var down=head.getAttribute('aria-sort')==='ascending',body=table.tBodies[0];
      table.querySelectorAll('th').forEach(function(other){other.removeAttribute('aria-sort')});
      head.setAttribute('aria-sort',down?'descending':'ascending');
      Array.from(body.rows).sort(function(a,b){
        var x=a.cells[place].textContent,y=b.cells[place].textContent;
        return (down?-1:1)*x.localeCompare(y,undefined,{numeric:true});
      }).forEach(function(row){body.appendChild(row)});
    });
  });
});
var find=document.getElementById('find');
if(find){find.hidden=false;find.addEventListener('input',function(){
  var wanted=find.value.toLowerCase();
  document.querySelectorAll('section.card').forEach(function(card){
    var shown=0;
    card.querySelectorAll('tbody tr').forEach(function(row){
      row.hidden=row.textContent.toLowerCase().indexOf(wanted)<0;if(!row.hidden)shown++;
    });
    card.hidden=wanted!==''&&!shown;
  });
});}
"""


class Html(str):
    """Markup that may stand in a page as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    #: "number" (to the right), "whole" (never folded) or "" (folded where there is no room).
    cells: str = ""
    #: A width of CSS such as "13rem"; where a column has one, no column grows with its cells.
    width: str = ""


def text(value: str) -> Html:
    """Return text as markup that says just that, signs that steer or hide written out."""
    return value if isinstance(value, Html) else Html(escape(visible(value)))


def joined(parts: Iterable[str], between: str = "") -> Html:
    """Return the parts one after the other."""
    return Html(text(between).join(map(text, parts)))


def element(name: str, *parts: str, **attributes: str) -> Html:
    """Return an element; attributes without a value are left out, `class_` is `class`."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value
    )
    return Html(f"<{name}{given}>{joined(parts)}</{name}>")


def link(address: str, words: str) -> Html:
    """Return a link; an address beside the page, or a place in it."""
    return element("a", words, href=address)


def defined(terms: Mapping[str, str]) -> Html:
    """Return terms, each with what is said of it."""
    pairs = ((element("dt", term), element("dd", words)) for term, words in terms.items())
    return element("dl", *(part for pair in pairs for part in pair))


def listed(items: Iterable[str]) -> Html:
    """Return the items as a list."""
    return element("ul", *(element("li", item) for item in items))


def numbers(counts: Mapping[str, str]) -> Html:
    """Return figures in boxes, each under its name."""
    boxes = (element("li", element("b", value), name) for name, value in counts.items())
    return element("ul", *boxes, class_="numbers")


def picture(svg: str, narrow: str = "", paper: str = "") -> Html:
    """Return a drawing in its place, other forms of it for a narrow screen and for paper.

    All are markup already. A form that is not given is the first; the page shows one at a time.
    """
    classes = " ".join(filter(None, ("wide" * bool(narrow), "printed" * bool(paper))))
    forms = ((svg, classes), (narrow, "narrow"), (paper, "paper"))
    return joined(
        element("div", Html(form), class_=f"picture {name}".strip()) for form, name in forms if form
    )


#: A box that finds words in the cards of an interactive page.
FIND = Html('<input id="find" type="search" placeholder="Bates number or word" hidden>')


def table(
    columns: Iterable[Column | str],
    rows: Iterable[Sequence[str]],
    caption: str = "",
    *,
    anchor: str = "",
    sortable: bool = False,
    stacked: bool = False,
) -> Html:
    """Return a table; `anchor` and its first cell name a row, so that links can lead to it.

    On a narrow screen the cells of a row of a `stacked` one stand under each other, each with its
    column's name.
    """
    heads = [column if isinstance(column, Column) else Column(column) for column in columns]
    body = [
        element(
            "tr",
            *(_cell(head, cell, named=stacked) for head, cell in zip(heads, row, strict=True)),
            id=f"{anchor}{row[0]}" if anchor else "",
        )
        for row in rows
    ]
    if not body:
        return element("p", "None.", class_="quiet")
    fixed = any(head.width for head in heads)
    styles = (Html(f'<col style="width:{text(head.width or "auto")}">') for head in heads)
    top = (element("th", head.name, scope="col", class_=head.cells) for head in heads)
    markup = element(
        "table",
        element("caption", caption) if caption else Html(),
        element("colgroup", *styles) if fixed else Html(),
        element("thead", element("tr", *top)),
        element("tbody", *body),
        class_=" ".join(("sortable",) * sortable + ("fixed",) * fixed + ("rows",) * stacked),
    )
    return element("div", markup, class_="table")


def _cell(column: Column, cell: str, *, named: bool) -> Html:
    # Only a name as long as it likes is broken; where none is, a column keeps its longest word.
    long = any(len(word) > _LONGEST_WORD for word in cell.split())
    classes = column.cells or ("long" if long else "")
    return element("td", cell, class_=classes, data_name=column.name if named else "")


def page(
    title: str,
    parts: Iterable[str],
    *,
    wide: bool = False,
    interactive: bool = False,
    style: str = "",
) -> str:
    """Return the page. `interactive` adds the script that sorts tables and finds words.

    `style` are rules of CSS that only this page needs.
    """
    scripts = "; script-src 'unsafe-inline'" if interactive else ""
    policy = f"default-src 'none'; style-src 'unsafe-inline'{scripts}"
    body = (*parts, Html(f"<script>{_SCRIPT}</script>") if interactive else Html())
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{text(title)}</title><style>{COLOURS}{_STYLE}{style}</style></head>\n"
        f"{element('body', joined(body, Html(chr(10))), class_='wide' if wide else '')}</html>\n"
    )
