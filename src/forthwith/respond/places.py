"""Where a paper is signed: within the United States or outside, as 28 U.S.C. 1746 divides it.

Within are the States, the District, "its territories, possessions, or commonwealths". A place that
could be either (Georgia, the Virgin Islands) or that nobody knows is refused, never guessed.
"""

from __future__ import annotations

import re

from forthwith.domain.errors import ForthwithError

_UNITED_STATES = frozenset((
    "united states", "united states of america", "usa", "us", "the united states",
    "the united states of america",
))  # fmt: skip
_WITHIN = frozenset(
    """
    alabama/alaska/arizona/arkansas/california/colorado/connecticut/delaware/florida/hawaii/idaho/
    illinois/indiana/iowa/kansas/kentucky/louisiana/maine/maryland/massachusetts/michigan/minnesota/
    mississippi/missouri/montana/nebraska/nevada/new hampshire/new jersey/new mexico/new york/
    north carolina/north dakota/ohio/oklahoma/oregon/pennsylvania/rhode island/south carolina/
    south dakota/tennessee/texas/utah/vermont/virginia/washington/west virginia/wisconsin/wyoming/
    district of columbia/dc/washington dc/puerto rico/guam/american samoa/us virgin islands/
    virgin islands of the united states/northern mariana islands/
    commonwealth of the northern mariana islands/wake island/midway islands/navassa island
    """.translate({ord("\n"): None})
    .replace("    ", "")
    .split("/")
)
_OUTSIDE = frozenset(
    """
    afghanistan/albania/algeria/andorra/angola/anguilla/antigua and barbuda/argentina/armenia/aruba/
    australia/austria/azerbaijan/bahamas/bahrain/bangladesh/barbados/belarus/belgium/belize/benin/
    bermuda/bhutan/bolivia/bosnia and herzegovina/botswana/brazil/british virgin islands/brunei/
    bulgaria/burkina faso/burundi/cambodia/cameroon/canada/cape verde/cayman islands/
    central african republic/chad/chile/china/people's republic of china/colombia/comoros/congo/
    democratic republic of the congo/costa rica/cote d'ivoire/ivory coast/croatia/cuba/curacao/
    cyprus/czech republic/czechia/denmark/djibouti/dominica/dominican republic/east timor/
    timor-leste/ecuador/egypt/el salvador/england/equatorial guinea/eritrea/estonia/eswatini/
    ethiopia/faroe islands/fiji/finland/france/gabon/gambia/germany/ghana/gibraltar/great britain/
    greece/greenland/grenada/guatemala/guernsey/guinea/guinea-bissau/guyana/haiti/honduras/
    hong kong/hong kong sar/hungary/iceland/india/indonesia/iran/iraq/ireland/isle of man/israel/
    italy/jamaica/japan/jersey/jordan/kazakhstan/kenya/kiribati/kosovo/kuwait/kyrgyzstan/laos/
    latvia/lebanon/lesotho/liberia/libya/liechtenstein/lithuania/luxembourg/macau/macao/madagascar/
    malawi/malaysia/maldives/mali/malta/marshall islands/mauritania/mauritius/mexico/micronesia/
    federated states of micronesia/moldova/monaco/mongolia/montenegro/morocco/mozambique/myanmar/
    namibia/nauru/nepal/netherlands/the netherlands/new zealand/nicaragua/niger/nigeria/north korea/
    north macedonia/northern ireland/norway/oman/pakistan/palau/palestine/panama/papua new guinea/
    paraguay/peru/philippines/poland/portugal/qatar/republic of georgia/republic of ireland/
    republic of korea/romania/russia/russian federation/rwanda/saint kitts and nevis/saint lucia/
    saint vincent and the grenadines/samoa/san marino/sao tome and principe/saudi arabia/scotland/
    senegal/serbia/seychelles/sierra leone/singapore/slovakia/slovenia/solomon islands/somalia/
    south africa/south korea/korea/south sudan/spain/sri lanka/sudan/suriname/sweden/switzerland/
    syria/taiwan/tajikistan/tanzania/thailand/the bahamas/the gambia/the philippines/togo/tonga/
    trinidad and tobago/tunisia/turkey/turkiye/turkmenistan/turks and caicos islands/tuvalu/uae/
    uganda/uk/ukraine/united arab emirates/united kingdom/uruguay/uzbekistan/vanuatu/vatican city/
    venezuela/vietnam/wales/yemen/zambia/zimbabwe
    """.translate({ord("\n"): None})
    .replace("    ", "")
    .split("/")
)
_EITHER = {
    "georgia": '"Atlanta, Georgia, United States" or "Tbilisi, Republic of Georgia"',
    "virgin islands": '"U.S. Virgin Islands" or "British Virgin Islands"',
}

_DECLARE = "I declare under penalty of perjury"
_LAWS = "under the laws of the United States of America"
_TRUE = "that the foregoing is true and correct."


class PlaceError(ForthwithError):
    """Nobody said, or not clearly enough, where a paper is signed."""

    def __init__(self, place: str) -> None:
        folded = _folded(place.rpartition(",")[2])
        if not place.strip():
            why = "It is not said where the paper is signed"
        elif folded in _EITHER:
            why = f"{place!r} may lie within the United States or outside: {_EITHER[folded]}"
        else:
            why = f"{place!r} does not end in a state or a country written out"
        super().__init__(
            f"{why}. 28 U.S.C. 1746 has one form within the United States and another outside; "
            'give --place "Austin, Texas" or --place "London, England".'
        )


def outside(place: str) -> bool:
    """Say whether a place lies outside the United States. Raises PlaceError."""
    last = _folded(place.rpartition(",")[2])
    if last in _UNITED_STATES or last in _WITHIN:
        return False
    if last in _OUTSIDE:
        return True
    raise PlaceError(place)


def declared(place: str) -> str:
    """Return the words of 28 U.S.C. 1746 for a place of execution. Raises PlaceError."""
    # (1) executed without the United States; (2) within, its territories included.
    parts = (_DECLARE, _LAWS, _TRUE) if outside(place) else (_DECLARE, _TRUE)
    return " ".join(parts)


def _folded(text: str) -> str:
    plain = text.replace("’", "'").replace(".", "").casefold()
    return re.sub(r"\s+", " ", plain).strip()
