"""What is wrong with claims, before the other side says so: each check has a code for ever.

Nothing here decides anything: a finding is cured by claiming again, by a reason, or by a volume.
What each code means is said in `standards/findings/claims.toml`.

What a description must not do: give the document away, or say the same of everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Kind
from forthwith.domain.finding import Finding
from forthwith.review.privilege.claims import Basis, Claim, Treatment
from forthwith.review.privilege.gate import said
from forthwith.review.privilege.near_duplicates import Text, Twin, words
from forthwith.review.privilege.people import AUTHORS, RECIPIENTS, Roster, day_of, named, people
from forthwith.standards import catalogue

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
        (" ".join(run) for run in _runs(words(description), LONGEST_RUN) if run in runs), ""
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
    return [group for group in alike.values() if len({family[number] for number in group}) >= MANY]


@dataclass(frozen=True, slots=True)
class Shown:
    """One document in the last volume that holds it: produced, or a slip-sheet."""

    volume: str
    first: str
    last: str
    #: Log number on its slip-sheet; "" when it was produced.
    log: str = ""


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
    #: Documents of which something is redacted as privileged.
    blacked: frozenset[ControlNumber] = frozenset()

    @property
    def standing(self) -> list[Claim]:
        """Claims that stand, of documents that are there."""
        return [c for c in self.claims.values() if c.stands and c.control in self.documents]

    def lineage(self, document: Document) -> list[Document]:
        """Return a document and all above it: an attachment was sent by who sent its mail."""
        lineage = [document]
        while (above := lineage[-1].parent) is not None and above in self.documents:
            if self.documents[above] in lineage:
                break
            lineage.append(self.documents[above])
        return lineage


def findings(review: Review) -> list[Finding]:
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
        _unclaimed,
        _slip_sheets,
        _absent,
        _twins,
        _unsaid,
    )
    claim_findings = [finding for check in checks for finding in check(review)]
    return sorted(claim_findings, key=_order)


def _order(finding: Finding) -> tuple[str, str, str, str]:
    return finding.log or "~", finding.control, finding.code, finding.message


def _of(code: str, claim: Claim, message: str) -> Finding:
    return catalogue.finding(code, message, control=claim.control, log=claim.log)


def _elements(review: Review) -> Iterator[Finding]:
    """PC01: nature, date, author, recipients, basis."""
    for claim in review.standing:
        lineage = review.lineage(review.documents[claim.control])
        lacking = [
            name
            for name, present in (
                ("description", bool(claim.description.strip())),
                ("basis", bool(claim.basis)),
                ("date", any(day_of(document, review.zone) for document in lineage)),
                ("author", any(True for document in lineage for _ in named(document, AUTHORS))),
                ("recipients", _received(lineage)),
            )
            if not present
        ]
        if lacking:
            yield _of("PC01", claim, f"the log row has no {', no '.join(lacking)}")


def _received(lineage: Sequence[Document]) -> bool:
    """Say whether recipients are known; a file that nobody sent has none."""
    mails = [document for document in lineage if document.kind is Kind.EMAIL]
    return not mails or any(True for mail in mails for _ in named(mail, RECIPIENTS))


def _counsel(review: Review) -> Iterator[Finding]:
    """PC02: no counsel took part; work product needs none."""
    for claim in review.standing:
        if Basis.WORK_PRODUCT in claim.basis:
            continue
        lineage = review.lineage(review.documents[claim.control])
        if not any(
            review.roster.counsel(who, day_of(document, review.zone), claim.basis)
            for document in lineage
            for who in people(document)
        ):
            yield _of(
                "PC02", claim, "no attorney of the list is its author or a recipient on its day"
            )


def _strangers(review: Review) -> Iterator[Finding]:
    """PC03: an address of neither the party nor counsel breaks the privilege."""
    if not review.roster.sides.own_domains:
        return
    for claim in review.standing:
        addresses = dict.fromkeys(
            who.address
            for document in review.lineage(review.documents[claim.control])
            for who in people(document)
            if review.roster.stranger(who, day_of(document, review.zone), claim.basis)
        )
        if addresses:
            yield _of(
                "PC03",
                claim,
                f"{', '.join(addresses)} took part, neither the party's nor counsel's on that day",
            )


def _given_away(review: Review) -> Iterator[Finding]:
    """PC04: the description holds words of the document."""
    for claim in review.standing:
        text = review.texts.get(claim.control)
        if text is None:
            continue
        if words := given_away(claim.description, text.text[text.body :]):
            yield _of("PC04", claim, f"the description has the document's own words: {words!r}")


def _repeated(review: Review) -> Iterator[Finding]:
    """PC05: one description for many families; said once, of the first."""
    family = {number: document.family for number, document in review.documents.items()}
    described = [(claim.control, claim.description) for claim in review.standing]
    for group in repeated(described, family):
        message = f"the same description stands on {len(group):,} documents"
        yield _of("PC05", review.claims[group[0]], message)


def _produced(review: Review) -> Iterator[Finding]:
    """PC06: claimed after it went out."""
    for claim in review.standing:
        produced = review.shown.get(claim.control)
        if produced is not None and not produced.log:
            message = f"it was produced as {produced.first} in the sealed volume {produced.volume}"
            yield _of("PC06", claim, message)


def _families(review: Review) -> Iterator[Finding]:
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
            number
            for number in family
            if number not in review.withheld and review.documents[number].kind is not Kind.CONTAINER
        ]
        decided = [c for n in family if (c := review.claims.get(n)) and c.stands and c.part]
        if rest and not decided:
            which = ", ".join(rest[:5]) + (" …" if len(rest) > 5 else "")
            yield _of("PC07", claim, f"it is withheld and {which} of its family is produced")


def _redactions(review: Review) -> Iterator[Finding]:
    """PC08: claimed in part, and nothing is blacked out."""
    for claim in review.standing:
        if claim.treatment is Treatment.REDACTED and claim.control not in review.blacked:
            yield _of(
                "PC08", claim, "it is claimed in part and has no redactions; it cannot be produced"
            )


def _unclaimed(review: Review) -> Iterator[Finding]:
    """PC15: blacked out as privileged, and not claimed."""
    claimed = {claim.control for claim in review.standing}
    for control in sorted(review.blacked - claimed):
        message = "it is redacted as privileged, and no claim of it stands"
        yield catalogue.finding("PC15", message, control=control)


def _slip_sheets(review: Review) -> Iterator[Finding]:
    """PC09, PC10: a slip-sheet whose row is not in the log, or whose claim was taken back."""
    for control, sheet in review.shown.items():
        claim = review.claims.get(control)
        where = f"the slip-sheet {sheet.first} in {sheet.volume} says {sheet.log}"
        if not sheet.log:
            continue
        if claim is None:
            yield catalogue.finding(
                "PC09", f"{where}, and no claim is made for it", control=control
            )
        elif claim.log != sheet.log:
            yield _of("PC09", claim, f"{where}, and the log {claim.log}")
        elif claim.treatment is not Treatment.WITHHELD:
            yield _of("PC10", claim, f"{where}, and the claim is {claim.treatment}")


def _absent(review: Review) -> Iterator[Finding]:
    """PC11: the document is not there any more."""
    for claim in review.claims.values():
        if claim.stands and claim.control not in review.documents:
            yield _of("PC11", claim, "there is no such document")


def _twins(review: Review) -> Iterator[Finding]:
    """PC12, PC13: a document like a withheld one is to be produced, or was."""
    for twin in review.twins:
        produced = review.shown.get(twin.control)
        code = "PC13" if produced else "PC12"
        out = f"; it went out as {produced.first} in {produced.volume}" if produced else ""
        yield catalogue.finding(code, f"{said(twin)}{out}", control=twin.control)


def _unsaid(review: Review) -> Iterator[Finding]:
    """PC14: strangers cannot be told, so none was looked for."""
    if review.standing and not review.roster.sides.own_domains:
        message = "the producing party's mail domains are not known: third parties not looked for"
        yield catalogue.finding("PC14", message)
