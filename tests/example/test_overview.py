"""The overview: one whole page, everything escaped, nothing fetched, nothing left out."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain import fields
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Fault, FaultReason, FieldValue, Kind, TextMethod
from forthwith.example.overview import CheckedVolume, render_overview
from forthwith.example.received import SeededFault
from forthwith.example.timeline import SORTS, Dated, by_year, svg

STATUS: dict[str, Any] = {
    "total": {"collected": 3, "duplicates": 1, "unaccounted": 0},
    "sources": [
        {
            "custodian": "Ortega, Marisol", "origin": "/evidence/ortega", "collected": 3,
            "bytes": 2_500_000, "documents": 2, "families": 1, "faults": 1, "unaccounted": 0,
            "containers_expanded": [{"path": "a.mbox", "expected": 3, "emitted": 2, "faults": 0}],
        }
    ],
}  # fmt: skip


def document(
    number: int, *, family: int = 0, name: str = "x", fault: Fault | None = None
) -> Document:
    own = ControlNumber(f"FW{number:08d}")
    top = ControlNumber(f"FW{family or number:08d}")
    return Document(
        own, top if family else None, top, 0, None, "Ortega, Marisol", Kind.EMAIL, name,
        f"p/{name}",
        "message/rfc822", "", "", "", 1,
        {fields.SENT: FieldValue(fields.SENT, "2022-03-08T12:47:00+01:00", "header:Date")},
        (fault,) if fault else (), TextMethod.NONE, "", "", "S0001", "S0001/000001",
    )  # fmt: skip


def page(*documents: Document, volumes: tuple[CheckedVolume, ...] = ()) -> str:
    return render_overview("Northgate <inquiry>", documents, STATUS, volumes)


class Tags(HTMLParser):
    """Collects what a page would fetch or run, and whether its tags balance."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "img", "iframe"} or any(
            n in {"src", "href"} for n, _ in attrs
        ):
            self.outside.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_balances() -> None:
    tags = Tags()
    tags.feed(page(document(1), document(2, family=1)))

    assert tags.outside == []
    assert tags.open == []


def test_names_from_evidence_cannot_become_markup() -> None:
    fault = Fault(FaultReason.CORRUPT, "<b>cut</b>")
    html = page(document(1, name="<script>alert(1)</script>", fault=fault))

    assert "<script" not in html
    assert "&lt;b&gt;cut" in html
    assert "Northgate &lt;inquiry&gt;" in html


def test_every_fault_is_listed_with_its_file() -> None:
    fault = Fault(FaultReason.ENCRYPTED, "opens only with a password", lost=True)
    html = page(document(1), document(2, name="escrow.pdf", fault=fault))

    assert "By reason: 1 encrypted." in html
    assert "escrow.pdf" in html
    assert "the whole file" in html


def test_a_container_that_lost_something_says_so() -> None:
    assert "1 missing" in page(document(1))


def test_seeded_faults_are_laid_beside_what_was_found() -> None:
    seeded = (
        SeededFault("custodian blank", "NG1", "taken out", "MD01"),
        SeededFault("native altered", "NG2", "changed", "NT02"),
    )
    finding = {"code": "MD01", "bates": "NG1", "file": "", "message": "CUSTODIAN is blank"}
    report = {"counts": {"documents": 2}, "findings": [finding], "standard": "sec/2021-08"}
    html = page(document(1), volumes=(CheckedVolume("Theirs", report, seeded),))

    assert "1 of 2 found" in html
    assert "found (MD01)" in html
    assert "NOT FOUND" in html


def test_a_clean_volume_says_so() -> None:
    report = {"counts": {"documents": 2}, "findings": [], "standard": "sec/2021-08"}

    assert "No finding." in page(document(1), volumes=(CheckedVolume("Ours", report),))


DATED = st.builds(
    Dated,
    st.sampled_from(["Ortega", "Lindqvist & co"]),
    st.sampled_from(sorted(SORTS)),
    st.dates().map(str) | st.sampled_from(["", "2022", "garbage", "2022-13-01"]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(DATED, max_size=30))
def test_the_picture_is_sound_for_any_dates(documents: list[Dated]) -> None:
    """Well-formed, and the bars add up to the documents that have a date."""
    drawn = ET.fromstring(svg(documents, "Documents over time"))
    titles = [each.text or "" for each in drawn.iter("{http://www.w3.org/2000/svg}title")][1:]
    counted = sum(int(title.rpartition(": ")[2].split(" ")[0]) for title in titles)
    tabled = sum(sum(row.values()) for row in by_year(documents).values())
    undated = sum(row.get("no date", 0) for row in by_year(documents).values())

    assert tabled == len(documents)
    assert counted == len(documents) - undated
