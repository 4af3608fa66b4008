"""Reading: rows as written become facts, or faults that say where, what and what to do.

Nothing is dropped in silence and nothing is guessed: whoever asks refuses to answer while faults
remain. The same row twice is one fact. The same thing under one id in two rows that agree is one
fact too, on the better standing, disputed when either row is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from forthwith.custody.facts import vocabulary
from forthwith.custody.facts.cells import Cells, KnownIds, look_alikes
from forthwith.custody.facts.facts import (
    Affiliation,
    ApprovalPolicy,
    Completeness,
    Destruction,
    Entity,
    Fact,
    Facts,
    Grant,
    Inspection,
    Means,
    Ownership,
    Person,
    Possession,
    ProofOfControl,
    SameAs,
    SpendingPolicy,
    Statement,
    Wallet,
)
from forthwith.custody.facts.words import fold
from forthwith.domain.fact_tables import (
    COMPLETE_OF,
    EVERYTHING,
    MEANS_KINDS,
    OWNERSHIP,
    PATHS,
    SAMENESS,
    TABLES,
    TIES,
    FactRow,
    RowFault,
)

_NOUNS = {
    "people": "person", "entities": "entity", "means": "means", "wallets": "wallet",
    "inspections": "inspection", "statements": "statement",
}  # fmt: skip
_FROM = "Write the earliest day the evidence supports"
_Identified = TypeVar("_Identified", Entity, Person, Means, Wallet, Inspection, Statement)


def facts(rows: Sequence[FactRow], zone: str = "UTC") -> tuple[Facts, tuple[RowFault, ...]]:
    """Return the facts the rows state, and what is wrong; with faults the facts are not all.

    `zone` (IANA) is where a bare day is a day.
    """
    cells = Cells(KnownIds({}), ZoneInfo(zone))
    by_table = _by_table(rows, cells)
    cells.names.ids = {
        noun: dict.fromkeys(row["id"] for row in by_table[table] if row["id"])
        for table, noun in _NOUNS.items()
    }
    by_name = {table: tuple(_made(by_table[table], make, cells)) for table, make in _MAKERS.items()}
    for table in _NOUNS:
        by_name[table] = _merged(by_name[table], cells)
    for table in ("people", "entities", "means", "wallets"):
        _look_alikes(by_name[table], _NOUNS[table], cells)
    _loops(by_name["means"], "of", cells)
    _loops(by_name["entities"], "alias_of", cells)
    cells.faults += vocabulary.faults(by_table)
    order = {name: place for place, name in enumerate(dict.fromkeys(row.file for row in rows))}
    faults = sorted(cells.faults, key=lambda fault: (order.get(fault.file, -1), fault.line))
    return Facts(**by_name, zone=zone), tuple(dict.fromkeys(faults))


def _by_table(rows: Iterable[FactRow], cells: Cells) -> Mapping[str, list[FactRow]]:
    """Sort rows by table, each distinct row once, with no empty cell in it."""
    sorted_rows: dict[str, list[FactRow]] = defaultdict(list)
    known: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    for row in map(_trimmed, rows):
        if row.table not in TABLES:
            cells.fault(row, f"there is no table {row.table!r}", f"Use one of {', '.join(TABLES)}")
            continue
        if unknown := row.cells.keys() - _COLUMNS[row.table]:
            what = f"{row.table} has no column {min(unknown)!r}"
            cells.fault(row, what, f"Columns are {', '.join(TABLES[row.table].header)}")
        key = (row.table, frozenset(row.cells.items()))
        if key not in known:
            known.add(key)
            sorted_rows[row.table].append(row)
    return sorted_rows


_COLUMNS = {name: frozenset(table.header) for name, table in TABLES.items()}


def _trimmed(row: FactRow) -> FactRow:
    texts = list(row.cells.values())
    stripped = list(map(str.strip, texts))
    if stripped == texts and "" not in texts:
        return row
    cells = {name: text for name, text in zip(row.cells, stripped, strict=True) if text}
    return replace(row, cells=cells)


def _made(
    rows: Iterable[FactRow], make: Callable[[FactRow, Cells], Fact], cells: Cells
) -> Iterator[Any]:
    """Yield the facts of one table, without the rows that are at fault."""
    for row in rows:
        before = len(cells.faults)
        for column in sorted(_NEEDED[row.table] - row.cells.keys()):
            do = _FROM if column == "from" else f"Write it; {row.table} takes no row without"
            cells.fault(row, f"{column} is empty", do)
        fact = make(row, cells)
        if len(cells.faults) == before:
            yield fact


_NEEDED = {name: frozenset(table.columns) - table.optional for name, table in TABLES.items()}


def _entity(row: FactRow, cells: Cells) -> Entity:
    return Entity(
        **cells.common(row),
        id=cells.new_name(row),
        name=row["name"],
        period=cells.maybe_period(row),
        alias_of=cells.name(row, "alias_of", "entity"),
    )


def _person(row: FactRow, cells: Cells) -> Person:
    return Person(**cells.common(row), id=cells.new_name(row), name=row["name"])


def _ownership(row: FactRow, cells: Cells) -> Ownership:
    return Ownership(
        **cells.common(row),
        entity=cells.name(row, "entity", "entity"),
        owner=cells.name(row, "owner", "entity"),
        kind=cells.choice(row, "kind", OWNERSHIP),
        period=cells.period(row),
    )


def _same_as(row: FactRow, cells: Cells) -> SameAs:
    kind = cells.choice(row, "kind", SAMENESS, {"people": "person", "persons": "person"})
    word = row["is"].lower()
    if word not in ("yes", "no", ""):
        cells.fault(row, f"is says {row['is'][:40]!r}", "Write yes (they are one) or no")
    noun = "means" if kind == "means" else "person"
    b = row["b"]
    if kind != "alias":
        b = cells.name(row, "b", noun)
        if b and b == row["a"]:
            cells.fault(row, f"{b} is joined to itself", "Name the other id in b")
    return SameAs(
        **cells.common(row),
        kind=kind,
        a=cells.name(row, "a", noun),
        b=b,
        same=word != "no",
        period=cells.maybe_period(row),
    )


def _affiliation(row: FactRow, cells: Cells) -> Affiliation:
    kind = cells.choice(row, "kind", TIES)
    if not row["entity"] and (kind != "location" or not row["value"]):
        do = "Write its id; only a location may have a value instead, such as US"
        cells.fault(row, "entity is empty", do)
    return Affiliation(
        **cells.common(row),
        person=cells.name(row, "person", "person"),
        entity=cells.name(row, "entity", "entity"),
        kind=kind,
        value=row["value"],
        period=cells.period(row),
    )


def _means(row: FactRow, cells: Cells) -> Means:
    kind = cells.choice(row, "kind", MEANS_KINDS)
    if kind in ("copy", "backup") and not row["of"]:
        # Whoever has it would seem to have nothing, and an answer would exclude too much.
        cells.fault(row, f"of is empty for a {kind}", "Write the id of what it holds once more")
    return Means(
        **cells.common(row),
        id=cells.new_name(row),
        kind=kind,
        label=row["label"],
        of=cells.name(row, "of", "means"),
        public_key=row["public_key"],
        fingerprint=row["fingerprint"].lower(),
        address=row["address"],
    )


def _possession(row: FactRow, cells: Cells) -> Possession:
    return Possession(
        **cells.common(row),
        person=cells.name(row, "person", "person"),
        means=cells.name(row, "means", "means"),
        period=cells.period(row),
    )


def _completeness(row: FactRow, cells: Cells) -> Completeness:
    target = row["means"]
    noun, sign, name = (part.strip() for part in target.partition(":"))
    if sign and noun in COMPLETE_OF:
        if noun in ("class", "asset"):
            name = fold(name)
        else:
            id_ = replace(row, cells={"means": name})
            cells.name(id_, "means", "means" if noun == "ways" else noun)
        if not name:
            cells.fault(row, f"means is {target!r}", f"Name what is complete, as {noun}:ID")
        target = f"{noun}:{name}"
    elif target != EVERYTHING:
        cells.name(row, "means", "means")
    return Completeness(**cells.common(row), means=target, period=cells.period(row))


def _grant(row: FactRow, cells: Cells) -> Grant:
    return Grant(
        **cells.common(row),
        source=cells.formula(row, "means"),
        gives=cells.name(row, "gives", "means"),
        period=cells.period(row),
        condition=row["condition"],
    )


def _wallet(row: FactRow, cells: Cells) -> Wallet:
    return Wallet(
        **cells.common(row),
        id=cells.new_name(row),
        asset=row["asset"],
        classes=frozenset(filter(None, re.split(r"[\s;|,]+", row["class"]))),
        address=row["address"],
    )


def _policy(row: FactRow, cells: Cells) -> SpendingPolicy:
    return SpendingPolicy(
        **cells.common(row),
        wallet=cells.name(row, "wallet", "wallet"),
        path=cells.choice(row, "path", PATHS),
        formula=cells.formula(row, "formula"),
        scope=cells.scope(row),
        period=cells.period(row),
    )


def _approval(row: FactRow, cells: Cells) -> ApprovalPolicy:
    return ApprovalPolicy(
        **cells.common(row),
        wallet=cells.name(row, "wallet", "wallet"),
        path=cells.choice(row, "path", PATHS),
        formula=cells.formula(row, "formula"),
        enforced_by=cells.name(row, "enforced_by", "means"),
        period=cells.period(row),
        group=row["group"],
        above=cells.amount(row, "above"),
        up_to=cells.amount(row, "up_to"),
        scope=cells.scope(row),
    )


def _inspection(row: FactRow, cells: Cells) -> Inspection:
    return Inspection(
        **cells.common(row),
        id=cells.new_name(row),
        device=cells.name(row, "device", "means"),
        when=cells.when(row, "when"),
        by=row["by"],
        witnessed_by=row["witnessed_by"],
        observed=row["observed"],
        digest=row["digest"],
    )


def _destruction(row: FactRow, cells: Cells) -> Destruction:
    return Destruction(
        **cells.common(row),
        means=cells.name(row, "means", "means"),
        period=cells.moment(row, "when"),
        witnessed_by=row["witnessed_by"],
    )


def _proof(row: FactRow, cells: Cells) -> ProofOfControl:
    return ProofOfControl(
        **cells.common(row),
        address=row["address"],
        message=row["message"],
        signature=row["signature"],
        when=cells.when(row, "when"),
    )


def _statement(row: FactRow, cells: Cells) -> Statement:
    return Statement(
        **cells.common(row),
        id=cells.new_name(row),
        speaker=row["speaker"],
        paper=row["paper"],
        sentence=row["sentence"],
        claim=row["claim"],
        as_of=cells.one_day(row, "as_of"),
        period=cells.maybe_period(row),
        basis=row["basis"],
    )


_MAKERS: Mapping[str, Callable[[FactRow, Cells], Fact]] = {
    "entities": _entity, "people": _person, "affiliations": _affiliation, "means": _means,
    "possessions": _possession, "completeness": _completeness, "grants": _grant,
    "wallets": _wallet, "policies": _policy, "approvals": _approval,
    "ownership": _ownership, "same_as": _same_as, "destructions": _destruction,
    "inspections": _inspection, "proofs": _proof, "statements": _statement,
}  # fmt: skip


def _merged(rows: tuple[_Identified, ...], cells: Cells) -> tuple[_Identified, ...]:
    """Join rows that say the same of one id; rows that do not are a fault."""
    by_id: dict[str, _Identified] = {}
    for row in rows:
        first = by_id.get(row.id)
        if first is None:
            by_id[row.id] = row
        elif _says(first) == _says(row):
            by_id[row.id] = _joined(first, row)
        else:
            do = "Keep one of the two, or give one of them another id"
            what = f"{row.id} is there already and says something else: {first.place}"
            cells.fault(row.row, what, do)
    return tuple(by_id.values())


def _joined(first: _Identified, second: _Identified) -> _Identified:
    """Return the better evidenced of two that say the same, with the cites of both."""
    best = second if second.standing < first.standing else first
    cites = tuple(dict.fromkeys((*first.cites, *second.cites)))
    return replace(best, cites=cites, disputed=first.disputed or second.disputed)


def _says(fact: Fact) -> list[str]:
    """Return what a row says; a label only helps the eye."""
    return [fact.row[column] for column in TABLES[fact.row.table].columns if column != "label"]


def _look_alikes(rows: Iterable[Any], noun: str, cells: Cells) -> None:
    """Note each id the eye takes for another one: facts about one thing must not be split."""
    by_id = {row.id: row for row in rows}
    for first, second in look_alikes(by_id):
        what = f"{noun} {second!r} looks like {noun} {first!r} ({by_id[first].place})"
        do = "Write one of them everywhere, or give them ids that nobody takes for each other"
        cells.fault(by_id[second].row, what, do)


def _loops(rows: Iterable[Any], column: str, cells: Cells) -> None:
    """Note each circle of things that are each said to be of the next."""
    by_id = {row.id: row for row in rows}
    done: set[str] = set()
    for start in by_id:
        path: dict[str, None] = {}
        here = start
        while here in by_id and here not in done and here not in path:
            path[here] = None
            here = getattr(by_id[here], column)
        if here in path:
            circle = [*list(path)[list(path).index(here) :], here]
            shown = " → ".join(circle if len(circle) <= 8 else [*circle[:7], "…", here])
            what = f"{column} goes round in a circle: {shown}"
            cells.fault(by_id[here].row, what, f"Leave {column} empty in the row of the original")
        done |= path.keys()
