"""The findings as one page a lawyer can read, file and print; nothing in it comes from elsewhere.

Every value of the volume is escaped; the page has no link out, no image, and a script only to sort
and filter its tables, which reads well without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import escape
from itertools import groupby

from forthwith.check.reporting import Report
from forthwith.domain.finding import Finding, Severity
from forthwith.standards.catalogue import AREAS

#: Findings of one check listed in full; the JSON has all.
_LISTED = 1_000
_COUNTED = {
    "documents": "documents",
    "families": "families",
    "unique": "unique families",
    "pages": "pages",
    "natives": "natives",
}
_STYLE = """
:root{--ink:#1b1f24;--soft:#5b6470;--line:#d9dde3;--ground:#f6f7f9;--fatal:#a3161c;--major:#9a5b00;
--minor:#44617f;--good:#1d6b3a}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.2rem 2rem 4rem;max-width:62rem;color:var(--ink);background:#fff;
font:15px/1.5 "Segoe UI",-apple-system,"Helvetica Neue",Arial,sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2.4rem 0 .8rem}
h3{font-size:1rem;margin:0}
.lead{color:var(--soft);margin:0 0 1.4rem}
.verdict{border-left:5px solid var(--good);background:var(--ground);padding:.8rem 1.1rem;
font-size:1.05rem;margin:0 0 1.4rem}.verdict.fatal{border-color:var(--fatal)}
.verdict.major{border-color:var(--major)}.verdict.minor{border-color:var(--minor)}
.counts{display:flex;flex-wrap:wrap;gap:.6rem;margin:0;padding:0;list-style:none}
.counts li{flex:1 1 8rem;border:1px solid var(--line);border-radius:4px;padding:.5rem .8rem;
color:var(--soft)}.counts b{display:block;font-size:1.35rem;color:var(--ink);
font-variant-numeric:tabular-nums}
table{width:100%;border-collapse:collapse;font-size:.92rem}th{white-space:nowrap}
section.check table{table-layout:fixed}col.bates{width:10rem}col.file{width:13rem}
col.row{width:4.5rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .7rem .4rem 0;border-bottom:1px solid
var(--line)}th{color:var(--soft);font-weight:600}
td.bates,td.code{white-space:nowrap;font-variant-numeric:tabular-nums}
td.said{overflow-wrap:anywhere}td.number{text-align:right;font-variant-numeric:tabular-nums}
th.number{text-align:right}
th button{all:unset;cursor:pointer;font-weight:600}th button:focus-visible{outline:2px solid}
th button::after{content:" \\2195";opacity:.5}
.tag{display:inline-block;border-radius:3px;padding:0 .45rem;font-size:.8rem;font-weight:600;
color:#fff;background:var(--minor)}.tag.fatal{background:var(--fatal)}
.tag.major{background:var(--major)}
section.check{border:1px solid var(--line);border-radius:5px;padding:1rem 1.2rem;margin:0 0 1.1rem;
break-inside:auto}section.check>header{display:flex;gap:.7rem;align-items:baseline;flex-wrap:wrap}
.code{color:var(--soft)}dl{display:grid;grid-template-columns:6rem 1fr;gap:.15rem .8rem;
margin:.5rem 0 .8rem;font-size:.92rem}dt{color:var(--soft)}dd{margin:0}
a{color:inherit}.note{color:var(--soft);font-size:.88rem}
input{font:inherit;padding:.35rem .6rem;border:1px solid var(--line);border-radius:4px;width:100%;
max-width:24rem;margin:0 0 1rem}
@media print{body{max-width:none;padding:0;font-size:10.5pt}input,th button::after{display:none}
h2,section.check>header{break-after:avoid}tr{break-inside:avoid}
.tag{color:#000;background:none!important;border:1px solid #000}}
"""
_SCRIPT = """
document.querySelectorAll('table.sortable').forEach(function(table){
  table.querySelectorAll('th').forEach(function(head,place){
    var button=document.createElement('button');button.type='button';
    while(head.firstChild)button.appendChild(head.firstChild);head.appendChild(button);
    button.addEventListener('click',function(){
      var down=head.getAttribute('aria-sort')==='ascending',body=table.tBodies[0];
      table.querySelectorAll('th').forEach(function(each){each.removeAttribute('aria-sort')});
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
  document.querySelectorAll('section.check').forEach(function(section){
    var shown=0;
    section.querySelectorAll('tbody tr').forEach(function(row){
      row.hidden=row.textContent.toLowerCase().indexOf(wanted)<0;if(!row.hidden)shown++;
    });
    section.hidden=wanted!==''&&!shown;
  });
});}
"""


def html(report: Report, *, title: str, day: date | None = None) -> str:
    """Return the page. `title` is the standard's, as cited; `day` is when the check was made."""
    heading = f"Check of volume {report.volume}"
    made = f" on {day.day} {day:%B %Y}" if day else ""
    body = "\n".join(
        [
            f"<h1>{escape(heading)}</h1>",
            (
                f'<p class="lead">Against {escape(title)}{made}. Every statement below was '
                "computed from the delivered files alone.</p>"
            ),
            _verdict(report),
            _counts(report),
            *_summary(report),
            *_findings(report),
            *_notes(report),
            *_not_checked(report),
        ]
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
        f"<title>{escape(heading)}</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{body}\n<script>{_SCRIPT}</script></body></html>\n"
    )


def _verdict(report: Report) -> str:
    if report.clean:
        return '<p class="verdict">Nothing was found. The volume is as the standard asks.</p>'
    by_severity = {
        severity: sum(each.severity == severity for each in report.findings)
        for severity in Severity
    }
    worst = next(severity for severity in Severity if by_severity[severity])
    parts = ", ".join(f"{count:,} {each}" for each, count in by_severity.items() if count)
    places = len({each.bates for each in report.findings if each.bates})
    at = f" at {_many(places, 'Bates number')}" if places else ""
    found = _many(len(report.findings), "finding")
    return f'<p class="verdict {worst}"><b>{found}</b>{at}: {parts}.</p>'


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _counts(report: Report) -> str:
    items = "".join(
        f"<li><b>{report.counts[name]:,}</b>{label}</li>"
        for name, label in _COUNTED.items()
        if name in report.counts
    )
    return f'<ul class="counts">{items}</ul>'


def _by_code(report: Report) -> list[tuple[str, list[Finding]]]:
    """Group findings by check: areas in the order that matters, graver checks first."""
    areas = list(AREAS)
    grades = list(Severity)

    def rank(finding: Finding) -> tuple[int, int, str]:
        area = finding.code[:2]
        place = areas.index(area) if area in areas else len(areas)
        return grades.index(finding.severity), place, finding.code

    ordered = sorted(report.findings, key=rank)
    return [(code, list(group)) for code, group in groupby(ordered, key=lambda each: each.code)]


def _summary(report: Report) -> Iterator[str]:
    if report.clean:
        return
    yield "<h2>What was found</h2>"
    yield (
        '<table class="sortable"><thead><tr><th>Check</th><th>What</th><th>Area</th><th>Severity'
        '</th><th class="number">Findings</th></tr></thead><tbody>'
    )
    for code, group in _by_code(report):
        yield (
            f'<tr><td class="code"><a href="#{escape(code)}">{escape(code)}</a></td>'
            f"<td>{escape(_title(report, code))}</td><td>{escape(AREAS.get(code[:2], ''))}</td>"
            f'<td>{_tag(group[0])}</td><td class="number">{len(group):,}</td></tr>'
        )
    yield "</tbody></table>"


def _title(report: Report, code: str) -> str:
    return report.kinds[code].title if code in report.kinds else code


def _explained(report: Report, code: str) -> str:
    if code not in report.kinds:
        return ""
    check = report.kinds[code]
    return (
        f"<dt>Meaning</dt><dd>{escape(check.meaning)}</dd>"
        f"<dt>Usual cause</dt><dd>{escape(check.cause)}</dd>"
    )


def _tag(finding: Finding) -> str:
    return f'<span class="tag {finding.severity}">{finding.severity}</span>'


def _findings(report: Report) -> Iterator[str]:
    if report.clean:
        return
    yield "<h2>Finding by finding</h2>"
    yield '<input id="find" type="search" placeholder="Bates number or word" hidden>'
    for code, group in _by_code(report):
        title = escape(_title(report, code))
        yield (
            f'<section class="check" id="{escape(code)}"><header><h3>{title}</h3>'
            f'<span class="code">{escape(code)}</span>{_tag(group[0])}</header>'
            f"<dl>{_explained(report, code)}<dt>Rests on</dt><dd>{escape(group[0].clause)}</dd>"
            f"<dt>Cure</dt><dd>{escape(group[0].cure)}</dd></dl>"
            '<table class="sortable"><colgroup><col class="bates"><col><col class="file">'
            '<col class="row"></colgroup><thead><tr><th>Bates number</th><th>What is wrong</th>'
            '<th>File</th><th class="number">Row</th></tr></thead><tbody>'
        )
        for each in group[:_LISTED]:
            row = "" if each.row is None else f"{each.row:,}"
            yield (
                f'<tr><td class="bates">{escape(each.bates)}</td>'
                f'<td class="said">{escape(each.message)}</td>'
                f'<td class="said">{escape(each.file)}</td><td class="number">{row}</td></tr>'
            )
        yield "</tbody></table>"
        if len(group) > _LISTED:
            left = len(group) - _LISTED
            yield f'<p class="note">{left:,} more are in the JSON of this check.</p>'
        yield "</section>"


def _notes(report: Report) -> Iterator[str]:
    if not report.notes:
        return
    yield "<h2>What could not be looked into</h2><ul>"
    for each in report.notes[:_LISTED]:
        yield f"<li>{escape(each)}</li>"
    if len(report.notes) > _LISTED:
        yield f"<li>and {len(report.notes) - _LISTED:,} more</li>"
    yield "</ul>"


def _not_checked(report: Report) -> Iterator[str]:
    if not report.not_checked:
        return
    yield "<h2>Not checked under this standard</h2>"
    yield "<table><thead><tr><th>Check</th><th>What</th><th>Why</th></tr></thead><tbody>"
    for each in report.not_checked:
        yield (
            f'<tr><td class="code">{escape(each.code)}</td><td>{escape(each.title)}</td>'
            f'<td class="said">{escape(each.why)}</td></tr>'
        )
    yield "</tbody></table>"
