"""Every paper as it is read: its text is a golden, and its PDF is drawn and looked over.

`pytest tests/respond/test_papers_goldens.py --rewrite-goldens` writes the texts anew. The pages are
left in build/papers/ as PNG, to be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from forthwith.check.responses import months as completeness
from forthwith.domain.conference import Conference, Letter
from forthwith.domain.requests import RequestKind
from forthwith.loadfiles.volume_rows import Row
from forthwith.papers.blocks import Block, Paper
from forthwith.papers.pdf import as_pdf
from forthwith.papers.text import as_text
from forthwith.respond.deficiency import letter as deficiency
from forthwith.respond.deficiency import reply as deficiency_reply
from forthwith.respond.papers import (
    responses as papers_responses,
)
from forthwith.respond.papers import (
    status as papers_status,
)
from forthwith.respond.papers import (
    sworn as papers_sworn,
)
from forthwith.respond.papers import (
    transmittal as papers_transmittal,
)
from forthwith.respond.papers.sworn import Sentence
from forthwith.respond.papers.transmittal import Sent
from forthwith.standards.catalogue import CATALOGUE
from tests.builders import answered, reported

DAY = date(2024, 3, 5)
PAGES = Path(__file__).parents[2] / "build" / "papers"
SENTENCES = (
    Sentence("s1", "Northgate alone held the keys.", ("ABC0001",), "supported"),
    Sentence("s2", 'The memo says "any two of three".', ("ABC0005-ABC0006",), "supported"),
)
ROWS = (
    Row("VOL001", "ABC0001", "ABC0004", custodian="Ortega, Marisol", day=date(2023, 1, 9)),
    Row("VOL001", "ABC0005", "ABC0009", custodian="Adeyemi, Tunde", day=date(2023, 4, 2)),
)


def responses() -> Paper:
    register, front = answered.register(), answered.FRONT
    blocks = papers_responses.compose(front, register, answered.SET, answered.PAGES)
    title = papers_responses.title(front, register.of(answered.SET))
    return _court(title, [*blocks, front.signature(DAY), *front.certificate()])


def verification() -> Paper:
    change = {"verifier": "Marisol Ortega", "ranges": ()}
    register = answered.register({str(n): change for n in (1, 2, 3)}, RequestKind.INTERROGATORY)
    blocks = papers_sworn.verification(
        answered.FRONT, register.of(answered.SET), "Marisol Ortega", "London, England"
    )
    return _court("Verification of Marisol Ortega", blocks)


def declaration() -> Paper:
    blocks = papers_sworn.declaration(
        answered.FRONT, "Per Lindqvist", SENTENCES, "Washington, D.C."
    )
    return _court("Declaration of Per Lindqvist", blocks)


def transmittal() -> Paper:
    sent = Sent(
        front=answered.FRONT, matter="SEC v. Northgate (1:23-cv-04411)", day=DAY, ordinal="first",
        volume=reported.SEEN, files=14, rows=ROWS, register=answered.register(),
        withheld={"ABC0005": "PRIV-0001"}, confidentiality="FOIA Confidential Treatment Requested",
        enclosed=("Responses and Objections (responses/1)",),
    )  # fmt: skip
    return Paper("Transmittal of VOL001", tuple(papers_transmittal.compose(sent)), DAY, "Northgate")


def status_report() -> Paper:
    heading = reported.TOPIC_HELD.heading
    letter = Letter(DAY, "The staff", "counsel", "gaps of VOL001", heading)
    met = Conference(DAY, "by telephone", ("A. Okoye", "D. Reyes"), "no agreement", heading)
    facts = reported.facts(
        dealings=reported.dealings(letter, met), called_by="the Order of January 25, 2024"
    )
    return _court(papers_status.TITLE, papers_status.compose(facts))


#: One code with what its rule says, and one without a word beside its title.
KINDS = {
    "RQ01": CATALOGUE["RQ01"],
    "FM01": replace(CATALOGUE["FM01"], title="Attachments lost", meaning=""),
}


def deficiency_letter() -> Paper:
    facts = deficiency.Facts(
        volumes=(reported.SEEN,), items=reported.POINTS,
        kinds=KINDS,
        matrix=completeness.matrix(ROWS), day=DAY, made_with="forthwith 0.1.0",
        matter="SEC v. Northgate", to="Counsel for Northgate", sender="The staff", by=DAY,
    )  # fmt: skip
    return deficiency.compose(facts)


def reply() -> Paper:
    facts = deficiency_reply.ReplyFacts(
        reported.POINTS, DAY, "SEC v. Northgate", "2024-02-10", "The staff", "Counsel"
    )
    return deficiency_reply.compose(facts)


def _court(title: str, blocks: list[Block]) -> Paper:
    return Paper(title, tuple(blocks), DAY, "Northgate Trading Ltd.", court=True)


PAPERS = {
    each.__name__: each
    for each in (
        responses, verification, declaration, transmittal, status_report, deficiency_letter, reply,
    )
}  # fmt: skip


@pytest.mark.parametrize("name", PAPERS)
def test_the_words_of_a_paper_are_its_golden(name: str, golden: Callable[[str, str], None]) -> None:
    text = as_text(PAPERS[name]().blocks).decode("utf-8-sig")

    golden(name, text.replace("\r\n", "\n"))


@pytest.mark.parametrize("name", PAPERS)
def test_the_printed_paper_has_every_word_inside_its_margins(name: str) -> None:
    """Drawn once, so that somebody can look; what the text has, the pages have."""
    paper = PAPERS[name]()
    pages = list(pypdfium2.PdfDocument(as_pdf(paper)))
    PAGES.mkdir(parents=True, exist_ok=True)
    read = ""
    for number, page in enumerate(pages, 1):
        drawn = page.render(scale=1.5).to_pil().convert("L")
        drawn.save(PAGES / f"{name}-{number}.png")
        ink = np.asarray(drawn) < 128
        assert ink.any(), f"page {number} is blank"
        edge = int(0.4 * 72 * 1.5)
        assert not ink[:, :edge].any()
        assert not ink[:, -edge:].any()
        read += page.get_textpage().get_text_bounded()
    wanted = as_text(paper.blocks).decode("utf-8-sig")
    assert _letters(wanted) <= _letters(read)


def _letters(text: str) -> set[str]:
    """Return the words of four letters and more; shorter ones and numbers break with the line."""
    return set(re.findall(r"[A-Za-z]{4,}", text.replace("-\n", "")))
