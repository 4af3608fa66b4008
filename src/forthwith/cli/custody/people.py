"""`custody people`: which rows of people may be one person, and what is decided of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.custody.common import STANDING, facts_option
from forthwith.custody.facts.alike import Reason
from forthwith.custody.facts.facts import Person, ProofLevel, SameAs
from forthwith.custody.people import Identities, Likeness, is_account, proposals
from forthwith.plain.counting import count
from forthwith.workflows.custody.facts import SHOWN
from forthwith.workflows.custody.people import Decided, Decision, decide, people_of

_DECISIONS = ("join", "part")


@click.command()
@click.argument("decision", required=False, type=click.Choice(_DECISIONS))
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--yes-to", multiple=True, type=click.Choice(tuple(map(str, Reason))),
    help="Join all who are alike for this reason, where it points to one person.",
)  # fmt: skip
@click.option("--standing", type=STANDING, metavar="S", help="Of the rows; see the manual.")
@click.option("--cites", default="", help="What shows it: Bates numbers, digests.")
@click.option("--into", metavar="DIR", type=click.Path(path_type=Path), help="Write the rows here.")
@facts_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def people(
    ctx: click.Context, /, decision: str | None, ids: tuple[str, ...], *, folder: Path | None,
    as_json: bool, **given: Any,
) -> None:  # fmt: skip
    """List which rows of people may be one person; join or part them.

    `people join ID ID` says that two ids are one person, `people part ID ID` that they are two.
    Without a decision it lists the accounts of exports with whom each may be, and why.
    """
    home: Path = ctx.obj or Path()
    if decision is None and not given["yes_to"]:
        if any(given[name] for name in ("standing", "cites", "into")):
            raise click.UsageError("Nothing is decided: write join ID ID, part ID ID or --yes-to.")
        known = people_of(home, folder)
        if as_json:
            console.raw(json.dumps(known.as_json(), ensure_ascii=False))
        else:
            _print(known)
        return
    _write(ctx, home, folder, _decision(decision, ids, given), given["into"], as_json=as_json)


def _decision(decision: str | None, ids: Sequence[str], given: dict[str, Any]) -> Decision:
    """Check what was typed. Raises click.UsageError."""
    if decision is not None and len(set(ids)) < 2:
        raise click.UsageError(f"{decision} takes two ids or more: {decision} 1001 iam:mortega.")
    if decision is not None and given["yes_to"]:
        raise click.UsageError("--yes-to joins by itself; leave out join and part.")
    reasons = tuple(map(Reason, given["yes_to"]))
    standing: ProofLevel | None = given["standing"]
    return Decision(ids, decision != "part", reasons, standing, given["cites"])


def _write(
    ctx: click.Context, home: Path, folder: Path | None, decision: Decision, into: Path | None, *,
    as_json: bool,
) -> None:  # fmt: skip
    source = folder if folder is not None else into
    decided = decide(home, source, into, decision)
    faults = decided.kept.faults if decided.kept else ()
    if as_json:
        console.raw(json.dumps(_as_json(decided), ensure_ascii=False))
    else:
        _print_decided(decided, decision)
    ctx.exit(console.FINDINGS if faults else console.CLEAN)


def _as_json(decided: Decided) -> dict[str, Any]:
    kept = decided.kept
    return {
        "rows": [dict(row.cells) for row in decided.rows],
        "place": kept.place if kept else "",
        "files": list(kept.files) if kept else [],
        "already": list(decided.already),
        "left": decided.left,
        "faults": [
            {"file": fault.file, "line": fault.line, "what": fault.what, "do": fault.do}
            for fault in (kept.faults if kept else ())
        ],
    }


def _print_decided(decided: Decided, decision: Decision) -> None:
    for place in decided.already:
        console.say(f"{place} says so already.")
    kept = decided.kept
    for fault in (kept.faults if kept else ())[:SHOWN]:
        console.say(str(fault))
    if kept is None or kept.faults:
        console.say("Nothing was written.")
    else:
        for row in decided.rows[:SHOWN]:
            is_ = "is" if row["is"] == "yes" else "is not"
            console.say(f"{row['a']} {is_} {row['b']}  ({row['standing']})")
        if len(decided.rows) > SHOWN:
            console.say(f"… and {len(decided.rows) - SHOWN:,} more.")
        console.say(f"Written to {kept.place}: {', '.join(kept.files)}.")
        narrative = str(ProofLevel.NARRATIVE)
        if decision.standing is None and any(row["standing"] == narrative for row in decided.rows):
            console.say(
                "Narrative rows are accepted by no question that asks for better: say with "
                "--standing and --cites what shows it."
            )
    if decided.left:
        console.say(f"{count(decided.left, 'pair')} still to decide: forthwith custody people")


def _print(known: Identities) -> None:
    accounts = known.accounts
    console.say(
        f"{count(len(known.people) - len(accounts), 'person', 'people')} and "
        f"{count(len(accounts), 'account')} of exports."
    )
    _print_accounts(known)
    _print_others(known)
    if known.like_nobody:
        console.say()
        console.say(
            f"{count(len(known.like_nobody), 'account')} like nobody; each may be anybody's until "
            "it is joined to whom it belongs:"
        )
        _print_some([_called(person) for person in known.like_nobody])
    if known.decided:
        console.say()
        console.say("Decided:")
        _print_some([_said(row) for row in known.decided])
    for found in known.contradictions:
        joins = " and ".join(join.place for join in found.joins)
        say = "says" if len(found.joins) == 1 else "say"
        console.say()
        console.say(
            f"CONTRADICTION: {found.parts.place} says that {found.parts.a} is not "
            f"{found.parts.b}; {joins} {say} it is. Take out the one that is wrong."
        )
    _print_next(known)


def _print_accounts(known: Identities) -> None:
    """Print each account with whom it may be, people before other accounts."""
    may_be: dict[str, list[tuple[Person, Likeness]]] = {}
    for pair in known.alike:
        for person, other in ((pair.person, pair.other), (pair.other, pair.person)):
            if is_account(person):
                may_be.setdefault(person.id, []).append((other, pair))
    if may_be:
        console.say()
        console.say("Whose accounts these may be, not decided:")
    for place, (account, others) in enumerate(may_be.items()):
        if place == SHOWN:
            console.say(f"  … and {count(len(may_be) - SHOWN, 'more account')} (see --json).")
            break
        console.say(f"  {_called(known.people[account])}")
        for other, pair in sorted(others, key=lambda pair: is_account(pair[0])):
            console.say(f"      may be {_called(other)}: {pair.why}")
            if pair.doubt:
                console.say(f"          but {pair.doubt}")


def _print_others(known: Identities) -> None:
    others = [
        pair for pair in known.alike if not is_account(pair.person) and not is_account(pair.other)
    ]
    if others:
        console.say()
        console.say("Other rows that may be one person, not decided:")
    for pair in others[:SHOWN]:
        console.say(f"  {_called(pair.person)} and {_called(pair.other)}: {pair.why}")
        if pair.doubt:
            console.say(f"      but {pair.doubt}")
    if len(others) > SHOWN:
        console.say(f"  … and {count(len(others) - SHOWN, 'more pair')} (see --json).")


def _print_some(lines: Sequence[str]) -> None:
    for line in lines[:SHOWN]:
        console.say(f"  {line}")
    if len(lines) > SHOWN:
        console.say(f"  … and {len(lines) - SHOWN:,} more (see --json).")


def _print_next(known: Identities) -> None:
    console.say()
    if not known.alike:
        console.say("Nothing is left to decide.")
        return
    console.say(f"{count(len(known.alike), 'pair')} to decide. An answer takes each for one person")
    console.say("where that lets more be moved, until a row says otherwise. Decide with:")
    for reason in Reason:
        if joins := len(list(proposals(known, (reason,)))):
            console.say(
                f"  forthwith custody people --yes-to {reason}   "
                f"(joins {count(joins, 'pair')} alike by {reason})"
            )
    console.say("  forthwith custody people join ID ID --standing S --cites BTS0001")
    console.say("  forthwith custody people part ID ID --standing S --cites BTS0001")
    if doubtful := sum(1 for pair in known.alike if pair.doubt):
        console.say(f"{count(doubtful, 'pair')} only by hand: see each “but”.")


def _called(person: Person) -> str:
    return person.id if person.name in ("", person.id) else f"{person.id} ({person.name})"


def _said(row: SameAs) -> str:
    is_ = "is" if row.same else "is not"
    days = f" {row.period}" if row.period else ""
    cites = f"  [{'; '.join(row.cites)}]" if row.cites else ""
    disputed = ", disputed" if row.disputed else ""
    return f"{row.a} {is_} {row.b}{days}  ({row.place}, {row.standing}{disputed}){cites}"
