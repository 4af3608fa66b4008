"""Messages signed for a Safe: which owners' signatures stand under one (EIP-1271, EIP-712).

A Safe has no key. Its owners sign either the message themselves, as a wallet does (EIP-191), or the
Safe's own form of it: SafeMessage(bytes message) under the Safe's domain, as its fallback handler
checks (CompatibilityFallbackHandler.sol). Whether they are owners, and enough, is for whoever knows
the Safe at that height.
"""

from __future__ import annotations

from embit.base import EmbitError
from embit.util import secp256k1

from forthwith.exports.ethereum.address import address, keccak_256

_DOMAIN = keccak_256(b"EIP712Domain(uint256 chainId,address verifyingContract)")
#: Before release 1.3.0 the domain had no chain.
_OLD_DOMAIN = keccak_256(b"EIP712Domain(address verifyingContract)")
_MESSAGE = keccak_256(b"SafeMessage(bytes message)")
_LENGTH = 65
#: Signatures beyond which no Safe has so many owners.
_MOST = 1_000


def personal_digest(message: bytes) -> bytes:
    """Return what a wallet signs of a message (EIP-191, version 0x45)."""
    return keccak_256(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)


def recovered(digest: bytes, signature: bytes) -> str:
    """Return the address whose key signed a digest, in lower case; "" where none can have.

    `signature` is r, s and v: 0, 1, 27 or 28.
    """
    if len(signature) != _LENGTH:
        return ""
    parity = signature[64] - 27 if signature[64] >= 27 else signature[64]
    if parity not in (0, 1):
        return ""
    try:
        parsed = secp256k1.ecdsa_recoverable_signature_parse_compact(signature[:64], parity)
        point = secp256k1.ec_pubkey_serialize(
            secp256k1.ecdsa_recover(parsed, digest), secp256k1.EC_UNCOMPRESSED
        )
    except (EmbitError, ValueError, RuntimeError):
        return ""
    return "0x" + keccak_256(bytes(point[1:]))[-20:].hex()


def digests(message: str, safe: str, chain_id: int | None) -> tuple[bytes, ...]:
    """Return every digest owners of a Safe may sign for a message.

    The message itself, and the Safe's form of it, over the message or (as its own page does) over
    the message's EIP-191 digest. Without the number of the chain, the forms that name it are out.
    """
    plain = personal_digest(message.encode())
    found = [plain]
    domains = [keccak_256(_OLD_DOMAIN + _padded(safe))]
    if chain_id is not None:
        domains.append(keccak_256(_DOMAIN + chain_id.to_bytes(32, "big") + _padded(safe)))
    for domain in domains:
        for content in (plain, message.encode()):
            struct = keccak_256(_MESSAGE + keccak_256(content))
            found.append(keccak_256(b"\x19\x01" + domain + struct))
    return tuple(found)


def signers(message: str, signature: str, safe: str, chain_id: int | None) -> tuple[str, ...]:
    """Return whose signatures over the message a text of hexadecimals holds, each once.

    Several signatures of 65 bytes stand one after the other, as a Safe takes them; v above 30 is a
    signature over the digest's own EIP-191 digest. Contracts' own signatures (v = 0) and approvals
    on the chain (v = 1) say nothing here. An answer without signers means that none could be read.
    Who comes out of one digest by chance is owner of nothing: only one who is owner counts.
    """
    try:
        raw = bytes.fromhex(signature.strip().removeprefix("0x"))
    except ValueError:
        return ()
    if not address(safe) or not raw or len(raw) % _LENGTH or len(raw) > _MOST * _LENGTH:
        return ()
    candidates = digests(message, address(safe), chain_id)
    found: dict[str, None] = {}
    for start in range(0, len(raw), _LENGTH):
        part = raw[start : start + _LENGTH]
        for digest in candidates:
            if part[64] > 30:
                wrapped = keccak_256(b"\x19Ethereum Signed Message:\n32" + digest)
                owner = recovered(wrapped, part[:64] + bytes([part[64] - 4]))
            else:
                owner = recovered(digest, part)
            if owner:
                found[owner] = None
    return tuple(found)


def _padded(safe: str) -> bytes:
    return bytes(12) + bytes.fromhex(safe[2:])
