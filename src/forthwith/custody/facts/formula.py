"""Formulas: what a policy asks for, as a person writes it, and the network it means.

    NAME | k of (F, F, …) | any of (…) | all of (…) | F and F | F or F | (F)

A NAME is any run without white space, comma or parenthesis, or a text in double quotes (`""` stands
for one quote in it). `of`, `and`, `or`, `any` and `all` are words of the grammar in any case of
letters; a means called so goes in quotes. A number is a count only before `of`. `and` and `or` do
not stand side by side without parentheses: no reader has to know which binds tighter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn

from forthwith.custody.facts.network import BadNetworkError, Gate, Network

#: Policies of wallets nest three or four deep; no honest text comes near any of these.
MOST_DEEP = 200
MOST_CHARACTERS = 1_000_000
#: Parts under a count that is neither any nor all: counting costs count times parts.
MOST_COUNTED = 10_000
#: What an honest formula takes; past it a table would be no table.
_LONGEST = 2_000

_WORDS = frozenset(("of", "and", "or", "any", "all"))
_TOKEN = re.compile(r'\s*(?:(?P<quoted>"(?:[^"]|"")*")|(?P<mark>[(),])|(?P<run>[^\s(),]+))')
_PLAIN_NAME = re.compile(r'[^\s(),"][^\s(),]*')


class BadFormulaError(ValueError):
    """A formula that does not read: "at character 9: …"."""

    def __init__(self, at: int, what: str) -> None:
        super().__init__(f"at character {at}: {what}")
        #: 1-based place of the trouble in the text.
        self.at = at


@lru_cache(maxsize=4096)
def parse(text: str) -> Network:
    """Read a formula; equal texts give one and the same network. Raises BadFormulaError.

    A single name is a network without nodes. Gates are named "(1)", "(2)", … parts first.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadFormulaError(MOST_CHARACTERS, "the formula is too long to be one; split it")
    tokens = [*_scan(text), _Token(len(text.rstrip()) + 1, "end", "")]
    return _Parser(tokens).network()


def show(network: Network) -> str:
    """Write a network as a formula that reads to the same one.

    Raises BadNetworkError on a cycle, or when its shared parts, written out, grow past all bounds.
    """
    written: dict[str, str] = {}
    for name in network.order():
        gate = network.nodes[name]
        parts = [written.get(part) or _name(part) for part in gate.of]
        if sum(map(len, parts)) > MOST_CHARACTERS:
            raise BadNetworkError("it shares so many parts that no formula can write it out")
        count = "any" if gate.k == 1 else "all" if gate.k == len(parts) else str(gate.k)
        written[name] = f"{count} of ({', '.join(parts)})"
    return written.get(network.top) or _name(network.top)


def formula_text(formula: Network) -> str:
    """Return a formula as one would write it, cut where it is longer than anybody would read."""
    try:
        text = show(formula)
    except BadNetworkError as wrong:
        return str(wrong)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _name(leaf: str) -> str:
    if _PLAIN_NAME.fullmatch(leaf) and leaf.lower() not in _WORDS:
        return leaf
    quoted = leaf.replace('"', '""')
    return f'"{quoted}"'


@dataclass(frozen=True, slots=True)
class _Token:
    at: int
    #: "name", "word", "(", ")", "," or "end".
    kind: str
    text: str

    @property
    def shown(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def _scan(text: str) -> Iterator[_Token]:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        assert match is not None  # noqa: S101 - a run takes whatever the other two do not
        kind = match.lastgroup or ""
        yield _token(match.start(kind) + 1, kind, match[kind])
        position = match.end()


def _token(at: int, kind: str, text: str) -> _Token:
    if kind == "mark":
        return _Token(at, text, text)
    if kind == "quoted":
        if not (name := text[1:-1].replace('""', '"')).strip():
            raise BadFormulaError(at, "a name in quotes is empty")
        return _Token(at, "name", name)
    if text.startswith('"'):
        raise BadFormulaError(at, "a quote is opened and not closed")
    if text.lower() in _WORDS:
        return _Token(at, "word", text.lower())
    return _Token(at, "name", text)


@dataclass(slots=True)
class _Open:
    """A parenthesis that is not closed yet; the outermost is the formula itself."""

    at: int
    #: "2", "any", "all"; empty for a parenthesis that only groups.
    count: str = ""
    #: Finished parts of a list, and the run of `and`s or `or`s now being read.
    parts: list[str] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    word: str = ""


class _Parser:
    """Keeps its own stack, so that nesting is bounded by us and not by the interpreter."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._leaves = {token.text for token in tokens if token.kind == "name"}
        self._nodes: dict[str, Gate] = {}
        self._number = 0
        self._stack = [_Open(1)]

    def network(self) -> Network:
        self._operand()
        while (token := self._take()).kind != "end":
            self._after(token)
        if len(self._stack) > 1:
            opened = self._stack[-1].at
            raise BadFormulaError(opened, "a parenthesis is opened and not closed")
        return Network(self._close_run(), self._nodes)

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += token.kind != "end"
        return token

    def _operand(self) -> None:
        """Read up to and with the next name, opening parentheses on the way."""
        while True:
            token = self._take()
            following = self._tokens[self._next]
            if token.kind == "(":
                self._push(_Open(token.at))
            elif following.kind == "word" and following.text == "of" and self._counts(token):
                self._take()
                self._open_list(token)
            elif token.kind == "name":
                self._stack[-1].run.append(token.text)
                return
            else:
                self._refuse_operand(token)

    def _counts(self, token: _Token) -> bool:
        if token.kind == "word":
            return token.text in ("any", "all")
        return token.text.isascii() and token.text.isdigit()

    def _open_list(self, count: _Token) -> None:
        bracket = self._take()
        if bracket.kind != "(":
            raise BadFormulaError(
                bracket.at, f"after 'of' comes a list in parentheses, not {bracket.shown}"
            )
        self._push(_Open(count.at, count.text))

    def _push(self, opened: _Open) -> None:
        if len(self._stack) > MOST_DEEP:
            raise BadFormulaError(opened.at, f"parentheses are nested deeper than {MOST_DEEP}")
        self._stack.append(opened)

    def _refuse_operand(self, token: _Token) -> NoReturn:
        if token.kind == "end" and token.at == 1:
            raise BadFormulaError(1, "the formula is empty")
        if token.kind == "word":
            raise BadFormulaError(
                token.at,
                f"{token.shown} is a word of the grammar; a name is expected here "
                "(put a means that is called so in double quotes)",
            )
        raise BadFormulaError(token.at, f"a name is expected, not {token.shown}")

    def _after(self, token: _Token) -> None:
        """Take what may follow a finished part."""
        opened = self._stack[-1]
        if token.kind == ")" and len(self._stack) > 1:
            self._stack[-2].run.append(self._close())
        elif token.kind == "," and opened.count:
            opened.parts.append(self._close_run())
            self._operand()
        elif token.kind == "word" and token.text in ("and", "or"):
            self._join(token)
            self._operand()
        else:
            self._refuse(token)

    def _join(self, token: _Token) -> None:
        opened = self._stack[-1]
        if opened.word and opened.word != token.text:
            raise BadFormulaError(
                token.at, "'and' and 'or' stand side by side; group one of them in parentheses"
            )
        opened.word = token.text

    def _refuse(self, token: _Token) -> NoReturn:
        if token.kind == ")":
            raise BadFormulaError(token.at, "a parenthesis is closed that was never opened")
        if token.kind == ",":
            raise BadFormulaError(token.at, "a comma stands outside a list; write '2 of (a, b, c)'")
        raise BadFormulaError(
            token.at,
            f"'and', 'or' or the end comes before {token.shown} (is a comma missing?)",
        )

    def _close_run(self) -> str:
        """Finish the run of `and`s or `or`s; return the gate or name that it is."""
        opened = self._stack[-1]
        run, word = tuple(opened.run), opened.word
        opened.run, opened.word = [], ""
        if len(run) == 1:
            return run[0]
        return self._gate(Gate(len(run) if word == "and" else 1, run))

    def _close(self) -> str:
        last = self._close_run()
        opened = self._stack.pop()
        if not opened.count:
            return last
        parts = (*opened.parts, last)
        return self._gate(Gate(_count(opened, len(parts)), parts))

    def _gate(self, gate: Gate) -> str:
        self._number += 1
        # A leaf in quotes may look like a gate; a gate never takes its name.
        while (name := f"({self._number})") in self._leaves:
            self._number += 1
        self._nodes[name] = gate
        return name


def _count(opened: _Open, parts: int) -> int:
    if opened.count in ("any", "all"):
        return 1 if opened.count == "any" else parts
    # A count of a hundred digits is past every list, and int() would refuse thousands of them.
    count = int(opened.count) if len(opened.count) < 10 else MOST_CHARACTERS
    if not 1 <= count <= parts:
        raise BadFormulaError(
            opened.at, f"{opened.count[:20]} of {parts} cannot be met or asks for nothing"
        )
    if 1 < count < parts and parts > MOST_COUNTED:
        raise BadFormulaError(opened.at, f"a count over more than {MOST_COUNTED} parts is too big")
    return count
