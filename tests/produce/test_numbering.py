"""Numbers: contiguous, one run, families together."""

from __future__ import annotations

import random
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.documents import Document
from forthwith.produce.errors import NumbersExhaustedError
from forthwith.produce.families import compose
from forthwith.produce.numbering import Numbers, numbered
from tests.builders.documents import child, email, order

UTC = ZoneInfo("UTC")
#: Families as (custodian, pages of each member).
shapes = st.lists(
    st.tuples(st.sampled_from(["Lee", "Ortega", "Ünal"]), st.lists(st.integers(1, 9), min_size=1)),
    min_size=1,
    max_size=8,
)


def made(shape: list[tuple[str, list[int]]]) -> tuple[list[Document], dict[str, int]]:
    documents: list[Document] = []
    pages: dict[str, int] = {}
    for custodian, members in shape:
        head = email(len(documents) + 1, custodian=custodian)
        for place, count in enumerate(members):
            number = len(documents) + 1
            documents.append(head if place == 0 else child(head, number, place))
            pages[documents[-1].control_number] = count
    return documents, pages


def numbers_of(shape: list[tuple[str, list[int]]], first: int = 1, seed: int = 0) -> list[Numbers]:
    documents, pages = made(shape)
    random.Random(seed).shuffle(documents)
    composition = compose(documents, UTC)
    run = numbered(composition.families, pages, order(), first, composition.above)  # type: ignore[arg-type]
    return [numbers for _, numbers in run]


@given(shapes, st.integers(1, 1000))
def test_numbers_are_one_run_without_gap_or_overlap(
    shape: list[tuple[str, list[int]]], first: int
) -> None:
    run = numbers_of(shape, first)

    assert run[0].first.number == first
    for earlier, later in pairwise(run):
        assert later.first == earlier.last.plus(1)
    assert sum(each.pages for each in run) == sum(sum(members) for _, members in shape)


@given(shapes)
def test_families_lie_together_parent_first(shape: list[tuple[str, list[int]]]) -> None:
    run = numbers_of(shape)
    heads = [each for each in run if each.parent is None]

    for head in heads:
        members = [each for each in run if each.family_first == head.family_first]
        assert members[0] == head
        assert head.children == tuple(each.first for each in members[1:])
        assert head.family_last == members[-1].last
        assert {each.parent for each in members[1:]} <= {head.first}
    assert sorted(len(each.children) + 1 for each in heads) == sorted(len(m) for _, m in shape)


@given(shapes, st.integers(0, 99))
def test_the_order_of_arrival_does_not_matter(
    shape: list[tuple[str, list[int]]], seed: int
) -> None:
    assert numbers_of(shape, seed=seed) == numbers_of(shape)


@given(shapes)
def test_all_numbers_have_the_orders_width(shape: list[tuple[str, list[int]]]) -> None:
    assert {len(str(each.last)) for each in numbers_of(shape)} == {len("NG_") + 8}


def test_a_run_that_does_not_fit_is_refused() -> None:
    with pytest.raises(NumbersExhaustedError, match="100,000,000"):
        numbers_of([("Lee", [3])], first=99_999_998)
