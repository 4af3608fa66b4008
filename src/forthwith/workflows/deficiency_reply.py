"""`reply`: the producing side's answers to a register of findings, each cure looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forthwith.check import cures
from forthwith.check.cures import Shipped
from forthwith.check.received import receive
from forthwith.domain.errors import ForthwithError
from forthwith.respond.deficiency import reply
from forthwith.respond.deficiency.findings import REGISTER, FindingRegister, RegisterFile
from forthwith.respond.deficiency.reply import Answer, ReplyFacts
from forthwith.standards import loader
from forthwith.standards.loader import Standard
from forthwith.workers.machine import default_workers
from forthwith.workflows.compare import opened_log
from forthwith.workflows.publish import write_letter


class NoSuchVolumeError(ForthwithError):
    """A cure is said to be in a volume that is not there."""

    def __init__(self, name: str, looked: Path) -> None:
        super().__init__(
            f"There is no volume {name!r} to look for the cure in: {looked} is no folder and no "
            "file. Give the volume's folder, its name where forthwith sealed it, or the file of "
            "an amended privilege log (CSV, XLSX)."
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """The register after the answers, and the files written."""

    register: FindingRegister
    files: Sequence[Path]


def write(
    file: Path, answers: Sequence[Answer], standard: str, day: date, *, home: Path, into: Path
) -> Reply:
    """Answer findings of the register in `file`, and write the letter and the register `into`.

    Volumes and logs are looked for in the folder `home`. Raises NotARegisterError,
    NoSuchVolumeError, UnknownFindingError, StepNotAllowedError, VolumeUnreadableError and
    UnreadableLogError.
    """
    kept = RegisterFile.read(file.read_text(encoding="utf-8"), str(file))
    register = _answered(home, kept, answers, standard, day)
    about = kept.about
    facts = ReplyFacts(
        register.items,
        day,
        str(about.get("matter", "")),
        str(about.get("day", "")),
        str(about.get("from", "")),
        str(about.get("to", "")),
    )
    text = RegisterFile(register, about).write()
    beside = [(REGISTER, text.encode())]
    return Reply(register, write_letter(reply.compose(facts), into, "reply", beside))


def _answered(
    home: Path, kept: RegisterFile, answers: Sequence[Answer], standard: str, day: date
) -> FindingRegister:
    """Return the register after all answers, each cure looked for where it is said to be."""
    register = kept.register
    shipped: dict[str, Shipped] = {}
    was = {
        str(volume["name"]): (volume["first"], volume["last"]) for volume in kept.about["volumes"]
    }
    for answer in answers:
        result = None
        if answer.volume and answer.id in register.items:
            if answer.volume not in shipped:
                shipped[answer.volume] = _shipped(
                    _place(home, answer.volume), loader.load(standard, home)
                )
            finding = register.items[answer.id].finding
            result = cures.look(finding, shipped[answer.volume], was.get(finding.volume))
        register = register.after(reply.acts(register, answer, result), at=day.isoformat())
    return register


def _shipped(place: Path, standard: Standard) -> Shipped:
    """Open a volume, or a privilege log."""
    if place.is_dir():
        return receive(place, standard, workers=default_workers()).shipped
    log = opened_log(place).log
    return Shipped(log.name, (), log=log)


def _place(home: Path, name: str) -> Path:
    """Return the folder of a volume, as given or among those sealed in the matter; or a file."""
    for place in (home / name, home / "volumes" / name):
        if place.is_dir():
            return place
    if (home / name).is_file():
        return home / name
    raise NoSuchVolumeError(name, home / name)
