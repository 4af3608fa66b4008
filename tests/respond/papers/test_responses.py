"""Responses and objections: the laws of the paper."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from forthwith.domain.requests import BatesRange, Objection, RequestKind
from forthwith.papers.blocks import UNSIGNED, Block, Heading, Verbatim
from forthwith.papers.text import as_text
from forthwith.respond.papers.responses import (
    NothingToServeError,
    NotServableError,
    compose,
    hindrances,
    title,
    withholding,
)
from forthwith.respond.registers.requests import RequestRegister
from tests.builders import answered

PROPER = re.compile(
    r"(?:materials|information)(?: is| are)(?: not)? being withheld on the basis of"
)


def flat(blocks: list[Block]) -> str:
    """Return the paper as one run of text."""
    return " ".join(as_text(blocks).decode("utf-8-sig").split())


def paper(register: RequestRegister) -> list[Block]:
    return compose(answered.FRONT, register, answered.SET, answered.PAGES)


def test_every_request_stands_in_it_once_word_for_word() -> None:
    blocks = paper(answered.register())

    verbatim = [each.text for each in blocks if isinstance(each, Verbatim)]
    assert verbatim == [each.text for each in answered.requests()]
    headings = [each.text for each in blocks if isinstance(each, Heading) and each.level == 2]
    assert headings == [f"REQUEST FOR PRODUCTION NO. {n}:" for n in (1, 2, 3)]


def test_no_objection_stands_without_the_sentence_of_rule_34() -> None:
    said = flat(paper(answered.register()))

    objections = re.split(r"Objection \d+: ", said)[1:]
    assert len(objections) == 3
    assert [PROPER.search(each) is not None for each in objections] == [True] * 3
    assert (
        said.count("Responsive materials are being withheld on the basis of this objection.") == 1
    )
    assert "What is withheld: minutes of 4 May 2023." in said


def test_interrogatories_withhold_information() -> None:
    kept = Objection("x", withheld=True)

    assert withholding(kept, RequestKind.INTERROGATORY) == (
        "Responsive information is being withheld on the basis of this objection."
    )


@pytest.mark.parametrize(
    ("number", "change", "why"),
    [
        ("1", {"objections": (Objection("Vague"),)}, "does not say whether responsive materials"),
        ("1", {"ranges": (BatesRange("ABC0001", "ABC0099", "VOL001"),)}, "is not in the sealed"),
        ("2", None, "nothing is answered"),
        ("2", {"no_documents": False, "produce": "quorum"}, "does not say when"),
    ],
)
def test_what_may_not_be_served_is_refused_with_every_reason(
    number: str, change: dict | None, why: str
) -> None:
    register = answered.register({number: change})

    assert [why in each for each in hindrances(register, answered.SET, answered.PAGES)] == [True]
    with pytest.raises(NotServableError, match="cannot be served") as stopped:
        paper(register)
    assert f"{answered.SET}/{number}" in str(stopped.value)


def test_a_set_that_is_not_there_is_refused() -> None:
    with pytest.raises(NothingToServeError, match="There is no set 'Second'"):
        compose(answered.FRONT, answered.register(), "Second", answered.PAGES)


def test_an_interrogatory_answer_names_who_swears_to_it() -> None:
    sworn = {str(n): {"verifier": "Marisol Ortega"} for n in (1, 2)}
    register = answered.register(sworn, RequestKind.INTERROGATORY)

    said = flat(paper(register))
    assert said.count("Marisol Ortega answers this interrogatory under oath") == 2
    assert "ANSWERS AND OBJECTIONS" in said
    with pytest.raises(NotServableError, match="33\\(b\\)\\(3\\)"):
        paper(answered.register(kind=RequestKind.INTERROGATORY))


def test_an_answer_under_rule_33d_lists_its_records() -> None:
    sworn: dict[str, dict] = {str(n): {"verifier": "Marisol Ortega"} for n in (1, 2)}
    sworn["1"]["rule33d"] = True
    said = flat(paper(answered.register(sworn, RequestKind.INTERROGATORY)))

    assert "substantially the same for either party (Fed. R. Civ. P. 33(d))" in said
    assert "VOL001 ABC0001 ABC0006 6" in said


def test_ranges_and_searched_custodians_are_listed() -> None:
    said = flat(paper(answered.register()))

    assert "VOL001 ABC0001 ABC0006 6" in said
    assert "custodians were searched: Ortega, Marisol; Adeyemi, Tunde." in said
    assert "found no documents responsive to this request" in said


def test_it_is_unsigned_and_has_a_certificate_of_service() -> None:
    blocks = [
        *paper(answered.register()),
        answered.FRONT.signature(date(2023, 8, 14)),
        *answered.FRONT.certificate(),
    ]
    said = flat(blocks)

    assert said.count(UNSIGNED) == 2
    assert "/s/" not in said
    assert "CERTIFICATE OF SERVICE" in said
    assert "Dated: August 14, 2023" in said


def test_a_second_paper_is_amended() -> None:
    first = answered.register()
    served = tuple(
        replace(each, history=(replace(each.history[-1], served="responses/1"), *each.history))
        for each in first.standings
    )

    assert "Amended" not in title(answered.FRONT, first.standings)
    assert title(answered.FRONT, served) == (
        "Northgate Trading Ltd.'s Amended Responses and Objections to Securities and Exchange "
        "Commission's First Requests for Production"
    )


GOLDEN = """\
                         UNITED STATES DISTRICT COURT
                         FOR THE DISTRICT OF COLUMBIA

SECURITIES AND EXCHANGE COMMISSION,   )
                                      )
          Plaintiff,                  )
                                      )   Civil Action No. 1:23-cv-04411
        v.                            )   Hon. Amara Lindqvist
                                      )
NORTHGATE TRADING LTD.,               )
                                      )
          Defendant.                  )
                                      )
______________________________________)

         NORTHGATE TRADING LTD.'S RESPONSES AND OBJECTIONS TO
     SECURITIES AND EXCHANGE COMMISSION'S FIRST REQUESTS FOR
                              PRODUCTION
"""


def test_the_head_of_the_paper_looks_as_courts_have_it() -> None:
    made = as_text(paper(answered.register())).decode("utf-8-sig").replace("\r\n", "\n")

    assert [line.strip() for line in made.splitlines()[:18]] == [
        line.strip() for line in GOLDEN.splitlines()
    ]


def test_a_matter_without_roles_is_named_by_its_name() -> None:
    front = answered.Front.of("Northgate inquiry", "HO-1", (), {})

    said = flat([front.caption("Responses")])
    assert "In re Northgate inquiry" in said
    assert " v. " not in said
