"""Documents and small files for tests of page images."""

from __future__ import annotations

import io

import pikepdf
from PIL import Image

from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import FieldValue, Kind, TextMethod


def document(
    kind: Kind = Kind.EMAIL, media_type: str = "message/rfc822", **values: str
) -> Document:
    """A sound document whose fields are `values`; `from_` stands for the field `from`."""
    named = {name.rstrip("_"): value for name, value in values.items()}
    number = ControlNumber("FW00000001")
    return Document(
        control_number=number,
        parent=None,
        family=number,
        order=0,
        relation=None,
        custodian="Ortega, Marisol",
        kind=kind,
        name="",
        path="",
        media_type=media_type,
        md5="",
        sha1="",
        sha256="",
        size=0,
        fields={name: FieldValue(name, value, "test") for name, value in named.items()},
        faults=(),
        text_method=TextMethod.EXTRACTED,
        blob="",
        locator="",
        source="S0001",
        item="S0001/000001",
    )


def html_mail(html: str) -> bytes:
    """A message whose body is `html`."""
    head = (
        "From: a@northgate.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8"
    )
    return f"{head}\r\n\r\n{html}".encode()


def picture(mode: str = "RGB", size: tuple[int, int] = (40, 30), form: str = "PNG") -> bytes:
    """A plain picture file."""
    buffer = io.BytesIO()
    Image.new(mode, size, _colour(mode)).save(buffer, form)
    return buffer.getvalue()


def _colour(mode: str) -> float | tuple[int, ...]:
    many = {
        "RGB": (200, 30, 30),
        "RGBA": (200, 30, 30, 128),
        "CMYK": (0, 200, 200, 20),
        "LA": (90, 200),
    }
    return many.get(mode, 90)


def pdf(*sizes: tuple[float, float]) -> bytes:
    """A PDF with one page of each size (points), each with a black square at its very foot."""
    with pikepdf.new() as made:
        for width, height in sizes:
            made.add_blank_page(page_size=(width, height))
            made.pages[-1].Contents = made.make_stream(b"0 0 0 rg 0 0 60 60 re f")
        buffer = io.BytesIO()
        made.save(buffer)
    return buffer.getvalue()
