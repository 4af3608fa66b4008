"""What one transaction of a Safe changes in who controls it, read from its call data.

A Safe changes owners, threshold, modules, guards, handler and singleton only when it calls itself
(`authorized`, SelfAuthorized.sol), or when it lends its storage to other code (a delegate call).
Delegate calls to the libraries of the releases are followed into; after any other, nothing of the
Safe's state is certain. Which functions a release knows is for `replay` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forthwith.exports.ethereum.address import NOBODY, address
from forthwith.exports.ethereum.safe.releases import CONTRACTS, target_of_migration
from forthwith.plain import json_values as js

#: Release 1.0.0 alone knows CREATE: a new contract is not the Safe and changes nothing of it.
CALL, DELEGATE_CALL, CREATE = 0, 1, 2

#: Selector (first four bytes of Keccak-256 of the signature) to name and kinds of arguments.
SIGNATURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "0d582f13": ("addOwnerWithThreshold", ("address", "uint256")),
    "f8dc5dd9": ("removeOwner", ("address", "address", "uint256")),
    "e318b52b": ("swapOwner", ("address", "address", "address")),
    "694e80c3": ("changeThreshold", ("uint256",)),
    "610b5925": ("enableModule", ("address",)),
    "e009cfde": ("disableModule", ("address", "address")),
    "e19a9dd9": ("setGuard", ("address",)),
    "e068df37": ("setModuleGuard", ("address",)),
    "f08a0323": ("setFallbackHandler", ("address",)),
    "7de7edef": ("changeMasterCopy", ("address",)),
    "8d80ff0a": ("multiSend", ("bytes",)),
    "b63e800d": ("setup", ("address[]", "uint256", "address", "bytes", "address", "address",
                           "uint256", "address")),
    "a97ab18a": ("setup", ("address[]", "uint256", "address", "bytes", "address", "uint256",
                           "address")),
    "8d0dc49f": ("enableModules", ("address[]",)),
    "fe51f643": ("setupToL2", ("address",)),
    "f6682ab0": ("migrateSingleton", ()),
    "07f464a4": ("migrateL2Singleton", ()),
    "ed007fc6": ("migrateWithFallbackHandler", ()),
    "68cb3d94": ("migrateL2WithFallbackHandler", ()),
    "ef2624ae": ("migrateToL2", ("address",)),
    "d9a20812": ("migrateFromV111", ("address", "address")),
    "1c5fb211": ("simulate", ("address", "uint256", "bytes", "uint8")),
    "6a761202": ("execTransaction", ("address", "uint256", "bytes", "uint8", "uint256", "uint256",
                                     "uint256", "address", "address", "bytes")),
    "468721a7": ("execTransactionFromModule", ("address", "uint256", "bytes", "uint8")),
    "5229073f": ("execTransactionFromModuleReturnData", ("address", "uint256", "bytes", "uint8")),
}  # fmt: skip
#: Called by a Safe on itself, these run a further call that its own entry does not spell out.
_FURTHER = frozenset(
    ("execTransaction", "execTransactionFromModule", "execTransactionFromModuleReturnData", "setup")
)
#: Libraries that, lent a Safe's storage, change nothing of who controls it.
_HARMLESS = frozenset(("SignMessageLib", "CreateCall"))
#: From this release on, MultiSend takes the zero address for the Safe itself.
_ZERO_IS_SELF = (1, 5, 0)
_DEEPEST, _MOST = 16, 100_000
_WORD = 32


class NotACallError(ValueError):
    """Call data does not follow its own signature."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change, or (`what` is "anything") that nothing can be said of the state afterwards.

    `what` is one of: add_owner, remove_owner, swap_owner, threshold, enable_module,
    disable_module, guard, module_guard, handler, singleton, anything.
    """

    what: str
    #: The address that is added, removed or set; of a swap, the one that goes.
    place: str = ""
    #: Of a swap, the one that comes.
    other: str = ""
    threshold: int = 0
    #: Of "anything": why, in words without comma or semicolon.
    why: str = ""
    #: Function of the Safe, for what only some releases have.
    function: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A named function and its arguments: addresses in lower case, numbers, bytes, lists."""

    name: str
    arguments: tuple[Any, ...]


def changes(safe: str, to: str, operation: int, data: bytes, depth: int = 0) -> tuple[Change, ...]:
    """Return what this call of the Safe at `safe` changes; all addresses in lower case."""
    return tuple(_of(safe, to, operation, data, depth))


def _of(safe: str, to: str, operation: int, data: bytes, depth: int) -> Iterator[Change]:
    if depth > _DEEPEST:
        yield Change("anything", why="its batch nests too deep to be read")
    elif operation == CALL:
        if to == safe:
            yield from _of_itself(data)
    elif operation == DELEGATE_CALL:
        yield from delegated(safe, to, data, depth)
    elif operation != CREATE:
        yield Change("anything", why=f"its operation {operation} is none of a Safe")


def _of_itself(data: bytes) -> Iterator[Change]:
    try:
        call = read(data)
    except NotACallError as wrong:
        # Solidity's decoder would have refused it; that the service calls it done is the doubt.
        yield Change("anything", why=f"a call to itself does not read ({wrong})")
        return
    if call is not None:
        yield from own(call)


#: What each function of a Safe changes, by its arguments.
_OWN: dict[str, Callable[[Sequence[Any]], Change]] = {
    "addOwnerWithThreshold": lambda given: Change("add_owner", given[0], threshold=given[1]),
    "removeOwner": lambda given: Change("remove_owner", given[1], threshold=given[2]),
    "swapOwner": lambda given: Change("swap_owner", given[1], given[2]),
    "changeThreshold": lambda given: Change("threshold", threshold=given[0]),
    "enableModule": lambda given: Change("enable_module", given[0]),
    "disableModule": lambda given: Change("disable_module", given[1]),
    "setGuard": lambda given: Change("guard", given[0]),
    "setModuleGuard": lambda given: Change("module_guard", given[0]),
    "setFallbackHandler": lambda given: Change("handler", given[0]),
    "changeMasterCopy": lambda given: Change("singleton", given[0]),
}


def own(call: Call) -> Iterator[Change]:
    """Yield what a Safe's call of its own function changes."""
    if call.name in _OWN:
        yield replace(_OWN[call.name](call.arguments), function=call.name)
    elif call.name in _FURTHER:
        yield Change("anything", why=f"it calls its own {call.name}", function=call.name)


def delegated(safe: str, to: str, data: bytes, depth: int = 0) -> Iterator[Change]:
    """Yield what code at `to` does when the Safe lends it its storage."""
    contract = CONTRACTS.get(to)
    if contract is None:
        yield Change("anything", why=f"a delegate call ran the code of {to} which is no release's")
        return
    if contract.name in _HARMLESS:
        return
    try:
        call = read(data)
    except NotACallError as wrong:
        yield Change("anything", why=f"a delegate call to {to} does not read ({wrong})")
        return
    if call is None or call.name not in _LIBRARIES.get(contract.name, ()):
        why = f"a delegate call to {contract.name} at {to} is none that is known here"
        yield Change("anything", why=why)
    elif call.name == "multiSend":
        zero = safe if contract.release >= _ZERO_IS_SELF else NOBODY
        yield from _batch(safe, call.arguments[0], zero, depth)
    elif call.name == "simulate":
        target, _, inner, operation = call.arguments
        yield from _of(safe, target, operation, inner, depth + 1)
    else:
        yield from _by_library(to, call)


#: Functions of the releases' libraries that are followed into.
_LIBRARIES: dict[str, tuple[str, ...]] = {
    "MultiSend": ("multiSend",),
    "MultiSendCallOnly": ("multiSend",),
    "SimulateTxAccessor": ("simulate",),
    "SafeMigration": (
        "migrateSingleton",
        "migrateL2Singleton",
        "migrateWithFallbackHandler",
        "migrateL2WithFallbackHandler",
    ),
    "SafeToL2Migration": ("migrateToL2", "migrateFromV111"),
    "SafeToL2Setup": ("setupToL2",),
    "SafeModuleSetup": ("enableModules",),
}


def _by_library(library: str, call: Call) -> Iterator[Change]:
    """Yield what libraries that set code, handler and modules do."""
    name, given = call.name, call.arguments
    if name == "enableModules":
        for module in given[0]:
            yield Change("enable_module", module, function=name)
    elif given:
        yield Change("singleton", given[0], function=name)
        if len(given) > 1:
            yield Change("handler", given[1], function=name)
    else:
        singleton, handler = target_of_migration(library, l2="L2" in name)
        yield Change("singleton", singleton, function=name)
        if name.endswith("FallbackHandler"):
            yield Change("handler", handler, function=name)


def _batch(safe: str, packed: bytes, zero: str, depth: int) -> Iterator[Change]:
    """Yield the changes of MultiSend's packed calls: operation, to, value, length, data."""
    at = count = 0
    while at < len(packed):
        head = packed[at : at + 85]
        size = int.from_bytes(head[53:85], "big")
        count += 1
        if len(head) < 85 or at + 85 + size > len(packed) or count > _MOST:
            yield Change("anything", why="a batch of MultiSend ends in the middle of a call")
            return
        to = "0x" + head[1:21].hex()
        inner = packed[at + 85 : at + 85 + size]
        yield from _of(safe, zero if to == NOBODY else to, head[0], inner, depth + 1)
        at += 85 + size


def read(data: bytes) -> Call | None:
    """Read call data; None where it calls no function known here. Raises NotACallError."""
    known = SIGNATURES.get(data[:4].hex())
    if known is None:
        return None
    name, kinds = known
    body = data[4:]
    return Call(name, tuple(_argument(body, at, kind) for at, kind in enumerate(kinds)))


def _argument(body: bytes, at: int, kind: str) -> Any:
    if kind == "address":
        return _address(_word(body, at * _WORD))
    if kind.startswith("uint"):
        return int.from_bytes(_word(body, at * _WORD), "big")
    start = int.from_bytes(_word(body, at * _WORD), "big")
    size = int.from_bytes(_word(body, start), "big")
    if kind == "bytes":
        found = body[start + _WORD : start + _WORD + size]
        if len(found) < size:
            raise NotACallError("it ends in the middle of an argument")
        return found
    if size > len(body) // _WORD:
        raise NotACallError("it ends in the middle of a list")
    return tuple(_address(_word(body, start + _WORD * (1 + n))) for n in range(size))


def _word(body: bytes, at: int) -> bytes:
    word = body[at : at + _WORD]
    if len(word) < _WORD:
        raise NotACallError("it ends in the middle of an argument")
    return word


def _address(word: bytes) -> str:
    # Releases before the ABI coder of 0.8 drop what stands before the twenty bytes.
    return "0x" + word[12:].hex()


def decoded(value: Any) -> Call | None:
    """Return the call that the service's own `dataDecoded` names; None where it is none known.

    Raises NotACallError.
    """
    record = js.record(value)
    name, given = js.text(record.get("method")), js.records(record.get("parameters"))
    shapes = [kinds for known, kinds in SIGNATURES.values() if known == name]
    if not shapes:
        return None
    kinds = next((kinds for kinds in shapes if len(kinds) == len(given)), None)
    if kinds is None:
        raise NotACallError(f"{name} has {len(given)} parameters")
    pairs = zip(given, kinds, strict=True)
    return Call(name, tuple(_decoded(part.get("value"), kind) for part, kind in pairs))


def _decoded(value: Any, kind: str) -> Any:
    if kind == "address" and (place := address(value)):
        return place
    if kind == "address[]" and isinstance(value, list):
        places = tuple(map(address, value))
        if all(places):
            return places
    if kind.startswith("uint") and (number := whole(value)) is not None:
        return number
    if kind == "bytes" and (data := hexadecimal(value)) is not None:
        return data
    raise NotACallError(f"a parameter is no {kind}")


def encoded(call: Call) -> bytes:
    """Return the call data of a call read from `dataDecoded`, so that both are read one way."""
    known = [(key, kinds) for key, (name, kinds) in SIGNATURES.items() if name == call.name]
    key, kinds = next(pair for pair in known if len(pair[1]) == len(call.arguments))
    heads, tail = [], b""
    for value, kind in zip(call.arguments, kinds, strict=True):
        if kind == "address":
            heads.append(bytes.fromhex(value[2:]).rjust(_WORD, b"\0"))
        elif kind.startswith("uint"):
            heads.append(value.to_bytes(_WORD, "big"))
        else:
            heads.append((len(kinds) * _WORD + len(tail)).to_bytes(_WORD, "big"))
            tail += _tail(value)
    return bytes.fromhex(key) + b"".join(heads) + tail


def _tail(value: bytes | Sequence[str]) -> bytes:
    if isinstance(value, bytes):
        return len(value).to_bytes(_WORD, "big") + value + bytes(-len(value) % _WORD)
    places = b"".join(bytes.fromhex(place[2:]).rjust(_WORD, b"\0") for place in value)
    return len(value).to_bytes(_WORD, "big") + places


def hexadecimal(value: object) -> bytes | None:
    """Return the bytes of "0x…"; None where it is no such text."""
    if not isinstance(value, str) or not value.startswith("0x"):
        return None
    try:
        return bytes.fromhex(value[2:])
    except ValueError:
        return None


def whole(value: object) -> int | None:
    """Return a whole number that fits a word of the chain, written as number or text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 79:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 256:
        return value
    return None
