"""What is wrong with claims, before the other side says so: each check has a code for ever.

Nothing here decides anything: a finding is cured by claiming again, by a reason, or by a volume.

What a description must not do: give the document away, or say the same of everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Kind
from forthwith.review.privilege.claims import Basis, Claim, Treatment
from forthwith.review.privilege.gate import said
from forthwith.review.privilege.near_duplicates import Text, Twin, words
from forthwith.review.privilege.people import AUTHORS, RECIPIENTS, Roster, day_of, named, people
from forthwith.review.privilege.produced import Shown

#: So many words of the document on end are a quotation, marked as one or not; fewer may be the
#: name of a subject.
LONGEST_RUN = 8
#: Marked as a quotation, fewer will do.
LEAST_QUOTATION = 3
#: One description for so many families describes none of them.
MANY = 5
_QUOTATION = re.compile('["\u201c\u201e\u00ab]([^"\u201c\u201d\u201e\u00ab\u00bb]+)["\u201d\u00bb]')


def given_away(description: str, body: str) -> str:
    """Return the document's own words that a description holds, "" when it holds none."""
    theirs = words(body)
    for quotation in _QUOTATION.findall(description):
        if len(own := words(quotation)) >= LEAST_QUOTATION and _holds(theirs, own):
            return " ".join(own)
    runs = set(_runs(theirs, LONGEST_RUN))
    return next(
        (" ".join(each) for each in _runs(words(description), LONGEST_RUN) if each in runs), ""
    )


def _holds(text: list[str], run: list[str]) -> bool:
    return tuple(run) in set(_runs(text, len(run)))


def _runs(text: list[str], length: int) -> Iterator[tuple[str, ...]]:
    return zip(*(text[start:] for start in range(length)))


def repeated(
    described: Iterable[tuple[ControlNumber, str]], family: Mapping[ControlNumber, ControlNumber]
) -> list[list[ControlNumber]]:
    """Return groups of documents of `MANY` families or more under one description."""
    alike: dict[tuple[str, ...], list[ControlNumber]] = {}
    for control, description in described:
        if key := tuple(words(description)):
            alike.setdefault(key, []).append(control)
    return [each for each in alike.values() if len({family[one] for one in each}) >= MANY]


_ELEMENTS = "Fed. R. Civ. P. 26(b)(5)(A)"
_CLIENT = "Upjohn Co. v. United States, 449 U.S. 383 (1981)"
_CLAWBACK = "Fed. R. Civ. P. 26(b)(5)(B); Fed. R. Evid. 502(b)"
#: Code -> clause and cure.
CHECKS = {
    "PC01": (_ELEMENTS, "claim it again with what is lacking, or mend the document's data"),
    "PC02": (_CLIENT, "put the attorney on the list, claim work product, or take the claim back"),
    "PC03": (
        _CLIENT,
        "list who is counsel or the party's, claim a common interest, or take it back",
    ),
    "PC04": (_ELEMENTS, "describe the nature of the document without its words"),
    "PC05": (_ELEMENTS, "describe each document, or log them by category where that is agreed"),
    "PC06": (_CLAWBACK, "give notice to the receiver and withhold it in a replacement volume"),
    "PC07": (_ELEMENTS, "claim the rest too, or say --family part --because why it is produced"),
    "PC08": (_ELEMENTS, "withhold it until it is redacted"),
    "PC09": (_ELEMENTS, "claim the document, so that the log accounts for its slip-sheet"),
    "PC10": (_ELEMENTS, "produce the document in a replacement volume"),
    "PC11": (_ELEMENTS, "take the claim back, or process the evidence it came from again"),
    "PC12": (_CLAWBACK, "claim it too, or release it with a reason: forthwith privilege release"),
    "PC13": (_CLAWBACK, "claim it and give notice, or release it with a reason"),
    "PC14": (_CLIENT, "give the producing party its domains in [[parties]] of matter.toml"),
}


@dataclass(frozen=True, slots=True)
class ClaimFinding:
    """One thing wrong with a claim, or with what lies around it."""

    code: str
    #: The document it is about; "" when about all.
    control: str
    log: str
    message: str

    @property
    def clause(self) -> str:
        """The rule it rests on."""
        return CHECKS[self.code][0]

    @property
    def cure(self) -> str:
        """What would cure it."""
        return CHECKS[self.code][1]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything the checks look at."""

    claims: Mapping[ControlNumber, Claim]
    documents: Mapping[ControlNumber, Document]
    roster: Roster
    zone: ZoneInfo
    #: Texts of claimed documents.
    texts: Mapping[ControlNumber, Text]
    #: What sealed volumes show.
    shown: Mapping[ControlNumber, Shown]
    #: Withheld documents with their log numbers, those in withheld containers too.
    withheld: Mapping[ControlNumber, str]
    #: Documents like a withheld one, neither claimed nor released.
    twins: Sequence[Twin] = ()

    @property
    def standing(self) -> list[Claim]:
        """Claims that stand, of documents that are there."""
        return [c for c in self.claims.values() if c.stands and c.control in self.documents]

    def lineage(self, document: Document) -> list[Document]:
        """Return a document and all above it: an attachment was sent by who sent its mail."""
        found = [document]
        while (above := found[-1].parent) is not None and above in self.documents:
            if self.documents[above] in found:
                break
            found.append(self.documents[above])
        return found


def findings(review: Review) -> list[ClaimFinding]:
    """Return what every check found, by log number and code."""
    checks = (
        _elements,
        _counsel,
        _strangers,
        _given_away,
        _repeated,
        _produced,
        _families,
        _redactions,
        _slip_sheets,
        _absent,
        _twins,
        _unsaid,
    )
    found = [each for check in checks for each in check(review)]
    return sorted(found, key=lambda each: (each.log or "~", each.control, each.code, each.message))


def _found(code: str, claim: Claim, message: str) -> ClaimFinding:
    return ClaimFinding(code, claim.control, claim.log, message)


def _elements(review: Review) -> Iterator[ClaimFinding]:
    """PC01: nature, date, author, recipients, basis."""
    for claim in review.standing:
        lineage = review.lineage(review.documents[claim.control])
        lacking = [
            name
            for name, held in (
                ("description", bool(claim.description.strip())),
                ("basis", bool(claim.basis)),
                ("date", any(day_of(each, review.zone) for each in lineage)),
                ("author", any(True for each in lineage for _ in named(each, AUTHORS))),
                ("recipients", _received(lineage)),
            )
            if not held
        ]
        if lacking:
            yield _found("PC01", claim, f"the log row has no {', no '.join(lacking)}")


def _received(lineage: Sequence[Document]) -> bool:
    """Say whether recipients are known; a file that nobody sent has none."""
    mails = [each for each in lineage if each.kind is Kind.EMAIL]
    return not mails or any(True for each in mails for _ in named(each, RECIPIENTS))


def _counsel(review: Review) -> Iterator[ClaimFinding]:
    """PC02: no counsel took part; work product needs none."""
    for claim in review.standing:
        if Basis.WORK_PRODUCT in claim.basis:
            continue
        lineage = review.lineage(review.documents[claim.control])
        if not any(
            review.roster.counsel(who, day_of(each, review.zone), claim.basis)
            for each in lineage
            for who in people(each)
        ):
            yield _found(
                "PC02", claim, "no attorney of the list is its author or a recipient on its day"
            )


def _strangers(review: Review) -> Iterator[ClaimFinding]:
    """PC03: an address of neither the party nor counsel breaks the privilege."""
    if not review.roster.sides.own_domains:
        return
    for claim in review.standing:
        seen = dict.fromkeys(
            who.address
            for each in review.lineage(review.documents[claim.control])
            for who in people(each)
            if review.roster.stranger(who, day_of(each, review.zone), claim.basis)
        )
        if seen:
            yield _found(
                "PC03",
                claim,
                f"{', '.join(seen)} took part, neither the party's nor counsel's on that day",
            )


def _given_away(review: Review) -> Iterator[ClaimFinding]:
    """PC04: the description holds words of the document."""
    for claim in review.standing:
        text = review.texts.get(claim.control)
        if text is None:
            continue
        if words := given_away(claim.description, text.text[text.body :]):
            yield _found("PC04", claim, f"the description has the document's own words: {words!r}")


def _repeated(review: Review) -> Iterator[ClaimFinding]:
    """PC05: one description for many families; said once, of the first."""
    family = {number: each.family for number, each in review.documents.items()}
    described = [(each.control, each.description) for each in review.standing]
    for group in repeated(described, family):
        message = f"the same description stands on {len(group):,} documents"
        yield _found("PC05", review.claims[group[0]], message)


def _produced(review: Review) -> Iterator[ClaimFinding]:
    """PC06: claimed after it went out."""
    for claim in review.standing:
        held = review.shown.get(claim.control)
        if held is not None and not held.log:
            message = f"it was produced as {held.first} in the sealed volume {held.volume}"
            yield _found("PC06", claim, message)


def _families(review: Review) -> Iterator[ClaimFinding]:
    """PC07: a family is split, and nobody has said why."""
    members: dict[ControlNumber, list[ControlNumber]] = {}
    for number, document in review.documents.items():
        members.setdefault(document.family, []).append(number)
    for claim in review.standing:
        if claim.treatment is not Treatment.WITHHELD:
            continue
        family = members[review.documents[claim.control].family]
        # A container is not produced itself: what it held is.
        rest = [
            each
            for each in family
            if each not in review.withheld and review.documents[each].kind is not Kind.CONTAINER
        ]
        decided = [c for n in family if (c := review.claims.get(n)) and c.stands and c.part]
        if rest and not decided:
            which = ", ".join(rest[:5]) + (" …" if len(rest) > 5 else "")
            yield _found("PC07", claim, f"it is withheld and {which} of its family is produced")


def _redactions(review: Review) -> Iterator[ClaimFinding]:
    """PC08: claimed in part, and nothing is blacked out."""
    for claim in review.standing:
        if claim.treatment is Treatment.REDACTED:
            yield _found(
                "PC08", claim, "it is claimed in part and has no redactions; it cannot be produced"
            )


def _slip_sheets(review: Review) -> Iterator[ClaimFinding]:
    """PC09, PC10: a slip-sheet whose row is not in the log, or whose claim was taken back."""
    for control, held in review.shown.items():
        claim = review.claims.get(control)
        where = f"the slip-sheet {held.first} in {held.volume} says {held.log}"
        if not held.log:
            continue
        if claim is None:
            yield ClaimFinding("PC09", control, "", f"{where}, and no claim is made for it")
        elif claim.log != held.log:
            yield _found("PC09", claim, f"{where}, and the log {claim.log}")
        elif claim.treatment is not Treatment.WITHHELD:
            yield _found("PC10", claim, f"{where}, and the claim is {claim.treatment}")


def _absent(review: Review) -> Iterator[ClaimFinding]:
    """PC11: the document is not there any more."""
    for claim in review.claims.values():
        if claim.stands and claim.control not in review.documents:
            yield _found("PC11", claim, "there is no such document")


def _twins(review: Review) -> Iterator[ClaimFinding]:
    """PC12, PC13: a document like a withheld one is to be produced, or was."""
    for twin in review.twins:
        held = review.shown.get(twin.control)
        code = "PC13" if held else "PC12"
        out = f"; it went out as {held.first} in {held.volume}" if held else ""
        yield ClaimFinding(code, twin.control, "", f"{said(twin)}{out}")


def _unsaid(review: Review) -> Iterator[ClaimFinding]:
    """PC14: strangers cannot be told, so none was looked for."""
    if review.standing and not review.roster.sides.own_domains:
        message = "the producing party's mail domains are not known: third parties not looked for"
        yield ClaimFinding("PC14", "", "", message)
