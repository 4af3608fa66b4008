"""`privilege propose` and `privilege decide`: what the screen proposes, and what people decide."""

from __future__ import annotations

import contextlib
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.as_login import asks
from forthwith.domain.privilege_decisions import Outcome
from forthwith.domain.users import Seer
from forthwith.plain.counting import count
from forthwith.review.privilege.claims import Basis, Treatment
from forthwith.review.screen.proposals import Tier
from forthwith.workflows.privilege import ClaimOptions
from forthwith.workflows.room import screen as desk
from forthwith.workflows.room.room import Room
from forthwith.workflows.room.screen import Listed

_WIDTH, _SHOWN, _REASONS = 98, 50, 3


@contextlib.contextmanager
def _opened(home: Path, as_login: str) -> Iterator[tuple[Room, Seer | None]]:
    """Open the room; nobody asks in it where it has no users and none is named."""
    with contextlib.closing(Room.open(home)) as room:
        alone = not as_login and not room.users.every()
        yield room, None if alone else room.local_seer(as_login)


@click.command("propose")
@click.option("--tier", "tiers", multiple=True, type=click.Choice([tier.value for tier in Tier]))
@click.option("--decided", is_flag=True, help="Those that were claimed or refused, too.")
@click.option("--limit", type=click.IntRange(1), default=_SHOWN, show_default=True, metavar="N")
@asks
@click.pass_obj
def propose(
    home: Path, tiers: tuple[str, ...], limit: int, as_login: str, *, decided: bool, as_json: bool
) -> None:
    """Propose what may be privileged, the strongest first, each with its reasons.

    A screen narrows, it does not clear: what is not proposed was cleared by nobody. Exit status 1:
    proposals wait to be decided.
    """
    wanted = [Tier(tier) for tier in tiers]
    with _opened(home, as_login) as (room, seer):
        if seer is None:
            found = desk.listed_alone(room.case, wanted, decided=decided, most=limit)
        else:
            found = desk.listed(room, seer, wanted, decided=decided, most=limit, wait=True)
    if as_json:
        console.raw(json.dumps(desk.listed_json(found), ensure_ascii=False))
    else:
        _print(found)
    raise SystemExit(console.FINDINGS if any(found.waiting.values()) else console.CLEAN)


def _print(found: Listed) -> None:
    before = None
    for row in found.rows:
        tier = row.proposal.tier
        if tier is not before:
            proposed, waits = found.counts[tier], found.waiting.get(tier, 0)
            console.say(f"{tier.value.capitalize()} ({proposed:,} proposed, {waits:,} to decide)")
            before = tier
        state = "" if row.state is desk.State.OPEN else f"  [{row.state.value}]"
        console.say(f"  {row.control}  {row.subject}{state}")
        for reason in row.proposal.reasons[:_REASONS]:
            _wrapped(f"{reason.words}.")
        if (more := len(row.proposal.reasons) - _REASONS) > 0:
            _wrapped(f"And {count(more, 'more reason')}: --json.")
        for warned in row.proposal.warnings:
            _wrapped(f"But: {warned.words}.")
        if row.said:
            _wrapped(f"{row.said.rstrip('.')}.")
    if found.total > len(found.rows):
        rest = found.total - len(found.rows)
        console.say(f"{rest:,} more are not listed: --limit {found.total}.")
    waits = sum(found.waiting.values())
    console.say(
        f"{count(sum(found.counts.values()), 'document')} proposed as privileged, "
        f"{waits:,} of them to decide. What is not proposed was cleared by nobody."
    )


def _wrapped(text: str) -> None:
    for line in textwrap.wrap(text, _WIDTH - 4, break_on_hyphens=False):
        console.say(f"    {line}")


@click.command("decide")
@click.argument("control")
@click.argument("outcome", type=click.Choice(["claim", "refuse"]))
@click.option("--because", required=True, help="Why; it stays in the matter and is not served.")
@click.option("--basis", multiple=True, type=click.Choice([basis.value for basis in Basis]))
@click.option(
    "--description", default="", help="For the log; drafted from the reasons if not given."
)
@click.option(
    "--treatment",
    type=click.Choice([Treatment.WITHHELD.value, Treatment.REDACTED.value]),
    default=Treatment.WITHHELD.value,
    show_default=True,
)
@asks
@click.pass_obj
def decide(
    home: Path,
    control: str,
    outcome: str,
    because: str,
    basis: tuple[str, ...],
    description: str,
    treatment: str,
    as_login: str,
    *,
    as_json: bool,
) -> None:
    """Claim what is proposed of CONTROL, or refuse the proposal.

    A claim goes into the privilege log under the name of whoever decides. A refusal holds for the
    same document elsewhere too, until the screen says more of it or its text changes.
    """
    wanted = Outcome.CLAIMED if outcome == "claim" else Outcome.REFUSED
    if wanted is Outcome.REFUSED and (basis or description):
        raise click.UsageError("--basis and --description are of a claim; a refusal makes none.")
    options = ClaimOptions(Treatment(treatment), tuple(map(Basis, basis)), description)
    with _opened(home, as_login) as (room, seer):
        if seer is None:
            with room.case.alone() as case:
                done = desk.decide_alone(case, control, wanted, because, options)
        else:
            done = desk.decide(room, seer, control, wanted, because, options=options)
    if as_json:
        console.raw(json.dumps(desk.decided_json(done), ensure_ascii=False))
        return
    if done.claim is not None:
        console.say(
            f"{done.claim.log}  {control}  {done.claim.treatment}: {done.claim.description}"
        )
    else:
        console.say(f"{control} is not claimed: {because}")
    if done.twins:
        console.say(f"Refused with it, the same document: {', '.join(done.twins)}.")
    if done.next:
        console.say(f"Next: {done.next}.")
