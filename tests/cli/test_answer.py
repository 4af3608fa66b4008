"""`answer` as typed: the whole way, what it leaves to a person, and how it goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.answer import answer
from forthwith.cli.obligations import obligations
from forthwith.cli.privilege import privilege
from forthwith.cli.questions import questions
from forthwith.cli.requests import requests, respond
from forthwith.domain.requests import Response
from forthwith.record import acts, productions
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.respond.registers.requests import RequestRegister, responded
from tests.builders import ordered, served

DAY = ("--day", "2023-08-01", "--workers", "1")


@pytest.fixture
def home(matter: Path, tmp_path: Path) -> Path:
    """A processed matter with three requests, none answered."""
    (tmp_path / "rfp.txt").write_text(served.titled(), encoding="utf-8")
    words = ["import", str(tmp_path / "rfp.txt"), "--set", "First RFPs", "--kind", "rfp",
             "--served", "2023-07-10", "--by", "email"]  # fmt: skip
    done = CliRunner().invoke(requests, words, obj=matter, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return matter


def typed(home: Path, *words: str) -> Result:
    return CliRunner().invoke(answer, [*DAY, *words], obj=home, catch_exceptions=False)


def drafted(home: Path, number: str, *words: str) -> None:
    CliRunner().invoke(respond, [number, *words], obj=home, catch_exceptions=False)


def answered(home: Path) -> None:
    drafted(home, "1", "--text", "Produced.", "--produce", "wallets")
    drafted(home, "2", "--no-documents")
    drafted(home, "3", "--objection", "Overbroad", "--withheld", "no")


def decisions(home: Path) -> list[tuple[str, str]]:
    told = json.loads(typed(home, "--json").stdout)
    return [(each["about"], each["what"]) for each in told["decisions"]]


def volumes(home: Path) -> list[str]:
    with Matter.open(home).engine.connect() as connection:
        return [each.volume for each in productions.sealed(connection)]


def test_what_answers_is_produced_checked_sealed_and_cited(home: Path) -> None:
    answered(home)
    done = typed(home)

    assert volumes(home) == ["VOL001"], done.output
    assert "VOL001 sealed" in done.stdout
    register = RequestRegister.read(acts.read(Matter.open(home)))
    first = register.find("1").response
    assert first is not None
    assert [each.volume for each in first.ranges] == ["VOL001"]
    assert first.served == "responses/1"
    assert {each.name for each in (home / "papers").iterdir()} >= {
        "responses-1.docx", "responses-1.json", "transmittal-1.pdf",
    }  # fmt: skip


def test_only_what_answers_a_request_goes_out_families_whole(home: Path) -> None:
    """The mail whose attachment speaks of wallets, and nothing else of the evidence."""
    answered(home)
    done = typed(home)

    with Matter.open(home).engine.connect() as connection:
        assert len(productions.numbers(connection)) == 2
    assert "answer no request and are not produced" in done.stdout


def test_an_unanswered_request_is_left_to_a_person(home: Path) -> None:
    answered(home)
    drafted(home, "3", "--no-objections")

    assert ("First RFPs/3", "nothing is answered and nothing objected to") in decisions(home)
    assert not (home / "papers" / "responses-1.pdf").exists()
    assert volumes(home) == ["VOL001"]


def test_a_second_run_goes_on_from_what_stands(home: Path) -> None:
    answered(home)
    typed(home)
    again = typed(home)

    assert "nothing new answers a request" in again.stdout
    assert "responses/1 stands as it was" in again.stdout
    assert volumes(home) == ["VOL001"]
    assert len([e for e in (home / "papers").iterdir() if e.suffix == ".pdf"]) == 2


def test_a_wider_query_makes_the_next_volume_and_an_amended_response(home: Path) -> None:
    answered(home)
    typed(home)
    drafted(home, "1", "--produce", "wallets OR spring")
    done = typed(home)

    assert volumes(home) == ["VOL001", "VOL002"], done.output
    text = (home / "papers" / "responses-2.txt").read_text(encoding="utf-8-sig")
    assert "AMENDED" in text
    assert "VOL002" in text


def test_without_requests_and_facts_that_is_what_is_left(matter: Path) -> None:
    """Nothing is asked, so nothing goes out; status 1."""
    told = decisions(matter)

    assert ("requests", "no served request is imported") in told
    assert any(about == "custody" for about, _ in told)
    assert volumes(matter) == []


def test_a_query_gone_wrong_stops_only_its_own_request(home: Path) -> None:
    answered(home)
    register = RequestRegister.read(acts.read(Matter.open(home)))
    broken = register.find("2")
    wrong = replace(broken.response or Response(""), produce="(plan", no_documents=False)
    acts.write(Matter.open(home), [responded(wrong)])

    assert any("query cannot be answered" in what for _, what in decisions(home))
    assert volumes(home) == ["VOL001"]


def test_a_privileged_document_goes_out_as_a_slip_sheet_with_its_log(home: Path) -> None:
    answered(home)
    table = DocumentTable(Matter.open(home))
    numbers = [each.control_number for each in table.ask() if each.name == "memo.txt"]
    words = ["claim", *numbers, "--basis", "AC", "--description", "Memo to counsel",
             "--family", "part", "--because", "the mail is no advice"]  # fmt: skip
    CliRunner().invoke(privilege, words, obj=home, catch_exceptions=False)
    typed(home)

    assert volumes(home) == ["VOL001"]
    letter = (home / "papers" / "transmittal-1.txt").read_text(encoding="utf-8-sig")
    assert "1 document is withheld as privileged" in " ".join(letter.split())
    assert (home / "papers" / "privilege-log-1.csv").exists()


def test_a_late_duty_and_an_undertaking_not_kept_are_left_to_a_person(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "order.txt").write_text(ordered.TEXT, encoding="utf-8")
    (tmp_path / "rows.csv").write_bytes(ordered.table(ordered.ROWS[:2]))
    imported = ("import", str(tmp_path / "order.txt"), str(tmp_path / "rows.csv"),
                "--name", "Consent Order", "--entered", "2023-06-17")  # fmt: skip
    CliRunner().invoke(obligations, imported, obj=home, catch_exceptions=False)
    asked = ("ask", "Where is card 5?", "--at", "inspection", "--on", "2023-07-01",
             "--by", "Staff", "--of", "Counsel")  # fmt: skip
    CliRunner().invoke(questions, asked, obj=home, catch_exceptions=False)
    kept = ("answer", "Q-0001", "--undertaken", "Reyes", "--due", "2023-07-15")
    CliRunner().invoke(questions, kept, obj=home, catch_exceptions=False)

    told = dict(decisions(home))
    assert "nothing shows that it was met" in told["Consent Order/1"]
    assert told["Q-0001"] == "Reyes was to answer by 2023-07-15"
