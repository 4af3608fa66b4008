"""What is proposed of one document, why, and where it says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.review.privilege.claims import Attorney
from forthwith.review.privilege.near_duplicates import Text
from forthwith.review.privilege.people import Roster, Sides
from forthwith.review.screen import screen
from forthwith.review.screen.claimed import Claimed
from forthwith.review.screen.proposals import Doubt, Proposal, Reason, Signal, Tier, proposal
from forthwith.review.screen.screen import Screen, proposals
from forthwith.review.screen.tokens import tokens
from tests.builders.documents import child, document, email

HOLM = Attorney(
    "Ada Holm",
    ("aholm@reyesholm.example",),
    ("reyesholm.example", "kanzlei-müller.example"),
    "Reyes & Holm LLP",
    since=date(2021, 1, 1),
    until=date(2022, 12, 31),
)
ACHTERBERG = Attorney("Rosalind Achterberg", ("rosalind.achterberg@northgate.example",))
BOLT = Attorney("Tom Bolt", ("bolt@commission.example",), party="Commission")
SIDES = Sides.of(
    [
        {"name": "Northgate", "side": "producing", "domains": "northgate.example"},
        {"name": "Commission", "side": "receiving", "domains": "commission.example"},
    ]
)
SCREEN = Screen.of(Roster((HOLM, ACHTERBERG, BOLT), SIDES), ZoneInfo("UTC"))
ME = "Ortega <marisol@northgate.example>"


def mail(text: str, to: str = ME, sender: str = ME, **more: str) -> tuple[Document, str]:
    """Return a mail of a day on which Holm is counsel, and its text."""
    own: dict[str, str | tuple[str, ...]] = {
        fields.FROM: sender,
        fields.TO: (to,),
        fields.SENT: more.pop("sent", "2022-03-01T09:00:00+00:00"),
    }
    own |= more
    return email(1, fields=own, name=""), text


def proposed(made: tuple[Document, str]) -> Proposal | None:
    looked = SCREEN.look(made[0], made[1], 0)
    found = proposals([looked], {}, {})
    return found[0] if found else None


def tier(made: tuple[Document, str]) -> str:
    found = proposed(made)
    return found.tier.value if found else ""


def signals(made: tuple[Document, str]) -> set[Signal]:
    found = proposed(made)
    return set(found.signals) if found else set()


MARKS = {
    "english": "ATTORNEY-CLIENT PRIVILEGED\n\nThe limits are set.",
    "slash": "Attorney/Client Communication\n\nThe limits are set.",
    "dash": "attorney–client privilege applies\n\nThe limits are set.",
    "two lines": "PRIVILEGED ATTORNEY-\nCLIENT COMMUNICATION\n\nThe limits are set.",
    "spread": "P R I V I L E G E D  A N D  C O N F I D E N T I A L\n\nThe limits are set.",
    "work product": "Attorney Work Product\n\nThe limits are set.",
    "spelt out": "Draft, privileged and confidential\n9. No employee has had access.",
    "escapes": "PRIVILEGED =26 CONFIDENTIAL=20\n=20\n=E2=80=93ATTORNEY=E2=80=93CLIENT PRIVILEGE\n",
    "soft break": "PRIVI=\nLEGED AND CONFIDENTIAL\n\nThe limits are set.",
    "no width": "Privi\u200bleged and confiden\u00adtial\n\nThe limits are set.",
    "wide": "ＰＲＩＶＩＬＥＧＥＤ ＡＮＤ ＣＯＮＦＩＤＥＮＴＩＡＬ\n\nThe limits are set.",
    "german": "Anwaltskorrespondenz - vertraulich\n\nDie Grenzen stehen.",
    "german umlaut": "ANWALTLICHE VERSCHWIEGENHEIT\n\nDie Grenzen stehen.",
    "french": "Confidentiel avocat-client\n\nLes limites sont fixées.",
    "french secret": "Couvert par le secret professionnel\n\nLes limites sont fixées.",
    "spanish": "PRIVILEGIADO Y CONFIDENCIAL\n\nLos límites están fijados.",
    "italian": "Riservato e privilegiato\n\nI limiti sono fissati.",
    "chinese": "律师-客户特权通信\n\n限额已经设定。",
    "korean": "변호사-의뢰인 특권\n\n한도가 정해졌다.",
    "entity": "PRIVILEGED &amp; CONFIDENTIAL\n\nThe limits are set.",
    "chinese traditional": "受法律專業保密權保護\n\n限額已經設定。",
}


@pytest.mark.parametrize("name", MARKS)
def test_a_mark_as_a_heading_is_strong(name: str) -> None:
    assert tier(mail(MARKS[name])) == "strong"


def test_what_is_proposed_says_where() -> None:
    text = "Per,\n\nthis is attorney-client privileged: read it.\n"
    found = proposed(mail(text))

    assert found is not None
    assert [text[first:last] for first, last in found.spans] == ["attorney-client privileged"]


@pytest.mark.parametrize(
    "text",
    [
        "We use privileged access management for the vault.",
        "I feel privileged to be part of this team.",
        "Only privileged users may run the sweep; least privilege is the rule.",
        "The container runs as a non-privileged process.",
        "This document is not privileged.",
    ],
)
def test_privileged_may_be_something_else(text: str) -> None:
    assert tier(mail(text)) == ""


NOTICE = (
    "\n\nThis e-mail may contain privileged information. If you are not the intended recipient, "
    "delete it.\n"
)


def test_a_notice_is_no_mark_and_its_lawyers_are_no_term() -> None:
    assert tier(mail("Lunch at noon?" + NOTICE)) == ""


def test_a_mark_that_is_quoted_is_weak() -> None:
    made = mail("Thanks.\n\n> ATTORNEY-CLIENT PRIVILEGED\n> The limits are set.\n")

    assert tier(made) == "weak"
    assert signals(made) == {Signal.QUOTED_MARKING}


@pytest.mark.parametrize(
    ("name", "subject"),
    [("Privileged_Memo.docx", ""), ("PrivilegedMemo.pdf", ""), ("", "Privileged: limits")],
)
def test_a_mark_in_a_name_or_subject_alone_is_proposed(name: str, subject: str) -> None:
    made = document(1, name=name, fields={fields.SUBJECT: subject})

    assert tier((made, "The limits are set.")) == "likely"


@pytest.mark.parametrize(
    ("to", "signal"),
    [
        ("Holm <AHOLM@ReyesHolm.EXAMPLE>", Signal.COUNSEL),
        ("'aholm@reyesholm.example'", Signal.COUNSEL),
        ("SMTP:aholm@reyesholm.example", Signal.COUNSEL),
        ("lee@northgate.example; aholm@reyesholm.example", Signal.COUNSEL),
        ("clerk@mail.reyesholm.example", Signal.FIRM),
        ("clerk@KANZLEI-MÜLLER.example", Signal.FIRM),
        ("clerk@xn--kanzlei-mller-4ob.example", Signal.FIRM),
        ("/O=NORTHGATE/OU=NA/CN=RECIPIENTS/CN=RACHTERBERG", Signal.ALIAS),
        ("Rosalind Achterberg/NYC/Northgate@NORTHGATE", Signal.ALIAS),
        ("Achterberg, Rosalind", Signal.ALIAS),
        ("Rosalind M. Achterberg", Signal.ALIAS),
        ("clerk@notreyesholm.example", None),
        ("reyesholm.example@attacker.example", None),
        ("aholm@reyesholm.example.attacker.example", None),
        ("Rosalind <rosalind@elsewhere.example>", None),
        ("", None),
    ],
)
def test_counsel_is_known_by_address_domain_or_alias(to: str, signal: Signal | None) -> None:
    assert signals(mail("At noon.", to)) == ({signal} if signal else set())


def test_who_is_not_counsel_on_the_day_is_business_staff() -> None:
    to = "aholm@reyesholm.example"

    assert tier(mail("At noon.", to, sent="2020-03-01T09:00:00+00:00")) == ""
    assert tier(mail("At noon.", to, sent="2023-03-01T09:00:00+00:00")) == ""


def test_counsel_and_terms_are_never_strong() -> None:
    text = "Legal advice of outside counsel on the lawsuit, from our attorneys and the law firm."

    assert tier(mail(text, ME, "aholm@reyesholm.example")) == "likely"


def test_terms_alone_are_weak() -> None:
    text = "Legal advice of outside counsel on the lawsuit, from our attorneys and the law firm."

    assert tier(mail(text)) == "weak"


def test_adverse_counsel_warns_and_proposes_nothing() -> None:
    assert tier(mail("At noon.", "bolt@commission.example")) == ""
    found = proposed(mail("Privileged and confidential\n\nAt noon.", "bolt@commission.example"))
    assert found is not None
    assert [warned.doubt for warned in found.warnings] == [Doubt.ADVERSE]
    assert found.tier is not Tier.STRONG


def test_a_stranger_on_the_line_is_warned_of() -> None:
    found = proposed(mail("Limits.", "eve@elsewhere.example", "aholm@reyesholm.example"))

    assert found is not None
    assert [warned.doubt for warned in found.warnings] == [Doubt.STRANGER]


def test_bulk_mail_of_a_firm_is_not_proposed() -> None:
    text = "Client alert: new rules on custody. To unsubscribe, reply to this mail."

    assert tier(mail(text, ME, "news@reyesholm.example")) == ""


ADVICE = " ".join(f"advice{number} on the key of vault{number}" for number in range(30))


def claimed_with(text: str) -> Claimed:
    return Claimed.of([(Text(document(7).control_number, text), tokens(text))])


def look(text: str, own: str) -> set[Signal]:
    looked = SCREEN.look(*mail(own), 0, claimed_with(text))
    return {reason.signal for reason in looked.reasons}


def test_a_twin_of_a_claim_and_a_long_quotation_are_strong() -> None:
    forty = " ".join(ADVICE.split()[20:62])

    assert look(ADVICE, ADVICE) == {Signal.TWIN}
    assert look(ADVICE, f"He says {forty} and no more") == {Signal.QUOTE}
    assert look(ADVICE, " ".join(ADVICE.split()[20:55])) == set()
    assert look("", "At noon.") == set()


def test_what_hangs_on_a_claim_is_strong_and_on_a_proposal_less() -> None:
    top = email(1)
    hanging = child(top, 2, 1, name="list.xlsx")
    looked = [SCREEN.look(top, "ATTORNEY WORK PRODUCT\n", 0), SCREEN.look(hanging, "a list", 0)]
    (claimed,) = proposals(looked[1:], {top.control_number: "PRIV-0001"}, {})
    above, below = proposals(looked, {}, {})

    assert (claimed.tier, claimed.reasons[0].other) == (Tier.STRONG, top.control_number)
    assert (above.tier, below.tier) == (Tier.STRONG, Tier.LIKELY)


@pytest.mark.parametrize("signal", [Signal.CLASSIFIER, Signal.TERM])
def test_a_classifier_alone_never_says_more_than_weak(signal: Signal) -> None:
    found = proposal("FW1", [Reason(signal, 50.0, "it reads so")])

    assert found is not None
    assert found.tier is Tier.WEAK


def test_a_mail_without_headers_is_read_all_the_same() -> None:
    bare = replace(email(1), fields={}, name="")

    assert tier((bare, "Attorney-client privilege\n")) == "strong"
    assert tier((bare, "")) == ""


def test_a_text_too_long_to_be_looked_through_is_proposed_as_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A mark past the end of what was read would else be cleared by nobody, unseen."""
    assert proposed(mail("Figures of the day. " * 30)) is None
    monkeypatch.setattr(screen, "MOST", 500)

    found = proposed(mail("Figures of the day. " * 30))

    assert found is not None
    assert (found.tier, found.reasons[0].signal) == (Tier.WEAK, Signal.UNREAD)
    assert "Only the first 500 of 600 characters" in found.reasons[0].words
