"""What is of something else: shares of a key, copies and bearers of it, and the key behind them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forthwith.custody.answers.answers import Verdict
from forthwith.custody.facts.facts import ProofLevel
from forthwith.custody.pictures.graph import graph
from tests.builders.custody import Custody, span, two_of_three


def shared() -> Custody:
    """Return a 2-of-3 wallet whose k1 is cut into three shares, two of them with Halden's man."""
    custody = (
        two_of_three().means("s1", "s2", "s3", kind="share", of="k1").complete("s1", "s2", "s3")
    )
    return custody.has("adeyemi", "s1").has("adeyemi", "s2").has("ortega", "s3")


def test_shares_without_a_grant_may_give_the_key_any_two_of_them():
    """One alone is never enough; only a row that says what the ways are settles how many are."""
    custody = (
        two_of_three().means("s1", "s2", "s3", kind="share", of="k1").complete("s1", "s2", "s3")
    )

    custody.has("adeyemi", "s1")
    assert custody.ask("employer=halden", "wallet=cold").verdict is Verdict.EXCLUDED
    custody.has("adeyemi", "s2")
    answer = custody.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert [missing.fact for missing in answer.gaps[0]] == [
        "completeness: ways:k1 between 1 January and 31 December 2023"
    ]
    custody.grant("3 of (s1, s2, s3)", "k1")
    assert custody.ask("employer=halden", "wallet=cold").verdict is Verdict.NOT_SHOWN
    custody.complete("ways:k1")
    assert custody.ask("employer=halden", "wallet=cold").verdict is Verdict.EXCLUDED


@pytest.mark.parametrize(
    "mark",
    [{"standing": ProofLevel.NARRATIVE}, {"disputed": True}, {"condition": "if it is sealed"}],
)
def test_a_grant_that_is_not_relied_on_does_not_say_how_many_shares_it_takes(mark):
    """Counsel's word that it takes three must not turn "not shown" into "excluded"."""
    custody = shared().grant("3 of (s1, s2, s3)", "k1", **mark)

    answer = custody.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert [missing.fact.split(" between")[0] for missing in answer.gaps[0]] == [
        "completeness: ways:k1"
    ]
    custody.grant("3 of (s1, s2, s3)", "k1").complete("ways:k1")
    assert custody.ask("employer=halden", "wallet=cold").verdict is Verdict.EXCLUDED


def test_a_share_on_poor_authority_may_be_the_whole_key():
    """The other side says that the card holds all of k1; the row that calls it a share is open."""
    custody = two_of_three().means("s1", kind="share", of="k1", disputed=True).complete("s1")
    custody.has("adeyemi", "s1")

    answer = custody.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert "no more than a share of k1" in answer.gaps[0][0].why
    assert custody.ask("employer=halden", "wallet=cold", accept_disputed=True).verdict is (
        Verdict.EXCLUDED
    )


def test_a_key_said_to_be_of_another_may_give_it():
    """Nobody says whether it is derived from k1, or k1 under another name."""
    custody = two_of_three().means("k1-laptop", of="k1").complete("k1-laptop")
    custody.has("adeyemi", "k1-laptop")

    answer = custody.ask("employer=halden", "wallet=cold")
    assert answer.verdict is Verdict.NOT_SHOWN
    assert answer.gaps[0][0].ask.startswith("Show that whoever had key k1-laptop did not by that")


def cut() -> Custody:
    """Return a wallet that asks for two of three shares of a key, which is whole in a backup."""
    custody = (
        Custody().entity("northgate").entity("halden").people("ortega", "adeyemi")
        .tie("ortega", "northgate").tie("adeyemi", "halden")
        .complete("person:ortega", "person:adeyemi")
        .means("key").means("s1", "s2", "s3", kind="share", of="key")
        .means("backup", kind="backup", of="key")
    )  # fmt: skip
    custody.has("ortega", "s1").has("ortega", "s2").has("adeyemi", "s3")
    custody.wallet("cold").policy("cold", "2 of (s1, s2, s3)").complete("wallet:cold")
    return custody.complete("key", "backup", "s1", "s2", "s3")


def test_who_has_the_whole_key_needs_no_share_of_it():
    """The policy names the shares; a backup of all of it opens the wallet no less."""
    assert cut().ask("employer=halden", "wallet=cold").verdict is Verdict.EXCLUDED

    custody = cut().has("adeyemi", "backup")
    assert custody.ask("employer=halden", "wallet=cold").verdict is Verdict.NOT_SHOWN


def test_who_has_the_seed_needs_not_the_device_a_policy_names():
    """2 of (laptop, phone, card): a seed on paper signs as its card does."""
    custody = two_of_three().means("d1", kind="device", of="k1").means("d2", kind="device", of="k2")
    custody.means("d3", kind="device", of="k3").complete("d1", "d2", "d3").wallet("warm")
    custody.policy("warm", "2 of (d1, d2, d3)").complete("wallet:warm")

    assert custody.ask("employer=halden", "wallet=warm").verdict is Verdict.EXCLUDED
    custody.means("seed-2", kind="backup", of="k2").complete("seed-2").has("adeyemi", "seed-2")
    assert custody.ask("employer=halden", "wallet=warm").verdict is Verdict.NOT_SHOWN


def test_a_whole_nobody_closed_is_asked_for_by_name():
    custody = cut()
    rows = tuple(row for row in custody.facts.completeness if row.means != "backup")
    custody.facts = replace(custody.facts, completeness=rows)

    assert [gap[0].ask.split(" between")[0] for gap in custody.ask("employer=halden").gaps] == [
        "Show that no copy of backup backup existed",
        "Show that whoever had key key could not by that alone do what s1, s2 and s3 did",
    ]


def test_having_the_whole_is_not_having_the_part():
    """`holders(s1)` speaks of the share itself; what a policy may do without is another matter."""
    custody = cut().has("adeyemi", "backup")

    assert custody.ask("employer=halden", "means=s1").verdict is Verdict.EXCLUDED


def test_who_has_the_role_a_console_is_of_may_set_approvals_aside():
    custody = two_of_three().means("role", kind="role").means("console", kind="device", of="role")
    custody.policy("cold", "k3", path="software")
    custody.approval("cold", "k1", by="console", period=span("2022-12-31"))
    custody.complete("role", "console")

    assert custody.ask("employer=halden", "path=software").verdict is Verdict.EXCLUDED
    custody.has("adeyemi", "role")
    assert custody.ask("employer=halden", "path=software").verdict is Verdict.NOT_SHOWN


def test_the_picture_shows_the_key_that_stands_in_for_its_shares():
    drawn = graph(cut().has("adeyemi", "backup").facts, "cold", date(2023, 5, 1))

    stands = {(edge.source, edge.target) for edge in drawn.edges if edge.says.startswith("may st")}
    assert stands == {("means:key", f"means:{share}") for share in ("s1", "s2", "s3")}
    assert "means:backup" in {node.id for node in drawn.nodes}
