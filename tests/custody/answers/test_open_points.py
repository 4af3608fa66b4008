"""What would settle that somebody does not belong to the group: a list, a row to fall, or a tie."""

from __future__ import annotations

from dataclasses import replace

from forthwith.custody.answers.answers import Verdict
from tests.builders.custody import Custody, two_of_three

WHEN = "between 1 January and 31 December 2023"


def untied() -> Custody:
    """Return the 2-of-3 wallet with two of the keys in the hands of somebody whom no row ties."""
    custody = two_of_three()
    custody.facts = replace(custody.facts, possessions=())
    return custody.people("wen").has("wen", "k1").has("wen", "k2").has("adeyemi", "k3")


def asked(custody: Custody, who: str) -> tuple[str, str]:
    ((missing,),) = custody.ask(who, "wallet=cold").gaps
    return missing.fact, missing.ask


def test_a_list_of_ties_settles_that_somebody_is_not_of_the_affiliate():
    fact, ask = asked(untied(), "employer=halden")

    assert fact == f"completeness: person:wen {WHEN}"
    assert ask.endswith("and that there was no other tie.")
    custody = untied().complete("person:wen")
    assert custody.ask("employer=halden", "wallet=cold").verdict is Verdict.EXCLUDED


def test_a_list_of_ties_would_show_that_somebody_without_one_can_so_a_tie_is_asked_for():
    """`not employer=northgate`: who has no tie belongs to it, and a list of none would prove it."""
    fact, ask = asked(untied(), "not employer=northgate")

    assert fact == f"affiliations: wen was employed by northgate {WHEN}"
    assert ask == f"Show that wen was employed by northgate {WHEN}."
    custody = untied().complete("person:wen")
    assert custody.ask("not employer=northgate", "wallet=cold").verdict is Verdict.SHOWN
    custody = untied().tie("wen", "northgate")
    assert custody.ask("not employer=northgate", "wallet=cold").verdict is Verdict.EXCLUDED


def test_a_disputed_tie_has_to_fall():
    custody = untied().tie("wen", "halden", disputed=True).tie("wen", "northgate", disputed=True)
    place = custody.facts.affiliations[-2].place

    fact, ask = asked(custody, "employer=halden")
    assert fact == f"affiliations: not {place} {WHEN}; completeness: person:wen {WHEN}"
    assert ask == (
        f"Show that wen did not have the employer halden of {place} {WHEN}, and that wen had no "
        "other tie."
    )
    fact, _ = asked(custody.complete("person:wen"), "employer=halden")
    assert fact == f"affiliations: not {place} {WHEN}"


def test_a_disputed_name_of_the_affiliate_has_to_fall():
    custody = untied().entity("brand", alias_of="halden", disputed=True).tie("wen", "brand")

    _, ask = asked(custody.complete("person:wen"), "employer=halden")
    assert ask == f"Show that brand was no other name of halden {WHEN}."


def test_without_any_list_of_ties_nobody_is_known_to_have_none():
    """A table left out must not turn everybody into a stranger to the affiliate."""
    custody = two_of_three()
    custody.facts = replace(custody.facts, affiliations=())

    answer = custody.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert answer.gaps[0][0].fact.startswith("affiliations and completeness: person:")
    assert "no tie of anybody is listed" in answer.gaps[0][0].why
    assert custody.ask("people=adeyemi", "wallet=cold").verdict is Verdict.EXCLUDED
