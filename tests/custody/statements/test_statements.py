"""A sentence is supported, contradicted or unsupported by the facts, and never by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.statements.results import Judgement, Result, StatementResult
from forthwith.custody.statements.statements import check
from forthwith.domain.period import Period
from tests.builders.custody import Custody, span
from tests.builders.statements import says, two_of_three, with_rows

DAY = "2023-06-12"


def checked(facts: Facts, standing: ProofLevel = ProofLevel.SWORN) -> StatementResult:
    """Return what the facts say to the last sentence."""
    return check(facts, standing=standing)[-1]


def result(custody: Custody, claim: str, as_of: str = DAY, **more: str) -> str:
    """Return the answer to one sentence."""
    return str(checked(says(custody, claim, as_of, **more)).result)


def codes(result: StatementResult) -> set[str]:
    return {flag.code for flag in result.flags}


@pytest.mark.parametrize(
    ("claim", "answer"),
    [
        ("sole_control(northgate)", "supported"),
        ("sole_control(halden)", "contradicted"),
        ("no_access(halden)", "supported"),
        ("no_access(halden, class=customer)", "supported"),
        ("no_access(northgate)", "contradicted"),
        ("can_move(northgate)", "supported"),
        ("can_move(halden)", "contradicted"),
        ("retained(northgate)", "supported"),
        ("retained(halden)", "contradicted"),
        ("no_access(halden, means=k3)", "contradicted"),
        ("no_access(halden, means=k1)", "supported"),
        ("holders(k1) = {ortega}", "supported"),
        ("holders(k1) = {ortega, lindqvist}", "contradicted"),
        ("holders(k1) = {lindqvist}", "contradicted"),
        ("holders(k1) = {}", "contradicted"),
        ("fully_backed(BTC)", "unsupported"),
        ("cannot_verify(BTC)", "unsupported"),
        ("segregated(BTC)", "unsupported"),
        ("no_payment(northgate, halden)", "unsupported"),
        ("never_exercised(halden, wallet=cold)", "unsupported"),
        ('complied(northgate, "the order")', "unsupported"),
    ],
)
def test_a_claim_is_asked_of_the_facts(claim: str, answer: str) -> None:
    assert result(two_of_three(), claim) == answer


def test_what_is_not_closed_is_unsupported_with_the_gap() -> None:
    """k1 may have other holders: then people of Halden may have been two of three."""
    custody = two_of_three()
    rows = tuple(row for row in custody.facts.completeness if row.means != "k1")
    custody.facts = replace(custody.facts, completeness=rows)

    result = checked(says(custody, "no_access(halden)", DAY))

    assert result.result is Result.UNSUPPORTED
    assert any("k1" in missing.fact for gap in result.judgement.gaps for missing in gap)
    assert checked(says(custody, "sole_control(northgate)", DAY)).result is Result.UNSUPPORTED


def test_a_contradiction_names_the_days_the_people_and_the_pages() -> None:
    custody = two_of_three().has("adeyemi", "k1", span("2023-06-01", "2023-07-01"))

    judgement = checked(
        says(custody, "no_access(halden)", start="2023-05-01", end="2023-09-01")
    ).judgement

    assert judgement.result is Result.CONTRADICTED
    assert judgement.when == Period(date(2023, 6, 1), date(2023, 7, 1))
    assert judgement.coalition == ("adeyemi",)
    assert {fact.means for fact in judgement.cited} >= {"k1", "k3"}
    assert all(fact.cites for fact in judgement.cited)


def test_sole_control_is_of_every_wallet_in_scope() -> None:
    """Of a second customer wallet nobody at Northgate can sign."""
    custody = two_of_three().wallet("warm").policy("warm", "k3").complete("wallet:warm")

    judgement = checked(says(custody, "sole_control(northgate, class=customer)", DAY)).judgement

    assert judgement.result is Result.CONTRADICTED
    assert result(custody, "sole_control(northgate, wallet=cold)") == "supported"


def test_can_move_holds_when_it_holds_on_some_day() -> None:
    custody = two_of_three().has("adeyemi", "k1", span("2023-06-01", "2023-07-01"))
    facts = says(custody, "can_move(halden)", start="2023-05-01", end="2023-09-01")

    judgement = checked(facts).judgement

    assert judgement.result is Result.SUPPORTED
    assert judgement.when == Period(date(2023, 6, 1), date(2023, 7, 1))


def test_a_reached_means_makes_a_holder_the_sentence_left_out() -> None:
    """Whoever has the recovery file has the key."""
    custody = (
        two_of_three().means("file", kind="backup", of="k1").has("adeyemi", "file").complete("file")
    )

    assert result(custody, "holders(k1) = {ortega}") == "contradicted"
    assert result(custody, "holders(k1) = {ortega, adeyemi}") == "supported"


def test_a_name_nobody_has_excludes_nothing() -> None:
    """A misspelt entity has no people, and so would be excluded from everything."""
    for claim in ("no_access(haldn)", "no_access(halden, wallet=cod)", "holders(k9) = {}"):
        result = checked(says(two_of_three(), claim, DAY))
        assert result.result is Result.UNSUPPORTED
        assert "There is no" in result.judgement.why


def test_an_entity_may_be_called_by_its_name() -> None:
    custody = two_of_three().entity("brisk", alias_of="halden")

    assert result(custody, "no_access(Halden)") == "supported"
    assert result(custody, "no_access(brisk, means=k3)") == "contradicted"


def test_a_sentence_without_a_claim_or_with_a_bad_one_is_never_supported() -> None:
    assert checked(says(two_of_three(), "", DAY)).result is Result.UNSUPPORTED
    bad = checked(says(two_of_three(), "no_access(", DAY))
    assert bad.result is Result.UNSUPPORTED
    assert "at character" in str(bad.fault)


def test_without_facts_nothing_is_supported() -> None:
    claims = (
        "sole_control(a)", "no_access(a)", "can_move(a)", "retained(a)", "holders(k) = {}",
        "never_used(a, b)", "used(a, b)", "not_affiliated(a, b)", "affiliated(a, b)",
        "unchanged(a)", "changed(a)", "complied(a, b)", "failed(a, b)", "fully_backed(a)",
        "cannot_verify(a)",
    )  # fmt: skip
    facts = Facts()
    for claim in claims:
        facts = says(facts, claim, DAY)

    assert {result.result for result in check(facts)} == {Result.UNSUPPORTED}


def test_a_fact_that_cites_the_same_paper_is_no_evidence() -> None:
    """The sole proof that k1 had no other holder is the declaration that says so."""
    custody = two_of_three()
    facts = says(with_rows(custody.facts, "PAPER1", "completeness"), "no_access(halden)", DAY)

    result = checked(facts)

    assert result.result is Result.UNSUPPORTED
    assert "circular" in codes(result)


def test_a_sworn_fact_of_another_paper_and_a_record_of_the_same_are_evidence() -> None:
    custody = two_of_three()
    other = with_rows(custody.facts, "PAPER7", "completeness")
    record = with_rows(custody.facts, "PAPER1", "completeness", standing=ProofLevel.DOCUMENT)

    for facts in (other, record):
        result = checked(says(facts, "no_access(halden)", DAY))
        assert (result.result, codes(result)) == (Result.SUPPORTED, {"as of"})


def test_a_better_standing_leaves_sworn_facts_open() -> None:
    facts = says(
        with_rows(two_of_three().facts, "PAPER7", "completeness"), "no_access(halden)", DAY
    )

    assert checked(facts, ProofLevel.DOCUMENT).result is Result.UNSUPPORTED


def test_a_sentence_that_stops_being_true_names_the_first_day() -> None:
    custody = two_of_three().has("adeyemi", "k1", span("2023-09-01"))

    result = checked(says(custody, "no_access(halden)", DAY))

    assert result.result is Result.SUPPORTED
    assert result.stale == (date(2023, 9, 1), Result.CONTRADICTED)
    assert any("2023-09-01" in flag.says and "26(e)" in flag.says for flag in result.flags)


def test_a_period_is_held_to_the_days_after_it_too() -> None:
    custody = two_of_three().has("adeyemi", "k1", span("2023-09-01"))
    facts = says(custody, "no_access(halden)", start="2023-03-01", end="2023-04-01")

    assert checked(facts).stale == (date(2023, 9, 1), Result.CONTRADICTED)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"sentence": "My understanding is that nobody else had it."}, "hearsay"),
        ({"sentence": "I am told that it is so."}, "hearsay"),
        ({"basis": "told"}, "hearsay"),
        ({"basis": ""}, "no basis"),
        ({"cites": ()}, "no cites"),
        ({"speaker": "nobody"}, "unknown speaker"),
        ({"standing": ProofLevel.NARRATIVE}, "narrative"),
        ({"days": None}, "no as-of day"),
    ],
)
def test_a_sentence_is_flagged(more: dict[str, object], code: str) -> None:
    sound = checked(says(two_of_three(), "no_access(halden)", DAY))
    day = more.pop("days", DAY) or ""
    result = checked(says(two_of_three(), "no_access(halden)", day, **more))

    assert code not in codes(sound)
    assert code in codes(result)


def test_a_speaker_may_be_named_either_way_round() -> None:
    custody = two_of_three()
    people = tuple(replace(person, name="Marisol Ortega") for person in custody.facts.people[:1])
    facts = replace(custody.facts, people=(*people, *custody.facts.people[1:]))

    result = checked(says(facts, "no_access(halden)", DAY, speaker="Ortega, Marisol"))

    assert "unknown speaker" not in codes(result)


def test_days_named_with_the_answer_are_not_a_later_change() -> None:
    custody = two_of_three().has("adeyemi", "k1", span("2023-06-01", "2023-07-01"))
    facts = says(custody, "can_move(halden)", start="2023-05-01", end="2023-09-01")

    assert checked(facts).stale is None


def test_one_gap_set_settles_every_part_of_the_sentence() -> None:
    """Northgate can sign by hearsay only, and k3 may have been copied."""
    custody = two_of_three()
    rows = tuple(
        replace(possession, standing=ProofLevel.NARRATIVE)
        if possession.person == "ortega"
        else possession
        for possession in custody.facts.possessions
    )
    closed = tuple(row for row in custody.facts.completeness if row.means != "k1")
    facts = replace(custody.facts, possessions=rows, completeness=closed)

    gaps = checked(says(facts, "sole_control(northgate)", DAY)).judgement.gaps

    assert gaps
    assert all(
        any("possessions" in missing.fact for missing in gap)
        and any("k1" in missing.fact for missing in gap)
        for gap in gaps
    )


def test_retained_without_a_signed_message_says_so() -> None:
    assert "no proof of control" in codes(checked(says(two_of_three(), "retained(northgate)", DAY)))


def test_json_has_what_is_printed() -> None:
    custody = two_of_three().has("adeyemi", "k1")

    data = checked(says(custody, "no_access(halden)", DAY)).as_json()

    assert data["answer"] == "contradicted"
    assert data["when"] == {"from": "2023-06-12", "to": "2023-06-13"}
    assert data["coalition"] == ["adeyemi"]
    assert {fact["means"] for fact in data["citations"]} >= {"k1", "k3"}


def test_people_of_two_entities_are_named_beside_a_supported_sole_control() -> None:
    """Ortega is Northgate's and Halden's: "nobody but Northgate" then says less than it seems."""
    custody = two_of_three().tie("ortega", "halden", kind="payer")
    place = custody.facts.affiliations[-1].place

    result = check(says(custody, "sole_control(northgate, wallet=cold)", "2023-05-01"))[0]
    assert result.result is Result.SUPPORTED
    sentences = [flag.says for flag in result.flags if flag.code == "other ties"]
    assert sentences == [
        f"Of its people, some answer to others too: ortega, payer halden ({place})."
    ]


def test_a_sentence_speaks_through_the_end_of_its_last_day() -> None:
    """A list that was complete up to the last day says nothing of that day itself."""
    custody = two_of_three()
    row = replace(
        says(custody, "no_access(halden, wallet=cold)", "2023-05-01").statements[0],
        as_of=None,
        period=Period.parse("2023-02-01", "2023-12-31"),
    )
    whole = replace(custody.facts, statements=(row,))
    longer = replace(
        whole, statements=(replace(row, period=Period.parse("2023-02-01", "2024-01-01")),)
    )

    assert check(whole)[0].result is Result.SUPPORTED
    assert check(longer)[0].result is Result.UNSUPPORTED
    assert any("kept no copy" in says for says in check(whole)[0].judgement.assumed)


def test_books_answer_the_claims_that_are_about_books() -> None:
    """Where books were loaded their answer stands; what they do not know is asked of the facts."""
    facts = says(two_of_three(), "fully_backed(BTC)", DAY)
    said = Judgement(Result.CONTRADICTED, "It was short by 1.0 on 2023-06-12.")

    answered = check(facts, books=lambda claim, _: said if claim.name == "fully_backed" else None)

    assert answered[-1].judgement is said
    assert check(facts, books=lambda *_: None)[-1].result is Result.UNSUPPORTED


def test_what_books_alone_support_needs_no_row_of_another_paper() -> None:
    """A row of facts that cites the same paper takes nothing from what the books show."""
    facts = says(two_of_three(), "cannot_verify(BTC)", DAY)
    facts = with_rows(facts, "PAPER1", "completeness")
    said = Judgement(Result.SUPPORTED, "The books answer 'not shown'.")

    (*_, answered) = check(facts, books=lambda claim, _: said if claim.of[0] == "BTC" else None)

    assert answered.judgement is said
