"""The text of a redacted document: the words left on its pages, and a sign where some are not.

Nothing is taken from the text a document was read as: it may hold what stands on no page, and what
stands under a box. A word is left where its box has no pixel in common with any rectangle that is
burnt, lies on the page, and leaves ink there (`page_words`). Words read off pictures by machine
have no place on the page, so none of them is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.domain.page_words import PageWord
from forthwith.domain.redactions import Passage
from forthwith.produce.burn import Blackout, catches, touches

#: What stands on a page of which no word could be told.
NO_WORDS = "[No words could be read off this page; its image shows what is left.]"
#: Words before and after a passage that are told with it.
_AROUND = 2


def sign(reason: str) -> str:
    """Return what stands in a text or a cell in place of what is redacted: "[REDACTED – PII]"."""
    return f"[REDACTED – {reason}]"


@dataclass(frozen=True, slots=True)
class RedactedPageText:
    """What is left of the words of one page, and what is not."""

    text: str
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    #: The page has no words, redacted or not.
    wordless: bool = False


def page_text(
    control: str, words: Sequence[PageWord], black: Sequence[Blackout]
) -> RedactedPageText:
    """Return the text of a page with rectangles burnt in; `words` in reading order."""
    touched = [any(touches(blackout.box, word) for blackout in black) for word in words]
    hidden = _hidden(words, black)
    first = _places(words, black, hidden)
    lines: list[str] = []
    last: PageWord | None = None
    for place, word in enumerate(words):
        for blackout in first.get(place, ()):
            _add(lines, sign(blackout.reason), last, word)
        if not touched[place]:
            _add(lines, word.text, last, word)
        last = word
    lines += [sign(blackout.reason) for blackout in first.get(len(words), ())]
    if not words:
        lines.append(NO_WORDS)
    passages = tuple(_passages(control, words, black, hidden))
    return RedactedPageText("\n".join(lines), passages, not words)


def _hidden(words: Sequence[PageWord], black: Sequence[Blackout]) -> Mapping[int, tuple[int, ...]]:
    """Return redaction -> places of the words it hides."""
    found: dict[int, list[int]] = {}
    for blackout in black:
        places = found.setdefault(blackout.redaction, [])
        places += [at for at, word in enumerate(words) if catches(blackout.box, word)]
    return {number: tuple(sorted(set(places))) for number, places in found.items()}


def _places(
    words: Sequence[PageWord], black: Sequence[Blackout], hidden: Mapping[int, Sequence[int]]
) -> dict[int, list[Blackout]]:
    """Return before which word the sign of each redaction stands; one redaction has one sign."""
    found: dict[int, list[Blackout]] = {}
    for number in dict.fromkeys(blackout.redaction for blackout in black):
        rectangles = [blackout for blackout in black if blackout.redaction == number]
        top = min(blackout.box[1] for blackout in rectangles)
        below = next((at for at, word in enumerate(words) if word.y >= top), len(words))
        place = hidden[number][0] if hidden[number] else below
        found.setdefault(place, []).append(rectangles[0])
    return found


def _add(lines: list[str], text: str, last: PageWord | None, word: PageWord) -> None:
    """Put a word after the others: on their line, on the next, or after a blank one."""
    if last is None or not lines:
        lines.append(text)
        return
    size = max(last.h, word.h, 1)
    middle = word.y + word.h / 2
    if last.y - size / 2 <= middle <= last.y + last.h + size / 2 and word.x >= last.x:
        lines[-1] += f" {text}"
        return
    if abs(word.y - (last.y + last.h)) > 1.5 * size:
        lines.append("")
    lines.append(text)


def _passages(
    control: str,
    words: Sequence[PageWord],
    black: Sequence[Blackout],
    hidden: Mapping[int, Sequence[int]],
) -> Iterator[Passage]:
    """Yield the words under each redaction: those that follow each other are one passage.

    Where boxes of several stand next to each other, what they hide together is one too.
    """
    reasons = {blackout.redaction: blackout.reason for blackout in black}
    found = [(number, run) for number, places in hidden.items() for run in _runs(places)]
    whose: dict[int, int] = {}
    for number, places in hidden.items():
        for at in places:
            whose.setdefault(at, number)
    together = [(whose[run[0]], run) for run in _runs(sorted(whose))]
    for number, run in [*found, *(row for row in together if row not in found)]:
        text = " ".join(words[at].text for at in run)
        before = words[max(0, run[0] - _AROUND) : run[0]]
        after = words[run[-1] + 1 : run[-1] + 1 + _AROUND]
        around = (
                " ".join(word.text for word in before), " ".join(word.text for word in after)
            )  # fmt: skip
        yield Passage(control, number, reasons[number], text, around)


def _runs(places: Sequence[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for at in places:
        if run and at != run[-1] + 1:
            yield run
            run = []
        run.append(at)
    if run:
        yield run
