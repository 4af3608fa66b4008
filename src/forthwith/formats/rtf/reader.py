"""Read RTF: text, properties, tracked changes, comments, hidden words, embedded objects.

The scanner is in `scanner`. RTF that wraps a mail's HTML is the mail readers' own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import count, field
from forthwith.formats.office import ole_objects
from forthwith.formats.rtf.scanner import RtfScan

MEDIA_TYPES = frozenset({"application/rtf", "text/rtf", "text/richtext"})
_INFO = {
    "title": fields.TITLE, "subject": fields.SUBJECT, "author": fields.AUTHOR,
    "operator": fields.LAST_AUTHOR, "keywords": fields.KEYWORDS, "doccomm": fields.DESCRIPTION,
    "company": fields.COMPANY, "manager": fields.MANAGER, "category": fields.CATEGORY,
    "creatim": fields.CREATED, "revtim": fields.MODIFIED, "printim": fields.PRINTED,
    "generator": fields.APPLICATION,
}  # fmt: skip
_LINK = re.compile(r"(?:HYPERLINK|INCLUDETEXT|INCLUDEPICTURE|LINK\s+\S+)\s+\"([^\"]{4,})\"")


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one file. Raises UnreadableError when it is no RTF."""
    data = whole(source, hint)
    if b"{\\rt" not in data[:1024]:
        detail = "the file does not begin as RTF does"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True))
    scan = RtfScan(data)
    scan.run()
    faults = []
    if scan.open_groups:
        detail = f"the RTF ends inside {scan.open_groups:,} open groups; its end is missing"
        faults.append(Fault(FaultReason.TRUNCATED, detail))
    objects = scan.objects
    return Reading(
        Kind.EDOC,
        hint.media_type or "application/rtf",
        text="\n".join(filter(None, (scan.text(), _custom(scan)))),
        text_method=TextMethod.EXTRACTED,
        fields=_fields(scan),
        faults=tuple(faults),
        children=(lambda: _children(objects)) if objects else None,
        declared=len(objects),
    )


def _fields(scan: RtfScan) -> tuple[FieldValue, ...]:
    by_name: dict[str, tuple[FieldValue, ...]] = {}
    for key, value in scan.apart:
        name = _INFO.get(key, "")
        # The last wins: after an ANSI title with question marks comes the Unicode one.
        if name and value:
            words = [v.strip() for v in value.replace(";", ",").split(",")]
            by_name[name] = field(name, words if name in fields.MULTI else value, f"rtf:\\{key}")
    links = [link for key, value in scan.apart if key == "fldinst" for link in _LINK.findall(value)]
    return (
        *(value for values in by_name.values() for value in values),
        *field(fields.LINKS, dict.fromkeys(links), "rtf:\\fldinst"),
        *count(fields.TRACKED_CHANGES, scan.tracked, "rtf:\\revised \\deleted"),
        *count(fields.COMMENTS, scan.comments, "rtf:\\annotation"),
        *count(fields.HIDDEN_TEXT, scan.hidden, "rtf:\\v"),
        *count(fields.EMBEDDED_OBJECTS, len(scan.objects), "rtf:\\objdata"),
    )


def _custom(scan: RtfScan) -> str:
    """Return the properties people defined, as lines."""
    lines, name = [], ""
    for key, value in scan.apart:
        if key == "propname":
            name = value
        elif key == "staticval" and name:
            lines.append(f"[Custom property {name}: {value}]")
            name = ""
    return "\n".join(lines)


def _children(objects: list[bytes]) -> Iterator[Child | Fault]:
    for index, data in enumerate(objects, start=1):
        step = f"object:{index}"
        embedded = _object(data, f"object{index}.bin")
        if embedded is None:
            detail = f"embedded object {index} is broken or only a link"
            yield Fault(FaultReason.CORRUPT, detail, step=step)
        else:
            yield Child(step, embedded.name, Relation.EMBEDDED, partial(bytes, embedded.data))


def _object(data: bytes, name: str) -> ole_objects.EmbeddedFile | None:
    """Return the file of an OLE 1 object ([MS-OLEDS] 2.2.5); None when there is none."""
    if int.from_bytes(data[4:8], "little") != 2:
        return None
    at = 8
    for _ in range(3):
        at += 4 + int.from_bytes(data[at : at + 4], "little")
    length = int.from_bytes(data[at : at + 4], "little")
    body = data[at + 4 : at + 4 + length]
    if not body:
        return None
    if data[12:19].lower() == b"package":
        return ole_objects.native(data[at : at + 4 + length], name)
    return ole_objects.unwrap(body, name)
