"""From documents to a sealed volume: staged, checked as a stranger would, then sealed."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from forthwith import check
from forthwith.check import Report
from forthwith.domain.acceptance import Acceptance, name_of
from forthwith.domain.bates import Bates
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.finding import Finding
from forthwith.domain.gate import Gate, GateClosedError, RuleName
from forthwith.domain.redactions import RedactedDocument
from forthwith.plain.counting import count
from forthwith.produce import bates_register, overlay, replaced, stage
from forthwith.produce.bates_register import Sealed
from forthwith.produce.errors import UnknownWithheldError
from forthwith.produce.order import Approval, ProductionOrder
from forthwith.produce.replaced import Earlier
from forthwith.produce.selection import whole_families
from forthwith.produce.stage import Staged
from forthwith.record import interrupted, strangers
from forthwith.record.productions import Production
from forthwith.review.elsewhere import Left
from forthwith.review.privilege import claims as privilege_claims
from forthwith.review.privilege import gate
from forthwith.review.privilege.gate import PrivilegedTwinError
from forthwith.review.screen.proposals import Tier
from forthwith.seals.seen import WantedSeal
from forthwith.standards import loader
from forthwith.standards.loader import Standard
from forthwith.workers.machine import default_workers
from forthwith.workflows import (
    acceptance,
    redacted_passages,
    redacted_volumes,
    redaction_claims,
    unlocking,
    volume_seal,
)
from forthwith.workflows import gate as gates
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.gate import Draft, Reading
from forthwith.workflows.matter_access import Workers, access_to, rules_of
from forthwith.workflows.progress import Progress
from forthwith.workflows.room import conflicts, sampling, screen
from forthwith.workflows.room.conflicts import OpenConflictsError
from forthwith.workflows.room.room import Room
from forthwith.workflows.search import chosen


class WithheldListError(ForthwithError):
    """The list of withheld documents cannot be read."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path}: {why}. It is a CSV with the columns control_number and log_number, one row "
            "for each document withheld."
        )


class StandardChangedError(ForthwithError):
    """A standard's own file is not the one an earlier volume was sealed by."""

    def __init__(self, name: str, pinned: Path) -> None:
        super().__init__(
            f"A volume is sealed by the standard {name}, and its file has changed since: the rules "
            f"as they were lie in {pinned}. Give the changed rules a name of their own, as in "
            f'name = "{name}-2", or put the file back.'
        )


class WordsUnreadError(ForthwithError):
    """Documents would go out without the words that their pictures show."""

    def __init__(self, volume: str, unread: int) -> None:
        show = "shows" if unread == 1 else "show"
        super().__init__(
            f"{volume} is not made: {count(unread, 'document')} {show} pictures whose words nobody "
            f"read, and the text produced for them would lack these. Install "
            "forthwith[ocr] and run `forthwith process --again ocr`; or go on with --without-text, "
            "which the letter will state."
        )


@dataclass(frozen=True, slots=True)
class ProductionOptions:
    """Which documents, under which name, and how."""

    volume: str
    #: Day on the letter.
    day: date
    #: An SQL condition; families are taken whole.
    where: str = ""
    #: A query of the search language; with a condition as well, documents that meet both.
    query: str = ""
    #: By name or as ./FILE.toml; the matter's own when "".
    standard: str = ""
    #: A CSV of privileged documents, besides those claimed in the matter.
    withhold: Path | None = None
    suppress: bool = False
    approved_by: str = ""
    approved_on: date | None = None
    approval_letter: str = ""
    #: The sealed volume whose place this one takes.
    replace: str = ""
    #: Findings accepted as the truth of the evidence, each "CODE@NUMBER".
    accept: tuple[str, ...] = ()
    #: Rules of the gate that stand as they are: "coded", "elsewhere@FW00000012".
    accept_rule: tuple[str, ...] = ()
    #: Why a volume is replaced, or findings or rules of the gate are accepted.
    reason: str = ""
    #: Go on although the words of some pictures were not read.
    without_text: bool = False
    #: Processes; 0 is one a core.
    workers: int = 0
    #: Those that opened what was encrypted when it was processed; never written anywhere.
    passwords: tuple[str, ...] = field(default=(), repr=False)
    #: An authority's address to ask for a time stamp before the seal; or, where it is no address, a
    #: file to write the request into, to be carried to one.
    timestamp: str = ""
    #: Widen boxes to whole lines, so that their length tells nothing.
    even: bool = False
    #: Only these documents, as far as they are not produced yet; and the queries that found them.
    controls: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProducedVolume:
    """What came of it; `standing` are the findings that stopped the seal, if any."""

    staged: Staged
    report: Report
    folder: Path
    #: Findings of the report that are not accepted.
    standing: tuple[Finding, ...] = ()
    #: Names by which those whose cause lies in the evidence can be: "EN03@ABC00000012".
    may_accept: tuple[str, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    #: Documents going out that the privilege screen proposes and nobody decided, by tier.
    proposed: Mapping[str, int] = field(default_factory=dict)
    gate: Gate | None = None

    @property
    def sealed(self) -> bool:
        """True when nothing stood against the seal."""
        return not self.standing


def produce(
    case: CaseFile,
    options: ProductionOptions,
    progress: Progress,
    told: Callable[[Gate], None] = lambda _gate: None,
) -> ProducedVolume:
    """Ask the gate, stage a volume, check it, and seal it if the check is clean.

    `told` is given the gate before anything else, also where it stops the production. The caller
    holds the matter (`CaseFile.alone`). Raises NotProcessedError, ConditionError,
    WithheldListError, StandardChangedError, WordsUnreadError, PasswordsNeededError,
    AcceptanceError, StrangeVolumeError, OpenConflictsError, GateClosedError, NotToBeAcceptedError,
    and what the room `produce` and the gate of privilege refuse.
    """
    standard = loader.load(options.standard or case.settings.standard, case.folder)
    before = sealed_before(case)
    if any(production.standard == standard.name for production in case.sealed.values()):
        _check_unchanged(case, standard)
    bates_register.check_name(before, options.volume, case.overlays)
    strangers.check(case.matter.volumes, {*case.sealed, *case.overlays}, options.volume)
    documents = chosen_documents(case, options, before)
    chosen = {document.control_number for document in documents}
    bates_register.check_documents(before, chosen, options.replace)
    order, passed, waits = _through_the_gate(case, options, documents, standard, progress, told)
    volume_seal.check_stamp(options.timestamp, order.sealed_by, case.folder)
    order = replace(
        order,
        accepted=acceptance.asked_for(options.accept, options.reason, standard),
        let_stand=gates.letter_of(passed),
    )
    _check_words(options, documents, order)
    kept = {ControlNumber(each): (first, last) for each, (_, first, last) in case.numbers.items()}
    earlier = None
    if options.replace:
        bates_register.check_whole(before, options.replace, chosen, case.documents.keys())
        order = replace(order, pages_before=_pages_before(kept), grounds=_grounds(case))
        earlier = as_it_stands(case, options.replace)
    staging = clear(case, options.volume)
    workers = options.workers or case.settings.workers or default_workers()
    access = access_to(case.matter, options.passwords)
    try:
        unlocking.check(case, options.volume, documents, access)
        staged = stage.stage(
            staging,
            order,
            documents,
            access,
            standard,
            _first(before, order, options.replace),
            run=Workers(
                workers,
                case.settings.limits,
                progress,
                rules_of(case.matter, access, options.volume),
            ),
            limits=case.settings.limits,
            earlier=earlier,
            containers=case.containers,
            aside=case.set_aside,
        )
    finally:
        access.texts.unlink(missing_ok=True)
    bates_register.check_numbers(options.volume, kept, staged.numbers)
    # It is signed only once it is clean.
    report = check.run(
        staged.root,
        standard,
        workers=workers,
        seal=WantedSeal(to_come=True),
        redacted=_released(staged, passed),
    )
    judged = acceptance.judged(report, staged, documents, order.accepted, standard)
    if judged.standing:
        return ProducedVolume(
            staged,
            report,
            staged.root,
            judged.standing,
            judged.may_accept,
            order.accepted,
            waits,
            passed,
        )
    place = _seal(case, options, order, staged, before, standard, report, passed)
    return ProducedVolume(
        staged, report, place, accepted=order.accepted, proposed=waits, gate=passed
    )


def _released(staged: Staged, passed: Gate) -> tuple[RedactedDocument, ...]:
    """Return what is redacted, with the numbers of documents in which counsel let it stand."""
    rule = passed.rule(RuleName.ELSEWHERE)
    if not rule.accepted:
        return staged.redacted
    numbers = {str(control): str(first) for control, (first, _) in staged.numbers.items()}
    let: dict[str, list[str]] = {}
    for control, redacted in rule.pairs:
        if control in numbers and redacted in numbers:
            let.setdefault(numbers[redacted], []).append(numbers[control])
    return tuple(
        replace(document, released_in=(*document.released_in, *let.get(document.first, ())))
        for document in staged.redacted
    )


def _through_the_gate(
    case: CaseFile,
    options: ProductionOptions,
    documents: Sequence[Document],
    standard: Standard,
    progress: Progress,
    told: Callable[[Gate], None],
) -> tuple[ProductionOrder, Gate, Mapping[str, int]]:
    """Return the order, the gate it passed, and what the privilege screen proposes, by tier.

    Raises as `produce` does where it does not pass.
    """
    chosen = {document.control_number for document in documents}
    refused: PrivilegedTwinError | None = None
    try:
        order = order_for(case, options, documents)
    except PrivilegedTwinError as twins:
        refused, order = twins, order_of(case, options, len(case.sealed) + 1)
        held = {**privilege_claims.withheld(case.claims, documents), **order.withheld}
        order = replace(order, withheld=held)
    if unknown := sorted(order.withheld.keys() - chosen):
        # A list that is wrong stands before every rule: who typed it must mend it.
        raise UnknownWithheldError(unknown)
    found = conflicts.open_conflicts(case, chosen)
    waiting = screen.waiting(case, chosen - order.withheld.keys())
    strong = [row.control for row in waiting if row.proposal.tier is Tier.STRONG]
    room = Room.open(case.folder) if gates.has_room(case) else None
    try:
        draft = Draft(
            case,
            options.volume,
            standard,
            documents,
            order.withheld,
            lambda: found,
            lambda: refused.twins if refused else (),
            lambda: strong,
            partial(readings, case, standard, progress),
            None if room is None else partial(sampling.sample, sampling.everything(room)),
        )
        asked = gates.ask(draft, options.accept_rule, options.reason)
    finally:
        if room is not None:
            room.close()
    told(asked)
    if refused is not None:
        raise refused
    if found:
        raise OpenConflictsError(found)
    if asked.stopping:
        raise GateClosedError(asked)
    return order, asked, screen.counted(waiting)


def readings(
    case: CaseFile, standard: Standard, progress: Progress, documents: Sequence[Document]
) -> list[Reading]:
    """Return what the redactions of documents come to today: what they hide, what is left."""
    wanted = {str(document.control_number) for document in documents}
    read = redacted_passages.readings(case, wanted, standard, progress)
    return [
        Reading(Left(control, reading.text, reading.passages), reading.stale)
        for control, reading in read.items()
    ]


def _check_words(
    options: ProductionOptions, documents: list[Document], order: ProductionOrder
) -> None:
    """Refuse pictures nobody read, unless told to go on. Raises WordsUnreadError."""
    unread = _unread(documents, order)
    if unread and not options.without_text:
        raise WordsUnreadError(options.volume, unread)


def _unread(documents: Iterable[Document], order: ProductionOrder) -> int:
    return sum(
        document.words_unread and document.control_number not in order.withheld
        for document in documents
    )


def _check_unchanged(case: CaseFile, standard: Standard) -> None:
    """Refuse rules under a name that other rules have. Raises StandardChangedError."""
    pinned = _pinned(case, standard)
    if pinned is not None and pinned.is_file() and pinned.read_bytes() != standard.toml:
        raise StandardChangedError(standard.name, pinned)


def _pinned(case: CaseFile, standard: Standard) -> Path | None:
    """Return where rules of the matter's own are kept as they were; None for those shipped."""
    if standard.name in loader.available():
        return None
    return case.folder / loader.PINNED / f"{standard.name}.toml"


def sealed_before(case: CaseFile) -> list[Sealed]:
    """Return what went out before, as the rules of Bates numbers want it."""
    controls: dict[str, set[ControlNumber]] = {}
    for control_number, (volume, _, _) in case.numbers.items():
        controls.setdefault(volume, set()).add(ControlNumber(control_number))
    return [
        Sealed(
            production.volume,
            Bates.parse(production.first_bates),
            Bates.parse(production.last_bates),
            frozenset(controls.get(production.volume, ())),
            production.replaces,
        )
        for production in case.sealed.values()
    ]


def chosen_documents(
    case: CaseFile, options: ProductionOptions, before: list[Sealed]
) -> list[Document]:
    """Return the families of the documents asked for; by default, those not produced yet."""
    documents = list(case.documents.values())
    if options.where or options.query:
        asked = chosen(case, options.where, options.query, "ours")
        return whole_families(documents, {document.control_number for document in asked})
    produced = {number for volume in before for number in volume.control_numbers}
    if options.controls:
        wanted = {ControlNumber(control) for control in options.controls}
        return whole_families(documents, wanted - produced)
    known = case.documents.keys()
    if not options.replace:
        return whole_families(documents, known - produced)
    replaced = (volume for volume in before if volume.volume == options.replace)
    return whole_families(
        documents, {number for volume in replaced for number in volume.control_numbers} & known
    )


def as_it_stands(case: CaseFile, volume: str) -> Earlier:
    """Return a sealed volume as its receiver has it, overlays loaded in the order sealed.

    Raises ReplacedVolumeError.
    """
    sealed = case.sealed[volume]
    earlier = replaced.opened(case.matter.volumes / volume, sealed.manifest, case.standard(volume))
    for laid in case.overlays.values():
        if laid.volume == volume:
            earlier = overlay.applied(earlier, case.matter.volumes / laid.name, laid.manifest)
    return earlier


def _grounds(case: CaseFile) -> dict[str, str]:
    """Return log number -> ground and description of each claim that stands."""
    return {
        claim.log: f"{', '.join(basis.words for basis in claim.basis)}: {claim.description}"
        for claim in case.claims.values()
        if claim.stands
    }


def _pages_before(kept: Mapping[ControlNumber, tuple[str, str]]) -> dict[ControlNumber, int]:
    return {
        control: Bates.parse(first).pages_to(Bates.parse(last)) or 1
        for control, (first, last) in kept.items()
    }


def clear(case: CaseFile, volume: str) -> Path:
    """Return the staging folder, rid of what an earlier unsealed attempt left.

    Nothing in `volumes/` is touched. Raises StrangeVolumeError for a volume that lies there and
    that the journal does not tell of.
    """
    known = {*case.sealed, *case.overlays}
    strangers.check(case.matter.volumes, known, volume)
    staging = case.folder / "staging"
    staging.mkdir(exist_ok=True)
    left = staging / volume
    if os.path.lexists(left) and volume not in known:
        if left.is_symlink() or not left.is_dir():
            left.unlink()
        else:
            _make_writable(left)
            shutil.rmtree(left)
    return staging


def order_for(
    case: CaseFile, options: ProductionOptions, documents: Sequence[Document]
) -> ProductionOrder:
    """Return the order for a volume of `documents`, what is privileged withheld.

    What is redacted as privileged and has no claim is claimed in part. Raises WithheldListError,
    TakenBackError, and what the gate of privilege refuses.
    """
    standard = options.standard or case.settings.standard
    redactions = redacted_volumes.covering(case)
    own = {document.control_number for document in documents}
    redaction_claims.claim(case, own, redactions, standard)
    reasons = loader.load(standard, case.folder).redaction_reasons
    order = order_of(case, options, len(case.sealed) + 1)
    withheld = gate.held_back(
        case.acts,
        case.table,
        case.documents,
        documents,
        order.withheld,
        redaction_claims.privileged(redactions, reasons),
    )
    return replace(order, withheld=withheld, redactions=redactions, even=options.even)


def order_of(case: CaseFile, options: ProductionOptions, ordinal: int) -> ProductionOrder:
    """Return the order for a volume under the matter's settings. Raises WithheldListError."""
    settings = case.settings
    letter = settings.letter
    approval = None
    if options.approved_by and options.approved_on:
        approval = Approval(options.approved_by, options.approved_on, options.approval_letter)
    return ProductionOrder(
        volume=options.volume,
        prefix=settings.bates_prefix,
        width=settings.bates_width,
        matter_name=settings.name,
        matter_number=settings.number,
        day=options.day,
        producing_party=letter.get("producing_party", ""),
        requesting_staff=letter.get("requesting_staff", ""),
        signer=letter.get("signer", ""),
        ordinal=ordinal,
        time_zone=settings.time_zone,
        matter_zone=settings.time_zone,
        confidentiality=letter.get("confidentiality", ""),
        withheld=_withheld(options.withhold) if options.withhold else {},
        suppress_duplicates=options.suppress,
        approval=approval,
        replaces=options.replace,
        reason=options.reason,
        sealed_by=volume_seal.sealed_by(case),
    )


def _withheld(path: Path) -> Mapping[ControlNumber, str]:
    if not path.is_file():
        raise WithheldListError(path, "there is no such file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise WithheldListError(path, f"not UTF-8 text in columns ({wrong})") from wrong
    if not rows or not {"control_number", "log_number"} <= rows[0].keys():
        raise WithheldListError(path, "the columns are not there, or no row is")
    if blank := next(
        (row for row in rows if not (row["control_number"] and row["log_number"])), None
    ):
        raise WithheldListError(path, f"a row is not complete: {blank}")
    return {ControlNumber(row["control_number"].strip()): row["log_number"].strip() for row in rows}


def _first(before: list[Sealed], order: ProductionOrder, replace: str) -> int:
    for volume in before:
        if volume.volume == replace:
            return volume.first.number
    return bates_register.next_number(before, order.prefix)


def _seal(
    case: CaseFile,
    options: ProductionOptions,
    order: ProductionOrder,
    staged: Staged,
    before: list[Sealed],
    standard: Standard,
    report: Report,
    passed: Gate,
) -> Path:
    """Sign and shut the volume, write it into register and journal, then move it to its place.

    Interrupted before the journal it is an attempt; after, the next command moves it.
    """
    proposed = bates_register.Proposed(
        options.volume, staged.first, staged.last, list(staged.numbers), options.replace
    )
    bates_register.admit(before, proposed)
    about = {
        "standard": standard.name,
        "rules": standard.digest,
        "replaces": options.replace,
        "first": str(staged.first),
        "last": str(staged.last),
    }
    signed = volume_seal.write(case, staged.root, order, staged.manifest, about, options.timestamp)
    shut(case, staged.root)
    production = Production(
        options.volume,
        standard.name,
        datetime.now(UTC).isoformat(timespec="seconds"),
        str(staged.first),
        str(staged.last),
        len(before) + 1,
        options.replace,
        staged.manifest,
    )
    ranges = [(number, str(first), str(last)) for number, (first, last) in staged.numbers.items()]
    note: dict[str, object] = {
        "counts": staged.counts,
        "where": options.where,
        "queries": [*options.queries, *([options.query] if options.query else [])],
        "without_text": staged.words_unread,
        "rules": standard.digest,
        "gate": gates.note_of(passed),
        **signed,
    }
    redacted = redacted_volumes.note_of(order.redactions, [*staged.numbers])
    if redacted:
        note[redacted_volumes.NOTE] = redacted
    if options.replace:
        note["reason"] = options.reason
    if options.accept:
        note["accepted"] = [
            {"finding": name_of(finding, report.volume), "message": finding.message}
            for finding in report.findings
        ]
        note["accepted_because"] = options.reason
        note["recalled"] = [[recall.first, recall.last, recall.log] for recall in staged.recalled]
    if (pinned := _pinned(case, standard)) is not None:
        # The volume must be read by the rules it was written by, whatever becomes of their file.
        if not pinned.is_file() or pinned.read_bytes() != standard.toml:
            pinned.parent.mkdir(parents=True, exist_ok=True)
            interrupted.write_whole(pinned, standard.toml)
        pinned.chmod(0o444)
        note["rules_file"] = pinned.relative_to(case.folder).as_posix()
    case.seal(production, ranges, note)
    return placed(case, staged.root)


def shut(case: CaseFile, staged: Path) -> None:
    """Make the files of a staged folder read-only, and put them on disk."""
    case.matter.volumes.mkdir(exist_ok=True)
    for path in staged.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    case.matter.evidence.sync()


def placed(case: CaseFile, staged: Path) -> Path:
    """Move a staged folder, of which the journal tells by now, among the volumes."""
    place = case.matter.volumes / staged.name
    interrupted.move(staged, place)
    return place


def _make_writable(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
