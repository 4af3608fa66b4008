"""Citations: red when nobody can look them up."""

from __future__ import annotations

import pytest

from forthwith.domain.acts import Act, Acts
from forthwith.respond.registers.citations import CitablePages, NotCitableError, withheld
from forthwith.respond.registers.pages import Pages

SHELF = CitablePages(
    Pages(
        {
            "FW1": ("VOL001", "ABC0001", "ABC0004"),
            "FW2": ("VOL001_R1", "ABC0005", "ABC0006"),
            "FW3": ("VOL002", "ABC0009", "ABC0009"),
        }
    ),
    (("ABC0001", "ABC0004"), ("ABC0005", "ABC0008"), ("ABC0005", "ABC0006"), ("ABC0009",) * 2),
    frozenset({"FW3"}),
    "ABC",
)


@pytest.mark.parametrize("cite", ["ABC0001", "ABC0002-ABC0004", "ABC0001 to ABC0002", "letter of 3",
                                  "XABC0001", "OTHER0007"])  # fmt: skip
def test_a_page_of_a_sealed_volume_or_anothers_is_not_red(cite: str) -> None:
    assert SHELF.unresolved([cite]) == []


@pytest.mark.parametrize(
    ("cite", "why"),
    [
        ("ABC0010", "is in no sealed volume"),
        ("ABC00001", "is in no sealed volume"),
        ("ABC0007", "was withdrawn"),
        ("ABC0005–ABC0008", "was withdrawn"),
        ("ABC0009", "claimed as privileged"),
        ("Smith, ABC0001; ABC0012", "is in no sealed volume"),
    ],
)
def test_a_page_that_cannot_be_looked_up_is_red(cite: str, why: str) -> None:
    """ABC0007 went out once, and the replacement has two pages fewer."""
    (red,) = SHELF.unresolved([cite])

    assert why in red.why


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("ABC0001", ("ABC0001",)),
        ("ABC0001-ABC0004;ABC0006", ("ABC0001-ABC0004", "ABC0006")),
        (" ABC0001 to ABC0002 , ABC0005–ABC0006 ", ("ABC0001 to ABC0002", "ABC0005–ABC0006")),
        ("VOL001", ("ABC0001-ABC0004",)),
    ],
)
def test_pages_and_volumes_are_read_as_citations(text: str, cites: tuple[str, ...]) -> None:
    assert SHELF.cited(text) == cites
    assert SHELF.unresolved(cites) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'' names neither pages of ours"),
        ("letter of 3 May", "'letter of 3 May' names neither pages of ours"),
        ("XYZ0001", "Sealed volumes: VOL001, VOL001_R1, VOL002."),
        ("see ABC0001", "'see ABC0001' names neither pages"),
        ("ABC0001; ABC0010", "'ABC0010' is in no sealed volume"),
        ("ABC0001-", "'ABC0001-' names neither pages"),
        ("ABC0004-ABC0001", "'ABC0004-ABC0001' runs backwards"),
        ("ABC0007", "'ABC0007' was withdrawn"),
        ("VOL002", "'ABC0009' was withdrawn: its document is claimed as privileged"),
        ("VOL003", "'VOL003' names neither pages"),
    ],
)
def test_what_cannot_be_looked_up_is_no_citation(text: str, says: str) -> None:
    """FW3, all of VOL002, is claimed as privileged."""
    with pytest.raises(NotCitableError) as told:
        SHELF.cited(text)
    assert says in str(told.value)


def test_beside_pages_of_ours_anything_may_be_mentioned() -> None:
    said = "Tr. 45:12, 46:3; see ABC0001 ; VOL001;; XYZ0007; ABC１２"

    assert SHELF.mentioned(said) == (
        "Tr. 45:12, 46:3", "see ABC0001", "ABC0001-ABC0004", "XYZ0007", "ABC１２",
    )  # fmt: skip
    assert SHELF.mentioned(" ") == ()
    for text in ("see ABC0010", "Tr. 45; ABC0007", "VOL002"):
        with pytest.raises(NotCitableError):
            SHELF.mentioned(text)


def test_the_last_claim_of_privilege_counts() -> None:
    acts = [
        Act("privilege claim", "FW1", {"treatment": "withheld"}, 1),
        Act("privilege claim", "FW2", {"treatment": "withheld"}, 2),
        Act("privilege claim", "FW2", {"treatment": "redacted"}, 3),
    ]

    assert withheld(Acts(acts)) == {"FW1"}
