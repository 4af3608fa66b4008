"""28 U.S.C. 1746: two forms, chosen by where a paper is signed."""

from __future__ import annotations

import pytest

from forthwith.respond.papers.sworn import PlaceError, declared, outside

WITHIN = "I declare under penalty of perjury that the foregoing is true and correct."
WITHOUT = (
    "I declare under penalty of perjury under the laws of the United States of America that the "
    "foregoing is true and correct."
)


@pytest.mark.parametrize(
    "place",
    ["Austin, Texas", "Washington, D.C.", "San Juan, Puerto Rico", "Hagåtña, Guam", "NEW YORK",
     "Saipan, Northern Mariana Islands", "Charlotte Amalie, U.S. Virgin Islands",
     "Atlanta, Georgia, United States", "Pago Pago, American Samoa", "Reno, Nevada, U.S.A."],
)  # fmt: skip
def test_states_territories_and_commonwealths_take_the_short_form(place: str) -> None:
    assert declared(place) == WITHIN


@pytest.mark.parametrize(
    "place",
    ["London, England", "Singapore", "Grand Cayman, Cayman Islands", "Dubai, United Arab Emirates",
     "Tbilisi, Republic of Georgia", "Road Town, British Virgin Islands", "Taipei, Taiwan",
     "Majuro, Marshall Islands", "Apia,  Samoa "],
)  # fmt: skip
def test_every_place_abroad_names_the_laws_of_the_united_states(place: str) -> None:
    """Affiliates abroad sign under the first form, or swear to nothing."""
    assert outside(place)
    assert declared(place) == WITHOUT


@pytest.mark.parametrize("place", ["", "  ", "Georgia", "Tbilisi, Georgia", "Virgin Islands",
                                   "Toronto, CA", "Springfield", "Texas, Austin"])  # fmt: skip
def test_a_place_not_given_or_not_clear_is_refused(place: str) -> None:
    """CA is California to one reader and Canada to another."""
    with pytest.raises(PlaceError, match="--place"):
        declared(place)
