"""A small matter with secrets in it, boxes drawn over them as a person would, and what came out."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pikepdf
import xlsxwriter
from PIL import Image, ImageDraw

from forthwith.domain.documents import Document
from forthwith.domain.gate import GateClosedError, RuleName
from forthwith.domain.page_words import PageWord
from forthwith.domain.privilege_decisions import Outcome
from forthwith.domain.redactions import Rectangle, Redaction, Shape
from forthwith.process import run as processing
from forthwith.produce import imaging
from forthwith.produce.burn import snapped
from forthwith.produce.clock import Clock
from forthwith.produce.imager import pages_of
from forthwith.produce.imaging.fingerprint import fingerprint
from forthwith.produce.page_words import words_of
from forthwith.record import redactions as kept
from forthwith.record.matter import Matter
from forthwith.standards import loader
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.matter_access import access_to
from forthwith.workflows.produce import ProducedVolume, ProductionOptions, produce
from forthwith.workflows.progress import SILENT
from forthwith.workflows.room import screen
from tests.builders import evidence, pdf

DAY = date(2024, 1, 2)
BY = ("holm", "Alice Holm")
#: What must be nowhere in a volume.
SECRET = "Katarina Brandvold"
NUMBER = "4417-1234-5678-9113"


def mail(*attachments: tuple[str, bytes, str], subject: str = "Transfer") -> bytes:
    """Return a message whose body and HTML name a person and a number."""
    message = EmailMessage()
    message["From"] = "Marisol Ortega <marisol@northgate.example>"
    message["To"] = "per@northgate.example"
    message["Subject"] = subject
    message["Date"] = "Mon, 14 Mar 2022 09:30:00 -0500"
    message["Message-ID"] = "<transfer.1@northgate.example>"
    message["X-Hidden"] = f"about {SECRET}"
    message.set_content(f"Please pay {SECRET} today.\nThe account is {NUMBER} as before.\n")
    message.add_alternative(
        f"<html><head><title>{NUMBER}</title></head><body><!-- {SECRET} --><p>Please pay {SECRET} "
        f"today.</p><p>The account is {NUMBER} as before.</p></body></html>",
        subtype="html",
    )
    for name, data, kind in attachments:
        main, _, sub = kind.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def workbook() -> bytes:
    """Return a workbook with sums over a secret, a comment on it, names, a hidden sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    fees = book.add_worksheet("Fees")
    fees.write_row(0, 0, ["Who", "Amount"])
    fees.write_row(1, 0, [SECRET, 41775.25])
    fees.write_row(2, 0, ["Per Lund", 1200])
    fees.write_formula("B4", "=SUM(B2:B3)", None, 42975.25)
    fees.write_formula("B5", "=Total*2", None, 85950.5)
    fees.write_comment("A2", f"{SECRET} asked for this", {"author": SECRET})
    fees.data_validation("A3", {"validate": "list", "source": [SECRET, "Per Lund"]})
    fees.set_header(f"&C{SECRET}")
    fees.write_url("A6", f"https://x.example/{SECRET.replace(' ', '-')}", None, "here")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"name": SECRET, "values": "=Fees!$B$2:$B$3"})
    fees.insert_chart("D2", chart)
    aside = book.add_worksheet("Aside")
    aside.hide()
    aside.write("A1", "what is left")
    aside.write_formula("B1", "=Fees!B4/2", None, 21487.625)
    book.define_name("Total", "=Fees!$B$4")
    book.define_name("Whose", f'="{SECRET}"')
    book.set_properties({"author": SECRET, "title": NUMBER})
    book.close()
    return out.getvalue()


def sound(seconds: float = 4.0, rate: int = 8000) -> bytes:
    """Return a WAV file with a tone throughout, and chunks that say a name."""
    samples = b"".join(
        struct.pack("<h", 9000 if at % 40 < 20 else -9000) for at in range(int(seconds * rate))
    )
    form = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    info = b"INFOINAM" + struct.pack("<I", len(SECRET)) + SECRET.encode()
    chunks = [(b"LIST", info), (b"fmt ", form), (b"data", samples), (b"note", SECRET.encode())]
    body = b"WAVE" + b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
        for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def two_columns() -> bytes:
    """Return a PDF with hidden words, a bookmark, a note and its text beside in many ways."""
    data = pdf.pages(f"Paid to {SECRET} in March", "Second page, nothing on it")

    def change(made: pikepdf.Pdf) -> None:
        made.docinfo["/Subject"] = SECRET
        made.attachments["aside.txt"] = b"Beside the page.\n"

    return pdf.altered(change, data)


def photograph() -> bytes:
    """Return a picture in colour with a comment and EXIF in it."""
    picture = Image.new("RGB", (900, 700), "white")
    pen = ImageDraw.Draw(picture)
    for at in range(0, 900, 3):
        pen.line((at, 0, 900 - at, 700), fill=((at * 7) % 256, (at * 3) % 256, 90))
    held = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = SECRET
    picture.save(held, "JPEG", exif=exif, comment=SECRET.encode(), quality=92)
    return held.getvalue()


def matter(folder: Path) -> Matter:
    """Return a matter of a family and loose files, processed and not yet produced."""
    place = evidence.write(
        folder / "evidence",
        a_eml=mail(
            ("fees.xlsx", workbook(), "application/octet-stream"),
            (f"paid {SECRET}.pdf", two_columns(), "application/pdf"),
        ),
        call_wav=sound(),
        photo_jpg=photograph(),
        plain_txt=b"Nothing of any kind.\n",
    )
    made = evidence.matter(folder / "matter", place)
    processing.process(made)
    return made


class Drawing:
    """Draws on the pages of one matter, as they are painted for its production."""

    def __init__(self, case: CaseFile) -> None:
        self.case = case
        standard = loader.load(case.settings.standard, case.folder)
        zone = case.settings.time_zone
        clock = Clock(ZoneInfo(zone), ZoneInfo(zone), standard.formats)
        self.imager = imaging.imager(standard.images, clock, case.settings.limits)
        self.access = access_to(case.matter)

    def document(self, name: str) -> Document:
        """Return the document whose name or subject begins so."""
        return next(
            each
            for each in self.case.documents.values()
            if (each.name or each.text_of("subject")).startswith(name)
        )

    def page(self, document: Document, page: int = 1) -> tuple[Image.Image, Sequence[PageWord]]:
        """Return a page as it is painted, and its words."""
        pages = pages_of(self.imager, self.access, document, barred=False)
        image = pages.paint(page - 1)  # type: ignore[union-attr]
        return image, words_of(pages, page - 1, self.imager.shown(image))  # type: ignore[arg-type]

    def over(
        self, document: Document, wanted: Callable[[str], bool], page: int = 1, reason: str = "PII"
    ) -> list[Redaction]:
        """Return boxes over each run of words that are wanted."""
        image, words = self.page(document, page)
        boxes = [(word.x, word.y, word.w, word.h) for word in words if wanted(word.text)]
        fitted = dict.fromkeys(snapped(words, box, image.size)[0] for box in boxes)
        return [self.box(document, box, page, reason, image) for box in fitted]

    def box(
        self,
        document: Document,
        box: Rectangle | None,
        page: int = 1,
        reason: str = "PII",
        image: Image.Image | None = None,
        shape: Shape = Shape.BOX,
    ) -> Redaction:
        """Return one redaction of a page."""
        image = image or self.page(document, page)[0]
        return Redaction(
            0, str(document.control_number), shape, page, box, "", reason,
            drawn_on=fingerprint(image),
        )  # fmt: skip

    def native(self, document: Document, shape: Shape, span: str, reason: str = "PII") -> Redaction:
        """Return one redaction of cells or seconds."""
        return Redaction(
            0, str(document.control_number), shape, 0, None, span, reason,
            drawn_on=document.sha256,
        )  # fmt: skip

    def keep(self, rows: Iterable[Redaction]) -> list[Redaction]:
        """Keep redactions in the matter."""
        return kept.save(self.case.matter, list(rows), BY)


def secret_words(text: str) -> bool:
    """Say whether a word is one of the secrets."""
    return any(part in text for part in (*SECRET.split(), NUMBER))


def produced(case: CaseFile, volume: str = "VOL001", **wish: object) -> ProducedVolume:
    """Produce a volume of everything not produced yet."""
    options = replace(ProductionOptions(volume, DAY, workers=1, without_text=True), **wish)  # type: ignore[arg-type]
    try:
        with case.alone():
            return produce(case, options, SILENT)
    except GateClosedError as closed:
        gate = closed.gate
    # What stands elsewhere too is let stand, and nothing more is privileged: each test looks at one
    # document.
    accepted = tuple(f"elsewhere@{c}" for c in gate.rule(RuleName.ELSEWHERE).documents)
    reason = options.reason or "It may be read there."
    options = replace(options, accept_rule=accepted, reason=reason)
    for control in gate.rule(RuleName.PRIVILEGE).documents:
        screen.decide_alone(case, control, Outcome.REFUSED, "It is no advice.")
    with case.alone():
        return produce(case, options, SILENT)
