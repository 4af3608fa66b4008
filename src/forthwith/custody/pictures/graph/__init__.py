"""The coalition graph of one wallet on one day, as data: who has what, and how that moves it.

People, the means they had, what gives what, the counts a policy asks for, the paths, the wallet.
`layout` says where each stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forthwith.custody.answers.circuits import people_network
from forthwith.custody.answers.wallet_facts import facts_of_wallet, wallet_of
from forthwith.custody.facts.facts import Facts, Names, ProofLevel, Wallet
from forthwith.custody.minimal_sets import NotDecided, minimal_sets
from forthwith.custody.pictures.graph.parts import Edge, Node, Parts

#: Minimal coalitions listed.
LISTED = 12


@dataclass(frozen=True, slots=True)
class Coalitions:
    """The minimal sets of listed people who could move the wallet, smallest first."""

    sets: tuple[tuple[str, ...], ...]
    #: How many there are in all.
    count: int
    #: Why they were not found, or "".
    undecided: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """What to draw."""

    wallet: Wallet
    day: date
    standing: ProofLevel
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    #: By name of person.
    coalitions: Coalitions
    has_policy: bool
    notes: tuple[str, ...]
    #: Whose day it is, as an IANA time zone.
    zone: str = "UTC"


def graph(
    facts: Facts,
    wallet: str,
    day: date,
    standing: ProofLevel = ProofLevel.SWORN,
    *,
    accept_disputed: bool = False,
) -> Graph:
    """Return the graph of a wallet on a day. Raises UnknownWalletError."""
    wallet_row = wallet_of(facts, wallet)
    parts = Parts(
        facts_of_wallet(facts, wallet), wallet_row, day, standing, accept_disputed=accept_disputed
    )
    coalitions = _coalitions(facts, wallet, day, standing, accept_disputed=accept_disputed)
    return Graph(
        wallet=wallet_row,
        day=day,
        standing=standing,
        nodes=tuple(parts.nodes.values()),
        edges=tuple(parts.edges),
        coalitions=coalitions,
        has_policy=parts.has_policy,
        notes=tuple(facts.notes),
        zone=facts.zone,
    )


def _coalitions(
    facts: Facts, wallet: str, day: date, standing: ProofLevel, *, accept_disputed: bool
) -> Coalitions:
    network = people_network(facts, wallet, day, standing, accept_disputed=accept_disputed)
    if network is None:
        return Coalitions((), 0)
    coalitions = minimal_sets(network)
    if isinstance(coalitions, NotDecided):
        return Coalitions((), 0, str(coalitions))
    names = Names(facts)
    sets = coalitions.cheapest(dict.fromkeys(network.leaves(), 1), LISTED)
    by_name = [tuple(names.person(person) for person in sorted(members)) for members in sets]
    return Coalitions(tuple(by_name), coalitions.count)
