"""What a query says, as values: words, phrases, nearness, and, or, not, fields with values.

`show` writes a query back with every bracket, so that a person sees how it was read. What it
means is in docs/search.md; `parser` makes it, `evaluate` and `highlights` answer it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.domain.errors import ForthwithError

#: Fields whose words are searched as text is; and those that hold a value.
WORD_FIELDS = ("from", "to", "cc", "custodian", "subject", "name")
VALUE_FIELDS = ("date", "type", "bates", "side", "coded", "mark", "batch", "coder", "fault")
FIELDS = (
    "from", "to", "cc", "custodian", "date", "type", "bates", "subject", "name", "side", "coded",
    "mark", "batch", "coder", "fault",
)  # fmt: skip
#: Fields whose values are what a review says of a document, not the document of itself.
OF_REVIEW = frozenset({"coded", "mark", "batch", "coder"})

#: The largest n of w/n and pre/n.
FARTHEST = 1_000


class QueryError(ForthwithError):
    """A query cannot be read; points at the character."""

    def __init__(self, query: str, position: int, what: str, instead: str) -> None:
        # A tab or line end would move the mark off its character.
        line = "".join(" " if sign.isspace() else sign for sign in query)
        super().__init__(
            f"Character {position + 1} of the query: {what}. {instead}.\n"
            f"  {line}\n  {' ' * position}^"
        )
        self.query, self.position = query, position
        self.what, self.instead = what, instead


@dataclass(frozen=True, slots=True)
class Word:
    """One token, or many: with * and ?, within `edits` edits, or of the same stem."""

    #: As tokens are: normalised, without separators.
    text: str
    field: str = ""
    edits: int = 0
    stem: bool = False
    at: int = 0

    @property
    def wild(self) -> bool:
        """True when * or ? stand in it."""
        return "*" in self.text or "?" in self.text

    @property
    def any(self) -> bool:
        """True for a * alone, which is any one word and stands in phrases only."""
        return self.text == "*"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens one after the other."""

    words: tuple[Word, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Near:
    """A match of each side at most `distance` tokens apart; `ordered` when left comes first."""

    left: Node
    right: Node
    distance: int
    ordered: bool
    at: int = 0


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Node, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    parts: tuple[Node, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    """Every document but these."""

    part: Node
    at: int = 0


@dataclass(frozen=True, slots=True)
class Value:
    """A field between two bounds, both included and either open.

    All but `date` and `bates` have both the same; of `mark` it is "name=value", or the name alone.
    """

    field: str
    first: str
    last: str
    at: int = 0


Node = Word | Phrase | Near | And | Or | Not | Value


def show(node: Node) -> str:
    """Return the query with all its brackets."""
    match node:
        case Word():
            word = _plain(node)
            return _prefix(node.field) + (f'"{word}"' if word in _OPERATORS else word)
        case Phrase():
            inside = " ".join(_plain(word) for word in node.words)
            return f'{_prefix(node.words[0].field)}"{inside}"'
        case Near():
            sign = f"{'pre' if node.ordered else 'w'}/{node.distance}"
            return f"({show(node.left)} {sign} {show(node.right)})"
        case And() | Or():
            sign = " AND " if isinstance(node, And) else " OR "
            return f"({sign.join(show(part) for part in node.parts)})"
        case Not():
            return f"NOT {show(node.part)}"
        case Value():
            same = node.first == node.last
            value = node.first if same else f"{node.first}..{node.last}"
            return f"{node.field}:{_quoted(value) if node.field in _PLAIN_OR_QUOTED else value}"


_OPERATORS = frozenset({"and", "or", "not"})
_PLAIN_OR_QUOTED = frozenset({"mark", "batch", "coder"})
#: What is read back as one word and is no operator, field or distance.
_ONE_WORD = re.compile(r"(?!(?:and|or|not)$)(?![a-z_]+:)[^\s()/\"“”„]+", re.IGNORECASE)


def _quoted(value: str) -> str:
    return value if _ONE_WORD.fullmatch(value) else f'"{value}"'


def _prefix(field: str) -> str:
    return f"{field}:" if field else ""


def _plain(word: Word) -> str:
    fuzzy = "" if not word.edits else "%" if word.edits == 1 else f"%{word.edits}"
    return word.text + fuzzy + ("~" if word.stem else "")


def leaves(node: Node) -> Iterator[Word | Phrase | Value]:
    """Yield words, phrases and values from left to right."""
    match node:
        case Word() | Phrase() | Value():
            yield node
        case Near():
            yield from leaves(node.left)
            yield from leaves(node.right)
        case And() | Or():
            for part in node.parts:
                yield from leaves(part)
        case Not():
            yield from leaves(node.part)


def field_of(node: Node) -> str:
    """Return the field in which a word, phrase or nearness looks; "" is the text."""
    leaf = next(leaves(node))
    return leaf.words[0].field if isinstance(leaf, Phrase) else leaf.field
