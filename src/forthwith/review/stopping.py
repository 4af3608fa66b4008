"""Stopping a ranked review: what a random sample of the unread shows, and when to draw one.

A *stop is certified* by a random sample of what is unread, drawn after the team decided to stop,
without replacement: the exact bound of the hypergeometric distribution says how many may be left.
Try m of a team spends alpha / 2^m, so all its tries together err no more often than alpha.

*QBCB* (quantile binomial confidence bound; Lewis, Yang and Frieder, CIKM 2021) is agreed before the
first document is proposed: relevant documents drawn at random are kept out of training, and reading
stops when the j-th of them has been reached.

The *heuristics* (knee and budget of Cormack and Grossman, SIGIR 2016; a quiet stretch) suggest when
to draw. They promise nothing: on nine collections the budget alone kept a promise of .95 in 53 of
100 runs of its worst set.

Everything is reckoned in whole numbers and fractions, without error of rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from forthwith.domain.errors import ForthwithError
from forthwith.review import quality

#: What is promised, and how surely, where nobody says otherwise.
TARGET, CONFIDENCE = 0.8, 0.95
#: Relevant documents below which a promise costs nearly the whole collection.
FEW = 100
#: Most relevant documents of a sample drawn beforehand.
MOST_SAMPLED = 2_000
#: Most tries of one review: past this the sample would be the collection.
MOST_TRIES = 30
#: The knee: slope before it against slope after it; and the least and most that is read.
KNEE, EFFORT, MOST_READ = 6, 10, Fraction(3, 4)
#: Documents in a row without a relevant one that are a quiet stretch, at least.
QUIET = 50


class StoppingError(ForthwithError):
    """A stop cannot be reckoned from these numbers."""


def _whole(**numbers: int) -> None:
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise StoppingError(f"{name} is {number!r}; it is a count: a whole number from 0.")


def _share(name: str, share: float | Fraction) -> Fraction:
    """Return a share strictly between 0 and 1, as it is written."""
    try:
        exact = share if isinstance(share, Fraction) else quality.exactly(float(share))
    except (TypeError, ValueError, OverflowError):
        raise StoppingError(
            f"{name} is {share!r}; it is a number between 0 and 1, such as 0.8."
        ) from None
    if exact > 1:
        raise StoppingError(
            f"{name} is {float(exact):g}; it is a share, below 1: 0.8 is 80 in a hundred."
        )
    if not 0 < exact < 1:
        raise StoppingError(
            f"{name} is {float(exact):g}; it lies between 0 and 1 and is neither. Nothing but "
            "reading every document shows that all is found."
        )
    return exact


def _lot(unread: int, drawn: int, relevant: int) -> None:
    _whole(unread=unread, drawn=drawn, relevant=relevant)
    if drawn > unread:
        raise StoppingError(
            f"{drawn:,} documents cannot be drawn of {unread:,} that are unread: draw fewer."
        )
    if relevant > drawn:
        raise StoppingError(f"{relevant:,} of {drawn:,} drawn cannot be relevant: count again.")


def upper(unread: int, drawn: int, relevant: int, alpha: float | Fraction) -> int:
    """Return the most relevant documents there may be among the unread.

    The greatest K with P(X ≤ relevant) > alpha, X ~ Hypergeometric(unread, K, drawn). Raises
    StoppingError.
    """
    _lot(unread, drawn, relevant)
    return quality.upper(unread, drawn, relevant, _share("alpha", alpha))


def lower(unread: int, drawn: int, relevant: int, alpha: float | Fraction) -> int:
    """Return the fewest there may be: the least K with P(X ≥ relevant) > alpha.

    Raises StoppingError.
    """
    _lot(unread, drawn, relevant)
    return quality.lower(unread, drawn, relevant, _share("alpha", alpha))


def recall(found: int, relevant: int, there: int) -> Fraction:
    """Return the share found when the sample's count too and `there` were among the unread.

    1 where nothing is relevant anywhere: nothing was missed.
    """
    return Fraction(found + relevant, found + there) if found + there else Fraction(1)


def interval(
    found: int, unread: int, drawn: int, relevant: int, confidence: float = CONFIDENCE
) -> tuple[Fraction, Fraction]:
    """Return the two-sided interval of recall after a sample. Raises StoppingError.

    `found` are the relevant documents before it; those in the sample count as found.
    """
    _whole(found=found)
    alpha = (1 - _share("the confidence", confidence)) / 2
    most = upper(unread, drawn, relevant, alpha)
    least = lower(unread, drawn, relevant, alpha)
    return recall(found, relevant, most), recall(found, relevant, least)


def alpha_of(attempt: int, confidence: float = CONFIDENCE) -> Fraction:
    """Return what try `attempt` (1, 2, …) may err: alpha / 2^attempt. Raises StoppingError."""
    if isinstance(attempt, bool) or not isinstance(attempt, int) or not 1 <= attempt <= MOST_TRIES:
        raise StoppingError(
            f"A try number {attempt!r} cannot be reckoned: tries are 1 to {MOST_TRIES}. After "
            "that many, read what is left."
        )
    return (1 - _share("the confidence", confidence)) / int(2**attempt)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What one try at a stop came to."""

    found: int
    unread: int
    drawn: int
    relevant: int
    target: Fraction
    confidence: Fraction
    attempt: int
    #: What this try may err.
    alpha: Fraction
    #: The most relevant documents among those that were unread, the sample's included.
    bound: int
    #: The least recall may be.
    low: Fraction
    #: Two-sided interval of recall at the confidence, as if this were the only try.
    interval: tuple[Fraction, Fraction]

    @property
    def certified(self) -> bool:
        """Whether the target is met."""
        return self.low >= self.target


def certify(
    found: int,
    unread: int,
    drawn: int,
    relevant: int,
    target: float = TARGET,
    attempt: int = 1,
    confidence: float = CONFIDENCE,
) -> Certificate:
    """Reckon a stop from a sample that was read through. Raises StoppingError."""
    _whole(found=found)
    goal, sure = _share("the target", target), _share("the confidence", confidence)
    alpha = alpha_of(attempt, confidence)
    bound = upper(unread, drawn, relevant, alpha)
    return Certificate(
        found, unread, drawn, relevant, goal, sure, attempt, alpha, bound,
        recall(found, relevant, bound), interval(found, unread, drawn, relevant, confidence),
    )  # fmt: skip


def sample_size(
    found: int,
    unread: int,
    target: float = TARGET,
    attempt: int = 1,
    relevant: int = 0,
    confidence: float = CONFIDENCE,
) -> int:
    """Return the fewest documents that certify if `relevant` of them prove relevant.

    All that is unread certifies always: whoever read everything has found everything. Raises
    StoppingError.
    """
    _whole(found=found, unread=unread, relevant=relevant)
    if relevant > unread:
        raise StoppingError(f"{relevant:,} of {unread:,} unread documents cannot be relevant.")
    goal, alpha = _share("the target", target), alpha_of(attempt, confidence)
    # Certified when the bound is at most this: (found + relevant) / (found + bound) ≥ goal.
    allowed = math.floor((found + relevant) / goal) - found
    if allowed >= unread:
        return relevant
    if allowed < relevant:
        return unread
    least, most = relevant, unread
    while least < most:
        middle = (least + most) // 2
        # The bound is at most `allowed` when one more is ruled out already.
        if quality.at_most(unread, allowed + 1, middle, relevant) <= alpha:
            most = middle
        else:
            least = middle + 1
    return least


def qbcb(relevant: int, target: float = TARGET, confidence: float = CONFIDENCE) -> int | None:
    """Return j: reading stops when the j-th of `relevant` sampled documents has been reached.

    The least j with P(Bin(relevant, target) ≤ j - 1) ≥ confidence; None where even all of them
    promise too little. Raises StoppingError.
    """
    _whole(relevant=relevant)
    goal, sure = _share("the target", target), _share("the confidence", confidence)
    if relevant > MOST_SAMPLED:
        raise StoppingError(
            f"A sample of {relevant:,} relevant documents promises no more than one of "
            f"{MOST_SAMPLED:,}: ask for fewer."
        )
    # In whole numbers over one denominator: P(Bin = i) = C(r, i) p^i (q - p)^(r - i) / q^r.
    p, q = goal.numerator, goal.denominator
    needed, below = sure * q**relevant, 0
    for j in range(1, relevant + 1):
        below += math.comb(relevant, j - 1) * p ** (j - 1) * (q - p) ** (relevant - j + 1)
        if below >= needed:
            return j
    return None


def qbcb_least(target: float = TARGET, confidence: float = CONFIDENCE) -> int:
    """Return the fewest relevant documents of a sample with which QBCB promises anything.

    That many, all reached: the least r with 1 - target^r ≥ confidence. Raises StoppingError.
    """
    goal, sure = _share("the target", target), _share("the confidence", confidence)
    if float(goal) > 0.999:
        raise StoppingError(
            f"A target of {float(goal):g} would take thousands of relevant documents in the "
            "sample: ask for 0.999 or less."
        )
    many, missed = 1, goal
    while missed > 1 - sure:
        many, missed = many + 1, missed * goal
    return many


# Heuristics: they suggest, and promise nothing


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the curve of a review suggests."""

    #: Slope of the curve up to its knee against the slope after it; None before there is a knee.
    knee: float | None
    #: The reading the rule of budgets asks for before a stop; and the documents since the last
    #: relevant one.
    effort: int
    quiet: int
    #: Whether the rule of budgets, and whether a quiet stretch, says that a sample may be drawn.
    budget: bool
    stretch: bool

    @property
    def any(self) -> bool:
        """Whether anything suggests a stop."""
        return self.budget or self.stretch


def suggested(read: Sequence[bool], collection: int) -> Suggestion:
    """Look at what was read so far, in order: whether each document was relevant.

    `collection` is how many documents there are. Raises StoppingError.
    """
    _whole(collection=collection)
    done = len(read)
    if done > collection:
        raise StoppingError(f"{done:,} of {collection:,} documents cannot be read: count again.")
    gained = [0]
    for relevant in read:
        gained.append(gained[-1] + bool(relevant))
    found = gained[-1]
    quiet = next((back for back, hit in enumerate(reversed(read)) if hit), done)
    if not found:
        return Suggestion(None, collection, quiet, budget=False, stretch=False)
    # The knee is the point farthest above the straight line from nothing to now; the last of
    # several. A lucky start is none: half of what was found lies before a knee.
    at = max(range(1, done + 1), key=lambda rank: (gained[rank] * done - found * rank, rank))
    knee = None
    if at < done and 2 * gained[at] >= found:
        before = Fraction(gained[at], at)
        after = Fraction(found - gained[at] + 1, done - at)
        knee = float(before / after)
    effort = math.ceil(Fraction(EFFORT * collection, found))
    enough = done >= MOST_READ * collection
    return Suggestion(
        knee,
        effort,
        quiet,
        budget=enough or (knee is not None and knee >= KNEE and done >= effort),
        stretch=quiet >= max(QUIET, collection // 20),
    )


# What a promise costs


@dataclass(frozen=True, slots=True)
class Cost:
    """What a promise would cost at least, samples included."""

    #: Documents drawn for a certificate at a target if none, or two, of them prove relevant.
    target: float
    none: int
    two: int
    #: Their share of the unread.
    share: float


def costs(
    found: int,
    unread: int,
    targets: Sequence[float] = (0.75, 0.8, 0.9, 0.95),
    attempt: int = 1,
    confidence: float = CONFIDENCE,
) -> list[Cost]:
    """Return what a certificate would cost now, by target. Raises StoppingError."""
    rows = []
    for target in targets:
        none = sample_size(found, unread, target, attempt, 0, confidence)
        # A sample is drawn before it is known what it holds, so it is never smaller.
        two = max(none, sample_size(found, unread, target, attempt, min(2, unread), confidence))
        rows.append(Cost(target, none, two, none / unread if unread else 0.0))
    return rows
