"""The custody part of the demo: one question before and after an inspection, and two sentences.

Everything is computed from the facts the demo wrote; `failure` says where it did not come out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from forthwith.custody.answers.answers import Answer, Question, Verdict
from forthwith.custody.answers.ask import ask
from forthwith.custody.facts.facts import Facts
from forthwith.custody.questions.groups import parse
from forthwith.custody.questions.scope import Scope
from forthwith.custody.statements.affected import AffectedSentence, affected
from forthwith.custody.statements.results import Result, StatementResult
from forthwith.custody.statements.statements import check
from forthwith.domain.period import Period
from forthwith.record import facts as fact_sets
from forthwith.record.matter import Matter
from forthwith.workflows.custody.facts import facts_from, read_folder, read_matter

WHO, SCOPE = "tie=halden", "wallet=cold"
START, END = "2021-04-14", "2023-03-07"
ASKED = "Could people of Halden move what lies in the cold wallet?"
#: The sentence the inspection supports, and the one that stays contradicted.
TURNS, STAYS = "D7", "D8"
#: The one thing that is missing, by the id of the means.
MISSING = "old-3"


@dataclass(frozen=True, slots=True)
class Plot:
    """What the facts said before the inspections were loaded, and after."""

    facts: Facts
    before: Answer
    after: Answer
    #: Sentences whose answer the inspections changed.
    touched: tuple[AffectedSentence, ...]
    #: Every sentence by its id, after.
    sentences: Mapping[str, StatementResult]

    @property
    def results(self) -> Counter[str]:
        """Return how many sentences have each result."""
        return Counter(str(sentence.result) for sentence in self.sentences.values())

    @property
    def asks(self) -> str:
        """Return the first thing that was missing, as one would ask for it."""
        return self.before.gaps[0][0].ask if self.before.gaps else ""

    def coalition(self, sentence: str) -> str:
        """Return the names of the people a sentence's result rests on."""
        names = {person.id: person.name for person in self.facts.people}
        return ", ".join(names[person] for person in self.sentences[sentence].judgement.coalition)


def load(matter: Matter, folder: Path) -> Facts:
    """Load a folder of tables into the matter and return all its facts."""
    tables = read_folder(folder)
    with matter.alone():
        fact_sets.add(matter, tables.files, replace=False)
    return facts_from(read_matter(matter))


def play(matter: Matter, facts: Path, inspection: Path) -> Plot:
    """Load the facts and ask, load the inspections and ask again."""
    first = load(matter, facts)
    before = put(first)
    second = load(matter, inspection)
    sentences = {sentence.statement.id: sentence for sentence in check(second)}
    return Plot(second, before, put(second), affected(first, second), sentences)


def put(facts: Facts) -> Answer:
    """Ask the demo's question."""
    return ask(facts, Question(parse(WHO), Scope.parse(SCOPE), Period.parse(START, END)))


def failure(plot: Plot) -> str:
    """Return what did not come out as the story has it; "" when all did."""
    stays = plot.sentences[STAYS].judgement
    claims = (
        ("the answer before the inspections", plot.before.verdict, Verdict.NOT_SHOWN),
        ("the answer after them", plot.after.verdict, Verdict.EXCLUDED),
        ("the cheapest gap asks for", _means(plot.before), [MISSING]),
        ("the sentences touched are", [sentence.id for sentence in plot.touched], [TURNS]),
        (f"sentence {TURNS}", plot.sentences[TURNS].result, Result.SUPPORTED),
        (f"sentence {STAYS}", stays.result, Result.CONTRADICTED),
        (f"days, people and pages of {STAYS}", _told(plot.sentences[STAYS]), (True,) * 3),
    )
    wrong = [
        f"{what}: {actual!s}, not {wanted!s}" for what, actual, wanted in claims if actual != wanted
    ]
    return "; ".join(wrong)


def _means(answer: Answer) -> list[str]:
    """Return what the cheapest gap is about: "completeness: old-3 …" is about old-3."""
    return [question.fact.split()[1] for question in answer.gaps[0]] if answer.gaps else []


def _told(sentence: StatementResult) -> tuple[bool, bool, bool]:
    judgement = sentence.judgement
    return judgement.when is not None, bool(judgement.coalition), bool(pages(sentence))


def pages(sentence: StatementResult) -> list[str]:
    """Return the pages a result rests on, each once."""
    return list(
        dict.fromkeys(page for citation in sentence.judgement.cited for page in citation.cites)
    )
