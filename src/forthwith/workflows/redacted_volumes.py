"""Redactions against what was sealed: what goes into a volume, and which volumes lag behind.

A sealed volume is not changed. Where a redaction was added, moved or removed after a document went
out, only a replacement volume carries it; until there is one, this says which documents lag.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forthwith.domain.documents import Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.redactions import Redaction, Redactions
from forthwith.record import journal, redactions
from forthwith.workflows.case_file import CaseFile

#: Under what a sealed volume's journal entry keeps what was redacted in it.
NOTE = "redacted"


class OverlaidRedactionsError(ForthwithError):
    """An overlay would show, or hide, what was redacted otherwise when the volume went out."""

    def __init__(self, volume: str, controls: Sequence[str]) -> None:
        more = f" and {len(controls) - 1:,} more" if len(controls) > 1 else ""
        super().__init__(
            f"Redactions of {controls[0]}{more} have changed since {volume} went out, and an "
            "overlay leaves the delivered files in place. Replace the volume: forthwith produce "
            f"{volume}_R1 --replace {volume}."
        )


@dataclass(frozen=True, slots=True)
class Lagging:
    """Documents of one sealed volume whose redactions are not those they went out with."""

    volume: str
    #: Control numbers, in order.
    controls: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What is so, and what to do."""
        first = self.controls[0]
        more = f" and {len(self.controls) - 1:,} more" if len(self.controls) > 1 else ""
        return (
            f"Redactions of {first}{more} are not those that {self.volume} went out with. A "
            "replacement volume carries them: forthwith produce NAME --replace "
            f'{self.volume} --reason "…"'
        )


def covering(case: CaseFile) -> Redactions:
    """Return what covers something today, by control number."""
    with case.matter.engine.connect() as connection:
        return redactions.covering(connection)


def note_of(standing: Redactions, controls: Sequence[str]) -> dict[str, str]:
    """Return control number -> digest of its redactions, for the journal entry of a volume."""
    return {
        control: _digest(found)
        for control in controls
        if (found := [each for each in standing.get(control, ()) if each.covers])
    }


def _digest(found: Sequence[Redaction]) -> str:
    """Return one digest over what redactions hide and why; who drew them is not in it."""
    rows = sorted(
        [str(each.shape), each.page, list(each.box or ()), each.span, each.reason] for each in found
    )
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:32]


def lagging(case: CaseFile) -> list[Lagging]:
    """Return the sealed volumes with documents whose redactions have changed since."""
    sealed: dict[str, Mapping[str, str]] = {}
    with case.matter.engine.connect() as connection:
        for entry in journal.of(connection, "seal"):
            facts = entry.facts()
            sealed[facts["volume"]] = facts.get(NOTE, {})
    today = note_of(covering(case), list(case.numbers))
    if not today and not any(sealed.values()):
        return []
    found: dict[str, list[str]] = {}
    for control, (volume, _, _) in case.numbers.items():
        if today.get(control, "") != sealed.get(volume, {}).get(control, ""):
            found.setdefault(volume, []).append(control)
    return [Lagging(volume, tuple(sorted(controls))) for volume, controls in found.items()]


def check_overlaid(case: CaseFile, volume: str, documents: Sequence[Document]) -> None:
    """Refuse an overlay of documents whose redactions changed. Raises OverlaidRedactionsError."""
    chosen = {str(document.control_number) for document in documents}
    for lag in lagging(case):
        if lag.volume == volume and (changed := sorted(chosen.intersection(lag.controls))):
            raise OverlaidRedactionsError(volume, changed)
