"""What docs/search.md says, tried on every pair: slow, short, and sharing nothing with the engine.

Documents are lists of tokens by field. Queries are made at random from few words, so that most
nearness is met somewhere and missed somewhere else.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product

from forthwith.review.search.query import And, Near, Node, Not, Or, Phrase, Word

Tokens = Sequence[str]
WORDS = ("key", "keys", "kay", "share", "shares", "change", "changed", "to", "cold")


def meets(node: Node, document: Mapping[str, Tokens]) -> bool:
    """Return whether a document meets a query."""
    match node:
        case And():
            return all(meets(part, document) for part in node.parts)
        case Or():
            return any(meets(part, document) for part in node.parts)
        case Not():
            return not meets(node.part, document)
    return bool(found(node, document.get(_field(node) or "text", ())))


def _field(node: Node) -> str:
    while not isinstance(node, Word):
        node = node.left if isinstance(node, Near) else (getattr(node, "parts", 0) or node.words)[0]
    return node.field


def found(node: Node, tokens: Tokens) -> set[tuple[tuple[int, int], ...]]:
    """Return every match: the stretches it is made of, first and last token."""
    match node:
        case Word():
            return {((at, at),) for at, token in enumerate(tokens) if same(node, token)}
        case Phrase():
            size = len(node.words)
            return {
                ((at, at + size - 1),)
                for at in range(len(tokens) - size + 1)
                if all(same(word, tokens[at + n]) for n, word in enumerate(node.words))
            }
        case Or():
            return set().union(*(found(part, tokens) for part in node.parts))
        case And():
            sides = [found(part, tokens) for part in node.parts]
            return {sum(chosen, ()) for chosen in product(*sides)}
        case Near():
            return {
                ((min(a for a, _ in left + right), max(b for _, b in left + right)),)
                for left, right in product(found(node.left, tokens), found(node.right, tokens))
                if all(_near(a, b, node) for a, b in product(left, right))
            }
    raise AssertionError(node)


def _near(left: tuple[int, int], right: tuple[int, int], node: Near) -> bool:
    if node.ordered:
        return left[1] < right[0] and right[0] - left[1] <= node.distance
    if left == right:
        return False
    gaps = [
        abs(a - b) for a, b in product(range(left[0], left[1] + 1), range(right[0], right[1] + 1))
    ]
    return min(gaps) <= node.distance


def same(word: Word, token: str) -> bool:
    """Return whether a token is one a word stands for."""
    if token == "":
        return False
    if word.wild:
        shape = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in word.text)
        return re.fullmatch(shape, token) is not None
    if word.stem:
        return _root(word.text) == _root(token)
    return edits(word.text, token) <= word.edits


def _root(token: str) -> str:
    """The stem of the words above, by hand."""
    roots = {"keys": "key", "shares": "share", "changed": "change"}
    return roots.get(token, token)


@cache
def edits(a: str, b: str) -> int:
    """Return the least insertions, deletions, replacements and swaps from `a` to `b`."""
    if not a or not b:
        return len(a) + len(b)
    least = min(edits(a[1:], b) + 1, edits(a, b[1:]) + 1, edits(a[1:], b[1:]) + (a[0] != b[0]))
    if len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0]:
        least = min(least, edits(a[2:], b[2:]) + 1)
    return least


def document(chance: random.Random) -> str:
    """Return a random text."""
    return " ".join(chance.choice(WORDS) for _ in range(chance.randrange(0, 14)))


def query(chance: random.Random, depth: int, field: str = "") -> Node:
    """Return a random query."""
    kind = chance.random()
    if depth == 0 or kind < 0.15:
        return leaf(chance, field)
    if kind < 0.5:
        return nearness(chance, depth, field)
    if kind < 0.6:
        return Not(query(chance, depth - 1, field))
    make = And if kind < 0.8 else Or
    return make(tuple(query(chance, depth - 1, field) for _ in range(chance.choice((2, 2, 3)))))


def nearness(chance: random.Random, depth: int, field: str) -> Near:
    """Return a random nearness, with booleans inside."""
    sides = (side(chance, depth - 1, field), side(chance, depth - 1, field))
    return Near(*sides, chance.choice((1, 1, 2, 3, 5)), chance.random() < 0.4)


def side(chance: random.Random, depth: int, field: str) -> Node:
    """Return what may stand in a nearness."""
    kind = chance.random()
    if depth <= 0 or kind < 0.35:
        return leaf(chance, field)
    if kind < 0.65:
        return nearness(chance, depth, field)
    make = And if kind < 0.8 else Or
    return make(tuple(side(chance, depth - 1, field) for _ in range(2)))


def leaf(chance: random.Random, field: str) -> Node:
    """Return a random word or phrase."""
    kind = chance.random()
    if kind < 0.25:
        words = [word(chance, field, plain=True) for _ in range(chance.choice((2, 2, 3)))]
        if chance.random() < 0.2:
            words.insert(chance.randrange(len(words) + 1), Word("*", field))
        return Phrase(tuple(words))
    return word(chance, field)


def word(chance: random.Random, field: str, *, plain: bool = False) -> Word:
    """Return a random word; in a phrase without % and ~."""
    text, kind = chance.choice(WORDS), chance.random()
    if kind < 0.1:
        return Word(chance.choice(("k*", "*y", "?ey*", "*ha*", "share?", "c*d")), field)
    if plain or kind < 0.8 or len(text) < 3:
        return Word(text, field)
    return Word(text, field, stem=True) if kind < 0.9 else Word(text, field, chance.choice((1, 2)))
