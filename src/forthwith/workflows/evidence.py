"""From nothing to documents: a matter made, evidence collected and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forthwith.collect import folder as collecting
from forthwith.collect.folder import Collection
from forthwith.process import run
from forthwith.process.run import RunCounts
from forthwith.record.matter import Matter
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.progress import Progress


@dataclass(frozen=True, slots=True)
class MatterOptions:
    """What a new matter is called and how it counts."""

    #: The folder's name when "".
    name: str = ""
    #: Its number before a court, such as "1:23-cv-01599".
    number: str = ""
    #: Zone to which mail is standardised in productions (IANA name).
    time_zone: str = "UTC"
    #: Prefix of Bates numbers; made from the name when "".
    prefix: str = ""


def begin(folder: Path, options: MatterOptions) -> CaseFile:
    """Make a new matter in a folder. Raises MatterExistsError, SettingError."""
    settings = {
        "name": options.name or folder.resolve().name,
        "number": options.number,
        "time_zone": options.time_zone,
    }
    if options.prefix:
        settings["prefix"] = options.prefix
    return CaseFile(Matter.create(folder, **settings))


def collect(case: CaseFile, path: Path, custodian: str, progress: Progress) -> Collection:
    """Take a file, folder, mailbox, archive or export into evidence, as it is.

    Raises what the room `collect` refuses.
    """
    taken = 0

    def tick(size: int) -> None:
        nonlocal taken
        taken += size
        progress(taken, taken)

    return collecting.collect(case.matter, path, custodian.strip(), tick)


def process(
    case: CaseFile,
    workers: int | None,
    progress: Progress,
    *,
    again: str = "",
    known: Sequence[Path] = (),
    passwords: tuple[str, ...] = (),
) -> RunCounts:
    """Read everything collected and not read yet; again what has a fault of the reason `again`.

    Files on the lists `known` are set aside; `passwords` are tried on what is encrypted. Raises
    EvidenceMissingError, UnknownReasonError, KnownFilesError, PasswordsNeededError.
    """
    done = run.process(
        case.matter,
        workers=workers,
        progress=progress,
        again=again,
        known=known,
        passwords=passwords,
    )
    case.documents_changed()
    return done
