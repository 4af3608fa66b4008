"""The published recipe, held to its vectors and its rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue, Kind, Reading, TextMethod
from forthwith.process import identity


def message(**values: str | tuple[str, ...]) -> Reading:
    by_name = {
        fields.FROM: "Marisol Ortega <Marisol@Northgate.example>",
        fields.TO: ("a@x.example", "B <b@x.example>"),
        fields.SUBJECT: "Keys",
        fields.SENT: "2022-03-14T09:30:00-05:00",
    } | {name: value for name, value in values.items() if name != "text"}
    text = str(values.get("text", "About keys."))
    fields_read = tuple(FieldValue(name, value, "test") for name, value in by_name.items() if value)
    return Reading(Kind.EMAIL, "message/rfc822", text, TextMethod.EXTRACTED, fields_read)


def fw1(reading: Reading, *children: str, lost: bool = False) -> str:
    return identity.content_hash(reading, "0" * 64, children, lost=lost)


def test_the_recipe_does_not_drift() -> None:
    """A version of the recipe gives these bytes for ever; another recipe is another name."""
    assert fw1(message()) == "2ebca41ec49004065a459d2a8585dfd54d3e5a6f551df9397e47c73e445047c1"


@pytest.mark.parametrize(
    "same",
    [
        message(text="About\r\nkeys.\t"),
        message(sent="2022-03-14T14:30:00+00:00"),
        message(to=("B <b@x.example>", "a@x.example")),
        message(**{"from": "Marisol Ortega <marisol@northgate.example>"}),
    ],
)
def test_what_a_reader_would_call_the_same_is_the_same(same: Reading) -> None:
    assert fw1(same) == fw1(message())


@pytest.mark.parametrize(
    "other",
    [
        message(text="About other keys."),
        message(subject="Re: Keys"),
        message(sent="2022-03-14T09:30:01-05:00"),
        message(bcc=("hidden@x.example",)),
        message(to=("a@x.example",)),
    ],
)
def test_what_differs_differs(other: Reading) -> None:
    assert fw1(other) != fw1(message())


def test_children_count_and_their_order_too() -> None:
    assert (
        len(
            {
                fw1(message()),
                fw1(message(), "a"),
                fw1(message(), "a", "b"),
                fw1(message(), "b", "a"),
            }
        )
        == 4
    )


def test_a_body_that_could_not_be_read_is_not_an_empty_body() -> None:
    empty = message(text="")
    unread = Reading(
        Kind.EMAIL,
        empty.media_type,
        "",
        TextMethod.NONE,
        empty.fields,
        (Fault(FaultReason.CORRUPT, "body"),),
    )

    assert fw1(unread) != fw1(empty)


def test_something_absent_is_not_something_empty() -> None:
    assert identity.absent("a.txt", 0) != identity.absent("b.txt", 0)


def test_the_message_id_hash_keeps_brackets_and_case() -> None:
    """The vector of the reference, upper case as the field wants it."""
    value = "<CAB+x9=Example.Message_ID-01@mail.Example.com>"

    assert identity.message_id_hash(value) == "166D5DE51422A9B5D4A166A253994539"
    assert identity.message_id_hash(f"  {value} (added)") == "166D5DE51422A9B5D4A166A253994539"
    assert identity.message_id_hash("") == ""


@given(st.text(), st.text(), st.text())
def test_any_text_has_a_hash(subject: str, sender: str, body: str) -> None:
    assert len(fw1(message(subject=subject, text=body, **{"from": sender}))) == 64
