"""The timeline as a page and as PNG."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from forthwith.custody.facts.facts import Facts, Wallet
from forthwith.custody.pictures import memo
from forthwith.custody.pictures.timeline import drawing as timeline_drawing
from forthwith.custody.pictures.timeline import timeline
from forthwith.custody.pictures.timeline.drawing import answer_lines, drawing
from forthwith.domain.period import Period
from forthwith.plain.drawings.drawing import Words
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


def test_the_answer_says_on_what_a_doubtful_row_leaves_it_open() -> None:
    """An approval nobody proves must not bury that the facts put enough in their hands."""
    drawn = timeline(pictured.facts(), "cold-1")
    everyone = next(line for line in answer_lines(drawn) if line.startswith("Everyone"))

    assert everyone == (
        "Everyone together: shown 9 Jan to 1 May 2023; not shown 1 May to 20 Sep 2023 "
        "(shown if no approval by any of (console) is asked for on signing)."
    )


def test_one_convention_of_days_and_its_zone_stands_in_every_form() -> None:
    drawn = timeline(replace(pictured.facts(), zone="Europe/Oslo"), "cold-1")
    said = "no longer so; days are days in Europe/Oslo."
    pictures = (drawing(drawn), memo.page(memo.of_timeline(drawn), memo.Sheet.A4))
    texts = [
        " ".join(each.text for each in picture.items if isinstance(each, Words))
        for picture in pictures
    ]

    assert said in timeline_page(drawn)
    assert all(said in text for text in texts)


def test_instants_stand_in_picture_and_table_as_they_are() -> None:
    facts = pictured.facts()
    start = datetime(2023, 3, 6, 15, tzinfo=ZoneInfo("Europe/Oslo"))
    period = Period(date(2023, 3, 6), date(2023, 3, 8), start, start.replace(day=7))
    held = replace(facts.possessions[0], period=period)
    drawn = timeline(replace(facts, possessions=(held, *facts.possessions[1:])), "cold-1")
    page = timeline_page(drawn)

    assert "6 Mar 2023 15:00 UTC+01:00 to 7 Mar 2023 15:00 UTC+01:00" in page
    assert ">2023-03-06T15:00+01:00<" in page
    assert ">2023-03-07T15:00+01:00<" in page


def test_a_page_has_a_form_for_a_narrow_screen_one_for_paper_and_dark_colours(page: str) -> None:
    forms = re.findall(
        r'<div class="picture ([a-z ]+)"><svg id="([a-z-]+)" viewBox="0 0 (\d+)', page
    )

    assert [(name, mark) for name, mark, _ in forms] == [
        ("wide printed", "timeline"), ("narrow", "timeline-narrow"), ("paper", "timeline-paper"),
    ]  # fmt: skip
    assert int(forms[1][2]) <= 390
    assert "prefers-color-scheme:dark" in page
    assert "min-width:" not in page.partition("</style>")[2]


def test_in_a_narrow_table_each_cell_has_the_name_of_its_column(page: str) -> None:
    names = set(re.findall(r'<td[^>]* data-name="([^"]+)"', page))

    assert {"Group", "Answer", "From", "To", "Why", "Fact", "Standing", "Cited", "Row"} <= names


@pytest.mark.parametrize("name", ["Ann Lindqvist", *pictured.HOSTILE])
def test_no_label_is_lost_on_any_screen(name: str) -> None:
    drawn = timeline(pictured.renamed(name), "cold-1")
    wanted = "".join(visible(name).split())
    for frame in (timeline_drawing.PAGE, timeline_drawing.NARROW):
        picture = drawing(drawn, frame)
        texts = "".join(each.text for each in picture.items if isinstance(each, Words))

        assert wanted in "".join(texts.split())
        assert pictured.overlapping(picture) == []
