"""A served set of requests, answered soundly; each test breaks one part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from forthwith.domain.acts import Acts
from forthwith.domain.requests import (
    BatesRange,
    Objection,
    Request,
    RequestKind,
    RequestSet,
    Response,
    Service,
)
from forthwith.respond.papers.front import Front
from forthwith.respond.registers.pages import Pages
from forthwith.respond.registers.requests import RequestRegister, imported, responded

SET = "First RFPs"
PAGES = Pages({"FW1": ("VOL001", "ABC0001", "ABC0004"), "FW2": ("VOL001", "ABC0005", "ABC0009")})
TEXTS = (
    ("1", "All documents concerning the quorum of the custody wallets,\nincluding drafts."),
    ("2", "Documents sufficient to show each transfer above $10,000."),
    ("3", "All board minutes."),
)
RANGE = BatesRange("ABC0001", "ABC0006", "VOL001")
RESPONSES = (
    Response(
        f"{SET}/1",
        text="Northgate produces its key ceremony records.",
        objections=(Objection("Overbroad in time", "documents before 2020", withheld=False),),
        ranges=(RANGE,),
        custodians=("Ortega, Marisol", "Adeyemi, Tunde"),
    ),
    Response(f"{SET}/2", no_documents=True),
    Response(
        f"{SET}/3",
        objections=(
            Objection("Attorney-client privilege", withheld=True, what="minutes of 4 May 2023"),
            Objection("Unduly burdensome", withheld=False),
        ),
    ),
)
FRONT = Front.of(
    "SEC v. Northgate Trading Ltd.",
    "1:23-cv-04411",
    (
        {"name": "Securities and Exchange Commission", "side": "receiving", "role": "Plaintiff"},
        {"name": "Northgate Trading Ltd.", "side": "producing", "role": "Defendant"},
    ),
    {
        "court": "United States District Court; for the District of Columbia",
        "judge": "Hon. Amara Lindqvist",
        "signer": "Dana Reyes",
        "firm": "Reyes & Holm LLP",
        "served_on": "Staff attorney, Division of Enforcement",
    },
)


def made(kind: RequestKind = RequestKind.RFP) -> RequestSet:
    """Return the set."""
    return RequestSet(SET, kind, date(2023, 7, 10), Service.MAIL)


def register(
    changes: Mapping[str, Mapping[str, Any]] | None = None, kind: RequestKind = RequestKind.RFP
) -> RequestRegister:
    """Return the register; `changes` by number of request, None for no response."""
    acts = imported(RequestRegister({}, ()), made(kind), TEXTS)
    for each in RESPONSES:
        change = (changes or {}).get(each.request.rpartition("/")[2], {})
        if change is not None:
            acts.append(responded(replace(each, **change)))
    return RequestRegister.read(Acts(replace(act, seq=place) for place, act in enumerate(acts)))


def requests() -> list[Request]:
    """Return the requests as served."""
    return [Request(SET, number, text) for number, text in TEXTS]
