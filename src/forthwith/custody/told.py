"""Facts in few words, for pictures and their tables."""

from __future__ import annotations

from collections.abc import Mapping

from forthwith.custody.facts.facts import Facts, Means
from forthwith.custody.facts.formula import show
from forthwith.custody.facts.network import BadNetworkError, Network

#: What an honest formula takes; past it a table would be no table.
_LONGEST = 2_000


def formula_text(formula: Network) -> str:
    """Return a formula as one would write it, cut where it is longer than anybody would read."""
    try:
        text = show(formula)
    except BadNetworkError as wrong:
        return str(wrong)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


class Names:
    """What people and means are called."""

    def __init__(self, facts: Facts) -> None:
        self._people: Mapping[str, str] = {each.id: each.name for each in facts.people}
        self._entities: Mapping[str, str] = {each.id: each.name for each in facts.entities}
        self._means: Mapping[str, Means] = {each.id: each for each in facts.means}

    def person(self, person: str) -> str:
        """Return the person's name, or the id where no row has one."""
        return self._people.get(person) or person

    def entity(self, entity: str) -> str:
        """Return the entity's name, or the id."""
        return self._entities.get(entity) or entity

    def means(self, means: str) -> str:
        """Return "key k1 (Signing card)" or the id."""
        held = self._means.get(means)
        if held is None:
            return means
        label = f" ({held.label})" if held.label and held.label != means else ""
        return f"{held.kind.replace('_', ' ')} {means}{label}"

    def copied(self, means: str) -> str:
        """Return what it is a copy, part or bearer of, as " of k1", or ""."""
        held = self._means.get(means)
        return f" of {held.of}" if held is not None and held.of else ""

    def listed(self, target: str) -> str:
        """Return what a completeness row speaks of."""
        kind, _, name = target.partition(":")
        if kind == "person" and name:
            return f"ties of {self.person(name)}"
        if kind == "wallet" and name:
            return f"paths of {name}"
        return f"holders of {target}"
