"""Findings go only where they may, keep their ids, and come back whole from a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.acts import Acts
from forthwith.domain.finding import Finding, Severity
from forthwith.respond import register_file
from forthwith.respond.deficiency.findings import (
    ALLOWED,
    FindingRegister,
    State,
    StepNotAllowedError,
    TrackedFinding,
    UnknownFindingError,
)

LOST = TrackedFinding("FM01", "an attachment is not in the volume", "NGT_00000004", volume="VOL001")
GAP = TrackedFinding("BT04", "2 numbers not produced", "NGT_00000009", volume="VOL001")


def holding(*items: TrackedFinding) -> FindingRegister:
    empty = FindingRegister(Acts())
    return empty.after(empty.added(items), at="2024-03-01")


def test_findings_are_numbered_in_the_order_given() -> None:
    assert {key: each.code for key, each in holding(LOST, GAP).items.items()} == {
        "F-0001": "FM01",
        "F-0002": "BT04",
    }


def test_what_was_found_before_is_not_entered_again_and_no_id_is_used_twice() -> None:
    register = holding(LOST)
    closed = register.after([register.moved("F-0001", State.CLOSED)])
    acts = closed.added([LOST, GAP])

    assert [(act.key, act.body["code"]) for act in acts] == [("F-0002", "BT04")]


def test_a_finding_of_a_check_keeps_all_it_says() -> None:
    found = Finding("FM01", Severity.FATAL, "N1", "D.DAT", 3, "it is lost", "General 4", "send it")
    item = TrackedFinding.of(found, "VOL001")

    assert (item.code, item.severity, item.bates, item.file) == ("FM01", "fatal", "N1", "D.DAT")
    assert (item.message, item.clause, item.cure) == ("it is lost", "General 4", "send it")
    assert (item.volume, item.state) == ("VOL001", State.OPEN)


@pytest.mark.parametrize(
    ("now", "wanted"), [(a, b) for a in State for b in State], ids=lambda each: str(each)
)
def test_a_step_is_taken_only_where_it_is_allowed(now: State, wanted: State) -> None:
    register = holding(TrackedFinding("FM01", "lost", state=now))
    if wanted in ALLOWED[now]:
        moved = register.after([register.moved("F-0001", wanted)])
        assert moved.items["F-0001"].state is wanted
    else:
        with pytest.raises(StepNotAllowedError, match=f"F-0001 is {now}"):
            register.moved("F-0001", wanted)


def test_nothing_is_verified_that_was_not_said_to_be_cured() -> None:
    assert {now for now in State if State.VERIFIED in ALLOWED[now]} == {State.CURED}


def test_an_unknown_id_is_refused_with_those_known() -> None:
    with pytest.raises(UnknownFindingError, match=r"F-0007.*F-0001"):
        holding(LOST).moved("F-0007", State.CURED)


def test_history_keeps_every_step_with_its_day() -> None:
    register = holding(LOST)
    register = register.after(
        [register.moved("F-0001", State.CURED, says="cured", cured_in="VOL002")], at="2024-03-09"
    )

    history = register.ledger.history("finding", "F-0001")
    assert [(act.at, act.body["state"]) for act in history] == [
        ("2024-03-01", "open"),
        ("2024-03-09", "cured"),
    ]
    assert register.counts()["cured"] == 1


WORDS = st.text(max_size=8)
ITEMS = st.builds(
    TrackedFinding,
    code=WORDS, message=WORDS, bates=WORDS, file=WORDS, clause=WORDS, cure=WORDS,
    severity=st.sampled_from(Severity), request=WORDS, volume=WORDS,
    about=st.lists(WORDS, max_size=3).map(tuple), state=st.sampled_from(State), says=WORDS,
    because=WORDS, cured_in=WORDS,
)  # fmt: skip


@given(st.lists(ITEMS, max_size=4))
def test_a_register_comes_back_whole_from_its_file(items: list[TrackedFinding]) -> None:
    kept = register_file.RegisterFile(holding(*items), {"matter": "In re Northgate"})
    again = register_file.read(register_file.write(kept), "deficiency.json")

    assert again.register.items == kept.register.items
    assert list(again.register.ledger) == list(kept.register.ledger)
    assert again.about == kept.about


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form":"forthwith deficiency 1","acts":[{}]}'])
def test_another_file_is_refused_by_name(text: str) -> None:
    with pytest.raises(register_file.NotARegisterError, match=r"other\.json is not a register"):
        register_file.read(text, "other.json")
