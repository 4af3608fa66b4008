"""Suggestions: they come from codings, go one way, and overwrite nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.coding import Coding, Form
from forthwith.review.coding import forms, suggestions
from forthwith.review.coding.related import Related
from forthwith.review.coding.suggestions import Suggester
from tests.builders.reviewed import Member, coding, columns, control

#: The deck: a mail with a deck, and two other mails with copies of it.
DECK = [Member(0), Member(0, group=7), Member(1), Member(1, group=7), Member(2, group=7)]


def form(**suggest: str) -> Form:
    """Return a form of two marks that suggests as told."""
    return forms.form_of({
        "id": "ours",
        "marks": [
            {
                "name": name, "kind": "one", "choices": ["yes", "no"],
                "suggest": suggest.get(name, ""),
            }
            for name in ("responsive", "hot")
        ],
    })  # fmt: skip


def suggester(
    members: list[Member], codings: dict[str, Coding], of: Form, shown: list[bool] | None = None
) -> Suggester:
    """Return a suggester over documents in memory."""
    mask = np.array(shown or [True] * len(members))
    return Suggester(Related.of(columns(members)), codings, lambda _id, _version: of, mask)


def coded(place: int, **body: Any) -> dict[str, Coding]:
    """Return the coding of one document, by its number."""
    return {control(place): coding(control(place), body)}


def test_a_form_that_says_nothing_suggests_nothing() -> None:
    assert list(suggester(DECK, coded(1, responsive="yes"), form()).waiting()) == []


def test_copies_are_suggested_what_a_copy_was_coded_and_families_are_not() -> None:
    found = suggester(DECK, coded(1, responsive="yes"), form(responsive="copies"))

    assert list(found.waiting()) == [3, 4]
    assert suggestions.body(found.to(3)) == {"responsive": "yes"}


def test_a_family_is_suggested_and_its_copies_are_not() -> None:
    found = suggester(DECK, coded(1, responsive="yes"), form(responsive="family"))

    assert list(found.waiting()) == [0]


def test_nothing_is_suggested_to_what_is_coded() -> None:
    codings = coded(1, responsive="yes") | coded(3, hot="no")

    assert list(suggester(DECK, codings, form(responsive="copies")).waiting()) == [4]


def test_codings_that_disagree_suggest_nothing() -> None:
    codings = coded(1, responsive="yes") | coded(3, responsive="no")

    assert list(suggester(DECK, codings, form(responsive="copies")).waiting()) == []


def test_what_is_walled_off_neither_suggests_nor_is_suggested() -> None:
    shown = [True, False, True, True, True]
    found = suggester(DECK, coded(1, responsive="yes"), form(responsive="copies"), shown)

    assert list(found.waiting()) == []
    assert suggester(
        DECK, coded(3, responsive="yes"), form(responsive="copies"), shown
    ).to(1) == []  # fmt: skip


def test_theirs_suggest_nothing_to_ours() -> None:
    members = [Member(0, group=1), Member(1, group=1, theirs=True)]

    assert (
        list(suggester(members, coded(1, responsive="no"), form(responsive="copies")).waiting())
        == []
    )


members = st.lists(
    st.builds(Member, st.integers(0, 4), group=st.integers(-1, 3)), min_size=1, max_size=12
)
ways = st.sampled_from(["", "family", "copies"])


@given(members, st.data(), ways, ways)
def test_accepting_all_again_and_again_never_leaves_the_family_or_the_copies(
    documents: list[Member], data: st.DataObject, responsive: str, hot: str
) -> None:
    """The cascade: from a family to copies to their families. It cannot be."""
    of = form(responsive=responsive, hot=hot)
    bodies = st.fixed_dictionaries(
        {}, optional={"responsive": st.sampled_from(["yes", "no"]), "hot": st.just("yes")}
    )
    first = {
        control(place): coding(control(place), body)
        for place in range(len(documents))
        if (body := data.draw(bodies))
    }
    codings = dict(first)
    for _ in range(4):
        found = suggester(documents, codings, of)
        accepted = {control(place): suggestions.body(found.to(place)) for place in found.waiting()}
        assert not accepted.keys() & codings.keys()
        codings |= {name: coding(name, body) for name, body in accepted.items()}
    related = Related.of(columns(documents))
    for name, now in codings.items():
        if name in first:
            assert now == first[name]
            continue
        place = int(name[2:]) - 1
        near = {"family": related.family(place), "copies": related.copies(place), "": ()}
        for mark, way in (("responsive", responsive), ("hot", hot)):
            if mark in now.body:
                sources = [first.get(control(other)) for other in near[way]]
                assert any(it and it.body.get(mark) == now.body[mark] for it in sources)
