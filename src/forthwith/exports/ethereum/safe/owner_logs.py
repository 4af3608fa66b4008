"""Logs of a Safe that say who may sign for it.

They are SafeSetup, AddedOwner, RemovedOwner and ChangedThreshold (Safe.sol, OwnerManager.sol).
Releases 1.3.0 and later log their setup, and 1.4.1 has the owner as a topic where earlier ones
have it as data. Earlier setups leave no log: their owners are not known so.
"""

from __future__ import annotations

from collections.abc import Sequence

from forthwith.domain.chain import SafeChange
from forthwith.exports.ethereum.address import keccak_256

_WORD = 32
#: Owners beyond which a log is no setup of a Safe; a hostile length costs no more than this.
_MOST_OWNERS = 10_000


def _topic(signature: str) -> str:
    return "0x" + keccak_256(signature.encode()).hex()


SETUP = _topic("SafeSetup(address,address[],uint256,address,address)")
ADDED = _topic("AddedOwner(address)")
REMOVED = _topic("RemovedOwner(address)")
THRESHOLD = _topic("ChangedThreshold(uint256)")
TOPICS = frozenset((SETUP, ADDED, REMOVED, THRESHOLD))


def safe_change(
    safe: str, topics: Sequence[str], data: str, height: int, order: tuple[int, int]
) -> SafeChange | None:
    """Return what a log changes; None where it is no such log, or not in the shape of one.

    `safe` is the address that logged; topics and data are hexadecimal as in a receipt.
    """
    if not topics or (topic := topics[0].lower()) not in TOPICS:
        return None
    words = _words(data)
    if words is None:
        return None
    safe = safe.lower()
    if topic == THRESHOLD:
        return SafeChange(safe, height, order, "threshold", (), words[0]) if words else None
    if topic == SETUP:
        # owners (offset), threshold, initializer, handler; then the list: its length, its owners.
        if len(words) < 4 or words[0] % _WORD or (start := words[0] // _WORD) >= len(words):
            return None
        count = words[start]
        owners = words[start + 1 : start + 1 + min(count, _MOST_OWNERS)]
        if len(owners) != count:
            return None
        return SafeChange(safe, height, order, "setup", tuple(map(_address, owners)), words[1])
    owner = topics[1] if len(topics) > 1 else f"0x{words[0]:064x}" if words else ""
    if len(owner) < 42:
        return None
    kind = "owner added" if topic == ADDED else "owner removed"
    return SafeChange(safe, height, order, kind, ("0x" + owner[-40:].lower(),))


def _words(data: str) -> list[int] | None:
    try:
        raw = bytes.fromhex(data.removeprefix("0x"))
    except ValueError:
        return None
    return [int.from_bytes(raw[at : at + _WORD], "big") for at in range(0, len(raw), _WORD)]


def _address(word: int) -> str:
    return f"0x{word & (1 << 160) - 1:040x}"
