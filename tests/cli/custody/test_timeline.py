"""`custody timeline` and `custody graph`, as typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.main import main

TABLES = {
    "people": "id,name\nann,Ann Lindqvist\nbo,Bo Tanaka\n",
    "entities": "id,name,from,to,alias_of\nhc,Harbour Custody Ltd,,,\n",
    "affiliations": "person,entity,kind,value,from,to\nann,hc,employer,,2023-01-01,\n",
    "means": "id,kind,label,of\nk1,key,Card 1,\nk2,key,Card 2,\n",
    "possessions": "person,means,from,to\nann,k1,2023-01-01,\nbo,k2,2023-02-01,2023-03-01\n",
    "wallets": "id,asset,class,address\ncold-1,BTC,customer,\n",
    "policies": 'wallet,path,formula,scope,from,to\ncold-1,signing,"2 of (k1, k2)",,2023-01-01,\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        head, *rows = text.splitlines()
        lines = [f"{head},standing,cites", *(f"{row},document,HC-{name}" for row in rows)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def typed(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(folder), "custody", *words, "--facts", "."])


def test_a_timeline_is_written_as_page_and_picture(folder: Path) -> None:
    done = typed(folder, "timeline", "--wallet", "cold-1", "--html", "t.html", "--png", "t.png")

    assert done.exit_code == 0, done.output
    assert "Harbour Custody Ltd" in (folder / "t.html").read_text(encoding="utf-8")
    assert (folder / "t.png").read_bytes().startswith(b"\x89PNG")
    assert "t.html" in done.output
    assert "3 groups, 4 facts" in done.output


def test_a_graph_is_written_as_page_and_picture(folder: Path) -> None:
    done = typed(
        folder, "graph", "--wallet", "cold-1", "--on", "2023-02-10", "--html", "g.html", "--png",
        "g.png",
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "Ann Lindqvist + Bo Tanaka" in (folder / "g.html").read_text(encoding="utf-8")
    assert (folder / "g.png").read_bytes().startswith(b"\x89PNG")
    assert "1 minimal coalition" in done.output


@pytest.mark.parametrize("paper", [(), ("--paper", "letter")])
@pytest.mark.parametrize("words", [["timeline"], ["graph", "--on", "2023-02-10"]])
def test_a_memo_is_written_as_its_name_ends(
    folder: Path, words: list[str], paper: tuple[str, ...]
) -> None:
    memos = [word for end in ("pdf", "svg", "PNG") for word in ("--memo", f"m.{end}")]
    done = typed(folder, *words, "--wallet", "cold-1", *memos, *paper)
    sides = "279.4mm" if paper else "296.9mm"

    assert done.exit_code == 0, done.output
    assert (folder / "m.pdf").read_bytes().startswith(b"%PDF")
    assert f'width="{sides}"' in (folder / "m.svg").read_text(encoding="utf-8")
    assert (folder / "m.PNG").read_bytes().startswith(b"\x89PNG")


def test_a_page_is_printed_on_the_paper_asked_for(folder: Path) -> None:
    typed(folder, "timeline", "--wallet", "cold-1", "--html", "t.html", "--paper", "letter")

    assert "@page wide{size:letter landscape}" in (folder / "t.html").read_text(encoding="utf-8")


def test_groups_and_days_are_as_asked(folder: Path) -> None:
    done = typed(
        folder, "timeline", "--wallet", "cold-1", "--who", "employer=hc", "--who", "people=bo",
        "--from", "2023-02-01", "--to", "2023-04-01", "--html", "t.html",
    )  # fmt: skip
    page = (folder / "t.html").read_text(encoding="utf-8")

    assert done.exit_code == 0, done.output
    assert ">employer=hc<" in page
    assert ">people=bo<" in page
    assert "Anybody else" not in page
    assert "1 Feb 2023 to 1 Apr 2023" in page


def test_a_picture_written_before_is_replaced_and_nothing_is_left_beside_it(folder: Path) -> None:
    before = {each.name for each in folder.iterdir()}
    for _ in range(2):
        assert typed(folder, "timeline", "--wallet", "cold-1", "--html", "t.html").exit_code == 0

    assert {each.name for each in folder.iterdir()} == before | {"t.html"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["timeline", "--wallet", "cold1", "--html", "t.html"], "Perhaps cold-1"),
        (["timeline", "--wallet", "cold-1"], "Name the picture to write"),
        (["timeline", "--wallet", "cold-1", "--html", "no/where/t.html"], "could not be written"),
        (["timeline", "--wallet", "cold-1", "--memo", "t.jpg"], ".png, .svg or .pdf at its end"),
        (["timeline", "--wallet", "cold-1", "--memo", "t"], "a memo is a PNG, an SVG or a PDF"),
        (["timeline", "--wallet", "cold-1", "--memo", "no/where/t.pdf"], "could not be written"),
        (["timeline", "--wallet", "cold-1", "--html", "t.html", "--who", "employer=hd"], "'hd'"),
        (["timeline", "--wallet", "cold-1", "--html", "t.html", "--from", "2023-05-01", "--to",
          "2023-05-01"], "There is no day"),
        (["graph", "--wallet", "cold2", "--on", "2023-01-01", "--html", "g.html"], "Perhaps"),
        (["graph", "--wallet", "cold-1", "--on", "soon", "--html", "g.html"], "soon"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said_in_a_sentence_and_leaves_no_file(
    folder: Path, words: list[str], said: str
) -> None:
    before = {each.name for each in folder.iterdir()}
    done = typed(folder, *words)

    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output
    assert {each.name for each in folder.iterdir()} == before
