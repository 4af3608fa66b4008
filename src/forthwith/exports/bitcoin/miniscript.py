"""Miniscript: what a fragment asks for, and whether it is well formed (BIP-379).

Only a well-typed expression asks, as a script, for what it says as a policy; any other is a fault.
Whether it is also safe against a third party's changes to a witness is not asked here: that
changes who may alter a transaction, not who can make one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from forthwith.exports.bitcoin.conditions import ALWAYS, NEVER, AtLeast, Condition, Lock, Part
from forthwith.exports.bitcoin.grammar import BadDescriptorError, Expression
from forthwith.exports.bitcoin.miniscript_types import JOINS, Fragment, at, marks_of, need, wrapped

#: Gives the condition of the key written in an expression. Raises BadDescriptorError.
KeyReader: TypeAlias = Callable[[Expression], Condition]

_HASHES = {"sha256": 64, "hash256": 64, "ripemd160": 40, "hash160": 40}
#: CHECKMULTISIG takes 20 keys (consensus); multi_a is bounded by BIP-387.
_MOST_KEYS = {"multi": 20, "sortedmulti": 20, "multi_a": 999, "sortedmulti_a": 999}
#: BIP-68: the bit that makes a relative lock one of time, and the bits that count.
_TIME_BIT = 1 << 22
_COUNTED = 0xFFFF
_MOST_WRAPPERS = 100


def policy(expression: Expression, key: KeyReader, *, taproot: bool = False) -> Condition:
    """Return what a whole script asks for. Raises BadDescriptorError."""
    fragment = _Reading(key, taproot).fragment(expression)
    need(fragment.has("B"), expression)
    return fragment.condition


def threshold(
    expression: Expression, key: KeyReader, *, most: int = 0
) -> tuple[Condition, tuple[Condition, ...]]:
    """Return k of n keys, as multi() and its kin write it, and the keys."""
    most = most or _MOST_KEYS[expression.name]
    if not 2 <= len(expression.of) <= most + 1:
        raise BadDescriptorError(f"{at(expression)} must name 1 to {most} keys")
    keys = tuple(key(part) for part in expression.of[1:])
    return AtLeast(number(expression.of[0], len(keys)), keys), keys


def number(expression: Expression, most: int) -> int:
    """Read a whole number from 1 to `most`. Raises BadDescriptorError."""
    if expression.name or not re.fullmatch(r"[1-9]\d{0,9}", expression.text):
        raise BadDescriptorError(f"what stands at character {expression.at} is not a whole number")
    if int(expression.text) > most:
        raise BadDescriptorError(f"the number at character {expression.at} is more than {most}")
    return int(expression.text)


@dataclass(frozen=True, slots=True)
class _Reading:
    key: KeyReader
    taproot: bool

    def fragment(self, expression: Expression) -> Fragment:
        wrappers, bare = _unwrapped(expression)
        if expression.text and expression.name:
            raise BadDescriptorError(f"text stands behind the bracket of {at(expression)}")
        fragment = self._bare(bare)
        for wrapper in reversed(wrappers):
            fragment = wrapped(wrapper, fragment, expression, taproot=self.taproot)
        return fragment

    def _bare(self, expression: Expression) -> Fragment:
        name = expression.name
        if not name:
            return _constant(expression)
        if name in _MOST_KEYS:
            return self._multi(expression)
        if name in _HASHES:
            return _hash(expression)
        if name in ("older", "after"):
            return _timelock(expression)
        if name in ("pk_k", "pk_h", "pk", "pkh"):
            return self._single(expression)
        if name == "thresh":
            return self._thresh(expression)
        return self._joined(expression)

    def _single(self, expression: Expression) -> Fragment:
        _count(expression, 1)
        marks = "ndu" if expression.name in ("pk_h", "pkh") else "ondu"
        fragment = Fragment(self.key(expression.of[0]), "K", frozenset(marks))
        # pk() is c:pk_k(), pkh() is c:pk_h().
        return fragment if "_" in expression.name else replace(fragment, kind="B")

    def _multi(self, expression: Expression) -> Fragment:
        if expression.name.endswith("_a") != self.taproot:
            where = "outside tr()" if expression.name.endswith("_a") else "inside tr()"
            raise BadDescriptorError(f"{at(expression)} cannot stand {where}")
        marks = "du" if self.taproot else "ndu"
        return Fragment(threshold(expression, self.key)[0], "B", frozenset(marks))

    def _thresh(self, expression: Expression) -> Fragment:
        if len(expression.of) < 2:
            raise BadDescriptorError(f"{at(expression)} must name a number and its parts")
        parts = [self.fragment(part) for part in expression.of[1:]]
        k = number(expression.of[0], len(parts))
        first, *others = parts
        need(first.has("B", "du") and all(other.has("W", "du") for other in others), expression)
        ones = sum("o" in part.marks and "z" not in part.marks for part in parts)
        rest = sum("z" in part.marks for part in parts)
        marks = marks_of(
            z=rest == len(parts), o=ones == 1 and rest == len(parts) - 1, d=True, u=True
        )
        return Fragment(AtLeast(k, tuple(part.condition for part in parts)), "B", marks)

    def _joined(self, expression: Expression) -> Fragment:
        wanted = {"andor": 3}.get(expression.name, 2)
        rule = JOINS.get(expression.name)
        if rule is None:
            raise BadDescriptorError(f"{_known(expression)} is not a fragment of miniscript")
        _count(expression, wanted)
        return rule(expression, *(self.fragment(part) for part in expression.of))


def _known(expression: Expression) -> str:
    # A mangled key may stand where a name should: only a short plain word is repeated.
    short = len(expression.name) <= 14 and expression.name.replace("_", "").isalpha()
    return at(expression) if short else f"the name at character {expression.at}"


def _count(expression: Expression, wanted: int) -> None:
    if len(expression.of) != wanted:
        raise BadDescriptorError(
            f"{_known(expression)} takes {wanted} parts, not {len(expression.of)}"
        )


def _unwrapped(expression: Expression) -> tuple[str, Expression]:
    wrappers, bare = expression.wrappers, expression
    if not expression.name and ":" in expression.text:
        wrappers, _, text = expression.text.partition(":")
        bare = Expression("", text=text, at=expression.at)
    if len(wrappers) > _MOST_WRAPPERS:
        raise BadDescriptorError(
            f"more than {_MOST_WRAPPERS} wrappers at character {expression.at}"
        )
    return wrappers, bare


def _constant(expression: Expression) -> Fragment:
    if expression.text == "0":
        return Fragment(NEVER, "B", frozenset("zud"))
    if expression.text == "1":
        return Fragment(ALWAYS, "B", frozenset("zu"))
    raise BadDescriptorError(
        f"what stands at character {expression.at} is not a fragment of miniscript"
    )


def _hash(expression: Expression) -> Fragment:
    _count(expression, 1)
    digits = expression.of[0].text.lower()
    if not re.fullmatch(rf"[0-9a-f]{{{_HASHES[expression.name]}}}", digits):
        raise BadDescriptorError(
            f"{at(expression)} must hold {_HASHES[expression.name]} hexadecimals"
        )
    return Fragment(Part(f"preimage:{expression.name}:{digits}"), "B", frozenset("ondu"))


def _timelock(expression: Expression) -> Fragment:
    _count(expression, 1)
    value = number(expression.of[0], 0x7FFFFFFF)
    if expression.name == "after":
        # BIP-65: below five hundred million it is a height, from there on seconds since 1970.
        lock = Lock("height", value) if value < 500_000_000 else Lock("day", value // 86_400)
    elif value & _TIME_BIT:
        lock = Lock("seconds", (value & _COUNTED) * 512)
    else:
        lock = Lock("blocks", value & _COUNTED)
    return Fragment(lock, "B", frozenset("z"))
