"""Readings: what was read of each blob, in Parquet parts under `derived/readings/`.

A part is written whole under a name with a dot; `parts` gives it its own when it counts. Its footer
names the units it holds. A unit is one blob under one extension, or one slice of a large mailbox;
its nodes stand together in one part.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue, Kind, Relation, TextMethod
from forthwith.domain.nodes import Disposition, Node

_KEYS = (
    fields.SENT,
    fields.RECEIVED,
    fields.SUBJECT,
    fields.MESSAGE_ID,
    fields.CONVERSATION_INDEX,
)
_PEOPLE = (fields.FROM, fields.TO, fields.CC)
_FOOTER = b"forthwith.units"

_TEXTS = (
    "unit", "locator", "parent", "sort", "relation", "disposition", "kind", "name", "folder",
    "media_type", "md5", "sha1", "sha256", "text", "text_method", "fields", "faults",
    "content_hash", "message_id_hash",
    # Taken out of the fields, so that threads need not open them.
    "sent", "received", "subject", "message_id", "references", "conversation_index", "people",
)  # fmt: skip
_NUMBERS = ("size", "body", "declared", "emitted", "absent")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in _TEXTS] + [(name, pa.int64()) for name in _NUMBERS]
)
_OF_NODE = frozenset(Node.__slots__) & frozenset(SCHEMA.names)
#: Every column but those that can be long.
LIGHT = tuple(name for name in SCHEMA.names if name not in {"text", "fields"})


def fields_json(values: Sequence[FieldValue]) -> str:
    """Return fields as JSON: name -> [value, origin].

    A list read in two places is one list, each value once; of two single values the first stands.
    """
    by_name: dict[str, Any] = {}
    for field in values:
        value = field.value if isinstance(field.value, str) else list(field.value)
        first = by_name.setdefault(field.name, [value, field.origin])
        if first[0] is not value and isinstance(first[0], list) and isinstance(value, list):
            first[0] = list(dict.fromkeys([*first[0], *value]))
    return _json(by_name)


def fields_from(text: str) -> dict[str, FieldValue]:
    """Return fields by name."""
    return {
        name: FieldValue(name, tuple(value) if isinstance(value, list) else value, origin)
        for name, (value, origin) in json.loads(text or "{}").items()
    }


def faults_json(faults: Sequence[Fault]) -> str:
    """Return faults as a JSON list."""
    rows = [
        {
            "reason": fault.reason.value,
            "detail": fault.detail,
            "lost": fault.lost,
            "step": fault.step,
        }
        for fault in faults
    ]
    return _json(rows) if rows else "[]"


def faults_from(text: str) -> tuple[Fault, ...]:
    """Return faults as values."""
    return tuple(
        Fault(FaultReason(row["reason"]), row["detail"], lost=row["lost"], step=row["step"])
        for row in json.loads(text or "[]")
    )


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(_carried(value), ensure_ascii=False)
    return text


def _carried(value: Any) -> Any:
    """Return the same data with text that UTF-8 can carry; half characters become U+FFFD."""
    if isinstance(value, str):
        if value.isascii():
            return value
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_carried(item) for item in value]
    if isinstance(value, dict):
        return {name: _carried(item) for name, item in value.items()}
    return value


def _row(unit: str, node: Node) -> dict[str, Any]:
    row = {name: getattr(node, name) for name in SCHEMA.names if name in _OF_NODE}
    return row | {
        "unit": unit,
        "relation": node.relation.value if node.relation else None,
        "disposition": node.disposition.value,
        "kind": node.kind.value,
        "text_method": node.text_method.value,
        "fields": fields_json(node.fields),
        "faults": faults_json(node.faults),
        "locator": _carried(node.locator),
        "parent": _carried(node.parent),
        **_thread_keys(node),
    }


def _thread_keys(node: Node) -> dict[str, str]:
    values = {field.name: field.value for field in node.fields}
    references = (
        *_several(values.get(fields.REFERENCES)),
        *_several(values.get(fields.IN_REPLY_TO)),
    )
    people = [person for name in _PEOPLE for person in _several(values.get(name))]
    keys = {name: " ".join(_several(values.get(name))) for name in _KEYS}
    columns: dict[str, str] = _carried(
        {**keys, "references": "\n".join(references), "people": "\n".join(people)}
    )
    return columns


def _several(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if not value:
        return ()
    return (value,) if isinstance(value, str) else value


def node_of(row: Mapping[str, Any]) -> Node:
    """Return a row as the node it was."""
    values = {name: row.get(name) for name in _OF_NODE}
    return Node(
        **values
        | {
            "relation": Relation(row["relation"]) if row["relation"] else None,
            "disposition": Disposition(row["disposition"]),
            "kind": Kind(row["kind"]),
            "text_method": TextMethod(row["text_method"]),
            "fields": tuple(fields_from(row.get("fields") or "{}").values()),
            "faults": faults_from(row["faults"]),
            "text": row.get("text") or "",
        }
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One part as written, before it counts and after."""

    #: SHA-256 over stage, units and what was poison in them, 32 hexadecimal digits.
    name: str
    stage: str
    #: SHA-256 over the units, 32 hexadecimal digits.
    batch: str
    units: int
    rows: int
    bytes: int
    #: SHA-256 of the file's bytes, taken as they were written.
    digest: str
    #: The file's name until it counts.
    partial: str = ""


class _Digested(io.RawIOBase):
    """A file being written, and the digest of what was written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.sha256 = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        self.size += self._file.write(data)
        return len(data)

    def tell(self) -> int:
        return self.size

    def close(self) -> None:
        self._file.close()
        super().close()


@contextlib.contextmanager
def writer(path: Path, schema: pa.Schema, **how: Any) -> Iterator[tuple[Any, _Digested]]:
    """Open a Parquet file for writing; its digest is known when it is closed."""
    how = {"compression": "zstd", "compression_level": 1, **how}
    with _Digested(path) as file, pq.ParquetWriter(file, schema, **how) as out:
        yield out, file


def write(
    folder: Path, units: Mapping[str, Sequence[Node]], stage: str = "", poison: str = ""
) -> Part:
    """Write one part of these units; it counts when `parts` has kept it."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_row(unit, node) for unit, nodes in units.items() for node in nodes]
    keys = sorted(units)
    schema = SCHEMA.with_metadata({_FOOTER: json.dumps(keys)})
    part = _described(keys, stage, poison, len(rows))
    with writer(folder / part.partial, schema, use_dictionary=False) as (out, file):
        for piece in _pieces(rows):
            columns = [[row[name] for row in piece] for name in SCHEMA.names]
            arrays = [pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA)]
            out.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return replace(part, bytes=file.size, digest=file.sha256.hexdigest())


def rewrite(path: Path, units: Collection[str], stage: str) -> Part:
    """Write the part that is left of another when it holds these units alone."""
    table = pq.read_table(path)
    keys = sorted(units)
    left = table.filter(pc.is_in(table["unit"], value_set=pa.array(keys, pa.string())))
    schema = SCHEMA.with_metadata({_FOOTER: json.dumps(keys)})
    part = _described(keys, stage, path.stem, left.num_rows)
    with writer(path.with_name(part.partial), schema) as (out, file):
        out.write_table(left.cast(schema).replace_schema_metadata(schema.metadata))
    return replace(part, bytes=file.size, digest=file.sha256.hexdigest())


def _described(keys: Sequence[str], stage: str, poison: str, rows: int) -> Part:
    batch = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]
    name = hashlib.sha256(f"{stage}\n{batch}\n{poison}".encode()).hexdigest()[:32]
    return Part(name, stage, batch, len(keys), rows, 0, "", f".{name}.{os.getpid()}")


def _pieces(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Cut rows so that a piece holds some 64 million letters: texts are copied when written."""
    start = letters = 0
    for place, row in enumerate(rows):
        letters += len(row["text"] or "")
        if letters > 2**26:
            yield rows[start : place + 1]
            start, letters = place + 1, 0
    if start < len(rows) or not rows:
        yield rows[start:]


def units_of(part: Path) -> list[str]:
    """Return the units one part holds."""
    units: list[str] = json.loads(pq.read_schema(part).metadata[_FOOTER])
    return units


def rows(part: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield a part's rows as dicts of these columns."""
    for batch in pq.ParquetFile(part).iter_batches(batch_size=4096, columns=list(columns)):
        yield from batch.to_pylist()
