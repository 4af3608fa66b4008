"""Witnesses: the facts behind *shown*, however long the way."""

from __future__ import annotations

from forthwith.custody.answers import witness
from forthwith.custody.answers.answers import Verdict
from tests.builders.custody import Custody, two_of_three


def test_a_copy_of_a_copy_of_a_copy_is_followed_to_the_end():
    made, last = two_of_three(), "k2"
    for number in range(1_200):
        made.means(f"c{number}", kind="copy", of=last)
        last = f"c{number}"
    made.has("adeyemi", last)

    answer = made.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.SHOWN
    told = [each.says for each in answer.witness]
    assert told[1:3] == ["c0 is a copy of k2", "c1 is a copy of c0"]
    assert sum("is a copy of" in each for each in told) == 1_200


def test_two_ties_on_one_line_are_both_told():
    """One line of a YAML file may hold them all."""
    from dataclasses import replace

    made = two_of_three().has("adeyemi", "k1").tie("adeyemi", "northgate", kind="payer")
    ties = made.facts.affiliations
    same = tuple(replace(each, row=ties[0].row) for each in ties)
    made.facts = replace(made.facts, affiliations=same)

    answer = made.ask("employer=halden and payer=northgate", "wallet=cold")
    told = {
        each.says.split(":")[0] + ":" + each.says.split(":")[1][:9]
        for each in answer.witness
        if ":" in each.says
    }
    assert told == {"adeyemi: employer", "adeyemi: payer no"}


def test_who_is_counted_for_having_no_tie_is_shown_to_have_none():
    """Without the row that closes the ties, nothing says that Adeyemi is not Northgate's."""
    made = two_of_three().has("adeyemi", "k1")

    answer = made.ask("not tie=northgate", "wallet=cold")
    told = [each.says for each in answer.witness if each.person == "adeyemi"]
    assert "adeyemi: the ties listed are all, from 2023-01-01 to 2024-01-01" in told
    plain = made.ask("tie=halden", "wallet=cold")
    assert not any("ties listed" in each.says for each in plain.witness)


def test_a_long_chain_of_grants_is_walked_once_for_each_person(monkeypatch):
    """Rows may stand in the worst of orders: five thousand of them took minutes."""
    looked = []
    holds = witness._holds
    monkeypatch.setattr(witness, "_holds", lambda *given: looked.append(0) or holds(*given))
    made = Custody().entity("halden").people("ann", "ben").tie("ann", "halden").tie("ben", "halden")
    made.means(*(f"r{number}" for number in range(301)), kind="role")
    for number in range(300):
        made.grant(f"r{number}", f"r{number + 1}")
    made.has("ann", "r0").has("ben", "r1").wallet("cold").policy("cold", "r300")

    answer = made.ask("employer=halden", "wallet=cold")
    assert len(answer.witness) > 300
    assert len(looked) < 10 * 300
