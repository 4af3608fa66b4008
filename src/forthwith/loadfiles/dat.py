"""Concordance DAT and its dialects: the data load file, read and written by one grammar.

A record is `þ` v1 `þ` 0x14 `þ` v2 `þ` … and a line end; no escape exists. The reader takes every
encoding and dialect met in the field and sets aside what does not fit; the writer emits the form
its rules ask for. Reading rests on delimiter bytes, not on the first encoding that happens to
decode, and works on the whole file. Cells that break the plain form are `dat_tokens`. Source:
reference §2.1.
"""

from __future__ import annotations

import functools
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from forthwith.domain.errors import ForthwithError, UnreadableError
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.loadfiles import dat_tokens
from forthwith.loadfiles.dat_tokens import Dialect, Records
from forthwith.loadfiles.oddities import BadRow, Oddity, OddityKind, lenient, sniff_encoding

FIELD = "\x14"
QUOTE = "þ"
NEWLINE = "®"

#: Rows per chunk of the writer.
_CHUNK = 2_000
#: What may stand after the last row.
_NOTHING = b"\r\n\x1a\x00 "
#: What lies between the outermost quotes with marks put in, the mark of a field, that of a row.
Plain = tuple[memoryview, bytes, bytes]
_DATE_OR_PATH = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}.*|.*\\.*")
_NUMBERED = re.compile(r".*\d{3,}")


class Rules(Protocol):
    """How a data load file is to be written, as a standard has it."""

    @property
    def field(self) -> str:
        """The sign between cells."""
        ...

    @property
    def quote(self) -> str:
        """The sign around each cell; "" for none."""
        ...

    @property
    def newline(self) -> str:
        """What stands for a line break inside a cell."""
        ...

    @property
    def encodings(self) -> tuple[str, ...]:
        """Encodings by preference, by the names Python gives them."""
        ...

    @property
    def bom_if_unicode(self) -> bool:
        """Whether a Unicode file begins with its byte order mark."""
        ...

    @property
    def header(self) -> bool:
        """Whether the first line has the names of the columns."""
        ...


@dataclass(frozen=True, slots=True)
class PlainRules:
    """The form most receivers load: Concordance's delimiters, UTF-8 with its mark."""

    field: str = FIELD
    quote: str = QUOTE
    newline: str = NEWLINE
    encodings: tuple[str, ...] = ("utf-8-sig",)
    bom_if_unicode: bool = True
    header: bool = True


PLAIN = PlainRules()


@dataclass(frozen=True, slots=True)
class DatFile:
    """One data load file, read."""

    encoding: str
    bom: bool
    #: True when all its bytes are ASCII, whatever encoding was taken.
    ascii: bool
    dialect: Dialect
    header: tuple[str, ...]
    #: Cells of the sound rows, column by column: readers of a hundred thousand rows want few.
    columns: tuple[Sequence[str], ...]
    #: The 1-based number of each sound row, in step with the cells.
    numbers: Sequence[int]
    quarantined: tuple[BadRow, ...] = ()
    oddities: tuple[Oddity, ...] = ()

    @property
    def rows(self) -> list[list[str]]:
        """The sound rows, made anew at each call; each is as wide as the header."""
        return [list(cells) for cells in zip(*self.columns, strict=True)]


class RowWidthError(ForthwithError):
    """A row to be written has not one cell for each column."""

    def __init__(self, number: int, cells: int, wanted: int) -> None:
        super().__init__(f"Row {number} has {cells} cells where the header has {wanted}.")


def read(data: bytes, rules: Rules = PLAIN, names: Collection[str] = ()) -> DatFile:
    """Read a whole data load file, in whatever form it came.

    `rules` tell which delimiters were agreed, and `names` which columns, lower case: where the file
    fits them, they are taken before any that would have to be guessed. Raises UnreadableError when
    it is empty or no load file.
    """
    expected = Dialect(rules.field, rules.quote)
    data, mended = _mended(data)
    encoding, mark = sniff_encoding(data)
    if not data[mark:4096].strip(_NOTHING) and not data[mark:].strip(_NOTHING):
        raise UnreadableError(Fault(FaultReason.CORRUPT, "the load file is empty", lost=True))
    if encoding.startswith("utf-16"):
        text = data[mark:].decode(encoding, errors="replace").replace("\n\ufeff", "\n")
        records = _read_text(text, encoding, mark, expected)
        if "\ufffd" in text:
            odd = Oddity(OddityKind.UNDECODABLE, None, "byte pairs that are no UTF-16")
            records = replace(records, oddities=(*records.oddities, odd))
    else:
        narrow = not any(name.startswith("utf") for name in rules.encodings)
        encoding, records = _read_bytes(data, encoding, mark, expected, narrow=narrow)
    read = _assemble(_with(records, mended), encoding, names, bom=bool(mark))
    plain = data.isascii() and not encoding.startswith("utf-16")
    return replace(read, ascii=True) if plain else read


def _mended(data: bytes) -> tuple[bytes, tuple[Oddity, ...]]:
    """Undo what was done to the file as a whole, and say so where it is no small thing."""
    # Files joined end to end bring their byte order marks along; spreadsheets write their sign.
    data = _SEPARATOR.sub(b"", data.replace(b"\n\xef\xbb\xbf", b"\n"), count=1)
    for quote in (b"\xc3\xbe", b"\xfe"):
        if quote + b"\r\n\r\n" + quote in data or quote + b"\n\n" + quote in data:
            lines = rb"(?<=[^\x14]" + quote + rb")(\r?\n)(?:\r?\n)+(?=" + quote + rb")"
            data = re.sub(lines, rb"\1", data)
    if _TWICE not in data[:256]:
        return data, ()
    try:
        once = data.decode("utf-8-sig").encode("latin-1")
        once.decode("utf-8")
    except UnicodeError:
        return data, ()
    detail = "the whole file was encoded as UTF-8 twice; it was read as if once"
    return once, (Oddity(OddityKind.MIXED_ENCODING, None, detail),)


#: The sign that tells a spreadsheet what parts cells, in a line of its own.
_SEPARATOR = re.compile(rb"\A(\xef\xbb\xbf)?sep=.\r?\n", re.IGNORECASE)
#: A þ in UTF-8 whose bytes were taken for Latin-1, and encoded again.
_TWICE = "þ".encode().decode("latin-1").encode()


def _read_bytes(
    data: bytes, encoding: str, mark: int, expected: Dialect, *, narrow: bool
) -> tuple[str, Records]:
    """Read UTF-8 or cp1252, or one inside the delimiters of the other.

    With `narrow` no Unicode was agreed: what is not UTF-8 as a whole holds none in its cells.
    """
    # FE stands nowhere in UTF-8: a file without it has delimiters of that encoding, or none.
    wide, thin = b"\xc3\xbe\x14\xc3\xbe", b"\xfe\x14\xfe"
    single = b"\xfe" in data and data.count(thin) > data.count(wide)
    if single or (encoding == "cp1252" and wide not in data):
        quote, encoding = b"\xfe", "cp1252"
    else:
        quote, encoding = "þ".encode(), "utf-8"
    plain = _plain(data, mark, quote)
    if plain is None:
        text, odd = _decoded(data[mark:], quote, encoding, narrow=narrow)
        return encoding, _with(_read_text(text, encoding, mark, expected), odd)
    text, odd = _decoded_between(*plain, encoding, narrow=narrow)
    records = _with(_split(text, plain, encoding, mark, len(quote)), odd)
    if records.sound:
        return encoding, records
    # The plain form does not hold throughout: tokenise, and keep whichever fits more rows.
    whole, _ = _decoded(data[mark:], quote, encoding, narrow=narrow)
    other = _read_text(whole, encoding, mark, expected)
    return encoding, (_with(other, odd) if other.fitting > records.fitting else records)


def _with(records: Records, odd: tuple[Oddity, ...]) -> Records:
    return replace(records, oddities=(*records.oddities, *odd)) if odd else records


def _plain(data: bytes, start: int, quote: bytes) -> Plain | None:
    """Put one unused control byte for each field mark, three for each row mark, or give up.

    Field marks go first: a cell holding only a line break then has no quote left beside it, so it
    cannot be taken for the end of its row. A row mark lies between two field marks, so that rows
    come out as one more cell of their own.
    """
    free = [byte for code in range(1, 32) if (byte := bytes([code])) not in b"\t\n\r\x14\x1a"]
    free = list(islice((sign for sign in free if sign not in data), 2))
    mark = quote + b"\x14" + quote
    if len(free) < 2 or mark not in data or not data.startswith(quote, start):
        return None
    field, row = free[0], free[0] + free[1] + free[0]
    marked = data.replace(mark, field)
    line_end = b"\r\n" if quote + b"\r\n" + quote in marked else b"\n"
    if line_end == b"\n" and quote + b"\n" + quote not in marked:
        line_end = b"\r"
    marked = marked.replace(quote + line_end + quote, row)
    ends = marked[-256:]
    end = len(marked) - len(ends) + len(ends.rstrip(_NOTHING))
    if end < start + 2 * len(quote) or not marked.endswith(quote, start, end):
        return None
    inside = memoryview(marked)[start + len(quote) : end - len(quote)]
    breaks = [sign for sign in (b"\n", b"\r") if marked.find(sign, start, end) >= 0]
    if any(quote + sign + quote in marked for sign in breaks):
        return None
    return inside, field, row


def _decoded_between(
    marked: memoryview, field: bytes, row: bytes, encoding: str, *, narrow: bool
) -> tuple[str, tuple[Oddity, ...]]:
    """Decode what lies between the marks; per cell, and flagged, where it is not of one kind."""
    if narrow and encoding == "cp1252" and not _is_utf8(marked):
        return str(marked, encoding, errors="replace"), ()
    try:
        text = str(marked, "utf-8")
    except UnicodeDecodeError:
        return _cells(bytes(marked), field, row, encoding)
    if encoding == "cp1252" and not text.isascii():
        return text, (_mixed("single-byte delimiters around UTF-8 text"),)
    return text, ()


def _is_utf8(data: bytes | memoryview) -> bool:
    try:
        str(data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _cells(
    marked: bytes, field: bytes, row: bytes, encoding: str
) -> tuple[str, tuple[Oddity, ...]]:
    """Decode cell by cell; UTF-8 first, for cp1252 would decode it to nonsense without error."""
    odd: list[Oddity] = []
    lines = []
    for number, record in enumerate(marked.split(row)):
        cells = [lenient(cell) for cell in record.split(field)]
        text = field.decode().join(cells)
        if text.encode(encoding, errors="replace") != record:
            odd.append(_mixed(f"row {number} is not {encoding} throughout", number))
        lines.append(text)
    return row.decode().join(lines), tuple(odd)


def _mixed(detail: str, row: int | None = None) -> Oddity:
    return Oddity(OddityKind.MIXED_ENCODING, row, detail)


def _decoded(
    body: bytes, quote: bytes, encoding: str, *, narrow: bool
) -> tuple[str, tuple[Oddity, ...]]:
    """Decode a file that has no plain form: whole if it can be, else piece by piece."""
    if narrow and encoding == "cp1252" and not _is_utf8(body):
        return body.decode(encoding, errors="replace"), ()
    if encoding == "utf-8" or body.isascii():
        try:
            return body.decode("utf-8"), ()
        except UnicodeDecodeError:
            pass
    odd, lines = [], []
    for number, line in enumerate(body.split(b"\n"), 1):
        lines.append(QUOTE.join(lenient(piece) for piece in line.split(quote)))
        if lines[-1].encode(encoding, errors="replace") != line:
            odd.append(_mixed(f"line {number} is not {encoding} throughout"))
    return "\n".join(lines), tuple(odd)


def _split(text: str, plain: Plain, encoding: str, mark: int, quote: int) -> Records:
    field, row = plain[1].decode(), plain[2].decode()
    thorns = "þ" in text
    # One split for the whole file; when the mark of a row is every (width + 1)-th cell, and stands
    # nowhere else, all rows are of one width and every column is a slice.
    flat, between = text.split(field), row.strip(field)
    width = flat.index(between) if between in flat else len(flat)
    marks = flat[width :: width + 1]
    if (len(flat) + 1) % (width + 1) == 0 and len(marks) == marks.count(between) == text.count(row):
        columns = tuple(flat[place :: width + 1] for place in range(width))
        odd = dat_tokens.raw_newlines(columns) if "\n" in text or "\r" in text else ()
        return Records(dat_tokens.CONCORDANCE, columns=columns, oddities=odd, thorns=thorns)
    records = text.split(row)
    counts = [record.count(field) for record in records]
    offset, offsets = mark, []
    for record, count in zip(records, counts, strict=True):
        offsets.append(offset)
        quotes = (count + 1) * (2 * quote)
        offset += len(record.encode(encoding, errors="replace")) + quotes + 2
    rows = [record.split(field) for record in records]
    fitting = sum(count == width - 1 for count in counts)
    return Records(dat_tokens.CONCORDANCE, rows, offsets=offsets, fitting=fitting, thorns=thorns)


def _read_text(text: str, encoding: str, mark: int, expected: Dialect) -> Records:
    dialect = dat_tokens.sniff_dialect(text, expected)
    if dialect is None:
        detail = "no delimiter of a load file is to be found in its first line"
        raise UnreadableError(Fault(FaultReason.UNSUPPORTED, detail, lost=True))
    return dat_tokens.tokenise(text, dialect, encoding, mark)


def _assemble(records: Records, encoding: str, names: Collection[str], *, bom: bool) -> DatFile:
    """Part header from rows, and sound rows from those set aside."""
    records = dat_tokens.regular(records)
    oddities = list(records.oddities)
    columns = records.columns or tuple(zip(*records.fit, strict=True))
    header = tuple(column[0].strip() for column in columns)
    first = int(_is_header(header, names))
    if not first:
        oddities.append(Oddity(OddityKind.NO_HEADER, None, "the first line is no header"))
        header = tuple(f"column {place}" for place in range(1, len(header) + 1))
    columns = tuple(column[first:] for column in columns)
    numbers, bad = _part(records, len(header), first)
    return DatFile(
        encoding=encoding,
        bom=bom,
        ascii=False,
        dialect=records.dialect,
        header=header,
        columns=dat_tokens.undoubled(columns, oddities) if records.thorns else columns,
        numbers=range(1, len(columns[0]) + 1) if numbers is None else numbers,
        quarantined=bad,
        oddities=tuple(oddities),
    )


def _part(
    records: Records, width: int, first: int
) -> tuple[Sequence[int] | None, tuple[BadRow, ...]]:
    """Return the numbers of the sound rows, None when all are, and the rows set aside."""
    if records.sound and not records.numbers:
        return None, ()
    numbers, bad = [], []
    places = records.numbers or range(len(records.rows))
    for place, cells in enumerate(records.rows[first:], first):
        number = places[place] + 1 - first
        if len(cells) == width:
            numbers.append(number)
        else:
            start = " | ".join(cells)[:120]
            bad.append(BadRow(number, records.offsets[place], len(cells), start))
    return numbers, tuple(bad)


def _is_header(cells: tuple[str, ...], names: Collection[str]) -> bool:
    """Return True for names: none blank, hardly any twice, none a date, a path or a number.

    Where half of the cells are names agreed on, it is a header whatever the others are.
    """
    if 2 * sum(cell.lower() in names for cell in cells) >= len(cells):
        return True
    if (
        not all(cells)
        or _NUMBERED.fullmatch(cells[0])
        or len({cell.casefold() for cell in cells}) * 2 < len(cells)
    ):
        return False
    return not any(_DATE_OR_PATH.fullmatch(cell) for cell in cells)


@dataclass(frozen=True, slots=True)
class _Signs:
    """What cannot stand in a cell under some delimiters, and what stands there instead."""

    unsafe: re.Pattern[str]
    newline: str
    #: The field's sign, where no quote would keep it inside its cell; else "".
    bare: str
    #: Quotes that would touch a delimiter; None where they are doubled instead.
    touching: re.Pattern[str] | None

    @classmethod
    @functools.cache
    def of(cls, field: str, quote: str, newline: str) -> _Signs:
        """Return the signs under these delimiters."""
        mark = re.escape(field)
        signs = "".join(re.escape(sign) for sign in {field, quote} - {""})
        return cls(
            re.compile(f"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ud800-\udfff{signs}]"),
            newline,
            "" if quote else field,
            re.compile(f"^þ+|þ{{2,}}|þ+$|þ+(?={mark})") if quote == QUOTE else None,
        )

    def clean(self, value: str) -> str:
        """Return `value` as it can stand in a cell."""
        if not self.unsafe.search(value):
            return value
        value = _BREAK.sub(lambda _: self.newline, value)
        value = _DROPPED.sub("", value)
        value = _SURROGATE.sub("\ufffd", value)
        if self.bare:
            value = value.replace(self.bare, " ")
        if self.touching is not None:
            value = self.touching.sub(lambda run: "th" * len(run[0]), value)
        return value


def clean(value: str, rules: Rules = PLAIN) -> str:
    """Return `value` as it can stand in a cell.

    Line breaks of every kind become the rules' sign for them. NUL, 0x14 and the other control
    characters that readers split or stop at go. A þ that is the quote and would touch a delimiter
    becomes "th"; any other quote is doubled when it is written, and stays. Without quotes the
    field's sign becomes a space. A lone surrogate, which no encoding takes, becomes U+FFFD.
    """
    return _Signs.of(rules.field, rules.quote, rules.newline).clean(value)


_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def write(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    rules: Rules = PLAIN,
    changed: Callable[[int, str, str], None] | None = None,
    encoded: Callable[[str], None] | None = None,
) -> Iterator[bytes]:
    """Write a data load file in chunks: CRLF, every cell quoted where there is a quote.

    The encoding is the first of the rules' that holds every character, and `encoded` is told which
    it is; where none does it is the first, with "?" for what it has not. Cells go through `clean`;
    `changed(row, column name, value as given)` is told of each change beyond a line break. Raises
    RowWidthError for a row not as wide as the header.
    """
    lines = _lines(header, rows, rules, changed)
    first = rules.encodings[0]
    if first.startswith("utf"):
        if encoded is not None:
            encoded(first)
        yield _mark(first, rules)
        for chunk in lines:
            yield chunk.encode(_bare(first))
    else:
        yield from _first_fit(lines, header, rules, changed, encoded)


def _lines(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    rules: Rules,
    changed: Callable[[int, str, str], None] | None,
) -> Iterator[str]:
    """Yield the file's text in chunks of whole lines."""
    signs = _Signs.of(rules.field, rules.quote, rules.newline)
    lines = [_line([signs.clean(name) for name in header], rules)] if rules.header else []
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise RowWidthError(number, len(row), len(header))
        cells = [signs.clean(value) for value in row]
        if changed is not None:
            for name, given, written in zip(header, row, cells, strict=True):
                if given != written and _BREAK.sub(lambda _: rules.newline, given) != written:
                    changed(number, name, given)
        lines.append(_line(cells, rules))
        if len(lines) >= _CHUNK:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


def _line(cells: Sequence[str], rules: Rules) -> str:
    quote = rules.quote
    if quote and quote != QUOTE:
        cells = [cell.replace(quote, quote * 2) for cell in cells]
    return f"{quote}{f'{quote}{rules.field}{quote}'.join(cells)}{quote}\r\n"


def _mark(encoding: str, rules: Rules) -> bytes:
    """Return the byte order mark of an encoding, where one is asked for."""
    if not rules.bom_if_unicode or not encoding.startswith("utf"):
        return b""
    return "\ufeff".encode(_bare(encoding))


def _bare(encoding: str) -> str:
    """Return the codec that adds no mark by itself."""
    return {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)


def _first_fit(
    lines: Iterator[str],
    header: Sequence[str],
    rules: Rules,
    changed: Callable[[int, str, str], None] | None,
    encoded: Callable[[str], None] | None,
) -> Iterator[bytes]:
    """Keep the text aside until it is known which encoding holds all of it."""
    left = list(rules.encodings)
    wide = any(name.startswith("utf") for name in left)
    with tempfile.TemporaryFile() as kept:
        for chunk in lines:
            left = [
                name for name in left if holds(name, chunk) and (not wide or _clear(name, chunk))
            ]
            kept.write(chunk.encode())
        chosen = left[0] if left else rules.encodings[0]
        if encoded is not None:
            encoded(chosen)
        yield _mark(chosen, rules)
        kept.seek(0)
        row = 0 if rules.header else 1
        for line in kept:
            text = line.decode()
            data = encode(text, _bare(chosen))
            if not left and changed is not None and not holds(chosen, text):
                _lost(row, text, header, rules, chosen, changed)
            row += 1
            yield data


def encode(text: str, encoding: str) -> bytes:
    """Encode text with "?" for what the encoding has not.

    Control characters of ISO 8859-1 are not taken to be in it: everybody reads them as signs of
    Windows-1252.
    """
    if encoding == "iso8859-1":
        text = _CONTROLS.sub("?", text)
    return text.encode(encoding, errors="replace")


def holds(encoding: str, text: str) -> bool:
    """Return True when `encode` loses nothing of the text."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return encoding != "iso8859-1" or _CONTROLS.search(text) is None


def _clear(encoding: str, text: str) -> bool:
    """Return True when nobody could take the text, so encoded, for UTF-8."""
    return encoding.startswith("utf") or _LIKE_UTF8.search(encode(text, encoding)) is None


_LIKE_UTF8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


_CONTROLS = re.compile("[\x80-\x9f]")


def _lost(
    row: int,
    line: str,
    header: Sequence[str],
    rules: Rules,
    encoding: str,
    changed: Callable[[int, str, str], None],
) -> None:
    """Tell of each cell of a line that the encoding could not hold."""
    dialect = Dialect(rules.field, rules.quote)
    for cells in dat_tokens.tokenise(line, dialect, "utf-8", 0).rows[:1] if row else ():
        for name, cell in zip(header, cells, strict=False):
            if not holds(encoding, cell):
                changed(row, name, cell)
