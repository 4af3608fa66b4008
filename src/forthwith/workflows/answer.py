"""The whole way from evidence to papers, one step after another, and what a person must decide.

Each step does what can be done and notes what cannot: nothing is decided here and nothing is
guessed. A second run goes on from what stands: what is sealed or served and unchanged stays as it
is. `answer` types it; the caller holds the matter (`matter.alone`).
"""

from __future__ import annotations

from collections.abc import Iterator

from forthwith.domain.errors import ForthwithError
from forthwith.plain.counting import count
from forthwith.record import acts as ledger
from forthwith.record import productions
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.respond.registers import obligations, questions
from forthwith.respond.registers import requests as room
from forthwith.workflows.answer_course import AnswerRun
from forthwith.workflows.answer_papers import papers
from forthwith.workflows.produce import ProductionOptions, make
from forthwith.workflows.queries import Queries
from forthwith.workflows.registers import pages_of, register_of, shelf_of


def run(course: AnswerRun) -> None:
    """Do every step."""
    for number, step in enumerate(
        (_process, _requests, _produce, _privilege, _custody, _duties, papers), 1
    ):
        step(course, f"{number}.")


def _process(course: AnswerRun, number: str) -> None:
    from forthwith.process import counts, run

    done = run.process(course.matter, workers=course.order.workers or None, watch=course.steps)
    total = counts.status(course.matter).total
    course.tell(
        f"{number} Evidence: {count(total.documents, 'document')} read, {total.faults:,} "
        f"could not be; {count(done.read, 'item')} read now"
    )
    if total.unaccounted:
        course.decide(
            "evidence", f"{total.unaccounted:,} items are not accounted for", "forthwith status"
        )
    if not total.documents:
        course.decide("evidence", "nothing is collected", "forthwith collect PATH --custodian NAME")


def _requests(course: AnswerRun, number: str) -> None:
    """Say how many requests there are, and which are late."""
    register = register_of(course.matter)
    drafts = [each for each in register.standings if each.response is not None]
    course.tell(
        f"{number} Requests: {count(len(register.sets), 'set')}, "
        f"{count(len(register.standings), 'request')}, {len(drafts):,} answered or objected"
    )
    if not register.sets:
        course.decide("requests", "no served request is imported", "forthwith requests import FILE")
    for standing in register.standings:
        if standing.late(course.order.day):
            due = standing.set.due
            course.decide(
                standing.request.key,
                f"it was due on {due.day if due else ''} and nothing is served",
            )


def _privilege(course: AnswerRun, number: str) -> None:
    from forthwith.review.privilege import checks as privilege_checks
    from forthwith.review.privilege.matter import review_of

    review = review_of(course.matter)
    found = privilege_checks.findings(review)
    course.tell(
        f"{number} Privilege: {count(len(review.standing), 'claim')}, "
        f"{count(len(found), 'finding')}"
    )
    for each in found:
        course.decide(each.log or each.control, f"{each.code} {each.message}", each.cure)


def _produce(course: AnswerRun, number: str) -> None:
    """Produce what answers and is not produced yet; then cite its pages in the responses."""
    queries = Queries(course.matter)
    asked = dict.fromkeys(_queries(course, queries))
    wanted = {control for query in asked for control in queries.controls(query)}
    fresh = wanted - pages_of(course.matter).numbers.keys()
    [(every,)] = DocumentTable(course.matter.derived).query("SELECT count(*) FROM documents")
    if not fresh:
        course.tell(f"{number} Production: nothing new answers a request")
    else:
        _make(course, number, tuple(sorted(fresh)), tuple(asked))
        if not course.sealed:
            course.missing = frozenset(fresh)
    left = every - len(wanted | pages_of(course.matter).numbers.keys())
    if left:
        course.tell(f"   {count(left, 'document')} answer no request and are not produced")
    _cite(course, queries)


def _queries(course: AnswerRun, queries: Queries) -> Iterator[str]:
    for standing in register_of(course.matter).standings:
        if standing.response is None or not standing.response.produce:
            continue
        try:
            queries.ask(standing.response.produce)
        except ForthwithError as wrong:
            course.decide(standing.request.key, f"its query cannot be answered: {wrong}")
        else:
            yield standing.response.produce


def _make(course: AnswerRun, number: str, fresh: tuple[str, ...], asked: tuple[str, ...]) -> None:
    order = course.order
    name = order.volume or _next_name(course.matter)
    wish = ProductionOptions(
        name, day=order.day, workers=order.workers, controls=fresh, queries=asked
    )
    try:
        done = make(course.matter, wish, course.steps)
    except ForthwithError as stopped:
        course.tell(f"{number} Production: {name} is stopped")
        course.decide(name, " ".join(str(stopped).split()))
        return
    counts = done.report.counts
    told = (
        f"{done.staged.first} to {done.staged.last}, {counts['documents']:,} documents, "
        f"{counts['pages']:,} pages"
    )
    if done.sealed:
        course.sealed = name
        course.tell(f"{number} Production: {name} sealed, {told}; the check is clean")
        return
    course.tell(f"{number} Production: {name} NOT SEALED, {told}")
    for each in done.report.findings:
        course.decide(f"{name} {each.bates}".strip(), f"{each.code} {each.message}", each.cure)


def _next_name(matter: Matter) -> str:
    with matter.engine.connect() as connection:
        taken = {each.volume.casefold() for each in productions.sealed(connection)}
    return next(name for at in range(1, 10_000) if (name := f"VOL{at:03}").casefold() not in taken)


def _cite(course: AnswerRun, queries: Queries) -> None:
    """Draft each response anew whose query now finds other pages than it cites."""
    pages, acts = pages_of(course.matter), []
    for standing in register_of(course.matter).standings:
        response = standing.response
        if response is None or not response.produce:
            continue
        try:
            made = queries.resolved(response, pages)
        except ForthwithError:
            continue
        if missing := len(course.missing.intersection(queries.controls(response.produce))):
            what = f"{count(missing, 'document')} that its query finds, in no sealed volume"
            course.decide(standing.request.key, what)
            course.waiting.add(standing.set.name)
        if made.ranges != response.ranges:
            acts.append(room.responded(made))
    ledger.write(course.matter, acts)
    if acts:
        course.tell(f"   pages cited anew in {count(len(acts), 'response')}")


def _custody(course: AnswerRun, number: str) -> None:
    """Check every sworn sentence, and look for holders nobody collected from."""
    from forthwith.custody.statements.statements import check
    from forthwith.workflows.custody.facts import NoMatterFactsError, facts_of
    from forthwith.workflows.custody.holders import uncollected_of
    from forthwith.workflows.custody.statements import reds

    home = course.matter.folder
    try:
        facts = facts_of(home, None)
    except NoMatterFactsError:
        course.tell(f"{number} Custody: no facts are loaded")
        course.decide(
            "custody",
            "no facts are loaded: who could move assets is not known",
            "forthwith custody load FACTS",
        )
        return
    checked = check(facts)
    results = [str(each.result) for each in checked]
    told = ", ".join(f"{results.count(each)} {each}" for each in dict.fromkeys(sorted(results)))
    course.tell(
        f"{number} Custody: {count(len(results), 'sentence')} checked"
        + (f": {told}" if told else "")
    )
    for key, lost in reds(home, checked).items():
        for each in lost:
            course.decide(
                f"statement {key}",
                f"rests on {each.cite}, which {each.why}",
                "forthwith custody statements",
            )
    uncollected = [each.holder.name for each in uncollected_of(home, facts)[0]]
    if uncollected:
        what = (
            f"{count(len(uncollected), 'holder')} of means of control with mail, chat or "
            f"devices that no source covers: {'; '.join(uncollected)}"
        )
        course.decide("custody", what, "forthwith custody holders --uncollected")


def _duties(course: AnswerRun, number: str) -> None:
    """Say which duties under orders are late, and which questions are past their day."""
    acts, day = ledger.read(course.matter), course.order.day
    orders = obligations.DutyRegister.read(acts, shelf_of(course.matter)).on(day)
    asked = questions.QuestionRegister.read(acts).outstanding(day)
    course.tell(
        f"{number} Duties: {count(len(orders.standings), 'duty', 'duties')} under orders, "
        f"{len(orders.late(day)):,} late; {count(len(asked), 'question')} outstanding"
    )
    for each in orders.standings:
        key = each.obligation.key
        if each.late(day):
            course.decide(
                key,
                f"nothing shows that it was met: {each.obligation.says}",
                f"forthwith obligations attest {key!r} --evidence PAGES",
            )
        for one in each.red:
            course.decide(key, f"its evidence cites {one.cite}, which {one.why}")
    for put in asked:
        if put.overdue:
            what = f"{put.question.owner} was to answer by {put.question.due}"
            course.decide(put.question.key, what, f"forthwith questions answer {put.question.key}")
