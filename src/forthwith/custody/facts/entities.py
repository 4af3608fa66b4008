"""Parties: which entity or person a text means, and which names are one entity's.

An entity keeps being itself when it takes another name. So a row about "Brisk" in 2022 is about
whatever Brisk calls itself now; the period of an alias says when the name was in use.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from forthwith.custody.facts.facts import Entity, Facts
from forthwith.plain.person_names import Match, match


class Parties:
    """The entities and people of the facts, by id or by name."""

    def __init__(
        self, facts: Facts, accepts: Callable[[Entity], bool] = lambda _entity: True
    ) -> None:
        """Index them; only alias rows that `accepts` make two names one."""
        self._entities = _by_text((entity.id, entity.name) for entity in facts.entities)
        self._people = _by_text((person.id, person.name) for person in facts.people)
        self._names: dict[str, set[str]] = defaultdict(set)
        self._links: dict[str, list[tuple[str, Entity]]] = defaultdict(list)
        for entity in facts.entities:
            self._names[entity.id].add(entity.name)
            if entity.alias_of and accepts(entity):
                self._links[entity.id].append((entity.alias_of, entity))
                self._links[entity.alias_of].append((entity.id, entity))

    def entity(self, text: str) -> str:
        """Return the id of the entity so called; the text itself when that is none or several."""
        return _unambiguous(self._entities, text)

    def person(self, text: str) -> str:
        """Return the id of the person so called; the text itself when that is none or several."""
        return _unambiguous(self._people, text)

    def knows_person(self, text: str) -> bool:
        """Return whether somebody in the people table is so called: "Ortega, Marisol" too."""
        return text.casefold() in self._people or any(
            match(text, name) is Match.SAME for name in self._people
        )

    def same(self, text: str, other: str) -> tuple[Entity, ...] | None:
        """Return the alias rows that make two names one entity; None when nothing does."""
        return self.aliases(text).get(self.entity(other))

    def aliases(self, entity: str) -> Mapping[str, tuple[Entity, ...]]:
        """Return every id of the entity, its own included, with the rows that lead there."""
        start = self.entity(entity)
        aliases: dict[str, tuple[Entity, ...]] = {start: ()}
        waiting = [start]
        for here in waiting:
            for there, row in self._links[here]:
                if there not in aliases:
                    aliases[there] = (*aliases[here], row)
                    waiting.append(there)
        return aliases

    def names(self, entity: str) -> frozenset[str]:
        """Return every id and name of the entity, aliases included."""
        ids = self.aliases(entity)
        return frozenset(filter(None, {*ids, *(n for id_ in ids for n in self._names[id_])}))

    def titles(self, entity: str) -> tuple[str, ...]:
        """Return what the entity is called, each name once; the id where it has no name."""
        ids = self.aliases(entity)
        return tuple(sorted({n for id_ in ids for n in filter(None, self._names[id_] or {id_})}))

    def named_in(self, entity: str, text: str) -> bool:
        """Return whether a text holds one of the entity's names as whole words."""
        return any(
            re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
            for name in self.names(entity)
        )


def _by_text(pairs: Iterator[tuple[str, str]]) -> dict[str, set[str]]:
    ids: dict[str, set[str]] = defaultdict(set)
    for key, name in pairs:
        ids[key.casefold()].add(key)
        if name:
            ids[" ".join(name.casefold().split())].add(key)
    return dict(ids)


def _unambiguous(known: Mapping[str, set[str]], text: str) -> str:
    ids = known.get(text.casefold(), set())
    if text in ids:
        return text
    return next(iter(ids)) if len(ids) == 1 else text
