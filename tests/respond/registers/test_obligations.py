"""How an obligation stands follows from acts, from pages that can be looked up, and from a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forthwith.domain.acts import Act
from forthwith.domain.obligations import OBLIGATION
from forthwith.domain.requests import DueDay
from forthwith.respond.registers import obligations as room
from forthwith.respond.registers.citations import UnresolvedCitation
from forthwith.respond.registers.obligations import DutyRegister
from tests.builders.ordered import CLAWED_BACK, NAME, entered, obligation, order, register

AMENDED = date(2024, 7, 19)
DOUBTFUL = DueDay(date(2023, 7, 3), "r", (), (date(2023, 7, 3), date(2023, 7, 5)), "a closure")


def states(held: DutyRegister) -> list[str]:
    return [str(each.state) for each in held.standings]


@pytest.mark.parametrize(
    ("evidence", "attestor", "state"),
    [
        ((), "", "open"),
        ((), "Ortega", "open"),
        (("ABC0001",), "", "evidenced"),
        (("ABC0001-ABC0009",), "Ortega", "attested"),
        (("ABC0010",), "Ortega", "open"),
        (("a letter of 3 May",), "Ortega", "open"),
        (("ABC0010", "ABC0002"), "", "evidenced"),
    ],
)
def test_only_pages_that_can_be_looked_up_are_evidence(
    evidence: tuple[str, ...], attestor: str, state: str
) -> None:
    """ABC0010 went out once and was withdrawn; what is no page of ours nobody can look up."""
    made = obligation("1", evidence=evidence, attestor=attestor)

    assert states(register(*entered(made))) == [state]


def test_evidence_clawed_back_turns_red_and_the_obligation_open() -> None:
    acts = entered(obligation("1", evidence=("ABC0004-ABC0005",), attestor="Ortega"))

    assert states(register(*acts)) == ["attested"]
    (standing,) = register(*acts, shelf=CLAWED_BACK).standings
    assert (standing.state, standing.evidence) == ("open", ())
    assert standing.unresolved == (
        UnresolvedCitation(
            "ABC0004-ABC0005",
            "was withdrawn: its document is claimed as privileged and withheld",
        ),
    )


def test_it_is_late_only_after_the_last_day_it_may_have_been_due() -> None:
    (standing,) = register(*entered(obligation("1", due=DOUBTFUL))).standings

    assert [standing.late(date(2023, 7, day)) for day in (3, 5, 6)] == [False, False, True]


@pytest.mark.parametrize("changes", [{"due": None}, {"evidence": ("ABC0001",)}])
def test_without_a_day_or_with_evidence_it_is_never_late(changes: dict) -> None:
    held = register(*entered(obligation("1", **changes)))

    assert held.late(date(2099, 1, 1)) == ()


def amended() -> list[Act]:
    """Obligations 1 and 2, and an order of July 2024 whose A takes the place of 2."""
    later = obligation("A", "Amended", supersedes=(f"{NAME}/2",), due=None)
    first = entered(obligation("1"), obligation("2"))
    return [*first, *entered(later, name="Amended", day=AMENDED, amends=NAME)]


def test_an_amendment_retires_only_the_rows_it_names() -> None:
    held = register(*amended())

    assert states(held) == ["open", "superseded", "open"]
    assert held.find(f"{NAME}/2").superseded_by == ("Amended/A",)
    assert [each.obligation.key for each in held.late(AMENDED)] == [f"{NAME}/1"]


def test_before_an_amendment_was_entered_what_it_retires_still_stood() -> None:
    held = register(*amended())

    assert states(held.on(date(2024, 7, 18))) == ["open", "open"]
    assert [len(held.on(day).late(day)) for day in (date(2024, 7, 18), AMENDED)] == [2, 1]
    assert held.on(AMENDED) == held


def test_superseding_stays_when_what_supersedes_is_superseded() -> None:
    last = obligation("Z", "Third", supersedes=("Amended/A",))
    held = register(*amended(), *entered(last, name="Third", day=AMENDED, amends="Amended"))

    assert states(held) == ["open", "superseded", "superseded", "open"]


def test_attesting_keeps_what_is_not_given_and_the_history() -> None:
    acts = entered(obligation("1", note="ask Lindqvist"))
    first = register(*acts).find("1")
    acts.append(room.attested(first, evidence=["ABC0001"], attestor=" Ortega "))
    acts.append(room.attested(register(*acts).find("1"), note="done"))
    standing = register(*acts).find("1")

    assert standing.state == "attested"
    assert standing.obligation == replace(
        first.obligation, evidence=("ABC0001",), attestor="Ortega", note="done"
    )
    assert [each.note for each in standing.history] == ["ask Lindqvist", "ask Lindqvist", "done"]
    acts.append(room.attested(standing, evidence=[], attestor=""))
    assert states(register(*acts)) == ["open"]


def test_what_stands_is_never_in_the_act() -> None:
    (act,) = [each for each in entered(obligation("1")) if each.kind == OBLIGATION]

    assert act.body.keys().isdisjoint({"state", "late", "red", "superseded_by"})


def test_an_obligation_is_found_by_key_or_by_a_number_that_one_order_has() -> None:
    held = register(*amended())

    assert held.find("consent  order/1").obligation.number == "1"
    assert held.find("a").obligation.key == "Amended/A"
    with pytest.raises(room.UnknownObligationError, match="lists them all"):
        held.find("3")
    both = register(*amended(), *entered(obligation("1", "Third"), name="Third"))
    with pytest.raises(room.UnknownObligationError, match="Consent Order/1, Third/1"):
        both.find("1")


def test_obligations_of_one_order_come_in_the_order_of_its_rows() -> None:
    held = register(*amended())

    assert [each.obligation.number for each in held.of(NAME)] == ["1", "2"]
    assert held.order("consent order") == order()
    with pytest.raises(room.UnknownOrderError, match="It has: Consent Order, Amended"):
        held.order("Stipulation")


def test_a_new_order_has_a_name_of_its_own_and_amends_an_earlier_one() -> None:
    held = register(*amended())

    assert room.admitted(held, order(" Third  order", AMENDED, "consent order")) == order(
        "Third order", AMENDED, NAME
    )
    with pytest.raises(room.OrderExistsError, match="--amends 'Consent Order'"):
        room.admitted(held, order("CONSENT ORDER"))
    with pytest.raises(room.UnknownOrderError, match="'Stipulation'"):
        room.admitted(held, order("Third", AMENDED, "Stipulation"))
    with pytest.raises(room.AmendsLaterError, match="entered 2023-06-17, cannot amend Amended"):
        room.admitted(held, order("Third", amends="Amended"))


@pytest.mark.parametrize("name", ["", "  ", "Order 1/2", "One; two"])
def test_a_name_that_keys_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(room.OrderNameError):
        room.admitted(register(), order(name))


def test_an_empty_ledger_has_no_obligation() -> None:
    held = register()

    assert (held.orders, held.standings, held.late(date(2099, 1, 1))) == ({}, (), ())
