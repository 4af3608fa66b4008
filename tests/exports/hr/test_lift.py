"""The HR lift: ties for the days a row is known to hold, and no day that was guessed."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.exports.hr.lift import Span, ident, lift, united
from forthwith.exports.options import ImportOptions

STAMP = Stamp("2023-06-17", "2024-03-05", cites="BTS0001")
WHOLE = {
    "Employee ID": "E1",
    "Employee name": "Ana Ortega",
    "Legal employer": "Bramble Holdings Ltd.",
    "Paid by": "Bramble Pay Ltd.",
    "Manager ID": "E2",
    "Country": "US",
    "Hire date": "2021-02-01",
    "Termination date": "",
    "Work e-mail": "ana@bramble.example",
}
BOSS = WHOLE | {"Employee ID": "E2", "Employee name": "Bo Li", "Manager ID": "none"}
HEAD = b"Employee ID,Name,Company,Hire date\n"
DOMAINS = {"bramble.example": "Bramble-Holdings-Ltd."}


def sheet(*rows: dict[str, str], separator: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def lifted(*rows: dict[str, str], stamp: Stamp = STAMP, **more: Any) -> Lifted:
    made = lift([("hr.csv", sheet(*rows))], ImportOptions(stamp, **more))
    assert not made.faults, made.faults
    _, faults = facts(made.rows)
    assert not faults, faults
    return made


def faulty(*rows: dict[str, str], stamp: Stamp = STAMP, **more: Any) -> str:
    made = lift([("hr.csv", sheet(*rows))], ImportOptions(stamp, **more))
    assert made.faults
    assert not made.rows
    return " ".join(map(str, made.faults))


def ties(made: Lifted, person: str = "E1") -> dict[str, list[tuple[str, str, str, str]]]:
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for row in made.rows:
        if row.table == "affiliations" and row["person"] == person:
            cells = (row["entity"], row["value"], row["from"], row["to"])
            found.setdefault(row["kind"], []).append(cells)
    return found


def complete(made: Lifted) -> dict[str, tuple[str, str]]:
    return {r["means"]: (r["from"], r["to"]) for r in made.rows if r.table == "completeness"}


def test_a_row_becomes_the_ties_it_tells_of() -> None:
    made = ties(lifted(WHOLE, BOSS))

    assert made == {
        "employer": [("Bramble-Holdings-Ltd.", "", "2021-02-01", "2024-03-05")],
        "payer": [("Bramble-Pay-Ltd.", "", "2023-06-17", "2024-03-05")],
        "reporting_line": [("Bramble-Holdings-Ltd.", "E2", "2023-06-17", "2024-03-05")],
        "location": [("", "US", "2023-06-17", "2024-03-05")],
        "credential": [("domain:bramble.example", "bramble.example", "2023-06-17", "2024-03-05")],
    }


def test_every_row_says_its_standing_its_cites_and_its_line() -> None:
    for row in lifted(WHOLE, BOSS).rows:
        assert (row["standing"], row["cites"]) == ("system record", "BTS0001")
        assert row.line in (2, 3)


def test_the_present_state_is_not_taken_back_to_the_hire_date() -> None:
    """Who pays today may not be who paid in 2021; the hire date is about the employer alone."""
    assert "Say --from" in faulty(WHOLE, stamp=Stamp(""))
    bare = {k: WHOLE[k] for k in ("Employee ID", "Employee name", "Legal employer", "Hire date")}
    assert ties(lifted(bare, stamp=Stamp("")))["employer"][0][2:] == ("2021-02-01", "")


def test_the_last_day_is_a_day_in() -> None:
    made = lifted(WHOLE | {"Termination date": "2023-09-30"}, BOSS)

    assert {cells[0][3] for cells in ties(made).values()} == {"2023-10-01"}
    assert any("taken as worked" in note for note in made.notes)


def test_who_left_before_the_exports_period_has_no_present_ties() -> None:
    made = lifted(WHOLE | {"Termination date": "2022-01-31"}, BOSS)

    assert ties(made) == {"employer": [("Bramble-Holdings-Ltd.", "", "2021-02-01", "2022-02-01")]}


def test_a_job_history_dates_each_tie_by_its_row() -> None:
    one = {k: v for k, v in WHOLE.items() if k not in ("Hire date", "Termination date")}
    first = one | {"Effective from": "2021-02-01", "Effective to": "2023-01-31"}
    second = one | {"Effective from": "2023-02-01", "Effective to": "9999-12-31"}
    second["Paid by"] = "Northgate Ltd."
    made = lifted(first, second, stamp=Stamp(""))

    assert ties(made)["payer"] == [
        ("Bramble-Pay-Ltd.", "", "2021-02-01", "2023-02-01"),
        ("Northgate-Ltd.", "", "2023-02-01", ""),
    ]


def test_a_history_whose_rows_meet_on_one_day_ends_each_on_it() -> None:
    one = {k: v for k, v in WHOLE.items() if k not in ("Hire date", "Termination date")}
    first = one | {"Effective from": "2021-02-01", "Effective to": "2023-02-01"}
    second = one | {"Effective from": "2023-02-01", "Effective to": ""}
    made = lifted(first, second, stamp=Stamp(""))

    assert [cells[2:] for cells in ties(made)["payer"]] == [
        ("2021-02-01", "2023-02-01"),
        ("2023-02-01", ""),
    ]
    assert any("next row begins on that very day" in note for note in made.notes)


def test_without_an_effective_to_a_row_ends_where_the_next_begins() -> None:
    one = {k: v for k, v in WHOLE.items() if k not in ("Hire date", "Termination date")}
    rows = [one | {"Effective date": day} for day in ("2023-02-01", "2021-02-01")]
    made = lifted(*rows, stamp=Stamp(""))

    assert sorted(cells[2:] for cells in ties(made)["payer"]) == [
        ("2021-02-01", "2023-02-01"),
        ("2023-02-01", ""),
    ]


def test_a_manager_is_found_by_id_by_name_and_by_both() -> None:
    for manager in ("E2", "Bo Li", "Li, Bo (E2)"):
        made = ties(lifted(WHOLE | {"Manager ID": manager}, BOSS))
        assert made["reporting_line"][0][:2] == ("Bramble-Holdings-Ltd.", "E2")


def test_a_manager_is_of_its_own_employer_only_while_employed_there() -> None:
    made = ties(lifted(WHOLE, BOSS | {"Hire date": "2023-09-01"}))

    assert made["reporting_line"] == [
        ("Bramble-Holdings-Ltd.", "E2", "2023-09-01", "2024-03-05"),
        ("employer-of:E2", "E2", "2023-06-17", "2023-09-01"),
    ]


def test_a_manager_who_is_not_listed_reports_to_an_unknown_employer() -> None:
    made = ties(lifted(WHOLE | {"Manager ID": "X9"}))

    assert made["reporting_line"] == [("employer-of:X9", "X9", "2023-06-17", "2024-03-05")]


def test_no_completeness_without_being_told() -> None:
    assert complete(lifted(WHOLE, BOSS, domains=DOMAINS)) == {}


def test_a_full_history_closes_people_for_the_exports_period() -> None:
    made = lifted(WHOLE, BOSS, complete=True, domains=DOMAINS)

    period = ("2023-06-17", "2024-03-05")
    assert complete(made) == {"person:E1": period, "person:E2": period}


def test_completeness_ends_where_the_export_stops_knowing_the_person() -> None:
    made = lifted(WHOLE | {"Termination date": "2023-09-30"}, BOSS, complete=True, domains=DOMAINS)

    assert complete(made)["person:E1"] == ("2023-06-17", "2023-10-01")


@pytest.mark.parametrize("column", ["Paid by", "Manager ID", "Country", "Work e-mail"])
def test_an_empty_cell_leaves_a_person_open(column: str) -> None:
    """It says nothing; "none" says that there is none."""
    left = lifted(WHOLE | {column: ""}, BOSS, complete=True, domains=DOMAINS)
    said = lifted(WHOLE | {column: "none"}, BOSS, complete=True, domains=DOMAINS)

    assert "person:E1" not in complete(left)
    assert "person:E1" in complete(said)
    assert any("E1: no " in note for note in left.notes)


def test_a_tie_to_somebody_unknown_leaves_a_person_open() -> None:
    stranger = lifted(WHOLE | {"Manager ID": "X9"}, BOSS, complete=True, domains=DOMAINS)
    whose_mail = lifted(WHOLE, BOSS, complete=True)

    assert "person:E1" not in complete(stranger)
    assert complete(whose_mail) == {}


@pytest.mark.parametrize("column", ["Paid by", "Manager ID", "Country", "Work e-mail"])
def test_an_export_that_lacks_a_kind_of_tie_cannot_be_complete(column: str) -> None:
    short = {k: v for k, v in WHOLE.items() if k != column}

    assert "cannot list all ties" in faulty(short, complete=True)


def test_two_jobs_that_may_overlap_leave_a_person_open() -> None:
    one = {k: v for k, v in WHOLE.items() if k not in ("Hire date", "Termination date")}
    rows = [
        one | {"Effective date": day, "Manager ID": "none"} for day in ("2021-02-01", "2023-08-01")
    ]

    assert complete(lifted(*rows, complete=True, domains=DOMAINS)) == {}


@pytest.mark.parametrize(
    "text",
    [
        *("2023-06-17", "2023/06/17", "2023-6-17", "20230617", "17 Jun 2023", "17-June-2023"),
        *("June 17, 2023", "Jun 17 2023", "17th June 2023", "17/06/2023", "6/17/2023"),
        *("17.06.2023", "2023-06-17T00:00:00Z", "2023-06-17 00:00:00"),
    ],
)
def test_a_day_that_is_one_day_is_read(text: str) -> None:
    made = lifted(WHOLE | {"Hire date": text}, BOSS | {"Hire date": "2020-01-01"})

    assert ties(made)["employer"][0][2] == "2023-06-17"


@pytest.mark.parametrize(
    "text",
    [
        *("03/04/2023", "3.4.2023", "17-Jun-23", "2023-02-30", "31/02/2023", "45000", "June 2023"),
        *("2023-06-16T23:00:00Z", "17 Foo 2023", "soon", "13/13/2023", "0000-01-01", "1" * 5000),
    ],
)
def test_a_day_that_is_none_or_two_is_a_fault_with_its_line(text: str) -> None:
    said = faulty(WHOLE | {"Hire date": text}, BOSS)

    assert "hr.csv:2: " in said


def test_a_day_that_could_be_two_asks_for_the_order() -> None:
    rows = WHOLE | {"Hire date": "03/04/2023"}, BOSS | {"Hire date": "05/05/2023"}

    assert "--days day-first" in faulty(*rows)
    assert ties(lifted(*rows, order="day-first"))["employer"][0][2] == "2023-04-03"
    assert ties(lifted(*rows, order="month-first"))["employer"][0][2] == "2023-03-04"


def test_one_value_proves_the_order_of_its_column_and_is_named() -> None:
    made = lifted(WHOLE | {"Hire date": "03/04/2023"}, BOSS | {"Hire date": "17/06/2022"})

    assert ties(made)["employer"][0][2] == "2023-04-03"
    assert any("'17/06/2022'" in note for note in made.notes)


def test_a_value_proves_nothing_for_another_column() -> None:
    row = WHOLE | {"Hire date": "17/06/2022", "Termination date": "03/04/2023"}

    assert "could be two days" in faulty(row, BOSS | {"Hire date": "2020-01-01"})


def test_two_orders_in_one_column_are_a_fault() -> None:
    assert "two orders" in faulty(
        WHOLE | {"Hire date": "17/06/2022"}, BOSS | {"Hire date": "06/17/2022"}
    )
    assert "is not month-first" in faulty(
        WHOLE | {"Hire date": "17/06/2022"}, BOSS, order="month-first"
    )


def test_one_person_under_two_ids_is_kept_apart_and_told() -> None:
    made = lifted(WHOLE, BOSS, WHOLE | {"Employee ID": "E7"})

    assert any("E1 and E7 are both named" in note for note in made.notes)
    assert {row["id"] for row in made.rows if row.table == "people"} == {"E1", "E2", "E7"}


def test_two_people_under_one_id_are_a_fault_and_a_changed_name_is_a_note() -> None:
    married = lifted(WHOLE, WHOLE | {"Employee name": "Ana Lindqvist"}, BOSS)

    assert "another name" in faulty(WHOLE, BOSS | {"Employee ID": "E1"})
    assert any("taken as one person" in note for note in married.notes)


def test_ids_with_spaces_and_names_of_any_script_are_kept_safe() -> None:
    made = lifted(WHOLE | {"Employee ID": "E 1 (US)", "Employee name": "王小明"}, BOSS)

    (person,) = [r for r in made.rows if r.table == "people" and r["name"] == "王小明"]
    assert person["id"] == "E-1-%28US%29"
    assert any("E-1-%28US%29" in note for note in made.notes)


def test_ids_that_would_read_alike_are_a_fault() -> None:
    assert "reads like another" in faulty(
        WHOLE | {"Employee ID": "E 1"}, BOSS | {"Employee ID": "E-1"}
    )


def test_one_entity_in_two_spellings_is_one_or_told() -> None:
    made = lifted(
        WHOLE,
        BOSS | {"Legal employer": "BRAMBLE  Holdings Ltd."},
        WHOLE
        | {"Employee ID": "E3", "Employee name": "C", "Legal employer": "Bramble Holdings Ltd"},
    )

    assert ties(made, "E2")["employer"][0][0] == "Bramble-Holdings-Ltd."
    assert any("look like one entity" in note for note in made.notes)


def test_unknown_columns_are_reported() -> None:
    made = lifted(WHOLE | {"Shoe size": "9"}, BOSS | {"Shoe size": "12"})

    assert made.unread == ("hr.csv: column 'Shoe size'",)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_are_seen(separator: str) -> None:
    made = lift([("hr.csv", sheet(WHOLE, BOSS, separator=separator))], ImportOptions(STAMP))

    assert len(ties(made)) == 5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_other_encodings_are_read(encoding: str) -> None:
    data = sheet(WHOLE | {"Employee name": "Zoë Ångström"}, BOSS).decode().encode(encoding)
    made = lift([("hr.csv", data)], ImportOptions(STAMP))

    assert not made.faults
    assert any(row["name"] == "Zoë Ångström" for row in made.rows)


@pytest.mark.parametrize(
    "change",
    [
        *({"Employee ID": ""}, {"Employee name": ""}, {"Hire date": ""}),
        {"Hire date": "2023-06-17", "Termination date": "2023-06-16"},
    ],
)
def test_a_row_that_says_too_little_or_the_impossible_is_a_fault(change: dict[str, str]) -> None:
    assert "hr.csv:2: " in faulty(WHOLE | change, BOSS)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\n\n", b"Employee ID,Name\n", b"a,b\n1,2\n", b"\x00\x01\x02\xff" * 50),
        *(HEAD + b'"E1,never closed', b"\xff\xfe\x00", HEAD + b"E1,Ana\n"),
        b"Employee ID,Emp No,Name,Company,Hire date\nE1,1,Ana,X,2023-06-17\n",
        *(HEAD + b"E1," + b"a" * 200_000 + b",X,2023-06-17\n", HEAD + b"E1,A,X,bad\n" * 5_000),
    ],
)
def test_hostile_bytes_are_faults_in_words(data: bytes) -> None:
    made = lift([("hr.csv", data)], ImportOptions(STAMP))

    assert 0 < len(made.faults) <= 50
    assert not made.rows


@given(st.text(max_size=20))
def test_an_id_never_holds_what_a_formula_gives_meaning_to(text: str) -> None:
    assert not set(' \t\n\r,()";|\x00') & set(ident(text))


DAYS = st.integers(0, 40).map(lambda number: date.fromordinal(738_000 + number))
SPANS = st.builds(Span, DAYS, st.none() | DAYS).filter(bool)


def days(*spans: Span) -> set[date]:
    every = [date.fromordinal(738_000 + number) for number in range(60)]
    return {d for d in every for s in spans if s.start <= d and (s.end is None or d < s.end)}


@given(SPANS, st.lists(SPANS, max_size=4))
def test_what_is_left_of_a_span_is_the_days_no_other_covers(span: Span, others: list[Span]) -> None:
    assert days(*span.without(others)) == days(span) - days(*others)
    assert days(*united(others)) == days(*others)
