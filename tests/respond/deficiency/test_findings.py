"""Findings keep their ids and their history, and come back whole from a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.acts import Acts
from forthwith.domain.finding import Finding, Severity
from forthwith.domain.tracked_finding import State, StepNotAllowedError, TrackedFinding
from forthwith.respond.deficiency.findings import (
    FindingRegister,
    NotARegisterError,
    RegisterFile,
    UnknownFindingError,
)
from forthwith.standards import catalogue

LOST = catalogue.finding("FM01", "an attachment is lost", bates="NGT_00000004", volume="VOL001")
GAP = catalogue.finding("BT04", "2 numbers not produced", bates="NGT_00000009", volume="VOL001")


def holding(*findings: Finding) -> FindingRegister:
    empty = FindingRegister(Acts())
    return empty.after(empty.added(findings), at="2024-03-01")


def test_findings_are_numbered_in_the_order_given() -> None:
    assert {key: item.finding.code for key, item in holding(LOST, GAP).items.items()} == {
        "F-0001": "FM01",
        "F-0002": "BT04",
    }


def test_what_was_found_before_is_not_entered_again_and_no_id_is_used_twice() -> None:
    register = holding(LOST)
    closed = register.after([register.moved("F-0001", State.CLOSED)])
    acts = closed.added([LOST, GAP])

    assert [(act.key, act.body["code"]) for act in acts] == [("F-0002", "BT04")]


def test_a_finding_keeps_all_it_says_but_its_row() -> None:
    """The row is that of one load file; the next has another."""
    finding = Finding(
        "FM01", Severity.FATAL, "it is lost", "General 4", "send it", bates="N1", file="D.DAT",
        row=3, volume="VOL001",
    )  # fmt: skip
    [item] = holding(finding).items.values()

    assert item.state is State.OPEN
    assert item.finding == Finding(
        "FM01", Severity.FATAL, "it is lost", "General 4", "send it", bates="N1", file="D.DAT",
        volume="VOL001",
    )  # fmt: skip


def test_a_step_that_is_none_is_refused() -> None:
    register = holding(LOST)

    with pytest.raises(StepNotAllowedError, match="F-0001 is open and cannot become verified"):
        register.moved("F-0001", State.VERIFIED)


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
FINDINGS = st.builds(
    Finding,
    code=WORDS, severity=st.sampled_from(Severity), message=WORDS, clause=WORDS, cure=WORDS,
    bates=WORDS, file=WORDS, request=WORDS, volume=WORDS,
    about=st.lists(WORDS, max_size=3).map(tuple),
)  # fmt: skip
TRACKED = st.builds(
    TrackedFinding, finding=FINDINGS, state=st.sampled_from(State), says=WORDS, because=WORDS,
    cured_in=WORDS,
)  # fmt: skip


@given(TRACKED)
def test_a_finding_comes_back_from_its_act(item: TrackedFinding) -> None:
    assert TrackedFinding.from_body("F-0001", item.body()) == item


@given(st.lists(FINDINGS, max_size=4))
def test_a_register_comes_back_whole_from_its_file(findings: list[Finding]) -> None:
    kept = RegisterFile(holding(*findings), {"matter": "In re Northgate"})
    again = RegisterFile.read(kept.write(), "deficiency.json")

    assert again.register.items == kept.register.items
    assert list(again.register.ledger) == list(kept.register.ledger)
    assert again.about == kept.about


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form":"forthwith deficiency 1","acts":[{}]}'])
def test_another_file_is_refused_by_name(text: str) -> None:
    with pytest.raises(NotARegisterError, match=r"other\.json is not a register"):
        RegisterFile.read(text, "other.json")
