"""A change is a row that begins or ends where no like row goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forthwith.custody.facts.facts import ProofLevel
from forthwith.custody.statements.results import Result
from forthwith.custody.statements.statements import check
from tests.builders.custody import Custody, span
from tests.builders.statements import says, two_of_three

SPRING = {"start": "2023-03-01", "end": "2023-06-01"}


def answer(custody: Custody, claim: str, **days: str) -> Result:
    return check(says(custody, claim, **(days or SPRING)))[-1].result


def test_nothing_begins_or_ends_and_all_is_listed() -> None:
    assert answer(two_of_three(), "unchanged(cold)") is Result.SUPPORTED
    assert answer(two_of_three(), "unchanged(k1)") is Result.SUPPORTED
    assert answer(two_of_three(), "unchanged(ortega)") is Result.SUPPORTED
    assert answer(two_of_three(), "changed(cold)") is Result.UNSUPPORTED


@pytest.mark.parametrize("subject", ["cold", "k1", "adeyemi", "halden"])
def test_a_new_holder_is_a_change_of_wallet_means_person_and_entity(subject: str) -> None:
    custody = two_of_three().has("adeyemi", "k1", span("2023-04-01"))

    assert answer(custody, f"unchanged({subject})") is Result.CONTRADICTED
    assert answer(custody, f"changed({subject})") is Result.SUPPORTED
    assert answer(custody, f"unchanged({subject})", start="2023-01-02", end="2023-03-01") in (
        Result.SUPPORTED,
        Result.UNSUPPORTED,
    )


def test_a_row_that_ends_where_a_like_row_begins_changes_nothing() -> None:
    custody = (
        two_of_three().means("k4").complete("k4")
        .has("ortega", "k4", span("2023-01-01", "2023-04-01"))
        .has("ortega", "k4", span("2023-04-01"))
    )  # fmt: skip
    handed_on = two_of_three().means("k4").complete("k4").has(
        "ortega", "k4", span("2023-01-01", "2023-04-01")
    ).has("adeyemi", "k4", span("2023-04-01"))  # fmt: skip

    assert answer(custody, "unchanged(k4)") is Result.SUPPORTED
    assert answer(handed_on, "unchanged(k4)") is Result.CONTRADICTED


def test_a_copy_handed_out_is_a_change_of_the_key() -> None:
    copied = two_of_three().means("paper", kind="copy", of="k1").complete("paper")

    assert answer(copied, "unchanged(k1)") is Result.SUPPORTED
    copied.has("adeyemi", "paper", span("2023-04-01"))
    assert answer(copied, "unchanged(k1)") is Result.CONTRADICTED


def test_a_copy_whose_holders_are_open_leaves_the_key_open() -> None:
    copied = two_of_three().means("paper", kind="copy", of="k1")

    assert answer(copied, "unchanged(k1)") is Result.UNSUPPORTED


def test_a_change_that_does_not_count_supports_neither() -> None:
    custody = two_of_three().has("adeyemi", "k1", span("2023-04-01"), standing=ProofLevel.NARRATIVE)

    assert answer(custody, "unchanged(k1)") is Result.UNSUPPORTED
    assert answer(custody, "changed(k1)") is Result.UNSUPPORTED


def test_a_subject_no_table_has_or_a_single_day_decides_nothing() -> None:
    assert answer(two_of_three(), "unchanged(operations)") is Result.UNSUPPORTED
    assert answer(two_of_three(), "unchanged(cold)", as_of="2023-03-01") is Result.UNSUPPORTED


def test_an_entity_is_never_listed_whole() -> None:
    assert answer(two_of_three(), "unchanged(northgate)") is Result.UNSUPPORTED


@pytest.mark.parametrize(
    ("subject", "left_out"),
    [("cold", "person:ortega"), ("ortega", "k3"), ("ortega", "person:ortega")],
)
def test_what_may_have_changed_unlisted_is_not_said_to_be_as_it_was(subject, left_out) -> None:
    """A holder's unlisted tie is a change of the wallet; an open key may have come to anybody."""
    custody = two_of_three()
    rows = tuple(row for row in custody.facts.completeness if row.means != left_out)
    custody.facts = replace(custody.facts, completeness=rows)

    assert answer(custody, f"unchanged({subject})") is Result.UNSUPPORTED


def test_a_wallet_nobody_says_anything_about_is_not_unchanged() -> None:
    bare = Custody().wallet("cold").complete("wallet:cold")

    assert answer(bare, "unchanged(cold)") is Result.UNSUPPORTED


def test_a_new_holder_of_what_gives_a_key_is_a_change_of_the_key() -> None:
    custody = two_of_three().means("admin", kind="role").grant("admin", "k1")

    assert answer(custody, "unchanged(k1)") is Result.UNSUPPORTED
    custody.complete("admin")
    assert answer(custody, "unchanged(k1)") is Result.SUPPORTED
    custody.has("adeyemi", "admin", span("2023-04-01"))
    assert answer(custody, "unchanged(k1)") is Result.CONTRADICTED
