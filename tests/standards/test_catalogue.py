"""Every code says how grave it is, on which rule it rests, and what would cure it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import forthwith
from forthwith.standards import loader
from forthwith.standards.catalogue import AREAS, CATALOGUE, finding

STANDARD = loader.load()
SOURCE = Path(forthwith.__file__).parent
#: Rooms that give a code to what they see, and the first letters of the codes each gives.
LOOKERS = {
    "check": ("FM", "NT", "MD", "BT", "IM", "TX", "LF", "EN", "VO", "AR", "RQ", "PL", "RD"),
    "review": ("PC",),
    "custody/statements": ("",),
    "books": ("BK", "BR"),
}

#: Desks that look for what only they see: the files of a delivered report, what a reader puts.
DESKS = {"books": ("workflows/books",), "check": ("workflows/room",)}


@pytest.mark.parametrize("code", CATALOGUE)
def test_each_kind_says_all_there_is_to_say(code: str) -> None:
    kind = CATALOGUE[code]

    assert kind.title
    assert not kind.title.endswith(".")
    for sentence in (kind.meaning, kind.cause, kind.cure, *filter(None, [kind.says])):
        assert sentence[0].isupper() or sentence.startswith("matter.toml")
        assert sentence.endswith(".")


@pytest.mark.parametrize("code", CATALOGUE)
def test_each_kind_rests_on_a_rule(code: str) -> None:
    """A clause of the standard, a rule with what it says, or what everybody does."""
    kind = CATALOGUE[code]

    assert " " in kind.cited(STANDARD)
    if code[:2] in ("RQ", "PL", "PC"):
        assert kind.says


def test_codes_are_of_an_area() -> None:
    """Letters and two figures; of statements, words."""
    assert {code[:2] for code in CATALOGUE if re.fullmatch("[A-Z]{2}[0-9]{2}", code)} == {
        area for area in AREAS if area
    }
    assert all(kind.area == AREAS[""] for code, kind in CATALOGUE.items() if not code.isupper())


@pytest.mark.parametrize("room", LOOKERS)
def test_each_code_is_looked_for(room: str) -> None:
    """A code nobody reports is a promise nobody keeps."""
    places = (room, *DESKS.get(room, ()))
    source = "".join(
        path.read_text(encoding="utf-8")
        for place in places
        for path in (SOURCE / place).rglob("*.py")
    )
    codes = {code for code in CATALOGUE if (code[:2] if code.isupper() else "") in LOOKERS[room]}

    assert codes
    assert {code for code in codes if f'"{code}"' not in source} == set()


def test_every_code_that_is_given_is_explained() -> None:
    """A flag of a statement has a code, too."""
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    flags = set(re.findall(r'\bFlag\(\s*"([^"]+)"', source))
    codes = set(re.findall(r'"((?:FM|NT|MD|BT|IM|TX|LF|EN|VO|AR|RQ|PL|PC|BK)[0-9]{2})"', source))

    assert len(flags) > 10
    assert flags | codes <= CATALOGUE.keys()


def test_a_finding_is_dressed_from_the_catalogue() -> None:
    lost = finding("FM01", "it is lost", STANDARD, bates="N1", volume="VOL001")
    unanswered = finding("RQ01", "no response", request="RFPs/1")

    assert (lost.severity, lost.clause) == ("fatal", f"{STANDARD.title}, General 4")
    assert lost.cure.startswith("Produce it in a supplemental volume")
    assert (unanswered.clause, unanswered.where) == ("Fed. R. Civ. P. 34(b)(2)(A)", "RFPs/1")


def test_what_findings_mean_is_no_standard() -> None:
    assert not [name for name in loader.available() if name.startswith("findings")]
