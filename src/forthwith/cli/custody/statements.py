"""`custody statements`: each sworn sentence against the facts, and the pairs that cannot both hold.

Status 1 when a sentence is contradicted or unsupported, pulls against another one, rests on a page
that nobody can look up, or (with --before) is not what it was.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.custody.common import facts_option, say, standing_option
from forthwith.cli.custody.missing import missing_lines
from forthwith.custody.facts.facts import ProofLevel
from forthwith.custody.statements.affected import AffectedSentence
from forthwith.custody.statements.contradictions import Tension
from forthwith.custody.statements.results import Result, StatementResult, spoken
from forthwith.plain.counting import count
from forthwith.workflows.custody import statements as desk
from forthwith.workflows.custody.statements import StatementChecks, StatementsOptions

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
    checked = desk.statements(home, StatementsOptions(file, folder, standing, before))
    if as_json:
        console.raw(json.dumps(_as_json(checked, standing), ensure_ascii=False))
    else:
        _print(checked, standing)
        if checked.affected is not None:
            _print_affected(checked.affected)
    raise SystemExit(console.CLEAN if checked.clean else console.FINDINGS)


def _as_json(checked: StatementChecks, standing: ProofLevel) -> dict[str, object]:
    affected = checked.affected or ()
    unresolved = checked.unresolved.items()
    return {
        "standing": str(standing),
        "statements": [result.as_json() for result in checked.results],
        "red": {
            key: {citation.cite: citation.why for citation in lost} for key, lost in unresolved
        },
        "tensions": [pair.as_json() for pair in checked.tensions],
        "changed": [sentence.as_json() for sentence in affected],
        "counts": {
            **_counts(checked.results),
            "tensions": len(checked.tensions),
            "changed": len(affected),
        },
    }


def _counts(results: Sequence[StatementResult]) -> Mapping[str, int]:
    counted = Counter(str(result.result) for result in results)
    return {str(result): counted[str(result)] for result in Result}


def _print(checked: StatementChecks, standing: ProofLevel) -> None:
    names = {person.id: person.name for person in checked.facts.people}
    for result in checked.results:
        _print_one(result, names)
        for citation in checked.unresolved.get(result.statement.id, ()):
            say(f"    RED: {citation.cite} {citation.why}")
        say()
    if checked.tensions:
        say("Side by side: these cannot both hold, or pull against each other.")
        say("Which of them is right is not decided here.")
        say()
    for pair in checked.tensions:
        _print_pair(pair, names)
        say()
    counts = ", ".join(f"{number:,} {name}" for name, number in _counts(checked.results).items())
    sentences = count(len(checked.results), "sentence")
    in_tension = count(len(checked.tensions), "pair") + " in tension"
    say(f"{sentences}: {counts}; {in_tension}.  (facts of standing {standing} and better)")
    if not checked.results:
        say("There are no statements: fill in the statements table.")
    _print_assumed(checked.results)
    for note in checked.facts.notes:
        say(f"Note: {note}")


def _print_assumed(results: Sequence[StatementResult]) -> None:
    """Print what the verdicts take to be so, each once with the sentences it is assumed for."""
    for_whom: dict[str, list[str]] = {}
    for result in results:
        for sentence in result.judgement.assumed:
            for_whom.setdefault(sentence, []).append(result.statement.id)
    for sentence, ids in for_whom.items():
        whom = "every sentence" if len(ids) == len(results) else ", ".join(ids)
        say(f"Assumed for {whom}: {sentence}")


def _print_one(result: StatementResult, names: Mapping[str, str]) -> None:
    statement, judgement = result.statement, result.judgement
    when = f" {spoken(judgement.when)}" if judgement.when else ""
    say(f"{statement.id}  {str(result.result).upper()}{when}")
    paper = f", {statement.paper}" if statement.paper else ""
    cites = f"  [{'; '.join(statement.cites)}]" if statement.cites else ""
    say(f'    "{statement.sentence}"')
    say(f"    {names.get(statement.speaker, statement.speaker)}{paper}{cites}  ({statement.place})")
    if result.claim:
        say(f"    claim: {result.claim}")
    say(f"    {result.fault or judgement.why}")
    if judgement.coalition:
        people = ", ".join(_named(person, names) for person in judgement.coalition)
        say(f"    by: {people}")
    for cited in judgement.cited[:_CITED]:
        pages = f"  [{'; '.join(cited.cites)}]" if cited.cites else ""
        say(f"      {cited.fact}: {cited.says}{pages}")
    if len(judgement.cited) > _CITED:
        say(f"      … and {len(judgement.cited) - _CITED:,} more facts (see --json).")
    _print_gaps(result)
    for flag in result.flags:
        say(f"    ! {flag.says}")


def _named(person: str, names: Mapping[str, str]) -> str:
    name = names.get(person, "")
    return f"{name} ({person})" if name and name != person else person


def _print_gaps(result: StatementResult) -> None:
    gaps = result.judgement.gaps
    if not gaps:
        return
    several = " (any one of these, cheapest first)" if len(gaps) > 1 else ""
    say(f"    To ask for{several}:")
    for line in missing_lines(gaps[:_GAPS], why=False):
        say(f"    {line}")
    if len(gaps) > _GAPS:
        say(f"      … or one of {len(gaps) - _GAPS:,} other sets (see --json).")


def _print_pair(pair: Tension, names: Mapping[str, str]) -> None:
    kind = "CANNOT BOTH HOLD" if pair.opposite else "PULL AGAINST EACH OTHER"
    say(f"{pair.first.id} and {pair.second.id}  {kind}")
    for statement in (pair.first, pair.second):
        day = statement.as_of or statement.period
        when = f"  {spoken(day)}" if day else "  no day given"
        speaker = names.get(statement.speaker, statement.speaker)
        say(f'    {statement.id}: "{statement.sentence}"')
        paper = f", {statement.paper}" if statement.paper else ""
        say(f"        {speaker}{paper}{when}  ({statement.place})")
    say(f"    {pair.why}")
    for way in pair.unless:
        say(f"    - {way}")


def _print_affected(affected: Sequence[AffectedSentence]) -> None:
    say()
    if not affected:
        say("No sentence has another answer than with the earlier facts.")
        return
    many = count(len(affected), "sentence")
    say(f"{many} to correct or to supplement, by what the facts say now:")
    for sentence in affected:
        say(f'  {sentence.id}  "{sentence.sentence}"')
        say(f"      {sentence.why}")
        some = ", ".join(sentence.rows[:5]) + (" …" if len(sentence.rows) > 5 else "")
        say(f"      new rows: {some}" if some else "      rows were taken away or mended")
