"""What `respond` asks of a matter: pages of sealed volumes, what may be cited, texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.record import acts, productions, tables, verify
from forthwith.record.documents import DocumentTable, NotProcessedError
from forthwith.record.matter import Matter
from forthwith.respond.papers.front import Front
from forthwith.respond.registers import citations
from forthwith.respond.registers.citations import CitablePages
from forthwith.respond.registers.pages import Pages
from forthwith.respond.registers.requests import RequestRegister
from forthwith.review.privilege import claims as privilege_ledger
from forthwith.review.privilege.produced import slip_sheets, standards
from forthwith.standards.loader import Standard


def register_of(matter: Matter) -> RequestRegister:
    """Return sets, requests and responses. Raises BodyError."""
    return RequestRegister.read(acts.read(matter))


def pages_of(matter: Matter) -> Pages:
    """Return the pages of every sealed volume, and which of them are claimed as privileged."""
    with matter.engine.connect() as connection:
        numbers = productions.numbers(connection)
    return Pages(numbers, _loose(matter, numbers))


def _loose(matter: Matter, numbers: Mapping[str, tuple[str, str, str]]) -> frozenset[str]:
    """Return what is claimed as privileged and stands in its last volume without a slip-sheet."""
    claimed = privilege_ledger.claims(acts.read(matter))
    closed: set[str] = {number for number, each in claimed.items() if each.stands}
    if not closed:
        return frozenset()
    with suppress(NotProcessedError):
        # What lies in a withheld container is withheld with it.
        closed |= privilege_ledger.withheld(claimed, DocumentTable(matter.derived).ask()).keys()
    held = {each: numbers[each] for each in closed & numbers.keys()}
    rules = standards(matter)
    slips = {
        each: _slips(matter.volumes / each, rules[each])
        for each in {v for v, _, _ in held.values()}
    }
    return frozenset(
        each for each, (volume, first, _) in held.items() if first not in slips[volume]
    )


def _slips(folder: Path, standard: Standard) -> Mapping[str, str]:
    """Return what a volume withholds; where its folder is gone, nobody can say that it does."""
    with suppress(FileNotFoundError):
        return slip_sheets(folder, standard)
    return {}


def shelf_of(matter: Matter) -> CitablePages:
    """Return what may be cited, and what once might have been."""
    with matter.engine.connect() as connection:
        rows = connection.execute(sa.select(tables.bates.c.first, tables.bates.c.last))
        ever = tuple(sorted({(row.first, row.last) for row in rows}))
    withheld = citations.withheld(acts.read(matter))
    return CitablePages(pages_of(matter), ever, withheld, matter.settings.bates_prefix)


class VolumeChangedError(ForthwithError):
    """The folder of a sealed volume is not what was sealed."""

    def __init__(self, broken: Sequence[str]) -> None:
        more = f" (and {len(broken) - 1:,} more)" if len(broken) > 1 else ""
        super().__init__(
            f"{broken[0]}{more}. No paper is written about files that are not what was sealed: put "
            "the volume back as it was; forthwith verify names everything that differs."
        )


def whole(matter: Matter, production: productions.Production) -> Path:
    """Return the folder of a sealed volume, every file as sealed. Raises VolumeChangedError."""
    folder = matter.volumes / production.volume
    if broken := list(verify.volume_broken(folder, production.manifest)):
        raise VolumeChangedError(broken)
    return folder


def text_of(matter: Matter) -> Callable[[str], str]:
    """Return what gives a document's text by control number; "" where nothing is processed."""
    table = DocumentTable(matter.derived)

    def text(control_number: str) -> str:
        try:
            return table.text(control_number)[0]
        except NotProcessedError:
            return ""

    return text


def front_of(matter: Matter, signer: str = "") -> Front:
    """Return what every court paper of the matter shares."""
    settings = matter.settings
    made = Front.of(settings.name, settings.number, settings.parties, settings.letter)
    return replace(made, signer=signer) if signer else made
