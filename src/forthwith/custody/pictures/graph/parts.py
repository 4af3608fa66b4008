"""The nodes and edges of a coalition graph, each with the row it comes from.

What the keys ask for and what the software asks for meet in an "and" before their path; approvals
of one group meet in an "any of"; a condition stands between what gives and what is given. Ids that
rows or a public key show to be one thing, or one person, are one node under all of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    SameAs,
    SpendingPolicy,
    Wallet,
)
from forthwith.custody.facts.identity import links
from forthwith.custody.facts.network import Gate, Network
from forthwith.custody.people import is_account
from forthwith.custody.pictures.timeline.events import amounts_text, scope_text
from forthwith.domain.period import Period

#: Sorts of node from left to right.
SORTS = ("person", "means", "condition", "quorum", "path", "wallet")
_APPROVAL = "approval"
#: Keys of a policy's scope that somebody would have to show to be met.
_CONDITIONS = frozenset(("when", "after", "older"))


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

    @property
    def disputed(self) -> bool:
        """Return whether the other side disputes a row it comes from."""
        return any(fact.disputed for fact in self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What one node does for another."""

    source: str
    target: str
    #: has, gives, may give, part, counts, approves, sets aside, moves, may move, may be.
    sort: str
    says: str
    accepted: bool = True
    fact: Fact | None = None
    period: Period | None = None

    @property
    def disputed(self) -> bool:
        """Return whether the other side disputes its row."""
        return self.fact is not None and self.fact.disputed


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
        self._drawn: set[tuple[str, ...]] = set()
        self.has_policy = False
        #: Parts for which what they are of stands in.
        self._served: set[str] = set()
        self._links = tuple(links(facts.means))
        self._one_means, self._one_person = self._joined("means"), self._joined("person")
        self._means: dict[str, list[Means]] = defaultdict(list)
        self._bearers: dict[str, list[Means]] = defaultdict(list)
        for means in facts.means:
            self._means[self._one(means.id)].append(means)
            self._bearers[self._one(means.of)].append(means)
        self._grants: dict[str, list[tuple[int, Grant]]] = defaultdict(list)
        for at, grant in enumerate(facts.grants):
            self._grants[self._one(grant.gives)].append((at, grant))
        self._complete = {
            row.means: row for row in facts.completeness if day in row.period and self._accepts(row)
        }
        self._add()

    def _accepts(self, fact: Fact) -> bool:
        return fact.standing <= self._standing and (self._accept_disputed or not fact.disputed)

    def _joined(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        """Return for each id that is one with others all of them, in order."""
        groups: dict[str, set[str]] = {}
        for one, two in self._pairs(kind):
            group = groups.get(one, {one}) | groups.get(two, {two})
            groups.update(dict.fromkeys(group, group))
        return {name: tuple(sorted(group)) for name, group in groups.items()}

    def _pairs(self, kind: str) -> Iterator[tuple[str, str]]:
        """Yield two ids at a time that are one: by a row that counts, or by one public key."""
        rows = [row for row in self._facts.same_as if row.kind == kind and self._holds(row)]
        denied = {frozenset((row.a, row.b)) for row in rows if not row.same}
        for row in rows:
            if row.same and self._accepts(row) and frozenset((row.a, row.b)) not in denied:
                yield row.a, row.b
        for link in self._links if kind == "means" else ():
            if link.key and self._accepts(link.a) and self._accepts(link.b):
                yield link.a.id, link.b.id

    def _holds(self, row: SameAs) -> bool:
        return row.period is None or self._day in row.period

    def _ids(self, means: str) -> tuple[str, ...]:
        return self._one_means.get(means, (means,))

    def _one(self, means: str) -> str:
        """Return the first id of all that a means has."""
        return self._ids(means)[0]

    def _add(self) -> None:
        self._wallet_node()
        approvals = {
            path: list(self._approvals(path))
            for path in dict.fromkeys(policy.path for policy in self._facts.policies)
        }
        for at, policy in enumerate(self._facts.policies):
            if self._day in policy.period:
                self._policy(at, policy, approvals[policy.path])
        # What the formulas ask for is there; now what leads to it, over and over.
        self._sources()
        for possession in self._facts.possessions:
            node = f"means:{self._one(possession.means)}"
            if self._day in possession.period and node in self.nodes:
                self._possession(possession, node)
        self._doubtful_joins()

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

    def _policy(
        self, at: int, policy: SpendingPolicy, approvals: Sequence[tuple[int, ApprovalPolicy]]
    ) -> None:
        self.has_policy = True
        path, name = f"path:{at}", policy.path.replace("_", " ")
        conditional = not _CONDITIONS.isdisjoint(key for key, _ in policy.scope)
        self._node(
            id=path,
            sort="path",
            label=f"by {name}",
            detail=scope_text(policy),
            accepted=self._accepts(policy),
            facts=(policy,),
        )
        top = self._formula(f"p{at}", policy.formula, policy)
        self._wholes(policy.formula.leaves())
        both = f"and:{at}" if approvals else path
        if approvals:
            self._node(id=both, sort="quorum", label="and", detail="keys and approvals")
            self._edge(both, path, "counts", "is what it takes to go", policy, policy.period)
        self._edge(top, both, "counts", "is what it takes to go", policy, policy.period)
        sort = "may move" if conditional else "moves"
        says = (
            "if its conditions are met, is enough to move" if conditional else "is enough to move"
        )
        self._edge(path, "wallet", sort, says, policy, policy.period)
        self._approved(policy.path, both, approvals)

    def _approvals(self, path: str) -> Iterator[tuple[int, ApprovalPolicy]]:
        for at, approval in enumerate(self._facts.approvals):
            if approval.path == path and self._day in approval.period:
                yield at, approval

    def _approved(
        self, path: str, both: str, approvals: Sequence[tuple[int, ApprovalPolicy]]
    ) -> None:
        """Lead the approvals of a path into the "and" before it."""
        groups: dict[str, list[tuple[int, ApprovalPolicy]]] = defaultdict(list)
        for at, approval in approvals:
            groups[approval.group].append((at, approval))
        for group, numbered in sorted(groups.items()):
            rows = [approval for _, approval in numbered]
            target = both
            if len(rows) > 1:
                target = f"{'any' if group else 'all'}:{path}:{group}"
                detail = f"approvals of {group}" if group else "approvals; may be meant as any of"
                label = "any of" if group else "all of"
                facts = tuple(rows)
                self._node(id=target, sort="quorum", label=label, detail=detail, facts=facts)
                self._edge(target, both, "approves", "must be met for", rows[0], rows[0].period)
            for at, approval in numbered:
                self._approval(at, approval, target)

    def _approval(self, at: int, approval: ApprovalPolicy, target: str) -> None:
        amounts = amounts_text(approval, self._wallet.asset)
        limits = "; ".join(filter(None, (_APPROVAL, amounts, scope_text(approval))))
        top = self._formula(f"a{at}", approval.formula, approval, limits)
        self._wholes(approval.formula.leaves() | ({approval.enforced_by} - {""}))
        if approval.enforced_by:
            either = f"or:a{at}"
            detail = f"{approval.enforced_by} can set it aside"
            self._node(id=either, sort="quorum", label="or", detail=detail, facts=(approval,),
                       accepted=self._accepts(approval))  # fmt: skip
            says = "can set the approval aside when going"
            enforcer = self._leaf(approval.enforced_by)
            self._edge(enforcer, either, "sets aside", says, approval, approval.period)
            self._edge(top, either, "approves", "must approve going", approval, approval.period)
            top = either
        self._edge(top, target, "approves", "must approve going", approval, approval.period)

    def _formula(self, name: str, formula: Network, fact: Fact, role: str = "") -> str:
        """Add the gates of a formula; return the id of its top, a gate where it has a role."""
        nodes = formula.nodes
        if role and formula.top not in nodes:
            nodes = {**nodes, formula.top: Gate(1, (formula.top,))}
        order = formula.order() if formula.top in formula.nodes else tuple(nodes)
        for gate_name in order:
            gate = nodes[gate_name]
            gate_id = f"gate:{name}:{gate_name}"
            self._gate(gate_id, gate, fact, role if gate_name == formula.top else "")
            for part, times in sorted(Counter(gate.of).items()):
                inner = part in formula.nodes
                source = f"gate:{name}:{part}" if inner else self._leaf(part)
                twice = f", {times} times" if times > 1 else ""
                self._edge(source, gate_id, "counts", f"counts towards{twice}", fact)
        if formula.top in nodes:
            return f"gate:{name}:{formula.top}"
        return self._leaf(formula.top)

    def _gate(self, gate_id: str, gate: Gate, fact: Fact, role: str) -> None:
        twice = [f"{part} ×{times}" for part, times in Counter(gate.of).items() if times > 1]
        ones = {self._ids(part) for part in gate.of if len(set(self._ids(part)) & set(gate.of)) > 1}
        once = [f"{' = '.join(ids)} counts once" for ids in sorted(ones)]
        label = f"{gate.k} of {len(gate.of)}"
        if role and gate.of == (gate_id.rpartition(":")[2],):
            # One means alone approves: that is no count.
            label, role = _APPROVAL, role.removeprefix(_APPROVAL).removeprefix("; ")
        self._node(
            id=gate_id,
            sort="quorum",
            label=label,
            detail="; ".join(filter(None, (role, *twice, *once))),
            accepted=self._accepts(fact),
            facts=(fact,),
        )

    def _leaf(self, means: str) -> str:
        """Return the node of a means, added where it is not there yet."""
        node, ids = f"means:{self._one(means)}", self._ids(means)
        if node in self.nodes:
            return node
        rows = self._means.get(ids[0], [])
        listed = [self._complete.get(name) for name in ids]
        complete = [row for row in listed if row is not None]
        details = [
            part
            for row in rows
            for part in (row.kind.replace("_", " "), "" if row.label == row.id else row.label)
        ]
        self._node(
            id=node,
            sort="means",
            label=" = ".join(ids),
            detail=" · ".join(dict.fromkeys(filter(None, details))),
            # A list of one id of a thing is a list of all its ids.
            open=not complete,
            facts=(*rows, *complete),
        )
        return node

    def _wholes(self, asked: Iterable[str]) -> None:
        """Add what each thing asked for is of, over and over: it may serve in its place."""
        waiting = sorted(asked)
        while waiting:
            for part in self._means.get(self._one(waiting.pop()), ()):
                if part.of and part.id not in self._served:
                    self._served.add(part.id)
                    whole, says = self._leaf(part.of), "may stand in for"
                    self._edge(whole, self._leaf(part.id), "may give", says, part)
                    waiting.append(part.of)

    def _sources(self) -> None:
        done: set[str] = set()
        while left := sorted(
            name for name, node in self.nodes.items() if node.sort == "means" and name not in done
        ):
            for name in left:
                done.add(name)
                self._into(name)

    def _into(self, node: str) -> None:
        means = node.partition(":")[2]
        counted: set[str] = set()
        for at, grant in self._grants[means]:
            if self._day in grant.period:
                top = self._formula(f"g{at}", grant.source, grant)
                if grant.condition:
                    condition = f"if:g{at}"
                    self._node(id=condition, sort="condition", label=f"if {grant.condition}",
                               facts=(grant,), accepted=self._accepts(grant))  # fmt: skip
                    self._edge(top, condition, "may give", "gives", grant, grant.period)
                    top = condition
                says = "gives" + (f", if {grant.condition}," if grant.condition else "")
                sort = "may give" if grant.condition else "gives"
                self._edge(top, node, sort, says, grant, grant.period)
                counted |= grant.source.leaves()
        for bearer in self._bearers[means]:
            # A share that counts towards the key by a grant, or for which the key stands in, need
            # not be said to be part of it.
            if not (bearer.kind == "share" and bearer.id in counted | self._served):
                sort, says = _BEARS.get(bearer.kind, ("may give", "may give"))
                self._edge(self._leaf(bearer.id), node, sort, says, bearer)

    def _possession(self, possession: Possession, means: str) -> None:
        ids = self._one_person.get(possession.person, (possession.person,))
        person = f"person:{ids[0]}"
        if person not in self.nodes:
            rows = tuple(row for row in self._facts.people if row.id in ids)
            # What an export calls somebody is an id of an account, once the person is known.
            own = [row.id for row in rows if not is_account(row)] or ids
            label = " = ".join(dict.fromkeys(map(self._names.person, own)))
            ties = (tie for name in ids for tie in self._ties(name))
            details = (" = ".join(ids) if len(ids) > 1 else "", *self._aliases(ids), *ties)
            detail = ", ".join(dict.fromkeys(filter(None, details)))
            self._node(id=person, sort="person", label=label, detail=detail, facts=rows)
        says = "had within reach"
        self._edge(person, means, "has", says, possession, possession.period)

    def _ties(self, person: str) -> Iterator[str]:
        for tie in self._facts.affiliations:
            if tie.person == person and self._day in tie.period and self._accepts(tie):
                yield self._names.entity(tie.entity) if tie.entity else tie.value

    def _aliases(self, ids: Sequence[str]) -> Iterator[str]:
        for row in self._facts.same_as:
            if row.kind == "alias" and row.same and row.a in ids and self._accepts(row):
                yield row.b

    def _doubtful_joins(self) -> None:
        """Say which nodes may be one, where nothing that counts joins them; which are of a seed."""
        for row in self._facts.same_as:
            if row.kind in ("person", "means") and row.same and self._holds(row):
                self._may_be(row.kind, (row.a, row.b), "may be the same as", row)
        for link in self._links:
            says = "may be the same as" if link.key else "may come of one seed with"
            self._may_be("means", (link.a.id, link.b.id), says, link.b)

    def _may_be(self, kind: str, pair: tuple[str, str], says: str, fact: Fact) -> None:
        ids = self._one_means if kind == "means" else self._one_person
        one, two = (f"{kind}:{ids.get(name, (name,))[0]}" for name in pair)
        if one in self.nodes and two in self.nodes and one != two:
            self._edge(one, two, "may be", says, fact, getattr(fact, "period", None))

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
        # What two policies of one path ask for alike is there once.
        key = (source, target, sort, says, fact.place if fact else "")
        if key in self._drawn:
            return
        self._drawn.add(key)
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
