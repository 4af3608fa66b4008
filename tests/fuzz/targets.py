"""What is fuzzed: each takes a name and bytes and gives back all it read, as one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from forthwith.check.responses import file as responses
from forthwith.domain.errors import ForthwithError, UnreadableError
from forthwith.domain.evidence import Budget, Child, Fault, Hint, InMemory, Limits, Reading
from forthwith.domain.fact_tables import Stamp
from forthwith.domain.nodes import Node
from forthwith.exports import kinds
from forthwith.exports.options import ImportOptions
from forthwith.exports.tables import csv as facts_csv
from forthwith.exports.tables import yaml as facts_yaml
from forthwith.formats import readers
from forthwith.formats.served import privilege_log
from forthwith.formats.served import requests as served_requests
from forthwith.loadfiles import columns, dat, lfp, opt
from forthwith.plain import json_document
from forthwith.process.walk import Walker
from forthwith.record import matter
from forthwith.respond.deficiency.findings import RegisterFile
from forthwith.review.search import parser
from forthwith.standards import loader

#: Tight, so that a bomb is stopped soon.
LIMITS = Limits(
    item_bytes=32 * 2**20, expanded_bytes=128 * 2**20, children=2_000, depth=6, seconds=20.0
)
#: Things below one reading that are looked at, and how deep.
_MOST, _DEEPEST = 200, 4
STAMP = Stamp("2023-06-17", "2024-05-01", cites="BTS0001")
STANDARD = loader.load()


class BrokenPromiseError(AssertionError):
    """A reading that no reader may give."""


def reader(name: str, data: bytes) -> str:
    """Read an item and everything inside it, straight from the readers: no rim between."""
    whole = hashlib.sha256()
    left = [_MOST]
    _read(InMemory(data), Hint(name, "", Budget(LIMITS)), whole, left)
    return whole.hexdigest()


def _read(source: InMemory, hint: Hint, whole: hashlib._Hash, left: list[int]) -> None:
    try:
        reading = readers.read(source, hint)
    except UnreadableError as error:
        whole.update(_told(error.fault))
        return
    _take(reading, hint, whole, left)


def _take(reading: Reading, hint: Hint, whole: hashlib._Hash, left: list[int]) -> None:
    reading.text.encode()
    if len(reading.text) > LIMITS.expanded_bytes:
        raise BrokenPromiseError("more text than an item may expand to")
    whole.update(repr((reading.kind, reading.media_type, reading.declared)).encode())
    whole.update(reading.text.encode())
    for field in reading.fields:
        whole.update(repr((field.name, field.value, field.origin)).encode())
    for fault in reading.faults:
        whole.update(_told(fault))
    count = 0
    for child in reading.children() if reading.children else ():
        count += 1
        if count > LIMITS.children + 10:
            raise BrokenPromiseError("more children than the limit")
        if left[0] <= 0:
            return
        left[0] -= 1
        if isinstance(child, Fault):
            whole.update(_told(child))
            continue
        whole.update(repr((child.step, child.name, child.folder, child.fields)).encode())
        _below(child, hint, whole, left)
    if hint.budget.expanded > 2 * LIMITS.expanded_bytes:
        raise BrokenPromiseError("expanded past the limit")


def _below(child: Child, hint: Hint, whole: hashlib._Hash, left: list[int]) -> None:
    data = child.load()
    if isinstance(data, Fault):
        whole.update(_told(data))
        return
    whole.update(hashlib.sha256(data).digest())
    if hint.depth >= _DEEPEST or hint.budget.spend(len(data)) is not None:
        return
    below = Hint(child.name, "", hint.budget, hint.depth + 1)
    if child.reading is None:
        _read(InMemory(data), below, whole, left)
        return
    try:
        reading = child.reading()
    except UnreadableError as error:
        whole.update(_told(error.fault))
        return
    _take(reading, below, whole, left)


def _told(fault: Fault) -> bytes:
    if " at 0x" in fault.detail:
        raise BrokenPromiseError(f"an address stands in {fault.detail!r}")
    return repr((fault.reason, fault.detail, fault.lost, fault.step)).encode("utf-8", "replace")


def walked(name: str, data: bytes) -> str:
    """Read an item as `process` does; its account of each container must hold."""
    nodes = Walker(LIMITS).walk(InMemory(data), name, ("0" * 32, "0" * 40, "0" * 64))
    # What is declared and was not met stands below its container as one node, with how many.
    missing = {
        node.parent
        for node in nodes
        if any("did not come out of it" in f.detail for f in node.faults)
    }
    for node in nodes:
        if node.locator not in missing:
            _accounted(node)
    return hashlib.sha256(repr(nodes).encode("utf-8", "replace")).hexdigest()


def _accounted(node: Node) -> None:
    if node.declared is not None and node.emitted + node.absent < node.declared:
        raise BrokenPromiseError(
            f"{node.locator!r} says it holds {node.declared}; {node.emitted} came out and "
            f"{node.absent} stand as faults"
        )


def _lift(kind: str) -> Callable[[str, bytes], object]:
    def lift(name: str, data: bytes) -> object:
        return kinds.KINDS[kind].lift([(name, data)], ImportOptions(STAMP))

    return lift


def _columns(_name: str, data: bytes) -> object:
    rules = STANDARD.load_file
    read = columns.read(data, rules, STANDARD.all_columns, STANDARD.formats.date.pattern)
    return read.known, read.by_name, read.data.quarantined, read.data.oddities


_PARSERS: Mapping[str, Callable[[str, bytes], object]] = {
    "dat": lambda _, data: dat.read(data),
    "opt": lambda _, data: opt.read(data),
    "lfp": lambda _, data: lfp.read(data),
    "columns": _columns,
    "requests": served_requests.read,
    "privilege log": privilege_log.read,
    "standard": lambda name, data: loader.read(data, name).name,
    "query": lambda _, data: parser.parse(data.decode("utf-8", "replace")),
    "matter": lambda name, data: matter._settings(Path(name), data.decode("utf-8", "replace")),
    "responses": lambda name, data: responses.read(data.decode("utf-8", "replace"), name),
    "register": lambda name, data: RegisterFile.read(data.decode("utf-8", "replace"), name).about,
    "facts csv": lambda name, data: facts_csv.read(data, name),
    "facts yaml": lambda name, data: facts_yaml.read(data, name),
    "json": lambda _, data: json_document.load(data),
    **{kind: _lift(kind) for kind in kinds.KINDS},
}


def run(target: str, name: str, data: bytes) -> str:
    """Read `data` and return a digest of the result; raises whatever must not be raised."""
    if target == "reader":
        return reader(name, data)
    if target == "walk":
        return walked(name, data)
    try:
        result = _PARSERS[target](name, data)
    except (ForthwithError, json_document.NotJsonError) as refused:
        result = str(refused)
    return hashlib.sha256(repr(result).encode("utf-8", "replace")).hexdigest()
