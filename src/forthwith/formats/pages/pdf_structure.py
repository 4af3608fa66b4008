"""The structure of a PDF through pikepdf: properties, form values, embedded files, repair.

Text is `pdf`'s. What cannot be had here is a Fault beside the text, never the loss of it.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from forthwith.domain import fields
from forthwith.domain.evidence import (
    Budget,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Relation,
)
from forthwith.formats.bytes import values, xmlscan
from forthwith.plain.charset import encodable

if TYPE_CHECKING:
    from pikepdf import Pdf

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
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
_MOST_FIELDS = 20_000
_MOST_FILES = 10_000


@dataclass(slots=True)
class Structure:
    """What one PDF says of itself."""

    fields: list[FieldValue] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    #: (step, name, decoded bytes or the Fault) of each embedded file.
    files: list[tuple[str, str, bytes | Fault]] = field(default_factory=list)


def error_text(error: BaseException) -> str:
    """Return what a library said of a failure, without addresses that change from run to run."""
    return _ADDRESS.sub("", str(error))


def _errors() -> tuple[type[Exception], ...]:
    """Return what pikepdf raises on bad files, measured by mutation."""
    import pikepdf

    return (
        pikepdf.PdfError,
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
    """Return a copy written anew by pikepdf; b"" when it finds nothing to save."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            out = io.BytesIO()
            pdf.save(out)
            return out.getvalue()
    except _errors():
        return b""


def structure(data: bytes, budget: Budget, *, pinned: bool) -> Structure:
    """Return properties, form values and files; `pinned`: some annotation holds one."""
    import pikepdf

    out = Structure()
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            for part in (_info, _xmp, _form):
                _run_part(out, part, pdf)
            _run_part(out, lambda pdf, out: _files(pdf, out, budget, pinned=pinned), pdf)
    except _errors() as error:
        detail = f"the properties of the PDF could not be read ({error_text(error)})"
        out.faults.append(Fault(FaultReason.CORRUPT, detail))
    return out


def _run_part(out: Structure, part: Any, pdf: Pdf) -> None:
    """Run one part; what breaks in it leaves the others be."""
    try:
        part(pdf, out)
    except _errors() as error:
        detail = f"part of the structure of the PDF could not be read ({error_text(error)})"
        out.faults.append(Fault(FaultReason.CORRUPT, detail))


def _info(pdf: Pdf, out: Structure) -> None:
    info = pdf.trailer.get("/Info")
    if info is None or not hasattr(info, "keys"):
        return
    for key, name in _INFO.items():
        out.fields += _field(name, _text(info.get(key)), f"pdf:Info{key}")
    tools = [_text(info.get(key)).strip() for key in ("/Creator", "/Producer")]
    application = "; ".join(dict.fromkeys(filter(None, tools)))
    out.fields += values.field(fields.APPLICATION, application, "pdf:Info/Creator,Producer")


def _text(value: Any) -> str:
    return encodable(str(value)).replace("\0", "") if value is not None else ""


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
    data = _decoded(stream, _XMP_CAP)
    xml = xmlscan.ready(data) if isinstance(data, bytes) else ""
    for tag, name in _XMP.items():
        if all(field_value.name != name for field_value in out.fields):
            inner = xmlscan.elements(xml, tag)
            value = xmlscan.strip(inner[0][1]).strip() if inner else xmlscan.attribute(xml, tag)
            out.fields += _field(name, value, f"xmp:{tag}")


def _form(pdf: Pdf, out: Structure) -> None:
    """Add the values of form fields (ISO 32000-1, 12.7) and of XFA data sets."""
    form = pdf.Root.get("/AcroForm")
    if form is None:
        return
    todo = [("", node) for node in form.get("/Fields", [])]
    lines = []
    for _ in range(_MOST_FIELDS):
        if not todo:
            break
        prefix, node = todo.pop(0)
        name = ".".join(filter(None, (prefix, _text(node.get("/T")))))
        todo += [(name, kid) for kid in node.get("/Kids", []) if "/T" in kid]
        value = node.get("/V")
        if value is not None and not hasattr(value, "read_bytes") and (text := _text(value)):
            lines.append(f"[Form field {name}: {text}]")
    if todo:
        detail = f"more than {_MOST_FIELDS:,} form fields; the rest were not read"
        out.faults.append(Fault(FaultReason.TOO_MANY, detail))
    lines += _xfa(form.get("/XFA"))
    if lines:
        out.sections.append("\n".join(lines))


def _xfa(packets: Any) -> Iterator[str]:
    parts = list(packets) if packets is not None and not hasattr(packets, "read_bytes") else []
    for name, stream in zip(parts[::2], parts[1::2]):
        if str(name) == "datasets" and isinstance(data := _decoded(stream, _XMP_CAP), bytes):
            lines = xmlscan.strip(xmlscan.ready(data).replace(">", "> ")).split()
            yield f"[Form data: {' '.join(lines)}]"


def _decoded(stream: Any, cap: int) -> bytes | Fault:
    """Return a stream's bytes, stopping at `cap` while they decompress."""
    import pikepdf

    kinds = stream.get("/Filter")
    only = list(kinds) if isinstance(kinds, list | pikepdf.Array) else [kinds]
    if len(only) == 1 and str(only[0]) == "/FlateDecode" and "/DecodeParms" not in stream:
        engine = zlib.decompressobj()
        try:
            data = engine.decompress(stream.read_raw_bytes(), cap)
        except zlib.error as error:
            return Fault(FaultReason.CORRUPT, f"cannot be decompressed ({error_text(error)})")
        if engine.unconsumed_tail:
            return Fault(FaultReason.TOO_LARGE, f"expands past {cap:,} bytes")
        return data
    data = bytes(stream.read_bytes())
    return data if len(data) <= cap else Fault(FaultReason.TOO_LARGE, f"is past {cap:,} bytes")


def _files(pdf: Pdf, out: Structure, budget: Budget, *, pinned: bool) -> None:
    specifications = [(f"file:{key}", spec) for key, spec in _name_tree_files(pdf)]
    if pinned:
        specifications += list(_annotation_files(pdf))
    streams = set()
    for step, spec in specifications[:_MOST_FILES]:
        if (stream := _stream(spec)) is None or stream.objgen in streams:
            continue
        streams.add(stream.objgen)
        name = _text(spec.get("/UF") or spec.get("/F") or step.partition(":")[2])
        data = _decoded(stream, budget.limits.item_bytes)
        if isinstance(data, bytes):
            data = budget.spend(len(data)) or data
        out.files.append((step, name.replace("\\", "/").rsplit("/", 1)[-1], data))
    out.fields += values.count(fields.EMBEDDED_OBJECTS, len(out.files), "pdf:EmbeddedFiles")


def _name_tree_files(pdf: Pdf) -> Iterator[tuple[str, Any]]:
    """Walk the name tree of embedded files (ISO 32000-1, 7.9.6), however it is broken."""
    names = pdf.Root.get("/Names")
    todo = [names.get("/EmbeddedFiles")] if names is not None else []
    nodes: set[tuple[int, int]] = set()
    while todo and len(nodes) < _MOST_FILES:
        node = todo.pop()
        if node is None or (node.is_indirect and node.objgen in nodes):
            continue
        nodes.add(node.objgen if node.is_indirect else (len(nodes), -1))
        pairs = list(node.get("/Names", []))
        yield from ((_text(key), spec) for key, spec in zip(pairs[::2], pairs[1::2]))
        todo += reversed(list(node.get("/Kids", [])))
    for index, spec in enumerate(pdf.Root.get("/AF", [])):
        yield f"af.{index}", spec


def _annotation_files(pdf: Pdf) -> Iterator[tuple[str, Any]]:
    for number, page in enumerate(pdf.pages, start=1):
        for index, note in enumerate(page.obj.get("/Annots", [])):
            if note.get("/Subtype") == "/FileAttachment" and "/FS" in note:
                yield f"annotation:{number}.{index}", note["/FS"]


def _stream(spec: Any) -> Any:
    streams = spec.get("/EF") if hasattr(spec, "get") else None
    if not streams:
        return None
    return next((streams[key] for key in ("/UF", "/F", "/DOS") if key in streams), None)


def children(contents: Structure) -> Iterator[Child | Fault]:
    """Yield each embedded file."""
    for step, name, data in contents.files:
        if isinstance(data, Fault):
            yield Fault(data.reason, f"embedded file {name!r}: {data.detail}", step=step)
        else:
            yield Child(step, name, Relation.EMBEDDED, partial(bytes, data))
