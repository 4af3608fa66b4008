"""The engine against a judge that counts everything the plainest way, over random small books."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

from forthwith.books.backing import fully_backed
from forthwith.books.books import Parameters
from forthwith.books.commingling import commingling
from forthwith.books.control import Control
from forthwith.books.coverage import coverage
from forthwith.books.position import position
from forthwith.books.reckoning import reckon
from forthwith.domain.amounts import amount_text, units
from forthwith.domain.instants import DAY, instant, instant_text
from tests.books.builders import BITCOIN, EVE, BooksBuilder
from tests.books.judge import MATCHED_KINDS, OWN, Judge

START, END = instant("2026-01-01"), instant("2026-02-01")
ADDRESS = {
    name: f"bcrt1q{name:0<38}"
    for name in ("hot", "warm", "cold", "dea", "deb", "hse", "aff", "th1", "th2", "un1")
}
WHOLE = 10**8


class World:
    """Books at random. One customers' bank, one of the house, up to five wallets."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.books = BooksBuilder()
        self.balance: dict[str, int] = defaultdict(int)
        self.registered: dict[str, Mapping[str, str]] = {}
        self.accounts = list("ABCDEF")[: rng.randint(2, 6)]
        self.write_accounts()
        self.write_places()
        self.fund_addresses()
        # In time, so that nobody pays what has not come; two acts may share an instant.
        self.times = sorted(
            START + rng.randrange(DAY, 29 * DAY, rng.choice((600, 600, DAY)))
            for _ in range(rng.randint(2, 14))
        )
        while self.times:
            getattr(self, rng.choice(ACTS))()
            self.times.pop(0)

    def write_accounts(self) -> None:
        rng, books = self.rng, self.books
        for number, account in enumerate(self.accounts):
            klass = rng.choice(("outsider", "outsider", "affiliated_lp", "house"))
            entity = f"ent-{account}"
            if rng.random() < 0.15:
                day = f"2026-01-{rng.randint(3, 27):02}"
                other = rng.choice(("outsider", "affiliated_lp", "house"))
                books.account(account, class_=klass, entity=entity, to=day)
                books.account(account, class_=other, entity=entity, from_=day)
            else:
                books.account(account, class_=klass, entity=entity)
            books.row("bank_parties", account=f"5{number}", entity=entity)
            for asset in ("USD", "BTC"):
                if rng.random() < 0.7:
                    amount = rng.randint(-3, 30)
                    books.owed(account, asset, self.text(asset, amount))

    def write_places(self) -> None:
        rng, books = self.rng, self.books
        for name, number, klass in (("fbo", "7710", "customer"), ("op", "9902", "house")):
            opening = rng.randint(0, 60)
            books.bank(name, number, klass, f"{opening}.00", group=self.group(klass))
        books.row("places", place="aff", kind="bank account", address_or_account="777",
                  class_="affiliate")  # fmt: skip
        books.address("hot", ADDRESS["hot"])
        if rng.random() < 0.4:
            books.address("hot", ADDRESS["warm"])
        for name, klass in (("cold", "customer"), ("hse", "house"), ("aff", "affiliate")):
            if rng.random() < 0.6:
                place = f"{name}-wallet"
                span: dict[str, str] = {}
                if name == "cold" and rng.random() < 0.4:
                    span["from_"] = f"2026-01-{rng.randint(2, 20):02}"
                if name == "cold" and rng.random() < 0.3:
                    span["to"] = f"2026-01-{rng.randint(21, 29):02}"
                books.address(place, ADDRESS[name], klass, **span)
        for name, account in (("dea", "A"), ("deb", "B")):
            books.deposit(account, ADDRESS[name])
            if rng.random() < 0.7:
                books.address(f"{name}-wallet", ADDRESS[name])
        self.registered = {row.cells["address_or_account"]: row.cells for row in books.rows
                      if row.table == "places"}  # fmt: skip

    def fund_addresses(self) -> None:
        rng, books = self.rng, self.books
        for name in ("hot", "cold", "hse", "dea", "th1", "th2"):
            amount = rng.randint(1, 40) * WHOLE
            if name.startswith("th"):
                amount *= 10
            self.balance[name] = amount
            books.fund(ADDRESS[name], amount_text(amount, 8))
            row = self.registered.get(ADDRESS[name])
            if row and "from" not in row and rng.random() < 0.9:
                books.opening(row["place"], "BTC", self.group(row["class"]), amount_text(amount, 8))

    def text(self, asset: str, amount: int) -> str:
        return f"{amount}.00" if asset == "USD" else f"{amount}.0"

    def group(self, klass: str) -> str:
        return klass if self.rng.random() < 0.85 else self.rng.choice(("customer", "house"))

    def at(self) -> int:
        """The instant of the act."""
        return self.times[0]

    def late(self, at: int) -> str:
        return instant_text(at + self.rng.choice((0, 600, -900, DAY, 2 * DAY, 2 * DAY + 1)))

    def owed(
        self, account: str, asset: str, amount: str, at: str, kind: str, ref: str = ""
    ) -> None:
        cells = {}
        if self.rng.random() < 0.15:
            cells["booked_at"] = instant_text(instant(at) + 3 * DAY)
        self.books.owed(account, asset, amount, at, kind, ref, **cells)

    def someone(self) -> str:
        return self.rng.choice(self.accounts)

    # Acts.

    def ledger(self) -> None:
        rng, at, asset = self.rng, instant_text(self.at()), self.rng.choice(("USD", "BTC"))
        amount, kind = rng.randint(1, 20), rng.choice(("trade", "fee", "transfer", "adjustment"))
        self.owed(self.someone(), asset, self.text(asset, -amount), at, kind)
        if rng.random() < 0.6:
            self.owed(self.someone(), asset, self.text(asset, amount), at, kind)

    def reversal(self) -> None:
        rows = [row for row in self.books.rows if row.table == "customer_ledger"
                and row.cells["kind"] in MATCHED_KINDS]  # fmt: skip
        if rows:
            row = self.rng.choice(rows).cells
            amount = row["amount"][1:] if row["amount"][0] == "-" else f"-{row['amount']}"
            at = instant_text(instant(row["effective_at"]) + DAY)
            self.owed(row["account"], row["asset"], amount, at, "reversal", row["reference"])

    def pay(
        self, source: str, outputs: dict[str, int], at: int, payers: tuple[str, ...] = ()
    ) -> str:
        """Spend from an address; what is over goes back."""
        inputs = {source: self.balance[source]}
        for payer in payers:
            inputs[payer] = self.balance[payer]
        fee = self.rng.choice((0, 0, 1000))
        change = sum(inputs.values()) - sum(outputs.values()) - fee
        if change < 0 or not all(inputs.values()) or set(outputs) & set(inputs):
            return ""
        for name in inputs:
            self.balance[name] = 0
        for name, amount in outputs.items():
            self.balance[name] += amount
        back = dict(outputs)
        if change:
            back[source] = change
            self.balance[source] += change
        return self.books.pay(
            instant_text(at),
            {ADDRESS[name]: amount_text(amount, 8) for name, amount in inputs.items()},
            {ADDRESS[name]: amount_text(amount, 8) for name, amount in back.items()},
        )

    def amount(self) -> int:
        """Few amounts, so that they meet."""
        return self.rng.choice((1, 1, 2, 3, 5, 9)) * WHOLE

    def deposit(self) -> None:
        rng, at, amount = self.rng, self.at(), self.amount()
        account, to = rng.choice((("A", "dea"), ("B", "deb"), ("A", "dea"), (self.someone(), "hot"),
                                  (self.someone(), "un1")))  # fmt: skip
        paid = self.pay(rng.choice(("th1", "th2")), {to: amount}, at)
        if paid and rng.random() < 0.9:
            credited = amount if rng.random() < 0.85 else amount + WHOLE
            reference = paid if rng.random() < 0.7 else ""
            text = amount_text(credited, 8)
            self.owed(account, "BTC", text, self.late(at), "deposit", reference)
            if rng.random() < 0.1:
                self.owed(account, "BTC", text, self.late(at), "deposit", reference)

    def withdrawal(self) -> None:
        rng, at, amount = self.rng, self.at(), self.amount()
        source = rng.choice(("hot", "hot", "hse", "cold"))
        paid = self.pay(source, {rng.choice(("th1", "th2", "un1")): amount}, at)
        if paid and rng.random() < 0.8:
            text = amount_text(-amount if rng.random() < 0.9 else -amount - WHOLE, 8)
            self.owed(self.someone(), "BTC", text, self.late(at), "withdrawal", paid)

    def sweep(self) -> None:
        rng, at = self.rng, self.at()
        source, target = rng.sample(("hot", "cold", "dea", "deb", "hse", "un1", "warm", "aff"), 2)
        amount = min(self.amount(), self.balance[source])
        if amount > WHOLE:
            paid = self.pay(source, {target: amount - 1000}, at)
            sides = [self.registered.get(ADDRESS[name], {}) for name in (source, target)]
            if paid and rng.random() < 0.3 and all(sides) and (
                sides[0]["place"] != sides[1]["place"] and not any("from" in s for s in sides)
                and not any("to" in s for s in sides)
            ):  # fmt: skip
                self.books.entry(
                    sides[0]["place"], sides[1]["place"], "BTC", amount_text(amount - 1000, 8),
                    instant_text(at), rng.choice(("customer", "house", "customer>house")), paid,
                )  # fmt: skip

    def together(self) -> None:
        """Two of ours pay in one transaction."""
        first, second = self.rng.sample(("hot", "hse", "cold", "warm"), 2)
        total = self.balance[first] + self.balance[second]
        if self.balance[first] > WHOLE and self.balance[second] > WHOLE:
            amount, at = total - WHOLE // 2, self.at()
            paid = self.pay(first, {"th1": amount}, at, (second,))
            if paid and self.rng.random() < 0.5:
                text = amount_text(-amount, 8)
                self.owed(self.someone(), "BTC", text, self.late(at), "withdrawal", paid)

    def wire(self) -> None:
        """A customer's wire in or out, credited or not, with a reference or by its party."""
        rng, books = self.rng, self.books
        at, amount = self.at(), rng.choice((1, 2, 5, 5, 9, 20))
        account = self.someone()
        number = f"5{self.accounts.index(account)}"
        place = rng.choice(("7710", "7710", "9902"))
        sign = rng.choice(("", "-"))
        reference = f"W{books.next()}" if rng.random() < 0.7 else ""
        books.wire(place, instant_text(at), f"{sign}{amount}.00", reference, party_account=number)
        if rng.random() < 0.8:
            kind = rng.choice(("withdrawal", "withdrawal", "chargeback")) if sign else "deposit"
            who = account if rng.random() < 0.9 else self.someone()
            named = reference if rng.random() < 0.7 else ""
            credited = amount if rng.random() < 0.9 else amount + 1
            self.owed(who, "USD", f"{sign}{credited}.00", self.late(at), kind, named)
            if rng.random() < 0.1:
                self.owed(who, "USD", f"{sign}{credited}.00", self.late(at), kind, named)

    def transfer(self) -> None:
        """A wire between our two banks, on the same day or the next."""
        rng, books = self.rng, self.books
        at, amount, reference = self.at(), rng.randint(1, 20), f"W{books.next()}"
        source, target = rng.sample(("7710", "9902"), 2)
        later = at + rng.choice((0, 0, DAY))
        books.wire(source, instant_text(at), f"-{amount}.00", reference, party_account=target)
        books.wire(target, instant_text(later), f"{amount}.00", reference, party_account=source)
        if rng.random() < 0.4:
            names = {"7710": "fbo", "9902": "op"}
            groups = rng.choice(("customer", "house", "customer>house", "house>customer"))
            books.entry(names[source], names[target], "USD", f"{amount}.00",
                        instant_text(at), groups, reference)  # fmt: skip

    def loan(self) -> None:
        """A wire to or from the affiliate."""
        sign, amount = self.rng.choice(("", "-")), self.rng.randint(1, 30)
        self.books.wire(self.rng.choice(("7710", "9902")), instant_text(self.at()),
                        f"{sign}{amount}.00", f"W{self.books.next()}",
                        party_account="777")  # fmt: skip

    def regroup(self) -> None:
        rng = self.rng
        place, asset = rng.choice((("fbo", "USD"), ("op", "USD")))
        groups = rng.choice(("customer>house", "house>customer", "customer>affiliate"))
        self.books.entry(place, place, asset, self.text(asset, rng.randint(1, 9)),
                         instant_text(self.at()), groups, kind="fee")  # fmt: skip


ACTS = ("ledger", "ledger", "reversal", "deposit", "deposit", "withdrawal", "withdrawal", "sweep",
        "sweep", "together", "wire", "wire", "transfer", "loan", "regroup")  # fmt: skip


def parameters(rng: random.Random) -> Parameters:
    floors = {"USD": rng.choice((0, 100, 500)), "BTC": rng.choice((0, 1000, WHOLE))}
    return Parameters(
        basis=rng.choice(("receipt", "ledger")),
        mixing=rng.choice(("wallet", "address")),
        fee=rng.choice(("last", "last", "first")),
        floors=floors if rng.random() < 0.4 else {},
        as_known=START + rng.randrange(5, 30) * DAY if rng.random() < 0.25 else None,
    )


class Compared:
    """What the judge and the engine say where they differ: (what, judge, engine)."""

    def __init__(self, built: BooksBuilder, chosen: Parameters, seed: int) -> None:
        self.books = books = built.build()
        assert books.faults == ()
        self.rng = random.Random(seed)
        self.judge, self.reckoning = Judge(books, chosen), reckon(books, chosen)
        self.found: list[tuple[str, Any, Any]] = []
        moments = self.judge.instants(START, END)
        self.moments = sorted({*moments, *(at - 1 for at in moments if at > START)})

    def same(self, what: str, one: Any, two: Any) -> None:
        if one != two:
            self.found.append((what, one, two))

    def rows(self) -> None:
        kinds = {
            match.ledger.row: match.kind for match in self.reckoning.matches
            if match.ledger and match.ledger.kind in MATCHED_KINDS
        }  # fmt: skip
        for row, (kind, _) in self.judge.row_match.items():
            self.same(f"match {row}", kind, kinds.get(row))
        counts = {change.row.row: change.at for change in self.reckoning.owed_changes}
        for told in self.judge.ledger:
            self.same(f"counts {told.row}", self.judge.counts_from(told), counts[told.row])

    def positions(self, asset: str) -> None:
        judge, text = self.judge, self.books.assets[asset].text
        for at in self.moments:
            (told,) = position(self.reckoning, at, assets=[asset]).as_json()["assets"]
            when = f"{asset} {instant_text(at)}"
            if told["difference"] is None:
                self.found.append((f"hidden {when}", None, told["not_shown"]))
                continue
            owed = {klass: text(amount) for klass, amount in judge.owed(asset, at).items()}
            self.same(f"owed {when}", owed, told["owed"])
            held = {
                place: text(amount) for place, amount in judge.held(asset, at).items() if amount
            }
            shown = {place: amount for place, amount in told["held"].items() if units(amount, 18)}
            self.same(f"held {when}", held, shown)
            difference, short = judge.difference(asset, at), judge.shortfall(asset, at)
            figures = (text(difference), text(short), text(max(0, -difference) - short))
            self.same(
                f"short {when}", figures, (told["difference"], told["shortfall"], told["dust"])
            )

    def intervals(self, asset: str) -> None:
        covered = coverage(self.reckoning, START, END)
        self.same(
            f"intervals {asset}",
            [tuple(lack) for lack in self.judge.lacks(asset, START, END)],
            [
                (lack.start, lack.end, lack.most, lack.most_at)
                for lack in covered.shortfalls
                if lack.asset.id == asset
            ],
        )  # fmt: skip
        least = [(least.difference, least.at) for least in covered.least if least.asset.id == asset]
        self.same(f"least {asset}", [self.judge.least(asset, START, END)], least)

    def stakes(self) -> None:
        # Where registrations turn, for whom value came to an address before is another question.
        if any(row.span.start or row.span.end for row in self.books.places):
            return
        stakes: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
        for change in self.reckoning.changes:
            stakes[change.place, change.asset, change.group].append((change.at, change.delta))
        for key in sorted({*stakes, *(stake[1:4] for stake in self.judge.stakes)}):
            # No witness shows these.
            if key[0].startswith("address:") or key[:2] == ("aff", "USD"):
                continue
            for at in [instant(EVE), *self.moments, END]:
                two = sum(delta for when, delta in stakes[key] if when <= at)
                self.same(f"stake {key} {instant_text(at)}", self.judge.stake(*key, at), two)
        mixed = [
            (i.place, i.asset.id, i.kind, i.start, i.end, i.groups, i.customers_from, i.other_from,
             i.customers_most, i.other_most)
            for i in commingling(self.reckoning, START, END).intervals
        ]  # fmt: skip
        own = {row.place for row in self.books.places if row.klass in OWN}
        mine = [tuple(i) for i in self.judge.mixing(START, END) if i.place.partition("/")[0] in own]
        self.same("mixing", sorted(mine, key=str), sorted(mixed, key=str))

    def backing(self) -> None:
        if self.reckoning.suspects or not any(row.asset == "BTC" for row in self.judge.ledger):
            return
        proved = {
            address: [START - age * DAY] for address in ADDRESS.values()
            if (age := self.rng.choice((1, 1, 1, 15, 99))) < 99
        }  # fmt: skip
        movable = [row.place for row in self.books.places if self.rng.random() < 0.9]
        answer = fully_backed(
            self.reckoning, "BTC", START, END,
            Control({(BITCOIN, address): tuple(times) for address, times in proved.items()}),
            {row.place: "" if row.place in movable else "no" for row in self.books.places},
        )  # fmt: skip
        sets = {frozenset((fact.kind, fact.of) for fact in facts) for facts in answer.missing}
        want, least = self.judge.backing("BTC", START, END, proved, movable)
        self.same("backing", want, answer.answer)
        if want == answer.answer:
            self.same("missing", sorted(map(sorted, least)), sorted(map(sorted, sets)))


def disagreements(built: BooksBuilder, chosen: Parameters, seed: int) -> list[tuple[str, Any, Any]]:
    compared = Compared(built, chosen, seed)
    compared.rows()
    for asset in ("USD", "BTC"):
        compared.positions(asset)
        compared.intervals(asset)
    compared.stakes()
    compared.backing()
    return compared.found


def agree(seeds: range) -> None:
    for seed in seeds:
        chosen = parameters(random.Random(seed))
        assert disagreements(World(seed).books, chosen, seed) == [], seed


@pytest.mark.parametrize("block", range(4))
def test_the_engine_and_the_judge_agree(block: int) -> None:
    agree(range(block * 100, block * 100 + 100))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_the_engine_and_the_judge_agree_on_many(block: int) -> None:
    agree(range(1_000 + block * 500, 1_500 + block * 500))
