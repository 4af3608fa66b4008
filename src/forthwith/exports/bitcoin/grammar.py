"""Output descriptors as text: their checksum, and the expressions nested in them (BIP-380).

The same grammar of names, brackets and commas holds miniscript (BIP-379) and trees of scripts
(BIP-386). What a name means is for `scripts` and `miniscript` to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from forthwith.domain.errors import ForthwithError

#: Deeper than any script that can be spent: BIP-341 allows 128 levels of tree.
MOST_NESTING = 200
LONGEST = 400_000

_CHARACTERS = (
    "0123456789()[],'/*abcdefgh@:$%{}"
    "IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~"
    'ijklmnopqrstuvwxyzABCDEFGH`#"\\ '
)
_CHECKSUM_CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0xF5DEE51989, 0xA9FDCA3312, 0x1BAB10E32D, 0x3706B1677A, 0x644D626FFD)

_TOKEN = re.compile(
    r"(?:(?P<wrappers>[a-z]+):)?(?P<name>[a-z0-9_]+)\("
    r"|(?P<mark>[{},)])"
    r"|(?P<text>[^(){},]+)"
)


class BadDescriptorError(ForthwithError):
    """A descriptor cannot be read. Its words never quote a key."""

    def __init__(self, what: str, do: str = "Ask for the descriptor as the wallet exports it"):
        super().__init__(f"The descriptor cannot be lifted: {what}. {do}.")
        self.what = what
        self.do = do


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression: NAME(…) with wrappers before it, a pair {…,…}, or plain text."""

    #: "{" for a pair of a tree; "" for plain text.
    name: str
    of: tuple[Expression, ...] = ()
    #: Plain text; for a name, what stands behind its closing bracket: "/0/*" after musig(…).
    text: str = ""
    #: Miniscript wrappers, outermost first.
    wrappers: str = ""
    #: 1-based column, to say where a fault is without quoting what stands there.
    at: int = 1


@dataclass(slots=True)
class _Open:
    name: str
    wrappers: str
    at: int
    of: list[Expression] = field(default_factory=list)


def checksum(text: str) -> str:
    """Return the eight characters that belong behind the `#`. Raises BadDescriptorError."""
    state, symbols = 1, []
    groups: list[int] = []
    for place, character in enumerate(text, 1):
        value = _CHARACTERS.find(character)
        if value < 0:
            raise BadDescriptorError(f"character {place} cannot stand in a descriptor")
        symbols.append(value & 31)
        groups.append(value >> 5)
        if len(groups) == 3:
            symbols.append(groups[0] * 9 + groups[1] * 3 + groups[2])
            groups = []
    if groups:
        symbols.append(groups[0] if len(groups) == 1 else groups[0] * 3 + groups[1])
    for symbol in [*symbols, *[0] * 8]:
        state = _step(state, symbol)
    state ^= 1
    return "".join(_CHECKSUM_CHARACTERS[state >> 5 * (7 - place) & 31] for place in range(8))


def _step(state: int, symbol: int) -> int:
    high = state >> 35
    state = (state & 0x7FFFFFFFF) << 5 ^ symbol
    for bit, generator in enumerate(_GENERATORS):
        if high >> bit & 1:
            state ^= generator
    return state


def without_checksum(text: str) -> str:
    """Return the descriptor before its `#`, the checksum verified where there is one.

    Raises BadDescriptorError.
    """
    if len(text) > LONGEST:
        raise BadDescriptorError(f"it is longer than {LONGEST} characters")
    body, mark, given = text.partition("#")
    due = checksum(body)
    if mark and given != due:
        raise BadDescriptorError(
            "its checksum does not fit, so at least one character is not as it was written",
            "Ask for the descriptor again, copied by machine",
        )
    return body


def parse(text: str) -> Expression:
    """Read one descriptor without its checksum. Raises BadDescriptorError."""
    stack = [_Open("", "", 1)]
    wanted = True  # whether an expression must come next
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise BadDescriptorError(f"a bracket at character {place + 1} has no name before it")
        wanted = _take(stack, token, place + 1, wanted=wanted)
        place = token.end()
    if len(stack) > 1 or wanted:
        raise BadDescriptorError("it ends before its last bracket closes, or is empty")
    if len(stack[0].of) != 1:
        raise BadDescriptorError("more than one expression stands outside all brackets")
    return stack[0].of[0]


def _take(stack: list[_Open], token: re.Match[str], at: int, *, wanted: bool) -> bool:
    """Put one token in its place; return whether an expression must come next."""
    mark = token["mark"]
    if token["name"] is not None or mark == "{":
        _expect(wanted, at)
        if len(stack) > MOST_NESTING:
            raise BadDescriptorError(f"its brackets are nested deeper than {MOST_NESTING}")
        stack.append(_Open(token["name"] or "{", token["wrappers"] or "", at))
        return True
    if mark == ",":
        _expect(not wanted and len(stack) > 1, at)
        return True
    if mark:
        _expect(not wanted and len(stack) > 1 and (stack[-1].name == "{") == (mark == "}"), at)
        done = stack.pop()
        expression = Expression(done.name, tuple(done.of), "", done.wrappers, done.at)
        stack[-1].of.append(expression)
        return False
    if wanted:
        stack[-1].of.append(Expression("", text=token["text"], at=at))
        return False
    # Text right behind a closing bracket: the derivation of musig(…).
    last = stack[-1].of[-1]
    _expect(bool(last.name and not last.text and token["text"].startswith("/")), at)
    stack[-1].of[-1] = Expression(last.name, last.of, token["text"], last.wrappers, last.at)
    return False


def _expect(right: bool, at: int) -> None:  # noqa: FBT001
    if not right:
        raise BadDescriptorError(f"a bracket or comma is out of place at character {at}")
