"""Facts: dated, cited rows about people, means of control, wallets and statements.

A fact never says more than its evidence does. Rows become facts in `rows`; here a fact is good
already: names resolve, periods are not empty, formulas parse. `Names` calls
people and means by their names, for pictures and their tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import IntEnum
from typing import Self

from forthwith.custody.facts.amounts import Amount
from forthwith.custody.facts.network import Network
from forthwith.domain.fact_tables import EVERYTHING, STANDINGS, FactRow
from forthwith.domain.period import Period


class ProofLevel(IntEnum):
    """How well a fact is evidenced: the lower the number, the better."""

    PROVED = 0
    INSPECTED = 1
    SYSTEM_RECORD = 2
    DOCUMENT = 3
    SWORN = 4
    NARRATIVE = 5

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "system record", "system_record" or "System Record". Raises ValueError."""
        return cls(STANDINGS.index(" ".join(text.replace("_", " ").lower().split())))

    def __str__(self) -> str:
        return STANDINGS[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every fact carries."""

    #: The row it came from; its place is how a person finds it again.
    row: FactRow
    standing: ProofLevel
    cites: tuple[str, ...] = ()
    #: The other side disputes it: then it proves nothing either way unless the question says so.
    disputed: bool = False
    #: What a reader of every answer that rests on it must know; "" is nothing.
    note: str = ""

    @property
    def place(self) -> str:
        """Return where the row stands: "possessions.csv:4"."""
        return self.row.place


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity(Fact):
    """A legal person, or another name of one."""

    id: str
    name: str
    #: None: ever since, and still.
    period: Period | None = None
    alias_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Fact):
    """A human; one list for the whole matter."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership(Fact):
    """An entity is owned or controlled by another one."""

    entity: str
    owner: str
    #: "owned_by" or "controlled_by".
    kind: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class SameAs(Fact):
    """Two ids are one person or one means (`same`), or are not; or a person has another name."""

    #: "person", "means", or "alias": then `b` is a text, such as mail:ann@veld.example.
    kind: str
    a: str
    b: str
    same: bool
    #: None: on every day.
    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Affiliation(Fact):
    """A tie of a person to an entity, or to a place (`value`)."""

    person: str
    entity: str
    kind: str
    value: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Means(Fact):
    """A means of control: key, share, copy, backup, device, credential, role, host, vendor path."""

    id: str
    kind: str
    label: str = ""
    #: The means it is a copy, backup, part or bearer of.
    of: str = ""
    #: By which it is known whatever it is called: an extended or plain public key, the fingerprint
    #: of a master key (BIP 32, eight hexadecimal digits), an account's address.
    public_key: str = ""
    fingerprint: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Possession(Fact):
    """The person had the means within reach."""

    person: str
    means: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness(Fact):
    """What is listed is all: holders of a means, ties of `person:ID`, paths of `wallet:ID`.

    Also the ways to rebuild a means, `ways:ID`, and the wallets that hold what is of a class, of an
    asset, or anything at all: `class:WORD`, `asset:WORD` (folded), `everything`.
    """

    means: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Fact):
    """Whoever meets `source` (a formula over means) has `gives` as well."""

    source: Network
    gives: str
    period: Period
    #: In words; nobody can compute it, so it holds in the upper bound and not in the lower.
    condition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet(Fact):
    """Addresses under one policy."""

    id: str
    asset: str = ""
    #: One or several classes: customer, deposit, hot, house.
    classes: frozenset[str] = frozenset()
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingPolicy(Fact):
    """One way to move the assets of a wallet."""

    wallet: str
    path: str
    formula: Network
    #: "destination" → "hot" and so on, as parsed from the scope column; empty: no limit.
    scope: tuple[tuple[str, str], ...]
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy(Fact):
    """What the software asks for on one path, and whose holder can set that aside."""

    wallet: str
    path: str
    formula: Network
    enforced_by: str
    period: Period
    #: Rows of one path with the same group are alternatives; "": nobody says "and" or "or".
    group: str = ""
    #: It is asked for above the one and up to the other; None is no bound.
    above: Amount | None = None
    up_to: Amount | None = None
    #: As of a policy: "destination" → "hot" and so on; empty: whatever the path moves.
    scope: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection(Fact):
    """A device was looked at."""

    id: str
    device: str
    when: str
    by: str
    witnessed_by: str
    observed: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction(Fact):
    """A means was destroyed: the thing itself, and no copy of it that somebody kept."""

    means: str
    #: The day it happened in, or the instant as a period that begins with it.
    period: Period
    witnessed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOfControl(Fact):
    """A signed challenge."""

    address: str
    message: str
    signature: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Fact):
    """One sentence of a declaration, letter or report, with its claim as typed."""

    id: str
    speaker: str
    paper: str
    sentence: str
    claim: str
    #: The day as of which it speaks, or the period; both None when the paper gives neither.
    as_of: Period | None
    period: Period | None
    basis: str

    @property
    def days(self) -> Period | None:
        """Return the days it speaks of: its period, else its day; None where it gives neither.

        "Between A and B" speaks of B as well, through its end.
        """
        if self.period is not None:
            period = self.period
            if period.end is None or period.ends_at is not None:
                return period
            return replace(period, end=period.end + timedelta(1))
        if self.as_of is None:
            return None
        return Period(self.as_of.start, self.as_of.end or self.as_of.start + timedelta(1))


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of a matter, table by table, in the order of their rows."""

    entities: tuple[Entity, ...] = ()
    people: tuple[Person, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    means: tuple[Means, ...] = ()
    possessions: tuple[Possession, ...] = ()
    completeness: tuple[Completeness, ...] = ()
    grants: tuple[Grant, ...] = ()
    wallets: tuple[Wallet, ...] = ()
    policies: tuple[SpendingPolicy, ...] = ()
    approvals: tuple[ApprovalPolicy, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    proofs: tuple[ProofOfControl, ...] = ()
    statements: tuple[Statement, ...] = ()
    ownership: tuple[Ownership, ...] = ()
    same_as: tuple[SameAs, ...] = ()
    destructions: tuple[Destruction, ...] = ()
    #: What was read past, each with its place: shown with every answer.
    notes: tuple[str, ...] = field(default=())
    #: The IANA time zone whose days a bare day is one of.
    zone: str = "UTC"


class Names:
    """What people and means are called."""

    def __init__(self, facts: Facts) -> None:
        self._people: Mapping[str, str] = {person.id: person.name for person in facts.people}
        self._entities: Mapping[str, str] = {entity.id: entity.name for entity in facts.entities}
        self._means: Mapping[str, Means] = {means.id: means for means in facts.means}

    def person(self, person: str) -> str:
        """Return the person's name, or the id where no row has one."""
        return self._people.get(person) or person

    def entity(self, entity: str) -> str:
        """Return the entity's name, or the id."""
        return self._entities.get(entity) or entity

    def means(self, means: str) -> str:
        """Return "key k1 (Signing card)" or the id."""
        row = self._means.get(means)
        if row is None:
            return means
        label = f" ({row.label})" if row.label and row.label != means else ""
        return f"{row.kind.replace('_', ' ')} {means}{label}"

    def copied(self, means: str) -> str:
        """Return what it is a copy, part or bearer of, as " of k1", or ""."""
        row = self._means.get(means)
        return f" of {row.of}" if row is not None and row.of else ""

    def listed(self, target: str) -> str:
        """Return what a completeness row speaks of."""
        kind, _, name = target.partition(":")
        if kind == "person" and name:
            return f"ties of {self.person(name)}"
        if kind == "wallet" and name:
            return f"paths of {name}"
        if kind == "ways" and name:
            return f"ways to rebuild {name}"
        if kind in ("class", "asset") and name:
            return f"wallets of {kind} {name}"
        if target == EVERYTHING:
            return "wallets, of any class and asset"
        return f"holders of {target}"
