"""The parts of a status report on what is outstanding: questions put, and duties under orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from forthwith.domain.questions import Question, QuestionState
from forthwith.papers.blocks import Block, Numbered, Table, long_date
from forthwith.respond.registers import obligations, questions

#: A part of the report: its title and its blocks.
Part = tuple[str, tuple[Block, ...]]


def parts(
    asked: questions.QuestionRegister, orders: obligations.DutyRegister, day: date
) -> tuple[Part, ...]:
    """Return a part for each that has something to say; none where nothing is kept."""
    held = (
        ("Questions outstanding", tuple(_questions(asked, day))),
        ("Duties under orders", tuple(_duties(orders.on(day), day))),
    )
    return tuple(each for each in held if each[1])


def _questions(asked: questions.QuestionRegister, day: date) -> Iterator[Block]:
    open_ = asked.outstanding(day)
    if not open_:
        return
    overdue = sum(each.overdue for each in open_)
    late = f"; {overdue} undertaken and past the day given" if overdue else ""
    yield Numbered(
        f"{len(open_)} of {len(asked.on(day).standings)} questions put in inspections, "
        f"conferences, depositions and letters have no answer{late}."
    )
    rows = tuple((each.question.key, _put(each.question), each.question.text,
                  _stands(each.question, overdue=each.overdue)) for each in open_)  # fmt: skip
    yield Table(("No.", "Put", "Question", "How it stands"), rows)


def _put(each: Question) -> str:
    return f"{each.day.isoformat()}, {each.occasion}, by {each.asked_by} to {each.asked_of}"


def _stands(each: Question, *, overdue: bool) -> str:
    if each.state is QuestionState.REFUSED:
        return f"refused: {each.because}"
    if each.state is QuestionState.UNDERTAKEN and each.due is not None:
        late = ", not kept" if overdue else ""
        return f"{each.owner} will answer by {each.due.isoformat()}{late}"
    return "open"


def _duties(orders: obligations.DutyRegister, day: date) -> Iterator[Block]:
    for name, order in orders.orders.items():
        held = orders.of(name)
        counted = Counter(str(each.state) for each in held)
        told = ", ".join(f"{count} {state}" for state, count in counted.items())
        amends = f", which amends {order.amends}" if order.amends else ""
        yield Numbered(
            f"{name}, entered {long_date(order.entered)}{amends}, as pinned by its digest: "
            f"{len(held)} duties: {told}. Nothing here says that a duty was met, only what is "
            "cited for it."
        )
        rows = tuple(_duty(each, day) for each in held)
        yield Table(("No.", "Duty", "Due", "State", "Evidence", "Attested by"), rows)


def _duty(each: obligations.DutyStatus, day: date) -> tuple[str, ...]:
    held = each.obligation
    due = held.due
    days = " or ".join(map(str, due.ambiguous or (due.day,))) if due else ""
    late = ", late" if each.late(day) else ""
    unseen = [f"{one.cite} {one.why}" for one in each.red]
    return (held.number, held.says, days, f"{each.state}{late}",
            "; ".join([*each.evidence, *unseen]), held.attestor)  # fmt: skip
