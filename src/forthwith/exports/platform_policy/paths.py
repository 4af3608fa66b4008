"""A platform's policy as rows: each account a wallet, each slice of the policy a row.

The formula of a row is an initiator, a signer and the approvals of the first rule that matches
there. What no rule allows has no row: the platform blocks it. What only may be so (a role the
export does not give, a co-signer that signs without a person) is a row with a condition; what a
rule that cannot be read decides is a row open to anybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.exports.platform_policy.rules import ANY, Group, Place, Rule
from forthwith.exports.platform_policy.slices import (
    Part,
    TooManySlicesError,
    Universe,
    by_asset,
    parts,
    scope,
    unbounded,
    universe,
)
from forthwith.exports.platform_policy.users import Users
from forthwith.exports.tables.rows import Rows, all_of, any_of, at_least, ident

#: What the software asks for, whoever holds this may set aside; who that is, no export says.
ENGINE = "platform:policy-engine"
ENGINE_LABEL = "whoever can set the platform's approvals aside; not in the export"
OWN_APPROVAL = "an initiator's own approval counts"
_MOST_CHARACTERS = 50_000_000
NOTES = (
    "What no rule allows is blocked by the platform and has no row.",
    "The policy binds only those who go through the platform.",
    "Keys, recovery and the platform's own people are not in the export: no paths are all.",
    "A min is not included and a max is: a rule's amount is what a transfer must exceed.",
    "Destinations and assets are named as the platform names them.",
    "People are named by the platform's user ids; join them to the people of the matter.",
)
_ROLE = "the role, which the export does not give, allows it"
_ONE_GROUP = "one approving group is enough"


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the platform, from which assets may be moved."""

    place: Place
    #: Its id as a wallet.
    wallet: str
    asset: str = ""
    classes: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """One row to be: where, by whom, and with what approvals ("" for none)."""

    scope: str
    formula: str
    approvals: str = ""
    note: str = ""


@dataclass(slots=True)
class PolicyRows:
    """Writes the rows of one policy."""

    rules: Sequence[Rule]
    users: Users
    accounts: Sequence[Account]
    #: Assets and places the export knows by name though no rule may name them.
    assets: Iterable[str]
    places: Iterable[Place]
    #: Names of a place, as a question may call it.
    names: Mapping[Place, Sequence[str]]
    rows: Rows
    _size: int = field(default=0, init=False)
    _everybody: frozenset[str] = field(default=frozenset(), init=False)

    def write(self) -> None:
        """Write every wallet with its paths, then users and means. Raises TooManySlicesError."""
        world = universe(self.rules, self.assets, self.places)
        named = {user for rule in self.rules for user in rule.operators or ()}
        self._everybody = self.users.everybody(named)
        known: dict[tuple[int, ...], list[Part]] = {}
        change = self.users.policy_change(self.rows)
        for account in self.accounts:
            near = [
                rule
                for rule in self.rules
                if any(pattern.takes(account.place) for pattern in rule.sources)
            ]
            key = tuple(rule.number for rule in near)
            if key not in known:
                known[key] = parts(near, account.place, world, self._everybody)
            self._wallet(account, world, known[key])
            self.rows.add("policies", wallet=account.wallet, path="policy_change", formula=change)
        self.users.write(self.rows)
        for rule in self.rules:
            if rule.doubts:
                self.rows.notes.append(
                    f"Rule {rule.number} cannot be read ({'; '.join(rule.doubts)}): whatever "
                    "reaches it is left open, neither allowed nor blocked."
                )

    def _wallet(self, account: Account, world: Universe, slices: list[Part]) -> None:
        said = {"asset": account.asset, "class": account.classes, "address": account.address}
        cells = {column: text for column, text in said.items() if text}
        self.rows.add("wallets", None, id=account.wallet, **cells)
        rows = [
            row
            for part in slices
            for alone in by_asset(part)
            for row in self._written(alone, world)
        ]
        self._size += sum(len(row.formula) + len(row.approvals) for row in rows)
        if self._size > _MOST_CHARACTERS:
            raise TooManySlicesError
        # One and the same approval everywhere is the wallet's; approvals that differ by slice
        # cannot be, for those of a wallet and a path are all asked for together.
        asked = {row.approvals for row in rows}
        common = asked.pop() if len(asked) == 1 else ""
        for row in rows:
            needed = [row.formula]
            if row.approvals and not common:
                needed.append(any_of([row.approvals, self._engine()]))
            more = {"note": row.note} if row.note else {}
            self.rows.add(
                "policies",
                None,
                wallet=account.wallet,
                path="software",
                formula=all_of(needed),
                scope=row.scope,
                **more,
            )
        if common:
            self.rows.add(
                "approvals",
                wallet=account.wallet,
                path="software",
                formula=common,
                enforced_by=self._engine(),
            )

    def _engine(self) -> str:
        self.rows.add("means", id=ENGINE, kind="vendor_path", label=ENGINE_LABEL)
        return ENGINE

    def _written(self, part: Part, world: Universe) -> Iterator[_Row]:
        """Yield the rows of one part; one more, with a condition, where words cannot bound it."""
        terms = self._doubtful(part) if part.term.rule.doubts else self._terms(part)
        for formula, approvals, when, note in terms:
            yield _Row(scope(part, world, self._named, when), formula, approvals, note)
            if unbounded(part, world):
                wide = scope(part, world, self._named, when, bounded=False)
                yield _Row(wide, formula, approvals, note)

    def _named(self, place: Place) -> Sequence[str]:
        return self.names.get(place, ())

    def _doubtful(self, part: Part) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
        """Yield what a rule that cannot be read may open: a means that anybody may have."""
        rule = part.term.rule
        name = ident("unread", f"{self.rows.file}#rule-{rule.number}")
        label = f"whatever rule {rule.number} of the policy lets do; it cannot be read"
        self.rows.add("means", id=name, kind="vendor_path", label=label)
        note = f"Rule {rule.number} of the policy cannot be read: {'; '.join(rule.doubts)}."
        yield name, "", (f"rule {rule.number}, which cannot be read, allows it",), note

    def _terms(self, part: Part) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
        """Yield formula, approvals and conditions for initiators who are treated alike."""
        term, rule = part.term, part.term.rule
        # Whose own approval does not count needs one more of each group he is in; those who are in
        # the same groups are treated alike.
        alike: dict[tuple[bool, ...], set[str]] = defaultdict(set)
        for user in term.initiators:
            member = (not rule.own_approval and user in group.members for group in rule.groups)
            alike[tuple(member)].add(user)
        ways: list[tuple[frozenset[str], tuple[bool, ...], tuple[str, ...]]] = [
            (frozenset(users), inside, ()) for inside, users in sorted(alike.items())
        ]
        members = frozenset(user for users, inside, _ in ways if any(inside) for user in users)
        if members and rule.own_approval is None:
            ways.append((members, (False,) * len(rule.groups), (OWN_APPROVAL,)))
        for initiators, inside, own in ways:
            for base, when in self._bases(rule, initiators):
                if not rule.groups:
                    yield base, "", (*when, *own), ""
                    continue
                for approvals, more in self._approvals(rule, inside):
                    yield base, approvals, (*when, *own, *more), ""

    def _bases(
        self, rule: Rule, initiators: frozenset[str]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield formulas of an initiator and a signer, each with its conditions."""
        if not initiators:
            return
        users = self.users
        sure, perhaps = users.initiating(initiators, named=rule.operators is not None)
        if rule.signers is not None and not rule.signers:
            yield from self._signing_initiators(sure, perhaps, signed=rule.signed)
            return
        allowed = self._everybody if rule.signers is None else rule.signers
        signing, may_sign = users.signing(allowed)
        if sure and signing:
            yield self._both(sure, signing), ()
        if (perhaps or may_sign) and (signing or may_sign):
            yield self._both([*sure, *perhaps], [*signing, *may_sign]), (_ROLE,)
        for program in users.programs([*signing, *may_sign]):
            # No person has to do anything for this signature.
            yield (
                any_of(users.logins(initiators)),
                (f"the co-signer of {program} signs without a person",),
            )

    def _signing_initiators(
        self, sure: list[str], perhaps: list[str], *, signed: bool
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield those who both initiate and sign; not `signed`: nobody has to sign."""
        users = self.users
        if signed:
            sure, may_sign = users.signing(sure)
            perhaps = [*may_sign, *(user for part in users.signing(perhaps) for user in part)]
        if sure:
            yield any_of(users.logins(sure)), ()
        if perhaps:
            yield any_of(users.logins(perhaps)), (_ROLE,)

    def _both(self, initiators: Iterable[str], signers: Iterable[str]) -> str:
        first, second = self.users.logins(initiators), self.users.logins(signers)
        return all_of(dict.fromkeys((any_of(first), any_of(second))))

    def _approvals(
        self, rule: Rule, inside: tuple[bool, ...]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield formulas of the approvals with their conditions; none when they cannot be had."""
        asked = [
            self._group(group, group.threshold + member)
            for group, member in zip(rule.groups, inside, strict=True)
        ]
        met = [formula for formula in asked if formula]
        if not met:
            return
        if len(met) == len(asked) and rule.every_group is not False:
            yield all_of(met), ()
        if rule.every_group is False:
            yield any_of(met), ()
        elif rule.every_group is None:
            yield any_of(met), (_ONE_GROUP,)

    def _group(self, group: Group, needed: int) -> str:
        enough = needed <= len(group.members)
        return at_least(needed, self.users.logins(group.members)) if enough else ""


def wallet_id(place: Place) -> str:
    """Return the id of the wallet that an account is: "vault:3", "source:exchange/k"."""
    kind = place.kind.lower()
    name = place.id if place.sort == ANY else f"{place.id}/{place.sort}"
    return ident("vault", name) if kind == "vault" else ident("source", f"{kind}/{name}")
