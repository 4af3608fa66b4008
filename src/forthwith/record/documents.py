"""Documents as kept: one Parquet row each under `derived/`, asked with DuckDB.

The rows here hold what depends on the whole matter (places, families, groups, threads); what was
read of the bytes stays in the readings and is joined on when asked. `WHERE` conditions of people
are given to DuckDB with every outside access shut off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from forthwith.domain import fields
from forthwith.domain.containers import FaultyContainer, FaultyContainers
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, Kind, Relation, TextMethod
from forthwith.domain.set_aside import SetAside
from forthwith.record.readings import faults_from, fields_from

_LISTS = ("all_custodians", "all_paths")
_NUMBERS = ("order", "size", "inline_images", "body")
_TEXTS = (
    "control_number", "parent", "family", "relation", "custodian", "kind", "name", "path",
    "media_type", "md5", "sha1", "sha256", "faults", "text_method", "blob", "locator", "source",
    "item", "family_hash", "message_id_hash", "duplicate_group", "thread", "thread_basis", "unit",
    "extra", "sort_date",
)  # fmt: skip
SCHEMA = pa.schema(
    [(name, pa.string()) for name in _TEXTS]
    + [(name, pa.int64()) for name in _NUMBERS]
    + [(name, pa.list_(pa.string())) for name in _LISTS]
    + [("lost", pa.bool_())]
)
#: Per item: documents there should be, documents there are, those of them that are faults.
ACCOUNTS = pa.schema(
    [(name, pa.string()) for name in ("item", "source", "path")]
    + [
        (name, pa.int64())
        for name in ("expected", "documents", "faults", "containers", "inline", "aside")
    ]
)
CONTAINERS = pa.schema(
    [(name, pa.string()) for name in ("item", "source", "locator", "path", "custodian", "faults")]
    + [(name, pa.int64()) for name in ("declared", "emitted", "absent")]
)
#: Files that are no documents, each with the reason.
ASIDE = pa.schema(
    [(name, pa.string()) for name in ("item", "locator", "path", "custodian")]
    + [("size", pa.int64())]
    + [(name, pa.string()) for name in ("md5", "sha256", "why")]
)
#: Fields that a condition can name as columns.
_COLUMNS = (
    fields.SENT, fields.RECEIVED, fields.SUBJECT, fields.AUTHOR, fields.LAST_AUTHOR,
    fields.CREATED, fields.MODIFIED, fields.TITLE, fields.CHANNEL, fields.MESSAGE_ID,
    fields.INTERNAL_PATH,
)  # fmt: skip


class NotProcessedError(ForthwithError):
    """There are no documents yet."""

    def __init__(self) -> None:
        super().__init__(
            "There are no documents yet. Collect evidence with `forthwith collect PATH --custodian "
            "NAME`, then run `forthwith process`."
        )


class ConditionError(ForthwithError):
    """A --where condition cannot be answered."""

    def __init__(self, where: str, why: str) -> None:
        first = why.strip().splitlines()[0].rstrip(".!") if why.strip() else "not understood"
        super().__init__(
            f"--where {where!r} cannot be answered: {first}. It takes an SQL condition over "
            "columns such as custodian, kind, name, path, sent, subject, sender, recipients, "
            "media_type, size, text; "
            "for example: --where \"custodian = 'Ortega, Marisol' AND kind = 'email'\"."
        )


class DocumentTable:
    """The documents of one matter."""

    def __init__(self, derived: Path) -> None:
        self._derived = derived

    @property
    def _path(self) -> Path:
        return self._derived / "documents.parquet"

    def write(
        self,
        documents: Iterator[Mapping[str, Any]],
        containers: Sequence[Mapping[str, Any]],
        accounts: Sequence[Mapping[str, Any]],
        aside: Sequence[Mapping[str, Any]] = (),
    ) -> int:
        """Replace every row; the table appears whole or not at all. Returns the count."""
        partial = self._derived / ".documents.parquet"
        count = 0
        with pq.ParquetWriter(partial, SCHEMA, compression="zstd", compression_level=1) as writer:
            for chunk in _chunks(documents, 16384):
                writer.write_table(pa.Table.from_pylist(chunk, schema=SCHEMA))
                count += len(chunk)
        self._write("containers", containers, CONTAINERS)
        self._write("accounts", accounts, ACCOUNTS)
        self._write("aside", aside, ASIDE)
        partial.replace(self._path)
        return count

    def _write(self, name: str, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
        partial = self._derived / f".{name}.parquet"
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=schema), partial)
        partial.replace(self._derived / f"{name}.parquet")

    def ask(self, where: str = "") -> Iterator[Document]:
        """Yield documents in order of control number. Raises NotProcessedError, ConditionError."""
        names = ", ".join(f'"{name}"' for name in [*SCHEMA.names, "fields"])
        cursor = self._select(f"SELECT {names} FROM documents", where)
        columns = [column[0] for column in cursor.description]
        while chunk := cursor.fetchmany(2000):
            for row in chunk:
                yield _document(dict(zip(columns, row)))

    def text(self, control_number: str) -> tuple[str, int]:
        """Return a document's text, and where its body begins. Raises NotProcessedError."""
        connection = self._connect()
        row = connection.execute(
            "SELECT text, body FROM documents WHERE control_number = ?", [control_number]
        ).fetchone()
        return (row[0] or "", row[1] or 0) if row else ("", 0)

    def texts(self, where: str = "") -> Iterator[tuple[str, str]]:
        """Yield control number and text. Raises NotProcessedError, ConditionError."""
        cursor = self._select("SELECT control_number, text FROM documents", where)
        while chunk := cursor.fetchmany(500):
            yield from ((row[0], row[1] or "") for row in chunk)

    def bodies(self, where: str = "") -> Iterator[tuple[str, str, int]]:
        """Yield control number, text, and where its body begins. Raises as `texts` does."""
        cursor = self._select("SELECT control_number, text, body FROM documents", where)
        while chunk := cursor.fetchmany(500):
            yield from ((row[0], row[1] or "", row[2] or 0) for row in chunk)

    def containers(self) -> list[dict[str, Any]]:
        """Return each container, expected against emitted. Raises NotProcessedError."""
        return self._read("containers")

    def faulty_containers(self) -> FaultyContainers:
        """Return the containers with a fault of their own. Raises NotProcessedError."""
        return FaultyContainers(
            FaultyContainer(
                row["item"],
                row["locator"],
                row["path"],
                # A table written before containers had a custodian says nothing of him.
                row.get("custodian") or "",
                faults_from(row["faults"]),
            )
            for row in self.containers()
            if row["faults"] not in ("", "[]")
        )

    def aside(self) -> tuple[SetAside, ...]:
        """Return the files that are set aside, by where they lay. Raises NotProcessedError."""
        if self._path.exists() and not (self._derived / "aside.parquet").exists():
            return ()  # written before anything was set aside
        rows = (SetAside(**row) for row in self._read("aside"))
        return tuple(sorted(rows, key=lambda row: (row.item, row.path)))

    def accounts(self) -> list[dict[str, Any]]:
        """Return the account of each item. Raises NotProcessedError."""
        return self._read("accounts")

    def _read(self, name: str) -> list[dict[str, Any]]:
        if not self._path.exists():
            raise NotProcessedError
        return list(pq.read_table(self._derived / f"{name}.parquet").to_pylist())

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Answer a question of ours over `documents`. Raises NotProcessedError."""
        return list(self._connect().execute(sql).fetchall())

    def _select(self, select: str, where: str) -> Any:
        connection = self._connect()
        condition = f" WHERE ({where}\n)" if where.strip() else ""
        statement = f"{select}{condition} ORDER BY control_number"
        try:
            # A second statement behind a semicolon could write where reading is allowed.
            if len(connection.extract_statements(statement)) != 1:
                raise ConditionError(where, "more than one statement")
            return connection.execute(statement)
        except duckdb.Error as refused:
            raise ConditionError(where, str(refused)) from refused

    def _connect(self) -> Any:
        if not self._path.exists():
            raise NotProcessedError
        connection = duckdb.connect()
        # DuckDB looks at a path as a pattern, then at what it matched.
        folders = ", ".join(
            _literal(folder) for folder in (str(self._derived), _exactly(self._derived))
        )
        documents = _literal(_exactly(self._path))
        values = ", ".join(
            f"coalesce(json_extract_string(r.fields, '$.{name}[0]'), '') AS {name}"
            for name in _COLUMNS
        )
        connection.execute(
            f"""CREATE VIEW documents AS SELECT d.*, r.text, r.fields, {values},
            coalesce(json_extract_string(r.fields, '$.from[0]'), '') AS sender,
            coalesce(json_extract(r.fields, '$.to[0]')::VARCHAR, '') AS recipients,
            FROM read_parquet({documents}) d
            LEFT JOIN {self._readings()} r ON d.unit = r.unit AND d.locator = r.locator"""
        )
        connection.execute(f"SET allowed_directories = [{folders}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return connection

    def _readings(self) -> str:
        """Return what has the readings in SQL; a matter whose items were all lost has none."""
        folder = self._derived / "readings"
        if any(folder.glob("*.parquet")):
            return f"read_parquet({_literal(_exactly(folder) + '/*.parquet')})"
        names = ("unit", "locator", "text", "fields")
        return f"(SELECT {', '.join(f'NULL::VARCHAR AS {name}' for name in names)} WHERE false)"


def _literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _exactly(path: Path) -> str:
    """Return a path as a pattern that fits it alone: a matter may be called "Roe [2023]"."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def _chunks(rows: Iterator[Mapping[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(dict(row))
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _document(row: dict[str, Any]) -> Document:
    fields_by_name = fields_from(row["fields"])
    for name, value in fields_from(row["extra"]).items():
        fields_by_name.setdefault(name, value)
    plain = {name: row[name] for name in Document.__slots__ if name in row}
    return Document(
        **plain
        | {
            "control_number": ControlNumber(row["control_number"]),
            "parent": ControlNumber(row["parent"]) if row["parent"] else None,
            "family": ControlNumber(row["family"]),
            "relation": Relation(row["relation"]) if row["relation"] else None,
            "kind": Kind(row["kind"]),
            "fields": fields_by_name,
            "faults": faults_from(row["faults"]),
            "text_method": TextMethod(row["text_method"]),
            "all_custodians": tuple(row["all_custodians"]),
            "all_paths": tuple(row["all_paths"]),
        }
    )


def as_json(document: Document, containers: Sequence[FaultyContainer] = ()) -> str:
    """Return one line of `documents --json`, with the faults of the containers told beside it."""
    values = {
        name: field.value if isinstance(field.value, str) else list(field.value)
        for name, field in document.fields.items()
    }
    faults = [_fault_json(fault) for fault in document.faults]
    around = [
        {"path": container.path, **_fault_json(fault)}
        for container in containers
        for fault in container.faults
    ]
    row = {
        name: getattr(document, name)
        for name in Document.__slots__
        if name not in {"fields", "faults", "unit"}
    }
    origins = {name: field.origin for name, field in document.fields.items()}
    return json.dumps(
        {
            **row,
            "fields": values,
            "origins": origins,
            "faults": faults,
            "container_faults": around,
        },
        ensure_ascii=False,
    )


def _fault_json(fault: Fault) -> dict[str, object]:
    return {"reason": fault.reason.value, "detail": fault.detail, "lost": fault.lost}
