"""Content lines: the grammar that calendar files (RFC 5545) and contact files (RFC 6350) share.

Works on bytes, because folding may cut a character in two and old files name a charset per line.
Understands vCard 2.1 and vCalendar 1.0 too: bare parameters, quoted-printable, soft line breaks.
Dates, times and durations become ISO 8601: "20220314T090000Z" is "2022-03-14T09:00:00+00:00"; a
time in a named zone gets that zone's offset on that day, none where the zone is not known. What a
property means is the business of `ics` and `vcard`.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import unquote_to_bytes

from forthwith.plain import zones

_FOLD = re.compile(rb"(?:\r\n|\r|\n)[ \t]")
_BREAK = re.compile(rb"\r\n|\r|\n")
_NAME = re.compile(rb"(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9_-]+)\Z")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CARET = re.compile(r"\^([n^'])")
_DATA = re.compile(rb"data:([^;,]*)((?:;[^;,]*)*),", re.IGNORECASE)
_BARE = {"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"}
_BINARY = {"B", "BASE64"}
#: Components within components; calendars nest two deep, cards one.
DEEPEST = 16


@dataclass(frozen=True, slots=True)
class Line:
    """One property."""

    name: str
    #: As found, still encoded.
    raw: bytes
    #: Upper-case names to their values; a bare word of vCard 2.1 stands under TYPE.
    parameters: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def parameter(self, name: str) -> str:
        """Return the first value of a parameter, or ""."""
        return self.parameters.get(name, ("",))[0]

    @property
    def zone(self) -> str:
        """The name of the zone its time is in (TZID), or ""; one with commas is put together."""
        return ", ".join(part.strip() for part in self.parameters.get("TZID", ()))

    @property
    def binary(self) -> bytes | None:
        """The bytes of an inline file (base64 or a data: address); None when it is none."""
        if self.parameter("ENCODING").upper() in _BINARY:
            return _from_base64(self.raw)
        shape = _DATA.match(self.raw)
        if shape is None:
            return None
        data = self.raw[shape.end() :]
        is_base64 = b"base64" in shape[2].lower()
        return _from_base64(unquote_to_bytes(data)) if is_base64 else unquote_to_bytes(data)

    @property
    def text(self) -> str:
        """The value as text, its backslash escapes still in place."""
        raw = self.raw
        if self.parameter("ENCODING").upper() == "QUOTED-PRINTABLE":
            raw = quopri.decodestring(raw)
        return decoded(raw, self.parameter("CHARSET"))

    @property
    def value(self) -> str:
        r"""The value as a person reads it: `\n`, `\,` and `\;` resolved."""
        return unescaped(self.text)

    def parts(self, separator: str) -> list[str]:
        """Return the value split at unescaped separators, each part unescaped."""
        parts, start, at = [], 0, 0
        text = self.text
        while at < len(text):
            if text[at] == "\\":
                at += 1
            elif text[at] == separator:
                parts.append(text[start:at])
                start = at + 1
            at += 1
        return [unescaped(part) for part in (*parts, text[start:])]


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END."""

    name: str
    lines: list[Line] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)

    def first(self, name: str) -> Line | None:
        """Return the first property of that name."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator[Line]:
        """Yield each property of that name."""
        return (line for line in self.lines if line.name == name)

    def walk(self) -> Iterator[Component]:
        """Yield this component and all below, in file order; depth is bounded by `parse`."""
        yield self
        for component in self.components:
            yield from component.walk()


@dataclass(slots=True)
class ContentFile:
    """A whole file."""

    top: Component
    #: Lines that are no property, as text; shown, not dropped.
    odd: list[str]
    #: BEGIN without END, or END without BEGIN.
    unbalanced: int = 0
    #: BEGIN deeper than `DEEPEST`; read as if not nested.
    too_deep: int = 0


def parse(data: bytes) -> ContentFile:
    """Read a file of content lines; never raises."""
    top = Component("")
    result, open_components = ContentFile(top, []), [top]
    for raw in _logical_lines(_as_utf8(data)):
        line = _line(raw)
        if line is None:
            result.odd.append(decoded(raw))
        elif line.name == "BEGIN":
            _begin(line, open_components, result)
        elif line.name == "END":
            _end(line, open_components, result)
        else:
            open_components[-1].lines.append(line)
    result.unbalanced += len(open_components) - 1
    return result


def _begin(line: Line, open_components: list[Component], result: ContentFile) -> None:
    component = Component(line.text.strip().upper())
    if len(open_components) > DEEPEST:
        result.too_deep += 1
        open_components.pop()
    open_components[-1].components.append(component)
    open_components.append(component)


def _end(line: Line, open_components: list[Component], result: ContentFile) -> None:
    name = line.text.strip().upper()
    if name not in {component.name for component in open_components[1:]}:
        result.unbalanced += 1
        return
    while open_components.pop().name != name:
        result.unbalanced += 1


def _as_utf8(data: bytes) -> bytes:
    for mark, charset in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(charset, "replace").encode("utf-8", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


def _logical_lines(data: bytes) -> Iterator[bytes]:
    pending = b""
    for line in _BREAK.split(_FOLD.sub(b"", data)):
        logical = pending + line
        # A quoted-printable value goes on after "=" at the end of its line (RFC 2045 6.7).
        if logical.endswith(b"=") and b"QUOTED-PRINTABLE" in logical.partition(b":")[0].upper():
            pending = logical[:-1]
            continue
        pending = b""
        if logical.strip():
            yield logical
    if pending:
        yield pending


def _line(raw: bytes) -> Line | None:
    head, colon, value = _cut(raw)
    name, *parameters = head
    shape = _NAME.match(name.strip())
    if not colon or shape is None:
        return None
    line = Line(shape[2].decode("ascii").upper(), value, _parameters(parameters))
    if b":" in value and line.parameter("TZID"):
        return _zone_with_colon(line)
    return line


def _zone_with_colon(line: Line) -> Line:
    """Mend a line whose zone has a colon and no quotes around it: "TZID=(UTC+01:00) Berlin:…"."""
    head, _, when = line.raw.rpartition(b":")
    if _WHEN.fullmatch(decoded(when).strip()) is None:
        return line
    *first, last = line.parameters["TZID"]
    rest = [piece.strip() for piece in f"{last}:{decoded(head)}".split(",")]
    return Line(line.name, when, {**line.parameters, "TZID": (*first, *rest)})


def _cut(raw: bytes) -> tuple[list[bytes], bool, bytes]:
    """Cut a line at its first colon and semicolons outside quotes."""
    pieces, start, quoted = [], 0, False
    for match in re.finditer(rb'["\:;]', raw):
        sign, at = match[0], match.start()
        if sign == b'"':
            quoted = not quoted
        elif quoted:
            continue
        elif sign == b";":
            pieces.append(raw[start:at])
            start = at + 1
        else:
            return [*pieces, raw[start:at]], True, raw[at + 1 :]
    return [raw], False, b""


def _parameters(pieces: list[bytes]) -> dict[str, tuple[str, ...]]:
    parameters: dict[str, tuple[str, ...]] = {}
    for piece in pieces:
        name, equals, value = decoded(piece).partition("=")
        name = name.strip().upper()
        if not equals:
            name, value = ("ENCODING" if name in _BARE else "TYPE"), name
        values = tuple(_unquoted(part) for part in re.findall(r'"[^"]*"|[^,"]+', value))
        parameters[name] = (*parameters.get(name, ()), *values)
    return {name: values for name, values in parameters.items() if values}


def _unquoted(value: str) -> str:
    """Undo quotes and RFC 6868 carets."""
    bare = value.strip().strip('"')
    return _CARET.sub(lambda caret: {"n": "\n", "^": "^", "'": '"'}[caret[1]], bare)


def unescaped(text: str) -> str:
    r"""Return text with `\n`, `\N`, `\,`, `\;` and `\\` resolved (RFC 5545 3.3.11)."""
    return _ESCAPE.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], text)


def decoded(raw: bytes, charset: str = "") -> str:
    """Return bytes as text: the named charset, UTF-8, then Windows-1252; never raises."""
    for name in filter(None, (charset, "utf-8")):
        try:
            return raw.decode(name).replace("\0", "")
        except (LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace").replace("\0", "")


def _from_base64(raw: bytes) -> bytes | None:
    packed = b"".join(raw.split())
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4))
    except (binascii.Error, ValueError):
        return None


_WHEN = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?"
)
#: Up to it zone databases have the mean time of a city, with seconds in its offset.
_MEAN_TIME = 1899
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?"
)


def iso_instant(text: str, zone: str = "") -> str:
    """Return the instant or date in `text` as ISO 8601, or "" when it is none."""
    shape = _WHEN.fullmatch(text.strip())
    if shape is None:
        return ""
    year, month, day, hour, minute, second, offset = shape.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0))  # noqa: DTZ001 - the zone follows
    except ValueError:
        return ""
    if hour is None:
        return moment.date().isoformat()
    # A leap second is written :60 and shown as :59, which no reader rejects.
    moment = moment.replace(second=min(int(second or 0), 59))
    return moment.isoformat() + _offset(moment, offset or "", zone)


def _offset(moment: datetime, offset: str, zone: str) -> str:
    if offset:
        return "+00:00" if offset == "Z" else f"{offset[:3]}:{offset[-2:]}"
    zone_info = zones.named(zone) if zone and moment.year > _MEAN_TIME else None
    if zone_info is None:
        return ""
    try:
        return moment.replace(tzinfo=zone_info).isoformat()[19:]
    except (OverflowError, ValueError):
        return ""


def later(instant: str, duration: str) -> str:
    """Return `instant` plus an RFC 5545 duration ("PT1H30M"), or "" when either makes no sense."""
    shape = _DURATION.fullmatch(duration.strip().upper())
    if shape is None:
        return ""
    weeks, days, hours, minutes, seconds = (int(digits or 0) for digits in shape.groups()[1:])
    span = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    try:
        start = datetime.fromisoformat(instant)
        return (start - span if shape[1] == "-" else start + span).isoformat()
    except (ValueError, OverflowError):
        return ""
