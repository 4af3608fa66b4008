"""Who held, approved or swore should be a custodian; the days nobody collected are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from forthwith.custody.facts.facts import Facts, Person, ProofLevel
from forthwith.custody.holders import Coverage, Holder, holders, uncollected
from forthwith.domain.fact_tables import FactRow
from forthwith.domain.period import Period, day
from tests.builders.custody import Custody, span
from tests.builders.statements import says, two_of_three

YEAR = span("2023-01-01", "2024-01-01")


def named(facts: Facts | Custody, **names: str) -> Facts:
    """Return the facts with people called something else than their ids."""
    all_facts = facts.facts if isinstance(facts, Custody) else facts
    people = tuple(
        replace(person, name=names.get(person.id, person.name)) for person in all_facts.people
    )
    return replace(all_facts, people=people)


def of(facts: Facts | Custody) -> dict[str, Holder]:
    all_facts = facts.facts if isinstance(facts, Custody) else facts
    return {holder.id: holder for holder in holders(all_facts)}


def covers(custodian: str, period: Period | None = YEAR) -> list[Coverage]:
    """Return all three kinds for one custodian."""
    return [Coverage(custodian, kind, period) for kind in ("mail", "chat", "device")]


def everybody(period: Period = YEAR) -> list[Coverage]:
    return [
        source for name in ("ortega", "lindqvist", "adeyemi") for source in covers(name, period)
    ]


def test_whoever_has_a_row_is_a_holder_with_its_days() -> None:
    by_person = of(two_of_three().people("idle"))

    assert by_person.keys() == {"ortega", "lindqvist", "adeyemi"}
    assert [(span.what, span.period) for span in by_person["ortega"].spans] == [
        ("had k1 (key)", YEAR)
    ]


def test_even_a_narrative_or_disputed_row_makes_a_holder() -> None:
    custody = two_of_three().people("diaz").has("diaz", "k1", standing=ProofLevel.NARRATIVE)

    assert "diaz" in of(custody)


def test_what_is_reached_through_grants_and_copies_counts_on_the_days_of_both() -> None:
    custody = (
        two_of_three().people("diaz")
        .means("role", kind="role").means("file", kind="backup", of="k2")
        .grant("role", "file", span("2023-03-01", "2023-05-01"))
        .grant("k2", "role")
        .has("diaz", "role", span("2023-04-01"))
    )  # fmt: skip

    spans = {span.what: span.period for span in of(custody)["diaz"].spans}

    april = span("2023-04-01", "2023-05-01")
    assert spans["had a way to k2 through role"] == april
    assert spans["had a way to file through role"] == april


def test_an_approver_is_named_as_one() -> None:
    custody = two_of_three().means("mfa", kind="credential").has("ortega", "mfa")

    spans = of(custody.approval("cold", "mfa"))["ortega"].spans

    assert any("mfa" in span.what and "approves transfers of cold" in span.what for span in spans)


def test_who_swore_is_a_holder_by_name_or_not_known_at_all() -> None:
    facts = named(two_of_three(), ortega="Marisol Ortega")
    facts = says(facts, "no_access(halden)", "2023-06-12", speaker="Ortega, Marisol")
    facts = says(facts, "no_access(halden)", speaker="Someone Else")
    facts = says(facts, "no_access(halden)", speaker="Counsel", standing=ProofLevel.NARRATIVE)

    by_person = of(facts)

    assert by_person["ortega"].spans[-1].what == "swore statement S1"
    assert by_person["Someone Else"].spans[0].period is None
    assert "Counsel" not in by_person


def test_whoever_is_covered_throughout_is_not_listed() -> None:
    assert uncollected(two_of_three().facts, everybody()) == ()


def test_no_source_at_all_lists_everybody_with_the_days() -> None:
    gaps = uncollected(two_of_three().facts, [])

    assert [gap.holder.id for gap in gaps] == ["adeyemi", "lindqvist", "ortega"]
    assert gaps[0].missing == dict.fromkeys(("mail", "chat", "device"), (YEAR,))


def test_one_kind_that_nobody_collected_is_named() -> None:
    covered = [
        source for source in everybody() if (source.custodian, source.kind) != ("ortega", "chat")
    ]

    (gap,) = uncollected(two_of_three().facts, covered)

    assert (gap.holder.id, gap.missing) == ("ortega", {"chat": (YEAR,)})


def test_the_days_not_covered_are_named_and_small_ends_are_not_holes() -> None:
    early = everybody(span("2023-01-20", "2023-06-01"))

    gaps = uncollected(two_of_three().facts, early)

    assert gaps[0].missing["mail"] == (span("2023-06-01", "2024-01-01"),)
    exact = uncollected(two_of_three().facts, early, slack=0)
    assert exact[0].missing["mail"][0] == span("2023-01-01", "2023-01-20")


def test_a_short_holding_that_no_source_touches_is_never_small() -> None:
    custody = (
        two_of_three().people("diaz").means("k9")
        .has("diaz", "k9", span("2023-03-01", "2023-03-03"))
    )  # fmt: skip

    gaps = uncollected(custody.facts, [*everybody(), *covers("diaz", span("2023-04-01"))])

    assert [gap.holder.id for gap in gaps] == ["diaz"]


def test_a_holding_that_goes_on_ends_with_the_last_collection() -> None:
    custody = two_of_three().people("diaz").means("k9").has("diaz", "k9", Period(day("2023-01-01")))
    covered = [*everybody(), *covers("diaz")]

    assert uncollected(custody.facts, covered, until=date(2024, 1, 1)) == ()
    (open_end,) = uncollected(custody.facts, covered)
    assert open_end.missing["mail"] == (Period(day("2024-01-01")),)


def test_a_near_name_is_offered_and_not_taken() -> None:
    facts = named(two_of_three(), ortega="Marisol Ortega")
    others = [source for source in everybody() if source.custodian != "ortega"]

    (gap,) = uncollected(facts, [*others, *covers("M. Ortega")])
    assert (gap.holder.id, gap.perhaps) == ("ortega", ("M. Ortega",))
    assert uncollected(facts, [*others, *covers("Ortega, Marisol")]) == ()


def test_two_people_of_one_name_are_told_apart_by_nobody() -> None:
    custody = two_of_three().people("o2").means("k9").has("o2", "k9")
    facts = named(custody, ortega="Marisol Ortega", o2="Marisol Ortega")
    others = [source for source in everybody() if source.custodian != "ortega"]

    gaps = uncollected(facts, [*others, *covers("Ortega, Marisol")])

    assert {gap.holder.id for gap in gaps} == {"ortega", "o2"}
    assert all(gap.perhaps == ("Ortega, Marisol",) for gap in gaps)


def test_documents_without_a_day_cover_no_day() -> None:
    covered = [*everybody(), *covers("diaz", None)]
    custody = two_of_three().people("diaz").means("k9").has("diaz", "k9")

    (gap,) = uncollected(custody.facts, covered)

    assert gap.missing["mail"] == (YEAR,)


def test_a_speaker_without_days_is_missing_only_where_nothing_is_there() -> None:
    row = FactRow("people", {}, "people.csv", 9)
    person = Person(row=row, standing=ProofLevel.DOCUMENT, id="diaz", name="Diaz")
    facts = says(two_of_three(), "no_access(halden)", speaker="diaz")
    facts = replace(facts, people=(*facts.people, person))

    assert uncollected(facts, [*everybody(), *covers("diaz")]) == ()
    (gap,) = uncollected(facts, everybody())
    assert gap.missing == {"mail": (), "chat": (), "device": ()}
