"""A local Ethereum chain for tests: anvil, its JSON-RPC, and Safe contracts on it.

Packages are pinned in `node/` beside this file and installed once into the temporary folder.
Everything is spoken by hand, so that nothing under test is also the judge.
"""

from __future__ import annotations

import json
import platform
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

from tests.npm import NotInstalledError, installed

HERE = Path(__file__).parent / "node"
NOBODY = "0x" + "0" * 40
#: keccak256("guard_manager.guard.address"), where a Safe keeps its guard.
GUARD_SLOT = "0x" + keccak(b"guard_manager.guard.address").hex()


class RefusedError(Exception):
    """The chain refused a call; the text has the contract's own code, such as GS020."""


def modules() -> Path:
    """Return a folder with the pinned packages, or skip."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the pinned anvil is for Linux on x86-64")
    try:
        return installed(HERE)
    except NotInstalledError as reason:
        pytest.skip(str(reason))


def word(value: int | str) -> str:
    """One ABI word: a number, or an address."""
    number = int(value, 16) if isinstance(value, str) else value
    return f"{number:064x}"


def tail(data: str) -> str:
    """ABI bytes: the length, then the bytes in whole words."""
    return word(len(data) // 2) + data + "0" * (-len(data) % 64)


class Chain:
    """JSON-RPC to one anvil."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, method: str, *params: Any) -> Any:
        """Call a method. Raises RefusedError with the node's words."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        call = urllib.request.Request(
            self._url, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(call, timeout=10) as reply:
            said = json.load(reply)
        if "error" in said:
            raise RefusedError(json.dumps(said["error"]))
        return said["result"]

    def send(self, sender: str, to: str, data: str = "", value: int = 0) -> dict[str, Any]:
        """Send a transaction and return its receipt. Raises RefusedError."""
        body = {"from": sender, "data": "0x" + data, "value": hex(value)}
        body = {**body, "to": to} if to else body
        # Asked first, because only a call says with which code the contract refuses.
        self.ask("eth_call", body, "latest")
        number = self.ask("eth_sendTransaction", body)
        while (receipt := self.ask("eth_getTransactionReceipt", number)) is None:
            time.sleep(0.01)
        if receipt["status"] != "0x1":
            raise RefusedError(number)
        return receipt

    def read(self, to: str, data: str) -> list[str]:
        """Call without a transaction; return the words of the answer."""
        said = self.ask("eth_call", {"to": to, "data": "0x" + data}, "latest")[2:]
        return [said[at : at + 64] for at in range(0, len(said), 64)]

    def balance(self, place: str) -> int:
        return int(self.ask("eth_getBalance", place, "latest"), 16)


@contextmanager
def running(modules: Path) -> Iterator[Chain]:
    """Run anvil on a free port of this machine alone, and stop that very process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    binary = modules / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    arguments = ["--host", "127.0.0.1", "--port", str(port), "--silent"]
    process = subprocess.Popen([binary, *arguments], stdout=subprocess.DEVNULL)
    try:
        yield _ready(Chain(f"http://127.0.0.1:{port}"), process)
    finally:
        process.terminate()
        process.wait(10)


def _ready(chain: Chain, process: subprocess.Popen[bytes]) -> Chain:
    for _ in range(200):
        if process.poll() is not None:
            pytest.fail(f"anvil stopped at once with status {process.returncode}")
        try:
            chain.ask("eth_chainId")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
        else:
            return chain
    pytest.fail("anvil did not answer within ten seconds")


def artifact(modules: Path, path: str) -> dict[str, Any]:
    """One compiled contract of the Safe package: "Safe.sol/Safe"."""
    base = modules / "@safe-global" / "safe-contracts" / "build" / "artifacts" / "contracts"
    return json.loads((base / f"{path}.json").read_text())


def selectors(contract: dict[str, Any]) -> dict[str, str]:
    """The first four bytes of each function's digest, by its name (Solidity ABI)."""
    made = {}
    for each in contract["abi"]:
        if each["type"] == "function":
            kinds = ",".join(part["type"] for part in each["inputs"])
            made[each["name"]] = keccak(f"{each['name']}({kinds})".encode()).hex()[:8]
    return made
