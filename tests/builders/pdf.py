"""Sound PDFs in memory, to break one part of."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence

import pikepdf
from PIL import Image
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]
from reportlab.pdfgen import canvas  # type: ignore[import-untyped]


def pages(*texts: str, author: str = "Ana Lund", title: str = "Reserves") -> bytes:
    """A PDF with one line of text a page."""
    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=True)
    page.setAuthor(author)
    page.setTitle(title)
    for text in texts:
        page.drawString(72, 720, text)
        page.showPage()
    page.save()
    return out.getvalue()


def scan(picture: Image.Image | None = None) -> bytes:
    """A PDF of one page that is a picture."""
    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=True)
    if picture is None:
        page.drawImage(ImageReader(Image.new("L", (40, 40), 128)), 0, 0, 400, 400)
    else:
        high = 612 * picture.height / picture.width
        page.drawImage(ImageReader(picture), 0, 792 - high, 612, high)
    page.showPage()
    page.save()
    return out.getvalue()


def changed(
    data: bytes,
    *,
    files: Mapping[str, bytes] | None = None,
    notes: Sequence[tuple[str, str]] = (),
    user: str | None = None,
    owner: str | None = None,
) -> bytes:
    """The same PDF with files embedded, notes on page 1, or passwords."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for name, content in (files or {}).items():
            pdf.attachments[name] = content
        annotations = [
            pdf.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9],
                    T=author, Contents=words, M="D:20230105100000-05'00'",
                )
            )
            for author, words in notes
        ]  # fmt: skip
        if annotations:
            pdf.pages[0].Annots = pikepdf.Array(annotations)
        passwords = user is not None or owner is not None
        encryption = pikepdf.Encryption(user=user or "", owner=owner or "") if passwords else False
        pdf.save(out, encryption=encryption)
    return out.getvalue()


def altered(change: Callable[[pikepdf.Pdf], None], data: bytes = b"") -> bytes:
    """A PDF of one page (or `data`) after `change` was done to it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data or pages("We owe one million"))) as pdf:
        change(pdf)
        pdf.save(out)
    return out.getvalue()


def drawn(content: str, *, change: Callable[[pikepdf.Pdf], None] | None = None) -> bytes:
    """A PDF of one page painted by these operators, Helvetica being /F1; no properties."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(300, 300))
        page = pdf.pages[0]
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(content.encode("latin-1"))
        if change is not None:
            change(pdf)
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def words(text: str, x: int = 20, y: int = 200, colour: str = "0 g", mode: int = 0) -> str:
    """Operators that paint words, 12 points high."""
    return f"{colour} BT /F1 12 Tf {mode} Tr {x} {y} Td ({text}) Tj ET\n"


def box(x: int, y: int, width: int, height: int, colour: str = "0 g") -> str:
    """Operators that paint a filled box."""
    return f"{colour} {x} {y} {width} {height} re f\n"


def covered() -> bytes:
    """A PDF whose second line was covered by a black box and is still there."""
    lines = words("Payments to", y=220) + words("account 4471 9920", y=200)
    return drawn(lines + box(15, 195, 130, 18))
