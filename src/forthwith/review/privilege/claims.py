"""What is withheld as privileged, by whom, on what ground: the values behind the privilege log.

Attorneys, claims, releases and the agreed cut-off are acts in the journal. This module reads and
writes their bodies, and says how each stands after every act. Who took part in a document is
`people`, what is wrong with a claim `checks`, the log itself `log`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Self

from forthwith.domain.act_bodies import Body, BodyError
from forthwith.domain.acts import Act, Acts
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Kind

#: Kinds of acts in the journal.
ATTORNEY, CLAIM, RELEASE = "attorney", "privilege claim", "privilege release"
CUT_OFF = "privilege cut-off"


class Basis(StrEnum):
    """The ground of a claim."""

    ATTORNEY_CLIENT = "AC"
    WORK_PRODUCT = "WP"
    COMMON_INTEREST = "CI"
    JOINT_DEFENSE = "JD"

    @property
    def words(self) -> str:
        """As the log's key says it."""
        return _WORDS[self]


_WORDS = {
    Basis.ATTORNEY_CLIENT: "Attorney-Client",
    Basis.WORK_PRODUCT: "Work Product",
    Basis.COMMON_INTEREST: "Common Interest",
    Basis.JOINT_DEFENSE: "Joint Defense",
}
#: Grounds under which counsel of another party may take part.
SHARED = frozenset({Basis.COMMON_INTEREST, Basis.JOINT_DEFENSE})


class Treatment(StrEnum):
    """What is done with the document; a claim taken back leaves it to be produced."""

    WITHHELD = "withheld"
    REDACTED = "redacted"
    WITHDRAWN = "withdrawn"


class UnknownControlNumberError(ForthwithError):
    """A claim or release names documents that are not there."""

    def __init__(self, numbers: Collection[str]) -> None:
        super().__init__(
            f"No such document: {', '.join(sorted(numbers)[:10])}. Nothing was written: a misspelt "
            "control number would let a privileged document out. See `forthwith documents`."
        )


class EmptyClaimError(ForthwithError):
    """A claim says nothing that another side could assess."""

    def __init__(self, lacking: str) -> None:
        super().__init__(
            f"The claim has no {lacking}. Fed. R. Civ. P. 26(b)(5)(A) wants the claim made "
            "expressly and its nature described, so that others can assess it: give "
            "--basis AC|WP|CI|JD and --description."
        )


class UndecidedFamilyError(ForthwithError):
    """A part of a family was claimed without a reason."""

    def __init__(self) -> None:
        super().__init__(
            "--family part says that the rest of the family is produced on purpose; "
            "say why with --because, or leave it out and decide later."
        )


@dataclass(frozen=True, slots=True)
class Attorney:
    """A lawyer, whose lawyer, and when."""

    name: str
    #: Mailboxes, in lower case.
    addresses: tuple[str, ...] = ()
    #: Mail domains whose every mailbox is of the firm: paralegals and secretaries too.
    domains: tuple[str, ...] = ()
    firm: str = ""
    #: Name of the party advised; "" is the producing party.
    party: str = ""
    #: First and last day as counsel; None where nobody said.
    since: date | None = None
    until: date | None = None

    def on(self, day: date | None) -> bool:
        """Say whether counsel on a day; on a day that nobody knows, whether counsel ever."""
        if day is None:
            return True
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )

    @classmethod
    def read(cls, body: Body) -> Self:
        """Read the body of an act. Raises BodyError."""
        attorney = cls(
            name=body.text("name", None),
            addresses=tuple(address.lower() for address in body.texts("addresses")),
            domains=tuple(domain.lower() for domain in body.texts("domains")),
            firm=body.text("firm"),
            party=body.text("party"),
            since=body.day("from"),
            until=body.day("to"),
        )
        body.end()
        return attorney

    def body(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "name": self.name,
            "addresses": list(self.addresses),
            "domains": list(self.domains),
            "firm": self.firm,
            "party": self.party,
            "from": "" if self.since is None else self.since.isoformat(),
            "to": "" if self.until is None else self.until.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """One document claimed as privileged, as it stands."""

    control: ControlNumber
    basis: tuple[Basis, ...]
    #: The nature of the document, without revealing what is privileged.
    description: str
    treatment: Treatment = Treatment.WITHHELD
    #: Who makes the claim.
    by: str = ""
    #: True when the rest of the family is produced on purpose.
    part: bool = False
    #: Why: of a part, or of a claim taken back.
    because: str = ""
    #: "PRIV-0001": from the order of first claims, so never given to a second document.
    log: str = ""

    @property
    def stands(self) -> bool:
        """False for a claim taken back."""
        return self.treatment is not Treatment.WITHDRAWN

    @classmethod
    def read(cls, control: str, body: Body) -> Self:
        """Read the body of an act. Raises BodyError."""
        claim = cls(
            control=ControlNumber(control),
            basis=_grounds(control, body.texts("basis")),
            description=body.text("description"),
            treatment=Treatment(
                body.word("treatment", [treatment.value for treatment in Treatment])
            ),
            by=body.text("by"),
            part=body.word("family", ["whole", "part"]) == "part",
            because=body.text("because"),
        )
        body.end()
        return claim

    def body(self) -> dict[str, Any]:
        """Return plain data; the log number is the journal's, not the claim's."""
        return {
            "basis": [basis.value for basis in self.basis],
            "description": self.description,
            "treatment": self.treatment.value,
            "by": self.by,
            "family": "part" if self.part else "whole",
            "because": self.because,
        }

    def act(self) -> Act:
        """Return the act. Raises EmptyClaimError, UndecidedFamilyError."""
        if not self.basis:
            raise EmptyClaimError("basis")
        if not self.description.strip():
            raise EmptyClaimError("description")
        if self.part and not self.because.strip():
            raise UndecidedFamilyError
        return Act(CLAIM, self.control, self.body())


def _grounds(control: str, words: Collection[str]) -> tuple[Basis, ...]:
    known = {basis.value for basis in Basis}
    if strange := [word for word in words if word not in known]:
        raise BodyError(f"privilege claim {control!r}", f"{strange[0]!r} is no basis")
    return tuple(Basis(word) for word in words)


@dataclass(frozen=True, slots=True)
class Release:
    """A document released although it resembles a withheld one."""

    control: ControlNumber
    #: The withheld document it resembles.
    resembles: ControlNumber
    because: str

    def act(self) -> Act:
        """Return the act."""
        body = {"control": self.control, "resembles": self.resembles, "because": self.because}
        return Act(RELEASE, f"{self.control} like {self.resembles}", body)

    @classmethod
    def read(cls, body: Body) -> Self:
        """Read the body of an act. Raises BodyError."""
        release = cls(
            control=ControlNumber(body.text("control", None)),
            resembles=ControlNumber(body.text("resembles", None)),
            because=body.text("because", None),
        )
        body.end()
        return release


@dataclass(frozen=True, slots=True)
class CutOff:
    """An agreement that mail with litigation counsel from a day on is withheld and not logged."""

    day: date
    #: Where it is agreed: "Rule 26(f) report, paragraph 7".
    agreement: str
    #: Firms that are litigation counsel; empty: every firm of the producing party.
    firms: tuple[str, ...] = ()

    @classmethod
    def read(cls, body: Body) -> Self:
        """Read the body of an act. Raises BodyError."""
        cut_off = cls(body.known_day("day"), body.text("agreement", None), body.texts("firms"))
        body.end()
        return cut_off

    def act(self) -> Act:
        """Return the act."""
        body = {
            "day": self.day.isoformat(),
            "agreement": self.agreement,
            "firms": list(self.firms),
        }
        return Act(CUT_OFF, "agreed", body)


def attorneys(acts: Acts) -> list[Attorney]:
    """Return the attorney list as it stands, by name. Raises BodyError."""
    latest = acts.of(ATTORNEY).items()
    return sorted(
        (Attorney.read(Body(f"attorney {key!r}", act.body)) for key, act in latest),
        key=lambda attorney: attorney.name.casefold(),
    )


def claims(acts: Acts) -> dict[ControlNumber, Claim]:
    """Return every claim as it stands, those taken back too, by log number. Raises BodyError."""
    standing: dict[ControlNumber, Claim] = {}
    # A claim keeps the place of its first act for ever: the place is its number in the log.
    for place, (key, act) in enumerate(acts.of(CLAIM).items(), 1):
        claim = Claim.read(key, Body(f"privilege claim {key!r}", act.body))
        standing[claim.control] = replace(claim, log=f"PRIV-{place:04d}")
    return standing


def cut_off(acts: Acts) -> CutOff | None:
    """Return the agreed cut-off, or None. Raises BodyError."""
    act = acts.of(CUT_OFF).get("agreed")
    return None if act is None else CutOff.read(Body("privilege cut-off", act.body))


def releases(acts: Acts) -> list[Release]:
    """Return what was released although it resembles a withheld document. Raises BodyError."""
    latest = acts.of(RELEASE).items()
    return [Release.read(Body(f"privilege release {key!r}", act.body)) for key, act in latest]


def withheld(
    claimed: Mapping[ControlNumber, Claim], documents: Iterable[Document]
) -> dict[ControlNumber, str]:
    """Return each withheld document with its log number; a container takes all it held along."""
    by_number = {document.control_number: document for document in documents}
    log_of: dict[ControlNumber, str] = {}
    for number in by_number:
        for above in _own_and_containers(number, by_number):
            claim = claimed.get(above)
            if claim is not None and claim.treatment is Treatment.WITHHELD:
                log_of[number] = claim.log
                break
    return log_of


def _own_and_containers(
    number: ControlNumber, by_number: Mapping[ControlNumber, Document]
) -> list[ControlNumber]:
    """Return a document and every container above it, nearest first."""
    lineage = [number]
    above = by_number[number].parent
    while above is not None and above in by_number and above not in lineage:
        lineage.append(above)
        above = by_number[above].parent
    containers = [above for above in lineage[1:] if by_number[above].kind is Kind.CONTAINER]
    return [number, *containers]
