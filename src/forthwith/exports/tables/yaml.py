"""Tables of facts in YAML: a list of mappings, or in a `facts` file such lists by table name.

Every scalar is a text, as if in quotes: no `no` becomes false, no day becomes an object. Anchors,
aliases and tags are refused; a fact is written out. The file is read from events with a stack kept
here, so that neither nesting nor aliases can use more than the file's own size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from forthwith.domain.fact_tables import TABLES, FactRow, RowFault, Table
from forthwith.plain.table_names import (
    SEVERAL,
    FileFaultError,
    folded,
    named,
    nearest,
    short,
    text_of,
    unknown_column,
)

#: A table by name, its rows, their cells, a list of cites: four; one more to say what is wrong.
_DEEPEST = 5
#: Columns that may hold a list; its items are joined as a person would write them in a cell.
_LISTS = frozenset(("cites", "class"))
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Node:
    """A scalar (`text`), a list (`items`) or a mapping (`pairs`), on a 1-based line."""

    line: int
    text: str = ""
    items: list[_Node] | None = None
    pairs: list[tuple[_Node, _Node]] | None = None
    #: The key of a mapping that waits for its value.
    key: _Node | None = field(default=None)

    @property
    def empty(self) -> bool:
        return self.items is None and self.pairs is None and not self.text

    def take(self, child: _Node) -> None:
        if self.items is not None:
            self.items.append(child)
        elif self.key is None:
            self.key = child
        elif self.pairs is not None:
            self.pairs.append((self.key, child))
            self.key = None


def read(
    data: bytes, file: str, tables: Mapping[str, Table] = TABLES
) -> tuple[tuple[FactRow, ...], tuple[RowFault, ...]]:
    """Read one of `tables`, named by its file, or all tables of a `facts` file."""
    rows: list[FactRow] = []
    faults: list[RowFault] = []
    try:
        known = named(file, tables)
        if known is None or known.kind != "yaml":
            do = nearest(folded(file.rpartition("/")[2].split(".")[0]), tables, "Tables are")
            raise FileFaultError(RowFault(file, 0, "the file's name is not that of a table", do))
        reader = _Reader(file, faults, tables)
        root = _tree(text_of(data, file), file)
        rows.extend(
            reader.tables(root) if known.table == SEVERAL else reader.table(known.table, root)
        )
    except FileFaultError as stop:
        faults.append(stop.fault)
    return tuple(rows), tuple(faults)


def document(data: bytes, file: str) -> Any:
    """Return one document as texts, lists and mappings of texts. Raises FileFaultError."""
    return _plain(_tree(text_of(data, file), file), file)


def _plain(node: _Node, file: str) -> Any:
    if node.items is not None:
        return [_plain(item, file) for item in node.items]
    if node.pairs is None:
        return node.text
    found: dict[str, Any] = {}
    for key, value in node.pairs:
        if key.text in found or key.items is not None or key.pairs is not None:
            _stop(file, key.line, f"{short(key.text)} stands here twice", "Take one of them away")
        found[key.text] = _plain(value, file)
    return found


def _tree(text: str, file: str) -> _Node:
    """Return the one document of a file. Raises FileFaultError."""
    roots = _Node(0, items=[])
    stack = [roots]
    for event in _events(text, file):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent) and roots.items:
            _stop(file, line, "a second document begins here", "Put all rows into one list")
        _refuse_references(event, file, line)
        if isinstance(event, yaml.ScalarEvent):
            # Only an unquoted null is nothing; whoever is called so stands in quotes.
            null = event.style in (None, "") and event.value in ("~", "null", "Null", "NULL")
            stack[-1].take(_Node(line, "" if null else str(event.value).strip()))
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(stack) > _DEEPEST:
                do = "Write a list of rows, each a mapping of columns to texts"
                _stop(file, line, "lists and mappings are nested too deep", do)
            mapping = isinstance(event, yaml.MappingStartEvent)
            stack.append(_Node(line, pairs=[]) if mapping else _Node(line, items=[]))
        elif isinstance(event, yaml.CollectionEndEvent):
            node = stack.pop()
            stack[-1].take(node)
    if not roots.items:
        do = "Write its rows as a list, or take the file away"
        _stop(file, 0, "the file has comments but no rows", do)
    return (roots.items or [])[0]


def _events(text: str, file: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 0
        _stop(file, line, f"this does not read as YAML ({wrong.problem})", _MEND)
    except yaml.reader.ReaderError as wrong:
        line = text.count("\n", 0, wrong.position) + 1
        _stop(file, line, f"a character here may not stand in YAML ({wrong.reason})", _MEND)


_MEND = "Mind the indentation, and put a text with : or # into quotes"


def _refuse_references(event: Any, file: str, line: int) -> None:
    """Refuse what makes one text stand for another."""
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        _stop(file, line, "an anchor or alias is used here", "Write the value out")
    if getattr(event, "tag", None):
        _stop(file, line, f"a tag is used here ({short(event.tag)})", "Write the value without it")


def _stop(file: str, line: int, what: str, do: str) -> None:
    raise FileFaultError(RowFault(file, line, what, do))


@dataclass(frozen=True, slots=True)
class _Reader:
    file: str
    faults: list[RowFault]
    known: Mapping[str, Table]

    def fault(self, line: int, what: str, do: str) -> None:
        self.faults.append(RowFault(self.file, line, what, do))

    def tables(self, root: _Node) -> Iterator[FactRow]:
        """Yield the rows of every table of a `facts` file."""
        if root.pairs is None:
            self.fault(
                root.line, "the file is not tables by name", "Write people: and rows under it"
            )
            return
        seen: set[str] = set()
        for key, value in root.pairs:
            name = folded(key.text)
            if name not in self.known:
                what = f"there is no table {short(key.text)}"
                self.fault(key.line, what, nearest(name, self.known, "Tables are"))
            elif name in seen:
                self.fault(key.line, f"table {name} stands here twice", "Put its rows together")
            else:
                seen.add(name)
                yield from self.table(name, value)

    def table(self, name: str, node: _Node) -> Iterator[FactRow]:
        """Yield the rows of one table."""
        if node.items is None:
            if not node.empty:
                do = "Begin each row with a dash: - id: …"
                self.fault(node.line, f"{name} is not a list of rows", do)
            return
        for item in node.items:
            if item.pairs is None:
                do = "Write it as a mapping: - id: …"
                self.fault(item.line, f"a row of {name} is not columns with their texts", do)
            elif (cells := self._cells(self.known[name], item.pairs)) is not None:
                yield FactRow(name, cells, self.file, item.line)

    def _cells(self, table: Table, pairs: list[tuple[_Node, _Node]]) -> dict[str, str] | None:
        """Return the cells in the order of the header; None when one of them is at fault."""
        before = len(self.faults)
        cells: dict[str, str] = {}
        for key, value in pairs:
            name = folded(key.text)
            if name not in table.header:
                self.faults.append(unknown_column(self.file, key.line, table, key.text))
            elif name in cells:
                self.fault(key.line, f"the row has {name} twice", "Take one of the two away")
            else:
                cells[name] = self._cell(name, value)
        if len(self.faults) > before or not any(cells.values()):
            return None
        return {name: cells[name] for name in table.header if cells.get(name)}

    def _cell(self, name: str, value: _Node) -> str:
        if value.pairs is None and value.items is None:
            return value.text
        if value.items is None or name not in _LISTS:
            what = f"{name} is not one text"
            self.fault(value.line, what, "Write one text (only cites and class may be lists)")
            return ""
        if any(item.items is not None or item.pairs is not None for item in value.items):
            self.fault(value.line, f"{name} holds a list or mapping", "Write a list of texts")
        return "; ".join(item.text for item in value.items if item.text)
