"""Places as people write them in sheets and directories, and the ISO 3166 code each is.

A code stands for itself, the name of a country for its code (places.toml). Of "Berlin, Germany" the
country is read; of "Dublin, CA" nothing, for CA is a country and a state: whoever exported the file
says it with `--location`. An office that nobody gave a code has none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

#: What `--location OFFICE=unknown` says: nobody knows where that is.
UNKNOWN = "unknown"
_CODE = re.compile(r"([A-Z]{2})(?:-[A-Z0-9]{1,3})?")


def folded(text: str) -> str:
    """Return a place's name without case and doubled spaces."""
    return " ".join(text.split()).casefold()


@cache
def _tables() -> Mapping[str, Mapping[str, object]]:
    return tomllib.loads(files(__package__).joinpath("places.toml").read_text(encoding="utf-8"))


@cache
def _countries() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for code, names in _tables()["countries"].items():
        assert isinstance(names, list)  # noqa: S101 - our own file
        known |= dict.fromkeys((code.casefold(), *map(folded, names)), code)
    return known


@cache
def _parts(country: str) -> Mapping[str, str]:
    """Return the parts of a country by code and by name; only some countries' are known."""
    parts = _tables()["parts"].get(country, {})
    assert isinstance(parts, dict)  # noqa: S101 - our own file
    return {
        text: f"{country}-{code}"
        for code, name in parts.items()
        for text in (code.casefold(), folded(name))
    }


@cache
def _shared() -> frozenset[str]:
    """Return what is the name or code of some country's part, and so may mean no country."""
    return frozenset((*_parts("US"), *_parts("CA")))


def is_code(text: str) -> bool:
    """Tell whether a text is a country's code (US), or one written like that of a part (US-NY)."""
    shape = _CODE.fullmatch(text)
    return shape is not None and shape[1] in _tables()["countries"]


def country(text: str) -> str:
    """Return the code of a country, or of a part written as US-NY; "" when it is none."""
    if is_code(code := text.strip().upper()):
        return code
    return _countries().get(folded(text), "")


def all_codes(texts: Iterable[str]) -> bool:
    """Tell whether a column holds codes of countries: each is one, and one can be nothing else.

    "DE" is Germany beside "CH", and may be Delaware where it stands alone or beside "CA".
    """
    codes = {text.strip().upper() for text in texts}
    return all(map(is_code, codes)) and any(folded(code) not in _shared() for code in codes)


def part(country_code: str, text: str) -> str:
    """Return the code of a part of a country, by its code or its name; "" when it is not known."""
    code = text.strip().upper()
    if code.startswith(f"{country_code}-") and is_code(code):
        return code
    return _parts(country_code).get(folded(text), "")


def office(text: str, stated: Mapping[str, str]) -> str:
    """Return the code of an office: the one `stated` for it, or the one its name says whole.

    `stated` is by `folded` name and may say UNKNOWN. "" when nothing says where it is.
    """
    if folded(text) in stated:
        return stated[folded(text)]
    *before, last = (piece.strip() for piece in text.split(","))
    if folded(last) in _shared():
        return ""
    code = country(last)
    # "Washington, US" is a city or a state; "Seattle, WA, US" says which is the state.
    inner = part(code, before[-1]) if len(before) > 1 and code in ("US", "CA") else ""
    return inner or code
