"""Proofs of control as an exchange makes them each month: BIP-137, BIP-322 and EIP-191."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from embit import script
from embit.transaction import Transaction, TransactionInput, TransactionOutput
from embit.util import secp256k1

from forthwith.example.books import bitcoin, ethereum
from forthwith.example.books.bitcoin import Coin, Owner
from forthwith.example.books.model import DAY, Instant
from forthwith.example.books.quarter import Quarter
from forthwith.example.books.truth import told

_COLD = ("btc-cold", "eth-cold")


def proofs(quarter: Quarter, *, stale: bool) -> list[dict[str, Any]]:
    """Return a month's proofs, two days before each cut; `stale`: the first month's, and few."""
    rows: list[dict[str, Any]] = []
    for cut in quarter.cuts[:1] if stale else quarter.cuts:
        made = quarter.when(cut - 1, 22 * 60)
        block = quarter.btc.at(made)
        at = {"at": told(made), "height": block.height, "block": block.hash}
        where = f"at regtest block {block.height} {block.hash}"
        for name in ("deposit", "btc-hot", "btc-cold"):
            for owner in quarter.wallet(name)[: 3 if stale and name == "deposit" else None]:
                message = f"Northgate controls {owner.address} {where}"
                place = "btc-dep" if name == "deposit" else name
                scheme, signature = _bitcoin_signature(owner, message)
                rows.append(
                    {"place": place, "address": owner.address, "chain": bitcoin.CHAIN,
                     "scheme": scheme, "message": message, "signature": signature, **at}
                )  # fmt: skip
        height, digest = quarter.evm.at(made)
        at = {"at": told(made), "height": height, "block": digest}
        for place, address, signer in _ethereum_signers(quarter, stale=stale):
            if signer.key is None:
                continue
            message = f"Northgate controls {address} at block {height} {digest}"
            rows.append(
                {"place": place, "address": address, "signer": signer.written,
                 "chain": ethereum.CHAIN, "scheme": "eip191", "message": message,
                 "signature": ethereum.personal_signature(signer.key, message), **at}
            )  # fmt: skip
    return rows


def unproved(quarter: Quarter, rows: list[dict[str, Any]], cut: Instant) -> list[str]:
    """Return "place address" of customers' addresses without a proof in the 35 days to a cut."""
    fresh = set()
    for row in rows:
        if row["chain"] == bitcoin.CHAIN:
            mined = quarter.btc.blocks[row["height"] - 1].time
        else:
            mined = int(quarter.evm.blocks[row["height"] - 1]["timestamp"], 16)
        if cut - 35 * DAY <= mined <= cut:
            fresh.add(row["address"].lower())
    return sorted(
        f"{place.name} {address if address.startswith('bcrt') else address.lower()}"
        for place in quarter.model.places.values()
        if place.klass == "customer" and place.registered and place.chain
        for address in place.addresses
        if address.lower() not in fresh
    )


def _ethereum_signers(quarter: Quarter, *, stale: bool) -> list[tuple[str, str, ethereum.Account]]:
    accounts = quarter.accounts
    hot, cold = accounts["eth-hot"], accounts["eth-cold"]
    rows = [("eth-hot", hot.written, hot)]
    rows += [("eth-cold", cold.written, accounts[f"owner {n}"]) for n in range(2)]
    if not stale:
        rows += [
            ("eth-dep", keeper.written, keeper)
            for name, keeper in accounts.items()
            if name.startswith("deposit")
        ]
    return rows


def _bitcoin_signature(owner: Owner, message: str) -> tuple[str, str]:
    """Return scheme and signature: BIP-137 for one key, BIP-322 for two of three."""
    if owner.inner is not None:
        return "bip322-simple", _bip322(owner, message)
    text = message.encode()
    size = bytes([len(text)]) if len(text) < 0xFD else b"\xfd" + len(text).to_bytes(2, "little")
    digest = hashlib.sha256(
        hashlib.sha256(b"\x18Bitcoin Signed Message:\n" + size + text).digest()
    ).digest()
    signature = secp256k1.ecdsa_sign_recoverable(digest, owner.keys[0].secret)
    compact, parity = secp256k1.ecdsa_recoverable_signature_serialize_compact(signature)
    # 39 and above: the key of a segwit address (BIP-137).
    return "bip137", base64.b64encode(bytes([39 + parity]) + compact).decode()


def _bip322(owner: Owner, message: str) -> str:
    tag = hashlib.sha256(b"BIP0322-signed-message").digest()
    digest = hashlib.sha256(tag + tag + message.encode()).digest()
    to_spend = Transaction(
        version=0,
        vin=[TransactionInput(bytes(32), 0xFFFFFFFF, script.Script(b"\x00\x20" + digest), 0)],
        vout=[TransactionOutput(0, owner.output)],
        locktime=0,
    )
    to_sign = Transaction(
        version=0,
        vin=[TransactionInput(to_spend.txid(), 0, sequence=0)],
        vout=[TransactionOutput(0, script.Script(b"\x6a"))],
        locktime=0,
    )
    coin = Coin(to_spend.txid().hex(), 0, 0, owner)
    return base64.b64encode(bitcoin.witness(to_sign, 0, coin).serialize()).decode()
