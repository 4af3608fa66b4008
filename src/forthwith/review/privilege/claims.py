"""What is withheld as privileged, by whom, on what ground: the values behind the privilege log.

Attorneys, claims, releases and the agreed cut-off are acts in the ledger; this module reads and
writes their bodies, `privilege_ledger` says how they stand. Who took part in a document is
`privilege_people`, what is wrong with a claim `privilege_checks`, the log itself `privilege_log`.

How attorneys, claims, releases and the cut-off stand after every act in the ledger.
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

#: Kinds of acts in the ledger.
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
        made = cls(
            name=body.text("name", None),
            addresses=tuple(each.lower() for each in body.texts("addresses")),
            domains=tuple(each.lower() for each in body.texts("domains")),
            firm=body.text("firm"),
            party=body.text("party"),
            since=body.day("from"),
            until=body.day("to"),
        )
        body.end()
        return made

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
    #: When it was first made and last changed (ISO 8601, UTC).
    made: str = ""
    changed: str = ""

    @property
    def stands(self) -> bool:
        """False for a claim taken back."""
        return self.treatment is not Treatment.WITHDRAWN

    @classmethod
    def read(cls, control: str, body: Body) -> Self:
        """Read the body of an act. Raises BodyError."""
        made = cls(
            control=ControlNumber(control),
            basis=_grounds(control, body.texts("basis")),
            description=body.text("description"),
            treatment=Treatment(body.word("treatment", [each.value for each in Treatment])),
            by=body.text("by"),
            part=body.word("family", ["whole", "part"]) == "part",
            because=body.text("because"),
        )
        body.end()
        return made

    def body(self) -> dict[str, Any]:
        """Return plain data; log number and times are the journal's, not the claim's."""
        return {
            "basis": [each.value for each in self.basis],
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
    known = {each.value for each in Basis}
    if strange := [each for each in words if each not in known]:
        raise BodyError(f"privilege claim {control!r}", f"{strange[0]!r} is no basis")
    return tuple(Basis(each) for each in words)


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
        made = cls(
            control=ControlNumber(body.text("control", None)),
            resembles=ControlNumber(body.text("resembles", None)),
            because=body.text("because", None),
        )
        body.end()
        return made


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
        made = cls(body.known_day("day"), body.text("agreement", None), body.texts("firms"))
        body.end()
        return made

    def act(self) -> Act:
        """Return the act."""
        body = {
            "day": self.day.isoformat(),
            "agreement": self.agreement,
            "firms": list(self.firms),
        }
        return Act(CUT_OFF, "agreed", body)


def attorneys(ledger: Acts) -> list[Attorney]:
    """Return the attorney list as it stands, by name. Raises BodyError."""
    held = ledger.of(ATTORNEY).items()
    return sorted(
        (Attorney.read(Body(f"attorney {key!r}", act.body)) for key, act in held),
        key=lambda each: each.name.casefold(),
    )


def claims(ledger: Acts) -> dict[ControlNumber, Claim]:
    """Return every claim as it stands, those taken back too, by log number. Raises BodyError."""
    made: dict[str, str] = {}
    for act in ledger:
        if act.kind == CLAIM:
            made.setdefault(act.key, act.at)
    found: dict[ControlNumber, Claim] = {}
    # A claim keeps the place of its first act for ever: the place is its number in the log.
    for place, (key, act) in enumerate(ledger.of(CLAIM).items(), 1):
        claim = Claim.read(key, Body(f"privilege claim {key!r}", act.body))
        found[claim.control] = replace(
            claim, log=f"PRIV-{place:04d}", made=made[key], changed=act.at
        )
    return found


def cut_off(ledger: Acts) -> CutOff | None:
    """Return the agreed cut-off, or None. Raises BodyError."""
    held = ledger.of(CUT_OFF).get("agreed")
    return None if held is None else CutOff.read(Body("privilege cut-off", held.body))


def releases(ledger: Acts) -> list[Release]:
    """Return what was released although it resembles a withheld document. Raises BodyError."""
    held = ledger.of(RELEASE).items()
    return [Release.read(Body(f"privilege release {key!r}", act.body)) for key, act in held]


def withheld(
    claimed: Mapping[ControlNumber, Claim], documents: Iterable[Document]
) -> dict[ControlNumber, str]:
    """Return each withheld document with its log number; a container takes all it held along."""
    held = {each.control_number: each for each in documents}
    found: dict[ControlNumber, str] = {}
    for number in held:
        for above in _own_and_containers(number, held):
            claim = claimed.get(above)
            if claim is not None and claim.treatment is Treatment.WITHHELD:
                found[number] = claim.log
                break
    return found


def _own_and_containers(
    number: ControlNumber, held: Mapping[ControlNumber, Document]
) -> list[ControlNumber]:
    """Return a document and every container above it, nearest first."""
    lineage = [number]
    above = held[number].parent
    while above is not None and above in held and above not in lineage:
        lineage.append(above)
        above = held[above].parent
    return [each for each in lineage if each == number or held[each].kind is Kind.CONTAINER]
