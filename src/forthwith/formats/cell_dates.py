"""Tell dates from numbers in worksheet cells, and write them in ISO 8601.

A cell is a date by its number format alone (ECMA-376-1, 18.8.30); serial 60 is the day that never
was, 29 February 1900.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

_QUIET = re.compile(r"\"[^\"]*\"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]", re.IGNORECASE)
_DATE = re.compile(r"[dy]|mmm|(?<![hs:\[])\bm+\b(?!:)", re.IGNORECASE)
_TIME = re.compile(r"h|s|\[m", re.IGNORECASE)
# Days have no zone.
_FIRST = datetime(1899, 12, 30)  # noqa: DTZ001
_FIRST_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST = 2_958_466
#: Built-in formats: "d" day, "t" time, "dt" both, "e" elapsed (18.8.30; East Asian 27-36, 50-58).
_BUILT_IN: Mapping[int, str] = {
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), "d"),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47), "t"),
    22: "dt",
    46: "e",
}


def shape(number: int, custom: Mapping[int, str]) -> str:
    """Return what a format shows: "d", "t", "dt", "e" (elapsed), or "" for a plain number."""
    if number not in custom:
        return _BUILT_IN.get(number, "")
    code = _QUIET.sub("", custom[number].split(";")[0])
    if "general" in code.lower() or re.search(r"[0#?].*[eE][+-]", code):
        return ""
    if re.search(r"\[[hms]+\]", code, re.IGNORECASE):
        return "e"
    return ("d" if _DATE.search(code) else "") + ("t" if _TIME.search(code) else "")


def render(value: str, kind: str, *, since_1904: bool) -> str:
    """Return a serial as ISO 8601; the value itself when it is no possible day."""
    try:
        serial = float(value)
    except ValueError:
        return value
    if not 0 <= serial < _LAST:
        return value
    if kind == "e" or serial < 1:
        seconds = round(serial * 86_400)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if not since_1904 and serial < 61:
        if serial >= 60:
            return "1900-02-29"
        serial += 1
    moment = (_FIRST_1904 if since_1904 else _FIRST) + timedelta(seconds=round(serial * 86_400))
    if "t" in kind or serial % 1:
        return moment.isoformat()
    return moment.date().isoformat()


def number(value: str) -> str:
    """Return a stored number in its shortest form: 0.1, not 0.10000000000000001."""
    if len(value) < 15 and "E" not in value:
        return value
    try:
        held = float(value)
    except ValueError:
        return value
    if held.is_integer() and abs(held) < 1e15:
        return str(int(held))
    return repr(held)
