"""How attorneys, claims, releases and the cut-off stand after every act in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from forthwith.domain.act_bodies import Body
from forthwith.domain.acts import Ledger
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Kind
from forthwith.review.privilege.claims import (
    ATTORNEY,
    CLAIM,
    CUT_OFF,
    RELEASE,
    Attorney,
    Claim,
    CutOff,
    Release,
    Treatment,
)


def attorneys(ledger: Ledger) -> list[Attorney]:
    """Return the attorney list as it stands, by name. Raises BodyError."""
    held = ledger.of(ATTORNEY).items()
    return sorted(
        (Attorney.read(Body(f"attorney {key!r}", act.body)) for key, act in held),
        key=lambda each: each.name.casefold(),
    )


def claims(ledger: Ledger) -> dict[ControlNumber, Claim]:
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


def cut_off(ledger: Ledger) -> CutOff | None:
    """Return the agreed cut-off, or None. Raises BodyError."""
    held = ledger.of(CUT_OFF).get("agreed")
    return None if held is None else CutOff.read(Body("privilege cut-off", held.body))


def releases(ledger: Ledger) -> list[Release]:
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
