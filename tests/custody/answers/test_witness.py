"""Witnesses: the facts behind *shown*, however long the way."""

from __future__ import annotations

from forthwith.custody.answers import witness
from forthwith.custody.answers.answers import Verdict
from tests.builders.custody import Custody, two_of_three


def test_a_copy_of_a_copy_of_a_copy_is_followed_to_the_end():
    custody, last = two_of_three(), "k2"
    for number in range(1_200):
        custody.means(f"c{number}", kind="copy", of=last)
        last = f"c{number}"
    custody.has("adeyemi", last)

    answer = custody.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.SHOWN
    sentences = [fact.says for fact in answer.witness]
    assert sentences[1:3] == ["c0 is a copy of k2", "c1 is a copy of c0"]
    assert sum("is a copy of" in sentence for sentence in sentences) == 1_200


def test_two_ties_on_one_line_are_both_told():
    """One line of a YAML file may hold them all."""
    from dataclasses import replace

    custody = two_of_three().has("adeyemi", "k1").tie("adeyemi", "northgate", kind="payer")
    ties = custody.facts.affiliations
    same = tuple(replace(tie, row=ties[0].row) for tie in ties)
    custody.facts = replace(custody.facts, affiliations=same)

    answer = custody.ask("employer=halden and payer=northgate", "wallet=cold")
    by_fact = {
        fact.says.split(":")[0] + ":" + fact.says.split(":")[1][:9]
        for fact in answer.witness
        if ":" in fact.says
    }
    assert by_fact == {"adeyemi: employer", "adeyemi: payer no"}


def test_who_is_counted_for_having_no_tie_is_shown_to_have_none():
    """Without the row that closes the ties, nothing says that Adeyemi is not Northgate's."""
    custody = two_of_three().has("adeyemi", "k1")

    answer = custody.ask("not tie=northgate", "wallet=cold")
    sentences = [fact.says for fact in answer.witness if fact.person == "adeyemi"]
    assert "adeyemi: the ties listed are all, from 2023-01-01 to 2024-01-01" in sentences
    plain = custody.ask("tie=halden", "wallet=cold")
    assert not any("ties listed" in fact.says for fact in plain.witness)


def test_a_long_chain_of_grants_is_walked_once_for_each_person(monkeypatch):
    """Rows may stand in the worst of orders: five thousand of them took minutes."""
    looked = []
    holds = witness._holds
    monkeypatch.setattr(witness, "_holds", lambda *arguments: looked.append(0) or holds(*arguments))
    custody = (
        Custody().entity("halden").people("ann", "ben").tie("ann", "halden").tie("ben", "halden")
    )
    custody.means(*(f"r{number}" for number in range(301)), kind="role")
    for number in range(300):
        custody.grant(f"r{number}", f"r{number + 1}")
    custody.has("ann", "r0").has("ben", "r1").wallet("cold").policy("cold", "r300")

    answer = custody.ask("employer=halden", "wallet=cold")
    assert len(answer.witness) > 300
    assert len(looked) < 10 * 300
