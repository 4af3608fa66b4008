"""Concordance DAT and its dialects: the data load file, read and written by one grammar.

A record is `þ` v1 `þ` 0x14 `þ` v2 `þ` … and a line end; no escape exists. The reader takes every
encoding and dialect met in the field and sets aside what does not fit; the writer emits one form
only. Reading rests on delimiter bytes, not on the first encoding that happens to decode, and works
on the whole file. Cells that break the plain form are `dat_tokens`. Source: reference §2.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

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


@dataclass(frozen=True, slots=True)
class DatFile:
    """One data load file, read."""

    encoding: str
    bom: bool
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

    def __init__(self, number: int, found: int, wanted: int) -> None:
        super().__init__(f"Row {number} has {found} cells where the header has {wanted}.")


def read(data: bytes) -> DatFile:
    """Read a whole data load file. Raises UnreadableError when it is empty or no load file."""
    encoding, mark = sniff_encoding(data)
    if not data[mark:4096].strip(_NOTHING) and not data[mark:].strip(_NOTHING):
        raise UnreadableError(Fault(FaultReason.CORRUPT, "the load file is empty", lost=True))
    if encoding.startswith("utf-16"):
        text = data[mark:].decode(encoding, errors="replace")
        records = _read_text(text, encoding, mark)
        if "\ufffd" in text:
            odd = Oddity(OddityKind.UNDECODABLE, None, "byte pairs that are no UTF-16")
            records = replace(records, oddities=(*records.oddities, odd))
    else:
        encoding, records = _read_bytes(data, encoding, mark)
    return _assemble(records, encoding, bom=bool(mark))


def _read_bytes(data: bytes, encoding: str, mark: int) -> tuple[str, Records]:
    """Read UTF-8 or cp1252, or one inside the delimiters of the other."""
    # FE stands nowhere in UTF-8: a file without it has delimiters of that encoding, or none.
    wide, narrow = b"\xc3\xbe\x14\xc3\xbe", b"\xfe\x14\xfe"
    single = b"\xfe" in data and data.count(narrow) > data.count(wide)
    if single or (encoding == "cp1252" and wide not in data):
        quote, encoding = b"\xfe", "cp1252"
    else:
        quote, encoding = "þ".encode(), "utf-8"
    plain = _plain(data, mark, quote)
    if plain is None:
        text, odd = _decoded(data[mark:], quote, encoding)
        return encoding, _with(_read_text(text, encoding, mark), odd)
    text, odd = _decoded_between(*plain, encoding)
    records = _with(_split(text, plain, encoding, mark, len(quote)), odd)
    if records.sound:
        return encoding, records
    # The plain form does not hold throughout: tokenise, and keep whichever fits more rows.
    whole, _ = _decoded(data[mark:], quote, encoding)
    other = _read_text(whole, encoding, mark)
    return encoding, (_with(other, odd) if other.fitting > records.fitting else records)


def _with(records: Records, odd: tuple[Oddity, ...]) -> Records:
    return replace(records, oddities=(*records.oddities, *odd)) if odd else records


def _plain(data: bytes, start: int, quote: bytes) -> Plain | None:
    """Put one unused control byte for each field mark, three for each row mark, or give up.

    Field marks go first: a cell holding only a line break then has no quote left beside it, so it
    cannot be taken for the end of its row. A row mark lies between two field marks, so that rows
    come out as one more cell of their own.
    """
    free = [each for code in range(1, 32) if (each := bytes([code])) not in b"\t\n\r\x14\x1a"]
    free = list(islice((each for each in free if each not in data), 2))
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
    breaks = [each for each in (b"\n", b"\r") if marked.find(each, start, end) >= 0]
    if any(quote + each + quote in marked for each in breaks):
        return None
    return inside, field, row


def _decoded_between(
    marked: memoryview, field: bytes, row: bytes, encoding: str
) -> tuple[str, tuple[Oddity, ...]]:
    """Decode what lies between the marks; per cell, and flagged, where it is not of one kind."""
    try:
        text = str(marked, "utf-8")
    except UnicodeDecodeError:
        return _cells(bytes(marked), field, row, encoding)
    if encoding == "cp1252" and not text.isascii():
        return text, (_mixed("single-byte delimiters around UTF-8 text"),)
    return text, ()


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


def _decoded(body: bytes, quote: bytes, encoding: str) -> tuple[str, tuple[Oddity, ...]]:
    """Decode a file that has no plain form: whole if it can be, else piece by piece."""
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
    # One split for the whole file; when the mark of a row is every so-manieth cell, and stands
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


def _read_text(text: str, encoding: str, mark: int) -> Records:
    dialect = dat_tokens.sniff_dialect(text)
    if dialect is None:
        detail = "no delimiter of a load file is to be found in its first line"
        raise UnreadableError(Fault(FaultReason.UNSUPPORTED, detail, lost=True))
    return dat_tokens.tokenise(text, dialect, encoding, mark)


def _assemble(records: Records, encoding: str, *, bom: bool) -> DatFile:
    """Part header from rows, and sound rows from those set aside."""
    oddities = list(records.oddities)
    columns = records.columns or tuple(zip(*records.fit, strict=True))
    header = tuple(column[0].strip() for column in columns)
    first = int(_is_header(header))
    if not first:
        oddities.append(Oddity(OddityKind.NO_HEADER, None, "the first line is no header"))
        header = tuple(f"column {place}" for place in range(1, len(header) + 1))
    columns = tuple(column[first:] for column in columns)
    numbers, bad = _part(records, len(header), first)
    return DatFile(
        encoding=encoding,
        bom=bom,
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
    if records.sound:
        return None, ()
    numbers, bad = [], []
    for place, cells in enumerate(records.rows[first:]):
        if len(cells) == width:
            numbers.append(place + 1)
        else:
            offset = records.offsets[place + first]
            bad.append(BadRow(place + 1, offset, len(cells), " | ".join(cells)[:120]))
    return numbers, tuple(bad)


def _is_header(cells: tuple[str, ...]) -> bool:
    """Return True for names: none blank, hardly any twice, none a date, a path or a number."""
    if (
        not all(cells)
        or _NUMBERED.fullmatch(cells[0])
        or len({cell.casefold() for cell in cells}) * 2 < len(cells)
    ):
        return False
    return not any(_DATE_OR_PATH.fullmatch(cell) for cell in cells)


def clean(value: str) -> str:
    """Return `value` as it can stand in a cell.

    Line breaks of every kind become ®. NUL, 0x14 and the other control characters that readers
    split or stop at go. A þ at either end, or beside another, would touch a delimiter: it becomes
    "th". A lone surrogate, which no encoding takes, becomes U+FFFD.
    """
    if not _UNSAFE.search(value):
        return value
    value = _BREAK.sub(NEWLINE, value)
    value = _DROPPED.sub("", value)
    value = _SURROGATE.sub("\ufffd", value)
    return _TOUCHING.sub(lambda run: "th" * len(run[0]), value)


_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TOUCHING = re.compile("^þ+|þ{2,}|þ+$")
_UNSAFE = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ud800-\udfffþ]")


def write(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    changed: Callable[[int, str, str], None] | None = None,
) -> Iterator[bytes]:
    """Write a data load file in chunks: UTF-8 with its mark, CRLF, every cell quoted.

    Cells go through `clean`; `changed(row, column name, value as given)` is told of each change
    beyond a line break. Raises RowWidthError for a row not as wide as the header.
    """
    lines = [_line([clean(name) for name in header])]
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise RowWidthError(number, len(row), len(header))
        cells = [clean(value) for value in row]
        if changed is not None:
            _tell(number, header, row, cells, changed)
        lines.append(_line(cells))
        if len(lines) >= _CHUNK:
            yield "".join(lines).encode()
            lines = []
    yield "".join(lines).encode()


def _line(cells: Sequence[str]) -> str:
    return f"{QUOTE}{f'{QUOTE}{FIELD}{QUOTE}'.join(cells)}{QUOTE}\r\n"


def _tell(
    number: int,
    header: Sequence[str],
    row: Sequence[str],
    cells: Sequence[str],
    changed: Callable[[int, str, str], None],
) -> None:
    for name, given, written in zip(header, row, cells, strict=True):
        if given != written and _BREAK.sub(NEWLINE, given) != written:
            changed(number, name, given)
