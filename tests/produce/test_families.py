"""Families whole, in order, containers seen through."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind, Relation
from forthwith.produce.errors import BrokenFamilyError
from forthwith.produce.families import compose
from tests.builders.documents import ENCRYPTED, child, control, document, email, family

UTC = ZoneInfo("UTC")


def shown(documents: list[Document]) -> list[list[str]]:
    """Return control numbers by family, in order."""
    return [
        [each.control_number[-1] for each in found.members]
        for found in compose(documents, UTC).families
    ]


def zip_in_mail(**changes: object) -> list[Document]:
    """An e-mail, a zip attached to it, two files in the zip."""
    head = email(1)
    held = child(head, 2, 1, kind=Kind.CONTAINER, name="all.zip", **changes)
    return [head, held] + [
        child(head, number, number - 1, parent=control(2), relation=Relation.MEMBER)
        for number in (3, 4)
    ]


def test_members_of_an_attached_zip_are_attachments_of_the_mail() -> None:
    composition = compose(zip_in_mail(), UTC)

    assert shown(zip_in_mail()) == [["1", "3", "4"]]
    assert composition.above == {control(3): control(1), control(4): control(1)}
    assert [each.control_number for each in composition.containers] == [control(2)]


def test_a_zip_that_could_not_be_opened_keeps_its_place() -> None:
    documents = zip_in_mail(faults=(ENCRYPTED,))[:2]

    assert shown(documents) == [["1", "2"]]


def test_a_zip_with_one_bad_member_keeps_its_place_above_the_others() -> None:
    bad = replace(ENCRYPTED, lost=False, step="member:3")

    assert shown(zip_in_mail(faults=(bad,))) == [["1", "2", "3", "4"]]


def test_an_empty_attached_zip_is_still_an_attachment() -> None:
    assert shown(zip_in_mail()[:2]) == [["1", "2"]]


def test_files_of_a_loose_zip_stand_alone() -> None:
    held = document(1, kind=Kind.CONTAINER, name="all.zip")
    members = [child(held, number, number - 1, relation=Relation.MEMBER) for number in (2, 3)]

    assert shown([held, *members]) == [["2"], ["3"]]


def test_an_attachment_without_its_parent_is_refused() -> None:
    with pytest.raises(BrokenFamilyError, match="FW00000002"):
        compose(family(1)[1:], UTC)


def test_custodian_comes_before_date_and_date_before_path() -> None:
    documents = [
        email(1, custodian="Ortega", fields={fields.SENT: "2021-01-01T00:00:00Z"}),
        email(2, custodian="Lee", fields={fields.SENT: "2021-02-01T00:00:00Z"}),
        email(3, custodian="Lee", fields={fields.SENT: "2021-01-31T23:00:00-05:00"}),
        document(4, custodian="Lee", path="b"),
        document(5, custodian="Lee", path="a"),
        email(6, custodian="Lee", fields={fields.SENT: "", fields.RECEIVED: "2020-01-01"}),
    ]

    assert [each for found in shown(documents) for each in found] == list("623541")


def test_children_follow_their_parents_depth_first() -> None:
    head = email(1)
    inner = child(head, 2, 1, kind=Kind.EMAIL)
    documents = [child(head, 4, 3), child(head, 3, 2, parent=control(2)), inner, head]
    composition = compose(documents, UTC)

    assert shown(documents) == [["1", "2", "3", "4"]]
    assert composition.above[control(3)] == control(2)
