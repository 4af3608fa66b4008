"""The custody section of the overview: the question, the answer before and after, two sentences."""

from __future__ import annotations

from html import escape

from forthwith.custody.answers.answers import Answer
from forthwith.custody.statements.results import Checked, spoken
from forthwith.example.page import table
from forthwith.example.plot import ASKED, END, START, STAYS, TURNS, Plot, pages


def section(plot: Plot, timeline: str, coalitions: str) -> str:
    """Return the section; the last two are links to the pictures, as relative addresses."""
    return (
        f"<h2>Who could move customer assets</h2><p>{escape(ASKED)} Asked of the facts loaded, for "
        f"{START} to {END}; each fact cites pages of the sealed volume.</p>"
        + table(
            ("Facts", "Answer", "From", "To", "By"),
            [*_runs("as first loaded", plot.before), *_runs("with the inspections", plot.after)],
        )
        + f"<p>What was missing: {escape(plot.asks)}</p><h3>Two sworn sentences</h3>"
        + table(("Sentence", "What the facts say", "Rests on"), [_turned(plot), _stayed(plot)])
        + f'<p><a href="{escape(timeline)}">The cold wallet day by day</a> · '
        f'<a href="{escape(coalitions)}">Who could move it together on one day</a></p>'
    )


def _runs(label: str, answer: Answer) -> list[tuple[str, ...]]:
    return [
        (label, str(each.verdict), str(each.period.start), str(each.period.end),
         ", ".join(each.paths))
        for each in answer.intervals
    ]  # fmt: skip


def _turned(plot: Plot) -> tuple[str, ...]:
    now = next(each for each in plot.touched if each.id == TURNS)
    said = f"{now.before.result} as first loaded, {now.after.result} with the inspections"
    seen = " ".join(
        f"{each.when}, {each.device}: {each.observed}" for each in plot.facts.inspections
    )
    return (_said(now.after), said, seen)


def _stayed(plot: Plot) -> tuple[str, ...]:
    sentence = plot.sentences[STAYS]
    found = sentence.found
    rests = f"{spoken(found.when)} by {plot.coalition(STAYS)}: {found.cited[0].says}. "
    return (_said(sentence), str(sentence.result), rests + "; ".join(pages(sentence)))


def _said(sentence: Checked) -> str:
    return f"{sentence.statement.id}: “{sentence.statement.sentence}”"
