"""Served papers: a set of requests as a regulator might serve it, in each form."""

from __future__ import annotations

import io

import docx
from docx.oxml.ns import qn
from reportlab.pdfgen.canvas import Canvas

REQUESTS = (
    "All documents concerning the quorum of the cold wallet.",
    "Documents sufficient to show:\n(a) each holder of a key share; and\n(b) when each had it.",
    "All communications with Halden about customer assets.",
)

TEXT = (
    "UNITED STATES DISTRICT COURT\n\nFIRST REQUESTS FOR PRODUCTION\n\nDEFINITIONS\n\n"
    '1. "Northgate" means Northgate Trading.\n2. "Halden" means Halden Ltd.\n\nINSTRUCTIONS\n\n'
    "1. Produce within 30 days.\n\nREQUESTS\n\n"
)
END = "Dated: July 10, 2023\n\n/s/ A. Person\nCounsel for the Commission\n"


def titled(noun: str = "REQUEST FOR PRODUCTION NO.") -> str:
    """Requests under titles of their own."""
    body = "".join(f"{noun} {at}:\n{text}\n\n" for at, text in enumerate(REQUESTS, 1))
    return TEXT + body + END


def listed() -> str:
    """Requests as a numbered list."""
    return TEXT + "".join(f"{at}. {text}\n\n" for at, text in enumerate(REQUESTS, 1)) + END


def word(label: str = "%1.") -> bytes:
    """A Word document that numbers its requests itself; no number stands in its text."""
    document = docx.Document()
    numbering = document.part.numbering_part.element
    style = document.styles["List Number"].element.find(f".//{qn('w:numId')}").get(qn("w:val"))
    instance = next(e for e in numbering.findall(qn("w:num")) if e.get(qn("w:numId")) == style)
    abstract = instance.find(qn("w:abstractNumId")).get(qn("w:val"))
    for each in numbering.findall(qn("w:abstractNum")):
        if each.get(qn("w:abstractNumId")) == abstract:
            each.find(f"{qn('w:lvl')}/{qn('w:lvlText')}").set(qn("w:val"), label)
    document.add_paragraph("First Requests for Production", style="Title")
    document.add_paragraph("Definitions", style="Heading 1")
    document.add_paragraph("“Halden” means Halden Ltd.")
    document.add_paragraph("Requests", style="Heading 1")
    for text in REQUESTS:
        first, *more = text.split("\n")
        document.add_paragraph(first, style="List Number")
        for line in more:
            document.add_paragraph(line)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def pdf(text: str, *, per_page: int = 12, pleading: bool = False) -> bytes:
    """Pages with a running head, a filing stamp, page numbers and, if asked, line numbers."""
    lines = text.split("\n")
    pages = [lines[at : at + per_page] for at in range(0, len(lines), per_page)]
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792))
    for page, held in enumerate(pages, start=1):
        stamp = f"Case 1:23-cv-00417-XYZ Document 30 Filed 07/10/23 Page {page} of {len(pages)}"
        canvas.drawString(72, 770, stamp)
        canvas.drawString(72, 750, "Northgate: First Requests")
        for at, line in enumerate(held):
            canvas.drawString(90, 720 - at * 22, line)
        for at in range(28 if pleading else 0):
            canvas.drawString(60, 720 - at * 22, str(at + 1))
        canvas.drawString(300, 40, f"- {page} -")
        canvas.showPage()
    canvas.save()
    return file.getvalue()
