"""From documents to a sealed volume: staged, checked as a stranger would, then sealed."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from forthwith import check
from forthwith.check import Report
from forthwith.domain.bates import Bates
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.errors import ForthwithError
from forthwith.produce import bates_register, stage
from forthwith.produce.bates_register import Sealed
from forthwith.produce.order import Approval, ProductionOrder
from forthwith.produce.selection import whole_families
from forthwith.produce.stage import Staged
from forthwith.record import acts, productions
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.record.workers import default_workers
from forthwith.review.privilege import gate as privilege_gate
from forthwith.standards import loader
from forthwith.standards.loader import Standard
from forthwith.workflows.matter_access import Workers, access_to
from forthwith.workflows.progress import Progress


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


@dataclass(frozen=True, slots=True)
class ProductionOptions:
    """Which documents, under which name, and how."""

    volume: str
    where: str = ""
    standard: str = ""
    withhold: Path | None = None
    suppress: bool = False
    approved_by: str = ""
    approved_on: date | None = None
    approval_letter: str = ""
    replace: str = ""
    #: Day on the letter.
    day: date | None = None
    workers: int = 0
    #: Only these documents, as far as they are not produced yet; and the queries that found them.
    controls: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Produced:
    """What came of it; `report` has the findings that stopped the seal, if any."""

    staged: Staged
    report: Report
    folder: Path

    @property
    def sealed(self) -> bool:
        """True when nothing stood against the seal."""
        return not self.report.findings


def make(matter: Matter, wish: ProductionOptions, steps: Progress) -> Produced:
    """Stage, check, and seal if clean."""
    standard = loader.load(wish.standard or matter.settings.standard, matter.folder)
    with matter.engine.connect() as connection:
        before = _sealed(connection)
        numbers = productions.numbers(connection)
        by = {each.standard for each in productions.sealed(connection)}
    if standard.name in by:
        _check_unchanged(matter, standard)
    bates_register.check_name(before, wish.volume)
    documents = _chosen(matter, wish, before)
    bates_register.check_documents(
        before, {each.control_number for each in documents}, wish.replace
    )
    order = order_of(matter, wish, len(before) + 1)
    order = replace(order, withheld=_held_back(matter, documents, order.withheld))
    if wish.replace:
        known = {each.control_number for each in DocumentTable(matter.derived).ask()}
        chosen = {each.control_number for each in documents}
        bates_register.check_whole(before, wish.replace, chosen, known)
    kept = {ControlNumber(each): (first, last) for each, (_, first, last) in numbers.items()}
    if wish.replace:
        order = replace(order, pages_before=_pages_before(kept))
    staging = _clear(matter, wish.volume, before)
    workers = wish.workers or default_workers()
    access = access_to(matter)
    try:
        staged = stage.stage(
            staging,
            order,
            documents,
            access,
            standard,
            _first(before, order, wish.replace),
            run=Workers(workers, matter.settings.limits, steps),
        )
    finally:
        access.texts.unlink(missing_ok=True)
    bates_register.check_numbers(wish.volume, kept, staged.numbers)
    report = check.run(staged.root, standard, workers=workers)
    if report.findings:
        return Produced(staged, report, staged.root)
    return Produced(staged, report, _seal(matter, wish, staged, before, standard))


def _check_unchanged(matter: Matter, standard: Standard) -> None:
    """Refuse rules under a name that other rules have. Raises StandardChangedError."""
    pinned = _pinned(matter, standard)
    if pinned is not None and pinned.is_file() and pinned.read_bytes() != standard.toml:
        raise StandardChangedError(standard.name, pinned)


def _pinned(matter: Matter, standard: Standard) -> Path | None:
    """Return where rules of the matter's own are kept as they were; None for those shipped."""
    if standard.name in loader.available():
        return None
    return matter.folder / loader.PINNED / f"{standard.name}.toml"


def _sealed(connection: object) -> list[Sealed]:
    held: dict[str, set[str]] = {}
    for control_number, (volume, _, _) in productions.numbers(connection).items():  # type: ignore[arg-type]
        held.setdefault(volume, set()).add(control_number)
    return [
        Sealed(
            each.volume,
            Bates.parse(each.first_bates),
            Bates.parse(each.last_bates),
            frozenset(ControlNumber(number) for number in held.get(each.volume, ())),
            each.replaces,
        )
        for each in productions.sealed(connection)  # type: ignore[arg-type]
    ]


def _chosen(matter: Matter, wish: ProductionOptions, before: list[Sealed]) -> list[Document]:
    """Return the families of the documents asked for; without a wish, those not produced yet."""
    table = DocumentTable(matter.derived)
    documents = list(table.ask())
    if wish.where:
        return whole_families(documents, {each.control_number for each in table.ask(wish.where)})
    produced = {number for each in before for number in each.control_numbers}
    if wish.controls:
        return whole_families(documents, {ControlNumber(each) for each in wish.controls} - produced)
    replaced = {n for each in before if each.volume == wish.replace for n in each.control_numbers}
    known = {each.control_number for each in documents}
    return whole_families(documents, replaced & known if wish.replace else known - produced)


def _held_back(
    matter: Matter, documents: list[Document], listed: Mapping[ControlNumber, str]
) -> Mapping[ControlNumber, str]:
    """Add what is claimed as privileged to what is listed; a twin of either stops here."""
    table = DocumentTable(matter.derived)
    return privilege_gate.held_back(acts.read(matter), table, documents, listed)


def _pages_before(kept: Mapping[ControlNumber, tuple[str, str]]) -> dict[ControlNumber, int]:
    return {
        each: Bates.parse(first).pages_to(Bates.parse(last)) or 1
        for each, (first, last) in kept.items()
    }


def _clear(matter: Matter, volume: str, before: list[Sealed]) -> Path:
    """Return the staging folder, rid of what an earlier unsealed attempt left."""
    staging = matter.folder / "staging"
    staging.mkdir(exist_ok=True)
    for left in (staging / volume, matter.volumes / volume):
        if left.exists() and volume not in {each.volume for each in before}:
            _writable(left)
            shutil.rmtree(left)
    return staging


def order_of(matter: Matter, wish: ProductionOptions, ordinal: int) -> ProductionOrder:
    """Return the order this wish makes under the matter's settings."""
    settings = matter.settings
    letter = settings.letter
    return ProductionOrder(
        volume=wish.volume,
        prefix=settings.bates_prefix,
        width=settings.bates_width,
        matter_name=settings.name,
        matter_number=settings.number,
        day=wish.day or datetime.now(UTC).date(),
        producing_party=letter.get("producing_party", ""),
        requesting_staff=letter.get("requesting_staff", ""),
        signer=letter.get("signer", ""),
        ordinal=ordinal,
        time_zone=settings.time_zone,
        matter_zone=settings.time_zone,
        confidentiality=letter.get("confidentiality", ""),
        withheld=_withheld(wish.withhold) if wish.withhold else {},
        suppress_duplicates=wish.suppress,
        approval=_approval(wish),
        replaces=wish.replace,
    )


def _approval(wish: ProductionOptions) -> Approval | None:
    if not (wish.approved_by and wish.approved_on):
        return None
    return Approval(wish.approved_by, wish.approved_on, wish.approval_letter)


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
    for each in before:
        if each.volume == replace:
            return each.first.number
    return bates_register.next_number(before, order.prefix)


def _seal(
    matter: Matter,
    wish: ProductionOptions,
    staged: Staged,
    before: list[Sealed],
    standard: Standard,
) -> Path:
    """Move the volume to its place, shut it, and write it into ledger and journal at once."""
    proposed = bates_register.Proposed(
        wish.volume, staged.first, staged.last, list(staged.numbers), wish.replace
    )
    bates_register.admit(before, proposed)
    place = matter.volumes / wish.volume
    matter.volumes.mkdir(exist_ok=True)
    for path in staged.root.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    staged.root.rename(place)
    matter.evidence.sync()
    production = productions.Production(
        wish.volume,
        standard.name,
        datetime.now(UTC).isoformat(timespec="seconds"),
        str(staged.first),
        str(staged.last),
        len(before) + 1,
        wish.replace,
        staged.manifest,
    )
    ranges = [(number, str(first), str(last)) for number, (first, last) in staged.numbers.items()]
    note: dict[str, object] = {
        "counts": staged.counts,
        "where": wish.where,
        "queries": list(wish.queries),
        "rules": standard.digest,
    }
    if (pinned := _pinned(matter, standard)) is not None:
        # The volume must be read by the rules it was written by, whatever becomes of their file.
        pinned.parent.mkdir(parents=True, exist_ok=True)
        pinned.unlink(missing_ok=True)
        pinned.write_bytes(standard.toml)
        pinned.chmod(0o444)
        note["rules_file"] = pinned.relative_to(matter.folder).as_posix()
    with matter.engine.begin() as connection:
        productions.seal(connection, production, ranges, note)
    return place


def _writable(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
