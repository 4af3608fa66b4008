"""`books` and `liabilities` as typed, on the example's quarter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forthwith.example import books as example
from tests.cli.conftest import Command


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder of the quarter, not to be changed, and what is right about it."""
    folder = tmp_path_factory.mktemp("quarter")
    return folder, example.make(folder)


Quarter = tuple[Path, dict[str, Any]]


def floors(truth: dict[str, Any]) -> list[str]:
    return [
        word for name, floor in truth["floors"].items() for word in ("--floor", f"{name}={floor}")
    ]


def test_coverage_tells_the_shortfalls_that_were_played(run: Command, quarter: Quarter) -> None:
    folder, truth = quarter
    done = run("books", "coverage", "--books", folder, *floors(truth), "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)["shortfalls"]
    keys = ("asset", "from", "to", "most", "most_at", "days_touched", "days_at_end_of_day")
    assert sorted([row[key] for key in keys] for row in told) == sorted(
        [row[key] for key in keys] for row in truth["shortfalls"]["receipt"]
    )


def test_a_position_names_its_blocks_and_every_parameter(run: Command, quarter: Quarter) -> None:
    folder, truth = quarter
    month = next(iter(truth["reports"]))
    done = run("books", "position", "--books", folder, "--at", month, "--json")
    body = json.loads(done.stdout)
    assert body["at"] == truth["reports"][month]["cut"]
    assert all(block["hash"] for block in body["heights"].values())
    assert {"basis", "mixing", "fee", "floors", "zone", "proof_age", "standing"} <= set(
        body["parameters"]
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("position", "--at", "31/01/2022"), "is not a time"),
        (("position", "--asset", "DOGE"), "no such asset"),
        (("position", "--floor", "BTC=0.000000001"), "places"),
        (("position", "--floor", "BTC"), "ASSET=AMOUNT"),
        (("position", "--zone", "Mars/Phobos"), "no such time zone"),
        (("coverage", "--from", "2022-03", "--to", "2022-01"), "must be later"),
        (("commingling", "--place", "nowhere"), "no place 'nowhere'"),
        (("trace", "K9"), "no claim 'K9'"),
        (("report", "2022-13"), "is not a month"),
        (("rows", "places/none/USD/closing", "--month", "2022-01"), "no figure"),
    ],
)
def test_a_wrong_option_is_refused_in_a_sentence(
    run: Command, quarter: Quarter, words: tuple[str, ...], said: str
) -> None:
    done = run("books", *words, "--books", quarter[0])
    assert done.exit_code == 2
    assert said in done.stderr


def test_breaks_and_census_end_with_one_where_there_are_any(run: Command, quarter: Quarter) -> None:
    for command in ("breaks", "census"):
        done = run("books", command, "--books", quarter[0])
        assert done.exit_code == 1
        assert done.stdout.strip()


def test_pictures_stand_by_themselves(run: Command, quarter: Quarter, tmp_path: Path) -> None:
    folder, _ = quarter
    for words in (("coverage",), ("commingling", "--place", "op"), ("trace", "K1"), ("census",)):
        page, picture = tmp_path / f"{words[0]}.html", tmp_path / f"{words[0]}.png"
        run("books", *words, "--books", folder, "--html", page, "--png", picture)
        text = page.read_text(encoding="utf-8")
        assert "<svg" in text
        assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org", "")
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_proof_of_ours_is_verified_and_a_spoilt_one_refused(
    run: Command, quarter: Quarter, tmp_path: Path
) -> None:
    folder, truth = quarter
    month = list(truth["reports"])[-1]
    same = ("--books", folder, "--at", month, "--key", tmp_path / "key", "--trees", tmp_path / "t")
    made = json.loads(run("liabilities", "commit", *same, "--json").stdout)["commitments"]
    for row in made:
        leaves = truth["liability_leaves_at_end"][row["asset"]]
        assert row["leaves"] == len(leaves)
    account = next(iter(truth["liability_leaves_at_end"]["USD"]))
    run("liabilities", "prove", account, *same, "--asset", "USD", "--into", tmp_path / "p")
    proof = tmp_path / "p" / f"{account}-USD.json"
    root = next(row["root"] for row in made if row["asset"] == "USD")
    assert run("liabilities", "verify", proof, "--root", root).exit_code == 0
    spoilt = json.loads(proof.read_text())
    spoilt["amount"] = str(int(spoilt["amount"]) + 1)
    proof.write_text(json.dumps(spoilt), encoding="utf-8")
    done = run("liabilities", "verify", proof, "--root", root)
    assert done.exit_code == 1
    assert "REFUSED" in done.stdout


def test_a_template_loads(run: Command, tmp_path: Path) -> None:
    assert run("books", "template", tmp_path / "b").exit_code == 0
    done = run("-C", tmp_path, "books", "load", "b")
    assert done.exit_code == 0, done.output
    again = run("books", "template", tmp_path / "b")
    assert again.exit_code == 2


def test_examples_of_every_template_are_sound(run: Command, tmp_path: Path) -> None:
    """Take the # away and it loads: an example that does not teaches a mistake."""
    run("books", "template", tmp_path / "b")
    for table in (tmp_path / "b").iterdir():
        lines = table.read_text(encoding="utf-8").splitlines()
        header = next(at for at, line in enumerate(lines) if not line.startswith("#"))
        lines[header + 1 :] = [line.removeprefix("#") for line in lines[header + 1 :]]
        table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("-C", tmp_path, "books", "load", "b", "--json")
    assert json.loads(done.stdout)["faults"] == []


def test_a_time_no_calendar_reckons_with_is_refused_in_a_sentence(
    run: Command, quarter: Quarter
) -> None:
    for when in ("9999-12-31", "0001-01", "9999-12-31T23:59:59Z"):
        done = run("books", "position", "--at", when, "--books", str(quarter[0]))
        assert (done.exit_code, "is not a time" in done.output) == (2, True)


def test_a_position_past_the_last_block_says_that_nothing_is_seen_there(
    run: Command, quarter: Quarter
) -> None:
    words = ("books", "position", "--books", str(quarter[0]), "--json", "--at")
    late = json.loads(run(*words, "2029-06-30").output)["notes"]
    assert sum("the last block given of" in note for note in late) == 2
    in_time = json.loads(run(*words, "2022-02-28").output)["notes"]
    assert not any("the last block given of" in note for note in in_time)
