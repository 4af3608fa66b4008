"""Lists of terms."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from forthwith.review.search import term_report
from forthwith.review.search.evaluate import Engine
from forthwith.review.search.index import Index, Row, build
from forthwith.review.search.search import Searcher
from tests.review.search import meaning


def row(number: int, text: str, family: int = 0, custodian: str = "Ortega") -> Row:
    """Return a document, alone or in a family."""
    names = [f"FW{number_of:08d}" for number_of in (number, family or number)]
    return Row(names[0], names[1], custodian, "", (), text)


Made = Callable[..., Searcher]


@pytest.fixture
def over(tmp_path: Path) -> Made:
    """A searcher over some documents."""

    def made(*rows: Row) -> Searcher:
        (tmp_path / "i").mkdir()
        build(rows, tmp_path / "i")
        index = Index(tmp_path / "i")
        return Searcher(index, Engine(index))

    return made


def measured(searcher: Searcher, *lines: str) -> term_report.TermHits:
    return term_report.TermHits(searcher, "list", term_report.read("list", "\n".join(lines)))


def test_a_term_is_counted_with_family_alone_and_by_custodian(over: Made) -> None:
    searcher = over(
        row(1, "key"), row(2, "share", family=1), row(3, "key share", custodian="Lind"), row(4, "x")
    )

    report = measured(searcher, "key", "share", "cold").report()

    assert [(line.documents, line.with_family, line.unique) for line in report.lines] == [
        (2, 3, 1),
        (2, 3, 1),
        (0, 0, 0),
    ]
    assert report.lines[0].custodians == {"Ortega": 1, "Lind": 1}
    assert (report.documents, report.with_family) == (3, 3)
    assert report.custodians == {"Ortega": 2, "Lind": 1}


def test_unique_documents_are_those_a_list_loses_without_the_term(over: Made) -> None:
    chance = random.Random(4)
    searcher = over(*(row(n, meaning.document(chance)) for n in range(1, 40)))
    lines = ["key w/3 share", "change*", '"cold key"', "kay", "to pre/2 keys"]
    whole = measured(searcher, *lines).report()

    for at, line in enumerate(whole.lines):
        fewer = measured(searcher, *(lines[:at] + lines[at + 1 :])).report()
        assert line.unique == whole.documents - fewer.documents


def test_each_change_is_measured_alone_and_all_together(over: Made) -> None:
    searcher = over(
        row(1, "key a share"), row(2, "key b c d share"), row(3, "cold"), row(4, "x", family=3)
    )
    old = measured(searcher, "key w/2 share", "cold", "x")
    new = measured(searcher, "x", "key w/9 share", "kay")

    compared = term_report.compare(old, new)

    assert [
        (change.old and change.old.text, change.new and change.new.text, change.cost)
        for change in compared.changes
    ] == [
        ("key w/2 share", "key w/9 share", term_report.Cost(1, 0, 1, 0)),
        ("cold", None, term_report.Cost(0, 1, 0, 0)),
        (None, "kay", term_report.Cost(0, 0, 0, 0)),
    ]
    assert compared.whole == term_report.Cost(1, 1, 1, 0)


def test_a_term_that_only_moved_or_is_written_otherwise_is_no_change(over: Made) -> None:
    searcher = over(row(1, "key"))

    compared = term_report.compare(
        measured(searcher, "a AND b", "key", "cold"), measured(searcher, "cold", "(a and b)", "KEY")
    )

    assert compared.changes == ()


def test_every_wrong_line_is_named_at_once() -> None:
    with pytest.raises(term_report.TermListError) as refused:
        term_report.read("terms.txt", "# ours\nkey\n\na b\n(c\n")

    assert "2 of its terms" in str(refused.value)
    assert "Line 4: Character 3" in str(refused.value)
    assert "Line 5: Character 1" in str(refused.value)


def test_a_list_of_comments_is_refused() -> None:
    with pytest.raises(term_report.NoTermsError):
        term_report.read("terms.txt", "# nothing\n")


def test_lines_keep_their_numbers() -> None:
    terms = term_report.read("terms.txt", "\ufeff# ours\n\nkey OR share\n")

    assert [(term.line, term.read_as) for term in terms] == [(3, "(key OR share)")]
    assert replace(terms[0], line=1).text == "key OR share"
