"""Breaking text into lines that fit: words, words too long for a line, East Asian text, direction.

Every character that comes in goes out on some line, save spaces at a break. What a paragraph is,
and where its lines go on the page, is `imaging_blocks` and `imaging_text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from forthwith.produce.imaging.fonts import Face, right_to_left
from forthwith.produce.imaging.page import Bar, Ink, Mark, Strip

_WIDE = (
    "\u1100-\u11ff\u2e80-\u303f\u3040-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\ufe30-\ufe4f\uff00-\uffef"
)
#: Closing marks may not begin a line, so they stay with the character before them.
_CLOSERS = "\u3001\u3002\uff0c\uff0e\uff1a\uff1b\uff01\uff1f\u300d\u300f\u3011\uff09\u300b\u3009"
_TOKEN = re.compile(f"[ ]+|[{_WIDE}][{_CLOSERS}]*|[^ {_WIDE}]+")
#: Text longer than this without a space is cut before it is measured, characters.
_LONGEST_TOKEN = 400


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one face with what goes through or under it."""

    text: str
    face: Face
    underline: bool = False
    strike: bool = False
    #: Raised by this many pixels (superscript); negative is lowered.
    rise: int = 0


@dataclass(slots=True)
class Line:
    """One line: pieces with their places from the line's start."""

    pieces: list[tuple[float, Span]] = field(default_factory=list)
    width: float = 0.0

    def add(self, span: Span, text: str, width: float) -> None:
        """Put text at the end, joined to the piece before when that has the same look."""
        if self.pieces:
            x, last = self.pieces[-1]
            if last is span or _same_look(last, span):
                joined = Span(last.text + text, *_look(span))
                self.pieces[-1] = (x, joined)
                self.width += width
                return
        self.pieces.append((self.width, Span(text, *_look(span))))
        self.width += width

    def text(self) -> str:
        """Return the line's characters."""
        return "".join(span.text for _, span in self.pieces)


def _look(span: Span) -> tuple[Face, bool, bool, int]:
    return span.face, span.underline, span.strike, span.rise


def _same_look(span: Span, other: Span) -> bool:
    return _look(span) == _look(other)


def tokens(spans: Iterable[Span]) -> Iterator[tuple[Span, str, float]]:
    """Cut spans where a line may break; each with its width in pixels."""
    for span in spans:
        for match in _TOKEN.finditer(span.text):
            token = match.group()
            for start in range(0, len(token), _LONGEST_TOKEN):
                part = token[start : start + _LONGEST_TOKEN]
                yield span, part, _width(span.face, part)


def _width(face: Face, token: str) -> float:
    if token[0] == " ":
        return face.space * len(token)
    return face.advance(token)


def lines(spans: Iterable[Span], width: float, *, hang: float = 0.0) -> Iterator[Line]:
    """Break spans into lines of at most `width` pixels; all but the first are `hang` narrower."""
    line, room = Line(), width
    waiting: tuple[Span, str, float] | None = None
    for span, token, advance in tokens(spans):
        if token[0] == " ":
            if waiting is not None:
                line.add(*waiting)
            waiting = (span, token, advance)
            continue
        if waiting is not None and line.width + waiting[2] + advance <= room:
            line.add(*waiting)
            waiting = None
        elif (waiting is not None and line.pieces) or line.width + advance > room:
            if line.pieces:
                yield line
                line, room = Line(), width - hang
            elif waiting is not None and advance + min(waiting[2], room / 2) <= room:
                # Leading spaces indent; more of them than half a line are cut short.
                line.width = min(waiting[2], room / 2)
            waiting = None
        for piece, piece_width in _fitted(span.face, token, advance, room, room - line.width):
            if line.pieces and line.width + piece_width > room:
                yield line
                line, room = Line(), width - hang
            line.add(span, piece, piece_width)
    yield line


def _fitted(
    face: Face, token: str, advance: float, room: float, first: float
) -> Iterator[tuple[str, float]]:
    """Yield `token` whole, or cut into pieces none of which is wider than the line."""
    if advance <= room:
        yield token, advance
        return
    piece, so_far, limit = "", 0.0, first
    for char in token:
        step = face.advance(char)
        if piece and so_far + step > limit:
            yield piece, so_far
            piece, so_far, limit = "", 0.0, room
        piece += char
        so_far += step
    yield piece, so_far


def marks_of(line: Line, left: float, baseline: int, room: float) -> tuple[Mark, ...]:
    """Return the marks of a line starting at `left`; right-to-left lines end at its right edge."""
    backwards = begins_right_to_left(line)
    marks: list[Mark] = []
    for x, span in line.pieces:
        place = left + x
        if backwards:
            place = left + room - x - span.face.advance(span.text)
        marks.append(Ink(place, baseline - span.rise, span.text, span.face))
        if span.underline or span.strike:
            marks.append(_through(span, place, baseline))
    return tuple(marks)


def begins_right_to_left(line: Line) -> bool:
    """Say whether the line's first letter is of a right-to-left script."""
    if all(span.text.isascii() for _, span in line.pieces):
        return False
    letters = (char for _, span in line.pieces for char in span.text if char.isalpha())
    return right_to_left(next(letters, " "))


def _through(span: Span, left: float, baseline: int) -> Bar:
    size = span.face.size
    top = baseline - round(size * 0.26) if span.strike else baseline + round(size * 0.12)
    width = sum(_width(span.face, token) for token in _TOKEN.findall(span.text))
    return Bar(round(left), top - span.rise, round(left + width), top - span.rise + 3)


def strip_of(line: Line, left: float, room: float, default: Face, gap: int = 0) -> Strip:
    """Return a line as a strip as tall as its tallest face."""
    faces = [span.face for _, span in line.pieces] or [default]
    ascent = max(face.ascent for face in faces)
    height = max(face.height for face in faces)
    return Strip(height, marks_of(line, left, ascent, room), gap)
