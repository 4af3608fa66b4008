"""Sworn papers: the verification of interrogatory answers, and declarations (28 U.S.C. 1746).

What is wrong with a sentence goes into a list for the drafter, never into the text; a citation that
nobody can look up blocks the paper. The day of execution is left open: only the signer can know it.

The form of the oath follows the place of execution. Within are the States, the District, "its
territories, possessions, or commonwealths". A place that could be either (Georgia, the Virgin
Islands) or that nobody knows is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from forthwith.domain.errors import ForthwithError
from forthwith.papers.blocks import Block, Numbered, Paragraph, Signature
from forthwith.respond.papers.front import Front, set_title
from forthwith.respond.registers import quotation
from forthwith.respond.registers.citations import CitablePages, UnresolvedCitation
from forthwith.respond.registers.requests import RequestStatus

_UNITED_STATES = frozenset((
    "united states", "united states of america", "usa", "us", "the united states",
    "the united states of america",
))  # fmt: skip
_WITHIN = frozenset(
    """
    alabama/alaska/arizona/arkansas/california/colorado/connecticut/delaware/florida/hawaii/idaho/
    illinois/indiana/iowa/kansas/kentucky/louisiana/maine/maryland/massachusetts/michigan/minnesota/
    mississippi/missouri/montana/nebraska/nevada/new hampshire/new jersey/new mexico/new york/
    north carolina/north dakota/ohio/oklahoma/oregon/pennsylvania/rhode island/south carolina/
    south dakota/tennessee/texas/utah/vermont/virginia/washington/west virginia/wisconsin/wyoming/
    district of columbia/dc/washington dc/puerto rico/guam/american samoa/us virgin islands/
    virgin islands of the united states/northern mariana islands/
    commonwealth of the northern mariana islands/wake island/midway islands/navassa island
    """.translate({ord("\n"): None})
    .replace("    ", "")
    .split("/")
)
_OUTSIDE = frozenset(
    """
    afghanistan/albania/algeria/andorra/angola/anguilla/antigua and barbuda/argentina/armenia/aruba/
    australia/austria/azerbaijan/bahamas/bahrain/bangladesh/barbados/belarus/belgium/belize/benin/
    bermuda/bhutan/bolivia/bosnia and herzegovina/botswana/brazil/british virgin islands/brunei/
    bulgaria/burkina faso/burundi/cambodia/cameroon/canada/cape verde/cayman islands/
    central african republic/chad/chile/china/people's republic of china/colombia/comoros/congo/
    democratic republic of the congo/costa rica/cote d'ivoire/ivory coast/croatia/cuba/curacao/
    cyprus/czech republic/czechia/denmark/djibouti/dominica/dominican republic/east timor/
    timor-leste/ecuador/egypt/el salvador/england/equatorial guinea/eritrea/estonia/eswatini/
    ethiopia/faroe islands/fiji/finland/france/gabon/gambia/germany/ghana/gibraltar/great britain/
    greece/greenland/grenada/guatemala/guernsey/guinea/guinea-bissau/guyana/haiti/honduras/
    hong kong/hong kong sar/hungary/iceland/india/indonesia/iran/iraq/ireland/isle of man/israel/
    italy/jamaica/japan/jersey/jordan/kazakhstan/kenya/kiribati/kosovo/kuwait/kyrgyzstan/laos/
    latvia/lebanon/lesotho/liberia/libya/liechtenstein/lithuania/luxembourg/macau/macao/madagascar/
    malawi/malaysia/maldives/mali/malta/marshall islands/mauritania/mauritius/mexico/micronesia/
    federated states of micronesia/moldova/monaco/mongolia/montenegro/morocco/mozambique/myanmar/
    namibia/nauru/nepal/netherlands/the netherlands/new zealand/nicaragua/niger/nigeria/north korea/
    north macedonia/northern ireland/norway/oman/pakistan/palau/palestine/panama/papua new guinea/
    paraguay/peru/philippines/poland/portugal/qatar/republic of georgia/republic of ireland/
    republic of korea/romania/russia/russian federation/rwanda/saint kitts and nevis/saint lucia/
    saint vincent and the grenadines/samoa/san marino/sao tome and principe/saudi arabia/scotland/
    senegal/serbia/seychelles/sierra leone/singapore/slovakia/slovenia/solomon islands/somalia/
    south africa/south korea/korea/south sudan/spain/sri lanka/sudan/suriname/sweden/switzerland/
    syria/taiwan/tajikistan/tanzania/thailand/the bahamas/the gambia/the philippines/togo/tonga/
    trinidad and tobago/tunisia/turkey/turkiye/turkmenistan/turks and caicos islands/tuvalu/uae/
    uganda/uk/ukraine/united arab emirates/united kingdom/uruguay/uzbekistan/vanuatu/vatican city/
    venezuela/vietnam/wales/yemen/zambia/zimbabwe
    """.translate({ord("\n"): None})
    .replace("    ", "")
    .split("/")
)
_EITHER = {
    "georgia": '"Atlanta, Georgia, United States" or "Tbilisi, Republic of Georgia"',
    "virgin islands": '"U.S. Virgin Islands" or "British Virgin Islands"',
}

_DECLARE = "I declare under penalty of perjury"
_LAWS = "under the laws of the United States of America"
_TRUE = "that the foregoing is true and correct."


class PlaceError(ForthwithError):
    """Nobody said, or not clearly enough, where a paper is signed."""

    def __init__(self, place: str) -> None:
        folded = _folded(place.rpartition(",")[2])
        if not place.strip():
            why = "It is not said where the paper is signed"
        elif folded in _EITHER:
            why = f"{place!r} may lie within the United States or outside: {_EITHER[folded]}"
        else:
            why = f"{place!r} does not end in a state or a country written out"
        super().__init__(
            f"{why}. 28 U.S.C. 1746 has one form within the United States and another outside; "
            'give --place "Austin, Texas" or --place "London, England".'
        )


def outside(place: str) -> bool:
    """Say whether a place lies outside the United States. Raises PlaceError."""
    last = _folded(place.rpartition(",")[2])
    if last in _UNITED_STATES or last in _WITHIN:
        return False
    if last in _OUTSIDE:
        return True
    raise PlaceError(place)


def declared(place: str) -> str:
    """Return the words of 28 U.S.C. 1746 for a place of execution. Raises PlaceError."""
    # (1) executed without the United States; (2) within, its territories included.
    parts = (_DECLARE, _LAWS, _TRUE) if outside(place) else (_DECLARE, _TRUE)
    return " ".join(parts)


def _folded(text: str) -> str:
    plain = text.replace("’", "'").replace(".", "").casefold()
    return re.sub(r"\s+", " ", plain).strip()


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
    unresolved: tuple[UnresolvedCitation, ...]
    #: What is wrong with words in quotation marks.
    misquoted: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether there is nothing to say about it."""
        return self.sentence.standing == _SUPPORTED and not (self.unresolved or self.misquoted)

    def lines(self) -> list[str]:
        """Return the mark as lines of the drafter's list."""
        sentence = self.sentence
        return [
            f"{self.number}. [{sentence.id}] {sentence.standing.upper()}: {sentence.text}",
            *([f"   {sentence.why}"] if sentence.why else []),
            *(f"   RED: {cited.cite} {cited.why}" for cited in self.unresolved),
            *(f"   MISQUOTED: {quoted}" for quoted in self.misquoted),
        ]


def verifiers(standings: Iterable[RequestStatus]) -> list[str]:
    """Return who answers under oath, each once."""
    return list(dict.fromkeys(
        standing.response.verifier
        for standing in standings
        if standing.response and standing.response.verifier
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
    request_set = standings[0].set
    numbers = [
        standing.request.number
        for standing in standings
        if standing.response and standing.response.verifier == person
    ]
    which = "Interrogatory No." if len(numbers) == 1 else "Interrogatories Nos."
    yield (
        f"My name is {person}. I answer on behalf of {request_set.asked_of or front.answering} and "
        "furnish the information available to it (Fed. R. Civ. P. 33(b)(1)(B))."
    )
    yield (
        f"I have read the answers to the {set_title(request_set.name)}. They name me as the person "
        f"who answers {which} {', '.join(numbers)}."
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
        *(Numbered(_cited(sentence)) for sentence in sentences),
        *_oath(person, place),
    ]


def margin(sentences: Sequence[Sentence], shelf: CitablePages, text_of: TextOf) -> list[Mark]:
    """Return what the drafter should read beside each sentence, one mark a sentence."""
    return [
        Mark(
            number,
            sentence,
            tuple(shelf.unresolved(sentence.cites)),
            tuple(_misquoted(sentence, shelf, text_of)),
        )
        for number, sentence in enumerate(sentences, 1)
    ]


def _cited(sentence: Sentence) -> str:
    return f"{sentence.text} ({'; '.join(sentence.cites)}.)" if sentence.cites else sentence.text


def _oath(person: str, place: str) -> list[Block]:
    executed = f"Executed on {_BLANK}, at {place.strip().removesuffix('.')}."
    return [Paragraph(declared(place)), Signature(executed, "", person)]


def _misquoted(sentence: Sentence, shelf: CitablePages, text_of: TextOf) -> list[str]:
    """Return a sentence for each quotation that none of the cited documents has."""
    documents = list(dict.fromkeys(
        number
        for cite in sentence.cites
        for _, first, last in shelf.ranges(cite)
        for number in shelf.control_numbers(first, last)
    ))  # fmt: skip
    misquotes = []
    for quoted in quotation.quotations(sentence.text) if documents else ():
        tried = [quotation.match(quoted, text_of(number)) for number in documents]
        if not any(match.found for match in tried):
            misquotes.append(min(tried, key=lambda match: match.distance).says)
    return misquotes
