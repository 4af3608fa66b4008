"""What was filled into a PDF: form fields, signatures, and the data of XFA.

The words of a filled field are painted by its own look, not by the page, so the text of the page
lacks them: each value stands once in a marked section, whatever the page says. An unticked box and
an empty field have no line. Captions of XFA stand only where no page paints them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Pdf

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.bytes import values, xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.pages.pdf_files import decoded, is_array, is_dictionary, is_stream, text
from forthwith.plain.charset import decode

_MOST_FIELDS = 20_000
_VALUE_CAP = 4 * 2**20
#: XFA of a form that brings its own pictures is larger than its words.
_XFA_CAP = 32 * 2**20
#: Parts of the name of a value in XFA: the nearest.
_DEEPEST = 12
#: Bits of /Ff (ISO 32000-2, table 228): a button that is pushed has a caption and no value.
_PUSHED = 1 << 16
_OFF = frozenset({"", "/Off", "Off"})
_TAG = re.compile(r"<(/?)([\w:.-]+)" + xmlscan.ATTRIBUTES + r">|([^<]+)")
_INDEX = re.compile(r"\[\d+\]")


@dataclass(slots=True)
class Form:
    """What a form holds: one line a value."""

    lines: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    #: (mark, words) of captions, which a page may show already.
    captions: list[tuple[str, str]] = field(default_factory=list)
    #: (last part of the name, value) of each field, to know them again in the data of XFA.
    known: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What a field takes from the fields above it (ISO 32000-2, 12.7.4.1)."""

    name: str = ""
    #: What the field is called to a person (/TU), where that is another name.
    label: str = ""
    kind: str = ""
    flags: int = 0
    value: Any = None
    rich: Any = None
    options: Any = None


def form_of(pdf: Pdf) -> Form:
    """Return the values of all form fields, and the captions of XFA."""
    out = Form()
    form = pdf.Root.get("/AcroForm")
    form = form if is_dictionary(form) else None
    seen: set[tuple[int, int]] = set()
    roots: Any = form.get("/Fields") if form is not None else None
    todo = [(_Inherited(), node) for node in (roots if is_array(roots) else ())]
    _walk(out, todo, seen)
    # Widgets that no list of fields names are shown all the same.
    _walk(out, [(_Inherited(), _top(note)) for note in _widgets(pdf, seen)], seen)
    if form is not None:
        _xfa(form.get("/XFA"), out)
    return out


def _widgets(pdf: Pdf, seen: set[tuple[int, int]]) -> list[Any]:
    notes = []
    for page in pdf.pages:
        entries = page.obj.get("/Annots")
        for note in entries if is_array(entries) else ():
            if is_dictionary(note) and note.get("/Subtype") == "/Widget":
                if note.is_indirect and note.objgen in seen:
                    continue
                notes.append(note)
    return notes


def _top(note: Any) -> Any:
    for _ in range(32):
        above = note.get("/Parent")
        if not is_dictionary(above) or not ({"/T", "/FT", "/Kids"} & set(above.keys())):
            break
        note = above
    return note


def _walk(out: Form, todo: list[tuple[_Inherited, Any]], seen: set[tuple[int, int]]) -> None:
    todo.reverse()
    for _ in range(_MOST_FIELDS):
        if not todo:
            return
        above, node = todo.pop()
        if not is_dictionary(node):
            continue
        if node.is_indirect:
            if node.objgen in seen:
                continue
            seen.add(node.objgen)
        own = _own(above, node)
        entries = node.get("/Kids")
        kids = [kid for kid in (entries if is_array(entries) else ()) if is_dictionary(kid)]
        fields = [kid for kid in kids if "/T" in kid]
        todo += [(own, kid) for kid in reversed(fields)]
        if len(fields) < len(kids) or not kids:
            shown = [kid for kid in kids if "/T" not in kid]
            seen.update(kid.objgen for kid in shown if kid.is_indirect)
            out.lines += _line(out, own, node, shown or [node])
    detail = f"more than {_MOST_FIELDS:,} form fields; the rest were not read"
    out.faults.append(Fault(FaultReason.TOO_MANY, detail))


def _own(above: _Inherited, node: Any) -> _Inherited:
    flags = node.get("/Ff", above.flags)
    name = text(node.get("/T"))
    label = " ".join(text(node.get("/TU")).split())
    return _Inherited(
        ".".join(filter(None, (above.name, name))),
        f" ({label})" if label and label != name else "",
        str(node.get("/FT", above.kind)),
        flags if isinstance(flags, int) else 0,
        node.get("/V", above.value),
        node.get("/RV", above.rich),
        node.get("/Opt", above.options),
    )


def _line(out: Form, own: _Inherited, node: Any, shown: list[Any]) -> Iterator[str]:
    """Yield the field's value as a mark; nothing when it has none."""
    if own.kind in {"/Sig", ""} and is_dictionary(own.value) and not is_stream(own.value):
        yield from _signature(own)
        return
    if own.kind == "/Btn":
        value = _caption(shown) if own.flags & _PUSHED else _state(own, shown)
    elif own.kind == "/Sig" or (is_dictionary(own.value) and not is_stream(own.value)):
        value = ""
    elif own.kind == "/Ch":
        value = "; ".join(_chosen(own, node))
    else:
        value = _words(own.value)
    if not value.strip() and (rich := _words(own.rich)):
        value = " ".join(xmlscan.strip(rich.replace("<", " <")).split())
    if value.strip():
        out.known.add((_INDEX.sub("", own.name).rpartition(".")[2], " ".join(value.split())))
        yield mark(f"Form field {own.name}{own.label}".strip(), value)


def _words(value: Any) -> str:
    """Return a value as words: a string, a name, a number, or a stream of text (12.7.5.3)."""
    if is_stream(value):
        data = decoded(value, _VALUE_CAP)
        return text(pikepdf.String(data)) if isinstance(data, bytes) else ""
    if is_array(value):
        return "; ".join(filter(None, map(_words, value)))
    words = text(value)
    return words[1:] if isinstance(value, pikepdf.Name) else words


def _state(own: _Inherited, shown: list[Any]) -> str:
    """Return which state of a box or a group of radio buttons is on, as it is exported."""
    state = str(own.value) if own.value is not None else ""
    if state in _OFF:
        looks = (str(widget.get("/AS", "")) for widget in shown)
        state = next((look for look in looks if look not in _OFF), "")
    if state in _OFF:
        return ""
    state = state.removeprefix("/")
    options = list(own.options) if is_array(own.options) else []
    if state.isdecimal() and int(state) < len(options):
        return _words(options[int(state)])
    return _name(state)


def _name(state: str) -> str:
    """Return a name whose bytes may be of any charset."""
    try:
        return text(state.encode("latin-1", "surrogateescape").decode("utf-8"))
    except UnicodeError:
        return text(state)


def _caption(shown: list[Any]) -> str:
    looks = (widget.get("/MK") for widget in shown)
    return next((text(look.get("/CA")) for look in looks if is_dictionary(look)), "")


def _chosen(own: _Inherited, node: Any) -> Iterator[str]:
    """Yield each choice as it is shown, with what it is exported as where that differs."""
    options = []
    for option in own.options if is_array(own.options) else ():
        pair = [_words(part) for part in option] if is_array(option) else [_words(option)] * 2
        options.append((pair[0], pair[-1]) if pair else ("", ""))
    value = own.value
    if value is None and is_array(places := node.get("/I")):
        known = [int(place) for place in places if isinstance(place, int)]
        value = [options[place][0] for place in known if 0 <= place < len(options)]
        chosen = list(value)
    else:
        chosen = [_words(part) for part in value] if is_array(value) else [_words(value)]
    for export in chosen:
        shown = next((display for own_export, display in options if own_export == export), export)
        yield shown if shown == export else f"{shown} ({export})"


def _signature(own: _Inherited) -> Iterator[str]:
    """Yield who signed, when and why, as the signature itself says (12.8.1); not verified."""
    said = [
        f"{label}{words}"
        for key, label in (("/Reason", "reason: "), ("/Location", "at "), ("/ContactInfo", ""))
        if (words := text(own.value.get(key)).strip())
    ]
    when = values.from_pdf_date(text(own.value.get("/M")))
    signer = text(own.value.get("/Name")).strip()
    yield mark(f"Signature {own.name}".strip(), ", ".join(said) or "signed", signer, when)


# XFA (XML Forms Architecture 3.3): data sets hold what was filled in, the template its captions.


def _xfa(packets: Any, out: Form) -> None:
    if is_stream(packets):
        parts = [packets]
    else:
        parts = [part for part in (packets if is_array(packets) else ()) if is_stream(part)]
    read = [data for part in parts if isinstance(data := decoded(part, _XFA_CAP), bytes)]
    xml = xmlscan.ready(decode(b"".join(read)).text.encode()) if read else ""
    prefixed = re.compile(r"<((?:[\w.-]+:)?)(datasets|template)(?=[\s/>])")
    for prefix, name in dict.fromkeys(prefixed.findall(xml)):
        for _, inner in xmlscan.elements(xml, prefix + name):
            if name == "datasets":
                out.lines += _filled(inner, out.known)
            else:
                out.captions += _captions(inner)


def _filled(xml: str, known: set[tuple[str, str]]) -> Iterator[str]:
    """Yield each value of a data set that no form field has given already."""
    path: list[str] = []
    for closing, tag, attributes, words in _TAG.findall(xml):
        if tag and closing:
            del path[-1:]
        elif tag and not attributes.endswith("/"):
            path.append(tag.rpartition(":")[2])
        elif not tag and (value := " ".join(xmlscan.plain(words).split())):
            name = ".".join(part for part in path[-_DEEPEST:] if part not in {"xfa", "data"})
            if (path[-1] if path else "", value) not in known:
                yield mark(f"Form data {name}".strip(), value)


def _captions(xml: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a template, each with its mark."""
    for name in ("text", "exData", "toolTip"):
        for _, inner in xmlscan.elements(xml, name):
            line = " ".join(xmlscan.strip(xmlscan.plain(inner).replace("<", " <")).split())
            if line:
                yield mark("Form caption", line), line
