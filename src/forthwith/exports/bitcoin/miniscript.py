"""Miniscript: what a fragment asks for, and whether it is well formed (BIP-379).

Only a well-typed expression asks, as a script, for what it says as a policy; any other is a fault.
Whether it is also safe against a third party's changes to a witness is not asked here: that
changes who may alter a transaction, not who can make one.

Which fragments may stand where follows the tables of BIP-379, "Type system", fragment by fragment.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from forthwith.exports.bitcoin.conditions import (
    ALWAYS,
    NEVER,
    AtLeast,
    Condition,
    Lock,
    Part,
    all_of,
    any_of,
)
from forthwith.exports.bitcoin.grammar import BadDescriptorError, Expression


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a fragment asks for, with its type: B, V, K or W, and z, o, n, d, u as they hold."""

    condition: Condition
    kind: str
    marks: frozenset[str]

    def has(self, kinds: str, marks: str = "") -> bool:
        """Whether it is of one of the kinds and has all of the marks."""
        return self.kind in kinds and self.marks.issuperset(marks)


def at(expression: Expression) -> str:
    """Return the name and place of an expression, for a fault."""
    return f"{expression.name}() at character {expression.at}"


def need(right: bool, expression: Expression) -> None:  # noqa: FBT001
    """Raise BadDescriptorError unless the expression may stand where it does."""
    if not right:
        what = at(expression) if expression.name else f"what stands at character {expression.at}"
        raise BadDescriptorError(
            f"{what} does not fit its place by the types of miniscript, so the script need not do "
            "what it says"
        )


def marks_of(**marks: bool) -> frozenset[str]:
    """Return the letters that hold."""
    return frozenset(name for name, holds in marks.items() if holds)


def wrapped(wrapper: str, x: Fragment, expression: Expression, *, taproot: bool) -> Fragment:
    """Apply one wrapper; the table is that of BIP-379, "Type system"."""
    have = x.marks
    if wrapper in "tlu":
        return _sugar(wrapper, x, expression)
    needs, kind, marks = {
        "a": (x.has("B"), "W", have & set("du")),
        "s": (x.has("B", "o"), "W", have & set("du")),
        "c": (x.has("K"), "B", have & set("ond") | {"u"}),
        "d": (x.has("V", "z"), "B", frozenset("ondu" if taproot else "ond")),
        "v": (x.has("B"), "V", have & set("zon")),
        "j": (x.has("B", "n"), "B", have & set("ou") | set("nd")),
        "n": (x.has("B"), "B", have & set("zond") | {"u"}),
    }.get(wrapper, (False, "", frozenset()))
    need(needs, expression)
    return Fragment(x.condition, kind, frozenset(marks))


def _sugar(wrapper: str, x: Fragment, expression: Expression) -> Fragment:
    always = Fragment(ALWAYS, "B", frozenset("zu"))
    zero = Fragment(NEVER, "B", frozenset("zud"))
    if wrapper == "t":
        return _and_v(expression, x, always)
    return _or_i(expression, zero, x) if wrapper == "l" else _or_i(expression, x, zero)


def _one_of(x: Fragment, y: Fragment) -> bool:
    """Whether exactly one stack element is taken by the two together."""
    return ("o" in x.marks and "z" in y.marks) or ("z" in x.marks and "o" in y.marks)


def _both(mark: str, *parts: Fragment) -> bool:
    return all(mark in part.marks for part in parts)


def _first(x: Fragment, y: Fragment) -> bool:
    return "n" in x.marks or ("z" in x.marks and "n" in y.marks)


def _and_v(here: Expression, x: Fragment, y: Fragment) -> Fragment:
    need(x.has("V") and y.has("BKV"), here)
    marks = marks_of(z=_both("z", x, y), o=_one_of(x, y), n=_first(x, y), u="u" in y.marks)
    return Fragment(all_of(x.condition, y.condition), y.kind, marks)


def _and_b(here: Expression, x: Fragment, y: Fragment) -> Fragment:
    need(x.has("B") and y.has("W"), here)
    marks = marks_of(
        z=_both("z", x, y), o=_one_of(x, y), n=_first(x, y), d=_both("d", x, y), u=True
    )
    return Fragment(all_of(x.condition, y.condition), "B", marks)


def _and_n(here: Expression, x: Fragment, y: Fragment) -> Fragment:
    return _andor(here, x, y, Fragment(NEVER, "B", frozenset("zud")))


def _andor(here: Expression, x: Fragment, y: Fragment, z: Fragment) -> Fragment:
    need(x.has("B", "du") and y.kind == z.kind and y.has("BKV"), here)
    takes_one = (_both("o", y, z) and "z" in x.marks) or (_both("z", y, z) and "o" in x.marks)
    marks = marks_of(z=_both("z", x, y, z), o=takes_one, u=_both("u", y, z), d="d" in z.marks)
    return Fragment(any_of(all_of(x.condition, y.condition), z.condition), y.kind, marks)


def _or_b(here: Expression, x: Fragment, z: Fragment) -> Fragment:
    need(x.has("B", "d") and z.has("W", "d"), here)
    marks = marks_of(z=_both("z", x, z), o=_one_of(x, z), d=True, u=True)
    return Fragment(any_of(x.condition, z.condition), "B", marks)


def _or_c(here: Expression, x: Fragment, z: Fragment) -> Fragment:
    need(x.has("B", "du") and z.has("V"), here)
    marks = marks_of(z=_both("z", x, z), o="o" in x.marks and "z" in z.marks)
    return Fragment(any_of(x.condition, z.condition), "V", marks)


def _or_d(here: Expression, x: Fragment, z: Fragment) -> Fragment:
    need(x.has("B", "du") and z.has("B"), here)
    takes_one = "o" in x.marks and "z" in z.marks
    marks = marks_of(z=_both("z", x, z), o=takes_one, d="d" in z.marks, u="u" in z.marks)
    return Fragment(any_of(x.condition, z.condition), "B", marks)


def _or_i(here: Expression, x: Fragment, z: Fragment) -> Fragment:
    need(x.kind == z.kind and x.has("BKV"), here)
    marks = marks_of(o=_both("z", x, z), u=_both("u", x, z), d=bool({"d"} & (x.marks | z.marks)))
    return Fragment(any_of(x.condition, z.condition), x.kind, marks)


JOINS: dict[str, Callable[..., Fragment]] = {
    "and_v": _and_v, "and_b": _and_b, "and_n": _and_n, "andor": _andor,
    "or_b": _or_b, "or_c": _or_c, "or_d": _or_d, "or_i": _or_i,
}  # fmt: skip


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
        lock = Lock("height" if value < 500_000_000 else "time", value)
    elif value & _TIME_BIT:
        lock = Lock("seconds", (value & _COUNTED) * 512)
    else:
        lock = Lock("blocks", value & _COUNTED)
    return Fragment(lock, "B", frozenset("z"))
