"""The register of obligations: what each order requires, and how each duty stands.

Everything is read from the ledger and goes back to it as acts. How an obligation stands is
computed each time: from what its evidence cites (`citations.Shelf`), from what supersedes it, and
from the day asked about. Reading rows about an order is `obligations_rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from forthwith.domain.acts import Act, Acts
from forthwith.domain.errors import ForthwithError
from forthwith.domain.obligations import (
    OBLIGATION,
    ORDER,
    Obligation,
    ObligationState,
    Order,
)
from forthwith.respond.registers.citations import CitablePages, UnresolvedCitation

#: Signs that stand between the parts of keys and between keys.
_RESERVED = "/;"


class OrderNameError(ForthwithError):
    """A name that no order can have."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'{name!r} cannot name an order: give it words, and no "/" and no ";", which stand '
            "between the names and numbers of obligations."
        )


class OrderExistsError(ForthwithError):
    """A second order under the name of one."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is an order {name!r} already; what was entered does not change. Give an "
            f"amended order a name of its own: --name 'Amended {name}' --amends {name!r}."
        )


class AmendsLaterError(ForthwithError):
    """An order is said to amend one that came after it."""

    def __init__(self, order: Order, later: Order) -> None:
        super().__init__(
            f"{order.name}, entered {order.entered}, cannot amend {later.name}, which was entered "
            f"on {later.entered}. Check --entered and --amends."
        )


class UnknownOrderError(ForthwithError):
    """An order that is not in the register."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no order {name!r} in the register. It has: {', '.join(known) or 'none'}."
        )


class UnknownObligationError(ForthwithError):
    """An obligation that is not there, or of which there are several."""

    def __init__(self, key: str, orders: Sequence[str]) -> None:
        several = f"is in several orders: give one of {', '.join(orders)}"
        none = "is in no order. `forthwith obligations` lists them all"
        super().__init__(f"Obligation {key!r} {several if orders else none}.")


def named(name: str) -> str:
    """Return an order's name with single spaces. Raises OrderNameError."""
    plain = " ".join(name.split())
    if not plain or any(sign in plain for sign in _RESERVED):
        raise OrderNameError(name)
    return plain


def folded(name: str) -> str:
    """Return what two spellings of one name share: spaces and capitals do not count."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class DutyStatus:
    """How one obligation stands."""

    obligation: Obligation
    order: Order
    #: Every version, oldest first: as imported, then after each act about it.
    history: tuple[Obligation, ...]
    #: Citations of its evidence that can be looked up, and those that cannot.
    evidence: tuple[str, ...] = ()
    unresolved: tuple[UnresolvedCitation, ...] = ()
    #: Keys of the obligations that take its place.
    superseded_by: tuple[str, ...] = ()

    @property
    def state(self) -> ObligationState:
        """Return how it stands."""
        if self.superseded_by:
            return ObligationState.SUPERSEDED
        if not self.evidence:
            return ObligationState.OPEN
        attested = self.obligation.attestor
        return ObligationState.ATTESTED if attested else ObligationState.EVIDENCED

    def late(self, day: date) -> bool:
        """Whether nothing shows that it was met, after the last day it may have been due."""
        due = self.obligation.due
        still = self.state is ObligationState.OPEN
        return due is not None and still and day > max((due.day, *due.ambiguous))


@dataclass(frozen=True, slots=True)
class DutyRegister:
    """All orders and obligations of a matter, in the order in which they were imported."""

    orders: Mapping[str, Order]
    standings: tuple[DutyStatus, ...]

    @classmethod
    def read(cls, ledger: Acts, shelf: CitablePages) -> DutyRegister:
        """Read the ledger; `shelf` tells which evidence can be looked up. Raises BodyError."""
        orders = {key: Order.from_body(key, act.body) for key, act in ledger.of(ORDER).items()}
        histories: dict[str, list[Obligation]] = {}
        for act in ledger:
            if act.kind == OBLIGATION:
                histories.setdefault(act.key, []).append(Obligation.from_body(act.key, act.body))
        after: dict[str, list[str]] = {}
        for key, history in histories.items():
            for earlier in history[-1].supersedes:
                after.setdefault(earlier, []).append(key)
        return cls(
            orders,
            tuple(
                DutyStatus(
                    history[-1], orders[history[-1].order], tuple(history),
                    *_judged(history[-1].evidence, shelf), tuple(after.get(key, ())),
                )
                for key, history in histories.items()
            ),
        )  # fmt: skip

    def on(self, day: date) -> DutyRegister:
        """Return the register less the orders entered after a day, and what those supersede."""
        orders = {name: order for name, order in self.orders.items() if order.entered <= day}
        standings = [standing for standing in self.standings if standing.order.name in orders]
        keys = {standing.obligation.key for standing in standings}
        return DutyRegister(
            orders,
            tuple(
                replace(
                    standing, superseded_by=tuple(k for k in standing.superseded_by if k in keys)
                )
                for standing in standings
            ),
        )

    def of(self, name: str) -> tuple[DutyStatus, ...]:
        """Return the obligations of one order, in the order of its rows."""
        return tuple(standing for standing in self.standings if standing.order.name == name)

    def order(self, name: str) -> Order:
        """Return an order by its name. Raises UnknownOrderError."""
        for order in self.orders.values():
            if folded(order.name) == folded(name):
                return order
        raise UnknownOrderError(name, list(self.orders))

    def find(self, key: str) -> DutyStatus:
        """Return one by its key, or by its number where one order has it.

        Raises UnknownObligationError.
        """
        wanted = folded(key)
        standings = [
            standing
            for standing in self.standings
            if wanted in (folded(standing.obligation.key), folded(standing.obligation.number))
        ]
        if len(standings) != 1:
            raise UnknownObligationError(key, [standing.obligation.key for standing in standings])
        return standings[0]

    def late(self, day: date) -> tuple[DutyStatus, ...]:
        """Return the obligations that are late on a day."""
        return tuple(standing for standing in self.standings if standing.late(day))


def _judged(
    evidence: Sequence[str], shelf: CitablePages
) -> tuple[tuple[str, ...], tuple[UnresolvedCitation, ...]]:
    """Return the citations that can be looked up, and those that cannot with the reason."""
    sound, unresolved = [], []
    for cite in evidence:
        if lost := shelf.unresolved([cite]):
            unresolved.extend(lost)
        elif any(shelf.ranges(cite)):
            sound.append(cite)
        else:
            unresolved.append(UnresolvedCitation(cite, "names no page of ours"))
    return tuple(sound), tuple(unresolved)


def admitted(register: DutyRegister, order: Order) -> Order:
    """Return a new order under the name it will have.

    Raises OrderNameError, OrderExistsError and, for what it amends, UnknownOrderError and
    AmendsLaterError.
    """
    name = named(order.name)
    for earlier in register.orders.values():
        if folded(earlier.name) == folded(name):
            raise OrderExistsError(earlier.name)
    if not order.amends:
        return replace(order, name=name)
    amended = register.order(order.amends)
    if amended.entered > order.entered:
        raise AmendsLaterError(order, amended)
    return replace(order, name=name, amends=amended.name)


def imported(order: Order, obligations: Sequence[Obligation]) -> list[Act]:
    """Return the acts of an order and what it requires; all are written, or none."""
    return [
        Act(ORDER, order.name, order.body()),
        *(Act(OBLIGATION, obligation.key, obligation.body()) for obligation in obligations),
    ]


def attested(
    standing: DutyStatus,
    *,
    evidence: Sequence[str] | None = None,
    attestor: str | None = None,
    note: str | None = None,
) -> Act:
    """Return the act that says how an obligation was met; what is None stays as it was."""
    obligation = standing.obligation
    changed = replace(
        obligation,
        evidence=obligation.evidence if evidence is None else tuple(evidence),
        attestor=obligation.attestor if attestor is None else attestor.strip(),
        note=obligation.note if note is None else note.strip(),
    )
    return Act(OBLIGATION, changed.key, changed.body())
