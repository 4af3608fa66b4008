"""Rows become facts; each thing wrong with one is named with its place and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.facts.network import Gate
from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import TABLES, FactRow
from forthwith.domain.period import Period
from tests.builders import fact_rows
from tests.builders.fact_rows import row

SOUND = (
    row("entities", id="BHL", name="Bright Harbor Ltd", standing="document"),
    row("entities", id="BH", name="Bright Harbor", alias_of="BHL", standing="document"),
    row("people", id="ana", name="Ana Ortega", standing="system record"),
    row("affiliations", person="ana", entity="BHL", kind="employer", from_="2023-01-01",
        standing="sworn"),
    row("means", id="s1", kind="share", standing="inspected", cites="inspection:i1; BTS01"),
    row("means", id="s2", kind="share", standing="document"),
    row("means", id="s1c", kind="copy", of="s1", standing="document"),
    row("possessions", person="ana", means="s1", from_="2023-01-01", to="2023-02-01",
        standing="sworn"),
    row("completeness", means="wallet:w", from_="2023-01-01", standing="document"),
    row("grants", means="2 of (s1, s2)", gives="s1c", from_="2023-01-01", standing="document"),
    row("wallets", id="w", class_="customer; hot|deposit house", standing="document"),
    row("policies", wallet="w", path="signing", formula="s1 and s2", scope="destination=hot",
        from_="2023-01-01", standing="document"),
    row("approvals", wallet="w", path="signing", formula="s2", from_="2023-01-01",
        standing="document"),
    row("inspections", id="i1", device="s1", when="2023-03-01T10:00:00Z", by="R. Lund",
        observed="one share", standing="inspected"),
    row("proofs", address="bc1q", message="m", signature="c2ln", when="2023-03-01",
        standing="proved"),
    row("statements", id="d1", speaker="ana", sentence="Nobody else could.", as_of="2023-03-01",
        standing="sworn"),
)  # fmt: skip


def changed(table: str, **cells: str) -> list[FactRow]:
    """Return the sound rows with the first row of one table changed, on line 7 of its file."""
    cells_given = {name.rstrip("_"): cell for name, cell in cells.items()}
    first = next(row for row in SOUND if row.table == table)
    broken = replace(first, cells={**first.cells, **cells_given}, file=f"{table}.csv", line=7)
    return [broken if row is first else row for row in SOUND]


def complaints(rows: list[FactRow]) -> list[str]:
    return [str(fault) for fault in facts(rows)[1]]


def test_sound_rows_are_facts_without_faults() -> None:
    read, faults = facts(SOUND)

    assert faults == ()
    assert {name: n for name in TABLES if (n := len(getattr(read, name)))} == {
        "entities": 2, "people": 1, "affiliations": 1, "means": 3, "possessions": 1,
        "completeness": 1, "grants": 1, "wallets": 1, "policies": 1, "approvals": 1,
        "inspections": 1, "proofs": 1, "statements": 1,
    }  # fmt: skip
    assert read.means[0].standing is ProofLevel.INSPECTED
    assert read.means[0].cites == ("inspection:i1", "BTS01")
    assert read.wallets[0].classes == {"customer", "hot", "deposit", "house"}
    assert read.policies[0].formula.nodes == {"(1)": Gate(2, ("s1", "s2"))}
    assert read.policies[0].scope == (("destination", "hot"),)
    assert read.possessions[0].period == Period(date(2023, 1, 1), date(2023, 2, 1))
    assert read.statements[0].as_of == Period(date(2023, 3, 1), date(2023, 3, 2))
    assert read.entities[0].period is None


def test_no_rows_are_no_facts() -> None:
    assert facts(()) == (Facts(), ())


@pytest.mark.parametrize(
    ("table", "cells", "what", "do"),
    [
        ("possessions", {"from_": "2023-02-30"}, "from is '2023-02-30', which", "2023-06"),
        ("possessions", {"from_": "1.2.2023"}, "which is no day", "Write year, month and day"),
        ("possessions", {"to": "9999-12-31"}, "outside the years", "leave to empty"),
        ("possessions", {"from_": "0023-01-01"}, "outside the years", "Mend the year"),
        ("possessions", {"from_": ""}, "from is empty", "the earliest day the evidence supports"),
        ("possessions", {"to": "2023-01-01"}, "holds no day", "no longer so"),
        ("possessions", {"to": "2022-01-01"}, "holds no day", "no longer so"),
        ("possessions", {"person": "anna"}, "there is no person 'anna'", "Write 'ana', or add"),
        ("possessions", {"means": "s9"}, "there is no means 's9'", "Write 's"),
        ("possessions", {"standing": "swron"}, "there is no standing 'swron'", "Write 'sworn'"),
        ("possessions", {"standing": ""}, "standing is empty", "Write one of proved"),
        ("possessions", {"standing": "inspected"}, "cites no inspection", "inspection:ID"),
        ("possessions", {"cites": "inspection:i2"}, "no inspection 'i2'", "Write 'i1'"),
        ("entities", {"to": "2024-01-01"}, "to is given without from", "the earliest day"),
        ("entities", {"name": ""}, "name is empty", "Write it"),
        ("statements", {"id": "d 1"}, "holds a space", "Write an id without them"),
        ("affiliations", {"kind": "employr"}, "no kind 'employr'", "Write 'employer'"),
        ("affiliations", {"entity": ""}, "entity is empty", "Write its id"),
        ("affiliations", {"entity": "BHX"}, "no entity 'BHX'", "Write 'BH"),
        ("means", {"kind": "shard"}, "no kind 'shard'", "Write 'share'"),
        ("means", {"kind": "copy"}, "of is empty for a copy", "what it holds once more"),
        ("means", {"kind": "backup"}, "of is empty for a backup", "what it holds once more"),
        ("completeness", {"means": "wallet:v"}, "no wallet 'v'", "Add a row to wallets"),
        ("completeness", {"means": "person:bob"}, "no person 'bob'", "Add a row to people"),
        ("completeness", {"means": "persn:ana"}, "no means 'persn:ana'", "Add a row to means"),
        ("grants", {"means": "2 of (s1, s7)"}, "no means 's7'", "Write 's"),
        ("grants", {"means": "s1,s2"}, "means cannot be read at character 3", "2 of (a, b, c)"),
        ("grants", {"gives": "nothing"}, "no means 'nothing'", "Add a row"),
        ("policies", {"formula": "3 of (s1, s2)"}, "cannot be read at character 1", "Write it as"),
        ("policies", {"formula": "(" * 10_000}, "nested deeper", "Write it as"),
        ("policies", {"path": "sining"}, "no path 'sining'", "Write 'signing'"),
        ("policies", {"scope": "sorce=deposit"}, "scope 'sorce=deposit'", "Write pairs"),
        ("policies", {"wallet": "v"}, "no wallet 'v'", "Add a row to wallets"),
        ("approvals", {"enforced_by": "gate"}, "no means 'gate'", "Add a row to means"),
        ("inspections", {"device": "hsm"}, "no means 'hsm'", "Add a row to means"),
        ("inspections", {"when": "1 March"}, "when is '1 March'", "2023-06-17T14:30:00Z"),
        ("inspections", {"when": "2023-03-01T25:00"}, "when is '2023-03-01T25:00'", "Write it as"),
        ("proofs", {"signature": ""}, "signature is empty", "Write it"),
        ("statements", {"as_of": "2023-3-1"}, "as_of is '2023-3-1'", "Write year"),
        ("statements", {"to": "2023-03-01"}, "to is given without from", "the earliest day"),
        ("statements", {"colour": "red"}, "no column 'colour'", "Columns are id, speaker"),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_one_fault(
    table: str, cells: dict[str, str], what: str, do: str
) -> None:
    """Where, what, and what to do."""
    (complaint,) = complaints(changed(table, **cells))

    assert complaint.startswith(f"{table}.csv:7: ")
    assert what in complaint
    assert do in complaint.partition(what)[2]


def test_everything_wrong_with_a_row_is_said_at_once() -> None:
    rows = changed("possessions", person="x", means="y", from_="z", standing="w")

    assert len(complaints(rows)) == 4


def test_a_row_at_fault_is_no_fact() -> None:
    read, _ = facts(changed("possessions", person="x"))

    assert read.possessions == ()


def test_a_means_may_not_be_called_like_a_person_in_completeness() -> None:
    rows = [*SOUND, row("means", id="person:ana", kind="key", standing="document")]

    assert "a means is called 'person:ana'" in complaints(rows)[0]


def test_the_same_row_twice_is_one_fact() -> None:
    """Two files may hold one row; its place is the first."""
    again = [replace(row, file="again.csv", line=3) for row in SOUND]
    spaced = [
        replace(
            row, cells={name: f" {text} " for name, text in row.cells.items()} | {"disputed": ""}
        )
        for row in SOUND
    ]

    assert facts([*SOUND, *again, *spaced]) == facts(SOUND)


def test_one_id_that_says_two_things_is_a_fault() -> None:
    rows = [*SOUND, row("people", "more.csv", 4, id="ana", name="Anna", standing="document")]

    (complaint,) = complaints(rows)
    assert complaint.startswith("more.csv:4: ana is there already and says something else: people.")


def test_one_id_that_says_the_same_twice_keeps_the_better_standing() -> None:
    """The label is for the eye and may differ; a dispute of either row stands."""
    again = row("means", id="s2", kind="share", label="Drawer", standing="proved", cites="BTS09",
                disputed="Yes")  # fmt: skip
    read, faults = facts([*SOUND, again])

    assert faults == ()
    (means,) = [means for means in read.means if means.id == "s2"]
    assert (means.standing, means.cites, means.disputed) == (ProofLevel.PROVED, ("BTS09",), True)


@pytest.mark.parametrize(
    ("text", "disputed"),
    [("", False), ("no", False), ("No ", False), ("yes", True), ("YES", True)],
)
def test_disputed_is_yes_or_no(text: str, disputed: bool) -> None:
    read, faults = facts(changed("possessions", disputed=text))

    assert faults == ()
    assert read.possessions[0].disputed is disputed


@pytest.mark.parametrize(
    ("text", "do"),
    [
        ("true", "Write yes."),
        ("false", "Write no."),
        ("No, see BTS04", "into note."),
        ("?", "into"),
    ],
)
def test_any_other_word_for_disputed_is_a_fault(text: str, do: str) -> None:
    """Words such as "No, see BTS04" once disputed the row that they meant to confirm."""
    (complaint,) = complaints(changed("possessions", disputed=text))

    assert f"disputed says {text!r}" in complaint
    assert do in complaint


@pytest.mark.parametrize("length", [1, 2, 5, 3000])
def test_means_that_are_copies_of_each_other_are_a_fault(length: int) -> None:
    names = [f"m{i}" for i in range(length)]
    rows = [
        row("means", id=name, kind="copy", of=names[(i + 1) % length], standing="document")
        for i, name in enumerate(names)
    ]
    (complaint,) = complaints([*SOUND, *rows, row("means", id="tail", kind="copy", of="m0",
                                             standing="document")])  # fmt: skip

    assert "of goes round in a circle: m0 → " in complaint


def test_entities_that_are_names_of_each_other_are_a_fault() -> None:
    (complaint,) = complaints(changed("entities", alias_of="BH"))

    assert "alias_of goes round in a circle: BHL → BH → BHL" in complaint


def test_a_location_needs_no_entity() -> None:
    assert complaints(changed("affiliations", kind="location", entity="", value="US")) == []


def test_faults_come_in_the_order_of_files_and_lines() -> None:
    rows = [
        row(
            "possessions", "b.csv", 9, person="x", means="s1", from_="2023-01-01", standing="sworn"
        ),
        row("people", "b.csv", 2, id="b", standing="sworn"),
        row("people", "a.csv", 5, id="c", standing="sworn"),
    ]

    assert [complaint.split(": ")[0] for complaint in complaints([*SOUND, *rows])] == [
        "b.csv:2", "b.csv:9", "a.csv:5",
    ]  # fmt: skip


def test_a_table_nobody_knows_is_a_fault() -> None:
    assert "no table 'keys'" in complaints([FactRow("keys", {"id": "a"}, "x.csv", 2)])[0]


@given(st.lists(st.sampled_from(sorted(TABLES)).flatmap(fact_rows.tables), max_size=4))
def test_any_rows_are_facts_or_faults(tables: list[list[FactRow]]) -> None:
    """Whatever the cells hold, nothing but a fault comes of it."""
    rows = [row for table in tables for row in table]
    read, faults = facts(rows)

    count = sum(len(getattr(read, name)) for name in TABLES)
    assert faults or count <= len(rows)
    assert all(fault.what and fault.do and "\n" not in fault.what for fault in faults)


@pytest.mark.parametrize(
    ("table", "other", "told"),
    [
        ("people", "Ana", "person 'Ana' looks like person 'ana'"),
        ("people", "\u0430na", "looks like person 'ana'"),
        ("people", "\uff41na", "looks like person 'ana'"),
        ("means", "S1", "means 'S1' looks like means 's1'"),
        ("people", "an\u200ba", "holds a character nobody sees, ZERO WIDTH SPACE"),
    ],
)
def test_an_id_the_eye_takes_for_another_is_at_fault(table: str, other: str, told: str) -> None:
    """Ties under the one and keys under the other: each by itself would seem harmless."""
    first = next(row for row in SOUND if row.table == table)
    twin = replace(first, cells={**first.cells, "id": other}, file=f"{table}.csv", line=9)

    (complaint,) = complaints([*SOUND, twin])
    assert complaint.startswith(f"{table}.csv:9: ")
    assert told in complaint


def test_a_space_after_the_colon_of_a_completeness_row_means_nothing() -> None:
    read, faults = facts(changed("completeness", means="wallet: w"))

    assert (faults, [row.means for row in read.completeness]) == ((), ["wallet:w"])
