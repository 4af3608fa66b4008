"""`custody coalitions`: the minimal sets that can act, and those that can stop it.

For a bare policy in a file, or for the people of a wallet on a day. What a bare policy needs is
imported when it is used: a script that counts policies by the hundred does not wait for the rest.
The picture of one wallet is `custody graph`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forthwith.cli import console
from forthwith.cli.custody import coalitions_written as written
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import STANDINGS
from forthwith.domain.period import NotADayError
from forthwith.domain.period import day as read_day

if TYPE_CHECKING:
    from forthwith.custody.facts.facts import ProofLevel
    from forthwith.custody.facts.network import Network

#: Sets printed for people unless --limit says otherwise, and in JSON.
_SHOWN, _IN_JSON = 30, 1000
#: A policy of a million names is far below it.
_LARGEST = 1 << 26
_KEYS = {"top", "nodes"}
_GATE_KEYS = {"k", "of"}


class BadPolicyError(ForthwithError):
    """A policy file that cannot be read."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"The policy in {path} cannot be used: it {what}. It must be one JSON object such as "
            '{"top": "g", "nodes": {"g": {"k": 2, "of": ["a", "b", "c"]}}}.'
        )


class WhichQuestionError(ForthwithError):
    """Neither or both of the two ways to ask."""

    def __init__(self) -> None:
        super().__init__(
            "Say what to look at: either --policy FILE, or --wallet ID with --on DAY. --count "
            "goes with --policy."
        )


def _day(_ctx: click.Context, _param: click.Parameter, text: str | None) -> date | None:
    try:
        found = None if text is None else read_day(text)
    except NotADayError as wrong:
        raise click.BadParameter(f"{wrong}.") from wrong
    if found is not None and not 1900 <= found.year <= 2199:
        raise click.BadParameter(f"{found} lies outside the years 1900 to 2199.")
    return found


def _standing(_ctx: click.Context, _param: click.Parameter, text: str) -> ProofLevel:
    # Not the option of `common`: it brings the whole of the record with it.
    from forthwith.custody.facts.facts import ProofLevel

    try:
        return ProofLevel.parse(text)
    except ValueError as wrong:
        raise click.BadParameter(
            f"there is no {text!r}; there are {', '.join(STANDINGS)}."
        ) from wrong


@click.command()
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="A bare policy.")
@click.option("--wallet", metavar="ID", help="A wallet of the facts.")
@click.option("--on", "day", callback=_day, metavar="DAY", help="The day, with --wallet.")
@click.option(
    "--facts",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Work on this folder of tables instead of the matter's facts.",
)
@click.option(
    "--standing",
    metavar="S",
    default="sworn",
    show_default=True,
    callback=_standing,
    help=f"The worst standing accepted: {', '.join(STANDINGS)}.",
)
@click.option("--accept-disputed", is_flag=True, help="Count disputed facts like others.")
@click.option("--count", "only_count", is_flag=True, help="Count the sets, list none.")
@click.option("--limit", type=click.IntRange(0), help="Sets to list: 30, with --json 1000.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "oxidd", "graphillion", "small"]),
    default="auto",
    show_default=True,
    help="What solves the tangled parts; all give the same sets.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def coalitions(
    ctx: click.Context,
    /,
    *,
    policy: Path | None,
    wallet: str | None,
    day: date | None,
    only_count: bool,
    limit: int | None,
    engine: str,
    as_json: bool,
    **given: Any,
) -> None:
    """List the minimal sets that can move assets together, and those that can stop it."""
    limit = (_IN_JSON if as_json else _SHOWN) if limit is None else limit
    chosen = None if engine == "auto" else engine
    if policy is not None and wallet is None and day is None:
        network = _told(ctx.obj / policy)
        with _long_numbers():
            status = _policy(network, limit, chosen, only_count=only_count, as_json=as_json)
    elif policy is None and wallet is not None and day is not None and not only_count:
        with _long_numbers():
            status = _wallet(ctx.obj, wallet, day, limit, chosen, as_json=as_json, **given)
    else:
        raise WhichQuestionError
    ctx.exit(status)


@contextmanager
def _long_numbers() -> Iterator[None]:
    """Let counts of more than 4,300 digits be written; nobody else's digits are read meanwhile."""
    usual = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(usual)


def _told(path: Path) -> Network:
    """Return the policy, saying what of the file was not taken."""
    network, notes = _read(path)
    for note in notes:
        console.complain(f"forthwith: {path}: {note}")
    return network


def _policy(
    network: Network, limit: int, engine: str | None, *, only_count: bool, as_json: bool
) -> int:
    from forthwith.custody.minimal_sets import NotDecided, minimal_sets

    if only_count:
        counted = minimal_sets(network, engine=engine)
        if isinstance(counted, NotDecided):
            return written.undecided(counted, as_json=as_json)
        if as_json:
            sizes = written.by_size(counted.sizes)
            written.dump({"count": counted.count, "sizes": sizes, "engine": counted.engine})
        else:
            console.say(f"{counted.count}")
        return console.CLEAN
    from forthwith.custody.answers import coalitions as rules

    found = rules.coalitions(network, limit=limit, engine=engine)
    if isinstance(found, NotDecided):
        return written.undecided(found, as_json=as_json)
    return written.told(found, {}, {}, as_json=as_json)


def _read(path: Path) -> tuple[Network, list[str]]:
    """Return the policy, and what of the file was not taken. Raises BadPolicyError."""
    from forthwith.custody.facts.network import Network
    from forthwith.plain import json_document

    if path.stat().st_size > _LARGEST:
        raise BadPolicyError(path, f"is larger than {_LARGEST >> 20} MiB")
    try:
        data = json_document.load(path.read_bytes())
    except json_document.NotJsonError as wrong:
        raise BadPolicyError(path, str(wrong)) from wrong
    network = Network.from_json(data)
    return network, list(_unread(data, network))


def _unread(data: dict[str, Any], network: Network) -> Iterator[str]:
    """Report each key nobody took, and nodes that the top does not lead to: it may be misspelt."""
    for key in sorted(data.keys() - _KEYS):
        yield f"{key[:60]!r} is not part of a policy and was not read."
    gates = data.get("nodes", {})
    strange = sorted({key for body in gates.values() for key in body} - _GATE_KEYS)
    for key in strange:
        yield f"{key[:60]!r} is not part of a node and was not read."
    if apart := sorted(network.nodes.keys() - set(network.order())):
        some = ", ".join(repr(name[:60]) for name in apart[:3])
        yield (
            f"{console.count(len(apart), 'node')} ({some}{' …' if len(apart) > 3 else ''}) lie not "
            f"below the top, {network.top[:60]!r}, and count for nothing."
        )


def _wallet(
    home: Path,
    wallet: str | None,
    day: date | None,
    limit: int,
    engine: str | None,
    *,
    folder: Path | None,
    standing: ProofLevel,
    accept_disputed: bool,
    as_json: bool,
) -> int:
    from forthwith.cli.custody.common import facts_of
    from forthwith.custody.answers import coalitions as rules
    from forthwith.custody.answers.circuits import people_network
    from forthwith.custody.answers.wallet_facts import wallet_of
    from forthwith.custody.minimal_sets import NotDecided

    facts = facts_of(home, folder)
    held = wallet_of(facts, wallet or "")
    network = people_network(
        facts, held.id, day or date.min, standing, accept_disputed=accept_disputed
    )
    found = rules.coalitions(network, limit=limit, engine=engine) if network else rules.NOBODY
    if isinstance(found, NotDecided):
        return written.undecided(found, as_json=as_json)
    names = {person.id: person.name for person in facts.people}
    about = {"wallet": held.id, "on": str(day), "standing": str(standing)}
    for note in facts.notes:
        console.complain(f"forthwith: {note}")
    return written.told(found, about, names, as_json=as_json)
