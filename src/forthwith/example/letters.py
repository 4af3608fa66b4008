"""The mails of the example matter: who wrote what to whom, as Internet messages."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from forthwith.example.files import MEDIA_TYPES, logo
from forthwith.formats.mail.writer import OutgoingPart, render

PEOPLE = {
    "marisol": ("Ortega, Marisol", "marisol.ortega@northgate.example"),
    "per": ("Lindqvist, Per", "per.lindqvist@halden.example"),
    "tunde": ("Adeyemi, Tunde", "tunde.adeyemi@northgate.example"),
    "kofi": ("Mensah, Kofi", "kofi.mensah@northgate.example"),
    "bea": ("Solano, Bea", "bea.solano@northgate.example"),
    "rosalind": ("Achterberg, Rosalind", "rosalind.achterberg@northgate.example"),
    "ilse": ("Brandt, Ilse", "ilse.brandt@halden.example"),
    "wen": ("文佳怡 Wen Jiayi", "wen.jiayi@halden.example"),
    "noor": ("Haddad, Noor", "noor.haddad@keyforge.example"),
    "support": ("Northgate Desk", "desk@northgate.example"),
}
#: People whose mail program puts the answered mail below the answer.
_QUOTING = frozenset({"marisol", "per", "rosalind", "noor"})


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, written once; every copy of it is these bytes."""

    key: str
    sender: str
    #: To and cc, in that order.
    recipients: tuple[str, ...]
    copied: tuple[str, ...]
    when: datetime
    subject: str
    files: tuple[str, ...]
    data: bytes


def letters(story: Sequence[Mapping[str, Any]], files: Mapping[str, bytes]) -> list[Letter]:
    """Return the mails in the order of the story; equal input gives equal bytes."""
    written: dict[str, Letter] = {}
    by_key = {mail["key"]: mail for mail in story}
    for mail in story:
        data = render(
            _headers(mail, by_key),
            _plain(mail, by_key),
            _html(mail) if mail.get("html") else None,
            _parts(mail, files, written),
        )
        written[mail["key"]] = Letter(
            mail["key"],
            mail["from"],
            tuple(mail["to"]),
            tuple(mail.get("cc", ())),
            mail["when"],
            mail["subject"],
            tuple(mail.get("files", ())),
            data.replace(b"\r\n", b"\n"),
        )
    return list(written.values())


def _headers(
    mail: Mapping[str, Any], by_key: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, str]]:
    headers = [
        ("From", _mailbox(mail["from"])),
        ("To", ", ".join(map(_mailbox, mail["to"]))),
        ("Cc", ", ".join(map(_mailbox, mail.get("cc", ())))),
        ("Subject", mail["subject"]),
        ("Date", format_datetime(mail["when"])),
        ("Message-ID", message_id(mail)),
    ]
    above = _above(mail, by_key)
    if above:
        headers.append(("In-Reply-To", message_id(above[-1])))
        headers.append(("References", " ".join(map(message_id, above))))
    return [(name, value) for name, value in headers if value]


def _mailbox(who: str) -> str:
    name, address = PEOPLE[who]
    return f'"{name}" <{address}>'


def message_id(mail: Mapping[str, Any]) -> str:
    """Return the Message-ID of a mail of the story."""
    digest = hashlib.sha256(mail["key"].encode()).hexdigest()[:20]
    return f"<{digest}@{PEOPLE[mail['from']][1].partition('@')[2]}>"


def _above(
    mail: Mapping[str, Any], by_key: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the mails it answers, oldest first; a story only ever answers what came before."""
    chain: list[Mapping[str, Any]] = []
    while "re" in mail:
        mail = by_key[mail["re"]]
        chain.insert(0, mail)
    return chain


def _plain(mail: Mapping[str, Any], by_key: Mapping[str, Mapping[str, Any]]) -> str:
    body: str = mail["body"].strip("\n") + "\n"
    if "re" not in mail or "forward" in mail or mail["from"] not in _QUOTING:
        return body
    answered = by_key[mail["re"]]
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in answered["body"].strip().split("\n"))
    name = PEOPLE[answered["from"]][0]
    return f"{body}\nOn {answered['when']:%d %B %Y at %H:%M}, {name} wrote:\n{quoted}"


def _html(mail: Mapping[str, Any]) -> str:
    paragraphs = mail["body"].strip().split("\n\n")
    body = "".join(f"<p>{html.escape(text)}</p>\n" for text in paragraphs)
    return (
        '<html><body style="font-family: Arial, sans-serif">\n'
        f'<img src="cid:logo@northgate.example" alt="Northgate" width="180">\n{body}'
        "</body></html>\n"
    )


def _parts(
    mail: Mapping[str, Any], files: Mapping[str, bytes], written: Mapping[str, Letter]
) -> list[OutgoingPart]:
    parts = []
    if mail.get("html"):
        image = logo()
        parts.append(OutgoingPart("logo.png", "image/png", image, "logo@northgate.example", True))
    for name in mail.get("files", ()):
        media_type = MEDIA_TYPES[name.rpartition(".")[2]]
        parts.append(OutgoingPart(name, media_type, files[name]))
    if forwarded := mail.get("forward"):
        letter = written[forwarded]
        data = letter.data.replace(b"\n", b"\r\n")
        name = f"{letter.subject.replace(':', '').replace('?', '')}.eml"
        parts.append(OutgoingPart(name, "message/rfc822", data, is_message=True))
    return parts
