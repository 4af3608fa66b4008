"""One run of all checks over one volume, in the order that lets a fault be told from its echoes."""

from __future__ import annotations

import contextlib
import functools
import gc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from forthwith.check import (
    archives,
    attachments,
    bates,
    endorsements,
    families,
    file_names,
    folding,
    loadfiles,
    manifest,
    metadata,
    natives_compared,
    natives_swapped,
    page_images,
    pages,
    people,
    redactions,
    seals,
    text_compared,
)
from forthwith.check import (
    files as delivered,
)
from forthwith.check.context import CheckContext
from forthwith.check.families import Families
from forthwith.check.files import Files
from forthwith.check.manifest import Papers
from forthwith.check.natives_opened import Opened, md5_of, open_native, sha256_of
from forthwith.check.page_images import Looked, PageSeen
from forthwith.check.redactions import Delivered
from forthwith.check.reporting import Report, not_checked
from forthwith.check.volume import Volume, open_volume
from forthwith.check.workers import Pool
from forthwith.domain.finding import Finding
from forthwith.domain.redactions import RedactedDocument
from forthwith.seals.seen import WantedSeal
from forthwith.standards import catalogue
from forthwith.standards.loader import Standard
from forthwith.workers import sandbox

_HEX_OF_SHA256 = 64


def run(
    folder: Path,
    standard: Standard,
    *,
    workers: int = 1,
    load_files_only: bool = False,
    seal: WantedSeal | None = None,
    redacted: Sequence[RedactedDocument] | None = None,
) -> Report:
    """Check the volume at `folder`, or say why an archive in its place cannot be opened.

    Raises VolumeUnreadableError.

    With `load_files_only` no delivered file but the load files is looked into. (Where the standard
    gives no digest of natives, theirs are taken, so that families are counted as in a whole check.)
    `seal` is what is expected of its seal; `redacted` what is redacted in a volume of our own, of
    which nothing goes into the report; None of a volume that is looked at without knowing.
    """
    if folder.is_file():
        return of_archive((folder,), standard)
    with _no_collection():
        volume = open_volume(folder, standard)
    if seal is not None:
        volume = replace(volume, wanted_seal=seal)
    return judge(volume, workers=workers, load_files_only=load_files_only, redacted=redacted)


def judge(
    volume: Volume,
    *,
    workers: int = 1,
    load_files_only: bool = False,
    redacted: Sequence[RedactedDocument] | None = None,
) -> Report:
    """Check a volume whose load files are read already, as `run` does."""
    with Pool(_folders(volume), workers) as pool:
        return _judged(volume, pool, load_files_only=load_files_only, redacted=redacted)


def _folders(volume: Volume) -> tuple[Path, ...]:
    """Return where the files of a volume lie: its own folder, and those of overlays on it."""
    root = volume.folder.root
    overlays = {
        root.joinpath(*way.split("/")[: -len(path.split("/"))]) for way, path in volume.laid.items()
    }
    return (root, *sorted(overlays))


def _judged(
    volume: Volume,
    pool: Pool,
    *,
    load_files_only: bool,
    redacted: Sequence[RedactedDocument] | None,
) -> Report:
    with _no_collection():
        seen = CheckContext(volume)
        findings = list(loadfiles.form(seen))
        if not volume.has("first_bates"):
            # Without it no document can be told from another; `form` has said that it is not there.
            return _report(volume, {}, findings, None, ())
        families_found, blanks = _from_rows(seen, findings)
    opened: dict[int, Opened] = {}
    files: Files | None = None
    looked: Looked | None = None
    papers = Papers()
    if not load_files_only:
        files = delivered.locate(seen)
        papers = manifest.read(volume, pool)
        opened, looked = _from_files(seen, files, papers, pool, findings)
    with _no_collection():
        findings.extend(_from_both(seen, families_found, opened, blanks, looked, papers))
    if looked is not None:
        digests = _digests(seen, papers, opened, looked, pool)
        findings.extend(manifest.papers_and_files(seen, papers, digests, findings[:]))
        findings.extend(seals.judged(seen, papers, findings[:]))
        if redacted is None:
            findings.extend(redactions.theirs(seen, looked, opened, pool))
        elif redacted and files is not None:
            findings.extend(redactions.ours(Delivered(seen, families_found, files), redacted, pool))
    with _no_collection():
        counts = _counts(volume, families_found, files, opened, pool)
    unread = tuple(
        f"{volume.cell('first_bates', row)}: the native was not looked into: {native.unread}"
        for row, native in opened.items()
        if native.unread
    )
    notes = (*seen.notes, *unread, *_outside(load_files_only=load_files_only))
    report = _report(volume, counts, findings, families_found, notes)
    return replace(report, seals=tuple(seen.seals))


def _outside(*, load_files_only: bool) -> tuple[str, ...]:
    """Return the note on files that were opened outside the sandbox, if any were."""
    if load_files_only or not (lacks := sandbox.lacking()):
        return ()
    note = (
        f"The delivered files were opened without the sandbox, because {lacks}: one made to attack "
        "a reader could do on this machine what you can"
    )
    return (note,)


def of_archive(parts: Sequence[Path], standard: Standard) -> Report:
    """Report how an archive is packed, or one in parts.

    Raises VolumeUnreadableError where it can be opened.
    """
    path, *more = parts
    findings = archives.of_archive(path, standard, *more)
    counts = dict.fromkeys(("documents", "families", "pages", "natives", "unique"), 0)
    notes = (f"{path.name} was not unpacked, so what is in it was not checked",)
    return Report(
        path.stem,
        standard.name,
        counts,
        findings,
        notes,
        not_checked(standard),
        catalogue.kinds(standard),
    )


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the cycle collector still: rows make millions of values, all kept, and no cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _from_rows(
    seen: CheckContext, findings: list[Finding]
) -> tuple[Families, list[metadata.Blank]]:
    """Run what the rows alone can tell."""
    resolved = families.resolve(seen.volume)
    findings.extend(bates.numbers(seen))
    findings.extend(families.rows(seen, resolved))
    findings.extend(pages.pages(seen))
    findings.extend(metadata.names(seen))
    findings.extend(metadata.one_zone(seen))
    return resolved, metadata.blanks(seen.volume, resolved, metadata.mail_rows(seen.volume))


def _from_files(
    seen: CheckContext, files: Files, papers: Papers, pool: Pool, findings: list[Finding]
) -> tuple[dict[int, Opened], Looked]:
    """Run what the delivered files tell, one by one; returns natives and pages."""
    findings.extend(delivered.absent(seen, files))
    findings.extend(delivered.names(seen, files))
    root = seen.volume.folder.root
    places = [(row, str(root / path)) for row, path in files.natives.items()]
    digests = frozenset(cell.strip().upper() for cell in seen.volume.column("md5"))
    if not seen.volume.has("md5"):
        digests = frozenset(digest for _, digest in pool.over(md5_of, places, str))
    ready = pool.over(
        functools.partial(open_native, delivered=digests, sha1=seen.volume.has("sha1")),
        [
            (row, (place, str(root / files.texts[row]) if row in files.texts else ""))
            for row, place in places
        ],
        lambda why: Opened(unread=why),
    )
    # Results come as they are ready: in the order of the rows every run is the same.
    opened = dict(sorted(ready, key=lambda pair: pair[0]))
    findings.extend(delivered.natives(seen, files, opened))
    findings.extend(natives_swapped.swapped(seen, opened))
    looked = _look(seen, files, pool, digest=papers.manifest is not None)
    findings.extend(page_images.faults(seen, looked))
    findings.extend(delivered.texts(seen, files, opened))
    return opened, looked


def _look(seen: CheckContext, files: Files, pool: Pool, *, digest: bool) -> Looked:
    """Look at every page image, after a sample that tells how numbers are stamped."""
    rules = seen.volume.standard.images
    of = page_images.documents_of(seen)
    jobs = page_images.jobs(seen, files, of, digest=digest)
    sample = jobs[:: max(1, len(jobs) // endorsements.SAMPLE)][: endorsements.SAMPLE]
    pages = pool.over(page_images.edges, [(job.number, job) for _, job in sample], lambda _: [])
    stamp = endorsements.learned(sorted(pages, key=lambda page: page[0]))
    look = functools.partial(page_images.look, rules=rules, stamp=stamp)
    looked = dict(pool.over(look, jobs, _lost_page))
    # A native that cannot be drawn must not cost the page beside it: once more without.
    again = [
        (path, replace(job, native="")) for path, job in jobs if job.native and looked[path].lost
    ]
    looked.update(pool.over(look, again, _lost_page))
    return Looked(files, looked, of, stamp)


def _lost_page(why: str) -> PageSeen:
    return PageSeen(("IM07", why), lost=True)


def _digests(
    seen: CheckContext,
    papers: Papers,
    opened: dict[int, Opened],
    looked: Looked,
    pool: Pool,
) -> dict[str, str]:
    """Return the SHA-256 of every delivered file, where a manifest has one to compare it with."""
    if papers.manifest is None:
        return {}
    digests = {looked.files.natives[row]: native.sha256 for row, native in opened.items()}
    digests.update((path, page.sha256) for path, page in looked.pages.items())
    digests = {path: digest for path, digest in digests.items() if digest}
    root = seen.volume.folder.root
    left = [(path, str(root / path)) for path in seen.volume.folder.sizes if path not in digests]
    taken = pool.over(sha256_of, left, str)
    digests.update((path, digest) for path, digest in taken if len(digest) == _HEX_OF_SHA256)
    return digests


def _from_both(
    seen: CheckContext,
    resolved: Families,
    opened: dict[int, Opened],
    blanks: list[metadata.Blank],
    looked: Looked | None,
    papers: Papers,
) -> Iterator[Finding]:
    """Run what needs rows and natives together, and last of all what they leave unexplained."""
    nameless: set[int] = set()
    if opened:
        matched, nameless = attachments.compare(seen, resolved, opened)
        yield from attachments.report(seen, resolved, opened, matched)
        yield from file_names.compared(seen, matched)
    rules = seen.volume.standard.formats
    standing = [
        blank
        for blank in blanks
        if not natives_compared.excused(blank, opened.get(blank.row), nameless, rules)
    ]
    yield from metadata.report_blanks(seen, standing)
    yield from metadata.kinds(seen, functools.partial(natives_compared.says, opened))
    yield from metadata.constants(
        seen, natives_compared.confirmed(seen, opened), natives_compared.undated(opened)
    )
    yield from loadfiles.garbled(
        seen, functools.partial(natives_compared.garbled, opened, resolved)
    )
    yield from people.custodians(seen, resolved, papers.custodians)
    yield from people.recipients(seen, opened)
    yield from natives_compared.compare(
        seen, opened, {(blank.row, blank.column.name) for blank in standing}
    )
    if looked is not None:
        yield from text_compared.texts(seen, looked.files, opened)
        yield from page_images.shown(seen, looked, opened)
        yield from manifest.documents(seen, papers)
        yield from delivered.places(seen, looked.files)
    yield from bates.gaps(seen)


def _counts(
    volume: Volume,
    resolved: Families,
    files: Files | None,
    opened: dict[int, Opened],
    pool: Pool,
) -> dict[str, int]:
    """Count as both sides would: from what is delivered alone."""
    tops = [row for row in range(len(volume)) if row not in resolved.parent]
    orphans = sum(len(rows) - 1 for rows in resolved.orphans.values())
    digests = [cell.upper() for cell in volume.column(volume.standard.natives.digest)]
    if not volume.standard.has(volume.standard.natives.digest):
        taken = {row: native.md5 for row, native in opened.items()}
        if files is None:
            places = delivered.locate(CheckContext(volume)).natives
            root = volume.folder.root
            natives_at = [(row, str(root / path)) for row, path in places.items()]
            taken = dict(pool.over(md5_of, natives_at, str))
        digests = [taken.get(row, "") for row in range(len(volume))]
    # A family is unique by the digests of its members in order; one without any stands alone.
    families_seen = {
        sequence if any(sequence) else (volume.bates[top],)
        for top in tops
        if (sequence := tuple(digests[row] for row in resolved.members.get(top, [top])))
    }
    native_rows = volume.column("native_path") if files is None else files.natives
    natives = sum(1 for cell in native_rows if cell) if files is None else len(native_rows)
    return {
        "documents": len(volume),
        "families": len(tops) - orphans,
        "pages": len(volume.pages.ids),
        "natives": natives,
        "unique": len(families_seen),
    }


def _report(
    volume: Volume,
    counts: dict[str, int],
    findings: list[Finding],
    resolved: Families | None,
    notes: tuple[str, ...],
) -> Report:
    if resolved is None:
        counts = {"documents": len(volume), "families": 0, "pages": len(volume.pages.ids),
                  "natives": 0, "unique": 0}  # fmt: skip
    # Once each; what sorts alike stays in the order it was found, the same in every run.
    ordered = folding.ordered(dict.fromkeys(findings))
    return Report(
        volume.name,
        volume.standard.name,
        counts,
        tuple(ordered),
        notes,
        not_checked(volume.standard),
        catalogue.kinds(volume.standard),
    )
