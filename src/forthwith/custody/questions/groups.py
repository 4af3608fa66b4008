"""Coalitions by predicate: "employer=BHL and not location=US", or people by name.

A tie that is not known is not a tie that is not there: each predicate has a lower and an upper
reading, day by day, and `not` swaps the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Protocol

from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import TIES

#: The ties by which somebody is a person of an entity; where one lives is not among them.
STAFF_TIES = ("employer", "payer", "reporting_line", "credential")
#: Words for any of these ties: to the entity, and to what it owns or controls as well.
TIE, GROUP = "tie", "group"
_DEEPEST = 50
#: Words that stand twice in a group and are open: each is tried both ways.
_TRIED = 8

#: Days on which it surely holds, and days on which it may; both over one axis.
Bounds = tuple[int, int]


class BadWhoError(ForthwithError):
    """A --who that cannot be read or names what no table has."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__(
            f"--who {text!r} cannot be used: {what}. It takes employer=ENTITY, payer=, "
            "reporting_line=, location=, credential=, tie= (any of them but location), group= "
            "(a tie to the entity or to what it owns or controls), people=ID,ID or everyone, "
            "joined by and, or, not and parentheses."
        )


class Ties(Protocol):
    """What a predicate asks of the facts."""

    @property
    def full(self) -> int:
        """Return all days."""
        ...

    def tied(
        self, person: str, kinds: tuple[str, ...], name: str, *, owned: bool = False
    ) -> Bounds:
        """Return the days on which the person surely, and perhaps, has such a tie.

        `owned`: to the entity, or to one that it owns or controls.
        """
        ...

    def identity(self, person: str) -> Mapping[str, Bounds]:
        """Return every id that surely, and perhaps, is the person's."""
        ...

    def anybody(self, person: str, people: frozenset[str]) -> int:
        """Return the days on which an id nobody has tied to a person may be one of these."""
        ...


class Who(Protocol):
    """A group of people, defined by what is true of them."""

    def days(self, person: str, ties: Ties) -> Bounds:
        """Return the days on which the person surely, and perhaps, belongs to it."""
        ...

    def names(self) -> frozenset[tuple[str, str]]:
        """Return ("people", id) and (kind, entity or place) for each thing it names."""
        ...


@dataclass(frozen=True, slots=True)
class TieHolders:
    """Everybody with one of these ties to the entity or place."""

    kinds: tuple[str, ...]
    name: str
    #: Ties to what the entity owns or controls count as ties to it.
    owned: bool = False

    def days(self, person: str, ties: Ties) -> Bounds:
        """Ask the facts."""
        return ties.tied(person, self.kinds, self.name, owned=self.owned)

    def names(self) -> frozenset[tuple[str, str]]:
        """Return the entity, under its kind of tie."""
        return frozenset({(self.kind, self.name)})

    @property
    def kind(self) -> str:
        """Return the word it is asked by."""
        if self.kinds != STAFF_TIES:
            return self.kinds[0]
        return GROUP if self.owned else TIE

    def __str__(self) -> str:
        return f"{self.kind}={self.name}"


@dataclass(frozen=True, slots=True)
class NamedPeople:
    """Exactly these people."""

    people: frozenset[str]

    def days(self, person: str, ties: Ties) -> Bounds:
        """Answer from the name, and from what the facts say of one person's ids."""
        low, up = 0, ties.anybody(person, self.people)
        for same, (surely, perhaps) in ties.identity(person).items():
            if same in self.people:
                low |= surely
                up |= perhaps
        return low, up

    def names(self) -> frozenset[tuple[str, str]]:
        """Return the people."""
        return frozenset(("people", person) for person in self.people)

    def __str__(self) -> str:
        return f"people={','.join(sorted(self.people))}"


@dataclass(frozen=True, slots=True)
class Everyone:
    """All people, listed or not."""

    def days(self, person: str, ties: Ties) -> Bounds:  # noqa: ARG002
        """Return all days."""
        return ties.full, ties.full

    def names(self) -> frozenset[tuple[str, str]]:
        """Return nothing."""
        return frozenset()

    def __str__(self) -> str:
        return "everyone"


@dataclass(frozen=True, slots=True)
class Not:
    """Everybody else."""

    part: Who

    def days(self, person: str, ties: Ties) -> Bounds:
        """Swap the bounds: surely not is what is not even perhaps."""
        low, up = self.part.days(person, ties)
        return ties.full & ~up, ties.full & ~low

    def names(self) -> frozenset[tuple[str, str]]:
        """Return what the part names."""
        return self.part.names()

    def __str__(self) -> str:
        return f"not {self.part}"


@dataclass(frozen=True, slots=True)
class Combination:
    """Those in each part (`every`), or in any."""

    parts: tuple[Who, ...]
    every: bool

    def days(self, person: str, ties: Ties) -> Bounds:
        """Join the bounds of the parts."""
        low, up = self.parts[0].days(person, ties)
        for part in self.parts[1:]:
            also_low, also_up = part.days(person, ties)
            low, up = (
                (low & also_low, up & also_up) if self.every else (low | also_low, up | also_up)
            )
        return low, up

    def names(self) -> frozenset[tuple[str, str]]:
        """Return what the parts name."""
        return frozenset().union(*(part.names() for part in self.parts))

    def __str__(self) -> str:
        return f"({(' and ' if self.every else ' or ').join(map(str, self.parts))})"


def belonging(who: Who, person: str, ties: Ties) -> Bounds:
    """Return the days on which the person surely, and perhaps, belongs to a group.

    What is open of one word is open in the same way wherever the word stands: everybody is tied to
    an entity or is not.
    """
    atoms = list(_atoms(who))
    open_twice = {atom for atom in atoms if atoms.count(atom) > 1}
    if not open_twice:
        return who.days(person, ties)
    bounds = {atom: atom.days(person, ties) for atom in dict.fromkeys(atoms)}
    open_twice = {atom for atom in open_twice if bounds[atom][0] != bounds[atom][1]}
    if not 0 < len(open_twice) <= _TRIED:
        return who.days(person, ties)
    low, up = ties.full, 0
    for choice in product((0, 1), repeat=len(open_twice)):
        fixed = dict(bounds)
        for atom, which in zip(sorted(open_twice, key=str), choice, strict=True):
            fixed[atom] = (bounds[atom][which],) * 2
        more_low, more_up = _of_atoms(who, fixed, ties.full)
        low, up = low & more_low, up | more_up
    return low, up


def _atoms(who: Who) -> Iterator[Who]:
    if isinstance(who, Not):
        yield from _atoms(who.part)
    elif isinstance(who, Combination):
        for part in who.parts:
            yield from _atoms(part)
    else:
        yield who


def _of_atoms(who: Who, bounds: Mapping[Who, Bounds], full: int) -> Bounds:
    if isinstance(who, Not):
        low, up = _of_atoms(who.part, bounds, full)
        return full & ~up, full & ~low
    if not isinstance(who, Combination):
        return bounds[who]
    low, up = _of_atoms(who.parts[0], bounds, full)
    for part in who.parts[1:]:
        also_low, also_up = _of_atoms(part, bounds, full)
        low, up = (low & also_low, up & also_up) if who.every else (low | also_low, up | also_up)
    return low, up


def denied(who: Who, *, here: bool = False) -> frozenset[tuple[str, str]]:
    """Return what those in the group must not be: the names under a `not`."""
    if isinstance(who, Not):
        return denied(who.part, here=not here)
    if isinstance(who, Combination):
        return frozenset().union(*(denied(part, here=here) for part in who.parts))
    return who.names() if here else frozenset()


def staff_of(entity: str) -> Who:
    """Return everybody employed or paid by the entity, reporting to it or with its credentials."""
    return TieHolders(STAFF_TIES, entity)


_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>[()])|(?P<key>\w+)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s()"]+))"""
    r"""|(?P<word>\w+))""",
)


def parse(text: str) -> Who:
    """Read a predicate. Raises BadWhoError."""
    return _Parser(text).read()


class _Parser:
    """Or over and over not, the usual way."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split())
        self._at = 0
        self._depth = 0

    def _split(self) -> list[tuple[str, str]]:
        tokens, at, text = [], 0, self._text.rstrip()
        while at < len(text):
            if (met := _TOKEN.match(text, at)) is None:
                raise BadWhoError(self._text, f"{text[at:].strip()[:20]!r} cannot be read")
            at = met.end()
            if met["key"]:
                value = met["value"] if met["quoted"] is None else met["quoted"]
                tokens.append((met["key"].lower(), value.strip()))
            else:
                tokens.append(("", (met["sign"] or met["word"]).lower()))
        return tokens

    def read(self) -> Who:
        if not self._tokens:
            raise BadWhoError(self._text, "it is empty")
        who = self._joined("or")
        if self._at < len(self._tokens):
            raise BadWhoError(self._text, f"{self._tokens[self._at][1]!r} is out of place")
        return who

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _joined(self, word: str) -> Who:
        below = self._factor if word == "and" else lambda: self._joined("and")
        parts = [below()]
        while self._next() == ("", word):
            self._at += 1
            parts.append(below())
        return parts[0] if len(parts) == 1 else Combination(tuple(parts), every=word == "and")

    def _factor(self) -> Who:
        key, value = self._next()
        self._at += 1
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadWhoError(self._text[:60] + "…", "it is nested too deep")
        try:
            return self._atom(key, value) if key else self._word(value)
        finally:
            self._depth -= 1

    def _word(self, word: str) -> Who:
        if word == "not":
            return Not(self._factor())
        if word in ("everyone", "anyone"):
            return Everyone()
        if word != "(":
            raise BadWhoError(self._text, f"{word!r} is out of place" if word else "it breaks off")
        inside = self._joined("or")
        if self._next() != ("", ")"):
            raise BadWhoError(self._text, "a parenthesis is not closed")
        self._at += 1
        return inside

    def _atom(self, key: str, value: str) -> Who:
        if not value.strip(","):
            raise BadWhoError(self._text, f"{key}= names nobody")
        if key == "people":
            return NamedPeople(frozenset(filter(None, (name.strip() for name in value.split(",")))))
        if key in (TIE, GROUP):
            return TieHolders(STAFF_TIES, value, owned=key == GROUP)
        if key not in TIES:
            raise BadWhoError(self._text, f"there is no kind of tie {key!r}")
        return TieHolders((key,), value)
