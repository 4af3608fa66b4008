"""Counsel is counsel from a day to a day, and by address before name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from forthwith.domain import fields
from forthwith.review.privilege.claims import Attorney, Basis
from forthwith.review.privilege.people import Mailbox, Roster, Sides, day_of, people
from tests.builders.documents import document, email

REYES = Attorney(
    "Dana Reyes",
    ("dreyes@halewick.example",),
    ("halewick.example",),
    "Hale & Wick LLP",
    "Northgate Trading Ltd.",
    date(2021, 1, 1),
    date(2022, 12, 31),
)
SIDES = Sides.of(
    [
        {"name": "Northgate Trading Ltd.", "side": "producing", "domains": "northgate.example"},
        {"name": "Commission", "side": "receiving", "domains": ["commission.example"]},
        {"name": "Brightwater AG", "side": "aligned", "domains": "brightwater.example"},
    ]
)
DAY = date(2022, 3, 1)
AC, CI = (Basis.ATTORNEY_CLIENT,), (Basis.COMMON_INTEREST,)


def roster(*attorneys: Attorney) -> Roster:
    return Roster(attorneys or (REYES,), SIDES)


def box(shown: str) -> Mailbox:
    return Mailbox.parse(shown)


@pytest.mark.parametrize(
    ("shown", "stranger"),
    [
        ("Ortega <ortega@northgate.example>", False),
        ("ops@mail.northgate.example", False),
        ("x@notnorthgate.example", True),
        ("Clerk <clerk@halewick.example>", False),
        ("Auditor <a@tallymark.example>", True),
        ("Ortega, Marisol", False),
    ],
)
def test_a_stranger_is_an_address_of_neither_party_nor_counsel(shown: str, stranger: bool) -> None:
    assert roster().stranger(box(shown), DAY, AC) is stranger


def test_counsel_is_a_stranger_outside_the_days_of_the_engagement() -> None:
    who = box("dreyes@halewick.example")

    assert not roster().stranger(who, date(2022, 12, 31), AC)
    assert roster().stranger(who, date(2023, 1, 1), AC)
    assert not roster().counsel(who, date(2020, 12, 31), AC)


def test_counsel_of_the_other_side_keeps_no_privilege_of_ours() -> None:
    theirs = replace(REYES, party="Commission")

    assert roster(theirs).stranger(box("dreyes@halewick.example"), DAY, (*AC, *CI))


def test_counsel_and_people_of_an_ally_take_part_in_a_common_interest_only() -> None:
    allied = roster(replace(REYES, party="Brightwater AG"))
    for shown in ("dreyes@halewick.example", "cfo@brightwater.example"):
        assert allied.stranger(box(shown), DAY, AC)
        assert not allied.stranger(box(shown), DAY, CI)


def test_a_name_makes_an_attorney_only_where_there_is_no_address() -> None:
    assert roster().attorney(box("Dana Reyes"), DAY) is REYES
    assert roster().attorney(box("Dana Reyes <dana@elsewhere.example>"), DAY) is None
    assert roster().attorney(box("Clerk <clerk@halewick.example>"), DAY) is None


def test_everybody_named_is_asked_about_once() -> None:
    document = email(
        fields={
            fields.FROM: "Ortega <o@northgate.example>; Lee <l@northgate.example>",
            fields.TO: ("Lee <l@northgate.example>", "Reyes; Dana <dreyes@halewick.example>"),
            fields.BCC: ("x@y.example",),
        }
    )

    assert [person.address for person in people(document)][:2] == [
        "o@northgate.example", "l@northgate.example",
    ]  # fmt: skip
    assert [person.address for person in people(document)][-1] == "x@y.example"
    assert len(people(document)) == 4


def test_a_day_is_taken_in_the_zone_of_the_production() -> None:
    late = email(fields={fields.SENT: "2022-03-01T23:30:00-05:00"})

    assert day_of(late, ZoneInfo("UTC")) == date(2022, 3, 2)
    assert day_of(late, ZoneInfo("America/New_York")) == date(2022, 3, 1)
    assert day_of(document(), ZoneInfo("UTC")) is None
