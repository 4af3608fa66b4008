"""What was read of one matter, each part once: a door makes it, desks take it.

Settings, acts of the journal, sealed volumes with their pages, registers and documents are read
when somebody first asks. What a desk writes through here is part of what is read from then on,
without reading the journal again: `write` adds acts, `seal` a volume; `documents_changed` says
that processing has made other documents. Nothing here is kept from before the matter was held
alone, for another command may have written until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from forthwith.domain.acts import Act, Acts
from forthwith.domain.containers import FaultyContainers
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.set_aside import SetAside
from forthwith.domain.volume_seen import VolumeSeen
from forthwith.record import acts as journal_acts
from forthwith.record import journal, productions, volume_files
from forthwith.record.book_reports import NotedReport, noted
from forthwith.record.documents import DocumentTable, NotProcessedError
from forthwith.record.matter import Matter, Settings
from forthwith.record.productions import Overlay, Production
from forthwith.record.tables import MatterChangedError
from forthwith.respond.papers.front import Front
from forthwith.respond.registers import citations
from forthwith.respond.registers.citations import CitablePages
from forthwith.respond.registers.conference import Dealings
from forthwith.respond.registers.obligations import DutyRegister
from forthwith.respond.registers.pages import Pages
from forthwith.respond.registers.questions import QuestionRegister
from forthwith.respond.registers.requests import RequestRegister
from forthwith.review.privilege import claims as privilege_claims
from forthwith.review.privilege.claims import Claim
from forthwith.seals import register
from forthwith.seals.statement import Head
from forthwith.standards import loader
from forthwith.standards.loader import Standard
from forthwith.workers import machine
from forthwith.workflows import sealer
from forthwith.workflows.sealer import Sealer

if TYPE_CHECKING:
    from forthwith.check.received import ReceivedVolume
    from forthwith.check.volume import Volume
    from forthwith.custody.facts.facts import Facts
    from forthwith.custody.statements.statements import BooksJudge

#: What is made of each, and made again when it has changed.
_OF_ACTS = ("requests", "duties", "questions", "dealings", "claims", "pages", "citable")
_OF_VOLUMES = ("pages", "citable", "duties")
_OF_DOCUMENTS = (
    "table",
    "documents",
    "everything",
    "containers",
    "set_aside",
    "pages",
    "citable",
    "duties",
)


class VolumeChangedError(ForthwithError):
    """The folder of a sealed volume is not what was sealed."""

    def __init__(self, broken: Sequence[str]) -> None:
        more = f" (and {len(broken) - 1:,} more)" if len(broken) > 1 else ""
        super().__init__(
            f"{broken[0]}{more}. No paper is written about files that are not what was sealed: put "
            "the volume back as it was; forthwith verify names everything that differs."
        )


class CaseFile:
    """One matter, as far as it was read."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self._volumes: dict[str, Volume] = {}
        self._received: dict[str, ReceivedVolume] = {}
        self._seen: dict[str, VolumeSeen] = {}
        self._sealer: Sealer | None = None
        self._judges: dict[str, BooksJudge | None] = {}

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the matter in `folder`. Raises NoMatterError, SettingError, DatabaseError."""
        return cls(Matter.open(folder))

    @contextmanager
    def alone(self) -> Iterator[Self]:
        """Hold the matter for one writing command at a time. Raises MatterBusyError."""
        with self.matter.alone(), machine.within(self.settings.memory):
            self._forget(
                "acts", "sealed", "overlays", "beside", "numbers", "ever_sealed", *_OF_ACTS
            )
            self._forget(*_OF_VOLUMES)
            self._forget(*_OF_DOCUMENTS)
            yield self

    def _forget(self, *names: str) -> None:
        for name in names:
            self.__dict__.pop(name, None)

    @property
    def folder(self) -> Path:
        """The matter's own folder."""
        return self.matter.folder

    @property
    def settings(self) -> Settings:
        """matter.toml, as read when the matter was opened."""
        return self.matter.settings

    # Acts of the journal, and the registers made of them

    @cached_property
    def acts(self) -> Acts:
        """Every act in the journal."""
        return journal_acts.read(self.matter)

    def write(self, acts: Sequence[Act]) -> None:
        """Write acts together, all of them or none; they are read from now on.

        Raises MatterChangedError where another has written acts since these were read.
        """
        after = self.acts.last if "acts" in self.__dict__ else None
        written = journal_acts.write(self.matter, acts, after)
        if "acts" in self.__dict__:
            self.acts = Acts([*self.acts, *written])
        self._forget("beside", *_OF_ACTS)

    @cached_property
    def requests(self) -> RequestRegister:
        """Sets, requests and responses. Raises BodyError."""
        return RequestRegister.read(self.acts)

    @cached_property
    def duties(self) -> DutyRegister:
        """Orders and what they require. Raises BodyError."""
        return DutyRegister.read(self.acts, self.citable)

    @cached_property
    def questions(self) -> QuestionRegister:
        """Questions put in person or by letter. Raises BodyError."""
        return QuestionRegister.read(self.acts)

    @cached_property
    def dealings(self) -> Dealings:
        """Topics, letters and conferences of both sides. Raises BodyError."""
        return Dealings.read(self.acts)

    @cached_property
    def claims(self) -> Mapping[ControlNumber, Claim]:
        """Claims of privilege, those taken back too, by log number. Raises BodyError."""
        return privilege_claims.claims(self.acts)

    @cached_property
    def book_reports(self) -> Sequence[NotedReport]:
        """The latest report of each month that was made from the matter's books."""
        with self.matter.engine.connect() as connection:
            return noted(connection)

    def books_judge(self, facts: Facts) -> BooksJudge | None:
        """Return what answers claims about books, read once; None where none were loaded.

        Raises BooksFaultyError, FactsChangedError.
        """
        if "books" not in self._judges:
            # Only a matter with sentences about its books waits for their readers.
            from forthwith.workflows.books.claims import judge_of

            self._judges["books"] = judge_of(self.matter, facts)
        return self._judges["books"]

    # Sealed volumes

    @property
    def sealer(self) -> Sealer | None:
        """The key that seals, opened once; None where the matter has none.

        Raises BodyError, KeyFileError, OtherKeyError.
        """
        row = register.in_use(self.acts)
        if row is None:
            return None
        if self._sealer is None or self._sealer.row.fingerprint != row.fingerprint:
            self._sealer = sealer.unlocked(row, self.settings.seal, self.folder)
        return self._sealer

    @property
    def head(self) -> Head:
        """Where the journal stands."""
        with self.matter.engine.connect() as connection:
            return Head(*journal.head(connection))

    @cached_property
    def sealed(self) -> Mapping[str, Production]:
        """Sealed volumes by name, in the order sealed."""
        with self.matter.engine.connect() as connection:
            return {each.volume: each for each in productions.sealed(connection)}

    @cached_property
    def overlays(self) -> Mapping[str, Overlay]:
        """Sealed overlays by name, in the order sealed."""
        with self.matter.engine.connect() as connection:
            return {overlay.name: overlay for overlay in productions.overlays(connection)}

    @cached_property
    def beside(self) -> Mapping[str, Mapping[str, str]]:
        """By volume the SHA-256 of what its manifest cannot name: its seal and the stamp of it."""
        with self.matter.engine.connect() as connection:
            return productions.beside(connection)

    @cached_property
    def numbers(self) -> Mapping[str, tuple[str, str, str]]:
        """Control number -> (volume, first, last) of everything produced, the latest last."""
        with self.matter.engine.connect() as connection:
            return productions.numbers(connection)

    @cached_property
    def ever_sealed(self) -> frozenset[tuple[str, str]]:
        """First and last number of every document of every sealed volume, replaced ones too."""
        with self.matter.engine.connect() as connection:
            return productions.ever_sealed(connection)

    def seal(
        self,
        production: Production,
        ranges: Sequence[tuple[str, str, str]],
        note: Mapping[str, Any],
    ) -> None:
        """Write a volume, its numbers (control number, first, last) and its entry together."""
        with self.matter.writing() as connection:
            productions.seal(connection, production, ranges, note)
        if "sealed" in self.__dict__:
            self.sealed = {**self.sealed, production.volume: production}
        if "numbers" in self.__dict__:
            own = {number: (production.volume, first, last) for number, first, last in ranges}
            self.numbers = {**self.numbers, **own}
        if "ever_sealed" in self.__dict__:
            self.ever_sealed |= {(first, last) for _, first, last in ranges}
        self._forget("beside", *_OF_VOLUMES)

    def seal_overlay(self, overlay: Overlay, note: Mapping[str, Any]) -> None:
        """Write a sealed overlay into the journal."""
        with self.matter.writing() as connection:
            if any(overlay.name == known.name for known in productions.overlays(connection)):
                raise MatterChangedError
            productions.seal_overlay(connection, overlay, note)
        self._forget("overlays", "beside")

    def standard(self, volume: str) -> Standard:
        """Return the standard a sealed volume was written by. Raises StandardError."""
        return loader.load(self.sealed[volume].standard, self.folder)

    def volume(self, name: str) -> Volume:
        """Return a sealed volume with its load files read. Raises VolumeUnreadableError."""
        from forthwith.check.volume import open_volume

        if name not in self._volumes:
            self._volumes[name] = open_volume(self.matter.volumes / name, self.standard(name))
        return self._volumes[name]

    def whole(self, name: str) -> Path:
        """Return the folder of a sealed volume, every file as sealed. Raises VolumeChangedError."""
        folder = self.matter.volumes / name
        beside = self.beside.get(name, {})
        if broken := list(volume_files.broken(folder, self.sealed[name].manifest, beside)):
            raise VolumeChangedError(broken)
        return folder

    def received(self, name: str) -> ReceivedVolume:
        """Return a sealed volume as its receiver sees it, from its load files alone.

        Looks whether every file is as sealed, each time. Raises VolumeChangedError,
        VolumeUnreadableError.
        """
        from forthwith.check.received import opened

        self.whole(name)
        if name not in self._received:
            self._received[name] = opened(
                self.volume(name), workers=machine.default_workers(), load_files_only=True
            )
        return self._received[name]

    def seen(self, name: str) -> VolumeSeen:
        """Return what a letter says of a sealed volume. Raises as `received` does."""
        received = self.received(name)
        if name not in self._seen:
            self._seen[name] = received.seen
        return self._seen[name]

    def slip_sheets(self, name: str) -> dict[str, str]:
        """Return first Bates number -> log number of what a sealed volume withholds."""
        volume = self.volume(name)
        pairs = zip(volume.column("first_bates"), volume.column("withheld"), strict=True)
        return {first: log.strip() for first, log in pairs if log.strip()}

    @cached_property
    def pages(self) -> Pages:
        """The pages of every sealed volume, and which of them are claimed as privileged."""
        return Pages(self.numbers, self._loose())

    def _loose(self) -> frozenset[str]:
        """Return what is claimed as privileged and lies in its last volume without a slip-sheet."""
        closed: set[str] = {number for number, claim in self.claims.items() if claim.stands}
        if not closed:
            return frozenset()
        with suppress(NotProcessedError):
            # What lies in a withheld container is withheld with it.
            closed |= privilege_claims.withheld(self.claims, self.documents.values()).keys()
        produced = {number: self.numbers[number] for number in closed & self.numbers.keys()}
        slips = {name: self._slips(name) for name in {volume for volume, _, _ in produced.values()}}
        return frozenset(
            number for number, (volume, first, _) in produced.items() if first not in slips[volume]
        )

    def _slips(self, name: str) -> Mapping[str, str]:
        """Return what a volume withholds; of one that cannot be read nobody can say that."""
        with suppress(ForthwithError):
            return self.slip_sheets(name)
        return {}

    @cached_property
    def citable(self) -> CitablePages:
        """What may be cited, and what once might have been."""
        withheld = citations.withheld(self.acts)
        ever = tuple(sorted(self.ever_sealed))
        return CitablePages(self.pages, ever, withheld, self.settings.bates_prefix)

    # Documents

    @cached_property
    def table(self) -> DocumentTable:
        """The documents as kept, for conditions and texts."""
        return DocumentTable(self.matter)

    @cached_property
    def documents(self) -> Mapping[ControlNumber, Document]:
        """Every document of ours, in order of control number. Raises NotProcessedError.

        What was received from another party is no document of ours: it is never produced, logged,
        counted as answering or withheld. `everything` has it too.
        """
        ours = self.table.ask("side = 'ours'")
        return {document.control_number: document for document in ours}

    @cached_property
    def everything(self) -> Mapping[ControlNumber, Document]:
        """Every document of both sides that is not in quarantine. Raises NotProcessedError."""
        return {document.control_number: document for document in self.table.ask()}

    @cached_property
    def containers(self) -> FaultyContainers:
        """Expanded containers with a fault of their own. Raises NotProcessedError."""
        return self.table.faulty_containers()

    @cached_property
    def set_aside(self) -> tuple[SetAside, ...]:
        """Files of systems and known files: listed, and no documents. Raises NotProcessedError."""
        return self.table.aside()

    def documents_changed(self) -> None:
        """Note that the matter was processed: documents are read anew."""
        self._forget(*_OF_DOCUMENTS)

    def text(self, control_number: str) -> str:
        """Return the whole text of a document; "" where nothing is processed."""
        try:
            return self.table.text(control_number)[0]
        except NotProcessedError:
            return ""

    def front(self, signer: str = "") -> Front:
        """Return what every court paper of the matter shares."""
        settings = self.settings
        front = Front.of(settings.name, settings.number, settings.parties, settings.letter)
        return replace(front, signer=signer) if signer else front
