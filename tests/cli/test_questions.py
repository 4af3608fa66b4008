"""`questions` as typed: logged under an id, answered by allowed steps, overdue ones a finding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.main import main
from forthwith.cli.questions import questions
from forthwith.domain.acts import Act
from forthwith.record import acts, productions
from forthwith.record.matter import Matter
from forthwith.record.verify import verify

ON = ("--at", "deposition", "--on", "2023-08-02", "--by", "Reyes", "--of", "Adeyemi")
HEADER = "occasion,day,text,by,of,about,state,answer,because,owner,due,cites\n"
ROWS = HEADER + (
    "inspection,2023-08-01,Was it opened?,Reyes,Lindqvist,devices,undertaken,,,Lindqvist,"
    "2023-08-15,\nletter,2023-08-03,Send the export.,SEC,Northgate,,,,,,,\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A matter with one sealed volume, ABC0001 to ABC0004."""
    matter = Matter.create(tmp_path / "m", name="SEC v. Northgate", prefix="ABC")
    volume = productions.Production("VOL001", "sec/2021-08", "2023-06-17T00:00:00+00:00",
                                    "ABC0001", "ABC0004", 1, "", "0" * 64)  # fmt: skip
    with matter.engine.begin() as connection:
        productions.seal(connection, volume, [("FW1", "ABC0001", "ABC0004")], {})
    return matter.folder


def typed(home: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(questions, list(map(str, words)), obj=home, catch_exceptions=False)


def rows(home: Path, *more: str) -> list[dict]:
    return [json.loads(line) for line in typed(home, "--json", *more).stdout.splitlines()]


def refused(home: Path, *words: str | Path) -> str:
    """Return why a command is refused, as its user reads it; nothing may have been written."""
    before = list(acts.read(Matter.open(home)))
    done = CliRunner().invoke(
        main, ["-C", str(home), "questions", *map(str, words)], catch_exceptions=False
    )
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert list(acts.read(Matter.open(home))) == before
    return done.stderr


def test_asking_prints_the_next_id(home: Path) -> None:
    first = typed(home, "ask", "Who held it?", *ON, "--about", "key shares")
    second = typed(home, "ask", "Since when?", *ON)

    assert (first.exit_code, first.stdout, second.stdout) == (0, "Q-0001\n", "Q-0002\n")
    held = rows(home)[0]
    assert (held["key"], held["occasion"], held["day"]) == ("Q-0001", "deposition", "2023-08-02")
    assert (held["text"], held["by"], held["of"]) == ("Who held it?", "Reyes", "Adeyemi")
    assert (held["about"], held["state"], held["history"]) == ("key shares", "open", [])
    assert not [each for each in verify(Matter.open(home)).broken if "manifest" not in each]


def test_a_question_is_refused_then_undertaken_then_answered_and_amended(home: Path) -> None:
    typed(home, "ask", "Who held it?", *ON)
    steps = (
        ("--refused", "instructed not to answer"),
        ("--undertaken", "Lindqvist", "--due", "2023-08-15"),
        ("--answered", "Halden.", "--cites", "ABC0001; Tr. 45:12", "--cites", "ABC0003-ABC0004"),
        ("--answered", "Halden, until May."),
    )
    told = [typed(home, "answer", "Q-0001", *step).stdout for step in steps]

    assert told == [
        "Q-0001 refused: instructed not to answer.\n",
        "Q-0001 undertaken by Lindqvist, due 2023-08-15.\n",
        "Q-0001 answered: Halden.\n",
        "Q-0001 answered: Halden, until May.\n",
    ]
    (held,) = rows(home)
    assert (held["state"], held["answer"], held["amended"]) == (
        "answered", "Halden, until May.", True,
    )  # fmt: skip
    assert (held["because"], held["owner"], held["due"]) == ("", "", "")
    assert held["cites"] == ["ABC0001", "Tr. 45:12", "ABC0003-ABC0004"]
    assert [each["state"] for each in held["history"]] == [
        "open", "refused", "undertaken", "answered",
    ]  # fmt: skip
    listed = typed(home).stdout
    assert "Q-0001  answered, amended    deposition of 2023-08-02, Reyes to Adeyemi" in listed
    assert "Before: refused: instructed not to answer." in listed


def test_an_overdue_undertaking_is_a_finding(home: Path) -> None:
    typed(home, "ask", "Who held it?", *ON)
    typed(home, "answer", "q-1", "--undertaken", "Lindqvist", "--due", "2023-08-15")
    timely, late = (typed(home, "--as-of", f"2023-08-{day}") for day in (15, 16))

    assert (timely.exit_code, late.exit_code) == (0, 1)
    assert "Undertaken by Lindqvist, due 2023-08-15, 0 days left." in timely.stdout
    assert "Q-0001  undertaken, OVERDUE" in late.stdout
    assert late.stdout.endswith(
        "1 question: 0 open, 0 answered, 0 refused, 1 undertaken. Overdue: 1.\n"
    )
    assert [each["overdue"] for each in rows(home, "--as-of", "2023-08-16")] == [True]


def test_open_shows_what_still_wants_an_answer(home: Path) -> None:
    for text in ("One?", "Two?", "Three?", "Four?"):
        typed(home, "ask", text, *ON)
    typed(home, "answer", "Q-0002", "--answered", "Yes.")
    typed(home, "answer", "Q-0003", "--refused", "privilege")
    typed(home, "answer", "Q-0004", "--undertaken", "Lindqvist", "--due", "2023-08-15")

    keys = [each["key"] for each in rows(home, "--open", "--as-of", "2023-08-10")]
    assert keys == ["Q-0001", "Q-0003", "Q-0004"]
    told = typed(home, "--open", "--as-of", "2023-08-10").stdout
    assert "Two?" not in told
    assert "4 questions: 1 open, 1 answered, 1 refused, 1 undertaken. Overdue: 0." in told


def test_an_empty_log_says_what_to_do(home: Path) -> None:
    told = typed(home)

    assert (told.exit_code, told.stdout) == (
        0, "Nothing is asked. Next: forthwith questions ask TEXT, or questions import FILE\n",
    )  # fmt: skip


def test_what_was_put_after_the_day_is_counted_and_not_shown(home: Path) -> None:
    typed(home, "ask", "Who held it?", *ON)
    told = typed(home, "--as-of", "2023-08-01").stdout

    assert "Put after 2023-08-01 and not shown: 1 question." in told
    assert rows(home, "--as-of", "2023-08-01") == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("answer", "Q-0001"), "Give one of --answered"),
        (("answer", "Q-0001", "--answered", "a", "--refused", "b"), "Give one of"),
        (("answer", "Q-0001", "--undertaken", "L"), "--due DAY, both"),
        (("answer", "Q-0001", "--answered", "a", "--due", "2023-08-15"), "--due DAY, both"),
        (("answer", "Q-0001", "--answered", " "), "the answer is not said"),
        (("answer", "Q-0001", "--answered", "a", "--cites", "ABC0009"), "in no sealed volume"),
        (("answer", "Q-0009", "--answered", "a"), "There is no question 'Q-0009'"),
        (("answer", "Q-0002", "--refused", "b"), "Q-0002 is answered and cannot become refused"),
        (("ask", "", *ON), "the question is not said"),
        (("ask", "Who?", *ON[2:]), "--at"),
    ],
)
def test_what_cannot_be_logged_is_refused(home: Path, words: tuple[str, ...], says: str) -> None:
    typed(home, "ask", "Who held it?", *ON)
    typed(home, "ask", "Since when?", *ON)
    typed(home, "answer", "Q-0002", "--answered", "May.")

    assert says in refused(home, *words)


@pytest.mark.parametrize("encode", ["utf-8", "utf-8-sig"])
def test_questions_are_imported_under_the_next_ids(home: Path, encode: str) -> None:
    typed(home, "ask", "Who held it?", *ON)
    (home / "q.csv").write_text(ROWS, encoding=encode)
    done = typed(home, "import", "q.csv")

    assert (done.exit_code, done.stdout) == (0, "2 questions: Q-0002 to Q-0003.\n")
    found = rows(home, "--as-of", "2023-08-15")
    assert [each["state"] for each in found] == ["open", "undertaken", "open"]
    assert "Q-0003" in refused(home, "import", "q.csv")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (HEADER.encode(), "there is a header and no row"),
        ((ROWS + "lunch,2023-08-03,a,b,c,,,,,,,\n").encode(), "q.csv:4: the occasion is 'lunch'"),
        ((ROWS + "letter,2023-08-03,a,b\n").encode(), "q.csv:4: the row has 4 cells"),
        (ROWS.encode("utf-16"), "UTF-16"),
        (ROWS.replace("opened", "opén").encode("cp1252"), "q.csv:2: byte 0xE9"),
        (ROWS.replace("text", "question").encode(), "there is no column 'question'"),
    ],
)
def test_one_bad_row_and_nothing_is_imported(home: Path, data: bytes, says: str) -> None:
    (home / "q.csv").write_bytes(data)

    assert says in refused(home, "import", "q.csv")


def test_a_page_clawed_back_turns_its_answer_red(home: Path) -> None:
    typed(home, "ask", "Who held it?", *ON)
    typed(home, "answer", "Q-0001", "--answered", "Halden.", "--cites", "ABC0001")
    matter = Matter.open(home)
    acts.write(
        matter, [Act("privilege claim", "FW1", {"treatment": "withheld", "family": "whole"})]
    )
    told = typed(home)

    assert told.exit_code == 1
    assert "RED: ABC0001 was withdrawn" in told.stdout
    assert rows(home)[0]["red"][0]["cite"] == "ABC0001"
