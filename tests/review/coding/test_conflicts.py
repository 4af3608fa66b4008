"""Conflicts: each kind with its cure, and what is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forthwith.domain.coding import Coding
from forthwith.domain.documents import ControlNumber
from forthwith.review.coding import conflicts
from forthwith.review.coding.conflicts import ConflictKind, Facts, Whole
from forthwith.review.coding.related import Related
from forthwith.review.privilege.claims import Basis, Claim, Treatment
from forthwith.review.privilege.near_duplicates import Text
from tests.builders.reviewed import Member, coding, columns, control, ours

A, B, C = control(0), control(1), control(2)
YES = {"responsive": "yes", "privilege": "none"}
WITHHELD = {"responsive": "yes", "privilege": "attorney-client", "note": "advice"}


def facts(members: list[Member], bodies: Mapping[int, Mapping[str, Any]], **more: Any) -> Facts:
    """Return what conflicts are computed from; bodies by place."""
    codings: dict[str, Coding] = {
        control(place): coding(control(place), body, f"user{place}")
        for place, body in bodies.items()
    }
    return Facts(Related.of(columns(members)), codings, ours, **more)


def claim(number: str, **more: Any) -> dict[ControlNumber, Claim]:
    """Return one claim that stands, by its number."""
    key = ControlNumber(number)
    return {key: Claim(key, (Basis.ATTORNEY_CLIENT,), "Advice", **more)}


def kinds(of: Facts) -> list[ConflictKind]:
    """Return the kinds found."""
    return [row.kind for row in conflicts.conflicts(of)]


COPIES = [Member(0, group=4), Member(1, group=4), Member(2)]
FAMILY = [Member(0), Member(0), Member(1)]


@pytest.mark.parametrize("mark", [{"responsive": "no"}, {"hot": True}, {"privilege": "none"}, {}])
def test_copies_coded_apart(mark: dict[str, Any]) -> None:
    plain = {"responsive": "no", "issues": ("keys",)}
    bodies = {0: plain | {"note": "x"}, 1: plain | {"note": "y"} | mark}

    expected = [] if mark in ({}, {"responsive": "no"}) else [ConflictKind.COPIES]

    assert [kind for kind in kinds(facts(COPIES, bodies)) if kind.stops] == expected


def test_copies_coded_apart_say_what_by_whom_and_what_to_do() -> None:
    (row,) = conflicts.conflicts(facts(COPIES, {0: YES, 1: {"responsive": "no"}}))

    assert row.documents == (A, B)
    assert row.marks == ("responsive", "privilege")
    assert row.message == (
        f"{A}, {B} are copies and coded apart: responsive is yes on {A} (user0), no on {B} (user1);"
        f" privilege is none on {A} (user0), not set on {B} (user1)."
    )
    assert row.cure.endswith(f"forthwith code {A} {B} responsive=… privilege=… --because …")


def test_a_copy_nobody_coded_is_no_conflict() -> None:
    assert kinds(facts(COPIES, {0: YES, 2: {"responsive": "no"}})) == []


def test_theirs_and_ours_are_coded_by_themselves() -> None:
    members = [Member(0, group=4), Member(1, group=4, theirs=True)]

    assert kinds(facts(members, {0: YES, 1: {"responsive": "no"}})) == []


def test_equal_bytes_in_other_families_must_agree_in_privilege_alone() -> None:
    of = facts(FAMILY, {1: WITHHELD, 2: YES})
    same = replace(of.related.columns, content=np.array([-1, 0, 0], np.int32))
    apart = replace(of, related=Related.of(same))
    agreed = facts(FAMILY, {1: YES, 2: {"responsive": "no", "privilege": "none"}})

    assert kinds(apart) == [ConflictKind.COPIES]
    assert kinds(replace(agreed, related=Related.of(same))) == []


def test_a_family_of_which_a_part_is_withheld_wants_a_decision() -> None:
    of = facts(FAMILY, {0: YES, 1: WITHHELD})

    (row,) = conflicts.conflicts(of)

    assert (row.kind, row.documents) == (ConflictKind.FAMILY, (B, A))
    assert f"forthwith privilege claim {B}" in row.cure
    assert kinds(replace(of, claims=claim(B))) == [ConflictKind.FAMILY]
    assert kinds(replace(of, claims=claim(B, part=True, because="agreed"))) == []


@pytest.mark.parametrize(
    "bodies",
    [
        {0: WITHHELD, 1: WITHHELD},
        {0: {"responsive": "no"}, 1: WITHHELD},
        {0: YES, 2: WITHHELD},
        {0: YES, 1: YES},
    ],
    ids=["whole withheld", "rest not responsive", "another family", "nothing withheld"],
)
def test_a_family_that_is_decided_is_no_conflict(bodies: dict[int, dict[str, Any]]) -> None:
    assert kinds(facts(FAMILY, bodies)) == []


def test_a_claim_of_a_document_nobody_coded_counts() -> None:
    assert kinds(facts(FAMILY, {0: YES}, claims=claim(B))) == [ConflictKind.FAMILY]
    redacted = claim(B, treatment=Treatment.REDACTED)
    withdrawn = claim(B, treatment=Treatment.WITHDRAWN, because="a slip")
    assert kinds(facts(FAMILY, {0: YES}, claims=redacted)) == []
    assert kinds(facts(FAMILY, {0: YES}, claims=withdrawn)) == []


def test_a_redacted_document_whose_copy_goes_out_whole() -> None:
    (row,) = conflicts.conflicts(facts(COPIES, {}, whole=[Whole(B, A, "the same file")]))

    assert row.kind.stops
    assert row.message == f"{A} is redacted, and {B} would go out whole: the same file."


def test_what_goes_out_whole_beside_a_redacted_document_is_found_as_twins_are() -> None:
    words = "The second key lies in the box of the bank in Halden until the spring of next year."
    redacted = [Text(ControlNumber(A), words, 0, "a" * 64)]
    others = [
        Text(ControlNumber(B), words, 0, "b" * 64),
        Text(ControlNumber(C), "Lunch at noon in the usual place, all of us.", 0, "c" * 64),
    ]

    assert conflicts.whole_beside(redacted, others) == [Whole(B, A, "the same text")]


def test_a_privilege_mark_wants_a_reason() -> None:
    bare = {"responsive": "no", "privilege": "work-product"}

    assert kinds(facts(FAMILY, {2: bare})) == [ConflictKind.REASON]
    assert kinds(facts(FAMILY, {2: bare | {"note": "draft for trial"}})) == []
    assert kinds(facts(FAMILY, {2: bare}, explained=lambda number: number == C)) == []
    assert kinds(facts(FAMILY, {2: bare}, claims=claim(C))) == []
    assert kinds(facts(FAMILY, {2: bare | {"privilege": "none"}})) == []
    proposed = {"responsive": "no", "proposed:privilege": "work-product"}
    assert kinds(facts(FAMILY, {2: proposed})) == []


def test_not_responsive_and_hot_or_cited() -> None:
    hot = facts(FAMILY, {2: {"responsive": "no", "hot": True}})
    cited = facts(FAMILY, {2: {"responsive": "no"}}, cited={C: "exhibit 4"})

    assert kinds(hot) == kinds(cited) == [ConflictKind.NOT_RESPONSIVE]
    assert "cited in exhibit 4" in conflicts.conflicts(cited)[0].message
    assert kinds(facts(FAMILY, {2: YES | {"hot": True}}, cited={C: "exhibit 4"})) == []


def test_coded_by_somebody_walled_off() -> None:
    walled = {"user2": np.array([False, False, True]), "user0": np.array([False, True, True])}

    (row,) = conflicts.conflicts(facts(FAMILY, {0: YES, 2: YES}, walled=walled))

    assert (row.kind, row.documents) == (ConflictKind.WALLED, (C,))


def test_coded_on_an_older_text() -> None:
    of = facts(FAMILY, {2: YES})
    codings = {C: replace(of.codings[C], read="ab")}

    assert kinds(replace(of, codings=codings, read=lambda _place: "cd")) == [ConflictKind.OLDER]
    assert kinds(replace(of, codings=codings, read=lambda _place: "ab")) == []
    assert kinds(replace(of, read=lambda _place: "cd")) == []


def test_a_coding_that_was_undone_or_of_a_document_that_is_gone_is_none() -> None:
    gone = {control(9): coding(control(9), {"responsive": "no", "hot": True})}
    of = facts(COPIES, {0: YES, 1: {}})

    assert kinds(of) == []
    assert kinds(replace(of, codings=gone)) == []


def test_a_hundred_copies_are_one_row_of_one_line() -> None:
    members = [Member(place, group=1) for place in range(100)]
    bodies = {place: YES if place else {"responsive": "no"} for place in range(100)}

    (row,) = conflicts.conflicts(facts(members, bodies))

    assert len(row.documents) == 100
    assert len(row.message) < 400
