"""Flags: what a careful reader would ask about a sentence, whatever the facts say to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forthwith.custody.answers import caveats
from forthwith.custody.answers.index import Model
from forthwith.custody.facts.entities import Parties
from forthwith.custody.facts.facts import Standing, Statement
from forthwith.custody.questions.groups import STAFF_TIES
from forthwith.custody.statements.results import Flag, spoken

#: Ties of one sentence named before the rest is only counted.
_TIES = 5

#: Words by which a speaker says that he did not see it himself (cf. Fed. R. Evid. 602).
_HEARSAY = re.compile(
    r"\b(my understanding|(?:i|we) (?:understand|believe)|(?:i|we)(?:'m| am| are| was| were"
    r"| have been|'ve been| had been) (?:told|informed|advised|given to understand)"
    r"|(?:on|upon) information and belief|to (?:the best of )?(?:my|our) knowledge"
    r"|as (?:told|reported) to (?:me|us))\b",
    re.IGNORECASE,
)
_TOLD = re.compile(r"\b(told|hearsay|informed|second.?hand|belief|understanding)\b", re.IGNORECASE)


def flags(statement: Statement, parties: Parties) -> Iterator[Flag]:
    """Yield what to ask about the sentence itself."""
    yield from _days(statement)
    yield from _basis(statement)
    if not statement.cites:
        yield Flag("no cites", "It cites nothing.")
    if not parties.knows_person(statement.speaker):
        yield Flag("unknown speaker", f"No row of people is {statement.speaker!r}, who says it.")
    if statement.standing >= Standing.NARRATIVE:
        yield Flag("narrative", "It is narrative: nobody swore to it.")
    if statement.disputed:
        yield Flag("disputed", "The other side disputes that it was said so.")


def _days(statement: Statement) -> Iterator[Flag]:
    if statement.as_of is not None:
        day = spoken(statement.as_of).removeprefix("on ")
        yield Flag("as of", f"It speaks as of {day}, and says nothing of later days.")
    elif statement.period is None:
        yield Flag(
            "no as-of day", "It gives no day: it was read as speaking of every day of the facts."
        )


def _basis(statement: Statement) -> Iterator[Flag]:
    if (said := _HEARSAY.search(statement.sentence)) is not None:
        yield Flag("hearsay", f"It rests on what somebody else knows: {said[0]!r}.")
    elif _TOLD.search(statement.basis) or _HEARSAY.search(statement.basis):
        yield Flag("hearsay", f"Its basis is {statement.basis!r}: somebody else knows.")
    if not statement.basis.strip():
        yield Flag("no basis", "It does not say how the speaker knows.")


def of_support(model: Model, entity: str, *, alone: bool) -> Iterator[Flag]:
    """Yield what a supported sentence about an entity's people leaves unsaid.

    `alone`: it says that nobody else could; who is tied to others as well is somebody else, too.
    """
    for says in caveats.dated(model, entity):
        yield Flag("dated alias", _cap(says))
    if alone and (others := list(_others(model, entity))):
        more = f" and {len(others) - _TIES} more" if len(others) > _TIES else ""
        yield Flag("other ties", f"Of its people, some answer to others too: "
                   f"{'; '.join(others[:_TIES])}{more}.")  # fmt: skip


def _others(model: Model, entity: str) -> Iterator[str]:
    """Yield each holder tied to the entity and, on some of the same days, to another one."""
    own = model.names_of(entity)
    for person in sorted({each.person for each in model.facts.possessions}):
        staff = model.tied(person, STAFF_TIES, entity)[0]
        for tie in model.ties_of(person):
            apart = staff & model.axis.mask(tie.period) & ~own.get(tie.entity, (0, 0))[0]
            if tie.kind in STAFF_TIES and tie.entity and apart:
                kind = tie.kind.replace("_", " ")
                yield f"{model.people.get(person, person)}, {kind} {tie.entity} ({tie.place})"


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]
