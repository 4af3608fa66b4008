"""People under several names: which rows may be one person, what is decided, what contradicts.

An account of an export is a row of people with an id such as `iam:mortega`; whose it is, the export
does not say. Two rows that are alike may be one person until a row of `same_as` joins or parts
them. Here they are listed with the reason, and as a proposal where the reason points to one person
only; to decide is somebody's who knows, and the decision is a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forthwith.custody.facts.alike import Reason, alike_pairs
from forthwith.custody.facts.facts import Facts, Person, ProofLevel, SameAs
from forthwith.domain.fact_tables import FactRow
from forthwith.domain.period import Period

#: Reasons that are equal texts in the records of two systems: as good as these records.
_EQUAL = frozenset((Reason.MAIL, Reason.NUMBER))


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two rows that may be one person, and that no row joins or parts."""

    person: Person
    other: Person
    reason: Reason
    #: In words, with the texts that are alike: "login mortega: Marisol Ortega".
    why: str
    #: Empty where the reason points to these two alone; else why nobody should take it unseen.
    doubt: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "a": self.person.id,
            "b": self.other.id,
            "reason": str(self.reason),
            "why": self.why,
            "doubt": self.doubt,
        }


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A row that parts two ids which other rows make one person."""

    parts: SameAs
    joins: tuple[SameAs, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "a": self.parts.a,
            "b": self.parts.b,
            "no": self.parts.place,
            "yes": [join.place for join in self.joins],
        }


@dataclass(frozen=True, slots=True)
class Identities:
    """The people of a matter, as far as it is known who is who."""

    people: Mapping[str, Person]
    #: Undecided, the strongest reason first.
    alike: tuple[Likeness, ...]
    #: Rows of `same_as` about people, in the order of the rows.
    decided: tuple[SameAs, ...]
    contradictions: tuple[Contradiction, ...]
    #: Accounts that no row joins to another row and that are alike nobody: anybody's.
    like_nobody: tuple[Person, ...]
    #: Person id to what a row says it is called elsewhere.
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def accounts(self) -> tuple[Person, ...]:
        """Return the rows that exports made of accounts."""
        return tuple(person for person in self.people.values() if is_account(person))

    def decision(self, a: str, b: str) -> SameAs | None:
        """Return the row that joins or parts two ids, in whichever order."""
        return next((row for row in self.decided if {row.a, row.b} == {a, b}), None)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "accounts": [
                {
                    "person": account.id,
                    "name": account.name,
                    "called": list(self.aliases.get(account.id, ())),
                    "fact": account.place,
                }
                for account in self.accounts
            ],
            "alike": [likeness.as_json() for likeness in self.alike],
            "like_nobody": [account.id for account in self.like_nobody],
            "decided": [_decided_json(row) for row in self.decided],
            "contradictions": [found.as_json() for found in self.contradictions],
        }


def _decided_json(row: SameAs) -> dict[str, Any]:
    return {
        "a": row.a,
        "b": row.b,
        "is": "yes" if row.same else "no",
        "from": row.row["from"],
        "to": row.row["to"],
        "fact": row.place,
        "standing": str(row.standing),
        "cites": list(row.cites),
        "disputed": row.disputed,
        "note": row.row["note"],
    }


def is_account(person: Person) -> bool:
    """Say whether a row of people is an account of an export: `iam:mortega`."""
    return ":" in person.id


def identities(facts: Facts) -> Identities:
    """Return who may be whom, and what rows of any standing have decided of it."""
    people = {person.id: person for person in facts.people}
    decided = tuple(row for row in facts.same_as if row.kind == "person")
    aliases: dict[str, list[str]] = defaultdict(list)
    for row in facts.same_as:
        if row.kind == "alias" and row.same:
            aliases[row.a].append(row.b)
    one = OnePerson(people, decided)
    settled = {frozenset((row.a, row.b)) for row in decided}
    pairs = [
        (people[a], people[b], Reason(why.partition(" ")[0]), why)
        for a, b, why in alike_pairs(facts.people, aliases)
        if frozenset((a, b)) not in settled and one.of(a) is not one.of(b)
    ]
    named = {person.id for pair in pairs for person in pair[:2]}
    return Identities(
        people,
        tuple(_weighed(pairs, one)),
        decided,
        tuple(_contradictions(decided)),
        tuple(
            person
            for person in facts.people
            if is_account(person) and person.id not in named and len(one.of(person.id)) == 1
        ),
        aliases,
    )


class OnePerson:
    """Which ids are one person, as rows and further joins say."""

    def __init__(self, people: Mapping[str, Person], decided: Iterable[SameAs]) -> None:
        self._people = people
        self._ids: dict[str, set[str]] = {}
        self._parts: dict[str, list[SameAs]] = defaultdict(list)
        for row in decided:
            if row.same:
                self.join(row.a, row.b)
            else:
                self._parts[row.a].append(row)
                self._parts[row.b].append(row)

    def of(self, id_: str) -> set[str]:
        """Return every id of the person, the given one included."""
        return self._ids.setdefault(id_, {id_})

    def join(self, a: str, b: str) -> None:
        """Take two ids for one person, and all that are one with either."""
        few, many = sorted((self.of(a), self.of(b)), key=len)
        many |= few
        self._ids |= dict.fromkeys(few, many)

    def parted(self, a: str, b: str) -> SameAs | None:
        """Return the row that parts some id of the one from some id of the other."""
        mine, theirs = self.of(a), self.of(b)
        return next(
            (
                row
                for id_ in sorted(mine)
                for row in self._parts.get(id_, ())
                if (row.b if row.a == id_ else row.a) in theirs
            ),
            None,
        )

    def doubt(self, a: str, b: str) -> str:
        """Return why two ids should not be joined unseen, as a clause; "" where nothing is known.

        A list of people has each of them once, as a rule; a person may have several accounts.
        """
        if row := self.parted(a, b):
            return f"{row.a} is not {row.b} by {row.place}"
        listed = {_system(self._people[id_]): id_ for id_ in sorted(self.of(a)) if ":" not in id_}
        for id_ in sorted(self.of(b)):
            system = _system(self._people[id_])
            if ":" not in id_ and system in listed:
                return f"{listed[system]} and {id_} are two rows of {system}"
        if _system(self._people[a]) == _system(self._people[b]):
            return f"both are accounts of {_system(self._people[a])}"
        return ""


def _weighed(
    pairs: Sequence[tuple[Person, Person, Reason, str]], one: OnePerson
) -> Iterator[Likeness]:
    """Yield each pair, the strongest reason first, with what speaks against taking it unseen."""
    #: By id and system: whom a row may be there, for which reason.
    there: dict[tuple[str, str], list[tuple[Reason, Person]]] = defaultdict(list)
    order = {reason: place for place, reason in enumerate(Reason)}
    for a, b, reason, _ in pairs:
        there[a.id, _system(b)].append((reason, b))
        there[b.id, _system(a)].append((reason, a))
    for a, b, reason, why in sorted(pairs, key=lambda pair: order[pair[2]]):
        doubt = one.doubt(a.id, b.id)
        for person, other in ((a, b), (b, a)):
            rivals = [
                rival.id
                for rank, rival in there[person.id, _system(other)]
                if one.of(rival.id) is not one.of(other.id)
                and order[rank] <= order[reason]
                and (is_account(person) or not is_account(rival))
            ]
            if rivals and not doubt:
                doubt = f"{person.id} may as well be {_some(rivals)}"
        yield Likeness(a, b, reason, why, doubt)


def proposals(known: Identities, reasons: Collection[Reason]) -> Iterator[Likeness]:
    """Yield the fewest joins that accept all that are alike for these reasons without doubt.

    A pair that earlier ones have joined already is left out, and so is one that together with them
    would join two people of one list, or whom a row parts.
    """
    one = OnePerson(known.people, known.decided)
    for likeness in known.alike:
        a, b = likeness.person.id, likeness.other.id
        if likeness.reason not in reasons or likeness.doubt or one.of(a) is one.of(b):
            continue
        if not one.doubt(a, b):
            one.join(a, b)
            yield likeness


def _some(ids: Sequence[str]) -> str:
    return " or ".join(ids[:3]) + (f" or {len(ids) - 3} more" if len(ids) > 3 else "")


def _system(person: Person) -> str:
    """Return the list a row is of: the system of an account, else its file."""
    system, sign, _ = person.id.partition(":")
    return system if sign else person.row.file


def _contradictions(decided: Sequence[SameAs]) -> Iterator[Contradiction]:
    """Yield each row that parts two ids, where others join them on some of the same days."""
    joins: dict[str, list[tuple[str, SameAs]]] = defaultdict(list)
    for row in decided:
        if row.same:
            joins[row.a].append((row.b, row))
            joins[row.b].append((row.a, row))
    for row in decided:
        if not row.same and (way := _way(row, joins)):
            yield Contradiction(row, way)


def _way(parts: SameAs, joins: Mapping[str, Sequence[tuple[str, SameAs]]]) -> tuple[SameAs, ...]:
    """Return the fewest joins that lead from one id to the other; none where nothing does."""
    ways: dict[str, tuple[SameAs, ...]] = {parts.a: ()}
    waiting = [parts.a]
    for here in waiting:
        for there, row in joins.get(here, ()):
            if there not in ways and _share_a_day(row.period, parts.period):
                ways[there] = (*ways[here], row)
                waiting.append(there)
    return ways.get(parts.b, ())


def _share_a_day(period: Period | None, other: Period | None) -> bool:
    return period is None or other is None or period.meets(other)


def row_of(
    people: tuple[Person, Person],
    likeness: Likeness | None = None,
    *,
    same: bool = True,
    standing: ProofLevel | None = None,
    cites: str = "",
) -> FactRow:
    """Return the row of `same_as` that joins or parts two people, and why when they are alike.

    Where two systems write the same mail address or number, a join is as good as the worse of
    their rows and cites both; otherwise a row is narrative unless a `standing` is given.
    """
    if standing is None and same and likeness is not None and likeness.reason in _EQUAL:
        standing = max(person.standing for person in people)
        cites = cites or "; ".join(dict.fromkeys(cite for row in people for cite in row.cites))
    cells = {
        "kind": "person", "a": people[0].id, "b": people[1].id, "is": "yes" if same else "no",
        "standing": str(ProofLevel.NARRATIVE if standing is None else standing), "cites": cites,
        "note": f"Joined by {likeness.why}." if likeness is not None and same else "",
    }  # fmt: skip
    return FactRow("same_as", cells)
