"""A sound volume has no finding; each seeded fault is found at its number, and nothing else."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith import check
from forthwith.standards import loader
from tests.builders import volume
from tests.builders.volume import FAULTS, SeededFault, VolumeBuilder

STANDARD = loader.load()


def found(builder: VolumeBuilder, place: Path) -> list[tuple[str, str]]:
    report = check.run(builder.write(place), STANDARD)
    return [(each.code, each.bates) for each in report.findings]


def test_a_sound_volume_has_no_finding(tmp_path: Path) -> None:
    report = check.run(volume.sound().write(tmp_path), STANDARD)

    assert report.findings == ()
    assert report.counts == {
        "documents": 8, "families": 4, "pages": 12, "natives": 8, "unique": 4,
    }  # fmt: skip
    assert report.notes == ()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_seeded_fault_is_found_at_its_number_and_nothing_else(
    fault: SeededFault, tmp_path: Path
) -> None:
    builder = volume.sound()
    fault.seed(builder)

    assert found(builder, tmp_path) == [(fault.code, fault.bates)]


#: Faults of two families. A gap beside a family that lost an attachment nobody lists is left out:
#: how many pages the attachment had, nobody can tell.
APART = [
    (one, other)
    for one, other in itertools.combinations(FAULTS, 2)
    if {one.code, other.code}.isdisjoint({"BT01", "BT02"})
    and {one.code, other.code} != {"BT04", "FM04"}
    and one.bates
    and other.bates
    and volume.family_of(one.bates) != volume.family_of(other.bates)
]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(APART))
def test_two_faults_in_two_families_are_both_found(
    tmp_path_factory: pytest.TempPathFactory, pair: tuple[SeededFault, SeededFault]
) -> None:
    """One fault never hides another."""
    builder = volume.sound()
    for fault in pair:
        fault.seed(builder)

    expected = sorted((fault.code, fault.bates) for fault in pair)
    assert sorted(found(builder, tmp_path_factory.mktemp("two"))) == expected
