"""The types of miniscript: which fragments may stand where, and what a joined one asks for.

The rules are the tables of BIP-379, "Type system", fragment by fragment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forthwith.exports.bitcoin.conditions import ALWAYS, NEVER, Condition, all_of, any_of
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
