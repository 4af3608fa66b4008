"""Volumes as they were given: paths, parent folders and archives, opened to be checked together."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from forthwith.check import archives, delivery, together
from forthwith.check.reporting import Report
from forthwith.check.run import run
from forthwith.check.together import Arranged
from forthwith.check.volume import VolumeUnreadableError, open_volume
from forthwith.domain.finding import Finding
from forthwith.seals.seen import WantedSeal
from forthwith.standards import catalogue
from forthwith.standards.loader import Standard


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How volumes are opened."""

    #: Columns of the data load files by their role, by the files' own names.
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: Tried on archives; never written anywhere.
    passwords: Sequence[str] = field(default=(), repr=False)
    #: What is expected of the seals.
    seal: WantedSeal = field(default_factory=WantedSeal)


@dataclass(frozen=True, slots=True)
class GivenVolumes:
    """What was given, opened."""

    arranged: Arranged
    #: On archives in a volume's place that receivers cannot open.
    closed: Sequence[Report]


@contextmanager
def opened(
    places: Sequence[Path], standard: Standard, options: ReadOptions | None = None
) -> Iterator[GivenVolumes]:
    """Open every volume at `places`; what was unpacked to look lies there until this ends.

    Raises VolumeUnreadableError.
    """
    options = options or ReadOptions()
    with ExitStack() as stack:
        roots, closed, irregular = list[Path](), list[Report](), list[Finding]()
        for place in places:
            if place.is_file() and delivery.is_archive(place):
                if archives.refused(place):
                    closed.append(run(place, standard))
                    continue
                archive = place
                place, links = _unpacked(archive, options.passwords, stack)
                irregular += [_irregular(archive, told, standard) for told in links]
            roots += delivery.volumes_in(place) if place.is_dir() else [place]
        volumes = [open_volume(root, standard, options.columns) for root in roots]
        expecting = [replace(volume, wanted_seal=options.seal) for volume in volumes]
        arranged = together.arrange(expecting)
        findings = (*irregular, *arranged.findings)
        yield GivenVolumes(replace(arranged, findings=findings), closed)


def _irregular(archive: Path, told: str, standard: Standard) -> Finding:
    name = archive.name.partition(".")[0]
    return catalogue.finding(
        "VO10", f"{told} ({archive.name})", standard, file=archive.name, volume=name
    )


def _unpacked(
    place: Path, passwords: Sequence[str], stack: ExitStack
) -> tuple[Path, tuple[str, ...]]:
    """Return the folder an archive is unpacked into, named as it is, and what was left packed."""
    above = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forthwith-")))
    into = above / place.name.partition(".")[0]
    into.mkdir()
    irregular = delivery.unpack(place, into, passwords)
    inside = list(into.iterdir())
    if not inside:
        raise VolumeUnreadableError(f"{place} is an archive of nothing. Ask for it again.")
    # An archive of one folder is that folder.
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else into, irregular
