"""Who says that an asset was backed and printed that it was not has said both."""

from __future__ import annotations

from forthwith.custody.statements.own_reports import PrintedShortfall, against
from forthwith.custody.statements.statements import check
from forthwith.domain.period import Period
from tests.builders.statements import says, two_of_three

PRINTED = (PrintedShortfall("2023-06, version 1", "BTC", Period.parse("2023-06-10", "2023-06-19")),)


def flagged(claim: str, as_of: str) -> bool:
    results = check(says(two_of_three(), claim, as_of))
    return "own report" in {flag.code for flag in against(results, PRINTED)[-1].flags}


def test_a_printed_shortfall_is_held_against_who_says_it_was_backed() -> None:
    assert flagged("fully_backed(btc)", "2023-06-12")
    assert not flagged("fully_backed(BTC)", "2023-06-20")
    assert not flagged("fully_backed(ETH)", "2023-06-12")
    assert not flagged("cannot_verify(BTC)", "2023-06-12")
