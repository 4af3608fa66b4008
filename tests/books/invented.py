"""Generated books: acts of an exchange played into rows and witnesses, and what they come to.

The model beside them knows when each thing truly came, left and was owed, read from no file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import strategies as st

from forthwith.domain.amounts import amount_text
from forthwith.domain.instants import DAY, Instant, instant, instant_text
from tests.books.builders import EVE, BooksBuilder

START, END = instant("2026-01-01"), instant("2026-02-01")
#: Bitcoin addresses by a letter; W to Z are nobody's.
ADDRESS = {letter: f"bcrt1q{letter.lower():0<38}" for letter in "HCDEWXYZ"}
ACCOUNTS = {"A": "outsider", "B": "outsider", "P": "affiliated_lp", "O": "house"}


class Act(NamedTuple):
    """One thing that happens: its kind, day, minute, amount, customer, and minutes of lag."""

    kind: str
    day: int
    minute: int
    amount: int
    account: str
    lag: int


KINDS = (
    "deposit", "withdrawal", "sweep", "to_cold", "trade", "fee", "wire_in", "wire_out",
    "sweep_fees", "revenue", "expense", "unregistered", "adjustment", "uncredited", "loan",
    "house_wallet",
)  # fmt: skip
#: Those after which customers' accounts and customers' stakes still agree.
SOUND = ("deposit", "withdrawal", "sweep", "to_cold", "trade", "fee", "wire_in", "wire_out",
         "sweep_fees", "revenue", "expense", "loan")  # fmt: skip


def acts(kinds: Sequence[str] = KINDS, most: int = 14) -> st.SearchStrategy[list[Act]]:
    """Lists of acts in any order; no two in one minute of one day."""
    act = st.builds(
        Act, st.sampled_from(kinds), st.integers(2, 27), st.integers(0, 1_300), st.integers(1, 400),
        st.sampled_from("ABP"), st.integers(-120, 120),
    )  # fmt: skip
    return st.lists(act, max_size=most, unique_by=lambda act: (act.day, act.minute))


@dataclass
class Invented:
    """Books, and the truth of them in smallest units."""

    books: BooksBuilder
    #: (when it is owed on receipt, on the ledger, account, asset, delta)
    owed: list[tuple[Instant, Instant, str, str, int]] = field(default_factory=list)
    #: (when, place, asset, delta)
    held: list[tuple[Instant, str, str, int]] = field(default_factory=list)

    def brute(self, asset: str, when: Instant, basis: str, held: str = "fbo hot cold dep") -> int:
        """Return held less owed at an instant, summed anew."""
        which = 0 if basis == "receipt" else 1
        balances: dict[str, int] = dict.fromkeys("ABP", 0)
        for row in self.owed:
            if row[which] <= when and row[3] == asset and row[2] in balances:
                balances[row[2]] += row[4]
        places = held.split()
        return sum(
            delta for at, place, name, delta in self.held
            if at <= when and name == asset and place in places
        ) - sum(max(0, balance) for balance in balances.values())  # fmt: skip

    def instants(self) -> list[Instant]:
        """Every instant of the month at which anything changes, and the second before each."""
        times = {START}
        for row in self.owed:
            times |= {row[0], row[1]}
        times |= {row[0] for row in self.held}
        times |= {time - 1 for time in times}
        return sorted(time for time in times if START <= time < END)


def played(given: Sequence[Act], name: Callable[[str], str] = str, factor: int = 1) -> Invented:
    """Play acts into books whose places and accounts are called by `name`.

    Amounts are times `factor`. Accounts A, B (outsiders), P (partner), O (the house's own); places
    fbo and op at banks, hot, cold, dep (customers') and vault (the house's) on the chain.
    """
    return _Player(Invented(BooksBuilder()), name, factor).play(given)


@dataclass
class _Player:
    made: Invented
    name: Callable[[str], str]
    factor: int
    number: int = 0

    def play(self, given: Sequence[Act]) -> Invented:
        books = self.made.books
        for account, klass in ACCOUNTS.items():
            books.account(self.name(account), class_=klass)
        opening = 1_000 * self.factor
        books.bank(self.name("fbo"), "7710", opening=f"{opening}.00")
        books.bank(self.name("op"), "9902", "house", f"{opening}.00")
        for place, letter in (("hot", "H"), ("cold", "C"), ("dep", "D"), ("dep", "E")):
            books.address(self.name(place), ADDRESS[letter])
        books.address(self.name("vault"), ADDRESS["Z"], "house")
        books.deposit(self.name("A"), ADDRESS["D"]).deposit(self.name("B"), ADDRESS["E"])
        eve = instant(EVE)
        for place, letter, group in (("hot", "H", "customer"), ("cold", "C", "customer"),
                                     ("vault", "Z", "house")):  # fmt: skip
            books.fund(ADDRESS[letter], f"{opening}.0")
            books.opening(self.name(place), "BTC", group, f"{opening}.0")
            self.made.held.append((eve, place, "BTC", opening * 10**8))
        # Somebody's coins, that customers pay in from.
        books.fund(ADDRESS["W"], f"{10 * opening}.0")
        self.made.held += [(eve, "fbo", "USD", opening * 100), (eve, "op", "USD", opening * 100)]
        self.owe("A", "USD", opening * 100, eve, eve, "opening")
        self.owe("A", "BTC", opening * 10**8, eve, eve, "opening")
        self.owe("B", "BTC", opening * 10**8, eve, eve, "opening")
        for act in sorted(given):
            getattr(self, act.kind)(act, START + (act.day - 1) * DAY + act.minute * 60)
        return self.made

    def owe(
        self, account: str, asset: str, amount: int, receipt: Instant, ledger: Instant, kind: str,
        reference: str = "",
    ) -> None:  # fmt: skip
        places = 2 if asset == "USD" else 8
        text = amount_text(amount, places)
        self.made.books.owed(self.name(account), asset, text, instant_text(ledger), kind, reference)
        self.made.owed.append((receipt, ledger, account, asset, amount))

    def pay(self, when: Instant, source: str, target: str, amount: int) -> str:
        """Send whole coins from one letter to another, and a coin in a hundred as the fee."""
        books, letters = (
            self.made.books,
            {"H": "hot", "C": "cold", "D": "dep", "E": "dep", "Z": "vault"},
        )
        inputs = {ADDRESS[source]: f"{amount}.01"}
        reference = books.pay(instant_text(when), inputs, {ADDRESS[target]: f"{amount}.0"})
        units = amount * 10**8
        if source in letters:
            self.made.held.append((when, letters[source], "BTC", -units - 10**6))
            books.entry(self.name(letters[source]), "", "BTC", "0.01", instant_text(when), "house",
                        reference, "network_fee")  # fmt: skip
        if target in letters:
            self.made.held.append((when, letters[target], "BTC", units))
        return reference

    def enter(
        self, source: str, target: str, asset: str, amount: int, when: Instant, groups: str,
        reference: str,
    ) -> None:  # fmt: skip
        text = f"{amount}.00" if asset == "USD" else f"{amount}.0"
        names = [self.name(place) if place else "" for place in (source, target)]
        self.made.books.entry(
            names[0], names[1], asset, text, instant_text(when), groups, reference
        )

    def wire(self, place: str, when: Instant, amount: int, party_account: str = "") -> str:
        self.number += 1
        number = {"fbo": "7710", "op": "9902"}[place]
        reference = f"W{self.number}"
        self.made.books.wire(
            number, instant_text(when), f"{amount}.00", reference, party_account=party_account
        )
        end = when - (when - START) % DAY + DAY - 1
        self.made.held.append((end, place, "USD", amount * 100))
        return reference

    @staticmethod
    def end_of_day(when: Instant) -> Instant:
        return when - (when - START) % DAY + DAY - 1

    # Acts.

    def deposit(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        target = {"A": "D", "B": "E"}.get(act.account, "H")
        reference = self.pay(when, "W", target, amount)
        self.owe(
            act.account, "BTC", amount * 10**8, when, when + act.lag * 60, "deposit", reference
        )

    def withdrawal(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        reference = self.pay(when, "H", "X", amount)
        self.owe(
            act.account, "BTC", -amount * 10**8, when, when + act.lag * 60, "withdrawal", reference
        )

    def sweep(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        self.enter("hot", "cold", "BTC", amount, when, "customer", self.pay(when, "H", "C", amount))

    def to_cold(self, act: Act, when: Instant) -> None:
        """Value comes back from the cold wallet without a row."""
        self.pay(when, "C", "H", act.amount * self.factor)

    def house_wallet(self, act: Act, when: Instant) -> None:
        self.pay(when, "Z", "H", act.amount * self.factor)

    def trade(self, act: Act, when: Instant) -> None:
        other = "B" if act.account == "A" else "A"
        for account, sign in ((act.account, 1), (other, -1)):
            self.owe(account, "USD", sign * act.amount * self.factor * 100, when, when, "trade")

    def fee(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        self.owe(act.account, "USD", -amount * 100, when, when, "fee")
        self.enter("fbo", "fbo", "USD", amount, when, "customer>house", "")

    def adjustment(self, act: Act, when: Instant) -> None:
        self.owe(act.account, "USD", act.lag * self.factor * 100, when, when, "adjustment")

    def wire_in(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        reference = self.wire("fbo", when, amount)
        self.owe(
            act.account, "USD", amount * 100, self.end_of_day(when), when, "deposit", reference
        )

    def wire_out(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        reference = self.wire("fbo", when, -amount)
        self.owe(
            act.account, "USD", -amount * 100, self.end_of_day(when), when, "withdrawal", reference
        )

    def sweep_fees(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        reference = self.wire("fbo", when, -amount, "9902")
        self.number -= 1
        self.wire("op", when + (DAY if act.lag > 60 else 0), amount, "7710")
        self.enter("fbo", "op", "USD", amount, when, "house", reference)

    def revenue(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        self.enter("", "op", "USD", amount, when, "house", self.wire("op", when, amount))

    def expense(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        self.enter("op", "", "USD", amount, when, "house", self.wire("op", when, -amount))

    def loan(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        self.enter("", "cold", "BTC", amount, when, "affiliate", self.pay(when, "W", "C", amount))

    def unregistered(self, act: Act, when: Instant) -> None:
        amount = act.amount * self.factor
        reference = self.pay(when, "W", "Y", amount)
        self.owe(
            act.account, "BTC", amount * 10**8, when, when + act.lag * 60, "deposit", reference
        )

    def uncredited(self, act: Act, when: Instant) -> None:
        self.pay(when, "W", "D" if act.account == "A" else "H", act.amount * self.factor)
