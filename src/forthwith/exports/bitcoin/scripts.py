"""The scripts a descriptor can stand for, each as its ways to spend (BIP-381 to 386, 390).

A taproot output has several: the key path and each leaf of its tree. Any one is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from forthwith.exports.bitcoin import grammar, keys, miniscript
from forthwith.exports.bitcoin.conditions import NEVER, Condition, Part, all_of
from forthwith.exports.bitcoin.grammar import BadDescriptorError, Expression
from forthwith.exports.bitcoin.keys import Key

_SINGLE = ("pk", "pkh", "wpkh", "combo", "rawtr")
_MULTI = ("multi", "sortedmulti")
#: P2SH pushes its script as one element of at most 520 bytes (BIP-16).
_LONGEST_P2SH = 520
_NOT_LIFTABLE = {
    "addr": "addr() says where the coins are, not what it takes to move them",
    "raw": "raw() gives an output without the script or key behind it",
}
_FULL = "Ask for the full descriptor, as the wallet exports it"


@dataclass(slots=True)
class Script:
    """One descriptor, read."""

    #: "wsh", "sh(wsh)", "tr" and so on.
    kind: str = ""
    #: Any one of them met moves the coins; parts are named by the material of their keys.
    ways: list[Condition] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    #: The descriptor as written, private keys replaced by public ones.
    public: str = ""
    notes: list[str] = field(default_factory=list)
    #: Why the ways listed need not be all; "" where they are.
    doubt: str = ""


def read(text: str) -> Script:
    """Read one descriptor without its checksum. Raises BadDescriptorError."""
    expression = grammar.parse(text)
    return _Reading(text, Script(public=text)).script(expression)


@dataclass(slots=True)
class _Reading:
    text: str
    result: Script
    #: Column, length and public form of each private key.
    private: list[tuple[int, int, str]] = field(default_factory=list)

    def script(self, expression: Expression) -> Script:
        if expression.wrappers or expression.text or not expression.name:
            self._bare_miniscript(expression)
        else:
            self.result.ways = self._top(expression)
        if len({key.branches for key in self.result.keys} - {1}) > 1:
            raise BadDescriptorError("its keys have multipath steps of different lengths (BIP-389)")
        for at, length, public in sorted(self.private, reverse=True):
            before, behind = self.result.public[: at - 1], self.result.public[at - 1 + length :]
            self.result.public = before + public + behind
        return self.result

    def _top(self, expression: Expression) -> list[Condition]:
        name = self.result.kind = expression.name
        if name in _NOT_LIFTABLE:
            raise BadDescriptorError(_NOT_LIFTABLE[name], _FULL)
        if name in _SINGLE:
            return [self._single(expression)]
        if name in _MULTI:
            return [miniscript.threshold(expression, self._legacy)[0]]
        if name == "wsh":
            return [self._wsh(expression)]
        if name == "sh":
            return [self._sh(expression)]
        if name == "tr":
            return self._tr(expression)
        self._bare_miniscript(expression)
        return self.result.ways

    def _bare_miniscript(self, expression: Expression) -> None:
        self.result.ways = [miniscript.policy(expression, self._segwit)]
        self.result.kind = "wsh"
        self.result.notes.append("A bare miniscript was read as if it stood within wsh().")

    def _single(self, expression: Expression) -> Condition:
        inner = _only(expression)
        if expression.name == "rawtr":
            self.result.doubt = (
                "rawtr() gives the output key alone: a tree of scripts may be hidden behind it, so "
                "the path listed need not be the only one"
            )
            self.result.notes.append(f"{self.result.doubt}.")
            return self._taproot(inner)
        return self._segwit(inner) if expression.name == "wpkh" else self._legacy(inner)

    def _wsh(self, expression: Expression) -> Condition:
        return miniscript.policy(_only(expression), self._segwit)

    def _sh(self, expression: Expression) -> Condition:
        inner = _only(expression)
        self.result.kind = f"sh({inner.name})"
        if inner.name == "wsh":
            return self._wsh(inner)
        if inner.name in ("pk", "pkh", "wpkh"):
            return self._single(inner)
        if inner.name not in _MULTI:
            raise BadDescriptorError(
                "sh() may hold wsh, wpkh, pkh, pk, multi and sortedmulti; miniscript stands only "
                "within wsh() and tr()"
            )
        condition, parts = miniscript.threshold(inner, self._legacy)
        long = sum(34 if key.compressed else 66 for key in self.result.keys) + 3
        if long > _LONGEST_P2SH:
            raise BadDescriptorError(f"sh() with {len(parts)} keys is too long ever to be spent")
        return condition

    def _tr(self, expression: Expression) -> list[Condition]:
        if not 1 <= len(expression.of) <= 2:
            raise BadDescriptorError("tr() takes a key and at most one tree")
        internal = self._taproot(expression.of[0])
        if internal == NEVER:
            self.result.notes.append(
                "The internal key of tr() is the point of BIP-341 that nobody has the secret of: "
                "the key path is closed."
            )
        ways = [internal]
        waiting = list(expression.of[1:])
        while waiting:
            node = waiting.pop(0)
            if node.name != "{":
                ways.append(miniscript.policy(node, self._taproot, taproot=True))
            elif len(node.of) == 2:
                waiting[:0] = node.of
            else:
                raise BadDescriptorError(f"the pair at character {node.at} does not have two parts")
        return ways

    def _legacy(self, expression: Expression) -> Condition:
        return self._key(expression)

    def _segwit(self, expression: Expression) -> Condition:
        condition = self._key(expression)
        if not self.result.keys[-1].compressed:
            raise BadDescriptorError(
                f"the key at character {expression.at} is uncompressed, as segwit forbids"
            )
        return condition

    def _taproot(self, expression: Expression) -> Condition:
        if expression.name == "musig":
            return self._musig(expression)
        condition = self._key(expression, taproot=True)
        if not self.result.keys[-1].compressed:
            raise BadDescriptorError(
                f"the key at character {expression.at} is uncompressed, as taproot forbids"
            )
        return condition

    def _musig(self, expression: Expression) -> Condition:
        """All the keys sign as one (BIP-390)."""
        if not expression.of or any(part.name for part in expression.of):
            raise BadDescriptorError(f"musig() at character {expression.at} takes keys only")
        if not keys.plain_steps(expression.text):
            raise BadDescriptorError(
                f"what stands behind musig() at character {expression.at} is amiss"
            )
        return all_of(*(self._key(part, taproot=True) for part in expression.of))

    def _key(self, expression: Expression, *, taproot: bool = False) -> Condition:
        if expression.name:
            raise BadDescriptorError(f"a key must stand at character {expression.at}")
        key = keys.parse(expression.text, expression.at, taproot=taproot)
        self.result.keys.append(key)
        if key.private:
            origin = f"[{key.origin}]" if key.origin else ""
            public = f"{origin}{key.shown}{key.steps}"
            self.private.append((expression.at, len(expression.text), public))
        return NEVER if key.nobody else Part(key.material)


def _only(expression: Expression) -> Expression:
    if len(expression.of) != 1:
        raise BadDescriptorError(f"{expression.name}() takes one part, not {len(expression.of)}")
    return expression.of[0]
