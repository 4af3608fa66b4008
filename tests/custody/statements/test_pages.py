"""Citations of one page, however they are written."""

from __future__ import annotations

import pytest

from forthwith.custody.statements.results import Result
from forthwith.custody.statements.statements import check, meet
from tests.builders.statements import says, two_of_three, with_rows


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("HC0012", "hc0012", True),
        ("HC0012", "HC0010-HC0020", True),
        ("HC0012", "HC0010-20", True),
        ("HC0012", "HC0010–HC0012", True),
        ("HC0009-HC0011", "HC0011-HC0013", True),
        ("HC0012", "HC0013-HC0020", False),
        ("HC0012", "HC00012", False),
        ("HC0012", "HCX0010-HCX0020", False),
        ("A-1-0012", "A-1-0010-A-1-0020", True),
        ("A-1-0012", "A-1-0013", False),
        ("inspection:box-3", "inspection:box-4", False),
        ("sha256:ab", "sha256:ab", True),
    ],
)
def test_two_citations_meet_in_a_page(one: str, other: str, same: bool) -> None:
    assert meet([one], [other]) is same
    assert meet([other], [one]) is same


def test_a_sworn_row_that_cites_the_run_of_pages_of_the_declaration_is_the_declaration() -> None:
    """The sentence stands on page 12; the row that alone supports it cites pages 10 to 20."""
    facts = with_rows(two_of_three().facts, "HC0010-HC0020", "completeness")
    facts = says(facts, "no_access(halden)", as_of="2023-06-12", cites=("HC0012",))

    assert check(facts)[-1].result is Result.UNSUPPORTED
