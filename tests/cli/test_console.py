"""Names out of evidence are shown, and steer nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from forthwith.cli import console, terminal


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\x9b", "\r", "\x00", "\u202e", "\u2066"])
def test_no_name_steers_the_terminal(sign: str) -> None:
    shown = console.harmless(f"a{sign}[31mb.txt")
    assert sign not in shown
    assert shown.startswith("a\\")
    assert shown.endswith("[31mb.txt")


def test_plain_words_stay_as_they_are() -> None:
    words = "Straße\t日本 \u200d😀\nsecond line [bold]"
    assert console.harmless(words) == words


def test_words_stay_words(capsys: pytest.CaptureFixture[str]) -> None:
    """No sign in evidence is taken for markup, a colour or a picture."""
    console.say("[red]memo[/red] :warning: 10.5 'a'")

    assert capsys.readouterr().out == "[red]memo[/red] :warning: 10.5 'a'\n"


def test_a_long_line_is_not_folded(capsys: pytest.CaptureFixture[str]) -> None:
    console.say("word " * 400)

    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(("quiet", "printed"), [(False, "1. Evidence\n"), (True, "")])
def test_long_work_says_its_lines_unless_a_program_listens(
    quiet: bool, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal.Steps("Processing", "items", quiet=quiet) as steps:
        steps.phase("Reading")
        steps(1, 2)
        steps.say("1. Evidence")

    assert capsys.readouterr() == (printed, "")


def test_advice_of_libraries_stays_off_the_terminal() -> None:
    """What pypdfium2 says to programmers would break a progress bar; a logger set up gets it."""
    words = "import logging, forthwith; {}logging.getLogger('pypdfium2.document').warning('advice')"
    silent, asked = (
        subprocess.run(
            [sys.executable, "-c", words.format(setup)], capture_output=True, check=True, text=True
        ).stderr
        for setup in ("", "logging.basicConfig(); ")
    )

    assert silent == ""
    assert "advice" in asked
