"""Bodies of acts and values are inverse; a log number belongs to one document for ever."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.act_bodies import Body, BodyError
from forthwith.domain.acts import Act, Acts
from forthwith.domain.documents import ControlNumber
from forthwith.domain.evidence import Kind
from forthwith.review.privilege import claims as privilege_ledger
from forthwith.review.privilege.claims import (
    ATTORNEY,
    CLAIM,
    Attorney,
    Basis,
    Claim,
    CutOff,
    Release,
    Treatment,
)
from tests.builders.documents import child, control, document

texts = st.text(max_size=8)
some = texts.map(lambda text: f"x{text}")
lower = st.lists(texts.map(str.lower).filter(lambda t: t == t.lower()), max_size=3).map(tuple)
days = st.none() | st.dates()
attorneys = st.builds(Attorney, some, lower, lower, texts, texts, days, days)
claims = st.builds(
    Claim,
    st.integers(1, 9).map(control),
    st.lists(st.sampled_from(Basis), min_size=1, max_size=4).map(tuple),
    some,
    st.sampled_from(Treatment),
    texts,
    st.booleans(),
    some,
)


def through_json(body: object) -> Body:
    return Body("test", json.loads(json.dumps(body)))


@given(attorneys)
def test_an_attorney_comes_back_whole(attorney: Attorney) -> None:
    assert Attorney.read(through_json(attorney.body())) == attorney


@given(claims)
def test_a_claim_comes_back_whole(claim: Claim) -> None:
    assert Claim.read(claim.control, through_json(claim.act().body)) == claim


def test_a_cut_off_and_a_release_come_back_whole() -> None:
    agreed = CutOff(date(2023, 6, 5), "Rule 26(f) report, paragraph 7", ("Hale & Wick LLP",))
    let_go = Release(control(1), control(2), "published in 2021")

    assert CutOff.read(through_json(agreed.act().body)) == agreed
    assert Release.read(through_json(let_go.act().body)) == let_go


def test_a_body_with_an_unknown_ground_is_refused() -> None:
    body = {**Claim(control(1), (Basis.WORK_PRODUCT,), "A draft").body(), "basis": ["XX"]}

    with pytest.raises(BodyError, match="XX"):
        Claim.read("FW00000001", Body("test", body))


@given(st.lists(claims, max_size=12), st.integers(0, 12))
def test_a_log_number_never_changes_and_is_never_used_twice(several: list[Claim], cut: int) -> None:
    acts = [replace(claim.act(), seq=place) for place, claim in enumerate(several)]
    before = privilege_ledger.claims(Acts(acts[:cut]))
    after = privilege_ledger.claims(Acts(acts))

    assert len({claim.log for claim in after.values()}) == len({claim.control for claim in several})
    for number, claim in before.items():
        assert after[number].log == claim.log


def test_an_attorney_given_again_is_replaced() -> None:
    body = Attorney("Dana Reyes", ("d@halewick.example",)).body()
    again = {**body, "to": "2022-12-31"}
    acts = [Act(ATTORNEY, "Dana Reyes", body, 1), Act(ATTORNEY, "Dana Reyes", again, 2)]

    (attorney,) = privilege_ledger.attorneys(Acts(acts))
    assert (attorney.on(date(2022, 12, 31)), attorney.on(date(2023, 1, 1))) == (True, False)


def test_a_withheld_container_takes_what_it_held_and_a_withheld_mail_does_not() -> None:
    """Attachments are claimed one by one; the content of an archive is the archive."""
    archive = document(1, kind=Kind.CONTAINER, name="all.zip")
    inside = child(archive, 2, 1)
    act = Claim(control(1), (Basis.ATTORNEY_CLIENT,), "Files sent to counsel").act()
    claimed = privilege_ledger.claims(Acts([act]))

    assert set(privilege_ledger.withheld(claimed, [archive, inside])) == {control(1), control(2)}
    mail = replace(archive, kind=Kind.EMAIL)
    assert privilege_ledger.withheld(claimed, [mail, inside]) == {control(1): "PRIV-0001"}


def test_a_claim_in_part_or_taken_back_withholds_nothing() -> None:
    for treatment in (Treatment.REDACTED, Treatment.WITHDRAWN):
        act = Claim(control(1), (Basis.WORK_PRODUCT,), "A draft", treatment).act()
        claimed = privilege_ledger.claims(Acts([Act(CLAIM, ControlNumber(act.key), act.body)]))
        assert privilege_ledger.withheld(claimed, [document(1)]) == {}
