"""Gaps: rows that share a place, and what is too tangled to decide."""

from __future__ import annotations

from dataclasses import replace

from forthwith.custody.answers.circuits import CircuitBuilder, people_network
from forthwith.custody.facts.facts import ProofLevel
from forthwith.domain.fact_tables import FactRow
from tests.builders.custody import day, two_of_three


def test_two_open_rows_on_one_line_are_two_gaps():
    """A YAML file may hold all its rows in one line: to mend one of them is not to mend both."""
    made = two_of_three().means("c1", "c2", kind="copy", of="k1").complete("c1", "c2")
    made.has("adeyemi", "c1", disputed=True).has("adeyemi", "c2", disputed=True)
    line = FactRow("possessions", {}, "facts.yaml", 1)
    rows = tuple(replace(each, row=line) for each in made.facts.possessions)
    made.facts = replace(made.facts, possessions=rows)

    answer = made.ask("employer=halden", "wallet=cold")
    (gap,) = answer.gaps
    assert sorted(each.ask.partition("have ")[2].partition(" within")[0] for each in gap) == [
        "copy c1", "copy c2",
    ]  # fmt: skip


def mutual(count: int):
    """Return roles that may each give each other, under conditions in words; the first gives k1."""
    made, roles = two_of_three(), [f"r{number}" for number in range(count)]
    made.means(*roles, kind="role")
    for one in roles:
        for other in roles:
            if one != other:
                made.grant(one, other, condition="when told")
    return made.grant("r0", "k1").has("adeyemi", "r1")


def test_a_circle_of_doubtful_grants_is_not_decided_instead_of_never():
    """Five roles are cut apart in every way; nine would take hours, and the answer stands."""
    few = mutual(5).ask("employer=halden", "wallet=cold")
    assert (len(few.gaps), few.gaps_complete) == (8, True)

    many = mutual(9).ask("employer=halden", "wallet=cold")
    assert (many.verdict, many.gaps, many.gaps_complete) == (few.verdict, (), False)
    assert any("may give each other" in each for each in many.assumed)


def test_a_request_denies_nothing_that_a_listed_grant_gives():
    """The console is had by whoever has the login: "nobody had it" would be untrue."""
    made = two_of_three().means("console", kind="role").means("login", kind="credential")
    made.complete("login").grant("login", "console").policy("cold", "console", path="software")

    (gap,) = made.ask("employer=halden", "wallet=cold").gaps
    assert gap[0].ask == (
        "Show that nobody had role console within reach between 1 January and 31 December 2023, "
        f"but by what {made.facts.grants[0].place} gives."
    )


def test_where_somebody_was_is_asked_for_where_the_group_is_of_a_place():
    made = two_of_three().people("wen").has("wen", "k1").has("wen", "k2")
    made.tie("ortega", "", kind="location", value="US")

    ((missing,),) = made.ask("location=US", "wallet=cold").gaps
    assert missing.fact.startswith("completeness: person:wen")
    assert ", and where wen was, and that there was no other tie" in missing.ask


def test_no_set_asks_for_the_record_of_a_policy_and_for_proof_that_it_was_none():
    """Nothing else rules the wallet: the row, once shown, would; but then Halden moves by it."""
    made = two_of_three().wallet("warm").complete("wallet:warm")
    made.policy("warm", "k3", standing=ProofLevel.NARRATIVE)
    place = made.facts.policies[-1].place

    gaps = made.ask("employer=halden", "wallet=warm").gaps
    assert [[each.fact.partition(" between")[0] for each in gap] for gap in gaps] == [
        [f"policies: not {place}", "policies and completeness: wallet:warm"]
    ]


def test_a_long_ring_of_grants_is_gone_round_once(monkeypatch):
    """Each of four hundred roles gives the next: not each of them in every round."""
    rounds = []
    once = CircuitBuilder._once
    monkeypatch.setattr(CircuitBuilder, "_once", lambda *given: rounds.append(0) or once(*given))
    made, roles = two_of_three(), [f"r{number}" for number in range(400)]
    made.means(*roles, kind="role").complete(*roles).grant("r7", "k1").has("adeyemi", "r0")
    for number, role in enumerate(roles):
        made.grant(role, roles[(number + 1) % 400])

    network = people_network(made.facts, "cold", day("2023-05-01"))
    assert network is not None
    assert network.met({"adeyemi": 1})
    assert len(rounds) < 4 * 400
