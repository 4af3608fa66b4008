"""What every paper does once a produced document is claimed, and once its volume is replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.domain.bates import Bates
from forthwith.record import productions
from forthwith.record.matter import Matter
from tests.builders import evidence
from tests.cli.conftest import Command

DAY = ("--day", "2023-07-01", "--workers", "1")


@pytest.fixture
def home(run: Command, tmp_path: Path) -> Path:
    """Three documents in VOL001, the first of several pages; one request, answered by two."""
    loose = evidence.write(
        tmp_path / "in",
        a_txt=b"A plan of wallets.\n" + b"line of text\n" * 200,
        b_txt=b"The wallets once more, in other words.\n",
        c_txt=b"A third thing about keys in the spring.\n",
    )
    home = evidence.matter(tmp_path / "m", loose).folder
    (tmp_path / "asked.txt").write_text("REQUEST NO. 1: All about wallets.\n", encoding="utf-8")
    for words in (
        ("process", "--workers", "1"),
        ("produce", "VOL001", *DAY),
        ("requests", "import", tmp_path / "asked.txt", "--set", "First RFPs", "--kind", "rfp",
         "--served", "2023-06-20", "--by", "email"),
        ("respond", "1", "--produce", "wallets", "--text", "Produced."),
    ):  # fmt: skip
        done = run("-C", home, *words)
        assert done.exit_code == 0, done.output
    return home


def claimed(run: Command, home: Path) -> None:
    done = run("-C", home, "privilege", "claim", first(home), "--basis", "AC",
               "--description", "Letter to counsel")  # fmt: skip
    assert done.exit_code == 0, done.output


def replaced(run: Command, home: Path) -> None:
    done = run("-C", home, "produce", "VOL001_R1", "--replace", "VOL001", *DAY)
    assert done.exit_code == 0, done.output


def first(home: Path) -> str:
    return min(numbers(home))


def numbers(home: Path) -> dict[str, tuple[str, str, str]]:
    with Matter.open(home).engine.connect() as connection:
        return productions.numbers(connection)


def test_a_slip_sheet_takes_every_page_of_what_it_replaces(run: Command, home: Path) -> None:
    """Else each document after it moves, and a page once cited is another document's."""
    before = {each: span[1:] for each, span in numbers(home).items()}
    _, start, end = numbers(home)[first(home)]
    assert (Bates.parse(start).pages_to(Bates.parse(end)) or 0) > 1
    claimed(run, home)
    replaced(run, home)

    assert {each: span[1:] for each, span in numbers(home).items()} == before
    assert {each[0] for each in numbers(home).values()} == {"VOL001_R1"}
    assert not list((home / "volumes/VOL001_R1/NATIVES").rglob(f"{start}.*"))


def test_a_part_of_a_volume_is_no_replacement_at_other_numbers(run: Command, home: Path) -> None:
    where = f"control_number <> '{first(home)}'"
    done = run("-C", home, "produce", "VOL001_R1", "--replace", "VOL001", "--where", where, *DAY)

    assert done.exit_code == 2
    assert "leaves out" in done.output
    assert not (home / "volumes" / "VOL001_R1").exists()


def test_the_first_documents_of_a_volume_are_no_replacement_of_it(run: Command, home: Path) -> None:
    """Their numbers stay, but the rest would stand in two volumes at once."""
    where = f"control_number = '{first(home)}'"
    done = run("-C", home, "produce", "VOL001_R1", "--replace", "VOL001", "--where", where, *DAY)

    assert done.exit_code == 2
    assert "leaves out" in done.output
