"""What the tests of descriptors share: one seed, and what a lift of it holds."""

from __future__ import annotations

from itertools import combinations

from embit import bip32
from embit.networks import NETWORKS

from forthwith.domain.fact_tables import FactRow, Lifted, Stamp
from forthwith.exports.bitcoin.lift import lift
from forthwith.exports.options import ImportOptions
from tests.builders.scripts import (
    Clocks,
    public,
)

STAMP = Stamp("2023-06-17", "2024-05-01", cites="BTS0001")
A, B, C, D = (public(number) for number in (1, 2, 3, 4))
SEED = bip32.HDKey.from_seed(b"\1" * 32)
FINGERPRINT = SEED.my_fingerprint.hex()


def lifted(*lines: str, wallet: str = "", stamp: Stamp = STAMP) -> Lifted:
    return lift([("wallet.txt", "\n".join(lines).encode())], ImportOptions(stamp, wallet))


def table(found: Lifted, name: str) -> list[FactRow]:
    return [row for row in found.rows if row.table == name]


def formulas(found: Lifted) -> list[tuple[str, str, str]]:
    return [(row["formula"], row["scope"], row["from"]) for row in table(found, "policies")]


def account(path: str, *, version: str = "main") -> str:
    key = SEED.derive(f"m/{path}").to_public(version=NETWORKS[version]["xpub"])
    return f"[{FINGERPRINT}/{path}]{key.to_base58()}"


def subsets(names: list[str]) -> list[frozenset[str]]:
    return [frozenset(c) for size in range(len(names) + 1) for c in combinations(names, size)]


def moments() -> list[Clocks]:
    """Return each side of every lock the strategies use, all clocks at once and one by one."""
    times = [1_690_000_000, 1_700_000_000, 1_710_000_000]
    return [
        Clocks(height, time, blocks, seconds)
        for height in (0, 100, 800_000)
        for time in times
        for blocks, seconds in ((0, 0), (10, 512), (144, 500), (9, 512 * 96), (144, 512 * 96))
    ]


def everything_said(found: Lifted) -> str:
    return repr((found.rows, found.unread, found.notes, [str(fault) for fault in found.faults]))
