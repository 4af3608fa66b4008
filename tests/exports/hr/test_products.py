"""HR sheets as Workday, BambooHR and Personio write them: ends, contractors, offices, transfers."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import FactRow, Lifted, Stamp
from forthwith.exports.hr.lift import lift
from forthwith.exports.options import ImportOptions

STAMP = Stamp("2023-06-17", "2024-12-31")
WORKDAY = {
    "Employee ID": "1001",
    "Legal Name - First Name": "Ana",
    "Legal Name - Last Name": "Ortega",
    "Preferred Name - First Name": "Anita",
    "User Name": "aortega",
    "Email - Primary Work": "Ana@Bramble.example",
    "Email - Primary Home": "ana@home.example",
    "Worker Type": "Employee",
    "Company": "Bramble Holdings Ltd.",
    "Cost Center": "4711 Treasury",
    "Location": "Zug office",
    "Hire Date": "2021-02-01",
    "Original Hire Date": "2021-02-01",
    "Termination Date": "",
    "Last Day of Work": "",
    "Supplier": "",
    "Worker's Manager": "",
}
ZUG = {"zug office": "CH-ZG"}


def sheet(*rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def lifted(*rows: dict[str, str], stamp: Stamp = STAMP, **more: Any) -> Lifted:
    made = lift([("hr.csv", sheet(*rows))], ImportOptions(stamp, **{"places": ZUG, **more}))
    assert not made.faults, [str(fault) for fault in made.faults]
    _, faults = facts(made.rows)
    assert not faults, [str(fault) for fault in faults]
    return made


def faults(*rows: dict[str, str], **more: Any) -> str:
    made = lift([("hr.csv", sheet(*rows))], ImportOptions(STAMP, **more))
    assert made.faults
    assert not made.rows
    return " ".join(map(str, made.faults))


def ties(made: Lifted, kind: str, *, surely: bool = True) -> list[tuple[str, str, str]]:
    standing = "system record" if surely else "narrative"
    return [
        (row["entity"] or row["value"], row["from"], row["to"])
        for row in made.rows
        if row.table == "affiliations" and row["kind"] == kind and row["standing"] == standing
    ]


def tie(made: Lifted, kind: str) -> FactRow:
    (row,) = (row for row in made.rows if row.table == "affiliations" and row["kind"] == kind)
    return row


def test_a_workday_row_becomes_ties_and_the_names_somebody_goes_by() -> None:
    made = lifted(WORKDAY)

    assert {row["b"] for row in made.rows if row.table == "same_as"} == {
        "number:1001", "login:aortega", "mail:ana@bramble.example", "mail:ana@home.example",
        "name:Anita Ortega",
    }  # fmt: skip
    assert ties(made, "location") == [("CH-ZG", "2023-06-17", "2024-12-31")]
    assert tie(made, "employer")["value"] == "cost centre 4711 Treasury"
    assert "Places were taken as: Zug office = CH-ZG." in made.notes
    assert not [row for row in made.rows if row["note"]]
    assert not made.unread


def test_the_end_of_employment_employs_and_the_last_day_of_work_is_the_last_one_there() -> None:
    """Garden leave: still employed and paid, and no longer at the desk; perhaps both all along."""
    left = {"Termination Date": "2024-06-30", "Last Day of Work": "2024-03-31"}
    made = lifted(WORKDAY | left)

    assert ties(made, "employer") == [("Bramble-Holdings-Ltd.", "2021-02-01", "2024-07-01")]
    assert ties(made, "location") == [("CH-ZG", "2023-06-17", "2024-04-01")]
    assert ties(made, "location", surely=False) == [("CH-ZG", "2023-06-17", "2024-07-01")]
    (doubtful,) = [row for row in made.rows
                   if row["kind"] == "location" and row["standing"] == "narrative"]  # fmt: skip
    assert doubtful["note"] == "employment ends 2024-06-30, last day of work 2024-03-31"
    assert any("several last days" in note for note in made.notes)


def test_work_after_the_end_of_employment_keeps_the_employer_likely() -> None:
    made = lifted(WORKDAY | {"Termination Date": "2024-03-31", "Last Day of Work": "2024-06-30"})

    assert ties(made, "employer") == [("Bramble-Holdings-Ltd.", "2021-02-01", "2024-04-01")]
    assert ties(made, "employer", surely=False)[0][2] == "2024-07-01"


def test_a_contracts_end_counts_where_no_end_of_employment_is_given() -> None:
    row = {name: text for name, text in WORKDAY.items() if name != "Termination Date"}
    made = lifted(row | {"Contract ends": "2024-05-31", "Last Day of Work": ""})

    assert ties(made, "employer") == [("Bramble-Holdings-Ltd.", "2021-02-01", "2024-06-01")]


def test_a_contractor_is_the_agencys_and_perhaps_the_companys() -> None:
    made = lifted(WORKDAY | {"Worker Type": "Contingent Worker", "Supplier": "Northgate Staffing"})

    assert [entity for entity, _, _ in ties(made, "employer")] == ["Northgate-Staffing"]
    assert [entity for entity, _, _ in ties(made, "employer", surely=False)] == [
        "Bramble-Holdings-Ltd."
    ]
    assert [entity for entity, _, _ in ties(made, "payer", surely=False)] == ["Northgate-Staffing"]


def test_a_contractor_of_no_named_agency_is_nobodys_surely() -> None:
    made = lifted(WORKDAY | {"Worker Type": "Contractor"})

    assert not ties(made, "employer")
    assert ties(made, "employer", surely=False)


def test_an_office_without_a_code_is_a_fault_that_says_what_to_type() -> None:
    said = faults(WORKDAY | {"Location": "New York, NY"})

    assert '--location "New York, NY=CODE"' in said
    coded = lifted(WORKDAY | {"Location": "New York, NY"}, places={"new york, ny": "US-NY"})
    assert [code for code, _, _ in ties(coded, "location")] == ["US-NY"]


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"Location": "United States"}, "US"),
        ({"Location": "London, UK"}, "GB"),
        ({"Location": "HQ", "Country": "Schweiz"}, "CH"),
        ({"Location": "HQ", "Country": "USA", "State": "New York"}, "US-NY"),
        ({"Location": "Buffalo, NY, US", "Country": "US"}, "US-NY"),
        ({"Location": "Georgia, US"}, "US"),
    ],
)
def test_a_place_whose_name_says_it_whole_has_its_code(place: dict[str, str], code: str) -> None:
    assert [found for found, _, _ in ties(lifted(WORKDAY | place), "location")] == [code]


@pytest.mark.parametrize("place", ["Dublin, CA", "Georgia", "CA", "Remote", "Atlanta, Georgia"])
def test_a_place_that_could_be_two_is_not_guessed(place: str) -> None:
    assert "--location" in faults(WORKDAY | {"Location": place})


def test_an_office_said_to_be_unknown_ties_to_nowhere_and_leaves_the_person_open() -> None:
    made = lifted(WORKDAY | {"Location": "Remote"}, places={"remote": "unknown"})

    assert not ties(made, "location")


BAMBOO = {
    "Employee #": "12",
    "Last Name": "Li",
    "First Name": "Bo",
    "Legal Entity": "Bramble Holdings Ltd.",
    "Effective Date": "2021-02-01",
    "Employment Status": "Full-Time",
    "Country": "CH",
}


def test_a_status_of_bamboohr_that_says_terminated_ends_the_row_before_it() -> None:
    """Read as a row of its own it would employ somebody again from the day of leaving on."""
    ended = BAMBOO | {"Effective Date": "2023-09-30", "Employment Status": "Terminated"}
    again = BAMBOO | {"Effective Date": "2024-02-01", "Employment Status": "Part-Time"}
    made = lifted(BAMBOO, ended, again, stamp=Stamp(""))

    assert ties(made, "employer") == [
        ("Bramble-Holdings-Ltd.", "2021-02-01", "2023-10-01"),
        ("Bramble-Holdings-Ltd.", "2024-02-01", ""),
    ]
    assert not ties(made, "employer", surely=False)


def test_a_move_to_another_company_ends_one_tie_and_begins_the_next() -> None:
    moved = BAMBOO | {"Effective Date": "2022-01-01", "Legal Entity": "Northgate Ltd."}
    made = lifted(BAMBOO, moved, stamp=Stamp(""))

    assert ties(made, "employer") == [
        ("Bramble-Holdings-Ltd.", "2021-02-01", "2022-01-01"),
        ("Northgate-Ltd.", "2022-01-01", ""),
    ]


def test_who_left_on_no_day_is_tied_with_doubt() -> None:
    row = {name: text for name, text in BAMBOO.items() if name != "Effective Date"}
    made = lifted(row | {"Hire Date": "2021-02-01", "Employment Status": "Terminated"})

    assert not ties(made, "employer")
    assert ties(made, "employer", surely=False)
    assert any("without a last day" in note for note in made.notes)


def test_a_rehire_is_two_ties_and_the_first_hire_date_a_likely_one() -> None:
    row = {name: text for name, text in BAMBOO.items() if name != "Effective Date"}
    first = row | {"Hire Date": "2018-01-01", "Termination Date": "2019-12-31"}
    second = row | {"Hire Date": "2023-01-01", "Termination Date": ""}

    assert len(ties(lifted(first, second), "employer")) == 2
    once = lifted(second | {"Original Hire Date": "2018-01-01"})
    assert ties(once, "employer", surely=False) == [
        ("Bramble-Holdings-Ltd.", "2018-01-01", "2023-01-01")
    ]


def test_personio_is_read_in_german() -> None:
    row = {
        "Personalnummer": "7", "Vorname": "Cy", "Nachname": "Ng", "Unternehmen": "Bramble GmbH",
        "Einstellungsdatum": "01.02.2021", "Vertragsende": "31.12.2023", "Standort": "Berlin, DEU",
        "Letzter Arbeitstag": "15.12.2023", "Kostenstelle": "99",
    }  # fmt: skip
    made = lifted(row, order="day-first")

    assert ties(made, "employer") == [("Bramble-GmbH", "2021-02-01", "2024-01-01")]
    assert ties(made, "location") == [("DE", "2023-06-17", "2023-12-16")]


def test_an_internal_id_is_no_employee_number_and_still_names_managers() -> None:
    """Two systems count from one: their 12s are not one person."""
    boss = BAMBOO | {"ID": "900", "Employee #": "13", "First Name": "Di", "Manager": "none"}
    made = lifted(boss, BAMBOO | {"ID": "901", "Manager": "900"}, stamp=Stamp(""))

    assert not [row for row in made.rows if row["b"] in ("number:900", "number:901")]
    (line,) = [row for row in made.rows if row["kind"] == "reporting_line"]
    assert (line["entity"], line["value"]) == ("Bramble-Holdings-Ltd.", "13")


def test_a_reports_title_above_its_header_is_told_and_passed_over() -> None:
    data = b"All Workers,,\nAs of 2024-01-05,,\n\n" + sheet(BAMBOO)
    made = lift([("hr.csv", data)], ImportOptions(Stamp("2023-06-17"), places=ZUG))

    assert not made.faults
    assert any("All Workers" in part for part in made.unread)
    assert {row.line for row in made.rows} == {5}


@pytest.mark.parametrize(
    "kind", ["Permanent contract", "Fixed-term contract", "Regular", "Full-Time", "Temporary"]
)
def test_an_employee_with_a_contract_is_no_contractor(kind: str) -> None:
    assert ties(lifted(WORKDAY | {"Worker Type": kind}), "employer")


@pytest.mark.parametrize(
    "said",
    [
        *({"Worker Type": "Contract"}, {"Worker Type": "External"}, {"Contractor": "Yes"}),
        *({"Worker Type": "Freelancer"}, {"Employment Status": "Contractor"}),
    ],
)
def test_whatever_says_contractor_leaves_the_employer_in_doubt(said: dict[str, str]) -> None:
    assert not ties(lifted(WORKDAY | said), "employer")


def test_a_row_that_says_active_after_its_last_day_keeps_the_tie_likely() -> None:
    """One of the two is wrong, and nothing says which."""
    made = lifted(WORKDAY | {"Termination Date": "2023-05-31", "Worker Status": "Active"})

    assert ties(made, "employer") == [("Bramble-Holdings-Ltd.", "2021-02-01", "2023-06-01")]
    assert ties(made, "employer", surely=False) == [
        ("Bramble-Holdings-Ltd.", "2021-02-01", "2024-12-31")
    ]


def test_a_manager_is_found_in_another_sheet_and_under_a_mark() -> None:
    boss = WORKDAY | {"Employee ID": "2", "Legal Name - First Name": "Bo"}
    files = [("a.csv", sheet(WORKDAY | {"Worker's Manager": "Bo Ortega (On Leave)"})),
             ("b.csv", sheet(boss | {"Company": "BRAMBLE  Holdings Ltd."}))]  # fmt: skip
    made = lift(files, ImportOptions(STAMP, places=ZUG))

    assert not made.faults
    assert not facts(made.rows)[1]
    (line,) = [row for row in made.rows if row["kind"] == "reporting_line"]
    assert (line["entity"], line["value"]) == ("Bramble-Holdings-Ltd.", "2")
    assert len([row for row in made.rows if row.table == "entities"]) == 2


def test_a_region_nobody_knows_is_told_with_the_country() -> None:
    made = lifted(WORKDAY | {"Location": "", "Country": "Germany", "State": "Bavaria"})

    assert tie(made, "location")["value"] == "DE"
    assert "Places were taken as: region Bavaria = DE." in made.notes


def test_one_person_in_two_sheets_is_one_under_both_names_and_two_people_are_a_fault() -> None:
    def both(name: str) -> Lifted:
        other = WORKDAY | {"Legal Name - Last Name": name, "Legal Name - First Name": name[:1]}
        files = [
            ("a.csv", sheet(WORKDAY)),
            ("b.csv", sheet(other | {"Preferred Name - First Name": ""})),
        ]
        return lift(files, ImportOptions(STAMP, places=ZUG))

    married = both("Ortega")
    assert not facts(married.rows)[1]
    assert len([row for row in married.rows if row.table == "people"]) == 1
    assert [row for row in married.rows if row["b"] == "name:O Ortega"]
    assert "another name here" in str(both("Lee").faults[0])


def test_a_column_of_codes_is_one_of_countries_where_one_code_can_be_nothing_else() -> None:
    """DE beside CH is Germany; beside CA both may be states."""
    other = WORKDAY | {"Employee ID": "2", "Legal Name - First Name": "Bo", "Location": "DE"}

    made = lifted(WORKDAY | {"Location": "CH"}, other)
    assert [code for code, _, _ in ties(made, "location")] == ["CH", "DE"]
    assert "--location" in faults(WORKDAY | {"Location": "CA"}, other)


@pytest.mark.parametrize(
    "foot", ["Total: 2", "Report generated on 2023-07-01 by admin", "2 records", "Total,2", "©,"]
)
def test_what_a_report_says_below_its_rows_is_told_and_nobodys_row(foot: str) -> None:
    """Nobody edits an export before it is read; a line that could be a person stays a fault."""
    body = sheet(WORKDAY) + b"\r\n" + foot.encode() + b"\r\n"
    made = lift([("hr.csv", body)], ImportOptions(STAMP, places=ZUG))

    assert not made.faults, [str(fault) for fault in made.faults]
    assert any("below the rows" in name for name in made.unread)
    assert len([row for row in made.rows if row.table == "people"]) == 1


@pytest.mark.parametrize("foot", ["1007", "Ann Veld", "1007,Ann", "Total Ann,Veld"])
def test_a_last_line_that_could_be_somebody_is_a_fault(foot: str) -> None:
    body = sheet(WORKDAY) + foot.encode() + b"\r\n"

    assert lift([("hr.csv", body)], ImportOptions(STAMP, places=ZUG)).faults
