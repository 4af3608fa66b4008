"""Files of other exchanges' forms, made by a builder that knows each form's rules and no more."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any

Balances = Mapping[str, str]
COINS = ("BTC", "ETH", "USDT")
#: Two accounts, and three more: an odd number, so that a level is filled up.
ACCOUNTS: tuple[Balances, ...] = (
    {"BTC": "0.5", "ETH": "0", "USDT": "100.25"},
    {"BTC": "1.00000001", "ETH": "3.2", "USDT": "0"},
    {"BTC": "0", "ETH": "0.00000007", "USDT": "8500000000.1"},
    {"BTC": "21", "ETH": "1", "USDT": "0.00000001"},
    {"BTC": "0.1", "ETH": "0.2", "USDT": "0.3"},
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def shortest(value: Decimal) -> str:
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def eight(value: Decimal) -> str:
    return format(value.quantize(Decimal("1.00000000")), "f")


class Maker:
    """One form: how it calls things, and how it hashes."""

    def __init__(
        self,
        names: Mapping[str, str],
        leaf: Callable[[Mapping[str, Any], Balances], str],
        parent: Callable[[str, str, Balances, int], str],
        *,
        written: Callable[[Decimal], str] = shortest,
        root_first: bool = False,
        owner: Callable[[int], Mapping[str, Any]],
    ) -> None:
        self.names, self.leaf, self.parent = names, leaf, parent
        self.written, self.root_first, self.owner = written, root_first, owner

    def path(self, accounts: Sequence[Balances], which: int) -> dict[str, Any]:
        """Return the file of one account of a tree of these."""
        with localcontext() as context:
            context.prec = 80
            return self._path(accounts, which)

    def _path(self, accounts: Sequence[Balances], which: int) -> dict[str, Any]:
        owners = [self.owner(number) for number in range(len(accounts))]
        row = [
            (self.leaf(owner, told), told)
            for owner, told in zip(owners, map(self._told, accounts), strict=True)
        ]
        depth = (len(row) - 1).bit_length()

        def level_of(height: int) -> int:
            return depth + 1 - height if self.root_first else height + 1

        def node(hashed: str, told: Balances, side: int, height: int) -> dict[str, Any]:
            return {
                self.names["hash"]: hashed,
                self.names["balances"]: dict(told),
                self.names["side"]: side,
                self.names["level"]: level_of(height),
            }

        own = {**owners[which], **node(*row[which], 2 if which % 2 else 1, 0)}
        path, at = [], which
        for height in range(depth):
            if len(row) % 2:
                row.append((row[-1][0], {coin: self.written(Decimal(0)) for coin in row[-1][1]}))
            beside = at ^ 1
            path.append(node(*row[beside], 1 if beside < at else 2, height))
            above = []
            for left, right in zip(row[::2], row[1::2], strict=True):
                told = {
                    coin: self.written(Decimal(left[1][coin]) + Decimal(right[1][coin]))
                    for coin in left[1]
                }
                above.append((self.parent(left[0], right[0], told, level_of(height + 1)), told))
            row, at = above, at // 2
        path.append(node(*row[0], 3, depth))
        return {"self": own, "path": path}

    def _told(self, balances: Balances) -> Balances:
        return {coin: self.written(Decimal(text)) for coin, text in balances.items()}


def _json(told: Balances, quote: str = '"') -> str:
    return "{" + ",".join(f'"{coin}":{quote}{text}{quote}' for coin, text in told.items()) + "}"


OKX = Maker(
    {"hash": "hash", "balances": "balances", "side": "type", "level": "height"},
    lambda owner, told: sha(owner["nonce"] + _json(told)),
    lambda left, right, told, level: sha(f"{left}{right}{''.join(told.values())}{level}"),
    owner=lambda number: {"auditId": "499930592", "nonce": sha(f"nonce {number}")},
)
BYBIT = Maker(
    {"hash": "hash", "balances": "balance", "side": "type", "level": "height"},
    lambda owner, told: sha(owner["userHash"] + "".join(told.values())),
    lambda left, right, told, level: sha(f"{left}{right}{''.join(told.values())}{level}"),
    written=eight,
    owner=lambda number: {"nonce": f"n{number}", "userHash": sha(f"user {number}")},
)


def _bitget(quote: str) -> Maker:
    return Maker(
        {"hash": "merkelLeaf", "balances": "balances", "side": "role", "level": "level"},
        lambda owner, told: sha(f"{owner['encryptUid']},{owner['nonce']},{_json(told, quote)}")[
            :16
        ],
        lambda left, right, told, level: sha(f"{left}{right},{_json(told, quote)},{level}")[:16],
        root_first=True,
        owner=lambda number: {"nonce": f"n{number}", "encryptUid": sha(f"uid {number}")},
    )


BITGET, BITGET_BARE = _bitget('"'), _bitget("")
MAKERS = {"okx v1": OKX, "bybit": BYBIT, "bitget": BITGET}


def data(document: object) -> bytes:
    return json.dumps(document).encode()


def bare(document: dict[str, Any]) -> bytes:
    """Return the JSON of a path with its amounts as numbers, digit for digit."""
    text = json.dumps(document)
    for node in (document["self"], *document["path"]):
        for coin, amount in node["balances"].items():
            text = text.replace(f'"{coin}": "{amount}"', f'"{coin}": {amount}')
    return text.encode()


def bitmex_tree(leaves: Sequence[tuple[int, int]], nonces: Mapping[int, bytes], height: int) -> str:
    """Return the file of a tree; leaves are (account, satoshi), as many as a power of two."""

    def day(account: int) -> bytes:
        parts = nonces[account] + height.to_bytes(8, "little") + account.to_bytes(8, "little")
        return hashlib.sha256(parts).digest()

    row = [
        (
            hmac.new(
                day(account), value.to_bytes(8, "little") + at.to_bytes(8, "little"), "sha256"
            ).digest(),
            value,
        )
        for at, (account, value) in enumerate(leaves)
    ]
    rows = [row]
    while len(row) > 1:
        row = [
            (
                hashlib.sha256(
                    a[0] + a[1].to_bytes(8, "little") + b[0] + b[1].to_bytes(8, "little")
                ).digest(),
                a[1] + b[1],
            )
            for a, b in zip(row[::2], row[1::2], strict=True)
        ]
        rows.append(row)
    lines = [f"{hashed.hex()},{value}" for row in reversed(rows) for hashed, value in row]
    return "\n".join([f"block_height:{height}", *lines])


def day_nonce(nonce: bytes, height: int, account: int) -> str:
    """Return the nonce of the day that a customer's page shows."""
    parts = nonce + height.to_bytes(8, "little") + account.to_bytes(8, "little")
    return hashlib.sha256(parts).hexdigest()


def okx_leaves(total: Balances, split: Sequence[Balances], nonce: str) -> dict[str, Any]:
    """Return a customer's own file of v2."""
    own = sha(nonce + _json(total))
    nodes = [{"balances": dict(part), "hash": sha(own + "".join(part.values()))} for part in split]
    return {"hash": own, "nodes": nodes, "nonce": nonce, "totalBalances": dict(total)}


def okx_tree(leaves: Sequence[tuple[str, Balances]]) -> str:
    """Return the file of a whole tree of v2: root first, each level from its right end."""
    row = list(leaves)
    rows = []
    height = 1
    while True:
        if len(row) > 1 and len(row) % 2:
            row.append((row[-1][0], dict.fromkeys(row[-1][1], "0")))
        rows.append([f"{hashed},{height},{_json(told)}" for hashed, told in reversed(row)])
        if len(row) == 1:
            return "\n".join(line for lines in reversed(rows) for line in lines) + "\n"
        height += 1
        above = []
        for left, right in zip(row[::2], row[1::2], strict=True):
            told = {c: shortest(Decimal(left[1][c]) + Decimal(right[1][c])) for c in left[1]}
            above.append((sha(f"{left[0]}{right[0]}{''.join(told.values())}{height}"), told))
        row = above
