"""Notices at the foot of mail say nothing of it; what is quoted says something of another."""

from __future__ import annotations

import pytest

from forthwith.review.screen import screen
from forthwith.review.screen.parts import Part
from forthwith.review.screen.tokens import tokens

#: As mail servers and firms put them under mail, wrapped and not.
NOTICES = {
    "plain": (
        "This e-mail and any attachments may contain privileged and confidential information and "
        "are intended only for the addressee. If you have received it in error, please delete it."
    ),
    "firm": (
        "CONFIDENTIALITY NOTICE: The information contained in this e-mail is legally privileged\n"
        "and confidential, and is intended only for the use of the individual or entity named\n"
        "above. If the reader of this message is not the intended recipient, you are hereby\n"
        "notified that any dissemination, distribution or copying is strictly prohibited. If you\n"
        "have received this communication in error, please notify us by telephone.\n"
    ),
    "capitals": (
        "THIS MESSAGE MAY CONTAIN INFORMATION THAT IS\nATTORNEY-CLIENT PRIVILEGED. IF YOU ARE NOT\n"
        "THE INTENDED RECIPIENT, DELETE THIS MESSAGE.\n"
    ),
    "heading": (
        "PRIVILEGED AND CONFIDENTIAL\n\n"
        "This message is intended solely for the person to whom it is addressed. If you are not "
        "the intended recipient, please destroy it."
    ),
    "short": "May be privileged. If you are not the intended recipient, delete.",
    "fax": (
        "The information in this facsimile is attorney work product, for the sole use of the "
        "addressee; any review by others is unauthorized."
    ),
    "german": (
        "Diese E-Mail enthält vertrauliche und rechtlich geschützte Informationen (Anwaltsgeheimnis"
        "). Wenn Sie nicht der richtige Adressat sind oder diese E-Mail irrtümlich erhalten haben, "
        "informieren Sie bitte sofort den Absender und vernichten Sie diese Mail."
    ),
    "french": (
        "Ce message et ses pièces jointes sont couverts par le secret professionnel et réservés à "
        "leur destinataire. Si vous l'avez reçu par erreur, merci de le détruire."
    ),
    "spanish": (
        "Este mensaje está protegido por el secreto profesional y se dirige exclusivamente a su "
        "destinatario. Si lo recibe por error, le rogamos lo elimine. Queda prohibida su copia."
    ),
    "italian": (
        "Questo messaggio è coperto da segreto professionale ed è riservato al destinatario. Se lo "
        "avete ricevuto per errore, vi preghiamo di cancellarlo."
    ),
    "chinese": (
        "本邮件及其附件可能包含保密信息及律师客户特权信息，仅供指定收件人使用。如您误收本邮件，"
        "请立即删除并通知发件人。"
    ),
    "portuguese": (
        "Esta mensagem pode conter informação protegida por sigilo profissional e destina-se ao "
        "seu destinatário. Se a recebeu por engano, apague-a."
    ),
}  # fmt: skip
BODY = "Per,\n\nthe sweep runs at noon. Please look at the limits before then.\n\nMarisol\n"


def parts(text: str, *, mail: bool = True) -> list[tuple[str, Part]]:
    """Return each word of a text with whose it is."""
    words = tokens(text)
    laid_out = screen.parts_of(text, words, 0, mail=mail)
    return [(word.word, laid_out.of(word.first)) for word in words]


def of(text: str, word: str, *, mail: bool = True) -> Part:
    """Return whose word it is, at its first place."""
    return next(part for found, part in parts(text, mail=mail) if found == word)


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_is_known_and_what_stands_over_it_is_the_writers(name: str) -> None:
    found = parts(f"{BODY}\n{NOTICES[name]}\n")
    own = [word for word, part in found if part is Part.OWN]

    assert own == [token.word for token in tokens(BODY)]


@pytest.mark.parametrize(
    "text",
    [
        "Delete this message when you have read it; it is privileged.",
        "This is attorney-client privileged. Do not forward it to anyone.",
        "Who is the intended recipient of the coins? The vault in Tallinn.",
        "The wire went out in error on Monday.",
        "PRIVILEGED AND CONFIDENTIAL\n\nOur advice on the notice of error follows.",
    ],
)
def test_what_people_say_is_no_notice(text: str) -> None:
    assert {part for _, part in parts(text)} == {Part.OWN}


def test_a_mark_at_the_top_stands_though_a_notice_follows() -> None:
    text = f"PRIVILEGED\n\n{NOTICES['plain']}\n\n{BODY}"

    assert parts(text)[0] == ("privileged", Part.OWN)
    assert of(text, "sweep") is Part.OWN


QUOTED = {
    "prefix": "Agreed.\n\n> please keep this orchid\n> to yourself\n\nMarisol",
    "deep": "Agreed.\n>> > orchid\n",
    "initials": "Agreed.\n\nJS> orchid\n",
    "wrote": "Agreed.\n\nOn Monday, 7 March 2022 at 10:15, Adeyemi, Tunde\n<t@x.example> wrote:\n\n"
    "orchid",
    "german wrote": "Gut.\n\nAm 07.03.2022 um 10:15 schrieb Tunde Adeyemi:\n\norchid",
    "french wrote": "Oui.\n\nLe 7 mars 2022 à 10:15, Tunde <t@x.example> a écrit :\n\norchid",
    "spanish wrote": "Sí.\n\nEl lun, 7 mar 2022 a las 10:15, T (<t@x.example>) escribió:\n\norchid",
    "italian wrote": "Sì.\n\nIl giorno lun 7 mar 2022 alle 10:15 T ha scritto:\n\norchid",
    "chinese wrote": "同意。\n\n在 2022年3月7日，张三 写道：\n\norchid",
    "outlook": "Yes.\n\n-----Original Message-----\nFrom: T\nSent: Monday\nTo: P\n\norchid",
    "block": "Yes.\n\nFrom: Adeyemi, Tunde\nSent: Monday\nTo: Per\nSubject: Cards\n\norchid",
    "german block": "Ja.\n\nVon: A\nGesendet: Montag\nAn: B\nBetreff: C\n\norchid",
    "french block": "Oui.\n\nDe : A\nEnvoyé : lundi\nÀ : B\nObjet : C\n\norchid",
    "chinese block": "好。\n\n发件人：甲\n发送时间：周一\n收件人：乙\n主题：丙\n\norchid",
    "forward": "Yes.\n\n---------- Forwarded message ----------\norchid",
    "lotus": "Yes.\n\n---------------------- Forwarded by A/HOU/X on 01/02/2001 08:00 AM\n\norchid",
    "apple": "Yes.\n\nBegin forwarded message:\n\norchid",
}


@pytest.mark.parametrize("name", QUOTED)
def test_what_is_quoted_is_known(name: str) -> None:
    text = QUOTED[name]

    assert of(text, "orchid") is Part.QUOTED
    assert parts(text)[0][1] is Part.OWN


def test_what_stands_under_a_prefixed_quotation_is_the_writers() -> None:
    assert of("On 7 March, Per wrote:\n> noon?\n\norchid", "orchid") is Part.OWN


def test_the_header_of_a_mail_as_printed_is_its_own() -> None:
    text = "From: A\nSent: Monday\nTo: B\nSubject: C\n\norchid"

    assert of(text, "orchid", mail=False) is Part.OWN
    assert of(text, "orchid") is Part.QUOTED


def test_a_long_notice_costs_what_it_is_long() -> None:
    sentence = "This e-mail is intended only for the addressee, and privileged if in error. "
    text = BODY + sentence * 2_700 + "x" * 50_000 + "\n>" * 20_000 + " on" * 20_000 + ":" * 20_000

    whose = dict(reversed(parts(text)))

    assert (whose["privileged"], whose["sweep"]) == (Part.NOTICE, Part.OWN)
