"""The minimal sets that can act together, and those that can stop it: of a policy, or of a wallet.

Nothing here opens a matter: a script that counts policies by the hundred does not wait for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from forthwith.custody.answers.circuits import people_network
from forthwith.custody.answers.coalitions import NOBODY, Coalitions, coalitions
from forthwith.custody.answers.wallet_facts import wallet_of
from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.facts.network import Network
from forthwith.custody.minimal_sets import Bound, MinimalSets, NotDecided, minimal_sets
from forthwith.domain.errors import ForthwithError
from forthwith.plain import json_document
from forthwith.plain.counting import count

#: A policy of a million names is far below it.
_LARGEST = 1 << 26
_KEYS = {"top", "nodes"}
_GATE_KEYS = {"k", "of"}


class BadPolicyError(ForthwithError):
    """A policy file that cannot be read."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"The policy in {path} cannot be used: it {what}. It must be one JSON object such as "
            '{"top": "g", "nodes": {"g": {"k": 2, "of": ["a", "b", "c"]}}}.'
        )


@dataclass(frozen=True, slots=True)
class CoalitionsOptions:
    """How sets are looked for."""

    #: Sets to list.
    limit: int
    #: What solves the tangled parts; None chooses.
    engine: str | None = None
    #: The worst evidence that is accepted, where facts say who holds what.
    standing: ProofLevel = ProofLevel.SWORN
    accept_disputed: bool = False
    #: Seconds of the processor that each of the two lists may take; None is no bound.
    seconds: float | None = None

    @property
    def bound(self) -> Bound:
        """Return how much may be spent."""
        return Bound(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class WalletCoalitions:
    """The people who can move a wallet together on a day."""

    sets: Coalitions | NotDecided
    #: Wallet, day and standing, as printed.
    about: Mapping[str, str]
    #: Names of people by id.
    names: Mapping[str, str]


def policy_of(path: Path) -> tuple[Network, list[str]]:
    """Return the policy in a file, and what of the file was not taken. Raises BadPolicyError."""
    if path.stat().st_size > _LARGEST:
        raise BadPolicyError(path, f"is larger than {_LARGEST >> 20} MiB")
    try:
        data = json_document.load(path.read_bytes())
    except json_document.NotJsonError as wrong:
        raise BadPolicyError(path, str(wrong)) from wrong
    network = Network.from_json(data)
    return network, list(_unread(data, network))


def _unread(data: dict[str, Any], network: Network) -> Iterator[str]:
    """Report each key nobody took, and nodes that the top does not lead to: it may be misspelt."""
    for key in sorted(data.keys() - _KEYS):
        yield f"{key[:60]!r} is not part of a policy and was not read."
    gates = data.get("nodes", {})
    strange = sorted({key for body in gates.values() for key in body} - _GATE_KEYS)
    for key in strange:
        yield f"{key[:60]!r} is not part of a node and was not read."
    if apart := sorted(network.nodes.keys() - set(network.order())):
        some = ", ".join(repr(name[:60]) for name in apart[:3])
        yield (
            f"{count(len(apart), 'node')} ({some}{' …' if len(apart) > 3 else ''}) lie "
            f"not below the top, {network.top[:60]!r}, and count for nothing."
        )


def of_policy(network: Network, options: CoalitionsOptions) -> Coalitions | NotDecided:
    """Return the minimal sets that meet a policy, and those that block it, as far as listed."""
    return coalitions(network, limit=options.limit, bound=options.bound, engine=options.engine)


def counted(network: Network, options: CoalitionsOptions) -> MinimalSets | NotDecided:
    """Count the minimal sets that meet a policy, without listing any."""
    return minimal_sets(network, bound=options.bound, engine=options.engine)


def of_wallet(facts: Facts, wallet: str, day: date, options: CoalitionsOptions) -> WalletCoalitions:
    """Return who can move a wallet on a day, by accepted facts. Raises UnknownNameError."""
    wallet = wallet_of(facts, wallet).id
    network = people_network(
        facts, wallet, day, options.standing, accept_disputed=options.accept_disputed
    )
    sets = of_policy(network, options) if network else NOBODY
    about = {"wallet": wallet, "on": str(day), "standing": str(options.standing)}
    return WalletCoalitions(sets, about, {person.id: person.name for person in facts.people})
