"""Proofs of control: whether a signature over a message is that of an address.

Bitcoin: BIP-322 simple and full, legacy signed messages (BIP-137). Ethereum: EIP-191 as wallets
make it (personal_sign). What cannot be checked is never called wrong, and the reverse. BIP-322 and
EIP-191 need the extra `proofs`.
"""

from __future__ import annotations

import base64
import binascii
import re

from embit import ec, script
from embit.base import EmbitError
from embit.util import secp256k1

from forthwith.exports.bitcoin import signed_message
from forthwith.exports.ethereum import signed_message as ethereum_messages
from forthwith.exports.proof_results import NotChecked, NotVerified, Result, Verified

__all__ = ["NotChecked", "NotVerified", "Result", "Verified", "verify"]

_LONGEST = 1 << 20
_LONGEST_ADDRESS = 120
_BIP_322 = {"smp": "simple", "ful": "full", "pof": "proof of funds"}


def verify(address: str, message: str, signature: str) -> Result:
    """Say whether `signature` over `message` proves control of `address`.

    The message is the text as signed, to the last space. Signatures as wallets show them: base64
    (with or without the prefix of BIP-322) or hexadecimal for Ethereum.
    """
    address, signature = address.strip(), signature.strip()
    if max(map(len, (address, message, signature))) > _LONGEST:
        return NotChecked(f"one of the three is longer than {_LONGEST} characters")
    if any("\ud800" <= sign <= "\udfff" for sign in address + message + signature):
        return NotChecked("one of the three is not whole text (a lone surrogate)")
    if not signature:
        return NotVerified("there is no signature")
    if re.fullmatch(r"0[xX][0-9a-fA-F]*", address):
        return ethereum_messages.verify(address, message, signature)
    return _bitcoin(address, message, signature)


def _bitcoin(address: str, message: str, signature: str) -> Result:
    try:
        if len(address) > _LONGEST_ADDRESS:
            raise ValueError
        output = script.address_to_scriptpubkey(address)
    except (EmbitError, ValueError, KeyError, IndexError, TypeError, AssertionError):
        output = None
    if output is None or output.script_type() is None:
        return NotVerified("the address is not one of Bitcoin's or Ethereum's, or is damaged")
    form = _BIP_322.get(signature[:3], "")
    try:
        raw = base64.b64decode(signature[3:] if form else signature, validate=True)
    except (binascii.Error, ValueError):
        return NotVerified("the signature is not base64")
    if not form and len(raw) == 65:
        return _legacy(output, message, raw)
    if form == "proof of funds":
        return NotChecked("a proof of funds (BIP-322) speaks of coins, which need the chain")
    if form == "full":
        return signed_message.full(address, output.data, message, raw)
    return signed_message.simple(address, output.data, message, raw)


def _legacy(output: script.Script, message: str, raw: bytes) -> Result:
    """Recover the key from a compact signature; its first byte says how the key was written."""
    if not 27 <= raw[0] <= 42:
        return NotVerified("the signature's first byte is not that of a signed message (BIP-137)")
    try:
        compact = secp256k1.ecdsa_recoverable_signature_parse_compact(raw[1:], raw[0] - 27 & 3)
        point = secp256k1.ecdsa_recover(compact, signed_message.legacy_digest(message))
        key = ec.PublicKey(point, compressed=raw[0] >= 31)
        candidates = _outputs(key)
    except (EmbitError, ValueError, RuntimeError):
        return NotVerified("no key can have made the signature")
    if output.data in candidates:
        return Verified("Bitcoin signed message (BIP-137)")
    if output.script_type() not in ("p2pkh", "p2sh", "p2wpkh"):
        return NotVerified("such an address signs by BIP-322; this is the old form")
    if output.script_type() == "p2sh":
        return NotVerified(
            "the key that signed is not that of the address; if a script is behind it, the old "
            "form of signature cannot speak for it"
        )
    return NotVerified("the key that signed is not that of the address, or the message differs")


def _outputs(key: ec.PublicKey) -> frozenset[bytes]:
    """Return the outputs a single key may stand behind; segwit takes compressed keys only."""
    scripts = [script.p2pkh(key)]
    if key.compressed:
        inner = script.p2wpkh(key)
        scripts += [inner, script.p2sh(inner)]
    return frozenset(bytes(output.data) for output in scripts)
