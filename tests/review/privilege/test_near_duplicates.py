"""A twin of a withheld document is found, every one, and by the same measure as by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.documents import ControlNumber
from forthwith.review.privilege.near_duplicates import (
    LEAST_QUOTED,
    Likeness,
    Text,
    Twin,
    TwinIndex,
    shingles,
    words,
)

ADVICE = (
    "Marisol, my advice is that the quorum of the cold wallet should not be changed before the "
    "board has met, because the consent order speaks of every person who holds a share of a key."
)


def text(number: int, body: str, **more: str) -> Text:
    return Text(ControlNumber(f"FW{number:08d}"), body, **more)


def found(closed: Text, other: Text) -> list[Likeness]:
    return [twin.how for twin in TwinIndex.of([closed]).twins(other)]


def test_one_word_changed_is_a_near_twin() -> None:
    (twin,) = TwinIndex.of([text(1, ADVICE)]).twins(text(2, ADVICE.replace("cold", "hot")))

    assert (twin.withheld, twin.how) == ("FW00000001", Likeness.NEAR)
    assert 0.8 <= twin.shared < 1


def test_another_text_is_no_twin() -> None:
    other = "The canteen will be closed on Friday because the kitchen is being painted at last."

    assert found(text(1, ADVICE), text(2, other)) == []


def test_the_body_is_compared_without_the_lines_above_it() -> None:
    """A copy forwarded later has another date and other recipients."""
    header, other = "From: Reyes\nSent: Monday\n\n", "From: Lee\nTo: the whole company\n\n"
    closed = Text(ControlNumber("FW00000001"), header + ADVICE, len(header))

    copy = Text(ControlNumber("FW00000002"), other + ADVICE, len(other))

    assert found(closed, copy) == [Likeness.TEXT]


def test_a_reply_that_quotes_the_whole_advice_is_found() -> None:
    reply = "I do not agree with any of this and say why below. " * 9 + ADVICE

    assert len(shingles(words(ADVICE))) >= LEAST_QUOTED
    assert found(text(1, ADVICE), text(2, reply)) == [Likeness.QUOTED]


def test_the_same_attachment_elsewhere_is_found_by_its_bytes() -> None:
    assert found(text(1, "", sha256="ab"), text(2, "", sha256="ab")) == [Likeness.FILE]


def test_a_copy_in_another_mailbox_is_found_by_its_message() -> None:
    assert found(text(1, "One", message="AB"), text(2, "Two", message="AB")) == [Likeness.MESSAGE]


def test_documents_without_anything_in_common_but_emptiness_are_no_twins() -> None:
    assert found(text(1, ""), text(2, "")) == []


def test_a_few_words_are_compared_whole() -> None:
    assert found(text(1, "Thanks, will do."), text(2, "thanks will do")) == [Likeness.TEXT]
    assert found(text(1, "Thanks, will do."), text(2, "Thanks, will do it.")) == []


def test_writing_without_blanks_is_compared_sign_by_sign() -> None:
    sentence = (
        "律师建议在董事会开会之前不要更改冷钱包的签名人数因为和解令提到每一个持有密钥份额的人"
    )

    assert found(text(1, sentence), text(2, sentence.replace("冷", "热"))) == [Likeness.NEAR]
    assert words("ab 律师") == ["ab", "律", "师"]


@pytest.mark.parametrize("count", [8, 9, 30, 31, 400])
def test_four_fifths_exactly_is_alike_and_one_less_is_not(count: int) -> None:
    """The limit is arithmetic of whole numbers: 0.8 has no exact float."""
    base = [f"w{n}" for n in range(count)]
    index = TwinIndex.of([text(1, " ".join(base))])
    for dropped in range(1, count - 8):
        near = [
            twin
            for twin in index.twins(text(2, " ".join(base[: count - dropped])))
            if twin.how is Likeness.NEAR
        ]
        assert bool(near) == (5 * (count - 2 - dropped) >= 4 * (count - 2)), dropped


few = st.lists(st.sampled_from("abcd"), min_size=0, max_size=40).map(" ".join)


def by_hand(closed: list[Text], other: Text) -> set[tuple[str, Likeness]]:
    """Every pair, every shingle, no index."""
    pairs: set[tuple[str, Likeness]] = set()
    for withheld in closed:
        own, two = words(withheld.text), words(other.text)
        first = {tuple(own[n : n + 3]) for n in range(len(own) - 2)} if len(own) >= 8 else set()
        second = {tuple(two[n : n + 3]) for n in range(len(two) - 2)} if len(two) >= 8 else set()
        shared, union = len(first & second), len(first | second)
        if own and own == two:
            pairs.add((withheld.control, Likeness.TEXT))
        elif shared and 5 * shared >= 4 * union:
            pairs.add((withheld.control, Likeness.TEXT if first == second else Likeness.NEAR))
        elif len(first) >= 20 and 5 * shared >= 4 * len(first):
            pairs.add((withheld.control, Likeness.QUOTED))
    return pairs


@given(st.lists(few, max_size=6), few, st.integers(0, 12))
def test_the_index_finds_what_comparing_every_pair_finds(
    withheld: list[str], other: str, cut: int
) -> None:
    """Random texts of few words, and one made from a withheld text by dropping its end."""
    closed = [text(n, body) for n, body in enumerate(dict.fromkeys(withheld), 1)]
    index = TwinIndex.of(closed)
    asked = [other, *(body[: len(body) - 2 * cut].strip() for body in withheld)]
    for body in asked:
        given_text = text(99, body)
        got: list[Twin] = index.twins(given_text)
        assert {(twin.withheld, twin.how) for twin in got} == by_hand(closed, given_text)
        assert len(got) == len({twin.withheld for twin in got})
