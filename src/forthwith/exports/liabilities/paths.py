"""A file of one account's leaf and the nodes beside its path, the root last: the common shape.

OKX (v1), Bitget, Bybit and MEXC write it with other names and hash rules; each has its own file
with its `PathRules`. Here the path is walked: side by side, level by level, sum by sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities import balances
from forthwith.exports.liabilities.balances import NotABalanceError

LEFT, RIGHT, ROOT = 1, 2, 3
#: Longer is no tree: 2^64 accounts.
_DEEPEST = 64
#: Findings of one kind that are told one by one.
_TOLD = 5
_ASK = "Ask the exchange for the file as it was given to the customer"


class NotAPathError(ValueError):
    """A file is no path of its form; the message is a sentence without its full stop."""


@dataclass(frozen=True, slots=True)
class PathNode:
    """One node as written."""

    #: "self", "node 3 of the path", "the root": how sentences call it.
    called: str
    hash: str
    #: LEFT, RIGHT or ROOT; any other number is a place that holds no account, at the right.
    side: int
    level: int
    #: By coin, in units of 10^-40.
    sums: Mapping[str, int]
    #: The same as the file writes them, in its order.
    texts: Mapping[str, str]
    #: The object itself.
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PathRules:
    """How one form names its parts and hashes them."""

    form: str
    #: Names of hash, side, level and balances.
    hash: str
    side: str
    level: str
    balances: str
    #: What a level adds going up: 1 where leaves are the first level, -1 where the root is.
    upward: int
    #: Hash of a leaf, its coins taken in an order.
    leaf: Callable[[PathNode, Sequence[str]], str]
    #: Hash of a node: hashes of left and right, its sums, the order of coins, its level, the root.
    parent: Callable[[str, str, Mapping[str, int], Sequence[str], int, PathNode], str]
    #: Digits of hexadecimal a hash has.
    digits: int = 64
    #: Orders of coins to try beside the file's own.
    orders: Callable[[Sequence[str]], Iterator[Sequence[str]]] = lambda coins: iter(
        (sorted(coins),)
    )
    #: Cuts sums as its maker does, or leaves them.
    cut: Callable[[Mapping[str, int], PathNode], Mapping[str, int]] = lambda sums, _root: sums
    does_not_bind: tuple[str, ...] = ()


#: What no such path binds.
UNBOUND = (
    "that no account was left out: only the customers who look find a missing leaf",
    "accounts with a negative balance: a leaf below zero lowers every sum above it",
    "the date: no hash covers it",
    "what the exchange borrowed to hold it on that day, or lent, or pledged",
    "that this root is the one that was published: compare them",
)
SPLIT = (
    "the split of a node: it commits to the sum of its two children and not to each, so the same "
    "sum can be split another way for another reader (IACR eprint 2018/1139)"
)


def check(
    file: str, document: Mapping[str, Any], rules: PathRules, root: str = ""
) -> LiabilityCheck:
    """Return what a file of a leaf and its path proves; `root`: the one that was published."""
    try:
        own, siblings, top = _nodes(document, rules)
    except (NotAPathError, NotABalanceError) as wrong:
        return refused(file, rules.form, [str(wrong)])
    why = list(_misplaced(own, siblings, top, rules))
    order = next(
        (order for order in _orders(own, rules) if rules.leaf(own, order) == own.hash), None
    )
    if order is None:
        why.append(f"the leaf does not hash to {own.hash}: its balances or its owner are not these")
    if why or order is None:
        return refused(file, rules.form, why)
    sums, hashed, lost = own.sums, own.hash, False
    for number, sibling in enumerate(siblings, 1):
        exact = balances.added(sums, sibling.sums) if sibling.side != LEFT else balances.added(
            sibling.sums, sums
        )  # fmt: skip
        sums = rules.cut(exact, top)
        lost = lost or sums != exact
        pair = (sibling.hash, hashed) if sibling.side == LEFT else (hashed, sibling.hash)
        level = own.level + number * rules.upward
        order = [*order, *(coin for coin in sums if coin not in order)]
        hashed = rules.parent(*pair, sums, order, level, top)
    why += _against_root(sums, hashed, top, root)
    if why:
        return refused(file, rules.form, why)
    negative = list(_negative((own, *siblings, top)))
    totals = {coin: balances.plain(units) for coin, units in top.sums.items()}
    return LiabilityCheck(
        file,
        rules.form,
        proves=(
            f"the leaf with {_listed({c: balances.plain(u) for c, u in own.sums.items() if u})} "
            f"leads by {len(siblings)} nodes to the root {top.hash}, whose sums are "
            f"{_listed({coin: text for coin, text in totals.items() if text != '0'})}"
            + (", the root that was published" if root else "")
        ),
        does_not_bind=tuple(
            sentence
            for sentence in (*rules.does_not_bind, *UNBOUND)
            if not (root and sentence is UNBOUND[-1])
        ),
        findings=(
            *negative,
            *(("sums were cut on the way up: the root says less than its leaves",) if lost else ()),
        ),
        figures={
            "root": top.hash,
            "depth": str(len(siblings)),
            **{f"account {coin}": balances.plain(units) for coin, units in own.sums.items()},
            **{f"total {coin}": text for coin, text in totals.items()},
        },
    )


def refused(file: str, form: str, why: Sequence[str]) -> LiabilityCheck:
    """Return a file refused for these sentences."""
    return LiabilityCheck(file, form, refusals=tuple(RowFault(file, 0, each, _ASK) for each in why))


def _nodes(
    document: Mapping[str, Any], rules: PathRules
) -> tuple[PathNode, tuple[PathNode, ...], PathNode]:
    """Return the leaf, its siblings from below, and the root."""
    path = document.get("path", document.get("pathList"))
    if not isinstance(path, list) or not 2 <= len(path) <= _DEEPEST + 1:
        raise NotAPathError("the path is not a list of a sibling and a root at least")
    own = _node("self", document.get("self"), rules)
    siblings = tuple(
        _node(f"node {number} of the path", given, rules)
        for number, given in enumerate(path[:-1], 1)
    )
    return own, siblings, _node("the root", path[-1], rules, side=ROOT)


def _node(called: str, given: Any, rules: PathRules, side: int | None = None) -> PathNode:
    if not isinstance(given, dict):
        raise NotAPathError(f"{called} is not an object")
    hashed = given.get(rules.hash)
    if not isinstance(hashed, str) or len(hashed) != rules.digits or set(hashed) - set(
        "0123456789abcdef"
    ):  # fmt: skip
        raise NotAPathError(
            f"the {rules.hash} of {called} is not {rules.digits} digits of hexadecimal in lower "
            f"case"
        )
    level, stands = given.get(rules.level), given.get(rules.side, side)
    if isinstance(level, bool) or not isinstance(level, int):
        raise NotAPathError(f"the {rules.level} of {called} is not a whole number")
    if isinstance(stands, bool) or not isinstance(stands, int):
        raise NotAPathError(f"the {rules.side} of {called} is not 1 (left) or 2 (right)")
    try:
        sums = balances.read(given.get(rules.balances))
    except NotABalanceError as wrong:
        raise NotAPathError(f"{called}: {wrong}") from wrong
    texts = {coin: balances.written(value) for coin, value in given[rules.balances].items()}
    return PathNode(called, hashed, stands, level, sums, texts, given)


def _orders(own: PathNode, rules: PathRules) -> Iterator[list[str]]:
    """Yield the orders of coins a leaf may have been hashed in."""
    coins = list(own.texts)
    yield coins
    for order in rules.orders(coins):
        if sorted(order) == sorted(coins):
            yield list(order)


def _misplaced(
    own: PathNode, siblings: Sequence[PathNode], top: PathNode, rules: PathRules
) -> Iterator[str]:
    """Yield why the nodes cannot stand where the file puts them."""
    if own.side not in (LEFT, RIGHT):
        yield f"self stands at {own.side}, neither left (1) nor right (2)"
    elif (own.side == LEFT) == (siblings[0].side == LEFT):
        yield "self and its neighbour stand on the same side"
    for number, node in enumerate((*siblings, top)):
        expected = own.level + number * rules.upward
        if node.level != expected:
            yield f"{node.called} is of level {node.level}, where {expected} belongs"
        if node is not top and node.side == ROOT:
            yield f"{node.called} says it is the root, and the path goes on"
        if node is not top and node.side not in (LEFT, RIGHT, ROOT) and any(node.sums.values()):
            yield f"{node.called} fills a place without an account, and has balances"
    if top.side != ROOT:
        yield f"the last node of the path stands at {top.side} and not at {ROOT}: there is no root"


def _against_root(sums: Mapping[str, int], hashed: str, top: PathNode, root: str) -> Iterator[str]:
    """Yield where the computed root is not the one the file names, or not the published one."""
    for coin in {**sums, **top.sums}:
        found, named = sums.get(coin, 0), top.sums.get(coin, 0)
        if found != named:
            yield (
                f"{coin} adds up to {balances.plain(found)} along the path, and the root says "
                f"{balances.plain(named)}"
            )
    if hashed != top.hash:
        yield f"the path hashes to {hashed}, and the root is {top.hash}"
    if root and root.lower().removeprefix("0x") != top.hash:
        yield f"the root is {top.hash}, and {root[:80]} was published"


def _negative(nodes: Sequence[PathNode]) -> Iterator[str]:
    """Yield each sum below zero, the first ones by name."""
    below = [
        f"{node.called} has {balances.plain(units)} {coin}: below zero, it lowers what the root "
        f"says is owed to others"
        for node in nodes
        for coin, units in node.sums.items()
        if units < 0
    ]
    yield from below[:_TOLD]
    if len(below) > _TOLD:
        yield f"{len(below) - _TOLD} more sums are below zero"


def _listed(amounts: Mapping[str, str]) -> str:
    """Return "1 BTC, 2 ETH", the first ones."""
    shown = [f"{text} {coin}" for coin, text in amounts.items()]
    more = f" and {len(shown) - _TOLD} more" if len(shown) > _TOLD else ""
    return f"{', '.join(shown[:_TOLD])}{more}" if shown else "nothing"
