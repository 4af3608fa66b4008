"""Files of proofs of control: JSON as custodians' tools write it, to rows of the table `proofs`.

One object a proof, in a list, in a list under `proofs`, or one a line. Beside the table's columns
the cells say `chain`, `scheme`, `height`, `block` and `signer` where the file does. Whether a
signature verifies is for `exports.proofs`; what its message must name is for `books.control`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from forthwith.domain.fact_tables import FactRow, RowFault
from forthwith.plain import json_document
from forthwith.plain import json_values as js

#: What each cell is called in files of others.
_KEYS = {
    "address": ("address", "addr", "wallet_address"),
    "message": ("message", "msg", "typed_data", "typedData"),
    "signature": ("signature", "sig", "signed", "witness"),
    "when": ("when", "at", "date", "signed_at", "timestamp"),
    "chain": ("chain", "network"),
    "scheme": ("scheme", "type", "standard", "kind"),
    "height": ("height", "block_height", "blockHeight", "block_number", "blockNumber"),
    "block": ("block", "block_hash", "blockHash", "hash"),
    "signer": ("signer", "owner"),
}
#: Keys that say nothing a proof rests on.
_IDLE = frozenset(("place", "wallet", "label", "note", "asset", "version", "id"))
_NEEDED = ("address", "message", "signature")
_SHAPE = "Give a list of objects with address, message and signature, each as it was signed"


def read(
    data: bytes, file: str
) -> tuple[tuple[FactRow, ...], tuple[RowFault, ...], tuple[str, ...]]:
    """Return rows of `proofs`, faults, and notes on keys nobody took.

    `line` of a row and of a fault is the number of the proof in the file.
    """
    try:
        entries = _entries(data)
    except json_document.NotJsonError as wrong:
        return (), (RowFault(file, 0, f"the file {wrong}", _SHAPE),), ()
    if entries is None:
        return (), (RowFault(file, 0, "the file holds no list of proofs", _SHAPE),), ()
    rows, faults, unread = [], [], set()
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            faults.append(RowFault(file, number, f"proof {number} is no object", _SHAPE))
            continue
        cells, doubled = _cells(entry)
        unread |= entry.keys() - _IDLE - {key for keys in _KEYS.values() for key in keys}
        if doubled:
            faults.append(
                RowFault(
                    file,
                    number,
                    f"proof {number} gives its {doubled} twice, and not alike",
                    "Leave the one that was signed",
                )
            )
        elif lacking := [name for name in _NEEDED if not cells.get(name, "").strip()]:
            what = f"proof {number} has no {' and no '.join(lacking)}"
            faults.append(RowFault(file, number, what, _SHAPE))
        else:
            rows.append(FactRow("proofs", cells, file, number))
    notes = tuple(f"{file}: nobody takes the key {key!r} of a proof" for key in sorted(unread))
    return tuple(rows), tuple(faults), notes


def _entries(data: bytes) -> Iterable[object] | None:
    """Return the objects of the file; None where it has another shape. Raises NotJsonError."""
    try:
        value = json_document.load(data)
    except json_document.NotJsonError:
        lines = [line for line in data.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith(b"{") for line in lines):
            raise
        return [json_document.load(line) for line in lines]
    if isinstance(value, dict):
        inner = value.get("proofs", value.get("signatures"))
        value = inner if isinstance(inner, list) else [value] if "signature" in value else None
    return value if isinstance(value, list) else None


def _cells(entry: dict[str, object]) -> tuple[dict[str, str], str]:
    """Return the cells, and the name of one that stands twice with two values."""
    cells: dict[str, str] = {}
    for name, keys in _KEYS.items():
        values = {text for key in keys if (text := _text(entry.get(key)))}
        if name == "block":
            cells.update(_block(values))
            continue
        if len(values) > 1:
            return cells, name
        cells.update((name, value) for value in values if name not in cells)
    return cells, ""


def _block(values: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what a file calls its block: a number is its height, the rest its hash."""
    for value in sorted(values):
        yield ("height" if len(value) < 20 and value.isdecimal() else "block"), value


def _text(value: object) -> str:
    """Return a cell; typed data (EIP-712) stays the JSON that it is."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else js.text(value)
