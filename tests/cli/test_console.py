"""Names out of evidence are shown, and steer nothing."""

from __future__ import annotations

import pytest

from forthwith.cli import console


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\x9b", "\r", "\x00", "\u202e", "\u2066"])
def test_no_name_steers_the_terminal(sign: str) -> None:
    shown = console.harmless(f"a{sign}[31mb.txt")
    assert sign not in shown
    assert shown.startswith("a\\")
    assert shown.endswith("[31mb.txt")


def test_plain_words_stay_as_they_are() -> None:
    words = "Straße\t日本 \u200d😀\nsecond line [bold]"
    assert console.harmless(words) == words
