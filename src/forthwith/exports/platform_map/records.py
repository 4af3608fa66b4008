"""The records of a platform's export: the lists a map finds in its files, and what is left over."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.platform_map.map_file import MapFile, Section, leaves, several, values
from forthwith.exports.tables.rows import Rows
from forthwith.plain import csv_cells, json_document
from forthwith.plain.table_names import FileFaultError, short, text_of

NOUN = {"users": "user", "groups": "group", "accounts": "account", "rules": "rule"}
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(slots=True)
class Export:
    """The files, the lists the map finds in them, and what is left over."""

    map: MapFile
    rows: Rows
    files: dict[str, Any] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def take(self, file: str, data: bytes) -> None:
        """Read one file."""
        try:
            if file.lower().endswith((".csv", ".tsv")):
                self.files[file] = _sheet(text_of(data, file), file)
            else:
                self.files[file] = json_document.load(data)
        except json_document.NotJsonError as wrong:
            self.rows.faults.append(RowFault(file, 0, f"It {wrong}", "Export it again"))
        except FileFaultError as stop:
            self.rows.faults.append(stop.fault)

    def find(self) -> None:
        """Find the list of each section; every path of it must lead somewhere."""
        taken: dict[str, list[str]] = {file: [] for file in self.files}
        for section in self.map.sections.values():
            found: list[dict[str, Any]] = []
            there = False
            for file, body in self.files.items():
                if section.file and not fnmatchcase(file.lower(), section.file.lower()):
                    continue
                for listed in [body] if not section.place else list(values(body, section.place)):
                    if not isinstance(listed, list):
                        continue
                    there = True
                    taken[file].append(section.place)
                    found += [item for item in listed if isinstance(item, dict)]
                    if any(not isinstance(item, dict) for item in listed):
                        self._fault(section, f"an entry in {file} is no record", "Export it again")
            if not there:
                where = f" at {short(section.place)}" if section.place else ""
                files = f" in files like {section.file}" if section.file else ""
                self._fault(section, f"there is no list{where}{files}", "Mend list or file")
            self.records[section.name] = found
            if there:
                self._paths_lead_somewhere(section, found)
                self._report_unread(section, found)
        for file, body in self.files.items():
            self.rows.unread += _beside(file, body, taken[file])

    def _fault(self, section: Section, what: str, do: str) -> None:
        self.map.fault(f"{section.name}: {what}", do)
        self.rows.faults.append(self.map.faults[-1])

    def _paths_lead_somewhere(self, section: Section, records: list[dict[str, Any]]) -> None:
        paths = {key: found for key, found in section.paths.items() if section.literal(key) is None}
        approvals = section.words.get("approvals")
        if approvals:
            paths["approvals.list"] = several(approvals["list"])
            groups = [group for record in records for group in approving_groups(record, approvals)]
            self._lead(section, groups, "approvals.approvers", several(approvals["approvers"]))
            if not str(approvals["quorum"]).startswith("="):
                self._lead(section, groups, "approvals.quorum", several(approvals["quorum"]))
        for key, found in paths.items():
            self._lead(section, records, key, found)

    def _lead(
        self, section: Section, records: Sequence[Any], key: str, paths: Sequence[str]
    ) -> None:
        for path in paths:
            if not any(True for record in records for _ in values(record, path)):
                what = f"{key}: no {NOUN[section.name]} has {short(path)}"
                self._fault(section, what, "Mend the path, or take the key out of the map")

    def _report_unread(self, section: Section, records: list[dict[str, Any]]) -> None:
        used = used_paths(section)
        names: dict[str, None] = {}
        for record in records:
            for path, value in leaves(record):
                if not covered(path, used) and value not in (None, "", [], {}):
                    names[".".join(path)] = None
        self.rows.unread += [f"{section.name}.{name}" for name in names]


def used_paths(section: Section) -> set[tuple[str, ...]]:
    """Return the paths a section takes, as names; in the records of a CSV a path is one name."""
    paths = [path for key, found in section.paths.items() for path in found]
    approvals = section.words.get("approvals")
    if approvals:
        top = approvals["list"]
        paths += [f"{top}.{path}" for key in ("approvers", "quorum") for path in
                  several(approvals[key])]  # fmt: skip
    return {names for path in paths for names in (tuple(path.split(".")), (path,))}


def covered(path: tuple[str, ...], used: set[tuple[str, ...]]) -> bool:
    """Return whether a field lies at a path that is taken, or below one."""
    return any(path[:end] in used for end in range(1, len(path) + 1))


def approving_groups(record: Any, approvals: Mapping[str, Any]) -> list[Any]:
    """Return the approving groups of a rule, each a record of its own."""
    return [
        group
        for listed in values(record, approvals["list"])
        for group in (listed if isinstance(listed, list) else [listed])
    ]


def _beside(file: str, body: Any, lists: Sequence[str]) -> Iterator[str]:
    """Yield what of a file lies beside the lists taken out of it."""
    if "" in lists:
        return
    if not lists or not isinstance(body, dict):
        yield f"{file}: the whole file"
        return
    waiting: list[tuple[str, Any]] = [(key, value) for key, value in body.items()]
    while waiting:
        path, value = waiting.pop(0)
        if path in lists:
            continue
        if isinstance(value, dict) and any(name.startswith(f"{path}.") for name in lists):
            waiting += [(f"{path}.{key}", inner) for key, inner in value.items()]
        else:
            yield f"{file}: {path}"


def _sheet(text: str, file: str) -> list[dict[str, str]]:
    """Return the rows of a CSV by heading. Raises FileFaultError."""
    lines = text.splitlines(keepends=True)
    head = next((line for line in lines if line.strip()), "")
    separator = max(_SEPARATORS, key=head.count)
    reader = csv_cells.reader(lines, delimiter=separator, strict=True)
    names: list[str] = []
    found: list[dict[str, str]] = []
    try:
        for cells in map(csv_cells.bounded, reader):
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = [cell.strip() for cell in cells]
                if len({*names}) < len(names) or "" in names:
                    what = "a heading is there twice, or a column has none"
                    raise FileFaultError(
                        RowFault(file, 1, what, "Give each column its own heading")
                    )
                continue
            if len(cells) != len(names):
                what = f"the row has {len(cells)} cells, the header {len(names)}"
                do = f"Put a cell that holds {separator!r} into double quotes"
                raise FileFaultError(RowFault(file, reader.line_num, what, do))
            found.append({name: cell.strip() for name, cell in zip(names, cells, strict=True)})
    except csv.Error as wrong:
        what = f"it does not read as CSV ({wrong})"
        raise FileFaultError(RowFault(file, reader.line_num, what, "Close each quote")) from wrong
    return found
