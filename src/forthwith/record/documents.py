"""Documents as kept: one Parquet row each under `derived/`, asked with DuckDB.

The rows here hold what depends on the whole matter (places, families, groups, threads); what was
read of the bytes stays in the readings and is joined on when asked. `WHERE` conditions of people
are given to DuckDB with every outside access shut off.

Nothing is taken from a file whose digest is not the one the last `process` entry of the journal has
(`parts`): what is sealed and served comes from here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
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
from forthwith.record import journal, quarantine, received
from forthwith.record.matter import Matter
from forthwith.record.parts import as_written, committed, file_of
from forthwith.record.parts import digest as digest_of_parts
from forthwith.record.readings import faults_from, fields_from, writer

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
    + [("lost", pa.bool_())]
)
#: Who holds the documents at one place of the families of a duplicate group, and where they lay.
COPIES = pa.schema(
    [("duplicate_group", pa.string()), ("order", pa.int64())]
    + [(name, pa.list_(pa.string())) for name in ("all_custodians", "all_paths")]
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


class DerivedChangedError(ForthwithError):
    """A file under derived/ is not what `process` left."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}, so nothing is taken from derived/. Run `forthwith process`: it makes that "
            "again from the evidence, which is untouched."
        )


class DocumentTable:
    """The documents of one matter, as they stand when first asked for."""

    def __init__(self, matter: Matter, *, whole: bool = False) -> None:
        """Take the matter; `whole` is for what is made of all documents and shown to nobody as is:
        indexes and stores. All else has nothing of what is in quarantine, save for its custodian.
        """
        self._matter = matter
        self._whole = whole
        self._derived = matter.derived
        #: Digest of each table as `write` has written it.
        self.written: dict[str, str] = {}
        self._texts: list[Path] = []
        self._texts_sound = False

    @cached_property
    def _committed(self) -> Mapping[str, Any]:
        """What the last `process` entry commits to. Raises NotProcessedError."""
        with self._matter.engine.connect() as connection:
            entry = journal.last_of(connection, "process")
        if entry is None:
            raise NotProcessedError
        facts: Mapping[str, Any] = entry.facts()
        if "settled" not in facts:
            what = "The documents were made by an earlier version, which kept no digest of them"
            raise DerivedChangedError(what)
        return {**facts, "seq": entry.seq}

    def _theirs(self) -> frozenset[str]:
        """Return the sources that came from another party."""
        with self._matter.engine.connect() as connection:
            return received.sources(connection)

    def hidden(self) -> frozenset[str]:
        """Return the control numbers that are not shown to the account this process runs as.

        Asked anew each time: what is clawed back is gone from that second.
        """
        if self._whole:
            return frozenset()
        with self._matter.engine.connect() as connection:
            standing = quarantine.standing(connection)
        login, _ = journal.actor()
        return frozenset(number for number, custodian in standing.items() if custodian != login)

    def shows(self, control_number: str) -> bool:
        """Say whether a document may be shown."""
        return control_number not in self.hidden()

    def _hidden_places(self) -> list[tuple[str, str, str, bool]]:
        """Return (item, locator, source, lost) of what is hidden."""
        if not (hidden := self.hidden()):
            return []
        columns = ["control_number", "item", "locator", "source", "lost"]
        table = pq.read_table(self._files["documents"], columns=columns)
        return [
            (row["item"], row["locator"], row["source"], row["lost"])
            for row in table.to_pylist()
            if row["control_number"] in hidden
        ]

    @property
    def digest(self) -> str:
        """A digest of all that documents say, texts and fields included. Raises as `ask` does."""
        kept = {name: self._committed[name] for name in ("settled", "readings")}
        return hashlib.sha256(journal.canonical(kept).encode()).hexdigest()

    @cached_property
    def _files(self) -> Mapping[str, Path]:
        """Where each table lies as committed. Raises NotProcessedError, DerivedChangedError."""
        settled: Mapping[str, str] = self._committed["settled"]
        files = {}
        for name, digest in settled.items():
            # A run that was killed right after its entry left it under the name with a dot.
            places = [self._derived / f"{dot}{name}.parquet" for dot in ("", ".")]
            sound = [place for place in places if as_written(place, digest)]
            if sound:
                files[name] = sound[0]
            elif not (self._derived / "documents.parquet").exists():
                raise NotProcessedError
            else:
                how = "was changed" if places[0].exists() else "is gone"
                raise DerivedChangedError(f"derived/{name}.parquet {how}")
        return files

    def _readings_files(self) -> list[Path]:
        """Return the parts with texts and fields. Raises DerivedChangedError."""
        if not self._texts_sound:
            with self._matter.engine.connect() as connection:
                parts = committed(connection, self._committed["seq"])
            if digest_of_parts(parts) != self._committed["readings"]:
                raise DerivedChangedError("The last `forthwith process` did not come to its end")
            folder = self._derived / "readings"
            for part in parts:
                place = folder / file_of(part)
                if not as_written(place, part.digest):
                    how = "was changed" if place.exists() else "is gone"
                    raise DerivedChangedError(f"derived/readings/{place.name} {how}")
                self._texts.append(place)
            self._texts_sound = True
        return self._texts

    @cached_property
    def _copies(self) -> Mapping[tuple[str, int], tuple[tuple[str, ...], tuple[str, ...]]]:
        """Group and place in the family -> custodians and paths, one value for all its copies."""
        return {
            (row["duplicate_group"], row["order"]): (
                tuple(row["all_custodians"]),
                tuple(row["all_paths"]),
            )
            for row in self._read("copies")
        }

    def write(
        self,
        documents: Iterator[Mapping[str, Any]],
        copies: Sequence[Mapping[str, Any]],
        containers: Sequence[Mapping[str, Any]],
        accounts: Sequence[Mapping[str, Any]],
        aside: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Write every table anew, each beside the one there is; `publish` puts them in force."""
        with writer(self._derived / ".documents.parquet", SCHEMA) as (out, file):
            for chunk in _chunks(documents, 16384):
                out.write_table(pa.Table.from_pylist(chunk, schema=SCHEMA))
        self.written["documents"] = file.sha256.hexdigest()
        self._write("copies", copies, COPIES)
        self._write("containers", containers, CONTAINERS)
        self._write("accounts", accounts, ACCOUNTS)
        self._write("aside", aside, ASIDE)

    def _write(self, name: str, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
        with writer(self._derived / f".{name}.parquet", schema) as (out, file):
            for chunk in _chunks(iter(rows), 16384):
                out.write_table(pa.Table.from_pylist(chunk, schema=schema))
        self.written[name] = file.sha256.hexdigest()

    def publish(self) -> None:
        """Put the tables in force that the journal has now."""
        for name in self.written:
            (self._derived / f".{name}.parquet").replace(self._derived / f"{name}.parquet")

    def taken_up(self) -> int:
        """Put in force what a run left that was killed after its entry; return how many changed.

        Tables of an older version, and those that are gone, count as none.
        """
        try:
            files = self._files
        except NotProcessedError:
            return 0
        except DerivedChangedError:
            return "_committed" in self.__dict__
        for name, path in files.items():
            path.replace(self._derived / f"{name}.parquet")
        return 0

    def ask(self, where: str = "") -> Iterator[Document]:
        """Yield documents in order of control number. Raises NotProcessedError, ConditionError.

        Every copy of a document shares one list of custodians and one of paths. Raises
        DerivedChangedError as well, as every question here does.
        """
        names = ", ".join(f'"{name}"' for name in [*SCHEMA.names, "fields", "side"])
        hidden = self.hidden()
        cursor = self._select(f"SELECT {names} FROM documents", where)
        columns = [column[0] for column in cursor.description]
        while chunk := cursor.fetchmany(2000):
            for values in chunk:
                row = dict(zip(columns, values))
                place = (row["duplicate_group"], row["order"])
                alone = ((row["custodian"],), (row["path"],))
                if row["thread"] in hidden:
                    # A conversation is called by its first message.
                    row |= {"thread": "", "thread_basis": ""}
                yield document_of(row, self._copies.get(place, alone))

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

    def files(self) -> tuple[Path, Path, Sequence[Path]]:
        """Return where documents, copies and readings lie, each as the journal has them.

        For who reads all of them once, a piece at a time. Raises as `ask` does.
        """
        return self._files["documents"], self._files["copies"], self._readings_files()

    def containers(self) -> list[dict[str, Any]]:
        """Return each container, expected against emitted. Raises NotProcessedError."""
        rows, hidden = self._read("containers"), self._hidden_places()
        if not hidden:
            return rows
        gone = Counter((item, locator) for item, locator, _, _ in hidden if "/" not in locator)
        rows = [
            row for row in rows
            if not any((row["item"], place) in gone for place in _above(row["locator"]))
        ]  # fmt: skip
        for row in rows:
            if not row["locator"]:
                less = sum(item == row["item"] for item, _ in gone)
                row |= {name: row[name] - less for name in ("declared", "emitted")}
        return [row for row in rows if row["locator"] or row["emitted"] or row["absent"]]

    def faulty_containers(self) -> FaultyContainers:
        """Return the containers with a fault of their own. Raises NotProcessedError."""
        return FaultyContainers(
            FaultyContainer(
                row["item"],
                row["locator"],
                row["path"],
                row["custodian"],
                faults_from(row["faults"]),
            )
            for row in self.containers()
            if row["faults"] not in ("", "[]")
        )

    def aside(self) -> tuple[SetAside, ...]:
        """Return the files that are set aside, by where they lay. Raises NotProcessedError."""
        hidden = {locator.partition("/")[0] for _, locator, _, _ in self._hidden_places()}
        theirs = self._theirs() if hidden else frozenset()
        rows = (
            SetAside(**row)
            for row in self._read("aside")
            if row["item"].partition("/")[0] not in theirs
            or row["locator"].partition("/")[0] not in hidden
        )
        return tuple(sorted(rows, key=lambda row: (row.item, row.path)))

    def accounts(self) -> list[dict[str, Any]]:
        """Return the account of each item. Raises NotProcessedError."""
        rows, hidden = self._read("accounts"), self._hidden_places()
        if not hidden:
            return rows
        read, lost = Counter(place[0] for place in hidden if not place[3]), Counter[str]()
        lost.update(place[0] for place in hidden if place[3])
        tops = {(item, locator) for item, locator, _, _ in hidden if "/" not in locator}
        inner = Counter(
            item
            for row in self._read("containers")
            if any((item := row["item"], place) in tops for place in _above(row["locator"]))
        )
        shown = Counter(row.item for row in self.aside())
        for row in rows:
            if (item := row["item"]) in read or item in lost:
                aside = row["aside"] - shown[item]
                row["documents"] -= read[item]
                row["faults"] -= lost[item]
                row["containers"] -= inner[item]
                row["aside"] -= aside
                row["expected"] -= read[item] + lost[item] + aside
        return rows

    def _read(self, name: str) -> list[dict[str, Any]]:
        return list(pq.read_table(self._files[name]).to_pylist())

    def query(self, sql: str, *, readings: bool = True) -> list[tuple[Any, ...]]:
        """Answer a question of ours over `documents`; without `readings`, not over their fields.

        Raises NotProcessedError, DerivedChangedError.
        """
        return list(self._connect(readings=readings).execute(sql).fetchall())

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

    def _connect(self, *, readings: bool = True) -> Any:
        documents, copies = (_listed([self._files[name]]) for name in ("documents", "copies"))
        read = self._readings() if readings else _NO_READINGS
        # Never empty: an empty list is no SQL.
        theirs = ", ".join(map(_literal, sorted(self._theirs() or {""})))
        hidden = ", ".join(map(_literal, sorted(self.hidden() or {""})))
        connection = duckdb.connect()
        # DuckDB looks at a path as a pattern, then at what it matched.
        folders = ", ".join(
            _literal(folder) for folder in (str(self._derived), _exactly(self._derived))
        )
        values = ", ".join(
            f"coalesce(json_extract_string(r.fields, '$.{name}[0]'), '') AS {name}"
            for name in _COLUMNS
        )
        connection.execute(
            f"""CREATE VIEW documents AS SELECT d.*, r.text, r.fields, {values},
            coalesce(c.all_custodians, [d.custodian]) AS all_custodians,
            coalesce(c.all_paths, [d.path]) AS all_paths,
            coalesce(json_extract_string(r.fields, '$.from[0]'), '') AS sender,
            coalesce(json_extract(r.fields, '$.to[0]')::VARCHAR, '') AS recipients,
            CASE WHEN d.source IN ({theirs}) THEN 'theirs' ELSE 'ours' END AS side,
            FROM read_parquet({documents}) d
            LEFT JOIN {read} r ON d.unit = r.unit AND d.locator = r.locator
            LEFT JOIN read_parquet({copies}) c
            ON d."order" = c."order" AND d.duplicate_group = c.duplicate_group
            WHERE (d.control_number IN ({hidden})) IS NOT TRUE"""
        )
        connection.execute(f"SET allowed_directories = [{folders}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return connection

    def _readings(self) -> str:
        """Return what has the readings in SQL; a matter whose items were all lost has none."""
        paths = self._readings_files()
        return f"read_parquet({_listed(paths)})" if paths else _NO_READINGS


def _above(locator: str) -> Iterator[str]:
    """Yield a locator and those of all it lies in, the item itself left out."""
    steps = locator.split("/") if locator else []
    yield from ("/".join(steps[:count]) for count in range(1, len(steps) + 1))


_NO_READINGS = "(SELECT {} WHERE false)".format(
    ", ".join(f"NULL::VARCHAR AS {name}" for name in ("unit", "locator", "text", "fields"))
)


def _listed(paths: Sequence[Path]) -> str:
    """Return these files and no others as DuckDB names them."""
    return f"[{', '.join(_literal(_exactly(path)) for path in paths)}]"


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


def document_of(
    row: Mapping[str, Any], copies: tuple[tuple[str, ...], tuple[str, ...]]
) -> Document:
    """Return a document, of a row with its fields as JSON and of all that hold a copy."""
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
            "all_custodians": copies[0],
            "all_paths": copies[1],
        }
    )


def as_json(
    document: Document,
    containers: Sequence[FaultyContainer] = (),
    copies_in: ControlNumber | None = None,
) -> str:
    """Return one line of `documents --json`, with the faults of the containers told beside it.

    `copies_in` is the document in whose line the custodians and paths of all copies stand.
    """
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
            "copies_in": copies_in,
            "fields": values,
            "origins": origins,
            "faults": faults,
            "container_faults": around,
        },
        ensure_ascii=False,
    )


def _fault_json(fault: Fault) -> dict[str, object]:
    return {"reason": fault.reason.value, "detail": fault.detail, "lost": fault.lost}
