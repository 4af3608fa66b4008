"""Every file of the example matter by name: those the mails attach and those that lie loose.

Identifiers and times in PDFs and pictures are fixed, so two writes are identical.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pikepdf
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from forthwith.example.office import Properties, docx, pptx, xlsx, zipped

_INK, _PAPER, _GRID = "#1a1a1a", "#ffffff", "#d9d9d9"
_BLUE, _ORANGE = "#0072b2", "#d55e00"


#: What reportlab writes in its reproducible mode.
_NO_DATE = b"20000101000000+00'00'"


def pdf(pages: Sequence[str], title: str, author: str, day: str) -> bytes:
    """Return a PDF with one page for each text; `day` is its day, "20211104"."""
    out = io.BytesIO()
    canvas = _canvas(out, title, author)
    for number, text in enumerate(pages, start=1):
        _write_page(canvas, text, f"{title}, page {number} of {len(pages)}")
    canvas.save()
    return _dated(out, day)


def _canvas(out: io.BytesIO, title: str, author: str) -> Canvas:
    canvas = Canvas(out, pagesize=A4, invariant=True)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject("")
    canvas.setCreator("Northgate Writer")
    return canvas


def _dated(out: io.BytesIO, day: str) -> bytes:
    """Put the day in place of the fixed one; as long, so that no offset moves."""
    return out.getvalue().replace(_NO_DATE, f"{day}100000+00'00'".encode())


def _write_page(canvas: Canvas, text: str, foot: str) -> None:
    height = A4[1]
    lines = [part for line in text.split("\n") for part in _wrapped(line)]
    for at, line in enumerate(lines):
        heading = at == 0
        canvas.setFont("Helvetica-Bold" if heading else "Helvetica", 15 if heading else 11)
        canvas.drawString(72, height - 90 - at * 20, line)
    canvas.setFont("Helvetica", 8)
    canvas.drawString(72, 48, foot)
    canvas.showPage()


def _wrapped(line: str, width: int = 78) -> list[str]:
    lines = [""]
    for word in line.split(" "):
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def scanned(lines: Sequence[str], title: str, day: str) -> bytes:
    """Return a one-page PDF that is only a picture of its lines: no text to extract."""
    page = Image.new("L", (826, 1169), 255)
    pen = ImageDraw.Draw(page)
    for at, line in enumerate(lines):
        pen.text((90, 120 + at * 44), line, fill=20, font_size=26)
    # A scan lies never quite straight.
    page = page.rotate(0.6, fillcolor=255)
    out = io.BytesIO()
    canvas = _canvas(out, title, "Oslo front desk scanner")
    canvas.drawImage(ImageReader(page), 0, 0, *A4)
    canvas.showPage()
    canvas.save()
    return _dated(out, day)


def locked(data: bytes, password: str) -> bytes:
    """Return a PDF that opens only with the password; an old cipher, as its key is not random."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(
            out,
            static_id=True,
            encryption=pikepdf.Encryption(
                owner=password, user=password, R=3, aes=False, metadata=False
            ),
        )
    return out.getvalue()


def bars(title: str, values: Sequence[tuple[str, float]], unit: str) -> bytes:
    """Return a PNG bar chart."""
    picture = Image.new("RGB", (720, 400), _PAPER)
    pen = ImageDraw.Draw(picture)
    pen.text((40, 16), title, fill=_INK, font_size=20)
    pen.text((40, 44), unit, fill=_INK, font_size=13)
    top, bottom, step = 80, 350, 640 // len(values)
    highest = max(value for _, value in values)
    for at in range(5):
        y = bottom - at * (bottom - top) // 4
        pen.line((40, y, 690, y), fill=_GRID)
        pen.text((8, y - 8), f"{highest * at / 4:.0f}", fill=_INK, font_size=12)
    for at, (label, value) in enumerate(values):
        left = 50 + at * step
        shade = _ORANGE if value == min(v for _, v in values) else _BLUE
        pen.rectangle(
            (left, bottom - value / highest * (bottom - top), left + step - 14, bottom), fill=shade
        )
        pen.text((left, bottom + 8), label, fill=_INK, font_size=12)
    return _png(picture)


def label(lines: Sequence[str]) -> bytes:
    """Return a PNG of a paper label."""
    picture = Image.new("RGB", (520, 300), "#e8e2d4")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((30, 30, 490, 270), fill=_PAPER, outline=_INK, width=3)
    for at, line in enumerate(lines):
        pen.text((60, 60 + at * 60), line, fill=_INK, font_size=32)
    return _png(picture)


def logo() -> bytes:
    """Return the mark of the invented exchange."""
    picture = Image.new("RGB", (180, 48), _PAPER)
    pen = ImageDraw.Draw(picture)
    pen.polygon(((8, 40), (24, 8), (40, 40)), fill=_BLUE)
    pen.text((50, 12), "NORTHGATE", fill=_INK, font_size=20)
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


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
    office |= {file["name"]: pdf(file["pages"], *file["said"]) for file in story["pdf"]}
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
    agreement = pdf(
        ["Escrow agreement\n\nKeyforge keeps share 5 sealed and signs on the written word of two."],
        "Escrow agreement",
        "Keyforge",
        "20210226",
    )
    return {
        "destruction-signed.pdf": scanned(certificate, "Scan 2022-07-08", "20220708"),
        "keyforge-escrow-agreement.pdf": locked(agreement, "otter-lantern-17"),
        "hot-wallet-0909.png": bars("Hot wallet, 9 September 2021", _HOT_WALLET, "BTC"),
        "migration-progress.png": bars("Old addresses empty", _MOVED, "of 212"),
        "seal.png": label(("NG-00417", "build laptop", "12 January 2023")),
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
