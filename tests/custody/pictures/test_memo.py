"""One page of paper: everything on it, nothing lost, nothing over its edge."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from PIL import Image
from pypdfium2 import PdfDocument

from forthwith.custody.facts.facts import Affiliation, Entity, Facts, Person, Wallet
from forthwith.custody.pictures import memo
from forthwith.custody.pictures.graph import graph
from forthwith.custody.pictures.memo import Sheet, of_graph, of_timeline, page
from forthwith.custody.pictures.timeline import timeline
from forthwith.domain.period import Period
from forthwith.plain.drawings.drawing import Box, Drawing, Shape, Stroke, Words
from forthwith.plain.visible import visible
from forthwith.workflows.custody.picture_pages import memo_file
from tests.builders import pictured

APRIL = date(2023, 4, 10)


def both(facts: Facts) -> tuple[memo.Memo, memo.Memo]:
    """The two pictures of the wallet as memos."""
    return of_timeline(timeline(facts, "cold-1")), of_graph(graph(facts, "cold-1", APRIL))


@cache
def crowd() -> tuple[memo.Memo, memo.Memo]:
    """The memos of the crowd: its timeline is asked for once."""
    return both(crowded())


@cache
def few() -> tuple[memo.Memo, memo.Memo]:
    """The memos of the sound thing."""
    return both(pictured.facts())


def words_of(drawing: Drawing) -> list[str]:
    return [item.text for item in drawing.items if isinstance(item, Words)]


def packed(text: str) -> str:
    """The text without white space, as lines may be broken anywhere."""
    return "".join(text.split())


def crowded(people: int = 200) -> Facts:
    """Two hundred people of long names and four alphabets, each with a key, and twelve firms."""
    facts = pictured.facts()
    names = (
        "Константин Рождественский-Щербаков младший",
        "山田太郎・佐藤花子共同名義受託者",
        "김민수",
        "Ann-Charlotte Margareta von Oldenburg-Rosenquist the Younger",
    )
    start = date(2020, 1, 1).toordinal()
    return replace(
        facts,
        people=tuple(
            Person(id=f"p{at}", name=f"{names[at % 4]} {at}", **pictured.stamp("people", at + 2))
            for at in range(people)
        ),
        entities=tuple(
            Entity(id=f"e{at}", name=f"Entity {at} Holdings (Cayman) Limited Partnership no. {at}",
                   **pictured.stamp("entities", at + 2))
            for at in range(12)
        ),
        affiliations=tuple(
            Affiliation(person=f"p{at}", entity=f"e{at % 12}", kind="employer", value="",
                        period=Period.parse("2020-01-01"),
                        **pictured.stamp("affiliations", at + 2, f"HC-{at:06}"))
            for at in range(people)
        ),
        possessions=tuple(
            replace(
                pictured.held(f"p{at}", f"k{at % 3 + 1}", at + 2, "2020-01-01", "", f"UM-{at:06}"),
                period=Period(date.fromordinal(start + at * 5)),
            )
            for at in range(people)
        ),
        completeness=tuple(
            replace(facts.completeness[-1], means=f"person:p{at}") for at in range(people)
        ),
        policies=(replace(facts.policies[0], period=Period.parse("2020-01-01")),),
    )  # fmt: skip


def outside(drawing: Drawing) -> list[object]:
    """Return what does not lie on the sheet whole, words measured as they are set elsewhere."""
    far = []
    for item in drawing.items:
        points: tuple[tuple[float, float], ...] = ()
        if isinstance(item, Stroke | Shape):
            points = item.points
        elif isinstance(item, Box):
            points = ((item.x, item.y), (item.x + item.width, item.y + item.height))
        if any(not (0 <= x <= drawing.width and 0 <= y <= drawing.height) for x, y in points):
            far.append(item)
    return [*far, *(pair for pair in pictured.overlapping(drawing) if pair[1] == "the edge")]


@pytest.mark.parametrize("sheet", list(Sheet))
def test_the_page_says_question_answer_dates_signs_and_sources(sheet: Sheet) -> None:
    for made in few():
        text = packed(" ".join(words_of(page(made, sheet))))

        assert packed(f"Question: {made.question}") in text
        assert packed(made.heading) in text
        assert all(packed(sentence) in text for sentence in made.answer[:3])
        assert packed(f"Dates: {made.convention}") in text
        assert all(packed(entry.text) in text for entry in made.legend)
        assert packed("possessions.csv:2–") in text
        assert packed("UM-004410–UM-004411") in text


@pytest.mark.parametrize("sheet", list(Sheet))
@pytest.mark.parametrize("memos", [few, crowd], ids=["few", "crowd"])
def test_nothing_is_drawn_outside_the_page_or_over_other_words(
    memos: Callable[[], tuple[memo.Memo, memo.Memo]], sheet: Sheet
) -> None:
    for made in memos():
        drawing = page(made, sheet)

        assert (drawing.width, drawing.height) == sheet.value
        assert outside(drawing) == []
        assert pictured.overlapping(drawing) == []


@pytest.mark.parametrize("sheet", list(Sheet))
def test_letters_can_be_read_however_much_there_is(sheet: Sheet) -> None:
    """Eight hundredths of an inch are 5.8 points; less nobody reads in a court."""
    for made in crowd():
        sizes = [item.size for item in page(made, sheet).items if isinstance(item, Words)]

        assert min(sizes) >= 7.4


@pytest.mark.parametrize("name", ["Ann Lindqvist", *pictured.HOSTILE])
def test_a_label_is_whole_in_its_place_or_in_a_note_on_the_page(name: str) -> None:
    made = both(pictured.renamed(name))[1]
    text = packed(" ".join(words_of(page(made, Sheet.A4))))

    assert packed(visible(name)) in text
    assert outside(page(made, Sheet.A4)) == []


def test_every_label_that_is_cut_bears_the_number_of_a_note() -> None:
    for made in both(pictured.renamed("A name of many words " * 30)):
        words = words_of(page(made, Sheet.A4))
        cut = [text for text in words if "…" in text]

        assert all(text.endswith("]") for text in cut)
        notes = {text.rpartition("[")[2].rstrip("]") for text in cut}
        assert all(any(text.startswith(f"[{note}] ") for text in words) for note in notes)


def test_what_is_not_drawn_is_counted() -> None:
    timeline_text, graph_text = (" ".join(words_of(page(made, Sheet.A4))) for made in crowd())

    assert "more facts not drawn; see the table" in timeline_text
    assert "Not drawn: " in graph_text
    assert "holders not drawn" in graph_text


def test_where_not_all_groups_fit_the_worst_are_kept() -> None:
    """A group that is shown able must not go for want of room."""
    made = crowd()[0]
    text = " ".join(words_of(page(made, Sheet.A4)))

    assert made.answer[0].startswith(("People of", "Everyone together: shown"))
    assert "shown" in made.answer[0]
    assert "Everyone together" in text


def test_the_page_as_pdf_has_every_label_as_text_and_one_page() -> None:
    made = few()[1]
    file = PdfDocument(memo_file(made, Sheet.LETTER, "pdf"))
    text = packed(file[0].get_textpage().get_text_range())

    assert len(file) == 1
    assert file[0].get_size() == pytest.approx((792, 612), abs=0.5)
    assert all(packed(words) in text for words in words_of(page(made, Sheet.LETTER)))


@pytest.mark.parametrize("sheet", list(Sheet))
def test_the_page_as_png_is_sixteen_hundred_pixels_wide(sheet: Sheet) -> None:
    picture = Image.open(io.BytesIO(memo_file(both(pictured.few())[1], sheet, "png")))

    assert picture.size[0] in (1599, 1600)


def test_the_page_as_svg_is_as_large_as_the_paper() -> None:
    text = memo_file(both(pictured.few())[0], Sheet.A4, "svg").decode("utf-8")

    assert 'width="296.9mm" height="210.1mm"' in text


def test_a_wallet_of_which_nothing_is_known_has_a_page() -> None:
    bare = Facts(wallets=(Wallet(id="cold-1", **pictured.stamp("wallets", 2)),))
    for made in both(bare):
        assert (
            "is not shown" in " ".join(made.answer) or "nothing can be excluded" in made.answer[0]
        )
        assert outside(page(made, Sheet.A4)) == []


def test_pages_that_follow_each_other_are_cited_as_one_range() -> None:
    facts = pictured.few()
    made = of_graph(graph(facts, "cold-1", APRIL))
    text = " ".join(words_of(page(made, Sheet.A4)))

    assert "HC-000101–HC-000107" in text
    assert "means.csv:2–8" in text


def test_where_there_is_room_nothing_is_cut() -> None:
    facts = pictured.facts()
    scope = (("destination", "cold"), ("when", "more than 40 BTC or 600 ETH are in the hot wallet"))
    facts = replace(facts, policies=(replace(facts.policies[0], scope=scope),))
    words = words_of(page(of_graph(graph(facts, "cold-1", APRIL)), Sheet.A4))

    assert not [text for text in words if "…" in text]
