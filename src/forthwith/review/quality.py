"""Quality of a review, by random samples: how often a second reader decides otherwise.

Rates come with exact intervals: Clopper and Pearson (Biometrika 26, 1934) for a share of a large
lot, the hypergeometric's own bounds where the lot is counted (elusion). Agreement is Cohen's kappa
with the large-sample variance of Fleiss, Cohen and Everitt (Psychological Bulletin 72, 1969, eq.
13). Documents are drawn by the digest of seed and number, so that anyone can draw them again.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist

from forthwith.domain.errors import ForthwithError

CONFIDENCE = 0.95
#: Overturned share above which a reviewer's batches are opened again, where nobody says otherwise.
BAR = 0.10


class QualityError(ForthwithError):
    """A sample cannot be drawn or reckoned as asked."""


# Drawing


@dataclass(frozen=True, slots=True)
class Stratum:
    """Documents of one reviewer with one value of the mark, and those drawn of them."""

    #: Login; "" where a sample has no strata by reviewer.
    reviewer: str
    #: The value of the mark: "yes"; "" where it is not set.
    value: str
    population: int
    #: Control numbers, in the order drawn.
    drawn: tuple[str, ...] = ()


def ranked(controls: Iterable[str], seed: str) -> list[str]:
    """Return control numbers in the random order of a seed: by SHA-256 of "seed/number"."""
    return sorted(
        set(controls),
        key=lambda control: (hashlib.sha256(f"{seed}/{control}".encode()).digest(), control),
    )


def digest(frame: Iterable[tuple[str, str, str]]) -> str:
    """Return SHA-256 of a frame: a line "number<TAB>reviewer<TAB>value" each, in order."""
    lines = sorted("\t".join(row) for row in frame)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def draw(frame: Sequence[tuple[str, str, str]], per_reviewer: int, seed: str) -> list[Stratum]:
    """Draw `per_reviewer` documents of each reviewer, shared among their marks' values.

    `frame` holds (control number, reviewer, value). Each stratum gives its share of the reviewer's
    lot, by largest remainder, and at least one where there are documents enough to draw.
    """
    if per_reviewer < 1:
        raise QualityError(f"A sample of {per_reviewer} cannot be drawn: ask for 1 or more.")
    strata: dict[str, dict[str, list[str]]] = {}
    for control, reviewer, value in frame:
        strata.setdefault(reviewer, {}).setdefault(value, []).append(control)
    drawn = []
    for reviewer, by_value in sorted(strata.items()):
        sizes = {value: len(controls) for value, controls in sorted(by_value.items())}
        shares = _shares(sizes, min(per_reviewer, sum(sizes.values())))
        drawn += [
            Stratum(reviewer, value, size, tuple(ranked(by_value[value], seed)[: shares[value]]))
            for value, size in sizes.items()
        ]
    return drawn


def _shares(sizes: Mapping[str, int], wanted: int) -> dict[str, int]:
    """Share out a number in proportion; each gets one first where there are enough for all."""
    least = 1 if wanted >= len(sizes) else 0
    total = sum(sizes.values())
    ideal = {name: Fraction(wanted * size, total) for name, size in sizes.items()}
    shares = {name: max(least, math.floor(share)) for name, share in ideal.items()}
    while (short := wanted - sum(shares.values())) != 0:
        step = 1 if short > 0 else -1
        name = max(
            (name for name in sizes if least <= shares[name] + step <= sizes[name]),
            key=lambda name: (step * (ideal[name] - shares[name]), name),
        )
        shares[name] += step
    return shares


# Intervals


def clopper_pearson(found: int, drawn: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact two-sided interval of a share of which `found` of `drawn` were seen."""
    _check(found, drawn, confidence)
    alpha = (1 - confidence) / 2
    low = _quantile(found, drawn - found + 1, alpha) if found else 0.0
    high = upper_share(found, drawn, alpha)
    return low, high


def upper_share(found: int, drawn: int, alpha: float) -> float:
    """Return the one-sided upper bound of a share at 1 - `alpha` (Clopper and Pearson)."""
    return _quantile(found + 1, drawn - found, 1 - alpha) if found < drawn else 1.0


def _quantile(a: int, b: int, share: float) -> float:
    """Return a quantile of the beta distribution. Raises QualityError."""
    # Of the extra `room`, and slow to start: only an interval needs it.
    try:
        from scipy.special import betaincinv
    except ModuleNotFoundError as lacking:
        raise QualityError(
            'Exact intervals need more than is installed: pip install "forthwith[room]"'
        ) from lacking
    return float(betaincinv(a, b, share))


def _check(found: int, drawn: int, confidence: float) -> None:
    if not 0 <= found <= drawn:
        raise QualityError(f"{found} of {drawn} is no share: it lies between 0 and all.")
    if not 0 < confidence < 1:
        raise QualityError(f"A confidence of {confidence} cannot be: give one between 0 and 1.")


def upper(lot: int, drawn: int, found: int, alpha: float | Fraction) -> int:
    """Return the greatest K with P(X ≤ found) > alpha, X ~ Hypergeometric(lot, K, drawn).

    How many of a lot of `lot` there may be when `drawn` of it without replacement showed `found`.
    Reckoned in whole numbers, exactly.
    """
    _check_lot(lot, drawn, found)
    least, most = found, lot - drawn + found
    share = exactly(alpha)
    # P(X ≤ found) falls as K grows.
    while least < most:
        middle = (least + most + 1) // 2
        if at_most(lot, middle, drawn, found) > share:
            least = middle
        else:
            most = middle - 1
    return least


def lower(lot: int, drawn: int, found: int, alpha: float | Fraction) -> int:
    """Return the least K with P(X ≥ found) > alpha, X ~ Hypergeometric(lot, K, drawn)."""
    # What is not found is as many among the others.
    return lot - upper(lot, drawn, drawn - found, alpha)


def recall(
    before: int, lot: int, drawn: int, found: int, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Return the interval of the share found of all there is: `before`, and `found` in the sample.

    The lot is what was left unread, or was marked not responsive; 1.0 where nothing is anywhere.
    """
    alpha = (1 - confidence) / 2
    have = before + found

    def share(there: int) -> float:
        return have / (before + there) if before + there else 1.0

    return share(upper(lot, drawn, found, alpha)), share(lower(lot, drawn, found, alpha))


def _check_lot(lot: int, drawn: int, found: int) -> None:
    if not 0 <= found <= drawn <= lot:
        raise QualityError(f"{found} found of {drawn} drawn from {lot} cannot be.")


def exactly(alpha: float | Fraction) -> Fraction:
    """Return a probability as it is written: .05 is one twentieth."""
    if isinstance(alpha, Fraction):
        return alpha
    return Fraction(Decimal(repr(alpha)))


def at_most(lot: int, there: int, drawn: int, found: int) -> Fraction:
    """Return P(X ≤ found) exactly, X ~ Hypergeometric(lot, there, drawn)."""
    first, last = max(0, drawn - (lot - there)), min(found, there, drawn)
    if last < first:
        return Fraction(0)
    term = math.comb(there, first) * math.comb(lot - there, drawn - first)
    total = term
    for seen in range(first, last):
        above = (there - seen) * (drawn - seen)
        below = (seen + 1) * (lot - there - drawn + seen + 1)
        term = term * above // below
        total += term
    return Fraction(total, math.comb(lot, drawn))


# Agreement


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readers agree beyond chance."""

    documents: int
    #: Share on which they agree, 0 to 1.
    observed: float
    #: Cohen's kappa; None where both gave one and the same answer throughout, which shows nothing.
    kappa: float | None
    low: float | None
    high: float | None


def agreement(pairs: Sequence[tuple[str, str]], confidence: float = CONFIDENCE) -> Agreement:
    """Return Cohen's kappa of (first, second) answers, with its interval, cut at -1 and 1.

    The interval is normal, with the variance of Fleiss, Cohen and Everitt (1969), which does not
    suppose that the readers agree by chance. Raises QualityError without a document.
    """
    n = len(pairs)
    if not n:
        raise QualityError("Nobody has coded a document of this sample a second time yet.")
    cells = Counter(pairs)
    rows, columns = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    values = sorted(rows.keys() | columns.keys())
    observed = sum(cells[value, value] for value in values) / n
    chance = sum(rows[value] * columns[value] for value in values) / n**2
    if chance == 1:
        return Agreement(n, observed, None, None, None)
    kappa = (observed - chance) / (1 - chance)
    agreed = sum(
        cells[value, value]
        / n
        * ((1 - chance) - (rows[value] + columns[value]) / n * (1 - observed)) ** 2
        for value in values
    )
    apart = sum(
        count / n * ((columns[first] + rows[second]) / n) ** 2
        for (first, second), count in cells.items()
        if first != second
    )
    variance = (
        agreed + (1 - observed) ** 2 * apart - (observed * chance - 2 * chance + observed) ** 2
    ) / (n * (1 - chance) ** 4)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(max(variance, 0))
    return Agreement(n, observed, kappa, max(kappa - reach, -1.0), min(kappa + reach, 1.0))


# Reckoning


@dataclass(frozen=True, slots=True)
class Overturned:
    """How often the second reader of a sample decided otherwise."""

    #: Login, and the value of the mark; "" for all of them.
    reviewer: str
    value: str
    population: int
    drawn: int
    #: Of the drawn, those coded a second time, and those decided otherwise.
    read: int
    overturned: int
    #: Bounds of the overturned share.
    low: float
    high: float
    #: True for one stratum; False for all of a reviewer's, and for the whole sample.
    stratum: bool = False

    @property
    def rate(self) -> float:
        """The overturned share; 0 while nothing is read."""
        return self.overturned / self.read if self.read else 0.0

    @property
    def complete(self) -> bool:
        """True when every drawn document is read."""
        return self.read == self.drawn

    def fails(self, bar: float) -> bool:
        """Say whether all is read and more was overturned than the bar allows."""
        return self.complete and self.drawn > 0 and self.rate > bar


def overturned(
    strata: Sequence[Stratum],
    answers: Mapping[str, tuple[str, str]],
    confidence: float = CONFIDENCE,
) -> list[Overturned]:
    """Return the overturned share of each stratum, then of each reviewer, then of the sample.

    `answers` holds (first, second) by control number for what was read a second time. A reviewer's
    interval is that of the sample as if drawn at random from their lot: taking shares in proportion
    makes it no narrower than it is.
    """
    rows = [
        replace(
            _over([stratum], stratum.reviewer, stratum.value, answers, confidence), stratum=True
        )
        for stratum in strata
    ]
    for reviewer in sorted({stratum.reviewer for stratum in strata} - {""}):
        own = [stratum for stratum in strata if stratum.reviewer == reviewer]
        rows.append(_over(own, reviewer, "", answers, confidence))
    return [*rows, _over(strata, "", "", answers, confidence)]


def _over(
    strata: Sequence[Stratum],
    reviewer: str,
    value: str,
    answers: Mapping[str, tuple[str, str]],
    confidence: float,
) -> Overturned:
    drawn = [control for stratum in strata for control in stratum.drawn]
    read = [answers[control] for control in drawn if control in answers]
    apart = sum(first != second for first, second in read)
    low, high = clopper_pearson(apart, len(read), confidence) if read else (0.0, 1.0)
    population = sum(stratum.population for stratum in strata)
    return Overturned(reviewer, value, population, len(drawn), len(read), apart, low, high)


@dataclass(frozen=True, slots=True)
class Elusion:
    """What a sample of what is marked not responsive says of all of it."""

    #: Documents marked not responsive; drawn; read a second time; found responsive after all.
    lot: int
    drawn: int
    read: int
    found: int
    #: How many of the lot are responsive: from, to.
    least: int
    most: int
    #: Share of all that is responsive which the review found: from, to.
    recall: tuple[float, float]

    @property
    def complete(self) -> bool:
        """True when every drawn document is read."""
        return self.read == self.drawn


def elusion(
    lot: int, drawn: int, read: int, found: int, before: int, confidence: float = CONFIDENCE
) -> Elusion:
    """Reckon an elusion sample; `before` is how many the review marked responsive.

    While some drawn documents are unread the bounds are those of what was read, as if drawn alone.
    Raises QualityError.
    """
    alpha = (1 - confidence) / 2
    return Elusion(
        lot, drawn, read, found,
        lower(lot, read, found, alpha), upper(lot, read, found, alpha),
        recall(before, lot, read, found, confidence),
    )  # fmt: skip
