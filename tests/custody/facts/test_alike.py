"""Rows are alike where a text of one is a text of the other, and never because they look near."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.custody.facts.alike import Reason, alike, alike_pairs
from forthwith.custody.facts.facts import Person, ProofLevel
from forthwith.domain.fact_tables import FactRow


def person(id_: str, name: str) -> Person:
    """Return a row of people."""
    cells = {"id": id_, "name": name}
    return Person(row=FactRow("people", cells), standing=ProofLevel.DOCUMENT, id=id_, name=name)


def why(name: str, other: str, *aliases: str, ids: tuple[str, str] = ("a", "b")) -> str:
    """Return the reason, or "", for two names; the aliases are the second's."""
    reasons = {
        alike(*pair, {ids[1]: aliases}).partition(" ")[0]
        for pair in (
            (person(ids[0], name), person(ids[1], other)),
            (person(ids[1], other), person(ids[0], name)),
        )
    }
    assert len(reasons) == 1, "it matters which comes first"
    return reasons.pop()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Ortega, Marisol", "Marisol Ortega"),
        ("Ortega Marisol", "Marisol Ortega"),
        ("M. Ortega", "Marisol Ortega"),
        ("Ortega M", "Marisol Ortega"),
        ("Marisol O.", "Marisol Ortega"),
        ("M. J. Ortega", "Marisol Ortega"),
        ("Marisol J. Ortega", "Marisol Ortega"),
        ("Marisol J. Ortega", "Marisol Juana Ortega"),
        ("Marisol Ortega Ruiz", "Marisol Ortega"),
        ("Dr. Marisol Ortega (IT)", "Marisol Ortega"),
        ("José Díaz", "Jose Diaz"),
        ("Jürgen Müller", "Juergen Mueller"),
        ("Jürgen Müller", "Jurgen Muller"),
        ("Søren Łuk", "Soren Luk"),
        ("İlker Yıldız", "Ilker Yildiz"),
        ("小林 名前", "小林名前"),
        ("Ann-Marie O’Neill", "Annmarie ONeill"),
        ("Ann-Marie O’Neill", "O'Neill, Ann Marie"),
        ("Jan van der Berg", "Jan Berg"),
        ("Person 0001", "PERSON 0001"),
        ("Ann", "ANN "),
    ],
)
def test_one_name_written_in_two_ways_is_alike(name: str, other: str) -> None:
    assert why(name, other) in (Reason.NAME, Reason.LOGIN)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Marco Ortega", "Marisol Ortega"),
        ("Marisol Ortego", "Marisol Ortega"),
        ("Marisol J. Ortega", "Marisol K. Ortega"),
        ("M. J. Ortega", "Marisol K. Ortega"),
        ("M. J. Ortega", "M. K. Ortega"),
        ("John A. Smith", "John Adams"),
        ("John Smith Jr", "John Smith Sr"),
        ("M. O.", "Marisol Ortega"),
        ("Ann", "Ann Lee"),
        ("Lee", "Ann Lee"),
        ("Person 0001", "Person 0002"),
        ("Person 1", "Person 11"),
        ("Person One 1", "Person One 2"),
        ("Person 0001", "Person"),
        ("person0001", "Person 0002"),
        ("user1", "User 2"),
        ("ortega", "Marisol Ortega"),
        ("admin", "Ad Min"),
        ("", ""),
        ("", "Ann"),
    ],
)
def test_what_is_only_near_is_not_alike(name: str, other: str) -> None:
    assert why(name, other) == ""


@pytest.mark.parametrize(
    "login",
    [
        "mortega", "marisol.ortega", "m.ortega", "ortega_m", "marisolo", "ortegam", "MarisolOrtega",
        "mortega2", "adm-mortega", "m.ortega@veld.example", "VELD\\mortega",
        "mortega+aws@x.example", "m.ortega_veld.example#EXT#@orrin.example",
    ],
)  # fmt: skip
def test_a_login_built_from_a_name_is_alike_that_name(login: str) -> None:
    """Whether it is the name an export gives, an alias, or the end of the account's id."""
    assert why("Marisol Ortega", login) == Reason.LOGIN
    assert why("Marisol Ortega", "u 7", f"login:{login}") == Reason.LOGIN
    assert why("Marisol Ortega", "u 7", ids=("a", f"iam:user/{login}")) == Reason.LOGIN


def test_mail_number_and_login_are_compared_as_systems_write_them() -> None:
    """Case, a tag and leading zeros are of the system; an id is compared with numbers only."""
    assert why("Ann@X.example", "q 7", "mail:ann+aws@x.example") == Reason.MAIL
    assert why("x y", "q 7", "number:01001", ids=("1001", "user:u2")) == Reason.NUMBER
    assert why("x y", "q 7", "login:m.ortega", ids=("iam:mortega", "b")) == Reason.LOGIN
    assert why("x y", "q 7", ids=("aveld", "AVELD2")) == ""
    assert why("x y", "q 7", "login:admin", ids=("iam:admin", "b")) == ""


def test_each_pair_comes_once_with_its_strongest_reason() -> None:
    people = [person("1001", "Ann Veld"), person("hr", "A. Veld"), person("user:u2", "aveld")]
    aliases: dict[str, Sequence[str]] = {"user:u2": ("number:1001", "name:Ann B. Veld")}

    assert [(a, b, text.partition(" ")[0]) for a, b, text in alike_pairs(people, aliases)] == [
        ("1001", "user:u2", "number"),
        ("hr", "user:u2", "login"),
        ("1001", "hr", "name"),
    ]


WORDS = st.sampled_from(["Ann", "Bo", "A.", "Lee", "lee", "Ann-Lee", "bo.lee", "7", "alee", "Özil"])


@given(st.lists(st.lists(WORDS, max_size=4).map(" ".join), max_size=5))
def test_a_list_gives_the_pairs_that_its_rows_give_by_two(names: list[str]) -> None:
    """Blocks by keys lose and add nothing."""
    people = [person(f"p{place}", name) for place, name in enumerate(names)]

    pairs = {(a, b) for a, b, _ in alike_pairs(people, {})}

    assert pairs == {
        (a.id, b.id)
        for place, a in enumerate(people)
        for b in people[place + 1 :]
        if alike(a, b) and alike(b, a)
    }


def test_ten_times_the_people_take_not_much_more_than_ten_times_as_long() -> None:
    """What would be 100 times as long if each row were held against each."""

    def seconds(many: int) -> float:
        people = [person(f"p{n}", f"Test Person{n} Name{n:x}") for n in range(many)]
        start = time.process_time()
        assert not list(alike_pairs(people, {}))
        return time.process_time() - start

    assert seconds(20_000) < 40 * max(seconds(2_000), 0.01)
