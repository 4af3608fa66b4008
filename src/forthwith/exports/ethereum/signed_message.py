"""Ethereum signed messages over `eth-account`: EIP-191 as wallets make it, and EIP-712.

Of EIP-191 it is version 0x45, personal_sign. A message in EIP-712 is its JSON: types, domain,
primaryType and message.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from forthwith.exports.ethereum import address as ethereum_address
from forthwith.exports.proof_results import NotChecked, NotVerified, Result, Verified, missing
from forthwith.plain import json_document


def libraries() -> tuple[Any, Any]:
    """Return `eth_account.Account` and its module of messages. Raises ImportError.

    A library below eth-account raises Python's limit on recursion to 100,000 for the whole
    process when imported, and then JSON nested so deep kills the process instead of being a fault.
    """
    limit = sys.getrecursionlimit()
    try:
        from eth_account import Account, messages
    finally:
        sys.setrecursionlimit(limit)
    return Account, messages


def verify(address: str, message: str, signature: str) -> Result:
    """Recover who signed, and compare; the address's own checksum (EIP-55) must fit."""
    try:
        account, messages = libraries()
    except ImportError:
        return missing("eth-account")
    if not (plain := ethereum_address.address(address)):
        return NotVerified("the address is not one of Ethereum's: 0x and 40 hexadecimals")
    if ethereum_address.misspelt(address):
        return NotVerified("the address is mistyped: its capitals do not fit (EIP-55)")
    if not re.fullmatch(r"(?:0x)?(?:[0-9a-fA-F]{2})+", signature):
        return NotVerified("the signature is not in hexadecimal")
    raw = _whole(bytes.fromhex(signature.removeprefix("0x")))
    if len(raw) != 65:
        return NotChecked(
            f"the signature has {len(raw)} bytes: that of a contract (EIP-1271) needs the chain"
        )
    if plain in {_signer(account, reading, raw) for reading in _readings(messages, message)}:
        return Verified("Ethereum signed message (EIP-191)")
    if (typed := _typed(messages, message)) and plain == _signer(account, typed, raw):
        return Verified("Ethereum typed data (EIP-712)")
    return NotVerified(
        "another key signed, or the message differs; if the address is a contract, only the chain "
        "can tell (EIP-1271)"
    )


def _whole(raw: bytes) -> bytes:
    """Write a compact signature out (EIP-2098): the top bit of s is the parity."""
    if len(raw) != 64:
        return raw
    s = int.from_bytes(raw[32:], "big")
    return raw[:32] + (s & ~(1 << 255)).to_bytes(32, "big") + bytes([27 + (s >> 255)])


def _readings(messages: Any, message: str) -> list[Any]:
    """Return the message as text and, where it is 0x…, as the bytes it may stand for."""
    readings = [messages.encode_defunct(text=message)]
    if re.fullmatch(r"0x(?:[0-9a-fA-F]{2})+", message):
        readings.append(messages.encode_defunct(hexstr=message))
    return readings


def typed_data(message: str) -> dict[str, Any] | None:
    """Return a message of EIP-712 read from its JSON; None where it is none."""
    if not message.lstrip().startswith("{"):
        return None
    try:
        value = json_document.load(message)
    except json_document.NotJsonError:
        return None
    keys = ("types", "domain", "primaryType", "message")
    return value if isinstance(value, dict) and all(key in value for key in keys) else None


def _typed(messages: Any, message: str) -> Any:
    if (value := typed_data(message)) is None:
        return None
    try:
        return messages.encode_typed_data(full_message=value)
    except Exception:  # noqa: BLE001 - several libraries below, each with errors of its own
        return None


def _signer(account: Any, message: Any, raw: bytes) -> str:
    try:
        return str(account.recover_message(message, signature=raw)).lower()
    except Exception:  # noqa: BLE001 - several libraries below, each with errors of its own
        return ""
