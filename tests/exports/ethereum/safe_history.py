"""The past of a Safe as its transaction service tells it: sound, and then one thing is broken."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from eth_abi import encode
from eth_hash.auto import keccak
from eth_utils import to_checksum_address

from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.exports.ethereum.safe.lift import lift
from forthwith.exports.options import ImportOptions

NOBODY = "0x" + "0" * 40
SENTINEL = "0x" + "0" * 39 + "1"
#: Deployments of the releases (safe-deployments): code, handler, batches, libraries.
SINGLETON = {
    "1.0.0": "0xb6029EA3B2c51D09a50B53CA8012FeEB05bDa35A",
    "1.1.1": "0x34CfAC646f301356fAa8B21e94227e3583Fe3F5F",
    "1.3.0": "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552",
    "1.4.1": "0x41675C099F32341bf84BFc5382aF534df5C7461a",
    "1.4.1+L2": "0x29fcB43b46531BcA003ddC8FCB67FFE91900C762",
    "1.5.0": "0xFf51A5898e281Db6DfC7855790607438dF2ca44b",
}
HANDLER = "0xfd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99"
MULTI_SEND = "0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526"
MULTI_SEND_1_5 = "0x218543288004CD07832472D464648173c77D7eB7"
SIGN_MESSAGE = "0xd53cd0aB83D845Ac265BE939c57F53AD838012c9"
SIMULATE = "0x3d4BA2E0884aa488718476ca2FB8Efc291A46199"
MIGRATION = "0x526643F69b81B008F46d95CD5ced5eC0edFFDaC6"
MODULE_SETUP = "0x2dd68b007B46fBe91B9A7c3EDa5A7a1063cB5b47"
BIRTH = datetime(2023, 1, 1, 12, tzinfo=UTC)


def place(number: int) -> str:
    """An address with letters in it, as a service writes it."""
    return to_checksum_address("0x" + keccak(number.to_bytes(4, "big")).hex()[:40])


def low(number: int) -> str:
    return place(number).lower()


SAFE = place(0)


def call(signature: str, *values: Any) -> bytes:
    """Call data as a contract's own compiler would have it."""
    kinds = signature.partition("(")[2].removesuffix(")").split(",")
    return keccak(signature.encode())[:4] + encode([kind for kind in kinds if kind], values)


def add(owner: int, threshold: int) -> bytes:
    return call("addOwnerWithThreshold(address,uint256)", place(owner), threshold)


def remove(owner: int, threshold: int) -> bytes:
    return call("removeOwner(address,address,uint256)", SENTINEL, place(owner), threshold)


def swap(old: int, new: int) -> bytes:
    return call("swapOwner(address,address,address)", SENTINEL, place(old), place(new))


def threshold(number: int) -> bytes:
    return call("changeThreshold(uint256)", number)


def enable(module: int) -> bytes:
    return call("enableModule(address)", place(module))


def disable(module: int) -> bytes:
    return call("disableModule(address,address)", SENTINEL, place(module))


def batch(*calls: tuple[int, str, bytes]) -> bytes:
    """MultiSend's packed calls: operation, to, value, length, data."""
    packed = b"".join(
        bytes([operation])
        + bytes.fromhex(to[2:])
        + bytes(32)
        + len(data).to_bytes(32, "big")
        + data
        for operation, to, data in calls
    )
    return call("multiSend(bytes)", packed)


def at(days: int, seconds: int = 0) -> str:
    """An instant so many days after the Safe's birth, as rows write it."""
    when = BIRTH + timedelta(days, seconds)
    text = when.isoformat(timespec="seconds" if when.second else "minutes")
    return text.replace("+00:00", "Z")


class PastBuilder:
    """A sound 2 of 3 of release 1.4.1, born on 2023-01-01 at noon; changed call by call."""

    def __init__(self, version: str = "1.4.1", **setup: Any) -> None:
        self.version = version
        self.owners, self.threshold = [1, 2, 3], 2
        self.modules: list[int] = []
        self.transactions: list[dict[str, Any]] = []
        self.info: dict[str, Any] = {
            "address": SAFE,
            "nonce": 0,
            "threshold": 2,
            "owners": [place(n) for n in self.owners],
            "masterCopy": SINGLETON[version],
            "modules": [],
            "fallbackHandler": HANDLER,
            "guard": NOBODY,
            "version": version,
        }
        values = {
            "owners": [place(n) for n in self.owners],
            "threshold": 2,
            "to": NOBODY,
            "data": b"",
            "handler": HANDLER,
            **setup,
        }
        data = call(
            "setup(address[],uint256,address,bytes,address,address,uint256,address)",
            *values.values(), NOBODY, 0, NOBODY,
        )  # fmt: skip
        self.creation: dict[str, Any] | None = {
            "created": at(0),
            "creator": place(80),
            "transactionHash": "0x" + "11" * 32,
            "factoryAddress": "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67",
            "masterCopy": SINGLETON[version],
            "setupData": "0x" + data.hex(),
            "dataDecoded": None,
        }
        self.day = 0

    def after(self, days: int) -> PastBuilder:
        """Let days pass."""
        self.day += days
        return self

    def sent(self, data: bytes, to: str = SAFE, operation: int = 0, **changed: Any) -> PastBuilder:
        """A transaction of the owners on the day."""
        nonce = self.info["nonce"]
        self.info["nonce"] = nonce + 1
        self.transactions.append(
            {
                "safe": SAFE,
                "to": to,
                "value": "0",
                "data": "0x" + data.hex() if data else None,
                "operation": operation,
                "nonce": nonce,
                "executionDate": at(self.day),
                "blockNumber": 1000 + self.day,
                "safeTxHash": "0x" + f"{nonce:064x}",
                "isExecuted": True,
                "isSuccessful": True,
                "dataDecoded": None,
                "txType": "MULTISIG_TRANSACTION",
                "transfers": [],
                **changed,
            }
        )
        return self

    def by_module(
        self, data: bytes, to: str = SAFE, operation: int = 0, **changed: Any
    ) -> PastBuilder:
        """A transaction of a module on the day."""
        self.transactions.append(
            {
                "safe": SAFE,
                "module": place(7),
                "to": to,
                "value": "0",
                "data": "0x" + data.hex(),
                "operation": operation,
                "executionDate": at(self.day),
                "blockNumber": 1000 + self.day,
                "isSuccessful": True,
                "transactionHash": "0x" + f"{len(self.transactions):064x}",
                "moduleTransactionId": f"i{len(self.transactions)}",
                "dataDecoded": None,
                "txType": "MODULE_TRANSACTION",
                "transfers": [],
                **changed,
            }
        )
        return self

    def now(self, **state: Any) -> PastBuilder:
        """What the service says the Safe is in the end, numbers for addresses."""
        for key, value in state.items():
            if key in ("owners", "modules"):
                value = [place(n) for n in value]
            self.info[key] = place(value) if key == "guard" and isinstance(value, int) else value
        return self

    def files(self) -> list[tuple[str, bytes]]:
        """The three answers, transactions newest first as the service lists them."""
        results = self.transactions[::-1]
        page = {"count": len(results), "next": None, "previous": None, "results": results}
        bodies = {
            "safe.json": self.info,
            "creation.json": self.creation,
            "all-transactions.json": page,
        }
        return [(name, json.dumps(body).encode()) for name, body in bodies.items() if body]

    def lifted(self, start: str = "", end: str = "") -> Lifted:
        return lift(self.files(), ImportOptions(Stamp(start, end)))


def cells(found: Lifted, table: str) -> list[dict[str, str]]:
    return [dict(row.cells) for row in found.rows if row.table == table]


def signing(found: Lifted) -> list[tuple[str, str, str]]:
    """(from, to, formula) of the owners' path where it is certain, oldest first, ids shortened."""
    names = {f"key:{low(n)}": str(n) for n in range(30)}
    rows = []
    for row in cells(found, "policies"):
        if row["path"] == "signing" and not row["scope"]:
            text = row["formula"]
            for name, short in names.items():
                text = text.replace(name, short)
            count, _, parts = text.partition(" of ")
            if parts:
                text = f"{count} of " + " ".join(sorted(parts.strip("()").split(", ")))
            rows.append((row["from"], row["to"], text))
    return sorted(rows)


def opened(found: Lifted) -> list[tuple[str, str]]:
    """(from, to) of the signing paths left open because something is unread."""
    return sorted(
        (row["from"], row["to"])
        for row in cells(found, "policies")
        if row["formula"].startswith("unread:") and row["path"] == "signing"
    )
