"""Sworn papers: the verification of interrogatory answers, and declarations (28 U.S.C. 1746).

The form of the oath follows the place of execution (`places`). What is wrong with a sentence goes
into a list for the drafter, never into the text; a citation that nobody can look up blocks the
paper. The day of execution is left open: only the signer can know it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from forthwith.domain.errors import ForthwithError
from forthwith.papers.blocks import Block, Numbered, Paragraph, Signature
from forthwith.respond import places
from forthwith.respond.papers.front import Front, set_title
from forthwith.respond.registers import quotation
from forthwith.respond.registers.citations import CitablePages, Red
from forthwith.respond.registers.requests import RequestStatus

_SUPPORTED = "supported"
_BLANK = "____________________"

#: Returns the text of a document by its control number.
TextOf = Callable[[str], str]


class NobodyVerifiesError(ForthwithError):
    """No answer of a set names this person, or it is not said which of several."""

    def __init__(self, person: str, name: str, known: Sequence[str]) -> None:
        people = "; ".join(known) or "nobody yet: name one with `forthwith respond --verifier`"
        what = (
            f"No answer to {name!r} is verified by {person!r}"
            if person
            else (f"It is not said whose verification of the answers to {name!r} this is")
        )
        super().__init__(f"{what}. Give --signer; the answers name: {people}.")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a declaration, and how it stands against the facts."""

    #: Its id among the statements.
    id: str
    text: str
    cites: tuple[str, ...]
    #: "supported", "unsupported" or "contradicted".
    standing: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the drafter reads beside one sentence."""

    #: Number of its paragraph.
    number: int
    sentence: Sentence
    #: Citations that cannot be looked up; any of them blocks the paper.
    red: tuple[Red, ...]
    #: What is wrong with words in quotation marks.
    misquoted: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether there is nothing to say about it."""
        return self.sentence.standing == _SUPPORTED and not (self.red or self.misquoted)

    def lines(self) -> list[str]:
        """Return the mark as lines of the drafter's list."""
        said = self.sentence
        return [
            f"{self.number}. [{said.id}] {said.standing.upper()}: {said.text}",
            *([f"   {said.why}"] if said.why else []),
            *(f"   RED: {each.cite} {each.why}" for each in self.red),
            *(f"   MISQUOTED: {each}" for each in self.misquoted),
        ]


def verifiers(standings: Iterable[RequestStatus]) -> list[str]:
    """Return who answers under oath, each once."""
    return list(dict.fromkeys(
        each.response.verifier for each in standings if each.response and each.response.verifier
    ))  # fmt: skip


def verifier(name: str, standings: Sequence[RequestStatus], person: str) -> str:
    """Return who verifies: as asked, else the only one there is. Raises NobodyVerifiesError."""
    known = verifiers(standings)
    person = person or (known[0] if len(known) == 1 else "")
    if person not in known:
        raise NobodyVerifiesError(person, name, known)
    return person


def verification(
    front: Front, standings: Sequence[RequestStatus], person: str, place: str
) -> list[Block]:
    """Return one person's verification of the answers that name them (Rule 33(b)(3), (5)).

    Raises PlaceError.
    """
    return [
        front.caption(f"Verification of {person}"),
        Paragraph(f"I, {person}, state:"),
        *map(Numbered, _verified(front, standings, person)),
        *_oath(person, place),
    ]


def _verified(front: Front, standings: Sequence[RequestStatus], person: str) -> Iterator[str]:
    held = standings[0].set
    numbers = [s.request.number for s in standings if s.response and s.response.verifier == person]
    which = "Interrogatory No." if len(numbers) == 1 else "Interrogatories Nos."
    yield (
        f"My name is {person}. I answer on behalf of {held.asked_of or front.answering} and "
        "furnish the information available to it (Fed. R. Civ. P. 33(b)(1)(B))."
    )
    yield (
        f"I have read the answers to the {set_title(held.name)}. They name me as the person who "
        f"answers {which} {', '.join(numbers)}."
    )
    yield (
        "Those answers are true and correct. The objections are counsel's and are signed by "
        "counsel (Fed. R. Civ. P. 33(b)(5))."
    )


def declaration(
    front: Front, person: str, sentences: Sequence[Sentence], place: str
) -> list[Block]:
    """Return a declaration of numbered sentences with their citations. Raises PlaceError."""
    return [
        front.caption(f"Declaration of {person}"),
        Paragraph(f"I, {person}, declare:"),
        *(Numbered(_cited(each)) for each in sentences),
        *_oath(person, place),
    ]


def margin(sentences: Sequence[Sentence], shelf: CitablePages, text_of: TextOf) -> list[Mark]:
    """Return what the drafter should read beside each sentence, one mark a sentence."""
    return [
        Mark(number, each, tuple(shelf.red(each.cites)), tuple(_misquoted(each, shelf, text_of)))
        for number, each in enumerate(sentences, 1)
    ]


def _cited(each: Sentence) -> str:
    return f"{each.text} ({'; '.join(each.cites)}.)" if each.cites else each.text


def _oath(person: str, place: str) -> list[Block]:
    executed = f"Executed on {_BLANK}, at {place.strip().removesuffix('.')}."
    return [Paragraph(places.declared(place)), Signature(executed, "", person)]


def _misquoted(each: Sentence, shelf: CitablePages, text_of: TextOf) -> list[str]:
    """Return a sentence for each quotation that none of the cited documents has."""
    documents = list(dict.fromkeys(
        number
        for cite in each.cites
        for _, first, last in shelf.ranges(cite)
        for number in shelf.control_numbers(first, last)
    ))  # fmt: skip
    found = []
    for quoted in quotation.quotations(each.text) if documents else ():
        tried = [quotation.match(quoted, text_of(number)) for number in documents]
        if not any(one.found for one in tried):
            found.append(min(tried, key=lambda one: one.distance).says)
    return found
