"""Forms: what is refused, what is asked, and what only counsel may decide."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.coding import Form
from forthwith.review.coding import forms
from forthwith.review.coding.forms import FormError

OURS = forms.default("ours")


def form(*marks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a form as plain data."""
    return {"id": "ours", "marks": list(marks), **more}


def one(name: str = "responsive", **more: Any) -> dict[str, Any]:
    """Return a mark that takes one of two choices."""
    return {"name": name, "kind": "one", "choices": ["yes", "no"], **more}


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_the_form_a_room_starts_with_is_sound_and_read_back_as_written(side: str) -> None:
    sound = forms.default(side)

    assert sound.side == side
    assert forms.form_of(forms.body(sound)) == sound
    assert forms.read(json.dumps(forms.body(sound)).encode(), "form.json") == sound


def test_the_keys_of_our_form_are_those_of_the_page_of_keys() -> None:
    keys = {key: mark.name for mark in OURS.marks for key in mark.keys}

    assert keys == {
        "r": "responsive", "t": "responsive", "h": "hot", "v": "privilege", "e": "note",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        (form(), "no marks"),
        (form(one(), colour="red"), "'colour', which nothing reads"),
        (form(one(shape="round")), "'shape', which nothing reads"),
        (form(one(choices=[{"value": "yes", "tint": "red"}])), "'tint', which nothing reads"),
        (form(one(), one()), "two of its marks are called 'responsive'"),
        (form(one(), one("Responsive")), "two of its marks are called 'Responsive'"),
        (form(one(suggest="family and copies")), "Never both"),
        (form(one(suggest=["family", "copies"])), "Never both"),
        (form(one(suggest="everybody")), "suggest of the mark"),
        (form(one(keys={"r": "yes"}), one("hot", keys={"r": "yes"})), "the key 'r' is given to"),
        (form(one(keys={"j": "yes"})), "the key 'j' of the mark 'responsive' cannot be taken"),
        (form(one(keys={"1": "yes"})), "cannot be taken"),
        (form(one(keys={"r": "maybe"})), "sets 'maybe', which is none of its choices"),
        (form(one(choices=["yes", "Yes"])), "two choices 'yes'"),
        (
            form(one(choices=[{"value": "a", "key": "1"}, {"value": "b", "key": "1"}])),
            "two choices with the key '1'",
        ),
        (form(one(choices=[])), "has no choices"),
        (form({"name": "note", "kind": "text", "choices": ["a"]}), "which it cannot offer"),
        (form({"name": "note", "kind": "essay"}), "is to be one, many, text or flag"),
        (form(one("a b")), "needs a name without blanks"),
        (form(one("proposed:x")), "needs a name without blanks, commas, colons"),
        (form(one("always")), "cannot be called"),
        (form(one(required_if={"hot": True})), "which is no mark of the form"),
        (form(one(), one("hot", required_if={"responsive": "maybe"})), "none of its choices"),
        (
            form(one(required_if={"hot": "yes"}), one("hot", required_if={"responsive": "yes"})),
            "in a circle",
        ),
        (form(one(required_if={"responsive": "yes"})), "in a circle"),
        (form({"name": "hot", "kind": "flag", "required": True}), "is a flag and required"),
        (form({"name": "hot", "kind": "flag", "privilege": True}), "a privilege mark"),
        (form(one(required="yes")), "is to be true or false"),
        (form(one(), side="both"), 'is to be "ours", "theirs"'),
        (form(one(), id="../x"), "letters, digits and hyphens"),
        (["marks"], "is to be a table"),
    ],
    ids=str,
)
def test_a_form_that_cannot_be_is_a_sentence(spoiled: Any, why: str) -> None:
    with pytest.raises(FormError) as refused:
        forms.form_of(spoiled)

    assert why in str(refused.value)
    assert str(refused.value).endswith("stands.")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xff\xfe\x00", "form.toml"),
        (b"id = ", "form.toml"),
        (b'id = "a"\nid = "b"', "form.toml"),
        (b'{"id": "a", "id": "b"}', "form.json"),
        (b"[" * 100_000, "form.json"),
        (b"", "form.json"),
    ],
    ids=["bytes", "cut", "doubled in TOML", "doubled in JSON", "deep", "empty"],
)
def test_a_file_that_is_no_form_is_a_sentence(data: bytes, name: str) -> None:
    with pytest.raises(FormError):
        forms.read(data, name)


def test_privilege_is_asked_of_what_is_responsive_and_of_nothing_else() -> None:
    assert forms.missing(OURS, {}) == ("responsive",)
    assert forms.missing(OURS, {"responsive": "no"}) == ()
    assert forms.missing(OURS, {"responsive": "yes"}) == ("privilege",)
    assert forms.missing(OURS, {"responsive": "yes", "privilege": "none"}) == ()


def test_a_proposed_mark_is_an_answer() -> None:
    assert forms.missing(OURS, {"responsive": "yes", "proposed:privilege": "work-product"}) == ()


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"relevant": "yes"}, "no mark 'relevant'"),
        ({"proposed:privilege": "none"}, "no mark 'proposed:privilege'"),
        ({"responsive": "perhaps"}, "no choice 'perhaps'"),
        ({"responsive": ("yes", "no")}, "takes one of"),
        ({"responsive": True}, "takes one of"),
        ({"hot": "yes"}, "is a flag"),
        ({"issues": ("keys", "keys")}, "one choice twice"),
        ({"issues": ("keys", "moon")}, "no choice 'moon'"),
        ({"issues": True}, "no choice True"),
        ({"note": True}, "is a text"),
    ],
    ids=str,
)
def test_an_answer_the_form_does_not_offer_is_a_sentence(answers: Any, why: str) -> None:
    (sentence,) = forms.unknown(OURS, answers)

    assert why in sentence


def test_who_may_not_claim_proposes_and_takes_nothing_back() -> None:
    standing = {"responsive": "yes", "privilege": "attorney-client"}

    kept = forms.decided(OURS, {"responsive": "no", "privilege": "none"}, standing, claims=False)

    assert kept == {
        "responsive": "no", "privilege": "attorney-client", "proposed:privilege": "none",
    }  # fmt: skip
    assert forms.plain(kept) == {"responsive": "no", "privilege": "none"}


def test_who_may_claim_decides_what_was_proposed() -> None:
    proposed = {"responsive": "yes", "proposed:privilege": "work-product"}

    answers = {"responsive": "yes", "privilege": "none"}

    assert forms.decided(OURS, answers, proposed, claims=True) == answers


def test_a_change_of_one_mark_leaves_a_proposal_of_another() -> None:
    proposed = {"responsive": "yes", "proposed:privilege": "work-product"}

    changed = forms.merged(proposed, {"hot": True})

    assert forms.decided(OURS, changed, proposed, claims=True) == {
        "responsive": "yes", "hot": True, "proposed:privilege": "work-product",
    }  # fmt: skip


def test_unsure_of_privilege_is_not_cleared() -> None:
    assert forms.privileged(OURS, {"privilege": "unsure"}) == ("privilege",)
    assert forms.privileged(OURS, {"privilege": "none"}) == ()
    assert forms.privileged(OURS, {"proposed:privilege": "work-product"}) == ()


def answers_of(of: Form) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for bodies a form offers."""
    values: dict[str, st.SearchStrategy[Any]] = {}
    for mark in of.marks:
        offered = st.sampled_from([choice.value for choice in mark.choices] or [""])
        values[mark.name] = {
            "one": offered,
            "many": st.sets(offered, min_size=1).map(tuple),
            "text": st.text(min_size=1),
            "flag": st.just(value=True),
        }[mark.kind]
    return st.fixed_dictionaries({}, optional=values)


@given(answers_of(OURS), answers_of(OURS), st.booleans())
def test_what_is_kept_is_offered_and_in_one_order(
    answers: dict[str, Any], standing: dict[str, Any], claims: bool
) -> None:
    standing = forms.decided(OURS, standing, {}, claims=True)
    kept = forms.decided(OURS, answers, standing, claims=claims)

    assert forms.unknown(OURS, forms.plain(kept)) == ()
    assert forms.in_order(OURS, kept) == kept
    assert forms.decided(OURS, forms.plain(kept), standing, claims=claims) == kept
    if not claims:
        assert kept.get("privilege") == standing.get("privilege")
