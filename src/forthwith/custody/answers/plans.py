"""Plans: the listed ways to move a wallet that a question asks about, and what a group can do.

Ways follow one another: what one moves to a wallet another moves on from there. The last movement
lies in the time asked about, earlier ones may precede it; amounts are asked for at each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.custody.answers.approvals import (
    ANY_AMOUNT,
    Approval,
    Candidate,
    Limits,
    Need,
    binding,
    candidates,
    needs,
    tiers,
)
from forthwith.custody.answers.index import Model
from forthwith.custody.answers.reach import Reach
from forthwith.custody.facts.amounts import Amount
from forthwith.custody.facts.facts import ApprovalPolicy, Means, SpendingPolicy, Wallet
from forthwith.custody.facts.locks import opening
from forthwith.custody.facts.network import Network
from forthwith.custody.facts.words import fold
from forthwith.custody.questions.groups import Bounds
from forthwith.custody.questions.scope import Scope, alternatives
from forthwith.domain.fact_tables import EVERYTHING

#: The path nobody has listed; it is open until `wallet:ID` says that the listed ones are all.
UNLISTED = "unlisted"
#: A wallet nobody has listed; open until completeness says that those listed are all in scope.
UNLISTED_WALLET = "unlisted wallet"
#: The path of a question about a means itself.
HAVING = "means"


@dataclass(frozen=True, slots=True)
class Way:
    """One listed way to move a wallet's assets, over the axis."""

    path: str
    formula: Network
    #: Stretches in which it surely, and perhaps, is a way.
    low: int
    up: int
    accepted: bool
    fact: SpendingPolicy | Means
    #: Approvals asked for on its path, whatever amount they are for.
    approvals: tuple[ApprovalPolicy, ...] = ()
    #: Whether it surely does what is asked about; if not, it may move other assets, or elsewhere.
    serves: bool = True
    #: What has to be so besides, in words; it is not computed and counts in the upper bound only.
    condition: str = ""
    limits: Limits = ANY_AMOUNT
    #: Its approvals name no amount though the policies of its path differ by amount.
    tiered: bool = False

    @property
    def sure(self) -> bool:
        """Return whether the way counts in the lower bound."""
        return self.accepted and self.serves and not self.condition


@dataclass(frozen=True, slots=True)
class Tier:
    """What one way takes to move one amount."""

    amount: Candidate
    #: Whether the way surely moves this amount; it perhaps does.
    sure: bool
    #: Runs of stretches with what is asked for besides, in the lower and in the upper bound.
    low: tuple[tuple[int, Need], ...]
    up: tuple[tuple[int, Need], ...]
    #: As `low`, by the rows alone that are relied on.
    relied: tuple[tuple[int, Need], ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """What is moved and where to, as far as somebody asks (folded words)."""

    assets: frozenset[str] = frozenset()
    destinations: frozenset[str] = frozenset()


#: Of anything, to anywhere.
ANYWHERE = Movement()


@dataclass(frozen=True, slots=True)
class Plan:
    """All ways to move one wallet that a question asks about."""

    ways: tuple[Way, ...]
    #: Days on which no accepted row says that the listed ways are all.
    incomplete: int
    #: Days on which no accepted policy says what it takes.
    unruled: int
    #: What amounts without a unit are of, and the amount asked about.
    asset: str = ""
    amount: Amount | None = None
    #: What the wallet surely holds, as far as an accepted row says (folded words).
    held: frozenset[str] = frozenset()
    #: Assets that any of its policies names.
    named: frozenset[str] = frozenset()
    _tiers: dict[tuple[int, Movement], tuple[Tier, ...]] = field(
        default_factory=dict, compare=False
    )

    @property
    def unlisted(self) -> int:
        """Return the days on which some way that was not listed may exist."""
        return self.incomplete | self.unruled

    @property
    def key(self) -> tuple[object, ...]:
        """Return what wallets under one policy have in common."""
        return (
            self.incomplete,
            self.unruled,
            (self.held, self.named) if any(way.approvals for way in self.ways) else (),
            self.asset
            if any(way.approvals or way.limits != ANY_AMOUNT for way in self.ways)
            else "",
            *(
                (
                    way.path,
                    id(way.formula),
                    way.low,
                    way.up,
                    way.accepted,
                    way.serves,
                    way.condition,
                    way.limits,
                    way.tiered,
                    tuple(
                        (
                            id(row.formula),
                            row.enforced_by,
                            row.group,
                            row.above,
                            row.up_to,
                            row.scope,
                            id(row.period),
                            row.standing,
                            row.disputed,
                        )
                        for row in way.approvals
                    ),
                )
                for way in self.ways
            ),
        )

    def tiers(self, way: Way, model: Model, asked: Movement) -> tuple[Tier, ...]:
        """Return what the way takes, for each amount that makes a difference."""
        key = id(way), asked
        if key not in self._tiers:
            self._tiers[key] = tuple(self._tiers_of(way, model, asked))
        return self._tiers[key]

    def _tiers_of(self, way: Way, model: Model, asked: Movement) -> Iterator[Tier]:
        rows = [other.fact for other in self.ways if isinstance(other.fact, SpendingPolicy)]
        movements = list(_movements(way, model, asked, self.held, self.named))
        for amount in candidates(rows, way.approvals, self.amount, self.asset):
            sure, perhaps = way.limits.covers(amount, self.asset)
            for movement, serves in movements if perhaps else ():
                approvals = [
                    bound
                    for row in way.approvals
                    if (bound := self._bound(row, way, amount, model, movement)).may_bind
                ]
                relied = [row for row in approvals if model.accepts(row.fact)]
                yield Tier(
                    amount,
                    sure and serves,
                    needs(approvals, model.full, surely=True),
                    needs(approvals, model.full, surely=False),
                    needs(relied, model.full, surely=True),
                )

    def _bound(
        self,
        row: ApprovalPolicy,
        way: Way,
        amount: Candidate,
        model: Model,
        movement: Movement,
    ) -> Approval:
        sure, perhaps = binding(row, amount, self.asset)
        if row.scope:
            there = _covered(row, model, movement)
            sure, perhaps = sure and there[0], perhaps and there[1]
        if way.tiered and row.above is None and row.up_to is None and way.limits != ANY_AMOUNT:
            # For which of the tiers it is asked nobody says.
            sure = False
        accepted = sure and model.accepts(row)
        return Approval(
            row,
            row.formula,
            row.enforced_by,
            model.axis.inside(row.period) if accepted else 0,
            model.axis.through(row.period) if perhaps else 0,
        )


def _movements(
    way: Way, model: Model, asked: Movement, held: frozenset[str], named: frozenset[str]
) -> Iterator[tuple[Movement, bool]]:
    """Yield what a way moves, one asset to one place each, and whether it surely does.

    They are told apart only where an approval is asked for of some of them. Where nobody asks about
    a place and the way is limited to none, it moves to one that no row names.
    """
    limited = {key for row in way.approvals for key, _ in row.scope}
    if not limited & {"destination", "asset"}:
        yield ANYWHERE, True
        return
    own = dict(way.fact.scope) if isinstance(way.fact, SpendingPolicy) else {}
    places = [(word, True) for word in sorted(alternatives(own.get("destination", "")))]
    if asked.destinations:
        places = [
            (word, sure)
            for word in sorted(asked.destinations)
            for sure, perhaps in (model.terms.reaches({word}, own.get("destination", "")),)
            if perhaps or not way.accepted
        ]
    limit = alternatives(own.get("asset", ""))
    words = sorted(asked.assets or limit | held)
    if asked.assets and (limit or held):
        words = [
            word
            for word in words
            if any(model.terms.moves(frozenset({word}), other)[1] for other in limit | held)
        ]
    # What the policy and the wallet both name is surely moved; what only one of them does may be.
    assets = [(word, (not limit or word in limit) and (not held or word in held)) for word in words]
    if held and not limit and not asked.assets:
        # What another of its policies moves, a wallet may hold, whatever its own row names.
        assets += [(word, False) for word in sorted(named - held)]
    for place, sure_place in places or [("", True)]:
        for what, sure_asset in assets or [("", True)]:
            movement = Movement(frozenset({what} - {""}), frozenset({place} - {""}))
            yield movement, sure_place and sure_asset


def _covered(row: ApprovalPolicy, model: Model, movement: Movement) -> tuple[bool, bool]:
    """Return whether an approval surely, and perhaps, is asked for of one movement."""
    limits = dict(row.scope)
    there, that = (True, True), (True, True)
    if limit := limits.get("destination", ""):
        there = model.terms.bound(movement.destinations, limit)
    if limit := limits.get("asset", ""):
        # Where no row says what it is, it may be of that asset.
        that = model.terms.moves(movement.assets, limit) if movement.assets else (False, True)
    # Whether it is asked for on such an occasion, or from such a source, is not computed.
    vague = limits.keys() - {"destination", "asset"}
    return there[0] and that[0] and not vague, there[1] and that[1]


def plan_of(model: Model, wallet: str, scope: Scope) -> Plan:
    """Return the ways listed for a wallet that the scope asks about."""
    listed, ways = 0, []
    rows = model.policies.get(wallet, ())
    asset = fold(model.wallets[wallet].asset) if wallet in model.wallets else ""
    relied_on = wallet in model.wallets and model.accepts(model.wallets[wallet])
    held = alternatives(asset) if relied_on else frozenset[str]()
    approvals: dict[str, list[ApprovalPolicy]] = defaultdict(list)
    for row in model.approvals.get(wallet, ()):
        approvals[row.path].append(row)
    tiered = tiers(rows) if approvals else {}
    limits = [dict(row.scope).get("asset", "") for row in rows if row.scope] if approvals else []
    named = frozenset[str]().union(*map(alternatives, limits))
    for policy in rows:
        accepted = model.accepts(policy)
        low, up, condition = _days(model, policy)
        listed |= model.axis.mask(policy.period) if accepted else 0
        sure, perhaps = model.terms.covers(policy, scope.assets, scope.destinations, held)
        # What nobody has shown of a policy includes its scope: only its path is taken as said.
        if up and scope.covers_path(policy.path) and (perhaps or not accepted):
            ways.append(
                Way(
                    policy.path,
                    policy.formula,
                    low if accepted else 0,
                    up,
                    accepted,
                    policy,
                    tuple(approvals[policy.path]) if policy.path in approvals else (),
                    sure,
                    condition,
                    Limits.of(policy) if policy.scope else ANY_AMOUNT,
                    tiered.get(policy.path, False),
                )
            )
    open_days = model.open_days(f"wallet:{wallet}")
    return Plan(tuple(ways), open_days, model.full & ~listed, asset, scope.amount, held, named)


def _days(model: Model, policy: SpendingPolicy) -> tuple[int, int, str]:
    """Return when a policy surely, and perhaps, is a way, and on what condition."""
    low, up = model.axis.mask(policy.period), model.axis.through(policy.period)
    if policy.period.end is not None:
        up |= model.unretired(policy)
    if not policy.scope:
        return low, up, ""
    opens = opening(dict(policy.scope).get("after", ""))
    if opens is not None:
        earliest, latest = opens
        up &= model.axis.between(earliest, None)
        low &= model.axis.between(latest, None) if latest is not None else 0
    return low, up, conditions_of(policy)


def conditions_of(policy: SpendingPolicy) -> str:
    """Return what has to be so besides for a policy to be a way, in words."""
    scope = dict(policy.scope)
    conditions = [scope["when"]] if "when" in scope else []
    if "older" in scope:
        conditions.append(f"the coins are older than {scope['older']}")
    if "after" in scope and opening(scope["after"]) is None:
        conditions.append(f"it opens after {scope['after']}")
    return "; ".join(conditions)


def having(model: Model, means: str) -> Plan:
    """Return the plan of a question about a means itself: having it is the one way."""
    full = model.full
    return Plan((Way(HAVING, Network(means, {}), full, full, True, model.means[means]),), 0, 0)


def moved(reach: Reach, plan: Plan, asked: Movement) -> dict[str, Bounds]:
    """Return for each kind of path the days on which the group surely, and perhaps, moves by it."""
    bounds_by_path: dict[str, Bounds] = {}
    for way in plan.ways:
        low, up = by_way(reach, plan, way, asked)
        was = bounds_by_path.get(way.path, (0, 0))
        bounds_by_path[way.path] = (was[0] | low, was[1] | up)
    if plan.unlisted:
        bounds_by_path[UNLISTED] = (0, plan.unlisted)
    return bounds_by_path


def by_way(reach: Reach, plan: Plan, way: Way, asked: Movement) -> Bounds:
    """Return the days on which the group surely, and perhaps, moves by one way."""
    if way.path == HAVING:
        return reach.has(way.formula.top)
    # Nothing can be held against a group on the strength of a policy that is not accepted, and
    # nothing can be ruled out by one.
    if not way.accepted:
        return 0, way.up
    met_low, met_up = reach.meets(way.formula)
    fall = reach.assumed.doubts_fall
    if not way.approvals and way.limits == ANY_AMOUNT:
        low, up = met_low, met_up
    else:
        low, up = 0, 0
        for tier in plan.tiers(way, reach.model, asked):
            up |= _approved(reach, tier.up, surely=False)
            if tier.sure:
                low |= _approved(reach, tier.relied if fall else tier.low, surely=True)
        low, up = low & met_low, up & met_up
    counts = way.serves and (fall or not way.condition)
    return low & way.low if counts else 0, up & way.up


def _approved(reach: Reach, runs: Iterable[tuple[int, Need]], *, surely: bool) -> int:
    days = 0
    for part, need in runs:
        days |= part & reach.approved(need, surely=surely)
    return days


def in_scope(model: Model, wallet: Wallet, scope: Scope) -> tuple[bool, bool]:
    """Return whether the wallet is surely, and perhaps, one of those asked about."""
    if scope.means or (scope.wallets and wallet.id not in scope.wallets):
        return False, False
    by_id = wallet.id in scope.wallets and not scope.classes and not scope.assets
    if model.accepts(wallet) or by_id:
        return scope.surely(wallet), scope.perhaps(wallet)
    return False, True


@dataclass(frozen=True, slots=True)
class Leg:
    """One movement from one wallet to another by a listed way."""

    source: str
    way: Way
    plan: Plan
    target: str
    #: Whether the way surely goes there.
    sure: bool
    #: Of which of these assets somebody asks; none is any.
    assets: frozenset[str] = frozenset()

    def bounds(self, reach: Reach) -> Bounds:
        """Return the days on which the group surely, and perhaps, moves so."""
        low, up = by_way(reach, self.plan, self.way, self.movement)
        return low if self.sure else 0, up

    @property
    def movement(self) -> Movement:
        """Return where it goes, where an approval depends on that."""
        if not any(row.scope for row in self.way.approvals):
            return ANYWHERE
        return Movement(self.assets, frozenset({fold(self.target)}))


class Chains:
    """Movements that follow one another, from any wallet to where a question asks about.

    Wallets with the same ways, to the same places and from there on, are one node.
    """

    def __init__(self, model: Model, scope: Scope) -> None:
        self._model, self._scope = model, scope
        self.asked = Movement(scope.assets, scope.destinations)
        self.asks = bool(scope.destinations)
        if not self.asks:
            return
        legs_scope = Scope(assets=scope.assets, paths=frozenset(), amount=scope.amount)
        #: For each node one wallet that stands for all, and the ways asked about from there.
        self.plans: dict[str, Plan] = {}
        self.moving: dict[str, Plan] = {}
        self.node: dict[str, str] = {}
        limits = self._limits()
        stands: dict[object, str] = {}
        for wallet in model.facts.wallets:
            direct, moving = plan_of(model, wallet.id, scope), plan_of(model, wallet.id, legs_scope)
            own = own_names(wallet)
            reached = tuple(model.terms.reaches(own, limit) for limit in limits)
            key = (direct.key, _targets(moving), reached, model.accepts(wallet))
            first = stands.setdefault(key, wallet.id)
            self.node[wallet.id] = first
            if first == wallet.id:
                self.plans[first], self.moving[first] = direct, moving
        self._begins = self._beginnings()
        listed = {name for wallet in model.facts.wallets for name in (wallet.id, wallet.address)}
        self._listed = frozenset(map(fold, listed - {""}))
        self.legs = tuple(self._legs())

    def _beginnings(self) -> Mapping[str, int]:
        axis = self._model.axis
        named: dict[str, int] = defaultdict(int)
        for policy in self._model.facts.policies:
            named[policy.wallet] |= axis.through(policy.period)
        for row in self._model.facts.completeness:
            noun, _, name = row.means.partition(":")
            if noun == "wallet":
                named[name] |= axis.through(row.period)
        return {wallet: axis.after(days) | self._model.asked for wallet, days in named.items()}

    def _limits(self) -> tuple[str, ...]:
        limits = {
            dict(policy.scope).get("destination", "")
            for policy in self._model.facts.policies
            if policy.scope
        }
        return tuple(sorted(limits - {""}))

    def _legs(self) -> Iterator[Leg]:
        by_limit: dict[str, list[tuple[str, bool]]] = {}
        for source, plan in self.moving.items():
            for way in plan.ways:
                if (limit := _limit(way)) not in by_limit:
                    by_limit[limit] = list(self._reached(limit))
                for target, sure in by_limit[limit]:
                    if target != source:
                        surely = sure and way.accepted
                        yield Leg(source, way, plan, target, surely, self._scope.assets)

    def _reached(self, limit: str) -> Iterator[tuple[str, bool]]:
        if self._unlisted_words(limit):
            yield UNLISTED_WALLET, False
        for node in self.plans:
            if not limit:
                yield node, True
                continue
            wallet = self._model.wallets[node]
            sure, perhaps = self._model.terms.reaches(own_names(wallet), limit)
            if perhaps:
                yield node, sure and self._model.accepts(wallet)

    def _unlisted_words(self, limit: str) -> Mapping[str, int]:
        """Return what a way so limited may mean besides listed wallets: completeness that is open.

        Each target with its open days; `everything` alone where the way goes anywhere. A word that
        is the id or the address of a listed wallet means that one.
        """
        anything = self._model.open_days(EVERYTHING)
        targets = {
            f"class:{word}": self._model.open_days(f"class:{word}") & anything
            for word in alternatives(limit) - self._listed
        }
        targets = targets if limit else {EVERYTHING: anything}
        return {target: days for target, days in targets.items() if days}

    def unlisted(self, leg: Leg) -> int:
        """Return the days on which what a way moves may lie in a wallet that is not listed."""
        days = 0
        for open_days in self._unlisted_words(_limit(leg.way)).values():
            days |= open_days
        return days

    def closing(self, leg: Leg) -> str:
        """Return what would say that a way goes to no wallet that is not listed."""
        return " and ".join(sorted(self._unlisted_words(_limit(leg.way))))

    def on_the_way(
        self, reach: Reach, start: Collection[str]
    ) -> tuple[dict[str, Plan], frozenset[str]]:
        """Return the wallets that a group may move to from these, and on from there, with plans.

        Also the targets of completeness by which none of them is missing.
        """
        if not self.asks:
            return {}, frozenset()
        legs: dict[str, list[Leg]] = defaultdict(list)
        for leg in self.legs:
            legs[leg.source].append(leg)
        closing: set[str] = set()
        nodes = {self.node[wallet]: None for wallet in start if wallet in self.node}
        waiting = list(nodes)
        while waiting:
            here = waiting.pop()
            for way in self.moving[here].ways:
                limits = dict(way.fact.scope) if isinstance(way.fact, SpendingPolicy) else {}
                words = alternatives(limits.get("destination", ""))
                if by_way(reach, self.moving[here], way, ANYWHERE)[1]:
                    closing |= {EVERYTHING, *(f"class:{word}" for word in words)}
            for leg in legs[here]:
                if leg.target in self.moving and leg.target not in nodes and leg.bounds(reach)[1]:
                    nodes[leg.target] = None
                    waiting.append(leg.target)
        plans = {wallet: self.moving[node] for wallet, node in self.node.items() if node in nodes}
        return plans, frozenset(closing)

    def reached(self, reach: Reach) -> Mapping[str, Bounds]:
        """Return for each node the days on which what lay there gets where it is asked about.

        By more than one movement, the last of them on that day.
        """
        if not self.asks:
            return {}
        direct = {
            node: joined(moved(reach, plan, self.asked).values())
            for node, plan in self.plans.items()
        }
        steps: dict[str, list[tuple[str, Bounds]]] = defaultdict(list)
        for leg in self.legs:
            low, up = leg.bounds(reach)
            if leg.target == UNLISTED_WALLET:
                up &= self.unlisted(leg)
            if up:
                steps[leg.source].append((leg.target, (low, up)))
        for source in self.moving:
            if days := self.open_ways(source):
                # A way that nobody has listed may go anywhere.
                steps[source] += [(node, (0, days)) for node in self.plans]
        direct[UNLISTED_WALLET] = (0, self._model.full)
        return {node: self._from(node, steps, direct) for node in self.plans}

    def open_ways(self, node: str) -> int:
        """Return the days on which a wallet may have a way that is not listed.

        It is not taken to have been there before the first row that says how it moves.
        """
        return self.moving[node].unlisted & self._begins.get(node, self._model.full)

    def _from(
        self,
        start: str,
        steps: Mapping[str, Sequence[tuple[str, Bounds]]],
        direct: Mapping[str, Bounds],
    ) -> Bounds:
        axis, full = self._model.axis, self._model.full
        there: dict[str, Bounds] = {start: (full, full)}
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for target, (low, up) in steps.get(here, ()):
                was = there.get(target, (0, 0))
                now = (
                    was[0] | axis.after(low & there[here][0]),
                    was[1] | axis.after(up & there[here][1]),
                )
                if now != was:
                    there[target] = now
                    waiting.append(target)
        low, up = 0, 0
        for node, arrived in there.items():
            if node != start:
                low |= arrived[0] & direct[node][0]
                up |= arrived[1] & direct[node][1]
        return low, up


def _limit(way: Way) -> str:
    """Return where a way is limited to; what is not relied on says nothing of where it goes."""
    if not way.accepted or not isinstance(way.fact, SpendingPolicy):
        return ""
    return dict(way.fact.scope).get("destination", "")


def _targets(plan: Plan) -> tuple[object, ...]:
    """Return what wallets have in common from which the same ways lead to the same places."""
    limits = tuple(
        dict(way.fact.scope).get("destination", "")
        for way in plan.ways
        if isinstance(way.fact, SpendingPolicy)
    )
    return (plan.key, limits)


def own_names(wallet: Wallet) -> frozenset[str]:
    """Return the words by which a policy may name a wallet as where it moves to."""
    names = {wallet.id, wallet.address, *wallet.classes} - {""}
    return frozenset(map(fold, names))


def joined(bounds: Iterable[Bounds]) -> Bounds:
    """Return the days of any of them."""
    low, up = 0, 0
    for more_low, more_up in bounds:
        low |= more_low
        up |= more_up
    return low, up
