"""Bitcoin scripts in memory: keys, well-typed miniscripts with what they ask for, rows read back.

What a script asks for is kept here as a tree of its own, apart from the code under test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from embit import ec
from hypothesis import strategies as st

from forthwith.domain.fact_tables import FactRow

#: The point nobody has the secret of (BIP-341).
NUMS = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"
_EPOCH = date(1970, 1, 1)


def secret(number: int) -> ec.PrivateKey:
    """Return the same private key for the same number."""
    return ec.PrivateKey(bytes([number]) * 32)


def public(number: int) -> str:
    """Return its compressed public key, in hexadecimal."""
    return str(secret(number).get_public_key().sec().hex())


def key_id(number: int) -> str:
    """Return the id a lift gives it."""
    return f"key:{public(number)[2:]}"


@dataclass(frozen=True)
class Clocks:
    """How far each clock has come."""

    height: int = 0
    seconds_since_1970: int = 0
    blocks: int = 0
    seconds: int = 0

    @property
    def today(self) -> date:
        return _EPOCH + timedelta(seconds=self.seconds_since_1970)


#: Whether someone with these means, choosing the kind of absolute and of relative lock, can spend.
Asks = Callable[[frozenset[str], Clocks, str, str], bool]


@dataclass(frozen=True)
class Policy:
    """A script and what it asks for."""

    text: str
    asks: Asks

    def allows(self, means: frozenset[str], clocks: Clocks) -> bool:
        """Whether some transaction they can make is valid: one kind of each lock in each."""
        return any(
            self.asks(means, clocks, absolute, relative)
            for absolute in ("height", "time")
            for relative in ("blocks", "seconds")
        )


def pk(number: int) -> Policy:
    name = key_id(number)
    return Policy(f"pk({public(number)})", lambda means, *_: name in means)


def multi(k: int, numbers: list[int], name: str = "multi") -> Policy:
    keys = ",".join(public(number) for number in numbers)
    ids = [key_id(number) for number in numbers]
    return Policy(f"{name}({k},{keys})", lambda means, *_: sum(i in means for i in ids) >= k)


def older(value: int) -> Policy:
    effective = value & 0xFFFF
    if value & 1 << 22:
        return Policy(
            f"older({value})",
            lambda _, clocks, a, r: r == "seconds" and clocks.seconds >= 512 * effective,
        )
    return Policy(
        f"older({value})", lambda _, clocks, a, r: r == "blocks" and clocks.blocks >= effective
    )


def after(value: int) -> Policy:
    if value < 500_000_000:
        return Policy(
            f"after({value})", lambda _, clocks, a, r: a == "height" and clocks.height >= value
        )
    return Policy(
        f"after({value})",
        lambda _, clocks, a, r: a == "time" and clocks.seconds_since_1970 >= value,
    )


def preimage(number: int) -> Policy:
    digest = f"{number:02x}" * 32
    return Policy(f"sha256({digest})", lambda means, *_: f"preimage:sha256:{digest}" in means)


def _all(parts: Iterable[Policy]) -> Asks:
    held = list(parts)
    return lambda *at: all(part.asks(*at) for part in held)


def _any(parts: Iterable[Policy]) -> Asks:
    held = list(parts)
    return lambda *at: any(part.asks(*at) for part in held)


def and_v(x: Policy, y: Policy) -> Policy:
    return Policy(f"and_v(v:{x.text},{y.text})", _all([x, y]))


def or_i(x: Policy, y: Policy) -> Policy:
    return Policy(f"or_i({x.text},{y.text})", _any([x, y]))


def or_d(x: Policy, y: Policy) -> Policy:
    return Policy(f"or_d({x.text},{y.text})", _any([x, y]))


def andor(x: Policy, y: Policy, z: Policy) -> Policy:
    def asks(*at: object) -> bool:
        return bool((x.asks(*at) and y.asks(*at)) or z.asks(*at))  # type: ignore[arg-type]

    return Policy(f"andor({x.text},{y.text},{z.text})", asks)


def thresh(k: int, first: Policy, *others: tuple[str, Policy]) -> Policy:
    """`others` come with their wrappers: "s" for pk, "a" for multi, "sln" for a timelock."""
    texts = [first.text, *(f"{wrappers}:{part.text}" for wrappers, part in others)]
    parts = [first, *(part for _, part in others)]
    return Policy(
        f"thresh({k},{','.join(texts)})",
        lambda *at: sum(part.asks(*at) for part in parts) >= k,
    )


#: Past the start of the period, within it, past its end.
TIMES = (1_600_000_000, 1_700_000_000, 1_720_000_000)
_keys = st.integers(1, 5).map(pk)
_multis = st.builds(
    lambda k, numbers: multi(min(k, len(numbers)), numbers),
    st.integers(1, 3),
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
)
_olders = st.sampled_from([older(value) for value in (10, 144, 65_536, 4_194_305, 4_194_400)])
_afters = st.sampled_from([after(value) for value in (100, 800_000, *TIMES)])
_wrapped = st.one_of(
    _keys.map(lambda part: ("s", part)),
    _multis.map(lambda part: ("a", part)),
    _olders.map(lambda part: ("sln", part)),
    _afters.map(lambda part: ("sln", part)),
)


def _threshes() -> st.SearchStrategy[Policy]:
    def made(first: Policy, others: list[tuple[str, Policy]], k: int) -> Policy:
        return thresh(min(k, len(others) + 1), first, *others)

    return st.builds(
        made, st.one_of(_keys, _multis), st.lists(_wrapped, max_size=3), st.integers(1, 4)
    )


#: Those that can stand first in or_d and andor: they can be left unsatisfied (types B, d, u).
_openings = st.one_of(_keys, _multis, _threshes())
policies: st.SearchStrategy[Policy] = st.recursive(
    st.one_of(_openings, _olders, _afters, st.integers(1, 2).map(preimage)),
    lambda inner: st.one_of(
        st.builds(and_v, inner, inner),
        st.builds(or_i, inner, inner),
        st.builds(or_d, _openings, inner),
        st.builds(andor, _openings, inner, inner),
    ),
    max_leaves=6,
)


def met(formula: str, means: frozenset[str]) -> bool:
    """Evaluate a formula of the policies table."""
    tokens = re.findall(r"[(),]|[^\s(),]+", formula)
    value, rest = _read(tokens, means)
    assert not rest
    return value


def _read(tokens: list[str], means: frozenset[str]) -> tuple[bool, list[str]]:
    if len(tokens) < 2 or tokens[1] != "of":
        return tokens[0] in means, tokens[1:]
    count, rest, values = tokens[0], tokens[2:], []
    while rest[0] in ("(", ","):
        value, rest = _read(rest[1:], means)
        values.append(value)
    k = {"any": 1, "all": len(values)}.get(count) or int(count)
    return sum(values) >= k, rest[1:]


def allowed(rows: Iterable[FactRow], means: frozenset[str], clocks: Clocks) -> bool:
    """Whether some policy row in force, its trigger come, is met."""
    return any(
        row["from"] <= clocks.today.isoformat() < (row["to"] or "9999")
        and _triggered(row["scope"], clocks)
        and met(row["formula"], means)
        for row in rows
        if row.table == "policies"
    )


def _triggered(scope: str, clocks: Clocks) -> bool:
    return all(_come(said, clocks) for said in scope.split("; ") if said)


def _come(said: str, clocks: Clocks) -> bool:
    key, value = said.split("=")
    if key == "after" and not value.startswith("height "):
        return clocks.seconds_since_1970 >= datetime.fromisoformat(value).timestamp()
    number, unit = int(value.replace("height", "").split()[0]), value.split()[-1]
    if key == "after":
        return clocks.height >= number
    return {"blocks": clocks.blocks, "s": clocks.seconds}[unit] >= number
