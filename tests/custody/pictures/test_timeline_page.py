"""The timeline as a page and as PNG."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html import escape

import pytest
from PIL import Image

from forthwith.custody.facts.facts import Facts, Wallet
from forthwith.custody.pictures.drawing import Words
from forthwith.custody.pictures.timeline import drawing as timeline_drawing
from forthwith.custody.pictures.timeline import timeline
from forthwith.custody.pictures.timeline.drawing import drawing
from forthwith.domain.period import Period
from forthwith.plain.visible import visible
from forthwith.workflows.custody.picture_pages import timeline_page, timeline_png
from tests.builders import pictured

OUTSIDE = re.compile(r"https?://|\bsrc\s*=|url\(|@import|<link|<script", re.IGNORECASE)


@pytest.fixture(scope="module")
def page() -> str:
    return timeline_page(timeline(pictured.facts(), "cold-1"))


def test_every_run_and_every_mark_has_a_row(page: str) -> None:
    drawn = timeline(pictured.facts(), "cold-1")
    runs, facts = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)

    assert runs.count("<tr") == sum(len(band.runs) for band in drawn.bands)
    assert facts.count("<tr") == len(drawn.marks)
    for mark in drawn.marks:
        assert f">{escape(mark.says)}<" in facts
        assert f">{mark.place}<" in facts


def test_every_citation_is_in_the_table_and_on_hover(page: str) -> None:
    picture, _, tables = page.partition("</svg>")
    for mark in timeline(pictured.facts(), "cold-1").marks:
        for cite in mark.cites:
            assert cite in tables
            assert cite in "".join(re.findall(r"<title>(.*?)</title>", picture))


def test_an_exclusion_cites_the_rules_and_lists_it_rests_on(page: str) -> None:
    row = next(each for each in page.split("<tr") if "Umbra" in each and ">excluded<" in each)

    assert "HC-000300" in row
    assert "HC-000301" in row
    assert "policies.csv:2" in row


def test_nothing_comes_from_elsewhere(page: str) -> None:
    assert OUTSIDE.search(page) is None


def test_the_same_facts_give_the_same_bytes(page: str) -> None:
    assert timeline_page(timeline(pictured.facts(), "cold-1")) == page


def test_a_png_is_the_same_twice_and_large_enough_to_read() -> None:
    one, two = (timeline_png(timeline(pictured.few(), "cold-1")) for _ in range(2))
    picture = Image.open(io.BytesIO(one))

    assert one == two

    assert picture.format == "PNG"
    assert picture.size[0] == 2400
    assert 1_000 < picture.size[1] < 6_000


@pytest.mark.parametrize("name", pictured.HOSTILE)
def test_whatever_a_name_holds_the_page_says_it_and_no_more(name: str) -> None:
    drawn = timeline(pictured.renamed(name), "cold-1")
    page = timeline_page(drawn)

    assert pictured.Tags(page).found <= pictured.SOUND_TAGS
    assert escape(visible(name)) in page
    assert page.encode("utf-8")


def test_whatever_a_name_holds_a_png_is_made() -> None:
    people = [
        replace(each, name=name)
        for each, name in zip(pictured.few().people, pictured.HOSTILE[1:], strict=False)
    ]
    drawn = timeline(replace(pictured.few(), people=tuple(people)), "cold-1")

    assert timeline_png(drawn).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["Ann Lindqvist", *pictured.HOSTILE])
def test_no_words_run_over_the_edge_or_into_the_words_beside_them(name: str) -> None:
    picture = drawing(timeline(pictured.renamed(name), "cold-1"))

    assert pictured.overlapping(picture) == []


def test_a_wallet_without_facts_says_so_in_the_picture() -> None:
    bare = Facts(wallets=(Wallet(id="cold-9", **pictured.stamp("wallets", 2)),))
    drawn = timeline(bare, "cold-9")

    said = "The facts have this wallet only by name: who could move it is not shown."
    assert said in timeline_page(drawn).partition("</svg>")[0]
    assert said in [each.text for each in drawing(drawn).items if isinstance(each, Words)]
    assert timeline_png(drawn).startswith(b"\x89PNG")


def test_one_day_shown_in_twenty_years_is_pointed_at() -> None:
    facts = pictured.facts()
    held = [
        pictured.held("dee", means, 90 + at, "2003-05-05", "2003-05-06", "X")
        for at, means in enumerate(("k1", "k2"))
    ]
    early = replace(facts.policies[0], period=Period.parse("2001-01-01"))
    facts = replace(facts, possessions=(*facts.possessions, *held), policies=(early,))
    picture = drawing(timeline(facts, "cold-1"))

    pointers = [each for each in picture.items if getattr(each, "hover", "").startswith("Everyone")]
    assert any(isinstance(each, timeline_drawing.Shape) for each in pointers)


def test_bars_past_the_bound_are_counted_in_the_picture_and_kept_in_the_table() -> None:
    facts = pictured.facts()
    many = tuple(
        pictured.held("ann", "k1", 100 + at, "2023-01-09", "", f"MANY-{at}") for at in range(80)
    )
    drawn = timeline(replace(facts, possessions=many), "cold-1")
    texts = [each.text for each in drawing(drawn).items if isinstance(each, Words)]

    left = 80 - timeline_drawing.MOST_BARS
    assert f"{left} more facts not drawn; see the table" in texts
    assert "MANY-79" in timeline_page(drawn)
