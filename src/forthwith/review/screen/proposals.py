"""What the screen says of a document: reasons, each with its weight and its place, and a tier.

A proposal is no coding and no claim: it asks a person to look. A document without one was not
cleared. Weights add up and are only that: no probability.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Tier(StrEnum):
    """How much speaks for a claim."""

    STRONG = "strong"
    LIKELY = "likely"
    WEAK = "weak"

    @property
    def rank(self) -> int:
        """Return 0 for the strongest."""
        return list(Tier).index(self)


class Signal(StrEnum):
    """What speaks for a claim."""

    COUNSEL = "counsel"
    FIRM = "firm"
    ALIAS = "alias"
    MARKING = "marking"
    QUOTED_MARKING = "quoted marking"
    QUOTED_COUNSEL = "quoted counsel"
    TERM = "term"
    TWIN = "twin"
    QUOTE = "quote"
    ATTACHED = "attached"
    CODED = "coded"
    PROPOSED = "proposed"
    CLASSIFIER = "classifier"
    #: A part of the text was not looked through.
    UNREAD = "not looked through"


class Doubt(StrEnum):
    """What speaks against a claim, or must be known before one is made."""

    ADVERSE = "adverse counsel"
    STRANGER = "stranger"
    BULK = "bulk mail"


#: Without one of these nothing is strong: who took part and which words are used is not enough.
_HARD = frozenset({Signal.MARKING, Signal.TWIN, Signal.QUOTE, Signal.ATTACHED, Signal.CODED})
#: Least sums of weights. Set on one half of a corpus and reported on the other by
#: `python -m benchmarks room_screen`.
STRONG, LIKELY, WEAK = 3.0, 1.7, 0.5


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a claim."""

    signal: Signal
    weight: float
    #: As a person reads it: "Rosalind Achterberg, counsel on that day, wrote it".
    words: str
    #: Where it stands: "text", "subject", "name" (of the file), or the name of a field; "" where it
    #: is of the document as a whole.
    where: str = ""
    #: First character and one past the last, in the text; both 0 elsewhere.
    first: int = 0
    last: int = 0
    #: The words themselves, as they stand there.
    said: str = ""
    #: Control number of the document it is like, quotes or hangs on; "" for none.
    other: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing that speaks against a claim."""

    doubt: Doubt
    words: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A document that somebody should look at before it goes out."""

    control: str
    tier: Tier
    #: The weightiest first.
    reasons: tuple[Reason, ...]
    warnings: tuple[Warned, ...] = ()

    @property
    def weight(self) -> float:
        """What speaks for it, less what speaks against it."""
        return _sum(self.reasons, self.warnings)

    @property
    def signals(self) -> frozenset[Signal]:
        """The kinds of its reasons."""
        return frozenset(reason.signal for reason in self.reasons)

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Return what is lit up in the text, in order, none over another."""
        spans: list[tuple[int, int]] = []
        for first, last in sorted((r.first, r.last) for r in self.reasons if r.last > r.first):
            if not spans or first >= spans[-1][1]:
                spans.append((first, last))
        return tuple(spans)


def proposal(
    control: str, reasons: Iterable[Reason], warnings: Sequence[Warned] = ()
) -> Proposal | None:
    """Return what is proposed of a document; None where too little speaks for it.

    Of each kind the weightiest reason counts, terms aside. A classifier alone, terms alone, and a
    text too long to be looked through never say more than weak.
    """
    ordered = sorted(reasons, key=lambda reason: (-reason.weight, reason.first, reason.words))
    if not ordered:
        return None
    total = _sum(ordered, warnings)
    signals = {reason.signal for reason in ordered}
    soft = signals <= {
        Signal.CLASSIFIER, Signal.TERM, Signal.QUOTED_MARKING, Signal.UNREAD
    }  # fmt: skip
    if total >= STRONG and signals & _HARD:
        tier = Tier.STRONG
    elif total >= LIKELY and not soft:
        tier = Tier.LIKELY
    elif total >= WEAK:
        tier = Tier.WEAK
    else:
        return None
    return Proposal(control, tier, tuple(ordered), tuple(warnings))


def _sum(reasons: Iterable[Reason], warnings: Iterable[Warned]) -> float:
    most: dict[Signal, float] = {}
    terms = 0.0
    for reason in reasons:
        if reason.signal is Signal.TERM:
            terms += reason.weight
        else:
            most[reason.signal] = max(most.get(reason.signal, 0.0), reason.weight)
    # Who took part counts once, however they are known.
    took_part = max(most.pop(signal, 0.0) for signal in (Signal.COUNSEL, Signal.FIRM, Signal.ALIAS))
    return took_part + min(terms, 1.4) + sum(most.values()) + sum(w.weight for w in warnings)


def body(proposed: Proposal) -> dict[str, Any]:
    """Return a proposal as plain data."""
    return {
        "control": proposed.control,
        "tier": proposed.tier.value,
        "reasons": [
            {
                "signal": reason.signal.value,
                "weight": reason.weight,
                "words": reason.words,
                "where": reason.where,
                "first": reason.first,
                "last": reason.last,
                "said": reason.said,
                "other": reason.other,
            }
            for reason in proposed.reasons
        ],
        "warnings": [
            {"doubt": warned.doubt.value, "words": warned.words} for warned in proposed.warnings
        ],
    }


def signals_of(reasons: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the kinds of reasons kept as plain data."""
    return frozenset(str(reason.get("signal", "")) for reason in reasons)
