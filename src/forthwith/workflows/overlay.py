"""What differs from a sealed volume: staged as an overlay, checked over the volume, sealed.

The receiver loads an overlay over what they have, so that is what is checked: the volume with its
earlier overlays and this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from forthwith.check.given import ReadOptions
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.finding import Finding
from forthwith.produce import bates_register, overlay
from forthwith.produce.errors import UnknownVolumeError
from forthwith.produce.overlay import Part, StagedOverlay
from forthwith.produce.selection import whole_families
from forthwith.record.productions import Overlay
from forthwith.seals.seen import WantedSeal
from forthwith.standards.loader import Standard
from forthwith.workers.machine import default_workers
from forthwith.workflows import produce as desk
from forthwith.workflows import redacted_volumes, search, unlocking, volume_seal
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.check import check
from forthwith.workflows.matter_access import Workers, access_to, rules_of
from forthwith.workflows.produce import ProductionOptions
from forthwith.workflows.progress import Progress


class ReplacedSinceError(ForthwithError):
    """An overlay is asked of a volume that nobody uses any more."""

    def __init__(self, volume: str, by: str) -> None:
        super().__init__(
            f"{volume} was replaced by {by}: an overlay belongs over the volume that is in use. "
            f"Say --overlay {by}."
        )


class NotAmongThemError(ForthwithError):
    """No document asked for stands in the volume."""

    def __init__(self, volume: str) -> None:
        super().__init__(
            f"None of the documents asked for is in {volume}: an overlay is of documents produced "
            "there. See what it holds with forthwith search, or leave --where out."
        )


@dataclass(frozen=True, slots=True)
class ProducedOverlay:
    """What came of it; `findings` stopped the seal, if there are any."""

    staged: StagedOverlay
    folder: Path
    findings: tuple[Finding, ...]

    @property
    def sealed(self) -> bool:
        """True when the volume has nothing against it that it had not before."""
        return not self.findings


def produce(
    case: CaseFile,
    options: ProductionOptions,
    volume: str,
    parts: Sequence[Part],
    progress: Progress,
) -> ProducedOverlay:
    """Write, over the sealed `volume`, what would go out otherwise today, and seal it.

    The caller holds the matter (`CaseFile.alone`). Raises UnknownVolumeError, ReplacedSinceError,
    NotAmongThemError, StrangeVolumeError, and what `produce.overlay` and the gate of privilege
    refuse.
    """
    if volume not in case.sealed:
        raise UnknownVolumeError(volume)
    later = [other.volume for other in case.sealed.values() if other.replaces == volume]
    if later:
        raise ReplacedSinceError(volume, later[-1])
    bates_register.check_name(desk.sealed_before(case), options.volume, case.overlays)
    standard = case.standard(volume)
    documents = _chosen(case, options, volume)
    redacted_volumes.check_overlaid(case, volume, documents)
    order = desk.order_for(case, options, documents)
    volume_seal.check_stamp(options.timestamp, order.sealed_by, case.folder)
    earlier = desk.as_it_stands(case, volume)
    staging = desk.clear(case, options.volume)
    access = access_to(case.matter, options.passwords)
    rules = rules_of(case.matter, access, options.volume)
    run = Workers(
        options.workers or case.settings.workers or default_workers(),
        case.settings.limits,
        progress,
        rules,
    )
    try:
        unlocking.check(case, options.volume, documents, access)
        staged = overlay.stage(
            staging,
            order,
            documents,
            access,
            standard,
            earlier,
            parts or tuple(Part),
            run=run,
            limits=case.settings.limits,
        )
    finally:
        access.texts.unlink(missing_ok=True)
    base = [case.matter.volumes / volume]
    base += [case.matter.volumes / o.name for o in case.overlays.values() if o.volume == volume]
    found = _new_findings(
        base, staged.root, standard, options.workers or case.settings.workers or default_workers()
    )
    if found:
        return ProducedOverlay(staged, staged.root, found)
    about = {
        "overlays": volume,
        "standard": standard.name,
        "rules": standard.digest,
        "first": staged.changes[0].first,
        "last": staged.changes[-1].last,
    }
    signed = volume_seal.write(case, staged.root, order, staged.manifest, about, options.timestamp)
    desk.shut(case, staged.root)
    sealed = Overlay(
        options.volume,
        volume,
        datetime.now(UTC).isoformat(timespec="seconds"),
        options.reason,
        staged.manifest,
        len(staged.changes),
    )
    note = {
        "where": options.where,
        "queries": [options.query] if options.query else [],
        "parts": [str(part) for part in parts],
        "rules": standard.digest,
        "columns": list(staged.columns),
        "files": dict(staged.files),
        **signed,
    }
    case.seal_overlay(sealed, note)
    return ProducedOverlay(staged, desk.placed(case, staged.root), ())


def _new_findings(
    base: Sequence[Path], root: Path, standard: Standard, workers: int
) -> tuple[Finding, ...]:
    """Return what the volume has against it with the overlay and has not without it."""
    to_come = ReadOptions(seal=WantedSeal(to_come=True))
    given = [*base, root]
    findings = check(given, standard, workers=workers, options=to_come).findings
    if not findings:
        return ()
    before = {_told(finding) for finding in check(base, standard, workers=workers).findings}
    return tuple(finding for finding in findings if _told(finding) not in before)


def _told(finding: Finding) -> tuple[str, ...]:
    return finding.code, finding.bates, finding.message


def _chosen(case: CaseFile, options: ProductionOptions, volume: str) -> list[Document]:
    """Return families of the volume: those with a document asked for, or all."""
    within = {
        ControlNumber(number) for number, (name, _, _) in case.numbers.items() if name == volume
    }
    if options.where or options.query:
        asked = search.chosen(case, options.where, options.query, "ours")
        within &= {document.control_number for document in asked}
    within &= case.documents.keys()
    if not within:
        raise NotAmongThemError(volume)
    return whole_families(list(case.documents.values()), within)
