"""Rows can show that a vendor was used or that two names are one; that it is not so they cannot."""

from __future__ import annotations

from datetime import date

import pytest

from forthwith.custody.facts.facts import ProofLevel
from forthwith.custody.statements.results import Result
from forthwith.custody.statements.statements import check
from tests.builders.custody import Custody, span
from tests.builders.statements import says, two_of_three

DAY = "2023-06-12"


def with_brisk() -> Custody:
    """Return the sound wallet and a vendor that nothing rests on yet."""
    return (
        two_of_three().entity("brisk").means("brisk-path", kind="vendor_path", label="Brisk desk")
    )


def answer(custody: Custody, claim: str, as_of: str = DAY):
    return check(says(custody, claim, as_of))[-1]


def test_never_used_cannot_be_supported() -> None:
    result = answer(with_brisk(), "never_used(northgate, brisk)")

    assert result.result is Result.UNSUPPORTED
    assert "brisk" in result.judgement.gaps[0][0].ask


@pytest.mark.parametrize(
    "used",
    [
        lambda custody: custody.policy("cold", "brisk-path", "recovery"),
        lambda custody: custody.approval("cold", "brisk-path"),
        lambda custody: custody.approval("cold", "k1", by="brisk-path"),
        lambda custody: custody.grant("brisk-path", "k1"),
        lambda custody: custody.has("ortega", "brisk-path"),
        lambda custody: custody.tie("ortega", "brisk", kind="credential"),
    ],
)
def test_a_row_that_rests_on_the_vendor_contradicts_never_used(used) -> None:
    result = answer(used(with_brisk()), "never_used(northgate, brisk)")

    assert result.result is Result.CONTRADICTED
    assert result.judgement.cited[0].fact.split(":")[0].removesuffix(".csv") in (
        "policies", "approvals", "grants", "possessions", "affiliations",
    )  # fmt: skip
    assert answer(used(with_brisk()), "used(northgate, brisk)").result is Result.SUPPORTED


@pytest.mark.parametrize(
    "idle",
    [
        lambda custody: custody.has("adeyemi", "brisk-path"),
        lambda custody: custody.has("ortega", "brisk-path", standing=ProofLevel.NARRATIVE),
        lambda custody: custody.has("ortega", "brisk-path", span("2023-07-01")),
        lambda custody: custody.policy("cold", "brisk-path", disputed=True),
        lambda custody: custody.means("brisker", kind="vendor_path", label="Brisker").has(
            "ortega", "brisker"
        ),
    ],
)
def test_somebody_elses_a_narrative_a_later_or_a_disputed_row_contradicts_nothing(idle) -> None:
    assert answer(idle(with_brisk()), "never_used(northgate, brisk)").result is Result.UNSUPPORTED


def test_never_reaches_back_before_its_day_and_names_the_later_one() -> None:
    before = with_brisk().has("ortega", "brisk-path", span("2023-02-01", "2023-03-01"))
    after = with_brisk().has("ortega", "brisk-path", span("2023-09-01"))

    assert answer(before, "never_used(northgate, brisk)").result is Result.CONTRADICTED
    assert answer(after, "never_used(northgate, brisk)").stale == (
        date(2023, 9, 1),
        Result.CONTRADICTED,
    )


def test_a_vendor_is_known_by_the_name_it_had() -> None:
    """Brisk was Halden Custody; a row of that time has the old name."""
    custody = (
        two_of_three()
        .entity("brisk", alias_of="halden-custody", period=span("2023-02-01"))
        .means("desk", kind="vendor_path", label="halden-custody desk")
        .has("ortega", "desk", span("2023-01-05", "2023-01-20"))
    )

    assert answer(custody, "never_used(northgate, brisk)").result is Result.CONTRADICTED


def test_an_alias_contradicts_no_affiliation_on_any_day() -> None:
    custody = two_of_three().entity("brisk", alias_of="halden", period=span("2023-02-01"))

    assert answer(custody, "not_affiliated(brisk, halden)").result is Result.CONTRADICTED
    assert answer(custody, "affiliated(halden, brisk)").result is Result.SUPPORTED
    early = answer(custody, "not_affiliated(brisk, halden)", "2023-01-10")
    assert early.result is Result.CONTRADICTED


def test_an_alias_nobody_has_shown_contradicts_nothing() -> None:
    custody = two_of_three().entity("brisk", alias_of="halden", standing=ProofLevel.NARRATIVE)

    assert answer(custody, "not_affiliated(brisk, halden)").result is Result.UNSUPPORTED


def test_people_tied_to_both_at_once_are_named_and_decide_nothing() -> None:
    both = two_of_three().tie("ortega", "halden", kind="payer")
    one_after_the_other = (
        two_of_three().people("diaz").tie("diaz", "northgate", span("2023-01-01", "2023-03-01"))
        .tie("diaz", "halden", span("2023-03-01"))
    )  # fmt: skip

    result = answer(both, "not_affiliated(northgate, halden)")
    assert (result.result, result.judgement.coalition) == (Result.UNSUPPORTED, ("ortega",))
    assert (
        answer(one_after_the_other, "not_affiliated(northgate, halden)").judgement.coalition == ()
    )
