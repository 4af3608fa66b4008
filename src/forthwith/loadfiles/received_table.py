"""The rows of a received volume as they were understood: one table of plain values.

Whoever receives a volume reads its load files once, in whatever dialect they came, and writes down
what was understood; whoever makes documents of it reads this table and the delivered files, and
nothing else. It is kept as evidence beside them. First line: the volume, and of each row what ties
it to others; then one line a row. JSON, UTF-8, keys sorted: equal volumes give equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from forthwith.domain.evidence import Fault, FaultReason, FieldValue

#: Version of the form; what is of another is refused.
FORM = 1
#: How the step of a row with a number begins: the number follows.
ROW = "row:"


@dataclass(frozen=True, slots=True)
class RowHead:
    """What ties one row to others."""

    #: Finds it in the volume: "row:BTS00000012"; "row:BTS00000012~2" where the number comes again,
    #: "line:17" for a row without sound cells, "pages:…" and "file:…" for what no row names.
    step: str
    number: str = ""
    last: str = ""
    #: Number of the document it is attached to, in this volume or another of the party.
    parent: str = ""
    custodian: str = ""
    #: Everybody else who had a copy.
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """One row, or what no row names."""

    head: RowHead
    #: "email" or "edoc", as far as the row alone can tell.
    kind: str = "edoc"
    #: The original name, or that of the delivered file.
    name: str = ""
    #: Paths of delivered files, as the bundle has them; "" where there is none.
    native: str = ""
    text: str = ""
    #: (path, the page's key, frame in the file from 0) of each delivered page image, in order.
    pages: tuple[tuple[str, str, int], ...] = ()
    fields: tuple[FieldValue, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class TableHead:
    """What a table is of, without its rows."""

    party: str
    volume: str
    standard: str
    rows: tuple[RowHead, ...] = field(default=())


def write(head: TableHead, rows: Sequence[ReceivedRow]) -> bytes:
    """Return a table of `rows`; `head.rows` is taken from them."""
    first = {
        "forthwith-received": FORM,
        "party": head.party,
        "volume": head.volume,
        "standard": head.standard,
        "rows": [_head(row.head) for row in rows],
    }
    lines = [first, *(_line(row) for row in rows)]
    text = "\n".join(json.dumps(line, ensure_ascii=True, sort_keys=True) for line in lines)
    return text.encode("ascii")


def _head(row: RowHead) -> list[Any]:
    return [row.step, row.number, row.last, row.parent, row.custodian, list(row.others)]


def _line(row: ReceivedRow) -> dict[str, Any]:
    return {
        "head": _head(row.head),
        "kind": row.kind,
        "name": row.name,
        "native": row.native,
        "text": row.text,
        "pages": [list(page) for page in row.pages],
        "fields": [
            [datum.name, datum.value if isinstance(datum.value, str) else list(datum.value),
             datum.origin]
            for datum in row.fields
        ],
        "faults": [[fault.reason.value, fault.detail, fault.lost] for fault in row.faults],
    }  # fmt: skip


def head(data: bytes) -> TableHead:
    """Read the first line of a table. Raises ValueError where it is no table of this form."""
    whole = json.loads(data.partition(b"\n")[0])
    if whole.get("forthwith-received") != FORM:
        raise ValueError("a table of a received volume in another form")
    rows = tuple(_head_of(row) for row in whole["rows"])
    return TableHead(whole["party"], whole["volume"], whole["standard"], rows)


def _head_of(row: Sequence[Any]) -> RowHead:
    return RowHead(row[0], row[1], row[2], row[3], row[4], tuple(row[5]))


def rows(data: bytes) -> Iterator[ReceivedRow]:
    """Yield the rows of a table."""
    for line in data.split(b"\n")[1:]:
        yield _row(json.loads(line))


def row(data: bytes, step: str) -> ReceivedRow | None:
    """Return the row of one step; None where the table has none."""
    for place, known in enumerate(head(data).rows):
        if known.step == step:
            return _row(json.loads(data.split(b"\n")[place + 1]))
    return None


def _row(line: dict[str, Any]) -> ReceivedRow:
    return ReceivedRow(
        _head_of(line["head"]),
        line["kind"],
        line["name"],
        line["native"],
        line["text"],
        tuple((path, key, frame) for path, key, frame in line["pages"]),
        tuple(
            FieldValue(name, value if isinstance(value, str) else tuple(value), origin)
            for name, value, origin in line["fields"]
        ),
        tuple(
            Fault(FaultReason(reason), detail, lost=lost) for reason, detail, lost in line["faults"]
        ),
    )
