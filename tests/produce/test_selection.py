"""What is produced, what is withheld, what is left out as a copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.produce.errors import (
    DuplicateApprovalError,
    NothingToProduceError,
    UnknownSelectionError,
    UnknownWithheldError,
    WithheldDuplicateError,
)
from forthwith.produce.order import Approval
from forthwith.produce.selection import select, whole_families
from tests.builders.documents import child, control, document, email, family, order

APPROVAL = Approval("Dana Reyes", date(2026, 11, 2), "letter of November 2, 2026")


def copies(custodian: str, start: int) -> list[Document]:
    """A family that is in the group of FW00000001."""
    return [
        replace(
            each,
            custodian=custodian,
            path=f"{custodian}/{each.name}",
            family_hash="same",
            duplicate_group=control(1),
        )
        for each in family(start, 1)
    ]


def test_one_member_brings_its_family() -> None:
    documents = [*family(1), *family(4), document(7)]
    chosen = whole_families(documents, {control(2), control(7)})

    assert [each.control_number[-1] for each in chosen] == list("1237")


def test_choosing_what_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownSelectionError, match="FW00000009"):
        whole_families(family(1), {control(9)})


def test_an_empty_selection_fails_closed() -> None:
    with pytest.raises(NothingToProduceError):
        select(order(), [])


def test_containers_alone_are_nothing_to_produce() -> None:
    with pytest.raises(NothingToProduceError):
        select(order(), [document(1, kind=Kind.CONTAINER)])


@pytest.mark.parametrize("approval", [None, Approval("", date(2026, 1, 1), "letter")])
def test_suppressing_duplicates_needs_an_approval(approval: Approval | None) -> None:
    with pytest.raises(DuplicateApprovalError):
        order(suppress_duplicates=True, approval=approval)


def test_one_copy_is_kept_and_knows_all_places() -> None:
    documents = [*copies("Ortega", 1), *copies("Lee", 3), document(5)]
    chosen = select(order(suppress_duplicates=True, approval=APPROVAL), documents)

    assert [each.control_number[-1] for each in chosen.documents] == ["3", "4", "5"]
    assert chosen.documents[0].all_custodians == ("Lee", "Ortega")
    assert chosen.documents[1].all_paths == ("Lee/note4.txt", "Ortega/note2.txt")
    assert [found.head.control_number for found in chosen.suppressed] == [control(1)]


def test_without_the_choice_every_copy_is_produced() -> None:
    assert len(select(order(), [*copies("Ortega", 1), *copies("Lee", 3)]).documents) == 4


def test_a_group_of_unequal_families_is_not_suppressed() -> None:
    """The group's name says duplicate, the content does not: nothing may be lost."""
    other = [replace(each, family_hash="other") for each in copies("Lee", 3)]
    chosen = select(
        order(suppress_duplicates=True, approval=APPROVAL), [*copies("Ortega", 1), *other]
    )

    assert len(chosen.documents) == 4


def test_withholding_one_copy_only_is_refused() -> None:
    with pytest.raises(WithheldDuplicateError, match="FW00000002"):
        select(order(withheld={control(2): "PRIV-1"}), [*copies("Ortega", 1), *copies("Lee", 3)])


def test_withholding_what_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownWithheldError):
        select(order(withheld={control(8): "PRIV-1"}), family(1))


def test_the_native_around_a_withheld_document_is_barred() -> None:
    head = email(1)
    inner = child(head, 2, 1, kind=Kind.EMAIL)
    documents = [head, inner, child(head, 3, 2, parent=control(2)), child(head, 4, 3)]
    chosen = select(order(withheld={control(3): "PRIV-1"}), documents)

    assert chosen.native_barred == {control(1), control(2)}


def test_withholding_a_container_withholds_what_it_held() -> None:
    head = email(1)
    held = child(head, 2, 1, kind=Kind.CONTAINER)
    documents = [head, held, child(head, 3, 2, parent=control(2))]
    chosen = select(order(withheld={control(2): "PRIV-1"}), documents)

    assert chosen.withheld[control(3)] == "PRIV-1"
    assert control(1) in chosen.native_barred
