"""`custody people`: who may be one person, and the decisions that are kept as rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forthwith.record import facts as fact_sets
from forthwith.record.matter import Matter
from tests.cli.conftest import Command

PEOPLE = "id,name,standing,cites\n"
TABLES = {
    "people.hr.csv": PEOPLE
    + "1001,Marisol Ortega,system record,HR1\n1002,Marco Ortega,system record,HR1\n"
    "1003,Cy Kim,system record,HR1\n1004,Ann Veld,system record,HR1\n"
    "1005,Ann Veld,system record,HR1\n",
    "people.register.csv": PEOPLE + "veld,A. Veld,sworn,\n",
    "people.iam.csv": PEOPLE + "iam:mortega,mortega,document,AWS1\niam:ckim,ckim,document,AWS1\n"
    "iam:deploy,deploy,document,\n",
    "people.okta.csv": PEOPLE + "okta:00u1,C Kim,system record,OK1\n",
    "same_as.okta.csv": "kind,a,b,is,from,to,standing,cites\n"
    "alias,okta:00u1,mail:C.Kim@northgate.example,yes,,,system record,OK1\n"
    "alias,1003,mail:c.kim@northgate.example,yes,,,system record,HR1\n",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "facts").mkdir()
    for name, text in TABLES.items():
        (tmp_path / "facts" / name).write_text(text, encoding="utf-8")
    return tmp_path


def told(run: Command, home: Path, *words: str) -> dict[str, Any]:
    done = run("-C", home, "custody", "people", *words, "--facts", "facts", "--json")
    assert done.exit_code == 0, done.output
    body: dict[str, Any] = json.loads(done.output)
    return body


def pairs(listed: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    return {(pair["a"], pair["b"]): (pair["reason"], pair["doubt"]) for pair in listed["alike"]}


def test_each_account_is_listed_with_whom_it_may_be_and_why(place: Path, run: Command) -> None:
    """Two who may be it, and two rows of one list, are for somebody to decide."""
    listed = told(run, place)
    found = pairs(listed)

    assert found["1003", "okta:00u1"] == ("mail", "")
    assert found["1003", "iam:ckim"] == ("login", "")
    assert found["1001", "iam:mortega"] == ("login", "iam:mortega may as well be 1002")
    assert found["1004", "1005"] == ("name", "1004 and 1005 are two rows of people.hr.csv")
    assert found["1004", "veld"] == ("name", "veld may as well be 1005")
    assert listed["like_nobody"] == ["iam:deploy"]
    assert len(listed["accounts"]) == 4


def test_what_is_printed_says_what_to_type(place: Path, run: Command) -> None:
    out = run("-C", place, "custody", "people", "--facts", "facts").output

    assert "  iam:mortega (mortega)\n      may be 1001 (Marisol Ortega): login mortega" in out
    assert "--yes-to mail   (joins 1 pair alike by mail)" in out
    assert "1 account like nobody" in out


def test_a_yes_to_a_reason_joins_in_the_fewest_rows_and_leaves_what_is_doubtful(
    place: Path, run: Command
) -> None:
    """By equal mail a join is as good as the records; by a login built from a name it is not."""
    body = told(run, place, "--yes-to", "mail", "--yes-to", "login")

    assert [(row["a"], row["b"], row["standing"], row["cites"]) for row in body["rows"]] == [
        ("1003", "okta:00u1", "system record", "HR1; OK1"),
        ("1003", "iam:ckim", "narrative", ""),
    ]
    after = pairs(told(run, place))
    assert body["left"] == len(after)
    assert ("1001", "iam:mortega") in after
    assert ("iam:ckim", "okta:00u1") not in after


def test_joins_and_parts_are_rows_that_are_written_once(place: Path, run: Command) -> None:
    told(run, place, "join", "1001", "iam:mortega", "--standing", "sworn", "--cites", "DX1")
    told(run, place, "part", "1004", "1005", "veld")
    again = told(run, place, "join", "iam:mortega", "1001")

    assert (again["rows"], again["already"]) == ([], ["same_as.people.csv:2"])
    listed = told(run, place)
    assert [
        (row["a"], row["is"], row["b"], row["standing"], row["cites"]) for row in listed["decided"]
    ] == [
        ("1004", "no", "1005", "narrative", []),
        ("1004", "no", "veld", "narrative", []),
        ("1001", "yes", "iam:mortega", "sworn", ["DX1"]),
    ]
    assert pairs(listed)["1002", "iam:mortega"][1] == "1002 and 1001 are two rows of people.hr.csv"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("join", "1001", "iam:mortga"), "Perhaps iam:mortega"),
        (("join", "1001", "iam:ckim", "nobody"), "has the id 'nobody'"),
        (("part", "1001", "iam:mortega"), "they are one person by same_as.a.csv:2"),
        (("join", "iam:mortega", "1002"), "1001 is not 1002 by same_as.a.csv:3"),
        (("join", "1001"), "takes two ids"),
        (("join", "1001", "1001"), "takes two ids"),
        (("join", "1001", "1002", "--yes-to", "mail"), "--yes-to joins by itself"),
        (("--cites", "X1"), "Nothing is decided"),
    ],
)
def test_what_cannot_be_decided_writes_nothing(
    place: Path, run: Command, words: tuple[str, ...], what: str
) -> None:
    (place / "facts" / "same_as.a.csv").write_text(
        "kind,a,b,is,from,to,standing\nperson,1001,iam:mortega,yes,,,sworn\n"
        "person,1001,1002,no,,,sworn\n"
    )
    done = run("-C", place, "custody", "people", *words, "--facts", "facts")

    assert done.exit_code == 2
    assert what in done.output
    assert not list((place / "facts").glob("same_as.people*"))


def test_rows_that_contradict_each_other_are_shown_with_their_places(
    place: Path, run: Command
) -> None:
    """Also over a third id; on other days they do not."""
    (place / "facts" / "same_as.a.csv").write_text(
        "kind,a,b,is,from,to,standing\nperson,1001,iam:mortega,yes,,,sworn\n"
        "person,iam:mortega,okta:00u1,yes,2023-01-01,2023-02-01,sworn\n"
        "person,okta:00u1,1001,no,2023-01-15,,sworn\nperson,1001,okta:00u1,no,2023-02-01,,sworn\n"
    )
    (found,) = told(run, place)["contradictions"]
    out = run("-C", place, "custody", "people", "--facts", "facts").output

    assert (found["no"], found["yes"]) == (
        "same_as.a.csv:4",
        ["same_as.a.csv:3", "same_as.a.csv:2"],
    )
    assert "CONTRADICTION: same_as.a.csv:4 says that okta:00u1 is not 1001" in out


def test_decisions_go_into_the_matter_or_another_folder(place: Path, run: Command) -> None:
    assert run("init", place / "m").exit_code == 0
    assert run("-C", place / "m", "custody", "load", "../facts").exit_code == 0
    done = run("-C", place / "m", "custody", "people", "join", "1001", "iam:mortega")

    assert "Written to facts/0002: same_as.people.csv." in done.output
    assert "say with --standing" in done.output
    names = [name for name, _ in fact_sets.files(Matter.open(place / "m"))]
    assert names[-1] == "facts/0002/same_as.people.csv"
