"""The papers of `answer`: each that may be served is printed once; what stops one is a decision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import RequestKind
from forthwith.record import acts, productions
from forthwith.respond.papers import responses as papers_responses
from forthwith.respond.papers import sworn as papers_sworn
from forthwith.workflows import serve, status_report
from forthwith.workflows.answer_course import AnswerRun
from forthwith.workflows.publish import PAPER
from forthwith.workflows.registers import pages_of, register_of
from forthwith.workflows.status_report import StatusOptions


def papers(course: AnswerRun, number: str) -> None:
    """Print every paper that may be served, and does not stand as it was already."""
    course.tell(f"{number} Papers, in {course.matter.folder / 'papers'}")
    register = register_of(course.matter)
    for name, held in register.sets.items():
        with _stopping(course, name):
            if _responses(course, name) and held.kind is RequestKind.INTERROGATORY:
                _verification(course, name)
    for signer in course.order.declarants:
        with _stopping(course, f"declaration of {signer}"):
            _declaration(course, signer)
    with _stopping(course, "privilege log"):
        _log(course)
    _transmittals(course)
    with _stopping(course, "status report"):
        _status(course)


@contextmanager
def _stopping(course: AnswerRun, about: str) -> Iterator[None]:
    """Leave to a person what stops one paper; the others, and what was found before, stand."""
    try:
        yield
    except ForthwithError as stopped:
        course.tell(f"   {about}: not printed")
        course.decide(about, str(stopped))


def _responses(course: AnswerRun, name: str) -> bool:
    """Print the responses to a set where they can be served; say whether any stand served."""
    register, pages = register_of(course.matter), pages_of(course.matter)
    standings = register.of(name)
    if reasons := papers_responses.hindrances(register, name, pages):
        course.tell(f"   the responses to {name} cannot be served yet")
        for reason in reasons:
            key, _, what = reason.partition(": ")
            course.decide(key, what, f"forthwith respond {key.rpartition('/')[2]} --set {name!r} …")
        return False
    if name in course.waiting:
        course.tell(f"   the responses to {name} wait for what is not produced yet")
        return False
    if not any(each.draft for each in standings):
        served = {each.response.served for each in standings if each.response}
        course.tell(f"   {', '.join(sorted(served))} stands as it was")
        return True
    course.printed(serve.responses(course.matter, name, course.wish()))
    return True


def _verification(course: AnswerRun, name: str) -> None:
    if not course.order.place:
        course.decide(
            name,
            "where the verification is signed is not said (28 U.S.C. 1746)",
            "forthwith answer --place 'London, England'",
        )
        return
    for person in papers_sworn.verifiers(register_of(course.matter).of(name)):
        course.printed(serve.verification(course.matter, name, course.wish(person)))


def _declaration(course: AnswerRun, signer: str) -> None:
    from forthwith.workflows.custody.facts import NoMatterFactsError, facts_of

    try:
        facts = facts_of(course.matter.folder, None)
        done = serve.declaration(course.matter, facts, course.wish(signer))
    except NoMatterFactsError:
        # That no facts are loaded is a decision of the step on custody.
        return
    if done.published is not None:
        course.printed(done.published)
    else:
        course.tell(f"   the declaration of {signer} stops at a citation")
    for mark in done.marks:
        if not mark.clean:
            said = " ".join(" ".join(each.split()) for each in mark.lines())
            course.decide(f"declaration of {signer}", said)


def _log(course: AnswerRun) -> None:
    from forthwith.review.privilege.log import Style
    from forthwith.review.privilege.matter import log_of

    log = log_of(course.matter)
    if log.rows or log.excluded:
        course.printed(serve.privilege_log(course.matter, log, Style.DOCUMENT, course.wish()))


def _transmittals(course: AnswerRun) -> None:
    """Print a letter for each sealed volume that has none."""
    sent = {
        act.body.get("volume")
        for act in acts.read(course.matter).of(PAPER).values()
        if act.body["kind"] == "transmittal"
    }
    with course.matter.engine.connect() as connection:
        held = productions.sealed(connection)
    replaced = {each.replaces for each in held}
    for name in (each.volume for each in held):
        if name not in sent and name not in replaced:
            with _stopping(course, name):
                course.printed(serve.transmittal(course.matter, name, course.wish()))


def _status(course: AnswerRun) -> None:
    order = course.order
    if order.since is None:
        return
    wish = StatusOptions(order.since, order.day, order.registers, order.called_by, order.next_day)
    done = status_report.status(course.matter, wish)
    if done.published is not None:
        course.printed(done.published)
    for each in done.red:
        course.decide("status report", each)
    for each in done.differing:
        course.decide("status report", each)
