"""Obligations in words and as plain data: what an import took, and how each duty stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from forthwith.cli import console
from forthwith.domain.obligations import EXACT, Obligation, ObligationState, Order
from forthwith.plain import counting
from forthwith.respond.registers import orders
from forthwith.respond.registers.obligations import DutyRegister, DutyStatus
from forthwith.respond.registers.orders import OrderText

#: Letters of a duty that a line of a list shows.
_WIDE = 90


def tell_import(order: Order, text: OrderText, found: Sequence[Obligation]) -> None:
    """Print what an import took, with every step of each due day."""
    console.say(
        f"{order.name}: {counting.count(len(found), 'obligation')}, quoted from "
        f"{order.source.name} (SHA-256 {order.source.sha256[:12]}…), entered {order.entered}."
    )
    if text.removed:
        lines = counting.count(len(text.removed), "line")
        console.say(f"Taken off the pages (running heads, page and line numbers): {lines}.")
    if text.bare:
        console.say(f"No text, so nothing can be quoted: {', '.join(text.bare)} of the order.")
    for each in found:
        console.say(f"  {each.number:>4}  {_short(each.says)}")
        console.say(f"        Quote {_how(each)}.")
        for step in each.due.steps if each.due else ():
            console.say(f"        {step}")
        if each.due:
            console.say(f"        Due {console.due_days(each.due)} ({each.due.rule}).")
        if each.supersedes:
            console.say(f"        Supersedes {', '.join(each.supersedes)}.")
    for key in orders.repeated(found, text.text):
        console.say(f"{key}: its quote stands more than once in the order; the first is pinned.")
    if order.amends and not any(each.supersedes for each in found):
        console.say(f"No row supersedes anything: all obligations of {order.amends} stand.")


def _how(each: Obligation) -> str:
    return "letter for letter" if each.matched == EXACT else f"found {each.matched}"


def plain(standing: DutyStatus, day: date) -> dict[str, Any]:
    """Return one obligation as it stands on a day, as plain data."""
    held, body = standing.obligation, standing.obligation.body()
    return {
        "key": held.key,
        "state": standing.state,
        **body,
        "days_left": held.due and held.due.left(day),
        "late": standing.late(day),
        "red": [{"cite": each.cite, "why": each.why} for each in standing.red],
        "superseded_by": list(standing.superseded_by),
    }


def tell_all(register: DutyRegister, day: date) -> None:
    """Print every obligation in force on a day, by order."""
    now = register.on(day)
    for name, order in now.orders.items():
        standings = now.of(name)
        amends = f", amends {order.amends}" if order.amends else ""
        count = counting.count(len(standings), "obligation")
        console.say(f"{name}, entered {order.entered}{amends}: {count}.")
        for each in standings:
            _tell_one(each, day)
    if later := [name for name in register.orders if name not in now.orders]:
        console.say(f"Entered after {day} and not shown: {', '.join(later)}.")
    if not register.orders:
        console.say("No order is here. Next: forthwith obligations import ORDER ROWS.csv")
    elif now.orders:
        late, red = len(now.late(day)), sum(len(each.red) for each in now.standings)
        cites = counting.count(red, "citation")
        console.say(f"Late: {counting.count(late, 'obligation')}. Cannot be looked up: {cites}.")


def _tell_one(standing: DutyStatus, day: date) -> None:
    held = standing.obligation
    late = ", LATE" if standing.late(day) else ""
    console.say(f"  {held.number:>4}  {standing.state + late:12}  {_short(held.says)}")
    if standing.superseded_by:
        console.say(f"        Superseded by {', '.join(standing.superseded_by)}.")
    elif held.due:
        still = standing.state is ObligationState.OPEN
        left = f", {console.days_left(held.due.day, day)}" if still else ""
        console.say(f"        Due {console.due_days(held.due)}{left} ({held.due.rule}).")
        if still and held.due.because:
            console.say(f"        Not certain: {held.due.because}")
    tell_proof(standing)


def tell_proof(standing: DutyStatus) -> None:
    """Print what shows that an obligation was met, and what was to show it and does not."""
    held = standing.obligation
    proof = f"Evidence: {'; '.join(standing.evidence) or 'none'}."
    attestor = f" Attestor: {held.attestor}." if held.attestor else ""
    console.say(f"        {proof}{attestor}")
    for each in standing.red:
        console.say(f"        RED, no evidence: {each.cite} {each.why}.")
    if held.note:
        console.say(f"        Note: {' '.join(held.note.split())}")


def _short(words: str) -> str:
    return words if len(words) <= _WIDE else f"{words[: _WIDE - 1]}…"
