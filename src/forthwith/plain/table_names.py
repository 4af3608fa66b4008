"""Files of facts: which table a name stands for, and what CSV and YAML have in common.

    possessions.csv  possessions.ceremony.csv  possessions.yaml  facts.yaml  facts.north.yaml

A `facts` file holds tables by name. Whatever else lies in a folder is not ours to read.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from forthwith.domain.fact_tables import TABLES, RowFault, Table

#: The name of a file that holds several tables.
SEVERAL = "facts"

_KINDS = {"csv": "csv", "yaml": "yaml", "yml": "yaml"}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class FactFile:
    """What a file is by its name."""

    #: A name of TABLES, or SEVERAL.
    table: str
    #: "csv" or "yaml".
    kind: str


class FileFaultError(ValueError):
    """A file stops being readable here; caught by the reader, which hands the fault on."""

    def __init__(self, fault: RowFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def named(file: str, tables: Mapping[str, Table] = TABLES) -> FactFile | None:
    """Return what `facts/0001/possessions.north.csv` is by its name; None: not a file of facts."""
    parts = file.replace("\\", "/").rpartition("/")[2].lower().split(".")
    kind = _KINDS.get(parts[-1]) if len(parts) > 1 else None
    known = parts[0] in tables or (parts[0] == SEVERAL and kind == "yaml")
    return FactFile(parts[0], kind) if kind and known else None


def text_of(data: bytes, file: str) -> str:
    """Return the text of a UTF-8 file without its byte order mark. Raises FileFaultError."""
    save = "Save it as UTF-8 (in a spreadsheet: CSV UTF-8) and load it again"
    if data.startswith(_WIDE):
        raise FileFaultError(RowFault(file, 0, "the file is UTF-16, not UTF-8", save))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        what = f"byte 0x{data[wrong.start]:02X} here is not UTF-8 text"
        raise FileFaultError(RowFault(file, _line(data, wrong.start), what, save)) from wrong
    if "\0" in text:
        what = "a zero byte stands here, which no text has (a UTF-16 or damaged file?)"
        raise FileFaultError(RowFault(file, _line(data, data.index(0)), what, save))
    if not text.strip():
        do = "Write its header and rows, or take the file away"
        raise FileFaultError(RowFault(file, 0, "the file is empty", do))
    return text


def _line(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def folded(name: str) -> str:
    """Return a heading the way TABLES writes it: " Alias Of " is `alias_of`."""
    return "_".join(name.strip().lower().split())


def unknown_column(file: str, line: int, table: Table, name: str) -> RowFault:
    """Return the fault of a heading or key that the table does not have."""
    what = f"{table.name} has no column {short(name)}"
    return RowFault(file, line, what, nearest(folded(name), table.header, "Columns are"))


def nearest(name: str, known: Iterable[str], list_them: str) -> str:
    """Return "Write X" for the nearest known name, or all of them where none is near."""
    names = list(known)
    near = get_close_matches(name[:80], names, 1)
    return f"Write {near[0]!r}" if near else f"{list_them} {', '.join(names)}"


def short(text: str) -> str:
    """Quote what a file holds, cut to what a line can show."""
    return repr(text if len(text) <= 60 else text[:60] + "…")
