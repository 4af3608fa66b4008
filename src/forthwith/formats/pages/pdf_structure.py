"""The structure of a PDF through pikepdf: properties, bookmarks, form values, files, repair.

Text is `pdf`'s. What cannot be had here is a Fault beside the text, never the loss of it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Pdf

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    Fault,
    FaultReason,
    FieldValue,
)
from forthwith.formats.bytes import values, xmlscan
from forthwith.formats.pages import pdf_appearances, pdf_files, pdf_forms, pdf_letters
from forthwith.plain.messages import without_places

_INFO = {
    "/Author": fields.AUTHOR,
    "/Title": fields.TITLE,
    "/Subject": fields.SUBJECT,
    "/Keywords": fields.KEYWORDS,
    "/CreationDate": fields.CREATED,
    "/ModDate": fields.MODIFIED,
    "/Company": fields.COMPANY,
    "/Manager": fields.MANAGER,
    "/Category": fields.CATEGORY,
}
_XMP = {
    "dc:creator": fields.AUTHOR,
    "dc:title": fields.TITLE,
    "dc:description": fields.DESCRIPTION,
    "pdf:Keywords": fields.KEYWORDS,
    "xmp:CreateDate": fields.CREATED,
    "xmp:ModifyDate": fields.MODIFIED,
    "xmp:CreatorTool": fields.APPLICATION,
    "pdf:Producer": fields.APPLICATION,
}
_XMP_CAP = 4 * 2**20
_MOST_BOOKMARKS = 5_000


@dataclass(slots=True)
class Structure:
    """What one PDF says of itself."""

    fields: list[FieldValue] = field(default_factory=list)
    #: Marked sections, and (mark, words) of those that stand only where no page has the words.
    marks: list[str] = field(default_factory=list)
    captions: list[tuple[str, str]] = field(default_factory=list)
    #: Names of the layers that are not shown when the file is opened.
    hidden_layers: frozenset[str] = frozenset()
    #: Names of the fonts of which nothing says what letters they show.
    unmapped_fonts: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)
    files: pdf_files.Files = field(default_factory=pdf_files.Files)

    def sections(self, painted: str) -> list[str]:
        """Return the marked sections; of captions those that `painted` does not hold."""
        words = " ".join(painted.split())
        unseen = dict.fromkeys(mark for mark, caption in self.captions if caption not in words)
        return [*self.marks, *(("\n".join(unseen),) if unseen else ())]


#: What pikepdf raises on bad files, measured by mutation.
ERRORS = (
    pikepdf.PdfError,
    pypdfium2.PdfiumError,
    pikepdf.DataDecodingError,
    pikepdf.DependencyError,
    ValueError,
    KeyError,
    TypeError,
    RuntimeError,
    IndexError,
    AttributeError,
    OverflowError,
    NotImplementedError,
)


def repaired(data: bytes) -> bytes:
    """Return a copy written anew by pikepdf; b"" when it finds nothing to save.

    Raises UnreadableError where it is encrypted: then a password is wanted, and no repair.
    """
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            out = io.BytesIO()
            pdf.save(out)
            return out.getvalue()
    except pikepdf.PasswordError as error:
        detail = f"the PDF is encrypted and damaged ({without_places(error)})"
        raise UnreadableError(Fault(FaultReason.ENCRYPTED, detail, lost=True)) from error
    except ERRORS:
        return b""


def unlocked(data: bytes, passwords: Iterable[str]) -> bytes | None:
    """Return a copy without encryption, opened by the first password that fits; None if none does.

    Only what the file shows today is in the copy: bytes behind its end and versions saved before
    the last are not. Raises UnreadableError when it is not encryption that stands in the way.
    """
    for password in passwords:
        try:
            with pikepdf.open(io.BytesIO(data), password=password, suppress_warnings=True) as pdf:
                out = io.BytesIO()
                pdf.save(out, encryption=False, deterministic_id=False, static_id=True)
                return out.getvalue()
        except pikepdf.PasswordError:
            continue
        except ERRORS as error:
            detail = f"the PDF is encrypted and damaged ({without_places(error)})"
            raise UnreadableError(Fault(FaultReason.ENCRYPTED, detail, lost=True)) from error
    return None


def structure(data: bytes, budget: Budget) -> Structure:
    """Return properties, layers, form values, bookmarks and files."""
    out = Structure()
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            for part in (_info, _xmp, _layers, _fonts, _form, _looks, _bookmarks):
                _run_part(out, part, pdf)
            _run_part(out, lambda pdf, out: _files(pdf, out, budget), pdf)
    except pikepdf.PasswordError as error:
        # One byte of its encryption is enough: the pages open, and the rest asks for a password.
        detail = f"the structure of the PDF could not be decrypted ({without_places(error)})"
        out.faults.append(Fault(FaultReason.ENCRYPTED, detail))
    except ERRORS as error:
        detail = f"the properties of the PDF could not be read ({without_places(error)})"
        out.faults.append(Fault(FaultReason.CORRUPT, detail))
    return out


def _run_part(out: Structure, part: Any, pdf: Pdf) -> None:
    """Run one part; what breaks in it leaves the others be."""
    try:
        part(pdf, out)
    except ERRORS as error:
        detail = f"part of the structure of the PDF could not be read ({without_places(error)})"
        out.faults.append(Fault(FaultReason.CORRUPT, detail))


def _info(pdf: Pdf, out: Structure) -> None:
    info = pdf.trailer.get("/Info")
    if info is None or not hasattr(info, "keys"):
        return
    for key, name in _INFO.items():
        out.fields += _field(name, pdf_files.text(info.get(key)), f"pdf:Info{key}")
    tools = [pdf_files.text(info.get(key)).strip() for key in ("/Creator", "/Producer")]
    application = "; ".join(dict.fromkeys(filter(None, tools)))
    out.fields += values.field(fields.APPLICATION, application, "pdf:Info/Creator,Producer")


def _field(name: str, value: str, origin: str) -> tuple[FieldValue, ...]:
    if name in fields.INSTANTS:
        return values.field(name, values.from_pdf_date(value), origin)
    if name in fields.MULTI:
        return values.field(name, [v.strip() for v in value.replace(";", ",").split(",")], origin)
    return values.field(name, value, origin)


def _xmp(pdf: Pdf, out: Structure) -> None:
    """Take from XMP what Info lacks; scanned, because XMP is XML from anywhere."""
    stream = pdf.Root.get("/Metadata")
    if stream is None:
        return
    data = pdf_files.decoded(stream, _XMP_CAP)
    xml = xmlscan.ready(data) if isinstance(data, bytes) else ""
    for tag, name in _XMP.items():
        if all(field_value.name != name for field_value in out.fields):
            inner = xmlscan.elements(xml, tag)
            value = xmlscan.strip(inner[0][1]).strip() if inner else xmlscan.attribute(xml, tag)
            out.fields += _field(name, value, f"xmp:{tag}")


def _form(pdf: Pdf, out: Structure) -> None:
    form = pdf_forms.form_of(pdf)
    out.faults += form.faults
    out.captions += form.captions
    if form.lines:
        out.marks.append("\n".join(form.lines))


def _looks(pdf: Pdf, out: Structure) -> None:
    out.captions += pdf_appearances.appearances(pdf)


def _fonts(pdf: Pdf, out: Structure) -> None:
    out.unmapped_fonts = pdf_letters.unmapped_fonts(pdf)


def _bookmarks(pdf: Pdf, out: Structure) -> None:
    """Take the titles of the outline (ISO 32000-2, 12.3.3)."""
    outlines = pdf.Root.get("/Outlines")
    todo = [outlines.get("/First")] if pdf_files.is_dictionary(outlines) else []
    seen: set[tuple[int, int]] = set()
    while todo and len(seen) < _MOST_BOOKMARKS:
        node = todo.pop()
        if not pdf_files.is_dictionary(node) or node.objgen in seen:
            continue
        seen.add(node.objgen)
        title = " ".join(pdf_files.text(node.get("/Title")).split())
        if title:
            out.captions.append((values.mark("Bookmark", title), title))
        todo += [node.get("/Next"), node.get("/First")]


def _layers(pdf: Pdf, out: Structure) -> None:
    """Take the names of the layers that are off by default (ISO 32000-2, 8.11.4.3)."""
    known = pdf.Root.get("/OCProperties")
    if not pdf_files.is_dictionary(known):
        return
    usual = known.get("/D", pikepdf.Dictionary())
    states = {
        key: {group.objgen for group in usual.get(key, []) if pdf_files.is_dictionary(group)}
        for key in ("/ON", "/OFF")
    }
    all_off = str(usual.get("/BaseState", "")) == "/OFF"
    shown: set[str] = set()
    hidden: set[str] = set()
    for group in known.get("/OCGs", []):
        off = group.objgen not in states["/ON"] if all_off else group.objgen in states["/OFF"]
        (hidden if off else shown).add(pdf_files.text(group.get("/Name")))
    # pdfium tells the name of a layer only; of two with one name neither counts as hidden.
    out.hidden_layers = frozenset(hidden - shown)


def _files(pdf: Pdf, out: Structure, budget: Budget) -> None:
    try:
        pdf_files.gather(out.files, pdf, budget)
    finally:
        out.fields += out.files.fields()
        if section := out.files.section():
            out.marks.append(section)
