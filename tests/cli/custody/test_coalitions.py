"""`custody coalitions`, as typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.main import main

POLICY = {
    "top": "g",
    "nodes": {"g": {"k": 2, "of": ["a", "h", "b"]}, "h": {"k": 2, "of": ["c", "d", "a"]}},
}
TABLES = {
    "people": "id,name\nann,Ann Lindqvist\nbo,Bo Tanaka\ncy,Cy Osei\n",
    "means": "id,kind,label,of\nk1,key,Card 1,\nk2,key,Card 2,\nk3,key,Card 3,\n",
    "possessions": "person,means,from,to\nann,k1,2023-01-01,\nann,k2,2023-03-01,\n"
    "bo,k2,2023-01-01,\ncy,k3,2023-01-01,\n",
    "wallets": "id,asset,class,address\ncold-1,BTC,customer,\n",
    "policies": 'wallet,path,formula,scope,from,to\ncold-1,signing,"2 of (k1, k2, k3)",,'
    "2023-01-01,\n",
}


def asked(policy: Any, tmp_path: Path, *words: str) -> Result:
    path = tmp_path / "policy.json"
    path.write_text(policy if isinstance(policy, str) else json.dumps(policy), encoding="utf-8")
    return CliRunner().invoke(main, ["custody", "coalitions", "--policy", str(path), *words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        head, *rows = text.splitlines()
        lines = [f"{head},standing,cites", *(f"{row},document,HC-{name}" for row in rows)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def of_wallet(folder: Path, *words: str) -> Result:
    line = ["-C", str(folder), "custody", "coalitions", "--wallet", "cold-1", "--facts", "."]
    return CliRunner().invoke(main, [*line, *words])


def test_a_policy_is_listed_with_who_can_stop_it(tmp_path: Path) -> None:
    done = asked(POLICY, tmp_path, "--json")

    assert done.exit_code == 0
    body = json.loads(done.stdout)
    pairs = [["a", "b"], ["a", "c"], ["a", "d"], ["b", "c", "d"]]
    assert body["coalitions"] == pairs
    assert (body["count"], body["sizes"], body["complete"]) == (4, {"2": 3, "3": 1}, True)
    assert body["blocking"] == pairs
    assert body["alone"] == body["single_points"] == []


@pytest.mark.parametrize("engine", ["auto", "oxidd", "graphillion", "small"])
def test_every_engine_counts_alike(tmp_path: Path, engine: str) -> None:
    done = asked(POLICY, tmp_path, "--count", "--json", "--engine", engine)

    assert json.loads(done.stdout)["count"] == 4
    assert "coalitions" not in json.loads(done.stdout)


def test_a_cut_list_says_that_it_is_cut(tmp_path: Path) -> None:
    body = json.loads(asked(POLICY, tmp_path, "--json", "--limit", "2").stdout)

    assert body["coalitions"] == [["a", "b"], ["a", "c"]]
    assert (body["count"], body["complete"]) == (4, False)
    assert "… and 2 more" in asked(POLICY, tmp_path, "--limit", "2").stdout


def test_a_count_of_many_thousand_digits_is_written_out(tmp_path: Path) -> None:
    """Python alone refuses to write more than 4,300."""
    pairs = {f"g{at}": {"k": 1, "of": [f"a{at}", f"b{at}"]} for at in range(15_000)}
    policy = {"top": "t", "nodes": {**pairs, "t": {"k": 15_000, "of": list(pairs)}}}

    done = asked(policy, tmp_path, "--count", "--json")

    assert done.exit_code == 0, done.output
    digits = done.stdout.partition('"count": ')[2].partition(",")[0]
    assert len(digits) == 4516
    assert digits.startswith("281")
    assert sys.get_int_max_str_digits() == 4300


def test_past_the_bound_nothing_is_guessed(tmp_path: Path) -> None:
    """1,500 of 3,000 that share nothing but the count: too many steps to count them by."""
    names = [f"a{at}" for at in range(30_000)]
    policy = {"top": "t", "nodes": {"t": {"k": 15_000, "of": names}}}

    done = asked(policy, tmp_path, "--count", "--json")

    assert done.exit_code == 1
    body = json.loads(done.stdout)
    assert (body["count"], body["decided"]) == (None, False)
    assert "bound" in body["why"]
    assert asked(policy, tmp_path, "--count").exit_code == 1


@pytest.mark.parametrize(
    ("policy", "what"),
    [
        ("", "not JSON"),
        ("[1]", "object"),
        ("[" * 100_000, "deep"),
        ('{"top": "g", "top": "h"}', "twice"),
        ('{"top": "g", "nodes": {"g": {"k": NaN, "of": ["a"]}}}', "NaN"),
        ({"top": "g", "nodes": {"g": {"k": 3, "of": ["a", "b"]}}}, "3 of 2"),
        ({"top": "g", "nodes": {"g": {"k": 1, "of": []}}}, "1 of 0"),
        ({"top": "g", "nodes": {"g": {"k": 1.5, "of": ["a"]}}}, "whole number"),
        ({"top": "g", "nodes": {"g": {"k": 1, "of": ["h"]}, "h": {"k": 1, "of": ["g"]}}}, "circle"),
        ('{"top": "g", "nodes": {"g": {"k": 1, "of": ["a", 7]}}}', "names"),
        ('{"top": "g", "nodes": 3}', "nodes"),
        ('{"nodes": {}}', "top"),
    ],
)
def test_a_bad_policy_is_refused_in_a_sentence(tmp_path: Path, policy: Any, what: str) -> None:
    done = asked(policy, tmp_path, "--count")

    assert done.exit_code == 2
    assert what in done.stderr
    assert "Traceback" not in done.output
    assert not done.stdout


def test_what_was_not_read_is_said(tmp_path: Path) -> None:
    done = asked({**POLICY, "title": "x"}, tmp_path, "--count")

    assert done.exit_code == 0
    assert "'title' is not part of a policy" in done.stderr


def test_nodes_the_top_does_not_lead_to_are_told(tmp_path: Path) -> None:
    """A top that is misspelt is a leaf of that name, and all the rest counts for nothing."""
    done = asked(POLICY | {"top": "G"}, tmp_path)

    assert "2 nodes ('g', 'h') lie not below the top, 'G', and count for nothing" in done.stderr


@pytest.mark.parametrize("digits", [4_000, 400_000])
def test_a_count_without_end_is_refused_at_once(tmp_path: Path, digits: int) -> None:
    done = asked('{"top": "g", "nodes": {"g": {"k": ' + "9" * digits + ', "of": ["a"]}}}', tmp_path)

    assert done.exit_code == 2
    assert len(done.stderr) < 400


def test_people_of_a_wallet_are_named(folder: Path) -> None:
    before = json.loads(of_wallet(folder, "--on", "2023-02-01", "--json").stdout)
    after = of_wallet(folder, "--on", "2023-03-01")

    assert before["coalitions"] == [["ann", "bo"], ["ann", "cy"], ["bo", "cy"]]
    assert before["people"]["ann"] == "Ann Lindqvist"
    assert "  Ann Lindqvist (ann)\n  Bo Tanaka (bo) + Cy Osei (cy)\n" in after.stdout
    assert "Alone: Ann Lindqvist (ann)" in after.stdout


def test_nobody_shown_is_not_nobody_at_all(folder: Path) -> None:
    done = of_wallet(folder, "--on", "2022-02-01")

    assert done.exit_code == 0
    assert "that excludes nobody" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--wallet", "w"],
        ["--policy", "p", "--wallet", "w"],
        ["--wallet", "w", "--on", "2023-01-01", "--count"],
        ["--wallet", "w", "--on", "2023-02-30"],
        ["--wallet", "w", "--on", "9999-12-31"],
        ["--policy", "absent.json"],
    ],
)
def test_half_a_question_is_refused(words: list[str]) -> None:
    assert CliRunner().invoke(main, ["custody", "coalitions", *words]).exit_code == 2


def test_counting_a_policy_does_not_load_the_rest(tmp_path: Path) -> None:
    """A script that counts policies by the hundred pays for the start each time."""
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(POLICY), encoding="utf-8")
    line = (
        f"main(['custody','coalitions','--policy',{str(path)!r},'--count'],standalone_mode=False)"
    )
    tell = "print(sorted({'sqlalchemy','duckdb','pyarrow','matplotlib'} & sys.modules.keys()))"
    code = f"import sys\nfrom forthwith.cli.main import main\n{line}\n{tell}"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split("\n")[:2] == ["4", "[]"]
