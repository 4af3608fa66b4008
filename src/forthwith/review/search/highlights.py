"""Where in one document a query is met: ranges of characters of its text, exact.

Shown is every word or phrase that has a part in the answer: each occurrence of a word, and of
words under w/n those of pairs that stand near. What stands under NOT is never shown.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from forthwith.domain.errors import ForthwithError
from forthwith.review.search.query import And, Near, Node, Or, Phrase, Word, field_of, show
from forthwith.review.search.tokens import placed
from forthwith.review.search.vocabulary import fits

Span = tuple[int, int]
#: A match: one span, or several for an AND inside nearness; and the words it rests on.
Match = tuple[Span, ...]
_MOST = 500_000


class TooManyMatchesError(ForthwithError):
    """One document has more matches than can be shown."""

    def __init__(self, node: Node) -> None:
        super().__init__(
            f"{show(node)[:300]} has more than {_MOST:,} combinations in this one document. Show "
            "it with a smaller distance, or show its words alone."
        )


def highlights(node: Node, text: str, field: str = "") -> list[Span]:
    """Return the ranges to mark in `text`, first character and one past the last, in order.

    Looks only at the parts of the query that ask for `field`; "" is the document's text.
    """
    stretches = list(placed(text))
    tokens = [token for token, _, _ in stretches]
    parts = [part for part in _shown(node) if field_of(part) == field]
    spans = {span for part in parts for rests in matches(part, tokens).values() for span in rests}
    return sorted({(stretches[first][1], stretches[last][2]) for first, last in spans})


def _shown(node: Node) -> Iterator[Node]:
    match node:
        case And() | Or():
            for part in node.parts:
                yield from _shown(part)
        case Near() | Phrase() | Word():
            yield node


def matches(node: Node, tokens: Sequence[str]) -> dict[Match, set[Span]]:
    """Return each match in a list of tokens with the spans of the words it rests on."""
    match node:
        case Word():
            good = fits(node)
            known = {token: good(token) for token in set(tokens)}
            return {((at, at),): {(at, at)} for at, token in enumerate(tokens) if known[token]}
        case Phrase():
            return {(span,): {span} for span in _phrases(node, tokens)}
        case Or():
            matched: dict[Match, set[Span]] = {}
            for part in node.parts:
                for match, rests in matches(part, tokens).items():
                    matched.setdefault(match, set()).update(rests)
            return matched
        case And():
            return _together([matches(part, tokens) for part in node.parts], node)
        case Near():
            return _near(node, matches(node.left, tokens), matches(node.right, tokens))
    raise AssertionError(f"{node} has no matches of its own")


def _phrases(node: Phrase, tokens: Sequence[str]) -> Iterator[Span]:
    good = [(at, fits(word)) for at, word in enumerate(node.words) if not word.any]
    length = len(node.words)
    for start in range(len(tokens) - length + 1):
        if all(fit(tokens[start + at]) for at, fit in good):
            yield start, start + length - 1


def _together(sides: Sequence[Mapping[Match, set[Span]]], node: Node) -> dict[Match, set[Span]]:
    total = 1
    for side in sides:
        total *= len(side)
        if total > _MOST:
            raise TooManyMatchesError(node)
    matched: dict[Match, set[Span]] = {}
    for chosen in product(*(side.items() for side in sides)):
        match = tuple(span for chosen_match, _ in chosen for span in chosen_match)
        matched.setdefault(match, set()).update(*(rests for _, rests in chosen))
    return matched


def _near(
    node: Near, left: Mapping[Match, set[Span]], right: Mapping[Match, set[Span]]
) -> dict[Match, set[Span]]:
    matched: dict[Match, set[Span]] = {}
    ordered = sorted(right, key=lambda match: match[0])
    starts = [match[0][0] for match in ordered]
    longest = max((match[0][1] - match[0][0] for match in ordered), default=0)
    tried = 0
    for a, rests in left.items():
        low = bisect_left(starts, a[0][0] - node.distance - longest)
        high = bisect_right(starts, a[0][1] + node.distance)
        tried += high - low
        if tried > 4 * _MOST:
            raise TooManyMatchesError(node)
        for b in ordered[low:high]:
            if all(is_near(x, y, node) for x in a for y in b):
                whole = (min(x[0] for x in (*a, *b)), max(x[1] for x in (*a, *b)))
                matched.setdefault((whole,), set()).update(rests, right[b])
    return matched


def is_near(left: Span, right: Span, node: Near) -> bool:
    """Return whether two stretches of tokens are as near as `node` asks."""
    ahead, behind = right[0] - left[1], left[0] - right[1]
    if node.ordered:
        return 0 < ahead <= node.distance
    return left != right and max(ahead, behind) <= node.distance
