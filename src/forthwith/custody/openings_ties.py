"""Whether somebody belongs to the group: what would settle that he does not, as a thing to ask.

A list of ties stated to be all does it where nothing listed ties him; where a row in doubt does,
that row has to fall; where the group is of those *without* a tie, he has to be shown to have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.custody.answers.index import Model
from forthwith.custody.answers.reach import Reach
from forthwith.custody.facts.facts import Fact
from forthwith.custody.questions.groups import STAFF_TIES, Bounds, denied

_HAD = {
    "employer": "was employed by {}",
    "payer": "was paid by {}",
    "reporting_line": "reported to {}",
    "credential": "held credentials of {}",
    "location": "was in {}",
    "tie": "was employed or paid by {}, reported to it or held its credentials",
}


@dataclass(slots=True)
class _Listed:
    """The ties as if those listed were all, and (`sure`) as if those in doubt were not so."""

    model: Model
    full: int
    sure: bool

    def tied(self, person: str, kinds: tuple[str, ...], name: str) -> Bounds:
        """Return the days of the tie by the rows alone."""
        low, up = self.model.listed(person, kinds, name)
        return low, low if self.sure else up


def ties(person: str, reach: Reach, when: str, days: int) -> tuple[str, str, str]:
    """Return the fact that is missing, why it is open, and what to ask for."""
    model, name = reach.model, reach.model.people.get(person, person)
    rows = [each.place for each in model.ties_of(person)]
    listed = f"ties listed: {', '.join(rows)}" if rows else "no tie is listed"
    if not model.facts.affiliations:
        listed = "no tie of anybody is listed"
    why = f"{person} may belong to {reach.who}: "
    complete = f"completeness: person:{person} {when}"
    if not _left(person, reach, days, sure=False):
        if not model.facts.affiliations:
            complete = f"affiliations and {complete}"
        return complete, f"{why}it is not shown that the ties listed are all ({listed})", (
            f"{_asked(reach, name, when)}, and that there was no other tie"
        )  # fmt: skip
    doubtful = list(_doubtful(person, reach, days))
    if doubtful and not _left(person, reach, days, sure=True):
        places = " and ".join(each.place for each, _ in doubtful)
        ask = f"Show that {' and that '.join(says for _, says in doubtful)} {when}"
        other = f"; {complete}" if model.open_ties(person) & days else ""
        ask += f", and that {name} had no other tie" if other else ""
        why += f"{places} may be so, though not relied on ({listed})"
        return f"affiliations: not {places} {when}{other}", why, ask
    had = " or ".join(
        _HAD[kind].format(entity)
        for kind, entity in sorted(denied(reach.who))
        if kind in _HAD
    )  # fmt: skip
    why += f"no accepted row ties {person} as those outside the group are tied ({listed})"
    return f"affiliations: {person} {had} {when}", why, f"Show that {name} {had} {when}"


def _left(person: str, reach: Reach, days: int, *, sure: bool) -> int:
    """Return the days on which he may still belong to it, by the rows alone."""
    return reach.who.days(person, _Listed(reach.model, reach.model.full, sure))[1] & days


def _asked(reach: Reach, name: str, when: str) -> str:
    ask = f"Show who employed and paid {name}, to whom {name} reported and whose credentials "
    ask += f"{name} held {when}"
    if any(kind == "location" for kind, _ in reach.who.names()):
        ask += f", and where {name} was"
    return ask


def _doubtful(person: str, reach: Reach, days: int) -> Iterator[tuple[Fact, str]]:
    """Yield each row not relied on by which he may belong to the group, with its denial."""
    model, name = reach.model, reach.model.people.get(person, person)
    same: set[str] = set()
    for kind, entity in sorted(reach.who.names()):
        names = model.names_of(entity).keys()
        for tie in model.ties_of(person):
            if tie.kind not in (STAFF_TIES if kind == "tie" else (kind,)):
                continue
            if tie.entity in names or tie.value == entity:
                same |= names if model.axis.mask(tie.period) & days else set()
                if not model.accepts(tie) and model.axis.mask(tie.period) & days:
                    held = f"{tie.kind.replace('_', ' ')} {tie.entity or tie.value}"
                    yield tie, f"{name} did not have the {held} of {tie.place}"
    for alias in model.facts.entities:
        if alias.id in same and alias.alias_of in same and not model.accepts(alias):
            yield alias, f"{alias.id} was no other name of {alias.alias_of}"
