"""Files and addresses inside a PDF, wherever they lie: names, /AF, annotations, media, actions.

A file may hang on the name tree, on the catalogue, a page, an annotation, a picture, a structure
element or a part of the document (ISO 32000-2, 14.13), in a portfolio, in rich media (13.6), on a
screen (13.2), a sound (13.3) or a film (13.4). Every object is therefore looked at once. A file
that is listed and whose bytes are not here is a Fault; where an entry only points outside, the
place it points to is kept as a link. Nothing that could run is run: scripts are counted.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pikepdf
from pikepdf import Pdf

from forthwith.domain import fields
from forthwith.domain.evidence import (
    Budget,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Relation,
)
from forthwith.formats.bytes import values
from forthwith.formats.bytes.values import mark
from forthwith.plain.charset import encodable
from forthwith.plain.counting import count

_MOST_FILES = 10_000
_MOST_LINKS = 1_000
_MOST_SCRIPTS = 200
#: Objects nest directly this deep at most; deeper is an attack.
_DEEP = 24
_SCRIPT_CAP = 2**20
#: Keys of a file specification's names, the surest first (ISO 32000-2, table 43).
_NAMES = ("/UF", "/F", "/Unix", "/Mac", "/DOS")
#: Where a file specification is a place to go to, not a file the PDF should bring.
_GOES_TO = frozenset({"/GoToR", "/GoToE", "/Launch", "/SubmitForm", "/ImportData", "/Thread"})
#: What an object that says something of a file, an address or a script has written in it: most of
#: the objects of a file are its structure and say nothing of the kind. A kind that is no name is
#: written in another object, or as a string.
_SAYS = re.compile(
    rb"/(?:EF|JS|JavaScript|URI|MCD|Sound|Movie|"
    + "|".join(sorted(name[1:] for name in _GOES_TO)).encode()
    + rb")\b|(?i:/filespec)|/Type /[Ff]\b|/(?:S|Type) [^/]"
)


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """One file the PDF lists."""

    step: str
    name: str
    #: Decoded bytes, or why there are none.
    data: bytes | Fault
    fields: tuple[FieldValue, ...] = ()


@dataclass(slots=True)
class Files:
    """What a PDF holds besides its pages."""

    files: list[EmbeddedFile] = field(default_factory=list)
    #: Addresses of links and actions, and places file specifications point to.
    links: dict[str, None] = field(default_factory=dict)
    #: Words of each script, by its name where it has one.
    scripts: dict[str, str] = field(default_factory=dict)
    #: Object numbers of the streams and specifications taken, so that each is a child once.
    taken: set[tuple[int, int]] = field(default_factory=set)
    #: Names of absent files whose specification is no object of its own.
    absent: set[str] = field(default_factory=set)
    #: Specifications met while every object is looked at, each with its step.
    met: list[tuple[str, Any]] = field(default_factory=list)
    #: How many files each step has brought.
    steps: dict[str, int] = field(default_factory=dict)

    def fields(self) -> Iterator[FieldValue]:
        """Yield what is said of files, links and scripts."""
        yield from values.count(fields.EMBEDDED_OBJECTS, len(self.files), "pdf:file specifications")
        yield from values.field(fields.LINKS, tuple(self.links), "pdf:actions")
        yield from values.field(fields.MACROS, "yes" if self.scripts else "", "pdf:JavaScript")

    def children(self) -> Iterator[Child | Fault]:
        """Yield each file, and a Fault for each that is listed and cannot come out."""
        for embedded in self.files:
            data = embedded.data
            if isinstance(data, Fault):
                detail = f"embedded file {embedded.name!r}: {data.detail}"
                yield Fault(data.reason, detail, step=embedded.step)
            else:
                yield Child(
                    embedded.step, embedded.name, Relation.EMBEDDED, partial(bytes, data),
                    fields=embedded.fields,
                )  # fmt: skip

    def add_behind(self, child: Child | None) -> None:
        """Add what lies behind the end of the PDF."""
        if child is not None:
            self.files.append(EmbeddedFile(child.step, child.name, child.load()))

    def section(self) -> str:
        """Return one mark for all scripts: their words are counted, never run."""
        if not self.scripts:
            return ""
        words = sum(len(script.split()) for script in self.scripts)
        names = "; ".join(name for name in self.scripts.values() if name)
        said = f"{count(len(self.scripts), 'script')} of {count(words, 'word')}, not run"
        return mark("JavaScript", f"{said}: {names}" if names else said)


def gather(out: Files, pdf: Pdf, budget: Budget) -> None:
    """Add every file, address and script of a PDF; what is added stays when the rest breaks."""
    for step, spec in (*_name_tree(pdf, "/EmbeddedFiles"), *_catalogue(pdf), *_pinned(pdf)):
        _file(out, step, spec, budget)
    for name, action in _name_tree(pdf, "/JavaScript"):
        _script(out, action, name.partition(":")[2])
    for obj in pdf.objects:
        if (is_dictionary(obj) or is_array(obj)) and _SAYS.search(_written(obj)):
            _look(out, obj, obj.objgen[0], 0)
    for step, spec in out.met:
        # Where an action leads is known by now, and is no file of the PDF.
        _file(out, step, spec, budget)


def text(value: Any) -> str:
    """Return a text string of a PDF, fit to be written; "" for none."""
    return encodable(str(value)).replace("\0", "") if value is not None else ""


def is_dictionary(value: Any) -> bool:
    """Tell whether a value has keys: a dictionary or a stream."""
    return isinstance(value, pikepdf.Dictionary | pikepdf.Stream)


def is_stream(value: Any) -> bool:
    """Tell whether a value is a stream; its methods are there on every other value too."""
    return isinstance(value, pikepdf.Stream)


def is_array(value: Any) -> bool:
    """Tell whether a value is an array."""
    return isinstance(value, pikepdf.Array)


def decoded(stream: Any, cap: int) -> bytes | Fault:
    """Return a stream's bytes, stopping at `cap` while they decompress."""
    kinds = stream.get("/Filter")
    only = list(kinds) if isinstance(kinds, list | pikepdf.Array) else [kinds]
    if len(only) == 1 and str(only[0]) == "/FlateDecode" and "/DecodeParms" not in stream:
        engine = zlib.decompressobj()
        try:
            data = engine.decompress(stream.read_raw_bytes(), cap)
        except zlib.error as error:
            return Fault(FaultReason.CORRUPT, f"cannot be decompressed ({error})")
        if engine.unconsumed_tail:
            return Fault(FaultReason.TOO_LARGE, f"expands past {cap:,} bytes")
        return data
    data = bytes(stream.read_bytes())
    return data if len(data) <= cap else Fault(FaultReason.TOO_LARGE, f"is past {cap:,} bytes")


def _name_tree(pdf: Pdf, kind: str) -> Iterator[tuple[str, Any]]:
    """Walk one name tree of the catalogue (ISO 32000-2, 7.9.6), however it is broken."""
    names = pdf.Root.get("/Names")
    todo = [names.get(kind)] if is_dictionary(names) else []
    nodes: set[tuple[int, int]] = set()
    while todo and len(nodes) < _MOST_FILES:
        node = todo.pop()
        if not is_dictionary(node) or (node.is_indirect and node.objgen in nodes):
            continue
        nodes.add(node.objgen if node.is_indirect else (len(nodes), -1))
        pairs = list(node.get("/Names", []))
        yield from ((f"file:{text(key)}", spec) for key, spec in zip(pairs[::2], pairs[1::2]))
        todo += reversed(list(node.get("/Kids", [])))


def _catalogue(pdf: Pdf) -> Iterator[tuple[str, Any]]:
    for index, spec in enumerate(pdf.Root.get("/AF", [])):
        yield f"af.{index}", spec


def _pinned(pdf: Pdf) -> Iterator[tuple[str, Any]]:
    """Yield files pinned to pages as annotations, under the page they are pinned to."""
    for number, page in enumerate(pdf.pages, start=1):
        notes = page.obj.get("/Annots")
        for index, note in enumerate(notes if is_array(notes) else ()):
            if is_dictionary(note) and note.get("/Subtype") == "/FileAttachment" and "/FS" in note:
                yield f"annotation:{number}.{index}", note["/FS"]


def _written(obj: Any) -> bytes:
    """Return an object as PDF writes it, of a stream its dictionary; others that it names stay."""
    return bytes((obj.stream_dict if is_stream(obj) else obj).unparse(resolved=True))


def _look(out: Files, obj: Any, number: int, depth: int) -> None:
    """Look at one object and what lies directly in it for files, addresses and scripts."""
    if depth > _DEEP or len(out.met) >= _MOST_FILES:
        return
    if is_array(obj):
        inside = list(obj)
    elif is_dictionary(obj):
        keys = set(obj.keys()) - {"/Parent"}
        inside = [obj[key] for key in sorted(keys - _taken_from(out, obj, keys, number))]
    else:
        return
    for inner in inside:
        if not getattr(inner, "is_indirect", False):
            _look(out, inner, number, depth + 1)


def _taken_from(out: Files, obj: Any, keys: set[str], number: int) -> set[str]:
    """Take what a dictionary says of a file or a place; return keys that are thereby read."""
    action = str(obj["/S"]) if "/S" in keys else ""
    if "/EF" in keys or ("/Type" in keys and str(obj["/Type"]).lower() in {"/filespec", "/f"}):
        out.met.append((f"object:{number}", obj))
    elif action == "/MCD":
        out.met.append((f"clip:{number}", obj.get("/D")))
        return {"/D"}
    elif action or "/URI" in keys or "/JS" in keys:
        _action(out, obj, action)
        if action in _GOES_TO:
            return {"/F", "/Win"}
    kind = str(obj.get("/Subtype", action))
    if kind == "/Sound" and "/Sound" in keys:
        out.met.append((f"sound:{number}", obj["/Sound"]))
    if kind == "/Movie" and is_dictionary(film := obj.get("/Movie")):
        out.met.append((f"film:{number}", film.get("/F")))
    return set()


def _file(out: Files, step: str, spec: Any, budget: Budget) -> None:
    """Take one file specification (ISO 32000-2, 7.11): each stream a file, or why there is none."""
    if not is_dictionary(spec):
        # A specification may be no more than a name (7.11.2).
        spec = {"/F": spec} if isinstance(spec, pikepdf.String) else {}
    if not spec or len(out.files) >= _MOST_FILES:
        return
    if getattr(spec, "is_indirect", False):
        if spec.objgen in out.taken:
            return
        out.taken.add(spec.objgen)
    if is_stream(spec):
        # A sound is its own stream; the media of a clip may be a form, which is drawn.
        if step.startswith("sound:"):
            out.files.append(_embedded(_fresh(out, step), "sound.raw", spec, {}, budget))
        return
    place = next((words for key in _NAMES if (words := text(spec.get(key)).strip())), "")
    name = place.replace("\\", "/").rstrip("/").rpartition("/")[2] or step.partition(":")[2]
    embedded = spec.get("/EF")
    streams = list(filter(is_stream, map(embedded.get, _NAMES))) if is_dictionary(embedded) else []
    for stream in streams:
        if stream.objgen not in out.taken:
            out.taken.add(stream.objgen)
            out.files.append(_embedded(_fresh(out, step), name, stream, spec, budget))
    _related(out, step, spec, budget)
    if not streams:
        _absent(out, step, name, place, spec)


def _absent(out: Files, step: str, name: str, place: str, spec: Any) -> None:
    """Take an entry without bytes: an address is a link; of any other the file is missing."""
    outside = spec.get("/EF") is None and bool(place)
    if not getattr(spec, "is_indirect", False):
        # It lies directly in what lists it, and is met again when every object is looked at.
        if name in out.absent:
            return
        out.absent.add(name)
    if outside:
        out.links[place] = None
    if outside and str(spec.get("/FS", "")) == "/URL":
        return
    why = "the PDF lists it and holds no bytes of it"
    missing = Fault(
        FaultReason.MISSING, f"the PDF only points to it, at {place}" if outside else why
    )
    out.files.append(EmbeddedFile(_fresh(out, step), name, missing))


def _fresh(out: Files, step: str) -> str:
    """Return the step, numbered where the same entry has brought a file before."""
    out.steps[step] = number = out.steps.get(step, 0) + 1
    return step if number == 1 else f"{step}~{number}"


def _embedded(step: str, name: str, stream: Any, spec: Any, budget: Budget) -> EmbeddedFile:
    data = decoded(stream, budget.limits.item_bytes)
    if isinstance(data, bytes):
        data = budget.spend(len(data)) or data
    parameters = stream.get("/Params")
    said: list[FieldValue] = [
        *values.field(fields.DESCRIPTION, text(spec.get("/Desc")), "pdf:Filespec/Desc")
    ]
    if is_dictionary(parameters):
        for key, field_name in (
            ("/CreationDate", fields.CREATED),
            ("/ModDate", fields.MODIFIED),
        ):
            when = values.from_pdf_date(text(parameters.get(key)))
            said += values.field(field_name, when, f"pdf:Params{key}")
        size = parameters.get("/Size")
        if isinstance(data, bytes) and isinstance(size, int) and not data and size > 0:
            detail = f"the PDF says it has {size:,} bytes and holds none of them"
            data = Fault(FaultReason.MISSING, detail)
    return EmbeddedFile(step, name, data, tuple(said))


def _related(out: Files, step: str, spec: Any, budget: Budget) -> None:
    """Take related files (ISO 32000-2, 7.11.4.3): pairs of a name and a stream."""
    related = spec.get("/RF")
    for key in related.keys() if is_dictionary(related) else ():
        pairs = list(related[key]) if is_array(related[key]) else []
        for name, stream in zip(pairs[::2], pairs[1::2]):
            if is_stream(stream) and stream.objgen not in out.taken:
                out.taken.add(stream.objgen)
                own = f"{step}.related.{stream.objgen[0]}"
                out.files.append(_embedded(_fresh(out, own), text(name), stream, {}, budget))


def _action(out: Files, action: Any, kind: str) -> None:
    """Keep where an action leads (ISO 32000-2, 12.6.4), and count the words of a script."""
    if kind == "/JavaScript" or "/JS" in action:
        _script(out, action, "")
    address = text(action.get("/URI")) if kind in {"/URI", ""} else ""
    if kind in _GOES_TO:
        target = action.get("/F", action.get("/Win"))
        if is_dictionary(target):
            if target.is_indirect and "/EF" not in target:
                out.taken.add(target.objgen)
            target = next((target[key] for key in _NAMES if key in target), None)
        address = text(target) if target is not None else ""
    if address.strip() and len(out.links) < _MOST_LINKS:
        out.links[address.strip()] = None


def _script(out: Files, action: Any, name: str) -> None:
    source = action.get("/JS") if is_dictionary(action) else None
    if source is None or len(out.scripts) >= _MOST_SCRIPTS:
        return
    if is_stream(source):
        data = decoded(source, _SCRIPT_CAP)
        words = text(pikepdf.String(data.decode("latin-1"))) if isinstance(data, bytes) else ""
    else:
        words = text(source)
    out.scripts.setdefault(words, name)
