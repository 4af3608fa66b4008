"""What a library says of an error is the same in every run."""

from __future__ import annotations

import pytest

from forthwith.plain.messages import without_places


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("broken stream <_io.BytesIO object at 0x7f2a00ffe810>", "broken stream the BytesIO"),
        ("bad value at 0x7f2a00ffe810, here", "bad value, here"),
        ("offset 0x10 of the header", "offset 0x10 of the header"),
    ],
)
def test_an_address_of_memory_is_left_out(said: str, shown: str) -> None:
    """Else two runs over the same bytes differ, and a letter lists one point twice."""
    assert without_places(ValueError(said)) == shown
