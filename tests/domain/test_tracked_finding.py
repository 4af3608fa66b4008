"""A finding put to a party takes only the steps there are, and its acts keep their keys."""

from __future__ import annotations

from typing import Any

import pytest

from forthwith.domain.act_bodies import BodyError
from forthwith.domain.finding import Finding, Severity
from forthwith.domain.tracked_finding import ALLOWED, State, StepNotAllowedError, TrackedFinding

LOST = Finding(
    "FM01",
    Severity.FATAL,
    "an attachment is not in the volume",
    "SEC Data Delivery Standards 8/2021, General 4",
    "Produce it.",
    bates="NGT_00000004",
    file="DATA/VOL001.DAT",
    volume="VOL001",
)
#: What an earlier version wrote into a journal or a deficiency.json.
BODY: dict[str, Any] = {
    "code": "FM01",
    "message": "an attachment is not in the volume",
    "bates": "NGT_00000004",
    "file": "DATA/VOL001.DAT",
    "clause": "SEC Data Delivery Standards 8/2021, General 4",
    "cure": "Produce it.",
    "request": "",
    "volume": "VOL001",
    "says": "cured",
    "because": "NGT_00000004 is in VOL002",
    "cured_in": "VOL002",
    "severity": "fatal",
    "about": [],
    "state": "verified",
}
TRACKED = TrackedFinding(LOST, State.VERIFIED, "cured", "NGT_00000004 is in VOL002", "VOL002")


def test_a_body_has_the_keys_it_always_had() -> None:
    """Journals and registers of earlier versions are read, and read ours."""
    assert TrackedFinding.from_body("F-0001", BODY) == TRACKED
    assert list(TRACKED.body().items()) == list(BODY.items())


def test_a_key_nobody_knows_is_refused() -> None:
    with pytest.raises(BodyError, match=r"finding 'F-0001': nothing here knows \['mood'\]"):
        TrackedFinding.from_body("F-0001", {**BODY, "mood": "bad"})


@pytest.mark.parametrize(
    ("now", "wanted"), [(a, b) for a in State for b in State], ids=lambda state: str(state)
)
def test_a_step_is_taken_only_where_it_is_allowed(now: State, wanted: State) -> None:
    tracked = TrackedFinding(LOST, now)
    if wanted in ALLOWED[now]:
        assert tracked.moved("F-0001", wanted).state is wanted
    else:
        with pytest.raises(StepNotAllowedError, match=f"F-0001 is {now}"):
            tracked.moved("F-0001", wanted)


def test_nothing_is_verified_that_was_not_said_to_be_cured() -> None:
    assert {now for now in State if State.VERIFIED in ALLOWED[now]} == {State.CURED}


@pytest.mark.parametrize(
    ("place", "where"),
    [
        ({"bates": "N0001", "request": "RFPs/1", "volume": "VOL001"}, "N0001"),
        ({"request": "RFPs/1", "file": "log.csv"}, "RFPs/1"),
        ({"file": "log.csv", "about": ("P-1",)}, "log.csv"),
        ({"about": ("P-1", "basis")}, "P-1"),
        ({}, ""),
    ],
)
def test_a_finding_is_looked_up_where_it_is(place: dict[str, Any], where: str) -> None:
    assert Finding("PL04", Severity.MAJOR, "no basis", "", "", **place).where == where
