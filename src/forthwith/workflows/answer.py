"""The whole way from evidence to papers, one step after another, and what a person must decide.

Each step does what can be done and notes what cannot: nothing is decided here and nothing is
guessed. A second run goes on from what stands: what is sealed or served and unchanged stays as it
is. Each paper that may be served is printed once; what stops one is a decision. The caller holds
the matter (`CaseFile.alone`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from forthwith.custody.facts.facts import Facts
from forthwith.custody.statements.statements import check
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import RequestKind
from forthwith.plain.counting import count
from forthwith.process.run import PRELOAD as READING
from forthwith.respond.papers import responses as papers_responses
from forthwith.respond.papers import sworn as papers_sworn
from forthwith.respond.registers.requests import responded
from forthwith.review.privilege.log import Style
from forthwith.workers.supervisor import make_ready
from forthwith.workflows import evidence, matter_status, privilege, serve, status_report
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.custody.facts import NoMatterFactsError, facts_from, read_matter
from forthwith.workflows.custody.holders import uncollected_of
from forthwith.workflows.custody.statements import unresolved
from forthwith.workflows.matter_access import PRELOAD as PRODUCING
from forthwith.workflows.produce import ProductionOptions, produce
from forthwith.workflows.progress import Progress
from forthwith.workflows.publish import PAPER, PublishedPaper
from forthwith.workflows.queries import Queries
from forthwith.workflows.serve import PaperOptions
from forthwith.workflows.status_report import StatusOptions


@dataclass(frozen=True, slots=True)
class Decision:
    """Something only a person can decide, and how to say it."""

    #: What it is about: "First RFPs/3", "PL-0002", "statement D8".
    about: str
    what: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How far to go, and what the papers say besides what was drafted."""

    day: date
    #: Name of the next volume; the next free one when "".
    volume: str = ""
    #: Speakers whose declarations are printed, by id or name.
    declarants: tuple[str, ...] = ()
    #: Where sworn papers are signed.
    place: str = ""
    #: Day of the last status report; without it none is printed.
    since: date | None = None
    registers: tuple[Path, ...] = ()
    called_by: str = ""
    next_day: date | None = None
    #: Go on although the words of some pictures were not read.
    without_text: bool = False
    workers: int = 0


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """What one run came to."""

    #: The volume it sealed; "" for none.
    sealed: str
    papers: tuple[PublishedPaper, ...]
    decisions: tuple[Decision, ...]


@dataclass(slots=True)
class _Run:
    """State of one run: options in; papers and open decisions out."""

    case: CaseFile
    options: AnswerOptions
    progress: Progress
    tell: Callable[[str], None]
    decisions: list[Decision] = field(default_factory=list)
    papers: list[PublishedPaper] = field(default_factory=list)
    sealed: str = ""
    #: What answers a request and is in no sealed volume, because the new one was stopped.
    missing: frozenset[str] = frozenset()
    #: Sets whose responses would cite a part only of what answers them.
    waiting: set[str] = field(default_factory=set)
    #: The matter's facts; None where none are loaded.
    facts: Facts | None = None

    def decide(self, about: str, what: str, how: str = "") -> None:
        """Note a decision."""
        self.decisions.append(Decision(about, what, how))

    def paper_options(self, signer: str = "") -> PaperOptions:
        """Return what is the same for every paper."""
        return PaperOptions(self.options.day, None, signer, self.options.place, again=False)

    def note_paper(self, paper: PublishedPaper) -> None:
        """Note a paper that was printed, or stands."""
        if paper.new:
            self.papers.append(paper)
        self.tell(f"   {paper.key} {'printed' if paper.new else 'stands as it was'}")


def answer(
    case: CaseFile, options: AnswerOptions, progress: Progress, tell: Callable[[str], None]
) -> AnswerResult:
    """Carry the matter as far as it goes; `tell` receives each line as soon as it is known."""
    run = _Run(case, options, progress, tell)
    steps = (_process, _requests, _produce, _privilege, _custody_and_books, _duties, _papers)
    for number, step in enumerate(steps, 1):
        step(run, f"{number}.")
    return AnswerResult(run.sealed, tuple(run.papers), tuple(run.decisions))


def _process(run: _Run, number: str) -> None:
    # One fork server for all: reading, producing and checking.
    make_ready((*READING, *PRODUCING))
    done = evidence.process(run.case, run.options.workers or None, run.progress)
    total = matter_status.status(run.case).total
    run.tell(
        f"{number} Evidence: {count(total.documents, 'document')} read, {total.faults:,} "
        f"could not be; {count(done.read, 'item')} read now"
    )
    if total.unaccounted:
        what = f"{total.unaccounted:,} items are not accounted for"
        run.decide("evidence", what, "forthwith status")
    if not total.documents:
        run.decide("evidence", "nothing is collected", "forthwith collect PATH --custodian NAME")


def _requests(run: _Run, number: str) -> None:
    """Say how many requests there are, and which are late."""
    register = run.case.requests
    drafts = [request for request in register.standings if request.response is not None]
    run.tell(
        f"{number} Requests: {count(len(register.sets), 'set')}, "
        f"{count(len(register.standings), 'request')}, {len(drafts):,} answered or objected"
    )
    if not register.sets:
        run.decide("requests", "no served request is imported", "forthwith requests import FILE")
    for request in register.standings:
        if request.late(run.options.day):
            due = request.set.due
            what = f"it was due on {due.day if due else ''} and nothing is served"
            run.decide(request.request.key, what)


def _produce(run: _Run, number: str) -> None:
    """Produce what answers and is not produced yet; then cite its pages in the responses."""
    case, queries = run.case, Queries(run.case)
    asked = dict.fromkeys(_queries(run, queries))
    wanted = {control for query in asked for control in queries.controls(query)}
    fresh = wanted - case.numbers.keys()
    if not fresh:
        run.tell(f"{number} Production: nothing new answers a request")
    else:
        _seal(run, number, tuple(sorted(fresh)), tuple(asked))
        if not run.sealed:
            run.missing = frozenset(fresh)
    left = len(case.documents) - len(wanted | case.numbers.keys())
    if left:
        run.tell(f"   {count(left, 'document')} answer no request and are not produced")
    _cite(run, queries)


def _queries(run: _Run, queries: Queries) -> Iterator[str]:
    for request in run.case.requests.standings:
        if request.response is None or not request.response.produce:
            continue
        try:
            queries.ask(request.response.produce)
        except ForthwithError as wrong:
            run.decide(request.request.key, f"its query cannot be answered: {wrong}")
        else:
            yield request.response.produce


def _seal(run: _Run, number: str, fresh: tuple[str, ...], queries: tuple[str, ...]) -> None:
    name = run.options.volume or _next_name(run.case)
    options = ProductionOptions(
        name,
        run.options.day,
        without_text=run.options.without_text,
        workers=run.options.workers,
        controls=fresh,
        queries=queries,
    )
    try:
        done = produce(run.case, options, run.progress)
    except ForthwithError as stopped:
        run.tell(f"{number} Production: {name} is stopped")
        run.decide(name, " ".join(str(stopped).split()))
        return
    totals = done.report.counts
    contents = (
        f"{done.staged.first} to {done.staged.last}, {totals['documents']:,} documents, "
        f"{totals['pages']:,} pages"
    )
    if done.sealed:
        run.sealed = name
        run.tell(f"{number} Production: {name} sealed, {contents}; the check is clean")
        return
    run.tell(f"{number} Production: {name} NOT SEALED, {contents}")
    for finding in done.report.findings:
        about = f"{name} {finding.bates}".strip()
        run.decide(about, f"{finding.code} {finding.message}", finding.cure)


def _next_name(case: CaseFile) -> str:
    taken = {name.casefold() for name in case.sealed}
    names = (f"VOL{number:03}" for number in range(1, 10_000))
    return next(name for name in names if name.casefold() not in taken)


def _cite(run: _Run, queries: Queries) -> None:
    """Draft each response anew whose query now finds other pages than it cites."""
    acts = []
    for request in run.case.requests.standings:
        response = request.response
        if response is None or not response.produce:
            continue
        try:
            cited = queries.resolved(response, run.case.pages)
        except ForthwithError:
            continue
        if missing := len(run.missing.intersection(queries.controls(response.produce))):
            what = f"{count(missing, 'document')} that its query finds, in no sealed volume"
            run.decide(request.request.key, what)
            run.waiting.add(request.set.name)
        if cited.ranges != response.ranges:
            acts.append(responded(cited))
    if acts:
        run.case.write(acts)
        run.tell(f"   pages cited anew in {count(len(acts), 'response')}")


def _privilege(run: _Run, number: str) -> None:
    reviewed = privilege.check(run.case)
    run.tell(
        f"{number} Privilege: {count(reviewed.claims, 'claim')}, "
        f"{count(len(reviewed.findings), 'finding')}"
    )
    for finding in reviewed.findings:
        about = finding.log or finding.control
        run.decide(about, f"{finding.code} {finding.message}", finding.cure)


def _custody_and_books(run: _Run, number: str) -> None:
    _custody(run, number)
    for report in run.case.book_reports:
        first = f": {report.headline[0]}" if report.headline else ""
        run.tell(
            f"   Books of {report.month}, version {report.version}, in {report.folder}, "
            f"report.json {report.sha256[:16]}…{first}"
        )
        for sentence in report.headline:
            if not sentence.startswith("What customers were owed was held"):
                where = "commingling" if sentence.startswith("Customers' ") else "coverage"
                how = f"forthwith books {where} --from {report.month} --to {report.month}"
                run.decide(f"books {report.month}", sentence.rstrip("."), how)


def _custody(run: _Run, number: str) -> None:
    """Check every sworn sentence, and look for holders nobody collected from."""
    try:
        run.facts = facts_from(read_matter(run.case.matter))
    except NoMatterFactsError:
        run.tell(f"{number} Custody: no facts are loaded")
        what = "no facts are loaded: who could move assets is not known"
        run.decide("custody", what, "forthwith custody load FACTS")
        return
    sentences = check(run.facts, books=run.case.books_judge(run.facts))
    results = sorted(str(sentence.result) for sentence in sentences)
    totals = ", ".join(f"{results.count(name)} {name}" for name in dict.fromkeys(results))
    run.tell(
        f"{number} Custody: {count(len(results), 'sentence')} checked"
        + (f": {totals}" if totals else "")
    )
    for key, lost in unresolved(run.case, sentences).items():
        for citation in lost:
            what = f"rests on {citation.cite}, which {citation.why}"
            run.decide(f"statement {key}", what, "forthwith custody statements")
    gaps = uncollected_of(run.case.matter, run.facts).gaps
    if gaps:
        what = (
            f"{count(len(gaps), 'holder')} of means of control with mail, chat or devices that no "
            f"source covers: {'; '.join(gap.holder.name for gap in gaps)}"
        )
        run.decide("custody", what, "forthwith custody holders --uncollected")


def _duties(run: _Run, number: str) -> None:
    """Say which duties under orders are late, and which questions are past their day."""
    day = run.options.day
    orders, questions = run.case.duties.on(day), run.case.questions.outstanding(day)
    run.tell(
        f"{number} Duties: {count(len(orders.standings), 'duty', 'duties')} under orders, "
        f"{len(orders.late(day)):,} late; {count(len(questions), 'question')} outstanding"
    )
    for duty in orders.standings:
        key = duty.obligation.key
        if duty.late(day):
            what = f"nothing shows that it was met: {duty.obligation.says}"
            run.decide(key, what, f"forthwith obligations attest {key!r} --evidence PAGES")
        for citation in duty.unresolved:
            run.decide(key, f"its evidence cites {citation.cite}, which {citation.why}")
    for outstanding in questions:
        question = outstanding.question
        if outstanding.overdue:
            what = f"{question.owner} was to answer by {question.due}"
            run.decide(question.key, what, f"forthwith questions answer {question.key}")


def _papers(run: _Run, number: str) -> None:
    """Print every paper that may be served, and does not stand as it was already."""
    run.tell(f"{number} Papers, in {run.case.folder / 'papers'}")
    for name, served in run.case.requests.sets.items():
        with _stopping(run, name):
            if _responses(run, name) and served.kind is RequestKind.INTERROGATORY:
                _verification(run, name)
    for signer in run.options.declarants:
        with _stopping(run, f"declaration of {signer}"):
            _declaration(run, signer)
    with _stopping(run, "privilege log"):
        log = privilege.log_of(run.case)
        if log.rows or log.excluded:
            options = run.paper_options()
            run.note_paper(serve.privilege_log(run.case, log, Style.DOCUMENT, options))
    _transmittals(run)
    with _stopping(run, "status report"):
        _status(run)


@contextmanager
def _stopping(run: _Run, about: str) -> Iterator[None]:
    """Leave to a person what stops one paper; the others, and what was found before, stand."""
    try:
        yield
    except ForthwithError as stopped:
        run.tell(f"   {about}: not printed")
        run.decide(about, str(stopped))


def _responses(run: _Run, name: str) -> bool:
    """Print the responses to a set where they can be served; say whether any stand served."""
    register = run.case.requests
    if reasons := papers_responses.hindrances(register, name, run.case.pages):
        run.tell(f"   the responses to {name} cannot be served yet")
        for reason in reasons:
            key, _, what = reason.partition(": ")
            run.decide(key, what, f"forthwith respond {key.rpartition('/')[2]} --set {name!r} …")
        return False
    if name in run.waiting:
        run.tell(f"   the responses to {name} wait for what is not produced yet")
        return False
    requests = register.of(name)
    if not any(request.draft for request in requests):
        served = {request.response.served for request in requests if request.response}
        run.tell(f"   {', '.join(sorted(served))} stands as it was")
        return True
    run.note_paper(serve.responses(run.case, name, run.paper_options()))
    return True


def _verification(run: _Run, name: str) -> None:
    if not run.options.place:
        run.decide(
            name,
            "where the verification is signed is not said (28 U.S.C. 1746)",
            "forthwith answer --place 'London, England'",
        )
        return
    for person in papers_sworn.verifiers(run.case.requests.of(name)):
        run.note_paper(serve.verification(run.case, name, run.paper_options(person)))


def _declaration(run: _Run, signer: str) -> None:
    if run.facts is None:
        # That no facts are loaded is a decision of the step on custody.
        return
    declared = serve.declaration(run.case, run.facts, run.paper_options(signer))
    if declared.published is not None:
        run.note_paper(declared.published)
    else:
        run.tell(f"   the declaration of {signer} stops at a citation")
    for mark in declared.marks:
        if not mark.clean:
            lines = " ".join(" ".join(line.split()) for line in mark.lines())
            run.decide(f"declaration of {signer}", lines)


def _transmittals(run: _Run) -> None:
    """Print a letter for each sealed volume that has none."""
    sent = {
        act.body.get("volume")
        for act in run.case.acts.of(PAPER).values()
        if act.body["kind"] == "transmittal"
    }
    replaced = {volume.replaces for volume in run.case.sealed.values()}
    for name in run.case.sealed:
        if name not in sent and name not in replaced:
            with _stopping(run, name):
                run.note_paper(serve.transmittal(run.case, name, run.paper_options()))


def _status(run: _Run) -> None:
    asked = run.options
    if asked.since is None:
        return
    options = StatusOptions(
        asked.since, asked.day, asked.registers, asked.called_by, asked.next_day
    )
    report = status_report.status(run.case, options)
    if report.published is not None:
        run.note_paper(report.published)
    for line in (*report.unresolved, *report.differing):
        run.decide("status report", line)
