"""The example's custody facts: no fault, each cite the page meant, and the plot as it must come."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from forthwith.collect.folder import collect
from forthwith.custody.answers.answers import Question, Verdict
from forthwith.custody.answers.ask import ask
from forthwith.custody.facts.facts import Completeness, Fact, Facts
from forthwith.custody.questions.groups import parse
from forthwith.custody.questions.scope import Scope
from forthwith.custody.statements.results import Result
from forthwith.domain import fields
from forthwith.domain.bates import Bates
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.period import Period
from forthwith.example import facts, plot
from forthwith.example.evidence import YEARS, story, write_evidence
from forthwith.example.letters import message_id
from forthwith.process import run
from forthwith.record import productions
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room import screen

#: More than any document of the story has.
_PAGES = 10


@pytest.fixture(scope="module")
def processed(tmp_path_factory: pytest.TempPathFactory) -> Matter:
    """The example's evidence, processed and not produced."""
    place = tmp_path_factory.mktemp("facts")
    matter = Matter.create(place / "m", name="Example", prefix="NG")
    for source in write_evidence(place / "evidence").sources:
        collect(matter, source.path, source.custodian)
    run.process(matter, workers=1)
    return matter


@pytest.fixture(scope="module")
def documents(processed: Matter) -> dict[str, Document]:
    """Each document by the first number it was produced under."""
    held = list(DocumentTable(processed).ask())
    numbers = [Bates("NG", 8, 1 + at * _PAGES) for at in range(len(held))]
    ranges = [
        (each.control_number, str(first), str(first.plus(_PAGES - 1)))
        for each, first in zip(held, numbers)
    ]
    volume = productions.Production(
        "VOL001", "sec/2021-08", "2023-06-17T00:00:00+00:00", ranges[0][1], ranges[-1][2], 1, "", ""
    )
    with processed.engine.begin() as connection:
        productions.seal(connection, volume, ranges, {})
    return {str(first): each for each, first in zip(held, numbers)}


@pytest.fixture(scope="module")
def played(
    processed: Matter, documents: dict[str, Document], tmp_path_factory: pytest.TempPathFactory
) -> plot.Plot:
    """Both sets, written and loaded."""
    assert documents
    place = tmp_path_factory.mktemp("tables")
    facts.write_facts(place / "custody", processed)
    facts.write_facts(place / "inspection", processed, facts.INSPECTION)
    return plot.play(processed, place / "custody", place / "inspection")


def cites(played: plot.Plot) -> list[tuple[Fact, str]]:
    every = [each for table in vars_of(played.facts) for each in table]
    return [(each, cite) for each in every for cite in each.cites]


def vars_of(held: Facts) -> list[tuple[Fact, ...]]:
    return [getattr(held, name) for name in held.__slots__ if name not in ("notes", "zone")]


def cited(documents: dict[str, Document], number: str) -> Document:
    page = Bates.parse(number)
    return documents[str(replace(page, number=(page.number - 1) // _PAGES * _PAGES + 1))]


def test_nothing_is_cited_that_was_not_produced(processed: Matter) -> None:
    pages = facts.Pages({"file:policy.pdf": (Bates("NG", 4, 7), Bates("NG", 4, 8))})

    assert pages.cited("a,file:policy.pdf#2;file:policy.pdf,") == "a,NG0008;NG0007,"
    for absent in ("file:policy.pdf#3", "file:other.pdf", "mail:night"):
        with pytest.raises(facts.NotProducedError, match=absent):
            pages.cited(absent)


def test_every_cite_is_a_page_or_an_inspection(played: plot.Plot) -> None:
    found = cites(played)

    assert len(found) > 100
    assert {cite for _, cite in found if not cite.startswith("NG")} == {
        "inspection:box-3", "inspection:laptop",
    }  # fmt: skip


@pytest.mark.parametrize("table", sorted({*facts.tables("facts"), *facts.tables("inspection")}))
def test_each_cite_of_the_story_became_a_page_of_that_document(
    table: str, processed: Matter, documents: dict[str, Document]
) -> None:
    """A file by its name, a mail by its Message-ID."""
    pages = facts.Pages.of(processed)
    mails = {each["key"]: each for year in YEARS for each in story(str(year))["mail"]}
    texts = [facts.tables(part).get(table, "") for part in (facts.FACTS, facts.INSPECTION)]
    for kind, name, page in re.findall(r"\b(mail|file):([\w.-]+)#?(\d*)", "".join(texts)):
        number = pages.cited(f"{kind}:{name}" + (f"#{page}" if page else ""))
        document = cited(documents, number)
        if kind == "mail":
            assert document.text_of(fields.MESSAGE_ID).strip("<>") == message_id(mails[name])[1:-1]
        else:
            assert document.name == name
        assert Bates.parse(number).number % _PAGES == int(page or 1)


WORDS = {
    "file:hold-notice.pdf": ("There is no other tie", "still paid by Halden"),
    "file:ceremony-minutes.docx": ("who sign that no copy exists", "Card 3 has no holder yet"),
    "file:reshare-minutes.docx": ("No other card, file or image left the room",),
    "file:approval-changes.csv": ("hot-sweep", "approver added: a.solheim"),
    "file:access-list-2021-q2.xlsx": ("halden-ops", "administrator"),
    "mail:sweep-2": ("needs no share, only the approval software",),
    "mail:annex-b-per": ("the two of us can still use share 4",),
    "mail:access-off": ("switched off per.lindqvist and halden-ops",),
    "mail:officer": ("takes share 3 from today",),
    "mail:rota-tunde": ("can rewrite the approval rules",),
}


@pytest.mark.parametrize("cite", WORDS)
def test_the_page_cited_says_what_the_fact_says(
    cite: str, processed: Matter, documents: dict[str, Document]
) -> None:
    document = cited(documents, facts.Pages.of(processed).cited(cite))
    text, _ = DocumentTable(processed).text(document.control_number)
    said = " ".join(text.split())

    assert [words for words in WORDS[cite] if words not in said] == []


def test_the_plot_comes_out(played: plot.Plot) -> None:
    assert plot.failure(played) == ""
    assert played.before.gaps_complete
    assert "no copy of share old-3" in played.asks


def test_a_plot_that_does_not_come_out_says_so(played: plot.Plot) -> None:
    """Fail loudly: the answer after the inspections is that before them."""
    said = plot.failure(replace(played, after=played.before, touched=()))

    assert "the answer after them: not shown, not excluded" in said
    assert "the sentences touched are" in said


def test_what_supports_the_sentence_is_the_inspection_alone(played: plot.Plot) -> None:
    """Without the row that cites it, the answer is as before."""
    kept = tuple(each for each in played.facts.completeness if not _inspected(each))

    assert len(kept) == len(played.facts.completeness) - 1
    assert plot.put(replace(played.facts, completeness=kept)).verdict is Verdict.NOT_SHOWN


def _inspected(each: Completeness) -> bool:
    return any(cite.startswith("inspection:") for cite in each.cites)


def test_the_other_sentence_is_contradicted_by_pages(played: plot.Plot) -> None:
    found = played.sentences[plot.STAYS].judgement

    assert str(found.when) == "from 2021-06-30 to 2022-11-14"
    assert played.coalition(plot.STAYS) == "Per Lindqvist"
    assert len(plot.pages(played.sentences[plot.STAYS])) == 4


def test_who_is_employed_by_one_and_paid_by_the_other_counts_for_both(played: plot.Plot) -> None:
    """After 14 November 2022 only Solheim ties Halden to the hot wallet, by a sweep on a condition.

    Nothing computes how much lies in the wallet, so it is shown if more than the ceiling did.
    """
    days = Period.parse("2022-11-15", plot.END)
    answers = {
        who: ask(played.facts, Question(parse(who), Scope.parse("wallet=hot"), days))
        for who in ("employer=halden", "payer=halden", "employer=northgate")
    }

    assert {who: answer.verdict for who, answer in answers.items()} == {
        "employer=halden": Verdict.NOT_SHOWN,
        "payer=halden": Verdict.NOT_SHOWN,
        "employer=northgate": Verdict.SHOWN,
    }
    assert not answers["employer=halden"].shown_if
    assert "more than 40 BTC" in answers["payer=halden"].shown_if[0].says


def test_each_result_a_sentence_can_have_is_there(played: plot.Plot) -> None:
    assert set(played.results) == {str(each) for each in Result}
    assert len(played.sentences) == 10


def test_the_night_took_shares_of_three_firms(played: plot.Plot) -> None:
    """As it went: Northgate, Halden and Keyforge, one of each."""
    night = Period.parse("2021-09-09", "2021-09-10")
    answers = {
        who: ask(played.facts, Question(parse(who), Scope.parse("wallet=cold"), night)).verdict
        for who in ("tie=halden", "people=mensah,lindqvist,keyforge-on-call", "people=mensah")
    }

    assert answers == {
        "tie=halden": Verdict.EXCLUDED,
        "people=mensah,lindqvist,keyforge-on-call": Verdict.SHOWN,
        "people=mensah": Verdict.NOT_SHOWN,
    }


def test_the_screen_catches_the_drafts_of_the_statement_and_nothing_unmarked(
    processed: Matter,
) -> None:
    """Drafts and marked mails are strong, in every copy; nothing else of the example is."""
    case = CaseFile(processed)
    strong = [case.documents[ControlNumber(name)] for name in screen.undecided_strong(case)]

    assert sorted(found.text_of("subject") or found.name for found in strong) == [
        "Draft statement for the regulator",
        "Draft statement for the regulator",
        "Re: Custody committee 21 March: slides",
        "Re: Custody committee 21 March: slides",
        "statement-draft-ta.docx",
        "statement-draft-ta.docx",
        "statement-draft.docx",
        "statement-draft.docx",
    ]
