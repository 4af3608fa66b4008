"""Every file of the example matter by name: those the mails attach and those that lie loose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forthwith.example import pictures
from forthwith.example.office import Properties, docx, pptx, xlsx, zipped

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
    "png": "image/png",
    "zip": "application/zip",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "csv": "text/csv",
}
_YEAR_END = (2021, 12, 16, 17, 0, 0)
_HOT_WALLET = (
    ("00:00", 38.0),
    ("01:00", 31.0),
    ("02:00", 14.0),
    ("03:00", 3.0),
    ("04:00", 3.0),
    ("05:00", 3.0),
    ("06:00", 96.0),
    ("07:00", 88.0),
)
_MOVED = (
    ("15 Jun", 20.0),
    ("18 Jun", 61.0),
    ("21 Jun", 118.0),
    ("24 Jun", 180.0),
    ("27 Jun", 206.0),
    ("29 Jun", 209.0),
)
_CHANGES = """date,account,rule,change
2021-03-02,halden-ops,cold-withdrawal,"created, 3 of m.ortega, k.mensah, per.lindqvist, halden-ops"
2021-05-12,m.ortega,hot-sweep,"created, any one of k.mensah, any administrator"
2021-09-09,halden-ops,cold-withdrawal,approvers 3 to 2
2021-09-10,halden-ops,cold-withdrawal,approvers 2 to 3
2022-01-24,m.ortega,cold-withdrawal,approver added: b.solano
2022-10-03,halden-ops,hot-limit,40 to 60 BTC
2022-11-14,k.admin,administrators,removed: per.lindqvist; halden-ops
2022-11-14,k.admin,hot-sweep,approver added: a.solheim
"""
_BALANCES = "wallet,BTC,ETH\r\nhot,40,600\r\ndeposit cold,2140.5,31880\r\nlong-term,812.0,9100\r\n"
_FREEZE = (
    "Freeze 23 December to 3 January\r\n"
    "On call: Kofi until the 28th, Marisol after.\r\n"
    "If cold is needed: 1, 2 and 4. Per is at his mother's, it takes him three hours.\r\n"
)


def all_files(story: Mapping[str, Any]) -> dict[str, bytes]:
    """Return every file by name; `story` is `story/files.toml`, read."""
    office = {file["name"]: docx(file["text"], _said(file)) for file in story["docx"]}
    office |= {file["name"]: xlsx(file["sheets"], _said(file)) for file in story["xlsx"]}
    office |= {file["name"]: pptx(_slides(file), _said(file)) for file in story["pptx"]}
    office |= {file["name"]: pictures.pdf(file["pages"], *file["said"]) for file in story["pdf"]}
    return {**office, **_drawn(), **_plain()}


def _said(file: Mapping[str, Any]) -> Properties:
    title, author, last_author, created, modified = file["said"]
    return Properties(title, author, last_author, created, modified)


def _slides(file: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(title, text, notes) for title, text, notes in file["slides"]]


def _drawn() -> dict[str, bytes]:
    certificate = (
        "Certificate of destruction",
        "",
        "1. Card 4, cut in four, 8 July 2022",
        "2. PIN envelope, burnt, 8 July 2022",
        "3. ---",
        "",
        "P. Lindqvist     I. Brandt (witness)",
    )
    agreement = pictures.pdf(
        ["Escrow agreement\n\nKeyforge keeps share 5 sealed and signs on the written word of two."],
        "Escrow agreement",
        "Keyforge",
        "20210226",
    )
    return {
        "destruction-signed.pdf": pictures.scanned(certificate, "Scan 2022-07-08", "20220708"),
        "keyforge-escrow-agreement.pdf": pictures.locked(agreement, "otter-lantern-17"),
        "hot-wallet-0909.png": pictures.bars("Hot wallet, 9 September 2021", _HOT_WALLET, "BTC"),
        "migration-progress.png": pictures.bars("Old addresses empty", _MOVED, "of 212"),
        "seal.png": pictures.label(("NG-00417", "build laptop", "12 January 2023")),
    }


def _plain() -> dict[str, bytes]:
    year_end = {"balances-2021.csv": _BALANCES.encode(), "freeze.txt": _FREEZE.encode()}
    return {
        "year-end.zip": zipped(year_end, _YEAR_END),
        "approval-changes.csv": _CHANGES.replace("\n", "\r\n").encode(),
        "ceremony.ics": _meeting("ceremony", "Key ceremony", "20210414T100000", "PT6H20M"),
        "reshare.ics": _meeting("reshare", "New shares", "20220614T120000", "PT5H"),
        "bea-solano.vcf": (
            b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Solano;Bea;;;\r\nFN:Bea Solano\r\n"
            b"ORG:Northgate;Custody operations\r\nTITLE:Officer\\, share 3\r\n"
            b"EMAIL;TYPE=INTERNET:bea.solano@northgate.example\r\n"
            b"TEL;TYPE=CELL:+1 212 555 0143\r\nEND:VCARD\r\n"
        ),
    }


def _meeting(uid: str, summary: str, starts: str, lasts: str) -> bytes:
    lines = (
        "BEGIN:VCALENDAR",
        "PRODID:-//Northgate//Calendar//EN",
        "VERSION:2.0",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{uid}@northgate.example",
        "DTSTAMP:20210322T130000Z",
        f"DTSTART;TZID=America/New_York:{starts}",
        f"DURATION:{lasts}",
        f"SUMMARY:{summary}",
        "LOCATION:Room 4\\, New York",
        'ORGANIZER;CN="Ortega, Marisol":mailto:marisol.ortega@northgate.example',
        "ATTENDEE;CN=Tunde Adeyemi;PARTSTAT=ACCEPTED:mailto:tunde.adeyemi@northgate.example",
        "ATTENDEE;CN=Per Lindqvist;PARTSTAT=NEEDS-ACTION:mailto:per.lindqvist@halden.example",
        "DESCRIPTION:Photo ID. No phones in the room.",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines).encode()
