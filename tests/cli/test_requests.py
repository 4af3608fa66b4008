"""The commands as typed, on a real matter."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from forthwith.cli.requests import requests, respond
from forthwith.cli.serve import serve
from forthwith.domain.errors import ForthwithError
from forthwith.record.matter import Matter
from forthwith.record.verify import verify
from tests.builders import served


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A matter and three served requests."""
    (tmp_path / "rfp.txt").write_text(served.titled(), encoding="utf-8")
    (tmp_path / "rfp.docx").write_bytes(served.word())
    return Matter.create(tmp_path / "m", name="In re Northgate").folder


def typed(home: Path, command: click.Command, *words: str | Path) -> Result:
    return CliRunner().invoke(command, list(map(str, words)), obj=home, catch_exceptions=False)


def imported(home: Path, *more: str, file: str = "rfp.txt", name: str = "First RFPs") -> Result:
    words = ("import", home.parent / file, "--set", name, "--served", "2023-07-10")
    given = ("--kind", "rfp") if "--kind" not in more else ()
    by = ("--by", "mail") if "--by" not in more else ()
    return typed(home, requests, *words, *given, *by, *more)


def rows(home: Path, *more: str) -> list[dict]:
    return [json.loads(line) for line in typed(home, requests, "--json", *more).stdout.splitlines()]


def test_a_served_paper_becomes_requests_with_their_due_day(home: Path) -> None:
    told = imported(home, "--from", "Commission", "--to", "Northgate")

    assert told.exit_code == 0, told.output
    assert "First RFPs: 3 requests" in told.stdout
    assert "Due 2023-08-14" in told.stdout
    assert "Not a request, page 1, line 5: definitions" in told.stdout
    found = rows(home, "--as-of", "2023-08-01")
    assert [each["text"] for each in found] == list(served.REQUESTS)
    assert {each["state"] for each in found} == {"unanswered"}
    assert (found[0]["due"]["day"], found[0]["days_left"]) == ("2023-08-14", 13)
    assert found[0]["due"]["rule"] == "Fed. R. Civ. P. 34(b)(2)(A); Fed. R. Civ. P. 6(a), 6(d)"
    assert not verify(Matter.open(home)).broken


def test_a_paper_numbered_by_word_is_imported(home: Path) -> None:
    assert imported(home, file="rfp.docx").exit_code == 0
    assert [each["number"] for each in rows(home, "--as-of", "2023-08-01")] == ["1", "2", "3"]


def test_a_set_past_its_day_is_a_finding(home: Path) -> None:
    imported(home)
    assert typed(home, requests, "--as-of", "2023-08-14").exit_code == 0
    late = typed(home, requests, "--as-of", "2023-08-15")
    assert late.exit_code == 1
    assert "1 day past" in late.stdout


def test_a_doubtful_day_is_said_to_be_doubtful(home: Path) -> None:
    imported(home, "--by", "ecf", "--period", "168", "--rule", "Order of 10 July 2023")
    told = typed(home, requests, "--as-of", "2023-08-01").stdout
    assert "Due 2023-12-26, 147 days left" in told
    name = ("--set", "Second")
    words = ("import", home.parent / "rfp.txt", *name, "--kind", "order", "--by", "ecf")
    period = ("--served", "2025-12-04", "--period", "21", "--rule", "Order of 4 December 2025")
    typed(home, requests, *words, *period)
    told = typed(home, requests, "--as-of", "2025-12-05").stdout
    assert "Due 2025-12-26 or 2025-12-29, 21 days left (Order of 4 December 2025" in told
    assert "for a person to decide" in told


def test_a_day_certain_is_taken_as_ordered_and_a_letter_has_none(home: Path) -> None:
    imported(home, "--due", "2023-07-15", "--rule", "Order of 10 July 2023")
    assert rows(home)[0]["due"]["day"] == "2023-07-15"
    imported(home, "--kind", "letter", name="Letter")
    assert rows(home)[-1]["due"] is None


@pytest.mark.parametrize(
    "words", [("--period", "14"), ("--due", "2023-08-01"), ("--due", "2023-08-01", "--period", "3")]
)
def test_an_ordered_day_needs_what_orders_it(home: Path, words: tuple[str, ...]) -> None:
    assert imported(home, *words).exit_code == 2


def test_the_same_set_is_not_imported_twice(home: Path) -> None:
    imported(home)
    with pytest.raises(ForthwithError, match="already"):
        imported(home)
    assert len(rows(home)) == 3


def test_a_gap_in_the_numbers_is_a_finding_and_nothing_is_lost(home: Path) -> None:
    (home.parent / "rfp.txt").write_text("Request No. 1: A.\n\nRequest No. 3: C.\n")
    told = imported(home)
    assert told.exit_code == 1
    assert "no request is numbered 2" in told.stdout
    assert len(rows(home)) == 2


def test_an_objection_without_withheld_stays_a_draft_that_cannot_be_served(home: Path) -> None:
    imported(home)
    told = typed(home, respond, "1", "--objection", "overbroad", "--text", "Nothing yet.")
    assert told.exit_code == 1
    assert "34(b)(2)(C)" in told.stdout
    cured = typed(home, respond, "1", "--objection", "overbroad", "--withheld", "no")
    assert (cured.exit_code, cured.stdout) == (0, "First RFPs/1: answered; a draft.\n")


def test_what_is_not_given_again_stays_as_it_was(home: Path) -> None:
    imported(home)
    typed(home, respond, "2", "--produce", "custodian:ortega", "--custodian", "Ortega")
    typed(home, respond, "2", "--objection", "vague", "--withheld", "yes", "--what", "drafts")
    typed(home, respond, "2", "--note", "ask Lindqvist")
    held = rows(home)[1]["response"]

    assert held["produce"] == "custodian:ortega"
    assert held["custodians"] == ["Ortega"]
    assert held["objections"] == [
        {"ground": "vague", "scope": "", "withheld": True, "what": "drafts"}
    ]
    typed(home, respond, "2", "--no-objections")
    assert rows(home)[1]["response"]["objections"] == []
    shown = typed(home, requests, "show", "2").stdout
    assert "Request for Production No. 2" in shown
    assert shown.count(", draft:") == 4
    assert "(a) each holder of a key share; and" in shown


@pytest.mark.parametrize(
    "words",
    [
        ("--objection", "a", "--objection", "b", "--withheld", "yes"),
        ("--withheld", "yes"),
        ("--objection", "a", "--no-objections"),
        ("--withheld", "perhaps"),
    ],
)
def test_an_objection_and_what_is_said_of_it_come_in_pairs(
    home: Path, words: tuple[str, ...]
) -> None:
    imported(home)
    assert typed(home, respond, "1", *words).exit_code == 2
    assert rows(home)[0]["response"] is None


def test_ranges_come_from_sealed_volumes(sealed: Path, tmp_path: Path) -> None:
    home = tmp_path / "m"
    shutil.copytree(sealed, home)
    (tmp_path / "rfp.txt").write_text(served.titled(), encoding="utf-8")
    imported(home)

    told = typed(home, respond, "1", "--ranges", "VOL001")
    assert told.exit_code == 0, told.output
    [[first, last, volume]] = rows(home)[0]["response"]["ranges"]
    assert volume == "VOL001"
    assert typed(home, respond, "2", "--ranges", f"{first}-{last}").exit_code == 0
    with pytest.raises(ForthwithError, match="Sealed volumes: VOL001"):
        typed(home, respond, "3", "--ranges", "VOL002")


def test_a_query_answers_with_its_produced_pages(sealed: Path, tmp_path: Path) -> None:
    """Families whole; the pages are those of the sealed volume."""
    home = Path(shutil.copytree(sealed, tmp_path / "m"))
    (tmp_path / "rfp.txt").write_text(served.titled(), encoding="utf-8")
    imported(home)
    done = typed(home, respond, "1", "--produce", "wallets")

    assert "The query finds 1 document; with families 2, of which sealed volumes hold 2." in (
        done.stdout
    )
    response = rows(home, "--as-of", "2023-08-01")[0]["response"]
    assert response["produce"] == "wallets"
    assert [each[2] for each in response["ranges"]] == ["VOL001"]


def test_a_query_out_of_shape_writes_nothing(sealed: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(sealed, tmp_path / "m"))
    (tmp_path / "rfp.txt").write_text(served.titled(), encoding="utf-8")
    imported(home)

    with pytest.raises(ForthwithError, match="Character 12"):
        typed(home, respond, "1", "--produce", "wallets AND")
    assert rows(home, "--as-of", "2023-08-01")[0]["response"] is None


def test_before_processing_a_query_is_kept_and_not_counted(home: Path) -> None:
    imported(home)

    assert "not known" in typed(home, respond, "1", "--produce", "wallets").stdout
    assert rows(home, "--as-of", "2023-08-01")[0]["response"]["produce"] == "wallets"


def test_a_set_served_whole_counts_no_days(home: Path) -> None:
    """A day past means nothing once the paper is out."""
    imported(home)
    for number in ("1", "2", "3"):
        typed(home, respond, number, "--no-documents")
    assert "1 day past" in typed(home, requests, "--as-of", "2023-08-15").stdout
    typed(home, serve, "responses", "--day", "2023-08-14")

    assert "Due 2023-08-14, served in responses/1" in (
        typed(home, requests, "--as-of", "2023-08-15").stdout
    )
