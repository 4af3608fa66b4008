"""Who is who: the accounts of exports and the people they may be, and decisions kept as rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from forthwith.custody.facts.alike import Reason
from forthwith.custody.facts.facts import ProofLevel
from forthwith.custody.facts.vocabulary import nearest_words
from forthwith.custody.people import Identities, OnePerson, identities, proposals, row_of
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import FactRow, Lifted
from forthwith.workflows.custody.facts import facts_of
from forthwith.workflows.custody.imports import ImportedExport, keep

#: Part of the name of the table that decisions are kept in.
_LABEL = "people"


class UnknownPersonError(ForthwithError):
    """A decision names somebody whom no row of people has."""

    def __init__(self, person: str, known: Collection[str]) -> None:
        near = nearest_words("person", person, known)
        hint = f" Perhaps {' or '.join(near)}." if near else ""
        super().__init__(
            f"No row of people has the id {person!r}.{hint} Nothing was written; "
            "`forthwith custody people` lists the ids."
        )


class DecidedOtherwiseError(ForthwithError):
    """A decision says the opposite of rows that are there."""

    def __init__(self, a: str, b: str, what: str) -> None:
        super().__init__(
            f"{a} and {b}: {what}. Nothing was written. Take out the row that is wrong; or, where "
            "both sides must stand, load a table of same_as that says the other thing: no answer "
            "then takes either for sure."
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody has decided about two people, or about all that are alike for one reason."""

    #: The first is joined with, or parted from, each of the others.
    ids: Sequence[str] = ()
    same: bool = True
    #: Join whoever is alike for one of these reasons, where nothing speaks against it.
    yes_to: Collection[Reason] = ()
    #: None: as good as the rows where they say the same, else narrative.
    standing: ProofLevel | None = None
    cites: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a decision."""

    #: In the order given or proposed.
    rows: tuple[FactRow, ...]
    #: Where they were kept; None when there was nothing to keep.
    kept: ImportedExport | None
    #: Places of rows that said so already.
    already: tuple[str, ...] = ()
    #: What is left to decide, after it.
    left: int = 0


def people_of(home: Path, folder: Path | None) -> Identities:
    """Return who may be whom, of a folder of tables or of the matter. Raises as `facts_of`."""
    return identities(facts_of(home, folder))


def decide(home: Path, folder: Path | None, into: Path | None, decision: Decision) -> Decided:
    """Keep a decision as rows of `same_as`, in `into`, in the folder read, or in the matter.

    Raises UnknownPersonError and DecidedOtherwiseError, whereupon nothing is written, and what
    `facts_of` raises.
    """
    known = people_of(home, folder)
    alike = {frozenset((pair.person.id, pair.other.id)): pair for pair in known.alike}
    one = OnePerson(known.people, known.decided)
    for person in decision.ids:
        if person not in known.people:
            raise UnknownPersonError(person, known.people)
    already: list[str] = []
    rows: list[FactRow] = []
    for a, b in product(decision.ids[:1], dict.fromkeys(decision.ids[1:])):
        row = known.decision(a, b)
        if row is not None and row.same is decision.same:
            already.append(row.place)
            continue
        if decision.same and (parts := one.parted(a, b)):
            raise DecidedOtherwiseError(a, b, f"{parts.a} is not {parts.b} by {parts.place}")
        if not decision.same and one.of(a) is one.of(b):
            raise DecidedOtherwiseError(a, b, f"they are one person by {_joins(known, one.of(a))}")
        if decision.same:
            one.join(a, b)
        rows.append(
            row_of(
                (known.people[a], known.people[b]), alike.get(frozenset((a, b))),
                same=decision.same, standing=decision.standing, cites=decision.cites,
            )
        )  # fmt: skip
    rows += [
        row_of(
            (likeness.person, likeness.other), likeness, standing=decision.standing,
            cites=decision.cites,
        )
        for likeness in proposals(known, decision.yes_to)
    ]  # fmt: skip
    if not rows:
        return Decided((), None, tuple(already), len(known.alike))
    target = into or folder
    kept = keep(home, home / target if target else None, Lifted(tuple(rows)), _LABEL)
    left = len(known.alike if kept.faults else people_of(home, target).alike)
    return Decided(tuple(rows), kept, tuple(already), left)


def _joins(known: Identities, ids: Collection[str]) -> str:
    """Return the places of the rows that join some ids."""
    places = [row.place for row in known.decided if row.same and row.a in ids]
    return " and ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
