"""A range that a response cites is pages of one sealed volume, every one of them."""

from __future__ import annotations

import pytest

from forthwith.domain.requests import BatesRange
from forthwith.respond.registers.pages import NoSuchRangeError, Pages, covered

PAGES = Pages(
    {
        "FW1": ("VOL001", "NG-A-00001", "NG-A-00003"),
        "FW2": ("VOL001", "NG-A-00004", "NG-A-00004"),
        "FW4": ("VOL001", "NG-A-00009", "NG-A-00009"),
        "FW3": ("VOL002", "NG-A-00010", "NG-A-00012"),
    }
)


def test_neighbours_of_one_volume_are_one_range_and_volumes_stay_apart() -> None:
    assert PAGES.of(["FW3", "FW2", "FW1", "FW4", "never produced"]) == [
        BatesRange("NG-A-00001", "NG-A-00004", "VOL001"),
        BatesRange("NG-A-00009", "NG-A-00009", "VOL001"),
        BatesRange("NG-A-00010", "NG-A-00012", "VOL002"),
    ]


def test_a_volume_and_a_range_with_hyphens_in_its_prefix_are_read() -> None:
    assert PAGES.read("VOL002") == [BatesRange("NG-A-00010", "NG-A-00012", "VOL002")]
    assert PAGES.read("NG-A-00002-NG-A-00004") == [BatesRange("NG-A-00002", "NG-A-00004", "VOL001")]


@pytest.mark.parametrize(
    "text",
    [
        "VOL003",
        "NG-A-00002-NG-A-00005",  # 5 is a hole
        "NG-A-00009-NG-A-00010",  # across volumes
        "NG-A-00003-NG-A-00001",
        "NG-B-00001-NG-B-00002",
        "NG-A-0001-NG-A-0002",  # another width
        "NG-A-00001",
        "",
    ],
)
def test_what_no_sealed_volume_holds_is_refused(text: str) -> None:
    with pytest.raises(NoSuchRangeError, match="Sealed volumes: VOL001, VOL002"):
        PAGES.read(text)


def test_a_range_under_another_volumes_name_is_not_covered() -> None:
    assert covered(BatesRange("NG-A-00001", "NG-A-00004", "VOL001"), PAGES)
    assert not covered(BatesRange("NG-A-00001", "NG-A-00004", "VOL002"), PAGES)
    assert not covered(BatesRange("nonsense", "NG-A-00004", "VOL001"), PAGES)
