"""A sound claim has no finding; each thing broken in it has its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from forthwith.domain import fields
from forthwith.domain.acts import Acts
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Kind
from forthwith.review.privilege import claims as privilege_ledger
from forthwith.review.privilege.checks import Review, Shown, findings
from forthwith.review.privilege.claims import Attorney, Basis, Claim, Treatment
from forthwith.review.privilege.near_duplicates import Likeness, Text, Twin
from forthwith.review.privilege.people import Roster, Sides
from tests.builders.documents import child, control, document, email

REYES = Attorney("Dana Reyes", ("dreyes@halewick.example",), firm="Hale & Wick LLP",
                 since=date(2021, 1, 1))  # fmt: skip
SIDES = Sides.of([{"name": "Northgate", "side": "producing", "domains": "northgate.example"}])
BODY = "The quorum of the cold wallet ought not to be changed before the board has met."


def advice(number: int = 1, **said: Any) -> Document:
    return email(number, fields={fields.TO: ("Reyes <dreyes@halewick.example>",), **said})


def claim(number: int = 1, **changes: Any) -> Claim:
    words = f"E-mail to counsel seeking advice, item {number}"
    return replace(Claim(control(number), (Basis.ATTORNEY_CLIENT,), words), **changes)


def review(documents: Sequence[Document], made: Sequence[Claim], **changes: Any) -> Review:
    held: Mapping[ControlNumber, Document] = {each.control_number: each for each in documents}
    claims = privilege_ledger.claims(Acts([each.act() for each in made]))
    texts = {each.control: Text(each.control, BODY) for each in made}
    withheld = privilege_ledger.withheld(claims, documents)
    sound = Review(
        claims, held, Roster([REYES], SIDES), ZoneInfo("UTC"), texts, {}, withheld
    )  # fmt: skip
    return replace(sound, **changes)


def codes(given: Review) -> list[str]:
    return [each.code for each in findings(given)]


def test_a_sound_claim_has_no_finding() -> None:
    slip = {control(1): Shown("VOL001", "DOC00000001", "DOC00000001", "PRIV-0001")}

    assert codes(review([advice()], [claim()])) == []
    assert codes(review([advice()], [claim()], shown=slip)) == []


def test_a_row_without_date_or_recipient_is_named() -> None:
    bare = advice(**{fields.SENT: "", fields.TO: (), fields.CC: ("dreyes@halewick.example",)})
    (found,) = findings(review([bare], [claim()]))
    assert (found.code, found.message) == ("PC01", "the log row has no date")

    lost = advice(**{fields.TO: ()})
    assert "no recipients" in findings(review([lost], [claim()]))[0].message


def test_a_file_has_no_recipients_and_needs_an_author() -> None:
    said = {fields.MODIFIED: "2021-04-01T10:00:00+00:00"}
    written = document(fields={**said, fields.AUTHOR: "Dana Reyes"})

    assert codes(review([written], [claim()])) == []
    assert codes(review([document(fields=said)], [claim()])) == ["PC01", "PC02"]


def test_counsel_must_take_part_on_the_day_save_in_work_product() -> None:
    early = advice(**{fields.SENT: "2020-12-31T10:00:00+00:00"})

    assert codes(review([early], [claim()])) == ["PC02", "PC03"]
    inside = email(fields={fields.TO: ("Lee <lee@northgate.example>",)})
    assert codes(review([inside], [claim()])) == ["PC02"]
    product = claim(basis=(Basis.WORK_PRODUCT,))
    assert codes(review([inside], [product])) == []


def test_an_attachment_was_sent_by_who_sent_its_mail() -> None:
    mail = advice()
    inside = child(mail, 2, 1)

    assert codes(review([mail, inside], [claim(1), claim(2)])) == []


def test_a_third_party_breaks_the_privilege_and_is_named() -> None:
    open_mail = advice(**{fields.CC: ("Audit <a@tallymark.example>",)})
    (found,) = findings(review([open_mail], [claim()]))

    assert (found.code, "a@tallymark.example" in found.message) == ("PC03", True)


def test_where_the_domains_are_not_known_that_is_said() -> None:
    unknown = Roster([REYES], Sides())

    assert codes(review([advice()], [claim()], roster=unknown)) == ["PC14"]
    assert codes(review([advice()], [], roster=unknown)) == []


def test_a_description_in_the_documents_words_is_found() -> None:
    telling = claim(description="Advice that the quorum of the cold wallet ought not change")

    assert codes(review([advice()], [telling])) == ["PC04"]


def test_boilerplate_is_told_once() -> None:
    documents = [advice(each) for each in range(1, 7)]
    same = [claim(each, description="Legal advice") for each in range(1, 7)]

    assert codes(review(documents, same)) == ["PC05"]


def test_a_claim_on_what_went_out_asks_for_it_back() -> None:
    out = {control(1): Shown("VOL001", "DOC00000001", "DOC00000003")}
    (found,) = findings(review([advice()], [claim()], shown=out))

    assert (found.code, "VOL001" in found.message) == ("PC06", True)
    assert "26(b)(5)(B)" in found.clause
    assert "502" in found.clause


def test_a_split_family_wants_a_decision_either_way() -> None:
    mail = advice()
    family = [mail, child(mail, 2, 1)]
    whys = {"part": True, "because": "the attachment is a public filing"}
    for number in (1, 2):
        assert codes(review(family, [claim(number)])) == ["PC07"]
        assert codes(review(family, [claim(number, **whys)])) == []


def test_an_archive_between_is_no_member_to_decide_on() -> None:
    mail = advice()
    archive = child(mail, 2, 1, kind=Kind.CONTAINER)
    inside = child(mail, 3, 2, parent=archive.control_number)

    assert codes(review([mail, archive, inside], [claim(1), claim(3)])) == []


def test_a_claim_in_part_waits_for_redactions() -> None:
    assert codes(review([advice()], [claim(treatment=Treatment.REDACTED)])) == ["PC08"]


def test_slip_sheets_and_log_agree_in_both_directions() -> None:
    slip = {control(1): Shown("VOL001", "DOC00000001", "DOC00000001", "PRIV-0007")}
    assert codes(review([advice()], [], shown=slip)) == ["PC09"]
    assert codes(review([advice()], [claim()], shown=slip)) == ["PC09"]

    right = {control(1): replace(slip[control(1)], log="PRIV-0001")}
    back = claim(treatment=Treatment.WITHDRAWN)
    assert codes(review([advice()], [back], shown=right)) == ["PC10"]


def test_a_claim_on_nothing_is_found() -> None:
    assert codes(review([], [claim()])) == ["PC11"]


def test_twins_are_told_apart_by_whether_they_went_out() -> None:
    twin = Twin(control(2), control(1), Likeness.NEAR, 0.9)
    held = [advice(), document(2)]
    gone = {control(2): Shown("VOL001", "DOC00000009", "DOC00000009")}

    assert codes(review(held, [claim()], twins=[twin])) == ["PC12"]
    (found,) = findings(review(held, [claim()], twins=[twin], shown=gone))
    assert (found.code, "DOC00000009" in found.message) == ("PC13", True)
    assert control(1) in found.message


def test_a_claim_taken_back_is_looked_at_no_more() -> None:
    back = claim(treatment=Treatment.WITHDRAWN, description="The quorum of the cold wallet ought")

    assert codes(review([email()], [back])) == []


def test_what_is_redacted_as_privileged_is_claimed() -> None:
    blacked = frozenset({advice().control_number})

    assert "PC15" in codes(review([advice()], [], blacked=blacked))
    assert "PC15" not in codes(review([advice()], [claim()], blacked=blacked))
