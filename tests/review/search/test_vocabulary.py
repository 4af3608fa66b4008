"""Which tokens a word stands for: the quick ways find what trying every token finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.review.search.query import Word
from forthwith.review.search.vocabulary import Vocabulary, fits, stem_of
from tests.review.search import meaning

tokens = st.lists(st.text(alphabet="abcé冷x1", min_size=1, max_size=7), min_size=1, unique=True)
patterns = st.text(alphabet="abcé*?x1", min_size=1, max_size=5).filter(
    lambda text: text.strip("*?")
)
#: Words whose stem is not simply a shorter word, among others.
_WORDS = (
    "dying die dies died lying lie tying tie ties skis ski skies sky idly gently ugly early only "
    "singly news generate general generously arsenal keyed keys key wallets wallet hope hoping "
    "hopped hop yes yield yielding signs signing signed sign exceed proceeding by say says ion"
)
ENGLISH = _WORDS.split()


def found(terms: list[str], word: Word) -> list[str]:
    vocabulary = Vocabulary("\n".join(sorted(terms)))
    return [vocabulary.terms[rank] for rank in vocabulary.ranks(word)]


@given(tokens, patterns)
def test_patterns_find_what_a_walk_over_all_tokens_finds(terms: list[str], pattern: str) -> None:
    word = Word(pattern)
    alone = fits(word)

    assert found(terms, word) == [term for term in sorted(terms) if meaning.same(word, term)]
    assert all(alone(term) == meaning.same(word, term) for term in terms)


@given(tokens, st.text(alphabet="abcé冷", min_size=3, max_size=7), st.sampled_from([1, 2]))
def test_near_spellings_are_within_the_edits(terms: list[str], text: str, edits: int) -> None:
    word = Word(text, edits=edits)
    alone = fits(word)

    assert found(terms, word) == [e for e in sorted(terms) if meaning.edits(text, e) <= edits]
    assert all(alone(term) == (meaning.edits(text, term) <= edits) for term in terms)


@pytest.mark.parametrize("text", ENGLISH)
def test_a_stem_finds_every_word_that_has_it(text: str) -> None:
    """Also where the stem does not begin as the word does: dying, die."""
    word = Word(text, stem=True)

    assert found(ENGLISH, word) == sorted(e for e in ENGLISH if stem_of(e) == stem_of(text))
    assert text in found(ENGLISH, word)


@given(tokens, st.text(alphabet="abcx1", min_size=1, max_size=7))
def test_a_plain_word_is_itself_or_nothing(terms: list[str], text: str) -> None:
    assert found(terms, Word(text)) == [text] * (text in terms)
