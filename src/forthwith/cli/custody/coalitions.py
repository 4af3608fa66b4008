"""`custody coalitions`: the minimal sets that can act, and those that can stop it.

For a bare policy in a file, or for the people of a wallet on a day. The picture of one wallet is
`custody graph`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.custody.common import DAY, facts_option, say, standing_option
from forthwith.custody.answers.coalitions import Coalitions
from forthwith.custody.minimal_sets import NotDecided
from forthwith.domain.errors import ForthwithError
from forthwith.plain.counting import count
from forthwith.workflows.custody import coalitions as desk
from forthwith.workflows.custody.coalitions import CoalitionsOptions

#: Sets printed for people unless --limit says otherwise, and in JSON.
_SHOWN, _IN_JSON = 30, 1000


class WhichQuestionError(ForthwithError):
    """Neither or both of the two ways to ask."""

    def __init__(self) -> None:
        super().__init__(
            "Say what to look at: either --policy FILE, or --wallet ID with --on DAY. --count "
            "goes with --policy."
        )


@click.command()
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="A bare policy.")
@click.option("--wallet", metavar="ID", help="A wallet of the facts.")
@click.option("--on", "day", type=DAY, metavar="DAY", help="The day, with --wallet.")
@facts_option
@standing_option
@click.option("--accept-disputed", is_flag=True, help="Count disputed facts like others.")
@click.option("--count", "only_count", is_flag=True, help="Count the sets, list none.")
@click.option("--limit", type=click.IntRange(0), help="Sets to list: 30, with --json 1000.")
@click.option(
    "--seconds", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True,
    help="Processor time for each of the two lists.",
)  # fmt: skip
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
    folder: Path | None,
    only_count: bool,
    limit: int | None,
    engine: str,
    as_json: bool,
    **given: Any,
) -> None:
    """List the minimal sets that can move assets together, and those that can stop it."""
    limit = (_IN_JSON if as_json else _SHOWN) if limit is None else limit
    options = CoalitionsOptions(limit, None if engine == "auto" else engine, **given)
    if policy is not None and wallet is None and day is None:
        with _long_numbers():
            status = _policy(ctx.obj / policy, options, only_count=only_count, as_json=as_json)
    elif policy is None and wallet is not None and day is not None and not only_count:
        with _long_numbers():
            status = _wallet(ctx.obj, folder, wallet, day, options, as_json=as_json)
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


def _policy(path: Path, options: CoalitionsOptions, *, only_count: bool, as_json: bool) -> int:
    network, notes = desk.policy_of(path)
    for note in notes:
        console.complain(f"forthwith: {path}: {note}")
    if not only_count:
        return _write(desk.of_policy(network, options), {}, {}, as_json=as_json)
    sets = desk.counted(network, options)
    if isinstance(sets, NotDecided):
        return _undecided(sets, as_json=as_json)
    if as_json:
        _dump({"count": sets.count, "sizes": _by_size(sets.sizes), "engine": sets.engine})
    else:
        say(f"{sets.count}")
    return console.CLEAN


def _wallet(
    home: Path,
    folder: Path | None,
    wallet: str,
    day: date,
    options: CoalitionsOptions,
    *,
    as_json: bool,
) -> int:
    # A bare policy needs no facts, and is counted by the hundred: it does not wait for the record.
    from forthwith.workflows.custody.facts import facts_of

    facts = facts_of(home, folder)
    answer = desk.of_wallet(facts, wallet, day, options)
    for note in () if isinstance(answer.sets, NotDecided) else facts.notes:
        console.complain(f"forthwith: {note}")
    return _write(answer.sets, answer.about, answer.names, as_json=as_json)


def _undecided(sets: NotDecided, *, as_json: bool) -> int:
    """Say which bound was met; return the exit status."""
    if as_json:
        _dump({"count": None, "decided": False, "why": sets.why})
    else:
        say(sets.why)
    return console.FINDINGS


def _write(
    sets: Coalitions | NotDecided,
    about: Mapping[str, str],
    names: Mapping[str, str],
    *,
    as_json: bool,
) -> int:
    """Write minimal sets; `names` are those of people. Return the exit status."""
    if isinstance(sets, NotDecided):
        return _undecided(sets, as_json=as_json)
    if as_json:
        _dump({**about, **_as_json(sets, names)})
    else:
        _print(sets, about, names)
    return console.CLEAN


def _as_json(sets: Coalitions, names: Mapping[str, str]) -> dict[str, Any]:
    cut = sets.blocking_count is None or len(sets.blocking) < sets.blocking_count
    body = {
        "count": sets.count,
        "sizes": _by_size(sets.sizes),
        "engine": sets.engine,
        "coalitions": [sorted(members) for members in sets.minimal],
        "complete": sets.complete,
        "blocking": [sorted(members) for members in sets.blocking],
        "blocking_count": sets.blocking_count,
        "blocking_complete": not cut,
        "alone": list(sets.alone),
        "single_points": list(sets.single_points),
    }
    shown = frozenset().union(*sets.minimal, *sets.blocking) & names.keys()
    people = {name: names[name] for name in sorted(shown)}
    return body | ({"people": people} if names else {}) | ({"why": sets.why} if sets.why else {})


def _by_size(sizes: dict[int, int] | None) -> dict[str, int] | None:
    """Return the counts by size as JSON has them."""
    return None if sizes is None else {str(size): many for size, many in sorted(sizes.items())}


def _dump(body: dict[str, Any]) -> None:
    """Write one JSON object."""
    console.raw(json.dumps(body, ensure_ascii=False))


def _print(sets: Coalitions, about: Mapping[str, str], names: Mapping[str, str]) -> None:
    if about:
        say(f"{about['wallet']} on {about['on']}, facts {about['standing']} or better")
    if not sets.count:
        say("Nobody listed is shown to be able to move it; that excludes nobody.")
        return
    _listing("can act together", sets.minimal, sets.count, names)
    for size, many in sorted((sets.sizes or {}).items()):
        say(f"  of {size}: {many:,}")
    if sets.blocking_count is None:
        say(f"Who can stop it: {sets.why}")
    else:
        _listing("can stop it", sets.blocking, sets.blocking_count, names)
    _people("Alone", sets.alone, names)
    _people("Without whom nobody can", sets.single_points, names)
    if about:
        say("Shown by accepted facts; who else may is asked with `forthwith custody ask`.")


def _listing(
    what: str, sets: Sequence[frozenset[str]], total: int, names: Mapping[str, str]
) -> None:
    say(f"{count(total, 'minimal set')} {what}:")
    for members in sets:
        say(f"  {' + '.join(_named(sorted(members), names))}")
    if len(sets) < total:
        say(f"  … and {total - len(sets):,} more")


def _people(what: str, ids: Sequence[str], names: Mapping[str, str]) -> None:
    say(f"{what}: {', '.join(_named(ids, names)) or 'nobody'}")


def _named(ids: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return [f"{names[key]} ({key})" if names.get(key) else key for key in ids]
