"""`liabilities commit`, `prove` and `verify`: the tree on disk, its key, files of anybody.

The key of the salts and the levels are the exchange's alone: whoever has the key can guess amounts
from leaves, and the levels hold every amount. Only commitments and proofs are delivered.
"""

from __future__ import annotations

import json
import mmap
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forthwith.books.liabilities.leaves import OwedLeaves, owed_leaves
from forthwith.books.liabilities.proofs import Proof, check_proof, prove
from forthwith.books.liabilities.tree import (
    FORM,
    HASH,
    RECORD,
    Commitment,
    Level,
    commitment,
    leaf_level,
    levels,
    salting,
)
from forthwith.books.reckoned import Reckoning
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.instants import Instant, instant_text
from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities import reading
from forthwith.exports.liabilities.reading import Asked
from forthwith.plain import json_document
from forthwith.plain.json_document import NotJsonError

_COMMITMENT = "commitment.json"
#: Larger files of one customer are none.
_LARGEST = reading.LARGEST


class LiabilitiesKeyError(ForthwithError):
    """The key of the salts cannot be used; the message says why and what to do."""


class NoTreeError(ForthwithError):
    """No tree on disk answers; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A tree that was made: what is published, where its levels lie, what stands beside it."""

    published: Commitment
    folder: Path
    leaves: OwedLeaves

    def as_json(self) -> dict[str, Any]:
        """Return the keys of `liabilities commit`: the commitment, and accounts below zero."""
        negative = {name: str(amount) for name, amount in sorted(self.leaves.negative.items())}
        return {
            **self.published.as_json(),
            "negative": negative,
            "unlisted": list(self.leaves.unlisted),
        }


def key(path: Path, delivered: Path | None = None) -> bytes:
    """Return the exchange's key of a file, made with mode 0600 where there is none yet.

    Raises LiabilitiesKeyError: the file is not 64 digits of hexadecimal, others can read it, or it
    lies in a folder that is delivered.
    """
    if delivered is not None and path.resolve().is_relative_to(delivered.resolve()):
        raise LiabilitiesKeyError(
            f"{path} lies in {delivered}, which is delivered. The key stays with the exchange: "
            f"keep it elsewhere."
        )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept_key(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        made = secrets.token_hex(HASH)
        file.write(f"{made}\n")
    return bytes.fromhex(made)


def leaves_of(reckoning: Reckoning, asset: str, at: Instant) -> OwedLeaves:
    """Return the leaves of an asset at a cut: the same rows as `owed`."""
    return owed_leaves(reckoning.owed_changes, reckoning.books.accounts, asset, at)


def commit(trees: Path, secret: bytes, at: Instant, leaves: OwedLeaves) -> Committed:
    """Make the tree of an asset, its levels in a folder of `trees`, and return what is published.

    Raises LiabilitiesError where the rows make no tree.
    """
    as_of, owed = instant_text(at), leaves.owed
    published = grow(trees, secret, leaves.asset, as_of, ((a, owed[a]) for a in sorted(owed)))
    return Committed(published, _folder(trees, published), leaves)


def grow(
    trees: Path, secret: bytes, asset: str, as_of: str, owed: Iterable[tuple[str, int]]
) -> Commitment:
    """Write the levels of a tree one by one; accounts come in ascending order, each once.

    Two levels are in memory at a time. A tree that is there already is made again: the same bytes.
    """
    trees.mkdir(parents=True, exist_ok=True)
    partial = trees / f".making-{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    try:
        salt = salting(secret, asset, as_of)
        lowest = leaf_level(asset, ((name, salt(name), amount) for name, amount in owed))
        count = len(lowest)
        top = _kept(partial, 0, lowest)
        for number, level in enumerate(levels(lowest), 1):
            top = _kept(partial, number, level)
        published = commitment(asset, as_of, count, top)
        text = json.dumps(published.as_json(), indent=1)
        (partial / _COMMITMENT).write_text(f"{text}\n", encoding="utf-8")
        folder = _folder(trees, published)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return published


def proof(trees: Path, secret: bytes, asset: str, at: Instant, account: str, amount: int) -> Proof:
    """Return the proof of one account from the levels on disk; it is checked before it is given.

    Raises NoTreeError: there is no such tree, or its files are not what was written; and
    LiabilitiesError where the account is no leaf with that amount.
    """
    as_of = instant_text(at)
    found = [
        (folder, published)
        for folder, published in _trees(trees)
        if (published.asset, published.as_of) == (asset, as_of)
    ]
    if len(found) != 1:
        many = "several trees" if found else "no tree"
        raise NoTreeError(
            f"{trees} has {many} of {asset} at {as_of}. Make it with liabilities commit, and keep "
            f"one for each asset and cut."
        )
    ((folder, published),) = found
    grown = tuple(_levels(folder, published.leaves))
    given = prove(grown, published, account, amount, salting(secret, asset, as_of)(account))
    checked = check_proof(folder.name, given.as_json(), published.as_json())
    if checked.refusals:
        raise NoTreeError(
            f"The levels in {folder} are not what was written: {checked.refusals[0].what}. Make "
            f"the tree anew with liabilities commit."
        )
    return given


def verify(paths: Sequence[Path], asked: Asked | None = None) -> tuple[LiabilityCheck, ...]:
    """Return what files prove: our proofs, against commitments among the files, and others'.

    A commitment is held to be the published one; a proof of another asset or cut stands alone.
    """
    asked = asked or Asked()
    others: dict[str, bytes] = {}
    proofs: dict[str, Any] = {}
    commitments: dict[str, Mapping[str, Any]] = {}
    found: list[LiabilityCheck] = []
    for name, path in _named(paths):
        try:
            if not path.is_file():
                found.append(
                    _refused(name, "there is no such file, or it is none that can be read")
                )
                continue
            if path.stat().st_size > _LARGEST:
                what = f"the file has more than {_LARGEST >> 30} GiB"
                found.append(_refused(name, what))
                continue
            data = path.read_bytes()
        except OSError as wrong:
            found.append(_refused(name, f"the file cannot be read: {wrong.strerror}"))
            continue
        if given := reading.own_form(data):
            proofs |= {
                f"{name}, proof {number}" if len(given) > 1 else name: value
                for number, value in enumerate(given, 1)
            }
        elif several := list(_commitments_of(data)):
            commitments |= {
                f"{name} ({row['asset']})" if len(several) > 1 else name: row for row in several
            }
        else:
            others[name] = data
    if asked.root:
        commitments[""] = {"root": asked.root.lower().removeprefix("0x")}
    for name, value in proofs.items():
        found += _of_proof(name, value, commitments)
    if not proofs:
        found += [
            LiabilityCheck(
                name, FORM, not_checked=("a commitment proves nothing alone: give a proof too",)
            )
            for name in commitments
            if name
        ]
    found += reading.check(others, asked) if others else ()
    return tuple(sorted(found, key=lambda checked: checked.file))


def _of_proof(
    name: str, value: Any, commitments: Mapping[str, Mapping[str, Any]]
) -> Iterator[LiabilityCheck]:
    """Yield the check of a proof against each commitment of its asset and cut, or alone."""
    of_its_own = [
        published
        for published in commitments.values()
        if all(
            key not in published or published[key] == value.get(key) for key in ("asset", "as_of")
        )
    ]
    if len({published["root"] for published in of_its_own}) > 1:
        yield _refused(name, "two commitments for its asset and cut are given, of two roots")
        return
    published = {key: given for one in of_its_own for key, given in one.items()} or None
    yield check_proof(name, value, published)


def _kept_key(path: Path) -> bytes:
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise LiabilitiesKeyError(f"{path} cannot be read as a key: {wrong}.") from wrong
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise LiabilitiesKeyError(
            f"Others on this machine can read {path}. Run chmod 600 {path}, and think about "
            f"whether a new key is needed."
        )
    if len(text) < 2 * HASH or len(text) % 2 or set(text.lower()) - set("0123456789abcdef"):
        raise LiabilitiesKeyError(
            f"{path} is not a key: {2 * HASH} digits of hexadecimal at least. Name a file that "
            f"does not exist yet, and a key is made."
        )
    return bytes.fromhex(text)


def _folder(trees: Path, published: Commitment) -> Path:
    return trees / published.root.hex()[:16]


def _kept(folder: Path, number: int, level: Level) -> bytes:
    """Write a level, and return its first record: the top where it is the last."""
    with (folder / f"level-{number:02}.bin").open("wb") as file:
        file.write(level.data)
    return bytes(level[0])


def _levels(folder: Path, leaves: int) -> Iterator[Level]:
    """Yield the levels on disk, mapped. Raises NoTreeError where one has another length."""
    width, number = leaves, 0
    while True:
        path = folder / f"level-{number:02}.bin"
        size = path.stat().st_size if path.is_file() else 0
        if size != width * RECORD:
            raise NoTreeError(
                f"{path} has {size:,} bytes, and {width * RECORD:,} were written. Make the tree "
                f"anew with liabilities commit."
            )
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
        yield np.frombuffer(mapped, np.uint8).reshape(width, RECORD)
        if width == 1:
            return
        width, number = (width + 1) // 2, number + 1


def _trees(trees: Path) -> Iterator[tuple[Path, Commitment]]:
    """Yield each tree in a folder with its commitment."""
    for path in sorted(trees.glob(f"*/{_COMMITMENT}")):
        given = next(_commitments_of(path.read_bytes()), None)
        if given is not None and not path.parent.name.startswith("."):
            yield (
                path.parent,
                Commitment(
                    str(given["asset"]),
                    str(given["as_of"]),
                    int(given["leaves"]),
                    int(given["total"]),
                    bytes.fromhex(given["root"]),
                ),
            )


def _commitments_of(data: bytes) -> Iterator[Mapping[str, Any]]:
    """Yield the commitments of a file: one, or all that `liabilities commit` printed."""
    try:
        value = json_document.load(data)
    except NotJsonError:
        return
    listed = value.get("commitments") if isinstance(value, dict) else None
    for row in listed if isinstance(listed, list) else [value]:
        if (published := _commitment_of(row)) is not None:
            yield published


def _commitment_of(value: Any) -> Mapping[str, Any] | None:
    """Return what a JSON value commits to, or None where it is no commitment."""
    if not isinstance(value, dict) or value.get("format") != FORM or "path" in value:
        return None
    root, leaves, total = value.get("root"), value.get("leaves"), value.get("total")
    sound = (
        isinstance(root, str)
        and len(root) == 2 * HASH
        and not set(root) - set("0123456789abcdef")
        and isinstance(leaves, int)
        and isinstance(total, str)
        and total.isascii()
        and total.isdigit()
        and isinstance(value.get("asset"), str)
        and isinstance(value.get("as_of"), str)
    )
    return (
        {key: value[key] for key in ("asset", "as_of", "leaves", "total", "root")}
        if sound
        else None
    )


def _named(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Yield each path with a name that no other has."""
    names = [path.name for path in paths]
    for path in paths:
        yield (path.name if names.count(path.name) == 1 else str(path)), path


def _refused(name: str, what: str) -> LiabilityCheck:
    return LiabilityCheck(name, "", refusals=(RowFault(name, 0, what, "Give the file again"),))
