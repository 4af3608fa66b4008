"""What resembles a claimed document: a copy or near copy, or a run of its words quoted.

Twins are those of `privilege.near_duplicates`. A quotation is a run of at least forty words of a
claimed text that stands in another, in the same order: less than a twin, and enough to give advice
away. What stands in many documents alike (a notice, a signature, a form) is nobody's quotation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from forthwith.review.privilege.near_duplicates import Likeness, Text, TwinIndex
from forthwith.review.screen.proposals import Reason, Signal
from forthwith.review.screen.tokens import Token

#: Words of a quotation that is proposed.
LEAST = 40
#: Words that are compared at once; a run of LEAST holds LEAST - _RUN + 1 of them.
_RUN = 8

_Words = tuple[str, ...]


@dataclass(slots=True)
class Claimed:
    """The claimed documents, laid out so that what resembles one of them is found."""

    twins: TwinIndex
    #: Every run of `_RUN` words of a claimed text: which text, at which word.
    runs: dict[_Words, tuple[int, int]] = field(default_factory=dict)
    words: list[_Words] = field(default_factory=list)
    controls: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, texts: Iterable[tuple[Text, Sequence[Token]]]) -> Claimed:
        """Lay out claimed texts, each with the words of its body that are its own."""
        rows = list(texts)
        claimed = cls(TwinIndex.of(text for text, _ in rows))
        for text, words in rows:
            own = tuple(token.word for token in words)
            number = len(claimed.words)
            claimed.words.append(own)
            claimed.controls.append(text.control)
            for at in range(len(own) - _RUN + 1):
                claimed.runs.setdefault(own[at : at + _RUN], (number, at))
        return claimed

    def look(self, text: Text, words: Sequence[Token], body: Sequence[Token]) -> Iterator[Reason]:
        """Yield what of the claimed documents a document is or quotes, each once.

        `words` are those that the document may quote with, its notices left out; `body` all of it.
        """
        met: set[str] = set()
        for twin in self.twins.twins(text):
            if twin.withheld == text.control:
                continue
            met.add(twin.withheld)
            share = "" if twin.shared == 1 else f" ({twin.shared:.0%})"
            quotes = twin.how is Likeness.QUOTED
            said = f"It quotes {twin.withheld}" if quotes else f"{twin.how} as {twin.withheld}"
            words_ = f"{said[:1].upper()}{said[1:]}{share}, which is claimed"
            signal = Signal.QUOTE if quotes else Signal.TWIN
            spans = body[0].first if body else 0, body[-1].last if body else 0
            first, last = (0, 0) if quotes else spans
            yield Reason(signal, 3.5, words_, "text", first, last, other=twin.withheld)
        for control, first, last, count in self._quoted(words):
            if control not in met and control != text.control:
                met.add(control)
                words_ = f"It has {count:,} words in a row of {control}, which is claimed"
                yield Reason(Signal.QUOTE, 3.2, words_, "text", first, last, other=control)

    def _quoted(self, words: Sequence[Token]) -> Iterator[tuple[str, int, int, int]]:
        """Yield control, first and last character and number of words of each long run."""
        own = [token.word for token in words]
        at = 0
        while at <= len(own) - LEAST:
            found = self.runs.get(tuple(own[at : at + _RUN]))
            if found is None:
                at += 1
                continue
            number, start = found
            source = self.words[number]
            length = _RUN
            while (
                at + length < len(own)
                and start + length < len(source)
                and own[at + length] == source[start + length]
            ):
                length += 1
            if length >= LEAST:
                yield self.controls[number], words[at].first, words[at + length - 1].last, length
            # Past what was compared, less what another run may begin with.
            at += max(length - _RUN + 1, 1)
