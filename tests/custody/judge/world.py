"""One completion of a register: every row is true or absent, and questions have plain answers.

What no true row closes is open: unlisted holders, ties, paths, wallets, ways to rebuild a key, what
a bearer of a key gives. A group that could move something by one choice of these and not by another
has two answers; `possible` takes the choices that let the group do the most, and without it those
that let it do the least. (Once each person is in the group or not, more never opens less.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, wraps
from itertools import combinations, pairwise

from forthwith.custody.facts.facts import (
    ApprovalPolicy,
    Fact,
    Facts,
    Grant,
    SpendingPolicy,
    Wallet,
)
from forthwith.custody.questions.groups import Combination, Everyone, NamedPeople, Not, Who
from forthwith.domain.fact_tables import TIES
from tests.custody.judge.asked import (
    ACCOUNTS,
    Asked,
    Stretch,
    asked_about,
    instant,
    met,
    span_of,
    stretches,
    without_tier,
    words,
)

COPYABLE = frozenset({"key", "share", "copy", "backup", "credential", "seed", "passphrase"})
#: What gives the thing it is of, unless a grant says what else this very one takes.
WRAPPED = frozenset({"backup", "copy"})
#: A destination that no row names, and a wallet that none lists.
_ELSEWHERE = frozenset({"(elsewhere)"})
_UNLISTED = "(unlisted)"


@dataclass(frozen=True)
class Cargo:
    """What one movement carries: the same on each leg of a chain."""

    #: "" where no row says what the wallet holds.
    asset: str
    amount: Decimal

    def within(self, limits: Mapping[str, str], *, unsaid: bool) -> bool:
        """Say whether it is of the assets a row is limited to; `unsaid` where nobody knows."""
        named = words(limits.get("asset", ""))
        return not named or (self.asset in named if self.asset else unsaid)


def per_stretch(method):
    """Work a method out once for each stretch of a world."""

    @wraps(method)
    def remembered(self, when: Stretch, *more: str):
        key = (method.__name__, when.start, *more)
        if key not in self._known:
            self._known[key] = method(self, when, *more)
        return self._known[key]

    return remembered


class World:
    """A register in which some rows are absent and every day of change is read one way."""

    def __init__(
        self,
        facts: Facts,
        asked: Asked,
        absent: Iterable[Fact] = (),
        late: Iterable[Fact] = (),
        joins: Iterable[tuple[str, str]] = (),
        *,
        possible: bool,
        times: tuple[Stretch, ...] = (),
    ) -> None:
        """Take the rows left out, those that hold through their day of change, and who is one."""
        self.facts, self.asked, self.possible = facts, asked, possible
        self._times = times or stretches(facts, asked)
        self._absent = {id(row) for row in absent}
        self._late = {id(row) for row in late}
        self._joins = tuple(joins)
        self._leaves = tuple(_leaves(asked.who))
        self._known: dict[tuple, object] = {}

    def rows(self, table: str) -> Iterator[Fact]:
        """Yield the true rows of a table, whatever their days."""
        return (row for row in getattr(self.facts, table) if id(row) not in self._absent)

    def _holds(self, row: Fact, when: Stretch, *, monotone: bool = False) -> bool:
        late = self.possible if monotone else id(row) in self._late
        return span_of(row).covers(when, late_end=late)

    def _binds(self, row: Fact, when: Stretch) -> bool:
        """Say whether an approval binds; read long, it does through both its days of change."""
        long = id(row) in self._late
        return span_of(row).covers(when, late_start=not long, late_end=long)

    def closed(self, target: str, when: Stretch) -> bool:
        """Say whether a true row says that what is listed is all."""
        return target in self._closed(when)

    @per_stretch
    def _closed(self, when: Stretch) -> frozenset[str]:
        return frozenset(
            row.means for row in self.rows("completeness") if span_of(row).covers(when)
        )

    # People

    @per_stretch
    def people(self, when: Stretch) -> list[frozenset[str]]:
        """Return the humans, each as the ids that mean the same one."""
        pairs = [
            (row.a, row.b)
            for row in self.rows("same_as")
            if row.kind == "person" and row.same and self._holds(row, when)
        ]
        parted = {
            frozenset((row.a, row.b))
            for row in self.rows("same_as")
            if row.kind == "person" and not row.same and self._holds(row, when)
        }
        known = {id_ for pair in pairs for id_ in pair}
        pairs += [
            pair
            for pair in self._joins
            if frozenset(pair) not in parted
            # Whose an account is needs no guess where a row says it.
            and not (
                pair[0].startswith(ACCOUNTS) and (pair[0] in known or self._apart(*pair, when))
            )
        ]
        return _classes((person.id for person in self.facts.people), pairs)

    def _apart(self, account: str, person: str, when: Stretch) -> bool:
        """Say whether a list of all ties of the one lacks a tie of the other."""
        ties = {
            id_: {
                (row.kind, row.entity, row.value)
                for row in self.rows("affiliations")
                if row.person == id_ and self._holds(row, when)
            }
            for id_ in (account, person)
        }
        return bool(
            (self.closed(f"person:{person}", when) and ties[account] - ties[person])
            or (self.closed(f"person:{account}", when) and ties[person] - ties[account])
        )

    @per_stretch
    def in_group(self, when: Stretch) -> list[frozenset[str]]:
        """Return the humans who are in the group: surely, or possibly."""
        return [ids for ids in self.people(when) if self._belongs(ids, when)]

    def _belongs(self, ids: frozenset[str], when: Stretch) -> bool:
        is_closed = self.facts.affiliations and any(
            self.closed(f"person:{id_}", when) for id_ in ids
        )
        values = []
        # Whether a tie to what an entity owns is one to the entity is said by group= alone.
        for owned in ("", "owned") if self.facts.ownership else ("",):
            base = frozenset().union(
                *(
                    self._met_by(row.kind, row.entity, row.value, when, owned)
                    for row in self.rows("affiliations")
                    if row.person in ids and self._holds(row, when)
                )
            )
            open_ = frozenset() if is_closed else self._signatures(when, owned)
            values += [
                _true(self.asked.who, ids, met_ | base, self._leaves) for met_ in _unions(open_)
            ]
        return any(values) if self.possible else all(values)

    @cached_property
    def _somebody_unlisted(self) -> bool:
        """Whether somebody of whom no row speaks may be in the group."""
        every = frozenset(frozenset({n}) for n in range(len(self._leaves)))
        return any(_true(self.asked.who, frozenset(), m, self._leaves) for m in _unions(every))

    @per_stretch
    def _anybody(self, when: Stretch) -> bool:
        return self._somebody_unlisted or bool(self.in_group(when))

    def _met_by(
        self, kind: str, entity: str, value: str, when: Stretch, owned: str
    ) -> frozenset[int]:
        """Return which ties named in the question a tie is."""
        return frozenset(
            n
            for n, leaf in enumerate(self._leaves)
            if kind in leaf.kinds
            and (
                (
                    entity
                    and entity
                    in self._entities_meant(when, leaf.name, "owned" if leaf.owned else owned)
                )
                or (value and f"{value}-".casefold().startswith(f"{leaf.name}-".casefold()))
            )
        )

    @per_stretch
    def _entities_meant(self, when: Stretch, name: str, owned: str) -> frozenset[str]:
        """Return every id of an entity, and with `owned` of what it owns or controls."""
        pairs = [(row.id, row.alias_of) for row in self.rows("entities") if row.alias_of]
        classes = _classes((row.id for row in self.facts.entities), pairs)
        meant = next((ids for ids in classes if name in ids), frozenset({name}))
        owners = tuple(self.rows("ownership")) if owned else ()
        for row in owners * len(owners):
            if row.owner in meant and self._holds(row, when):
                meant |= next(ids for ids in classes if row.entity in ids)
        return meant

    @per_stretch
    def _signatures(self, when: Stretch, owned: str) -> frozenset[frozenset[int]]:
        """Return what a tie that no row lists may be, as the ties of the question it meets."""
        entities = {row.id for row in self.facts.entities} | {leaf.name for leaf in self._leaves}
        places = {row.value for row in self.facts.affiliations if row.value}
        places |= {leaf.name for leaf in self._leaves}
        ties = [(kind, entity, "") for kind in TIES for entity in entities]
        ties += [("location", "", place) for place in places]
        return frozenset(filter(None, (self._met_by(*tie, when, owned) for tie in ties)))

    # Means

    @per_stretch
    def one(self, when: Stretch) -> Mapping[str, str]:
        """Return for each means the one id that stands for it and all that are the same."""
        rows = list(self.rows("means"))
        pairs = [
            (a.id, b.id)
            for a, b in combinations(rows, 2)
            if (a.public_key and a.public_key == b.public_key)
            or (a.address and a.address == b.address)
        ]
        pairs += [
            (row.a, row.b)
            for row in self.rows("same_as")
            if row.kind == "means" and row.same and self._holds(row, when)
        ]
        classes = _classes((means.id for means in self.facts.means), pairs)
        return {id_: min(ids) for ids in classes for id_ in ids}

    def _destroyed(self, means: str, when: Stretch) -> bool:
        return any(
            row.means == means and span_of(row).covers(when, late_start=self.possible)
            for row in self.rows("destructions")
        )

    def _held(self, ids: frozenset[str], when: Stretch) -> set[str]:
        """Return what somebody has within reach by rows."""
        one = self.one(when)
        return {
            one[row.means]
            for row in self.rows("possessions")
            if row.person in ids
            and self._holds(row, when, monotone=True)
            and not self._destroyed(row.means, when)
        }

    @per_stretch
    def _anyones(self, when: Stretch) -> frozenset[str]:
        """Return what anybody may have, because no row says that the holders listed are all."""
        if not self.possible or not self._anybody(when):
            return frozenset()
        one = self.one(when)
        closed = {one[id_] for id_ in one if self.closed(id_, when)}
        return frozenset(
            one[id_] for id_ in one if one[id_] not in closed and not self._destroyed(id_, when)
        )

    def _all(self, has: set[str], when: Stretch) -> frozenset[str]:
        """Return what having these gives in the end."""
        has = set(has)
        while True:
            more = set(self._given(has, when)) - has
            if not more:
                return frozenset(has)
            has |= more

    def _given(self, has: set[str], when: Stretch) -> Iterator[str]:
        one = self.one(when)
        rows = {row.id: row for row in self.rows("means")}
        for grant in self.rows("grants"):
            if (
                self._grants(grant, when)
                and (self.possible or not grant.condition)
                and self._meets(grant.source, has, when)
            ):
                yield one[grant.gives]
        for row in rows.values():
            if row.of and one[row.id] in has and self._gives_outright(row, when):
                yield one[row.of]
        if not self.possible:
            return
        for whole in {row.of for row in rows.values() if row.kind == "share"}:
            shares = {one[r.id] for r in rows.values() if r.kind == "share" and r.of == whole}
            if len(shares & has) > 1 and not self.closed(f"ways:{whole}", when):
                yield one[whole]

    def _grants(self, grant: Grant, when: Stretch) -> bool:
        if self._holds(grant, when, monotone=not self._wraps(grant)):
            return True
        # An ended grant over shares: the old ones still rebuild a key that still spends.
        span, parts = span_of(grant), {row.id: row for row in self.rows("means")}
        return (
            self.possible
            and span.end is not None
            and span.end <= when.start
            and any(
                leaf in parts and parts[leaf].kind == "share" and parts[leaf].of == grant.gives
                for leaf in grant.source.leaves()
            )
            and self._spends(grant.gives, when)
        )

    def _spends(self, key: str, when: Stretch) -> bool:
        """Say whether some policy, true or not, still needs the key or what it leads to."""
        one = self.one(when)
        leads = {one[key]}
        for _ in self.facts.means:
            for grant in self.facts.grants:
                if any(one[leaf] in leads for leaf in grant.source.leaves()):
                    leads.add(one[grant.gives])
            for row in self.facts.means:
                if row.of and (one[row.of] in leads or one[row.id] in leads):
                    leads |= {one[row.of], one[row.id]}
        return any(
            one[leaf] in leads
            for policy in self.facts.policies
            if span_of(policy).covers(when, late_end=True)
            for leaf in policy.formula.leaves()
        )

    def _wraps(self, grant: Grant) -> bool:
        """Say whether a grant says what else a backup takes before it gives what it holds."""
        return any(
            row.kind in WRAPPED and row.of == grant.gives and _takes_more(grant, row.id)
            for row in self.facts.means
        )

    def _gives_outright(self, row, when: Stretch) -> bool:
        if row.kind == "share":
            return False
        if row.kind in WRAPPED:
            return not any(
                grant.gives == row.of and _takes_more(grant, row.id) and self._holds(grant, when)
                for grant in self.rows("grants")
            )
        return self.possible

    def _meets(self, formula, has: Iterable[str], when: Stretch) -> bool:
        one = self.one(when)
        kinds = {row.id: row.kind for row in self.rows("means")}
        return met(
            formula,
            lambda leaf: one[leaf] in has,
            lambda leaf: one[leaf] if kinds.get(leaf) == "share" else None,
        )

    # Movements

    def _serving(self, has: frozenset[str], when: Stretch) -> frozenset[str]:
        """Add what is of something that is there: the whole may serve for its part."""
        if not self.possible:
            return has
        one, grown = self.one(when), set(has)
        for _ in self.facts.means:
            grown |= {one[r.id] for r in self.rows("means") if r.of and one[r.of] in grown}
        return frozenset(grown)

    def _classes_of(self, wallet: Wallet) -> frozenset[str]:
        return frozenset() if id(wallet) in self._absent else wallet.classes

    def _names(self, wallet: Wallet) -> frozenset[str]:
        """Return every word by which rows may call a wallet as a destination."""
        address = {wallet.address} if wallet.address and id(wallet) not in self._absent else set()
        return frozenset(
            word.casefold() for word in {wallet.id, *address, *self._classes_of(wallet)}
        )

    def _meant(self, word: str) -> frozenset[str]:
        """Return a word and what is the same place: a class and its wallets, either way."""
        return frozenset({word}).union(
            *(self._names(wallet) for wallet in self.facts.wallets if word in self._names(wallet))
        )

    @cached_property
    def _known_words(self) -> frozenset[str]:
        limits = (dict(row.scope).get("destination", "") for row in self.facts.policies)
        return frozenset().union(*map(words, limits), *map(self._names, self.facts.wallets))

    def _amounts(self) -> list[Decimal]:
        """Return an amount between, below, at and above any two that rows name."""
        if self.asked.amount is not None:
            return [self.asked.amount]
        named = {Decimal(0)}
        for policy in self.facts.policies:
            named |= {Decimal(v) for k, v in policy.scope if k in ("min", "max")}
        for row in self.facts.approvals:
            named |= {bound.value for bound in (row.above, row.up_to) if bound}
        steps = sorted(named)
        between = [(a + b) / 2 for a, b in pairwise(steps)]
        return [value for value in (*steps, *between, steps[-1] + 1) if value > 0]

    def _open(self, wallet: str, when: Stretch) -> bool:
        """Say whether it may have paths that no row lists."""
        if not self.possible or not self._anybody(when):
            return False
        listed = any(
            row.wallet == wallet and span_of(row).covers(when) for row in self.rows("policies")
        )
        return not (listed and self.closed(f"wallet:{wallet}", when))

    def _usable(self, row: SpendingPolicy, cargo: Cargo, has, when: Stretch) -> bool:
        limits = dict(row.scope)
        after = limits.get("after")
        return (
            self._holds(row, when, monotone=True)
            and not (after and when.start < instant(after))
            and (self.possible or not {"when", "older"} & limits.keys())
            and Decimal(limits.get("min", 0)) <= cargo.amount
            and ("max" not in limits or cargo.amount <= Decimal(limits["max"]))
            # What a policy is limited to is a cargo of its own.
            and cargo.within(limits, unsaid=False)
            and self._meets(row.formula, has, when)
        )

    def _approved(
        self, policy: SpendingPolicy, there: frozenset[str], cargo: Cargo, has, when: Stretch
    ) -> bool:
        groups: dict[str, list[bool]] = {}
        for row in self.rows("approvals"):
            limits = dict(row.scope)
            limit = words(limits.get("destination", ""))
            if (
                (row.wallet, row.path) == (policy.wallet, policy.path)
                and self._binds(row, when)
                and (not limit or limit & there)
                and (row.above is None or cargo.amount > row.above.value)
                and (row.up_to is None or cargo.amount <= row.up_to.value)
                and cargo.within(limits, unsaid=not self.possible)
                and not (self.possible and without_tier(row, self.facts))
            ):
                groups.setdefault(row.group, []).append(self._given_leave(row, has, when))
        alone = groups.pop("", [])
        agreed = all(map(any, groups.values()))
        if not alone:
            return agreed
        # Rows without a group stand together, or instead of one another and of the groups.
        return any(alone) or (bool(groups) and agreed) if self.possible else agreed and all(alone)

    def _given_leave(self, row: ApprovalPolicy, has, when: Stretch) -> bool:
        if row.enforced_by:
            aside = self.one(when)[row.enforced_by] in has
        else:
            aside = self.possible and self._anybody(when)
        return aside or self._meets(row.formula, has, when)

    def _places(self, row: SpendingPolicy) -> Iterator[frozenset[str]]:
        """Yield each place asked about that a policy may move to."""
        limit, asked = words(dict(row.scope).get("destination", "")), self.asked.scope.destinations
        if not asked:
            yield from map(self._meant, limit) if limit else [_ELSEWHERE]
        for word in asked:
            there = self._meant(word)
            if not limit or limit & there or (self.possible and word not in self._known_words):
                yield there

    def _leaves_for(self, wallet: str, cargo: Cargo, has, when: Stretch) -> bool:
        """Say whether one movement takes assets of a wallet to a place asked about."""
        if wallet == _UNLISTED or self._open(wallet, when):
            return True
        return any(
            self._usable(row, cargo, has, when) and self._approved(row, there, cargo, has, when)
            for row in self.rows("policies")
            if row.wallet == wallet and self.asked.scope.covers_path(row.path)
            for there in self._places(row)
        )

    def _next(self, wallet: str, cargo: Cargo, has, when: Stretch) -> Iterator[str]:
        """Yield the wallets that one movement takes assets of a wallet to."""
        for target in self.facts.wallets:
            names = self._names(target)
            if self._open(wallet, when) or any(
                (not (limit := words(dict(row.scope).get("destination", ""))) or limit & names)
                and self._usable(row, cargo, has, when)
                and self._approved(row, names, cargo, has, when)
                for row in self.rows("policies")
                if row.wallet == wallet
            ):
                yield target.id
        if any(
            row.wallet == wallet
            and self._usable(row, cargo, has, when)
            and any(
                self._lists_not_all(word, when)
                and self._approved(row, frozenset({word}), cargo, has, when)
                for word in words(dict(row.scope).get("destination", ""))
            )
            for row in self.rows("policies")
        ):
            yield _UNLISTED

    def _lists_not_all(self, word: str, when: Stretch) -> bool:
        """Say whether a word for a class of wallets may mean one that no row lists."""
        return (
            self.possible
            and any(word in self._classes_of(wallet) for wallet in self.facts.wallets)
            and self._anybody(when)
            and not self.closed(f"class:{word}", when)
            and not self.closed("everything", when)
        )

    def _holds_of(self, wallet: Wallet) -> frozenset[str]:
        return words(wallet.asset) if id(wallet) not in self._absent else frozenset()

    def _policies_name(self, wallet: str) -> frozenset[str]:
        """Return the assets that policies of a wallet are limited to: it has them, they say."""
        limits = (dict(p.scope).get("asset", "") for p in self.facts.policies if p.wallet == wallet)
        return frozenset().union(*map(words, limits))

    def _cargoes(self) -> Iterator[Cargo]:
        """Yield what may be moved: of each asset asked about or held, each amount that matters."""
        assets = self.asked.scope.assets or frozenset().union(
            *(self._holds_of(wallet) or {""} for wallet in self.facts.wallets),
            *(self._policies_name(wallet.id) for wallet in self.facts.wallets),
        )
        for asset in assets:
            for amount in self._amounts():
                yield Cargo(asset, amount)

    def _scoped(self) -> Iterator[Wallet]:
        """Yield the listed wallets asked about."""
        asked = self.asked.scope
        for wallet in self.facts.wallets:
            classes, assets = self._classes_of(wallet), self._holds_of(wallet)
            if (
                (not asked.wallets or wallet.id in asked.wallets)
                and (
                    not asked.classes or asked.classes & classes or (self.possible and not classes)
                )
                and (not asked.assets or asked.assets & assets or (self.possible and not assets))
            ):
                yield wallet

    def _others(self, when: Stretch) -> bool:
        """Say whether there may be wallets in scope that no row lists."""
        asked = self.asked.scope
        if not self.possible or asked.wallets or not self._anybody(when):
            return False
        for kind, names in (("class", asked.classes), ("asset", asked.assets)):
            if names and all(self.closed(f"{kind}:{name}", when) for name in names):
                return False
        return not self.closed("everything", when)

    def answers(self) -> dict[Stretch, bool]:
        """Return for each stretch asked about whether the group can, in it."""
        asked, times = self.asked, self._times
        chains = bool(asked.scope.destinations)
        if not (chains or asked.copies_persist):
            times = tuple(when for when in times if asked_about(asked, when))
        starts = tuple(self._scoped())
        gone: dict[Cargo, set[str]] = {
            cargo: {
                wallet.id
                for wallet in starts
                if cargo.asset in (held := self._holds_of(wallet))
                or (not held and (self.possible or not cargo.asset))
                or (not asked.scope.assets and cargo.asset in self._policies_name(wallet.id))
            }
            for cargo in self._cargoes()
        }
        result: dict[Stretch, bool] = {}
        alone: dict[str, frozenset[str]] = {}
        together: frozenset[str] = frozenset()
        for when in times:
            together, alone = self._reached(when, together, alone)
            has_all = self._all(together | self._anyones(when), when)
            has = self._serving(has_all, when)
            if chains:
                for cargo, wallets in gone.items():
                    waiting = list(wallets - {_UNLISTED})
                    while waiting:
                        on = set(self._next(waiting.pop(), cargo, has, when)) - wallets
                        wallets |= on
                        waiting += on - {_UNLISTED}
            if asked_about(asked, when):
                result[when] = self._can(when, has_all, has, gone)
        return result

    def _can(self, when: Stretch, together, has, gone: Mapping[Cargo, set[str]]) -> bool:
        if wanted := self.asked.scope.means:
            return any(self.one(when).get(means) in together for means in wanted)
        if not any(gone.values()):
            # Of no wallet nobody can say that none moves.
            return self.possible
        return self._others(when) or any(
            self._leaves_for(wallet, cargo, has, when)
            for cargo, wallets in gone.items()
            for wallet in wallets
        )

    def _begun(self, when: Stretch) -> set[str]:
        """Return what some dated row names that begins by then."""
        one, facts = self.one(when), self.facts
        named = [(row.period, {row.means}) for row in (*facts.possessions, *facts.completeness)]
        named += [(row.period, {row.gives, *row.source.leaves()}) for row in facts.grants]
        named += [(row.period, row.formula.leaves()) for row in facts.policies]
        named += [(row.period, {row.enforced_by, *row.formula.leaves()}) for row in facts.approvals]
        return {
            one[name]
            for period, names in named
            for name in names
            if name in one and period.start <= when.start.date()
        }

    def _reached(
        self, when: Stretch, before: frozenset[str], alone: dict[str, frozenset[str]]
    ) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
        """Return what the group and each person alone have by rows, kept copies included."""
        one, keeps = self.one(when), self.possible and self.asked.copies_persist
        kept = {one[row.id] for row in self.facts.means if row.kind in COPYABLE} if keeps else set()
        has: set[str] = set()
        each: dict[str, frozenset[str]] = {}
        groups = self.in_group(when)
        for ids in self.people(when) if keeps else groups:
            own = self._held(ids, when)
            if keeps:
                was = frozenset().union(*(alone.get(id_, ()) for id_ in ids))
                own = set(self._all(own | {one[m] for m in was} & kept, when))
                # An account passes on nothing: it may be another's tomorrow.
                humans = {id_ for id_ in ids if not id_.startswith(ACCOUNTS)}
                each |= dict.fromkeys(humans or ids, frozenset(own))
            if any(ids & member for member in groups):
                has |= own
        if keeps:
            has |= {one[m] for m in before} & kept
            # Who had what nobody had listed yet may have kept it too, from its first row on.
            begun = self._begun(when)
            has |= {m for m in self._anyones(when) if asked_about(self.asked, when) or m in begun}
        return self._all(has, when), each


def _takes_more(grant: Grant, part: str) -> bool:
    leaves = grant.source.leaves()
    return part in leaves and not met(grant.source, lambda leaf: leaf == part, lambda _: None)


def _leaves(who: Who) -> Iterator:
    match who:
        case Not(part):
            yield from _leaves(part)
        case Combination(parts, _):
            for part in parts:
                yield from _leaves(part)
        case Everyone() | NamedPeople():
            return
        case _:
            yield who


def _true(who: Who, ids: frozenset[str], tied: frozenset[int], leaves: tuple) -> bool:
    match who:
        case Everyone():
            return True
        case NamedPeople(people):
            return bool(people & ids)
        case Not(part):
            return not _true(part, ids, tied, leaves)
        case Combination(parts, every):
            values = [_true(part, ids, tied, leaves) for part in parts]
            return all(values) if every else any(values)
    return any(leaf is who and n in tied for n, leaf in enumerate(leaves))


@cache
def _unions(sets: frozenset[frozenset[int]]) -> frozenset[frozenset[int]]:
    unions = {frozenset()}
    for one in sets:
        unions |= {one | other for other in unions}
    return frozenset(unions)


def _classes(ids: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[frozenset[str]]:
    classes = [frozenset({id_}) for id_ in ids]
    for a, b in pairs:
        joined = [group for group in classes if a in group or b in group]
        classes = [group for group in classes if group not in joined]
        classes.append(frozenset().union(*joined))
    return classes
