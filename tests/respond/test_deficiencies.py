"""Each request gets what its response lacks, and a full answer gets nothing."""

from __future__ import annotations

import pytest

from forthwith.domain.requests import BatesRange, Objection, Request, Response
from forthwith.respond import deficiencies

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
    for key in (KEY, "1"):
        given = {} if response is None else {key: response}
        found = list(deficiencies.of_requests([ASKED], given))
        assert [each.code for each in found] == codes
        assert all(each.request == KEY for each in found)


def test_each_category_has_a_rule_and_a_cure() -> None:
    for code, each in deficiencies.CATEGORIES.items():
        assert each.code == code
        assert each.clause.startswith("Fed. R. Civ. P.")
        assert each.says.endswith(".")
        assert each.cure.endswith(".")
