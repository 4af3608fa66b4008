"""Words in a picture: measured, cut and folded to the room there is.

Names come from evidence and hold what they like. Widths are those of DejaVu Sans, the widest of the
common fonts, so that what fits here fits in whatever font a reader's machine puts in its place.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from forthwith.plain.visible import JOINERS, visible

#: Ems; every other sign of ASCII is taken as a small letter, a letter with an accent as without.
_WIDTHS = {
    "ijlI|.,'": 0.34, "!:;ftr()[]-/\\ ": 0.44, '"': 0.47, "mMWw@%&": 1.0,
    "ABCDEFGHJKLNOPQRSTUVXYZ_": 0.79, "+=<>#~^": 0.84,
    "·": 0.34, "–‘’": 0.55, "“”": 0.66, "абвгдезийклнопрстухцчьъэяёіїєґўηικλνορστυγδεζξς": 0.7,
    "АБВГЕЗИЙКЛНОПРСТУХЦЧЬЭЯЁІЇЄΑΒΓΔΕΖΗΙΚΛΝΞΟΠΡΣΤΥΧ": 0.82,
    "ЖШЩЪЫЮФЉЊ": 1.18,
}  # fmt: skip
_WIDTH_OF = {sign: width for signs, width in _WIDTHS.items() for sign in signs}
_BOLD = 1.13


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return at least how wide the text is, in the unit of `size`."""
    return sum(map(_em, text)) * size * (_BOLD if bold else 1)


def _em(sign: str) -> float:
    if sign < "\x80":
        return _WIDTH_OF.get(sign, 0.65)
    if (known := _WIDTH_OF.get(sign)) is not None:
        return known
    if sign in JOINERS or unicodedata.combining(sign):
        return 0
    if sign < "\u0250" and (base := unicodedata.normalize("NFD", sign)[0]) < "\x80":
        return _WIDTH_OF.get(base, 0.65)
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.4 if sign > "\U00010000" else 1.02
    return 1.0


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Return the text, its end cut off with "…" where there is no room for it."""
    text = visible(text)
    if width(text, size, bold=bold) <= room:
        return text
    left = room - width("…", size, bold=bold)
    for at, sign in enumerate(text):
        left -= width(sign, size, bold=bold)
        if left < 0:
            return f"{text[:at].rstrip()}…"
    return text


def folded(text: str, room: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """Return the text in lines, at most `most`; the last is cut off where more would follow."""
    lines: list[str] = []
    # No line holds more signs than this; a name may be as long as a book.
    left = visible(text[: int(most * 4 * room / size) + most]).strip()
    while left and len(lines) < most - 1 and width(left, size, bold=bold) > room:
        taken = _first_line(left, room, size, bold=bold)
        lines.append(taken.rstrip())
        left = left[len(taken) :].lstrip()
    return [*lines, fitted(left, room, size, bold=bold)] if left else lines or [""]


def _first_line(text: str, room: float, size: float, *, bold: bool) -> str:
    used, count = 0.0, 0
    for sign in text:
        used += width(sign, size, bold=bold)
        if used > room:
            break
        count += 1
    blank = text.rfind(" ", 1, count + 1)
    if blank > 0:
        return text[:blank]
    # A word wider than the line is broken behind a sign that joins words, or where the line ends.
    joint = max(text.rfind(sign, 1, count) for sign in "-_/.:@,") + 1
    return text[: joint if joint > 0 else max(1, count)]


class Footnotes:
    """Labels too long for their place, numbered in the order met.

    A label is whole where it stands or whole in a note under the picture: never only cut.
    """

    #: A name as long as a book is not printed as one.
    _MOST_LINES = 40

    def __init__(self, before: Footnotes | None = None) -> None:
        """Begin with none, or go on from those of another, which stay as they are."""
        self._numbers: dict[str, int] = dict(before.numbers) if before is not None else {}

    @property
    def numbers(self) -> Mapping[str, int]:
        """Return the labels with their numbers."""
        return self._numbers

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def lines(
        self, text: str, room: float, size: float, most: int, *, bold: bool = False
    ) -> list[str]:
        """Return the text in at most so many lines, a number at the end where it is cut."""
        lines = folded(text, room, size, most, bold=bold)
        shown = visible(text)
        if "".join("".join(lines).split()) == "".join(shown.split()):
            return lines
        mark = f" [{self._numbers.setdefault(shown, len(self._numbers) + 1)}]"
        last = lines[-1].removesuffix("…").rstrip() + "…"
        left = room - width(mark, size, bold=bold)
        return [*lines[:-1], fitted(last, left, size, bold=bold) + mark]

    def written(self, room: float, size: float) -> list[str]:
        """Return the notes as lines, each note from its number on."""
        return [
            line
            for text, number in self._numbers.items()
            for line in folded(f"[{number}] {text}", room, size, self._MOST_LINES)
        ]
