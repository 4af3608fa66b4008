"""`obligations` as typed: quoted from a pinned order, all or nothing, states computed each time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from reportlab.pdfgen.canvas import Canvas

from forthwith.cli.main import main
from forthwith.cli.obligations import obligations
from forthwith.domain.acts import Act
from forthwith.record import acts, productions
from forthwith.record.matter import Matter
from forthwith.record.verify import verify
from tests.builders import ordered, served

NAME = ("--name", "Consent Order", "--entered", "2023-06-17")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A matter with one sealed volume, ABC0001 to ABC0009, and an order with rows beside it."""
    matter = Matter.create(tmp_path / "m", name="SEC v. Northgate", prefix="ABC")
    volume = productions.Production("VOL001", "sec/2021-08", "2023-06-17T00:00:00+00:00",
                                    "ABC0001", "ABC0009", 1, "", "0" * 64)  # fmt: skip
    held = [("FW1", "ABC0001", "ABC0004"), ("FW2", "ABC0005", "ABC0009")]
    with matter.engine.begin() as connection:
        productions.seal(connection, volume, held, {})
    (tmp_path / "order.txt").write_text(ordered.TEXT, encoding="utf-8")
    (tmp_path / "rows.csv").write_bytes(ordered.table())
    return matter.folder


def typed(home: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(obligations, list(map(str, words)), obj=home, catch_exceptions=False)


def imported(home: Path, *more: str, order: str = "order.txt", rows: str = "rows.csv") -> Result:
    words = ("import", home.parent / order, home.parent / rows)
    return typed(home, *words, *(() if "--name" in more else NAME), *more)


def rows(home: Path, *more: str) -> list[dict]:
    return [json.loads(line) for line in typed(home, "--json", *more).stdout.splitlines()]


def refused(home: Path, *words: str | Path) -> str:
    """Return why a command is refused, as its user reads it; nothing may have been written."""
    before = list(acts.read(Matter.open(home)))
    done = CliRunner().invoke(
        main, ["-C", str(home), "obligations", *map(str, words)], catch_exceptions=False
    )
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert list(acts.read(Matter.open(home))) == before
    return done.stderr


def test_rows_become_obligations_with_their_due_days(home: Path) -> None:
    done = imported(home)

    assert done.exit_code == 0, done.output
    assert "Consent Order: 3 obligations, quoted from order.txt" in done.stdout
    assert "Sunday, 2 July 2023 is a Sunday: on to Monday, 3 July 2023" in done.stdout
    found = rows(home, "--as-of", "2023-06-20")
    assert [each["key"] for each in found] == [f"Consent Order/{n}" for n in (1, 2, 3)]
    assert [each["state"] for each in found] == ["open", "open", "evidenced"]
    assert (found[1]["due"]["day"], found[1]["days_left"]) == ("2023-07-03", 13)
    assert [each["late"] for each in found] == [True, False, False]
    assert not [each for each in verify(Matter.open(home)).broken if "manifest" not in each]


def test_the_list_says_how_each_stands(home: Path) -> None:
    imported(home)
    told = typed(home, "--as-of", "2023-06-20")

    assert told.exit_code == 1
    assert "Consent Order, entered 2023-06-17: 3 obligations." in told.stdout
    assert '1  open, LATE    "shall bring back all customer assets"' in told.stdout
    assert 'Due 2023-07-03, 13 days left (Consent Order, 2: "14 days"; Fed. R. Civ. P. 6(a)).' in (
        told.stdout
    )
    assert "3  evidenced" in told.stdout
    assert "Evidence: ABC0001." in told.stdout
    assert told.stdout.endswith("Late: 1 obligation. Cannot be looked up: 0 citations.\n")


def test_nothing_late_and_nothing_red_is_clean(home: Path) -> None:
    imported(home)

    assert typed(home, "--as-of", "2023-06-17").exit_code == 0
    assert rows(home, "--as-of", "2023-06-16") == []
    before = typed(home, "--as-of", "2023-06-16").stdout
    assert before == "Entered after 2023-06-16 and not shown: Consent Order.\n"


def test_an_empty_register_says_what_to_do(home: Path) -> None:
    told = typed(home)

    assert told.exit_code == 0
    assert "Next: forthwith obligations import ORDER ROWS.csv" in told.stdout


def test_a_doubtful_due_day_is_shown_as_doubtful(home: Path) -> None:
    (home.parent / "rows.csv").write_bytes(
        ordered.table([{**ordered.ROWS[1], "deadline": "21 days"}])
    )
    imported(home, "--name", "Order", "--entered", "2025-12-04")
    told = typed(home, "--as-of", "2025-12-05").stdout

    assert "Due 2025-12-26 or 2025-12-29, 21 days left" in told
    assert "Not certain: " in told
    assert typed(home, "--as-of", "2025-12-29").exit_code == 0
    assert typed(home, "--as-of", "2025-12-30").exit_code == 1


def test_one_bad_row_and_nothing_is_imported(home: Path) -> None:
    bad = {"number": "4", "quote": "shall serve quarterly reports"}
    (home.parent / "rows.csv").write_bytes(ordered.table([*ordered.ROWS, bad]))
    told = refused(home, "import", home.parent / "order.txt", home.parent / "rows.csv", *NAME)

    assert "rows.csv: nothing is imported until this is mended:" in told
    assert "rows.csv:5: the quote of 4 is not in order.txt" in told
    assert "shall serve monthly reports" in told


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"number,quote,due\n1,a,b\n", "there is no column 'due'"),
        (ordered.table().decode().encode("utf-16"), "UTF-16"),
        (b"number,quote\n1,caf\xe9\n", "rows.csv:2: byte 0xE9"),
        (b"number,quote\n1," + b"x" * 200_000, "more than 131,072 characters"),
        (ordered.table([ordered.ROWS[0]] * 2), "rows.csv:3: the number 1 stands on line 2"),
    ],
)
def test_a_table_that_is_none_is_refused(home: Path, data: bytes, says: str) -> None:
    (home.parent / "rows.csv").write_bytes(data)

    assert says in refused(
        home, "import", home.parent / "order.txt", home.parent / "rows.csv", *NAME
    )


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + ordered.table(), ordered.table(separator=";")])
def test_a_table_from_a_spreadsheet_is_taken(home: Path, data: bytes) -> None:
    (home.parent / "rows.csv").write_bytes(data)

    assert imported(home).exit_code == 0
    assert len(rows(home)) == 3


@pytest.mark.parametrize("stamp", ["", "Case 1:23-cv-00417-XYZ Document 71 Filed 06/17/23 Page 1"])
def test_an_order_of_pictures_is_refused(home: Path, stamp: str) -> None:
    """Under the court's stamp, too, there is nothing to quote."""
    canvas = Canvas(str(home.parent / "scan.pdf"))
    canvas.drawString(72, 770, stamp)
    canvas.rect(72, 72, 400, 600, fill=1)
    canvas.save()
    told = refused(home, "import", home.parent / "scan.pdf", home.parent / "rows.csv", *NAME)

    assert "scan.pdf cannot be read: it" in told
    assert "Save it as DOCX, PDF with text or TXT" in told


def test_an_order_is_a_paper_and_no_table(home: Path) -> None:
    table = home.parent / "rows.csv"

    assert "files ending in '.csv' are not read here" in refused(
        home, "import", table, table, *NAME
    )


def test_an_order_partly_of_pictures_is_a_finding(home: Path) -> None:
    (home.parent / "order.pdf").write_bytes(served.pdf(ordered.TEXT + "\n\n\n\n\n", per_page=5))
    done = imported(home, order="order.pdf")

    assert done.exit_code == 1
    assert "No text, so nothing can be quoted: page 3 of the order." in done.stdout
    assert len(rows(home)) == 3


def test_an_order_that_is_not_there_is_refused(home: Path) -> None:
    assert "nosuch.txt" in refused(home, "import", "nosuch.txt", home.parent / "rows.csv", *NAME)


def test_files_are_looked_for_in_the_matter(home: Path) -> None:
    """As if started there."""
    done = typed(home, "import", "../order.txt", "../rows.csv", *NAME)

    assert done.exit_code == 0, done.output
    assert typed(home, "verify", "../order.txt", "--name", "Consent Order").exit_code == 0


def test_the_name_of_an_order_is_used_once(home: Path) -> None:
    imported(home)
    words = ("import", home.parent / "order.txt", home.parent / "rows.csv")

    assert "There is an order 'Consent Order' already" in refused(home, *words, *NAME)
    again = ("--name", "consent order", "--entered", "2024-07-19")
    assert "already" in refused(home, *words, *again)


def test_an_amendment_supersedes_the_rows_it_names(home: Path) -> None:
    imported(home)
    row = {"number": "A", "quote": "shall serve monthly reports", "supersedes": "Consent Order/1"}
    (home.parent / "rows.csv").write_bytes(ordered.table([row]))
    more = ("--name", "Amended", "--entered", "2024-07-19", "--amends", "Consent Order")

    assert "Supersedes Consent Order/1." in imported(home, *more).stdout
    found = {each["key"]: each for each in rows(home, "--as-of", "2024-07-19")}
    assert found["Consent Order/1"]["state"] == "superseded"
    assert found["Consent Order/1"]["superseded_by"] == ["Amended/A"]
    assert rows(home, "--as-of", "2024-07-18")[0]["state"] == "open"
    told = typed(home, "--as-of", "2024-07-19").stdout
    assert "Superseded by Amended/A." in told
    assert "Amended, entered 2024-07-19, amends Consent Order: 1 obligation." in told


def test_an_amendment_that_supersedes_nothing_says_so(home: Path) -> None:
    imported(home)
    more = ("--name", "Amended", "--entered", "2024-07-19", "--amends", "Consent Order")

    assert "all obligations of Consent Order stand" in imported(home, *more).stdout


def test_attesting_makes_it_attested(home: Path) -> None:
    imported(home)
    done = typed(home, "attest", "2", "--evidence", "ABC0002-ABC0003; ABC0005", "--evidence",
                 "VOL001", "--attestor", "Marisol Ortega")  # fmt: skip

    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Consent Order/2: attested.\n")
    held = rows(home)[1]
    assert held["evidence"] == ["ABC0002-ABC0003", "ABC0005", "ABC0001-ABC0009"]
    assert held["attestor"] == "Marisol Ortega"
    assert not held["late"]


def test_evidence_given_again_takes_the_place_of_the_old_and_says_so(home: Path) -> None:
    imported(home)
    done = typed(home, "attest", "3", "--evidence", "ABC0002", "--note", "see tab 4")

    assert "No longer its evidence: ABC0001." in done.stdout
    assert "Note: see tab 4" in done.stdout
    back = typed(home, "attest", "3", "--no-evidence")
    assert back.stdout.startswith("Consent Order/3: open.\n")
    assert [each["evidence"] for each in rows(home)] == [[], [], []]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("3", "--evidence", "ABC0010"), "'ABC0010' is in no sealed volume"),
        (("3", "--evidence", ""), "Sealed volumes: VOL001."),
        (("9", "--attestor", "Ortega"), "Obligation '9' is in no order"),
        (("3",), "nothing was said"),
        (("3", "--evidence", "ABC0001", "--no-evidence"), "not both"),
    ],
)
def test_what_cannot_be_attested_is_refused(home: Path, words: tuple[str, ...], says: str) -> None:
    imported(home)

    assert says in refused(home, "attest", *words)


def test_evidence_clawed_back_is_red_and_a_finding(home: Path) -> None:
    imported(home)
    matter = Matter.open(home)
    acts.write(
        matter, [Act("privilege claim", "FW1", {"treatment": "withheld", "family": "whole"})]
    )
    told = typed(home, "--as-of", "2023-06-17")

    assert told.exit_code == 1
    assert "3  open" in told.stdout
    assert "RED, no evidence: ABC0001 was withdrawn" in told.stdout
    assert told.stdout.endswith("Cannot be looked up: 1 citation.\n")
    assert rows(home)[2]["red"][0]["cite"] == "ABC0001"


def test_verify_tells_the_pinned_order_from_any_other(home: Path) -> None:
    imported(home)
    place = home.parent / "order.txt"
    same = typed(home, "verify", place, "--name", "consent order")
    assert same.exit_code == 0
    assert same.stdout == (
        "order.txt is Consent Order as it was pinned: the same file, the same text, and 3 quotes "
        "where they stood.\n"
    )
    place.write_text(ordered.TEXT.replace("monthly", "quarterly"), encoding="utf-8")
    other = typed(home, "verify", place, "--name", "Consent Order")
    assert other.exit_code == 1
    assert "The file is another one: SHA-256" in other.stdout
    assert "Consent Order/3: its quote is not in this text" in other.stdout
    assert other.stdout.endswith("is not Consent Order as it was pinned; 2 of 3 quotes stand in "
                                 "its text.\n")  # fmt: skip
    assert "There is no order 'X'" in refused(home, "verify", place, "--name", "X")


def test_a_duty_that_steers_a_terminal_is_printed_harmless(home: Path) -> None:
    row = {**ordered.ROWS[2], "duty": "report\x1b[2J\u202emonthly " + "x" * 200}
    (home.parent / "rows.csv").write_bytes(ordered.table([row]))
    told = imported(home).stdout + typed(home).stdout

    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "…" in told
