"""Read Word, Excel and PowerPoint files from before 2007, xlsb, and other OLE documents.

Text comes from office-oxide, behind `_text` alone; properties, hidden things and embedded objects
are read here. Outlook messages are OLE files too and have their own reader.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import olefile
from office_oxide import Document, OfficeOxideError

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    InMemory,
    Kind,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.bytes import values
from forthwith.formats.bytes.passwords import GIVEN, STILL_ENCRYPTED, Trial
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import mark
from forthwith.formats.office import book_binary, decrypt, legacy_streams, ooxml, opc, word_binary
from forthwith.formats.ole import objects as ole_objects
from forthwith.formats.ole.objects import OLE_ERRORS, Ole, compound
from forthwith.plain.charset import encodable

_XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
MEDIA_TYPES = frozenset(
    {"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
     "application/x-ole-storage", "application/vnd.visio", "application/vnd.ms-works",
     "application/x-mspublisher", "application/vnd.ms-project", _XLSB}
)  # fmt: skip
_STREAMS = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls", "PowerPoint Document": "ppt"}
_ENCRYPTED = ("EncryptedPackage", "\tDRMContent", "\tDRMViewerContent", "EncryptedSummary")
_WRAPPED = "\x01Ole10Native"
#: How a worksheet stream of Excel 2, 3 and 4 begins (BOF).
_BARE_WORKBOOK = frozenset({b"\x09\x00", b"\x09\x02", b"\x09\x04"})
#: How the macro project is known, which PowerPoint keeps as one more object.
_MACRO_PROJECT = "_VBA_PROJECT".encode("utf-16-le")
_DEPTH = 12
_OOXML = "application/vnd.openxmlformats-officedocument."
#: What an encrypted package is, by its main part or the folder of it.
_PACKAGES = {
    "word": _OOXML + "wordprocessingml.document", "xl": _OOXML + "spreadsheetml.sheet",
    "ppt": _OOXML + "presentationml.presentation", "xl/workbook.bin": _XLSB,
}  # fmt: skip


@dataclass(slots=True)
class _Content:
    text: str = ""
    fields: list[FieldValue] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    #: (step, name, bytes or the Fault) of each embedded object.
    objects: list[tuple[str, str, bytes | Fault]] = field(default_factory=list)
    #: Lines of notes, headers and boxes by what they are.
    apart: dict[str, list[str]] = field(default_factory=dict)
    #: What a workbook holds beside its cells.
    beside: list[str] = field(default_factory=list)


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one file. Raises UnreadableError when it is encrypted or no OLE file."""
    data = whole(source, hint)
    if data.startswith(b"PK"):
        return _binary_workbook(data, hint)
    if data[:2] in _BARE_WORKBOOK:
        return _bare_workbook(data, hint)
    if not data.startswith(ole_objects.OLE_MAGIC):
        detail = f"no reader for {hint.media_type or 'this file'} that is not an OLE file"
        fault = Fault(FaultReason.UNSUPPORTED, f"{detail}; produced as a native")
        return Reading(Kind.EDOC, hint.media_type, faults=(fault,))
    content = _Content()
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            main = next((name for name in _STREAMS if ole.exists(name)), "")
            stream = ole.openstream(main).read() if main else b""
            trial = Trial(hint)
            if (opened := _opened(ole, main, stream, trial)) is not None:
                return _with_password(opened, hint, trial)
            if trial.tried:
                raise _encrypted(trial.closed())
            _document(ole, data, main, stream, hint, content)
    except OLE_ERRORS as error:
        detail = f"the file's directory of streams is broken ({error})"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True)) from error
    content.fields += values.count(fields.EMBEDDED_OBJECTS, len(content.objects), "ole:storages")
    return Reading(
        Kind.EDOC,
        hint.media_type or "application/x-ole-storage",
        text=content.text,
        text_method=TextMethod.EXTRACTED if content.text.strip() else TextMethod.NONE,
        fields=tuple(content.fields),
        faults=tuple(content.faults),
        children=partial(_children, content) if content.objects else None,
        declared=len(content.objects),
    )


def _opened(ole: Ole, main: str, stream: bytes, trial: Trial) -> decrypt.Opened | None:
    """Return the whole file decrypted; None where it is not encrypted or no password fits."""
    if ole.exists("EncryptedPackage") and ole.exists("EncryptionInfo"):
        info, package = (
            ole.openstream(name).read() for name in ("EncryptionInfo", "EncryptedPackage")
        )
        return decrypt.package(info, package, trial)
    if _STREAMS.get(main) == "xls" and (opened := decrypt.workbook(stream, trial)):
        return replace(opened, data=_rebuilt(ole, {main: opened.data}))
    if main == "WordDocument" and legacy_streams.word_is_encrypted(stream):
        return _opened_word(ole, stream, trial)
    return None


def _opened_word(ole: Ole, main: bytes, trial: Trial) -> decrypt.Opened | None:
    names = ("WordDocument", f"{main[11] >> 1 & 1}Table", "Data")
    streams = [ole.openstream(name).read() if ole.exists(name) else b"" for name in names]
    opened = decrypt.document(streams[0], streams[1], streams[2], trial)
    if opened is None:
        return None
    parts, at = dict[str, bytes](), 0
    for name, stream in zip(names, streams):
        if stream:
            parts[name] = opened.data[at : at + len(stream)]
        at += len(stream)
    return replace(opened, data=_rebuilt(ole, parts))


def _rebuilt(ole: Ole, instead: dict[str, bytes]) -> bytes:
    """Return the file with some of its streams at the root replaced."""
    streams = {tuple(entry): ole.openstream(entry).read() for entry in ole.listdir()}
    return compound(streams | {(name,): data for name, data in instead.items()})


def unlocked(data: bytes, hint: Hint) -> bytes | None:
    """Return an encrypted file as it is without encryption; None where no password opens it.

    Raises UnreadableError.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            main = next((name for name in _STREAMS if ole.exists(name)), "")
            stream = ole.openstream(main).read() if main else b""
            opened = _opened(ole, main, stream, Trial(hint))
    except OLE_ERRORS as error:
        detail = f"the file's directory of streams is broken ({error})"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True)) from error
    return None if opened is None else opened.data


def _with_password(opened: decrypt.Opened, hint: Hint, trial: Trial) -> Reading:
    """Read what was decrypted, and say that it was."""
    inner = replace(hint, passwords=())
    if opened.data.startswith(b"PK"):
        package = ooxml.open_package(opened.data, hint)
        main = opc.main_part(package)
        kind = _PACKAGES.get(main, _PACKAGES.get(main.partition("/")[0], ""))
        reader = read if kind == _XLSB else ooxml.read
        reading = reader(InMemory(opened.data), replace(inner, media_type=kind))
    else:
        reading = read(InMemory(opened.data), inner)
    said = "opened with the password Office tries by itself"
    said = said if opened.by_itself else GIVEN
    note = FieldValue(fields.ENCRYPTED, said, "ole:encryption")
    reading = replace(reading, fields=(*reading.fields, note))
    return reading if opened.by_itself else reading.with_faults(trial.opened(STILL_ENCRYPTED))


def _binary_workbook(data: bytes, hint: Hint) -> Reading:
    """Read an xlsb: a package whose sheets are binary."""
    package = ooxml.open_package(data, hint)
    text, fault = _text(data, "xlsx")
    names = opc.embedded(package)
    hidden = book_binary.hidden_sheets(package.part(opc.main_part(package)))
    marks = [f"[{state}: {name}]" for state, name in hidden]
    beside = (opc.custom_properties(package), *opc.custom_xml(package), *opc.left_over(package))
    opc.tell_what_is_missing(package)
    return Reading(
        Kind.EDOC,
        hint.media_type or _XLSB,
        text="\n".join(filter(None, (text, *marks, *beside))),
        text_method=TextMethod.EXTRACTED,
        fields=(
            *opc.properties(package),
            *values.field(fields.LINKS, opc.external_targets(package), "relationships"),
            *opc.counts(package, names),
            *values.field(fields.HIDDEN_SHEETS, [name for _, name in hidden], "xlsb:BrtBundleSh"),
        ),
        faults=(*fault, *package.faults, *book_binary.unread_parts(package.names())),
        children=(lambda: opc.children(package, names)) if names else None,
        declared=len(names),
    )


def _bare_workbook(data: bytes, hint: Hint) -> Reading:
    """Read a workbook of Excel 2 to 4, which has no OLE file around it."""
    facts = legacy_streams.workbook(data)
    if facts.encrypted:
        raise _encrypted()
    text, faults = _text(data, "xls")
    media_type = hint.media_type or "application/vnd.ms-excel"
    return Reading(Kind.EDOC, media_type, text, TextMethod.EXTRACTED, faults=faults)


def _text(data: bytes, kind: str) -> tuple[str, tuple[Fault, ...]]:
    """Return the text office-oxide finds; the only place that knows the library."""
    try:
        return encodable(Document.from_bytes(data, kind).plain_text()).replace("\0", ""), ()
    except (OfficeOxideError, ValueError, OSError) as error:
        reason = str(error)
    except BaseException as error:
        # A panic of a Rust library arrives as PanicException, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        reason = str(error)
    return "", (Fault(FaultReason.CORRUPT, f"the text could not be read ({reason})"),)


def _document(
    ole: Ole, data: bytes, main: str, stream: bytes, hint: Hint, content: _Content
) -> None:
    if any(ole.exists(name) for name in _ENCRYPTED):
        raise _encrypted()
    stored = legacy_streams.properties(ole)
    content.fields += stored.fields
    if main:
        _LOOK[_STREAMS[main]](ole, stream, hint, content)
        text, faults = _text(data, _STREAMS[main])
        # The library takes notes, headers and boxes as well; what it leaves out is marked.
        missing = {
            name: [line for line in lines if line not in text]
            for name, lines in content.apart.items()
        }
        apart = [mark(name, "\n".join(lines)) for name, lines in missing.items() if lines]
        # A cell note is a shape whose words the library takes.
        beside = [words for words in content.beside if not _is_among(words, text)]
        content.text = "\n".join(filter(None, (text, *apart, content.text, *beside)))
        content.faults += faults
        _doubt(main, stream, text, content)
    elif not ole.exists(_WRAPPED):
        detail = f"no reader for the text of {hint.media_type or 'this kind of OLE file'}"
        content.faults.append(Fault(FaultReason.UNSUPPORTED, f"{detail}; produced as a native"))
    custom = [f"[Custom property {name}: {value}]" for name, value in stored.custom.items()]
    content.text = "\n".join(filter(None, (content.text, *custom)))
    _embedded(ole, hint, content)
    if any(ole.exists(name) for name in ("Macros/VBA", "_VBA_PROJECT_CUR/VBA", "VBA")):
        content.fields += values.field(fields.MACROS, "yes", "ole:VBA")


def _is_among(words: str, text: str) -> bool:
    """Tell whether the words of a shape stand in the text, whatever mark they have here."""
    inner = words.removeprefix("[Text of a shape: ").removesuffix("]")
    return words.startswith("[Text of a shape: ") and inner in text


def _encrypted(tried: str = "") -> UnreadableError:
    detail = "the file is protected by a password or by rights management and cannot be read"
    detail += tried
    return UnreadableError(Fault(FaultReason.ENCRYPTED, detail, lost=True))


def _doubt(main: str, stream: bytes, text: str, content: _Content) -> None:
    """Say so when a Word file claims a body and none came out."""
    if main == "WordDocument" and not text.strip() and not content.faults:
        claimed = legacy_streams.word_characters(stream)
        if claimed > len(text) + 4:
            detail = f"the file says its body has {claimed:,} characters and none could be read"
            content.faults.append(Fault(FaultReason.CORRUPT, detail))


def _look_word(ole: Ole, stream: bytes, hint: Hint, content: _Content) -> None:  # noqa: ARG001
    if legacy_streams.word_is_encrypted(stream):
        raise _encrypted()
    names = (f"{stream[11] >> 1 & 1}Table" if len(stream) > 11 else "", "Data")
    table, data = (ole.openstream(n).read() if n and ole.exists(n) else b"" for n in names)
    facts = word_binary.facts(stream, table, data)
    content.apart = facts.apart
    content.text = "\n".join(facts.marks)
    content.fields += values.field(fields.LINKS, dict.fromkeys(facts.links), "doc:fields")
    content.fields += values.count(fields.TRACKED_CHANGES, facts.tracked, "doc:sprmCFRMark")
    content.fields += values.count(fields.HIDDEN_TEXT, facts.hidden, "doc:sprmCFVanish")
    content.fields += values.count(fields.COMMENTS, facts.comments, "doc:PlcfandRef")


def _look_excel(ole: Ole, stream: bytes, hint: Hint, content: _Content) -> None:  # noqa: ARG001
    facts = legacy_streams.workbook(stream)
    if facts.encrypted:
        raise _encrypted()
    hidden = [(state, name) for state, name in facts.sheets if state]
    content.text = "\n".join(f"[{state}: {name}]" for state, name in hidden)
    # Before Excel 97 strings were of another kind; BOF tells (2.4.21).
    beside = list(book_binary.beside_cells(stream)) if stream[4:6] == b"\0\x06" else []
    for entry in ole.listdir():
        if entry[0] in {"_SX_DB_CUR", "_SX_DB"} and len(entry) == 2:
            beside.append(book_binary.pivot_cache(ole.openstream(entry).read()))
    content.beside = [*dict.fromkeys(filter(None, beside))]
    names = [name for _, name in hidden]
    content.fields += values.field(fields.HIDDEN_SHEETS, names, "xls:BOUNDSHEET")
    content.fields += values.count(fields.HIDDEN_ROWS, facts.rows, "xls:ROW")
    content.fields += values.count(fields.HIDDEN_COLUMNS, facts.columns, "xls:COLINFO")
    content.fields += values.count(fields.COMMENTS, facts.comments, "xls:NOTE")


def _look_slides(ole: Ole, stream: bytes, hint: Hint, content: _Content) -> None:  # noqa: ARG001
    facts = legacy_streams.presentation(stream)
    if facts.encrypted:
        raise _encrypted()
    notes = [f"[Speaker notes: {note}]" for note in facts.notes]
    hidden = [f"[Hidden slide {number}]" for number in facts.slides]
    content.text = "\n".join([*notes, *facts.marks, *hidden])
    content.fields += values.field(fields.HIDDEN_SLIDES, facts.slides, "ppt:SlideShowSlideInfoAtom")
    content.fields += values.count(fields.SPEAKER_NOTES, len(facts.notes), "ppt:NotesContainer")
    content.fields += values.count(fields.COMMENTS, facts.comments, "ppt:Comment10Container")
    if facts.macros:
        content.fields += values.field(fields.MACROS, "yes", "ppt:VBAInfoAtom")
    for index, place in enumerate(facts.objects, start=1):
        step = f"object:{index}"
        data = legacy_streams.stored_object(stream, place, hint.budget.limits.item_bytes)
        if data is None:
            detail = f"embedded object {index} cannot be decompressed"
            content.objects.append((step, step, Fault(FaultReason.CORRUPT, detail, step=step)))
        elif _MACRO_PROJECT not in data[: 64 * 2**10]:
            file = ole_objects.unwrap(data, f"oleObject{index}.bin")
            content.objects.append(
                (step, file.name, hint.budget.spend(len(file.data)) or file.data)
            )


_LOOK = {"doc": _look_word, "xls": _look_excel, "ppt": _look_slides}


def _embedded(ole: Ole, hint: Hint, content: _Content) -> None:
    """Add each object storage of the file: ObjectPool of Word, MBD… of Excel, loose wrappers."""
    for path in _object_storages(ole):
        step = "storage:" + "/".join(path)
        try:
            streams = _streams_under(ole, path)
            file = _object(streams, path[-1])
        except OLE_ERRORS as error:
            detail = f"an embedded object cannot be read ({error})"
            content.objects.append((step, path[-1], Fault(FaultReason.CORRUPT, detail, step=step)))
            continue
        if file is not None:
            data = hint.budget.spend(len(file.data)) or file.data
            content.objects.append((step, file.name, data))


def _object_storages(ole: Ole) -> list[tuple[str, ...]]:
    """Return the outermost storages that are objects, in the directory's order."""
    paths: dict[tuple[str, ...], None] = {}
    for entry in ole.listdir():
        if entry[-1] == _WRAPPED and len(entry) == 1:
            paths[()] = None
        for depth, name in enumerate(entry[:-1][:_DEPTH]):
            in_pool = depth == 1 and entry[0] == "ObjectPool"
            in_book = depth == 0 and name.startswith("MBD")
            if in_pool or in_book or (entry[-1] == _WRAPPED and depth == len(entry) - 2):
                paths[tuple(entry[: depth + 1])] = None
                break
    return [path or (_WRAPPED,) for path in paths]


def _streams_under(ole: Ole, path: tuple[str, ...]) -> dict[tuple[str, ...], bytes]:
    if path == (_WRAPPED,):
        return {path: ole.openstream(_WRAPPED).read()}
    size = len(path)
    return {
        tuple(entry[size:]): ole.openstream(entry).read()
        for entry in ole.listdir()
        if tuple(entry[:size]) == path
    }


def _object(streams: dict[tuple[str, ...], bytes], name: str) -> ole_objects.EmbeddedFile | None:
    """Return the file an object storage holds; None for a link or a control without content."""
    if wrapped := streams.get((_WRAPPED,)):
        return ole_objects.native(wrapped, f"{name.strip(chr(1))}.bin")
    content = {path for path in streams if not path[-1].startswith(("\x01", "\x03"))}
    if not content:
        return None
    return ole_objects.unwrap(compound(streams), f"{name}.bin")


def _children(content: _Content) -> Iterator[Child | Fault]:
    for step, name, data in content.objects:
        if isinstance(data, Fault):
            yield data
        else:
            yield Child(step, name, Relation.EMBEDDED, partial(bytes, data))
