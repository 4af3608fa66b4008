"""What lies inside a file, layer by layer, each swept.

Two ways lead in. What a file's own structure says is read by the readers of evidence, by pikepdf
and pdfium, by olefile. Beside it, whatever anywhere in the bytes begins like something compressed
is unpacked where it stands: members no directory lists, streams of earlier revisions, what lies in
gaps and behind the end. A piece met twice is swept once. Runs in a worker; judges nothing.
"""

from __future__ import annotations

import bz2
import contextlib
import hashlib
import io
import lzma
import re
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import olefile
import pikepdf
import pypdfium2

from forthwith.check.sweep import encodings
from forthwith.check.sweep.sought import Found, How, Sought, long_runs
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Budget, Child, Fault, Hint, InMemory, Limits
from forthwith.formats import readers
from forthwith.formats.pages import pdf_appearances
from forthwith.formats.rtf import lzfu
from forthwith.formats.sniff import media_type as sniff
from forthwith.plain import charset

#: Bytes of one piece unpacked, and of everything in one delivered file.
_PIECE, _ALL = 128 * 2**20, 2**30
#: Layers within layers, ways of writing within each other, and pieces of one file.
_DEEPEST, _WAYS, _MOST = 16, 4, 200_000
#: Beginnings looked behind in one piece, of macros and bodies of Outlook, which are read in
#: Python, and bytes of one of those.
_TRIES, _SLOW_TRIES, _SLOW = 100_000, 64, 2**19
#: Bytes that may come out of what only looks like the beginning of a stream.
_NOISE = 64
#: Revisions of a PDF that are opened, and pages of each whose text is asked for.
_REVISIONS, _PAGES = 24, 5_000
_SAMPLE = 2**16
#: Beginnings of what is unpacked wherever it stands.
_BEGINS = re.compile(
    rb"PK\x03\x04|\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|BZh[1-9]1AY&SY|\xfd7zXZ\x00"
    rb"|\x5d\x00\x00.{2}[\x00\xff]|LZFu|\x00Attribut",
    re.DOTALL,
)
_REVISION = re.compile(rb"startxref\s+\d+\s+%%EOF[ \t]*\r?\n?")
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\x1a\x1b")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DEFLATE = -zlib.MAX_WBITS
_TROUBLE = (
    OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError, OverflowError,
    RuntimeError, struct.error, zlib.error, lzma.LZMAError, RecursionError, AssertionError,
)  # fmt: skip
_PDF_TROUBLE = (pikepdf.PdfError, pypdfium2.PdfiumError, *_TROUBLE)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found in a file."""

    document: int
    how: How
    #: What of the file it stands in: "PDF stream". Never a name that stands in the file.
    where: str


@dataclass(frozen=True, slots=True)
class Swept:
    """One file, swept."""

    hits: tuple[Hit, ...] = ()
    #: Pieces opened, by kind.
    opened: dict[str, int] = field(default_factory=dict)
    #: What could not be opened, by why.
    closed: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Sweep:
    """The sweep of one file."""

    sought: Sought
    limits: Limits = field(default_factory=Limits)
    hits: dict[Found, str] = field(default_factory=dict)
    opened: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    _seen: set[bytes] = field(default_factory=set)
    _read: set[bytes] = field(default_factory=set)
    _spent: int = 0

    def result(self) -> Swept:
        """Return what was found."""
        hits = tuple(Hit(found.document, found.how, where) for found, where in self.hits.items())
        return Swept(hits, dict(self.opened), dict(self.closed))

    def _note(self, found: Iterable[Found], where: str) -> None:
        for one in found:
            self.hits.setdefault(one, where)

    # What every piece is asked

    def piece(self, data: bytes, kind: str, depth: int = 0) -> None:
        """Sweep bytes and everything within."""
        if not data or not self._new(data, depth):
            return
        self.opened[kind] += 1
        self._note(self.sought.in_bytes(data), kind)
        if _is_text(data):
            self.text(charset.decode(data).text, kind, depth)
        else:
            self._note(self.sought.in_runs(data), kind)
            # Markup, base64 and the like stand among bytes too.
            if runs := long_runs(data):
                self.text(runs, kind, depth, 1)
        for begin, what in _OPENERS:
            if begin in data[:1024]:
                what(self, data, depth)
        self._carved(data, depth)

    def plain(self, data: bytes, kind: str) -> None:
        """Sweep bytes as they stand, without what lies within: a part of a large file."""
        self.opened[f"part of a {kind}"] += 1
        self._note(self.sought.in_bytes(data), kind)
        self._note(self.sought.in_runs(data), kind)

    def _new(self, data: bytes, depth: int) -> bool:
        """Say whether a piece is to be swept: once, and within what one file may take."""
        digest = hashlib.blake2b(data, digest_size=16).digest()
        if digest in self._seen:
            return False
        if depth > _DEEPEST or self._spent + len(data) > _ALL or len(self._seen) >= _MOST:
            self.closed["beyond the limits of one file"] += 1
            return False
        self._seen.add(digest)
        self._spent += len(data)
        return True

    def text(self, text: str, kind: str, depth: int = 0, ways: int = 0) -> None:
        """Sweep a text, and as it reads otherwise."""
        if ways and not self._new(text.encode("utf-8", "surrogatepass"), depth):
            return
        self._note(self.sought.in_text(text), kind)
        for way, data in encodings.bytes_within(text):
            self.piece(data, f"{way} in {kind}" if " in " not in kind else kind, depth + 1)
        if ways < _WAYS:
            for other in encodings.otherwise(text):
                if other != text:
                    self.text(other, kind, depth, ways + 1)

    # What begins like something compressed, wherever it stands

    def _carved(self, data: bytes, depth: int) -> None:
        at, view = 0, memoryview(data)
        tries: Counter[str] = Counter()
        while (match := _BEGINS.search(data, at)) is not None:
            start = match.start()
            kind, unpack = _unpacker(match[0])
            tries[kind] += 1
            if tries[kind] > (_SLOW_TRIES if kind in _SLOW_KINDS else _TRIES):
                self.closed["more beginnings of packed data than are looked behind"] += 1
                break
            try:
                out, used = unpack(self, view, start)
            except _TROUBLE:
                out, used = b"", 0
            if kind == "macro" and self._new(out, depth + 1):
                # Source of a program is text, and nothing lies packed in it.
                self.opened[kind] += 1
                self.text(charset.decode(out).text, kind, depth + 1)
            elif len(out) > (3 if used or kind != "compressed stream" else _NOISE):
                self.piece(out, kind, depth + 1)
            at = max(match.start() + 2, start + used)

    def inflated(self, view: memoryview, start: int, bits: int) -> tuple[bytes, int]:
        """Return what comes out of a deflated stream, and how many bytes it took."""
        stream = zlib.decompressobj(bits)
        out: list[bytes] = []
        at = start
        size = 0
        # What is damaged gives what stands before the damage.
        with contextlib.suppress(zlib.error):
            while at < len(view) and not stream.eof and size < _PIECE:
                # Most beginnings are none, which the first bytes tell.
                block = view[at : at + (2**16 if out else 2**10)]
                part = stream.decompress(block, _PIECE - size)
                out.append(part)
                size += len(part)
                at += len(block)
        if size >= _PIECE:
            self.closed["expands beyond the limit"] += 1
        used = at - start - len(stream.unused_data) if stream.eof else 0
        return b"".join(out), used

    def zlibbed(self, view: memoryview, start: int) -> tuple[bytes, int]:
        """Unpack a zlib stream."""
        if int.from_bytes(view[start : start + 2], "big") % 31:
            return b"", 0
        return self.inflated(view, start, zlib.MAX_WBITS)

    def gzipped(self, view: memoryview, start: int) -> tuple[bytes, int]:
        """Unpack a gzip stream."""
        return self.inflated(view, start, 16 + zlib.MAX_WBITS)

    def zipped(self, view: memoryview, start: int) -> tuple[bytes, int]:
        """Unpack a member of a zip by its local header."""
        head = bytes(view[start : start + 30])
        if len(head) < 30:
            return b"", 0
        flags, method, packed, name, extra = (
            *struct.unpack_from("<HH", head, 6), *struct.unpack_from("<I4xHH", head, 18),
        )  # fmt: skip
        begin = start + 30 + name + extra
        if flags & 1:
            self.closed["encrypted member of a zip"] += 1
            return b"", 0
        if method == 8:
            out, used = self.inflated(view, begin, _DEFLATE)
            return out, used and begin - start + used
        if method == 0 and packed < _PIECE:
            # Its bytes stand as they are: it is looked into as a file of its own.
            return bytes(view[begin : begin + packed]), 0
        if method == 12:
            out, used = self.bzipped(view, begin)
            return out, used and begin - start + used
        return b"", 0

    def bzipped(self, view: memoryview, start: int) -> tuple[bytes, int]:
        """Unpack a bzip2 stream."""
        stream = bz2.BZ2Decompressor()
        out = stream.decompress(view[start:], _PIECE)
        return out, len(view) - start - len(stream.unused_data) if stream.eof else 0

    def xzipped(self, view: memoryview, start: int) -> tuple[bytes, int]:
        """Unpack an xz or LZMA stream."""
        stream = lzma.LZMADecompressor(memlimit=2**28)
        out = stream.decompress(view[start:], _PIECE)
        return out, len(view) - start - len(stream.unused_data) if stream.eof else 0

    def rtf_of_outlook(self, view: memoryview, start: int) -> tuple[bytes, int]:
        """Unpack the RTF body of an Outlook message: its head begins eight bytes before."""
        if start < 8:
            return b"", 0
        size = int.from_bytes(view[start - 8 : start - 4], "little")
        end = min(len(view), start - 4 + min(size, _SLOW))
        return lzfu.decompressed(bytes(view[start - 8 : end]))[0], 0

    def macro(self, view: memoryview, start: int) -> tuple[bytes, int]:
        """Unpack the source of a macro, whose container begins three bytes before."""
        if start < 3:
            return b"", 0
        return _macro_source(bytes(view[start - 3 : start - 3 + _SLOW])), 0

    # What a structure of its own says

    def ole(self, data: bytes, depth: int) -> None:
        """Sweep each stream of a compound file: in the file they lie in pieces."""
        if not data.startswith(_OLE):
            return
        try:
            with olefile.OleFileIO(io.BytesIO(data)) as file:
                for path in file.listdir(streams=True, storages=True):
                    self.text("\n".join(path), "name in a compound file", depth)
                    if file.get_type(path) == olefile.STGTY_STREAM:
                        stream = file.openstream(path).read(_PIECE)
                        self.piece(stream, "stream of a compound file", depth + 1)
        except _TROUBLE:
            self.closed["damaged compound file"] += 1

    def pdf(self, data: bytes, depth: int) -> None:
        """Sweep objects, strings and page texts of every revision of a PDF."""
        ends = [match.end() for match in _REVISION.finditer(data)][-_REVISIONS:]
        versions = [data, *(data[:end] for end in reversed(ends[:-1]))]
        for place, version in enumerate(versions):
            if place and not self._new(version, depth):
                break
            self.opened["revision of a PDF"] += place > 0
            self._objects(version, depth, quiet=place > 0)
            self._page_texts(version, depth)

    def _objects(self, data: bytes, depth: int, *, quiet: bool) -> None:
        try:
            with pikepdf.open(io.BytesIO(data)) as pdf:
                strings: list[str] = []
                for thing in pdf.objects:
                    _strings(thing, strings, set(), 0)
                    if isinstance(thing, pikepdf.Stream):
                        self._stream(thing, depth)
                self.text("\n".join(strings), "PDF object", depth, 1)
                with contextlib.suppress(*_PDF_TROUBLE):
                    words = [text for _, text in pdf_appearances.appearances(pdf)]
                    self.text("\n".join(words), "annotation of a PDF", depth, 1)
        except pikepdf.PasswordError:
            self.closed["encrypted PDF"] += not quiet
        except _PDF_TROUBLE:
            self.closed["damaged PDF"] += not quiet

    def _stream(self, thing: pikepdf.Stream, depth: int) -> None:
        try:
            out = thing.read_bytes()
        except _PDF_TROUBLE:
            # A picture in a coding of its own: its marks and comments are looked into.
            try:
                out = thing.read_raw_bytes()
            except _PDF_TROUBLE:
                self.closed["damaged stream of a PDF"] += 1
                return
        self.piece(out[:_PIECE], "PDF stream", depth + 1)

    def _page_texts(self, data: bytes, depth: int) -> None:
        try:
            document = pypdfium2.PdfDocument(data)
        except _PDF_TROUBLE:
            return
        texts: list[str] = []
        try:
            for index in range(min(len(document), _PAGES)):
                with contextlib.suppress(*_PDF_TROUBLE):
                    layer = document[index].get_textpage()
                    texts.append(layer.get_text_range().replace("\0", ""))
        except _PDF_TROUBLE:
            self.closed["damaged PDF"] += 1
        finally:
            document.close()
        self.text(charset.encodable("\n".join(texts)), "text of PDF pages", depth, 1)

    # What the readers of evidence say

    def read(
        self, data: bytes, name: str = "", depth: int = 0, budget: Budget | None = None
    ) -> None:
        """Sweep what the reader of a file says of it, and of everything inside."""
        digest = hashlib.blake2b(data, digest_size=16).digest()
        if digest in self._read or depth > _DEEPEST:
            return
        self._read.add(digest)
        source = InMemory(data)
        kind = sniff.media_type(source, name)
        if kind.startswith(_UNREAD) or kind == "application/pdf":
            return
        budget = budget or Budget(self.limits)
        try:
            reading = readers.read(source, Hint(name, kind, budget, depth))
        except UnreadableError as error:
            self.closed[str(error.fault.reason)] += 1
            return
        self._spoken(reading.text, "text of a native", depth)
        values = [
            value
            for datum in reading.fields
            for value in ((datum.value,) if isinstance(datum.value, str) else datum.value)
        ]
        self._spoken("\n".join(values), "fields of a native", depth)
        for child in reading.children() if reading.children else ():
            if isinstance(child, Fault):
                self.closed[str(child.reason)] += 1
            else:
                self._child(child, depth, budget)

    def _spoken(self, text: str, kind: str, depth: int) -> None:
        if text:
            self.text(charset.encodable(text), kind, depth, 1)

    def _child(self, child: Child, depth: int, budget: Budget) -> None:
        self._spoken(f"{child.folder}/{child.name}", "name of what lies in a native", depth)
        out = child.load()
        if isinstance(out, Fault):
            self.closed[str(out.reason)] += 1
        elif budget.spend(len(out)) is None:
            self.piece(out, "part of a native", depth + 1)
            self.read(out, child.name, depth + 1, budget)
        else:
            self.closed["beyond the limits of one file"] += 1


#: What the readers say nothing of that is not in the bytes as they stand.
_UNREAD = ("image/", "audio/", "video/", "text/plain")
_OPENERS: Sequence[tuple[bytes, Callable[[Sweep, bytes, int], None]]] = (
    (b"%PDF-", Sweep.pdf),
    (_OLE, Sweep.ole),
)
_SLOW_KINDS = frozenset({"compressed RTF", "macro"})
_Unpack = Callable[[Sweep, memoryview, int], tuple[bytes, int]]
_BY_BEGIN: dict[bytes, tuple[str, _Unpack]] = {
    b"PK": ("zip member", Sweep.zipped),
    b"\x1f\x8b": ("gzip stream", Sweep.gzipped),
    b"BZ": ("bzip2 stream", Sweep.bzipped),
    b"\xfd7": ("xz stream", Sweep.xzipped),
    b"\x5d\x00": ("LZMA stream", Sweep.xzipped),
    b"LZ": ("compressed RTF", Sweep.rtf_of_outlook),
    b"\x00A": ("macro", Sweep.macro),
}


def _unpacker(begin: bytes) -> tuple[str, _Unpack]:
    return _BY_BEGIN.get(begin[:2], ("compressed stream", Sweep.zlibbed))


def _is_text(data: bytes) -> bool:
    """Say whether bytes are likely text, of one byte a sign or of two."""
    sample = data[:_SAMPLE]
    zeros = sample.count(0)
    control = len(sample) - len(sample.translate(None, _CONTROL)) - zeros
    if control > len(sample) // 50:
        return False
    wide = len(sample) // 5 < zeros < len(sample) * 4 // 5
    return wide or zeros <= len(sample) // 200


def _strings(thing: object, out: list[str], met: set[int], depth: int) -> None:
    """Gather the strings and names of an object of a PDF; other objects have their own turn."""
    if depth > _DEEPEST or len(out) > _MOST:
        return
    if isinstance(thing, (pikepdf.String, pikepdf.Name)):
        out.append(str(thing))
    elif isinstance(thing, pikepdf.Array):
        for inner in _direct(thing):
            _strings(inner, out, met, depth + 1)
    elif isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        for key in thing.keys():  # noqa: SIM118 - iterating a stream gives no keys
            out.append(key)
            inner = thing.get(key)
            if isinstance(inner, pikepdf.Object) and inner.is_indirect:
                continue
            _strings(inner, out, met, depth + 1)


def _direct(things: pikepdf.Array) -> Iterator[object]:
    for inner in things:
        if not (isinstance(inner, pikepdf.Object) and inner.is_indirect):
            yield inner


def _macro_source(data: bytes) -> bytes:
    """Return the source in a compressed container of [MS-OVBA] 2.4.1, as far as it can be read."""
    if data[:1] != b"\x01":
        return b""
    out, at = bytearray(), 1
    while at + 2 <= len(data):
        header = int.from_bytes(data[at : at + 2], "little")
        end, begin = min(len(data), at + (header & 0xFFF) + 3), len(out)
        at += 2
        if not header & 0x8000:
            out += data[at : at + 4096]
            at += 4096
            continue
        if header >> 12 & 7 != 3:
            break
        at = _macro_chunk(data, at, end, out, begin)
    return bytes(out)


def _macro_chunk(data: bytes, at: int, end: int, out: bytearray, begin: int) -> int:
    # A chunk is no more than 4,096 bytes when unpacked.
    while at < end and len(out) - begin < 4096:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= end:
                break
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            token = int.from_bytes(data[at : at + 2], "little")
            at += 2
            wide = max(4, (len(out) - begin - 1).bit_length())
            length, back = (token & 0xFFFF >> wide) + 3, (token >> 16 - wide) + 1
            if back > len(out) - begin:
                return end
            for _ in range(min(length, 4096)):
                out.append(out[-back])
    return end
