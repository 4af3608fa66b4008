"""`search` and `terms` as typed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forthwith.cli import search
from forthwith.domain.errors import ForthwithError
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter

Asked = Callable[..., Result]


@pytest.fixture
def ask(sealed: Path) -> Asked:
    """Run a command of this module on a sealed matter."""

    def typed(command: str, *words: str | Path) -> Result:
        given = [str(word) for word in words]
        return CliRunner().invoke(
            getattr(search, command), given, obj=sealed, catch_exceptions=False
        )

    return typed


def rows(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.output.splitlines()]


def test_documents_are_listed_with_how_the_query_was_read(ask: Asked) -> None:
    said = ask("search", "wallets w/3 moved").output

    assert said.splitlines()[0] == "Read as: (wallets w/3 moved)"
    assert "memo.txt" in said
    assert "1 document; 2 with their families, in 1 family." in said


def test_families_come_whole_when_asked_for(ask: Asked) -> None:
    alone = rows(ask("search", "wallets", "--json"))
    whole = rows(ask("search", "wallets", "--json", "--family"))

    assert [each["met"] for each in alone] == [True]
    assert [each["met"] for each in whole] == [False, True]
    assert {each["family"] for each in whole} == {whole[0]["control_number"]}


@pytest.mark.parametrize(
    ("query", "documents"),
    [
        ("from:marisol AND subject:two", 1),
        ("to:per@northgate.example", 2),
        ("custodian:ortega AND type:email", 2),
        ("type:txt", 2),
        ("name:plan*", 1),
        ("date:2022-03-14", 3),
        ("date:2022-03-14 AND NOT type:email", 1),
        ("bates:NOSUCH0001", 0),
    ],
)
def test_fields_are_those_of_the_documents(ask: Asked, query: str, documents: int) -> None:
    assert rows(ask("search", query, "--count", "--json"))[0]["documents"] == documents


def test_bates_numbers_are_those_of_sealed_volumes(ask: Asked, sealed: Path) -> None:
    with (sealed / "volumes" / "VOL001" / "DATA" / "VOL001.DAT").open("rb") as file:
        first = file.read().decode("utf-8-sig").splitlines()[1].split("\x14")[0].strip("þ")

    assert len(rows(ask("search", f"bates:{first}", "--json"))) == 1


def test_matches_are_shown_at_their_characters(ask: Asked, sealed: Path) -> None:
    control = str(rows(ask("search", "wallets", "--json"))[0]["control_number"])
    shown = rows(ask("search", "wallet* pre/3 moved", "--highlight", control, "--json"))[0]
    text = DocumentTable(Matter.open(sealed)).text(control)[0]

    assert shown["met"] is True
    assert [text[each["first"] : each["last"]] for each in shown["matches"]] == [
        "wallets",
        "moved",
    ]
    assert "[wallets]" in ask("search", "wallets", "--highlight", control).output


def test_a_document_nobody_has_is_refused(ask: Asked) -> None:
    with pytest.raises(ForthwithError, match="no document FW9"):
        ask("search", "a", "--highlight", "FW9")


def test_what_is_not_listed_is_counted(ask: Asked) -> None:
    said = ask("search", "type:email", "--limit", "1").output

    assert "and 1 more" in said


def test_the_index_is_made_again_when_it_is_gone_or_old(ask: Asked, sealed: Path) -> None:
    """It is derived: nothing but time is lost with it, and no old one stays."""
    before = ask("search", "wallets", "--json").output
    (held,) = (sealed / "derived" / "search").iterdir()
    held.rename(held.with_name("0" * 16))

    assert ask("search", "wallets", "--json").output == before
    assert [each.name for each in (sealed / "derived" / "search").iterdir()] == [held.name]


def test_terms_are_counted_and_compared(ask: Asked, tmp_path: Path) -> None:
    new, old, table = (tmp_path / name for name in ("new.txt", "old.txt", "t.csv"))
    old.write_text("# first\nwallets\n")
    new.write_text("wallets OR plan\nabout\n")

    found = rows(ask("terms", new, "--against", old, "--json", "--csv", table))[0]
    said = ask("terms", new, "--against", old).output

    assert [each["unique"] for each in found["terms"]] == [2, 2]
    assert found["changes"][0]["old"] == "wallets"
    assert found["changes"][0]["documents_gained"] == 1
    assert found["all_changes"]["documents_gained"] == 3
    assert "All changes" in said
    with table.open(encoding="utf-8-sig") as file:
        written = list(csv.reader(file))
    assert written[0][:6] == ["line", "term", "read_as", "documents", "with_family", "unique"]
    assert written[1][1:6] == ["wallets OR plan", "(wallets OR plan)", "2", "3", "2"]


def test_a_list_that_cannot_be_read_is_refused(ask: Asked, tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")

    for name in ("latin.txt", "none.txt"):
        with pytest.raises(ForthwithError, match="cannot be read"):
            ask("terms", tmp_path / name)
