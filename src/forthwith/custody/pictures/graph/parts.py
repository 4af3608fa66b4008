"""The nodes and edges of a coalition graph, each with the row it comes from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from forthwith.custody.facts.facts import (
    ApprovalPolicy,
    Fact,
    Facts,
    Grant,
    Means,
    Names,
    Possession,
    ProofLevel,
    SpendingPolicy,
    Wallet,
)
from forthwith.custody.facts.network import Gate, Network
from forthwith.custody.pictures.timeline.events import scope_text
from forthwith.domain.period import Period

#: Sorts of node from left to right.
SORTS = ("person", "means", "quorum", "path", "wallet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Somebody or something in the graph."""

    id: str
    #: One of SORTS.
    sort: str
    label: str
    detail: str = ""
    #: Means: its holders are not shown to be all. Path: it stands for paths nobody listed.
    open: bool = False
    #: Whether the fact it comes from counts.
    accepted: bool = True
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What one node does for another."""

    source: str
    target: str
    #: has, gives, may give, part, counts, approves, sets aside, moves.
    sort: str
    says: str
    accepted: bool = True
    fact: Fact | None = None
    period: Period | None = None


class Parts:
    """Collects the graph of one wallet on one day."""

    def __init__(
        self,
        facts: Facts,
        wallet: Wallet,
        day: date,
        standing: ProofLevel,
        *,
        accept_disputed: bool,
    ) -> None:
        self._facts, self._wallet, self._day = facts, wallet, day
        self._standing, self._accept_disputed = standing, accept_disputed
        self._names = Names(facts)
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []
        self.has_policy = False
        #: Parts for which what they are of stands in.
        self._served: set[str] = set()
        self._means = {means.id: means for means in facts.means}
        self._bearers: dict[str, list[Means]] = defaultdict(list)
        for means in facts.means:
            self._bearers[means.of].append(means)
        self._grants: dict[str, list[tuple[int, Grant]]] = defaultdict(list)
        for at, grant in enumerate(facts.grants):
            self._grants[grant.gives].append((at, grant))
        self._complete = {
            row.means: row for row in facts.completeness if day in row.period and self._accepts(row)
        }
        self._add()

    def _accepts(self, fact: Fact) -> bool:
        return fact.standing <= self._standing and (self._accept_disputed or not fact.disputed)

    def _add(self) -> None:
        self._wallet_node()
        for at, policy in enumerate(self._facts.policies):
            if self._day in policy.period:
                self._policy(at, policy)
        for at, approval in enumerate(self._facts.approvals):
            if self._day in approval.period:
                self._approval(at, approval)
        # What the formulas ask for is there; now what leads to it, over and over.
        self._sources()
        for possession in self._facts.possessions:
            if self._day in possession.period and f"means:{possession.means}" in self.nodes:
                self._possession(possession)

    def _wallet_node(self) -> None:
        wallet = self._wallet
        detail = ", ".join(filter(None, (wallet.asset, *sorted(wallet.classes))))
        self._node(id="wallet", sort="wallet", label=wallet.id, detail=detail, facts=(wallet,))
        complete = self._complete.get(f"wallet:{wallet.id}")
        if complete is None:
            detail = "list not shown whole"
            self._node(id="unlisted", sort="path", label="another path?", detail=detail, open=True)
            self._edge(
                "unlisted", "wallet", "moves", "a path nobody listed may move", accepted=False
            )

    def _policy(self, at: int, policy: SpendingPolicy) -> None:
        self.has_policy = True
        path, name = f"path:{at}", policy.path.replace("_", " ")
        accepted = self._accepts(policy)
        self._node(
            id=path,
            sort="path",
            label=f"by {name}",
            detail=scope_text(policy),
            accepted=accepted,
            facts=(policy,),
        )
        top = self._formula(f"p{at}", policy.formula, policy)
        self._wholes(policy.formula.leaves())
        self._edge(top, path, "counts", "is what it takes to go", policy, policy.period)
        self._edge(path, "wallet", "moves", "is enough to move", policy, policy.period)

    def _approval(self, at: int, approval: ApprovalPolicy) -> None:
        paths = [
            f"path:{place}"
            for place, policy in enumerate(self._facts.policies)
            if policy.path == approval.path and f"path:{place}" in self.nodes
        ]
        if not paths:
            return
        top = self._formula(f"a{at}", approval.formula, approval, "approval")
        self._wholes(approval.formula.leaves() | {approval.enforced_by})
        for path in paths:
            self._edge(top, path, "approves", "must approve going", approval, approval.period)
            if enforcer := approval.enforced_by:
                self._means_node(enforcer)
                says = "can set the approval aside when going"
                self._edge(f"means:{enforcer}", path, "sets aside", says, approval, approval.period)

    def _formula(self, name: str, formula: Network, fact: Fact, role: str = "") -> str:
        """Add the gates of a formula; return the id of its top."""
        for gate_name in formula.order():
            gate = formula.nodes[gate_name]
            gate_id = f"gate:{name}:{gate_name}"
            self._gate(gate_id, gate, fact, role if gate_name == formula.top else "")
            for part, times in sorted(Counter(gate.of).items()):
                source = f"gate:{name}:{part}" if part in formula.nodes else self._leaf(part)
                twice = f", {times} times" if times > 1 else ""
                self._edge(source, gate_id, "counts", f"counts towards{twice}", fact)
        if formula.top in formula.nodes:
            return f"gate:{name}:{formula.top}"
        return self._leaf(formula.top)

    def _gate(self, gate_id: str, gate: Gate, fact: Fact, role: str) -> None:
        twice = [f"{part} ×{times}" for part, times in Counter(gate.of).items() if times > 1]
        self._node(
            id=gate_id,
            sort="quorum",
            label=f"{gate.k} of {len(gate.of)}",
            detail=", ".join(filter(None, (role, *twice))),
            accepted=self._accepts(fact),
            facts=(fact,),
        )

    def _leaf(self, means: str) -> str:
        self._means_node(means)
        return f"means:{means}"

    def _means_node(self, means: str) -> None:
        if f"means:{means}" in self.nodes:
            return
        row = self._means.get(means)
        complete = self._complete.get(means)
        facts = tuple(fact for fact in (row, complete) if fact is not None)
        detail = ""
        if row is not None:
            detail = " · ".join(filter(None, (row.kind.replace("_", " "), row.label)))
        self._node(
            id=f"means:{means}",
            sort="means",
            label=means,
            detail=detail,
            open=complete is None,
            facts=facts,
        )

    def _wholes(self, asked: Iterable[str]) -> None:
        """Add what each thing asked for is of, over and over: it may serve in its place."""
        waiting = sorted(asked)
        while waiting:
            part = self._means.get(waiting.pop())
            if part is not None and part.of and part.id not in self._served:
                self._served.add(part.id)
                self._means_node(part.of)
                says = "may stand in for"
                self._edge(f"means:{part.of}", f"means:{part.id}", "may give", says, part)
                waiting.append(part.of)

    def _sources(self) -> None:
        done: set[str] = set()
        while left := sorted(
            node.label
            for node in self.nodes.values()
            if node.sort == "means" and node.label not in done
        ):
            for means in left:
                done.add(means)
                self._into(means)

    def _into(self, means: str) -> None:
        counted: set[str] = set()
        for at, grant in self._grants[means]:
            if self._day in grant.period:
                top = self._formula(f"g{at}", grant.source, grant)
                says = "gives" + (f", if {grant.condition}," if grant.condition else "")
                sort = "may give" if grant.condition else "gives"
                self._edge(top, f"means:{means}", sort, says, grant, grant.period)
                counted |= grant.source.leaves()
        for bearer in self._bearers[means]:
            # A share that counts towards the key by a grant, or for which the key stands in, need
            # not be said to be part of it.
            if not (bearer.kind == "share" and bearer.id in counted | self._served):
                sort, says = _BEARS.get(bearer.kind, ("may give", "may give"))
                self._means_node(bearer.id)
                self._edge(f"means:{bearer.id}", f"means:{bearer.of}", sort, says, bearer)

    def _possession(self, possession: Possession) -> None:
        person = f"person:{possession.person}"
        name = self._names.person(possession.person)
        if person not in self.nodes:
            rows = tuple(row for row in self._facts.people if row.id == possession.person)
            ties = dict.fromkeys(self._ties(possession.person))
            self._node(id=person, sort="person", label=name, detail=", ".join(ties), facts=rows)
        says = "had within reach"
        self._edge(person, f"means:{possession.means}", "has", says, possession, possession.period)

    def _ties(self, person: str) -> Iterator[str]:
        for tie in self._facts.affiliations:
            if tie.person == person and self._day in tie.period and self._accepts(tie):
                yield self._names.entity(tie.entity) if tie.entity else tie.value

    def _node(self, **cells: object) -> None:
        node = Node(**cells)  # type: ignore[arg-type]
        self.nodes.setdefault(node.id, node)

    def _edge(
        self,
        source: str,
        target: str,
        sort: str,
        says: str,
        fact: Fact | None = None,
        period: Period | None = None,
        *,
        accepted: bool = True,
    ) -> None:
        counts = accepted and (fact is None or self._accepts(fact))
        self.edges.append(
            Edge(
                source=source,
                target=target,
                sort=sort,
                says=says,
                accepted=counts,
                fact=fact,
                period=period,
            )
        )


#: What a means `of` another does for it; the rest only may give it.
_BEARS = {
    "copy": ("gives", "is a copy of"),
    "backup": ("gives", "is a backup of"),
    "share": ("part", "is a part of"),
}


def rows_of(
    nodes: Iterable[Node], edges: Iterable[Edge]
) -> Iterator[tuple[Node | Edge, Fact | None]]:
    """Yield every node and edge with each fact it comes from; once without, where it has none."""
    for node in nodes:
        for fact in node.facts or (None,):
            yield node, fact
    for edge in edges:
        yield edge, edge.fact
