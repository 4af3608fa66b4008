"""What the room sends to a browser holds to the room's own policy: no markup made of text."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import forthwith.web
from tests.npm import NotInstalledError, installed, node

WEB = Path(forthwith.web.__file__).parent
STATIC = WEB / "static"
ROOT = Path(__file__).parents[2]
#: Each turns text into markup or code; text goes in by `textContent`.
_SINKS = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|setHTML|setHTMLUnsafe|parseHTMLUnsafe|srcdoc"
    r"|createContextualFragment|DOMParser|createPolicy|eval)\b"
    r"|document\.write(?:ln)?\b|\bnew\s+Function\b|\bset(?:Timeout|Interval)\(\s*[\"'`]"
    r"|setAttribute\(\s*[\"'`](?:style|on)|\bjavascript:",
)
#: Inline script or style, which the policy forbids: the page would only look right without it.
_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle\s*=|\son[a-z]+\s*=|\bjavascript:|\|\s*safe\b"
    r"|autoescape\s+false",
    re.IGNORECASE,
)


def _found(pattern: re.Pattern[str], folder: Path, *suffixes: str) -> list[str]:
    return [
        f"{path.relative_to(folder)}:{number}: {line.strip()[:100]}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in suffixes
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_script_makes_markup_or_code_of_text() -> None:
    assert _found(_SINKS, STATIC, ".js", ".mjs", ".svg") == []


def test_no_page_has_script_or_style_of_its_own() -> None:
    assert _found(_INLINE, WEB / "templates", ".html", ".jinja") == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (_SINKS, "row.innerHTML = subject"),
        (_SINKS, "row['outerHTML'] = subject"),
        (_SINKS, "document.write(text)"),
        (_SINKS, "new Function(text)"),
        (_SINKS, "setTimeout('go()', 5)"),
        (_SINKS, "row.setAttribute('onclick', text)"),
        (_SINKS, "new DOMParser().parseFromString(text, 'text/html')"),
        (_INLINE, "<script>go()</script>"),
        (_INLINE, "<p style='color: red'>"),
        (_INLINE, "<body onload=go()>"),
        (_INLINE, "{{ subject | safe }}"),
    ],
)
def test_the_search_for_them_finds(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.node
def test_the_types_of_the_scripts_are_right() -> None:
    """As their JSDoc says; nothing is built."""
    try:
        compiler = installed(ROOT / "requirements" / "typescript") / "typescript/lib/tsc.js"
        program = node()
    except NotInstalledError as reason:
        pytest.skip(f"TypeScript could not be had: {reason}")
    done = subprocess.run(
        [program, compiler, "-p", STATIC / "jsconfig.json", "--pretty", "false"],
        capture_output=True,
        text=True,
        cwd=STATIC,
        check=False,
    )

    assert done.stdout == ""
    assert done.returncode == 0, done.stderr
