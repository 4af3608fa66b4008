"""Registers and questions drawn by chance, small enough to try every completion of.

Each draws two or three of the kinds of thing that the rules speak of, and closes nearly everything,
so that answers of all three kinds come; a few rows are below the standing or disputed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from forthwith.custody.facts.amounts import Amount
from forthwith.custody.facts.cells import parse_policy_scope
from forthwith.custody.facts.facts import (
    Destruction,
    Facts,
    Ownership,
    Person,
    ProofLevel,
    SameAs,
)
from forthwith.custody.questions.groups import parse as parse_who
from forthwith.custody.questions.scope import Scope
from forthwith.domain.period import Period
from tests.builders.custody import Custody
from tests.custody.judge.asked import Asked

FIRST = date(2023, 1, 1)
LAST = 6
#: The most doubtful rows of one register.
MOST_DOUBTFUL = 5


def days(start: int, end: int | None = None) -> Period:
    """Return a period by numbers of days from the first."""
    return Period(FIRST + timedelta(start), None if end is None else FIRST + timedelta(end))


def within(start: int, hour: int, end: int | None = None, end_hour: int = 0) -> Period:
    """Return a period that begins at an hour of a day and, given one, ends at another."""

    def at(day: int, hour: int) -> datetime:
        moment = FIRST + timedelta(day)
        return datetime(moment.year, moment.month, moment.day, hour, tzinfo=UTC)

    starts = at(start, hour) if hour else None
    if end is None:
        return Period(FIRST + timedelta(start), None, starts)
    return Period(
        FIRST + timedelta(start), FIRST + timedelta(end + 1), starts, at(end, end_hour or 12)
    )


class Register(Custody):
    """Facts being built, with the tables of the second edition."""

    def person(self, name: str, called: str) -> Register:
        """Add somebody whose name is not the id."""
        return self._add("people", Person(**self._row("people", id=name, name=called)))

    def same(self, a: str, b: str, kind: str = "person", *, same: bool = True, **more) -> Register:
        """Join or part two ids, or give a person another name."""
        cells = {"period": None} | more
        return self._add(
            "same_as", SameAs(**self._row("same_as", kind=kind, a=a, b=b, same=same, **cells))
        )

    def owned(self, entity: str, owner: str, period: Period | None = None, **more) -> Register:
        """Say who owns an entity."""
        cells = {"kind": "owned_by", "period": period or days(0)} | more
        row = self._row("ownership", entity=entity, owner=owner, **cells)
        return self._add("ownership", Ownership(**row))

    def destroyed(self, means: str, period: Period, **more) -> Register:
        """Say that a means was destroyed."""
        row = self._row("destructions", means=means, period=period, **more)
        return self._add("destructions", Destruction(**row))

    def tiered(self, wallet: str, formula: str, **more) -> Register:
        """Add an approval with amounts ("100", "100 BTC") and a scope as written."""
        for bound in ("above", "up_to"):
            if text := more.get(bound):
                more[bound] = Amount.parse(text)
        if scope := more.get("scope"):
            more["scope"] = parse_policy_scope(scope)
        return self.approval(wallet, formula, **more)


@dataclass
class Drawn:
    """A register being drawn."""

    chance: Random
    register: Register = field(default_factory=Register)
    doubts: int = 0

    def mark(self, likely: float = 0.06) -> dict[str, object]:
        """Return the standing of a row, now and then below what is asked for."""
        if self.doubts < MOST_DOUBTFUL and self.chance.random() < likely:
            self.doubts += 1
            if self.chance.random() < 0.4:
                return {"disputed": True}
            return {"standing": ProofLevel.NARRATIVE}
        return {}

    def days(self, likely: float = 0.3) -> Period:
        """Return the days of a row, mostly all of them."""
        pick, chance = self.chance.random(), self.chance
        if pick > likely:
            return days(0)
        start = chance.randrange(0, LAST)
        end = chance.choice((None, start + 1, start + 2, start + 3))
        if self.chance.random() < 0.2:
            return within(start, chance.choice((0, 12)), end, 12)
        return days(start, end)

    def dated(self, likely: float = 0.06, changing: float = 0.3) -> dict[str, object]:
        """Return the days and the standing of a row."""
        return {"period": self.days(changing), **self.mark(likely)}


WHO = (
    "tie=halden", "employer=halden", "not tie=northgate", "people=ann", "people=ann,ben",
    "employer=halden and not payer=northgate", "not tie=halden", "tie=halden or people=cho",
    "tie=halden and not people=ben", "everyone", "tie=halden or not tie=halden",
    "not (tie=halden or tie=northgate)", "employer=halden and not people=cho",
)  # fmt: skip


def draw(seed: int) -> tuple[Facts, list[Asked]]:
    """Return a register and some questions about it."""
    drawn = Drawn(Random(seed))
    chance, register = drawn.chance, drawn.register
    kinds = set(chance.sample(sorted(_FEATURES), chance.choice((1, 1, 2, 2, 3))))
    register.entity("halden").entity("northgate").people("ann", "ben", "cho")
    register.means("k1", "k2", "k3").means("role", kind="role")
    asset = chance.choice(("BTC", "ETH", "BTC|ETH", "BTC|ETH", "")) if "assets" in kinds else "BTC"
    register.wallet("w", classes="customer", asset=asset, **drawn.mark(0.01))
    for who in ("ann", "ben", "cho"):
        entity = chance.choice(("halden", "northgate"))
        kind = chance.choice(("employer", "employer", "payer"))
        register.tie(who, entity, kind=kind, **drawn.dated(0.08, 0.25))
        means = chance.choice(("k1", "k2", "k3", "role"))
        register.has(who, means, **drawn.dated(0.08, 0.35))
    register.has(chance.choice(("ann", "ben", "cho")), chance.choice(("k1", "k2", "k3")),
                 **drawn.dated())  # fmt: skip
    formula = chance.choice(
        ("k1", "2 of (k1, k2, k3)", "k1 and k2", "k1 and role", "k3 or all of (k1, k2)")
    )
    targets = ["k1", "k2", "k3", "role", "person:ann", "person:ben", "person:cho", "wallet:w"]
    scopes = ["wallet=w", "wallet=w", "class=customer", "", "wallet=w, path=signing"]
    whos = list(WHO)
    policies = [formula]
    for kind in sorted(kinds):
        _FEATURES[kind](drawn, targets, scopes, whos, policies)
    for n, text in enumerate(policies):
        plain = n == 0 or chance.random() < 0.5
        path = "signing" if plain and not kinds & {"approvals", "amounts"} else "software"
        scope = _limits(chance, kinds)
        register.policy("w", text, path=path, scope=scope, **drawn.dated(0.08, 0.25))
    if chance.random() < 0.3:
        register.policy("w", chance.choice(("k3", "role")), path="recovery", **drawn.dated(0.3))
    targets += ["class:customer", "asset:btc", "everything"]
    for target in targets:
        if chance.random() < 0.95:
            register.complete(target, **drawn.dated(0.02, 0.04))
    return register.facts, _questions(drawn, scopes, whos, kinds)


def _limits(chance: Random, kinds: set[str]) -> str:
    """Return the scope of a policy, as written."""
    limits = []
    if "conditions" in kinds and chance.random() < 0.5:
        limits.append(
            chance.choice(("when=stuck", "older=52560 blocks", "after=2023-01-03T00:00+00:00"))
        )
    elif "amounts" in kinds and chance.random() < 0.5:
        limits.append(chance.choice(("max=100", "min=100", "max=0", "min=50; max=200")))
    elif "assets" in kinds and chance.random() < 0.6:
        limits.append(f"asset={chance.choice(('ETH', 'BTC', 'BTC|ETH'))}")
    if "chains" in kinds and chance.random() < 0.6:
        limits.append(f"destination={chance.choice(('hot', 'h', 'ext', 'ext|hot'))}")
    return "; ".join(limits)


def _questions(drawn: Drawn, scopes: list[str], whos: list[str], kinds: set[str]) -> list[Asked]:
    chance, asked = drawn.chance, []
    for _ in range(3):
        start = chance.randrange(0, LAST)
        amount = chance.choice((None, Decimal(50), Decimal(150))) if "amounts" in kinds else None
        asked.append(
            Asked(
                parse_who(chance.choice(whos)),
                Scope.parse(chance.choice(scopes)),
                days(start, start + chance.choice((1, 2, 3))),
                accept_disputed=chance.random() < 0.15,
                copies_persist=chance.random() < (0.5 if "copies" in kinds else 0.1),
                amount=amount,
            )
        )
    return asked


def _someone(drawn: Drawn) -> str:
    return drawn.chance.choice(("ann", "ben", "cho"))


def _shares(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """Shares of one key, with the ways to rebuild it said or not, recovery, refresh, one twice."""
    register, chance = drawn.register, drawn.chance
    register.means("K").means("s1", "s2", "s3", kind="share", of="K", **drawn.mark(0.03))
    policies[0] = "K"
    for share in ("s1", "s2", "s3"):
        register.has(_someone(drawn), share, **drawn.dated(0.06, 0.3))
    if chance.random() < 0.7:
        register.grant("2 of (s1, s2, s3)", "K", **drawn.dated(0.1, 0.5))
    if chance.random() < 0.4:
        register.grant(
            chance.choice(("s1 and role", "s2 and k3", "all of (s1, s2, s3)")),
            "K",
            condition=chance.choice(("", "", "when told")),
            **drawn.dated(0.1, 0.3),
        )
    if chance.random() < 0.2:
        register.same("s1", "s2", kind="means", **drawn.mark(0.4))
    if chance.random() < 0.25:
        register.destroyed(
            chance.choice(("s1", "s2")), days(chance.randrange(6)), **drawn.mark(0.3)
        )
    targets += ["K", "s1", "s2", "s3", "ways:K"]
    scopes += ["means=K"]


def _backups(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """A backup, wrapped or not, a copy and a device of keys."""
    register, chance = drawn.register, drawn.chance
    what = chance.choice(("backup", "backup", "copy", "device"))
    register.means("bk", kind=what, of="k1", **drawn.mark(0.1))
    register.means("card", kind="device").has(_someone(drawn), "bk", **drawn.dated())
    register.has(_someone(drawn), "card", **drawn.dated())
    if chance.random() < 0.6:
        register.grant("bk and card", "k1", **drawn.dated(0.3, 0.15))
    if chance.random() < 0.3:
        policies.append(chance.choice(("bk", "bk and k2")))
    targets += ["bk", "card"]
    scopes += ["means=k1", "wallet=w, path=recovery"]


def _same_means(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """One key under two ids, by its public key, its address or somebody's word."""
    register, chance = drawn.register, drawn.chance
    if chance.random() < 0.5:
        same = chance.choice(({"public_key": "02" + "ab" * 32}, {"address": "0x" + "ab" * 20}))
        register.means("x1", **same, **drawn.mark(0.2)).means("x2", **same, **drawn.mark(0.1))
        policies[0] = policies[0].replace("k1", "x2") if "K" not in policies[0] else policies[0]
        targets += ["x1", "x2"]
        register.has(_someone(drawn), "x1", **drawn.dated())
    else:
        register.means("x1").has(_someone(drawn), "x1", **drawn.dated())
        period = chance.choice((None, days(0, 3), days(2)))
        register.same("x1", "k1", kind="means", period=period, **drawn.mark(0.35))
        targets += ["x1"]
        if chance.random() < 0.4:
            policies[0] = chance.choice(("2 of (x1, k1, k2)", "x1 and k1", "k1 and k2"))


def _same_people(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """Somebody under two ids: joined, parted, alike, or an account of an export."""
    register, chance = drawn.register, drawn.chance
    other = chance.choice(("dee", "dee", "user:u1"))
    if other == "dee" and chance.random() < 0.5:
        register.person("dee", "Dee Maro").person("eli", "Dee Maro")
        register.has("dee", chance.choice(("k1", "k2")), **drawn.dated())
        register.tie("eli", chance.choice(("halden", "northgate")), **drawn.dated())
        if chance.random() < 0.6:
            register.same("dee", "eli", same=chance.random() < 0.4, **drawn.mark(0.3))
        targets += ["person:eli"]
    else:
        register.people(other)
        register.has(other, chance.choice(("k1", "k2")), **drawn.dated())
        register.tie(other, "northgate", kind="credential", **drawn.dated())
        if chance.random() < 0.75:
            period = chance.choice((None, None, days(0, 3), days(2)))
            register.same(_someone(drawn), other, period=period, **drawn.mark(0.3))
    targets += [f"person:{other}"]
    whos += [f"people={other}", f"tie=halden and not people={other}"]


def _parties(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """Another name of an entity, an entity it owns, and places."""
    register, chance = drawn.register, drawn.chance
    register.entity("brand", alias_of="halden", period=drawn.days(0.6), **drawn.mark(0.3))
    register.entity("subco").owned("subco", "halden", **drawn.dated(0.3, 0.4))
    for entity in ("brand", "subco"):
        if chance.random() < 0.6:
            register.tie(_someone(drawn), entity, **drawn.dated(0.1, 0.3))
    for who, place in (("ann", chance.choice(("US", "US-NY", "GB"))), ("ben", "US")):
        register.tie(who, "", kind="location", value=place, **drawn.dated(0.1, 0.2))
    whos += [
        "group=halden", "group=halden", "not group=halden", "tie=halden and not tie=subco",
        "tie=brand or people=cho", "tie=brand",
        "employer=brand and not people=cho", "location=US", "not location=US",
        "tie=halden and location=US",
    ]  # fmt: skip


def _grants(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """Rights that give others, some on a condition."""
    register, chance = drawn.register, drawn.chance
    for _ in range(chance.choice((1, 2, 3))):
        register.grant(
            chance.choice(("k1", "k2", "role", "k3 and role", "2 of (k1, k2, k3)")),
            chance.choice(("k1", "k2", "k3", "role")),
            condition=chance.choice(("", "", "when told")),
            **drawn.dated(0.15, 0.3),
        )
    scopes += ["means=k1", "asset=BTC"]


def _approvals(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """What the software asks for: together, as alternatives, or nobody says which."""
    register, chance = drawn.register, drawn.chance
    for _ in range(chance.choice((1, 2, 2, 3))):
        register.approval(
            "w",
            chance.choice(("k2", "k3", "role", "k2 or k3", "k1 and k3")),
            by=chance.choice(("role", "role", "k3", "")),
            group=chance.choice(("", "g", "g", "h")),
            **drawn.dated(0.25, 0.3),
        )


def _amounts(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """Tiers: another approval for more."""
    register, chance = drawn.register, drawn.chance
    policies.append(chance.choice(("k1", "k2", "k1 and k2")))
    for _ in range(chance.choice((1, 2))):
        bounds = chance.choice(
            ({"above": "100"}, {"up_to": "100 BTC"}, {"above": "50", "up_to": "100"}, {})
        )
        register.tiered(
            "w",
            chance.choice(("k2", "k3", "role")),
            by=chance.choice(("role", "k3")),
            group=chance.choice(("", "", "g")),
            **bounds,
            **drawn.dated(0.2, 0.2),
        )


def _assets(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """Wallets of two assets, or of nobody knows which, and rows for one asset alone."""
    register, chance = drawn.register, drawn.chance
    register.wallet("v", classes=chance.choice(("customer", "house", "")), asset="ETH")
    register.policy("v", chance.choice(("k1", "k2", "k3", "role")), **drawn.dated(0.1, 0.2))
    policies.append(chance.choice(("k1", "k2", "role")))
    if chance.random() < 0.6:
        register.tiered(
            "w", chance.choice(("k2", "k3", "role")), by="k3", path="signing",
            scope=chance.choice(("asset=ETH", "asset=BTC")), **drawn.dated(0.2),
        )  # fmt: skip
    targets += ["wallet:v", "asset:eth"]
    scopes += ["asset=ETH", "asset=ETH", "asset=BTC|ETH", "class=customer, asset=ETH", "wallet=v"]


def _chains(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """A wallet from which assets go on, and words for places."""
    register, chance = drawn.register, drawn.chance
    register.wallet("h", classes="hot", **drawn.mark(0.03))
    policies.append(chance.choice(("k1", "role", "k2")))
    for _ in range(chance.choice((1, 2))):
        limit = chance.choice(("", "ext", "w", "ext"))
        register.policy(
            "h",
            chance.choice(("k1", "k3", "role", "k2 or k3")),
            path="software",
            scope=f"destination={limit}" if limit else "",
            **drawn.dated(0.15, 0.4),
        )
    if chance.random() < 0.3:
        register.tiered(
            chance.choice(("w", "h")), chance.choice(("k2", "role")), by="k3",
            scope=chance.choice(("", "destination=ext")), **drawn.dated(0.3),
        )  # fmt: skip
    targets += ["wallet:h", "class:hot"]
    scopes += ["wallet=w, destination=ext"] * 5 + [
        "wallet=w, destination=hot", "wallet=w, destination=unheard", "class=hot", "wallet=h",
        "class=customer, destination=ext",
    ]  # fmt: skip


def _conditions(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """Policies that open on an occasion, for old coins, or from an instant."""
    policies.append(drawn.chance.choice(("k1", "k2", "k3")))


def _copies(drawn: Drawn, targets, scopes, whos, policies) -> None:
    """Things handed on: whoever had them may have kept a copy."""
    register, chance = drawn.register, drawn.chance
    for _ in range(2):
        start = chance.randrange(0, 3)
        register.has(
            _someone(drawn),
            chance.choice(("k1", "k2", "k3")),
            days(start, start + 1),
            **drawn.mark(),
        )


_FEATURES = {
    "shares": _shares, "backups": _backups, "same means": _same_means, "copies": _copies,
    "same people": _same_people, "parties": _parties, "grants": _grants, "approvals": _approvals,
    "amounts": _amounts, "assets": _assets, "chains": _chains, "conditions": _conditions,
}  # fmt: skip


def at(text: str) -> datetime:
    """Read an instant with its offset, as one of UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
