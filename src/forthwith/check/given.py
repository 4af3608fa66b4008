"""Volumes as they were given: paths, parent folders and archives, opened to be checked together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from forthwith.check import archives, delivered, delivery, parcels, together
from forthwith.check.parcels import Parcel, Secrets
from forthwith.check.reporting import Report
from forthwith.check.run import of_archive
from forthwith.check.together import Arranged
from forthwith.check.volume import VolumeUnreadableError, open_volume
from forthwith.domain.finding import Finding
from forthwith.parcels.parts import is_part, joined_name, parts_of
from forthwith.seals.seen import WantedSeal
from forthwith.standards import catalogue
from forthwith.standards.loader import Standard
from forthwith.workers import scratch


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How volumes are opened."""

    #: Columns of the data load files by their role, by the files' own names.
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: Tried on archives; never written anywhere.
    passwords: Sequence[str] = field(default=(), repr=False)
    #: Files of secret keys, tried on what is encrypted as a whole.
    identities: Sequence[Path] = ()
    #: The receipt, as JSON, that what came is held against.
    receipt: Path | None = None
    #: Asks a person for the password of what it names; None where nobody is there.
    ask: Callable[[str], str] | None = None
    #: What is expected of the seals.
    seal: WantedSeal = field(default_factory=WantedSeal)


@dataclass(frozen=True, slots=True)
class GivenVolumes:
    """What was given, opened."""

    arranged: Arranged
    #: On archives in a volume's place that receivers cannot open.
    closed: Sequence[Report]
    #: What should be said beside the findings.
    notes: Sequence[str] = ()


@contextmanager
def opened(
    places: Sequence[Path], standard: Standard, options: ReadOptions | None = None
) -> Iterator[GivenVolumes]:
    """Open every volume at `places`; what was unpacked to look lies there until this ends.

    Raises VolumeUnreadableError, and what `parcels.opened` refuses.
    """
    options = options or ReadOptions()
    secrets = Secrets(options.passwords, options.identities, options.ask)
    receipt = delivered.read(options.receipt) if options.receipt is not None else None
    with ExitStack() as stack:
        roots, closed, irregular = list[Path](), list[Report](), list[Finding]()
        files = {place: parts_of(place) for place in _once(places) if place.is_file()}
        if receipt is not None:
            delivered.compare_files(list(files.values()), receipt)
        came = {place: parcels.opened(parts, secrets, stack) for place, parts in files.items()}
        if receipt is not None:
            for opened_parcel in came.values():
                delivered.compare_inside(opened_parcel, receipt)
        for place in _once(places):
            if (parcel := came.get(place)) is not None and delivery.is_archive(*parcel.inside):
                if archives.refused(*parcel.inside):
                    closed.append(of_archive(parcel.inside, standard))
                    continue
                place, links = _unpacked(parcel, secrets, stack)
                irregular += [_irregular(parcel.given[0], told, standard) for told in links]
            elif parcel is not None and parcel.inside != parcel.given:
                raise VolumeUnreadableError(
                    f"{parcel.given[0]} was opened, and what is in it is no archive of a volume. "
                    "Ask the sender what it is."
                )
            roots += delivery.volumes_in(place) if place.is_dir() else [place]
        notes = [delivered.compare_volumes(roots, receipt)] if receipt is not None else []
        volumes = [open_volume(root, standard, options.columns) for root in roots]
        expecting = [replace(volume, wanted_seal=options.seal) for volume in volumes]
        arranged = together.arrange(expecting)
        findings = (*irregular, *arranged.findings)
        yield GivenVolumes(replace(arranged, findings=findings), closed, notes)


def _irregular(archive: Path, told: str, standard: Standard) -> Finding:
    name = archive.name.partition(".")[0]
    return catalogue.finding(
        "VO10", f"{told} ({archive.name})", standard, file=archive.name, volume=name
    )


def _once(places: Sequence[Path]) -> list[Path]:
    """Return the places, of a file in parts only the first part that was named."""
    seen: set[Path] = set()
    kept: list[Path] = []
    for place in places:
        whole = place.with_name(joined_name(place.name)) if is_part(place.name) else place
        if whole not in seen or whole == place:
            kept.append(place)
        seen.add(whole)
    return kept


def _unpacked(parcel: Parcel, secrets: Secrets, stack: ExitStack) -> tuple[Path, tuple[str, ...]]:
    """Return the folder an archive is unpacked into, named as it is, and what was left packed."""
    private = stack.enter_context(scratch.folder(parcels.PRIVATE))
    into = private / (parcel.name.partition(".")[0] or "volume")
    into.mkdir()
    if delivery.is_locked(*parcel.inside):
        secrets.asked(parcel.name)
    irregular = delivery.unpack(parcel.inside, into, secrets.passwords)
    inside = list(into.iterdir())
    if not inside:
        raise VolumeUnreadableError(f"{parcel.name} is an archive of nothing. Ask for it again.")
    # An archive of one folder is that folder.
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else into, irregular
