"""Gaps: rows that share a place, and what is too tangled to decide."""

from __future__ import annotations

from dataclasses import replace

from forthwith.custody.answers.circuits import CircuitBuilder, people_network
from forthwith.custody.facts.facts import ProofLevel
from forthwith.domain.fact_tables import FactRow
from tests.builders.custody import day, two_of_three


def test_two_open_rows_on_one_line_are_two_gaps():
    """A YAML file may hold all its rows in one line: to mend one of them is not to mend both."""
    custody = two_of_three().means("c1", "c2", kind="copy", of="k1").complete("c1", "c2")
    custody.has("adeyemi", "c1", disputed=True).has("adeyemi", "c2", disputed=True)
    line = FactRow("possessions", {}, "facts.yaml", 1)
    rows = tuple(replace(possession, row=line) for possession in custody.facts.possessions)
    custody.facts = replace(custody.facts, possessions=rows)

    answer = custody.ask("employer=halden", "wallet=cold")
    (gap,) = answer.gaps
    assert sorted(missing.ask.partition("have ")[2].partition(" within")[0] for missing in gap) == [
        "copy c1", "copy c2",
    ]  # fmt: skip


def mutual(count: int):
    """Return roles that may each give each other, under conditions in words; the first gives k1."""
    custody, roles = two_of_three(), [f"r{number}" for number in range(count)]
    custody.means(*roles, kind="role")
    for role in roles:
        for other in roles:
            if role != other:
                custody.grant(role, other, condition="when told")
    return custody.grant("r0", "k1").has("adeyemi", "r1")


def test_a_circle_of_doubtful_grants_is_not_decided_instead_of_never():
    """Five roles are cut apart in every way; nine would take hours, and the answer stands."""
    few = mutual(5).ask("employer=halden", "wallet=cold")
    assert (len(few.gaps), few.gaps_complete) == (8, True)

    many = mutual(9).ask("employer=halden", "wallet=cold")
    assert (many.verdict, many.gaps, many.gaps_complete) == (few.verdict, (), False)
    assert any("may give each other" in note for note in many.assumed)


def test_a_request_denies_nothing_that_a_listed_grant_gives():
    """The console is had by whoever has the login: "nobody had it" would be untrue."""
    custody = two_of_three().means("console", kind="role").means("login", kind="credential")
    custody.complete("login").grant("login", "console").policy("cold", "console", path="software")

    (gap,) = custody.ask("employer=halden", "wallet=cold").gaps
    assert gap[0].ask == (
        "Show that nobody had role console within reach between 1 January and 31 December 2023, "
        f"but by what {custody.facts.grants[0].place} gives."
    )


def test_where_somebody_was_is_asked_for_where_the_group_is_of_a_place():
    custody = two_of_three().people("wen").has("wen", "k1").has("wen", "k2")
    custody.tie("ortega", "", kind="location", value="US")

    ((missing,),) = custody.ask("location=US", "wallet=cold").gaps
    assert missing.fact.startswith("completeness: person:wen")
    assert ", and where wen was, and that there was no other tie" in missing.ask


def test_no_set_asks_for_the_record_of_a_policy_and_for_proof_that_it_was_none():
    """Nothing else rules the wallet: the row, once shown, would; but then Halden moves by it."""
    custody = two_of_three().wallet("warm").complete("wallet:warm")
    custody.policy("warm", "k3", standing=ProofLevel.NARRATIVE)
    place = custody.facts.policies[-1].place

    gaps = custody.ask("employer=halden", "wallet=warm").gaps
    assert [[missing.fact.partition(" between")[0] for missing in gap] for gap in gaps] == [
        [f"policies: not {place}", "policies and completeness: wallet:warm"]
    ]


def test_a_long_ring_of_grants_is_gone_round_once(monkeypatch):
    """Each of four hundred roles gives the next: not each of them in every round."""
    rounds = []
    once = CircuitBuilder._once
    monkeypatch.setattr(
        CircuitBuilder, "_once", lambda *arguments: rounds.append(0) or once(*arguments)
    )
    custody, roles = two_of_three(), [f"r{number}" for number in range(400)]
    custody.means(*roles, kind="role").complete(*roles).grant("r7", "k1").has("adeyemi", "r0")
    for number, role in enumerate(roles):
        custody.grant(role, roles[(number + 1) % 400])

    network = people_network(custody.facts, "cold", day("2023-05-01"))
    assert network is not None
    assert network.met({"adeyemi": 1})
    assert len(rounds) < 4 * 400
