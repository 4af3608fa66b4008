"""`custody statements`: each sworn sentence against the facts, and the pairs that cannot both hold.

Status 1 when a sentence is contradicted or unsupported, pulls against another one, rests on a page
that nobody can look up, or (with --before) is not what it was.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.custody.common import facts_option, standing_option
from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.statements.affected import AffectedSentence, affected
from forthwith.custody.statements.contradictions import Tension, tensions
from forthwith.custody.statements.results import Result, StatementResult, spoken
from forthwith.custody.statements.statements import check
from forthwith.plain.counting import count
from forthwith.respond.registers.citations import Red
from forthwith.workflows.custody.facts import facts_of
from forthwith.workflows.custody.statements import reds, with_file

#: Of citations, and of sets of missing facts, printed for one sentence.
_CITED, _GAPS = 12, 3


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@facts_option
@standing_option
@click.option(
    "--before",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Earlier facts: list the sentences whose answer is another by now.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def statements(
    home: Path,
    *,
    file: Path | None,
    folder: Path | None,
    standing: ProofLevel,
    before: Path | None,
    as_json: bool,
) -> None:
    """Check each sworn sentence: supported, contradicted or unsupported, and why.

    FILE is a table of statements; the facts then come from --facts, else from FILE's folder, else
    from the matter. Without FILE, the statements are those among the facts. Pairs of sentences
    that cannot both hold are shown side by side; which of them is right is not decided.
    """
    facts = facts_of(home, folder) if file is None else with_file(home, home / file, folder)
    found, pairs = check(facts, standing=standing), tensions(facts)
    red = reds(home, found) if folder is None else {}
    changed: tuple[AffectedSentence, ...] = ()
    if before is not None:
        earlier = replace(facts_of(home, before), statements=facts.statements)
        changed = affected(earlier, facts, standing=standing)
    if as_json:
        console.raw(json.dumps(_json(found, pairs, changed, standing, red), ensure_ascii=False))
    else:
        _print(facts, found, pairs, standing, red)
        if before is not None:
            _print_changed(changed)
    clean = all(each.result is Result.SUPPORTED for each in found) and not (pairs or changed or red)
    raise SystemExit(console.CLEAN if clean and found else console.FINDINGS)


def _json(
    found: tuple[StatementResult, ...],
    pairs: tuple[Tension, ...],
    changed: tuple[AffectedSentence, ...],
    standing: ProofLevel,
    red: Mapping[str, Sequence[Red]],
) -> dict[str, object]:
    return {
        "standing": str(standing),
        "statements": [each.as_json() for each in found],
        "red": {key: {each.cite: each.why for each in lost} for key, lost in red.items()},
        "tensions": [each.as_json() for each in pairs],
        "changed": [each.as_json() for each in changed],
        "counts": {**_counts(found), "tensions": len(pairs), "changed": len(changed)},
    }


def _counts(found: tuple[StatementResult, ...]) -> Mapping[str, int]:
    counted = Counter(str(each.result) for each in found)
    return {str(result): counted[str(result)] for result in Result}


def _print(
    facts: Facts,
    found: tuple[StatementResult, ...],
    pairs: tuple[Tension, ...],
    standing: ProofLevel,
    red: Mapping[str, Sequence[Red]],
) -> None:
    names = {each.id: each.name for each in facts.people}
    for each in found:
        _print_one(each, names)
        for lost in red.get(each.statement.id, ()):
            console.say(f"    RED: {lost.cite} {lost.why}")
        console.say()
    if pairs:
        console.say("Side by side: these cannot both hold, or pull against each other.")
        console.say("Which of them is right is not decided here.")
        console.say()
    for pair in pairs:
        _print_pair(pair, names)
        console.say()
    counts = ", ".join(f"{number:,} {result}" for result, number in _counts(found).items())
    sentences = count(len(found), "sentence")
    in_tension = count(len(pairs), "pair") + " in tension"
    console.say(f"{sentences}: {counts}; {in_tension}.  (facts of standing {standing} and better)")
    if not found:
        console.say("There are no statements: fill in the statements table.")
    for note in facts.notes:
        console.say(f"Note: {note}")


def _print_one(each: StatementResult, names: Mapping[str, str]) -> None:
    said, found = each.statement, each.judgement
    when = f" {spoken(found.when)}" if found.when else ""
    console.say(f"{said.id}  {str(each.result).upper()}{when}")
    paper = f", {said.paper}" if said.paper else ""
    cites = f"  [{'; '.join(said.cites)}]" if said.cites else ""
    console.say(f'    "{said.sentence}"')
    console.say(f"    {names.get(said.speaker, said.speaker)}{paper}{cites}  ({said.place})")
    if each.claim:
        console.say(f"    claim: {each.claim}")
    console.say(f"    {each.fault or found.why}")
    if found.coalition:
        people = ", ".join(_named(person, names) for person in found.coalition)
        console.say(f"    by: {people}")
    for cited in found.cited[:_CITED]:
        pages = f"  [{'; '.join(cited.cites)}]" if cited.cites else ""
        console.say(f"      {cited.fact}: {cited.says}{pages}")
    if len(found.cited) > _CITED:
        console.say(f"      … and {len(found.cited) - _CITED:,} more facts (see --json).")
    _print_gaps(each)
    for flag in each.flags:
        console.say(f"    ! {flag.says}")


def _named(person: str, names: Mapping[str, str]) -> str:
    name = names.get(person, "")
    return f"{name} ({person})" if name and name != person else person


def _print_gaps(each: StatementResult) -> None:
    gaps = each.judgement.gaps
    if not gaps:
        return
    several = " (any one of these, cheapest first)" if len(gaps) > 1 else ""
    console.say(f"    To ask for{several}:")
    for number, gap in enumerate(gaps[:_GAPS], 1):
        for place, missing in enumerate(gap):
            console.say(f"    {f'{number}.' if not place else '':>4} {missing.ask}")
    if len(gaps) > _GAPS:
        console.say(f"      … or one of {len(gaps) - _GAPS:,} other sets (see --json).")


def _print_pair(pair: Tension, names: Mapping[str, str]) -> None:
    kind = "CANNOT BOTH HOLD" if pair.opposite else "PULL AGAINST EACH OTHER"
    console.say(f"{pair.first.id} and {pair.second.id}  {kind}")
    for said in (pair.first, pair.second):
        day = said.as_of or said.period
        when = f"  {spoken(day)}" if day else "  no day given"
        console.say(f'    {said.id}: "{said.sentence}"')
        paper = f", {said.paper}" if said.paper else ""
        console.say(f"        {names.get(said.speaker, said.speaker)}{paper}{when}  ({said.place})")
    console.say(f"    {pair.why}")
    for way in pair.unless:
        console.say(f"    - {way}")


def _print_changed(changed: tuple[AffectedSentence, ...]) -> None:
    console.say()
    if not changed:
        console.say("No sentence has another answer than with the earlier facts.")
        return
    many = count(len(changed), "sentence")
    console.say(f"{many} to correct or to supplement, by what the facts say now:")
    for each in changed:
        console.say(f'  {each.id}  "{each.sentence}"')
        console.say(f"      {each.why}")
        some = ", ".join(each.rows[:5]) + (" …" if len(each.rows) > 5 else "")
        console.say(f"      new rows: {some}" if some else "      rows were taken away or mended")
