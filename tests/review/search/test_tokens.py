"""Text to tokens."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.review.search import tokens as analyser

ETHEREUM = "0x" + "Ab3f" * 10
BITCOIN = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
DIGEST = "9f" * 32


@pytest.mark.parametrize("address", [ETHEREUM, BITCOIN, DIGEST, "a" * 4_000])
def test_long_tokens_stay_whole(address: str) -> None:
    assert analyser.tokens(f"sent to {address}.") == ["sent", "to", address.lower()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ortega's e-mail", "ortega s e mail"),
        ("marisol@northgate.example", "marisol northgate example"),
        ("1,250,000.50", "1 250 000 50"),
        ("wallet_admin", "wallet admin"),
        ("com\u00adpany", "company"),
        ("Straße ＡＢＣ ﬁnal", "strasse abc final"),
        ("½", "1 2"),
        ("冷钱包 key", "冷 钱 包 key"),
        ("한글", "한 글"),
        ("ｶﾞﾝ", "ガ ン"),
    ],
)
def test_separators_split_and_forms_are_one(text: str, expected: str) -> None:
    assert analyser.tokens(text) == expected.split()


@pytest.mark.parametrize("text", ["Écriture", "한글", "ガン", "Ångström", "été"])
def test_composed_and_decomposed_are_the_same_tokens(text: str) -> None:
    apart = unicodedata.normalize("NFD", text)

    assert analyser.tokens(apart) == analyser.tokens(text)


@given(st.text())
def test_places_are_those_of_the_tokens(text: str) -> None:
    """What is indexed and what is shown cannot differ: one rule, with and without places."""
    placed = list(analyser.placed(text))

    assert [token for token, _, _ in placed] == analyser.tokens(text)
    assert all(analyser.tokens(text[first:last]) for _, first, last in placed)


@given(st.text())
def test_a_token_is_read_as_itself(text: str) -> None:
    """Whoever copies a token into a query finds it."""
    for token in analyser.tokens(text):
        assert analyser.tokens(token) == [token]


def test_signs_of_a_pattern_stay() -> None:
    assert analyser.pieces("o'BR*n *.xlsx ?ey") == ["o", "br*n", "*", "xlsx", "?ey"]
