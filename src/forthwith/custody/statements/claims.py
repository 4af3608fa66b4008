"""Claims: what a sentence says, typed so that it can be computed.

    name(argument, argument, key=value, …)        no_access(halden, class=customer, path=host)
    holders(means) = {person, person}             holders(share-3) = {ortega, "Lindqvist, Per"}

An argument or a member of a set is a run without comma, parenthesis, brace or `=`, or a text in
double quotes (`""` stands for one quote in it). Keys are those of `--scope`. `statements`
computes what the facts say to a claim; `contradictions` finds the claims that pull against each
other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from forthwith.custody.facts.facts import Statement
from forthwith.custody.questions.scope import BadScopeError, Scope
from forthwith.domain.fact_tables import RowFault

#: No honest claim comes near it.
MOST_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Form:
    """What one claim takes: arguments in order, whether a scope, whether a set."""

    arguments: tuple[str, ...]
    scope: bool = False
    members: bool = False

    def example(self, name: str) -> str:
        """Return the claim as one would write it."""
        inside = ", ".join(
            (*(argument.upper() for argument in self.arguments), *["key=value"] * self.scope)
        )
        return f"{name}({inside})" + (" = {PERSON, PERSON}" if self.members else "")


FORMS: Mapping[str, Form] = {
    "sole_control": Form(("entity",), scope=True),
    "no_access": Form(("entity",), scope=True),
    "can_move": Form(("entity",), scope=True),
    "retained": Form(("entity",), scope=True),
    "never_used": Form(("entity", "vendor")),
    "used": Form(("entity", "vendor")),
    "not_affiliated": Form(("entity", "entity")),
    "affiliated": Form(("entity", "entity")),
    "holders": Form(("means",), members=True),
    "fully_backed": Form(("asset",)),
    "cannot_verify": Form(("asset",)),
    "segregated": Form(("asset",)),
    "no_payment": Form(("entity", "entity")),
    "exercised": Form(("entity",), scope=True),
    "never_exercised": Form(("entity",), scope=True),
    "complied": Form(("entity", "duty")),
    "failed": Form(("entity", "duty")),
    "unchanged": Form(("subject",)),
    "changed": Form(("subject",)),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: `of` are its arguments in order, as written."""

    name: str
    of: tuple[str, ...]
    scope: Scope = field(default_factory=Scope)
    #: The set after `=`; None for every claim but `holders`.
    members: frozenset[str] | None = None

    def __str__(self) -> str:
        inside = ", ".join(filter(None, (*self.of, str(self.scope))))
        if self.members is None:
            return f"{self.name}({inside})"
        return f"{self.name}({inside}) = {{{', '.join(sorted(self.members))}}}"


class BadClaimError(ValueError):
    """A claim that does not read; `at` is the 1-based character."""

    def __init__(self, at: int, what: str) -> None:
        super().__init__(f"at character {at}: {what}")
        self.at, self.what = at, what


def parse(text: str) -> Claim:
    """Read a claim. Raises BadClaimError."""
    if len(text) > MOST_CHARACTERS:
        raise BadClaimError(MOST_CHARACTERS, f"a claim is no longer than {MOST_CHARACTERS}")
    return _Parser(text).claim()


def claim_of(statement: Statement) -> Claim | RowFault | None:
    """Return the claim of a statement, what is wrong with it, or None when none is typed."""
    if not statement.claim.strip():
        return None
    try:
        return parse(statement.claim)
    except BadClaimError as wrong:
        return RowFault(
            statement.row.file or statement.row.table,
            statement.row.line,
            f"the claim of statement {statement.id}, {_cut(statement.claim)!r}, cannot be read "
            f"{wrong}",
            "Write it as one of " + ", ".join(form.example(name) for name, form in FORMS.items()),
        )


_TOKEN = re.compile(r'\s*(?:(?P<quoted>"(?:[^"]|"")*")|(?P<mark>[(),={}])|(?P<run>[^(),={}"]+))')


@dataclass(frozen=True, slots=True)
class _Token:
    at: int
    #: "text", "end" or the mark itself.
    kind: str
    text: str = ""

    @property
    def shown(self) -> str:
        return "the end" if self.kind == "end" else repr(_cut(self.text))


def _tokens(text: str) -> list[_Token]:
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        if (match := _TOKEN.match(text, position)) is None:
            raise BadClaimError(position + 1, "a quote is opened and not closed")
        kind = match.lastgroup or ""
        at, piece = match.start(kind) + 1, match[kind]
        if kind == "mark":
            tokens.append(_Token(at, piece, piece))
        else:
            inner = piece[1:-1].replace('""', '"') if kind == "quoted" else piece
            tokens.append(_Token(at, "text", " ".join(inner.split())))
        position = match.end()
    return [*tokens, _Token(end + 1, "end")]


class _Parser:
    """Reads left to right; nothing nests."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0

    def claim(self) -> Claim:
        """Read the whole text as one claim."""
        name, form = self._form()
        self._take("(", f"a claim reads {form.example(name)}")
        of, scope = self._inside(name, form)
        members = self._members(name, form) if form.members else None
        if (left := self._peek()).kind != "end":
            raise BadClaimError(
                left.at, f"nothing comes after {name}(…), but there is {left.shown}"
            )
        return Claim(name, of, scope, members)

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, kind: str, why: str) -> _Token:
        token = self._peek()
        if token.kind != kind:
            wanted = "a name" if kind == "text" else repr(kind)
            raise BadClaimError(token.at, f"{wanted} is expected, not {token.shown}; {why}")
        self._next += 1
        return token

    def _form(self) -> tuple[str, Form]:
        token = self._peek()
        if token.kind == "end":
            raise BadClaimError(token.at, "the claim is empty")
        name = self._take("text", "a claim begins with its name").text.lower()
        if name not in FORMS:
            near = get_close_matches(name, FORMS, 1, 0.5)
            hint = f"perhaps {near[0]}" if near else f"there are {', '.join(FORMS)}"
            raise BadClaimError(token.at, f"there is no claim {_cut(name)!r}; {hint}")
        return name, FORMS[name]

    def _inside(self, name: str, form: Form) -> tuple[tuple[str, ...], Scope]:
        of: list[str] = []
        limits: list[str] = []
        first = self._peek().at
        while self._peek().kind != ")":
            token = self._take("text", f"a claim reads {form.example(name)}")
            if self._peek().kind == "=":
                self._next += 1
                limits.append(self._limit(name, form, token))
            else:
                self._argument(name, form, token, of, limits)
            if self._peek().kind != ")":
                self._take(",", "a comma stands between arguments and ')' after them")
        close = self._take(")", "")
        if len(of) < len(form.arguments):
            missing = form.arguments[len(of)]
            raise BadClaimError(close.at, f"{name} lacks its {missing}: {form.example(name)}")
        return tuple(of), _scope(limits, first)

    def _argument(
        self, name: str, form: Form, token: _Token, of: list[str], limits: list[str]
    ) -> None:
        if not token.text:
            raise BadClaimError(token.at, "an argument is empty")
        if limits:
            raise BadClaimError(token.at, f"{token.shown} stands after a key=value; put it before")
        if len(of) == len(form.arguments):
            hint = "; a limit is written key=value" if form.scope else ""
            raise BadClaimError(
                token.at, f"{token.shown} is one argument too many: {form.example(name)}{hint}"
            )
        of.append(token.text)

    def _limit(self, name: str, form: Form, key: _Token) -> str:
        if not form.scope:
            raise BadClaimError(key.at, f"{name} takes no {_cut(key.text)}=: {form.example(name)}")
        value = self._take("text", f"{_cut(key.text)}= needs a value")
        if re.search(r"[,;=]", value.text):
            raise BadClaimError(value.at, "a value holds no comma, semicolon or equals sign")
        try:
            Scope.parse(f"{key.text}={value.text}")
        except BadScopeError as wrong:
            raise BadClaimError(key.at, str(wrong).removeprefix("--scope ")) from wrong
        return f"{key.text}={value.text}"

    def _members(self, name: str, form: Form) -> frozenset[str]:
        self._take("=", f"a claim reads {form.example(name)}")
        self._take("{", "the people stand in braces, {} for nobody")
        members: set[str] = set()
        while self._peek().kind != "}":
            member = self._take("text", "people stand in braces, separated by commas")
            if not member.text:
                raise BadClaimError(member.at, "a name is empty")
            members.add(member.text)
            if self._peek().kind != "}":
                self._take(",", "people are separated by commas and closed by '}'")
        self._next += 1
        return frozenset(members)


def _scope(limits: list[str], at: int) -> Scope:
    try:
        return Scope.parse(", ".join(limits))
    except BadScopeError as wrong:
        raise BadClaimError(at, str(wrong).removeprefix("--scope ")) from wrong


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
