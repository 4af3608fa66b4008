"""The engine against the definition, on thousands of random nested queries."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forthwith.review.search import highlights, spans
from forthwith.review.search import index as index_module
from forthwith.review.search import tokens as analyser
from forthwith.review.search.evaluate import Engine, TooBroadError, TooManyWaysError
from forthwith.review.search.index import Index, Row, build
from forthwith.review.search.parser import parse
from forthwith.review.search.query import Node, show
from tests.review.search import meaning

QUERIES = 3_000


def row(number: int, text: str, **values: tuple[str, ...]) -> Row:
    """Return a document standing alone."""
    control = f"FW{number:08d}"
    return Row(control, control, "Ortega", "2023-03-01", ("email",), text, values)


def index_of(folder: Path, *rows: Row) -> Index:
    """Return an index of some documents."""
    folder.mkdir(parents=True)
    build(rows, folder)
    return Index(folder)


def texts(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return [meaning.document(chance) for _ in range(count)]


def expected(node: Node, bodies: list[str], field: str = "text") -> list[int]:
    tokens = [{field: analyser.tokens(text)} for text in bodies]
    return [place for place, token_list in enumerate(tokens) if meaning.meets(node, token_list)]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Index]:
    bodies = texts(1, 60)
    rows = [row(number, text) for number, text in enumerate(bodies)]
    return bodies, index_of(tmp_path_factory.mktemp("index") / "small", *rows)


@pytest.mark.parametrize("seed", range(6))
def test_random_queries_are_answered_as_defined(small: tuple[list[str], Index], seed: int) -> None:
    bodies, index = small
    engine, chance = Engine(index), random.Random(seed)
    met = 0
    for _ in range(QUERIES // 6):
        node = meaning.query(chance, 4)
        try:
            answer = [index.place[control] for control in engine.controls(node)]
        except TooManyWaysError:
            continue
        assert answer == expected(node, bodies), show(node)
        met += 0 < len(answer) < len(bodies)
    assert met > QUERIES // 20, "too few of the queries tell documents apart"


def test_documents_are_halved_until_the_pairs_fit(
    small: tuple[list[str], Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A little memory gives the same answer."""
    bodies, index = small
    monkeypatch.setattr(spans, "MOST_PAIRS", 600)
    engine, chance = Engine(index), random.Random(8)
    for _ in range(200):
        node = meaning.nearness(chance, 2, "")
        try:
            answer = [index.place[control] for control in engine.controls(node)]
        except TooBroadError:
            continue
        assert answer == expected(node, bodies), show(node)


def test_an_index_sorted_in_many_slices_is_the_same(
    small: tuple[list[str], Index], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory holds a slice of the tokens, however many there are."""
    monkeypatch.setattr(index_module, "_SLICE", 7)
    other = index_of(tmp_path / "i", *(row(n, text) for n, text in enumerate(small[0])))

    for text in (*meaning.WORDS, "k*", "share w/3 cold"):
        node = parse(text)
        assert Engine(other).controls(node) == Engine(small[1]).controls(node)
        assert len(Engine(other).controls(node)) == len(expected(node, small[0]))


def test_too_many_pairs_in_one_document_are_refused_not_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = index_of(tmp_path / "i", row(1, "key share " * 40))
    monkeypatch.setattr(spans, "MOST_PAIRS", 100)

    with pytest.raises(TooBroadError, match="FW00000001"):
        Engine(index).mask(parse("(key w/9 share) w/9 key"))


def test_a_query_reads_back_as_written() -> None:
    """What `show` prints is the same query: people check the brackets on it."""
    chance = random.Random(3)
    for _ in range(500):
        node = meaning.query(chance, 4)
        assert show(parse(show(node))) == show(parse(show(parse(show(node)))))
        assert meaning.meets(node, {"text": ["key"]}) == meaning.meets(
            parse(show(node)), {"text": ["key"]}
        )


def test_marked_are_the_words_of_every_match(small: tuple[list[str], Index]) -> None:
    """By the definition: the words of every match, and of nothing else."""
    chance = random.Random(5)
    for _ in range(400):
        text, node = meaning.document(chance), meaning.nearness(chance, 2, "")
        tokens = analyser.tokens(text)
        spans_found = highlights.matches(node, tokens)

        assert set(spans_found) == meaning.found(node, tokens), show(node)
        assert bool(highlights.highlights(node, text)) == bool(spans_found)


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("key w/2 share", "key a share key b c d share", ["key", "share", "key"]),
        ("key pre/1 share", "share key share", ["key", "share"]),
        ('"cold key"', "Cold-Key, cold", ["Cold-Key"]),
        ("e-mail", "an E\u2011Mail", ["E\u2011Mail"]),
        ("(key w/1 share) w/2 cold", "key share a cold share", ["key", "share", "cold"]),
        ("key AND NOT share", "key cold", ["key"]),
        ("(key AND share) w/2 cold", "key cold share key", ["key", "cold", "share", "key"]),
        ("com*y", "the com\u00adpany", ["com\u00adpany"]),
        ("str?sse", "Straße strasse", ["Straße", "strasse"]),
    ],
)
def test_highlights_are_the_characters(query: str, text: str, marked: list[str]) -> None:
    marks = highlights.highlights(parse(query), text)

    assert [text[first:last] for first, last in marks] == marked


LONG = ("0x" + "aB" * 20, "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "9f" * 32)


@pytest.mark.parametrize("address", LONG)
@pytest.mark.parametrize("shape", ["{}", "{:.12}*", "*{0[39]}*", '"to {}"', "to w/3 {}"])
def test_addresses_and_digests_are_found(tmp_path: Path, address: str, shape: str) -> None:
    rows = [row(1, "nothing"), row(2, f"sent to {address}, confirmed")]

    controls = Engine(index_of(tmp_path / "i", *rows)).controls(parse(shape.format(address)))

    assert "FW00000002" in controls


def test_nothing_is_near_across_documents_or_values(tmp_path: Path) -> None:
    rows = [
        row(1, "key", to=("Ann Roe", "Bob Lee")),
        row(2, "share", to=("Roe Bob",)),
    ]
    engine = Engine(index_of(tmp_path / "i", *rows))

    assert engine.controls(parse("key w/1000 share")) == []
    assert engine.controls(parse('to:"roe bob"')) == ["FW00000002"]
    assert engine.controls(parse('to:"ann * * bob"')) == []
    assert engine.controls(parse('to:"roe * bob"')) == []
    assert engine.controls(parse("to:(ann w/3 bob)")) == ["FW00000001"]


def test_fields_hold_their_words_alone(tmp_path: Path) -> None:
    rows = [row(1, "key", subject=("cold key",)), row(2, "cold", name=("cold key.xlsx",))]
    engine = Engine(index_of(tmp_path / "i", *rows))

    assert engine.controls(parse("subject:(cold pre/1 key)")) == ["FW00000001"]
    assert engine.controls(parse("name:*.xlsx")) == ["FW00000002"]
    assert engine.controls(parse("NOT key")) == ["FW00000002"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("date:2023-03", [1, 2]),
        ("date:2023-03-01..2023-03-15", [1]),
        ("date:>2023-03-01", [2]),
        ("date:>=2023-03-01", [1, 2]),
        ("date:<2023-03-31", [1]),
        ("NOT date:2023", [3]),
        ("type:pdf", [2]),
        ("type:application/*", [2]),
        ("type:(email OR pdf)", [1, 2]),
        ("bates:NGT0012", [2]),
        ("bates:ngt0001..NGT0011", [1, 2]),
        ("bates:NGT00012", []),
    ],
)
def test_values_are_compared(tmp_path: Path, query: str, expected: list[int]) -> None:
    rows = [
        row(1, "a"),
        replace(row(2, "b"), day="2023-03-31", types=("edoc", "pdf", "application/pdf")),
        replace(row(3, "c"), day="", types=()),
    ]
    bates = [("FW00000001", "NGT0001", "NGT0001"), ("FW00000002", "NGT0010", "NGT0014")]
    engine = Engine(index_of(tmp_path / "i", *rows), bates)

    assert engine.controls(parse(query)) == [f"FW{number:08d}" for number in expected]


def test_ands_of_ors_inside_nearness_are_bounded(tmp_path: Path) -> None:
    many = " AND ".join(f"((a{n} AND b{n}) OR (c{n} AND d{n}))" for n in range(7))
    engine = Engine(index_of(tmp_path / "i", row(1, "key")))

    with pytest.raises(TooManyWaysError, match="joined outside"):
        engine.mask(parse(f"({many}) w/5 key"))


def test_an_index_of_nothing_answers_nothing(tmp_path: Path) -> None:
    engine = Engine(index_of(tmp_path / "i"))

    assert engine.controls(parse("a* OR NOT (b w/2 c) OR date:2023 OR type:pdf")) == []


@pytest.fixture
def one_that_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """Three documents; the last alone has more pairs than are held at a time."""
    monkeypatch.setattr(spans, "MOST_PAIRS", 40)
    crowded = "key share " * 60
    rows = [row(1, "key share"), row(2, "a key"), row(3, crowded)]
    return index_of(tmp_path / "hidden", *rows)


def test_a_document_that_may_not_be_looked_into_makes_no_query_too_broad(
    one_that_is_hidden: Index,
) -> None:
    engine, node = Engine(one_that_is_hidden), parse("(key w/9 share) w/9 key")
    within = np.array([True, True, False])

    with pytest.raises(TooBroadError):
        engine.mask(node)
    assert engine.mask(node, within).tolist() == [True, False, False]


@pytest.mark.parametrize("query", ["key w/9 share", "NOT key", "key OR NOT share", "type:email"])
def test_only_what_may_be_looked_into_is_met(one_that_is_hidden: Index, query: str) -> None:
    engine, node = Engine(one_that_is_hidden), parse(query)
    within = np.array([False, True, True])

    assert engine.mask(node, within).tolist() == (engine.mask(node) & within).tolist()


@pytest.mark.parametrize(
    ("query", "expected"),
    [('"? key"', [1]), ('"?? key"', [2]), ('"?* key"', [1, 2, 3]), ('"key ?*?"', [4])],
)
def test_signs_alone_stand_for_words_of_a_phrase(
    tmp_path: Path, query: str, expected: list[int]
) -> None:
    texts = ("a key", "of key", "cold key", "key share")
    index = index_of(tmp_path / "i", *(row(n, text) for n, text in enumerate(texts, 1)))

    assert Engine(index).controls(parse(query)) == [f"FW{number:08d}" for number in expected]
