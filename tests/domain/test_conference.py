"""Topics, letters and conferences go into the ledger and come out the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.act_bodies import BodyError
from forthwith.domain.conference import Conference, Letter, Position, Side, Topic

texts = st.text(max_size=20)
days = st.dates()
topics = st.builds(
    Topic,
    heading=texts,
    joint=texts,
    requests=st.tuples(texts),
    positions=st.lists(st.builds(Position, st.sampled_from(Side), texts, texts)).map(tuple),
    impasse=st.booleans(),
    expected=texts,
)


@given(topics)
def test_a_topic_reads_back(topic: Topic) -> None:
    assert Topic.from_body(topic.heading, topic.body()) == topic


@given(st.builds(Letter, days, texts, texts, texts, texts))
def test_a_letter_reads_back(letter: Letter) -> None:
    assert Letter.from_body("L-0001", letter.body()) == letter


@given(st.builds(Conference, days, texts, st.lists(texts).map(tuple), texts, texts))
def test_a_conference_reads_back(conference: Conference) -> None:
    assert Conference.from_body("C-0001", conference.body()) == conference


def test_a_side_speaks_again_in_place_of_what_it_said() -> None:
    """The other side's words stay, and so does what is not said again."""
    first = Topic("Chat").saying(Side.PRODUCING, text="By May.", relief="Time.")
    second = first.saying(Side.RECEIVING, text="Now.").saying(Side.PRODUCING, text="By June.")

    assert second.position(Side.PRODUCING) == Position(Side.PRODUCING, "By June.", "Time.")
    assert [position.side for position in second.positions] == [Side.RECEIVING, Side.PRODUCING]


def test_what_nobody_knows_is_refused() -> None:
    with pytest.raises(BodyError, match="mood"):
        Topic.from_body("Chat", {**Topic("Chat").body(), "mood": "bad"})
    with pytest.raises(BodyError, match="side"):
        Topic.from_body("Chat", {"positions": [{"side": "court", "text": ""}]})
