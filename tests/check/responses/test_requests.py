"""Each request gets what its response lacks, and a full answer gets nothing."""

from __future__ import annotations

import pytest

from forthwith.check.responses import requests as deficiencies
from forthwith.domain.bates import Bates
from forthwith.domain.requests import BatesRange, Objection, Request, RequestKind, Response
from forthwith.loadfiles.volume_rows import Span

ASKED = Request("First RFPs", "1", "All plans.")
KEY = ASKED.key
RANGE = (BatesRange("N1", "N2", "VOL001"),)


@pytest.mark.parametrize(
    ("response", "codes"),
    [
        (None, ["RQ01"]),
        (Response(KEY), ["RQ01"]),
        (Response(KEY, text="See", ranges=RANGE), []),
        (Response(KEY, text="None were found.", no_documents=True), []),
        (Response(KEY, produce="plan*"), ["RQ02"]),
        (Response(KEY, objections=(Objection("overbroad"),)), ["RQ03"]),
        (Response(KEY, objections=(Objection("overbroad", withheld=True),)), []),
        (Response(KEY, produce="plan*", objections=(Objection("overbroad"),)), ["RQ03", "RQ02"]),
    ],
)
def test_a_request_gets_what_its_response_lacks(
    response: Response | None, codes: list[str]
) -> None:
    given = {} if response is None else {KEY: response}
    found = list(deficiencies.of_requests([ASKED], given))
    assert [each.code for each in found] == codes
    assert all(each.request == KEY for each in found)


def test_an_answer_to_the_same_number_of_another_set_is_none() -> None:
    other = {"Second RFPs/1": Response("Second RFPs/1", text="See")}

    assert [each.code for each in deficiencies.of_requests([ASKED], other)] == ["RQ01"]


@pytest.mark.parametrize(
    ("kind", "response", "codes"),
    [
        (RequestKind.INTERROGATORY, Response(KEY, text="In the vault."), ["RQ09"]),
        (RequestKind.INTERROGATORY, Response(KEY, text="In the vault.", verifier="A. Roe"), []),
        (RequestKind.INTERROGATORY, Response(KEY, ranges=RANGE, rule33d=True), ["RQ09"]),
        # What is only objected to is answered by nobody.
        (RequestKind.INTERROGATORY, Response(KEY, objections=(Objection("x", "", False),)), []),
        (RequestKind.RFP, Response(KEY, text="See", ranges=RANGE), []),
        (None, Response(KEY, text="See", ranges=RANGE), []),
    ],
)
def test_an_interrogatory_is_answered_by_somebody(
    kind: RequestKind | None, response: Response, codes: list[str]
) -> None:
    found = deficiencies.of_requests([ASKED], {KEY: response}, kind)

    assert [each.code for each in found] == codes


def span(first: str, last: str) -> Span:
    return Span(Bates.parse(first), Bates.parse(last))


HELD = [span("N01", "N04"), span("N08", "N09"), span("X01", "X09")]


@pytest.mark.parametrize(
    ("first", "last", "lacking"),
    [
        ("N01", "N04", ()),
        ("N02", "N03", ()),
        ("N03", "N08", ("N05", "N07")),
        ("N00", "N10", ("N00", "N00", "N05", "N07", "N10", "N10")),
        ("N11", "N12", ("N11", "N12")),
        ("N001", "N002", ("N001", "N002")),
        # No run of pages: nobody can find it.
        ("N04", "N01", ("N04", "N01")),
        ("N01", "X09", ("N01", "X09")),
        ("all", "of it", ("all", "of it")),
    ],
)
def test_pages_cited_are_looked_for_in_the_volumes(
    first: str, last: str, lacking: tuple[str, ...]
) -> None:
    response = Response(KEY, ranges=(BatesRange(first, last, "VOL003"),))
    found = list(deficiencies.of_pages([ASKED], {KEY: response}, HELD))

    assert [(each.code, each.request, each.about) for each in found] == (
        [("RQ08", KEY, lacking)] if lacking else []
    )


def test_many_pages_of_one_volume_are_one_point() -> None:
    ranges = tuple(BatesRange(f"M{n}0", f"M{n}1", "VOL003") for n in range(1, 8))
    more = BatesRange("M90", "M91", "VOL004")
    response = Response(KEY, ranges=(*ranges, more))
    found = list(deficiencies.of_pages([ASKED], {KEY: response}, HELD))

    assert [len(each.about) for each in found] == [14, 2]
    assert "M50 to M51, 2 more ranges (said to be in VOL003)" in found[0].message
