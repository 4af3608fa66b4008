"""A room: one matter open for many people, with what every page and command of it asks.

What is read of the documents (`Standing`) is made once and replaced as a whole when the matter was
processed again; who may see what is one mask over it (`review.walls`). Whoever asks takes both
together (`view`), so that a place means one document throughout. Nothing here knows the web.

Everything that changes what somebody is shown has its entry in the journal. So one look at its last
number says that nothing changed, and the entries since say what did.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import numpy as np

from forthwith.domain.documents import ControlNumber
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Role, Seer, User, in_force
from forthwith.record import journal, looks, quarantine, redactions, sessions
from forthwith.record.batches import Batches
from forthwith.record.codings import Codings
from forthwith.record.documents import DerivedChangedError, DocumentTable
from forthwith.record.matter import Matter
from forthwith.record.room_store import Columns, Flags, RoomStore, theirs
from forthwith.record.users import Users
from forthwith.review import walls
from forthwith.review.privilege import claims
from forthwith.review.search.coded import Coded
from forthwith.review.search.index import open_index
from forthwith.review.search.search import Searcher
from forthwith.review.search.values import RoomValues
from forthwith.review.walls import BatchReach, WallFacts
from forthwith.workflows.case_file import CaseFile

#: Masks kept at a time: one a user and right is usual.
_MASKS = 128
#: Answers and orders kept at a time; each is up to 5 bytes a document.
_REMEMBERED = 24
#: Entries of the journal after which an open case file still says what is so.
_OF_REVIEW = frozenset(
    {
        "code",
        redactions.ACTION,
        looks.ACTION,
        quarantine.OPEN,
        sessions.ENTERED,
        sessions.LEFT,
        sessions.REFUSED,
    }
)
#: Seconds a request waits for documents that were just processed before it is served the old ones.
_PATIENCE = 5.0


class NotShownError(ForthwithError):
    """There is no such thing, or it is not shown to whoever asks: both are said alike."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"There is no {what} here. Check the number, or ask whoever leads the review."
        )


class RefusedError(ForthwithError):
    """Whoever asks may not do this."""


@dataclass(frozen=True, eq=False)
class Standing:
    """The documents as `process` left them."""

    store: RoomStore
    columns: Columns
    searcher: Searcher
    #: What queries ask of the room: codings, batches, sides, faults.
    values: RoomValues
    #: Digest of all that the documents say.
    digest: str
    #: Grows with whatever changes the numbers or sides of documents that are the same otherwise.
    version: int


@dataclass(frozen=True, eq=False)
class View:
    """What one person is shown of the documents at one moment."""

    room: Room
    seer: Seer
    standing: Standing
    facts: WallFacts
    #: Two views of one key show the same.
    key: tuple[object, ...]

    def mask(self, right: Right = Right.LIST) -> Flags:
        """Return, by place, over which documents they have a right; not to be written to."""
        return self.room.kept_mask(self, right)

    def place(self, control: str, right: Right = Right.OPEN) -> int:
        """Return the place of a document. Raises NotShownError, alike for absent and walled."""
        mask, place = self.mask(right), self.standing.columns.place.get(control)
        if place is None or not mask[place]:
            raise NotShownError(f"document {control}")
        return place


class _Made:
    """Something made once, by the first who asks; the others wait. What fails is made again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made = False
        self._value: Any = None

    def value(self, make: Callable[[], Any]) -> Any:
        with self._lock:
            if not self._made:
                self._value, self._made = make(), True
            return self._value


class Room:
    """One matter open for many people; every thread may ask it."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self.users = Users(matter)
        self.batches = Batches(matter)
        self.codings = Codings(matter)
        #: Who was shown what of theirs today, as far as the journal has it: told once a day.
        self._shown_theirs: set[tuple[str, str, str]] = set()
        self._lock = threading.RLock()
        self._standing: Standing | None = None
        self._making: threading.Thread | None = None
        #: Why the documents could not be read, and of which version that was.
        self._refused: Exception | None = None
        self._failed_at = -1
        #: The versions of documents and numbers that `_standing` was made of.
        self._made_of = (-1, -1)
        #: The last entry of the journal that was taken in, and that of each kind of change.
        self._seen = -1
        self._versions = {"documents": 0, "numbers": 0, "case": 0}
        self._case: tuple[int, CaseFile] | None = None
        self._facts: tuple[object, WallFacts] | None = None
        self._privileged: tuple[object, Flags] | None = None
        self._masks: OrderedDict[object, Flags] = OrderedDict()
        self._remembered: OrderedDict[Hashable, _Made] = OrderedDict()
        #: What is done when the room closes.
        self.at_close: list[Callable[[], None]] = []

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the matter in `folder`. Raises NoMatterError, SettingError, DatabaseError."""
        return cls(Matter.open(folder))

    @property
    def case(self) -> CaseFile:
        """What was read of the matter; another one once somebody wrote an act."""
        self._look()
        with self._lock:
            version = self._versions["case"]
            if self._case is None or self._case[0] != version:
                self._case = (version, CaseFile(self.matter))
            return self._case[1]

    def standing(self) -> Standing:
        """Return the documents as they stand. Raises NotProcessedError, DerivedChangedError.

        Made anew once `process` ran since; whoever does not wait that long is served the old ones.
        """
        self._look()
        with self._lock:
            current, version = self._standing, self._versions["documents"]
            if current is not None and not (
                current.store.is_there and current.searcher.index.is_there
            ):
                # Somebody emptied derived/ meanwhile: what is gone is made anew, or said to be.
                self._standing = current = None
            if current is not None and self._made_of == (version, self._versions["numbers"]):
                return current
            if current is not None and self._made_of[0] == version:
                self._standing = current = self._renumbered(current)
                return current
            if current is not None and self._failed_at == version:
                return current
            if self._making is None or not self._making.is_alive():
                self._making = threading.Thread(target=self._make, daemon=True)
                self._making.start()
                patience: float | None = _PATIENCE
            else:
                patience = 0
            making = self._making
        making.join(None if current is None else patience)
        with self._lock:
            if self._standing is None:
                raise self._refused or AssertionError("no documents were read")
            return self._standing

    def _make(self) -> None:
        """Read the documents anew."""
        made_of = (self._versions["documents"], self._versions["numbers"])
        try:
            standing = self._read(made_of[1])
        except Exception as refused:  # noqa: BLE001 - the rim: whoever asks is told, in their thread
            with self._lock:
                self._refused, self._failed_at = refused, made_of[0]
            return
        with self._lock:
            self._standing, self._made_of, self._refused = standing, made_of, None
            self._masks.clear()

    def _read(self, version: int) -> Standing:
        """Return the documents as they are now. Raises NotProcessedError, DerivedChangedError."""
        matter = self.matter
        digest = DocumentTable(matter).digest
        store = RoomStore.open(matter)
        columns = _sided(matter, store.columns)
        values = RoomValues(columns, Coded(columns, self.codings), self.batches.members)
        index = open_index(matter)
        searcher = Searcher.over(matter, index, lambda: values)
        if len(index) != len(columns) or DocumentTable(matter).digest != digest:
            raise DerivedChangedError("The documents were processed again while they were read")
        return Standing(store, columns, searcher, values, digest, version)

    def _renumbered(self, standing: Standing) -> Standing:
        """Return the same documents under the numbers and sides they have now."""
        version = self._versions["numbers"]
        self._made_of = (self._versions["documents"], version)
        columns = _sided(self.matter, standing.columns)
        values = standing.values.with_columns(columns)
        searcher = Searcher.over(self.matter, standing.searcher.index, lambda: values)
        return replace(standing, columns=columns, searcher=searcher, values=values, version=version)

    def _look(self) -> None:
        """Take in what the journal says has changed."""
        with self.matter.engine.connect() as connection:
            last = journal.last(connection)
            if last == self._seen:
                return
            actions = journal.actions_since(connection, self._seen)
        with self._lock:
            if last <= self._seen:
                return
            self._seen = last
            if any(action == "process" for action in actions):
                self._versions["documents"] = last
            if any(action == "seal" or action.startswith("receive") for action in actions):
                self._versions["numbers"] = last
            if not actions <= _OF_REVIEW:
                self._versions["case"] = last

    # Who sees what

    def view(self, seer: Seer) -> View:
        """Return what somebody is shown now. Raises as `standing` does."""
        standing = self.standing()
        facts_key, facts = self._wall_facts(standing, seer)
        key = (facts_key, seer.user.id, seer.user.disabled_at, seer.grants)
        return View(self, seer, standing, facts, key)

    def note_shown(self, view: View, control: str) -> None:
        """Note in the journal that somebody is shown the text, a page or the native of a document.

        Of theirs alone: should it be called back, the certificate says who had opened it.
        """
        columns = view.standing.columns
        if not columns.theirs[columns.place[control]]:
            return
        shown = (view.seer.user.login, control, self.today())
        with self._lock:
            if shown in self._shown_theirs:
                return
            self._shown_theirs.add(shown)
        with self.matter.writing() as connection:
            by = (view.seer.user.login, view.seer.known_by)
            journal.append(connection, quarantine.OPEN, {"control": control}, by)

    def mask(self, seer: Seer, right: Right = Right.LIST) -> Flags:
        """Return, by place in the documents as they stand, over which somebody has a right."""
        return self.view(seer).mask(right)

    def place(self, seer: Seer, control: str, right: Right = Right.OPEN) -> int:
        """Return the place of a document. Raises NotShownError, alike for absent and walled."""
        return self.view(seer).place(control, right)

    def kept_mask(self, view: View, right: Right) -> Flags:
        """Return a mask of a view, computed once for all views of one key."""
        with self._lock:
            if (known := self._masks.get((view.key, right))) is not None:
                self._masks.move_to_end((view.key, right))
                return known
        mask = walls.mask(view.standing.columns, view.seer, view.facts, right)
        mask.flags.writeable = False
        with self._lock:
            self._masks[view.key, right] = mask
            while len(self._masks) > _MASKS:
                self._masks.popitem(last=False)
        return mask

    def remembered(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is made for a key, made once for all who ask at the same time.

        Only the last few are kept: orders of all documents, and answers to queries.
        """
        with self._lock:
            made = self._remembered.setdefault(key, _Made())
            self._remembered.move_to_end(key)
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return made.value(make)

    def _wall_facts(self, standing: Standing, seer: Seer) -> tuple[object, WallFacts]:
        """Return what masks rest on, with a key that changes when any of it does."""
        day = self.today()
        key = (standing.digest, standing.version, self._versions["case"], day)
        with self._lock:
            kept = self._facts
        if kept is None or kept[0] != key:
            with self.matter.engine.connect() as connection:
                clawed_back = quarantine.standing(connection)
            kept = (key, WallFacts(day, self._reaches(standing), None, clawed_back))
            with self._lock:
                self._facts = kept
        facts = kept[1]
        if Role.PRIVILEGE in seer.roles:
            privileged_key, privileged = self._privileged_places(standing)
            return (key, privileged_key), replace(facts, privileged=privileged)
        return key, facts

    def _reaches(self, standing: Standing) -> tuple[BatchReach, ...]:
        """Return what of each batch decides who sees its documents."""
        place, members = standing.columns.place, self.batches.members()
        return tuple(
            BatchReach(
                batch.id,
                batch.pass_,
                batch.state,
                batch.holder,
                np.array(
                    [
                        at
                        for control in members.get(batch.id, ())
                        if (at := place.get(control)) is not None
                    ],
                    np.int32,
                ),
            )
            for batch in self.batches.every()
        )

    def _privileged_places(self, standing: Standing) -> tuple[object, Flags]:
        """Return what is claimed as privileged, lies in what is withheld, or is coded so."""
        coded = standing.values.coded
        key = (standing.digest, self._versions["case"], coded.privileged_version)
        with self._lock:
            if self._privileged is not None and self._privileged[0] == key:
                return self._privileged
        flags = coded.privileged | claimed(standing.columns, self.case.claims)
        with self._lock:
            self._privileged = (key, flags)
        return key, flags

    # Who asks

    def seer(self, login: str, known_by: str) -> Seer:
        """Return who asks, with the grants in force today. Raises RefusedError."""
        user = self.users.by_login(login)
        if user is None and not self.users.every():
            raise RefusedError(
                f"Nobody may work in this room yet, so nobody can be named. The first user is made "
                f"without --as, and leads and administers: `forthwith users add {login}`."
            )
        if user is None or user.disabled_at:
            raise RefusedError(
                f"{login!r} may not work in this room: no open account has this login. "
                f"`forthwith users list` names them all; `forthwith users add` makes one."
            )
        return self._seer(user, known_by)

    def local_seer(self, as_login: str = "") -> Seer:
        """Return who asks on the command line: the user named, else the account's own.

        How they are known says that an account of this machine named them. Raises RefusedError.
        """
        account, known_by = journal.actor()
        if as_login:
            return self.seer(as_login, f"--as, given by {account}, {known_by}")
        user = self.users.by_login(account)
        if user is None or user.disabled_at:
            raise RefusedError(
                f"No open account of this room has the login {account!r}, which is who you are on "
                f"this machine. Name yours with --as LOGIN, or have it made: "
                f"`forthwith users add {account}`."
            )
        return self._seer(user, known_by)

    def _seer(self, user: User, known_by: str) -> Seer:
        return Seer(user, in_force(self.users.grants(user.id), self.today()), known_by)

    def today(self) -> str:
        """Return the ISO day in the matter's zone."""
        return datetime.now(self._zone).date().isoformat()

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.matter.settings.time_zone)

    def close(self) -> None:
        """Let what is being saved be saved, end what works for the room, let go of the matter."""
        self.codings.close()
        for end in self.at_close:
            end()
        self.matter.engine.dispose()


def claimed(columns: Columns, claimed: Mapping[ControlNumber, claims.Claim]) -> Flags:
    """Return what claims that stand name, and all that lies in containers withheld."""
    flags, containers = np.zeros(len(columns), bool), np.zeros(len(columns), bool)
    for control, claim in claimed.items():
        if claim.stands and (place := columns.place.get(control)) is not None:
            flags[place] = True
            if claim.treatment is claims.Treatment.WITHHELD:
                containers[place] = columns.kinds[columns.kind[place]] == "container"
    inside = containers
    while inside.any():
        # What lies directly in them, then what lies in that.
        inside = (columns.parent >= 0) & inside[columns.parent] & ~containers
        containers |= inside
        flags |= inside
    return flags


def _sided(matter: Matter, columns: Columns) -> Columns:
    with matter.engine.connect() as connection:
        return replace(columns, theirs=theirs(connection, columns))
