"""Numbers, names and documents go out once."""

from __future__ import annotations

import pytest

from forthwith.domain.bates import Bates
from forthwith.produce import bates_register
from forthwith.produce.bates_register import Proposed, Sealed
from forthwith.produce.errors import (
    AlreadyProducedError,
    NumbersChangedError,
    NumbersTakenError,
    UnknownVolumeError,
    VolumeExistsError,
)
from tests.builders.documents import control


def bates(number: int) -> Bates:
    return Bates("NG_", 8, number)


def sealed(volume: str, first: int, last: int, *documents: int, replaces: str = "") -> Sealed:
    numbers = frozenset(control(each) for each in documents)
    return Sealed(volume, bates(first), bates(last), numbers, replaces)


def proposed(volume: str, first: int, last: int, *documents: int, replaces: str = "") -> Proposed:
    return Proposed(
        volume, bates(first), bates(last), [control(each) for each in documents], replaces
    )


BEFORE = [sealed("VOL001", 1, 50, 1, 2), sealed("VOL002", 51, 60, 3)]


def test_the_next_number_follows_the_last() -> None:
    assert bates_register.next_number(BEFORE, "NG_") == 61
    assert bates_register.next_number(BEFORE, "OTHER_") == 1


def test_a_next_volume_is_admitted() -> None:
    bates_register.admit(BEFORE, proposed("VOL003", 61, 70, 4))


def test_a_volume_name_is_never_used_twice() -> None:
    with pytest.raises(VolumeExistsError):
        bates_register.admit(BEFORE, proposed("vol001", 61, 70, 4))


def test_numbers_are_never_used_twice() -> None:
    with pytest.raises(NumbersTakenError, match="NG_00000061"):
        bates_register.admit(BEFORE, proposed("VOL003", 60, 70, 4))


def test_numbers_of_another_width_are_the_same_numbers_to_a_reader() -> None:
    narrow = Proposed("VOL003", Bates("NG_", 6, 10), Bates("NG_", 6, 12), [control(4)])
    with pytest.raises(NumbersTakenError):
        bates_register.admit(BEFORE, narrow)


def test_a_document_goes_out_once_and_the_sentence_says_what_to_do() -> None:
    with pytest.raises(AlreadyProducedError, match="VOL001_R1"):
        bates_register.admit(BEFORE, proposed("VOL003", 61, 70, 2, 4))


def test_a_replacement_keeps_the_numbers() -> None:
    bates_register.admit(BEFORE, proposed("VOL001_R1", 1, 50, 1, 2, replaces="VOL001"))
    with pytest.raises(NumbersChangedError):
        bates_register.admit(BEFORE, proposed("VOL001_R1", 61, 70, 1, 2, replaces="VOL001"))


def test_a_replacement_may_be_replaced() -> None:
    again = [*BEFORE, sealed("VOL001_R1", 1, 20, 1, replaces="VOL001")]

    assert bates_register.replacement_name(again, "VOL001") == "VOL001_R2"
    bates_register.admit(again, proposed("VOL001_R2", 1, 20, 1, replaces="VOL001"))


def test_what_was_never_produced_cannot_be_replaced() -> None:
    with pytest.raises(UnknownVolumeError):
        bates_register.admit(BEFORE, proposed("VOL009_R1", 1, 2, 1, replaces="VOL009"))
