"""Bitcoin Core's block files, `blk*.dat`, plain or scrambled with the key in `xor.dat`.

A file is a run of messages: the network's magic, a length, a block; then zeros to its end. Blocks
stand in the order they arrived, with those that were later abandoned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath

from forthwith.domain.chain import ChainRead
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.chain.bitcoin_chain import Found, chain_of
from forthwith.exports.chain.bitcoin_scripts import NETWORKS, Network
from forthwith.exports.chain.bitcoin_wire import HEADER, Header, transactions_of

_HEAD = 8
#: Bytes; the rules of consensus allow no more in a block (MAX_BLOCK_SERIALIZED_SIZE).
_LARGEST = 4_000_000
_BY_MAGIC = {network.magic: network for network in NETWORKS}
_KEY = "xor.dat"


def read(files: Sequence[tuple[str, bytes]], signing: Collection[str] | None = None) -> ChainRead:
    """Return the chain of block files, each as name and bytes; `xor.dat` among them is their key.

    Faults: no network known by its first bytes, a file of another network, bytes between blocks
    that are none, a block cut off. Of a block cut off nothing counts. Who signed is asked for the
    inputs of the addresses `signing`; None is all.
    """
    keys = {_folder(name): data for name, data in files if _base(name) == _KEY}
    faults: list[RowFault] = []
    notes: list[str] = []
    found: list[Found] = []
    network: Network | None = None
    for name, data in sorted((name, data) for name, data in files if _base(name) != _KEY):
        plain, own = _unscrambled(name, data, keys.get(_folder(name)), faults, notes)
        if own is None:
            continue
        network = network or own
        if own is not network:
            faults.append(
                RowFault(
                    name, 0, f"its blocks are of {own.chain}, those before it of {network.chain}",
                    "Import each chain by itself",
                )
            )  # fmt: skip
            continue
        found += _blocks(name, plain, data, network, faults)
    if network is None:
        return ChainRead("", "bitcoin", faults=tuple(faults), notes=tuple(notes))
    names = tuple(sorted(name for name, _ in files))
    return replace(chain_of(found, network, faults, notes, signing), files=names)


def _base(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _folder(name: str) -> str:
    return str(PurePosixPath(name.replace("\\", "/")).parent)


def _unscrambled(
    name: str, data: bytes, key: bytes | None, faults: list[RowFault], notes: list[str]
) -> tuple[bytes, Network | None]:
    """Return a file's bytes in the clear and its network; None, with a fault, where none shows."""
    if not data.strip(b"\0"):
        notes.append(f"{name} is empty")
        return b"", None
    if key and len(key) == 8 and any(key):
        clear = _xored(data, key)
        network = _network_of(clear)
        if network is not None:
            return clear, network
    network = _network_of(data)
    if network is not None:
        if key and any(key):
            notes.append(f"{name} is not scrambled, though a key stands beside it; read as it is")
        return data, network
    if key is None:
        what = "its first bytes are those of no network, as when it is scrambled with a key"
        do = f"Add the file {_KEY} from the same folder of the node"
    elif len(key) != 8:
        what = f"the key in {_KEY} has {len(key)} bytes, not 8"
        do = f"Ask for {_KEY} from the same folder of the node"
    else:
        what = f"its first bytes are those of no network, with the key in {_KEY} and without it"
        do = f"Ask for the block files and {_KEY} of one and the same folder of the node"
    faults.append(RowFault(name, 0, what, do))
    return b"", None


def _written(stored: bytes, clear: bytes) -> int:
    """Return how many bytes are zero neither as stored nor in the clear."""
    kept = stored.rstrip(b"\0")
    clear = clear[: len(kept)]
    if not clear.strip(b"\0"):
        return 0
    return sum(1 for a, b in zip(kept, clear, strict=True) if a and b)


def _xored(data: bytes, key: bytes) -> bytes:
    size = len(data)
    mask = (key * (size // len(key) + 1))[:size]
    return (int.from_bytes(data) ^ int.from_bytes(mask)).to_bytes(size)


def _network_of(data: bytes) -> Network | None:
    """Return the network whose magic stands before the first whole header, near the beginning."""
    start = len(data) - len(data.lstrip(b"\0"))
    if data[start : start + 4] in _BY_MAGIC:
        return _BY_MAGIC[data[start : start + 4]]
    for magic, network in _BY_MAGIC.items():
        at = data.find(magic)
        while at >= 0:
            header = Header(data[at + _HEAD : at + _HEAD + HEADER])
            if len(header.raw) == HEADER and 0 < header.target <= network.limit and header.worked:
                return network
            at = data.find(magic, at + 1)
    return None


def _blocks(
    name: str, data: bytes, stored: bytes, network: Network, faults: list[RowFault]
) -> Iterator[Found]:
    """Yield the blocks of one file; what lies between them that is not zero is a fault.

    Room kept for later blocks is zero as stored, whatever the key; older nodes scramble it too.
    """
    at = 0
    while 0 <= at < len(data):
        start = data.find(network.magic, at)
        end = start if start >= 0 else len(data)
        if lost := _written(stored[at:end], data[at:end]):
            faults.append(
                RowFault(
                    name, 0,
                    f"{lost} bytes at byte {at} are no block of {network.chain}, though something "
                    "stands there",
                    "Ask for the file again from the node: a block may be lost in them",
                )
            )  # fmt: skip
        if start < 0:
            return
        size = int.from_bytes(data[start + 4 : start + _HEAD], "little")
        body = start + _HEAD
        header = Header(data[body : body + HEADER])
        worked = 0 < header.target <= network.limit and header.worked
        if HEADER < size <= _LARGEST and body + size <= len(data) and worked:
            block = data[body : body + size]
            yield Found(header, name, 0, f"byte {body}", partial(transactions_of, block))
            at = body + size
            continue
        what = f"what stands at byte {body} as a block does not have the work its header claims"
        if not HEADER < size <= _LARGEST:
            what = f"the block at byte {body} claims {size} bytes, as no block has"
        elif body + size > len(data):
            what = (
                f"the block at byte {body} is cut off: {size} bytes long by its own count, and "
                f"{len(data) - body} are left"
            )
        do = "Ask for the file again from the node: what this block did is not counted"
        faults.append(RowFault(name, 0, what, do))
        at = data.find(network.magic, start + 4)
