"""Go through every file of a volume, each opened to its last layer in a worker of its own."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from forthwith.check.sweep.layers import Sweep, Swept
from forthwith.check.sweep.sought import Found, Sought
from forthwith.check.volume import Volume
from forthwith.check.workers import Pool
from forthwith.domain.evidence import Limits
from forthwith.plain.counting import count
from forthwith.plain.regular_files import open_regular

#: A larger file is swept in parts of this size, bytes, which overlap by that much.
_PART, _OVERLAP = 64 * 2**20, 2**16
_LARGEST = Limits().item_bytes
_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class SweepJob:
    """One file to be swept."""

    path: str
    #: Whether the readers of evidence are asked as well: natives, and what nobody names.
    read: bool = False


def sweep_file(job: SweepJob, sought: Sought) -> Swept:
    """Sweep one file to its last layer."""
    sweep = Sweep(sought)
    try:
        with open_regular(job.path) as file:
            data = file.read(_LARGEST + 1)
            if len(data) <= _LARGEST:
                sweep.piece(data, "file")
                if job.read:
                    sweep.read(data, Path(job.path).name)
                return sweep.result()
            sweep.closed[f"larger than {_LARGEST:,} bytes"] += 1
            while len(data) > _OVERLAP:
                sweep.plain(data[:_PART], "file")
                data = data[_PART - _OVERLAP :]
                data += file.read(max(0, _PART - len(data)))
                if len(data) < _PART:
                    sweep.plain(data, "file")
                    break
    except OSError as error:
        sweep.closed[f"cannot be read: {error.strerror}"] += 1
    return sweep.result()


@dataclass(slots=True)
class SweptVolume:
    """A volume, swept."""

    #: By path.
    files: dict[str, Swept] = field(default_factory=dict)

    def notes(self) -> Iterator[str]:
        """Yield what was opened, by kind, and what was not, with a file for each."""
        opened: Counter[str] = Counter()
        closed: Counter[str] = Counter()
        where: dict[str, str] = {}
        for path, swept in self.files.items():
            opened.update(swept.opened)
            closed.update(swept.closed)
            for why in swept.closed:
                where.setdefault(why, path)
        files = opened.pop("file", 0)
        kinds = ", ".join(f"{number:,} × {kind}" for kind, number in sorted(opened.items()))
        yield f"Swept for what is redacted: {count(files, 'file')}" + (
            f"; within them {kinds}" if kinds else ""
        )
        for why, number in sorted(closed.items()):
            yield f"Swept, and not opened: {number:,} × {why}, as in {where[why]}"


def swept(volume: Volume, sought: Sought, pool: Pool, read: Collection[str]) -> SweptVolume:
    """Sweep every file of a volume; those of `read` as readers of evidence read them, too."""
    root = volume.folder.root
    jobs = [
        (path, SweepJob(str(root / path), path in read)) for path in sorted(volume.folder.sizes)
    ]
    work = functools.partial(sweep_file, sought=sought)
    ready = dict(pool.over(work, jobs, lambda why: Swept(closed={why: 1})))
    return SweptVolume({path: ready[path] for path, _ in jobs})


def in_cells(columns: Mapping[str, Sequence[str]], sought: Sought) -> list[tuple[int, str, Found]]:
    """Return (row, name of the column, what was found) of each cell with a passage."""
    found: list[tuple[int, str, Found]] = []
    for name, cells in columns.items():
        for start in range(0, len(cells), _ROWS):
            some = cells[start : start + _ROWS]
            # Most columns have nothing: they are asked whole.
            if not sought.in_text("\n".join(some)):
                continue
            found += [
                (start + place, name, hit)
                for place, cell in enumerate(some)
                if cell
                for hit in sorted(sought.in_text(cell), key=lambda hit: (hit.document, hit.how))
            ]
    return found
