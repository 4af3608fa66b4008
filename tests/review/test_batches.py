"""Batches: families whole, conversations together, everything in exactly one, none too long."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.review import batches
from forthwith.review.batches import BatchSizeError, Size
from tests.builders.reviewed import Member, columns

MEMBERS = st.lists(
    st.builds(
        Member, st.integers(0, 9), thread=st.integers(-1, 3), pages=st.integers(-1, 12)
    ),
    max_size=40,
)  # fmt: skip
SIZES = st.one_of(
    st.builds(Size, pages=st.integers(1, 30)),
    st.builds(Size, pages=st.just(0), documents=st.integers(1, 10)),
)


@given(MEMBERS, SIZES, st.data())
def test_everything_is_in_one_batch_and_families_are_whole(
    members: list[Member], size: Size, data: st.DataObject
) -> None:
    documents = columns(members)
    flags = st.lists(st.booleans(), min_size=len(members), max_size=len(members))
    selected = np.array(data.draw(flags), np.bool_)
    shown = np.ones(len(members), np.bool_)

    whole = batches.whole_families(documents, selected, shown)
    cut = batches.cut(documents, whole, size)

    assert sorted(place for batch in cut for place in batch) == list(np.flatnonzero(whole))
    home = {place: number for number, batch in enumerate(cut) for place in batch}
    for place in home:
        assert home[place] == home[int(documents.top[place])]
        assert whole[place]
        assert selected[documents.top == documents.top[place]].any()


@given(MEMBERS, SIZES)
def test_no_batch_is_too_long_but_one_long_family(members: list[Member], size: Size) -> None:
    documents = columns(members)

    for batch in batches.cut(documents, np.ones(len(members), np.bool_), size):
        families = {int(documents.top[place]) for place in batch}
        assert size.of(documents, batch) <= size.most or len(families) == 1


@given(MEMBERS, SIZES)
def test_a_conversation_that_fits_a_batch_is_in_one(members: list[Member], size: Size) -> None:
    documents = columns(members)
    cut = batches.cut(documents, np.ones(len(members), np.bool_), size)
    threads = documents.thread[documents.top]
    home = {place: number for number, batch in enumerate(cut) for place in batch}
    for thread in set(threads[threads >= 0].tolist()):
        places = np.flatnonzero(threads == thread).tolist()
        if size.of(documents, places) <= size.most:
            assert len({home[place] for place in places}) == 1


def test_what_is_walled_off_from_whoever_cuts_is_in_no_batch() -> None:
    documents = columns([Member(0), Member(0), Member(1)])
    shown = np.array([True, False, True])

    whole = batches.whole_families(documents, np.array([True, True, True]), shown)

    assert batches.cut(documents, whole, Size()) == [(0, 2)]


def test_pages_nobody_counted_are_one() -> None:
    documents = columns([Member(0, pages=-1), Member(1, pages=0), Member(2, pages=3)])

    assert batches.cut(documents, np.ones(3, np.bool_), Size(pages=2)) == [(0, 1), (2,)]


@pytest.mark.parametrize(("pages", "documents"), [(0, 0), (-1, 0), (0, -5), (400, 100), (-1, 5)])
def test_a_batch_of_nothing_is_refused(pages: int, documents: int) -> None:
    with pytest.raises(BatchSizeError):
        Size(pages, documents)
