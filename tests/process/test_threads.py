"""Messages are joined by what they say, then by index, and by likeness only with a mark."""

from __future__ import annotations

import base64

from forthwith.process.families import Top, groups
from forthwith.process.threads import Message, chats, threads


def message(number: str, **values: object) -> Message:
    cells = {
        "message_id": f"<{number}@x>",
        "references": (),
        "conversation_index": "",
        "subject": "Keys",
        "sent": f"2022-03-1{number[-1]}T09:00:00+00:00",
        "people": frozenset({"a@x", "b@x"}),
    }
    return Message(number, **(cells | values))  # type: ignore[arg-type]


def test_references_join_even_through_a_message_nobody_has() -> None:
    thread_of = threads(
        [
            message("1", subject="one"),
            message("2", subject="two", references=("<lost@x>",)),
            message("3", subject="three", references=("<lost@x>", "<1@x>")),
        ]
    )

    assert thread_of == dict.fromkeys(("1", "2", "3"), ("1", "references"))


def test_the_index_joins_what_has_no_references() -> None:
    root = b"\x01" + bytes(range(21))
    index = base64.b64encode(root).decode()
    deeper = base64.b64encode(root + b"12345").decode()
    thread_of = threads(
        [
            message("1", subject="one", conversation_index=index),
            message("2", subject="two", conversation_index=deeper),
            message("3", subject="three", conversation_index="not base64!"),
        ]
    )

    assert thread_of == {"1": ("1", "index"), "2": ("1", "index")}


def test_likeness_is_marked_as_inferred_and_needs_a_reply_and_a_shared_person() -> None:
    stranger = frozenset({"z@x"})
    thread_of = threads(
        [
            message("1"),
            message("2", subject="RE: Keys"),
            message("3", subject="Keys"),
            message("4", subject="Re: keys", people=stranger),
        ]
    )

    assert thread_of == {"1": ("1", "inferred"), "2": ("1", "inferred")}


def test_likeness_has_an_end_in_time() -> None:
    late = message("2", subject="Re: Keys", sent="2023-03-12T09:00:00+00:00")

    assert threads([message("1"), late]) == {}


def test_chat_is_joined_by_its_own_number() -> None:
    """Two chats of the same people are two conversations."""
    thread_of = chats(
        [
            message("1", conversation_index="19:a"),
            message("2", conversation_index="19:a"),
            message("3", conversation_index="19:b"),
        ]
    )

    assert thread_of == dict.fromkeys(("1", "2"), ("1", "index"))


def test_chat_without_a_number_joins_only_where_there_is_no_doubt_which() -> None:
    one = [message("1", conversation_index="19:a"), message("2"), message("3", people=frozenset())]
    two = [*one, message("4", conversation_index="19:b")]

    assert chats(one) == {"1": ("1", "index"), "2": ("1", "inferred")}
    assert chats(two) == {}
    assert chats([message("1"), message("2")]) == dict.fromkeys(("1", "2"), ("1", "inferred"))


def test_equal_families_are_a_group() -> None:
    assert groups([Top("1", "h", ""), Top("2", "other", ""), Top("3", "h", "")]) == [["1", "3"]]


def test_different_message_ids_are_never_merged() -> None:
    assert groups([Top("1", "h", "A"), Top("2", "h", "B"), Top("3", "h", "A")]) == [["1", "3"]]


def test_what_has_no_message_id_joins_only_where_there_is_no_doubt() -> None:
    assert groups([Top("1", "h", "A"), Top("2", "h", "")]) == [["1", "2"]]
    assert groups([Top("1", "h", "A"), Top("2", "h", "B"), Top("3", "h", "")]) == []
