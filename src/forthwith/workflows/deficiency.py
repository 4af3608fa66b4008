"""`deficiency`: the check of a received production, and the letter that asks for what it lacks.

The letter, its lists and the register lie in one folder; asked again into the same folder, the
findings keep their ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from forthwith.domain.acts import Acts
from forthwith.domain.finding import Finding
from forthwith.domain.tracked_finding import State
from forthwith.respond.deficiency import letter
from forthwith.respond.deficiency.findings import REGISTER, FindingRegister, RegisterFile
from forthwith.respond.deficiency.letter import Facts
from forthwith.standards import catalogue
from forthwith.workflows.compare import ComparedProduction
from forthwith.workflows.publish import write_letter

#: What has come to its end is put to nobody again.
_SETTLED = frozenset({State.VERIFIED, State.CLOSED})


@dataclass(frozen=True, slots=True)
class LetterOptions:
    """How the letter is written."""

    day: date
    #: Folder for the letter, its lists and the register.
    into: Path
    matter: str = ""
    to: str = ""
    sender: str = ""
    #: The day the volumes came, and the day by which a cure is asked for.
    received: date | None = None
    by: date | None = None
    #: Points that people put beside what was found here.
    noted: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class DeficiencyLetter:
    """The letter as written."""

    facts: Facts
    #: What the register says beside the findings.
    about: dict[str, object]
    #: The letter in its three forms first, then what goes with it.
    files: Sequence[Path]


def write(compared: ComparedProduction, options: LetterOptions) -> DeficiencyLetter:
    """Write the letter about what was found. Raises NotARegisterError, BodyError."""
    before = _register(options.into / REGISTER)
    added = before.added([*compared.found.findings, *options.noted])
    register = before.after(added, at=options.day.isoformat())
    facts = Facts(
        volumes=tuple(volume.seen for volume in compared.volumes),
        items={key: item for key, item in register.items.items() if item.state not in _SETTLED},
        kinds=catalogue.kinds(compared.volumes[0].volume.standard),
        matrix=compared.found.matrix,
        day=options.day,
        made_with=f"forthwith {version('forthwith')}",
        matter=options.matter,
        to=options.to,
        sender=options.sender,
        received=options.received,
        by=options.by,
        sets=tuple((asked.name, len(asked.requests), asked.served) for asked in compared.sets),
        logs=tuple(
            (opened.log.name, len(opened.log.entries), opened.digest) for opened in compared.logs
        ),
        notes=tuple(compared.found.notes),
    )
    about: dict[str, object] = {
        "matter": facts.matter,
        "day": facts.day.isoformat(),
        "from": facts.sender,
        "to": facts.to,
        "volumes": [volume.as_json() for volume in facts.volumes],
    }
    text = RegisterFile(register, about).write()
    beside = [*letter.lists(facts).items(), (REGISTER, text.encode())]
    files = write_letter(letter.compose(facts), options.into, "deficiency", beside)
    return DeficiencyLetter(facts, about, files)


def _register(path: Path) -> FindingRegister:
    """Return the register kept there, so that ids go on; an empty one when there is none."""
    if not path.exists():
        return FindingRegister(Acts())
    return RegisterFile.read(path.read_text(encoding="utf-8"), str(path)).register
